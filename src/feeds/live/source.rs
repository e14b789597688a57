//! The driver of a live source.

use crate::feeds::bad_rows::BadRows;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Flow;
use crate::feeds::live::Happening;
use crate::feeds::live::LinkId;
use crate::feeds::live::LiveOptions;
use crate::feeds::live::Network;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::feeds::live::actions::Action;
use crate::feeds::live::backoff::HEALTH_US;
use crate::feeds::live::freshness::Freshness;
use crate::feeds::live::freshness::Remedy;
use crate::feeds::live::link::Life;
use crate::feeds::live::link::Link;
use crate::feeds::live::link::Loss;
use crate::feeds::live::network::in_words;
use crate::feeds::live::stamps::Skew;
use crate::feeds::live::stamps::Stamps;
use crate::market::Calendar;
use crate::market::Session;
use crate::market::Sym;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Clock;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Stream;
use crate::wire::StreamMode;
use std::collections::BTreeMap;
use std::io;

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
/// Bytes of one read.
const READ: usize = 64 * 1024;
/// A message longer than this is none, bytes.
const MESSAGE_MAX: usize = 32 << 20;

/// A client with its links, as a source of the stream.
///
/// In mode [`Replay`](StreamMode::Replay) (a history request) records keep their stamps, no time
/// passes by itself, and a lost connection ends the source: half an answer is no answer.
pub struct LiveSource<C, N> {
    client: C,
    net: N,
    options: LiveOptions,
    calendar: Calendar,
    session: Option<Session>,
    links: Vec<Link>,
    actions: Actions,
    happenings: Vec<Happening>,
    buffer: Vec<u8>,
    stamps: Stamps,
    fresh: Freshness,
    bad: BadRows,
    rows: u64,
    announced: BTreeMap<String, i64>,
    started: bool,
    described: bool,
    /// When a market record or a clock was written last, monotonic.
    wrote: i64,
    /// When silence is looked at next, monotonic.
    look_at: i64,
}

impl<C: Client, N: Network> LiveSource<C, N> {
    /// Drives `client` over `net`; `calendar` says when data are expected.
    pub fn new(client: C, net: N, options: LiveOptions, calendar: Calendar) -> Self {
        let links = client.endpoints().into_iter().zip(0_u64..);
        let links = links.map(|(e, i)| Link::new(e, options.seed.wrapping_add(i))).collect();
        Self {
            client,
            net,
            calendar,
            session: None,
            links,
            actions: Actions::new(),
            happenings: Vec::new(),
            buffer: vec![0; READ],
            stamps: Stamps::new(options.lateness_us),
            fresh: Freshness::new(&options),
            bad: BadRows::live(options.max_bad),
            rows: 0,
            announced: BTreeMap::new(),
            started: false,
            described: false,
            wrote: 0,
            look_at: 0,
            options,
        }
    }

    /// The client, for what it knows at the end.
    pub const fn client(&self) -> &C {
        &self.client
    }

    fn is_live(&self) -> bool {
        self.options.mode != StreamMode::Replay
    }

    /// Writes what the stream is, from `ts` on.
    fn describe(&mut self, ts: i64, now: Now, out: &mut dyn SourceOut) {
        self.described = true;
        let stamp = now.utc.to_le_bytes();
        let process = std::process::id().to_le_bytes();
        let name = self.client.name().as_bytes();
        out.record(&Record::Stream(Stream {
            ts: self.stamps.own(ts),
            sym: Sym::NONE,
            v: 1,
            src: self.client.src(),
            mode: self.options.mode,
            phase: self.options.phase,
            origin: None,
            run: run_id(&[name, &stamp, &process, &self.options.seed.to_le_bytes()]),
            tool: TOOL.into(),
            instrument: self.options.instrument.clone(),
        }));
    }

    /// Everything that is due by now.
    fn timers(&mut self, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        for at in 0..self.links.len() {
            self.link_timer(at, now, out)?;
        }
        self.client.tick(now, &mut self.actions);
        self.perform(now, out)?;
        if self.is_live() && now.mono >= self.look_at {
            self.look_at = now.mono + SECOND_US;
            self.look(now, out)?;
        }
        if self.is_live() && now.mono - self.wrote >= SECOND_US {
            self.wrote = now.mono;
            let ts = now.utc - self.options.clock_behind_us;
            if ts > self.stamps.newest() {
                let src = self.client.src();
                out.record(&Record::Clock(Clock { ts: self.stamps.own(ts), sym: Sym::NONE, src }));
            }
        }
        Ok(())
    }

