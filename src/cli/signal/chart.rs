//! The picture of a session: prices, levels, VWAP, signals with what became of them, score, regime.

use crate::cli::picture::scale::Scale;
use crate::cli::picture::scale::ticks;
use crate::cli::picture::scene::Align;
use crate::cli::picture::scene::Rgb;
use crate::cli::picture::scene::Scene;
use crate::cli::picture::scene::width_of;
use crate::cli::signal::place;
use crate::cli::signal::scan::Candle;
use crate::cli::signal::scan::Day;
use crate::cli::signal::scan::Row;
use crate::cli::signal::scan::Track;
use crate::cli::signal::summary;
use crate::market::Side;
use crate::strategies::End;

const WIDTH: u32 = 1600;
/// Height without the list of signals.
const HEIGHT: f64 = 872.0;
/// Left and right end of the panels.
const SIDES: (f64, f64) = (92.0, 1392.0);
/// Upper and lower end of prices and of the score.
const PRICES: (f64, f64) = (96.0, 660.0);
const SCORE: (f64, f64) = (708.0, 828.0);
/// Height of a line of the list, and signals listed at most.
const LINE: f64 = 22.0;
const LISTED: usize = 24;
/// Distance of the names of levels.
const APART: f64 = 17.0;

const INK: Rgb = (24, 28, 36);
const GREY: Rgb = (96, 104, 116);
const GRID: Rgb = (230, 233, 238);
const WHITE: Rgb = (255, 255, 255);
const UP: Rgb = (94, 142, 122);
const DOWN: Rgb = (176, 112, 110);
const WON: Rgb = (8, 134, 60);
const LOST: Rgb = (206, 28, 28);
const TREND: Rgb = (255, 190, 60);
const PROFILE: Rgb = (32, 98, 190);
const SESSION: Rgb = (122, 92, 60);
const GAMMA: Rgb = (138, 43, 186);
const OTHER: Rgb = (120, 128, 140);
const VWAP: Rgb = (226, 108, 10);

/// Levels that are always shown where they are in sight; others only where a signal used them.
const KNOWN: [&str; 15] = [
    "pVAH", "pPOC", "pVAL", "PDH", "PDL", "PDC", "ONH", "ONL", "IBH", "IBL", "CW", "PW", "FLIP",
    "EM+1", "EM-1",
];

/// The axes of the panel of prices.
#[derive(Clone, Copy, Debug)]
struct Axes {
    x: Scale,
    y: Scale,
}

impl Axes {
    fn of(day: &Day, rows: &[&Row]) -> Self {
        let bars = day.bars.iter().flat_map(|bar| [bar.low, bar.high]);
        let traded = rows.iter().flat_map(|row| {
            let target = row.outcome.target.unwrap_or(row.signal.entry);
            [row.signal.stop.points(), target.points()]
        });
        let (low, high) =
            bars.chain(traded).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), px| {
                (low.min(px), high.max(px))
            });
        let room = ((high - low) * 0.05).max(1.0);
        Self {
            x: Scale { low: day.rth.0 as f64, high: day.rth.1 as f64, from: SIDES.0, to: SIDES.1 },
            y: Scale { low: low - room, high: high + room, from: PRICES.1, to: PRICES.0 },
        }
    }

    fn at(&self, ts: i64, px: f64) -> (f64, f64) {
        (self.x.at(ts as f64), self.y.at(px))
    }
}

/// The picture.
pub(super) fn of(day: &Day, rows: &[&Row], synthetic: bool) -> Scene {
    let axes = Axes::of(day, rows);
    let listed = rows.len().min(LISTED);
    let height = HEIGHT + LINE * (listed + usize::from(rows.len() > listed)).max(1) as f64;
    let mut scene = Scene::new(WIDTH, height as u32 + 16);
    regime(&mut scene, day, axes);
    value_area(&mut scene, day, axes);
    grid(&mut scene, day, axes);
    levels(&mut scene, day, rows, axes);
    vwap(&mut scene, day, axes);
    day.bars.iter().for_each(|bar| candle(&mut scene, bar, axes));
    for (n, row) in rows.iter().enumerate() {
        trade(&mut scene, row, axes);
        mark(&mut scene, day, row, n + 1, axes);
    }
    score(&mut scene, day, axes);
    words(&mut scene, day, rows, synthetic);
    list(&mut scene, rows, listed);
    scene
}

