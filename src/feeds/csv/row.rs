//! One row of a file to one record.

use crate::feeds::bad_rows::Refusal;
use crate::feeds::csv::dialect::BarColumns;
use crate::feeds::csv::dialect::BarStamp;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::csv::dialect::RowKind;
use crate::feeds::csv::field;
use crate::feeds::csv::field::CivilStamp;
use crate::feeds::csv::zone::ZoneClock;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlags;

/// Positions of a bar's columns.
#[derive(Clone, Copy, Debug)]
struct BarPlan {
    stamp_at: BarStamp,
    dur_s: u32,
    open: usize,
    high: usize,
    low: usize,
    close: usize,
    volume: usize,
    trades: Option<usize>,
    bid_volume: Option<usize>,
    ask_volume: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Plan {
    Ticks { price: usize, size: usize },
    Bars(BarPlan),
}

/// What a row's fields are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Contract of the files that name none.
    pub sym: Sym,
    /// Smallest price step of the contract, billionths of a point.
    pub tick: i64,
}

/// Reads the rows of one dialect. The side of trades is left open: the source folds it.
#[derive(Debug)]
pub struct RowReader {
    names: Vec<String>,
    delimiter: u8,
    stamp: usize,
    contract: Option<usize>,
    plan: Plan,
    civil: CivilStamp,
    zone: ZoneClock,
    fields: Vec<(usize, usize)>,
}

impl RowReader {
    /// A reader of `dialect`.
    ///
    /// # Errors
    /// The dialect contradicts itself: a column that its header does not have, an unknown zone.
    pub fn new(dialect: &Dialect) -> Result<Self, Failure> {
        let find = |name: &str| {
            dialect.header.iter().position(|n| n == name).ok_or_else(|| {
                Failure::new(
                    FailureClass::Config,
                    format!("dialect {}: its header has no column `{name}`", dialect.name),
                )
            })
        };
        let (stamp, plan) = match &dialect.row {
            RowKind::Ticks(columns) => {
                let plan = Plan::Ticks { price: find(&columns.price)?, size: find(&columns.size)? };
                (find(&columns.stamp)?, plan)
            }
            RowKind::Bars(columns) => (find(&columns.stamp)?, Plan::Bars(bar_plan(columns, find)?)),
        };
        let zone = ZoneClock::new(&dialect.zone).map_err(|e| {
            Failure::new(FailureClass::Config, format!("dialect {}: {e}", dialect.name))
        })?;
        let delimiter = u8::try_from(dialect.delimiter).ok().filter(u8::is_ascii);
        let delimiter = delimiter.ok_or_else(|| {
            let text = format!("dialect {}: the delimiter must be ASCII", dialect.name);
            Failure::new(FailureClass::Config, text)
        })?;
        Ok(Self {
            names: dialect.header.clone(),
            delimiter,
            stamp,
            contract: dialect.contract.as_deref().map(find).transpose()?,
            plan,
            civil: CivilStamp::default(),
            zone,
            fields: Vec::new(),
        })
    }

    /// Finds the fields of `line`.
    ///
    /// # Errors
    /// The row has more or fewer than the header.
    #[inline]
    pub fn split(&mut self, line: &[u8]) -> Result<(), Refusal> {
        self.fields.clear();
        let mut start = 0;
        for at in memchr::memchr_iter(self.delimiter, line) {
            self.fields.push((start, at));
            start = at + 1;
        }
        self.fields.push((start, line.len()));
        if self.fields.len() == self.names.len() {
            return Ok(());
        }
        Err(Refusal {
            code: "bad_row_columns",
            reason: format!("{} columns, the header has {}", self.fields.len(), self.names.len()),
            remedy: "a row was torn or the separator differs",
        })
    }

    /// The contract that the row names, if the dialect has a column for it.
    ///
    /// # Errors
    /// It cannot be a symbol.
    #[inline]
    pub fn contract(&self, line: &[u8]) -> Result<Option<Sym>, Refusal> {
        let Some(column) = self.contract else { return Ok(None) };
        let text = self.text(line, column);
        match Sym::from_bytes(text) {
            Some(sym) => Ok(Some(sym)),
            None => Err(self.refused("bad_row_contract", column, text, "is not a contract")),
        }
    }

    /// The record of the row split last. `last` is the stamp of the row before on the wire.
    ///
    /// # Errors
    /// Whatever is wrong with the row.
    #[inline]
    pub fn read(&mut self, line: &[u8], grid: Grid, last: Option<i64>) -> Result<Record, Refusal> {
        match self.plan {
            Plan::Ticks { price, size } => {
                let ts = self.instant(line, 0, last)?;
                let px = self.price(line, price, grid.tick)?;
                let sz = self.count(line, size)?;
                if sz == 0 {
                    return Err(self.refused("bad_row_size", size, b"0", "is no size of a trade"));
                }
                Ok(Record::Trade(Trade {
                    ts,
                    sym: grid.sym,
                    px,
                    sz,
                    side: Side::None,
                    ss: SideSource::None,
                    seq: None,
                    src: Src::Csv,
                    vts: None,
                    rx: None,
                    flags: TradeFlags::default(),
                }))
            }
            Plan::Bars(plan) => self.bar(line, plan, grid, last).map(Record::Bar),
        }
    }

