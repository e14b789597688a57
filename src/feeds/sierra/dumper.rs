//! Lines of the predecessor's chart dumper: JSON with Sierra's serial days in the chart's zone.

use crate::config::Config;
use crate::feeds::csv::ZoneClock;
use crate::feeds::sierra::contract::contract_of;
use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Index;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

const US_PER_DAY: f64 = 86_400e6;
const US_PER_S: f64 = 1e6;
/// Stamps above are seconds since 1970, below days since 1899-12-30.
const SECONDS_FROM: f64 = 1e9;
/// A stamp coarser than this is no time of the record: it goes to `vts`, microseconds.
const FINE_US: i64 = 1000;
/// Levels of a side.
const LEVELS: usize = 20;
/// Kinds of lines and charts counted apart; more is no dumper.
const KINDS_MAX: usize = 64;

/// The keys of every type of line.
#[derive(Deserialize)]
struct Line<'a> {
    t: f64,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    sym: Option<Cow<'a, str>>,
    chart: Option<i64>,
    i: Option<i64>,
    #[serde(borrow, default)]
    side: Option<Cow<'a, str>>,
    px: Option<f64>,
    vol: Option<f64>,
    seq: Option<f64>,
    #[serde(borrow, default, rename = "kind")]
    of: Option<Cow<'a, str>>,
    bid: Option<f64>,
    ask: Option<f64>,
    bq: Option<f64>,
    aq: Option<f64>,
    lvl: Option<f64>,
    price: Option<f64>,
    size: Option<f64>,
    o: Option<f64>,
    h: Option<f64>,
    l: Option<f64>,
    c: Option<f64>,
    v: Option<f64>,
    bidvol: Option<f64>,
    askvol: Option<f64>,
    last: Option<f64>,
    close: Option<f64>,
}

/// How lines are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DumperOptions {
    /// IANA zone of the charts; needed for serial days, not for seconds.
    pub zone: Option<String>,
    /// Length of the bars of `basedata`, seconds; `None`: they are counted, not read.
    pub bar_s: Option<u32>,
    /// Contract of lines that name none.
    pub sym: Option<Sym>,
    /// A record older than the newest of all by more is marked late, microseconds.
    pub lateness_us: i64,
}

/// The book of a contract as the lines of its levels give it.
#[derive(Clone, Debug, Default)]
struct Book {
    bids: [Option<(Px, u64)>; LEVELS],
    asks: [Option<(Px, u64)>; LEVELS],
    /// Stamp of the lines that came and were not written.
    pending: Option<(Sym, Stamp)>,
}

/// When a line was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    ts: i64,
    vts: Option<i64>,
    flags: TradeFlags,
    /// How much the text resolves, microseconds.
    res: i64,
}

/// A line that its chart may rewrite.
#[derive(Clone, Copy, Debug)]
struct Held {
    i: i64,
    record: Forming,
}

#[derive(Clone, Copy, Debug)]
enum Forming {
    Bar(Bar),
    Index(Index),
}

/// Decodes lines without their line ends. No I/O.
#[derive(Debug)]
pub struct DumperDecoder {
    options: DumperOptions,
    config: Config,
    zone: Option<ZoneClock>,
    newest: i64,
    grid: Option<(Sym, PriceScale)>,
    held: BTreeMap<(i64, String), Held>,
    book: Book,
    foreign: BTreeMap<String, u64>,
    lines: u64,
}

impl DumperDecoder {
    /// A decoder before its first line. `config` has the products with their ticks.
    ///
    /// # Errors
    /// The zone is not known.
    pub fn new(options: DumperOptions, config: Config) -> Result<Self, Failure> {
        let zone = options.zone.as_deref().map(ZoneClock::new).transpose();
        let zone = zone.map_err(|e| Failure::new(FailureClass::Config, e.to_string()))?;
        Ok(Self {
            options,
            config,
            zone,
            newest: i64::MIN,
            grid: None,
            held: BTreeMap::new(),
            book: Book::default(),
            foreign: BTreeMap::new(),
            lines: 0,
        })
    }

    /// Lines read and not imported, by type: studies of the chart are somebody else's values, never
    /// features of MIA; types that are not known; products that are not configured.
    pub const fn not_imported(&self) -> &BTreeMap<String, u64> {
        &self.foreign
    }