/// Shades the time in TREND.
fn regime(scene: &mut Scene, day: &Day, axes: Axes) {
    for bar in day.bars.iter().filter(|bar| bar.trend == Some(true)) {
        let (left, right) = (axes.x.at((bar.ts - bar.dur_us) as f64), axes.x.at(bar.ts as f64));
        for (top, bottom) in [PRICES, SCORE] {
            scene.area((left, top, right, bottom), TREND, 0.22);
        }
    }
}

/// Shades the value area of the session before.
fn value_area(scene: &mut Scene, day: &Day, axes: Axes) {
    let newest = |id: &str| day.levels.get(id).and_then(|track| track.steps.last());
    let (Some((_, high)), Some((_, low))) = (newest("pVAH"), newest("pVAL")) else { return };
    let inside = |px: f64| px.clamp(axes.y.low, axes.y.high);
    let (top, bottom) = (axes.y.at(inside(*high)), axes.y.at(inside(*low)));
    if bottom - top > 0.5 {
        scene.area((SIDES.0, top, SIDES.1, bottom), PROFILE, 0.06);
    }
}

fn grid(scene: &mut Scene, day: &Day, axes: Axes) {
    for px in ticks(axes.y.low, axes.y.high, 9.0) {
        let y = axes.y.at(px);
        scene.line((SIDES.0, y), (SIDES.1, y), GRID, 1);
        scene.text((SIDES.0 - 8.0, y), points(px), 15.0, INK, Align::Right);
    }
    let mut ts = day.rth.0;
    while ts <= day.rth.1 {
        let x = axes.x.at(ts as f64);
        for (top, bottom) in [PRICES, SCORE] {
            scene.line((x, top), (x, bottom), GRID, 1);
        }
        scene.text((x, PRICES.1 + 15.0), place::clock(ts), 15.0, INK, Align::Centre);
        ts += 30 * 60_000_000;
    }
    let y = SCORE.0 - 12.0;
    scene.text((SIDES.1, y), "time of New York", 15.0, GREY, Align::Right);
}

fn family(track: &Track) -> Rgb {
    match track.family.as_str() {
        "PROFILE" => PROFILE,
        "SESSION" => SESSION,
        "GAMMA" | "EM" => GAMMA,
        _ => OTHER,
    }
}

/// Levels as lines, their names at the right.
fn levels(scene: &mut Scene, day: &Day, rows: &[&Row], axes: Axes) {
    let used = |id: &str| rows.iter().any(|row| row.signal.level_ids.iter().any(|own| own == id));
    let mut names = Vec::new();
    for (id, track) in &day.levels {
        if !(KNOWN.contains(&id.as_str()) || used(id)) {
            continue;
        }
        let colour = family(track);
        let ends = track.steps.iter().skip(1).map(|(ts, _)| *ts).chain([day.rth.1]);
        for ((from, px), to) in track.steps.iter().zip(ends) {
            if axes.y.holds(*px) {
                let first =
                    if *from == track.steps[0].0 { day.rth.0.max(*from - 1) } else { *from };
                scene.line(axes.at(first, *px), axes.at(to, *px), colour, 1);
            }
        }
        if let Some((_, px)) = track.steps.last().filter(|(_, px)| axes.y.holds(*px)) {
            names.push((axes.y.at(*px), format!("{id} {}", points(*px)), colour));
        }
    }
    let vwap = day.bars.iter().rev().find_map(|bar| bar.vwap);
    if let Some((mean, _)) = vwap.filter(|(mean, _)| axes.y.holds(*mean)) {
        names.push((axes.y.at(mean), format!("VWAP {}", points(mean)), VWAP));
    }
    if let Some(bar) = day.bars.last() {
        names.push((axes.y.at(bar.close), format!("last {}", points(bar.close)), INK));
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let places = apart(&names.iter().map(|name| name.0).collect::<Vec<_>>(), PRICES, APART);
    for ((at, text, colour), y) in names.into_iter().zip(places) {
        scene.line((SIDES.1 + 1.0, at), (SIDES.1 + 16.0, y), colour, 1);
        scene.text((SIDES.1 + 20.0, y), text, 15.0, colour, Align::Left);
    }
}

/// Moves ascending places apart, within the ends as far as there is room.
fn apart(wanted: &[f64], (top, bottom): (f64, f64), distance: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    let mut least = top;
    for place in &mut places {
        *place = place.max(least);
        least = *place + distance;
    }
    let mut most = bottom.max(top + distance * wanted.len().saturating_sub(1) as f64);
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - distance;
    }
    places
}

