//! Clusters of levels and their strength (QUANT 5.1): one vote for each family.

use std::ops::Range;
use std::sync::Arc;

/// Family of a level; levels of one family vote once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Family {
    /// Previous value area, volume nodes.
    Profile,
    /// VWAP and its bands.
    Vwap,
    /// Dealer exposure.
    Gamma,
    /// Extremes of sessions.
    Session,
    /// Expected move.
    ExpectedMove,
    /// Round numbers.
    Round,
    /// Any other name: all of them share one vote.
    Other,
}

impl Family {
    const COUNT: usize = 7;

    /// The family with this name on the wire.
    pub fn from_name(name: &str) -> Self {
        match name {
            "PROFILE" => Self::Profile,
            "VWAP" => Self::Vwap,
            "GAMMA" => Self::Gamma,
            "SESSION" => Self::Session,
            "EM" => Self::ExpectedMove,
            "ROUND" => Self::Round,
            _ => Self::Other,
        }
    }
}

/// A level as the clusters need it.
#[derive(Clone, PartialEq, Debug)]
pub struct LevelLine {
    /// Name on the wire.
    pub id: Arc<str>,
    /// Family.
    pub family: Family,
    /// Price, fractional ticks.
    pub price: f64,
    /// Effective weight in (0, 0.9].
    pub weight: f64,
}

/// Neighbouring levels taken as one.
#[derive(Clone, PartialEq, Debug)]
pub struct Cluster {
    /// Lowest level, ticks.
    pub low: f64,
    /// Highest level, ticks.
    pub high: f64,
    /// Mean price weighted by level weight, ticks.
    pub price: f64,
    /// `1 - product over families of (1 - largest weight of the family)`, in [0, 1).
    pub strength: f64,
    /// Families with a level in it.
    pub families: usize,
    /// Its levels among the sorted lines.
    lines: Range<usize>,
}

/// The clusters of a set of levels, lowest first, and the levels behind them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClusterMap {
    lines: Vec<LevelLine>,
    clusters: Vec<Cluster>,
    tol: f64,
}

impl ClusterMap {
    /// Joins neighbours from the lowest price on, while the gap is at most `tol` ticks and the
    /// whole cluster at most `2 * tol` wide.
    ///
    /// Where the width limit bites, the result depends on where one begins. Patterns pass the
    /// levels as their trade sees them (mirrored for a purchase), so that both sides agree.
    pub fn of(levels: impl IntoIterator<Item = LevelLine>, tol: f64) -> Self {
        let mut map = Self::default();
        map.rebuild(levels, tol);
        map
    }

    /// The same in place.
    pub fn rebuild(&mut self, levels: impl IntoIterator<Item = LevelLine>, tol: f64) {
        self.lines.clear();
        self.clusters.clear();
        self.tol = tol;
        self.lines.extend(levels);
        let lines = &mut self.lines;
        lines.sort_by(|a, b| a.price.total_cmp(&b.price));
        let mut start = 0;
        for end in 1..=lines.len() {
            let goes_on = end < lines.len()
                && lines[end].price - lines[end - 1].price <= tol
                && lines[end].price - lines[start].price <= 2.0 * tol;
            if !goes_on {
                self.clusters.push(join(lines, start..end));
                start = end;
            }
        }
    }

    /// The clusters as patterns see them.
    pub fn view(&self) -> Clusters<'_> {
        Clusters { all: &self.clusters, lines: &self.lines, tol: self.tol }
    }
}

/// The clusters of a moment, lowest first.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Clusters<'a> {
    all: &'a [Cluster],
    lines: &'a [LevelLine],
    tol: f64,
}

impl<'a> Clusters<'a> {
    /// Every cluster, lowest first.
    pub const fn all(self) -> &'a [Cluster] {
        self.all
    }

    /// The tolerance that joined them, ticks: also how near price must come to touch a level.
    pub const fn tolerance(self) -> f64 {
        self.tol
    }

    /// The cluster that holds `price` (within half a tick of its span: computed levels move
    /// between two snapshots).
    pub fn at(self, price: f64) -> Option<&'a Cluster> {
        // Sorted by price and disjoint: the first one that reaches up to the price.
        let next = self.all.partition_point(|c| c.high + 0.5 < price);
        self.all.get(next).filter(|c| c.low - 0.5 <= price)
    }

    /// The names of the levels of one of these clusters, lowest first.
    pub fn ids(self, cluster: &Cluster) -> impl Iterator<Item = &'a Arc<str>> + use<'a> {
        self.lines[cluster.lines.clone()].iter().map(|line| &line.id)
    }
}

