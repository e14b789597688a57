//! Snapshots: one file a trade with everything that was known and what came of it.

use crate::market::Px;
use crate::market::Sym;
use crate::matching::Listings;
use crate::wire::BadLine;
use crate::wire::BookSide;
use crate::wire::By;
use crate::wire::Depth;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Features;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Leg;
use crate::wire::Levels;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Roundtrip;
use crate::wire::SideEvent;
use crate::wire::Signal;
use crate::wire::Stage;
use crate::wire::Stream;
use crate::wire::Verdict;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Version of the files.
const VERSION: u32 = 1;
/// How long the market is watched after a trade, microseconds.
const AFTER_US: i64 = 20 * 60 * 1_000_000;
/// Signals and verdicts kept until an order names them.
const IDEAS_MAX: usize = 64;
/// Snapshots under way at once; the oldest is written early.
const OPEN_MAX: usize = 64;
/// Records of one order kept.
const EVENTS_MAX: usize = 1024;
/// Points of a path; above it every two become one.
const POINTS_MAX: usize = 512;
/// Levels of the book written a side.
const BOOK_MAX: usize = 10;
/// Levels of the book remembered a side.
const BOOK_KEPT: usize = 512;

/// Where a market goes, in steps that grow when there are too many.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct Route {
    /// Width of a step, microseconds.
    step_us: i64,
    /// Steps in which something traded.
    points: Vec<Point>,
}

/// A step: its beginning (microseconds UTC), first, highest, lowest and last price.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
struct Point {
    ts: i64,
    o: Px,
    h: Px,
    l: Px,
    c: Px,
}

impl Route {
    const fn new() -> Self {
        Self { step_us: 1_000_000, points: Vec::new() }
    }

    fn on_price(&mut self, ts: i64, px: Px) {
        let begin = ts - ts.rem_euclid(self.step_us);
        match self.points.last_mut() {
            Some(last) if last.ts == begin => {
                (last.h, last.l, last.c) = (last.h.max(px), last.l.min(px), px);
            }
            _ => self.points.push(Point { ts: begin, o: px, h: px, l: px, c: px }),
        }
        if self.points.len() > POINTS_MAX {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.step_us *= 2;
        let mut coarse: Vec<Point> = Vec::with_capacity(POINTS_MAX);
        for point in self.points.drain(..) {
            let begin = point.ts - point.ts.rem_euclid(self.step_us);
            match coarse.last_mut() {
                Some(last) if last.ts == begin => {
                    (last.h, last.l, last.c) = (last.h.max(point.h), last.l.min(point.l), point.c);
                }
                _ => coarse.push(Point { ts: begin, ..point }),
            }
        }
        self.points = coarse;
    }
}

/// The book at the decision.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct Book {
    quote: Option<Quote>,
    /// Bids from the best down and asks from the best up, where depth was in the stream.
    bids: Vec<(Px, u64)>,
    asks: Vec<(Px, u64)>,
}

/// One trade with its context.
#[derive(Clone, PartialEq, Debug, Serialize)]
struct Snapshot {
    v: u32,
    /// What the stream said of itself: source, mode, origin.
    stream: Option<Stream>,
    signal: Option<Signal>,
    features: Option<Features>,
    levels: Option<Levels>,
    book: Book,
    verdict: Option<Verdict>,
    order: Order,
    /// Changes of it, acknowledgements, fills, cancels and rejects, in order.
    events: Vec<Event>,
    /// Whether events were left out: there were too many.
    events_cut: bool,
    /// The market from the moment the first fill was known to the moment the close was.
    path: Route,
    outcome: Option<Roundtrip>,
    /// The market in the 20 minutes after it.
    after: Route,
    /// Whether those 20 minutes were over when this was written.
    after_complete: bool,
    #[serde(skip)]
    market: Sym,
    #[serde(skip)]
    opened: Option<i64>,
    #[serde(skip)]
    closed: Option<i64>,
    /// Contracts that may still enter, and open ones.
    #[serde(skip)]
    left: (u64, u64),
}

