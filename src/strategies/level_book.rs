//! The newest levels of the contract, with their touches, ready for patterns and clusters.

use crate::config::LevelSettings;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::strategies::clusters::ClusterMap;
use crate::strategies::clusters::Family;
use crate::strategies::clusters::LevelLine;
use crate::strategies::view::BarTicks;
use crate::wire::Failure;
use crate::wire::Levels;
use std::sync::Arc;

/// Life of a wall, minutes (QUANT 5.1).
const WALL_TTL_MIN: f64 = 480.0;
/// Life of the zero-gamma level, minutes.
const FLIP_TTL_MIN: f64 = 720.0;
/// Bars that price must stay away before it can touch again.
const BARS_AWAY: u32 = 3;
/// Largest effective weight.
const WEIGHT_MAX: f64 = 0.9;
/// Largest factor from touches.
const TOUCH_MAX: f64 = 1.5;

/// A level with the history of its touches.
#[derive(Clone, Debug)]
struct Tracked {
    id: Arc<str>,
    family: Family,
    price: f64,
    weight: f64,
    asof: i64,
    touches: u32,
    away: u32,
}

/// The three levels of the previous value area, ticks.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct ValueArea {
    pub(crate) high: Option<f64>,
    pub(crate) poc: Option<f64>,
    pub(crate) low: Option<f64>,
}

/// The newest snapshot of levels.
#[derive(Clone, Debug)]
pub(crate) struct LevelBook {
    settings: LevelSettings,
    sym: Option<Sym>,
    levels: Vec<Tracked>,
    value_area: ValueArea,
}

impl LevelBook {
    pub(crate) fn new(settings: LevelSettings) -> Self {
        Self { settings, sym: None, levels: Vec::new(), value_area: ValueArea::default() }
    }

    /// Takes a snapshot; touches go on where a level stayed within the tolerance.
    ///
    /// # Errors
    /// A price out of range: bad input.
    pub(crate) fn update(
        &mut self,
        snapshot: &Levels,
        instrument: &Instrument,
    ) -> Result<(), Failure> {
        for level in &snapshot.lv {
            exact_ticks(level.px.0, instrument)?;
        }
        if self.sym != Some(snapshot.sym) {
            self.levels.clear();
            self.sym = Some(snapshot.sym);
        }
        self.levels.retain(|known| snapshot.lv.iter().any(|level| *level.id == *known.id));
        self.value_area = ValueArea::default();
        for level in &snapshot.lv {
            let price = exact_ticks(level.px.0, instrument)?;
            match level.id.as_str() {
                "pVAH" => self.value_area.high = Some(price),
                "pPOC" => self.value_area.poc = Some(price),
                "pVAL" => self.value_area.low = Some(price),
                _ => {}
            }
            let tolerance = self.settings.tol_ticks as f64;
            if let Some(known) = self.levels.iter_mut().find(|known| *known.id == *level.id) {
                if (known.price - price).abs() > tolerance {
                    (known.touches, known.away) = (0, 0);
                }
                (known.price, known.weight, known.asof) = (price, level.w.0, level.asof);
                continue;
            }
            self.levels.push(Tracked {
                id: level.id.as_str().into(),
                family: Family::from_name(&level.fam),
                price,
                weight: level.w.0,
                asof: level.asof,
                touches: 0,
                away: 0,
            });
        }
        Ok(())
    }

    /// Counts the bar as a touch of the levels that it comes within the tolerance of.
    pub(crate) fn on_bar(&mut self, sym: Sym, bar: BarTicks, atr: Option<f64>) {
        if self.sym != Some(sym) {
            return;
        }
        let tol = self.tolerance(atr);
        for level in &mut self.levels {
            let near = bar.low as f64 - tol <= level.price && level.price <= bar.high as f64 + tol;
            if !near {
                level.away = level.away.saturating_add(1);
                continue;
            }
            if level.away >= BARS_AWAY {
                level.touches = level.touches.saturating_add(1);
            }
            level.away = 0;
        }
    }

    /// A session began: touches are counted anew.
    pub(crate) fn on_session(&mut self) {
        for level in &mut self.levels {
            (level.touches, level.away) = (0, 0);
        }
    }

    /// Another contract is traded: only its own levels are kept.
    pub(crate) fn keep(&mut self, sym: Sym) {
        if self.sym != Some(sym) {
            (self.sym, self.value_area) = (None, ValueArea::default());
            self.levels.clear();
        }
    }

    /// The previous value area of `sym`.
    pub(crate) fn value_area(&self, sym: Sym) -> ValueArea {
        if self.sym == Some(sym) { self.value_area } else { ValueArea::default() }
    }

    /// Fills `map` with the clusters at `now` as a trade of `side` sees them.
    pub(crate) fn cluster(&self, map: &mut ClusterMap, side: Side, now: i64, atr: Option<f64>) {
        let sign = if side == Side::Buy { -1.0 } else { 1.0 };
        let lines = self.levels.iter().map(|level| LevelLine {
            id: Arc::clone(&level.id),
            family: level.family,
            price: sign * level.price,
            weight: self.effective(level, now),
        });
        map.rebuild(lines, self.tolerance(atr));
    }

    fn tolerance(&self, atr: Option<f64>) -> f64 {
        (self.settings.tol_ticks as f64).max(self.settings.tol_atr * atr.unwrap_or(0.0))
    }

    /// `min(0.9, w * age * touch)`.
    fn effective(&self, level: &Tracked, now: i64) -> f64 {
        let age = match level.family {
            Family::Gamma => {
                let ttl =
                    if level.id.eq_ignore_ascii_case("flip") { FLIP_TTL_MIN } else { WALL_TTL_MIN };
                let age_min = now.saturating_sub(level.asof) as f64 / 60e6;
                (1.0 - age_min / ttl).max(0.1)
            }
            // Frozen for the session, or computed anew at every bar.
            _ => 1.0,
        };
        let touch = (1.0 + self.settings.touch_gain * f64::from(level.touches)).min(TOUCH_MAX);
        (level.weight * age * touch).min(WEIGHT_MAX)
    }
}

