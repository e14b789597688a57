//! Cboe's chains: the real files against their golden numbers, the document, and a server that does
//! what servers do.

use crate::data;
use crate::process;
use mia::feeds::cboe::CboeFollow;
use mia::feeds::cboe::CboeOptions;
use mia::feeds::cboe::CboeSource;
use mia::feeds::cboe::DELAY_US;
use mia::feeds::cboe::FetchOptions;
use mia::feeds::cboe::Fetched;
use mia::feeds::cboe::Fetcher;
use mia::feeds::cboe::Snapshot;
use mia::feeds::cboe::decode;
use mia::market::Calendar;
use mia::market::Px;
use mia::stream::Inputs;
use mia::stream::MaxBad;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Chain;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::OptionQuote;
use mia::wire::Record;
use mia::wire::Right;
use mia::wire::Settlement;
use mia::wire::StatusState;
use mia::wire::StreamMode;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

#[derive(Default)]
struct Kept(Vec<Record>);

impl SourceOut for Kept {
    fn record(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Kept {
    fn options(&self) -> Vec<&OptionQuote> {
        self.0
            .iter()
            .filter_map(|r| if let Record::Option(o) = r { Some(o) } else { None })
            .collect()
    }
    fn chains(&self) -> Vec<&Chain> {
        self.0
            .iter()
            .filter_map(|r| if let Record::Chain(c) = r { Some(c) } else { None })
            .collect()
    }
}

fn drive(source: &mut dyn Source) -> (Kept, Result<(), Failure>) {
    let mut kept = Kept::default();
    loop {
        match source.pull(&mut kept) {
            Ok(true) => {}
            Ok(false) => return (kept, Ok(())),
            Err(failure) => return (kept, Err(failure)),
        }
    }
}

fn files(paths: &[PathBuf], options: CboeOptions) -> (Kept, Result<(), Failure>) {
    let calendar = Calendar::builtin().unwrap();
    drive(&mut CboeSource::new(Inputs::new(paths, None), options, calendar))
}

fn us(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn document(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|e| e == "zst") {
        zstd::stream::decode_all(bytes.as_slice()).unwrap()
    } else {
        bytes
    }
}

fn decoded(bytes: &[u8]) -> Result<Snapshot, Failure> {
    decode(bytes, &Calendar::builtin().unwrap())
}

#[test]
fn every_real_chain_has_its_golden_numbers() {
    let Some(dir) = data::dir() else { return };
    let facts: Value =
        serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap();
    let chains = facts.as_object().unwrap().iter().filter(|(k, _)| k.starts_with("cboe-chains/"));
    let mut seen = 0;
    for (name, facts) in chains {
        seen += 1;
        let bytes = document(&dir.join(name));
        let snapshot = decoded(&bytes).unwrap();
        assert_eq!(snapshot.refused, [], "{name}");
        let counts = snapshot.counts;
        assert_eq!(counts.listed, 2 * facts["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(counts.expired, 2 * facts["rows_expired_at_stamp"].as_u64().unwrap(), "{name}");
        let crossed = facts["crossed_call_quotes"].as_u64().unwrap()
            + facts["crossed_put_quotes"].as_u64().unwrap();
        assert_eq!(counts.crossed, crossed, "{name}");
        assert_eq!(snapshot.stamp, us(facts["stamp_utc"].as_str().unwrap()), "{name}");
        assert_eq!(snapshot.spot, Px::from_points(facts["spot"].as_f64().unwrap()), "{name}");
        let oi: u64 = snapshot.options.iter().map(|o| o.oi.unwrap()).sum();
        let golden = facts["call_open_interest"].as_u64().unwrap()
            + facts["put_open_interest"].as_u64().unwrap();
        assert_eq!(oi + counts.expired_oi, golden, "{name}");
        exposure(name, &bytes, &snapshot, facts);
        series(name, &snapshot, facts);
    }
    assert_eq!(seen, 8);
}

/// The naive exposure from the records' own gamma: a test of the parser, not a model.
fn exposure(name: &str, document: &[u8], snapshot: &Snapshot, facts: &Value) {
    let spot = snapshot.spot.unwrap().points();
    let dollars = |right: Right| -> f64 {
        let of = |o: &&OptionQuote| o.right == right;
        let one = |o: &OptionQuote| o.gamma.unwrap().0 * o.oi.unwrap() as f64;
        snapshot.options.iter().filter(of).map(one).sum::<f64>() * 100.0 * spot * spot * 0.01
    };
    let mut net = dollars(Right::Call) - dollars(Right::Put);
    // The golden number has the settled series too, some of which still have a gamma.
    let told: BTreeSet<&str> = snapshot.options.iter().map(|o| o.sym.as_str()).collect();
    for line in String::from_utf8_lossy(document).lines() {
        let cells: Vec<&str> = line.split(',').collect();
        for (symbol, sign) in [(1, 1.0), (12, -1.0)] {
            if cells.len() == 22 && cells[symbol].len() > 15 && !told.contains(cells[symbol]) {
                let number = |offset: usize| cells[symbol + offset].parse::<f64>().unwrap();
                net += sign * number(8) * number(9) * spot * spot;
            }
        }
    }
    let golden = facts["file_gamma"]["net"].as_f64().unwrap();
    assert!((net - golden).abs() <= 1.0, "{name}: {net} {golden}");
    if name.contains("2022-06-11") {
        assert!((net / 1e9 + 41.725).abs() < 0.001, "{net}");
    }
}

/// Roots, settlements and expiries.
fn series(name: &str, snapshot: &Snapshot, facts: &Value) {
    let roots = facts["rows_by_root"].as_object().unwrap();
    let mut settled: BTreeMap<&str, Settlement> = BTreeMap::new();
    for option in &snapshot.options {
        assert!(roots.contains_key(option.root.as_str()), "{name}");
        settled.insert(option.root.as_str(), option.settle);
        assert_eq!(option.asof, snapshot.stamp - DELAY_US);
        assert!(option.bid.zip(option.ask).is_none_or(|(bid, ask)| bid <= ask));
        assert!(option.iv.is_none_or(|iv| iv.0 > 0.0));
    }
    for (root, settle) in settled {
        let morning = matches!(root, "SPX" | "NDX");
        assert_eq!(settle == Settlement::Am, morning, "{name} {root}");
    }
    let expiries: BTreeSet<&str> = snapshot.options.iter().map(|o| o.exp.as_str()).collect();
    let golden = facts["expiry_dates"].as_u64().unwrap() as usize;
    // A date all of whose series have settled is left out whole.
    let gone = usize::from(facts["rows_expired_at_stamp"].as_u64().unwrap() > 0);
    assert!((golden - gone..=golden).contains(&expiries.len()), "{name}");
    assert_eq!(*expiries.last().unwrap(), facts["last_expiry"], "{name}");
    // Both roots of an index on one date stay apart.
    let keys: BTreeSet<_> =
        snapshot.options.iter().map(|o| (o.root, &o.exp, o.strike, o.right)).collect();
    assert_eq!(keys.len(), snapshot.options.len(), "{name}");
}

#[test]
fn a_file_becomes_records() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("cboe-chains/spx_2022-06-11_2047EDT.csv");
    let (kept, end) = files(std::slice::from_ref(&path), CboeOptions::default());
    end.unwrap();
    let at = us("2022-06-12T00:47:00Z");
    assert!(kept.0.iter().all(|r| r.ts() == at), "a chain is known when it is received");
    let Record::Stream(stream) = &kept.0[0] else { panic!() };
    assert_eq!((stream.mode, stream.origin), (StreamMode::Replay, Some(StreamMode::Delayed)));
    assert_eq!(stream.sym.as_str(), "SPX");
    assert!(matches!(&kept.0[1], Record::Status(s) if s.state == StatusState::Delayed));
    assert!(matches!(&kept.0[2], Record::Index(i) if i.px.to_string() == "3900.8601"));
    let [chain] = kept.chains()[..] else { panic!() };
    assert_eq!(chain.n as usize, kept.options().len());
    assert_eq!(chain.n, 2 * (9835 - 225));
    assert_eq!(chain.asof, at - 15 * 60_000_000);
    assert_eq!(kept.0.last().map(Record::kind), Some(Kind::Chain), "the chain closes its snapshot");
    // Two files in order of time, and not in the other order.
    let later = dir.join("cboe-chains/spx_2022-07-12_1155EDT.csv.zst");
    let (kept, end) = files(&[path.clone(), later.clone()], CboeOptions::default());
    end.unwrap();
    assert_eq!(kept.chains().len(), 2);
    assert_eq!(kept.0.iter().filter(|r| r.kind() == Kind::Stream).count(), 1);
    let failure = files(&[later, path.clone()], CboeOptions::default()).1.unwrap_err();
    assert!(failure.message.contains("older"), "{failure}");

    let calendar = Calendar::builtin().unwrap();
    let inputs = Inputs::new(&[path], None);
    let found = CboeSource::new(inputs, CboeOptions::default(), calendar.clone()).check();
    assert_eq!(found.failure(), None);
    assert!(format!("{found:?}").contains("19220 option"), "{found:?}");
    for fake in ["spx_final_20250814.csv", "spx_real_20250828_224819.json"] {
        let inputs = Inputs::new(&[dir.join("must-reject").join(fake)], None);
        let found = CboeSource::new(inputs, CboeOptions::default(), calendar.clone()).check();
        assert_eq!(found.failure(), Some(FailureClass::BadInput), "{fake}");
    }
}

const HEADER: &str = "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest";
const ROW: &str = "Fri Jun 17 2022,SPXW220617C04000000,10,0,9.8,10.2,5,0.25,0.4,0.002,100,4000.00,SPXW220617P04000000,60,0,59,61,7,0.26,-0.6,0.002,200";

fn table(rows: &str) -> String {
    format!(
        "\nStandard & Poors 500 Index,Last: 3900.86,Change: 1\n\"Date: June 13, 2022, 8:47 AM EDT\",Bid: 1,Ask: 2,Size: 1*1,Volume: 0\n{HEADER}\n{rows}\n"
    )
}

#[test]
fn wrong_rows_are_refused_with_their_reason() {
    let good = decoded(table(ROW).as_bytes()).unwrap();
    assert_eq!((good.options.len(), good.refused.len()), (2, 0));
    for (from, to, code) in [
        (",100,4000.00", ",100,4005.00", "cboe_contradiction"),
        ("Fri Jun 17", "Fri Jun 24", "cboe_contradiction"),
        ("SPXW220617P04000000", "SPX220617P04000000", "cboe_contradiction"),
        ("SPXW220617P04000000", "SPXW220617C04000000", "cboe_symbol"),
        ("SPXW220617P04000000", "", "cboe_symbol"),
        (",0.4,0.002", ",-0.4,0.002", "cboe_delta"),
        (",-0.6,", ",0.6,", "cboe_delta"),
        (",9.8,", ",-9.8,", "cboe_negative"),
        (",9.8,", ",x,", "cboe_number"),
        (",9.8,", ",NaN,", "cboe_number"),
        (",100,4000.00", ",100.5,4000.00", "cboe_count"),
        (",200", "", "cboe_columns"),
    ] {
        assert!(ROW.contains(from), "{from}");
        let bad = ROW.replacen(from, to, 1);
        let snapshot = decoded(table(&format!("{ROW}\n{bad}")).as_bytes()).unwrap();
        let (place, refusal) = &snapshot.refused[0];
        assert_eq!((refusal.code, place.as_str()), (code, "6"), "{to}");
        assert!(snapshot.options.len() >= 2, "{to}");
    }
    let off = ROW.replace("04000000", "04001000").replace("4000.00", "4001.00");
    assert_eq!(decoded(table(&off).as_bytes()).unwrap().refused[0].1.code, "cboe_strike");
    // Missing values are missing, not zero.
    let empty = ROW.replace(",9.8,10.2,5,0.25,", ",0,0.05,5,0,");
    let snapshot = decoded(table(&empty).as_bytes()).unwrap();
    let call = &snapshot.options[0];
    assert_eq!((call.bid, call.iv), (None, None));
    assert_eq!(call.ask.unwrap().to_string(), "0.05");
    let crossed = ROW.replace(",9.8,10.2,", ",10.4,10.2,");
    let snapshot = decoded(table(&crossed).as_bytes()).unwrap();
    assert_eq!(
        (snapshot.counts.crossed, snapshot.options[0].bid, snapshot.options[0].ask),
        (1, None, None)
    );
    let one_sided = ROW.replace(",9.8,10.2,", ",9.8,0,");
    assert_eq!(decoded(table(&one_sided).as_bytes()).unwrap().counts.crossed, 1);
    // The limit of bad rows holds, with file and line.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", table(&format!("{ROW}\n{off}"))).unwrap();
    let failure = files(&[file.path().to_owned()], CboeOptions::default()).1.unwrap_err();
    assert!(failure.message.contains(":6: strike 4001"), "{failure}");
    let lenient = CboeOptions { max_bad: MaxBad::Count(2), ..CboeOptions::default() };
    assert_eq!(files(&[file.path().to_owned()], lenient).0.options().len(), 2);
}

#[test]
fn what_is_no_chain_is_said() {
    for (text, reason) in [
        (String::new(), "empty"),
        ("<!DOCTYPE html><html>".into(), "web page"),
        ("a,b\n1,2\n".into(), "no table"),
        ("{\"timestamp\":\"x\"}".into(), "not Cboe's document"),
        ("{\"timestamp\":\"x\",\"data\":{\"options\":[]}}".into(), "is not a time"),
        ("{\"timestamp\":\"2026-03-09 13:45:00\",\"data\":{\"options\":[]}}".into(), "no options"),
        (table(""), "no options"),
        (table(ROW).replace("EDT", "EST"), "did not show"),
        (table(ROW).replace("Last: 3900.86", "Last: none"), "Last"),
    ] {
        let failure = decoded(text.as_bytes()).expect_err(reason);
        assert_eq!(failure.class, FailureClass::BadInput);
        assert!(failure.message.contains(reason), "{reason}: {failure}");
    }
}

/// A document of the JSON's shape, made at `timestamp` UTC.
fn json_chain(timestamp: &str) -> Value {
    let option = |name: &str, delta: f64| {
        json!({
            "option": name, "bid": 9.8, "bid_size": 3.0, "ask": 10.2, "ask_size": 1.0, "iv": 0.25,
            "open_interest": 100.0, "volume": 5.0, "delta": delta, "gamma": 0.002, "theta": -1.0,
            "last_trade_time": null, "open": 0.0
        })
    };
    json!({
        "timestamp": timestamp, "symbol": "_SPX",
        "data": {
            "symbol": "^SPX", "current_price": 6789.12, "iv30": 14.5, "seqno": 1,
            "last_trade_time": "2026-03-20T09:44:59",
            "options": [
                option("SPX260320C06800000", 0.4), option("SPXW260320C06800000", 0.4),
                option("SPXW260320P06800000", -0.6), option("SPXW260319P06800000", -0.6)
            ]
        }
    })
}

#[test]
fn the_json_document_has_two_clocks() {
    // 13:45 UTC is 09:45 in New York: the morning series of this third Friday has settled.
    let chain = json_chain("2026-03-20 13:45:00");
    let snapshot = decoded(chain.to_string().as_bytes()).unwrap();
    assert_eq!((snapshot.stamp, snapshot.refused.len()), (us("2026-03-20T13:45:00Z"), 0));
    assert_eq!(snapshot.counts.expired, 2);
    let kept: Vec<_> = snapshot.options.iter().map(|o| o.sym.to_string()).collect();
    assert_eq!(kept, ["SPXW260320C06800000", "SPXW260320P06800000"]);
    assert_eq!(snapshot.spot.unwrap().to_string(), "6789.12");
    assert_eq!((snapshot.options[0].oi, snapshot.options[0].vol), (Some(100), Some(5)));
    // The same with the document's stamp in New York's time: its last trade would be later.
    let wrong = json_chain("2026-03-20 08:30:00");
    assert!(decoded(wrong.to_string().as_bytes()).unwrap_err().message.contains("contradict"));
    // One wrong option is refused, the others are read; a missing volatility is none.
    let mut chain = json_chain("2026-03-20 13:45:00");
    chain["data"]["options"][1]["bid"] = json!("nine");
    chain["data"]["options"][2]["iv"] = json!(null);
    chain["data"]["options"][3]["option"] = json!("nonsense");
    let snapshot = decoded(chain.to_string().as_bytes()).unwrap();
    let refused: Vec<_> = snapshot.refused.iter().map(|(p, r)| (p.as_str(), r.code)).collect();
    assert_eq!(refused, [("option 2", "cboe_number"), ("option 4", "cboe_symbol")]);
    assert_eq!(snapshot.options.len(), 1);
    assert_eq!(snapshot.options[0].iv, None);
}

proptest! {
    /// Damage is refused or an error, never a panic, and the same bytes give the same chain.
    #[test]
    fn damage_is_refused(
        damage in prop::collection::vec((0_usize..3000, any::<u8>()), 0..6),
        json in any::<bool>(),
    ) {
        let mut bytes = if json {
            json_chain("2026-03-20 13:45:00").to_string().into_bytes()
        } else {
            table(&format!("{ROW}\n{ROW}")).into_bytes()
        };
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let once = decoded(&bytes);
        prop_assert_eq!(&once, &decoded(&bytes));
        if let Ok(snapshot) = once {
            prop_assert_eq!(
                snapshot.counts.listed,
                snapshot.options.len() as u64 + snapshot.counts.expired + snapshot.counts.refused
            );
        }
    }
}

/// What the server answers to each request, in turn; the last answer repeats.
#[derive(Clone)]
enum Reply {
    /// Head without the blank line, and a body; the head says the body's length if it wants.
    Whole(String, Vec<u8>),
    /// A body that is shorter than it says.
    Torn(Vec<u8>),
    /// Nothing, for so long.
    Silence(Duration),
}

fn ok(extra: &str, body: &[u8]) -> Reply {
    let length = body.len();
    Reply::Whole(format!("HTTP/1.1 200 OK\r\n{extra}content-length: {length}\r\n"), body.to_vec())
}

fn refuse(status: &str) -> Reply {
    Reply::Whole(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n"), Vec::new())
}

/// A server on this machine. Gives its address and the heads of the requests.
fn server(replies: Vec<Reply>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/_SPX.json", listener.local_addr().unwrap());
    let (tell, heads) = mpsc::channel();
    std::thread::spawn(move || {
        for (served, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let Some(head) = head_of(&stream) else { continue };
            // A test that does not look at the requests has dropped the other end.
            let _ = tell.send(head);
            let _ = match &replies[served.min(replies.len() - 1)] {
                Reply::Whole(head, body) => {
                    let head = format!("{head}connection: close\r\n\r\n");
                    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body))
                }
                Reply::Torn(body) => {
                    let length = body.len() + 1000;
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body))
                }
                Reply::Silence(time) => {
                    std::thread::sleep(*time);
                    Ok(())
                }
            };
        }
    });
    (address, heads)
}

