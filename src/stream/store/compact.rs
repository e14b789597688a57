//! Parts of finished sessions into one, with larger frames and more compression.
//!
//! The new part is written beside the old ones under another name, read back and compared with them
//! byte for byte; then it takes its name, which says what it replaces, and only then are the old
//! ones removed. A crash at any moment leaves the old parts, or both, of which the new one counts.

use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::IndexEnd;
use crate::stream::store::IndexEntry;
use crate::stream::store::IndexHeader;
use crate::stream::store::PartId;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use crate::stream::store::StoreIndex;
use crate::stream::store::folder::sync_folder;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::frames::Found;
use crate::stream::store::frames::Packer;
use crate::stream::store::frames::read_frame;
use crate::stream::store::in_force::InForce;
use crate::stream::store::lock::Lock;
use crate::stream::store::part_view::Lines;
use crate::stream::store::part_view::PartView;
use crate::stream::store::part_writer::remove;
use crate::stream::store::recovery::Standing;
use crate::stream::store::recovery::recover_part;
use crate::stream::store::recovery::remove_part;
use crate::stream::store::recovery::replace_index;
use crate::stream::store::recovery::standing;
use crate::stream::store::span::Span;
use serde::Serialize;
use std::fs;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// How parts are compacted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompactOptions {
    /// Level of compression.
    pub level: i32,
    /// Plain length of a frame, bytes.
    pub frame_bytes: u64,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self { level: 12, frame_bytes: 16 << 20 }
    }
}

/// What became of some parts of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Compacted {
    /// Trade date.
    pub date: String,
    /// Parts before.
    pub parts: Vec<String>,
    /// The part that has their lines now.
    pub into: String,
    /// Lines.
    pub lines: u64,
    /// Frames before.
    pub frames_before: u64,
    /// Frames after.
    pub frames_after: u64,
    /// Compressed bytes before.
    pub bytes_before: u64,
    /// Compressed bytes after.
    pub bytes_after: u64,
}

/// Compacts these sessions. Parts that are being written, and parts that are compacted as well or
/// better already, are left alone.
///
/// # Errors
/// [`StoreError::Locked`] while another compaction runs, [`StoreError::Damaged`],
/// [`StoreError::Io`]; the old parts are then still there.
pub fn compact(
    store: &Store,
    dates: &[TradeDate],
    options: CompactOptions,
    mut each: impl FnMut(&Compacted),
) -> Result<(), StoreError> {
    let _lock = Lock::maintenance(store.dir())?;
    for date in dates {
        let folder = Folder::read(store.dir(), *date)?;
        for id in &folder.replaced {
            remove_part(&folder, *id)?;
        }
        for group in groups(&folder)? {
            if let Some(compacted) = Compaction::run(&folder, &group, options)? {
                each(&compacted);
            }
        }
    }
    Ok(())
}

/// A part to be compacted.
struct Old {
    id: PartId,
    view: PartView,
}

/// Runs of parts that can become one: a part that has to be introduced by `stream` records of its
/// own begins a new run.
fn groups(folder: &Folder) -> Result<Vec<Vec<Old>>, StoreError> {
    let mut groups: Vec<Vec<Old>> = Vec::new();
    let mut broken = true;
    for id in folder.parts.iter().copied() {
        match standing(folder, id)? {
            Standing::Finished => {}
            Standing::Unfinished => {
                if recover_part(folder, id)?.is_none() {
                    broken = true;
                    continue;
                }
            }
            Standing::Damaged => {
                return Err(StoreError::damaged(
                    &folder.lines(id),
                    "not as long as its index says; mia-record verify says more",
                ));
            }
        }
        let view = PartView::load(folder, id)?;
        view.trust(folder, id)?;
        let introduced = view.index.header.as_ref().is_none_or(|header| !header.stream.is_empty());
        match groups.last_mut().filter(|_| !broken && !introduced) {
            Some(group) => group.push(Old { id, view }),
            None => groups.push(vec![Old { id, view }]),
        }
        broken = false;
    }
    Ok(groups)
}

struct Compaction<'a> {
    folder: &'a Folder,
    options: CompactOptions,
    path: PathBuf,
    file: File,
    packer: Packer,
    index: StoreIndex,
    plain: Vec<u8>,
    carry: Option<i64>,
    in_force: InForce,
    sha256: Fingerprint,
}

