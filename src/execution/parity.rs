//! Whether execution and risk lived through the same facts.

use crate::matching::Fact;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::collections::VecDeque;

/// Compares the facts of the paper broker with the `acct` records of risk in the stream.
///
/// Risk writes a fact before the record that makes it known; the paper broker, reading that same
/// record next, must come to the very same fact. A stream without `acct` records is not compared.
#[derive(Debug)]
pub(super) struct Parity {
    off: bool,
    heard: bool,
    expected: VecDeque<Acct>,
}

impl Parity {
    /// `off`: an earlier run has left orders whose simulation is lost, so that nothing can agree.
    pub(super) const fn new(off: bool) -> Self {
        Self { off, heard: false, expected: VecDeque::new() }
    }

    /// From here on execution acts on its own: risk cannot know of it in time.
    pub(super) fn stop(&mut self) {
        self.off = true;
        self.heard = false;
        self.expected.clear();
    }

    /// Whether nothing waits to be confirmed.
    pub(super) fn is_settled(&self) -> bool {
        self.expected.is_empty()
    }

    /// An account fact of risk.
    pub(super) fn hear(&mut self, acct: &Acct) {
        // Facts that risk had from a journal are told after they were told here, with other stamps.
        let journal = |reason: &String| reason.split(',').any(|word| word == "journal");
        self.off |= acct.op == AcctOp::Open && acct.reason.as_ref().is_some_and(journal);
        if self.off {
            return;
        }
        let fact = matches!(acct.op, AcctOp::Ack | AcctOp::Fill | AcctOp::Cancel | AcctOp::Reject);
        // A latch alone does not say that risk tells the facts as well.
        self.heard |= fact || acct.op == AcctOp::Open;
        if fact {
            self.expected.push_back(acct.clone());
        }
    }

    /// A fact of our own: risk must have had it next.
    pub(super) fn confirm(&mut self, fact: &Fact) -> Result<(), Failure> {
        if !self.heard {
            return Ok(());
        }
        let own = fact.acct();
        match self.expected.pop_front() {
            Some(theirs) if theirs == own => Ok(()),
            theirs => Err(differ(theirs.as_ref(), Some(&own))),
        }
    }

    /// All facts up to this record are told: risk may have no more.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        self.expected.front().map_or(Ok(()), |theirs| Err(differ(Some(theirs), None)))
    }
}

#[cold]
fn differ(theirs: Option<&Acct>, own: Option<&Acct>) -> Failure {
    let show = |acct: Option<&Acct>| {
        acct.map_or("nothing".into(), |acct| serde_json::to_string(acct).unwrap_or_default())
    };
    let message =
        format!("risk and execution disagree: risk has {}, execution {}", show(theirs), show(own));
    Failure::new(FailureClass::Internal, message).hint(
        "run mia-risk and mia-exec of one version with the same [fills] and [instruments], on the \
         same records; if they were, this is a bug",
    )
}
