//! What a stage counted, for its summary on stderr.

use std::fmt;

/// Counts of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Lines read.
    pub lines: u64,
    /// Lines that were bad and not forwarded.
    pub bad: u64,
    /// Records older than the lateness: copied, not folded.
    pub late: u64,
    /// Stamps far ahead of all others.
    pub ahead: u64,
    /// Earlier output of the same stage: not forwarded, made anew.
    pub own: u64,
    /// Blank lines: not forwarded.
    pub blank: u64,
    /// Lines outside `--since`/`--until`.
    pub outside: u64,
    /// Records written by the stage.
    pub written: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lines read, {} records added", self.lines, self.written)?;
        for (count, what) in [
            (self.bad, "bad"),
            (self.late, "late (copied, not used)"),
            (self.ahead, "stamped far ahead of all others"),
            (self.own, "of this stage's earlier output replaced"),
            (self.blank, "blank"),
            (self.outside, "outside the time range"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
