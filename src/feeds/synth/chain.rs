//! A made-up SPX option chain: smooth skew, prices from Black-Scholes-Merton, open interest that
//! piles up at round strikes.

use crate::feeds::synth::random::Random;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::stream::SourceOut;
use crate::wire::Chain;
use crate::wire::Num;
use crate::wire::OptionQuote;
use crate::wire::Record;
use crate::wire::Right;
use crate::wire::Settlement;
use crate::wire::Src;
use jiff::ToSpan;
use jiff::civil::Weekday;

/// Annual interest and dividend rates of the made-up market.
pub const RATE: f64 = 0.04;
/// See [`RATE`].
pub const DIVIDEND: f64 = 0.013;
/// Minutes of a year (QUANT 3.3).
pub const YEAR_MINUTES: f64 = 525_600.0;
const MINUTE_US: f64 = 60_000_000.0;
/// Distance of the strikes, points.
const STEP: i64 = 5;
/// Cheapest option listed, points: below, the bid would be nothing.
const CHEAPEST: f64 = 0.12;
/// Half of the widest range of strikes, as a share of spot.
const REACH: f64 = 0.10;

/// One series of options.
#[derive(Clone, Debug)]
struct Expiry {
    date: TradeDate,
    root: &'static str,
    settle: Settlement,
    /// Settlement, microseconds UTC.
    at: i64,
    /// Relative open interest.
    weight: f64,
}

/// A snapshot to be written.
#[derive(Clone, Copy, Debug)]
pub struct ChainMoment {
    /// When it is received, and the time of its quotes, microseconds UTC.
    pub ts: i64,
    /// Trade date.
    pub date: TradeDate,
    /// SPX.
    pub spot: f64,
    /// Volatility of an option at the money that has a month to run.
    pub vol: f64,
    /// Whether the rows tell the open interest, which is published once a day.
    pub open_interest: bool,
    /// Open interest made so that gamma turns negative at a known place.
    pub shape: Option<GammaShape>,
}

/// Open interest around a strike: below it dealers' gamma is negative for a sale planted there, above
/// it for a purchase, and a wall lies beyond as the target.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GammaShape {
    /// The strike in the middle, points.
    pub middle: i64,
    /// Side of the trade.
    pub side: Side,
}

impl GammaShape {
    /// Half width of the strikes with open interest, points.
    const REACH: i64 = 80;

    /// Around the strike nearest to `spot`.
    pub fn around(spot: f64, side: Side) -> Self {
        Self { middle: (spot / STEP as f64).round() as i64 * STEP, side }
    }

    /// Contracts open at a strike, before the weight of its expiry. What expires `today` has next to
    /// none: its strikes come and go with the price, and the flip would with them.
    fn open_interest(self, strike: i64, right: Right, today: bool) -> f64 {
        if today {
            return 20.0;
        }
        let distance = strike - self.middle;
        let near = distance != 0 && distance.abs() <= Self::REACH;
        // Dealers hold calls and owe puts: puts below and calls above make gamma negative below.
        let above = (right == Right::Call) == (self.side == Side::Sell);
        let mut contracts = if near && (distance > 0) == above { 1000.0 } else { 20.0 };
        match (self.side, right, distance) {
            (Side::Sell, Right::Put, -50) | (Side::Sell, Right::Call, 50) => contracts *= 6.0,
            // The call wall of a purchase lies where puts prevail: large enough to be the wall, too
            // small to turn the sign.
            (Side::Buy, Right::Call, 60) => contracts = 4000.0,
            _ => {}
        }
        contracts
    }

