//! Typed settings: defaults, profiles, a user's file, `--set`, in that order.
//!
//! Every threshold of the program has one name, `table.key`, and one place. May import `market`.
//! Nothing here reads a file or the environment: texts come in as arguments ([`Layers`]).

mod loader;
mod option_settings;
mod origin;
mod pattern_settings;
mod print;
mod profile;
mod ranges;
mod secret;
mod settings;
mod tree;
mod violation;

pub use loader::Layers;
pub use option_settings::Carry;
pub use option_settings::DealerSign;
pub use option_settings::GammaSource;
pub use option_settings::MoveAnchor;
pub use option_settings::OptionSettings;
pub use option_settings::VolSource;
pub use option_settings::WallBy;
pub use origin::Origin;
pub use origin::Provenance;
pub use pattern_settings::BattleNavale;
pub use pattern_settings::ByBand;
pub use pattern_settings::ConfluenceSettings;
pub use pattern_settings::Detectors;
pub use pattern_settings::GammaFlip;
pub use pattern_settings::Patterns;
pub use pattern_settings::RangeStrategy;
pub use pattern_settings::Selector;
pub use pattern_settings::Signals;
pub use pattern_settings::StopMode;
pub use pattern_settings::Strategies;
pub use pattern_settings::TrendStrategy;
pub use pattern_settings::VaRejection;
pub use pattern_settings::VixBand;
pub use pattern_settings::VwapDeviation;
pub use print::print;
pub use profile::Profile;
pub use secret::Secret;
pub use settings::Account;
pub use settings::Bars;
pub use settings::Clock;
pub use settings::Config;
pub use settings::Context;
pub use settings::Feed;
pub use settings::Fills;
pub use settings::Flow;
pub use settings::InstrumentSettings;
pub use settings::LevelSettings;
pub use settings::ModeLimits;
pub use settings::ProfileSettings;
pub use settings::Quality;
pub use settings::QualityChain;
pub use settings::QualityTolerance;
pub use settings::Risk;
pub use settings::RiskMode;
pub use settings::RiskModes;
pub use settings::Session;
pub use settings::VaTie;
pub use settings::VwapSettings;
pub use violation::ConfigErrors;
pub use violation::Violation;
