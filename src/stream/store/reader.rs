//! The lines of a store, as one stream of bytes: sessions, parts and frames that cannot hold a
//! wanted record are not even opened.

use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::IndexEntry;
use crate::stream::store::PartId;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use crate::stream::store::StoreRange;
use crate::stream::store::frames::Unpacker;
use crate::stream::store::index;
use crate::stream::store::index::Place;
use crate::stream::store::part_view::PartView;
use crate::stream::store::part_view::VERIFY;
use crate::stream::store::part_view::length;
use std::cell::Cell;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::rc::Rc;

/// Something to be read next.
enum Piece {
    /// Lines at hand.
    Text(Vec<u8>),
    /// Frames that follow one another in a file.
    Frames(PathBuf, VecDeque<Stretch>),
}

/// The frames of a file that are being read.
struct Open {
    path: PathBuf,
    file: File,
    frames: VecDeque<Stretch>,
}

/// One frame: its number, where it begins, its compressed and its plain length.
struct Stretch {
    frame: u64,
    at: u64,
    len: u64,
    plain: u64,
}

/// Reads the lines of a store in the order in which they were stored.
///
/// Where frames were left out, the `stream` records in force are put before what follows, so that
/// any part of a store describes itself. Without a range nothing is put in: the bytes are those
/// that were recorded.
pub struct StoreReader {
    dir: PathBuf,
    range: StoreRange,
    dates: VecDeque<TradeDate>,
    folder: Option<Folder>,
    parts: VecDeque<PartId>,
    pieces: VecDeque<Piece>,
    current: Option<Open>,
    /// The lines at hand, unless they are those of a frame, and how many bytes are given out.
    text: Option<Vec<u8>>,
    given: usize,
    /// The frame at hand: whole and checked, as nobody can take a line back that was passed on.
    unpacker: Option<Unpacker>,
    /// The part whose end was read last, if nothing has been left out since.
    behind: Option<(TradeDate, PartId)>,
    done: Rc<Cell<u64>>,
}

