//! From a snapshot to exposures.

use crate::config::GammaSource;
use crate::config::OptionSettings;
use crate::market::Calendar;
use crate::market::Px;
use crate::market::TradeDate;
use crate::options::exclusion::Exclusion;
use crate::options::expiry::minutes;
use crate::options::expiry::regular_close;
use crate::options::expiry::settlement;
use crate::options::exposure::Exposure;
use crate::options::series::Series;
use crate::options::series::Strike;
use crate::options::snapshot::OptionRow;
use crate::options::snapshot::Snapshot;
use crate::options::sums::Sums;
use crate::options::validation;
use crate::options::validation::Refusal;
use crate::wire::Right;
use std::collections::BTreeMap;

/// Values chains by fixed settings.
#[derive(Clone, Debug)]
pub struct Valuation {
    settings: OptionSettings,
    calendar: Calendar,
}

impl Valuation {
    /// With these settings; the calendar gives settlement times.
    pub fn new(settings: &OptionSettings, calendar: Calendar) -> Self {
        Self { settings: settings.clone(), calendar }
    }

    /// The trade date to which `at` (microseconds UTC) belongs: after the close and at week-ends the
    /// next one; `None` outside the calendar and on days without regular hours.
    pub fn today(&self, at: i64) -> Option<TradeDate> {
        regular_close(&self.calendar, at).map(|(date, _)| date)
    }

    /// The exposures of `snapshot` at the moment `at` (microseconds UTC) and at `spot`, else at the
    /// snapshot's own spot. Volatilities are those of the quotes (sticky strike); forwards move with
    /// spot.
    ///
    /// # Errors
    /// A rule by which the whole chain is refused.
    pub fn value(
        &self,
        snapshot: &Snapshot,
        at: i64,
        spot: Option<f64>,
    ) -> Result<Exposure, Refusal> {
        let mut excluded = BTreeMap::new();
        let series = self.series(snapshot, at, &mut excluded);
        let name = || snapshot.und.to_string();
        if series.is_empty() {
            return Err(Refusal::Empty(name()));
        }
        let settings = &self.settings;
        if settings.gamma == GammaSource::Model {
            validation::quotes(&series, settings)?;
        }
        let parity_spot = series.iter().find_map(|s| {
            let back = libm::exp((settings.dividend - s.rate) * s.quoted_tau);
            s.parity.map(|forward| forward * back)
        });
        let quoted = snapshot.spot.or(parity_spot);
        let base = quoted.or(spot).ok_or_else(|| Refusal::NoSpot(name()))?;
        let spot_now = spot.unwrap_or(base);
        let today = regular_close(&self.calendar, at);
        let mut sums = Sums::new(settings, at, spot_now, today);
        sums.excluded = excluded;
        for one in &series {
            sums.series(one, base);
        }
        let smiles: Vec<_> = sums.smiles.iter().map(|(f, s)| (*f, s.as_slice())).collect();
        if settings.gamma == GammaSource::Model {
            validation::usable(&smiles, spot_now, settings)?;
        }
        if sums.call_oi + sums.put_oi == 0 {
            return Err(Refusal::NoOpenInterest(name()));
        }
        let mut exposure = sums.finish(snapshot);
        exposure.parity_spot = parity_spot;
        exposure.spot_from_parity = spot.is_none() && snapshot.spot.is_none();
        if spot.is_some() {
            exposure.spot_asof = at;
        }
        Ok(exposure)
    }

