//! Quotes: none at all, crossed, locked; and trades far outside the quote in force.
//!
//! A quote is judged in open hours only: before the open a book may be crossed. A trade is compared
//! with a quote of at most `quote_age_ms` and may be `outside_ticks` ticks, or twice the spread,
//! beyond it: quotes lag behind trades, most in a fast market.

use crate::market::Px;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// The quote in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Touch {
    quote: Option<(i64, Px, Px)>,
}

impl Touch {
    /// `priced`: whether the price of the fact is one.
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings, priced: bool) {
        if let Some(book) = fact.book().filter(|_| now.open) {
            let both = book.bid.zip(book.ask);
            let two_sided = both.filter(|_| book.bsz > 0 && book.asz > 0);
            for code in [Code::NoBook, Code::Crossed, Code::Locked] {
                out.look(now.at, code);
            }
            if book.bid.is_none() && book.ask.is_none() {
                out.note(now.at, Code::NoBook, Some(fact.ts), || "neither bid nor ask".into());
            }
            if let Some((bid, ask)) = two_sided.filter(|(bid, ask)| bid >= ask) {
                // Stocks lock as a matter of course: only known products are judged.
                let code = if bid > ask { Code::Crossed } else { Code::Locked };
                if bid > ask || now.tick.is_some() {
                    out.note(now.at, code, Some(fact.ts), || format!("bid {bid}, ask {ask}"));
                }
            }
            let sound = two_sided.filter(|(bid, ask)| bid < ask);
            self.quote = sound.map(|(bid, ask)| (fact.ts, bid, ask));
        }
        let px = match fact.what {
            What::Trade { px, .. } => px,
            What::Snapshot(row) => match row.px {
                Some(px) => px,
                None => return,
            },
            _ => return,
        };
        let (Some((ts, bid, ask)), Some(tick)) = (self.quote, now.tick) else { return };
        let age = fact.ts.saturating_sub(ts);
        if !priced || !now.open || age < 0 || age > now.limits.quote_age_ms.saturating_mul(1000) {
            return;
        }
        out.look(now.at, Code::OutsideQuote);
        let spread = ask.nanos() - bid.nanos();
        let room = tick.saturating_mul(now.limits.outside_ticks).max(spread.saturating_mul(2));
        let outside = (px.nanos() - ask.nanos()).max(bid.nanos() - px.nanos());
        if outside > room {
            out.note(now.at, Code::OutsideQuote, Some(fact.ts), || {
                format!("trade at {px}, bid {bid}, ask {ask}")
            });
        }
    }
}