fn head_of(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(process::DEADLINE)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head.to_ascii_lowercase())
}

fn fetch_options(url: &str) -> FetchOptions {
    FetchOptions {
        fresh: Duration::ZERO,
        timeout: Duration::from_secs(5),
        backoff: Duration::from_millis(1),
        ..FetchOptions::new(url)
    }
}

fn body() -> Vec<u8> {
    json_chain("2026-03-20 13:45:00").to_string().into_bytes()
}

fn is_document(fetched: &Fetched) -> bool {
    matches!(fetched, Fetched::Document(b, received) if *b == body() && *received > 0)
}

#[test]
fn the_address_is_asked_conditionally() {
    let (url, heads) = server(vec![
        ok("etag: \"abc\"\r\nlast-modified: Fri, 20 Mar 2026 13:45:00 GMT\r\n", &body()),
        Reply::Whole("HTTP/1.1 304 Not Modified\r\n".into(), Vec::new()),
        ok("", &body()),
    ]);
    let mut fetcher = Fetcher::new(fetch_options(&url)).unwrap();
    assert!(is_document(&fetcher.fetch().unwrap()));
    assert!(!heads.recv().unwrap().contains("if-none-match"));
    assert_eq!(fetcher.fetch().unwrap(), Fetched::Unchanged);
    let head = heads.recv().unwrap();
    assert!(head.contains("if-none-match: \"abc\"\r\n"), "{head}");
    assert!(head.contains("if-modified-since: fri, 20 mar 2026 13:45:00 gmt\r\n"), "{head}");
    assert_eq!(fetcher.fetch().unwrap(), Fetched::Unchanged, "the same bytes again");
}

