//! Risk: sizing, pre-trade checks, latches, verdicts; the only producer of orders.
//!
//! May import `account`, `matching`, `wire`, `market`, `config`. Money is whole cents, prices whole
//! ticks, stamps microseconds UTC. [`RiskStage`] is mia-risk; an order that it did not approve cannot
//! be typed: [`Approved`] has one constructor, private to this room.

mod approved;
mod checks;
mod entries;
mod exits;
mod hours;
mod latch;
mod limits;
mod memory;
mod proposal;
mod sizing;
mod stage;
mod writing;

pub use approved::Approved;
pub use approved::NotApproved;
pub use approved::admit;
pub use hours::OrderHours;
pub use hours::Window;
pub use sizing::Sizing;
pub use stage::RiskOptions;
pub use stage::RiskStage;
