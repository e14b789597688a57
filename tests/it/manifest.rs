//! The manifest of the features names what the stage writes, and the stage writes nothing else.

use crate::features::Collect;
use crate::features::MINUTE;
use crate::features::as_feed_bars;
use crate::features::clock;
use crate::features::real_bars;
use crate::features::real_ticks;
use crate::features::run;
use crate::features::session;
use crate::features::week;
use crate::features::without_quotes;
use crate::option_features;
use crate::process;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::quote;
use crate::synthetic_tape::trade;
use crate::synthetic_tape::with_depth;
use mia::config::Config;
use mia::features::Reason;
use mia::features::manifest;
use mia::features::manifest::Entry;
use mia::features::manifest::Group;
use mia::features::manifest::Mirror;
use mia::features::manifest::Need;
use mia::market::Side;
use mia::market::SideSource;
use mia::wire::FEATURE_NAMES;
use mia::wire::FEATURE_VERSION;
use mia::wire::Features;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::schema;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

const FILE: &str = "docs/features.md";
const START: &str = "<!-- generated from here: MIA_UPDATE=1 cargo test --test it manifest -->\n";
const END: &str = "<!-- generated to here -->\n";

/// `sha256sum` of the names, joined by commas, of version 1: other names are another version.
const NAMES_SHA256: &str = "b751750a7352f8f79733c33b2fc0a185553df6431b643d93c0a82618e8c5eb5e";

#[test]
fn names_are_those_of_the_wire_in_their_order() {
    let names: Vec<_> = manifest::features().map(|entry| entry.name).collect();
    assert_eq!(names, FEATURE_NAMES);
    assert_eq!((manifest::names_sha256().as_str(), FEATURE_VERSION), (NAMES_SHA256, 1));
    let schema = schema::of(Kind::Features);
    let keys: Vec<_> =
        schema["$defs"]["Auxiliaries"]["properties"].as_object().unwrap().keys().collect();
    let names: Vec<_> = manifest::auxiliaries().map(|entry| entry.name).collect();
    assert_eq!(names, keys, "x of the wire and src/features/manifest/auxiliaries.rs");
}

#[test]
fn every_entry_says_everything_and_refers_to_what_exists() {
    let settings = serde_json::to_value(Config::default()).unwrap();
    let named = |name: &str| manifest::entries().find(|entry| entry.name == name);
    let mut names = BTreeSet::new();
    for entry in manifest::entries() {
        let Entry { name, formula, window, unit, sign, .. } = entry;
        assert!(names.insert(name), "{name} twice");
        for text in [formula, window, unit, sign] {
            assert!(!text.is_empty() && text.is_ascii(), "{name}: {text}");
            assert!(!text.contains("  ") && !text.ends_with('.'), "{name}: {text}");
        }
        let reasons: BTreeSet<_> = entry.null.iter().map(|null| null.reason).collect();
        assert_eq!(reasons.len(), entry.null.len(), "{name} has a reason twice");
        for key in entry.settings {
            if key.starts_with("options.") && settings.get("options").is_none() {
                continue;
            }
            let value = key.split('.').try_fold(&settings, |table, part| table.get(part));
            assert!(value.is_some(), "{name} refers to the setting {key}, which does not exist");
        }
        for word in entry.facts().into_iter().map(|fact| fact.1).chain([formula.to_string()]) {
            for key in word.split([' ', ',', ';', ':', '(', ')', '*']).filter(|w| w.contains('_')) {
                let Some((table, _)) = key.split_once('.') else { continue };
                let known = settings.get(table).is_none() || entry.settings.contains(&key);
                assert!(known, "{name} mentions {key} and does not list it");
            }
        }
        let (low, high) = entry.range;
        assert!(low.zip(high).is_none_or(|(low, high)| low < high), "{name}");
        match entry.mirror {
            Mirror::ReflectOf(other) | Mirror::ValueOf(other) => {
                assert!(named(other).is_some(), "{name} is the mirror of {other}");
            }
            Mirror::Negate => {
                assert!(low.zip(high).is_none_or(|(low, high)| low + high == 0.0), "{name}");
            }
            _ => {}
        }
    }
    let notes: BTreeSet<_> = manifest::NOTES.iter().map(|note| (note.field, note.value)).collect();
    assert_eq!(notes.len(), manifest::NOTES.len(), "a note twice");
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        let used = manifest::entries().any(|e| e.null.iter().any(|null| null.reason == reason));
        assert!(used, "no entry has the reason {}", reason.code());
    }
}

