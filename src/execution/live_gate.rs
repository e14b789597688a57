//! The gate for live orders: every condition that must hold, and what to do where one does not.

use crate::config::Config;
use crate::execution::NotSent;
use crate::market::SideSource;
use crate::market::Sym;
use crate::risk::Approved;
use crate::risk::Gate;
use crate::risk::NotSealed;
use crate::risk::SealCheck;
use crate::risk::SealKey;
use crate::risk::Traded;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Seal;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt;

/// Oldest decision that may still be sent, microseconds.
const SEAL_AGE_US: i64 = 2_000_000;
/// How far a stamp may be ahead of the clock here, microseconds.
const AHEAD_US: i64 = 250_000;
/// Trades whose sides are looked at.
const SIDES: usize = 200;

/// A condition of live trading (DESIGN 7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Condition {
    /// `--live` was given.
    Flag,
    /// The settings say `live = true`.
    Config,
    /// The account of the command line is the one of the settings.
    Account,
    /// A gate file that is open.
    Gate,
    /// The key of this session's seals.
    Key,
    /// The stream is live and nothing in it is synthetic.
    Mode,
    /// Warm-up is over.
    Phase,
    /// A fresh trade.
    Trades,
    /// A fresh quote.
    Quotes,
    /// Sides of trades are the exchange's own, or from the touch.
    Sides,
    /// No latch is set.
    Latch,
    /// No kill file.
    KillFile,
}

impl Condition {
    /// Every condition, in the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Flag,
        Self::Config,
        Self::Account,
        Self::Gate,
        Self::Key,
        Self::Mode,
        Self::Phase,
        Self::Trades,
        Self::Quotes,
        Self::Sides,
        Self::Latch,
        Self::KillFile,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Config => "config",
            Self::Account => "account",
            Self::Gate => "gate",
            Self::Key => "key",
            Self::Mode => "mode",
            Self::Phase => "phase",
            Self::Trades => "trades",
            Self::Quotes => "quotes",
            Self::Sides => "sides",
            Self::Latch => "latch",
            Self::KillFile => "kill_file",
        }
    }

    /// What a person can do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Flag => "give --live; without it everything is paper",
            Self::Config => "set live = true in the settings, after a review",
            Self::Account => "name the same account in account.name and with --account",
            Self::Gate => "name the gate.json of a report that passes with --gate",
            Self::Key => {
                "name the state folder of mia-risk with --state: with live data it makes a key there"
            }
            Self::Mode => "read from a live feed: recordings and synthetic data never trade",
            Self::Phase => "wait until the warm-up is over",
            Self::Trades => "wait for trades, or look at the feed with mia-feed --check",
            Self::Quotes => "wait for quotes, or look at the feed with mia-feed --check",
            Self::Sides => "use a feed that tells the aggressor, or one with quotes",
            Self::Latch => {
                "find out why, then mia-risk reset --state DIR --reason TEXT (without a state folder: \
                 --journal FILE)"
            }
            Self::KillFile => "find out why, then remove the kill file",
        }
    }

    /// Whether it must hold for orders that can only reduce as well: nothing that is about the
    /// moment may stand between a position and its exit.
    const fn holds_exits(self) -> bool {
        matches!(self, Self::Flag | Self::Config | Self::Account | Self::Key | Self::Mode)
    }
}

/// A condition that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmet {
    /// Which.
    pub condition: Condition,
    /// What was found instead.
    pub found: String,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.condition.name(), self.found, self.condition.remedy())
    }
}

/// What was asked for and what is at hand before any record.
#[derive(Clone, PartialEq, Debug)]
pub struct Permission {
    /// `--live` was given.
    pub flag: bool,
    /// The account named on the command line.
    pub account: Option<String>,
    /// The gate file, or why there is none.
    pub gate: Result<Gate, String>,
    /// What is about to be traded.
    pub traded: Traded,
    /// The key of this session's seals, or why there is none.
    pub key: Result<SealKey, String>,
}

