//! Made-up sessions as a source of the stream.

use crate::feeds::identity::TOOL;
use crate::feeds::synth::book::Book;
use crate::feeds::synth::chain;
use crate::feeds::synth::chain::ChainMoment;
use crate::feeds::synth::chain::GammaShape;
use crate::feeds::synth::latent::Latent;
use crate::feeds::synth::memory::ValueArea;
use crate::feeds::synth::options::SynthOptions;
use crate::feeds::synth::plan::Plan;
use crate::feeds::synth::plan::PlannedSession;
use crate::feeds::synth::plant::Plant;
use crate::feeds::synth::plant::PlantPattern;
use crate::feeds::synth::plant::Planted;
use crate::feeds::synth::plant::Script;
use crate::feeds::synth::random::Random;
use crate::feeds::synth::session::SessionRun;
use crate::feeds::synth::shape::Shape;
use crate::feeds::synth::tape::Tape;
use crate::market::Calendar;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Clock;
use crate::wire::Failure;
use crate::wire::Index;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use std::ops::RangeInclusive;

/// Events a pull.
const BATCH: usize = 400;
const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
/// The chain is received this long before regular hours.
const CHAIN_BEFORE_US: i64 = 5 * MINUTE_US;
/// Nearest target of a planted rejection, ticks: its risk is 8 or 9, and costs come on top.
const TARGET_TICKS_MIN: i64 = 14;
/// Farthest level of a planted confluence when its path begins, ticks: a bit more than four a minute.
const CONFLUENCE_WAY_TICKS: f64 = 320.0;
/// Nearest point of control of a planted confluence, ticks: its risk is about twelve.
const CONFLUENCE_TICKS_MIN: i64 = 22;
/// Deviations of the VWAP that it may make, ticks.
const DEVIATIONS: RangeInclusive<i64> = 18..=27;
/// Round prices are levels, points.
const ROUND_POINTS: f64 = 50.0;
/// Trading days of a year.
const YEAR_DAYS: f64 = 252.0;

/// Independent streams of random numbers for one session.
#[derive(Clone, Copy)]
enum Draw {
    Tape = 0,
    Depth = 1,
    Chain = 2,
    Day = 3,
    Plant = 4,
}

/// Seeded sessions: trades, quotes, depth, index prints and a daily option chain, `src` syn.
pub struct SynthSource {
    options: SynthOptions,
    calendar: Calendar,
    instrument: Instrument,
    plan: Plan,
    run: String,
    next: usize,
    current: Option<Running>,
    announced: Option<Sym>,
    /// Latent price at the end of the session before, points of the index's fair value.
    spot: f64,
    log_vol: f64,
    area: Option<(Sym, ValueArea)>,
    planted: Vec<Planted>,
}

/// A session under way.
struct Running {
    day: PlannedSession,
    run: SessionRun,
    timers: Vec<(i64, Timer)>,
    timer: usize,
    vol: f64,
    open_spot: f64,
    last_ts: i64,
    /// Shape of the open interest, where a flip is planted; from the first chain on.
    shape: Option<GammaShape>,
    /// The event drawn but not made: timers come first.
    due: Option<i64>,
    wishes: Vec<(i64, Plant)>,
}

impl Running {
    /// Volatility of an option at the money that has a month to run: fear rises when the price falls.
    fn vol_at(&self, spot: f64) -> f64 {
        self.vol * libm::exp(-4.0 * libm::log(spot / self.open_spot))
    }

