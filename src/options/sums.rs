//! Sums over the contracts of a chain: exposures by strike and by series.

use crate::config::Carry;
use crate::config::GammaSource;
use crate::config::OptionSettings;
use crate::config::VolSource;
use crate::market::TradeDate;
use crate::options::calculator::expected_move;
use crate::options::calculator::straddle;
use crate::options::exclusion::Exclusion;
use crate::options::expiry::YEAR_MINUTES;
use crate::options::expiry::minutes;
use crate::options::exposure::ExpectedMove;
use crate::options::exposure::ExpiryExposure;
use crate::options::exposure::Exposure;
use crate::options::exposure::StrikeExposure;
use crate::options::flip::FlipSearch;
use crate::options::line::Line;
use crate::options::line::NetGamma;
use crate::options::max_pain::max_pain;
use crate::options::series::Series;
use crate::options::series::Strike;
use crate::options::shape::Bells;
use crate::options::shape::Term;
use crate::options::smile;
use crate::options::snapshot::OptionRow;
use crate::options::snapshot::Snapshot;
use crate::options::walls::Walls;
use crate::wire::Right;
use crate::wire::Settlement;
use std::collections::BTreeMap;

/// Units of the underlying in a contract.
const MULTIPLIER: f64 = 100.0;

/// What is summed over the contracts.
pub(super) struct Sums<'s> {
    settings: &'s OptionSettings,
    at: i64,
    spot: f64,
    today: Option<(TradeDate, i64)>,
    pub(super) excluded: BTreeMap<Exclusion, u64>,
    calls: f64,
    puts: f64,
    dex: f64,
    vex: f64,
    cex: f64,
    charm: f64,
    pub(super) call_oi: u64,
    pub(super) put_oi: u64,
    used: u64,
    floored: u64,
    /// Contracts whose volatility is the source's for want of any quote.
    sampled: u64,
    near_listed: u64,
    near_used: u64,
    near_rows: u64,
    near_known: u64,
    today_gross: f64,
    today_oi: u64,
    volume: u64,
    today_volume: u64,
    oi_asof: Option<i64>,
    iv_asof: Option<i64>,
    lines: Vec<Line>,
    strikes: Vec<StrikeExposure>,
    expiries: Vec<ExpiryExposure>,
    pub(super) smiles: Vec<(f64, Vec<(f64, f64)>)>,
}

impl<'s> Sums<'s> {
    pub(super) fn new(
        settings: &'s OptionSettings,
        at: i64,
        spot: f64,
        today: Option<(TradeDate, i64)>,
    ) -> Self {
        Self {
            settings,
            at,
            spot,
            today,
            excluded: BTreeMap::new(),
            calls: 0.0,
            puts: 0.0,
            dex: 0.0,
            vex: 0.0,
            cex: 0.0,
            charm: 0.0,
            call_oi: 0,
            put_oi: 0,
            used: 0,
            floored: 0,
            sampled: 0,
            near_listed: 0,
            near_used: 0,
            near_rows: 0,
            near_known: 0,
            today_gross: 0.0,
            today_oi: 0,
            volume: 0,
            today_volume: 0,
            oi_asof: None,
            iv_asof: None,
            lines: Vec::new(),
            strikes: Vec::new(),
            expiries: Vec::new(),
            smiles: Vec::new(),
        }
    }

    fn term(&self, series: &Series<'_>, base: f64) -> Term {
        let left = minutes(self.at, series.settlement);
        let tau = left.max(self.settings.tau_floor_min) / YEAR_MINUTES;
        let model = (series.rate - self.settings.dividend) * tau;
        // The carry shrinks with the time that is left.
        let carry = match (self.settings.carry, series.parity) {
            (Carry::Parity, Some(forward)) => {
                libm::log(forward / base) * (tau / series.quoted_tau).min(1.0)
            }
            _ => model,
        };
        let close = self.today.filter(|(_, close)| *close > self.at).map(|(_, close)| {
            let then = (minutes(close, series.settlement) / YEAR_MINUTES).max(0.0);
            (then, self.spot * libm::exp(carry * (then / tau).min(1.0)))
        });
        Term {
            tau,
            forward: self.spot * libm::exp(carry),
            rate: series.rate,
            yielded: libm::exp(carry - series.rate * tau),
            close,
            today: self.today.is_some_and(|(date, _)| date == series.exp),
        }
    }

