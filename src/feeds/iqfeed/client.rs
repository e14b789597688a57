//! The live client: Level 1, depth and, where there are credentials, the login.

use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::iqfeed::DepthBy;
use crate::feeds::iqfeed::DepthDecoder;
use crate::feeds::iqfeed::DepthEvent;
use crate::feeds::iqfeed::HistoryDecoder;
use crate::feeds::iqfeed::HistoryEvent;
use crate::feeds::iqfeed::IqfeedOptions;
use crate::feeds::iqfeed::Level1Decoder;
use crate::feeds::iqfeed::Level1Event;
use crate::feeds::iqfeed::System;
use crate::feeds::iqfeed::Update;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::book::Change;
use crate::feeds::iqfeed::diagnosis::Findings;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::iqfeed::fieldset::Fieldset;
use crate::feeds::iqfeed::level1::Correction;
use crate::feeds::iqfeed::lines::BadLine;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::watch::Watch;
use crate::feeds::iqfeed::watch::no_time;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Endpoint;
use crate::feeds::live::Flow;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::market::Calendar;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::AlertLevel;
use crate::wire::BookSide;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::StatusState;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

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

    fn on_level1(&mut self, link: LinkId, event: Level1Event, now: Now, actions: &mut Actions) {
        match event {
            Level1Event::Update(update) => self.update(link, &update, now, actions),
            Level1Event::Correction(correction) => self.correct(link, &correction, now, actions),
            Level1Event::Time(local) => {
                self.findings.heard_time(local, now);
                self.try_ready(link, actions);
            }
            Level1Event::System(system) => self.system(link, system, now, actions),
            Level1Event::NotFound(name) => self.not_found(&name, actions),
            Level1Event::Error(text) => self.complained(&text, actions),
            Level1Event::Ignored(_) => {}
            Level1Event::Unknown(byte) => unknown(link, byte, actions),
        }
    }

    fn on_depth(&mut self, link: LinkId, event: DepthEvent, now: Now, actions: &mut Actions) {
        match event {
            DepthEvent::Time(_) => self.try_ready(link, actions),
            DepthEvent::System(system) => self.system(link, system, now, actions),
            DepthEvent::NoDepth(name) => self.no_depth(&name, actions),
            DepthEvent::NotFound(name) => self.not_found(&name, actions),
            DepthEvent::Error(text) => self.complained(&text, actions),
            DepthEvent::Ignored(_) => {}
            DepthEvent::Unknown(byte) => unknown(link, byte, actions),
            of_book => {
                if let Err(fault) = self.on_book(link, &of_book, now, actions) {
                    refused(link, fault.code, fault.reason, actions);
                }
            }
        }
    }

    fn on_book(
        &mut self,
        link: LinkId,
        event: &DepthEvent,
        now: Now,
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        let eastern = &mut self.eastern;
        let (symbol, at, snapshot) = match *event {
            DepthEvent::Order { symbol, at, snapshot, .. }
            | DepthEvent::Level { symbol, at, snapshot, .. } => (symbol, at, snapshot),
            DepthEvent::OrderGone { symbol, at, .. } | DepthEvent::LevelGone { symbol, at, .. } => {
                (symbol, at, false)
            }
            _ => return Ok(()),
        };
        let Some(watch) = self.watches.iter_mut().find(|w| w.contract.vendor == symbol) else {
            return Ok(());
        };
        watch.seen = true;
        let ts = eastern.recent(at, now.utc).map_err(|e| no_time(&e))?;
        let changes: [Option<Change>; 2] = match *event {
            DepthEvent::Order { id, side, px, size, .. } => {
                let (left, own) = watch.book.order(id, side, px, size).ok_or_else(|| Fault {
                    code: "bad_row_book",
                    reason: format!("the book of {symbol} has too many orders"),
                })?;
                [left, Some(own)]
            }
            DepthEvent::OrderGone { id, .. } => [None, watch.book.order_gone(id)],
            DepthEvent::Level { side, px, size, .. } => {
                [None, Some(watch.book.level(side, px, size))]
            }
            DepthEvent::LevelGone { side, px, .. } => [None, Some(watch.book.level(side, px, 0))],
            _ => [None, None],
        };
        if snapshot {
            self.held_since = now.mono;
        } else {
            release(watch, link, actions);
        }
        // The own level comes last and ends the batch; in a snapshot the newest is held back until
        // it is known whether another follows.
        for (change, last) in changes.into_iter().zip([false, true]) {
            let Some(change) = change else { continue };
            let depth = watch.depth(change, ts, last && !snapshot)?;
            if snapshot {
                let before = watch.held.replace(depth);
                if let Some(depth) = before {
                    actions.state(link, depth);
                }
            } else {
                actions.record(link, depth);
            }
        }
        Ok(())
    }

    fn update(&mut self, link: LinkId, update: &Update, now: Now, actions: &mut Actions) {
        let eastern = &mut self.eastern;
        let vendor = update.symbol;
        let Some(watch) = self.watches.iter_mut().find(|w| w.contract.vendor == vendor) else {
            return;
        };
        watch.seen = true;
        self.findings.saw(watch.contract, update);
        for record in [watch.trade(update, eastern, now), watch.quote(update, eastern, now)] {
            match record {
                Ok(Some(record)) if update.summary => actions.state(link, record),
                Ok(Some(record)) => actions.record(link, record),
                Ok(None) => {}
                Err(fault) => refused(link, fault.code, fault.reason, actions),
            }
        }
    }

    /// A trade that is added is written as one that forms no price; one that is taken out cannot be
    /// taken out of a stream, so it is said.
    fn correct(&mut self, link: LinkId, correction: &Correction, now: Now, actions: &mut Actions) {
        let Some(sym) = self.watch_of(correction.symbol).map(|watch| watch.contract.sym) else {
            return;
        };
        let ts = match self.eastern.recent(correction.at, now.utc) {
            Ok(ts) => ts,
            Err(error) => return refused(link, "bad_row_time", error.to_string(), actions),
        };
        let Correction { px, size, tick_id, .. } = *correction;
        if !correction.insert || size == 0 {
            let text = format!("IQFeed took out a trade of {sym}: {size} at {px}, stamped {ts}");
            return actions.alert(sym, AlertLevel::Warning, "trade_removed", text);
        }
        actions.record(
            link,
            Record::Trade(Trade {
                ts,
                sym,
                px,
                sz: size,
                side: Side::None,
                ss: SideSource::None,
                seq: tick_id,
                src: Src::Iqf,
                vts: None,
                rx: None,
                flags: TradeFlags::default().with(TradeFlag::NotPrice),
            }),
        );
    }

    fn system(&mut self, link: LinkId, system: System, now: Now, actions: &mut Actions) {
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
    fn greet(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
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
    fn watch_all(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
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
    fn watch_again(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        let is_so_far = |talk: &Talk| match talk.port {
            Port::Level1 => talk.fields,
            Port::Depth | Port::Lookup | Port::Admin => talk.protocol.is_some(),
        };
        if self.talks.get(link.0).is_some_and(is_so_far) {
            self.watch_all(link, now, actions);
        }
    }

    /// A link is ready when it has asked for its data and nothing says that the servers are away.
    fn try_ready(&mut self, link: LinkId, actions: &mut Actions) {
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

    fn service(&mut self, link: LinkId, service: &str, actions: &mut Actions) {
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

    fn not_found(&mut self, name: &str, actions: &mut Actions) {
        self.findings.unknown.push(name.to_owned());
        let watch = self.watches.iter().find(|watch| watch.contract.vendor.as_str() == name);
        let Some(watch) = watch.filter(|_| !self.check) else { return };
        let text = format!("IQFeed does not know the symbol {name}");
        if watch.seen {
            let sym = watch.contract.sym;
            actions.status(sym, StatusState::Down, "unknown_symbol", text.clone());
            actions.alert(sym, AlertLevel::Critical, "unknown_symbol", text);
        } else {
            actions.fail(
                Failure::new(FailureClass::Config, text).hint(
                    "name a contract that is listed, for example ESZ25 (asked for as @ESZ25)",
                ),
            );
        }
    }

    fn over_limit(&mut self, vendor: Sym, actions: &mut Actions) {
        let Some((sym, seen)) = self.watch_of(vendor).map(|w| (w.contract.sym, w.seen)) else {
            return;
        };
        let text = format!("the account may watch no further symbol: {vendor} is refused");
        if seen {
            actions.status(sym, StatusState::Down, "symbol_limit", text.clone());
            actions.alert(sym, AlertLevel::Critical, "symbol_limit", text);
        } else {
            actions.fail(
                Failure::new(FailureClass::Config, text)
                    .hint("stop watching symbols elsewhere, or raise the limit of the account"),
            );
        }
    }

    fn no_depth(&mut self, name: &str, actions: &mut Actions) {
        self.findings.without_depth.push(name.to_owned());
        let sym = Sym::new(name).and_then(|vendor| self.watch_of(vendor));
        let sym = sym.map_or(Sym::NONE, |watch| watch.contract.sym);
        let text = format!("IQFeed has no market depth of {name}: is it in the subscription?");
        actions.alert(sym, AlertLevel::Warning, "no_depth", text);
    }

    fn complained(&mut self, text: &str, actions: &mut Actions) {
        self.findings.complaints.push(text.to_owned());
        self.findings.complaints.truncate(10);
        let text = format!("IQFeed says: {text}");
        actions.alert(Sym::NONE, AlertLevel::Warning, "iqfeed_error", text);
    }

    fn clear_side(
        &mut self,
        link: LinkId,
        vendor: Sym,
        side: BookSide,
        now: Now,
        actions: &mut Actions,
    ) {
        let Some(watch) = self.watch_of(vendor) else { return };
        release(watch, link, actions);
        let gone = watch.book.clear_side(side);
        for (index, change) in gone.iter().enumerate() {
            if let Ok(depth) = watch.depth(*change, now.utc, index + 1 == gone.len()) {
                actions.state(link, depth);
            }
        }
    }

    /// Asks something harmless where nothing was heard for half of the time allowed: silence of a
    /// quiet market and silence of a dead connection look alike.
    fn probe_silence(&mut self, now: Now, actions: &mut Actions) {
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
    fn roll(&mut self, now: Now, actions: &mut Actions) {
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

    fn release_held(&mut self, now: Now, actions: &mut Actions) {
        let Some(link) = self.link_of(Port::Depth) else { return };
        if now.mono - self.held_since > HELD_US {
            self.watches.iter_mut().for_each(|watch| release(watch, link, actions));
        }
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

/// Writes the level that is held: nothing more of the snapshot comes.
fn release(watch: &mut Watch, link: LinkId, actions: &mut Actions) {
    if let Some(mut depth) = watch.held.take() {
        depth.eob = true;
        actions.state(link, depth);
    }
}

fn watch_depth(
    watch: &mut Watch,
    by: Option<DepthBy>,
    link: LinkId,
    now: Now,
    actions: &mut Actions,
) {
    if watch.contract.tick.is_none() {
        return;
    }
    let command = if by == Some(DepthBy::Order) { "WOR" } else { "WPL" };
    actions.send(link, format!("{command},{}\r\n", watch.contract.vendor).as_bytes());
    let clear = watch.clear_book(now);
    actions.state(link, clear);
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
