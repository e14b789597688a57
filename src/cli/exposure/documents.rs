//! Inputs that are Cboe's documents, read as if they were records.

use crate::feeds::cboe::CboeOptions;
use crate::feeds::cboe::CboeSource;
use crate::market::Calendar;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::Kind;
use crate::wire::Record;
use crate::wire::codec;
use std::cell::RefCell;
use std::io;
use std::io::Cursor;
use std::io::Read;
use std::rc::Rc;

/// Bytes read at once, and the longest beginning that is looked at.
const BLOCK: usize = 64 * 1024;
/// Largest document: far above any chain.
const DOCUMENT_MAX: usize = 256 << 20;
const MARK: &[u8] = "\u{feff}".as_bytes();

/// What an input is, by its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    /// Lines of records.
    Records,
    /// A document of Cboe's, JSON or CSV.
    Document,
    /// More must be read to tell.
    Open,
}

/// What `head` begins; `whole` if nothing follows it.
fn recognise(head: &[u8], whole: bool) -> Content {
    let text = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    let Some(first) = text.first() else {
        return if whole { Content::Records } else { Content::Open };
    };
    if *first != b'{' {
        // The mark of order itself may be cut.
        return if head.len() < MARK.len() && !whole { Content::Open } else { Content::Document };
    }
    let end = text.iter().position(|b| *b == b'\n');
    match end {
        Some(end) if codec::peek(&text[..end]).is_ok() => Content::Records,
        Some(_) => Content::Document,
        None if whole || head.len() >= BLOCK => {
            // A record that long begins as MIA writes it; a short last line may be whole JSON.
            let record = text.starts_with(b"{\"t\":\"") || codec::peek(text).is_ok();
            if record { Content::Records } else { Content::Document }
        }
        None => Content::Open,
    }
}

/// Why a document cannot be read, kept beside the error of the read for its class and its hint.
pub(super) type Trouble = Rc<RefCell<Option<Failure>>>;

/// Passes records on as they are, and turns a document into records.
pub(super) struct ChainReader {
    inner: Box<dyn Read>,
    name: String,
    options: CboeOptions,
    calendar: Calendar,
    trouble: Trouble,
    content: Content,
    /// What was read and not given yet: the beginning, the document, or its records.
    held: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl ChainReader {
    /// Reads `inner`, whose name is for messages.
    pub(super) fn new(
        inner: Box<dyn Read>,
        name: String,
        options: CboeOptions,
        calendar: Calendar,
        trouble: Trouble,
    ) -> Self {
        let (held, given, at_end) = (Vec::new(), 0, false);
        let content = Content::Open;
        Self { inner, name, options, calendar, trouble, content, held, given, at_end }
    }

    /// Reads one more block behind what is held.
    fn hold(&mut self) -> io::Result<()> {
        let old = self.held.len();
        self.held.resize(old + BLOCK, 0);
        let read = self.inner.read(&mut self.held[old..]);
        self.held.truncate(old + *read.as_ref().unwrap_or(&0));
        self.at_end = read? == 0;
        Ok(())
    }

    /// Decides what the input is, and reads a document to its end.
    fn settle(&mut self) -> io::Result<()> {
        while self.content == Content::Open {
            self.hold()?;
            self.content = recognise(&self.held, self.at_end);
        }
        if self.content == Content::Document {
            while !self.at_end {
                self.hold()?;
                if self.held.len() > DOCUMENT_MAX {
                    let text = format!("{}: more than {DOCUMENT_MAX} bytes", self.name);
                    return Err(self.failed(Failure::bad_input(text).hint("this is no chain")));
                }
            }
            let document = std::mem::take(&mut self.held);
            self.held = self.convert(document).map_err(|failure| self.failed(failure))?;
            self.content = Content::Records;
        } else if self.held.starts_with(MARK) {
            self.given = MARK.len();
        }
        Ok(())
    }

    fn convert(&self, document: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let input = Input::from_reader(self.name.clone(), Box::new(Cursor::new(document)));
        let mut source = CboeSource::new(Inputs::of(input), self.options, self.calendar.clone());
        let mut lines = Lines::default();
        while source.pull(&mut lines)? {}
        match lines.failed {
            Some(message) => Err(Failure::bad_input(message)),
            None => Ok(lines.bytes),
        }
    }

    fn failed(&self, failure: Failure) -> io::Error {
        let error = io::Error::other(failure.message.clone());
        *self.trouble.borrow_mut() = Some(failure);
        error
    }
}

impl Read for ChainReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.content != Content::Records {
            self.settle()?;
        }
        if self.given < self.held.len() {
            let n = buf.len().min(self.held.len() - self.given);
            buf[..n].copy_from_slice(&self.held[self.given..self.given + n]);
            self.given += n;
            return Ok(n);
        }
        self.held = Vec::new();
        self.given = 0;
        if self.at_end { Ok(0) } else { self.inner.read(buf) }
    }
}

