//! The limits in force, in cents and microseconds.

use crate::config::Config;
use crate::config::RiskMode;
use crate::market::Cents;
use crate::market::Ticks;
use crate::risk::Sizing;

/// Settings of `[risk]`, `[patterns]` and `[fills]` in the units of the checks.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Limits {
    /// Fraction of equity that a trade may risk: the fixed one, capped by the mode.
    pub fraction: f64,
    pub trade_risk: Cents,
    pub max_order: u64,
    pub max_pos: u64,
    day_loss: Cents,
    day_loss_share: f64,
    pub day_loss_r: f64,
    pub losses_row: u32,
    pub left_share: f64,
    pub open_share: f64,
    pub stop_min: Ticks,
    pub stop_max: Ticks,
    pub trade_age_us: i64,
    pub quote_age_us: i64,
    pub dup_us: i64,
    pub slip: Ticks,
    pub allow_micro: bool,
    pub rr_min: f64,
    pub entry_ticks: Ticks,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let risk = &config.risk;
        let cap = match risk.mode {
            RiskMode::Conservative => 0.005,
            RiskMode::Moderate => 0.0075,
            RiskMode::Aggressive => 0.01,
        };
        Self {
            fraction: risk.f_fixed.min(cap),
            trade_risk: risk.trade_risk_max,
            max_order: risk.max_order,
            max_pos: risk.max_pos,
            day_loss: risk.day_loss_max,
            day_loss_share: risk.day_loss_share_max,
            day_loss_r: risk.day_loss_r_max,
            losses_row: risk.losses_in_row_max,
            left_share: risk.left_share_max,
            open_share: risk.open_share_max,
            stop_min: Ticks(risk.stop_min_ticks),
            stop_max: Ticks(risk.stop_max_ticks),
            trade_age_us: risk.trade_age_ms_max * 1000,
            quote_age_us: risk.quote_age_ms_max * 1000,
            dup_us: risk.dup_ms * 1000,
            slip: Ticks(risk.slip_ticks),
            allow_micro: risk.allow_micro,
            rr_min: config.patterns.rr_min,
            entry_ticks: Ticks(config.fills.entry_ticks),
        }
    }

    /// The loss of a day that ends it: the smaller of the amount and the share of the equity at its
    /// start.
    pub(super) fn day_loss(&self, equity: Cents) -> Cents {
        let share = Sizing::budget(equity, self.day_loss_share);
        Cents(self.day_loss.0.min(share.0))
    }
}
