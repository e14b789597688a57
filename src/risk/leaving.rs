//! How single trades are ended: exits, and what becomes of one that is refused.

use crate::account::OpenOrder;
use crate::risk::RiskStage;
use crate::risk::proposal::order_id;
use crate::risk::writing::Exit;
use crate::wire::Emit;
use crate::wire::Order;
use crate::wire::OrderOp;

/// An exit that was refused, or was not answered before a restart, is asked for again so much later,
/// microseconds.
const EXIT_AGAIN_US: i64 = 5_000_000;

/// Why one trade is ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// Its signal says so.
    Signal,
    /// It was held as long as its signal allows.
    Hold,
    /// The market had passed the entry price when the stop should have gone there.
    BreakEven,
    /// The market had passed the price to which the stop should have followed it.
    Trail,
}

impl Cause {
    const ALL: [Self; 4] = [Self::Signal, Self::Hold, Self::BreakEven, Self::Trail];

    const fn reason(self) -> &'static str {
        match self {
            Self::Signal => "exit",
            Self::Hold => "hold",
            Self::BreakEven => "break_even",
            Self::Trail => "trail",
        }
    }

    /// How the ids of such exits begin and end, with the signal's id between.
    const fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Signal => ("x:", ""),
            Self::Hold => ("h:", ""),
            Self::BreakEven => ("b:", ":out"),
            Self::Trail => ("t:", ":out"),
        }
    }

    /// The id of the exit of `sig`.
    fn id(self, sig: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{sig}{after}")
    }

    /// The cause and the signal of an exit with the id `id`, decided at `ct`.
    fn of(id: &str, ct: i64) -> Option<(Self, &str)> {
        let first = id.strip_suffix(&format!(":{ct}")).unwrap_or(id);
        Self::ALL.into_iter().find_map(|cause| {
            let (before, after) = cause.around();
            Some((cause, first.strip_prefix(before)?.strip_suffix(after)?))
        })
    }
}

/// An exit of a bracket that is still open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Leaving {
    bracket: String,
    /// Id of its newest order.
    id: String,
    cause: Cause,
    sig: String,
    /// That order was refused, or found nothing to do: the next needs another id. One that was not
    /// answered before a restart keeps its id, so that whoever has it already does not act twice.
    refused: bool,
    /// When it is to be asked for again, microseconds UTC.
    again: Option<i64>,
}

impl Leaving {
    /// The id of the next order, decided at `ct`.
    fn next_id(&self, ct: i64) -> String {
        if self.refused { format!("{}:{ct}", self.cause.id(&self.sig)) } else { self.id.clone() }
    }
}

impl RiskStage {
    /// The order that ends the trade `bracket`, if it is open or may still enter. A cause of before
    /// stays the cause.
    pub(super) fn exit_of(
        &self,
        bracket: &str,
        sig: &str,
        cause: Cause,
        (ts, ct): (i64, i64),
    ) -> Option<Order> {
        let order = self.ledger.orders().get(bracket)?;
        let known = self.leaving.iter().find(|leaving| leaving.bracket == bracket);
        let exit = Exit {
            id: known.map_or_else(|| cause.id(sig), |known| known.next_id(ct)),
            reference: Some(bracket.to_owned()),
            sig: order.sig.clone(),
            sym: order.sym,
            side: order.side.opposite(),
            qty: order.entering + order.open,
            reason: known.map_or(cause, |known| known.cause).reason(),
            expires: self.window.map_or(i64::MAX >> 10, |window| window.close),
        };
        Some(exit.order(ts, ct))
    }

    /// The exit `order` is on its way.
    pub(super) fn note_exit(&mut self, order: &Order) {
        if order.op == OrderOp::Flatten && order.reference.is_some() {
            self.await_exit(&order.id, order.ct, None);
        }
    }

    /// An earlier run sent the exit `id` at `ct` (microseconds UTC). Whether it was answered the facts
    /// after this one say.
    pub(super) fn remember_exit(&mut self, id: &str, ct: i64) {
        self.await_exit(id, ct, Some(ct + EXIT_AGAIN_US));
    }

    fn await_exit(&mut self, id: &str, ct: i64, again: Option<i64>) {
        let Some((cause, sig)) = Cause::of(id, ct) else { return };
        let bracket = order_id(sig);
        if self.ledger.orders().contains_key(&bracket) {
            self.leaving.retain(|leaving| leaving.bracket != bracket);
            let (id, sig) = (id.to_owned(), sig.to_owned());
            self.leaving.push(Leaving { bracket, id, cause, sig, refused: false, again });
        }
    }

    /// The order `id` was refused, or found nothing to do, at `ts` (microseconds UTC): if it is the exit
    /// of a trade that is open all the same, it is asked for again, but not at every record.
    pub(super) fn exit_failed(&mut self, ts: i64, id: &str) {
        if let Some(leaving) = self.leaving.iter_mut().find(|leaving| leaving.id == id) {
            leaving.refused = true;
            leaving.again = Some(ts + EXIT_AGAIN_US);
        }
    }

    /// Whether the exit of `bracket` was refused and is not asked for again yet.
    pub(super) fn is_refused(&self, bracket: &str) -> bool {
        self.leaving.iter().any(|leaving| leaving.bracket == bracket && leaving.refused)
    }

    /// The trade `bracket` is being closed at the exchange.
    pub(super) fn exit_works(&mut self, bracket: &str) {
        if let Some(leaving) = self.leaving.iter_mut().find(|l| l.bracket == bracket) {
            leaving.again = None;
        }
    }

    /// Facts were learnt: forgets the exits of trades that are over.
    pub(super) fn settle_exits(&mut self) {
        let orders = self.ledger.orders();
        self.leaving.retain(|leaving| orders.contains_key(&leaving.bracket));
    }

    /// Asks again for the exits that have failed.
    pub(super) fn ask_exits_again(&mut self, now: i64, out: &mut dyn Emit) {
        for at in 0..self.leaving.len() {
            let leaving = &self.leaving[at];
            if leaving.again.is_none_or(|again| now < again) {
                continue;
            }
            let exit = self.exit_of(&leaving.bracket, &leaving.sig, leaving.cause, (now, now));
            if let Some(exit) = exit {
                self.close(exit, out);
            }
        }
    }

    /// Trades that were held as long as their signal allows.
    pub(super) fn end_long_trades(&mut self, now: i64, out: &mut dyn Emit) {
        let is_due = |order: &OpenOrder, hold: i64| {
            order.closing.is_none() && order.opened.is_some_and(|opened| now >= opened + hold)
        };
        let mut exits = Vec::new();
        for managed in &self.managed {
            let order = self.ledger.orders().get(&managed.order);
            if managed.hold_us.zip(order).is_some_and(|(hold, order)| is_due(order, hold)) {
                exits.extend(self.exit_of(&managed.order, &managed.sig, Cause::Hold, (now, now)));
            }
        }
        for exit in exits {
            self.close(exit, out);
        }
    }

    /// Ends the trades whose stop could not be moved because the market had passed its price.
    pub(super) fn leave_passed(&mut self, now: i64, out: &mut dyn Emit) {
        for at in 0..self.managed.len() {
            let Some(cause) = self.managed[at].leave.take() else { continue };
            let managed = &self.managed[at];
            let order = self.ledger.orders().get(&managed.order);
            if order.is_none_or(|order| order.open == 0 || order.closing.is_some()) {
                continue;
            }
            if let Some(exit) = self.exit_of(&managed.order, &managed.sig, cause, (now, now)) {
                self.close(exit, out);
            }
        }
    }
}
