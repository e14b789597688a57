//! The codec as a whole: what is written is read back, and the fast ways equal serde's.

use crate::arbitrary;
use crate::arbitrary::Dice;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::codec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

/// The kinds with a hand-written codec.
const FAST: [Kind; 3] = [Kind::Trade, Kind::Quote, Kind::Depth];

fn line_of(record: &Record) -> Vec<u8> {
    codec::to_line(record).unwrap_or_else(|e| panic!("{e}: {record:?}"))
}

/// The line without its line feed.
fn body(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").expect("a line feed at the end")
}

proptest! {
    #![proptest_config(Config::with_cases(4_000))]

    #[test]
    fn what_is_written_is_read_back_and_written_the_same(record in arbitrary::any_record()) {
        let line = line_of(&record);
        let text = body(&line);
        prop_assert!(!text.contains(&b'\n'));
        let start = format!("{{\"t\":\"{}\",\"ts\":", record.kind());
        prop_assert!(text.starts_with(start.as_bytes()));

        let read = codec::decode(record.kind(), text).unwrap();
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(line_of(&read), line.clone());

        // The line is JSON to others too, and its keys are not doubled.
        let value: serde_json::Value = serde_json::from_slice(text).unwrap();
        prop_assert_eq!(value["t"].as_str(), Some(record.kind().name()));
        let mut again = serde_json::to_vec(&value).unwrap();
        again.push(b'\n');
        prop_assert_eq!(String::from_utf8(again), String::from_utf8(line));
    }

    #[test]
    fn peeks_see_what_the_record_holds(record in arbitrary::any_record(), seed: u64) {
        let line = line_of(&record);
        let mut foreign: serde_json::Value = serde_json::from_slice(&line).unwrap();
        let by = foreign["by"].as_str().map(str::to_owned);
        shuffle(&mut foreign, &mut Dice::new(seed));
        for text in [body(&line), serde_json::to_vec_pretty(&foreign).unwrap().as_slice()] {
            prop_assert_eq!(codec::peek(text).unwrap(), Some(record.kind()));
            prop_assert_eq!(codec::peek_ts(text), Some(record.ts()));
            prop_assert_eq!(codec::peek_sym(text), Some(record.sym()));
            prop_assert_eq!(codec::peek_by(text).map(|b| b.name().to_owned()), by.clone());
            prop_assert_eq!(&codec::decode(record.kind(), text).unwrap(), &record);
        }
    }

    #[test]
    fn the_fast_ways_equal_serde(
        record in prop::sample::select(&FAST[..]).prop_flat_map(arbitrary::record),
    ) {
        let kind = record.kind();
        let (mut fast, mut slow) = (b"x".to_vec(), b"x".to_vec());
        codec::encode(&record, &mut fast).unwrap();
        codec::encode_serde(&record, &mut slow).unwrap();
        prop_assert_eq!(String::from_utf8(fast.clone()), String::from_utf8(slow));
        let text = body(&fast[1..]);
        prop_assert_eq!(codec::decode(kind, text), codec::decode_serde(kind, text));
    }
}

/// Puts the keys of the object in another order.
fn shuffle(object: &mut serde_json::Value, dice: &mut Dice) {
    let Some(map) = object.as_object_mut() else { return };
    let mut entries: Vec<_> = std::mem::take(map).into_iter().collect();
    while !entries.is_empty() {
        let (key, value) = entries.swap_remove(dice.below(entries.len()));
        map.insert(key, value);
    }
}

#[test]
fn the_fast_ways_equal_serde_on_damaged_lines() {
    for kind in FAST {
        let (read, refused, changed) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let cases = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(cases).run(&any::<u64>(), |seed| {
            let mut dice = Dice::new(seed);
            let record = dice.record(kind);
            let mut line = body(&line_of(&record)).to_vec();
            for _ in 0..=dice.below(3) {
                damage(&mut line, &mut dice);
            }
            let fast = codec::decode(kind, &line);
            let slow = codec::decode_serde(kind, &line);
            prop_assert_eq!(&fast, &slow, "{}", String::from_utf8_lossy(&line));
            match &fast {
                Err(_) => refused.set(refused.get() + 1),
                Ok(read_back) => {
                    read.set(read.get() + 1);
                    changed.set(changed.get() + u32::from(*read_back != record));
                    prop_assert_eq!(codec::peek_ts(&line), Some(read_back.ts()));
                    prop_assert_eq!(codec::peek_sym(&line), Some(read_back.sym()));
                    // Whatever could be read can be written, and is then read back.
                    let again = line_of(read_back);
                    prop_assert_eq!(&codec::decode(kind, body(&again)).unwrap(), read_back);
                }
            }
            Ok(())
        });
        outcome.unwrap_or_else(|e| panic!("{kind}: {e}"));
        // A test of damage that never hurts, or always kills, would show nothing.
        assert!(read.get() > 3_000 && refused.get() > 3_000, "{kind}: {read:?} {refused:?}");
        assert!(changed.get() > 1_000, "{kind}: {changed:?}");
    }
}

