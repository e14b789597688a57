//! What goes in comes out, byte for byte, also after compaction.

use crate::store::desk::HOUR;
use crate::store::desk::MONDAY;
use crate::store::desk::assert_good;
use crate::store::desk::check;
use crate::store::desk::copy;
use crate::store::desk::ending;
use crate::store::desk::files;
use crate::store::desk::lines;
use crate::store::desk::read_all;
use crate::store::desk::stream;
use crate::store::desk::trade;
use crate::store::desk::write_run;
use mia::stream::store::CompactOptions;
use mia::stream::store::PartState;
use mia::stream::store::Store;
use mia::stream::store::compact;
use mia::stream::store::recover;
use mia::wire::codec;
use proptest::prelude::*;
use std::path::Path;

/// What `zstdcat DIR/*/*.zst` prints.
fn zstdcat(dir: &Path) -> String {
    let parts = ending(dir, ".zst");
    let plain = parts.iter().map(|part| {
        let file = std::fs::File::open(part).unwrap();
        String::from_utf8(zstd::stream::decode_all(file).unwrap()).unwrap()
    });
    plain.collect()
}

/// The stamp of a line that chooses its session.
fn stamp(line: &str) -> Option<i64> {
    let body = line.trim_end().as_bytes();
    codec::peek(body).unwrap().and_then(|_| codec::peek_ts(body))
}

fn compact_all(dir: &Path, options: CompactOptions) -> usize {
    let store = Store::open(dir).unwrap();
    let mut count = 0;
    compact(&store, store.dates(), options, |_| count += 1).unwrap();
    count
}

proptest! {
    #[test]
    fn a_recording_is_what_was_recorded(
        lines in lines(true),
        frame_bytes in 100_u64..4000,
        cuts in prop::collection::vec(0_usize..120, 0..3),
        crash: bool,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut cuts = cuts;
        cuts.extend([0, lines.len()]);
        cuts.sort_unstable();
        let mut sent = Vec::new();
        for (run, cut) in cuts.windows(2).enumerate() {
            // Time goes on from run to run; each describes itself.
            let newest = sent.iter().filter_map(|line: &String| stamp(line)).max();
            let mut part = vec![stream(newest.unwrap_or(MONDAY), "csv", run as u64)];
            part.extend_from_slice(&lines[cut[0].min(lines.len())..cut[1].min(lines.len())]);
            write_run(dir.path(), &part, frame_bytes, crash);
            sent.extend(part);
        }
        recover(dir.path()).unwrap();
        assert_good(dir.path());
        let all = zstdcat(dir.path());
        prop_assert_eq!(&all, &sent.concat());
        prop_assert_eq!(&read_all(dir.path()), &all);

        compact_all(dir.path(), CompactOptions { level: 3, frame_bytes: 3000 });
        assert_good(dir.path());
        prop_assert_eq!(&zstdcat(dir.path()), &all);
        prop_assert_eq!(&read_all(dir.path()), &all);
        prop_assert_eq!(compact_all(dir.path(), CompactOptions { level: 3, frame_bytes: 3000 }), 0);
    }

    #[test]
    fn the_same_lines_give_the_same_files(lines in lines(true), frame_bytes in 100_u64..4000) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for dir in [&one, &two] {
            write_run(dir.path(), &lines, frame_bytes, false);
        }
        let (left, right) = (ending(one.path(), ""), ending(two.path(), ""));
        prop_assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(&right).filter(|(path, _)| !path.ends_with(".lock")) {
            prop_assert_eq!(left.strip_prefix(&one).unwrap(), right.strip_prefix(&two).unwrap());
            prop_assert_eq!(std::fs::read(left).unwrap(), std::fs::read(right).unwrap());
        }
    }
}

fn two_parts(dir: &Path) -> String {
    let runs: Vec<Vec<String>> = (0..2)
        .map(|run| {
            let begin = MONDAY + run * HOUR;
            let trades = (0..40).map(|i| trade(begin + i * 1000, i as u64));
            std::iter::once(stream(begin, "csv", run as u64)).chain(trades).collect()
        })
        .collect();
    for run in &runs {
        write_run(dir, run, 1000, false);
    }
    runs.concat().concat()
}

