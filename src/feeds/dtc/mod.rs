//! Sierra Chart's DTC protocol, version 8: market data over a socket.
//!
//! Sierra's own server refuses CME and other exchanges' data, also to programs on the same machine;
//! this source is for symbols that it may serve and for other servers of the protocol. The refusal
//! is explained ([`DtcClient`] fails with 77), and the way to ES data is the `.scid` file.

mod book;
mod client;
mod findings;
mod history;
mod inflate;
mod market;
mod measure;
mod options;
mod session;
mod symbol;
mod words;

pub use client::DtcClient;
pub use history::DtcHistory;
pub use history::DtcPast;
pub use options::DtcOptions;
pub use symbol::DtcSymbol;
