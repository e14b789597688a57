//! Where the value of a setting comes from.

use std::collections::BTreeMap;
use std::fmt;

/// The layer that a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The program's default.
    Default,
    /// A built-in profile.
    Profile(&'static str),
    /// A line of the user's file.
    File {
        /// The file as the user named it.
        name: String,
        /// Line, from 1.
        line: usize,
    },
    /// `--set`, with its text.
    Set(String),
    /// `--profile`.
    ProfileFlag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Set(text) => write!(f, "--set {text}"),
            Self::ProfileFlag => f.write_str("--profile"),
        }
    }
}

/// Origin by key (`table.key`); keys that no layer set are not in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Provenance(BTreeMap<String, Origin>);

impl Provenance {
    /// Where `key` comes from.
    pub fn of(&self, key: &str) -> &Origin {
        self.0.get(key).unwrap_or(&Origin::Default)
    }

    pub(super) fn note(&mut self, key: String, origin: Origin) {
        self.0.insert(key, origin);
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.0.iter().map(|(key, origin)| (key.as_str(), origin))
    }
}
