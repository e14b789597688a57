//! Many snapshots as a table, a line each.

use crate::cli::exposure::figures;
use crate::cli::exposure::view::View;
use anstyle::AnsiColor;
use anstyle::Style;

/// What stands above the lines.
pub(super) fn header(color: bool) -> String {
    let dim = if color { Style::new().dimmed() } else { Style::new() };
    let text = format!(
        "{:<16} {:<5} {:>9} {:>9} {:>9} {:>7} {:>7} {:>6} {:>7} {:>6}  source",
        "New York", "", "spot", "net", "flip", "calls", "puts", "0DTE", "move", "used"
    );
    format!("{dim}{text}{dim:#}\n")
}

/// A snapshot: time, underlying, spot, net exposure a 1 % move, flip, walls, share that expires
/// today, expected move (one sigma), coverage, source.
pub(super) fn line(view: &View, color: bool) -> String {
    let x = &view.exposure;
    let style = match (color, x.net() < 0.0) {
        (false, _) => Style::new(),
        (true, true) => AnsiColor::Red.on_default(),
        (true, false) => AnsiColor::Green.on_default(),
    };
    let share = |value: Option<f64>| {
        value.map_or_else(|| "-".into(), |v| format!("{}%", figures::grouped(v * 100.0, 1)))
    };
    let cry = if view.is_synthetic() { " SYNTHETIC" } else { "" };
    format!(
        "{:<16} {:<5} {:>9} {style}{:>9}{style:#} {:>9} {:>7} {:>7} {:>6} {:>7} {:>6}  {}{cry}\n",
        figures::short_stamp(x.at),
        x.und.as_str(),
        figures::points(x.spot),
        figures::dollars(x.net()),
        figures::points_or_dash(x.flip.map(|flip| flip.price)),
        figures::points_or_dash(x.walls.call),
        figures::points_or_dash(x.walls.put),
        share(x.dte0),
        figures::points_or_dash(x.em.as_ref().map(|em| em.sigma)),
        share(Some(x.coverage)),
        view.source()
    )
}

/// What stands below the lines.
pub(super) fn footer(view: &View) -> String {
    format!(
        "\nnet: per 1 % move, dealer sign {} (a hypothesis); move: one sigma, points; used: coverage\n\
         newest: {}\n",
        view.signs_in_words(),
        view.ages()
    )
}
