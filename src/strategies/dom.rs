//! The gate of the book: nothing triggers in a thin one (QUANT 5.2).

use crate::config::Patterns;
use crate::market::Instrument;
use crate::strategies::code::Code;
use crate::wire::Auxiliaries;

/// Limits of the book where depth is in the stream; without depth it lets everything pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DomGate {
    levels_min: u32,
    contracts_min: u64,
    spread_points_max: f64,
}

impl DomGate {
    pub(crate) fn new(patterns: &Patterns, instrument: &Instrument) -> Self {
        Self {
            levels_min: patterns.dom_levels_min,
            contracts_min: patterns.dom_contracts_min,
            spread_points_max: patterns.dom_spread_ticks_max * instrument.tick_points(),
        }
    }

    /// The code of a book that is too thin or too wide.
    pub(crate) fn degraded(&self, x: &Auxiliaries) -> Option<Code> {
        let few = x.book_n? < self.levels_min;
        let thin = |side: Option<u64>| side.is_some_and(|contracts| contracts < self.contracts_min);
        let wide = x.spread.is_some_and(|spread| spread.0 > self.spread_points_max);
        (few || wide || thin(x.book_bid) || thin(x.book_ask)).then_some(Code::DomDegraded)
    }
}
