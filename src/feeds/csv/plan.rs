//! A dialect, the user's own statements and a file's header to positions of columns.

use crate::feeds::csv::dialect::BarColumns;
use crate::feeds::csv::dialect::BarStamp;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::csv::dialect::Names;
use crate::feeds::csv::dialect::QuoteColumns;
use crate::feeds::csv::dialect::RowKind;
use crate::feeds::csv::dialect::TickColumns;
use crate::feeds::csv::dialect::WithoutVolume;
use crate::market::Side;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::collections::BTreeMap;

/// What the user states about files whose dialect leaves it open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// IANA zone of the stamps.
    pub zone: Option<String>,
    /// Length of the bars in seconds.
    pub dur_s: Option<u32>,
    /// Which end of a bar its stamp names.
    pub stamp_at: Option<BarStamp>,
}

/// Positions of a trade's columns.
#[derive(Clone, Debug)]
pub(super) struct TickPlan {
    /// Price.
    pub price: usize,
    /// Contracts.
    pub size: usize,
    /// Sequence number.
    pub seq: Option<usize>,
    /// Bid and ask.
    pub touch: Option<(usize, usize)>,
    /// Contracts at bid and ask.
    pub sizes: Option<(usize, usize)>,
    /// The aggressor, and what its texts mean.
    pub side: Option<(usize, BTreeMap<Vec<u8>, Side>)>,
}

/// Positions of a bar's columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct BarPlan {
    /// Length in seconds.
    pub dur_s: u32,
    /// First, highest, lowest, last price.
    pub prices: [usize; 4],
    /// Contracts.
    pub volume: usize,
    /// Number of trades.
    pub trades: Option<usize>,
    /// Volume at the bid.
    pub bid_volume: Option<usize>,
    /// Volume at the ask.
    pub ask_volume: Option<usize>,
    /// A bar without volume is left out instead of refused.
    pub skip_empty: bool,
}

/// Positions of a quote's columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuotePlan {
    /// Best bid, its size, best ask, its size.
    pub columns: [usize; 4],
}

/// What a row is, by position.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A trade.
    Ticks(TickPlan),
    /// A bar.
    Bars(BarPlan),
    /// A quote.
    Quotes(QuotePlan),
}

/// Everything a row is read by.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Separator.
    pub delimiter: u8,
    /// Stamp, or time of day.
    pub stamp: usize,
    /// Date, where it has its own column.
    pub date: Option<usize>,
    /// Contract.
    pub contract: Option<usize>,
    /// What prices are divided by.
    pub price_div: i64,
    /// From the stamp to the time of the record, microseconds.
    pub to_end: i64,
    /// Zone of the stamps; none where they are instants.
    pub zone: Option<String>,
    /// What a row is.
    pub kind: Kind,
}

impl Plan {
    /// The plan for files with the columns `names`.
    ///
    /// # Errors
    /// A column is missing, or something is stated neither by the dialect nor by the user, or by
    /// both.
    pub fn new(dialect: &Dialect, stated: &Stated, names: Vec<String>) -> Result<Self, Failure> {
        let at = Columns { dialect, names: &names };
        let (stamp, date) = match &dialect.row {
            RowKind::Ticks(c) => (&c.stamp, &c.date),
            RowKind::Bars(c) => (&c.stamp, &c.date),
            RowKind::Quotes(c) => (&c.stamp, &c.date),
        };
        let (stamp, date) = (at.find("stamp", stamp)?, at.maybe(date.as_ref()));
        let (kind, to_end) = match &dialect.row {
            RowKind::Ticks(c) => (Kind::Ticks(at.ticks(c)?), 0),
            RowKind::Bars(c) => {
                let (plan, to_end) = at.bars(c, stated)?;
                (Kind::Bars(plan), to_end)
            }
            RowKind::Quotes(c) => {
                let (plan, to_end) = at.quotes(c, stated)?;
                (Kind::Quotes(plan), to_end)
            }
        };
        let contract = match &dialect.contract {
            Some(column) => Some(at.find("contract", column)?),
            None => None,
        };
        Ok(Self {
            delimiter: u8::try_from(dialect.delimiter).unwrap_or(b','),
            stamp,
            // A generic header with both a stamp and a date column of the same name has one stamp.
            date: date.filter(|date| *date != stamp),
            contract,
            price_div: dialect.price_div,
            to_end,
            zone: zone(dialect, stated)?,
            kind,
            names,
        })
    }
}

/// The zone: from the dialect or from the user, from one of them.
fn zone(dialect: &Dialect, stated: &Stated) -> Result<Option<String>, Failure> {
    let name = &dialect.name;
    match (&dialect.zone, &stated.zone) {
        (None, None) if dialect.stamp_format.is_instant() => Ok(None),
        (None, None) => {
            let text = format!("dialect {name} does not say the zone of its stamps");
            Err(Failure::new(FailureClass::Config, text).hint(
                "give it, for example --zone America/New_York: the zone that the exporting \
                 program showed its times in",
            ))
        }
        (Some(own), Some(given)) if own != given => Err(twice(name, "zone", own, "--zone")),
        (Some(zone), _) | (None, Some(zone)) => Ok(Some(zone.clone())),
    }
}

