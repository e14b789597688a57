//! mia-risk as a stage: what every record does to it.

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
use crate::risk::latch::Latches;
use crate::risk::limits::Limits;
use crate::risk::management::Managed;
use crate::risk::memory::Memory;
use crate::risk::restart::GatewayRestart;
use crate::risk::restoring::Start;
use crate::risk::surroundings::Surroundings;
use crate::risk::tally::Tally;
use crate::risk::watch::BrokerWatch;
use crate::risk::watch::Guard;
use crate::risk::writing::latching;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

/// Exit code of a latched halt.
const HALTED: u8 = 6;

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
    pub(super) events: Events,
    /// Brackets whose stops are watched.
    pub(super) guards: Vec<Guard>,
    pub(super) broker: BrokerWatch,
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
    /// The session changed with a position open.
    pub(super) carried: bool,
    /// Brackets with times to keep: id, longest holding time, break-even after the first target.
    pub(super) managed: Vec<Managed>,
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
            events: Events::builtin()?,
            guards: Vec::new(),
            broker: BrokerWatch::default(),
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
            carried: false,
            managed: Vec::new(),
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
        self.flattening = false;
        self.flatten_again = None;
        self.carried = false;
        self.managed.clear();
        self.open_pnl = Cents(0);
        self.unwatched = true;
    }

    #[inline]
    fn on_market(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if self.taken_up.is_some() {
            self.go_on(record.ts())?;
        }
        let Some(now) = self.exchange.on_record(record)? else { return Ok(Flow::Pass) };
        let quiet = self.is_at_rest() && !self.unwatched && self.opened;
        if !quiet || self.day.is_due(now) {
            return self.on_busy_market(now, record, out);
        }
        Ok(Flow::Pass)
    }

    #[cold]
    fn go_on(&mut self, now: i64) -> Result<(), Failure> {
        let Some((kept, lost)) = self.taken_up.take() else { return Ok(()) };
        if self.exchange.restore(&kept, &lost, now) {
            return Ok(());
        }
        let message = "the state holds a position in a contract that is not listed";
        Err(Failure::new(FailureClass::Config, message)
            .hint("go on with the instrument that it was kept for"))
    }

    fn on_busy_market(
        &mut self,
        now: i64,
        record: &Record,
        out: &mut dyn Emit,
    ) -> Result<Flow, Failure> {
        if !self.opened {
            if record.kind() == Kind::Clock {
                // What an earlier run left is told before anything else is.
                if self.start.is_none() {
                    self.turn_session(now, out)?;
                }
                return Ok(Flow::Pass);
            }
            self.open(record.ts(), record.sym(), out);
        }
        self.on_prices(record);
        self.learn(now, out)?;
        self.turn_session(now, out)?;
        // An account at rest that did not change is not looked at again: what a replay does must not
        // depend on what is still underway at a simulated exchange.
        if std::mem::take(&mut self.unwatched) || !self.ledger.is_idle() {
            self.watch(now, out);
        }
        // A recording ends where its run did.
        let over = self.source != AccountSource::Stream && self.is_halted();
        Ok(if over { Flow::Stop(HALTED) } else { Flow::Pass })
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.ledger.is_idle() && self.exchange.is_quiet()
    }

    /// Excursions of what is open; bars count only where the tape has no trades.
    fn on_prices(&mut self, record: &Record) {
        match record {
            Record::Trade(trade) => self.ledger.on_price(&trade.sym, trade.ts, trade.px),
            Record::Bar(bar) if self.exchange.tape(&bar.sym).is_some_and(|t| t.last.is_none()) => {
                self.ledger.on_price(&bar.sym, bar.ts - 1, bar.l);
                self.ledger.on_price(&bar.sym, bar.ts - 1, bar.h);
            }
            _ => {}
        }
    }

    /// The session that `now` (microseconds UTC) belongs to; whether it is another than before. A new
    /// session starts the day over.
    pub(super) fn turn_session(&mut self, now: i64, out: &mut dyn Emit) -> Result<bool, Failure> {
        self.turn_day(now, self.phase == StreamPhase::Run, out)
    }

    /// As [`RiskStage::turn_session`]; `traded`: the session that ends was one to trade in.
    pub(super) fn turn_day(
        &mut self,
        now: i64,
        traded: bool,
        out: &mut dyn Emit,
    ) -> Result<bool, Failure> {
        let Some(new) = self.day.turn(now)? else { return Ok(false) };
        self.context.turn(&new.session);
        let before = self.window.replace(self.hours.on(&new.session));
        let Some(before) = before else { return Ok(true) };
        self.ledger.new_day(traded);
        self.memory.new_session(before.open);
        self.tally.new_session();
        self.carried = !self.ledger.is_flat();
        let open = new.session.open;
        for name in self.latches.of_the_session() {
            self.latches.clear(&name);
            out.before(&latching(open, AcctOp::Reset, &name, Some("session")).into());
        }
        Ok(true)
    }

    fn on_stream(&mut self, stream: &Stream) {
        self.phase = stream.phase;
        // Only a replay that sends nothing may take a recording for what it was.
        let replayed = stream.origin.filter(|_| self.source == AccountSource::Stream);
        self.stream = Some((replayed.unwrap_or(stream.mode), stream.phase));
        // A recording of a live session is decided as it was then.
        let mode = stream.origin.unwrap_or(stream.mode);
        self.strict = matches!(mode, StreamMode::Live | StreamMode::Delayed);
    }
}

