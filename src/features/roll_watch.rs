//! Which contract of the product is in use (QUANT 2.4): chosen before a session, never within it.

use crate::market::Sym;

/// Most contracts watched.
const CONTRACTS: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Watched {
    sym: Sym,
    previous: u64,
    running: u64,
}

/// Volumes of the contracts that are not in use, by session.
///
/// A record of another contract takes over in a session in which the contract in use has not traded
/// yet, if the other one was never seen before (files of successive contracts) or traded more in the
/// session before.
#[derive(Clone, Debug, Default)]
pub struct RollWatch {
    watched: Vec<Watched>,
}

impl RollWatch {
    /// A trade or bar of `sym` came while `active` is in use and, if `idle`, has not traded in this
    /// session. Whether `sym` takes over.
    pub fn on_other(&mut self, sym: Sym, size: u64, active: &Sym, idle: bool) -> bool {
        let known = self.previous(&sym);
        if idle && known.is_none_or(|volume| volume > self.previous(active).unwrap_or(0)) {
            return true;
        }
        let place = self.watched.iter().position(|watched| watched.sym == sym);
        if let Some(watched) = place.and_then(|place| self.watched.get_mut(place)) {
            watched.running = watched.running.saturating_add(size);
        } else if self.watched.len() < CONTRACTS {
            self.watched.push(Watched { sym, previous: 0, running: size });
        }
        false
    }

    /// The session ends in which `active` traded `volume` contracts.
    pub fn end_session(&mut self, active: Sym, volume: u64) {
        for watched in &mut self.watched {
            watched.previous = std::mem::take(&mut watched.running);
        }
        self.watched.retain(|watched| watched.previous > 0 && watched.sym != active);
        if volume > 0 {
            self.watched.push(Watched { sym: active, previous: volume, running: 0 });
        }
    }

    /// Contracts traded in the running session in all that is not in use.
    pub fn running(&self) -> u64 {
        self.watched.iter().fold(0, |sum, watched| sum.saturating_add(watched.running))
    }

    fn previous(&self, sym: &Sym) -> Option<u64> {
        self.watched.iter().find(|watched| watched.sym == *sym).map(|watched| watched.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sym(text: &str) -> Sym {
        Sym::new(text).unwrap()
    }

    #[test]
    fn a_contract_takes_over_between_sessions_only() {
        let (june, september) = (sym("ESM22"), sym("ESU22"));
        let mut roll = RollWatch::default();
        assert!(!roll.on_other(september, 900, &june, false));
        roll.end_session(june, 1000);
        // Less volume in the session before: not even first thing in the morning.
        assert!(!roll.on_other(september, 1500, &june, true));
        roll.end_session(june, 1000);
        assert!(!roll.on_other(september, 10, &june, false));
        assert!(roll.on_other(september, 10, &june, true));
    }

    #[test]
    fn a_contract_never_seen_takes_over_where_the_old_one_is_silent() {
        let mut roll = RollWatch::default();
        roll.end_session(sym("ESH15"), 1000);
        assert!(roll.on_other(sym("ESM15"), 1, &sym("ESH15"), true));
    }
}
