//! Known patterns at known times: the path, sides and volumes that make them.

use crate::feeds::synth::memory::ValueArea;
use crate::feeds::synth::random::Random;
use crate::market::Side;
use crate::market::TradeDate;
use std::fmt;
use std::str::FromStr;

const MINUTE_US: i64 = 60_000_000;
const SECOND_US: i64 = 1_000_000;
/// How long a path leads beyond its trigger, at most.
pub const AFTER_US: i64 = 32 * MINUTE_US;
/// A confluence leads from so long before the regular open on.
pub const CONFLUENCE_BEFORE_US: i64 = 90 * MINUTE_US;
/// Where the second band is to lie when the swings end, ticks beyond the level: the rest moves it there.
const CONFLUENCE_BAND: f64 = -3.5;
/// Farthest that an event takes the price where it is steered, ticks.
const STEP_MAX: f64 = 0.8;

/// A pattern that can be planted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlantPattern {
    /// VAH/VAL rejection.
    VaRejection,
    /// VWAP deviation.
    VwapDeviation,
    /// Gamma flip momentum; its day has a chain made for it.
    GammaFlip,
    /// Battle Navale, won by initiative.
    BattleNavale,
    /// Multi-level confluence.
    Confluence,
}

impl PlantPattern {
    /// Every pattern that can be planted.
    pub const ALL: [Self; 5] = [
        Self::VaRejection,
        Self::VwapDeviation,
        Self::GammaFlip,
        Self::BattleNavale,
        Self::Confluence,
    ];

    /// Name, as the pattern is called in signals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VaRejection => "va_rejection",
            Self::VwapDeviation => "vwap_deviation",
            Self::GammaFlip => "gamma_flip",
            Self::BattleNavale => "battle_navale",
            Self::Confluence => "confluence",
        }
    }
}

/// A wish: this pattern, so that its trigger bar closes at this New York time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plant {
    /// Pattern.
    pub pattern: PlantPattern,
    /// Trade date.
    pub date: TradeDate,
    /// Minute of the New York day at which the trigger bar closes.
    pub minute: u16,
    /// Side of the trade: sell at the upper level, buy at the lower.
    pub side: Side,
}

impl FromStr for Plant {
    type Err = String;

    /// Reads `PATTERN@DATE:HH:MM[:side]`, for example `va_rejection@2026-03-10:11:00:sell`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "`{text}` is not PATTERN@DATE:HH:MM[:buy|:sell], for example va_rejection@2026-03-10:11:00"
            )
        };
        let (pattern, when) = text.split_once('@').ok_or_else(form)?;
        let pattern =
            PlantPattern::ALL.into_iter().find(|p| p.name() == pattern).ok_or_else(|| {
                let known = PlantPattern::ALL.map(PlantPattern::name).join(", ");
                format!("pattern `{pattern}` cannot be planted; known: {known}")
            })?;
        let parts: Vec<&str> = when.split(':').collect();
        let (date, hour, minute, side) = match parts[..] {
            [date, hour, minute] | [date, hour, minute, "sell" | "S"] => {
                (date, hour, minute, Side::Sell)
            }
            [date, hour, minute, "buy" | "B"] => (date, hour, minute, Side::Buy),
            _ => return Err(form()),
        };
        let date = date.parse().map_err(|e| format!("{e}"))?;
        let (hour, minute): (u16, u16) =
            (hour.parse().map_err(|_| form())?, minute.parse().map_err(|_| form())?);
        if hour > 23 || minute > 59 {
            return Err(form());
        }
        Ok(Self { pattern, date, minute: hour * 60 + minute, side })
    }
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.side == Side::Buy { "buy" } else { "sell" };
        let (pattern, date) = (self.pattern.name(), self.date);
        write!(f, "{pattern}@{date}:{:02}:{:02}:{side}", self.minute / 60, self.minute % 60)
    }
}

/// What became of a plant.
#[derive(Clone, PartialEq, Debug)]
pub struct Planted {
    /// The wish.
    pub plant: Plant,
    /// When the trigger bar closes, microseconds UTC.
    pub ts: i64,
    /// The level that is rejected, ticks: the value area's end; `None` for the VWAP, which moves.
    pub level: Option<i64>,
    /// First target, ticks, likewise.
    pub target: Option<i64>,
    /// Why it could not be planted, if it could not.
    pub failed: Option<&'static str>,
}

