//! The kinds of record.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($variant:ident $name:literal $doc:literal),+ $(,)?) => {
        /// The kind of a record: its `t`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = $doc] $variant),+
        }

        impl Kind {
            /// Every kind of version 1.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text of `t`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The kind named by these bytes.
            #[inline]
            pub fn from_name(name: &[u8]) -> Option<Self> {
                $(if name == $name.as_bytes() { return Some(Self::$variant); })+
                None
            }
        }
    };
}

kinds! {
    Trade "trade" "A print.",
    Quote "quote" "Best bid and ask.",
    Depth "depth" "A book level changed.",
    Bar "bar" "A closed bar.",
    Stream "stream" "What the stream is: source, mode, phase.",
    Option "option" "One option row.",
    Chain "chain" "End of an option snapshot.",
    Index "index" "An index print (SPX, VIX).",
    Clock "clock" "Time passed without data.",
    Status "status" "State of a source or of the broker link.",
    Features "features" "The 18 features at a bin end.",
    Levels "levels" "All price levels.",
    Footprint "footprint" "Bid and ask volume by price of a bar.",
    Gex "gex" "Dealer exposure of an option chain.",
    Signal "signal" "A trade idea.",
    Scores "scores" "Score and descriptions of a closed bar.",
    Explain "explain" "What was considered and why not.",
    Verdict "verdict" "The risk decision on a signal.",
    Order "order" "An approved order.",
    Acct "acct" "An account fact that risk acted on.",
    Seal "seal" "The authentication of a live order.",
    Ack "ack" "An order is working.",
    Fill "fill" "An execution.",
    Cancel "cancel" "An order ended without (more) fills.",
    Reject "reject" "An order was refused by the broker.",
    Position "position" "The position after a change.",
    Account "account" "The account after a change.",
    Roundtrip "roundtrip" "A closed trade.",
    Alert "alert" "Something a person should know.",
}

impl Kind {
    /// Whether only a stage (never a feed) writes this kind.
    pub const fn is_derived(self) -> bool {
        !matches!(
            self,
            Self::Trade
                | Self::Quote
                | Self::Depth
                | Self::Bar
                | Self::Stream
                | Self::Option
                | Self::Chain
                | Self::Index
                | Self::Clock
                | Self::Status
        )
    }

    /// Whether the record may carry `by`, so that a stage has to look whether it is its own.
    pub const fn may_carry_by(self) -> bool {
        self.is_derived() || matches!(self, Self::Bar | Self::Status)
    }

    /// This kind as a set.
    pub const fn set(self) -> KindSet {
        KindSet(1 << self as u32)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::from_name(text.as_bytes()).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|k| k.name()).collect();
            format!("unknown kind `{text}`; known: {}", known.join(", "))
        })
    }
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KindSet(u32);

impl KindSet {
    /// No kind.
    pub const EMPTY: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self(u32::MAX);

    /// The set of `kinds`.
    pub const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// Whether `kind` is in the set.
    #[inline]
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
