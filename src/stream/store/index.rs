//! The index of a part: NDJSON, a header, a line a frame, and a last line when the part is finished.

use crate::market::TradeDate;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::span::Span;
use serde::Deserialize;
use serde::Serialize;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;

/// Version of the layout.
pub(super) const VERSION: u32 = 1;

/// The first line of an index.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// Version of the layout: 1.
    pub store: u32,
    /// Trade date.
    pub date: String,
    /// Name of the part.
    pub part: String,
    /// The part of an earlier session that the same run wrote just before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Place>,
    /// The `stream` records in force at the start, as lines, the newest last.
    #[serde(default)]
    pub stream: Vec<String>,
    /// Level of compression, on a compacted part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<i32>,
}

/// A part of the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Trade date.
    pub date: String,
    /// Name of the part.
    pub part: String,
}

impl Header {
    /// A header of this version.
    #[expect(clippy::needless_pass_by_value, reason = "a name in any form")]
    pub(super) fn new(date: TradeDate, part: impl ToString, stream: Vec<String>) -> Self {
        let (date, part) = (date.to_string(), part.to_string());
        Self { store: VERSION, date, part, continues: None, stream, level: None }
    }
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Number, from 0.
    pub frame: u64,
    /// Where it begins in the compressed file, bytes.
    pub at: u64,
    /// Compressed length, bytes.
    pub len: u64,
    /// Plain length, bytes.
    pub plain: u64,
    /// Lines.
    pub lines: u64,
    /// Stamp of the first line that has one, microseconds UTC.
    pub first: Option<i64>,
    /// Stamp of the last line that has one.
    pub last: Option<i64>,
    /// Smallest stamp, `null` where a line has none.
    pub min: Option<i64>,
    /// Largest stamp, `null` where a line has none.
    pub max: Option<i64>,
    /// SHA-256 of the plain bytes, hex.
    pub sha256: String,
    /// The `stream` records in force at its start, as lines, the newest last.
    #[serde(default)]
    pub stream: Vec<String>,
}

impl Entry {
    /// Whether a line of the frame can have a stamp in `[since, until)`.
    pub fn meets(&self, since: Option<i64>, until: Option<i64>) -> bool {
        let (Some(min), Some(max)) = (self.min, self.max) else { return true };
        since.is_none_or(|since| max >= since) && until.is_none_or(|until| min < until)
    }

    /// Where the frame ends in the compressed file.
    pub const fn end(&self) -> u64 {
        self.at.saturating_add(self.len)
    }

    /// The entry of a frame.
    pub(super) fn new(
        (frame, at, len): (u64, u64, u64),
        span: &Span,
        sha256: String,
        stream: Vec<String>,
    ) -> Self {
        let (min, max) = span.range().unzip();
        let Span { lines, plain, first, last, .. } = *span;
        Self { frame, at, len, plain, lines, first, last, min, max, sha256, stream }
    }
}

/// The last line of the index of a finished part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct End {
    /// Frames.
    pub end: u64,
    /// Compressed length of the part, bytes.
    pub bytes: u64,
    /// Plain length, bytes.
    pub plain: u64,
    /// Lines.
    pub lines: u64,
    /// Smallest stamp, `null` where a line has none.
    pub min: Option<i64>,
    /// Largest stamp, `null` where a line has none.
    pub max: Option<i64>,
}

impl End {
    /// The end after `frames`.
    pub(super) fn of(frames: &[Entry]) -> Self {
        let mut end = Self {
            end: frames.len() as u64,
            bytes: frames.last().map_or(0, Entry::end),
            plain: 0,
            lines: 0,
            min: frames.first().and_then(|frame| frame.min),
            max: frames.first().and_then(|frame| frame.max),
        };
        for frame in frames {
            end.plain = end.plain.saturating_add(frame.plain);
            end.lines = end.lines.saturating_add(frame.lines);
            end.min = end.min.zip(frame.min).map(|(a, b)| a.min(b));
            end.max = end.max.zip(frame.max).map(|(a, b)| a.max(b));
        }
        end
    }

    /// As [`Entry::meets`], for the whole part.
    pub(super) fn meets(&self, since: Option<i64>, until: Option<i64>) -> bool {
        let (Some(min), Some(max)) = (self.min, self.max) else { return true };
        since.is_none_or(|since| max >= since) && until.is_none_or(|until| min < until)
    }
}

/// What an index says, as far as it can be believed: up to the first line that is torn, or that
/// contradicts those before it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Index {
    /// The first line.
    pub header: Option<Header>,
    /// The frames, without a gap.
    pub frames: Vec<Entry>,
    /// The last line of a finished part.
    pub end: Option<End>,
    /// Bytes of the index up to where it can be believed.
    pub good: usize,
    /// The line, from 1, that contradicts its own check: somebody or something has changed it.
    pub altered: Option<usize>,
}

