//! Fills the `features` record of a bin end.

use crate::features::book::Book;
use crate::features::contract::Contract;
use crate::features::day::MINUTE;
use crate::features::options::OptionFold;
use crate::features::options::OptionValues;
use crate::features::options::Reference;
use crate::features::options::View;
use crate::features::reason::Value;
use crate::features::seconds::SECOND;
use crate::features::session_clock::SessionClock;
use crate::market;
use crate::market::Instrument;
use crate::market::Ticks;
use crate::wire::Auxiliaries;
use crate::wire::By;
use crate::wire::FEATURE_NAMES;
use crate::wire::FEATURE_VERSION;
use crate::wire::Features;
use crate::wire::NegSide;
use crate::wire::Num;
use crate::wire::Phase;
use crate::wire::Why;
use std::borrow::Cow;

/// Place of the first option feature.
const OPTIONS: usize = 8;

/// An empty record of this stage.
pub fn blank() -> Features {
    Features {
        ts: 0,
        sym: market::Sym::NONE,
        by: By::Features,
        ct: 0,
        fv: FEATURE_VERSION,
        px: None,
        f: crate::wire::FeatureVector::default(),
        x: crate::wire::Auxiliaries::new(Phase::Closed),
        why: Why::default(),
        n: 0,
    }
}

/// What stands beside the contract's own state.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// Option chains.
    pub chains: &'a OptionFold,
    /// Average daily volume of the product, contracts.
    pub adv: Value,
}

/// Fills `record` with the values of `contract` as of bin end `at`, completed by a record of `ct`.
pub fn fill(
    record: &mut Features,
    contract: &mut Contract,
    clock: &SessionClock,
    instrument: &Instrument,
    sides: Sides<'_>,
    at: i64,
    ct: i64,
) {
    (record.ts, record.ct, record.sym) = (at, ct, *contract.sym());
    record.why.0.clear();
    let flow = contract.flow_mut().values(at);
    for (i, value) in flow.features.into_iter().enumerate() {
        set(record, i, value);
    }
    let last = contract.flow().last();
    let options = sides.chains.values(&View {
        at,
        price: last.map(|price| price.0 as f64 * instrument.tick_points()),
        adv: sides.adv,
        close: clock.session().and_then(|session| session.rth).map(|(_, close)| close),
        point_value: instrument.tick_value.dollars() / instrument.tick_points(),
    });
    for (i, value) in options.features.into_iter().enumerate() {
        set(record, OPTIONS + i, value);
    }
    let regime = contract.series().regime();
    set(record, 14, regime.regime());
    set(record, 15, regime.trend());
    set(record, 16, contract.day().relative_volume());
    set(record, 17, contract.day().vwap_z(at, last));
    record.px = last.map(|price| instrument.px(price));
    record.n = contract.day().events();
    fill_auxiliaries(record, contract, clock, instrument, at);
    record.x.unk_vol = Some(flow.unknown);
    record.x.large_buy = flow.large.map(|(bought, _)| bought);
    record.x.large_sell = flow.large.map(|(_, sold)| sold);
    record.x.spread = flow.spread.map(|ticks| Num(ticks * instrument.tick_points()));
    record.x.large_share = flow.large_share.map(Num);
    fill_exposure(&mut record.x, &options, at);
    note_how(record, contract, flow.base_fallback);
    note_options(record, &options);
}

fn set(record: &mut Features, i: usize, value: Value) {
    record.f.0[i] = value.ok();
    if let Err(reason) = value {
        record.why.0.push((Cow::Borrowed(FEATURE_NAMES[i]), Cow::Borrowed(reason.code())));
    }
}

fn fill_auxiliaries(
    record: &mut Features,
    contract: &mut Contract,
    clock: &SessionClock,
    instrument: &Instrument,
    at: i64,
) {
    let tick = instrument.tick_points();
    let points = |ticks: f64| Num(ticks * tick);
    let area = contract.day_mut().value_area();
    let (day, flow, series) = (contract.day(), contract.flow(), contract.series());
    let x = &mut record.x;
    x.phase = match clock.phase_before(at) {
        market::Phase::Eth => Phase::Eth,
        market::Phase::Rth => Phase::Rth,
        market::Phase::Halt => Phase::Halt,
        market::Phase::Closed => Phase::Closed,
    };
    let regular = clock.session().and_then(|session| session.rth);
    x.rth_min = regular
        .filter(|(open, close)| at > *open && at <= *close)
        .map(|(open, _)| ((at - open) / MINUTE) as u32);
    let vwap = day.vwap_rth();
    x.vwap = vwap.map(|(mean, _)| points(mean));
    x.vwap_sd = vwap.map(|(_, deviation)| points(deviation));
    x.vwap_eth = day.vwap_eth().map(points);
    x.atr = series.wilder().atr().ok().map(points);
    x.adx = series.wilder().adx().ok().map(Num);
    x.chop = series.wilder().choppiness().ok().map(Num);
    x.er = series.regime().efficiency().ok().map(Num);
    let variance = series.variance().ok();
    x.vr = variance.map(|variance| Num(variance.ratio));
    x.vr_z = variance.map(|variance| Num(variance.z_robust));
    x.poc = area.map(|area| instrument.px(area.poc));
    x.vah = area.map(|area| instrument.px(area.vah));
    x.val = area.map(|area| instrument.px(area.val));
    x.va_pos = position(flow.last(), contract).map(Num);
    x.cvd_eth = flow.cvd_eth();
    x.cvd_rth = flow.cvd_rth();
    let quote = flow.quote(at);
    x.queue_imb = quote.map(|quote| Num(quote.queue_imbalance()));
    x.micro = quote.map(|quote| points(quote.microprice()));
    x.exhaustion = series.exhaustion();
    x.delta_div = flow.bar_divergence().value().ok();
    let bulk = series.bulk();
    x.bvc = bulk.and_then(|bulk| bulk.imbalance().ok()).map(Num);
    x.vpin = bulk.and_then(|bulk| bulk.vpin().ok()).map(Num);
}

