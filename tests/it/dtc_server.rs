//! A DTC server made up for tests: it answers by a plan, over a network whose time passes only when
//! nothing happens, or over loopback.

use mia::config::Config;
use mia::feeds::dtc::DtcClient;
use mia::feeds::dtc::DtcHistory;
use mia::feeds::dtc::DtcOptions;
use mia::feeds::dtc::DtcPast;
use mia::feeds::dtc::DtcSymbol;
use mia::feeds::live::Client;
use mia::feeds::live::Happening;
use mia::feeds::live::LinkId;
use mia::feeds::live::LiveOptions;
use mia::feeds::live::LiveSource;
use mia::feeds::live::Network;
use mia::feeds::live::Now;
use mia::market::Calendar;
use mia::protocols::dtc::Decoder;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::EncodingResponse;
use mia::protocols::dtc::LogonResponse;
use mia::protocols::dtc::LogonStatus;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::Text;
use mia::protocols::dtc::encode;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::StreamMode;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

/// 2026-03-10 15:00 UTC, a Tuesday in regular hours.
pub const START: i64 = 1_773_154_800_000_000;
pub const SECOND: i64 = 1_000_000;

/// What the server does.
#[derive(Clone, Debug)]
pub enum Reply {
    Send(Message),
    Bytes(Vec<u8>),
    /// From here on in this encoding.
    Switch(Encoding),
    Close,
}

/// What the server does about a message of the client, by connection (counted from 1).
pub type Plan = Box<dyn FnMut(u32, &Message) -> Vec<Reply> + Send>;

pub fn send(message: impl Into<Message>) -> Reply {
    Reply::Send(message.into())
}

pub fn welcome() -> LogonResponse {
    LogonResponse {
        result: LogonStatus::SUCCESS,
        result_text: Text::new("welcome").unwrap(),
        server_name: Text::new("made up").unwrap(),
        ..LogonResponse::default()
    }
}

/// The usual answers to encoding and logon.
pub fn usual(message: &Message) -> Vec<Reply> {
    match message {
        Message::EncodingRequest(request) => {
            let encoding = request.encoding;
            let switch = Encoding::from_code(encoding).unwrap();
            let response = EncodingResponse { encoding, ..EncodingResponse::default() };
            vec![send(response), Reply::Switch(switch)]
        }
        Message::LogonRequest(_) => vec![send(welcome())],
        _ => Vec::new(),
    }
}

/// The server's side of one connection.
struct Side {
    plan: Plan,
    decoder: Decoder,
    encoding: Encoding,
    connection: u32,
    closing: bool,
    out: VecDeque<u8>,
}

impl Side {
    fn new(plan: Plan) -> Self {
        let decoder = Decoder::new(Encoding::Binary);
        let (encoding, out) = (Encoding::Binary, VecDeque::new());
        Self { plan, decoder, encoding, connection: 0, closing: false, out }
    }

    fn connect(&mut self) {
        self.connection += 1;
        self.decoder = Decoder::new(Encoding::Binary);
        self.encoding = Encoding::Binary;
        self.closing = false;
        self.out.clear();
    }

    fn hear(&mut self, bytes: &[u8], heard: &mut Vec<Message>) {
        self.decoder.push(bytes);
        while let Ok(Some(message)) = self.decoder.next_message() {
            for reply in (self.plan)(self.connection, &message) {
                let mut bytes = Vec::new();
                match reply {
                    Reply::Send(message) => encode(&message, self.encoding, &mut bytes),
                    Reply::Bytes(raw) => bytes = raw,
                    Reply::Switch(encoding) => {
                        self.encoding = encoding;
                        self.decoder.switch(encoding);
                    }
                    Reply::Close => self.closing = true,
                }
                self.out.extend(bytes);
            }
            heard.push(message);
        }
    }
}

/// What the tests look at.
#[derive(Default)]
pub struct Log {
    /// Connection, time and message of everything that the client said.
    pub heard: Vec<(u32, i64, Message)>,
    /// Host and port of every attempt to connect.
    pub opened: Vec<(String, u16)>,
}

/// A network with one made-up server; time passes only when nothing happens.
pub struct FakeNet {
    side: Side,
    now: i64,
    opening: bool,
    connected: bool,
    /// Bytes of one read at most.
    chunk: usize,
    log: Rc<RefCell<Log>>,
}

impl FakeNet {
    pub fn new(plan: Plan, chunk: usize) -> (Self, Rc<RefCell<Log>>) {
        let log = Rc::new(RefCell::new(Log::default()));
        let shared = Rc::clone(&log);
        let side = Side::new(plan);
        (Self { side, now: 0, opening: false, connected: false, chunk, log }, shared)
    }
}

impl Network for FakeNet {
    fn now(&mut self) -> Now {
        Now { mono: self.now, utc: START + self.now }
    }

    fn open(&mut self, _: LinkId, host: &str, port: u16) {
        self.log.borrow_mut().opened.push((host.to_owned(), port));
        (self.opening, self.connected) = (true, false);
    }

