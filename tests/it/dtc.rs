//! The DTC client against made-up servers: every form of data, every refusal, every kind of loss.

use crate::dtc_server::FakeNet;
use crate::dtc_server::Plan;
use crate::dtc_server::Reply;
use crate::dtc_server::Run;
use crate::dtc_server::SECOND;
use crate::dtc_server::START;
use crate::dtc_server::options;
use crate::dtc_server::run;
use crate::dtc_server::send;
use crate::dtc_server::serve;
use crate::dtc_server::symbols;
use crate::dtc_server::usual;
use crate::dtc_server::welcome;
use crate::process::feed;
use mia::config::Secret;
use mia::feeds::Diagnosis;
use mia::feeds::dtc::DtcClient;
use mia::feeds::dtc::DtcOptions;
use mia::feeds::live::Actions;
use mia::feeds::live::Client;
use mia::feeds::live::LinkId;
use mia::feeds::live::Now;
use mia::feeds::live::probe;
use mia::market::Calendar;
use mia::market::Side;
use mia::market::SideSource;
use mia::protocols::dtc::AtBidOrAsk;
use mia::protocols::dtc::AtBidOrAsk8;
use mia::protocols::dtc::BidAskCompact;
use mia::protocols::dtc::BidAskMicros;
use mia::protocols::dtc::BidAskNoTimestamp;
use mia::protocols::dtc::BidAskUpdate;
use mia::protocols::dtc::DepthSnapshotLevel;
use mia::protocols::dtc::DepthSnapshotLevelFloat;
use mia::protocols::dtc::DepthUpdate;
use mia::protocols::dtc::DepthUpdateLevel;
use mia::protocols::dtc::DepthUpdateLevelMillis;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::EncodingCode;
use mia::protocols::dtc::EncodingResponse;
use mia::protocols::dtc::FeedStatus;
use mia::protocols::dtc::FinalInBatch;
use mia::protocols::dtc::Heartbeat;
use mia::protocols::dtc::Logoff;
use mia::protocols::dtc::LogonResponse;
use mia::protocols::dtc::LogonStatus;
use mia::protocols::dtc::MarketDataFeedStatus;
use mia::protocols::dtc::MarketDataReject;
use mia::protocols::dtc::MarketDataSnapshot;
use mia::protocols::dtc::MarketDepthReject;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::OpenInterest;
use mia::protocols::dtc::SessionVolume;
use mia::protocols::dtc::Text;
use mia::protocols::dtc::TradeCompact;
use mia::protocols::dtc::TradeNoTimestamp;
use mia::protocols::dtc::TradeUnbundled;
use mia::protocols::dtc::TradeUnbundled2;
use mia::protocols::dtc::TradeUpdate;
use mia::protocols::dtc::TradingStatus;
use mia::protocols::dtc::TradingSymbolStatus;
use mia::protocols::dtc::Unbundled;
use mia::protocols::dtc::encode;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::DepthOp;
use mia::wire::FailureClass;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Trade;
use mia::wire::TradeFlag;
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

const S: u32 = (START / SECOND) as u32;

/// A trade at `us` after the start.
fn print(us: i64) -> TradeUnbundled2 {
    TradeUnbundled2 {
        symbol_id: 1,
        price: 6000.25,
        volume: 3,
        date_time: START + us,
        at_bid_or_ask: AtBidOrAsk8::ASK,
        ..TradeUnbundled2::default()
    }
}

