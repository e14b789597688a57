//! Databento files against the numbers that others computed from them.

use crate::data;
use dbn::decode::DbnMetadata as _;
use dbn::decode::DecodeRecordRef as _;
use dbn::encode::CsvEncoder;
use dbn::encode::DbnEncoder;
use dbn::encode::EncodeRecord as _;
use dbn::encode::EncodeRecordTextExt as _;
use dbn::encode::json::EncoderBuilder as JsonBuilder;
use mia::config::Config;
use mia::feeds::Refusal;
use mia::feeds::dbn::DbnCounts;
use mia::feeds::dbn::DbnDecoder;
use mia::feeds::dbn::DbnOptions;
use mia::feeds::dbn::DbnSettings;
use mia::feeds::dbn::DbnSink;
use mia::feeds::dbn::DbnSource;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::stream::Inputs;
use mia::wire::BookSide;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::StatusState;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use mia::wire::Trade;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Keeps what a decoder writes; tolerates every refusal.
#[derive(Default, Debug, PartialEq)]
struct Kept {
    records: Vec<Record>,
    refused: Vec<(String, Refusal)>,
}

impl DbnSink for Kept {
    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        self.records.push(record.clone());
        Ok(())
    }
    fn refused(
        &mut self,
        refusal: &Refusal,
        place: &str,
        _: u64,
        _: Option<i64>,
    ) -> Result<(), Failure> {
        self.refused.push((place.to_owned(), refusal.clone()));
        Ok(())
    }
}

impl Kept {
    fn trades(&self) -> Vec<Trade> {
        let trade = |r: &Record| if let Record::Trade(t) = r { Some(*t) } else { None };
        self.records.iter().filter_map(trade).collect()
    }

    fn quotes(&self) -> Vec<Quote> {
        let quote = |r: &Record| if let Record::Quote(q) = r { Some(*q) } else { None };
        self.records.iter().filter_map(quote).collect()
    }

    fn count(&self, kind: Kind) -> usize {
        self.records.iter().filter(|r| r.kind() == kind).count()
    }

    /// The levels left after all depth records, applied as a reader of the wire applies them.
    fn levels(&self) -> BTreeMap<(bool, Px), u64> {
        let mut levels = BTreeMap::new();
        for record in &self.records {
            let Record::Depth(depth) = record else { continue };
            match (depth.op, depth.bs, depth.px, depth.sz) {
                (Some(_), ..) => levels.clear(),
                (None, Some(side), Some(px), Some(0)) => {
                    levels.remove(&(side == BookSide::Bid, px));
                }
                (None, Some(side), Some(px), Some(size)) => {
                    levels.insert((side == BookSide::Bid, px), size);
                }
                _ => panic!("{depth:?}"),
            }
        }
        levels
    }
}

fn settings(syms: &[&str]) -> DbnSettings {
    DbnSettings {
        config: Config::default(),
        syms: syms.iter().filter_map(|s| Sym::new(s)).collect(),
        phase: StreamPhase::Run,
    }
}

/// Decodes `bytes` cut at `cuts`.
fn decode(bytes: &[u8], cuts: &[usize], syms: &[&str]) -> (Kept, DbnCounts, Result<(), Failure>) {
    let mut kept = Kept::default();
    let mut decoder = DbnDecoder::new(settings(syms));
    let mut from = 0;
    let mut end = Ok(());
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        let cut = cut.clamp(from, bytes.len());
        end = end.and_then(|()| decoder.push(&bytes[from..cut], &mut kept));
        from = cut;
    }
    let end = end.and_then(|()| decoder.end(&mut kept));
    (kept, decoder.counts().clone(), end)
}

fn plain(path: &Path) -> Vec<u8> {
    zstd::stream::decode_all(std::fs::File::open(path).unwrap()).unwrap()
}

fn file(dir: &Path, name: &str) -> (Kept, DbnCounts) {
    let (kept, counts, end) = decode(&plain(&dir.join(name)), &[], &[]);
    end.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    assert_eq!(kept.refused, [], "{name}");
    (kept, counts)
}

fn facts_of(dir: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap()
}

fn us(text: &str) -> i64 {
    let text = text.replace(' ', "T");
    text.parse::<jiff::Timestamp>().unwrap().as_nanosecond().div_euclid(1000) as i64
}

