//! The eight order-flow features (QUANT 1.3).

use crate::features::manifest::Entry;
use crate::features::manifest::Group;
use crate::features::manifest::Mirror;
use crate::features::manifest::Need;
use crate::features::manifest::SIDES;
use crate::features::manifest::Sizes;
use crate::features::manifest::any;
use crate::features::manifest::null;
use crate::features::manifest::within;
use crate::features::reason::Reason;

pub(super) const FEATURES: &[Entry] = &[
    Entry {
        name: "of_delta_imb",
        group: Group::OrderFlow,
        formula: "(B - S)/(B + S), contracts of buying and of selling aggressors",
        window: "60 s",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[SIDES, null(Reason::NoVolume, "B + S below flow.min_vol")],
        needs: &[Need::TradesOrBars],
        settings: &["flow.min_vol", "flow.side_weak_share_max"],
    },
    Entry {
        name: "of_cvd_z",
        group: Group::OrderFlow,
        formula: "D/s, D the change of cumulative delta over the window, s the exponentially \
                  weighted root mean square of D sampled each minute of regular hours (half-life \
                  60 min, the current one excluded); clipped",
        window: "300 s",
        unit: "z-score",
        range: within(-6.0, 6.0),
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            null(
                Reason::Warmup,
                "300 s since the session open and 30 minutes of regular hours in the scale, which \
                 goes on over the sessions of a contract",
            ),
            SIDES,
            null(Reason::Degenerate, "the scale is 0"),
        ],
        needs: &[Need::TradesOrBars],
        settings: &["flow.side_weak_share_max"],
    },
    Entry {
        name: "of_cvd_div",
        group: Group::OrderFlow,
        formula: "pos(CVD) - pos(close), pos(x) = (x - min)/(max - min) of the newest value among \
                  those in the window",
        window: "the last 20 one-minute closes of the part of the session",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: cumulative delta is stronger than the price",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            SIDES,
            null(Reason::Warmup, "10 one-minute closes since the session open"),
            null(Reason::Degenerate, "prices within 4 ticks, or no range of delta"),
        ],
        needs: &[Need::TradesOrBars],
        settings: &["flow.side_weak_share_max"],
    },
    Entry {
        name: "of_stack_imb",
        group: Group::OrderFlow,
        formula: "longest run of buying less longest run of selling diagonal imbalances by price, \
                  runs below flow.stack_min counting 0; buying at P: ask volume at P at least \
                  flow.imb_min_vol and flow.imb_ratio times the bid volume one tick lower",
        window: "the last closed bar",
        unit: "price levels",
        range: any(),
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            null(Reason::NoTrades, "bars are the input"),
            null(Reason::Warmup, "the first closed bar of the part of the session"),
            SIDES,
        ],
        needs: &[Need::Trades],
        settings: &[
            "flow.imb_ratio",
            "flow.imb_min_vol",
            "flow.stack_min",
            "flow.side_weak_share_max",
            "bars.dur_s",
        ],
    },
    Entry {
        name: "of_absorption",
        group: Group::OrderFlow,
        formula: "r/s_r where |q| reaches the 0.80 quantile of the last 240 bins, else 0; \
                  r = dm - lam*q, q signed volume, dm the change of the mid in ticks (of the last \
                  price where no quotes are), lam and s_r from exponentially weighted sums over \
                  past bins of regular hours (half-life 30 min); clipped",
        window: "30 s",
        unit: "z-score",
        range: within(-5.0, 5.0),
        sign: "plus: the price held better than the flow explains, sellers were absorbed",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            null(
                Reason::Warmup,
                "30 s since the session open and 40 bins of regular hours in the regression, \
                 which goes on over the sessions of a contract",
            ),
            SIDES,
            null(Reason::Degenerate, "the flow explains every change of the price"),
        ],
        needs: &[Need::TradesOrBars],
        settings: &["flow.side_weak_share_max"],
    },
    Entry {
        name: "of_ofi",
        group: Group::OrderFlow,
        formula: "OFI/(2*AD), OFI the sum over quote changes of what was added less what was \
                  taken at the bid, less the same at the ask; AD the mean best depth over 600 s, \
                  weighted by time",
        window: "60 s",
        unit: "expected ticks",
        range: any(),
        sign: "plus: buyers; it goes with the price change of the window and forecasts none",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[null(
            Reason::NoQuotes,
            "none for 5 s, or less than 60 s of them in the last 600 s, or bars are the input",
        )],
        needs: &[Need::Quotes],
        settings: &[],
    },
    Entry {
        name: "of_large_imb",
        group: Group::OrderFlow,
        formula: "(LB - LS)/(LB + LS) of large trades: prints of one stamp and side, and the parts \
                  of a bundle, are one trade; large: the 0.99 quantile of the sizes of \
                  context.history_sessions sessions, at least flow.large_min, frozen at the open",
        window: "300 s",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[SIDES, null(Reason::NoTrades, "no large trade, or bars are the input")],
        needs: &[Need::Trades],
        settings: &[
            "flow.large_min",
            "flow.side_weak_share_max",
            "context.history_sessions",
            "context.history_min",
        ],
    },
    Entry {
        name: "of_tape_speed",
        group: Group::OrderFlow,
        formula: "ln(rate/base), rate in contracts per second; base the median of the same \
                  5-minute bucket of context.history_sessions sessions, with fewer than \
                  context.history_min an exponentially weighted mean of the minutes of regular \
                  hours (half-life 20 min); clipped, no trade at all is the minimum",
        window: "10 s",
        unit: "log ratio",
        range: within(-4.0, 4.0),
        sign: "none: plus is a faster tape",
        mirror: Mirror::Same,
        sizes: Sizes::Same,
        null: &[null(
            Reason::Warmup,
            "10 s since the session open and a base: a minute of regular hours, or sessions that \
             traded in this bucket",
        )],
        needs: &[Need::TradesOrBars],
        settings: &["context.history_sessions", "context.history_min"],
    },
];
