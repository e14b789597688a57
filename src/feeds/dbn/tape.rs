//! What the records of a DBN file mean: trades, quotes, books, bars, names, halts.

use crate::config::Config;
use crate::feeds::Refusal;
use crate::feeds::dbn::book::Change;
use crate::feeds::dbn::book::OrderBook;
use crate::feeds::dbn::book::Top;
use crate::feeds::dbn::contracts::Contracts;
use crate::feeds::dbn::contracts::Wanted;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Failure;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use dbn::BboMsg;
use dbn::MboMsg;
use dbn::Mbp1Msg;
use dbn::Mbp10Msg;
use dbn::Metadata;
use dbn::OhlcvMsg;
use dbn::RecordHeader;
use dbn::StatusAction;
use dbn::StatusMsg;
use dbn::TradeMsg;
use dbn::UNDEF_PRICE;
use dbn::UNDEF_TIMESTAMP;
use dbn::enums::rtype;
use dbn::flags;
use std::collections::BTreeMap;

const US_PER_S: i64 = 1_000_000;
/// Changed levels held back until the end of an exchange event; beyond, they are told in between.
const HELD_MAX: usize = 1 << 16;

/// What the user decides about DBN files.
#[derive(Clone, Debug)]
pub struct DbnSettings {
    /// Products with their ticks.
    pub config: Config,
    /// Contracts that are written; none means all. `ESH4` and `ESH24` are the same.
    pub syms: Vec<Sym>,
    /// Phase written into the stream records.
    pub phase: StreamPhase,
}

/// What was seen in the files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DbnCounts {
    /// Records of every type.
    pub records: u64,
    /// Trades with their volume.
    pub trades: u64,
    /// Contracts traded.
    pub volume: u64,
    /// Records of a type that has no meaning on the wire, by its name.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Cancels and changes of orders that the file had not shown.
    pub unknown_orders: u64,
    /// Quotes whose bid and ask met or crossed.
    pub crossed: u64,
    /// Records older than the newest by more than the lateness: kept and marked.
    pub late: u64,
    actions: [u64; 27],
}

impl DbnCounts {
    /// Trades, quotes and orders with this action, `A` to `Z`.
    pub fn of_action(&self, action: char) -> u64 {
        let index = (action as usize).wrapping_sub('A' as usize);
        self.actions[..26].get(index).copied().unwrap_or(0)
    }

    /// Definitions and mappings of symbols, which only name.
    pub fn of_definitions(&self) -> u64 {
        ["definition", "symbol mapping"].iter().filter_map(|what| self.ignored.get(what)).sum()
    }

    #[inline]
    fn count_action(&mut self, action: u8) {
        self.actions[usize::from(action.wrapping_sub(b'A').min(26))] += 1;
    }
}

/// When a record was captured and when its event was, nanoseconds UTC.
#[derive(Clone, Copy)]
struct Times {
    recv: u64,
    event: u64,
}

impl Times {
    /// The stamp by which the file is ordered; `None` if there is none.
    #[inline]
    const fn order(self) -> Option<u64> {
        match (self.recv, self.event) {
            (UNDEF_TIMESTAMP, UNDEF_TIMESTAMP) => None,
            (UNDEF_TIMESTAMP, event) => Some(event),
            (recv, _) => Some(recv),
        }
    }

    /// The exchange's stamp, microseconds, where it is another.
    #[inline]
    const fn vendor(self, ts: i64) -> Option<i64> {
        let event = micros(self.event);
        if self.event == UNDEF_TIMESTAMP || event == ts { None } else { Some(event) }
    }
}

/// Where in its input a record is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Line of a text, or offset of the record in bytes.
    pub at: u64,
    /// Whether it is a line.
    pub line: bool,
}

/// Interprets the records of the files, in order.
#[derive(Debug)]
pub(super) struct Tape {
    settings: DbnSettings,
    contracts: Contracts,
    counts: DbnCounts,
    newest: i64,
    run: String,
    changes: Vec<Change>,
    /// Of the record in hand.
    pub place: Place,
}

impl Tape {
    /// Nothing seen so far.
    pub fn new(settings: DbnSettings) -> Self {
        let contracts = Contracts::new(settings.syms.clone());
        Self {
            settings,
            contracts,
            counts: DbnCounts::default(),
            newest: i64::MIN,
            run: String::new(),
            changes: Vec::new(),
            place: Place::default(),
        }
    }

    /// What was seen.
    pub const fn counts(&self) -> &DbnCounts {
        &self.counts
    }

