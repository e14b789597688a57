//! The fast writer of features, the most frequent derived record: the bytes of the serde way.

use crate::market::Px;
use crate::wire::Auxiliaries;
use crate::wire::FEATURE_COUNT;
use crate::wire::Features;
use crate::wire::NegSide;
use crate::wire::Num;
use crate::wire::Phase;
use crate::wire::Why;
use crate::wire::codec::write;

/// Room for a usual line.
const LINE_USUAL: usize = 1536;

/// Keys of the features with what stands before and after them, in their order.
const KEYS: [&[u8]; FEATURE_COUNT] = [
    b"\"of_delta_imb\":",
    b",\"of_cvd_z\":",
    b",\"of_cvd_div\":",
    b",\"of_stack_imb\":",
    b",\"of_absorption\":",
    b",\"of_ofi\":",
    b",\"of_large_imb\":",
    b",\"of_tape_speed\":",
    b",\"opt_gex_ratio\":",
    b",\"opt_flip_dist\":",
    b",\"opt_call_wall_dist\":",
    b",\"opt_put_wall_dist\":",
    b",\"opt_charm_flow\":",
    b",\"opt_0dte_share\":",
    b",\"ctx_regime\":",
    b",\"ctx_trend\":",
    b",\"ctx_rvol\":",
    b",\"ctx_vwap_z\":",
];

/// Appends the record and its line feed; `None` if serde must do it (the caller truncates).
pub(super) fn features(body: &Features, out: &mut Vec<u8>) -> Option<()> {
    out.reserve(LINE_USUAL);
    write::head(b"{\"t\":\"features\",\"ts\":", body.ts, body.sym, out);
    out.extend_from_slice(b"\",\"by\":\"");
    out.extend_from_slice(body.by.name().as_bytes());
    out.extend_from_slice(b"\",\"ct\":");
    write::integer(body.ct, out);
    out.extend_from_slice(b",\"fv\":");
    write::integer(body.fv, out);
    out.extend_from_slice(b",\"px\":");
    write::price_or_null(body.px, out)?;
    out.extend_from_slice(b",\"f\":{");
    for (key, value) in KEYS.iter().zip(&body.f.0) {
        out.extend_from_slice(key);
        match value {
            Some(value) => number(*value, out)?,
            None => out.extend_from_slice(b"null"),
        }
    }
    auxiliaries(body, out)?;
    why(&body.why, out)?;
    out.extend_from_slice(b",\"n\":");
    write::integer(body.n, out);
    out.extend_from_slice(b"}\n");
    Some(())
}

fn auxiliaries(body: &Features, out: &mut Vec<u8>) -> Option<()> {
    let x = &body.x;
    out.extend_from_slice(match x.phase {
        Phase::Eth => b"},\"x\":{\"phase\":\"eth\"",
        Phase::Rth => b"},\"x\":{\"phase\":\"rth\"",
        Phase::Halt => b"},\"x\":{\"phase\":\"halt\"",
        Phase::Closed => b"},\"x\":{\"phase\":\"closed\"",
    });
    write::optional(b",\"rth_min\":", x.rth_min, out);
    computed(b",\"vwap\":", x.vwap, out)?;
    computed(b",\"vwap_sd\":", x.vwap_sd, out)?;
    computed(b",\"vwap_eth\":", x.vwap_eth, out)?;
    computed(b",\"atr\":", x.atr, out)?;
    computed(b",\"adx\":", x.adx, out)?;
    computed(b",\"chop\":", x.chop, out)?;
    computed(b",\"er\":", x.er, out)?;
    computed(b",\"vr\":", x.vr, out)?;
    computed(b",\"vr_z\":", x.vr_z, out)?;
    level(b",\"poc\":", x.poc, out)?;
    level(b",\"vah\":", x.vah, out)?;
    level(b",\"val\":", x.val, out)?;
    computed(b",\"va_pos\":", x.va_pos, out)?;
    write::optional(b",\"cvd_eth\":", x.cvd_eth, out);
    write::optional(b",\"cvd_rth\":", x.cvd_rth, out);
    write::optional(b",\"unk_vol\":", x.unk_vol, out);
    computed(b",\"queue_imb\":", x.queue_imb, out)?;
    computed(b",\"micro\":", x.micro, out)?;
    computed(b",\"spread\":", x.spread, out)?;
    write::optional(b",\"exhaustion\":", x.exhaustion, out);
    write::optional(b",\"delta_div\":", x.delta_div, out);
    write::optional(b",\"large_buy\":", x.large_buy, out);
    write::optional(b",\"large_sell\":", x.large_sell, out);
    computed(b",\"large_share\":", x.large_share, out)?;
    computed(b",\"book_imb\":", x.book_imb, out)?;
    write::optional(b",\"book_bid\":", x.book_bid, out);
    write::optional(b",\"book_ask\":", x.book_ask, out);
    write::optional(b",\"book_n\":", x.book_n, out);
    computed(b",\"bvc\":", x.bvc, out)?;
    computed(b",\"vpin\":", x.vpin, out)?;
    exposure(x, out)
}

fn exposure(x: &Auxiliaries, out: &mut Vec<u8>) -> Option<()> {
    computed(b",\"gex_net\":", x.gex_net, out)?;
    computed(b",\"gex_gross\":", x.gex_gross, out)?;
    computed(b",\"flip\":", x.flip, out)?;
    match x.neg_side {
        Some(NegSide::Below) => out.extend_from_slice(b",\"neg_side\":\"below\""),
        Some(NegSide::Above) => out.extend_from_slice(b",\"neg_side\":\"above\""),
        None => {}
    }
    computed(b",\"call_wall\":", x.call_wall, out)?;
    computed(b",\"put_wall\":", x.put_wall, out)?;
    computed(b",\"abs_wall\":", x.abs_wall, out)?;
    computed(b",\"max_pain\":", x.max_pain, out)?;
    computed(b",\"em\":", x.em, out)?;
    computed(b",\"atm_iv\":", x.atm_iv, out)?;
    computed(b",\"vex\":", x.vex, out)?;
    computed(b",\"dex\":", x.dex, out)?;
    computed(b",\"basis_ratio\":", x.basis_ratio, out)?;
    write::optional(b",\"basis_age_s\":", x.basis_age_s, out);
    write::optional(b",\"opt_age_s\":", x.opt_age_s, out);
    Some(())
}

