//! What earlier parts of the day and the day before leave behind (QUANT 2.1, 2.3, 5.1).

use crate::features::bars::TickBar;
use crate::features::naked::NakedPocs;
use crate::features::naked::PastPoc;
use crate::features::nodes::Nodes;
use crate::features::profile::ValueArea;
use crate::market::Ticks;
use crate::market::TradeDate;

/// Highest, lowest and last price of a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub last: Ticks,
}

impl Range {
    /// Puts a bar into the range.
    #[inline]
    fn put(range: &mut Option<Self>, high: Ticks, low: Ticks, last: Ticks) {
        match range {
            Some(range) => {
                range.high = range.high.max(high);
                range.low = range.low.min(low);
                range.last = last;
            }
            None => *range = Some(Self { high, low, last }),
        }
    }
}

/// A range and the moment it was frozen, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frozen<T> {
    /// What was frozen.
    pub value: T,
    /// When.
    pub asof: i64,
}

/// Developing ranges of the session and what is frozen: all of one contract.
///
/// The regular session of the day before gives pPOC, pVAH, pVAL, its volume nodes, PDH, PDL and PDC
/// from its close on, the sessions before it their points of control while they are naked, the night
/// (Globex open to regular open) ONH and ONL from the regular open to the Globex close, the first
/// regular hour IBH and IBL and the opening ranges ORH and ORL from their end to the Globex close.
/// Only what was seen from its beginning counts.
#[derive(Clone, Debug)]
pub struct SessionLevels {
    night: Option<Range>,
    regular: Option<Range>,
    balance: Option<Range>,
    part: Part,
    night_whole: bool,
    regular_whole: bool,
    /// Profile of the previous regular session.
    pub profile: Option<Frozen<ValueArea>>,
    /// Whether it was made from bars.
    pub profile_from_bars: bool,
    /// Volume nodes of the same.
    pub nodes: Nodes,
    /// Points of control of earlier sessions that were not traded since.
    pub naked: NakedPocs,
    /// Range of the previous regular session.
    pub day: Option<Frozen<Range>>,
    /// Range of this session before regular hours.
    pub overnight: Option<Frozen<Range>>,
    /// Range of the first hour of regular hours.
    pub initial_balance: Option<Frozen<Range>>,
    /// Opening ranges, in the order of `levels.opening_range_min`.
    pub opening: Vec<Option<Frozen<Range>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Part {
    #[default]
    Other,
    Night,
    Balance,
    Regular,
}

/// What a regular session leaves behind.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Its trade date.
    pub date: TradeDate,
    /// Point of control and value area.
    pub area: ValueArea,
    /// Volume nodes.
    pub nodes: Nodes,
    /// Whether the profile was made from bars.
    pub from_bars: bool,
}

impl SessionLevels {
    /// Empty, for so many opening ranges and naked points of control.
    pub fn new(openings: usize, naked: usize) -> Self {
        Self {
            night: None,
            regular: None,
            balance: None,
            part: Part::Other,
            night_whole: false,
            regular_whole: false,
            profile: None,
            profile_from_bars: false,
            nodes: Nodes::default(),
            naked: NakedPocs::new(naked),
            day: None,
            overnight: None,
            initial_balance: None,
            opening: vec![None; openings],
        }
    }

    /// Folds a trade.
    #[inline]
    pub fn on_price(&mut self, price: Ticks) {
        self.on_range(price, price, price);
    }

    /// Folds a bar.
    #[inline]
    pub fn on_range(&mut self, high: Ticks, low: Ticks, last: Ticks) {
        match self.part {
            Part::Other => {}
            Part::Night => Range::put(&mut self.night, high, low, last),
            Part::Balance => {
                Range::put(&mut self.regular, high, low, last);
                Range::put(&mut self.balance, high, low, last);
            }
            Part::Regular => Range::put(&mut self.regular, high, low, last),
        }
    }

    /// A bar closes.
    pub fn on_closed_bar(&mut self, bar: &TickBar) {
        self.naked.on_bar(bar);
    }

    /// Globex opens; `seen` tells whether records of the contract go back to here.
    pub fn open(&mut self, seen: bool) {
        (self.night, self.regular, self.balance) = (None, None, None);
        (self.overnight, self.initial_balance) = (None, None);
        self.opening.fill(None);
        self.naked.open();
        (self.part, self.night_whole) = (Part::Night, seen);
    }

    /// Regular hours begin.
    pub fn regular_open(&mut self, at: i64, seen: bool) {
        let night = self.night.filter(|_| self.night_whole);
        self.overnight = night.map(|value| Frozen { value, asof: at });
        (self.regular, self.balance) = (None, None);
        (self.part, self.regular_whole) = (Part::Balance, seen);
    }

