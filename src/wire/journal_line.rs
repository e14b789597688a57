//! The lines of a journal: wire records that are numbered and chained, so that damage is found.
//!
//! A line is a record with two members more at its end, `"n":<number>,"crc":"<8 hex digits>"`. `n`
//! counts the lines of the whole journal from 1, over all files that it was rotated into. `crc` is
//! the CRC-32 (IEEE) over the eight hexadecimal digits of the previous line's `crc` (`00000000`
//! before the first) followed by the bytes of the line up to, and without, `,"crc"`. A changed,
//! missing, doubled or moved line therefore breaks the chain; only lines cut off at the very end
//! cannot be missed. The first line of a journal may have `"began":<stamp>` before its `n`: where the
//! input began that it was written from, microseconds UTC. Decoders that ignore unknown keys, `jq` too, read the line as the record it is.
//!
//! Journals of releases before the chain had plain records. Such lines may stand before the first
//! chained one, and only there: each counts as a line, and its `crc` is taken over all its bytes, so
//! that the first chained line seals them too.
//!
//! A reader that follows a journal while it is written keeps one [`LineChain`] and checks whole
//! lines only; when the file is rotated (the name then belongs to another inode, and the old file is
//! complete), it goes on with the same chain in the new file.

use crate::wire::Record;
use crate::wire::codec;
use crate::wire::codec::EncodeError;

/// Bytes of `,"crc":"01234567"}`.
const SUFFIX: usize = 18;

/// Before the stamp at which the input began.
const BEGAN: &[u8] = b",\"began\":";

/// What of the chain goes into the next line: the number and the checksum of the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineChain {
    n: u64,
    crc: u32,
    sealed: bool,
    began: Option<i64>,
}

/// A line that does not continue the chain.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct LineFault {
    /// Number that the line should have, from 1 over the whole journal.
    pub line: u64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// What is wrong with a line of a journal.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// It is no object in one line.
    #[error("not a JSON object")]
    NotAnObject,
    /// It has no number or no checksum, although lines before it have.
    #[error("no `n` and `crc` at its end")]
    Unsealed,
    /// Its number is another: lines are missing, doubled or moved.
    #[error("it has the number {found}: lines are missing, doubled or moved")]
    Number {
        /// The number it has.
        found: u64,
    },
    /// Its bytes, or those of a line before it, are not the ones that were written.
    #[error("checksum {found}, but {expected} by its bytes: it, or a line before it, was changed")]
    Checksum {
        /// The checksum in the line.
        found: String,
        /// The checksum of its bytes after the line before.
        expected: String,
    },
}

impl LineChain {
    /// The beginning of a journal.
    pub const fn new() -> Self {
        Self { n: 0, crc: 0, sealed: false, began: None }
    }

    /// Says where the input began, microseconds UTC: the first line of the journal tells it.
    pub const fn begin(&mut self, began: i64) {
        self.began = Some(began);
    }

    /// Lines so far.
    pub const fn lines(&self) -> u64 {
        self.n
    }

    /// The checksum of the last line: it stands for all lines up to there.
    pub const fn crc(&self) -> u32 {
        self.crc
    }