/// A week at one price: five days whose first minutes have no trade, and a sixth that has them.
fn flat() -> Vec<Record> {
    let mut records = Vec::new();
    for (i, date) in ["11-09", "11-10", "11-12", "11-13", "11-16", "11-17"].iter().enumerate() {
        let open = session(&format!("2026-{date}")).rth.unwrap().0;
        let from = if i == 5 { -1 } else { 3 };
        for second in (from * 60..40 * 60).step_by(5) {
            let at = open + second * 1_000_000;
            records.push(quote(at, 20_000, 5, 20_001, 5));
            records.push(trade(at + 1, 20_000, 1, Side::Buy));
            records.push(trade(at + 2, 20_000, 1, Side::Sell));
        }
    }
    records
}

/// A fifth and more of the volume without a reliable side.
fn doubtful() -> Vec<Record> {
    let mut records = week();
    for record in records.iter_mut().step_by(3) {
        if let Record::Trade(trade) = record {
            trade.ss = SideSource::Tick;
        }
    }
    records
}

const NO_CHAIN: &[Need] = &[Need::Chain, Need::Basis, Need::Depth];
const NO_QUOTES: &[Need] = &[Need::Chain, Need::Basis, Need::Depth, Need::Quotes];
const BARS: &[Need] = &[Need::Chain, Need::Basis, Need::Depth, Need::Quotes, Need::Trades];
const NO_DEPTH: &[Need] = &[Need::Depth];
const CHAIN_AND_BARS: &[Need] = &[Need::Depth, Need::Quotes, Need::Trades];

/// Streams that between them show every reason and every note, and the needs that each of them leaves
/// unmet.
fn streams() -> Vec<(&'static str, Collect, &'static [Need])> {
    let config = Config::default();
    let mut loose = Config::default();
    (loose.vwap.sd_min_ticks, loose.vwap.min_volume) = (0, 10);
    let mut bulk = Config::default();
    (bulk.flow.bulk, bulk.flow.bulk_volume) = (true, 500);
    let full = run(&config, &week());
    let deep = with_depth(&week(), &mut Dice::new(1));
    let bars = run(&config, &as_feed_bars(&full));
    // Joined late, in the middle of regular hours.
    let joined = session("2026-11-09").rth.unwrap().0 + 20 * MINUTE;
    let mut night: Vec<_> = week().into_iter().filter(|r| r.ts() > joined).collect();
    let late = session("2026-11-18").close;
    night.extend([trade(late - 5, 20_000, 1, Side::Buy), clock(late + 70 * MINUTE)]);
    night.push(trade(session("2026-11-19").open + 5, 20_000, 1, Side::Buy));
    night.push(clock(session("2026-11-19").open + MINUTE));
    let mut streams = vec![
        ("trades, quotes and depth", run(&bulk, &deep), &[Need::Chain, Need::Basis][..]),
        ("trades and quotes", full, NO_CHAIN),
        ("trades with sides", run(&config, &without_quotes(week(), true)), NO_QUOTES),
        ("trades alone", run(&config, &without_quotes(week(), false)), NO_QUOTES),
        ("bars", bars, BARS),
        ("one price", run(&loose, &flat()), NO_CHAIN),
        ("doubtful sides", run(&config, &doubtful()), NO_CHAIN),
        ("the night", run(&config, &night), NO_CHAIN),
    ];
    streams.extend(option_features::streams().into_iter().map(|(name, out)| (name, out, NO_DEPTH)));
    let (chain, tape) = option_features::chain_and_tape();
    let mut records = as_feed_bars(&run(&config, &tape));
    records.extend(chain);
    records.sort_by_key(Record::ts);
    streams.push(("bars and a chain", run(&config, &records), CHAIN_AND_BARS));
    if let Some(records) = real_ticks() {
        streams.push(("real ticks", run(&config, &records[..150_000]), NO_QUOTES));
    }
    if let Some(records) = real_bars("ESH20") {
        streams.push(("real bars", run(&config, &records), BARS));
    }
    streams
}

