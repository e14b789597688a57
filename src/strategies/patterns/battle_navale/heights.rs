//! How high a base may be: the heights of past sessions.

use std::collections::VecDeque;

/// Sessions whose heights are remembered.
const SESSIONS: usize = 20;
/// Sessions below which there is no quantile.
const SESSIONS_MIN: usize = 5;

/// Heights by ticks, lowest first, with their counts. Bounded by the range of prices of a session.
type Counts = Vec<(i64, u64)>;

/// The heights of every run of `base_bars` bars of regular hours.
#[derive(Clone, Debug, Default)]
pub(super) struct Heights {
    session: Counts,
    past: VecDeque<Counts>,
}

impl Heights {
    /// Counts a height of the running session, ticks.
    pub(super) fn push(&mut self, height: i64) {
        match self.session.binary_search_by_key(&height, |(ticks, _)| *ticks) {
            Ok(at) => self.session[at].1 += 1,
            Err(at) => self.session.insert(at, (height, 1)),
        }
    }

    /// The running session is over. One without a single height does not count.
    pub(super) fn end_session(&mut self) {
        if self.session.is_empty() {
            return;
        }
        if self.past.len() == SESSIONS {
            self.past.pop_front();
        }
        self.past.push_back(std::mem::take(&mut self.session));
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.session.clear();
        self.past.clear();
    }

    /// The nearest-rank quantile of all heights of the past sessions: the smallest height with at
    /// least `ceil(q * n)` heights up to it; `None` for q = 0 or fewer than five sessions.
    pub(super) fn quantile(&self, q: f64) -> Option<i64> {
        if q <= 0.0 || self.past.len() < SESSIONS_MIN {
            return None;
        }
        let mut all: Counts = self.past.iter().flatten().copied().collect();
        all.sort_unstable();
        let n: u64 = all.iter().map(|(_, count)| count).sum();
        let rank = (q * n as f64).ceil();
        let mut up_to = 0_u64;
        let reached = all.iter().find(|(_, count)| {
            up_to += count;
            up_to as f64 >= rank
        });
        reached.or(all.last()).map(|(ticks, _)| *ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(sessions: &[Vec<i64>]) -> Heights {
        let mut heights = Heights::default();
        for session in sessions {
            for height in session {
                heights.push(*height);
            }
            heights.end_session();
        }
        heights
    }

    #[test]
    fn five_sessions_are_needed_and_the_running_one_is_not_asked() {
        let mut heights = of(&[vec![7], vec![7], vec![7], vec![], vec![7]]);
        heights.push(1);
        assert_eq!(heights.quantile(0.25), None);
        heights.end_session();
        assert_eq!(heights.quantile(0.25), Some(7));
        assert_eq!(heights.quantile(0.2), Some(1));
        heights.push(900);
        assert_eq!(heights.quantile(1.0), Some(7));
        assert_eq!(heights.quantile(0.0), None);
        heights.clear();
        heights.end_session();
        assert_eq!(heights.quantile(1.0), None);
    }

    #[test]
    fn the_last_twenty_sessions_count() {
        let sessions: Vec<_> = (0..21).map(|i| vec![if i == 0 { 1 } else { 50 + i }]).collect();
        assert_eq!(of(&sessions).quantile(0.01), Some(51));
        assert_eq!(of(&sessions[..20]).quantile(0.01), Some(1));
    }

    proptest! {
        #[test]
        fn the_quantile_is_that_of_the_sorted_list(
            sessions in prop::collection::vec(prop::collection::vec(0_i64..60, 1..30), 5..20),
            q in 0.01..=1.0_f64,
        ) {
            let mut all: Vec<_> = sessions.iter().flatten().copied().collect();
            all.sort_unstable();
            let rank = (q * all.len() as f64).ceil() as usize;
            prop_assert_eq!(of(&sessions).quantile(q), Some(all[rank - 1]));
        }
    }
}
