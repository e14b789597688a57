//! How busy and how volatile each minute of a session is.

use crate::market::Session;

const MINUTE_US: i64 = 60_000_000;
const MINUTE_S: f64 = 60.0;

/// One minute.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Minute {
    /// Trades a second; 1 is the mean of regular hours times the configured rate.
    pub rate: f64,
    /// Standard deviation of the price after a second, ticks.
    pub sigma: f64,
    /// Typical queue at the touch, contracts.
    pub queue: f64,
    /// Whether it lies in regular hours.
    pub regular: bool,
}

/// The minutes of a session from its open.
#[derive(Clone, Debug)]
pub struct Shape {
    open: i64,
    minutes: Vec<Minute>,
}

impl Shape {
    /// The shape of `session`: U in regular hours, light outside with a bump in the London morning
    /// and before the open. `rate` is trades a second in regular hours, `day_sigma` the standard
    /// deviation of a day's price change in ticks, three quarters of its square in regular hours.
    pub fn new(session: &Session, rate: f64, day_sigma: f64) -> Self {
        let count = (session.close - session.open).div_euclid(MINUTE_US).max(1) as usize;
        let regular_mean = regular_mean(session);
        let unit = day_sigma * (0.75 / 23_400.0_f64).sqrt();
        let minutes = (0..count)
            .map(|i| {
                let ts = session.open + i as i64 * MINUTE_US;
                let regular = session.rth.is_some_and(|(from, to)| (from..to).contains(&ts));
                let busy = if regular {
                    activity(session, ts) / regular_mean
                } else {
                    activity(session, ts)
                };
                Minute {
                    rate: rate * busy,
                    sigma: unit * busy.sqrt(),
                    queue: (10.0 + 20.0 * busy.sqrt()) * (rate / 3.0).clamp(0.3, 10.0),
                    regular,
                }
            })
            .collect();
        Self { open: session.open, minutes }
    }

    /// The minute of a stamp (the nearest one outside the session).
    #[inline]
    pub fn at(&self, ts: i64) -> Minute {
        let index = (ts - self.open).div_euclid(MINUTE_US).max(0) as usize;
        self.minutes[index.min(self.minutes.len() - 1)]
    }
}

/// Mean activity of regular hours before it is brought to 1.
fn regular_mean(session: &Session) -> f64 {
    let Some((from, to)) = session.rth else { return 1.0 };
    let count = (to - from).div_euclid(MINUTE_US).max(1);
    (0..count).map(|m| activity(session, from + m * MINUTE_US)).sum::<f64>() / count as f64
}

/// Relative number of trades in the minute that starts at `ts`.
fn activity(session: &Session, ts: i64) -> f64 {
    let minutes = |us: i64| us as f64 / MINUTE_US as f64;
    let opening = 0.06 * libm::exp(-minutes(ts - session.open) / 10.0);
    let Some((from, to)) = session.rth else { return 0.05 + opening };
    if (from..to).contains(&ts) {
        let (since, left) = (minutes(ts - from), minutes(to - ts) - 1.0);
        return 0.62 + 1.5 * libm::exp(-since / 18.0) + 1.1 * libm::exp(-left / 20.0);
    }
    let night = if ts < from {
        let before = minutes(from - ts);
        if before <= MINUTE_S {
            0.20
        } else if before <= 6.5 * MINUTE_S {
            0.09
        } else {
            0.035
        }
    } else if minutes(ts - to) < 15.0 {
        0.30
    } else {
        0.05
    };
    night + opening
}
