//! Comma-separated files of trades or bars.
//!
//! A [`Dialect`] says what the columns mean; rows that contradict it, their instrument or the
//! order of time are refused with file, line and reason, never repaired. The decoder takes bytes
//! and gives records; [`CsvSource`] reads the files.

mod decoder;
mod dialect;
pub(in crate::feeds) mod field;
mod row;
mod source;
pub(in crate::feeds) mod zone;

pub use dialect::BarColumns;
pub use dialect::BarStamp;
pub use dialect::Dialect;
pub use dialect::RowKind;
pub use dialect::TickColumns;
pub use source::CsvOptions;
pub use source::CsvSource;