/// Why a live order was not sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// Conditions of live trading do not hold.
    #[error("{}", .0.iter().map(Unmet::to_string).collect::<Vec<_>>().join("; "))]
    Closed(Vec<Unmet>),
    /// Its seal is missing or wrong.
    #[error(transparent)]
    Seal(#[from] NotSealed),
    /// It could not be sent.
    #[error(transparent)]
    Link(#[from] NotSent),
}

impl NotAdmitted {
    /// Code of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed(unmet) => unmet.first().map_or("gate_closed", |u| u.condition.name()),
            Self::Seal(fault) => fault.code(),
            Self::Link(fault) => fault.code(),
        }
    }
}

/// Knows at every moment whether a live order may leave.
#[derive(Debug)]
pub struct LiveGate {
    permission: Permission,
    enabled: bool,
    account: String,
    root: String,
    trade_age_us: i64,
    quote_age_us: i64,
    weak_share_max: f64,
    seals: Option<SealCheck>,
    stream: Option<Stream>,
    synthetic: bool,
    trade: Option<i64>,
    quote: Option<i64>,
    /// Whether the side of each of the last trades is well known.
    sides: VecDeque<bool>,
    latches: BTreeMap<String, String>,
    killed: Option<String>,
}

impl LiveGate {
    /// A gate that has seen nothing yet, and is closed therefore.
    pub fn new(config: &Config, permission: Permission) -> Self {
        Self {
            enabled: config.live,
            account: config.account.name.clone(),
            root: config.instrument.clone(),
            trade_age_us: config.risk.trade_age_ms_max * 1000,
            quote_age_us: config.risk.quote_age_ms_max * 1000,
            weak_share_max: config.flow.side_weak_share_max,
            seals: permission.key.clone().ok().map(|key| SealCheck::new(key, SEAL_AGE_US)),
            permission,
            stream: None,
            synthetic: false,
            trade: None,
            quote: None,
            sides: VecDeque::new(),
            latches: BTreeMap::new(),
            killed: None,
        }
    }

    /// What a record says about the conditions.
    pub fn on_record(&mut self, record: &Record) {
        match record {
            Record::Stream(stream) => self.stream = Some(stream.clone()),
            Record::Trade(trade) if self.is_ours(&trade.sym) && trade.counts() => {
                self.synthetic |= trade.src == Src::Syn;
                self.trade = self.trade.max(Some(trade.ts));
                if self.sides.len() == SIDES {
                    self.sides.pop_front();
                }
                let known = matches!(trade.ss, SideSource::Flag | SideSource::Touch);
                self.sides.push_back(known);
            }
            Record::Quote(quote) if self.is_ours(&quote.sym) && !record.is_late() => {
                self.synthetic |= quote.src == Src::Syn;
                if quote.touch().is_some() {
                    self.quote = self.quote.max(Some(quote.ts));
                }
            }
            Record::Acct(acct) if matches!(acct.by, By::Risk | By::Exec) => self.on_acct(acct),
            _ => {}
        }
    }

    /// Whether enough was seen to tell which conditions hold.
    pub fn has_seen_market(&self) -> bool {
        let running = self.stream.as_ref().is_some_and(|s| s.phase == StreamPhase::Run);
        running && self.trade.is_some() && self.quote.is_some()
    }

    /// The kill file appeared.
    pub fn kill(&mut self, reason: &str) {
        self.killed.get_or_insert_with(|| reason.to_owned());
    }

    /// Everything that stands in the way of an entry at `now` (the clock at the edge, microseconds
    /// UTC); nothing: it may leave.
    pub fn unmet(&self, now: i64) -> Vec<Unmet> {
        let finding = |condition| self.finding(condition, now);
        let found = Condition::ALL.into_iter().map(|condition| (condition, finding(condition)));
        found
            .filter_map(|(condition, found)| found.map(|found| Unmet { condition, found }))
            .collect()
    }

    /// Admits an order with its seal at `now`.
    ///
    /// # Errors
    /// [`NotAdmitted`].
    pub fn admit(
        &mut self,
        order: &Order,
        seal: Option<&Seal>,
        now: i64,
    ) -> Result<Approved<Order>, NotAdmitted> {
        let enters = order.op == OrderOp::New;
        let unmet: Vec<Unmet> =
            self.unmet(now).into_iter().filter(|u| enters || u.condition.holds_exits()).collect();
        let seals = self.seals.as_mut().filter(|_| unmet.is_empty());
        let Some(seals) = seals else { return Err(NotAdmitted::Closed(unmet)) };
        Ok(seals.admit(order, seal, now)?)
    }

