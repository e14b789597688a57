//! One snapshot as JSON, as rows of CSV, and many as a row each.

use crate::cli::exposure::By;
use crate::cli::exposure::figures;
use crate::cli::exposure::view::View;
use crate::options::StrikeExposure;
use crate::wire::Gex;
use crate::wire::Num;
use crate::wire::Settlement;
use serde::Serialize;

/// Everything about a snapshot: its `gex` record, and what people want beside it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Document {
    #[serde(flatten)]
    gex: Gex,
    /// Time of the valuation in New York.
    time: String,
    /// Sources of the rows.
    src: Vec<&'static str>,
    /// Whether any of it is made up.
    synthetic: bool,
    /// Exposure by strike, ascending.
    #[serde(skip_serializing_if = "Option::is_none")]
    strikes: Option<Vec<StrikeRow>>,
}

/// A strike.
#[derive(Clone, Debug, Serialize)]
struct StrikeRow {
    /// Strike, points.
    strike: Num,
    /// Exposure of the calls.
    call: Num,
    /// Exposure of the puts.
    put: Num,
    /// Open interest of the calls, contracts.
    call_oi: u64,
    /// Open interest of the puts, contracts.
    put_oi: u64,
}

/// The unit of the exposures.
const UNIT: &str = "usd_per_pct";

impl Document {
    /// Everything; `lists` with strikes and expiries.
    pub(super) fn of(view: &View, lists: bool) -> Self {
        let strikes = view.exposure.by_strike.iter().map(StrikeRow::of);
        Self {
            gex: view.record(false, lists),
            time: figures::stamp(view.exposure.at),
            src: view.sources.iter().map(|src| src.name()).collect(),
            synthetic: view.is_synthetic(),
            strikes: lists.then(|| strikes.collect()),
        }
    }
}

impl StrikeRow {
    fn of(strike: &StrikeExposure) -> Self {
        let (call_oi, put_oi) = (strike.call_oi, strike.put_oi);
        let (call, put) = (Num(strike.call), Num(strike.put));
        Self { strike: Num(strike.strike), call, put, call_oi, put_oi }
    }
}

/// Columns that every row of CSV ends with: what the numbers rest on.
const GROUNDS: [&str; 9] = [
    "unit",
    "call_sign",
    "put_sign",
    "coverage",
    "excluded",
    "oi_age_s",
    "iv_age_s",
    "spot_age_s",
    "src",
];

/// Columns of a row a snapshot.
const SNAPSHOT: [&str; 18] = [
    "ts",
    "time",
    "und",
    "spot",
    "net",
    "gross",
    "calls",
    "puts",
    "flip",
    "neg_side",
    "call_wall",
    "put_wall",
    "abs_wall",
    "dte0",
    "em",
    "vex",
    "dex",
    "charm",
];

/// Columns of a row a strike.
const STRIKE: [&str; 8] = ["ts", "und", "strike", "call", "put", "net", "call_oi", "put_oi"];

/// Columns of a row an expiry.
const EXPIRY: [&str; 15] = [
    "ts", "und", "exp", "root", "settle", "minutes", "forward", "atm_vol", "skew", "calls", "puts",
    "call_oi", "put_oi", "volume", "max_pain",
];

/// A number as on the wire; nothing for nothing.
fn cell(value: Option<f64>) -> String {
    value.and_then(|value| serde_json::to_string(&Num(value)).ok()).unwrap_or_default()
}

fn whole(value: Option<i64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn grounds(view: &View) -> [String; 9] {
    let excluded: Vec<_> = view
        .exposure
        .excluded
        .iter()
        .map(|(why, count)| format!("{}={count}", why.code()))
        .collect();
    let sources: Vec<_> = view.sources.iter().map(|src| src.name()).collect();
    [
        UNIT.into(),
        view.exposure.dealer_sign.call.to_string(),
        view.exposure.dealer_sign.put.to_string(),
        cell(Some(view.exposure.coverage)),
        excluded.join(";"),
        whole(view.oi_age()),
        whole(view.iv_age()),
        view.spot_age().to_string(),
        sources.join(";"),
    ]
}

/// The header of a row a snapshot.
///
/// # Errors
/// Never: it is written to memory.
pub(super) fn history_header() -> anyhow::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(SNAPSHOT.iter().chain(&GROUNDS))?;
    Ok(out.into_inner()?)
}

/// A row a snapshot.
///
/// # Errors
/// As [`history_header`].
pub(super) fn history_row(view: &View) -> anyhow::Result<Vec<u8>> {
    let x = &view.exposure;
    let own = [
        x.at.to_string(),
        figures::stamp(x.at),
        x.und.to_string(),
        cell(Some(x.spot)),
        cell(Some(x.net())),
        cell(Some(x.gross)),
        cell(Some(x.calls)),
        cell(Some(x.puts)),
        cell(x.flip.map(|flip| flip.price)),
        view.neg_side().unwrap_or_default().to_owned(),
        cell(x.walls.call),
        cell(x.walls.put),
        cell(x.walls.abs),
        cell(x.dte0),
        cell(x.em.as_ref().map(|em| em.sigma)),
        cell(x.vex),
        cell(x.dex),
        cell(x.charm),
    ];
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(own.into_iter().chain(grounds(view)))?;
    Ok(out.into_inner()?)
}

/// A row a strike or an expiry, below a header if `header`.
///
/// # Errors
/// As [`history_header`].
pub(super) fn csv(view: &View, by: By, header: bool) -> anyhow::Result<Vec<u8>> {
    let x = &view.exposure;
    let grounds = grounds(view);
    let begin = [x.at.to_string(), x.und.to_string()];
    let mut out = csv::Writer::from_writer(Vec::new());
    if header {
        let own: &[&str] = if by == By::Strike { &STRIKE } else { &EXPIRY };
        out.write_record(own.iter().chain(&GROUNDS))?;
    }
    match by {
        By::Strike => {
            for strike in &x.by_strike {
                let own = [
                    cell(Some(strike.strike)),
                    cell(Some(strike.call)),
                    cell(Some(strike.put)),
                    cell(Some(strike.net())),
                    strike.call_oi.to_string(),
                    strike.put_oi.to_string(),
                ];
                out.write_record(begin.iter().chain(&own).chain(&grounds))?;
            }
        }
        By::Expiry => {
            for expiry in &x.by_expiry {
                let settle = if expiry.settle == Settlement::Am { "AM" } else { "PM" };
                let own = [
                    expiry.exp.to_string(),
                    expiry.root.to_string(),
                    settle.to_owned(),
                    cell(Some(expiry.minutes)),
                    cell(Some(expiry.forward)),
                    cell(expiry.atm_vol),
                    cell(expiry.skew),
                    cell(Some(expiry.calls)),
                    cell(Some(expiry.puts)),
                    expiry.call_oi.to_string(),
                    expiry.put_oi.to_string(),
                    expiry.volume.to_string(),
                    cell(expiry.max_pain),
                ];
                out.write_record(begin.iter().chain(&own).chain(&grounds))?;
            }
        }
    }
    Ok(out.into_inner()?)
}
