//! What a CSV file's columns mean: one struct a dialect, as data.

use crate::feeds::csv::stamp::StampFormat;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::FailureClass;
use serde::Deserialize;
use serde::Serialize;

/// Which end of a bar its stamp names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BarStamp {
    /// Its first instant.
    Start,
    /// Its last.
    End,
}

/// What is done with a bar without volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithoutVolume {
    /// The row is bad: absence is no bar.
    #[default]
    Refuse,
    /// The row is left out and counted: the source writes such rows.
    Skip,
}

/// The name of a column, or several of which the first that the header has is meant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// This one.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Names {
    /// The names, best first.
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Any(names) => names,
        }
    }
}

impl From<&str> for Names {
    fn from(name: &str) -> Self {
        Self::One(name.to_owned())
    }
}

/// The column that says who was the aggressor, and what its texts mean.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideColumn {
    /// Column.
    pub column: Names,
    /// Texts of a buying aggressor.
    pub buy: Vec<String>,
    /// Texts of a selling aggressor.
    pub sell: Vec<String>,
    /// Texts for not known; the empty text is one always.
    #[serde(default)]
    pub none: Vec<String>,
}

/// Names of a trade's columns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickColumns {
    /// Stamp, or the time of day where `date` has the date.
    pub stamp: Names,
    /// Date, where it is a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Names>,
    /// Price.
    pub price: Names,
    /// Contracts.
    pub size: Names,
    /// The source's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Names>,
    /// Best bid when the trade happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Names>,
    /// Best ask when the trade happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Names>,
    /// Contracts bid; without both sizes the quotes have 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_size: Option<Names>,
    /// Contracts offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_size: Option<Names>,
    /// Aggressor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<SideColumn>,
}

/// Names of a bar's columns, and what its stamp means.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarColumns {
    /// Stamp, or the time of day where `date` has the date.
    pub stamp: Names,
    /// Date, where it is a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Names>,
    /// Which end of the bar the stamp names; the wire always stamps the end. Without it the user
    /// has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp_at: Option<BarStamp>,
    /// Length in seconds. Without it the user has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dur_s: Option<u32>,
    /// First price.
    pub open: Names,
    /// Highest price.
    pub high: Names,
    /// Lowest price.
    pub low: Names,
    /// Last price.
    pub close: Names,
    /// Contracts.
    pub volume: Names,
    /// Number of trades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trades: Option<Names>,
    /// Contracts traded at the bid, by sellers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_volume: Option<Names>,
    /// Contracts traded at the ask, by buyers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_volume: Option<Names>,
    /// What is done with a bar without volume.
    #[serde(default)]
    pub without_volume: WithoutVolume,
}

/// Names of a quote's columns. Quotes of intervals are those at their ends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteColumns {
    /// Stamp, or the time of day where `date` has the date.
    pub stamp: Names,
    /// Date, where it is a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Names>,
    /// For quotes of intervals: which end of the interval the stamp names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp_at: Option<BarStamp>,
    /// For quotes of intervals: their length in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dur_s: Option<u32>,
    /// Best bid; empty where there is none.
    pub bid: Names,
    /// Contracts bid.
    pub bid_size: Names,
    /// Best ask; empty where there is none.
    pub ask: Names,
    /// Contracts offered.
    pub ask_size: Names,
}

/// What a row is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// A trade.
    Ticks(TickColumns),
    /// A bar.
    Bars(BarColumns),
    /// A quote.
    Quotes(QuoteColumns),
}

/// A CSV layout: everything that the header does not say is stated here or by the user, nothing is
/// assumed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// Name, as given to `--dialect`.
    pub name: String,
    /// One line for people.
    pub about: String,
    /// The whole header, in order. Empty: the columns are found by name in whatever header the file
    /// has, upper or lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header: Vec<String>,
    /// The files have no header line; `header` names their columns.
    #[serde(default)]
    pub headerless: bool,
    /// Separator, one ASCII character. Fields may be in double quotes.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// IANA zone of the stamps, `UTC` included. Without one the user has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// How stamps are written.
    #[serde(default)]
    pub stamp_format: StampFormat,
    /// What the file's prices are divided by.
    #[serde(default = "one")]
    pub price_div: i64,
    /// Column that names the contract; without one the symbol must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Names>,
    /// Contract of files that name none, if the dialect knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sym: Option<Sym>,
    /// What a row is.
    pub row: RowKind,
}

const fn comma() -> char {
    ','
}

const fn one() -> i64 {
    1
}

/// The built-in dialects: the files that a user can copy.
const BUILTIN: [&str; 8] = [
    include_str!("../../../config/dialects/es-ticks.toml"),
    include_str!("../../../config/dialects/sierra-5m.toml"),
    include_str!("../../../config/dialects/ninjatrader-tick.toml"),
    include_str!("../../../config/dialects/ninjatrader.toml"),
    include_str!("../../../config/dialects/lean-minute-trade.toml"),
    include_str!("../../../config/dialects/lean-minute-quote.toml"),
    include_str!("../../../config/dialects/lean-ticks.toml"),
    include_str!("../../../config/dialects/ohlcv.toml"),
];