/// How far from a band of the VWAP a path turns, at most, ticks.
const EDGE_TICKS: f64 = 11.0;

/// A point of the path: where the price is to be at `ts`.
#[derive(Clone, Copy, Debug)]
struct Point {
    ts: i64,
    /// Beyond the anchor, deviations of the VWAP.
    deviations: f64,
    /// Beyond the anchor, ticks.
    ticks: f64,
    /// But not farther than this, deviations of the VWAP.
    most: f64,
    /// And farther by this many deviations, but by no more than [`EDGE_TICKS`].
    edge: f64,
}

impl Point {
    const fn at(ts: i64, deviations: f64, ticks: f64) -> Self {
        Self { ts, deviations, ticks, most: f64::INFINITY, edge: 0.0 }
    }

    /// Ticks beyond the anchor, where the VWAP has this deviation.
    fn offset(&self, deviation: f64) -> f64 {
        let edge = (self.edge * deviation).clamp(-EDGE_TICKS, EDGE_TICKS);
        let offset = self.deviations * deviation + edge + self.ticks;
        if self.most.is_finite() {
            let most = self.most * deviation;
            offset.clamp(-most, most)
        } else {
            offset
        }
    }
}

/// A stretch with a given share of buyers.
#[derive(Clone, Copy, Debug)]
pub(in crate::feeds::synth) struct Flow {
    from: i64,
    until: i64,
    /// Share of buyers.
    pub(in crate::feeds::synth) buyers: f64,
    /// Whether the prevailing side has large orders, which the other has not.
    pub(in crate::feeds::synth) large: bool,
}

/// A stretch in which the price swings so that the VWAP and its deviation become what is wanted.
#[derive(Clone, Copy, Debug)]
struct Weave {
    /// When the VWAP began.
    open: i64,
    from: i64,
    until: i64,
    /// Deviation wanted, ticks.
    deviation: f64,
    /// Mean wanted, ticks beyond the anchor.
    mean: f64,
    /// Highest price, ticks beyond the anchor.
    top: f64,
}

impl Weave {
    /// Length of a swing.
    const PERIOD_US: i64 = 8 * MINUTE_US;
    /// A wave of height 1 that stays at its ends for three eighths of the time; its deviation.
    const STEEP: f64 = 1.6;
    const WAVE_RMS: f64 = 0.764;
    /// What is still to be traded, as a share of what was, is at least this.
    const REST_MIN: f64 = 0.08;
    /// A minute trades less than the mean of the minutes before it: the open is busy.
    const FADE: f64 = 0.7;

    /// Where the price is to be, ticks beyond the anchor, while the VWAP has this mean (likewise) and
    /// deviation: so that all that is traded until the end has those wanted.
    fn offset(&self, ts: i64, mean: f64, deviation: f64) -> f64 {
        let (gone, left) = ((ts - self.open).max(1) as f64, (self.until - ts).max(0) as f64);
        let rest = (Self::FADE * left / gone).max(Self::REST_MIN);
        let squares = |mean: f64, deviation: f64| mean * mean + deviation * deviation;
        let wanted = squares(self.mean, self.deviation);
        let middle = self.mean + (self.mean - mean) / rest;
        let middle = middle.clamp(self.mean - 14.0, self.mean + 14.0);
        let square = wanted + (wanted - squares(mean, deviation)) / rest;
        let spread = (square - middle * middle).max(0.0).sqrt();
        let spread = spread.clamp(0.5 * self.deviation, 1.3 * self.deviation);
        // It ends at a top.
        let phase = (self.until - ts).rem_euclid(Self::PERIOD_US) as f64 / Self::PERIOD_US as f64;
        let triangle = 4.0 * (phase - 0.5).abs() - 1.0;
        let wave = (Self::STEEP * triangle).clamp(-1.0, 1.0);
        (middle + wave * spread / Self::WAVE_RMS).min(self.top)
    }
}

/// A path that the price follows for a while.
#[derive(Clone, Debug)]
pub struct Script {
    from: i64,
    until: i64,
    /// +1: the pattern sells at an upper level; -1: its mirror.
    sign: f64,
    /// A fixed level in ticks; `None`: the VWAP.
    level: Option<f64>,
    points: Vec<Point>,
    flows: Vec<Flow>,
    start: Option<f64>,
    weave: Option<Weave>,
}

