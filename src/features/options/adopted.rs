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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Flip;
    use crate::options::NetGamma;
    use crate::options::Walls;
    use std::collections::BTreeMap;

    fn adopted() -> Adopted {
        let settings = OptionSettings::default();
        let exposure = Exposure {
            und: Sym::NONE,
            at: 0,
            spot: 5000.0,
            spot_from_parity: false,
            parity_spot: None,
            dealer_sign: settings.dealer_sign,
            vol: settings.vol,
            gamma: settings.gamma,
            wall_by: settings.wall_by,
            calls: 5e9,
            puts: -3e9,
            gross: 8e9,
            dex: None,
            vex: None,
            cex: None,
            charm: Some(-2e9),
            charm_minutes: Some(300.0),
            flip: Some(Flip { price: 4980.0, negative_below: true }),
            walls: Walls { call: Some(5050.0), put: Some(4950.0), abs: Some(5050.0) },
            max_pain: Some(5000.0),
            dte0: Some(0.25),
            dte0_oi: None,
            dte0_volume: None,
            em: None,
            coverage: 0.9,
            used: 0,
            listed: 0,
            excluded: BTreeMap::new(),
            floored: 0,
            oi_asof: None,
            iv_asof: None,
            spot_asof: 0,
            src: None,
            by_strike: Vec::new(),
            by_expiry: Vec::new(),
            curve: NetGamma::default(),
        };
        let exposure = Box::new(exposure);
        Adopted { exposure, asof: 0, oi_until: 100_000_000_000, source: Sym::NONE }
    }

    const MOVE: Move = Move { sigma: 40.0, center: 5000.0, asof: 0 };

    fn view(price: f64) -> View {
        View {
            at: 10_000_000,
            price: Some(price),
            adv: Ok(1_000_000.0),
            close: Some(18_000_000_000),
            point_value: 50.0,
        }
    }

    fn near(values: [Value; 6], expected: [f64; 6]) {
        for (value, expected) in values.into_iter().zip(expected) {
            assert!((value.unwrap() - expected).abs() < 1e-12, "{value:?} {expected}");
        }
    }

    #[test]
    fn the_features_by_hand() {
        let (adopted, settings) = (adopted(), OptionSettings::default());
        // Ratio 1.01: flip 5029.8, call wall 5100.5, put wall 4999.5, one sigma 40.4.
        let mapped = adopted.mapped(1.01, Some(MOVE), &settings);
        let charm = 2e9 / (50.0 * 5050.0 * 1e6);
        near(
            adopted.features(&view(5050.0), Ok(mapped), &settings),
            [0.25, 20.2 / 40.4, 50.5 / 40.4, 50.5 / 40.4, charm, 0.25],
        );
        // Far away they are clipped.
        let far = adopted.features(&view(6000.0), Ok(mapped), &settings);
        assert_eq!((far[1], far[2], far[3]), (Ok(5.0), Ok(-5.0), Ok(5.0)));
    }

    #[test]
    fn the_mirror_changes_the_signs_that_it_should() {
        // From mapped levels (QUANT 3.8): prices are mirrored, rights and dealer signs swapped.
        let (one, settings) = (adopted(), OptionSettings::default());
        let mapped = one.mapped(1.0, Some(MOVE), &settings);
        let mirror = |x: f64| 2.0 * 5000.0 - x;
        let mut two = adopted();
        two.exposure.charm = one.exposure.charm.map(|charm| -charm);
        let mirrored = Mapped {
            flip: mapped.flip.map(mirror),
            call_wall: mapped.put_wall.map(mirror),
            put_wall: mapped.call_wall.map(mirror),
            ..mapped
        };
        // The price itself enters the volume's value: compare at the centre.
        let a = one.features(&view(5000.0), Ok(mapped), &settings).map(Result::unwrap);
        let b = two.features(&view(5000.0), Ok(mirrored), &settings);
        near(b, [a[0], -a[1], a[3], a[2], -a[4], a[5]]);
        assert!(a[1] > 0.0 && a[4] > 0.0);
    }

    #[test]
    fn reasons_by_their_order() {
        let settings = OptionSettings::default();
        let adopted = adopted();
        let mapped = adopted.mapped(1.0, Some(MOVE), &settings);
        let of = |adopted: &Adopted, view: View, mapped| adopted.features(&view, mapped, &settings);
        // Too old comes before too little.
        let late = View { at: 3_600_000_001, ..view(5000.0) };
        let thin = || {
            let mut thin = self::adopted();
            thin.exposure.coverage = 0.79;
            thin
        };
        assert_eq!(of(&thin(), late, Ok(mapped)), [Err(Reason::Stale); 6]);
        assert_eq!(of(&thin(), view(5000.0), Ok(mapped)), [Err(Reason::Coverage); 6]);
        let old = Adopted { oi_until: 9_999_999, ..self::adopted() };
        assert_eq!(of(&old, view(5000.0), Ok(mapped)), [Err(Reason::Stale); 6]);
        // Without a ratio the levels alone are missing.
        let values = of(&adopted, view(5000.0), Err(Reason::StaleBasis));
        assert_eq!(values[1..4], [Err(Reason::StaleBasis); 3]);
        assert!(values[0].is_ok() && values[4].is_ok() && values[5].is_ok());
        // Without a root, without a move, without a price.
        let none = of(&adopted, view(5000.0), Ok(Mapped { flip: None, ..mapped }));
        assert_eq!((none[1], none[2].is_ok()), (Err(Reason::NoCross), true));
        let none = of(&adopted, view(5000.0), Ok(Mapped { sigma: None, ..mapped }));
        assert_eq!(none[1..4], [Err(Reason::NoLevels); 3]);
        let none = of(&adopted, View { price: None, ..view(0.0) }, Ok(mapped));
        assert_eq!(none[1..5], [Err(Reason::Warmup); 4]);
        // The close.
        for (close, reason) in [
            (None, Reason::SessionClosed),
            (Some(10_000_000 + 299_999_999), Reason::Degenerate),
            (Some(0), Reason::Degenerate),
        ] {
            let values = of(&adopted, View { close, ..view(5000.0) }, Ok(mapped));
            assert_eq!(values[4], Err(reason), "{close:?}");
        }
        let edge = View { close: Some(10_000_000 + 300_000_000), ..view(5000.0) };
        assert!(of(&adopted, edge, Ok(mapped))[4].is_ok());
        let unknown = View { adv: Err(Reason::NoAdv), ..view(5000.0) };
        assert_eq!(of(&adopted, unknown, Ok(mapped))[4], Err(Reason::NoAdv));
        // No exposure at all.
        let mut empty = self::adopted();
        (empty.exposure.gross, empty.exposure.dte0) = (0.0, None);
        let mapped = empty.mapped(1.0, Some(MOVE), &settings);
        let values = of(&empty, view(5000.0), Ok(mapped));
        assert_eq!(values[0], Err(Reason::NoLevels));
        assert_eq!(values[2..4], [Err(Reason::NoLevels); 2]);
        assert_eq!(values[5], Err(Reason::Degenerate));
    }
}
