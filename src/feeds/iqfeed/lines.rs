//! Bytes to lines and cells.

use std::ops::Range;

/// A line longer than this is none, bytes; an option chain has about a hundred thousand.
const LINE_MAX: usize = 16 << 20;
/// Bytes already used that are kept before the rest is moved to the front.
const SLACK: usize = 64 * 1024;

/// A line that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("at byte {offset}: {reason}")]
pub struct BadLine {
    /// Where the line starts: bytes since the connection or file began.
    pub offset: u64,
    /// Machine code of the reason.
    pub code: &'static str,
    /// What is wrong, with the value.
    pub reason: String,
}

/// What is wrong with a line, before its place is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub code: &'static str,
    pub reason: String,
}

impl Fault {
    /// `what` has the text `cell`, which it cannot have.
    #[cold]
    pub fn cell(what: &str, cell: &[u8]) -> Self {
        let reason = format!("{what} `{}` cannot be read", shown(cell));
        Self { code: "bad_row_field", reason }
    }

    /// The line has too few cells.
    #[cold]
    pub fn short(line: &[u8]) -> Self {
        let reason = format!("`{}` is cut off or of another layout", shown(line));
        Self { code: "bad_row_columns", reason }
    }

    /// Puts the fault at its place.
    pub fn at(self, offset: u64) -> BadLine {
        BadLine { offset, code: self.code, reason: self.reason }
    }
}

/// The start of a text, for a message; control bytes must not reach a terminal.
pub(super) fn shown(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(80)].escape_ascii().to_string()
}

/// Collects bytes and gives whole lines without their line ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    start: usize,
    scanned: usize,
    /// Offset of `bytes[0]` in everything pushed.
    base: u64,
}

impl Lines {
    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > SLACK || self.start == self.bytes.len() {
            self.bytes.drain(..self.start);
            self.base += self.start as u64;
            self.scanned -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line: its offset and where it is in [`Lines::get`].
    ///
    /// # Errors
    /// What was collected without a line end is too long; it is dropped.
    pub fn next_line(&mut self) -> Option<Result<(u64, Range<usize>), BadLine>> {
        let offset = self.base + self.start as u64;
        let Some(found) = memchr::memchr(b'\n', &self.bytes[self.scanned..]) else {
            self.scanned = self.bytes.len();
            if self.scanned - self.start <= LINE_MAX {
                return None;
            }
            self.start = self.scanned;
            let reason = format!("more than {LINE_MAX} bytes without a line end");
            return Some(Err(BadLine { offset, code: "bad_row_length", reason }));
        };
        let range = self.start..self.scanned + found;
        self.scanned = range.end + 1;
        self.start = self.scanned;
        let line = &self.bytes[range.clone()];
        let end = range.end - usize::from(line.last() == Some(&b'\r'));
        Some(Ok((offset, range.start..end)))
    }

    /// The bytes of a line.
    pub fn get(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }
}

/// The cells of a line. A comma at the end is followed by no cell.
pub(super) fn cells(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.strip_suffix(b",").unwrap_or(line).split(|byte| *byte == b',')
}

/// The first `N` cells of a line.
pub(super) fn first_cells<const N: usize>(line: &[u8]) -> Result<[&[u8]; N], Fault> {
    let mut all = line.split(|byte| *byte == b',');
    let mut found: [&[u8]; N] = [b""; N];
    for cell in &mut found {
        *cell = all.next().ok_or_else(|| Fault::short(line))?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(pieces: &[&[u8]]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next_line() {
                let (offset, range) = line.unwrap();
                found.push((offset, lines.get(range).to_vec()));
            }
        }
        found
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        let found = all(&[b"a,b,\r\nc\n\r\nrest"]);
        let texts: Vec<_> = found.iter().map(|(at, line)| (*at, line.as_slice())).collect();
        assert_eq!(texts, [(0, b"a,b,".as_slice()), (6, b"c"), (8, b"")]);
        assert_eq!(cells(b"a,,b,").collect::<Vec<_>>(), [b"a".as_slice(), b"", b"b"]);
    }

    proptest! {
        #[test]
        fn every_split_gives_the_same_lines(
            text in prop::collection::vec(prop::sample::select(b"ab,\r\n".to_vec()), 0..200),
            cuts in prop::collection::vec(0_usize..200, 0..20),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(all(&pieces), all(&[&text]));
        }
    }
}
