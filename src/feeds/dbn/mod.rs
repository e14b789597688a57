//! Databento files: DBN versions 1 to 3, and the text that Databento's own command prints of them.
//!
//! [`DbnDecoder`] takes bytes and gives records; what is binary, JSON or CSV is told by the first
//! byte. [`DbnSource`] reads the files. `ts` is when the capture server had the fact (`ts_recv`,
//! which orders the file), the exchange's own stamp goes in `vts`. Only action T is volume; the
//! side of a trade is its aggressor.

mod book;
mod contracts;
mod decoder;
mod frames;
mod source;
mod tape;
mod text;

pub use decoder::DbnDecoder;
pub use decoder::DbnSink;
pub use source::DbnOptions;
pub use source::DbnSource;
pub use tape::DbnCounts;
pub use tape::DbnSettings;
