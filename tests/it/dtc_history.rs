//! History over DTC: trades and bars, plain and compressed, whole or refused.

use crate::dtc_server::Plan;
use crate::dtc_server::Reply;
use crate::dtc_server::Run;
use crate::dtc_server::SECOND;
use crate::dtc_server::START;
use crate::dtc_server::options;
use crate::dtc_server::past;
use crate::dtc_server::send;
use crate::dtc_server::serve;
use crate::dtc_server::usual;
use crate::process::feed;
use mia::feeds::dtc::DtcOptions;
use mia::feeds::dtc::DtcPast;
use mia::market::Side;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::HistoryHeader;
use mia::protocols::dtc::HistoryRecord;
use mia::protocols::dtc::HistoryReject;
use mia::protocols::dtc::HistoryRejectMessage;
use mia::protocols::dtc::HistoryTrailer;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::Text;
use mia::protocols::dtc::encode;
use mia::wire::FailureClass;
use mia::wire::Record;
use mia::wire::Trade;
use mia::wire::TradeFlag;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

const TRADES: DtcPast =
    DtcPast { from: START / SECOND, until: 0, interval_s: 0, compressed: false };

/// A trade `us` after the start, with the mark of its place in a bundle.
fn record(us: i64, mark: u32, sold: f64, bought: f64) -> HistoryRecord {
    HistoryRecord {
        start_date_time: START + us,
        open_price: f64::from(f32::from_bits(mark)),
        high_price: 6000.25,
        low_price: 6000.0,
        last_price: if sold > 0.0 { 6000.0 } else { 6000.25 },
        volume: sold + bought,
        num_trades: 1,
        bid_volume: sold,
        ask_volume: bought,
        ..HistoryRecord::default()
    }
}

fn three_trades() -> Vec<Message> {
    vec![
        record(0, 0xFD70_9EF9, 0.0, 2.0).into(),
        record(1, 0xFD70_9F01, 0.0, 3.0).into(),
        record(5000, 0, 4.0, 0.0).into(),
        HistoryRecord { is_final_record: 1, ..HistoryRecord::default() }.into(),
    ]
}

fn zlib(messages: &[Message]) -> Vec<u8> {
    let mut plain = Vec::new();
    for message in messages {
        encode(message, Encoding::Binary, &mut plain);
    }
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&plain).unwrap();
    zlib.finish().unwrap()
}

/// Answers the request with these records, compressed if that was asked for.
fn with(records: Vec<Message>) -> Plan {
    Box::new(move |_, message| match message {
        Message::HistoryRequest(request) => {
            let header = HistoryHeader {
                request_id: request.request_id,
                record_interval: request.record_interval,
                use_zlib_compression: request.use_zlib_compression,
                ..HistoryHeader::default()
            };
            let mut replies = vec![send(header)];
            if request.use_zlib_compression == 0 {
                replies.extend(records.iter().cloned().map(Reply::Send));
            } else {
                replies.push(Reply::Bytes(zlib(&records)));
            }
            replies.push(Reply::Close);
            replies
        }
        other => usual(other),
    })
}

fn trades(run: &Run) -> Vec<Trade> {
    let trade = |r: &Record| if let Record::Trade(t) = r { Some(*t) } else { None };
    run.records.iter().filter_map(trade).collect()
}

#[test]
fn trades_come_whole_plain_or_compressed_in_pieces_of_any_size() {
    for compressed in [false, true] {
        for encoding in [Encoding::Binary, Encoding::Json] {
            if compressed && encoding == Encoding::Json {
                continue;
            }
            for chunk in [1, 5, 100, usize::MAX] {
                let options = DtcOptions { encoding, ..options() };
                let asked = DtcPast { compressed, ..TRADES };
                let run = past(options, asked, chunk, with(three_trades()));
                run.end.as_ref().unwrap();
                let told: Vec<_> = trades(&run)
                    .iter()
                    .map(|t| (t.ts - START, t.px.to_string(), t.sz, t.side, t.rx))
                    .collect();
                let ask = "6000.25".to_owned();
                assert_eq!(
                    told,
                    [
                        (0, ask.clone(), 2, Side::Buy, None),
                        (1, ask, 3, Side::Buy, None),
                        (5000, "6000".to_owned(), 4, Side::Sell, None),
                    ],
                    "{compressed} {encoding:?} {chunk}"
                );
                let flags = trades(&run).map_flags();
                assert_eq!(flags, ["first", "last", ""]);
                assert_eq!(run.kinds(1), [6, 1, 800]);
            }
        }
    }
}

