//! The store: recorded streams on disk, a folder a session, readable without any tool of ours.
//!
//! `STORE/2026-03-10/000001.ndjson.zst` holds lines in independent zstd frames, so that `zstdcat`
//! prints them; `000001.index` beside it tells where each frame begins and what it spans; the lines
//! of the frame that is still open stand in `000001.000017.tail` as plain text. A part is written
//! once, by one run, and only ever grows. May import `wire`, `market`. Stamps are integer
//! microseconds UTC, sizes bytes.

mod background;
mod compact;
mod error;
#[cfg(feature = "frames")]
mod export;
mod folder;
mod framer;
mod frames;
mod in_force;
mod index;
mod lock;
mod part_view;
mod part_writer;
mod quarantine;
mod reader;
mod recorder;
mod recovery;
mod selection;
mod span;
mod verify;
mod writer;

pub use background::Background;
pub use compact::CompactOptions;
pub use compact::Compacted;
pub use compact::compact;
pub use error::StoreError;
#[cfg(feature = "frames")]
pub use export::Destination as ExportDestination;
#[cfg(feature = "frames")]
pub use export::Exported;
#[cfg(feature = "frames")]
pub use export::Format as ExportFormat;
#[cfg(feature = "frames")]
pub use export::Tables;
pub use folder::Folder;
pub use folder::PartId;
pub use framer::Command;
pub use framer::Framer;
pub use index::End as IndexEnd;
pub use index::Entry as IndexEntry;
pub use index::Header as IndexHeader;
pub use index::Index as StoreIndex;
pub use part_writer::Fsync;
pub use reader::StoreReader;
pub use recorder::OnDiskError;
pub use recorder::RecordStage;
pub use recorder::RecordSummary;
pub use recorder::RecorderOptions;
pub use recovery::Recovery;
pub use recovery::recover;
pub use selection::Last;
pub use selection::Store;
pub use selection::StoreRange;
pub use verify::PartReport;
pub use verify::PartState;
pub use verify::verify;
pub use writer::StoreWriter;
pub use writer::WriterOptions;
