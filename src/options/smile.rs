//! The smile of a series in a few numbers.

use crate::options::normal::cumulative;

/// A strike with its volatility, ascending by strike.
pub(super) type Smile = [(f64, f64)];

/// Volatility at the forward, linear between the two strikes around it; `None` outside them.
pub(super) fn at_the_money(smile: &Smile, forward: f64) -> Option<f64> {
    interpolated(smile.iter().copied(), forward)
}

/// Volatility of the put with delta -0.25 less that of the call with delta 0.25 (on the forward),
/// linear in delta between strikes.
pub(super) fn skew(smile: &Smile, forward: f64, tau: f64) -> Option<f64> {
    let delta = |strike: f64, vol: f64| {
        let sd = vol * libm::sqrt(tau);
        cumulative(libm::log(forward / strike) / sd + 0.5 * sd)
    };
    // A put of delta -0.25 is at the strike whose call has 0.75. Minus delta ascends with the strike.
    let points: Vec<(f64, f64)> =
        smile.iter().map(|(strike, vol)| (-delta(*strike, *vol), *vol)).collect();
    let at = |x| interpolated(points.iter().copied(), x);
    Some(at(-0.75)? - at(-0.25)?)
}

fn interpolated(points: impl Iterator<Item = (f64, f64)>, x: f64) -> Option<f64> {
    let mut before: Option<(f64, f64)> = None;
    for (at, value) in points {
        match before {
            _ if at < x => before = Some((at, value)),
            None => return (at <= x).then_some(value),
            Some((then, old)) => return Some(old + (value - old) * (x - then) / (at - then)),
        }
    }
    None
}
