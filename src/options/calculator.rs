//! Single numbers: value on a forward, implied volatility, expected move (QUANT 3.1, 3.2, 3.5).

use crate::options::greeks::sign;
use crate::options::normal::cumulative;
use crate::wire::Right;
use implied_vol::DefaultSpecialFn;
use implied_vol::ImpliedBlackVolatility;

/// Undiscounted value of a European option on a forward (Black 1976), points. At zero time or
/// volatility it is the intrinsic value.
pub fn black76(right: Right, forward: f64, strike: f64, tau: f64, vol: f64) -> f64 {
    let w = sign(right);
    let sd = vol * libm::sqrt(tau);
    if sd <= 0.0 {
        return (w * (forward - strike)).max(0.0);
    }
    let d1 = libm::log(forward / strike) / sd + 0.5 * sd;
    w * (forward * cumulative(w * d1) - strike * cumulative(w * (d1 - sd)))
}

/// The volatility at which [`black76`] gives `price`; `None` if there is none: below the intrinsic
/// value, at or above the forward (put: the strike), no time left, or no time value at all.
///
/// Method: Jaeckel, "Let's be rational" (crate `implied-vol`).
pub fn implied_vol(right: Right, price: f64, forward: f64, strike: f64, tau: f64) -> Option<f64> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    if !(positive(price) && positive(forward) && positive(strike) && positive(tau)) {
        return None;
    }
    let solver = ImpliedBlackVolatility::builder()
        .option_price(price)
        .forward(forward)
        .strike(strike)
        .expiry(tau)
        .is_call(right == Right::Call)
        .build()?;
    solver.calculate::<DefaultSpecialFn>().filter(|vol| positive(*vol))
}

/// One standard deviation of the underlying until settlement, points: `F v sqrt(tau)`.
pub fn expected_move(forward: f64, vol: f64, tau: f64) -> f64 {
    forward * vol * libm::sqrt(tau)
}

/// Value of the straddle at the forward, points: the mean absolute move, 0.798 of [`expected_move`].
pub fn straddle(forward: f64, vol: f64, tau: f64) -> f64 {
    2.0 * forward * (2.0 * cumulative(0.5 * vol * libm::sqrt(tau)) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn call_less_put_is_forward_less_strike(
            forward in 100.0..10_000.0_f64, money in 0.5..2.0_f64,
            tau in 1e-5..3.0_f64, vol in 0.03..3.0_f64
        ) {
            let strike = forward * money;
            let call = black76(Right::Call, forward, strike, tau, vol);
            let put = black76(Right::Put, forward, strike, tau, vol);
            prop_assert!((call - put - (forward - strike)).abs() <= 1e-12 * forward);
            prop_assert!(call >= 0.0 && put >= -1e-12 * forward);
        }

        #[test]
        fn a_price_gives_its_volatility_back(
            money in -3.0..3.0_f64, tau in 1e-5..3.0_f64, vol in 0.03..3.0_f64
        ) {
            let forward = 5000.0;
            let strike = forward * libm::exp(money * vol * libm::sqrt(tau));
            let right = if strike >= forward { Right::Call } else { Right::Put };
            let price = black76(right, forward, strike, tau, vol);
            let back = implied_vol(right, price, forward, strike, tau).unwrap();
            // The price itself is only good to an epsilon of the forward: what that is in volatility.
            let vega = (black76(right, forward, strike, tau, vol * 1.001) - price) / (vol * 0.001);
            let noise = 4.0 * f64::EPSILON * forward / vega;
            prop_assert!((back - vol).abs() <= 1e-12 + noise, "{back} {vol}");
        }
    }

    #[test]
    fn prices_without_a_volatility_give_none() {
        for (price, tau) in [(9.9, 1.0), (100.5, 1.0), (10.0, 0.0), (f64::NAN, 1.0), (0.0, 1.0)] {
            assert_eq!(implied_vol(Right::Call, price, 100.0, 90.0, tau), None, "{price} {tau}");
        }
    }
}
