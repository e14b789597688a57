//! Inputs: files or standard input; plain, gzip or zstd, told apart by content; a folder is a store.

use crate::stream::Interrupts;
use crate::stream::StreamError;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use crate::stream::store::StoreRange;
use crate::stream::store::StoreReader;
use flate2::read::MultiGzDecoder;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use std::cell::Cell;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

/// How often a waiting reader looks at its side channels.
const SIDE_INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// One opened input.
pub struct Input {
    /// File name, or `standard input`.
    pub name: String,
    /// Whether a read may wait for a writer: flush before it.
    pub may_block: bool,
    reader: AutoReader,
}

impl Input {
    /// An input that is open already and never waits.
    pub fn from_reader(name: String, reader: Box<dyn Read>) -> Self {
        Self { name, may_block: false, reader: AutoReader::Known(reader) }
    }

    /// The same input, read through `wrap`.
    #[must_use]
    pub fn through(self, wrap: impl FnOnce(Box<dyn Read>) -> Box<dyn Read>) -> Self {
        let Self { name, may_block, reader } = self;
        Self { name, may_block, reader: AutoReader::Known(wrap(Box::new(reader))) }
    }

    /// The records of the store at `path` that `range` asks for.
    fn of_store(path: &str, range: StoreRange, done: &Rc<Cell<u64>>) -> Result<Self, StreamError> {
        let reader = Store::open(Path::new(path))
            .and_then(|store| StoreReader::new(&store, range, Rc::clone(done)));
        let failed = |error: StoreError| {
            let source = io::Error::other(error);
            StreamError::Read { name: path.to_owned(), source }
        };
        Ok(Self::from_reader(path.to_owned(), Box::new(reader.map_err(failed)?)))
    }

    /// Opens `path` (`-` is standard input).
    ///
    /// # Errors
    /// [`StreamError::Read`].
    pub fn open(path: &str, wake: &Wake, done: &Rc<Cell<u64>>) -> Result<Self, StreamError> {
        let stdin = path == "-";
        let name = if stdin { "standard input".to_owned() } else { path.to_owned() };
        let opened = if stdin {
            io::stdin().as_fd().try_clone_to_owned().map(File::from)
        } else {
            File::open(path)
        };
        let checked = opened.and_then(|file| {
            let kind = file.metadata()?.file_type();
            Ok((file, !kind.is_file()))
        });
        let (file, may_block) =
            checked.map_err(|source| StreamError::Read { name: name.clone(), source })?;
        let raw = RawReader { file, wake: may_block.then(|| wake.clone()), done: Rc::clone(done) };
        Ok(Self { name, may_block, reader: AutoReader::new(Box::new(raw)) })
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

/// What interrupts a waiting read.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    /// Signals.
    pub interrupts: Option<Rc<Interrupts>>,
    /// Whether side channels are to be looked at now and then.
    pub side: bool,
}

/// Reads a file; where it may wait, gives up with `WouldBlock` when a signal or a side channel
/// wants attention, so that nobody sits in `read` while there is something to do.
struct RawReader {
    file: File,
    wake: Option<Wake>,
    done: Rc<Cell<u64>>,
}

impl Read for RawReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(wake) = &self.wake
            && (wake.side || wake.interrupts.is_some())
        {
            let timeout = wake.side.then_some(&SIDE_INTERVAL);
            let data = PollFd::new(&self.file, PollFlags::IN);
            let ready = if let Some(interrupts) = &wake.interrupts {
                let mut fds = [data, PollFd::new(interrupts.wake(), PollFlags::IN)];
                rustix::event::poll(&mut fds, timeout).map(|_| !fds[0].revents().is_empty())
            } else {
                let mut fds = [data];
                rustix::event::poll(&mut fds, timeout).map(|_| !fds[0].revents().is_empty())
            };
            match ready {
                Ok(true) => {}
                Ok(false) | Err(rustix::io::Errno::INTR) => {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Err(error) => return Err(error.into()),
            }
            if wake.interrupts.as_ref().is_some_and(|i| i.pending().is_some()) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        let read = self.file.read(buf)?;
        self.done.set(self.done.get() + read as u64);
        Ok(read)
    }
}

/// Recognises gzip and zstd by their first bytes, on the first read.
enum AutoReader {
    Unknown { raw: Option<Box<dyn Read>>, head: Vec<u8> },
    Known(Box<dyn Read>),
}

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl AutoReader {
    fn new(raw: Box<dyn Read>) -> Self {
        Self::Unknown { raw: Some(raw), head: Vec::new() }
    }

    /// Whether `head` may still turn out to be the start of `magic`.
    fn open_question(head: &[u8], magic: &[u8]) -> bool {
        head.len() < magic.len() && magic.starts_with(head)
    }
}

impl Read for AutoReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Self::Unknown { raw, head } = self {
            let mut at_end = false;
            while !at_end && (Self::open_question(head, &GZIP) || Self::open_question(head, &ZSTD))
            {
                let Some(raw) = raw.as_mut() else { return Ok(0) };
                let mut byte = [0; 4];
                let want = if head.is_empty() { 4 } else { 4 - head.len() };
                let read = raw.read(&mut byte[..want])?;
                at_end = read == 0;
                head.extend_from_slice(&byte[..read]);
            }
            let Some(raw) = raw.take() else { return Ok(0) };
            let kind =
                if head.starts_with(&GZIP) { 1 } else { i32::from(head.starts_with(&ZSTD)) * 2 };
            let head = io::Cursor::new(std::mem::take(head));
            // An end is read once: a terminal would wait for a second Ctrl-D.
            let rest: Box<dyn Read> = if at_end { Box::new(io::empty()) } else { raw };
            let whole = head.chain(rest);
            *self = Self::Known(match kind {
                1 => Box::new(MultiGzDecoder::new(whole)),
                2 => Box::new(zstd::stream::read::Decoder::new(whole)?),
                _ => Box::new(whole),
            });
        }
        match self {
            Self::Known(reader) => reader.read(buf),
            Self::Unknown { .. } => Ok(0),
        }
    }
}

