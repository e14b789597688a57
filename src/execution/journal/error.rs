//! Why a journal cannot be used, and what to do about it.

use crate::market::CalendarError;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file of it cannot be opened, read or written.
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
    /// Somebody moved, emptied or changed its file while this process writes it.
    #[error("journal {}: somebody changed it under the running command: {how}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What was found.
        how: String,
    },
    /// A line inside it is not the record that was written there.
    #[error("journal {}: line {line}: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Its oldest file does not begin with the first line.
    #[error("journal {}: begins with line {first}: the files before it are missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Number of its first line.
        first: u64,
    },
    /// A run over the same input came to another record than the journal has.
    #[error(
        "journal {}: line {line} is {recorded}, but this run comes to {found}",
        path.display()
    )]
    Differs {
        /// The file.
        path: PathBuf,
        /// Line of the file, from 1.
        line: u64,
        /// The record in the journal.
        recorded: String,
        /// The record of this run.
        found: String,
    },
    /// The calendar cannot say to which session a line belongs.
    #[error("journal {}: {source}", path.display())]
    Calendar {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CalendarError,
    },
}

impl JournalError {
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let hint = match &error {
            JournalError::NotEmpty { .. } => {
                "name another file, or continue this one with --resume"
            }
            JournalError::NotAFile { .. } => "a journal must be a file that stays on the disk",
            JournalError::Locked { .. } => "one journal has one writer: end the other first",
            JournalError::Changed { .. } => {
                "what comes next would be lost at the next start; put the file back as it was and go \
                 on with it, and leave it alone while a command runs"
            }
            JournalError::Corrupt { .. } => {
                "keep it for the inquiry, restore it from a copy, or start a new one; `mia-exec \
                 journal verify` lists what else is wrong"
            }
            JournalError::Missing { .. } => {
                "put its closed files (the name with .YYYY-MM-DD at its end) back beside it"
            }
            JournalError::Differs { .. } => {
                "a journal is replayed with the version, settings and input that it was written \
                 with; to go on with other input, give records from after its last line only"
            }
            JournalError::Calendar { .. } => "name a calendar that covers the journal",
            JournalError::Io { .. } => "check the path, its permissions and the space left",
        };
        let class = match &error {
            JournalError::Corrupt { .. } | JournalError::Missing { .. } => FailureClass::BadState,
            JournalError::Differs { .. } => FailureClass::Other,
            JournalError::Calendar { .. } => FailureClass::Config,
            _ => FailureClass::Output,
        };
        let message = match &error {
            JournalError::Io { path, source, .. } if source.kind() == io::ErrorKind::NotFound => {
                format!("journal {}: no such file", path.display())
            }
            JournalError::Io { source, .. } => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        Self::new(class, message).hint(hint)
    }
}
