//! Settings of patterns, detectors, strategies and the choice between their signals (QUANT 5).

use crate::config::settings::settings;
use serde::Deserialize;
use serde::Serialize;

/// One value for each VIX band: LOW, MID, HIGH, EXTREME.
pub type ByBand<T> = [T; 4];

/// Volatility band of the VIX (QUANT 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum VixBand {
    /// Below 15.
    Low,
    /// From 15 to below 22.
    Mid,
    /// From 22 to below 35.
    High,
    /// 35 and above.
    Extreme,
}

impl VixBand {
    /// The band of a volatility in percent, as the VIX quotes it (QUANT 4).
    pub fn of_percent(vix: f64) -> Self {
        if vix < 15.0 {
            Self::Low
        } else if vix < 22.0 {
            Self::Mid
        } else if vix < 35.0 {
            Self::High
        } else {
            Self::Extreme
        }
    }
}

/// Where a stop of the Battle Navale stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopMode {
    /// `stop_ticks` from the entry reference.
    Fixed,
    /// Two ticks beyond the far edge of the base.
    Structure,
}

settings! {
    /// The patterns.
    Patterns {
        /// Bars after a signal in which a pattern is silent.
        cooldown_bars: u32 = 15,
        /// Least reward to risk after costs.
        rr_min: f64 = 1.0,
        /// Minutes after the regular open without evaluation.
        open_wait_min: u32 = 10,
        /// Book levels a side below which nothing triggers, where depth is in the stream.
        dom_levels_min: u32 = 5,
        /// Contracts a side below which nothing triggers, where depth is in the stream.
        dom_contracts_min: u64 = 100,
        /// Spread above which nothing triggers, where depth is in the stream, ticks.
        dom_spread_ticks_max: f64 = 2.0,
        /// `[patterns.va_rejection]`.
        va_rejection: VaRejection = VaRejection::default(),
        /// `[patterns.vwap_deviation]`.
        vwap_deviation: VwapDeviation = VwapDeviation::default(),
        /// `[patterns.gamma_flip]`.
        gamma_flip: GammaFlip = GammaFlip::default(),
        /// `[patterns.battle_navale]`.
        battle_navale: BattleNavale = BattleNavale::default(),
        /// `[patterns.confluence]`.
        confluence: ConfluenceSettings = ConfluenceSettings::default(),
    }
}

settings! {
    /// VAH/VAL rejection (QUANT 5.3). Distances in ticks.
    VaRejection {
        /// Whether the pattern is evaluated.
        enabled: bool = true,
        /// Distance to the level that arms.
        arm_ticks: i64 = 2,
        /// Least probe beyond the level.
        probe_min_ticks: i64 = 2,
        /// Largest probe beyond the level.
        probe_max_ticks: i64 = 16,
        /// Order flow against the trade that kills it in a trend, expected ticks.
        ofi_block: f64 = 2.0,
        /// Bars that a probe may last.
        probe_bars_max: u32 = 5,
        /// Stop beyond the probe's extreme.
        stop_buffer_ticks: i64 = 2,
        /// Absorption that confirms.
        absorption_min: f64 = 1.5,
        /// Whether order flow must confirm.
        require_flow: bool = true,
    }
}

settings! {
    /// VWAP deviation (QUANT 5.4).
    VwapDeviation {
        /// Whether the pattern is evaluated.
        enabled: bool = true,
        /// z that starts a probe and that the trigger closes inside.
        z_probe: f64 = 2.0,
        /// z at which an open position is given up.
        z_exit: f64 = 3.0,
        /// Minutes after the regular open without evaluation.
        open_wait_min: u32 = 30,
        /// Least deviation, ticks.
        sd_min_ticks: i64 = 4,
        /// Least closes outside.
        outside_bars_min: u32 = 1,
        /// Most closes outside.
        outside_bars_max: u32 = 10,
        /// Divergence that confirms.
        cvd_div_min: f64 = 0.3,
        /// Stop beyond the extreme, ticks.
        stop_buffer_ticks: i64 = 2,
        /// Whether a missing option feature is tolerated (the signal says `no_options`).
        allow_no_options: bool = true,
    }
}

