//! What a state folder knows besides its journal: how high the account has been, and how far the
//! journal goes. So neither can be lost, cut or exchanged without a word.

use crate::execution::JournalReader;
use crate::market::Cents;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::journal_line::LineChain;
use std::fmt::Write;
use std::path::Path;

/// The file.
pub(super) const HIGH_WATER: &str = "high-water";
/// Bytes of it: always overwritten whole, by one write.
const BYTES: usize = 96;

/// The file's content: five words, the last a checksum over what stands before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Marker {
    /// The highest that the account was marked at.
    pub high_water: Option<Cents>,
    /// Lines that the journal had then: what it says of a later time stands above the mark.
    at: u64,
    /// Lines that the journal certainly has: they are on the disk.
    lines: u64,
    /// Checksum of the last of them.
    crc: u32,
}

/// What a folder tells, in the order of its time.
pub(crate) enum Told<'a> {
    Record(&'a Record),
    HighWater(Cents),
}

/// What became of the file.
pub(super) enum Found {
    Whole(Marker),
    /// It is not there, or nothing is in it.
    Nothing,
    /// Somebody changed it.
    Damaged,
}

impl Marker {
    /// Everything in the journal is on the disk.
    pub(super) const fn synced(&mut self, chain: &LineChain) {
        (self.lines, self.crc) = (chain.lines(), chain.crc());
    }

    /// The account was marked as high as this, and the journal had so many lines.
    pub(super) const fn mark(&mut self, high_water: Cents, chain: &LineChain) {
        (self.high_water, self.at) = (Some(high_water), chain.lines());
    }

    /// The bytes of the file.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let high_water = self.high_water.map_or_else(|| "-".to_owned(), |mark| mark.0.to_string());
        let mut text = format!("{high_water} {} {} {:08x}", self.at, self.lines, self.crc);
        let sum = crc32fast::hash(text.as_bytes());
        let _ = write!(text, " {sum:08x}");
        let mut bytes = text.into_bytes();
        bytes.resize(BYTES - 1, b' ');
        bytes.push(b'\n');
        bytes
    }

    /// What the bytes of the file say.
    pub(super) fn parse(bytes: &[u8]) -> Found {
        if bytes.is_empty() {
            return Found::Nothing;
        }
        let marker = std::str::from_utf8(bytes).ok().and_then(Self::of_text);
        // Also a number written in another way is not what was written.
        match marker.filter(|marker| marker.to_bytes() == bytes) {
            Some(marker) => Found::Whole(marker),
            None => Found::Damaged,
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let high_water = match words.next()? {
            "-" => None,
            mark => Some(Cents(mark.parse().ok()?)),
        };
        let (at, lines) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let crc = u32::from_str_radix(words.next()?, 16).ok()?;
        Some(Self { high_water, at, lines, crc })
    }

    /// Whether the folder has served: then its journal cannot be empty.
    pub(super) const fn expects_lines(&self) -> bool {
        self.lines > 0
    }

    /// Tells what journal and mark hold; the mark at its place in the journal, since a person may
    /// have lowered it later.
    ///
    /// # Errors
    /// A line is not the one that was written; the journal is not the one that the folder had, or
    /// lacks its end (65); what `tell` gives.
    pub(super) fn each(
        &self,
        folder: &Path,
        mut reader: JournalReader,
        mut tell: impl FnMut(Told<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut mark = self.high_water;
        loop {
            let chain = reader.chain();
            if chain.lines() == self.lines && chain.crc() != self.crc {
                let message = format!(
                    "the journal in the state folder {} is not the one that was written there",
                    folder.display()
                );
                return Err(lost(&message));
            }
            if let Some(mark) = mark.take_if(|_| chain.lines() >= self.at) {
                tell(Told::HighWater(mark))?;
            }
            let Some(entry) = reader.next_entry()? else { break };
            tell(Told::Record(&entry.record))?;
        }
        let lines = reader.chain().lines();
        if lines < self.lines {
            let folder = folder.display();
            let message = if lines == 0 {
                format!("the state folder {folder} has served before, and its journal is gone")
            } else {
                format!(
                    "the journal in the state folder {folder} has {lines} lines of {}",
                    self.lines
                )
            };
            return Err(lost(&message));
        }
        // Only a loss of power takes facts that were not on the disk yet.
        mark.map_or(Ok(()), |mark| tell(Told::HighWater(mark)))
    }
}

/// The journal is not what it was: losses and latches would be forgotten.
pub(super) fn lost(message: &str) -> Failure {
    Failure::new(
        FailureClass::BadState,
        format!("{message}: latches and losses would be forgotten"),
    )
    .hint(
        "put it back from a copy; or move the folder away and start with --account journal:FILE, \
         which rebuilds account and latches from the journal of mia-exec; or delete the whole \
         folder, if all of it may be forgotten",
    )
}

/// How high the account has been is not known any more.
pub(super) fn unknown_high(folder: &Path, what: &str) -> Failure {
    let shown = folder.display();
    let message = format!("{HIGH_WATER} in the state folder {shown} {what}");
    Failure::new(
        FailureClass::BadState,
        format!("{message}: how high the account has been is not known"),
    )
    .hint(format!(
        "put it back from a copy, or let drawdowns be measured from the equity of now: mia-risk \
         reset --state {shown} --new-high-water --reason TEXT"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_and_what_is_changed_is_not(
            mark in prop::option::of(any::<i64>()),
            at in any::<u64>(),
            lines in any::<u64>(),
            crc in any::<u32>(),
            place in any::<prop::sample::Index>(),
            other in any::<u8>(),
        ) {
            let marker = Marker { high_water: mark.map(Cents), at, lines, crc };
            let mut bytes = marker.to_bytes();
            prop_assert_eq!(bytes.len(), BYTES);
            prop_assert!(matches!(Marker::parse(&bytes), Found::Whole(found) if found == marker));
            let place = place.index(BYTES);
            prop_assume!(bytes[place] != other);
            bytes[place] = other;
            prop_assert!(matches!(Marker::parse(&bytes), Found::Damaged));
            prop_assert!(matches!(Marker::parse(&bytes[..place]), Found::Damaged | Found::Nothing));
        }
    }

    #[test]
    fn a_number_alone_is_no_mark() {
        assert!(matches!(Marker::parse(b"1\n"), Found::Damaged));
        assert!(matches!(Marker::parse(b""), Found::Nothing));
    }
}
