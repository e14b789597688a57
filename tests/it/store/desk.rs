//! What the tests of the store share: lines, a writer without threads, a reader.

use mia::market::Calendar;
use mia::stream::store::Framer;
use mia::stream::store::Fsync;
use mia::stream::store::PartReport;
use mia::stream::store::PartState;
use mia::stream::store::Store;
use mia::stream::store::StoreRange;
use mia::stream::store::StoreReader;
use mia::stream::store::StoreWriter;
use mia::stream::store::WriterOptions;
use mia::stream::store::verify;
use mia::wire::codec;
use proptest::prelude::*;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

/// Monday 2026-03-09, 13:30 UTC.
pub const MONDAY: i64 = 1_773_063_000_000_000;
pub const HOUR: i64 = 3_600_000_000;

pub fn trade(ts: i64, seq: u64) -> String {
    format!(
        "{{\"t\":\"trade\",\"ts\":{ts},\"sym\":\"ESM26\",\"px\":5000.25,\"sz\":{},\"side\":\"B\",\
         \"ss\":\"flag\",\"seq\":{seq},\"src\":\"csv\"}}\n",
        1 + seq % 9
    )
}

pub fn stream(ts: i64, src: &str, run: u64) -> String {
    format!(
        "{{\"t\":\"stream\",\"ts\":{ts},\"sym\":\"ESM26\",\"v\":1,\"src\":\"{src}\",\"mode\":\
         \"live\",\"phase\":\"run\",\"run\":\"{run}\",\"tool\":\"t\",\"instrument\":\"ES\"}}\n"
    )
}

/// Lines of every sort over some sessions, some of them late; `timeless` ones have no stamp.
pub fn lines(timeless: bool) -> impl Strategy<Value = Vec<String>> {
    let step = prop_oneof![
        20 => 0..2_000_000_i64,
        2 => 0..HOUR,
        1 => 5 * HOUR..30 * HOUR,
        2 => -3 * HOUR..0_i64,
    ];
    let sort = if timeless { 0..12_u8 } else { 1..12 };
    prop::collection::vec((sort, step), 1..120).prop_map(|items| {
        let (mut newest, mut lines) = (MONDAY, vec![stream(MONDAY, "csv", 0)]);
        for (seq, (sort, step)) in (0..).zip(items) {
            let ts = newest + step;
            newest = newest.max(ts);
            lines.push(match sort {
                0 => format!("{{\"t\":\"weather\",\"rain\":{seq}}}\n"),
                1 => format!("{{ \"t\" : \"weather\", \"ts\": {ts}, \"n\": {seq} }}\n"),
                2 => format!(
                    "{{\"ts\":{ts},\"t\":\"levels\",\"sym\":\"ES\",\"lv\":[{seq}],\"é\":\"ü\"}}\r\n"
                ),
                3 => stream(ts, ["csv", "cboe", "ibkr"][seq as usize % 3], seq),
                _ => trade(ts, seq),
            });
        }
        lines
    })
}

/// Writes the lines of one run; a crash leaves the files as they are once everything is written.
pub fn write_run(dir: &Path, lines: &[String], frame_bytes: u64, crash: bool) {
    let fsync = if crash { Fsync::Always } else { Fsync::Never };
    let mut writer = StoreWriter::open(dir, WriterOptions { fsync, level: 1 }).unwrap();
    writer.recover().unwrap();
    let mut framer = Framer::new(Calendar::builtin().unwrap(), frame_bytes);
    for line in lines {
        let kind = codec::peek(line.trim_end().as_bytes()).unwrap();
        framer.line(kind, line.as_bytes()).unwrap();
    }
    let commands = if crash { framer.take() } else { framer.finish() };
    for command in commands {
        writer.apply(command).unwrap();
    }
    if crash {
        writer.settle().unwrap();
    } else {
        writer.finish().unwrap();
    }
}

/// Everything in the store.
pub fn read_all(dir: &Path) -> String {
    read(dir, StoreRange::default())
}

pub fn read(dir: &Path, range: StoreRange) -> String {
    let mut reader = StoreReader::new(&Store::open(dir).unwrap(), range, Rc::default()).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

pub fn check(dir: &Path, repair: bool) -> Vec<PartReport> {
    let store = Store::open(dir).unwrap();
    let mut reports = Vec::new();
    verify(&store, store.dates(), repair, |report| reports.push(report.clone())).unwrap();
    reports
}

pub fn assert_good(dir: &Path) {
    for report in check(dir, false) {
        assert_eq!(report.state, PartState::Good, "{report:?}");
    }
}

/// Every file of the store, in order of name.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

pub fn ending(dir: &Path, end: &str) -> Vec<PathBuf> {
    files(dir).into_iter().filter(|path| path.to_str().unwrap().ends_with(end)).collect()
}

/// A copy of the store, to be torn.
pub fn copy(dir: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for path in files(dir) {
        let place = to.path().join(path.strip_prefix(dir).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(&path, place).unwrap();
    }
    to
}
