//! What the variants came to, held against the settings in force.

use crate::cli::exec::sensitivity::fold::Fold;
use crate::cli::exec::sensitivity::fold::Run;
use crate::market::Cents;
use crate::wire::Num;
use crate::wire::Roundtrip;
use serde::Serialize;
use std::collections::BTreeMap;

/// Below this many trades a win rate is not worth its digits.
const FEW: usize = 30;

/// What this report is not.
pub(super) const NOTE: &str = "the same signals under other assumptions about fills: it says how \
                               far the result depends on them, and is no evidence of an edge";

/// A trade that is not what it was under the settings in force.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Difference {
    /// Entry order.
    pub order: String,
    /// `other`, `gone` or `new`.
    pub what: &'static str,
    /// Net result under the settings in force, dollars; `null`: not traded.
    pub was: Option<Cents>,
    /// Net result here, dollars; `null`: not traded.
    pub is: Option<Cents>,
}

/// One variant.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Row {
    pub axis: &'static str,
    pub value: String,
    pub orders: u64,
    pub fills: u64,
    pub trades: usize,
    pub won: usize,
    /// Share of the trades that won; `null` without trades.
    pub win_rate: Option<Num>,
    /// Fees, dollars.
    pub fees: Cents,
    /// Net result, dollars.
    pub net: Cents,
    /// Net result a trade, dollars; `null` without trades.
    pub net_per_trade: Option<Num>,
    /// Net result less that of the settings in force, dollars.
    pub delta: Cents,
    /// Trades that are other, gone, new.
    pub changed: usize,
    /// Risk latched a halt that only a person opens.
    pub halted: bool,
    pub differences: Vec<Difference>,
}

/// How much one assumption moves the result.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Weight {
    pub axis: &'static str,
    /// Greatest net result among its values less the smallest, the settings in force included.
    pub spread: Cents,
    /// The value with the greatest change, and that change, dollars.
    pub at: String,
    pub delta: Cents,
}

/// The whole report.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Report {
    pub synthetic: bool,
    pub signals: u64,
    /// Trades under the settings in force.
    pub n: usize,
    pub note: &'static str,
    pub few: bool,
    pub variants: Vec<Row>,
    /// The assumptions by how much they move the result, the heaviest first.
    pub weights: Vec<Weight>,
}

impl Report {
    /// The report of what `fold` has seen.
    pub(super) fn of(fold: &Fold) -> Self {
        let base: &[Roundtrip] = fold.runs.first().map_or(&[], |run| &run.tally.trades);
        let variants: Vec<Row> = fold.runs.iter().map(|run| row(run, base)).collect();
        Self {
            synthetic: fold.synthetic,
            signals: fold.signals,
            n: base.len(),
            note: NOTE,
            few: base.len() < FEW,
            weights: weights(&variants),
            variants,
        }
    }
}

fn net(trades: &[Roundtrip]) -> Cents {
    trades.iter().fold(Cents(0), |sum, trade| sum + trade.pnl)
}

fn row(run: &Run, base: &[Roundtrip]) -> Row {
    let trades = &run.tally.trades;
    let won = trades.iter().filter(|trade| trade.pnl.0 > 0).count();
    let mean = |sum: f64| (!trades.is_empty()).then(|| Num(sum / trades.len() as f64));
    let total = net(trades);
    let differences = differences(base, trades);
    Row {
        axis: run.axis,
        value: run.value.clone(),
        orders: run.tally.orders,
        fills: run.tally.fills,
        trades: trades.len(),
        won,
        win_rate: mean(won as f64),
        fees: trades.iter().fold(Cents(0), |sum, trade| sum + trade.fee),
        net: total,
        net_per_trade: mean(total.0 as f64 / 100.0),
        delta: total - net(base),
        changed: differences.len(),
        halted: run.halted,
        differences,
    }
}

/// The trades that differ, by entry order; an order that trades twice counts as one.
fn differences(base: &[Roundtrip], here: &[Roundtrip]) -> Vec<Difference> {
    let by_order = |trades: &[Roundtrip]| {
        let mut sums: BTreeMap<String, Cents> = BTreeMap::new();
        for trade in trades {
            *sums.entry(trade.order.clone()).or_insert(Cents(0)) += trade.pnl;
        }
        sums
    };
    let (was, is) = (by_order(base), by_order(here));
    let mut orders: Vec<&String> = was.keys().chain(is.keys()).collect();
    orders.sort();
    orders.dedup();
    let difference = |order: &String| {
        let (was, is) = (was.get(order).copied(), is.get(order).copied());
        let what = match (was, is) {
            (Some(was), Some(is)) if was == is => return None,
            (Some(_), Some(_)) => "other",
            (Some(_), None) => "gone",
            (None, _) => "new",
        };
        Some(Difference { order: order.clone(), what, was, is })
    };
    orders.into_iter().filter_map(difference).collect()
}

/// Assumptions changed alone, the one that moves the result most first; ties keep their order.
fn weights(rows: &[Row]) -> Vec<Weight> {
    let mut weights: Vec<Weight> = Vec::new();
    let Some(base) = rows.first() else { return weights };
    let alone = rows[1..].iter().filter(|row| !matches!(row.axis, "all worst" | "grid"));
    for row in alone {
        if weights.iter().any(|weight| weight.axis == row.axis) {
            continue;
        }
        let own = || rows.iter().filter(|other| other.axis == row.axis);
        let nets = || own().map(|row| row.net.0).chain([base.net.0]);
        let spread = nets().max().unwrap_or(0) - nets().min().unwrap_or(0);
        // The first of equals.
        let Some(most) = own().rev().max_by_key(|row| row.delta.0.abs()) else { continue };
        weights.push(Weight {
            axis: row.axis,
            spread: Cents(spread),
            at: most.value.clone(),
            delta: most.delta,
        });
    }
    weights.sort_by_key(|weight| std::cmp::Reverse(weight.spread.0));
    weights
}
