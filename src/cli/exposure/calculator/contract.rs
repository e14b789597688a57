//! The option that is asked about, on the command line.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::exposure::figures;
use crate::cli::options::Common;
use crate::cli::when::When;
use crate::market::TradeDate;
use crate::options::YEAR_MINUTES;
use crate::options::settlement;
use crate::wire::Right;
use crate::wire::Settlement;
use std::fmt::Write;

/// What both calculators ask for.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Contract {
    /// C (call) or P (put)
    #[arg(long, value_name = "C|P", value_parser = right)]
    pub(super) right: Option<Right>,
    /// Strike, points; without it requests are read line by line
    #[arg(long, value_name = "POINTS", value_parser = positive)]
    pub(super) strike: Option<f64>,
    /// Price of the underlying, points
    #[arg(long, value_name = "POINTS", value_parser = positive, conflicts_with = "forward")]
    pub(super) spot: Option<f64>,
    /// Forward instead of the spot, points: Black-76, for options on futures
    #[arg(long, value_name = "POINTS", value_parser = positive, conflicts_with = "dividend")]
    pub(super) forward: Option<f64>,
    /// Time to expiry, minutes
    #[arg(long, value_name = "N", value_parser = positive,
          conflicts_with_all = ["years", "expiry"])]
    minutes: Option<f64>,
    /// Time to expiry, years of 525,600 minutes
    #[arg(long, value_name = "N", value_parser = positive, conflicts_with = "expiry")]
    years: Option<f64>,
    /// Date of expiry, by the calendar; needs --at
    #[arg(long, value_name = "DATE", requires = "at")]
    expiry: Option<TradeDate>,
    /// Settlement on the date of expiry: am (09:30 New York) or pm (16:00, earlier where the day
    /// closes early)
    #[arg(long, value_name = "am|pm", value_parser = settle, default_value = "pm",
          hide_default_value = false)]
    settle: Settlement,
    /// When the option is priced: see --since for the ways to write a time
    #[arg(long, value_name = "TIME", requires = "expiry")]
    at: Option<When>,
    /// Interest rate a year, continuous, for example 0.04
    #[arg(long, value_name = "SHARE", value_parser = rate, allow_negative_numbers = true)]
    pub(super) rate: Option<f64>,
    /// Dividend yield a year, continuous, for example 0.013
    #[arg(long, value_name = "SHARE", value_parser = rate, allow_negative_numbers = true)]
    pub(super) dividend: Option<f64>,
}

/// Call or put on the command line.
fn right(text: &str) -> Result<Right, String> {
    match text.to_ascii_lowercase().as_str() {
        "c" | "call" => Ok(Right::Call),
        "p" | "put" => Ok(Right::Put),
        _ => Err(format!("`{text}` is neither C nor P")),
    }
}

fn settle(text: &str) -> Result<Settlement, String> {
    match text.to_ascii_lowercase().as_str() {
        "am" => Ok(Settlement::Am),
        "pm" => Ok(Settlement::Pm),
        _ => Err(format!("`{text}` is neither am nor pm")),
    }
}

/// A number above 0 on the command line.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0);
    number.ok_or_else(|| format!("`{text}` is not a number above 0"))
}

/// A rate a year on the command line: 4 is taken for a mistake, not for 400 %.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|n: &f64| n.abs() <= 1.0);
    number.ok_or_else(|| format!("`{text}` is not a share such as 0.04 for 4 %"))
}

impl Contract {
    /// Whether anything of one option is given: then it is not a request for lines.
    pub(super) const fn names_something(&self) -> bool {
        self.right.is_some()
            || self.spot.is_some()
            || self.forward.is_some()
            || self.minutes.is_some()
            || self.years.is_some()
            || self.expiry.is_some()
    }

    /// Time to expiry, years.
    ///
    /// # Errors
    /// None is given (2), it is over (65), the calendar refuses (78).
    pub(super) fn years(&self) -> anyhow::Result<f64> {
        if let Some(years) = self.years {
            return Ok(years);
        }
        if let Some(minutes) = self.minutes {
            return Ok(minutes / YEAR_MINUTES);
        }
        let (Some(expiry), Some(When(at))) = (self.expiry, self.at) else {
            return Err(missing(
                "how long it has to run: --minutes, --years or --expiry with --at",
            ));
        };
        let settled = settlement(&Common::calendar()?, expiry, self.settle)
            .map_err(|error| Refusal::new(Exit::BadInput, format!("--expiry: {error}")))?;
        if settled <= at {
            let settled = figures::stamp(settled);
            let text = format!("it settled at {settled}, not after {}", figures::stamp(at));
            return Err(Refusal::new(Exit::BadInput, text).into());
        }
        Ok(crate::options::years(at, settled))
    }

    /// The option in words: strike, underlying, time, rates.
    pub(super) fn words(&self, strike: f64, years: f64) -> String {
        let mut text = format!("strike {}", figures::points(strike));
        match (self.spot, self.forward) {
            (Some(spot), _) => write!(text, ", spot {}", figures::points(spot)),
            (_, Some(forward)) => write!(text, ", forward {}", figures::points(forward)),
            _ => Ok(()),
        }
        .unwrap_or_default();
        let _ = write!(text, ", {} to expiry", figures::minutes(years * YEAR_MINUTES));
        if let (Some(expiry), Settlement::Am) = (self.expiry, self.settle) {
            let _ = write!(text, " ({expiry} at the open)");
        } else if let Some(expiry) = self.expiry {
            let _ = write!(text, " ({expiry} at the close)");
        }
        let _ = write!(text, ", rate {} %", figures::grouped(self.rate() * 100.0, 2));
        if self.forward.is_none() {
            let dividend = figures::grouped(self.dividend.unwrap_or_default() * 100.0, 2);
            let _ = write!(text, ", dividend {dividend} %");
        }
        text
    }

    /// Interest rate; none given is none.
    pub(super) fn rate(&self) -> f64 {
        self.rate.unwrap_or_default()
    }
}

/// What the command line lacks (2).
pub(super) fn missing(what: &str) -> anyhow::Error {
    Refusal::new(Exit::Usage, format!("the option is not complete: say {what}"))
        .hint("without --strike, requests are read line by line; --help says more")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        assert_eq!(positive("0.11"), Ok(0.11));
        for wrong in ["0", "-1", "nan", "inf", "x", ""] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rate("-0.005"), Ok(-0.005));
        for wrong in ["4", "nan", "4%"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
        assert_eq!(right("Put"), Ok(Right::Put));
        assert!(right("x").is_err());
        assert_eq!(settle("AM"), Ok(Settlement::Am));
    }
}