/// VWAP and its bands of one and two deviations.
fn vwap(scene: &mut Scene, day: &Day, axes: Axes) {
    for (deviations, width, colour) in [
        (0.0, 2, VWAP),
        (1.0, 1, (244, 190, 140)),
        (-1.0, 1, (244, 190, 140)),
        (2.0, 1, (236, 150, 80)),
        (-2.0, 1, (236, 150, 80)),
    ] {
        let mut run = Vec::new();
        for bar in &day.bars {
            let px = bar.vwap.map(|(mean, sd)| mean + deviations * sd);
            match px.filter(|px| axes.y.holds(*px)) {
                Some(px) => run.push(axes.at(bar.ts, px)),
                None => flush(scene, &mut run, colour, width),
            }
        }
        flush(scene, &mut run, colour, width);
    }
}

fn flush(scene: &mut Scene, run: &mut Vec<(f64, f64)>, colour: Rgb, width: u32) {
    let points = std::mem::take(run);
    if points.len() > 1 {
        scene.curve(points, colour, width);
    }
}

fn candle(scene: &mut Scene, bar: &Candle, axes: Axes) {
    let colour = if bar.close > bar.open {
        UP
    } else if bar.close < bar.open {
        DOWN
    } else {
        GREY
    };
    let (left, right) = (axes.x.at((bar.ts - bar.dur_us) as f64), axes.x.at(bar.ts as f64));
    let (middle, half) = (f64::midpoint(left, right), (right - left) * 0.38);
    scene.line((middle, axes.y.at(bar.high)), (middle, axes.y.at(bar.low)), colour, 1);
    let (a, b) = (axes.y.at(bar.open), axes.y.at(bar.close));
    let (top, bottom) = (a.min(b), a.max(b).max(a.min(b) + 1.0));
    scene.area((middle - half, top, middle + half, bottom), colour, 1.0);
}

/// Green for ticks made, red for ticks lost, dark while it is open.
const fn result(row: &Row) -> Rgb {
    match row.outcome.end {
        End::Open => INK,
        _ if row.outcome.net_ticks > 0.0 => WON,
        _ => LOST,
    }
}

/// Stop and target until the end, and the way from entry to exit.
fn trade(scene: &mut Scene, row: &Row, axes: Axes) {
    let (signal, outcome) = (&row.signal, &row.outcome);
    let from = axes.at(signal.ts, signal.entry.points());
    let to = axes.at(outcome.ts_end.max(signal.ts), outcome.exit.points());
    // A trade of one bar is still seen.
    let right = to.0.max(from.0 + 14.0);
    let stop = axes.y.at(signal.stop.points());
    scene.area((from.0, from.1.min(stop), right, from.1.max(stop)), LOST, 0.10);
    level(scene, (from.0, right), stop, LOST);
    if let Some(target) = outcome.target {
        let target = axes.y.at(target.points());
        scene.area((from.0, from.1.min(target), right, from.1.max(target)), WON, 0.10);
        level(scene, (from.0, right), target, WON);
    }
    scene.line(from, to, result(row), 2);
    scene.area((to.0 - 3.0, to.1 - 3.0, to.0 + 3.0, to.1 + 3.0), result(row), 1.0);
}

