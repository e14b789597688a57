//! One option row and one snapshot of them.

use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::quality::finding::Place;
use crate::wire::OptionQuote;
use crate::wire::Right;
use crate::wire::Settlement;

/// An option row of any source; what it does not say is `None`.
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
    /// Strike.
    pub strike: Px,
    /// Bid.
    pub bid: Option<Px>,
    /// Ask.
    pub ask: Option<Px>,
    /// Implied volatility (0.15 = 15 %).
    pub iv: Option<f64>,
    /// Delta as the source gives it.
    pub delta: Option<f64>,
    /// Open interest, contracts.
    pub oi: Option<u64>,
    /// Volume, contracts.
    pub vol: Option<u64>,
    /// Time of the quote, microseconds UTC.
    pub asof: i64,
    /// Where it stands.
    pub place: Place,
}

impl OptionRow {
    /// The row of a record; `None` if its expiry is no date.
    pub fn of(record: &OptionQuote, place: Place) -> Option<Self> {
        Some(Self {
            root: record.root,
            exp: record.exp.parse().ok()?,
            settle: record.settle,
            right: record.right,
            strike: record.strike,
            bid: record.bid,
            ask: record.ask,
            iv: record.iv.map(|iv| iv.0),
            delta: None,
            oi: record.oi,
            vol: record.vol,
            asof: record.asof,
            place,
        })
    }

    /// Bid and ask in points where both are there, the bid is above zero and they are not crossed.
    pub(super) fn quote(&self) -> Option<(f64, f64)> {
        let (bid, ask) = self.bid.zip(self.ask)?;
        (bid.nanos() > 0 && bid <= ask).then(|| (bid.points(), ask.points()))
    }

    /// The middle of [`OptionRow::quote`].
    pub(super) fn mid(&self) -> Option<f64> {
        self.quote().map(|(bid, ask)| f64::midpoint(bid, ask))
    }

    /// Ask less bid of [`OptionRow::quote`].
    pub(super) fn spread(&self) -> Option<f64> {
        self.quote().map(|(bid, ask)| ask - bid)
    }

    /// The volatility where there is one: sources write 0 for none.
    pub(super) fn vol_of(&self) -> Option<f64> {
        self.iv.filter(|iv| iv.is_finite() && *iv > 0.0)
    }

    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        let right = if self.right == Right::Call { 'C' } else { 'P' };
        format!("{} {} {} {right}", self.root, self.exp, self.strike)
    }
}

/// Every row of one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Snapshot {
    /// When it was received, microseconds UTC.
    pub ts: i64,
    /// Price of the underlying, points.
    pub spot: Option<f64>,
    /// The rows, in any order.
    pub rows: Vec<OptionRow>,
}

/// The rows of a snapshot in a fixed order: root, expiry, strike, right.
pub(super) struct Judged<'a>(pub Vec<&'a OptionRow>);

impl<'a> Judged<'a> {
    /// Sorted; those that are equal in all keep the order of their places.
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut rows: Vec<&OptionRow> = snapshot.rows.iter().collect();
        rows.sort_by_key(|r| (r.root, r.exp, r.strike, r.right, r.place.line));
        Self(rows)
    }
}
