//! Whether trading is permitted at all: KILL, MODE, SESS, NEWS.

use super::Situation;
use super::decided;
use super::noted;
use super::unanswered;
use crate::risk::limits::Mode;
use crate::wire::Check;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

impl Situation<'_> {
    /// No kill switch, no latch that a person has to open.
    pub(super) fn kill(&self) -> Check {
        let halt = self.latches.halt();
        let value = f64::from(u8::from(halt.is_some()));
        noted("KILL", Some(value), Some(0.0), halt.is_none(), halt)
    }

    /// Real orders need a valid gate and a live stream whose records nobody made up. The value is the
    /// number of conditions that are not met; the first is named.
    pub(super) fn mode(&self) -> Check {
        if self.limits.mode == Mode::Paper {
            return noted("MODE", None, None, true, Some("paper"));
        }
        let stream = self.stream;
        let is_live = stream.is_some_and(|(mode, _)| mode == StreamMode::Live);
        let is_run = stream.is_some_and(|(_, phase)| phase == StreamPhase::Run);
        let missing = [
            self.gate,
            (!is_live).then_some("stream_not_live"),
            (!is_run).then_some("phase_not_run"),
            self.context.synthetic.then_some("synthetic"),
            self.simulated.then_some("simulated_account"),
        ];
        let count = missing.iter().flatten().count();
        let first = missing.into_iter().flatten().next();
        noted("MODE", Some(count as f64), Some(0.0), count == 0, first)
    }

    /// The hour is that of the newest time that is known, which can be ahead of the signal's.
    pub(super) fn session(&self) -> Check {
        let now = self.ct().max(self.now);
        let Some(window) = self.window else { return unanswered("SESS", None, "no_calendar") };
        let Some((from, until)) = window.entries else {
            return noted("SESS", None, None, false, Some("no_rth"));
        };
        let bound = if now < from { from } else { until };
        decided("SESS", window.minute(now), window.minute(bound), window.allows_entry(now))
    }

    /// No dated release near. The value is the distance to the release in minutes, below zero before
    /// it.
    pub(super) fn news(&self) -> Check {
        let ct = self.ct();
        if !self.events.covers(ct) {
            return unanswered("NEWS", None, "no_dates");
        }
        let Some(event) = self.events.at(ct) else { return decided("NEWS", None, None, true) };
        let minutes = |us: i64| us as f64 / 60e6;
        let limit = if ct < event.at { event.from - event.at } else { event.until - event.at };
        decided("NEWS", Some(minutes(ct - event.at)), Some(minutes(limit)), false)
    }
}
