//! `IQFeed`: decoders against the real answers, the client over a scripted and over a real network.

use crate::data;
use crate::iqfeed_peer::IqPeer;
use crate::iqfeed_peer::eastern;
use crate::process::Watchdog;
use crate::scripted::SECOND;
use crate::scripted::Scripted;
use crate::scripted::pull_until;
use mia::config::Config;
use mia::config::Layers;
use mia::feeds::iqfeed::BarStamped;
use mia::feeds::iqfeed::Basis;
use mia::feeds::iqfeed::DepthBy;
use mia::feeds::iqfeed::DepthDecoder;
use mia::feeds::iqfeed::DepthEvent;
use mia::feeds::iqfeed::HistoryClient;
use mia::feeds::iqfeed::HistoryDecoder;
use mia::feeds::iqfeed::HistoryEvent;
use mia::feeds::iqfeed::HistoryFileOptions;
use mia::feeds::iqfeed::HistoryFiles;
use mia::feeds::iqfeed::HistoryRequest;
use mia::feeds::iqfeed::HistorySpan;
use mia::feeds::iqfeed::Interval;
use mia::feeds::iqfeed::IqfeedClient;
use mia::feeds::iqfeed::IqfeedOptions;
use mia::feeds::iqfeed::Level1Decoder;
use mia::feeds::iqfeed::Level1Event;
use mia::feeds::iqfeed::System;
use mia::feeds::iqfeed::Tick;
use mia::feeds::iqfeed::Wanted;
use mia::feeds::live::LiveOptions;
use mia::feeds::live::LiveSource;
use mia::feeds::live::SystemNetwork;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::stream::Inputs;
use mia::stream::MaxBad;
use mia::stream::clock;
use mia::wire::Bar;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::DepthOp;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::StatusState;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use mia::wire::Trade;
use mia::wire::TradeFlag;
use proptest::prelude::*;
use serde_json::Value;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

/// A Thursday, 10:00 in New York.
const OPEN: &str = "2025-11-20T15:00:00Z";

fn us(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "zst") {
        zstd::stream::decode_all(bytes.as_slice()).unwrap()
    } else {
        bytes
    }
}

fn history(bytes: &[u8]) -> Vec<HistoryEvent> {
    let mut decoder = HistoryDecoder::new();
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next_event()).map(Result::unwrap).collect()
}

fn facts() -> Option<(std::path::PathBuf, Value)> {
    let dir = data::dir()?;
    let facts = serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap();
    Some((dir, facts))
}

fn ticks_of(dir: &Path, name: &str) -> Vec<Tick> {
    let events = history(&unpacked(&dir.join(name)));
    assert_eq!(events.last(), Some(&HistoryEvent::End), "{name}");
    let tick = |event| match event {
        HistoryEvent::Tick(tick) => tick,
        other => panic!("{other:?}"),
    };
    events[..events.len() - 1].iter().cloned().map(tick).collect()
}

#[test]
fn the_real_ticks_have_their_golden_numbers() {
    let Some((dir, facts)) = facts() else { return };
    for file in ["ticks_oldest_first", "ticks_newest_first", "ticks_protocol60"] {
        let name = format!("iqfeed/{file}.csv.zst");
        let facts = &facts[&name];
        let ticks = ticks_of(&dir, &name);
        assert_eq!(ticks.len() as u64, facts["rows"], "{file}");
        assert_eq!(ticks.iter().map(|tick| tick.size).sum::<u64>(), facts["sum_size"], "{file}");
        for (letter, basis) in [("C", Basis::Last), ("E", Basis::Extended), ("O", Basis::Other)] {
            let count = ticks.iter().filter(|tick| tick.basis == basis).count();
            assert_eq!(count as u64, facts["basis"][letter], "{file} {letter}");
        }
        let points = |fact: &Value| Px::from_points(fact.as_f64().unwrap());
        assert_eq!(ticks.iter().map(|tick| tick.px).min(), points(&facts["low"]), "{file}");
        assert_eq!(ticks.iter().map(|tick| tick.px).max(), points(&facts["high"]), "{file}");
        let first = facts["first_line"].as_str().unwrap();
        let civil: jiff::civil::DateTime = first.split(',').next().unwrap().parse().unwrap();
        let shown = jiff::tz::Offset::UTC.to_timestamp(civil).unwrap().as_microsecond();
        assert_eq!((ticks[0].at, ticks[0].fine), (shown, true), "{file}");
        match facts.get("day_field") {
            None => assert!(ticks.iter().all(|t| t.aggressor.is_none() && t.day.is_none())),
            Some(days) => {
                assert!(ticks.iter().all(|tick| tick.aggressor == Some(0)));
                for (day, count) in days.as_object().unwrap() {
                    let of_day = |tick: &&Tick| tick.day == day.parse().ok();
                    assert_eq!(ticks.iter().filter(of_day).count() as u64, *count, "{file} {day}");
                }
            }
        }
    }
    let oldest = ticks_of(&dir, "iqfeed/ticks_oldest_first.csv.zst");
    let mut newest = ticks_of(&dir, "iqfeed/ticks_newest_first.csv.zst");
    newest.reverse();
    assert!(oldest == newest, "the same rows backwards");
}

/// Bars of `width` seconds, stamped at their start, of the trades that form the price.
fn grouped(ticks: &[Tick], width: i64) -> Vec<Interval> {
    let mut bars: Vec<Interval> = Vec::new();
    let forms = |tick: &&Tick| matches!(tick.basis, Basis::Last | Basis::Extended);
    for tick in ticks.iter().filter(forms) {
        let at = tick.at - tick.at.rem_euclid(width * SECOND);
        match bars.last_mut().filter(|bar| bar.at == at) {
            Some(bar) => {
                bar.high = bar.high.max(tick.px);
                bar.low = bar.low.min(tick.px);
                bar.close = tick.px;
                bar.total_volume = tick.total_volume;
                bar.volume += tick.size;
            }
            None => bars.push(Interval {
                at,
                high: tick.px,
                low: tick.px,
                open: tick.px,
                close: tick.px,
                total_volume: tick.total_volume,
                volume: tick.size,
                trades: 0,
            }),
        }
    }
    bars
}

