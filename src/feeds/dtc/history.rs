//! Past trades and bars of one symbol: one request on a connection of its own.

use crate::feeds::bad_rows::Refusal;
use crate::feeds::dtc::inflate::Inflater;
use crate::feeds::dtc::measure::Price;
use crate::feeds::dtc::measure::Stamp;
use crate::feeds::dtc::measure::quantity;
use crate::feeds::dtc::options::DtcOptions;
use crate::feeds::dtc::session::Heard;
use crate::feeds::dtc::session::LINK;
use crate::feeds::dtc::session::Session;
use crate::feeds::dtc::symbol::DtcSymbol;
use crate::feeds::dtc::words;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Endpoint;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::feeds::sierra::FIRST_OF_BUNDLE;
use crate::feeds::sierra::LAST_OF_BUNDLE;
use crate::market::Side;
use crate::market::SideSource;
use crate::protocols::dtc::AtBidOrAsk;
use crate::protocols::dtc::HistoryHeader;
use crate::protocols::dtc::HistoryRecord;
use crate::protocols::dtc::HistoryReject;
use crate::protocols::dtc::HistoryRejectMessage;
use crate::protocols::dtc::HistoryRequest;
use crate::protocols::dtc::HistoryTick;
use crate::protocols::dtc::Message;
use crate::protocols::dtc::Seconds;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// The number of the one request.
const REQUEST: i32 = 1;
/// Asks for the marks of bundles in the records.
const KEEP_BUNDLES: u16 = 0x8;
/// A server may look for data for as long as this without a word, microseconds.
const PATIENCE_US: i64 = 60_000_000;

/// Which past is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DtcPast {
    /// From here on, seconds since 1970 UTC.
    pub from: Seconds,
    /// Up to here, seconds since 1970 UTC; 0 is now.
    pub until: Seconds,
    /// Length of bars in seconds; 0 asks for every trade.
    pub interval_s: u32,
    /// Whether the server is to compress.
    pub compressed: bool,
}

/// Asks a DTC server for the past of one symbol, and is done with the answer.
#[derive(Debug)]
pub struct DtcHistory {
    options: DtcOptions,
    symbol: DtcSymbol,
    past: DtcPast,
    session: Session,
    inflater: Option<Inflater>,
    newest: i64,
    is_done: bool,
}

impl DtcHistory {
    /// Asks for `past` of `symbol`; the symbols of `options` are of no matter here, and its port
    /// is that for history (Sierra Chart's is 11098).
    pub fn new(options: DtcOptions, symbol: DtcSymbol, past: DtcPast) -> Self {
        let session = Session::new(&options, false);
        Self { options, symbol, past, session, inflater: None, newest: i64::MIN, is_done: false }
    }

    fn request(&mut self, now: Now, actions: &mut Actions) {
        let request = HistoryRequest {
            request_id: REQUEST,
            symbol: self.symbol.name.clone(),
            record_interval: self.past.interval_s.cast_signed(),
            start_date_time: self.past.from,
            end_date_time: self.past.until,
            use_zlib_compression: u8::from(self.past.compressed),
            integer_1: KEEP_BUNDLES,
            ..HistoryRequest::default()
        };
        self.session.send(request, now, actions);
    }

    fn message(&mut self, message: &Message, actions: &mut Actions) {
        match message {
            Message::HistoryHeader(m) => self.header(m, actions),
            Message::HistoryRejectMessage(m) => {
                self.session.fail(rejected(self.symbol.name(), m), actions);
            }
            Message::HistoryRecord(m) => {
                let is_empty = m.start_date_time == 0;
                if !is_empty {
                    let record = match self.past.interval_s {
                        0 => self.trade(m).map(Record::Trade),
                        seconds => self.bar(m, seconds).map(Record::Bar),
                    };
                    self.write(record, actions);
                }
                self.is_done |= m.is_final_record != 0;
            }
            Message::HistoryTick(m) => {
                let record = self.tick_trade(m).map(Record::Trade);
                self.write(record, actions);
                self.is_done |= m.is_final_record != 0;
            }
            Message::HistoryTrailer(_) => self.is_done = true,
            _ => {}
        }
    }

