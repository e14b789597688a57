//! What a pattern sees at a bar close, oriented so that every pattern is written for a sale.

use crate::strategies::band::Band;
use crate::strategies::clusters::Clusters;
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

/// Volume of a bar, contracts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Volume {
    /// All of it, unknown side included.
    pub total: u64,
    /// Of aggressive buyers; `None` where the source does not tell sides.
    pub buys: Option<u64>,
    /// Of aggressive sellers.
    pub sells: Option<u64>,
}

impl Volume {
    /// The same with the sides changed.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self { total: self.total, buys: self.sells, sells: self.buys }
    }

    /// Buyers' less sellers' volume.
    pub fn delta(self) -> Option<i64> {
        Some(self.buys?.cast_signed() - self.sells?.cast_signed())
    }
}

/// One trade between two bar ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Print {
    /// Stamp, microseconds UTC.
    pub ts: i64,
    /// Price, ticks.
    pub px: i64,
    /// Volume of aggressive buyers, contracts.
    pub buys: u64,
    /// Volume of aggressive sellers, contracts.
    pub sells: u64,
}

impl Print {
    /// The same trade upside down.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self { ts: self.ts, px: -self.px, buys: self.sells, sells: self.buys }
    }
}

/// Side of the zero-gamma level on which net dealer gamma is negative, as the trade sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NegativeGamma {
    /// Below the level.
    Below,
    /// Above it.
    Above,
}

/// Where the volume of prices between two bar ends comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FlowSource {
    /// The trades themselves, as [`Print`]s; for a bar without them (left out of a stored stream,
    /// or without sides) the bar may stand in, flagged.
    #[default]
    Trades,
    /// The trades of a live stream: nothing stands in for them.
    TradesAlone,
    /// Bars alone: allowed in replay only, and flagged.
    Bars,
    /// Bars alone in a live stream: not allowed.
    Nothing,
}

/// Everything that a pattern may use at one bar close. Prices in ticks; `None` is undefined.
///
/// Patterns are written for a sale against a rise. [`View::mirrored`] turns the market upside down
/// (prices and signed features change sign, the edges of the value area change places), so that the
/// same rules give the purchase against a fall: symmetry by construction, not by copying.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct View<'a> {
    /// End of the bar, microseconds UTC.
    pub ts: i64,
    /// Length of the bar, microseconds.
    pub dur_us: i64,
    /// The closed bar.
    pub bar: BarTicks,
    /// Its volume.
    pub volume: Volume,
    /// Close of the bar before it in the same regular session.
    pub prev_close: Option<i64>,
    /// Whether the bar covers regular hours (its end may be the regular close).
    pub regular: bool,
    /// Time from the regular open to the bar's end, microseconds; `None` unless it ends inside
    /// regular hours.
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
    /// `of_stack_imb`.
    pub stack_imb: Option<f64>,
    /// `of_absorption`.
    pub absorption: Option<f64>,
    /// `of_large_imb`.
    pub large_imb: Option<f64>,
    /// `of_ofi`.
    pub ofi: Option<f64>,
    /// `opt_gex_ratio`.
    pub gex_ratio: Option<f64>,
    /// Wilder's ADX(14) of the bars.
    pub adx: Option<f64>,
    /// Wilder's ATR(14) of the bars, ticks.
    pub atr: Option<f64>,
    /// Mean quoted spread of the bar, ticks.
    pub spread: Option<f64>,
    /// Share of large trades in its volume.
    pub large_share: Option<f64>,
    /// Zero-gamma level, ticks.
    pub flip: Option<f64>,
    /// Where dealer gamma is negative.
    pub neg_side: Option<NegativeGamma>,
    /// Age of the option quotes behind flip and walls, seconds.
    pub flip_age_s: Option<i64>,
    /// Expected move (one sigma), ticks.
    pub expected_move: Option<f64>,
    /// Wall above, as the trade sees it (the put wall for a purchase), ticks.
    pub upper_wall: Option<f64>,
    /// Wall below, as the trade sees it (the call wall for a purchase), ticks.
    pub lower_wall: Option<f64>,
    /// Edge of the previous value area that the trade faces, ticks.
    pub near_edge: Option<f64>,
    /// Previous point of control, ticks.
    pub poc: Option<f64>,
    /// The other edge, ticks.
    pub far_edge: Option<f64>,
    /// VIX band.
    pub band: Band,
    /// Where volume by price comes from.
    pub flow: FlowSource,
    /// Clusters of levels, as the trade sees them.
    pub clusters: Clusters<'a>,
}

