//! The fast writer of trade, quote and depth (features apart): the bytes of the serde way, without its detours.

use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlags;
use crate::wire::codec::write_features;

/// Room for any line of these kinds.
const LINE_MAX: usize = 384;

/// Appends the record and its line feed; `false`, and nothing appended, if serde must do it.
#[inline]
pub(super) fn canonical(record: &Record, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let written = match record {
        Record::Trade(body) => trade(body, out),
        Record::Quote(body) => quote(body, out),
        Record::Depth(body) => depth(body, out),
        Record::Features(body) => write_features::features(body, out),
        _ => return false,
    };
    if written.is_none() {
        out.truncate(start);
    }
    written.is_some()
}

fn trade(body: &Trade, out: &mut Vec<u8>) -> Option<()> {
    out.reserve(LINE_MAX);
    head(b"{\"t\":\"trade\",\"ts\":", body.ts, body.sym, out);
    out.extend_from_slice(b"\",\"px\":");
    price(body.px, out)?;
    out.extend_from_slice(b",\"sz\":");
    integer(body.sz, out);
    out.extend_from_slice(match body.side {
        Side::Buy => b",\"side\":\"B\",\"ss\":\"",
        Side::Sell => b",\"side\":\"S\",\"ss\":\"",
        Side::None => b",\"side\":\"N\",\"ss\":\"",
    });
    out.extend_from_slice(match body.ss {
        SideSource::Flag => b"flag\"",
        SideSource::Touch => b"touch\"",
        SideSource::Quote => b"quote\"",
        SideSource::Tick => b"tick\"",
        SideSource::None => b"none\"",
    });
    optional(b",\"seq\":", body.seq, out);
    source(body.src, out);
    optional(b",\"vts\":", body.vts, out);
    optional(b",\"rx\":", body.rx, out);
    close(body.flags, out);
    Some(())
}

fn quote(body: &Quote, out: &mut Vec<u8>) -> Option<()> {
    out.reserve(LINE_MAX);
    head(b"{\"t\":\"quote\",\"ts\":", body.ts, body.sym, out);
    out.extend_from_slice(b"\",\"bid\":");
    price_or_null(body.bid, out)?;
    out.extend_from_slice(b",\"bsz\":");
    integer(body.bsz, out);
    out.extend_from_slice(b",\"ask\":");
    price_or_null(body.ask, out)?;
    out.extend_from_slice(b",\"asz\":");
    integer(body.asz, out);
    source(body.src, out);
    optional(b",\"vts\":", body.vts, out);
    optional(b",\"rx\":", body.rx, out);
    close(body.flags, out);
    Some(())
}

fn depth(body: &Depth, out: &mut Vec<u8>) -> Option<()> {
    out.reserve(LINE_MAX);
    head(b"{\"t\":\"depth\",\"ts\":", body.ts, body.sym, out);
    out.push(b'"');
    if let Some(bs) = body.bs {
        out.extend_from_slice(match bs {
            BookSide::Bid => b",\"bs\":\"B\"",
            BookSide::Ask => b",\"bs\":\"A\"",
        });
    }
    if let Some(px) = body.px {
        out.extend_from_slice(b",\"px\":");
        price(px, out)?;
    }
    optional(b",\"sz\":", body.sz, out);
    source(body.src, out);
    optional(b",\"rx\":", body.rx, out);
    if body.op.is_some() {
        out.extend_from_slice(b",\"op\":\"clear\"");
    }
    if body.eob {
        out.extend_from_slice(b",\"eob\":true");
    }
    close(body.flags, out);
    Some(())
}

/// Kind, stamp and symbol, up to the symbol's closing quote.
#[inline]
pub(super) fn head(start: &[u8], ts: i64, sym: Sym, out: &mut Vec<u8>) {
    out.extend_from_slice(start);
    integer(ts, out);
    out.extend_from_slice(b",\"sym\":\"");
    out.extend_from_slice(sym.as_bytes());
}

#[inline]
fn source(src: Src, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"src\":\"");
    out.extend_from_slice(src.name().as_bytes());
    out.push(b'"');
}

/// Marks, closing brace and line feed.
#[inline]
fn close(flags: TradeFlags, out: &mut Vec<u8>) {
    if !flags.is_empty() {
        let mut start: &[u8] = b",\"flags\":[\"";
        for flag in TradeFlags::ALL.into_iter().filter(|f| flags.has(*f)) {
            out.extend_from_slice(start);
            out.extend_from_slice(flag.name().as_bytes());
            start = b"\",\"";
        }
        out.extend_from_slice(b"\"]");
    }
    out.extend_from_slice(b"}\n");
}

#[inline]
pub(super) fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[inline]
pub(super) fn optional(key: &[u8], value: Option<impl itoa::Integer>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        out.extend_from_slice(key);
        integer(value, out);
    }
}

#[inline]
pub(super) fn price_or_null(px: Option<Px>, out: &mut Vec<u8>) -> Option<()> {
    if let Some(px) = px {
        return price(px, out);
    }
    out.extend_from_slice(b"null");
    Some(())
}

/// A price without trailing zeros; `None` where serde writes an exponent or refuses.
#[inline]
fn price(px: Px, out: &mut Vec<u8>) -> Option<()> {
    /// Below 0.00001 serde writes an exponent.
    const SMALLEST: u64 = 10_000;
    let nanos = px.nanos().unsigned_abs();
    if nanos > Px::MAX_NANOS as u64 || (nanos != 0 && nanos < SMALLEST) {
        return None;
    }
    if px.nanos() < 0 {
        out.push(b'-');
    }
    let (whole, fraction) = (nanos / Px::SCALE as u64, nanos % Px::SCALE as u64);
    integer(whole, out);
    if fraction != 0 {
        decimals(fraction as u32, out);
    }
    Some(())
}

/// The point and the decimals of so many billionths, without trailing zeros.
#[inline]
fn decimals(billionths: u32, out: &mut Vec<u8>) {
    // Quarter ticks and cents: two decimals.
    const HUNDREDTH: u32 = 10_000_000;
    if billionths.is_multiple_of(HUNDREDTH) {
        let cents = (billionths / HUNDREDTH) as u8;
        out.extend_from_slice(&[b'.', b'0' + cents / 10]);
        if !cents.is_multiple_of(10) {
            out.push(b'0' + cents % 10);
        }
        return;
    }
    let mut text = *b".000000000";
    let mut rest = billionths;
    for digit in text[1..].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    let zeros = text.iter().rev().take_while(|b| **b == b'0').count();
    out.extend_from_slice(&text[..text.len() - zeros]);
}
