//! Rows of history to records.

use crate::feeds::csv::zone::ZoneError;
use crate::feeds::iqfeed::Contract;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::iqfeed::history::Basis;
use crate::feeds::iqfeed::history::HistoryEvent;
use crate::feeds::iqfeed::history::Interval;
use crate::feeds::iqfeed::history::Tick;
use crate::feeds::iqfeed::lines::Fault;
use crate::market::AggressorRule;
use crate::market::Calendar;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// Which end of a bar its stamp is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BarStamped {
    /// Its start.
    #[default]
    Start,
    /// Its end.
    End,
}

/// Why a row gives no record.
pub(super) enum NoRecord {
    /// The row is bad.
    Bad(Fault),
    /// No later row can mend it.
    Failed(Failure),
}

impl From<Fault> for NoRecord {
    fn from(fault: Fault) -> Self {
        Self::Bad(fault)
    }
}

/// Makes records of rows that come in order of time.
pub(super) struct HistoryRecords {
    eastern: Eastern,
    calendar: Calendar,
    wanted: Wanted,
    contract: Option<Contract>,
    session_close: i64,
    interval_s: Option<u32>,
    stamped: BarStamped,
    rule: AggressorRule,
    last: Option<i64>,
}

impl HistoryRecords {
    /// Records of `wanted`; `interval_s` is the length of its bars.
    ///
    /// # Errors
    /// The time zone is not known.
    pub fn new(
        wanted: Wanted,
        calendar: Calendar,
        interval_s: Option<u32>,
        stamped: BarStamped,
    ) -> Result<Self, Failure> {
        let eastern =
            Eastern::new().map_err(|e| Failure::new(FailureClass::Internal, e.to_string()))?;
        Ok(Self {
            eastern,
            calendar,
            wanted,
            contract: None,
            session_close: i64::MIN,
            interval_s,
            stamped,
            rule: AggressorRule::default(),
            last: None,
        })
    }

    /// Stamp of the newest record.
    pub const fn newest(&self) -> Option<i64> {
        self.last
    }

    /// The record of a row, and whether its contract is another than before. `None` for what is no
    /// record.
    pub fn record(
        &mut self,
        event: &HistoryEvent,
    ) -> Result<Option<(Record, Option<Contract>)>, NoRecord> {
        match event {
            // A settlement is no trade, nor is what real answers have a few of: size 0.
            HistoryEvent::Tick(tick) if tick.basis == Basis::Settlement || tick.size == 0 => {
                Ok(None)
            }
            HistoryEvent::Tick(tick) => self.tick(tick).map(Some),
            HistoryEvent::Interval(interval) => self.interval(interval).map(Some),
            HistoryEvent::Daily(_) => {
                let reason = "a bar of a day, a week or a month does not say which".to_owned();
                Err(Fault { code: "bad_row_daily", reason }.into())
            }
            _ => Ok(None),
        }
    }

    fn tick(&mut self, tick: &Tick) -> Result<(Record, Option<Contract>), NoRecord> {
        let ts = self.instant(tick.at, 0)?;
        let (contract, changed) = self.contract_at(ts)?;
        on_grid("the price", tick.px, contract)?;
        let (side, ss) = self.side(tick);
        let plain = TradeFlags::default();
        let forms_price = matches!(tick.basis, Basis::Last | Basis::Extended);
        self.last = Some(ts);
        let trade = Trade {
            ts,
            sym: contract.sym,
            px: tick.px,
            sz: tick.size,
            side,
            ss,
            seq: Some(tick.tick_id),
            src: Src::Iqf,
            vts: None,
            rx: None,
            flags: if forms_price { plain } else { plain.with(TradeFlag::NotPrice) },
        };
        Ok((Record::Trade(trade), changed))
    }

    fn interval(&mut self, row: &Interval) -> Result<(Record, Option<Contract>), NoRecord> {
        let Some(dur) = self.interval_s else {
            let message = "bars do not say how long they are";
            let failure = Failure::new(FailureClass::Config, message);
            return Err(NoRecord::Failed(failure.hint("say it, for example --interval 60")));
        };
        let length = i64::from(dur) * 1_000_000;
        let to_end = if self.stamped == BarStamped::Start { length } else { 0 };
        let ts = self.instant(row.at, to_end)?;
        let (contract, changed) = self.contract_at(ts - length)?;
        for (what, px) in
            [("high", row.high), ("low", row.low), ("open", row.open), ("close", row.close)]
        {
            on_grid(what, px, contract)?;
        }
        if row.high < row.open.max(row.close) || row.low > row.open.min(row.close) {
            let reason = "open or close lies outside high and low".to_owned();
            return Err(Fault { code: "bad_row_bar", reason }.into());
        }
        self.last = Some(ts);
        let bar = Bar {
            ts,
            sym: contract.sym,
            by: None,
            ct: None,
            dur,
            o: row.open,
            h: row.high,
            l: row.low,
            c: row.close,
            v: row.volume,
            bv: None,
            av: None,
            n: Some(row.trades).filter(|trades| *trades > 0),
            src: Some(Src::Iqf),
            flags: TradeFlags::default(),
        };
        Ok((Record::Bar(bar), changed))
    }

    fn instant(&mut self, local: i64, to_end: i64) -> Result<i64, Fault> {
        let last = self.last.unwrap_or(i64::MIN);
        let back = || {
            let reason = "time goes back".to_owned();
            Fault { code: "bad_row_time", reason }
        };
        let ts = match self.eastern.at(local, last.saturating_sub(to_end)) {
            Ok(at) => at + to_end,
            Err(ZoneError::Fold(_)) => return Err(back()),
            Err(error) => {
                return Err(Fault { code: "bad_row_time", reason: error.to_string() });
            }
        };
        if ts < last { Err(back()) } else { Ok(ts) }
    }

    /// The contract at a time, and whether it is a new one.
    fn contract_at(&mut self, ts: i64) -> Result<(Contract, Option<Contract>), NoRecord> {
        if let Some(contract) = self.contract.filter(|_| ts < self.session_close) {
            return Ok((contract, None));
        }
        let session = self.calendar.session_at_or_after(ts);
        let session = session.map_err(|error| NoRecord::Failed(error.into()))?;
        self.session_close = session.close;
        self.rule.reset();
        let now = self.wanted.on(session.date).map_err(NoRecord::Failed)?;
        let before = self.contract.replace(now);
        Ok((now, Some(now).filter(|_| before != Some(now))))
    }

    fn side(&mut self, tick: &Tick) -> (Side, SideSource) {
        match tick.aggressor {
            Some(code) => side_of(code),
            None => {
                self.rule.on_quote(tick.bid, tick.ask);
                self.rule.on_trade(tick.px)
            }
        }
    }
}

/// The side of an aggressor code.
pub(super) const fn side_of(code: u8) -> (Side, SideSource) {
    match code {
        1 => (Side::Buy, SideSource::Flag),
        2 => (Side::Sell, SideSource::Flag),
        _ => (Side::None, SideSource::None),
    }
}

/// Whether a price can be one of the contract.
pub(super) fn on_grid(what: &str, px: Px, contract: Contract) -> Result<(), Fault> {
    let fault = |reason: String| Err(Fault { code: "bad_row_price", reason });
    if px.nanos() <= 0 {
        return fault(format!("{what} {px} is not above zero"));
    }
    match contract.tick {
        Some(tick) if px.nanos() % tick != 0 => {
            let grid = Px::from_nanos(tick);
            fault(format!("{what} {px} is off the tick grid of {} ({grid})", contract.sym))
        }
        _ => Ok(()),
    }
}