/// The stamp of the exchange.
fn event(trade: &Trade) -> i64 {
    trade.vts.unwrap_or(trade.ts)
}

/// Every file that has facts: counts by action, trades by side, first and last trade, price range.
#[test]
fn every_real_file_has_its_golden_numbers() {
    let Some(dir) = data::dir() else { return };
    let facts = facts_of(&dir);
    let files = facts.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("dbn/"));
    let mut seen = 0;
    for (name, facts) in files {
        seen += 1;
        let (kept, counts) = file(&dir, name);
        assert_eq!(counts.records, facts["records"], "{name}");
        for (action, count) in facts["records_by_action"].as_object().into_iter().flatten() {
            let letter = action.chars().next().unwrap();
            assert_eq!(counts.of_action(letter), *count, "{name} {action}");
        }
        let trades = kept.trades();
        let by_side = |side| trades.iter().filter(move |t| t.side == side);
        for (letter, side) in [("A", Side::Sell), ("B", Side::Buy), ("N", Side::None)] {
            let number = facts["trades_by_side"][letter].as_u64().unwrap_or(0);
            assert_eq!(by_side(side).count() as u64, number, "{name} {letter}");
            let size = facts["traded_size_by_side"][letter].as_u64().unwrap_or(0);
            assert_eq!(by_side(side).map(|t| t.sz).sum::<u64>(), size, "{name} {letter}");
        }
        assert!(trades.iter().all(|t| (t.ss == SideSource::Flag) == (t.side != Side::None)));
        if let (Some(first), Some(last)) = (trades.first(), trades.last()) {
            for (trade, fact) in [(first, "first_trade"), (last, "last_trade")] {
                let fact = &facts[fact];
                assert_eq!(event(trade), us(fact[0].as_str().unwrap()), "{name}");
                assert_eq!(trade.px.nanos(), fact[1], "{name}");
                assert_eq!(trade.sz, fact[2], "{name}");
            }
            let range = &facts["trade_price_fixed_low_high"];
            assert_eq!(trades.iter().map(|t| t.px.nanos()).min().unwrap(), range[0], "{name}");
            assert_eq!(trades.iter().map(|t| t.px.nanos()).max().unwrap(), range[1], "{name}");
            assert!(trades.is_sorted_by_key(|t| t.ts), "{name}");
        }
        stream_records(&kept, name);
    }
    assert_eq!(seen, 24);
}

fn stream_records(kept: &Kept, name: &str) {
    let Some(first) = kept.records.first() else { return };
    let Record::Stream(stream) = first else { panic!("{name}: no stream record first") };
    assert_eq!((stream.mode, stream.run.len()), (StreamMode::Replay, 16), "{name}");
    let mut announced: Vec<Sym> = Vec::new();
    for record in &kept.records {
        if record.kind() == Kind::Stream {
            assert!(!announced.contains(&record.sym()), "{name}: announced once");
            announced.push(record.sym());
        }
        assert!(announced.contains(&record.sym()), "{name}: {record:?}");
    }
}

#[test]
fn the_books_end_as_they_must() {
    let Some(dir) = data::dir() else { return };
    let facts = facts_of(&dir);
    for (name, sym) in [
        ("dbn/es/ESH4_2023-12-25_mbo.dbn.zst", "ESH24"),
        ("dbn/es/ESM4_2024-05-08_mbo.dbn.zst", "ESM24"),
    ] {
        let golden = &facts[name]["book_replay"];
        let (kept, counts) = file(&dir, name);
        assert_eq!(counts.unknown_orders, golden["cancels_or_modifies_of_unknown_orders"]);
        let last = *kept.quotes().last().unwrap();
        assert_eq!(last.sym.as_str(), sym);
        assert_eq!(last.bid.unwrap().nanos(), golden["best_bid_at_the_end"], "{name}");
        assert_eq!(last.ask.unwrap().nanos(), golden["best_ask_at_the_end"], "{name}");
        assert_eq!(last.bsz, golden["best_bid_size"], "{name}");
        assert_eq!(last.asz, golden["best_ask_size"], "{name}");
        let levels = kept.levels();
        for (bid, side) in [(true, "bid"), (false, "ask")] {
            let sizes: Vec<u64> =
                levels.iter().filter(|(key, _)| key.0 == bid).map(|(_, size)| *size).collect();
            assert_eq!(sizes.len() as u64, golden[format!("{side}_levels")], "{name}");
            assert_eq!(sizes.iter().sum::<u64>(), golden[format!("total_{side}_size")], "{name}");
        }
        // The quotes are the top of the depth, at every end of a batch.
        assert_eq!(kept.count(Kind::Status), 0, "{name}");
        let clears =
            kept.records.iter().filter(|r| matches!(r, Record::Depth(d) if d.op.is_some()));
        assert_eq!(clears.count(), 1, "{name}: the book starts once");
    }
}

