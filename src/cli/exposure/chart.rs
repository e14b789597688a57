//! The picture of a snapshot: exposure by strike, and below it net exposure against the spot.

use crate::cli::exposure::figures;
use crate::cli::exposure::ladder::Ladder;
use crate::cli::exposure::view::Landmark;
use crate::cli::exposure::view::LandmarkKind;
use crate::cli::exposure::view::View;
use crate::cli::picture::scale::Scale;
use crate::cli::picture::scale::ticks;
use crate::cli::picture::scene::Align;
use crate::cli::picture::scene::Rgb;
use crate::cli::picture::scene::Scene;
use crate::cli::picture::scene::width_of;
use crate::config::GammaSource;

const WIDTH: u32 = 1400;
const HEIGHT: u32 = 900;
/// Left and right end of the panels.
const SIDES: (f64, f64) = (112.0, 1368.0);
/// Upper and lower end of the panels.
const UPPER: (f64, f64) = (206.0, 596.0);
const LOWER: (f64, f64) = (652.0, 812.0);
/// First row of the names of the lines, distance of the rows.
const NAMES: (f64, f64) = (136.0, 21.0);
/// Points of the curve.
const CURVE: f64 = 104.0;
/// Steps of the ladder at most.
const STEPS_MAX: usize = 160;

const INK: Rgb = (24, 28, 36);
const GREY: Rgb = (96, 104, 116);
const GRID: Rgb = (226, 230, 236);
const CALL: Rgb = (22, 138, 92);
const PUT: Rgb = (201, 48, 44);
const SPOT: Rgb = (18, 92, 188);
const FLIP: Rgb = (138, 43, 186);
const BAND: Rgb = (18, 92, 188);

/// The picture, `window` a share of the spot on each side.
pub(super) fn of(view: &View, window: f64) -> Scene {
    let ladder = Ladder::of(&view.exposure.by_strike, view.exposure.spot, window, STEPS_MAX);
    let x = Scale { low: ladder.low, high: ladder.high, from: SIDES.0, to: SIDES.1 };
    let mut scene = Scene::new(WIDTH, HEIGHT);
    band(&mut scene, view, x);
    let unit = upper(&mut scene, &ladder, x);
    // Where gammas are the source's, nobody knows them at another spot.
    let lower = if view.exposure.gamma == GammaSource::Model {
        let unit = curve(&mut scene, view, x);
        format!("net gamma exposure if the spot were there, {unit} per 1 % move")
    } else {
        open_interest(&mut scene, &ladder, x);
        "open interest by strike, thousand contracts: calls up, puts down".to_owned()
    };
    lines(&mut scene, view, x);
    legend(&mut scene, unit);
    caption(&mut scene, LOWER.0 + 15.0, &lower);
    words(&mut scene, view, &ladder);
    scene
}

/// The expected move as a shade behind everything.
fn band(scene: &mut Scene, view: &View, x: Scale) {
    let Some(em) = &view.exposure.em else { return };
    let edge = |px: f64| x.at(px.clamp(x.low, x.high));
    let (left, right) = (edge(view.exposure.spot - em.sigma), edge(view.exposure.spot + em.sigma));
    for (top, bottom) in [UPPER, LOWER] {
        scene.area((left, top, right, bottom), BAND, 0.07);
    }
}

/// Grid and values of a panel.
fn axis(scene: &mut Scene, y: Scale, wanted: f64, label: impl Fn(f64) -> String) {
    for value in ticks(y.low, y.high, wanted) {
        let at = y.at(value);
        let zero = value.abs() < (y.high - y.low) * 1e-9;
        let (colour, width) = if zero { (INK, 2) } else { (GRID, 1) };
        scene.line((SIDES.0, at), (SIDES.1, at), colour, width);
        scene.text((SIDES.0 - 10.0, at), label(value), 16.0, INK, Align::Right);
    }
}

/// Strikes below a panel.
fn strikes(scene: &mut Scene, x: Scale, panel: (f64, f64)) {
    for value in ticks(x.low, x.high, 12.0) {
        let at = x.at(value);
        scene.line((at, panel.0), (at, panel.1), GRID, 1);
        scene.text((at, panel.1 + 16.0), figures::points(value), 16.0, INK, Align::Centre);
    }
}

/// Dollars a panel counts in: their name and how many.
fn unit_of(span: f64) -> (&'static str, f64) {
    if span >= 0.5e9 { ("$ bn", 1e9) } else { ("$ m", 1e6) }
}

