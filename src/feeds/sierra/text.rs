//! Sierra's text exports: time and sales with the book beside it, and intraday data.

use crate::feeds::csv::ZoneClock;
use crate::feeds::csv::count;
use crate::feeds::csv::price;
use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::scid::Entry;
use crate::feeds::sierra::stamp;
use crate::market::Px;
use crate::market::Side;
use crate::wire::BookSide;
use crate::wire::Failure;
use crate::wire::FailureClass;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::Time;
use jiff::tz::Offset;
use std::rc::Rc;

const US_PER_S: i64 = 1_000_000;
/// Columns of a header; the widest export known has 95.
const COLUMNS_MAX: usize = 1024;

/// Positions of the columns of time and sales.
#[derive(Clone, Debug)]
struct SalesPlan {
    sequence: Option<usize>,
    price: usize,
    volume: usize,
    kind: usize,
    /// Ask, its size, bid, its size.
    quote: Option<[usize; 4]>,
    /// Prices of the best levels and the columns of sizes from there on: asks, bids.
    book: Option<BookPlan>,
}

#[derive(Clone, Debug)]
struct BookPlan {
    ask: usize,
    bid: usize,
    asks: Vec<usize>,
    bids: Vec<usize>,
}

/// Open, high, low, last, volume, trades, bid volume, ask volume.
type BarPlan = [usize; 8];

#[derive(Clone, Debug)]
enum Plan {
    Sales(SalesPlan),
    Bars(BarPlan),
}

/// A trade of a time-and-sales export, with what stood beside it.
#[derive(Clone, PartialEq, Debug)]
pub struct SalesRow {
    /// Microseconds UTC.
    pub ts: i64,
    /// Midnight of its date, microseconds UTC: the counter of the exchange starts over some day.
    pub midnight: i64,
    /// The exchange's counter.
    pub seq: Option<u64>,
    /// Price.
    pub px: Px,
    /// Contracts.
    pub sz: u64,
    /// Aggressor.
    pub side: Side,
    /// Bid, its size, ask, its size: as recorded, sane or not.
    pub quote: Option<(Px, u64, Px, u64)>,
    /// Levels of the book, best first, bids before asks.
    pub book: Vec<(BookSide, Px, u64)>,
}

/// A row of a text export.
#[derive(Clone, PartialEq, Debug)]
pub enum TextRow {
    /// Of time and sales.
    Sale(SalesRow),
    /// Of intraday data: what a record of the `.scid` file is.
    Entry(Entry),
}

/// Reads the rows under one header. Takes lines without their line ends; no I/O.
#[derive(Clone, Debug)]
pub struct TextDecoder {
    names: Vec<String>,
    delimiter: u8,
    date: usize,
    time: usize,
    plan: Rc<Plan>,
    levels: usize,
    zone: ZoneClock,
    midnight: (Vec<u8>, i64),
    newest: i64,
    fields: Vec<(usize, usize)>,
}

