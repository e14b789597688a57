//! What a `--check` keeps of what a source would write.

use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::codec;
use std::collections::BTreeMap;

/// Counts by kind, and the first records and the last one as they would be written.
#[derive(Debug, Default)]
pub(in crate::feeds) struct Glimpse {
    /// Records by kind, without stream records and alerts.
    pub kinds: BTreeMap<&'static str, u64>,
    /// The first three.
    pub first: Vec<String>,
    last: Option<Record>,
}

impl Glimpse {
    /// The last record.
    pub fn last(&self) -> Option<String> {
        self.last.as_ref().map(line_of)
    }

    /// Counts in words: `3 trade, 2 quote`.
    pub fn counted(&self) -> String {
        let count = |(kind, count): (&&str, &u64)| format!("{count} {kind}");
        self.kinds.iter().map(count).collect::<Vec<_>>().join(", ")
    }
}

fn line_of(record: &Record) -> String {
    let line = codec::to_line(record).unwrap_or_default();
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

impl SourceOut for Glimpse {
    fn record(&mut self, record: &Record) {
        if matches!(record, Record::Stream(_) | Record::Alert(_)) {
            return;
        }
        *self.kinds.entry(record.kind().name()).or_default() += 1;
        if self.first.len() < 3 {
            self.first.push(line_of(record));
        }
        self.last = Some(record.clone());
    }

    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}

    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
