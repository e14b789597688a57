//! Sierra Chart's files: golden numbers of the real ones, any split, any range, files that grow.

use crate::data;
use mia::config::Config;
use mia::feeds::sierra::Bundles;
use mia::feeds::sierra::DepthDecoder;
use mia::feeds::sierra::Entry;
use mia::feeds::sierra::EntryKind;
use mia::feeds::sierra::FIRST_OF_BUNDLE;
use mia::feeds::sierra::HeaderFault;
use mia::feeds::sierra::LAST_OF_BUNDLE;
use mia::feeds::sierra::Part;
use mia::feeds::sierra::RecordFile;
use mia::feeds::sierra::Scid;
use mia::feeds::sierra::ScidDecoder;
use mia::feeds::sierra::SierraOptions;
use mia::feeds::sierra::SierraSource;
use mia::feeds::sierra::check;
use mia::feeds::sierra::stamp;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::stream::Inputs;
use mia::stream::MaxBad;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::DepthOp;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::StreamMode;
use mia::wire::Trade;
use mia::wire::TradeFlag;
use mia::wire::codec;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

const TICK: i64 = 250_000_000;

/// Keeps what a source writes.
#[derive(Default)]
pub struct Collected {
    pub records: Vec<Record>,
}

impl SourceOut for Collected {
    fn record(&mut self, record: &Record) {
        self.records.push(record.clone());
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {
        panic!("a Sierra source copies no lines");
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

fn read(paths: &[PathBuf], options: SierraOptions) -> (Vec<Record>, Result<(), Failure>) {
    let mut source = SierraSource::new(Inputs::new(paths, None), options, Config::default());
    let mut out = Collected::default();
    let result = loop {
        match source.pull(&mut out) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    (out.records, result)
}

fn read_whole(path: &Path, options: SierraOptions) -> Vec<Record> {
    let (records, end) = read(&[path.to_owned()], options);
    end.unwrap_or_else(|failure| panic!("{}: {failure} {:?}", path.display(), failure.hint));
    records
}

fn keep() -> SierraOptions {
    SierraOptions { bundles: Bundles::Keep, sym: Sym::new("ESH23"), ..SierraOptions::default() }
}

fn trades(records: &[Record]) -> Vec<Trade> {
    records.iter().filter_map(|r| if let Record::Trade(t) = r { Some(*t) } else { None }).collect()
}

fn quotes(records: &[Record]) -> Vec<Quote> {
    records.iter().filter_map(|r| if let Record::Quote(q) = r { Some(*q) } else { None }).collect()
}

fn depths(records: &[Record]) -> Vec<Depth> {
    records.iter().filter_map(|r| if let Record::Depth(d) = r { Some(*d) } else { None }).collect()
}

fn facts(dir: &Path, name: &str) -> Value {
    let text = std::fs::read(dir.join("facts.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()[name].take()
}

fn us(fact: &Value) -> i64 {
    fact.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn px(fact: &Value) -> Px {
    Px::from_points(fact.as_f64().unwrap()).unwrap()
}

fn volume(trades: &[Trade], side: Side) -> u64 {
    trades.iter().filter(|t| t.side == side).map(|t| t.sz).sum()
}

fn code(end: Result<(), Failure>) -> (FailureClass, String) {
    let failure = end.unwrap_err();
    (failure.class, failure.message)
}

// ---- .scid, real files -------------------------------------------------------------------------

fn golden_scid(name: &str) {
    let Some(dir) = data::dir() else { return };
    let facts = facts(&dir, name);
    let path = dir.join(name);
    let records = read_whole(&path, keep());
    let Record::Stream(stream) = &records[0] else { panic!("no stream record first") };
    assert_eq!((stream.mode, stream.v, stream.run.len()), (StreamMode::Replay, 1, 16));
    let parts = trades(&records);
    assert_eq!(parts.len() as u64, facts["records"]);
    for (trade, fact) in [(parts[0], &facts["first"]), (parts[parts.len() - 1], &facts["last"])] {
        assert_eq!((trade.ts, trade.px), (us(&fact["ts_utc"]), px(&fact["close"])));
        assert_eq!(trade.sz, fact["volume"]);
        let side = if fact["ask_volume"] == 0 { Side::Sell } else { Side::Buy };
        assert_eq!((trade.side, trade.ss), (side, SideSource::Flag));
    }
    assert_eq!(volume(&parts, Side::Sell), facts["sum_bid_volume"]);
    assert_eq!(volume(&parts, Side::Buy), facts["sum_ask_volume"]);
    assert_eq!(volume(&parts, Side::None), 0);
    assert_eq!(parts.iter().map(|t| t.sz).sum::<u64>(), facts["sum_volume"]);
    assert_eq!(parts.iter().map(|t| t.px).min(), Some(px(&facts["low_close"])));
    assert_eq!(parts.iter().map(|t| t.px).max(), Some(px(&facts["high_close"])));
    let ticks: i64 = parts.iter().map(|t| t.px.nanos() / TICK).sum();
    assert_eq!(ticks, facts["sum_close_ticks"]);
    let flagged = |flag| parts.iter().filter(|t| t.flags.has(flag)).count() as u64;
    assert_eq!(flagged(TradeFlag::BundleFirst), facts["open_first_of_bundle"]);
    assert_eq!(flagged(TradeFlag::BundleLast), facts["open_last_of_bundle"]);
    assert_eq!(parts.iter().filter(|t| t.flags.is_empty()).count() as u64, facts["open_zero"]);
    let counted = parts.iter().filter(|t| t.ts % 1000 != 0).count() as u64;
    assert_eq!(counted, facts["stamps_with_sub_millisecond_part"]);
    assert!(parts.windows(2).all(|pair| pair[0].ts < pair[1].ts), "strictly increasing");
    bundles(&path, &parts, &facts);
    quotes_of_trades(&path, &records, &parts, &facts);
}

/// Summed bundles against their parts, which the marks delimit.
fn bundles(path: &Path, parts: &[Trade], facts: &Value) {
    let summed = trades(&read_whole(path, SierraOptions { bundles: Bundles::Sum, ..keep() }));
    let mut lengths = BTreeMap::new();
    let mut expected = Vec::new();
    let mut open: Option<(Trade, u64)> = None;
    for part in parts {
        match &mut open {
            None if part.flags.has(TradeFlag::BundleFirst) => open = Some((*part, 1)),
            None => expected.push(*part),
            Some((whole, length)) => {
                (whole.sz, *length) = (whole.sz + part.sz, *length + 1);
                if part.flags.has(TradeFlag::BundleLast) {
                    whole.flags = whole.flags.with(TradeFlag::BundleLast);
                    expected.push(*whole);
                    *lengths.entry(length.to_string()).or_insert(0_u64) += 1;
                    open = None;
                }
            }
        }
    }
    assert!(open.is_none());
    assert_eq!(serde_json::to_value(&lengths).unwrap(), facts["bundle_lengths"]);
    assert_eq!(lengths.values().sum::<u64>(), facts["bundles"]);
    assert_eq!(summed, expected);
}

/// A quote goes before its trade unless it contradicts it; counted anew from the bytes.
fn quotes_of_trades(path: &Path, records: &[Record], parts: &[Trade], facts: &Value) {
    let bytes = std::fs::read(path).unwrap();
    let float =
        |record: &[u8], at: usize| f32::from_le_bytes(record[at..at + 4].try_into().unwrap());
    let (mut outside, mut crossed, mut sane) = (0_u64, 0_u64, 0_usize);
    for record in bytes[56..].chunks_exact(40) {
        let (ask, bid, close) = (float(record, 12), float(record, 16), float(record, 20));
        outside += u64::from(close > ask || close < bid);
        crossed += u64::from(bid > ask);
        sane += usize::from(bid > 0.0 && bid < ask && (bid..=ask).contains(&close));
    }
    assert_eq!(outside, facts["trades_outside_low_high"]);
    assert_eq!(crossed, facts["crossed"]);
    let quotes = quotes(records);
    assert_eq!(quotes.len(), sane);
    assert!(quotes.iter().all(|q| q.bid < q.ask && q.bsz == 0 && q.asz == 0));
    for pair in records.windows(2) {
        if let [Record::Quote(quote), next] = pair {
            let Record::Trade(trade) = next else { panic!("a quote without its trade") };
            assert_eq!(quote.ts, trade.ts);
            assert!(quote.bid <= Some(trade.px) && Some(trade.px) <= quote.ask);
        }
    }
    assert_eq!(records.len(), 1 + parts.len() + quotes.len());
}

#[test]
fn the_real_micro_nasdaq_has_its_golden_numbers() {
    golden_scid("sierra/MNQU21-CME.scid");
}

#[test]
fn the_real_ten_records_have_their_golden_numbers() {
    golden_scid("sierra/ES_2023-02-21_ten_records.scid");
    let Some(dir) = data::dir() else { return };
    let name = "sierra/ES_2023-02-21_ten_records.scid";
    let facts = facts(&dir, name);
    let all = trades(&read_whole(&dir.join(name), keep()));
    for (trade, fact) in all.iter().zip(facts["all_records"].as_array().unwrap()) {
        assert_eq!((trade.ts, trade.px), (us(&fact["ts_utc"]), px(&fact["close"])));
    }
    let unnamed = SierraOptions { sym: None, ..keep() };
    let (class, message) = code(read(&[dir.join(name)], unnamed).1);
    assert_eq!(class, FailureClass::Config);
    assert!(message.contains("does not say a contract"), "{message}");
}

#[test]
fn the_place_of_a_time_is_found_by_halving() {
    let Some(dir) = data::dir() else { return };
    let name = "sierra/MNQU21-CME.scid";
    let facts = facts(&dir, name);
    let file = std::fs::File::open(dir.join(name)).unwrap();
    let file = RecordFile::<Scid>::new(file).unwrap();
    let records = file.records().unwrap();
    assert_eq!(records, facts["records"]);
    for (date, index) in facts["lower_bound"].as_object().unwrap() {
        let found = file.lower_bound(at(&format!("{date}T00:00:00Z")), records).unwrap();
        assert_eq!(found, *index, "{date}");
    }
    assert_eq!(file.lower_bound(i64::MIN, records).unwrap(), 0);
    assert_eq!(file.lower_bound(i64::MAX, records).unwrap(), records);
}

/// What the source does with a range, from the whole: what `--since` and `--until` select there.
fn selected(records: &[Record], since: i64, until: i64) -> Vec<Record> {
    let inside = |r: &&Record| r.kind() != Kind::Stream && (since..until).contains(&r.ts());
    records.iter().filter(inside).cloned().collect()
}

#[test]
fn a_range_read_from_its_place_is_the_range_of_the_whole() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("sierra/MNQU21-CME.scid");
    let options = SierraOptions { bundles: Bundles::Sum, ..SierraOptions::default() };
    let whole = read_whole(&path, options.clone());
    let stamps: Vec<i64> = whole.iter().map(Record::ts).collect();
    let (first, last) = (stamps[0], stamps[stamps.len() - 1]);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for case in 0..60 {
        // Ends on stamps, next to them, and anywhere.
        let mut end = || match case % 3 {
            0 => stamps[random(stamps.len())],
            1 => stamps[random(stamps.len())] + 1 - random(3) as i64,
            _ => first + random((last - first) as usize) as i64,
        };
        let (a, b) = (end(), end());
        let (since, until) = (a.min(b), a.max(b).min(a.min(b) + 86_400_000_000));
        let range = SierraOptions { since: Some(since), until: Some(until), ..options.clone() };
        let part = selected(&read_whole(&path, range), since, until);
        let expected = selected(&whole, since, until);
        assert!(part == expected, "{since}..{until}: {} and {}", part.len(), expected.len());
    }
}

#[test]
fn a_compressed_file_and_a_plain_one_are_the_same() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("sierra/MNQU21-CME.scid");
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("MNQU21-CME.scid.zst");
    std::fs::write(&packed, zstd::encode_all(&std::fs::read(&path).unwrap()[..], 1).unwrap())
        .unwrap();
    let since = Some(at("2021-05-28T13:30:00Z"));
    let options = SierraOptions { since, ..SierraOptions::default() };
    assert_eq!(read_whole(&packed, options.clone()), read_whole(&path, options));
}

// ---- text exports, real files ------------------------------------------------------------------

fn golden_text(name: &str, first: &str, last: &str) {
    let Some(dir) = data::dir() else { return };
    let facts = facts(&dir, name);
    let records = read_whole(&dir.join(name), SierraOptions::default());
    let all = trades(&records);
    assert_eq!(all.len() as u64, facts["rows"]);
    assert_eq!((all[0].ts, all[all.len() - 1].ts), (at(first), at(last)));
    assert_eq!(all.iter().map(|t| t.sz).sum::<u64>(), facts["sum_volume"]);
    for (side, fact) in [(Side::Sell, &facts["sells"]), (Side::Buy, &facts["buys"])] {
        assert_eq!(volume(&all, side), fact["volume"]);
        assert_eq!(all.iter().filter(|t| t.side == side).count() as u64, fact["trades"]);
    }
    assert_eq!(all.iter().map(|t| t.px).min(), Some(px(&facts["low"])));
    assert_eq!(all.iter().map(|t| t.px).max(), Some(px(&facts["high"])));
    assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].ts < pair[1].ts));
    // Buys print at or above the ask, sells at or below the bid: a sane quote is at the touch.
    assert_eq!(quotes(&records).len() as u64, facts["trades_at_the_recorded_touch"]);
    assert!(quotes(&records).iter().all(|q| q.bsz > 0 && q.asz > 0));
    let cross = cross_check(&dir, name);
    assert_eq!((all[0].ts, all[0].px), cross);
}

/// First trade of a text as another file of facts has it.
fn cross_check(dir: &Path, name: &str) -> (i64, Px) {
    let all = facts(dir, "cross");
    let ticks = all["sierra_ticks_against_bars"].as_array().unwrap();
    let fact = ticks.iter().find(|fact| fact["ticks"] == name).unwrap();
    (us(&fact["first_trade_utc"]), px(&fact["first_price"]))
}

#[test]
fn the_real_time_and_sales_have_their_golden_numbers() {
    golden_text(
        "sierra/ESH22_tbt_dom_2022-01-24.txt",
        "2022-01-24T13:30:00.005000Z",
        "2022-01-24T13:31:00.955009Z",
    );
    golden_text(
        "sierra/ESU23_tbt_dom_2023-06-29.txt",
        "2023-06-29T13:30:00.000000Z",
        "2023-06-29T13:30:01.993001Z",
    );
}

#[test]
fn the_book_beside_the_sales_comes_on_request() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("sierra/ESH22_tbt_dom_2022-01-24.txt");
    let records = read_whole(&path, SierraOptions { levels: 3, ..SierraOptions::default() });
    let levels = depths(&records);
    // The first row of the file: asks 11 60 34 from 4347.75 up, bids 35 25 23 from 4347.5 down.
    let shown: Vec<_> = levels[..7]
        .iter()
        .map(|d| (d.px.map(|px| px.to_string()).unwrap_or_default(), d.sz, d.eob))
        .collect();
    let level = |px: &str, sz, eob| (px.to_owned(), Some(sz), eob);
    assert_eq!(levels[0].op, Some(DepthOp::Clear));
    assert_eq!(
        shown[1..],
        [
            level("4347.5", 35, false),
            level("4347.25", 25, false),
            level("4347", 23, false),
            level("4347.75", 11, false),
            level("4348", 60, false),
            level("4348.25", 34, true),
        ]
    );
    let clears = levels.iter().filter(|d| d.op.is_some()).count();
    assert_eq!(clears, levels.iter().filter(|d| d.eob).count());
    assert_eq!(trades(&records).len(), 2026);
}

#[test]
fn intraday_data_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ESM26-CME.scid_BarData.txt");
    let header =
        "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume\r\n";
    let bars = "2026/3/10, 09:30:00, 5000.00, 5001.25, 4999.75, 5001.00, 120, 80, 50, 70\r\n\
                2026/3/10, 09:31:00, 5001.00, 5001.50, 5000.00, 5000.25, 90, 60, 60, 30\r\n";
    std::fs::write(&path, format!("{header}{bars}")).unwrap();
    let zone = Some("America/New_York".to_owned());
    let (class, message) = code(read(std::slice::from_ref(&path), SierraOptions::default()).1);
    assert_eq!(class, FailureClass::Config, "{message}");
    let undeclared = SierraOptions { zone: zone.clone(), ..SierraOptions::default() };
    let (class, message) = code(read(std::slice::from_ref(&path), undeclared.clone()).1);
    assert_eq!(class, FailureClass::BadInput);
    assert!(message.contains("a bar of 80 trades"), "{message}");
    let records = read_whole(&path, SierraOptions { bar_s: Some(60), ..undeclared.clone() });
    let [Record::Stream(_), Record::Bar(first), Record::Bar(_)] = records[..] else {
        panic!("{records:?}")
    };
    assert_eq!((first.ts, first.v, first.n), (at("2026-03-10T13:31:00Z"), 120, Some(80)));
    assert_eq!((first.bv, first.av), (Some(50), Some(70)));
    let ticks = "2026/3/10, 09:30:00.018, 0, 5000.25, 5000.00, 5000.25, 3, 1, 0, 3\n\
                 2026/3/10, 09:30:00.018001, 0, 5000.25, 5000.00, 5000.00, 2, 1, 2, 0";
    std::fs::write(&path, format!("{header}{ticks}")).unwrap();
    let records = read_whole(&path, undeclared);
    let all = trades(&records);
    assert_eq!((all.len(), quotes(&records).len()), (2, 2));
    assert_eq!((all[0].ts, all[0].side, all[0].sz), (at("2026-03-10T13:30:00.018Z"), Side::Buy, 3));
    assert_eq!((all[1].ts, all[1].side), (at("2026-03-10T13:30:00.018001Z"), Side::Sell));
}

