//! Words and numbers in messages for people.

/// A number of things: `1 order`, `2 orders`.
pub(super) fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// `is` or `are`, after a [`count`].
pub(super) const fn is(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// `was` or `were`, after a [`count`].
pub(super) const fn was(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// `does` or `do`, after a [`count`].
pub(super) const fn does(number: u64) -> &'static str {
    if number == 1 { "does" } else { "do" }
}

/// The text in one line, with control characters made visible: what stood in an input must not steer
/// the terminal.
pub(super) fn plain(text: &str) -> String {
    let visible =
        |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_in_an_input_does_not_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb\u{9b}"), "a\\u{1b}[31m\\nb\\u{9b}");
        assert_eq!(plain("o:p3-S-ESH26 é"), "o:p3-S-ESH26 é");
    }

    #[test]
    fn one_is_one_and_none_are_many() {
        assert_eq!([0, 1, 2].map(|n| count(n, "trade")), ["0 trades", "1 trade", "2 trades"]);
        assert_eq!([0, 1, 2].map(is), ["are", "is", "are"]);
        assert_eq!([0, 1, 2].map(was), ["were", "was", "were"]);
        assert_eq!([0, 1, 2].map(does), ["do", "does", "do"]);
    }
}
