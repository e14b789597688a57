//! Snapshots: one file a trade with everything that was known and what came of it.

mod folder;
mod snapshot;

use crate::execution::Journal;
use crate::execution::PaperStage;
use crate::execution::snapshots::folder::Folder;
use crate::execution::snapshots::snapshot::Book;
use crate::execution::snapshots::snapshot::Route;
use crate::execution::snapshots::snapshot::Snapshot;
use crate::market::Px;
use crate::market::Sym;
use crate::matching::Listings;
use crate::wire::BadLine;
use crate::wire::BookSide;
use crate::wire::By;
use crate::wire::Depth;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Features;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
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
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::path::Path;

/// Version of the files.
const VERSION: u32 = 2;
/// Signals and verdicts kept until an order names them.
const IDEAS_MAX: usize = 64;
/// Snapshots under way at once; the oldest is written early.
const OPEN_MAX: usize = 64;
/// Levels of the book written a side.
const BOOK_MAX: usize = 10;
/// Levels of the book remembered a side.
const BOOK_KEPT: usize = 512;

/// A stage, watched: every trade that comes of its orders becomes a file.
///
/// The stage's output is not changed, and a file that cannot be written does not stop it: that is
/// said at the end. The file is written at every fill, at the close and when the 20 minutes after it
/// are over. A stage that goes on with its journal goes on with the files that are not complete.
#[derive(Debug)]
pub struct Snapshots {
    inner: PaperStage,
    folder: Folder,
    /// Whether the files of an earlier run were looked for.
    resumed: bool,
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
}

