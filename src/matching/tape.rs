//! What the exchange remembers of one contract's market: the last trade and the touch, and what the
//! price limits are counted from.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Instrument;
use crate::market::PriceBand;
use crate::market::PriceLimits;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::Quote;
use crate::wire::Trade;

/// A touch older than this no longer speaks for the market when a trade comes: the tape is then
/// treated as one without quotes, so that a feed that lost its quotes cannot hold an exit back.
const TOUCH_LIFE_US: i64 = 5_000_000;

/// A touch younger than this can call a print a liar.
const TOUCH_FRESH_US: i64 = 1_000_000;

/// Prices that a print or quote claims.
#[derive(Clone, Copy, Debug)]
struct Claim {
    ts: i64,
    /// Lowest and highest.
    span: (Px, Px),
    quoted: bool,
}

/// Whether both ends of `span` lie at most `margin` (billionths of a point) outside `around`.
#[inline]
fn is_near(span: (Px, Px), around: (Px, Px), margin: i64) -> bool {
    let inside = around.0.nanos().saturating_sub(margin)..=around.1.nanos().saturating_add(margin);
    inside.contains(&span.0.nanos()) && inside.contains(&span.1.nanos())
}

/// The market of one contract as far as fills need it.
#[derive(Clone, Debug)]
pub struct Tape {
    /// Contract.
    pub sym: Sym,
    /// The newest quote.
    pub quote: Option<Quote>,
    /// Stamp of the newest quote with both sides, microseconds UTC.
    pub touch_ts: Option<i64>,
    /// The newest trade that counts: stamp (microseconds UTC) and price. Bars no longer fill orders
    /// once there is one.
    pub last: Option<(i64, Px)>,
    /// Close of the newest bar of a source, while there is no trade.
    pub(super) bar_close: Option<Px>,
    /// Price limits, where their reference is known.
    pub(super) limits: Option<PriceLimits>,
    /// Close of the session that the newest price belongs to, microseconds UTC.
    session_close: i64,
    /// From this stamp on the limits have another reference, microseconds UTC.
    pub(super) turn_at: i64,
    /// Prices that say nothing new about the limits.
    inside: (Px, Px),
    /// What one record alone claims.
    doubt: Option<Claim>,
}

/// Every price.
const ALL: (Px, Px) = (Px::from_nanos(i64::MIN), Px::from_nanos(i64::MAX));

impl Tape {
    /// A contract of which nothing is known yet.
    pub const fn new(sym: Sym) -> Self {
        Self {
            sym,
            quote: None,
            touch_ts: None,
            last: None,
            bar_close: None,
            limits: None,
            session_close: i64::MIN,
            turn_at: i64::MIN,
            inside: ALL,
            doubt: None,
        }
    }

    #[inline]
    pub(super) fn on_trade(&mut self, trade: &Trade) {
        self.last = Some((trade.ts, trade.px));
    }

    #[inline]
    pub(super) fn on_quote(&mut self, quote: &Quote) {
        self.quote = Some(*quote);
        if quote.touch().is_some() {
            self.touch_ts = Some(quote.ts);
        }
    }

    /// The last trade, while it speaks for the market at `ts` (microseconds UTC).
    pub(super) fn fresh(&self, ts: i64) -> Option<Px> {
        self.last.filter(|(last, _)| ts - last <= TOUCH_LIFE_US).map(|(_, px)| px)
    }

    /// The newest price: the last trade, on a tape without trades the close of the last bar.
    pub(super) fn price(&self) -> Option<Px> {
        self.last.map(|(_, px)| px).or(self.bar_close)
    }

    /// The first price at or after `turn_at` is about to come, at `ts`: what came before it becomes
    /// the reference of the limits, if it is of the session before (or of the regular hours of this
    /// one). Without that the reference is unknown and there are no limits.
    #[cold]
    pub(super) fn turn(
        &mut self,
        ts: i64,
        pct: [f64; 3],
        calendar: &Calendar,
        product: &Instrument,
    ) -> Result<(), CalendarError> {
        let session = calendar.session_at_or_after(ts)?;
        let same = self.session_close == session.close;
        let known = same
            || (self.session_close != i64::MIN
                && calendar.session_at_or_after(self.session_close)?.close == session.close);
        let reference = self.price().filter(|_| known).and_then(|px| product.ticks(px));
        self.limits = reference.map(|reference| PriceLimits::new(reference, pct, session.rth));
        self.inside = self.limits.as_ref().map_or(ALL, |limits| limits.inside(product));
        self.session_close = session.close;
        self.turn_at = match session.rth {
            Some((_, to)) if ts < to => to,
            _ => session.close,
        };
        Ok(())
    }

