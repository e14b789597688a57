//! mia-check as a user meets it.

use crate::process;
use crate::process::Watchdog;
use crate::quality::mutations;
use mia::quality::Code;
use serde_json::Value;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

const CHECK: &str = env!("CARGO_BIN_EXE_mia-check");

fn command() -> Command {
    let mut command = Command::new(CHECK);
    for name in ["MIA_CONFIG", "MIA_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str], input: &[u8]) -> Output {
    process::feed(command().args(args).spawn().unwrap(), input)
}

fn good() -> Vec<u8> {
    [mutations::lines().join(&b'\n'), b"\n".to_vec()].concat()
}

/// The good lines with an empty one and an off-grid price among them.
fn bad() -> Vec<u8> {
    let mut lines = mutations::lines();
    lines[5] = String::from_utf8_lossy(&lines[5]).replace("5001.25", "5001.3").into_bytes();
    lines.insert(3, Vec::new());
    [lines.join(&b'\n'), b"\n".to_vec()].concat()
}

fn alerts(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn good_data_end_with_0_and_a_summary() {
    let output = run(&[], &good());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let alerts = alerts(&output);
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["code"], "check_summary");
    assert_eq!(alerts[0]["level"], "info");
    let passed = alerts[0]["data"]["passed"].as_array().unwrap();
    assert!(passed.iter().any(|code| code == "off_tick_price"), "{passed:?}");
    let not_looked = alerts[0]["data"]["not_looked"].as_array().unwrap();
    assert!(not_looked.iter().any(|code| code == "put_call_parity"), "{not_looked:?}");
}

#[test]
fn bad_data_end_with_65_and_the_places() {
    let output = run(&[], &bad());
    assert_eq!(output.status.code(), Some(65));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("refused for blank_line, off_tick_price"), "{stderr}");
    let schema = String::from_utf8(run(&["--schema"], b"").stdout).unwrap();
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&schema).unwrap()).unwrap();
    let alerts = alerts(&output);
    for alert in &alerts {
        assert!(validator.is_valid(alert), "{alert}");
        assert_eq!((&alert["t"], &alert["by"]), (&"alert".into(), &"check".into()));
    }
    let codes: Vec<_> = alerts.iter().map(|alert| alert["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["blank_line", "off_tick_price", "check_summary"]);
    assert_eq!(alerts[0]["data"]["first"], "standard input:4");
    assert_eq!(alerts[1]["data"]["first"], "standard input:7");
    assert_eq!(alerts[1]["level"], "critical");
    assert_eq!(alerts[1]["sym"], "ESM26");
    assert_eq!(alerts[1]["data"]["count"], 1);
    assert_eq!(alerts[2]["data"]["refused"], true);
    // The same bytes again.
    assert_eq!(run(&[], &bad()).stdout, output.stdout);
}

#[test]
fn tolerances_decide() {
    let args = ["--tolerance", "blank_line=1", "--tolerance", "off_tick_price=20%"];
    let output = run(&args, &bad());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(alerts(&output)[0]["level"], "warning");
    assert_eq!(run(&args[..2], &bad()).status.code(), Some(65));
    let set = ["--set", "quality.tolerance.blank_line=1e12", "--tolerance", "off_tick_price=all"];
    assert_eq!(run(&set, &bad()).status.code(), Some(0));
    for (wrong, part) in [
        ("off_tick=1", "off_tick_price"),
        ("off_tick_price", "CODE=AMOUNT"),
        ("off_tick_price=few", "1/10000"),
    ] {
        let output = run(&["--tolerance", wrong], b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{wrong}");
    }
}

#[test]
fn a_table_says_it_in_words() {
    let output = run(&["--format", "table"], &bad());
    assert_eq!(output.status.code(), Some(65));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "standard input: records (NDJSON), 11 lines",
        "REFUSE",
        "standard input:7: price 5001.3, ticks of 0.25",
        Code::OffTick.about(),
        "passed: ",
        "refused for blank_line, off_tick_price",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colour in a pipe:\n{text}");
}

#[test]
fn a_zone_that_was_assumed_is_said() {
    let rows = "ts,price,volume,delta,bid_volume,ask_volume,best_bid,best_ask\n\
                2026-03-09T09:30:00,5000.25,10,2,4,6,5000,5000.25\n";
    let summary = |args: &[&str]| {
        let output = run(args, rows.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        alerts(&output).remove(0)
    };
    let assumed = summary(&[]);
    assert_eq!(assumed["ts"], 1_773_048_600_000_000_i64);
    assert!(assumed["msg"].as_str().unwrap().contains("read as UTC"), "{assumed}");
    let stated = summary(&["--zone", "America/New_York"]);
    assert_eq!(stated["ts"], 1_773_063_000_000_000_i64);
    assert_eq!(run(&["--zone", "Mars"], b"").status.code(), Some(2));
}

#[test]
fn another_file_is_told_what_to_do() {
    for (head, part) in [
        (b"SCID8\0\0\0".as_slice(), "mia-feed sierra"),
        (b"DBN\x03", "mia-feed dbn"),
        (b"Expiration Date,Calls,Last Sale", "mia-feed cboe"),
        (b"DateTime,Price,Volume\n1,2,3", "mia-feed csv"),
        (b"hello\nworld\n", "mia-feed SOURCE"),
    ] {
        let output = run(&[], head);
        assert_eq!(output.status.code(), Some(65));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(part), "{stderr}");
    }
    let nothing = run(&[], b"");
    assert_eq!(nothing.status.code(), Some(65), "what was not there was not checked");
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("nothing was checked"));
}

#[test]
fn a_live_check_tells_at_once() {
    let mut child = command().arg("--live").spawn().unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    stdin.write_all(&bad()).unwrap();
    stdin.flush().unwrap();
    // The input stays open: what was found is told already.
    let codes: Vec<String> = (0..2)
        .map(|_| {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            line["code"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(codes, ["blank_line", "off_tick_price"]);
    drop(stdin);
    let last: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(last["code"], "check_summary");
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(65));
}

#[test]
fn the_document_has_every_finding() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/quality.md");
    let text = std::fs::read_to_string(path).unwrap();
    for code in Code::ALL {
        let row = format!("| `{}` | {} |", code.name(), code.about());
        assert!(text.contains(&row), "no row `{row}`");
    }
}
