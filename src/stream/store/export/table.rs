//! One table: rows in batches to a Parquet or CSV file.

use crate::stream::store::StoreError;
use crate::stream::store::export::Exported;
use crate::stream::store::export::columns;
use crate::stream::store::export::columns::Column;
use crate::wire::Kind;
use polars_core::frame::DataFrame;
use polars_io::SerWriter;
use polars_io::csv::write::BatchedWriter as CsvBatches;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::BatchedWriter as ParquetBatches;
use polars_io::parquet::write::ParquetWriter;
use serde_json::Map;
use serde_json::Value;
use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Rows of a batch, which is a row group in Parquet: what is held in memory.
const BATCH: usize = 100_000;

/// The format of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Apache Parquet, compressed with zstd.
    Parquet,
    /// Comma-separated, with a header; stamps in ISO 8601.
    Csv,
}

impl Format {
    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

enum Writer {
    Parquet(Box<ParquetBatches<File>>),
    Csv(Box<CsvBatches<File>>),
}

/// A table that is being written, under another name until it is finished.
pub(super) struct Table {
    kind: Kind,
    path: PathBuf,
    new: PathBuf,
    format: Format,
    columns: Vec<Column>,
    waiting: usize,
    rows: u64,
    lost: u64,
    writer: Option<Writer>,
}

impl Table {
    pub(super) fn create(kind: Kind, path: PathBuf, format: Format) -> Result<Self, StoreError> {
        if path.exists() {
            return Err(StoreError::io("create", &path)(io::ErrorKind::AlreadyExists.into()));
        }
        let mut new = path.clone().into_os_string();
        new.push(".new");
        Ok(Self {
            kind,
            path,
            new: new.into(),
            format,
            columns: columns::of(kind),
            waiting: 0,
            rows: 0,
            lost: 0,
            writer: None,
        })
    }

    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), StoreError> {
        let row: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| self.failed(error))?;
        for column in &mut self.columns {
            self.lost += u64::from(!column.add(&row));
        }
        self.waiting += 1;
        self.rows += 1;
        if self.waiting == BATCH { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let timestamps = self.format == Format::Parquet;
        let columns = self.columns.iter_mut().map(|column| column.take(timestamps)).collect();
        let frame = DataFrame::new(self.waiting, columns).map_err(|error| self.failed(error))?;
        self.waiting = 0;
        let written = match self.writer.take() {
            Some(writer) => Ok(writer),
            None => self.begin(&frame),
        };
        let mut writer = written?;
        let written = match &mut writer {
            Writer::Parquet(batches) => batches.write_batch(&frame),
            Writer::Csv(batches) => batches.write_batch(&frame),
        };
        written.map_err(|error| self.failed(error))?;
        self.writer = Some(writer);
        Ok(())
    }

    fn begin(&self, frame: &DataFrame) -> Result<Writer, StoreError> {
        let file = File::create(&self.new).map_err(StoreError::io("create", &self.new))?;
        Ok(match self.format {
            Format::Parquet => {
                let batches = ParquetWriter::new(file).set_parallel(false).batched(frame.schema());
                Writer::Parquet(Box::new(batches.map_err(|error| self.failed(error))?))
            }
            Format::Csv => {
                let batches = CsvWriter::new(file).n_threads(1).batched(frame.schema());
                Writer::Csv(Box::new(batches.map_err(|error| self.failed(error))?))
            }
        })
    }

    pub(super) fn finish(mut self) -> Result<Exported, StoreError> {
        if self.waiting > 0 {
            self.write()?;
        }
        let finished = match self.writer.take() {
            Some(Writer::Parquet(batches)) => batches.finish().map(|_| ()),
            Some(Writer::Csv(mut batches)) => batches.finish(),
            None => Ok(()),
        };
        finished.map_err(|error| self.failed(error))?;
        sync(&self.new)?;
        fs::rename(&self.new, &self.path).map_err(StoreError::io("create", &self.path))?;
        let Self { kind, path, rows, lost, .. } = self;
        Ok(Exported { kind, path, rows, lost })
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
        StoreError::Export { what: self.path.display().to_string(), source: Box::new(error) }
    }
}

fn sync(path: &Path) -> Result<(), StoreError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(StoreError::io("sync", path))
}
