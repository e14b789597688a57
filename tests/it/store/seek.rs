//! Seeking by session and time gives what reading everything gives.

use crate::store::desk::HOUR;
use crate::store::desk::MONDAY;
use crate::store::desk::lines;
use crate::store::desk::read;
use crate::store::desk::read_all;
use crate::store::desk::stream;
use crate::store::desk::trade;
use crate::store::desk::write_run;
use mia::stream::store::Last;
use mia::stream::store::Store;
use mia::stream::store::StoreRange;
use mia::stream::store::StoreReader;
use mia::wire::codec;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;
use std::rc::Rc;

/// The lines in the range, each with the `stream` records in force.
fn described(text: &str, since: i64, until: i64) -> Vec<(String, Vec<String>)> {
    let mut in_force = BTreeMap::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value["t"] == "stream" {
            in_force.insert(value["src"].as_str().unwrap().to_owned(), line.to_owned());
        } else if (since..until).contains(&codec::peek_ts(line.as_bytes()).unwrap()) {
            found.push((line.to_owned(), in_force.values().cloned().collect()));
        }
    }
    found
}

proptest! {
    #[test]
    fn seeking_is_reading_everything(
        lines in lines(false),
        frame_bytes in 100_u64..2000,
        since in MONDAY - HOUR..MONDAY + 60 * HOUR,
        length in 0..40 * HOUR,
        crash: bool,
    ) {
        let dir = tempfile::tempdir().unwrap();
        write_run(dir.path(), &lines, frame_bytes, crash);
        let range = StoreRange { since: Some(since), until: Some(since + length), last: None };
        let sought = read(dir.path(), range);
        let all = lines.concat();
        prop_assert_eq!(
            described(&sought, since, since + length),
            described(&all, since, since + length)
        );
        // A crash changes nothing: the lines that are in no frame yet are read as well.
        prop_assert_eq!(read_all(dir.path()), all);
    }
}

#[test]
fn a_seek_reads_little() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = vec![stream(MONDAY, "csv", 0)];
    all.extend((0..20_000).map(|i| trade(MONDAY + i * 1_000_000, i as u64)));
    write_run(dir.path(), &all, 8192, false);
    let store = Store::open(dir.path()).unwrap();
    let whole = store.bytes(store.dates()).unwrap();
    let since = MONDAY + 15_000 * 1_000_000;
    let range = StoreRange { since: Some(since), until: Some(since + 1), last: None };
    let done = Rc::new(Cell::new(0));
    let mut text = String::new();
    let mut reader = StoreReader::new(&store, range, Rc::clone(&done)).unwrap();
    reader.read_to_string(&mut text).unwrap();
    assert!(text.starts_with(&all[0]) && text.contains(&trade(since, 15_000)));
    assert!(done.get() > 0 && done.get() < whole / 100, "{} of {whole}", done.get());
}

#[test]
fn the_last_sessions() {
    let dir = tempfile::tempdir().unwrap();
    let days: Vec<Vec<String>> = (0..4)
        .map(|day| (0..3).map(|i| trade(MONDAY + day * 24 * HOUR + i, i as u64)).collect())
        .collect();
    let mut lines = vec![stream(MONDAY, "csv", 0)];
    lines.extend(days.concat());
    write_run(dir.path(), &lines, 1000, false);
    let last =
        |last: Last| read(dir.path(), StoreRange { last: Some(last), ..StoreRange::default() });
    let expected = stream(MONDAY, "csv", 0) + &days[2..].concat().concat();
    assert_eq!(last(Last::Sessions(2)), expected);
    assert_eq!(last(Last::Days(2)), expected);
    assert_eq!(last(Last::Sessions(9)), lines.concat());
}
