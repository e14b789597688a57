//! The levels that a chain gives (QUANT 5.1).

use crate::features::options::adopted::Adopted;
use crate::features::options::adopted::Mapped;
use crate::features::options::adopted::Move;
use crate::market::Sym;

/// A level as a price of the future.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OptionLevel {
    /// `CW`, `PW`, `AW`, `FLIP`, `EM+1` or `EM-1`.
    pub name: &'static str,
    /// `GAMMA` or `EM`.
    pub family: &'static str,
    /// Price, points.
    pub price: f64,
    /// Weight.
    pub weight: f64,
    /// Underlying and source.
    pub source: Sym,
    /// Time of the quotes behind it, microseconds UTC.
    pub asof: i64,
}

/// The levels of a valuation: walls, flip, and one expected move to either side of where it starts.
/// The strike of the greatest gross exposure is a level of its own only where it is neither wall.
pub fn of(adopted: &Adopted, mapped: &Mapped, expected: Option<Move>) -> Vec<OptionLevel> {
    let level = |name, family, weight, asof| {
        let source = adopted.source;
        move |price| OptionLevel { name, family, price, weight, source, asof }
    };
    let gamma = |name, weight| level(name, "GAMMA", weight, adopted.asof);
    let is_wall = |price: f64| {
        [mapped.call_wall, mapped.put_wall]
            .into_iter()
            .flatten()
            .any(|wall| wall.to_bits() == price.to_bits())
    };
    let mut levels = Vec::with_capacity(6);
    levels.extend(mapped.call_wall.map(gamma("CW", 0.6)));
    levels.extend(mapped.put_wall.map(gamma("PW", 0.6)));
    levels.extend(mapped.abs_wall.filter(|price| !is_wall(*price)).map(gamma("AW", 0.5)));
    levels.extend(mapped.flip.map(gamma("FLIP", 0.5)));
    if let Some(Move { sigma, center, asof }) = expected {
        for (name, sign) in [("EM+1", 1.0), ("EM-1", -1.0)] {
            levels.push(level(name, "EM", 0.4, asof)((center + sign * sigma) * mapped.ratio));
        }
    }
    levels
}