    /// Contracts seen: name on the wire, whether it is written, records left out.
    pub fn contracts(&self) -> impl Iterator<Item = (Sym, Wanted, u64)> {
        self.contracts.iter().map(|c| (c.sym, c.wanted, c.left_out))
    }

    /// Takes the metadata at the head of a file.
    pub fn metadata(&mut self, metadata: &Metadata) {
        self.contracts.on_metadata(metadata);
        if self.run.is_empty() {
            let schema = metadata.schema.map_or("mixed", |schema| schema.as_str());
            let symbols = metadata.symbols.join(",");
            let start = metadata.start.to_le_bytes();
            let dataset = metadata.dataset.as_bytes();
            self.run = run_id(&[b"dbn", dataset, schema.as_bytes(), symbols.as_bytes(), &start]);
        }
    }

    /// Names the stream of a text, which has no metadata, by its first line.
    pub fn first_line(&mut self, line: &[u8]) {
        if self.run.is_empty() {
            self.run = run_id(&[b"dbn text", line]);
        }
    }

    /// Takes the name of an instrument, from a definition or a mapping.
    pub fn name(&mut self, id: u32, from: u64, until: u64, name: &str) {
        if !name.is_empty() {
            self.contracts.name(id, from, until, name);
        }
    }

    /// Counts a record that has no meaning on the wire.
    pub fn ignore(&mut self, what: &'static str) {
        *self.counts.ignored.entry(what).or_default() += 1;
    }

    /// Counts a record, whatever it is.
    #[inline]
    pub const fn count(&mut self) {
        self.counts.records += 1;
    }

    /// A record of schema trades.
    #[inline]
    pub fn trade(
        &mut self,
        msg: &TradeMsg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        self.counts.count_action(msg.action as u8);
        match self.begin(&msg.hd, times, given, sink)? {
            Some(ts) if msg.action as u8 == b'T' => self.print(ts, times, msg, sink),
            _ => Ok(()),
        }
    }

    /// A record of schema mbp-1 or tbbo: its quote is the book after a change, but before a trade.
    pub fn top(
        &mut self,
        msg: &Mbp1Msg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        self.counts.count_action(msg.action as u8);
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        let is_trade = msg.action as u8 == b'T';
        self.doubt(ts, msg.flags.raw(), sink)?;
        if is_trade || msg.flags.is_last() {
            self.quote(ts, times.vendor(ts), Top::of(&msg.levels[0]), true, sink)?;
        }
        if is_trade {
            let trade = trade_in(&msg.hd, msg.price, msg.size, msg.side, msg.sequence);
            self.print(ts, times, &trade, sink)?;
        }
        Ok(())
    }

    /// A record of schema mbp-10.
    pub fn ten_levels(
        &mut self,
        msg: &Mbp10Msg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        self.counts.count_action(msg.action as u8);
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        let is_trade = msg.action as u8 == b'T';
        self.doubt(ts, msg.flags.raw(), sink)?;
        if is_trade || msg.flags.is_last() {
            let mut changes = std::mem::take(&mut self.changes);
            let mut starts_over = false;
            if let Some(contract) = self.contracts.current() {
                starts_over = contract.levels.is_new();
                contract.levels.changes(&msg.levels, &mut changes);
            }
            self.changes = changes;
            self.tell_levels(ts, starts_over, true, sink)?;
            self.quote(ts, times.vendor(ts), Top::of(&msg.levels[0]), true, sink)?;
        }
        if is_trade {
            let trade = trade_in(&msg.hd, msg.price, msg.size, msg.side, msg.sequence);
            self.print(ts, times, &trade, sink)?;
        }
        Ok(())
    }

    /// A record of schema bbo-1s or bbo-1m: the quote at the end of its interval, said again where
    /// it is the same. Its price and size are those of an older trade: no new volume.
    pub fn sampled(
        &mut self,
        msg: &BboMsg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        self.doubt(ts, msg.flags.raw(), sink)?;
        self.quote(ts, None, Top::of(&msg.levels[0]), false, sink)
    }

