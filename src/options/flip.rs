//! The zero of net gamma exposure nearest to spot (QUANT 3.4).

use crate::options::line::NetGamma;

/// How far from a root the exposure must have grown.
const TAIL: f64 = 0.02;
/// Steps of the bisection at most.
const STEPS: usize = 200;

/// What a search needs besides the exposure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FlipSearch {
    /// Spot, points.
    pub spot: f64,
    /// Gross exposure at spot, dollars per 1 %.
    pub gross: f64,
    /// Half width of the range, share of spot.
    pub window: f64,
    /// Distance of the trial spots, points.
    pub step: f64,
    /// Least share of gross that must be left 2 % to either side of a root.
    pub tail_min: f64,
}

/// An accepted root.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flip {
    /// The spot at which net exposure is 0, points.
    pub price: f64,
    /// Whether exposure is negative below it (else above).
    pub negative_below: bool,
}

impl FlipSearch {
    /// The nearest accepted root, or none.
    ///
    /// Trial spots are the multiples of `step` in the range. They are tried from spot outward, both
    /// sides in turn, so that the search may stop at the first accepted root and still gives the root
    /// that the whole grid would give. Roots in the tails, where everything is nearly 0, are rejected.
    pub fn run(&self, net: &NetGamma) -> Option<Flip> {
        let usable = |x: f64| x.is_finite() && x > 0.0;
        if !(usable(self.spot) && usable(self.gross) && usable(self.step)) {
            return None;
        }
        let first = libm::ceil(self.spot * (1.0 - self.window) / self.step) as i64;
        let last = libm::floor(self.spot * (1.0 + self.window) / self.step) as i64;
        let at = |index: i64| index as f64 * self.step;
        let below = (libm::floor(self.spot / self.step) as i64).clamp(first, last);
        let mut down = (below, net.at(at(below)));
        let mut up = down;
        let mut best: Option<Flip> = None;
        loop {
            let more_up = up.0 < last && self.may_beat(at(up.0) - self.spot, best);
            let more_down = down.0 > first && self.may_beat(self.spot - at(down.0), best);
            if !more_up && !more_down {
                return best;
            }
            if more_up {
                let next = (up.0 + 1, net.at(at(up.0 + 1)));
                best = self.nearer(best, self.root(net, (at(up.0), up.1), (at(next.0), next.1)));
                up = next;
            }
            if more_down {
                let next = (down.0 - 1, net.at(at(down.0 - 1)));
                best =
                    self.nearer(best, self.root(net, (at(next.0), next.1), (at(down.0), down.1)));
                down = next;
            }
        }
    }

    /// Whether a root `distance` away or farther may be nearer than `best`.
    fn may_beat(&self, distance: f64, best: Option<Flip>) -> bool {
        best.is_none_or(|flip| distance < (flip.price - self.spot).abs())
    }

    fn nearer(&self, old: Option<Flip>, new: Option<Flip>) -> Option<Flip> {
        match (old, new) {
            (Some(a), Some(b)) => {
                let distance = |flip: Flip| (flip.price - self.spot).abs();
                Some(if distance(b) < distance(a) { b } else { a })
            }
            (old, new) => old.or(new),
        }
    }

    /// The accepted root between two trial spots.
    fn root(&self, net: &NetGamma, low: (f64, f64), high: (f64, f64)) -> Option<Flip> {
        let changes = (low.1 < 0.0 && high.1 >= 0.0) || (low.1 > 0.0 && high.1 <= 0.0);
        if !changes {
            return None;
        }
        let price = bracketed(|spot| net.at(spot), low, high);
        let least = self.tail_min * self.gross;
        let kept = |spot: f64| net.at(spot).abs() >= least;
        (kept(price * (1.0 - TAIL)) && kept(price * (1.0 + TAIL)))
            .then_some(Flip { price, negative_below: low.1 < 0.0 })
    }
}

/// The root between `low` and `high`, at which the function has different signs: false position with
/// the Illinois weight, which keeps the bracket and converges faster than bisection.
fn bracketed(f: impl Fn(f64) -> f64, low: (f64, f64), high: (f64, f64)) -> f64 {
    let (mut a, mut b) = (low, high);
    for _ in 0..STEPS {
        if (b.0 - a.0).abs() < 1e-7 || b.1.abs() <= 0.0 {
            return b.0;
        }
        let x = (a.0 * b.1 - b.0 * a.1) / (b.1 - a.1);
        let new = (x, f(x));
        if (new.1 > 0.0) == (b.1 > 0.0) {
            a.1 *= 0.5;
        } else {
            a = b;
        }
        b = new;
        if new.1.abs() <= 1e-10 * low.1.abs().max(high.1.abs()) {
            return b.0;
        }
    }
    b.0
}