    /// Whether the last line was a chained one, so that the next must be too.
    pub const fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Appends the record to `out` as the next line of the journal, with its line feed. On an error
    /// nothing is appended.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub fn append(&mut self, record: &Record, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let from = out.len();
        codec::encode(record, out)?;
        // An encoded record is an object that is not empty, and a line feed.
        out.truncate(out.len().saturating_sub(2));
        self.n += 1;
        if let Some(began) = self.began.filter(|_| self.n == 1) {
            out.extend_from_slice(BEGAN);
            out.extend_from_slice(itoa::Buffer::new().format(began).as_bytes());
        }
        out.extend_from_slice(b",\"n\":");
        out.extend_from_slice(itoa::Buffer::new().format(self.n).as_bytes());
        self.crc = self.next(&out[from..]);
        self.sealed = true;
        out.extend_from_slice(b",\"crc\":\"");
        out.extend_from_slice(&hex(self.crc));
        out.extend_from_slice(b"\"}\n");
        Ok(())
    }

    /// Checks the next line (without its line feed) and takes it into the chain. On an error the
    /// chain stays where it was.
    ///
    /// # Errors
    /// [`LineFault`]: the line is not the one that was written after the last.
    pub fn check(&mut self, line: &[u8]) -> Result<(), LineFault> {
        let fault = |fault| LineFault { line: self.n + 1, fault };
        if line.first() != Some(&b'{') || line.last() != Some(&b'}') || line.contains(&b'\n') {
            return Err(fault(ChainFault::NotAnObject));
        }
        let Some((body, n, found)) = split(line) else {
            if self.sealed || is_marked(line) {
                return Err(fault(ChainFault::Unsealed));
            }
            (self.crc, self.n) = (self.next(line), self.n + 1);
            return Ok(());
        };
        let expected = self.next(body);
        if n != self.n + 1 {
            return Err(fault(ChainFault::Number { found: n }));
        }
        if hex(expected) != found {
            let [found, expected] =
                [found, hex(expected)].map(|digits| String::from_utf8_lossy(&digits).into_owned());
            return Err(fault(ChainFault::Checksum { found, expected }));
        }
        (self.crc, self.n, self.sealed) = (expected, n, true);
        Ok(())
    }

    fn next(&self, bytes: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&hex(self.crc));
        hasher.update(bytes);
        hasher.finalize()
    }
}

/// The record's own bytes in a line of a journal: up to its number (or where it says how the input
/// began), without the closing brace. A line without number and checksum is given without its brace.
pub fn bare(line: &[u8]) -> &[u8] {
    let end = split(line).map_or(line.len().saturating_sub(1), |(body, _, _)| number_at(body).0);
    &line[..began_at(&line[..end]).0]
}

/// Where the input began that a journal was written from, microseconds UTC, if this is its first line
/// and says so.
pub fn began(line: &[u8]) -> Option<i64> {
    let (body, n, _) = split(line)?;
    began_at(&body[..number_at(body).0]).1.filter(|_| n == 1)
}

/// Where `,"began":<stamp>` at the end of a line before its number begins, and the stamp.
fn began_at(head: &[u8]) -> (usize, Option<i64>) {
    let is_number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'-';
    let digits = head.iter().rev().take_while(is_number).count();
    let (record, digits) = head.split_at(head.len() - digits);
    let stamp = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    match record.strip_suffix(BEGAN) {
        Some(record) if stamp.is_some() => (record.len(), stamp),
        _ => (head.len(), None),
    }
}

/// Whether the bytes hold a whole chained line and more after it: what a crash cannot leave behind,
/// since it cuts a line short.
pub fn is_overrun(tail: &[u8]) -> bool {
    (SUFFIX + 1..=tail.len()).any(|end| split(&tail[..end]).is_some() && end < tail.len())
}

/// Body (up to `,"crc"`), number and checksum of a chained line.
fn split(line: &[u8]) -> Option<(&[u8], u64, [u8; 8])> {
    let at = line.len().checked_sub(SUFFIX)?;
    let (body, end) = line.split_at(at);
    let digits = end.strip_prefix(b",\"crc\":\"")?.strip_suffix(b"\"}")?;
    let digits: [u8; 8] = digits.try_into().ok()?;
    if !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    number_at(body).1.map(|n| (body, n, digits))
}

/// Where `,"n":<digits>` at the end of the body begins, and the number.
fn number_at(body: &[u8]) -> (usize, Option<u64>) {
    let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, digits) = body.split_at(body.len() - digits);
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    match head.strip_suffix(b",\"n\":") {
        Some(record) if digits.first() != Some(&b'0') => (record.len(), number),
        _ => (body.len(), None),
    }
}

