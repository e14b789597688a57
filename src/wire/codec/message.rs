//! What is wrong with a line, in one short line for people.

/// Longest text taken over from the line.
const LENGTH_MAX: usize = 200;

/// The message of serde without its line number (a record is one line), with the key that the
/// column lies in.
#[cold]
pub(super) fn of(error: &serde_json::Error, line: &[u8]) -> String {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let cause = one_line(whole.strip_suffix(&place).unwrap_or(&whole));
    let column = error.column();
    if error.line() == 0 {
        return cause;
    }
    let names_key = cause.starts_with("missing field") || cause.starts_with("duplicate field");
    match key_at(line, column) {
        Some(key) if error.is_data() && !names_key => {
            format!("`{}`: {cause} (column {column})", one_line(&key))
        }
        _ => format!("{cause} (column {column})"),
    }
}

/// Control characters escaped, length bounded.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4 * LENGTH_MAX));
    for c in text.chars().take(LENGTH_MAX) {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    if text.chars().nth(LENGTH_MAX).is_some() {
        line.push_str("...");
    }
    line
}

/// The key of the object itself whose value the column (from 1) lies in or just after.
fn key_at(line: &[u8], column: usize) -> Option<String> {
    let (mut depth, mut key, mut i) = (0_usize, None, 0);
    let end = column.min(line.len());
    while i < end {
        match line[i] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let close = closing_quote(line, i + 1)?;
                if depth == 1 && line[close + 1..].trim_ascii_start().first() == Some(&b':') {
                    key = Some(&line[i + 1..close]);
                }
                i = close;
            }
            _ => {}
        }
        i += 1;
    }
    key.map(|key| String::from_utf8_lossy(key).into_owned())
}

/// Where the string that starts at `from` ends.
fn closing_quote(line: &[u8], from: usize) -> Option<usize> {
    let mut escaped = false;
    line[from..]
        .iter()
        .position(|b| {
            let closes = *b == b'"' && !escaped;
            escaped = *b == b'\\' && !escaped;
            closes
        })
        .map(|length| from + length)
}

#[cfg(test)]
mod tests {
    use crate::wire::Kind;
    use crate::wire::codec::decode;

    fn message(kind: Kind, line: &str) -> String {
        decode(kind, line.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn messages_name_key_and_column() {
        let px = r#"{"t":"trade","ts":1,"sym":"ESM6","px":"5000","sz":1}"#;
        assert_eq!(
            message(Kind::Trade, px),
            "trade record: `px`: invalid type: string \"5000\", expected a price (a JSON number) \
             (column 44)"
        );
        let size = r#"{"t":"trade","ts":1,"sym":"ESM6","px":5000,"sz":-1,"side":"B"}"#;
        assert_eq!(
            message(Kind::Trade, size),
            "trade record: `sz`: invalid value: integer `-1`, expected u64 (column 50)"
        );
        assert_eq!(
            message(Kind::Clock, r#"{"t":"clock","ts":1,"sym":"*"}"#),
            "clock record: missing field `src` (column 30)"
        );
        let range = r#"{"t":"index","ts":1,"sym":"SPX","px":8388608,"src":"syn"}"#;
        assert_eq!(
            message(Kind::Index, range),
            "index record: `px`: price out of range (column 44)"
        );
        assert_eq!(message(Kind::Index, "[1]"), "index record: not a JSON object");
        assert_eq!(message(Kind::Index, ""), "index record: not a JSON object");
    }

    #[test]
    fn messages_are_one_short_line_whatever_the_input() {
        let long = "x".repeat(100_000);
        for line in [
            format!(r#"{{"t":"clock","ts":1,"sym":"*","src":"a\nb{long}"}}"#),
            format!("{{\"t\":\"clock\",\n\"ts\":1,\"sym\":\"{long}\u{7f}\n\",\"src\":7}}"),
            "\u{0}\u{1b}[31m".to_owned(),
        ] {
            let message = message(Kind::Clock, &line);
            assert!(message.len() < 600, "{} bytes", message.len());
            assert!(!message.chars().any(char::is_control), "{message}");
        }
    }
}