    fn bar(
        &mut self,
        line: &[u8],
        plan: BarPlan,
        grid: Grid,
        last: Option<i64>,
    ) -> Result<Bar, Refusal> {
        let dur_us = i64::from(plan.dur_s) * 1_000_000;
        let to_end = if plan.stamp_at == BarStamp::Start { dur_us } else { 0 };
        let ts = self.instant(line, to_end, last)?;
        let refuse = |reason: String| Refusal {
            code: "bad_row_bar",
            reason,
            remedy: "compare the row with its source",
        };
        if ts % dur_us != 0 {
            let reason = format!("the bar does not start on a multiple of {} s", plan.dur_s);
            return Err(refuse(reason));
        }
        if last == Some(ts) {
            return Err(refuse("a second bar of the same time".into()));
        }
        let bar = Bar {
            ts,
            sym: grid.sym,
            by: None,
            ct: None,
            dur: plan.dur_s,
            o: self.price(line, plan.open, grid.tick)?,
            h: self.price(line, plan.high, grid.tick)?,
            l: self.price(line, plan.low, grid.tick)?,
            c: self.price(line, plan.close, grid.tick)?,
            v: self.count(line, plan.volume)?,
            bv: plan.bid_volume.map(|c| self.count(line, c)).transpose()?,
            av: plan.ask_volume.map(|c| self.count(line, c)).transpose()?,
            n: plan.trades.map(|c| self.count(line, c)).transpose()?,
            src: Some(Src::Csv),
            flags: TradeFlags::default(),
        };
        if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
            return Err(refuse(format!(
                "high {} and low {} do not contain open {} and close {}",
                bar.h, bar.l, bar.o, bar.c
            )));
        }
        if bar.v == 0 {
            return Err(refuse("a bar without volume: absence is no bar".into()));
        }
        let sided = bar.bv.unwrap_or(0).saturating_add(bar.av.unwrap_or(0));
        if sided > bar.v {
            return Err(refuse(format!(
                "volume {} at bid and ask exceeds volume {}",
                sided, bar.v
            )));
        }
        Ok(bar)
    }

    /// The stamp of the record: the row's instant plus `to_end`, never before `last`.
    #[inline]
    fn instant(&mut self, line: &[u8], to_end: i64, last: Option<i64>) -> Result<i64, Refusal> {
        let text = self.text(line, self.stamp);
        let Some(shown) = self.civil.read(text) else {
            return Err(self.refused("bad_row_stamp", self.stamp, text, "is not a time"));
        };
        let not_before = last.map_or(i64::MIN, |ts| ts - to_end);
        match self.zone.utc(shown, not_before) {
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
        let text = self.text(line, column);
        let Some(px) = field::price(text) else {
            return Err(self.refused("bad_row_number", column, text, "is not a price"));
        };
        if px.nanos() <= 0 {
            return Err(self.refused("bad_row_price", column, text, "is not above zero"));
        }
        if px.nanos() % tick != 0 {
            let what = format!("is off the tick grid of {}", Px::from_nanos(tick));
            return Err(self.refused("bad_row_off_grid", column, text, &what));
        }
        Ok(px)
    }

    #[inline]
    fn count(&self, line: &[u8], column: usize) -> Result<u64, Refusal> {
        let text = self.text(line, column);
        field::count(text).ok_or_else(|| {
            self.refused("bad_row_number", column, text, "is not a whole number from 0 on")
        })
    }

    /// The text of a column without blanks around it.
    #[inline]
    fn text<'a>(&self, line: &'a [u8], column: usize) -> &'a [u8] {
        let (start, end) = self.fields[column];
        line[start..end].trim_ascii()
    }

    #[cold]
    fn refused(&self, code: &'static str, column: usize, text: &[u8], what: &str) -> Refusal {
        let shown = text[..text.len().min(40)].escape_ascii();
        Refusal {
            code,
            reason: format!("{} `{shown}` {what}", self.names[column]),
            remedy: "compare the row with its source",
        }
    }
}

fn bar_plan(
    columns: &BarColumns,
    find: impl Fn(&str) -> Result<usize, Failure>,
) -> Result<BarPlan, Failure> {
    let optional = |name: &Option<String>| name.as_deref().map(&find).transpose();
    if columns.dur_s == 0 {
        return Err(Failure::new(FailureClass::Config, "a bar dialect with bars of 0 seconds"));
    }
    Ok(BarPlan {
        stamp_at: columns.stamp_at,
        dur_s: columns.dur_s,
        open: find(&columns.open)?,
        high: find(&columns.high)?,
        low: find(&columns.low)?,
        close: find(&columns.close)?,
        volume: find(&columns.volume)?,
        trades: optional(&columns.trades)?,
        bid_volume: optional(&columns.bid_volume)?,
        ask_volume: optional(&columns.ask_volume)?,
    })
}
