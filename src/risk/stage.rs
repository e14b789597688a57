//! mia-risk as a stage: what it holds.

use crate::account::Ledger;
use crate::account::TradeDay;
use crate::config::Config;
use crate::market::Calendar;
use crate::market::Cents;
use crate::matching::Exchange;
use crate::matching::KeptBracket;
use crate::matching::LostRequest;
use crate::risk::AccountSource;
use crate::risk::Events;
use crate::risk::OrderHours;
use crate::risk::SealKey;
use crate::risk::Sealer;
use crate::risk::TradingState;
use crate::risk::Window;
use crate::risk::context::Context;
use crate::risk::ignoring::Ignoring;
use crate::risk::kelly::Edge;
use crate::risk::latch::Latches;
use crate::risk::leaving::Leaving;
use crate::risk::limits::Limits;
use crate::risk::management::Managed;
use crate::risk::memory::Memory;
use crate::risk::restart::GatewayRestart;
use crate::risk::restoring::Start;
use crate::risk::surroundings::Surroundings;
use crate::risk::tally::Tally;
use crate::risk::watch::BrokerWatch;
use crate::risk::watch::Guard;
use crate::wire::Check;
use crate::wire::Failure;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

/// What the command line asks of the stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RiskOptions {
    /// Write an `explain` record for every signal.
    pub explain: bool,
    /// Where account facts come from.
    pub account: AccountSource,
}

/// mia-risk: signals in, verdicts and orders out, with an account of its own.
///
/// The account is fed by an [`AccountSource`]. A fact of the simulated exchange that is known at K is
/// written as `acct` before the first record of the product that is believed (or clock) with
/// `ts >= K`; decisions that time or prices bring about are written after the record that did.
#[derive(Debug)]
pub struct RiskStage {
    pub(super) limits: Limits,
    pub(super) hours: OrderHours,
    pub(super) exchange: Exchange,
    pub(super) ledger: Ledger,
    pub(super) latches: Latches,
    pub(super) memory: Memory,
    pub(super) tally: Tally,
    pub(super) context: Context,
    /// What the trades so far say of the next one's size.
    pub(super) edge: Edge,
    /// Room for the checks of the next verdict: those of the last one, once it is written.
    pub(super) spare: Vec<Check>,
    pub(super) events: Events,
    /// Brackets whose stops are watched.
    pub(super) guards: Vec<Guard>,
    pub(super) broker: BrokerWatch,
    /// Entries that were taken back and are not over.
    pub(super) withdrawn: Vec<String>,
    /// Why real orders are not permitted; `None` once the gate is open (check MODE).
    pub(super) gate: Option<&'static str>,
    /// Mode and phase of the stream, where it said so.
    pub(super) stream: Option<(StreamMode, StreamPhase)>,
    pub(super) explain: bool,
    pub(super) phase: StreamPhase,
    /// Whether checks that cannot be answered refuse: live data, or a recording of it.
    pub(super) strict: bool,
    /// Hours of the session that the newest record belongs to.
    pub(super) window: Option<Window>,
    /// The market beyond the tape.
    pub(super) surroundings: Surroundings,
    /// The gateway's daily restart.
    pub(super) restart: GatewayRestart,
    pub(super) source: AccountSource,
    /// The account is that of the simulated exchange, or was when the session was recorded.
    pub(super) simulated: bool,
    pub(super) day: TradeDay,
    /// The starting state is written.
    pub(super) opened: bool,
    /// What an earlier run left, until it is written.
    pub(super) start: Option<Start>,
    /// Records of the input that still belong to the starting state.
    pub(super) restoring: u64,
    /// The account changed since it was last looked at.
    pub(super) unwatched: bool,
    /// A flatten order for everything is on its way or at work.
    pub(super) flattening: bool,
    /// Why, and when to ask again if it was refused, microseconds UTC.
    pub(super) flatten_reason: String,
    pub(super) flatten_again: Option<i64>,
    /// When the last flatten was decided, microseconds UTC, and how many were at that stamp.
    pub(super) flattened: Option<(i64, u32)>,
    /// The session changed with a position open.
    pub(super) carried: bool,
    /// Brackets with times to keep: id, longest holding time, break-even after the first target.
    pub(super) managed: Vec<Managed>,
    /// Exits of single trades that are on their way, at work or refused.
    pub(super) leaving: Vec<Leaving>,
    /// The last profit of the open position that could be marked.
    pub(super) open_pnl: Cents,
    /// The highest that the account was marked at: the one mark that drawdowns are measured from.
    pub(super) high_water: Cents,
    pub(super) foreign: u64,
    /// What was not believed and is told already.
    pub(super) ignoring: Ignoring,
    pub(super) unmatched: u64,
    /// Brackets that the exchange goes on with, and what was lost with an earlier run.
    pub(super) taken_up: Option<(Vec<KeptBracket>, Vec<LostRequest>)>,
    /// Seals orders while the stream is live.
    pub(super) sealer: Option<Sealer>,
}

