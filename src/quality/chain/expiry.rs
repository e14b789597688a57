//! Expiries on days without trading. Beyond the calendar only week-ends are known.

use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::chain::Chain;
use jiff::civil::Weekday;

pub(super) fn judge(chain: &Chain<'_>, out: &mut Findings) {
    for series in &chain.series {
        let Some(day) = series.exp.civil() else { continue };
        out.look(chain.at, Code::ExpiryDay);
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let open = !weekend && chain.calendar.has_rth(series.exp).unwrap_or(true);
        if open {
            continue;
        }
        let rows = series.strikes.first().and_then(|s| s.rows().next());
        let place = rows.map_or_else(|| out.place(), |row| row.place);
        out.note_many(chain.at, Code::ExpiryDay, 1, Some(chain.ts), place, || {
            let why = if weekend { "a week-end" } else { "a holiday" };
            format!("{} expires on {why} ({:?})", series.name(), day.weekday())
        });
    }
}