#[test]
fn a_compaction_cut_short_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let all = two_parts(dir.path());
    let before = copy(dir.path());
    assert_eq!(compact_all(dir.path(), CompactOptions::default()), 1);
    let new: Vec<_> =
        ending(dir.path(), ".zst").into_iter().chain(ending(dir.path(), ".index")).collect();
    assert_eq!(new.len(), 2);

    // The moment after the new part took its name, with the old ones still there.
    let place = |path: &Path| before.path().join(path.strip_prefix(dir.path()).unwrap());
    let (lines, index) = (&new[0], &new[1]);
    std::fs::copy(index, place(index)).unwrap();
    assert_eq!(read_all(before.path()), all, "an index without its lines does not count");
    std::fs::copy(lines, place(lines)).unwrap();
    assert_eq!(read_all(before.path()), all, "old and new are the same lines");
    recover(before.path()).unwrap();
    assert_eq!(ending(before.path(), ".zst").len(), 1);
    assert_eq!(read_all(before.path()), all);
    assert_good(before.path());

    // Compacted again, better: one part under the same name.
    let better = CompactOptions { level: 15, frame_bytes: 1 << 20 };
    assert_eq!(compact_all(before.path(), better), 1);
    assert_eq!(read_all(before.path()), all);
    assert_good(before.path());
}

#[test]
fn a_later_run_joins_a_compacted_session() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = two_parts(dir.path());
    compact_all(dir.path(), CompactOptions::default());
    let third = [stream(MONDAY + 2 * HOUR, "csv", 2), trade(MONDAY + 2 * HOUR, 1)];
    write_run(dir.path(), &third, 1000, false);
    all += &third.concat();
    assert_eq!(read_all(dir.path()), all);
    assert_eq!(check(dir.path(), false).len(), 2);
    assert_eq!(compact_all(dir.path(), CompactOptions::default()), 1);
    assert_eq!(read_all(dir.path()), all);
    assert_eq!(check(dir.path(), false).len(), 1);
}

#[test]
fn damage_is_named_with_file_and_frame_and_never_compacted() {
    let dir = tempfile::tempdir().unwrap();
    two_parts(dir.path());
    let part = ending(dir.path(), "000001.ndjson.zst").remove(0);
    let mut bytes = std::fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&part, &bytes).unwrap();
    let reports = check(dir.path(), true);
    assert_eq!(reports[0].state, PartState::Damaged);
    let problem = reports[0].problem.clone().unwrap();
    assert!(problem.contains("000001.ndjson.zst: frame ") && reports[0].remedy.is_some());
    assert_eq!(reports[1].state, PartState::Good);
    let before = files(dir.path());
    let store = Store::open(dir.path()).unwrap();
    assert!(compact(&store, store.dates(), CompactOptions::default(), |_| {}).is_err());
    let after: Vec<_> =
        files(dir.path()).into_iter().filter(|path| before.contains(path)).collect();
    assert_eq!(after, before, "nothing is removed");
}

#[test]
fn a_finished_part_that_lost_its_end_is_damage_not_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let all = two_parts(dir.path());
    let part = ending(dir.path(), "000002.ndjson.zst").remove(0);
    let len = std::fs::metadata(&part).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&part).unwrap();
    file.set_len(len - 1).unwrap();
    assert_eq!(recover(dir.path()).unwrap(), []);
    let reports = check(dir.path(), false);
    assert_eq!(reports[1].state, PartState::Damaged, "{reports:?}");
    assert!(reports[1].problem.as_ref().unwrap().contains("has lost its end"));
    let repaired = check(dir.path(), true);
    assert!(repaired.iter().all(|report| report.state == PartState::Good), "{repaired:?}");
    assert!(all.starts_with(&read_all(dir.path())));
    assert_eq!(ending(dir.path(), "000002.torn-1").len(), 1);
}
