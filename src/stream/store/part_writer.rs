//! Writes one part: frames, index and the lines of the open frame.
//!
//! The order makes a crash harmless: a frame is written before its index line, and the plain lines
//! of a frame stay until the frame itself is on the disk. Whatever is missing in the index is found
//! by reading the frames; whatever is torn at the end of the frames stands in the plain lines.

use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::IndexEnd;
use crate::stream::store::IndexEntry;
use crate::stream::store::IndexHeader;
use crate::stream::store::PartId;
use crate::stream::store::StoreError;
use crate::stream::store::folder::sync_folder;
use crate::stream::store::framer::Frame;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::frames::Packer;
use crate::stream::store::index;
use crate::stream::store::index::Place;
use crate::stream::store::lock::lock_part;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// When what was written is forced to the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fsync {
    /// Whenever the writer has nothing else to do, and after each batch.
    Always,
    /// So often.
    Every(Duration),
    /// When the system likes.
    Never,
}

impl FromStr for Fsync {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            seconds => {
                let number = seconds.strip_suffix('s').unwrap_or(seconds).parse::<f64>();
                let seconds = number.ok().filter(|s| (0.001..=3600.0).contains(s));
                seconds.map(|s| Self::Every(Duration::from_secs_f64(s))).ok_or_else(|| {
                    format!("`{text}` is none of: always, never, seconds from 0.001 to 3600")
                })
            }
        }
    }
}

/// The part that a run writes.
pub(super) struct PartWriter {
    folder: Folder,
    id: PartId,
    index: File,
    lines: Option<File>,
    entries: Vec<IndexEntry>,
    /// Compressed bytes in whole frames.
    at: u64,
    /// Plain bytes of the open frame.
    open: Vec<u8>,
    /// How many of them stand in the tail.
    on_tail: usize,
    tail: Option<(PathBuf, File)>,
    /// Tails of frames that are written but perhaps not on the disk.
    folded: Vec<PathBuf>,
    lines_dirty: bool,
    index_dirty: bool,
    tail_dirty: bool,
    names_dirty: bool,
    keep_tails: bool,
    /// Largest stamp of the parts before it.
    earlier: Option<i64>,
}

