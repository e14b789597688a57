//! What happens when event time passes the end of a window or a session event.

use crate::features::contract::Closed;
use crate::features::contract::Contract;
use crate::features::contract::floor_to;
use crate::features::seconds::SECOND;
use crate::features::session_clock::SessionEvent;
use crate::features::snapshot;
use crate::features::stage::FeaturesStage;
use crate::features::stage::written;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Levels;
use crate::wire::Record;

impl FeaturesStage {
    /// Brings event time to `at`: writes everything that ends at or before it.
    #[inline]
    pub(super) fn advance(&mut self, at: i64, ct: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        if at >= self.chains.price_due() {
            self.note_price(at);
        }
        self.time = at;
        if at < self.due { Ok(()) } else { self.pass_boundaries(at, ct, out) }
    }

    #[cold]
    fn pass_boundaries(&mut self, at: i64, ct: i64, out: &mut dyn Emit) -> Result<(), Failure> {
        // The session that follows a closed one is looked up at the stamp that is now reached.
        self.clock.enter(at)?;
        let target = floor_to(at, SECOND);
        loop {
            let windows = self.contract.as_ref().map_or(i64::MAX, Contract::due);
            let due = windows.min(self.clock.due()).min(self.chains.due());
            if due > target {
                self.due = due;
                return Ok(());
            }
            let closed = match &mut self.contract {
                Some(contract) if windows == due => contract.close_windows(due),
                _ => Closed::default(),
            };
            self.pass_chains(due, target, ct)?;
            self.write_boundary(due, ct, &closed, out);
            self.clock.enter(at)?;
        }
    }

    /// Lets take effect, and hands over, what is due at `at`; event time is known to reach `reached`.
    /// What comes of it is written with the boundary.
    pub(super) fn pass_chains(&mut self, at: i64, reached: i64, ct: i64) -> Result<(), Failure> {
        if self.chains.due() > at {
            return Ok(());
        }
        let price = self.future_price();
        self.chains.pass(at, reached, ct, price, &mut self.gex)
    }

    /// Writes what ended at `at`: bar, footprint, levels, gex, features last; takes the samples that
    /// must not be in them and lets the session events of this moment happen.
    pub(super) fn write_boundary(&mut self, at: i64, ct: i64, closed: &Closed, out: &mut dyn Emit) {
        if let (Some(contract), Record::Features(features)) =
            (&mut self.contract, &mut self.features)
        {
            if closed.window {
                self.window_at = at;
                let adv = self.volume.adv();
                let sides = snapshot::Sides { chains: &self.chains, adv };
                snapshot::fill(features, contract, &self.clock, &self.instrument, sides, at, ct);
                snapshot::fill_book(features, self.books.book(contract.sym()), at);
            }
            if let Some(bar) = closed.bar.filter(|_| !contract.is_on_bars()) {
                out.before(&written::bar(&bar, contract, &self.instrument, at, ct));
                if self.options.footprint {
                    let flow = &self.config.flow;
                    out.before(&written::footprint(contract, flow, &self.instrument, at, ct));
                }
            }
            contract.after_output(at, closed);
        }
        let event = self.pass_session_events(at);
        if closed.bar.is_some() || event || !self.gex.is_empty() {
            self.write_levels(at, ct, out);
        }
        for record in self.gex.drain(..) {
            out.before(&record);
        }
        if closed.window {
            out.before(&self.features);
        }
    }

    fn pass_session_events(&mut self, at: i64) -> bool {
        let session = self.clock.session();
        let Some((date, open, regular)) = session.map(|s| (s.date, s.open, s.rth)) else {
            return false;
        };
        let mut any = false;
        while let Some((ts, event)) = self.clock.take(at) {
            any = true;
            self.chains.on_session(event, ts, regular);
            if let Some(contract) = &mut self.contract {
                if event == SessionEvent::Close {
                    let traded = contract.day().traded();
                    let others = self.roll.running();
                    self.volume.end_session(open, regular.is_some(), traded.saturating_add(others));
                    self.roll.end_session(*contract.sym(), traded);
                }
                contract.on_session(event, ts, date);
            }
        }
        any
    }

    fn write_levels(&mut self, at: i64, ct: i64, out: &mut dyn Emit) {
        let Some(contract) = &self.contract else { return };
        let day = contract.day();
        self.board.collect(at, day.levels(), day.vwap_level(at));
        let points = self.config.levels.round_points;
        for (place, vwap) in contract.anchored().levels(at) {
            self.board.add_anchored(at, place, &vwap);
        }
        if let Some(last) = contract.flow().last().filter(|_| points > 0) {
            self.board.add_rounds(at, last, points, &self.instrument);
        }
        for level in self.chains.levels(at) {
            self.board.add_option(&level, &self.instrument);
        }
        if !self.board.moved() {
            return;
        }
        let lv = self.board.write(&self.instrument);
        let levels = Levels { ts: at, sym: *contract.sym(), by: By::Features, ct, lv };
        out.before(&Record::Levels(levels));
    }
}
