//! Intraday entries to trades, quotes and bars.

use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::scid::Entry;
use crate::feeds::sierra::scid::EntryKind;
use crate::feeds::sierra::scid::Part;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

const US_PER_MS: i64 = 1000;
const US_PER_S: i64 = 1_000_000;

/// What becomes of bundles: one aggressive order that Sierra split by its resting orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Bundles {
    /// One trade of the whole size, as it was sent.
    #[default]
    Sum,
    /// A trade each part, marked.
    Keep,
}

/// How entries are read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TapeOptions {
    /// Contract.
    pub sym: Sym,
    /// Bundles.
    pub bundles: Bundles,
    /// Length of bars, seconds; `None`: bars are refused.
    pub bar_s: Option<u32>,
    /// A record older than the newest by more is marked late, microseconds.
    pub lateness_us: i64,
}

/// What was noticed besides the records. A finding is no reason to refuse a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Findings {
    /// Entries that are trades, parts of bundles each.
    pub trades: u64,
    /// Of these, with a side.
    pub sided: u64,
    /// Entries that are bars.
    pub bars: u64,
    /// Bundles put together.
    pub bundles: u64,
    /// Bundles of which the first or the last part is not there.
    pub open_bundles: u64,
    /// Quotes left out because the trade that carries them lies outside.
    pub lagging: u64,
    /// Quotes left out because the bid is at or above the ask.
    pub crossed: u64,
    /// Quotes left out because a side is zero or off the grid.
    pub one_sided: u64,
    /// Entries older than the one before; those beyond the lateness are marked.
    pub back: u64,
    /// The last of them: its stamp and the newest before it, microseconds UTC.
    pub last_back: Option<(i64, i64)>,
}

impl Findings {
    /// Says what was found in the file called `name`.
    pub(super) fn log(&self, name: &str) {
        if self.back > 0 {
            let (at, newest) = self.last_back.unwrap_or_default();
            tracing::warn!(
                "{name}: time goes back {} times, the last time from {newest} to {at}; the records \
                 are kept, those that are late are marked",
                self.back
            );
        }
        let quotes = self.lagging + self.crossed + self.one_sided;
        if quotes > 0 {
            tracing::info!(
                "{name}: {quotes} quotes were left out, their trades kept: {} lag behind the trade, \
                 {} are crossed or locked, {} have one side",
                self.lagging,
                self.crossed,
                self.one_sided
            );
        }
        if self.bars > 0 && self.trades > 0 {
            tracing::warn!(
                "{name} has {} bars and {} trades: both are written, each covers its own time",
                self.bars,
                self.trades
            );
        }
        tracing::info!(
            "{name}: {} trades, {} with a side, {} bundles, {} without their first or last part",
            self.trades,
            self.sided,
            self.bundles,
            self.open_bundles
        );
    }
}

/// A bundle of which the last part has not come.
#[derive(Clone, Copy, Debug)]
struct OpenBundle {
    trade: Trade,
    ms: i64,
}

/// Turns entries into records. Give it entries in the order of the file.
#[derive(Clone, Debug)]
pub struct Tape {
    options: TapeOptions,
    scale: PriceScale,
    open: Option<OpenBundle>,
    newest: i64,
    bar_end: i64,
    findings: Findings,
}

impl Tape {
    /// A tape before its first entry.
    pub const fn new(options: TapeOptions, scale: PriceScale) -> Self {
        let findings = Findings {
            trades: 0,
            sided: 0,
            bars: 0,
            bundles: 0,
            open_bundles: 0,
            lagging: 0,
            crossed: 0,
            one_sided: 0,
            back: 0,
            last_back: None,
        };
        Self { options, scale, open: None, newest: i64::MIN, bar_end: i64::MIN, findings }
    }

    /// What was noticed.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Whether a bundle waits for its last part.
    pub const fn is_in_bundle(&self) -> bool {
        self.open.is_some()
    }

