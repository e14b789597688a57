//! Wilder's average true range and directional index, and choppiness: diagnostics (QUANT 4).

use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;
use std::collections::VecDeque;

/// Bars of every average here.
const BARS: usize = 14;

#[derive(Clone, Copy, Debug)]
struct Hlc {
    high: i64,
    low: i64,
    close: i64,
}

/// The averages over closed bars, in ticks.
///
/// # Formula
/// `TR = max(h, c') - min(l, c')`. ATR: mean of TR 1 to 14, then `(13*ATR + TR)/14`. Directional
/// sums: 13 terms, then `S <- S - S/14 + x`; `DI = 100*S_dm/S_tr`,
/// `DX = 100*|DI+ - DI-|/(DI+ + DI-)`; ADX: mean of 14 DX (first at bar 27), then
/// `(13*ADX + DX)/14`. Choppiness: `100*log10(sum TR/(HH - LL))/log10(14)` over 14 bars.
#[derive(Clone, Debug, Default)]
pub struct Wilder {
    last: Option<Hlc>,
    bars: usize,
    atr: f64,
    range: f64,
    plus: f64,
    minus: f64,
    index: Option<f64>,
    index_sum: f64,
    indexes: usize,
    adx: f64,
    window: VecDeque<(i64, i64, i64)>,
}

impl Wilder {
    /// Folds a closed bar.
    pub fn push(&mut self, high: Ticks, low: Ticks, close: Ticks) {
        let bar = Hlc { high: high.0, low: low.0, close: close.0 };
        if let Some(last) = self.last {
            self.bars += 1;
            let range = bar.high.max(last.close) - bar.low.min(last.close);
            self.update_range(range as f64);
            self.update_direction(&last, &bar, range as f64);
            if self.window.len() == BARS {
                self.window.pop_front();
            }
            self.window.push_back((range, bar.high, bar.low));
        }
        self.last = Some(bar);
    }

    /// A gap in time follows: the next bar's range and direction do not reach back over it.
    pub fn gap(&mut self, open: Ticks) {
        if let Some(last) = &mut self.last {
            *last = Hlc { high: open.0, low: open.0, close: open.0 };
        }
    }

    fn update_range(&mut self, range: f64) {
        let n = BARS as f64;
        if self.bars <= BARS {
            self.atr += range / n;
        } else {
            self.atr = (self.atr * (n - 1.0) + range) / n;
        }
    }

    fn update_direction(&mut self, last: &Hlc, bar: &Hlc, range: f64) {
        let (up, down) = (bar.high - last.high, last.low - bar.low);
        let plus = if up > down && up > 0 { up as f64 } else { 0.0 };
        let minus = if down > up && down > 0 { down as f64 } else { 0.0 };
        let n = BARS as f64;
        let keep = if self.bars < BARS { 1.0 } else { 1.0 - 1.0 / n };
        self.plus = self.plus * keep + plus;
        self.minus = self.minus * keep + minus;
        self.range = self.range * keep + range;
        if self.bars < BARS {
            return;
        }
        if let Some(index) = self.directional_index() {
            self.index = Some(index);
        }
        // A bar without direction repeats the last index.
        let index = self.index.unwrap_or(0.0);
        self.indexes += 1;
        if self.indexes <= BARS {
            self.index_sum += index;
            self.adx = self.index_sum / n;
        } else {
            self.adx = (self.adx * (n - 1.0) + index) / n;
        }
    }

    fn directional_index(&self) -> Option<f64> {
        let (plus, minus) = self.directions()?;
        let sum = plus + minus;
        (sum > 0.0).then(|| 100.0 * ((plus - minus) / sum).abs())
    }

    /// `DI+` and `DI-`; `None` while the sums fill or without any range.
    pub fn directions(&self) -> Option<(f64, f64)> {
        (self.bars >= BARS && self.range > 0.0)
            .then(|| (100.0 * self.plus / self.range, 100.0 * self.minus / self.range))
    }

    /// ATR(14) in ticks.
    ///
    /// # Errors
    /// `warmup` before 14 ranges.
    pub fn atr(&self) -> Value {
        if self.bars < BARS { Err(Reason::Warmup) } else { Ok(self.atr) }
    }

    /// ADX(14).
    ///
    /// # Errors
    /// `warmup` before 14 directional indexes.
    pub fn adx(&self) -> Value {
        if self.indexes < BARS { Err(Reason::Warmup) } else { Ok(self.adx) }
    }

    /// Choppiness(14).
    ///
    /// # Errors
    /// `warmup` before 14 ranges, `degenerate` without any range.
    pub fn choppiness(&self) -> Value {
        if self.window.len() < BARS {
            return Err(Reason::Warmup);
        }
        let fold = |sum: (i64, i64, i64), bar: &(i64, i64, i64)| {
            (sum.0 + bar.0, sum.1.max(bar.1), sum.2.min(bar.2))
        };
        let (path, high, low) = self.window.iter().fold((0, i64::MIN, i64::MAX), fold);
        if high <= low {
            return Err(Reason::Degenerate);
        }
        let ratio = path as f64 / (high - low) as f64;
        Ok(100.0 * libm::log10(ratio) / libm::log10(BARS as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_no_range() {
        let mut wilder = Wilder::default();
        wilder.push(Ticks(104), Ticks(100), Ticks(102));
        wilder.gap(Ticks(500));
        for _ in 0..14 {
            assert_eq!(wilder.atr(), Err(Reason::Warmup));
            wilder.push(Ticks(502), Ticks(498), Ticks(500));
        }
        assert!((wilder.atr().unwrap() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn bars_without_direction_have_no_direction() {
        let mut wilder = Wilder::default();
        for _ in 0..40 {
            wilder.push(Ticks(5), Ticks(5), Ticks(5));
        }
        assert_eq!(wilder.adx(), Ok(0.0));
        assert_eq!(wilder.choppiness(), Err(Reason::Degenerate));
    }
}