impl Script {
    /// A VAH rejection (QUANT 5.3; its mirror for a buy) whose trigger bar closes at `ts`: a walk
    /// to the level, forty minutes sideways below it (so that the regime is RANGE), a bar that
    /// probes three ticks beyond on buying, a bar that closes two ticks inside on selling, and the
    /// way to the point of control.
    pub fn va_rejection(ts: i64, side: Side, area: ValueArea, random: &mut Random) -> Self {
        let sign = -side.sign() as f64;
        let level = if side == Side::Sell { area.high } else { area.low } as f64;
        let to_poc = (area.poc as f64 - level) * sign;
        let mut script = Self::new(ts - 90 * MINUTE_US, ts + 20 * MINUTE_US, sign, Some(level));
        let start = ts - 42 * MINUTE_US;
        script.zigzag(39, 1, Point::at(start, 0.0, -12.0), Point::at(0, 0.0, 4.0), random);
        script.to(ts - 2 * MINUTE_US, 0.0, -5.0);
        script.to(ts - MINUTE_US - 20 * SECOND_US, 0.0, 3.5);
        script.to(ts - MINUTE_US - 8 * SECOND_US, 0.0, 2.0);
        script.to(ts - MINUTE_US, 0.0, 2.0);
        script.to(ts - 12 * SECOND_US, 0.0, -2.0);
        script.to(ts, 0.0, -2.0);
        script.to(ts + 18 * MINUTE_US, 0.0, to_poc - 2.0);
        script.to(ts + 20 * MINUTE_US, 0.0, to_poc);
        script.flow(ts - 2 * MINUTE_US, ts - MINUTE_US, 0.68);
        script.flow(ts - MINUTE_US, ts, 0.18);
        script.flow(ts, ts + 18 * MINUTE_US, 0.45);
        script
    }

    /// A VWAP deviation (QUANT 5.4; its mirror for a buy) whose trigger bar closes at `ts`: forty
    /// minutes of wide swings around the VWAP (so that two deviations are worth a trade), half an
    /// hour of narrow ones (so that the regime is RANGE), a rise to 2.25 deviations (at most
    /// [`EDGE_TICKS`] beyond 2: a stop must not be too far away) on selling (so that the cumulative delta diverges), two closes outside, a close back inside, and the way to
    /// the VWAP.
    pub fn vwap_deviation(ts: i64, side: Side, random: &mut Random) -> Self {
        let sign = -side.sign() as f64;
        let mut script = Self::new(ts - 80 * MINUTE_US, ts + AFTER_US, sign, None);
        let (wide, narrow) = (ts - 75 * MINUTE_US, ts - 33 * MINUTE_US);
        script.zigzag(38, 5, Point::at(wide, 0.0, 0.0), Point::at(0, 0.0, 30.0), random);
        let swing = Point { most: 1.4, ..Point::at(0, 0.12, 12.0) };
        script.zigzag(28, 2, Point::at(narrow, 0.0, 0.0), swing, random);
        let outside = |ts| Point { edge: 0.25, ..Point::at(ts, 2.0, 0.5) };
        let inside = |ts| Point { edge: -0.25, ..Point::at(ts, 2.0, 0.0) };
        script.points.push(outside(ts - 2 * MINUTE_US - 12 * SECOND_US));
        script.points.push(outside(ts - MINUTE_US));
        script.points.push(inside(ts - 15 * SECOND_US));
        script.points.push(inside(ts));
        script.to(ts + 14 * MINUTE_US, 0.0, -1.0);
        // There it stays for a while: another signal would hide this one.
        let after = ts + 16 * MINUTE_US;
        script.zigzag(16, 2, Point::at(after, 0.0, -2.0), Point::at(0, 0.0, 5.0), random);
        script.flow(narrow, ts - 5 * MINUTE_US, 0.5);
        script.flow(ts - 5 * MINUTE_US, ts, 0.25);
        script.flow(ts, ts + 14 * MINUTE_US, 0.45);
        script
    }

