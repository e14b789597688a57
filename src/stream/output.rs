//! The output: one buffer, written whole; thinning; records before and after the input line.

use crate::stream::StreamError;
use crate::wire::Emit;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::codec;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;

/// Bytes collected before they are written although nobody waits.
const BLOCK: usize = 64 * 1024;

/// Which kinds reach the output.
#[derive(Clone, Copy, Debug)]
pub struct Thinning {
    /// Kinds kept.
    pub keep: KindSet,
    /// Whether kinds that MIA does not know are kept.
    pub keep_unknown: bool,
}

impl Default for Thinning {
    fn default() -> Self {
        Self { keep: KindSet::ALL, keep_unknown: true }
    }
}

impl Thinning {
    /// The thinning of `--only` and `--drop`.
    pub fn new(only: &[Kind], drop: &[Kind]) -> Self {
        let base = if only.is_empty() { KindSet::ALL } else { KindSet::of(only) };
        let keep = Kind::ALL.iter().filter(|k| base.has(**k) && !drop.contains(k));
        Self {
            keep: keep.fold(KindSet::EMPTY, |set, k| set.and(k.set())),
            keep_unknown: only.is_empty(),
        }
    }
}

/// Where a command writes its stream.
pub struct Output {
    sink: Box<dyn Write>,
    name: String,
    thinning: Thinning,
    buffer: Vec<u8>,
    after: Vec<u8>,
    written: u64,
    closed: bool,
    fault: Option<String>,
    /// Bytes that left the buffer.
    gone: usize,
    /// What went wrong while nobody could be told.
    failed: Option<StreamError>,
}

impl Output {
    /// Writes to any sink; `name` is for error messages.
    pub fn new(sink: Box<dyn Write>, name: impl Into<String>, thinning: Thinning) -> Self {
        Self {
            sink,
            name: name.into(),
            thinning,
            buffer: Vec::with_capacity(4 * BLOCK),
            after: Vec::with_capacity(BLOCK),
            written: 0,
            closed: false,
            fault: None,
            gone: 0,
            failed: None,
        }
    }

    /// Writes to standard output, unbuffered by the system's library.
    ///
    /// # Errors
    /// [`StreamError::Write`].
    pub fn stdout(thinning: Thinning) -> Result<Self, StreamError> {
        let name = "standard output";
        let file = io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
        let file = file.map_err(|source| StreamError::Write { name: name.into(), source })?;
        Ok(Self::new(Box::new(file), name, thinning))
    }

    /// Writes to a new file; an existing one is overwritten only with `force`.
    ///
    /// # Errors
    /// [`StreamError::Exists`], [`StreamError::Write`].
    pub fn file(path: &Path, force: bool, thinning: Thinning) -> Result<Self, StreamError> {
        let name = path.display().to_string();
        let mut options = OpenOptions::new();
        options.write(true);
        if force {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        match options.open(path) {
            Ok(file) => Ok(Self::new(Box::new(file), name, thinning)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StreamError::Exists { name })
            }
            Err(source) => Err(StreamError::Write { name, source }),
        }
    }

    /// Copies an input line of `kind`, with a line feed if it has none.
    #[inline]
    pub fn pass(&mut self, kind: Option<Kind>, line: &[u8]) {
        if kind.map_or(self.thinning.keep_unknown, |k| self.thinning.keep.has(k)) {
            self.buffer.extend_from_slice(line);
            if line.last() != Some(&b'\n') {
                self.buffer.push(b'\n');
            }
        }
    }

    /// Copies bytes as they are: whole lines in the end, whatever the pieces.
    pub fn copy(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Appends the reactions to the input line that was just copied or dropped.
    #[inline]
    pub fn settle(&mut self) {
        if !self.after.is_empty() {
            self.buffer.append(&mut self.after);
        }
    }

    /// A mark for [`Output::rewind`].
    #[inline]
    pub const fn mark(&self) -> usize {
        self.gone + self.buffer.len()
    }

    /// Takes back what was added since `mark`: the input turned out to be bad.
    pub fn rewind(&mut self, mark: usize) {
        self.buffer.truncate(mark.saturating_sub(self.gone));
        self.after.clear();
    }

    /// Records written besides the input.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Whether downstream has gone.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes when enough has been collected.
    ///
    /// # Errors
    /// As [`Output::flush`].
    #[inline]
    pub fn flush_if_full(&mut self) -> Result<(), StreamError> {
        if self.buffer.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    /// Writes when one block of input made far more output than it was long.
    ///
    /// # Errors
    /// As [`Output::flush`].
    #[inline]
    pub fn flush_if_large(&mut self) -> Result<(), StreamError> {
        if self.buffer.len() >= 4 * BLOCK { self.flush() } else { Ok(()) }
    }

    /// Writes everything. A reader that has gone is no error: see [`Output::is_closed`].
    ///
    /// # Errors
    /// [`StreamError::Write`], [`StreamError::Encode`].
    pub fn flush(&mut self) -> Result<(), StreamError> {
        self.settle();
        if let Some(fault) = self.fault.take() {
            return Err(StreamError::Encode(fault));
        }
        self.failed.take().map_or_else(|| self.write(), Err)
    }

    fn write(&mut self) -> Result<(), StreamError> {
        if self.buffer.is_empty() || self.closed {
            self.buffer.clear();
            return Ok(());
        }
        let result = self.sink.write_all(&self.buffer).and_then(|()| self.sink.flush());
        self.gone += self.buffer.len();
        self.buffer.clear();
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(source) => Err(StreamError::Write { name: self.name.clone(), source }),
        }
    }

    fn encode(
        record: &Record,
        thinning: Thinning,
        out: &mut Vec<u8>,
        fault: &mut Option<String>,
    ) -> u64 {
        if !thinning.keep.has(record.kind()) {
            return 0;
        }
        match codec::encode(record, out) {
            Ok(()) => 1,
            Err(error) => {
                *fault = Some(format!("{} at {}: {error}", record.kind(), record.ts()));
                0
            }
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Only after a panic is there anything left: what was decided before it still goes out.
        let _ = self.flush();
    }
}

impl Emit for Output {
    fn before(&mut self, record: &Record) {
        self.written += Self::encode(record, self.thinning, &mut self.buffer, &mut self.fault);
    }

    fn after(&mut self, record: &Record) {
        self.written += Self::encode(record, self.thinning, &mut self.after, &mut self.fault);
    }

    fn deliver(&mut self) {
        if self.failed.is_none() {
            self.failed = self.write().err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Sym;
    use crate::wire::Clock;
    use crate::wire::Src;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_delivered_is_with_the_reader_and_what_came_after_can_be_taken_back() {
        let sink = Shared::default();
        let mut output = Output::new(Box::new(sink.clone()), "test", Thinning::default());
        let clock = Record::Clock(Clock { ts: 1, sym: Sym::NONE, src: Src::Syn });
        let read = || String::from_utf8(sink.0.borrow().clone()).unwrap();
        output.pass(None, b"first");
        let mark = output.mark();
        output.deliver();
        assert_eq!(read(), "first\n");
        output.before(&clock);
        output.after(&clock);
        output.rewind(mark);
        output.pass(None, b"second");
        output.flush().unwrap();
        assert_eq!(read(), "first\nsecond\n");
    }
}
