//! Side channels of a stage: the kill file, and a journal that is followed while it is written.

use crate::market::TradeDate;
use crate::stream::StreamError;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::codec;
use crate::wire::journal_line::LineChain;
use std::collections::VecDeque;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

/// Bytes read of a journal at once.
const BLOCK: usize = 8192;

/// A file whose appearance means: stop trading now.
#[derive(Debug)]
pub struct KillFile {
    path: PathBuf,
    seen: bool,
}

impl KillFile {
    /// Watches `path`.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, seen: false }
    }

    /// The reason in the file, once, when it has appeared. An unreadable file counts as well: doubt
    /// stops trading.
    pub fn check(&mut self) -> Option<String> {
        if !self.path.exists() {
            // Taken away: another one may come.
            self.seen = false;
            return None;
        }
        if std::mem::replace(&mut self.seen, true) {
            return None;
        }
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let first = text.lines().next().map(str::trim).filter(|line| !line.is_empty());
        Some(first.unwrap_or("kill file").to_owned())
    }
}

/// Follows a journal of numbered and chained lines: what is there, and what is added.
///
/// Only whole lines are used; an unfinished one is looked at again. A journal that is not there yet is
/// waited for; when its name goes to a new file, the old one is read to its end first. A line that
/// does not continue the chain ends it: an account must not rest on facts that somebody changed.
#[derive(Debug)]
pub struct JournalFollower {
    path: PathBuf,
    kinds: KindSet,
    file: Option<File>,
    /// Device and inode of the file that was opened last.
    last: Option<(u64, u64)>,
    /// Bytes of the file that were used.
    used: u64,
    chain: LineChain,
    buffer: Vec<u8>,
    waiting: VecDeque<Record>,
}

impl JournalFollower {
    /// Follows the journal at `path`; records of other kinds are checked and passed over.
    pub fn new(path: PathBuf, kinds: KindSet) -> Self {
        let (buffer, waiting) = (Vec::new(), VecDeque::new());
        Self {
            path,
            kinds,
            file: None,
            last: None,
            used: 0,
            chain: LineChain::new(),
            buffer,
            waiting,
        }
    }

    /// The journal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines read so far, over all files of the journal.
    pub const fn lines(&self) -> u64 {
        self.chain.lines()
    }

    /// The next record that was read.
    pub fn next_record(&mut self) -> Option<Record> {
        self.waiting.pop_front()
    }

    /// Puts records back, before those that wait.
    pub fn put_back(&mut self, records: Vec<Record>) {
        for record in records.into_iter().rev() {
            self.waiting.push_front(record);
        }
    }

    /// Reads what was added.
    ///
    /// # Errors
    /// The journal cannot be read ([`StreamError::Read`]); a line is not the one that was written
    /// after the last, or the journal was cut short ([`StreamError::BadInput`]).
    pub fn poll(&mut self) -> Result<(), StreamError> {
        loop {
            if self.file.is_none() && !self.open()? {
                return Ok(());
            }
            self.read()?;
            let found = match fs::metadata(&self.path) {
                Ok(found) => found,
                // Between the two renames of a rotation, or taken away: nothing new.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(source) => return Err(self.unreadable(source)),
            };
            let Some(file) = &self.file else { return Ok(()) };
            let own = file.metadata().map_err(|source| self.unreadable(source))?;
            if own.len() < self.used {
                let reason = format!("it was cut to {} bytes, {} were read", own.len(), self.used);
                return Err(self.bad(reason));
            }
            if id(&found) == id(&own) {
                return Ok(());
            }
            // What was written before the name went to another file.
            self.read()?;
            if !self.buffer.is_empty() {
                return Err(self.bad("the file before this one ends inside a line".to_owned()));
            }
            self.file = None;
        }
    }

    /// Opens the file after the one read last: closed files by their dates, then the current one.
    fn open(&mut self) -> Result<bool, StreamError> {
        let current = match File::open(&self.path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(self.unreadable(source)),
        };
        let (mut files, mut ids) = (Vec::new(), Vec::new());
        for path in closed_files(&self.path).map_err(|source| self.unreadable(source))? {
            files.push(File::open(path).map_err(|source| self.unreadable(source))?);
        }
        files.extend(current);
        for file in &files {
            ids.push(id(&file.metadata().map_err(|source| self.unreadable(source))?));
        }
        // A rotation links the current file under its closed name before it begins the next one.
        if ids.len() > 1 && ids[ids.len() - 2] == ids[ids.len() - 1] {
            files.pop();
            ids.pop();
        }
        let next = match self.last {
            None => 0,
            Some(last) => {
                let seen = ids.iter().position(|id| *id == last);
                seen.map_or(files.len().saturating_sub(1), |at| at + 1)
            }
        };
        if next >= files.len() {
            return Ok(false);
        }
        self.last = Some(ids[next]);
        self.file = Some(files.swap_remove(next));
        self.used = 0;
        Ok(true)
    }

    /// Reads to the end of the file; an unfinished line stays in the buffer.
    fn read(&mut self) -> Result<(), StreamError> {
        self.buffer.clear();
        loop {
            let Some(file) = &self.file else { return Ok(()) };
            let held = self.buffer.len();
            self.buffer.resize(held + BLOCK, 0);
            let read = file.read_at(&mut self.buffer[held..], self.used + held as u64);
            let read = match read {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(source) => return Err(self.unreadable(source)),
            };
            self.buffer.truncate(held + read);
            let lines = self.take_lines(held)?;
            self.buffer.drain(..lines);
            self.used += lines as u64;
            if read == 0 {
                return Ok(());
            }
        }
    }