impl Snapshots {
    /// Watches `inner` and writes into `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn new(inner: PaperStage, folder: &Path, listings: Listings) -> Result<Self, Failure> {
        Ok(Self {
            inner,
            folder: Folder::create(folder)?,
            resumed: false,
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
        })
    }

    /// The stage that is watched.
    pub const fn inner(&self) -> &PaperStage {
        &self.inner
    }

    /// Trades of which a file was written.
    pub const fn written(&self) -> u64 {
        self.folder.written()
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

    /// A change of what is open.
    fn on_change(&mut self, order: &Order) {
        let meant = |snapshot: &&mut Snapshot| {
            order.reference.as_deref().is_none_or(|id| snapshot.order.id == id)
        };
        let open = self.open.iter_mut().filter(|snapshot| snapshot.closed.is_none());
        open.filter(meant).for_each(|snapshot| snapshot.on_event(&order.clone().into()));
    }

    /// An order that the stage acted on.
    fn on_order(&mut self, order: &Order) {
        if order.op != OrderOp::New {
            self.on_change(order);
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
            && let Some(mut oldest) = self.open.pop_front()
        {
            self.folder.save_for_good(&mut oldest);
        }
        self.open.push_back(Snapshot {
            v: VERSION,
            opened: None,
            resumed: Vec::new(),
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
            closed: None,
            left: (order.qty, 0),
            seen: i64::MIN,
            news: false,
            written: false,
        });
    }

    /// What the stage told.
    fn told(&mut self, records: &[Record]) {
        records.iter().for_each(|record| self.hear(record));
        self.open.retain(|snapshot| !snapshot.is_void());
        // A replay comes to what the files have already: none becomes younger than it was.
        let ahead = self.inner.journal().and_then(Journal::next_recorded).is_some();
        for snapshot in &mut self.open {
            if std::mem::take(&mut snapshot.news) && !(ahead && self.folder.has(snapshot)) {
                self.folder.save(snapshot);
            }
        }
    }

    fn hear(&mut self, record: &Record) {
        let order = match record {
            Record::Ack(ack) => &ack.order,
            Record::Fill(fill) => &fill.order,
            Record::Cancel(cancel) => &cancel.order,
            Record::Reject(reject) => &reject.order,
            Record::Roundtrip(trip) => return self.on_roundtrip(trip),
            _ => return,
        };
        if let Some(snapshot) = self.open.iter_mut().find(|s| s.order.id == *order) {
            snapshot.on_event(record);
        }
    }

    fn on_roundtrip(&mut self, trip: &Roundtrip) {
        let ended = |snapshot: &&mut Snapshot| {
            snapshot.order.sym == trip.sym && snapshot.opened.is_some() && snapshot.closed.is_none()
        };
        self.open.iter_mut().filter(ended).for_each(|snapshot| snapshot.on_close(trip));
    }

    /// Goes on with the files of an earlier run, at `now` (microseconds UTC). Context and paths are
    /// from the files; what became of the orders is from the journal, which is never behind them. An
    /// order that the journal does not have is of another one, and its file is left alone.
    #[cold]
    fn go_on(&mut self, now: i64) -> Result<(), Failure> {
        let mut found = self.folder.unfinished(OPEN_MAX);
        let Some(journal) = self.inner.journal().filter(|_| !found.is_empty()) else {
            return Ok(());
        };
        let mut reader = journal.reader()?;
        // What this run has written itself is told to us anyway.
        for _ in 0..journal.recovered().records {
            let Some(entry) = reader.next_entry()? else { break };
            match entry.record {
                Record::Order(order) if order.by != By::Risk => {}
                Record::Order(order) if order.op == OrderOp::New => {
                    let market = self.listings.find(&order.sym).map(|listing| listing.market);
                    let known = found.iter().position(|snapshot| snapshot.order == order);
                    if let (Some(at), Some(market)) = (known, market) {
                        self.open.push_back(found.swap_remove(at).again(market));
                    }
                }
                Record::Order(order) => self.on_change(&order),
                record => self.hear(&record),
            }
        }
        self.open.retain(|snapshot| !snapshot.is_void());
        for snapshot in &mut self.open {
            snapshot.go_on(now);
            snapshot.news = false;
            self.folder.save(snapshot);
        }
        Ok(())
    }

    /// Orders so far that the stage did not act on.
    const fn unheeded(&self) -> u64 {
        let counts = self.inner.counts();
        counts.repeated + counts.foreign
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
        while let Some(at) = self.open.iter().position(|snapshot| snapshot.is_due(now)) {
            if let Some(mut snapshot) = self.open.remove(at) {
                snapshot.after_complete = true;
                self.folder.save_for_good(&mut snapshot);
            }
        }
    }

    fn on_price(&mut self, sym: &Sym, ts: i64, px: Px) {
        for snapshot in self.open.iter_mut().filter(|snapshot| snapshot.market == *sym) {
            snapshot.on_price(ts, px);
        }
    }
}

fn keep<T>(kept: &mut VecDeque<T>, item: T) {
    if kept.len() == IDEAS_MAX {
        kept.pop_front();
    }
    kept.push_back(item);
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

impl Stage for Snapshots {
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
        let unheeded = self.unheeded();
        let mut tee = Tee { out, heard: Vec::new() };
        let flow = self.inner.on_record(record, &mut tee);
        let heard = tee.heard;
        // A start that is refused leaves the files alone.
        if !self.resumed
            && flow.is_ok()
            && let Some(now) = self.inner.went_on()
        {
            self.resumed = true;
            self.go_on(now)?;
        }
        // What was told happened before the record.
        if !heard.is_empty() {
            self.told(&heard);
        }
        let flow = flow?;
        if let Record::Order(order) = record
            && order.by == By::Risk
            && self.unheeded() == unheeded
        {
            self.on_order(order);
        }
        // A price that the exchange did not believe is on no path.
        if self.inner.exchange().believed() {
            self.after(record);
        }
        Ok(flow)
    }

    fn on_side(&mut self, event: &SideEvent, out: &mut dyn Emit) -> Result<Flow, Failure> {
        let mut tee = Tee { out, heard: Vec::new() };
        let flow = self.inner.on_side(event, &mut tee);
        let heard = tee.heard;
        self.told(&heard);
        flow
    }

    fn on_line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), Failure> {
        self.inner.on_line(kind, line)
    }

    fn on_bad(&mut self, bad: &BadLine<'_>) -> Result<(), Failure> {
        self.inner.on_bad(bad)
    }

    fn before_wait(&mut self, out: &mut dyn Emit) -> Result<(), Failure> {
        // Nothing is there to be done: the one moment at which a disk may be waited for.
        self.folder.sync();
        self.inner.before_wait(out)
    }

    fn on_end(&mut self) -> Result<(), Failure> {
        let ended = self.inner.on_end();
        for mut snapshot in std::mem::take(&mut self.open) {
            self.folder.save_for_good(&mut snapshot);
        }
        self.folder.sync();
        ended.and_then(|()| self.folder.take_failure().map_or(Ok(()), Err))
    }
}
