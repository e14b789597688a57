//! Feeds against real files, whose golden facts others computed.

use crate::data;
use mia::config::Config;
use mia::feeds::Pace;
use mia::feeds::PaceClock;
use mia::feeds::ReplayOptions;
use mia::feeds::ReplaySource;
use mia::feeds::csv::CsvOptions;
use mia::feeds::csv::CsvSettings;
use mia::feeds::csv::CsvSource;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::Sym;
use mia::stream::Inputs;
use mia::stream::MaxBad;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Bar;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::StreamMode;
use mia::wire::Trade;
use mia::wire::codec;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

const TICK: i64 = 250_000_000;

/// Keeps what a source writes.
#[derive(Default)]
struct Collected {
    records: Vec<Record>,
    /// Everything as bytes, records and copied lines in their order.
    text: Vec<u8>,
    waits: u32,
}

impl SourceOut for Collected {
    fn record(&mut self, record: &Record) {
        self.records.push(record.clone());
        codec::encode(record, &mut self.text).unwrap();
    }
    fn line(&mut self, _: Option<Kind>, _: i64, line: &[u8]) {
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        self.waits += 1;
        Ok(())
    }
}

fn run(source: &mut dyn Source) -> (Vec<Record>, Result<(), Failure>) {
    let (out, result) = collect(source);
    (out.records, result)
}

