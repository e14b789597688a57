//! Reversal at a cluster of levels of several families (QUANT 5.7).

use crate::config;
use crate::strategies::bar_clock::Restart;
use crate::strategies::clusters::Cluster;
use crate::strategies::clusters::Clusters;
use crate::strategies::code::Code;
use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::machine::Machine;
use crate::strategies::machine::Manage;
use crate::strategies::machine::Setup;
use crate::strategies::machine::State;
use crate::strategies::machine::Step;
use crate::strategies::selector::Admission;
use crate::strategies::view::View;

/// Strengths are products of decimals: the last bit of one decides nothing.
const STRENGTH_SLACK: f64 = 1e-12;
/// Nor does the rounding error of a mean price, ticks.
const PRICE_SLACK: f64 = 1e-6;

/// Price comes from below to a strong cluster of levels and turns.
///
/// Written for the sale at a resistance; `docs/patterns/confluence.md` draws the machine.
#[derive(Clone, Debug)]
pub struct Confluence {
    settings: config::ConfluenceSettings,
    state: State,
    /// The cluster that was touched, as it was then, and what came after.
    probe: Option<Probe>,
    /// Order-flow features that agreed when they were asked last.
    votes: u32,
}

/// A touched cluster, frozen; prices in ticks.
#[derive(Clone, Debug)]
struct Probe {
    near: f64,
    far: f64,
    price: f64,
    strength: f64,
    ids: Vec<String>,
    /// Highest price since the touch.
    extreme: i64,
    bars: u32,
    /// Closes beyond the far edge.
    beyond: u32,
}

impl Probe {
    fn of(cluster: &Cluster, clusters: Clusters<'_>, high: i64) -> Self {
        Self {
            near: cluster.low,
            far: cluster.high,
            price: cluster.price,
            strength: cluster.strength,
            ids: clusters.ids(cluster).map(|id| String::from(&**id)).collect(),
            extreme: high,
            bars: 0,
            beyond: 0,
        }
    }

    fn fold(&mut self, view: &View<'_>) {
        self.extreme = self.extreme.max(view.bar.high);
        self.bars = self.bars.saturating_add(1);
        if view.bar.close as f64 > self.far {
            self.beyond = self.beyond.saturating_add(1);
        }
    }
}

impl Confluence {
    /// The machine with these thresholds.
    pub const fn new(settings: config::ConfluenceSettings) -> Self {
        Self { settings, state: State::Idle, probe: None, votes: 0 }
    }

    /// The nearest cluster that counts and lies wholly above the close before.
    fn ahead<'a>(&self, clusters: Clusters<'a>, from: i64) -> Option<&'a Cluster> {
        let counts = |c: &&Cluster| {
            c.families >= self.settings.families_min && reaches(c, self.settings.strength_min)
        };
        clusters.all().iter().filter(counts).find(|c| c.low > from as f64)
    }

    /// IDLE and ARMED: on the way to a cluster.
    fn approach(&mut self, view: &View<'_>) -> Step {
        self.state = State::Idle;
        let Some(from) = view.prev_close else {
            return Step::waits(State::Idle, Code::NoSide, None);
        };
        let Some(cluster) = self.ahead(view.clusters, from) else {
            return Step::waits(State::Idle, Code::NoCluster, None);
        };
        if is_near(view, cluster.low, cluster.high) {
            self.state = State::Probe;
            return self.probe(view, Probe::of(cluster, view.clusters, view.bar.high));
        }
        self.state = State::Armed;
        let dist = cluster.low - view.clusters.tolerance() - view.bar.high as f64;
        Step::waits(State::Armed, Code::NoTouch, Some(dist.max(0.0)))
    }

    /// PROBE: broken, turned, or neither in time.
    fn probe(&mut self, view: &View<'_>, mut probe: Probe) -> Step {
        probe.fold(view);
        let close = view.bar.close as f64;
        // Away from the cluster, and from where price turned if it did not reach it.
        let line = probe.near.min(probe.extreme as f64) - self.settings.reversal_ticks as f64;
        let late = probe.bars >= self.settings.bars_max;
        if probe.beyond >= self.settings.dead_closes {
            return self.die(probe, Code::ClusterBroken);
        }
        let failed = if close > line {
            Code::NoReversal
        } else {
            let mut why = vec![Code::Touched, Code::Reversed];
            self.votes = votes(view, &mut why);
            if self.votes < self.settings.flow_votes_min {
                Code::FewVotes
            } else if let Some(target) = self.target(view) {
                return Step::triggers(self.complete(view, &probe, target, why));
            } else {
                Code::NoTarget
            }
        };
        if late {
            return self.die(probe, Code::ReversalLate);
        }
        self.probe = Some(probe);
        Step::waits(State::Probe, failed, Some((close - line).max(0.0)))
    }

    /// The nearest cluster of enough strength that lies wholly below the close.
    fn target<'a>(&self, view: &View<'a>) -> Option<&'a Cluster> {
        let close = view.bar.close;
        let counts = |c: &&Cluster| {
            reaches(c, self.settings.target_strength_min)
                && c.high < close as f64
                && target_at(c) < close
        };
        view.clusters.all().iter().rev().find(counts)
    }

    fn complete(
        &mut self,
        view: &View<'_>,
        probe: &Probe,
        target: &Cluster,
        why: Vec<Code>,
    ) -> Setup {
        self.start_over();
        let mut level_ids = probe.ids.clone();
        level_ids.extend(view.clusters.ids(target).map(|id| String::from(&**id)));
        Setup {
            entry: view.bar.close,
            stop: Setup::stop_at(probe.far + self.settings.stop_buffer_ticks as f64),
            target: target_at(target),
            second_target: None,
            level: probe.price,
            admission: Admission::RANGE,
            used: Inputs::default(),
            level_ids,
            rr_min: None,
            why,
            manage: Manage::default(),
            key: 0,
            story: "price came to a cluster of levels and turned",
        }
    }

    fn start_over(&mut self) {
        (self.state, self.probe) = (State::Idle, None);
    }

    fn die(&mut self, probe: Probe, code: Code) -> Step {
        (self.state, self.probe) = (State::Dead, Some(probe));
        Step::waits(State::Dead, code, None)
    }

    /// DEAD: until a bar stays away from the cluster that was touched.
    fn rest(&mut self, view: &View<'_>) -> Step {
        let near = self.probe.as_ref().is_some_and(|probe| is_near(view, probe.near, probe.far));
        if near {
            return Step::waits(State::Dead, Code::NotLeft, None);
        }
        self.start_over();
        Step::waits(State::Idle, Code::NoTouch, None)
    }
}

