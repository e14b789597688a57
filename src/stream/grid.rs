//! Values that the contract forbids although the JSON is right: off-grid, zero and negative prices.

use crate::config::Config;
use crate::market::Px;
use crate::market::Sym;
use crate::wire::Bar;
use crate::wire::Record;

/// Tick sizes by product, and the last symbol looked up.
#[derive(Debug)]
pub struct Grid {
    ticks: Vec<(String, i64)>,
    cached: Option<(Sym, Option<i64>)>,
}

impl Grid {
    /// The grids of the configured products; other products are not checked.
    pub fn new(config: &Config) -> Self {
        let ticks =
            config.instruments.iter().map(|(root, s)| (root.clone(), s.tick.nanos())).collect();
        Self { ticks, cached: None }
    }

    /// What is wrong with the prices and sizes of `record`, if anything.
    #[inline]
    pub fn fault(&mut self, record: &Record) -> Option<String> {
        let sym = match record {
            Record::Trade(r) => r.sym,
            Record::Quote(r) => r.sym,
            Record::Depth(r) => r.sym,
            Record::Bar(r) => r.sym,
            _ => return None,
        };
        let tick = self.tick(sym)?;
        let off = |px: Px| px.nanos() <= 0 || px.nanos() % tick != 0;
        match record {
            Record::Trade(r) if off(r.px) => Some(Self::off_grid("px", r.px, tick)),
            Record::Trade(r) if r.sz == 0 => Some("trade of 0 contracts".into()),
            Record::Quote(r) => {
                [("bid", r.bid), ("ask", r.ask)].into_iter().find_map(|(name, px)| {
                    px.filter(|p| off(*p)).map(|p| Self::off_grid(name, p, tick))
                })
            }
            Record::Depth(r) => match (r.op, r.bs, r.px, r.sz) {
                (Some(_), ..) => None,
                (None, Some(_), Some(px), Some(_)) => {
                    off(px).then(|| Self::off_grid("px", px, tick))
                }
                _ => Some("depth record without `bs`, `px` or `sz`".into()),
            },
            Record::Bar(r) => Self::bar_fault(r, &off, tick),
            _ => None,
        }
    }

    fn bar_fault(bar: &Bar, off: &dyn Fn(Px) -> bool, tick: i64) -> Option<String> {
        for (name, px) in [("o", bar.o), ("h", bar.h), ("l", bar.l), ("c", bar.c)] {
            if off(px) {
                return Some(Self::off_grid(name, px, tick));
            }
        }
        if bar.h < bar.o.max(bar.c) || bar.l > bar.o.min(bar.c) {
            return Some(format!(
                "bar with h {} and l {} that do not contain o {} and c {}",
                bar.h, bar.l, bar.o, bar.c
            ));
        }
        if bar.dur == 0 {
            return Some("bar of 0 seconds".into());
        }
        (bar.bv.unwrap_or(0).saturating_add(bar.av.unwrap_or(0)) > bar.v)
            .then(|| "bar with more volume at bid and ask than in all".into())
    }

    #[cold]
    fn off_grid(name: &str, px: Px, tick: i64) -> String {
        if px.nanos() <= 0 {
            format!("{name} {px} is not above zero")
        } else {
            format!("{name} {px} is off the tick grid of {}", Px::from_nanos(tick))
        }
    }

    #[inline]
    fn tick(&mut self, sym: Sym) -> Option<i64> {
        match self.cached {
            Some((cached, tick)) if cached == sym => tick,
            _ => {
                let root = sym.root();
                let tick = self.ticks.iter().find(|(r, _)| r == root).map(|(_, tick)| *tick);
                self.cached = Some((sym, tick));
                tick
            }
        }
    }
}
