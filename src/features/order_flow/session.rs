//! What session events do to the order-flow fold.

use crate::features::ofi::QuoteFlow;
use crate::features::order_flow::OrderFlow;
use crate::features::reason::Reason;

impl OrderFlow {
    /// Globex opens at `at`.
    pub fn open(&mut self, at: i64) {
        self.mark(at.max(self.first));
        self.quotes = QuoteFlow::default();
        self.spread.on_quote(at, None);
        self.last = None;
        self.anchors.globex = Some(at);
        self.cvd_eth = 0;
        self.start_windows(at);
    }

    /// Regular hours begin at `at`.
    pub fn regular_open(&mut self, at: i64) {
        self.anchors.regular = Some(at);
        self.cvd_rth = 0;
        self.start_windows(at);
    }

    fn start_windows(&mut self, at: i64) {
        self.anchors.floor = at.max(self.first);
        self.mark(self.anchors.floor);
        self.minute = self.totals;
        self.divergence.clear();
        self.bar_divergence.clear();
        self.stack = Err(Reason::Warmup);
        (self.bar_spread, self.bar_large) = (None, None);
        self.large_before = self.totals.large_buy + self.totals.large_sell;
    }

    /// Regular hours end at `at`.
    pub fn regular_close(&mut self, at: i64) {
        if let Some(open) = self.anchors.regular.take() {
            self.anchors.regular_before += at - open;
        }
    }

    /// Globex closes at `at`.
    pub fn close(&mut self, at: i64) {
        if let Some(open) = self.anchors.globex.take() {
            self.large.end_session();
            let traded = self.last.is_some();
            self.speed.end_session(at - open, self.first - open, traded);
        }
    }
}