/// Usual answers, and `data` when trades and quotes are asked for.
fn serving(data: Vec<Message>) -> Plan {
    Box::new(move |_, message| match message {
        Message::MarketDataRequest(_) => data.iter().cloned().map(Reply::Send).collect(),
        other => usual(other),
    })
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

/// The same trade and quote in each of their forms: at 6000.25 x 3, and 6000 x 12 / 6000.25 x 9.
fn every_form() -> Vec<Message> {
    let seconds = f64::from(S) + 0.125;
    vec![
        TradeUpdate {
            symbol_id: 1,
            at_bid_or_ask: AtBidOrAsk::ASK,
            price: 6000.25,
            volume: 3.0,
            date_time: seconds,
        }
        .into(),
        TradeCompact {
            price: 6000.25,
            volume: 3.0,
            date_time: S,
            symbol_id: 1,
            at_bid_or_ask: AtBidOrAsk::BID,
        }
        .into(),
        TradeUnbundled {
            symbol_id: 1,
            at_bid_or_ask: AtBidOrAsk8::ASK,
            unbundled_trade_indicator: Unbundled::LAST,
            price: 6000.25,
            volume: 3,
            date_time: seconds,
            ..TradeUnbundled::default()
        }
        .into(),
        TradeUnbundled2 {
            unbundled_trade_indicator: Unbundled::FIRST,
            trade_condition: 1,
            ..print(125_000)
        }
        .into(),
        TradeNoTimestamp { symbol_id: 1, price: 6000.25, volume: 3, ..TradeNoTimestamp::default() }
            .into(),
        BidAskUpdate {
            symbol_id: 1,
            bid_price: 6000.0,
            bid_quantity: 12.0,
            ask_price: 6000.25,
            ask_quantity: 9.0,
            date_time: S,
        }
        .into(),
        BidAskCompact {
            bid_price: 6000.0,
            bid_quantity: 12.0,
            ask_price: 6000.25,
            ask_quantity: 9.0,
            date_time: S,
            symbol_id: 1,
        }
        .into(),
        BidAskMicros {
            symbol_id: 1,
            bid_price: 6000.0,
            bid_quantity: 12.0,
            ask_price: 6000.25,
            ask_quantity: 9.0,
            date_time: START + 125_000,
        }
        .into(),
        BidAskNoTimestamp {
            symbol_id: 1,
            bid_price: 6000.0,
            bid_quantity: 12,
            ask_price: 6000.25,
            ask_quantity: 9,
        }
        .into(),
        SessionVolume { symbol_id: 1, volume: 1e6, ..SessionVolume::default() }.into(),
        OpenInterest { symbol_id: 1, open_interest: 7, ..OpenInterest::default() }.into(),
    ]
}

fn check_every_form(run: &Run) {
    let trades = trades(&run.records);
    assert_eq!(trades.len(), 5, "{:?} {:?}", run.end, run.records);
    for trade in &trades {
        assert_eq!((trade.sym.as_str(), trade.px.to_string().as_str()), ("ESM26", "6000.25"));
        assert_eq!((trade.sz, trade.rx), (3, Some(START)));
    }
    let sides: Vec<_> = trades.iter().map(|t| (t.side, t.ss)).collect();
    let flag = |side| (side, SideSource::Flag);
    // The last comes without a side, and neither a quote nor another price tells one.
    let none = (Side::None, SideSource::None);
    assert_eq!(sides, [flag(Side::Buy), flag(Side::Sell), flag(Side::Buy), flag(Side::Buy), none]);
    // Exact stamps are ts, those of whole seconds stand aside; the receive time is the limit.
    let stamps: Vec<_> = trades.iter().map(|t| (t.ts - START, t.vts.map(|v| v - START))).collect();
    assert_eq!(stamps[0], (125_000, None));
    assert_eq!(stamps[1].1, Some(0));
    assert_eq!(stamps[3], (125_000, None));
    assert!(trades[2].flags.has(TradeFlag::BundleLast) && trades[2].counts());
    assert!(trades[3].flags.has(TradeFlag::BundleFirst) && !trades[3].counts());
    let quotes = quotes(&run.records);
    assert_eq!(quotes.len(), 4);
    for quote in &quotes {
        let text = |px: Option<mia::market::Px>| px.unwrap().to_string();
        assert_eq!((text(quote.bid), quote.bsz), ("6000".into(), 12));
        assert_eq!((text(quote.ask), quote.asz), ("6000.25".into(), 9));
    }
}

#[test]
fn every_form_of_data_becomes_a_record() {
    for encoding in [Encoding::Binary, Encoding::Json] {
        let options = DtcOptions { encoding, ..options() };
        check_every_form(&run(options, 3, usize::MAX, serving(every_form())));
    }
}

/// Reads of any size, from one byte on.
#[test]
fn reads_of_any_size_give_the_same() {
    for chunk in [1, 2, 3, 7, 19, 64, 1000] {
        check_every_form(&run(options(), 3, chunk, serving(every_form())));
    }
}

#[test]
fn the_client_asks_for_what_it_should() {
    let user = Secret::new("trader");
    let password = Secret::new("sesame");
    let options = DtcOptions { user, password, depth: Some(10), ..options() };
    let run = run(options, 2, usize::MAX, serving(Vec::new()));
    assert_eq!(run.kinds(1), [6, 1, 101, 102]);
    let log = run.log.borrow();
    let Message::LogonRequest(logon) = &log.heard[1].2 else { panic!() };
    assert_eq!((logon.protocol_version, logon.integer_1), (8, 0x18_0884));
    assert_eq!((logon.username.as_str(), logon.password.0.as_str()), ("trader", "sesame"));
    assert_eq!((logon.heartbeat_interval_in_seconds, logon.client_name.as_str()), (5, "mia-feed"));
    let Message::MarketDataRequest(request) = &log.heard[2].2 else { panic!() };
    assert_eq!((request.symbol_id, request.request_action.0), (1, 1));
    assert_eq!(request.symbol.as_str(), "ESM26_FUT_CME");
    let Message::MarketDepthRequest(request) = &log.heard[3].2 else { panic!() };
    assert_eq!((request.symbol_id, request.num_levels), (1, 10));
}

fn snapshot_level(price: f32, side: AtBidOrAsk8, batch: FinalInBatch) -> Message {
    DepthSnapshotLevelFloat {
        symbol_id: 1,
        price,
        quantity: 5.0,
        side,
        final_update_in_batch: batch,
        ..DepthSnapshotLevelFloat::default()
    }
    .into()
}

#[test]
fn the_book_starts_with_a_clear_and_tells_where_a_batch_ends() {
    let update = |update_type, batch, us: i64| -> Message {
        DepthUpdateLevelMillis {
            symbol_id: 1,
            date_time: (START + us) / 1000,
            price: 6000.25,
            quantity: 9.0,
            side: AtBidOrAsk8::ASK,
            update_type,
            final_update_in_batch: batch,
            ..DepthUpdateLevelMillis::default()
        }
        .into()
    };
    let data = vec![
        snapshot_level(6000.0, AtBidOrAsk8::BID, FinalInBatch::BEGIN),
        snapshot_level(6000.25, AtBidOrAsk8::ASK, FinalInBatch::YES),
        update(DepthUpdate::SET, FinalInBatch::NO, 1000),
        update(DepthUpdate::DELETE, FinalInBatch::YES, 2000),
        DepthUpdateLevel {
            symbol_id: 1,
            side: AtBidOrAsk::BID,
            price: 5999.75,
            quantity: 4.0,
            update_type: DepthUpdate::SET,
            date_time: f64::from(S) + 0.003,
            ..DepthUpdateLevel::default()
        }
        .into(),
        DepthSnapshotLevel {
            symbol_id: 1,
            side: AtBidOrAsk::BID,
            price: 5999.5,
            quantity: 1.0,
            is_first_message_in_batch: 1,
            is_last_message_in_batch: 1,
            ..DepthSnapshotLevel::default()
        }
        .into(),
        // An empty book.
        DepthSnapshotLevelFloat {
            symbol_id: 1,
            final_update_in_batch: FinalInBatch::YES,
            ..DepthSnapshotLevelFloat::default()
        }
        .into(),
    ];
    let options = DtcOptions { depth: Some(10), ..options() };
    let run = run(options, 2, usize::MAX, serving(data));
    let told: Vec<_> = depths(&run.records)
        .iter()
        .map(|d| {
            let level = d.bs.zip(d.px).zip(d.sz).map(|((bs, px), sz)| (bs, px.to_string(), sz));
            (d.op == Some(DepthOp::Clear), level, d.eob)
        })
        .collect();
    let level = |side, px: &str, sz, eob| (false, Some((side, px.to_owned(), sz)), eob);
    let (bid, ask) = (BookSide::Bid, BookSide::Ask);
    assert_eq!(
        told,
        [
            (true, None, false),
            level(bid, "6000", 5, false),
            level(ask, "6000.25", 5, true),
            level(ask, "6000.25", 9, false),
            level(ask, "6000.25", 0, true),
            level(bid, "5999.75", 4, true),
            (true, None, false),
            level(bid, "5999.5", 1, true),
            (true, None, true),
        ]
    );
}

#[test]
fn a_snapshot_tells_the_quote_and_a_halt_is_said() {
    let snapshot = MarketDataSnapshot {
        symbol_id: 1,
        bid_price: Some(6000.0),
        bid_quantity: Some(12.0),
        ask_price: None,
        last_trade_price: Some(6000.25),
        last_trade_volume: Some(1.0),
        bid_ask_date_time: f64::from(S) - 3600.0,
        trading_status: TradingStatus::HALT,
        ..MarketDataSnapshot::default()
    };
    let open = TradingSymbolStatus { symbol_id: 1, status: TradingStatus::OPEN };
    let data = vec![snapshot.into(), open.clone().into(), open.into(), print(0).into()];
    let run = run(options(), 2, usize::MAX, serving(data));
    let quotes = quotes(&run.records);
    // An hour old: it is said now, and its own stamp stands aside.
    assert_eq!((quotes[0].ts, quotes[0].vts), (START, Some(START - 3600 * SECOND)));
    assert_eq!((quotes[0].bsz, quotes[0].ask, quotes[0].asz), (12, None, 0));
    assert!(quotes[0].flags.is_empty());
    assert_eq!(trades(&run.records).len(), 1, "the last trade of a snapshot is history");
    assert_eq!(run.states(), ["up ready", "halt halt", "up halt_over"]);
}

/// A side without orders is none; a price without a size is one whose size the server does not say.
#[test]
fn a_quote_has_the_sides_that_it_has() {
    let of = |bid_price, bid_quantity, ask_price, ask_quantity| -> Message {
        let date_time = START;
        let symbol_id = 1;
        BidAskMicros { symbol_id, bid_price, bid_quantity, ask_price, ask_quantity, date_time }
            .into()
    };
    let data =
        vec![of(6000.0, 0.0, 0.0, 0.0), of(f32::MAX, 0.0, 6000.25, 2.0), of(-0.5, 1.0, -0.25, 1.0)];
    let run = run(options(), 2, usize::MAX, serving(data));
    let told: Vec<_> = quotes(&run.records)
        .iter()
        .map(|q| (q.bid.map(|px| px.to_string()), q.bsz, q.ask.map(|px| px.to_string()), q.asz))
        .collect();
    let px = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [(px("6000"), 0, None, 0), (None, 0, px("6000.25"), 2), (px("-0.5"), 1, px("-0.25"), 1),]
    );
}