    /// The opening range at `place` is over.
    pub fn opening_end(&mut self, place: usize, at: i64) {
        let range = self.regular.filter(|_| self.regular_whole);
        if let Some(opening) = self.opening.get_mut(place) {
            *opening = range.map(|value| Frozen { value, asof: at });
        }
    }

    /// The first regular hour is over.
    pub fn balance_end(&mut self, at: i64) {
        let balance = self.balance.filter(|_| self.regular_whole);
        self.initial_balance = balance.map(|value| Frozen { value, asof: at });
        self.part = Part::Regular;
    }

    /// Regular hours end with this profile, if anything was traded in them.
    pub fn regular_close(&mut self, at: i64, closing: Option<Closing>) {
        if let Some((value, closing)) = self.regular.zip(closing).filter(|_| self.regular_whole) {
            let Closing { date, area, nodes, from_bars } = closing;
            self.day = Some(Frozen { value, asof: at });
            self.profile = Some(Frozen { value: area, asof: at });
            self.profile_from_bars = from_bars;
            self.nodes = nodes;
            self.naked.push(PastPoc { date, poc: area.poc, asof: at, from_bars });
        }
        self.part = Part::Other;
    }

    /// Globex closes.
    pub fn close(&mut self) {
        (self.overnight, self.initial_balance) = (None, None);
        self.opening.fill(None);
        self.part = Part::Other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(poc: i64) -> ValueArea {
        ValueArea {
            poc: Ticks(poc),
            vah: Ticks(poc + 4),
            val: Ticks(poc - 4),
            volume: 7,
            total: 10,
        }
    }

    fn closing(poc: i64) -> Closing {
        let date = TradeDate(20_261_117);
        Closing { date, area: area(poc), nodes: Nodes::default(), from_bars: false }
    }

    #[test]
    fn each_part_of_the_day_is_frozen_at_its_end() {
        let mut levels = SessionLevels::new(2, 10);
        levels.open(true);
        for price in [10, 14, 8] {
            levels.on_price(Ticks(price));
        }
        assert_eq!(levels.overnight, None);
        levels.regular_open(100, true);
        let night = Range { high: Ticks(14), low: Ticks(8), last: Ticks(8) };
        assert_eq!(levels.overnight, Some(Frozen { value: night, asof: 100 }));
        levels.on_price(Ticks(20));
        levels.opening_end(0, 105);
        levels.on_price(Ticks(18));
        levels.opening_end(1, 130);
        levels.balance_end(160);
        let range = |place: usize| {
            levels.opening[place].map(|range| (range.value.high.0, range.value.low.0, range.asof))
        };
        assert_eq!((range(0), range(1)), (Some((20, 20, 105)), Some((20, 18, 130))));
        levels.on_price(Ticks(30));
        levels.on_price(Ticks(25));
        let balance = levels.initial_balance.unwrap().value;
        assert_eq!((balance.high, balance.low), (Ticks(20), Ticks(18)));
        assert_eq!((levels.day, levels.profile), (None, None));
        levels.regular_close(400, Some(closing(20)));
        levels.on_price(Ticks(99));
        let day = levels.day.unwrap();
        assert_eq!(
            (day.value.high, day.value.low, day.value.last, day.asof),
            (Ticks(30), Ticks(18), Ticks(25), 400)
        );
        assert_eq!(levels.profile.unwrap().value, area(20));
        levels.close();
        assert_eq!((levels.overnight, levels.initial_balance), (None, None));
        assert_eq!(levels.opening, [None, None]);
        assert!(levels.day.is_some());
    }

    #[test]
    fn a_part_joined_late_freezes_nothing_and_a_holiday_keeps_the_day_before() {
        let mut levels = SessionLevels::new(1, 10);
        levels.open(false);
        levels.on_price(Ticks(10));
        levels.regular_open(100, false);
        levels.on_price(Ticks(11));
        levels.opening_end(0, 130);
        levels.balance_end(160);
        assert_eq!(levels.opening, [None]);
        levels.regular_close(400, Some(closing(20)));
        assert_eq!((levels.overnight, levels.initial_balance), (None, None));
        assert_eq!((levels.day, levels.profile), (None, None));
        levels.day = Some(Frozen {
            value: Range { high: Ticks(1), low: Ticks(1), last: Ticks(1) },
            asof: 1,
        });
        levels.open(true);
        levels.on_price(Ticks(50));
        levels.close();
        assert_eq!(levels.day.unwrap().asof, 1);
    }
}
