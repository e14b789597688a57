//! The client's side of a DTC connection.

use crate::config::Secret;
use crate::feeds::Diagnosis;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::dtc::book::Book;
use crate::feeds::dtc::book::Level;
use crate::feeds::dtc::findings::Answer;
use crate::feeds::dtc::findings::Findings;
use crate::feeds::dtc::market::Market;
use crate::feeds::dtc::market::Print;
use crate::feeds::dtc::market::Touch;
use crate::feeds::dtc::options::DtcOptions;
use crate::feeds::dtc::symbol::DtcSymbol;
use crate::feeds::dtc::words;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Endpoint;
use crate::feeds::live::Flow;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::market::Calendar;
use crate::market::Sym;
use crate::protocols::dtc::Decoder;
use crate::protocols::dtc::Encoding;
use crate::protocols::dtc::EncodingRequest;
use crate::protocols::dtc::EncodingResponse;
use crate::protocols::dtc::FeedStatus;
use crate::protocols::dtc::Heartbeat;
use crate::protocols::dtc::Hidden;
use crate::protocols::dtc::Logoff;
use crate::protocols::dtc::LogonRequest;
use crate::protocols::dtc::LogonResponse;
use crate::protocols::dtc::LogonStatus;
use crate::protocols::dtc::MarketDataRequest;
use crate::protocols::dtc::MarketDataSnapshot;
use crate::protocols::dtc::MarketDepthRequest;
use crate::protocols::dtc::Message;
use crate::protocols::dtc::RequestAction;
use crate::protocols::dtc::Text;
use crate::protocols::dtc::TradingStatus;
use crate::protocols::dtc::encode;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Src;
use crate::wire::StatusState;

/// The one connection.
const LINK: LinkId = LinkId(0);
/// How long an answer about the encoding is waited for; servers with a fixed one may give none.
const ENCODING_US: i64 = 2_000_000;
/// What is asked for in the logon: trades unbundled (0x4) and with microseconds (0x80000), quotes
/// with microseconds (0x100000), depth with milliseconds (0x80) and its snapshot short (0x800).
const DATA_BITS: i32 = 0x18_0884;

/// Where the connection is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// There is none, or it is of no more use.
    Idle,
    /// The encoding was asked for at this time, monotonic.
    Encoding { since: i64 },
    /// Logging on.
    Logon,
    /// Data flow.
    Streaming,
}

/// What is known of a symbol.
#[derive(Debug)]
struct Followed {
    symbol: DtcSymbol,
    market: Market,
    book: Book,
    status: TradingStatus,
}

/// A DTC client: logs on, follows symbols, turns market data into records.
#[derive(Debug)]
pub struct DtcClient {
    options: DtcOptions,
    calendar: Calendar,
    decoder: Decoder,
    phase: Phase,
    /// When something was sent last, monotonic.
    sent: i64,
    /// Messages that the server says it dropped for us, on this connection.
    dropped: u32,
    resubscribes: bool,
    followed: Vec<Followed>,
    check: bool,
    findings: Findings,
}

impl DtcClient {
    /// Follows the symbols of `options`. `calendar` has the Globex opens at which the tick rule
    /// starts over.
    pub fn new(options: DtcOptions, calendar: Calendar) -> Self {
        let followed = options.symbols.iter().cloned().map(|symbol| {
            let (market, book) = (Market::new(), Book::default());
            Followed { symbol, market, book, status: TradingStatus(0) }
        });
        Self {
            calendar,
            decoder: Decoder::new(Encoding::Binary),
            phase: Phase::Idle,
            sent: 0,
            dropped: 0,
            resubscribes: false,
            followed: followed.collect(),
            check: false,
            findings: Findings::new(options.symbols.len()),
            options,
        }
    }

    /// As [`DtcClient::new`], to be asked by [`probe`](crate::feeds::live::probe): a refusal is a
    /// finding and not an end.
    pub fn for_check(options: DtcOptions, calendar: Calendar) -> Self {
        Self { check: true, ..Self::new(options, calendar) }
    }

    fn send(&mut self, message: impl Into<Message>, now: Now, actions: &mut Actions) {
        let mut bytes = Vec::new();
        encode(&message.into(), self.decoder.encoding(), &mut bytes);
        actions.send(LINK, &bytes);
        self.sent = now.mono;
    }