impl TextDecoder {
    /// A decoder of rows under `header`. `zone` is the IANA zone of intraday data (time and sales
    /// are in UTC), `levels` how many levels of the book on each side are wanted.
    ///
    /// # Errors
    /// No known header; intraday data without a zone, or with an unknown one.
    pub fn new(header: &[u8], zone: Option<&str>, levels: usize) -> Result<Self, Failure> {
        let header = header.strip_prefix("\u{feff}".as_bytes()).unwrap_or(header);
        let delimiter = if header.contains(&b';') { b';' } else { b',' };
        let names: Vec<String> = header
            .split(|byte| *byte == delimiter)
            .take(COLUMNS_MAX)
            .map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned())
            .collect();
        let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let known = find(&["Date"]).zip(find(&["Time"])).and_then(|(date, time)| {
            let sales = sales_plan(&names, levels).map(Plan::Sales);
            Some((date, time, sales.or_else(|| bar_plan(&names).map(Plan::Bars))?))
        });
        let Some((date, time, plan)) = known else { return Err(unknown(header)) };
        let zone = match (&plan, zone) {
            (Plan::Sales(_), _) => "UTC",
            (Plan::Bars(_), Some(zone)) => zone,
            (Plan::Bars(_), None) => {
                let message = "the stamps of this export do not say their time zone";
                return Err(Failure::new(FailureClass::Config, message).hint(
                    "state the zone of the chart, for example --zone America/New_York, or --zone UTC",
                ));
            }
        };
        let zone = ZoneClock::new(zone)
            .map_err(|error| Failure::new(FailureClass::Config, error.to_string()))?;
        Ok(Self {
            names,
            delimiter,
            date,
            time,
            plan: Rc::new(plan),
            levels,
            zone,
            midnight: (Vec::new(), 0),
            newest: i64::MIN,
            fields: Vec::new(),
        })
    }

    /// Whether rows are ordered by the exchange's counter.
    pub fn has_sequence(&self) -> bool {
        matches!(*self.plan, Plan::Sales(SalesPlan { sequence: Some(_), .. }))
    }

    /// Whether rows are what `.scid` records are.
    pub fn is_intraday_data(&self) -> bool {
        matches!(*self.plan, Plan::Bars(_))
    }

    /// Reads a row; `scale` has the product's tick.
    ///
    /// # Errors
    /// Whatever is wrong with the row.
    pub fn row(&mut self, line: &[u8], scale: &PriceScale) -> Result<TextRow, Fault> {
        self.split(line)?;
        match &*Rc::clone(&self.plan) {
            Plan::Sales(plan) => self.sale(line, plan, scale).map(TextRow::Sale),
            Plan::Bars(plan) => self.entry(line, plan).map(TextRow::Entry),
        }
    }

    /// Whether a line has as many columns as the header.
    pub fn has_all_columns(&self, line: &[u8]) -> bool {
        memchr::memchr_iter(self.delimiter, line).count() + 1 == self.names.len()
    }

    /// Whether a row of intraday data has a last column that can be whole: what was sold and what
    /// was bought make the volume.
    pub fn adds_up(&self, line: &[u8]) -> bool {
        let Plan::Bars([.., volume, _, sold, bought]) = *self.plan else { return false };
        let columns: Vec<&[u8]> = line.split(|byte| *byte == self.delimiter).collect();
        let number = |column: usize| columns.get(column).and_then(|text| count(text.trim_ascii()));
        columns.len() == self.names.len()
            && number(sold).zip(number(bought)).map(|(sold, bought)| sold + bought)
                == number(volume)
    }

    fn split(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.fields.clear();
        let mut start = 0;
        for at in memchr::memchr_iter(self.delimiter, line) {
            self.fields.push((start, at));
            start = at + 1;
        }
        self.fields.push((start, line.len()));
        let (found, wanted) = (self.fields.len(), self.names.len());
        if found == wanted { Ok(()) } else { Err(Fault::Columns { found, wanted }) }
    }

    fn sale(
        &mut self,
        line: &[u8],
        plan: &SalesPlan,
        scale: &PriceScale,
    ) -> Result<SalesRow, Fault> {
        let midnight = self.midnight(line)?;
        // The digits after the point are a count of microseconds without leading zeros.
        let ts =
            midnight + self.clock(line, |digits| whole(digits).filter(|us| *us < 1_000_000))?;
        let seq = plan.sequence.map(|column| self.count(line, column)).transpose()?;
        let sz = self.count(line, plan.volume)?;
        if sz == 0 {
            return Err(self.wrong(line, plan.volume, "is no size of a trade"));
        }
        let side = match self.text(line, plan.kind) {
            b"1" => Side::Sell,
            b"2" => Side::Buy,
            _ => Side::None,
        };
        let px = self.price(line, plan.price, scale)?;
        let quote = plan.quote.and_then(|[ask, ask_size, bid, bid_size]| {
            let px = |column| self.price(line, column, scale).ok();
            let size = |column| self.count(line, column).ok();
            Some((px(bid)?, size(bid_size)?, px(ask)?, size(ask_size)?))
        });
        let book = match &plan.book {
            Some(book) if self.levels > 0 => self.book(line, book, scale)?,
            _ => Vec::new(),
        };
        Ok(SalesRow { ts, midnight, seq, px, sz, side, quote, book })
    }

    fn book(
        &self,
        line: &[u8],
        plan: &BookPlan,
        scale: &PriceScale,
    ) -> Result<Vec<(BookSide, Px, u64)>, Fault> {
        let mut book = Vec::with_capacity(2 * self.levels);
        for (side, best, columns, step) in [
            (BookSide::Bid, plan.bid, &plan.bids, -scale.tick().nanos()),
            (BookSide::Ask, plan.ask, &plan.asks, scale.tick().nanos()),
        ] {
            let best = self.price(line, best, scale)?;
            for (level, column) in (0_i64..).zip(columns) {
                let px = Px::from_nanos(best.nanos() + level * step);
                let size = self.count(line, *column)?;
                if size > 0 && px.nanos() > 0 {
                    book.push((side, px, size));
                }
            }
        }
        Ok(book)
    }

    fn entry(&mut self, line: &[u8], plan: &BarPlan) -> Result<Entry, Fault> {
        let local = self.midnight(line)? + self.clock(line, decimal_micros)?;
        let ts = self.zone.utc(local, self.newest).or_else(|_| self.zone.utc(local, i64::MIN));
        let ts =
            ts.map_err(|_| self.wrong(line, self.time, "is a time that the zone never showed"))?;
        self.newest = self.newest.max(ts);
        let number = |column: usize| -> Result<f32, Fault> {
            let text = self.text(line, column);
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            number.ok_or_else(|| self.wrong(line, column, "is not a number"))
        };
        let size = |column: usize| -> Result<u32, Fault> {
            let size = u32::try_from(self.count(line, column)?);
            size.map_err(|_| self.wrong(line, column, "is too large"))
        };
        let [open, high, low, last, volume, trades, sold, bought] = *plan;
        Ok(Entry {
            time: stamp::raw_us(ts),
            // A zero of either sign is the mark of a trade.
            open: Some(number(open)?.to_bits()).filter(|bits| bits << 1 != 0).unwrap_or(0),
            high: number(high)?,
            low: number(low)?,
            close: number(last)?,
            trades: size(trades)?,
            volume: size(volume)?,
            bid_volume: size(sold)?,
            ask_volume: size(bought)?,
        })
    }

    /// Midnight of the row's date, as if its clock showed UTC.
    fn midnight(&mut self, line: &[u8]) -> Result<i64, Fault> {
        let (start, end) = self.fields[self.date];
        let text = line[start..end].trim_ascii();
        if self.midnight.0 != text {
            let read = midnight(text);
            let midnight = read.ok_or_else(|| self.wrong(line, self.date, "is not a date"))?;
            self.midnight = (text.to_vec(), midnight);
        }
        Ok(self.midnight.1)
    }

    /// Microseconds since midnight; `fraction` reads the digits after the point.
    fn clock(&self, line: &[u8], fraction: fn(&[u8]) -> Option<u64>) -> Result<i64, Fault> {
        let text = self.text(line, self.time);
        let read = || {
            let (clock, digits) = match memchr::memchr(b'.', text) {
                Some(point) => (&text[..point], Some(&text[point + 1..])),
                None => (text, None),
            };
            let mut parts = clock.split(|byte| *byte == b':').map(two_digits);
            let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
            if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let micros = digits.map_or(Some(0), fraction)?;
            Some((hour * 3600 + minute * 60 + second) as i64 * US_PER_S + micros as i64)
        };
        read().ok_or_else(|| self.wrong(line, self.time, "is not a time"))
    }

    fn price(&self, line: &[u8], column: usize, scale: &PriceScale) -> Result<Px, Fault> {
        let Some(px) = price(self.text(line, column)) else {
            return Err(self.wrong(line, column, "is not a price"));
        };
        scale
            .snap_points(px.points())
            .ok_or_else(|| self.wrong(line, column, "is not above zero or off the tick grid"))
    }

    fn count(&self, line: &[u8], column: usize) -> Result<u64, Fault> {
        let read = count(self.text(line, column));
        read.ok_or_else(|| self.wrong(line, column, "is not a whole number from 0 on"))
    }

    fn text<'a>(&self, line: &'a [u8], column: usize) -> &'a [u8] {
        let (start, end) = self.fields[column];
        line[start..end].trim_ascii()
    }

    #[cold]
    fn wrong(&self, line: &[u8], column: usize, what: &'static str) -> Fault {
        Fault::field(&self.names[column], self.text(line, column), what)
    }
}

