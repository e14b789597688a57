//! Comma-separated files of trades, quotes or bars.
//!
//! A [`Dialect`] says what the columns mean; rows that contradict it, their instrument or the
//! order of time are refused with file, line and reason, never repaired. [`CsvDecoder`] takes
//! lines and gives records; [`CsvSource`] reads the files, [`LeanSource`] the zips of LEAN.

mod decoder;
mod dialect;
pub(in crate::feeds) mod field;
mod fields;
mod lean;
mod plan;
mod row;
mod source;
mod stamp;
pub(in crate::feeds) mod zone;

pub use decoder::CsvDecoder;
pub use decoder::CsvSettings;
pub use dialect::BarColumns;
pub use dialect::BarStamp;
pub use dialect::Dialect;
pub use dialect::Names;
pub use dialect::QuoteColumns;
pub use dialect::RowKind;
pub use dialect::SideColumn;
pub use dialect::TickColumns;
pub use dialect::WithoutVolume;
pub(in crate::feeds) use field::count;
pub(in crate::feeds) use field::price;
pub use lean::LeanSource;
pub use plan::Stated;
pub use source::CsvOptions;
pub use source::CsvSource;
pub use stamp::StampFormat;
pub(in crate::feeds) use zone::ZoneClock;