    /// Ends the source. Data that flowed and do no more are said in the stream.
    fn fail(&mut self, failure: Failure, actions: &mut Actions) {
        if self.phase == Phase::Streaming {
            actions.status(Sym::NONE, StatusState::Down, "ended", failure.message.clone());
        }
        self.phase = Phase::Idle;
        self.findings.over = true;
        actions.fail(failure);
    }

    fn close(&mut self, reason: impl Into<String>, actions: &mut Actions) {
        self.phase = Phase::Idle;
        self.findings.over = true;
        actions.close(LINK, reason);
    }

    fn log_on(&mut self, now: Now, actions: &mut Actions) {
        let user = text_of(self.options.user.as_ref(), "MIA_DTC_USER");
        let password = text_of(self.options.password.as_ref(), "MIA_DTC_PASSWORD");
        let (username, password) = match (user, password) {
            (Ok(user), Ok(password)) => (user, password),
            (Err(failure), _) | (_, Err(failure)) => return self.fail(failure, actions),
        };
        self.phase = Phase::Logon;
        let request = LogonRequest {
            username,
            password: Hidden(password),
            integer_1: DATA_BITS,
            heartbeat_interval_in_seconds: self.options.heartbeat_s,
            client_name: Text::received("mia-feed"),
            ..LogonRequest::default()
        };
        self.send(request, now, actions);
    }

    fn message(&mut self, message: &Message, now: Now, actions: &mut Actions) {
        match message {
            Message::EncodingResponse(m) => self.encoding(m, now, actions),
            Message::LogonResponse(m) => self.logon(m, now, actions),
            Message::Logoff(m) => self.logoff(m, actions),
            Message::Heartbeat(m) => self.heartbeat(m, actions),
            Message::MarketDataFeedStatus(m) => self.feed_status(m.status, now, actions),
            Message::SymbolFeedStatus(m) => {
                self.symbol_feed_status(m.symbol_id, m.status, actions);
            }
            Message::TradingSymbolStatus(m) => self.trading(m.symbol_id, m.status, actions),
            Message::MarketDataReject(m) => {
                self.rejected(m.symbol_id, m.reject_text.as_str(), Flow::Trades, actions);
            }
            Message::MarketDepthReject(m) => {
                self.rejected(m.symbol_id, m.reject_text.as_str(), Flow::Depth, actions);
            }
            Message::MarketDataSnapshot(m) => self.snapshot(m, now, actions),
            Message::UserMessage(m) => tracing::warn!("the server says: {}", m.user_message),
            Message::GeneralLogMessage(m) => tracing::info!("the server says: {}", m.message_text),
            _ => self.data(message, now, actions),
        }
    }

    /// What the server says about its encoding. From here on it is obeyed.
    fn encoding(&mut self, m: &EncodingResponse, now: Now, actions: &mut Actions) {
        if !matches!(self.phase, Phase::Encoding { .. }) {
            return;
        }
        let Some(encoding) = Encoding::from_code(m.encoding) else {
            let failure = Failure::new(
                FailureClass::Config,
                format!("the server speaks only encoding {:?}", m.encoding),
            );
            return self.fail(failure.hint(words::SET_ENCODING), actions);
        };
        if encoding != self.options.encoding {
            tracing::info!("the server chose encoding {:?}", m.encoding);
        }
        self.decoder.switch(encoding);
        self.log_on(now, actions);
    }

    /// The answer to the logon.
    fn logon(&mut self, m: &LogonResponse, now: Now, actions: &mut Actions) {
        if self.phase != Phase::Logon {
            return;
        }
        self.findings.logon = Some(m.clone());
        match m.result {
            LogonStatus::SUCCESS => self.logged_on(m, now, actions),
            LogonStatus::ERROR_NO_RECONNECT => {
                self.fail(words::logon_refused(m.result_text.as_str()), actions);
            }
            LogonStatus::ERROR => {
                self.close(format!("the logon was refused: {}", said(&m.result_text)), actions);
            }
            LogonStatus::RECONNECT => self.sent_on(m.reconnect_address.as_str(), actions),
            other => self.close(format!("the answer to the logon is {other:?}"), actions),
        }
    }

