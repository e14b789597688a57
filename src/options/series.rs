//! The contracts of one root and expiry: forward, discount and volatilities from their own quotes.

use crate::config::Carry;
use crate::config::OptionSettings;
use crate::config::VolSource;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::options::calculator::implied_vol;
use crate::options::exclusion::Exclusion;
use crate::options::expiry::YEAR_MINUTES;
use crate::options::snapshot::OptionRow;
use crate::wire::Right;
use crate::wire::Settlement;

/// Volatilities are rounded to this: the solver's library takes exponentials from the platform, whose
/// last bits differ between machines.
const VOL_GRAIN: f64 = 1.0 / 4_398_046_511_104.0;
/// Half width of what is near the money, share of the forward.
pub(super) const NEAR: f64 = 0.05;
/// Pairs of quotes that a discount is fitted to at least.
const FIT_MIN: usize = 10;
/// Least time to settlement for a discount to be fitted: before, it is 1 but for noise.
const FIT_MINUTES_MIN: f64 = 30.0 * 1440.0;
/// Fitted rates outside are noise.
const RATES: std::ops::RangeInclusive<f64> = -0.02..=0.15;

/// Call and put of one strike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strike<'a> {
    /// Strike, points.
    pub(super) price: f64,
    /// Call.
    pub(super) call: Option<&'a OptionRow>,
    /// Put.
    pub(super) put: Option<&'a OptionRow>,
}

impl Strike<'_> {
    /// Call mid less put mid, and the sum of the spreads, where both quotes are usable.
    pub(super) fn pair(&self, settings: &OptionSettings) -> Option<(f64, f64)> {
        let (call, put) = self.call.zip(self.put)?;
        let (c, p) = (usable_mid(call, settings).ok()?, usable_mid(put, settings).ok()?);
        let spread = |row: &OptionRow| Some(row.ask? - row.bid?);
        Some((c - p, spread(call)? + spread(put)?))
    }
}

/// Contracts of one root, expiry and settlement.
#[derive(Clone, Debug)]
pub(super) struct Series<'a> {
    pub(super) root: Sym,
    pub(super) exp: TradeDate,
    pub(super) settle: Settlement,
    /// Settlement, microseconds UTC.
    pub(super) settlement: i64,
    /// Strikes, ascending.
    pub(super) strikes: Vec<Strike<'a>>,
    /// Years to settlement when the quotes were made, not below the floor.
    pub(super) quoted_tau: f64,
    /// Interest rate a year of this term.
    pub(super) rate: f64,
    /// Forward when the quotes were made, from put-call parity.
    pub(super) parity: Option<f64>,
}

impl<'a> Series<'a> {
    /// Of `strikes`, quoted `minutes` before settlement.
    pub(super) fn new(
        first: &OptionRow,
        settlement: i64,
        strikes: Vec<Strike<'a>>,
        minutes: f64,
        settings: &OptionSettings,
    ) -> Self {
        let mut series = Self {
            root: first.root,
            exp: first.exp,
            settle: first.settle,
            settlement,
            strikes,
            quoted_tau: minutes.max(settings.tau_floor_min) / YEAR_MINUTES,
            rate: settings.rate,
            parity: None,
        };
        if settings.carry == Carry::Parity {
            series.fit(minutes, settings);
        }
        series
    }

    /// Forward (QUANT 3.7: at the strike with the least difference of call and put) and, for longer
    /// terms, the rate from the slope of that difference.
    fn fit(&mut self, minutes: f64, settings: &OptionSettings) {
        let pairs: Vec<(f64, f64)> = self
            .strikes
            .iter()
            .filter_map(|strike| Some((strike.price, strike.pair(settings)?.0)))
            .collect();
        let least = pairs.iter().copied().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let Some((strike, difference)) = least else { return };
        if minutes >= FIT_MINUTES_MIN
            && let Some(discount) = discount(&pairs, strike)
        {
            let rate = -libm::log(discount) / self.quoted_tau;
            if RATES.contains(&rate) {
                self.rate = rate;
            }
        }
        self.parity = Some(strike + libm::exp(self.rate * self.quoted_tau) * difference);
    }

    /// The volatility of call and of put at `strike`, or why there is none.
    pub(super) fn vols(
        &self,
        strike: &Strike<'_>,
        forward: f64,
        settings: &OptionSettings,
    ) -> [Option<Result<f64, Exclusion>>; 2] {
        let rows = [strike.call, strike.put];
        if settings.vol == VolSource::Source {
            return rows.map(|row| row.map(|row| stated(row, settings)));
        }
        let mids = rows.map(|row| row.map(|row| usable_mid(row, settings)));
        let out = usize::from(strike.price < forward);
        let own = [out, 1 - out].into_iter().find_map(|side| {
            let mid = mids[side]?.ok()?;
            let right = if side == 0 { Right::Call } else { Right::Put };
            let price = mid * libm::exp(self.rate * self.quoted_tau);
            Some(implied_vol(right, price, forward, strike.price, self.quoted_tau))
        });
        let own = own.flatten().map(|vol| libm::round(vol / VOL_GRAIN) * VOL_GRAIN);
        [0, 1].map(|side| {
            let row = rows[side]?;
            Some(match mids[side]? {
                Ok(_) => own.ok_or(Exclusion::NoVol).and_then(|vol| in_range(vol, settings)),
                // No quote at all: a live source may sample volatilities alone.
                Err(_) if row.bid.is_none() && row.ask.is_none() => stated(row, settings),
                Err(why) => Err(why),
            })
        })
    }
}

/// The mid of a quote that may be used, or why it may not (QUANT 3.2).
fn usable_mid(row: &OptionRow, settings: &OptionSettings) -> Result<f64, Exclusion> {
    let (Some(bid), Some(ask)) = (row.bid, row.ask) else { return Err(Exclusion::OneSided) };
    if bid > ask {
        return Err(Exclusion::Crossed);
    }
    if !(bid > 0.0 && ask.is_finite()) {
        return Err(Exclusion::OneSided);
    }
    let mid = 0.5 * (bid + ask);
    if ask - bid > settings.spread_points_max.max(settings.spread_share_max * mid) {
        return Err(Exclusion::WideSpread);
    }
    Ok(mid)
}

fn stated(row: &OptionRow, settings: &OptionSettings) -> Result<f64, Exclusion> {
    // A volatility beside a crossed quote was made from it.
    if row.bid.zip(row.ask).is_some_and(|(bid, ask)| bid > ask) {
        return Err(Exclusion::Crossed);
    }
    match row.iv {
        Some(vol) if vol > 0.0 => in_range(vol, settings),
        _ => Err(Exclusion::NoVol),
    }
}

fn in_range(vol: f64, settings: &OptionSettings) -> Result<f64, Exclusion> {
    if (settings.iv_min..=settings.iv_max).contains(&vol) {
        Ok(vol)
    } else {
        Err(Exclusion::VolRange)
    }
}

/// The discount factor that call less put of strikes near `around` implies: minus the median slope.
pub(super) fn discount(pairs: &[(f64, f64)], around: f64) -> Option<f64> {
    let near = |pair: &&(f64, f64)| (pair.0 / around - 1.0).abs() <= 2.0 * NEAR;
    let near: Vec<_> = pairs.iter().filter(near).collect();
    if near.len() < FIT_MIN {
        return None;
    }
    let half = near.len() / 2;
    let mut slopes: Vec<f64> =
        near.iter().zip(&near[half..]).map(|(a, b)| (a.1 - b.1) / (b.0 - a.0)).collect();
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().filter(|discount| *discount > 0.0)
}
