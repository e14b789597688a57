//! Bad lines: counted, announced once a kind and event-time minute, and tolerated up to a limit.

use crate::market::Sym;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use std::collections::BTreeMap;
use std::str::FromStr;

/// How many bad lines are tolerated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MaxBad {
    /// None for files, one in ten thousand once the stream says that it is live.
    #[default]
    Auto,
    /// So many.
    Count(u64),
    /// So many in so many lines.
    Share(u64, u64),
}

impl FromStr for MaxBad {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |t: &str| {
            t.trim()
                .parse::<u64>()
                .map_err(|_| format!("`{text}` is neither a count `5` nor a share `1/10000`"))
        };
        match text.split_once('/') {
            None if text == "auto" => Ok(Self::Auto),
            None => Ok(Self::Count(number(text)?)),
            Some((bad, of)) => match number(of)? {
                0 => Err("a share of 0 lines".into()),
                of => Ok(Self::Share(number(bad)?, of)),
            },
        }
    }
}

impl MaxBad {
    /// Whether `bad` of `lines` is too many. A share allows one bad line from the start.
    pub fn exceeded(self, bad: u64, lines: u64, live: bool) -> bool {
        match self {
            Self::Auto if live => Self::Share(1, 10_000).exceeded(bad, lines, live),
            Self::Auto => bad > 0,
            Self::Count(most) => bad > most,
            Self::Share(share, of) => bad > share.max(lines.saturating_mul(share) / of),
        }
    }
}

/// The kinds of badness, so that each is announced apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// Not a JSON object with a kind.
    NotJson,
    /// A key is missing or has a wrong type.
    WrongType,
    /// A value that the contract forbids.
    BadValue,
    /// Not bad, but too old to be used: copied, counted, announced.
    Late,
    /// Shows that a record before it was stamped far ahead of all others.
    Ahead,
}

impl Fault {
    /// The alert code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotJson => "bad_line_not_json",
            Self::WrongType => "bad_line_wrong_type",
            Self::BadValue => "bad_line_bad_value",
            Self::Late => "late_records",
            Self::Ahead => "stamped_ahead",
        }
    }

    /// What the user can do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::NotJson => {
                "each line must be one JSON object with a text `t`; allow some bad lines with --max-bad N"
            }
            Self::WrongType => {
                "docs/wire.md and --schema give the fields of each kind; allow some bad lines with --max-bad N"
            }
            Self::Late => {
                "records far in the future make all later ones late: find them and take them out"
            }
            Self::Ahead => {
                "find the record and take it out: what was computed with it is of that time"
            }
            Self::BadValue => {
                "the record contradicts its instrument; find such records with jq, or allow some with --max-bad N"
            }
        }
    }
}

/// Which faults were announced in which minute.
#[derive(Debug, Default)]
pub struct Announcer {
    minute: BTreeMap<Fault, i64>,
}

impl Announcer {
    /// The alert for a bad line, unless this fault was announced in this minute of event time.
    pub fn alert(
        &mut self,
        fault: Fault,
        ts: i64,
        by: By,
        line: u64,
        reason: &str,
    ) -> Option<Alert> {
        let minute = ts.div_euclid(60_000_000);
        if self.minute.insert(fault, minute) == Some(minute) {
            return None;
        }
        Some(Alert {
            ts,
            sym: Sym::NONE,
            by,
            level: AlertLevel::Warning,
            code: fault.code().into(),
            msg: match fault {
                Fault::Late => format!("line {line} is late and was copied, not used: {reason}"),
                Fault::Ahead => format!("line {line} goes on with time as it was: {reason}"),
                _ => format!("line {line} is bad and was not forwarded: {reason}"),
            },
            data: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        assert_eq!("5".parse(), Ok(MaxBad::Count(5)));
        assert_eq!("1/10000".parse(), Ok(MaxBad::Share(1, 10_000)));
        assert!("x".parse::<MaxBad>().is_err());
        assert!("1/0".parse::<MaxBad>().is_err());
        assert!(MaxBad::Auto.exceeded(1, 1_000_000, false));
        assert!(!MaxBad::Auto.exceeded(1, 5, true));
        assert!(MaxBad::Auto.exceeded(2, 5, true));
        assert!(!MaxBad::Auto.exceeded(2, 20_000, true));
        assert!(!MaxBad::Count(3).exceeded(3, 3, false));
    }
}
