//! Trades, bars and the state of trading.

use crate::feeds::Refusal;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::dbn::tape::Tape;
use crate::feeds::dbn::tape::Times;
use crate::feeds::dbn::tape::US_PER_S;
use crate::feeds::dbn::tape::bad_price;
use crate::feeds::dbn::tape::bad_size;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::StatusState;
use crate::wire::Trade;
use dbn::OhlcvMsg;
use dbn::RecordHeader;
use dbn::StatusAction;
use dbn::StatusMsg;
use dbn::TradeMsg;
use dbn::UNDEF_TIMESTAMP;
use dbn::enums::rtype;

impl Tape {
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

    /// Volume: an action T, with the aggressor's side.
    #[inline]
    pub(super) fn print(
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
}

/// The trade inside another record.
pub(super) fn trade_in(
    hd: &RecordHeader,
    price: i64,
    size: u32,
    side: std::ffi::c_char,
    sequence: u32,
) -> TradeMsg {
    TradeMsg { hd: *hd, price, size, side, sequence, ..TradeMsg::default() }
}