#[test]
fn a_copy_is_kept_and_a_fresh_one_is_not_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let (url, heads) = server(vec![ok("etag: \"1\"\r\n", &body()), refuse("304 Not Modified")]);
    let cache = Some(dir.path().join("deep/folder"));
    let kept = FetchOptions { cache, fresh: Duration::from_mins(1), ..fetch_options(&url) };
    let first = Fetcher::new(kept.clone()).unwrap().fetch().unwrap();
    assert!(is_document(&first));
    heads.recv().unwrap();
    // Another run within the minute: the copy, with the time at which it was received.
    assert_eq!(Fetcher::new(kept.clone()).unwrap().fetch().unwrap(), first);
    assert!(heads.try_recv().is_err(), "nobody was asked");
    // A later run asks, and is told that nothing changed.
    let stale = FetchOptions { fresh: Duration::ZERO, ..kept };
    assert_eq!(Fetcher::new(stale).unwrap().fetch().unwrap(), first);
    assert!(heads.recv().unwrap().contains("if-none-match: \"1\""));
}

#[test]
fn failures_are_tried_again_and_refusals_are_not() {
    let (url, heads) = server(vec![
        refuse("500 Oops"),
        refuse("429 Slow Down\r\nretry-after: 0"),
        Reply::Torn(body()),
        ok("", &body()),
    ]);
    assert!(is_document(&Fetcher::new(fetch_options(&url)).unwrap().fetch().unwrap()));
    assert_eq!(heads.try_iter().count(), 4);

    let silent = FetchOptions { timeout: Duration::from_millis(200), ..fetch_options("") };
    for (reply, class, tries) in [
        (refuse("503 Away"), FailureClass::Unavailable, 5),
        (Reply::Silence(Duration::from_secs(1)), FailureClass::Unavailable, 2),
        (refuse("403 Forbidden"), FailureClass::NotPermitted, 1),
        (refuse("404 Not Found"), FailureClass::Unavailable, 1),
    ] {
        let (url, heads) = server(vec![reply]);
        let retries = tries - 1;
        let options = FetchOptions { url, retries, ..silent.clone() };
        let failure = Fetcher::new(options).unwrap().fetch().unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.hint.is_some());
        let asked = heads.try_iter().count() as u32;
        assert!(asked >= 1 && asked <= tries, "{asked} {failure}");
    }
    let (url, _heads) = server(vec![ok("", &body())]);
    let small = FetchOptions { size_max: 100, ..fetch_options(&url) };
    assert_eq!(Fetcher::new(small).unwrap().fetch().unwrap_err().class, FailureClass::BadInput);
    assert!(Fetcher::new(FetchOptions::new("ftp://x/y")).is_err());
    let closed =
        format!("http://{}/", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let gone = FetchOptions { retries: 1, ..fetch_options(&closed) };
    assert_eq!(Fetcher::new(gone).unwrap().fetch().unwrap_err().class, FailureClass::Unavailable);
}

