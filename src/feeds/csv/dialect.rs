//! What a CSV file's columns mean: one struct a dialect, as data.

use crate::market::Sym;
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

/// Header names of a trade's columns.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickColumns {
    /// Civil stamp.
    pub stamp: String,
    /// Price.
    pub price: String,
    /// Contracts.
    pub size: String,
}

/// Header names of a bar's columns, and what its stamp means.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarColumns {
    /// Civil stamp.
    pub stamp: String,
    /// Which end of the bar the stamp names; the wire always stamps the end.
    pub stamp_at: BarStamp,
    /// Length in seconds.
    pub dur_s: u32,
    /// First price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Last price.
    pub close: String,
    /// Contracts.
    pub volume: String,
    /// Number of trades.
    pub trades: Option<String>,
    /// Contracts traded at the bid, by sellers.
    pub bid_volume: Option<String>,
    /// Contracts traded at the ask, by buyers.
    pub ask_volume: Option<String>,
}

/// What a row is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// A trade without a side.
    Ticks(TickColumns),
    /// A bar.
    Bars(BarColumns),
}

/// A CSV layout: everything that the header does not say is stated here, nothing is assumed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// Name, as given to `--dialect`.
    pub name: String,
    /// One line for people.
    pub about: String,
    /// The whole header, in order.
    pub header: Vec<String>,
    /// Separator, one ASCII character.
    pub delimiter: char,
    /// IANA zone of the stamps, `UTC` included.
    pub zone: String,
    /// Column that names the contract; without one the symbol must be given.
    pub contract: Option<String>,
    /// Contract of files that name none, if the dialect knows it.
    pub sym: Option<Sym>,
    /// What a row is.
    pub row: RowKind,
}

impl Dialect {
    /// The built-in dialects.
    pub fn builtin() -> Vec<Self> {
        vec![Self::es_ticks(), Self::sierra_5m()]
    }

    /// The built-in dialect of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::builtin().into_iter().find(|d| d.name == name)
    }

    /// Names of the built-in dialects, for help and errors.
    pub fn names() -> String {
        Self::builtin().iter().map(|d| d.name.clone()).collect::<Vec<_>>().join(", ")
    }

    /// Trades as the sample has them: Chicago time to the millisecond, no side, no contract.
    pub fn es_ticks() -> Self {
        Self {
            name: "es-ticks".into(),
            about: "ES trades without side; Chicago time, milliseconds".into(),
            header: strings(&["DateTime", "Price", "Volume"]),
            delimiter: ',',
            zone: "America/Chicago".into(),
            contract: None,
            sym: None,
            row: RowKind::Ticks(TickColumns {
                stamp: "DateTime".into(),
                price: "Price".into(),
                size: "Volume".into(),
            }),
        }
    }

    /// Five-minute bars as exported from Sierra Chart: Chicago time of the bar's start.
    pub fn sierra_5m() -> Self {
        Self {
            name: "sierra-5m".into(),
            about: "5-minute bars with volume at bid and ask; Chicago time of the bar's start"
                .into(),
            header: strings(&[
                "contract",
                "datetime_ct",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "trades",
                "bid_volume",
                "ask_volume",
            ]),
            delimiter: ',',
            zone: "America/Chicago".into(),
            contract: Some("contract".into()),
            sym: None,
            row: RowKind::Bars(BarColumns {
                stamp: "datetime_ct".into(),
                stamp_at: BarStamp::Start,
                dur_s: 300,
                open: "open".into(),
                high: "high".into(),
                low: "low".into(),
                close: "close".into(),
                volume: "volume".into(),
                trades: Some("trades".into()),
                bid_volume: Some("bid_volume".into()),
                ask_volume: Some("ask_volume".into()),
            }),
        }
    }

    /// Whether `header` (a line without its line feed) is this dialect's.
    pub fn fits(&self, header: &[u8]) -> bool {
        let mut delimiter = [0; 4];
        let delimiter = self.delimiter.encode_utf8(&mut delimiter);
        header == self.header.join(delimiter).as_bytes()
    }

    /// The built-in dialect whose header this is.
    pub fn detect(header: &[u8]) -> Option<Self> {
        Self::builtin().into_iter().find(|d| d.fits(header))
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_dialect() {
        assert_eq!(Dialect::detect(b"DateTime,Price,Volume"), Some(Dialect::es_ticks()));
        assert_eq!(Dialect::detect(b"DateTime,Price,Volume,Side"), None);
        assert_eq!(Dialect::detect(b""), None);
    }

    #[test]
    fn a_dialect_is_data() {
        for dialect in Dialect::builtin() {
            let text = toml::to_string(&dialect).unwrap();
            assert_eq!(toml::from_str::<Dialect>(&text).unwrap(), dialect);
            assert_eq!(Dialect::named(&dialect.name), Some(dialect));
        }
    }
}