/// Dollars on an axis: with as many digits as the step needs.
fn dollars(span: f64) -> impl Fn(f64) -> String {
    let unit = unit_of(span).1;
    let digits = match span / unit {
        s if s >= 20.0 => 0,
        s if s >= 2.0 => 1,
        _ => 2,
    };
    move |value| {
        if value.abs() < span * 1e-9 { "0".into() } else { figures::signed(value / unit, digits) }
    }
}

fn upper(scene: &mut Scene, ladder: &Ladder, x: Scale) -> &'static str {
    // What has the same sign is stacked.
    let together = |a: f64, b: f64| if a * b > 0.0 { a + b } else { 0.0 };
    let extremes = ladder.rungs.iter().flat_map(|r| [r.call, r.put, together(r.call, r.put)]);
    let (low, high) = extremes.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    let span = (high - low).max(1.0);
    let y = Scale { low: low - 0.06 * span, high: high + 0.10 * span, from: UPPER.1, to: UPPER.0 };
    strikes(scene, x, UPPER);
    axis(scene, y, 8.0, dollars(span));
    let half = (x.at(x.low + ladder.step) - x.at(x.low)) * 0.39;
    let middle = if ladder.summed { ladder.step / 2.0 } else { 0.0 };
    for rung in &ladder.rungs {
        let at = x.at(rung.from + middle);
        let (left, right) = ((at - half).max(SIDES.0), (at + half).min(SIDES.1));
        let mut bar = |from: f64, to: f64, colour| {
            let (a, b) = (y.at(from), y.at(to));
            if (a - b).abs() >= 0.3 {
                scene.area((left, a.min(b), right, a.max(b)), colour, 0.92);
            }
        };
        bar(0.0, rung.call, CALL);
        let base = if rung.call * rung.put > 0.0 { rung.call } else { 0.0 };
        bar(base, base + rung.put, PUT);
        let net = y.at(rung.call + rung.put);
        if (net - y.at(0.0)).abs() > 3.0 {
            scene.line((left, net), (right, net), INK, 2);
        }
    }
    unit_of(span).0
}

/// The heading of the upper panel, and what its colours are.
fn legend(scene: &mut Scene, unit: &str) {
    let head = &format!("gamma exposure by strike, {unit} per 1 % move of the spot");
    caption(scene, UPPER.0 + 15.0, head);
    let mut at = SIDES.0 + 24.0 + width_of(head, 16.0);
    scene.area((at - 8.0, UPPER.0 + 4.0, at + 310.0, UPPER.0 + 26.0), WHITE, 0.85);
    let y = UPPER.0 + 15.0;
    let entries = [
        ("calls", CALL, (6.0, 3.0), 1.0),
        ("puts", PUT, (6.0, 3.0), 1.0),
        ("net", INK, (2.0, 1.0), 1.0),
        ("± 1 sigma", BAND, (7.0, 5.0), 0.2),
    ];
    for (name, colour, (above, below), opacity) in entries {
        scene.area((at, y - above, at + 14.0, y + below), colour, opacity);
        scene.text((at + 20.0, y), name, 16.0, INK, Align::Left);
        at += 36.0 + width_of(name, 16.0);
    }
}

/// The heading of a panel, on white so that bars do not run through it.
fn caption(scene: &mut Scene, y: f64, text: &str) {
    let left = SIDES.0 + 8.0;
    scene.area((left - 4.0, y - 11.0, left + width_of(text, 16.0) + 8.0, y + 11.0), WHITE, 0.85);
    scene.text((left, y), text, 16.0, INK, Align::Left);
}

const WHITE: Rgb = (255, 255, 255);

/// Net exposure if the spot were elsewhere.
fn curve(scene: &mut Scene, view: &View, x: Scale) -> &'static str {
    let step = (x.high - x.low) / CURVE;
    let at = |i: u32| x.low + step * f64::from(i);
    let points: Vec<_> =
        (0..=CURVE as u32).map(|i| (at(i), view.exposure.curve.at(at(i)))).collect();
    let (low, high) = points.iter().fold((0.0_f64, 0.0_f64), |(l, h), p| (l.min(p.1), h.max(p.1)));
    let span = (high - low).max(1.0);
    let y = Scale { low: low - 0.1 * span, high: high + 0.2 * span, from: LOWER.1, to: LOWER.0 };
    strikes(scene, x, LOWER);
    for pair in points.windows(2) {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        let value = y.at(f64::midpoint(a, b));
        let (top, bottom) = (value.min(y.at(0.0)), value.max(y.at(0.0)));
        let colour = if a + b < 0.0 { PUT } else { CALL };
        scene.area((x.at(from), top, x.at(to), bottom), colour, 0.18);
    }
    axis(scene, y, 4.0, dollars(span));
    let drawn = points.iter().map(|(px, net)| (x.at(*px), y.at(*net))).collect();
    scene.curve(drawn, INK, 3);
    unit_of(span).0
}