impl View<'_> {
    /// The same market upside down; `clusters` are those of the mirrored levels.
    #[must_use]
    pub fn mirrored<'b>(&self, clusters: Clusters<'b>) -> View<'b> {
        let flip = |value: Option<f64>| value.map(|v| -v);
        View {
            ts: self.ts,
            dur_us: self.dur_us,
            bar: self.bar.mirrored(),
            volume: self.volume.mirrored(),
            prev_close: self.prev_close.map(|c| -c),
            regular: self.regular,
            since_open_us: self.since_open_us,
            regime: self.regime,
            trend: flip(self.trend),
            vwap_z: flip(self.vwap_z),
            vwap: flip(self.vwap),
            vwap_sd: self.vwap_sd,
            delta_imb: flip(self.delta_imb),
            cvd_div: flip(self.cvd_div),
            stack_imb: flip(self.stack_imb),
            absorption: flip(self.absorption),
            large_imb: flip(self.large_imb),
            ofi: flip(self.ofi),
            gex_ratio: self.gex_ratio,
            adx: self.adx,
            atr: self.atr,
            spread: self.spread,
            large_share: self.large_share,
            flip: flip(self.flip),
            neg_side: self.neg_side.map(|side| match side {
                NegativeGamma::Below => NegativeGamma::Above,
                NegativeGamma::Above => NegativeGamma::Below,
            }),
            flip_age_s: self.flip_age_s,
            expected_move: self.expected_move,
            upper_wall: flip(self.lower_wall),
            lower_wall: flip(self.upper_wall),
            near_edge: flip(self.far_edge),
            poc: flip(self.poc),
            far_edge: flip(self.near_edge),
            band: self.band,
            flow: self.flow,
            clusters,
        }
    }

    /// The value of an input; the regime as 0 or 1, the side of negative gamma as -1 or +1.
    pub fn value(&self, input: Input) -> Option<f64> {
        match input {
            Input::DeltaImb => self.delta_imb,
            Input::CvdDiv => self.cvd_div,
            Input::StackImb => self.stack_imb,
            Input::Absorption => self.absorption,
            Input::LargeImb => self.large_imb,
            Input::Ofi => self.ofi,
            Input::GexRatio => self.gex_ratio,
            Input::Regime => self.regime.map(|r| f64::from(u8::from(r == Regime::Trend))),
            Input::Trend => self.trend,
            Input::VwapZ => self.vwap_z,
            Input::Vwap => self.vwap,
            Input::VwapSd => self.vwap_sd,
            Input::Adx => self.adx,
            Input::Atr => self.atr,
            Input::Flip => self.flip,
            Input::NegSide => {
                self.neg_side.map(|side| if side == NegativeGamma::Below { -1.0 } else { 1.0 })
            }
            Input::FlipAge => self.flip_age_s.map(|age| age as f64),
            Input::ExpectedMove => self.expected_move,
            Input::UpperWall => self.upper_wall,
            Input::LowerWall => self.lower_wall,
            Input::NearEdge => self.near_edge,
            Input::Poc => self.poc,
            Input::FarEdge => self.far_edge,
            Input::Sides => self.volume.delta().map(|delta| delta as f64),
        }
    }

    /// Which inputs are undefined.
    pub fn missing(&self) -> Inputs {
        Input::ALL
            .into_iter()
            .fold(Inputs::default(), |set, input| set.with_if(input, self.value(input).is_none()))
    }

    /// Whether at least `minutes` have passed since the regular open.
    pub fn open_for(&self, minutes: u32) -> bool {
        self.since_open_us.is_some_and(|us| us >= i64::from(minutes) * 60_000_000)
    }

    /// Start of the bar, microseconds UTC.
    pub const fn start(&self) -> i64 {
        self.ts - self.dur_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_of_the_mirror_is_the_market() {
        let view = View {
            bar: BarTicks { open: 1, high: 9, low: -4, close: 3 },
            volume: Volume { total: 10, buys: Some(6), sells: Some(3) },
            prev_close: Some(7),
            trend: Some(0.5),
            near_edge: Some(8.0),
            far_edge: Some(-20.0),
            gex_ratio: Some(0.2),
            vwap_sd: Some(4.0),
            upper_wall: Some(40.0),
            neg_side: Some(NegativeGamma::Below),
            ..View::default()
        };
        let other = view.mirrored(Clusters::default());
        assert_eq!(other.bar, BarTicks { open: -1, high: 4, low: -9, close: -3 });
        assert_eq!(other.volume.delta(), Some(-3));
        assert_eq!((other.near_edge, other.far_edge), (Some(20.0), Some(-8.0)));
        assert_eq!((other.upper_wall, other.lower_wall), (None, Some(-40.0)));
        assert_eq!(other.neg_side, Some(NegativeGamma::Above));
        assert_eq!((other.gex_ratio, other.vwap_sd), (view.gex_ratio, view.vwap_sd));
        assert_eq!(other.mirrored(Clusters::default()), view);
    }
}
