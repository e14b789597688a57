//! The profiles built into the program: `config/{collect,paper,live}.toml`.

use toml_edit::DocumentMut;

/// A built-in profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// Data collection: records, simulated fills.
    Collect,
    /// Paper trading; the default everywhere.
    #[default]
    Paper,
    /// Real orders, once everything else permits them.
    Live,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Collect, Self::Paper, Self::Live];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }

    /// The profile with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Its file.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Collect => include_str!("../../config/collect.toml"),
            Self::Paper => include_str!("../../config/paper.toml"),
            Self::Live => include_str!("../../config/live.toml"),
        }
    }

    /// Its file, parsed; a test holds that it can be.
    pub(super) fn document(self) -> DocumentMut {
        self.text().parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_toml_and_says_its_own_name() {
        for profile in Profile::ALL {
            let doc: DocumentMut = profile.text().parse().unwrap();
            assert_eq!(doc["profile"].as_str(), Some(profile.name()));
        }
    }
}