/// Open interest, where there is no curve.
fn open_interest(scene: &mut Scene, ladder: &Ladder, x: Scale) {
    let most = ladder.rungs.iter().map(|r| r.call_oi.max(r.put_oi)).max().unwrap_or(0) as f64;
    let most = most.max(1.0) / 1000.0;
    let y = Scale { low: -1.1 * most, high: 1.25 * most, from: LOWER.1, to: LOWER.0 };
    strikes(scene, x, LOWER);
    axis(scene, y, 4.0, |value| figures::grouped(value.abs(), usize::from(most < 4.0)));
    let half = (x.at(x.low + ladder.step) - x.at(x.low)) * 0.39;
    let middle = if ladder.summed { ladder.step / 2.0 } else { 0.0 };
    for rung in &ladder.rungs {
        let at = x.at(rung.from + middle);
        let (left, right) = ((at - half).max(SIDES.0), (at + half).min(SIDES.1));
        let (call, put) = (rung.call_oi as f64 / 1000.0, rung.put_oi as f64 / 1000.0);
        scene.area((left, y.at(call), right, y.at(0.0)), CALL, 0.75);
        scene.area((left, y.at(0.0), right, y.at(-put)), PUT, 0.75);
    }
}

fn colour_of(kind: LandmarkKind) -> Rgb {
    match kind {
        LandmarkKind::Spot => SPOT,
        LandmarkKind::Flip => FLIP,
        LandmarkKind::CallWall => CALL,
        LandmarkKind::PutWall => PUT,
        LandmarkKind::BothWalls => INK,
    }
}

/// A name with its place: row, left and right end.
#[derive(Clone, PartialEq, Debug)]
struct Name {
    mark: Landmark,
    text: String,
    row: usize,
    left: f64,
    right: f64,
}

/// Puts every name into the first row where it touches no other.
fn names(marks: &[Landmark], spot: f64, x: Scale) -> Vec<Name> {
    const SIZE: f64 = 18.0;
    let mut placed: Vec<Name> = Vec::new();
    // The spot first: it is looked for first.
    let mut marks: Vec<_> = marks.iter().filter(|mark| x.holds(mark.px)).collect();
    marks.sort_by_key(|mark| mark.kind);
    for mark in marks {
        let away = match mark.kind {
            LandmarkKind::Spot => String::new(),
            _ => format!(" ({})", figures::distance(spot, mark.px)),
        };
        let text = format!("{} {}{away}", mark.kind.name(), figures::points(mark.px));
        let wide = width_of(&text, SIZE);
        let left = (x.at(mark.px) - wide / 2.0).clamp(SIDES.0, SIDES.1 - wide);
        let right = left + wide;
        let free = |row: &usize| {
            let touches =
                |n: &Name| n.row == *row && left < n.right + 14.0 && n.left < right + 14.0;
            !placed.iter().any(touches)
        };
        let row = (0..=placed.len()).find(free).unwrap_or(0);
        placed.push(Name { mark: *mark, text, row, left, right });
    }
    placed
}

/// Spot, flip and walls: upright lines through both panels, their names above.
fn lines(scene: &mut Scene, view: &View, x: Scale) {
    const SIZE: f64 = 18.0;
    let names = names(&view.landmarks(), view.exposure.spot, x);
    for name in &names {
        let colour = colour_of(name.mark.kind);
        let at = x.at(name.mark.px);
        let y = NAMES.0 + NAMES.1 * name.row as f64;
        let top = y + 11.0;
        for (from, to) in [(top, UPPER.1), LOWER] {
            if name.mark.kind == LandmarkKind::Spot {
                scene.line((at, from), (at, to), colour, 2);
            } else {
                scene.dashes(at, (from, to), colour, 2);
            }
        }
    }
    // A line from a row above passes behind the names below it.
    for name in names {
        let y = NAMES.0 + NAMES.1 * name.row as f64;
        scene.area((name.left - 4.0, y - 10.0, name.right + 4.0, y + 10.0), WHITE, 1.0);
        scene.text((name.left, y), name.text, SIZE, colour_of(name.mark.kind), Align::Left);
    }
}