// ---- files of our own --------------------------------------------------------------------------

/// The bytes of a `.scid` header.
pub fn scid_header() -> Vec<u8> {
    let mut bytes = b"SCID".to_vec();
    bytes.extend(56_u32.to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.resize(56, 0);
    bytes
}

/// The bytes of a record.
pub fn scid_record(entry: &Entry) -> Vec<u8> {
    let mut bytes = entry.time.to_le_bytes().to_vec();
    bytes.extend(entry.open.to_le_bytes());
    for price in [entry.high, entry.low, entry.close] {
        bytes.extend(price.to_le_bytes());
    }
    for count in [entry.trades, entry.volume, entry.bid_volume, entry.ask_volume] {
        bytes.extend(count.to_le_bytes());
    }
    bytes
}

/// A buy of `sz` contracts at 5000.25.
pub fn buy(ts: i64, sz: u32) -> Entry {
    let (high, low, close) = (5000.25, 5000.0, 5000.25);
    let time = stamp::raw_us(ts);
    Entry { time, open: 0, high, low, close, trades: 1, volume: sz, bid_volume: 0, ask_volume: sz }
}

fn scid_file(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = scid_header();
    bytes.extend(entries.iter().flat_map(scid_record));
    bytes
}

/// The bytes of a `.depth` file; a record is stamp, command, end of batch, price, quantity.
pub fn depth_file(records: &[(i64, u8, bool, f32, u32)]) -> Vec<u8> {
    let mut bytes = b"SCDD".to_vec();
    for word in [64_u32, 24, 1] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.resize(64, 0);
    for (ts, command, end, price, quantity) in records {
        bytes.extend(stamp::raw_us(*ts).to_le_bytes());
        bytes.extend([*command, u8::from(*end), 1, 0]);
        bytes.extend(price.to_le_bytes());
        bytes.extend(quantity.to_le_bytes());
        bytes.extend([0; 4]);
    }
    bytes
}

fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

const TS: i64 = 1_773_153_000_000_000;

#[test]
fn headers_that_cannot_be_read_are_said() {
    let good = scid_file(&[buy(TS, 1)]);
    let broken = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        let (_folder, path) = write("ESM26.scid", &bytes);
        let (class, message) = code(read(&[path], SierraOptions::default()).1);
        assert_eq!(class, FailureClass::BadInput, "{message}");
        message
    };
    assert!(broken(0, b'X').contains("no file of Sierra Chart"));
    assert!(broken(4, 55).contains("header has 55 bytes"));
    assert!(broken(8, 44).contains("44 bytes instead of 40"));
    assert!(broken(12, 2).contains("version is 2"));
    let (_folder, path) = write("ESM26.scid", &good[..30]);
    assert!(code(read(&[path], SierraOptions::default()).1).1.contains("inside its header"));
    let (_folder, path) = write("ESM26.scid", b"");
    assert!(code(read(&[path], SierraOptions::default()).1).1.contains("is empty"));
    let (_folder, path) = write("XXM26.scid", &good);
    assert_eq!(code(read(&[path], SierraOptions::default()).1).0, FailureClass::Config);
    // A longer header is skipped by its own size.
    let mut longer = good.clone();
    longer[4] = 60;
    longer.splice(56..56, [9; 4]);
    let (_folder, path) = write("ESM26.scid", &longer);
    assert_eq!(trades(&read_whole(&path, SierraOptions::default())).len(), 1);
}

