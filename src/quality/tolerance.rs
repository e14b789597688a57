//! How much of a finding is tolerated.

use crate::config::QualityTolerance;
use crate::quality::Code;
use std::fmt;
use std::str::FromStr;

/// From here on everything is tolerated.
const ALL: f64 = 1e12;

/// Up to so many findings are tolerated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Tolerance {
    /// So many.
    Count(u64),
    /// Such a share of what was looked at, above 0 and below 1.
    Share(f64),
    /// Any number: the finding is only told.
    Any,
}

impl Tolerance {
    /// The tolerance that a setting means: 0 none, below 1 a share, from 1 on a number.
    pub fn of(setting: f64) -> Self {
        if setting > 0.0 && setting < 1.0 {
            Self::Share(setting)
        } else if setting >= ALL {
            Self::Any
        } else {
            Self::Count(setting as u64)
        }
    }

    /// The setting that means this tolerance.
    const fn setting(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Share(share) => share,
            Self::Any => ALL,
        }
    }

    /// Whether `count` findings in `looked` places are too many.
    pub fn exceeded(self, count: u64, looked: u64) -> bool {
        match self {
            Self::Count(most) => count > most,
            Self::Share(share) => count as f64 > share * looked as f64,
            Self::Any => false,
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(0) => f.write_str("none"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{}%", (share * 1e8).round() / 1e6),
            Self::Any => f.write_str("all"),
        }
    }
}

impl FromStr for Tolerance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is none of `5`, `1%`, `1/10000`, `all`");
        if text == "all" {
            return Ok(Self::Any);
        }
        let number = |t: &str| t.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        let share = if let Some(percent) = text.strip_suffix('%') {
            number(percent).ok_or_else(wrong)? / 100.0
        } else if let Some((count, of)) = text.split_once('/') {
            let (count, of) = (number(count).ok_or_else(wrong)?, number(of).ok_or_else(wrong)?);
            if of > 0.0 { count / of } else { return Err(wrong()) }
        } else {
            let number = number(text).ok_or_else(wrong)?;
            if number >= 1.0 || number == 0.0 {
                return if number.fract() == 0.0 { Ok(Self::of(number)) } else { Err(wrong()) };
            }
            number
        };
        match share {
            0.0 => Ok(Self::Count(0)),
            share if share < 1.0 => Ok(Self::Share(share)),
            _ => Ok(Self::Any),
        }
    }
}

/// The tolerance of one code, as `CODE=AMOUNT` on a command line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ToleranceOf {
    /// Of which findings.
    pub code: Code,
    /// How much.
    pub tolerance: Tolerance,
}

impl ToleranceOf {
    /// Puts it into the settings.
    pub fn apply(self, settings: &mut QualityTolerance) {
        *self.code.tolerance_mut(settings) = self.tolerance.setting();
    }
}

impl FromStr for ToleranceOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, amount) =
            text.split_once('=').ok_or_else(|| format!("`{text}` is not CODE=AMOUNT"))?;
        Ok(Self { code: code.parse()?, tolerance: amount.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_counts_or_shares() {
        for (text, tolerance) in [
            ("0", Tolerance::Count(0)),
            ("5", Tolerance::Count(5)),
            ("1%", Tolerance::Share(0.01)),
            ("0%", Tolerance::Count(0)),
            ("1/4", Tolerance::Share(0.25)),
            ("0.5", Tolerance::Share(0.5)),
            ("100%", Tolerance::Any),
            ("all", Tolerance::Any),
        ] {
            assert_eq!(text.parse(), Ok(tolerance), "{text}");
        }
        for wrong in ["", "x", "-1", "1.5", "1/0", "nan", "5 %x"] {
            assert!(wrong.parse::<Tolerance>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tolerance_survives_the_settings() {
        for tolerance in
            [Tolerance::Count(0), Tolerance::Count(7), Tolerance::Share(0.3), Tolerance::Any]
        {
            for code in Code::ALL {
                let mut settings = QualityTolerance::default();
                ToleranceOf { code: *code, tolerance }.apply(&mut settings);
                assert_eq!(Tolerance::of(code.tolerance(&settings)), tolerance);
            }
        }
    }

    #[test]
    fn a_share_is_of_what_was_looked_at() {
        let share = Tolerance::Share(0.1);
        assert!(!share.exceeded(1, 10) && share.exceeded(2, 10) && share.exceeded(1, 0));
        assert!(!Tolerance::Count(2).exceeded(2, 2) && Tolerance::Count(2).exceeded(3, 9));
        assert!(!Tolerance::Any.exceeded(u64::MAX, 1));
    }
}