/// The auxiliary values of a record by key.
pub fn auxiliaries(features: &Features) -> BTreeMap<String, Value> {
    let value = serde_json::to_value(&features.x).unwrap();
    serde_json::from_value(value).unwrap()
}

fn check_range(entry: &Entry, value: f64, stream: &str, at: i64) {
    let inside = entry.range.0.is_none_or(|low| low <= value)
        && entry.range.1.is_none_or(|high| value <= high);
    assert!(inside, "{stream}: {} is {value} at {at}, not {}", entry.name, entry.range_text());
}

#[test]
fn the_stage_writes_what_the_manifest_says_and_no_other_reason() {
    let mut seen = BTreeSet::new();
    let mut notes = BTreeSet::new();
    for (stream, out, unmet) in streams() {
        let mut defined = BTreeSet::new();
        for (i, features) in out.features().enumerate() {
            for (entry, value) in manifest::features().zip(features.f.0) {
                let name = entry.name;
                match (value, features.why.reason(name)) {
                    (Some(value), None) => {
                        check_range(entry, value, stream, features.ts);
                        defined.insert(name);
                    }
                    (None, Some(code)) => {
                        let listed = entry.null.iter().find(|null| null.reason.code() == code);
                        let listed = listed.unwrap_or_else(|| {
                            panic!("{stream}: {name} is null for {code}: not in the manifest")
                        });
                        seen.insert((name, listed.reason));
                    }
                    (value, why) => panic!("{stream}: {name} is {value:?} for {why:?}"),
                }
            }
            for (field, text) in &features.why.0 {
                if let Some(entry) = manifest::auxiliaries().find(|entry| entry.name == field)
                    && entry.null.iter().any(|null| null.reason.code() == text)
                {
                    continue;
                }
                if !FEATURE_NAMES.contains(&field.as_ref()) {
                    let known = manifest::NOTES.iter().any(|n| n.field == field && n.value == text);
                    assert!(known, "{stream}: the note {field}: {text} is not in the manifest");
                    notes.insert((field.to_string(), text.to_string()));
                }
            }
            // Every key of x is looked at in one record of seven.
            if i % 7 != 0 {
                continue;
            }
            let x = auxiliaries(features);
            for entry in manifest::auxiliaries() {
                let Some(value) = x.get(entry.name) else {
                    assert!(!entry.null.is_empty(), "{stream}: {} is absent", entry.name);
                    continue;
                };
                defined.insert(entry.name);
                if let Some(value) = value.as_f64() {
                    check_range(entry, value, stream, features.ts);
                }
            }
        }
        // What needs an input that the stream lacks is never there; and on whole weeks, what needs
        // no more than it has is.
        for entry in manifest::entries() {
            let missing = |need: &Need| match need {
                Need::Setting(_) => stream != "trades, quotes and depth",
                need => unmet.contains(need),
            };
            let lacks = entry.needs.iter().any(missing);
            let is = defined.contains(entry.name);
            assert!(!(lacks && is), "{stream}: {} is defined without its needs", entry.name);
            let whole = [
                "trades, quotes and depth",
                "trades and quotes",
                "trades with sides",
                "trades alone",
                "bars",
            ];
            if whole.contains(&stream) {
                assert!(lacks || is, "{stream}: {} is never defined", entry.name);
            }
        }
    }
    for entry in manifest::features() {
        for null in entry.null {
            assert!(
                seen.contains(&(entry.name, null.reason)),
                "no stream here has {} null for {}: {}",
                entry.name,
                null.reason.code(),
                null.when
            );
        }
    }
    for note in manifest::NOTES {
        let seen = notes.contains(&(note.field.to_owned(), note.value.to_owned()));
        assert!(seen, "no stream here has the note {}: {}", note.field, note.value);
    }
}

