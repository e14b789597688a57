//! The ratio that maps SPX levels to the future (QUANT 3.7).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Calendar;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::market::front_contract;
use std::collections::VecDeque;

/// Length of the median, microseconds.
const MEDIAN_OVER: i64 = 60_000_000;
/// Time after the regular open in which the printed index is stale: it starts from the closes of the
/// day before and moves as its members open, microseconds.
const INDEX_STALE: i64 = 5 * 60_000_000;
/// Pairs kept of one kind of reference; more in a minute than that, and the oldest go.
const KEPT: usize = 512;
/// Microseconds of a year (QUANT 3.3: 525,600 minutes).
const YEAR: f64 = 525_600.0 * 60e6;

/// What the future was compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    /// The forward of the nearest expiry by put-call parity, discounted to spot.
    Parity,
    /// The printed index.
    Index,
}

/// The cost of carry up to the expiry of the future.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Carry {
    /// Interest less dividends, per year, continuous.
    pub per_year: f64,
    /// Expiry of the future, microseconds UTC; `None` where its symbol does not say.
    pub expiry: Option<i64>,
}

impl Carry {
    /// Takes the carry from the ratio that was fair at `at`, as a chain's own forwards tell it.
    pub fn learn(&mut self, at: i64, fair: f64) {
        let left = self.expiry.map_or(0, |expiry| expiry - at);
        let per_year = libm::log(fair) * YEAR / left as f64;
        if left > 0 && per_year.is_finite() {
            self.per_year = per_year;
        }
    }

    /// Future over spot that is fair at `at`; 1 where the expiry is not known.
    pub fn fair(&self, at: i64) -> f64 {
        let left = self.expiry.map_or(0, |expiry| (expiry - at).max(0));
        libm::exp(self.per_year * left as f64 / YEAR)
    }

    /// What a ratio of `then` becomes by `at` as the expiry comes nearer.
    pub fn drift(&self, then: i64, at: i64) -> f64 {
        let Some(expiry) = self.expiry else { return 1.0 };
        let passed = at.min(expiry) - then.min(expiry);
        libm::exp(-self.per_year * passed as f64 / YEAR)
    }
}

/// When the future `sym` stops trading, microseconds UTC; `date` is a trade date on which it trades.
/// `None` where symbol or calendar do not say.
pub fn future_expiry(sym: &Sym, date: TradeDate, calendar: &Calendar) -> Option<i64> {
    let root = sym.root();
    let code = sym.as_str().split(['_', '.', ' ', '-']).next()?.strip_prefix(root)?;
    let digits = code.get(1..).filter(|digits| (1..=4).contains(&digits.len()))?;
    let year: i16 = digits.parse().ok()?;
    let cycle = 10_i16.pow(digits.len() as u32);
    // In the week of its roll the contract in use may be the one before the front.
    let civil = date.civil()?.checked_sub(jiff::ToSpan::days(30)).ok()?;
    let mut contract = front_contract(root, TradeDate::from_civil(civil)).ok()?;
    for _ in 0..12 {
        let month = contract.code.as_str().strip_prefix(root)?.get(..1)?;
        if code.starts_with(month) && contract.year % cycle == year {
            return contract.trading_ends(calendar).ok();
        }
        contract = contract.next().ok()?;
    }
    None
}

/// Pairs of one kind of reference and their median.
#[derive(Clone, Debug, Default)]
struct Pairs {
    kept: VecDeque<(i64, f64)>,
    sorted: Vec<f64>,
    median: Option<f64>,
}

impl Pairs {
    fn add(&mut self, at: i64, ratio: f64) {
        // What is as old as the newest pair tells nothing new, an older one is out of date.
        if self.newest().is_some_and(|newest| at <= newest) {
            return;
        }
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((at, ratio));
        while self.kept.front().is_some_and(|(then, _)| *then <= at - MEDIAN_OVER) {
            self.kept.pop_front();
        }
        self.sorted.clear();
        self.sorted.extend(self.kept.iter().map(|(_, ratio)| *ratio));
        self.sorted.sort_by(f64::total_cmp);
        let (half, odd) = (self.sorted.len() / 2, self.sorted.len() % 2 == 1);
        let upper = self.sorted.get(half).copied();
        let lower = half.checked_sub(1).and_then(|i| self.sorted.get(i)).copied();
        self.median = if odd { upper } else { upper.zip(lower).map(|(a, b)| 0.5 * (a + b)) };
    }