    /// Declared length of bars, seconds.
    pub const fn bar_s(&self) -> Option<u32> {
        self.options.bar_s
    }

    /// Stamp of the newest entry, microseconds UTC; before the first, the least number.
    pub const fn newest(&self) -> i64 {
        self.newest
    }

    /// Takes an entry, received at `rx` (live only, microseconds UTC), and gives the records that
    /// it completes.
    ///
    /// # Errors
    /// The entry is refused; records of earlier entries may have been given.
    #[inline]
    pub fn push(
        &mut self,
        entry: &Entry,
        rx: Option<i64>,
        emit: &mut impl FnMut(Record),
    ) -> Result<(), Fault> {
        let ts = entry.ts().ok_or(Fault::Stamp(entry.time))?;
        match entry.kind() {
            EntryKind::Trade(part) => {
                let px = self.scale.px(entry.close)?;
                let late = self.advance(ts);
                self.trade(entry, part, ts, px, rx, late, emit);
                Ok(())
            }
            EntryKind::Quote => {
                let (bid, ask) = (self.scale.px(entry.low)?, self.scale.px(entry.high)?);
                self.flush(emit);
                let late = self.advance(ts);
                if bid < ask {
                    emit(Record::Quote(self.quote_of(ts, bid, ask, rx, late)));
                } else {
                    self.findings.crossed += 1;
                }
                Ok(())
            }
            EntryKind::Bar => {
                self.flush(emit);
                let bar = self.bar(entry, ts)?;
                self.advance(ts);
                self.findings.bars += 1;
                emit(Record::Bar(bar));
                Ok(())
            }
            EntryKind::Empty => Err(Fault::Empty),
        }
    }

    /// Gives the bundle whose last part has not come. To be called at the end.
    pub fn flush(&mut self, emit: &mut impl FnMut(Record)) {
        if let Some(open) = self.open.take() {
            self.findings.open_bundles += 1;
            emit(Record::Trade(open.trade));
        }
    }

    /// Notes the stamp; the marks that a record of it has.
    #[inline]
    fn advance(&mut self, ts: i64) -> TradeFlags {
        if ts >= self.newest {
            self.newest = ts;
            return TradeFlags::default();
        }
        self.back(ts)
    }

    #[cold]
    fn back(&mut self, ts: i64) -> TradeFlags {
        self.findings.back += 1;
        self.findings.last_back = Some((ts, self.newest));
        if ts < self.newest.saturating_sub(self.options.lateness_us) {
            TradeFlags::default().with(TradeFlag::Late)
        } else {
            TradeFlags::default()
        }
    }

    #[inline]
    #[expect(clippy::too_many_arguments, reason = "the fields of one record, in the hot path")]
    fn trade(
        &mut self,
        entry: &Entry,
        part: Part,
        ts: i64,
        px: Px,
        rx: Option<i64>,
        late: TradeFlags,
        emit: &mut impl FnMut(Record),
    ) {
        let (side, ss) = match (entry.bid_volume, entry.ask_volume) {
            (0, 1..) => (Side::Buy, SideSource::Flag),
            (1.., 0) => (Side::Sell, SideSource::Flag),
            _ => (Side::None, SideSource::None),
        };
        self.findings.trades += 1;
        self.findings.sided += u64::from(side != Side::None);
        let sz = u64::from(entry.volume);
        if self.options.bundles == Bundles::Sum
            && let Some(open) = &mut self.open
        {
            let belongs = open.ms == ts.div_euclid(US_PER_MS)
                && open.trade.px == px
                && open.trade.side == side
                && part != Part::First;
            if belongs {
                open.trade.sz += sz;
                if part == Part::Last {
                    let mut whole = open.trade;
                    whole.flags = whole.flags.with(TradeFlag::BundleLast);
                    self.open = None;
                    self.findings.bundles += 1;
                    emit(Record::Trade(whole));
                }
                return;
            }
            self.flush(emit);
        }
        if let Some((bid, ask)) = self.quote(entry, px) {
            emit(Record::Quote(self.quote_of(ts, bid, ask, rx, late)));
        }
        let flags = match part {
            Part::Plain => late,
            Part::First => late.with(TradeFlag::BundleFirst),
            Part::Last => late.with(TradeFlag::BundleLast),
        };
        let (sym, src) = (self.options.sym, Src::Scid);
        let trade = Trade { ts, sym, px, sz, side, ss, seq: None, src, vts: None, rx, flags };
        if self.options.bundles == Bundles::Sum {
            if part == Part::First {
                self.open = Some(OpenBundle { trade, ms: ts.div_euclid(US_PER_MS) });
                return;
            }
            self.findings.open_bundles += u64::from(part == Part::Last);
        }
        emit(Record::Trade(trade));
    }

