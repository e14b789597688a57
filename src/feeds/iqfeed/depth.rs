//! Lines of the depth port.

use crate::feeds::iqfeed::eastern;
use crate::feeds::iqfeed::level1::count;
use crate::feeds::iqfeed::level1::price;
use crate::feeds::iqfeed::level1::server_time;
use crate::feeds::iqfeed::level1::text;
use crate::feeds::iqfeed::level1::time;
use crate::feeds::iqfeed::lines::BadLine;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::lines::Lines;
use crate::feeds::iqfeed::lines::first_cells;
use crate::feeds::iqfeed::system;
use crate::feeds::iqfeed::system::System;
use crate::market::Px;
use crate::market::Sym;
use crate::wire::BookSide;

/// What one line says. Stamps are civil, Eastern, microseconds counted as if they were UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DepthEvent {
    /// An order is in the book with this price and size (`3`, `4`, and `6` in a snapshot).
    Order {
        /// Symbol as the vendor writes it.
        symbol: Sym,
        /// The exchange's number of the order.
        id: u64,
        /// Side.
        side: BookSide,
        /// Price.
        px: Px,
        /// Contracts.
        size: u64,
        /// Stamp.
        at: i64,
        /// Whether it belongs to a snapshot.
        snapshot: bool,
    },
    /// An order is gone (`5`).
    OrderGone {
        /// Symbol as the vendor writes it.
        symbol: Sym,
        /// The exchange's number of the order.
        id: u64,
        /// Stamp.
        at: i64,
    },
    /// A level has this size (`8`, and `7` in a snapshot).
    Level {
        /// Symbol as the vendor writes it.
        symbol: Sym,
        /// Side.
        side: BookSide,
        /// Price.
        px: Px,
        /// Contracts.
        size: u64,
        /// Stamp.
        at: i64,
        /// Whether it belongs to a snapshot.
        snapshot: bool,
    },
    /// A level is gone (`9`).
    LevelGone {
        /// Symbol as the vendor writes it.
        symbol: Sym,
        /// Side.
        side: BookSide,
        /// Price.
        px: Px,
        /// Stamp.
        at: i64,
    },
    /// The time of the servers.
    Time(i64),
    /// About the program.
    System(System),
    /// There is no book of this symbol.
    NoDepth(String),
    /// There is no such symbol.
    NotFound(String),
    /// The program complains.
    Error(String),
    /// Lines of older protocols and names of market makers: of no use here. Its first byte.
    Ignored(u8),
    /// No line of the protocol. Its first byte, 0 for an empty line.
    Unknown(u8),
}

/// Lines of the depth port to events. No I/O.
#[derive(Clone, Debug, Default)]
pub struct DepthDecoder {
    lines: Lines,
}

impl DepthDecoder {
    /// A decoder at the start of a connection.
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
    pub fn next_event(&mut self) -> Option<Result<DepthEvent, BadLine>> {
        let (offset, range) = match self.lines.next_line()? {
            Ok(found) => found,
            Err(bad) => return Some(Err(bad)),
        };
        Some(read(self.lines.get(range)).map_err(|fault| fault.at(offset)))
    }
}

fn read(line: &[u8]) -> Result<DepthEvent, Fault> {
    let kind = line.first().copied().unwrap_or_default();
    if line.get(1) != Some(&b',') {
        return Ok(DepthEvent::Unknown(kind));
    }
    let rest = &line[2..];
    Ok(match kind {
        b'3' | b'4' | b'6' => order(rest, kind == b'6')?,
        b'5' => order_gone(rest)?,
        b'7' | b'8' => level(rest, kind == b'7')?,
        b'9' => level_gone(rest)?,
        b'T' => DepthEvent::Time(server_time(rest)?),
        b'S' => DepthEvent::System(system::read(line)?),
        b'q' => DepthEvent::NoDepth(text(rest)),
        b'n' => DepthEvent::NotFound(text(rest)),
        b'E' => DepthEvent::Error(text(rest)),
        b'0' | b'1' | b'2' | b'M' | b'Z' | b'O' => DepthEvent::Ignored(kind),
        _ => DepthEvent::Unknown(kind),
    })
}

/// `SYM,OrderID,MMID,Side,Price,Size,Priority,Precision,time,date`.
fn order(rest: &[u8], snapshot: bool) -> Result<DepthEvent, Fault> {
    let [symbol, id, _, side, px, size, _, _, of_day, date] = first_cells(rest)?;
    Ok(DepthEvent::Order {
        symbol: system::symbol(Some(symbol))?,
        id: count("the order", id)?,
        side: system::book_side(side)?,
        px: price("the price", px)?,
        size: count("the size", size)?,
        at: stamp(of_day, date)?,
        snapshot,
    })
}

/// `SYM,OrderID,,Side,time,date`.
fn order_gone(rest: &[u8]) -> Result<DepthEvent, Fault> {
    let [symbol, id, _, _, of_day, date] = first_cells(rest)?;
    Ok(DepthEvent::OrderGone {
        symbol: system::symbol(Some(symbol))?,
        id: count("the order", id)?,
        at: stamp(of_day, date)?,
    })
}

/// `SYM,Side,Price,Size,OrderCount,Precision,time,date`.
fn level(rest: &[u8], snapshot: bool) -> Result<DepthEvent, Fault> {
    let [symbol, side, px, size, _, _, of_day, date] = first_cells(rest)?;
    Ok(DepthEvent::Level {
        symbol: system::symbol(Some(symbol))?,
        side: system::book_side(side)?,
        px: price("the price", px)?,
        size: count("the size", size)?,
        at: stamp(of_day, date)?,
        snapshot,
    })
}

/// `SYM,Side,Price,time,date`.
fn level_gone(rest: &[u8]) -> Result<DepthEvent, Fault> {
    let [symbol, side, px, of_day, date] = first_cells(rest)?;
    Ok(DepthEvent::LevelGone {
        symbol: system::symbol(Some(symbol))?,
        side: system::book_side(side)?,
        px: price("the price", px)?,
        at: stamp(of_day, date)?,
    })
}

fn stamp(of_day: &[u8], date: &[u8]) -> Result<i64, Fault> {
    let day = eastern::date(date).ok_or_else(|| Fault::cell("the date", date))?;
    Ok(day + time("the time", of_day)?.us)
}
