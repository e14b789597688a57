//! The limits in force, in cents and microseconds.

use crate::config::Config;
use crate::config::RiskMode;
use crate::config::SizeFactors;
use crate::config::StopRule;
use crate::config::TargetRule;
use crate::config::TrailRule;
use crate::market::Cents;
use crate::market::Ticks;
use crate::risk::KellyRule;
use crate::risk::Sizing;
use crate::risk::TrailingFloor;
use crate::risk::VolTarget;

/// Settings of `[risk]`, `[patterns]` and `[fills]` in the units of the checks.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Limits {
    /// Fraction of equity that a trade may risk.
    pub kelly: KellyRule,
    pub trade_risk: Cents,
    pub max_order: u64,
    pub max_pos: u64,
    day_loss: Cents,
    day_loss_share: f64,
    pub day_loss_r: f64,
    pub losses_row: u32,
    pub drawdown: f64,
    /// The floor that follows the highest equity, where one is set.
    pub trailing: Option<TrailingFloor>,
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
    pub factors: SizeFactors,
    pub vol: VolTarget,
    pub stop: StopRule,
    /// Distance of a stop by volatility, multiples of ATR.
    pub stop_atr: f64,
    pub targets: TargetRule,
    pub trail: TrailRule,
    pub trail_step: Ticks,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let risk = &config.risk;
        let (lambda, cap) = match risk.mode {
            RiskMode::Conservative => (0.15, 0.005),
            RiskMode::Moderate => (0.20, 0.0075),
            RiskMode::Aggressive => (0.25, 0.01),
        };
        let (fixed, trades_min) = (risk.f_fixed, risk.kelly_trades_min);
        let given = |cents: Cents| Some(cents).filter(|cents| cents.0 > 0);
        Self {
            kelly: KellyRule { lambda, cap, fixed, trades_min },
            trade_risk: risk.trade_risk_max,
            max_order: risk.max_order,
            max_pos: risk.max_pos,
            day_loss: risk.day_loss_max,
            day_loss_share: risk.day_loss_share_max,
            day_loss_r: risk.day_loss_r_max,
            losses_row: risk.losses_in_row_max,
            drawdown: risk.drawdown_share_max,
            trailing: given(risk.trailing_drawdown)
                .map(|distance| TrailingFloor::new(distance, given(risk.trailing_lock))),
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
            factors: risk.factors.clone(),
            vol: VolTarget { target: risk.vol_target, sessions_min: risk.vol_sessions_min },
            stop: risk.stop,
            stop_atr: risk.stop_atr,
            targets: risk.targets,
            trail: risk.trail,
            trail_step: Ticks(risk.trail_step_ticks.max(1)),
        }
    }

    /// The loss of a day that ends it: the smaller of the amount and the share of the equity at its
    /// start.
    pub(super) fn day_loss(&self, equity: Cents) -> Cents {
        let share = Sizing::budget(equity, self.day_loss_share);
        Cents(self.day_loss.0.min(share.0))
    }
}