/// The order of a trade's stamps says nothing about its side; the fold that tells the side where
/// the server does not uses the quote before it.
#[test]
fn a_trade_without_a_side_is_classified_by_the_quote() {
    let quote = BidAskMicros {
        symbol_id: 1,
        bid_price: 6000.0,
        bid_quantity: 1.0,
        ask_price: 6000.25,
        ask_quantity: 1.0,
        date_time: START,
    };
    let unset = TradeUnbundled2 { at_bid_or_ask: AtBidOrAsk8::UNSET, ..print(1) };
    let run = run(options(), 2, usize::MAX, serving(vec![quote.into(), unset.into()]));
    let trade = trades(&run.records)[0];
    assert_eq!((trade.side, trade.ss), (Side::Buy, SideSource::Touch));
}

#[test]
fn what_no_market_sends_is_refused() {
    let bad = |message: Message, code: &str| {
        let run = run(options(), 2, usize::MAX, serving(vec![message, print(0).into()]));
        let alert = run.records.iter().find_map(|r| match r {
            Record::Alert(alert) => Some(alert.code.clone()),
            _ => None,
        });
        assert_eq!(alert.as_deref(), Some(code), "{:?}", run.end);
        assert_eq!(trades(&run.records).len(), 1, "what follows is read: {code}");
    };
    bad(TradeUnbundled2 { price: 6000.1, ..print(0) }.into(), "bad_price");
    bad(TradeUnbundled2 { price: f32::NAN, ..print(0) }.into(), "bad_price");
    bad(TradeUnbundled2 { volume: 0, ..print(0) }.into(), "bad_size");
    bad(TradeUnbundled2 { date_time: 1, ..print(0) }.into(), "bad_stamp");
    bad(TradeUnbundled2 { symbol_id: 2, ..print(0) }.into(), "bad_symbol");
    bad(TradeUnbundled2 { symbol_id: 0, ..print(0) }.into(), "bad_symbol");
    let fraction = TradeCompact {
        price: 6000.0,
        volume: 0.5,
        date_time: S,
        symbol_id: 1,
        at_bid_or_ask: AtBidOrAsk::BID,
    };
    bad(fraction.into(), "bad_size");
    bad(snapshot_level(6000.0, AtBidOrAsk8::UNSET, FinalInBatch::YES), "bad_level");
    // Two are too many.
    let data: Vec<Message> = vec![TradeUnbundled2 { price: 6000.1, ..print(0) }.into(); 2];
    let run = run(options(), 2, usize::MAX, serving(data));
    assert_eq!(run.failure().class, FailureClass::BadInput);
}

