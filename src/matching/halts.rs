//! Halts of trading that the feed told of.

use crate::market::Sym;
use crate::wire::StatusState;

/// Halts remembered at once.
const MAX: usize = 16;

/// From when until when a contract (or all, [`Sym::NONE`]) does not trade, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Halt {
    sym: Sym,
    since: i64,
    until: i64,
}

/// The newest halts of the contracts.
#[derive(Clone, Debug, Default)]
pub(super) struct Halts {
    halts: Vec<Halt>,
}

impl Halts {
    /// Takes a change of state of `sym` at `ts` (microseconds UTC).
    pub(super) fn on_status(&mut self, sym: Sym, state: StatusState, ts: i64) {
        match state {
            StatusState::Halt => {
                if self.halts.len() == MAX {
                    self.halts.remove(0);
                }
                self.halts.push(Halt { sym, since: ts, until: i64::MAX });
            }
            StatusState::Up => {
                for halt in self.halts.iter_mut().filter(|h| h.sym == sym && h.until == i64::MAX) {
                    halt.until = ts;
                }
            }
            _ => {}
        }
    }

    /// A halt whose end was never told does not outlive its session, which ends at `close`.
    pub(super) fn end_session(&mut self, close: i64) {
        self.halts.retain(|halt| halt.since >= close);
    }

    /// Whether `sym` was halted at `ts` (microseconds UTC).
    #[inline]
    pub(super) fn cover(&self, sym: &Sym, ts: i64) -> bool {
        let of = |halt: &Halt| halt.sym == *sym || halt.sym == Sym::NONE;
        self.halts.iter().any(|halt| of(halt) && (halt.since..halt.until).contains(&ts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_holds_from_its_status_to_the_next_one_of_its_symbol() {
        let es = Sym::new("ESH24").unwrap();
        let other = Sym::new("ESM24").unwrap();
        let mut halts = Halts::default();
        halts.on_status(es, StatusState::Halt, 10);
        halts.on_status(Sym::NONE, StatusState::Up, 15);
        assert!(!halts.cover(&es, 9) && halts.cover(&es, 10) && halts.cover(&es, 1000));
        assert!(!halts.cover(&other, 20));
        halts.on_status(es, StatusState::Up, 20);
        assert!(halts.cover(&es, 19) && !halts.cover(&es, 20));
        halts.on_status(Sym::NONE, StatusState::Halt, 30);
        assert!(halts.cover(&es, 30) && halts.cover(&other, 30));
        halts.end_session(40);
        assert!(!halts.cover(&es, 35));
    }
}
