//! The bars and footprints that are written.

use crate::config::Flow;
use crate::features::bars::TickBar;
use crate::features::contract::Contract;
use crate::features::seconds::SECOND;
use crate::market::Instrument;
use crate::market::Side;
use crate::market::Ticks;
use crate::wire::Bar;
use crate::wire::By;
use crate::wire::Footprint;
use crate::wire::FootprintImbalance;
use crate::wire::FootprintRow;
use crate::wire::FootprintStack;
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
pub(super) fn footprint(
    contract: &Contract,
    flow: &Flow,
    instrument: &Instrument,
    at: i64,
    ct: i64,
) -> Record {
    let bar = contract.series().footprint();
    let (low, rows) = bar.rows().unwrap_or((Ticks(0), &[]));
    let px = |ticks: Ticks| instrument.px(ticks);
    let price = |row: usize| px(Ticks(low.0 + row as i64));
    let known = rows.iter().enumerate().filter(|(_, row)| row.sold + row.bought > 0);
    let mut rows: Vec<_> =
        known.map(|(i, row)| FootprintRow(price(i), row.sold, row.bought)).collect();
    rows.reverse();
    let mut imbalances = Vec::new();
    for (i, buy, sell) in bar.imbalances(flow) {
        // Turned around as a whole below, so that the buyers' stands first at its price.
        for (is, side) in [(sell, Side::Sell), (buy, Side::Buy)] {
            if is {
                imbalances.push(FootprintImbalance(price(i), side));
            }
        }
    }
    imbalances.reverse();
    let runs = bar.stack_runs(flow).into_iter();
    let mut stacks: Vec<_> = runs
        .map(|run| FootprintStack { from: px(run.low), to: px(run.high), side: run.side })
        .collect();
    stacks.sort_by(|a, b| b.to.cmp(&a.to).then(a.side.sign().cmp(&b.side.sign()).reverse()));
    Record::Footprint(Footprint {
        ts: at,
        sym: *contract.sym(),
        by: By::Features,
        ct,
        dur: (contract.bar_length() / SECOND) as u32,
        rows,
        imb: Some(imbalances),
        stacks: Some(stacks),
        delta: Some(bar.delta()),
        poc: bar.poc().map(px),
        unk: Some(bar.unknown()).filter(|unknown| *unknown > 0),
    })
}