    fn close(&mut self, _: LinkId) {
        (self.opening, self.connected) = (false, false);
    }

    fn read(&mut self, _: LinkId, into: &mut [u8]) -> io::Result<usize> {
        if self.side.out.is_empty() {
            return if self.side.closing { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = self.chunk.min(into.len()).min(self.side.out.len());
        self.side.out.read_exact(&mut into[..count])?;
        Ok(count)
    }

    fn write(&mut self, _: LinkId, bytes: &[u8]) -> io::Result<usize> {
        let mut heard = Vec::new();
        self.side.hear(bytes, &mut heard);
        let (connection, now) = (self.side.connection, self.now);
        self.log.borrow_mut().heard.extend(heard.into_iter().map(|m| (connection, now, m)));
        Ok(bytes.len())
    }

    fn wait(&mut self, until: i64, happenings: &mut Vec<Happening>) -> io::Result<()> {
        if std::mem::take(&mut self.opening) {
            self.connected = true;
            self.side.connect();
            happenings.push(Happening::Connected(LinkId(0)));
        } else if self.connected && (!self.side.out.is_empty() || self.side.closing) {
            happenings.push(Happening::Readable(LinkId(0)));
        } else {
            // Some time passes in any wait.
            self.now = until.max(self.now + 1);
        }
        Ok(())
    }
}

/// Keeps what a source writes.
#[derive(Default)]
pub struct Kept(pub Vec<Record>);

impl SourceOut for Kept {
    fn record(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

pub fn symbols(names: &[&str]) -> Vec<DtcSymbol> {
    let config = Config::default();
    names.iter().map(|name| DtcSymbol::new(name, 1.0, &config).unwrap()).collect()
}

pub fn options() -> DtcOptions {
    DtcOptions { symbols: symbols(&["ESM26_FUT_CME"]), ..DtcOptions::new() }
}

/// What came of a run.
pub struct Run {
    pub records: Vec<Record>,
    pub end: Result<(), Failure>,
    pub log: Rc<RefCell<Log>>,
}

impl Run {
    /// The states of the source, as `state code`.
    pub fn states(&self) -> Vec<String> {
        let state = |record: &Record| match record {
            Record::Status(s) => {
                let state = format!("{:?}", s.state).to_lowercase();
                Some(format!("{state} {}", s.code.as_deref().unwrap_or_default()))
            }
            _ => None,
        };
        self.records.iter().filter_map(state).collect()
    }

    /// The types of what the client said on a connection, heartbeats left out.
    pub fn kinds(&self, connection: u32) -> Vec<u16> {
        let log = self.log.borrow();
        let of = log.heard.iter().filter(|(c, _, m)| *c == connection && m.kind() != 3);
        of.map(|(_, _, m)| m.kind()).collect()
    }

    pub fn failure(&self) -> &Failure {
        self.end.as_ref().expect_err("a failure")
    }
}

/// Runs the source over the made-up network for `seconds` of its time, or to its end.
pub fn run(options: DtcOptions, seconds: i64, chunk: usize, plan: Plan) -> Run {
    let client = DtcClient::new(options, Calendar::builtin().unwrap());
    drive(client, LiveOptions::new(&Config::default()), seconds, chunk, plan)
}

/// Asks for history over the made-up network.
pub fn past(options: DtcOptions, past: DtcPast, chunk: usize, plan: Plan) -> Run {
    let symbol = options.symbols[0].clone();
    let client = DtcHistory::new(options, symbol, past);
    let live = LiveOptions { mode: StreamMode::Replay, ..LiveOptions::new(&Config::default()) };
    drive(client, live, 300, chunk, plan)
}

fn drive<C: Client>(client: C, live: LiveOptions, seconds: i64, chunk: usize, plan: Plan) -> Run {
    let (net, log) = FakeNet::new(plan, chunk);
    let mut source = LiveSource::new(client, net, live, Calendar::builtin().unwrap());
    let mut kept = Kept::default();
    let until = START + seconds * SECOND;
    let mut pulls = 0;
    let end = loop {
        pulls += 1;
        assert!(pulls < 100_000, "the source does not come to an end: {:?}", kept.0.last());
        match source.pull(&mut kept) {
            Ok(true) if kept.0.last().is_some_and(|r| r.ts() >= until) => break Ok(()),
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    Run { records: kept.0, end, log }
}

/// Serves the first connection on a port of this machine by `plan`, in writes of `chunk` bytes.
/// Ends with the connection or after half a minute.
pub fn serve(plan: Plan, chunk: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut side = Side::new(plan);
        side.connect();
        let mut buffer = [0; 4096];
        while !side.closing {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => side.hear(&buffer[..count], &mut Vec::new()),
            }
            let out: Vec<u8> = side.out.drain(..).collect();
            for piece in out.chunks(chunk) {
                if stream.write_all(piece).is_err() {
                    return;
                }
            }
        }
    });
    port
}