#[test]
fn a_refused_symbol_is_explained() {
    let reject = |depth: bool| -> Plan {
        Box::new(move |_, message| {
            let reject_text = Text::new("Market data request not allowed.").unwrap();
            match message {
                Message::MarketDataRequest(m) if !depth => {
                    vec![send(MarketDataReject { symbol_id: m.symbol_id, reject_text })]
                }
                Message::MarketDepthRequest(m) => {
                    vec![send(MarketDepthReject { symbol_id: m.symbol_id, reject_text })]
                }
                other => usual(other),
            }
        })
    };
    for depth in [false, true] {
        let options = DtcOptions { depth: Some(5), ..options() };
        let run = run(options, 5, usize::MAX, reject(depth));
        let failure = run.failure();
        assert_eq!(failure.class, FailureClass::NotPermitted);
        assert!(failure.message.contains("ESM26_FUT_CME: Market data request not allowed."));
        let hint = failure.hint.as_deref().unwrap();
        for word in ["CME", "EUREX", "same machine", "mia-feed sierra FILE.scid --follow"] {
            assert!(hint.contains(word), "{hint}");
        }
        assert_eq!(run.states(), ["up ready", "down ended"]);
    }
}

fn answering(response: LogonResponse) -> Plan {
    Box::new(move |_, message| match message {
        Message::LogonRequest(_) => vec![send(response.clone())],
        other => usual(other),
    })
}

