//! The start of every DTC connection: encoding, logon, and what ends it.

use crate::config::Secret;
use crate::feeds::dtc::options::DtcOptions;
use crate::feeds::dtc::words;
use crate::feeds::live::Actions;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::market::Sym;
use crate::protocols::dtc::Decoder;
use crate::protocols::dtc::Encoding;
use crate::protocols::dtc::EncodingRequest;
use crate::protocols::dtc::EncodingResponse;
use crate::protocols::dtc::Heartbeat;
use crate::protocols::dtc::Hidden;
use crate::protocols::dtc::Logoff;
use crate::protocols::dtc::LogonRequest;
use crate::protocols::dtc::LogonResponse;
use crate::protocols::dtc::LogonStatus;
use crate::protocols::dtc::Message;
use crate::protocols::dtc::Text;
use crate::protocols::dtc::encode;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::StatusState;

/// The one connection of a client.
pub(super) const LINK: LinkId = LinkId(0);
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
    /// Logged on.
    Open,
}

/// What a client hears from its session.
#[derive(Debug)]
pub(super) enum Heard {
    /// It is logged on.
    LoggedOn(Box<LogonResponse>),
    /// A message that is not about the session.
    Message(Message),
}

/// The session of a connection: bytes and time in, messages out.
#[derive(Debug)]
pub(super) struct Session {
    encoding: Encoding,
    port: u16,
    user: Option<Secret>,
    password: Option<Secret>,
    heartbeat_s: i32,
    /// Whether the end of data is said in the stream.
    announces: bool,
    decoder: Decoder,
    phase: Phase,
    /// When something was sent last, monotonic.
    sent: i64,
    /// There was a connection.
    pub connected: bool,
    /// The connection can teach no more.
    pub over: bool,
    /// The last answer to a logon.
    pub logon: Option<LogonResponse>,
}

impl Session {
    /// Not connected. A live session says the end of its data in the stream.
    pub fn new(options: &DtcOptions, is_live: bool) -> Self {
        Self {
            encoding: options.encoding,
            port: options.port,
            user: options.user.clone(),
            password: options.password.clone(),
            heartbeat_s: options.heartbeat_s,
            announces: is_live,
            decoder: Decoder::new(Encoding::Binary),
            phase: Phase::Idle,
            sent: 0,
            connected: false,
            over: false,
            logon: None,
        }
    }

    /// Whether it is logged on.
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Sends a message in the encoding in force.
    pub fn send(&mut self, message: impl Into<Message>, now: Now, actions: &mut Actions) {
        let mut bytes = Vec::new();
        encode(&message.into(), self.decoder.encoding(), &mut bytes);
        actions.send(LINK, &bytes);
        self.sent = now.mono;
    }

    /// Ends the source. Data that flowed and do no more are said in the stream.
    pub fn fail(&mut self, failure: Failure, actions: &mut Actions) {
        if self.phase == Phase::Open && self.announces {
            actions.status(Sym::NONE, StatusState::Down, "ended", failure.message.clone());
        }
        self.lost();
        actions.fail(failure);
    }

    /// Gives the connection up.
    pub fn close(&mut self, reason: impl Into<String>, actions: &mut Actions) {
        self.lost();
        actions.close(LINK, reason);
    }

    /// A connection was made: asks for the encoding.
    pub fn connected(&mut self, now: Now, actions: &mut Actions) {
        self.decoder = Decoder::new(Encoding::Binary);
        self.connected = true;
        self.phase = Phase::Encoding { since: now.mono };
        let encoding = self.encoding.code();
        self.send(EncodingRequest { encoding, ..EncodingRequest::default() }, now, actions);
    }

    /// There is no connection, or it is of no more use.
    pub const fn lost(&mut self) {
        self.phase = Phase::Idle;
        self.over = true;
    }