impl Stage for RiskStage {
    fn by(&self) -> By {
        By::Risk
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[
            Kind::Signal,
            Kind::Trade,
            Kind::Quote,
            Kind::Bar,
            Kind::Clock,
            Kind::Features,
            Kind::Index,
            Kind::Status,
            Kind::Gex,
            Kind::Levels,
            Kind::Stream,
            Kind::Order,
            Kind::Acct,
        ])
    }

    fn skips(&self, kind: Kind, ts: i64) -> bool {
        kind == Kind::Features && !self.surroundings.ends_bar(ts)
    }

    fn keeps_own(&self, kind: Kind) -> bool {
        kind == Kind::Acct && self.source == AccountSource::Stream
    }

    #[inline]
    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Trade(trade) => {
                let ignored = *self.exchange.ignored();
                let flow = self.on_market(record, out)?;
                if self.exchange.ignored().total() == ignored.total() {
                    self.context.on_trade(trade);
                } else {
                    self.context.on_ignored(trade);
                    self.say_ignored(&ignored, record, out);
                }
                Ok(flow)
            }
            Record::Quote(quote) => {
                let flow = self.on_market(record, out)?;
                self.context.on_quote(quote);
                Ok(flow)
            }
            Record::Bar(bar) => {
                let ignored = *self.exchange.ignored();
                let believed = bar.by.is_some() || self.exchange.would_believe(bar)?;
                let followed = believed && self.see_bar(bar);
                let flow = self.on_market(record, out)?;
                if believed {
                    self.context.on_bar(bar);
                }
                if self.exchange.ignored().total() != ignored.total() {
                    self.say_ignored(&ignored, record, out);
                }
                if followed {
                    self.follow_bar(bar, out);
                }
                Ok(flow)
            }
            Record::Features(features) => {
                self.on_features(features, out);
                Ok(Flow::Pass)
            }
            Record::Clock(clock) => {
                let flow = self.on_market(record, out)?;
                self.context.on_clock(clock.ts);
                Ok(flow)
            }
            Record::Index(index) => {
                self.context.on_index(index);
                Ok(Flow::Pass)
            }
            Record::Gex(gex) => {
                self.context.on_gex(gex);
                Ok(Flow::Pass)
            }
            Record::Levels(levels) => {
                self.context.on_levels(levels);
                Ok(Flow::Pass)
            }
            Record::Status(status) => {
                self.on_market(record, out)?;
                self.on_status(status, out);
                Ok(Flow::Pass)
            }
            Record::Signal(signal) => {
                self.on_signal(signal, out);
                Ok(Flow::Pass)
            }
            Record::Stream(stream) => {
                self.on_stream(stream);
                Ok(Flow::Pass)
            }
            Record::Acct(acct) => self.on_acct(acct, out),
            // Orders are this stage's alone to write.
            Record::Order(_) => {
                self.foreign += 1;
                Ok(Flow::Drop)
            }
            _ => Ok(Flow::Pass),
        }
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match event {
            SideEvent::Kill { ts, reason } => {
                let ct = (*ts).max(self.exchange.now());
                self.kill(ct, reason, out);
            }
            SideEvent::Journal { ts, record } => {
                self.on_journal(*ts, record, out)?;
                return Ok(Flow::Pass);
            }
        }
        Ok(if self.is_at_rest() { Flow::Stop(HALTED) } else { Flow::Pass })
    }
}