#[test]
fn bad_records_are_refused_with_their_place_and_tolerated_up_to_the_limit() {
    let entries = [
        buy(TS, 1),
        Entry { close: 5000.1, ..buy(TS + 1, 1) },
        Entry { close: f32::NAN, ..buy(TS + 2, 1) },
        Entry { time: 5, ..buy(TS, 1) },
        Entry { trades: 9, open: 5000.0_f32.to_bits(), ..buy(TS + 3, 20) },
        Entry { volume: 0, ask_volume: 0, high: 0.0, ..buy(TS + 4, 1) },
        buy(TS + 5, 2),
    ];
    let (_folder, path) = write("ESM26-CME.scid", &scid_file(&entries));
    let (class, message) = code(read(std::slice::from_ref(&path), SierraOptions::default()).1);
    assert_eq!(class, FailureClass::BadInput);
    assert!(message.contains("record 1: the price 5000.1"), "{message}");
    let max_bad = MaxBad::Count(5);
    let records = read_whole(&path, SierraOptions { max_bad, ..SierraOptions::default() });
    assert_eq!(trades(&records).iter().map(|t| t.sz).collect::<Vec<_>>(), [1, 2]);
    let alerts = records.iter().filter_map(|r| match r {
        Record::Alert(alert) => Some(alert.code.as_str()),
        _ => None,
    });
    let expected = [
        "bad_record_off_grid",
        "bad_record_price",
        "bad_record_stamp",
        "bad_record_is_bar",
        "bad_record_empty",
    ];
    assert_eq!(alerts.collect::<Vec<_>>(), expected);
}

