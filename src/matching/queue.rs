//! A resting limit order's place in the queue at its price, seen pessimistically.

/// The risk-averse queue (QUANT 7.1, vector 34).
///
/// # Formula
/// On arrival `ahead` is the displayed size at the price. Trades at the price consume what is ahead
/// first and fill with the rest; orders cancelled by others are assumed to have stood behind, so
/// `ahead = min(ahead, displayed)`; a trade through the price fills whatever is left. A touch alone
/// never fills.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueuePosition {
    /// Contracts ahead; `None` while the size at the price was never displayed.
    ahead: Option<u64>,
    left: u64,
}

impl QueuePosition {
    /// An order of `qty` contracts; `displayed` is the size at its price, where known.
    pub const fn new(qty: u64, displayed: Option<u64>) -> Self {
        Self { ahead: displayed, left: qty }
    }

    /// Contracts ahead of the order; `None` if unknown, which counts as "all of them".
    pub const fn ahead(&self) -> Option<u64> {
        self.ahead
    }

    /// Contracts that are not filled yet.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// The size now displayed at the order's price.
    pub fn displayed(&mut self, size: u64) {
        self.ahead = Some(self.ahead.map_or(size, |ahead| ahead.min(size)));
    }

    /// `size` contracts traded at the order's price: how many of ours that filled. What was used up
    /// is taken from `size`, so that one print is spent once.
    pub fn traded_at(&mut self, size: &mut u64) -> u64 {
        let Some(ahead) = self.ahead else { return 0 };
        let used = ahead.min(*size);
        self.ahead = Some(ahead - used);
        let filled = self.left.min(*size - used);
        *size -= used + filled;
        self.left -= filled;
        filled
    }

    /// A trade went through the order's price: how many of ours that filled (all that was left).
    pub fn traded_through(&mut self) -> u64 {
        std::mem::take(&mut self.left)
    }

    /// Takes `qty` contracts off the order.
    pub fn reduce(&mut self, qty: u64) {
        self.left = self.left.saturating_sub(qty);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_is_spent_once() {
        let mut first = QueuePosition::new(1, Some(2));
        let mut second = QueuePosition::new(1, Some(2));
        let mut print = 3;
        assert_eq!(first.traded_at(&mut print), 1);
        assert_eq!(print, 0);
        assert_eq!(second.traded_at(&mut print), 0);
    }

    #[test]
    fn an_unknown_queue_fills_only_on_a_trade_through() {
        let mut order = QueuePosition::new(2, None);
        assert_eq!(order.traded_at(&mut 1_000_000), 0);
        assert_eq!(order.traded_through(), 2);
        assert_eq!(order.left(), 0);
    }
}
