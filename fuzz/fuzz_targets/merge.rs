//! Streams joined by time: whole and in parts the same, nothing lost, and what is not marked late is
//! in order as far as it has stamps. The first bytes choose the inputs' number, lateness and parts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::Refusal;
use mia::feeds::merge::MergeSettings;
use mia::feeds::merge::MergeSink;
use mia::feeds::merge::Merger;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::codec;

#[derive(Default, Debug, PartialEq)]
struct Kept {
    lines: Vec<Vec<u8>>,
    refused: Vec<(usize, u64, Refusal)>,
}

impl MergeSink for Kept {
    fn line(&mut self, _: Option<Kind>, _: i64, line: &[u8]) {
        self.lines.push(line.to_vec());
    }
    fn late(&mut self, record: &Record, _: i64, _: usize, _: u64) {
        assert!(record.is_late());
        self.lines.push(codec::to_line(record).expect("what was read can be written"));
    }
    fn refused(
        &mut self,
        refusal: &Refusal,
        input: usize,
        line: u64,
        _: u64,
        _: Option<i64>,
    ) -> Result<(), Failure> {
        self.refused.push((input, line, refusal.clone()));
        self.refused.sort_by_key(|(input, line, _)| (*input, *line));
        Ok(())
    }
}

fn merge(inputs: &[&[u8]], settings: MergeSettings, step: usize) -> Kept {
    let mut merger = Merger::new(inputs.len(), settings);
    let mut kept = Kept::default();
    let mut rest = inputs.to_vec();
    while !merger.is_done() {
        if merger.pop(5, &mut kept) > 0 {
            continue;
        }
        let wanted: Vec<_> = (0..inputs.len()).filter(|i| merger.waits_for(*i)).collect();
        assert!(!wanted.is_empty());
        for input in wanted {
            if rest[input].is_empty() {
                merger.end(input, &mut kept).expect("the sink takes everything");
            } else {
                let (part, after) = rest[input].split_at(step.min(rest[input].len()));
                merger.push(input, part, &mut kept).expect("lines are short");
                rest[input] = after;
            }
        }
    }
    kept
}

fuzz_target!(|data: &[u8]| {
    let [count, lateness, step, data @ ..] = data else { return };
    let count = 1 + usize::from(count % 4);
    let inputs: Vec<&[u8]> = data.chunks(data.len() / count + 1).collect();
    let lateness_us = i64::from(*lateness) * 1000;
    let settings = MergeSettings { lateness_us, max_line: usize::MAX, ..MergeSettings::default() };
    let whole = merge(&inputs, settings, usize::MAX);
    assert_eq!(whole, merge(&inputs, settings, 1 + usize::from(*step)));
});
