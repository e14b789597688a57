//! The loop: pass-through and order, bad and late lines, own output, selection, ends of input.

use mia::config::Config;
use mia::market::Sym;
use mia::stream::End;
use mia::stream::Grid;
use mia::stream::Inputs;
use mia::stream::KillFile;
use mia::stream::MaxBad;
use mia::stream::Output;
use mia::stream::Progress;
use mia::stream::PumpOptions;
use mia::stream::StreamError;
use mia::stream::Thinning;
use mia::stream::pump;
use mia::wire::Alert;
use mia::wire::AlertLevel;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::Failure;
use mia::wire::Flow;
use mia::wire::Kind;
use mia::wire::KindSet;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;
use std::cell::RefCell;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;

/// Writes one alert before and one after each trade, so that order is visible.
#[derive(Default)]
struct Echo {
    trades: u64,
}

fn alert(ts: i64, code: String) -> Record {
    let (sym, level, msg) = (Sym::NONE, AlertLevel::Info, String::new());
    Alert { ts, sym, by: By::Monitor, level, code, msg, data: None }.into()
}

impl Stage for Echo {
    fn by(&self) -> By {
        By::Monitor
    }
    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Trade])
    }
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        self.trades += 1;
        out.before(&alert(record.ts(), format!("before{}", self.trades)));
        out.after(&alert(record.ts(), format!("after{}", self.trades)));
        Ok(Flow::Pass)
    }
    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        let SideEvent::Kill { ts, reason } = event else { return Ok(Flow::Pass) };
        out.after(&alert(*ts, format!("kill {reason}")));
        Ok(Flow::Stop(6))
    }
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);
impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn run_with(
    input: &[u8],
    options: PumpOptions,
    thinning: Thinning,
) -> (String, Result<End, StreamError>) {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("in.ndjson");
    std::fs::write(&path, input).unwrap();
    let shared = Shared::default();
    let mut output = Output::new(Box::new(shared.clone()), "test", thinning);
    let mut inputs = Inputs::new(&[path], None);
    let grid = Grid::new(&Config::default());
    let end =
        pump(&mut Echo::default(), &mut inputs, &mut output, grid, options, &Progress::none());
    drop(output);
    let text = String::from_utf8(shared.0.take()).unwrap();
    (text, end)
}

fn run(input: &str) -> (String, Result<End, StreamError>) {
    run_with(input.as_bytes(), PumpOptions::default(), Thinning::default())
}

fn codes(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["code"].as_str().unwrap_or_else(|| value["t"].as_str().unwrap()).to_owned()
        })
        .collect()
}

fn trade(ts: i64, px: &str) -> String {
    format!(
        r#"{{"t":"trade","ts":{ts},"sym":"ESM26","px":{px},"sz":1,"side":"B","ss":"flag","src":"syn"}}"#
    )
}

#[test]
fn records_before_the_line_and_reactions_after_it() {
    let lines = format!("{}\n{}\n", trade(1_000_000, "5000"), trade(2_000_000, "5000.25"));
    let (text, end) = run(&lines);
    assert_eq!(codes(&text), ["before1", "trade", "after1", "before2", "trade", "after2"]);
    let end = end.unwrap();
    assert_eq!((end.stats.lines, end.stats.written, end.code), (2, 4, None));
}

#[test]
fn foreign_bytes_are_copied_as_they_came() {
    let odd = "{ \"sym\" : \"X\", \"t\":\"weather\", \"rain\": 1e2 }\n{\"t\":\"levels\",\"ts\":1,\"anything\":[1 ,2]}\n";
    let (text, end) = run(odd);
    assert_eq!(text, odd);
    assert_eq!(end.unwrap().stats.bad, 0);
}

#[test]
fn a_stage_replaces_its_own_earlier_output() {
    let (first, _) = run(&format!("{}\n", trade(1_000_000, "5000")));
    let (second, end) = run(&first);
    assert_eq!(first, second);
    assert_eq!(end.unwrap().stats.own, 2);
}

#[test]
fn a_bad_line_is_announced_not_forwarded_and_stops_a_file() {
    for bad in [
        "not json",
        "[1,2]",
        "{\"ts\":1}",
        "{\"t\":5}",
        "\u{1}\u{2}",
        r#"{"t":"trade","ts":"x","sym":"ESM26","px":5000,"sz":1,"side":"B","ss":"flag","src":"syn"}"#,
        &trade(1_500_000, "5000.1"),
        &trade(1_500_000, "NaN"),
        &trade(1_500_000, "-5000"),
        &trade(1_500_000, "0"),
        r#"{"t":"trade","ts":1,"sym":"ESM26","px":5000,"sz":-1,"side":"B","ss":"flag","src":"syn"}"#,
        r#"{"t":"trade","ts":1,"sym":"ESM26","px":5000,"sz":0,"side":"B","ss":"flag","src":"syn"}"#,
        r#"{"t":"trade","ts":1,"sym":"ESM26","px":5000,"sz":1,"side":"B","ss":"flag","src":"moon"}"#,
        r#"{"t":"quote","ts":1,"sym":"ESM26""#,
    ] {
        let lines =
            format!("{}\n{bad}\n{}\n", trade(1_000_000, "5000"), trade(2_000_000, "5000.25"));
        let (text, end) = run(&lines);
        let Err(StreamError::BadInput { line, .. }) = end else { panic!("{bad:?} gave {end:?}") };
        assert_eq!(line, 2, "{bad}");
        let codes = codes(&text);
        assert_eq!(codes[..3], ["before1", "trade", "after1"], "{bad}");
        assert!(codes.len() == 4 && codes[3].starts_with("bad_line"), "{bad}: {codes:?}");
    }
}