#[test]
fn logon_answers_are_obeyed() {
    let said = |result, text: &str| LogonResponse {
        result,
        result_text: Text::new(text).unwrap(),
        ..welcome()
    };
    let for_good = said(LogonStatus::ERROR_NO_RECONNECT, "unknown user");
    let run_of = |response| run(options(), 60, usize::MAX, answering(response));
    let run1 = run_of(for_good);
    assert_eq!(run1.failure().class, FailureClass::NotPermitted);
    assert!(run1.failure().message.contains("unknown user"));
    assert!(run1.failure().hint.as_deref().unwrap().contains("MIA_DTC_USER"));
    assert_eq!(run1.log.borrow().opened.len(), 1);

    let run2 = run_of(said(LogonStatus::ERROR, "busy"));
    assert_eq!(run2.failure().class, FailureClass::Unavailable);
    assert!(run2.failure().message.contains("busy"), "{}", run2.failure());

    let run3 = run_of(LogonResponse { market_data_supported: 0, ..welcome() });
    assert_eq!(run3.failure().class, FailureClass::NotPermitted);
    assert!(run3.failure().hint.as_deref().unwrap().contains(".scid"));

    let run4 = run_of(LogonResponse { result: LogonStatus(9), ..welcome() });
    assert_eq!(run4.failure().class, FailureClass::Unavailable);
}

#[test]
fn a_server_that_sends_on_is_followed() {
    let plan: Plan = Box::new(|connection, message| match message {
        Message::LogonRequest(_) if connection == 1 => {
            let reconnect_address = Text::new("10.0.0.7:12000").unwrap();
            let result = LogonStatus::RECONNECT;
            vec![send(LogonResponse { result, reconnect_address, ..welcome() })]
        }
        Message::MarketDataRequest(_) => vec![send(print(0))],
        other => usual(other),
    });
    let run = run(options(), 5, usize::MAX, plan);
    let opened = run.log.borrow().opened.clone();
    assert_eq!(opened, [("127.0.0.1".to_owned(), 11_099), ("10.0.0.7".to_owned(), 12_000)]);
    assert_eq!(trades(&run.records).len(), 1);
    let nowhere = LogonResponse { result: LogonStatus::RECONNECT, ..welcome() };
    let run = crate::dtc_server::run(options(), 5, usize::MAX, answering(nowhere));
    assert_eq!(run.failure().class, FailureClass::Unavailable);
}

#[test]
fn everything_is_asked_for_again_after_a_loss() {
    let plan: Plan = Box::new(|connection, message| match message {
        Message::MarketDepthRequest(_) if connection < 3 => {
            vec![send(print(i64::from(connection))), Reply::Close]
        }
        Message::MarketDepthRequest(_) => vec![send(print(10 * SECOND))],
        other => usual(other),
    });
    let options = DtcOptions {
        symbols: symbols(&["ESM26_FUT_CME", "NQM26_FUT_CME"]),
        depth: Some(5),
        ..options()
    };
    let run = run(options, 10, usize::MAX, plan);
    for connection in 1..=3 {
        assert_eq!(run.kinds(connection), [6, 1, 101, 102, 101, 102], "{connection}");
    }
    let once = ["down closed", "resync connected", "gap reconnected", "up ready"];
    let states = run.states();
    assert_eq!(states[..5], [&["up ready"][..], &once[..]].concat());
    assert_eq!(states[5..], once);
}

