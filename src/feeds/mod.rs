//! Sources of market records: files, recordings, and made-up sessions.
//!
//! May import `protocols`, `stream`, `wire`, `market`, `config`. Decoders take bytes and give
//! records; what opens files stands beside them and stays thin. Every source starts with a
//! `stream` record, and every record it makes says its `src`.

pub mod cboe;
pub mod csv;
pub mod dbn;
pub mod dtc;
pub mod iqfeed;
pub mod live;
pub mod merge;
pub mod sierra;
pub mod synth;

mod bad_rows;
mod diagnosis;
mod glimpse;
mod identity;
mod pace;
mod replay;
mod text_input;

pub use bad_rows::Refusal;
pub use diagnosis::Check;
pub use diagnosis::Diagnosis;
pub use diagnosis::Health;
pub use pace::Pace;
pub use pace::PaceClock;
pub use pace::SystemPace;
pub use replay::ReplayOptions;
pub use replay::ReplaySource;
