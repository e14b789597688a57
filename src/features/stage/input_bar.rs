//! A feed's bar as input.

use crate::features::bars::TickBar;
use crate::features::contract::Closed;
use crate::features::contract::Contract;
use crate::features::seconds::SECOND;
use crate::features::stage::FeaturesStage;
use crate::features::stage::Owner;
use crate::features::stage::check::check_size;
use crate::features::stage::check::too_far;
use crate::market::Ticks;
use crate::wire::Bar;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::TradeFlag;

/// Lengths of bars that are believed, seconds.
pub(super) const BAR_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// Widest range of a bar that is believed, ticks (10,000 points of ES).
const BAR_RANGE_MAX: i64 = 40_000;

impl FeaturesStage {
    /// A feed's bar: the bars of the stream are then the input, not its trades.
    pub(super) fn on_bar(&mut self, bar: &Bar, out: &mut dyn Emit) -> Result<(), Failure> {
        let owner = self.owner(&bar.sym);
        if owner == Owner::Foreign || bar.by.is_some() {
            self.ignored.other_product += u64::from(owner == Owner::Foreign);
            return Ok(());
        }
        if bar.flags.has(TradeFlag::Late) {
            self.ignored.not_counting += 1;
            return Ok(());
        }
        let values = self.bar_values(bar)?;
        let length = i64::from(bar.dur) * SECOND;
        let start = bar.ts.saturating_sub(length).max(self.time);
        self.advance(start, bar.ts, out)?;
        if owner != Owner::Active && !self.take_over(bar.sym, bar.v, start, length) {
            return Ok(());
        }
        let quotes_alone = |c: &Contract| !c.is_on_bars() && !c.flow().has_traded();
        if self.contract.as_ref().is_some_and(quotes_alone) {
            self.adopt(bar.sym, start, length);
        }
        // What is due inside the bar comes before its prices are known.
        while self.contract.as_ref().is_some_and(Contract::is_on_bars) && self.chains.due() < bar.ts
        {
            let due = self.chains.due();
            self.pass_chains(due, bar.ts, bar.ts)?;
            self.write_boundary(due, bar.ts, &Closed::default(), out);
        }
        let Some(contract) = &mut self.contract else { return Ok(()) };
        if !contract.fits(values.low) || !contract.fits(values.high) {
            return Err(too_far(bar.h));
        }
        let price = values.close.0 as f64 * self.instrument.tick_points();
        let usable = contract.is_on_bars() && contract.bar_length() == length;
        let Some(closed) = usable.then(|| contract.on_bar(bar.ts, &values)).flatten() else {
            self.ignored.bars += 1;
            return self.advance(bar.ts.max(self.time), bar.ts, out);
        };
        self.chains.note_bar(bar.ts, length, price);
        self.pass_chains(bar.ts, bar.ts, bar.ts)?;
        self.write_boundary(bar.ts, bar.ts, &closed, out);
        self.time = self.time.max(bar.ts);
        self.due = self.due.min(self.chains.due());
        Ok(())
    }

    fn bar_values(&self, bar: &Bar) -> Result<TickBar, Failure> {
        check_size(bar.v, 1)?;
        let (sold, bought) = (bar.bv.unwrap_or(0), bar.av.unwrap_or(0));
        let known = sold.saturating_add(bought);
        let values = TickBar {
            open: self.on_grid(bar.o)?,
            high: self.on_grid(bar.h)?,
            low: self.on_grid(bar.l)?,
            close: self.on_grid(bar.c)?,
            volume: bar.v,
            sold,
            bought,
            weak: bar.v.saturating_sub(known),
            trades: bar.n.unwrap_or(0),
        };
        if !BAR_SECONDS.contains(&bar.dur) {
            let message = format!("bar of {} s is not within 1 to 86400", bar.dur);
            return Err(Failure::bad_input(message));
        }
        let inside = |price: Ticks| values.low <= price && price <= values.high;
        if !inside(values.open) || !inside(values.close) || known > bar.v {
            return Err(Failure::bad_input(format!(
                "bar o {} h {} l {} c {} v {} bv {sold} av {bought} dur {} contradicts itself",
                bar.o, bar.h, bar.l, bar.c, bar.v, bar.dur
            )));
        }
        if (values.high - values.low).0 > BAR_RANGE_MAX {
            return Err(too_far(bar.h));
        }
        Ok(values)
    }
}
