//! The six option features (QUANT 3.8).

use crate::features::manifest::Entry;
use crate::features::manifest::Group;
use crate::features::manifest::Mirror;
use crate::features::manifest::Need;
use crate::features::manifest::Null;
use crate::features::manifest::Sizes;
use crate::features::manifest::any;
use crate::features::manifest::null;
use crate::features::manifest::within;
use crate::features::reason::Reason;

/// The newest chain, and nothing of the price's past.
const CHAIN: &str = "the newest chain in force";
const ABSENT: Null = null(Reason::NoLevels, "no usable chain yet");
const COVERAGE: Null = null(Reason::Coverage, "usable share below options.coverage_min");
const STALE: Null =
    null(Reason::Stale, "open interest older than one business day, or the chain beyond its age");
const BASIS: Null = null(
    Reason::StaleBasis,
    "the ratio of ES to SPX is older than options.basis_age_s_max (900 s) or more than \
     options.basis_fair_max (0.3 %) from fair",
);
const REFUSED: Null =
    null(Reason::BadInput, "the newest chain was refused; an alert chain_refused names the rule");
const PRICE: Null = null(Reason::Warmup, "no trade of the future in this session");

pub(super) const FEATURES: &[Entry] = &[
    Entry {
        name: "opt_gex_ratio",
        group: Group::Options,
        formula: "net/gross gamma exposure, dealer sign times gamma times open interest, summed \
                  over the chain, against the sum of magnitudes",
        window: CHAIN,
        unit: "share",
        range: within(-1.0, 1.0),
        sign: "plus: dealers are long gamma and damp moves (under options.dealer_sign)",
        mirror: Mirror::Same,
        sizes: Sizes::Same,
        null: &[
            null(Reason::NoLevels, "no usable chain yet, or gross below 1e8 $ per 1 %"),
            REFUSED,
            STALE,
            COVERAGE,
        ],
        needs: &[Need::Chain],
        settings: &["options.dealer_sign", "options.coverage_min"],
    },
    Entry {
        name: "opt_flip_dist",
        group: Group::Options,
        formula: "(ES - flip)/EM: the zero of net gamma exposure mapped to ES, EM the expected \
                  move (one sigma); clipped",
        window: CHAIN,
        unit: "sigmas",
        range: within(-5.0, 5.0),
        sign: "plus: ES is above the flip",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            ABSENT,
            REFUSED,
            STALE,
            COVERAGE,
            BASIS,
            null(Reason::NoCross, "no acceptable zero of net gamma exposure"),
            PRICE,
        ],
        needs: &[Need::Chain, Need::Basis],
        settings: &[
            "options.dealer_sign",
            "options.coverage_min",
            "options.basis_age_s_max",
            "options.basis_fair_max",
        ],
    },
    Entry {
        name: "opt_call_wall_dist",
        group: Group::Options,
        formula: "(CW - ES)/EM: the call wall mapped to ES, EM the expected move (one sigma); \
                  clipped",
        window: CHAIN,
        unit: "sigmas",
        range: within(-5.0, 5.0),
        sign: "plus: the call wall is above ES",
        mirror: Mirror::ValueOf("opt_put_wall_dist"),
        sizes: Sizes::Same,
        null: &[ABSENT, REFUSED, STALE, COVERAGE, BASIS, PRICE],
        needs: &[Need::Chain, Need::Basis],
        settings: &[
            "options.dealer_sign",
            "options.wall_by",
            "options.coverage_min",
            "options.basis_age_s_max",
            "options.basis_fair_max",
        ],
    },
    Entry {
        name: "opt_put_wall_dist",
        group: Group::Options,
        formula: "(ES - PW)/EM: the put wall mapped to ES, EM the expected move (one sigma); \
                  clipped",
        window: CHAIN,
        unit: "sigmas",
        range: within(-5.0, 5.0),
        sign: "plus: the put wall is below ES",
        mirror: Mirror::ValueOf("opt_call_wall_dist"),
        sizes: Sizes::Same,
        null: &[ABSENT, REFUSED, STALE, COVERAGE, BASIS, PRICE],
        needs: &[Need::Chain, Need::Basis],
        settings: &[
            "options.dealer_sign",
            "options.wall_by",
            "options.coverage_min",
            "options.basis_age_s_max",
            "options.basis_fair_max",
        ],
    },
    Entry {
        name: "opt_charm_flow",
        group: Group::Options,
        formula: "-(sum of dealers' change of delta until today's close, spot fixed)/(50*F*ADV), \
                  ADV the mean volume of ES over the last 20 sessions",
        window: "the newest chain in force; 20 sessions",
        unit: "share of the daily volume",
        range: any(),
        sign: "plus: dealers buy until the close",
        mirror: Mirror::Negate,
        sizes: Sizes::Same,
        null: &[
            ABSENT,
            REFUSED,
            STALE,
            COVERAGE,
            null(Reason::SessionClosed, "a day without regular hours"),
            null(Reason::Degenerate, "less than 5 minutes to the close, or after it"),
            null(Reason::NoAdv, "fewer than context.history_min sessions of volume"),
            PRICE,
        ],
        needs: &[Need::Chain, Need::Sessions],
        settings: &["options.dealer_sign", "options.coverage_min", "context.history_min"],
    },
    Entry {
        name: "opt_0dte_share",
        group: Group::Options,
        formula: "gross gamma exposure of today's expiry/gross of the chain",
        window: CHAIN,
        unit: "share",
        range: within(0.0, 1.0),
        sign: "none",
        mirror: Mirror::Same,
        sizes: Sizes::Same,
        null: &[ABSENT, REFUSED, STALE, COVERAGE, null(Reason::Degenerate, "gross is 0")],
        needs: &[Need::Chain],
        settings: &["options.coverage_min"],
    },
];