    pub(super) fn series(&mut self, series: &Series<'_>, base: f64) {
        let term = self.term(series, base);
        let quoted_forward = series.parity.filter(|_| self.settings.carry == Carry::Parity);
        let quoted_forward = quoted_forward.unwrap_or_else(|| {
            base * libm::exp((series.rate - self.settings.dividend) * series.quoted_tau)
        });
        let mut own = ExpiryExposure {
            root: series.root,
            exp: series.exp,
            settle: series.settle,
            minutes: minutes(self.at, series.settlement),
            tau: term.tau,
            forward: term.forward,
            from_parity: series.parity.is_some(),
            atm_vol: None,
            skew: None,
            calls: 0.0,
            puts: 0.0,
            call_oi: 0,
            put_oi: 0,
            volume: 0,
            max_pain: None,
        };
        let mut smile = Vec::with_capacity(series.strikes.len());
        let mut pain = Vec::with_capacity(series.strikes.len());
        for strike in &series.strikes {
            let vols = series.vols(strike, quoted_forward, self.settings);
            let [call, put] = vols.map(|vol| vol.and_then(Result::ok));
            let out = if strike.price < term.forward { put.or(call) } else { call.or(put) };
            if let Some(vol) = out {
                smile.push((strike.price, vol));
            }
            let at_strike = self.strike(strike, vols, &term, &mut own);
            pain.push((strike.price, at_strike.call_oi, at_strike.put_oi));
        }
        own.atm_vol = smile::at_the_money(&smile, term.forward);
        own.skew = smile::skew(&smile, term.forward, term.tau);
        own.max_pain = max_pain(&pain);
        self.smiles.push((term.forward, smile));
        if term.today {
            self.today_gross += own.calls.abs() + own.puts.abs();
            self.today_oi += own.call_oi + own.put_oi;
            self.today_volume += own.volume;
        }
        self.volume += own.volume;
        self.expiries.push(own);
    }

