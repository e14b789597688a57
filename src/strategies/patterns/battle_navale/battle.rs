//! The battles at a green base: departure, return, and who wins.

use crate::config;
use crate::strategies::code::Code;
use crate::strategies::patterns::battle_navale::base::Coloured;
use crate::strategies::patterns::battle_navale::scales::Scales;
use crate::strategies::view::FlowSource;
use crate::strategies::view::Print;
use crate::strategies::view::View;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// How a battle was won.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Victory {
    /// The Vikings pushed price away from the base.
    Initiative,
    /// The Defenders attacked and were absorbed.
    Absorption,
}

/// A battle that is on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Battle {
    /// When its first trade came, microseconds UTC.
    start: i64,
    /// Aggressor volume in the band of prices, contracts.
    buys: u64,
    sells: u64,
    /// Whether a bar closed below the base.
    pierced: bool,
    /// Largest absorption at a close.
    absorption: Option<f64>,
    /// Whether whole bars stood in for trades.
    from_bars: bool,
    /// Whether a part of its volume is not known, as nothing may stand in for the trades.
    deaf: bool,
}

/// Where the base stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Phase {
    /// Price has not left the zone since the colouring or the last undecided battle.
    Coloured,
    /// Price has left the zone.
    Departed,
    /// Price has come back.
    Battle(Battle),
    /// A signal was given.
    Won,
    /// No battles left.
    Spent,
}

/// What was traded since the last close.
#[derive(Clone, Copy, Default, Debug)]
struct Heard {
    any: bool,
    /// First trade at or below the top of the zone.
    start: Option<i64>,
    buys: u64,
    sells: u64,
}

/// A battle in numbers, for explanations.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Tally {
    /// Aggressor volume, contracts.
    pub(super) volume: u64,
    /// Net flow over aggressor volume.
    pub(super) share: Option<f64>,
    /// Net flow in standard deviations.
    pub(super) z: Option<f64>,
}

/// The battles at one green base.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    /// Stamp of the base.
    pub(super) stamp: i64,
    /// Edges of the base, ticks.
    low: i64,
    high: i64,
    zone: i64,
    pub(super) phase: Phase,
    /// Battles so far.
    battles: u32,
    heard: Heard,
    /// The battle of the last close.
    pub(super) tally: Option<Tally>,
    /// Whether bars stood in for trades in it.
    pub(super) from_bars: bool,
}

impl Campaign {
    /// At a base that was just coloured.
    pub(super) fn new(base: &Coloured, zone: i64) -> Self {
        Self {
            stamp: base.stamp,
            low: base.low,
            high: base.high,
            zone,
            phase: Phase::Coloured,
            battles: 0,
            heard: Heard::default(),
            tally: None,
            from_bars: false,
        }
    }

    /// Whether the next trades matter.
    pub(super) const fn listens(&self) -> bool {
        matches!(self.phase, Phase::Departed | Phase::Battle(_))
    }

    /// Folds a trade of the time after the last close.
    pub(super) fn on_print(&mut self, print: Print) {
        let heard = &mut self.heard;
        heard.any = true;
        let below_top = print.px <= self.high + self.zone;
        if below_top && heard.start.is_none() {
            heard.start = Some(print.ts);
        }
        if below_top && print.px >= self.low - self.zone {
            heard.buys += print.buys;
            heard.sells += print.sells;
        }
    }

    /// Folds a close: the victory, or the first condition that is missing.
    pub(super) fn on_close(
        &mut self,
        view: &View<'_>,
        scales: Result<Scales, Code>,
        settings: &config::BattleNavale,
    ) -> Result<Victory, Code> {
        let heard = std::mem::take(&mut self.heard);
        (self.tally, self.from_bars) = (None, false);
        match self.phase {
            Phase::Won => Err(Code::BaseWon),
            Phase::Spent => Err(Code::BaseSpent),
            Phase::Coloured => {
                if view.bar.high <= self.high + self.zone {
                    return Err(Code::NotDeparted);
                }
                self.phase = Phase::Departed;
                Err(Code::NotReturned)
            }
            Phase::Departed => {
                let start = self.start(view, &heard).ok_or(Code::NotReturned)?;
                self.battles += 1;
                self.fight(Battle::new(start), &heard, view, scales, settings)
            }
            Phase::Battle(battle) => self.fight(battle, &heard, view, scales, settings),
        }
    }

    /// When price came back into the zone, by trades or, where they do not tell, by the bar.
    fn start(&self, view: &View<'_>, heard: &Heard) -> Option<i64> {
        let bar = (view.bar.low <= self.high + self.zone).then(|| view.start());
        let trades = matches!(view.flow, FlowSource::Trades | FlowSource::TradesAlone);
        heard.start.filter(|_| trades).or(bar)
    }

