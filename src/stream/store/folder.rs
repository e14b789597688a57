//! The folder of a session and the names in it.

use crate::market::TradeDate;
use crate::stream::store::StoreError;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Number of a part in its session: one run has one number, a compacted part those it replaced.
///
/// Written `000004` or `000001-000004`, so that names sort in the order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PartId {
    /// First number.
    pub first: u32,
    /// Last number; `None` unless compacted.
    pub last: Option<u32>,
}

impl PartId {
    /// Largest number.
    pub const MAX: u32 = 999_999;

    /// The part of one run.
    pub const fn one(number: u32) -> Self {
        Self { first: number, last: None }
    }

    /// The last number that it stands for.
    pub fn end(self) -> u32 {
        self.last.unwrap_or(self.first)
    }

    /// Whether everything in `other` is in this part as well, which was made from it.
    pub fn replaces(self, other: Self) -> bool {
        self != other
            && self.last.is_some()
            && self.first <= other.first
            && other.end() <= self.end()
    }

    /// The part named so.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let plain = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u32>().ok().filter(|n| plain && (1..=Self::MAX).contains(n))
        };
        match text.split_once('-') {
            None => number(text).map(Self::one),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self { first, last: Some(last) })
            }
        }
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            None => write!(f, "{:06}", self.first),
            Some(last) => write!(f, "{:06}-{last:06}", self.first),
        }
    }
}

/// What a file of a session is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Name {
    Lines(PartId),
    Index(PartId),
    Tail(PartId, u64),
}

impl Name {
    fn parse(name: &str) -> Option<Self> {
        if let Some(part) = name.strip_suffix(".ndjson.zst") {
            return PartId::parse(part).map(Self::Lines);
        }
        if let Some(part) = name.strip_suffix(".index") {
            return PartId::parse(part).map(Self::Index);
        }
        let (part, frame) = name.strip_suffix(".tail")?.split_once('.')?;
        let plain = frame.len() >= 6 && frame.bytes().all(|b| b.is_ascii_digit());
        let frame = frame.parse().ok().filter(|_| plain)?;
        PartId::parse(part).map(|part| Self::Tail(part, frame))
    }
}

/// The folder of one session, as it was when it was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// The trade date.
    pub date: TradeDate,
    /// Where it is.
    pub path: PathBuf,
    /// Its parts in the order of arrival.
    pub parts: Vec<PartId>,
    /// Parts whose content a compacted part has: left over by a crash, to be removed.
    pub replaced: Vec<PartId>,
    /// Open frames: part and number of the frame.
    pub tails: Vec<(PartId, u64)>,
}

impl Folder {
    /// Looks at the folder of `date` in the store `dir`.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn read(dir: &Path, date: TradeDate) -> Result<Self, StoreError> {
        let path = dir.join(date.to_string());
        let (mut all, mut whole, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for entry in fs::read_dir(&path).map_err(StoreError::io("read", &path))? {
            let entry = entry.map_err(StoreError::io("read", &path))?;
            match entry.file_name().to_str().and_then(Name::parse) {
                Some(Name::Lines(id)) => {
                    all.push(id);
                    whole.push(id);
                }
                Some(Name::Index(id)) => all.push(id),
                Some(Name::Tail(id, frame)) => {
                    all.push(id);
                    tails.push((id, frame));
                }
                None => {}
            }
        }
        all.sort_unstable();
        all.dedup();
        tails.sort_unstable();
        // A compacted part counts once its lines are there: they come last.
        all.retain(|id| id.last.is_none() || whole.contains(id));
        let (replaced, parts) =
            all.iter().partition(|id| whole.iter().any(|other| other.replaces(**id)));
        Ok(Self { date, path, parts, replaced, tails })
    }

    /// The number of the next part.
    pub fn next_number(&self) -> u32 {
        let numbers = self.parts.iter().chain(&self.replaced).map(|id| id.end());
        numbers.max().unwrap_or(0) + 1
    }

