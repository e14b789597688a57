//! The folder of the files: written whole, found again after a restart.

use crate::execution::snapshots::VERSION;
use crate::execution::snapshots::snapshot::Snapshot;
use crate::wire::Failure;
use crate::wire::FailureClass;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

/// Newest files looked at after a restart: all of them would take long after some years.
const LOOKED_AT: usize = 1024;
/// Largest file that is read, bytes; ours stay far below.
const BYTES_MAX: u64 = 16 << 20;
/// Files that may wait for the disk.
const UNSYNCED_MAX: usize = 64;
/// The first fill in a name; `9` stands for any digit.
const TIME: &[u8] = b"99999999T999999.999999Z-";

/// The folder, and what became of the files.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Files that the system has and the disk may not have yet.
    unsynced: Vec<PathBuf>,
    written: u64,
    failed: Option<Failure>,
}

impl Folder {
    /// The folder, which is created if it is not there.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| unwritten(path, &error))?;
        Ok(Self { path: path.to_owned(), unsynced: Vec::new(), written: 0, failed: None })
    }

    /// Trades of which a file was written.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// The first thing that went wrong.
    pub const fn take_failure(&mut self) -> Option<Failure> {
        self.failed.take()
    }

    /// Whether the trade has a file.
    pub fn has(&self, snapshot: &Snapshot) -> bool {
        self.path.join(snapshot.name()).exists()
    }

    /// Writes the file of a trade whole or not at all; nothing waits for the disk. There is none
    /// before the first fill.
    pub fn save(&mut self, snapshot: &mut Snapshot) {
        if snapshot.opened.is_none() {
            return;
        }
        let path = self.path.join(snapshot.name());
        match write(&path, snapshot) {
            Ok(()) if snapshot.written => {}
            Ok(()) => {
                snapshot.written = true;
                self.written += 1;
            }
            Err(error) => self.fail(&path, &error),
        }
    }

    /// As [`Folder::save`], and [`Folder::sync`] sees to it that the disk has it: nothing will be
    /// added.
    pub fn save_for_good(&mut self, snapshot: &mut Snapshot) {
        self.save(snapshot);
        if snapshot.written {
            self.unsynced.push(self.path.join(snapshot.name()));
        }
        if self.unsynced.len() >= UNSYNCED_MAX {
            self.sync();
        }
    }

    /// Waits until the disk has all that was written for good.
    pub fn sync(&mut self) {
        if self.unsynced.is_empty() {
            return;
        }
        let folder = self.path.clone();
        for path in std::mem::take(&mut self.unsynced).into_iter().chain([folder]) {
            match File::open(&path).and_then(|file| file.sync_all()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => self.fail(&path, &error),
                // Done, or somebody has put it elsewhere.
                _ => {}
            }
        }
    }

    fn fail(&mut self, path: &Path, error: &io::Error) {
        self.failed.get_or_insert_with(|| unwritten(path, error));
    }

    /// What earlier runs did not complete, newest first, at most `max` trades. What is not ours or
    /// of another version is passed over; what is damaged is said. All are left as they are.
    pub fn unfinished(&self, max: usize) -> Vec<Snapshot> {
        let mut found = Vec::new();
        for name in self.newest() {
            if found.len() == max {
                break;
            }
            let path = self.path.join(&name);
            match read(&path, &name) {
                Ok(snapshot) => found.extend(snapshot),
                Err(why) => {
                    tracing::warn!("the snapshot {} is left as it is: {why}", path.display());
                }
            }
        }
        found
    }

    /// Names that can be ours, newest first.
    fn newest(&self) -> Vec<String> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) => {
                let folder = self.path.display();
                tracing::warn!("the snapshots in {folder} are left as they are: {error}");
                return Vec::new();
            }
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_ours(name)).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        names.truncate(LOOKED_AT);
        names
    }
}

fn is_ours(name: &str) -> bool {
    let fits = |(byte, like): (u8, &u8)| byte == *like || (*like == b'9' && byte.is_ascii_digit());
    let is_json = Path::new(name).extension().is_some_and(|ending| ending == "json");
    name.len() > TIME.len() && name.bytes().zip(TIME).all(fits) && is_json
}

/// What has to be known of a file before it is read.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    v: Option<serde_json::Value>,
    #[serde(default)]
    outcome: Option<IgnoredAny>,
    #[serde(default)]
    after_complete: Option<serde_json::Value>,
}

/// The trade in the file, if there is something left to be told of it.
fn read(path: &Path, name: &str) -> Result<Option<Snapshot>, String> {
    let text = |error: io::Error| error.to_string();
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path).map_err(text)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(text)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(text)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err("it is too large".to_owned());
    }
    let head: Head = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let complete = head.outcome.is_some() && head.after_complete == Some(true.into());
    if head.v != Some(VERSION.into()) || complete {
        return Ok(None);
    }
    let snapshot: Snapshot = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if snapshot.is_sound(name) {
        Ok(Some(snapshot))
    } else {
        Err("its content is not what was written, or its name".to_owned())
    }
}

fn write(path: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(snapshot)?;
    text.push(b'\n');
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let written = fs::write(&new, &text).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // A full disk leaves a part of it.
        let _ = fs::remove_file(&new);
    }
    written
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write the snapshot {}: {error}", path.display());
    Failure::new(FailureClass::Output, message)
        .hint("check the folder of --snapshots, its permissions and the space left")
}
