//! What the checks need to know of the stream besides the tape of the contract: provenance, clocks,
//! VIX, the age of option levels, the settlement, and which contract is in front.

use crate::market::ContractMonth;
use crate::market::Px;
use crate::market::RollRule;
use crate::market::RthVolumes;
use crate::market::Session;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Gex;
use crate::wire::Index;
use crate::wire::Levels;
use crate::wire::Quote;
use crate::wire::Signal;
use crate::wire::Src;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Trade;
use crate::wire::TradeFlag;

/// Contracts of the product that are followed at once.
const CONTRACTS_MAX: usize = 16;
/// A price this near to the end of regular hours stands for the settlement.
const SETTLES_US: i64 = 300_000_000;
/// A settlement older than this (a week-end and two holidays) is not the last one.
const SETTLEMENT_LIFE_US: i64 = 5 * 86_400_000_000;
/// What is stamped so much later than the newest time that is known does not outlast what comes after
/// it: a single wrong stamp would speak until its time has come, microseconds.
const AHEAD_US: i64 = 3_600_000_000;
/// Families of the levels that come from an option chain.
const OPTION_FAMILIES: [&str; 2] = ["GAMMA", "EM"];
/// The pattern that rests on the option chain itself.
const OPTION_PATTERN: &str = "gamma_flip";

/// A contract of the product.
#[derive(Clone, Copy, Debug)]
struct Contract {
    sym: Sym,
    /// Newest price within regular hours: stamp and price.
    last: Option<(i64, Px)>,
    /// The same at the end of the session before.
    settled: Option<(i64, Px)>,
    /// Contracts traded in regular hours, of trades where there are any, else of bars.
    volume: u64,
    has_trades: bool,
    /// Of the session before; `None` where the contract was not heard of.
    previous: Option<u64>,
}

/// The stream as far as the checks need it.
#[derive(Clone, Debug)]
pub(super) struct Context {
    root: String,
    /// A market record of the product was synthetic.
    pub synthetic: bool,
    /// Receive time less stamp of the newest record that has both, microseconds.
    pub skew_us: Option<i64>,
    /// Stamp of the newest market record or clock, microseconds UTC.
    pub heard: Option<i64>,
    /// The feed said that it has no data.
    pub feed_down: bool,
    /// Newest VIX: stamp and value.
    pub vix: Option<(i64, f64)>,
    /// Time of the quotes behind the newest option levels, microseconds UTC.
    pub options_asof: Option<i64>,
    option_ids: Vec<String>,
    rth: (i64, i64),
    contracts: Vec<Contract>,
    recent: usize,
    roll: Option<RollRule>,
    /// The volumes of both candidates decided on the contract in front.
    compared: bool,
}

