//! The rows of one root and expiry, with the forward that their prices give.

use crate::config::QualityChain;
use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::quality::chain::row::Judged;
use crate::quality::chain::row::OptionRow;
use crate::quality::chain::row::Snapshot;
use crate::wire::Right;
use crate::wire::Settlement;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// Strikes from which a discount factor can be told.
const SLOPE_MIN: usize = 8;

/// Call and put of one strike.
#[expect(clippy::struct_field_names, reason = "the strike of the pair")]
pub(super) struct Strike<'a> {
    pub strike: Px,
    pub call: Option<&'a OptionRow>,
    pub put: Option<&'a OptionRow>,
}

impl Strike<'_> {
    /// The strike in points.
    pub(super) fn points(&self) -> f64 {
        self.strike.points()
    }

    /// The rows that there are.
    pub(super) fn rows(&self) -> impl Iterator<Item = &OptionRow> {
        [self.call, self.put].into_iter().flatten()
    }

    /// Call less put, and how far their spreads let it be off.
    pub(super) fn call_less_put(&self) -> Option<(f64, f64)> {
        let (call, put) = (self.call?, self.put?);
        Some((call.mid()? - put.mid()?, call.spread()? + put.spread()?))
    }
}

/// One root and expiry.
pub(super) struct Series<'a> {
    pub root: Sym,
    pub exp: TradeDate,
    /// Ascending.
    pub strikes: Vec<Strike<'a>>,
    /// Days to settlement; 0 or less: it has settled.
    pub days: f64,
    /// The forward that put-call parity gives near the spot, else the spot.
    pub forward: Option<f64>,
    /// The discount factor that it gives: call less put is discount times (forward less strike).
    pub discount: f64,
    window: f64,
}

impl<'a> Series<'a> {
    /// The series of a snapshot that have not settled.
    pub(super) fn all(rows: &Judged<'a>, snapshot: &Snapshot, limits: &QualityChain) -> Vec<Self> {
        let zone = TimeZone::get("America/New_York").ok();
        let same = |a: &&OptionRow, b: &&OptionRow| a.root == b.root && a.exp == b.exp;
        let mut all: Vec<Self> = rows
            .0
            .chunk_by(same)
            .filter_map(|rows| {
                let first = rows.first()?;
                let days = days_left(snapshot.ts, first.exp, first.settle, zone.as_ref());
                let mut series = Self {
                    root: first.root,
                    exp: first.exp,
                    strikes: strikes_of(rows),
                    days,
                    forward: None,
                    discount: 1.0,
                    window: limits.window,
                };
                series.fit(snapshot.spot);
                Some(series)
            })
            .collect();
        all.retain(|series| series.days > 0.0);
        all
    }

    /// Fits forward and discount to the strikes around a first guess: the spot, else where call and
    /// put cost the same, which is where the forward is. Medians throughout, so that single wrong
    /// quotes do not matter.
    fn fit(&mut self, spot: Option<f64>) {
        let guess = spot.or_else(|| {
            let pairs =
                self.strikes.iter().filter_map(|s| Some((s.points(), s.call_less_put()?.0)));
            pairs.min_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).map(|(strike, _)| strike)
        });
        let Some(guess) = guess else { return };
        self.forward = Some(guess);
        let near = self.strikes.iter().filter(|s| (s.points() / guess - 1.0).abs() <= self.window);
        let pairs: Vec<(f64, f64)> =
            near.filter_map(|s| Some((s.points(), s.call_less_put()?.0))).collect();
        let half = pairs.len() / 2;
        if pairs.len() >= SLOPE_MIN {
            let slopes = pairs.iter().zip(&pairs[half..]).map(|(a, b)| (a.1 - b.1) / (b.0 - a.0));
            self.discount = median(slopes.collect()).unwrap_or(1.0).clamp(0.5, 1.05);
        }
        let levels = pairs.iter().map(|(strike, less)| less + self.discount * strike);
        if let Some(level) = median(levels.collect()) {
            self.forward = Some(level / self.discount);
        }
    }

    /// The strikes within the window around the forward.
    pub(super) fn near(&self) -> impl Iterator<Item = &Strike<'a>> {
        let forward = self.forward;
        self.strikes.iter().filter(move |s| {
            forward.is_some_and(|f| f > 0.0 && (s.points() / f - 1.0).abs() <= self.window)
        })
    }

    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.root, self.exp)
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn strikes_of<'a>(rows: &[&'a OptionRow]) -> Vec<Strike<'a>> {
    let strikes = rows.chunk_by(|a, b| a.strike == b.strike);
    let find =
        |rows: &[&'a OptionRow], right: Right| rows.iter().copied().find(|row| row.right == right);
    strikes
        .filter_map(|rows| {
            let strike = rows.first()?.strike;
            Some(Strike { strike, call: find(rows, Right::Call), put: find(rows, Right::Put) })
        })
        .collect()
}

/// Days from `ts` to settlement: 16:00 New York on the expiry date, 09:30 in the morning kind.
fn days_left(ts: i64, exp: TradeDate, settle: Settlement, zone: Option<&TimeZone>) -> f64 {
    let time = match settle {
        Settlement::Am => Time::constant(9, 30, 0, 0),
        Settlement::Pm => Time::constant(16, 0, 0, 0),
    };
    let stamp = exp.civil().zip(zone).and_then(|(day, zone)| {
        zone.to_timestamp(day.to_datetime(time)).ok().map(jiff::Timestamp::as_microsecond)
    });
    stamp.map_or(0.0, |end| end.saturating_sub(ts) as f64 / 86_400e6)
}
