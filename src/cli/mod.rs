//! Each command's options and `run`; shared options, logging, exit codes, help.
//!
//! May import every room; nothing imports it. A program of `src/bin` is one line that calls
//! [`start`] with its options' type.

mod bench;
mod entry;
mod exec;
mod exit;
mod features;
mod feed;
mod filter;
mod log;
mod manual;
mod notify;
mod options;
mod risk;
mod schema;
mod signal;
mod when;

pub use bench::Bench;
pub use entry::Program;
pub use entry::command_of;
pub use entry::start;
pub use exec::Exec;
pub use exit::Exit;
pub use features::Features;
pub use feed::Feed;
pub use manual::Example;
pub use manual::Manual;
pub use manual::Place;
pub use notify::Notify;
pub use risk::Risk;
pub use signal::Signal;
