//! Option snapshots of the predecessor: a JSON document, or CSV rows.

use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::quality::Code;
use crate::quality::Place;
use crate::quality::chain::OptionRow;
use crate::quality::chain::Snapshot as ChainSnapshot;
use crate::quality::foreign::Event;
use crate::quality::foreign::csv::Cell;
use crate::quality::foreign::csv::Columns;
use crate::quality::foreign::json_line;
use crate::quality::foreign::json_line::Line;
use crate::quality::foreign::rows::not_real;
use crate::quality::foreign::stamp;
use crate::wire::Right;
use crate::wire::Settlement;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The rows of a CSV snapshot, until its end.
#[derive(Debug, Default)]
pub(super) struct OptionTable {
    und: Option<Sym>,
    snapshot: ChainSnapshot,
}

impl OptionTable {
    /// The snapshot, if it has rows.
    pub(super) fn take(&mut self) -> Option<(Sym, ChainSnapshot)> {
        let und = self.und.take()?;
        Some((und, std::mem::take(&mut self.snapshot)))
    }
}

/// Reads a JSON document that was collected line by line.
pub(super) fn document(
    text: &[u8],
    first: Place,
    sym: Sym,
    zone: &TimeZone,
    sink: &mut dyn FnMut(Event),
) {
    let value = match json_line::read(text, &mut Vec::new()) {
        Line::Fault(code, why) => return sink(Event::Fault(code, why)),
        Line::Object { value, nan } => {
            if nan {
                sink(Event::Fault(Code::NotJsonNan, "the word NaN".into()));
            }
            value
        }
    };
    let Some(rows) = value.get("options").and_then(Value::as_array) else {
        return sink(Event::Fault(Code::BadRecord, "a document without `options`".into()));
    };
    if let Some(label) = not_real(value.get("data_source")) {
        sink(label);
    }
    let stamp_text = value.get("timestamp").and_then(Value::as_str);
    let Some(ts) = stamp_text.and_then(|text| stamp::read(text, zone)) else {
        return sink(Event::Fault(Code::BadRecord, "a document without `timestamp`".into()));
    };
    let und = value.get("symbol").and_then(Value::as_str).and_then(Sym::new).unwrap_or(sym);
    let spot = ["spot", "underlying_price"].iter().find_map(|name| value.get(name)?.as_f64());
    let mut snapshot = ChainSnapshot { ts, spot, rows: Vec::new() };
    let mut lines = lines_of_strikes(text);
    for row in rows {
        let line = lines.next().unwrap_or(first.line);
        match row_of(row, ts, Place { line, ..first }) {
            Some(row) => snapshot.rows.push(row),
            None => {
                sink(Event::Fault(Code::BadRecord, "an option without strike or expiry".into()));
            }
        }
    }
    sink(Event::Options(und, snapshot));
}

/// The lines on which the key `strike` stands: that of each row, in a document that is indented.
fn lines_of_strikes(text: &[u8]) -> impl Iterator<Item = u64> {
    let lines = text.split(|b| *b == b'\n').zip(1u64..);
    lines.flat_map(|(line, number)| {
        memchr::memmem::find_iter(line, b"\"strike\"").map(move |_| number)
    })
}

fn row_of(row: &Value, asof: i64, place: Place) -> Option<OptionRow> {
    let number = |name: &str| row.get(name).and_then(Value::as_f64);
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    Some(OptionRow {
        root: Sym::new(text("symbol")?)?,
        exp: date(text("expiry")?)?,
        settle: Settlement::Pm,
        right: right(text("type").or_else(|| text("option_type"))?)?,
        strike: Px::from_points(number("strike")?)?,
        bid: number("bid").and_then(Px::from_points),
        ask: number("ask").and_then(Px::from_points),
        iv: number("iv").or_else(|| number("implied_volatility")),
        delta: number("delta"),
        oi: number("open_interest").map(|n| n as u64),
        vol: number("volume").map(|n| n as u64),
        asof,
        place,
    })
}

/// Reads a CSV row into `table`.
pub(super) fn csv(
    columns: &Columns,
    line: &[u8],
    place: Place,
    zone: &TimeZone,
    table: &mut OptionTable,
    sink: &mut dyn FnMut(Event),
) {
    if line.iter().all(u8::is_ascii_whitespace) {
        return sink(Event::Fault(Code::BlankLine, "an empty line".into()));
    }
    let cells = line.split(|b| *b == b',').count();
    let row = csv_row(columns, line, place, zone).filter(|_| cells == columns.count());
    let Some((und, row)) = row else {
        let start = line[..line.len().min(40)].escape_ascii();
        return sink(Event::Fault(Code::TornLine, format!("`{start}` is no option row")));
    };
    // Roots share a snapshot (SPX and SPXW); another stamp is another one.
    if table.snapshot.ts != row.asof
        && let Some((und, snapshot)) = table.take()
    {
        sink(Event::Options(und, snapshot));
    }
    table.und = table.und.or(Some(und));
    table.snapshot.ts = row.asof;
    table.snapshot.rows.push(row);
}

fn csv_row(
    columns: &Columns,
    line: &[u8],
    place: Place,
    zone: &TimeZone,
) -> Option<(Sym, OptionRow)> {
    let number = |name: &str| columns.number(line, name).get();
    let whole = |name: &str| match columns.number(line, name) {
        Cell::Number(n) if n >= 0.0 => Some(n as u64),
        _ => None,
    };
    let root = Sym::new(columns.text(line, "symbol")?)?;
    let row = OptionRow {
        root,
        exp: date(columns.text(line, "expiry")?)?,
        settle: Settlement::Pm,
        right: right(columns.text(line, "option_type")?)?,
        strike: Px::from_points(number("strike")?)?,
        bid: number("bid").and_then(Px::from_points),
        ask: number("ask").and_then(Px::from_points),
        iv: number("implied_volatility").or_else(|| number("iv")),
        delta: number("delta"),
        oi: whole("open_interest"),
        vol: whole("volume"),
        asof: columns.text(line, "timestamp").and_then(|text| stamp::read(text, zone))?,
        place,
    };
    Some((root, row))
}

/// `2025-09-13` or `20250913`.
fn date(text: &str) -> Option<TradeDate> {
    let date = match text.len() {
        8 => TradeDate(text.parse().ok()?),
        _ => text.parse().ok()?,
    };
    date.civil().map(TradeDate::from_civil)
}

fn right(text: &str) -> Option<Right> {
    match text.as_bytes().first()? {
        b'C' | b'c' => Some(Right::Call),
        b'P' | b'p' => Some(Right::Put),
        _ => None,
    }
}
