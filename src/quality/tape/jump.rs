//! Jumps: a price that moves by far more than it usually does.
//!
//! Two measures must agree: a share of the price (`jump_share` between trades at most a minute
//! apart, `jump_bar_share` from a bar's close to the next bar's open) and a multiple (`jump_scale`)
//! of the usual change, an exponential mean over about a hundred changes that a jump cannot lift by
//! itself. The range of a bar has its own limit (`bar_range_share`). The crashes of 2015-08-24 and
//! March 2020 stay below. A new session or a longer pause is not compared, nor products that are
//! not configured.

use crate::market::Px;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Findings;
use crate::quality::fact::What;
use crate::quality::tape::Moment;

/// Longest pause over which trades are compared, microseconds.
const PAUSE: i64 = 60_000_000;
/// Weight of a new change in the mean.
const WEIGHT: f64 = 0.01;
/// A change enters the mean as at most so many times the mean.
const CAP: f64 = 5.0;

#[derive(Clone, Copy, Debug)]
struct Last {
    ts: i64,
    px: Px,
    session: i64,
}

/// The last price of trades and of bars, and how much they usually change.
#[derive(Clone, Debug, Default)]
pub(super) struct Jump {
    last: [Option<Last>; Fact::KINDS],
    usual: [f64; Fact::KINDS],
}

impl Jump {
    pub(super) fn see(&mut self, fact: &Fact, now: &Moment<'_>, out: &mut Findings) {
        let (Some(px), Some(tick)) = (fact.last_price(), now.tick) else { return };
        out.look(now.at, Code::Jump);
        let session = now.session.map_or(0, |session| session.open);
        let kind = fact.kind();
        let before = self.last[kind].replace(Last { ts: fact.ts, px, session });
        let (reached, pause, least) = match fact.what {
            What::Bar(bar) => {
                let share = (bar.h.nanos() - bar.l.nanos()) as f64 / bar.l.nanos() as f64;
                if share > now.limits.bar_range_share {
                    out.note(now.at, Code::Jump, Some(fact.ts), || {
                        format!("a bar from {} to {}", bar.l, bar.h)
                    });
                }
                (bar.o, i64::from(bar.dur) * 1_000_000, now.limits.jump_bar_share)
            }
            _ => (px, PAUSE, now.limits.jump_share),
        };
        let Some(before) = before.filter(|b| b.session == session) else { return };
        if !(0..=pause).contains(&fact.ts.saturating_sub(before.ts)) {
            return;
        }
        let change = (reached.nanos() - before.px.nanos()).abs() as f64;
        let usual = &mut self.usual[kind];
        let scale = usual.max(tick as f64);
        if change > least * before.px.nanos() as f64 && change > now.limits.jump_scale * scale {
            out.note(now.at, Code::Jump, Some(fact.ts), || {
                format!("from {} to {reached}", before.px)
            });
        }
        *usual += WEIGHT * (change.min(CAP * scale) - *usual);
    }
}
