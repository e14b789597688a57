//! Lines of answers to history requests.

use crate::feeds::csv::field::CivilStamp;
use crate::feeds::iqfeed::eastern;
use crate::feeds::iqfeed::level1::count;
use crate::feeds::iqfeed::level1::price;
use crate::feeds::iqfeed::lines::BadLine;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::lines::Lines;
use crate::feeds::iqfeed::lines::cells;
use crate::feeds::iqfeed::system;
use crate::feeds::iqfeed::system::System;
use crate::market::Px;

/// Most cells that a row has, with request and data id.
const CELLS: usize = 14;

/// What a trade was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// `C`: qualifies as last price.
    Last,
    /// `E`: outside regular hours, forms the price there.
    Extended,
    /// `O`: neither.
    Other,
    /// `S`: a settlement.
    Settlement,
}

/// A trade. Layouts: ten cells up to protocol 6.0, twelve from 6.1 on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tick {
    /// Civil stamp, Eastern, microseconds counted as if it were UTC.
    pub at: i64,
    /// Whether the stamp is as fine as a millisecond.
    pub fine: bool,
    /// Price.
    pub px: Px,
    /// Size.
    pub size: u64,
    /// Volume of the day with it.
    pub total_volume: u64,
    /// Bid at that time.
    pub bid: Option<Px>,
    /// Ask at that time.
    pub ask: Option<Px>,
    /// The vendor's number.
    pub tick_id: u64,
    /// What it was.
    pub basis: Basis,
    /// 1 buyer, 2 seller, 0 and 3 not known; `None` where the layout has no such cell.
    pub aggressor: Option<u8>,
    /// Day of the month of its session; `None` where the layout has no such cell.
    pub day: Option<u8>,
}

/// A bar of some seconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Civil stamp, Eastern, microseconds counted as if it were UTC: the start or the end, as the
    /// request said.
    pub at: i64,
    /// Highest price.
    pub high: Px,
    /// Lowest price.
    pub low: Px,
    /// First price.
    pub open: Px,
    /// Last price.
    pub close: Px,
    /// Volume of the day so far.
    pub total_volume: u64,
    /// Volume of the bar.
    pub volume: u64,
    /// Trades; 0 where the vendor does not say.
    pub trades: u64,
}

/// A bar of a day, a week or a month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Daily {
    /// Midnight of its date, microseconds counted as if it were UTC.
    pub at: i64,
    /// Highest price.
    pub high: Px,
    /// Lowest price.
    pub low: Px,
    /// First price.
    pub open: Px,
    /// Last price.
    pub close: Px,
    /// Volume.
    pub volume: u64,
    /// Open interest.
    pub open_interest: u64,
}

/// What one line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HistoryEvent {
    /// A trade.
    Tick(Tick),
    /// A bar of some seconds.
    Interval(Interval),
    /// A bar of a day, a week or a month.
    Daily(Daily),
    /// There are no data of that time.
    NoData,
    /// The program complains.
    Error(String),
    /// About the program (`S,...`), for example the answer about the protocol.
    System(System),
    /// The answer is complete.
    End,
}

/// Lines of answers to events, whatever the protocol: with or without request id and data id. No
/// I/O.
#[derive(Clone, Debug, Default)]
pub struct HistoryDecoder {
    lines: Lines,
    civil: CivilStamp,
}

impl HistoryDecoder {
    /// A decoder at the start of a connection or file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next event; `None` when more bytes are needed.
    ///
    /// # Errors
    /// A line that contradicts its layout; the next call goes on behind it.
    pub fn next_event(&mut self) -> Option<Result<HistoryEvent, BadLine>> {
        let (offset, range) = match self.lines.next_line()? {
            Ok(found) => found,
            Err(bad) => return Some(Err(bad)),
        };
        let event = read(self.lines.get(range), &mut self.civil);
        Some(event.map_err(|fault| fault.at(offset)))
    }

    /// Reads one line without its line end, apart from what was pushed.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<HistoryEvent, Fault> {
        read(line, &mut self.civil)
    }
}

/// Puts the cells after request id and data id into `found`; how many they are.
fn payload<'a>(line: &'a [u8], found: &mut [&'a [u8]; CELLS]) -> usize {
    let mut used = 0;
    for cell in cells(line).take(CELLS) {
        found[used] = cell;
        used += 1;
    }
    let is_known = |cell: &[u8]| {
        matches!(cell, b"E" | b"LH" | b"!ENDMSG!") || cell.get(4) == Some(&b'-') && cell.len() >= 10
    };
    // An id chosen by the asker may be anything that is no first cell itself.
    let mut skip = usize::from(used > 1 && !is_known(found[0]) && is_known(found[1]));
    if found[skip] == b"LH" {
        skip += 1;
    }
    found.copy_within(skip.., 0);
    used.saturating_sub(skip)
}