/// Title, the numbers under it, and the notes at the foot.
fn words(scene: &mut Scene, view: &View, ladder: &Ladder) {
    let exposure = &view.exposure;
    let left = 28.0;
    let title = format!("{} dealer gamma exposure", exposure.und);
    scene.text((left, 34.0), title, 32.0, INK, Align::Left);
    let when = figures::stamp(exposure.at);
    scene.text((SIDES.1, 34.0), when, 22.0, INK, Align::Right);
    if view.is_synthetic() {
        let cry = "SYNTHETIC DATA";
        let wide = width_of(cry, 26.0) + 28.0;
        let middle = f64::from(WIDTH) / 2.0 + 60.0;
        scene.area((middle - wide / 2.0, 14.0, middle + wide / 2.0, 52.0), PUT, 1.0);
        scene.text((middle, 34.0), cry, 26.0, WHITE, Align::Centre);
    }
    let net = format!(
        "net {} per 1 % move ({}), calls {}, puts {}",
        figures::dollars(exposure.net()),
        view.meaning(),
        figures::dollars(exposure.calls),
        figures::dollars(exposure.puts)
    );
    let colour = if exposure.net() < 0.0 { PUT } else { CALL };
    scene.text((left, 74.0), net, 21.0, colour, Align::Left);
    let mut facts = vec![match exposure.flip {
        Some(flip) => {
            let away = figures::distance(exposure.spot, flip.price);
            format!("flip {} ({away})", figures::points(flip.price))
        }
        None => "no flip near the spot".into(),
    }];
    if let Some(em) = &exposure.em {
        facts.push(format!("expected move ± {} (one sigma)", figures::points(em.sigma)));
    }
    if let Some(share) = exposure.dte0 {
        facts.push(format!("{} of gross expires today", figures::percent(share)));
    }
    facts.push(format!(
        "coverage {} of {} contracts",
        figures::percent(exposure.coverage),
        figures::count(exposure.listed)
    ));
    scene.text((left, 104.0), facts.join(" · "), 18.0, INK, Align::Left);
    let mut beside = Vec::new();
    for mark in view.landmarks() {
        if mark.px < ladder.low || mark.px > ladder.high {
            beside.push(format!("{} {}", mark.kind.name(), figures::points(mark.px)));
        }
    }
    let mut notes = vec![format!(
        "source {} · {} · dealer sign {}: a hypothesis, positions are not observable",
        view.source(),
        view.ages(),
        view.signs_in_words()
    )];
    let left_out = view.left_out();
    let mut second = Vec::new();
    if ladder.outside >= 0.005 {
        second.push(format!("{} of the exposure outside", figures::percent(ladder.outside)));
    }
    if !beside.is_empty() {
        second.push(format!("outside: {}", beside.join(", ")));
    }
    if !left_out.is_empty() {
        second.push(format!("left out: {left_out}"));
    }
    notes.push(second.join(" · "));
    for (row, note) in notes.into_iter().enumerate() {
        let most = ((SIDES.1 - left) / width_of("x", 14.0)) as usize;
        let text: String = if note.chars().count() > most {
            note.chars().take(most - 1).chain(['…']).collect()
        } else {
            note
        };
        scene.text((left, 856.0 + 22.0 * row as f64), text, 14.0, GREY, Align::Left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dollars_on_an_axis_have_digits_as_the_step_needs() {
        assert_eq!(dollars(30e9)(-20e9), "-20");
        assert_eq!(dollars(3e9)(1.5e9), "+1.5");
        assert_eq!(dollars(3e9)(0.0), "0");
    }

    proptest! {
        #[test]
        fn names_never_touch(prices in prop::array::uniform4(4800.0..5200.0f64)) {
            use LandmarkKind::CallWall;
            use LandmarkKind::Flip;
            use LandmarkKind::PutWall;
            use LandmarkKind::Spot;
            let marks: Vec<_> = [Spot, Flip, CallWall, PutWall]
                .into_iter()
                .zip(prices)
                .map(|(kind, px)| Landmark { kind, px })
                .collect();
            let x = Scale { low: 4750.0, high: 5250.0, from: SIDES.0, to: SIDES.1 };
            let placed = names(&marks, prices[0], x);
            prop_assert_eq!(placed.len(), 4);
            for (i, a) in placed.iter().enumerate() {
                prop_assert!(a.left >= SIDES.0 && a.right <= SIDES.1 + 1e-9);
                for b in &placed[..i] {
                    let apart = a.row != b.row || a.left > b.right || b.left > a.right;
                    prop_assert!(apart, "{:?} on {:?}", a, b);
                }
            }
        }
    }
}
