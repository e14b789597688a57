//! What follows from a bar close: steps of the machines, selection, exits, records.

use crate::market::Side;
use crate::strategies::bench_signal::BenchSignal;
use crate::strategies::clusters::ClusterMap;
use crate::strategies::code::Code;
use crate::strategies::machine::Entered;
use crate::strategies::machine::Setup;
use crate::strategies::model::Asked;
use crate::strategies::open_trades::OpenTrade;
use crate::strategies::pairing::FeatureFacts;
use crate::strategies::patterns::Pattern;
use crate::strategies::report;
use crate::strategies::report::Occasion;
use crate::strategies::scores::Diagnostics;
use crate::strategies::scores::Scores;
use crate::strategies::selector;
use crate::strategies::selector::Candidate;
use crate::strategies::selector::Context;
use crate::strategies::stage::Seen;
use crate::strategies::stage::SignalStage;
use crate::strategies::view::FlowSource;
use crate::strategies::view::View;
use crate::strategies::watch::Sight;
use crate::strategies::watch::Watch;
use crate::wire::Emit;
use crate::wire::FeatureVector;
use crate::wire::Num;
use crate::wire::Record;
use crate::wire::Signal;

/// The market as either side sees it.
#[derive(Clone, Copy, Debug)]
struct Views<'a> {
    sale: View<'a>,
    purchase: View<'a>,
}

impl<'a> Views<'a> {
    const fn of(&self, side: Side) -> &View<'a> {
        if matches!(side, Side::Buy) { &self.purchase } else { &self.sale }
    }
}

/// What keeps patterns from being evaluated, and completed ones from becoming signals.
#[derive(Clone, Copy, Debug)]
struct Gates {
    whole: Option<Code>,
    trigger: Option<Code>,
}

/// A completed pattern that becomes a signal.
#[derive(Clone, PartialEq, Debug)]
struct Admitted {
    setup: Setup,
    /// A calibrated model's probability of a win.
    confidence: Option<f64>,
}

/// What a watch saw, and for a completed pattern what the selector said.
#[derive(Clone, PartialEq, Debug)]
struct Look {
    sight: Sight,
    answer: Option<Result<Admitted, Code>>,
}

impl Look {
    fn admitted(&self) -> Option<&Admitted> {
        self.answer.as_ref()?.as_ref().ok()
    }
}

impl SignalStage {
    /// Everything that follows from one bar close.
    pub(super) fn judge(
        &mut self,
        seen: &Seen,
        clusters: &[ClusterMap; 2],
        features: &FeatureFacts,
        occasion: &Occasion,
        out: &mut dyn Emit,
    ) {
        let flow = match (seen.closed.built, self.live) {
            (true, false) => FlowSource::Trades,
            (true, true) => FlowSource::TradesAlone,
            (false, false) => FlowSource::Bars,
            (false, true) => FlowSource::Nothing,
        };
        let view = View { band: occasion.band, flow, ..seen.view(clusters[0].view()) };
        let mirrored = view.mirrored(clusters[1].view());
        let views = Views { sale: view, purchase: mirrored };
        let mut scores = Scores::default();
        self.detectors.on_bar(&view, &mut scores);
        let gates = Gates {
            whole: self.gate(seen.moment),
            trigger: self.dom.degraded(&features.x).or_else(|| self.anomaly(&scores)),
        };
        let looks = self.look(&views, gates, &features.f, occasion);
        self.exits(&views, occasion, out);
        self.emit(&looks, &views, occasion, out);
        if let Some(side) = self.bench.as_mut().and_then(|bench| bench.on_bar(occasion.ts)) {
            let sign = if side == Side::Buy { -1 } else { 1 };
            let setup = BenchSignal::setup(sign * seen.closed.bar.close);
            let signal = occasion.enter((Pattern::Always, side), &setup, 0.0, &self.instrument);
            out.after(&Record::Signal(signal));
        }
        if seen.moment.regular {
            let purchases = self.watches.iter().filter(|watch| watch.side == Side::Buy);
            purchases.for_each(|watch| watch.machine().publish(&mut scores));
            let x = &features.x;
            let diagnostics = Diagnostics { adx: x.adx, vr: x.vr, chop: x.chop };
            out.after(&Record::Scores(scores.record(occasion, diagnostics)));
        }
    }

