//! Comma-separated lines with a header, columns by name.

/// Number of each column by its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(Vec<String>);

/// A number of a cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Cell {
    /// It is.
    Number(f64),
    /// The word `nan` or an infinity.
    NotANumber,
    /// Empty, or another text.
    None,
}

impl Columns {
    /// The columns that a header line names.
    pub(super) fn of(header: &[u8]) -> Self {
        let header = header.strip_prefix("\u{feff}".as_bytes()).unwrap_or(header);
        let text = String::from_utf8_lossy(&header[..header.len().min(4096)]);
        Self(text.trim().split(',').map(|name| name.trim().to_owned()).collect())
    }

    /// Whether every name is there.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|column| column == name))
    }

    /// Number of columns.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The cell of column `name` in `line`.
    pub(super) fn text<'a>(&self, line: &'a [u8], name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|column| column == name)?;
        let cell = line.split(|b| *b == b',').nth(at)?;
        std::str::from_utf8(cell).ok().map(str::trim)
    }

    /// The cell as a number.
    pub(super) fn number(&self, line: &[u8], name: &str) -> Cell {
        match self.text(line, name).map(str::parse::<f64>) {
            Some(Ok(number)) if number.is_finite() => Cell::Number(number),
            Some(Ok(_)) => Cell::NotANumber,
            _ => Cell::None,
        }
    }
}

impl Cell {
    /// The number, if it is one.
    pub(super) const fn get(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::NotANumber | Self::None => None,
        }
    }
}
