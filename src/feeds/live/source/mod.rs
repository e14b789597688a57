//! The driver of a live source.

mod links;
mod words;

use crate::feeds::bad_rows::BadRows;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Happening;
use crate::feeds::live::LinkId;
use crate::feeds::live::LiveOptions;
use crate::feeds::live::Network;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::feeds::live::actions::Action;
use crate::feeds::live::freshness::Freshness;
use crate::feeds::live::freshness::Remedy;
use crate::feeds::live::link::Life;
use crate::feeds::live::link::Link;
use crate::feeds::live::network::in_words;
use crate::feeds::live::source::words::gap_text;
use crate::feeds::live::source::words::seconds;
use crate::feeds::live::source::words::stale_text;
use crate::feeds::live::stamps::Skew;
use crate::feeds::live::stamps::Stamps;
use crate::market::Calendar;
use crate::market::Session;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::AlertLevel;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::StatusState;
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

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
