//! One fault of each kind put into genuine data gives exactly its finding.

use crate::data;
use crate::quality::check;
use crate::quality::check_text;
use crate::quality::found;
use crate::quality::genuine::csv_source;
use crate::quality::records_of;
use mia::config::Config;
use mia::feeds::dbn::DbnOptions;
use mia::feeds::dbn::DbnSource;
use mia::market::Px;
use mia::market::Sym;
use mia::stream::Inputs;
use mia::wire::Bar;
use mia::wire::Clock;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::Stream;
use mia::wire::StreamMode;
use mia::wire::Trade;
use mia::wire::codec;
use std::path::Path;

const MINUTE: i64 = 60_000_000;
const TICK: i64 = Px::SCALE / 4;

/// A fault, what it does to the records, and exactly what must be found.
type Fault = (&'static str, fn(&mut Vec<Record>), &'static [&'static str]);

fn bars(dir: &Path) -> Vec<Record> {
    let mut source = csv_source(&dir.join("es-bars-5m/ESM22.csv.zst"), None);
    let mut records = records_of(&mut source);
    records.truncate(2500);
    records
}

fn ticks(dir: &Path) -> Vec<Record> {
    let file = dir.join("es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst");
    let mut records = records_of(&mut csv_source(&file, Some("ESU13")));
    // Tuesday morning, into regular hours; the stream record stays.
    records.drain(1..280_000);
    records
}

fn quotes(dir: &Path) -> Vec<Record> {
    let file = dir.join("dbn/es/ESH4_2023-12-25_mbo.dbn.zst");
    let inputs = Inputs::new(&[file], None);
    let records = records_of(&mut DbnSource::new(inputs, DbnOptions::new(Config::default())));
    let kept = |r: &Record| matches!(r, Record::Stream(_) | Record::Quote(_) | Record::Trade(_));
    records.into_iter().filter(kept).collect()
}

fn bar(record: &mut Record) -> &mut Bar {
    let Record::Bar(bar) = record else { panic!("no bar: {record:?}") };
    bar
}

fn trade(record: &mut Record) -> &mut Trade {
    let Record::Trade(trade) = record else { panic!("no trade: {record:?}") };
    trade
}

fn quote(record: &mut Record) -> &mut Quote {
    let Record::Quote(quote) = record else { panic!("no quote: {record:?}") };
    quote
}

fn stream(records: &mut [Record]) -> &mut Stream {
    let Record::Stream(stream) = &mut records[0] else { panic!("no stream record first") };
    stream
}

fn plus(px: &mut Px, nanos: i64) {
    *px = Px::from_nanos(px.nanos() + nanos);
}

fn move_bar(bar: &mut Bar, nanos: i64) {
    for px in [&mut bar.o, &mut bar.h, &mut bar.l, &mut bar.c] {
        plus(px, nanos);
    }
}

fn rename(records: &mut [Record], sym: &str) {
    let sym = Sym::new(sym).unwrap();
    stream(records).sym = sym;
    records[1..].iter_mut().for_each(|record| bar(record).sym = sym);
}

/// The records of `kind` in `records[from..]`, every `step`th.
fn every(records: &mut [Record], step: usize, wanted: fn(&Record) -> bool) -> Vec<&mut Record> {
    records.iter_mut().filter(|r| wanted(r)).step_by(step).collect()
}

fn is_quote(record: &Record) -> bool {
    matches!(record, Record::Quote(_))
}

fn is_trade(record: &Record) -> bool {
    matches!(record, Record::Trade(_))
}

const IN_BARS: &[Fault] = &[
    ("off grid", |r| plus(&mut bar(&mut r[1000]).h, 100_000_000), &["off_tick_price"]),
    ("zero", |r| bar(&mut r[1000]).l = Px::default(), &["zero_price"]),
    (
        "range",
        |r| {
            let bar = bar(&mut r[1000]);
            (bar.h, bar.l) = (Px::from_nanos(bar.l.nanos() - TICK), bar.h);
        },
        &["bar_range"],
    ),
    (
        "frozen",
        |r| {
            let still = *bar(&mut r[1000]);
            for record in &mut r[1000..1010] {
                *bar(record) = Bar { ts: record.ts(), ..still };
            }
        },
        &["frozen_quote"],
    ),
    ("twice", |r| r.insert(1000, r[1000].clone()), &["duplicate"]),
    ("hole", |r| drop(r.drain(1000..1040)), &["gap"]),
    (
        "session",
        // Wednesday 2022-03-30: from the open on Tuesday evening to the next.
        |r| r.retain(|r| !(1_648_591_200_000_000 < r.ts() && r.ts() <= 1_648_674_000_000_000)),
        &["missing_session"],
    ),
    (
        "cut",
        |r| r.retain(|r| !(1_648_663_200_000_000 < r.ts() && r.ts() <= 1_648_681_200_000_000)),
        &["missing_session"],
    ),
    ("order", |r| r.swap(1000, 1001), &["time_back"]),
    (
        "zone",
        |r| r[1..].iter_mut().for_each(|r| bar(r).ts += 5 * 60 * MINUTE),
        &["closed_hours", "gap", "missing_session"],
    ),
    (
        "step",
        |r| r[1000..].iter_mut().for_each(|r| move_bar(bar(r), 100 * Px::SCALE)),
        &["price_jump"],
    ),
    ("spike", |r| plus(&mut bar(&mut r[1000]).h, 1000 * Px::SCALE), &["price_jump"]),
    (
        "volume",
        |r| {
            for record in r[1..].iter_mut().step_by(20) {
                let bar = bar(record);
                bar.av = bar.av.map(|av| av + 7);
            }
        },
        &["volume_mismatch"],
    ),
    (
        "month, live",
        |r| {
            rename(r, "ESZ22");
            stream(r).mode = StreamMode::Live;
        },
        &["wrong_contract"],
    ),
    ("month, in a file", |r| rename(r, "ESZ22"), &["back_month"]),
    ("expired", |r| rename(r, "ESH22"), &["back_month", "expired_contract"]),
    ("synthetic", |r| stream(r).mode = StreamMode::Synthetic, &["label"]),
    ("source", |r| bar(&mut r[1000]).src = Some(Src::Syn), &["label"]),
    (
        "lost",
        |r| {
            let (ts, sym) = (r[1000].ts(), r[1000].sym());
            let (state, msg) = (StatusState::Gap, "reconnected".to_owned());
            let status = Status { ts, sym, by: None, src: Some(Src::Csv), state, code: None, msg };
            r.insert(1000, Record::Status(status));
        },
        &["feed_gap"],
    ),
];

const IN_TICKS: &[Fault] = &[
    ("off grid", |r| plus(&mut trade(&mut r[5000]).px, 1), &["off_tick_price"]),
    ("zero", |r| trade(&mut r[5000]).px = Px::default(), &["zero_price"]),
    (
        "back",
        |r| r[5000..].iter_mut().step_by(1000).take(20).for_each(|r| trade(r).ts -= 10_000_000),
        &["time_back"],
    ),
    (
        "pairs",
        |r| *r = r.iter().flat_map(|record| [record.clone(), record.clone()]).collect(),
        &["duplicate"],
    ),
    (
        "frozen",
        |r| {
            let still = *trade(&mut r[5000]);
            for record in r[5000..].iter_mut().take_while(|r| r.ts() < still.ts + 5 * MINUTE) {
                *trade(record) = Trade { px: still.px, sz: still.sz, ..*trade(record) };
            }
        },
        &["frozen_quote"],
    ),
    (
        "hole",
        |r| {
            let from = r.last().unwrap().ts() - 30 * MINUTE;
            r.retain(|r| !(from..from + 10 * MINUTE).contains(&r.ts()));
        },
        &["gap"],
    ),
    ("spike", |r| plus(&mut trade(&mut r[5000]).px, 33 * Px::SCALE), &["price_jump"]),
    (
        "two contracts",
        |r| {
            for record in r[5000..6000].iter_mut().step_by(2) {
                plus(&mut trade(record).px, 6 * Px::SCALE);
            }
        },
        &["interleaved_writers"],
    ),
    (
        "silence",
        |r| {
            let last = *trade(r.last_mut().unwrap());
            for second in 1..=90 {
                let ts = last.ts + second * 1_000_000;
                r.push(Record::Clock(Clock { ts, sym: Sym::NONE, src: last.src }));
            }
        },
        &["stale"],
    ),
];

const IN_QUOTES: &[Fault] = &[
    (
        "crossed",
        |r| {
            for record in every(r, 100, is_quote) {
                let quote = quote(record);
                (quote.bid, quote.ask) = (quote.ask, quote.bid);
            }
        },
        &["crossed_quote"],
    ),
    (
        "locked",
        |r| every(r, 20, is_quote).into_iter().for_each(|r| quote(r).bid = quote(r).ask),
        &["locked_quote"],
    ),
    (
        "no book",
        |r| {
            for record in every(r, 5, is_quote) {
                (quote(record).bid, quote(record).ask) = (None, None);
            }
        },
        &["no_book"],
    ),
    (
        "outside",
        |r| {
            for record in every(r, 100, is_trade) {
                plus(&mut trade(record).px, 30 * Px::SCALE);
            }
        },
        &["trade_outside_quote"],
    ),
    (
        "frozen",
        |r| {
            let quotes = every(r, 1, is_quote);
            let still = quotes.get(500).map(|r| (*r).clone());
            let Some(Record::Quote(still)) = still else { panic!("no quote") };
            for record in quotes.into_iter().skip(500) {
                let ts = record.ts();
                if ts < still.ts + 5 * MINUTE {
                    *quote(record) = Quote { ts, ..still };
                }
            }
        },
        &["frozen_quote"],
    ),
];

fn run(name: &str, genuine: &[Record], faults: &[Fault]) {
    assert!(genuine.len() > 2000, "{name}: {} records", genuine.len());
    assert_eq!(found(&check(genuine)), [] as [&str; 0], "{name}: the genuine data");
    for (fault, apply, expected) in faults {
        let mut records = genuine.to_vec();
        apply(&mut records);
        assert_ne!(records, genuine, "{name}, {fault}: nothing changed");
        let report = check(&records);
        assert_eq!(found(&report), *expected, "{name}, {fault}: {}", report.sentence());
        let only_told = ["back_month", "missing_session"];
        if !expected.iter().all(|code| only_told.contains(code)) {
            assert!(report.refused(), "{name}, {fault}: {}", report.sentence());
        }
    }
}

#[test]
fn a_fault_in_bars_gives_its_finding() {
    let Some(dir) = data::dir() else { return };
    run("bars", &bars(&dir), IN_BARS);
}

#[test]
fn a_fault_in_ticks_gives_its_finding() {
    let Some(dir) = data::dir() else { return };
    run("ticks", &ticks(&dir), IN_TICKS);
}

#[test]
fn a_fault_in_quotes_gives_its_finding() {
    let Some(dir) = data::dir() else { return };
    run("quotes", &quotes(&dir), IN_QUOTES);
}

/// Ten lines of the wire.
pub fn lines() -> Vec<Vec<u8>> {
    let trade = |i: i64| Trade {
        ts: 1_773_063_000_000_000 + i * 1_000_000,
        sym: Sym::new("ESM26").unwrap(),
        px: Px::from_nanos(5000 * Px::SCALE + i * TICK),
        sz: 1 + i as u64,
        side: mia::market::Side::Buy,
        ss: mia::market::SideSource::Flag,
        seq: None,
        src: Src::Csv,
        vts: None,
        rx: None,
        flags: mia::wire::TradeFlags::default(),
    };
    let encode = |i| {
        let mut line = Vec::new();
        codec::encode(&Record::Trade(trade(i)), &mut line).unwrap();
        line.retain(|b| *b != b'\n');
        line
    };
    (0..10).map(encode).collect()
}

#[test]
fn a_fault_in_lines_gives_its_finding() {
    type LineFault = (&'static str, fn(&mut Vec<Vec<u8>>), &'static [&'static str]);
    let faults: &[LineFault] = &[
        ("nothing", |_| {}, &[]),
        ("torn", |l| l[5].truncate(20), &["torn_line"]),
        ("tail", |l| l[5] = b"\"src\":\"csv\"}".to_vec(), &["torn_line"]),
        ("blank", |l| l.insert(5, Vec::new()), &["blank_line"]),
        ("blanks", |l| l.insert(0, b"  ".to_vec()), &["blank_line"]),
        (
            "two",
            |l| {
                let next = l.remove(6);
                l[5].extend(next);
            },
            &["two_objects_on_one_line"],
        ),
        (
            "a line in a line",
            |l| {
                let next = l.remove(6);
                l[5].truncate(30);
                l[5].extend(next);
            },
            &["two_objects_on_one_line"],
        ),
        (
            "not a number",
            |l| l[5] = String::from_utf8_lossy(&l[5]).replace("5001.25", "NaN").into_bytes(),
            &["not_json_nan"],
        ),
        (
            "type",
            |l| l[5] = String::from_utf8_lossy(&l[5]).replace("5001.25", "\"x\"").into_bytes(),
            &["bad_record"],
        ),
        ("no kind", |l| l[5] = b"{\"a\":1}".to_vec(), &["bad_record"]),
        (
            "another year",
            |l| {
                l[5] = String::from_utf8_lossy(&l[5])
                    .replace("\"ts\":1773", "\"ts\":9773")
                    .into_bytes();
            },
            &["no_calendar", "time_back"],
        ),
    ];
    for (name, apply, expected) in faults {
        let mut lines = lines();
        apply(&mut lines);
        let report = check_text(&[lines.join(&b'\n'), b"\n".to_vec()].concat());
        assert_eq!(found(&report), *expected, "{name}: {}", report.sentence());
        assert_eq!(report.refused(), !expected.is_empty(), "{name}");
    }
    // The unterminated last line is used if it is whole, else it is torn.
    let text = lines().join(&b'\n');
    assert_eq!(found(&check_text(&text)), [] as [&str; 0]);
    assert_eq!(check_text(&text).records, 10);
    assert_eq!(found(&check_text(&text[..text.len() - 5])), ["torn_line"]);
}
