//! Rows of the predecessor's recorder: price, volumes and touch at a moment.

use crate::market::Px;
use crate::market::Sym;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Snapshot;
use crate::quality::What;
use crate::quality::foreign::Event;
use crate::quality::foreign::csv::Cell;
use crate::quality::foreign::csv::Columns;
use crate::quality::foreign::stamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Words by which data call themselves not real.
const NOT_REAL: [&str; 6] = ["simul", "synth", "fake", "mock", "random", "demo"];

/// What `label` says, if it is that the data are not real.
pub(super) fn not_real(label: Option<&Value>) -> Option<Event> {
    let label = label?.as_str()?;
    let lower = label.to_lowercase();
    NOT_REAL
        .iter()
        .any(|word| lower.contains(word))
        .then(|| Event::Label(format!("the data call themselves `{}`", label.escape_default())))
}

/// Reads a row written as a JSON object.
pub(super) fn object(value: &Value, sym: Sym, zone: &TimeZone, sink: &mut dyn FnMut(Event)) {
    if let Some(label) = not_real(value.get("data_source")) {
        sink(label);
    }
    let market = value.get("market_data");
    let number = |name: &str| market.and_then(|m| m.get(name)).and_then(Value::as_f64);
    let book = |name: &str| value.get("level2_data").and_then(|l| l.get(name)?.as_f64());
    let named = value.get("symbol").and_then(Value::as_str).and_then(Sym::new);
    let ts = value.get("timestamp").and_then(Value::as_str);
    let Some(ts) = ts.and_then(|text| stamp::read(text, zone)) else {
        sink(Event::Fault(Code::BadRecord, "a row without a `timestamp`".into()));
        return;
    };
    if market.is_none() {
        sink(Event::Fault(Code::BadRecord, "a row without `market_data`".into()));
        return;
    }
    let row = Snapshot {
        px: number("price").and_then(Px::from_points),
        v: number("volume"),
        bv: number("bid_volume"),
        av: number("ask_volume"),
        delta: number("delta"),
        bid: price(book("best_bid")),
        ask: price(book("best_ask")),
    };
    let what = What::Snapshot(row);
    sink(Event::Fact(Fact { ts, sym: named.unwrap_or(sym), src: None, what }));
}

/// Reads a row written as a CSV line.
pub(super) fn csv(
    columns: &Columns,
    line: &[u8],
    sym: Sym,
    zone: &TimeZone,
    sink: &mut dyn FnMut(Event),
) {
    if line.iter().all(u8::is_ascii_whitespace) {
        sink(Event::Fault(Code::BlankLine, "an empty line".into()));
        return;
    }
    let cells = line.split(|b| *b == b',').count();
    let ts = columns.text(line, "ts").and_then(|text| stamp::read(text, zone));
    let (Some(ts), true) = (ts, cells == columns.count()) else {
        let start = line[..line.len().min(40)].escape_ascii();
        sink(Event::Fault(Code::TornLine, format!("`{start}` is no row of {}", columns.count())));
        return;
    };
    let names = ["price", "volume", "bid_volume", "ask_volume", "delta", "best_bid", "best_ask"];
    let cells = names.map(|name| columns.number(line, name));
    if let Some(at) = cells.iter().position(|cell| *cell == Cell::NotANumber) {
        sink(Event::Fault(Code::NotJsonNan, format!("`{}` is not a number", names[at])));
    }
    let [px, v, bv, av, delta, bid, ask] = cells.map(Cell::get);
    let px = px.and_then(Px::from_points);
    let row = Snapshot { px, v, bv, av, delta, bid: price(bid), ask: price(ask) };
    sink(Event::Fact(Fact { ts, sym, src: None, what: What::Snapshot(row) }));
}

/// A side of the touch; 0 means that there is none.
fn price(points: Option<f64>) -> Option<Px> {
    points.and_then(Px::from_points).filter(|px| px.nanos() != 0)
}
