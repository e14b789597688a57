//! Which fraction of equity a trade may risk: Kelly's, held back by what is not known (QUANT 6.1).

use crate::wire::AcctStats;
use special::Beta;

/// Quantile of the win rate and, one-sided, of the payoff that sizing counts on: 5 %.
const LOW: f64 = 0.05;
/// The normal quantile of 95 %.
const Z95: f64 = 1.645;

/// Closed trades as sums, in R (net P&L over initial risk).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TradeRecord {
    /// Winners.
    pub wins: u64,
    /// Trades that did not win.
    pub losses: u64,
    /// Sum of the winners, R.
    pub win_r: f64,
    /// Sum of the squares of the winners.
    pub win_r2: f64,
    /// Sum of the losers, R, zero or negative.
    pub loss_r: f64,
    /// Sum of the squares of the losers.
    pub loss_r2: f64,
}

/// How much of Kelly's fraction is used.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KellyRule {
    /// Share of the fraction, 0 to 1.
    pub lambda: f64,
    /// Largest fraction of equity.
    pub cap: f64,
    /// Fraction while there are fewer trades than `trades_min`.
    pub fixed: f64,
    /// Closed trades from which the record counts.
    pub trades_min: u64,
}

/// Kelly's fraction `f = p - (1 - p)/b` for a win rate `p` and a payoff `b` (mean win over mean loss);
/// negative without an edge, `None` for a payoff that is not positive.
pub fn kelly(p: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| p - (1.0 - p) / b)
}

/// The lower bound of the win rate: the 5 % quantile of `Beta(wins + 1, losses + 1)`.
pub fn win_rate_low(wins: u64, losses: u64) -> f64 {
    let (a, b) = (wins as f64 + 1.0, losses as f64 + 1.0);
    LOW.inv_inc_beta(a, b, a.ln_beta(b))
}

/// How much of a fraction estimated from `n` trades survives its own variance:
/// `f^2 / (f^2 + Var f)` with `Var f = ((b + 1)/b)^2 p (1 - p)/n`; 0 without an edge. A column of reports.
pub fn shrinkage(p: f64, b: f64, n: u64) -> Option<f64> {
    let f = kelly(p, b).filter(|_| n > 0)?;
    let var = ((b + 1.0) / b).powi(2) * p * (1.0 - p) / n as f64;
    let square = f * f;
    Some(if f > 0.0 { square / (square + var) } else { 0.0 })
}

impl From<&AcctStats> for TradeRecord {
    fn from(stats: &AcctStats) -> Self {
        Self {
            wins: stats.wins,
            losses: stats.losses,
            win_r: stats.win_r.0,
            win_r2: stats.win_r2.0,
            loss_r: stats.loss_r.0,
            loss_r2: stats.loss_r2.0,
        }
    }
}

impl TradeRecord {
    /// The lower bound of the payoff: `b max(0, 1 - 1.645 se)`, where `se^2` is the sum over winners and
    /// losers of `(sd/mean)^2/n`; `None` with fewer than two of either, or losers that lose nothing.
    pub fn payoff_low(&self) -> Option<f64> {
        let (win, loss) = (self.win_r / self.wins as f64, -self.loss_r / self.losses as f64);
        if self.wins < 2 || self.losses < 2 || win <= 0.0 || loss <= 0.0 {
            return None;
        }
        let square = spread(self.wins, win, self.win_r2) + spread(self.losses, loss, self.loss_r2);
        let held_back = (1.0 - Z95 * square.sqrt()).max(0.0);
        Some(win / loss * held_back)
    }

    /// The fraction of equity that a trade may risk: `fixed` while there are few trades, then
    /// `min(cap, lambda max(0, Kelly(p_lo, b_lo)))`. Zero says that there is no edge.
    pub fn fraction(&self, rule: &KellyRule) -> f64 {
        if self.wins + self.losses < rule.trades_min {
            return rule.fixed.min(rule.cap);
        }
        let p = win_rate_low(self.wins, self.losses);
        let edge = self.payoff_low().and_then(|b| kelly(p, b)).unwrap_or(0.0);
        (rule.lambda * edge).clamp(0.0, rule.cap)
    }
}