impl RiskStage {
    /// A stage with an empty account of `account.equity`.
    ///
    /// # Errors
    /// A product without contract facts, hours that are no hours.
    pub fn new(config: &Config, calendar: Calendar, options: RiskOptions) -> Result<Self, Failure> {
        let limits = Limits::new(config);
        Ok(Self {
            high_water: config.account.equity,
            limits,
            hours: OrderHours::new(&config.session)?,
            exchange: Exchange::new(config, calendar.clone())?,
            day: TradeDay::new(calendar),
            ledger: Ledger::new(config.account.equity),
            latches: Latches::default(),
            memory: Memory::default(),
            tally: Tally::default(),
            context: Context::new(&config.instrument),
            edge: Edge::default(),
            spare: Vec::new(),
            events: Events::builtin()?,
            guards: Vec::new(),
            broker: BrokerWatch::default(),
            withdrawn: Vec::new(),
            // A replay sends nothing: what was decided then is decided again.
            gate: (options.account != AccountSource::Stream).then_some("gate"),
            stream: None,
            explain: options.explain,
            phase: StreamPhase::default(),
            strict: false,
            window: None,
            surroundings: Surroundings::new(config),
            restart: GatewayRestart::new(&config.session)?,
            source: options.account,
            simulated: options.account == AccountSource::Sim,
            opened: false,
            start: None,
            restoring: 0,
            unwatched: true,
            flattening: false,
            flatten_reason: String::new(),
            flatten_again: None,
            flattened: None,
            carried: false,
            managed: Vec::new(),
            leaving: Vec::new(),
            open_pnl: Cents(0),
            foreign: 0,
            ignoring: Ignoring::default(),
            unmatched: 0,
            taken_up: None,
            sealer: None,
        })
    }

    /// Uses other releases than the ones built in (check NEWS).
    pub fn set_events(&mut self, events: Events) {
        self.events = events;
    }

    /// Whether real orders are permitted: `None`, or what is missing (check MODE in live).
    pub fn set_gate(&mut self, missing: Option<&'static str>) {
        self.gate = missing;
    }

    /// What is still allowed.
    pub fn state(&self) -> TradingState {
        self.latches.state()
    }

    /// What is latched.
    pub const fn latches(&self) -> &Latches {
        &self.latches
    }

    /// The account as risk knows it.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The exchange behind it.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Orders and account facts of others that were dropped.
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// Seals every order from here on, as long as the stream is live.
    pub fn seal_with(&mut self, key: SealKey) {
        self.sealer = Some(Sealer::new(key));
    }

    /// The highest that the account was marked at.
    pub const fn high_water(&self) -> Cents {
        self.high_water
    }

    /// Whether a latch is set that a person has to open, and nothing is open any more.
    pub fn is_halted(&self) -> bool {
        self.latches.needs_hand() && self.is_at_rest()
    }

    /// As if nothing had happened yet.
    pub(super) fn forget(&mut self) {
        self.ledger = Ledger::new(self.ledger.equity());
        self.latches = Latches::default();
        self.memory = Memory::default();
        self.tally = Tally::default();
        self.guards.clear();
        self.withdrawn.clear();
        self.flattening = false;
        self.flatten_again = None;
        self.carried = false;
        self.managed.clear();
        self.leaving.clear();
        self.open_pnl = Cents(0);
        self.unwatched = true;
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.ledger.is_idle() && self.exchange.is_quiet()
    }
}
