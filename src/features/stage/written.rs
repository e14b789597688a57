//! The bars and footprints that are written.

use crate::features::bars::TickBar;
use crate::features::contract::Contract;
use crate::features::seconds::SECOND;
use crate::market::Instrument;
use crate::market::Ticks;
use crate::wire::Bar;
use crate::wire::By;
use crate::wire::Footprint;
use crate::wire::FootprintRow;
use crate::wire::Record;
use crate::wire::TradeFlags;

/// The record of a bar built from trades.
pub(super) fn bar(
    bar: &TickBar,
    contract: &Contract,
    instrument: &Instrument,
    at: i64,
    ct: i64,
) -> Record {
    Record::Bar(Bar {
        ts: at,
        sym: *contract.sym(),
        by: Some(By::Features),
        ct: Some(ct),
        dur: (contract.bar_length() / SECOND) as u32,
        o: instrument.px(bar.open),
        h: instrument.px(bar.high),
        l: instrument.px(bar.low),
        c: instrument.px(bar.close),
        v: bar.volume,
        bv: Some(bar.sold),
        av: Some(bar.bought),
        n: Some(bar.trades),
        src: None,
        flags: TradeFlags::default(),
    })
}

/// The record of the last closed bar's footprint.
pub(super) fn footprint(contract: &Contract, instrument: &Instrument, at: i64, ct: i64) -> Record {
    let (low, rows) = contract.series().footprint().rows().unwrap_or((Ticks(0), &[]));
    let prices = (low.0..).map(|ticks| instrument.px(Ticks(ticks)));
    let rows = prices.zip(rows).map(|(px, row)| FootprintRow(px, row.sold, row.bought));
    let mut rows: Vec<_> = rows.filter(|row| row.1 + row.2 > 0).collect();
    rows.reverse();
    Record::Footprint(Footprint {
        ts: at,
        sym: *contract.sym(),
        by: By::Features,
        ct,
        dur: (contract.bar_length() / SECOND) as u32,
        rows,
    })
}
