//! Average daily volume of the product (QUANT 3.8, `opt_charm_flow`).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use std::collections::VecDeque;

/// How late after a session's open the first record may come for the session to count as whole,
/// microseconds.
const SEEN_WITHIN: i64 = 5 * 60_000_000;

/// Contracts of the product traded in each of the last whole sessions.
///
/// # Formula
/// `adv` is the mean over the last `context.history_sessions` (20) whole sessions of the contracts
/// traded from Globex open to close, at least `context.history_min` (5) of them. A session is whole
/// if the stream goes back to its open. Sessions without regular hours are no trading days of the
/// cash market and are left out, and so are sessions without a trade: an absent feed is not a volume
/// of 0. It is frozen at each Globex close; the running session is never in it.
#[derive(Clone, Debug)]
pub struct SessionVolume {
    first: Option<i64>,
    past: VecDeque<u64>,
    most: usize,
    least: usize,
}

impl SessionVolume {
    /// Empty, keeping `most` sessions and answering from `least` on.
    pub fn new(most: usize, least: usize) -> Self {
        Self { first: None, past: VecDeque::new(), most, least }
    }

    /// The stream has records of the product from `at` on; the first call counts.
    pub fn start(&mut self, at: i64) {
        self.first.get_or_insert(at);
    }

    /// A session ends that opened at `open`, with regular hours or without, in which `traded`
    /// contracts of the product changed hands.
    pub fn end_session(&mut self, open: i64, regular: bool, traded: u64) {
        let whole = self.first.is_some_and(|first| first <= open.saturating_add(SEEN_WITHIN));
        if !whole || !regular || traded == 0 {
            return;
        }
        if self.past.len() >= self.most.max(1) {
            self.past.pop_front();
        }
        self.past.push_back(traded);
    }

    /// Average daily volume, contracts.
    ///
    /// # Errors
    /// `no_adv` with too few whole sessions.
    pub fn adv(&self) -> Value {
        if self.past.len() < self.least.max(1) {
            return Err(Reason::NoAdv);
        }
        let total: u128 = self.past.iter().map(|traded| u128::from(*traded)).sum();
        Ok(total as f64 / self.past.len() as f64)
    }

    /// Whole sessions that the average stands on.
    pub fn sessions(&self) -> usize {
        self.past.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_of_the_last_whole_sessions_with_regular_hours() {
        let mut volume = SessionVolume::new(20, 5);
        volume.start(1_000_000_000);
        // Joined late: not whole.
        volume.end_session(0, true, 9_000);
        for session in 1..=25_u64 {
            let expected = match session - 1 {
                0..=4 => Err(Reason::NoAdv),
                // Sessions 1 to n of 100 contracts times their number, the last 20.
                n => Ok((n.saturating_sub(19).max(1)..=n).map(|k| k as f64 * 100.0).sum::<f64>()
                    / n.min(20) as f64),
            };
            assert_eq!(volume.adv(), expected, "before session {session}");
            let open = session as i64 * 86_400_000_000;
            volume.end_session(open, true, session * 100);
            // A holiday and a silent day change nothing.
            volume.end_session(open, false, 1);
            volume.end_session(open, true, 0);
        }
        assert_eq!(volume.sessions(), 20);
    }

    #[test]
    fn without_a_record_nothing_is_whole() {
        let mut volume = SessionVolume::new(20, 1);
        volume.end_session(0, true, 5);
        assert_eq!(volume.adv(), Err(Reason::NoAdv));
        volume.start(SEEN_WITHIN);
        volume.start(0);
        volume.end_session(-1, true, 5);
        assert_eq!(volume.adv(), Err(Reason::NoAdv));
        volume.end_session(0, true, 5);
        assert_eq!(volume.adv(), Ok(5.0));
    }
}
