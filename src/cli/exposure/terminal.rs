//! One snapshot on a terminal: the numbers, then the strikes as a ladder of bars.

use crate::cli::exposure::By;
use crate::cli::exposure::figures;
use crate::cli::exposure::ladder::Ladder;
use crate::cli::exposure::ladder::Rung;
use crate::cli::exposure::view::Landmark;
use crate::cli::exposure::view::LandmarkKind;
use crate::cli::exposure::view::View;
use crate::options::ExpiryExposure;
use anstyle::AnsiColor;
use anstyle::Style;
use std::fmt::Write;

/// Narrowest and widest picture, columns.
const WIDTHS: (usize, usize) = (72, 132);
/// Steps of the ladder at most.
const STEPS_MAX: usize = 45;
/// Columns left of the bars (strike and a space), and of what follows them.
const STRIKE: usize = 9;
const NET: usize = 10;
const MARKS: usize = 14;
/// From this width on, open interest has columns of its own.
const WIDE: usize = 104;
const OI: usize = 11;

/// How it is to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns.
    pub width: usize,
    /// Whether colours may be used.
    pub color: bool,
    /// Half of the ladder, a share of the spot.
    pub window: f64,
}

/// Colours by meaning.
struct Palette {
    call: Style,
    put: Style,
    spot: Style,
    flip: Style,
    dim: Style,
    bold: Style,
    shout: Style,
}

impl Palette {
    fn new(color: bool) -> Self {
        let on = |style: Style| if color { style } else { Style::new() };
        Self {
            call: on(AnsiColor::Green.on_default()),
            put: on(AnsiColor::Red.on_default()),
            spot: on(AnsiColor::Cyan.on_default().bold()),
            flip: on(AnsiColor::Magenta.on_default().bold()),
            dim: on(Style::new().dimmed()),
            bold: on(Style::new().bold()),
            shout: on(AnsiColor::White.on(AnsiColor::Red).bold()),
        }
    }

    fn signed(&self, value: f64) -> Style {
        if value < 0.0 { self.put } else { self.call }
    }
}

