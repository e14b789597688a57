//! What the exchange did not believe, told to people: a print or bar while it is closed, off the tick
//! grid, or far ahead of the market.

use crate::matching::Ignored;
use crate::risk::RiskStage;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Kind;
use crate::wire::Record;

/// A reason is told once in so much event time, microseconds.
const AGAIN_US: i64 = 3_600_000_000;

/// The hour in which each reason was last told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ignoring {
    closed: Option<i64>,
    off_grid: Option<i64>,
    ahead: Option<i64>,
}

impl RiskStage {
    /// Says what was not believed with `record`, or is known with it to be wrong; `before` are the counts
    /// without it. Quotes before the open and wild prices are usual and only counted.
    #[inline]
    pub(super) fn say_ignored(&mut self, before: &Ignored, record: &Record, out: &mut dyn Emit) {
        if self.exchange.ignored().total() != before.total() || self.exchange.has_stepped_back() {
            self.say_why_ignored(before, record, out);
        }
    }

    #[cold]
    fn say_why_ignored(&mut self, before: &Ignored, record: &Record, out: &mut dyn Emit) {
        let now = *self.exchange.ignored();
        // No time passes with what is not believed: the alert is of the time that is known.
        let known = self.exchange.now();
        let ts = if known == i64::MIN { record.ts() } else { known };
        let contradicted = now.ahead > before.ahead || self.exchange.has_stepped_back();
        let refuted = self.exchange.refuted_stamp().filter(|_| contradicted);
        let stamp = refuted.unwrap_or(record.ts());
        let is_quote = record.kind() == Kind::Quote;
        let (told, code, msg) = if refuted.is_some() {
            let msg =
                "a record before this one is stamped ahead of the market; look for it upstream";
            (&mut self.ignoring.ahead, "stamped_ahead", msg)
        } else if now.off_grid > before.off_grid {
            let msg = "a price off the tick grid moved nothing; look for the instrument's tick";
            (&mut self.ignoring.off_grid, "off_tick_price", msg)
        } else if now.closed > before.closed && !is_quote {
            let msg = "a trade or bar stamped while the exchange is closed moved nothing; \
                       often a wrong time zone";
            (&mut self.ignoring.closed, "closed_hours", msg)
        } else {
            return;
        };
        if told.replace(ts.div_euclid(AGAIN_US)) == Some(ts.div_euclid(AGAIN_US)) {
            return;
        }
        let alert = Alert {
            ts,
            sym: record.sym(),
            by: By::Risk,
            level: AlertLevel::Warning,
            code: code.into(),
            msg: msg.into(),
            data: Some(serde_json::json!({ "stamp": stamp })),
        };
        out.after(&alert.into());
    }
}