impl Context {
    /// Of a product, by its root.
    pub(super) fn new(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            synthetic: false,
            skew_us: None,
            heard: None,
            feed_down: false,
            vix: None,
            options_asof: None,
            option_ids: Vec::new(),
            rth: (0, 0),
            contracts: Vec::new(),
            recent: 0,
            roll: None,
            compared: false,
        }
    }

    /// A print that counts.
    #[inline]
    pub(super) fn on_trade(&mut self, trade: &Trade) {
        if !trade.counts() || !self.select(trade.sym) {
            return;
        }
        self.seen(trade.src, trade.ts, trade.rx);
        if (self.rth.0..self.rth.1).contains(&trade.ts) {
            let contract = &mut self.contracts[self.recent];
            contract.last = Some((trade.ts, trade.px));
            contract.volume = contract.volume.saturating_add(trade.sz);
            contract.has_trades = true;
        }
    }

    /// A print that is not believed: the feed is alive, and that is all it says.
    #[cold]
    pub(super) fn on_ignored(&mut self, trade: &Trade) {
        if self.select(trade.sym) {
            self.seen(trade.src, trade.ts, trade.rx);
        }
    }

    /// A quote.
    #[inline]
    pub(super) fn on_quote(&mut self, quote: &Quote) {
        if self.select(quote.sym) {
            self.seen(quote.src, quote.ts, quote.rx);
        }
    }

    /// A bar of a source.
    pub(super) fn on_bar(&mut self, bar: &Bar) {
        if bar.by.is_some() || !self.select(bar.sym) {
            return;
        }
        self.seen(bar.src.unwrap_or(Src::Csv), bar.ts, None);
        let contract = &mut self.contracts[self.recent];
        if !contract.has_trades && self.rth.0 < bar.ts && bar.ts <= self.rth.1 {
            contract.last = Some((bar.ts, bar.c));
            contract.volume = contract.volume.saturating_add(bar.v);
        }
    }

    /// Time was wrong: what was heard was heard by `now` (microseconds UTC).
    #[cold]
    pub(super) fn step_back(&mut self, now: i64) {
        self.heard = self.heard.map(|heard| heard.min(now));
    }

    /// Time passed.
    pub(super) fn on_clock(&mut self, ts: i64) {
        self.heard = self.heard.max(Some(ts));
    }

    /// An index print at `now` (the newest time that is known, microseconds UTC): VIX is kept. One that is
    /// late or not above zero is not believed.
    pub(super) fn on_index(&mut self, index: &Index, now: i64) {
        let newer = self.vix.is_none_or(|(ts, _)| ts <= index.ts || is_ahead(ts, now));
        let is_vix = index.sym.as_str() == "VIX" && !index.flags.has(TradeFlag::Late);
        if is_vix && newer && index.px.points() > 0.0 {
            self.vix = Some((index.ts, index.px.points()));
        }
    }

    /// Exposures were computed; `now` is the newest time that is known, microseconds UTC.
    pub(super) fn on_gex(&mut self, gex: &Gex, now: i64) {
        let age_us = gex.iv_age_s.unwrap_or(0).saturating_mul(1_000_000);
        self.see_options(Some(gex.ts.saturating_sub(age_us)), now);
    }

    /// A snapshot of the levels; `now` is the newest time that is known, microseconds UTC.
    pub(super) fn on_levels(&mut self, levels: &Levels, now: i64) {
        let options = levels.lv.iter().filter(|lv| OPTION_FAMILIES.contains(&lv.fam.as_str()));
        self.see_options(options.clone().map(|lv| lv.asof).max(), now);
        let known = &mut self.option_ids;
        if !options.clone().map(|lv| lv.id.as_str()).eq(known.iter().map(String::as_str)) {
            known.clear();
            known.extend(options.map(|lv| lv.id.clone()));
        }
    }

    /// The feed speaks of its own state.
    pub(super) fn on_status(&mut self, status: &Status) {
        let ours = status.sym == Sym::NONE || status.sym.root() == self.root;
        if status.by.is_some() || !ours {
            return;
        }
        match status.state {
            StatusState::Up => self.feed_down = false,
            StatusState::Down | StatusState::Stale | StatusState::Halt | StatusState::Resync => {
                self.feed_down = true;
            }
            StatusState::Gap | StatusState::Delayed => {}
        }
    }

    /// A session begins: prices and volumes of the one before are final.
    pub(super) fn turn(&mut self, session: &Session) {
        let end = self.rth.1;
        for contract in &mut self.contracts {
            contract.settled = contract.last.take().filter(|(ts, _)| *ts >= end - SETTLES_US);
            contract.previous = Some(std::mem::take(&mut contract.volume));
            contract.has_trades = false;
        }
        self.rth = session.rth.unwrap_or((0, 0));
        let Some(mut roll) =
            self.roll.take().or_else(|| RollRule::new(&self.root, session.date).ok())
        else {
            return;
        };
        let volumes = self.volumes(&roll.active());
        self.compared = volumes.is_some();
        // A date that is none cannot come from a session: the rule stays where it is.
        let _active = roll.on_session(session.date, volumes);
        self.roll = Some(roll);
    }

    /// The settlement of the session before, as far as the stream showed it: the last price of its
    /// regular hours.
    pub(super) fn settlement(&self, sym: &Sym, now: i64) -> Option<Px> {
        let contract = self.contracts.iter().find(|contract| contract.sym == *sym)?;
        let (ts, px) = contract.settled?;
        (now - ts <= SETTLEMENT_LIFE_US).then_some(px)
    }

    /// Whether `sym` is the contract to trade; `None` where neither its name nor the stream tell.
    pub(super) fn is_front(&self, sym: &Sym) -> Option<bool> {
        let active = self.roll.as_ref()?.active();
        let named = names(sym, &active)?;
        // Volume may have moved on before the date did, where the stream does not show both.
        let ahead = || active.next().ok().and_then(|next| names(sym, &next)).unwrap_or(false);
        match (named, self.compared) {
            (true, _) => Some(true),
            (false, false) if ahead() => None,
            _ => Some(false),
        }
    }

    /// Whether the signal rests on options.
    pub(super) fn uses_options(&self, signal: &Signal) -> bool {
        let is_option = |id: &String| {
            let name = id.split('@').next().unwrap_or(id);
            self.option_ids.iter().any(|known| known == name || known == id)
        };
        signal.pattern == OPTION_PATTERN || signal.level_ids.iter().any(is_option)
    }

    fn see_options(&mut self, asof: Option<i64>, now: i64) {
        if asof.is_some() {
            self.options_asof = self.options_asof.filter(|known| !is_ahead(*known, now)).max(asof);
        }
    }

    #[inline]
    fn seen(&mut self, src: Src, ts: i64, rx: Option<i64>) {
        self.heard = self.heard.max(Some(ts));
        self.synthetic |= src == Src::Syn;
        if let Some(rx) = rx {
            self.skew_us = Some(rx - ts);
        }
    }

    /// Makes the contract `sym` the recent one; `false` if it is another product's.
    #[inline]
    fn select(&mut self, sym: Sym) -> bool {
        if self.contracts.get(self.recent).is_some_and(|contract| contract.sym == sym) {
            return true;
        }
        self.select_slowly(sym)
    }

    #[cold]
    fn select_slowly(&mut self, sym: Sym) -> bool {
        if sym.root() != self.root {
            return false;
        }
        if let Some(at) = self.contracts.iter().position(|contract| contract.sym == sym) {
            self.recent = at;
            return true;
        }
        if self.contracts.len() == CONTRACTS_MAX {
            let age = |contract: &Contract| contract.last.map_or(i64::MIN, |(ts, _)| ts);
            if let Some(oldest) = (0..CONTRACTS_MAX).min_by_key(|at| age(&self.contracts[*at])) {
                self.contracts.remove(oldest);
            }
        }
        let (last, settled, volume, has_trades, previous) = (None, None, 0, false, None);
        self.contracts.push(Contract { sym, last, settled, volume, has_trades, previous });
        self.recent = self.contracts.len() - 1;
        true
    }

    fn volumes(&self, active: &ContractMonth) -> Option<RthVolumes> {
        let of = |month: &ContractMonth| {
            let mut contracts = self.contracts.iter();
            contracts.find(|c| names(&c.sym, month) == Some(true)).and_then(|c| c.previous)
        };
        let next = active.next().ok()?;
        of(active).zip(of(&next)).map(|(front, next)| RthVolumes { front, next })
    }
}

