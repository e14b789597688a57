//! The wire for others: schemas, golden lines, and the document made of both.

use crate::arbitrary;
use jsonschema::Validator;
use mia::wire::Kind;
use mia::wire::codec;
use mia::wire::schema;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a generated text with its checked-in file; `MIA_UPDATE=1` writes the file instead.
pub fn compare(path: &str, generated: &str) {
    let file = root(path);
    if std::env::var("MIA_UPDATE").as_deref() == Ok("1") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        return fs::write(&file, generated).unwrap();
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == generated,
        "{path} is not what the code gives; look at the difference after \
         `MIA_UPDATE=1 cargo test --test it wire::`"
    );
}

fn validators() -> BTreeMap<&'static str, Validator> {
    let one = |kind: &Kind| {
        let validator = jsonschema::draft202012::new(&schema::of(*kind));
        (kind.name(), validator.unwrap_or_else(|e| panic!("{kind}: {e}")))
    };
    Kind::ALL.iter().map(one).collect()
}

#[test]
fn schema_files_are_what_the_types_say() {
    let files = schema::files();
    assert_eq!(files.len(), Kind::ALL.len());
    for (name, contents) in &files {
        compare(&format!("schema/{name}"), contents);
    }
    let known: Vec<_> = files.iter().map(|f| f.0.as_str()).collect();
    for entry in fs::read_dir(root("schema")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "schema/{name} belongs to no kind");
    }
}

#[test]
fn schemas_are_schemas_that_say_the_kind_first() {
    for kind in Kind::ALL {
        let schema = schema::of(*kind);
        assert!(jsonschema::meta::is_valid(&schema), "{kind}");
        let properties: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties[..3], ["t", "ts", "sym"], "{kind}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{kind}.{name} has no description");
        }
        let required: Vec<_> =
            schema["required"].as_array().unwrap().iter().filter_map(|r| r.as_str()).collect();
        assert_eq!(required[..3], ["t", "ts", "sym"], "{kind}");
    }
    let required = |kind| schema::of(kind)["required"].clone();
    // Nullable keys are always written, optional ones only where they are set.
    assert_eq!(
        required(Kind::Quote),
        serde_json::json!(["t", "ts", "sym", "bid", "bsz", "ask", "asz", "src"])
    );
    assert_eq!(required(Kind::Depth), serde_json::json!(["t", "ts", "sym", "src"]));
}

#[test]
fn the_schema_of_several_kinds_takes_each_of_them_and_no_other() {
    let kinds = [Kind::Bar, Kind::Levels, Kind::Features];
    let validator = jsonschema::draft202012::new(&schema::of_kinds(&kinds)).unwrap();
    let mut seen = 0;
    for (_, line) in golden() {
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let of_them = kinds.iter().any(|k| value["t"] == k.name());
        seen += usize::from(of_them);
        assert_eq!(validator.is_valid(&value), of_them, "{line}");
    }
    assert!(seen >= 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written is valid, and stops being so when a required key is gone or wrong.
    #[test]
    fn written_records_are_valid(records in prop::collection::vec(arbitrary::any_record(), 50)) {
        thread_local!(static VALIDATORS: BTreeMap<&'static str, Validator> = validators());
        VALIDATORS.with(|validators| {
            for record in &records {
                let line = codec::to_line(record).unwrap();
                let validator = &validators[record.kind().name()];
                let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
                if let Some(error) = validator.iter_errors(&value).next() {
                    panic!("{error}: {value}");
                }
                for key in schema::of(record.kind())["required"].as_array().unwrap() {
                    let mut damaged = value.clone();
                    damaged.as_object_mut().unwrap().remove(key.as_str().unwrap());
                    assert!(!validator.is_valid(&damaged), "without {key}: {value}");
                    damaged[key.as_str().unwrap()] = serde_json::json!({ "no": "such type" });
                    assert!(!validator.is_valid(&damaged) || key == "f" || key == "why" || key == "dealer_sign");
                }
            }
        });
    }
}

/// The golden lines with their numbers.
pub fn golden() -> Vec<(usize, String)> {
    lines("tests/golden/wire.ndjson")
}

fn lines(path: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(root(path)).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).enumerate().map(|(i, line)| (i + 1, line)).collect()
}

#[test]
fn golden_lines_are_valid_and_stable() {
    let validators = validators();
    let mut seen: BTreeMap<Kind, usize> = BTreeMap::new();
    for (number, line) in golden() {
        let kind = codec::peek(line.as_bytes()).unwrap().unwrap();
        *seen.entry(kind).or_default() += 1;
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(error) = validators[kind.name()].iter_errors(&value).next() {
            panic!("line {number}: {error} at {}", error.instance_path());
        }
        for decode in [codec::decode, codec::decode_serde] {
            let record =
                decode(kind, line.as_bytes()).unwrap_or_else(|e| panic!("line {number}: {e}"));
            for encode in [codec::encode, codec::encode_serde] {
                let mut out = Vec::new();
                encode(&record, &mut out).unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), format!("{line}\n"), "line {number}");
            }
        }
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|k| !seen.contains_key(k)).collect();
    assert!(missing.is_empty(), "kinds without a golden line: {missing:?}");
}

/// Every key that a kind may write is in a golden line, and every optional one is absent in another.
#[test]
fn golden_lines_show_every_key() {
    let lines: Vec<serde_json::Value> =
        golden().iter().map(|(_, line)| serde_json::from_str(line).unwrap()).collect();
    for kind in Kind::ALL {
        let schema = schema::of(*kind);
        let required = schema["required"].as_array().unwrap();
        for key in schema["properties"].as_object().unwrap().keys() {
            let of_kind = || lines.iter().filter(|l| l["t"] == kind.name());
            assert!(of_kind().any(|l| l.get(key).is_some()), "{kind}.{key} is never there");
            if !required.iter().any(|r| r == key) {
                assert!(of_kind().any(|l| l.get(key).is_none()), "{kind}.{key} is always there");
            }
        }
    }
}

/// Lines come in pairs: what another program may write, and the same record as MIA writes it.
#[test]
fn foreign_lines_equal_their_canonical_twins() {
    let lines = lines("tests/golden/wire-foreign.ndjson");
    assert!(lines.len() >= 20 && lines.len().is_multiple_of(2));
    for pair in lines.chunks_exact(2) {
        let (number, foreign) = &pair[0];
        let twin = &pair[1].1;
        assert_ne!(foreign, twin, "line {number}");
        let kind = codec::peek(foreign.as_bytes()).unwrap().unwrap();
        assert_eq!(Ok(Some(kind)), codec::peek(twin.as_bytes()), "line {number}");
        let record = codec::decode(kind, foreign.as_bytes())
            .unwrap_or_else(|e| panic!("line {number}: {e}"));
        assert_eq!(codec::decode(kind, twin.as_bytes()).as_ref(), Ok(&record), "line {number}");
        let written = String::from_utf8(codec::to_line(&record).unwrap()).unwrap();
        assert_eq!(written, format!("{twin}\n"), "line {number}");
    }
}
