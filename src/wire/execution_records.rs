//! What happened to orders: acknowledgements, fills, cancels, rejects, positions, closed trades.

use crate::market::Cents;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::By;
use crate::wire::Num;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// A leg of a bracket.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// The opening order.
    Entry,
    /// The protective stop.
    Stop,
    /// A profit target.
    Target,
    /// A closing order outside the bracket.
    Flatten,
}

/// A leg is working at the exchange.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ack {
    /// When it was known here, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Order.
    pub order: String,
    /// Leg.
    pub leg: Leg,
    /// Side of the leg.
    pub side: Side,
    /// Contracts.
    pub qty: u64,
    /// Limit or trigger price.
    pub px: Option<Px>,
    /// When it happened at the exchange, microseconds UTC.
    pub xts: i64,
}

/// An execution.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Fill {
    /// When it was known here, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Order.
    pub order: String,
    /// Leg.
    pub leg: Leg,
    /// Side of the leg.
    pub side: Side,
    /// Contracts.
    pub qty: u64,
    /// Price.
    pub px: Px,
    /// Fees of this execution.
    pub fee: Cents,
    /// Execution id; the key for deduplication.
    pub exec_id: String,
    /// When it happened at the exchange, microseconds UTC.
    pub xts: i64,
}

/// A leg ended without (more) fills.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Cancel {
    /// When it was known here, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Order.
    pub order: String,
    /// Leg.
    pub leg: Leg,
    /// Contracts that will not fill.
    pub qty: u64,
    /// Reason code, for example `ioc`, `oco`, `expired`.
    pub reason: String,
    /// When it happened at the exchange, microseconds UTC.
    pub xts: i64,
}

/// A leg was refused.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Reject {
    /// When it was known here, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Order.
    pub order: String,
    /// Leg.
    pub leg: Leg,
    /// Reason code.
    pub reason: String,
    /// When it happened at the exchange, microseconds UTC.
    pub xts: i64,
}

/// The position after a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Signed contracts, long above zero.
    pub qty: i64,
    /// Average entry price, points; `null` when flat.
    pub avg_px: Option<Num>,
    /// Working protective stop; `null` when flat.
    pub stop: Option<Px>,
}

/// The account after a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract, or `*`.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Realised equity.
    pub equity: Cents,
    /// Realised P&L of the trade date, net of fees.
    pub day_pnl: Cents,
    /// Fees of the trade date.
    pub day_fees: Cents,
}

/// A closed trade, from flat to flat.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Roundtrip {
    /// When its close was known here, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Entry order.
    pub order: String,
    /// Signal behind it.
    pub sig: Option<String>,
    /// Pattern of the signal, where the id names it.
    pub pattern: Option<String>,
    /// Side of the entry.
    pub side: Side,
    /// Contracts.
    pub qty: u64,
    /// First fill at the exchange, microseconds UTC.
    pub opened: i64,
    /// Last fill at the exchange, microseconds UTC.
    pub closed: i64,
    /// Average entry price, points.
    pub entry: Num,
    /// Average exit price, points.
    pub exit: Num,
    /// Why it ended: `stop`, `target`, `flatten` and the like.
    pub reason: String,
    /// P&L before fees.
    pub gross: Cents,
    /// Fees.
    pub fee: Cents,
    /// P&L after fees.
    pub pnl: Cents,
    /// Net P&L over the initial risk (entry to stop).
    pub r: Option<Num>,
    /// Worst excursion between first and last fill, ticks, zero or negative.
    pub mae: i64,
    /// Best excursion between first and last fill, ticks, zero or positive.
    pub mfe: i64,
}