/// The fraction that the trades so far allow, worked out when they change, not when it is asked for: the
/// quantile of its win rate is found step by step.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Edge(Option<(TradeRecord, f64)>);

impl Edge {
    /// [`TradeRecord::fraction`] of `record`, always under the same `rule`.
    pub(super) fn of(&mut self, record: TradeRecord, rule: &KellyRule) -> f64 {
        match self.0 {
            Some((known, fraction)) if known == record => fraction,
            _ => self.0.insert((record, record.fraction(rule))).1,
        }
    }
}

/// `(sd/mean)^2/n`, the standard deviation of the sample.
fn spread(n: u64, mean: f64, squares: f64) -> f64 {
    let n = n as f64;
    let variance = ((squares - n * mean * mean) / (n - 1.0)).max(0.0);
    variance / (mean * mean) / n
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `wins` and `losses` trades of one size each.
    fn even(wins: u64, losses: u64, win: f64, loss: f64) -> TradeRecord {
        let (w, l) = (wins as f64, losses as f64);
        TradeRecord {
            wins,
            losses,
            win_r: w * win,
            win_r2: w * win * win,
            loss_r: -l * loss,
            loss_r2: l * loss * loss,
        }
    }

    fn same(fraction: f64, expected: f64) {
        assert!((fraction - expected).abs() < 1e-15, "{fraction} is not {expected}");
    }

    const RULE: KellyRule = KellyRule { lambda: 0.15, cap: 0.005, fixed: 0.0025, trades_min: 100 };

    #[test]
    fn few_trades_risk_the_fixed_fraction() {
        same(even(60, 39, 1.2, 1.0).fraction(&RULE), 0.0025);
        same(even(60, 39, 1.2, 1.0).fraction(&KellyRule { cap: 0.001, ..RULE }), 0.001);
    }

    #[test]
    fn the_fraction_is_of_the_lower_bounds_and_capped() {
        let record = even(60, 40, 1.2, 1.0);
        // Without a spread of the sizes the payoff is certain: 0.1153 is vector 23's.
        let wide = KellyRule { cap: 1.0, ..RULE };
        assert!((record.fraction(&wide) - 0.15 * 0.115_304_518).abs() < 1e-9);
        same(record.fraction(&RULE), 0.005);
    }

    #[test]
    fn the_edge_is_that_of_the_trades_it_is_asked_for() {
        let mut edge = Edge::default();
        for record in [even(60, 40, 1.2, 1.0), even(60, 40, 1.2, 1.0), even(60, 41, 1.2, 1.0)] {
            same(edge.of(record, &RULE), record.fraction(&RULE));
        }
        let wide = KellyRule { cap: 1.0, ..RULE };
        let (mut edge, first) = (Edge::default(), even(60, 40, 1.2, 1.0));
        let won = TradeRecord { wins: 61, win_r: first.win_r + 9.0, ..first };
        assert!(edge.of(first, &wide) < edge.of(won, &wide));
    }

    #[test]
    fn no_edge_is_nothing() {
        same(even(55, 45, 1.0, 1.0).fraction(&RULE), 0.0);
        same(even(0, 120, 1.0, 1.0).fraction(&RULE), 0.0);
        same(even(120, 0, 1.0, 1.0).fraction(&RULE), 0.0);
    }

    #[test]
    fn sizes_that_scatter_hold_the_payoff_back() {
        let even = even(60, 40, 1.2, 1.0);
        let uneven = TradeRecord { win_r2: 3.0 * even.win_r2, ..even };
        let (sure, unsure) = (even.payoff_low().unwrap(), uneven.payoff_low().unwrap());
        assert!((sure - 1.2).abs() < 1e-12 && unsure < sure);
        // cv^2 of the winners: 2 n/(n - 1); so se^2 = 2/59.
        assert!((unsure - 1.2 * (1.0 - 1.645 * (2.0_f64 / 59.0).sqrt())).abs() < 1e-12);
    }
}
