//! Battle Navale, the author's method (QUANT 5.6).
//!
//! Vikings are aggressive buyers, Defenders aggressive sellers, bases are consolidations where
//! forces rest. Everything here is written for the purchase at a green base, as the author tells
//! it; the machine of a sale runs the same text on the market upside down.

mod base;
mod battle;
mod candle;
mod force;
mod heights;
mod rule;
mod scales;
mod shapes;

use crate::config;
use crate::config::Config;
use crate::config::StopMode;
use crate::market::Side;
use crate::strategies::band::BandSource;
use crate::strategies::bar_clock::Restart;
use crate::strategies::clusters::Clusters;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Entered;
use crate::strategies::machine::Machine;
use crate::strategies::machine::Manage;
use crate::strategies::machine::Setup;
use crate::strategies::machine::State;
use crate::strategies::machine::Step;
use crate::strategies::scores::Scores;
use crate::strategies::selector::Admission;
use crate::strategies::view::Print;
use crate::strategies::view::View;
use base::Bases;
use base::Coloured;
use base::Measures;
use battle::Campaign;
use battle::Phase;
use battle::Victory;
use candle::Candle;
use candle::Colour;
use candle::Tape;
use heights::Heights;
use rule::Standing;
use scales::Scales;

/// Beyond the far edge of the base stands the stop of [`StopMode::Structure`], ticks.
const STRUCTURE_BUFFER: i64 = 2;

/// A base breaks out, price leaves it, comes back to its zone, and the battle there is won.
///
/// One machine holds the whole method, both colours, as its side sees the market;
/// `docs/patterns/battle_navale.md` draws it.
#[derive(Debug)]
pub struct BattleNavale {
    settings: config::BattleNavale,
    side: Side,
    /// Size of a tick, points: for numbers shown.
    tick: f64,
    /// Least distance of a stop, ticks.
    stop_min: i64,
    initiative_in_range: bool,
    tape: Tape,
    heights: Heights,
    /// Largest height of a base in this session, ticks.
    height_max: i64,
    bases: Bases,
    campaign: Option<Campaign>,
    held: Vec<Held>,
    reading: Option<Reading>,
    /// Scratch space of the median.
    volumes: Vec<u64>,
}

/// The base of a trade that may be open.
#[derive(Clone, Copy, Debug)]
struct Held {
    base: Coloured,
    /// When the holding time is over, microseconds UTC.
    until: i64,
    /// Closed bars of the other colour in a row.
    counter: u32,
}

/// The score of a close and its parts.
#[derive(Clone, Copy, Debug)]
struct Reading {
    force: Result<f64, Code>,
    rule: f64,
    /// Of the governing base while it is unbroken.
    quality: Option<f64>,
    kappa: f64,
    score: Result<f64, Code>,
}

impl BattleNavale {
    /// The machine of this side; the side only gives names and signs to what is shown.
    pub fn new(config: &Config, side: Side) -> Self {
        let settings = config.patterns.battle_navale.clone();
        let keep = (settings.norm_bars + settings.force_bars).max(settings.base_bars);
        let tick = config.instrument_named(&config.instrument).map_or(1.0, |i| i.tick_points());
        Self {
            side,
            tick,
            stop_min: config.risk.stop_min_ticks,
            initiative_in_range: config.selector.bn_initiative_in_range,
            tape: Tape::new(keep.max(shapes::BARS)),
            heights: Heights::default(),
            height_max: settings.base_max_ticks,
            bases: Bases::default(),
            campaign: None,
            held: Vec::new(),
            reading: None,
            volumes: Vec::with_capacity(settings.norm_bars),
            settings,
        }
    }

    /// Folds a closed bar of regular hours: the victory, or the first condition that is missing.
    fn fold(&mut self, market: &View<'_>) -> Result<Victory, Code> {
        self.tape.push(Candle { bar: market.bar, volume: market.volume });
        if let Some((low, high)) = self.tape.span(self.settings.base_bars) {
            self.heights.push(high - low);
        }
        let wick = market.band.pick(&self.settings.wick_ticks);
        self.follow_trades(market, wick);
        let measures = Measures { ts: market.ts, wick, height_max: self.height_max };
        self.bases.fold(&self.tape, measures, &self.settings);
        let scales = self.scales();
        self.reading = Some(self.read(scales));
        self.fight(market, scales)
    }

