//! After a crash: what is whole is kept, what is torn is put aside, what is missing is made anew.

use crate::stream::store::Folder;
use crate::stream::store::IndexEnd;
use crate::stream::store::IndexEntry;
use crate::stream::store::IndexHeader;
use crate::stream::store::PartId;
use crate::stream::store::StoreError;
use crate::stream::store::StoreIndex;
use crate::stream::store::folder::dates;
use crate::stream::store::folder::sync_folder;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::frames::Found;
use crate::stream::store::frames::Packer;
use crate::stream::store::frames::find_frame;
use crate::stream::store::frames::read_frame;
use crate::stream::store::in_force::InForce;
use crate::stream::store::index;
use crate::stream::store::lock::lock_part;
use crate::stream::store::part_view::Lines;
use crate::stream::store::part_view::length;
use crate::stream::store::part_view::scan_on;
use crate::stream::store::part_writer::remove;
use crate::stream::store::span::Span;
use serde::de::IgnoredAny;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Level of compression of a frame made from plain lines.
const LEVEL: i32 = 3;

/// What was done for one part that a run left unfinished.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recovery {
    /// Trade date and name of the part.
    pub part: String,
    /// Frames that the index did not know.
    pub indexed: u64,
    /// Lines that were not in a frame yet and now are.
    pub lines: u64,
    /// Files with the bytes that were torn.
    pub torn: Vec<PathBuf>,
}

/// Finishes what earlier runs left unfinished in the store `dir`. Parts that a living process
/// writes are left alone. Nothing is lost: torn bytes go to a file of their own.
///
/// # Errors
/// [`StoreError::Io`].
pub fn recover(dir: &Path) -> Result<Vec<Recovery>, StoreError> {
    let mut done = Vec::new();
    for date in dates(dir).map_err(StoreError::io("read", dir))? {
        let folder = Folder::read(dir, date)?;
        for id in &folder.replaced {
            remove_part(&folder, *id)?;
        }
        for id in &folder.parts {
            match standing(&folder, *id)? {
                Standing::Finished => {}
                Standing::Unfinished => done.extend(recover_part(&folder, *id)?),
                // No crash does this: the evidence stays until somebody has looked at it.
                Standing::Damaged => tracing::warn!(
                    "{} is not as long as its index says; mia-record verify says more",
                    folder.lines(*id).display()
                ),
            }
        }
    }
    Ok(done)
}

/// How a part was left, by what its files say of themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// In order.
    Finished,
    /// By a crash, or it is being written.
    Unfinished,
    /// In order, but it has changed since.
    Damaged,
}

/// How a part was left.
pub(super) fn standing(folder: &Folder, id: PartId) -> Result<Standing, StoreError> {
    if folder.tails_of(id).next().is_some() {
        return Ok(Standing::Unfinished);
    }
    let path = folder.index(id);
    let end = match index::read_end(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        end => end.map_err(StoreError::io("read", &path))?,
    };
    Ok(match end {
        Some(end) if end.bytes == length(&folder.lines(id))? => Standing::Finished,
        Some(_) => Standing::Damaged,
        None => Standing::Unfinished,
    })
}

/// Removes the files of a part whose content another part has.
pub(super) fn remove_part(folder: &Folder, id: PartId) -> Result<(), StoreError> {
    // The lines first: as long as they are there, the part counts.
    remove(&folder.lines(id))?;
    for frame in folder.tails_of(id) {
        remove(&folder.tail(id, frame))?;
    }
    remove(&folder.index(id))
}

/// Finishes one part; `None` if a living process writes it.
pub(super) fn recover_part(folder: &Folder, id: PartId) -> Result<Option<Recovery>, StoreError> {
    let path = folder.index(id);
    let Some(mut lock) = lock_part(&path, true)? else { return Ok(None) };
    let mut bytes = Vec::new();
    lock.read_to_end(&mut bytes).map_err(StoreError::io("read", &path))?;
    let index = StoreIndex::parse(&bytes);
    if let Some(line) = index.altered {
        // To make it anew would be to lose what only the index says, such as the header.
        let path = path.display();
        tracing::warn!("{path}: line {line} is not as it was written; mia-record verify says more");
        return Ok(None);
    }
    let mut repair = Repair {
        folder,
        id,
        lines: folder.lines(id),
        index,
        lock,
        recovery: Recovery {
            part: format!("{}/{id}", folder.date),
            indexed: 0,
            lines: 0,
            torn: Vec::new(),
        },
    };
    if !repair.frames()? {
        return Ok(None);
    }
    repair.tails()?;
    repair.index.end = Some(IndexEnd::of(&repair.index.frames));
    repair.write_index()?;
    sync_folder(&folder.path)?;
    Ok(Some(repair.recovery))
}

