//! Snapshots for people and for tables: which are written, when, and in what form.

use crate::cli::exposure::By;
use crate::cli::exposure::Format;
use crate::cli::exposure::document;
use crate::cli::exposure::document::Document;
use crate::cli::exposure::history;
use crate::cli::exposure::terminal;
use crate::cli::exposure::terminal::Look;
use crate::cli::exposure::view::View;
use crate::market::Sym;
use crate::stream::Output;
use crate::stream::StreamError;
use std::collections::BTreeMap;

/// Which snapshots are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    /// The newest of each underlying, at the end.
    Newest,
    /// Each, as it comes.
    Each,
    /// Each, as one row.
    History,
}

/// Writes snapshots in one form.
pub(super) struct Text {
    /// Where to.
    pub output: Output,
    /// A table, JSON or CSV.
    pub format: Format,
    /// Strikes or expiries.
    pub by: By,
    /// Which.
    pub which: Which,
    /// How a table looks.
    pub look: Look,
    /// Snapshots written.
    pub told: u64,
}

impl Text {
    /// Takes a snapshot.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn tell(&mut self, view: &View) -> anyhow::Result<()> {
        match self.which {
            Which::Newest => {}
            Which::Each => self.write(view)?,
            Which::History => self.row(view)?,
        }
        Ok(())
    }

    /// Writes what was left for the end.
    ///
    /// # Errors
    /// As [`Text::tell`].
    pub(super) fn finish(&mut self, newest: &BTreeMap<Sym, View>) -> anyhow::Result<()> {
        match (self.which, self.format) {
            (Which::Newest, _) => {
                for view in newest.values() {
                    self.write(view)?;
                }
            }
            (Which::History, Format::Table) => {
                if let Some(view) = newest.values().max_by_key(|view| view.exposure.at) {
                    self.output.copy(history::footer(view).as_bytes());
                }
            }
            _ => {}
        }
        Ok(self.output.flush()?)
    }

    /// Hands over what was written.
    ///
    /// # Errors
    /// As [`Text::tell`].
    pub(super) fn flush(&mut self) -> Result<(), StreamError> {
        self.output.flush()
    }

    fn write(&mut self, view: &View) -> anyhow::Result<()> {
        let first = self.told == 0;
        self.told += 1;
        match self.format {
            Format::Json => {
                let document = serde_json::to_string_pretty(&Document::of(view, true))?;
                self.output.copy(document.as_bytes());
                self.output.copy(b"\n");
            }
            Format::Csv => self.output.copy(&document::csv(view, self.by, first)?),
            _ => {
                if !first {
                    self.output.copy(b"\n");
                }
                self.output.copy(terminal::of(view, self.by, self.look).as_bytes());
            }
        }
        Ok(self.output.flush_if_full()?)
    }

    fn row(&mut self, view: &View) -> anyhow::Result<()> {
        let first = self.told == 0;
        self.told += 1;
        match self.format {
            Format::Json => {
                let document = serde_json::to_string(&Document::of(view, false))?;
                self.output.copy(document.as_bytes());
                self.output.copy(b"\n");
            }
            Format::Csv => {
                if first {
                    self.output.copy(&document::history_header()?);
                }
                self.output.copy(&document::history_row(view)?);
            }
            _ => {
                if first {
                    self.output.copy(history::header(self.look.color).as_bytes());
                }
                self.output.copy(history::line(view, self.look.color).as_bytes());
            }
        }
        Ok(self.output.flush_if_full()?)
    }
}
