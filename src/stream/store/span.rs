//! What the lines of a frame span in time.

use crate::wire::Kind;
use crate::wire::codec;

/// Number of lines and their stamps. A line without one has the stamp of the line before it, as in
/// replay; `stream` records have none that counts, because they are read whatever the range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub plain: u64,
    /// Stamp of the first line that has one.
    pub first: Option<i64>,
    /// Stamp of the last line that has one.
    pub last: Option<i64>,
    range: Option<(i64, i64)>,
    /// Whether a line has no stamp and none before it.
    timeless: bool,
    carry: Option<i64>,
}

impl Span {
    /// Of nothing yet, after lines of which the last stamp was `carry`.
    pub(super) fn after(carry: Option<i64>) -> Self {
        Self { carry, ..Self::default() }
    }

    /// Takes in a line of `bytes` bytes, line feed included.
    #[inline]
    pub(super) fn add(&mut self, kind: Option<Kind>, ts: Option<i64>, bytes: usize) {
        self.lines += 1;
        self.plain += bytes as u64;
        if kind == Some(Kind::Stream) {
            return;
        }
        if ts.is_some() {
            self.first = self.first.or(ts);
            self.last = ts;
            self.carry = ts;
        }
        match (self.carry, self.range) {
            (None, _) => self.timeless = true,
            (Some(ts), None) => self.range = Some((ts, ts)),
            (Some(ts), Some((min, max))) => self.range = Some((min.min(ts), max.max(ts))),
        }
    }

    /// Takes in a line as its bytes, line feed included; gives its kind.
    pub(super) fn add_line(&mut self, line: &[u8]) -> Option<Kind> {
        let body = line.trim_ascii_end();
        let kind = codec::peek(body).ok().flatten();
        self.add(kind, codec::peek_ts(body), line.len());
        kind
    }

    /// Smallest and largest stamp; `None` where a line might have any.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        if self.timeless { None } else { self.range }
    }

    /// The stamp that a following line without one has.
    pub(super) fn carry(&self) -> Option<i64> {
        self.carry
    }
}
