//! Levels, footprints, option exposure, signals and explanations.

use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::By;
use crate::wire::Num;
use crate::wire::Settlement;
use crate::wire::Src;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// A price level.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// Name, unique in the snapshot, for example `pVAH`.
    pub id: String,
    /// Family, for example `PROFILE`; one vote a family in confluence.
    pub fam: String,
    /// Price in points, not rounded to the grid.
    pub px: Num,
    /// Weight in (0, 1).
    pub w: Num,
    /// Where it comes from, for example `rth` or `rth:adj`.
    pub src: String,
    /// Stamp up to which it was computed, microseconds UTC.
    pub asof: i64,
}

/// All price levels, a full snapshot.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Levels {
    /// Bar end or session event, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Levels, highest price first.
    pub lv: Vec<Level>,
}

/// A footprint row: price, sellers' volume (at the bid), buyers' volume (at the ask).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FootprintRow(pub Px, pub u64, pub u64);

/// A diagonal imbalance: price of its row and the side that dominates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FootprintImbalance(pub Px, pub Side);

/// A run of imbalances of one side on consecutive ticks, at least `flow.stack_min` rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FootprintStack {
    /// Lowest row.
    pub from: Px,
    /// Highest row.
    pub to: Px,
    /// Side that dominates.
    pub side: Side,
}

/// Volume by price and side of a closed bar, and what a footprint chart shows of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Footprint {
    /// Bar end, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Length of the bar in seconds.
    pub dur: u32,
    /// Rows, highest price first.
    pub rows: Vec<FootprintRow>,
    /// Diagonal imbalances, highest price first, at one price the buyers' first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imb: Option<Vec<FootprintImbalance>>,
    /// Stacked imbalances, highest first, buyers' before sellers'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacks: Option<Vec<FootprintStack>>,
    /// Buyers' less sellers' volume of the bar, contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<i64>,
    /// Price of the greatest volume of the bar, unknown side included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poc: Option<Px>,
    /// Volume of unknown side, in no row, contracts; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unk: Option<u64>,
}

/// Dealer exposure of an option chain.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Gex {
    /// Time of adoption, microseconds UTC.
    pub ts: i64,
    /// Underlying.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Unit of the exposures, for example `usd_per_pct`.
    pub unit: String,
    /// Assumed dealer position sign of calls and of puts.
    pub dealer_sign: BTreeMap<String, i64>,
    /// Underlying.
    pub und: Sym,
    /// Spot used, points.
    pub spot: Num,
    /// Net gamma exposure, in `unit`.
    pub net: Num,
    /// Gross gamma exposure, in `unit`.
    pub gross: Num,
    /// Zero-gamma price, points; `null` if none is acceptable.
    pub flip: Option<Num>,
    /// On which side of the flip net exposure is negative: `below` or `above`.
    pub neg_side: Option<String>,
    /// Strike of the greatest call exposure, points.
    pub call_wall: Option<Num>,
    /// Strike of the greatest put exposure, points.
    pub put_wall: Option<Num>,
    /// Strike of the greatest gross exposure, points.
    pub abs_wall: Option<Num>,
    /// Vanna exposure, dollars of delta per volatility point.
    pub vex: Option<Num>,
    /// Delta exposure, dollars.
    pub dex: Option<Num>,
    /// Finite charm until today's close, dollars of delta.
    pub charm: Option<Num>,
    /// Share of gross exposure that expires today, 0 to 1.
    pub dte0: Option<Num>,
    /// Expected move (one sigma), points.
    pub em: Option<Num>,
    /// Share of the chain that was usable, 0 to 1.
    pub coverage: Num,
    /// Age of the open interest, seconds.
    pub oi_age_s: Option<i64>,
    /// Age of the volatilities, seconds.
    pub iv_age_s: Option<i64>,
    /// Futures over spot, points.
    pub basis: Option<Num>,
    /// Age of the basis, seconds.
    pub basis_age_s: Option<i64>,
    /// Gamma exposure of calls, signed, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Num>,
    /// Gamma exposure of puts, signed, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puts: Option<Num>,
    /// Net over gross, -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Num>,
    /// Charm exposure, dollars of delta a calendar day; explodes near settlement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cex: Option<Num>,
    /// Minutes that `charm` spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charm_min: Option<Num>,
    /// Max pain of the nearest expiry, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pain: Option<Num>,
    /// Expiry of the expected move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub em_exp: Option<String>,
    /// Value of the straddle at that forward, points: the mean absolute move, 0.798 of `em`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub straddle: Option<Num>,
    /// Volatility at that forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atm_iv: Option<Num>,
    /// Share of the open interest that expires today, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dte0_oi: Option<Num>,
    /// Share of the volume that expires today, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dte0_vol: Option<Num>,
    /// The option market's own spot: the nearest expiry's parity forward, discounted; points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity_spot: Option<Num>,
    /// Age of the spot, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot_age_s: Option<i64>,
    /// Source of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_src: Option<Src>,
    /// Where volatilities come from: `quotes` or `source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vol_src: Option<String>,
    /// Where gammas come from: `model` or `source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma_src: Option<String>,
    /// Definition of the walls: `gex_side`, `gex_net` or `oi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_by: Option<String>,
    /// Contracts used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// Contracts listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<u64>,
    /// Contracts left out, by the first rule that they break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<BTreeMap<String, u64>>,
    /// Exposure by strike, on request, ascending: strike, gamma exposure of calls, of puts, signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_strike: Option<Vec<(Px, Num, Num)>>,
    /// Exposure by series, on request, earliest settlement first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_expiry: Option<Vec<GexExpiry>>,
}

