//! `[options]`: how option chains are valued (QUANT 3).

use crate::config::settings::settings;
use serde::Deserialize;
use serde::Serialize;

/// The assumed position of dealers: +1 long, -1 short, 0 left out.
///
/// Positions are not observable: this is a hypothesis (QUANT 3.10) and is written with every record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealerSign {
    /// Calls.
    pub call: i32,
    /// Puts.
    pub put: i32,
}

/// What a wall is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WallBy {
    /// The strike with the greatest gamma exposure of calls, and that of puts.
    GexSide,
    /// The strikes with the greatest and the least net gamma exposure.
    GexNet,
    /// The strike with the greatest open interest of calls, and that of puts.
    Oi,
}

/// Where volatilities come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolSource {
    /// From the quotes, out-of-the-money side; the source's where a contract has no quote.
    Quotes,
    /// The source's.
    Source,
}

/// Where gammas come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GammaSource {
    /// From the model.
    Model,
    /// The source's: gamma exposure alone, no flip.
    Source,
}

/// Where the forward comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carry {
    /// Put-call parity, expiry by expiry; `rate` and `dividend` where an expiry has no pair of quotes.
    Parity,
    /// `rate` and `dividend`.
    Rates,
}

/// When the expected move of the day is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveAnchor {
    /// From the first valid chain after the regular open, kept all day.
    Open,
    /// From the chain in force.
    Now,
}

settings! {
    /// Option chains and exposure (QUANT 3).
    OptionSettings {
        /// Underlying whose chains give the option features.
        underlying: String = "SPX".into(),
        /// Assumed dealer position.
        dealer_sign: DealerSign = DealerSign { call: 1, put: -1 },
        /// Definition of the walls.
        wall_by: WallBy = WallBy::GexSide,
        /// Where volatilities come from.
        vol: VolSource = VolSource::Quotes,
        /// Where gammas come from.
        gamma: GammaSource = GammaSource::Model,
        /// Where the forward comes from.
        carry: Carry = Carry::Parity,
        /// Interest rate a year, continuous.
        rate: f64 = 0.04,
        /// Dividend yield a year, continuous; used where parity gives no forward.
        dividend: f64 = 0.013,
        /// Widest usable spread, points; the wider of this and the next counts.
        spread_points_max: f64 = 0.50,
        /// The same as a share of the mid.
        spread_share_max: f64 = 0.30,
        /// Least usable volatility.
        iv_min: f64 = 0.03,
        /// Largest usable volatility.
        iv_max: f64 = 3.0,
        /// Time to settlement is taken for at least this, minutes.
        tau_floor_min: f64 = 5.0,
        /// Half width of the range in which the flip is sought and coverage is measured, share of spot.
        flip_window: f64 = 0.10,
        /// A root of net exposure counts only if 2 % away from it at least this share of gross is left.
        flip_tail_min: f64 = 0.01,
        /// Least usable share of the open interest near spot.
        coverage_min: f64 = 0.80,
        /// Usable strikes that a side must have within 5 % of spot.
        strikes_min: usize = 20,
        /// Least share of strikes near the money that must keep put-call parity within their spreads.
        parity_min: f64 = 0.90,
        /// Least gross exposure that gives a ratio, dollars per 1 %.
        gross_min: f64 = 1e8,
        /// Least time between two valuations, seconds.
        every_s: i64 = 5,
        /// Time after which a chain in force is valued again at the spot of then, seconds.
        refresh_s: i64 = 60,
        /// Time from the inputs of a valuation to its effect, milliseconds.
        adopt_ms: i64 = 5000,
        /// Age of quotes and volatilities above which option features are null, seconds.
        iv_age_s_max: i64 = 3600,
        /// Age of the ratio of future to spot above which option levels are null, seconds.
        basis_age_s_max: i64 = 900,
        /// Largest distance of the ratio from its fair value, share.
        basis_fair_max: f64 = 0.003,
        /// When the expected move is taken.
        em_anchor: MoveAnchor = MoveAnchor::Open,
        /// Contracts of a chain that are kept.
        contracts_max: usize = 60_000,
    }
}