impl<'a> Compaction<'a> {
    fn run(
        folder: &'a Folder,
        group: &[Old],
        options: CompactOptions,
    ) -> Result<Option<Compacted>, StoreError> {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(None) };
        let level = first.view.index.header.as_ref().and_then(|header| header.level);
        let frames_before = group.iter().map(|old| old.view.index.frames.len() as u64).sum();
        let is_done = group.len() == 1 && level.is_some_and(|level| level >= options.level);
        if is_done || frames_before == 0 {
            return Ok(None);
        }
        let id = PartId { first: first.id.first, last: Some(last.id.end()) };
        let mut compaction = Self::begin(folder, first, id, options)?;
        for old in group {
            compaction.copy(old)?;
        }
        let index = compaction.finish()?;
        put_in_place(folder, id, group, &index)?;
        let end = IndexEnd::of(&index.frames);
        Ok(Some(Compacted {
            date: folder.date.to_string(),
            parts: group.iter().map(|old| old.id.to_string()).collect(),
            into: id.to_string(),
            lines: end.lines,
            frames_before,
            frames_after: end.end,
            bytes_before: group.iter().map(|old| old.view.index.bytes()).sum(),
            bytes_after: end.bytes,
        }))
    }

    fn begin(
        folder: &'a Folder,
        first: &Old,
        id: PartId,
        options: CompactOptions,
    ) -> Result<Self, StoreError> {
        let path = new_lines(folder, id);
        let file = File::create(&path).map_err(StoreError::io("create", &path))?;
        let packer = Packer::new(options.level).map_err(StoreError::io("compress into", &path))?;
        let old = first.view.index.header.as_ref();
        let stream = old.map(|header| header.stream.clone()).unwrap_or_default();
        let in_force = InForce::from_lines(&stream);
        let header = IndexHeader {
            continues: old.and_then(|header| header.continues.clone()),
            level: Some(options.level),
            ..IndexHeader::new(folder.date, id, stream)
        };
        Ok(Self {
            folder,
            options,
            path,
            file,
            packer,
            index: StoreIndex { header: Some(header), ..StoreIndex::default() },
            plain: Vec::new(),
            carry: None,
            in_force,
            sha256: Fingerprint::default(),
        })
    }

    fn copy(&mut self, old: &Old) -> Result<(), StoreError> {
        let Old { view, .. } = old;
        if view.index.frames.is_empty() {
            return Ok(());
        }
        let file = File::open(&view.path).map_err(StoreError::io("open", &view.path))?;
        for entry in &view.index.frames {
            let mut sha256 = Fingerprint::default();
            let plain = &mut self.plain;
            let found = read_frame(&file, entry.at, |bytes| {
                sha256.add(bytes);
                plain.extend_from_slice(bytes);
            });
            let found = found.map_err(StoreError::io("read", &view.path))?;
            if found != Found::Whole(entry.len) || sha256.hex() != entry.sha256 {
                let reason = format!("frame {} is not what the index says", entry.frame);
                return Err(StoreError::damaged(&view.path, reason));
            }
            if self.plain.len() as u64 >= self.options.frame_bytes {
                self.frame()?;
            }
        }
        Ok(())
    }

    fn frame(&mut self) -> Result<(), StoreError> {
        self.sha256.add(&self.plain);
        let packed = self.packer.pack(&self.plain).map_err(StoreError::io("pack", &self.path))?;
        self.file.write_all(&packed).map_err(StoreError::io("write", &self.path))?;
        let stream = self.in_force.lines();
        let before = std::mem::take(&mut self.in_force);
        let mut lines = Lines::new(Span::after(self.carry), before);
        lines.add(&self.plain);
        let (span, in_force) = lines.finish();
        self.in_force = in_force;
        self.carry = span.carry();
        let place = (self.index.frames.len() as u64, self.index.bytes(), packed.len() as u64);
        let entry = IndexEntry::new(place, &span, Fingerprint::of(&self.plain), stream);
        self.index.frames.push(entry);
        self.plain.clear();
        Ok(())
    }

    /// The last frame; then everything is read back from the disk and compared.
    fn finish(mut self) -> Result<StoreIndex, StoreError> {
        if !self.plain.is_empty() {
            self.frame()?;
        }
        self.file.sync_all().map_err(StoreError::io("sync", &self.path))?;
        let file = File::open(&self.path).map_err(StoreError::io("open", &self.path))?;
        let mut back = Fingerprint::default();
        for entry in &self.index.frames {
            let found = read_frame(&file, entry.at, |bytes| back.add(bytes));
            if found.map_err(StoreError::io("read", &self.path))? != Found::Whole(entry.len) {
                return Err(StoreError::damaged(&self.path, "the disk gives other bytes back"));
            }
        }
        if back.hex() != self.sha256.hex() {
            return Err(StoreError::damaged(&self.path, "the disk gives other bytes back"));
        }
        self.index.end = Some(IndexEnd::of(&self.index.frames));
        tracing::debug!("{} has the lines of {}", self.path.display(), self.folder.date);
        Ok(self.index)
    }
}

fn new_lines(folder: &Folder, id: PartId) -> PathBuf {
    folder.path.join(format!("{id}.ndjson.zst.new"))
}

fn put_in_place(
    folder: &Folder,
    id: PartId,
    group: &[Old],
    index: &StoreIndex,
) -> Result<(), StoreError> {
    let (new, lines) = (new_lines(folder, id), folder.lines(id));
    let again = group.iter().any(|old| old.id == id);
    if again {
        // No moment at which an index stands beside the lines of another: it can be made anew.
        remove(&folder.index(id))?;
        fs::rename(&new, &lines).map_err(StoreError::io("replace", &lines))?;
        replace_index(&folder.index(id), index)?;
        return sync_folder(&folder.path);
    }
    replace_index(&folder.index(id), index)?;
    fs::rename(&new, &lines).map_err(StoreError::io("replace", &lines))?;
    sync_folder(&folder.path)?;
    for old in group {
        remove_part(folder, old.id)?;
    }
    sync_folder(&folder.path)
}