    fn is_ours(&self, sym: &Sym) -> bool {
        sym.root() == self.root
    }

    fn on_acct(&mut self, acct: &Acct) {
        match acct.op {
            AcctOp::Open => {
                self.latches.clear();
                for name in &acct.latches {
                    self.latches.insert(name.clone(), "set at the start".to_owned());
                }
            }
            AcctOp::Latch | AcctOp::Kill => {
                let reason = acct.reason.clone().unwrap_or_default();
                for name in &acct.latches {
                    self.latches.insert(name.clone(), reason.clone());
                }
            }
            AcctOp::Reset => acct.latches.iter().for_each(|name| {
                self.latches.remove(name);
            }),
            _ => {}
        }
    }

    /// What was found instead of the condition; `None` where it holds.
    fn finding(&self, condition: Condition, now: i64) -> Option<String> {
        let when = |met: bool, found: &str| (!met).then(|| found.to_owned());
        match condition {
            Condition::Flag => when(self.permission.flag, "--live is not given"),
            Condition::Config => when(self.enabled, "live = false in the settings"),
            Condition::Account => self.account_finding(),
            Condition::Gate => self.gate_finding(now),
            Condition::Key => self.permission.key.as_ref().err().cloned(),
            Condition::Mode => self.mode_finding(),
            Condition::Phase => match &self.stream {
                Some(stream) => when(stream.phase == StreamPhase::Run, "the stream warms up"),
                None => Some("no stream record was seen".to_owned()),
            },
            Condition::Trades => stale("trade", self.trade, self.trade_age_us, now),
            Condition::Quotes => stale("quote", self.quote, self.quote_age_us, now),
            Condition::Sides if self.sides.is_empty() => Some("no trade was seen".to_owned()),
            Condition::Sides => {
                let weak = self.sides.iter().filter(|known| !**known).count();
                let share = weak as f64 / self.sides.len() as f64;
                let met = share <= self.weak_share_max;
                let of = self.sides.len();
                (!met).then(|| format!("the side of {weak} of the last {of} trades is a guess"))
            }
            Condition::Latch => {
                let set: Vec<String> =
                    self.latches.iter().map(|(name, why)| format!("{name} ({why})")).collect();
                (!set.is_empty()).then(|| format!("latched: {}", set.join(", ")))
            }
            Condition::KillFile => self.killed.as_ref().map(|why| format!("killed: {why}")),
        }
    }

    fn account_finding(&self) -> Option<String> {
        match &self.permission.account {
            _ if self.account.is_empty() => Some("account.name is not set".to_owned()),
            None => Some("--account is not given".to_owned()),
            Some(named) if *named != self.account => {
                Some(format!("--account {named}, but account.name is {}", self.account))
            }
            Some(_) => None,
        }
    }

    fn gate_finding(&self, now: i64) -> Option<String> {
        let gate = match &self.permission.gate {
            Ok(gate) => gate,
            Err(why) => return Some(format!("gate_closed: {why}")),
        };
        let faults = gate.faults(&self.permission.traded, now);
        let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
        (!list.is_empty()).then(|| format!("gate_closed: {}", list.join(", ")))
    }

    fn mode_finding(&self) -> Option<String> {
        let Some(stream) = &self.stream else {
            return Some("no stream record was seen".to_owned());
        };
        if self.synthetic {
            return Some("there are synthetic records in the stream".to_owned());
        }
        // A replay says so in its mode; `origin` is only there on a recording.
        let live = stream.mode == StreamMode::Live && stream.origin.is_none();
        let mode = match stream.mode {
            StreamMode::Live => "a recording",
            StreamMode::Delayed => "delayed",
            StreamMode::Replay => "a replay",
            StreamMode::Synthetic => "synthetic",
        };
        (!live).then(|| format!("the stream is {mode}"))
    }
}

fn stale(what: &str, newest: Option<i64>, limit_us: i64, now: i64) -> Option<String> {
    let Some(newest) = newest else { return Some(format!("no {what} was seen")) };
    let age = now - newest;
    let (age_ms, limit_ms) = (age / 1000, limit_us / 1000);
    let fresh = (-AHEAD_US..=limit_us).contains(&age);
    (!fresh).then(|| format!("the last {what} is {age_ms} ms old, the limit is {limit_ms} ms"))
}
