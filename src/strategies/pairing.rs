//! A closed bar and the features of its end, brought together.

use crate::market::Instrument;
use crate::market::Px;
use crate::market::Sym;
use crate::strategies::bar_clock::Tick;
use crate::strategies::view::BarTicks;
use crate::strategies::view::Volume;
use crate::wire::Auxiliaries;
use crate::wire::Bar;
use crate::wire::FEATURE_VERSION;
use crate::wire::Failure;
use crate::wire::FeatureVector;
use crate::wire::Features;
use crate::wire::TradeFlag;

/// A closed bar of the instrument in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClosedBar {
    pub(crate) tick: Tick,
    pub(crate) bar: BarTicks,
    pub(crate) volume: Volume,
    pub(crate) close: Px,
    /// Built by mia-features from trades.
    pub(crate) built: bool,
}

/// The features of a bar end, without what patterns do not read.
#[derive(Clone, Debug)]
pub(crate) struct FeatureFacts {
    pub(crate) ts: i64,
    pub(crate) ct: i64,
    pub(crate) sym: Sym,
    pub(crate) f: FeatureVector,
    pub(crate) x: Auxiliaries,
}

impl FeatureFacts {
    fn of(record: &Features) -> Self {
        let Features { ts, ct, sym, f, ref x, ref why, .. } = *record;
        let mut x = x.clone();
        // While only the least size is known, nearly every trade of a busy year is large: that is no
        // anomaly.
        if why.reason("large") == Some("min") {
            x.large_share = None;
        }
        Self { ts, ct, sym, f, x }
    }
}

/// Holds whichever of bar and features came first.
///
/// A bar built by mia-features precedes its features. A bar of a feed follows them: it is itself the
/// record that completed them. Where both kinds of bar are in the stream, the built ones count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairing {
    bar: Option<ClosedBar>,
    features: Option<FeatureFacts>,
    /// Whether mia-features builds the bars.
    built: bool,
}

impl Pairing {
    /// Takes a bar; gives the pair that it completes. `newest` is the end of the newest bar folded.
    ///
    /// # Errors
    /// The bar is off the tick grid or not a bar: bad input.
    pub(crate) fn bar(
        &mut self,
        bar: &Bar,
        instrument: &Instrument,
        newest: Option<i64>,
    ) -> Result<Option<(ClosedBar, FeatureFacts)>, Failure> {
        let closed = closed_bar(bar, instrument)?;
        if bar.by.is_some() {
            self.built = true;
        }
        let counts = bar.by.is_some() == self.built && !bar.flags.has(TradeFlag::Late);
        if !counts || newest.is_some_and(|newest| bar.ts <= newest) {
            return Ok(None);
        }
        let features = self.features.take_if(|f| (f.ts, f.sym) == (bar.ts, bar.sym));
        self.bar = if features.is_some() { None } else { Some(closed) };
        Ok(features.map(|features| (closed, features)))
    }

    /// Takes features; gives the pair that they complete.
    ///
    /// # Errors
    /// Another version of the features: bad input.
    pub(crate) fn features(
        &mut self,
        record: &Features,
        newest: Option<i64>,
    ) -> Result<Option<(ClosedBar, FeatureFacts)>, Failure> {
        if record.fv != FEATURE_VERSION {
            let (has, known) = (record.fv, FEATURE_VERSION);
            return Err(Failure::bad_input(format!("features of version {has}, expected {known}")));
        }
        if newest.is_some_and(|newest| record.ts <= newest) {
            return Ok(None);
        }
        let is_end = |bar: &mut ClosedBar| (bar.tick.end, bar.tick.sym) == (record.ts, record.sym);
        if let Some(bar) = self.bar.take_if(is_end) {
            return Ok(Some((bar, FeatureFacts::of(record))));
        }
        self.features = if self.built { None } else { Some(FeatureFacts::of(record)) };
        Ok(None)
    }

    /// Whether features of this stamp complete no bar: with built bars, the bar comes first.
    pub(crate) fn skips_features(&self, ts: i64) -> bool {
        self.built && self.bar.is_none_or(|bar| bar.tick.end != ts)
    }
}

/// The bar in ticks.
///
/// # Errors
/// Off the tick grid, or not a bar: bad input.
pub(crate) fn closed_bar(bar: &Bar, instrument: &Instrument) -> Result<ClosedBar, Failure> {
    let ticks = |px: Px| {
        let tick = instrument.tick;
        let off = || Failure::bad_input(format!("bar price {px} is off the grid of {tick}"));
        instrument.ticks(px).map(|t| t.0).ok_or_else(off)
    };
    let (open, high, low, close) = (ticks(bar.o)?, ticks(bar.h)?, ticks(bar.l)?, ticks(bar.c)?);
    if low > open.min(close) || high < open.max(close) {
        let message = format!("bar {} {} {} {} is not ordered", bar.o, bar.h, bar.l, bar.c);
        return Err(Failure::bad_input(message));
    }
    if bar.dur == 0 {
        return Err(Failure::bad_input("bar of length 0"));
    }
    let tick = Tick { end: bar.ts, dur_us: i64::from(bar.dur) * 1_000_000, sym: bar.sym, close };
    Ok(ClosedBar {
        tick,
        bar: BarTicks { open, high, low, close },
        // On the wire `bv` is what was sold at the bid, `av` what was bought at the ask.
        volume: Volume { total: bar.v, buys: bar.av, sells: bar.bv },
        close: bar.c,
        built: bar.by.is_some(),
    })
}
