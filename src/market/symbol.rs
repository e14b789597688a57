//! Symbols as written by their source, and the product root inside them.

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Visitor;
use std::borrow::Cow;
use std::fmt;

/// A symbol of at most [`Sym::MAX`] bytes, held inline so that records are plain copies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Sym {
    /// Longest symbol in bytes (an OCC option symbol has 21).
    pub const MAX: usize = 31;
    /// The symbol of records that belong to no instrument.
    pub const NONE: Self = Self::from_static("*");

    const fn from_static(text: &'static str) -> Self {
        let source = text.as_bytes();
        let mut bytes = [0; Self::MAX];
        let mut i = 0;
        while i < source.len() && i < Self::MAX {
            bytes[i] = source[i];
            i += 1;
        }
        Self { bytes, len: i as u8 }
    }

    /// The symbol `text`; `None` if empty, longer than [`Sym::MAX`] or with bytes that JSON escapes.
    pub fn new(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// As [`Sym::new`] from raw bytes: printable ASCII without quote and backslash.
    pub fn from_bytes(source: &[u8]) -> Option<Self> {
        if source.is_empty() || source.len() > Self::MAX {
            return None;
        }
        // One pass without an early exit: symbols are short, and this runs for every record.
        let mut bytes = [0; Self::MAX];
        let mut plain = true;
        for (to, from) in bytes.iter_mut().zip(source) {
            *to = *from;
            plain &= from.wrapping_sub(0x20) < 0x5f && *from != b'"' && *from != b'\\';
        }
        plain.then_some(Self { bytes, len: source.len() as u8 })
    }

    /// The bytes of the symbol.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The symbol as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The product root: `ESM22`, `ESU25_FUT_CME`, `ESH2023`, `ES` and `ES.c.0` all give `ES`.
    ///
    /// A trailing futures month code with one to four digits of year is taken off, and whatever
    /// follows the first `_`, `.`, space or dash.
    pub fn root(&self) -> &str {
        let name = self.name();
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let root = match &name[..name.len() - digits] {
            [root @ .., month]
                if (1..=4).contains(&digits) && !root.is_empty() && Self::is_month(*month) =>
            {
                root
            }
            _ => name,
        };
        std::str::from_utf8(root).unwrap_or_default()
    }

    /// What stands before the first `_`, `.`, space or dash: the contract without what a source adds.
    pub fn name(&self) -> &[u8] {
        let bytes = self.as_bytes();
        let ends = |byte: &u8| matches!(byte, b'_' | b'.' | b' ' | b'-');
        &bytes[..bytes.iter().position(ends).unwrap_or(bytes.len())]
    }

    const fn is_month(letter: u8) -> bool {
        matches!(
            letter,
            b'F' | b'G' | b'H' | b'J' | b'K' | b'M' | b'N' | b'Q' | b'U' | b'V' | b'X' | b'Z'
        )
    }
}

impl fmt::Display for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sym({self})")
    }
}

impl Default for Sym {
    fn default() -> Self {
        Self::NONE
    }
}

impl Serialize for Sym {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Sym {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Sym;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a symbol")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Sym, E> {
                Sym::new(text).ok_or_else(|| {
                    E::custom(
                        "symbol must be 1 to 31 printable ASCII characters without quotes or backslashes",
                    )
                })
            }
        }
        d.deserialize_str(Text)
    }
}

impl JsonSchema for Sym {
    fn schema_name() -> Cow<'static, str> {
        "Sym".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": r"^[ !#-\[\]-~]{1,31}$",
            "description": "symbol as written by its source; `*` where a record belongs to no instrument"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_in_every_spelling() {
        for (symbol, root) in [
            ("ES", "ES"),
            ("ESM22", "ES"),
            ("ESU5", "ES"),
            ("ESU25_FUT_CME", "ES"),
            ("ESH2023", "ES"),
            ("MESZ25", "MES"),
            ("MNQU21-CME", "MNQ"),
            ("NQ.c.0", "NQ"),
            ("SPX", "SPX"),
            ("VIX", "VIX"),
            ("ESM20225", "ESM20225"),
            ("M22", "M22"),
            ("2024", "2024"),
            ("_ES", ""),
        ] {
            assert_eq!(Sym::new(symbol).unwrap().root(), root, "{symbol}");
        }
    }

    #[test]
    fn symbols_that_json_would_escape_are_refused() {
        assert!(Sym::new("").is_none());
        assert!(Sym::new("A\"B").is_none());
        assert!(Sym::new("É").is_none());
        assert!(Sym::new(&"X".repeat(32)).is_none());
    }
}
