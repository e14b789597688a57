//! What shrinks a trade: the size factors in force (QUANT 6.1, DOMAIN 4).

use crate::config::SizeFactors;
use crate::config::VixBand;
use crate::wire::Num;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Which part of the trade date it is, New York civil time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DayPart {
    /// From the Globex open to 03:00.
    Asia,
    /// From 03:00 to 09:30.
    London,
    /// From 09:30 to 12:00.
    NewYorkMorning,
    /// From 12:00 to `session.smaller_from`.
    NewYorkAfternoon,
    /// From `session.smaller_from` on.
    Close,
}

impl DayPart {
    /// The part of minute `minute` of the New York day (negative before midnight), where the close
    /// begins at `smaller_from`.
    pub fn at(minute: f64, smaller_from: f64) -> Self {
        if minute >= smaller_from {
            Self::Close
        } else if minute < 180.0 {
            Self::Asia
        } else if minute < 570.0 {
            Self::London
        } else if minute < 720.0 {
            Self::NewYorkMorning
        } else {
            Self::NewYorkAfternoon
        }
    }
}

/// What is known when a trade is sized. What is not known shrinks nothing: an entry that needs it is
/// refused by its check, not made smaller.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Conditions {
    /// VIX band, by a young VIX or the options' volatility; not by a fallback.
    pub band: Option<VixBand>,
    /// Spread of the touch, ticks.
    pub spread: Option<i64>,
    /// Distance of the nearer one of call and put wall from the entry, ticks.
    pub wall: Option<f64>,
    /// Part of the trade date.
    pub part: Option<DayPart>,
}

/// The factors of a trade, each from 0 to 1; 1 shrinks nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Factors {
    vix: f64,
    spread: f64,
    wall: f64,
    session: f64,
}

impl Factors {
    /// The factors of `rules` under these conditions.
    pub fn new(rules: &SizeFactors, conditions: &Conditions) -> Self {
        let vix = match conditions.band {
            Some(VixBand::High) => rules.vix_high,
            Some(VixBand::Extreme) => rules.vix_extreme,
            Some(VixBand::Low | VixBand::Mid) | None => 1.0,
        };
        let wide = conditions.spread.is_some_and(|spread| spread > rules.spread_ticks);
        let near = conditions.wall.is_some_and(|distance| distance <= rules.wall_ticks);
        let session = match conditions.part {
            Some(DayPart::Asia) => rules.asia,
            Some(DayPart::London) => rules.london,
            Some(DayPart::NewYorkMorning) => rules.ny_am,
            Some(DayPart::NewYorkAfternoon) => rules.ny_pm,
            Some(DayPart::Close) => rules.close,
            None => 1.0,
        };
        Self {
            vix: capped(vix),
            spread: capped(if wide { rules.spread } else { 1.0 }),
            wall: capped(if near { rules.wall } else { 1.0 }),
            session: capped(session),
        }
    }

    /// Their product, 0 to 1.
    pub const fn product(&self) -> f64 {
        self.vix * self.spread * self.wall * self.session
    }

    /// Those that shrink, by name.
    pub fn in_force(&self) -> BTreeMap<Cow<'static, str>, Num> {
        let all = [
            ("session", self.session),
            ("spread", self.spread),
            ("vix", self.vix),
            ("wall", self.wall),
        ];
        let shrinking = all.into_iter().filter(|(_, factor)| *factor < 1.0);
        shrinking.map(|(name, factor)| (Cow::Borrowed(name), Num(factor))).collect()
    }
}

/// Factors only shrink; one that is no number leaves nothing.
const fn capped(factor: f64) -> f64 {
    if factor.is_nan() { 0.0 } else { factor.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    fn names(factors: &Factors) -> Vec<String> {
        factors.in_force().into_keys().map(Cow::into_owned).collect()
    }

    #[test]
    fn nothing_known_shrinks_nothing() {
        let factors = Factors::new(&SizeFactors::default(), &Conditions::default());
        same(factors.product(), 1.0);
        assert!(factors.in_force().is_empty());
    }

    #[test]
    fn each_condition_has_its_factor_and_they_multiply() {
        let rules = SizeFactors::default();
        let calm = Conditions {
            band: Some(VixBand::Mid),
            spread: Some(2),
            wall: Some(3.25),
            part: Some(DayPart::NewYorkMorning),
        };
        // The morning's 1.2 counts as 1.
        assert!(Factors::new(&rules, &calm).in_force().is_empty());
        let rough = Conditions {
            band: Some(VixBand::High),
            spread: Some(3),
            wall: Some(3.0),
            part: Some(DayPart::Close),
        };
        let factors = Factors::new(&rules, &rough);
        assert_eq!(names(&factors), ["session", "spread", "vix", "wall"]);
        same(factors.product(), 0.5 * 0.8 * 0.5 * 0.5);
        let extreme = Conditions { band: Some(VixBand::Extreme), ..calm };
        same(Factors::new(&rules, &extreme).product(), 0.0);
    }

    #[test]
    fn the_day_has_five_parts() {
        use DayPart::Asia;
        use DayPart::Close;
        use DayPart::London;
        use DayPart::NewYorkAfternoon;
        use DayPart::NewYorkMorning;
        for (minute, part) in [
            (-360.0, Asia),
            (179.9, Asia),
            (180.0, London),
            (569.9, London),
            (570.0, NewYorkMorning),
            (719.9, NewYorkMorning),
            (720.0, NewYorkAfternoon),
            (899.9, NewYorkAfternoon),
            (900.0, Close),
        ] {
            assert_eq!(DayPart::at(minute, 900.0), part, "{minute}");
        }
        // An early close begins before noon.
        assert_eq!(DayPart::at(700.0, 690.0), Close);
    }

    proptest! {
        #[test]
        fn a_factor_never_enlarges_and_a_smaller_setting_never_does_either(
            values in prop::collection::vec(0.0_f64..2.0, 9),
            which in 0_usize..9,
            less in 0.0_f64..1.0,
            (spread, wall) in (0_i64..6, 0.0_f64..8.0),
            (band, part) in (0_usize..4, 0_usize..5),
        ) {
            let set = |v: &[f64]| SizeFactors {
                vix_high: v[0], vix_extreme: v[1], spread: v[2], wall: v[3], asia: v[4], london: v[5],
                ny_am: v[6], ny_pm: v[7], close: v[8], ..SizeFactors::default()
            };
            let bands = [VixBand::Low, VixBand::Mid, VixBand::High, VixBand::Extreme];
            let parts = [
                DayPart::Asia, DayPart::London, DayPart::NewYorkMorning,
                DayPart::NewYorkAfternoon, DayPart::Close,
            ];
            let conditions = Conditions {
                band: Some(bands[band]), spread: Some(spread), wall: Some(wall), part: Some(parts[part]),
            };
            let factors = Factors::new(&set(&values), &conditions);
            prop_assert!((0.0..=1.0).contains(&factors.product()));
            let told: f64 = factors.in_force().values().map(|factor| factor.0).product();
            prop_assert!((told - factors.product()).abs() < 1e-12);
            let mut smaller = values;
            smaller[which] *= less;
            prop_assert!(Factors::new(&set(&smaller), &conditions).product() <= factors.product());
        }
    }
}
