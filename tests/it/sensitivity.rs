//! mia-exec sensitivity: every variant is what the pipe would have made of it.

use crate::desk::at;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::process::feed;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::Record;
use serde_json::Value;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

fn run(args: &[&str], input: &[u8]) -> Output {
    let child = Command::new(env!("CARGO_BIN_EXE_mia-exec"))
        .arg("sensitivity")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    feed(child, input)
}

/// Four purchases twenty minutes apart; the market runs to the target of two, through the
/// stop of the others. The touch rises a tick at 100 ms, so that latency costs.
fn session() -> Vec<Record> {
    let mut records = Vec::new();
    for n in 0..4 {
        let ms = n * 1_200_000;
        records.push(quote(ms, 5000.0, 50, 5000.25, 50));
        records.push(trade(ms, 5000.0, 1));
        records.push(signal(&format!("s-{n}"), ms, Side::Buy, 5000.0, 4998.0, 5004.0).into());
        records.push(quote(ms + 10, 5000.0, 50, 5000.25, 50));
        records.push(quote(ms + 100, 5000.25, 50, 5000.5, 50));
        records.push(quote(ms + 600, 5000.25, 50, 5000.5, 50));
        let end = if n % 2 == 0 { 5004.25 } else { 4997.5 };
        records.push(quote(ms + 4000, end - 0.25, 50, end, 50));
        records.push(trade(ms + 4010, end, 5));
        records.push(clock(ms + 9000));
    }
    records
}

fn report(args: &[&str], records: &[Record]) -> Value {
    let output = run(&[&["--format", "json"], args].concat(), &bytes(records));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn row<'a>(report: &'a Value, axis: &str, value: &str) -> &'a Value {
    let rows = report["variants"].as_array().unwrap();
    let found = rows.iter().find(|row| row["axis"] == axis && row["value"] == value);
    found.unwrap_or_else(|| panic!("{axis} {value} in {rows:#?}"))
}

/// What the two stages make of it, the slow way.
fn pipe(latency_ms: i64, records: &[Record]) -> (usize, Cents) {
    let (config, calendar) = (config(latency_ms), Calendar::builtin().unwrap());
    let mut risk = RiskStage::new(&config, calendar.clone(), RiskOptions::default()).unwrap();
    let mut paper = PaperStage::new(&config, calendar, None).unwrap();
    let decided = drive(&mut risk, records).unwrap();
    let done = drive(&mut paper, &decided).unwrap();
    let trips: Vec<Cents> = done
        .iter()
        .filter_map(|r| if let Record::Roundtrip(t) = r { Some(t.pnl) } else { None })
        .collect();
    (trips.len(), trips.iter().fold(Cents(0), |sum, pnl| sum + *pnl))
}

#[test]
fn every_variant_is_what_the_pipe_makes_of_it() {
    let records = session();
    let report = report(&[], &records);
    let (n, base) = pipe(150, &records);
    assert!(n >= 3, "{report:#}");
    assert_eq!(report["n"], n);
    for (latency, axis, value) in [
        (150, "as set", "150 ms, 1 ticks, fees x1"),
        (0, "latency", "0 ms"),
        (500, "latency", "500 ms"),
    ] {
        let row = row(&report, axis, value);
        let (trades, net) = pipe(latency, &records);
        assert_eq!(row["trades"], trades, "{row}");
        let told = (row["net"].as_f64().unwrap() * 100.0).round() as i64;
        assert_eq!(told, net.0, "{row}");
        let delta = (row["delta"].as_f64().unwrap() * 100.0).round() as i64;
        assert_eq!(delta, net.0 - base.0, "{row}");
    }
    // Less latency buys a tick cheaper, so something changed and is named.
    let faster = row(&report, "latency", "0 ms");
    assert!(faster["delta"].as_f64().unwrap() > 0.0, "{faster}");
    assert_eq!(
        faster["changed"].as_u64().unwrap(),
        faster["differences"].as_array().unwrap().len() as u64
    );
    let fees = row(&report, "fees", "x2");
    assert!(fees["delta"].as_f64().unwrap() < 0.0, "{fees}");
    let weights = report["weights"].as_array().unwrap();
    let spreads: Vec<f64> = weights.iter().map(|w| w["spread"].as_f64().unwrap()).collect();
    assert!(spreads.is_sorted_by(|a, b| a >= b), "{spreads:?}");
    assert!(report["note"].as_str().unwrap().contains("no evidence of an edge"));
}

#[test]
fn the_output_of_the_whole_pipe_gives_the_same_report() {
    let records = session();
    let calendar = Calendar::builtin().unwrap();
    let mut risk = RiskStage::new(&config(150), calendar.clone(), RiskOptions::default()).unwrap();
    let mut paper = PaperStage::new(&config(150), calendar, None).unwrap();
    let decided = drive(&mut risk, &records).unwrap();
    let done = drive(&mut paper, &decided).unwrap();
    assert!(done.len() > records.len());
    assert_eq!(report(&[], &done), report(&[], &records));
}

#[test]
fn forms_agree_and_come_out_the_same_each_time() {
    let input = bytes(&session());
    let json = report(&["--grid"], &session());
    let rows = json["variants"].as_array().unwrap().len();
    let csv = String::from_utf8(run(&["--format", "csv", "--grid"], &input).stdout).unwrap();
    assert_eq!(csv.lines().count(), rows + 1);
    let table = run(&["--trades"], &input);
    assert!(table.status.success());
    assert_eq!(table.stdout, run(&["--trades"], &input).stdout);
    let text = String::from_utf8(table.stdout).unwrap();
    for words in ["SYNTHETIC DATA", "what matters most:", "far too few", "no evidence of an edge"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[test]
fn an_input_without_a_market_is_refused() {
    let output = run(&[], b"");
    assert_eq!(output.status.code(), Some(65), "{}", String::from_utf8_lossy(&output.stderr));
    let alone = signal("s", 0, Side::Buy, 5000.0, 4998.0, 5004.0);
    assert!(alone.ts == at(0));
    assert_eq!(run(&[], &bytes(&[alone.into()])).status.code(), Some(65));
}
