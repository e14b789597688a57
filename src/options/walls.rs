//! Call wall, put wall and the strike with most gamma (QUANT 3.4).

use crate::config::WallBy;
use crate::options::exposure::StrikeExposure;

/// Strikes, points; `None` where nothing is exposed.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Walls {
    /// Call wall.
    pub call: Option<f64>,
    /// Put wall.
    pub put: Option<f64>,
    /// Greatest gross exposure.
    pub abs: Option<f64>,
}

impl Walls {
    /// Of `strikes` by the definition `by`; of equal ones the nearest to `spot`, then the lower.
    pub fn find(strikes: &[StrikeExposure], by: WallBy, spot: f64) -> Self {
        let most = |value: &dyn Fn(&StrikeExposure) -> f64| most(strikes, spot, value);
        let (call, put) = match by {
            WallBy::GexSide => (most(&|s| s.call.abs()), most(&|s| s.put.abs())),
            WallBy::GexNet => (most(&StrikeExposure::net), most(&|s| -s.net())),
            WallBy::Oi => (most(&|s| s.call_oi as f64), most(&|s| s.put_oi as f64)),
        };
        Self { call, put, abs: most(&StrikeExposure::gross) }
    }
}

fn most(
    strikes: &[StrikeExposure],
    spot: f64,
    value: &dyn Fn(&StrikeExposure) -> f64,
) -> Option<f64> {
    let mut best: Option<(f64, f64)> = None;
    for strike in strikes {
        let (new, at) = (value(strike), strike.strike);
        let better = match best {
            None => new > 0.0,
            Some((old, place)) => {
                new > old || (new >= old && (at - spot).abs() < (place - spot).abs())
            }
        };
        if better {
            best = Some((new, at));
        }
    }
    best.map(|(_, strike)| strike)
}