    /// The series that have not settled at `at`, earliest first; what breaks a rule of rows is counted.
    fn series<'a>(
        &self,
        snapshot: &'a Snapshot,
        at: i64,
        excluded: &mut BTreeMap<Exclusion, u64>,
    ) -> Vec<Series<'a>> {
        let mut out = |why| *excluded.entry(why).or_default() += 1;
        let mut times = BTreeMap::new();
        let grid = grid_of(snapshot.und.as_str());
        let mut rows: Vec<(i64, i64, &OptionRow)> = Vec::with_capacity(snapshot.rows.len());
        // Neighbours are mostly of one series: what was found for the last row is kept at hand.
        let mut last = None;
        for row in &snapshot.rows {
            let series = (row.root, row.exp, row.settle);
            let (ours, time) = match last {
                Some((known, found)) if known == series => found,
                _ => {
                    let time = *times
                        .entry((row.exp, row.settle))
                        .or_insert_with(|| settlement(&self.calendar, row.exp, row.settle).ok());
                    (belongs(snapshot.und.as_str(), row.root.as_str()), time)
                }
            };
            last = Some((series, (ours, time)));
            let nanos = Px::from_points(row.strike).map_or(0, Px::nanos);
            match time {
                _ if !ours => out(Exclusion::WrongRoot),
                _ if nanos <= 0 || nanos % grid != 0 => out(Exclusion::Strike),
                None => out(Exclusion::ExpiryDay),
                Some(time) if time <= at => out(Exclusion::Expired),
                Some(time) => rows.push((time, nanos, row)),
            }
        }
        // A total order: shuffled rows give the same sums, to the last bit.
        rows.sort_by(|a, b| {
            let key = |r: &(i64, i64, &OptionRow)| (r.0, r.2.root, r.1, r.2.right == Right::Put);
            key(a).cmp(&key(b)).then_with(|| newest_first(a.2, b.2))
        });
        let before = rows.len();
        rows.dedup_by(|b, a| (a.0, a.1, a.2.root, a.2.right) == (b.0, b.1, b.2.root, b.2.right));
        (0..before - rows.len()).for_each(|_| out(Exclusion::Duplicate));
        rows.chunk_by(|a, b| a.0 == b.0 && a.2.root == b.2.root)
            .filter_map(|rows| {
                let (time, _, first) = *rows.first()?;
                let left = minutes(snapshot.asof.min(at), time);
                Some(Series::new(first, time, strikes(rows), left, &self.settings))
            })
            .collect()
    }
}

/// Rows of one contract: the newest stands; of equally new ones the one with most open interest.
fn newest_first(a: &OptionRow, b: &OptionRow) -> std::cmp::Ordering {
    let number = |x: Option<f64>| x.unwrap_or(-1.0);
    b.asof
        .cmp(&a.asof)
        .then(b.oi.cmp(&a.oi))
        .then(number(b.bid).total_cmp(&number(a.bid)))
        .then(number(b.ask).total_cmp(&number(a.ask)))
        .then(number(b.iv).total_cmp(&number(a.iv)))
        .then(number(b.gamma).total_cmp(&number(a.gamma)))
        .then(b.volume.cmp(&a.volume))
}

fn strikes<'a>(rows: &[(i64, i64, &'a OptionRow)]) -> Vec<Strike<'a>> {
    rows.chunk_by(|a, b| a.1 == b.1)
        .filter_map(|rows| {
            let find = |right| rows.iter().map(|r| r.2).find(|row| row.right == right);
            let price = rows.first()?.2.strike;
            Some(Strike { price, call: find(Right::Call), put: find(Right::Put) })
        })
        .collect()
}

/// Whether options of `root` are on `und`; underlyings that are not known take every root.
fn belongs(und: &str, root: &str) -> bool {
    match und {
        "SPX" => matches!(root, "SPX" | "SPXW"),
        "NDX" => matches!(root, "NDX" | "NDXP"),
        "RUT" => matches!(root, "RUT" | "RUTW"),
        "XSP" => matches!(root, "XSP" | "XSPW"),
        _ => true,
    }
}

/// Strikes are multiples of this, billionths of a point; 1 where nothing is known. NDX lists single odd
/// strikes, so only whole points are asked for; XSP has some at half a point.
fn grid_of(und: &str) -> i64 {
    match und {
        "SPX" => 5 * Px::SCALE,
        "NDX" => Px::SCALE,
        "XSP" => Px::SCALE / 2,
        _ => 1,
    }
}
