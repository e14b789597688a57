//! The session: log-in, subscriptions, readiness, silence, the roll.

use crate::feeds::iqfeed::System;
use crate::feeds::iqfeed::client::IqfeedClient;
use crate::feeds::iqfeed::client::PROTOCOL;
use crate::feeds::iqfeed::client::Port;
use crate::feeds::iqfeed::client::Talk;
use crate::feeds::iqfeed::client::book::watch_depth;
use crate::feeds::iqfeed::client::wrong_protocol;
use crate::feeds::iqfeed::fieldset::Fieldset;
use crate::feeds::live::Actions;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::market::Sym;
use crate::wire::AlertLevel;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::StatusState;

impl IqfeedClient {
    pub(super) fn system(&mut self, link: LinkId, system: System, now: Now, actions: &mut Actions) {
        let Some(talk) = self.talks.get_mut(link.0) else { return };
        match system {
            System::Protocol(version) => {
                if talk.protocol.replace(version.clone()).is_some() {
                    return;
                }
                if version != PROTOCOL {
                    return actions.fail(wrong_protocol(&version));
                }
                self.greet(link, now, actions);
            }
            System::Connected => {
                let was_ready = std::mem::take(&mut talk.ready);
                if talk.server.replace(true) == Some(false) || was_ready {
                    self.watch_again(link, now, actions);
                }
                self.try_ready(link, actions);
            }
            System::Disconnected => {
                talk.server = Some(false);
                talk.ready = false;
                let text = "IQConnect has no connection to the IQFeed servers";
                actions.suspend(link, "server_disconnected", text);
            }
            System::Service(service) => self.service(link, &service, actions),
            System::FieldNames(_) => {
                let (missing, usable) = self.level1.missing_fields();
                let text = format!("IQFeed does not send {}", missing.join(", "));
                if !usable {
                    let failure = Failure::new(FailureClass::Unavailable, text);
                    return actions.fail(failure.hint("update the IQFeed program"));
                }
                if !missing.is_empty() {
                    actions.alert(Sym::NONE, AlertLevel::Warning, "missing_fields", text);
                }
                talk.fields = true;
                self.watch_all(link, now, actions);
                self.try_ready(link, actions);
            }
            System::SymbolLimit(vendor) => self.over_limit(vendor, actions),
            System::ClearDepth(vendor, side) => self.clear_side(link, vendor, side, now, actions),
            System::Stats { connected, version } => {
                if talk.server.replace(connected) != Some(connected) {
                    let word = if connected { "connected" } else { "not connected" };
                    tracing::info!("IQConnect {version} is {word} to the IQFeed servers");
                }
                self.findings.version = Some(version);
            }
            System::Other => {}
        }
    }

    /// After the protocol is agreed on.
    pub(super) fn greet(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        let Some(port) = self.port(link) else { return };
        actions.send(link, b"S,SET CLIENT NAME,mia-feed\r\n");
        match port {
            Port::Level1 => {
                actions.send(link, Fieldset::request().as_bytes());
                actions.send(link, b"S,CONNECT\r\n");
            }
            Port::Depth => {
                actions.send(link, b"S,CONNECT\r\n");
                self.watch_all(link, now, actions);
                self.try_ready(link, actions);
            }
            Port::Lookup => actions.ready(link),
            Port::Admin => {
                if let Some(credentials) = &self.options.credentials {
                    let product = credentials.product.expose();
                    let (login, password) =
                        (credentials.login.expose(), credentials.password.expose());
                    let version = env!("CARGO_PKG_VERSION");
                    let text = format!(
                        "S,REGISTER CLIENT APP,{product},{version}\r\nS,SET LOGINID,{login}\r\n\
                         S,SET PASSWORD,{password}\r\nS,SET AUTOCONNECT,On\r\nS,CONNECT\r\n"
                    );
                    actions.send(link, text.as_bytes());
                }
                actions.send(link, b"S,CLIENTSTATS ON\r\n");
                actions.ready(link);
            }
        }
    }

