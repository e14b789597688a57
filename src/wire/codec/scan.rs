//! A scanner for the bytes that MIA writes: it says `None` to anything else, right or wrong.

use crate::market::Px;
use crate::market::Sym;

/// The rest of a line.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(super) const fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    /// Takes exactly these bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "with its literal known it is one or two compares")]
    pub(super) fn take(&mut self, literal: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    /// Takes these bytes if they come next.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "with its literal known it is one or two compares")]
    pub(super) fn has(&mut self, literal: &[u8]) -> bool {
        self.take(literal).is_some()
    }

    /// Nothing is left.
    #[inline]
    pub(super) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// The bytes up to the next quote, at most `max`, and the quote. No escapes.
    #[inline]
    pub(super) fn text(&mut self, max: usize) -> Option<&'a [u8]> {
        let window = self.rest.get(..=max).unwrap_or(self.rest);
        let end = window.iter().position(|b| *b == b'"')?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(text)
    }

    /// A symbol and its closing quote.
    #[inline]
    pub(super) fn sym(&mut self) -> Option<Sym> {
        Sym::from_bytes(self.text(Sym::MAX)?)
    }

    /// An unsigned integer of at most 18 digits, without leading zeros.
    #[inline]
    pub(super) fn uint(&mut self) -> Option<u64> {
        let before = self.rest;
        let mut value = 0;
        // Stamps have 16 digits: two groups of eight.
        while let Some((group, rest)) = self.rest.split_first_chunk()
            && let Some(digits) = eight_digits(*group)
        {
            if before.len() - rest.len() > 16 {
                return None;
            }
            value = value * 100_000_000 + digits;
            self.rest = rest;
        }
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            value = value * 10 + u64::from(digit - b'0');
            self.rest = rest;
            if before.len() - rest.len() > 18 {
                return None;
            }
        }
        let digits = before.len() - self.rest.len();
        (digits == 1 || (digits > 1 && before[0] != b'0')).then_some(value)
    }

    /// As [`Scan::uint`], as a stamp. A negative one is left to serde.
    #[inline]
    pub(super) fn stamp(&mut self) -> Option<i64> {
        self.uint().map(|value| value as i64)
    }

    /// A decimal price within [`Px::MAX_POINTS`] of at most nine decimals, without exponent.
    #[inline]
    pub(super) fn price(&mut self) -> Option<Px> {
        let negative = self.has(b"-");
        let before = self.rest;
        let mut nanos = 0_i64;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            nanos = nanos * 10 + i64::from(digit - b'0');
            self.rest = rest;
            if before.len() - rest.len() > 7 {
                return None;
            }
        }
        let digits = before.len() - self.rest.len();
        if digits == 0 || (digits > 1 && before[0] == b'0') {
            return None;
        }
        nanos *= Px::SCALE;
        if self.has(b".") {
            nanos += self.billionths()?;
        }
        (nanos <= Px::MAX_NANOS).then(|| Px::from_nanos(if negative { -nanos } else { nanos }))
    }

    /// One to nine digits after the point.
    #[inline]
    fn billionths(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        let mut weight = Px::SCALE / 10;
        let before = self.rest.len();
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            if weight == 0 {
                return None;
            }
            value += i64::from(digit - b'0') * weight;
            weight /= 10;
            self.rest = rest;
        }
        (self.rest.len() < before).then_some(value)
    }
}

/// The value of eight ASCII digits, all at once in one register.
#[inline]
const fn eight_digits(group: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(group);
    // A digit is 0x30..=0x39: its high half is 3, and adding 6 does not change that.
    let high = word & 0xF0F0_F0F0_F0F0_F0F0;
    let carried = word.wrapping_add(0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0;
    if high != 0x3030_3030_3030_3030 || carried != 0x3030_3030_3030_3030 {
        return None;
    }
    let digits = word & 0x0F0F_0F0F_0F0F_0F0F;
    // Pairs, then fours, then all eight; the first digit is the lowest byte.
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours.wrapping_mul(10_000) + (fours >> 32)) & 0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The integer and what is left.
    fn uint(text: &str) -> Option<(u64, &str)> {
        let mut s = Scan::new(text.as_bytes());
        s.uint().map(|value| (value, std::str::from_utf8(s.rest).unwrap()))
    }

    fn price(text: &str) -> Option<(i64, &str)> {
        let mut s = Scan::new(text.as_bytes());
        s.price().map(|px| (px.nanos(), std::str::from_utf8(s.rest).unwrap()))
    }

    #[test]
    fn integers_of_every_length() {
        assert_eq!(uint("0,"), Some((0, ",")));
        assert_eq!(uint("7"), Some((7, "")));
        assert_eq!(uint("12345678,"), Some((12_345_678, ",")));
        assert_eq!(uint("1772461800123456,\"sym\""), Some((1_772_461_800_123_456, ",\"sym\"")));
        assert_eq!(uint("999999999999999999}"), Some((999_999_999_999_999_999, "}")));
        for refused in ["", "-1", "00", "012345678", "1000000000000000000", "a", "+1"] {
            assert_eq!(uint(refused), None, "{refused}");
        }
        assert_eq!(uint(&"1".repeat(24)), None);
        assert_eq!(uint(&"1".repeat(400)), None);
    }

    #[test]
    fn prices_to_the_last_billionth() {
        assert_eq!(price("5000.25,"), Some((5_000_250_000_000, ",")));
        assert_eq!(price("-0.000000001"), Some((-1, "")));
        assert_eq!(price("-0,"), Some((0, ",")));
        assert_eq!(price("8388607.000000000}"), Some((Px::MAX_NANOS, "}")));
        // The exponent is left over, so that the comma after it is missed.
        assert_eq!(price("5e3"), Some((5_000_000_000, "e3")));
        for refused in
            ["", "-", "05", "5.", ".5", "8388607.000000001", "8388608", "12345678", "1.0000000000"]
        {
            assert_eq!(price(refused), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn eight_digits_are_told_from_all_other_bytes(group: [u8; 8]) {
            let text = std::str::from_utf8(&group).ok();
            let digits = text.filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(eight_digits(group), digits.and_then(|t| t.parse().ok()));
        }

        #[test]
        fn eight_digits_with_one_byte_changed(value in 0..100_000_000_u64, at in 0..8_usize, byte: u8) {
            let mut group: [u8; 8] = format!("{value:08}").into_bytes().try_into().unwrap();
            prop_assert_eq!(eight_digits(group), Some(value));
            group[at] = byte;
            let text = String::from_utf8_lossy(&group).into_owned();
            let digits = byte.is_ascii_digit().then(|| text.parse().unwrap());
            prop_assert_eq!(eight_digits(group), digits);
        }
    }
}