    fn newest(&self) -> Option<i64> {
        self.kept.back().map(|(at, _)| *at)
    }
}

/// The ratio of a moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ratio {
    /// Future over index.
    pub value: f64,
    /// Age of the newest pair, microseconds.
    pub age: i64,
    /// What the future was compared with.
    pub reference: Reference,
}

/// The ratio of the future to the index.
///
/// # Formula
/// Median over 60 s of future / reference from pairs within 250 ms. The parity forward is the
/// reference where it is at most 60 s older than the newest index print, else the index. The last
/// ratio is kept and drifts with the carry.
#[derive(Clone, Debug)]
pub struct Basis {
    age_max: i64,
    share_max: f64,
    parity: Pairs,
    index: Pairs,
    /// Carry to the future's expiry.
    pub carry: Carry,
    regular_open: Option<i64>,
}

impl Basis {
    /// Without a pair. A ratio is good for `age_max` microseconds and within `share_max` of fair.
    pub fn new(age_max: i64, share_max: f64, carry: Carry) -> Self {
        let (parity, index) = (Pairs::default(), Pairs::default());
        Self { age_max, share_max, parity, index, carry, regular_open: None }
    }

    /// Regular hours begin at `at`.
    pub fn on_regular_open(&mut self, at: i64) {
        self.regular_open = Some(at);
    }

    /// Another future: its pairs are not those of the one before.
    pub fn clear(&mut self, expiry: Option<i64>) {
        (self.parity, self.index) = (Pairs::default(), Pairs::default());
        self.carry.expiry = expiry;
    }

    /// Adds a pair of `at`: the future at `future`, the reference at `spot`, both points.
    pub fn add(&mut self, at: i64, future: f64, spot: f64, reference: Reference) {
        let ratio = future / spot;
        if !(ratio.is_finite() && ratio > 0.0) {
            return;
        }
        match reference {
            Reference::Parity => self.parity.add(at, ratio),
            Reference::Index if self.is_index_stale(at) => {}
            Reference::Index => self.index.add(at, ratio),
        }
    }

    /// Whether the printed index is not to be used at `at`: the first minutes of regular hours, if
    /// options tell what the index is worth.
    fn is_index_stale(&self, at: i64) -> bool {
        let opening =
            self.regular_open.is_some_and(|open| (open..open + INDEX_STALE).contains(&at));
        opening && self.parity.newest().is_some_and(|newest| at - newest <= self.age_max)
    }

    /// The ratio as of `at`, whatever its age.
    pub fn latest(&self, at: i64) -> Option<Ratio> {
        let parity = self.parity.newest().zip(self.parity.median);
        let index = self.index.newest().zip(self.index.median);
        let (then, median, reference) = match (parity, index) {
            (Some((parity, _)), Some((newest, median))) if parity < newest - MEDIAN_OVER => {
                (newest, median, Reference::Index)
            }
            (Some((then, median)), _) => (then, median, Reference::Parity),
            (None, Some((then, median))) => (then, median, Reference::Index),
            (None, None) => return None,
        };
        let value = median * self.carry.drift(then, at);
        Some(Ratio { value, age: (at - then).max(0), reference })
    }