    /// Bars and index values that were still forming.
    pub fn still_forming(&self) -> usize {
        self.held.len()
    }

    /// Stamp of the newest line, microseconds UTC; before the first, the least number.
    pub const fn newest(&self) -> i64 {
        self.newest
    }

    /// Reads a line and gives the records that it completes.
    ///
    /// # Errors
    /// The line is refused.
    pub fn line(&mut self, line: &[u8], emit: &mut impl FnMut(Record)) -> Result<(), Fault> {
        self.lines += 1;
        let read: Line<'_> =
            serde_json::from_slice(line).map_err(|error| Fault::Json(error.to_string()))?;
        if read.kind != "depth" {
            self.flush_book(emit);
        }
        let named = match &read.sym {
            Some(name) => contract_of(name).or_else(|| Sym::new(name)),
            None => self.options.sym,
        };
        let Some(sym) = named else {
            return Err(Fault::Json("the line names no contract (`sym`)".into()));
        };
        match read.kind.as_ref() {
            "trade" | "quote" | "depth" => {
                let Some(scale) = self.scale(sym) else {
                    return self.leave_out(&format!("{} of {}", read.kind, sym.root()));
                };
                let stamp = self.stamp(line, read.t)?;
                match read.kind.as_ref() {
                    "trade" => emit(trade(&read, sym, stamp, &scale)?),
                    "quote" if read.of.as_deref().is_some_and(|of| of != "BIDASK") => {
                        return self.leave_out("quote of another kind");
                    }
                    "quote" => emit(quote(&read, sym, stamp, &scale)?),
                    _ => self.level(&read, sym, stamp, &scale, emit)?,
                }
                Ok(())
            }
            "basedata" => self.bar(line, &read, sym, emit),
            "vix" | "vix_close" => self.index(line, &read, emit),
            other => self.leave_out(other),
        }
    }

    /// Gives what waits for its batch to end. Bars still forming are not given.
    pub fn finish(&mut self, emit: &mut impl FnMut(Record)) {
        self.flush_book(emit);
    }

    fn leave_out(&mut self, what: &str) -> Result<(), Fault> {
        if let Some(count) = self.foreign.get_mut(what) {
            *count += 1;
            return Ok(());
        }
        if self.foreign.len() >= KINDS_MAX {
            return Err(Fault::Json("more types of lines than any dumper writes".into()));
        }
        let name: String = what.chars().take(40).flat_map(char::escape_default).collect();
        *self.foreign.entry(name).or_default() += 1;
        Ok(())
    }

    fn scale(&mut self, sym: Sym) -> Option<PriceScale> {
        if let Some((known, scale)) = self.grid
            && known == sym
        {
            return Some(scale);
        }
        let scale = PriceScale::new(1.0, self.config.instrument_of(&sym)?.tick);
        self.grid = Some((sym, scale));
        Some(scale)
    }

    /// The stamp of a line: in its order, and with the vendor's own beside it where that is coarse.
    fn stamp(&mut self, line: &[u8], t: f64) -> Result<Stamp, Fault> {
        let (us, res) = self.instant(line, t)?;
        let mut flags = TradeFlags::default();
        // Lines of one tick of the coarse clock keep their order; what is older still is late.
        let ts = if us >= self.newest || self.newest.saturating_sub(us) > res {
            us
        } else {
            self.newest
        };
        if ts < self.newest.saturating_sub(self.options.lateness_us) {
            flags = flags.with(TradeFlag::Late);
        }
        self.newest = self.newest.max(ts);
        let vts = (res > FINE_US).then_some(us);
        Ok(Stamp { ts, vts, flags, res })
    }

