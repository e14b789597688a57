//! A network whose time passes by waiting alone, and whose other side is a script.

use mia::feeds::live::Happening;
use mia::feeds::live::LinkId;
use mia::feeds::live::Network;
use mia::feeds::live::Now;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::codec;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

pub const SECOND: i64 = 1_000_000;

/// What the other side does with a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    Accept,
    Refuse,
    /// Nothing: the connection hangs.
    Hang,
}

/// What the other side says, after a delay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Bytes(Vec<u8>),
    Close,
}

/// The other side.
pub trait Peer {
    fn opened(&mut self, link: usize, port: u16, now: Now) -> Opening;
    /// After an accepted connection and after bytes, in `out` with delays in microseconds.
    fn accepted(&mut self, link: usize, now: Now, out: &mut Vec<(i64, Reply)>);
    fn heard(&mut self, link: usize, bytes: &[u8], now: Now, out: &mut Vec<(i64, Reply)>);
    /// Each second, for each connection.
    fn second(&mut self, link: usize, now: Now, out: &mut Vec<(i64, Reply)>);
}

enum Event {
    Connected,
    Failed,
    Reply(Reply),
    Second,
}

#[derive(Default)]
struct End {
    epoch: u64,
    connected: bool,
    inbound: Vec<u8>,
    closed: bool,
}

struct World<P> {
    base: i64,
    mono: i64,
    chunk: usize,
    peer: P,
    ends: Vec<End>,
    events: BTreeMap<(i64, u64), (usize, u64, Event)>,
    next: u64,
}

/// The network; clones share the world.
pub struct Scripted<P>(Rc<RefCell<World<P>>>);

impl<P> Clone for Scripted<P> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<P: Peer> Scripted<P> {
    /// A world that begins at `start`; a read gives at most `chunk` bytes.
    pub fn new(start: &str, chunk: usize, peer: P) -> Self {
        let base = start.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        let (ends, events) = (Vec::new(), BTreeMap::new());
        Self(Rc::new(RefCell::new(World { base, mono: 0, chunk, peer, ends, events, next: 0 })))
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> i64 {
        self.0.borrow().mono / SECOND
    }

    /// Looks at the other side.
    pub fn peer<R>(&self, look: impl FnOnce(&mut P) -> R) -> R {
        look(&mut self.0.borrow_mut().peer)
    }
}

impl<P: Peer> World<P> {
    fn now(&self) -> Now {
        Now { mono: self.mono, utc: self.base + self.mono }
    }

    fn end(&mut self, link: usize) -> &mut End {
        if self.ends.len() <= link {
            self.ends.resize_with(link + 1, End::default);
        }
        &mut self.ends[link]
    }

    fn plan(&mut self, after: i64, link: usize, event: Event) {
        self.next += 1;
        let epoch = self.end(link).epoch;
        self.events.insert((self.mono + after, self.next), (link, epoch, event));
    }

    fn replies(&mut self, link: usize, replies: Vec<(i64, Reply)>) {
        for (after, reply) in replies {
            self.plan(after, link, Event::Reply(reply));
        }
    }

    fn happen(&mut self, link: usize, event: Event) -> Option<Happening> {
        let (now, mut out) = (self.now(), Vec::new());
        match event {
            Event::Connected => {
                self.end(link).connected = true;
                self.peer.accepted(link, now, &mut out);
                self.replies(link, out);
                self.plan(SECOND, link, Event::Second);
                return Some(Happening::Connected(LinkId(link)));
            }
            Event::Failed => {
                let error = io::ErrorKind::ConnectionRefused.into();
                return Some(Happening::Failed(LinkId(link), error));
            }
            Event::Reply(Reply::Bytes(bytes)) => self.end(link).inbound.extend(bytes),
            Event::Reply(Reply::Close) => self.end(link).closed = true,
            Event::Second => {
                self.peer.second(link, now, &mut out);
                self.replies(link, out);
                self.plan(SECOND, link, Event::Second);
            }
        }
        None
    }
}

impl<P: Peer> Network for Scripted<P> {
    fn now(&mut self) -> Now {
        self.0.borrow().now()
    }

    fn open(&mut self, link: LinkId, _: &str, port: u16) {
        self.close(link);
        let mut world = self.0.borrow_mut();
        let now = world.now();
        match world.peer.opened(link.0, port, now) {
            Opening::Accept => world.plan(1000, link.0, Event::Connected),
            Opening::Refuse => world.plan(1000, link.0, Event::Failed),
            Opening::Hang => {}
        }
    }

    fn close(&mut self, link: LinkId) {
        let mut world = self.0.borrow_mut();
        let end = world.end(link.0);
        *end = End { epoch: end.epoch + 1, ..End::default() };
    }

    fn read(&mut self, link: LinkId, into: &mut [u8]) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        let chunk = world.chunk;
        let end = world.end(link.0);
        let count = end.inbound.len().min(chunk).min(into.len());
        into[..count].copy_from_slice(&end.inbound[..count]);
        end.inbound.drain(..count);
        if count > 0 || end.closed { Ok(count) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn write(&mut self, link: LinkId, bytes: &[u8]) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        assert!(world.end(link.0).connected, "bytes for a link that is not connected");
        let (now, mut out) = (world.now(), Vec::new());
        world.peer.heard(link.0, bytes, now, &mut out);
        world.replies(link.0, out);
        Ok(bytes.len())
    }

    fn wait(&mut self, until: i64, happenings: &mut Vec<Happening>) -> io::Result<()> {
        let mut world = self.0.borrow_mut();
        loop {
            let ready = |(at, end): (usize, &End)| {
                (end.connected && (!end.inbound.is_empty() || end.closed)).then_some(at)
            };
            let readable: Vec<_> = world.ends.iter().enumerate().filter_map(ready).collect();
            happenings.extend(readable.iter().map(|at| Happening::Readable(LinkId(*at))));
            if !happenings.is_empty() {
                return Ok(());
            }
            match world.events.first_key_value().map(|(key, _)| *key) {
                Some(key) if key.0 <= until => {
                    let (link, epoch, event) = world.events.remove(&key).unwrap();
                    world.mono = world.mono.max(key.0);
                    if world.end(link).epoch == epoch {
                        happenings.extend(world.happen(link, event));
                    }
                }
                _ => {
                    world.mono = world.mono.max(until);
                    return Ok(());
                }
            }
        }
    }
}

/// Everything that a source wrote.
#[derive(Default)]
pub struct Written {
    pub records: Vec<Record>,
}

impl SourceOut for Written {
    fn record(&mut self, record: &Record) {
        // Whatever is written must be one that the wire can say.
        codec::encode(record, &mut Vec::new()).unwrap();
        self.records.push(record.clone());
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {
        panic!("a live source copies no lines");
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Pulls until `over`, the end or a failure.
pub fn pull_until(
    source: &mut dyn Source,
    over: impl Fn(&Written) -> bool,
) -> (Vec<Record>, Result<(), Failure>) {
    let mut out = Written::default();
    let mut pulls = 0;
    let end = loop {
        match source.pull(&mut out) {
            Ok(true) if !over(&out) => {}
            Ok(_) => break Ok(()),
            Err(failure) => break Err(failure),
        }
        pulls += 1;
        assert!(pulls < 3_000_000, "a source that spins");
    };
    (out.records, end)
}
