//! When to send, when to try again, when to give up: pure rules, time is an argument.

use std::time::Duration;

/// How often and how stubbornly messages are sent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Manners {
    /// Messages that may be sent at once after a pause.
    pub burst: u32,
    /// Time in which one more may be sent.
    pub refill: Duration,
    /// Tries after the first.
    pub retries: u32,
    /// Wait before the first retry; it doubles with each.
    pub backoff: Duration,
    /// Longest wait that a server may ask for.
    pub wait_max: Duration,
    /// Age at which a message is not worth sending any more.
    pub age_max: Duration,
    /// Messages that may wait.
    pub queue_max: usize,
    /// Time that the end of the stream waits for what is queued.
    pub drain: Duration,
    /// Longest a request may take.
    pub timeout: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            burst: 5,
            refill: Duration::from_secs(2),
            retries: 3,
            backoff: Duration::from_secs(1),
            wait_max: Duration::from_mins(10),
            age_max: Duration::from_mins(5),
            queue_max: 100,
            drain: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        }
    }
}

/// What a server said.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Answer {
    /// A status, and what `Retry-After` asks for.
    Status(u16, Option<Duration>),
    /// No answer.
    None,
}

/// What to do with the message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It has arrived.
    Delivered,
    /// Try again after this time.
    Again(Duration),
    /// This message cannot be delivered.
    GiveUp,
    /// No message can be delivered there: wrong address, no permission.
    Closed,
}

impl Manners {
    /// What to do after try number `tries` (from 1).
    pub fn verdict(&self, answer: Answer, tries: u32) -> Verdict {
        let again = |asked: Option<Duration>| {
            if tries > self.retries {
                return Verdict::GiveUp;
            }
            let own = self.backoff.saturating_mul(1 << (tries - 1).min(16));
            // The server knows better than we do when it will listen.
            Verdict::Again(asked.unwrap_or(own).min(self.wait_max))
        };
        match answer {
            Answer::Status(200..=299, _) => Verdict::Delivered,
            Answer::Status(401 | 403 | 404 | 410, _) => Verdict::Closed,
            Answer::Status(408 | 425 | 429 | 500..=599, asked) => again(asked),
            Answer::Status(..) => Verdict::GiveUp,
            Answer::None => again(None),
        }
    }
}

/// The time that a `Retry-After` of seconds asks for (dates are not understood).
pub fn retry_after(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A token bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    burst: u32,
    refill: Duration,
    /// Tokens at `at`.
    tokens: f64,
    at: Duration,
}

impl Bucket {
    /// A full bucket at time zero.
    pub fn new(manners: &Manners) -> Self {
        let tokens = f64::from(manners.burst);
        Self { burst: manners.burst, refill: manners.refill, tokens, at: Duration::ZERO }
    }

    /// Takes a token at time `now`, or says how long to wait for one.
    ///
    /// # Errors
    /// The wait.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let refill = self.refill.as_secs_f64().max(1e-9);
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed / refill).min(f64::from(self.burst.max(1)));
        self.at = now.max(self.at);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) * refill))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn retries_double_their_wait_and_end() {
        let manners = Manners::default();
        for (tries, verdict) in [
            (1, Verdict::Again(S(1))),
            (2, Verdict::Again(S(2))),
            (3, Verdict::Again(S(4))),
            (4, Verdict::GiveUp),
        ] {
            assert_eq!(manners.verdict(Answer::Status(502, None), tries), verdict);
            assert_eq!(manners.verdict(Answer::None, tries), verdict);
        }
    }

    #[test]
    fn the_server_is_obeyed() {
        let manners = Manners::default();
        let asked = Some(Duration::from_millis(43_300));
        assert_eq!(
            manners.verdict(Answer::Status(429, asked), 1),
            Verdict::Again(Duration::from_millis(43_300))
        );
        let too_long = manners.verdict(Answer::Status(503, Some(S(86_400))), 1);
        assert_eq!(too_long, Verdict::Again(manners.wait_max));
        assert_eq!(manners.verdict(Answer::Status(204, None), 1), Verdict::Delivered);
        assert_eq!(manners.verdict(Answer::Status(404, None), 1), Verdict::Closed);
        assert_eq!(manners.verdict(Answer::Status(400, None), 1), Verdict::GiveUp);
        assert_eq!(manners.verdict(Answer::Status(301, None), 1), Verdict::GiveUp);
    }

    #[test]
    fn retry_after_is_a_number_of_seconds() {
        assert_eq!(retry_after(" 43.3"), Some(Duration::from_millis(43_300)));
        for wrong in ["", "-1", "NaN", "inf", "1e300", "Fri, 31 Dec 2027 23:59:59 GMT"] {
            assert_eq!(retry_after(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn five_at_once_then_one_each_refill() {
        let mut bucket = Bucket::new(&Manners::default());
        for _ in 0..5 {
            assert_eq!(bucket.take(S(100)), Ok(()));
        }
        assert_eq!(bucket.take(S(100)), Err(S(2)));
        assert_eq!(bucket.take(S(101)), Err(S(1)));
        assert_eq!(bucket.take(S(102)), Ok(()));
        assert!(bucket.take(S(102)).is_err());
        // A long pause gives the burst back and no more.
        assert_eq!((0..10).filter(|_| bucket.take(S(9000)).is_ok()).count(), 5);
    }
}
