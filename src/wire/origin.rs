//! Provenance: which source a market record came from, which stage wrote a derived one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $type { $($(#[$vmeta])* $variant),+ }

        impl $type {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value with this text.
            #[inline]
            pub fn from_name(name: &[u8]) -> Option<Self> {
                $(if name == $name.as_bytes() { return Some(Self::$variant); })+
                None
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// The source of a market record (`src`). `syn` is synthetic and never reaches a live broker.
    Src {
        /// Interactive Brokers.
        Ibkr = "ibkr",
        /// Sierra Chart files.
        Scid = "scid",
        /// Sierra Chart DTC protocol.
        Dtc = "dtc",
        /// `IQFeed`.
        Iqf = "iqf",
        /// Databento.
        Dbn = "dbn",
        /// A CSV file.
        Csv = "csv",
        /// Cboe option chains.
        Cboe = "cboe",
        /// Synthetic.
        Syn = "syn",
    }
}

names! {
    /// The stage that wrote a derived record (`by`).
    By {
        /// mia-feed.
        Feed = "feed",
        /// mia-record.
        Record = "record",
        /// mia-features.
        Features = "features",
        /// mia-options.
        Options = "options",
        /// mia-signal.
        Signal = "signal",
        /// mia-risk.
        Risk = "risk",
        /// mia-exec.
        Exec = "exec",
        /// mia-notify.
        Notify = "notify",
        /// mia-monitor.
        Monitor = "monitor",
        /// mia-check.
        Check = "check",
    }
}
