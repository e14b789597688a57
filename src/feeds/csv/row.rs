//! One row of a file to its records.

use crate::feeds::Refusal;
use crate::feeds::csv::field;
use crate::feeds::csv::fields::Fields;
use crate::feeds::csv::plan::BarPlan;
use crate::feeds::csv::plan::Kind;
use crate::feeds::csv::plan::Plan;
use crate::feeds::csv::plan::QuotePlan;
use crate::feeds::csv::plan::TickPlan;
use crate::feeds::csv::stamp::StampFormat;
use crate::feeds::csv::stamp::StampReader;
use crate::feeds::csv::zone::ZoneClock;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Quote;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlags;
use jiff::civil::Date;

/// Bars up to this length start on a multiple of it, UTC: an hour.
const ALIGNED_MAX_S: u32 = 3600;

/// What a row's fields are checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Contract.
    pub sym: Sym,
    /// Smallest price step of the contract, billionths of a point.
    pub tick: i64,
}

/// What a row holds. The side of trades without a flag is left open: the decoder folds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// A trade, and bid and ask where the row has them; their sizes may be missing.
    Trade(Trade, Option<Touch>),
    /// A bar.
    Bar(Bar),
    /// A quote.
    Quote(Quote),
    /// Nothing: the source writes such rows.
    Nothing,
}

/// Bid and ask of a trade's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Touch {
    /// Best bid.
    pub bid: Option<Px>,
    /// Best ask.
    pub ask: Option<Px>,
    /// Contracts at both, where the file has them.
    pub sizes: Option<(u64, u64)>,
}

/// Reads the rows of one dialect.
#[derive(Debug)]
pub(super) struct RowReader {
    plan: Plan,
    stamps: StampReader,
    zone: Option<ZoneClock>,
    utc: bool,
    fields: Fields,
}

impl RowReader {
    /// A reader by `plan`.
    ///
    /// # Errors
    /// The zone is not known.
    pub fn new(plan: Plan, format: StampFormat) -> Result<Self, Failure> {
        let zone = match plan.zone.as_deref().filter(|_| !format.is_instant()) {
            None => None,
            Some(name) => Some(ZoneClock::new(name).map_err(|error| {
                Failure::new(FailureClass::Config, error.to_string()).hint(
                    "names are those of the IANA database: America/Chicago, Europe/Paris, UTC",
                )
            })?),
        };
        let utc = plan.zone.as_deref() == Some("UTC");
        let stamps = StampReader::new(format);
        Ok(Self { plan, stamps, zone, utc, fields: Fields::default() })
    }

    /// The zone of the stamps, in words.
    pub fn zone(&self) -> &str {
        match (&self.zone, &self.plan.zone) {
            (Some(_), Some(zone)) => zone,
            _ => "stamps are instants, UTC",
        }
    }

    /// Sets the date of the file, for stamps without one.
    ///
    /// # Errors
    /// It is needed and not known.
    pub fn set_day(&mut self, day: Option<Date>) -> Result<(), Failure> {
        self.stamps.set_day(day);
        if self.stamps.lacks_day() {
            let text = "the stamps are times of day and the file's name has no date";
            return Err(Failure::new(FailureClass::Config, text)
                .hint("name the file with its date (20131007 or 2013-10-07), or give --date"));
        }
        Ok(())
    }

    /// Finds the fields of `line`.
    ///
    /// # Errors
    /// The row has more or fewer than the header.
    #[inline]
    pub fn split(&mut self, line: &[u8]) -> Result<(), Refusal> {
        self.fields.split(line, self.plan.delimiter)?;
        let (found, wanted) = (self.fields.len(), self.plan.names.len());
        if found == wanted {
            return Ok(());
        }
        Err(Refusal {
            code: "bad_row_columns",
            reason: format!("{found} columns, the header has {wanted}"),
            remedy: "a row was torn or the separator differs",
        })
    }

    /// The contract that the row names, if the dialect has a column for it.
    ///
    /// # Errors
    /// It cannot be a symbol.
    #[inline]
    pub fn contract(&self, line: &[u8]) -> Result<Option<Sym>, Refusal> {
        let Some(column) = self.plan.contract else { return Ok(None) };
        let text = self.fields.get(line, column);
        match Sym::from_bytes(text) {
            Some(sym) => Ok(Some(sym)),
            None => Err(self.refused("bad_row_contract", column, text, "is not a contract")),
        }
    }

