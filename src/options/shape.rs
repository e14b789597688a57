//! The Greeks at one strike: what call and put share is computed once.

use crate::options::normal::cumulative;
use crate::options::normal::density;
use crate::wire::Right;

/// What all strikes of a series share.
pub(super) struct Term {
    pub(super) tau: f64,
    pub(super) forward: f64,
    pub(super) rate: f64,
    /// `e^{-q tau}`.
    pub(super) yielded: f64,
    /// Time and forward at today's close; `None` after it.
    pub(super) close: Option<(f64, f64)>,
    pub(super) today: bool,
}

/// What the Greeks of call and put at one strike share.
#[derive(Clone, Copy)]
pub(super) struct Bells {
    pub(super) vol: f64,
    pub(super) gamma: f64,
    pub(super) vanna: f64,
    /// `e^{-q tau} N(d1)`: the call's delta.
    call_delta: f64,
    yielded: f64,
    /// The part of charm that calls and puts share, and the dividend yield of its other part.
    decay: f64,
    dividend: f64,
    /// The call's delta at today's close, and `e^{-q tau}` then.
    close: Option<(f64, f64)>,
}

impl Bells {
    pub(super) fn new(spot: f64, strike: f64, vol: f64, term: &Term) -> Self {
        let root = libm::sqrt(term.tau);
        let sd = vol * root;
        let d1 = libm::log(term.forward / strike) / sd + 0.5 * sd;
        let d2 = d1 - sd;
        let bell = term.yielded * density(d1);
        let carry = libm::log(term.forward / spot);
        let close = term.close.map(|(tau, forward)| {
            let yielded = forward / spot * libm::exp(-term.rate * tau);
            (yielded * settled(forward, strike, vol, tau), yielded)
        });
        Self {
            vol,
            gamma: bell / (spot * sd),
            vanna: -bell * d2 / vol,
            call_delta: term.yielded * cumulative(d1),
            yielded: term.yielded,
            decay: bell * (2.0 * carry - d2 * sd) / (2.0 * term.tau * sd),
            dividend: term.rate - carry / term.tau,
            close,
        }
    }

    pub(super) fn delta(&self, right: Right) -> f64 {
        match right {
            Right::Call => self.call_delta,
            Right::Put => self.call_delta - self.yielded,
        }
    }

    /// A year.
    pub(super) fn charm(&self, right: Right) -> f64 {
        self.dividend * self.delta(right) - self.decay
    }

    pub(super) fn delta_at_close(&self, right: Right) -> Option<f64> {
        self.close.map(|(call, yielded)| match right {
            Right::Call => call,
            Right::Put => call - yielded,
        })
    }
}

/// `N(d1)`; at settlement the step function, 1/2 at the strike.
fn settled(forward: f64, strike: f64, vol: f64, tau: f64) -> f64 {
    if tau > 0.0 {
        let sd = vol * libm::sqrt(tau);
        return cumulative(libm::log(forward / strike) / sd + 0.5 * sd);
    }
    match forward.total_cmp(&strike) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    }
}
