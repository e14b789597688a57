//! Carries out on the disk what the framer asks for.

use crate::stream::store::Command;
use crate::stream::store::Fsync;
use crate::stream::store::Recovery;
use crate::stream::store::StoreError;
use crate::stream::store::folder::sync_folder;
use crate::stream::store::frames::Packer;
use crate::stream::store::lock::Lock;
use crate::stream::store::part_writer::PartWriter;
use crate::stream::store::quarantine;
use crate::stream::store::quarantine::Quarantine;
use crate::stream::store::recovery::recover;
use crate::wire::BadLine;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// How a store is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriterOptions {
    /// When what was written is forced to the disk.
    pub fsync: Fsync,
    /// Level of compression.
    pub level: i32,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { fsync: Fsync::Every(std::time::Duration::from_secs(1)), level: 3 }
    }
}

/// The one writer of a store.
pub struct StoreWriter {
    dir: PathBuf,
    options: WriterOptions,
    packer: Packer,
    part: Option<PartWriter>,
    quarantine: Quarantine,
    _lock: Lock,
}

impl StoreWriter {
    /// Opens the store `dir` for writing, and makes it if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process writes it; [`StoreError::Io`].
    pub fn open(dir: &Path, options: WriterOptions) -> Result<Self, StoreError> {
        if !dir.is_dir() {
            fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
            if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_folder(parent)?;
            }
        }
        let lock = Lock::take(dir)?;
        let packer = Packer::new(options.level).map_err(StoreError::io("compress into", dir))?;
        let quarantine = Quarantine::new(dir);
        Ok(Self { dir: dir.to_owned(), options, packer, part: None, quarantine, _lock: lock })
    }

    /// Finishes what earlier runs left unfinished.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn recover(&self) -> Result<Vec<Recovery>, StoreError> {
        recover(&self.dir)
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn apply(&mut self, command: Command) -> Result<(), StoreError> {
        match command {
            Command::Begin { date, continues, stream } => {
                let before = match self.part.take() {
                    Some(part) => {
                        let place = part.place();
                        part.finish(self.options.fsync)?;
                        Some(place).filter(|_| continues)
                    }
                    None => None,
                };
                let fsync = self.options.fsync;
                self.part = Some(PartWriter::begin(&self.dir, date, before, stream, fsync)?);
            }
            Command::Append(lines) => {
                if let Some(part) = &mut self.part {
                    part.append(&lines);
                }
            }
            Command::Close(frame) => {
                if let Some(part) = &mut self.part {
                    part.close(frame, &mut self.packer)?;
                }
            }
            Command::Unplaced(lines) => self.unplaced(&lines)?,
            Command::Quarantine(line) => self.quarantine.add(&line)?,
        }
        Ok(())
    }

    fn unplaced(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        let reason = "no record with a known stamp says which session it belongs to";
        for (number, line) in (1..).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
            let bad = BadLine { input: "held", number, newest: 0, reason, line };
            self.quarantine.add(&quarantine::entry(&bad))?;
        }
        Ok(())
    }

    /// Whether something waits to be forced to the disk.
    pub fn is_dirty(&self) -> bool {
        self.quarantine.is_dirty() || self.part.as_ref().is_some_and(PartWriter::is_dirty)
    }

    /// Writes the lines of the open frame, so that only a crash of the machine can lose them.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.part.as_mut().map_or(Ok(()), PartWriter::settle)
    }

    /// Forces what was written to the disk.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.quarantine.sync()?;
        self.part.as_mut().map_or(Ok(()), PartWriter::sync)
    }

    /// Ends in order.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn finish(mut self) -> Result<(), StoreError> {
        if self.options.fsync != Fsync::Never {
            self.quarantine.sync()?;
        }
        match self.part.take() {
            Some(part) => part.finish(self.options.fsync),
            None => Ok(()),
        }
    }
}