    /// Microseconds UTC, and how much the text resolves.
    fn instant(&mut self, line: &[u8], t: f64) -> Result<(i64, i64), Fault> {
        let no_time = || Fault::Json(format!("`t` {t} is no time"));
        let unit = 10_i64.pow(decimals(line));
        if t > SECONDS_FROM && t < 1e11 {
            return Ok(((t * US_PER_S).round() as i64, 1_000_000 / unit));
        }
        if !(20_000.0..80_000.0).contains(&t) {
            return Err(no_time());
        }
        let Some(zone) = &mut self.zone else {
            return Err(Fault::Zone);
        };
        let local = ((t - 25_569.0) * US_PER_DAY).round() as i64;
        let near = self.newest.saturating_sub(3_600_000_000);
        let us = zone.utc(local, near).or_else(|_| zone.utc(local, i64::MIN));
        Ok((us.map_err(|_| no_time())?, 86_400_000_000 / unit))
    }

    fn level(
        &mut self,
        read: &Line<'_>,
        sym: Sym,
        stamp: Stamp,
        scale: &PriceScale,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        if self
            .book
            .pending
            .is_some_and(|(of, at)| of != sym || at.vts != stamp.vts || at.ts != stamp.ts)
        {
            self.flush_book(emit);
        }
        let level = whole(read.lvl, "lvl")?;
        let place = (1..=LEVELS as u64).contains(&level).then(|| level as usize - 1);
        let place = place.ok_or_else(|| number_fault("lvl", read.lvl, "is not 1 to 20"))?;
        let side = match read.side.as_deref() {
            Some("BID") => &mut self.book.bids,
            Some("ASK") => &mut self.book.asks,
            _ => return Err(side_fault(read)),
        };
        let size = whole(read.size, "size")?;
        let px = points(read.price, "price", scale)?;
        if place == 0 {
            *side = [None; LEVELS];
        }
        side[place] = (size > 0).then_some((px, size));
        self.book.pending = Some((sym, stamp));
        Ok(())
    }

    /// Writes the book of the lines that came together, whole: the dumper does not say what is gone.
    fn flush_book(&mut self, emit: &mut impl FnMut(Record)) {
        let Some((sym, stamp)) = self.book.pending.take() else { return };
        let clear = Depth {
            ts: stamp.ts,
            sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Scid,
            rx: None,
            op: Some(DepthOp::Clear),
            eob: false,
            flags: stamp.flags,
        };
        let bids = self.book.bids.iter().flatten().map(|level| (BookSide::Bid, level));
        let asks = self.book.asks.iter().flatten().map(|level| (BookSide::Ask, level));
        let mut last = clear;
        for (bs, (px, sz)) in bids.chain(asks) {
            emit(Record::Depth(last));
            last = Depth { bs: Some(bs), px: Some(*px), sz: Some(*sz), op: None, ..clear };
        }
        emit(Record::Depth(Depth { eob: true, ..last }));
    }

    fn bar(
        &mut self,
        line: &[u8],
        read: &Line<'_>,
        sym: Sym,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        let Some(dur) = self.options.bar_s else {
            return self.leave_out("basedata (give --bars SECONDS)");
        };
        let Some(scale) = self.scale(sym) else {
            return self.leave_out(&format!("basedata of {}", sym.root()));
        };
        let stamp = self.stamp(line, read.t)?;
        // The text may round a stamp on the grid to just below it.
        let us = stamp.vts.unwrap_or(stamp.ts) + stamp.res;
        let dur_us = i64::from(dur) * 1_000_000;
        let bar = Bar {
            ts: us.div_euclid(dur_us) * dur_us + dur_us,
            sym,
            by: None,
            ct: None,
            dur,
            o: points(read.o, "o", &scale)?,
            h: points(read.h, "h", &scale)?,
            l: points(read.l, "l", &scale)?,
            c: points(read.c, "c", &scale)?,
            v: whole(read.v, "v")?,
            bv: read.bidvol.map(|v| whole(Some(v), "bidvol")).transpose()?,
            av: read.askvol.map(|v| whole(Some(v), "askvol")).transpose()?,
            n: None,
            src: Some(Src::Scid),
            flags: TradeFlags::default(),
        };
        let sided = bar.bv.unwrap_or(0).saturating_add(bar.av.unwrap_or(0));
        if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) || bar.v == 0 || sided > bar.v {
            return Err(Fault::WrongBar(format!(
                "open {} high {} low {} close {}, volume {} of which {sided} at bid and ask",
                bar.o, bar.h, bar.l, bar.c, bar.v
            )));
        }
        self.hold(read, Forming::Bar(bar), emit)
    }

    fn index(
        &mut self,
        line: &[u8],
        read: &Line<'_>,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        let stamp = self.stamp(line, read.t)?;
        let value = read.last.or(read.close).or(read.c);
        let px = value.and_then(Px::from_points).filter(|px| px.nanos() > 0);
        let px = px.ok_or_else(|| number_fault("last", value, "is not an index above zero"))?;
        let Some(sym) = Sym::new("VIX") else { return Ok(()) };
        let index = Index { ts: stamp.ts, sym, px, src: Src::Scid, rx: None, flags: stamp.flags };
        self.hold(read, Forming::Index(index), emit)
    }

    /// Keeps the last line of a bar; gives it when the next bar has begun.
    fn hold(
        &mut self,
        read: &Line<'_>,
        record: Forming,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        let Some(i) = read.i else { return Err(Fault::Json("a bar without its index `i`".into())) };
        let key = (read.chart.unwrap_or_default(), read.kind.clone().into_owned());
        if self.held.len() >= KINDS_MAX && !self.held.contains_key(&key) {
            return Err(Fault::Json("more charts than any dumper writes".into()));
        }
        let before = self.held.insert(key, Held { i, record });
        if let Some(before) = before.filter(|before| before.i != i) {
            emit(match before.record {
                Forming::Bar(bar) => Record::Bar(bar),
                Forming::Index(index) => Record::Index(index),
            });
        }
        Ok(())
    }
}

