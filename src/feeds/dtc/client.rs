//! The client's side of a DTC connection.

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
use crate::feeds::dtc::session::Heard;
use crate::feeds::dtc::session::LINK;
use crate::feeds::dtc::session::Session;
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
use crate::protocols::dtc::FeedStatus;
use crate::protocols::dtc::Heartbeat;
use crate::protocols::dtc::LogonResponse;
use crate::protocols::dtc::MarketDataRequest;
use crate::protocols::dtc::MarketDataSnapshot;
use crate::protocols::dtc::MarketDepthRequest;
use crate::protocols::dtc::Message;
use crate::protocols::dtc::RequestAction;
use crate::protocols::dtc::Text;
use crate::protocols::dtc::TradingStatus;
use crate::wire::Src;
use crate::wire::StatusState;

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
    session: Session,
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
            session: Session::new(&options, true),
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

    fn message(&mut self, message: &Message, now: Now, actions: &mut Actions) {
        match message {
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

    fn logged_on(&mut self, m: &LogonResponse, now: Now, actions: &mut Actions) {
        if m.market_data_supported == 0 && !self.check {
            return self.session.fail(words::no_market_data(m.server_name.as_str()), actions);
        }
        if m.market_depth_is_supported == 0 && self.options.depth.is_some() && !self.check {
            return self.session.fail(words::no_depth(m.server_name.as_str()), actions);
        }
        self.resubscribes = m.resubscribe_when_market_data_feed_available != 0;
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
            self.session.send(request, now, actions);
        } else {
            let request = MarketDataRequest {
                request_action,
                symbol_id,
                symbol,
                ..MarketDataRequest::default()
            };
            self.session.send(request, now, actions);
        }
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
        if !self.session.is_open() {
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
            self.session.fail(failure, actions);
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
        self.dropped = 0;
        for followed in &mut self.followed {
            followed.book.forget();
            followed.market = Market::new();
        }
        self.session.connected(now, actions);
    }

    fn received(&mut self, _: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize {
        self.session.push(bytes);
        while let Some(heard) = self.session.next(now, actions) {
            match heard {
                Heard::LoggedOn(response) => self.logged_on(&response, now, actions),
                Heard::Message(message) => self.message(&message, now, actions),
            }
        }
        bytes.len()
    }

    fn lost(&mut self, _: LinkId, _: Now, _: &mut Actions) {
        self.session.lost();
    }

    fn tick(&mut self, now: Now, actions: &mut Actions) {
        self.session.tick(now, actions);
    }

    fn resubscribe(&mut self, what: Watched, now: Now, actions: &mut Actions) {
        let found = self.followed.iter().position(|f| f.symbol.sym == what.sym);
        if let Some(at) = found.filter(|_| self.session.is_open()) {
            self.request(at, what.flow, RequestAction::UNSUBSCRIBE, now, actions);
            self.request(at, what.flow, RequestAction::SUBSCRIBE, now, actions);
        }
    }

    fn is_diagnosed(&self) -> bool {
        let answered = self.session.logon.is_some() && self.findings.is_complete();
        self.session.over || answered
    }

    fn diagnose(&self, _: Now, diagnosis: &mut Diagnosis) {
        let names: Vec<&str> = self.followed.iter().map(|f| f.symbol.name()).collect();
        if self.session.connected {
            let logon = self.session.logon.as_ref();
            self.findings.report(logon, &names, self.options.depth.is_some(), diagnosis);
        }
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
