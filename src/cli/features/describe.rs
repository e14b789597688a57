//! `--describe` and the chapters of the man page: the manifest of the features in words.

use crate::cli::manual::Section;
use crate::cli::manual::Topic;
use crate::config::Config;
use crate::features::Reason;
use crate::features::manifest;
use crate::features::manifest::Entry;
use crate::features::manifest::Group;
use crate::wire::FEATURE_COUNT;
use crate::wire::FEATURE_VERSION;
use anstyle::AnsiColor;
use anstyle::Style;
use std::fmt::Write;

/// Width of text that no terminal shows.
const WIDTH: usize = 100;
/// Column of the texts behind their headings.
const INDENT: usize = 12;

/// Columns to write in: those of the terminal, neither cramped nor too long to read.
pub(super) fn width(terminal: bool) -> usize {
    let size = terminal_size::terminal_size().filter(|_| terminal);
    size.map_or(WIDTH, |(columns, _)| usize::from(columns.0).clamp(40, 120))
}

/// The whole manifest as text.
pub(super) fn text(config: &Config, width: usize, color: bool) -> String {
    let paint = |style: Style| if color { style } else { Style::new() };
    let title = paint(AnsiColor::Yellow.on_default().bold());
    let name = paint(AnsiColor::Cyan.on_default().bold());
    let faint = paint(Style::new().dimmed());
    let mut text = format!(
        "The {FEATURE_COUNT} features (fv {FEATURE_VERSION}) and the auxiliary values of a features \
         record.\nSHA-256 of the names: {}\n",
        manifest::names_sha256()
    );
    let settings = serde_json::to_value(config).unwrap_or_default();
    let row = |text: &mut String, heading: &str, body: &str| {
        let first = format!("  {heading:<width$}", width = INDENT - 2);
        let mut lines = wrapped(body, width.saturating_sub(INDENT)).into_iter();
        let _ = writeln!(text, "{faint}{first}{faint:#}{}", lines.next().unwrap_or_default());
        lines.for_each(|line| {
            let _ = writeln!(text, "{:INDENT$}{line}", "");
        });
    };
    for group in Group::ALL {
        let _ = writeln!(text, "\n{title}{}{title:#}", group.title().to_uppercase());
        for entry in manifest::entries().filter(|entry| entry.group == group) {
            let _ = writeln!(text, "\n{name}{}{name:#}", entry.name);
            row(&mut text, "formula", entry.formula);
            for (heading, body) in entry.facts() {
                let body = if heading == "settings" { in_force(entry, &settings) } else { body };
                row(&mut text, heading, &body);
            }
        }
    }
    let _ = writeln!(text, "\n{title}REASONS OF MISSING VALUES{title:#}\n");
    for reason in Reason::ALL {
        let _ = writeln!(text, "  {name}{:<16}{name:#}{}", reason.code(), reason.meaning());
    }
    let _ = writeln!(text, "\n{title}NOTES IN WHY{title:#}\n");
    for note in manifest::NOTES {
        let key = format!("{}: {}", note.field, note.value);
        let mut lines = wrapped(note.meaning, width.saturating_sub(20)).into_iter();
        let _ = writeln!(text, "  {name}{key:<18}{name:#}{}", lines.next().unwrap_or_default());
        lines.for_each(|line| {
            let _ = writeln!(text, "{:20}{line}", "");
        });
    }
    text
}

/// The settings of an entry with their values.
fn in_force(entry: &Entry, settings: &serde_json::Value) -> String {
    let one = |key: &&str| {
        let value = key.split('.').try_fold(settings, |table, part| table.get(part));
        value.map_or_else(|| (*key).to_owned(), |value| format!("{key} = {value}"))
    };
    entry.settings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let room = lines.last().map_or(0, |line| width.saturating_sub(line.chars().count()));
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if word.chars().count() < room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The chapters of the man page.
pub(super) fn sections() -> Vec<Section> {
    let topic = |entry: &Entry| {
        let facts = entry.facts().into_iter().map(|(heading, text)| format!("{heading}: {text}"));
        Topic {
            name: entry.name.to_owned(),
            lines: std::iter::once(entry.formula.to_owned()).chain(facts).collect(),
        }
    };
    let mut sections: Vec<_> = Group::ALL
        .into_iter()
        .map(|group| Section {
            title: match group {
                Group::Auxiliary => "AUXILIARIES".to_owned(),
                _ => format!("{} FEATURES", group.title().to_uppercase()),
            },
            topics: manifest::entries().filter(|e| e.group == group).map(topic).collect(),
        })
        .collect();
    let reason = |reason: Reason| Topic {
        name: reason.code().to_owned(),
        lines: vec![reason.meaning().to_owned()],
    };
    sections.push(Section {
        title: "REASONS OF MISSING VALUES".to_owned(),
        topics: Reason::ALL.into_iter().map(reason).collect(),
    });
    let note = |note: &manifest::Note| Topic {
        name: format!("{}: {}", note.field, note.value),
        lines: vec![note.meaning.to_owned()],
    };
    sections.push(Section {
        title: "NOTES IN WHY".to_owned(),
        topics: manifest::NOTES.iter().map(note).collect(),
    });
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_a_long_word_has_its_own_line() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one twotwotwo x", 5), ["one", "twotwotwo", "x"]);
        assert_eq!(wrapped("", 5), [""]);
        for width in [40, 60, 100] {
            let text = text(&Config::default(), width, false);
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(longest.is_some_and(|longest| longest <= width.max(87)), "{longest:?}");
            assert!(text.contains("flow.min_vol = 50") && !text.contains('\u{1b}'));
        }
        assert!(text(&Config::default(), 80, true).contains('\u{1b}'));
    }
}
