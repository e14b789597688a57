//! What is wrong with a line that should be one JSON object.

use crate::quality::Code;
use serde_json::Value;

/// A line.
pub(super) enum Line {
    /// An object; `nan` if the word `NaN` or `Infinity` stood for a number, read as `null`.
    Object { value: Value, nan: bool },
    /// None, and why.
    Fault(Code, String),
}

/// Reads a line. `clean` is scratch; after a line with `NaN` it holds the line with `null` instead.
pub(super) fn read(line: &[u8], clean: &mut Vec<u8>) -> Line {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Line::Fault(Code::BlankLine, "an empty line".into());
    }
    let why = match serde_json::from_slice::<Value>(line) {
        Ok(value @ Value::Object(_)) => return Line::Object { value, nan: false },
        Ok(_) => "it is no object".to_owned(),
        Err(error) => error.to_string(),
    };
    if without_nan(line, clean)
        && let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(clean)
    {
        return Line::Object { value, nan: true };
    }
    let start = line[..line.len().min(40)].escape_ascii();
    if objects(line) > 1 {
        return Line::Fault(Code::TwoObjects, format!("`{start}` starts more than one object"));
    }
    Line::Fault(Code::TornLine, format!("`{start}`: {why}"))
}

/// Copies `line` into `clean` with every bare `NaN` and `Infinity` as `null`; whether there was one.
fn without_nan(line: &[u8], clean: &mut Vec<u8>) -> bool {
    clean.clear();
    let mut rest = line;
    let (mut in_text, mut found) = (false, false);
    while let Some((first, tail)) = rest.split_first() {
        if !in_text {
            let word = [b"NaN".as_slice(), b"-Infinity", b"Infinity", b"-NaN"]
                .into_iter()
                .find(|word| rest.starts_with(word));
            if let Some(word) = word {
                clean.extend_from_slice(b"null");
                rest = &rest[word.len()..];
                found = true;
                continue;
            }
        }
        clean.push(*first);
        rest = tail;
        match first {
            b'"' => in_text = !in_text,
            b'\\' if in_text => {
                if let Some((escaped, tail)) = rest.split_first() {
                    clean.push(*escaped);
                    rest = tail;
                }
            }
            _ => {}
        }
    }
    found
}

/// How many objects begin on the line: whole ones one after the other, or the line's own first key
/// as the first key of an object again.
fn objects(line: &[u8]) -> usize {
    let whole = serde_json::Deserializer::from_slice(line)
        .into_iter::<serde::de::IgnoredAny>()
        .take_while(Result::is_ok)
        .count();
    let first = line.iter().position(|b| *b == b':').map(|colon| &line[..colon]);
    let again = first
        .filter(|first| first.len() > 3 && first.starts_with(b"{"))
        .map_or(0, |first| memchr::memmem::find_iter(line, first).count());
    whole.max(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> Option<Code> {
        match read(line.as_bytes(), &mut Vec::new()) {
            Line::Object { nan, .. } => nan.then_some(Code::NotJsonNan),
            Line::Fault(code, _) => Some(code),
        }
    }

    #[test]
    fn each_kind_of_bad_line_has_its_name() {
        for (line, found) in [
            (r#"{"a": 1}"#, None),
            (r#"{"a": "NaN"}"#, None),
            (r#"{"a\"": "NaN \" Infinity"}"#, None),
            ("", Some(Code::BlankLine)),
            (" \t", Some(Code::BlankLine)),
            (r#"{"a": NaN}"#, Some(Code::NotJsonNan)),
            (r#"{"a": [-Infinity, 1]}"#, Some(Code::NotJsonNan)),
            (r#"{"a": 1}{"a": 2}"#, Some(Code::TwoObjects)),
            (r#"{"key": 1, "b": {"c{"key": 1, "b": 2}"#, Some(Code::TwoObjects)),
            (r#"olume": 0}}"#, Some(Code::TornLine)),
            ("}}", Some(Code::TornLine)),
            (r#"{"a": 1"#, Some(Code::TornLine)),
            ("[1]", Some(Code::TornLine)),
            ("3", Some(Code::TornLine)),
        ] {
            assert_eq!(code(line), found, "{line}");
        }
    }
}
