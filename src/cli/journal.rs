//! Journals that are only read: the one way in for every command.

use crate::execution::JournalError;
use crate::execution::JournalReader;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use std::path::PathBuf;

/// How often a journal is looked at again: a rotation between two looks at its folder is over then.
const TRIES: u32 = 4;

/// Reads one journal with its closed files, or several files as they are, in order; every line is
/// checked on the way.
///
/// # Errors
/// A file cannot be read (65).
pub(super) fn open(files: &[PathBuf]) -> Result<JournalReader, JournalError> {
    match files {
        [one] => JournalReader::open(one),
        several => Ok(JournalReader::of_files(several)),
    }
}

/// A journal that is only read: what cannot be read is bad input, not a failed output.
pub(super) fn unreadable(error: JournalError) -> Failure {
    let mut failure = Failure::from(error);
    if failure.class == FailureClass::Output {
        failure.class = FailureClass::BadInput;
    }
    failure
}

/// Takes every record of a journal into what `begin` makes; also how many there are. A process may
/// go on writing it.
///
/// # Errors
/// A line is not the one that was written, a file is missing or cannot be read (65); what `begin` and
/// `take` give.
pub(super) fn folded<T>(
    files: &[PathBuf],
    begin: impl Fn() -> anyhow::Result<T>,
    take: impl Fn(&mut T, &Record) -> anyhow::Result<()>,
) -> anyhow::Result<(T, u64)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut state = begin()?;
        match once(files, |record| take(&mut state, record))? {
            Ok(lines) => return Ok((state, lines)),
            Err(_) if tries < TRIES => {}
            Err(error) => return Err(unreadable(error).into()),
        }
    }
}

fn once(
    files: &[PathBuf],
    mut take: impl FnMut(&Record) -> anyhow::Result<()>,
) -> anyhow::Result<Result<u64, JournalError>> {
    let mut reader = match open(files) {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match reader.next_entry() {
            Ok(Some(entry)) => take(&entry.record)?,
            Ok(None) => return Ok(Ok(reader.chain().lines())),
            Err(error) => return Ok(Err(error)),
        }
    }
}
