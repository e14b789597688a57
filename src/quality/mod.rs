//! Data checks: whether a stream or a file can be trusted, and what is wrong with it.
//!
//! May import `options`, `wire`, `market`, `config`. [`Checker`] takes lines or records and counts
//! [`Finding`]s by [`Code`] and symbol, each with its first place; a [`Tolerance`] says how many a
//! genuine source has. Labels prove nothing: every check is of numbers. The checks of trades,
//! quotes and bars are folds over one symbol (`tape`), those of option chains are rules over one
//! snapshot (`chain`); `foreign` reads files that MIA's predecessor left. No I/O, no clock, memory
//! bounded by the number of symbols.

mod chain;
mod checker;
mod code;
mod fact;
mod finding;
mod foreign;
mod report;
mod tape;
mod tolerance;

pub use chain::OptionRow;
pub use chain::Snapshot as ChainSnapshot;
pub use checker::Checker;
pub use checker::CheckerOptions;
pub use code::Code;
pub use fact::BarFact;
pub use fact::Book;
pub use fact::Fact;
pub use fact::Snapshot;
pub use fact::What;
pub use finding::Finding;
pub use finding::Findings;
pub use finding::Place;
pub use foreign::Event;
pub use foreign::Format;
pub use foreign::Reader;
pub use foreign::Unknown;
pub use report::InputSummary;
pub use report::Report;
pub use tolerance::Tolerance;
pub use tolerance::ToleranceOf;