    /// Adds one strike; what was added to gamma exposure and open interest.
    fn strike(
        &mut self,
        strike: &Strike<'_>,
        vols: [Option<Result<f64, Exclusion>>; 2],
        term: &Term,
        own: &mut ExpiryExposure,
    ) -> StrikeExposure {
        let mut sum = StrikeExposure { strike: strike.price, ..StrikeExposure::default() };
        let sign = self.settings.dealer_sign;
        let mut line: Option<Line> = None;
        let mut bells: Option<Bells> = None;
        let sides = [(strike.call, f64::from(sign.call)), (strike.put, f64::from(sign.put))];
        for (side, (row, dealer)) in sides.into_iter().enumerate() {
            let (Some(row), Some(vol)) = (row, vols[side]) else { continue };
            own.volume += row.volume.unwrap_or(0);
            self.listed_near(row);
            // Open interest needs no quote: what is listed counts for max pain, walls and shares by it.
            let listed = row.oi.unwrap_or(0);
            match row.right {
                Right::Call => {
                    (sum.call_oi, own.call_oi) = (listed, own.call_oi + listed);
                    self.call_oi += listed;
                }
                Right::Put => {
                    (sum.put_oi, own.put_oi) = (listed, own.put_oi + listed);
                    self.put_oi += listed;
                }
            }
            let (vol, oi) = match self.used(row, vol) {
                Ok(used) => used,
                Err(why) => {
                    *self.excluded.entry(why).or_default() += 1;
                    continue;
                }
            };
            self.count(row, oi, term);
            let right = row.right;
            let weight = dealer * oi as f64;
            let shape = match bells {
                Some(known) if known.vol.to_bits() == vol.to_bits() => known,
                _ => Bells::new(self.spot, strike.price, vol, term),
            };
            bells = Some(shape);
            let gamma = match self.settings.gamma {
                GammaSource::Model => shape.gamma,
                GammaSource::Source => row.gamma.unwrap_or(0.0),
            };
            let gex = weight * gamma * MULTIPLIER * self.spot * self.spot * 0.01;
            let dollars = weight * MULTIPLIER * self.spot;
            self.dex += dollars * shape.delta(right);
            self.vex += dollars * shape.vanna * 0.01;
            self.cex += dollars * shape.charm(right) / 365.0;
            if let Some(then) = shape.delta_at_close(right) {
                self.charm += dollars * (then - shape.delta(right));
            }
            match right {
                Right::Call => {
                    sum.call = gex;
                    own.calls += gex;
                    self.calls += gex;
                }
                Right::Put => {
                    sum.put = gex;
                    own.puts += gex;
                    self.puts += gex;
                }
            }
            match &mut line {
                Some(line) if line.vol.to_bits() == vol.to_bits() => line.weight += weight,
                _ => {
                    self.lines.extend(line.take());
                    let carry = libm::log(term.forward / self.spot);
                    let (tau, rate) = (term.tau, term.rate);
                    line = Some(Line { weight, strike: strike.price, tau, vol, carry, rate });
                }
            }
        }
        self.lines.extend(line);
        if sum.call_oi + sum.put_oi > 0 {
            self.strikes.push(sum);
        }
        sum
    }

    /// Volatility and open interest of a contract that may be used.
    fn used(&self, row: &OptionRow, vol: Result<f64, Exclusion>) -> Result<(f64, u64), Exclusion> {
        let vol = match self.settings.gamma {
            GammaSource::Model => vol?,
            // The source's gamma needs no volatility; what else is computed takes what there is.
            GammaSource::Source if row.gamma.is_none() => return Err(Exclusion::NoGamma),
            GammaSource::Source => vol.unwrap_or(f64::NAN),
        };
        Ok((vol, row.oi.ok_or(Exclusion::NoOi)?))
    }

    fn listed_near(&mut self, row: &OptionRow) {
        if (row.strike / self.spot - 1.0).abs() <= self.settings.flip_window {
            self.near_rows += 1;
            self.near_known += u64::from(row.oi.is_some());
            self.near_listed += row.oi.unwrap_or(0);
        }
    }

    fn count(&mut self, row: &OptionRow, oi: u64, term: &Term) {
        self.used += 1;
        self.sampled += u64::from(row.bid.is_none() && row.ask.is_none());
        let floor = self.settings.tau_floor_min / YEAR_MINUTES;
        self.floored += u64::from(term.tau <= floor);
        if (row.strike / self.spot - 1.0).abs() <= self.settings.flip_window {
            self.near_used += oi;
        }
        self.oi_asof = self.oi_asof.max(Some(row.oi_asof));
        self.iv_asof = self.iv_asof.max(Some(row.asof));
    }

