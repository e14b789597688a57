//! Lines of the Level 1 port.

use crate::feeds::csv::field;
use crate::feeds::iqfeed::eastern;
use crate::feeds::iqfeed::eastern::Local;
use crate::feeds::iqfeed::fieldset::Field;
use crate::feeds::iqfeed::fieldset::Fieldset;
use crate::feeds::iqfeed::lines::BadLine;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::lines::Lines;
use crate::feeds::iqfeed::lines::cells;
use crate::feeds::iqfeed::lines::first_cells;
use crate::feeds::iqfeed::system;
use crate::feeds::iqfeed::system::System;
use crate::market::Px;
use crate::market::Sym;

/// What one line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Level1Event {
    /// State of a symbol: `P` when it is watched, `Q` when something changed.
    Update(Box<Update>),
    /// A trade is to be added or taken out.
    Correction(Correction),
    /// The time of the servers: microseconds of the Eastern clock counted as if it were UTC.
    Time(i64),
    /// About the program.
    System(System),
    /// There is no such symbol.
    NotFound(String),
    /// The program complains.
    Error(String),
    /// Fundamentals, regionals, news: of no use here. Its first byte.
    Ignored(u8),
    /// No line of the protocol. Its first byte, 0 for an empty line.
    Unknown(u8),
}

/// The state of a symbol. What the line leaves empty is `None`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Update {
    /// Symbol as the vendor writes it.
    pub symbol: Sym,
    /// Whether it answers a request (`P`) and tells nothing new.
    pub summary: bool,
    /// Price of the most recent trade.
    pub last: Option<Px>,
    /// Its size, contracts.
    pub size: Option<u64>,
    /// Its date: midnight, microseconds, as if it were UTC.
    pub date: Option<i64>,
    /// Its time of day, Eastern, microseconds.
    pub time: Option<i64>,
    /// Whether that time is as fine as a millisecond.
    pub fine: bool,
    /// Aggressor: 1 buyer, 2 seller, 0 and 3 not known.
    pub aggressor: Option<u8>,
    /// The vendor's number of the trade.
    pub tick_id: Option<u64>,
    /// Best bid.
    pub bid: Option<Px>,
    /// Contracts bid.
    pub bid_size: Option<u64>,
    /// Time of day of the bid, Eastern, microseconds.
    pub bid_time: Option<i64>,
    /// Best ask.
    pub ask: Option<Px>,
    /// Contracts offered.
    pub ask_size: Option<u64>,
    /// Time of day of the ask, Eastern, microseconds.
    pub ask_time: Option<i64>,
    /// Volume of the day, contracts.
    pub total_volume: Option<u64>,
    contents: u64,
}

impl Update {
    /// Whether the line says that a trade of this letter happened: `C` last-qualified, `E` extended
    /// hours, `O` other.
    pub fn has(&self, letter: u8) -> bool {
        bit(letter).is_some_and(|bit| self.contents & bit != 0)
    }

    /// Whether the line is a new trade and does not only repeat the most recent one.
    pub fn is_trade(&self) -> bool {
        !self.summary && (self.has(b'C') || self.has(b'E') || self.has(b'O'))
    }
}

/// A trade that is to be added or taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// Symbol as the vendor writes it.
    pub symbol: Sym,
    /// Whether the trade is added; else it is taken out.
    pub insert: bool,
    /// Civil stamp, Eastern, microseconds as if it were UTC.
    pub at: i64,
    /// Price.
    pub px: Px,
    /// Size, contracts.
    pub size: u64,
    /// The vendor's number of the trade.
    pub tick_id: Option<u64>,
}

/// Lines of the Level 1 port to events. No I/O.
#[derive(Clone, Debug, Default)]
pub struct Level1Decoder {
    lines: Lines,
    fields: Fieldset,
}

impl Level1Decoder {
    /// A decoder at the start of a connection, with the protocol's own order of fields.
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
    pub fn next_event(&mut self) -> Option<Result<Level1Event, BadLine>> {
        let (offset, range) = match self.lines.next_line()? {
            Ok(found) => found,
            Err(bad) => return Some(Err(bad)),
        };
        let line = self.lines.get(range);
        let event = read(line, &self.fields);
        if let Ok(Level1Event::System(System::FieldNames(names))) = &event {
            self.fields = Fieldset::named(names.iter().map(String::as_str));
        }
        Some(event.map_err(|fault| fault.at(offset)))
    }

    /// The names of fields that MIA uses and that updates do not have, and whether records can be
    /// made without them.
    pub fn missing_fields(&self) -> (Vec<&'static str>, bool) {
        self.fields.missing()
    }
}

fn read(line: &[u8], fields: &Fieldset) -> Result<Level1Event, Fault> {
    let kind = line.first().copied().unwrap_or_default();
    if line.get(1) != Some(&b',') {
        return Ok(Level1Event::Unknown(kind));
    }
    let rest = &line[2..];
    Ok(match kind {
        b'Q' | b'P' => Level1Event::Update(Box::new(update(rest, kind == b'P', fields)?)),
        b'C' => Level1Event::Correction(correction(rest)?),
        b'T' => Level1Event::Time(server_time(rest)?),
        b'S' => Level1Event::System(system::read(line)?),
        b'n' => Level1Event::NotFound(text(rest)),
        b'E' => Level1Event::Error(text(rest)),
        b'F' | b'R' | b'N' | b'O' => Level1Event::Ignored(kind),
        _ => Level1Event::Unknown(kind),
    })
}