/// Changes a line a little: bytes, tokens, keys or their order.
fn damage(line: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(line.len().max(1));
    match dice.below(10) {
        0 if !line.is_empty() => line[at] ^= 1 << dice.below(8),
        1 if !line.is_empty() => drop(line.remove(at)),
        2 => line.insert(at.min(line.len()), dice.pick(b" \t\r,:\"\\{}[]0159-+.eEnN\0\xff")),
        3 => line.truncate(at),
        4 => {
            let piece = line[at..(at + dice.below(12)).min(line.len())].to_vec();
            line.splice(at..at, piece);
        }
        5 | 6 => replace_number(line, dice),
        _ => rebuild(line, dice),
    }
}

/// Puts another token in the place of a number.
fn replace_number(line: &mut Vec<u8>, dice: &mut Dice) {
    const TOKENS: &[&str] = &[
        "0",
        "-0",
        "-0.0",
        "00",
        "01",
        "-1",
        "1.0",
        "1.",
        ".5",
        "1e3",
        "5E0",
        "-5e-1",
        "+1",
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "null",
        "true",
        "\"5\"",
        "[]",
        "{}",
        "0x10",
        "5000.25",
        "5000.250",
        "5000.123456789",
        "5000.1234567891",
        "5000.12345678949999999999999999",
        "8388607",
        "8388607.0",
        "8388607.000000001",
        "8388608",
        "-8388607.000000000000001",
        "4194304.123456789",
        "0.000000001",
        "0.0000000004",
        "12345678901234567",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
    ];
    let starts: Vec<usize> = (1..line.len())
        .filter(|i| line[i - 1] == b':' && (line[*i].is_ascii_digit() || line[*i] == b'-'))
        .collect();
    if starts.is_empty() {
        return;
    }
    let start = dice.pick(&starts);
    let length = line[start..].iter().take_while(|b| !matches!(b, b',' | b'}')).count();
    line.splice(start..start + length, dice.pick(TOKENS).bytes());
}

/// Writes the object again with other key order, space, unknown, doubled or escaped keys.
fn rebuild(line: &mut Vec<u8>, dice: &mut Dice) {
    const UNKNOWN: [(&str, &str); 4] =
        [("note", "{\"ts\":[1,\"}\"]}"), ("T", "1"), ("by", "\"risk\""), ("", "null")];
    let Ok(serde_json::Value::Object(map)) = serde_json::from_slice(line) else { return };
    let mut entries: Vec<(String, String)> =
        map.iter().map(|(key, value)| (format!("{key:?}"), value.to_string())).collect();
    let (one, other) = (dice.below(entries.len().max(1)), dice.below(entries.len().max(1)));
    let (key, value) = dice.pick(&UNKNOWN);
    match dice.below(7) {
        0 if !entries.is_empty() => entries.swap(one, other),
        1 => entries.insert(one, (format!("{key:?}"), value.to_owned())),
        2 if !entries.is_empty() => entries.insert(one, entries[other].clone()),
        3 if !entries.is_empty() => drop(entries.remove(one)),
        4 if !entries.is_empty() => escape(&mut entries[one].0),
        5 if !entries.is_empty() => escape(&mut entries[one].1),
        _ => {}
    }
    let (colon, comma) = dice.pick(&[(":", ","), (": ", ", "), (" :", "\t,"), (":", ",")]);
    let parts: Vec<_> = entries.iter().map(|(key, value)| format!("{key}{colon}{value}")).collect();
    *line = format!("{{{}}}", parts.join(comma)).into_bytes();
}

/// Spells the first character of a JSON string as an escape.
fn escape(json: &mut String) {
    if let Some(first) = json.strip_prefix('"').and_then(|rest| rest.chars().next())
        && first.is_ascii_alphanumeric()
    {
        json.replace_range(1..2, &format!("\\u{:04x}", first as u32));
    }
}
