//! Each command's options and `run`; shared options, logging, exit codes, help.
//!
//! May import every room; nothing imports it. A program of `src/bin` is one line that calls
//! [`start`] with its options' type.

mod bench;
mod check;
mod entry;
mod exec;
mod exit;
mod exposure;
mod features;
mod feed;
mod filter;
mod journal;
mod log;
mod manual;
mod notify;
mod options;
mod picture;
mod record;
mod risk;
mod signal;
mod when;
mod words;

pub use bench::Bench;
pub use check::Check;
pub use entry::Program;
pub use entry::command_of;
pub use entry::start;
pub use exec::Exec;
pub use exit::Exit;
pub use exposure::Options;
pub use features::Features;
pub use feed::Feed;
pub use manual::Example;
pub use manual::Manual;
pub use manual::Place;
pub use manual::Section;
pub use manual::Topic;
pub use notify::Notify;
pub use record::Record;
pub use risk::Risk;
pub use signal::Signal;

/// Every command with its manual, for man pages, completions and tests.
pub fn commands() -> Vec<(Manual, clap::Command)> {
    vec![
        (Feed::MANUAL, command_of::<Feed>()),
        (Record::MANUAL, command_of::<Record>()),
        (Features::MANUAL, command_of::<Features>()),
        (Options::MANUAL, command_of::<Options>()),
        (Signal::MANUAL, command_of::<Signal>()),
        (Risk::MANUAL, command_of::<Risk>()),
        (Exec::MANUAL, command_of::<Exec>()),
        (Notify::MANUAL, command_of::<Notify>()),
        (Bench::MANUAL, command_of::<Bench>()),
        (Check::MANUAL, command_of::<Check>()),
    ]
}