/// A record with its kind, as on the wire.
#[derive(Clone, PartialEq, Debug)]
struct Event(Record);

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = crate::wire::codec::to_line(&self.0).map_err(serde::ser::Error::custom)?;
        let text = std::str::from_utf8(&line).map_err(serde::ser::Error::custom)?;
        let raw: serde_json::Value =
            serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl Snapshot {
    fn on_event(&mut self, record: &Record) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(Event(record.clone()));
        } else {
            self.events_cut = true;
        }
        match record {
            Record::Fill(fill) if fill.leg == Leg::Entry => {
                self.opened.get_or_insert(fill.xts);
                self.left = (self.left.0.saturating_sub(fill.qty), self.left.1 + fill.qty);
            }
            Record::Fill(fill) => self.left.1 = self.left.1.saturating_sub(fill.qty),
            Record::Cancel(cancel) if cancel.leg == Leg::Entry => {
                self.left.0 = self.left.0.saturating_sub(cancel.qty);
            }
            Record::Reject(reject) if reject.order == self.order.id && self.left.1 == 0 => {
                self.left.0 = 0;
            }
            _ => {}
        }
    }

    /// Nothing came of the order: there is no trade to tell of.
    const fn is_void(&self) -> bool {
        self.opened.is_none() && self.left.0 == 0
    }

    fn on_price(&mut self, ts: i64, px: Px) {
        match (self.opened, self.closed) {
            (_, Some(closed)) if ts > closed && ts <= closed + AFTER_US => {
                self.after.on_price(ts, px);
            }
            (Some(opened), None) if ts >= opened => self.path.on_price(ts, px),
            _ => {}
        }
    }

    /// The file's name: entry time and signal.
    fn name(&self) -> String {
        let time = self.opened.and_then(|ts| Timestamp::from_microsecond(ts).ok());
        let time = time.map_or_else(String::new, |t| t.strftime("%Y%m%dT%H%M%S.%6fZ").to_string());
        let id = self.order.sig.as_deref().unwrap_or(&self.order.id);
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let id: String = id.chars().take(120).map(plain).collect();
        format!("{time}-{id}.json")
    }
}

/// A stage, watched: every trade that comes of its orders becomes a file.
///
/// The stage's output is not changed, and a file that cannot be written does not stop it: that is
/// said at the end.
#[derive(Debug)]
pub struct Snapshots<S> {
    inner: S,
    folder: PathBuf,
    listings: Listings,
    stream: Option<Stream>,
    features: Option<Features>,
    levels: Option<Levels>,
    quotes: BTreeMap<Sym, Quote>,
    bids: BTreeMap<Px, u64>,
    asks: BTreeMap<Px, u64>,
    signals: VecDeque<Signal>,
    verdicts: VecDeque<Verdict>,
    open: VecDeque<Snapshot>,
    written: u64,
    failed: Option<Failure>,
}