trait Flags {
    fn map_flags(&self) -> Vec<&'static str>;
}

impl Flags for Vec<Trade> {
    fn map_flags(&self) -> Vec<&'static str> {
        let name = |t: &Trade| match t.flags {
            f if f.has(TradeFlag::BundleFirst) => "first",
            f if f.has(TradeFlag::BundleLast) => "last",
            f if f.has(TradeFlag::Late) => "late",
            _ => "",
        };
        self.iter().map(name).collect()
    }
}

#[test]
fn the_request_is_what_was_asked_for() {
    let asked = DtcPast { until: 1_800_000_000, compressed: true, ..TRADES };
    let run = past(options(), asked, usize::MAX, with(three_trades()));
    let log = run.log.borrow();
    let Message::HistoryRequest(request) = &log.heard[2].2 else { panic!() };
    assert_eq!((request.start_date_time, request.end_date_time), (TRADES.from, 1_800_000_000));
    assert_eq!((request.record_interval, request.use_zlib_compression), (0, 1));
    assert_eq!((request.symbol.as_str(), request.integer_1), ("ESM26_FUT_CME", 8));
}

#[test]
fn bars_are_stamped_at_their_end() {
    let bar = HistoryRecord {
        start_date_time: START,
        open_price: 6000.0,
        high_price: 6001.0,
        low_price: 5999.75,
        last_price: 6000.5,
        volume: 10.0,
        num_trades: 4,
        bid_volume: 3.0,
        ask_volume: 6.0,
        is_final_record: 1,
        ..HistoryRecord::default()
    };
    let asked = DtcPast { interval_s: 60, ..TRADES };
    let run1 = past(options(), asked, usize::MAX, with(vec![bar.clone().into()]));
    let Some(Record::Bar(told)) = run1.records.last() else { panic!("{:?}", run1.records) };
    assert_eq!((told.ts, told.dur, told.v, told.n), (START + 60 * SECOND, 60, 10, Some(4)));
    assert_eq!((told.bv, told.av, told.c.to_string().as_str()), (Some(3), Some(6), "6000.5"));
    // Values that no bar can have are refused; the second of them ends the source.
    let wrong = HistoryRecord { is_final_record: 0, low_price: 6000.25, ..bar };
    let run2 = past(options(), asked, usize::MAX, with(vec![wrong.clone().into(), wrong.into()]));
    assert_eq!(run2.failure().class, FailureClass::BadInput);
}

#[test]
fn stamps_that_go_back_are_kept_and_marked() {
    let records = vec![
        record(5000, 0, 1.0, 0.0).into(),
        record(0, 0, 1.0, 0.0).into(),
        record(6000, 0, 1.0, 0.0).into(),
        HistoryTrailer::default().into(),
    ];
    let run = past(options(), TRADES, usize::MAX, with(records));
    run.end.as_ref().unwrap();
    assert_eq!(trades(&run).map_flags(), ["", "late", ""]);
}

#[test]
fn a_bar_where_a_trade_was_asked_for_is_said() {
    let bar = HistoryRecord { num_trades: 7, ..record(0, 0, 3.0, 0.0) };
    let run = past(options(), TRADES, usize::MAX, with(vec![bar.clone().into(), bar.into()]));
    let failure = run.failure();
    assert!(failure.message.contains("a bar of 7 trades"), "{failure}");
    assert!(failure.hint.as_deref().unwrap().contains("1 Tick"));
}

