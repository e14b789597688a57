//! Why a record or a row of a Sierra file is refused.

use crate::feeds::bad_rows::Refusal;
use crate::market::Px;

/// Why a record or a row is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The stamp is neither microseconds nor days of a plausible year.
    #[error("the stamp {0} is no time")]
    Stamp(i64),
    /// The price is not above zero, or not finite, or out of range.
    #[error("the price {0} is not a price above zero")]
    Price(f32),
    /// The price is off the tick grid.
    #[error("the price {raw} times {mult} is off the tick grid of {tick}")]
    OffGrid {
        /// As it is in the file.
        raw: f32,
        /// Multiplier in use.
        mult: f64,
        /// Tick of the product.
        tick: Px,
    },
    /// A bar, and no length of bars was declared.
    #[error("the record is a bar of {0} trades, not one trade")]
    Bar(u32),
    /// A bar that contradicts itself.
    #[error("{0}")]
    WrongBar(String),
    /// Neither volume nor a quote.
    #[error("the record has neither volume nor a quote")]
    Empty,
    /// A command of a depth record that is not known.
    #[error("the depth command {0} is not known")]
    Command(u8),
    /// A batch of depth records that does not end.
    #[error("a batch of more than {0} depth records")]
    Batch(usize),
    /// A row with more or fewer columns than the header.
    #[error("{found} columns, the header has {wanted}")]
    Columns {
        /// In the row.
        found: usize,
        /// In the header.
        wanted: usize,
    },
    /// A field that is not what its column holds.
    #[error("{column} `{text}` {what}")]
    Field {
        /// Name of the column or key.
        column: String,
        /// Its text, escaped.
        text: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A line that is not a JSON object of the dialect.
    #[error("{0}")]
    Json(String),
    /// Days in the zone of a chart, which is not known.
    #[error("`t` counts days in the time zone of the chart, which is not stated")]
    Zone,
    /// A quote whose bid is at or above its ask.
    #[error("bid {bid} and ask {ask} are crossed or locked")]
    Crossed {
        /// Bid.
        bid: Px,
        /// Ask.
        ask: Px,
    },
    /// A row too far from its place in the order.
    #[error("the row belongs before rows that are written already")]
    Order,
}

impl Fault {
    /// A field that is wrong; control bytes must not reach a terminal.
    #[cold]
    pub(super) fn field(column: &str, text: &[u8], what: &'static str) -> Self {
        let text = text[..text.len().min(40)].escape_ascii().to_string();
        Self::Field { column: column.to_owned(), text, what }
    }

    /// Machine code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stamp(_) => "bad_record_stamp",
            Self::Price(_) => "bad_record_price",
            Self::OffGrid { .. } => "bad_record_off_grid",
            Self::Bar(_) => "bad_record_is_bar",
            Self::WrongBar(_) => "bad_record_bar",
            Self::Empty => "bad_record_empty",
            Self::Command(_) => "bad_record_command",
            Self::Batch(_) => "bad_record_batch",
            Self::Columns { .. } => "bad_row_columns",
            Self::Field { .. } => "bad_row_field",
            Self::Json(_) => "bad_row_json",
            Self::Zone => "bad_row_zone",
            Self::Crossed { .. } => "bad_row_crossed",
            Self::Order => "bad_row_order",
        }
    }

    /// What the user can do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Stamp(_) | Self::Empty | Self::Command(_) | Self::Batch(_) => {
                "the file is damaged here; let Sierra Chart delete and download the data again"
            }
            Self::Price(_) => "compare the record with the chart",
            Self::OffGrid { .. } => {
                "Denali symbols need --price-mult 0.01; if the multiplier is right, the product in \
                 the configuration has another tick"
            }
            Self::Bar(_) => {
                "set Intraday Data Storage Time Unit to 1 Tick in Sierra Chart, or declare the \
                 length of the bars with --bars SECONDS"
            }
            Self::WrongBar(_) => "compare the bar with the chart, and its length with --bars",
            Self::Columns { .. } => "a row was torn",
            Self::Field { .. } | Self::Json(_) | Self::Crossed { .. } => {
                "compare the row with its source"
            }
            Self::Zone => "state the zone of the chart, for example --zone America/New_York",
            Self::Order => "sort the file by Sequence",
        }
    }
}

impl From<&Fault> for Refusal {
    fn from(fault: &Fault) -> Self {
        Self { code: fault.code(), reason: fault.to_string(), remedy: fault.remedy() }
    }
}
