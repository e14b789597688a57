//! An exposure with what must be said beside it: where it comes from and how old it is.

use crate::cli::exposure::figures;
use crate::options::Exclusion;
use crate::options::Exposure;
use crate::options::RecordHead;
use crate::wire::By;
use crate::wire::Gex;
use crate::wire::Src;
use std::collections::BTreeSet;

/// What is shown of one snapshot. Every number was computed by the options room.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The numbers.
    pub exposure: Exposure,
    /// Sources of the rows.
    pub sources: BTreeSet<Src>,
    /// Stamp of the record that completed the chain, microseconds UTC.
    pub completed: i64,
    /// Least coverage with which the numbers are used for trading, 0 to 1.
    pub coverage_min: f64,
}

/// A price worth a line in a picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Landmark {
    /// What it is.
    pub kind: LandmarkKind,
    /// Price, points.
    pub px: f64,
}

/// The prices worth a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum LandmarkKind {
    /// The price used.
    Spot,
    /// Where net exposure changes its sign.
    Flip,
    /// The strike of the calls' greatest exposure.
    CallWall,
    /// The strike of the puts' greatest exposure.
    PutWall,
    /// Both at once.
    BothWalls,
}

impl LandmarkKind {
    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Flip => "flip",
            Self::CallWall => "call wall",
            Self::PutWall => "put wall",
            Self::BothWalls => "call and put wall",
        }
    }
}

impl View {
    /// Whether any of it is made up.
    pub(super) fn is_synthetic(&self) -> bool {
        self.sources.contains(&Src::Syn)
    }

    /// The `gex` record.
    pub(super) fn record(&self, by_strike: bool, by_expiry: bool) -> Gex {
        self.exposure.record(&RecordHead {
            ts: self.exposure.at,
            ct: self.completed,
            by: By::Options,
            basis: None,
            by_strike,
            by_expiry,
        })
    }

    /// Whether too little of the chain could be used.
    pub(super) fn is_thin(&self) -> bool {
        self.exposure.coverage < self.coverage_min
    }

    /// The sources, with commas.
    pub(super) fn source(&self) -> String {
        let names: Vec<_> = self.sources.iter().map(|src| src.name()).collect();
        names.join(", ")
    }

    /// Age of the open interest, seconds.
    pub(super) fn oi_age(&self) -> Option<i64> {
        self.exposure.oi_asof.map(|asof| (self.exposure.at - asof) / 1_000_000)
    }

    /// Age of the volatilities, seconds.
    pub(super) fn iv_age(&self) -> Option<i64> {
        self.exposure.iv_asof.map(|asof| (self.exposure.at - asof) / 1_000_000)
    }

    /// Age of the spot, seconds.
    pub(super) fn spot_age(&self) -> i64 {
        (self.exposure.at - self.exposure.spot_asof) / 1_000_000
    }

    /// On which side of the flip net exposure is negative.
    pub(super) fn neg_side(&self) -> Option<&'static str> {
        let flip = self.exposure.flip?;
        Some(if flip.negative_below { "below" } else { "above" })
    }

    /// Ages in words.
    pub(super) fn ages(&self) -> String {
        let word = |age: Option<i64>| age.map_or_else(|| "unknown".into(), figures::age);
        format!(
            "open interest {}, volatility {}, spot {}",
            word(self.oi_age()),
            word(self.iv_age()),
            figures::age(self.spot_age())
        )
    }

    /// What was left out, most first: `no_quote 512, spread 221`.
    pub(super) fn left_out(&self) -> String {
        let mut reasons: Vec<_> =
            self.exposure.excluded.iter().filter(|(_, count)| **count > 0).collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let one =
            |(why, count): (&Exclusion, &u64)| format!("{} {}", why.code(), figures::count(*count));
        reasons.into_iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// `calls +1, puts -1`.
    pub(super) fn signs_in_words(&self) -> String {
        let sign = self.exposure.dealer_sign;
        format!("calls {:+}, puts {:+}", sign.call, sign.put)
    }

    /// What the sign of the net exposure means, if the dealer sign holds.
    pub(super) fn meaning(&self) -> &'static str {
        if self.exposure.net() < 0.0 {
            "negative: hedging goes with the move"
        } else {
            "positive: hedging goes against the move"
        }
    }

    /// The prices worth a line, ascending.
    pub(super) fn landmarks(&self) -> Vec<Landmark> {
        let exposure = &self.exposure;
        let mut found = vec![Landmark { kind: LandmarkKind::Spot, px: exposure.spot }];
        let mut add = |kind, px: Option<f64>| {
            found.extend(px.map(|px| Landmark { kind, px }));
        };
        add(LandmarkKind::Flip, exposure.flip.map(|flip| flip.price));
        match (exposure.walls.call, exposure.walls.put) {
            (Some(call), Some(put)) if (call - put).abs() < 1e-9 => {
                add(LandmarkKind::BothWalls, Some(call));
            }
            (call, put) => {
                add(LandmarkKind::CallWall, call);
                add(LandmarkKind::PutWall, put);
            }
        }
        found.sort_by(|a, b| a.px.total_cmp(&b.px).then(a.kind.cmp(&b.kind)));
        found
    }
}
