//! The values that patterns read, as a small set: what is missing and what is needed.

use crate::market::Side;

/// A value that a pattern reads. Edges are named as the trade sees them: a sale faces the upper
/// edge of the value area, a purchase the lower one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Input {
    /// `of_delta_imb`.
    DeltaImb,
    /// `of_cvd_div`.
    CvdDiv,
    /// `of_absorption`.
    Absorption,
    /// `of_ofi`.
    Ofi,
    /// `opt_gex_ratio`.
    GexRatio,
    /// `ctx_regime`.
    Regime,
    /// `ctx_trend`.
    Trend,
    /// `ctx_vwap_z`.
    VwapZ,
    /// VWAP from the regular open.
    Vwap,
    /// Deviation around it.
    VwapSd,
    /// The edge of the previous value area that the trade faces.
    NearEdge,
    /// The previous point of control.
    Poc,
    /// The other edge of the previous value area.
    FarEdge,
}

impl Input {
    /// Every input, in the order in which they are listed.
    pub const ALL: [Self; 13] = [
        Self::DeltaImb,
        Self::CvdDiv,
        Self::Absorption,
        Self::Ofi,
        Self::GexRatio,
        Self::Regime,
        Self::Trend,
        Self::VwapZ,
        Self::Vwap,
        Self::VwapSd,
        Self::NearEdge,
        Self::Poc,
        Self::FarEdge,
    ];

    /// The levels among the inputs.
    pub const LEVELS: Inputs = Inputs::of(&[Self::NearEdge, Self::Poc, Self::FarEdge]);

    /// Name of the feature, auxiliary or level on the wire, for a trade of `side`.
    pub const fn name(self, side: Side) -> &'static str {
        let buys = matches!(side, Side::Buy);
        match self {
            Self::DeltaImb => "of_delta_imb",
            Self::CvdDiv => "of_cvd_div",
            Self::Absorption => "of_absorption",
            Self::Ofi => "of_ofi",
            Self::GexRatio => "opt_gex_ratio",
            Self::Regime => "ctx_regime",
            Self::Trend => "ctx_trend",
            Self::VwapZ => "ctx_vwap_z",
            Self::Vwap => "vwap",
            Self::VwapSd => "vwap_sd",
            Self::NearEdge => {
                if buys {
                    "pVAL"
                } else {
                    "pVAH"
                }
            }
            Self::Poc => "pPOC",
            Self::FarEdge => {
                if buys {
                    "pVAH"
                } else {
                    "pVAL"
                }
            }
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// A set of inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Inputs(u16);

impl Inputs {
    /// The set of `inputs`.
    pub const fn of(inputs: &[Input]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < inputs.len() {
            bits |= inputs[i].bit();
            i += 1;
        }
        Self(bits)
    }

    /// The set with `input` added if `condition` holds.
    #[must_use]
    pub const fn with_if(self, input: Input, condition: bool) -> Self {
        if condition { Self(self.0 | input.bit()) } else { self }
    }

    /// What is in both sets.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `input` is in the set.
    pub const fn has(self, input: Input) -> bool {
        self.0 & input.bit() != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the members for a trade of `side`, in the order of [`Input::ALL`].
    pub fn names(self, side: Side) -> Vec<String> {
        let members = Input::ALL.into_iter().filter(|input| self.has(*input));
        members.map(|input| input.name(side).to_owned()).collect()
    }
}
