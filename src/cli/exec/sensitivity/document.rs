//! The report for programs.

use crate::cli::exec::sensitivity::report::Report;
use crate::cli::exec::sensitivity::report::Row;
use crate::market::Cents;
use crate::wire::Num;
use serde::Serialize;

/// The report as one JSON document.
///
/// # Errors
/// A value that is not finite.
pub(super) fn json(report: &Report) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A variant as a row.
#[derive(Serialize)]
struct Line<'a> {
    axis: &'a str,
    value: &'a str,
    orders: u64,
    fills: u64,
    trades: usize,
    won: usize,
    win_rate: Option<Num>,
    fees: Cents,
    net: Cents,
    net_per_trade: Option<Num>,
    delta: Cents,
    changed: usize,
    halted: bool,
}

impl<'a> From<&'a Row> for Line<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            axis: row.axis,
            value: &row.value,
            orders: row.orders,
            fills: row.fills,
            trades: row.trades,
            won: row.won,
            win_rate: row.win_rate,
            fees: row.fees,
            net: row.net,
            net_per_trade: row.net_per_trade,
            delta: row.delta,
            changed: row.changed,
            halted: row.halted,
        }
    }
}

/// The variants as CSV.
///
/// # Errors
/// A value that is not finite.
pub(super) fn csv(report: &Report) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &report.variants {
        writer.serialize(Line::from(row))?;
    }
    Ok(writer.into_inner()?)
}
