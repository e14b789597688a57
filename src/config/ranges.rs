//! What a setting may be: one table of ranges and one of rules between settings.

use crate::config::Config;
use crate::market::DailyTime;

/// Closed range of a number. A `*` in the key stands for any name of an open table.
pub(super) struct Range {
    pub key: &'static str,
    pub min: f64,
    pub max: f64,
}

const fn range(key: &'static str, min: f64, max: f64) -> Range {
    Range { key, min, max }
}

/// Every numeric setting has a line here; a test holds that.
pub(super) const RANGES: &[Range] = &[
    range("instruments.*.tick", 1e-6, 1000.0),
    range("instruments.*.tick_value", 0.01, 100_000.0),
    range("instruments.*.fee_per_side", 0.0, 100.0),
    range("bars.dur_s", 1.0, 3600.0),
    range("bars.missing_max", 0.0, 60.0),
    range("clock.lateness_us", 0.0, 60_000_000.0),
    range("clock.lateness_ms", 0.0, 60_000.0),
    range("feed.connect_ms", 100.0, 120_000.0),
    range("feed.login_ms", 100.0, 120_000.0),
    range("feed.silence_ms", 100.0, 120_000.0),
    range("feed.flush_ms", 0.0, 60_000.0),
    range("feed.stale_trades_s", 1.0, 3600.0),
    range("feed.stale_depth_s", 1.0, 3600.0),
    range("feed.stale_index_s", 1.0, 3600.0),
    range("flow.side_weak_share_max", 0.0, 1.0),
    range("flow.imb_ratio", 1.0, 100.0),
    range("flow.imb_min_vol", 0.0, 1e6),
    range("flow.stack_min", 1.0, 100.0),
    range("flow.large_min", 1.0, 1e6),
    range("flow.min_vol", 1.0, 1e6),
    range("flow.book_levels", 1.0, 100.0),
    range("flow.bulk_volume", 100.0, 1e8),
    range("flow.bulk_buckets", 1.0, 1000.0),
    range("volume_profile.va_pct", 1.0, 100.0),
    range("volume_profile.va_rows", 1.0, 10.0),
    range("volume_profile.hvn_prominence_pct", 1.0, 100.0),
    range("volume_profile.hvn_gap_ticks", 1.0, 1000.0),
    range("volume_profile.lvn_pct", 0.0, 100.0),
    range("vwap.sd_min_ticks", 0.0, 1000.0),
    range("vwap.min_volume", 0.0, 1e8),
    range("vwap.min_minutes", 0.0, 1440.0),
    range("context.er_enter", 0.0, 1.0),
    range("context.er_exit", 0.0, 1.0),
    range("context.dwell_bars", 1.0, 1000.0),
    range("context.er_bars", 2.0, 1000.0),
    range("context.vr_bars", 8.0, 1000.0),
    range("context.vr_lag", 2.0, 100.0),
    range("context.vix_age_s_max", 1.0, 86_400.0),
    range("context.history_sessions", 1.0, 250.0),
    range("context.history_min", 1.0, 250.0),
    range("options.dealer_sign.call", -1.0, 1.0),
    range("options.dealer_sign.put", -1.0, 1.0),
    range("options.rate", -0.05, 0.25),
    range("options.dividend", -0.05, 0.25),
    range("options.spread_points_max", 0.0, 1e6),
    range("options.spread_share_max", 0.0, 2.0),
    range("options.iv_min", 0.0, 1.0),
    range("options.iv_max", 0.1, 100.0),
    range("options.tau_floor_min", 0.0, 390.0),
    range("options.flip_window", 0.01, 0.5),
    range("options.flip_tail_min", 0.0, 1.0),
    range("options.coverage_min", 0.0, 1.0),
    range("options.strikes_min", 0.0, 1000.0),
    range("options.parity_min", 0.0, 1.0),
    range("options.gross_min", 0.0, 1e12),
    range("options.every_s", 1.0, 3600.0),
    range("options.refresh_s", 1.0, 86_400.0),
    range("options.adopt_ms", 0.0, 600_000.0),
    range("options.iv_age_s_max", 1.0, 604_800.0),
    range("options.basis_age_s_max", 1.0, 86_400.0),
    range("options.basis_fair_max", 0.0, 0.1),
    range("options.contracts_max", 100.0, 1e6),
    range("levels.tol_ticks", 0.0, 100.0),
    range("levels.tol_atr", 0.0, 10.0),
    range("levels.round_points", 1.0, 10_000.0),
    range("levels.naked_pocs", 0.0, 100.0),
    range("levels.touch_gain", 0.0, 10.0),
    range("patterns.cooldown_bars", 0.0, 1000.0),
    range("patterns.rr_min", 0.0, 100.0),
    range("patterns.open_wait_min", 0.0, 390.0),
    range("patterns.dom_levels_min", 0.0, 100.0),
    range("patterns.dom_contracts_min", 0.0, 1e6),
    range("patterns.dom_spread_ticks_max", 0.1, 1000.0),
    range("patterns.va_rejection.arm_ticks", 0.0, 100.0),
    range("patterns.va_rejection.probe_min_ticks", 0.0, 100.0),
    range("patterns.va_rejection.probe_max_ticks", 1.0, 1000.0),
    range("patterns.va_rejection.ofi_block", 0.0, 1000.0),
    range("patterns.va_rejection.probe_bars_max", 1.0, 100.0),
    range("patterns.va_rejection.stop_buffer_ticks", 0.0, 100.0),
    range("patterns.va_rejection.absorption_min", 0.0, 100.0),
    range("patterns.vwap_deviation.z_probe", 0.1, 10.0),
    range("patterns.vwap_deviation.z_exit", 0.1, 20.0),
    range("patterns.vwap_deviation.open_wait_min", 0.0, 390.0),
    range("patterns.vwap_deviation.sd_min_ticks", 0.0, 1000.0),
    range("patterns.vwap_deviation.outside_bars_min", 0.0, 100.0),
    range("patterns.vwap_deviation.outside_bars_max", 1.0, 1000.0),
    range("patterns.vwap_deviation.cvd_div_min", 0.0, 2.0),
    range("patterns.vwap_deviation.stop_buffer_ticks", 0.0, 100.0),
    range("patterns.gamma_flip.closes", 1.0, 20.0),
    range("patterns.gamma_flip.buffer_ticks", 0.0, 1000.0),
    range("patterns.gamma_flip.buffer_em", 0.0, 10.0),
    range("patterns.gamma_flip.lookback_bars", 1.0, 100.0),
    range("patterns.gamma_flip.above_min", 0.0, 100.0),
    range("patterns.gamma_flip.flip_age_s_max", 1.0, 86_400.0),
    range("patterns.gamma_flip.flip_move_em_max", 0.0, 10.0),
    range("patterns.gamma_flip.ofi_max", -1000.0, 0.0),
    range("patterns.gamma_flip.delta_imb_max", -1.0, 0.0),
    range("patterns.gamma_flip.adx_min", 0.0, 100.0),
    range("patterns.gamma_flip.trail_atr", 0.1, 100.0),
    range("patterns.battle_navale.force_bars", 1.0, 100.0),
    range("patterns.battle_navale.norm_bars", 2.0, 390.0),
    range("patterns.battle_navale.norm_min", 2.0, 390.0),
    range("patterns.battle_navale.body_min", 0.0, 1.0),
    range("patterns.battle_navale.k_body", 0.0, 100.0),
    range("patterns.battle_navale.k_vol", 0.0, 100.0),
    range("patterns.battle_navale.vol_cap", 0.1, 100.0),
    range("patterns.battle_navale.k_delta", 0.0, 100.0),
    range("patterns.battle_navale.delta_sat", 0.01, 100.0),
    range("patterns.battle_navale.k_share", 0.0, 100.0),
    range("patterns.battle_navale.share", 0.5, 1.0),
    range("patterns.battle_navale.base_bars", 3.0, 100.0),
    range("patterns.battle_navale.base_max_ticks", 1.0, 1000.0),
    range("patterns.battle_navale.base_range_q", 0.0, 1.0),
    range("patterns.battle_navale.pending_bars_max", 1.0, 390.0),
    range("patterns.battle_navale.base_bars_max", 1.0, 390.0),
    range("patterns.battle_navale.break_memory_bars", 0.0, 390.0),
    range("patterns.battle_navale.zone_ticks", 0.0, 1000.0),
    range("patterns.battle_navale.w_force", 0.0, 1.0),
    range("patterns.battle_navale.w_rule", 0.0, 1.0),
    range("patterns.battle_navale.w_base", 0.0, 1.0),
    range("patterns.battle_navale.imb_z", 0.0, 100.0),
    range("patterns.battle_navale.battle_vol_min", 0.0, 1000.0),
    range("patterns.battle_navale.age_min_s", 0.0, 86_400.0),
    range("patterns.battle_navale.initiative_ticks", 0.0, 1000.0),
    range("patterns.battle_navale.absorption_min", 0.0, 100.0),
    range("patterns.battle_navale.battles_max", 1.0, 100.0),
    range("patterns.battle_navale.quality_min", 0.0, 1.0),
    range("patterns.battle_navale.stop_ticks", 1.0, 400.0),
    range("patterns.battle_navale.hold_min_max", 1.0, 390.0),
    range("patterns.confluence.strength_min", 0.0, 1.0),
    range("patterns.confluence.families_min", 1.0, 7.0),
    range("patterns.confluence.reversal_ticks", 0.0, 1000.0),
    range("patterns.confluence.bars_max", 1.0, 100.0),
    range("patterns.confluence.flow_votes_min", 0.0, 4.0),
    range("patterns.confluence.stop_buffer_ticks", 0.0, 100.0),
    range("patterns.confluence.target_strength_min", 0.0, 1.0),
    range("patterns.confluence.dead_closes", 1.0, 100.0),
    range("detectors.proximity_ticks", 1.0, 1000.0),
    range("detectors.lookback_bars", 2.0, 100.0),
    range("detectors.microstructure_veto", 0.0, 2.0),
    range("strategies.trend.bars", 3.0, 390.0),
    range("strategies.trend.retrace_min", 0.0, 1.0),
    range("strategies.trend.retrace_max", 0.0, 1.0),
    range("strategies.trend.stop_bars", 1.0, 390.0),
    range("strategies.trend.stop_buffer_ticks", 0.0, 100.0),
    range("strategies.trend.risk_ticks_max", 1.0, 1000.0),
    range("strategies.trend.target_r", 0.1, 100.0),
    range("strategies.trend.rr_min", 0.0, 100.0),
    range("strategies.range.bars", 3.0, 390.0),
    range("strategies.range.height_min_ticks", 1.0, 10_000.0),
    range("strategies.range.height_max_ticks", 1.0, 10_000.0),
    range("strategies.range.tests_min", 1.0, 100.0),
    range("strategies.range.touch_ticks", 0.0, 100.0),
    range("strategies.range.test_gap_bars", 0.0, 100.0),
    range("strategies.range.beyond_ticks", 0.0, 100.0),
    range("strategies.range.held_min", 0.0, 1.0),
    range("strategies.range.stop_ticks", 1.0, 1000.0),
    range("strategies.range.target_ticks", 0.0, 1000.0),
    range("strategies.range.rr_min", 0.0, 100.0),
    range("selector.regime_cooldown_min", 0.0, 390.0),
    range("selector.confidence_q", 0.0, 1.0),
    range("signals.always_every_s", 0.0, 3600.0),
    range("account.equity", 0.0, 1e8),
    range("risk.f_fixed", 0.0, 0.01),
    range("risk.kelly_trades_min", 20.0, 1e6),
    range("risk.trade_risk_max", 0.0, 100_000.0),
    range("risk.max_order", 1.0, 20.0),
    range("risk.max_pos", 1.0, 20.0),
    range("risk.day_loss_max", 0.01, 1e6),
    range("risk.day_loss_share_max", 0.0001, 0.05),
    range("risk.day_loss_r_max", 0.5, 100.0),
    range("risk.losses_in_row_max", 1.0, 100.0),
    range("risk.drawdown_share_max", 0.0, 0.5),
    range("risk.trailing_drawdown", 0.0, 1e7),
    range("risk.trailing_lock", 0.0, 1e8),
    range("risk.left_share_max", 0.01, 1.0),
    range("risk.open_share_max", 0.01, 1.0),
    range("risk.stop_min_ticks", 1.0, 400.0),
    range("risk.stop_max_ticks", 1.0, 400.0),
    range("risk.trade_age_ms_max", 1.0, 600_000.0),
    range("risk.quote_age_ms_max", 1.0, 600_000.0),
    range("risk.dup_ms", 0.0, 600_000.0),
    range("risk.slip_ticks", 0.0, 100.0),
    range("account.margins.*", 0.0, 1e6),
    range("risk.modes.conservative.contracts", 1.0, 20.0),
    range("risk.modes.conservative.risk_cap", 0.0, 0.01),
    range("risk.modes.conservative.kelly_share", 0.0, 0.5),
    range("risk.modes.moderate.contracts", 1.0, 20.0),
    range("risk.modes.moderate.risk_cap", 0.0, 0.01),
    range("risk.modes.moderate.kelly_share", 0.0, 0.5),
    range("risk.modes.aggressive.contracts", 1.0, 20.0),
    range("risk.modes.aggressive.risk_cap", 0.0, 0.01),
    range("risk.modes.aggressive.kelly_share", 0.0, 0.5),
    range("risk.trade_risk_share_max", 0.0, 0.02),
    range("risk.positions_max", 1.0, 20.0),
    range("risk.day_target", 0.0, 1e6),
    range("risk.rolling_hours", 1.0, 168.0),
    range("risk.trailing_share", 0.0, 0.5),
    range("risk.options_age_s_max", 1.0, 86_400.0),
    range("risk.skew_ms_max", 1.0, 60_000.0),
    range("risk.spread_ticks_max", 1.0, 100.0),
    range("risk.vix_halt", 1.0, 200.0),
    range("risk.notional_cap", 0.1, 100.0),
    range("risk.margin_buffer", 0.0, 10.0),
    range("risk.collar_ticks", 0.0, 100.0),
    range("risk.collar_share", 0.0001, 0.1),
    range("risk.orders_second_max", 1.0, 100.0),
    range("risk.orders_minute_max", 1.0, 1000.0),
    range("risk.orders_day_max", 1.0, 100_000.0),
    range("risk.cancels_per_fill_max", 1.0, 1000.0),
    range("risk.trades_day_max", 1.0, 10_000.0),
    range("risk.battle_navale_trades_max", 1.0, 10_000.0),
    range("risk.cooldown_min", 0.0, 1440.0),
    range("risk.equity_min", 0.0, 1e8),
    range("risk.repeat_max", 2.0, 1000.0),
    range("risk.repeat_s", 1.0, 86_400.0),
    range("risk.rejects_max", 1.0, 1000.0),
    range("risk.reject_s", 1.0, 86_400.0),
    range("risk.stop_ack_ms_max", 1.0, 60_000.0),
    range("risk.recon_ms_max", 1.0, 600_000.0),
    range("risk.heartbeat_ms_max", 1000.0, 600_000.0),
    range("risk.vol_target", 0.0, 1.0),
    range("risk.vol_sessions_min", 2.0, 250.0),
    range("risk.stop_atr", 0.1, 100.0),
    range("risk.trail_bars", 1.0, 100.0),
    range("risk.trail_step_ticks", 1.0, 400.0),
    range("session.gateway_margin_min", 1.0, 60.0),
    range("risk.factors.spread_ticks", 1.0, 100.0),
    range("risk.factors.wall_ticks", 0.0, 1000.0),
    range("risk.factors.vix_high", 0.0, 2.0),
    range("risk.factors.vix_extreme", 0.0, 2.0),
    range("risk.factors.spread", 0.0, 2.0),
    range("risk.factors.wall", 0.0, 2.0),
    range("risk.factors.asia", 0.0, 2.0),
    range("risk.factors.london", 0.0, 2.0),
    range("risk.factors.ny_am", 0.0, 2.0),
    range("risk.factors.ny_pm", 0.0, 2.0),
    range("risk.factors.close", 0.0, 2.0),
    range("fills.latency_ms", 0.0, 60_000.0),
    range("fills.response_ms", -1.0, 60_000.0),
    range("fills.stop_slip_ticks", 0.0, 100.0),
    range("fills.entry_ticks", 0.0, 8.0),
    range("fills.protection_ticks", 1.0, 4000.0),
    range("fills.reprice_ms", 1.0, 60_000.0),
    range("fills.limit_1_pct", 0.1, 100.0),
    range("fills.limit_2_pct", 0.1, 100.0),
    range("fills.limit_3_pct", 0.1, 100.0),
    range("fills.suspect_ticks", 0.0, 100_000.0),
    range("fills.reject_every", 0.0, 1e6),
    range("quality.symbols_max", 1.0, 100_000.0),
    range("quality.frozen_records", 2.0, 1e6),
    range("quality.frozen_bars", 2.0, 1e6),
    range("quality.frozen_s", 0.0, 86_400.0),
    range("quality.twin_runs", 2.0, 1e6),
    range("quality.gap_bars", 1.0, 1440.0),
    range("quality.gap_minutes", 1.0, 1440.0),
    range("quality.cut_minutes", 1.0, 1440.0),
    range("quality.gap_density", 0.0, 60.0),
    range("quality.stale_rth_s", 1.0, 86_400.0),
    range("quality.stale_eth_s", 1.0, 86_400.0),
    range("quality.stale_records_min", 0.0, 1e6),
    range("quality.quote_age_ms", 0.0, 3.6e6),
    range("quality.outside_ticks", 0.0, 1e6),
    range("quality.jump_share", 0.0, 1.0),
    range("quality.jump_bar_share", 0.0, 1.0),
    range("quality.bar_range_share", 0.0, 1.0),
    range("quality.jump_scale", 1.0, 1e6),
    range("quality.alternate_share", 0.0, 1.0),
    range("quality.alternate_runs", 2.0, 1000.0),
    range("quality.twin_ms", 0.0, 60_000.0),
    range("quality.chain.rows_max", 100.0, 1e6),
    range("quality.chain.window", 0.001, 1.0),
    range("quality.chain.rows_min", 2.0, 1000.0),
    range("quality.chain.strikes_min", 0.0, 1000.0),
    range("quality.chain.days_min", 0.0, 365.0),
    range("quality.chain.own_iv_share", 0.0, 10.0),
    range("quality.chain.iv_gap", 0.0, 10.0),
    range("quality.chain.age_s", 0.0, 1e8),
    range("quality.tolerance.torn_line", 0.0, 1e12),
    range("quality.tolerance.blank_line", 0.0, 1e12),
    range("quality.tolerance.two_objects_on_one_line", 0.0, 1e12),
    range("quality.tolerance.not_json_nan", 0.0, 1e12),
    range("quality.tolerance.bad_record", 0.0, 1e12),
    range("quality.tolerance.no_calendar", 0.0, 1e12),
    range("quality.tolerance.time_back", 0.0, 1e12),
    range("quality.tolerance.closed_hours", 0.0, 1e12),
    range("quality.tolerance.off_tick_price", 0.0, 1e12),
    range("quality.tolerance.zero_price", 0.0, 1e12),
    range("quality.tolerance.bar_range", 0.0, 1e12),
    range("quality.tolerance.frozen_quote", 0.0, 1e12),
    range("quality.tolerance.duplicate", 0.0, 1e12),
    range("quality.tolerance.gap", 0.0, 1e12),
    range("quality.tolerance.missing_session", 0.0, 1e12),
    range("quality.tolerance.stale", 0.0, 1e12),
    range("quality.tolerance.feed_gap", 0.0, 1e12),
    range("quality.tolerance.crossed_quote", 0.0, 1e12),
    range("quality.tolerance.locked_quote", 0.0, 1e12),
    range("quality.tolerance.trade_outside_quote", 0.0, 1e12),
    range("quality.tolerance.price_jump", 0.0, 1e12),
    range("quality.tolerance.interleaved_writers", 0.0, 1e12),
    range("quality.tolerance.volume_mismatch", 0.0, 1e12),
    range("quality.tolerance.delta_mismatch", 0.0, 1e12),
    range("quality.tolerance.no_book", 0.0, 1e12),
    range("quality.tolerance.wrong_contract", 0.0, 1e12),
    range("quality.tolerance.back_month", 0.0, 1e12),
    range("quality.tolerance.expired_contract", 0.0, 1e12),
    range("quality.tolerance.label", 0.0, 1e12),
    range("quality.tolerance.strike_grid", 0.0, 1e12),
    range("quality.tolerance.put_call_parity", 0.0, 1e12),
    range("quality.tolerance.delta_sign", 0.0, 1e12),
    range("quality.tolerance.delta_not_monotone", 0.0, 1e12),
    range("quality.tolerance.two_iv_values", 0.0, 1e12),
    range("quality.tolerance.iv_pair", 0.0, 1e12),
    range("quality.tolerance.constant_spread", 0.0, 1e12),
    range("quality.tolerance.price_against_own_iv", 0.0, 1e12),
    range("quality.tolerance.constant_time_value", 0.0, 1e12),
    range("quality.tolerance.price_rises_with_strike", 0.0, 1e12),
    range("quality.tolerance.call_and_put_identical", 0.0, 1e12),
    range("quality.tolerance.expiry_not_a_trading_day", 0.0, 1e12),
    range("quality.tolerance.chain_incomplete", 0.0, 1e12),
    range("quality.tolerance.few_strikes", 0.0, 1e12),
    range("quality.tolerance.unusable_rows", 0.0, 1e12),
    range("quality.tolerance.no_open_interest", 0.0, 1e12),
    range("quality.tolerance.old_chain", 0.0, 1e12),
];