fn read(line: &[u8], civil: &mut CivilStamp) -> Result<HistoryEvent, Fault> {
    if line.starts_with(b"S,") {
        return system::read(line).map(HistoryEvent::System);
    }
    if line.starts_with(b"T,") {
        return Ok(HistoryEvent::System(System::Other));
    }
    let mut found: [&[u8]; CELLS] = [b""; CELLS];
    let used = payload(line, &mut found);
    let cells = &found[..used];
    match cells {
        [b"!ENDMSG!", ..] => Ok(HistoryEvent::End),
        [b"E", b"!NO_DATA!", ..] => Ok(HistoryEvent::NoData),
        [b"E", rest @ ..] => Ok(HistoryEvent::Error(shown(rest))),
        [_, _, _, _, _, _, _, _, _, _, rest @ ..] if rest.len() <= 2 => tick(cells, civil),
        [_, _, _, _, _, _, _, _] => interval(cells, civil),
        [_, _, _, _, _, _, _] => daily(cells),
        _ => Err(Fault::short(line)),
    }
}

/// `time,last,size,total,bid,ask,id,basis,center,conditions[,aggressor[,day]]`.
fn tick(cells: &[&[u8]], civil: &mut CivilStamp) -> Result<HistoryEvent, Fault> {
    let (at, fine) = stamp(cells[0], civil)?;
    Ok(HistoryEvent::Tick(Tick {
        at,
        fine,
        px: price("the price", cells[1])?,
        size: count("the size", cells[2])?,
        total_volume: count("the total volume", cells[3])?,
        bid: quoted("the bid", cells[4])?,
        ask: quoted("the ask", cells[5])?,
        tick_id: count("the tick id", cells[6])?,
        basis: basis_of(cells[7])?,
        aggressor: small("the aggressor", cells.get(10))?,
        day: small("the day", cells.get(11))?,
    }))
}

/// `time,high,low,open,close,total,volume,trades`.
fn interval(cells: &[&[u8]], civil: &mut CivilStamp) -> Result<HistoryEvent, Fault> {
    Ok(HistoryEvent::Interval(Interval {
        at: stamp(cells[0], civil)?.0,
        high: price("the high", cells[1])?,
        low: price("the low", cells[2])?,
        open: price("the open", cells[3])?,
        close: price("the close", cells[4])?,
        total_volume: count("the total volume", cells[5])?,
        volume: count("the volume", cells[6])?,
        trades: count("the number of trades", cells[7])?,
    }))
}

/// `date,high,low,open,close,volume,open interest`.
fn daily(cells: &[&[u8]]) -> Result<HistoryEvent, Fault> {
    Ok(HistoryEvent::Daily(Daily {
        at: day(cells[0])?,
        high: price("the high", cells[1])?,
        low: price("the low", cells[2])?,
        open: price("the open", cells[3])?,
        close: price("the close", cells[4])?,
        volume: count("the volume", cells[5])?,
        open_interest: count("the open interest", cells[6])?,
    }))
}

/// A small number that may be missing.
fn small(what: &str, cell: Option<&&[u8]>) -> Result<Option<u8>, Fault> {
    let Some(cell) = cell.filter(|cell| !cell.is_empty()) else { return Ok(None) };
    let number = count(what, cell).ok().and_then(|number| u8::try_from(number).ok());
    number.map(Some).ok_or_else(|| Fault::cell(what, cell))
}

fn stamp(cell: &[u8], civil: &mut CivilStamp) -> Result<(i64, bool), Fault> {
    let at = civil.read(cell).ok_or_else(|| Fault::cell("the time", cell))?;
    Ok((at, eastern::is_fine(cell)))
}

fn day(cell: &[u8]) -> Result<i64, Fault> {
    let date = cell.get(..10).and_then(eastern::date);
    date.ok_or_else(|| Fault::cell("the date", cell))
}

/// A bid or ask; 0 means that there is none.
fn quoted(what: &str, cell: &[u8]) -> Result<Option<Px>, Fault> {
    if cell.is_empty() {
        return Ok(None);
    }
    price(what, cell).map(|px| Some(px).filter(|px| px.nanos() > 0))
}

fn basis_of(cell: &[u8]) -> Result<Basis, Fault> {
    match cell {
        b"C" => Ok(Basis::Last),
        b"E" => Ok(Basis::Extended),
        b"O" => Ok(Basis::Other),
        b"S" => Ok(Basis::Settlement),
        _ => Err(Fault::cell("the basis", cell)),
    }
}

fn shown(cells: &[&[u8]]) -> String {
    let texts: Vec<_> = cells.iter().map(|cell| cell.escape_ascii().to_string()).collect();
    texts.join(" ").trim().chars().take(200).collect()
}
