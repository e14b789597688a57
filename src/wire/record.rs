//! Every kind of record as one type.

use crate::market::Sym;
use crate::wire;
use crate::wire::Kind;
use schemars::Schema;
use schemars::SchemaGenerator;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The body of one kind.
pub trait Body: Serialize + DeserializeOwned {
    /// Its kind.
    const KIND: Kind;
    /// Its stamp, microseconds UTC.
    fn ts(&self) -> i64;
    /// Its symbol.
    fn sym(&self) -> Sym;
}

macro_rules! records {
    ($($kind:ident($body:ident)),+ $(,)?) => {
        /// A record of any kind.
        #[derive(Clone, PartialEq, Debug)]
        #[expect(clippy::large_enum_variant, reason = "records are built once and passed by reference")]
        pub enum Record {
            $(#[doc = concat!("`", stringify!($kind), "`")] $kind(wire::$body)),+
        }

        impl Record {
            /// The kind.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind),+ }
            }

            /// The stamp, microseconds UTC.
            pub const fn ts(&self) -> i64 {
                match self { $(Self::$kind(body) => body.ts),+ }
            }

            /// The symbol.
            pub const fn sym(&self) -> Sym {
                match self { $(Self::$kind(body) => body.sym),+ }
            }

            /// Whether the feed marked it late: folds ignore and count it, all else passes it on.
            pub const fn is_late(&self) -> bool {
                let flags = match self {
                    Self::Trade(body) => body.flags,
                    Self::Quote(body) => body.flags,
                    Self::Depth(body) => body.flags,
                    Self::Bar(body) => body.flags,
                    Self::Index(body) => body.flags,
                    _ => return false,
                };
                flags.has(wire::TradeFlag::Late)
            }

            /// Serialises the body as JSON (without `t`).
            ///
            /// # Errors
            /// A value that is not finite.
            pub fn write_body(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
                match self { $(Self::$kind(body) => serde_json::to_writer(out, body)),+ }
            }

            /// Reads the body of `kind` from a JSON object; unknown keys (`t` among them) are ignored.
            ///
            /// # Errors
            /// Not JSON, a missing key or a wrong type.
            pub fn read_body(kind: Kind, json: &[u8]) -> serde_json::Result<Self> {
                Ok(match kind { $(Kind::$kind => Self::$kind(serde_json::from_slice(json)?)),+ })
            }

            /// The schema of the body of `kind`.
            pub(super) fn schema_of(kind: Kind, generator: SchemaGenerator) -> Schema {
                match kind {
                    $(Kind::$kind => generator.into_root_schema_for::<wire::$body>()),+
                }
            }
        }

        $(
            impl Body for wire::$body {
                const KIND: Kind = Kind::$kind;
                fn ts(&self) -> i64 {
                    self.ts
                }
                fn sym(&self) -> Sym {
                    self.sym
                }
            }

            impl From<wire::$body> for Record {
                fn from(body: wire::$body) -> Self {
                    Self::$kind(body)
                }
            }
        )+
    };
}

records! {
    Trade(Trade),
    Quote(Quote),
    Depth(Depth),
    Bar(Bar),
    Stream(Stream),
    Option(OptionQuote),
    Chain(Chain),
    Index(Index),
    Clock(Clock),
    Status(Status),
    Features(Features),
    Levels(Levels),
    Footprint(Footprint),
    Gex(Gex),
    Signal(Signal),
    Scores(Scores),
    Explain(Explain),
    Verdict(Verdict),
    Order(Order),
    Acct(Acct),
    Seal(Seal),
    Ack(Ack),
    Fill(Fill),
    Cancel(Cancel),
    Reject(Reject),
    Position(Position),
    Account(Account),
    Roundtrip(Roundtrip),
    Alert(Alert),
}
