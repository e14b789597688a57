//! The second cap of the size: the volatility that the account aims at (QUANT 6.1).

use crate::account::daily_sd;
use crate::market::Cents;
use crate::market::Instrument;
use crate::wire::DailyStats;

/// Sessions of a year.
const SESSIONS: f64 = 252.0;

/// How much an account may scatter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VolTarget {
    /// Standard deviation of a year's result, share of equity; 0: no cap.
    pub target: f64,
    /// Sessions from which on the own results tell how they scatter.
    pub sessions_min: u64,
}

impl VolTarget {
    /// Contracts of `instrument` whose results scatter no more than the target:
    /// `floor(target * equity / (sqrt(252) * sd))`, where `sd` is the standard deviation of the daily
    /// net P&L of one contract. `None` where there is no target, or too little is known.
    pub fn contracts(
        &self,
        equity: Cents,
        daily: Option<&DailyStats>,
        instrument: &Instrument,
    ) -> Option<u64> {
        let known = daily.filter(|daily| self.target > 0.0 && daily.n >= self.sessions_min)?;
        let sd = daily_sd(known)? * instrument.tick_value.0 as f64;
        let contracts = self.target * equity.0.max(0) as f64 / (SESSIONS.sqrt() * sd);
        contracts.is_finite().then_some(contracts as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::wire::Num;
    use proptest::prelude::*;

    fn named(root: &str) -> Instrument {
        Config::default().instrument_named(root).unwrap()
    }

    /// Sessions with this deviation about zero, ticks.
    fn sessions(n: u64, sd: f64) -> DailyStats {
        DailyStats { n, w: Num(10.0), x: Num(0.0), x2: Num(10.0 * sd * sd), today: Num(0.0) }
    }

    const RULE: VolTarget = VolTarget { target: 0.06, sessions_min: 20 };

    #[test]
    fn the_cap_is_the_formula_rounded_down() {
        // 6000 dollars a year over sqrt(252) * 24 ticks * 12.50: 1.26 contracts, 12.6 of the micro.
        let (equity, known) = (Cents(10_000_000), sessions(20, 24.0));
        assert_eq!(RULE.contracts(equity, Some(&known), &named("ES")), Some(1));
        assert_eq!(RULE.contracts(equity, Some(&known), &named("MES")), Some(12));
        assert_eq!(RULE.contracts(Cents(5_000_000), Some(&known), &named("ES")), Some(0));
        assert_eq!(RULE.contracts(Cents(-1), Some(&known), &named("MES")), Some(0));
    }

    #[test]
    fn too_little_known_caps_nothing() {
        let (equity, es) = (Cents(10_000_000), named("ES"));
        assert_eq!(RULE.contracts(equity, None, &es), None);
        assert_eq!(RULE.contracts(equity, Some(&sessions(19, 24.0)), &es), None);
        assert_eq!(RULE.contracts(equity, Some(&sessions(20, 0.0)), &es), None);
        let off = VolTarget { target: 0.0, ..RULE };
        assert_eq!(off.contracts(equity, Some(&sessions(20, 24.0)), &es), None);
    }

    proptest! {
        #[test]
        fn more_equity_never_means_fewer_and_more_scatter_never_more(
            (equity, more) in (0_i64..100_000_000_000, 0_i64..10_000_000_000),
            (sd, wider) in (0.1_f64..2000.0, 1.0_f64..10.0),
        ) {
            let es = named("ES");
            let cap = |equity, sd| RULE.contracts(Cents(equity), Some(&sessions(20, sd)), &es).unwrap();
            prop_assert!(cap(equity + more, sd) >= cap(equity, sd));
            prop_assert!(cap(equity, sd * wider) <= cap(equity, sd));
        }
    }
}
