//! The links of a live source: opened, held to their deadlines, lost and opened again.

use crate::feeds::live::Client;
use crate::feeds::live::LinkId;
use crate::feeds::live::Network;
use crate::feeds::live::Now;
use crate::feeds::live::backoff::HEALTH_US;
use crate::feeds::live::link::Life;
use crate::feeds::live::link::Loss;
use crate::feeds::live::source::LiveSource;
use crate::feeds::live::source::SECOND_US;
use crate::feeds::live::source::words::gap_text;
use crate::feeds::live::source::words::seconds;
use crate::market::Sym;
use crate::stream::SourceOut;
use crate::wire::Clock;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::StatusState;

impl<C: Client, N: Network> LiveSource<C, N> {
    /// Everything that is due by now.
    pub(super) fn timers(&mut self, now: Now, out: &mut dyn SourceOut) -> Result<(), Failure> {
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

    pub(super) fn link_timer(
        &mut self,
        at: usize,
        now: Now,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
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

    pub(super) fn open(&mut self, at: usize, now: Now) {
        let link = &mut self.links[at];
        link.life = Life::Connecting { until: now.mono + self.options.connect_us };
        link.inbox.clear();
        link.outbox.clear();
        self.net.open(LinkId(at), &link.endpoint.host, link.endpoint.port);
    }

    pub(super) fn connected(
        &mut self,
        id: LinkId,
        now: Now,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
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

    pub(super) fn ready(&mut self, at: usize, now: Now, out: &mut dyn SourceOut) {
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

    pub(super) fn suspend(
        &mut self,
        at: usize,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
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

    pub(super) fn move_to(
        &mut self,
        at: usize,
        host: String,
        port: u16,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
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
    pub(super) fn fail_link(
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

    pub(super) fn drop_connection(&mut self, at: usize, now: Now) {
        self.net.close(LinkId(at));
        let link = &mut self.links[at];
        let was_connected = link.is_connected();
        link.inbox.clear();
        link.outbox.clear();
        if was_connected {
            self.client.lost(LinkId(at), now, &mut self.actions);
        }
    }

    pub(super) fn lost_from(&mut self, at: usize, reason: &str, now: Now) {
        let link = &mut self.links[at];
        let loss = Loss { from_utc: link.heard.utc, noticed: now.mono, reason: reason.to_owned() };
        link.loss.get_or_insert(loss);
    }

    /// The failure that ends the source: 69, with what to look at.
    pub(super) fn gone(&self, at: usize, reason: &str) -> Failure {
        let failure =
            Failure::new(FailureClass::Unavailable, format!("{}: {reason}", self.place(at)));
        match self.links.get(at) {
            Some(link) => failure.hint(link.endpoint.remedy.clone()),
            None => failure,
        }
    }

    pub(super) fn place(&self, at: usize) -> String {
        let name = self.client.name();
        self.links.get(at).map_or_else(|| name.to_owned(), |link| link.place(name))
    }
}
