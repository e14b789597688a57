//! Signals whose trade may still be open, for the exits that a pattern gives itself.

use crate::market::Px;
use crate::market::Side;
use crate::strategies::code::Code;
use crate::strategies::patterns::Pattern;

/// An entered signal that has an exit rule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct OpenTrade {
    pub(crate) id: String,
    pub(crate) pattern: Pattern,
    pub(crate) side: Side,
    pub(crate) stop: Px,
    pub(crate) exits: &'static [Code],
}

/// Every signal of the session that may still be a trade.
///
/// This stage does not know the account: a signal counts until the regular close, and mia-risk
/// ignores the exit of an id that it does not hold. Bounded by the bars of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenTrades(Vec<OpenTrade>);

impl OpenTrades {
    pub(crate) fn add(&mut self, trade: OpenTrade) {
        if !trade.exits.is_empty() {
            self.0.push(trade);
        }
    }

    /// Takes out the trades that `code` ends.
    pub(crate) fn end(&mut self, code: Code) -> Vec<OpenTrade> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let (ended, open) = self.0.drain(..).partition(|trade| trade.exits.contains(&code));
        self.0 = open;
        ended
    }

    /// The regular session is over, or the contract changed.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