/// Fills what the book says; `None` if no depth record of the contract ever came.
pub fn fill_book(record: &mut Features, book: Option<&Book>, at: i64) {
    let x = &mut record.x;
    (x.book_imb, x.book_bid, x.book_ask, x.book_n) = (None, None, None, None);
    let Some(book) = book else { return };
    let view = book.view(at);
    if let Ok(view) = view {
        (x.book_bid, x.book_ask) = (Some(view.bid), Some(view.ask));
        x.book_n = Some(view.levels);
    }
    match view.and_then(|view| view.imbalance) {
        Ok(imbalance) => x.book_imb = Some(Num(imbalance)),
        Err(reason) => record.why.note("book_imb", reason.code()),
    }
}

/// The auxiliaries of the option chain; absent where no valuation is in force.
fn fill_exposure(x: &mut Auxiliaries, options: &OptionValues<'_>, at: i64) {
    let known = options.known.as_ref();
    let exposure = known.map(|known| &known.adopted.exposure);
    let mapped = known.and_then(|known| known.mapped);
    let ratio = options.ratio;
    x.gex_net = exposure.map(|e| Num(e.net()));
    x.gex_gross = exposure.map(|e| Num(e.gross));
    x.vex = exposure.and_then(|e| e.vex).map(Num);
    x.dex = exposure.and_then(|e| e.dex).map(Num);
    let side = |flip: crate::options::Flip| {
        if flip.negative_below { NegSide::Below } else { NegSide::Above }
    };
    x.neg_side = exposure.and_then(|e| e.flip).map(side);
    x.atm_iv = exposure.and_then(|e| e.em.as_ref()).map(|em| Num(em.vol));
    x.flip = mapped.and_then(|m| m.flip).map(Num);
    x.call_wall = mapped.and_then(|m| m.call_wall).map(Num);
    x.put_wall = mapped.and_then(|m| m.put_wall).map(Num);
    x.abs_wall = mapped.and_then(|m| m.abs_wall).map(Num);
    x.max_pain = mapped.and_then(|m| m.max_pain).map(Num);
    x.em = mapped.and_then(|m| m.sigma).map(Num);
    x.basis_ratio = ratio.map(|ratio| Num(ratio.value));
    x.basis_age_s = ratio.map(|ratio| ratio.age / SECOND);
    x.opt_age_s = known.map(|known| (at - known.adopted.asof) / SECOND);
}

/// Notes how option values were made where that is not the best way.
fn note_options(record: &mut Features, options: &OptionValues<'_>) {
    let Some(known) = &options.known else { return };
    let mut note = |field: &'static str, how: &'static str| {
        record.why.0.push((Cow::Borrowed(field), Cow::Borrowed(how)));
    };
    if known.notes.move_now {
        note("em", "now");
    }
    if known.notes.from_bars {
        note("basis", "bars");
    } else if options.ratio.is_some_and(|ratio| ratio.reference == Reference::Index) {
        note("basis", "index");
    }
}

/// Position of the price in the previous value area.
fn position(last: Option<Ticks>, contract: &Contract) -> Option<f64> {
    let area = contract.day().levels().profile?.value;
    let width = (area.vah - area.val).0;
    (width > 0).then_some((last? - area.val).0 as f64 / width as f64)
}

/// Notes how values were made where that is not the best way.
fn note_how(record: &mut Features, contract: &Contract, base_fallback: bool) {
    let mut note = |field: &'static str, how: &'static str| {
        record.why.0.push((Cow::Borrowed(field), Cow::Borrowed(how)));
    };
    if contract.is_on_bars() {
        note("src", "bars");
    } else if contract.flow().is_tick_only() {
        note("side", "tick");
    }
    if base_fallback {
        note("base", "ew");
    }
    if !contract.is_on_bars() && contract.flow().is_large_floor() {
        note("large", "min");
    }
    let day = contract.day();
    if contract.is_regular() && (day.is_from_bars() || day.is_partial()) {
        let how = if day.is_from_bars() { "bars" } else { "partial" };
        note("vwap", how);
        note("profile", how);
    }
}
