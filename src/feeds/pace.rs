//! Replay at the speed of the recorded time.

use crate::stream::SourceOut;
use crate::stream::clock;
use crate::wire::Failure;
use std::time::Duration;
use std::time::Instant;

/// Longest single wait: between waits the loop looks for signals.
const WAIT_US_MAX: i64 = 100_000;

/// A clock that can wait. Passed in, so that tests need no time.
pub trait PaceClock {
    /// Microseconds since the clock was made.
    fn elapsed_us(&mut self) -> i64;
    /// Waits so many microseconds.
    fn wait_us(&mut self, us: i64);
}

/// The system's monotonic clock.
#[derive(Debug)]
pub struct SystemPace(Instant);

impl SystemPace {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(clock::instant())
    }
}

impl PaceClock for SystemPace {
    fn elapsed_us(&mut self) -> i64 {
        (clock::instant() - self.0).as_micros() as i64
    }
    fn wait_us(&mut self, us: i64) {
        std::thread::sleep(Duration::from_micros(us.max(0).unsigned_abs()));
    }
}

/// How fast recorded time passes.
pub struct Pace {
    clock: Box<dyn PaceClock>,
    speed: f64,
    from: Option<i64>,
    start: Option<(i64, i64)>,
}

impl Pace {
    /// Recorded time passes `speed` times as fast as the clock's; records before `from` do not
    /// wait (they prepare state or are not written at all).
    ///
    /// # Errors
    /// The speed is not a number above 0.
    pub fn new(clock: Box<dyn PaceClock>, speed: f64, from: Option<i64>) -> Result<Self, String> {
        if !speed.is_finite() || speed <= 0.0 {
            return Err(format!("speed {speed} is not a number above 0"));
        }
        Ok(Self { clock, speed, from, start: None })
    }

    /// Whether the time of a record stamped `ts` has come. If not, what was written goes out and a
    /// part of the time is waited.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn is_due(&mut self, ts: i64, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        if self.from.is_some_and(|from| ts < from) {
            return Ok(true);
        }
        let now = self.clock.elapsed_us();
        let (first_ts, first_at) = *self.start.get_or_insert((ts, now));
        let due = first_at + ((ts - first_ts) as f64 / self.speed) as i64;
        if due <= now {
            return Ok(true);
        }
        out.before_wait()?;
        self.clock.wait_us((due - now).min(WAIT_US_MAX));
        Ok(false)
    }
}
