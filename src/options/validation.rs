//! When a chain is refused whole (QUANT 3.9, the rules that decide whether exposure may be computed).
//!
//! mia-check says more about a chain; these rules guard every number that is traded on.

use crate::config::OptionSettings;
use crate::config::VolSource;
use crate::options::series::NEAR;
use crate::options::series::Series;
use crate::options::series::discount;

/// Series that settle later are not compared with parity: their quotes are too wide to say anything.
const PARITY_YEARS: f64 = 0.5;
/// Pairs of quotes before parity, spreads or volatilities of a chain mean anything.
const PAIRS_MIN: usize = 20;

/// Why a chain gives nothing.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No contract.
    #[error("the chain of {0} has no contract that has not expired")]
    Empty(String),
    /// Neither a price of the underlying nor a pair of quotes to derive it from.
    #[error("no spot: the chain of {0} states none and no strike has quotes of call and put")]
    NoSpot(String),
    /// No open interest.
    #[error("every contract of {0} has an open interest of 0 or none")]
    NoOpenInterest(String),
    /// Too few strikes around spot.
    #[error(
        "{usable} usable strikes on the smaller side within 5 % of {spot:.2}, {least} are needed"
    )]
    FewStrikes {
        /// Usable strikes of the smaller side, in the series that has most.
        usable: usize,
        /// Needed.
        least: usize,
        /// Spot, points.
        spot: f64,
    },
    /// Put-call parity broken.
    #[error("put-call parity holds at {kept} of {pairs} strikes near the money")]
    Parity {
        /// Strikes that keep it.
        kept: usize,
        /// Strikes compared.
        pairs: usize,
    },
    /// One volatility for everything.
    #[error("all {0} volatilities near the money are equal: they were not made from prices")]
    ConstantVol(usize),
    /// One spread for everything.
    #[error("all {0} spreads near the money are equal: these are no quotes")]
    EqualSpreads(usize),
}

impl Refusal {
    /// Its code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty(_) => "empty",
            Self::NoSpot(_) => "no_spot",
            Self::NoOpenInterest(_) => "no_open_interest",
            Self::FewStrikes { .. } => "few_strikes",
            Self::Parity { .. } => "parity",
            Self::ConstantVol(_) => "constant_vol",
            Self::EqualSpreads(_) => "equal_spreads",
        }
    }
}

/// Parity and quotes of the chain as it was quoted.
pub(super) fn quotes(series: &[Series<'_>], settings: &OptionSettings) -> Result<(), Refusal> {
    let (mut kept, mut compared) = (0, 0);
    let mut spreads: Vec<f64> = Vec::new();
    for one in series.iter().filter(|s| s.quoted_tau <= PARITY_YEARS) {
        let pairs: Vec<_> = one
            .strikes
            .iter()
            .filter_map(|s| {
                s.pair(settings).map(|(difference, spread)| (s.price, difference, spread))
            })
            .collect();
        let Some(forward) = one.parity.or_else(|| nearest(&pairs)) else { continue };
        let lines: Vec<(f64, f64)> = pairs.iter().map(|p| (p.0, p.1)).collect();
        let flat = libm::exp(-one.rate * one.quoted_tau);
        let factor = discount(&lines, forward).unwrap_or(flat);
        for (strike, difference, spread) in pairs {
            if (strike / forward - 1.0).abs() > NEAR {
                continue;
            }
            compared += 1;
            let expected = factor * (forward - strike);
            kept += usize::from((difference - expected).abs() <= spread + 1e-9);
            spreads.push(spread);
        }
    }
    if compared >= PAIRS_MIN && (kept as f64) < settings.parity_min * compared as f64 {
        return Err(Refusal::Parity { kept, pairs: compared });
    }
    if spreads.len() >= PAIRS_MIN && all_equal(&spreads) {
        return Err(Refusal::EqualSpreads(spreads.len()));
    }
    Ok(())
}

fn nearest(pairs: &[(f64, f64, f64)]) -> Option<f64> {
    let least = pairs.iter().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(least.0 + least.1)
}

/// Strikes and volatilities as they are used.
pub(super) fn usable(
    smiles: &[(f64, &[(f64, f64)])],
    spot: f64,
    settings: &OptionSettings,
) -> Result<(), Refusal> {
    let near = |strike: f64| (strike / spot - 1.0).abs() <= NEAR;
    let sides = smiles.iter().map(|(_, smile)| {
        let above = smile.iter().filter(|s| near(s.0) && s.0 >= spot).count();
        let below = smile.iter().filter(|s| near(s.0) && s.0 < spot).count();
        above.min(below)
    });
    let usable = sides.max().unwrap_or(0);
    if usable < settings.strikes_min {
        return Err(Refusal::FewStrikes { usable, least: settings.strikes_min, spot });
    }
    let vols: Vec<f64> =
        smiles.iter().flat_map(|(_, s)| s.iter().filter(|s| near(s.0)).map(|s| s.1)).collect();
    if settings.vol == VolSource::Source && vols.len() >= PAIRS_MIN && all_equal(&vols) {
        return Err(Refusal::ConstantVol(vols.len()));
    }
    Ok(())
}

fn all_equal(values: &[f64]) -> bool {
    values.iter().all(|value| (value - values[0]).abs() <= 1e-9)
}