fn trade(read: &Line<'_>, sym: Sym, stamp: Stamp, scale: &PriceScale) -> Result<Record, Fault> {
    let side = match read.side.as_deref() {
        Some("BUY") => Side::Buy,
        Some("SELL") => Side::Sell,
        None => Side::None,
        Some(_) => return Err(side_fault(read)),
    };
    let ss = if side == Side::None { SideSource::None } else { SideSource::Touch };
    let sz = whole(read.vol, "vol")?;
    if sz == 0 {
        return Err(number_fault("vol", read.vol, "is no size of a trade"));
    }
    Ok(Record::Trade(Trade {
        ts: stamp.ts,
        sym,
        px: points(read.px, "px", scale)?,
        sz,
        side,
        ss,
        seq: read.seq.map(|seq| whole(Some(seq), "seq")).transpose()?,
        src: Src::Scid,
        vts: stamp.vts,
        rx: None,
        flags: stamp.flags,
    }))
}

fn quote(read: &Line<'_>, sym: Sym, stamp: Stamp, scale: &PriceScale) -> Result<Record, Fault> {
    let (bid, ask) = (points(read.bid, "bid", scale)?, points(read.ask, "ask", scale)?);
    if bid >= ask {
        return Err(Fault::Crossed { bid, ask });
    }
    Ok(Record::Quote(Quote {
        ts: stamp.ts,
        sym,
        bid: Some(bid),
        bsz: whole(read.bq, "bq")?,
        ask: Some(ask),
        asz: whole(read.aq, "aq")?,
        src: Src::Scid,
        vts: stamp.vts,
        rx: None,
        flags: stamp.flags,
    }))
}

fn points(value: Option<f64>, key: &str, scale: &PriceScale) -> Result<Px, Fault> {
    let px = value.and_then(|points| scale.snap_points(points));
    px.ok_or_else(|| number_fault(key, value, "is not above zero or off the tick grid"))
}

fn whole(value: Option<f64>, key: &str) -> Result<u64, Fault> {
    // A double holds whole numbers exactly up to 2^53.
    let whole = value.filter(|n| (0.0..=9_007_199_254_740_992.0).contains(n) && n.fract() == 0.0);
    whole
        .map(|n| n as u64)
        .ok_or_else(|| number_fault(key, value, "is not a whole number from 0 on"))
}

#[cold]
fn number_fault(key: &str, value: Option<f64>, what: &'static str) -> Fault {
    let text = value.map_or_else(|| "nothing".into(), |value| value.to_string());
    Fault::field(key, text.as_bytes(), what)
}

#[cold]
fn side_fault(read: &Line<'_>) -> Fault {
    Fault::field("side", read.side.as_deref().unwrap_or("nothing").as_bytes(), "is not known")
}