    /// Bid and ask at a trade, unless they contradict it.
    #[inline]
    fn quote(&mut self, entry: &Entry, px: Px) -> Option<(Px, Px)> {
        let Some((bid, ask)) = self.scale.snap(entry.low).zip(self.scale.snap(entry.high)) else {
            self.findings.one_sided += 1;
            return None;
        };
        if bid >= ask {
            self.findings.crossed += 1;
            return None;
        }
        if px < bid || px > ask {
            self.findings.lagging += 1;
            return None;
        }
        Some((bid, ask))
    }

    /// The file does not say the sizes: they are 0.
    #[inline]
    fn quote_of(&self, ts: i64, bid: Px, ask: Px, rx: Option<i64>, flags: TradeFlags) -> Quote {
        let (bid, ask) = (Some(bid), Some(ask));
        let (sym, src) = (self.options.sym, Src::Scid);
        Quote { ts, sym, bid, bsz: 0, ask, asz: 0, src, vts: None, rx, flags }
    }

    #[cold]
    fn bar(&mut self, entry: &Entry, start: i64) -> Result<Bar, Fault> {
        let Some(dur) = self.options.bar_s else { return Err(Fault::Bar(entry.trades)) };
        let wrong = |what: String| Err(Fault::WrongBar(what));
        let ts = start + i64::from(dur) * US_PER_S;
        if self.bar_end > start && start >= self.newest {
            return wrong(format!(
                "the bar starts {} s before the last one of {dur} s ends",
                (self.bar_end - start) as f64 / US_PER_S as f64
            ));
        }
        let (sold, bought) = (u64::from(entry.bid_volume), u64::from(entry.ask_volume));
        let bar = Bar {
            ts,
            sym: self.options.sym,
            by: None,
            ct: None,
            dur,
            o: self.scale.px(f32::from_bits(entry.open))?,
            h: self.scale.px(entry.high)?,
            l: self.scale.px(entry.low)?,
            c: self.scale.px(entry.close)?,
            v: u64::from(entry.volume),
            bv: Some(sold),
            av: Some(bought),
            n: Some(u64::from(entry.trades)),
            src: Some(Src::Scid),
            flags: TradeFlags::default(),
        };
        if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
            return wrong(format!(
                "high {} and low {} do not contain open {} and close {}",
                bar.h, bar.l, bar.o, bar.c
            ));
        }
        if bar.v == 0 || sold + bought > bar.v {
            return wrong(format!("volume {}, of which {sold} sold and {bought} bought", bar.v));
        }
        self.bar_end = ts;
        let late = start < self.newest.saturating_sub(self.options.lateness_us);
        let flags = if late { bar.flags.with(TradeFlag::Late) } else { bar.flags };
        Ok(Bar { flags, ..bar })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::sierra::scid::FIRST_OF_BUNDLE;
    use crate::feeds::sierra::scid::LAST_OF_BUNDLE;
    use crate::feeds::sierra::stamp;

    /// 2023-02-21T20:38:02.105Z
    const TS: i64 = 1_677_011_882_105_000;

