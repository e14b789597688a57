//! Bases: how they form, get their colour, age and end.

use crate::config;
use crate::strategies::patterns::battle_navale::candle::Candle;
use crate::strategies::patterns::battle_navale::candle::Colour;
use crate::strategies::patterns::battle_navale::candle::Tape;
use crate::strategies::patterns::battle_navale::rule::GoldenRule;
use crate::strategies::patterns::battle_navale::rule::Standing;
use crate::strategies::view::BarTicks;

/// A base without colour.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Pending {
    /// End of the bar that froze it, microseconds UTC.
    stamp: i64,
    pub(super) low: i64,
    pub(super) high: i64,
    /// Bars since then.
    age: u32,
    /// Points for its height and for the steadiness of its volume.
    size: f64,
    steady: f64,
}

/// A base with a colour; prices as its colour sees them, so that it reads as a green one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Coloured {
    /// End of the bar that froze it, microseconds UTC: its name.
    pub(super) stamp: i64,
    pub(super) colour: Colour,
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) rule: GoldenRule,
    /// Bars since it was coloured.
    age: u32,
    /// Bars since it broke.
    broken_for: u32,
    /// Bars after the colouring that came near, and those of them that closed above its low.
    tests: u32,
    held: u32,
    /// Quality without respect, which goes on changing.
    made: f64,
}

impl Coloured {
    fn new(pending: &Pending, colour: Colour, base_bars: usize) -> Self {
        let edges = BarTicks { high: pending.high, low: pending.low, ..BarTicks::default() };
        let BarTicks { low, high, .. } = colour.turn(edges);
        // Of the bars since the base froze the last one coloured it, the others closed inside.
        let inside = base_bars as f64 + f64::from(pending.age - 1);
        let length = (inside / 10.0).min(1.0);
        Self {
            stamp: pending.stamp,
            colour,
            low,
            high,
            rule: GoldenRule::new(),
            age: 0,
            broken_for: 0,
            tests: 0,
            held: 0,
            made: 0.30 * length + 0.20 * pending.size + 0.25 * pending.steady,
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.rule.standing == Standing::Broken
    }

    /// Quality q in [0, 1].
    pub(super) fn quality(&self) -> f64 {
        let respect = f64::from(self.held + 1) / f64::from(self.tests + 2);
        self.made + 0.25 * respect
    }

    /// Folds a closed bar after the colouring; false when the base has had its time.
    pub(super) fn fold(
        &mut self,
        bar: BarTicks,
        wick: i64,
        settings: &config::BattleNavale,
    ) -> bool {
        if self.is_broken() {
            self.broken_for += 1;
            return self.broken_for <= settings.break_memory_bars;
        }
        self.age += 1;
        if self.age > settings.base_bars_max {
            return false;
        }
        self.judge(bar, wick, settings.zone_ticks);
        true
    }

    /// Golden rule and respect alone: a base of an open trade has no age.
    pub(super) fn judge(&mut self, market: BarTicks, wick: i64, zone: i64) {
        let bar = self.colour.turn(market);
        if bar.low <= self.high + zone {
            self.tests += 1;
            self.held += u32::from(bar.close >= self.low);
        }
        self.rule.fold(bar, self.low, self.high, wick);
    }
}

/// What a bar is measured by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    /// End of the bar, microseconds UTC.
    pub(super) ts: i64,
    /// Tolerance for wicks in the VIX band of the moment, ticks.
    pub(super) wick: i64,
    /// Largest height of a base, ticks.
    pub(super) height_max: i64,
}

/// The bases that count: one without colour, the newest of each colour.
#[derive(Clone, Debug, Default)]
pub(super) struct Bases {
    pub(super) pending: Option<Pending>,
    pub(super) green: Option<Coloured>,
    pub(super) red: Option<Coloured>,
    /// Bars since the newest base froze, or since the session began.
    free: usize,
}

impl Bases {
    /// Folds the newest bar of `tape`.
    pub(super) fn fold(&mut self, tape: &Tape, with: Measures, settings: &config::BattleNavale) {
        let Some(candle) = tape.newest(1).and_then(|mut newest| newest.next()) else { return };
        for kept in [&mut self.green, &mut self.red] {
            if kept.as_mut().is_some_and(|base| !base.fold(candle.bar, with.wick, settings)) {
                *kept = None;
            }
        }
        self.free = self.free.saturating_add(1);
        if let Some(mut pending) = self.pending.take() {
            pending.age += 1;
            match colour(candle, &pending) {
                Some(colour) => {
                    let base = Coloured::new(&pending, colour, settings.base_bars);
                    *self.newest_mut(colour) = Some(base);
                }
                None if pending.age < settings.pending_bars_max => self.pending = Some(pending),
                None => {}
            }
        }
        if self.pending.is_none() && self.free >= settings.base_bars {
            self.pending = froze(tape, with, settings);
            if self.pending.is_some() {
                self.free = 0;
            }
        }
    }