/// Whether `ts` is far ahead of `now`, the newest time that is known (both microseconds UTC).
const fn is_ahead(ts: i64, now: i64) -> bool {
    now != i64::MIN && ts.saturating_sub(now) > AHEAD_US
}

/// Whether `sym` names the contract `month`; `None` for a symbol without a month.
fn names(sym: &Sym, month: &ContractMonth) -> Option<bool> {
    let (letter, digits) = sym.name().strip_prefix(sym.root().as_bytes())?.split_first()?;
    let modulus = 10_i16.checked_pow(digits.len() as u32)?;
    let year = digits.iter().fold(0, |year, digit| 10 * year + i16::from(digit - b'0'));
    let code = month.code.name().strip_prefix(month.code.root().as_bytes())?;
    Some(code.first() == Some(letter) && month.year.rem_euclid(modulus) == year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Calendar;
    use crate::market::TradeDate;

    fn sym(text: &str) -> Sym {
        Sym::new(text).unwrap()
    }

    fn turned(dates: &[u32], volumes: &[(&str, u64)]) -> Context {
        let calendar = Calendar::builtin().unwrap();
        let mut context = Context::new("ES");
        for date in dates {
            context.turn(&calendar.session_of(TradeDate(*date)).unwrap().unwrap());
            for (name, volume) in volumes {
                assert!(context.select(sym(name)));
                context.contracts[context.recent].volume = *volume;
            }
        }
        context
    }

    #[test]
    fn a_name_is_compared_with_as_many_digits_as_it_has() {
        let month = ContractMonth::new("ES", 2024, 3).unwrap();
        for (name, same) in [
            ("ESH24", Some(true)),
            ("ESH4", Some(true)),
            ("ESH2024", Some(true)),
            ("ESH24_FUT_CME", Some(true)),
            ("ESH25", Some(false)),
            ("ESM24", Some(false)),
            ("ES", None),
            ("ES.c.0", None),
        ] {
            assert_eq!(names(&sym(name), &month), same, "{name}");
        }
    }

    #[test]
    fn the_front_contract_follows_the_date_and_volume_where_it_is_known() {
        let front = |context: &Context, name: &str| context.is_front(&sym(name));
        let alone = turned(&[20_240_306, 20_240_307], &[("ESH24", 10)]);
        assert_eq!(front(&alone, "ESH24"), Some(true));
        assert_eq!(front(&alone, "ESM24"), None, "volume may have moved on, unseen");
        assert_eq!(front(&alone, "ESU24"), Some(false));
        assert_eq!(front(&alone, "ESZ23"), Some(false));
        assert_eq!(front(&alone, "ES"), None);
        let both = turned(&[20_240_306, 20_240_307], &[("ESH24", 10), ("ESM24", 9)]);
        assert_eq!((front(&both, "ESH24"), front(&both, "ESM24")), (Some(true), Some(false)));
        let moved = turned(&[20_240_306, 20_240_307], &[("ESH24", 10), ("ESM24", 11)]);
        assert_eq!((front(&moved, "ESH24"), front(&moved, "ESM24")), (Some(false), Some(true)));
        let rolled = turned(&[20_240_308, 20_240_311], &[]);
        assert_eq!((front(&rolled, "ESH24"), front(&rolled, "ESM24")), (Some(false), Some(true)));
    }
}