/// Every sided trade of the order file is at or through the touch in force before it.
#[test]
fn sides_agree_with_the_quotes_before_them() {
    let Some(dir) = data::dir() else { return };
    let (kept, _) = file(&dir, "dbn/es/ESH4_2023-12-25_mbo.dbn.zst");
    let mut quote: Option<Quote> = None;
    for record in &kept.records {
        match record {
            Record::Quote(q) => quote = Some(*q),
            Record::Trade(trade) => {
                let Quote { bid: Some(bid), ask: Some(ask), .. } = quote.unwrap() else { panic!() };
                match trade.side {
                    Side::Buy => assert!(trade.px >= ask, "{trade:?} {quote:?}"),
                    Side::Sell => assert!(trade.px <= bid, "{trade:?} {quote:?}"),
                    Side::None => assert_eq!(trade.px.to_string(), "4800.25"),
                }
            }
            _ => {}
        }
    }
}

#[test]
fn quotes_and_trades_of_the_same_minutes_agree() {
    let Some(dir) = data::dir() else { return };
    let (trades, _) = file(&dir, "dbn/es/ESU4_2024-07-01_trades.dbn.zst");
    let (top, _) = file(&dir, "dbn/es/ESU4_2024-07-01_mbp-1.dbn.zst");
    assert_eq!(trades.trades(), top.trades());
    assert_eq!(trades.trades().len(), 120);
    let quotes = top.quotes();
    assert!(quotes.len() > 1000 && quotes.windows(2).all(|w| w[0].ts <= w[1].ts));
    // The minutes of these trades are the bars of the other file.
    let (bars, _) = file(&dir, "dbn/es/ESU4_NQU4_2024-07-01_ohlcv-1m.dbn.zst");
    let minute = 60_000_000;
    let of_minutes = |end: i64| -> u64 {
        let inside = |t: &&Trade| (end - minute..end).contains(&event(t));
        trades.trades().iter().filter(inside).map(|t| t.sz).sum()
    };
    let volumes: Vec<(u64, u64)> = bars
        .records
        .iter()
        .filter_map(|r| if let Record::Bar(b) = r { Some(b) } else { None })
        .filter(|b| b.sym.as_str() == "ESU24" && of_minutes(b.ts) > 0)
        .map(|b| (b.v, of_minutes(b.ts)))
        .collect();
    assert_eq!(volumes, [(18, 18), (23, 23), (175, 175), (37, 37)]);
    let Some(Record::Bar(first)) =
        bars.records.iter().find(|r| r.sym().as_str() == "ESU24" && r.kind() == Kind::Bar)
    else {
        panic!()
    };
    assert_eq!((first.o.to_string().as_str(), first.dur), ("5527.25", 60));
    assert_eq!(first.ts, us("2024-07-01T23:41:00Z"), "stamped at its end");
}

#[test]
fn only_the_contracts_asked_for_and_never_an_option() {
    let Some(dir) = data::dir() else { return };
    let bytes = plain(&dir.join("dbn/es/ESM4_NQM4_2024-05-09_bbo-1m.dbn.zst"));
    let both = decode(&bytes, &[], &[]).0.quotes();
    assert_eq!(both.len(), 20);
    for name in ["ESM4", "ESM24"] {
        let one = decode(&bytes, &[], &[name]).0.quotes();
        assert_eq!(one.len(), 10, "{name}");
        assert!(one.iter().all(|q| q.sym.as_str() == "ESM24"));
    }
    let options = plain(&dir.join("dbn/es/ESM4_puts_2024-05-09_bbo-1m.dbn.zst"));
    let (kept, counts, _) = decode(&options, &[], &[]);
    assert_eq!((kept.records.len(), counts.records), (0, 20), "a put is not the future");
}