impl StoreReader {
    /// Reads what `range` asks for; `done` counts the compressed bytes read. Lines outside `since`
    /// and `until` that share a frame with wanted ones are read as well.
    ///
    /// # Errors
    /// [`StoreError::Calendar`].
    pub fn new(store: &Store, range: StoreRange, done: Rc<Cell<u64>>) -> Result<Self, StoreError> {
        let (dates, missing) = store.select(range.last)?;
        if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
            let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
            tracing::warn!(
                "{}: {} of the sessions asked for are not stored: {span}",
                store.dir().display(),
                missing.len()
            );
        }
        Ok(Self::of_dates(store, dates, range, done))
    }

    /// Reads these sessions.
    pub fn of_dates(
        store: &Store,
        dates: Vec<TradeDate>,
        range: StoreRange,
        done: Rc<Cell<u64>>,
    ) -> Self {
        Self {
            dir: store.dir().to_owned(),
            range,
            dates: dates.into(),
            folder: None,
            parts: VecDeque::new(),
            pieces: VecDeque::new(),
            current: None,
            text: None,
            given: 0,
            unpacker: None,
            behind: None,
            done,
        }
    }

    /// The lines at hand that are not given out yet.
    fn left(&self) -> &[u8] {
        let frame = || self.unpacker.as_ref().map_or([].as_slice(), Unpacker::plain);
        let lines = self.text.as_deref().unwrap_or_else(frame);
        lines.get(self.given..).unwrap_or_default()
    }

    /// Gets the lines that come next; `false` at the end.
    fn advance(&mut self) -> Result<bool, StoreError> {
        self.given = 0;
        self.text = Some(Vec::new());
        loop {
            if self.frame()? {
                return Ok(true);
            }
            match self.pieces.pop_front() {
                Some(Piece::Text(lines)) => {
                    self.text = Some(lines);
                    return Ok(true);
                }
                Some(Piece::Frames(path, frames)) => {
                    let file = File::open(&path).map_err(StoreError::io("open", &path))?;
                    self.current = Some(Open { path, file, frames });
                    continue;
                }
                None => {}
            }
            if let (Some(id), Some(folder)) = (self.parts.pop_front(), self.folder.take()) {
                self.part(&folder, id)?;
                self.folder = Some(folder);
                continue;
            }
            let Some(date) = self.dates.pop_front() else { return Ok(false) };
            let folder = Folder::read(&self.dir, date)?;
            self.parts = folder.parts.iter().copied().collect();
            self.folder = Some(folder);
        }
    }

    /// Opens and checks the next frame of the file that is being read; `false` if there is none.
    fn frame(&mut self) -> Result<bool, StoreError> {
        let Some(open) = &mut self.current else { return Ok(false) };
        let Some(Stretch { frame, at, len, plain }) = open.frames.pop_front() else {
            self.current = None;
            return Ok(false);
        };
        let path = &open.path;
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(Unpacker::new().map_err(StoreError::io("read", path))?),
        };
        let found = open
            .file
            .seek(SeekFrom::Start(at))
            .and_then(|_| unpacker.unpack(&open.file, len, plain))
            .map_err(StoreError::io("read", path))?;
        if let Some(problem) = found {
            let reason = format!("frame {frame} at byte {at}: {problem}; {VERIFY}");
            return Err(StoreError::damaged(path, reason));
        }
        self.text = None;
        self.done.set(self.done.get() + len);
        Ok(true)
    }

    /// Plans the reading of one part.
    fn part(&mut self, folder: &Folder, id: PartId) -> Result<(), StoreError> {
        let StoreRange { since, until, .. } = self.range;
        if (since.is_some() || until.is_some()) && folder.tails_of(id).next().is_none() {
            let end = index::read_end(&folder.index(id)).unwrap_or(None);
            if let Some(end) = end
                && !end.meets(since, until)
                && end.bytes == length(&folder.lines(id))?
            {
                self.behind = None;
                return Ok(());
            }
        }
        let view = PartView::load(folder, id)?;
        view.trust(folder, id)?;
        if let Some(torn) = &view.torn {
            tracing::warn!(
                "{} is torn at byte {} ({}): a crash, or it is being written; what is whole is read",
                view.path.display(),
                torn.at,
                torn.reason
            );
        }
        self.plan(&view, (folder.date, id));
        Ok(())
    }

    /// Whether `before` is what was read last; compacted, it is the end of a longer part.
    fn is_behind(&self, before: &Place) -> bool {
        self.behind.is_some_and(|(date, id)| {
            before.date == date.to_string()
                && PartId::parse(&before.part).is_some_and(|part| part.end() == id.end())
        })
    }

    fn plan(&mut self, view: &PartView, place: (TradeDate, PartId)) {
        let StoreRange { since, until, .. } = self.range;
        let frames = &view.index.frames;
        let header = view.index.header.as_ref();
        let mut contiguous = header.is_some_and(|header| match &header.continues {
            Some(before) => self.is_behind(before),
            None => header.stream.is_empty(),
        });
        let open = view.tails.iter().any(|tail| !tail.lines.is_empty());
        let mut next = 0;
        while next < frames.len() {
            // What is in force behind the last frame is known by reading it.
            let wanted = |frame: &IndexEntry| {
                frame.meets(since, until) || (open && frame.frame + 1 == frames.len() as u64)
            };
            if !wanted(&frames[next]) {
                contiguous = false;
                next += 1;
                continue;
            }
            let run = frames[next..].iter().take_while(|frame| wanted(frame)).count();
            if !contiguous {
                self.describe(&frames[next].stream);
            }
            let stretches = frames[next..next + run].iter().map(|entry| {
                let IndexEntry { frame, at, len, plain, .. } = *entry;
                Stretch { frame, at, len, plain }
            });
            self.pieces.push_back(Piece::Frames(view.path.clone(), stretches.collect()));
            contiguous = true;
            next += run;
        }
        for tail in &view.tails {
            if !contiguous && frames.is_empty() {
                self.describe(header.map_or(&[], |header| &header.stream));
            }
            contiguous = true;
            self.pieces.push_back(Piece::Text(tail.lines.clone()));
        }
        self.behind = contiguous.then_some(place);
    }

    fn describe(&mut self, stream: &[String]) {
        if !stream.is_empty() {
            let lines = stream.iter().map(|line| line.clone() + "\n").collect::<String>();
            self.pieces.push_back(Piece::Text(lines.into_bytes()));
        }
    }
}

impl Read for StoreReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        while self.left().is_empty() {
            if !self.advance().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let left = self.left();
        let bytes = left.len().min(buf.len());
        buf[..bytes].copy_from_slice(&left[..bytes]);
        self.given += bytes;
        Ok(bytes)
    }
}