    /// A Battle Navale (QUANT 5.6; its mirror for a buy) that is won by initiative in the bar that
    /// closes at `ts`, around `middle`, ticks: half an hour of wide swings (no base, no trend), a base of
    /// eight tight bars, a bar that colours it red, one that departs, the return into the zone, four
    /// bars of battle at the edge of the base in which sellers gain a little, and one of selling that
    /// closes three ticks below the base; then the way to the targets.
    pub fn battle_navale(ts: i64, side: Side, middle: f64, random: &mut Random) -> Self {
        let minute = |n: i64| ts + n * MINUTE_US;
        let sign = -side.sign() as f64;
        let mut script = Self::new(minute(-55), minute(20), sign, Some(middle));
        let wide = Point::at(minute(-49), 0.0, 0.0);
        script.zigzag(31, 1, wide, Point::at(0, 0.0, 28.0), random);
        // The base: from end to end in every bar, so that its height is known.
        for n in 0..8 {
            for (second, at) in [(4, -2.0), (24, 2.0), (44, -2.0), (60, 0.0)] {
                script.to(minute(n - 17) + second * SECOND_US, 0.0, at);
            }
        }
        script.to(minute(-8), 0.0, -8.0);
        script.to(minute(-7), 0.0, -16.0);
        script.to(minute(-6) - 20 * SECOND_US, 0.0, -2.0);
        script.to(minute(-1) + 5 * SECOND_US, 0.0, -2.0);
        script.to(ts - 15 * SECOND_US, 0.0, -6.7);
        script.to(ts, 0.0, -6.7);
        script.to(minute(12), 0.0, -26.0);
        script.to(minute(20), 0.0, -32.0);
        script.flow(minute(-17), minute(-9), 0.5);
        script.flow(minute(-9), minute(-7), 0.25);
        script.flow(minute(-7), minute(-6), 0.5);
        script.flow(minute(-6), minute(-1), 0.26);
        script.flow(minute(-1), ts, 0.04);
        script.flow(ts, minute(12), 0.4);
        script
    }

    /// A gamma flip (QUANT 5.5; its mirror for a buy) whose second close beyond falls on `ts`: a walk to
    /// `reach` ticks before the zero-gamma level `flip`, a steady trend down to it, and two bars of
    /// selling that close beyond it by more than `buffer`.
    pub fn gamma_flip(ts: i64, side: Side, flip: f64, buffer: f64) -> Self {
        let minute = |n: i64| ts + n * MINUTE_US;
        let sign = -side.sign() as f64;
        // A sale comes from above: `sign` turns distances beyond into distances above.
        let mut script = Self::new(minute(-75), minute(20), sign, Some(flip));
        for n in 0..=36 {
            script.to(minute(n - 38), 0.0, 5.0 + 3.5 * (36 - n) as f64);
        }
        script.to(minute(-1) - 10 * SECOND_US, 0.0, -buffer - 4.0);
        script.to(minute(-1), 0.0, -buffer - 4.0);
        script.to(ts - 10 * SECOND_US, 0.0, -buffer - 8.0);
        script.to(ts, 0.0, -buffer - 8.0);
        script.to(minute(20), 0.0, -buffer - 60.0);
        script.flow(minute(-38), minute(-2), 0.45);
        script.flow(minute(-2), ts, 0.15);
        script.flow(ts, minute(20), 0.45);
        script
    }