    /// Whether a print at `px` lies inside the limits known so far.
    #[inline]
    pub(super) fn is_inside(&self, px: Px) -> bool {
        (self.inside.0..=self.inside.1).contains(&px)
    }

    /// A print outside of them proves the next ones; `false` if it is beyond the last.
    #[cold]
    pub(super) fn prove(&mut self, px: Px, product: &Instrument) -> bool {
        let Some(limits) = &mut self.limits else { return true };
        let believed = product.ticks(px).is_some_and(|px| limits.prove(px));
        self.inside = limits.inside(product);
        believed
    }

    /// The price limits in force at `ts` (microseconds UTC).
    pub(super) fn band(&self, ts: i64) -> PriceBand {
        self.limits.as_ref().map_or(PriceBand::OPEN, |limits| limits.band(ts))
    }

    /// Whether a print at `px` can be one of this market. Not one farther than `margin` (billionths of a
    /// point) outside fresh quotes, unless another quote has left them as well. Without fresh quotes
    /// not one so far from the last trade, unless another record has left it as well.
    #[inline]
    pub(super) fn believes_print(&mut self, ts: i64, px: Px, margin: i64) -> bool {
        let touch = self.quote.as_ref().and_then(Quote::touch);
        let fresh = self.touch_ts.is_some_and(|touch| ts - touch <= TOUCH_FRESH_US);
        let touch = touch.filter(|_| fresh);
        let around = touch.or_else(|| self.fresh(ts).map(|px| (px, px)));
        self.weigh(Claim { ts, span: (px, px), quoted: false }, around, touch.is_some(), margin)
    }

    /// Whether a quote can be one of this market. Not one with a side farther than `margin` (billionths
    /// of a point) from the newest touch or trade, unless another record has left it as well.
    #[inline]
    pub(super) fn believes_quote(&mut self, quote: &Quote, margin: i64) -> bool {
        let Some(span) = quote.touch() else { return true };
        let touch = self.quote.as_ref().and_then(Quote::touch).zip(self.touch_ts);
        let around = match (touch, self.last) {
            (Some((touch, shown)), Some((traded, _))) if shown >= traded => Some(touch),
            (_, Some((_, px))) => Some((px, px)),
            (touch, None) => touch.map(|(touch, _)| touch),
        };
        self.weigh(Claim { ts: quote.ts, span, quoted: true }, around, false, margin)
    }

    /// Whether a claim is believed: it is near the market as it is known, or a second one of another
    /// stamp says the same. Against fresh quotes only quotes speak, however many prints there are.
    #[inline]
    fn weigh(&mut self, claim: Claim, around: Option<(Px, Px)>, fresh: bool, margin: i64) -> bool {
        if around.is_none_or(|around| is_near(claim.span, around, margin)) {
            self.doubt = None;
            return true;
        }
        self.weigh_leap(claim, fresh, margin)
    }

    #[cold]
    fn weigh_leap(&mut self, claim: Claim, fresh: bool, margin: i64) -> bool {
        let agrees = |first: &Claim| {
            let heard = first.quoted || claim.quoted || !fresh;
            heard && first.ts != claim.ts && is_near(claim.span, first.span, margin)
        };
        let confirmed = self.doubt.as_ref().is_some_and(agrees);
        self.doubt = (!confirmed).then_some(claim);
        confirmed
    }

    /// Whether quotes speak for this market at `ts` (microseconds UTC).
    #[inline]
    pub fn is_quoted(&self, ts: i64) -> bool {
        self.touch_ts.is_some_and(|touch| ts - touch <= TOUCH_LIFE_US)
    }

    /// Price and size that an order on `side` would take, while quotes speak for the market.
    pub fn opposite(&self, side: Side, ts: i64) -> Option<(Px, u64)> {
        let quote = self.quote.filter(|_| self.is_quoted(ts))?;
        let (bid, ask) = quote.touch()?;
        Some(if side == Side::Buy { (ask, quote.asz) } else { (bid, quote.bsz) })
    }

    /// Price and size of the touch that a limit order on `side` would join.
    pub fn own(&self, side: Side, ts: i64) -> Option<(Px, u64)> {
        let quote = self.quote.filter(|_| self.is_quoted(ts))?;
        let (bid, ask) = quote.touch()?;
        Some(if side == Side::Buy { (bid, quote.bsz) } else { (ask, quote.asz) })
    }

    /// The price at which a position opened on `side` could be closed: the opposite touch where
    /// quotes speak for the market, else the last trade.
    #[inline]
    pub fn mark(&self, side: Side, ts: i64) -> Option<Px> {
        self.opposite(side.opposite(), ts).map(|(px, _)| px).or(self.last.map(|(_, px)| px))
    }
}
