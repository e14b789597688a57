//! The mirror law of the option features (QUANT 3.8): it starts from mapped levels, because
//! lognormal prices have no exact mirror, and swaps rights and dealer signs.

use crate::config::DealerSign;
use crate::config::OptionSettings;
use crate::features::manifest;
use crate::features::manifest::Mirror;
use crate::features::options::adopted::Adopted;
use crate::features::options::adopted::Mapped;
use crate::features::options::adopted::View;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Sym;
use crate::options::Exposure;
use crate::options::NetGamma;
use crate::options::Walls;
use proptest::prelude::*;
use std::collections::BTreeMap;

const PRICE: f64 = 5000.0;
const NAMES: [&str; 6] = [
    "opt_gex_ratio",
    "opt_flip_dist",
    "opt_call_wall_dist",
    "opt_put_wall_dist",
    "opt_charm_flow",
    "opt_0dte_share",
];

/// What the features of a moment are made of.
#[derive(Clone, Debug)]
struct Scene {
    calls: f64,
    puts: f64,
    sign: DealerSign,
    charm: Option<f64>,
    dte0: Option<f64>,
    mapped: Result<Mapped, Reason>,
}

impl Scene {
    fn features(&self) -> [Value; 6] {
        let config = crate::config::Config::default();
        let exposure = Exposure {
            und: Sym::NONE,
            at: 0,
            spot: PRICE,
            spot_from_parity: true,
            parity_spot: Some(PRICE),
            dealer_sign: self.sign,
            vol: config.options.vol,
            gamma: config.options.gamma,
            wall_by: config.options.wall_by,
            calls: self.calls,
            puts: self.puts,
            gross: self.calls.abs() + self.puts.abs(),
            dex: None,
            vex: None,
            cex: None,
            charm: self.charm,
            charm_minutes: None,
            flip: None,
            walls: Walls::default(),
            max_pain: None,
            dte0: self.dte0,
            dte0_oi: None,
            dte0_volume: None,
            em: None,
            coverage: 1.0,
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
        let adopted = Adopted {
            exposure: Box::new(exposure),
            asof: 0,
            oi_until: i64::MAX,
            source: Sym::NONE,
        };
        let view = View {
            at: 0,
            price: Some(PRICE),
            adv: Ok(1e6),
            close: Some(3_600_000_000),
            point_value: 50.0,
        };
        adopted.features(&view, self.mapped, &OptionSettings::default())
    }

    /// Prices `p -> 2c - p` about the price, calls and puts exchanged, and the signs of dealers with
    /// them: what was bought of calls is now bought of puts. Deltas, and their change, turn around.
    fn mirrored(&self) -> Self {
        let over = |price: Option<f64>| price.map(|price| 2.0 * PRICE - price);
        let mapped = self.mapped.map(|m| Mapped {
            ratio: m.ratio,
            flip: over(m.flip),
            call_wall: over(m.put_wall),
            put_wall: over(m.call_wall),
            abs_wall: over(m.abs_wall),
            max_pain: over(m.max_pain),
            sigma: m.sigma,
        });
        Self {
            calls: self.puts,
            puts: self.calls,
            sign: DealerSign { call: self.sign.put, put: self.sign.call },
            charm: self.charm.map(|charm| -charm),
            dte0: self.dte0,
            mapped,
        }
    }
}

fn level() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.8, 4500.0..5500.0_f64)
}

fn scene() -> impl Strategy<Value = Scene> {
    let mapped = (level(), level(), level(), prop::option::weighted(0.9, 1.0..80.0_f64));
    let mapped = mapped.prop_map(|(flip, call_wall, put_wall, sigma)| Mapped {
        ratio: 1.01,
        flip,
        call_wall,
        put_wall,
        abs_wall: None,
        max_pain: None,
        sigma,
    });
    let mapped = prop_oneof![9 => mapped.prop_map(Ok), 1 => Just(Err(Reason::StaleBasis))];
    let charm = prop::option::weighted(0.9, -1e10..1e10_f64);
    let share = prop::option::weighted(0.9, 0.0..1.0_f64);
    // Gross is above and below options.gross_min.
    (0.0..1e9_f64, -1e9..0.0_f64, charm, share, mapped).prop_map(
        |(calls, puts, charm, dte0, mapped)| {
            let sign = DealerSign { call: 1, put: -1 };
            Scene { calls, puts, sign, charm, dte0, mapped }
        },
    )
}

proptest! {
    #[test]
    fn the_mirror_of_mapped_levels_does_what_the_manifest_says(scene in scene()) {
        let (before, after) = (scene.features(), scene.mirrored().features());
        for (i, name) in NAMES.into_iter().enumerate() {
            let entry = manifest::features().find(|entry| entry.name == name).unwrap();
            let want = match entry.mirror {
                Mirror::Negate => before[i].map(|x| -x),
                Mirror::ValueOf(other) => before[NAMES.iter().position(|n| *n == other).unwrap()],
                _ => before[i],
            };
            match (want, after[i]) {
                (Ok(want), Ok(have)) => prop_assert!((want - have).abs() < 1e-9, "{}", name),
                (want, have) => prop_assert_eq!(want, have, "{}", name),
            }
        }
    }
}
