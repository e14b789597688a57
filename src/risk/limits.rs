//! The limits in force, in cents and microseconds.

use crate::config::Config;
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
use crate::risk::tally::BUCKETS;

const SECOND_US: i64 = 1_000_000;

/// What the profile permits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Nothing reaches a market: data collection and paper trading.
    Paper,
    /// Real orders.
    Live,
}

/// Settings of `[risk]`, `[patterns]` and `[fills]` in the units of the checks.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Limits {
    /// Fraction of equity that a trade may risk.
    pub kelly: KellyRule,
    pub mode: Mode,
    pub trade_risk: Cents,
    pub trade_share: f64,
    pub positions: u64,
    pub max_order: u64,
    pub max_pos: u64,
    day_loss: Cents,
    day_loss_share: f64,
    pub day_loss_r: f64,
    pub losses_row: u32,
    pub day_target: Option<Cents>,
    pub rolling_us: i64,
    pub trailing_share: f64,
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
    pub options_age_us: i64,
    pub skew_us: i64,
    pub spread_ticks: i64,
    pub vix_halt: f64,
    pub vix_age_us: i64,
    pub notional_cap: f64,
    /// Margin of a contract of the product, where it is known.
    pub margin: Option<Cents>,
    /// Margin and buffer as a multiple of the margin.
    pub margin_factor: f64,
    pub collar_ticks: i64,
    pub collar_share: f64,
    /// Price limits of the exchange, percent of the settlement.
    pub band_pct: [f64; 3],
    pub orders_second: u64,
    pub orders_minute: u64,
    pub orders_day: u64,
    pub cancels_per_fill: f64,
    pub trades_day: u64,
    pub navale_trades: u64,
    pub bucket_trades: [u64; BUCKETS],
    pub bucket_loss: [Cents; BUCKETS],
    pub cooldown_us: i64,
    pub equity_min: Cents,
    pub repeat: u64,
    pub repeat_us: i64,
    pub rejects: u64,
    pub reject_us: i64,
    pub stop_ack_us: i64,
    pub recon_us: i64,
    pub heartbeat_us: i64,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let (risk, fills) = (&config.risk, &config.fills);
        let mode = risk.modes.of(risk.mode);
        // Not a number is the strictest that a limit can be: it never loosens one.
        let (lambda, cap) = (sound(mode.kelly_share), sound(mode.risk_cap));
        let (fixed, trades_min) = (sound(risk.f_fixed), risk.kelly_trades_min);
        let live = config.profile == "live";
        let given = |cents: Cents| Some(cents).filter(|cents| cents.0 > 0);
        Self {
            kelly: KellyRule { lambda, cap, fixed, trades_min },
            mode: if live { Mode::Live } else { Mode::Paper },
            trade_risk: risk.trade_risk_max,
            trade_share: risk.trade_risk_share_max,
            positions: risk.positions_max,
            max_order: risk.max_order.min(mode.contracts),
            max_pos: risk.max_pos.min(mode.contracts),
            day_loss: risk.day_loss_max,
            day_loss_share: risk.day_loss_share_max,
            day_loss_r: risk.day_loss_r_max,
            losses_row: risk.losses_in_row_max,
            day_target: given(risk.day_target),
            rolling_us: risk.rolling_hours * 3_600_000_000,
            trailing_share: risk.trailing_share,
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
            options_age_us: risk.options_age_s_max * SECOND_US,
            skew_us: risk.skew_ms_max * 1000,
            spread_ticks: risk.spread_ticks_max,
            vix_halt: risk.vix_halt,
            vix_age_us: config.context.vix_age_s_max * SECOND_US,
            notional_cap: risk.notional_cap,
            margin: config.account.margins.get(&config.instrument).copied(),
            margin_factor: 1.0 + risk.margin_buffer,
            collar_ticks: risk.collar_ticks,
            collar_share: risk.collar_share,
            band_pct: [fills.limit_1_pct, fills.limit_2_pct, fills.limit_3_pct],
            orders_second: risk.orders_second_max,
            orders_minute: risk.orders_minute_max,
            orders_day: risk.orders_day_max,
            cancels_per_fill: risk.cancels_per_fill_max,
            trades_day: risk.trades_day_max,
            navale_trades: risk.battle_navale_trades_max,
            bucket_trades: risk.bucket_trades_max,
            bucket_loss: risk.bucket_loss_max,
            cooldown_us: risk.cooldown_min * 60 * SECOND_US,
            equity_min: risk.equity_min,
            repeat: risk.repeat_max,
            repeat_us: risk.repeat_s * SECOND_US,
            rejects: risk.rejects_max,
            reject_us: risk.reject_s * SECOND_US,
            stop_ack_us: risk.stop_ack_ms_max * 1000,
            recon_us: risk.recon_ms_max * 1000,
            heartbeat_us: risk.heartbeat_ms_max * 1000,
        }
    }

    /// How low marked equity may fall from its highest in this mode; not a number: not at all.
    pub(super) fn mode_floor(&self, highest: Cents) -> Cents {
        highest - Sizing::budget(highest, self.trailing_share)
    }

    /// The loss of a day that ends it: the smaller of the amount and the share of the equity at its
    /// start.
    pub(super) fn day_loss(&self, equity: Cents) -> Cents {
        let share = Sizing::budget(equity, self.day_loss_share);
        Cents(self.day_loss.0.min(share.0))
    }
}

/// A share that is not a number is none.
fn sound(share: f64) -> f64 {
    if share.is_nan() { 0.0 } else { share }
}