fn level(scene: &mut Scene, (left, right): (f64, f64), y: f64, colour: Rgb) {
    scene.line((left, y), (right, y), colour, 2);
}

/// A triangle below the bar of a purchase, above that of a sale, with the number of the signal.
fn mark(scene: &mut Scene, day: &Day, row: &Row, number: usize, axes: Axes) {
    let ts = row.signal.ts;
    let bar = day.bars.iter().find(|bar| bar.ts == ts);
    let entry = row.signal.entry.points();
    let buys = row.signal.side == Side::Buy;
    let edge = bar.map_or(entry, |bar| if buys { bar.low } else { bar.high });
    let x = axes.x.at(ts as f64) - bar.map_or(0.0, |bar| width(bar, axes) / 2.0);
    // Downwards on the picture for a purchase: the mark stands below and points up.
    let way = if buys { 1.0 } else { -1.0 };
    let tip = axes.y.at(edge) + way * 5.0;
    let base = tip + way * 14.0;
    let colour = result(row);
    scene.polygon(vec![(x, tip), (x - 8.0, base), (x + 8.0, base)], colour);
    let text = number.to_string();
    let (wide, y) = (width_of(&text, 16.0) / 2.0 + 3.0, base + way * 11.0);
    scene.area((x - wide, y - 9.0, x + wide, y + 9.0), WHITE, 0.8);
    scene.text((x, y), text, 16.0, colour, Align::Centre);
}

fn width(bar: &Candle, axes: Axes) -> f64 {
    axes.x.at(bar.ts as f64) - axes.x.at((bar.ts - bar.dur_us) as f64)
}

/// The Battle Navale score.
fn score(scene: &mut Scene, day: &Day, axes: Axes) {
    let y = Scale { low: -1.0, high: 1.0, from: SCORE.1, to: SCORE.0 };
    for value in [-1.0, -0.5, 0.5, 1.0] {
        scene.line((SIDES.0, y.at(value)), (SIDES.1, y.at(value)), GRID, 1);
    }
    for (value, text) in [(-1.0, "-1"), (0.0, "0"), (1.0, "+1")] {
        scene.text((SIDES.0 - 8.0, y.at(value)), text, 15.0, INK, Align::Right);
    }
    for bar in &day.bars {
        let Some(value) = bar.score else { continue };
        let right = axes.x.at(bar.ts as f64);
        let at = y.at(value.clamp(-1.0, 1.0));
        let colour = if value < 0.0 { DOWN } else { UP };
        let left = right - width(bar, axes);
        scene.area((left, at.min(y.at(0.0)), right, at.max(y.at(0.0))), colour, 0.9);
    }
    scene.line((SIDES.0, y.at(0.0)), (SIDES.1, y.at(0.0)), INK, 1);
    let known = day.bars.iter().any(|bar| bar.score.is_some());
    let text = if known {
        "Battle Navale score: above 0 Vikings (buyers), below Defenders (sellers)"
    } else {
        "no Battle Navale score in this session"
    };
    scene.text((SIDES.0, SCORE.0 - 12.0), text, 15.0, INK, Align::Left);
}

