//! The journal: append-only files of what was intended and what happened.
//!
//! The lines are those of [`crate::wire::journal_line`]. The path names the current file; when the
//! first line of another trade date is due, the file is closed as `PATH.YYYY-MM-DD` and a new one
//! begun. The chain of numbers and checksums goes on over all files.

mod audit;
mod error;
mod files;
mod reader;

pub use audit::Audit;
pub use audit::AuditCounts;
pub use audit::Finding;
pub use error::JournalError;
pub use files::beside;
pub use files::is_being_written;
pub use reader::JournalEntry;
pub use reader::JournalReader;

use crate::account::TradeDay;
use crate::execution::journal::files::FileId;
use crate::market::Calendar;
use crate::market::TradeDate;
use crate::wire::AcctOp;
use crate::wire::Order;
use crate::wire::Record;
use crate::wire::codec::EncodeError;
use crate::wire::journal_line;
use crate::wire::journal_line::LineChain;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// How long ids of orders are kept in mind, microseconds: longer than any order is sent again after.
const REMEMBERED_US: i64 = 14 * 86_400_000_000;

/// What a journal held when it was opened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recovered {
    /// Ids of the orders in it with their `ct` (microseconds UTC): they are never acted on again.
    pub orders: BTreeMap<String, i64>,
    /// Orders decided before this (microseconds UTC) are too old to be in `orders`; the smallest
    /// value if all are there.
    pub horizon: i64,
    /// Records in it.
    pub records: u64,
    /// Stamp of the first record (`ct` of an order), microseconds UTC; `None` if it is empty.
    pub first: Option<i64>,
    /// Where the input began that it was written from, microseconds UTC, if it says so.
    pub began: Option<i64>,
    /// Newest of these stamps.
    pub last: Option<i64>,
    /// Where a torn last line went, if there was one.
    pub torn: Option<PathBuf>,
}

/// The file beside a journal whose appearance asks its writer to flatten; its first line is the
/// reason.
pub fn flatten_request(path: &Path) -> PathBuf {
    beside(path, "flatten")
}

/// An append-only journal with one writer.
///
/// An intent is on the disk (fsync) before it is acted on. A fact is handed to the system
/// ([`Journal::flush`]) before it is told to anybody: from there a killed process cannot take it
/// back, only a loss of power can. A line torn by a crash is moved to a `.torn` file beside it.
#[derive(Debug)]
pub struct Journal {
    file: File,
    id: FileId,
    path: PathBuf,
    chain: LineChain,
    pending: Vec<u8>,
    /// Bytes of the current file that are whole lines.
    written: u64,
    sessions: Option<Sessions>,
    /// Stamps of the first line of the current file and of its last.
    stamps: Option<(i64, i64)>,
    /// What the run is compared with, as long as it goes over what the journal has.
    replayed: Option<Replayed>,
    /// Whether the replay went past a reset that a person wrote into the journal.
    reset: bool,
    broken: bool,
    recovered: Recovered,
}

/// What of the journal a replay has not come to yet.
#[derive(Debug)]
struct Replayed {
    reader: JournalReader,
    next: JournalEntry,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Replayed {
    /// The line that the run must come to next; `None` at the end of the journal.
    fn of(mut reader: JournalReader) -> Result<Option<Self>, JournalError> {
        let Some(next) = reader.next_entry()? else { return Ok(None) };
        let (path, bytes) = (reader.path().to_owned(), reader.bytes().to_vec());
        Ok(Some(Self { reader, next, path, bytes }))
    }
}

/// Which trade date the lines of the current file belong to.
#[derive(Debug)]
struct Sessions {
    day: TradeDay,
    date: Option<TradeDate>,
    /// Open of the session in force, microseconds UTC.
    open: i64,
}

impl Journal {
    /// Opens the journal, locked for this process, and checks every line of it. Without `resume` it
    /// must be empty.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path, resume: bool) -> Result<Self, JournalError> {
        let file = files::open_locked(path)?;
        files::undo_half_rotation(path, &file)?;
        let mut reader = JournalReader::open(path)?;
        let mut journal = Self {
            id: FileId::of(&file).map_err(JournalError::io(path, "look at it"))?,
            file,
            path: path.to_owned(),
            chain: LineChain::new(),
            pending: Vec::new(),
            written: 0,
            sessions: None,
            stamps: None,
            replayed: None,
            reset: false,
            broken: false,
            recovered: Recovered { horizon: i64::MIN, ..Recovered::default() },
        };
        if !resume && !journal.is_empty()? {
            return Err(JournalError::NotEmpty { path: path.to_owned() });
        }
        while let Some(entry) = reader.next_entry()? {
            journal.remember(&entry.record, reader.bytes(), reader.path() == path);
        }
        journal.mend(&mut reader)?;
        journal.chain = reader.chain();
        journal.written = journal.length()?;
        files::sync_folder(path).map_err(JournalError::io(path, "sync its folder"))?;
        Ok(journal)
    }