    /// A confluence (QUANT 5.7; its mirror for a buy) whose reversal closes at `ts`, at the edge `level`
    /// of the previous value area: touched before and just after the regular open (`open`), so that
    /// extremes of the session lie there too; then left, with swings below it that bring the VWAP's
    /// second band there, the VWAP itself two of `deviation` away; then a bar that comes back to these
    /// levels, one of selling that turns away, large orders among it, and the way to the VWAP.
    pub fn confluence(ts: i64, open: i64, side: Side, level: f64, deviation: f64) -> Self {
        let minute = |n: i64| ts + n * MINUTE_US;
        let after = |seconds: i64| open + seconds * SECOND_US;
        let sign = -side.sign() as f64;
        let mut script = Self::new(open - CONFLUENCE_BEFORE_US, ts + AFTER_US, sign, Some(level));
        script.to(after(-16 * 60), 0.0, -0.5);
        script.to(after(-120), 0.0, -3.0 * deviation);
        script.to(open, 0.0, -3.0 * deviation);
        script.to(after(140), 0.0, -0.5);
        script.to(after(155), 0.0, -0.5);
        // Low within five minutes: no opening range may end between the level and its target.
        script.to(after(290), 0.0, -3.2 * deviation);
        let (from, until) = (after(300), minute(-7));
        script.to(from, 0.0, -3.2 * deviation);
        let top = -15.0;
        let mean = CONFLUENCE_BAND - 2.0 * deviation;
        script.weave = Some(Weave { open, from, until, deviation, mean, top });
        // Long enough above what lies farther down that the pattern has done with that.
        script.to(until, 0.0, top);
        script.to(minute(-2), 0.0, top);
        script.to(minute(-1) - 15 * SECOND_US, 0.0, -1.0);
        script.to(minute(-1), 0.0, -1.5);
        script.to(ts - 12 * SECOND_US, 0.0, -8.0);
        script.to(ts, 0.0, -8.0);
        script.to(minute(18), 0.0, -2.0 * deviation);
        // It stays away: another signal would hide this one.
        script.to(ts + AFTER_US, 0.0, -2.5 * deviation);
        // The last swings are made against the flow: no turn on the way may look like the pattern.
        let half = Weave::PERIOD_US / 2;
        for n in (0..8).filter(|n| until - (n + 1) * half >= from) {
            let buyers = if n % 2 == 0 { 0.4 } else { 0.6 };
            script.flow(until - (n + 1) * half, until - n * half, buyers);
        }
        script.flow(until, minute(-2), 0.5);
        script.flow(minute(-2), minute(-1), 0.6);
        script.flow(minute(-1), ts, 0.06);
        if let Some(flow) = script.flows.last_mut() {
            flow.large = true;
        }
        script.flow(ts, minute(12), 0.45);
        script.flow(minute(12), ts + AFTER_US, 0.6);
        script
    }

    const fn new(from: i64, until: i64, sign: f64, level: Option<f64>) -> Self {
        Self {
            from,
            until,
            sign,
            level,
            points: Vec::new(),
            flows: Vec::new(),
            start: None,
            weave: None,
        }
    }

    fn to(&mut self, ts: i64, deviations: f64, ticks: f64) {
        self.points.push(Point::at(ts, deviations, ticks));
    }

    /// A point every `leg` minutes, alternately above and below `center`.
    /// It starts at the time of `center`.
    fn zigzag(&mut self, minutes: i64, leg: i64, center: Point, swing: Point, random: &mut Random) {
        for turn in 0..=minutes / leg {
            let size = random.between(0.7, 1.3) * if turn % 2 == 0 { 1.0 } else { -1.0 };
            self.points.push(Point {
                ts: center.ts + turn * leg * MINUTE_US,
                deviations: center.deviations + size * swing.deviations,
                ticks: center.ticks + size * swing.ticks,
                most: swing.most,
                edge: 0.0,
            });
        }
    }

    /// `buyers` is the share of buyers for a pattern that sells; its mirror has as many sellers.
    fn flow(&mut self, from: i64, until: i64, buyers: f64) {
        let buyers = if self.sign > 0.0 { buyers } else { 1.0 - buyers };
        self.flows.push(Flow { from, until, buyers, large: false });
    }

    /// Whether it leads the price at `ts`.
    #[inline]
    pub const fn leads(&self, ts: i64) -> bool {
        self.from <= ts && ts < self.until
    }

    /// What is asked of the flow at `ts`.
    #[inline]
    pub(in crate::feeds::synth) fn flow_at(&self, ts: i64) -> Option<Flow> {
        self.flows.iter().find(|f| f.from <= ts && ts < f.until).copied()
    }

    /// Where the price is to be at `ts`, ticks. `here` is where it is, `vwap` mean and deviation.
    #[inline]
    pub fn price(&mut self, ts: i64, here: f64, vwap: Option<(f64, f64)>) -> f64 {
        let start = *self.start.get_or_insert(here);
        let (anchor, deviation) = match self.level {
            Some(level) => (level, 0.0),
            None => vwap.unwrap_or((here, 0.0)),
        };
        if let Some(weave) = self.weave {
            let vwap = vwap.filter(|_| (weave.from..weave.until).contains(&ts));
            let target = match vwap {
                Some((mean, spread)) => {
                    anchor + self.sign * weave.offset(ts, self.sign * (mean - anchor), spread)
                }
                None => self.way(ts, start, anchor, deviation),
            };
            // Swings and way do not meet to the tick: nobody jumps.
            return here + (target - here).clamp(-STEP_MAX, STEP_MAX);
        }
        self.way(ts, start, anchor, deviation)
    }