fn sales_plan(names: &[String], levels: usize) -> Option<SalesPlan> {
    let find = |wanted: &str| names.iter().position(|name| name == wanted);
    let numbered = |side: &str| -> Vec<usize> {
        (0..levels).map_while(|level| find(&format!("{side}DOM_{level}"))).collect()
    };
    let quote = || Some([find("AskPrice")?, find("AskSize")?, find("BidPrice")?, find("BidSize")?]);
    let book = || {
        let (ask, bid) = (find("AskDOMPrice")?, find("BidDOMPrice")?);
        Some(BookPlan { ask, bid, asks: numbered("Ask"), bids: numbered("Bid") })
    };
    Some(SalesPlan {
        sequence: find("Sequence"),
        price: find("Price")?,
        volume: find("Volume")?,
        kind: find("TradeType")?,
        quote: quote(),
        book: book(),
    })
}

fn bar_plan(names: &[String]) -> Option<BarPlan> {
    let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    Some([
        find(&["Open"])?,
        find(&["High"])?,
        find(&["Low"])?,
        find(&["Last", "Close"])?,
        find(&["Volume"])?,
        find(&["NumberOfTrades", "# of Trades", "NumTrades"])?,
        find(&["BidVolume", "Bid Volume", "Bid Vol"])?,
        find(&["AskVolume", "Ask Volume", "Ask Vol"])?,
    ])
}

