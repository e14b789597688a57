//! The fast reader: trade, quote and depth lines exactly as MIA writes them.

use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Kind;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlags;
use crate::wire::codec::scan::Scan;

/// The record, if the line is in canonical form; `None` says nothing about the line.
#[inline]
pub(super) fn canonical(kind: Kind, line: &[u8]) -> Option<Record> {
    match kind {
        Kind::Trade => trade(Scan::new(line)).map(Record::Trade),
        Kind::Quote => quote(Scan::new(line)).map(Record::Quote),
        Kind::Depth => depth(Scan::new(line)).map(Record::Depth),
        _ => None,
    }
}

#[inline]
fn trade(mut s: Scan<'_>) -> Option<Trade> {
    s.take(b"{\"t\":\"trade\",\"ts\":")?;
    let ts = s.stamp()?;
    s.take(b",\"sym\":\"")?;
    let sym = s.sym()?;
    s.take(b",\"px\":")?;
    let px = s.price()?;
    s.take(b",\"sz\":")?;
    let sz = s.uint()?;
    s.take(b",\"side\":\"")?;
    let side = match s.text(1)? {
        b"B" => Side::Buy,
        b"S" => Side::Sell,
        b"N" => Side::None,
        _ => return None,
    };
    s.take(b",\"ss\":\"")?;
    let ss = match s.text(5)? {
        b"flag" => SideSource::Flag,
        b"touch" => SideSource::Touch,
        b"quote" => SideSource::Quote,
        b"tick" => SideSource::Tick,
        b"none" => SideSource::None,
        _ => return None,
    };
    let seq = if s.has(b",\"seq\":") { Some(s.uint()?) } else { None };
    let src = source(&mut s)?;
    let vts = if s.has(b",\"vts\":") { Some(s.stamp()?) } else { None };
    let rx = if s.has(b",\"rx\":") { Some(s.stamp()?) } else { None };
    let flags = flags(&mut s)?;
    close(&mut s)?;
    Some(Trade { ts, sym, px, sz, side, ss, seq, src, vts, rx, flags })
}

#[inline]
fn quote(mut s: Scan<'_>) -> Option<Quote> {
    s.take(b"{\"t\":\"quote\",\"ts\":")?;
    let ts = s.stamp()?;
    s.take(b",\"sym\":\"")?;
    let sym = s.sym()?;
    s.take(b",\"bid\":")?;
    let bid = price_or_null(&mut s)?;
    s.take(b",\"bsz\":")?;
    let bsz = s.uint()?;
    s.take(b",\"ask\":")?;
    let ask = price_or_null(&mut s)?;
    s.take(b",\"asz\":")?;
    let asz = s.uint()?;
    let src = source(&mut s)?;
    let vts = if s.has(b",\"vts\":") { Some(s.stamp()?) } else { None };
    let rx = if s.has(b",\"rx\":") { Some(s.stamp()?) } else { None };
    let flags = flags(&mut s)?;
    close(&mut s)?;
    Some(Quote { ts, sym, bid, bsz, ask, asz, src, vts, rx, flags })
}

#[inline]
fn depth(mut s: Scan<'_>) -> Option<Depth> {
    s.take(b"{\"t\":\"depth\",\"ts\":")?;
    let ts = s.stamp()?;
    s.take(b",\"sym\":\"")?;
    let sym = s.sym()?;
    let (mut bs, mut px, mut sz) = (None, None, None);
    if s.has(b",\"bs\":\"") {
        bs = match s.text(1)? {
            b"B" => Some(BookSide::Bid),
            b"A" => Some(BookSide::Ask),
            _ => return None,
        };
        s.take(b",\"px\":")?;
        px = Some(s.price()?);
        s.take(b",\"sz\":")?;
        sz = Some(s.uint()?);
    }
    let src = source(&mut s)?;
    let rx = if s.has(b",\"rx\":") { Some(s.stamp()?) } else { None };
    let op = s.has(b",\"op\":\"clear\"").then_some(DepthOp::Clear);
    let eob = s.has(b",\"eob\":true");
    let flags = flags(&mut s)?;
    close(&mut s)?;
    Some(Depth { ts, sym, bs, px, sz, src, rx, op, eob, flags })
}

#[inline]
#[expect(clippy::option_option, reason = "no scan, a scanned null, a scanned price")]
fn price_or_null(s: &mut Scan<'_>) -> Option<Option<Px>> {
    if s.has(b"null") { Some(None) } else { s.price().map(Some) }
}

#[inline]
fn source(s: &mut Scan<'_>) -> Option<Src> {
    s.take(b",\"src\":\"")?;
    Src::from_name(s.text(4)?)
}

/// The marks, each at most once and in their order; none if the key is not there.
#[inline]
fn flags(s: &mut Scan<'_>) -> Option<TradeFlags> {
    let mut flags = TradeFlags::default();
    if !s.has(b",\"flags\":[") {
        return Some(flags);
    }
    for flag in TradeFlags::ALL {
        let mut ahead = *s;
        if !flags.is_empty() && !ahead.has(b",") {
            break;
        }
        if ahead.has(b"\"") && ahead.text(12) == Some(flag.name().as_bytes()) {
            flags = flags.with(flag);
            *s = ahead;
        }
    }
    s.take(b"]")?;
    Some(flags)
}

#[inline]
fn close(s: &mut Scan<'_>) -> Option<()> {
    s.take(b"}")?;
    s.end()
}