    fn fight(
        &mut self,
        mut battle: Battle,
        heard: &Heard,
        view: &View<'_>,
        scales: Result<Scales, Code>,
        settings: &config::BattleNavale,
    ) -> Result<Victory, Code> {
        self.count(&mut battle, heard, view);
        battle.pierced |= view.bar.close < self.low;
        battle.absorption = match (battle.absorption, view.absorption) {
            (Some(most), Some(now)) => Some(most.max(now)),
            (most, now) => most.or(now),
        };
        let z = battle.z(view, scales, settings.battle_vol_min);
        self.tally = Some(battle.tally(z.ok()));
        self.from_bars = battle.from_bars;
        self.phase = Phase::Battle(battle);
        let age = view.ts - battle.start;
        if age > i64::from(view.band.pick(&settings.patience_min)) * MINUTE {
            return Err(self.end(Phase::Coloured, Code::Undecided, settings));
        }
        if view.bar.close > self.high + self.zone {
            return Err(self.end(Phase::Departed, Code::Escaped, settings));
        }
        if age < i64::from(settings.age_min_s) * SECOND {
            return Err(Code::BattleYoung);
        }
        self.winner(&battle, z?, view.bar.close, settings)
    }

    /// Adds the volume since the last close.
    fn count(&self, battle: &mut Battle, heard: &Heard, view: &View<'_>) {
        let aggressors = view.volume.buys.zip(view.volume.sells).filter(|(b, s)| b + s > 0);
        let trades = matches!(view.flow, FlowSource::Trades | FlowSource::TradesAlone);
        let (buys, sells) = match aggressors {
            // Aggressors in the bar and none in the stream: its trades were left out of it, or came
            // without sides. Without aggressors in the bar nothing is missing.
            _ if trades && (heard.any || aggressors.is_none()) => (heard.buys, heard.sells),
            Some(bar) if matches!(view.flow, FlowSource::Trades | FlowSource::Bars) => {
                battle.from_bars = true;
                if self.overlaps(view) { bar } else { (0, 0) }
            }
            _ => {
                battle.deaf = true;
                (0, 0)
            }
        };
        battle.buys += buys;
        battle.sells += sells;
    }

    /// Whether the bar has prices in the band that counts.
    const fn overlaps(&self, view: &View<'_>) -> bool {
        view.bar.low <= self.high + self.zone && view.bar.high >= self.low - self.zone
    }

    /// Ends the battle; after the last one the base is used up.
    fn end(&mut self, next: Phase, code: Code, settings: &config::BattleNavale) -> Code {
        let spent = self.battles >= settings.battles_max;
        self.phase = if spent { Phase::Spent } else { next };
        if spent { Code::BaseSpent } else { code }
    }

    fn winner(
        &self,
        battle: &Battle,
        z: f64,
        close: i64,
        settings: &config::BattleNavale,
    ) -> Result<Victory, Code> {
        if z >= settings.imb_z {
            let far = close >= self.high + settings.initiative_ticks;
            return if far { Ok(Victory::Initiative) } else { Err(Code::CloseLow) };
        }
        if z > -settings.imb_z {
            return Err(Code::BattleEven);
        }
        if battle.pierced {
            Err(Code::BasePierced)
        } else if battle.absorption.is_none_or(|most| most < settings.absorption_min) {
            Err(Code::NotAbsorbed)
        } else if close < self.high {
            Err(Code::CloseLow)
        } else {
            Ok(Victory::Absorption)
        }
    }

    /// Ticks that price must still travel to the next step.
    pub(super) fn distance(&self, view: &View<'_>, settings: &config::BattleNavale) -> Option<f64> {
        let bar = view.bar;
        let ticks = match self.phase {
            Phase::Coloured => self.high + self.zone + 1 - bar.high,
            Phase::Departed => bar.low - self.high - self.zone,
            Phase::Battle(_) => self.high + settings.initiative_ticks - bar.close,
            Phase::Won | Phase::Spent => return None,
        };
        Some(ticks.max(0) as f64)
    }
}

impl Battle {
    const fn new(start: i64) -> Self {
        Self {
            start,
            buys: 0,
            sells: 0,
            pierced: false,
            absorption: None,
            from_bars: false,
            deaf: false,
        }
    }

    const fn net(&self) -> i64 {
        self.buys.cast_signed() - self.sells.cast_signed()
    }

    /// `(B - D) / (sigma * sqrt(n / Vbar))`, or why it cannot be told.
    fn z(&self, view: &View<'_>, scales: Result<Scales, Code>, vol_min: f64) -> Result<f64, Code> {
        let scales = scales?;
        if self.deaf {
            return Err(Code::NoTrades);
        }
        let n = self.buys + self.sells;
        let (bars, minutes) = (scales.bars_of(n), view.dur_us as f64 / MINUTE as f64);
        if n == 0 || bars < vol_min / minutes {
            return Err(Code::BattleVolume);
        }
        Ok(scales.deviations(self.net()) / bars.sqrt())
    }

    /// Shares and deviations are told together, once there is volume enough.
    fn tally(&self, z: Option<f64>) -> Tally {
        let volume = self.buys + self.sells;
        Tally { volume, share: z.map(|_| self.net() as f64 / volume as f64), z }
    }
}
