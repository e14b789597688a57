//! What a backscan saw: signals with their outcomes, refusals, and the bars of the sessions drawn.

use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::strategies::Outcome;
use crate::wire::Bar;
use crate::wire::Explain;
use crate::wire::Features;
use crate::wire::Levels;
use crate::wire::Scores;
use crate::wire::Signal;
use crate::wire::SignalOp;
use std::collections::BTreeMap;

/// An entered signal and what became of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Row {
    /// Trade date.
    pub date: TradeDate,
    /// The signal.
    pub signal: Signal,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Why a pattern gave no signal, over all closed bars of regular hours and both sides.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct WhyNot {
    /// Bars and sides explained.
    pub looks: u64,
    /// Of them, by the condition that failed.
    pub failed: BTreeMap<String, u64>,
    /// Of them, by the input that was missing.
    pub missing: BTreeMap<String, u64>,
}

/// A closed bar of regular hours, prices in points.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Candle {
    /// End, microseconds UTC.
    pub ts: i64,
    /// Length, microseconds.
    pub dur_us: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    /// VWAP and its deviation.
    pub vwap: Option<(f64, f64)>,
    /// Whether the regime is TREND.
    pub trend: Option<bool>,
    /// Battle Navale score.
    pub score: Option<f64>,
}

/// A level over a session: since when (microseconds UTC) it was where.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Track {
    /// Family.
    pub family: String,
    /// Stamp and price in points, ascending.
    pub steps: Vec<(i64, f64)>,
}

/// A session for a picture.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Day {
    /// Trade date.
    pub date: TradeDate,
    /// Contract.
    pub sym: Sym,
    /// Regular hours, microseconds UTC.
    pub rth: (i64, i64),
    /// Its closed bars.
    pub bars: Vec<Candle>,
    /// Its levels by name.
    pub levels: BTreeMap<String, Track>,
}

/// VWAP, its deviation and the regime at a bar end.
#[derive(Clone, Copy, Debug)]
struct Facts {
    ts: i64,
    sym: Sym,
    vwap: Option<(f64, f64)>,
    trend: Option<bool>,
}

/// Collects.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Whether bars and levels are kept for pictures.
    pub draws: bool,
    /// Signals in the order of their stamps, with their date.
    signals: Vec<(TradeDate, Signal)>,
    outcomes: BTreeMap<String, Outcome>,
    /// Why not, by pattern.
    pub why_not: BTreeMap<String, WhyNot>,
    /// Sessions in which a bar of regular hours closed.
    pub days: Vec<Day>,
    /// Closed bars of regular hours.
    pub bars: u64,
    /// Whether records say that they are made up.
    pub synthetic: bool,
    facts: Option<Facts>,
    newest: Vec<(String, String, f64)>,
}

impl Scan {
    /// A closed bar of regular hours of `date`.
    pub(super) fn on_bar(&mut self, bar: &Bar, date: TradeDate, rth: (i64, i64)) {
        self.bars += 1;
        let again = self.days.last().is_some_and(|day| (day.date, day.sym) == (date, bar.sym));
        if !again {
            let (bars, levels) = (Vec::new(), BTreeMap::new());
            self.days.push(Day { date, sym: bar.sym, rth, bars, levels });
        }
        let facts = self.facts.filter(|facts| (facts.ts, facts.sym) == (bar.ts, bar.sym));
        let Some(day) = self.days.last_mut().filter(|_| self.draws) else { return };
        // At the regular close levels become those of the next session.
        let still = if bar.ts < rth.1 { self.newest.as_slice() } else { &[] };
        for (id, family, px) in still {
            let track = day.levels.entry(id.clone()).or_default();
            track.family.clone_from(family);
            if track.steps.last().is_none_or(|(_, last)| (last - px).abs() > 1e-9) {
                track.steps.push((bar.ts, *px));
            }
        }
        day.bars.push(Candle {
            ts: bar.ts,
            dur_us: i64::from(bar.dur) * 1_000_000,
            open: bar.o.points(),
            high: bar.h.points(),
            low: bar.l.points(),
            close: bar.c.points(),
            vwap: facts.and_then(|facts| facts.vwap),
            trend: facts.and_then(|facts| facts.trend),
            score: None,
        });
    }