impl Index {
    /// Reads an index of any bytes.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut index = Self::default();
        for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
            let Some(body) = line.strip_suffix(b"\n") else { break };
            if is_altered(body) {
                index.altered = Some(number);
                break;
            }
            if index.end.is_some() || !index.take(body) {
                break;
            }
            index.good += line.len();
        }
        index
    }

    fn take(&mut self, line: &[u8]) -> bool {
        if self.header.is_none() {
            let header = serde_json::from_slice::<Header>(line);
            self.header = header.ok().filter(|header| header.store == VERSION);
            return self.header.is_some();
        }
        if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
            let follows = entry.frame == self.frames.len() as u64
                && entry.at == self.frames.last().map_or(0, Entry::end)
                && entry.len > 0
                && entry.at.checked_add(entry.len).is_some();
            if follows {
                self.frames.push(entry);
            }
            return follows;
        }
        self.end = serde_json::from_slice(line).ok().filter(|end| *end == End::of(&self.frames));
        self.end.is_some()
    }

    /// Where the last frame ends in the compressed file.
    pub fn bytes(&self) -> u64 {
        self.frames.last().map_or(0, Entry::end)
    }

    /// Forgets frames that reach beyond `bytes` of the compressed file; gives how many.
    pub fn cut(&mut self, bytes: u64) -> usize {
        let before = self.frames.len();
        self.frames.retain(|frame| frame.end() <= bytes);
        let gone = before - self.frames.len();
        if gone > 0 {
            self.end = None;
        }
        gone
    }

    /// The text of the whole index.
    ///
    /// # Errors
    /// It cannot be serialised.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = Vec::new();
        if let Some(header) = &self.header {
            push(&mut text, header)?;
        }
        for frame in &self.frames {
            push(&mut text, frame)?;
        }
        if let Some(end) = &self.end {
            push(&mut text, end)?;
        }
        Ok(text)
    }
}

/// The last key of a line, and how many hex digits of the SHA-256 of what stands before it follow.
const CHECK: (&[u8], usize) = (b",\"check\":\"", 16);

/// Appends `value`, an object, as a line with a check of its own: no checksum of a frame protects
/// what the index alone says.
///
/// # Errors
/// It cannot be serialised.
pub(super) fn push(text: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    let start = text.len();
    serde_json::to_writer(&mut *text, value)?;
    text.pop();
    let (key, digits) = CHECK;
    let check = Fingerprint::of(&text[start..]);
    text.extend_from_slice(key);
    text.extend(check.bytes().take(digits));
    text.extend_from_slice(b"\"}\n");
    Ok(())
}

/// Whether a line has a check that is not its own; earlier versions wrote none.
fn is_altered(line: &[u8]) -> bool {
    let (key, digits) = CHECK;
    let Some(rest) = line.strip_suffix(b"\"}") else { return false };
    let Some((rest, check)) = rest.split_at_checked(rest.len().saturating_sub(digits)) else {
        return false;
    };
    let Some(body) = rest.strip_suffix(key) else { return false };
    !Fingerprint::of(body).as_bytes().starts_with(check)
}

/// The last line of the index at `path`, if the part is finished: read without the lines before it.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read_end(path: &Path) -> io::Result<Option<End>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(512)))?;
    let mut last = Vec::new();
    file.take(512).read_to_end(&mut last)?;
    let Some(whole) = last.strip_suffix(b"\n") else { return Ok(None) };
    let start = memchr::memrchr(b'\n', whole).map_or(0, |at| at + 1);
    let line = &whole[start..];
    Ok(serde_json::from_slice(line).ok().filter(|_| !is_altered(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(frame: u64, at: u64) -> Entry {
        Entry {
            frame,
            at,
            len: 10,
            plain: 100,
            lines: 3,
            first: Some(5),
            last: Some(4),
            min: Some(3),
            max: Some(7),
            sha256: "ab".into(),
            stream: vec!["{\"t\":\"stream\"}".into()],
        }
    }

    fn whole() -> Index {
        let header = Header::new(TradeDate(20_260_310), "000001", vec!["x".into()]);
        let frames = vec![entry(0, 0), entry(1, 10), entry(2, 20)];
        let end = End::of(&frames);
        let mut index = Index { header: Some(header), frames, end: Some(end), ..Index::default() };
        index.good = index.text().unwrap().len();
        index
    }

    proptest! {
        #[test]
        fn any_bytes_give_what_can_be_believed(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let index = Index::parse(&bytes);
            prop_assert!(index.good <= bytes.len());
        }

        #[test]
        fn a_cut_index_gives_a_prefix(cut in 0_usize..1200) {
            let whole = whole();
            let text = whole.text().unwrap();
            let index = Index::parse(&text[..cut.min(text.len())]);
            prop_assert!(whole.frames.starts_with(&index.frames));
            prop_assert!(text.starts_with(&index.text().unwrap()));
            prop_assert_eq!(index.good, index.text().unwrap().len());
        }
    }

    #[test]
    fn frames_follow_one_another_or_are_not_believed() {
        let whole = whole();
        assert_eq!(Index::parse(&whole.text().unwrap()), whole);
        let gap = Index { frames: vec![entry(0, 0), entry(1, 11)], end: None, ..whole.clone() };
        assert_eq!(Index::parse(&gap.text().unwrap()).frames.len(), 1);
        let mut short = whole.clone();
        assert_eq!((short.cut(29), short.frames.len(), short.bytes()), (1, 2, 20));
        assert_eq!(short.end, None);
    }

    #[test]
    fn a_changed_line_is_not_believed_and_one_without_a_check_is() {
        let text = String::from_utf8(whole().text().unwrap()).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let changed = line.replacen(":1", ":2", 1).replacen("e\":0", "e\":9", 1);
            let changed = if changed == line { line.replacen(":3", ":4", 1) } else { changed };
            let index = Index::parse(text.replacen(line, &changed, 1).as_bytes());
            assert_eq!(index.altered, Some(number), "{changed}");
        }
        let bare = |line: &str| line.split(",\"check\"").next().unwrap().to_owned() + "}\n";
        let old: String = text.lines().map(bare).collect();
        assert_eq!(Index::parse(old.as_bytes()), Index { good: old.len(), ..whole() });
    }

    #[test]
    fn the_end_is_read_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("000001.index");
        let whole = whole();
        let text = whole.text().unwrap();
        std::fs::write(&path, &text).unwrap();
        assert_eq!(read_end(&path).unwrap(), whole.end);
        for cut in 0..text.len() {
            std::fs::write(&path, &text[..cut]).unwrap();
            assert_eq!(read_end(&path).unwrap(), None, "{cut}");
        }
    }
}
