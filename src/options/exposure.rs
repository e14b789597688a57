//! What a valuation gives.

use crate::config::DealerSign;
use crate::config::GammaSource;
use crate::config::VolSource;
use crate::config::WallBy;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::options::exclusion::Exclusion;
use crate::options::flip::Flip;
use crate::options::line::NetGamma;
use crate::options::walls::Walls;
use crate::wire::Settlement;
use crate::wire::Src;
use std::collections::BTreeMap;

/// Dealer exposure of a chain at one moment and spot. Gamma exposure is in dollars of delta per +1 %
/// of spot.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// Underlying.
    pub und: Sym,
    /// Moment of valuation, microseconds UTC.
    pub at: i64,
    /// Spot used, points.
    pub spot: f64,
    /// Whether the spot comes from put-call parity, the chain having none.
    pub spot_from_parity: bool,
    /// The nearest expiry's parity forward discounted to spot, points: the option market's own spot.
    pub parity_spot: Option<f64>,
    /// Assumed dealer position.
    pub dealer_sign: DealerSign,
    /// Where volatilities came from; the source where no contract had a quote.
    pub vol: VolSource,
    /// Where gammas come from.
    pub gamma: GammaSource,
    /// Definition of the walls.
    pub wall_by: WallBy,
    /// Gamma exposure of calls, signed.
    pub calls: f64,
    /// Gamma exposure of puts, signed.
    pub puts: f64,
    /// Sum of the absolute exposures.
    pub gross: f64,
    /// Delta exposure, dollars; `None`, like the next three, if gammas are the source's.
    pub dex: Option<f64>,
    /// Vanna exposure, dollars of delta per volatility point.
    pub vex: Option<f64>,
    /// Charm exposure, dollars of delta a calendar day; explodes near settlement.
    pub cex: Option<f64>,
    /// Change of the delta exposure until today's close at an unchanged spot, dollars; `None` after it.
    pub charm: Option<f64>,
    /// Minutes to today's close; `None` after it or on a day without regular hours.
    pub charm_minutes: Option<f64>,
    /// Zero of net gamma exposure nearest to spot; `None` if there is none or gammas are the source's.
    pub flip: Option<Flip>,
    /// Walls.
    pub walls: Walls,
    /// Max pain of the nearest expiry, points.
    pub max_pain: Option<f64>,
    /// Share of gross gamma exposure that expires today.
    pub dte0: Option<f64>,
    /// The same of open interest.
    pub dte0_oi: Option<f64>,
    /// The same of volume.
    pub dte0_volume: Option<f64>,
    /// Expected move to the nearest settlement.
    pub em: Option<ExpectedMove>,
    /// Usable share of the open interest within the flip window around spot, times the share of the
    /// stated rows that came; 0 to 1.
    pub coverage: f64,
    /// Contracts used.
    pub used: u64,
    /// Contracts listed.
    pub listed: u64,
    /// Contracts left out, by the first rule that they break.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Contracts whose time to settlement was raised to the floor.
    pub floored: u64,
    /// Time of the newest open interest, microseconds UTC.
    pub oi_asof: Option<i64>,
    /// Time of the newest quote or volatility, microseconds UTC.
    pub iv_asof: Option<i64>,
    /// Time of the spot, microseconds UTC.
    pub spot_asof: i64,
    /// Source of the chain.
    pub src: Option<Src>,
    /// By strike, ascending.
    pub by_strike: Vec<StrikeExposure>,
    /// By series, earliest settlement first.
    pub by_expiry: Vec<ExpiryExposure>,
    /// Net exposure as a function of spot; empty if gammas are the source's.
    pub curve: NetGamma,
}

impl Exposure {
    /// Net gamma exposure.
    pub fn net(&self) -> f64 {
        self.calls + self.puts
    }

    /// Net over gross, -1 to 1; `None` without exposure.
    pub fn ratio(&self) -> Option<f64> {
        (self.gross > 0.0).then(|| self.net() / self.gross)
    }

    /// The forward at `until` from the chain's own forwards, over the option market's own spot: what a
    /// future that settles then should be to spot. Interpolated in time; `None` beyond the last expiry.
    pub fn fair_ratio(&self, until: i64) -> Option<f64> {
        let spot = self.parity_spot?;
        let target = crate::options::expiry::years(self.at, until);
        let mut before = (0.0, 0.0);
        for series in self.by_expiry.iter().filter(|s| s.from_parity) {
            let (tau, carry) = (series.tau, libm::log(series.forward / spot));
            if tau >= target {
                let share =
                    if tau > before.0 { (target - before.0) / (tau - before.0) } else { 1.0 };
                return Some(libm::exp(before.1 + share * (carry - before.1)));
            }
            before = (tau, carry);
        }
        None
    }
}

/// Exposure at one strike, all expiries.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct StrikeExposure {
    /// Strike, points.
    pub strike: f64,
    /// Gamma exposure of calls, signed.
    pub call: f64,
    /// Gamma exposure of puts, signed.
    pub put: f64,
    /// Open interest of calls, with a usable quote or not.
    pub call_oi: u64,
    /// Open interest of puts, with a usable quote or not.
    pub put_oi: u64,
}

impl StrikeExposure {
    /// Net gamma exposure.
    pub fn net(&self) -> f64 {
        self.call + self.put
    }

    /// Gross gamma exposure.
    pub fn gross(&self) -> f64 {
        self.call.abs() + self.put.abs()
    }
}

/// Exposure of one series, and its smile in three numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExpiryExposure {
    /// Option root.
    pub root: Sym,
    /// Expiry date.
    pub exp: TradeDate,
    /// When it settles.
    pub settle: Settlement,
    /// Minutes to settlement.
    pub minutes: f64,
    /// Years to settlement, not below the floor.
    pub tau: f64,
    /// Forward, points.
    pub forward: f64,
    /// Whether the forward is from put-call parity.
    pub from_parity: bool,
    /// Volatility at the forward.
    pub atm_vol: Option<f64>,
    /// Volatility of the 25-delta put less that of the 25-delta call.
    pub skew: Option<f64>,
    /// Gamma exposure of calls, signed.
    pub calls: f64,
    /// Gamma exposure of puts, signed.
    pub puts: f64,
    /// Open interest of calls, with a usable quote or not.
    pub call_oi: u64,
    /// Open interest of puts, with a usable quote or not.
    pub put_oi: u64,
    /// Volume of the day.
    pub volume: u64,
    /// Max pain, points.
    pub max_pain: Option<f64>,
}

/// Expected move to a settlement. The straddle is the mean absolute move: 0.798 of one sigma.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExpectedMove {
    /// Expiry date.
    pub exp: TradeDate,
    /// One standard deviation, points.
    pub sigma: f64,
    /// Value of the straddle at the forward, points.
    pub straddle: f64,
    /// Volatility at the forward.
    pub vol: f64,
}
