//! Option rows, chains and index prints: named inputs, whose stamps close no window.

use crate::features::ofi::QUOTE_AGE_MAX;
use crate::features::stage::FeaturesStage;
use crate::wire::Chain;
use crate::wire::Failure;
use crate::wire::Index;
use crate::wire::OptionQuote;
use crate::wire::TradeFlag;

impl FeaturesStage {
    pub(super) fn on_option(&mut self, row: &OptionQuote) -> Result<(), Failure> {
        let at = self.reach(row.ts)?;
        self.chains.on_option(row, at)?;
        self.due = self.due.min(self.chains.due());
        Ok(())
    }

    pub(super) fn on_chain(&mut self, chain: &Chain) -> Result<(), Failure> {
        let at = self.reach(chain.ts)?;
        self.chains.on_chain(chain, at);
        self.due = self.due.min(self.chains.due());
        Ok(())
    }

    pub(super) fn on_index(&mut self, index: &Index) -> Result<(), Failure> {
        if index.flags.has(TradeFlag::Late) {
            self.ignored.not_counting += 1;
            return Ok(());
        }
        let at = self.reach(index.ts)?;
        let future = self.price_in_force(at);
        self.chains.on_index(index, at, future);
        Ok(())
    }

    /// The event time of a record of `ts`; what is valued as of an earlier moment is taken before it.
    fn reach(&mut self, ts: i64) -> Result<i64, Failure> {
        let at = ts.max(self.time);
        if self.chains.due() <= at {
            self.chains.before(at, self.future_price())?;
            self.due = self.due.min(self.chains.due());
        }
        Ok(at)
    }

    /// Notes the price that was in force until a record of event time `at` came.
    #[cold]
    pub(super) fn note_price(&mut self, at: i64) {
        let price = self.price_in_force(at);
        self.chains.note_price(self.time, at, price);
    }

    /// The price of the contract in use as a state of the market: the mid of the quote in force, else
    /// the last trade, neither older than 5 s; points.
    fn price_in_force(&self, at: i64) -> Option<f64> {
        let contract = self.contract.as_ref().filter(|contract| !contract.is_on_bars())?;
        let flow = contract.flow();
        let mid = flow.quote(at).map(|touch| 0.5 * (touch.bid + touch.ask).0 as f64);
        let traded = flow.last().filter(|_| at.saturating_sub(self.window_at) <= QUOTE_AGE_MAX);
        mid.or_else(|| traded.map(|last| last.0 as f64)).map(|t| t * self.instrument.tick_points())
    }

    /// The last price of the contract in use, else its mid, whatever their age; points.
    pub(super) fn future_price(&self) -> Option<f64> {
        let flow = self.contract.as_ref()?.flow();
        let last = flow.last().map(|last| last.0 as f64);
        let mid = || flow.quote(self.time).map(|touch| 0.5 * (touch.bid + touch.ask).0 as f64);
        last.or_else(mid).map(|ticks| ticks * self.instrument.tick_points())
    }
}