    /// The bases of open trades go on being judged, whatever has become of them otherwise.
    fn follow_trades(&mut self, market: &View<'_>, wick: i64) {
        self.held.retain(|held| !held.base.is_broken() && market.ts <= held.until);
        let candle = Candle { bar: market.bar, volume: market.volume };
        let against = candle.colour() == Some(Colour::Red);
        for held in &mut self.held {
            held.base.judge(market.bar, wick, self.settings.zone_ticks);
            held.counter = if against { held.counter + 1 } else { 0 };
        }
    }

    fn scales(&mut self) -> Result<Scales, Code> {
        let (window, least) = (self.settings.force_bars, self.settings.norm_min);
        if self.tape.len() < window + least {
            return Err(Code::Warmup);
        }
        let norm = self.tape.before(window, self.settings.norm_bars);
        Scales::of(norm, &mut self.volumes)
    }

    fn read(&self, scales: Result<Scales, Code>) -> Reading {
        let force = scales.and_then(|scales| {
            let window = self.tape.newest(self.settings.force_bars).ok_or(Code::Warmup)?;
            force::force(&self.settings, &scales, window)
        });
        let governing = self.bases.governing();
        let unbroken = governing.filter(|base| !base.is_broken());
        let rule = governing.map_or(0.0, |b| b.colour.sign() * b.rule.standing.term());
        let kappa = unbroken.map_or(0.0, |base| base.colour.sign());
        let quality = unbroken.map(Coloured::quality);
        let config::BattleNavale { w_force, w_rule, w_base, .. } = self.settings;
        let base = quality.map_or(0.0, |q| w_base * q * kappa);
        let score = force.map(|f| w_force * f + w_rule * rule + base);
        Reading { force, rule, quality, kappa, score }
    }

    /// The battle on the newest green base that is neither broken nor used up.
    fn fight(&mut self, market: &View<'_>, scales: Result<Scales, Code>) -> Result<Victory, Code> {
        let Some(base) = self.bases.green.as_ref().filter(|base| !base.is_broken()) else {
            self.campaign = None;
            return Err(self.baseless());
        };
        let zone = self.settings.zone_ticks;
        let ongoing = self.campaign.take_if(|campaign| campaign.stamp == base.stamp);
        let campaign = self.campaign.insert(match ongoing {
            Some(campaign) => campaign,
            None => Campaign::new(base, zone),
        });
        campaign.on_close(market, scales, &self.settings)
    }

    /// Why there is no battle.
    const fn baseless(&self) -> Code {
        if self.bases.green.is_some() {
            Code::RuleBroken
        } else if self.bases.pending.is_some() {
            Code::BasePending
        } else {
            Code::NoBase
        }
    }

    /// What keeps a won battle from being traded.
    fn blocked(&self, base: &Coloured, market: &View<'_>) -> Option<Code> {
        let threshold = market.band.pick(&self.settings.threshold);
        let warned = base.rule.standing != Standing::Intact;
        match self.reading.map_or(Err(Code::Warmup), |reading| reading.score) {
            Err(code) => Some(code),
            Ok(score) if score < threshold => Some(Code::ScoreLow),
            Ok(_) if warned && self.settings.golden_rule_strict => Some(Code::RuleWarned),
            Ok(_) if base.quality() < self.settings.quality_min => Some(Code::BasePoor),
            Ok(_) => None,
        }
    }

    /// The trade of a won battle, or what blocks it.
    fn trade(&mut self, victory: Victory, market: &View<'_>) -> Result<Setup, Code> {
        let base = self.bases.green.ok_or(Code::NoBase)?;
        if let Some(code) = self.blocked(&base, market) {
            return Err(code);
        }
        let from_bars = self.campaign.as_ref().is_some_and(|campaign| campaign.from_bars);
        if let Some(campaign) = &mut self.campaign {
            campaign.phase = Phase::Won;
        }
        let hold_us = i64::from(self.settings.hold_min_max) * 60_000_000;
        self.held.push(Held { base, until: market.ts + hold_us, counter: 0 });
        Ok(self.setup(victory, &base, market, from_bars))
    }