#[test]
fn prices_in_hundredths_are_found() {
    let hundredths = |entry: Entry| Entry {
        high: entry.high * 100.0,
        low: entry.low * 100.0,
        close: entry.close * 100.0,
        ..entry
    };
    let bytes = scid_file(&[hundredths(buy(TS, 1)), hundredths(buy(TS + 1000, 2))]);
    let (_folder, path) = write("ESM26_FUT_CME.scid", &bytes);
    let all = trades(&read_whole(&path, SierraOptions::default()));
    assert_eq!((all[0].px.to_string(), all[0].sym.as_str()), ("5000.25".into(), "ESM26"));
    let (_folder, path) = write("ESM26.scid", &bytes);
    let (class, message) = code(read(&[path], SierraOptions::default()).1);
    assert_eq!(class, FailureClass::Config);
    assert!(message.contains("look like hundredths"), "{message}");
}

#[test]
fn time_that_goes_back_is_kept() {
    let (_folder, path) =
        write("ESM26.scid", &scid_file(&[buy(TS + 9000, 1), buy(TS, 2), buy(TS + 9001, 3)]));
    let all = trades(&read_whole(&path, SierraOptions::default()));
    let late: Vec<_> = all.iter().map(|t| (t.sz, t.flags.has(TradeFlag::Late))).collect();
    assert_eq!(late, [(1, false), (2, true), (3, false)]);
}

