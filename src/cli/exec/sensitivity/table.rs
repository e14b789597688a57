//! The report for people.

use crate::cli::exec::sensitivity::report::Report;
use crate::cli::exec::sensitivity::report::Row;
use crate::market::Cents;
use std::fmt::Write;

/// The report as text; `trades`: with every trade that changed.
pub(super) fn of(report: &Report, trades: bool) -> String {
    let mut text = String::new();
    if report.synthetic {
        text.push_str("SYNTHETIC DATA: made up, not of any market\n\n");
    }
    let _ = writeln!(
        text,
        "{:<14} {:<27} {:>6} {:>6} {:>6} {:>12} {:>10} {:>11} {:>8}",
        "assumption",
        "value",
        "trades",
        "fills",
        "won",
        "net USD",
        "a trade",
        "difference",
        "changed"
    );
    for row in &report.variants {
        line(&mut text, row);
        if trades {
            for change in &row.differences {
                let money = |cents: Option<Cents>| cents.map_or("-".into(), dollars);
                let _ = writeln!(
                    text,
                    "    {:<5} {}: {} -> {}",
                    change.what,
                    change.order,
                    money(change.was),
                    money(change.is)
                );
            }
        }
    }
    text.push('\n');
    match report.weights.first() {
        Some(first) if first.spread.0 > 0 => {
            let _ = writeln!(
                text,
                "what matters most: {} ({}: {} USD)",
                first.axis,
                first.at,
                signed(first.delta)
            );
            let rest: Vec<String> = report.weights[1..]
                .iter()
                .map(|weight| format!("{} {}", weight.axis, dollars(weight.spread)))
                .collect();
            let _ = writeln!(text, "spread of the others, USD: {}", rest.join(", "));
        }
        _ => text.push_str("no assumption changes the result\n"),
    }
    let few = if report.few { ": far too few to say anything about a market" } else { "" };
    let _ = writeln!(text, "n = {} trades from {} signals{few}", report.n, report.signals);
    let _ = writeln!(text, "{}", report.note);
    text
}

fn line(text: &mut String, row: &Row) {
    let won = row.win_rate.map_or("-".into(), |rate| format!("{:.0} %", 100.0 * rate.0));
    let each = row.net_per_trade.map_or("-".into(), |mean| format!("{:.2}", mean.0));
    let halted = if row.halted { "  halted" } else { "" };
    let delta = if row.axis == "as set" { String::new() } else { signed(row.delta) };
    let _ = writeln!(
        text,
        "{:<14} {:<27} {:>6} {:>6} {won:>6} {:>12} {each:>10} {delta:>11} {:>8}{halted}",
        row.axis,
        row.value,
        row.trades,
        row.fills,
        dollars(row.net),
        row.changed
    );
}

fn dollars(cents: Cents) -> String {
    let sign = if cents.0 < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.0.unsigned_abs() / 100, cents.0.unsigned_abs() % 100)
}

fn signed(cents: Cents) -> String {
    let plus = if cents.0 > 0 { "+" } else { "" };
    format!("{plus}{}", dollars(cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_its_sign_below_a_dollar() {
        assert_eq!(dollars(Cents(-5)), "-0.05");
        assert_eq!(signed(Cents(123_456)), "+1234.56");
        assert_eq!(signed(Cents(0)), "0.00");
    }
}