    /// Where the net gamma of dealers is zero at `moment`, points, searched around the middle; volatility
    /// as quoted there.
    ///
    /// # Errors
    /// The date lies outside the calendar.
    pub fn flip(
        self,
        moment: ChainMoment,
        calendar: &Calendar,
    ) -> Result<Option<f64>, CalendarError> {
        let expiries = expiries(moment.date, calendar)?;
        let net = |spot: f64| -> f64 {
            expiries.iter().map(|e| e.weight * self.net_gamma(moment, e, spot)).sum()
        };
        // Negative below for a sale: rising there, falling for a purchase.
        let sign = if self.side == Side::Sell { 1.0 } else { -1.0 };
        let (mut low, mut high) = (self.middle as f64 - 30.0, self.middle as f64 + 30.0);
        if sign * net(low) >= 0.0 || sign * net(high) <= 0.0 {
            return Ok(None);
        }
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if sign * net(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(Some(f64::midpoint(low, high)))
    }

    /// Net gamma of one expiry, if spot were `spot` and each strike kept its volatility.
    fn net_gamma(self, moment: ChainMoment, expiry: &Expiry, spot: f64) -> f64 {
        let tau = (expiry.at - moment.ts) as f64 / MINUTE_US / YEAR_MINUTES;
        let today = expiry.date == moment.date;
        let strikes = (-Self::REACH / STEP..=Self::REACH / STEP).map(|i| self.middle + i * STEP);
        let gammas = strikes.map(|strike| {
            let quoted = Model::new(moment.spot, strike as f64, tau, moment.vol);
            if !quoted.is_listed() {
                return 0.0;
            }
            let gamma = quoted.at_spot(spot).gamma() * spot * spot;
            let held = self.open_interest(strike, Right::Call, today);
            gamma * (held - self.open_interest(strike, Right::Put, today))
        });
        gammas.sum()
    }
}

/// Writes the rows of a chain and its closing record.
///
/// # Errors
/// The date lies outside the calendar.
pub fn write(
    moment: ChainMoment,
    calendar: &Calendar,
    random: &mut Random,
    out: &mut dyn SourceOut,
) -> Result<(), CalendarError> {
    let Some(und) = Sym::new("SPX") else { return Ok(()) };
    let mut n = 0;
    for expiry in expiries(moment.date, calendar)? {
        n += series(moment, &expiry, und, random, out);
    }
    let spot = cents(moment.spot);
    let ChainMoment { ts, .. } = moment;
    out.record(&Record::Chain(Chain {
        ts,
        sym: und,
        und,
        n,
        spot: Some(spot),
        asof: ts,
        src: Src::Syn,
    }));
    Ok(())
}

/// The rows of one expiry; how many.
fn series(
    moment: ChainMoment,
    expiry: &Expiry,
    und: Sym,
    random: &mut Random,
    out: &mut dyn SourceOut,
) -> u64 {
    let ChainMoment { ts, spot, vol, .. } = moment;
    let tau = (expiry.at - ts) as f64 / MINUTE_US / YEAR_MINUTES;
    let Some(root) = Sym::new(expiry.root) else { return 0 };
    let (from, to) = (spot * (1.0 - REACH), spot * (1.0 + REACH));
    let mut n = 0;
    for index in (from as i64 / STEP)..=(to as i64 / STEP) {
        let strike = index * STEP;
        let model = Model::new(spot, strike as f64, tau, vol);
        if !model.is_listed() {
            continue;
        }
        for right in [Right::Call, Right::Put] {
            let (bid, ask) = quotes(model.price(right));
            let code = if right == Right::Call { 'C' } else { 'P' };
            let date = expiry.date;
            let symbol = format!(
                "{root}{:02}{:02}{:02}{code}{:08}",
                date.year() % 100,
                date.month(),
                date.day(),
                strike * 1000
            );
            let Some(sym) = Sym::new(&symbol) else { continue };
            out.record(&Record::Option(OptionQuote {
                ts,
                sym,
                und,
                root,
                exp: date.to_string(),
                settle: expiry.settle,
                right,
                strike: Px::from_nanos(strike * Px::SCALE),
                bid: Some(bid),
                ask: Some(ask),
                iv: Some(Num(model.vol)),
                oi: moment.open_interest.then(|| match moment.shape {
                    None => open_interest(strike, spot, right, expiry.weight, random),
                    Some(shape) => {
                        let today = expiry.date == moment.date;
                        (expiry.weight * shape.open_interest(strike, right, today)).round() as u64
                    }
                }),
                vol: Some((40.0 * expiry.weight * random.exponential()) as u64),
                gamma: Some(Num(model.gamma())),
                asof: ts,
                src: Src::Syn,
            }));
            n += 1;
        }
    }
    n
}

/// Black-Scholes-Merton for one strike (QUANT 3.1).
struct Model {
    spot: f64,
    strike: f64,
    tau: f64,
    vol: f64,
    d1: f64,
    d2: f64,
}

impl Model {
    fn new(spot: f64, strike: f64, tau: f64, level: f64) -> Self {
        let forward = spot * libm::exp((RATE - DIVIDEND) * tau);
        let vol = smile(libm::log(strike / forward), tau, level);
        let width = vol * tau.sqrt();
        let d1 = libm::log(forward / strike) / width + 0.5 * width;
        Self { spot, strike, tau, vol, d1, d2: d1 - width }
    }