fn unknown(header: &[u8]) -> Failure {
    let shown = header[..header.len().min(120)].escape_ascii();
    Failure::bad_input(format!("no export of Sierra Chart has the header `{shown}`")).hint(
        "known are time and sales (Date;Time;Sequence;...;Price;Volume;TradeType;...) and intraday \
         data (Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume)",
    )
}

/// `2022-01-24` or `2022/1/24`.
fn midnight(text: &[u8]) -> Option<i64> {
    let mut parts = text.split(|byte| matches!(byte, b'-' | b'/'));
    let year = whole(parts.next().filter(|year| year.len() == 4)?)?;
    let (month, day) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()?;
    let at: Timestamp = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()?;
    Some(at.as_microsecond())
}

fn two_digits(text: &[u8]) -> Option<u64> {
    if text.len() > 2 { None } else { whole(text) }
}

/// Plain digits, one to nine of them.
fn whole(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u64::from(digit))
    })
}

/// A decimal fraction of a second, up to six digits, as microseconds.
fn decimal_micros(digits: &[u8]) -> Option<u64> {
    let scale = [1, 100_000, 10_000, 1_000, 100, 10, 1];
    Some(whole(digits)? * scale.get(digits.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALES: &str = "Date;Time;Sequence;Price;Volume;TradeType;AskPrice;BidPrice;AskSize;BidSize;\
                         AskDOMPrice;BidDOMPrice;AskDOM_0;BidDOM_0;AskDOM_1;BidDOM_1";
    const BARS: &str =
        "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume";

    fn scale() -> PriceScale {
        PriceScale::new(1.0, Px::from_nanos(250_000_000))
    }

    fn sale(line: &str) -> Result<SalesRow, Fault> {
        let mut decoder = TextDecoder::new(SALES.as_bytes(), None, 2).unwrap();
        match decoder.row(line.as_bytes(), &scale())? {
            TextRow::Sale(row) => Ok(row),
            TextRow::Entry(_) => panic!("a bar"),
        }
    }

    #[test]
    fn the_digits_after_the_point_are_a_count() {
        let at = |time: &str| {
            sale(&format!(
                "2022-01-24;{time};7;4347.75;1;2;4347.75;4347.5;12;34;4347.75;4347.5;1;2;3;4"
            ))
            .map(|row| row.ts - 1_643_031_000_000_000)
        };
        assert_eq!(at("13:30:00.5000"), Ok(5_000));
        assert_eq!(at("13:30:00.47000"), Ok(47_000));
        assert_eq!(at("13:30:00.955009"), Ok(955_009));
        assert_eq!(at("13:30:00.000"), Ok(0));
        assert_eq!(at("13:30:00"), Ok(0));
        for wrong in ["13:30:00.1000000", "13:30:00.", "13:60:00", "24:00:00", "13:30", "x"] {
            assert!(matches!(at(wrong), Err(Fault::Field { .. })), "{wrong}");
        }
    }

    #[test]
    fn the_book_starts_at_its_own_prices() {
        let row = "2022-01-24;13:30:00.1;7;4347.75;3;1;4347.75;4347.5;12;34;4348;4347.25;1;2;0;4";
        let row = sale(row).unwrap();
        assert_eq!((row.side, row.sz, row.seq), (Side::Sell, 3, Some(7)));
        let (bid, bsz, ask, asz) = row.quote.unwrap();
        assert_eq!(
            (bid.to_string(), bsz, ask.to_string(), asz),
            ("4347.5".into(), 34, "4347.75".into(), 12)
        );
        let book: Vec<_> = row.book.iter().map(|(bs, px, sz)| (*bs, px.to_string(), *sz)).collect();
        assert_eq!(
            book,
            [
                (BookSide::Bid, "4347.25".into(), 2),
                (BookSide::Bid, "4347".into(), 4),
                (BookSide::Ask, "4348".into(), 1),
            ]
        );
    }

    #[test]
    fn intraday_data_need_a_zone() {
        let refused = TextDecoder::new(BARS.as_bytes(), None, 0).unwrap_err();
        assert_eq!(refused.class, FailureClass::Config);
        let mut decoder = TextDecoder::new(BARS.as_bytes(), Some("America/Chicago"), 0).unwrap();
        let row = b"2025/12/8, 17:30:00.018, 6800.00, 6801.25, 6799.50, 6800.25, 17, 15, 6, 11";
        let TextRow::Entry(entry) = decoder.row(row, &scale()).unwrap() else { panic!("a sale") };
        assert_eq!(entry.ts(), Some(1_765_236_600_018_000));
        assert_eq!((entry.trades, entry.bid_volume, entry.ask_volume), (15, 6, 11));
        assert!(TextDecoder::new(b"a,b,c", None, 0).is_err());
    }
}