fn join(sorted: &[LevelLine], lines: Range<usize>) -> Cluster {
    let levels = &sorted[lines.clone()];
    let mut votes = [0.0_f64; Family::COUNT];
    let (mut weights, mut moment) = (0.0, 0.0);
    for level in levels {
        let vote = &mut votes[level.family as usize];
        *vote = vote.max(level.weight);
        weights += level.weight;
        moment += level.weight * level.price;
    }
    let (low, high) = (levels[0].price, levels[levels.len() - 1].price);
    Cluster {
        low,
        high,
        price: if weights > 0.0 { moment / weights } else { f64::midpoint(low, high) },
        strength: 1.0 - votes.iter().map(|vote| 1.0 - vote).product::<f64>(),
        families: votes.iter().filter(|vote| **vote > 0.0).count(),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(family: Family, price: f64, weight: f64) -> LevelLine {
        LevelLine { id: format!("{price}").into(), family, price, weight }
    }

    #[test]
    fn the_example_of_the_specification() {
        // pVAH .6, call wall .6, VWAP+1sd .2: 1 - .4 * .4 * .8 = .872.
        let levels = vec![
            line(Family::Profile, 20040.0, 0.6),
            line(Family::Gamma, 20042.0, 0.6),
            line(Family::Vwap, 20039.0, 0.2),
        ];
        let map = ClusterMap::of(levels, 4.0);
        let cluster = map.view().at(20040.0).unwrap();
        assert!((cluster.strength - 0.872).abs() < 1e-12);
        assert_eq!(cluster.families, 3);
        let ids: Vec<_> = map.view().ids(cluster).map(|id| &**id).collect();
        assert_eq!(ids, ["20039", "20040", "20042"]);
        let price = (0.6 * 20040.0 + 0.6 * 20042.0 + 0.2 * 20039.0) / 1.4;
        assert!((cluster.price - price).abs() < 1e-9);
    }

    #[test]
    fn families_have_their_names_and_all_other_names_are_one_family() {
        let names = ["PROFILE", "VWAP", "GAMMA", "SESSION", "EM", "ROUND", "em", ""];
        let mut families = names.map(|name| Family::from_name(name) as usize).to_vec();
        families.dedup();
        assert_eq!(families, (0..Family::COUNT).collect::<Vec<_>>());
    }

    #[test]
    fn a_family_votes_once_with_its_largest_weight() {
        let levels = vec![
            line(Family::Profile, 100.0, 0.6),
            line(Family::Profile, 101.0, 0.5),
            line(Family::Profile, 102.0, 0.4),
        ];
        let map = ClusterMap::of(levels, 4.0);
        let cluster = map.view().at(101.0).unwrap();
        assert!((cluster.strength - 0.6).abs() < 1e-12);
        assert_eq!(cluster.families, 1);
    }

    #[test]
    fn gap_and_width_end_a_cluster() {
        let at = |price| line(Family::Round, price, 0.2);
        // 0, 4, 8 join (gap 4, width 8); 12 would be 12 wide; 17 is 5 away from 12.
        let map = ClusterMap::of([at(17.0), at(0.0), at(8.0), at(12.0), at(4.0)], 4.0);
        let spans: Vec<_> = map.view().all().iter().map(|c| (c.low, c.high)).collect();
        assert_eq!(spans, [(0.0, 8.0), (12.0, 12.0), (17.0, 17.0)]);
        assert_eq!(map.view().at(14.0), None);
        assert_eq!(map.view().at(8.5).map(|c| c.low), Some(0.0));
        assert_eq!(map.view().at(11.5).map(|c| c.low), Some(12.0));
        assert_eq!(ClusterMap::of([], 4.0).view().at(0.0), None);
    }

    proptest! {
        #[test]
        fn every_level_is_in_a_cluster_at_least_as_strong_as_itself(
            levels in prop::collection::vec((0_u8..7, -200_i32..200, 1_u8..10), 1..30),
            tol in 1_u8..9,
        ) {
            const FAMILIES: [Family; 7] = [Family::Profile, Family::Vwap, Family::Gamma,
                Family::Session, Family::ExpectedMove, Family::Round, Family::Other];
            let lines: Vec<_> = levels.iter()
                .map(|(f, p, w)| line(FAMILIES[usize::from(*f)], f64::from(*p), f64::from(*w) / 11.0))
                .collect();
            let map = ClusterMap::of(lines.clone(), f64::from(tol));
            for l in lines {
                let c = map.view().at(l.price).unwrap();
                prop_assert!(c.strength >= l.weight - 1e-12 && c.strength < 1.0);
                prop_assert!(c.low <= l.price && l.price <= c.high);
                prop_assert!(c.high - c.low <= 2.0 * f64::from(tol));
                prop_assert!(c.low - 1e-9 <= c.price && c.price <= c.high + 1e-9);
            }
        }
    }
}