    fn candle(&mut self, ts: i64, sym: Sym) -> Option<&mut Candle> {
        let day = self.days.last_mut().filter(|day| day.sym == sym)?;
        day.bars.last_mut().filter(|candle| candle.ts == ts)
    }

    /// Features: those of a bar end come just before or just after its bar.
    pub(super) fn on_features(&mut self, features: &Features) {
        if !self.draws {
            return;
        }
        let x = &features.x;
        let vwap = x.vwap.zip(x.vwap_sd).map(|(mean, sd)| (mean.0, sd.0));
        let trend = features.f.value("ctx_regime").map(|regime| regime > 0.5);
        self.facts = Some(Facts { ts: features.ts, sym: features.sym, vwap, trend });
        if let Some(candle) = self.candle(features.ts, features.sym) {
            (candle.vwap, candle.trend) = (vwap, trend);
        }
    }

    /// Levels as they are now.
    pub(super) fn on_levels(&mut self, levels: &Levels) {
        if self.draws {
            // VWAPs move with every bar: they are drawn from the features.
            let still = levels.lv.iter().filter(|level| level.fam != "VWAP");
            self.newest =
                still.map(|level| (level.id.clone(), level.fam.clone(), level.px.0)).collect();
        }
    }

    /// Scores of a bar.
    pub(super) fn on_scores(&mut self, scores: &Scores) {
        if let Some(candle) = self.candle(scores.ts, scores.sym) {
            candle.score = scores.bn_score.map(|score| score.0);
        }
    }

    /// A signal of `date`.
    pub(super) fn on_signal(&mut self, signal: &Signal, date: TradeDate) {
        if signal.op == SignalOp::Enter {
            self.signals.push((date, signal.clone()));
        }
    }

    /// An explanation of a bar in regular hours.
    pub(super) fn on_explain(&mut self, explain: &Explain) {
        if explain.failed.as_deref() == Some("session_closed") {
            return;
        }
        let why = self.why_not.entry(explain.pattern.clone()).or_default();
        why.looks += 1;
        if let Some(failed) = &explain.failed {
            *why.failed.entry(failed.clone()).or_default() += 1;
        }
        for input in &explain.missing {
            *why.missing.entry(input.clone()).or_default() += 1;
        }
    }

    /// Outcomes as they become known.
    pub(super) fn on_outcomes(&mut self, outcomes: Vec<Outcome>) {
        self.outcomes.extend(outcomes.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
    }

    /// The input has signals of its own: what was found in process is not said.
    pub(super) fn forget_signals(&mut self) {
        self.signals.clear();
        self.outcomes.clear();
        self.why_not.clear();
        for candle in self.days.iter_mut().flat_map(|day| &mut day.bars) {
            candle.score = None;
        }
    }

    /// Signals with their outcomes.
    pub(super) fn rows(&self) -> Vec<Row> {
        let row = |(date, signal): &(TradeDate, Signal)| {
            let outcome = self.outcomes.get(&signal.id)?.clone();
            Some(Row { date: *date, signal: signal.clone(), outcome })
        };
        self.signals.iter().filter_map(row).collect()
    }
}

impl WhyNot {
    /// The most frequent of `counts`, most first, with their shares of all looks.
    pub(super) fn top(&self, counts: &BTreeMap<String, u64>, most: usize) -> Vec<(String, f64)> {
        let mut sorted: Vec<_> = counts.iter().collect();
        sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let looks = self.looks.max(1) as f64;
        let share = |(name, count): (&String, &u64)| (name.clone(), *count as f64 / looks);
        sorted.into_iter().take(most).map(share).collect()
    }
}

impl Row {
    /// First target.
    pub(super) fn target(&self) -> Option<Px> {
        self.outcome.target
    }
}
