//! Signals whose trade may still be open, for the exits that a pattern gives itself.

use crate::market::Px;
use crate::market::Side;
use crate::strategies::code::Code;
use crate::strategies::machine::Entered;
use crate::strategies::patterns::Pattern;

/// An entered signal that has an exit rule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct OpenTrade {
    pub(crate) id: String,
    pub(crate) pattern: Pattern,
    pub(crate) side: Side,
    pub(crate) stop: Px,
    /// As its machine knows it.
    pub(crate) entered: Entered,
}

/// Every signal of the session that may still be a trade.
///
/// This stage does not know the account: a signal counts until the regular close, and mia-risk
/// ignores the exit of an id that it does not hold. Bounded by the bars of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenTrades(Vec<OpenTrade>);

impl OpenTrades {
    pub(crate) fn add(&mut self, trade: OpenTrade) {
        self.0.push(trade);
    }

    /// Takes out the trades that `exit` gives a code for.
    pub(crate) fn end(
        &mut self,
        mut exit: impl FnMut(&OpenTrade) -> Option<Code>,
    ) -> Vec<(OpenTrade, Code)> {
        let mut ended = Vec::new();
        let mut open = 0;
        while let Some(trade) = self.0.get(open) {
            match exit(trade) {
                Some(code) => ended.push((self.0.remove(open), code)),
                None => open += 1,
            }
        }
        ended
    }

    /// The regular session is over, or the contract changed.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
