//! From the records of chains to views: the stage behind the command.

use crate::cli::exposure::place;
use crate::cli::exposure::series::Selection;
use crate::cli::exposure::text::Text;
use crate::cli::exposure::view::View;
use crate::market::Sym;
use crate::options::Snapshot;
use crate::options::SnapshotReader;
use crate::options::Valuation;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stage;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// What is valued how.
pub(super) struct Fold {
    /// Makes exposures of snapshots.
    pub valuation: Valuation,
    /// What of a chain is used.
    pub selection: Selection,
    /// Valued at this time instead of the chain's, microseconds UTC.
    pub at: Option<i64>,
    /// Valued at this price instead of the chain's, points.
    pub spot: Option<f64>,
    /// Least coverage with which the numbers are used for trading, 0 to 1.
    pub coverage_min: f64,
    /// Whether records carry the exposure by strike.
    pub by_strike: bool,
    /// Whether they carry it by series.
    pub by_expiry: bool,
    /// Where snapshots are told to people; `None` writes records.
    pub text: Option<Text>,
    /// What was seen.
    pub seen: Seen,
    reader: SnapshotReader,
    sources: BTreeSet<Src>,
}

/// What came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Option rows.
    pub options: u64,
    /// Chains that were valued.
    pub valued: u64,
    /// Chains that were refused.
    pub refused: u64,
    /// Why the last of them was.
    pub refusal: Option<String>,
    /// Chains of other underlyings than asked for.
    pub others: u64,
    /// The newest of each underlying.
    pub newest: BTreeMap<Sym, View>,
}

impl Fold {
    /// A fold that has seen nothing.
    pub(super) fn new(valuation: Valuation, coverage_min: f64) -> Self {
        Self {
            valuation,
            selection: Selection::default(),
            at: None,
            spot: None,
            coverage_min,
            by_strike: false,
            by_expiry: false,
            text: None,
            seen: Seen::default(),
            reader: SnapshotReader::default(),
            sources: BTreeSet::new(),
        }
    }

    fn value(&mut self, mut snapshot: Snapshot, out: &mut dyn Emit) -> Result<(), Failure> {
        let sources = std::mem::take(&mut self.sources);
        if !self.selection.wants(snapshot.und) {
            self.seen.others += 1;
            return Ok(());
        }
        let at = self.at.unwrap_or(snapshot.ts);
        let listed = snapshot.rows.len();
        // The same today as in the share that expires today.
        let today = self.valuation.today(at).or_else(|| place::day(at));
        self.selection.narrow(&mut snapshot, today);
        if snapshot.rows.is_empty() && listed > 0 {
            let why =
                format!("none of its {listed} contracts is of the --root and --expiry asked for");
            self.refuse(&snapshot, at, ("selection", &why), out);
            return Ok(());
        }
        let exposure = match self.valuation.value(&snapshot, at, self.spot) {
            Ok(exposure) => exposure,
            Err(refusal) => {
                self.refuse(&snapshot, at, (refusal.code(), &refusal.to_string()), out);
                return Ok(());
            }
        };
        self.seen.valued += 1;
        let view =
            View { sources, completed: snapshot.ts, coverage_min: self.coverage_min, exposure };
        if let Some(text) = &mut self.text {
            text.tell(&view)
                .map_err(|error| Failure::new(FailureClass::Output, format!("{error:#}")))?;
        } else {
            out.before(&Record::Gex(view.record(self.by_strike, self.by_expiry)));
        }
        self.seen.newest.insert(snapshot.und, view);
        Ok(())
    }

    fn refuse(
        &mut self,
        snapshot: &Snapshot,
        at: i64,
        (code, why): (&str, &str),
        out: &mut dyn Emit,
    ) {
        let msg = format!("the chain of {} is refused: {why}", snapshot.und);
        tracing::warn!("{msg}");
        self.seen.refused += 1;
        self.seen.refusal = Some(msg.clone());
        if self.text.is_none() {
            out.before(&Record::Alert(Alert {
                ts: at,
                sym: snapshot.und,
                by: By::Options,
                level: AlertLevel::Warning,
                code: format!("chain_{code}"),
                msg,
                data: None,
            }));
        }
    }
}

impl Stage for Fold {
    fn by(&self) -> By {
        By::Options
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Option, Kind::Chain, Kind::Gex])
    }

    fn on_record(&mut self, record: &Record, out: &mut dyn Emit) -> Result<Flow, Failure> {
        match record {
            Record::Option(option) => {
                self.seen.options += 1;
                self.sources.insert(option.src);
                self.reader.on_option(option);
            }
            Record::Chain(chain) => {
                self.sources.insert(chain.src);
                if let Some(snapshot) = self.reader.on_chain(chain) {
                    self.value(snapshot, out)?;
                }
            }
            _ => {}
        }
        Ok(Flow::Drop)
    }

    fn before_wait(&mut self, _: &mut dyn Emit) -> Result<(), Failure> {
        match &mut self.text {
            Some(text) => {
                text.flush().map_err(|e| Failure::new(FailureClass::Output, e.to_string()))
            }
            None => Ok(()),
        }
    }
}
