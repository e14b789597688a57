//! What every number of a `features` record is: one table for `--describe`, the man page, the
//! documentation and the tests, which hold the stage to it.

mod auxiliaries;
mod context;
mod options;
mod order_flow;

use crate::features::reason::Reason;
use crate::wire::FEATURE_NAMES;
use crate::wire::FEATURE_VERSION;
/// The hash that a model stores.
pub use crate::wire::feature_names_sha256 as names_sha256;
use serde::Serialize;
use serde::Serializer;

/// A feature or an auxiliary value.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Key on the wire.
    pub name: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// How it is computed.
    pub formula: &'static str,
    /// What it looks at: a stretch of time or a number of bars, always right-open.
    pub window: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Smallest and largest value, where there is one.
    pub range: (Option<f64>, Option<f64>),
    /// What plus and minus say.
    pub sign: &'static str,
    /// What becomes of it on the mirror image of the tape.
    pub mirror: Mirror,
    /// What becomes of it when every size is multiplied.
    pub sizes: Sizes,
    /// Why it may be missing, in the order in which the reasons are looked at.
    pub null: &'static [Null],
    /// Everything that it needs.
    pub needs: &'static [Need],
    /// Settings that it depends on.
    pub settings: &'static [&'static str],
}

/// A reason why a value is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Null {
    /// The code.
    pub reason: Reason,
    /// When exactly.
    pub when: &'static str,
}

/// The chapters of the manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Features from trades and quotes.
    OrderFlow,
    /// Features from option chains.
    Options,
    /// Features of the session and its bars.
    Context,
    /// Values beside the features, in `x`.
    Auxiliary,
}

impl Group {
    /// Every chapter, in the order of the manifest.
    pub const ALL: [Self; 4] = [Self::OrderFlow, Self::Options, Self::Context, Self::Auxiliary];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OrderFlow => "Order flow",
            Self::Options => "Options",
            Self::Context => "Context",
            Self::Auxiliary => "Auxiliaries (x)",
        }
    }
}

/// The mirror image: prices `p -> 2c - p`, buyers and sellers exchanged (QUANT 0.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mirror {
    /// Changes its sign.
    Negate,
    /// Stays.
    Same,
    /// A price: `2c - p`.
    Reflect,
    /// The reflected price of another key.
    ReflectOf(&'static str),
    /// The value of another key.
    ValueOf(&'static str),
    /// `1 - x`.
    Complement,
}

/// Every size multiplied by `k`, the settings that are sizes too.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sizes {
    /// Stays.
    Same,
    /// Multiplied by `k`.
    Proportional,
}

/// An input without which a value does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Trades, or bars with volume at bid and ask.
    TradesOrBars,
    /// Trades.
    Trades,
    /// Quotes with sizes.
    Quotes,
    /// Market depth.
    Depth,
    /// Earlier sessions of the contract.
    Sessions,
    /// An option chain with open interest.
    Chain,
    /// ES and SPX prices of the same moment.
    Basis,
    /// A setting that is off by default.
    Setting(&'static str),
}

impl Need {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::TradesOrBars => "trades, or bars with volume at bid and ask",
            Self::Trades => "trades",
            Self::Quotes => "quotes with sizes",
            Self::Depth => "market depth",
            Self::Sessions => "earlier sessions",
            Self::Chain => "an option chain with open interest",
            Self::Basis => "ES and SPX prices of the same moment",
            Self::Setting(key) => key,
        }
    }
}

/// A note in `why` that is not about a missing value: how values were made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Note {
    /// Key in `why`.
    pub field: &'static str,
    /// What stands there.
    pub value: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// Every note that the stage writes.
pub const NOTES: &[Note] = &[
    Note {
        field: "side",
        value: "tick",
        meaning: "the tape never offered a flag or a quote: sides are from the tick rule alone; \
                  live mode refuses it",
    },
    Note {
        field: "base",
        value: "ew",
        meaning: "tape speed is measured against a weighted mean for want of five sessions",
    },
    Note {
        field: "large",
        value: "min",
        meaning: "the threshold of large trades is flow.large_min for want of five sessions",
    },
    Note { field: "src", value: "bars", meaning: "bars are the input" },
    Note { field: "vwap", value: "bars", meaning: "VWAP is made from bars" },
    Note {
        field: "vwap",
        value: "partial",
        meaning: "records begin after the regular open: VWAP lacks what came before",
    },
    Note { field: "profile", value: "bars", meaning: "the profile is made from bars" },
    Note {
        field: "profile",
        value: "partial",
        meaning: "records begin after the regular open: the profile lacks what came before",
    },
    Note {
        field: "em",
        value: "now",
        meaning: "the expected move is that of the chain in force: none came in regular hours yet",
    },
    Note {
        field: "basis",
        value: "index",
        meaning: "the ratio of ES to SPX stands on index prints, not on put-call parity",
    },
    Note {
        field: "basis",
        value: "bars",
        meaning: "the ratio of ES to SPX stands on the closes of bars",
    },
];

