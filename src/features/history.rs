//! What the last sessions did at the same time of day: medians for relative volume and tape speed.

use crate::features::moments::median;
use std::collections::VecDeque;

/// A quantity by slot of the session, for the running one and the last ones.
///
/// A slot of a past session that was not observed holds nothing. Memory: slots times sessions.
#[derive(Clone, Debug)]
pub struct SlotHistory {
    current: Vec<Option<u64>>,
    past: VecDeque<Vec<Option<u64>>>,
    sessions_max: usize,
    sessions_min: usize,
    scratch: Vec<f64>,
}

impl SlotHistory {
    /// Empty, keeping `sessions_max` sessions and answering from `sessions_min` on.
    pub fn new(slots: usize, sessions_max: usize, sessions_min: usize) -> Self {
        Self {
            current: vec![None; slots],
            past: VecDeque::new(),
            sessions_max,
            sessions_min,
            scratch: Vec::with_capacity(sessions_max),
        }
    }

    /// The running session's slot; `None` past the last slot.
    pub fn slot_mut(&mut self, slot: usize) -> Option<&mut Option<u64>> {
        self.current.get_mut(slot)
    }

    /// The running session's slots.
    pub fn current_mut(&mut self) -> &mut [Option<u64>] {
        &mut self.current
    }

    /// Ends the running session; it becomes history if `keep`.
    pub fn end_session(&mut self, keep: bool) {
        if keep {
            if self.past.len() >= self.sessions_max.max(1) {
                self.past.pop_front();
            }
            self.past.push_back(self.current.clone());
        }
        self.current.fill(None);
    }

    /// Median over the past sessions in which the slot was observed; `None` with too few.
    pub fn median(&mut self, slot: usize) -> Option<f64> {
        self.scratch.clear();
        let observed = self.past.iter().filter_map(|session| session.get(slot).copied().flatten());
        self.scratch.extend(observed.map(|x| x as f64));
        if self.scratch.len() < self.sessions_min.max(1) {
            return None;
        }
        median(&mut self.scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_come_from_the_sessions_that_saw_the_slot() {
        let mut history = SlotHistory::new(3, 4, 2);
        for session in 0..6_u64 {
            *history.slot_mut(0).unwrap() = Some(session);
            *history.slot_mut(1).unwrap() = (session == 5).then_some(7);
            history.end_session(session != 4);
        }
        // Sessions 1, 2, 3 and 5 are kept.
        assert_eq!(history.past.len(), 4);
        assert_eq!(history.median(0), Some(2.5));
        assert_eq!(history.median(1), None);
        assert_eq!(history.median(9), None);
        assert!(history.slot_mut(3).is_none());
    }
}
