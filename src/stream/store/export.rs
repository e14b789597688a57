//! Tables of the recorded lines, one a kind, for polars, pandas, SQL and spreadsheets.
//!
//! The columns come from the schema of the kind: stamps are timestamps in UTC, sizes unsigned
//! integers, prices floats, texts strings; lists and free objects are JSON text. Rows are written in
//! batches, so that memory does not grow with the store.

mod columns;
mod table;

pub use table::Format;

use crate::stream::store::StoreError;
use crate::stream::store::export::table::Table;
use crate::wire::Kind;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A table that was written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Exported {
    /// Kind of its records.
    pub kind: Kind,
    /// The file.
    pub path: PathBuf,
    /// Rows.
    pub rows: u64,
    /// Values that are not of the type of their column and are missing in the table.
    pub lost: u64,
}

/// Where the tables go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// A file a kind in this folder.
    Folder(PathBuf),
    /// One file, for one kind.
    File(PathBuf),
}

/// Tables that are being written.
pub struct Tables {
    to: Destination,
    format: Format,
    open: BTreeMap<Kind, Table>,
    unknown: u64,
}

impl Tables {
    /// Tables in a new or existing folder, or one file; no file is overwritten.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn new(to: Destination, format: Format) -> Result<Self, StoreError> {
        if let Destination::Folder(dir) = &to {
            std::fs::create_dir_all(dir).map_err(StoreError::io("create", dir))?;
        }
        Ok(Self { to, format, open: BTreeMap::new(), unknown: 0 })
    }

    /// Adds a line as a row of the table of its kind.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Export`].
    pub fn line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), StoreError> {
        let Some(kind) = kind else {
            self.unknown += 1;
            return Ok(());
        };
        if let Some(table) = self.open.get_mut(&kind) {
            return table.line(line);
        }
        let path = match &self.to {
            Destination::Folder(dir) => dir.join(format!("{kind}.{}", self.format.ending())),
            Destination::File(path) => path.clone(),
        };
        let mut table = Table::create(kind, path, self.format)?;
        table.line(line)?;
        self.open.insert(kind, table);
        Ok(())
    }

    /// Lines of kinds that this version does not know: they are in no table.
    pub const fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Finishes the files, which take their names now; gives them in the order of their kinds.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Export`].
    pub fn finish(self) -> Result<Vec<Exported>, StoreError> {
        self.open.into_values().map(Table::finish).collect()
    }
}