/// A computed price in ticks: exact where it lies on the grid.
///
/// # Errors
/// A price out of range: bad input.
pub(crate) fn exact_ticks(points: f64, instrument: &Instrument) -> Result<f64, Failure> {
    let px = Px::from_points(points)
        .ok_or_else(|| Failure::bad_input(format!("price {points} is out of range")))?;
    let on_grid = instrument.ticks(px).map(|ticks| ticks.0 as f64);
    Ok(on_grid.unwrap_or(points / instrument.tick_points()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::wire::By;
    use crate::wire::Level;
    use crate::wire::Num;

    const MINUTE: i64 = 60_000_000;

    fn snapshot(sym: &str, levels: &[(&str, &str, f64, f64)]) -> Levels {
        let lv = levels.iter().map(|(id, fam, px, w)| Level {
            id: (*id).to_owned(),
            fam: (*fam).to_owned(),
            px: Num(*px),
            w: Num(*w),
            src: "rth".to_owned(),
            asof: 0,
        });
        Levels { ts: 0, sym: Sym::new(sym).unwrap(), by: By::Features, ct: 0, lv: lv.collect() }
    }

    fn book(levels: &[(&str, &str, f64, f64)]) -> (LevelBook, Instrument) {
        let es = Config::default().instrument_named("ES").unwrap();
        let mut book = LevelBook::new(LevelSettings::default());
        book.update(&snapshot("ESM22", levels), &es).unwrap();
        (book, es)
    }

    fn strength_of(book: &LevelBook, px: f64, side: Side, now: i64, atr: Option<f64>) -> f64 {
        let mut map = ClusterMap::default();
        book.cluster(&mut map, side, now, atr);
        map.view().at(px).map_or(0.0, |cluster| cluster.strength)
    }

    fn flat(price: i64) -> BarTicks {
        BarTicks { open: price, high: price, low: price, close: price }
    }

    #[test]
    fn levels_belong_to_their_contract() {
        let (book, _) = book(&[("pVAH", "PROFILE", 5010.0, 0.6), ("pPOC", "PROFILE", 5000.1, 0.5)]);
        let area = book.value_area(Sym::new("ESM22").unwrap());
        assert_eq!((area.high, area.low), (Some(20040.0), None));
        assert!((area.poc.unwrap() - 20000.4).abs() < 1e-9);
        assert_eq!(book.value_area(Sym::new("ESU22").unwrap()), ValueArea::default());
    }

    #[test]
    fn a_level_that_left_the_snapshot_is_gone() {
        let (mut book, es) = book(&[("pVAH", "PROFILE", 5010.0, 0.6)]);
        book.update(&snapshot("ESM22", &[("pVAL", "PROFILE", 4990.0, 0.6)]), &es).unwrap();
        assert_eq!(book.value_area(Sym::new("ESM22").unwrap()).high, None);
        assert!(strength_of(&book, 20040.0, Side::Sell, 0, None).abs() < 1e-12);
        assert!((strength_of(&book, -19960.0, Side::Buy, 0, None) - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_touch_needs_three_bars_away_and_raises_the_weight_up_to_a_limit() {
        let (mut book, es) = book(&[("ONH", "SESSION", 5000.0, 0.4)]);
        let sym = Sym::new("ESM22").unwrap();
        let strength = |book: &LevelBook| strength_of(book, 20000.0, Side::Sell, 0, None);
        let visit = |book: &mut LevelBook, away: usize| {
            for _ in 0..away {
                book.on_bar(sym, flat(20005), None);
            }
            book.on_bar(sym, flat(20004), None);
        };
        visit(&mut book, 2);
        assert!((strength(&book) - 0.4).abs() < 1e-12);
        visit(&mut book, 3);
        assert!((strength(&book) - 0.4 * 1.2).abs() < 1e-12);
        for _ in 0..5 {
            visit(&mut book, 3);
        }
        assert!((strength(&book) - 0.4 * 1.5).abs() < 1e-12);
        // A level that jumps is another level.
        book.update(&snapshot("ESM22", &[("ONH", "SESSION", 5002.0, 0.4)]), &es).unwrap();
        assert!((strength_of(&book, 20008.0, Side::Sell, 0, None) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn walls_age_and_frozen_levels_do_not() {
        let (book, _) = book(&[
            ("call_wall", "GAMMA", 5000.0, 0.6),
            ("flip", "GAMMA", 5010.0, 0.5),
            ("PDH", "SESSION", 5020.0, 0.5),
        ]);
        let at = |px: f64, minutes: i64| {
            strength_of(&book, px * 4.0, Side::Sell, minutes * MINUTE, None)
        };
        assert!((at(5000.0, 240) - 0.3).abs() < 1e-12);
        assert!((at(5010.0, 360) - 0.25).abs() < 1e-12);
        assert!((at(5020.0, 100_000) - 0.5).abs() < 1e-12);
        assert!((at(5000.0, 100_000) - 0.06).abs() < 1e-12);
    }

    #[test]
    fn the_tolerance_grows_with_the_range_of_the_market() {
        let (book, _) = book(&[("PDH", "SESSION", 5000.0, 0.5), ("R", "ROUND", 5001.5, 0.2)]);
        assert!((strength_of(&book, 20000.0, Side::Sell, 0, None) - 0.5).abs() < 1e-12);
        assert!((strength_of(&book, 20000.0, Side::Sell, 0, Some(60.0)) - 0.6).abs() < 1e-12);
    }
}