#[test]
fn an_old_file_counts_days() {
    let days: f64 = 39_000.729_166_666_664;
    let entry = Entry { time: days.to_bits().cast_signed(), ..buy(TS, 1) };
    let (_folder, path) = write("ESZ06.scid", &scid_file(&[entry]));
    let all = trades(&read_whole(&path, SierraOptions::default()));
    assert_eq!(all[0].ts, at("2006-10-10T17:30:00Z"));
}

#[test]
fn a_file_cut_inside_a_record_gives_all_before() {
    let bytes = scid_file(&[buy(TS, 1), buy(TS + 1000, 2), buy(TS + 2000, 3)]);
    for cut in 1..40 {
        let (_folder, path) = write("ESM26.scid", &bytes[..bytes.len() - cut]);
        assert_eq!(trades(&read_whole(&path, SierraOptions::default())).len(), 2, "{cut}");
    }
}

#[test]
fn depth_files_give_whole_batches() {
    let file = depth_file(&[
        (TS, 1, false, 0.0, 0),
        (TS, 2, false, 500_000.0, 12),
        (TS, 3, true, 500_025.0, 9),
        (TS + 10, 4, false, 500_000.0, 11),
        (TS + 10, 7, true, 500_025.0, 0),
        (TS + 20, 3, false, 500_050.0, 7),
    ]);
    let (_folder, path) = write("ESM26_FUT_CME.2026-03-10.depth", &file);
    let levels = depths(&read_whole(&path, SierraOptions::default()));
    let shown: Vec<_> = levels.iter().map(|d| (d.ts - TS, d.sz, d.eob)).collect();
    assert_eq!(
        shown,
        [
            (0, None, false),
            (0, Some(12), false),
            (0, Some(9), true),
            (10, Some(11), false),
            (10, Some(0), true),
        ],
        "the last batch has no end"
    );
    assert_eq!(levels[1].px.unwrap().to_string(), "5000");
    let (_folder, path) = write("ESM26_FUT_CME.depth", &file[..file.len() - 10]);
    assert_eq!(depths(&read_whole(&path, SierraOptions::default())).len(), 5);
}

