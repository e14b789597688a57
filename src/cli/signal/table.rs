//! A scan for people: signals, what they came to, and why there were not more.

use crate::cli::signal::place;
use crate::cli::signal::scan::Row;
use crate::cli::signal::scan::Scan;
use crate::cli::signal::summary;
use crate::cli::signal::summary::ENOUGH;
use crate::cli::signal::summary::Total;
use crate::strategies::End;
use anstyle::AnsiColor;
use anstyle::Style;
use std::fmt::Write;

/// Reasons told for each pattern.
const REASONS: usize = 4;

/// Colours by meaning.
struct Palette {
    good: Style,
    bad: Style,
    dim: Style,
    bold: Style,
    shout: Style,
}

impl Palette {
    fn new(color: bool) -> Self {
        let on = |style: Style| if color { style } else { Style::new() };
        Self {
            good: on(AnsiColor::Green.on_default()),
            bad: on(AnsiColor::Red.on_default()),
            dim: on(Style::new().dimmed()),
            bold: on(Style::new().bold()),
            shout: on(AnsiColor::White.on(AnsiColor::Red).bold()),
        }
    }

    const fn signed(&self, value: f64) -> Style {
        if value < 0.0 { self.bad } else { self.good }
    }
}

/// The scan as text.
pub(super) fn of(scan: &Scan, rows: &[Row], cost_ticks: f64, color: bool) -> String {
    let palette = Palette::new(color);
    let mut text = String::new();
    if scan.synthetic {
        let shout = palette.shout;
        let _ = writeln!(text, "{shout} SYNTHETIC DATA: made up, not of any market {shout:#}\n");
    }
    let sessions = scan.days.len();
    let _ = writeln!(
        text,
        "{} in {} of regular hours over {}; costs {cost_ticks:.2} ticks a trade\n",
        many(rows.len(), "signal"),
        many(scan.bars as usize, "bar"),
        many(sessions, "session"),
    );
    if !rows.is_empty() {
        signals(&mut text, rows, &palette);
        text.push('\n');
        totals(&mut text, rows, &palette);
        text.push('\n');
    }
    reasons(&mut text, scan, &palette);
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn many(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A row a signal.
fn signals(text: &mut String, rows: &[Row], palette: &Palette) {
    let (bold, dim) = (palette.bold, palette.dim);
    let _ = writeln!(
        text,
        "{bold}{:<16} {:<14} {:<4} {:<6} {:>8} {:>8} {:>8} {:<11} {:>7} {:>6} {:>4} {:>4} {:>5}  \
         why{bold:#}",
        "New York",
        "pattern",
        "side",
        "regime",
        "entry",
        "stop",
        "T1",
        "outcome",
        "net",
        "R",
        "MAE",
        "MFE",
        "confl",
    );
    for Row { signal, outcome, .. } in rows {
        let ink = if outcome.end == End::Open { dim } else { palette.signed(outcome.net_ticks) };
        let target = outcome.target.map_or_else(|| "-".into(), |px| format!("{:.2}", px.points()));
        let _ = writeln!(
            text,
            "{:<16} {:<14} {:<4} {:<6} {:>8.2} {:>8.2} {target:>8} {ink}{:<11} {:>+7.2} \
             {:>+6.2}{ink:#} {:>4} {:>4} {:>5.2}  {}",
            place::minute(signal.ts),
            signal.pattern,
            summary::side(signal.side),
            signal.regime,
            signal.entry.points(),
            signal.stop.points(),
            outcome.end.name(),
            outcome.net_ticks,
            outcome.r,
            outcome.mae_ticks,
            outcome.mfe_ticks,
            signal.confluence.0,
            why(signal),
        );
    }
    let _ = writeln!(
        text,
        "{dim}Entry at the signal's close; stop before target within a bar; net, MAE and MFE in \
         ticks, one contract out at T1.{dim:#}"
    );
}

/// Levels and conditions of a signal.
fn why(signal: &crate::wire::Signal) -> String {
    let levels: Vec<_> = signal.level_ids.iter().map(|id| place::level(id)).collect();
    let levels = levels.join("+");
    let sign = if levels.is_empty() { "" } else { ": " };
    format!("{levels}{sign}{}", signal.why.join(" "))
}

/// A row a pattern and side.
fn totals(text: &mut String, rows: &[Row], palette: &Palette) {
    let (bold, dim) = (palette.bold, palette.dim);
    let _ = writeln!(
        text,
        "{bold}{:<14} {:<4} {:>5} {:>6} {:>5} {:>5} {:>5} {:>9}  {:<18}{bold:#}",
        "pattern", "side", "n", "target", "stop", "other", "open", "net mean", "95 % interval",
    );
    for ((pattern, side), total) in summary::of(rows) {
        let Total { n, target, stop, other, open, .. } = total;
        let _ = write!(
            text,
            "{pattern:<14} {side:<4} {n:>5} {target:>6} {stop:>5} {other:>5} {open:>5} ",
        );
        match total.mean() {
            None => text.push_str("        -"),
            Some(mean) => {
                let ink = palette.signed(mean);
                let _ = write!(text, "{ink}{mean:>+9.2}{ink:#}");
            }
        }
        let interval = total.interval().map(|(low, high)| format!("{low:+.2} to {high:+.2}"));
        let _ = write!(text, "  {:<18}", interval.unwrap_or_else(|| "-".into()));
        if total.is_thin() {
            let _ = write!(text, "  {dim}uncalibrated, n too small (below {ENOUGH}){dim:#}");
        }
        text.push('\n');
    }
}

/// Why not, by pattern.
fn reasons(text: &mut String, scan: &Scan, palette: &Palette) {
    let (bold, dim) = (palette.bold, palette.dim);
    if scan.why_not.is_empty() {
        let _ = writeln!(
            text,
            "{dim}Why there were not more signals is not in the input: mia-signal --explain writes \
             it.{dim:#}"
        );
        return;
    }
    let _ = writeln!(text, "{bold}Why not: share of bars and sides in regular hours{bold:#}");
    let list = |shares: Vec<(String, f64)>| {
        let one = |(name, share): (String, f64)| format!("{name} {:.1} %", share * 100.0);
        shares.into_iter().map(one).collect::<Vec<_>>().join(", ")
    };
    for (pattern, why) in &scan.why_not {
        let failed = list(why.top(&why.failed, REASONS));
        let _ = write!(text, "{pattern:<14} {:>6}  {failed}", why.looks);
        if !why.missing.is_empty() {
            let missing = list(why.top(&why.missing, REASONS));
            let _ = write!(text, "  {dim}missing: {missing}{dim:#}");
        }
        text.push('\n');
    }
}
