//! A line to its fields, quoted or not.

use crate::feeds::Refusal;

/// The fields of the line split last, as ranges. Memory is reused.
#[derive(Debug, Default)]
pub(super) struct Fields {
    ranges: Vec<(usize, usize)>,
    /// The fields of a line with quotes, without them; empty for any other line.
    plain: Vec<u8>,
    quoted: bool,
}

impl Fields {
    /// Finds the fields of `line`.
    ///
    /// # Errors
    /// A quoted field is not closed, or goes on behind its closing quote.
    #[inline]
    pub fn split(&mut self, line: &[u8], delimiter: u8) -> Result<(), Refusal> {
        self.ranges.clear();
        self.quoted = memchr::memchr(b'"', line).is_some();
        if self.quoted {
            return self.split_quoted(line, delimiter);
        }
        let mut start = 0;
        for at in memchr::memchr_iter(delimiter, line) {
            self.ranges.push((start, at));
            start = at + 1;
        }
        self.ranges.push((start, line.len()));
        Ok(())
    }

    /// As RFC 4180 has it: a field in double quotes may hold separators, and a quote written twice.
    fn split_quoted(&mut self, line: &[u8], delimiter: u8) -> Result<(), Refusal> {
        let refuse = |reason: &str| Refusal {
            code: "bad_row_quotes",
            reason: reason.into(),
            remedy: "a quote inside a quoted field is written twice; a field ends on its line",
        };
        self.plain.clear();
        let mut rest = line;
        loop {
            let start = self.plain.len();
            let trimmed = rest.trim_ascii_start();
            if let Some(mut inside) = trimmed.strip_prefix(b"\"") {
                loop {
                    let Some(at) = memchr::memchr(b'"', inside) else {
                        return Err(refuse("a quoted field is not closed"));
                    };
                    self.plain.extend_from_slice(&inside[..at]);
                    inside = &inside[at + 1..];
                    match inside.strip_prefix(b"\"") {
                        Some(after) => {
                            self.plain.push(b'"');
                            inside = after;
                        }
                        None => break,
                    }
                }
                self.ranges.push((start, self.plain.len()));
                let after = inside.trim_ascii_start();
                match after.first() {
                    None => return Ok(()),
                    Some(byte) if *byte == delimiter => rest = &after[1..],
                    Some(_) => return Err(refuse("text behind the closing quote of a field")),
                }
            } else {
                let end = memchr::memchr(delimiter, rest);
                self.plain.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                self.ranges.push((start, self.plain.len()));
                match end {
                    None => return Ok(()),
                    Some(at) => rest = &rest[at + 1..],
                }
            }
        }
    }

    /// How many fields there are.
    pub const fn len(&self) -> usize {
        self.ranges.len()
    }

    /// A field of `line`, the line split last, without blanks around it; empty if there is none.
    #[inline]
    pub fn get<'a>(&'a self, line: &'a [u8], index: usize) -> &'a [u8] {
        let (start, end) = self.ranges.get(index).copied().unwrap_or_default();
        let source = if self.quoted { &self.plain } else { line };
        source.get(start..end).unwrap_or_default().trim_ascii()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(line: &[u8]) -> Result<Vec<String>, Refusal> {
        let mut fields = Fields::default();
        fields.split(line, b',')?;
        let text = |i| String::from_utf8_lossy(fields.get(line, i)).into_owned();
        Ok((0..fields.len()).map(text).collect())
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(fields(b"a,b,c").unwrap(), ["a", "b", "c"]);
        assert_eq!(fields(b"\"a,b\", \"c\"\"d\" ,e").unwrap(), ["a,b", "c\"d", "e"]);
        assert_eq!(fields(b"\"\",,\"\"").unwrap(), ["", "", ""]);
        assert_eq!(fields(b"a,\"b\",").unwrap(), ["a", "b", ""]);
        assert_eq!(fields(b"5 \"wide\",x").unwrap(), ["5 \"wide\"", "x"]);
        for bad in ["\"a", "\"a\"b,c", "x,\"a,b"] {
            assert_eq!(fields(bad.as_bytes()).unwrap_err().code, "bad_row_quotes", "{bad}");
        }
    }

    proptest! {
        /// Crate `csv` reads the same fields from what it writes itself.
        #[test]
        fn what_a_csv_writer_writes_is_read(row in prop::collection::vec("[a-z\",;0-9]{0,8}", 1..8)) {
            prop_assume!(row.len() > 1 || !row[0].is_empty());
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let line = writer.into_inner().unwrap();
            prop_assert_eq!(fields(line.strip_suffix(b"\n").unwrap()).unwrap(), row);
        }
    }
}
