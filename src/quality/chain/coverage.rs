//! Whether a snapshot holds enough to be used: strikes around the money, usable rows, open
//! interest, age.
//!
//! Usable: a two-sided quote that is not crossed, and a volatility from 0.03 to 3. The count of
//! strikes is that of the expiry that has most; the share of unusable rows leaves out the last two
//! days of an expiry, whose far rows have neither bid nor volatility.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use crate::quality::chain::row::OptionRow;
use crate::quality::chain::row::Snapshot;
use crate::quality::chain::series::Strike;

fn usable(row: &OptionRow) -> bool {
    row.quote().is_some() && row.vol_of().is_some_and(|iv| (0.03..=3.0).contains(&iv))
}

pub(super) fn judge(chain: &Chain<'_>, snapshot: &Snapshot, out: &mut Findings) {
    let (at, ts) = (chain.at, Some(chain.ts));
    let place = snapshot.rows.first().map_or_else(|| out.place(), |row| row.place);
    let mut most = 0;
    for series in &chain.series {
        let Some(forward) = series.forward else { continue };
        let side = |above: bool| {
            let strikes = series.near().filter(|s| (s.points() >= forward) == above);
            strikes.filter(|s| s.rows().any(usable)).count()
        };
        most = most.max(side(true).min(side(false)));
        if series.days < chain.limits.days_min {
            continue;
        }
        for row in series.near().flat_map(Strike::rows) {
            out.look(at, Code::Unusable);
            if !usable(row) {
                out.note_many(at, Code::Unusable, 1, ts, row.place, || row.name());
            }
        }
    }
    out.look(at, Code::FewStrikes);
    if most < chain.limits.strikes_min {
        let (least, window) = (chain.limits.strikes_min, chain.limits.window * 100.0);
        out.note_many(at, Code::FewStrikes, 1, ts, place, || {
            format!(
                "{most} usable strikes on the smaller side within {window} %, {least} are needed"
            )
        });
    }
    out.look(at, Code::Duplicate);
    let series = |row: &OptionRow| (row.root, row.exp, row.settle, row.strike, row.right);
    let mut rows: Vec<&OptionRow> = snapshot.rows.iter().collect();
    rows.sort_by_key(|row| series(row));
    for pair in rows.windows(2) {
        if series(pair[0]) == series(pair[1]) {
            out.note_many(at, Code::Duplicate, 1, ts, pair[1].place, || {
                format!("a second row of {}", pair[1].name())
            });
        }
    }
    out.look(at, Code::NoOpenInterest);
    let interest = snapshot.rows.iter().filter_map(|row| row.oi).fold(0, u64::saturating_add);
    if interest == 0 {
        out.note_many(at, Code::NoOpenInterest, 1, ts, place, || "every row has none".into());
    }
    out.look_at(at, Code::OldChain, snapshot.rows.len() as u64);
    for row in &snapshot.rows {
        let age = snapshot.ts.saturating_sub(row.asof);
        if age > chain.limits.age_s.saturating_mul(1_000_000) {
            out.note_many(at, Code::OldChain, 1, ts, row.place, || {
                format!("{} is {} s old", row.name(), age / 1_000_000)
            });
        }
    }
}
