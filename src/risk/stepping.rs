//! mia-risk as a stage: what every record does to it.

use crate::risk::AccountSource;
use crate::risk::RiskStage;
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

impl RiskStage {
    #[inline]
    fn on_market(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        if self.taken_up.is_some() {
            self.go_on(record.ts())?;
        }
        let now = self.exchange.on_record(record)?;
        if self.exchange.has_stepped_back() {
            self.context.step_back(self.exchange.now());
            self.flatten_again = self.flatten_again.map(|at| at.min(self.exchange.now()));
        }
        let Some(now) = now else { return Ok(Flow::Pass) };
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
        // What an earlier run left is not of another day because one record says so.
        if self.exchange.is_first() && self.window.is_some() {
            return Ok(false);
        }
        self.turn_day(now, out)
    }

    /// As [`RiskStage::turn_session`], where `now` is known to be right.
    pub(super) fn turn_day(&mut self, now: i64, out: &mut dyn Emit) -> Result<bool, Failure> {
        let Some(new) = self.day.turn(now)? else { return Ok(false) };
        self.context.turn(&new.session);
        let before = self.window.replace(self.hours.on(&new.session));
        let Some(before) = before else { return Ok(true) };
        self.ledger.new_day(self.phase == StreamPhase::Run);
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
                if self.exchange.believed() {
                    self.context.on_trade(trade);
                } else if self.exchange.would_believe_time(trade.ts) {
                    self.context.on_ignored(trade);
                }
                self.say_ignored(&ignored, record, out);
                Ok(flow)
            }
            Record::Quote(quote) => {
                let ignored = *self.exchange.ignored();
                let flow = self.on_market(record, out)?;
                if self.exchange.would_believe_time(quote.ts) {
                    self.context.on_quote(quote);
                }
                self.say_ignored(&ignored, record, out);
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
                self.say_ignored(&ignored, record, out);
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
                let ignored = *self.exchange.ignored();
                let flow = self.on_market(record, out)?;
                if self.exchange.would_believe_time(clock.ts) {
                    self.context.on_clock(clock.ts);
                }
                self.say_ignored(&ignored, record, out);
                Ok(flow)
            }
            Record::Index(index) => {
                self.context.on_index(index, self.exchange.now());
                Ok(Flow::Pass)
            }
            Record::Gex(gex) => {
                self.context.on_gex(gex, self.exchange.now());
                Ok(Flow::Pass)
            }
            Record::Levels(levels) => {
                self.context.on_levels(levels, self.exchange.now());
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
                let ct = self.exchange.moment(*ts).max(self.exchange.now());
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