    /// A record of schema mbo.
    pub fn order(
        &mut self,
        msg: &MboMsg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        let (action, bits) = (msg.action as u8, msg.flags.raw());
        self.counts.count_action(action);
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        self.doubt(ts, bits, sink)?;
        match action {
            b'T' => {
                let trade = trade_in(&msg.hd, msg.price, msg.size, msg.side, msg.sequence);
                self.print(ts, times, &trade, sink)?;
            }
            b'A' | b'C' | b'M' | b'R' => self.apply(ts, msg, sink)?,
            // F repeats the volume of its T for the resting order, N changes nothing.
            _ => {}
        }
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let Some(book) = &mut contract.book else { return Ok(()) };
        let ends = bits & flags::LAST != 0;
        if ends || book.held() > HELD_MAX {
            let starts_over = book.take_cleared();
            book.changes(&mut self.changes);
            let top = book.top();
            self.tell_levels(ts, starts_over, ends, sink)?;
            if ends {
                self.quote(ts, times.vendor(ts), top, true, sink)?;
            }
        }
        Ok(())
    }

    /// Applies an order record to the book of its contract.
    fn apply(&mut self, ts: i64, msg: &MboMsg, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let action = msg.action as u8;
        if matches!(action, b'A' | b'M')
            && let Some(refusal) = bad_price(msg.price, contract.tick, "price")
            && msg.price != UNDEF_PRICE
        {
            return self.refuse(&refusal, sink);
        }
        let book = contract.book.get_or_insert_with(|| Box::new(OrderBook::new()));
        let side = if msg.side as u8 == b'A' { BookSide::Ask } else { BookSide::Bid };
        let size = u64::from(msg.size);
        let known = match action {
            b'R' => {
                book.clear();
                contract.incomplete = false;
                true
            }
            b'C' => book.cancel(msg.order_id, size),
            _ if msg.flags.raw() & flags::TOB != 0 => {
                book.replace_side(side, msg.price, size);
                true
            }
            b'M' => book.modify(msg.order_id, side, msg.price, size),
            _ => {
                book.add(msg.order_id, side, msg.price, size);
                true
            }
        };
        if known {
            return Ok(());
        }
        self.counts.unknown_orders += 1;
        if std::mem::replace(&mut contract.incomplete, true) {
            return Ok(());
        }
        let sym = contract.sym;
        Self::status(
            ts,
            sym,
            StatusState::Gap,
            "book_incomplete",
            "an order changed that was not in the file: its book starts without a snapshot, or \
             records are missing",
            sink,
        )
    }

    /// A bar: the record is stamped at its end.
    pub fn bar(
        &mut self,
        msg: &OhlcvMsg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let dur: u32 = match msg.hd.rtype {
            rtype::OHLCV_1S => 1,
            rtype::OHLCV_1M => 60,
            rtype::OHLCV_1H => 3600,
            rtype::OHLCV_1D => 86_400,
            _ => {
                self.ignore("bar without a fixed length");
                return Ok(());
            }
        };
        let start = msg.hd.ts_event;
        let end = start.saturating_add(u64::from(dur) * 1_000_000_000);
        let end = if start == UNDEF_TIMESTAMP { start } else { end };
        let times = Times { recv: end, event: end };
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let (sym, tick) = (contract.sym, contract.tick);
        let prices =
            [("open", msg.open), ("high", msg.high), ("low", msg.low), ("close", msg.close)];
        let refusal =
            prices.iter().find_map(|(name, px)| bad_price(*px, tick, name)).or_else(|| {
                let whole = msg.high >= msg.open.max(msg.close)
                    && msg.low <= msg.open.min(msg.close)
                    && ts % (i64::from(dur) * US_PER_S) == 0;
                (!whole || msg.volume == 0).then(|| Refusal {
                    code: "dbn_bar",
                    reason: format!("no bar: {msg:?}").chars().take(200).collect(),
                    remedy: "compare the record with its source",
                })
            });
        if let Some(refusal) = refusal {
            return self.refuse(&refusal, sink);
        }
        let [o, h, l, c] = prices.map(|(_, px)| Px::from_nanos(px));
        let (by, ct, flags) = (None, None, self.flags(ts));
        let (bv, av, n, v) = (None, None, None, msg.volume);
        let src = Some(Src::Dbn);
        sink.record(&Record::Bar(Bar {
            ts,
            sym,
            by,
            ct,
            dur,
            o,
            h,
            l,
            c,
            v,
            bv,
            av,
            n,
            src,
            flags,
        }))
    }

