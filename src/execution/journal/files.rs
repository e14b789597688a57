//! The files of a journal: the current one, the closed ones beside it, the lock.

use crate::execution::journal::JournalError;
use crate::market::TradeDate;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// How often a lock is tried, and the pause between.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The name of a file beside the journal.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The folder of a path.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The closed files of the journal at `path`, oldest first: its name with `.YYYY-MM-DD` behind it.
pub(super) fn closed(path: &Path) -> Result<Vec<PathBuf>, JournalError> {
    Ok(dated(path)?.into_iter().map(|(_, path)| path).collect())
}

/// The trade date of the newest closed file.
pub(super) fn newest_closed(path: &Path) -> Result<Option<TradeDate>, JournalError> {
    Ok(dated(path)?.last().map(|(date, _)| *date))
}

fn dated(path: &Path) -> Result<Vec<(TradeDate, PathBuf)>, JournalError> {
    let failed = || JournalError::io(path, "list the files beside it");
    let Some(own) = path.file_name().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
    let entries = match fs::read_dir(folder(path)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed())?.file_name();
        let date = name.to_str().and_then(|name| name.strip_prefix(own)?.strip_prefix('.'));
        if let Some(date) = date.and_then(|date| date.parse::<TradeDate>().ok()) {
            found.push((date, path.with_file_name(&name)));
        }
    }
    found.sort();
    Ok(found)
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// Of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(&file.metadata()?))
    }
}

impl From<&Metadata> for FileId {
    fn from(found: &Metadata) -> Self {
        Self(found.dev(), found.ino())
    }
}

/// Sees to it that the name still leads to the file that is open, with as many bytes as were written:
/// files are moved, emptied and replaced by hand, and a process that has one open does not notice.
pub(super) fn look_after(path: &Path, id: FileId, bytes: u64) -> Result<(), JournalError> {
    let how = match fs::metadata(path) {
        Ok(found) if FileId::from(&found) != id => "another file has its place".to_owned(),
        Ok(found) if found.len() == bytes => return Ok(()),
        Ok(found) => format!("it has {} bytes instead of {bytes}", found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "it is gone".to_owned(),
        Err(error) => return Err(JournalError::io(path, "look at it")(error)),
    };
    Err(JournalError::Changed { path: path.to_owned(), how })
}

/// Whether the open file is the one at `path`.
pub(super) fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    let own = FileId::of(file)?;
    match fs::metadata(path) {
        Ok(found) => Ok(FileId::from(&found) == own),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens the current file for writing, locked for this process.
pub(super) fn open_locked(path: &Path) -> Result<File, JournalError> {
    // Before it is opened: opening a pipe waits for its other end.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(JournalError::NotAFile { path: path.to_owned() });
    }
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.map_err(JournalError::io(path, "open it"))?;
        lock(&file, path)?;
        // Rotated between the opening and the lock: then this is a closed file.
        if is_same(&file, path).map_err(JournalError::io(path, "look at it"))? {
            return Ok(file);
        }
    }
}

/// Locks it. A writer that was just killed, and a process that is only being started, can hold a lock
/// for an instant: so it is tried a few times.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => {
                return Err(JournalError::io(path, "lock it")(source));
            }
        }
    }
    Err(JournalError::Locked { path: path.to_owned() })
}

/// Whether a process writes the journal now.
///
/// # Errors
/// [`JournalError::Io`].
pub fn is_being_written(path: &Path) -> Result<bool, JournalError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(JournalError::io(path, "open it")(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(JournalError::io(path, "look at its lock")(source)),
    }
}

/// Closes the current file under the name of its trade date and begins a new one. The path always
/// names a journal: a crash leaves either the old file there or the new one.
pub(super) fn rotate(path: &Path, old: &File, date: TradeDate) -> Result<File, JournalError> {
    let closed = beside(path, &date.to_string());
    let new = beside(path, "new");
    old.sync_all().map_err(JournalError::io(path, "sync it"))?;
    let file = OpenOptions::new().read(true).append(true).create(true).open(&new);
    let file = file.map_err(JournalError::io(&new, "create it"))?;
    lock(&file, &new)?;
    file.set_len(0).map_err(JournalError::io(&new, "empty it"))?;
    if !is_same(old, &closed).map_err(JournalError::io(&closed, "look at it"))? {
        fs::hard_link(path, &closed).map_err(JournalError::io(&closed, "create it"))?;
    }
    fs::rename(&new, path).map_err(JournalError::io(path, "begin a new file of it"))?;
    sync_folder(path).map_err(JournalError::io(path, "sync its folder"))?;
    Ok(file)
}

/// What a crash inside [`rotate`] left: the closed name is a second one of the current file.
pub(super) fn undo_half_rotation(path: &Path, current: &File) -> Result<(), JournalError> {
    for file in closed(path)? {
        if is_same(current, &file).map_err(JournalError::io(&file, "look at it"))? {
            fs::remove_file(&file).map_err(JournalError::io(&file, "remove it"))?;
        }
    }
    Ok(())
}

/// Sees to it that a new name survives a loss of power.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// Moves a torn last line to the file with the ending `.torn`.
pub(super) fn set_aside(path: &Path, tail: &[u8]) -> io::Result<PathBuf> {
    let beside = beside(path, "torn");
    let mut torn = OpenOptions::new().append(true).create(true).open(&beside)?;
    torn.write_all(tail)?;
    torn.write_all(b"\n")?;
    torn.sync_data()?;
    Ok(beside)
}
