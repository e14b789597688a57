//! From a signal to the order that would be sent if every check passed.

use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Sym;
use crate::market::Ticks;
use crate::matching::Listings;
use crate::risk::Sizing;
use crate::risk::limits::Limits;
use crate::wire::By;
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
}

/// Prices of a signal in ticks.
struct Prices {
    entry: Ticks,
    stop: Ticks,
    targets: Vec<Ticks>,
}

impl Proposal {
    /// The order for `signal` whose loss at the stop stays within `budget`.
    pub(super) fn new(
        signal: &Signal,
        limits: &Limits,
        listings: &Listings,
        budget: Cents,
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
        };
        match prices(signal, product, listings) {
            Ok(prices) => proposal.size(signal, &prices, limits, listings, budget),
            Err(faults) => proposal.faults = faults,
        }
        proposal
    }

    fn size(
        &mut self,
        signal: &Signal,
        prices: &Prices,
        limits: &Limits,
        listings: &Listings,
        budget: Cents,
    ) {
        let sign = signal.side.sign();
        let asked = sign * (prices.entry.0 - prices.stop.0);
        let distance = Ticks(asked.max(limits.stop_min.0));
        self.stop_ticks = distance;
        let stop = Ticks(prices.entry.0 - sign * distance.0);
        let limit = Ticks(prices.entry.0 + sign * limits.entry_ticks.0);
        let product = listings.product();
        self.order.px = Some(product.px(limit));
        self.order.stop = Some(product.px(stop));
        // Partial exits are an option of the strategy: without it everything leaves at T1.
        let used = if signal.manage.be_after_t1 { prices.targets.len() } else { 1 };
        self.order.targets = prices.targets.iter().take(used).map(|px| product.px(*px)).collect();
        if signal.ct >= signal.expires {
            self.refusal = Some("expired");
        } else if asked > limits.stop_max.0 {
            self.refusal = Some("risk_ticks");
        } else if distance.0 > asked && !rewards(prices, distance, limits, product) {
            self.refusal = Some("rr");
        }
        self.contracts(limits, listings, budget);
        if self.refusal.is_none() && self.order.qty == 0 {
            self.refusal = Some("size_zero");
        }
    }

    fn contracts(&mut self, limits: &Limits, listings: &Listings, budget: Cents) {
        let max = limits.max_order.min(limits.max_pos);
        let sized = |instrument: &Instrument, max: u64| {
            Sizing::new(budget, self.stop_ticks, limits.slip, instrument, max)
        };
        let product = listings.product();
        let whole = sized(product, max);
        self.per_contract = whole.per_contract;
        self.order.qty = whole.qty;
        if whole.qty > 0 || !limits.allow_micro {
            return;
        }
        let Some((sym, micro)) = listings.micro_of(&self.market) else { return };
        let parts = parts(product, micro);
        let micro_sized = sized(micro, max * parts);
        self.per_contract = micro_sized.per_contract;
        self.order.qty = micro_sized.qty;
        self.order.sym = sym;
        self.instrument = micro.clone();
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