    /// A change of the state of trading: halts, and trading itself.
    pub fn trading_state(
        &mut self,
        msg: &StatusMsg,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let (state, code, text) = match msg.action() {
            Ok(StatusAction::Trading) => (StatusState::Up, "trading", "the exchange trades"),
            Ok(StatusAction::Halt) => (StatusState::Halt, "halt", "trading is halted"),
            Ok(StatusAction::Pause) => (StatusState::Halt, "pause", "trading is paused"),
            Ok(StatusAction::Suspend) => (StatusState::Halt, "suspend", "trading is suspended"),
            _ => {
                self.ignore("status of another phase");
                return Ok(());
            }
        };
        let times = Times { recv: msg.ts_recv, event: msg.hd.ts_event };
        let Some(ts) = self.begin(&msg.hd, times, given, sink)? else { return Ok(()) };
        let sym = self.contracts.current().map_or(Sym::NONE, |contract| contract.sym);
        Self::status(ts, sym, state, code, text, sink)
    }

    /// Finds the contract of a record and its stamp, announces the contract if it is new; `None` if
    /// the record is not to be written.
    #[inline]
    fn begin(
        &mut self,
        hd: &RecordHeader,
        times: Times,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<Option<i64>, Failure> {
        let Some(at) = times.order() else {
            let refusal = Refusal {
                code: "dbn_no_time",
                reason: "a record without any time".into(),
                remedy: "compare the record with its source",
            };
            return self.refuse(&refusal, sink).map(|()| None);
        };
        if !self.contracts.find(hd.instrument_id, at, given, &self.settings.config)? {
            let refusal = Refusal {
                code: "dbn_unnamed",
                reason: format!("nothing names instrument {} at this time", hd.instrument_id),
                remedy: "give the file with its metadata, the text with `-s` (map symbols), or \
                         the contract with --sym",
            };
            return self.refuse(&refusal, sink).map(|()| None);
        }
        let ts = micros(at);
        let Some(contract) = self.contracts.current() else { return Ok(None) };
        if contract.wanted != Wanted::Yes {
            contract.left_out += 1;
            return Ok(None);
        }
        if !contract.announced {
            contract.announced = true;
            let sym = contract.sym;
            sink.record(&Record::Stream(self.stream(ts, sym)))?;
        }
        if ts > self.newest {
            self.newest = ts;
        }
        Ok(Some(ts))
    }

    #[cold]
    fn stream(&self, ts: i64, sym: Sym) -> Stream {
        Stream {
            ts,
            sym,
            v: 1,
            src: Src::Dbn,
            mode: StreamMode::Replay,
            phase: self.settings.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        }
    }

    /// Marks for a record with this stamp.
    #[inline]
    fn flags(&mut self, ts: i64) -> TradeFlags {
        if ts >= self.newest.saturating_sub(self.settings.config.clock.lateness_us) {
            return TradeFlags::default();
        }
        self.counts.late += 1;
        TradeFlags::default().with(TradeFlag::Late)
    }

    /// Volume: an action T, with the aggressor's side.
    #[inline]
    fn print(
        &mut self,
        ts: i64,
        times: Times,
        msg: &TradeMsg,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let (sym, tick) = (contract.sym, contract.tick);
        if let Some(refusal) = bad_price(msg.price, tick, "price").or_else(|| bad_size(msg.size)) {
            return self.refuse(&refusal, sink);
        }
        self.counts.trades += 1;
        self.counts.volume += u64::from(msg.size);
        let (side, ss) = match msg.side as u8 {
            b'B' => (Side::Buy, SideSource::Flag),
            b'A' => (Side::Sell, SideSource::Flag),
            // Not a gap in the data: an auction has no aggressor.
            _ => (Side::None, SideSource::None),
        };
        let flags = self.flags(ts);
        sink.record(&Record::Trade(Trade {
            ts,
            sym,
            px: Px::from_nanos(msg.price),
            sz: u64::from(msg.size),
            side,
            ss,
            seq: Some(u64::from(msg.sequence)),
            src: Src::Dbn,
            vts: times.vendor(ts),
            rx: None,
            flags,
        }))
    }

    /// Writes a quote, where `changes_only` if it differs from the one before.
    fn quote(
        &mut self,
        ts: i64,
        vts: Option<i64>,
        top: Top,
        changes_only: bool,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        if changes_only && contract.quote == Some(top) {
            return Ok(());
        }
        let (sym, tick) = (contract.sym, contract.tick);
        let off = |px: Option<Px>, name| px.and_then(|px| bad_price(px.nanos(), tick, name));
        if let Some(refusal) = off(top.bid, "bid").or_else(|| off(top.ask, "ask")) {
            return self.refuse(&refusal, sink);
        }
        contract.quote = Some(top);
        self.counts.crossed += u64::from(top.is_crossed());
        let flags = self.flags(ts);
        let Top { bid, bid_size: bsz, ask, ask_size: asz } = top;
        let (src, rx) = (Src::Dbn, None);
        sink.record(&Record::Quote(Quote { ts, sym, bid, bsz, ask, asz, src, vts, rx, flags }))
    }

    /// Writes the changed levels in hand; `ends`: the book is consistent after them.
    fn tell_levels(
        &mut self,
        ts: i64,
        starts_over: bool,
        ends: bool,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let (sym, tick) = (contract.sym, contract.tick);
        let flags = self.flags(ts);
        let base = Depth {
            ts,
            sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Dbn,
            rx: None,
            op: None,
            eob: false,
            flags,
        };
        if starts_over {
            sink.record(&Record::Depth(Depth { op: Some(DepthOp::Clear), ..base }))?;
        }
        let changes = std::mem::take(&mut self.changes);
        let last = changes.len().saturating_sub(1);
        for (index, (side, px, size)) in changes.iter().enumerate() {
            if let Some(refusal) = bad_price(px.nanos(), tick, "level") {
                self.refuse(&refusal, sink)?;
                continue;
            }
            let (bs, px, sz) = (Some(*side), Some(*px), Some(*size));
            let eob = ends && index == last;
            sink.record(&Record::Depth(Depth { bs, px, sz, eob, ..base }))?;
        }
        self.changes = changes;
        Ok(())
    }

    /// Says when the source begins and ceases to doubt its book.
    #[inline]
    fn doubt(&mut self, ts: i64, bits: u8, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Some(contract) = self.contracts.current() else { return Ok(()) };
        let doubtful = bits & flags::MAYBE_BAD_BOOK != 0;
        if contract.doubtful == doubtful {
            return Ok(());
        }
        contract.doubtful = doubtful;
        let sym = contract.sym;
        let (state, text) = if doubtful {
            (StatusState::Gap, "packets were lost: the book may be wrong from here on")
        } else {
            (StatusState::Up, "the source no longer doubts its book")
        };
        Self::status(ts, sym, state, "maybe_bad_book", text, sink)
    }

    #[cold]
    fn status(
        ts: i64,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let (code, msg) = (Some(code.to_owned()), msg.to_owned());
        let status = Status { ts, sym, by: None, src: Some(Src::Dbn), state, code, msg };
        sink.record(&Record::Status(status))
    }

    /// Hands a refusal on, with its place.
    #[cold]
    pub fn refuse(&mut self, refusal: &Refusal, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Place { at, line } = self.place;
        let place = if line {
            format!("{at}")
        } else {
            format!("record {} at byte {at}", self.counts.records)
        };
        let newest = (self.newest > i64::MIN).then_some(self.newest);
        sink.refused(refusal, &place, self.counts.records, newest)
    }
}

/// The trade inside another record.
fn trade_in(
    hd: &RecordHeader,
    price: i64,
    size: u32,
    side: std::ffi::c_char,
    sequence: u32,
) -> TradeMsg {
    TradeMsg { hd: *hd, price, size, side, sequence, ..TradeMsg::default() }
}

/// What is wrong with a price, if anything.
#[inline]
fn bad_price(price: i64, tick: i64, name: &str) -> Option<Refusal> {
    if price > 0 && price % tick == 0 && price <= Px::MAX_NANOS {
        return None;
    }
    Some(refused_price(price, tick, name))
}

#[cold]
fn refused_price(price: i64, tick: i64, name: &str) -> Refusal {
    let (px, tick) = (Px::from_nanos(price), Px::from_nanos(tick));
    let (code, reason) = if price == UNDEF_PRICE {
        ("dbn_undefined", format!("the {name} is undefined"))
    } else if price <= 0 {
        ("dbn_price", format!("{name} {px} is not above zero"))
    } else if price > Px::MAX_NANOS {
        ("dbn_price", format!("{name} {px} is out of range"))
    } else {
        ("dbn_off_grid", format!("{name} {px} is off the tick grid of {tick}"))
    };
    Refusal { code, reason, remedy: "compare the record with its source" }
}

#[inline]
fn bad_size(size: u32) -> Option<Refusal> {
    (size == 0 || size == dbn::UNDEF_ORDER_SIZE).then(|| Refusal {
        code: "dbn_size",
        reason: format!("{size} is no size of a trade"),
        remedy: "compare the record with its source",
    })
}

/// Nanoseconds to whole microseconds, rounded down.
#[inline]
const fn micros(nanos: u64) -> i64 {
    (nanos / 1000) as i64
}