impl<S: Stage> Snapshots<S> {
    /// Watches `inner` and writes into `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn new(inner: S, folder: &Path, listings: Listings) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
        Ok(Self {
            inner,
            folder: folder.to_owned(),
            listings,
            stream: None,
            features: None,
            levels: None,
            quotes: BTreeMap::new(),
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            signals: VecDeque::new(),
            verdicts: VecDeque::new(),
            open: VecDeque::new(),
            written: 0,
            failed: None,
        })
    }

    /// The stage that is watched.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// Files written.
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// What is known before the stage sees the record.
    fn before(&mut self, record: &Record) {
        match record {
            Record::Stream(stream) => self.stream = Some(stream.clone()),
            Record::Features(features) => self.features = Some(features.clone()),
            Record::Levels(levels) => self.levels = Some(levels.clone()),
            Record::Signal(signal) => keep(&mut self.signals, signal.clone()),
            Record::Verdict(verdict) => keep(&mut self.verdicts, verdict.clone()),
            Record::Quote(quote) if !record.is_late() && self.listings.drives(&quote.sym) => {
                // One contract at a time is traded; a handful around a roll.
                if self.quotes.len() > 16 {
                    self.quotes.clear();
                }
                self.quotes.insert(quote.sym, *quote);
            }
            Record::Depth(depth) if self.listings.drives(&depth.sym) => self.on_depth(depth),
            Record::Order(order) if order.by == By::Risk => self.on_order(order),
            _ => {}
        }
    }

    fn on_depth(&mut self, depth: &Depth) {
        if depth.op.is_some() {
            self.bids.clear();
            self.asks.clear();
        }
        let (Some(side), Some(px), Some(size)) = (depth.bs, depth.px, depth.sz) else { return };
        let book = if side == BookSide::Bid { &mut self.bids } else { &mut self.asks };
        if size == 0 {
            book.remove(&px);
            return;
        }
        book.insert(px, size);
        if book.len() > BOOK_KEPT {
            // The level farthest from the touch.
            if side == BookSide::Bid {
                book.pop_first()
            } else {
                book.pop_last()
            };
        }
    }

    fn on_order(&mut self, order: &Order) {
        if order.op != OrderOp::New {
            let meant = |snapshot: &&mut Snapshot| {
                order.reference.as_deref().is_none_or(|id| snapshot.order.id == id)
            };
            let open = self.open.iter_mut().filter(|snapshot| snapshot.closed.is_none());
            open.filter(meant).for_each(|snapshot| snapshot.on_event(&order.clone().into()));
            return;
        }
        let Some(listing) = self.listings.find(&order.sym) else { return };
        let sig = order.sig.as_deref();
        let book = Book {
            quote: self.quotes.get(&listing.market).copied(),
            bids: self.bids.iter().rev().take(BOOK_MAX).map(|(px, size)| (*px, *size)).collect(),
            asks: self.asks.iter().take(BOOK_MAX).map(|(px, size)| (*px, *size)).collect(),
        };
        if self.open.len() == OPEN_MAX
            && let Some(oldest) = self.open.pop_front()
        {
            self.write(&oldest);
        }
        self.open.push_back(Snapshot {
            v: VERSION,
            stream: self.stream.clone(),
            signal: self.signals.iter().rev().find(|s| Some(s.id.as_str()) == sig).cloned(),
            features: self.features.clone(),
            levels: self.levels.clone(),
            book,
            verdict: self.verdicts.iter().rev().find(|v| Some(v.sig.as_str()) == sig).cloned(),
            order: order.clone(),
            events: Vec::new(),
            events_cut: false,
            path: Route::new(),
            outcome: None,
            after: Route::new(),
            after_complete: false,
            market: listing.market,
            opened: None,
            closed: None,
            left: (order.qty, 0),
        });
    }

    /// What the stage told of the record.
    fn told(&mut self, records: &[Record]) {
        for record in records {
            let order = match record {
                Record::Ack(ack) => &ack.order,
                Record::Fill(fill) => &fill.order,
                Record::Cancel(cancel) => &cancel.order,
                Record::Reject(reject) => &reject.order,
                Record::Roundtrip(trip) => {
                    self.on_roundtrip(trip);
                    continue;
                }
                _ => continue,
            };
            if let Some(snapshot) = self.open.iter_mut().find(|s| s.order.id == *order) {
                snapshot.on_event(record);
            }
        }
        self.open.retain(|snapshot| !snapshot.is_void());
    }

    fn on_roundtrip(&mut self, trip: &Roundtrip) {
        let ended = |snapshot: &&mut Snapshot| {
            snapshot.order.sym == trip.sym && snapshot.opened.is_some() && snapshot.closed.is_none()
        };
        for snapshot in self.open.iter_mut().filter(ended) {
            snapshot.outcome = Some(trip.clone());
            snapshot.closed = Some(trip.closed);
        }
    }

    /// The market moves, or time passes.
    fn after(&mut self, record: &Record) {
        if self.open.is_empty() {
            return;
        }
        match record {
            Record::Trade(trade) if trade.counts() => {
                self.on_price(&trade.sym, trade.ts, trade.px);
            }
            Record::Bar(bar) if bar.by.is_none() && !record.is_late() => {
                // Of a bar only its range is known: the worse end of a long comes first.
                for px in [bar.o, bar.l, bar.h, bar.c] {
                    self.on_price(&bar.sym, bar.ts - 1, px);
                }
            }
            Record::Quote(_) | Record::Clock(_) => {}
            _ => return,
        }
        let now = record.ts();
        let due = |s: &Snapshot| s.closed.is_some_and(|closed| now > closed + AFTER_US);
        while let Some(at) = self.open.iter().position(due) {
            if let Some(mut snapshot) = self.open.remove(at) {
                snapshot.after_complete = true;
                self.write(&snapshot);
            }
        }
    }

    fn on_price(&mut self, sym: &Sym, ts: i64, px: Px) {
        for snapshot in self.open.iter_mut().filter(|snapshot| snapshot.market == *sym) {
            snapshot.on_price(ts, px);
        }
    }

    fn write(&mut self, snapshot: &Snapshot) {
        if snapshot.opened.is_none() {
            return;
        }
        let path = self.folder.join(snapshot.name());
        match save(&path, snapshot) {
            Ok(()) => self.written += 1,
            Err(error) => {
                self.failed.get_or_insert_with(|| unwritten(&path, &error));
            }
        }
    }
}

