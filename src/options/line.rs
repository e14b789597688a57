//! Gamma exposure of one strike as a function of spot, and the sum of many.

use crate::options::normal::DENSITY_AT_ZERO;

/// Beyond this many deviations a strike's gamma is nothing (below 1e-15 of its peak).
const FAR: f64 = 8.5;

/// Contracts of one strike, expiry and volatility.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Line {
    /// Signed size of the position: dealer sign times open interest, contracts.
    pub weight: f64,
    /// Strike, points.
    pub strike: f64,
    /// Time to settlement, years.
    pub tau: f64,
    /// Volatility.
    pub vol: f64,
    /// Log of forward over spot; kept as spot moves.
    pub carry: f64,
    /// Interest rate a year, continuous.
    pub rate: f64,
}

/// Net gamma exposure at any spot: sticky-strike volatilities, the same time, the same carry.
///
/// Each line is a bell in the log of spot, so that a trial spot costs one exponential a line.
#[derive(Clone, Debug, Default)]
pub struct NetGamma {
    bells: Vec<Bell>,
}

#[derive(Clone, Copy, Debug)]
struct Bell {
    /// Log of the spot at which d1 is 0.
    centre: f64,
    /// 1 / (vol sqrt(tau)).
    narrowness: f64,
    /// Exposure over spot at the centre, dollars per 1 % and point.
    height: f64,
}

impl NetGamma {
    /// Of `lines`, each contract on 100 units.
    pub fn new(lines: &[Line]) -> Self {
        let bells = lines.iter().filter(|line| line.weight.abs() > 0.0).map(|line| {
            let sd = line.vol * libm::sqrt(line.tau);
            // e^{-q tau} = F e^{-r tau} / S
            let yielded = libm::exp(line.carry - line.rate * line.tau);
            Bell {
                centre: libm::log(line.strike) - line.carry - 0.5 * sd * sd,
                narrowness: 1.0 / sd,
                height: line.weight * yielded * DENSITY_AT_ZERO / sd,
            }
        });
        let mut bells: Vec<Bell> = bells.collect();
        // Ascending, so that a trial spot looks at its neighbourhood and sums in one order.
        bells.sort_by(|a, b| {
            a.narrowness.total_cmp(&b.narrowness).then(a.centre.total_cmp(&b.centre))
        });
        Self { bells }
    }

    /// Dollars of delta per +1 % of spot, at `spot` points.
    pub fn at(&self, spot: f64) -> f64 {
        let log = libm::log(spot);
        let sum: f64 = self
            .bells
            .iter()
            .map(|bell| {
                let d1 = (log - bell.centre) * bell.narrowness;
                if d1.abs() > FAR { 0.0 } else { bell.height * libm::exp(-0.5 * d1 * d1) }
            })
            .sum();
        // 100 units a contract, 1 %: gamma S^2 * 100 * 0.01 = gamma S^2.
        sum * spot
    }
}
