//! A chain as it was at one moment.

use crate::market::Sym;
use crate::market::TradeDate;
use crate::wire::OptionQuote;
use crate::wire::Right;
use crate::wire::Settlement;
use crate::wire::Src;

/// One contract.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OptionRow {
    /// Option root, for example `SPXW`.
    pub root: Sym,
    /// Expiry date.
    pub exp: TradeDate,
    /// When it settles.
    pub settle: Settlement,
    /// Call or put.
    pub right: Right,
    /// Strike, points.
    pub strike: f64,
    /// Bid, points.
    pub bid: Option<f64>,
    /// Ask, points.
    pub ask: Option<f64>,
    /// The source's implied volatility; 0 stands for none.
    pub iv: Option<f64>,
    /// The source's gamma, per point.
    pub gamma: Option<f64>,
    /// Open interest, contracts.
    pub oi: Option<u64>,
    /// Volume of the day, contracts.
    pub volume: Option<u64>,
    /// Time of quote and volatility, microseconds UTC.
    pub asof: i64,
    /// Time of the chain that brought the open interest, microseconds UTC.
    pub oi_asof: i64,
}

impl OptionRow {
    /// The row of a wire record; `None` if its expiry is no date.
    pub fn from_quote(quote: &OptionQuote) -> Option<Self> {
        Some(Self {
            root: quote.root,
            exp: quote.exp.parse().ok()?,
            settle: quote.settle,
            right: quote.right,
            strike: quote.strike.points(),
            bid: quote.bid.map(crate::market::Px::points),
            ask: quote.ask.map(crate::market::Px::points),
            iv: quote.iv.map(|iv| iv.0),
            gamma: quote.gamma.map(|gamma| gamma.0),
            oi: quote.oi,
            volume: quote.vol,
            asof: quote.asof,
            oi_asof: quote.asof,
        })
    }

    /// Mid of a quote that has both sides above 0 and is not crossed.
    pub fn mid(&self) -> Option<f64> {
        let (bid, ask) = self.bid.zip(self.ask)?;
        (bid > 0.0 && ask >= bid).then_some(0.5 * (bid + ask))
    }
}

/// Every contract of an underlying at one moment. The order of the rows does not matter.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// Underlying.
    pub und: Sym,
    /// When it was received, microseconds UTC.
    pub ts: i64,
    /// Time of its quotes, microseconds UTC.
    pub asof: i64,
    /// Price of the underlying at `asof`, points.
    pub spot: Option<f64>,
    /// How many rows the source says that there are.
    pub stated: u64,
    /// Source.
    pub src: Option<Src>,
    /// The rows.
    pub rows: Vec<OptionRow>,
}
