//! Naked points of control: those of earlier sessions that price has not come back to.

use crate::features::bars::TickBar;
use crate::market::Ticks;
use crate::market::TradeDate;
use std::collections::VecDeque;

/// The point of control of a regular session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PastPoc {
    /// Trade date of the session.
    pub date: TradeDate,
    /// Its point of control.
    pub poc: Ticks,
    /// When it was frozen, microseconds UTC.
    pub asof: i64,
    /// Whether the profile was made from bars.
    pub from_bars: bool,
}

/// The points of control that are still untested, oldest first.
///
/// # Rule
/// A point of control is naked from the regular close of its session until a bar trades at it or
/// through it: its price lies within the bar's range, or between the close of the bar before and
/// that range. A gap over it between two Globex sessions does not test it, since nothing traded
/// there. Tested as of the last closed bar. Contract by contract; at most so many are kept, the
/// oldest go first.
#[derive(Clone, Debug)]
pub struct NakedPocs {
    untested: VecDeque<PastPoc>,
    most: usize,
    last: Option<Ticks>,
}

impl NakedPocs {
    /// Empty, keeping `most` besides that of the previous session.
    pub fn new(most: usize) -> Self {
        Self { untested: VecDeque::new(), most, last: None }
    }

    /// A bar closes.
    pub fn on_bar(&mut self, bar: &TickBar) {
        let before = self.last.replace(bar.close).unwrap_or(bar.open);
        let (low, high) = (bar.low.min(before), bar.high.max(before));
        self.untested.retain(|past| !(low..=high).contains(&past.poc));
    }

    /// Globex opens: where it opens is no trade through what lies between.
    pub fn open(&mut self) {
        self.last = None;
    }

    /// A regular session ends with this point of control.
    pub fn push(&mut self, past: PastPoc) {
        self.untested.push_back(past);
        if self.untested.len() > self.most + 1 {
            self.untested.pop_front();
        }
    }

    /// Those of sessions frozen before `asof`, newest first.
    pub fn before(&self, asof: i64) -> impl Iterator<Item = &PastPoc> {
        let earlier = self.untested.iter().rev().filter(move |past| past.asof < asof);
        earlier.take(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bar(low: i64, high: i64, open: i64, close: i64) -> TickBar {
        let ticks = Ticks;
        TickBar {
            low: ticks(low),
            high: ticks(high),
            open: ticks(open),
            close: ticks(close),
            ..TickBar::default()
        }
    }

    fn past(day: u32, poc: i64) -> PastPoc {
        let date = TradeDate(20_261_100 + day);
        PastPoc { date, poc: Ticks(poc), asof: i64::from(day), from_bars: false }
    }

    fn naked(pocs: &NakedPocs, asof: i64) -> Vec<i64> {
        pocs.before(asof).map(|past| past.poc.0).collect()
    }

    #[test]
    fn a_trade_at_it_or_through_it_tests_it_and_a_gap_does_not() {
        let mut pocs = NakedPocs::new(3);
        for (day, poc) in [(2, 100), (3, 200), (4, 150), (5, 300), (6, 250)] {
            pocs.push(past(day, poc));
        }
        // The oldest made room; that of the previous session is no earlier one.
        assert_eq!(naked(&pocs, 6), [300, 150, 200]);
        assert_eq!(naked(&pocs, 7), [250, 300, 150]);
        pocs.open();
        pocs.on_bar(&bar(260, 290, 270, 280));
        assert_eq!(naked(&pocs, 7), [250, 300, 150]);
        // Over 300 between two bars of one session.
        pocs.on_bar(&bar(301, 310, 305, 305));
        assert_eq!(naked(&pocs, 7), [250, 150, 200]);
        pocs.open();
        pocs.on_bar(&bar(160, 190, 170, 180));
        assert_eq!(naked(&pocs, 7), [250, 150, 200]);
        pocs.on_bar(&bar(150, 190, 170, 180));
        assert_eq!(naked(&pocs, 7), [250, 200]);
        let mut none = NakedPocs::new(0);
        none.push(past(1, 5));
        none.push(past(2, 6));
        assert_eq!(naked(&none, 9), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn what_is_left_was_not_traded_since(
            steps in prop::collection::vec((prop::bool::weighted(0.2), 0_i64..40, 0_i64..6, 0_i64..6), 1..60)
        ) {
            let mut pocs = NakedPocs::new(100);
            let (mut made, mut bars): (Vec<(usize, PastPoc)>, Vec<TickBar>) = (Vec::new(), Vec::new());
            for (i, (close_day, price, up, down)) in steps.into_iter().enumerate() {
                if close_day {
                    let past = PastPoc { asof: i as i64, ..past(1, price) };
                    pocs.push(past);
                    made.push((bars.len(), past));
                } else {
                    pocs.open();
                    let bar = bar(price - down, price + up, price, price);
                    pocs.on_bar(&bar);
                    bars.push(bar);
                }
            }
            let untested = made.iter().rev().filter(|(since, past)| {
                bars[*since..].iter().all(|bar| past.poc < bar.low || bar.high < past.poc)
            });
            let expected: Vec<i64> = untested.map(|(_, past)| past.poc.0).collect();
            prop_assert_eq!(naked(&pocs, i64::MAX), expected);
        }
    }
}
