//! Lines that are not stored, with their place and the reason.

use crate::stream::store::StoreError;
use crate::wire::BadLine;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Name of the file in the store.
const NAME: &str = "quarantine.ndjson";

#[derive(Serialize)]
struct Entry<'a> {
    /// Stamp of the newest good record before it.
    newest: i64,
    input: &'a str,
    line: u64,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// The bytes in hex, where they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

/// The line of the quarantine file for a bad line, with its line feed.
pub(super) fn entry(bad: &BadLine<'_>) -> Vec<u8> {
    let body = bad.line.strip_suffix(b"\n").unwrap_or(bad.line);
    let text = std::str::from_utf8(body).ok();
    let hex = || {
        body.iter().fold(String::with_capacity(2 * body.len()), |mut hex, byte| {
            // Writing to a string never fails.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let entry = Entry {
        newest: bad.newest,
        input: bad.input,
        line: bad.number,
        reason: bad.reason,
        text,
        hex: text.is_none().then(hex),
    };
    let mut line = Vec::with_capacity(body.len() + 128);
    // Texts and integers always serialise.
    let _ = serde_json::to_writer(&mut line, &entry);
    line.push(b'\n');
    line
}

/// The quarantine file, opened at its first line.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    file: Option<File>,
    dirty: bool,
}

impl Quarantine {
    /// Of the store `dir`.
    pub(super) fn new(dir: &Path) -> Self {
        Self { path: dir.join(NAME), file: None, dirty: false }
    }

    /// Adds lines.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn add(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        let fail = |action| StoreError::io(action, &self.path);
        if self.file.is_none() {
            let mut options = OpenOptions::new();
            let opened = options.read(true).append(true).create(true).open(&self.path);
            let mut file = opened.map_err(fail("open"))?;
            end_last_line(&mut file).map_err(fail("repair"))?;
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_all(lines).map_err(fail("write"))?;
            self.dirty = true;
        }
        Ok(())
    }

    /// Whether something waits to be forced to the disk.
    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Forces the lines to the disk.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        if let Some(file) = self.file.as_ref().filter(|_| self.dirty) {
            file.sync_data().map_err(StoreError::io("sync", &self.path))?;
            self.dirty = false;
        }
        Ok(())
    }
}

/// A line torn by a crash stays, but what follows begins a line of its own.
fn end_last_line(file: &mut File) -> std::io::Result<()> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_bad_line_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(NAME), "{\"torn").unwrap();
        let mut quarantine = Quarantine::new(dir.path());
        for line in [b"not \"json\"\n".as_slice(), &[0xff, 0, b'\n']] {
            let bad = BadLine { input: "x", number: 3, newest: 7, reason: "no", line };
            quarantine.add(&entry(&bad)).unwrap();
        }
        quarantine.sync().unwrap();
        let text = std::fs::read_to_string(dir.path().join(NAME)).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "{\"torn");
        let values: Vec<serde_json::Value> =
            lines[1..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values[0]["text"], "not \"json\"");
        assert_eq!((&values[1]["hex"], &values[1]["line"]), (&"ff00".into(), &3.into()));
    }
}