fn collect(source: &mut dyn Source) -> (Collected, Result<(), Failure>) {
    let mut out = Collected::default();
    let result = loop {
        match source.pull(&mut out) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    (out, result)
}

fn csv(paths: &[PathBuf], options: CsvOptions) -> (Vec<Record>, Result<(), Failure>) {
    let calendar = Calendar::builtin().unwrap();
    let inputs = Inputs::new(paths, None);
    run(&mut CsvSource::new(inputs, options, Config::default(), calendar))
}

fn named(sym: &str) -> CsvOptions {
    let settings = CsvSettings { sym: Sym::new(sym), ..CsvSettings::default() };
    CsvOptions { settings, ..CsvOptions::default() }
}

fn ticks_options() -> CsvOptions {
    named("ESU13")
}

/// Reads CSV text under the options of the tick sample.
fn csv_text(text: &str, max_bad: MaxBad) -> (Vec<Record>, Result<(), Failure>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    csv(&[file.path().to_owned()], CsvOptions { max_bad, ..ticks_options() })
}

fn price(fact: &Value) -> Option<Px> {
    Px::from_points(fact.as_f64()?)
}

/// The golden facts of the data (`facts.json`), by file.
fn facts_of(dir: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap()
}

fn trades(records: &[Record]) -> Vec<Trade> {
    records.iter().filter_map(|r| if let Record::Trade(t) = r { Some(*t) } else { None }).collect()
}

fn bars(records: &[Record]) -> Vec<Bar> {
    records.iter().filter_map(|r| if let Record::Bar(b) = r { Some(*b) } else { None }).collect()
}

fn us(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn volume(trades: &[Trade], side: Side) -> u64 {
    trades.iter().filter(|t| t.side == side).map(|t| t.sz).sum()
}

#[test]
fn the_real_ticks_have_their_golden_numbers() {
    let Some(dir) = data::dir() else { return };
    let name = "es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst";
    let facts = &facts_of(&dir)[name];
    let (records, end) = csv(&[dir.join(name)], ticks_options());
    end.unwrap();
    let Record::Stream(stream) = &records[0] else { panic!("no stream record first") };
    assert_eq!((stream.mode, stream.v, stream.run.len()), (StreamMode::Replay, 1, 16));
    assert_eq!(stream.instrument.as_deref(), Some("ES"));
    let trades = trades(&records[1..]);
    assert_eq!(trades.len() as u64, facts["rows"]);
    let (first, last) = (trades[0], trades[trades.len() - 1]);
    assert_eq!((first.ts, first.sz), (us("2013-09-01T22:00:00.083Z"), 8));
    assert_eq!(first.px.to_string(), "1640.25");
    assert_eq!((last.ts, last.sz), (us("2013-09-03T16:51:20.301Z"), 1));
    assert_eq!(last.px.to_string(), "1634.5");
    assert_eq!(trades.iter().map(|t| t.sz).sum::<u64>(), facts["sum_volume"]);
    let ticks = |t: &Trade| t.px.nanos() / TICK;
    assert_eq!(trades.iter().map(|t| t.px).min(), price(&facts["low"]));
    assert_eq!(trades.iter().map(|t| t.px).max(), price(&facts["high"]));
    let notional: i64 = trades.iter().map(|t| ticks(t) * t.sz as i64).sum();
    assert_eq!(notional, facts["sum_price_ticks_times_volume"]);
    assert_eq!(trades.iter().map(|t| t.sz).max().unwrap(), facts["max_size"]);
    let mut stamps: Vec<i64> = trades.iter().map(|t| t.ts).collect();
    assert!(stamps.is_sorted());
    stamps.dedup();
    assert_eq!(stamps.len() as u64, facts["distinct_stamps"]);
    tick_rule(&trades, facts);
}

/// The sides, with the reset at the Globex open and, from the same prices, without any.
fn tick_rule(trades: &[Trade], facts: &Value) {
    let golden = &facts["tick_rule_reset_at_globex_open"];
    assert_eq!(volume(trades, Side::Buy), golden["buy_volume"]);
    assert_eq!(volume(trades, Side::Sell), golden["sell_volume"]);
    assert_eq!(volume(trades, Side::None), golden["unknown_volume"]);
    let mut rule = mia::market::AggressorRule::default();
    let never: Vec<Trade> =
        trades.iter().map(|t| Trade { side: rule.on_trade(t.px).0, ..*t }).collect();
    let golden = &facts["tick_rule"];
    assert_eq!(volume(&never, Side::Buy), golden["buy_volume"]);
    assert_eq!(volume(&never, Side::Sell), golden["sell_volume"]);
    assert_eq!(volume(&never, Side::None), golden["unknown_volume"]);
}

/// The sample in the repository: always there, and it begins with the golden rows.
#[test]
fn the_sample_in_the_box_is_what_its_note_says() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample/es-ticks-2013.csv.zst");
    let (records, end) = csv(&[sample], ticks_options());
    end.unwrap();
    let all = trades(&records);
    assert_eq!((all.len(), all.iter().map(|t| t.sz).sum::<u64>()), (500_000, 1_844_058));
    let ticks = |t: &Trade| t.px.nanos() / TICK * t.sz as i64;
    assert_eq!(all.iter().map(ticks).sum::<i64>(), 12_109_802_163);
    assert_eq!(all[all.len() - 1].ts, us("2013-09-03T18:51:44.578Z"));
    let regular = all.iter().filter(|t| t.ts >= us("2013-09-03T13:30:00Z"));
    assert_eq!(regular.map(|t| t.sz).sum::<u64>(), 1_399_605);
    let Some(dir) = data::dir() else { return };
    let name = "es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst";
    let golden = trades(&csv(&[dir.join(name)], ticks_options()).0);
    assert!(all.starts_with(&golden));
}

#[test]
fn real_bars_have_their_golden_numbers() {
    let Some(dir) = data::dir() else { return };
    let facts = facts_of(&dir);
    let every = facts.as_object().unwrap().keys().filter(|k| k.starts_with("es-bars-5m/ES"));
    let some = ["ESU15", "ESH17", "ESH21"];
    let full = std::env::var("MIA_TEST_FULL").is_ok_and(|v| v == "1");
    let mut files = 0;
    for name in every.filter(|k| full || some.iter().any(|s| k.contains(s))) {
        one_contract(&dir, name, &facts[name]);
        files += 1;
    }
    assert_eq!(files, if full { 35 } else { some.len() });
}

fn one_contract(dir: &Path, name: &str, facts: &Value) {
    let (records, end) = csv(&[dir.join(name)], CsvOptions::default());
    end.unwrap();
    let bars = bars(&records);
    assert_eq!(records.len(), bars.len() + 1, "{name}");
    assert_eq!(bars.len() as u64, facts["rows"], "{name}");
    let sum = |f: fn(&Bar) -> u64| bars.iter().map(f).sum::<u64>();
    assert_eq!(sum(|b| b.v), facts["sum_volume"], "{name}");
    assert_eq!(sum(|b| b.n.unwrap()), facts["sum_trades"], "{name}");
    assert_eq!(sum(|b| b.bv.unwrap()), facts["sum_bid_volume"], "{name}");
    assert_eq!(sum(|b| b.av.unwrap()), facts["sum_ask_volume"], "{name}");
    let closes: i64 = bars.iter().map(|b| b.c.nanos() / TICK).sum();
    assert_eq!(closes, facts["sum_close_ticks"], "{name}");
    assert_eq!(bars.iter().map(|b| b.l).min(), price(&facts["low"]));
    assert_eq!(bars.iter().map(|b| b.h).max(), price(&facts["high"]));
    for (bar, line) in [(bars[0], "first_line"), (bars[bars.len() - 1], "last_line")] {
        let fields: Vec<_> = facts[line].as_str().unwrap().split(',').collect();
        let start: jiff::civil::DateTime = fields[1].parse().unwrap();
        let start = start.in_tz("America/Chicago").unwrap().timestamp().as_microsecond();
        assert_eq!(bar.ts, start + 300_000_000, "{name}: a bar is stamped at its end");
        assert_eq!(bar.sym.as_str(), fields[0]);
        assert_eq!(bar.c.points().to_bits(), fields[5].parse::<f64>().unwrap().to_bits());
    }
}

const HEADER: &str = "DateTime,Price,Volume\n";

/// Every fault is refused with file and line, and the good rows around it are read.
#[test]
fn bad_rows_are_refused_with_their_line() {
    let good = "2013-09-03 08:30:00.000,1646.5,1\n";
    let after = "2013-09-03 08:30:02.000,1646.75,2\n";
    for (row, reason) in [
        ("2013-09-03 08:30:01.000,x,1", "not a price"),
        ("2013-09-03 08:30:01.000,NaN,1", "not a price"),
        ("2013-09-03 08:30:01.000,1646.6,1", "off the tick grid"),
        ("2013-09-03 08:30:01.000,-1646.5,1", "not above zero"),
        ("2013-09-03 08:30:01.000,0,1", "not above zero"),
        ("2013-09-03 08:30:01.000,1646.5,-1", "not a whole number"),
        ("2013-09-03 08:30:01.000,1646.5,1.5", "not a whole number"),
        ("2013-09-03 08:30:01.000,1646.5,0", "no size"),
        ("2013-09-03 08:29:59.999,1646.5,1", "goes back"),
        ("2013-09-31 08:30:01.000,1646.5,1", "not a time"),
        ("08:30:01.000,1646.5,1", "not a time"),
        ("2013-09-03 08:30:01.000,1646.5", "columns"),
        ("2013-09-03 08:30:01.000,1646.5,1,9", "columns"),
        ("\u{0}\u{1}\u{fffd}", "columns"),
    ] {
        let text = format!("{HEADER}{good}{row}\n{after}");
        let (records, end) = csv_text(&text, MaxBad::Auto);
        let failure = end.expect_err(row);
        assert_eq!(failure.class, FailureClass::BadInput, "{row}");
        assert!(failure.message.contains(":3: ") && failure.message.contains(reason), "{failure}");
        assert!(failure.hint.is_some(), "{row}");
        assert_eq!(trades(&records).len(), 1, "what came before is written: {row}");

        let (records, end) = csv_text(&text, MaxBad::Count(1));
        end.unwrap();
        assert_eq!(trades(&records).len(), 2, "{row}");
        let alerts = records.iter().filter(|r| r.kind() == Kind::Alert).count();
        assert_eq!(alerts, 1, "what is left out is said in the stream: {row}");
    }
}

#[test]
fn a_torn_last_row_is_not_guessed() {
    let text =
        format!("{HEADER}2013-09-03 08:30:00.000,1646.5,1\n2013-09-03 08:30:01.000,1646.5,12");
    let (records, end) = csv_text(&text, MaxBad::Auto);
    let failure = end.unwrap_err();
    assert!(failure.message.contains(":3: the file ends inside"), "{failure}");
    assert_eq!(trades(&records).len(), 1);
}

#[test]
fn a_clock_that_jumps_and_one_that_repeats() {
    let row = |stamp: &str| format!("{stamp},5000,1\n");
    let gap = format!("{HEADER}{}", row("2026-03-08 02:30:00"));
    let failure = csv_text(&gap, MaxBad::Auto).1.unwrap_err();
    assert!(failure.message.contains("does not exist"), "{failure}");
    let repeated = ["2026-11-01 01:10:00", "2026-11-01 01:50:00", "2026-11-01 01:20:00"];
    let text = format!("{HEADER}{}", repeated.map(row).concat());
    let (records, end) = csv_text(&text, MaxBad::Auto);
    end.unwrap();
    let stamps: Vec<_> = trades(&records).iter().map(|t| t.ts).collect();
    let minutes = [0, 40, 70].map(|m| us("2026-11-01T06:10:00Z") + m * 60_000_000);
    assert_eq!(stamps, minutes);
}

#[test]
fn what_a_file_is_must_be_stated_or_recognised() {
    let unknown = csv_text("when,what\n1,2\n", MaxBad::Auto).1.unwrap_err();
    assert_eq!(unknown.class, FailureClass::BadInput);
    assert!(unknown.hint.unwrap().contains("es-ticks"));
    let garbage = csv_text("\u{1b}[31m\u{7}\n", MaxBad::Auto).1.unwrap_err();
    assert!(!garbage.message.contains('\u{1b}'), "no control bytes on a terminal");

    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEADER}2013-09-03 08:30:00.000,1646.5,1").unwrap();
    let unnamed = csv(&[file.path().to_owned()], CsvOptions::default()).1.unwrap_err();
    assert_eq!(unnamed.class, FailureClass::Config);
    assert!(unnamed.hint.unwrap().contains("--sym"));

    let options = named("ZZU13");
    let product = csv(&[file.path().to_owned()], options).1.unwrap_err();
    assert!(product.message.contains("`ZZ`"), "{product}");

    let missing = csv(&["/does/not/exist.csv".into()], ticks_options()).1.unwrap_err();
    assert!(missing.message.contains("/does/not/exist.csv"), "{missing}");
}

