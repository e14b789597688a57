//! What is watched after orders were sent: STOP, RECON, HB. What they find latches or flattens; here an
//! entry is held against it.

use super::Situation;
use super::decided;
use super::noted;
use super::unanswered;
use crate::risk::latch::Latches;
use crate::wire::Check;

impl Situation<'_> {
    /// Every open position has a stop that works: the value is for how long one has been waited for,
    /// milliseconds.
    pub(super) fn stop(&self) -> Check {
        let limit_us = self.limits.stop_ack_us;
        let waited = self.unprotected_us.unwrap_or(0);
        let ok = self.unprotected_us.is_none_or(|waited| waited <= limit_us);
        decided("STOP", Some(waited as f64 / 1000.0), Some(limit_us as f64 / 1000.0), ok)
    }

    /// Own and broker's position are the same, as far as the broker said.
    pub(super) fn reconciled(&self) -> Check {
        let differ = self.latches.reason(Latches::RECON).is_some();
        decided("RECON", Some(f64::from(u8::from(differ))), Some(0.0), !differ)
    }

    /// The feed and the broker are heard of: the value is the silence of the feed, milliseconds.
    pub(super) fn heartbeat(&self) -> Check {
        let limit_us = self.limits.heartbeat_us;
        let limit = Some(limit_us as f64 / 1000.0);
        if self.context.feed_down {
            return noted("HB", None, limit, false, Some("feed_down"));
        }
        if self.latches.reason(Latches::STALE).is_some() {
            return noted("HB", None, limit, false, Some("latched"));
        }
        let Some(heard) = self.context.heard else { return unanswered("HB", limit, "no_records") };
        let silence = (self.ct() - heard).max(0);
        decided("HB", Some(silence as f64 / 1000.0), limit, silence <= limit_us)
    }
}
