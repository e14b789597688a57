//! Several streams joined by time.
//!
//! [`Merger`] takes the bytes of each input and hands out lines in order; [`MergeSource`] reads the
//! inputs, each on a thread of its own so that a slow pipe never keeps another from being read.

mod merger;
mod source;

pub use merger::MergeSettings;
pub use merger::MergeSink;
pub use merger::Merger;
pub use source::MergeInput;
pub use source::MergeOptions;
pub use source::MergeSource;
