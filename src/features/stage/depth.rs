//! Depth records as input: the books of the product's contracts.

use crate::features::stage::FeaturesStage;
use crate::features::stage::Owner;
use crate::features::stage::check::check_size;
use crate::market::Ticks;
use crate::wire::BookSide;
use crate::wire::Depth;
use crate::wire::DepthOp;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::TradeFlag;

impl FeaturesStage {
    /// Folds a change of a book. Books of contracts that are not in use are kept too: a book cannot
    /// be joined later than at its snapshot.
    pub(super) fn on_depth(&mut self, depth: &Depth, out: &mut dyn Emit) -> Result<(), Failure> {
        let owner = self.owner(&depth.sym);
        if owner == Owner::Foreign {
            self.ignored.other_product += 1;
            return Ok(());
        }
        let late = depth.flags.has(TradeFlag::Late);
        let level = if late { None } else { self.level_of(depth)? };
        let at = depth.ts.max(self.time);
        self.advance(at, depth.ts, out)?;
        let book = self.books.book_mut(&depth.sym);
        if late {
            // What it would have changed is wrong from here on.
            self.ignored.not_counting += 1;
            book.lose();
            return Ok(());
        }
        if depth.op == Some(DepthOp::Clear) {
            book.clear();
        }
        if let Some((side, price, size)) = level {
            book.set(side, price, size);
        }
        if depth.eob {
            book.end_batch(at, self.config.flow.book_levels);
        }
        if let Some(contract) = self.contract.as_mut().filter(|_| owner == Owner::Active)
            && !contract.is_on_bars()
        {
            contract.on_depth(at);
            self.due = contract.due().min(self.clock.due());
        }
        Ok(())
    }

    /// The level that a record sets; `None` of a clear.
    fn level_of(&self, depth: &Depth) -> Result<Option<(BookSide, Ticks, u64)>, Failure> {
        if depth.op == Some(DepthOp::Clear) {
            return Ok(None);
        }
        let (Some(side), Some(px), Some(size)) = (depth.bs, depth.px, depth.sz) else {
            return Err(Failure::bad_input("a depth record without op needs bs, px and sz"));
        };
        check_size(size, 0)?;
        Ok(Some((side, self.on_grid(px)?, size)))
    }
}
