//! Sierra Chart's files.
//!
//! `.scid` (one trade a record), `.depth` (the book), the two text exports and the lines of the
//! dumper. Decoders take bytes and give entries, [`Tape`] and [`DepthBatches`] make records of
//! them; [`SierraSource`] reads files, [`FollowSource`] follows one that grows.

mod binary_reader;
mod check;
mod contract;
mod depth;
mod dumper;
mod fault;
mod follow;
mod follow_clock;
mod followed_file;
mod framing;
mod price_scale;
mod quiet;
mod record_file;
mod sales_tape;
mod scid;
mod session;
mod source;
pub mod stamp;
mod tape;
mod text;
mod text_reader;

pub use check::check;
pub use contract::contract_of;
pub use depth::DepthBatches;
pub use depth::DepthDecoder;
pub use depth::DepthEntry;
pub use depth::DepthFile;
pub use dumper::DumperDecoder;
pub use dumper::DumperOptions;
pub use fault::Fault;
pub use follow::FollowOptions;
pub use follow::FollowSource;
pub use follow_clock::FollowClock;
pub use follow_clock::SystemFollowClock;
pub use framing::Decoder;
pub use framing::Header;
pub use framing::HeaderFault;
pub use framing::Layout;
pub use framing::header;
pub use price_scale::Choice;
pub use price_scale::PriceMult;
pub use price_scale::PriceScale;
pub use record_file::FileFault;
pub use record_file::RecordFile;
pub use sales_tape::ORDER_ROWS;
pub use sales_tape::SalesTape;
pub use scid::Entry;
pub use scid::EntryKind;
pub use scid::FIRST_OF_BUNDLE;
pub use scid::LAST_OF_BUNDLE;
pub use scid::Part;
pub use scid::Scid;
pub use scid::ScidDecoder;
pub use session::SierraOptions;
pub use source::FileKind;
pub use source::SierraSource;
pub use tape::Bundles;
pub use tape::Findings;
pub use tape::Tape;
pub use tape::TapeOptions;
pub use text::SalesRow;
pub use text::TextDecoder;
pub use text::TextRow;
