//! The report for people.

use crate::cli::words::plain;
use crate::quality::Code;
use crate::quality::Finding;
use crate::quality::Format;
use crate::quality::Report;
use crate::quality::Tolerance;
use anstyle::AnsiColor;
use anstyle::Style;
use std::fmt::Write;

/// A report as text: what was read, a line a finding, what passed, the verdict.
pub(super) fn of(report: &Report, color: bool) -> String {
    let paint = |c: AnsiColor| if color { c.on_default().bold() } else { Style::new() };
    let (red, yellow, green) =
        (paint(AnsiColor::Red), paint(AnsiColor::Yellow), paint(AnsiColor::Green));
    let mut text = String::new();
    for input in &report.inputs {
        let what = input.format.map_or("nothing", Format::about);
        let _ = writeln!(text, "{}: {what}, {} lines", plain(&input.name), input.lines);
    }
    if let Some(zone) = report.assumed_zone() {
        let _ = writeln!(text, "stamps without a zone were read as {zone} (--zone)");
    }
    let _ = writeln!(text, "{} records of {} symbols\n", report.records, report.symbols);
    let findings = &report.findings;
    let wide = |width: fn(&Finding) -> usize, least: usize| {
        findings.iter().map(width).max().unwrap_or_default().max(least)
    };
    let (code, sym) = (wide(|f| f.code.name().len(), 7), wide(|f| f.sym.as_str().len(), 6));
    if !findings.is_empty() {
        let _ = writeln!(
            text,
            "{:<6}  {:<code$}  {:<sym$}  {:>10}  {:>10}  {:>10}  first",
            "", "finding", "symbol", "count", "of", "tolerated"
        );
    }
    for finding in findings {
        let (word, style) = match (finding.refuses(), finding.tolerance) {
            (true, _) => ("REFUSE", red),
            (false, Tolerance::Any) => ("note", Style::new()),
            (false, _) => ("some", yellow),
        };
        let Finding { count, looked, tolerance, first, example, .. } = finding;
        let tolerance = tolerance.to_string();
        let (name, of) = (finding.code.name(), finding.sym.as_str());
        let _ = writeln!(
            text,
            "{style}{word:<6}{style:#}  {name:<code$}  {of:<sym$}  {count:>10}  {looked:>10}  \
             {tolerance:>10}  {}: {}",
            plain(first),
            plain(example)
        );
    }
    if !findings.is_empty() {
        text.push('\n');
        let mut told: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        told.sort();
        told.dedup();
        for code in told {
            let _ = writeln!(text, "  {}: {}", code.name(), code.about());
        }
        text.push('\n');
    }
    list(&mut text, "passed", report.passed());
    list(&mut text, "nothing to look at for", report.not_looked());
    let _ = writeln!(text);
    if report.refused() {
        let _ = writeln!(text, "{red}refused{red:#} for {}", report.reasons().join(", "));
    } else {
        let _ = writeln!(text, "{green}nothing beyond its tolerance{green:#}");
    }
    text
}

fn list(text: &mut String, what: &str, codes: impl Iterator<Item = Code>) {
    let names: Vec<_> = codes.map(Code::name).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "{what}: {}", names.join(", "));
    }
}