impl Range {
    /// Whether this line is about `key`.
    pub(super) fn covers(&self, key: &str) -> bool {
        let mut have = key.split('.');
        let mut want = self.key.split('.');
        loop {
            match (have.next(), want.next()) {
                (None, None) => return true,
                (Some(h), Some(w)) if w == "*" || w == h => {}
                _ => return false,
            }
        }
    }

    /// The complaint about `value`, if it lies outside (not a number lies outside).
    pub(super) fn complaint(&self, value: f64) -> Option<String> {
        if (self.min..=self.max).contains(&value) {
            return None;
        }
        Some(format!("{value} is out of range: must be from {} to {}", self.min, self.max))
    }
}

/// A rule between settings, or one that a range cannot say.
pub(super) struct Rule {
    /// The setting to name; the others that it depends on follow.
    pub keys: &'static [&'static str],
    /// What must hold, for people.
    pub text: &'static str,
    /// Whether it holds.
    pub holds: fn(&Config) -> bool,
}

/// Every rule.
pub(super) const RULES: &[Rule] = &[
    Rule {
        keys: &["instrument"],
        text: "must be a product with a table [instruments.NAME]",
        holds: |c| c.instruments.contains_key(&c.instrument),
    },
    Rule {
        keys: &["bars.dur_s"],
        text: "must divide an hour (3600 s) without rest",
        holds: |c| c.bars.dur_s == 0 || 3600 % c.bars.dur_s == 0,
    },
    Rule {
        keys: &["context.er_exit", "context.er_enter"],
        text: "context.er_exit must be below context.er_enter",
        holds: |c| c.context.er_exit < c.context.er_enter,
    },
    Rule {
        keys: &["context.vr_lag", "context.vr_bars"],
        text: "context.vr_lag must be at most a quarter of context.vr_bars",
        holds: |c| 4 * c.context.vr_lag <= c.context.vr_bars,
    },
    Rule {
        keys: &["context.history_min", "context.history_sessions"],
        text: "context.history_min must not exceed context.history_sessions",
        holds: |c| c.context.history_min <= c.context.history_sessions,
    },
    Rule {
        keys: &["fills.limit_1_pct", "fills.limit_2_pct", "fills.limit_3_pct"],
        text: "the price limits must widen from the first to the third",
        holds: |c| {
            c.fills.limit_1_pct <= c.fills.limit_2_pct && c.fills.limit_2_pct <= c.fills.limit_3_pct
        },
    },
    Rule {
        keys: &["levels.opening_range_min"],
        text: "must be at most 8 lengths from 1 to 390 minutes, shortest first",
        holds: |c| {
            let lengths = &c.levels.opening_range_min;
            lengths.len() <= 8
                && lengths.iter().all(|minutes| (1..=390).contains(minutes))
                && lengths.is_sorted_by(|a, b| a < b)
        },
    },
    Rule {
        keys: &["levels.ib_extensions"],
        text: "must be at most 8 multiples above 0 and up to 10, smallest first",
        holds: |c| {
            let multiples = &c.levels.ib_extensions;
            multiples.len() <= 8
                && multiples.iter().all(|k| *k > 0.0 && *k <= 10.0)
                && multiples.is_sorted_by(|a, b| a < b)
        },
    },
    Rule {
        keys: &["patterns.va_rejection.probe_min_ticks", "patterns.va_rejection.probe_max_ticks"],
        text: "probe_min_ticks must not exceed probe_max_ticks",
        holds: |c| {
            c.patterns.va_rejection.probe_min_ticks <= c.patterns.va_rejection.probe_max_ticks
        },
    },
    Rule {
        keys: &["patterns.vwap_deviation.z_probe", "patterns.vwap_deviation.z_exit"],
        text: "z_probe must be below z_exit",
        holds: |c| c.patterns.vwap_deviation.z_probe < c.patterns.vwap_deviation.z_exit,
    },
    Rule {
        keys: &[
            "patterns.vwap_deviation.outside_bars_min",
            "patterns.vwap_deviation.outside_bars_max",
        ],
        text: "outside_bars_min must not exceed outside_bars_max",
        holds: |c| {
            c.patterns.vwap_deviation.outside_bars_min <= c.patterns.vwap_deviation.outside_bars_max
        },
    },
    Rule {
        keys: &["patterns.battle_navale.wick_ticks"],
        text: "must be four widths from 0 to 1000 ticks, one for each VIX band, never falling",
        holds: |c| {
            let wicks = &c.patterns.battle_navale.wick_ticks;
            wicks.iter().all(|w| (0..=1000).contains(w)) && wicks.is_sorted()
        },
    },
    Rule {
        keys: &["patterns.battle_navale.patience_min"],
        text: "must be four lengths from 1 to 390 minutes, one for each VIX band",
        holds: |c| c.patterns.battle_navale.patience_min.iter().all(|m| (1..=390).contains(m)),
    },
    Rule {
        keys: &["patterns.battle_navale.threshold"],
        text: "must be four scores above 0 and up to 1, one for each VIX band",
        holds: |c| c.patterns.battle_navale.threshold.iter().all(|s| *s > 0.0 && *s <= 1.0),
    },
    Rule {
        keys: &["patterns.battle_navale.target_r"],
        text: "must be two multiples of the risk above 0 and up to 100, the nearer first",
        holds: |c| {
            let [near, far] = c.patterns.battle_navale.target_r;
            near > 0.0 && near <= far && far <= 100.0
        },
    },
    Rule {
        keys: &["patterns.battle_navale.norm_min", "patterns.battle_navale.norm_bars"],
        text: "norm_min must not exceed norm_bars",
        holds: |c| c.patterns.battle_navale.norm_min <= c.patterns.battle_navale.norm_bars,
    },
    Rule {
        keys: &[
            "patterns.battle_navale.w_force",
            "patterns.battle_navale.w_rule",
            "patterns.battle_navale.w_base",
        ],
        text: "the three weights of the score must sum to 1, so that it stays in [-1, 1]",
        holds: |c| {
            let bn = &c.patterns.battle_navale;
            (bn.w_force + bn.w_rule + bn.w_base - 1.0).abs() < 1e-9
        },
    },
    Rule {
        keys: &["patterns.gamma_flip.above_min", "patterns.gamma_flip.lookback_bars"],
        text: "above_min must not exceed lookback_bars",
        holds: |c| c.patterns.gamma_flip.above_min <= c.patterns.gamma_flip.lookback_bars,
    },
    Rule {
        keys: &["strategies.trend.retrace_min", "strategies.trend.retrace_max"],
        text: "retrace_min must not exceed retrace_max",
        holds: |c| c.strategies.trend.retrace_min <= c.strategies.trend.retrace_max,
    },
    Rule {
        keys: &["strategies.trend.stop_bars", "strategies.trend.bars"],
        text: "stop_bars must not exceed bars",
        holds: |c| c.strategies.trend.stop_bars <= c.strategies.trend.bars,
    },
    Rule {
        keys: &["strategies.range.height_min_ticks", "strategies.range.height_max_ticks"],
        text: "height_min_ticks must not exceed height_max_ticks",
        holds: |c| c.strategies.range.height_min_ticks <= c.strategies.range.height_max_ticks,
    },
    Rule {
        keys: &["risk.stop_min_ticks", "risk.stop_max_ticks"],
        text: "risk.stop_min_ticks must not exceed risk.stop_max_ticks",
        holds: |c| c.risk.stop_min_ticks <= c.risk.stop_max_ticks,
    },
    Rule {
        keys: &["risk.max_order", "risk.max_pos"],
        text: "risk.max_order must not exceed risk.max_pos",
        holds: |c| c.risk.max_order <= c.risk.max_pos,
    },
    Rule {
        keys: &["risk.bucket_trades_max"],
        text: "must be three numbers of trades from 0 to 10000",
        holds: |c| c.risk.bucket_trades_max.iter().all(|n| *n <= 10_000),
    },
    Rule {
        keys: &["risk.bucket_loss_max"],
        text: "must be three amounts from 0 to 1000000 dollars",
        holds: |c| c.risk.bucket_loss_max.iter().all(|loss| (0..=100_000_000).contains(&loss.0)),
    },
    Rule {
        keys: &["session.orders_from", "session.orders_until", "profile"],
        text: "an order to a broker is never sent outside 09:35 to 15:50, 12:50 on an early close",
        holds: |c| {
            let s = &c.session;
            let within = |time: &str, from: &str, to: &str| {
                minute_of_day(time).is_none_or(|minute| {
                    minute_of_day(from).is_none_or(|from| from <= minute)
                        && minute_of_day(to).is_none_or(|to| minute <= to)
                })
            };
            c.profile != "live"
                || within(&s.orders_from, "09:35", "15:50")
                    && within(&s.orders_until, "09:35", "15:50")
                    && within(&s.early_orders_until, "09:35", "12:50")
        },
    },
    Rule {
        keys: &["signals.always_every_s", "profile"],
        text: "signals.always_every_s must be 0 in profile live (it is a benchmark hook)",
        holds: |c| c.profile != "live" || c.signals.always_every_s == 0,
    },
    Rule {
        keys: &["session.orders_from"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.orders_from).is_some(),
    },
    Rule {
        keys: &["session.entries_until"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.entries_until).is_some(),
    },
    Rule {
        keys: &["session.orders_until"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.orders_until).is_some(),
    },
    Rule {
        keys: &["session.flat_by"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.flat_by).is_some(),
    },
    Rule {
        keys: &["session.early_entries_until"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.early_entries_until).is_some(),
    },
    Rule {
        keys: &["session.early_orders_until"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.early_orders_until).is_some(),
    },
    Rule {
        keys: &["session.early_flat_by"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.early_flat_by).is_some(),
    },
    Rule {
        keys: &["session.smaller_from"],
        text: "must be a time of day, HH:MM",
        holds: |c| minute_of_day(&c.session.smaller_from).is_some(),
    },
    Rule {
        keys: &["session.gateway_restart"],
        text: "must be empty, or a time of day with its zone: `23:45 America/New_York`",
        holds: |c| {
            let restart = &c.session.gateway_restart;
            restart.is_empty() || DailyTime::parse(restart).is_some()
        },
    },
    Rule {
        keys: &[
            "session.orders_from",
            "session.entries_until",
            "session.orders_until",
            "session.flat_by",
        ],
        text: "the day must run orders_from < entries_until <= orders_until <= flat_by",
        holds: |c| {
            let s = &c.session;
            in_order(&s.orders_from, &s.entries_until, &s.orders_until, &s.flat_by)
        },
    },
    Rule {
        keys: &[
            "session.early_entries_until",
            "session.early_orders_until",
            "session.early_flat_by",
        ],
        text: "an early close must run orders_from < early_entries_until <= early_orders_until \
               <= early_flat_by",
        holds: |c| {
            let s = &c.session;
            in_order(
                &s.orders_from,
                &s.early_entries_until,
                &s.early_orders_until,
                &s.early_flat_by,
            )
        },
    },
];

