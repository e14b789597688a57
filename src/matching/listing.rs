//! Which contracts the exchange lists, and from whose prices they fill.

use crate::config::Config;
use crate::market::Instrument;
use crate::market::Sym;

/// The product and its micro, with their contract facts.
#[derive(Clone, Debug)]
pub struct Listings {
    product: Instrument,
    micro: Option<Instrument>,
}

/// A contract that can be traded here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// Facts of the contract: its own fees and tick value.
    pub instrument: Instrument,
    /// Contract whose prices fill it: itself, or the one that it is the micro of.
    pub market: Sym,
}

impl Listings {
    /// The configured product, and its micro (`M` before the root) where it is configured too;
    /// `None` if the product has no contract facts.
    pub fn of(config: &Config) -> Option<Self> {
        let product = config.instrument_named(&config.instrument)?;
        let micro = config
            .instrument_named(&format!("M{}", product.root))
            .filter(|micro| micro.tick == product.tick);
        Some(Self { product, micro })
    }

    /// The product that the market records are of.
    pub const fn product(&self) -> &Instrument {
        &self.product
    }

    /// Its micro.
    pub const fn micro(&self) -> Option<&Instrument> {
        self.micro.as_ref()
    }

    /// Whether `sym` is a contract of the product, so that its records drive the exchange.
    pub fn drives(&self, sym: &Sym) -> bool {
        self.product.is_product_of(sym)
    }

    /// The micro contract that is filled from the prices of `sym`.
    pub fn micro_of(&self, sym: &Sym) -> Option<(Sym, &Instrument)> {
        let micro = self.micro.as_ref()?;
        Sym::new(&format!("M{sym}")).map(|sym| (sym, micro))
    }

    /// The listing of an order's symbol; `None` if it is not listed.
    pub fn find(&self, sym: &Sym) -> Option<Listing> {
        if self.drives(sym) {
            return Some(Listing { instrument: self.product, market: *sym });
        }
        let micro = self.micro.as_ref().filter(|micro| micro.is_product_of(sym))?;
        let market = Sym::new(sym.as_str().strip_prefix('M')?)?;
        Some(Listing { instrument: *micro, market })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Cents;

    #[test]
    fn a_micro_fills_from_its_big_sister() {
        let listings = Listings::of(&Config::default()).unwrap();
        let big = Sym::new("ESM22").unwrap();
        let (micro, _) = listings.micro_of(&big).unwrap();
        assert_eq!(micro.as_str(), "MESM22");
        let listing = listings.find(&micro).unwrap();
        assert_eq!((listing.market, listing.instrument.fee_per_side), (big, Cents(62)));
        assert_eq!(listings.find(&big).unwrap().market, big);
        assert_eq!(listings.find(&Sym::new("NQM22").unwrap()), None);
    }
}
