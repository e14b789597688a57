//! The journal of a state folder of mia-risk, folded like one of mia-exec: what risk acted on stands
//! in `acct` records.

use crate::execution::Recovery;
use crate::execution::reconciliation::SetLatches;
use crate::market::CalendarError;
use crate::matching::Fact;
use crate::risk::Latches;
use crate::risk::sent_order;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Leg;
use crate::wire::Record;
use std::collections::BTreeMap;

/// What the journal of a state folder has told: every start tells the facts since a day or more again,
/// and in a folder that is rebuilt from the journal of mia-exec it tells them for the first time.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Records that still belong to a starting state.
    left: u64,
    /// How often each fact was told: in all, and in this starting state.
    known: BTreeMap<Vec<u8>, (u32, u32)>,
}

impl Told {
    fn begin(&mut self, left: u64) {
        self.left = left;
        self.known.values_mut().for_each(|(_, now)| *now = 0);
    }

    /// Whether the next record belongs to a starting state.
    const fn is_start(&mut self) -> bool {
        let start = self.left > 0;
        self.left = self.left.saturating_sub(1);
        start
    }

    /// Whether a fact is news.
    fn is_news(&mut self, fact: Vec<u8>, start: bool) -> bool {
        let (all, now) = self.known.entry(fact).or_default();
        *now += u32::from(start);
        let news = !start || *now > *all;
        *all += u32::from(news);
        news
    }
}

impl Recovery {
    /// As [`Recovery::on_record`], for the journal of a state folder. Facts that a start told again
    /// are known already.
    ///
    /// # Errors
    /// The calendar does not cover its stamp.
    pub fn on_kept(&mut self, record: &Record) -> Result<(), CalendarError> {
        let Record::Acct(acct) = record else {
            if let Record::Order(order) = record {
                self.told.is_news(order.id.clone().into_bytes(), false);
            }
            return self.on_record(record);
        };
        if acct.op == AcctOp::Open {
            self.told.begin(acct.restored.unwrap_or(0));
            self.latches.clear();
            if self.last.is_none()
                && let Some((equity, day)) = acct.equity.zip(acct.day_pnl)
            {
                self.ledger.adopt(equity, day, acct.stats.unwrap_or_default());
            }
            return Ok(());
        }
        let start = self.told.is_start();
        if matches!(acct.op, AcctOp::Latch | AcctOp::Kill | AcctOp::Reset) {
            return self.on_record(record);
        }
        if !start {
            let Some(fact) = fact_of(acct) else { return Ok(()) };
            self.told.is_news(identity(acct), false);
            return self.on_record(&fact.record());
        }
        let order = sent_order(acct).map(|order| order.id.into_bytes());
        if self.told.is_news(order.unwrap_or_else(|| identity(acct)), true) {
            self.on_told(acct)?;
        }
        Ok(())
    }

    /// A record of the starting state that mia-risk tells: what happened, by the time at which it did.
    pub(super) fn on_told(&mut self, acct: &Acct) -> Result<(), CalendarError> {
        let dated = Acct { ts: acct.xts.unwrap_or(acct.ts), ..acct.clone() };
        if let Some(fact) = fact_of(&dated) {
            return self.on_record(&fact.record());
        }
        match sent_order(&dated) {
            Some(order) => self.on_record(&order.into()),
            None if matches!(acct.op, AcctOp::Latch | AcctOp::Kill | AcctOp::Reset) => {
                self.on_record(&dated.into())
            }
            None => Ok(()),
        }
    }

    /// Latches that are still in force at `now` (microseconds UTC): those of a session end with it.
    pub(super) fn in_force(&self, now: i64) -> SetLatches {
        let turned = self.day.clone().turn(now);
        // A time outside the calendar ends nothing.
        let opened = turned.ok().flatten().map_or(self.opened, |new| new.session.open);
        let mut set = self.latches.clone();
        set.retain(|name, _| {
            !Latches::is_of_the_session(name)
                || self.latched.get(name).is_some_and(|at| *at >= opened)
        });
        set
    }
}

/// A fact without the stamp at which it was heard of, which every start writes anew.
fn identity(acct: &Acct) -> Vec<u8> {
    let fact = Acct { ts: 0, ..acct.clone() };
    crate::wire::codec::to_line(&fact.into()).unwrap_or_default()
}

/// What a broker said, in an account fact of risk; `None` where it tells something else, as what an
/// earlier run did.
pub fn fact_of(acct: &Acct) -> Option<Fact> {
    let entry = acct.leg == Some(Leg::Entry) && acct.stop.is_some();
    let intent = acct.op == AcctOp::Ack && (entry || acct.reason.is_some());
    Fact::of(acct).filter(|_| !intent)
}
