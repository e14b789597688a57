//! A whole chain, whatever document it came in.

use crate::feeds::Refusal;
use crate::feeds::cboe::DELAY_US;
use crate::feeds::cboe::csv_document;
use crate::feeds::cboe::json_document;
use crate::feeds::cboe::series::Series;
use crate::feeds::cboe::stamp;
use crate::market::Calendar;
use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::wire::Failure;
use crate::wire::Num;
use crate::wire::OptionQuote;
use crate::wire::Right;
use crate::wire::Settlement;
use crate::wire::Src;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// What was seen in a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CboeCounts {
    /// Options listed.
    pub listed: u64,
    /// Options left out because they had settled when the document was made.
    pub expired: u64,
    /// Their open interest, contracts.
    pub expired_oi: u64,
    /// Quotes whose bid was above their ask, or that had no ask: dropped, the option kept.
    pub crossed: u64,
    /// Options without a volatility.
    pub without_iv: u64,
    /// Options refused.
    pub refused: u64,
}

/// A chain at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// Underlying.
    pub und: Sym,
    /// When the document was made, microseconds UTC.
    pub stamp: i64,
    /// Price of the underlying.
    pub spot: Option<Px>,
    /// Name of the underlying in the document, or its symbol there.
    pub name: String,
    /// The options, in the document's order; `ts` is the document's stamp.
    pub options: Vec<OptionQuote>,
    /// What was refused, with its place in the document.
    pub refused: Vec<(String, Refusal)>,
    /// What was seen.
    pub counts: CboeCounts,
}

impl Snapshot {
    /// The same, received at `ts`, microseconds UTC.
    #[must_use]
    pub fn received(mut self, ts: i64) -> Self {
        for option in &mut self.options {
            option.ts = ts;
        }
        self
    }

    /// Time of the quotes, microseconds UTC.
    pub const fn asof(&self) -> i64 {
        self.stamp - DELAY_US
    }
}

/// What a document says of one option.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Row {
    /// Best bid, points; 0 is none.
    pub bid: f64,
    /// Best ask, points; 0 is none.
    pub ask: f64,
    /// Volatility; 0 or less is none.
    pub iv: f64,
    /// Delta.
    pub delta: f64,
    /// Gamma per point.
    pub gamma: f64,
    /// Open interest, contracts.
    pub oi: f64,
    /// Volume today, contracts.
    pub volume: f64,
}

/// Collects the options of a document.
pub(super) struct Collector<'a> {
    calendar: &'a Calendar,
    stamp: i64,
    /// New York's date and time of day at the stamp.
    now: (Date, Time),
    snapshot: Snapshot,
    /// The expiry last seen, and as text: hundreds of rows have the same.
    exp: (Date, String),
}

impl<'a> Collector<'a> {
    /// Nothing collected of a document made at `stamp`.
    pub fn new(stamp: i64, calendar: &'a Calendar) -> Result<Self, Failure> {
        let at = Timestamp::from_microsecond(stamp).ok().filter(|_| stamp > DELAY_US);
        let zone = stamp::new_york().unwrap_or(TimeZone::UTC);
        let shown = at.map(|at| at.to_zoned(zone)).ok_or_else(|| {
            Failure::bad_input(format!("the document's time {stamp} is out of range"))
        })?;
        let snapshot = Snapshot {
            und: Sym::NONE,
            stamp,
            spot: None,
            name: String::new(),
            options: Vec::new(),
            refused: Vec::new(),
            counts: CboeCounts::default(),
        };
        let exp = (shown.date(), shown.date().to_string());
        Ok(Self { calendar, stamp, now: (shown.date(), shown.time()), snapshot, exp })
    }

    /// Takes the underlying: how the document names it, and its price.
    pub fn underlying(&mut self, name: &str, spot: f64) {
        self.snapshot.name = name.chars().take(80).collect();
        self.snapshot.spot = Px::from_points(spot).filter(|px| px.nanos() > 0);
    }

    /// Takes an option, or refuses it.
    pub fn option(&mut self, series: Series, row: Row, place: impl FnOnce() -> String) {
        self.snapshot.counts.listed += 1;
        match self.read(series, row) {
            Ok(Some(option)) => self.snapshot.options.push(option),
            Ok(None) => {}
            Err(refusal) => {
                self.snapshot.counts.listed -= 1;
                self.refuse(refusal, place());
            }
        }
    }

    /// Refuses a row.
    pub fn refuse(&mut self, refusal: Refusal, place: String) {
        self.snapshot.counts.listed += 1;
        self.snapshot.counts.refused += 1;
        self.snapshot.refused.push((place, refusal));
    }

