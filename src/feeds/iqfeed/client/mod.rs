//! The live client: Level 1, depth and, where there are credentials, the login.

mod book;
mod level1;
mod session;

use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::iqfeed::DepthDecoder;
use crate::feeds::iqfeed::HistoryDecoder;
use crate::feeds::iqfeed::HistoryEvent;
use crate::feeds::iqfeed::IqfeedOptions;
use crate::feeds::iqfeed::Level1Decoder;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::client::book::watch_depth;
use crate::feeds::iqfeed::diagnosis::Findings;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::iqfeed::lines::BadLine;
use crate::feeds::iqfeed::watch::Watch;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Endpoint;
use crate::feeds::live::Flow;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::market::Calendar;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Src;

/// The protocol spoken.
pub(super) const PROTOCOL: &str = "6.2";
/// What to do about a row that is refused.
pub(super) const REMEDY_OF_ROWS: &str = "is this the right symbol, and a line of protocol 6.2?";
/// How long the last level of a snapshot waits for another, microseconds.
const HELD_US: i64 = 50_000;

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Port {
    Level1,
    Depth,
    Lookup,
    Admin,
}

/// The state of a link.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub port: Port,
    pub connected: bool,
    pub protocol: Option<String>,
    /// Whether the program has a connection to the servers, where it said so.
    pub server: Option<bool>,
    /// Whether updates have the fields asked for.
    fields: bool,
    ready: bool,
    heard: i64,
    asked: i64,
}

impl Talk {
    const fn new(port: Port) -> Self {
        Self {
            port,
            connected: false,
            protocol: None,
            server: None,
            fields: false,
            ready: false,
            heard: 0,
            asked: 0,
        }
    }
}

/// The live client.
pub struct IqfeedClient {
    options: IqfeedOptions,
    calendar: Calendar,
    eastern: Eastern,
    talks: Vec<Talk>,
    watches: Vec<Watch>,
    level1: Level1Decoder,
    depth: DepthDecoder,
    /// The ports of lookup and administration speak of themselves in the same words.
    other: HistoryDecoder,
    admin: HistoryDecoder,
    rolls_at: i64,
    held_since: i64,
    check: bool,
    findings: Findings,
}

impl IqfeedClient {
    /// Watches the symbols of `options`. `now` (microseconds UTC) chooses contracts where only the
    /// product is named.
    ///
    /// # Errors
    /// A symbol whose product is not configured; a time outside the calendar.
    pub fn new(
        options: IqfeedOptions,
        config: &Config,
        calendar: Calendar,
        now: i64,
    ) -> Result<Self, Failure> {
        let session = calendar.session_at_or_after(now)?;
        let named = if options.symbols.is_empty() {
            vec![config.instrument.clone()]
        } else {
            options.symbols.clone()
        };
        let mut watches: Vec<Watch> = Vec::new();
        for text in &named {
            let wanted = Wanted::parse(text, config)?;
            let contract = wanted.on(session.date)?;
            if watches.iter().any(|watch| watch.contract.sym == contract.sym) {
                let message = format!("{} is asked for twice", contract.sym);
                return Err(Failure::new(FailureClass::Config, message).hint("once is enough"));
            }
            tracing::info!("{}", wanted.explained(contract));
            watches.push(Watch::new(wanted, contract));
        }
        let mut talks = vec![Talk::new(Port::Level1)];
        talks.extend(options.depth.map(|_| Talk::new(Port::Depth)));
        talks.extend(options.credentials.as_ref().map(|_| Talk::new(Port::Admin)));
        let eastern =
            Eastern::new().map_err(|e| Failure::new(FailureClass::Internal, e.to_string()))?;
        Ok(Self {
            options,
            calendar,
            eastern,
            talks,
            watches,
            level1: Level1Decoder::new(),
            depth: DepthDecoder::new(),
            other: HistoryDecoder::new(),
            admin: HistoryDecoder::new(),
            rolls_at: session.close,
            held_since: 0,
            check: false,
            findings: Findings::default(),
        })
    }

    /// As [`IqfeedClient::new`], to be asked by [`probe`](crate::feeds::live::probe): it looks at
    /// every port.
    ///
    /// # Errors
    /// As [`IqfeedClient::new`].
    pub fn for_check(
        options: IqfeedOptions,
        config: &Config,
        calendar: Calendar,
        now: i64,
    ) -> Result<Self, Failure> {
        let client = Self::new(options, config, calendar, now)?;
        let ports = [Port::Level1, Port::Lookup, Port::Depth, Port::Admin];
        Ok(Self { check: true, talks: ports.map(Talk::new).into(), ..client })
    }

    fn port(&self, link: LinkId) -> Option<Port> {
        self.talks.get(link.0).map(|talk| talk.port)
    }

    fn link_of(&self, port: Port) -> Option<LinkId> {
        self.talks.iter().position(|talk| talk.port == port).map(LinkId)
    }

    fn watch_of(&mut self, vendor: Sym) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.contract.vendor == vendor)
    }

    fn on_words(
        &mut self,
        link: LinkId,
        event: Result<HistoryEvent, BadLine>,
        now: Now,
        actions: &mut Actions,
    ) {
        match event {
            Ok(HistoryEvent::System(system)) => self.system(link, system, now, actions),
            Ok(HistoryEvent::Error(text)) => self.complained(&text, actions),
            // Heartbeats and whatever else these ports may say is of no use here.
            Ok(_) | Err(_) => {}
        }
    }
}