impl Dialect {
    /// Reads a dialect from TOML. `name` is for messages.
    ///
    /// # Errors
    /// Not TOML, an unknown or missing key, a wrong value: with the key and its line.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, Failure> {
        let dialect: Self = toml::from_str(text).map_err(|error| {
            let message = format!("dialect {name}: {}", error.to_string().trim_end());
            Failure::new(FailureClass::Config, message)
                .hint("copy the nearest of config/dialects/*.toml and change its names")
        })?;
        dialect.check().map_err(|message| {
            let message = format!("dialect {name}: {message}");
            Failure::new(FailureClass::Config, message)
                .hint("docs/feeds.md says what each key means")
        })?;
        Ok(dialect)
    }

    /// What contradicts itself, with its key.
    fn check(&self) -> Result<(), String> {
        if !self.delimiter.is_ascii() || matches!(self.delimiter, '"' | '\n' | '\r') {
            return Err(format!("delimiter: `{}` cannot separate columns", self.delimiter));
        }
        if self.price_div < 1 {
            return Err(format!("price_div: {} is not above 0", self.price_div));
        }
        if self.headerless && self.header.is_empty() {
            return Err("header: a file without a header line needs the names here".into());
        }
        if let RowKind::Bars(BarColumns { dur_s: Some(0), .. })
        | RowKind::Quotes(QuoteColumns { dur_s: Some(0), .. }) = &self.row
        {
            return Err("dur_s: 0 seconds".into());
        }
        for (key, names) in self.columns() {
            let known = |name: &String| self.header.iter().any(|h| h.eq_ignore_ascii_case(name));
            if names.list().is_empty() || !self.header.is_empty() && !names.list().iter().any(known)
            {
                let names = names.list().join("`, `");
                return Err(format!("{key}: the header has no column `{names}`"));
            }
        }
        Ok(())
    }

    /// The columns that must be there, with the keys that name them.
    fn columns(&self) -> Vec<(&'static str, &Names)> {
        let mut columns = match &self.row {
            RowKind::Ticks(c) => {
                vec![("stamp", &c.stamp), ("price", &c.price), ("size", &c.size)]
            }
            RowKind::Bars(c) => vec![
                ("stamp", &c.stamp),
                ("open", &c.open),
                ("high", &c.high),
                ("low", &c.low),
                ("close", &c.close),
                ("volume", &c.volume),
            ],
            RowKind::Quotes(c) => vec![
                ("stamp", &c.stamp),
                ("bid", &c.bid),
                ("bid_size", &c.bid_size),
                ("ask", &c.ask),
                ("ask_size", &c.ask_size),
            ],
        };
        columns.extend(self.contract.as_ref().map(|names| ("contract", names)));
        columns
    }

    /// The built-in dialects.
    pub fn builtin() -> Vec<Self> {
        BUILTIN.iter().filter_map(|text| Self::from_toml("built in", text).ok()).collect()
    }

    /// The built-in dialect of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::builtin().into_iter().find(|d| d.name == name)
    }

    /// Names of the built-in dialects, for help and errors.
    pub fn names() -> String {
        Self::builtin().iter().map(|d| d.name.clone()).collect::<Vec<_>>().join(", ")
    }

    /// Whether `header` (a line without its line feed) is this dialect's own.
    pub fn fits(&self, header: &[u8]) -> bool {
        let mut delimiter = [0; 4];
        let delimiter = self.delimiter.encode_utf8(&mut delimiter);
        !self.header.is_empty() && header == self.header.join(delimiter).as_bytes()
    }

    /// The built-in dialect whose header this is.
    pub fn detect(header: &[u8]) -> Option<Self> {
        Self::builtin().into_iter().find(|d| !d.headerless && d.fits(header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_dialect() {
        let detected = |header: &[u8]| Dialect::detect(header).map(|d| d.name);
        assert_eq!(detected(b"DateTime,Price,Volume").as_deref(), Some("es-ticks"));
        assert_eq!(detected(b"DateTime,Price,Volume,Side"), None);
        assert_eq!(detected(b"stamp;last;volume"), None, "a file without header has none");
        assert_eq!(detected(b""), None);
    }

    #[test]
    fn a_dialect_is_data() {
        let builtin = Dialect::builtin();
        assert_eq!(builtin.len(), BUILTIN.len(), "every file is a dialect");
        for dialect in builtin {
            let text = toml::to_string(&dialect).unwrap();
            assert_eq!(Dialect::from_toml("again", &text).unwrap(), dialect);
            assert_eq!(Dialect::named(&dialect.name), Some(dialect));
        }
    }

    #[test]
    fn what_is_wrong_with_a_dialect_is_named_by_its_key() {
        let good = BUILTIN[0];
        for (from, to, key) in [
            ("zone = ", "zoen = ", "zoen"),
            ("price = \"Price\"", "", "price"),
            ("price = \"Price\"", "price = \"Prise\"", "price: the header has no column `Prise`"),
            ("price = \"Price\"", "price = 5", "price"),
            ("zone = ", "delimiter = \"ab\"\nzone = ", "delimiter"),
            ("zone = ", "delimiter = \"\\\"\"\nzone = ", "delimiter"),
            ("zone = ", "price_div = 0\nzone = ", "price_div"),
            ("zone = ", "stamp_format = \"unix\"\nzone = ", "stamp_format"),
            ("[row.ticks]", "[row.tocks]", "tocks"),
        ] {
            assert!(good.contains(from), "{from}");
            let failure = Dialect::from_toml("my.toml", &good.replace(from, to)).expect_err(key);
            assert_eq!(failure.class, FailureClass::Config);
            assert!(failure.message.contains("my.toml"), "{failure}");
            assert!(failure.message.contains(key), "{key}: {failure}");
        }
    }
}
