//! Option chains as features and levels: the book of contracts, when it is valued, the ratio that
//! maps the index to the future, and what is in force.

mod adopted;
mod basis;
mod book;
mod fold;
mod levels;
#[cfg(test)]
mod mirror;
mod prices;
mod worker;

pub use adopted::View;
pub use basis::Basis;
pub use basis::Carry;
pub use basis::Reference;
pub use book::Unused;
pub use fold::OptionFold;
pub use fold::OptionValues;
pub use levels::OptionLevel;
pub use worker::OptionWork;