    fn link_timer(&mut self, at: usize, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let link = &mut self.links[at];
        let silent = now.mono - link.heard.mono >= link.endpoint.silence_us;
        match link.life {
            Life::Waiting { until } if now.mono >= until => self.open(at, now),
            Life::Connecting { until } if now.mono >= until => {
                let seconds = seconds(self.options.connect_us);
                self.fail_link(
                    at,
                    "connect_timeout",
                    &format!("no answer in {seconds}"),
                    now,
                    out,
                )?;
            }
            Life::LoggingIn { until } | Life::Suspended { until } if now.mono >= until => {
                let seconds = seconds(self.options.login_us);
                let said = link.loss.as_ref().map(|loss| format!(": {}", loss.reason));
                let text =
                    format!("not ready {seconds} after connecting{}", said.unwrap_or_default());
                self.fail_link(at, "login_timeout", &text, now, out)?;
            }
            Life::LoggingIn { .. } | Life::Suspended { .. } | Life::Up { .. } if silent => {
                let seconds = seconds(now.mono - link.heard.mono);
                let text = format!("nothing heard for {seconds}, not even a heartbeat");
                self.fail_link(at, "silent", &text, now, out)?;
            }
            Life::Up { since } if now.mono - since >= HEALTH_US && !self.fresh.is_any_stale() => {
                link.backoff.healthy();
            }
            _ => {}
        }
        let link = &self.links[at];
        match (&link.loss, self.options.max_outage_us) {
            (Some(loss), Some(most)) if link.ever_up && now.mono - loss.noticed > most => {
                let text = format!("not there for {}: {}", seconds(most), loss.reason);
                Err(self.gone(at, &text))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, at: usize, now: Now) {
        let link = &mut self.links[at];
        link.life = Life::Connecting { until: now.mono + self.options.connect_us };
        link.inbox.clear();
        link.outbox.clear();
        self.net.open(LinkId(at), &link.endpoint.host, link.endpoint.port);
    }

    /// Looks for silent data.
    fn look(&mut self, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        if self.session.as_ref().is_none_or(|session| now.utc >= session.close) {
            self.session = Some(self.calendar.session_at_or_after(now.utc)?);
        }
        let Some(session) = &self.session else { return Ok(()) };
        let links = &self.links;
        let up = |what: Watched| links.get(what.link.0).is_some_and(Link::is_up);
        for remedy in self.fresh.check(&self.client.watched(), up, session, now) {
            match remedy {
                Remedy::Resubscribe(what, silent) => {
                    let text = stale_text(what, silent);
                    let text = format!("{text}; subscribing again");
                    self.say(what.sym, StatusState::Stale, "no_data", &text, now, out);
                    self.client.resubscribe(what, now, &mut self.actions);
                    self.perform(now, out)?;
                }
                Remedy::Relapse(what, silent) => {
                    let text = format!("{}; connecting again", stale_text(what, silent));
                    self.say(what.sym, StatusState::Stale, "no_data", &text, now, out);
                    self.fail_link(what.link.0, "stale", &text, now, out)?;
                }
                Remedy::Reconnect(what) => {
                    let text = format!("{:?} of {} did not come back", what.flow, what.sym);
                    self.fail_link(what.link.0, "stale", &text, now, out)?;
                }
            }
        }
        Ok(())
    }

    fn happened(
        &mut self,
        happening: Happening,
        now: Now,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        match happening {
            Happening::Connected(id) => self.connected(id, now, out),
            Happening::Failed(id, error) => {
                let code = match error.kind() {
                    io::ErrorKind::ConnectionRefused => "refused",
                    _ => "connect_failed",
                };
                self.fail_link(id.0, code, &in_words(&error), now, out)
            }
            Happening::Readable(id) => self.read(id, now, out),
            Happening::Writable(id) => self.write(id, now, out),
        }
    }

    fn connected(&mut self, id: LinkId, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let Some(link) = self.links.get_mut(id.0) else { return Ok(()) };
        if !matches!(link.life, Life::Connecting { .. }) {
            return Ok(());
        }
        link.life = Life::LoggingIn { until: now.mono + self.options.login_us };
        link.heard = now;
        if link.ever_up {
            let text = format!(
                "{}: connected, asking again for everything",
                link.place(self.client.name())
            );
            self.say_link(id.0, StatusState::Resync, "connected", &text, now, out);
        }
        self.client.connected(id, now, &mut self.actions);
        self.perform(now, out)
    }

    fn read(&mut self, id: LinkId, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let Some(link) = self.links.get_mut(id.0).filter(|link| link.is_connected()) else {
            return Ok(());
        };
        match self.net.read(id, &mut self.buffer) {
            Ok(0) => {
                let text = "the other side closed the connection";
                self.fail_link(id.0, "closed", text, now, out)
            }
            Ok(count) => {
                link.heard = now;
                link.inbox.extend_from_slice(&self.buffer[..count]);
                let used = self.client.received(id, &link.inbox, now, &mut self.actions);
                link.inbox.drain(..used.min(link.inbox.len()));
                let too_long = link.inbox.len() > MESSAGE_MAX;
                self.perform(now, out)?;
                if too_long {
                    let text = format!("a message of more than {MESSAGE_MAX} bytes");
                    self.fail_link(id.0, "garbage", &text, now, out)?;
                }
                Ok(())
            }
            Err(error) if waits(&error) => Ok(()),
            Err(error) => self.fail_link(id.0, "connection_lost", &in_words(&error), now, out),
        }
    }

    fn write(&mut self, id: LinkId, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        loop {
            let Some(link) = self.links.get_mut(id.0) else { return Ok(()) };
            if link.outbox.is_empty() || !link.is_connected() {
                return Ok(());
            }
            match self.net.write(id, &link.outbox) {
                Ok(count) => drop(link.outbox.drain(..count.min(link.outbox.len()))),
                Err(error) if waits(&error) => return Ok(()),
                Err(error) => {
                    return self.fail_link(id.0, "connection_lost", &in_words(&error), now, out);
                }
            }
        }
    }

    /// Does what the client wants, and what it wants because of that.
    fn perform(&mut self, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        while !self.actions.queue.is_empty() || !self.actions.sent.is_empty() {
            for action in std::mem::take(&mut self.actions.queue) {
                self.act(action, now, out)?;
            }
            for (id, bytes) in std::mem::take(&mut self.actions.sent) {
                if let Some(link) = self.links.get_mut(id.0).filter(|link| link.is_connected()) {
                    link.outbox.extend_from_slice(&bytes);
                }
                self.write(id, now, out)?;
            }
        }
        Ok(())
    }

    fn act(&mut self, action: Action, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
        match action {
            Action::Record { link, record, state } => self.record(link, record, state, now, out),
            Action::Refuse(id, refusal) => {
                self.rows += 1;
                let place = self.place(id.0);
                let newest = Some(self.stamps.newest()).filter(|newest| *newest > i64::MIN);
                self.bad.refuse(&refusal, &place, self.rows, newest, out)?;
            }
            Action::Status { sym, state, code, msg } => {
                self.say(sym, state, &code, &msg, now, out);
            }
            Action::Alert { sym, level, code, msg } => {
                self.alert(sym, level, &code, &msg, now, out);
            }
            Action::Ready(id) => self.ready(id.0, now, out),
            Action::Suspend { link, code, msg } => self.suspend(link.0, &code, &msg, now, out),
            Action::Close { link, reason } => {
                self.fail_link(link.0, "closed", &reason, now, out)?;
            }
            Action::Move { link, host, port } => self.move_to(link.0, host, port, now, out),
            Action::Fail(failure) => return Err(failure),
        }
        Ok(())
    }

    fn record(
        &mut self,
        id: LinkId,
        mut record: Record,
        state: bool,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        self.rows += 1;
        if !self.is_live() {
            if !self.described {
                self.describe(record.ts(), now, out);
            }
            self.stamps.own(record.ts());
            out.record(&record);
            return;
        }
        match self.links.get(id.0).map(|link| link.life) {
            Some(Life::Up { .. }) | None => {}
            // What a vendor without a connection of its own remembers is not what is.
            Some(Life::Suspended { .. }) if state => return,
            Some(_) => self.ready(id.0, now, out),
        }
        // An answer to a subscription proves nothing: only what comes by itself does.
        let back = if state { None } else { self.fresh.note(&record, now) };
        if let Some(back) = back {
            let (sym, flow) = (back.what.sym, back.what.flow);
            let text = gap_text(back.from_utc, now.utc, "no data came");
            self.say(sym, StatusState::Gap, "no_data", &format!("{flow:?}: {text}"), now, out);
            let text = format!("{flow:?} of {sym} come again");
            self.say(sym, StatusState::Up, "data_again", &text, now, out);
        }
        let skew = self.stamps.place(&mut record, state, now);
        out.record(&record);
        self.wrote = now.mono;
        let (code, text) = match skew {
            Skew::None => return,
            Skew::Ahead(us) => ("clock_behind", format!("{} ahead of", seconds(us))),
            Skew::Behind(us) => ("lagging", format!("{} behind", seconds(us))),
        };
        let text = format!(
            "{} stamps its data {text} this computer's clock: one of the clocks is wrong, or the \
             data are late",
            self.client.name()
        );
        self.alert(record.sym(), AlertLevel::Warning, code, &text, now, out);
    }

    fn ready(&mut self, at: usize, now: Now, out: &mut dyn SourceOut) {
        let Some(link) = self.links.get_mut(at).filter(|link| link.is_connected()) else { return };
        if link.is_up() {
            return;
        }
        link.life = Life::Up { since: now.mono };
        let was_up = std::mem::replace(&mut link.ever_up, true);
        let loss = link.loss.take();
        let place = self.place(at);
        if let Some(loss) = loss.filter(|_| was_up) {
            let text = gap_text(loss.from_utc, now.utc, &loss.reason);
            self.say_link(
                at,
                StatusState::Gap,
                "reconnected",
                &format!("{place}: {text}"),
                now,
                out,
            );
        }
        self.say_link(at, StatusState::Up, "ready", &format!("{place}: ready"), now, out);
    }

    fn suspend(&mut self, at: usize, code: &str, msg: &str, now: Now, out: &mut dyn SourceOut) {
        let Some(link) = self.links.get_mut(at).filter(|link| link.is_connected()) else { return };
        let until = match link.life {
            Life::LoggingIn { until } | Life::Suspended { until } if !link.ever_up => until,
            _ => i64::MAX,
        };
        link.life = Life::Suspended { until };
        let loss = Loss { from_utc: link.heard.utc, noticed: now.mono, reason: msg.to_owned() };
        link.loss.get_or_insert(loss);
        let text = format!("{}: {msg}", link.place(self.client.name()));
        self.say_link(at, StatusState::Down, code, &text, now, out);
    }

    fn move_to(&mut self, at: usize, host: String, port: u16, now: Now, out: &mut dyn SourceOut) {
        if at >= self.links.len() {
            return;
        }
        self.drop_connection(at, now);
        let link = &mut self.links[at];
        (link.endpoint.host, link.endpoint.port) = (host, port);
        // The first move is followed at once; servers that send one another's clients to and fro
        // are not.
        let first = link.backoff.failures() == 0;
        let pause = link.backoff.failed();
        link.life = Life::Waiting { until: now.mono + if first { 0 } else { pause } };
        let text = format!("{}: sent on to another address", self.place(at));
        if self.links[at].ever_up {
            self.lost_from(at, &text, now);
            self.say_link(at, StatusState::Down, "moved", &text, now, out);
        }
        tracing::info!("{text}");
    }

    /// The link is lost, or could not be made.
    fn fail_link(
        &mut self,
        at: usize,
        code: &str,
        reason: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        if self.links.get(at).is_none_or(|link| matches!(link.life, Life::Waiting { .. })) {
            return Ok(());
        }
        self.drop_connection(at, now);
        let text = format!("{}: {reason}", self.place(at));
        if !self.links[at].ever_up || !self.is_live() {
            // The failure says it to the user; the stream says it to whoever reads it.
            if self.is_live() {
                self.write_status(Sym::NONE, StatusState::Down, code, &text, now, out);
            }
            return Err(self.gone(at, reason));
        }
        self.lost_from(at, reason, now);
        let link = &mut self.links[at];
        let pause = link.backoff.failed();
        link.life = Life::Waiting { until: now.mono.saturating_add(pause) };
        let tries = link.backoff.failures();
        if self.options.max_retries.is_some_and(|most| tries > most) {
            self.say_link(at, StatusState::Down, code, &text, now, out);
            return Err(self.gone(at, &format!("{reason}, after {} attempts", tries - 1)));
        }
        if self.links[at].said == Some(StatusState::Down) {
            tracing::warn!("{text}; next attempt in {}", seconds(pause));
        }
        self.say_link(at, StatusState::Down, code, &text, now, out);
        self.perform(now, out)
    }

    fn drop_connection(&mut self, at: usize, now: Now) {
        self.net.close(LinkId(at));
        let link = &mut self.links[at];
        let was_connected = link.is_connected();
        link.inbox.clear();
        link.outbox.clear();
        if was_connected {
            self.client.lost(LinkId(at), now, &mut self.actions);
        }
    }

    fn lost_from(&mut self, at: usize, reason: &str, now: Now) {
        let link = &mut self.links[at];
        let loss = Loss { from_utc: link.heard.utc, noticed: now.mono, reason: reason.to_owned() };
        link.loss.get_or_insert(loss);
    }

    /// The failure that ends the source: 69, with what to look at.
    fn gone(&self, at: usize, reason: &str) -> Failure {
        let failure =
            Failure::new(FailureClass::Unavailable, format!("{}: {reason}", self.place(at)));
        match self.links.get(at) {
            Some(link) => failure.hint(link.endpoint.remedy.clone()),
            None => failure,
        }
    }

    fn place(&self, at: usize) -> String {
        let name = self.client.name();
        self.links.get(at).map_or_else(|| name.to_owned(), |link| link.place(name))
    }

    /// Says a change of state of a link; what was said last is not said again.
    fn say_link(
        &mut self,
        at: usize,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        if self.links[at].said.replace(state) == Some(state) || !self.is_live() {
            return;
        }
        self.say(Sym::NONE, state, code, msg, now, out);
    }

    fn say(
        &mut self,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        match state {
            StatusState::Up | StatusState::Resync | StatusState::Delayed => tracing::info!("{msg}"),
            _ => tracing::warn!("{msg}"),
        }
        self.write_status(sym, state, code, msg, now, out);
    }

    fn write_status(
        &mut self,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        let ts = self.stamp(now);
        out.record(&Record::Status(Status {
            ts,
            sym,
            by: None,
            src: Some(self.client.src()),
            state,
            code: Some(code.to_owned()),
            msg: msg.to_owned(),
        }));
    }

    /// The stamp of something of our own: now or, in history, where the history is.
    fn stamp(&mut self, now: Now) -> i64 {
        if self.is_live() || !self.described {
            self.stamps.own(now.utc)
        } else {
            self.stamps.newest()
        }
    }

    /// Writes an alert, once a code and minute.
    fn alert(
        &mut self,
        sym: Sym,
        level: AlertLevel,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        let minute = now.mono.div_euclid(MINUTE_US);
        if self.announced.insert(code.to_owned(), minute) == Some(minute) {
            return;
        }
        tracing::warn!("{msg}");
        let ts = self.stamp(now);
        out.record(&Record::Alert(Alert {
            ts,
            sym,
            by: By::Feed,
            level,
            code: code.to_owned(),
            msg: msg.to_owned(),
            data: None,
        }));
    }

    /// How long nothing can be due, monotonic.
    fn due(&self, now: Now) -> i64 {
        let links = self.links.iter().map(Link::due).min().unwrap_or(i64::MAX);
        let links = links.min(now.mono + SECOND_US);
        if self.is_live() { links.min(self.look_at).min(self.wrote + SECOND_US) } else { links }
    }
}

impl<C: Client, N: Network> Source for LiveSource<C, N> {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let now = self.net.now();
        if !self.started {
            self.started = true;
            self.wrote = now.mono;
            self.look_at = now.mono;
            // History is older than now: its first record says from when on it is.
            if self.is_live() {
                self.describe(now.utc, now, out);
            }
        }
        self.timers(now, out)?;
        if self.client.is_done() {
            return Ok(false);
        }
        out.before_wait()?;
        let until = self.due(now);
        let mut happenings = std::mem::take(&mut self.happenings);
        self.net.wait(until, &mut happenings).map_err(|error| {
            Failure::new(FailureClass::Other, format!("cannot wait for the network: {error}"))
        })?;
        let now = self.net.now();
        for happening in happenings.drain(..) {
            self.happened(happening, now, out)?;
        }
        self.happenings = happenings;
        Ok(true)
    }
}

fn stale_text(what: Watched, silent: i64) -> String {
    let what_came = match what.flow {
        Flow::Trades => "no trade and no quote",
        Flow::Depth => "no change of the book",
        Flow::Index => "no print",
    };
    format!("{what_came} of {} for {} although the market is open", what.sym, seconds(silent))
}

fn gap_text(from_utc: i64, to_utc: i64, reason: &str) -> String {
    format!("records may be missing from {from_utc} to {to_utc}: {reason}")
}

/// Microseconds as seconds, for people.
fn seconds(us: i64) -> String {
    format!("{}.{} s", us / SECOND_US, us % SECOND_US / 100_000)
}

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
