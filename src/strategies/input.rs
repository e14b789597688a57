//! The values that patterns read, as a small set: what is missing and what is needed.

use crate::market::Side;

macro_rules! inputs {
    ($($(#[doc = $doc:literal])+ $variant:ident $buy:literal $sell:literal),+ $(,)?) => {
        /// A value that a pattern reads. Edges and walls are named as the trade sees them: a sale
        /// faces the upper edge of the value area, a purchase the lower one.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Input {
            $($(#[doc = $doc])+ $variant),+
        }

        impl Input {
            /// Every input, in the order in which they are listed.
            pub const ALL: [Self; [$($buy),+].len()] = [$(Self::$variant),+];

            /// Name of the feature, auxiliary or level on the wire, for a trade of `side`.
            pub const fn name(self, side: Side) -> &'static str {
                let buys = matches!(side, Side::Buy);
                match self { $(Self::$variant => if buys { $buy } else { $sell }),+ }
            }
        }
    };
}

inputs! {
    /// `of_delta_imb`.
    DeltaImb "of_delta_imb" "of_delta_imb",
    /// `of_cvd_div`.
    CvdDiv "of_cvd_div" "of_cvd_div",
    /// `of_stack_imb`.
    StackImb "of_stack_imb" "of_stack_imb",
    /// `of_absorption`.
    Absorption "of_absorption" "of_absorption",
    /// `of_large_imb`.
    LargeImb "of_large_imb" "of_large_imb",
    /// `of_ofi`.
    Ofi "of_ofi" "of_ofi",
    /// `opt_gex_ratio`.
    GexRatio "opt_gex_ratio" "opt_gex_ratio",
    /// `ctx_regime`.
    Regime "ctx_regime" "ctx_regime",
    /// `ctx_trend`.
    Trend "ctx_trend" "ctx_trend",
    /// `ctx_vwap_z`.
    VwapZ "ctx_vwap_z" "ctx_vwap_z",
    /// VWAP from the regular open.
    Vwap "vwap" "vwap",
    /// Deviation around it.
    VwapSd "vwap_sd" "vwap_sd",
    /// ADX of the bars.
    Adx "adx" "adx",
    /// ATR of the bars.
    Atr "atr" "atr",
    /// Zero-gamma level.
    Flip "flip" "flip",
    /// Side of it on which dealer gamma is negative.
    NegSide "neg_side" "neg_side",
    /// Age of the option quotes.
    FlipAge "opt_age_s" "opt_age_s",
    /// Expected move.
    ExpectedMove "em" "em",
    /// The wall above, as the trade sees it.
    UpperWall "PW" "CW",
    /// The wall below, as the trade sees it.
    LowerWall "CW" "PW",
    /// The edge of the previous value area that the trade faces.
    NearEdge "pVAL" "pVAH",
    /// The previous point of control.
    Poc "pPOC" "pPOC",
    /// The other edge of the previous value area.
    FarEdge "pVAH" "pVAL",
    /// Volume of the bar by aggressor side.
    Sides "bar_delta" "bar_delta",
}

impl Input {
    /// The levels among the inputs.
    pub const LEVELS: Inputs = Inputs::of(&[Self::NearEdge, Self::Poc, Self::FarEdge]);

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// A set of inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Inputs(u32);

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

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// With each wall and each edge of the value area also the other one: what is upper for a
    /// sale is lower for a purchase.
    #[must_use]
    pub const fn both_sides(self) -> Self {
        let walls = self.has(Input::UpperWall) || self.has(Input::LowerWall);
        let edges = self.has(Input::NearEdge) || self.has(Input::FarEdge);
        self.with_if(Input::UpperWall, walls)
            .with_if(Input::LowerWall, walls)
            .with_if(Input::NearEdge, edges)
            .with_if(Input::FarEdge, edges)
    }

    /// Whether `input` is in the set.
    pub const fn has(self, input: Input) -> bool {
        self.0 & input.bit() != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Input::ALL`].
    pub fn members(self) -> impl Iterator<Item = Input> {
        Input::ALL.into_iter().filter(move |input| self.has(*input))
    }

    /// The names of the members for a trade of `side`, in the order of [`Input::ALL`].
    pub fn names(self, side: Side) -> Vec<String> {
        self.members().map(|input| input.name(side).to_owned()).collect()
    }
}
