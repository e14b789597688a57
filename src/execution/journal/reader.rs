//! Reads a journal over all its files, in order, and checks every line on the way.

use crate::execution::journal::JournalError;
use crate::execution::journal::files;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::codec;
use crate::wire::journal_line::ChainFault;
use crate::wire::journal_line::LineChain;
use crate::wire::journal_line::LineFault;
use crate::wire::journal_line::is_overrun;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;

/// What a journal holds: intents and facts, never market data.
const KINDS: KindSet = KindSet::of(&[
    Kind::Order,
    Kind::Acct,
    Kind::Ack,
    Kind::Fill,
    Kind::Cancel,
    Kind::Reject,
    Kind::Position,
    Kind::Account,
    Kind::Roundtrip,
]);

/// A line of a journal, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalEntry {
    /// Number in the whole journal, from 1.
    pub n: u64,
    /// Line of its file, from 1.
    pub line: u64,
    /// The record.
    pub record: Record,
}

/// What stands behind the last line feed of a journal.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tail {
    /// Where it begins in the file.
    pub at: u64,
    pub bytes: Vec<u8>,
    /// The record in it, if it is a whole line that lacks its line feed only.
    pub whole: Option<Record>,
}

/// The lines of a journal, from its oldest file to the current one.
#[derive(Debug)]
pub struct JournalReader {
    waiting: VecDeque<(PathBuf, Option<File>)>,
    current: Option<(PathBuf, BufReader<File>)>,
    chain: LineChain,
    line: u64,
    offset: u64,
    buffer: Vec<u8>,
    tail: Option<Tail>,
}

impl JournalReader {
    /// Reads the journal at `path` with the closed files beside it. No lock is taken: a writer may
    /// go on, what it has not finished is not seen.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        // The current file first: if it is rotated now, what was opened is the newest closed one.
        let current = match File::open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(JournalError::io(path, "open it")(error)),
        };
        let closed = files::closed(path)?;
        if current.is_none() && closed.is_empty() {
            let missing = io::Error::from(io::ErrorKind::NotFound);
            return Err(JournalError::io(path, "open it")(missing));
        }
        let mut waiting = VecDeque::new();
        for file in closed {
            let own = current.as_ref().map(|current| files::is_same(current, &file));
            if !own.transpose().map_err(JournalError::io(&file, "look at it"))?.unwrap_or(false) {
                waiting.push_back((file, None));
            }
        }
        waiting.extend(current.map(|file| (path.to_owned(), Some(file))));
        Ok(Self::over(waiting))
    }

    /// Reads the files named, in this order.
    pub fn of_files(files: &[PathBuf]) -> Self {
        Self::over(files.iter().map(|path| (path.clone(), None)).collect())
    }

    fn over(waiting: VecDeque<(PathBuf, Option<File>)>) -> Self {
        Self {
            waiting,
            current: None,
            chain: LineChain::new(),
            line: 0,
            offset: 0,
            buffer: Vec::new(),
            tail: None,
        }
    }

    /// The chain up to the last line read.
    pub const fn chain(&self) -> LineChain {
        self.chain
    }

    /// The file of the last line read, or about to be read.
    pub fn path(&self) -> &Path {
        let waiting = || self.waiting.front().map(|(path, _)| path.as_path());
        self.current
            .as_ref()
            .map(|(path, _)| path.as_path())
            .or_else(waiting)
            .unwrap_or(Path::new(""))
    }

    /// The bytes of the last line read, without its line feed.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer)
    }

    /// Bytes behind the last line feed, once the end is reached: a line that a crash cut short, or
    /// that a writer has not finished.
    pub fn unfinished(&self) -> Option<&[u8]> {
        self.tail.as_ref().map(|tail| tail.bytes.as_slice())
    }

    pub(super) fn take_tail(&mut self) -> Option<Tail> {
        self.tail.take()
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] with file, line and what is wrong; [`JournalError::Io`].
    pub fn next_entry(&mut self) -> Result<Option<JournalEntry>, JournalError> {
        loop {
            let Some((path, reader)) = &mut self.current else {
                let Some((path, file)) = self.waiting.pop_front() else { return Ok(None) };
                let file = match file {
                    Some(file) => file,
                    None => File::open(&path).map_err(JournalError::io(&path, "open it"))?,
                };
                self.current = Some((path, BufReader::with_capacity(1 << 16, file)));
                (self.line, self.offset) = (0, 0);
                continue;
            };
            self.buffer.clear();
            let read = reader.read_until(b'\n', &mut self.buffer);
            if read.map_err(JournalError::io(path, "read it"))? == 0 {
                if self.waiting.is_empty() {
                    return Ok(None);
                }
                self.current = None;
                continue;
            }
            if self.buffer.last() == Some(&b'\n') {
                return self.entry().map(Some);
            }
            return self.unended().map(|()| None);
        }
    }

    fn entry(&mut self) -> Result<JournalEntry, JournalError> {
        self.line += 1;
        let line = self.bytes();
        let mut chain = self.chain;
        if let Err(LineFault { fault, line: expected }) = chain.check(line) {
            return Err(match fault {
                ChainFault::Number { found } if expected == 1 => {
                    JournalError::Missing { path: self.path().to_owned(), first: found }
                }
                fault => self.corrupt(fault.to_string()),
            });
        }
        let record = parse(line).map_err(|reason| self.corrupt(reason))?;
        self.chain = chain;
        self.offset += self.buffer.len() as u64;
        Ok(JournalEntry { n: chain.lines(), line: self.line, record })
    }

    /// Looks at what stands behind the last line feed of a file.
    fn unended(&mut self) -> Result<(), JournalError> {
        if !self.waiting.is_empty() {
            self.line += 1;
            return Err(self.corrupt("a closed file ends inside a line".to_owned()));
        }
        let bytes = std::mem::take(&mut self.buffer);
        let mut chain = self.chain;
        let whole = chain.check(&bytes).ok().and_then(|()| parse(&bytes).ok());
        if whole.is_none() && is_overrun(&bytes) {
            self.line += 1;
            let reason = "bytes behind a whole line: no crash leaves that".to_owned();
            return Err(self.corrupt(reason));
        }
        self.tail = Some(Tail { at: self.offset, bytes, whole });
        Ok(())
    }

    /// Takes the whole line in the tail for read: it has its line feed now.
    pub(super) fn accept(&mut self, tail: &Tail) {
        if self.chain.check(&tail.bytes).is_ok() {
            self.line += 1;
            self.offset += tail.bytes.len() as u64 + 1;
        }
    }

    fn corrupt(&self, reason: String) -> JournalError {
        JournalError::Corrupt { path: self.path().to_owned(), line: self.line, reason }
    }
}

/// The record in a line.
fn parse(line: &[u8]) -> Result<Record, String> {
    let kind = codec::peek(line).map_err(|e| e.to_string())?;
    match kind.filter(|kind| KINDS.has(*kind)) {
        Some(kind) => codec::decode(kind, line).map_err(|e| e.to_string()),
        None => {
            let name = kind.map_or("an unknown kind", Kind::name);
            Err(format!("{name} has no place in a journal"))
        }
    }
}
