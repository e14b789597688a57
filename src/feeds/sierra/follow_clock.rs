//! The clocks of a source that follows a file. Passed in, so that tests need no time.

use crate::stream::clock;
use std::time::Duration;
use std::time::Instant;

/// Two clocks, and waiting.
pub trait FollowClock {
    /// Microseconds since the Unix epoch, UTC; somebody may set this clock.
    fn utc_us(&mut self) -> i64;
    /// Microseconds since the clock was made; never goes back.
    fn mono_us(&mut self) -> i64;
    /// Waits so many microseconds.
    fn wait_us(&mut self, us: i64);
}

/// The system's clocks.
#[derive(Debug)]
pub struct SystemFollowClock(Instant);

impl SystemFollowClock {
    /// Clocks that start now.
    pub fn start() -> Self {
        Self(clock::instant())
    }
}

impl FollowClock for SystemFollowClock {
    fn utc_us(&mut self) -> i64 {
        clock::now_us()
    }
    fn mono_us(&mut self) -> i64 {
        (clock::instant() - self.0).as_micros() as i64
    }
    fn wait_us(&mut self, us: i64) {
        std::thread::sleep(Duration::from_micros(us.max(0).unsigned_abs()));
    }
}