    /// Closes the current file whenever a line of another trade date is due.
    ///
    /// # Errors
    /// [`JournalError::Calendar`].
    pub fn rotating(mut self, calendar: Calendar) -> Result<Self, JournalError> {
        let mut sessions = Sessions { day: TradeDay::new(calendar), date: None, open: i64::MIN };
        for stamp in self.stamps.into_iter().flat_map(|(first, last)| [first, last]) {
            sessions.turn(stamp, &self.path)?;
        }
        self.sessions = Some(sessions);
        Ok(self)
    }

    /// What it held when it was opened.
    pub const fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The chain up to the last line taken, written or still pending.
    pub const fn chain(&self) -> LineChain {
        self.chain
    }

    /// Reads everything in it from the beginning.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn reader(&self) -> Result<JournalReader, JournalError> {
        JournalReader::open(&self.path)
    }

    /// From here on the run goes over the input that the journal was written from: what is already
    /// in it is compared and not written again; what comes after its end is written.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn replay(&mut self) -> Result<(), JournalError> {
        self.replayed = Replayed::of(self.reader()?)?;
        Ok(())
    }

    /// Lines that a run begun with [`Journal::replay`] has not come to yet.
    pub fn ahead(&self) -> u64 {
        self.replayed.as_ref().map_or(0, |replayed| self.chain.lines() + 1 - replayed.next.n)
    }

    /// The line that such a run must come to next.
    pub fn next_recorded(&self) -> Option<&Record> {
        self.replayed.as_ref().map(|replayed| &replayed.next.record)
    }

    /// Whether a replay went past a reset that a person wrote into the journal; asked once.
    pub const fn take_reset(&mut self) -> bool {
        std::mem::replace(&mut self.reset, false)
    }

    /// The input begins at `stamp`, microseconds UTC. Where the journal is empty, its first line will
    /// say so: a clock that goes back can stamp that line before the input began.
    pub const fn begins(&mut self, stamp: i64) {
        if self.chain.lines() == 0 {
            self.chain.begin(stamp);
        }
    }

    /// Writes an order before it is acted on; returns when it is on the disk.
    ///
    /// # Errors
    /// [`JournalError`]: the order must not be acted on.
    pub fn intent(&mut self, order: &Order) -> Result<(), JournalError> {
        if self.append(&Record::Order(order.clone()), order.ct)? { self.sync() } else { Ok(()) }
    }

    /// Takes what happened; [`Journal::flush`] hands it to the system.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn fact(&mut self, record: &Record) -> Result<(), JournalError> {
        self.append(record, record.ts()).map(|_| ())
    }

    /// Hands every fact taken so far to the system, so that the end of this process cannot lose it.
    ///
    /// # Errors
    /// [`JournalError`]: what was not written must not be told. The file is not the one any more that
    /// the name leads to, or not as it was left.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.usable()?;
        files::look_after(&self.path, self.id, self.written)?;
        match self.file.write_all(&self.pending) {
            Ok(()) => {
                self.written += self.pending.len() as u64;
                self.pending.clear();
                Ok(())
            }
            Err(source) => {
                // Nothing more may follow a line that is not whole; the whole ones stay.
                self.broken = true;
                let _ = self.file.set_len(self.written);
                Err(JournalError::io(&self.path, "write it")(source))
            }
        }
    }

    /// Writes what is pending and waits until it is on the disk.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        self.usable()?;
        let synced = self.file.sync_data();
        // A failed sync says nothing about what is on the disk: nothing may build on it.
        self.broken |= synced.is_err();
        synced.map_err(JournalError::io(&self.path, "sync it"))
    }

    /// `false`: a replay came to what is in the journal already.
    fn append(&mut self, record: &Record, stamp: i64) -> Result<bool, JournalError> {
        if self.is_recorded(record)? {
            return Ok(false);
        }
        self.usable()?;
        if let Some(sessions) = &mut self.sessions
            && let Some(ended) = sessions.turn(stamp, &self.path)?
            && self.written + self.pending.len() as u64 > 0
            // The names tell the order: what is closed must be younger than what was closed before.
            && files::newest_closed(&self.path)?.is_none_or(|newest| newest < ended)
        {
            self.flush()?;
            files::look_after(&self.path, self.id, self.written)?;
            self.file = files::rotate(&self.path, &self.file, ended)?;
            self.id = FileId::of(&self.file).map_err(JournalError::io(&self.path, "look at it"))?;
            self.written = 0;
        }
        let appended = self.chain.append(record, &mut self.pending);
        appended.map(|()| true).map_err(|error| self.encoding(error))
    }

    /// Whether the record is already in the journal, as the next one of a replay.
    fn is_recorded(&mut self, record: &Record) -> Result<bool, JournalError> {
        if self.replayed.is_none() {
            return Ok(false);
        }
        let mut own = Vec::new();
        LineChain::new().append(record, &mut own).map_err(|e| self.encoding(e))?;
        let own = journal_line::bare(own.strip_suffix(b"\n").unwrap_or(&own));
        while let Some(replayed) = self.replayed.take() {
            let recorded = journal_line::bare(&replayed.bytes);
            if own == recorded {
                self.replayed = Replayed::of(replayed.reader)?;
                return Ok(true);
            }
            // A person opened latches between two runs: that was in no input.
            if matches!(&replayed.next.record, Record::Acct(acct) if acct.op == AcctOp::Reset) {
                self.reset = true;
                self.replayed = Replayed::of(replayed.reader)?;
                continue;
            }
            let text = |bytes: &[u8]| format!("{}}}", String::from_utf8_lossy(bytes));
            return Err(JournalError::Differs {
                path: replayed.path,
                line: replayed.next.line,
                recorded: text(recorded),
                found: text(own),
            });
        }
        Ok(false)
    }

    fn encoding(&self, error: EncodeError) -> JournalError {
        JournalError::io(&self.path, "encode a record")(io::Error::other(error))
    }

    fn remember(&mut self, record: &Record, line: &[u8], current: bool) {
        let recovered = &mut self.recovered;
        let stamp = if let Record::Order(order) = record { order.ct } else { record.ts() };
        recovered.records += 1;
        if recovered.first.is_none() {
            (recovered.first, recovered.began) = (Some(stamp), journal_line::began(line));
        }
        let last = recovered.last.map_or(stamp, |last| last.max(stamp));
        recovered.last = Some(last);
        if current {
            let (first, _) = self.stamps.unwrap_or((stamp, stamp));
            self.stamps = Some((first, stamp));
        }
        if let Record::Order(order) = record {
            recovered.orders.insert(order.id.clone(), order.ct);
            // Now and then: what is too old goes, so that years of journals do not add up.
            if recovered.orders.len().is_power_of_two() && recovered.orders.len() > 1 << 12 {
                recovered.horizon = last - REMEMBERED_US;
                recovered.orders.retain(|_, ct| *ct >= last - REMEMBERED_US);
            }
        }
    }

    /// Ends an unfinished last line: a whole one gets its line feed, a torn one moves to the `.torn`
    /// file.
    fn mend(&mut self, reader: &mut JournalReader) -> Result<(), JournalError> {
        let Some(tail) = reader.take_tail() else { return Ok(()) };
        let failed = || JournalError::io(&self.path, "mend its last line");
        if let Some(record) = &tail.whole {
            self.file.write_all(b"\n").map_err(failed())?;
            self.file.sync_data().map_err(failed())?;
            reader.accept(&tail);
            self.remember(record, &tail.bytes, true);
            return Ok(());
        }
        let torn = files::set_aside(&self.path, &tail.bytes).map_err(failed())?;
        self.file.set_len(tail.at).map_err(failed())?;
        self.file.sync_data().map_err(failed())?;
        self.recovered.torn = Some(torn);
        Ok(())
    }

    fn is_empty(&self) -> Result<bool, JournalError> {
        Ok(self.length()? == 0 && files::closed(&self.path)?.is_empty())
    }

    fn length(&self) -> Result<u64, JournalError> {
        let found = self.file.metadata().map_err(JournalError::io(&self.path, "look at it"))?;
        Ok(found.len())
    }

    /// Takes back the request of a person to flatten: it was obeyed, and the journal says so.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn obeyed(&self) -> Result<(), JournalError> {
        let request = flatten_request(&self.path);
        match std::fs::remove_file(&request) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(JournalError::io(&request, "remove it")(error))
            }
            _ => Ok(()),
        }
    }

    fn usable(&self) -> Result<(), JournalError> {
        if self.broken {
            let before = io::Error::other("an earlier write to it failed");
            return Err(JournalError::io(&self.path, "write it")(before));
        }
        Ok(())
    }
}

impl Sessions {
    /// The trade date that ended before a line with this stamp, if one did. A line with a clock far
    /// ahead of the others does not count for those after it: they go on with their own dates.
    fn turn(&mut self, stamp: i64, path: &Path) -> Result<Option<TradeDate>, JournalError> {
        let back = stamp < self.open;
        if back {
            self.day.forget();
        }
        let turned = self.day.turn(stamp);
        let turned =
            turned.map_err(|source| JournalError::Calendar { path: path.to_owned(), source })?;
        let Some(new) = turned else { return Ok(None) };
        self.open = new.session.open;
        let ended = self.date.replace(new.session.date);
        Ok(ended.filter(|ended| !back && *ended < new.session.date))
    }
}