    /// Bytes came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
    }

    /// Bytes that belong to no message: a compressed stream starts with them.
    pub fn take_pending(&mut self) -> Vec<u8> {
        self.decoder.take_pending()
    }

    /// The next message that is not about the session.
    pub fn next(&mut self, now: Now, actions: &mut Actions) -> Option<Heard> {
        while self.phase != Phase::Idle {
            match self.decoder.next_message() {
                Ok(Some(Message::EncodingResponse(m))) => self.encoding(&m, now, actions),
                Ok(Some(Message::LogonResponse(m))) => {
                    if let Some(heard) = self.logon(m, actions) {
                        return Some(heard);
                    }
                }
                Ok(Some(Message::Logoff(m))) => self.logoff(&m, actions),
                Ok(Some(message)) => return Some(Heard::Message(message)),
                Ok(None) => {
                    if !self.notice_json(now, actions) {
                        return None;
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
        None
    }

    /// Time passed.
    pub fn tick(&mut self, now: Now, actions: &mut Actions) {
        match self.phase {
            Phase::Encoding { since } if now.mono - since >= ENCODING_US => {
                tracing::info!("no answer about the encoding: going on in the one asked for");
                self.decoder.switch(self.encoding);
                self.log_on(now, actions);
            }
            Phase::Open => {
                let interval = i64::from(self.heartbeat_s) * 1_000_000;
                // Called once a second: a heartbeat early is better than one late.
                if now.mono - self.sent > interval - 1_000_000 {
                    let current_date_time = now.utc.div_euclid(1_000_000);
                    let heartbeat = Heartbeat { current_date_time, ..Heartbeat::default() };
                    self.send(heartbeat, now, actions);
                }
            }
            Phase::Encoding { .. } | Phase::Logon | Phase::Idle => {}
        }
    }

    fn log_on(&mut self, now: Now, actions: &mut Actions) {
        let user = text_of(self.user.as_ref(), "MIA_DTC_USER");
        let password = text_of(self.password.as_ref(), "MIA_DTC_PASSWORD");
        let (username, password) = match (user, password) {
            (Ok(user), Ok(password)) => (user, password),
            (Err(failure), _) | (_, Err(failure)) => return self.fail(failure, actions),
        };
        self.phase = Phase::Logon;
        let request = LogonRequest {
            username,
            password: Hidden(password),
            integer_1: DATA_BITS,
            heartbeat_interval_in_seconds: self.heartbeat_s,
            client_name: Text::received("mia-feed"),
            ..LogonRequest::default()
        };
        self.send(request, now, actions);
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
        if encoding != self.encoding {
            tracing::info!("the server chose encoding {:?}", m.encoding);
        }
        self.decoder.switch(encoding);
        self.log_on(now, actions);
    }

    /// The answer to the logon.
    fn logon(&mut self, m: Box<LogonResponse>, actions: &mut Actions) -> Option<Heard> {
        if self.phase != Phase::Logon {
            return None;
        }
        self.logon = Some((*m).clone());
        match m.result {
            LogonStatus::SUCCESS => {
                let (server, text) = (said(&m.server_name), said(&m.result_text));
                tracing::info!("logged on to {server}: {text}");
                self.phase = Phase::Open;
                return Some(Heard::LoggedOn(m));
            }
            LogonStatus::ERROR_NO_RECONNECT => {
                self.fail(words::logon_refused(&said(&m.result_text)), actions);
            }
            LogonStatus::ERROR => {
                self.close(format!("the logon was refused: {}", said(&m.result_text)), actions);
            }
            LogonStatus::RECONNECT => self.sent_on(m.reconnect_address.as_str(), actions),
            other => self.close(format!("the answer to the logon is {other:?}"), actions),
        }
        None
    }

    fn sent_on(&mut self, address: &str, actions: &mut Actions) {
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (address, Some(self.port)),
        };
        match (host.trim_matches(['[', ']']), port) {
            ("", _) | (_, None) => {
                let address = address.escape_debug();
                self.close(format!("the server sends on to `{address}`, no address"), actions);
            }
            (host, Some(port)) => {
                self.lost();
                actions.move_to(LINK, host, port);
            }
        }
    }

    fn logoff(&mut self, m: &Logoff, actions: &mut Actions) {
        if m.do_not_reconnect == 0 {
            return self.close(format!("the server logs off: {}", said(&m.reason)), actions);
        }
        let text = format!("the server logs off and forbids to come back: {}", said(&m.reason));
        self.fail(Failure::new(FailureClass::Unavailable, text), actions);
    }

    /// A server that answers in JSON what was asked in binary form is set to JSON. Whether
    /// reading goes on in JSON.
    fn notice_json(&mut self, now: Now, actions: &mut Actions) -> bool {
        let binary = self.decoder.encoding() == Encoding::Binary;
        let asking = matches!(self.phase, Phase::Encoding { .. } | Phase::Logon);
        if !binary || !asking || !self.decoder.pending().starts_with(b"{\"") {
            return false;
        }
        if self.encoding == Encoding::Binary {
            let failure = Failure::new(FailureClass::Config, "the server speaks JSON");
            self.fail(failure.hint("add --encoding json"), actions);
            return false;
        }
        self.decoder.switch(Encoding::Json);
        if matches!(self.phase, Phase::Encoding { .. }) {
            self.log_on(now, actions);
        }
        true
    }
}

/// A text of the server for a message, or that there is none.
pub(super) fn said<const N: usize>(text: &Text<N>) -> String {
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
