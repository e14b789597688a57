//! The value of a European option on a forward, undiscounted (Black 1976).
//!
//! For comparisons within a quarter of the price; the exact pricing of exposures is elsewhere.

use crate::wire::Right;

/// Standard normal distribution function.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The value at volatility `iv` (0.15 = 15 %) and `years` to settlement.
pub(super) fn black(right: Right, forward: f64, strike: f64, iv: f64, years: f64) -> f64 {
    let sd = iv * libm::sqrt(years);
    let d1 = libm::log(forward / strike) / sd + sd / 2.0;
    let d2 = d1 - sd;
    match right {
        Right::Call => forward * normal(d1) - strike * normal(d2),
        Right::Put => strike * normal(-d2) - forward * normal(-d1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_less_put_is_forward_less_strike() {
        for strike in [4000.0, 5000.0, 6000.0] {
            let call = black(Right::Call, 5000.0, strike, 0.2, 0.1);
            let put = black(Right::Put, 5000.0, strike, 0.2, 0.1);
            assert!((call - put - (5000.0 - strike)).abs() < 1e-9, "{strike}");
            assert!(call > 0.0 && put > 0.0);
        }
    }
}