    fn setup(&self, victory: Victory, base: &Coloured, market: &View<'_>, bars: bool) -> Setup {
        let close = market.bar.close;
        let wanted = match self.settings.stop_mode {
            StopMode::Fixed => self.settings.stop_ticks,
            StopMode::Structure => close - base.low + STRUCTURE_BUFFER,
        };
        // Widened here already: the targets are multiples of the distance that is risked.
        let risk = wanted.max(self.stop_min);
        let [near, far] = self.settings.target_r.map(|r| close + (r * risk as f64).floor() as i64);
        let initiative = victory == Victory::Initiative;
        let mut why = vec![if initiative { Code::Initiative } else { Code::AbsorptionAgrees }];
        why.extend((risk > wanted).then_some(Code::StopWidened));
        why.extend(bars.then_some(Code::FlowBars));
        why.extend(match market.band.source {
            BandSource::Vix => None,
            BandSource::AtmIv => Some(Code::BandAtmIv),
            BandSource::Fallback => Some(Code::BandFallback),
        });
        // The trade goes back to the stage as a sale: prices change their sign.
        Setup {
            entry: -close,
            stop: risk - close,
            target: -near,
            second_target: (far > near).then_some(-far),
            level: -(base.high as f64),
            admission: match (initiative, self.initiative_in_range) {
                (true, true) => Admission::BOTH,
                (true, false) => Admission::TREND,
                (false, _) => Admission::RANGE,
            },
            used: Inputs::default(),
            level_ids: vec![format!("{}@{}", self.base_name(), base.stamp)],
            why,
            manage: Manage {
                hold_min: Some(self.settings.hold_min_max),
                exits: if self.settings.exit_two_counter_bars {
                    &[Code::RuleBroken, Code::CounterBars]
                } else {
                    &[Code::RuleBroken]
                },
                ..Manage::default()
            },
            rr_min: None,
            key: base.stamp,
            story: self.story(victory),
        }
    }

    const fn buys(&self) -> bool {
        matches!(self.side, Side::Buy)
    }

    const fn base_name(&self) -> &'static str {
        if self.buys() { "green" } else { "red" }
    }

    const fn story(&self, victory: Victory) -> &'static str {
        match (victory, self.buys()) {
            (Victory::Initiative, true) => "the Vikings won the battle at their green base",
            (Victory::Initiative, false) => "the Defenders won the battle at their red base",
            (Victory::Absorption, true) => "the Defenders were absorbed at a green base",
            (Victory::Absorption, false) => "the Vikings were absorbed at a red base",
        }
    }

    /// Ticks that price must still travel to the next step.
    fn distance(&self, market: &View<'_>) -> Option<f64> {
        if let Some(campaign) = &self.campaign {
            return campaign.distance(market, &self.settings);
        }
        let pending = self.bases.pending.filter(|_| self.bases.green.is_none())?;
        Some((pending.high + 1 - market.bar.close) as f64)
    }

    /// Number of the phase, as the page of the pattern lists them.
    fn phase(&self) -> f64 {
        match (&self.campaign, self.baseless()) {
            (Some(campaign), _) => match campaign.phase {
                Phase::Coloured => 2.0,
                Phase::Departed => 3.0,
                Phase::Battle(_) => 4.0,
                Phase::Won => 5.0,
                Phase::Spent => 6.0,
            },
            (None, Code::RuleBroken) => 7.0,
            (None, Code::BasePending) => 1.0,
            (None, _) => 0.0,
        }
    }

    /// The market as the purchase sees it, from the view of a sale.
    fn market(view: &View<'_>) -> View<'static> {
        view.mirrored(Clusters::default())
    }
}

impl Machine for BattleNavale {
    fn reads(&self) -> Inputs {
        self.needs().with_if(Input::Absorption, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[Input::Regime, Input::Sides])
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        let market = Self::market(view);
        if !market.regular {
            return Step::waits(self.state(), Code::SessionClosed, None);
        }
        match self.fold(&market).and_then(|victory| self.trade(victory, &market)) {
            Ok(setup) => Step::triggers(setup),
            Err(code) => Step::waits(self.state(), code, self.distance(&market)),
        }
    }