impl PartWriter {
    /// Begins a part of session `date` of the store `dir`.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn begin(
        dir: &Path,
        date: TradeDate,
        continues: Option<Place>,
        stream: Vec<String>,
        fsync: Fsync,
    ) -> Result<Self, StoreError> {
        let path = dir.join(date.to_string());
        match fs::create_dir(&path) {
            Ok(()) => sync_folder(dir)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StoreError::io("create", &path)(error)),
        }
        let folder = Folder::read(dir, date)?;
        let ends = folder.parts.iter().filter_map(|id| index::read_end(&folder.index(*id)).ok()?);
        let earlier = ends.filter_map(|end| end.max).max();
        let id = PartId::one(folder.next_number());
        let path = folder.index(id);
        let Some(mut index) = lock_part(&path, true)? else {
            let (dir, holder) = (dir.to_owned(), "another process".to_owned());
            return Err(StoreError::Locked { dir, holder });
        };
        let header = IndexHeader { continues, ..IndexHeader::new(date, id, stream) };
        write_line(&mut index, &path, &header)?;
        Ok(Self {
            folder,
            id,
            index,
            lines: None,
            entries: Vec::new(),
            at: 0,
            open: Vec::new(),
            on_tail: 0,
            tail: None,
            folded: Vec::new(),
            lines_dirty: false,
            index_dirty: true,
            tail_dirty: false,
            names_dirty: true,
            keep_tails: fsync != Fsync::Never,
            earlier,
        })
    }

    /// Which part it is.
    pub(super) fn place(&self) -> Place {
        Place { date: self.folder.date.to_string(), part: self.id.to_string() }
    }

    /// Adds lines to the open frame, in memory.
    pub(super) fn append(&mut self, lines: &[u8]) {
        self.open.extend_from_slice(lines);
    }

    /// Writes the lines of the open frame to the tail: from here on only a crash of the whole
    /// machine can lose them.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        if self.on_tail == self.open.len() {
            return Ok(());
        }
        if self.tail.is_none() {
            let path = self.folder.tail(self.id, self.entries.len() as u64);
            let mut options = OpenOptions::new();
            let file = options.append(true).create_new(true).open(&path);
            let file = file.map_err(StoreError::io("create", &path))?;
            self.tail = Some((path, file));
            self.names_dirty = true;
        }
        if let Some((path, file)) = &mut self.tail {
            file.write_all(&self.open[self.on_tail..]).map_err(StoreError::io("write", path))?;
        }
        self.on_tail = self.open.len();
        self.tail_dirty = true;
        Ok(())
    }

    /// Writes the open frame, which is complete.
    ///
    /// # Errors
    /// [`StoreError::Io`]; a frame that could not be written whole is taken back.
    pub(super) fn close(&mut self, frame: Frame, packer: &mut Packer) -> Result<(), StoreError> {
        let path = self.folder.lines(self.id);
        let packed = packer.pack(&self.open).map_err(StoreError::io("compress", &path))?;
        if self.lines.is_none() {
            // Not before there is a frame: an empty file is no zstd file.
            let mut options = OpenOptions::new();
            let file = options.append(true).create_new(true).open(&path);
            self.lines = Some(file.map_err(StoreError::io("create", &path))?);
            self.names_dirty = true;
        }
        if let Some(lines) = &mut self.lines
            && let Err(error) = lines.write_all(&packed)
        {
            // The lines are still in memory and in the tail; half a frame is of no use.
            let _ = lines.set_len(self.at);
            return Err(StoreError::io("write", &path)(error));
        }
        let place = (self.entries.len() as u64, self.at, packed.len() as u64);
        let sha256 = Fingerprint::of(&self.open);
        let entry = IndexEntry::new(place, &frame.span, sha256, frame.stream);
        write_line(&mut self.index, &self.folder.index(self.id), &entry)?;
        if self.entries.is_empty()
            && let (Some(earlier), Some(min)) = (self.earlier, entry.min)
            && min < earlier
        {
            let at = path.display();
            tracing::warn!("{at} begins before the recordings of its session end: recorded twice?");
        }
        self.at = entry.end();
        self.entries.push(entry);
        self.lines_dirty = true;
        self.index_dirty = true;
        self.open.clear();
        self.on_tail = 0;
        self.tail_dirty = false;
        if let Some((path, _)) = self.tail.take() {
            if self.keep_tails {
                self.folded.push(path);
            } else {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Whether something waits to be forced to the disk.
    pub(super) const fn is_dirty(&self) -> bool {
        self.lines_dirty || self.index_dirty || self.tail_dirty || self.names_dirty
    }

    /// Forces what was written to the disk: first the frames, last the names; then the plain lines
    /// of frames that are safe are removed.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        if let Some(lines) = self.lines.as_ref().filter(|_| self.lines_dirty) {
            lines.sync_data().map_err(StoreError::io("sync", &self.folder.lines(self.id)))?;
            self.lines_dirty = false;
        }
        if self.index_dirty {
            let synced = self.index.sync_data();
            synced.map_err(StoreError::io("sync", &self.folder.index(self.id)))?;
            self.index_dirty = false;
        }
        if let Some((path, tail)) = self.tail.as_ref().filter(|_| self.tail_dirty) {
            tail.sync_data().map_err(StoreError::io("sync", path))?;
            self.tail_dirty = false;
        }
        if self.names_dirty {
            sync_folder(&self.folder.path)?;
            self.names_dirty = false;
        }
        for path in self.folded.drain(..) {
            remove(&path)?;
        }
        Ok(())
    }

    /// Ends the part: its index gets its last line.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn finish(mut self, fsync: Fsync) -> Result<(), StoreError> {
        // An end on the disk means that all before it is: what then is missing was not a crash.
        if fsync != Fsync::Never {
            self.sync()?;
        }
        let path = self.folder.index(self.id);
        write_line(&mut self.index, &path, &IndexEnd::of(&self.entries))?;
        if fsync == Fsync::Never {
            return Ok(());
        }
        self.index.sync_data().map_err(StoreError::io("sync", &path))
    }
}

/// Removes a file that is not needed any more.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

fn write_line(
    file: &mut File,
    path: &Path,
    value: &impl serde::Serialize,
) -> Result<(), StoreError> {
    let mut line = Vec::with_capacity(512);
    let encoded = index::push(&mut line, value).map_err(io::Error::from);
    // One write a line: a reader beside us sees all of it or none.
    encoded.and_then(|()| file.write_all(&line)).map_err(StoreError::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read() {
        assert_eq!("always".parse(), Ok(Fsync::Always));
        assert_eq!("never".parse(), Ok(Fsync::Never));
        assert_eq!("1".parse(), Ok(Fsync::Every(Duration::from_secs(1))));
        assert_eq!("0.5s".parse(), Ok(Fsync::Every(Duration::from_millis(500))));
        for wrong in ["", "0", "-1", "soon", "NaN", "4000"] {
            assert!(wrong.parse::<Fsync>().is_err(), "{wrong}");
        }
    }
}
