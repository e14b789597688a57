//! Rows that a source refuses: counted, said, announced in the stream, tolerated up to a limit.

use crate::market::Sym;
use crate::stream::MaxBad;
use crate::stream::SourceOut;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Failure;
use crate::wire::Record;
use std::collections::BTreeMap;

/// Refusals written to the log one by one; the rest is only counted.
const SAID_MAX: u64 = 20;

/// Why a row is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Machine code of the reason.
    pub code: &'static str,
    /// What is wrong, with the value.
    pub reason: String,
    /// What the user can do.
    pub remedy: &'static str,
}

/// The count of refused rows.
#[derive(Debug)]
pub(in crate::feeds) struct BadRows {
    limit: MaxBad,
    live: bool,
    bad: u64,
    by_code: BTreeMap<&'static str, u64>,
    announced: BTreeMap<&'static str, i64>,
}

impl BadRows {
    /// None refused so far; more than `limit` end the source.
    pub fn new(limit: MaxBad) -> Self {
        let (by_code, announced) = (BTreeMap::new(), BTreeMap::new());
        Self { limit, live: false, bad: 0, by_code, announced }
    }

    /// The same for a live source, where `auto` means a share.
    pub fn live(limit: MaxBad) -> Self {
        Self { live: true, ..Self::new(limit) }
    }

    /// How many were refused.
    pub const fn count(&self) -> u64 {
        self.bad
    }

    /// How many were refused for each reason.
    pub const fn by_code(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_code
    }

    /// Notes that the row at `place`, one of `rows` so far, is refused. `newest` is the stamp of
    /// the last good row: an alert needs a time, so before the first there is only the log.
    ///
    /// # Errors
    /// The limit is exceeded.
    pub fn refuse(
        &mut self,
        refusal: &Refusal,
        place: &str,
        rows: u64,
        newest: Option<i64>,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        self.bad += 1;
        *self.by_code.entry(refusal.code).or_default() += 1;
        if self.limit.exceeded(self.bad, rows, self.live) {
            let count =
                if self.bad > 1 { format!(" (bad row {})", self.bad) } else { String::new() };
            return Err(Failure::bad_input(format!("{place}: {}{count}", refusal.reason))
                .hint(format!("{}; to go on past bad rows give --max-bad N", refusal.remedy)));
        }
        if self.bad <= SAID_MAX {
            tracing::warn!("{place}: {}; left out", refusal.reason);
        }
        let Some(ts) = newest else { return Ok(()) };
        let minute = ts.div_euclid(60_000_000);
        if self.announced.insert(refusal.code, minute) != Some(minute) {
            out.record(&Record::Alert(Alert {
                ts,
                sym: Sym::NONE,
                by: By::Feed,
                level: AlertLevel::Warning,
                code: refusal.code.into(),
                msg: format!("{place} was left out: {}", refusal.reason),
                data: None,
            }));
        }
        Ok(())
    }
}
