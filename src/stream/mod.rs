//! The one loop of every command: read blocks, split lines, parse what the stage needs, copy the
//! rest, flush before any read that may block.
//!
//! May import `wire`, `market`, `config`. Nothing below the command line reads a clock except
//! [`clock`] here.

pub mod clock;
pub mod store;

mod bad;
mod grid;
mod input;
mod interrupt;
mod late;
mod lines;
mod output;
mod progress;
mod pump;
mod side;
mod source;
mod stats;

pub use bad::MaxBad;
pub use grid::Grid;
pub use input::Adapt;
pub use input::Input;
pub use input::Inputs;
pub use input::Wake;
pub use interrupt::Interrupts;
pub use lines::LineBuffer;
pub use lines::Next;
pub use output::Output;
pub use output::Thinning;
pub use progress::Progress;
pub use pump::End;
pub use pump::PumpOptions;
pub use pump::pump;
pub use side::JournalFollower;
pub use side::KillFile;
pub use source::Selection;
pub use source::Source;
pub use source::SourceEnd;
pub use source::SourceOut;
pub use source::run_source;
pub use stats::Stats;

use std::io;

/// Why a stream ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// An input cannot be opened or read.
    #[error("cannot read {name}")]
    Read {
        /// File, or `standard input`.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write {name}")]
    Write {
        /// File, or `standard output`.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The output file exists.
    #[error("{name} exists")]
    Exists {
        /// File.
        name: String,
    },
    /// More bad lines than allowed.
    #[error("{name}:{line}: {reason}")]
    BadInput {
        /// File, or `standard input`.
        name: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// The stage failed.
    #[error("{name}:{line}: {failure}")]
    Stage {
        /// File, or `standard input`.
        name: String,
        /// Line, from 1.
        line: u64,
        /// Why.
        failure: crate::wire::Failure,
    },
    /// A source failed.
    #[error(transparent)]
    Source(crate::wire::Failure),
    /// A record could not be serialised: a bug of the producer.
    #[error("a record could not be written: {0}")]
    Encode(String),
}
