//! Black-Scholes-Merton with a continuous dividend yield: price and Greeks (QUANT 3.1).

use crate::options::normal::cumulative;
use crate::options::normal::density;
use crate::wire::Right;

/// What a price depends on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BsmInput {
    /// Price of the underlying, points.
    pub spot: f64,
    /// Strike, points.
    pub strike: f64,
    /// Time to settlement, years of 525,600 minutes; above 0.
    pub tau: f64,
    /// Interest rate a year, continuous.
    pub rate: f64,
    /// Dividend yield a year, continuous.
    pub dividend: f64,
    /// Volatility a year (0.15 = 15 %); above 0.
    pub vol: f64,
}

impl BsmInput {
    /// Whether a price is defined: spot, strike, tau and volatility above 0, all finite.
    pub fn is_valid(&self) -> bool {
        let positive = [self.spot, self.strike, self.tau, self.vol];
        positive.iter().all(|x| x.is_finite() && *x > 0.0)
            && self.rate.is_finite()
            && self.dividend.is_finite()
    }
}

/// Price and sensitivities of one option on one unit of the underlying.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Greeks {
    /// Value, points.
    pub price: f64,
    /// Change of value a point of spot: 0 to 1 for calls, -1 to 0 for puts.
    pub delta: f64,
    /// Change of delta a point of spot.
    pub gamma: f64,
    /// Change of value for 1.00 of volatility.
    pub vega: f64,
    /// Change of delta for 1.00 of volatility; calls and puts alike.
    pub vanna: f64,
    /// Change of delta a year as calendar time passes (minus the derivative by tau).
    pub charm: f64,
}

/// Price and Greeks; the input must be valid ([`BsmInput::is_valid`]).
pub fn bsm(right: Right, input: &BsmInput) -> Greeks {
    let BsmInput { spot, strike, tau, rate, dividend, vol } = *input;
    let w = sign(right);
    let root = libm::sqrt(tau);
    let sd = vol * root;
    let carry = rate - dividend;
    let d1 = (libm::log(spot / strike) + (carry + 0.5 * vol * vol) * tau) / sd;
    let d2 = d1 - sd;
    let yielded = libm::exp(-dividend * tau);
    let discount = libm::exp(-rate * tau);
    let (n1, n2) = (cumulative(w * d1), cumulative(w * d2));
    let bell = yielded * density(d1);
    Greeks {
        price: w * (spot * yielded * n1 - strike * discount * n2),
        delta: w * yielded * n1,
        gamma: bell / (spot * sd),
        vega: spot * bell * root,
        vanna: -bell * d2 / vol,
        charm: w * dividend * yielded * n1
            - bell * (2.0 * carry * tau - d2 * sd) / (2.0 * tau * sd),
    }
}

/// +1 for a call, -1 for a put.
pub(super) const fn sign(right: Right) -> f64 {
    match right {
        Right::Call => 1.0,
        Right::Put => -1.0,
    }
}