fn open(path: &Path) -> Result<File, StoreError> {
    File::open(path).map_err(StoreError::io("open", path))
}

struct Repair<'a> {
    folder: &'a Folder,
    id: PartId,
    lines: PathBuf,
    index: StoreIndex,
    /// The index on the disk, held.
    lock: File,
    recovery: Recovery,
}

impl Repair<'_> {
    /// Finds which frames are whole, and takes out what is none; `false` if it has to stay.
    fn frames(&mut self) -> Result<bool, StoreError> {
        self.index.end = None;
        if self.index.header.is_none() {
            let header = IndexHeader::new(self.folder.date, self.id, Vec::new());
            self.index.header = Some(header);
        }
        let len = length(&self.lines)?;
        self.index.cut(len);
        if len == 0 {
            // A file without a frame is no zstd file.
            remove(&self.lines)?;
            return Ok(true);
        }
        let file = File::open(&self.lines).map_err(StoreError::io("open", &self.lines))?;
        while let Some(last) = self.index.frames.last() {
            if self.is_whole(&file, last)? {
                break;
            }
            self.index.frames.pop();
        }
        let known = self.index.frames.len() as u64;
        let mut torn = scan_on(&self.lines, &mut self.index)?;
        while let Some(hole) = &torn {
            let (file, from) = (open(&self.lines)?, hole.at);
            let next = find_frame(&file, from).map_err(StoreError::io("read", &self.lines))?;
            let Some(next) = next.filter(|next| *next > from) else { break };
            if self.folder.tails_of(self.id).next().is_some() {
                // Open frames are known by their number, which would not be theirs any more.
                let path = self.lines.display();
                tracing::warn!("{path} is damaged at byte {from}; mia-record verify says more");
                return Ok(false);
            }
            self.write_index()?;
            self.take_out(&file, from, next)?;
            torn = scan_on(&self.lines, &mut self.index)?;
        }
        self.recovery.indexed = self.index.frames.len() as u64 - known;
        self.write_index()?;
        if let Some(torn) = torn {
            self.cut_lines(torn.at)?;
        }
        Ok(true)
    }

    /// Puts what stands between whole frames aside; the file without it takes the place of the old
    /// one all at once.
    fn take_out(&mut self, mut file: &File, from: u64, to: u64) -> Result<(), StoreError> {
        let (torn, mut aside) = self.folder.torn(self.id)?;
        let copied = file
            .seek(SeekFrom::Start(from))
            .and_then(|_| io::copy(&mut file.take(to - from), &mut aside))
            .and_then(|_| aside.sync_all());
        copied.map_err(StoreError::io("write", &torn))?;
        sync_folder(&self.folder.path)?;
        let new = self.lines.with_extension("zst.new");
        let mut kept = File::create(&new).map_err(StoreError::io("create", &new))?;
        let copied = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| io::copy(&mut file.take(from), &mut kept))
            .and_then(|_| file.seek(SeekFrom::Start(to)))
            .and_then(|_| io::copy(&mut file, &mut kept))
            .and_then(|_| kept.sync_all());
        copied.map_err(StoreError::io("write", &new))?;
        fs::rename(&new, &self.lines).map_err(StoreError::io("replace", &self.lines))?;
        self.recovery.torn.push(torn);
        sync_folder(&self.folder.path)
    }

    fn is_whole(&self, file: &File, entry: &IndexEntry) -> Result<bool, StoreError> {
        let mut sha256 = Fingerprint::default();
        let found = read_frame(file, entry.at, |bytes| sha256.add(bytes));
        let found = found.map_err(StoreError::io("read", &self.lines))?;
        Ok(found == Found::Whole(entry.len) && sha256.hex() == entry.sha256)
    }

    /// Puts what stands behind the last whole frame aside, then takes it away.
    fn cut_lines(&mut self, at: u64) -> Result<(), StoreError> {
        let path = self.lines.clone();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).open(&path);
        let mut file = file.map_err(StoreError::io("open", &path))?;
        let (torn, mut aside) = self.folder.torn(self.id)?;
        let copied = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| io::copy(&mut file, &mut aside))
            .and_then(|_| aside.sync_all());
        copied.map_err(StoreError::io("write", &torn))?;
        sync_folder(&self.folder.path)?;
        self.recovery.torn.push(torn);
        let cut = file.set_len(at).and_then(|()| file.sync_all());
        cut.map_err(StoreError::io("cut", &path))?;
        if at == 0 { remove(&path) } else { Ok(()) }
    }

    /// Makes a frame of the plain lines of each open frame.
    fn tails(&mut self) -> Result<(), StoreError> {
        for frame in self.folder.tails_of(self.id) {
            let path = self.folder.tail(self.id, frame);
            let bytes = fs::read(&path).map_err(StoreError::io("read", &path))?;
            let folded = match self.index.frames.get(frame as usize) {
                Some(entry) => self.holds(entry, &bytes)?,
                None => false,
            };
            if !folded {
                let whole = whole_lines(&bytes);
                self.put_aside(&bytes[whole..])?;
                if whole > 0 {
                    self.add_frame(&bytes[..whole])?;
                }
            }
            remove(&path)?;
        }
        Ok(())
    }

    /// Whether the lines of a tail are in the frame that was made of them.
    fn holds(&self, entry: &IndexEntry, tail: &[u8]) -> Result<bool, StoreError> {
        let file = File::open(&self.lines).map_err(StoreError::io("open", &self.lines))?;
        let mut plain = Vec::new();
        let found = read_frame(&file, entry.at, |bytes| plain.extend_from_slice(bytes));
        found.map_err(StoreError::io("read", &self.lines))?;
        // A recovery that was itself cut short has made a frame of the whole lines of its tail.
        Ok(plain.starts_with(tail) || tail.starts_with(&plain))
    }

    fn put_aside(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (path, mut file) = self.folder.torn(self.id)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(StoreError::io("write", &path))?;
        self.recovery.torn.push(path);
        Ok(())
    }

    fn add_frame(&mut self, plain: &[u8]) -> Result<(), StoreError> {
        let path = &self.lines;
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).open(path);
        let mut file = file.map_err(StoreError::io("open", path))?;
        let packed = Packer::new(LEVEL).and_then(|mut packer| packer.pack(plain));
        let packed = packed.map_err(StoreError::io("compress", path))?;
        let at = self.index.bytes();
        let written = file.write_all(&packed).and_then(|()| file.sync_all());
        written.map_err(StoreError::io("write", path))?;
        let before = match self.index.frames.last() {
            Some(last) => self.after(last)?,
            None => {
                let header = self.index.header.as_ref();
                InForce::from_lines(header.map_or([].as_slice(), |header| &header.stream))
            }
        };
        let carry = self.index.frames.last().and_then(|frame| frame.last);
        let stream = before.lines();
        let mut lines = Lines::new(Span::after(carry), before);
        lines.add(plain);
        let (span, _) = lines.finish();
        let place = (self.index.frames.len() as u64, at, packed.len() as u64);
        let entry = IndexEntry::new(place, &span, Fingerprint::of(plain), stream);
        self.index.frames.push(entry);
        self.recovery.lines += span.lines;
        Ok(())
    }

    /// The `stream` records in force behind a frame.
    fn after(&self, entry: &IndexEntry) -> Result<InForce, StoreError> {
        let file = File::open(&self.lines).map_err(StoreError::io("open", &self.lines))?;
        let mut lines = Lines::new(Span::default(), InForce::from_lines(&entry.stream));
        let found = read_frame(&file, entry.at, |bytes| lines.add(bytes));
        found.map_err(StoreError::io("read", &self.lines))?;
        Ok(lines.finish().1)
    }

    fn write_index(&mut self) -> Result<(), StoreError> {
        self.lock = replace_index(&self.folder.index(self.id), &self.index)?;
        Ok(())
    }
}

