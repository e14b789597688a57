//! Records written by feeds.

use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::By;
use crate::wire::Num;
use crate::wire::Src;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeSeq;
use std::borrow::Cow;

/// How the stream came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamMode {
    /// From the venue, now.
    Live,
    /// From the venue, late by agreement.
    Delayed,
    /// From a file.
    Replay,
    /// Made up.
    Synthetic,
}

/// Whether the records prepare state or are to be traded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamPhase {
    /// History that only prepares state.
    Warmup,
    /// To be acted on.
    #[default]
    Run,
}

/// What the stream is; the first record of a feed and again whenever one of its facts changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stream {
    /// Stamp of the first record that it describes, microseconds UTC.
    pub ts: i64,
    /// Symbol, or `*` where the stream has several.
    pub sym: Sym,
    /// Version of the wire: 1.
    pub v: u32,
    /// Source.
    pub src: Src,
    /// Mode now.
    pub mode: StreamMode,
    /// Warm-up or run.
    pub phase: StreamPhase,
    /// The mode when it was recorded, on a replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<StreamMode>,
    /// Live: an id of the run; files: the hash of the inputs.
    pub run: String,
    /// Program and version that wrote the stream.
    pub tool: String,
    /// Product root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
}

/// A mark on a market record; all but `late` are for trades.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TradeFlag {
    /// Older than the newest record of its kind by more than the lateness: folds ignore it.
    Late = 1,
    /// First part of a bundle: one aggressive order split by its resting orders.
    BundleFirst = 2,
    /// Last part of a bundle.
    BundleLast = 4,
    /// Does not form the price (a correction, a block trade): folds ignore it.
    NotPrice = 8,
}

/// The marks on a market record, as a small set; a JSON array of names on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TradeFlags(u8);

impl TradeFlag {
    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::BundleFirst => "bundle_first",
            Self::BundleLast => "bundle_last",
            Self::NotPrice => "not_price",
        }
    }
}

impl TradeFlags {
    /// Every mark, in the order of the wire.
    pub const ALL: [TradeFlag; 4] =
        [TradeFlag::Late, TradeFlag::BundleFirst, TradeFlag::BundleLast, TradeFlag::NotPrice];

    /// The set with `flag` added.
    #[must_use]
    pub const fn with(self, flag: TradeFlag) -> Self {
        Self(self.0 | flag as u8)
    }

    /// Whether `flag` is set.
    pub const fn has(self, flag: TradeFlag) -> bool {
        self.0 & flag as u8 != 0
    }

    /// Whether no flag is set.
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

impl Serialize for TradeFlags {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut seq = s.serialize_seq(None)?;
        for flag in Self::ALL.into_iter().filter(|f| self.has(*f)) {
            seq.serialize_element(&flag)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for TradeFlags {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let flags = Vec::<TradeFlag>::deserialize(d)?;
        Ok(flags.into_iter().fold(Self::default(), Self::with))
    }
}

impl JsonSchema for TradeFlags {
    fn schema_name() -> Cow<'static, str> {
        "TradeFlags".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<TradeFlag>();
        json_schema!({
            "type": "array", "items": item, "uniqueItems": true,
            "description": "marks, each at most once, in this order"
        })
    }
}

/// A print.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Trade {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Price.
    pub px: Px,
    /// Contracts.
    pub sz: u64,
    /// Aggressor.
    pub side: Side,
    /// How the side is known.
    pub ss: SideSource,
    /// The source's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Source.
    pub src: Src,
    /// The vendor's own stamp where it is coarser or older than `ts`, microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vts: Option<i64>,
    /// Local receive time, microseconds UTC, live only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rx: Option<i64>,
    /// Marks.
    #[serde(default, skip_serializing_if = "TradeFlags::is_empty")]
    pub flags: TradeFlags,
}

impl Trade {
    /// Whether folds count this print (not late, price forming).
    #[inline]
    pub const fn counts(&self) -> bool {
        !self.flags.has(TradeFlag::Late) && !self.flags.has(TradeFlag::NotPrice)
    }
}

/// Best bid and ask. A side without any order is `null` with size 0; 0 beside a price: the source
/// does not say the size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Best bid.
    pub bid: Option<Px>,
    /// Contracts bid.
    pub bsz: u64,
    /// Best ask.
    pub ask: Option<Px>,
    /// Contracts offered.
    pub asz: u64,
    /// Source.
    pub src: Src,
    /// The vendor's own stamp where it is coarser or older than `ts`, microseconds UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vts: Option<i64>,
    /// Local receive time, microseconds UTC, live only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rx: Option<i64>,
    /// Marks; only `late` has a meaning here.
    #[serde(default, skip_serializing_if = "TradeFlags::is_empty")]
    pub flags: TradeFlags,
}

impl Quote {
    /// Bid and ask where both exist, both sizes are above 0 and they are not crossed or locked.
    #[inline]
    pub fn touch(&self) -> Option<(Px, Px)> {
        self.bid.zip(self.ask).filter(|(bid, ask)| bid < ask && self.bsz > 0 && self.asz > 0)
    }
}

/// A side of the book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum BookSide {
    /// Bids.
    #[serde(rename = "B")]
    Bid,
    /// Asks.
    #[serde(rename = "A")]
    Ask,
}