    fn header(&mut self, m: &HistoryHeader, actions: &mut Actions) {
        actions.ready(LINK);
        if m.no_records_to_return != 0 {
            tracing::warn!("the server has no records of {} in this time", self.symbol.name());
            self.is_done = true;
        }
        let asked = self.past.interval_s.cast_signed();
        if m.record_interval != asked && !self.is_done {
            let text = format!(
                "the server sends records of {} s, asked for were {asked} s",
                m.record_interval
            );
            let hint = "in Sierra Chart, Intraday Data Storage Time Unit must be 1 Tick for trades";
            let failure = Failure::new(FailureClass::Unavailable, text).hint(hint);
            return self.session.fail(failure, actions);
        }
        if m.use_zlib_compression != 0 && !self.is_done {
            let rest = self.session.take_pending();
            self.inflater = Some(Inflater::new());
            self.inflate(&rest, actions);
        }
    }

    /// Takes bytes of the compressed stream.
    fn inflate(&mut self, bytes: &[u8], actions: &mut Actions) {
        let Some(inflater) = &mut self.inflater else { return };
        let session = &mut self.session;
        if let Err(error) = inflater.push(bytes, |plain| session.push(plain)) {
            let text = format!("the compressed history cannot be read: {error}");
            self.session.fail(Failure::new(FailureClass::Unavailable, text), actions);
        }
    }

    fn write(&mut self, record: Result<Record, Refusal>, actions: &mut Actions) {
        match record {
            Ok(mut record) => {
                // Files of Sierra Chart have a few stamps that go back: kept and marked.
                let is_late = record.ts() < self.newest;
                self.newest = self.newest.max(record.ts());
                if let Record::Trade(trade) = &mut record
                    && is_late
                {
                    trade.flags = trade.flags.with(TradeFlag::Late);
                }
                actions.record(LINK, record);
            }
            Err(refusal) => {
                let reason = format!("{}: {}", self.symbol.sym, refusal.reason);
                actions.refuse(LINK, refusal.code, reason, refusal.remedy);
            }
        }
    }

    fn trade(&self, m: &HistoryRecord) -> Result<Trade, Refusal> {
        // The marks of `.scid` files, which are four bytes wide.
        let mark = (m.open_price as f32).to_bits();
        let mut flags = TradeFlags::default();
        match mark {
            FIRST_OF_BUNDLE => flags = flags.with(TradeFlag::BundleFirst),
            LAST_OF_BUNDLE => flags = flags.with(TradeFlag::BundleLast),
            _ => {}
        }
        if m.num_trades > 1 || flags.is_empty() && mark != 0 {
            return Err(Refusal {
                code: "bar_for_trade",
                reason: format!("a bar of {} trades instead of a trade", m.num_trades),
                remedy: "set Intraday Data Storage Time Unit to 1 Tick in Sierra Chart",
            });
        }
        let (sold, bought) = (quantity(m.bid_volume)?, quantity(m.ask_volume)?);
        let (side, ss) = match (sold > 0, bought > 0) {
            (false, true) => (Side::Buy, SideSource::Flag),
            (true, false) => (Side::Sell, SideSource::Flag),
            _ => (Side::None, SideSource::None),
        };
        self.print(Stamp::micros(m.start_date_time), m.last_price, m.volume, (side, ss), flags)
    }

    fn tick_trade(&self, m: &HistoryTick) -> Result<Trade, Refusal> {
        let side = match m.at_bid_or_ask {
            AtBidOrAsk::ASK => (Side::Buy, SideSource::Flag),
            AtBidOrAsk::BID => (Side::Sell, SideSource::Flag),
            _ => (Side::None, SideSource::None),
        };
        let stamp = Stamp::fraction(m.date_time);
        self.print(stamp, m.price, m.volume, side, TradeFlags::default())
    }

    fn print(
        &self,
        stamp: Stamp,
        price: f64,
        volume: f64,
        (side, ss): (Side, SideSource),
        flags: TradeFlags,
    ) -> Result<Trade, Refusal> {
        // History has no receive time: without a stamp there is no record.
        let (ts, _) = stamp.place(0)?;
        let sz = quantity(volume)?;
        if sz == 0 || ts == 0 {
            let (code, what) =
                if ts == 0 { ("bad_stamp", "stamp") } else { ("bad_size", "volume") };
            return Err(Refusal {
                code,
                reason: format!("a trade at {price} without a {what}"),
                remedy: "compare the record with the chart",
            });
        }
        let (sym, src) = (self.symbol.sym, Src::Dtc);
        let px = Price::Double(price).on(self.symbol.grid)?;
        Ok(Trade { ts, sym, px, sz, side, ss, seq: None, src, vts: None, rx: None, flags })
    }