#[test]
fn grouping_the_real_ticks_gives_every_real_bar() {
    let Some((dir, facts)) = facts() else { return };
    let ticks = ticks_of(&dir, "iqfeed/ticks_oldest_first.csv.zst");
    for (file, width) in [
        ("intervals_1s_oldest_first", 1),
        ("intervals_1s_newest_first", 1),
        ("intervals_5s_oldest_first", 5),
    ] {
        let name = format!("iqfeed/{file}.csv.zst");
        let events = history(&unpacked(&dir.join(&name)));
        let mut bars: Vec<_> = events
            .into_iter()
            .filter_map(|e| if let HistoryEvent::Interval(bar) = e { Some(bar) } else { None })
            .collect();
        assert_eq!(bars.len() as u64, facts[&name]["rows"], "{file}");
        let volume = bars.iter().map(|bar| bar.volume).sum::<u64>();
        assert_eq!(volume, facts[&name]["sum_period_volume"], "{file}");
        if file.contains("newest") {
            bars.reverse();
        }
        assert!(grouped(&ticks, width) == bars, "{file}: a bar differs");
    }
    for file in [
        "dailies_oldest_first",
        "dailies_newest_first",
        "weeklies_oldest_first",
        "monthlies_oldest_first",
    ] {
        let name = format!("iqfeed/{file}.csv");
        let events = history(&unpacked(&dir.join(&name)));
        let volume = |event: &HistoryEvent| match event {
            HistoryEvent::Daily(daily) => Some(daily.volume),
            _ => None,
        };
        let volumes: Vec<_> = events.iter().filter_map(volume).collect();
        assert_eq!(volumes.len() as u64, facts[&name]["rows"], "{file}");
        assert_eq!(volumes.iter().sum::<u64>(), facts[&name]["sum_period_volume"], "{file}");
    }
}

fn wire_messages() -> Option<(Vec<String>, Value)> {
    let (dir, facts) = facts()?;
    let text = std::fs::read_to_string(dir.join("iqfeed/wire_messages.txt")).unwrap();
    let lines = text.lines().map(str::to_owned).collect();
    Some((lines, facts["iqfeed/wire_messages.txt"].clone()))
}

/// The one event of a line of Level 1, with the fields of the decoder.
fn level1(decoder: &mut Level1Decoder, line: &str) -> Level1Event {
    decoder.push(format!("{line}\r\n").as_bytes());
    let event = decoder.next_event().unwrap().unwrap();
    assert!(decoder.next_event().is_none());
    event
}

fn depth(line: &str) -> DepthEvent {
    let mut decoder = DepthDecoder::new();
    decoder.push(format!("{line}\r\n").as_bytes());
    decoder.next_event().unwrap().unwrap()
}

/// The fields of the lines that show the aggressor.
const WITH_AGGRESSOR: &str = "S,CURRENT UPDATE FIELDNAMES,Symbol,Most Recent Trade,\
    Most Recent Trade Size,Most Recent Trade Date,Most Recent Trade Time,Most Recent Trade Aggressor";

/// Those of a line with a date near its end.
const WITH_DATE: &str = "S,CURRENT UPDATE FIELDNAMES,Symbol,Most Recent Trade,\
    Most Recent Trade Size,Most Recent Trade Time,Most Recent Trade Market Center,Total Volume,Bid,\
    Bid Size,Ask,Ask Size,Open,High,Low,Close,Message Contents,Most Recent Trade Conditions,\
    Most Recent Trade Date";