/// What a depth record does besides setting a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DepthOp {
    /// Forget the book: a snapshot follows.
    Clear,
}

/// A book level. Without `op`, `bs`, `px` and `sz` are present; `sz` 0 means the level is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Depth {
    /// Microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Book side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bs: Option<BookSide>,
    /// Price of the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub px: Option<Px>,
    /// Contracts now at the level; 0: the level is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sz: Option<u64>,
    /// Source.
    pub src: Src,
    /// Local receive time, microseconds UTC, live only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rx: Option<i64>,
    /// `clear` starts a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<DepthOp>,
    /// End of a batch: the book is consistent after this record.
    #[serde(default, skip_serializing_if = "is_false")]
    pub eob: bool,
    /// Marks; only `late` has a meaning here.
    #[serde(default, skip_serializing_if = "TradeFlags::is_empty")]
    pub flags: TradeFlags,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A closed bar, stamped at its end. From a feed it has `src`, from mia-features `by` and `ct`.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Bar {
    /// End of the bar, microseconds UTC.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage, on built bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// Stamp of the record that completed it, microseconds UTC, on built bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ct: Option<i64>,
    /// Length in seconds.
    pub dur: u32,
    /// First price.
    pub o: Px,
    /// Highest price.
    pub h: Px,
    /// Lowest price.
    pub l: Px,
    /// Last price.
    pub c: Px,
    /// Contracts.
    pub v: u64,
    /// Sellers' volume (at the bid), contracts; `null` where the source does not say.
    pub bv: Option<u64>,
    /// Buyers' volume (at the ask), contracts; `null` where the source does not say.
    pub av: Option<u64>,
    /// Number of trades; `null` where the source does not say.
    pub n: Option<u64>,
    /// Source, on a feed's bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src: Option<Src>,
    /// Marks; only `late` has a meaning here.
    #[serde(default, skip_serializing_if = "TradeFlags::is_empty")]
    pub flags: TradeFlags,
}

/// When an option series settles.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
pub enum Settlement {
    /// At the opening prices of the expiry date (09:30 New York).
    #[serde(rename = "AM")]
    Am,
    /// At the closing prices of the expiry date (16:00 New York).
    #[serde(rename = "PM")]
    Pm,
}

/// Call or put.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
pub enum Right {
    /// Call.
    #[serde(rename = "C")]
    Call,
    /// Put.
    #[serde(rename = "P")]
    Put,
}

/// One option row of a chain snapshot.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OptionQuote {
    /// When the snapshot was received, microseconds UTC.
    pub ts: i64,
    /// Option symbol.
    pub sym: Sym,
    /// Underlying.
    pub und: Sym,
    /// Option root, for example `SPXW`.
    pub root: Sym,
    /// Expiry date, `2026-03-20`.
    pub exp: String,
    /// AM or PM settled.
    pub settle: Settlement,
    /// Call or put.
    pub right: Right,
    /// Strike.
    pub strike: Px,
    /// Bid.
    pub bid: Option<Px>,
    /// Ask.
    pub ask: Option<Px>,
    /// Implied volatility (0.15 = 15 %).
    pub iv: Option<Num>,
    /// Open interest, contracts.
    pub oi: Option<u64>,
    /// Volume today, contracts.
    pub vol: Option<u64>,
    /// Gamma as the source gives it, per point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma: Option<Num>,
    /// Time of the quote, microseconds UTC.
    pub asof: i64,
    /// Source.
    pub src: Src,
}

/// End of an option snapshot.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Chain {
    /// When the snapshot was received, microseconds UTC.
    pub ts: i64,
    /// Underlying (again, so that every record has a symbol).
    pub sym: Sym,
    /// Underlying.
    pub und: Sym,
    /// Option rows in the snapshot.
    pub n: u64,
    /// Price of the underlying.
    pub spot: Option<Px>,
    /// Time of the quotes, microseconds UTC.
    pub asof: i64,
    /// Source.
    pub src: Src,
}

/// An index print.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Index {
    /// Microseconds UTC.
    pub ts: i64,
    /// `SPX`, `VIX`, ...
    pub sym: Sym,
    /// Index value.
    pub px: Px,
    /// Source.
    pub src: Src,
    /// Local receive time, microseconds UTC, live only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rx: Option<i64>,
    /// Marks; only `late` has a meaning here.
    #[serde(default, skip_serializing_if = "TradeFlags::is_empty")]
    pub flags: TradeFlags,
}

/// Time passed without data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// Receive time less the allowed lateness, microseconds UTC.
    pub ts: i64,
    /// Symbol, or `*` for all.
    pub sym: Sym,
    /// Source.
    pub src: Src,
}

/// State of a source or of the broker link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusState {
    /// Working.
    Up,
    /// Lost.
    Down,
    /// Records were missed.
    Gap,
    /// No data although the session is open.
    Stale,
    /// Data are late by agreement.
    Delayed,
    /// Trading is halted.
    Halt,
    /// State is being fetched anew.
    Resync,
}

/// A change of state of a source or of the broker link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Microseconds UTC.
    pub ts: i64,
    /// Symbol, or `*`.
    pub sym: Sym,
    /// Writing stage, if not a feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// Source, from a feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src: Option<Src>,
    /// State.
    pub state: StatusState,
    /// Machine code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For people.
    pub msg: String,
}