    fn newest_mut(&mut self, colour: Colour) -> &mut Option<Coloured> {
        match colour {
            Colour::Green => &mut self.green,
            Colour::Red => &mut self.red,
        }
    }

    /// The newest unbroken base of either colour, else the newest broken one still remembered.
    pub(super) fn governing(&self) -> Option<&Coloured> {
        let newest = |broken: bool| {
            let bases = [&self.green, &self.red].into_iter().flatten();
            bases.filter(|base| base.is_broken() == broken).max_by_key(|base| base.stamp)
        };
        newest(false).or_else(|| newest(true))
    }
}

fn colour(candle: &Candle, base: &Pending) -> Option<Colour> {
    let close = candle.bar.close;
    if close > base.high {
        Some(Colour::Green)
    } else if close < base.low {
        Some(Colour::Red)
    } else {
        None
    }
}

/// The base that the newest bars form, if they are near enough to each other.
fn froze(tape: &Tape, with: Measures, settings: &config::BattleNavale) -> Option<Pending> {
    let (low, high) = tape.span(settings.base_bars)?;
    if high - low > with.height_max {
        return None;
    }
    Some(Pending {
        stamp: with.ts,
        low,
        high,
        age: 0,
        size: size((high - low) as f64 / with.height_max as f64),
        steady: steady(tape.newest(settings.base_bars)?),
    })
}

/// Points for the height of a base in multiples of the largest one.
fn size(rho: f64) -> f64 {
    if (0.2..=0.6).contains(&rho) {
        1.0
    } else if (0.1..=0.8).contains(&rho) {
        0.7
    } else {
        0.3
    }
}

