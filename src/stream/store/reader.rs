//! The lines of a store, as one stream of bytes: sessions, parts and frames that cannot hold a
//! wanted record are not even opened.

use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::IndexEntry;
use crate::stream::store::PartId;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use crate::stream::store::StoreRange;
use crate::stream::store::index;
use crate::stream::store::index::Place;
use crate::stream::store::part_view::PartView;
use crate::stream::store::part_view::length;
use std::cell::Cell;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

/// Compressed bytes asked for in one read.
const BLOCK: usize = 128 * 1024;

/// Something to be read next.
enum Piece {
    /// Lines at hand.
    Text(Vec<u8>),
    /// Frames: file, where they begin and their compressed length.
    Frames(PathBuf, u64, u64),
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
    current: Option<Box<dyn Read>>,
    name: PathBuf,
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
            name: PathBuf::new(),
            behind: None,
            done,
        }
    }

    /// Opens what comes next; `false` at the end.
    fn advance(&mut self) -> Result<bool, StoreError> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                self.current = Some(self.open(piece)?);
                return Ok(true);
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

    fn open(&mut self, piece: Piece) -> Result<Box<dyn Read>, StoreError> {
        Ok(match piece {
            Piece::Text(lines) => Box::new(Cursor::new(lines)),
            Piece::Frames(path, at, len) => {
                let opened = File::open(&path).and_then(|mut file| {
                    file.seek(SeekFrom::Start(at))?;
                    let counted = Counted { file, left: len, done: Rc::clone(&self.done) };
                    let buffered = BufReader::with_capacity(BLOCK, counted);
                    zstd::stream::read::Decoder::with_buffer(buffered)
                });
                let decoder = opened.map_err(StoreError::io("open", &path))?;
                self.name = path;
                Box::new(decoder)
            }
        })
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
            let (first, last) = (&frames[next], &frames[next + run - 1]);
            if !contiguous {
                self.describe(&first.stream);
            }
            let piece = Piece::Frames(view.path.clone(), first.at, last.end() - first.at);
            self.pieces.push_back(piece);
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
        loop {
            if let Some(current) = &mut self.current {
                match current.read(buf) {
                    Ok(0) if !buf.is_empty() => self.current = None,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(damaged(&self.name, &error)),
                    read => return read,
                }
            } else if !self.advance().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
    }
}

fn damaged(path: &Path, error: &io::Error) -> io::Error {
    let text = format!("{}: {error}; mia-record verify says which frame it is", path.display());
    io::Error::new(error.kind(), text)
}

struct Counted {
    file: File,
    left: u64,
    done: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let read = self.file.read(&mut buf[..most])?;
        self.left -= read as u64;
        self.done.set(self.done.get() + read as u64);
        Ok(read)
    }
}
