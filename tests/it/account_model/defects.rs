//! Defects put into the stages on purpose: the model must find each of them.

use crate::account_model::harness::Defect;
use crate::account_model::reference::Promise;
use mia::market::Cents;
use mia::market::Px;
use mia::wire::AcctOp;
use mia::wire::Leg;
use mia::wire::OrderOp;
use mia::wire::Record;

/// A change of one record: what is written instead.
type Change = fn(Record, u64) -> Vec<Record>;

/// Changes records of risk or of execution, counting those that it could have changed.
pub struct Mutant {
    /// What it does wrong.
    pub name: &'static str,
    /// Promises of which one must be seen broken.
    pub breaks: &'static [Promise],
    of_risk: bool,
    change: Change,
    count: u64,
}

impl Mutant {
    pub const fn fresh(&self) -> Self {
        Self { count: 0, ..*self }
    }

    fn apply(&mut self, written: Vec<Record>) -> Vec<Record> {
        let mut out = Vec::new();
        for record in written {
            let before = out.len();
            let own = record.clone();
            out.extend((self.change)(record, self.count));
            if out[before..] != [own] {
                self.count += 1;
            }
        }
        out
    }
}

impl Defect for Mutant {
    fn risk(&mut self, written: Vec<Record>) -> Vec<Record> {
        if self.of_risk { self.apply(written) } else { written }
    }
    fn execution(&mut self, written: Vec<Record>) -> Vec<Record> {
        if self.of_risk { written } else { self.apply(written) }
    }
}

const fn mutant(
    name: &'static str,
    breaks: &'static [Promise],
    of_risk: bool,
    change: Change,
) -> Mutant {
    Mutant { name, breaks, of_risk, change, count: 0 }
}

/// All of them.
pub const MUTANTS: &[Mutant] =
    &[
        mutant("a fill is lost", &[Promise::Position, Promise::Money], false, |record, n| {
            if n == 0 && matches!(record, Record::Fill(_)) { vec![] } else { vec![record] }
        }),
        mutant("a fill is told twice", &[Promise::Once], false, |record, _| match record {
            Record::Fill(_) => vec![record.clone(), record],
            _ => vec![record],
        }),
        mutant("a fee is a cent too low", &[Promise::Money], false, |record, _| match record {
            Record::Fill(mut fill) => {
                fill.fee = Cents(fill.fee.0 - 1);
                vec![fill.into()]
            }
            _ => vec![record],
        }),
        mutant("the account is a cent off", &[Promise::Money], false, |record, _| match record {
            Record::Account(mut account) => {
                account.equity = Cents(account.equity.0 + 1);
                vec![account.into()]
            }
            _ => vec![record],
        }),
        mutant("a stop is forgotten", &[Promise::Protection], false, |record, _| match &record {
            Record::Ack(ack) if ack.leg == Leg::Stop => vec![],
            _ => vec![record],
        }),
        mutant("a stop covers one contract less", &[Promise::Protection], false, |record, _| {
            match record {
                Record::Ack(mut ack) if ack.leg == Leg::Stop => {
                    ack.qty -= 1;
                    vec![ack.into()]
                }
                record => vec![record],
            }
        }),
        mutant(
            "the stop's fills go missing",
            &[Promise::Position, Promise::Money],
            false,
            |record, _| match &record {
                Record::Fill(fill) if fill.leg == Leg::Stop => vec![],
                _ => vec![record],
            },
        ),
        mutant("an order is sent twice", &[Promise::Once], true, |record, _| match record {
            Record::Order(_) => vec![record.clone(), record],
            _ => vec![record],
        }),
        mutant(
            "an order is sent again under another name",
            &[Promise::Limit, Promise::Agreement, Promise::Latch],
            true,
            |record, _| match record {
                Record::Order(order) if order.op == OrderOp::New => {
                    let mut again = order.clone();
                    again.id.push('!');
                    vec![order.into(), again.into()]
                }
                record => vec![record],
            },
        ),
        mutant("ten times the size", &[Promise::Limit], true, |record, _| match record {
            Record::Order(mut order) if order.op == OrderOp::New => {
                order.qty *= 10;
                vec![order.into()]
            }
            record => vec![record],
        }),
        mutant("an order without a stop", &[Promise::Protection], true, |record, _| match record {
            Record::Order(mut order) if order.op == OrderOp::New => {
                order.stop = None;
                vec![order.into()]
            }
            record => vec![record],
        }),
        mutant("a stop far away", &[Promise::Limit], true, |record, _| match record {
            Record::Order(mut order) if order.op == OrderOp::New => {
                let away = order.side.sign() * 90 * 250_000_000;
                order.stop = order.stop.map(|stop| Px::from_nanos(stop.nanos() - away));
                vec![order.into()]
            }
            record => vec![record],
        }),
        mutant("a stop is moved back", &[Promise::Limit], true, |record, _| match record {
            Record::Order(mut order) if order.op == OrderOp::Amend => {
                // The side of an amend is that of the stop.
                let away = order.side.sign() * 90 * 250_000_000;
                order.stop = order.stop.map(|stop| Px::from_nanos(stop.nanos() + away));
                vec![order.into()]
            }
            record => vec![record],
        }),
        mutant("a latch opens by itself", &[Promise::Latch], true, |record, _| match record {
            Record::Acct(acct) if acct.op == AcctOp::Latch => {
                let mut opened = acct.clone();
                opened.op = AcctOp::Reset;
                opened.ts += 1_000_000;
                vec![acct.into(), opened.into()]
            }
            record => vec![record],
        }),
        mutant("a latch is not set", &[Promise::Latch, Promise::Ending], true, |record, _| {
            match &record {
                Record::Acct(acct) if acct.op == AcctOp::Latch => vec![],
                _ => vec![record],
            }
        }),
        mutant("risk hears of a fill that was none", &[Promise::Ending], true, |record, _| {
            match record {
                Record::Acct(acct) if acct.op == AcctOp::Fill => {
                    vec![acct.clone().into(), acct.into()]
                }
                record => vec![record],
            }
        }),
        mutant(
            "an entry is not passed on",
            &[Promise::Ending, Promise::Agreement],
            true,
            |record, n| match &record {
                Record::Order(order) if n == 0 && order.op == OrderOp::New => vec![],
                _ => vec![record],
            },
        ),
    ];
