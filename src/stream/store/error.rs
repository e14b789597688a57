//! Why a store cannot be used.

use crate::market::CalendarError;
use crate::market::TradeDate;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Why a store cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or folder cannot be opened, read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What failed.
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process writes the store.
    #[error("{} is being written by {holder}", dir.display())]
    Locked {
        /// The store.
        dir: PathBuf,
        /// The process in words, with its number where it is known.
        holder: String,
    },
    /// A file that is not as it was written.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the frame where it is known.
        reason: String,
    },
    /// A folder without sessions.
    #[error("{} is not a store: it has no folder named by a date, such as 2026-03-10", dir.display())]
    NotAStore {
        /// The folder.
        dir: PathBuf,
    },
    /// A session that is not in the store.
    #[error("{} has no session {date}", dir.display())]
    NoSession {
        /// The store.
        dir: PathBuf,
        /// The trade date.
        date: TradeDate,
    },
    /// Files that changed while they were read.
    #[error("{} changed while it was read", path.display())]
    Moved {
        /// The file.
        path: PathBuf,
    },
    /// The calendar cannot say which session a record belongs to.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The writer has ended.
    #[error("the writer of the store has ended: {0}")]
    Ended(String),
    /// A table cannot be written.
    #[error("cannot export {what}")]
    Export {
        /// The table.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// An error of `action` on `path`, for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }

    /// A file that is not as it was written.
    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }
}