#[test]
fn every_line_of_the_wire_is_classified() {
    let Some((lines, facts)) = wire_messages() else { return };
    assert_eq!(lines.len() as u64, facts["lines"]);
    let mut known = 0;
    for line in &lines {
        let letter = line.as_bytes()[0];
        let usual = &mut Level1Decoder::new();
        if "PQ".contains(char::from(letter)) {
            let fields = if line.contains("03/30/2021") {
                WITH_AGGRESSOR
            } else if line.contains("04/01/2021") {
                WITH_DATE
            } else {
                ""
            };
            if !fields.is_empty() {
                level1(usual, fields);
            }
            let Level1Event::Update(update) = level1(usual, line) else { panic!("{line}") };
            assert_eq!(update.summary, letter == b'P', "{line}");
            assert!(update.last.is_some() && update.size.is_some() && update.time.is_some());
        } else if letter.is_ascii_digit() || b"MZ".contains(&letter) {
            match depth(line) {
                DepthEvent::Order { .. } => assert!(b"346".contains(&letter), "{line}"),
                DepthEvent::OrderGone { .. } => assert_eq!(letter, b'5', "{line}"),
                DepthEvent::Level { .. } => assert!(b"78".contains(&letter), "{line}"),
                DepthEvent::LevelGone { .. } => assert_eq!(letter, b'9', "{line}"),
                DepthEvent::Ignored(byte) => assert!(b"012MZ".contains(&byte), "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        } else {
            match (letter, level1(usual, line)) {
                (b'C', Level1Event::Correction(correction)) => assert!(correction.insert),
                (b'T', Level1Event::Time(_))
                | (b'S', Level1Event::System(_))
                | (b'U', Level1Event::Unknown(b'U')) => {}
                (b'E', Level1Event::Error(text)) => assert!(!text.is_empty(), "{line}"),
                (b'F' | b'R' | b'N', Level1Event::Ignored(byte)) => assert_eq!(byte, letter),
                (_, other) => panic!("{line}: {other:?}"),
            }
        }
        known += 1;
    }
    let counts = facts["by_first_letter"].as_object().unwrap();
    assert_eq!(counts.values().filter_map(Value::as_u64).sum::<u64>(), known);
}

#[test]
fn the_lines_of_the_wire_have_their_values() {
    let px = |text: &str| Px::from_points(text.parse().unwrap());
    let line = "P,AAPL,188.3500,52500,19:59:14.503633,19,0,188.2500,100,188.3600,100,,,,187.9700,Cbacv,8801,2,17";
    let Level1Event::Update(update) = level1(&mut Level1Decoder::new(), line) else { panic!() };
    assert_eq!((update.last, update.size), (px("188.35"), Some(52_500)));
    assert_eq!((update.bid, update.bid_size), (px("188.25"), Some(100)));
    assert_eq!((update.ask, update.ask_size), (px("188.36"), Some(100)));
    assert_eq!((update.aggressor, update.total_volume), (Some(2), Some(0)));
    assert!(update.has(b'C') && update.has(b'v') && !update.has(b'O') && !update.is_trade());
    for code in [1, 2, 3] {
        let mut decoder = Level1Decoder::new();
        level1(&mut decoder, WITH_AGGRESSOR);
        let line = format!("P,AAPL,188.3500,52500,03/30/2021,19:59:14.503633,{code}");
        let Level1Event::Update(update) = level1(&mut decoder, &line) else { panic!() };
        assert_eq!(update.aggressor, Some(code));
        assert_eq!(update.date, Some(us("2021-03-30T00:00:00Z")));
    }
    let at = us("2019-04-23T20:31:04.876740Z");
    let symbol = mia::market::Sym::new("@ESM19").unwrap();
    let px = px("2938.25").unwrap();
    let order = DepthEvent::Order {
        symbol,
        id: 12_345_678,
        side: BookSide::Bid,
        px,
        size: 65,
        at,
        snapshot: false,
    };
    assert_eq!(
        depth("3,@ESM19,12345678,MD01,B,2938.25,65,11,2,20:31:04.876740,2019-04-23,"),
        order
    );
    let gone = DepthEvent::LevelGone { symbol, side: BookSide::Ask, px, at };
    assert_eq!(depth("9,@ESM19,A,2938.25,20:31:04.876740,2019-04-23,"), gone);
    let line = "XYZ,LH,2018-04-17 17:51:22.123456,96.0700,1061909,0,0.0000,0.0000,4145784264,O,19,143A,2,17\r\n";
    let [HistoryEvent::Tick(tick)] = &history(line.as_bytes())[..] else { panic!() };
    assert_eq!((tick.tick_id, tick.size, tick.basis), (4_145_784_264, 1_061_909, Basis::Other));
    assert_eq!((tick.bid, tick.aggressor, tick.day), (None, Some(2), Some(17)));
    for (line, event) in [
        ("E,!NO_DATA!,,", HistoryEvent::NoData),
        ("MIA,E,!NO_DATA!,,", HistoryEvent::NoData),
        ("MIA,!ENDMSG!,", HistoryEvent::End),
        ("E,!SYNTAX_ERROR!,", HistoryEvent::Error("!SYNTAX_ERROR!".into())),
        ("S,CURRENT PROTOCOL,6.2", HistoryEvent::System(System::Protocol("6.2".into()))),
    ] {
        assert_eq!(history(format!("{line}\r\n").as_bytes()), [event], "{line}");
    }
}

proptest! {
    /// Every split of any lines gives the same events, for all three ports.
    #[test]
    fn every_split_gives_the_same_events(
        picks in prop::collection::vec(0_usize..12, 1..30),
        cuts in prop::collection::vec(0_usize..3000, 0..30),
    ) {
        const LINES: [&str; 12] = [
            "Q,@ESZ25,6000.25,3,10:00:00.000001,1,77,6000,12,6000.25,9,,,,,Cba,01,1,20,",
            "S,CURRENT UPDATE FIELDNAMES,Symbol,Bid,Ask,Message Contents",
            "T,20251120 10:00:01",
            "C,@ESZ25,I,11/20/2025,10:00:00.5,6000.25,13,101123,8801,17",
            "n,@ESZ99",
            "S,CLEAR DEPTH,@ESZ25,A,",
            "6,@ESZ25,1,,A,6000.25,65,10,2,10:00:04.876740,2025-11-20,",
            "9,@ESZ25,A,6000.25,10:00:04.876740,2025-11-20,",
            "MIA,LH,2025-11-20 10:00:00.000001,6000.25,3,77,6000,6000.25,5,C,43,01,1,20,",
            "2025-11-20 10:00:00,6001,6000,6000.25,6000.5,100,10,3,",
            "\u{7f}garbage,,,",
            "",
        ];
        let text: String = picks.iter().map(|pick| format!("{}\r\n", LINES[*pick])).collect();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        macro_rules! same {
            ($decoder:ty) => {
                let mut whole = <$decoder>::new();
                whole.push(text.as_bytes());
                let whole: Vec<_> = std::iter::from_fn(|| whole.next_event()).collect();
                let (mut pieces, mut found) = (<$decoder>::new(), Vec::new());
                for pair in cuts.windows(2) {
                    pieces.push(&text.as_bytes()[pair[0]..pair[1]]);
                    found.extend(std::iter::from_fn(|| pieces.next_event()));
                }
                prop_assert_eq!(found, whole);
            };
        }
        same!(Level1Decoder);
        same!(DepthDecoder);
        same!(HistoryDecoder);
    }

    #[test]
    fn no_bytes_make_a_decoder_fall(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (mut l, mut d, mut h) = (Level1Decoder::new(), DepthDecoder::new(), HistoryDecoder::new());
        l.push(&bytes);
        d.push(&bytes);
        h.push(&bytes);
        while l.next_event().is_some() {}
        while d.next_event().is_some() {}
        while h.next_event().is_some() {}
    }
}

fn options(symbols: &[&str]) -> IqfeedOptions {
    let symbols = symbols.iter().map(|&symbol| symbol.to_owned()).collect();
    IqfeedOptions { symbols, ..IqfeedOptions::new(10 * SECOND) }
}

/// Plays a client with a scripted other side.
fn play(
    start: &str,
    seconds: i64,
    options: IqfeedOptions,
    peer: IqPeer,
) -> (Vec<Record>, Result<(), Failure>, Scripted<IqPeer>) {
    let (config, calendar) = (Config::default(), Calendar::builtin().unwrap());
    let net = Scripted::new(start, usize::MAX, peer);
    let client = IqfeedClient::new(options, &config, calendar.clone(), us(start)).unwrap();
    let live = LiveOptions { max_bad: MaxBad::Count(0), ..LiveOptions::new(&config) };
    let mut source = LiveSource::new(client, net.clone(), live, calendar);
    let (records, end) = pull_until(&mut source, |_| net.seconds() >= seconds);
    (records, end, net)
}

/// Plays one contract whose usual data are off: only `lines`, one a second from the fifth on.
fn say(
    start: &str,
    lines: &[String],
    options: IqfeedOptions,
) -> (Vec<Record>, Result<(), Failure>) {
    let mut peer = IqPeer::saying((5..).zip(lines.iter().cloned()).collect());
    peer.faults.quiet = vec![0..1000];
    let (records, end, _) = play(start, 6 + lines.len() as i64, options, peer);
    (records, end)
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

/// An update in the order of the fields that the client selects.
fn update(at: i64, px: &str, size: u64, aggressor: u8, id: u64, contents: &str) -> String {
    let (date, time) = eastern(at);
    format!(
        "Q,@ESZ25,{px},{size},{date},{time},{aggressor},01,{id},6000.25,4,{time},6000.5,6,{time},{id},{contents},"
    )
}

#[test]
fn only_new_trades_are_trades() {
    let at = |second: i64| us(OPEN) + second * SECOND - 20_000;
    let lines = [
        update(at(5), "6000.50", 3, 1, 100, "Cba"),
        // The quote changed; the trade only repeats itself.
        update(at(5), "6000.50", 3, 1, 100, "ba"),
        // The same trade once more.
        update(at(5), "6000.50", 3, 1, 100, "C"),
        update(at(8), "6000.25", 2, 2, 101, "E"),
        update(at(9), "6000.25", 1, 0, 102, "O"),
        update(at(10), "6000.25", 5, 3, 103, "Cv"),
    ];
    let (records, end) = say(OPEN, &lines, options(&["ESZ25"]));
    end.unwrap();
    let trades = trades(&records);
    let seen: Vec<_> = trades.iter().map(|t| (t.seq, t.sz, t.side, t.ss)).collect();
    assert_eq!(
        seen,
        [
            (Some(100), 3, Side::Buy, SideSource::Flag),
            (Some(101), 2, Side::Sell, SideSource::Flag),
            (Some(102), 1, Side::None, SideSource::None),
            (Some(103), 5, Side::None, SideSource::None),
        ]
    );
    let priced: Vec<_> = trades.iter().map(|t| !t.flags.has(TradeFlag::NotPrice)).collect();
    assert_eq!(priced, [true, true, false, true], "O forms no price");
    assert_eq!(trades[1].ts, at(8));
    let quotes = quotes(&records);
    assert_eq!(quotes.len(), 2, "the summary's and one that differs: {quotes:?}");
    assert_eq!((quotes[1].bsz, quotes[1].asz), (4, 6));
}

#[test]
fn evenings_and_the_autumn_hour_have_their_day() {
    for start in [
        // The evening session across midnight, and both passes of the hour that happens twice.
        "2025-11-21T04:59:50Z",
        "2025-11-02T05:30:00Z",
        "2025-11-02T06:30:00Z",
        "2025-03-09T07:30:00Z",
    ] {
        let lines: Vec<_> = (5..25)
            .map(|second| {
                update(
                    us(start) + second * SECOND - 20_000,
                    "6000.5",
                    1,
                    1,
                    90 + second as u64,
                    "C",
                )
            })
            .collect();
        let (records, end) = say(start, &lines, options(&["ESZ25"]));
        end.unwrap();
        let trades = trades(&records);
        assert_eq!(trades.len(), 20, "{start}");
        for (trade, second) in trades.iter().zip(5..) {
            assert_eq!(trade.ts, us(start) + second * SECOND - 20_000, "{start}");
            assert!(trade.flags.is_empty() && trade.vts.is_none());
        }
    }
}

/// The date of the session instead of that of the day must not put a trade into tomorrow.
#[test]
fn a_date_in_the_future_is_that_of_the_session() {
    let start = "2025-11-20T23:30:00Z";
    let at = us(start) + 5 * SECOND - 20_000;
    let line = update(at, "6000.5", 1, 1, 100, "C").replace("11/20/2025", "11/21/2025");
    let (records, end) = say(start, &[line], options(&["ESZ25"]));
    end.unwrap();
    assert_eq!(trades(&records)[0].ts, at);
}

#[test]
fn corrections_form_no_price_and_removals_are_said() {
    let (date, time) = eastern(us(OPEN) + SECOND);
    let lines = [
        format!("C,@ESZ25,I,{date},{time},6000.25,13,101123,8801,17"),
        format!("C,@ESZ25,X,{date},{time},6000.25,13,101123,8801,17"),
    ];
    let (records, end) = say(OPEN, &lines, options(&["ESZ25"]));
    end.unwrap();
    let [trade] = trades(&records)[..] else { panic!() };
    assert!(trade.flags.has(TradeFlag::NotPrice) && trade.seq == Some(101_123));
    let alert = records.iter().find_map(|r| if let Record::Alert(a) = r { Some(a) } else { None });
    assert_eq!(alert.unwrap().code, "trade_removed");
}

#[test]
fn symbols_that_are_not_there_end_with_78_at_the_start() {
    let (_, end, _) = play(OPEN, 10, options(&["ESZ99"]), IqPeer::default());
    let failure = end.unwrap_err();
    assert_eq!(failure.class, FailureClass::Config);
    assert!(failure.message.contains("@ESZ99") && failure.hint.is_some(), "{failure}");
    let (_, end) = say(OPEN, &["S,SYMBOL LIMIT REACHED,@ESZ25".into()], options(&["ESZ25"]));
    // It had data by then: the account's limit is said and the source goes on.
    end.unwrap();
    let delayed = "S,CUST,delayed,10.0.0.1,60002,hidden,6.2,0,,,".to_owned();
    let (_, end) = say(OPEN, std::slice::from_ref(&delayed), options(&["ESZ25"]));
    assert_eq!(end.unwrap_err().class, FailureClass::NotPermitted);
    let allowed = IqfeedOptions { allow_delayed: true, ..options(&["ESZ25"]) };
    let (records, end) = say(OPEN, &[delayed], allowed);
    end.unwrap();
    let delayed = |r: &Record| matches!(r, Record::Status(s) if s.state == StatusState::Delayed);
    assert!(records.iter().any(delayed));
    let (_, end, _) = play(
        OPEN,
        10,
        options(&["ESZ25"]),
        IqPeer { protocol: "5.2".into(), ..Default::default() },
    );
    assert!(end.unwrap_err().message.contains("5.2"));
}

#[test]
fn the_front_contract_is_asked_for_by_its_own_name() {
    let (records, end, net) = play(OPEN, 10, options(&[]), IqPeer::default());
    end.unwrap();
    assert_eq!(net.peer(|peer| peer.count("w@ESZ25")), 1);
    assert!(trades(&records).iter().all(|trade| trade.sym.as_str() == "ESZ25"));
    // Sunday evening before the roll Monday: the new contract from the open on.
    let start = "2025-12-12T21:59:30Z";
    let (records, end, net) = play(start, 60, options(&[]), IqPeer::default());
    end.unwrap();
    assert_eq!(
        net.peer(|peer| (peer.count("w@ESZ25"), peer.count("r@ESZ25"), peer.count("w@ESH26"))),
        (1, 1, 1)
    );
    let contracts: Vec<_> = trades(&records).iter().map(|trade| trade.sym).collect();
    assert_eq!(contracts[0].as_str(), "ESZ25");
    assert_eq!(contracts[contracts.len() - 1].as_str(), "ESH26");
}

#[test]
fn indices_are_index_records() {
    let (date, time) = eastern(us(OPEN) + 4 * SECOND);
    let line = format!("Q,SPX.XO,6012.34,,{date},{time},,,7,,,,,,,,C,");
    let (records, end) = say(OPEN, &[line], options(&["SPX", "ESZ25"]));
    end.unwrap();
    let index = records.iter().find_map(|r| if let Record::Index(i) = r { Some(*i) } else { None });
    let index = index.unwrap();
    assert_eq!((index.sym.as_str(), index.px.to_string().as_str()), ("SPX", "6012.34"));
    assert_eq!(index.ts, us(OPEN) + 4 * SECOND);
}

/// Sums of a book as its records say.
fn book(records: &[Depth]) -> std::collections::BTreeMap<(bool, Px), u64> {
    let mut book = std::collections::BTreeMap::new();
    for depth in records {
        match (depth.op, depth.bs, depth.px, depth.sz) {
            (Some(DepthOp::Clear), ..) => book.clear(),
            (None, Some(side), Some(px), Some(0)) => {
                book.retain(|key, _| *key != (side == BookSide::Ask, px));
            }
            (None, Some(side), Some(px), Some(size)) => {
                book.insert((side == BookSide::Ask, px), size);
            }
            other => panic!("{other:?}"),
        }
    }
    book
}

#[test]
fn depth_by_price_and_by_order_give_the_same_book() {
    let stamp = "10:00:04.000001,2025-11-20,";
    let by_price = [
        "7,@ESZ25,A,6000.5,7,2,2,",
        "7,@ESZ25,A,6000.75,4,1,2,",
        "7,@ESZ25,B,6000.25,9,3,2,",
        "8,@ESZ25,A,6000.5,3,1,2,",
        "9,@ESZ25,A,6000.75,",
        "8,@ESZ25,B,6000,1,1,2,",
    ];
    let by_order = [
        "6,@ESZ25,1,,A,6000.5,3,1,2,",
        "6,@ESZ25,2,,A,6000.5,4,2,2,",
        "6,@ESZ25,3,,A,6000.75,4,3,2,",
        "6,@ESZ25,4,,B,6000.25,9,4,2,",
        "5,@ESZ25,2,,A,",
        "5,@ESZ25,3,,A,",
        "3,@ESZ25,5,,B,6000,1,5,2,",
    ];
    let mut books = Vec::new();
    for (by, lines, command) in [
        (DepthBy::Price, &by_price[..], "WPL,@ESZ25"),
        (DepthBy::Order, &by_order[..], "WOR,@ESZ25"),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| format!("{line}{stamp}")).collect();
        let mut peer = IqPeer::saying(vec![(5, lines.join("\r\n"))]);
        peer.faults.quiet = vec![0..100];
        let asked = IqfeedOptions { depth: Some(by), ..options(&["ESZ25"]) };
        let (records, end, net) = play(OPEN, 8, asked, peer);
        end.unwrap();
        assert_eq!(net.peer(|peer| peer.count(command)), 1);
        let depths = depths(&records);
        assert_eq!(depths[0].op, Some(DepthOp::Clear), "a snapshot begins with a clear");
        assert!(depths.iter().all(|depth| depth.rx.is_some() && depth.flags.is_empty()));
        let snapshot_ends = depths.iter().position(|depth| depth.eob).unwrap();
        assert_eq!(depths[snapshot_ends].bs, Some(BookSide::Bid), "{depths:?}");
        assert!(depths[snapshot_ends..].iter().all(|depth| depth.eob), "each change ends a batch");
        books.push(book(&depths));
    }
    assert_eq!(books[0], books[1]);
    assert_eq!(books[0].len(), 3);
    let cleared = "S,CLEAR DEPTH,@ESZ25,A,";
    let lines: Vec<_> = by_price.iter().map(|line| format!("{line}{stamp}")).collect();
    let mut peer = IqPeer::saying(vec![(5, lines.join("\r\n")), (6, cleared.into())]);
    peer.faults.quiet = vec![0..100];
    let asked = IqfeedOptions { depth: Some(DepthBy::Price), ..options(&["ESZ25"]) };
    let (records, _, _) = play(OPEN, 8, asked, peer);
    assert!(book(&depths(&records)).keys().all(|(ask, _)| !ask), "one side is forgotten");
}

fn ask_history(
    answer: String,
    request: HistoryRequest,
) -> (Vec<Record>, Result<(), Failure>, Vec<String>) {
    let (config, calendar) = (Config::default(), Calendar::builtin().unwrap());
    let net = Scripted::new(OPEN, 7, IqPeer { history: answer, ..Default::default() });
    let wanted = Wanted::parse("ESZ25", &config).unwrap();
    let client =
        HistoryClient::new(options(&[]), wanted, request, calendar.clone(), us(OPEN)).unwrap();
    let live = LiveOptions { mode: StreamMode::Replay, ..LiveOptions::new(&config) };
    let mut source = LiveSource::new(client, net.clone(), live, calendar);
    let (records, end) = pull_until(&mut source, |_| net.seconds() > 200);
    let lines = net.peer(|peer| peer.lines.iter().map(|(_, line)| line.clone()).collect());
    (records, end, lines)
}

#[test]
fn history_is_asked_for_and_ends_with_its_answer() {
    let ticks = "MIA,LH,2025-11-19 18:00:00.000001,6000.25,3,3,6000,6000.25,1,C,43,01,1,20,\r\n\
                 MIA,LH,2025-11-20 09:30:00.5,6000.50,2,5,6000.25,6000.5,2,O,43,01,2,20,\r\n\
                 MIA,LH,2025-11-20 09:30:00.6,6000.50,0,5,6000.25,6000.5,3,S,43,01,0,20,\r\n\
                 MIA,!ENDMSG!,\r\n";
    let request = HistoryRequest::Ticks(HistorySpan::Days(2));
    let (records, end, lines) = ask_history(ticks.into(), request);
    end.unwrap();
    assert_eq!(lines.last().unwrap(), "HTD,@ESZ25,2,,,,1,MIA,2500");
    let kinds: Vec<_> = records.iter().map(Record::kind).collect();
    assert_eq!(kinds, [Kind::Stream, Kind::Trade, Kind::Trade], "no clocks in history");
    let trades = trades(&records);
    assert_eq!(trades[0].ts, us("2025-11-19T23:00:00.000001Z"));
    assert_eq!(trades[1].ts, us("2025-11-20T14:30:00.5Z"));
    assert_eq!(records[0].ts(), trades[0].ts, "the stream record has the stamp of the first");
    assert!(trades.iter().all(|trade| trade.rx.is_none()));
    assert_eq!((trades[0].side, trades[1].side), (Side::Buy, Side::Sell));
    assert!(trades[1].flags.has(TradeFlag::NotPrice));

    let bars =
        "MIA,LH,2025-11-20 09:30:00,6001.00,6000.00,6000.25,6000.50,100,10,3,\r\nMIA,!ENDMSG!,\r\n";
    let request = HistoryRequest::Bars(HistorySpan::Days(1), 60);
    let (records, end, _) = ask_history(bars.into(), request);
    end.unwrap();
    let Record::Bar(bar) = &records[1] else { panic!() };
    assert_eq!(bar.ts, us("2025-11-20T14:31:00Z"), "stamped at its close");
    assert_eq!((bar.o.to_string().as_str(), bar.v, bar.n, bar.bv), ("6000.25", 10, Some(3), None));

    let (records, end, _) = ask_history("MIA,E,!NO_DATA!,,\r\nMIA,!ENDMSG!,\r\n".into(), request);
    end.unwrap();
    assert!(records.is_empty(), "nothing is made up: {records:?}");
    let (_, end, _) = ask_history("MIA,E,Unauthorized user ID.,\r\n".into(), request);
    assert!(end.unwrap_err().message.contains("Unauthorized"));
    let (_, end, _) = ask_history(bars[..60].into(), request);
    let failure = end.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unavailable, "half an answer is no answer: {failure}");
}

fn files(
    texts: &[&str],
    interval_s: Option<u32>,
    symbol: &str,
    config: &Config,
) -> (Vec<Record>, Result<(), Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..texts.len()).map(|at| folder.path().join(at.to_string())).collect();
    for (path, text) in paths.iter().zip(texts) {
        std::fs::write(path, text).unwrap();
    }
    read_files(&paths, interval_s, symbol, config)
}