    /// What the row split last holds. `last` is the newest stamp on the wire, `last_bar` that of
    /// the contract's last bar.
    ///
    /// # Errors
    /// Whatever is wrong with the row.
    #[inline]
    pub fn read(
        &mut self,
        line: &[u8],
        grid: Grid,
        last: Option<i64>,
        last_bar: Option<i64>,
    ) -> Result<Read, Refusal> {
        let ts = self.instant(line, last)?;
        match &self.plan.kind {
            Kind::Ticks(plan) => self.trade(line, plan, ts, grid),
            Kind::Bars(plan) => self.bar(line, *plan, ts, grid, last_bar),
            Kind::Quotes(plan) => self.quote(line, *plan, ts, grid).map(Read::Quote),
        }
    }

    #[inline]
    fn trade(&self, line: &[u8], plan: &TickPlan, ts: i64, grid: Grid) -> Result<Read, Refusal> {
        let px = self.price(line, plan.price, grid.tick)?;
        let sz = self.count(line, plan.size)?;
        if sz == 0 {
            return Err(self.refused("bad_row_size", plan.size, b"0", "is no size of a trade"));
        }
        let (mut side, mut ss) = (Side::None, SideSource::None);
        if let Some((column, texts)) = &plan.side {
            let text = self.fields.get(line, *column);
            side = *texts
                .get(text)
                .ok_or_else(|| self.refused("bad_row_side", *column, text, "is no side"))?;
            ss = if side == Side::None { ss } else { SideSource::Flag };
        }
        let seq = plan.seq.map(|column| self.count(line, column)).transpose()?;
        let touch = plan.touch.map(|touch| self.touch(line, touch, plan.sizes, grid.tick));
        let trade = Trade {
            ts,
            sym: grid.sym,
            px,
            sz,
            side,
            ss,
            seq,
            src: Src::Csv,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        };
        Ok(Read::Trade(trade, touch.transpose()?))
    }

    fn touch(
        &self,
        line: &[u8],
        (bid, ask): (usize, usize),
        sizes: Option<(usize, usize)>,
        tick: i64,
    ) -> Result<Touch, Refusal> {
        Ok(Touch {
            bid: self.price_or_none(line, bid, tick)?,
            ask: self.price_or_none(line, ask, tick)?,
            sizes: match sizes {
                Some((bid, ask)) => {
                    Some((self.count_or_0(line, bid)?, self.count_or_0(line, ask)?))
                }
                None => None,
            },
        })
    }

    fn quote(&self, line: &[u8], plan: QuotePlan, ts: i64, grid: Grid) -> Result<Quote, Refusal> {
        let [bid, bid_size, ask, ask_size] = plan.columns;
        let bid = self.price_or_none(line, bid, grid.tick)?;
        let ask = self.price_or_none(line, ask, grid.tick)?;
        Ok(Quote {
            ts,
            sym: grid.sym,
            bid,
            bsz: if bid.is_some() { self.count_or_0(line, bid_size)? } else { 0 },
            ask,
            asz: if ask.is_some() { self.count_or_0(line, ask_size)? } else { 0 },
            src: Src::Csv,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })
    }

    fn bar(
        &self,
        line: &[u8],
        plan: BarPlan,
        ts: i64,
        grid: Grid,
        last_bar: Option<i64>,
    ) -> Result<Read, Refusal> {
        let refuse = |reason: String| Refusal {
            code: "bad_row_bar",
            reason,
            remedy: "compare the row with its source",
        };
        if plan.dur_s <= ALIGNED_MAX_S && ts % (i64::from(plan.dur_s) * 1_000_000) != 0 {
            let reason = format!("the bar does not start on a multiple of {} s", plan.dur_s);
            return Err(refuse(reason));
        }
        if last_bar == Some(ts) {
            return Err(refuse("a second bar of the same time".into()));
        }
        let v = self.count(line, plan.volume)?;
        if v == 0 && plan.skip_empty {
            return Ok(Read::Nothing);
        }
        let [o, h, l, c] = plan.prices.map(|column| self.price(line, column, grid.tick));
        let bar = Bar {
            ts,
            sym: grid.sym,
            by: None,
            ct: None,
            dur: plan.dur_s,
            o: o?,
            h: h?,
            l: l?,
            c: c?,
            v,
            bv: plan.bid_volume.map(|c| self.count(line, c)).transpose()?,
            av: plan.ask_volume.map(|c| self.count(line, c)).transpose()?,
            n: plan.trades.map(|c| self.count(line, c)).transpose()?,
            src: Some(Src::Csv),
            flags: TradeFlags::default(),
        };
        match fault(&bar) {
            None => Ok(Read::Bar(bar)),
            Some(reason) => Err(refuse(reason)),
        }
    }

