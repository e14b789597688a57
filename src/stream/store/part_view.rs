//! A part as it is on the disk, also while it is being written or after a crash.

use crate::stream::store::Folder;
use crate::stream::store::IndexEntry;
use crate::stream::store::PartId;
use crate::stream::store::StoreError;
use crate::stream::store::StoreIndex;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::frames::Found;
use crate::stream::store::frames::find_frame;
use crate::stream::store::frames::read_frame;
use crate::stream::store::in_force::InForce;
use crate::stream::store::span::Span;
use crate::wire::Kind;
use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// How often a part that moves is looked at again.
const TRIES: usize = 20;

/// What to do about damage, in the words of every reader.
pub(super) const VERIFY: &str = "mia-record verify says more";

/// The lines of the frame that is still open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tail {
    /// The file.
    pub(super) path: PathBuf,
    /// Number of the frame that it will be.
    pub(super) frame: u64,
    /// Whole lines.
    pub(super) lines: Vec<u8>,
    /// What stands behind the last line feed.
    pub(super) rest: usize,
}

/// Where the frames of a part end in something that is no frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Torn {
    /// Offset.
    pub(super) at: u64,
    /// What is wrong there.
    pub(super) reason: String,
}

/// A part, its frames and its open lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PartView {
    /// The file of frames.
    pub(super) path: PathBuf,
    /// The frames, those included that the index does not know.
    pub(super) index: StoreIndex,
    /// How many frames the index did not know.
    pub(super) found: u64,
    /// How many frames of the index reach beyond the file.
    pub(super) missing: usize,
    /// Whether the index has the last line of a finished part.
    pub(super) finished: bool,
    /// Bytes of the index that cannot be believed.
    pub(super) index_rest: usize,
    /// The open frames; more than one only after a crash.
    pub(super) tails: Vec<Tail>,
    /// What stands behind the last frame.
    pub(super) torn: Option<Torn>,
}

impl PartView {
    /// Looks at part `id`. Nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Moved`].
    pub(super) fn load(folder: &Folder, id: PartId) -> Result<Self, StoreError> {
        let path = folder.lines(id);
        for _ in 0..TRIES {
            let view = Self::look(folder, id, &path)?;
            // A frame is written before its plain lines are removed: if no frame came while this
            // looked, it saw either the one or the other.
            let before = view.torn.as_ref().map_or(view.index.bytes(), |torn| torn.at);
            if view.torn.is_some() || length(&path)? == before {
                return Ok(view);
            }
        }
        Err(StoreError::Moved { path })
    }

    fn look(folder: &Folder, id: PartId, path: &Path) -> Result<Self, StoreError> {
        let index_path = folder.index(id);
        let bytes = match fs::read(&index_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes.map_err(StoreError::io("read", &index_path))?,
        };
        let mut index = StoreIndex::parse(&bytes);
        let index_rest = bytes.len() - index.good;
        let finished = index.end.is_some();
        let missing = index.cut(length(path)?);
        let known = index.frames.len() as u64;
        let torn = scan_on(path, &mut index)?;
        let frames = index.frames.len() as u64;
        let mut tails = Vec::new();
        for frame in Folder::read(parent(&folder.path), folder.date)?.tails_of(id) {
            if frame >= frames
                && let Some(tail) = read_tail(folder.tail(id, frame), frame)?
            {
                tails.push(tail);
            }
        }
        let found = frames - known;
        let path = path.to_owned();
        Ok(Self { path, index, found, missing, finished, index_rest, tails, torn })
    }

    /// What is torn although whole frames follow, from byte to byte: a crash tears only the end. A
    /// frame that was being written meanwhile and now is whole is none.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn hole(&self) -> Result<Option<(u64, u64)>, StoreError> {
        let Some(torn) = &self.torn else { return Ok(None) };
        let file = File::open(&self.path).map_err(StoreError::io("open", &self.path))?;
        let next = find_frame(&file, torn.at).map_err(StoreError::io("read", &self.path))?;
        Ok(next.filter(|next| *next > torn.at).map(|next| (torn.at, next)))
    }

    /// Refuses what no crash and no living writer leaves behind: to read the rest as if it were all
    /// would be to lose lines without a word.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; [`StoreError::Moved`] where a compacted part took its place.
    pub(super) fn trust(&self, folder: &Folder, id: PartId) -> Result<(), StoreError> {
        let Self { path, missing, .. } = self;
        if let Some(line) = self.index.altered {
            let reason = format!("line {line} is not as it was written; {VERIFY}");
            return Err(StoreError::damaged(&folder.index(id), reason));
        }
        if let Some((from, to)) = self.hole()? {
            let reason = format!("damaged from byte {from} to byte {to}; {VERIFY}");
            return Err(StoreError::damaged(path, reason));
        }
        if *missing == 0 {
            return Ok(());
        }
        if length(path)? == 0 {
            // A compaction removes the lines before the index.
            if !Folder::read(parent(&folder.path), folder.date)?.parts.contains(&id) {
                return Err(StoreError::Moved { path: path.clone() });
            }
            let reason = format!("missing, the index has {missing} frames of it; {VERIFY}");
            return Err(StoreError::damaged(path, reason));
        }
        if self.finished {
            let reason = format!("{missing} frames of the index are not in it; {VERIFY}");
            return Err(StoreError::damaged(path, reason));
        }
        Ok(())
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// The length of a file; 0 if there is none.
pub(super) fn length(path: &Path) -> Result<u64, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => found.map(|found| found.len()).map_err(StoreError::io("look at", path)),
    }
}

