//! The order of stamps in a live stream.

use crate::feeds::live::Now;
use crate::market::Sym;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// A vendor's stamp further ahead of our clock than this is not used as `ts`, microseconds.
const AHEAD_US: i64 = 1_000_000;
/// A vendor's stamp further behind our clock than this is worth an alert, microseconds.
const BEHIND_US: i64 = 5_000_000;

/// What the stamp of a record says about the clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Skew {
    /// Nothing.
    None,
    /// The vendor's stamp lies so many microseconds ahead of our clock.
    Ahead(i64),
    /// The vendor's stamp lies so many microseconds behind our clock.
    Behind(i64),
}

/// Gives every record its `ts` and `rx`: no `ts` goes back, except on what is marked late.
///
/// Late is a matter of the vendor's stamps alone: older than the newest of the same symbol and kind
/// by more than the lateness. What is older than the newest *record* (another kind, a status, a
/// clock) was simply not available earlier: it takes the newest `ts`, and its own stamp goes into
/// `vts`. A book level is never late: it says what is at the price now.
#[derive(Debug)]
pub(super) struct Stamps {
    lateness_us: i64,
    newest: i64,
    own: Vec<(Sym, Kind, i64)>,
}

impl Stamps {
    /// Nothing written so far.
    pub const fn new(lateness_us: i64) -> Self {
        Self { lateness_us, newest: i64::MIN, own: Vec::new() }
    }

    /// Newest `ts` written.
    pub const fn newest(&self) -> i64 {
        self.newest
    }

    /// The `ts` of something of our own that happens at `utc`.
    pub fn own(&mut self, utc: i64) -> i64 {
        self.newest = self.newest.max(utc);
        self.newest
    }

    /// Puts `record` in order. `state` is for what describes the present whenever it was stamped: a
    /// snapshot.
    pub fn place(&mut self, record: &mut Record, state: bool, now: Now) -> Skew {
        let own = record.ts();
        if !state && self.is_late(record.sym(), record.kind(), own) {
            write(record, own, None, now.utc, true);
            return Skew::None;
        }
        let ahead = own.saturating_sub(now.utc);
        let capped = if ahead > AHEAD_US { now.utc } else { own };
        let ts = self.own(capped);
        write(record, ts, (ts != own).then_some(own), now.utc, false);
        if ahead > AHEAD_US {
            Skew::Ahead(ahead)
        } else if !state && -ahead > BEHIND_US {
            Skew::Behind(-ahead)
        } else {
            Skew::None
        }
    }

    fn is_late(&mut self, sym: Sym, kind: Kind, own: i64) -> bool {
        if !matches!(kind, Kind::Trade | Kind::Quote | Kind::Index | Kind::Bar) {
            return false;
        }
        match self.own.iter_mut().find(|entry| entry.0 == sym && entry.1 == kind) {
            Some(entry) => {
                let late = own < entry.2.saturating_sub(self.lateness_us);
                entry.2 = entry.2.max(own);
                late
            }
            None => {
                self.own.push((sym, kind, own));
                false
            }
        }
    }
}

/// Writes `ts`, `rx`, the mark and, where there is none yet, the vendor's stamp.
fn write(record: &mut Record, ts: i64, vts: Option<i64>, rx: i64, late: bool) {
    let mark = |flags: TradeFlags| if late { flags.with(TradeFlag::Late) } else { flags };
    let rx = Some(rx);
    match record {
        Record::Trade(r) => {
            (r.ts, r.vts, r.rx, r.flags) = (ts, r.vts.or(vts), rx, mark(r.flags));
        }
        Record::Quote(r) => {
            (r.ts, r.vts, r.rx, r.flags) = (ts, r.vts.or(vts), rx, mark(r.flags));
        }
        Record::Depth(r) => (r.ts, r.rx, r.flags) = (ts, rx, mark(r.flags)),
        Record::Index(r) => (r.ts, r.rx, r.flags) = (ts, rx, mark(r.flags)),
        Record::Bar(r) => (r.ts, r.flags) = (ts, mark(r.flags)),
        Record::Option(r) => r.ts = ts,
        Record::Chain(r) => r.ts = ts,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Px;
    use crate::market::Side;
    use crate::market::SideSource;
    use crate::wire::Quote;
    use crate::wire::Src;
    use crate::wire::Trade;
    use proptest::prelude::*;

    fn trade(ts: i64) -> Record {
        Record::Trade(Trade {
            ts,
            sym: Sym::new("ESZ25").unwrap(),
            px: Px::from_nanos(6000 * Px::SCALE),
            sz: 1,
            side: Side::Buy,
            ss: SideSource::Flag,
            seq: None,
            src: Src::Iqf,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })
    }

    fn quote(ts: i64) -> Record {
        Record::Quote(Quote {
            ts,
            sym: Sym::new("ESZ25").unwrap(),
            bid: None,
            bsz: 0,
            ask: None,
            asz: 0,
            src: Src::Iqf,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })
    }

    fn at(utc: i64) -> Now {
        Now { mono: 0, utc }
    }

    #[test]
    fn what_was_overtaken_by_another_kind_keeps_its_own_stamp_aside() {
        let mut stamps = Stamps::new(1000);
        let mut first = trade(10_000);
        stamps.place(&mut first, false, at(20_000));
        let mut second = quote(9_000);
        stamps.place(&mut second, false, at(20_001));
        let Record::Quote(quote) = second else { panic!() };
        assert_eq!((quote.ts, quote.vts, quote.rx), (10_000, Some(9_000), Some(20_001)));
        assert!(quote.flags.is_empty());
    }

    #[test]
    fn late_is_older_than_its_own_kind() {
        let mut stamps = Stamps::new(1000);
        for (own, late) in [(10_000, false), (9_000, false), (8_999, true), (10_001, false)] {
            let mut record = trade(own);
            stamps.place(&mut record, false, at(20_000));
            assert_eq!(record.is_late(), late, "{own}");
            assert!(late || record.ts() >= own);
        }
        let mut snapshot = quote(5);
        stamps.place(&mut snapshot, true, at(20_000));
        assert!(!snapshot.is_late());
    }

    #[test]
    fn a_clock_that_is_wrong_is_noticed_and_does_no_harm() {
        let mut stamps = Stamps::new(1000);
        let mut far = trade(1_000_000_000);
        assert_eq!(stamps.place(&mut far, false, at(7)), Skew::Ahead(999_999_993));
        assert_eq!(far.ts(), 7);
        let mut old = trade(1_000_000_001);
        assert_eq!(stamps.place(&mut old, false, at(2_000_000_000)), Skew::Behind(999_999_999));
        assert_eq!(old.ts(), 1_000_000_001);
    }

    proptest! {
        #[test]
        fn no_stamp_goes_back_and_none_is_ahead_of_the_receive_time(
            steps in prop::collection::vec((-3000_i64..3000, any::<bool>(), 0_i64..2000), 1..100)
        ) {
            let mut stamps = Stamps::new(1000);
            let (mut vendor, mut utc, mut newest) = (1_000_000, 1_000_000, i64::MIN);
            for (step, is_trade, passed) in steps {
                vendor += step;
                utc += passed;
                let mut record = if is_trade { trade(vendor) } else { quote(vendor) };
                stamps.place(&mut record, false, at(utc));
                if record.is_late() {
                    prop_assert_eq!(record.ts(), vendor);
                } else {
                    prop_assert!(record.ts() >= newest);
                    newest = record.ts();
                }
            }
        }
    }
}