    /// The ratio as of `at`.
    ///
    /// # Errors
    /// `stale_basis` where there is none, where it is too old or too far from fair.
    pub fn ratio(&self, at: i64) -> Value {
        let ratio = self.latest(at).filter(|ratio| ratio.age <= self.age_max);
        let value = ratio.ok_or(Reason::StaleBasis)?.value;
        // Without an expiry nothing is fair; then plausible is what a quarter's carry may do.
        let limit = if self.carry.expiry.is_some() { self.share_max } else { 0.03 };
        if (value / self.carry.fair(at) - 1.0).abs() > limit {
            return Err(Reason::StaleBasis);
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 86_400 * SECOND;

    fn basis() -> Basis {
        let carry = Carry { per_year: 0.027, expiry: Some(60 * DAY) };
        Basis::new(900 * SECOND, 0.003, carry)
    }

    fn close(x: f64, y: f64) -> bool {
        (x / y - 1.0).abs() < 1e-12
    }

    #[test]
    fn the_median_is_of_the_last_minute() {
        let mut basis = basis();
        for (second, future) in [(0, 5100.0), (1, 5020.0), (30, 5022.0), (61, 5026.0), (62, 5028.0)]
        {
            basis.add(second * SECOND, future, 5000.0, Reference::Index);
        }
        // Those of seconds 0 and 1 are gone, 62 - 60 is the first that would be.
        let ratio = basis.latest(62 * SECOND).unwrap();
        assert!(close(ratio.value, 5026.0 / 5000.0), "{ratio:?}");
        basis.add(63 * SECOND, 5030.0, 5000.0, Reference::Index);
        let even = basis.latest(63 * SECOND).unwrap();
        assert!(close(even.value, 5027.0 / 5000.0), "{even:?}");
        assert_eq!((even.age, even.reference), (0, Reference::Index));
    }

    #[test]
    fn a_ratio_drifts_ages_and_must_be_fair() {
        let mut basis = basis();
        assert_eq!(basis.ratio(0), Err(Reason::StaleBasis));
        let fair = basis.carry.fair(0);
        basis.add(0, 5000.0 * fair, 5000.0, Reference::Parity);
        let later = basis.ratio(900 * SECOND).unwrap();
        assert!(close(later, basis.carry.fair(900 * SECOND)) && later < fair);
        assert_eq!(basis.ratio(900 * SECOND + 1), Err(Reason::StaleBasis));
        for (share, ok) in [(1.0029, true), (1.0031, false), (0.9971, true), (0.9969, false)] {
            let mut basis = self::basis();
            basis.add(0, 5000.0 * fair * share, 5000.0, Reference::Index);
            assert_eq!(basis.ratio(0).is_ok(), ok, "{share}");
        }
    }

    #[test]
    fn parity_comes_first_and_the_opening_index_is_left_out() {
        let mut basis = basis();
        let open = 10 * DAY;
        basis.on_regular_open(open);
        basis.add(open - 30 * SECOND, 5020.0, 5000.0, Reference::Parity);
        // The print still is that of the day before.
        basis.add(open + SECOND, 5020.0, 4950.0, Reference::Index);
        let ratio = basis.latest(open + 2 * SECOND).unwrap();
        assert!(close(ratio.value, 5020.0 / 5000.0 * basis.carry.drift(0, 32 * SECOND)));
        let after = open + INDEX_STALE;
        basis.add(after, 5025.0, 5000.0, Reference::Index);
        assert_eq!(basis.latest(after).unwrap().reference, Reference::Index);
        basis.add(after - 20 * SECOND, 5024.0, 5000.0, Reference::Parity);
        assert_eq!(basis.latest(after).unwrap().reference, Reference::Parity);
        // Without options the index is all there is.
        let mut bare = self::basis();
        bare.on_regular_open(open);
        bare.add(open + SECOND, 5020.0, 5000.0, Reference::Index);
        assert!(bare.latest(open + SECOND).is_some());
        // Another contract starts without a ratio.
        basis.clear(None);
        assert_eq!(basis.latest(after), None);
    }

    #[test]
    fn the_carry_is_that_of_the_fair_ratio() {
        let mut carry = Carry { per_year: 0.027, expiry: Some(60 * DAY) };
        carry.learn(10 * DAY, 1.005);
        assert!(close(carry.fair(10 * DAY), 1.005));
        let before = carry;
        carry.learn(60 * DAY, 1.005);
        carry.learn(10 * DAY, 0.0);
        assert_eq!(carry, before);
        let mut unknown = Carry { per_year: 0.027, expiry: None };
        unknown.learn(0, 1.01);
        assert_eq!((unknown.per_year, unknown.fair(0)), (0.027, 1.0));
    }

    #[test]
    fn the_expiry_is_read_from_the_symbol() {
        let calendar = Calendar::builtin().unwrap();
        let date = TradeDate(20_260_316);
        let expiry = |text: &str| future_expiry(&Sym::new(text).unwrap(), date, &calendar);
        // 2026-03-20 and 2026-09-18, 09:30 New York (daylight saving).
        assert_eq!(expiry("ESH26"), Some(1_774_013_400 * SECOND));
        assert_eq!(expiry("ESU6"), Some(1_789_738_200 * SECOND));
        assert_eq!(expiry("ESU2026_FUT_CME"), expiry("ESU6"));
        for text in ["ES", "ES.c.0", "ESF26", "ESM1"] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}
