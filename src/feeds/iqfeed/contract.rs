//! Symbols: what the user asks for, what the vendor calls it, what it is on the wire.

use crate::config::Config;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::market::front_contract;
use crate::wire::Failure;
use crate::wire::FailureClass;

/// What the user asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// The front contract of a product, by MIA's roll rule: asked for by its own name, so that what
    /// it is called is what it is.
    Front {
        /// Product root.
        root: String,
        /// Smallest price step, billionths of a point.
        tick: i64,
    },
    /// The vendor's continuous symbol, `@ES#`: the vendor decides which contract that is, and the
    /// roll rule only says how MIA calls it.
    Continuous {
        /// Product root.
        root: String,
        /// The vendor's symbol.
        vendor: Sym,
        /// Smallest price step, billionths of a point.
        tick: i64,
    },
    /// One contract.
    Single(Contract),
}

/// A symbol with its two names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contract {
    /// As the vendor writes it: `@ESZ25`, `SPX.XO`.
    pub vendor: Sym,
    /// On the wire: `ESZ25`, `SPX`.
    pub sym: Sym,
    /// Smallest price step, billionths of a point; `None` for an index.
    pub tick: Option<i64>,
}

impl Wanted {
    /// Reads a symbol: `ES` (the front contract), `ESZ25` or `@ESZ25`, `@ES#`, `SPX` or `SPX.XO`.
    ///
    /// # Errors
    /// A product that is not configured; back-adjusted prices.
    pub fn parse(text: &str, config: &Config) -> Result<Self, Failure> {
        let body = text.strip_prefix('@').unwrap_or(text);
        let refused = |message: String| Failure::new(FailureClass::Config, message);
        let no_symbol = || refused(format!("`{text}` is no symbol of IQFeed"));
        if body.ends_with("#C") {
            return Err(refused(format!("{text} has prices that never traded (back-adjusted)"))
                .hint("ask for a contract, for example @ESZ25, or for @ES#"));
        }
        if let Some(index) = text.strip_suffix(".XO") {
            return Self::index(index).ok_or_else(no_symbol);
        }
        let root = body.strip_suffix('#').unwrap_or(body);
        let sym = Sym::new(root).ok_or_else(no_symbol)?;
        let Some(instrument) = config.instrument_of(&sym) else {
            let is_index = !text.starts_with('@') && text.bytes().all(|b| b.is_ascii_uppercase());
            return Self::index(text).filter(|_| is_index).ok_or_else(|| {
                let root = sym.root();
                refused(format!("product `{root}` of {text} is not configured")).hint(format!(
                    "add [instruments.{root}] with tick, tick_value and fee_per_side"
                ))
            });
        };
        let (tick, root) = (instrument.tick.nanos(), instrument.root.to_string());
        let vendor = Sym::new(&format!("@{body}")).ok_or_else(no_symbol)?;
        Ok(if body.ends_with('#') {
            Self::Continuous { root, vendor, tick }
        } else if body == root {
            Self::Front { root, tick }
        } else {
            Self::Single(Contract { vendor, sym, tick: Some(tick) })
        })
    }

    fn index(name: &str) -> Option<Self> {
        let (sym, vendor) = (Sym::new(name)?, Sym::new(&format!("{name}.XO"))?);
        Some(Self::Single(Contract { vendor, sym, tick: None }))
    }

    /// What it is on a trade date.
    ///
    /// # Errors
    /// No contract of that date can be named.
    pub fn on(&self, date: TradeDate) -> Result<Contract, Failure> {
        let front = |root: &str| front_contract(root, date).map_err(Failure::from);
        match self {
            Self::Single(contract) => Ok(*contract),
            Self::Continuous { root, vendor, tick } => {
                let sym = front(root)?.code;
                Ok(Contract { vendor: *vendor, sym, tick: Some(*tick) })
            }
            Self::Front { root, tick } => {
                let sym = front(root)?.code;
                let vendor = Sym::new(&format!("@{sym}")).ok_or_else(|| {
                    Failure::new(FailureClass::Internal, format!("no symbol for {sym}"))
                })?;
                Ok(Contract { vendor, sym, tick: Some(*tick) })
            }
        }
    }

    /// Whether its contract depends on the date.
    pub const fn rolls(&self) -> bool {
        !matches!(self, Self::Single(_))
    }

    /// How the contract was found, for people.
    pub fn explained(&self, contract: Contract) -> String {
        let Contract { vendor, sym, .. } = contract;
        match self {
            Self::Single(_) => format!("{vendor} is {sym}"),
            Self::Front { root, .. } => {
                format!(
                    "the front contract of {root} is {sym} by the roll rule; asking for {vendor}"
                )
            }
            Self::Continuous { .. } => format!(
                "{vendor} is called {sym} by the roll rule; the vendor may roll on another day, \
                 so name the contract (@{sym}) to be sure"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_its_two_names() {
        let config = Config::default();
        let date = "2025-12-01".parse().unwrap();
        for (text, vendor, sym, rolls) in [
            ("ES", "@ESZ25", "ESZ25", true),
            ("@ES", "@ESZ25", "ESZ25", true),
            ("@ES#", "@ES#", "ESZ25", true),
            ("ESH26", "@ESH26", "ESH26", false),
            ("@MESH26", "@MESH26", "MESH26", false),
            ("SPX.XO", "SPX.XO", "SPX", false),
            ("VIX", "VIX.XO", "VIX", false),
        ] {
            let wanted = Wanted::parse(text, &config).unwrap();
            let contract = wanted.on(date).unwrap();
            assert_eq!((contract.vendor.as_str(), contract.sym.as_str()), (vendor, sym), "{text}");
            assert_eq!(wanted.rolls(), rolls, "{text}");
            assert_eq!(contract.tick.is_none(), text.starts_with(['S', 'V']), "{text}");
        }
        let later = Wanted::parse("ES", &config).unwrap().on("2025-12-15".parse().unwrap());
        assert_eq!(later.unwrap().vendor.as_str(), "@ESH26");
        for wrong in ["@CLF26", "@ES#C", "", "@", "a\"b"] {
            assert_eq!(Wanted::parse(wrong, &config).unwrap_err().class, FailureClass::Config);
        }
    }
}