#[test]
fn tolerated_bad_lines_are_announced_once_a_minute() {
    let mut lines = format!("{}\n", trade(60_000_000, "5000"));
    lines.push_str("nonsense\nnonsense\n");
    lines += &trade(120_000_000, "5000");
    lines += "\nnonsense\n";
    let options = PumpOptions { max_bad: MaxBad::Count(3), ..PumpOptions::default() };
    let (text, end) = run_with(lines.as_bytes(), options, Thinning::default());
    assert_eq!(end.unwrap().stats.bad, 3);
    assert_eq!(codes(&text).iter().filter(|c| *c == "bad_line_not_json").count(), 2);
}

#[test]
fn one_stamp_far_ahead_makes_nothing_after_it_late() {
    let lines = format!(
        "{}\n{}\n{}\n{}\n",
        trade(10_000_000, "5000"),
        trade(90_000_000_000, "5000"),
        trade(11_000_000, "5000"),
        trade(12_000_000, "5000")
    );
    let (text, end) = run(&lines);
    let stats = end.unwrap().stats;
    assert_eq!((stats.late, stats.ahead), (0, 1));
    assert_eq!(codes(&text)[6], "stamped_ahead");
    assert_eq!(codes(&text)[7..], ["before3", "trade", "after3", "before4", "trade", "after4"]);
    assert!(text.contains("`ts` 90000000000"), "{text}");
}

#[test]
fn late_records_are_copied_and_not_folded() {
    let lines = format!(
        "{}\n{}\n{}\n",
        trade(10_000_000, "5000"),
        trade(9_999_000, "5000"), // a millisecond back: kept
        trade(9_998_999, "5000")  // more: late
    );
    let (text, end) = run(&lines);
    assert_eq!(
        codes(&text),
        ["before1", "trade", "after1", "before2", "trade", "after2", "late_records", "trade"]
    );
    assert_eq!(end.unwrap().stats.late, 1);
}

#[test]
fn the_last_line_may_lack_its_line_feed_but_not_its_end() {
    let whole = trade(1_000_000, "5000");
    let (text, end) = run(&whole);
    assert_eq!(codes(&text), ["before1", "trade", "after1"]);
    assert!(text.ends_with('\n') && end.unwrap().torn.is_none());
    for cut in 1..whole.len() {
        let (text, end) = run(&whole[..cut]);
        assert_eq!(text, "");
        assert!(end.unwrap().torn.is_some(), "cut at {cut}");
    }
}

#[test]
fn selection_and_thinning() {
    let lines: String = (1..=5).map(|i| trade(i * 1_000_000, "5000") + "\n").collect();
    let options = PumpOptions {
        since: Some(2_000_000),
        until: Some(5_000_000),
        limit: Some(2),
        ..PumpOptions::default()
    };
    let (text, end) = run_with(lines.as_bytes(), options, Thinning::new(&[Kind::Trade], &[]));
    assert_eq!(codes(&text), ["trade", "trade"]);
    assert!(text.starts_with(&trade(2_000_000, "5000")));
    assert_eq!(end.unwrap().stats.outside, 1);
    let (text, _) =
        run_with(lines.as_bytes(), PumpOptions::default(), Thinning::new(&[], &[Kind::Alert]));
    assert_eq!(text, lines);
}

#[test]
fn a_line_that_never_ends_is_an_error() {
    let options = PumpOptions { max_line: 100_000, ..PumpOptions::default() };
    let long =
        format!("{}\n{{\"t\":\"x\",\"a\":\"{}\"}}\n", trade(1, "5000"), "x".repeat(10_000_000));
    let (text, end) = run_with(long.as_bytes(), options, Thinning::default());
    assert!(matches!(end, Err(StreamError::BadInput { line: 2, .. })), "{end:?}");
    assert_eq!(codes(&text), ["before1", "trade", "after1"]);
}

#[test]
fn nothing_in_nothing_out() {
    let (text, end) = run("");
    assert_eq!((text.as_str(), end.unwrap().stats.lines), ("", 0));
    let (text, end) = run("\n  \n");
    assert_eq!((text.as_str(), end.unwrap().stats.blank), ("", 2));
}

#[test]
fn a_kill_file_reaches_the_stage() {
    let dir = tempfile::tempdir().unwrap();
    let kill = dir.path().join("KILL");
    std::fs::write(&kill, "fat finger\n").unwrap();
    let options = PumpOptions { kill_file: Some(KillFile::new(kill)), ..PumpOptions::default() };
    let (text, end) = run_with(trade(7, "5000").as_bytes(), options, Thinning::default());
    assert!(codes(&text).contains(&"kill fat finger".to_owned()));
    assert_eq!(end.unwrap().code, Some(6));
}

#[test]
fn a_reader_that_left_is_no_error() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in");
    std::fs::write(&path, (trade(1, "5000") + "\n").repeat(100_000)).unwrap();
    let mut output = Output::new(Box::new(Gone), "test", Thinning::default());
    let grid = Grid::new(&Config::default());
    let mut inputs = Inputs::new(&[path], None);
    let end = pump(
        &mut Echo::default(),
        &mut inputs,
        &mut output,
        grid,
        PumpOptions::default(),
        &Progress::none(),
    );
    assert!(end.unwrap().stats.lines < 100_000, "it stops reading soon");
}
