//! `.scid` intraday records: one trade each, a quote, or a bar.

use crate::feeds::sierra::framing::Decoder;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::framing::u32_at;
use crate::feeds::sierra::stamp;

/// `Open` of the first part of a bundle, as bits: about -1.99900095e37.
pub const FIRST_OF_BUNDLE: u32 = 0xFD70_9EF9;
/// `Open` of the last part of a bundle, as bits: about -1.99900197e37.
pub const LAST_OF_BUNDLE: u32 = 0xFD70_9F01;

/// The `.scid` layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scid;

/// Decodes `.scid` files.
pub type ScidDecoder = Decoder<Scid>;

/// An intraday record as it is in the file: prices before any multiplier.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Entry {
    /// Stamp, raw ([`stamp::unix_us`]).
    pub time: i64,
    /// A bar's open, 0 in a trade, or a mark of a bundle; the bits, because marks are compared so.
    pub open: u32,
    /// A bar's high, or the ask at a trade.
    pub high: f32,
    /// A bar's low, or the bid at a trade.
    pub low: f32,
    /// A bar's close, or the price of a trade.
    pub close: f32,
    /// Trades.
    pub trades: u32,
    /// Contracts.
    pub volume: u32,
    /// Contracts sold at the bid or lower.
    pub bid_volume: u32,
    /// Contracts bought at the ask or higher.
    pub ask_volume: u32,
}

/// Where a trade stands in a bundle: one aggressive order split by its resting orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// In none, or in the middle: only the neighbours tell.
    Plain,
    /// The first part.
    First,
    /// The last part.
    Last,
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// One trade, with bid and ask at its moment.
    Trade(Part),
    /// A change of bid or ask.
    Quote,
    /// A bar.
    Bar,
    /// Nothing: neither volume nor a quote.
    Empty,
}

impl Layout for Scid {
    const MAGIC: [u8; 4] = *b"SCID";
    const HEADER: usize = 56;
    const RECORD: usize = 40;
    const NAME: &'static str = ".scid";
    type Record = Entry;

    fn version(header: &[u8]) -> u32 {
        u32_at(header, 12) & 0xffff
    }

    #[inline]
    fn record(bytes: &[u8]) -> Entry {
        let Some(bytes) = bytes.first_chunk::<40>() else { return Entry::default() };
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Entry {
            time: (u64::from(word(4)) << 32 | u64::from(word(0))).cast_signed(),
            open: word(8),
            high: f32::from_bits(word(12)),
            low: f32::from_bits(word(16)),
            close: f32::from_bits(word(20)),
            trades: word(24),
            volume: word(28),
            bid_volume: word(32),
            ask_volume: word(36),
        }
    }
}

impl Entry {
    /// Microseconds UTC; `None` if the stamp is no time.
    #[inline]
    pub fn ts(&self) -> Option<i64> {
        stamp::unix_us(self.time)
    }

    /// What it is.
    #[inline]
    pub fn kind(&self) -> EntryKind {
        let part = match self.open {
            0 => Part::Plain,
            FIRST_OF_BUNDLE => Part::First,
            LAST_OF_BUNDLE => Part::Last,
            _ => return EntryKind::Bar,
        };
        if self.trades != 1 {
            return EntryKind::Bar;
        }
        if self.volume > 0 {
            return EntryKind::Trade(part);
        }
        // The bits of a price of zero, of either sign.
        let quoted = |price: f32| price.to_bits() << 1 != 0;
        if part == Part::Plain && quoted(self.high) && quoted(self.low) {
            EntryKind::Quote
        } else {
            EntryKind::Empty
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            high: 5000.25,
            low: 5000.0,
            close: 5000.25,
            trades: 1,
            volume: 2,
            ..Entry::default()
        }
    }

    #[test]
    fn marks_are_compared_by_bits() {
        let kind = |open| Entry { open, ..entry() }.kind();
        assert_eq!(kind(0), EntryKind::Trade(Part::Plain));
        assert_eq!(kind(0xFD70_9EF9), EntryKind::Trade(Part::First));
        assert_eq!(kind(LAST_OF_BUNDLE), EntryKind::Trade(Part::Last));
        assert_eq!(kind(LAST_OF_BUNDLE + 1), EntryKind::Bar);
        assert_eq!(kind(5000.0_f32.to_bits()), EntryKind::Bar);
    }

    #[test]
    fn what_is_no_single_trade() {
        assert_eq!(Entry { trades: 7, ..entry() }.kind(), EntryKind::Bar);
        assert_eq!(Entry { volume: 0, ..entry() }.kind(), EntryKind::Quote);
        assert_eq!(Entry { volume: 0, high: 0.0, ..entry() }.kind(), EntryKind::Empty);
        assert_eq!(Entry { volume: 0, low: -0.0, ..entry() }.kind(), EntryKind::Empty);
        let marked = Entry { volume: 0, open: FIRST_OF_BUNDLE, ..entry() };
        assert_eq!(marked.kind(), EntryKind::Empty);
    }
}
