//! Efficiency ratio and the range or trend regime (QUANT 4).

use crate::config::Context;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::market::Ticks;
use std::collections::VecDeque;

/// Efficiency ratio of the last `k` changes of close.
///
/// # Formula
/// `ER(k) = |c_t - c_{t-k}| / sum|dc|` in [0, 1]; 0/0 is undefined. In whole ticks: exact.
#[derive(Clone, Debug)]
pub struct Efficiency {
    closes: VecDeque<i64>,
    bars: usize,
    path: i64,
}

impl Efficiency {
    /// Empty, over `bars` changes.
    pub fn new(bars: usize) -> Self {
        Self { closes: VecDeque::with_capacity(bars + 2), bars: bars.max(1), path: 0 }
    }

    /// Adds a close.
    pub fn push(&mut self, close: Ticks) {
        if let Some(last) = self.closes.back() {
            self.path += (close.0 - last).abs();
        }
        self.closes.push_back(close.0);
        if self.closes.len() > self.bars + 1
            && let Some(old) = self.closes.pop_front()
            && let Some(first) = self.closes.front()
        {
            self.path -= (first - old).abs();
        }
    }

    /// Change over the window in ticks; `None` while it fills.
    pub fn change(&self) -> Option<i64> {
        let (first, last) = self.closes.front().zip(self.closes.back())?;
        (self.closes.len() > self.bars).then(|| last - first)
    }

    /// The ratio.
    ///
    /// # Errors
    /// `warmup` while the window fills, `degenerate` where no close changed.
    pub fn value(&self) -> Value {
        let change = self.change().ok_or(Reason::Warmup)?;
        if self.path == 0 {
            return Err(Reason::Degenerate);
        }
        Ok(change.abs() as f64 / self.path as f64)
    }

    /// Starts over.
    pub fn clear(&mut self) {
        self.closes.clear();
        self.path = 0;
    }
}

/// Range or trend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// Prices go back and forth.
    Range,
    /// Prices go somewhere.
    Trend,
}

/// The regime with hysteresis.
///
/// RANGE becomes TREND when the efficiency ratio is at or above `er_enter` on `dwell_bars` bars in a
/// row, TREND becomes RANGE when it is below `er_exit` on as many; otherwise it holds. Undefined
/// until the ratio is first defined, then RANGE. A bar without a ratio breaks the row.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegimeSwitch {
    state: Option<Regime>,
    row: u32,
}

impl RegimeSwitch {
    /// Folds the efficiency ratio of a closed bar.
    pub fn push(&mut self, er: Value, context: &Context) {
        let state = match (self.state, er) {
            (None, Err(_)) => return,
            (None, Ok(_)) => Regime::Range,
            (Some(state), _) => state,
        };
        let against = match (state, er) {
            (_, Err(_)) => false,
            (Regime::Range, Ok(er)) => er >= context.er_enter,
            (Regime::Trend, Ok(er)) => er < context.er_exit,
        };
        self.row = if against { self.row + 1 } else { 0 };
        self.state = Some(state);
        if self.row >= context.dwell_bars {
            self.row = 0;
            self.state = Some(match state {
                Regime::Range => Regime::Trend,
                Regime::Trend => Regime::Range,
            });
        }
    }

    /// The regime; `None` during warm-up.
    pub fn state(&self) -> Option<Regime> {
        self.state
    }
}

/// Both over the closed bars, started anew at the session opens.
#[derive(Clone, Debug)]
pub struct RegimeFold {
    efficiency: Efficiency,
    switch: RegimeSwitch,
}

impl RegimeFold {
    /// Empty.
    pub fn new(context: &Context) -> Self {
        Self { efficiency: Efficiency::new(context.er_bars), switch: RegimeSwitch::default() }
    }

    /// Folds a closed bar.
    pub fn push(&mut self, close: Ticks, context: &Context) {
        self.efficiency.push(close);
        self.switch.push(self.efficiency.value(), context);
    }

    /// Starts over: at a session open.
    pub fn clear(&mut self) {
        self.efficiency.clear();
        self.switch = RegimeSwitch::default();
    }

    /// Efficiency ratio.
    pub fn efficiency(&self) -> Value {
        self.efficiency.value()
    }

    /// `ctx_regime`: 0 range, 1 trend.
    pub fn regime(&self) -> Value {
        match self.switch.state() {
            None => Err(Reason::Warmup),
            Some(Regime::Range) => Ok(0.0),
            Some(Regime::Trend) => Ok(1.0),
        }
    }

    /// `ctx_trend`: `sign(c_t - c_{t-k})*ER(k)`.
    pub fn trend(&self) -> Value {
        let er = self.efficiency.value()?;
        let change = self.efficiency.change().ok_or(Reason::Warmup)?;
        Ok(change.signum() as f64 * er)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_window_is_degenerate_and_breaks_the_row() {
        let mut efficiency = Efficiency::new(2);
        for (close, expected) in [
            (5, Err(Reason::Warmup)),
            (6, Err(Reason::Warmup)),
            (7, Ok(1.0)),
            (6, Ok(0.0)),
            (6, Ok(1.0)),
            (6, Err(Reason::Degenerate)),
        ] {
            efficiency.push(Ticks(close));
            assert_eq!(efficiency.value(), expected);
        }
        let context = Context::default();
        let mut switch = RegimeSwitch::default();
        for er in [Ok(0.5), Ok(0.5), Err(Reason::Degenerate), Ok(0.5), Ok(0.5)] {
            switch.push(er, &context);
            assert_eq!(switch.state(), Some(Regime::Range));
        }
        switch.push(Ok(0.45), &context);
        assert_eq!(switch.state(), Some(Regime::Trend));
        for er in [0.2, 0.3, 0.2, 0.2] {
            switch.push(Ok(er), &context);
            assert_eq!(switch.state(), Some(Regime::Trend));
        }
        switch.push(Ok(0.29), &context);
        assert_eq!(switch.state(), Some(Regime::Range));
    }
}
