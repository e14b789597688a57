//! Records, orders and a driver for the tests of matching, risk and execution.

use mia::config::Config;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::wire::Bar;
use mia::wire::By;
use mia::wire::Clock;
use mia::wire::Emit;
use mia::wire::Failure;
use mia::wire::Flow;
use mia::wire::Num;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::OrderType;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::TimeInForce;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::TradeManagement;
use mia::wire::codec;

/// Monday 2024-01-08, 10:00 in New York, microseconds UTC. Stamps of the tests count from here.
pub const T0: i64 = 1_704_726_000_000_000;
/// A minute, milliseconds.
pub const MINUTE: i64 = 60_000;

/// The contract of the tests.
pub fn es() -> Sym {
    Sym::new("ESH24").unwrap()
}

/// `ms` milliseconds after [`T0`], microseconds UTC.
pub const fn at(ms: i64) -> i64 {
    T0 + ms * 1000
}

/// A price in points.
pub fn px(points: f64) -> Px {
    Px::from_points(points).unwrap()
}

/// Defaults with a latency in milliseconds.
pub fn config(latency_ms: i64) -> Config {
    let mut config = Config::default();
    config.fills.latency_ms = latency_ms;
    config
}

/// A print.
pub fn trade(ms: i64, points: f64, sz: u64) -> Record {
    let (side, ss, flags) = (Side::None, SideSource::None, TradeFlags::default());
    let (ts, sym, px, src) = (at(ms), es(), px(points), Src::Syn);
    Trade { ts, sym, px, sz, side, ss, seq: None, src, vts: None, rx: None, flags }.into()
}

/// A two-sided quote.
pub fn quote(ms: i64, bid: f64, bsz: u64, ask: f64, asz: u64) -> Record {
    let (ts, sym, src) = (at(ms), es(), Src::Syn);
    let (bid, ask) = (Some(px(bid)), Some(px(ask)));
    Quote { ts, sym, bid, bsz, ask, asz, src, vts: None, rx: None, flags: TradeFlags::default() }
        .into()
}

/// A foreign bar of a minute that ends `minutes` after [`T0`].
pub fn bar(minutes: i64, o: f64, h: f64, l: f64, c: f64) -> Record {
    Bar {
        ts: at(minutes * MINUTE),
        sym: es(),
        by: None,
        ct: None,
        dur: 60,
        o: px(o),
        h: px(h),
        l: px(l),
        c: px(c),
        v: 100,
        bv: None,
        av: None,
        n: None,
        src: Some(Src::Csv),
        flags: TradeFlags::default(),
    }
    .into()
}

/// Time passed.
pub fn clock(ms: i64) -> Record {
    Clock { ts: at(ms), sym: Sym::NONE, src: Src::Syn }.into()
}

/// A bracket decided at `ms`: immediate or cancel at `limit`, one target.
pub fn bracket(
    id: &str,
    ms: i64,
    side: Side,
    qty: u64,
    limit: f64,
    stop: f64,
    target: f64,
) -> Order {
    Order {
        ts: at(ms),
        sym: es(),
        by: By::Risk,
        ct: at(ms),
        op: OrderOp::New,
        id: id.into(),
        reference: None,
        sig: Some(format!("test-{id}")),
        side,
        qty,
        kind: OrderType::Limit,
        px: Some(px(limit)),
        stop: Some(px(stop)),
        targets: vec![px(target)],
        tif: TimeInForce::Ioc,
        expires: at(ms + 10 * MINUTE),
        reason: None,
        manage: None,
    }
}

/// A flatten order decided at `ms`, for `reference` or for everything.
pub fn flatten(id: &str, ms: i64, reference: Option<&str>) -> Order {
    Order {
        op: OrderOp::Flatten,
        kind: OrderType::Market,
        px: None,
        stop: None,
        targets: Vec::new(),
        sig: None,
        reference: reference.map(str::to_owned),
        reason: Some("test".into()),
        ..bracket(id, ms, Side::Sell, 1, 1.0, 1.0, 1.0)
    }
}

/// A signal completed at `ms` that is valid for a minute.
pub fn signal(id: &str, ms: i64, side: Side, entry: f64, stop: f64, target: f64) -> Signal {
    Signal {
        ts: at(ms),
        sym: es(),
        by: By::Signal,
        ct: at(ms),
        op: SignalOp::Enter,
        id: id.into(),
        pattern: "test".into(),
        side,
        entry: px(entry),
        stop: px(stop),
        targets: vec![px(target)],
        manage: TradeManagement::default(),
        confluence: Num(0.0),
        confidence: None,
        uncalibrated: true,
        regime: "RANGE".into(),
        level_ids: Vec::new(),
        why: Vec::new(),
        msg: String::new(),
        expires: at(ms + MINUTE),
    }
}

/// Everything a stage wrote, in the order of the output stream.
#[derive(Default)]
pub struct Sink {
    before: Vec<Record>,
    after: Vec<Record>,
}

impl Emit for Sink {
    fn before(&mut self, record: &Record) {
        self.before.push(record.clone());
    }
    fn after(&mut self, record: &Record) {
        self.after.push(record.clone());
    }
}

impl Sink {
    /// What came of something that is no record.
    pub fn take_alone(&mut self) -> Vec<Record> {
        let mut out = std::mem::take(&mut self.before);
        out.append(&mut self.after);
        out
    }

    /// What came of one record, with the record itself where it passes.
    pub fn take(&mut self, record: &Record, flow: Flow) -> Vec<Record> {
        let mut out = std::mem::take(&mut self.before);
        if flow != Flow::Drop {
            out.push(record.clone());
        }
        out.append(&mut self.after);
        out
    }
}

/// The output of `stage` over `records`; its own earlier records in them are dropped, as the loop
/// does.
pub fn drive(stage: &mut dyn Stage, records: &[Record]) -> Result<Vec<Record>, Failure> {
    let (mut sink, mut output) = (Sink::default(), Vec::new());
    for record in records {
        if by(record) == Some(stage.by()) && !stage.keeps_own(record.kind()) {
            continue;
        }
        let flow = if stage.wants().has(record.kind()) {
            stage.on_record(record, &mut sink)?
        } else {
            Flow::Pass
        };
        output.append(&mut sink.take(record, flow));
        if matches!(flow, Flow::Stop(_)) {
            break;
        }
    }
    stage.on_end()?;
    Ok(output)
}

fn by(record: &Record) -> Option<By> {
    match record {
        Record::Order(r) => Some(r.by),
        Record::Acct(r) => Some(r.by),
        Record::Verdict(r) => Some(r.by),
        Record::Ack(r) => Some(r.by),
        Record::Fill(r) => Some(r.by),
        Record::Cancel(r) => Some(r.by),
        Record::Reject(r) => Some(r.by),
        Record::Position(r) => Some(r.by),
        Record::Account(r) => Some(r.by),
        Record::Roundtrip(r) => Some(r.by),
        Record::Alert(r) => Some(r.by),
        _ => None,
    }
}

/// The records as bytes of the stream.
pub fn bytes(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        codec::encode(record, &mut out).unwrap();
    }
    out
}