#[test]
fn the_document_has_the_tables_of_the_manifest() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let stored = std::fs::read_to_string(path).unwrap();
    let (before, rest) = stored.split_once(START).expect("where the generated part starts");
    let (_, after) = rest.split_once(END).expect("where the generated part ends");
    crate::wire::compare(FILE, &format!("{before}{START}{}{END}{after}", tables()));
}

fn tables() -> String {
    let mut text = String::new();
    for group in Group::ALL {
        write!(
            text,
            "\n### {}\n\n| name | formula | window | unit, range | sign | {} | needs |\n\
             |---|---|---|---|---|---|---|\n",
            group.title(),
            if group == Group::Auxiliary { "absent" } else { "null" }
        )
        .unwrap();
        for entry in manifest::entries().filter(|entry| entry.group == group) {
            let why = |null: &manifest::Null| format!("`{}`: {}", null.reason.code(), null.when);
            let nulls: Vec<_> = entry.null.iter().map(why).collect();
            let needs: Vec<_> = entry.needs.iter().map(|need| need.text()).collect();
            let range = match entry.range {
                (None, None) => String::new(),
                _ => format!(", {}", entry.range_text()),
            };
            let cells = [
                format!("`{}`", entry.name),
                entry.formula.to_owned(),
                entry.window.to_owned(),
                format!("{}{range}", entry.unit),
                if entry.sign == "none" { String::new() } else { entry.sign.to_owned() },
                nulls.join("; "),
                needs.join("; "),
            ];
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace('*', "\\*"));
            writeln!(text, "| {} |", cells.join(" | ")).unwrap();
        }
    }
    text.push_str("\n### Reasons and notes in `why`\n\n| code | meaning |\n|---|---|\n");
    for reason in Reason::ALL {
        writeln!(text, "| `{}` | {} |", reason.code(), reason.meaning()).unwrap();
    }
    for note in manifest::NOTES {
        writeln!(text, "| `{}: {}` | {} |", note.field, note.value, note.meaning).unwrap();
    }
    text.push('\n');
    text
}

fn describe(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-features"));
    command.env_remove("MIA_CONFIG").env_remove("MIA_LOG").args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process::feed(command.spawn().unwrap(), b"")
}

#[test]
fn the_program_describes_itself_in_text_and_in_json() {
    let output = describe(&["--describe", "--set", "flow.min_vol=77"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}'), "colour in a pipe");
    assert!(text.contains("flow.min_vol = 77") && text.contains(NAMES_SHA256));
    for entry in manifest::entries() {
        assert_eq!(text.lines().filter(|line| *line == entry.name).count(), 1, "{}", entry.name);
    }
    let output = describe(&["--describe=json"]);
    assert!(output.status.success());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["fv"], &json["names_sha256"]), (&1.into(), &NAMES_SHA256.into()));
    for (i, name) in FEATURE_NAMES.iter().enumerate() {
        let entry = &json["features"][i];
        assert_eq!((&entry["name"], &json["names"][i]), (&Value::from(*name), &(*name).into()));
    }
    assert_eq!(json["features"][0]["min"], -1.0);
    assert_eq!(json["features"][0]["null"][0]["code"], "side_quality");
    assert_eq!(json["features"][10]["mirror"]["value_of"], "opt_put_wall_dist");
    assert_eq!(json["auxiliaries"].as_array().unwrap().len(), manifest::auxiliaries().count());
    assert_eq!(describe(&["--describe=html"]).status.code(), Some(2));
}