/// Keeps what a source writes.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    failed: Option<String>,
}

impl SourceOut for Lines {
    fn record(&mut self, record: &Record) {
        if let Err(error) = codec::encode(record, &mut self.bytes) {
            self.failed = Some(error.to_string());
        }
    }

    fn line(&mut self, _: Option<Kind>, _: i64, line: &[u8]) {
        self.bytes.extend_from_slice(line);
    }

    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_told_apart_by_their_beginning() {
        use Content::Document;
        use Content::Open;
        use Content::Records;
        for (head, whole, content) in [
            ("", false, Open),
            ("", true, Records),
            (" \n", false, Open),
            ("{\"t\":\"chain\",\"ts\":1", false, Open),
            ("{\"t\":\"chain\",\"ts\":1}", true, Records),
            ("{\"t\":\"chain\",\"ts\":1}\n", false, Records),
            ("{\"ts\":1,\"t\":\"option\"}\n", false, Records),
            ("\u{feff}{\"t\":\"chain\",\"ts\":1}\n", false, Records),
            ("{\n \"timestamp\": \"x\"", false, Document),
            ("{\"timestamp\":\"x\",\"data\":{}}", true, Document),
            ("\nS&P 500 INDEX,Last: 1", false, Document),
            ("<html>", false, Document),
        ] {
            assert_eq!(recognise(head.as_bytes(), whole), content, "{head}");
        }
        let long = format!("{{\"t\":\"gex\",\"x\":\"{}\"", "a".repeat(BLOCK));
        assert_eq!(recognise(long.as_bytes(), false), Records);
        let long = format!("{{\"timestamp\":\"{}\"", "a".repeat(BLOCK));
        assert_eq!(recognise(long.as_bytes(), false), Document);
    }

    #[test]
    fn records_pass_through_whatever_the_pieces() {
        struct Drip(Cursor<Vec<u8>>);
        impl Read for Drip {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let n = buf.len().min(3);
                self.0.read(&mut buf[..n])
            }
        }
        let text = "{\"t\":\"clock\",\"ts\":1}\n".repeat(50);
        let mut reader = ChainReader::new(
            Box::new(Drip(Cursor::new(text.clone().into_bytes()))),
            "x".into(),
            CboeOptions::default(),
            Calendar::builtin().unwrap(),
            Trouble::default(),
        );
        let mut out = String::new();
        reader.read_to_string(&mut out).unwrap();
        assert_eq!(out, text);
    }

    #[test]
    fn what_is_no_chain_says_why() {
        let trouble = Trouble::default();
        let mut reader = ChainReader::new(
            Box::new(Cursor::new(b"<html></html>".to_vec())),
            "page".into(),
            CboeOptions::default(),
            Calendar::builtin().unwrap(),
            Rc::clone(&trouble),
        );
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with("page: "), "{error}");
        assert!(trouble.borrow().as_ref().unwrap().hint.is_some());
    }
}