/// Whether a line has one of the marks of a chained one: then it was one.
fn is_marked(line: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(line, mark).is_some();
    has(b",\"n\":") || has(b"\"crc\"")
}

fn hex(crc: u32) -> [u8; 8] {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    std::array::from_fn(|at| DIGITS[(crc >> (28 - 4 * at)) as usize & 15])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Sym;
    use crate::wire::By;
    use crate::wire::Cancel;
    use crate::wire::Kind;
    use crate::wire::Leg;
    use proptest::prelude::*;

    fn cancel(n: i64, reason: &str) -> Record {
        let (order, reason) = (format!("o-{n}"), reason.to_owned());
        let sym = Sym::new("ESM26").unwrap();
        Cancel { ts: n, sym, by: By::Exec, order, leg: Leg::Entry, qty: 1, reason, xts: n }.into()
    }

    fn journal(reasons: &[String]) -> Vec<Vec<u8>> {
        let mut chain = LineChain::new();
        let line = |(n, reason): (i64, &String)| {
            let mut out = Vec::new();
            chain.append(&cancel(n, reason), &mut out).unwrap();
            assert_eq!(out.pop(), Some(b'\n'));
            out
        };
        (1..).zip(reasons).map(line).collect()
    }

    fn check<'a>(lines: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<LineChain, LineFault> {
        let mut chain = LineChain::new();
        lines.into_iter().try_for_each(|line| chain.check(line)).map(|()| chain)
    }

    #[test]
    fn the_first_line_says_where_the_input_began() {
        let mut chain = LineChain::new();
        chain.begin(-7);
        let mut out = Vec::new();
        let (first, second) = (cancel(1, "a"), cancel(2, "b"));
        chain.append(&first, &mut out).unwrap();
        chain.append(&second, &mut out).unwrap();
        let lines: Vec<Vec<u8>> = out.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        check(&lines[..2]).unwrap();
        assert_eq!((began(&lines[0]), began(&lines[1])), (Some(-7), None));
        let plain = journal(&["a".to_owned(), "b".to_owned()]);
        assert_eq!((bare(&lines[0]), bare(&lines[1])), (bare(&plain[0]), bare(&plain[1])));
        assert_eq!(began(&plain[0]), None);
        // It is under the checksum like everything else.
        let changed = String::from_utf8(lines[0].clone()).unwrap().replace(":-7,", ":-6,");
        assert!(check(&[changed.into_bytes()]).is_err());
        assert_eq!(codec::decode(Kind::Cancel, &lines[0]).unwrap(), first);
    }

    #[test]
    fn a_line_is_its_record_with_number_and_checksum() {
        // The check value of CRC-32: what the catalogue gives for "123456789".
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        let lines = journal(&["oco".into(), "ioc".into()]);
        let first = String::from_utf8(lines[0].clone()).unwrap();
        let body = "{\"t\":\"cancel\",\"ts\":1,\"sym\":\"ESM26\",\"by\":\"exec\",\"order\":\"o-1\",\
                    \"leg\":\"entry\",\"qty\":1,\"reason\":\"oco\",\"xts\":1,\"n\":1";
        let crc = crc32fast::hash(format!("00000000{body}").as_bytes());
        assert_eq!(first, format!("{body},\"crc\":\"{crc:08x}\"}}"));
        let second = String::from_utf8(lines[1].clone()).unwrap();
        let body = second.split(",\"crc\"").next().unwrap();
        let next = crc32fast::hash(format!("{crc:08x}{body}").as_bytes());
        assert!(second.ends_with(&format!(",\"n\":2,\"crc\":\"{next:08x}\"}}")));
        let mut whole = bare(&lines[1]).to_vec();
        whole.extend_from_slice(b"}\n");
        assert_eq!(whole, codec::to_line(&cancel(2, "ioc")).unwrap());
        assert_eq!(
            codec::decode(crate::wire::Kind::Cancel, &lines[1]).unwrap(),
            cancel(2, "ioc"),
            "a decoder reads the line as the record that it is"
        );
    }

    #[test]
    fn plain_lines_of_old_releases_come_first_and_are_sealed_by_the_next() {
        let plain = |n| {
            let mut line = codec::to_line(&cancel(n, "oco")).unwrap();
            line.pop();
            line
        };
        let mut lines = vec![plain(1), plain(2)];
        let mut chain = check(&lines).unwrap();
        assert_eq!((chain.lines(), chain.is_sealed()), (2, false));
        let mut next = Vec::new();
        chain.append(&cancel(3, "oco"), &mut next).unwrap();
        next.pop();
        lines.push(next);
        assert_eq!(check(&lines).unwrap(), chain);
        let swapped = [&lines[1], &lines[0], &lines[2]];
        assert_eq!(check(swapped).unwrap_err().line, 3);
        let late = [&lines[0], &lines[1], &lines[2], &lines[0]];
        let fault = check(late).unwrap_err();
        assert_eq!((fault.line, fault.fault), (4, ChainFault::Unsealed));
        let fewer = check([&lines[0], &lines[2]]).unwrap_err();
        assert_eq!((fewer.line, fewer.fault), (2, ChainFault::Number { found: 3 }));
    }

    #[test]
    fn a_line_with_more_behind_it_is_not_torn() {
        let line = journal(&["oco".into()]).remove(0);
        assert!((0..=line.len()).all(|cut| !is_overrun(&line[..cut])));
        let mut more = line;
        more.push(b'x');
        assert!(is_overrun(&more));
    }

    fn reasons() -> impl Strategy<Value = Vec<String>> {
        let text = prop_oneof!["[ -~]{0,12}", Just(",\"n\":1,\"crc\":\"00000000\"}".to_owned())];
        prop::collection::vec(text, 1..12)
    }

    proptest! {
        #[test]
        fn what_was_written_is_accepted(reasons in reasons()) {
            let lines = journal(&reasons);
            let chain = check(&lines).unwrap();
            prop_assert_eq!(chain.lines(), lines.len() as u64);
            for (n, line) in (1..).zip(&lines) {
                let mut whole = bare(line).to_vec();
                whole.extend_from_slice(b"}\n");
                prop_assert_eq!(whole, codec::to_line(&cancel(n, &reasons[n as usize - 1])).unwrap());
            }
        }

        #[test]
        fn a_changed_byte_is_found(
            reasons in reasons(), at in any::<prop::sample::Index>(), flip in 1..=255_u8,
        ) {
            let lines = journal(&reasons);
            let mut all = lines.join(&b'\n');
            let at = at.index(all.len());
            all[at] ^= flip;
            let changed: Vec<Vec<u8>> = all.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            // Cut where the line feeds now are: a line feed more or less is a change like any other.
            prop_assert!(check(&changed).is_err(), "{}", String::from_utf8_lossy(&all));
        }

        #[test]
        fn a_missing_line_is_found(reasons in reasons(), at in any::<prop::sample::Index>()) {
            let mut lines = journal(&reasons);
            let at = at.index(lines.len());
            let last = at + 1 == lines.len();
            lines.remove(at);
            // What is missing at the very end leaves no trace in the lines before it.
            prop_assert_eq!(check(&lines).is_ok(), last);
        }

        #[test]
        fn a_doubled_line_is_found(
            reasons in reasons(), at in any::<prop::sample::Index>(),
            to in any::<prop::sample::Index>(),
        ) {
            let mut lines = journal(&reasons);
            let line = lines[at.index(lines.len())].clone();
            lines.insert(to.index(lines.len() + 1), line);
            prop_assert!(check(&lines).is_err());
        }

        #[test]
        fn swapped_lines_are_found(
            reasons in reasons(), a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
        ) {
            let mut lines = journal(&reasons);
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
            prop_assert_eq!(check(&lines).is_err(), a != b);
        }
    }
}
