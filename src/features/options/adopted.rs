//! What is in force of a valuation: ages, expected move, and the six features (QUANT 3.8).

use crate::config::OptionSettings;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Sym;
use crate::options::Exposure;

/// Microseconds in a minute.
const MINUTE: f64 = 60e6;
/// Time to the close below which charm is not defined, minutes (QUANT 3.8).
const CLOSE_MIN: f64 = 5.0;
/// Clip of the distances, sigmas.
const CLIP: f64 = 5.0;

/// An expected move and where it starts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Move {
    /// One sigma, points of the index.
    pub sigma: f64,
    /// The index then, points.
    pub center: f64,
    /// Time of the quotes, microseconds UTC.
    pub asof: i64,
}

/// A valuation in force.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// What the chain is worth.
    pub exposure: Box<Exposure>,
    /// Time of the newest quotes, microseconds UTC.
    pub asof: i64,
    /// The open interest is too old from here on, microseconds UTC.
    pub oi_until: i64,
    /// Underlying and source, for example `SPX:cboe`.
    pub source: Sym,
}

/// What the futures side knows at a bin end.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The bin end, microseconds UTC.
    pub at: i64,
    /// Last price of the future, points.
    pub price: Option<f64>,
    /// Average daily volume of the future, contracts.
    pub adv: Value,
    /// Close of today's regular hours, microseconds UTC; `None` on days without.
    pub close: Option<i64>,
    /// Dollars a point of one contract.
    pub point_value: f64,
}

/// The levels of the index mapped to the future, points.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mapped {
    /// Future over index.
    pub ratio: f64,
    /// Zero-gamma price.
    pub flip: Option<f64>,
    /// Strike of the greatest call exposure.
    pub call_wall: Option<f64>,
    /// Strike of the greatest put exposure.
    pub put_wall: Option<f64>,
    /// Strike of the greatest gross exposure.
    pub abs_wall: Option<f64>,
    /// Strike of max pain.
    pub max_pain: Option<f64>,
    /// Expected move, one sigma.
    pub sigma: Option<f64>,
}

impl Adopted {
    /// Whether the valuation may be used at `at`.
    ///
    /// # Errors
    /// `stale` where quotes or open interest are too old, `coverage` where too little was usable.
    pub fn usable(&self, at: i64, settings: &OptionSettings) -> Result<(), Reason> {
        let old = at - self.asof > settings.iv_age_s_max.saturating_mul(1_000_000);
        if old || at > self.oi_until {
            return Err(Reason::Stale);
        }
        if self.exposure.coverage < settings.coverage_min {
            return Err(Reason::Coverage);
        }
        Ok(())
    }

    /// Whether there is enough exposure for its levels to mean anything.
    pub fn has_weight(&self, settings: &OptionSettings) -> bool {
        self.exposure.gross >= settings.gross_min
    }

    /// The levels at `ratio`.
    pub fn mapped(&self, ratio: f64, expected: Option<Move>, settings: &OptionSettings) -> Mapped {
        let e = &self.exposure;
        let wall = |strike: Option<f64>| strike.filter(|_| self.has_weight(settings));
        let map = |points: Option<f64>| points.map(|points| points * ratio);
        Mapped {
            ratio,
            flip: map(e.flip.map(|flip| flip.price)),
            call_wall: map(wall(e.walls.call)),
            put_wall: map(wall(e.walls.put)),
            abs_wall: map(wall(e.walls.abs)),
            max_pain: map(e.max_pain),
            sigma: map(expected.map(|expected| expected.sigma)),
        }
    }

    /// The six features in QUANT's order.
    ///
    /// # Formulas
    /// `opt_gex_ratio` net/gross; `opt_flip_dist` (F - flip)/EM; `opt_call_wall_dist` (wall - F)/EM;
    /// `opt_put_wall_dist` (F - wall)/EM, each clipped to 5; `opt_charm_flow`
    /// -charm/(dollars a point * F * ADV), the hedge until today's close as a share of a day's volume,
    /// plus: dealers buy; `opt_0dte_share` the share of gross exposure that expires today.
    pub fn features(
        &self,
        view: &View,
        mapped: Result<Mapped, Reason>,
        settings: &OptionSettings,
    ) -> [Value; 6] {
        if let Err(reason) = self.usable(view.at, settings) {
            return [Err(reason); 6];
        }
        let e = &self.exposure;
        let ratio =
            if self.has_weight(settings) { Ok(e.net() / e.gross) } else { Err(Reason::NoLevels) };
        let distance = |sign: f64, level: fn(&Mapped) -> Option<f64>, none: Reason| {
            let mapped = mapped?;
            let level = level(&mapped).ok_or(none)?;
            // Undefined only without a quote at the money in the nearest expiry.
            let sigma = mapped.sigma.filter(|sigma| *sigma > 0.0).ok_or(Reason::NoLevels)?;
            let price = view.price.ok_or(Reason::Warmup)?;
            Ok((sign * (price - level) / sigma).clamp(-CLIP, CLIP))
        };
        [
            ratio,
            distance(1.0, |m| m.flip, Reason::NoCross),
            distance(-1.0, |m| m.call_wall, Reason::NoLevels),
            distance(1.0, |m| m.put_wall, Reason::NoLevels),
            self.charm_flow(view),
            e.dte0.ok_or(Reason::Degenerate),
        ]
    }

    fn charm_flow(&self, view: &View) -> Value {
        let close = view.close.ok_or(Reason::SessionClosed)?;
        if ((close - view.at) as f64) < CLOSE_MIN * MINUTE {
            return Err(Reason::Degenerate);
        }
        let charm = self.exposure.charm.ok_or(Reason::Degenerate)?;
        let adv = view.adv?;
        let price = view.price.ok_or(Reason::Warmup)?;
        let day = view.point_value * price * adv;
        if day > 0.0 { Ok(-charm / day) } else { Err(Reason::Degenerate) }
    }
}

/// How a value came about where that is not the best way, for `why`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// The expected move is that of the chain in force, for want of one since the open.
    pub move_now: bool,
    /// The ratio stands on bars.
    pub from_bars: bool,
}