    fn tape(bundles: Bundles, bar_s: Option<u32>) -> Tape {
        let sym = Sym::new("ESH23").unwrap();
        let options = TapeOptions { sym, bundles, bar_s, lateness_us: 1000 };
        Tape::new(options, PriceScale::new(1.0, Px::from_nanos(250_000_000)))
    }

    fn entry(after_us: i64, open: u32, sold: u32) -> Entry {
        let time = stamp::raw_us(TS + after_us);
        let (high, low, close) = (4048.25, 4047.75, 4047.75);
        let (trades, volume, bid_volume, ask_volume) = (1, sold, sold, 0);
        Entry { time, open, high, low, close, trades, volume, bid_volume, ask_volume }
    }

    fn run(tape: &mut Tape, entries: &[Entry]) -> Vec<Record> {
        let mut out = Vec::new();
        for entry in entries {
            tape.push(entry, None, &mut |record| out.push(record)).unwrap();
        }
        tape.flush(&mut |record| out.push(record));
        out
    }

    fn sizes(records: &[Record]) -> Vec<(u64, bool, bool)> {
        let trade = |record: &Record| match record {
            Record::Trade(t) => Some((
                t.sz,
                t.flags.has(TradeFlag::BundleFirst),
                t.flags.has(TradeFlag::BundleLast),
            )),
            _ => None,
        };
        records.iter().filter_map(trade).collect()
    }

    #[test]
    fn a_bundle_is_one_order() {
        let bundle = [
            entry(0, FIRST_OF_BUNDLE, 1),
            entry(1, 0, 5),
            entry(2, LAST_OF_BUNDLE, 2),
            entry(3, 0, 9),
        ];
        let mut sum = tape(Bundles::Sum, None);
        let records = run(&mut sum, &bundle);
        assert_eq!(sizes(&records), [(8, true, true), (9, false, false)]);
        assert_eq!(records.iter().filter(|r| matches!(r, Record::Quote(_))).count(), 2);
        assert_eq!(records[1].ts(), TS);
        assert_eq!((sum.findings().bundles, sum.findings().trades), (1, 4));
        let kept = run(&mut tape(Bundles::Keep, None), &bundle);
        let parts = [(1, true, false), (5, false, false), (2, false, true), (9, false, false)];
        assert_eq!(sizes(&kept), parts);
    }

    #[test]
    fn a_bundle_ends_where_time_price_or_side_change() {
        let first = entry(0, FIRST_OF_BUNDLE, 1);
        let later = entry(1000, 0, 5);
        let dearer = Entry { close: 4048.0, ..entry(1, 0, 5) };
        let bought = Entry { bid_volume: 0, ask_volume: 5, ..entry(1, 0, 5) };
        for other in [later, dearer, bought, entry(1, FIRST_OF_BUNDLE, 5)] {
            let mut sum = tape(Bundles::Sum, None);
            let records = run(&mut sum, &[first, other]);
            assert_eq!(sizes(&records)[0], (1, true, false), "{other:?}");
            assert_eq!(sizes(&records)[1].0, 5, "{other:?}");
            assert_eq!(sum.findings().bundles, 0);
        }
        let mut tail = tape(Bundles::Sum, None);
        assert_eq!(sizes(&run(&mut tail, &[entry(0, LAST_OF_BUNDLE, 3)])), [(3, false, true)]);
        assert_eq!(tail.findings().open_bundles, 1);
    }

    #[test]
    fn a_quote_that_contradicts_its_trade_is_left_out() {
        let plain = entry(0, 0, 1);
        let mut tape = tape(Bundles::Sum, None);
        let records = run(
            &mut tape,
            &[
                Entry { low: 4048.0, ..plain },
                Entry { high: 4047.5, low: 4047.25, ..plain },
                Entry { high: 4047.75, low: 4047.75, ..plain },
                Entry { high: 4047.5, low: 4047.75, ..plain },
                Entry { high: 0.0, ..plain },
                Entry { high: 4048.1, ..plain },
            ],
        );
        assert_eq!((records.len(), sizes(&records).len()), (6, 6));
        let found = *tape.findings();
        assert_eq!((found.lagging, found.crossed, found.one_sided), (2, 2, 2));
    }