#[test]
fn a_half_open_connection_is_noticed() {
    let plan: Plan = Box::new(|_, message| match message {
        Message::MarketDataRequest(_) => vec![send(print(0))],
        other => usual(other),
    });
    let run = run(options(), 14, usize::MAX, plan);
    assert_eq!(run.states()[..2], ["up ready", "down silent"]);
    let down = run
        .records
        .iter()
        .find(|r| matches!(r, Record::Status(s) if s.state == mia::wire::StatusState::Down));
    // Twice the interval, and at least ten seconds.
    let after = down.unwrap().ts() - START;
    assert!((10 * SECOND..12 * SECOND).contains(&after), "{after}");
}

#[test]
fn heartbeats_keep_the_connection_and_tell_what_was_dropped() {
    let plan: Plan = Box::new(|_, message| match message {
        Message::Heartbeat(m) => {
            let second = m.current_date_time - START / SECOND;
            let num_dropped_messages = if second > 20 { 7 } else { 0 };
            vec![send(Heartbeat { num_dropped_messages, ..Heartbeat::default() })]
        }
        Message::MarketDataRequest(_) => vec![send(print(0))],
        other => usual(other),
    });
    let run = run(options(), 28, usize::MAX, plan);
    assert_eq!(run.states(), ["up ready", "gap dropped"]);
    let log = run.log.borrow();
    let sent: Vec<i64> = log.heard.iter().map(|(_, at, _)| *at).collect();
    assert!(sent.windows(2).all(|w| w[1] - w[0] <= 5 * SECOND), "{sent:?}");
    assert!(log.heard.iter().filter(|(_, _, m)| m.kind() == 3).count() >= 5);
}

#[test]
fn a_server_without_its_feed_is_down_until_it_has_it_again() {
    let status = |status| send(MarketDataFeedStatus { status });
    let plan: Plan = Box::new(move |_, message| match message {
        Message::LogonRequest(_) => vec![
            send(LogonResponse { resubscribe_when_market_data_feed_available: 1, ..welcome() }),
            status(FeedStatus::UNAVAILABLE),
        ],
        Message::Heartbeat(_) => vec![status(FeedStatus::AVAILABLE)],
        other => usual(other),
    });
    let run = run(options(), 7, usize::MAX, plan);
    assert_eq!(run.states(), ["up ready", "down feed_unavailable", "gap reconnected", "up ready"]);
    assert_eq!(run.kinds(1), [6, 1, 101, 101]);
}

#[test]
fn a_logoff_is_obeyed() {
    let logoff = |connection, do_not_reconnect| Logoff {
        reason: Text::new(&format!("bye {connection}")).unwrap(),
        do_not_reconnect,
    };
    let plan: Plan = Box::new(move |connection, message| match message {
        Message::MarketDataRequest(_) => {
            vec![send(print(0)), send(logoff(connection, u8::from(connection == 2)))]
        }
        other => usual(other),
    });
    let run = run(options(), 60, usize::MAX, plan);
    assert_eq!(run.failure().class, FailureClass::Unavailable);
    assert!(run.failure().message.contains("bye 2"));
    let states = run.states();
    assert_eq!(states[..2], ["up ready", "down closed"]);
    assert_eq!(states.last().unwrap(), "down ended");
}

#[test]
fn the_encoding_of_the_server_is_obeyed() {
    // JSON asked for, binary given; binary asked for, JSON given.
    for (asked, given) in [(Encoding::Json, Encoding::Binary), (Encoding::Binary, Encoding::Json)] {
        let plan: Plan = Box::new(move |_, message| match message {
            Message::EncodingRequest(_) => {
                let response =
                    EncodingResponse { encoding: given.code(), ..EncodingResponse::default() };
                vec![send(response), Reply::Switch(given)]
            }
            Message::MarketDataRequest(_) => vec![send(print(0))],
            other => usual(other),
        });
        let run = run(DtcOptions { encoding: asked, ..options() }, 3, 5, plan);
        assert_eq!(trades(&run.records).len(), 1, "{asked:?} {:?}", run.end);
    }
    // One that is not spoken here.
    let plan: Plan = Box::new(|_, message| match message {
        Message::EncodingRequest(_) => {
            let encoding = EncodingCode::PROTOBUF;
            vec![send(EncodingResponse { encoding, ..EncodingResponse::default() })]
        }
        other => usual(other),
    });
    let run1 = run(options(), 3, usize::MAX, plan);
    assert_eq!(run1.failure().class, FailureClass::Config);
    assert!(run1.failure().hint.as_deref().unwrap().contains("Encoding"));
    // None at all: a server of fixed encoding that does not answer.
    for encoding in [Encoding::Binary, Encoding::Json] {
        let plan: Plan = Box::new(move |_, message| match message {
            Message::EncodingRequest(_) => vec![Reply::Switch(encoding)],
            Message::MarketDataRequest(_) => vec![send(print(0))],
            other => usual(other),
        });
        let run = run(DtcOptions { encoding, ..options() }, 4, usize::MAX, plan);
        assert_eq!(trades(&run.records).len(), 1, "{encoding:?} {:?}", run.end);
    }
}