#[test]
fn empty_inputs_give_nothing() {
    for text in ["", "\n", HEADER] {
        let (records, end) = csv_text(text, MaxBad::Auto);
        end.unwrap();
        assert!(records.is_empty(), "{text:?}");
    }
}

/// A file in two parts is read as the whole, a part of it gives the start of the output.
#[test]
fn parts_give_the_same_records() {
    let row = |i: i64| {
        let (s, px) = (i / 10, 1640 + (i * 7) % 5);
        format!("2013-09-03 08:30:{s:02}.{:03},{px}.25,{}\n", i % 10 * 100, 1 + i % 4)
    };
    let rows: Vec<String> = (0..500).map(row).collect();
    let whole = csv_text(&format!("{HEADER}{}", rows.concat()), MaxBad::Auto).0;
    for cut in [0, 1, 137, 499, 500] {
        let parts = [&rows[..cut], &rows[cut..]].map(|part| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(format!("{HEADER}{}", part.concat()).as_bytes()).unwrap();
            file
        });
        let paths = parts.each_ref().map(|f| f.path().to_owned());
        let (joined, end) = csv(&paths, ticks_options());
        end.unwrap();
        assert_eq!(joined, whole, "cut at {cut}");
        let (prefix, _) = csv(&paths[..1], ticks_options());
        assert_eq!(prefix, whole[..prefix.len()], "cut at {cut}");
    }
}