    #[test]
    fn sides_come_from_the_volumes() {
        let plain = entry(0, 0, 2);
        let side = |bid_volume, ask_volume| {
            let entry = Entry { bid_volume, ask_volume, ..plain };
            match run(&mut tape(Bundles::Sum, None), &[entry])[1] {
                Record::Trade(trade) => (trade.side, trade.ss),
                _ => panic!("no trade"),
            }
        };
        assert_eq!(side(0, 2), (Side::Buy, SideSource::Flag));
        assert_eq!(side(2, 0), (Side::Sell, SideSource::Flag));
        assert_eq!(side(1, 1), (Side::None, SideSource::None));
        assert_eq!(side(0, 0), (Side::None, SideSource::None));
    }

    #[test]
    fn time_that_goes_back_is_kept_and_said() {
        let mut tape = tape(Bundles::Sum, None);
        let records = run(&mut tape, &[entry(5000, 0, 1), entry(4000, 0, 2), entry(3999, 0, 3)]);
        let late: Vec<_> = records.iter().map(Record::is_late).collect();
        assert_eq!(late, [false, false, false, false, true, true]);
        assert_eq!(tape.findings().back, 2);
        assert_eq!(tape.findings().last_back, Some((TS + 3999, TS + 5000)));
    }

    #[test]
    fn bars_are_refused_unless_declared() {
        let bar = Entry {
            open: 4048.0_f32.to_bits(),
            trades: 7,
            volume: 20,
            bid_volume: 12,
            ..entry(0, 0, 0)
        };
        let bar = Entry { ask_volume: 8, ..bar };
        let refused = tape(Bundles::Sum, None).push(&bar, None, &mut |_| ());
        assert_eq!(refused, Err(Fault::Bar(7)));
        let mut declared = tape(Bundles::Sum, Some(60));
        let records = run(&mut declared, &[bar]);
        let Record::Bar(read) = records[0] else { panic!("no bar") };
        assert_eq!((read.ts, read.dur, read.v), (TS + 60_000_000, 60, 20));
        assert_eq!((read.bv, read.av, read.n), (Some(12), Some(8), Some(7)));
        for wrong in [
            Entry { time: bar.time + 59_000_000, ..bar },
            Entry { volume: 0, ..bar },
            Entry { bid_volume: 13, ..bar },
            Entry { high: 4047.75, ..bar },
        ] {
            let wrong = Entry { time: wrong.time + 1, ..wrong };
            let fault = declared.clone().push(&wrong, None, &mut |_| ());
            assert!(matches!(fault, Err(Fault::WrongBar(_))), "{wrong:?}: {fault:?}");
        }
    }

    #[test]
    fn what_is_nothing_is_refused() {
        let mut tape = tape(Bundles::Sum, None);
        let mut refused = |entry: Entry| tape.push(&entry, None, &mut |_| ()).unwrap_err().code();
        assert_eq!(refused(Entry { volume: 0, high: 0.0, ..entry(0, 0, 1) }), "bad_record_empty");
        assert_eq!(refused(Entry { time: 7, ..entry(0, 0, 1) }), "bad_record_stamp");
        assert_eq!(refused(Entry { close: 4047.8, ..entry(0, 0, 1) }), "bad_record_off_grid");
        assert_eq!(refused(Entry { close: 0.0, ..entry(0, 0, 1) }), "bad_record_price");
        let quote = Entry { volume: 0, bid_volume: 0, ..entry(0, 0, 1) };
        let records = run(&mut tape, &[quote, Entry { high: 4047.75, ..quote }]);
        assert_eq!((records.len(), tape.findings().crossed), (1, 1));
    }
}
