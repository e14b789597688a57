//! Where the records of a binary file begin, and whether their lengths can be true.

/// Follows the lengths of records before crate `dbn` does: it takes them at their word, and a record
/// that is no multiple of 8 bytes would put the next one where it cannot be read.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes before the next record.
    left: usize,
}

impl Frames {
    /// Starts with `before` bytes that are no records: prelude and metadata.
    pub const fn after(before: usize) -> Self {
        Self { left: before }
    }

    /// How many of the next `bytes` can be read, and the length of the record that cannot.
    pub fn readable(&mut self, bytes: &[u8]) -> (usize, Option<usize>) {
        let mut at = 0;
        loop {
            let rest = bytes.len() - at;
            if self.left > rest {
                self.left -= rest;
                return (bytes.len(), None);
            }
            at += self.left;
            self.left = 0;
            let Some(words) = bytes.get(at) else { return (at, None) };
            // The length stands in words of 4 bytes; a header alone has 16 bytes.
            let length = usize::from(*words) * 4;
            if length < 16 || !length.is_multiple_of(8) {
                return (at, Some(length));
            }
            self.left = length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Metadata of 10 bytes, records of 16, 48 and 24 bytes, and one of 20, which cannot be.
    fn file() -> Vec<u8> {
        let mut file = vec![0; 10];
        for words in [4_u8, 12, 6, 5] {
            file.push(words);
            file.resize(file.len() + usize::from(words) * 4 - 1, 0xee);
        }
        file
    }

    proptest! {
        #[test]
        fn a_length_that_cannot_be_is_found_wherever_the_bytes_are_cut(cut in 0_usize..118) {
            let (file, mut frames) = (file(), Frames::after(10));
            let (first, second) = file.split_at(cut);
            let begins = 10 + 16 + 48 + 24;
            let (read, bad) = frames.readable(first);
            if cut > begins {
                prop_assert_eq!((read, bad), (begins, Some(20)));
            } else {
                prop_assert_eq!((read, bad), (cut, None));
                prop_assert_eq!(frames.readable(second), (begins - cut, Some(20)));
            }
        }
    }
}
