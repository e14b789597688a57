//! Verdicts, orders, account facts, seals and alerts.

use crate::market::Cents;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::By;
use crate::wire::Leg;
use crate::wire::Num;
use crate::wire::TradeManagement;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One pre-trade check.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Code, for example `POS`.
    pub code: Cow<'static, str>,
    /// Measured value.
    pub value: Option<Num>,
    /// Limit it was held against.
    pub limit: Option<Num>,
    /// Passed, failed, or `null`: the source cannot tell.
    pub ok: Option<bool>,
    /// Why the check does not apply or cannot be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub na: Option<Cow<'static, str>>,
}

/// The risk decision on a signal: every check, none short-circuited.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Inherited from the signal, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Inherited from the signal, microseconds UTC.
    pub ct: i64,
    /// Signal decided on.
    pub sig: String,
    /// Whether an order follows.
    pub pass: bool,
    /// First failing code, `size_zero` and the like; `null` on a pass.
    pub reason: Option<String>,
    /// Contracts approved.
    pub qty: u64,
    /// All checks in their fixed order.
    pub checks: Vec<Check>,
    /// What shrank the size, by name: each a factor from 0 to below 1 of what the trade may lose.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<Cow<'static, str>, Num>,
}

/// What an order record asks the execution to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderOp {
    /// A new bracket.
    New,
    /// Change a working leg of `ref`.
    Amend,
    /// Cancel `ref`.
    Cancel,
    /// Close the position and cancel everything.
    Flatten,
}

/// Type of the entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderType {
    /// Limit (a marketable one enters at once or not at all).
    Limit,
    /// Stop.
    Stop,
    /// Market, which a venue turns into a protected limit.
    Market,
}

/// How long the entry works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeInForce {
    /// Immediate or cancel.
    Ioc,
    /// Until the session's end.
    Day,
    /// Until cancelled.
    Gtc,
}

/// An approved order. mia-risk alone writes it; the one exception is the flatten (`by` exec) with which
/// mia-exec obeys `mia-exec flatten` or a kill.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Inherited from its cause, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Inherited from its cause: the moment it could first be sent, microseconds UTC.
    pub ct: i64,
    /// Operation.
    pub op: OrderOp,
    /// Own deterministic id.
    pub id: String,
    /// Order acted on, for amend and cancel.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Signal behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sig: Option<String>,
    /// Buy or sell.
    pub side: Side,
    /// Contracts.
    pub qty: u64,
    /// Entry type.
    #[serde(rename = "type")]
    pub kind: OrderType,
    /// Limit price of the entry.
    pub px: Option<Px>,
    /// Protective stop.
    pub stop: Option<Px>,
    /// Targets, nearest first.
    pub targets: Vec<Px>,
    /// Time in force of the entry.
    pub tif: TimeInForce,
    /// The entry is not sent from this stamp on, microseconds UTC.
    pub expires: i64,
    /// Why, for amend, cancel and flatten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What risk does for the bracket while it is open, of a new order: a later run goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manage: Option<TradeManagement>,
}

/// The account fact in an `acct` record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AcctOp {
    /// The starting state.
    Open,
    /// An order is working.
    Ack,
    /// An execution.
    Fill,
    /// An order ended.
    Cancel,
    /// An order was refused.
    Reject,
    /// A latch was set.
    Latch,
    /// The kill switch acted.
    Kill,
    /// A latch was opened.
    Reset,
}

/// What the account remembers of its closed trades: what sizing and the day limits start from.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct AcctStats {
    /// Closed trades that won, after fees.
    pub wins: u64,
    /// Closed trades that did not win, after fees.
    pub losses: u64,
    /// Sum of the winners in R (net P&L over initial risk).
    pub win_r: Num,
    /// Sum of the squares of the winners in R.
    pub win_r2: Num,
    /// Sum of the losers in R, zero or negative.
    pub loss_r: Num,
    /// Sum of the squares of the losers in R.
    pub loss_r2: Num,
    /// Entries of the trade date.
    pub day_trades: u64,
    /// Net P&L of the trade date in R.
    pub day_r: Num,
    /// Losers in a row up to now.
    pub losses_row: u64,
    /// How the daily results of one contract scatter; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<DailyStats>,
}

/// Daily net P&L of one contract in ticks, as exponentially weighted sums (half-life 20 sessions).
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct DailyStats {
    /// Sessions that ended.
    pub n: u64,
    /// Sum of their weights.
    pub w: Num,
    /// Weighted sum of their results, ticks.
    pub x: Num,
    /// Weighted sum of the squares.
    pub x2: Num,
    /// Result of the session at hand so far, ticks.
    pub today: Num,
}

/// An account fact at the point where risk acted on it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Acct {
    /// When risk learned it, microseconds UTC.
    pub ts: i64,
    /// Contract, or `*`.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Fact.
    pub op: AcctOp,
    /// Account equity (open); from here on the highest equity, from which drawdowns are measured
    /// (reset).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equity: Option<Cents>,
    /// High-water mark (open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_water: Option<Cents>,
    /// Realised P&L of the day (open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_pnl: Option<Cents>,
    /// Signed position in contracts (open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Average entry price of the position, points (open, unless flat).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_px: Option<Num>,
    /// Working protective stop of the position (open, unless flat); that of the order (ack of an
    /// entry that belongs to the starting state).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Px>,
    /// Statistics of the closed trades (open).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<AcctStats>,
    /// How many of the `acct` records after this one belong to the starting state (open, after a
    /// restart).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<u64>,
    /// Latches set (open), or the one concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub latches: Vec<String>,
    /// Order concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Leg concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
    /// Side of the leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub px: Option<Px>,
    /// Contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<u64>,
    /// Fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Cents>,
    /// Execution id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_id: Option<String>,
    /// Time at the exchange (open, after a restart: the time that the state is of), microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xts: Option<i64>,
    /// Reason code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What risk does for the bracket while it is open (the intent of an order of an earlier run).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manage: Option<TradeManagement>,
}

/// Authentication of a live order; never part of a comparison.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Seal {
    /// Stamp of the order, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Order sealed.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Number of the seal within the session, from 1.
    pub seq: u64,
    /// HMAC-SHA256 over the number and the order's line, 64 hexadecimal digits.
    pub mac: String,
}

/// Urgency of an alert.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum AlertLevel {
    /// For the record.
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
    /// Money is at risk.
    Emergency,
}

/// Something a person should know.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Alert {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract, or `*`.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Urgency.
    pub level: AlertLevel,
    /// Machine code.
    pub code: String,
    /// For people: what happened and what to do.
    pub msg: String,
    /// Further facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}
