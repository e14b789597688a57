//! Requests for history.

use crate::feeds::csv::zone::ZoneError;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::market::Sym;

/// Rows that the program sends at a time.
const PER_SEND: u32 = 2500;

/// Which time is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistorySpan {
    /// The last trading days, today included.
    Days(u32),
    /// From a time, microseconds UTC, to another or to now.
    Range {
        /// From here on.
        begin: i64,
        /// To here.
        end: Option<i64>,
    },
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistoryRequest {
    /// Every trade.
    Ticks(HistorySpan),
    /// Bars of so many seconds.
    Bars(HistorySpan, u32),
}

impl HistoryRequest {
    /// The line to send: oldest first, no limit, bars stamped at their start.
    pub(super) fn line(self, symbol: Sym, eastern: &Eastern) -> Result<String, ZoneError> {
        let range = |begin: i64, end: Option<i64>| {
            let end = end.map(|end| eastern.request_form(end)).transpose()?.unwrap_or_default();
            Ok(format!("{},{end}", eastern.request_form(begin)?))
        };
        Ok(match self {
            Self::Ticks(HistorySpan::Days(days)) => {
                format!("HTD,{symbol},{days},,,,1,MIA,{PER_SEND}\r\n")
            }
            Self::Ticks(HistorySpan::Range { begin, end }) => {
                format!("HTT,{symbol},{},,,,1,MIA,{PER_SEND}\r\n", range(begin, end)?)
            }
            Self::Bars(HistorySpan::Days(days), seconds) => {
                format!("HID,{symbol},{seconds},{days},,,,1,MIA,{PER_SEND},s,1\r\n")
            }
            Self::Bars(HistorySpan::Range { begin, end }, seconds) => {
                format!("HIT,{symbol},{seconds},{},,,,1,MIA,{PER_SEND},s,1\r\n", range(begin, end)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_their_cells_in_order() {
        let eastern = Eastern::new().unwrap();
        let sym = Sym::new("@ESZ25").unwrap();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        let begin = at("2025-11-20T14:30:00Z");
        let range = HistorySpan::Range { begin, end: Some(at("2025-11-20T21:00:00Z")) };
        for (request, line) in [
            (HistoryRequest::Ticks(HistorySpan::Days(3)), "HTD,@ESZ25,3,,,,1,MIA,2500"),
            (
                HistoryRequest::Ticks(range),
                "HTT,@ESZ25,20251120 093000,20251120 160000,,,,1,MIA,2500",
            ),
            (HistoryRequest::Bars(HistorySpan::Days(3), 60), "HID,@ESZ25,60,3,,,,1,MIA,2500,s,1"),
            (
                HistoryRequest::Bars(HistorySpan::Range { begin, end: None }, 60),
                "HIT,@ESZ25,60,20251120 093000,,,,,1,MIA,2500,s,1",
            ),
        ] {
            assert_eq!(request.line(sym, &eastern).unwrap(), format!("{line}\r\n"));
        }
    }
}