#[test]
fn depth_from_a_time_on_begins_with_the_book_of_that_time() {
    let file = depth_file(&[
        (TS, 1, false, 0.0, 0),
        (TS, 2, true, 4000.0, 1),
        (TS + 10, 1, false, 0.0, 0),
        (TS + 10, 2, false, 5000.0, 12),
        (TS + 10, 3, true, 5000.25, 9),
        (TS + 20, 2, false, 4999.75, 30),
        (TS + 20, 4, true, 5000.0, 13),
        (TS + 30, 6, true, 4999.75, 0),
        (TS + 40, 5, true, 5000.25, 8),
        (TS + 50, 5, true, 5000.25, 7),
    ]);
    let (folder, path) = write("ESM26.depth", &file);
    let options = SierraOptions { since: Some(TS + 35), ..SierraOptions::default() };
    let levels = depths(&read_whole(&path, options.clone()));
    let shown: Vec<_> = levels
        .iter()
        .map(|d| (d.ts - TS, d.bs, d.px.map(|px| px.to_string()), d.sz, d.eob))
        .collect();
    let level = |ts, bs, px: &str, sz, eob| (ts, Some(bs), Some(px.to_owned()), Some(sz), eob);
    assert_eq!(
        shown,
        [
            (35, None, None, None, false),
            level(35, BookSide::Ask, "5000.25", 9, false),
            level(35, BookSide::Bid, "5000", 13, true),
            level(40, BookSide::Ask, "5000.25", 8, true),
            level(50, BookSide::Ask, "5000.25", 7, true),
        ]
    );
    let packed = folder.path().join("ESM26.depth.gz");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, &file).unwrap();
    std::fs::write(&packed, gz.finish().unwrap()).unwrap();
    assert_eq!(depths(&read_whole(&packed, options)), levels);
    let early = SierraOptions { since: Some(TS - 1), ..SierraOptions::default() };
    assert_eq!(depths(&read_whole(&path, early)).len(), 10);
    // Without any snapshot before, nothing is made up.
    let (_folder, path) = write(
        "ESM26.depth",
        &depth_file(&[(TS, 2, true, 5000.0, 3), (TS + 9, 2, true, 5000.0, 4)]),
    );
    let since = SierraOptions { since: Some(TS + 5), ..SierraOptions::default() };
    assert_eq!(depths(&read_whole(&path, since)).len(), 1);
}

/// One synthetic tape in four formats, by writers that know nothing of these readers.
#[test]
fn the_examples_of_every_format_tell_the_same_tape() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples");
    let told = |name: &str| {
        let zone = Some("America/Chicago".to_owned());
        let options = SierraOptions { zone, levels: 1, ..SierraOptions::default() };
        let all = trades(&read_whole(&folder.join(name), options));
        all.iter().map(|t| (t.px, t.sz, t.side)).collect::<Vec<_>>()
    };
    let file = told("ESM26_FUT_CME.scid");
    let text = told("ESM26_time_and_sales.txt");
    let lines = told("chart_3_trade_20260310.jsonl");
    assert!(file.len() > text.len() && text.len() > lines.len() && lines.len() > 30);
    assert!(file.starts_with(&text));
    assert!(text.starts_with(&lines));
    let book = depths(&read_whole(
        &folder.join("ESM26_FUT_CME.2026-03-10.depth"),
        SierraOptions::default(),
    ));
    assert!(book[0].op == Some(DepthOp::Clear) && book[book.len() - 1].eob);
}