impl Client for IqfeedClient {
    fn name(&self) -> &'static str {
        "IQFeed"
    }

    fn src(&self) -> Src {
        Src::Iqf
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let options = &self.options;
        let endpoint = |talk: &Talk| {
            let (name, port) = match talk.port {
                Port::Level1 => ("level 1", options.level1_port),
                Port::Depth => ("depth", options.depth_port),
                Port::Lookup => ("lookup", options.lookup_port),
                Port::Admin => ("admin", options.admin_port),
            };
            let (host, silence_us) = (options.host.clone(), options.silence_us);
            Endpoint { name, host, port, silence_us, remedy: remedy() }
        };
        self.talks.iter().map(endpoint).collect()
    }

    fn watched(&self) -> Vec<Watched> {
        let (level1, depth) = (self.link_of(Port::Level1), self.link_of(Port::Depth));
        let of = |watch: &Watch| {
            let sym = watch.contract.sym;
            let index = watch.contract.tick.is_none();
            let flow = if index { Flow::Index } else { Flow::Trades };
            let first = level1.map(|link| Watched { link, sym, flow });
            let book = depth.filter(|_| !index);
            [first, book.map(|link| Watched { link, sym, flow: Flow::Depth })]
        };
        self.watches.iter().flat_map(of).flatten().collect()
    }

    fn connected(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        let Some(talk) = self.talks.get_mut(link.0) else { return };
        *talk = Talk { connected: true, heard: now.mono, asked: now.mono, ..Talk::new(talk.port) };
        match talk.port {
            Port::Level1 => self.level1 = Level1Decoder::new(),
            Port::Depth => self.depth = DepthDecoder::new(),
            Port::Lookup => self.other = HistoryDecoder::new(),
            Port::Admin => self.admin = HistoryDecoder::new(),
        }
        actions.send(link, format!("S,SET PROTOCOL,{PROTOCOL}\r\n").as_bytes());
    }

    fn received(&mut self, link: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize {
        let Some(talk) = self.talks.get_mut(link.0) else { return bytes.len() };
        talk.heard = now.mono;
        match talk.port {
            Port::Level1 => {
                self.level1.push(bytes);
                while let Some(event) = self.level1.next_event() {
                    match event {
                        Ok(event) => self.on_level1(link, event, now, actions),
                        Err(bad) => refused(link, bad.code, bad.to_string(), actions),
                    }
                }
            }
            Port::Depth => {
                self.depth.push(bytes);
                while let Some(event) = self.depth.next_event() {
                    match event {
                        Ok(event) => self.on_depth(link, event, now, actions),
                        Err(bad) => refused(link, bad.code, bad.to_string(), actions),
                    }
                }
            }
            Port::Lookup => {
                self.other.push(bytes);
                while let Some(event) = self.other.next_event() {
                    self.on_words(link, event, now, actions);
                }
            }
            Port::Admin => {
                self.admin.push(bytes);
                while let Some(event) = self.admin.next_event() {
                    self.on_words(link, event, now, actions);
                }
            }
        }
        bytes.len()
    }

    fn lost(&mut self, link: LinkId, _: Now, _: &mut Actions) {
        if let Some(talk) = self.talks.get_mut(link.0) {
            *talk = Talk::new(talk.port);
        }
    }

    fn tick(&mut self, now: Now, actions: &mut Actions) {
        self.roll(now, actions);
        self.release_held(now, actions);
        self.probe_silence(now, actions);
    }

    fn resubscribe(&mut self, what: Watched, now: Now, actions: &mut Actions) {
        let by = self.options.depth;
        let Some(watch) = self.watches.iter_mut().find(|w| w.contract.sym == what.sym) else {
            return;
        };
        let vendor = watch.contract.vendor;
        actions.send(what.link, format!("r{vendor}\r\n").as_bytes());
        if what.flow == Flow::Depth {
            watch_depth(watch, by, what.link, now, actions);
        } else {
            watch.forget_quote();
            actions.send(what.link, format!("w{vendor}\r\n").as_bytes());
        }
    }

    fn is_diagnosed(&self) -> bool {
        let answered = |talk: &Talk| {
            !talk.connected
                || talk.protocol.is_some() && (talk.port != Port::Admin || talk.server.is_some())
        };
        self.talks.iter().all(answered)
            && (self.watches.iter().all(|watch| watch.seen) || !self.findings.unknown.is_empty())
    }

    fn diagnose(&self, now: Now, diagnosis: &mut Diagnosis) {
        let wanted: Vec<_> = self.watches.iter().map(|watch| watch.contract).collect();
        let login = self.options.credentials.is_some();
        self.findings.tell(&self.talks, &wanted, login, &self.eastern, now, diagnosis);
    }
}

/// A row is refused.
pub(super) fn refused(
    link: LinkId,
    code: &'static str,
    reason: impl Into<String>,
    actions: &mut Actions,
) {
    actions.refuse(link, code, reason, REMEDY_OF_ROWS);
}

#[cold]
fn unknown(link: LinkId, byte: u8, actions: &mut Actions) {
    let shown = byte.escape_ascii();
    refused(link, "bad_row_kind", format!("a line that starts with `{shown}`"), actions);
}

/// What to look at when the program cannot be reached.
pub(super) fn remedy() -> String {
    "is IQConnect running and logged in? start the IQFeed program (on Linux under Wine) on this \
     computer, log in, and try again; mia-feed iqfeed --check looks at every port"
        .into()
}

pub(super) fn wrong_protocol(version: &str) -> Failure {
    let text = format!("IQFeed speaks protocol {version}, not {PROTOCOL}");
    Failure::new(FailureClass::Unavailable, text).hint("update the IQFeed program")
}