fn read_tail(path: PathBuf, frame: u64) -> Result<Option<Tail>, StoreError> {
    let mut lines = match fs::read(&path) {
        // It became a frame.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        lines => lines.map_err(StoreError::io("read", &path))?,
    };
    let whole = memchr::memrchr(b'\n', &lines).map_or(0, |at| at + 1);
    let rest = lines.len() - whole;
    lines.truncate(whole);
    Ok(Some(Tail { path, frame, lines, rest }))
}

/// Reads on behind the frames that the index knows and adds what it finds; gives where it ends in
/// something that is no frame.
///
/// # Errors
/// [`StoreError::Io`].
pub(super) fn scan_on(path: &Path, index: &mut StoreIndex) -> Result<Option<Torn>, StoreError> {
    if length(path)? <= index.bytes() {
        return Ok(None);
    }
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let mut in_force = in_force_after(path, &file, index)?;
    let mut carry = index.frames.last().and_then(|frame| frame.last);
    loop {
        let (at, frame) = (index.bytes(), index.frames.len() as u64);
        let stream = in_force.lines();
        let mut lines = Lines::new(Span::after(carry), in_force.clone());
        let mut sha256 = Fingerprint::default();
        let found = read_frame(&file, at, |bytes| {
            sha256.add(bytes);
            lines.add(bytes);
        });
        match found.map_err(StoreError::io("read", path))? {
            Found::End => return Ok(None),
            Found::Torn(reason) => return Ok(Some(Torn { at, reason })),
            Found::Whole(len) => {
                let (span, next) = lines.finish();
                let place = (frame, at, len);
                index.frames.push(IndexEntry::new(place, &span, sha256.hex(), stream));
                index.end = None;
                carry = span.carry();
                in_force = next;
            }
        }
    }
}

/// The `stream` records in force behind the last frame that the index knows.
fn in_force_after(path: &Path, file: &File, index: &StoreIndex) -> Result<InForce, StoreError> {
    let Some(last) = index.frames.last() else {
        let header = index.header.as_ref().map_or([].as_slice(), |header| &header.stream);
        return Ok(InForce::from_lines(header));
    };
    let mut lines = Lines::new(Span::default(), InForce::from_lines(&last.stream));
    let found = read_frame(file, last.at, |bytes| lines.add(bytes));
    found.map_err(StoreError::io("read", path))?;
    Ok(lines.finish().1)
}

/// Lines that come in pieces: what they span and which `stream` records they leave in force.
pub(super) struct Lines {
    span: Span,
    in_force: InForce,
    begun: Vec<u8>,
}

impl Lines {
    pub(super) fn new(span: Span, in_force: InForce) -> Self {
        Self { span, in_force, begun: Vec::new() }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if !self.begun.is_empty() {
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                self.begun.extend_from_slice(bytes);
                return;
            };
            let mut line = std::mem::take(&mut self.begun);
            line.extend_from_slice(&bytes[..=end]);
            self.one(&line);
            bytes = &bytes[end + 1..];
        }
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.one(&bytes[..=end]);
            bytes = &bytes[end + 1..];
        }
        self.begun.extend_from_slice(bytes);
    }

    fn one(&mut self, line: &[u8]) {
        if self.span.add_line(line) == Some(Kind::Stream) {
            self.in_force.note(line);
        }
    }

    pub(super) fn finish(mut self) -> (Span, InForce) {
        if !self.begun.is_empty() {
            let line = std::mem::take(&mut self.begun);
            self.one(&line);
        }
        (self.span, self.in_force)
    }
}