fn read_files(
    paths: &[std::path::PathBuf],
    interval_s: Option<u32>,
    symbol: &str,
    config: &Config,
) -> (Vec<Record>, Result<(), Failure>) {
    let options = HistoryFileOptions {
        wanted: Wanted::parse(symbol, config).unwrap(),
        interval_s,
        stamped: BarStamped::Start,
        phase: StreamPhase::Run,
        max_bad: MaxBad::Auto,
        max_line: 1 << 20,
    };
    let inputs = Inputs::new(paths, None);
    let mut source = HistoryFiles::new(inputs, options, Calendar::builtin().unwrap()).unwrap();
    pull_until(&mut source, |_| false)
}

const TICKS: [&str; 3] = [
    "2025-11-20 09:30:00.000001,6000.25,3,3,6000.00,6000.25,1,C,43,01,\r\n",
    "2025-11-20 09:30:00.000001,6000.00,1,4,6000.00,6000.25,2,C,43,01,\r\n",
    "2025-11-20 09:30:01,6000.00,2,6,0,0,3,E,43,01,\r\n",
];

#[test]
fn saved_answers_are_read_in_either_order() {
    let config = Config::default();
    let forward = format!("{}!ENDMSG!,\r\n", TICKS.concat());
    let (records, end) = files(&[&forward], None, "ESZ25", &config);
    end.unwrap();
    let Record::Stream(stream) = &records[0] else { panic!("no stream record first") };
    assert_eq!((stream.mode, stream.sym.as_str()), (StreamMode::Replay, "ESZ25"));
    let trades = trades(&records);
    let sides: Vec<_> = trades.iter().map(|t| (t.side, t.ss)).collect();
    // Protocol 6.0 has no aggressor: the quote that the row carries tells it, else the tick rule.
    assert_eq!(
        sides,
        [
            (Side::Buy, SideSource::Touch),
            (Side::Sell, SideSource::Touch),
            (Side::Sell, SideSource::Tick),
        ]
    );
    assert!(trades.iter().all(|trade| trade.rx.is_none()));
    let backward = format!("{}{}{}!ENDMSG!,\r\n", TICKS[2], TICKS[1], TICKS[0]);
    let (turned, end) = files(&[&backward], None, "ESZ25", &config);
    end.unwrap();
    assert_eq!(turned[1..], records[1..]);
}

