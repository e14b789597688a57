//! mia-signal backscan as a user meets it: any kind of file in, every form of answer and a picture out.

use crate::process;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::OnceLock;

const FEED: &str = env!("CARGO_BIN_EXE_mia-feed");
const FEATURES: &str = env!("CARGO_BIN_EXE_mia-features");
const SIGNAL: &str = env!("CARGO_BIN_EXE_mia-signal");

fn run(program: &str, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program);
    for name in ["MIA_CONFIG", "MIA_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process::feed(command.args(args).spawn().unwrap(), input)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn good(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(program, args, input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    output.stdout
}

/// Two synthetic sessions with a planted sale at the upper edge of value.
fn market() -> &'static [u8] {
    static MARKET: OnceLock<Vec<u8>> = OnceLock::new();
    MARKET.get_or_init(|| {
        let plant = "va_rejection@2026-03-10:11:00:sell";
        let args = ["synth", "--seed", "7", "--from", "2026-03-09", "--sessions", "2"];
        let few = ["--rate", "0.2", "--no-chain", "--index-every", "0", "--depth", "0"];
        good(FEED, &[&args[..], &few[..], &["--plant", plant]].concat(), b"")
    })
}

fn features() -> &'static [u8] {
    static FEATURES_OF: OnceLock<Vec<u8>> = OnceLock::new();
    FEATURES_OF.get_or_init(|| good(FEATURES, &[], market()))
}

fn json(args: &[&str], input: &[u8]) -> Value {
    let args = [&["backscan", "--format", "json"], args].concat();
    serde_json::from_slice(&good(SIGNAL, &args, input)).unwrap()
}

#[test]
fn market_data_features_and_signals_give_the_same() {
    let direct = json(&[], market());
    assert_eq!(json(&["-"], features()), direct);
    let signals = good(SIGNAL, &["--explain"], features());
    assert_eq!(json(&[], &signals), direct);
    // Without explanations everything but the reasons is there.
    let mut silent = json(&[], &good(SIGNAL, &[], features()));
    assert_eq!(silent["why_not"], serde_json::json!({}));
    silent["why_not"] = direct["why_not"].clone();
    assert_eq!(silent, direct);

    let signals = direct["signals"].as_array().unwrap();
    let planted = signals.iter().find(|s| s["time"] == "2026-03-10T11:00:00-04:00").unwrap();
    assert_eq!(
        (&planted["pattern"], &planted["side"]),
        (&Value::from("va_rejection"), &Value::from("sell"))
    );
    assert_eq!(direct["synthetic"], true);
    assert_eq!(direct["sessions"], 2);
}

/// The signals that mia-signal writes are those told, none more.
#[test]
fn every_signal_is_told_once_with_an_outcome() {
    let written = good(SIGNAL, &["--only", "signal"], features());
    let ids = |bytes: &[u8]| -> Vec<String> {
        let lines = std::str::from_utf8(bytes).unwrap().lines();
        let values = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        let entries = values.filter(|v| v.get("op").is_none_or(|op| op == "enter"));
        entries.filter_map(|v| Some(v.get("id")?.as_str()?.to_owned())).collect()
    };
    let told = good(SIGNAL, &["backscan"], market());
    assert!(!ids(&written).is_empty());
    assert_eq!(ids(&told), ids(&written));
    for line in std::str::from_utf8(&told).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (gross, net) = (line["gross_ticks"].as_f64().unwrap(), line["net_ticks"].as_f64());
        // 4.50 $ a round trip of ES and one tick of slippage.
        assert!((gross - 1.36 - net.unwrap()).abs() < 1e-9, "{line}");
        assert_ne!(line["outcome"], "");
    }
}