    fn anomaly(&self, scores: &Scores) -> Option<Code> {
        scores.vetoes(self.veto).then_some(Code::Anomaly)
    }

    /// Steps every machine and asks the selector about the completed patterns.
    fn look(
        &mut self,
        views: &Views<'_>,
        gates: Gates,
        features: &FeatureVector,
        occasion: &Occasion,
    ) -> Vec<Look> {
        let context = Context {
            regime: views.sale.regime,
            trend: views.sale.trend,
            since_switch_us: self.regime.since_switch(occasion.ts),
        };
        let mut looks = Vec::with_capacity(self.watches.len());
        for watch in &mut self.watches {
            let mut sight = watch.on_bar(views.of(watch.side), gates.whole);
            let answer = sight.step.setup.take().map(|setup| {
                let mut candidate = Candidate { side: watch.side, setup };
                if watch.is_open(occasion.ts) {
                    return Err(Code::OpenSignal);
                }
                if let Some(code) = gates.trigger {
                    return Err(code);
                }
                self.selector.admit(context, &mut candidate)?;
                let (pattern, side, setup) = (watch.pattern, watch.side, &candidate.setup);
                let asked = Asked { features, pattern, side, setup };
                let confidence = self.confidence.of(&asked)?;
                Ok(Admitted { setup: candidate.setup, confidence })
            });
            looks.push(Look { sight, answer });
        }
        let sides = self.watches.iter().zip(&looks).filter(|(_, look)| look.admitted().is_some());
        if selector::conflict(sides.map(|(watch, _)| watch.side)) {
            for look in &mut looks {
                if look.admitted().is_some() {
                    look.answer = Some(Err(Code::Conflict));
                }
            }
        }
        looks
    }

    /// The exits that machines call for, of trades entered at an earlier bar.
    fn exits(&mut self, views: &Views<'_>, occasion: &Occasion, out: &mut dyn Emit) {
        let watches = &self.watches;
        let ended = self.open.end(|trade| {
            let ours = |watch: &&Watch| (watch.pattern, watch.side) == (trade.pattern, trade.side);
            watches.iter().find(ours)?.machine().exit(views.of(trade.side), trade.entered)
        });
        for (trade, code) in ended {
            out.after(&Record::Signal(occasion.exit(trade, code)));
        }
    }

    fn emit(&mut self, looks: &[Look], views: &Views<'_>, occasion: &Occasion, out: &mut dyn Emit) {
        for (i, look) in looks.iter().enumerate() {
            if let Some(admitted) = look.admitted() {
                let signal = self.signal(i, admitted, views, occasion);
                out.after(&Record::Signal(signal));
            }
        }
        if !self.explain {
            return;
        }
        for (watch, look) in self.watches.iter().zip(looks) {
            let refusal = look.answer.as_ref().and_then(|a| a.as_ref().err().copied());
            let saw = report::saw(watch, &views.sale, &self.instrument);
            let who = (watch.pattern, watch.side);
            out.after(&Record::Explain(occasion.explain(who, &look.sight, refusal, saw)));
        }
    }

    fn signal(
        &mut self,
        index: usize,
        Admitted { setup, confidence }: &Admitted,
        views: &Views<'_>,
        occasion: &Occasion,
    ) -> Signal {
        let watch = &mut self.watches[index];
        watch.signalled(occasion.expires);
        let (pattern, side) = (watch.pattern, watch.side);
        let cluster = views.of(side).clusters.at(setup.level);
        let strength = cluster.map_or(0.0, |cluster| cluster.strength);
        let mut signal = occasion.enter((pattern, side), setup, strength, &self.instrument);
        signal.confidence = confidence.map(Num);
        signal.uncalibrated = confidence.is_none();
        if !setup.manage.exits.is_empty() {
            let entered = Entered { ts: occasion.ts, level: setup.level, key: setup.key };
            let (id, stop) = (signal.id.clone(), signal.stop);
            self.open.add(OpenTrade { id, pattern, side, stop, entered });
        }
        signal
    }
}