#[test]
fn refusals_are_explained() {
    let reject = |reject_reason_code: HistoryReject| -> Plan {
        Box::new(move |_, message| match message {
            Message::HistoryRequest(_) => vec![send(HistoryRejectMessage {
                reject_text: Text::new("not served").unwrap(),
                reject_reason_code,
                retry_time_in_seconds: 40,
                ..HistoryRejectMessage::default()
            })],
            other => usual(other),
        })
    };
    for (code, class, hint) in [
        (HistoryReject::DO_NOT_RETRY, FailureClass::NotPermitted, ".scid"),
        (HistoryReject::GENERAL, FailureClass::NotPermitted, ".scid"),
        (HistoryReject(0), FailureClass::NotPermitted, ".scid"),
        (HistoryReject::RETRY, FailureClass::Unavailable, "40 s"),
        (HistoryReject::OUT_OF_BOUNDS, FailureClass::Unavailable, "later"),
    ] {
        let run = past(options(), TRADES, usize::MAX, reject(code));
        let failure = run.failure();
        assert_eq!(failure.class, class, "{code:?}");
        assert!(failure.message.contains("not served"), "{failure}");
        assert!(failure.hint.as_deref().unwrap().contains(hint), "{failure:?}");
        assert!(run.records.is_empty(), "{code:?}: {:?}", run.records);
    }
}

#[test]
fn half_an_answer_is_no_answer() {
    let mut some = three_trades();
    some.pop();
    let run1 = past(options(), TRADES, usize::MAX, with(some.clone()));
    assert_eq!(run1.failure().class, FailureClass::Unavailable);
    assert_eq!(trades(&run1).len(), 3, "what came is written");

    let torn: Plan = Box::new(move |_, message| match message {
        Message::HistoryRequest(_) => {
            let header = HistoryHeader { use_zlib_compression: 1, ..HistoryHeader::default() };
            let mut bytes = zlib(&some);
            bytes[5] ^= 0xff;
            vec![send(header), Reply::Bytes(bytes)]
        }
        other => usual(other),
    });
    let run2 = past(options(), DtcPast { compressed: true, ..TRADES }, usize::MAX, torn);
    assert_eq!(run2.failure().class, FailureClass::Unavailable);
    assert!(run2.failure().message.contains("compressed"), "{}", run2.failure());

    let silent: Plan = Box::new(|_, message| usual(message));
    let run3 = past(options(), TRADES, usize::MAX, silent);
    assert_eq!(run3.failure().class, FailureClass::Unavailable);
}

#[test]
fn a_time_without_records_is_an_empty_answer() {
    let plan: Plan = Box::new(|_, message| match message {
        Message::HistoryRequest(_) => {
            vec![send(HistoryHeader { no_records_to_return: 1, ..HistoryHeader::default() })]
        }
        other => usual(other),
    });
    let run = past(options(), TRADES, usize::MAX, plan);
    run.end.as_ref().unwrap();
    assert!(run.records.is_empty(), "{:?}", run.records);
    // The server has other records than those asked for.
    let other: Plan = Box::new(|_, message| match message {
        Message::HistoryRequest(_) => {
            vec![send(HistoryHeader { record_interval: 60, ..HistoryHeader::default() })]
        }
        other => usual(other),
    });
    let run = past(options(), TRADES, usize::MAX, other);
    assert!(run.failure().message.contains("records of 60 s"), "{}", run.failure());
}

#[test]
fn the_command_writes_the_past_and_ends() {
    let server = format!("127.0.0.1:{}", serve(with(three_trades()), 3));
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-feed"));
    for name in ["MIA_CONFIG", "MIA_LOG", "MIA_DTC_USER", "MIA_DTC_PASSWORD", "NO_COLOR"] {
        command.env_remove(name);
    }
    let args = ["dtc", &server, "--sym", "ESM26_FUT_CME", "--history", "2026-03-10", "--compress"];
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let out = feed(command.spawn().unwrap(), b"");
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.lines().next().unwrap().contains("\"mode\":\"replay\""), "{text}");
}