#[test]
fn lines_of_the_dumper() {
    let line = |t: &str, rest: &str| {
        format!("{{\"t\":{t},\"sym\":\"ESU25_FUT_CME\",\"chart\":3,{rest}}}\n")
    };
    let text = [
        line(
            "45918.443405",
            r#""type":"quote","kind":"BIDASK","bid":6653,"ask":6653.25,"bq":4,"aq":5,"seq":1"#,
        ),
        line("45918.443405", r#""type":"trade","side":"BUY","px":6653.25,"vol":2,"seq":2,"tt":2"#),
        line("45918.443406", r#""type":"vwap","src":"c","i":4,"v":6650.1"#),
    ]
    .concat();
    let (_folder, path) = write("chart_3_trade_20250918.jsonl", text.as_bytes());
    let (class, message) = code(read(std::slice::from_ref(&path), SierraOptions::default()).1);
    assert_eq!(class, FailureClass::Config);
    assert!(message.contains("time zone of the chart"), "{message}");
    let zone = Some("America/New_York".to_owned());
    let options = SierraOptions { zone, ..SierraOptions::default() };
    let records = read_whole(&path, options.clone());
    let [Record::Stream(stream), Record::Quote(_), Record::Trade(trade)] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!((stream.sym.as_str(), trade.ss), ("ESU25", SideSource::Touch));
    assert_eq!(trade.ts, at("2025-09-18T14:38:30.192Z"));
    let (_folder, path) = write("chart_3_trade_20250918.jsonl", &text.as_bytes()[..text.len() - 9]);
    assert_eq!(code(read(&[path], options).1).0, FailureClass::BadInput);
}

// ---- any split ---------------------------------------------------------------------------------

fn arbitrary_entry() -> impl Strategy<Value = Entry> {
    let open = prop_oneof![
        4 => Just(0_u32),
        1 => Just(FIRST_OF_BUNDLE),
        1 => Just(LAST_OF_BUNDLE),
        1 => any::<u32>(),
    ];
    (any::<i64>(), open, any::<[u32; 3]>(), any::<[u32; 4]>()).prop_map(|(time, open, px, n)| {
        Entry {
            time,
            open,
            high: f32::from_bits(px[0]),
            low: f32::from_bits(px[1]),
            close: f32::from_bits(px[2]),
            trades: n[0] % 3,
            volume: n[1],
            bid_volume: n[2],
            ask_volume: n[3],
        }
    })
}

fn cut_up<'a>(mut bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for cut in cuts {
        let (piece, rest) = bytes.split_at((*cut).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

fn entries(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<HeaderFault>, usize) {
    let mut decoder = ScidDecoder::new();
    let mut found = Vec::new();
    for piece in pieces {
        let mut bytes = *piece;
        loop {
            match decoder.next(&mut bytes) {
                Ok(Some(entry)) => found.push(scid_record(&entry)),
                Ok(None) => break,
                Err(fault) => return (found, Some(fault), 0),
            }
        }
    }
    (found, None, decoder.partial())
}

proptest! {
    #[test]
    fn the_same_records_for_every_split(
        file in prop::collection::vec(arbitrary_entry(), 0..20),
        cuts in prop::collection::vec(0_usize..90, 0..30),
        lost in 0_usize..60,
    ) {
        let bytes = scid_file(&file);
        let bytes = &bytes[..bytes.len() - lost.min(bytes.len())];
        let whole = entries(&[bytes]);
        prop_assert_eq!(entries(&cut_up(bytes, &cuts)), whole.clone());
        let kept = bytes.len().saturating_sub(56) / 40;
        prop_assert_eq!(whole.0.len(), kept);
        for (entry, written) in file.iter().zip(&whole.0) {
            prop_assert_eq!(&scid_record(entry), written);
            if entry.kind() == EntryKind::Trade(Part::First) {
                prop_assert_eq!(entry.open, FIRST_OF_BUNDLE);
            }
        }
    }

    #[test]
    fn depth_is_the_same_for_every_split(
        levels in prop::collection::vec((TS..TS + 1000, 0_u8..9, any::<bool>(), any::<f32>(), any::<u32>()), 0..20),
        cuts in prop::collection::vec(0_usize..60, 0..30),
    ) {
        let bytes = depth_file(&levels);
        let decode = |pieces: &[&[u8]]| {
            let mut decoder = DepthDecoder::new();
            let mut found = Vec::new();
            for piece in pieces {
                let mut bytes = *piece;
                while let Ok(Some(entry)) = decoder.next(&mut bytes) {
                    found.push((entry.time, entry.command, entry.flags, entry.price.to_bits(), entry.quantity));
                }
            }
            found
        };
        let whole = decode(&[&bytes]);
        prop_assert_eq!(whole.len(), levels.len());
        prop_assert_eq!(decode(&cut_up(&bytes, &cuts)), whole);
    }
}

/// One real file, cut at every byte of its first records.
#[test]
fn every_cut_of_a_real_file() {
    let Some(dir) = data::dir() else { return };
    let bytes = std::fs::read(dir.join("sierra/ES_2023-02-21_ten_records.scid")).unwrap();
    let whole = entries(&[&bytes]);
    assert_eq!((whole.0.len(), whole.2), (10, 0));
    for cut in 0..bytes.len() {
        assert_eq!(entries(&[&bytes[..cut], &bytes[cut..]]), whole, "{cut}");
    }
}

// ---- --check -----------------------------------------------------------------------------------

fn findings(path: &Path, options: &SierraOptions, now: i64) -> (String, Option<FailureClass>) {
    let calendar = Calendar::builtin().unwrap();
    let found = check(path, options, &Config::default(), &calendar, now);
    let lines = found.checks.iter().map(|check| {
        format!(
            "{:?} {}: {} | {}\n",
            check.health,
            check.subject,
            check.finding,
            check.remedy.as_deref().unwrap_or("")
        )
    });
    (lines.collect(), found.failure())
}

#[test]
fn check_tells_what_there_is() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("sierra/MNQU21-CME.scid");
    let (text, failure) = findings(&path, &SierraOptions::default(), at("2021-05-31T16:58:20Z"));
    assert_eq!(failure, None, "{text}");
    for part in [
        "Good file: ",
        "1949536 bytes",
        "version 1, header of 56 bytes, records of 40",
        "MNQU21, tick 0.25",
        "multiplied by 1",
        "48737, from 2020-11-25T01:21:41.954Z to 2021-05-31T16:58:07.577Z",
        "48737 records of one trade each",
        "100.0 % of the trades",
        "time never goes back",
        "Good age: the last record is 12 s old and the market is open",
        "feed.flush_ms is 5000",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let (text, failure) = findings(&path, &SierraOptions::default(), at("2021-06-15T15:00:00Z"));
    assert!(failure.is_none() && text.contains("Doubtful age"), "{text}");
}

#[test]
fn check_tells_what_is_wrong() {
    let bar = Entry { trades: 5, open: 5000.0_f32.to_bits(), ..buy(TS, 9) };
    let bytes = scid_file(&[bar, Entry { time: bar.time + 60_000_000, ..bar }]);
    let (_folder, path) = write("ESM26-CME.scid", &bytes[..]);
    let (text, failure) = findings(&path, &SierraOptions::default(), TS);
    assert_eq!(failure, Some(FailureClass::BadInput));
    assert!(text.contains("2 bars and no trades | in Sierra Chart set"), "{text}");
    let declared = SierraOptions { bar_s: Some(60), ..SierraOptions::default() };
    assert_eq!(findings(&path, &declared, TS).1, None);
    let (text, failure) = findings(Path::new("/no/such.scid"), &SierraOptions::default(), TS);
    assert!(failure.is_some() && text.contains("cannot read /no/such.scid"), "{text}");
    let (_folder, path) = write("notes.txt", b"hello\n");
    assert!(findings(&path, &SierraOptions::default(), TS).0.contains("no file of Sierra Chart"));
    let (_folder, path) = write("ESM26.scid", &scid_file(&[buy(TS, 1), buy(TS - 5, 1)])[..130]);
    let (text, _) = findings(&path, &SierraOptions::default(), TS);
    assert!(text.contains("and 34 bytes of another"), "{text}");
    let file = depth_file(&[(TS, 1, false, 0.0, 0), (TS, 2, true, 5000.1, 12)]);
    let (_folder, path) = write("ESM26.depth", &file);
    let (text, failure) = findings(&path, &SierraOptions::default(), TS);
    assert!(failure.is_some() && text.contains("2 records in 1 batches, 1 snapshots"), "{text}");
}

#[test]
fn what_is_written_is_on_the_wire() {
    let (_folder, path) = write("ESM26.scid", &scid_file(&[buy(TS, 7)]));
    let mut text = Vec::new();
    for record in read_whole(&path, SierraOptions::default()).iter().skip(1) {
        codec::encode(record, &mut text).unwrap();
    }
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "{\"t\":\"quote\",\"ts\":1773153000000000,\"sym\":\"ESM26\",\"bid\":5000,\"bsz\":0,\
         \"ask\":5000.25,\"asz\":0,\"src\":\"scid\"}\n\
         {\"t\":\"trade\",\"ts\":1773153000000000,\"sym\":\"ESM26\",\"px\":5000.25,\"sz\":7,\
         \"side\":\"B\",\"ss\":\"flag\",\"src\":\"scid\"}\n"
    );
}