#[test]
fn saved_answers_that_are_wrong_are_refused() {
    let config = Config::default();
    for (row, reason) in [
        ("2025-11-20 09:30:02,6000.10,1,7,0,0,4,C,43,01,", "off the tick grid"),
        ("2025-11-20 09:30:00,6000.25,1,7,0,0,4,C,43,01,", "goes back"),
        ("2025-11-20 09:30:02,6000.25,-1,7,0,0,4,C,43,01,", "the size"),
        ("2025-11-20 09:30:02,6000.25,1,7,0,0,4,X,43,01,", "basis"),
        ("2025-11-20 09:30:02,6000.25", "another layout"),
        ("2025-11-20 09:30:02,6001,6000,6000.25,6000.50,100,10,3,", "how long"),
        ("2025-11-20,6001,6000,6000.25,6000.50,100,10,", "does not say which"),
        ("E,!SYNTAX_ERROR!,", "SYNTAX_ERROR"),
    ] {
        let text = format!("{}{row}\r\n!ENDMSG!,\r\n", TICKS.concat());
        let (records, end) = files(&[&text], None, "ESZ25", &config);
        let failure = end.expect_err(row);
        assert!(failure.message.contains(reason), "{row}: {failure}");
        assert_eq!(trades(&records).len(), 3, "what came before is written: {row}");
    }
    let (records, end) = files(&[&TICKS.concat()], None, "ESZ25", &config);
    end.unwrap();
    let Some(Record::Alert(alert)) = records.last() else { panic!("{records:?}") };
    assert_eq!(alert.code, "history_unfinished");
    let (records, end) = files(&[&TICKS.concat(), &TICKS[0][..40]], None, "ESZ25", &config);
    assert!(end.unwrap_err().message.contains("inside a row"));
    assert_eq!(trades(&records).len(), 3);
}