/// The texts of Databento's own encoder give the records of the binary file.
#[test]
fn the_texts_say_the_same() {
    let Some(dir) = data::dir() else { return };
    let names = [
        "fixtures/test_data.trades.v3",
        "fixtures/test_data.tbbo.v3",
        "fixtures/test_data.mbp-1.v3",
        "fixtures/test_data.mbp-10.v3",
        "fixtures/test_data.mbo.v3",
        "fixtures/test_data.bbo-1s.v3",
        "fixtures/test_data.ohlcv-1s.v3",
        "es/ESU4_2024-07-01_mbp-1",
        "es/ESU4_2024-07-01_trades",
        "es/ESM4_2024-05-08_mbo",
    ];
    for name in names {
        let bytes = plain(&dir.join(format!("dbn/{name}.dbn.zst")));
        let (binary, _, end) = decode(&bytes, &[], &[]);
        end.unwrap();
        for (px, ts) in [(false, false), (true, true), (false, true)] {
            let text = as_json(&bytes, px, ts);
            let (read, counts, end) = decode(&text, &[], &[]);
            end.unwrap();
            assert_eq!(read.refused, [], "{name}");
            assert_eq!(counts.records as usize, memchr::memchr_iter(b'\n', &text).count());
            assert_same(&binary, &read, name);
            let cut = text.iter().rposition(|b| *b == b'"').unwrap();
            assert_ne!(decode(&text[..cut], &[], &[]).0.refused, [], "{name}: a torn line");
        }
        let read = decode(&as_csv(&bytes), &[], &[]).0;
        assert_same(&binary, &read, name);
    }
}

/// Equal but for the name of the run.
fn assert_same(binary: &Kept, text: &Kept, name: &str) {
    let unnamed = |kept: &Kept| -> Vec<Record> {
        let strip = |r: &Record| match r {
            Record::Stream(s) => {
                Record::Stream(mia::wire::Stream { run: String::new(), ..s.clone() })
            }
            r => r.clone(),
        };
        kept.records.iter().map(strip).collect()
    };
    assert_eq!(unnamed(binary), unnamed(text), "{name}");
}

fn as_json(bytes: &[u8], pretty_px: bool, pretty_ts: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut decoder = dbn::decode::DbnDecoder::new(bytes).unwrap();
    let symbol = decoder.metadata().symbols[0].clone();
    let builder = JsonBuilder::new(&mut text).use_pretty_px(pretty_px).use_pretty_ts(pretty_ts);
    let mut encoder = builder.build();
    while let Some(record) = decoder.decode_record_ref().unwrap() {
        encoder.encode_ref_with_sym(record, Some(&symbol)).unwrap();
    }
    text
}

fn as_csv(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut decoder = dbn::decode::DbnDecoder::new(bytes).unwrap();
    let symbol = decoder.metadata().symbols[0].clone();
    let schema = decoder.metadata().schema;
    let builder =
        CsvEncoder::builder(&mut text).schema(schema).with_symbol(true).write_header(true);
    let mut encoder = builder.build().unwrap();
    while let Some(record) = decoder.decode_record_ref().unwrap() {
        encoder.encode_ref_with_sym(record, Some(&symbol)).unwrap();
    }
    encoder.flush().unwrap();
    drop(encoder);
    text
}

const START: u64 = 1_772_461_800_000_000_000;

/// A small file of trades of ESH26 with the given prices, as billionths.
fn trades_file(trades: &[(i64, u32, u8, u8)]) -> Vec<u8> {
    let metadata = metadata(dbn::Schema::Trades);
    let mut bytes = Vec::new();
    let mut encoder = DbnEncoder::new(&mut bytes, &metadata).unwrap();
    for (index, (price, size, action, side)) in trades.iter().enumerate() {
        let at = START + index as u64 * 1_000_000;
        let msg = dbn::TradeMsg {
            hd: dbn::RecordHeader::new::<dbn::TradeMsg>(0, 1, 42, at),
            price: *price,
            size: *size,
            action: *action as std::ffi::c_char,
            side: *side as std::ffi::c_char,
            ts_recv: at + 1500,
            ..dbn::TradeMsg::default()
        };
        encoder.encode_record(&msg).unwrap();
    }
    bytes
}

