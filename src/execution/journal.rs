//! The journal: an append-only file of what was intended and what happened.

use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Order;
use crate::wire::Record;
use crate::wire::codec;
use std::collections::BTreeMap;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// What a journal holds: intents and facts, never market data.
const KINDS: KindSet = KindSet::of(&[
    Kind::Order,
    Kind::Ack,
    Kind::Fill,
    Kind::Cancel,
    Kind::Reject,
    Kind::Position,
    Kind::Account,
    Kind::Roundtrip,
]);

/// Facts are written in blocks of about this many bytes.
const BATCH: usize = 1 << 16;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("journal {}: cannot {action}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process writes it.
    #[error("journal {}: another process is writing it", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It holds records of an earlier run.
    #[error("journal {}: not empty", path.display())]
    NotEmpty {
        /// The file.
        path: PathBuf,
    },
    /// It is a device, a pipe or a folder.
    #[error("journal {}: not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A line inside it is no record.
    #[error("journal {}: line {line}: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let hint = match &error {
            JournalError::NotEmpty { .. } => {
                "name another file, or continue this one with --resume"
            }
            JournalError::NotAFile { .. } => "a journal must be a file that stays on the disk",
            JournalError::Locked { .. } => "one journal has one writer: end the other first",
            JournalError::Corrupt { .. } => "restore it from a copy, or start a new one",
            JournalError::Io { .. } => "check the path, its permissions and the space left",
        };
        let class = match &error {
            JournalError::Corrupt { .. } => FailureClass::BadInput,
            _ => FailureClass::Output,
        };
        let cause = std::error::Error::source(&error).map(|e| format!(": {e}"));
        Self::new(class, format!("{error}{}", cause.unwrap_or_default())).hint(hint)
    }
}

/// What a journal held when it was opened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recovered {
    /// Ids of the orders in it with their `ct` (microseconds UTC): they are never acted on again.
    pub orders: BTreeMap<String, i64>,
    /// Records in it.
    pub records: u64,
    /// Where a torn last line went, if there was one.
    pub torn: Option<PathBuf>,
}

/// An append-only NDJSON file with one writer.
///
/// An intent is on the disk (fsync) before it is acted on; facts are written in batches and at the
/// end. A line torn by a crash is moved to a `.torn` file beside it, so nothing is lost and the
/// journal stays whole.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    pending: Vec<u8>,
    recovered: Recovered,
}

impl Journal {
    /// Opens the journal, locked for this process. Without `resume` it must be empty.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path, resume: bool) -> Result<Self, JournalError> {
        let failed =
            |action| move |source| JournalError::Io { path: path.to_owned(), action, source };
        // Before it is opened: opening a pipe waits for its other end.
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(JournalError::NotAFile { path: path.to_owned() });
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed("open it"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock it")(source)),
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed("read it"))?;
        if !content.is_empty() && !resume {
            return Err(JournalError::NotEmpty { path: path.to_owned() });
        }
        let torn = mend(&mut file, path, &mut content).map_err(failed("mend its last line"))?;
        let mut recovered = read(path, &content)?;
        recovered.torn = torn;
        Ok(Self { file, path: path.to_owned(), pending: Vec::new(), recovered })
    }

    /// What it held when it was opened.
    pub const fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Writes an order before it is acted on; returns when it is on the disk.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn intent(&mut self, order: &Order) -> Result<(), JournalError> {
        self.append(&Record::Order(order.clone()))?;
        self.sync()
    }

    /// Writes what happened, with the next batch.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn fact(&mut self, record: &Record) -> Result<(), JournalError> {
        self.append(record)?;
        if self.pending.len() >= BATCH { self.write() } else { Ok(()) }
    }

    /// Writes what is pending and waits until it is on the disk.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.write()?;
        self.file.sync_data().map_err(|source| self.failed("sync it", source))
    }

    fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        codec::encode(record, &mut self.pending)
            .map_err(|error| self.failed("encode a record", io::Error::other(error)))
    }

    fn write(&mut self) -> Result<(), JournalError> {
        let written = self.file.write_all(&self.pending);
        self.pending.clear();
        written.map_err(|source| self.failed("write it", source))
    }

    fn failed(&self, action: &'static str, source: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), action, source }
    }
}

/// Ends an unfinished last line: a whole record gets its line feed, a torn one moves to the `.torn`
/// file.
fn mend(file: &mut File, path: &Path, content: &mut Vec<u8>) -> io::Result<Option<PathBuf>> {
    let whole = memchr::memrchr(b'\n', content).map_or(0, |at| at + 1);
    let tail = &content[whole..];
    if tail.is_empty() {
        return Ok(None);
    }
    if parse(tail).is_ok() {
        file.write_all(b"\n")?;
        file.sync_data()?;
        content.push(b'\n');
        return Ok(None);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".torn");
    let beside = PathBuf::from(name);
    let mut torn = OpenOptions::new().append(true).create(true).open(&beside)?;
    torn.write_all(tail)?;
    torn.write_all(b"\n")?;
    torn.sync_data()?;
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    file.sync_data()?;
    content.truncate(whole);
    Ok(Some(beside))
}

fn read(path: &Path, content: &[u8]) -> Result<Recovered, JournalError> {
    let mut recovered = Recovered::default();
    let body = content.strip_suffix(b"\n").unwrap_or(content);
    if body.is_empty() {
        return Ok(recovered);
    }
    for line in body.split(|byte| *byte == b'\n') {
        recovered.records += 1;
        let order = parse(line).map_err(|reason| JournalError::Corrupt {
            path: path.to_owned(),
            line: recovered.records,
            reason,
        })?;
        if let Some(order) = order {
            recovered.orders.insert(order.id, order.ct);
        }
    }
    Ok(recovered)
}

/// The order in a line, if the line is one.
fn parse(line: &[u8]) -> Result<Option<Order>, String> {
    let kind = codec::peek(line).map_err(|e| e.to_string())?;
    if !kind.is_some_and(|kind| KINDS.has(kind)) {
        let name = kind.map_or("an unknown kind", Kind::name);
        return Err(format!("{name} has no place in a journal"));
    }
    if kind != Some(Kind::Order) {
        return serde_json::from_slice::<serde::de::IgnoredAny>(line)
            .map(|_| None)
            .map_err(|e| e.to_string());
    }
    match codec::decode(Kind::Order, line) {
        Ok(Record::Order(order)) => Ok(Some(order)),
        Ok(_) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
