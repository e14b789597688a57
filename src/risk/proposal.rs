//! From a signal to the order that would be sent if every check passed.

use crate::config::StopRule;
use crate::config::TargetRule;
use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Sym;
use crate::market::Ticks;
use crate::matching::Listings;
use crate::risk::Sizing;
use crate::risk::limits::Limits;
use crate::wire::By;
use crate::wire::DailyStats;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::OrderType;
use crate::wire::Signal;
use crate::wire::TimeInForce;

/// An order not yet approved, with what the checks need to know of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Proposal {
    /// The order; quantity 0 where nothing can be sized.
    pub order: Order,
    /// Facts of the contract ordered.
    pub instrument: Instrument,
    /// Contract whose prices fill it.
    pub market: Sym,
    /// What is wrong with the signal's prices: faults found.
    pub faults: u32,
    /// Why nothing can be ordered, before any check.
    pub refusal: Option<&'static str>,
    /// Distance from entry to stop after widening, ticks.
    pub stop_ticks: Ticks,
    /// What one contract may lose.
    pub per_contract: Cents,
    /// Contracts that the volatility aimed at allows, where it is known.
    pub vol_cap: Option<u64>,
}

/// What a trade may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<'a> {
    /// What it may lose at its stop.
    pub budget: Cents,
    /// Equity that the volatility target is a share of.
    pub equity: Cents,
    /// How the own daily results scatter.
    pub daily: Option<&'a DailyStats>,
    /// ATR(14) of the bars, ticks.
    pub atr: Option<f64>,
}

/// Prices of a signal in ticks.
struct Prices {
    entry: Ticks,
    stop: Ticks,
    targets: Vec<Ticks>,
}

impl Proposal {
    /// The order for `signal` whose loss at the stop stays within its means.
    pub(super) fn new(
        signal: &Signal,
        limits: &Limits,
        listings: &Listings,
        means: &Means<'_>,
    ) -> Self {
        let product = listings.product();
        let mut proposal = Self {
            order: blank_order(signal),
            instrument: product.clone(),
            market: signal.sym,
            faults: 0,
            refusal: None,
            stop_ticks: Ticks(0),
            per_contract: Cents(0),
            vol_cap: None,
        };
        match prices(signal, product, listings) {
            Ok(prices) => proposal.size(signal, prices, limits, listings, means),
            Err(faults) => proposal.faults = faults,
        }
        proposal
    }

    fn size(
        &mut self,
        signal: &Signal,
        mut prices: Prices,
        limits: &Limits,
        listings: &Listings,
        means: &Means<'_>,
    ) {
        let (sign, entry) = (signal.side.sign(), prices.entry.0);
        let given = sign * (entry - prices.stop.0);
        let asked = match limits.stop {
            StopRule::Structure => given,
            // Rounded away from the entry; a distance beyond all bounds is refused below.
            StopRule::Atr => means.atr.map_or(given, |atr| (limits.stop_atr * atr).ceil() as i64),
        };
        let distance = Ticks(asked.max(limits.stop_min.0));
        self.stop_ticks = distance;
        if asked > limits.stop_max.0 {
            self.refusal = Some("risk_ticks");
            return;
        }
        let own_targets = limits.targets == TargetRule::TwoAndThreeR;
        if own_targets {
            prices.targets = [2, 3].map(|r| Ticks(entry + sign * r * distance.0)).to_vec();
        }
        // Partial exits are an option of the strategy: without it everything leaves at T1.
        let partial = signal.manage.be_after_t1 || own_targets;
        prices.targets.truncate(if partial { usize::MAX } else { 1 });
        let stop = Ticks(entry - sign * distance.0);
        let limit = Ticks(entry + sign * limits.entry_ticks.0);
        let wrong = [stop, limit].iter().chain(&prices.targets).filter(|px| px.0 <= 0).count();
        if wrong > 0 {
            self.faults = wrong as u32;
            return;
        }
        let product = listings.product();
        self.order.px = Some(product.px(limit));
        self.order.stop = Some(product.px(stop));
        if signal.ct >= signal.expires {
            self.refusal = Some("expired");
        } else if limits.stop == StopRule::Atr && means.atr.is_none() {
            self.refusal = Some("no_atr");
        } else if (distance.0 > given || own_targets)
            && !rewards(&prices, distance, limits, product)
        {
            self.refusal = Some("rr");
        }
        self.contracts(limits, listings, means);
        if self.refusal.is_none() && self.order.qty == 0 {
            self.refusal = Some("size_zero");
        }
        // One contract leaves at the first target; no target waits for none.
        let served = usize::try_from(self.order.qty.max(1)).unwrap_or(usize::MAX);
        prices.targets.truncate(served);
        self.order.targets = prices.targets.iter().map(|px| product.px(*px)).collect();
    }