    /// Takes the whole lines of the buffer, in which no line ends before `from`; their bytes.
    fn take_lines(&mut self, from: usize) -> Result<usize, StreamError> {
        let mut start = 0;
        let mut search = from;
        while let Some(end) = memchr::memchr(b'\n', &self.buffer[search..]).map(|at| search + at) {
            let line = &self.buffer[start..end];
            let record = check(&mut self.chain, line, self.kinds);
            match record {
                Ok(record) => self.waiting.extend(record),
                Err(reason) => return Err(self.bad(reason)),
            }
            start = end + 1;
            search = start;
        }
        Ok(start)
    }

    fn unreadable(&self, source: io::Error) -> StreamError {
        StreamError::Read { name: format!("the journal {}", self.path.display()), source }
    }

    fn bad(&self, reason: String) -> StreamError {
        StreamError::BadInput {
            name: self.path.display().to_string(),
            line: self.chain.lines() + 1,
            reason,
            hint: "mia-exec journal verify says what is wrong with a journal; nothing may be \
                   decided on one that was changed"
                .into(),
        }
    }
}

/// The closed files of the journal at `path`, oldest first: its name with `.YYYY-MM-DD` behind it.
fn closed_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(own) = path.file_name().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = match fs::read_dir(folder.unwrap_or(Path::new("."))) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let date = name.to_str().and_then(|name| name.strip_prefix(own)?.strip_prefix('.'));
        if let Some(date) = date.and_then(|date| date.parse::<TradeDate>().ok()) {
            found.push((date, path.with_file_name(&name)));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn id(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// The record of the next line of the journal, where it is of a kind wanted.
fn check(chain: &mut LineChain, line: &[u8], kinds: KindSet) -> Result<Option<Record>, String> {
    chain.check(line).map_err(|fault| fault.fault.to_string())?;
    let kind: Option<Kind> = codec::peek(line).map_err(|error| error.to_string())?;
    match kind.filter(|kind| kinds.has(*kind)) {
        None => Ok(None),
        Some(kind) => codec::decode(kind, line).map(Some).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Sym;
    use crate::wire::By;
    use crate::wire::Cancel;
    use crate::wire::Leg;
    use proptest::prelude::*;
    use std::fs::OpenOptions;
    use std::io::Write;

    fn cancel(n: i64) -> Record {
        let (order, reason) = (format!("o-{n}"), "ioc".to_owned());
        let sym = Sym::new("ESM26").unwrap();
        Cancel { ts: n, sym, by: By::Exec, order, leg: Leg::Entry, qty: 1, reason, xts: n }.into()
    }

    fn lines(count: i64) -> Vec<Vec<u8>> {
        let mut chain = LineChain::new();
        let line = |n| {
            let mut out = Vec::new();
            chain.append(&cancel(n), &mut out).unwrap();
            out
        };
        (1..=count).map(line).collect()
    }

    fn append(path: &Path, bytes: &[u8]) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn heard(follower: &mut JournalFollower) -> Vec<i64> {
        follower.poll().unwrap();
        std::iter::from_fn(|| follower.next_record()).map(|record| record.ts()).collect()
    }

    proptest! {
        #[test]
        fn every_line_is_heard_once_however_it_is_written(
            count in 1..28_i64,
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            rotate in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("journal.ndjson");
            let mut follower = JournalFollower::new(path.clone(), Kind::Cancel.set());
            let mut all = heard(&mut follower);
            let rotate: Vec<usize> = rotate.iter().map(|at| at.index(count as usize)).collect();
            for (n, line) in lines(count).into_iter().enumerate() {
                if rotate.contains(&n) && path.exists() {
                    let closed = format!("journal.ndjson.2026-01-{:02}", n + 1);
                    fs::rename(&path, dir.path().join(closed)).unwrap();
                }
                let mut from = 0;
                for cut in &cuts {
                    let to = cut.index(line.len()).max(from);
                    append(&path, &line[from..to]);
                    from = to;
                    if n % 2 == 0 {
                        all.extend(heard(&mut follower));
                    }
                }
                append(&path, &line[from..]);
                if n % 5 == 0 {
                    all.extend(heard(&mut follower));
                }
            }
            all.extend(heard(&mut follower));
            prop_assert_eq!(all, (1..=count).collect::<Vec<_>>());
            prop_assert_eq!(follower.lines(), count as u64);
        }
    }

    #[test]
    fn a_torn_line_that_is_mended_away_is_no_fault_and_a_cut_line_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.ndjson");
        let all = lines(3);
        let mut follower = JournalFollower::new(path.clone(), Kind::Cancel.set());
        append(&path, &[all[0].clone(), all[1][..20].to_vec()].concat());
        assert_eq!(heard(&mut follower), [1]);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(all[0].len() as u64).unwrap();
        append(&path, &all[1]);
        assert_eq!(heard(&mut follower), [2]);
        file.set_len(all[0].len() as u64).unwrap();
        assert!(follower.poll().unwrap_err().to_string().contains("it was cut"));
    }

    #[test]
    fn a_changed_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.ndjson");
        let mut all = lines(3);
        let at = all[1].iter().position(|b| *b == b'o').unwrap();
        all[1][at] = b'x';
        append(&path, &all.concat());
        let mut follower = JournalFollower::new(path.clone(), Kind::Cancel.set());
        let error = follower.poll().unwrap_err();
        assert!(matches!(&error, StreamError::BadInput { line: 2, .. }), "{error}");
        assert!(error.to_string().contains("checksum"), "{error}");
    }
}
