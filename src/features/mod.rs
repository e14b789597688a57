//! Folds over market records: order flow, profile, VWAP, levels, context; and the stage of
//! mia-features that puts them on the wire.
//!
//! May import `options`, `wire`, `market`, `config`. Prices are ticks inside, points on the wire;
//! volumes contracts; stamps microseconds UTC. Each fold is pure: no clock, no I/O, bounded memory,
//! its formula in its documentation. A value is a [`Value`]: a number, or the [`Reason`] why not.

mod absorption;
mod bar_series;
mod bars;
mod contract;
mod day;
mod delta;
mod divergence;
mod exhaustion;
mod footprint;
mod grid;
mod history;
mod large_trades;
mod levels;
pub mod manifest;
mod moments;
mod ofi;
mod order_flow;
mod profile;
mod reason;
mod regime;
mod relative_volume;
mod roll_watch;
mod seconds;
mod session_clock;
mod session_levels;
mod session_volume;
mod snapshot;
mod stage;
mod tape_speed;
mod variance_ratio;
mod vwap;
mod wilder;

pub use absorption::Absorption;
pub use bars::BarBuilder;
pub use bars::TickBar;
pub use delta::DeltaScale;
pub use delta::delta_imbalance;
pub use divergence::Divergence;
pub use divergence::MinuteClose;
pub use exhaustion::Exhaustion;
pub use footprint::BarFootprint;
pub use footprint::Row;
pub use footprint::StackRun;
pub use footprint::Stacks;
pub use large_trades::LargeTrades;
pub use large_trades::Print;
pub use large_trades::large_imbalance;
pub use ofi::QuoteFlow;
pub use ofi::Touch;
pub use ofi::expected_ticks;
pub use ofi::mean_depth;
pub use profile::ValueArea;
pub use profile::VolumeProfile;
pub use reason::Reason;
pub use reason::Value;
pub use regime::Efficiency;
pub use regime::Regime;
pub use regime::RegimeSwitch;
pub use relative_volume::RelativeVolume;
pub use seconds::Totals;
pub use session_volume::SessionVolume;
pub use stage::FeaturesOptions;
pub use stage::FeaturesStage;
pub use stage::Ignored;
pub use tape_speed::TapeSpeed;
pub use variance_ratio::Variance;
pub use variance_ratio::VarianceRatio;
pub use vwap::Vwap;
pub use wilder::Wilder;
