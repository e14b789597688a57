//! Names of option series.

use crate::market::Px;
use crate::market::Sym;
use crate::wire::Right;
use crate::wire::Settlement;
use jiff::civil::Date;

/// Roots of index options: root, index, settlement. Two roots of an index may expire on the same
/// date and are different series.
const INDEX_ROOTS: [(&str, &str, Settlement); 13] = [
    ("SPX", "SPX", Settlement::Am),
    ("SPXW", "SPX", Settlement::Pm),
    ("NDX", "NDX", Settlement::Am),
    ("NDXP", "NDX", Settlement::Pm),
    ("XSP", "XSP", Settlement::Pm),
    ("XSPW", "XSP", Settlement::Pm),
    ("RUT", "RUT", Settlement::Am),
    ("RUTW", "RUT", Settlement::Pm),
    ("MRUT", "MRUT", Settlement::Pm),
    ("DJX", "DJX", Settlement::Am),
    ("VIX", "VIX", Settlement::Am),
    ("VIXW", "VIX", Settlement::Am),
    ("OEX", "OEX", Settlement::Am),
];

/// An option as its symbol names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Series {
    /// The symbol itself.
    pub sym: Sym,
    /// Root: `SPXW`.
    pub root: Sym,
    /// Underlying: `SPX`.
    pub und: Sym,
    /// Expiry date.
    pub exp: Date,
    /// Call or put.
    pub right: Right,
    /// Strike, points.
    pub strike: Px,
    /// When it settles on its expiry date.
    pub settle: Settlement,
}

impl Series {
    /// Reads `SPXW220610C00800000`: root, date, right, strike times 1000 in eight digits.
    pub fn read(text: &str) -> Option<Self> {
        let split = text.len().checked_sub(15)?;
        if !text.is_ascii() || split == 0 || split > 6 {
            return None;
        }
        let (root, rest) = text.split_at(split);
        let root_is_plain = root.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let (date, rest) = rest.split_at(6);
        let (right, strike) = rest.split_at(1);
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if !root_is_plain || !digits(date) || !digits(strike) {
            return None;
        }
        let part = |from: usize| date[from..from + 2].parse::<i8>().ok();
        let exp = Date::new(2000 + i16::from(part(0)?), part(2)?, part(4)?).ok()?;
        let right = match right {
            "C" => Right::Call,
            "P" => Right::Put,
            _ => return None,
        };
        let thousandths: i64 = strike.parse().ok()?;
        let strike = Px::from_nanos(thousandths * (Px::SCALE / 1000));
        if thousandths == 0 || strike.nanos() > Px::MAX_NANOS {
            return None;
        }
        let known = INDEX_ROOTS.iter().find(|(name, ..)| *name == root);
        let (und, settle) = known.map_or((root, Settlement::Pm), |(_, und, settle)| (und, *settle));
        let (sym, root) = (Sym::new(text)?, Sym::new(root)?);
        Some(Self { sym, root, und: Sym::new(und)?, exp, right, strike, settle })
    }

    /// Whether the strike is one that its index lists: SPX every five points.
    pub fn is_on_strike_grid(&self) -> bool {
        self.und.as_str() != "SPX" || self.strike.nanos() % (5 * Px::SCALE) == 0
    }
}

/// Whether Cboe writes an underscore before this name in its address: it is an index.
pub(super) fn is_index(und: &str) -> bool {
    INDEX_ROOTS.iter().any(|(_, index, _)| *index == und)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_read() {
        let read = Series::read("SPXW220610C00800000").unwrap();
        assert_eq!((read.root.as_str(), read.und.as_str()), ("SPXW", "SPX"));
        assert_eq!((read.exp.to_string().as_str(), read.right), ("2022-06-10", Right::Call));
        assert_eq!((read.strike.to_string().as_str(), read.settle), ("800", Settlement::Pm));
        for (text, und, settle) in [
            ("SPX220715P03900000", "SPX", Settlement::Am),
            ("NDX230616C14000000", "NDX", Settlement::Am),
            ("NDXP230526C09000000", "NDX", Settlement::Pm),
            ("XSP230914P00270000", "XSP", Settlement::Pm),
            ("AAPL240119C00150500", "AAPL", Settlement::Pm),
        ] {
            let read = Series::read(text).unwrap();
            assert_eq!((read.und.as_str(), read.settle), (und, settle), "{text}");
        }
        assert_eq!(Series::read("AAPL240119C00150500").unwrap().strike.to_string(), "150.5");
        for text in [
            "",
            "SPX",
            "220715P03900000",
            "SPX220732P03900000",
            "SPX220715X03900000",
            "SPX220715P0390000x",
            "SPX220715P00000000",
            "spx220715P03900000",
            "SPXSPXX220715P03900000",
            "SPÉ220715P03900000",
        ] {
            assert_eq!(Series::read(text), None, "{text}");
        }
    }
}