/// The stock of the samples as a product of its own: what a user would do with such files.
#[test]
fn the_real_answers_become_records() {
    let Some((dir, facts)) = facts() else { return };
    let product = "instruments.XYZ={tick=0.0001,tick_value=0.01,fee_per_side=0}".to_owned();
    let layers = Layers { sets: &[product], ..Layers::default() };
    let (config, _) = layers.load().unwrap();
    let name = "iqfeed/ticks_newest_first.csv.zst";
    let (records, end) = read_files(&[dir.join(name)], None, "XYZM21", &config);
    end.unwrap();
    let all = trades(&records);
    // A row in them says that nothing was traded: size 0 is no trade.
    let rows = ticks_of(&dir, name);
    let sizeless = rows.iter().filter(|tick| tick.size == 0).count();
    assert_eq!((all.len() + sizeless) as u64, facts[name]["rows"]);
    assert_eq!(all.iter().map(|trade| trade.sz).sum::<u64>(), facts[name]["sum_size"]);
    assert_eq!(all[0].ts, us("2021-03-01T09:00:00.028010Z"));
    assert!(all.iter().map(|trade| trade.ts).is_sorted());
    let unpriced = all.iter().filter(|trade| trade.flags.has(TradeFlag::NotPrice)).count();
    let other = rows.iter().filter(|tick| tick.basis == Basis::Other && tick.size > 0).count();
    assert_eq!(unpriced, other);
    let name = "iqfeed/intervals_5s_oldest_first.csv.zst";
    let (records, end) = read_files(&[dir.join(name)], Some(5), "XYZM21", &config);
    end.unwrap();
    let bars: Vec<Bar> = records
        .iter()
        .filter_map(|r| if let Record::Bar(b) = r { Some(*b) } else { None })
        .collect();
    assert_eq!(bars.len() as u64, facts[name]["rows"]);
    assert_eq!(bars.iter().map(|bar| bar.v).sum::<u64>(), facts[name]["sum_period_volume"]);
    assert_eq!(bars[0].ts, us("2021-03-01T09:00:05Z"));
}