    fn sent_on(&mut self, address: &str, actions: &mut Actions) {
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (address, Some(self.options.port)),
        };
        self.phase = Phase::Idle;
        self.findings.over = true;
        match (host.trim_matches(['[', ']']), port) {
            ("", _) | (_, None) => {
                self.close(format!("the server sends on to `{address}`, no address"), actions);
            }
            (host, Some(port)) => actions.move_to(LINK, host, port),
        }
    }

    fn logged_on(&mut self, m: &LogonResponse, now: Now, actions: &mut Actions) {
        if m.market_data_supported == 0 && !self.check {
            return self.fail(words::no_market_data(m.server_name.as_str()), actions);
        }
        if m.market_depth_is_supported == 0 && self.options.depth.is_some() && !self.check {
            return self.fail(words::no_depth(m.server_name.as_str()), actions);
        }
        self.phase = Phase::Streaming;
        self.resubscribes = m.resubscribe_when_market_data_feed_available != 0;
        tracing::info!("logged on to {}: {}", said(&m.server_name), said(&m.result_text));
        self.subscribe_all(now, actions);
        actions.ready(LINK);
    }

    fn subscribe_all(&mut self, now: Now, actions: &mut Actions) {
        for at in 0..self.followed.len() {
            self.request(at, Flow::Trades, RequestAction::SUBSCRIBE, now, actions);
            if self.options.depth.is_some() {
                self.request(at, Flow::Depth, RequestAction::SUBSCRIBE, now, actions);
            }
        }
    }

    fn request(
        &mut self,
        at: usize,
        flow: Flow,
        request_action: RequestAction,
        now: Now,
        actions: &mut Actions,
    ) {
        let Some(followed) = self.followed.get_mut(at) else { return };
        let (symbol, symbol_id) = (followed.symbol.name.clone(), id_of(at));
        if flow == Flow::Depth {
            followed.book.forget();
            let num_levels = self.options.depth.unwrap_or_default();
            let exchange = Text::default();
            let request =
                MarketDepthRequest { request_action, symbol_id, symbol, exchange, num_levels };
            self.send(request, now, actions);
        } else {
            let request = MarketDataRequest {
                request_action,
                symbol_id,
                symbol,
                ..MarketDataRequest::default()
            };
            self.send(request, now, actions);
        }
    }

    fn logoff(&mut self, m: &Logoff, actions: &mut Actions) {
        if m.do_not_reconnect == 0 {
            return self.close(format!("the server logs off: {}", said(&m.reason)), actions);
        }
        let failure = Failure::new(
            FailureClass::Unavailable,
            format!("the server logs off and forbids to come back: {}", said(&m.reason)),
        );
        self.fail(failure, actions);
    }

    fn heartbeat(&mut self, m: &Heartbeat, actions: &mut Actions) {
        if m.num_dropped_messages > self.dropped {
            let missed = m.num_dropped_messages - self.dropped;
            let text = format!("the server dropped {missed} messages because this side was slow");
            actions.status(Sym::NONE, StatusState::Gap, "dropped", text);
        }
        self.dropped = m.num_dropped_messages;
    }

    fn feed_status(&mut self, status: FeedStatus, now: Now, actions: &mut Actions) {
        if self.phase != Phase::Streaming {
            return;
        }
        match status {
            FeedStatus::UNAVAILABLE => {
                actions.suspend(LINK, "feed_unavailable", "the server has lost its market data");
            }
            FeedStatus::AVAILABLE => {
                if self.resubscribes {
                    self.subscribe_all(now, actions);
                }
                actions.ready(LINK);
            }
            other => tracing::debug!("feed status {other:?}"),
        }
    }

    fn symbol_feed_status(&mut self, id: u32, status: FeedStatus, actions: &mut Actions) {
        let Some(followed) = followed(&mut self.followed, id) else { return };
        let sym = followed.symbol.sym;
        match status {
            FeedStatus::UNAVAILABLE => {
                let text = format!("the server has no data of {sym} at present");
                actions.status(sym, StatusState::Down, "symbol_unavailable", text);
            }
            FeedStatus::AVAILABLE => {
                let text = format!("the server has data of {sym} again");
                actions.status(sym, StatusState::Up, "symbol_available", text);
            }
            other => tracing::debug!("feed status of {sym}: {other:?}"),
        }
    }

    fn trading(&mut self, id: u32, status: TradingStatus, actions: &mut Actions) {
        let Some(followed) = followed(&mut self.followed, id) else { return };
        let sym = followed.symbol.sym;
        let before = std::mem::replace(&mut followed.status, status);
        if status == before {
            return;
        }
        if status == TradingStatus::HALT {
            actions.status(sym, StatusState::Halt, "halt", format!("trading of {sym} is halted"));
        } else if before == TradingStatus::HALT {
            let text = format!("the halt of {sym} is over");
            actions.status(sym, StatusState::Up, "halt_over", text);
        }
    }

    fn rejected(&mut self, id: u32, reason: &str, flow: Flow, actions: &mut Actions) {
        let at = index_of(id);
        let Some(followed) = self.followed.get(at) else { return };
        self.findings.answer(at, Answer::Refused(reason.to_owned()));
        if !self.check {
            let failure = words::rejected(followed.symbol.name(), reason, flow);
            self.fail(failure, actions);
        }
    }

    fn snapshot(&mut self, m: &MarketDataSnapshot, now: Now, actions: &mut Actions) {
        self.trading(m.symbol_id, m.trading_status, actions);
        self.findings.answer(index_of(m.symbol_id), Answer::Served);
        let Some(followed) = followed(&mut self.followed, m.symbol_id) else { return };
        let Some(touch) = Touch::of_snapshot(m) else { return };
        match followed.market.quote(&touch, &followed.symbol, true, now.utc) {
            Ok(quote) => actions.state(LINK, quote),
            Err(refusal) => refuse(actions, followed.symbol.sym, &refusal),
        }
    }

    fn data(&mut self, message: &Message, now: Now, actions: &mut Actions) {
        let (print, touch, level) = (Print::of(message), Touch::of(message), Level::of(message));
        let id = (print.map(|m| m.id)).or(touch.map(|m| m.id)).or(level.map(|m| m.id));
        // Session values and what belongs to trading are of no interest here.
        let Some(id) = id else { return };
        let Some(Followed { symbol, market, book, .. }) = followed(&mut self.followed, id) else {
            let reason = format!("data of symbol {id}, which was not asked for");
            return actions.refuse(LINK, "bad_symbol", reason, "report it: the server mixes ids");
        };
        self.findings.answer(index_of(id), Answer::Served);
        let sym = symbol.sym;
        if let Some(print) = print {
            match market.trade(&print, symbol, &self.calendar, now.utc) {
                Ok(trade) => actions.record(LINK, trade),
                Err(refusal) => refuse(actions, sym, &refusal),
            }
        }
        if let Some(touch) = touch {
            match market.quote(&touch, symbol, false, now.utc) {
                Ok(quote) => actions.record(LINK, quote),
                Err(refusal) => refuse(actions, sym, &refusal),
            }
        }
        if let Some(level) = level {
            let (clear, depth) = book.level(&level, symbol, now.utc);
            if let Some(clear) = clear {
                actions.state(LINK, clear);
            }
            match depth {
                Ok(Some(depth)) if level.is_snapshot => actions.state(LINK, depth),
                Ok(Some(depth)) => actions.record(LINK, depth),
                Ok(None) => {}
                Err(refusal) => refuse(actions, sym, &refusal),
            }
        }
    }

    /// A server that answers in JSON what was asked in binary form is set to JSON.
    fn notice_json(&mut self, now: Now, actions: &mut Actions) {
        let binary = self.decoder.encoding() == Encoding::Binary;
        let asking = matches!(self.phase, Phase::Encoding { .. } | Phase::Logon);
        if !binary || !asking || !self.decoder.pending().starts_with(b"{\"") {
            return;
        }
        if self.options.encoding == Encoding::Binary {
            let failure = Failure::new(FailureClass::Config, "the server speaks JSON");
            return self.fail(failure.hint("add --encoding json"), actions);
        }
        self.decoder.switch(Encoding::Json);
        if matches!(self.phase, Phase::Encoding { .. }) {
            self.log_on(now, actions);
        }
    }
}

