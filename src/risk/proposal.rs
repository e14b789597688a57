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
use crate::wire::TradeManagement;

/// What can be wrong with an entry (check TICK). Off the grid is also what is not above zero.
pub(super) const UNKNOWN_SYMBOL: &str = "unknown_symbol";
pub(super) const NO_SIDE: &str = "no_side";
pub(super) const NO_QTY: &str = "no_qty";
pub(super) const ENTRY_OFF_GRID: &str = "entry_off_grid";
pub(super) const STOP_OFF_GRID: &str = "stop_off_grid";
pub(super) const TARGET_OFF_GRID: &str = "target_off_grid";
pub(super) const STOP_SIDE: &str = "stop_side";
pub(super) const TARGET_SIDE: &str = "target_side";

/// An order not yet approved, with what the checks need to know of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Proposal {
    /// The order; quantity 0 where nothing can be sized.
    pub order: Order,
    /// Facts of the contract ordered.
    pub instrument: Instrument,
    /// Contract whose prices fill it.
    pub market: Sym,
    /// What is wrong with its symbol, side and prices.
    pub faults: Vec<&'static str>,
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
            instrument: *product,
            market: signal.sym,
            faults: Vec::new(),
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
        // One that is too wide is refused, but told as far as prices can be made of it.
        let told = asked.min(limits.stop_max.0.saturating_mul(4));
        let distance = Ticks(told.max(limits.stop_min.0));
        self.stop_ticks = distance;
        let own_targets = limits.targets == TargetRule::TwoAndThreeR;
        if own_targets {
            prices.targets = [2, 3].map(|r| Ticks(entry + sign * r * distance.0)).to_vec();
        }
        // Partial exits are an option of the strategy: without it everything leaves at T1.
        let partial = signal.manage.be_after_t1 || own_targets;
        prices.targets.truncate(if partial { usize::MAX } else { 1 });
        let stop = Ticks(entry - sign * distance.0);
        let limit = Ticks(entry + sign * limits.entry_ticks.0);
        let own = [(stop, STOP_OFF_GRID), (limit, ENTRY_OFF_GRID)];
        let all = own.into_iter().chain(prices.targets.iter().map(|px| (*px, TARGET_OFF_GRID)));
        self.faults = all.filter(|(px, _)| px.0 <= 0).map(|(_, fault)| fault).collect();
        if !self.faults.is_empty() {
            return;
        }
        let product = listings.product();
        self.order.px = Some(product.px(limit));
        self.order.stop = Some(product.px(stop));
        if limits.stop == StopRule::Atr && means.atr.is_none() {
            self.refusal = Some("no_atr");
        } else if asked > limits.stop_max.0 {
            self.refusal = Some("risk_ticks");
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
        self.order.manage = managed(&signal.manage, self.order.targets.len());
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
        self.instrument = *micro;
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

/// What of the management that a signal asks for is risk's to do for a bracket with so many targets;
/// `None` if that is nothing. The pattern's own exits are signals.
fn managed(asked: &TradeManagement, targets: usize) -> Option<TradeManagement> {
    let be_after_t1 = asked.be_after_t1 && targets > 1;
    let TradeManagement { hold_min, trail, .. } = *asked;
    let any = hold_min.is_some() || trail.is_some() || be_after_t1;
    any.then_some(TradeManagement { hold_min, trail, be_after_t1, exits: Vec::new() })
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

/// The signal's prices in ticks, or what is wrong with them.
fn prices(
    signal: &Signal,
    product: &Instrument,
    listings: &Listings,
) -> Result<Prices, Vec<&'static str>> {
    let tick = |px| product.ticks(px).filter(|ticks| ticks.0 > 0);
    let sign = signal.side.sign();
    let (entry, stop) = (tick(signal.entry), tick(signal.stop));
    let mut targets: Vec<Ticks> = signal.targets.iter().filter_map(|px| tick(*px)).collect();
    let mut faults = Vec::new();
    let mut find = |wrong: bool, fault| faults.extend(wrong.then_some(fault));
    find(!listings.drives(&signal.sym), UNKNOWN_SYMBOL);
    find(sign == 0, NO_SIDE);
    find(entry.is_none(), ENTRY_OFF_GRID);
    find(stop.is_none(), STOP_OFF_GRID);
    for _ in targets.len()..signal.targets.len() {
        find(true, TARGET_OFF_GRID);
    }
    if let (Some(entry), Some(stop)) = (entry, stop) {
        find(sign * (entry.0 - stop.0) <= 0, STOP_SIDE);
        for target in &targets {
            find(sign * (target.0 - entry.0) <= 0, TARGET_SIDE);
        }
        if faults.is_empty() {
            targets.sort_by_key(|target| sign * target.0);
            return Ok(Prices { entry, stop, targets });
        }
    }
    Err(faults)
}

/// The id of the order that a signal leads to.
pub(super) fn order_id(sig: &str) -> String {
    ["o:", sig].concat()
}

/// The signal that led to the order with this id, where one did.
pub(super) fn sig_of(id: &str) -> Option<&str> {
    id.strip_prefix("o:")
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
        manage: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::market::Px;
    use crate::market::Side;
    use crate::wire::Num;
    use crate::wire::SignalOp;
    use proptest::prelude::*;

    fn px(ticks: i64) -> Px {
        Px::from_points(ticks as f64 / 4.0).unwrap()
    }

    /// A signal with its prices in ticks; a second target makes its exits partial.
    fn signal(side: Side, entry: i64, stop: i64, targets: &[i64]) -> Signal {
        Signal {
            ts: 0,
            sym: Sym::new("ESH24").unwrap(),
            by: By::Signal,
            ct: 0,
            op: SignalOp::Enter,
            id: "test".into(),
            pattern: "test".into(),
            side,
            entry: px(entry),
            stop: px(stop),
            targets: targets.iter().map(|ticks| px(*ticks)).collect(),
            manage: TradeManagement { be_after_t1: targets.len() > 1, ..Default::default() },
            confluence: Num(0.0),
            confidence: None,
            uncalibrated: true,
            regime: "RANGE".into(),
            level_ids: Vec::new(),
            why: Vec::new(),
            msg: String::new(),
            expires: 1,
        }
    }

    fn roomy() -> Config {
        let mut config = Config::default();
        config.risk.max_order = 20;
        config.risk.max_pos = 20;
        config.risk.modes.conservative.contracts = 20;
        config
    }

    fn means(budget: i64) -> Means<'static> {
        let equity = Cents(10_000_000);
        Means { budget: Cents(budget), equity, daily: None, atr: Some(5.0) }
    }

    fn propose(config: &Config, signal: &Signal, means: &Means<'_>) -> Proposal {
        Proposal::new(signal, &Limits::new(config), &Listings::of(config).unwrap(), means)
    }

    /// Contracts of the product, its micro counting for a part, in tenths.
    fn tenths(proposal: &Proposal) -> u64 {
        proposal.order.qty * if proposal.instrument.root.as_str() == "MES" { 1 } else { 10 }
    }

    fn ticks(prices: &[Px]) -> Vec<i64> {
        prices.iter().map(|px| (px.points() * 4.0) as i64).collect()
    }

    #[test]
    fn a_stop_by_atr_replaces_the_structure_within_the_same_bounds() {
        let mut config = roomy();
        config.risk.stop = StopRule::Atr;
        let idea = signal(Side::Buy, 20_000, 19_990, &[20_030]);
        let with = |atr| propose(&config, &idea, &Means { atr, ..means(100_000) });
        // 3 x 5.1 ticks, rounded away from the entry.
        let usual = with(Some(5.1));
        assert_eq!((usual.stop_ticks, usual.refusal), (Ticks(16), None));
        assert_eq!(usual.order.stop, Some(px(20_000 - 16)));
        assert_eq!(with(Some(0.5)).stop_ticks, Ticks(6));
        assert_eq!(with(Some(13.4)).refusal, Some("risk_ticks"));
        assert_eq!(with(Some(f64::INFINITY)).refusal, Some("risk_ticks"));
        assert_eq!(with(None).refusal, Some("no_atr"));
        // The reward is tested again with the wider stop: 30 ticks for 33.
        assert_eq!(with(Some(11.0)).refusal, Some("rr"));
    }

    #[test]
    fn own_targets_stand_at_two_and_three_times_the_risk_and_one_contract_leaves_at_the_first() {
        let mut config = roomy();
        config.risk.targets = TargetRule::TwoAndThreeR;
        config.risk.allow_micro = false;
        let idea = |side, stop| signal(side, 20_000, stop, &[]);
        let many = propose(&config, &idea(Side::Buy, 19_992), &means(1_000_000));
        assert_eq!(ticks(&many.order.targets), [20_016, 20_024]);
        let one = propose(&config, &idea(Side::Sell, 20_008), &means(16_000));
        assert_eq!((one.order.qty, ticks(&one.order.targets)), (1, vec![19_984]));
        // Of the widened stop, not of the signal's.
        let widened = propose(&config, &idea(Side::Buy, 19_998), &means(1_000_000));
        assert_eq!(ticks(&widened.order.targets), [20_012, 20_018]);
    }

    #[test]
    fn the_volatility_target_caps_and_hands_over_to_the_micro() {
        // 6000 a year over sqrt(252) * 36 ticks * 12.50: 0.84 contracts, 8.4 micros.
        let daily = crate::wire::DailyStats {
            n: 20,
            w: Num(1.0),
            x: Num(0.0),
            x2: Num(36.0 * 36.0),
            today: Num(0.0),
        };
        let idea = signal(Side::Buy, 20_000, 19_990, &[20_030]);
        let config = roomy();
        let capped = Means { daily: Some(&daily), ..means(1_000_000) };
        let proposal = propose(&config, &idea, &capped);
        assert_eq!((proposal.instrument.root.as_str(), proposal.order.qty), ("MES", 8));
        assert_eq!(proposal.vol_cap, Some(8));
        let mut off = roomy();
        off.risk.vol_target = 0.0;
        assert!(tenths(&propose(&off, &idea, &capped)) > 8);
        let poor = Means { equity: Cents(500_000), ..capped };
        assert_eq!(propose(&config, &idea, &poor).refusal, Some("size_zero"));
    }

    #[test]
    fn prices_below_zero_are_faults_not_orders() {
        let mut config = roomy();
        config.risk.targets = TargetRule::TwoAndThreeR;
        let low = propose(&config, &signal(Side::Sell, 30, 45, &[20]), &means(1_000_000));
        assert_eq!((low.faults, low.order.qty), (vec![TARGET_OFF_GRID; 2], 0));
    }

    fn side() -> impl Strategy<Value = Side> {
        prop::sample::select(vec![Side::Buy, Side::Sell])
    }

    fn rules() -> impl Strategy<Value = Config> {
        let stop = prop::sample::select(vec![StopRule::Structure, StopRule::Atr]);
        let targets = prop::sample::select(vec![TargetRule::Signal, TargetRule::TwoAndThreeR]);
        (stop, targets, any::<bool>()).prop_map(|(stop, targets, micro)| {
            let mut config = roomy();
            (config.risk.stop, config.risk.targets) = (stop, targets);
            config.risk.allow_micro = micro;
            config
        })
    }

    proptest! {
        /// Zero is refused, nothing is rounded up: what is ordered loses no more than the budget, and
        /// one contract more would lose more or break another limit.
        #[test]
        fn the_loss_at_the_stop_is_within_the_budget(
            config in rules(), side in side(), distance in 1_i64..60, budget in 0_i64..500_000,
            reward in 1_i64..100, atr in 0.1_f64..20.0,
        ) {
            let sign = side.sign();
            let idea = signal(side, 20_000, 20_000 - sign * distance, &[20_000 + sign * reward]);
            let proposal = propose(&config, &idea, &Means { atr: Some(atr), ..means(budget) });
            let (qty, each) = (proposal.order.qty as i64, proposal.per_contract.0);
            prop_assert!(qty * each <= budget);
            prop_assert!(qty > 0 || proposal.refusal.is_some());
            let limit = if proposal.instrument.root.as_str() == "MES" { 200 } else { 20 };
            if proposal.refusal.is_none() {
                prop_assert!((qty + 1) * each > budget || qty == limit);
                let stop = ticks(&[proposal.order.stop.unwrap()])[0];
                prop_assert_eq!(sign * (20_000 - stop), proposal.stop_ticks.0);
                prop_assert!((6..=40).contains(&proposal.stop_ticks.0));
                prop_assert!(proposal.order.targets.len() <= proposal.order.qty as usize);
                prop_assert!(!proposal.order.targets.is_empty());
            }
        }

        /// More budget (equity, a larger factor) never buys less, a wider stop never more.
        #[test]
        fn size_rises_with_the_budget_and_falls_with_the_distance(
            side in side(), distance in 6_i64..40, wider in 0_i64..10,
            budget in 0_i64..500_000, share in 0.0_f64..1.0, micro in any::<bool>(),
        ) {
            let mut config = roomy();
            config.risk.allow_micro = micro;
            let size = |distance: i64, budget: i64| {
                let sign = side.sign();
                let idea = signal(side, 20_000, 20_000 - sign * distance, &[20_000 + sign * 200]);
                tenths(&propose(&config, &idea, &means(budget)))
            };
            let part = Sizing::budget(Cents(budget), share).0;
            prop_assert!(part <= budget);
            prop_assert!(size(distance, part) <= size(distance, budget));
            prop_assert!(size(distance + wider, budget) <= size(distance, budget));
        }

        /// The mirror of a trade is the trade of the mirror, and a shift of all prices shifts it.
        #[test]
        fn sides_are_alike_and_the_level_of_prices_does_not_matter(
            config in rules(), side in side(), distance in 1_i64..50, rewards in (1_i64..60, 60_i64..120),
            budget in 0_i64..300_000, shift in -8_000_i64..8_000, atr in 0.1_f64..15.0,
        ) {
            const CENTRE: i64 = 20_000;
            let at = |side: Side, centre: i64| {
                let sign = side.sign();
                let targets = [centre + sign * rewards.0, centre + sign * rewards.1];
                let idea = signal(side, centre, centre - sign * distance, &targets);
                let proposal = propose(&config, &idea, &Means { atr: Some(atr), ..means(budget) });
                let order = &proposal.order;
                let prices = order.px.into_iter().chain(order.stop).chain(order.targets.clone());
                let away: Vec<i64> =
                    prices.map(|px| sign * (ticks(&[px])[0] - centre)).collect();
                (order.qty, order.sym, proposal.refusal, proposal.stop_ticks, away)
            };
            let told = at(side, CENTRE);
            prop_assert_eq!(&at(side.opposite(), CENTRE), &told);
            prop_assert_eq!(&at(side, CENTRE + shift), &told);
        }
    }
}