/// A server on this computer that plays one session a connection.
struct Server {
    port: u16,
}

impl Server {
    /// Serves every connection with `session`, which is told its number.
    fn new(session: impl Fn(usize, TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                session(number, stream);
            }
        });
        Self { port }
    }
}

/// Answers protocol, fields and the first watch; then the stream is the session's.
fn log_in(stream: &mut TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    stream.write_all(b"S,KEY,1\r\nS,SERVER CONNECTED\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        if line.starts_with("S,SET PROTOCOL,") {
            stream.write_all(b"S,CURRENT PROTOCOL,6.2\r\n").ok()?;
        } else if let Some(names) = line.strip_prefix("S,SELECT UPDATE FIELDS,") {
            let text = format!("S,CURRENT UPDATE FIELDNAMES,{names}\r\n");
            stream.write_all(text.as_bytes()).ok()?;
        } else if line.starts_with('w') {
            return Some(());
        }
    }
}

/// Listens until the other side is gone, or for twenty seconds.
fn hold(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

fn now_update(id: u64) -> String {
    let now = jiff::Timestamp::now().as_microsecond();
    update(now, "6000.50", 2, 1, id, "Cba") + "\r\n"
}

/// Runs `mia-feed iqfeed` against a port; exit code, standard output, standard error.
fn feed(port: u16, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-feed"));
    command.arg("iqfeed").args(args);
    let ports = ["--level1-port", "--lookup-port", "--depth-port", "--admin-port"];
    for name in ports {
        command.args([name, &port.to_string()]);
    }
    for name in ["IQFEED_PRODUCT_ID", "IQFEED_LOGIN", "IQFEED_PASSWORD", "MIA_CONFIG", "MIA_LOG"] {
        command.env_remove(name);
    }
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    let _watchdog = Watchdog::over(&child);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn over_a_real_network_every_byte_may_come_alone() {
    let server = Server::new(|_, mut stream| {
        if log_in(&mut stream).is_none() {
            return;
        }
        stream.set_nodelay(true).unwrap();
        for id in 0..5 {
            for byte in now_update(100 + id).bytes() {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
            }
        }
        // Slow, but not silent.
        for id in 5..8 {
            let text = now_update(100 + id);
            let (head, tail) = text.split_at(30);
            let _ = stream.write_all(head.as_bytes());
            std::thread::sleep(Duration::from_millis(30));
            let _ = stream.write_all(tail.as_bytes());
        }
        hold(stream);
    });
    let (code, out, err) = feed(server.port, &["ESZ25", "--only", "trade", "--limit", "8"]);
    assert_eq!(code, Some(0), "{err}");
    let trades: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(trades.len() <= 8 && !trades.is_empty(), "{out}");
    assert!(
        trades.iter().all(|t| t["px"] == 6000.5 && t["side"] == "B" && t["rx"].is_i64()),
        "{out}"
    );
}

#[test]
fn over_a_real_network_faults_end_with_their_codes() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, out, err) = feed(free, &["ESZ25"]);
    assert_eq!(code, Some(69), "{err}");
    assert!(err.contains("refused") && err.contains("IQConnect"), "{err}");
    let last = out.lines().last().unwrap();
    assert!(last.contains(r#""state":"down","code":"refused""#), "the stream says it too: {out}");

    let silent = Server::new(|_, stream| hold(stream));
    let (code, _, err) = feed(silent.port, &["ESZ25", "--set", "feed.silence_ms=300"]);
    assert_eq!(code, Some(69), "{err}");

    let garbage = Server::new(|_, mut stream| {
        if log_in(&mut stream).is_some() {
            let noise: Vec<u8> =
                (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let _ = stream.write_all(&noise);
            hold(stream);
        }
    });
    let (code, _, err) = feed(garbage.port, &["ESZ25"]);
    assert_eq!(code, Some(65), "{err}");

    // Logged in and cut off, again and again.
    let storm = Server::new(|number, mut stream| {
        if log_in(&mut stream).is_some() && number == 0 {
            let _ = stream.write_all(now_update(100).as_bytes());
        }
    });
    let (code, out, err) = feed(storm.port, &["ESZ25", "--max-retries", "1"]);
    assert_eq!(code, Some(69), "{err}");
    assert!(out.contains(r#""state":"down""#) && out.contains(r#""state":"gap""#), "{out}");
}

/// A signal ends a source that waits.
#[test]
fn over_a_real_network_a_signal_is_heard_at_once() {
    let server = Server::new(|_, mut stream| {
        let _ = log_in(&mut stream);
        hold(stream);
    });
    let port = server.port.to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-feed"));
    command.args(["iqfeed", "ESZ25", "--level1-port", &port]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let up = lines.by_ref().map_while(Result::ok).find(|line| line.contains(r#""state":"up""#));
    assert!(up.is_some(), "it never was ready");
    let asked = clock::instant();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

/// The other side stops talking without closing: found within the silence allowed, then resumed.
#[test]
fn over_a_real_network_a_half_open_connection_is_replaced() {
    let server = Server::new(|number, mut stream| {
        if log_in(&mut stream).is_some() {
            let _ = stream.write_all(now_update(100 + number as u64).as_bytes());
            // Held open and mute on a thread of its own, so that the next connection is served.
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(10));
                drop(stream);
            });
        }
    });
    let (config, calendar) = (Config::default(), Calendar::builtin().unwrap());
    let net = SystemNetwork::new(None).unwrap();
    let now = jiff::Timestamp::now().as_microsecond();
    let asked =
        IqfeedOptions { level1_port: server.port, silence_us: 300_000, ..options(&["ESZ25"]) };
    let client = IqfeedClient::new(asked, &config, calendar.clone(), now).unwrap();
    let live = LiveOptions::new(&config);
    let mut source = LiveSource::new(client, net, live, calendar);
    let began = clock::instant();
    let enough =
        |records: &[Record]| records.iter().filter(|r| r.kind() == Kind::Trade).count() >= 2;
    let (records, end) = pull_until(&mut source, |out| {
        assert!(began.elapsed() < Duration::from_secs(30), "it never came back");
        enough(&out.records)
    });
    end.unwrap();
    let states: Vec<_> = records
        .iter()
        .filter_map(
            |r| if let Record::Status(s) = r { Some((s.state, s.code.clone())) } else { None },
        )
        .collect();
    assert_eq!(states[1], (StatusState::Down, Some("silent".into())), "{states:?}");
    let gap =
        records.iter().position(|r| matches!(r, Record::Status(s) if s.state == StatusState::Gap));
    let second = records.iter().rposition(|r| r.kind() == Kind::Trade);
    assert!(gap.unwrap() < second.unwrap(), "the gap is said before the first new datum");
}

#[test]
fn over_a_real_network_the_check_says_what_is_wrong() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, out, _) = feed(free, &["ESZ25", "--check"]);
    assert_eq!(code, Some(69));
    assert_eq!(out.matches("connection refused").count(), 4, "{out}");
    assert!(out.contains("IQConnect"), "{out}");

    // One server for all four ports: each connection on a thread of its own.
    let server = Server::new(|_, stream| {
        std::thread::spawn(move || {
            let mut writer = stream.try_clone().unwrap();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let answer = if line.starts_with("S,SET PROTOCOL") {
                    "S,CURRENT PROTOCOL,6.2\r\n".to_owned()
                } else if let Some(names) = line.strip_prefix("S,SELECT UPDATE FIELDS,") {
                    format!("S,CURRENT UPDATE FIELDNAMES,{names}\r\n")
                } else if line == "S,CLIENTSTATS ON" {
                    "S,STATS,,,0,0,1,0,0,0,,,Connected,6.2.0.25,474614,0,0,,0.02,0.02,,\r\n"
                        .to_owned()
                } else if line.starts_with('w') {
                    now_update(1).replacen('Q', "P", 1)
                } else {
                    continue;
                };
                if writer.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
    });
    let (code, out, err) = feed(server.port, &["ESZ25", "--check"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("6.2.0.25 is connected") && out.contains("last 6000.5"), "{out}");
    assert!(!out.contains("474614"), "the login is a secret: {out}");
}
