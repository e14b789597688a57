//! One writer a store.

use crate::stream::store::StoreError;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The file that a writer holds.
const NAME: &str = ".lock";
/// The file that a compaction holds.
const MAINTENANCE: &str = ".compact.lock";

/// How often a held lock is asked for again, and how long after: a process that ends, or that has
/// just started another one, may hold it a moment longer than it uses it.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// The right to write a store, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Takes the lock of the store `dir`.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        Self::take_file(dir, NAME)
    }

    /// Takes the lock of those who tidy up finished parts; a writer may go on beside them.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub(super) fn maintenance(dir: &Path) -> Result<Self, StoreError> {
        Self::take_file(dir, MAINTENANCE)
    }

    fn take_file(dir: &Path, name: &str) -> Result<Self, StoreError> {
        let path = dir.join(name);
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(StoreError::io("open", &path))?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Only for the message: without it the refusal is the same.
                let _ = file.take(20).read_to_string(&mut pid);
                let holder = match pid.trim() {
                    "" => "another process".to_owned(),
                    pid => format!("process {pid}"),
                };
                return Err(StoreError::Locked { dir: dir.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::io("lock", &path)(source)),
        }
        // Who holds it, for the one who comes second; on a full disk the lock holds all the same.
        let _ = file
            .set_len(0)
            .and_then(|()| file.write_all(format!("{}\n", std::process::id()).as_bytes()));
        Ok(Self(file))
    }
}

/// Opens the index of a part and takes its lock; `None` while the run that writes it is alive.
///
/// # Errors
/// [`StoreError::Io`].
pub(super) fn lock_part(path: &Path, create: bool) -> Result<Option<File>, StoreError> {
    loop {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(create);
        let file = options.open(path).map_err(StoreError::io("open", path))?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(StoreError::io("lock", path)(source)),
        }
        // Another may have put a new file in its place before the lock was had.
        if is_same(&file, path).map_err(StoreError::io("look at", path))? {
            return Ok(Some(file));
        }
    }
}

fn try_lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
    file.try_lock()
}

fn is_same(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (held, named) = (file.metadata()?, fs::metadata(path)?);
    Ok((held.dev(), held.ino()) == (named.dev(), named.ino()))
}
