//! Prices by themselves: zero, off the tick grid, a bar that does not contain its open and close.

use crate::market::Px;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// No state: each record stands for itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Prices;

impl Prices {
    /// Whether the prices are prices at all.
    #[expect(clippy::unused_self, reason = "one of the folds, all called alike")]
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) -> bool {
        let prices = fact.prices();
        out.look(now.at, Code::ZeroPrice);
        let zero = prices.into_iter().flatten().find(|px| px.nanos() <= 0);
        if let Some(px) = zero {
            out.note(now.at, Code::ZeroPrice, Some(fact.ts), || format!("price {px}"));
        }
        if let Some(tick) = now.tick {
            out.look(now.at, Code::OffTick);
            let off = prices.into_iter().flatten().find(|px| px.nanos() % tick != 0);
            if let Some(px) = off {
                out.note(now.at, Code::OffTick, Some(fact.ts), || {
                    format!("price {px}, ticks of {}", Px::from_nanos(tick))
                });
            }
        }
        if let What::Bar(bar) = fact.what {
            out.look(now.at, Code::BarRange);
            if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
                out.note(now.at, Code::BarRange, Some(fact.ts), || {
                    format!("open {} high {} low {} close {}", bar.o, bar.h, bar.l, bar.c)
                });
            }
        }
        let missing = matches!(fact.what, What::Snapshot(row) if row.px.is_none());
        zero.is_none() && !missing
    }
}
