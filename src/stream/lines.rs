//! Blocks of bytes to lines.

use std::io;
use std::io::Read;
use std::ops::Range;

/// Bytes asked for in one read: the size of a pipe.
const BLOCK: usize = 64 * 1024;

/// What the buffer holds next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// A line with its line feed, as a range of [`LineBuffer::bytes`].
    Line(Range<usize>),
    /// No complete line: fill first.
    More,
    /// A line longer than allowed, of which this much was seen.
    TooLong(usize),
}

/// A buffer that hands out complete lines without copying them.
#[derive(Debug)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    start: usize,
    scanned: usize,
    end: usize,
    max_line: usize,
}

impl LineBuffer {
    /// A buffer that accepts lines of at most `max_line` bytes.
    pub fn new(max_line: usize) -> Self {
        Self { bytes: vec![0; 2 * BLOCK], start: 0, scanned: 0, end: 0, max_line }
    }

    /// The bytes that ranges refer to, until the next fill.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The next complete line.
    #[inline]
    pub fn next_line(&mut self) -> Next {
        if let Some(at) = memchr::memchr(b'\n', &self.bytes[self.scanned..self.end]) {
            let line = self.start..self.scanned + at + 1;
            self.start = line.end;
            self.scanned = line.end;
            if line.len() > self.max_line {
                return Next::TooLong(line.len());
            }
            return Next::Line(line);
        }
        self.scanned = self.end;
        if self.end - self.start > self.max_line {
            Next::TooLong(self.end - self.start)
        } else {
            Next::More
        }
    }

    /// Reads once more; `false` at the end of the input.
    ///
    /// # Errors
    /// Those of the reader; nothing that was read before is lost.
    pub fn fill(&mut self, reader: &mut dyn Read) -> io::Result<bool> {
        if self.start == self.end {
            self.start = 0;
            self.scanned = 0;
            self.end = 0;
        } else if self.bytes.len() - self.end < BLOCK {
            self.bytes.copy_within(self.start..self.end, 0);
            self.scanned -= self.start;
            self.end -= self.start;
            self.start = 0;
            if self.bytes.len() - self.end < BLOCK {
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
        }
        let space = self.end..(self.end + BLOCK).min(self.bytes.len());
        let read = reader.read(&mut self.bytes[space])?;
        self.end += read;
        Ok(read > 0)
    }

    /// What is left after the last line feed, taken out of the buffer.
    pub fn take_rest(&mut self) -> Range<usize> {
        let rest = self.start..self.end;
        self.start = self.end;
        self.scanned = self.end;
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives at most `step` bytes a read.
    struct Dribble<'a>(&'a [u8], usize);
    impl Read for Dribble<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buf.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn split(input: &[u8], step: usize, max_line: usize) -> (Vec<Vec<u8>>, Vec<u8>, bool) {
        let mut buffer = LineBuffer::new(max_line);
        let mut reader = Dribble(input, step);
        let mut lines = Vec::new();
        loop {
            match buffer.next_line() {
                Next::Line(range) => lines.push(buffer.bytes()[range].to_vec()),
                Next::TooLong(_) => return (lines, Vec::new(), true),
                Next::More => {
                    if !buffer.fill(&mut reader).unwrap() {
                        let rest = buffer.take_rest();
                        return (lines, buffer.bytes()[rest].to_vec(), false);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            text in prop::collection::vec(prop_oneof![4 => 32u8..127, 1 => Just(b'\n')], 0..4000),
            step in 1usize..300,
        ) {
            let (lines, rest, long) = split(&text, step, 1 << 20);
            prop_assert!(!long);
            let mut joined: Vec<u8> = lines.concat();
            joined.extend_from_slice(&rest);
            prop_assert_eq!(joined, text);
            prop_assert!(lines.iter().all(|l| l.ends_with(b"\n")));
            prop_assert!(!rest.contains(&b'\n'));
        }
    }

    #[test]
    fn long_lines_are_found_in_either_form() {
        let long = vec![b'x'; 300_000];
        assert!(split(&long, 65536, 200_000).2);
        let (lines, rest, too_long) = split(&[long.as_slice(), b"\nab"].concat(), 65536, 400_000);
        assert_eq!((lines.len(), rest.as_slice(), too_long), (1, b"ab".as_slice(), false));
    }
}