    /// Where net gamma will be zero at `ts`, ticks of the future, and how far beyond it a close counts.
    fn flip_at(&self, ts: i64, calendar: &Calendar, tick: f64) -> Option<(f64, f64)> {
        let shape = self.shape?;
        let (date, open_interest) = (self.day.session.date, false);
        let mut spot = shape.middle as f64;
        // The volatility depends on where the price will be: at the flip.
        for _ in 0..3 {
            let vol = self.vol_at(spot);
            let shape = self.shape;
            let moment = ChainMoment { ts, date, spot, vol, open_interest, shape };
            spot = shape?.flip(moment, calendar).ok()??;
        }
        let (open, close) = self.day.session.rth?;
        let years = (close - open) as f64 / MINUTE_US as f64 / chain::YEAR_MINUTES;
        // A twentieth of the day's expected move, a little more to be sure, at least four ticks.
        let buffer = 0.055 * spot * self.vol * years.sqrt() / tick;
        Some((spot * self.day.basis(ts) / tick, buffer.max(4.0)))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Timer {
    Chain,
    Index,
}

impl SynthSource {
    /// Plans the sessions.
    ///
    /// # Errors
    /// An option out of range, a date outside the calendar, a plant that cannot be.
    pub fn new(
        options: SynthOptions,
        calendar: Calendar,
        instrument: Instrument,
    ) -> Result<Self, Failure> {
        options.check(&instrument)?;
        let plan = Plan::new(&options, &calendar)?;
        let spot = options.start.points();
        let run = options.identity();
        let log_vol = libm::log(options.vol);
        Ok(Self {
            options,
            calendar,
            instrument,
            plan,
            run,
            next: 0,
            current: None,
            announced: None,
            spot,
            log_vol,
            area: None,
            planted: Vec::new(),
        })
    }

    /// The plants whose time has come so far, with their levels.
    pub fn plants(&self) -> &[Planted] {
        &self.planted
    }

    fn random(&self, date: TradeDate, draw: Draw) -> Random {
        Random::new(self.options.seed, u64::from(date.0) * 8 + draw as u64)
    }

    /// Starts the next session; `false` if there is none.
    fn start(&mut self, out: &mut dyn SourceOut) -> bool {
        let Some(day) = self.plan.sessions.get(self.next).cloned() else { return false };
        self.next += 1;
        let date = day.session.date;
        let mut random = self.random(date, Draw::Day);
        // The day's volatility wanders around the configured one.
        let usual = libm::log(self.options.vol);
        self.log_vol = usual + 0.85 * (self.log_vol - usual) + 0.12 * random.normal();
        let vol = libm::exp(self.log_vol).clamp(0.5 * self.options.vol, 2.0 * self.options.vol);
        let tick = self.instrument.tick_points();
        let price = self.spot * day.basis(day.session.open) / tick;
        let day_sigma = vol / YEAR_DAYS.sqrt() * price;
        let price = price + 0.12 * day_sigma * random.normal();
        let shape = Shape::new(&day.session, self.options.rate, day_sigma);
        let open = day.session.open;
        let bid = (price - 0.5).round() as i64;
        let queue = shape.at(open).queue;
        let book = Book::new(bid, queue, self.options.depth, self.random(date, Draw::Depth));
        let tape = Tape::new(day.sym, self.instrument);
        let tape_random = self.random(date, Draw::Tape);
        let latent = Latent::new(price);
        let session = day.session.clone();
        let mut run = SessionRun::new(session, shape, latent, book, tape, day.balance, tape_random);
        if self.announced != Some(day.sym) {
            self.announced = Some(day.sym);
            out.record(&Record::Stream(self.stream(open, day.sym)));
        }
        run.open(out);
        let timers = self.timers(&day);
        let wishes = day.plants.clone();
        let open_spot = price * tick / day.basis(open);
        self.current = Some(Running {
            day,
            run,
            timers,
            timer: 0,
            vol,
            open_spot,
            last_ts: open,
            shape: None,
            due: None,
            wishes,
        });
        true
    }

    fn stream(&self, ts: i64, sym: Sym) -> Stream {
        Stream {
            ts,
            sym,
            v: 1,
            src: Src::Syn,
            mode: StreamMode::Synthetic,
            phase: self.options.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(self.options.root.clone()),
        }
    }

    fn timers(&self, day: &PlannedSession) -> Vec<(i64, Timer)> {
        let Some((from, to)) = day.session.rth else { return Vec::new() };
        let mut timers = Vec::new();
        if self.options.chain {
            timers.push((from - CHAIN_BEFORE_US, Timer::Chain));
            let every = i64::from(self.options.chain_every_s) * SECOND_US;
            if every > 0 {
                let chains = (0..(to - from) / every).map(|i| (from + i * every, Timer::Chain));
                timers.extend(chains);
            }
        }
        let every = i64::from(self.options.index_every_s) * SECOND_US;
        if every > 0 {
            let prints = (0..=(to - from) / every).map(|i| (from + i * every, Timer::Index));
            timers.extend(prints);
        }
        // Of one moment the chain comes first.
        timers.sort();
        timers
    }

    /// Makes the next event or timer; `false` at the end of the session.
    fn step(&mut self, running: &mut Running, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let due = match running.due.take() {
            Some(due) => Some(due),
            None => running.run.next_event(),
        };
        let close = running.day.session.close;
        let until = due.unwrap_or(close);
        if let Some((ts, timer)) = running.timers.get(running.timer).copied()
            && ts <= until
        {
            running.timer += 1;
            running.due = due;
            if due.is_none() {
                // The draw at the close must not be repeated: it stays the close.
                running.due = Some(close);
            }
            self.on_timer(running, ts, timer, out)?;
            return Ok(true);
        }
        match due.filter(|ts| *ts < close) {
            Some(ts) => {
                self.start_plants(running, ts);
                let dt = (ts - running.last_ts) as f64 / SECOND_US as f64;
                running.last_ts = ts;
                running.run.event(ts, dt, out);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn on_timer(
        &self,
        running: &mut Running,
        ts: i64,
        timer: Timer,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        let future = running.run.book.mid() * self.instrument.tick_points();
        let spot = future / running.day.basis(ts);
        let level = running.vol_at(spot);
        if timer == Timer::Chain {
            let date = running.day.session.date;
            let before = running.day.session.rth.is_some_and(|(open, _)| ts < open);
            if let (None, Some(side)) = (running.shape, running.day.flip_side()) {
                running.shape = Some(GammaShape::around(spot, side));
            }
            let shape = running.shape;
            // Strikes that leave the list and come back must not have lost their open interest.
            let open_interest = before || shape.is_some();
            let moment = ChainMoment { ts, date, spot, vol: level, open_interest, shape };
            let mut random = self.random(date, Draw::Chain);
            chain::write(moment, &self.calendar, &mut random, out)?;
        }
        for (name, px) in [("SPX", spot), ("VIX", 100.0 * level + 1.0)] {
            if let Some(sym) = Sym::new(name) {
                let (px, src) = (chain::cents(px), Src::Syn);
                let flags = crate::wire::TradeFlags::default();
                out.record(&Record::Index(Index { ts, sym, px, src, rx: None, flags }));
            }
        }
        Ok(())
    }

    /// Hands the plants whose time has come to the session.
    fn start_plants(&mut self, running: &mut Running, now: i64) {
        while let Some((ts, plant)) = running.wishes.first().copied() {
            let day = &running.day.session;
            let open = day.rth.map_or(day.open, |(open, _)| open);
            if now < Plan::lead_start(plant.pattern, ts, open) {
                return;
            }
            running.wishes.remove(0);
            let mut planted = Planted { plant, ts, level: None, target: None, failed: None };
            match self.script(running, ts, plant, &mut planted) {
                Ok(script) => running.run.add_script(script),
                Err(why) => planted.failed = Some(why),
            }
            match planted.failed {
                None => tracing::info!("planted {plant}"),
                Some(why) => tracing::warn!("{plant} was not planted: {why}"),
            }
            self.planted.push(planted);
        }
    }

    /// The path of a plant; notes its level and target.
    ///
    /// # Errors
    /// Why it cannot be planted.
    fn script(
        &self,
        running: &Running,
        ts: i64,
        plant: Plant,
        planted: &mut Planted,
    ) -> Result<Script, &'static str> {
        let day = &running.day;
        let mut random = self.random(day.session.date, Draw::Plant);
        let area = || {
            let area = self.area.filter(|(sym, _)| *sym == day.sym).map(|(_, area)| area);
            area.ok_or("no value area of an earlier session of this contract")
        };
        let edge = |area: ValueArea| if plant.side == Side::Sell { area.high } else { area.low };
        match plant.pattern {
            PlantPattern::VwapDeviation => Ok(Script::vwap_deviation(ts, plant.side, &mut random)),
            PlantPattern::VaRejection => {
                let area = area()?;
                let level = edge(area);
                (planted.level, planted.target) = (Some(level), Some(area.poc));
                if (level - area.poc).abs() < TARGET_TICKS_MIN {
                    return Err("the point of control is too near for a trade");
                }
                Ok(Script::va_rejection(ts, plant.side, area, &mut random))
            }
            PlantPattern::Confluence => {
                let area = area()?;
                let level = edge(area);
                planted.level = Some(level);
                if (level - area.poc).abs() < CONFLUENCE_TICKS_MIN {
                    return Err("the point of control is too near for a trade");
                }
                if self.round_disturbs(area, plant.side) {
                    return Err("a round price lies just before the level");
                }
                let deviation = self.clear_deviation(area, plant.side);
                if (running.run.book.mid() - level as f64).abs() > CONFLUENCE_WAY_TICKS {
                    return Err(
                        "the level is too far to be reached before the open without a jump",
                    );
                }
                let open = day.session.rth.map_or(day.session.open, |(open, _)| open);
                Ok(Script::confluence(ts, open, plant.side, level as f64, deviation))
            }
            PlantPattern::BattleNavale => {
                let middle = running.run.book.mid().round();
                Ok(Script::battle_navale(ts, plant.side, middle, &mut random))
            }
            PlantPattern::GammaFlip => {
                let tick = self.instrument.tick_points();
                let flip = running.flip_at(ts, &self.calendar, tick);
                let (flip, buffer) =
                    flip.ok_or("the chain has no zero of gamma near the middle")?;
                planted.level = Some(flip.round() as i64);
                Ok(Script::gamma_flip(ts, plant.side, flip, buffer))
            }
        }
    }

    /// Ticks from `price` to the nearest round one.
    fn to_round(&self, price: i64) -> i64 {
        let step = self.instrument.nearest(ROUND_POINTS).0.max(1);
        let over = price.rem_euclid(step);
        over.min(step - over)
    }

    /// Whether a round price would join the cluster at the edge of the value area from the side of the
    /// trade.
    fn round_disturbs(&self, area: ValueArea, side: Side) -> bool {
        self.to_round(if side == Side::Sell { area.high - 9 } else { area.low + 9 }) <= 5
    }

    /// The deviation of the VWAP, ticks, that keeps it and its first bands clear of what else is known
    /// of the day's levels, when its second band lies at the edge of the value area.
    fn clear_deviation(&self, area: ValueArea, side: Side) -> f64 {
        let sign = if side == Side::Sell { 1 } else { -1 };
        let (level, far) =
            if side == Side::Sell { (area.high, area.low) } else { (area.low, area.high) };
        let gap = |deviation: i64| {
            let lines = (1..=3).map(|n| level - sign * n * deviation);
            let near = |line: i64| {
                self.to_round(line).min((line - area.poc).abs()).min((line - far).abs())
            };
            lines.map(near).min().unwrap_or(0)
        };
        (*DEVIATIONS.start()..=*DEVIATIONS.end())
            .max_by_key(|d| (gap(*d), -d))
            .unwrap_or(*DEVIATIONS.start()) as f64
    }

    /// Ends a session: what it leaves to the next.
    fn finish(&mut self, running: &Running, out: &mut dyn SourceOut) {
        let (ts, sym) = (running.day.session.close, running.day.sym);
        // Closes the last bars: no trade may come for days.
        out.record(&Record::Clock(Clock { ts, sym, src: Src::Syn }));
        let future = running.run.latent.price * self.instrument.tick_points();
        self.spot = future / running.day.basis(ts);
        if let Some(area) = running.run.profile.value_area() {
            self.area = Some((running.day.sym, area));
        }
    }
}

impl Source for SynthSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let Some(mut running) = self.current.take() else { return Ok(self.start(out)) };
        for _ in 0..BATCH {
            if !self.step(&mut running, out)? {
                self.finish(&running, out);
                return Ok(self.next < self.plan.sessions.len());
            }
        }
        self.current = Some(running);
        Ok(true)
    }
}
