//! A file of records that another program writes to: what was added, and whether it is still the
//! same file.

use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::record_file::FileFault;
use crate::feeds::sierra::record_file::RecordFile;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes looked at in one poll.
const BLOCK: usize = 160 * 1024;

/// Why what was read no longer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rewritten {
    /// The file is shorter than what was read.
    Shorter,
    /// The record read last has another stamp now.
    Changed,
    /// The name belongs to another file.
    Replaced,
}

impl Rewritten {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shorter => "file_shorter",
            Self::Changed => "file_changed",
            Self::Replaced => "file_replaced",
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Shorter => "the file became shorter",
            Self::Changed => "the file was written anew",
            Self::Replaced => "the file was replaced by another",
        }
    }
}

/// What a poll found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Growth {
    /// Nothing new.
    None,
    /// So many whole records; whether they reach to the end of the file.
    Records(usize, bool),
    /// The record read last was written again with the same stamp.
    SameAgain,
    /// What was read no longer stands.
    Rewritten(Rewritten),
}

/// The file and the place up to which it was read.
pub(super) struct FollowedFile<L: Layout> {
    file: RecordFile<L>,
    identity: (u64, u64),
    next: u64,
    /// The record before `next`, as it was read: found changed, the file is another.
    last: Vec<u8>,
    block: Vec<u8>,
    /// Where in the block the records found last begin.
    start: usize,
}

impl<L: Layout> FollowedFile<L> {
    /// Opens `path`.
    pub fn open(path: &Path) -> Result<Self, FileFault> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        let file = RecordFile::new(file)?;
        let block = vec![0; BLOCK];
        Ok(Self { file, identity, next: 0, last: Vec::new(), block, start: 0 })
    }

    pub const fn file(&self) -> &RecordFile<L> {
        &self.file
    }

    /// Goes on with the record `index`; the one before it, if there is one, must stay as it is.
    pub fn go_to(&mut self, index: u64) -> io::Result<()> {
        self.next = index;
        self.last.clear();
        if index > 0 {
            self.last.resize(L::RECORD, 0);
            let read = self.file.read_at(self.file.offset(index - 1), &mut self.last)?;
            self.last.truncate(read);
        }
        Ok(())
    }

    /// Index of the next record.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The records found last, from their first byte on.
    pub fn found(&self, count: usize) -> &[u8] {
        &self.block[self.start..self.start + count * L::RECORD]
    }

    /// Looks once. One system call where nothing happened: the record before is read again
    /// together with what follows it.
    pub fn poll(&mut self) -> io::Result<Growth> {
        let before = self.last.len();
        let from = self.file.offset(self.next) - before as u64;
        let read = self.file.read_at(from, &mut self.block)?;
        if read < before {
            return Ok(Growth::Rewritten(Rewritten::Shorter));
        }
        if before == 0 && read == 0 && self.file.bytes()? < self.file.offset(self.next) {
            return Ok(Growth::Rewritten(Rewritten::Shorter));
        }
        if self.block[..before] != self.last[..] {
            // The stamp comes first in every layout.
            let same_stamp = self.block[..before.min(8)] == self.last[..before.min(8)];
            if !same_stamp {
                return Ok(Growth::Rewritten(Rewritten::Changed));
            }
            self.last.copy_from_slice(&self.block[..before]);
            return Ok(Growth::SameAgain);
        }
        self.start = before;
        // A record whose stamp is still zero was made room for, and not written yet.
        let records = self.block[before..read].chunks_exact(L::RECORD);
        let count = records.take_while(|record| record[..8] != [0; 8]).count();
        if count == 0 {
            return Ok(Growth::None);
        }
        Ok(Growth::Records(count, read < self.block.len()))
    }

    /// Takes the first `count` of the records found last.
    pub fn take(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let end = self.start + count * L::RECORD;
        self.last.clear();
        self.last.extend_from_slice(&self.block[end - L::RECORD..end]);
        self.next += count as u64;
    }

    /// Whether `path` still names this file; `None` if it names none.
    pub fn is_named(&self, path: &Path) -> Option<bool> {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()) == self.identity)
    }
}