#[test]
fn every_form_tells_the_same_signals() {
    let document = json(&[], features());
    let signals = document["signals"].as_array().unwrap();
    let csv = good(SIGNAL, &["backscan", "--format", "csv"], features());
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), signals.len());
    for (row, signal) in rows.iter().zip(signals) {
        assert_eq!(header.len(), signal.as_object().unwrap().len());
        for (name, cell) in header.iter().zip(row) {
            let told = match &signal[name] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                Value::Array(list) => {
                    list.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>().join("+")
                }
                other => other.to_string(),
            };
            assert_eq!(cell, told, "{name}");
        }
    }
    let table = good(SIGNAL, &["backscan", "--format", "table"], features());
    let table = String::from_utf8(table).unwrap();
    assert!(table.starts_with(" SYNTHETIC DATA"), "{table}");
    assert!(!table.contains('\u{1b}'), "no colours in a pipe");
    for signal in signals {
        let entry = format!("{:.2}", signal["entry"].as_f64().unwrap());
        let pattern = signal["pattern"].as_str().unwrap();
        assert!(table.lines().any(|l| l.contains(&entry) && l.contains(pattern)), "{table}");
    }
    assert!(table.contains("uncalibrated, n too small (below 30)"), "{table}");
    assert!(table.contains("Why not"), "{table}");
    let colored = good(SIGNAL, &["backscan", "--format", "table", "--color", "always"], features());
    assert!(colored.contains(&0x1b));
}

#[test]
fn one_session_is_told_and_the_others_warm_up() {
    let all = json(&[], features());
    let one = json(&["--session", "2026-03-10"], features());
    let of_the_day: Vec<_> = all["signals"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["session"] == "2026-03-10")
        .cloned()
        .collect();
    assert_eq!(one["signals"].as_array().unwrap(), &of_the_day);
    assert_eq!(one["sessions"], 1);
}

/// Texts of a picture.
fn texts(svg: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(svg).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let nodes = document.descendants().filter(|node| node.has_tag_name("text"));
    nodes.map(|node| node.text().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn a_picture_names_levels_and_signals() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("day.svg");
    let name = file.to_str().unwrap();
    let args = ["backscan", "--session", "2026-03-10", "--svg", name];
    let lines = good(SIGNAL, &args, features());
    let texts = texts(&file);
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    for part in
        ["ESH26", "Tuesday 2026-03-10", "SYNTHETIC DATA", "pVAH ", "VWAP ", "09:30", "16:00"]
    {
        assert!(has(part), "{part}: {texts:?}");
    }
    for line in std::str::from_utf8(&lines).unwrap().lines() {
        let signal: Value = serde_json::from_str(line).unwrap();
        let clock = &signal["time"].as_str().unwrap()[11..16];
        let pattern = signal["pattern"].as_str().unwrap();
        let outcome = signal["outcome"].as_str().unwrap();
        let told = |t: &String| t.contains(clock) && t.contains(pattern) && t.contains(outcome);
        assert!(texts.iter().any(told), "{signal}: {texts:?}");
    }
    // The same bytes again, and never over a file unasked.
    let before = std::fs::read(&file).unwrap();
    let again = run(SIGNAL, &args, features());
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    good(SIGNAL, &[&args[..], &["--force"]].concat(), features());
    assert_eq!(std::fs::read(&file).unwrap(), before);

    // Two sessions make two pictures.
    let both = dir.path().join("both.svg");
    good(SIGNAL, &["backscan", "--svg", both.to_str().unwrap()], features());
    for date in ["2026-03-09", "2026-03-10"] {
        assert!(dir.path().join(format!("both-{date}.svg")).exists(), "{date}");
    }
    assert!(!both.exists());
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    let bad = |args: &[&str], input: &[u8], exit: i32, part: &str| {
        let output = run(SIGNAL, &[&["backscan"], args].concat(), input);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {text}");
        assert!(text.contains(part), "{args:?}: `{part}` is not in:\n{text}");
    };
    bad(&[], b"", 65, "holds no market data");
    bad(&["--svg", "/nowhere/day.svg"], features(), 73, "mkdir -p /nowhere");
    bad(&["--session", "2026-03-12"], features(), 65, "2026-03-12");
    bad(&["--session", "tomorrow"], b"", 2, "tomorrow");
    bad(&["/nowhere/day.ndjson"], b"", 65, "/nowhere/day.ndjson");
    bad(&["--format", "xml"], b"", 2, "xml");
    bad(&["--set", "instrument=\"ZZ\""], features(), 78, "ZZ");
    let broken = b"{\"t\":\"bar\",\"ts\":1,\n";
    bad(&["-"], broken, 65, "standard input:1");
    let signals = good(SIGNAL, &["--only", "signal"], features());
    bad(&[], &signals, 65, "keep the bars");
}