const STREAM: &str = r#"{"t":"stream","ts":10,"sym":"ESH26","v":1,"src":"syn","mode":"synthetic","phase":"run","run":"x","tool":"y 1","instrument":"ES"}"#;

fn replay(text: &[u8], options: ReplayOptions) -> (String, Result<(), Failure>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let inputs = Inputs::new(&[file.path().to_owned()], None);
    let (out, end) = collect(&mut ReplaySource::new(inputs, options, None));
    (String::from_utf8(out.text).unwrap(), end)
}

#[test]
fn a_replay_copies_bytes_and_says_that_it_is_one() {
    let lines = [
        // Odd order, blanks, unknown keys and kinds, derived records: all copied as they are.
        r#"{"sym":"ESH26", "t":"trade","ts":11,"px":5000.250,"sz":1,"side":"B","ss":"flag","src":"syn","x":1}"#,
        r#"{"t":"future_kind","a":[1,2]}"#,
        r#"{"t":"features","ts":12,"sym":"ESH26","by":"features","anything":null}"#,
    ];
    let text = format!("{STREAM}\n{}\n", lines.join("\n"));
    let (out, end) = replay(text.as_bytes(), ReplayOptions::default());
    end.unwrap();
    let (head, rest) = out.split_once('\n').unwrap();
    assert_eq!(rest, format!("{}\n", lines.join("\n")));
    let stream: Value = serde_json::from_str(head).unwrap();
    assert_eq!(stream["mode"], "replay");
    assert_eq!(stream["origin"], "synthetic");
    assert_eq!(stream["src"], "syn", "made-up data stay recognisable");
    assert_eq!(stream["phase"], "run");

    let zst = zstd::stream::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(replay(&zst, ReplayOptions::default()).0, out, "compressed or not");
    let warmup = ReplayOptions { phase: mia::wire::StreamPhase::Warmup, ..Default::default() };
    assert!(replay(text.as_bytes(), warmup).0.contains(r#""phase":"warmup""#));
    // A recorded replay keeps the mode of its first recording.
    let again = replay(out.as_bytes(), ReplayOptions::default()).0;
    assert!(again.contains(r#""origin":"synthetic""#));
}

#[test]
fn a_recording_without_a_stream_record_gets_one() {
    let trade = r#"{"t":"trade","ts":11,"sym":"ESH26","px":5000,"sz":1,"side":"B","ss":"flag","src":"iqf"}"#;
    let (out, end) = replay(trade.as_bytes(), ReplayOptions::default());
    end.unwrap();
    let (head, rest) = out.split_once('\n').unwrap();
    assert!(
        head.starts_with(
            r#"{"t":"stream","ts":11,"sym":"ESH26","v":1,"src":"iqf","mode":"replay""#
        )
    );
    assert_eq!(rest, format!("{trade}\n"), "a whole last line is used");
}

#[test]
fn bad_lines_of_a_recording_are_refused() {
    let good = r#"{"t":"clock","ts":11,"sym":"*","src":"syn"}"#;
    for (bad, reason) in [
        ("not json", "not a JSON object"),
        (r#"{"ts":11}"#, "not a JSON object"),
        (r#"{"t":"trade","sym":"ES"}"#, "without a whole `ts`"),
        (r#"{"t":"trade","ts":1.5}"#, "without a whole `ts`"),
        (r#"{"t":"stream","ts":11}"#, "stream record"),
    ] {
        let text = format!("{STREAM}\n{good}\n{bad}\n{good}\n");
        let (out, end) = replay(text.as_bytes(), ReplayOptions::default());
        let failure = end.expect_err(bad);
        assert_eq!(failure.class, FailureClass::BadInput);
        assert!(failure.message.contains(":3: ") && failure.message.contains(reason), "{failure}");
        assert_eq!(out.lines().count(), 2, "{bad}");
        let lenient = ReplayOptions { max_bad: MaxBad::Count(1), ..Default::default() };
        let (out, end) = replay(text.as_bytes(), lenient);
        end.unwrap();
        assert_eq!(out.matches("clock").count(), 2, "{bad}");
        assert_eq!(out.matches("\"alert\"").count(), 1, "{bad}");
    }
    let torn = format!("{STREAM}\n{good}\n{}", &good[..20]);
    let failure = replay(torn.as_bytes(), ReplayOptions::default()).1.unwrap_err();
    assert!(failure.message.contains(":3: the file ends inside"), "{failure}");
    let long = format!("{STREAM}\n{}\n", " ".repeat(5000));
    let options = ReplayOptions { max_line: 1000, ..Default::default() };
    assert!(replay(long.as_bytes(), options).1.unwrap_err().message.contains("5001 bytes"));
}

/// A clock whose time passes by waiting alone.
struct Waited(std::rc::Rc<std::cell::Cell<i64>>);

impl PaceClock for Waited {
    fn elapsed_us(&mut self) -> i64 {
        self.0.get()
    }
    fn wait_us(&mut self, us: i64) {
        assert!(us > 0 && us <= 100_000, "waits are short: {us}");
        self.0.set(self.0.get() + us);
    }
}

#[test]
fn a_paced_replay_takes_the_recorded_time() {
    let line = |ts: i64| format!("{{\"t\":\"clock\",\"ts\":{ts},\"sym\":\"*\",\"src\":\"syn\"}}\n");
    let text: String = [0, 1_000_000, 1_000_000, 900_000, 4_000_000].map(line).concat();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    for (speed, from, elapsed) in
        [(1.0, None, 4_000_000), (2.0, None, 2_000_000), (1.0, Some(1_000_000), 3_000_000)]
    {
        let now = std::rc::Rc::default();
        let clock = Box::new(Waited(std::rc::Rc::clone(&now)));
        let inputs = Inputs::new(&[file.path().to_owned()], None);
        let pace = Pace::new(clock, speed, from).unwrap();
        let (out, end) =
            collect(&mut ReplaySource::new(inputs, ReplayOptions::default(), Some(pace)));
        end.unwrap();
        assert_eq!(out.text.split(|b| *b == b'\n').count(), 7);
        assert_eq!(now.get(), elapsed, "speed {speed}");
        assert!(out.waits > 0, "what was written goes out before a wait");
    }
    assert!(Pace::new(Box::new(Waited(std::rc::Rc::default())), 0.0, None).is_err());
}