    /// The place on the path from point to point.
    fn way(&self, ts: i64, start: f64, anchor: f64, deviation: f64) -> f64 {
        let at = |p: &Point| anchor + self.sign * p.offset(deviation);
        let next = self.points.partition_point(|p| p.ts <= ts);
        let Some(to) = self.points.get(next) else {
            return self.points.last().map_or(start, at);
        };
        let (from_ts, from_px) = match next.checked_sub(1) {
            Some(index) => (self.points[index].ts, at(&self.points[index])),
            None => (self.from, start),
        };
        let share = (ts - from_ts) as f64 / (to.ts - from_ts).max(1) as f64;
        from_px + (at(to) - from_px) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plants_are_written_and_read() {
        let plant: Plant = "va_rejection@2026-03-10:11:00".parse().unwrap();
        assert_eq!((plant.minute, plant.side), (660, Side::Sell));
        let text = "vwap_deviation@2026-03-10:14:05:buy";
        assert_eq!(text.parse::<Plant>().unwrap().to_string(), text);
        for bad in [
            "va_rejection",
            "range_bounce@2026-03-10:11:00",
            "va_rejection@2026-02-30:11:00",
            "va_rejection@2026-03-10:25:00",
            "va_rejection@2026-03-10:11:00:up",
        ] {
            assert!(bad.parse::<Plant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_mirror_of_a_script_is_the_script_of_the_other_side() {
        let area = ValueArea { poc: 20_000, high: 20_040, low: 19_960 };
        let ts = 1_000 * MINUTE_US;
        let mut sell = Script::va_rejection(ts, Side::Sell, area, &mut Random::new(1, 1));
        let mut buy = Script::va_rejection(ts, Side::Buy, area, &mut Random::new(1, 1));
        for second in -5_400..1_200 {
            let at = ts + second * SECOND_US;
            let sum = sell.price(at, 20_010.0, None) + buy.price(at, 19_990.0, None);
            assert!((sum - 40_000.0).abs() < 1e-9);
            let buyers = sell.flow_at(at).map(|f| f.buyers + buy.flow_at(at).unwrap().buyers);
            assert!(buyers.is_none_or(|b| (b - 1.0).abs() < 1e-12));
        }
        let (open, ts) = (ts, ts + 120 * MINUTE_US);
        let mut sell = Script::confluence(ts, open, Side::Sell, 20_040.0, 22.0);
        let mut buy = Script::confluence(ts, open, Side::Buy, 19_960.0, 22.0);
        for second in -3_600..8_000 {
            let at = open + second * SECOND_US;
            let (above, below) = (Some((20_003.0, 19.0)), Some((19_997.0, 19.0)));
            let sum = sell.price(at, 20_010.0, above) + buy.price(at, 19_990.0, below);
            assert!((sum - 40_000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn swings_bring_the_second_band_where_it_is_wanted() {
        let (open, until) = (0, 100 * MINUTE_US);
        let (from, top) = (5 * MINUTE_US, -15.0);
        let weave = Weave { open, from, until, deviation: 22.0, mean: -47.5, top };
        // Whatever was traded before: here a fifth of all, near the level.
        let (mut weight, mut sum, mut squares) = (1_200.0, -12_000.0, 400_000.0);
        for second in 300..6_000 {
            let mean: f64 = sum / weight;
            let deviation = (squares / weight - mean * mean).max(0.0).sqrt();
            let at = weave.offset(second * SECOND_US, mean, deviation);
            assert!(at <= top);
            weight += 1.0;
            sum += at;
            squares += at * at;
        }
        let mean = sum / weight;
        let band = mean + 2.0 * (squares / weight - mean * mean).sqrt();
        assert!((band - (-3.5)).abs() < 1.5, "{band}");
    }
}
