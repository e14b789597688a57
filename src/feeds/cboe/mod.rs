//! Cboe's delayed option chains: the "quote table" CSV and the JSON document, from files or from the
//! address itself.
//!
//! [`decode`] takes the bytes of a document and gives a [`Snapshot`]; [`CboeSource`] reads files,
//! [`CboeFollow`] asks the address, politely. Every quote is older than the document by
//! [`DELAY_US`]: `ts` is when the snapshot was received, `asof` that much before.

mod csv_document;
mod fetch;
mod json_document;
mod series;
mod snapshot;
mod source;
mod stamp;

pub use fetch::FetchOptions;
pub use fetch::Fetched;
pub use fetch::Fetcher;
pub use series::Series;
pub use snapshot::CboeCounts;
pub use snapshot::Snapshot;
pub use snapshot::decode;
pub use source::CboeFollow;
pub use source::CboeOptions;
pub use source::CboeSource;

/// How far Cboe's quotes are behind the time of their document, microseconds.
pub const DELAY_US: i64 = 15 * 60 * 1_000_000;
