//! Books: order by order, ten levels, and the quotes on top of them.

use crate::feeds::dbn::book::OrderBook;
use crate::feeds::dbn::book::Top;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::dbn::tape::HELD_MAX;
use crate::feeds::dbn::tape::Tape;
use crate::feeds::dbn::tape::Times;
use crate::feeds::dbn::tape::bad_price;
use crate::feeds::dbn::tape::prints::trade_in;
use crate::market::Px;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Failure;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::StatusState;
use dbn::BboMsg;
use dbn::MboMsg;
use dbn::Mbp1Msg;
use dbn::Mbp10Msg;
use dbn::UNDEF_PRICE;
use dbn::flags;

impl Tape {
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
    pub(super) fn apply(
        &mut self,
        ts: i64,
        msg: &MboMsg,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
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

    /// Writes the changed levels in hand; `ends`: the book is consistent after them.
    pub(super) fn tell_levels(
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
    pub(super) fn doubt(
        &mut self,
        ts: i64,
        bits: u8,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
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

    /// Writes a quote, where `changes_only` if it differs from the one before.
    pub(super) fn quote(
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
}