    /// The stamp of the record: the row's instant plus what is missing to its end, never before
    /// `last`.
    #[inline]
    fn instant(&mut self, line: &[u8], last: Option<i64>) -> Result<i64, Refusal> {
        let text = self.fields.get(line, self.plan.stamp);
        let text = if self.utc { text.strip_suffix(b"Z").unwrap_or(text) } else { text };
        let shown = match self.plan.date {
            None => self.stamps.read(text),
            Some(date) => self.stamps.read_parts(self.fields.get(line, date), text),
        };
        let Some(shown) = shown.filter(|us| us.unsigned_abs() < 1 << 55) else {
            return Err(self.refused("bad_row_stamp", self.plan.stamp, text, "is not a time"));
        };
        let to_end = self.plan.to_end;
        let not_before = last.map_or(i64::MIN, |ts| ts - to_end);
        let instant = match &mut self.zone {
            None => Ok(shown),
            Some(zone) => zone.utc(shown, not_before),
        };
        match instant {
            Ok(instant) if instant >= not_before => Ok(instant + to_end),
            Ok(_) => Err(Refusal {
                code: "bad_row_time_back",
                reason: format!("time goes back to {}", text.escape_ascii()),
                remedy: "sort the file by time, or give several files in their order",
            }),
            Err(error) => Err(Refusal {
                code: "bad_row_stamp",
                reason: format!("{}: {error}", text.escape_ascii()),
                remedy: "check the zone of the dialect and the order of the rows",
            }),
        }
    }

    #[inline]
    fn price(&self, line: &[u8], column: usize, tick: i64) -> Result<Px, Refusal> {
        let text = self.fields.get(line, column);
        let Some(px) = field::price(text) else {
            return Err(self.refused("bad_row_number", column, text, "is not a price"));
        };
        let div = self.plan.price_div;
        let (nanos, off) = (px.nanos() / div, px.nanos() % div != 0);
        if nanos <= 0 {
            return Err(self.refused("bad_row_price", column, text, "is not above zero"));
        }
        if nanos > Px::MAX_NANOS {
            return Err(self.refused("bad_row_price", column, text, "is out of range"));
        }
        if off || nanos % tick != 0 {
            let what = format!("is off the tick grid of {}", Px::from_nanos(tick));
            return Err(self.refused("bad_row_off_grid", column, text, &what));
        }
        Ok(Px::from_nanos(nanos))
    }

    /// A price, or none where the field is empty.
    fn price_or_none(&self, line: &[u8], column: usize, tick: i64) -> Result<Option<Px>, Refusal> {
        if self.fields.get(line, column).is_empty() {
            return Ok(None);
        }
        self.price(line, column, tick).map(Some)
    }

    #[inline]
    fn count(&self, line: &[u8], column: usize) -> Result<u64, Refusal> {
        let text = self.fields.get(line, column);
        field::count(text).ok_or_else(|| {
            self.refused("bad_row_number", column, text, "is not a whole number from 0 on")
        })
    }

    /// A count, 0 where the field is empty.
    fn count_or_0(&self, line: &[u8], column: usize) -> Result<u64, Refusal> {
        if self.fields.get(line, column).is_empty() { Ok(0) } else { self.count(line, column) }
    }

    #[cold]
    fn refused(&self, code: &'static str, column: usize, text: &[u8], what: &str) -> Refusal {
        let shown = text[..text.len().min(40)].escape_ascii();
        let name = self.plan.names.get(column).map_or("", String::as_str);
        Refusal {
            code,
            reason: format!("{} `{shown}` {what}", name.escape_default()),
            remedy: "compare the row with its source",
        }
    }
}

/// What contradicts itself in a bar.
fn fault(bar: &Bar) -> Option<String> {
    if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
        return Some(format!(
            "high {} and low {} do not contain open {} and close {}",
            bar.h, bar.l, bar.o, bar.c
        ));
    }
    if bar.v == 0 {
        return Some("a bar without volume: absence is no bar".into());
    }
    let sided = bar.bv.unwrap_or(0).saturating_add(bar.av.unwrap_or(0));
    (sided > bar.v).then(|| format!("volume {sided} at bid and ask exceeds volume {}", bar.v))
}