fn follow(replies: Vec<Reply>, every: Option<Duration>) -> CboeFollow {
    let (url, _) = server(replies);
    let fetcher = Fetcher::new(FetchOptions { retries: 0, ..fetch_options(&url) }).unwrap();
    CboeFollow::new(fetcher, every, CboeOptions::default(), Calendar::builtin().unwrap()).unwrap()
}

#[test]
fn an_answer_becomes_delayed_records() {
    let (kept, end) = drive(&mut follow(vec![ok("", &body())], None));
    end.unwrap();
    let Record::Stream(stream) = &kept.0[0] else { panic!() };
    assert_eq!((stream.mode, stream.origin), (StreamMode::Delayed, None));
    let [chain] = kept.chains()[..] else { panic!() };
    assert_eq!((chain.n, chain.asof), (2, us("2026-03-20T13:30:00Z")));
    assert!(chain.ts > chain.asof && kept.options().iter().all(|o| o.ts == chain.ts));
    let page = ok("", b"<html>maintenance</html>");
    let failure = drive(&mut follow(vec![page.clone()], None)).1.unwrap_err();
    assert_eq!(failure.class, FailureClass::BadInput);
    assert_eq!(follow(vec![page], None).check().failure(), Some(FailureClass::BadInput));
    let found = follow(vec![ok("", &body())], None).check();
    assert_eq!(found.failure(), None);
    assert!(format!("{found:?}").contains("2 option"), "{found:?}");
}

