//! One trade with its context, and the file it becomes.

use crate::market::Px;
use crate::market::Sym;
use crate::wire::Features;
use crate::wire::Leg;
use crate::wire::Levels;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Roundtrip;
use crate::wire::Signal;
use crate::wire::Stream;
use crate::wire::Verdict;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// How long the market is watched after a trade, microseconds.
const AFTER_US: i64 = 20 * 60 * 1_000_000;
/// Records of one order kept.
const EVENTS_MAX: usize = 1024;
/// Points of a path; above it every two become one.
const POINTS_MAX: usize = 512;
/// Narrowest step of a path, microseconds.
const STEP_US: i64 = 1_000_000;
/// Restarts told of one trade; the oldest are forgotten.
const RESUMED_MAX: usize = 64;

/// Where a market goes, in steps that grow when there are too many.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Route {
    /// Width of a step, microseconds.
    pub step_us: i64,
    /// Steps in which something traded.
    pub points: Vec<Point>,
}

/// A step: its beginning (microseconds UTC), first, highest, lowest and last price.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Point {
    pub ts: i64,
    pub o: Px,
    pub h: Px,
    pub l: Px,
    pub c: Px,
}

impl Route {
    pub const fn new() -> Self {
        Self { step_us: STEP_US, points: Vec::new() }
    }

    pub fn on_price(&mut self, ts: i64, px: Px) {
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

    /// Whether it can have come from here: a file may have been edited.
    fn is_sound(&self) -> bool {
        let steps = self.step_us / STEP_US;
        let is_stamp = |point: &Point| point.ts.unsigned_abs() < 1 << 60;
        self.step_us % STEP_US == 0
            && (1..1 << 32).contains(&steps)
            && self.points.len() <= POINTS_MAX
            && self.points.iter().all(is_stamp)
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
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Book {
    pub quote: Option<Quote>,
    /// Bids from the best down and asks from the best up, where depth was in the stream.
    pub bids: Vec<(Px, u64)>,
    pub asks: Vec<(Px, u64)>,
}

/// One trade with its context.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub v: u32,
    /// The first fill at the exchange, microseconds UTC.
    pub opened: Option<i64>,
    /// Where later runs went on with it, microseconds UTC: of the market before, back to the newest
    /// point of a path, nothing is known.
    pub resumed: Vec<i64>,
    /// What the stream said of itself: source, mode, origin.
    pub stream: Option<Stream>,
    pub signal: Option<Signal>,
    pub features: Option<Features>,
    pub levels: Option<Levels>,
    pub book: Book,
    pub verdict: Option<Verdict>,
    pub order: Order,
    /// Changes of it, acknowledgements, fills, cancels and rejects, in order. Read again, they come
    /// from the journal, which has all of them.
    #[serde(skip_deserializing)]
    pub events: Vec<Event>,
    /// Whether events were left out: there were too many.
    pub events_cut: bool,
    /// The market from the moment the first fill was known to the moment the close was.
    pub path: Route,
    pub outcome: Option<Roundtrip>,
    /// The market in the 20 minutes after it.
    pub after: Route,
    /// Whether those 20 minutes were over when this was written.
    pub after_complete: bool,
    #[serde(skip)]
    pub market: Sym,
    #[serde(skip)]
    pub closed: Option<i64>,
    /// Contracts that may still enter, and open ones.
    #[serde(skip)]
    pub left: (u64, u64),
    /// Prices before this are on the paths already, microseconds UTC.
    #[serde(skip)]
    pub seen: i64,
    /// Whether there is more to tell than when the file was last written.
    #[serde(skip)]
    pub news: bool,
    /// Whether this run has written the file.
    #[serde(skip)]
    pub written: bool,
}

/// A record with its kind, as on the wire.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Event(pub Record);

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
    /// Whether a file of this name can have come from here.
    pub fn is_sound(&self, name: &str) -> bool {
        let new = self.order.op == OrderOp::New && self.opened.is_some();
        new && self.path.is_sound() && self.after.is_sound() && self.name() == name
    }

    /// As it was when its order was sent, but for the paths: what happened then is told again.
    pub fn again(self, market: Sym) -> Self {
        let newest = [&self.path, &self.after].map(|route| route.points.last().map(|p| p.ts));
        Self {
            events: Vec::new(),
            events_cut: false,
            outcome: None,
            opened: None,
            closed: None,
            left: (self.order.qty, 0),
            market,
            seen: newest.into_iter().flatten().max().unwrap_or(i64::MIN),
            ..self
        }
    }

    /// A later run goes on with it at `now`, microseconds UTC.
    pub fn go_on(&mut self, now: i64) {
        if self.resumed.len() >= RESUMED_MAX {
            self.resumed.remove(0);
        }
        self.resumed.push(now);
    }

    /// The trade that it was part of is over.
    pub fn on_close(&mut self, trip: &Roundtrip) {
        self.outcome = Some(trip.clone());
        self.closed = Some(trip.closed);
        self.news = true;
    }

    pub fn on_event(&mut self, record: &Record) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(Event(record.clone()));
        } else {
            self.events_cut = true;
        }
        self.news |= matches!(record, Record::Fill(_));
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
    pub const fn is_void(&self) -> bool {
        self.opened.is_none() && self.left.0 == 0
    }

    /// Whether all that was to be watched after it is over at `now`, microseconds UTC.
    pub fn is_due(&self, now: i64) -> bool {
        self.closed.is_some_and(|closed| now > closed + AFTER_US)
    }

    pub fn on_price(&mut self, ts: i64, px: Px) {
        if ts < self.seen {
            return;
        }
        match (self.opened, self.closed) {
            (_, Some(closed)) if ts > closed && ts <= closed + AFTER_US => {
                self.after.on_price(ts, px);
            }
            (Some(opened), None) if ts >= opened => self.path.on_price(ts, px),
            _ => {}
        }
    }

    /// The file's name: entry time and signal.
    pub fn name(&self) -> String {
        let time = self.opened.and_then(|ts| Timestamp::from_microsecond(ts).ok());
        let time = time.map_or_else(String::new, |t| t.strftime("%Y%m%dT%H%M%S.%6fZ").to_string());
        let id = self.order.sig.as_deref().unwrap_or(&self.order.id);
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let id: String = id.chars().take(120).map(plain).collect();
        format!("{time}-{id}.json")
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