    pub(super) fn finish(mut self, snapshot: &Snapshot) -> Exposure {
        let by_strike = merged(std::mem::take(&mut self.strikes));
        let gross = by_gross(&self.expiries);
        let curve = match self.settings.gamma {
            GammaSource::Model => NetGamma::new(&self.lines),
            GammaSource::Source => NetGamma::default(),
        };
        let search = FlipSearch {
            spot: self.spot,
            gross,
            window: self.settings.flip_window,
            step: flip_step(snapshot.und.as_str(), self.spot),
            tail_min: self.settings.flip_tail_min,
        };
        let flip =
            (self.settings.gamma == GammaSource::Model).then(|| search.run(&curve)).flatten();
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let came =
            share(snapshot.rows.len() as f64, snapshot.stated as f64).unwrap_or(1.0).min(1.0);
        let known = share(self.near_known as f64, self.near_rows as f64).unwrap_or(0.0);
        let usable = share(self.near_used as f64, self.near_listed as f64).unwrap_or(0.0);
        let close = self.today.map(|(_, close)| minutes(self.at, close)).filter(|left| *left > 0.0);
        // Gammas of the source say nothing of the other Greeks.
        let modelled = self.settings.gamma == GammaSource::Model;
        let greek = |value: f64| modelled.then_some(value);
        let oi = (self.call_oi + self.put_oi) as f64;
        Exposure {
            und: snapshot.und,
            at: self.at,
            spot: self.spot,
            spot_from_parity: false,
            parity_spot: None,
            dealer_sign: self.settings.dealer_sign,
            vol: if self.sampled == self.used { VolSource::Source } else { self.settings.vol },
            gamma: self.settings.gamma,
            wall_by: self.settings.wall_by,
            calls: self.calls,
            puts: self.puts,
            gross,
            dex: greek(self.dex),
            vex: greek(self.vex),
            cex: greek(self.cex),
            charm: close.filter(|_| modelled).map(|_| self.charm),
            charm_minutes: close,
            flip,
            walls: Walls::find(&by_strike, self.settings.wall_by, self.spot),
            max_pain: self.expiries.iter().find_map(|e| e.max_pain),
            dte0: share(self.today_gross, gross),
            dte0_oi: share(self.today_oi as f64, oi),
            dte0_volume: share(self.today_volume as f64, self.volume as f64),
            em: nearest_move(&self.expiries),
            coverage: came * known * usable,
            used: self.used,
            listed: snapshot.rows.len() as u64,
            excluded: self.excluded,
            floored: self.floored,
            oi_asof: self.oi_asof,
            iv_asof: self.iv_asof,
            spot_asof: snapshot.asof,
            src: snapshot.src,
            by_strike,
            by_expiry: self.expiries,
            curve,
        }
    }
}

fn by_gross(expiries: &[ExpiryExposure]) -> f64 {
    expiries.iter().map(|e| e.calls.abs() + e.puts.abs()).sum()
}

fn nearest_move(expiries: &[ExpiryExposure]) -> Option<ExpectedMove> {
    let usable = |e: &&ExpiryExposure| e.settle == Settlement::Pm || expiries.len() == 1;
    let nearest = expiries.iter().filter(usable).find(|e| e.atm_vol.is_some());
    let nearest = nearest.or_else(|| expiries.iter().find(|e| e.atm_vol.is_some()))?;
    let vol = nearest.atm_vol?;
    Some(ExpectedMove {
        exp: nearest.exp,
        sigma: expected_move(nearest.forward, vol, nearest.tau),
        straddle: straddle(nearest.forward, vol, nearest.tau),
        vol,
    })
}

/// One row a strike, ascending; the parts of a strike are added in the order of their series.
fn merged(mut strikes: Vec<StrikeExposure>) -> Vec<StrikeExposure> {
    strikes.sort_by(|a, b| a.strike.total_cmp(&b.strike));
    let mut out: Vec<StrikeExposure> = Vec::new();
    for part in strikes {
        match out.last_mut() {
            Some(sum) if sum.strike.to_bits() == part.strike.to_bits() => {
                sum.call += part.call;
                sum.put += part.put;
                sum.call_oi += part.call_oi;
                sum.put_oi += part.put_oi;
            }
            _ => out.push(part),
        }
    }
    out
}

/// Distance of the trial spots of the flip, points: 5 for SPX (QUANT 3.4), as dense for others.
fn flip_step(und: &str, spot: f64) -> f64 {
    match und {
        "SPX" => 5.0,
        "NDX" => 20.0,
        "XSP" => 0.5,
        _ => spot / 1000.0,
    }
}