settings! {
    /// Momentum through the zero-gamma level (QUANT 5.5). Distances in ticks.
    GammaFlip {
        /// Whether the pattern is evaluated.
        enabled: bool = true,
        /// Consecutive closes beyond the flip.
        closes: u32 = 2,
        /// Least distance of these closes from the flip, ticks.
        buffer_ticks: i64 = 4,
        /// The same in expected moves.
        buffer_em: f64 = 0.05,
        /// Closes before the break that are looked at.
        lookback_bars: u32 = 10,
        /// How many of them must lie on the other side.
        above_min: u32 = 5,
        /// Age of the option quotes above which nothing triggers, seconds.
        flip_age_s_max: i64 = 600,
        /// Move of the flip since arming above which nothing triggers, expected moves.
        flip_move_em_max: f64 = 0.1,
        /// Order-flow imbalance that a sale needs at most, expected ticks.
        ofi_max: f64 = -1.0,
        /// Delta imbalance that a sale needs at most.
        delta_imb_max: f64 = -0.10,
        /// Least ADX in a range.
        adx_min: f64 = 15.0,
        /// Trailing distance, multiples of the bar ATR.
        trail_atr: f64 = 2.0,
        /// Whether crossings into positive gamma are traded too.
        allow_into_positive: bool = false,
    }
}

settings! {
    /// Battle Navale (QUANT 5.6). Distances in ticks, lists by VIX band.
    BattleNavale {
        /// Whether the pattern is evaluated.
        enabled: bool = true,
        /// Bars of the force.
        force_bars: usize = 5,
        /// Most bars before the force window that give the scales.
        norm_bars: usize = 60,
        /// Least bars that give the scales.
        norm_min: usize = 20,
        /// Share of the body in the range of a bar above which it counts.
        body_min: f64 = 0.6,
        /// Weight of the body.
        k_body: f64 = 0.8,
        /// Weight of the volume.
        k_vol: f64 = 0.2,
        /// Largest volume that counts, multiples of the typical one.
        vol_cap: f64 = 2.0,
        /// Weight of net flow.
        k_delta: f64 = 0.5,
        /// Net flow that counts in full, standard deviations.
        delta_sat: f64 = 1.5,
        /// Bonus for a lopsided share of buyers or sellers.
        k_share: f64 = 0.3,
        /// Share of buyers or sellers above which it is given.
        share: f64 = 0.60,
        /// Length of a base, bars.
        base_bars: usize = 8,
        /// Largest height of a base, ticks: the larger of this and the quantile.
        base_max_ticks: i64 = 10,
        /// Quantile of the ranges of past sessions that a base may have; 0: `base_max_ticks` alone.
        base_range_q: f64 = 0.25,
        /// Life of an uncoloured base, bars.
        pending_bars_max: u32 = 30,
        /// Life of a coloured base, bars.
        base_bars_max: u32 = 120,
        /// How long a broken base is remembered, bars.
        break_memory_bars: u32 = 20,
        /// Entry zone beyond the edge of the base.
        zone_ticks: i64 = 5,
        /// Tolerance for wicks.
        wick_ticks: ByBand<i64> = [3, 5, 7, 7],
        /// Longest undecided battle, minutes.
        patience_min: ByBand<u32> = [15, 20, 25, 30],
        /// Least score.
        threshold: ByBand<f64> = [0.20, 0.25, 0.30, 0.35],
        /// Weight of the force in the score.
        w_force: f64 = 0.40,
        /// Weight of the golden rule in the score.
        w_rule: f64 = 0.35,
        /// Weight of the base in the score.
        w_base: f64 = 0.25,
        /// Battle imbalance that counts as won, standard deviations.
        imb_z: f64 = 1.0,
        /// Least volume of a battle, minutes of typical volume.
        battle_vol_min: f64 = 2.5,
        /// Least age of a battle, seconds.
        age_min_s: u32 = 30,
        /// Close beyond the edge for a win by initiative.
        initiative_ticks: i64 = 2,
        /// Absorption for a win by absorption.
        absorption_min: f64 = 1.5,
        /// Battles a base.
        battles_max: u32 = 3,
        /// Least quality of a base.
        quality_min: f64 = 0.60,
        /// Whether an entry needs an intact base.
        golden_rule_strict: bool = true,
        /// Stop from the entry reference.
        stop_ticks: i64 = 7,
        /// Targets in multiples of the stop distance.
        target_r: [f64; 2] = [2.0, 3.0],
        /// Longest holding time, minutes.
        hold_min_max: u32 = 45,
        /// Where the stop stands.
        stop_mode: StopMode = StopMode::Fixed,
        /// Whether two closed bars in a row of the other colour end a trade.
        exit_two_counter_bars: bool = false,
        /// Whether the author's bar shapes are named in `scores`.
        bar_shapes: bool = false,
    }
}