/// `YYYYMMDD HH:MM:SS`.
pub(super) fn server_time(text: &[u8]) -> Result<i64, Fault> {
    let text = text.strip_suffix(b",").unwrap_or(text);
    let read = || {
        let (date, time) = text.split_at_checked(8)?;
        let time = eastern::time_of_day(time.strip_prefix(b" ")?)?;
        Some(eastern::date(date)? + time.us)
    };
    read().ok_or_else(|| Fault::cell("the time", text))
}

fn update(rest: &[u8], summary: bool, fields: &Fieldset) -> Result<Update, Fault> {
    let mut update = Update { summary, ..Update::default() };
    let mut values = rest.split(|byte| *byte == b',');
    for field in fields.fields() {
        let Some(cell) = values.next() else { break };
        if !cell.is_empty() {
            set(&mut update, *field, cell)?;
        }
    }
    if update.symbol == Sym::NONE { Err(Fault::short(rest)) } else { Ok(update) }
}

fn set(update: &mut Update, field: Field, cell: &[u8]) -> Result<(), Fault> {
    match field {
        Field::Symbol => update.symbol = system::symbol(Some(cell))?,
        Field::Last => update.last = Some(price("the trade", cell)?),
        Field::LastSize => update.size = Some(count("the trade size", cell)?),
        Field::LastDate => {
            let date = eastern::date(cell).ok_or_else(|| Fault::cell("the trade date", cell))?;
            update.date = Some(date);
        }
        Field::LastTime => {
            let time = time("the trade time", cell)?;
            (update.time, update.fine) = (Some(time.us), time.fine);
        }
        Field::Aggressor => {
            let aggressor = count("the aggressor", cell)?;
            let small = u8::try_from(aggressor).ok().filter(|code| *code <= 3);
            update.aggressor = Some(small.ok_or_else(|| Fault::cell("the aggressor", cell))?);
        }
        Field::TickId => update.tick_id = Some(count("the TickID", cell)?),
        Field::Bid => update.bid = Some(price("the bid", cell)?),
        Field::BidSize => update.bid_size = Some(count("the bid size", cell)?),
        Field::BidTime => update.bid_time = Some(time("the bid time", cell)?.us),
        Field::Ask => update.ask = Some(price("the ask", cell)?),
        Field::AskSize => update.ask_size = Some(count("the ask size", cell)?),
        Field::AskTime => update.ask_time = Some(time("the ask time", cell)?.us),
        Field::TotalVolume => update.total_volume = Some(count("the volume", cell)?),
        Field::Contents => {
            for letter in cell {
                let bit = bit(*letter);
                update.contents |= bit.ok_or_else(|| Fault::cell("Message Contents", cell))?;
            }
        }
        Field::Conditions | Field::Unused => {}
    }
    Ok(())
}

/// `SYM,I|X,date,time,price,size,TickID,conditions,center`.
fn correction(rest: &[u8]) -> Result<Correction, Fault> {
    let [symbol, op, date, of_day, px, size, tick_id] = first_cells(rest)?;
    let insert = match op {
        b"I" => true,
        b"X" => false,
        _ => return Err(Fault::cell("the kind of correction", op)),
    };
    let date = eastern::date(date).ok_or_else(|| Fault::cell("the date", date))?;
    Ok(Correction {
        symbol: system::symbol(Some(symbol))?,
        insert,
        at: date + time("the time", of_day)?.us,
        px: price("the price", px)?,
        size: count("the size", size)?,
        tick_id: if tick_id.is_empty() { None } else { Some(count("the TickID", tick_id)?) },
    })
}

/// The bit of a letter of Message Contents.
fn bit(letter: u8) -> Option<u64> {
    letter.is_ascii_alphabetic().then(|| 1 << (letter - b'A'))
}

pub(super) fn price(what: &str, cell: &[u8]) -> Result<Px, Fault> {
    let px = field::price(cell).filter(|px| px.nanos().abs() <= Px::MAX_NANOS);
    px.ok_or_else(|| Fault::cell(what, cell))
}

pub(super) fn count(what: &str, cell: &[u8]) -> Result<u64, Fault> {
    field::count(cell).ok_or_else(|| Fault::cell(what, cell))
}

pub(super) fn time(what: &str, cell: &[u8]) -> Result<Local, Fault> {
    eastern::time_of_day(cell).ok_or_else(|| Fault::cell(what, cell))
}

/// A message of the vendor's, for people.
pub(super) fn text(rest: &[u8]) -> String {
    let cells: Vec<_> = cells(rest).map(|cell| cell.escape_ascii().to_string()).collect();
    let text = cells.join(" ").trim().to_owned();
    text.chars().take(200).collect()
}