impl Client for DtcClient {
    fn name(&self) -> &'static str {
        "DTC"
    }

    fn src(&self) -> Src {
        Src::Dtc
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint {
            name: "server",
            host: self.options.host.clone(),
            port: self.options.port,
            silence_us: self.options.silence_us(),
            remedy: words::SERVER_SETTINGS.into(),
        }]
    }

    fn watched(&self) -> Vec<Watched> {
        let flows: &[Flow] = match self.options.depth {
            Some(_) => &[Flow::Trades, Flow::Depth],
            None => &[Flow::Trades],
        };
        let of = |f: &Followed| {
            let sym = f.symbol.sym;
            flows.iter().map(move |flow| Watched { link: LINK, sym, flow: *flow })
        };
        self.followed.iter().flat_map(of).collect()
    }

    fn connected(&mut self, _: LinkId, now: Now, actions: &mut Actions) {
        self.decoder = Decoder::new(Encoding::Binary);
        self.dropped = 0;
        for followed in &mut self.followed {
            followed.book.forget();
            followed.market = Market::new();
        }
        self.findings.connected = true;
        self.phase = Phase::Encoding { since: now.mono };
        let encoding = self.options.encoding.code();
        self.send(EncodingRequest { encoding, ..EncodingRequest::default() }, now, actions);
    }

    fn received(&mut self, _: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize {
        self.decoder.push(bytes);
        while self.phase != Phase::Idle {
            match self.decoder.next_message() {
                Ok(Some(message)) => self.message(&message, now, actions),
                Ok(None) => {
                    let before = self.decoder.encoding();
                    self.notice_json(now, actions);
                    if self.decoder.encoding() == before {
                        break;
                    }
                }
                Err(error) if error.is_final() => {
                    self.close(format!("what came is not the DTC protocol, {error}"), actions);
                }
                Err(error) => {
                    let remedy = "compare --encoding with the encoding of the server";
                    actions.refuse(LINK, "bad_message", error.to_string(), remedy);
                }
            }
        }
        bytes.len()
    }

    fn lost(&mut self, _: LinkId, _: Now, _: &mut Actions) {
        self.phase = Phase::Idle;
        self.findings.over = true;
    }

    fn tick(&mut self, now: Now, actions: &mut Actions) {
        match self.phase {
            Phase::Encoding { since } if now.mono - since >= ENCODING_US => {
                tracing::info!("no answer about the encoding: going on in the one asked for");
                self.decoder.switch(self.options.encoding);
                self.log_on(now, actions);
            }
            Phase::Streaming => {
                let interval = i64::from(self.options.heartbeat_s) * 1_000_000;
                // Called once a second: a heartbeat early is better than one late.
                if now.mono - self.sent > interval - 1_000_000 {
                    let current_date_time = now.utc.div_euclid(1_000_000);
                    self.send(
                        Heartbeat { num_dropped_messages: 0, current_date_time },
                        now,
                        actions,
                    );
                }
            }
            Phase::Encoding { .. } | Phase::Logon | Phase::Idle => {}
        }
    }

    fn resubscribe(&mut self, what: Watched, now: Now, actions: &mut Actions) {
        let found = self.followed.iter().position(|f| f.symbol.sym == what.sym);
        if let Some(at) = found.filter(|_| self.phase == Phase::Streaming) {
            self.request(at, what.flow, RequestAction::UNSUBSCRIBE, now, actions);
            self.request(at, what.flow, RequestAction::SUBSCRIBE, now, actions);
        }
    }

    fn is_diagnosed(&self) -> bool {
        self.findings.is_complete()
    }

    fn diagnose(&self, _: Now, diagnosis: &mut Diagnosis) {
        let names: Vec<&str> = self.followed.iter().map(|f| f.symbol.name()).collect();
        self.findings.report(&names, self.options.depth.is_some(), diagnosis);
    }
}

/// The client's number of the symbol at a place; the protocol counts from 1.
fn id_of(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

fn index_of(id: u32) -> usize {
    (id as usize).wrapping_sub(1)
}

fn followed(all: &mut [Followed], id: u32) -> Option<&mut Followed> {
    all.get_mut(index_of(id))
}

fn refuse(actions: &mut Actions, sym: Sym, refusal: &Refusal) {
    let reason = format!("{sym}: {}", refusal.reason);
    actions.refuse(LINK, refusal.code, reason, refusal.remedy);
}

/// A text of the server, or that there is none.
fn said<const N: usize>(text: &Text<N>) -> String {
    match text.as_str() {
        "" => "no reason given".into(),
        text => text.escape_debug().to_string(),
    }
}

fn text_of<const N: usize>(secret: Option<&Secret>, name: &str) -> Result<Text<N>, Failure> {
    Text::new(secret.map_or("", Secret::expose)).map_err(|error| {
        Failure::new(FailureClass::Config, format!("what {name} holds cannot be sent: {error}"))
    })
}