/// The snapshot as text.
pub(super) fn of(view: &View, by: By, look: Look) -> String {
    let width = look.width.clamp(WIDTHS.0, WIDTHS.1);
    let palette = Palette::new(look.color);
    let mut text = String::new();
    heading(&mut text, view, width, &palette);
    numbers(&mut text, view, width, &palette);
    text.push('\n');
    match by {
        By::Strike => ladder(&mut text, view, width, look.window, &palette),
        By::Expiry => expiries(&mut text, view, width, &palette),
    }
    text.push('\n');
    let dim = palette.dim;
    let foot = format!(
        "source {}; dealer sign {}: a hypothesis, positions are not observable",
        view.source(),
        view.signs_in_words()
    );
    for line in wrapped(&foot, width) {
        let _ = writeln!(text, "{dim}{line}{dim:#}");
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn heading(text: &mut String, view: &View, width: usize, palette: &Palette) {
    let exposure = &view.exposure;
    let (bold, shout) = (palette.bold, palette.shout);
    if view.is_synthetic() {
        let cry = "SYNTHETIC DATA: made up, not of any market";
        let _ = writeln!(text, "{shout}{cry:^width$}{shout:#}");
    }
    let left = format!("{}  {}", exposure.und, figures::points(exposure.spot));
    let what = "  dealer gamma exposure";
    let right = figures::stamp(exposure.at);
    let gap = width.saturating_sub(left.len() + what.len());
    let _ = writeln!(text, "{bold}{left}{bold:#}{what}{right:>gap$}\n");
}

/// Label and text, wrapped under itself.
fn line(text: &mut String, label: &str, style: Style, value: &str, rest: &str, width: usize) {
    const LABEL: usize = 15;
    let _ = write!(text, "{label:<LABEL$}{style}{value}{style:#}");
    let mut used = LABEL + value.chars().count();
    if !rest.is_empty() {
        text.push_str("  ");
        used += 2;
    }
    for word in rest.split(' ') {
        let long = word.chars().count();
        if used + long > width && used > LABEL {
            let _ = write!(text, "\n{:LABEL$}", "");
            used = LABEL;
        }
        text.push_str(word);
        text.push(' ');
        used += long + 1;
    }
    text.push('\n');
}

fn numbers(text: &mut String, view: &View, width: usize, palette: &Palette) {
    let x = &view.exposure;
    let plain = Style::new();
    let net = format!("{} per 1 % move", figures::dollars(x.net()));
    let parts = format!(
        "{} (calls {}, puts {})",
        view.meaning(),
        figures::dollars(x.calls),
        figures::dollars(x.puts)
    );
    line(text, "net gamma", palette.signed(x.net()), &net, &parts, width);
    let away = |px: f64| figures::distance(x.spot, px);
    match x.flip {
        Some(flip) => {
            let side = if flip.negative_below { "below" } else { "above" };
            let rest = format!("{} from spot, net gamma is negative {side} it", away(flip.price));
            line(text, "gamma flip", palette.flip, &figures::points(flip.price), &rest, width);
        }
        None => {
            let rest = "net gamma keeps its sign within 10 % of spot";
            line(text, "gamma flip", plain, "none", rest, width);
        }
    }
    let wall = |px: Option<f64>| match px {
        Some(px) => format!("{} ({})", figures::points(px), away(px)),
        None => "-".into(),
    };
    line(text, "call wall", palette.call, &wall(x.walls.call), "", width);
    let rest = format!("both sides {}, max pain {}", wall(x.walls.abs), wall(x.max_pain));
    line(text, "put wall", palette.put, &wall(x.walls.put), &rest, width);
    match &x.em {
        Some(em) => {
            let value = format!("± {} points", figures::points(em.sigma));
            let rest = format!(
                "one sigma to {} ({} of spot, volatility {}); straddle {}",
                em.exp,
                figures::percent(em.sigma / x.spot),
                figures::percent(em.vol),
                figures::points(em.straddle)
            );
            line(text, "expected move", plain, &value, &rest, width);
        }
        None => line(text, "expected move", plain, "none", "", width),
    }
    let share = |value: Option<f64>| value.map_or_else(|| "-".into(), figures::percent);
    let rest = format!(
        "of gross gamma ({}); of open interest {}, of volume {}",
        figures::dollars_unsigned(x.gross),
        share(x.dte0_oi),
        share(x.dte0_volume)
    );
    line(text, "expires today", plain, &share(x.dte0), &rest, width);
    let mut parts = Vec::new();
    parts.extend(x.vex.map(|vex| format!("vanna {} per volatility point", figures::dollars(vex))));
    parts.extend(x.charm.map(|charm| format!("charm {} until the close", figures::dollars(charm))));
    if let Some(dex) = x.dex {
        line(text, "delta", plain, &figures::dollars(dex), &parts.join(", "), width);
    }
    let value = figures::percent(x.coverage);
    let mut rest = format!("{} of {} contracts", figures::count(x.used), figures::count(x.listed));
    let left_out = view.left_out();
    if !left_out.is_empty() {
        let _ = write!(rest, "; left out: {left_out}");
    }
    if x.floored > 0 {
        let _ = write!(rest, "; {} closer to settlement than the floor", figures::count(x.floored));
    }
    let style = if view.is_thin() {
        rest = format!(
            "TOO LITTLE (options.coverage_min is {}); {rest}",
            figures::percent(view.coverage_min)
        );
        palette.shout
    } else {
        plain
    };
    line(text, "coverage", style, &value, &rest, width);
    line(text, "ages", plain, &view.ages(), "", width);
}

/// What stands in the ladder between strikes.
fn crossings(view: &View) -> Vec<Landmark> {
    let between = |mark: &Landmark| matches!(mark.kind, LandmarkKind::Spot | LandmarkKind::Flip);
    view.landmarks().into_iter().filter(between).collect()
}

fn ladder(text: &mut String, view: &View, width: usize, window: f64, palette: &Palette) {
    let ladder = Ladder::of(&view.exposure.by_strike, view.exposure.spot, window, STEPS_MAX);
    let wide = width >= WIDE;
    let oi = if wide { 2 * OI } else { 0 };
    let bar = (width - STRIKE - 1 - NET - oi - MARKS) / 2;
    let longest = ladder.longest();
    let (scale, unit) = if longest >= 0.1e9 { (1e9, " bn") } else { (1e6, " m") };
    let (put, call, dim) = (palette.put, palette.call, palette.dim);
    let head = format!("${unit} per 1 %");
    let _ = write!(
        text,
        "{dim}{:>8}{dim:#} {put}{:>bar$}{put:#} {call}{:<bar$}{call:#}{dim}{:>NET$}",
        "strike", "puts", "calls", "net"
    );
    if wide {
        let _ = write!(text, "{:>OI$}{:>OI$}", "put OI", "call OI");
    }
    let _ = writeln!(text, "  {head}{dim:#}");
    let mut left = crossings(view);
    let inside = |mark: &Landmark| (ladder.low..=ladder.high).contains(&mark.px);
    let outside: Vec<_> = left.iter().filter(|mark| !inside(mark)).copied().collect();
    left.retain(inside);
    for rung in ladder.rungs.iter().rev() {
        while let Some(mark) = left.pop_if(|mark| mark.px >= rung.from) {
            crossing(text, mark, width, bar, palette);
        }
        step(text, view, rung, &ladder, (bar, longest, scale, wide), palette);
    }
    while let Some(mark) = left.pop() {
        crossing(text, mark, width, bar, palette);
    }
    let mut notes = Vec::new();
    if ladder.summed {
        let step = figures::points(ladder.step);
        notes.push(format!("a row sums the strikes of {step} points from its own upwards"));
    }
    if ladder.outside >= 0.005 {
        let share = figures::percent(ladder.outside);
        notes.push(format!("{share} of the exposure lies outside (--window shows more)"));
    }
    for mark in outside {
        let (name, px) = (mark.kind.name(), figures::points(mark.px));
        notes.push(format!("the {name} at {px} lies outside"));
    }
    for line in wrapped(&notes.join("; "), width) {
        let _ = writeln!(text, "{dim}{line}{dim:#}");
    }
}

/// The line of the spot or the flip, through the bars.
fn crossing(text: &mut String, mark: Landmark, width: usize, bar: usize, palette: &Palette) {
    let (style, dash) = match mark.kind {
        LandmarkKind::Spot => (palette.spot, "─"),
        _ => (palette.flip, "╌"),
    };
    let name = format!(" {} {} ", mark.kind.name(), figures::points(mark.px));
    let before = dash.repeat(STRIKE + bar / 4);
    let used = STRIKE + bar / 4 + name.chars().count();
    let after = dash.repeat(width.saturating_sub(used + MARKS - 2));
    let _ = writeln!(text, "{style}{before}{name}{after}{style:#}");
}

fn step(
    text: &mut String,
    view: &View,
    rung: &Rung,
    ladder: &Ladder,
    (bar, longest, scale, wide): (usize, f64, f64, bool),
    palette: &Palette,
) {
    let (put, call) = (palette.put, palette.call);
    let share = |value: f64| if longest > 0.0 { value.abs() / longest * bar as f64 } else { 0.0 };
    let puts = to_the_left(share(rung.put));
    let calls = to_the_right(share(rung.call));
    let net = rung.call + rung.put;
    let style = palette.signed(net);
    let _ = write!(
        text,
        "{:>8} {put}{puts:>bar$}{put:#}│{call}{calls:<bar$}{call:#}{style}{:>NET$}{style:#}",
        figures::points(rung.from),
        figures::signed(net / scale, 3)
    );
    if wide {
        let (puts, calls) = (figures::count(rung.put_oi), figures::count(rung.call_oi));
        let _ = write!(text, "{puts:>OI$}{calls:>OI$}");
    }
    let _ = writeln!(text, "  {}", marks(view, rung, ladder.step));
}

/// What the row's strikes are.
fn marks(view: &View, rung: &Rung, step: f64) -> String {
    let x = &view.exposure;
    let here = |px: Option<f64>| px.is_some_and(|px| px >= rung.from && px < rung.from + step);
    let mut marks = Vec::new();
    match (here(x.walls.call), here(x.walls.put)) {
        (true, true) => marks.push("both walls"),
        (true, false) => marks.push("call wall"),
        (false, true) => marks.push("put wall"),
        (false, false) => {}
    }
    if here(x.max_pain) && marks.is_empty() {
        marks.push("max pain");
    }
    marks.join(", ")
}

/// A bar of eighths of a column.
fn to_the_right(columns: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = libm::round(columns * 8.0) as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// A bar of half columns: there are no finer ones that grow to the left.
fn to_the_left(columns: f64) -> String {
    let halves = libm::round(columns * 2.0) as usize;
    let (whole, half) = (halves / 2, halves % 2);
    // What is there at all is seen.
    let hint = if halves == 0 && columns > 0.06 { "▕" } else { "" };
    format!("{}{hint}{}", "▐".repeat(half), "█".repeat(whole))
}

/// Net exposure of an expiry.
fn net(expiry: &ExpiryExposure) -> f64 {
    expiry.calls + expiry.puts
}

/// Gross exposure of an expiry.
fn gross_of(expiry: &ExpiryExposure) -> f64 {
    expiry.calls.abs() + expiry.puts.abs()
}

fn expiries(text: &mut String, view: &View, width: usize, palette: &Palette) {
    let gross = view.exposure.gross;
    let dim = palette.dim;
    let _ = writeln!(
        text,
        "{dim}{:<10} {:<6} {:<2} {:>9} {:>10} {:>7} {:>7} {:>9} {:>6}{dim:#}",
        "expiry", "root", "", "runs", "forward", "vol", "skew", "net bn", "gross"
    );
    let longest = view.exposure.by_expiry.iter().fold(0.0, |m: f64, e| m.max(net(e).abs()));
    let room = width.saturating_sub(78);
    for expiry in &view.exposure.by_expiry {
        let style = palette.signed(net(expiry));
        let percent = |value: Option<f64>| value.map_or_else(|| "-".into(), figures::percent);
        let settle = match expiry.settle {
            crate::wire::Settlement::Am => "am",
            crate::wire::Settlement::Pm => "pm",
        };
        let share = if gross > 0.0 { gross_of(expiry) / gross } else { 0.0 };
        let columns = if longest > 0.0 { net(expiry).abs() / longest * room as f64 } else { 0.0 };
        let _ = writeln!(
            text,
            "{:<10} {:<6} {settle} {:>9} {:>10} {:>7} {:>7} {style}{:>9}{style:#} {:>6} \
             {style}{}{style:#}",
            expiry.exp.to_string(),
            expiry.root.as_str(),
            figures::minutes(expiry.minutes),
            figures::grouped(expiry.forward, 2),
            percent(expiry.atm_vol),
            percent(expiry.skew),
            figures::signed(net(expiry) / figures::BILLION, 3),
            figures::percent(share),
            to_the_right(columns)
        );
    }
}

/// Lines of at most `width` columns.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_value() {
        assert_eq!(to_the_right(0.0), "");
        assert_eq!(to_the_right(2.5), "██▌");
        assert_eq!(to_the_right(0.99), "█");
        assert_eq!(to_the_left(2.5), "▐██");
        assert_eq!(to_the_left(0.1), "▕");
        assert_eq!(to_the_left(0.0), "");
    }

    #[test]
    fn lines_are_no_longer_than_asked() {
        let text = "one two three four five six seven";
        let lines = wrapped(text, 10);
        assert!(lines.iter().all(|line| line.len() <= 10), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }
}
