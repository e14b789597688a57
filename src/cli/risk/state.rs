//! The state folder of mia-risk: what must outlive the process.

use crate::execution::Journal;
use crate::execution::JournalError;
use crate::execution::JournalReader;
use crate::market::Cents;
use crate::risk::KEY_BYTES;
use crate::risk::RiskStage;
use crate::risk::SealKey;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::ffi::OsString;
use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// What risk acted on, in the lines of a journal.
const JOURNAL: &str = "risk-journal.ndjson";
/// The highest that the account was marked at.
const HIGH_WATER: &str = "high-water";
/// The key of the session's seals.
const SEAL_KEY: &str = "seal.key";
/// Bytes of the file of the high-water mark: always overwritten whole.
const MARK_BYTES: usize = 48;

/// An open state folder; no other process can open it meanwhile.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    pub(super) journal: Journal,
    marks: File,
    marked: Cents,
}

/// The folder used for live data where none is named.
pub(crate) fn default_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    set("MIA_STATE").map(PathBuf::from).or_else(|| {
        let base = set("XDG_STATE_HOME").map(PathBuf::from);
        let base =
            base.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".local/state")));
        base.map(|base| base.join("mia/risk"))
    })
}

/// The journal in a state folder.
pub(crate) fn journal_in(folder: &Path) -> PathBuf {
    folder.join(JOURNAL)
}

/// The key that the running mia-risk keeps in its state folder; why there is none.
pub(crate) fn read_key(folder: &Path) -> Result<SealKey, String> {
    let path = folder.join(SEAL_KEY);
    let shown = path.display();
    let private = fs::metadata(&path).map(|found| found.permissions().mode().trailing_zeros() >= 6);
    match private {
        Ok(true) => {}
        Ok(false) => return Err(format!("{shown} can be read by others")),
        Err(error) => return Err(format!("{shown}: {error}")),
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    SealKey::from_hex(&text).ok_or_else(|| format!("{shown} is no key"))
}

impl State {
    /// Opens the folder, which is made if it is not there; files are for this user alone.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let failed = |source: io::Error| unusable(folder, &source);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let mode = fs::metadata(folder).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let message = format!("others can look into the state folder {}", folder.display());
            return Err(Failure::new(FailureClass::Config, message)
                .hint("chmod 700: it holds the key that live orders are sealed with"));
        }
        let path = journal_in(folder);
        let journal = Journal::open(&path, true).map_err(|error| locked(folder, error))?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        let marks = options.open(folder.join(HIGH_WATER)).map_err(failed)?;
        let mut state = Self { folder: folder.to_owned(), journal, marks, marked: Cents(i64::MIN) };
        if let Some(marked) = read_mark(&state.marks, folder).map_err(failed)? {
            state.marked = marked;
        }
        Ok(state)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The highest that the account was marked at, as far as the folder knows.
    pub(super) fn high_water(&self) -> Option<Cents> {
        (self.marked.0 > i64::MIN).then_some(self.marked)
    }

    /// Keeps a new high-water mark: one write of a whole small file, so that a killed process leaves
    /// the old one or the new one.
    pub(super) fn mark(&mut self, high_water: Cents) -> Result<(), Failure> {
        if high_water <= self.marked {
            return Ok(());
        }
        let mut text = format!("{}", high_water.0).into_bytes();
        text.resize(MARK_BYTES - 1, b' ');
        text.push(b'\n');
        self.marks.write_all_at(&text, 0).map_err(|source| unusable(&self.folder, &source))?;
        self.marked = high_water;
        Ok(())
    }

    /// A new key for this session, in the folder from here on.
    pub(super) fn new_key(&self) -> Result<SealKey, Failure> {
        let failed = |source: io::Error| unusable(&self.folder, &source);
        let mut bytes = [0; KEY_BYTES];
        let mut filled = 0;
        while filled < KEY_BYTES {
            let flags = rustix::rand::GetRandomFlags::empty();
            let read = rustix::rand::getrandom(&mut bytes[filled..], flags);
            filled += read.map_err(|errno| failed(errno.into()))?;
        }
        let key = SealKey::new(bytes);
        let (path, new) = (self.folder.join(SEAL_KEY), self.folder.join("seal.key.new"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&new).map_err(failed)?;
        writeln!(file, "{}", key.to_hex()).map_err(failed)?;
        fs::rename(new, path).map_err(failed)?;
        Ok(key)
    }
}

fn read_mark(marks: &File, folder: &Path) -> io::Result<Option<Cents>> {
    let mut text = [0; MARK_BYTES];
    let read = marks.read_at(&mut text, 0)?;
    let text = std::str::from_utf8(&text[..read]).unwrap_or_default().trim();
    let mark = text.parse().ok().map(Cents);
    if mark.is_none() && !text.is_empty() {
        tracing::warn!(
            "the high-water mark in {} cannot be read: the journal's is used",
            folder.display()
        );
    }
    Ok(mark)
}

/// Tells `stage` what the folder holds, without a lock and without changing anything in it.
pub(super) fn look_at(folder: &Path, stage: &mut RiskStage) -> Result<(), Failure> {
    let path = journal_in(folder);
    if !path.is_file() {
        let message = format!("{} is no state folder of mia-risk", folder.display());
        return Err(Failure::new(FailureClass::Config, message)
            .hint("name the folder that mia-risk runs with"));
    }
    let mut reader = JournalReader::open(&path)?;
    while let Some(entry) = reader.next_entry()? {
        stage.remember(&entry.record)?;
    }
    let marks = match File::open(folder.join(HIGH_WATER)) {
        Ok(marks) => Some(marks),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unusable(folder, &error)),
    };
    let mark = marks.map(|marks| read_mark(&marks, folder)).transpose();
    if let Some(mark) = mark.map_err(|error| unusable(folder, &error))?.flatten() {
        stage.remember_high_water(mark);
    }
    Ok(())
}

fn unusable(folder: &Path, source: &io::Error) -> Failure {
    let message = format!("the state folder {} cannot be used: {source}", folder.display());
    Failure::new(FailureClass::Output, message)
        .hint("check the path, its permissions and the space left")
}

fn locked(folder: &Path, error: JournalError) -> Failure {
    if !matches!(error, JournalError::Locked { .. }) {
        return error.into();
    }
    let message = format!("a mia-risk is running with the state folder {}", folder.display());
    Failure::new(FailureClass::Unavailable, message)
        .hint("one state has one mia-risk: end the other, or name another folder with --state")
}
