//! Max pain: the settlement price at which the options of an expiry are worth least.

/// The strike at which the holders of `strikes` (price, open interest of calls, of puts; ascending)
/// get least in total; the lower one of two. `None` without open interest.
pub fn max_pain(strikes: &[(f64, u64, u64)]) -> Option<f64> {
    if strikes.iter().all(|(_, calls, puts)| calls + puts == 0) {
        return None;
    }
    // Payout at a strike: calls below it and puts above it, each by running sums.
    let mut puts_above: f64 = strikes.iter().map(|s| s.2 as f64).sum();
    let mut payout: f64 = match strikes.first() {
        Some(first) => strikes.iter().map(|s| s.2 as f64 * (s.0 - first.0)).sum(),
        None => return None,
    };
    let (mut calls_below, mut before) = (0.0, strikes[0].0);
    let mut best = (f64::INFINITY, before);
    for (strike, calls, puts) in strikes {
        payout += (strike - before) * (calls_below - puts_above);
        if payout < best.0 {
            best = (payout, *strike);
        }
        calls_below += *calls as f64;
        puts_above -= *puts as f64;
        before = *strike;
    }
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_what_trying_every_strike_gives(
            oi in prop::collection::vec((0_u64..500, 0_u64..500), 1..40)
        ) {
            let strikes: Vec<_> =
                oi.iter().enumerate().map(|(i, o)| (4000.0 + 5.0 * i as f64, o.0, o.1)).collect();
            let payout = |at: f64| -> f64 {
                strikes
                    .iter()
                    .map(|(k, c, p)| *c as f64 * (at - k).max(0.0) + *p as f64 * (k - at).max(0.0))
                    .sum()
            };
            match max_pain(&strikes) {
                None => prop_assert!(oi.iter().all(|o| o.0 + o.1 == 0)),
                Some(best) => {
                    for (strike, _, _) in &strikes {
                        prop_assert!(payout(best) <= payout(*strike) + 1e-6);
                        prop_assert!(*strike >= best || payout(*strike) > payout(best));
                    }
                }
            }
        }
    }
}