    fn observe(&mut self, view: &View<'_>) {
        if view.regular {
            // A battle won now is not traded and goes on.
            let _: Result<Victory, Code> = self.fold(&Self::market(view));
        }
    }

    fn state(&self) -> State {
        match self.campaign.as_ref().map(|campaign| campaign.phase) {
            Some(Phase::Coloured | Phase::Departed) => State::Armed,
            Some(Phase::Battle(_)) => State::Probe,
            Some(Phase::Won | Phase::Spent) => State::Dead,
            None if self.bases.green.is_some() => State::Dead,
            None => State::Idle,
        }
    }

    fn exit(&self, _view: &View<'_>, trade: Entered) -> Option<Code> {
        let held = self.held.iter().find(|held| held.base.stamp == trade.key)?;
        if held.base.is_broken() {
            return Some(Code::RuleBroken);
        }
        let leaves = self.settings.exit_two_counter_bars && held.counter >= 2;
        leaves.then_some(Code::CounterBars)
    }

    fn reset(&mut self, why: Restart) {
        self.tape.clear();
        self.bases = Bases::default();
        (self.campaign, self.reading) = (None, None);
        match why {
            // A trade outlives a gap in the bars, and so does its base.
            Restart::Stale => self.held.iter_mut().for_each(|held| held.base.rule.on_gap()),
            Restart::Session | Restart::Contract => {
                self.held.clear();
                self.heights.end_session();
            }
            Restart::Length => {
                self.held.clear();
                self.heights.clear();
            }
        }
        if why != Restart::Stale {
            let past = self.heights.quantile(self.settings.base_range_q);
            self.height_max = self.settings.base_max_ticks.max(past.unwrap_or(0));
        }
    }

    fn listens(&self) -> bool {
        self.campaign.as_ref().is_some_and(Campaign::listens)
    }

    fn on_print(&mut self, print: Print) {
        if let Some(campaign) = &mut self.campaign {
            campaign.on_print(print.mirrored());
        }
    }

    fn publish(&self, scores: &mut Scores) {
        let Some(reading) = &self.reading else { return };
        scores.bn_score = Some(reading.score);
        scores.bn_force = reading.force.ok();
        scores.bn_rule = Some(reading.rule);
        scores.bn_quality = reading.quality;
        scores.bn_kappa = Some(reading.kappa);
        if self.settings.bar_shapes {
            scores.seen.extend(shapes::shapes(&self.tape).map(str::to_owned));
        }
    }

    fn saw(&self) -> Vec<(&'static str, f64)> {
        let Some(reading) = &self.reading else { return Vec::new() };
        // Signed numbers as the market has them: plus for the Vikings, on both sides.
        let signed = |value: f64| if self.buys() { value } else { 0.0 - value };
        let price = |ticks: i64| signed(ticks as f64) * self.tick;
        let mut saw = vec![
            ("bn_rule", signed(reading.rule)),
            ("bn_kappa", signed(reading.kappa)),
            ("bn_phase", self.phase()),
            ("bn_height_max", self.height_max as f64),
        ];
        saw.extend(reading.force.ok().map(|f| ("bn_force", signed(f))));
        saw.extend(reading.quality.map(|q| ("bn_quality", q)));
        saw.extend(reading.score.ok().map(|s| ("bn_score", signed(s))));
        if let Some(base) = self.bases.green {
            let (low, high) = (price(base.low), price(base.high));
            saw.push(("base_low", low.min(high)));
            saw.push(("base_high", low.max(high)));
            saw.push(("base_quality", base.quality()));
        } else if let Some(base) = self.bases.pending {
            let (low, high) = (price(base.low), price(base.high));
            saw.push(("base_low", low.min(high)));
            saw.push(("base_high", low.max(high)));
        }
        if let Some(tally) = self.campaign.as_ref().and_then(|campaign| campaign.tally) {
            saw.push(("battle_n", tally.volume as f64));
            saw.extend(tally.z.map(|z| ("battle_z", signed(z))));
            saw.extend(tally.share.map(|r| ("battle_r", signed(r))));
        }
        saw
    }
}