fn keep<T>(kept: &mut VecDeque<T>, item: T) {
    if kept.len() == IDEAS_MAX {
        kept.pop_front();
    }
    kept.push_back(item);
}

/// Writes the file whole or not at all.
fn save(path: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(snapshot)?;
    text.push(b'\n');
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = File::create(&new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write the snapshot {}: {error}", path.display());
    Failure::new(FailureClass::Output, message)
        .hint("check the folder of --snapshots, its permissions and the space left")
}

/// Hears what the stage writes on its way out.
struct Tee<'a> {
    out: &'a mut dyn Emit,
    heard: Vec<Record>,
}

impl Emit for Tee<'_> {
    fn before(&mut self, record: &Record) {
        self.heard.push(record.clone());
        self.out.before(record);
    }

    fn after(&mut self, record: &Record) {
        self.heard.push(record.clone());
        self.out.after(record);
    }
}

impl<S: Stage> Stage for Snapshots<S> {
    fn by(&self) -> By {
        self.inner.by()
    }

    fn wants(&self) -> KindSet {
        self.inner.wants().and(KindSet::of(&[
            Kind::Stream,
            Kind::Features,
            Kind::Levels,
            Kind::Signal,
            Kind::Verdict,
            Kind::Order,
            Kind::Trade,
            Kind::Quote,
            Kind::Depth,
            Kind::Bar,
            Kind::Clock,
        ]))
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        self.before(record);
        if !self.inner.wants().has(record.kind()) {
            return Ok(Flow::Pass);
        }
        let mut tee = Tee { out, heard: Vec::new() };
        let flow = self.inner.on_record(record, &mut tee)?;
        let heard = tee.heard;
        // What was told happened before the record.
        if !heard.is_empty() {
            self.told(&heard);
        }
        self.after(record);
        Ok(flow)
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        let mut tee = Tee { out, heard: Vec::new() };
        let flow = self.inner.on_side(event, &mut tee)?;
        let heard = tee.heard;
        self.told(&heard);
        Ok(flow)
    }

    fn on_line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), Failure> {
        self.inner.on_line(kind, line)
    }

    fn on_bad(&mut self, bad: &BadLine<'_>) -> Result<(), Failure> {
        self.inner.on_bad(bad)
    }

    fn before_wait(&mut self, out: &mut dyn Emit) -> Result<(), Failure> {
        self.inner.before_wait(out)
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        let ended = self.inner.on_end();
        for snapshot in std::mem::take(&mut self.open) {
            self.write(&snapshot);
        }
        ended.and_then(|()| self.failed.take().map_or(Ok(()), Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_extremes_and_stays_small() {
        let mut route = Route::new();
        let px = |n: i64| Px::from_nanos(n * 250_000_000);
        for n in 0..100_000_i64 {
            route.on_price(n * 700_000, px(20_000 + n * 7919 % 1009));
        }
        assert!(route.points.len() <= POINTS_MAX);
        assert!(route.points.iter().all(|p| p.l <= p.o && p.o <= p.h && p.l <= p.c && p.c <= p.h));
        assert!(route.points.windows(2).all(|w| w[0].ts < w[1].ts));
        assert_eq!(route.points.iter().map(|p| p.h).max(), Some(px(21_008)));
        assert_eq!(route.points.iter().map(|p| p.l).min(), Some(px(20_000)));
        assert_eq!(route.points.first().map(|p| p.o), Some(px(20_000)));
    }
}