/// Puts a new index in the place of the old one, all at once; it is held from before it is there.
pub(super) fn replace_index(path: &Path, index: &StoreIndex) -> Result<File, StoreError> {
    let new = path.with_extension("index.new");
    let text = index.text().map_err(io::Error::from).map_err(StoreError::io("write", &new))?;
    let mut file = File::create(&new).map_err(StoreError::io("create", &new))?;
    file.lock().map_err(StoreError::io("lock", &new))?;
    let written = file.write_all(&text).and_then(|()| file.sync_all());
    written.map_err(StoreError::io("write", &new))?;
    fs::rename(&new, path).map_err(StoreError::io("replace", path))?;
    Ok(file)
}

/// How many bytes of `bytes` are whole lines that are JSON objects: a machine that lost its power
/// may have left anything behind them.
fn whole_lines(bytes: &[u8]) -> usize {
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(body) = line.strip_suffix(b"\n") else { break };
        if !is_object(body) {
            break;
        }
        whole += line.len();
    }
    whole
}

/// Whether a line is one JSON object in UTF-8.
pub(super) fn is_object(line: &[u8]) -> bool {
    line.trim_ascii_start().first() == Some(&b'{')
        && std::str::from_utf8(line).is_ok()
        && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_taken() {
        assert_eq!(whole_lines(b"{\"a\":1}\n{\"b\":2}\n{\"c\""), 16);
        assert_eq!(whole_lines(b"{\"a\":1}\n\0\0\0\0\n{\"b\":2}\n"), 8);
        assert_eq!(whole_lines(b"{\"a\":\"\xff\"}\n"), 0);
        assert_eq!(whole_lines(b""), 0);
        assert_eq!(whole_lines(b"[1]\n"), 0);
    }
}