    fn read(&mut self, series: Series, row: Row) -> Result<Option<OptionQuote>, Refusal> {
        if self.snapshot.und == Sym::NONE {
            self.snapshot.und = series.und;
        }
        check(&series, &row, self.snapshot.und)?;
        let count = |value: f64| (value >= 0.0).then_some(value as u64);
        let (oi, vol) = (count(row.oi), count(row.volume));
        if self.has_settled(&series) {
            self.snapshot.counts.expired += 1;
            self.snapshot.counts.expired_oi += oi.unwrap_or(0);
            return Ok(None);
        }
        let price = |points: f64| Px::from_points(points).filter(|px| px.nanos() > 0);
        let (mut bid, mut ask) = (price(row.bid), price(row.ask));
        // Also a bid without an ask: nobody bids for what nobody sells.
        if row.bid > row.ask {
            self.snapshot.counts.crossed += 1;
            (bid, ask) = (None, None);
        }
        if self.exp.0 != series.exp {
            self.exp = (series.exp, series.exp.to_string());
        }
        let iv = (row.iv > 0.0).then_some(Num(row.iv));
        self.snapshot.counts.without_iv += u64::from(iv.is_none());
        Ok(Some(OptionQuote {
            ts: self.stamp,
            sym: series.sym,
            und: series.und,
            root: series.root,
            exp: self.exp.1.clone(),
            settle: series.settle,
            right: series.right,
            strike: series.strike,
            bid,
            ask,
            iv,
            oi,
            vol,
            gamma: Some(Num(row.gamma)),
            asof: self.stamp - DELAY_US,
            src: Src::Cboe,
        }))
    }

    /// Whether the option had settled when the document was made.
    fn has_settled(&self, series: &Series) -> bool {
        let (date, time) = self.now;
        if series.exp != date {
            return series.exp < date;
        }
        let opening = Time::constant(9, 30, 0, 0);
        let closing = Time::constant(16, 0, 0, 0);
        match series.settle {
            Settlement::Am => time >= opening,
            Settlement::Pm => {
                // A day that closes early settles early.
                let session = self.calendar.session_of(TradeDate::from_civil(date));
                match session.ok().flatten().and_then(|s| s.rth) {
                    Some((_, close)) => self.stamp >= close,
                    None => time >= closing,
                }
            }
        }
    }

    /// The chain.
    ///
    /// # Errors
    /// There is no option in it.
    pub fn finish(self) -> Result<Snapshot, Failure> {
        if self.snapshot.counts.listed == 0 {
            return Err(Failure::bad_input("the document lists no options")
                .hint("download the whole chain: all expiries, all strikes"));
        }
        let CboeCounts { crossed, listed, .. } = self.snapshot.counts;
        if crossed > CROSSED_MIN && crossed * CROSSED_SHARE > listed {
            return Err(Failure::bad_input(format!(
                "{crossed} of {listed} quotes are crossed: a genuine chain has one or two"
            ))
            .hint(FABRICATED));
        }
        Ok(self.snapshot)
    }
}

/// So many crossed quotes are believed in any chain.
const CROSSED_MIN: u64 = 10;
/// Beyond that a chain is refused if more than one in so many is crossed.
const CROSSED_SHARE: u64 = 50;

/// What makes an option impossible, if anything.
fn check(series: &Series, row: &Row, und: Sym) -> Result<(), Refusal> {
    let refuse = |code: &'static str, reason: String, remedy: &'static str| {
        Err(Refusal { code, reason, remedy })
    };
    let sym = series.sym;
    if series.und != und {
        let reason = format!("{sym} is not an option on {und}");
        return refuse("cboe_underlying", reason, "one chain a file");
    }
    let values = [row.bid, row.ask, row.iv, row.delta, row.gamma, row.oi, row.volume];
    if !values.iter().all(|v| v.is_finite()) {
        return refuse("cboe_number", format!("{sym} has a value that is not finite"), COMPARE);
    }
    if row.bid < 0.0 || row.ask < 0.0 || row.oi < 0.0 || row.volume < 0.0 || row.gamma < 0.0 {
        return refuse("cboe_negative", format!("{sym} has a negative value"), COMPARE);
    }
    if row.oi.fract() != 0.0 || row.volume.fract() != 0.0 || row.oi > 1e12 || row.volume > 1e12 {
        return refuse("cboe_count", format!("{sym} has no whole count of contracts"), COMPARE);
    }
    if !series.is_on_strike_grid() {
        let reason = format!("strike {} of {sym} is not one that {und} lists", series.strike);
        return refuse("cboe_strike", reason, FABRICATED);
    }
    let wrong = match series.right {
        Right::Call => row.delta < 0.0,
        Right::Put => row.delta > 0.0,
    };
    if wrong || row.delta.abs() > 1.0 {
        let reason = format!("delta {} of {sym} has the wrong sign or size", row.delta);
        return refuse("cboe_delta", reason, FABRICATED);
    }
    Ok(())
}

const COMPARE: &str = "compare the row with what Cboe's page shows";
const FABRICATED: &str = "fabricated chains have such marks: do not use the file";

/// Reads a document: JSON if it begins with a brace, else CSV.
///
/// # Errors
/// It is neither, or says no time; single options that are wrong are refused in the snapshot.
pub fn decode(document: &[u8], calendar: &Calendar) -> Result<Snapshot, Failure> {
    let text = document.strip_prefix("\u{feff}".as_bytes()).unwrap_or(document).trim_ascii_start();
    match text.first() {
        None => Err(Failure::bad_input("the document is empty")),
        Some(b'{') => json_document::read(text, calendar),
        Some(b'<') => Err(Failure::bad_input("the document is a web page, not a chain")
            .hint("download the table itself (\"Download CSV\"), or the JSON of the address")),
        // Lines are counted from the very first.
        Some(_) => csv_document::read(document, calendar),
    }
}
