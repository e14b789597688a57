//! The symbols that are followed.

use crate::config::Config;
use crate::feeds::dtc::measure::Grid;
use crate::feeds::sierra::contract_of;
use crate::market::Sym;
use crate::protocols::dtc::Text;
use crate::wire::Failure;
use crate::wire::FailureClass;

/// A symbol to be followed: as the server spells it, and as MIA's records do.
#[derive(Clone, PartialEq, Debug)]
pub struct DtcSymbol {
    pub(super) name: Text<64>,
    pub(super) sym: Sym,
    pub(super) grid: Grid,
}

impl DtcSymbol {
    /// The symbol that the server calls `name`: `ESZ25_FUT_CME` has records of `ESZ25`, a name
    /// without month and year keeps its spelling. Prices are multiplied with `multiplier`.
    ///
    /// # Errors
    /// The name is too long, or its product is not configured.
    pub fn new(name: &str, multiplier: f64, config: &Config) -> Result<Self, Failure> {
        let wrong = |message: String| Failure::new(FailureClass::Config, message);
        let text = Text::new(name).map_err(|error| wrong(format!("symbol {name}: {error}")))?;
        let sym = contract_of(name).or_else(|| Sym::new(name)).ok_or_else(|| {
            wrong(format!("`{name}` is not a symbol: 1 to {} printable characters", Sym::MAX))
        })?;
        let instrument = config.instrument_of(&sym).ok_or_else(|| {
            let root = sym.root().to_owned();
            wrong(format!("product `{root}` of {name} is not configured"))
                .hint(format!("add [instruments.{root}] with tick, tick_value and fee_per_side"))
        })?;
        Ok(Self { name: text, sym, grid: Grid { tick: instrument.tick.nanos(), multiplier } })
    }

    /// As the server spells it.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// As MIA's records spell it.
    pub const fn sym(&self) -> Sym {
        self.sym
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_spelling_and_ours() {
        let config = Config::default();
        let symbol = DtcSymbol::new("ESZ25_FUT_CME", 1.0, &config).unwrap();
        assert_eq!((symbol.name(), symbol.sym().as_str()), ("ESZ25_FUT_CME", "ESZ25"));
        assert_eq!(symbol.grid.tick, 250_000_000);
        let unknown = DtcSymbol::new("XAUUSD", 1.0, &config).unwrap_err();
        assert_eq!(unknown.class, FailureClass::Config);
        assert!(unknown.message.contains("XAUUSD") && unknown.hint.is_some());
        assert!(DtcSymbol::new(&"X".repeat(64), 1.0, &config).is_err());
    }
}