settings! {
    /// Multi-level confluence (QUANT 5.7). Distances in ticks.
    ConfluenceSettings {
        /// Whether the pattern is evaluated.
        enabled: bool = true,
        /// Least strength of the cluster.
        strength_min: f64 = 0.70,
        /// Least families in the cluster.
        families_min: usize = 3,
        /// Distance of the close from the cluster that is a reversal.
        reversal_ticks: i64 = 4,
        /// Bars in which the reversal must come.
        bars_max: u32 = 3,
        /// Least order-flow features that agree.
        flow_votes_min: u32 = 2,
        /// Stop beyond the far edge of the cluster.
        stop_buffer_ticks: i64 = 3,
        /// Least strength of the cluster that is the target.
        target_strength_min: f64 = 0.4,
        /// Closes beyond the far edge that kill it.
        dead_closes: u32 = 2,
    }
}

settings! {
    /// Detectors (QUANT 5.8): descriptions in [0, 1], no signals.
    Detectors {
        /// Whether the gamma pin is watched.
        gamma_pin: bool = false,
        /// Whether headfakes are watched.
        headfake: bool = false,
        /// Whether the microstructure is watched.
        microstructure: bool = false,
        /// Distance to a wall at which a pin has no strength, ticks.
        proximity_ticks: i64 = 5,
        /// Bars of the range that a headfake breaks, the breaking bar included.
        lookback_bars: usize = 10,
        /// Microstructure strength from which entries are refused; above 1: never.
        microstructure_veto: f64 = 0.9,
    }
}

settings! {
    /// Set-ups of the two strategies themselves (QUANT 5.9).
    Strategies {
        /// `[strategies.trend]`.
        trend: TrendStrategy = TrendStrategy::default(),
        /// `[strategies.range]`.
        range: RangeStrategy = RangeStrategy::default(),
    }
}

settings! {
    /// The trend strategy's own set-up.
    TrendStrategy {
        /// Whether pullbacks are traded.
        pullback: bool = false,
        /// Bars of the slopes and of the leg.
        bars: usize = 30,
        /// Least share of the leg that the close retraces.
        retrace_min: f64 = 0.382,
        /// Largest share of the leg that the close retraces.
        retrace_max: f64 = 0.618,
        /// Bars whose extreme gives the stop.
        stop_bars: usize = 10,
        /// Stop beyond that extreme, ticks.
        stop_buffer_ticks: i64 = 2,
        /// Largest distance of the stop, ticks.
        risk_ticks_max: i64 = 15,
        /// Target in multiples of the stop distance.
        target_r: f64 = 2.0,
        /// Least reward to risk after costs; `patterns.rr_min` holds as well.
        rr_min: f64 = 1.2,
    }
}

settings! {
    /// The range strategy's own set-up.
    RangeStrategy {
        /// Whether bounces are traded.
        bounce: bool = false,
        /// Bars of the range.
        bars: usize = 30,
        /// Least height of the range, ticks.
        height_min_ticks: i64 = 12,
        /// Largest height of the range, ticks.
        height_max_ticks: i64 = 50,
        /// Least tests of each edge.
        tests_min: u32 = 3,
        /// Distance from an edge at which it is touched, ticks.
        touch_ticks: i64 = 2,
        /// Least bars between two tests of an edge.
        test_gap_bars: usize = 3,
        /// Close beyond the edge up to which a test held, ticks.
        beyond_ticks: i64 = 1,
        /// Least share of tests that held.
        held_min: f64 = 0.75,
        /// Stop beyond the edge, ticks.
        stop_ticks: i64 = 6,
        /// Target before the opposite edge, ticks.
        target_ticks: i64 = 1,
        /// Least reward to risk after costs; `patterns.rr_min` holds as well.
        rr_min: f64 = 1.2,
    }
}

settings! {
    /// Choice between signals (QUANT 5.9).
    Selector {
        /// Minutes without signals after a regime switch.
        regime_cooldown_min: u32 = 5,
        /// Whether a Battle Navale won by initiative is admitted in a range.
        bn_initiative_in_range: bool = true,
        /// Quantile of the confidences of the training period that a signal must reach where a
        /// calibrated model exists.
        confidence_q: f64 = 0.5,
    }
}

settings! {
    /// The bench hook of mia-signal.
    Signals {
        /// Seconds between signals of a pattern that always signals; 0: off. For latency benchmarks only.
        always_every_s: u32 = 0,
    }
}
