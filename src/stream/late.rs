//! Records that come too late to be folded (DESIGN 3 rule 4).

use crate::market::Sym;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

/// Newest stamp by source, symbol and kind.
#[derive(Debug)]
pub struct LateGuard {
    lateness_us: i64,
    newest: Vec<(Sym, Kind, Src, i64)>,
    last: usize,
}

impl LateGuard {
    /// Records older than the newest of their source, symbol and kind by more than `lateness_us`
    /// microseconds are late.
    pub fn new(lateness_us: i64) -> Self {
        Self { lateness_us, newest: Vec::new(), last: 0 }
    }

    /// Whether `record` is late. Derived records never are.
    #[inline]
    pub fn is_late(&mut self, record: &Record) -> bool {
        let (src, flags) = match record {
            Record::Trade(trade) => (trade.src, trade.flags),
            Record::Quote(quote) => (quote.src, quote.flags),
            Record::Depth(depth) => (depth.src, depth.flags),
            Record::Index(index) => (index.src, index.flags),
            Record::Clock(clock) => (clock.src, TradeFlags::default()),
            Record::Option(option) => (option.src, TradeFlags::default()),
            Record::Bar(bar) => match bar.src {
                Some(src) => (src, bar.flags),
                None => return false,
            },
            _ => return false,
        };
        if flags.has(TradeFlag::Late) {
            return true;
        }
        let newest = self.slot(record.sym(), record.kind(), src);
        let late = record.ts() < newest.saturating_sub(self.lateness_us);
        let slot = &mut self.newest[self.last].3;
        *slot = (*slot).max(record.ts());
        late
    }

    /// Finds (or makes) the entry, leaves its index in `last` and returns its newest stamp.
    #[inline]
    fn slot(&mut self, sym: Sym, kind: Kind, src: Src) -> i64 {
        let matches = |e: &(Sym, Kind, Src, i64)| e.1 == kind && e.2 == src && e.0 == sym;
        if !self.newest.get(self.last).is_some_and(matches) {
            self.last = self.newest.iter().position(matches).unwrap_or_else(|| {
                self.newest.push((sym, kind, src, i64::MIN));
                self.newest.len() - 1
            });
        }
        self.newest[self.last].3
    }
}