#[test]
fn who_follows_is_told_of_failures() {
    let (url, heads) = server(vec![ok("", &body()), refuse("503 Away"), ok("", &body())]);
    let fetcher = Fetcher::new(FetchOptions { retries: 0, ..fetch_options(&url) }).unwrap();
    let every = Some(Duration::from_millis(20));
    let calendar = Calendar::builtin().unwrap();
    let options = CboeOptions { clock_lateness_ms: 0, ..CboeOptions::default() };
    let mut source = CboeFollow::new(fetcher, every, options, calendar).unwrap();
    let mut kept = Kept::default();
    for _ in 0..200 {
        assert!(source.pull(&mut kept).unwrap());
        let is_up = |r: &Record| matches!(r, Record::Status(s) if s.state == StatusState::Up);
        if kept.0.iter().any(is_up) {
            break;
        }
    }
    drop(heads);
    let states: Vec<_> = kept
        .0
        .iter()
        .filter_map(|r| if let Record::Status(s) = r { Some(s.state) } else { None })
        .collect();
    assert_eq!(states, [StatusState::Delayed, StatusState::Down, StatusState::Up]);
    assert_eq!(kept.chains().len(), 1, "the same chain is not told twice");
    assert!(kept.0.iter().any(|r| r.kind() == Kind::Clock), "time passes without data");
    let stamps: Vec<_> = kept.0.iter().map(Record::ts).collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
}
