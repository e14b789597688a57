//! The bench hook: a pattern that always signals (`signals.always_every_s`).
//!
//! For latency benchmarks alone. It knows nothing of the market, asks no gate, and its signals say
//! so.

use crate::market::Side;
use crate::strategies::code::Code;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Manage;
use crate::strategies::machine::Setup;
use crate::strategies::selector::Admission;

/// How far its entry lies on the passive side of the close, ticks: the order is sent and expires, so
/// that the next one is never refused for a position.
const AWAY_TICKS: i64 = 12;
/// Stop of a bench signal, ticks.
const STOP_TICKS: i64 = 8;
/// Target of a bench signal, ticks.
const TARGET_TICKS: i64 = 16;

/// Signals at bar closes at least an interval apart, buying and selling in turn.
#[derive(Clone, Debug)]
pub(crate) struct BenchSignal {
    every_us: i64,
    last: Option<(i64, Side)>,
}

impl BenchSignal {
    /// `None` if `every_s` is 0: switched off.
    pub(crate) fn new(every_s: u32) -> Option<Self> {
        (every_s > 0).then(|| Self { every_us: i64::from(every_s) * 1_000_000, last: None })
    }

    /// The side to signal at the bar close `ts`, if it is time.
    pub(crate) fn on_bar(&mut self, ts: i64) -> Option<Side> {
        let side = match self.last {
            Some((last, _)) if ts - last < self.every_us => return None,
            Some((_, side)) => side.opposite(),
            None => Side::Buy,
        };
        self.last = Some((ts, side));
        Some(side)
    }

    /// The bracket around `close`, as a sale.
    pub(crate) fn setup(close: i64) -> Setup {
        Setup {
            entry: close + AWAY_TICKS,
            stop: close + AWAY_TICKS + STOP_TICKS,
            target: close + AWAY_TICKS - TARGET_TICKS,
            second_target: None,
            level: close as f64,
            admission: Admission::BOTH,
            used: Inputs::default(),
            level_ids: Vec::new(),
            rr_min: None,
            why: vec![Code::Benchmark],
            manage: Manage::default(),
            key: 0,
            story: "made at a fixed interval to measure latency, no trade idea",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_alternate_at_the_interval() {
        assert!(BenchSignal::new(0).is_none());
        let mut bench = BenchSignal::new(2).unwrap();
        let sides: Vec<_> = (1..=7).map(|s| bench.on_bar(s * 1_000_000)).collect();
        let (b, s) = (Some(Side::Buy), Some(Side::Sell));
        assert_eq!(sides, [b, None, s, None, b, None, s]);
    }
}
