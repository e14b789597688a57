//! Instruments, ticks, money, symbols, the aggressor side, the session calendar and the roll.
//!
//! A leaf: imports no other room. Prices are [`Px`] (exact decimal) or [`Ticks`], money is
//! [`Cents`], stamps are integer microseconds since the Unix epoch, UTC.

mod aggressor;
mod calendar;
mod daily_time;
mod hours;
mod instrument;
mod price;
mod price_limits;
mod roll;
mod session;
mod side;
mod stamp;
mod symbol;
mod trade_date;

pub use aggressor::AggressorRule;
pub use calendar::Calendar;
pub use calendar::CalendarError;
pub use daily_time::DailyTime;
pub use instrument::Instrument;
pub use price::Cents;
pub use price::Px;
pub use price::Ticks;
pub use price_limits::PriceBand;
pub use price_limits::PriceLimits;
pub use roll::ContractMonth;
pub use roll::RollRule;
pub use roll::RthVolumes;
pub use roll::active_contract;
pub use roll::front_contract;
pub use session::Phase;
pub use session::Session;
pub use side::Side;
pub use side::SideSource;
pub use stamp::NotATime;
pub use stamp::stamp_from;
pub use symbol::Sym;
pub use trade_date::NotADate;
pub use trade_date::TradeDate;