fn why(why: &Why, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(b"},\"why\":{");
    let mut comma: &[u8] = b"";
    for (field, reason) in &why.0 {
        out.extend_from_slice(comma);
        text(field, out)?;
        out.push(b':');
        text(reason, out)?;
        comma = b",";
    }
    out.push(b'}');
    Some(())
}

/// A text that JSON need not escape.
fn text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let plain = |b: u8| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\';
    if !text.bytes().all(plain) {
        return None;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Some(())
}

#[inline]
fn computed(key: &[u8], value: Option<Num>, out: &mut Vec<u8>) -> Option<()> {
    if let Some(value) = value {
        out.extend_from_slice(key);
        number(value.0, out)?;
    }
    Some(())
}

#[inline]
fn level(key: &[u8], value: Option<Px>, out: &mut Vec<u8>) -> Option<()> {
    if let Some(value) = value {
        out.extend_from_slice(key);
        write::price_or_null(Some(value), out)?;
    }
    Some(())
}

/// Powers of ten that an f64 holds exactly and that nine digits need here.
const POW10: [f64; 15] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];
const WHOLE10: [u64; 15] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
];
/// Powers of ten below one, to find the first digit.
const SMALL10: [f64; 6] = [1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5];

/// Nine significant digits as [`Num`] writes them; `None` outside 1e-5 to 1e14, where serde writes
/// an exponent or refuses.
///
/// The digits are those of the whole number `x * 10^(8 - e)`, so no shortest-digits search is
/// needed: a decimal of nine digits is the shortest one of the float nearest to it.
fn number(x: f64, out: &mut Vec<u8>) -> Option<()> {
    let size = x.abs();
    if size == 0.0 {
        out.push(b'0');
        return Some(());
    }
    if !(1e-5..1e14).contains(&size) {
        return None;
    }
    let shift = 8 - first_digit(size);
    let scaled =
        if shift >= 0 { size * POW10[shift as usize] } else { size / POW10[(-shift) as usize] };
    // Half away from zero, without a call: the value is positive and below 2^53.
    let cut = scaled as u64;
    let digits = cut + u64::from(scaled - cut as f64 >= 0.5);
    if x < 0.0 {
        out.push(b'-');
    }
    if shift <= 0 {
        write::integer(digits * WHOLE10[(-shift) as usize], out);
        return Some(());
    }
    let scale = WHOLE10[shift as usize];
    write::integer(digits / scale, out);
    fraction(digits % scale, shift as usize, out);
    Some(())
}

/// The exponent of the first digit: `10^e <= size < 10^(e+1)`.
#[inline]
fn first_digit(size: f64) -> i32 {
    if size < 1.0 {
        let place = SMALL10.iter().position(|power| size >= *power);
        return -(place.unwrap_or(SMALL10.len() - 1) as i32);
    }
    // Digits of 2^k: k * log10(2), one too few at most.
    let binary = (size.to_bits() >> 52) as i32 - 1023;
    let guess = (binary * 1233) >> 12;
    let more = POW10.get(guess as usize + 1).is_some_and(|power| size >= *power);
    guess + i32::from(more)
}

/// The point and so many decimals, without trailing zeros.
#[inline]
fn fraction(mut rest: u64, places: usize, out: &mut Vec<u8>) {
    if rest == 0 {
        return;
    }
    let mut text = *b".0000000000000";
    for digit in text[1..=places].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    let zeros = text[..=places].iter().rev().take_while(|b| **b == b'0').count();
    out.extend_from_slice(&text[..=places - zeros]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::FEATURE_NAMES;
    use proptest::prelude::*;

    fn same(x: f64) {
        let mut fast = Vec::new();
        if number(x, &mut fast).is_some() {
            let fast = String::from_utf8(fast).unwrap();
            assert_eq!(fast, serde_json::to_string(&Num(x)).unwrap(), "{x:e}");
        } else {
            let size = x.abs();
            assert!(!(1e-5..1e14).contains(&size), "{x:e} is left to serde");
        }
    }

    #[test]
    fn keys_are_the_names_in_their_order() {
        for (i, (key, name)) in KEYS.iter().zip(FEATURE_NAMES).enumerate() {
            let comma = if i == 0 { "" } else { "," };
            assert_eq!(key, &format!("{comma}\"{name}\":").as_bytes());
        }
    }

    #[test]
    fn numbers_at_the_edges_are_those_of_serde() {
        for exponent in -7..17 {
            let power = 10_f64.powi(exponent);
            for x in [power, power.next_up(), power.next_down(), power * 9.999_999_995, power * 1.5]
            {
                same(x);
                same(-x);
            }
        }
        for x in [0.0, -0.0, 0.25, 5_000.230_555_555_556, 1.0 / 3.0, 999_999_999.5, f64::NAN] {
            same(x);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn numbers_are_those_of_serde(mantissa in -1.0e9_f64..1.0e9, exponent in -16_i32..8) {
            same(mantissa * 10_f64.powi(exponent));
            same(mantissa.round() * 10_f64.powi(exponent));
            same((mantissa.round() + 0.5) * 10_f64.powi(exponent));
        }
    }
}
