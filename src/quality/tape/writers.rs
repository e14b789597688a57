//! Two price streams in one: two programs, or two contracts, under one name.
//!
//! Either prices alternate between two levels: each step is at least `alternate_share` of the
//! price (and four spreads, where a quote is known), and two steps lead back to within a quarter of
//! it, `alternate_runs` times in a row. A market bounces between bid and ask, not further. Or two
//! rows within `twin_ms` agree in every volume but not in price or touch: two versions of one fact.

use crate::market::Px;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::Snapshot;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

#[derive(Clone, Copy, Debug, Default)]
struct Steps {
    last: i64,
    before: i64,
    run: u32,
}

/// The last prices of trades and of quotes, and the last foreign row.
#[derive(Clone, Debug, Default)]
pub(super) struct Writers {
    steps: [Steps; Fact::KINDS],
    spread: i64,
    row: Option<(i64, Snapshot)>,
}

impl Writers {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        if let What::Snapshot(row) = fact.what {
            self.versions(row, fact, now, out);
        }
        let price = match fact.what {
            What::Quote(book) => {
                let Some((bid, ask)) = book.bid.zip(book.ask).filter(|(b, a)| b < a) else {
                    return;
                };
                self.spread = ask.nanos() - bid.nanos();
                bid.nanos() / 2 + ask.nanos() / 2
            }
            What::Trade { px, .. } => px.nanos(),
            What::Snapshot(row) => row.px.map_or(0, Px::nanos),
            What::Bar(_) | What::Depth { .. } => return,
        };
        if let Some(tick) = now.tick.filter(|_| price > 0 && now.open) {
            self.alternation(price, tick, fact, now, out);
        }
    }

    fn alternation(
        &mut self,
        price: i64,
        tick: i64,
        fact: &Fact,
        now: &Moment<'_>,
        out: &mut Findings,
    ) {
        let steps = &mut self.steps[fact.kind()];
        out.look(now.at, Code::Writers);
        if price == steps.last {
            return;
        }
        let least = (price as f64 * now.limits.alternate_share) as i64;
        let least = least.max(self.spread.saturating_mul(4)).max(tick * 2);
        let (step, two) = ((price - steps.last).abs(), (price - steps.before).abs());
        let came = (steps.last - steps.before).abs();
        let back = step >= least && came >= least && two <= step / 4;
        steps.run = if back { steps.run + 1 } else { 0 };
        let (run, other) = (steps.run, steps.last);
        (steps.before, steps.last) = (steps.last, price);
        if run >= now.limits.alternate_runs {
            out.note(now.at, Code::Writers, Some(fact.ts), || {
                let (a, b) = (Px::from_nanos(other), Px::from_nanos(price));
                format!("prices alternate between {a} and {b}")
            });
        }
    }

    fn versions(&mut self, row: Snapshot, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        out.look(now.at, Code::Writers);
        let Some((ts, old)) = self.row.replace((fact.ts, row)) else { return };
        let soon =
            (0..=now.limits.twin_ms.saturating_mul(1000)).contains(&fact.ts.saturating_sub(ts));
        let volumes = |s: Snapshot| (s.v, s.bv, s.av);
        let rest = |s: Snapshot| (s.px, s.bid, s.ask);
        if soon && row.v.is_some() && volumes(old) == volumes(row) && rest(old) != rest(row) {
            out.note(now.at, Code::Writers, Some(fact.ts), || {
                let show = |px: Option<Px>| px.map_or_else(|| "none".into(), |px| px.to_string());
                format!(
                    "two versions of one row: price {} with bid {}, price {} with bid {}",
                    show(old.px),
                    show(old.bid),
                    show(row.px),
                    show(row.bid)
                )
            });
        }
    }
}