/// The 18 features in their order, then the auxiliaries in theirs.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    features().chain(auxiliaries())
}

/// The 18 features in their order.
pub fn features() -> impl Iterator<Item = &'static Entry> {
    order_flow::FEATURES.iter().chain(options::FEATURES).chain(context::CONTEXT)
}

/// The keys of `x` in their order.
pub fn auxiliaries() -> impl Iterator<Item = &'static Entry> {
    auxiliaries::AUXILIARIES.iter()
}

// What more than one of the tables says.
const CLOSED: Null = null(Reason::SessionClosed, "outside regular hours");
const BARS: Null = null(Reason::Warmup, "context.er_bars + 1 closes since the session open");
const NO_MOVE: Null = null(Reason::Degenerate, "no close of the window changed");
const SIDES: Null = null(
    Reason::SideQuality,
    "the stream offered sides or quotes, and more than flow.side_weak_share_max of the window's \
     volume has its side from the tick rule or not at all",
);

const fn any() -> (Option<f64>, Option<f64>) {
    (None, None)
}

const fn within(low: f64, high: f64) -> (Option<f64>, Option<f64>) {
    (Some(low), Some(high))
}

const fn at_least(low: f64) -> (Option<f64>, Option<f64>) {
    (Some(low), None)
}

const fn null(reason: Reason, when: &'static str) -> Null {
    Null { reason, when }
}

impl Entry {
    /// How long it takes to be defined; `None` if there is no warm-up.
    pub fn warmup(&self) -> Option<&'static str> {
        self.null.iter().find(|null| null.reason == Reason::Warmup).map(|null| null.when)
    }

    /// The range in words.
    pub fn range_text(&self) -> String {
        match self.range {
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (Some(low), None) => format!("{low} or more"),
            (None, Some(high)) => format!("{high} or less"),
            (None, None) => "any".to_owned(),
        }
    }

    /// What there is to say besides name and formula: heading and text.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("window", self.window.to_owned()),
            ("unit", self.unit.to_owned()),
            ("range", self.range_text()),
            ("sign", self.sign.to_owned()),
            ("warm-up", self.warmup().unwrap_or("none").to_owned()),
        ];
        let nulls: Vec<_> = self
            .null
            .iter()
            .map(|null| match null.reason {
                Reason::Warmup => null.reason.code().to_owned(),
                reason => format!("{} ({})", reason.code(), null.when),
            })
            .collect();
        let word = if self.group == Group::Auxiliary { "absent" } else { "null" };
        facts.push((word, if nulls.is_empty() { "never".into() } else { nulls.join("; ") }));
        let needs: Vec<_> = self.needs.iter().map(|need| need.text()).collect();
        let needs = if needs.is_empty() { "nothing more".into() } else { needs.join("; ") };
        facts.push(("needs", needs));
        if !self.settings.is_empty() {
            facts.push(("settings", self.settings.join(", ")));
        }
        facts
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

/// The manifest as one JSON document for programs.
pub fn document() -> serde_json::Value {
    let entry = |entry: &Entry| {
        let nulls: Vec<_> = entry
            .null
            .iter()
            .map(|why| serde_json::json!({ "code": why.reason, "when": why.when }))
            .collect();
        serde_json::json!({
            "name": entry.name,
            "group": entry.group,
            "fv": FEATURE_VERSION,
            "formula": entry.formula,
            "window": entry.window,
            "unit": entry.unit,
            "min": entry.range.0,
            "max": entry.range.1,
            "sign": entry.sign,
            "mirror": entry.mirror,
            "sizes": entry.sizes,
            "warmup": entry.warmup(),
            "null": nulls,
            "needs": entry.needs,
            "settings": entry.settings,
        })
    };
    let reasons: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| serde_json::json!({ "code": reason, "meaning": reason.meaning() }))
        .collect();
    serde_json::json!({
        "fv": FEATURE_VERSION,
        "names": FEATURE_NAMES,
        "names_sha256": names_sha256(),
        "features": features().map(entry).collect::<Vec<_>>(),
        "auxiliaries": auxiliaries().map(entry).collect::<Vec<_>>(),
        "reasons": reasons,
        "notes": NOTES,
    })
}