/// Digits after the point of the number at `t`.
fn decimals(line: &[u8]) -> u32 {
    let Some(at) = memchr::memmem::find(line, b"\"t\"") else { return 0 };
    let number = line[at + 3..].iter().skip_while(|byte| b": \t".contains(byte));
    let digits = number.take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    let after = digits.skip_while(|byte| **byte != b'.').count();
    u32::try_from(after.saturating_sub(1)).unwrap_or(0).min(12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(zone: Option<&str>, bar_s: Option<u32>) -> DumperDecoder {
        let options =
            DumperOptions { zone: zone.map(str::to_owned), bar_s, sym: None, lateness_us: 1000 };
        DumperDecoder::new(options, Config::default()).unwrap()
    }

    fn read(decoder: &mut DumperDecoder, lines: &[&str]) -> (Vec<Record>, Vec<&'static str>) {
        let (mut out, mut faults) = (Vec::new(), Vec::new());
        for line in lines {
            if let Err(fault) = decoder.line(line.as_bytes(), &mut |record| out.push(record)) {
                faults.push(fault.code());
            }
        }
        decoder.finish(&mut |record| out.push(record));
        (out, faults)
    }

    const TRADE: &str = r#"{"t":45918.443405,"sym":"ESU25_FUT_CME","type":"trade","chart":3,"side":"BUY","px":6653.25,"vol":2,"seq":7,"tt":2}"#;

    #[test]
    fn serial_days_are_in_the_zone_of_the_chart() {
        let (records, _) = read(&mut decoder(Some("America/New_York"), None), &[TRADE]);
        let Record::Trade(trade) = records[0] else { panic!("no trade") };
        // 2025-09-18 10:38:30.192 in New York.
        assert_eq!((trade.ts, trade.vts), (1_758_206_310_192_000, Some(1_758_206_310_192_000)));
        assert_eq!(
            (trade.sym.as_str(), trade.ss, trade.seq),
            ("ESU25", SideSource::Touch, Some(7))
        );
        let (records, _) = read(&mut decoder(Some("UTC"), None), &[TRADE]);
        assert_eq!(records[0].ts(), 1_758_191_910_192_000);
        let (_, faults) = read(&mut decoder(None, None), &[TRADE]);
        assert_eq!(faults, ["bad_row_zone"]);
        let seconds = TRADE.replace("45918.443405", "1758206310.192");
        let (records, faults) = read(&mut decoder(None, None), &[&seconds]);
        assert_eq!((records[0].ts(), faults.len()), (1_758_206_310_192_000, 0));
        let nine = TRADE.replace("45918.443405", "45918.443405001");
        let Record::Trade(fine) = read(&mut decoder(Some("UTC"), None), &[&nine]).0[0] else {
            panic!("no trade")
        };
        assert_eq!(fine.vts, None, "nine decimals are finer than a millisecond");
    }

    #[test]
    fn the_order_of_lines_is_kept_within_the_coarse_clock() {
        let at = |t: &str| TRADE.replace("45918.443405", t);
        let lines = [at("45918.443405"), at("45918.443404"), at("45918.443000")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (records, _) = read(&mut decoder(Some("UTC"), None), &lines);
        assert_eq!(records[0].ts(), records[1].ts());
        assert_eq!((records[1].is_late(), records[2].is_late()), (false, true));
    }

    #[test]
    fn a_bar_is_its_last_line_when_the_next_begins() {
        let line = |t: &str, i: u32, v: u32| {
            format!(
                r#"{{"t":{t},"sym":"ESU25_FUT_CME","type":"basedata","chart":3,"i":{i},"o":6650,"h":6653.25,"l":6650,"c":6653,"v":{v},"bidvol":1,"askvol":2}}"#
            )
        };
        // 10:38:00 New York, rounded down by the text.
        let lines =
            [line("45918.443055", 1, 10), line("45918.443055", 1, 30), line("45918.443750", 2, 5)];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut bars = decoder(Some("America/New_York"), Some(60));
        let (records, faults) = read(&mut bars, &lines);
        let [Record::Bar(bar)] = records[..] else { panic!("{records:?} {faults:?}") };
        assert_eq!((bar.ts, bar.v, bar.dur), (1_758_206_340_000_000, 30, 60));
        assert_eq!(bars.still_forming(), 1);
        let mut none = decoder(Some("UTC"), None);
        assert!(read(&mut none, &lines).0.is_empty());
        assert_eq!(none.not_imported().values().sum::<u64>(), 3);
    }

    #[test]
    fn levels_of_one_moment_are_one_book() {
        let line = |t: &str, side: &str, lvl: u32, price: f64, size: u32| {
            format!(
                r#"{{"t":{t},"sym":"ESU25_FUT_CME","type":"depth","chart":3,"side":"{side}","lvl":{lvl},"price":{price},"size":{size}}}"#
            )
        };
        let lines = [
            line("45918.443405", "BID", 1, 6653.0, 12),
            line("45918.443405", "BID", 2, 6652.75, 20),
            line("45918.443405", "ASK", 1, 6653.25, 9),
            line("45918.443406", "BID", 1, 6652.75, 21),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (records, faults) = read(&mut decoder(Some("UTC"), None), &lines);
        assert!(faults.is_empty());
        let shown: Vec<_> = records
            .iter()
            .map(|record| match record {
                Record::Depth(d) => (d.op.is_some(), d.px.map(|px| px.to_string()), d.sz, d.eob),
                _ => panic!("no depth"),
            })
            .collect();
        let level = |px: &str, sz, eob| (false, Some(px.to_owned()), Some(sz), eob);
        let clear = (true, None, None, false);
        assert_eq!(
            shown,
            [
                clear.clone(),
                level("6653", 12, false),
                level("6652.75", 20, false),
                level("6653.25", 9, true),
                clear,
                level("6652.75", 21, false),
                level("6653.25", 9, true),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_refused_and_what_is_foreign_is_counted() {
        let quote = |bid: &str, ask: &str| {
            format!(
                r#"{{"t":45918.443405,"sym":"ESU25_FUT_CME","type":"quote","chart":3,"kind":"BIDASK","bid":{bid},"ask":{ask},"bq":5,"aq":6,"seq":8}}"#
            )
        };
        let lines = [
            quote("6653", "6653.25"),
            quote("6653.25", "6653.25"),
            quote("0", "6653.25"),
            quote("6653.1", "6653.25"),
            TRADE.replace("6653.25", "NaN"),
            TRADE.replace("\"vol\":2", "\"vol\":0"),
            TRADE.replace("BUY", "HOLD"),
            TRADE.replace("45918.443405", "12"),
            "x\":1}".into(),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (records, faults) = read(&mut decoder(Some("UTC"), None), &lines);
        assert_eq!(records.len(), 1);
        assert_eq!(
            faults,
            [
                "bad_row_crossed",
                "bad_row_field",
                "bad_row_field",
                "bad_row_json",
                "bad_row_field",
                "bad_row_field",
                "bad_row_json",
                "bad_row_json"
            ]
        );
        let mut studies = decoder(Some("UTC"), None);
        let vwap =
            r#"{"t":45918.4,"sym":"ESU25_FUT_CME","type":"vwap","chart":3,"i":1,"v":6650.1}"#;
        let vix = r#"{"t":45918.4,"sym":"VIX","type":"trade","chart":8,"px":15.5,"vol":1}"#;
        assert_eq!(read(&mut studies, &[vwap, vwap, vix]), (vec![], vec![]));
        let counted: Vec<_> = studies.not_imported().iter().collect();
        assert_eq!(counted, [(&"trade of VIX".to_owned(), &1), (&"vwap".to_owned(), &2)]);
    }

    #[test]
    fn the_vix_is_an_index() {
        let line = |i: u32, last: f64| {
            format!(
                r#"{{"t":45918.{i},"sym":"VIX_CGI","type":"vix","chart":8,"i":{i},"last":{last}}}"#
            )
        };
        let lines = [line(1, 15.5), line(1, 15.6), line(2, 15.7)];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (records, faults) = read(&mut decoder(Some("UTC"), None), &lines);
        let [Record::Index(index)] = records[..] else { panic!("{records:?} {faults:?}") };
        assert_eq!((index.sym.as_str(), index.px.to_string()), ("VIX", "15.6".into()));
    }
}
