//! Tape speed against what is usual at this time of day (QUANT 1.3, feature 8).

use crate::features::history::SlotHistory;
use crate::features::moments::EwSums;
use crate::features::reason::Reason;
use crate::features::reason::Value;

/// Length of a bucket of the session, microseconds.
const BUCKET: i64 = 300_000_000;
/// Buckets of the longest session (24 h).
const BUCKETS: usize = 288;
/// Half-life of the fallback, minutes of regular hours.
const HALF_LIFE_MIN: f64 = 20.0;
/// Greatest magnitude; also the value at rate 0.
const CLIP: f64 = 4.0;

/// Base rates by 5-minute bucket of the session.
///
/// # Formula
/// `ln(rate_10/base)`, rates in contracts per second. Base: median over the last 20 sessions of the
/// rate in the same 5-minute bucket; with fewer than 5 sessions an exponentially weighted mean of
/// the one-minute rates of regular hours, half-life 20 min, the current minute excluded.
#[derive(Clone, Debug)]
pub struct TapeSpeed {
    history: SlotHistory,
    mean: EwSums<1>,
    cached: Option<(usize, Option<f64>)>,
}

/// A base rate and where it comes from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Base {
    /// Contracts per second.
    pub rate: f64,
    /// Whether it is the exponentially weighted fallback.
    pub fallback: bool,
}

impl TapeSpeed {
    /// Empty, with how many sessions to keep and to need.
    pub fn new(sessions_max: usize, sessions_min: usize) -> Self {
        Self {
            history: SlotHistory::new(BUCKETS, sessions_max, sessions_min),
            mean: EwSums::new(HALF_LIFE_MIN),
            cached: None,
        }
    }

    /// The base rate in force `elapsed` microseconds after the Globex open.
    pub fn base(&mut self, elapsed: i64) -> Option<Base> {
        let bucket = usize::try_from(elapsed / BUCKET).ok()?;
        let median = match self.cached {
            Some((cached, rate)) if cached == bucket => rate,
            _ => {
                let volume = self.history.median(bucket);
                let rate = volume.map(|volume| volume / (BUCKET / 1_000_000) as f64);
                self.cached = Some((bucket, rate));
                rate
            }
        };
        let mean = (self.mean.count() > 0).then(|| self.mean.sums()[0] / self.mean.weight());
        let base = match (median, mean) {
            (Some(rate), _) => Base { rate, fallback: false },
            (None, Some(rate)) => Base { rate, fallback: true },
            (None, None) => return None,
        };
        (base.rate > 0.0).then_some(base)
    }

    /// Adds the contracts of a closed minute (or input bar) that began `elapsed` microseconds after
    /// the Globex open.
    pub fn add(&mut self, elapsed: i64, volume: u64) {
        let bucket = usize::try_from(elapsed / BUCKET).unwrap_or(BUCKETS);
        if let Some(slot) = self.history.slot_mut(bucket) {
            *slot = Some(slot.unwrap_or(0) + volume);
        }
    }

    /// Takes the rate of a closed minute at regular-hours time `at`; after the output of its moment.
    pub fn sample(&mut self, at: i64, rate: f64) {
        self.mean.add(at, [rate]);
    }

    /// Ends a session that lasted `length` and was observed from `observed` microseconds after its
    /// open on: a bucket observed whole but without trades had rate 0.
    pub fn end_session(&mut self, length: i64, observed: i64, keep: bool) {
        for (i, slot) in self.history.current_mut().iter_mut().enumerate() {
            let start = i as i64 * BUCKET;
            let whole = start >= observed && start + BUCKET <= length;
            *slot = whole.then(|| slot.unwrap_or(0));
        }
        self.history.end_session(keep);
        self.cached = None;
    }
}

/// `of_tape_speed` at `rate` contracts per second.
pub fn log_rate(rate: f64, base: Option<Base>) -> Value {
    let base = base.ok_or(Reason::Warmup)?;
    if rate <= 0.0 {
        return Ok(-CLIP);
    }
    Ok(libm::log(rate / base.rate).clamp(-CLIP, CLIP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_gives_way_to_the_median_of_five_sessions() {
        let mut speed = TapeSpeed::new(20, 5);
        assert_eq!(speed.base(0), None);
        assert_eq!(log_rate(3.0, None), Err(Reason::Warmup));
        speed.sample(60_000_000, 4.0);
        assert_eq!(speed.base(0), Some(Base { rate: 4.0, fallback: true }));
        for session in 1..=5 {
            speed.add(BUCKET, 300 * session);
            speed.end_session(10 * BUCKET, 0, true);
        }
        assert_eq!(speed.base(BUCKET + 1), Some(Base { rate: 3.0, fallback: false }));
        // Observed without a trade: rate 0 is no base to compare with.
        assert_eq!(speed.base(0), None);
        // Not part of the sessions seen.
        assert_eq!(speed.base(10 * BUCKET), Some(Base { rate: 4.0, fallback: true }));
    }

    #[test]
    fn twice_the_base_is_ln_two_and_silence_is_minus_four() {
        let base = Some(Base { rate: 2.0, fallback: true });
        assert!((log_rate(4.0, base).unwrap() - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!(log_rate(0.0, base), Ok(-4.0));
        assert_eq!(log_rate(1e9, base), Ok(4.0));
    }
}
