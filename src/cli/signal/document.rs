//! A scan for programs: a row a signal, and the summary.

use crate::cli::signal::place;
use crate::cli::signal::scan::Row;
use crate::cli::signal::scan::Scan;
use crate::cli::signal::summary;
use crate::cli::signal::summary::Total;
use crate::market::Px;
use crate::wire::Num;
use serde::Serialize;
use std::collections::BTreeMap;

/// A signal with its outcome.
#[derive(Clone, Debug, Serialize)]
struct Line {
    /// New York time.
    time: String,
    /// End of the bar, microseconds UTC.
    ts: i64,
    session: String,
    sym: String,
    pattern: String,
    side: &'static str,
    regime: String,
    entry: Px,
    stop: Px,
    target: Option<Px>,
    outcome: String,
    /// End of the bar in which it ended, microseconds UTC.
    ts_end: i64,
    exit: Px,
    gross_ticks: i64,
    net_ticks: Num,
    r: Num,
    mae_ticks: i64,
    mfe_ticks: i64,
    bars: u32,
    confluence: Num,
    confidence: Option<Num>,
    uncalibrated: bool,
    levels: Vec<String>,
    why: Vec<String>,
    id: String,
}

impl Line {
    fn of(row: &Row) -> Self {
        let (signal, outcome) = (&row.signal, &row.outcome);
        Self {
            time: place::stamp(signal.ts),
            ts: signal.ts,
            session: row.date.to_string(),
            sym: signal.sym.to_string(),
            pattern: signal.pattern.clone(),
            side: summary::side(signal.side),
            regime: signal.regime.clone(),
            entry: signal.entry,
            stop: signal.stop,
            target: row.target(),
            outcome: outcome.end.name().to_owned(),
            ts_end: outcome.ts_end,
            exit: outcome.exit,
            gross_ticks: outcome.gross_ticks,
            net_ticks: Num(outcome.net_ticks),
            r: Num(outcome.r),
            mae_ticks: outcome.mae_ticks,
            mfe_ticks: outcome.mfe_ticks,
            bars: outcome.bars,
            confluence: signal.confluence,
            confidence: signal.confidence,
            uncalibrated: signal.uncalibrated,
            levels: signal.level_ids.clone(),
            why: signal.why.clone(),
            id: signal.id.clone(),
        }
    }
}

/// A pattern and side.
#[derive(Clone, Debug, Serialize)]
struct Sum {
    pattern: String,
    side: &'static str,
    n: usize,
    target: usize,
    stop: usize,
    other: usize,
    open: usize,
    net_mean: Option<Num>,
    /// 95 % interval.
    net_low: Option<Num>,
    net_high: Option<Num>,
    /// Too few outcomes to say anything.
    thin: bool,
}

impl Sum {
    fn of(((pattern, side), total): ((String, &'static str), Total)) -> Self {
        let interval = total.interval();
        Self {
            pattern,
            side,
            n: total.n,
            target: total.target,
            stop: total.stop,
            other: total.other,
            open: total.open,
            net_mean: total.mean().map(Num),
            net_low: interval.map(|(low, _)| Num(low)),
            net_high: interval.map(|(_, high)| Num(high)),
            thin: total.is_thin(),
        }
    }
}

/// Why not, of a pattern.
#[derive(Clone, Debug, Serialize)]
struct Why<'a> {
    looks: u64,
    failed: &'a BTreeMap<String, u64>,
    missing: &'a BTreeMap<String, u64>,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
struct Document<'a> {
    synthetic: bool,
    sessions: usize,
    bars: u64,
    cost_ticks: Num,
    signals: Vec<Line>,
    summary: Vec<Sum>,
    why_not: BTreeMap<&'a str, Why<'a>>,
}

/// One document.
///
/// # Errors
/// A number that is not finite: a bug.
pub(super) fn json(scan: &Scan, rows: &[Row], cost_ticks: f64) -> anyhow::Result<Vec<u8>> {
    let why = scan.why_not.iter().map(|(pattern, why)| {
        let one = Why { looks: why.looks, failed: &why.failed, missing: &why.missing };
        (pattern.as_str(), one)
    });
    let document = Document {
        synthetic: scan.synthetic,
        sessions: scan.days.len(),
        bars: scan.bars,
        cost_ticks: Num(cost_ticks),
        signals: rows.iter().map(Line::of).collect(),
        summary: summary::of(rows).into_iter().map(Sum::of).collect(),
        why_not: why.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// An object a signal and line.
///
/// # Errors
/// As [`json`].
pub(super) fn ndjson(rows: &[Row]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, &Line::of(row))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// A row a signal under a header, as [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180) but with
/// line feeds.
///
/// # Errors
/// As [`json`].
pub(super) fn csv(rows: &[Row]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "time",
        "ts",
        "session",
        "sym",
        "pattern",
        "side",
        "regime",
        "entry",
        "stop",
        "target",
        "outcome",
        "ts_end",
        "exit",
        "gross_ticks",
        "net_ticks",
        "r",
        "mae_ticks",
        "mfe_ticks",
        "bars",
        "confluence",
        "confidence",
        "uncalibrated",
        "levels",
        "why",
        "id",
    ])?;
    for line in rows.iter().map(Line::of) {
        let number = |num: Num| serde_json::to_string(&num);
        writer.write_record([
            line.time,
            line.ts.to_string(),
            line.session,
            line.sym,
            line.pattern,
            line.side.to_owned(),
            line.regime,
            line.entry.to_string(),
            line.stop.to_string(),
            line.target.map(|px| px.to_string()).unwrap_or_default(),
            line.outcome,
            line.ts_end.to_string(),
            line.exit.to_string(),
            line.gross_ticks.to_string(),
            number(line.net_ticks)?,
            number(line.r)?,
            line.mae_ticks.to_string(),
            line.mfe_ticks.to_string(),
            line.bars.to_string(),
            number(line.confluence)?,
            line.confidence.map(number).transpose()?.unwrap_or_default(),
            line.uncalibrated.to_string(),
            line.levels.join("+"),
            line.why.join("+"),
            line.id,
        ])?;
    }
    Ok(writer.into_inner()?)
}
