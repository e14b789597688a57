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

/// Call and put of one strike.
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

    /// The forward that call and put give, and how far their spreads let it be off.
    pub(super) fn forward(&self) -> Option<(f64, f64)> {
        let (call, put) = (self.call?, self.put?);
        let forward = self.points() + call.mid()? - put.mid()?;
        Some((forward, call.spread()? + put.spread()?))
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
    /// Median of the forwards of the strikes near the spot, else the spot.
    pub forward: Option<f64>,
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
                    window: limits.window,
                };
                series.forward = series.find_forward(snapshot.spot);
                Some(series)
            })
            .collect();
        all.retain(|series| series.days > 0.0);
        all
    }

    /// Median over the strikes around a first guess: the spot, else where call and put cost the
    /// same, which is where the forward is.
    fn find_forward(&self, spot: Option<f64>) -> Option<f64> {
        let guess = spot.or_else(|| {
            let pairs = self.strikes.iter().filter_map(|s| Some((s.points(), s.forward()?.0)));
            let distance = |(strike, forward): &(f64, f64)| (forward - strike).abs();
            pairs.min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|(strike, _)| strike)
        })?;
        let near = self.strikes.iter().filter(|s| (s.points() / guess - 1.0).abs() <= self.window);
        let mut forwards: Vec<f64> = near.filter_map(|s| Some(s.forward()?.0)).collect();
        forwards.sort_by(f64::total_cmp);
        forwards.get(forwards.len() / 2).copied().or(Some(guess))
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