/// Title, legend and the frame's notes.
fn words(scene: &mut Scene, day: &Day, rows: &[&Row], synthetic: bool) {
    let left = 28.0;
    let title = format!("{}  {}", day.sym, place::day(day.rth.0));
    scene.text((left, 32.0), title, 30.0, INK, Align::Left);
    let net: f64 = rows
        .iter()
        .filter(|row| row.outcome.end != End::Open)
        .map(|row| row.outcome.net_ticks)
        .sum();
    let text = match rows.len() {
        0 => "no signal".to_owned(),
        1 => format!("1 signal, {net:+.2} ticks net"),
        n => format!("{n} signals, {net:+.2} ticks net"),
    };
    scene.text((f64::from(WIDTH) - 28.0, 32.0), text, 22.0, INK, Align::Right);
    if synthetic {
        let cry = "SYNTHETIC DATA";
        let wide = width_of(cry, 24.0) + 28.0;
        let middle = f64::from(WIDTH) / 2.0;
        scene.area((middle - wide / 2.0, 13.0, middle + wide / 2.0, 51.0), LOST, 1.0);
        scene.text((middle, 32.0), cry, 24.0, WHITE, Align::Centre);
    }
    let mut x = SIDES.0;
    let y = PRICES.0 - 18.0;
    for (text, colour, opacity) in [
        ("VWAP, ± 1 and 2 sd", VWAP, 1.0),
        ("value area before", PROFILE, 0.2),
        ("regime TREND", TREND, 0.45),
        ("profile", PROFILE, 1.0),
        ("session", SESSION, 1.0),
        ("gamma", GAMMA, 1.0),
        ("won", WON, 1.0),
        ("lost", LOST, 1.0),
        ("open", INK, 1.0),
    ] {
        scene.area((x, y - 6.0, x + 14.0, y + 6.0), colour, opacity);
        scene.text((x + 20.0, y), text, 15.0, INK, Align::Left);
        x += 44.0 + width_of(text, 15.0) * 1.16;
    }
}

/// The signals in words, numbered as on the picture.
fn list(scene: &mut Scene, rows: &[&Row], listed: usize) {
    let mut y = HEIGHT - 14.0;
    for (n, row) in rows.iter().take(listed).enumerate() {
        let (signal, outcome) = (&row.signal, &row.outcome);
        let target = outcome.target.map_or_else(|| "-".to_owned(), |px| points(px.points()));
        let text = format!(
            "{:>2}  {}  {:<14} {:<4} {:<5} at {}, stop {}, T1 {target}: {} {} {:+.2} ticks net, \
             {:+.2} R   {}",
            n + 1,
            place::clock(signal.ts),
            signal.pattern,
            summary::side(signal.side),
            signal.regime,
            points(signal.entry.points()),
            points(signal.stop.points()),
            outcome.end.name(),
            place::clock(outcome.ts_end),
            outcome.net_ticks,
            outcome.r,
            signal.level_ids.iter().map(|id| place::level(id)).collect::<Vec<_>>().join(" "),
        );
        scene.text((28.0, y), text, 16.0, result(row), Align::Left);
        y += LINE;
    }
    if rows.len() > listed {
        let text = format!("and {} more", rows.len() - listed);
        scene.text((28.0, y), text, 16.0, GREY, Align::Left);
    } else if rows.is_empty() {
        let text = "The table of mia-signal backscan says why there was no signal.";
        scene.text((28.0, y), text, 16.0, GREY, Align::Left);
    }
}

/// A price with two digits, none where it is whole.
fn points(px: f64) -> String {
    if (px - px.round()).abs() < 0.005 { format!("{px:.0}") } else { format!("{px:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_have_digits_where_they_need_them() {
        assert_eq!((points(5000.0), points(5000.25)), ("5000".to_owned(), "5000.25".to_owned()));
    }

    proptest! {
        #[test]
        fn names_never_touch(mut wanted in prop::collection::vec(100.0..600.0f64, 0..20)) {
            wanted.sort_by(f64::total_cmp);
            let places = apart(&wanted, (100.0, 600.0), 17.0);
            prop_assert_eq!(places.len(), wanted.len());
            for pair in places.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 17.0 - 1e-9);
            }
            prop_assert!(places.iter().all(|y| (100.0 - 1e-9..=600.0 + 1e-9).contains(y)));
        }
    }
}
