//! What a pattern sees at a bar close, oriented so that every pattern is written for a sale.

use crate::strategies::input::Input;
use crate::strategies::input::Inputs;
use crate::strategies::regime::Regime;

/// A closed bar in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BarTicks {
    /// First price.
    pub open: i64,
    /// Highest price.
    pub high: i64,
    /// Lowest price.
    pub low: i64,
    /// Last price.
    pub close: i64,
}

impl BarTicks {
    /// The bar with prices negated.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self { open: -self.open, high: -self.low, low: -self.high, close: -self.close }
    }
}

/// Everything that a pattern may use at one bar close. Prices in ticks; `None` is undefined.
///
/// Patterns are written for a sale against a rise. [`View::mirrored`] turns the market upside down
/// (prices and signed features change sign, the edges of the value area change places), so that the
/// same rules give the purchase against a fall: symmetry by construction, not by copying.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct View {
    /// The closed bar.
    pub bar: BarTicks,
    /// Close of the bar before it in the same regular session.
    pub prev_close: Option<i64>,
    /// Time since the regular open, microseconds; `None` outside regular hours.
    pub since_open_us: Option<i64>,
    /// Regime.
    pub regime: Option<Regime>,
    /// `ctx_trend`.
    pub trend: Option<f64>,
    /// `ctx_vwap_z`.
    pub vwap_z: Option<f64>,
    /// VWAP from the regular open, ticks.
    pub vwap: Option<f64>,
    /// Deviation around it, ticks.
    pub vwap_sd: Option<f64>,
    /// `of_delta_imb`.
    pub delta_imb: Option<f64>,
    /// `of_cvd_div`.
    pub cvd_div: Option<f64>,
    /// `of_absorption`.
    pub absorption: Option<f64>,
    /// `of_ofi`.
    pub ofi: Option<f64>,
    /// `opt_gex_ratio`.
    pub gex_ratio: Option<f64>,
    /// Edge of the previous value area that the trade faces, ticks.
    pub near_edge: Option<f64>,
    /// Previous point of control, ticks.
    pub poc: Option<f64>,
    /// The other edge, ticks.
    pub far_edge: Option<f64>,
}

impl View {
    /// The same market upside down.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let flip = |value: Option<f64>| value.map(|v| -v);
        Self {
            bar: self.bar.mirrored(),
            prev_close: self.prev_close.map(|c| -c),
            since_open_us: self.since_open_us,
            regime: self.regime,
            trend: flip(self.trend),
            vwap_z: flip(self.vwap_z),
            vwap: flip(self.vwap),
            vwap_sd: self.vwap_sd,
            delta_imb: flip(self.delta_imb),
            cvd_div: flip(self.cvd_div),
            absorption: flip(self.absorption),
            ofi: flip(self.ofi),
            gex_ratio: self.gex_ratio,
            near_edge: flip(self.far_edge),
            poc: flip(self.poc),
            far_edge: flip(self.near_edge),
        }
    }

    /// Which inputs are undefined.
    pub fn missing(&self) -> Inputs {
        Inputs::default()
            .with_if(Input::DeltaImb, self.delta_imb.is_none())
            .with_if(Input::CvdDiv, self.cvd_div.is_none())
            .with_if(Input::Absorption, self.absorption.is_none())
            .with_if(Input::Ofi, self.ofi.is_none())
            .with_if(Input::GexRatio, self.gex_ratio.is_none())
            .with_if(Input::Regime, self.regime.is_none())
            .with_if(Input::Trend, self.trend.is_none())
            .with_if(Input::VwapZ, self.vwap_z.is_none())
            .with_if(Input::Vwap, self.vwap.is_none())
            .with_if(Input::VwapSd, self.vwap_sd.is_none())
            .with_if(Input::NearEdge, self.near_edge.is_none())
            .with_if(Input::Poc, self.poc.is_none())
            .with_if(Input::FarEdge, self.far_edge.is_none())
    }

    /// Whether at least `minutes` have passed since the regular open.
    pub fn open_for(&self, minutes: u32) -> bool {
        self.since_open_us.is_some_and(|us| us >= i64::from(minutes) * 60_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_of_the_mirror_is_the_market() {
        let view = View {
            bar: BarTicks { open: 1, high: 9, low: -4, close: 3 },
            prev_close: Some(7),
            trend: Some(0.5),
            near_edge: Some(8.0),
            far_edge: Some(-20.0),
            gex_ratio: Some(0.2),
            vwap_sd: Some(4.0),
            ..View::default()
        };
        let other = view.mirrored();
        assert_eq!(other.bar, BarTicks { open: -1, high: 4, low: -9, close: -3 });
        assert_eq!((other.near_edge, other.far_edge), (Some(20.0), Some(-8.0)));
        assert_eq!((other.gex_ratio, other.vwap_sd), (view.gex_ratio, view.vwap_sd));
        assert_eq!(other.mirrored(), view);
    }
}
