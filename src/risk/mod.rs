//! Risk: sizing, pre-trade checks, latches, verdicts; the only producer of orders.
//!
//! May import `account`, `matching`, `wire`, `market`, `config`. Money is whole cents, prices whole
//! ticks, stamps microseconds UTC. [`RiskStage`] is mia-risk; an order that it did not approve cannot
//! be typed: [`Approved`] has one constructor, private to this room.

mod account_source;
mod approved;
mod asking;
mod checks;
mod context;
mod drawdown;
mod entries;
mod events;
mod exits;
mod factors;
mod gate;
mod hours;
mod ignoring;
mod kelly;
mod latch;
mod leaving;
mod limits;
mod management;
mod memory;
mod proposal;
mod protection;
mod restart;
mod restoring;
mod seal;
mod sizing;
mod stage;
mod stepping;
mod surroundings;
mod tally;
mod volatility;
mod watch;
mod writing;

pub use account_source::AccountSource;
pub use account_source::to_remember;
pub use approved::Approved;
pub use approved::NotApproved;
pub use approved::admit;
pub use approved::admit_emergency;
pub use drawdown::TrailingFloor;
pub use drawdown::drawdown;
pub use events::Event;
pub use events::Events;
pub use factors::Conditions;
pub use factors::DayPart;
pub use factors::Factors;
pub use gate::Gate;
pub use gate::GateFault;
pub use gate::Metrics;
pub use gate::Period;
pub use gate::Traded;
pub use gate::config_hash;
pub use gate::sha256;
pub use hours::OrderHours;
pub use hours::Window;
pub use kelly::KellyRule;
pub use kelly::TradeRecord;
pub use kelly::kelly;
pub use kelly::shrinkage;
pub use kelly::win_rate_low;
pub use latch::Latches;
pub use latch::TradingState;
pub use protection::Move;
pub use protection::tighten;
pub use seal::KEY_BYTES;
pub use seal::NotSealed;
pub use seal::SealCheck;
pub use seal::SealKey;
pub use seal::Sealer;
pub use sizing::Sizing;
pub use stage::RiskOptions;
pub use stage::RiskStage;
pub use volatility::VolTarget;
