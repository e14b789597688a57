//! The calculators: price and Greeks, implied volatility; for one option or line by line.

mod contract;
mod iv;
mod price;
mod requests;

pub(super) use iv::Iv;
pub(super) use price::Price;

use clap::ValueEnum;

/// How one answer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// A JSON object an option, a line each.
    Json,
}