fn metadata(schema: dbn::Schema) -> dbn::Metadata {
    let mut metadata = dbn::Metadata::builder()
        .dataset("GLBX.MDP3")
        .schema(Some(schema))
        .start(START)
        .stype_in(Some(dbn::SType::RawSymbol))
        .stype_out(dbn::SType::InstrumentId)
        .symbols(vec!["ESH6".into()])
        .build();
    // The interval of dates, borrowed from a day that the builder knows how to make.
    let start = metadata.start().date();
    let end_date = start.next_day().unwrap();
    let interval = dbn::MappingInterval { start_date: start, end_date, symbol: "42".into() };
    metadata.mappings =
        vec![dbn::SymbolMapping { raw_symbol: "ESH6".into(), intervals: vec![interval] }];
    metadata
}

#[test]
fn bad_records_are_refused_and_the_rest_is_read() {
    const GOOD: (i64, u32, u8, u8) = (5_000_250_000_000, 3, b'T', b'B');
    for (bad, code) in [
        ((5_000_100_000_000, 3, b'T', b'B'), "dbn_off_grid"),
        ((0, 3, b'T', b'B'), "dbn_price"),
        ((-250_000_000, 3, b'T', b'B'), "dbn_price"),
        ((i64::MAX, 3, b'T', b'B'), "dbn_undefined"),
        ((8_388_608_000_000_000, 3, b'T', b'B'), "dbn_price"),
        ((5_000_250_000_000, 0, b'T', b'B'), "dbn_size"),
        ((5_000_250_000_000, u32::MAX, b'T', b'B'), "dbn_size"),
    ] {
        let (kept, counts, end) = decode(&trades_file(&[GOOD, bad, GOOD]), &[], &[]);
        end.unwrap();
        assert_eq!((kept.trades().len(), counts.volume), (2, 6), "{code}");
        assert_eq!(kept.refused[0].1.code, code);
        assert_eq!(kept.refused[0].0, "record 2 at byte 48", "{code}");
    }
    // An action F repeats the volume of its T; side and stamps are read as they are meant.
    let fill = (5_000_250_000_000, 3, b'F', b'A');
    let (kept, _, _) = decode(&trades_file(&[GOOD, fill]), &[], &[]);
    let [trade] = kept.trades()[..] else { panic!("{kept:?}") };
    assert_eq!(trade.sym.as_str(), "ESH26");
    assert_eq!((trade.side, trade.ss), (Side::Buy, SideSource::Flag));
    assert_eq!(trade.ts, (START / 1000) as i64 + 1, "when it was captured, rounded down");
    assert_eq!(trade.vts, Some((START / 1000) as i64), "when the exchange matched it");
}

#[test]
fn what_is_no_dbn_is_said() {
    for (bytes, reason) in [
        (&b"\x00\x01\x02"[..], "neither DBN nor its text"),
        (b"DBX\x03\x00\x00\x00\x00", "not DBN"),
        (b"DBN\x04\x64\x00\x00\x00", "version 4"),
        (b"DBN\x03\xff\xff\xff\xff", "4294967295 bytes"),
        (b"DBN\x03\x01\x00\x00\x00", "shorter"),
        (b"when,what\n1,2\n", "not the header of a DBN text"),
    ] {
        let failure = decode(bytes, &[], &[]).2.expect_err(reason);
        assert_eq!(failure.class, FailureClass::BadInput);
        assert!(failure.message.contains(reason), "{failure}");
    }
    let whole = trades_file(&[(5_000_250_000_000, 3, b'T', b'B')]);
    let (kept, _, end) = decode(&whole[..whole.len() - 1], &[], &[]);
    end.unwrap();
    assert_eq!(kept.refused[0].1.code, "dbn_torn");
    assert_eq!(decode(b"", &[], &[]).0, Kept::default());
}

