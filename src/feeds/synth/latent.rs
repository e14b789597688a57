//! The price that the market looks for: regimes of trend and range, volatility that clusters.

use crate::feeds::synth::random::Random;

const MINUTE_US: i64 = 60_000_000;
/// Pull towards the anchor in a range, per second: a half-life of 25 minutes.
const PULL: f64 = std::f64::consts::LN_2 / 1500.0;
/// The same on a day in balance, towards a slow swing around the anchor: a minute.
const BALANCE_PULL: f64 = std::f64::consts::LN_2 / 60.0;
/// Height of that swing, ticks, and its period, microseconds.
pub const BALANCE_TICKS: f64 = 56.0;
const BALANCE_US: i64 = 26 * MINUTE_US;
/// Drift of a trend per second, in deviations of a second.
const DRIFT: f64 = 0.05;
/// Mean length of a range and of a trend, seconds.
const RANGE_S: f64 = 4200.0;
const TREND_S: f64 = 1500.0;
/// Persistence over a minute and size of the log volatility's noise (half-life 30 minutes, 0.3).
const VOL_KEEP: f64 = 0.977;
const VOL_NOISE: f64 = 0.064;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Regime {
    Range,
    Trend(f64),
}

/// The latent price, ticks.
#[derive(Clone, Debug)]
pub struct Latent {
    /// Where it is.
    pub price: f64,
    anchor: f64,
    regime: Regime,
    regime_left_s: f64,
    log_vol: f64,
    vol: f64,
    vol_minute: i64,
}

impl Latent {
    /// A price that starts in a range.
    pub fn new(price: f64) -> Self {
        Self {
            price,
            anchor: price,
            regime: Regime::Range,
            regime_left_s: RANGE_S,
            log_vol: 0.0,
            vol: 1.0,
            vol_minute: i64::MIN,
        }
    }

    /// Volatility and activity now, relative to what the minute of the day has.
    #[inline]
    pub const fn vol(&self) -> f64 {
        self.vol
    }

    /// Distance from the middle of the present range, ticks.
    #[inline]
    pub const fn offset(&self) -> f64 {
        self.price - self.anchor
    }

    /// Sets the price, where something else leads it.
    #[inline]
    pub const fn lead(&mut self, price: f64) {
        self.price = price;
    }

    /// Starts a range around the present price.
    pub const fn settle(&mut self) {
        self.anchor = self.price;
        self.regime = Regime::Range;
    }

    /// Lets `dt` seconds pass up to `ts`. `sigma` is ticks a root second; `swing` is the
    /// height of the swings of a day in balance: as long above its anchor as below, at every distance.
    #[inline]
    pub fn step(&mut self, ts: i64, dt: f64, sigma: f64, swing: Option<f64>, random: &mut Random) {
        let calm = swing.is_some();
        let minute = ts.div_euclid(MINUTE_US);
        if minute != self.vol_minute {
            self.vol_minute = minute;
            self.log_vol = VOL_KEEP * self.log_vol + VOL_NOISE * random.normal();
            self.vol = libm::exp(self.log_vol).clamp(0.4, 2.5);
        }
        self.regime_left_s -= dt;
        if self.regime_left_s <= 0.0 || (calm && self.regime != Regime::Range) {
            self.switch(calm, random);
        }
        let sigma = sigma * self.vol.sqrt();
        let pull = match (self.regime, swing) {
            (Regime::Range, Some(height)) => {
                let d = self.price - self.anchor - height * wave(ts);
                -(BALANCE_PULL * dt).min(1.0) * d
            }
            (Regime::Range, None) => -(PULL * dt).min(1.0) * (self.price - self.anchor),
            (Regime::Trend(sign), _) => sign * DRIFT * sigma * dt,
        };
        self.price += pull + sigma * dt.sqrt() * random.normal();
    }

    #[cold]
    fn switch(&mut self, calm: bool, random: &mut Random) {
        if self.regime == Regime::Range && !calm {
            self.regime = Regime::Trend(if random.chance(0.5) { 1.0 } else { -1.0 });
            self.regime_left_s = TREND_S * random.exponential();
        } else {
            if self.regime != Regime::Range {
                self.anchor = self.price;
            }
            self.regime = Regime::Range;
            self.regime_left_s = RANGE_S * random.exponential();
        }
    }
}

/// A triangle wave between -1 and 1.
fn wave(ts: i64) -> f64 {
    let phase = ts.rem_euclid(BALANCE_US) as f64 / BALANCE_US as f64;
    1.0 - 4.0 * (phase - 0.5).abs()
}