fn twice(name: &str, key: &str, own: &str, option: &str) -> Failure {
    let text = format!("dialect {name} says {key} = {own}, and {option} says otherwise");
    Failure::new(FailureClass::Config, text)
        .hint(format!("leave {option} out, or copy the dialect and change it"))
}

/// The columns of a header.
struct Columns<'a> {
    dialect: &'a Dialect,
    names: &'a [String],
}

impl Columns<'_> {
    fn maybe(&self, names: Option<&Names>) -> Option<usize> {
        let position = |name: &String| self.names.iter().position(|n| n.eq_ignore_ascii_case(name));
        names?.list().iter().find_map(position)
    }

    fn find(&self, key: &str, names: &Names) -> Result<usize, Failure> {
        self.maybe(Some(names)).ok_or_else(|| {
            let wanted = names.list().join("`, `");
            let dialect = &self.dialect.name;
            let text = format!("dialect {dialect}, {key}: no column `{wanted}` in the header");
            Failure::bad_input(text).hint(format!("the header has: {}", self.names.join(", ")))
        })
    }

    fn ticks(&self, columns: &TickColumns) -> Result<TickPlan, Failure> {
        let side = match &columns.side {
            None => None,
            Some(side) => {
                let mut texts = BTreeMap::from([(Vec::new(), Side::None)]);
                for (list, side) in
                    [(&side.buy, Side::Buy), (&side.sell, Side::Sell), (&side.none, Side::None)]
                {
                    texts.extend(list.iter().map(|text| (text.as_bytes().to_vec(), side)));
                }
                Some((self.find("side.column", &side.column)?, texts))
            }
        };
        let pair = |a: &Option<Names>, b: &Option<Names>| {
            self.maybe(a.as_ref()).zip(self.maybe(b.as_ref()))
        };
        Ok(TickPlan {
            price: self.find("price", &columns.price)?,
            size: self.find("size", &columns.size)?,
            seq: self.maybe(columns.seq.as_ref()),
            touch: pair(&columns.bid, &columns.ask),
            sizes: pair(&columns.bid_size, &columns.ask_size),
            side,
        })
    }

    fn bars(&self, columns: &BarColumns, stated: &Stated) -> Result<(BarPlan, i64), Failure> {
        let (dur_s, to_end) = self.interval(columns.dur_s, columns.stamp_at, stated)?;
        let plan = BarPlan {
            dur_s,
            prices: [
                self.find("open", &columns.open)?,
                self.find("high", &columns.high)?,
                self.find("low", &columns.low)?,
                self.find("close", &columns.close)?,
            ],
            volume: self.find("volume", &columns.volume)?,
            trades: self.maybe(columns.trades.as_ref()),
            bid_volume: self.maybe(columns.bid_volume.as_ref()),
            ask_volume: self.maybe(columns.ask_volume.as_ref()),
            skip_empty: columns.without_volume == WithoutVolume::Skip,
        };
        Ok((plan, to_end))
    }

    fn quotes(&self, columns: &QuoteColumns, stated: &Stated) -> Result<(QuotePlan, i64), Failure> {
        let to_end = match columns.dur_s {
            None => 0,
            Some(_) => self.interval(columns.dur_s, columns.stamp_at, stated)?.1,
        };
        let columns = [
            self.find("bid", &columns.bid)?,
            self.find("bid_size", &columns.bid_size)?,
            self.find("ask", &columns.ask)?,
            self.find("ask_size", &columns.ask_size)?,
        ];
        Ok((QuotePlan { columns }, to_end))
    }

    /// Length of a bar, and how far its end is from its stamp.
    fn interval(
        &self,
        dur_s: Option<u32>,
        stamp_at: Option<BarStamp>,
        stated: &Stated,
    ) -> Result<(u32, i64), Failure> {
        let name = &self.dialect.name;
        let missing = |what: &str, option: &str| {
            let text = format!("dialect {name} does not say {what}");
            Failure::new(FailureClass::Config, text).hint(format!("give it: {option}"))
        };
        let dur_s = match (dur_s, stated.dur_s) {
            (Some(own), Some(given)) if own != given => {
                return Err(twice(name, "dur_s", &own.to_string(), "--dur"));
            }
            (own, given) => own.or(given).filter(|dur| *dur > 0),
        };
        let dur_s = dur_s.ok_or_else(|| missing("how long a bar is", "--dur SECONDS"))?;
        let stamp_at = match (stamp_at, stated.stamp_at) {
            (Some(own), Some(given)) if own != given => {
                return Err(twice(name, "stamp_at", "the other end", "--stamp-at"));
            }
            (own, given) => own.or(given),
        };
        let what = "which end of a bar its stamp names";
        match stamp_at.ok_or_else(|| missing(what, "--stamp-at start or --stamp-at end"))? {
            BarStamp::Start => Ok((dur_s, i64::from(dur_s) * 1_000_000)),
            BarStamp::End => Ok((dur_s, 0)),
        }
    }
}