/// Exposure of one option series.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GexExpiry {
    /// Option root.
    pub root: Sym,
    /// Expiry date, `2026-03-20`.
    pub exp: String,
    /// AM or PM settled.
    pub settle: Settlement,
    /// Minutes to settlement.
    pub min: Num,
    /// Forward, points.
    pub fwd: Num,
    /// Net gamma exposure, in the record's `unit`.
    pub net: Num,
    /// Gross gamma exposure, in the record's `unit`.
    pub gross: Num,
    /// Open interest of calls, with a usable quote or not; contracts.
    pub call_oi: u64,
    /// Open interest of puts, with a usable quote or not; contracts.
    pub put_oi: u64,
    /// Volatility at the forward; `null` where no strike gives one.
    pub atm_iv: Option<Num>,
    /// Volatility of the 25-delta put less that of the 25-delta call; `null` where unknown.
    pub skew: Option<Num>,
    /// Max pain, points; `null` without open interest.
    pub max_pain: Option<Num>,
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalOp {
    /// Open a position.
    Enter,
    /// Close the position of the same id.
    Exit,
}

/// How an open trade is to be managed; risk alone acts on it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct TradeManagement {
    /// Longest holding time, minutes.
    pub hold_min: Option<u32>,
    /// Trailing distance in multiples of the bar ATR.
    pub trail: Option<Num>,
    /// Move the stop to break-even after the first target.
    pub be_after_t1: bool,
    /// Codes of the pattern's own exits.
    pub exits: Vec<String>,
}

/// A trade idea: everything that risk needs, without knowing the pattern.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// Bar end that triggered it, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Enter or exit.
    pub op: SignalOp,
    /// Derived from pattern, side, stamp and symbol: the same input gives the same id.
    pub id: String,
    /// Pattern, for example `va_rejection`.
    pub pattern: String,
    /// Buy or sell.
    pub side: Side,
    /// Reference price.
    pub entry: Px,
    /// Protective stop.
    pub stop: Px,
    /// Targets, nearest first.
    pub targets: Vec<Px>,
    /// Management.
    pub manage: TradeManagement,
    /// Strength of the cluster that holds the level; a description, not a probability.
    pub confluence: Num,
    /// Calibrated probability of a win, 0 to 1; `null` without a model.
    pub confidence: Option<Num>,
    /// Whether no calibrated model stands behind it.
    pub uncalibrated: bool,
    /// `RANGE` or `TREND`.
    pub regime: String,
    /// Levels used.
    pub level_ids: Vec<String>,
    /// Machine codes of the conditions met.
    pub why: Vec<String>,
    /// One plain sentence.
    pub msg: String,
    /// No longer valid from this stamp on, microseconds UTC.
    pub expires: i64,
}

/// Score and descriptions of a closed bar of regular hours; no trade idea.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Scores {
    /// Bar end, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// `RANGE` or `TREND`; `null` while it is not known.
    pub regime: Option<String>,
    /// VIX band: `LOW`, `MID`, `HIGH` or `EXTREME`.
    pub band: String,
    /// Where the band comes from: `vix`, `atm_iv` or `fallback`.
    pub band_src: String,
    /// Wilder's ADX(14), 0 to 100.
    pub adx: Option<Num>,
    /// Variance ratio.
    pub vr: Option<Num>,
    /// Choppiness, 0 to 100.
    pub chop: Option<Num>,
    /// Battle Navale score, -1 to 1: positive for buyers; its reason is in `why` where it is `null`.
    pub bn_score: Option<Num>,
    /// Force of the last bars, -1 to 1.
    pub bn_force: Option<Num>,
    /// Golden-rule term, -1 to 1.
    pub bn_rule: Option<Num>,
    /// Quality of the governing base, 0 to 1.
    pub bn_quality: Option<Num>,
    /// 1 or -1: the governing base is unbroken and green or red; else 0.
    pub bn_kappa: Option<Num>,
    /// Strength of a gamma pin, 0 to 1; only if the detector is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma_pin: Option<Num>,
    /// Strength of a headfake, 0 to 1; only if the detector is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headfake: Option<Num>,
    /// Strength of a microstructure anomaly, 0 to 1; only if the detector is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microstructure: Option<Num>,
    /// Mean strength of its anomalies, 0 to 1; `microstructure` is the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microstructure_mean: Option<Num>,
    /// What was recognised, for example `bull_trap` or `long_down_up`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Reasons of nulls.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub why: BTreeMap<String, String>,
}

/// What a pattern or a check saw at a closed bar, and why nothing happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Explain {
    /// Bar end, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Pattern.
    pub pattern: String,
    /// Side it watches.
    pub side: Side,
    /// State of its machine.
    pub state: String,
    /// Decision: `signal`, `reject`, `wait` or `regime_unclear`.
    pub decision: String,
    /// First condition that failed; `null` on a signal.
    pub failed: Option<String>,
    /// Inputs that were missing.
    pub missing: Vec<String>,
    /// What was seen: inputs and the pattern's own values by name; prices in points.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub saw: BTreeMap<String, Num>,
    /// Distance to the trigger, ticks, where it has one.
    pub dist: Option<Num>,
    /// One plain sentence.
    pub msg: String,
}