/// `1 - sd / mean` of the volumes (population deviation), at least 0; 0 where nothing was traded.
fn steady<'a>(candles: impl Iterator<Item = &'a Candle>) -> f64 {
    let (mut n, mut sum, mut squares) = (0_u128, 0_u128, 0_u128);
    for candle in candles {
        let volume = u128::from(candle.volume.total);
        n += 1;
        sum += volume;
        squares += volume * volume;
    }
    if sum == 0 {
        return 0.0;
    }
    let spread = (n * squares - sum * sum) as f64 / (sum * sum) as f64;
    (1.0 - spread.sqrt()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::patterns::battle_navale::candle::tests::candle;

    /// Bases with a height of at most 10, after bars that span `low` to `high` and close where
    /// told.
    struct Walk {
        bases: Bases,
        tape: Tape,
        settings: config::BattleNavale,
        at: i64,
    }

    impl Walk {
        fn new() -> Self {
            let settings = config::BattleNavale::default();
            Self { bases: Bases::default(), tape: Tape::new(8), settings, at: 0 }
        }

        fn bar(&mut self, low: i64, high: i64, close: i64) -> &Bases {
            self.at += 1;
            self.tape.push(candle([close, high, low, close], (50, 50)));
            let with = Measures { ts: self.at, wick: 5, height_max: 10 };
            self.bases.fold(&self.tape, with, &self.settings);
            &self.bases
        }

        fn bars(&mut self, n: usize, low: i64, high: i64, close: i64) -> &Bases {
            (0..n).for_each(|_| {
                self.bar(low, high, close);
            });
            &self.bases
        }

        /// The stamp of the base without colour.
        fn pending(&self) -> Option<i64> {
            self.bases.pending.map(|base| base.stamp)
        }
    }

    #[test]
    fn eight_bars_within_the_height_are_a_base() {
        let mut walk = Walk::new();
        walk.bars(7, 0, 10, 5);
        assert_eq!(walk.pending(), None);
        walk.bar(0, 10, 5);
        assert_eq!(walk.pending(), Some(8));
        let mut high = Walk::new();
        high.bar(0, 11, 5);
        high.bars(7, 0, 10, 5);
        assert_eq!(high.pending(), None);
        high.bar(0, 10, 5);
        assert_eq!(high.pending(), Some(9));
    }

    #[test]
    fn a_second_base_waits_for_the_first_and_for_eight_bars_of_its_own() {
        let mut walk = Walk::new();
        walk.bars(20, 0, 4, 2);
        assert_eq!(walk.pending(), Some(8), "no second one beside it");
        // Coloured by bar 21; bars 14 to 21 are eight free ones, but the last is too high.
        walk.bar(0, 14, 12);
        assert_eq!(walk.pending(), None);
        assert_eq!(walk.bases.green.map(|b| b.stamp), Some(8));
        let mut walk = Walk::new();
        walk.bars(8, 0, 4, 2);
        // The colouring bar is the first of the next eight.
        walk.bar(0, 6, 5);
        walk.bars(6, 0, 6, 5);
        assert_eq!(walk.pending(), None);
        walk.bar(0, 6, 5);
        assert_eq!(walk.pending(), Some(16));
    }

    #[test]
    fn an_uncoloured_base_lives_thirty_bars() {
        let mut walk = Walk::new();
        walk.bars(8 + 29, 0, 4, 2);
        assert_eq!(walk.pending(), Some(8));
        let mut coloured = Walk::new();
        coloured.bars(8 + 29, 0, 4, 2);
        coloured.bar(0, 5, 5);
        assert_eq!(coloured.bases.green.map(|b| b.stamp), Some(8));
        // Dropped, its bars are used; the thirty since then are free.
        walk.bar(0, 4, 2);
        assert_eq!(walk.pending(), Some(38));
    }

    #[test]
    fn the_first_close_beyond_an_edge_gives_the_colour() {
        for (close, green, red) in
            [(5, true, false), (4, false, false), (0, false, false), (-1, false, true)]
        {
            let mut walk = Walk::new();
            walk.bars(8, 0, 4, 2);
            let bases = walk.bar(-3, 9, close);
            assert_eq!((bases.green.is_some(), bases.red.is_some()), (green, red), "{close}");
            assert_eq!(bases.pending.is_none(), green || red);
        }
        // A red base reads as a green one upside down.
        let mut walk = Walk::new();
        walk.bars(8, 0, 4, 2);
        let red = walk.bar(-3, 2, -1).red.unwrap();
        assert_eq!((red.low, red.high, red.colour), (-4, 0, Colour::Red));
    }

    #[test]
    fn waiting_inside_lengthens_a_base_up_to_ten_bars() {
        for (inside, length) in [(0, 0.8), (1, 0.9), (2, 1.0), (9, 1.0)] {
            let mut walk = Walk::new();
            walk.bars(8 + inside, 0, 4, 2);
            let base = walk.bar(0, 6, 5).green.unwrap();
            // Even volume, height 0.4, no test yet.
            let expected = 0.3 * length + 0.2 + 0.25 + 0.25 * 0.5;
            assert!((base.quality() - expected).abs() < 1e-12, "{inside}");
        }
    }

    #[test]
    fn respect_counts_the_bars_that_come_near() {
        let mut walk = Walk::new();
        walk.bars(10, 0, 4, 2);
        walk.bar(0, 6, 5);
        let mut respect = |low, high, close| {
            let base = walk.bar(low, high, close).green.unwrap();
            (base.quality() - 0.3 - 0.2 - 0.25) / 0.25
        };
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-12, "{value}");
        near(respect(10, 12, 11), 1.0 / 2.0);
        near(respect(9, 12, 11), 2.0 / 3.0);
        near(respect(0, 12, 0), 3.0 / 4.0);
        // A doji that closes below is a failed test, and no break.
        near(respect(-2, 2, -1), 3.0 / 5.0);
    }

    #[test]
    fn only_the_newest_of_each_colour_and_the_newest_unbroken_governs() {
        let mut walk = Walk::new();
        walk.bars(8, 0, 4, 2);
        walk.bar(0, 6, 5);
        assert_eq!(walk.bases.governing().map(|b| (b.stamp, b.colour)), Some((8, Colour::Green)));
        // Bars 9 to 16 are the next base: 0 to 6. It turns red; the green one is older.
        walk.bars(7, 1, 6, 5);
        walk.bar(-2, 2, -1);
        let governing = walk.bases.governing().map(|b| (b.stamp, b.colour));
        assert_eq!(governing, Some((16, Colour::Red)));
        assert_eq!(walk.bases.green.map(|b| b.stamp), Some(8));
        // Another green one takes the place of the first.
        walk.bars(7, -2, 2, 1);
        assert_eq!(walk.pending(), Some(24));
        walk.bar(0, 4, 3);
        assert_eq!(walk.bases.green.map(|b| b.stamp), Some(24));
        assert_eq!(walk.bases.governing().map(|b| b.stamp), Some(24));
        // Broken, it leaves the older red one in charge, although that was warned.
        walk.at += 1;
        walk.tape.push(candle([1, 1, -9, -9], (50, 50)));
        let with = Measures { ts: walk.at, wick: 5, height_max: 10 };
        walk.bases.fold(&walk.tape, with, &walk.settings);
        assert!(walk.bases.green.unwrap().is_broken());
        assert_eq!(walk.bases.governing().map(|b| b.stamp), Some(16));
    }

    #[test]
    fn points_for_the_height() {
        let tenths = |rho: f64| (10.0 * size(rho)).round() as i64;
        let points = [0.0, 0.09, 0.1, 0.19, 0.2, 0.6, 0.61, 0.8, 0.81, 1.0].map(tenths);
        assert_eq!(points, [3, 3, 7, 7, 10, 10, 7, 7, 3, 3]);
    }

    #[test]
    fn points_for_steady_volume() {
        let of = |volumes: &[u64]| {
            let candles: Vec<_> = volumes.iter().map(|v| candle([0, 1, 0, 1], (*v, 0))).collect();
            steady(candles.iter())
        };
        assert!((of(&[800; 8]) - 1.0).abs() < 1e-15);
        // Mean 4, population deviation 2.
        assert!((of(&[2, 6]) - 0.5).abs() < 1e-15);
        assert!(of(&[0, 0, 0, 0, 10]).abs() < 1e-15);
        assert!(of(&[0, 0]).abs() < 1e-15);
    }
}
