//! Streams joined by time: order, lateness, pipes that are slow, pipes that are live.

use crate::process;
use mia::config::Config;
use mia::feeds::Refusal;
use mia::feeds::merge::MergeInput;
use mia::feeds::merge::MergeOptions;
use mia::feeds::merge::MergeSettings;
use mia::feeds::merge::MergeSink;
use mia::feeds::merge::MergeSource;
use mia::feeds::merge::Merger;
use mia::stream::MaxBad;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::codec;
use proptest::prelude::*;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

#[derive(Default, Debug, PartialEq)]
struct Kept {
    lines: Vec<String>,
    late: Vec<Record>,
    refused: Vec<(usize, u64, &'static str)>,
}

impl MergeSink for Kept {
    fn line(&mut self, _: Option<Kind>, _: i64, line: &[u8]) {
        self.lines.push(String::from_utf8_lossy(line).into_owned());
    }
    fn late(&mut self, record: &Record, _: i64, _: usize, _: u64) {
        let line = codec::to_line(record).unwrap();
        self.lines.push(String::from_utf8(line).unwrap().trim_end().to_owned());
        self.late.push(record.clone());
    }
    fn refused(
        &mut self,
        refusal: &Refusal,
        input: usize,
        line: u64,
        _: u64,
        _: Option<i64>,
    ) -> Result<(), Failure> {
        self.refused.push((input, line, refusal.code));
        Ok(())
    }
}

impl SourceOut for Kept {
    fn record(&mut self, record: &Record) {
        let line = codec::to_line(record).unwrap();
        self.lines.push(String::from_utf8(line).unwrap().trim_end().to_owned());
    }
    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]) {
        MergeSink::line(self, kind, ts, line);
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

fn trade(ts: i64, seq: usize) -> String {
    format!(
        r#"{{"t":"trade","ts":{ts},"sym":"ESH26","px":5000.25,"sz":1,"side":"B","ss":"flag","seq":{seq},"src":"csv"}}"#
    )
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// Feeds the inputs as the merger asks for them, in parts of `step` bytes, and takes what is ready.
fn merge(inputs: &[Vec<u8>], settings: MergeSettings, step: usize) -> Kept {
    let mut merger = Merger::new(inputs.len(), settings);
    let mut kept = Kept::default();
    let mut at = vec![0; inputs.len()];
    let mut ended = vec![false; inputs.len()];
    while !merger.is_done() {
        if merger.pop(3, &mut kept) > 0 {
            continue;
        }
        let wanted: Vec<_> = (0..inputs.len()).filter(|i| merger.waits_for(*i)).collect();
        assert!(!wanted.is_empty(), "stuck: nothing is ready and nothing is waited for");
        for input in wanted {
            let rest = &inputs[input][at[input]..];
            if rest.is_empty() {
                assert!(!ended[input]);
                ended[input] = true;
                merger.end(input, &mut kept).unwrap();
            } else {
                let part = &rest[..step.min(rest.len())];
                merger.push(input, part, &mut kept).unwrap();
                at[input] += part.len();
            }
        }
    }
    kept
}

fn settings(lateness_us: i64) -> MergeSettings {
    MergeSettings { lateness_us, tolerance_us: 0, ..MergeSettings::default() }
}

proptest! {
    /// With a lateness that covers the disorder, the merge is the stable sort of everything, ties in
    /// the order of the inputs, whatever the parts in which the bytes come.
    #[test]
    fn a_merge_is_a_stable_sort(
        inputs in prop::collection::vec(prop::collection::vec((0_i64..20, 0_i64..30), 0..40), 1..5),
        step in 1_usize..400,
    ) {
        let mut all = Vec::new();
        let mut texts = Vec::new();
        let mut disorder = 0;
        for (input, rows) in inputs.iter().enumerate() {
            let (mut base, mut high) = (1000, 0);
            let mut lines = Vec::new();
            for (index, (gap, back)) in rows.iter().enumerate() {
                base += gap;
                let ts = base - back;
                high = high.max(ts);
                disorder = disorder.max(high - ts);
                let line = trade(ts, input * 1000 + index);
                all.push((ts, input, index, line.clone()));
                lines.push(line);
            }
            texts.push(text(&lines));
        }
        all.sort_by_key(|(ts, input, index, _)| (*ts, *input, *index));
        let sorted: Vec<_> = all.into_iter().map(|row| row.3).collect();
        let kept = merge(&texts, settings(disorder), step);
        prop_assert_eq!(&kept.lines, &sorted);
        prop_assert_eq!(&kept.late, &[]);
        // With less, nothing is lost, what is late says so, and the rest is in order.
        let less = merge(&texts, settings(disorder / 2), step);
        prop_assert_eq!(less.lines.len(), sorted.len());
        prop_assert_eq!(&less, &merge(&texts, settings(disorder / 2), 1));
        let on_time = less.lines.iter().filter(|line| !line.contains("late"));
        let stamps: Vec<_> = on_time.map(|line| codec::peek_ts(line.as_bytes()).unwrap()).collect();
        prop_assert!(stamps.is_sorted());
        prop_assert!(less.late.iter().all(Record::is_late));
    }

    /// Damaged text is refused or read, never lost without a word, and never stops the others.
    #[test]
    fn damage_is_refused(
        rows in prop::collection::vec(0_i64..50, 1..20),
        damage in prop::collection::vec((0_usize..2000, any::<u8>()), 0..5),
        step in 1_usize..200,
    ) {
        let lines: Vec<_> = rows.iter().enumerate().map(|(i, gap)| trade(i as i64 * 50 + gap, i)).collect();
        let good = text(&lines);
        let mut bad = good.clone();
        for (at, byte) in damage {
            let at = at % bad.len();
            bad[at] = byte;
        }
        let whole = merge(&[good.clone(), bad.clone()], settings(100), usize::MAX);
        prop_assert_eq!(&whole, &merge(&[good, bad], settings(100), step));
        prop_assert!(whole.lines.len() >= lines.len());
    }
}

const STREAM: &str = r#"{"t":"stream","ts":10,"sym":"ESH26","v":1,"src":"csv","mode":"live","phase":"run","run":"x","tool":"y 1"}"#;

#[test]
fn every_line_keeps_its_bytes_and_its_place() {
    let a = [
        STREAM.to_owned(),
        r#"{"sym":"ESH26", "t":"trade","ts":11,"px":5000.250,"sz":1,"side":"B","ss":"flag","src":"csv"}"#.to_owned(),
        r#"{"t":"features","ts":12,"sym":"ESH26","by":"features","anything":null}"#.to_owned(),
        trade(13, 1),
        r#"{"t":"future_kind","no":"stamp"}"#.to_owned(),
        trade(20, 2),
    ];
    let stream = STREAM.replace("csv", "cboe").replace("10", "12");
    let b = [stream, trade(12, 3), trade(13, 4)];
    let kept = merge(&[text(&a), text(&b)], settings(0), 7);
    let expected = [&a[0], &a[1], &a[2], &b[0], &b[1], &a[3], &a[4], &b[2], &a[5]];
    assert_eq!(kept.lines.iter().collect::<Vec<_>>(), expected);
    assert_eq!((kept.late.len(), kept.refused.len()), (0, 0));
}

#[test]
fn what_is_too_late_goes_out_marked() {
    let a = [trade(100, 1), trade(200, 2), trade(90, 3), trade(210, 4)];
    let kept = merge(&[text(&a), text(&[trade(150, 9)])], settings(50), 1000);
    let stamps: Vec<_> =
        kept.lines.iter().map(|line| codec::peek_ts(line.as_bytes()).unwrap()).collect();
    assert_eq!(stamps, [100, 90, 150, 200, 210], "as early as it still can: as if it were 150");
    let [late] = &kept.late[..] else { panic!("{kept:?}") };
    assert!(late.is_late() && late.ts() == 90);
    assert_eq!(
        kept.lines[1],
        format!("{},\"flags\":[\"late\"]}}", trade(90, 3).trim_end_matches('}'))
    );
}

#[test]
fn a_live_pipe_holds_the_others_up_only_for_so_long() {
    let live = MergeSettings { patience_us: 500, ..settings(0) };
    let mut merger = Merger::new(2, live);
    let mut kept = Kept::default();
    merger.is_pipe(1);
    let mut push = |merger: &mut Merger, input: usize, lines: &[String]| {
        merger.push(input, &text(lines), &mut kept).unwrap();
        merger.pop(usize::MAX, &mut kept);
        std::mem::take(&mut kept.lines).len()
    };
    assert_eq!(push(&mut merger, 0, &[trade(1000, 1)]), 0, "nothing is known of the other yet");
    assert_eq!(push(&mut merger, 1, &[STREAM.to_owned(), trade(900, 2)]), 2);
    assert_eq!(push(&mut merger, 0, &[trade(1200, 3)]), 0, "within the patience");
    assert_eq!(push(&mut merger, 0, &[trade(1600, 4)]), 1, "1000 is 500 behind event time");
    let clock = r#"{"t":"clock","ts":1300,"sym":"*","src":"ibkr"}"#.to_owned();
    assert_eq!(
        push(&mut merger, 1, &[clock]),
        2,
        "a clock is a word of the silent one: 1200 and itself"
    );
    assert_eq!(push(&mut merger, 1, &[trade(1100, 5)]), 1, "what comes then goes out, marked");
    assert_eq!(kept.late.len(), 1);
    // The same without a live stream record: waited for, however long it takes.
    let mut merger = Merger::new(2, live);
    let mut kept = Kept::default();
    merger.is_pipe(1);
    let replay = [STREAM.replace("live", "replay"), trade(900, 2)];
    merger.push(1, &text(&replay), &mut kept).unwrap();
    merger.push(0, &text(&[trade(1000, 1), trade(900_000, 2)]), &mut kept).unwrap();
    merger.pop(usize::MAX, &mut kept);
    assert_eq!(kept.lines.len(), 2);
    assert!(merger.waits_for(1) && !merger.waits_for(0));
}

/// Lines of each of two pipes.
const COUNT: usize = 20_000;

/// Runs a merge to its end on a thread, under a deadline.
fn run(inputs: Vec<MergeInput>) -> (Kept, Result<(), Failure>) {
    let (say, said) = mpsc::channel();
    std::thread::spawn(move || {
        let options = MergeOptions::new(&Config::default(), None, 1 << 20, MaxBad::Auto);
        let mut source = MergeSource::new(inputs, options).unwrap();
        let mut kept = Kept::default();
        let end = loop {
            match source.pull(&mut kept) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(failure) => break Err(failure),
            }
        };
        let _ = say.send((kept, end));
    });
    said.recv_timeout(process::DEADLINE).expect("the merge hangs")
}

#[test]
fn slow_pipes_are_waited_for_and_full_ones_do_not_hang() {
    // One writer for both pipes, as `tee` is: it fills one far ahead of the other.
    let (read_a, mut write_a) = std::io::pipe().unwrap();
    let (read_b, mut write_b) = std::io::pipe().unwrap();
    let writer = std::thread::spawn(move || {
        for seq in 0..COUNT {
            writeln!(write_a, "{}", trade(2 * seq as i64, seq)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
        for seq in 0..COUNT {
            writeln!(write_b, "{}", trade(2 * seq as i64 + 1, seq)).unwrap();
        }
    });
    let inputs = vec![
        MergeInput::Reader("a".into(), Box::new(read_a)),
        MergeInput::Reader("b".into(), Box::new(read_b)),
    ];
    let (kept, end) = run(inputs);
    end.unwrap();
    writer.join().unwrap();
    let stamps: Vec<_> =
        kept.lines.iter().map(|line| codec::peek_ts(line.as_bytes()).unwrap()).collect();
    assert_eq!(stamps, (0..2 * COUNT as i64).collect::<Vec<_>>());
}

#[test]
fn a_bad_line_names_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        MergeInput::Path(path.to_string_lossy().into_owned())
    };
    let good = text(&[trade(1, 1), trade(5, 2)]);
    let bad = [text(&[trade(2, 1)]), b"oops\n".to_vec()].concat();
    let (kept, end) = run(vec![write("good", &good), write("bad", &bad)]);
    let failure = end.unwrap_err();
    assert_eq!(failure.class, FailureClass::BadInput);
    assert!(failure.message.contains("bad:2: "), "{failure}");
    assert!(kept.lines.len() <= 2);
    let torn = &good[..good.len() - 5];
    let failure = run(vec![write("good", &good), write("torn", torn)]).1.unwrap_err();
    assert!(failure.message.contains("torn:2: the input ends inside"), "{failure}");
    let failure = run(vec![MergeInput::Path("/does/not/exist".into())]).1.unwrap_err();
    assert!(failure.message.contains("/does/not/exist"), "{failure}");
    // Compressed inputs are recognised; an empty one is none.
    let packed = zstd::stream::encode_all(good.as_slice(), 3).unwrap();
    let (kept, end) =
        run(vec![write("good", &good), write("packed", &packed), write("empty", b"")]);
    end.unwrap();
    assert_eq!(kept.lines.len(), 4);
}

#[test]
fn the_command_joins_files_and_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.ndjson");
    std::fs::write(&path, text(&[trade(1, 1), trade(5, 2)])).unwrap();
    let command = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mia-feed"));
        command.arg("merge").arg(&path).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let out = process::feed(command(&["-"]), &text(&[trade(3, 3), trade(5, 4)]));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let expected = text(&[trade(1, 1), trade(3, 3), trade(5, 2), trade(5, 4)]);
    assert_eq!(String::from_utf8(out.stdout).unwrap(), String::from_utf8(expected).unwrap());
    let twice = process::feed(command(&["-", "-"]), b"");
    assert_eq!(twice.status.code(), Some(2));
}
