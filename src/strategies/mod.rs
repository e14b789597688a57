//! From closed bars, levels and features to trade ideas, and why there is none.
//!
//! [`SignalStage`] is the fold behind mia-signal: it pairs a closed bar with the features of the
//! same stamp, steps one state machine for each pattern and side, and lets the selector decide
//! what becomes a `signal`. Every pattern is written once, for a sale; a purchase runs the same
//! machine on the mirrored [`View`]. May import `wire`, `market`, `config`. Prices inside are whole
//! ticks (levels: fractional ticks), stamps microseconds UTC.

mod band;
mod bar_clock;
mod bench_signal;
mod clusters;
mod code;
mod detectors;
mod dom;
mod five_minute_atr;
mod input;
mod level_book;
mod machine;
mod model;
mod open_trades;
mod outcome;
mod pairing;
mod patterns;
mod regime;
mod report;
mod scores;
mod selector;
mod stage;
mod ternary;
mod view;
mod viewing;
mod watch;

pub use band::Band;
pub use band::BandSource;
pub use bar_clock::Restart;
pub use clusters::Cluster;
pub use clusters::ClusterMap;
pub use clusters::Clusters;
pub use clusters::Family;
pub use clusters::LevelLine;
pub use code::Code;
pub use input::Input;
pub use input::Inputs;
pub use machine::Entered;
pub use machine::Machine;
pub use machine::Manage;
pub use machine::Setup;
pub use machine::State;
pub use machine::Step;
pub use model::Asked;
pub use model::Model;
pub use model::NullModel;
pub use model::Scorer;
pub use outcome::End;
pub use outcome::Outcome;
pub use outcome::Outcomes;
pub use patterns::BattleNavale;
pub use patterns::Confluence;
pub use patterns::GammaFlip;
pub use patterns::Pattern;
pub use patterns::RangeBounce;
pub use patterns::TrendPullback;
pub use patterns::VaRejection;
pub use patterns::VwapDeviation;
pub use regime::Regime;
pub use scores::Scores;
pub use selector::Admission;
pub use selector::Strategy;
pub use stage::SignalOptions;
pub use stage::SignalStage;
pub use ternary::Ternary;
pub use view::BarTicks;
pub use view::FlowSource;
pub use view::NegativeGamma;
pub use view::Print;
pub use view::View;
pub use view::Volume;