/// A server fixed to JSON answers the binary request in JSON.
#[test]
fn json_from_a_server_that_was_asked_for_binary_is_recognised() {
    let plan = || -> Plan {
        Box::new(|_, message| match message {
            Message::EncodingRequest(_) => {
                let greeting = b"{\"Type\":7,\"ProtocolVersion\":8,\"Encoding\":2}\0".to_vec();
                vec![Reply::Switch(Encoding::Json), Reply::Bytes(greeting)]
            }
            Message::MarketDataRequest(_) => vec![send(print(0))],
            other => usual(other),
        })
    };
    let run1 = run(options(), 5, 3, plan());
    assert_eq!(run1.failure().class, FailureClass::Config);
    assert_eq!(run1.failure().hint.as_deref(), Some("add --encoding json"));
    let run2 = run(DtcOptions { encoding: Encoding::Json, ..options() }, 5, 3, plan());
    assert_eq!(trades(&run2.records).len(), 1, "{:?}", run2.end);
}

#[test]
fn a_silent_server_and_one_that_speaks_something_else() {
    let silent: Plan = Box::new(|_, _| Vec::new());
    let run1 = run(options(), 60, usize::MAX, silent);
    assert_eq!(run1.failure().class, FailureClass::Unavailable);
    assert!(run1.failure().hint.as_deref().unwrap().contains("DTC Protocol Server"));

    let other: Plan = Box::new(|_, _| vec![Reply::Bytes(b"\x00\x00HTTP/1.1 400".to_vec())]);
    let run2 = run(options(), 60, usize::MAX, other);
    assert_eq!(run2.failure().class, FailureClass::Unavailable);
    assert!(run2.failure().message.contains("not the DTC protocol"), "{}", run2.failure());

    // Garbage in the middle: the connection is made anew.
    let plan: Plan = Box::new(|connection, message| match message {
        Message::MarketDataRequest(_) if connection == 1 => {
            vec![send(print(0)), Reply::Bytes(vec![1, 0, 0, 0])]
        }
        Message::MarketDataRequest(_) => vec![send(print(1))],
        other => usual(other),
    });
    let run3 = run(options(), 4, usize::MAX, plan);
    assert_eq!(trades(&run3.records).len(), 2);
    assert_eq!(run3.states()[1], "down closed");
}

fn checked(plan: Plan, names: &[&str]) -> Diagnosis {
    let options = DtcOptions { symbols: symbols(names), ..DtcOptions::new() };
    let mut client = DtcClient::for_check(options, Calendar::builtin().unwrap());
    let (mut net, _) = FakeNet::new(plan, usize::MAX);
    probe(&mut client, &mut net, 10 * SECOND).unwrap()
}

#[test]
fn a_check_says_in_words_what_is_wrong() {
    let text = |d: &Diagnosis| {
        let line = |c: &mia::feeds::Check| {
            format!("{}: {} {}", c.subject, c.finding, c.remedy.clone().unwrap_or_default())
        };
        d.checks.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let good = checked(serving(vec![print(0).into()]), &["ESM26_FUT_CME"]);
    assert_eq!(good.failure(), None);
    assert!(text(&good).contains("ESM26_FUT_CME is served"), "{}", text(&good));
    assert!(text(&good).contains("made up, protocol 8: welcome"));

    let plan: Plan = Box::new(|_, message| match message {
        Message::MarketDataRequest(m) if m.symbol_id == 1 => {
            let reject_text = Text::new("not allowed").unwrap();
            vec![send(MarketDataReject { symbol_id: 1, reject_text })]
        }
        other => usual(other),
    });
    let refused = checked(plan, &["ESM26_FUT_CME", "NQM26_FUT_CME"]);
    assert_eq!(refused.failure(), Some(FailureClass::NotPermitted));
    let said = text(&refused);
    assert!(said.contains("ESM26_FUT_CME is refused: not allowed") && said.contains(".scid"));
    assert!(said.contains("nothing came of NQM26_FUT_CME"), "{said}");

    let result = LogonStatus::ERROR_NO_RECONNECT;
    let refused = checked(answering(LogonResponse { result, ..welcome() }), &[]);
    assert_eq!(refused.failure(), Some(FailureClass::NotPermitted));
    assert!(text(&refused).contains("MIA_DTC_USER"), "{}", text(&refused));
    let silent = checked(Box::new(|_, _| Vec::new()), &[]);
    assert_eq!(silent.failure(), Some(FailureClass::Unavailable));
    assert!(text(&silent).contains("did not answer the logon"));
}

/// The bytes of a whole session from the server.
fn session(messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&EncodingResponse::default().into(), Encoding::Binary, &mut bytes);
    for message in [welcome().into()].iter().chain(messages) {
        encode(message, Encoding::Binary, &mut bytes);
    }
    bytes
}

