//! Typed settings: defaults, profiles, a user's file, `--set`, in that order.
//!
//! Every threshold of the program has one name, `table.key`, and one place. May import `market`.

mod settings;

pub use settings::Account;
pub use settings::Bars;
pub use settings::Clock;
pub use settings::Config;
pub use settings::Context;
pub use settings::Fills;
pub use settings::Flow;
pub use settings::InstrumentSettings;
pub use settings::LevelSettings;
pub use settings::Patterns;
pub use settings::ProfileSettings;
pub use settings::Risk;
pub use settings::RiskMode;
pub use settings::Selector;
pub use settings::Session;
pub use settings::Signals;
pub use settings::VaRejection;
pub use settings::VaTie;
pub use settings::VwapDeviation;
pub use settings::VwapSettings;
