//! mia-record export, where polars is built in.

use crate::cli::entry;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::options::Common;
use crate::cli::record::Doing;
use crate::cli::record::export::Export;
use crate::cli::record::refuse;
use crate::feeds::ReplayOptions;
use crate::feeds::ReplaySource;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::Selection;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::stream::Thinning;
use crate::stream::store::ExportDestination as Destination;
use crate::stream::store::ExportFormat as Format;
use crate::stream::store::Exported;
use crate::stream::store::StoreError;
use crate::stream::store::StoreRange;
use crate::stream::store::StoreReader;
use crate::stream::store::Tables;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;
use std::rc::Rc;

/// Writes the tables that the options ask for.
pub(super) fn write(export: &Export, common: &Common) -> anyhow::Result<Exit> {
    export.write(common)
}

impl Export {
    fn write(&self, common: &Common) -> anyhow::Result<Exit> {
        let (store, dates) = self.sessions.open()?;
        let selection = common.selection();
        let tables = Tables::new(self.destination(common)?, self.format())
            .map_err(|error| refuse(&error, Doing::Writing))?;
        let range = StoreRange { since: selection.since, until: selection.until, last: None };
        let reader = StoreReader::of_dates(&store, dates, range, Rc::default());
        let name = self.sessions.dir.display().to_string();
        let inputs = Inputs::of(Input::from_reader(name, Box::new(reader)));
        let options = ReplayOptions {
            raw: true,
            max_bad: common.input.max_bad,
            max_line: common.input.max_line,
            ..ReplayOptions::default()
        };
        let mut source = ReplaySource::new(inputs, options, None);
        let thinning = common.thinning();
        let mut rows = Rows { tables, selection, thinning, count: 0, failed: None };
        let interrupts = filter::interrupts()?;
        while rows.failed.is_none() && !rows.is_full() && source.pull(&mut rows)? {
            if let Some(code) = interrupts.pending() {
                return Ok(Exit::from_code(code));
            }
        }
        if let Some(error) = rows.failed {
            return Err(refuse(&error, Doing::Writing));
        }
        let unknown = rows.tables.unknown();
        if unknown > 0 {
            tracing::warn!("{unknown} lines of kinds that MIA does not know are in no table");
        }
        let exported = rows.tables.finish().map_err(|error| refuse(&error, Doing::Writing))?;
        self.say(&exported)
    }

    fn format(&self) -> Format {
        if self.parquet.is_some() { Format::Parquet } else { Format::Csv }
    }

    /// A path with the ending of the format is a file, and a file has one kind.
    fn destination(&self, common: &Common) -> anyhow::Result<Destination> {
        let path = self.parquet.as_ref().or(self.csv.as_ref()).cloned().unwrap_or_default();
        if path.extension().is_none_or(|ending| ending != self.format().ending()) {
            return Ok(Destination::Folder(path));
        }
        if common.output.only.len() == 1 {
            return Ok(Destination::File(path));
        }
        let message = format!("{} is one table, and a table has one kind", path.display());
        Err(Refusal::new(Exit::Usage, message)
            .hint("--only trade chooses it; a folder gets a table a kind")
            .into())
    }

    fn say(&self, exported: &[Exported]) -> anyhow::Result<Exit> {
        let mut text = String::new();
        for table in exported {
            if table.lost > 0 {
                tracing::warn!(
                    "{} values of {} are not of the type of their column and are missing",
                    table.lost,
                    table.path.display()
                );
            }
            text += &serde_json::to_string(table)?;
            text.push('\n');
        }
        if exported.is_empty() {
            tracing::warn!("{} has no such records", self.sessions.dir.display());
        }
        entry::print(text.as_bytes())
    }
}

/// Puts the lines of a source into tables.
struct Rows {
    tables: Tables,
    selection: Selection,
    thinning: Thinning,
    count: u64,
    failed: Option<StoreError>,
}

impl Rows {
    fn is_full(&self) -> bool {
        self.selection.limit.is_some_and(|limit| self.count >= limit)
    }
}

impl SourceOut for Rows {
    fn record(&mut self, record: &Record) {
        // Only what the replay itself has to say: a bad line, which is in the log as well.
        tracing::debug!("{} at {}", record.kind(), record.ts());
    }

    fn line(&mut self, kind: Option<Kind>, ts: i64, line: &[u8]) {
        let kept = kind.map_or(self.thinning.keep_unknown, |kind| self.thinning.keep.has(kind));
        let inside = self.selection.since.is_none_or(|since| ts >= since)
            && self.selection.until.is_none_or(|until| ts < until);
        if !kept || !inside || self.is_full() || self.failed.is_some() {
            return;
        }
        self.count += 1;
        self.failed = self.tables.line(kind, line).err();
    }

    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