#[test]
fn a_text_without_symbols_needs_one() {
    let line = br#"{"ts_recv":"1609160400099150057","hd":{"ts_event":"1609160400098821953","rtype":0,"publisher_id":1,"instrument_id":5482},"action":"T","side":"A","depth":0,"price":"3720250000000","size":5,"flags":129,"ts_in_delta":19251,"sequence":1170380}
"#;
    let (kept, _, _) = decode(line, &[], &[]);
    assert_eq!(kept.refused[0].1.code, "dbn_unnamed");
    let (kept, _, _) = decode(line, &[], &["ESH21"]);
    let [trade] = kept.trades()[..] else { panic!("{kept:?}") };
    assert_eq!((trade.sym.as_str(), trade.px.to_string().as_str()), ("ESH21", "3720.25"));
    assert_eq!((trade.side, trade.seq, trade.sz), (Side::Sell, Some(1_170_380), 5));
    let pretty = br#"{"hd":{"ts_event":"2020-12-28T13:00:00.098821953Z","rtype":0,"instrument_id":5482},"action":"T","side":"N","price":null,"size":5,"symbol":"ESH1"}
"#;
    assert_eq!(decode(pretty, &[], &[]).0.refused[0].1.code, "dbn_undefined");
}

/// A damaged book is said once, and again when it is whole.
#[test]
fn doubts_of_the_source_are_said() {
    let mut bytes = Vec::new();
    let mut encoder = DbnEncoder::new(&mut bytes, &metadata(dbn::Schema::Mbo)).unwrap();
    let order = |n: u64, action: u8, flags: u8| dbn::MboMsg {
        hd: dbn::RecordHeader::new::<dbn::MboMsg>(0xa0, 1, 42, START + n),
        order_id: n,
        price: 5_000_250_000_000,
        size: 2,
        flags: dbn::FlagSet::from(flags),
        action: action as std::ffi::c_char,
        side: b'B' as std::ffi::c_char,
        ts_recv: START + n,
        ..dbn::MboMsg::default()
    };
    for (n, action, flags) in [
        (1, b'R', 0),
        (2, b'A', 0x80),
        (3, b'A', 0x84),
        (4, b'A', 0x84),
        (5, b'A', 0x80),
        (99, b'C', 0x80),
        (98, b'C', 0x80),
    ] {
        encoder.encode_record(&order(n, action, flags)).unwrap();
    }
    let (kept, counts, end) = decode(&bytes, &[], &[]);
    end.unwrap();
    let said: Vec<_> = kept
        .records
        .iter()
        .filter_map(|r| {
            if let Record::Status(s) = r { Some((s.state, s.code.clone().unwrap())) } else { None }
        })
        .collect();
    let expected = [
        (StatusState::Gap, "maybe_bad_book".to_owned()),
        (StatusState::Up, "maybe_bad_book".to_owned()),
        (StatusState::Gap, "book_incomplete".to_owned()),
    ];
    assert_eq!(said, expected);
    assert_eq!(counts.unknown_orders, 2);
    assert_eq!(kept.levels().into_values().collect::<Vec<_>>(), [8]);
}

#[test]
fn a_check_says_what_the_files_are() {
    let Some(dir) = data::dir() else { return };
    let check = |name: &str| {
        let inputs = Inputs::new(&[dir.join(name)], None);
        DbnSource::new(inputs, DbnOptions::new(Config::default())).check()
    };
    let good = check("dbn/es/ESU4_2024-07-01_trades.dbn.zst");
    assert_eq!(good.failure(), None);
    let text = format!("{good:?}");
    assert!(text.contains("ESU24") && text.contains("120 trades of 253"), "{text}");
    let bad = check("must-reject/spx_final_20250814.csv");
    assert_eq!(bad.failure(), Some(FailureClass::BadInput));
}

proptest! {
    /// However the bytes arrive, the records are the same; damage gives an error, never a panic.
    #[test]
    fn any_split_gives_the_same_records(
        cuts in prop::collection::vec(0_usize..900, 0..12),
        damage in prop::option::of((0_usize..900, any::<u8>())),
        prices in prop::collection::vec((20_000_i64..20_010, 1_u32..50, prop::sample::select(vec![b'T', b'F'])), 1..12),
        text in any::<bool>(),
    ) {
        let trades: Vec<_> =
            prices.iter().map(|(p, s, a)| (p * 250_000_000, *s, *a, b'A')).collect();
        let mut bytes = trades_file(&trades);
        if text {
            bytes = as_json(&bytes, true, true);
        }
        if let Some((at, byte)) = damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let mut cuts: Vec<_> = cuts.iter().map(|c| c % (bytes.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(decode(&bytes, &[], &[]), decode(&bytes, &cuts, &[]));
    }
}
