//! Both stages in one process, and the model that listens.

use crate::account_model::events::Input;
use crate::account_model::events::Story;
use crate::account_model::events::told;
use crate::account_model::reference::Broken;
use crate::account_model::reference::Held;
use crate::account_model::reference::Model;
use crate::account_model::reference::Promise;
use crate::account_model::reference::hold;
use crate::desk::Sink;
use crate::desk::T0;
use crate::desk::clock;
use mia::execution::PaperStage;
use mia::market::Calendar;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::Failure;
use mia::wire::Flow;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;
use std::collections::BTreeMap;

/// A defect put into the stages on purpose: it changes what they write.
pub trait Defect {
    /// What risk wrote for one input.
    fn risk(&mut self, written: Vec<Record>) -> Vec<Record> {
        written
    }
    /// What execution wrote for one record of risk's output.
    fn execution(&mut self, written: Vec<Record>) -> Vec<Record> {
        written
    }
}

/// The stages as they are.
pub struct Sound;

impl Defect for Sound {}

/// What a run has seen, so that a story without trades is not taken for a proof.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub events: u64,
    pub counts: BTreeMap<String, u64>,
}

impl Seen {
    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    fn record(&mut self, record: &Record) {
        match record {
            Record::Verdict(v) => self.count(v.reason.as_deref().unwrap_or("pass")),
            Record::Acct(a) => {
                self.count(&format!("acct {:?}", a.op));
            }
            Record::Fill(f) => self.count(&format!("fill {:?}", f.leg)),
            Record::Roundtrip(t) => self.count(&format!("trip {}", t.reason)),
            _ => {}
        }
    }
}

struct Run<'a> {
    risk: RiskStage,
    paper: PaperStage,
    model: Model,
    defect: &'a mut dyn Defect,
    sink: Sink,
    newest: i64,
    seen: &'a mut Seen,
    over: bool,
}

/// Tells `story` to both stages with `defect` in them; the first promise that is broken.
pub fn run(story: &Story, defect: &mut dyn Defect, seen: &mut Seen) -> Held {
    let config = story.rules.config();
    let calendar = || Calendar::builtin().unwrap();
    let mut run = Run {
        risk: RiskStage::new(&config, calendar(), RiskOptions::default()).unwrap(),
        paper: PaperStage::new(&config, calendar(), None).unwrap(),
        model: Model::new(&config, story.rules.plain && !story.bars),
        defect,
        sink: Sink::default(),
        newest: T0,
        seen,
        over: false,
    };
    for input in told(story) {
        run.step(&input)?;
        if run.over {
            break;
        }
    }
    run.drain()?;
    run.model.end()
}

/// A stage that failed has broken a promise.
fn failed(failure: &Failure) -> Broken {
    Broken { promise: Promise::Ending, how: failure.message.clone() }
}

impl Run<'_> {
    fn step(&mut self, input: &Input) -> Held {
        self.seen.events += 1;
        let flow = match input {
            Input::Record(record) => {
                self.newest = self.newest.max(record.ts());
                let flow = if self.risk.wants().has(record.kind()) {
                    self.risk.on_record(record, &mut self.sink).map_err(|f| failed(&f))?
                } else {
                    Flow::Pass
                };
                let written = self.sink.take(record, flow);
                self.execute(written)?;
                flow
            }
            Input::Kill => {
                let event = SideEvent::Kill { ts: self.newest, reason: "test".into() };
                let flow = self.risk.on_side(&event, &mut self.sink).map_err(|f| failed(&f))?;
                let written = self.sink.take_alone();
                self.execute(written)?;
                flow
            }
        };
        if let Flow::Stop(code) = flow {
            self.over = true;
            let flat = self.model.is_flat() && self.model.needs_hand();
            hold(code == 6 && flat, Promise::Ending, || {
                format!("risk ended with {code} and a position or no latch")
            })?;
        }
        self.compare()
    }

    /// What risk wrote goes to execution; what both wrote, in the order of the stream, to the model.
    fn execute(&mut self, written: Vec<Record>) -> Held {
        for record in self.defect.risk(written) {
            let flow = if self.paper.wants().has(record.kind()) {
                self.paper.on_record(&record, &mut self.sink).map_err(|f| failed(&f))?
            } else {
                Flow::Pass
            };
            let stream = self.sink.take(&record, flow);
            for record in self.defect.execution(stream) {
                self.seen.record(&record);
                self.model.hear(&record)?;
            }
        }
        Ok(())
    }

    fn compare(&self) -> Held {
        self.model.rest()?;
        let (risk, paper, model) = (self.risk.ledger(), self.paper.ledger(), &self.model);
        for sym in model.symbols() {
            let (own, theirs) = (risk.position(sym), paper.position(sym));
            let fills = model.position(*sym);
            hold(own == fills && theirs == fills, Promise::Position, || {
                format!("{sym}: the fills make {fills}, risk has {own}, execution {theirs}")
            })?;
        }
        for (who, ledger) in [("risk", risk), ("execution", paper)] {
            let (equity, day) = (ledger.equity().0, ledger.day().pnl.0);
            hold(equity == model.equity() && day == model.day_pnl(), Promise::Money, || {
                let (e, d) = (model.equity(), model.day_pnl());
                format!("{who} has {equity}, {day} today; the fills make {e}, {d}")
            })?;
            let orders = ledger.orders().iter();
            let orders: BTreeMap<_, _> =
                orders.map(|(id, order)| (id.as_str(), (order.entering, order.open))).collect();
            hold(orders == model.unresolved(), Promise::Agreement, || {
                format!("{who} has unresolved {orders:?}, the stream {:?}", model.unresolved())
            })?;
        }
        hold(risk == paper, Promise::Agreement, || {
            format!("the accounts differ:\n{risk:?}\n{paper:?}")
        })?;
        let (open, covered) = self.paper.exchange().protection();
        hold(open == covered, Promise::Protection, || {
            format!("{open} open at the exchange, {covered} covered")
        })?;
        hold(self.paper.counts().orders == model.orders_sent(), Promise::Once, || {
            format!("{:?}, but {} were sent", self.paper.counts(), model.orders_sent())
        })
    }

    /// Time passes until everything that happened is known.
    fn drain(&mut self) -> Held {
        for ms in [1, 1000, 2000] {
            if self.over {
                break;
            }
            let base = (self.newest - T0) / 1000;
            self.step(&Input::Record(Box::new(clock(base + ms))))?;
        }
        Ok(())
    }
}
