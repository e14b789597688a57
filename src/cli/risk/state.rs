//! The state folder of mia-risk: what must outlive the process.

use crate::cli::journal::unreadable;
use crate::cli::risk::marker::Found;
use crate::cli::risk::marker::HIGH_WATER;
use crate::cli::risk::marker::Marker;
use crate::cli::risk::marker::Told;
use crate::cli::risk::marker::lost;
use crate::cli::risk::marker::unknown_high;
use crate::execution::Journal;
use crate::execution::JournalError;
use crate::execution::JournalReader;
use crate::market::Cents;
use crate::risk::KEY_BYTES;
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
/// The key of the session's seals.
const SEAL_KEY: &str = "seal.key";
/// An open state folder; no other process can open it meanwhile.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    pub(super) journal: Journal,
    marks: File,
    marker: Marker,
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
        look_for_journal(folder)?;
        let path = journal_in(folder);
        let journal = Journal::open(&path, true).map_err(|error| locked(folder, error))?;
        Self::with(folder, journal, false)
    }

    /// The folder with its journal at hand. `anew`: how high the account has been does not matter.
    pub(super) fn with(folder: &Path, journal: Journal, anew: bool) -> Result<Self, Failure> {
        let failed = |source: io::Error| unusable(folder, &source);
        fs::set_permissions(journal.path(), Permissions::from_mode(0o600)).map_err(failed)?;
        let marker = match found(folder)? {
            Found::Whole(marker) => marker,
            Found::Nothing if journal.recovered().records == 0 => Marker::default(),
            _ if anew => Marker::default(),
            Found::Nothing => return Err(unknown_high(folder, "is gone")),
            Found::Damaged => return Err(unknown_high(folder, "was changed")),
        };
        let path = folder.join(HIGH_WATER);
        if fs::metadata(&path).map_or(0, |found| found.len()) == 0 {
            // Whole or not at all: a torn one would be taken for one that somebody changed.
            let new = folder.join("high-water.new");
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&new).map_err(failed)?;
            file.write_all(&marker.to_bytes()).map_err(failed)?;
            fs::rename(&new, &path).map_err(failed)?;
        }
        let marks = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), journal, marks, marker })
    }

    /// Tells everything that the folder holds.
    pub(super) fn each(
        &self,
        tell: impl FnMut(Told<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.marker.each(&self.folder, self.journal.reader()?, tell)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a new high-water mark: one write of a whole small file, so that a killed process leaves
    /// the old one or the new one.
    pub(super) fn mark(&mut self, high_water: Cents) -> Result<(), Failure> {
        if self.marker.high_water.is_some_and(|marked| high_water <= marked) {
            return Ok(());
        }
        self.marker.mark(high_water, &self.journal.chain());
        self.write_marker()
    }

    /// What is in the journal stays there, and so does this high-water mark.
    pub(super) fn settle(&mut self, high_water: Cents) -> Result<(), Failure> {
        self.journal.sync()?;
        let chain = self.journal.chain();
        self.marker.mark(high_water, &chain);
        self.marker.synced(&chain);
        self.write_marker()?;
        self.marks.sync_data().map_err(|source| unusable(&self.folder, &source))
    }

    fn write_marker(&self) -> Result<(), Failure> {
        let bytes = self.marker.to_bytes();
        let written = self.marks.write_all_at(&bytes, 0);
        // A file of more bytes was somebody else's.
        let written = written.and_then(|()| self.marks.set_len(bytes.len() as u64));
        written.map_err(|source| unusable(&self.folder, &source))
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

/// What the file with the high-water mark says.
fn found(folder: &Path) -> Result<Found, Failure> {
    match fs::read(folder.join(HIGH_WATER)) {
        Ok(bytes) => Ok(Marker::parse(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(unusable(folder, &error)),
    }
}

/// A folder that has served must have its journal.
///
/// # Errors
/// It is gone, or empty (65).
pub(super) fn look_for_journal(folder: &Path) -> Result<(), Failure> {
    let is_there = match fs::metadata(journal_in(folder)) {
        Ok(found) => !found.is_file() || found.len() > 0,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(unusable(folder, &error)),
    };
    // The mark is written before the first key is made.
    let served = match found(folder)? {
        Found::Whole(marker) => marker.expects_lines(),
        Found::Damaged => true,
        Found::Nothing => folder.join(SEAL_KEY).exists(),
    };
    if is_there || !served {
        return Ok(());
    }
    let folder = folder.display();
    Err(lost(&format!("the state folder {folder} has served before, and its journal is gone")))
}

/// Tells what the folder holds, without a lock and without changing anything in it.
pub(crate) fn look_at(
    folder: &Path,
    mut tell: impl FnMut(Told<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    look_for_journal(folder)?;
    let path = journal_in(folder);
    if !path.is_file() {
        let message = format!("{} is no state folder of mia-risk", folder.display());
        return Err(Failure::new(FailureClass::Config, message)
            .hint("name the folder that mia-risk runs with"));
    }
    // The mark first: the journal only grows.
    let marker = found(folder)?;
    let mut records = 0;
    let reader = JournalReader::open(&path).map_err(unreadable)?;
    let mut tell = |told: Told<'_>| {
        records += u64::from(matches!(told, Told::Record(_)));
        tell(told)
    };
    match marker {
        Found::Whole(marker) => marker.each(folder, reader, tell),
        Found::Damaged => Err(unknown_high(folder, "was changed")),
        Found::Nothing => {
            Marker::default().each(folder, reader, &mut tell)?;
            if records > 0 { Err(unknown_high(folder, "is gone")) } else { Ok(()) }
        }
    }
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
