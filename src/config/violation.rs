//! What is wrong with a configuration.

use crate::config::Origin;
use std::fmt;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Where it was written.
    pub origin: Origin,
    /// The setting, `table.key`; empty where the text as a whole is wrong.
    pub key: String,
    /// What is wrong, with value and limit.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the layers and of their lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigErrors(Vec<Violation>);

impl ConfigErrors {
    pub(super) fn new(mut violations: Vec<Violation>) -> Self {
        // Stable: the order found in is kept among equals.
        violations.sort_by_key(|v| match &v.origin {
            Origin::Default => (0, 0),
            Origin::Profile(_) => (1, 0),
            Origin::File { line, .. } => (2, *line),
            Origin::Set(_) => (3, 0),
            Origin::ProfileFlag => (4, 0),
        });
        Self(violations)
    }

    /// The violations; at least one.
    pub fn violations(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "{one}"),
            all => {
                write!(f, "{} settings cannot be used", all.len())?;
                all.iter().try_for_each(|v| write!(f, "\n  {v}"))
            }
        }
    }
}

impl std::error::Error for ConfigErrors {}