    /// The file of the lines of a part.
    pub fn lines(&self, id: PartId) -> PathBuf {
        self.path.join(format!("{id}.ndjson.zst"))
    }

    /// The file of the index of a part.
    pub fn index(&self, id: PartId) -> PathBuf {
        self.path.join(format!("{id}.index"))
    }

    /// The file of the open frame of a part.
    pub fn tail(&self, id: PartId, frame: u64) -> PathBuf {
        self.path.join(format!("{id}.{frame:06}.tail"))
    }

    /// A new file for bytes of a part that are kept aside: `000001.torn-1`.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn torn(&self, id: PartId) -> Result<(PathBuf, fs::File), StoreError> {
        for number in 1_u32.. {
            let path = self.path.join(format!("{id}.torn-{number}"));
            match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io("create", &path)(error)),
            }
        }
        let path = self.path.join(format!("{id}.torn-1"));
        Err(StoreError::io("create", &path)(io::ErrorKind::AlreadyExists.into()))
    }

    /// The open frames of one part, by number.
    pub fn tails_of(&self, id: PartId) -> impl Iterator<Item = u64> {
        self.tails.iter().filter(move |(part, _)| *part == id).map(|(_, frame)| *frame)
    }
}

/// The trade dates that the store `dir` has a folder for, ascending.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn dates(dir: &Path) -> io::Result<Vec<TradeDate>> {
    let mut dates = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let date = entry.file_name().to_str().and_then(|name| name.parse::<TradeDate>().ok());
        if let Some(date) = date
            && entry.file_type()?.is_dir()
        {
            dates.push(date);
        }
    }
    dates.sort_unstable();
    Ok(dates)
}

/// Makes what happened to the names in a folder last.
///
/// # Errors
/// [`StoreError::Io`].
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let synced = fs::File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(StoreError::io("sync", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_and_read_back() {
        let (one, many) = (PartId::one(7), PartId { first: 1, last: Some(12) });
        assert_eq!(Name::parse("000007.ndjson.zst"), Some(Name::Lines(one)));
        assert_eq!(Name::parse("000001-000012.ndjson.zst"), Some(Name::Lines(many)));
        assert_eq!(Name::parse("000007.index"), Some(Name::Index(one)));
        assert_eq!(Name::parse("000007.000031.tail"), Some(Name::Tail(one, 31)));
        assert_eq!(Name::parse(&format!("{many}.index")), Some(Name::Index(many)));
        for foreign in [
            "7.index",
            "000000.index",
            "000002-000001.index",
            "000007.index.new",
            "000007.torn-1",
            "000007.31.tail",
            ".000001.ndjson.zst",
            "notes.txt",
        ] {
            assert_eq!(Name::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_compacted_part_hides_what_it_was_made_from() {
        let dir = tempfile::tempdir().unwrap();
        let date: TradeDate = "2026-03-10".parse().unwrap();
        let path = dir.path().join("2026-03-10");
        fs::create_dir(&path).unwrap();
        for name in ["000001.ndjson.zst", "000002.ndjson.zst", "000003.index", "000003.000000.tail"]
        {
            fs::write(path.join(name), "").unwrap();
        }
        fs::write(path.join("000001-000002.index"), "").unwrap();
        let before = Folder::read(dir.path(), date).unwrap();
        assert_eq!(before.parts, [PartId::one(1), PartId::one(2), PartId::one(3)]);
        assert_eq!((before.replaced.len(), before.next_number()), (0, 4));
        fs::write(path.join("000001-000002.ndjson.zst"), "").unwrap();
        let after = Folder::read(dir.path(), date).unwrap();
        let both = PartId { first: 1, last: Some(2) };
        assert_eq!(after.parts, [both, PartId::one(3)]);
        assert_eq!(after.replaced, [PartId::one(1), PartId::one(2)]);
        assert_eq!(after.tails, [(PartId::one(3), 0)]);
        assert_eq!(dates(dir.path()).unwrap(), [date]);
    }
}
