//! Side channels of a stage: so far the kill file.

use std::fs;
use std::path::PathBuf;

/// A file whose appearance means: stop trading now.
#[derive(Debug)]
pub struct KillFile {
    path: PathBuf,
    seen: bool,
}

impl KillFile {
    /// Watches `path`.
    pub const fn new(path: PathBuf) -> Self {
        Self { path, seen: false }
    }

    /// The reason in the file, once, when it has appeared. An unreadable file counts as well: doubt
    /// stops trading.
    pub fn check(&mut self) -> Option<String> {
        if self.seen || !self.path.exists() {
            return None;
        }
        self.seen = true;
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let first = text.lines().next().map(str::trim).filter(|line| !line.is_empty());
        Some(first.unwrap_or("kill file").to_owned())
    }
}
