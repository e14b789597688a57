//! The daily restart of the broker's gateway: nothing may be open through it.

use crate::config::Session;
use crate::market::DailyTime;
use crate::wire::Failure;
use crate::wire::FailureClass;

const MINUTE_US: i64 = 60_000_000;

/// When the gateway restarts, and how far from it everything stays.
#[derive(Clone, Debug)]
pub(super) struct GatewayRestart {
    time: Option<DailyTime>,
    margin_us: i64,
    /// The restart that is next, or not yet far enough behind, microseconds UTC.
    at: i64,
}

impl GatewayRestart {
    /// The restart of the configuration.
    ///
    /// # Errors
    /// A time that is not `HH:MM Area/City`.
    pub(super) fn new(hours: &Session) -> Result<Self, Failure> {
        let text = &hours.gateway_restart;
        let time = DailyTime::parse(text);
        if time.is_none() && !text.is_empty() {
            let message = format!("session.gateway_restart: `{text}` is not `HH:MM Area/City`");
            return Err(Failure::new(FailureClass::Config, message));
        }
        let at = if time.is_some() { i64::MIN } else { i64::MAX };
        Ok(Self { time, margin_us: hours.gateway_margin_min.max(0) * MINUTE_US, at })
    }

    /// Whether no entry may be sent at `now` (microseconds UTC): from two margins before the restart
    /// to one after it.
    #[inline]
    pub(super) fn closes_entries(&mut self, now: i64) -> bool {
        self.is_within(now, 2)
    }

    /// Whether nothing may be open at `now`: from one margin before the restart to one after it.
    #[inline]
    pub(super) fn must_be_flat(&mut self, now: i64) -> bool {
        self.is_within(now, 1)
    }

    #[inline]
    fn is_within(&mut self, now: i64, margins: i64) -> bool {
        if now >= self.at.saturating_add(self.margin_us) {
            self.look_ahead(now);
        }
        now >= self.at.saturating_sub(margins * self.margin_us)
    }

    /// The first restart that is not a margin behind.
    #[cold]
    fn look_ahead(&mut self, now: i64) {
        let from = now.saturating_sub(self.margin_us).saturating_add(1);
        let next = self.time.as_ref().and_then(|time| time.at_or_after(from));
        self.at = next.unwrap_or(i64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2024-01-08 23:45 in New York, microseconds UTC.
    const RESTART: i64 = 1_704_775_500_000_000;

    fn restart(text: &str) -> GatewayRestart {
        let hours = Session { gateway_restart: text.into(), ..Session::default() };
        GatewayRestart::new(&hours).unwrap()
    }

    #[test]
    fn entries_close_ten_minutes_before_and_all_is_flat_five_before_until_five_after() {
        let mut gate = restart("23:45 America/New_York");
        for (minutes, entries, flat) in [
            (-10.001, false, false),
            (-10.0, true, false),
            (-5.001, true, false),
            (-5.0, true, true),
            (0.0, true, true),
            (4.999, true, true),
            (5.0, false, false),
            (24.0 * 60.0 - 10.0, true, false),
            (24.0 * 60.0 - 5.0, true, true),
        ] {
            let now = RESTART + (minutes * MINUTE_US as f64) as i64;
            assert_eq!(gate.closes_entries(now), entries, "{minutes}");
            assert_eq!(gate.must_be_flat(now), flat, "{minutes}");
        }
    }

    #[test]
    fn without_a_restart_nothing_closes_and_nonsense_is_refused() {
        let mut none = restart("");
        assert!(!none.closes_entries(RESTART) && !none.must_be_flat(i64::MAX >> 1));
        let hours = Session { gateway_restart: "23:45".into(), ..Session::default() };
        assert!(GatewayRestart::new(&hours).is_err());
    }

    proptest! {
        /// What it says does not depend on when it was asked before.
        #[test]
        fn it_remembers_nothing(steps in prop::collection::vec(0_i64..2000, 1..40)) {
            let mut gate = restart("23:45 America/New_York");
            let mut now = RESTART;
            for step in steps {
                now += step * MINUTE_US;
                let fresh = restart("23:45 America/New_York").must_be_flat(now);
                prop_assert_eq!(gate.must_be_flat(now), fresh);
                let fresh = restart("23:45 America/New_York").closes_entries(now);
                prop_assert_eq!(gate.closes_entries(now), fresh);
            }
        }
    }
}
