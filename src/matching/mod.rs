//! The simulated exchange: latency, queue, slippage, fees (QUANT 7.1, DESIGN 6).
//!
//! May import `wire`, `market`, `config`. Prices are whole ticks inside, stamps microseconds UTC.
//! One type, [`Exchange`], stands behind both `mia-risk --account sim` and `mia-exec paper`, so the
//! two cannot disagree: it is a fold of orders and of the market records of one product, and the
//! same records give the same [`Fact`]s.

mod arrivals;
mod believing;
mod bracket;
mod changing;
mod entering;
mod exchange;
mod exiting;
mod fact;
mod halts;
mod listing;
mod price;
mod queue;
mod restore;
mod rounds;
mod rules;
mod stepping_back;
mod tape;
mod view;
mod working;

pub use believing::Ignored;
pub use exchange::Exchange;
pub use fact::Fact;
pub use fact::blank_acct;
pub use listing::Listing;
pub use listing::Listings;
pub use price::Supply;
pub use price::stop_fill;
pub use price::walk;
pub use queue::QueuePosition;
pub use restore::KeptBracket;
pub use restore::LostRequest;
pub use tape::Tape;
pub use working::WorkingLeg;
