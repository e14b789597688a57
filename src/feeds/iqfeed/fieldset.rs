//! The order of the fields in an update, by the names that the program echoes.

/// A field that MIA uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    Symbol,
    Last,
    LastSize,
    LastDate,
    LastTime,
    Aggressor,
    Conditions,
    TickId,
    Bid,
    BidSize,
    BidTime,
    Ask,
    AskSize,
    AskTime,
    TotalVolume,
    Contents,
    Unused,
}

/// The fields asked for.
const WANTED: &[(&str, Field)] = &[
    ("Symbol", Field::Symbol),
    ("Most Recent Trade", Field::Last),
    ("Most Recent Trade Size", Field::LastSize),
    ("Most Recent Trade Date", Field::LastDate),
    ("Most Recent Trade Time", Field::LastTime),
    ("Most Recent Trade Aggressor", Field::Aggressor),
    ("Most Recent Trade Conditions", Field::Conditions),
    ("TickID", Field::TickId),
    ("Bid", Field::Bid),
    ("Bid Size", Field::BidSize),
    ("Bid Time", Field::BidTime),
    ("Ask", Field::Ask),
    ("Ask Size", Field::AskSize),
    ("Ask Time", Field::AskTime),
    ("Total Volume", Field::TotalVolume),
    ("Message Contents", Field::Contents),
];

/// Those without which there is no record.
const NEEDED: &[Field] = &[
    Field::Symbol,
    Field::Last,
    Field::LastSize,
    Field::LastTime,
    Field::Bid,
    Field::Ask,
    Field::Contents,
];

/// What an update has if nobody asks for anything else; 6.1 added the last two.
const USUAL: &[&str] = &[
    "Symbol",
    "Most Recent Trade",
    "Most Recent Trade Size",
    "Most Recent Trade Time",
    "Most Recent Trade Market Center",
    "Total Volume",
    "Bid",
    "Bid Size",
    "Ask",
    "Ask Size",
    "Open",
    "High",
    "Low",
    "Close",
    "Message Contents",
    "Most Recent Trade Conditions",
    "Most Recent Trade Aggressor",
    "Most Recent Trade Day Code",
];

/// The order of the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fieldset(Vec<Field>);

impl Default for Fieldset {
    fn default() -> Self {
        Self::named(USUAL.iter().copied())
    }
}

impl Fieldset {
    /// The fields with these names. Symbol is always first, whether it is named or not.
    pub fn named<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut fields: Vec<_> = names.map(of_name).collect();
        if fields.first() != Some(&Field::Symbol) {
            fields.insert(0, Field::Symbol);
        }
        Self(fields)
    }

    /// The request for what MIA uses.
    pub fn request() -> String {
        let names: Vec<_> = WANTED.iter().map(|(name, _)| *name).collect();
        format!("S,SELECT UPDATE FIELDS,{}\r\n", names.join(","))
    }

    /// The fields after the kind of the line, in order.
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// The names of fields asked for that are missing, and whether MIA can do without them.
    pub fn missing(&self) -> (Vec<&'static str>, bool) {
        let missing = WANTED.iter().filter(|(_, field)| !self.0.contains(field));
        let names = missing.map(|(name, _)| *name).collect();
        (names, NEEDED.iter().all(|field| self.0.contains(field)))
    }
}

fn of_name(name: &str) -> Field {
    WANTED.iter().find(|(wanted, _)| *wanted == name).map_or(Field::Unused, |(_, field)| *field)
}