impl Machine for Confluence {
    fn reads(&self) -> Inputs {
        self.needs()
            .with_if(Input::Absorption, true)
            .with_if(Input::StackImb, true)
            .with_if(Input::DeltaImb, true)
            .with_if(Input::LargeImb, true)
    }

    fn needs(&self) -> Inputs {
        Inputs::of(&[Input::Regime])
    }

    fn step(&mut self, view: &View<'_>) -> Step {
        match (self.state, self.probe.take()) {
            (State::Probe, Some(probe)) => self.probe(view, probe),
            (State::Dead, probe) => {
                self.probe = probe;
                self.rest(view)
            }
            _ => self.approach(view),
        }
    }

    fn observe(&mut self, view: &View<'_>) {
        if let Some(probe) = self.probe.as_mut().filter(|_| self.state == State::Probe) {
            probe.fold(view);
        }
    }

    fn state(&self) -> State {
        self.state
    }

    fn reset(&mut self, _why: Restart) {
        self.start_over();
        self.votes = 0;
    }

    fn saw(&self) -> Vec<(&'static str, f64)> {
        let strength = self.probe.as_ref().map(|probe| ("cluster_strength", probe.strength));
        strength.into_iter().chain([("votes", f64::from(self.votes))]).collect()
    }
}

/// Whether the bar comes within the tolerance of the span.
fn is_near(view: &View<'_>, low: f64, high: f64) -> bool {
    let tol = view.clusters.tolerance();
    view.bar.high as f64 + tol >= low && view.bar.low as f64 - tol <= high
}

/// The price of a cluster as a target. It is a mean, and a mean of whole ticks that comes out a
/// rounding error above one is that tick.
fn target_at(cluster: &Cluster) -> i64 {
    let nearest = cluster.price.round();
    let exact = (cluster.price - nearest).abs() < PRICE_SLACK;
    Setup::target_at(if exact { nearest } else { cluster.price })
}

fn reaches(cluster: &Cluster, strength: f64) -> bool {
    cluster.strength + STRENGTH_SLACK >= strength
}

/// How many of the four order-flow features are on the sale's side; a null one is on none.
fn votes(view: &View<'_>, why: &mut Vec<Code>) -> u32 {
    let all = [
        (view.absorption, Code::AbsorptionAgrees),
        (view.stack_imb, Code::StackAgrees),
        (view.delta_imb, Code::DeltaAgrees),
        (view.large_imb, Code::LargeAgrees),
    ];
    let mut count = 0;
    for (value, code) in all {
        if value.is_some_and(|v| v < 0.0) {
            why.push(code);
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::clusters::ClusterMap;
    use crate::strategies::clusters::Family;
    use crate::strategies::clusters::LevelLine;

    #[test]
    fn a_mean_that_a_rounding_error_parts_from_a_tick_is_that_tick() {
        // A sale rounds its target up, towards the entry.
        for (price, target) in [
            (5.0, 5),
            (5.0 + 1e-9, 5),
            (5.0 - 1e-9, 5),
            (PRICE_SLACK / 2.0, 0),
            (PRICE_SLACK, 1),
            (-PRICE_SLACK, 0),
            (5.25, 6),
            (-5.25, -5),
        ] {
            let level = LevelLine { id: "PDL".into(), family: Family::Session, price, weight: 0.5 };
            let map = ClusterMap::of([level], 4.0);
            assert_eq!(target_at(&map.view().all()[0]), target, "{price}");
        }
    }
}
