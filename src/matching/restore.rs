//! Brackets that come back after the process that simulated them ended.

use crate::market::Px;
use crate::market::Sym;
use crate::matching::Exchange;
use crate::matching::Fact;
use crate::matching::bracket::Bracket;
use crate::wire::Leg;
use crate::wire::Order;

/// The open part of a bracket as a journal knows it. What of its entry had not filled is gone.
#[derive(Clone, PartialEq, Debug)]
pub struct KeptBracket {
    /// The order that opened it.
    pub order: Order,
    /// Contracts open, above zero.
    pub open: u64,
    /// Protective stop as last acknowledged.
    pub stop: Px,
    /// Targets that still work: price and contracts.
    pub targets: Vec<(Px, u64)>,
    /// Executions so far of entry, stop, target and flatten, so that no id comes twice.
    pub executions: [u32; 4],
    /// When its closing was decided, if it was, microseconds UTC.
    pub closing: Option<i64>,
}

/// A request of which nothing was heard before the process ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostRequest {
    /// The order.
    pub order: String,
    /// Contract.
    pub sym: Sym,
    /// The leg that it concerned.
    pub leg: Leg,
    /// Contracts that will not come.
    pub qty: u64,
}

impl Exchange {
    /// Puts brackets back to work, acknowledges their stops and targets once more (the process may
    /// have ended before it could say so), and ends what was lost (cancel `lost`), before the first
    /// record at `now` (microseconds UTC) is folded. A bracket that the exchange does not list is left out;
    /// `false` says that there was one.
    #[must_use]
    pub fn restore(&mut self, kept: &[KeptBracket], lost: &[LostRequest], now: i64) -> bool {
        let (mut all, mut working) = (true, Vec::new());
        let latency = self.rules.latency_us.max(1);
        for bracket in kept {
            let listing = self.listings().find(&bracket.order.sym);
            match listing.and_then(|listing| Bracket::restored(bracket, listing, latency, now)) {
                Some(bracket) => {
                    bracket.work_again(now, &mut working);
                    self.take(bracket);
                }
                None => all = false,
            }
        }
        for (at, fact) in working {
            self.tell(at, fact);
        }
        for request in lost {
            let fact = Fact::cancel(&request.order, request.sym, request.leg, request.qty, "lost");
            self.tell(now, fact);
        }
        all
    }
}