/// Turns an input that was just opened into the one that is read.
pub type Adapt = Box<dyn Fn(Input) -> Input>;

/// The inputs of a command, one after the other.
pub struct Inputs {
    adapt: Option<Adapt>,
    waiting: VecDeque<String>,
    opened: Option<Input>,
    wake: Wake,
    done: Rc<Cell<u64>>,
    range: StoreRange,
}

impl Inputs {
    /// The inputs `paths`; none means standard input.
    pub fn new(paths: &[PathBuf], interrupts: Option<Rc<Interrupts>>) -> Self {
        let mut waiting: VecDeque<String> =
            paths.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        if waiting.is_empty() {
            waiting.push_back("-".into());
        }
        let wake = Wake { interrupts, side: false };
        let (done, range) = (Rc::default(), StoreRange::default());
        Self { adapt: None, waiting, opened: None, wake, done, range }
    }

    /// One input that is open already.
    pub fn of(input: Input) -> Self {
        let (waiting, wake) = (VecDeque::new(), Wake::default());
        let (done, range) = (Rc::default(), StoreRange::default());
        Self { adapt: None, waiting, opened: Some(input), wake, done, range }
    }

    /// What is read of those inputs that are stores; all other inputs are read whole.
    pub const fn select(&mut self, range: StoreRange) {
        self.range = range;
    }

    /// Passes every input through `adapt` when it is opened: for a command that reads other
    /// documents as if they were records.
    pub fn adapt(&mut self, adapt: Adapt) {
        self.adapt = Some(adapt);
    }

    /// Makes waiting reads look at side channels ten times a second.
    pub const fn watch_side_channels(&mut self) {
        self.wake.side = true;
    }

    /// Opens the next input; `None` after the last.
    ///
    /// # Errors
    /// [`StreamError::Read`].
    pub fn next_input(&mut self) -> Result<Option<Input>, StreamError> {
        let input = self.open_next()?;
        Ok(match &self.adapt {
            Some(adapt) => input.map(adapt),
            None => input,
        })
    }

    fn open_next(&mut self) -> Result<Option<Input>, StreamError> {
        if let Some(input) = self.opened.take() {
            return Ok(Some(input));
        }
        match self.waiting.pop_front() {
            None => Ok(None),
            Some(path) if path != "-" && Path::new(&path).is_dir() => {
                Input::of_store(&path, self.range, &self.done).map(Some)
            }
            Some(path) => Input::open(&path, &self.wake, &self.done).map(Some),
        }
    }

    /// The exit code of a signal that came.
    pub fn interrupted(&self) -> Option<u8> {
        self.wake.interrupts.as_ref().and_then(|i| i.pending())
    }

    /// Compressed bytes of the inputs that are still to be read, where all are files or stores.
    pub fn total_bytes(&self) -> Option<u64> {
        let size = |path: &String| {
            let found = std::fs::metadata(path).ok().filter(|_| path != "-")?;
            if found.is_dir() {
                let store = Store::open(Path::new(path)).ok()?;
                let (dates, _) = store.select(self.range.last).ok()?;
                return store.bytes(&dates).ok();
            }
            found.is_file().then_some(found.len())
        };
        self.waiting.iter().map(size).sum()
    }

    /// The counter behind [`Inputs::done_bytes`], for a bar over inputs that a source has taken.
    pub fn done_counter(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.done)
    }

    /// Compressed bytes read so far.
    pub fn done_bytes(&self) -> u64 {
        self.done.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_all(bytes: &[u8]) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in");
        std::fs::write(&path, bytes).unwrap();
        let mut inputs = Inputs::new(&[path], None);
        let mut out = Vec::new();
        inputs.next_input().unwrap().unwrap().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn compression_is_recognised_by_content() {
        let text = b"{\"t\":\"clock\"}\n".repeat(1000);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gz.write_all(&text).unwrap();
        let zst = zstd::stream::encode_all(text.as_slice(), 3).unwrap();
        assert_eq!(read_all(&text), text);
        assert_eq!(read_all(&gz.finish().unwrap()), text);
        assert_eq!(read_all(&zst), text);
        assert_eq!(read_all(&zst.repeat(3)), text.repeat(3), "several zstd frames");
        assert_eq!(read_all(b""), b"");
        assert_eq!(read_all(b"("), b"(");
        assert_eq!(read_all(&[0x1f]), [0x1f]);
    }
}
