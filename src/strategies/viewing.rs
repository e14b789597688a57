//! Builds the view of a bar close from the records.

use crate::market::Instrument;
use crate::strategies::bar_clock::Moment;
use crate::strategies::clusters::Clusters;
use crate::strategies::level_book::ValueArea;
use crate::strategies::level_book::exact_ticks;
use crate::strategies::pairing::ClosedBar;
use crate::strategies::pairing::FeatureFacts;
use crate::strategies::regime::Regime;
use crate::strategies::view::NegativeGamma;
use crate::strategies::view::View;
use crate::wire::Failure;
use crate::wire::FeatureVector;
use crate::wire::NegSide;
use crate::wire::Num;

/// What the features of a bar end say: prices in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) regime: Option<Regime>,
    f: FeatureVector,
    vwap: Option<f64>,
    vwap_sd: Option<f64>,
    adx: Option<f64>,
    atr: Option<f64>,
    spread: Option<f64>,
    large_share: Option<f64>,
    flip: Option<f64>,
    neg_side: Option<NegativeGamma>,
    flip_age_s: Option<i64>,
    expected_move: Option<f64>,
    call_wall: Option<f64>,
    put_wall: Option<f64>,
}

/// Reads the features of a bar end.
///
/// # Errors
/// A price out of range, a regime that is none: bad input.
pub(crate) fn facts(features: &FeatureFacts, instrument: &Instrument) -> Result<Facts, Failure> {
    let x = &features.x;
    let price = |px: Option<Num>| px.map(|px| exact_ticks(px.0, instrument)).transpose();
    let tick = instrument.tick_points();
    let distance = |points: Option<Num>| points.map(|points| points.0 / tick);
    Ok(Facts {
        regime: regime_of(&features.f)?,
        f: features.f,
        vwap: price(x.vwap)?,
        vwap_sd: distance(x.vwap_sd),
        adx: x.adx.map(|adx| adx.0),
        atr: distance(x.atr),
        spread: distance(x.spread),
        large_share: x.large_share.map(|share| share.0),
        flip: price(x.flip)?,
        neg_side: x.neg_side.map(|side| match side {
            NegSide::Below => NegativeGamma::Below,
            NegSide::Above => NegativeGamma::Above,
        }),
        flip_age_s: x.opt_age_s,
        expected_move: distance(x.em),
        call_wall: price(x.call_wall)?,
        put_wall: price(x.put_wall)?,
    })
}

/// The view of a sale, without band and source of flow.
pub(crate) fn view<'a>(
    closed: &ClosedBar,
    moment: Moment,
    facts: &Facts,
    area: ValueArea,
    clusters: Clusters<'a>,
) -> View<'a> {
    let f = |name: &str| facts.f.value(name);
    View {
        ts: closed.tick.end,
        dur_us: closed.tick.dur_us,
        bar: closed.bar,
        volume: closed.volume,
        prev_close: moment.prev_close,
        regular: moment.regular,
        since_open_us: moment.since_open_us,
        regime: facts.regime,
        trend: f("ctx_trend"),
        vwap_z: f("ctx_vwap_z"),
        vwap: facts.vwap,
        vwap_sd: facts.vwap_sd,
        delta_imb: f("of_delta_imb"),
        cvd_div: f("of_cvd_div"),
        stack_imb: f("of_stack_imb"),
        absorption: f("of_absorption"),
        large_imb: f("of_large_imb"),
        ofi: f("of_ofi"),
        gex_ratio: f("opt_gex_ratio"),
        adx: facts.adx,
        atr: facts.atr,
        spread: facts.spread,
        large_share: facts.large_share,
        flip: facts.flip,
        neg_side: facts.neg_side,
        flip_age_s: facts.flip_age_s,
        expected_move: facts.expected_move,
        upper_wall: facts.call_wall,
        lower_wall: facts.put_wall,
        near_edge: area.high,
        poc: area.poc,
        far_edge: area.low,
        clusters,
        ..View::default()
    }
}

/// The regime in a feature vector.
fn regime_of(f: &FeatureVector) -> Result<Option<Regime>, Failure> {
    let Some(value) = f.value("ctx_regime") else { return Ok(None) };
    Regime::from_feature(value)
        .map(Some)
        .ok_or_else(|| Failure::bad_input(format!("ctx_regime {value} is neither 0 nor 1")))
}
