//! Option pricing, implied volatility, chains, dealer exposure, basis.
//!
//! May import `wire`, `market`, `config`. Prices and strikes are points as `f64`, times microseconds
//! UTC, tau years of 525,600 minutes, volatilities shares (0.15 = 15 %), exposures dollars. Nothing here
//! reads a clock; rows that cannot be used are left out and counted, never repaired. Formulas: QUANT 3.

mod calculator;
mod chain;
mod exclusion;
mod expiry;
mod exposure;
mod flip;
mod greeks;
mod line;
mod max_pain;
mod normal;
mod record;
mod series;
mod shape;
mod smile;
mod snapshot;
mod sums;
mod validation;
mod valuation;
mod walls;

pub use calculator::black76;
pub use calculator::expected_move;
pub use calculator::implied_vol;
pub use calculator::straddle;
pub use chain::SnapshotReader;
pub use exclusion::Exclusion;
pub use expiry::ExpiryError;
pub use expiry::YEAR_MINUTES;
pub use expiry::regular_close;
pub use expiry::settlement;
pub use expiry::years;
pub use exposure::ExpectedMove;
pub use exposure::ExpiryExposure;
pub use exposure::Exposure;
pub use exposure::StrikeExposure;
pub use flip::Flip;
pub use flip::FlipSearch;
pub use greeks::BsmInput;
pub use greeks::Greeks;
pub use greeks::bsm;
pub use line::Line;
pub use line::NetGamma;
pub use max_pain::max_pain;
pub use record::RecordHead;
pub use snapshot::OptionRow;
pub use snapshot::Snapshot;
pub use validation::Refusal;
pub use valuation::Valuation;
pub use walls::Walls;