/// Records, states and bytes sent.
type Told = (Vec<Record>, Vec<&'static str>, Vec<(LinkId, Vec<u8>)>);

/// What a client makes of the pieces.
fn told(pieces: &[&[u8]]) -> Told {
    let mut client = DtcClient::new(options(), Calendar::builtin().unwrap());
    let now = Now { mono: 0, utc: START };
    let mut actions = Actions::new();
    client.connected(LinkId(0), now, &mut actions);
    for piece in pieces {
        assert_eq!(client.received(LinkId(0), piece, now, &mut actions), piece.len());
    }
    let records = actions.take_records();
    (records, actions.refused(), actions.take_sent())
}

#[test]
fn a_cut_at_any_byte_changes_no_record() {
    let bytes = session(&every_form());
    let whole = told(&[&bytes]);
    assert_eq!(whole.0.len(), 9);
    for cut in 0..=bytes.len() {
        assert_eq!(told(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
    }
}

proptest! {
    /// Any messages in any pieces, sane or not: the same records, and no panic.
    #[test]
    fn any_split_of_any_session_gives_the_same_records(
        garbage in vec((0_usize..70, vec(any::<u8>(), 0..60)), 0..20),
        cuts in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut bytes = session(&every_form());
        for (layout, content) in garbage {
            let kind = Message::LAYOUTS.get(layout).map_or(999, |l| l.kind);
            let size = 4 + content.len() as u16;
            bytes.extend(size.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(content);
        }
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        prop_assert_eq!(told(&pieces), told(&[&bytes]));
    }
}

fn mia_feed(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-feed"));
    for name in ["MIA_CONFIG", "MIA_LOG", "MIA_DTC_USER", "MIA_DTC_PASSWORD", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    feed(command.spawn().unwrap(), b"")
}

/// The whole command over loopback: data in pieces of one byte, then the end.
#[test]
fn the_command_follows_a_server_and_ends_with_its_code() {
    let plan = || -> Plan {
        Box::new(|_, message| match message {
            Message::MarketDataRequest(_) => {
                let reason = Text::new("end of the day").unwrap();
                vec![send(print(0)), send(Logoff { reason, do_not_reconnect: 1 }), Reply::Close]
            }
            other => usual(other),
        })
    };
    let server = format!("127.0.0.1:{}", serve(plan(), 1));
    let out = mia_feed(&["dtc", &server, "--sym", "ESM26_FUT_CME"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(69), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(text.starts_with("{\"t\":\"stream\""), "{text}");
    assert!(text.contains(
        "\"sym\":\"ESM26\",\"px\":6000.25,\"sz\":3,\"side\":\"B\",\"ss\":\"flag\",\"src\":\"dtc\""
    ));
    let server = format!("127.0.0.1:{}", serve(plan(), 1000));
    let out = mia_feed(&["dtc", &server, "--sym", "ESM26_FUT_CME", "--check"]);
    assert_eq!(out.status.code(), Some(69), "{}", String::from_utf8_lossy(&out.stdout));
    assert!(String::from_utf8(out.stdout).unwrap().contains("ESM26_FUT_CME is served"));
}

#[test]
fn the_command_explains_why_cme_is_refused() {
    let plan: Plan = Box::new(|_, message| match message {
        Message::MarketDataRequest(_) => {
            let reject_text = Text::new("No.").unwrap();
            vec![send(MarketDataReject { symbol_id: 1, reject_text })]
        }
        other => usual(other),
    });
    let server = format!("127.0.0.1:{}", serve(plan, 7));
    let out = mia_feed(&["dtc", &server, "--sym", "ESM26_FUT_CME"]);
    assert_eq!(out.status.code(), Some(77));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("mia-feed sierra FILE.scid --follow"), "{said}");
}