    fn bar(&self, m: &HistoryRecord, dur: u32) -> Result<Bar, Refusal> {
        let (start, _) = Stamp::micros(m.start_date_time).place(0)?;
        let px = |price: f64| Price::Double(price).on(self.symbol.grid);
        let bar = Bar {
            ts: start.saturating_add(i64::from(dur) * 1_000_000),
            sym: self.symbol.sym,
            by: None,
            ct: None,
            dur,
            o: px(m.open_price)?,
            h: px(m.high_price)?,
            l: px(m.low_price)?,
            c: px(m.last_price)?,
            v: quantity(m.volume)?,
            bv: Some(quantity(m.bid_volume)?),
            av: Some(quantity(m.ask_volume)?),
            n: Some(u64::from(m.num_trades)),
            src: Some(Src::Dtc),
            flags: TradeFlags::default(),
        };
        let wrong = |reason: String| Refusal {
            code: "bad_bar",
            reason,
            remedy: "compare the bar with the chart",
        };
        if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
            let (o, h, l, c) = (bar.o, bar.h, bar.l, bar.c);
            let text = format!("high {h} and low {l} do not contain open {o} and close {c}");
            return Err(wrong(text));
        }
        let sided = bar.bv.unwrap_or(0).saturating_add(bar.av.unwrap_or(0));
        if sided > bar.v {
            let text = format!("volume {sided} at bid and ask exceeds volume {}", bar.v);
            return Err(wrong(text));
        }
        if bar.v == 0 {
            return Err(wrong("a bar without volume: absence is no bar".into()));
        }
        Ok(bar)
    }
}

/// What a rejected request means.
fn rejected(name: &str, m: &HistoryRejectMessage) -> Failure {
    let reason = m.reject_text.as_str().escape_debug();
    match m.reject_reason_code {
        HistoryReject::RETRY => Failure::new(
            FailureClass::Unavailable,
            format!("the DTC server cannot serve history of {name} now: {reason}"),
        )
        .hint(format!("try again in {} s", m.retry_time_in_seconds)),
        HistoryReject::OUT_OF_BOUNDS => Failure::new(
            FailureClass::Unavailable,
            format!("the DTC server has no history of {name} in this time: {reason}"),
        )
        .hint("ask for a later start"),
        _ => words::history_rejected(name, m.reject_text.as_str()),
    }
}

impl Client for DtcHistory {
    fn name(&self) -> &'static str {
        "DTC"
    }

    fn src(&self) -> Src {
        Src::Dtc
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint {
            name: "history",
            host: self.options.host.clone(),
            port: self.options.port,
            silence_us: PATIENCE_US,
            remedy: words::HISTORY_SETTINGS.into(),
        }]
    }

    fn watched(&self) -> Vec<Watched> {
        Vec::new()
    }

    fn connected(&mut self, _: LinkId, now: Now, actions: &mut Actions) {
        self.inflater = None;
        self.session.connected(now, actions);
    }

    fn received(&mut self, _: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize {
        if self.inflater.is_some() {
            self.inflate(bytes, actions);
        } else {
            self.session.push(bytes);
        }
        while !self.is_done
            && let Some(heard) = self.session.next(now, actions)
        {
            match heard {
                Heard::LoggedOn(_) => self.request(now, actions),
                Heard::Message(message) => self.message(&message, actions),
            }
        }
        bytes.len()
    }

    fn lost(&mut self, _: LinkId, _: Now, _: &mut Actions) {
        self.session.lost();
    }

    fn tick(&mut self, now: Now, actions: &mut Actions) {
        // Once history is under way, neither side says anything else.
        if !self.session.is_open() {
            self.session.tick(now, actions);
        }
    }

    fn resubscribe(&mut self, _: Watched, _: Now, _: &mut Actions) {}

    fn is_done(&self) -> bool {
        self.is_done
    }
}
