//! What stands in `x` beside the features.

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
use crate::features::manifest::at_least;
use crate::features::manifest::null;
use crate::features::manifest::within;
use crate::features::reason::Reason;

const WILDER: Null = null(Reason::Warmup, "15 bars of the contract");
const SESSION: Null = null(Reason::SessionClosed, "before the Globex open or after its close");
const NO_TRADE_YET: Null = null(Reason::Warmup, "no trade yet in the session");
const NO_QUOTE: Null = null(Reason::NoQuotes, "none for 5 s");

/// A value beside the features that stays in the mirror and under a change of all sizes.
const PLAIN: Entry = Entry {
    name: "",
    group: Group::Auxiliary,
    formula: "",
    window: "",
    unit: "",
    range: any(),
    sign: "none",
    mirror: Mirror::Same,
    sizes: Sizes::Same,
    null: &[],
    needs: &[Need::TradesOrBars],
    settings: &[],
};

pub(super) const AUXILIARIES: &[Entry] = &[
    Entry {
        name: "phase",
        formula: "eth, rth, halt or closed: the part of the day just before the stamp",
        window: "a moment",
        unit: "text",
        needs: &[],
        ..PLAIN
    },
    Entry {
        name: "rth_min",
        formula: "minutes since the regular open",
        window: "regular hours so far",
        unit: "minutes",
        range: at_least(0.0),
        null: &[CLOSED],
        needs: &[],
        ..PLAIN
    },
    Entry {
        name: "vwap",
        formula: "sum p*q/sum q; from bars at (h + l + c)/3",
        window: "regular hours so far",
        unit: "points",
        mirror: Mirror::Reflect,
        null: &[CLOSED, NO_TRADE_YET],
        ..PLAIN
    },
    Entry {
        name: "vwap_sd",
        formula: "standard deviation of price around vwap, weighted by volume",
        window: "regular hours so far",
        unit: "points",
        range: at_least(0.0),
        null: &[CLOSED, NO_TRADE_YET],
        ..PLAIN
    },
    Entry {
        name: "vwap_eth",
        formula: "as vwap",
        window: "the Globex session so far",
        unit: "points",
        mirror: Mirror::Reflect,
        null: &[SESSION, NO_TRADE_YET],
        ..PLAIN
    },
    Entry {
        name: "atr",
        formula: "Wilder's average true range: mean of 14 ranges, then (13*ATR + TR)/14; the break \
                  between sessions is part of no range",
        window: "all bars of the contract",
        unit: "points",
        range: at_least(0.0),
        null: &[WILDER],
        settings: &["bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "adx",
        formula: "Wilder's average directional index of 14 bars",
        window: "all bars of the contract",
        unit: "0 to 100",
        range: within(0.0, 100.0),
        null: &[null(Reason::Warmup, "28 bars of the contract")],
        settings: &["bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "chop",
        formula: "100*log10(sum TR/(highest - lowest))/log10(14)",
        window: "14 bars",
        unit: "choppiness",
        range: any(),
        null: &[WILDER, null(Reason::Degenerate, "no range in the window")],
        settings: &["bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "er",
        formula: "|c - c[-k]|/sum |dc| over k = context.er_bars changes of close",
        window: "context.er_bars bars",
        unit: "share",
        range: within(0.0, 1.0),
        null: &[BARS, NO_MOVE],
        settings: &["context.er_bars", "bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "poc",
        formula: "price with the most volume; ties: nearest the middle of the range, then lower",
        window: "regular hours so far",
        unit: "points",
        mirror: Mirror::Reflect,
        null: &[CLOSED, NO_TRADE_YET],
        ..PLAIN
    },
    Entry {
        name: "vah",
        formula: "upper end of the value area: from poc outwards the larger of the next \
                  volume_profile.va_rows rows above and below until it holds \
                  volume_profile.va_pct % of the volume, ties to volume_profile.va_tie",
        window: "regular hours so far",
        unit: "points",
        mirror: Mirror::ReflectOf("val"),
        null: &[CLOSED, NO_TRADE_YET],
        settings: &["volume_profile.va_pct", "volume_profile.va_rows", "volume_profile.va_tie"],
        ..PLAIN
    },
    Entry {
        name: "val",
        formula: "lower end of the value area",
        window: "regular hours so far",
        unit: "points",
        mirror: Mirror::ReflectOf("vah"),
        null: &[CLOSED, NO_TRADE_YET],
        settings: &["volume_profile.va_pct", "volume_profile.va_rows", "volume_profile.va_tie"],
        ..PLAIN
    },
    Entry {
        name: "va_pos",
        formula: "(p - pVAL)/(pVAH - pVAL): place of the last price in the value area of the \
                  regular session before",
        window: "the regular session before",
        unit: "share; 0 at its low, 1 at its high",
        mirror: Mirror::Complement,
        null: &[
            null(Reason::NoLevels, "no whole regular session before, or its area has no width"),
            NO_TRADE_YET,
        ],
        needs: &[Need::TradesOrBars, Need::Sessions],
        ..PLAIN
    },
    Entry {
        name: "cvd_eth",
        formula: "buyers' less sellers' contracts",
        window: "the Globex session so far",
        unit: "contracts",
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Proportional,
        null: &[SESSION],
        ..PLAIN
    },
    Entry {
        name: "cvd_rth",
        formula: "buyers' less sellers' contracts",
        window: "regular hours so far",
        unit: "contracts",
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        sizes: Sizes::Proportional,
        null: &[CLOSED],
        ..PLAIN
    },
    Entry {
        name: "unk_vol",
        formula: "contracts whose aggressor is not known",
        window: "60 s",
        unit: "contracts",
        range: at_least(0.0),
        sizes: Sizes::Proportional,
        ..PLAIN
    },
    Entry {
        name: "queue_imb",
        formula: "(qb - qa)/(qb + qa), the sizes at the best bid and ask",
        window: "the quote in force",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: more bid than offered",
        mirror: Mirror::Negate,
        null: &[NO_QUOTE],
        needs: &[Need::Quotes],
        ..PLAIN
    },
    Entry {
        name: "micro",
        formula: "(bid*qa + ask*qb)/(qb + qa)",
        window: "the quote in force",
        unit: "points",
        mirror: Mirror::Reflect,
        null: &[NO_QUOTE],
        needs: &[Need::Quotes],
        ..PLAIN
    },
    Entry {
        name: "exhaustion",
        formula: "-1: the bar makes a new high of 20 bars, its |delta| is below half the median of \
                  the swing before it and its top two rows hold less than a tenth of the buyers' \
                  volume; +1: the mirror image at a low; else 0",
        window: "20 bars",
        unit: "-1, 0 or 1",
        range: within(-1.0, 1.0),
        sign: "plus: selling is exhausted at a low",
        mirror: Mirror::Negate,
        null: &[null(Reason::Warmup, "20 bars since the session open")],
        needs: &[Need::Trades],
        settings: &["bars.dur_s"],
        ..PLAIN
    },
];