/// Minutes since midnight of `HH:MM`.
fn minute_of_day(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let both_digits = hour.bytes().chain(minute.bytes()).all(|b| b.is_ascii_digit());
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (both_digits && hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Whether the day runs in order; a text that is no time of day is the business of its own rule.
fn in_order(from: &str, entries: &str, orders: &str, flat: &str) -> bool {
    let times = [from, entries, orders, flat].map(minute_of_day);
    let [Some(from), Some(entries), Some(orders), Some(flat)] = times else {
        return true;
    };
    from < entries && entries <= orders && orders <= flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tree;

    #[test]
    fn a_time_of_day_is_five_characters() {
        assert_eq!(minute_of_day("09:35"), Some(575));
        assert_eq!(minute_of_day("23:59"), Some(1439));
        for wrong in ["9:35", "24:00", "09:60", "0935", "+9:35", "09:3x", ""] {
            assert_eq!(minute_of_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn not_a_number_is_out_of_range() {
        let line = range("x", 0.0, 1.0);
        assert_eq!(line.complaint(1.0), None);
        assert!(line.complaint(f64::NAN).is_some());
        assert!(line.complaint(1.000_001).is_some());
    }

    #[test]
    fn every_line_and_rule_is_about_a_setting() {
        let tree = tree::of(&Config::default()).unwrap();
        let keys = RANGES.iter().map(|r| r.key.replace('*', "ES"));
        for key in keys.chain(RULES.iter().flat_map(|r| r.keys).map(|k| (*k).to_owned())) {
            let path: Vec<&str> = key.split('.').collect();
            assert!(tree::get(&tree, &path).is_some(), "{key}");
        }
    }

    #[test]
    fn the_defaults_keep_every_rule() {
        let config = Config::default();
        for rule in RULES {
            assert!((rule.holds)(&config), "{:?} {}", rule.keys, rule.text);
        }
    }
}