    /// The same contract at another spot: its volatility stays.
    fn at_spot(&self, spot: f64) -> Self {
        let Self { strike, tau, vol, .. } = *self;
        let width = vol * tau.sqrt();
        let forward = spot * libm::exp((RATE - DIVIDEND) * tau);
        let d1 = libm::log(forward / strike) / width + 0.5 * width;
        Self { spot, strike, tau, vol, d1, d2: d1 - width }
    }

    /// Whether call and put are both worth a quote.
    fn is_listed(&self) -> bool {
        self.price(Right::Call).min(self.price(Right::Put)) >= CHEAPEST
    }

    fn price(&self, right: Right) -> f64 {
        let sign = if right == Right::Call { 1.0 } else { -1.0 };
        let spot = self.spot * libm::exp(-DIVIDEND * self.tau);
        let strike = self.strike * libm::exp(-RATE * self.tau);
        sign * (spot * cdf(sign * self.d1) - strike * cdf(sign * self.d2))
    }

    fn gamma(&self) -> f64 {
        let density = libm::exp(-0.5 * self.d1 * self.d1) / (2.0 * std::f64::consts::PI).sqrt();
        libm::exp(-DIVIDEND * self.tau) * density / (self.spot * self.vol * self.tau.sqrt())
    }
}

fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Implied volatility of a strike: steeper for short expiries because it is a function of the
/// distance in deviations. Calls and puts of a strike share it, so parity holds.
fn smile(log_moneyness: f64, tau: f64, level: f64) -> f64 {
    // Short expiries trade a little below the level of a month.
    let at_the_money = level * (0.85 + 0.15 * (tau * 12.0).min(1.0));
    let m = (log_moneyness / (at_the_money * tau.sqrt())).clamp(-4.0, 4.0);
    (at_the_money * (1.0 - 0.09 * m + 0.014 * m * m)).clamp(0.04, 2.5)
}

/// Bid and ask around a price: wider for dearer options, on the grid of 0.05 (0.10 from 3 on).
fn quotes(price: f64) -> (Px, Px) {
    let half = 0.03 + 0.006 * price;
    let step = |p: f64| if p < 3.0 { 5_i64 } else { 10 };
    let low = (price - half) * 100.0;
    let high = (price + half) * 100.0;
    let (below, above) = (step(price - half), step(price + half));
    let bid = ((low / below as f64) as i64 * below).max(5);
    let ask = ((high / above as f64) as i64 + 1) * above;
    let px = |hundredths: i64| Px::from_nanos(hundredths * (Px::SCALE / 100));
    (px(bid), px(ask.max(bid + 5)))
}

/// Contracts open: a hill below spot for puts and above for calls, higher at round strikes.
fn open_interest(strike: i64, spot: f64, right: Right, weight: f64, random: &mut Random) -> u64 {
    let (center, width) = match right {
        Right::Call => (1.015, 0.025),
        Right::Put => (0.975, 0.04),
    };
    let z = (strike as f64 / spot - center) / width;
    let round = if strike % 100 == 0 {
        6.0
    } else if strike % 50 == 0 {
        3.0
    } else if strike % 25 == 0 {
        1.8
    } else {
        1.0
    };
    let noise = libm::exp(0.4 * random.normal());
    (900.0 * weight * round * libm::exp(-0.5 * z * z) * noise) as u64 + 1
}

/// Today's options, those of the next two trading days, the next two Fridays', and those of two
/// third Fridays, where the morning-settled root is listed beside the other.
fn expiries(date: TradeDate, calendar: &Calendar) -> Result<Vec<Expiry>, CalendarError> {
    let mut list = Vec::new();
    let (mut days, mut fridays, mut monthly) = (0, 0, 0);
    let Some(mut day) = date.civil() else { return Ok(list) };
    for _ in 0..75 {
        let at = TradeDate::from_civil(day);
        let session = match calendar.session_of(at) {
            Ok(session) => session,
            // The end of the calendar shortens the list; today itself must be covered.
            Err(_) if !list.is_empty() => break,
            Err(error) => return Err(error),
        };
        if let Some((open, close)) = session.and_then(|s| s.rth) {
            let friday = day.weekday() == Weekday::Friday;
            let third = friday && (15..=21).contains(&day.day());
            days += 1;
            fridays += i32::from(friday);
            monthly += i32::from(third);
            let wanted = days <= 3 || (friday && fridays <= 2) || (third && monthly <= 2);
            if wanted {
                let weight = match () {
                    () if third => 1.6,
                    () if days == 1 => 1.2,
                    () => 0.7,
                };
                let settle = Settlement::Pm;
                list.push(Expiry { date: at, root: "SPXW", settle, at: close, weight });
                // Settled at the open: on the day itself it no longer trades.
                if third && days > 1 {
                    let (settle, weight) = (Settlement::Am, 4.0);
                    list.push(Expiry { date: at, root: "SPX", settle, at: open, weight });
                }
            }
            if monthly == 2 {
                break;
            }
        }
        let Ok(next) = day.checked_add(1.day()) else { break };
        day = next;
    }
    Ok(list)
}

/// A price in whole cents.
pub fn cents(points: f64) -> Px {
    Px::from_nanos((points * 100.0).round() as i64 * (Px::SCALE / 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_that_of_the_worked_case() {
        // QUANT 3.1, case 0, but with this model's own smile switched off by hand.
        let (spot, strike, tau, vol) = (5000.0, 5000.0, 30.0 / 365.0, 0.15_f64);
        let width = vol * f64::sqrt(tau);
        let d1 = (RATE - DIVIDEND) * tau / width + 0.5 * width;
        let model = Model { spot, strike, tau, vol, d1, d2: d1 - width };
        assert!((model.price(Right::Call) - 91.236_515_22).abs() < 1e-8);
        assert!((model.gamma() - 0.001_848_46).abs() < 1e-8);
    }

    #[test]
    fn quotes_enclose_the_price_on_the_grid() {
        for cents in 12..60_000 {
            let price = f64::from(cents) / 100.0;
            let (bid, ask) = quotes(price);
            assert!(
                bid.points() > 0.0 && bid.points() <= price && ask.points() >= price,
                "{price}"
            );
            let spread = ask.points() - bid.points();
            assert!(spread <= f64::max(0.5, 0.3 * price) + 1e-9, "{price}: {spread}");
            for px in [bid, ask] {
                let grid = if px.points() < 3.0 { 5 } else { 10 };
                assert_eq!(px.nanos() % (grid * Px::SCALE / 100), 0, "{px}");
            }
        }
    }

    #[test]
    fn expiries_follow_the_calendar() {
        let calendar = Calendar::builtin().unwrap();
        let list = expiries(TradeDate(20_260_309), &calendar).unwrap();
        let names: Vec<_> = list.iter().map(|e| format!("{}{}", e.root, e.date.0)).collect();
        assert_eq!(
            names,
            [
                "SPXW20260309",
                "SPXW20260310",
                "SPXW20260311",
                "SPXW20260313",
                "SPXW20260320",
                "SPX20260320",
                "SPXW20260417",
                "SPX20260417",
            ]
        );
        assert!(list.windows(2).all(|w| w[0].date <= w[1].date));
    }
}
