//! Three-valued logic for conditions on values that may be undefined (QUANT 5.2).

/// True, false, or unknown because an operand is null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ternary {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Cannot be told.
    Unknown,
}

impl Ternary {
    /// The test of `value`; unknown without a value.
    #[inline]
    pub fn of<T>(value: Option<T>, test: impl FnOnce(T) -> bool) -> Self {
        value.map_or(Self::Unknown, |v| test(v).into())
    }

    /// False wins over unknown, unknown over true.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// True wins over unknown, unknown over false.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }

    /// Whether it is known to hold: what a trigger and a death need.
    pub const fn is_true(self) -> bool {
        matches!(self, Self::True)
    }
}

impl From<bool> for Ternary {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Ternary; 3] = [Ternary::False, Ternary::Unknown, Ternary::True];

    #[test]
    fn and_is_the_least_and_or_the_greatest_of_false_unknown_true() {
        let rank = |t: Ternary| ALL.iter().position(|x| *x == t).unwrap();
        for a in ALL {
            for b in ALL {
                assert_eq!(rank(a.and(b)), rank(a).min(rank(b)), "{a:?} and {b:?}");
                assert_eq!(rank(a.or(b)), rank(a).max(rank(b)), "{a:?} or {b:?}");
            }
        }
    }

    #[test]
    fn a_null_operand_is_unknown_and_unknown_does_not_hold() {
        let unknown = Ternary::of(None::<f64>, |x| x > 0.0);
        assert_eq!(unknown, Ternary::Unknown);
        assert!(!unknown.is_true());
        assert!(unknown.or(Ternary::of(Some(1.0), |x| x > 0.0)).is_true());
        assert!(!unknown.and(true.into()).is_true());
    }
}
