//! `IQFeed` 6.2: Level 1, market depth, and the history of ticks and bars.
//!
//! `IQConnect`, the vendor's program on this computer, speaks text lines on several ports. The
//! decoders ([`Level1Decoder`], [`DepthDecoder`], [`HistoryDecoder`]) take bytes and give events;
//! the clients ([`IqfeedClient`], [`HistoryClient`]) make records of them and are driven by
//! [`live`](crate::feeds::live); [`HistoryFiles`] reads saved answers. Times are US Eastern and
//! become UTC by the rules of the zone; symbols become those of the exchange.

mod book;
mod client;
mod contract;
mod depth;
mod diagnosis;
mod eastern;
mod fieldset;
mod history;
mod history_client;
mod history_files;
mod history_records;
mod history_request;
mod level1;
mod lines;
mod options;
mod system;
mod watch;

pub use client::IqfeedClient;
pub use contract::Contract;
pub use contract::Wanted;
pub use depth::DepthDecoder;
pub use depth::DepthEvent;
pub use history::Basis;
pub use history::Daily;
pub use history::HistoryDecoder;
pub use history::HistoryEvent;
pub use history::Interval;
pub use history::Tick;
pub use history_client::HistoryClient;
pub use history_files::HistoryFileOptions;
pub use history_files::HistoryFiles;
pub use history_records::BarStamped;
pub use history_request::HistoryRequest;
pub use history_request::HistorySpan;
pub use level1::Correction;
pub use level1::Level1Decoder;
pub use level1::Level1Event;
pub use level1::Update;
pub use lines::BadLine;
pub use options::Credentials;
pub use options::DepthBy;
pub use options::IqfeedOptions;
pub use system::System;