    /// Asks for everything that is wanted by a link.
    pub(super) fn watch_all(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        let port = self.port(link);
        for watch in &mut self.watches {
            match port {
                Some(Port::Level1) => {
                    watch.forget_quote();
                    actions.send(link, format!("w{}\r\n", watch.contract.vendor).as_bytes());
                }
                Some(Port::Depth) => {
                    watch_depth(watch, self.options.depth, link, now, actions);
                }
                _ => {}
            }
        }
    }

    /// As [`Self::watch_all`], where the link is so far that it may ask.
    pub(super) fn watch_again(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        let is_so_far = |talk: &Talk| match talk.port {
            Port::Level1 => talk.fields,
            Port::Depth | Port::Lookup | Port::Admin => talk.protocol.is_some(),
        };
        if self.talks.get(link.0).is_some_and(is_so_far) {
            self.watch_all(link, now, actions);
        }
    }

    /// A link is ready when it has asked for its data and nothing says that the servers are away.
    pub(super) fn try_ready(&mut self, link: LinkId, actions: &mut Actions) {
        let Some(talk) = self.talks.get_mut(link.0) else { return };
        let asked = match talk.port {
            Port::Level1 => talk.fields,
            Port::Depth | Port::Lookup | Port::Admin => talk.protocol.is_some(),
        };
        if asked && !talk.ready && talk.server != Some(false) {
            talk.ready = true;
            actions.ready(link);
        }
    }

    pub(super) fn service(&mut self, link: LinkId, service: &str, actions: &mut Actions) {
        let Some(talk) = self.talks.get_mut(link.0) else { return };
        talk.server.get_or_insert(true);
        if service != "delayed" {
            return self.try_ready(link, actions);
        }
        self.findings.delayed = true;
        if self.options.allow_delayed {
            let text = "the account has delayed data";
            actions.status(Sym::NONE, StatusState::Delayed, "delayed", text);
        } else if !self.check {
            let text = "the account has delayed data only";
            actions.fail(Failure::new(FailureClass::NotPermitted, text).hint(
                "subscribe to the real-time data of the exchange, or accept late data with \
                 --allow-delayed",
            ));
        }
    }

    /// Asks something harmless where nothing was heard for half of the time allowed: silence of a
    /// quiet market and silence of a dead connection look alike.
    pub(super) fn probe_silence(&mut self, now: Now, actions: &mut Actions) {
        let half = self.options.silence_us / 2;
        for (at, talk) in self.talks.iter_mut().enumerate() {
            let silent = now.mono - talk.heard > half && now.mono - talk.asked > half;
            if talk.connected && talk.protocol.is_some() && silent {
                talk.asked = now.mono;
                let text = format!("S,SET PROTOCOL,{PROTOCOL}\r\n");
                actions.send(LinkId(at), text.as_bytes());
            }
        }
    }

    /// At the end of a session the contracts of the next one are watched.
    pub(super) fn roll(&mut self, now: Now, actions: &mut Actions) {
        if now.utc < self.rolls_at {
            return;
        }
        let session = match self.calendar.session_at_or_after(now.utc) {
            Ok(session) => session,
            Err(error) => return actions.fail(error.into()),
        };
        self.rolls_at = session.close;
        let (level1, depth) = (self.link_of(Port::Level1), self.link_of(Port::Depth));
        let by = self.options.depth;
        for watch in self.watches.iter_mut().filter(|watch| watch.wanted.rolls()) {
            let next = match watch.wanted.on(session.date) {
                Ok(next) => next,
                Err(failure) => return actions.fail(failure),
            };
            let before = watch.contract;
            if next == before {
                continue;
            }
            tracing::info!("{}", watch.wanted.explained(next));
            watch.roll(next);
            if next.vendor == before.vendor {
                continue;
            }
            if let Some(link) = level1.filter(|link| self.talks[link.0].fields) {
                let text = format!("r{}\r\nw{}\r\n", before.vendor, next.vendor);
                actions.send(link, text.as_bytes());
            }
            if let Some(link) = depth.filter(|link| self.talks[link.0].protocol.is_some()) {
                actions.send(link, format!("r{}\r\n", before.vendor).as_bytes());
                watch_depth(watch, by, link, now, actions);
            }
        }
    }
}
