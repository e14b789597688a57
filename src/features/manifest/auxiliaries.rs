//! What stands in `x` beside the features.

use crate::features::manifest::BARS;
use crate::features::manifest::CLOSED;
use crate::features::manifest::Entry;
use crate::features::manifest::Group;
use crate::features::manifest::Mirror;
use crate::features::manifest::NO_MOVE;
use crate::features::manifest::Need;
use crate::features::manifest::Null;
use crate::features::manifest::SIDES;
use crate::features::manifest::Sizes;
use crate::features::manifest::any;
use crate::features::manifest::at_least;
use crate::features::manifest::null;
use crate::features::manifest::within;
use crate::features::reason::Reason;

const WILDER: Null = null(Reason::Warmup, "15 bars of the contract");
const RATIO: Null = null(Reason::Warmup, "context.vr_bars + 1 closes since the session open");
const NO_BOOK: Null = null(Reason::NoQuotes, "no depth record yet, or a book without bids or asks");
const NEW_BOOK: Null =
    null(Reason::Warmup, "before the first whole snapshot, or after a lost change until the next");
const CROSSED_BOOK: Null = null(Reason::BadInput, "crossed or locked");
const OLD_BOOK: Null = null(Reason::Stale, "no whole batch for 5 s");
const NO_CHAIN: Null = null(Reason::NoLevels, "no chain yet, or it has no such level");
const REFUSED: Null = null(Reason::BadInput, "the chain is refused");
const OLD_CHAIN: Null = null(Reason::Stale, "quotes or open interest are too old");
const THIN: Null = null(Reason::Coverage, "too small a share of the chain is usable");
const NO_ZERO: Null = null(Reason::NoCross, "no acceptable zero of net gamma exposure");
const OLD_BASIS: Null =
    null(Reason::StaleBasis, "the ratio of ES to SPX is too old or implausible");
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
        name: "vr",
        formula: "Lo and MacKinlay's variance ratio of changes of log close at lag context.vr_lag: \
                  variance of the change over so many bars against as many times that of one, \
                  overlapping and without bias",
        window: "context.vr_bars changes of close",
        unit: "ratio; 1 on a random walk",
        range: at_least(0.0),
        sign: "above 1: changes go on; below: they come back",
        null: &[RATIO, NO_MOVE],
        settings: &["context.vr_bars", "context.vr_lag", "bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "vr_z",
        formula: "(vr - 1)/standard error, robust against variance that comes and goes",
        window: "context.vr_bars changes of close",
        unit: "z-score",
        sign: "plus: changes go on",
        null: &[RATIO, NO_MOVE],
        settings: &["context.vr_bars", "context.vr_lag", "bars.dur_s"],
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
        name: "spread",
        formula: "mean of ask less bid, weighted by the time that each quote was in force",
        window: "the last closed bar",
        unit: "points",
        range: at_least(0.0),
        null: &[
            null(Reason::Warmup, "no closed bar since the session open"),
            null(Reason::NoQuotes, "none in the bar, or none in its last 5 s"),
        ],
        needs: &[Need::Trades, Need::Quotes],
        settings: &["bars.dur_s"],
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
    Entry {
        name: "delta_div",
        formula: "-1: the last closed bar's high is above those of the 20 bars before it and its delta \
                  below that of the bar that made the highest of them (the latest of equals); +1: \
                  the mirror image at a low; else, or both, 0",
        window: "20 bars",
        unit: "-1, 0 or 1",
        range: within(-1.0, 1.0),
        sign: "plus: a new low on stronger delta",
        mirror: Mirror::Negate,
        null: &[
            null(Reason::Warmup, "5 earlier bars since the session open"),
            null(Reason::SideQuality, "too much volume of either bar without a reliable side"),
        ],
        settings: &["bars.dur_s", "flow.side_weak_share_max"],
        ..PLAIN
    },
    Entry {
        name: "large_buy",
        formula: "contracts bought by large trades (as of_large_imb)",
        window: "300 s",
        unit: "contracts",
        range: at_least(0.0),
        mirror: Mirror::ValueOf("large_sell"),
        sizes: Sizes::Proportional,
        null: &[null(Reason::NoTrades, "bars are the input"), SIDES],
        needs: &[Need::Trades],
        settings: &["flow.large_min", "flow.side_weak_share_max"],
        ..PLAIN
    },
    Entry {
        name: "large_sell",
        formula: "contracts sold by large trades (as of_large_imb)",
        window: "300 s",
        unit: "contracts",
        range: at_least(0.0),
        mirror: Mirror::ValueOf("large_buy"),
        sizes: Sizes::Proportional,
        null: &[null(Reason::NoTrades, "bars are the input"), SIDES],
        needs: &[Need::Trades],
        settings: &["flow.large_min", "flow.side_weak_share_max"],
        ..PLAIN
    },
    Entry {
        name: "large_share",
        formula: "contracts of large trades (as of_large_imb) over the volume",
        window: "the last closed bar",
        unit: "share",
        range: within(0.0, 1.0),
        null: &[
            SIDES,
            null(Reason::NoTrades, "no large trade in 300 s, or bars are the input"),
            null(Reason::Warmup, "no closed bar since the session open"),
        ],
        needs: &[Need::Trades],
        settings: &["flow.large_min", "flow.side_weak_share_max", "bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "book_imb",
        formula: "(bid - offered)/(bid + offered), contracts on the best flow.book_levels levels of \
                  each side",
        window: "the last whole batch",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: more bid than offered",
        mirror: Mirror::Negate,
        null: &[
            NO_BOOK,
            NEW_BOOK,
            CROSSED_BOOK,
            OLD_BOOK,
            null(Reason::NoLevels, "a side has fewer than flow.book_levels levels"),
        ],
        needs: &[Need::Depth],
        settings: &["flow.book_levels"],
        ..PLAIN
    },
    Entry {
        name: "book_bid",
        formula: "contracts bid on the best flow.book_levels levels",
        window: "the last whole batch",
        unit: "contracts",
        range: at_least(0.0),
        mirror: Mirror::ValueOf("book_ask"),
        sizes: Sizes::Proportional,
        null: &[NO_BOOK, NEW_BOOK, CROSSED_BOOK, OLD_BOOK],
        needs: &[Need::Depth],
        settings: &["flow.book_levels"],
        ..PLAIN
    },
    Entry {
        name: "book_ask",
        formula: "contracts offered on the best flow.book_levels levels",
        window: "the last whole batch",
        unit: "contracts",
        range: at_least(0.0),
        mirror: Mirror::ValueOf("book_bid"),
        sizes: Sizes::Proportional,
        null: &[NO_BOOK, NEW_BOOK, CROSSED_BOOK, OLD_BOOK],
        needs: &[Need::Depth],
        settings: &["flow.book_levels"],
        ..PLAIN
    },
    Entry {
        name: "book_n",
        formula: "levels counted on the side that has fewer, at most flow.book_levels",
        window: "the last whole batch",
        unit: "levels",
        range: at_least(0.0),
        null: &[NO_BOOK, NEW_BOOK, CROSSED_BOOK, OLD_BOOK],
        needs: &[Need::Depth],
        settings: &["flow.book_levels"],
        ..PLAIN
    },
    Entry {
        name: "bvc",
        formula: "bulk classification: buyers' less sellers' share of the bar's volume by its price \
                  change, 2*N(dp/sigma) - 1, sigma the sample deviation of the \
                  last 120 changes before it; a diagnostic",
        window: "the last closed bar",
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: buyers",
        mirror: Mirror::Negate,
        null: &[
            null(Reason::Warmup, "30 changes of close"),
            null(Reason::Degenerate, "closes do not move"),
        ],
        needs: &[Need::TradesOrBars, Need::Setting("flow.bulk")],
        settings: &["flow.bulk", "bars.dur_s"],
        ..PLAIN
    },
    Entry {
        name: "vpin",
        formula: "sum |bought - sold|/volume over the last flow.bulk_buckets buckets of \
                  flow.bulk_volume contracts, sides by bulk classification; a diagnostic",
        window: "flow.bulk_buckets buckets",
        unit: "share",
        range: within(0.0, 1.0),
        null: &[null(Reason::Warmup, "flow.bulk_buckets buckets")],
        needs: &[Need::TradesOrBars, Need::Setting("flow.bulk")],
        settings: &["flow.bulk", "flow.bulk_buckets", "flow.bulk_volume"],
        ..PLAIN
    },
    Entry {
        name: "gex_net",
        formula: "net gamma exposure: dealer sign*gamma*open interest*100*S^2*0.01, summed",
        window: "the newest chain in force",
        unit: "$ of delta per 1 %",
        range: any(),
        sign: "plus: dealers are long gamma",
        mirror: Mirror::Same,
        sizes: Sizes::Proportional,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "gex_gross",
        formula: "gross gamma exposure: the sum of magnitudes",
        window: "the newest chain in force",
        unit: "$ of delta per 1 %",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        sizes: Sizes::Proportional,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "flip",
        formula: "the zero of net gamma exposure nearest the spot, mapped to ES",
        window: "the newest chain in force",
        unit: "points",
        range: any(),
        sign: "none",
        mirror: Mirror::Reflect,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, NO_ZERO, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "neg_side",
        formula: "below or above: the side of the flip on which net gamma is negative",
        window: "the newest chain in force",
        unit: "text",
        range: any(),
        sign: "none",
        mirror: Mirror::Same,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, NO_ZERO],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "call_wall",
        formula: "strike of the greatest call exposure, mapped to ES",
        window: "the newest chain in force",
        unit: "points",
        range: any(),
        sign: "none",
        mirror: Mirror::ReflectOf("put_wall"),
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "put_wall",
        formula: "strike of the greatest put exposure, mapped to ES",
        window: "the newest chain in force",
        unit: "points",
        range: any(),
        sign: "none",
        mirror: Mirror::ReflectOf("call_wall"),
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "abs_wall",
        formula: "strike of the greatest gross exposure, mapped to ES",
        window: "the newest chain in force",
        unit: "points",
        range: any(),
        sign: "none",
        mirror: Mirror::Reflect,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "max_pain",
        formula: "strike at which the options of the nearest expiry are worth least, mapped to ES",
        window: "the newest chain in force",
        unit: "points",
        range: any(),
        sign: "none",
        mirror: Mirror::Reflect,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "em",
        formula: "expected move, one sigma, that distances are measured in: F*vol*sqrt(time) of the nearest expiry, \
                  mapped to ES",
        window: "the first chain quoted in regular hours, or that in force, by options.em_anchor",
        unit: "points",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN, OLD_BASIS],
        needs: &[Need::Chain, Need::Basis],
        settings: &["options.em_anchor"],
        ..PLAIN
    },
    Entry {
        name: "atm_iv",
        formula: "implied volatility at the money of the nearest expiry",
        window: "the newest chain in force",
        unit: "volatility; 0.15 is 15 %",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "vex",
        formula: "vanna exposure, summed with the dealer sign",
        window: "the newest chain in force",
        unit: "$ of delta per volatility point",
        range: any(),
        sign: "plus: dealers sell as volatility rises",
        mirror: Mirror::Negate,
        sizes: Sizes::Proportional,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "dex",
        formula: "delta exposure, summed with the dealer sign",
        window: "the newest chain in force",
        unit: "$ of delta",
        range: any(),
        sign: "plus: dealers are long",
        mirror: Mirror::Negate,
        sizes: Sizes::Proportional,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
    Entry {
        name: "basis_ratio",
        formula: "median over 60 s of ES over SPX of the same moment, SPX from put-call parity, else the \
                  index; drifts with the carry",
        window: "60 s, and kept",
        unit: "ratio",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        null: &[
            NO_CHAIN,
            REFUSED,
            OLD_CHAIN,
            THIN,
            null(Reason::StaleBasis, "no pair of prices yet"),
        ],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "basis_age_s",
        formula: "age of the newest pair behind basis_ratio",
        window: "a moment",
        unit: "seconds",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        null: &[
            NO_CHAIN,
            REFUSED,
            OLD_CHAIN,
            THIN,
            null(Reason::StaleBasis, "no pair of prices yet"),
        ],
        needs: &[Need::Chain, Need::Basis],
        ..PLAIN
    },
    Entry {
        name: "opt_age_s",
        formula: "age of the option quotes behind the option features",
        window: "a moment",
        unit: "seconds",
        range: at_least(0.0),
        sign: "none",
        mirror: Mirror::Same,
        null: &[NO_CHAIN, REFUSED, OLD_CHAIN, THIN],
        needs: &[Need::Chain],
        ..PLAIN
    },
];