    fn contracts(&mut self, limits: &Limits, listings: &Listings, means: &Means<'_>) {
        let max = limits.max_order.min(limits.max_pos);
        let product = listings.product();
        let whole = self.fit(product, max, limits, means);
        if whole > 0 || !limits.allow_micro {
            return;
        }
        let Some((sym, micro)) = listings.micro_of(&self.market) else { return };
        let parts = parts(product, micro);
        self.fit(micro, max.saturating_mul(parts), limits, means);
        self.order.sym = sym;
        self.instrument = micro.clone();
    }

    /// Contracts of `instrument` within the means, at most `max`.
    fn fit(
        &mut self,
        instrument: &Instrument,
        max: u64,
        limits: &Limits,
        means: &Means<'_>,
    ) -> u64 {
        self.vol_cap = limits.vol.contracts(means.equity, means.daily, instrument);
        let max = self.vol_cap.map_or(max, |cap| max.min(cap));
        // The entry may fill at its limit: the loss is counted from there.
        let worst = self.stop_ticks + limits.entry_ticks;
        let sizing = Sizing::new(means.budget, worst, limits.slip, instrument, max);
        self.per_contract = sizing.per_contract;
        self.order.qty = sizing.qty;
        sizing.qty
    }
}

/// Whether a stop that was widened still earns enough for its risk (QUANT 5.2, 6.1).
fn rewards(prices: &Prices, distance: Ticks, limits: &Limits, instrument: &Instrument) -> bool {
    let costs = instrument.fees(2).0 as f64 / instrument.tick_value.0 as f64;
    prices.targets.first().is_none_or(|target| {
        let reward = (target.0 - prices.entry.0).abs() as f64 - costs;
        reward >= limits.rr_min * (distance.0 as f64 + costs)
    })
}

/// How many of `micro` weigh as much as one of `product`.
pub(super) fn parts(product: &Instrument, micro: &Instrument) -> u64 {
    (product.tick_value.0 / micro.tick_value.0.max(1)).max(1) as u64
}

/// The signal's prices in ticks, or how many faults they have.
fn prices(signal: &Signal, product: &Instrument, listings: &Listings) -> Result<Prices, u32> {
    let tick = |px| product.ticks(px).filter(|ticks| ticks.0 > 0);
    let sign = signal.side.sign();
    let (entry, stop) = (tick(signal.entry), tick(signal.stop));
    let targets: Vec<Option<Ticks>> = signal.targets.iter().map(|px| tick(*px)).collect();
    let mut faults = u32::from(!listings.drives(&signal.sym)) + u32::from(sign == 0);
    faults += [entry, stop].iter().chain(&targets).filter(|px| px.is_none()).count() as u32;
    if let (Some(entry), Some(stop)) = (entry, stop) {
        faults += u32::from(sign * (entry.0 - stop.0) <= 0);
        let behind = |target: &&Ticks| sign * (target.0 - entry.0) <= 0;
        faults += targets.iter().flatten().filter(behind).count() as u32;
        if faults == 0 {
            let mut targets: Vec<Ticks> = targets.into_iter().flatten().collect();
            targets.sort_by_key(|target| sign * target.0);
            return Ok(Prices { entry, stop, targets });
        }
    }
    Err(faults)
}

/// The id of the order that a signal leads to.
pub(super) fn order_id(sig: &str) -> String {
    format!("o:{sig}")
}

fn blank_order(signal: &Signal) -> Order {
    Order {
        ts: signal.ts,
        sym: signal.sym,
        by: By::Risk,
        ct: signal.ct,
        op: OrderOp::New,
        id: order_id(&signal.id),
        reference: None,
        sig: Some(signal.id.clone()),
        side: signal.side,
        qty: 0,
        kind: OrderType::Limit,
        px: None,
        stop: None,
        targets: Vec::new(),
        tif: TimeInForce::Ioc,
        expires: signal.expires,
        reason: None,
    }
}
