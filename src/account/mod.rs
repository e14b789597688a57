//! The account, folded from orders and execution records: positions, unresolved orders, profit and
//! loss, excursions.
//!
//! May import `wire`, `market`, `config`. Money is whole cents, prices whole ticks, stamps
//! microseconds UTC. [`Ledger`] is used by risk (what it knows when it decides) and by execution
//! (what it reports); neither knows how the fills came about.

mod daily;
mod excursion;
mod holding;
mod ledger;
mod lots;
mod orders;
mod trade_day;

pub use daily::daily_sd;
pub use excursion::Excursion;
pub use holding::Holding;
pub use ledger::Day;
pub use ledger::Ledger;
pub use lots::Lots;
pub use orders::OpenOrder;
pub use trade_day::NewDay;
pub use trade_day::TradeDay;
