//! The four context features (QUANT 4).

use crate::features::manifest::BARS;
use crate::features::manifest::CLOSED;
use crate::features::manifest::Entry;
use crate::features::manifest::Group;
use crate::features::manifest::Mirror;
use crate::features::manifest::NO_MOVE;
use crate::features::manifest::Need;
use crate::features::manifest::Null;
use crate::features::manifest::Sizes;
use crate::features::manifest::any;
use crate::features::manifest::null;
use crate::features::manifest::within;
use crate::features::reason::Reason;

const SETTLED: Null = null(
    Reason::Warmup,
    "vwap.min_volume contracts and vwap.min_minutes since the regular open or the first record",
);

pub(super) const CONTEXT: &[Entry] = &[
    Entry {
        name: "ctx_regime",
        group: Group::Context,
        formula: "0 range, 1 trend: range becomes trend when the efficiency ratio is at or above \
                  context.er_enter on context.dwell_bars bars in a row, trend becomes range below \
                  context.er_exit on as many",
        window: "bars since the session open",
        unit: "0 or 1",
        range: within(0.0, 1.0),
        sign: "none",
        mirror: Mirror::Same,
        sizes: Sizes::Same,
        null: &[BARS],
        needs: &[Need::TradesOrBars],
        settings: &[
            "context.er_enter",
            "context.er_exit",
            "context.dwell_bars",
            "context.er_bars",
            "bars.dur_s",
        ],
    },
    Entry {
        name: "ctx_trend",
        group: Group::Context,
        formula: "sign(c - c[-k])*ER, ER = |c - c[-k]|/sum |dc| over k = context.er_bars changes \
                  of close",
        window: "context.er_bars bars",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: up",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[BARS, NO_MOVE],
        needs: &[Need::TradesOrBars],
        settings: &["context.er_bars", "bars.dur_s"],
    },
    Entry {
        name: "ctx_rvol",
        group: Group::Context,
        formula: "ln(volume since the regular open/median of the same minute of \
                  context.history_sessions sessions), taken at closed minutes",
        window: "regular hours so far",
        unit: "log ratio",
        range: any(),
        sign: "none: plus is more volume than usual",
        mirror: Mirror::Same,
        sizes: Sizes::Same,
        null: &[
            CLOSED,
            null(Reason::Warmup, "a closed minute and context.history_min earlier sessions"),
            null(Reason::Degenerate, "the median of the minute is 0"),
        ],
        needs: &[Need::TradesOrBars, Need::Sessions],
        settings: &["context.history_sessions", "context.history_min"],
    },
    Entry {
        name: "ctx_vwap_z",
        group: Group::Context,
        formula: "(p - VWAP)/max(sd, vwap.sd_min_ticks), p the last price, sd weighted by volume",
        window: "regular hours so far",
        unit: "z-score",
        range: any(),
        sign: "plus: above VWAP",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            CLOSED,
            SETTLED,
            null(Reason::Degenerate, "no deviation, with vwap.sd_min_ticks set to 0"),
        ],
        needs: &[Need::TradesOrBars],
        settings: &["vwap.sd_min_ticks", "vwap.min_volume", "vwap.min_minutes"],
    },
];
