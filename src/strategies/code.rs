//! Reason codes of signals and explanations, each with its plain sentence.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $sentence:literal),+ $(,)?) => {
        /// Why something happened or did not.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Code {
            $(#[doc = $sentence] $variant),+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// One plain sentence, without its full stop.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }
    };
}

codes! {
    // Gates.
    SessionClosed "session_closed" "regular hours are over or have not begun",
    OpenWait "open_wait" "the regular session is too young",
    Stale "stale" "too many bars were missing, so every machine starts over",
    NoLevels "no_levels" "a level that the pattern needs is not known",
    MissingFeature "missing_feature" "a feature that the pattern needs is not defined",
    RegimeUnclear "regime_unclear" "the regime is not known yet",
    Cooldown "cooldown" "silent for some bars after a trigger",
    DomDegraded "dom_degraded" "the book is thin or the spread wide",
    Anomaly "microstructure" "the microstructure is out of the ordinary",
    Warmup "warmup" "not enough bars yet",
    Degenerate "degenerate" "the bars have no scale",
    OpenSignal "open_signal" "a signal of this pattern and side is still valid",
    // Conditions of the value-area rejection.
    Away "away" "price is not near the edge of the value area",
    NotFromInside "not_from_inside" "price did not come to the edge from inside the value area",
    NoProbe "no_probe" "price has not probed beyond the edge",
    CloseOutside "close_outside" "the bar closed outside the value area",
    NoFlow "no_flow" "order flow does not confirm",
    ProbeTooDeep "probe_too_deep" "the probe went too far beyond the edge",
    FlowAgainst "flow_against" "the trend and its order flow run against the trade",
    Accepted "accepted" "price stayed outside too long and is accepted there",
    NotLeft "not_left" "price has not left the level since the pattern died",
    // Conditions of the VWAP deviation.
    RegimeTrend "regime_trend" "the regime is TREND",
    GammaNegative "gamma_negative" "dealer gamma is not positive",
    DeviationSmall "deviation_small" "the deviation around VWAP is too small",
    BandInside "band_inside" "price is inside the band",
    StillOutside "still_outside" "price still closes outside the band",
    OutsideShort "outside_short" "too few closes outside the band",
    OutsideLong "outside_long" "price closed outside the band for too long",
    // Conditions of the Battle Navale.
    NoBase "no_base" "there is no base of its colour",
    BasePending "base_pending" "the newest base has no colour yet",
    NotDeparted "not_departed" "price has not left the zone of the base",
    NotReturned "not_returned" "price has not come back to the zone of the base",
    BattleYoung "battle_young" "the battle has just begun",
    BattleVolume "battle_volume" "too little was traded in the battle so far",
    NoTrades "no_trades" "without trades in the stream volume by price is not known",
    BattleEven "battle_even" "neither side is winning the battle",
    CloseLow "close_low" "the bar did not close far enough beyond the edge of the base",
    BasePierced "base_pierced" "a bar of the battle closed beyond the far edge of the base",
    NotAbsorbed "not_absorbed" "the attack was not absorbed",
    ScoreLow "score_low" "the score is below its threshold",
    RuleWarned "rule_warned" "the golden rule of the base is not intact",
    BasePoor "base_poor" "the quality of the base is too low",
    Escaped "escaped" "price left the zone without a decision",
    Undecided "undecided" "the battle took too long",
    BaseSpent "base_spent" "the base has had all its battles",
    BaseWon "base_won" "the battle at the base was won before",
    RuleBroken "rule_broken" "the golden rule of the base is broken",
    CounterBars "counter_bars" "two bars in a row went against the trade",
    // Conditions of the gamma flip.
    IntoPositive "into_positive" "beyond the zero-gamma level dealer gamma is positive",
    FlipMoved "flip_moved" "the zero-gamma level itself moved",
    NotAbove "not_above" "too few of the closes before lie on the near side of the zero-gamma level",
    NoBreak "no_break" "the bar did not close beyond the zero-gamma level",
    FewCloses "few_closes" "too few closes in a row beyond the zero-gamma level yet",
    FlipOld "flip_old" "the option quotes are too old",
    AdxLow "adx_low" "a range without enough directional movement",
    NoTarget "no_target" "no target lies beyond the entry",
    // Conditions of the confluence.
    NoSide "no_side" "no close before tells from which side price comes",
    NoCluster "no_cluster" "no strong cluster of enough families lies ahead",
    NoTouch "no_touch" "price has not come to the level",
    NoReversal "no_reversal" "no close far enough back yet",
    FewVotes "few_votes" "too few order-flow features agree",
    ClusterBroken "cluster_broken" "too many closes beyond the far edge of the cluster",
    ReversalLate "reversal_late" "the reversal did not come in time",
    // Conditions of the set-ups of the strategies.
    TrendAgainst "trend_against" "the trend does not run this way",
    NoSlope "no_slope" "highs and lows do not both slope with the trend",
    NoLeg "no_leg" "the trend has no leg that could be retraced",
    RetraceShort "retrace_short" "too little of the leg is retraced",
    RetraceLong "retrace_long" "too much of the leg is retraced",
    NoResume "no_resume" "the bar did not close beyond the bar before",
    RiskWide "risk_wide" "the stop of the set-up would be too far away",
    RangeHeight "range_height" "the range is too low or too high",
    FewTests "few_tests" "an edge of the range was tested too seldom",
    TestsBroken "tests_broken" "too many tests closed beyond the edge",
    CloseBeyond "close_beyond" "the bar closed at or beyond the edge",
    // Selection.
    Route "route" "the pattern is not admitted in this regime",
    Direction "direction" "against the direction of the trend",
    RegimeCooldown "regime_cooldown" "the regime switched a moment ago",
    RewardRisk "rr" "the reward after costs is too small for the risk",
    ConfidenceLow "confidence" "the model's confidence is below its limit",
    RiskTicks "risk_ticks" "the stop would be too far away",
    Conflict "conflict" "buy and sell triggered on the same bar",
    // Conditions met, and notes.
    Probed "probed" "price probed beyond the edge",
    WentOutside "went_outside" "price closed outside the band",
    ClosedInside "closed_inside" "the bar closed back inside",
    DeltaAgrees "delta_imb" "aggressor volume agrees",
    AbsorptionAgrees "absorption" "absorption agrees",
    DivergenceAgrees "cvd_div" "cumulative delta diverges from price",
    FlipCrossed "flip_crossed" "closes in a row beyond the zero-gamma level",
    OfiAgrees "ofi" "order-flow imbalance of the quotes agrees",
    AdxEnough "adx" "directional movement is enough for a range",
    Touched "touched" "price came to the level",
    Reversed "reversed" "price closed back",
    StackAgrees "stack_imb" "stacked imbalances agree",
    LargeAgrees "large_imb" "large trades agree",
    Sloped "sloped" "highs and lows slope with the trend",
    Retraced "retraced" "the pullback is neither small nor large",
    Resumed "resumed" "the bar closed beyond the bar before",
    RangeTested "range_tested" "both edges of the range were tested and held",
    FlowOff "flow_off" "order flow was not asked",
    NoOptions "no_options" "no option data: dealer gamma is not known",
    BandFallback "band_fallback" "neither VIX nor option volatility is known: the configured band",
    BandAtmIv "band_atm_iv" "the VIX band comes from option volatility",
    FlowBars "flow_bars" "volume by price comes from bars, not trades",
    Initiative "initiative" "the battle was won by initiative",
    StopWidened "stop_widened" "the stop was widened to the least distance",
    ZExit "vwap_z_exit" "price is too many deviations from VWAP",
    FlipRecrossed "flip_recrossed" "the bar closed back on the other side of the zero-gamma level",
    Benchmark "benchmark" "made to measure latency, no trade idea",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|c| c.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
