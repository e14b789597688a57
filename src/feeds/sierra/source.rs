//! Sierra files as a source of the stream: each recognised by its content, read in order.

use crate::config::Config;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::sierra::binary_reader::BinaryReader;
use crate::feeds::sierra::binary_reader::SAMPLE;
use crate::feeds::sierra::binary_reader::Sink;
use crate::feeds::sierra::binary_reader::scale_for;
use crate::feeds::sierra::binary_reader::unreadable;
use crate::feeds::sierra::binary_reader::wrong_header;
use crate::feeds::sierra::depth::DepthBatches;
use crate::feeds::sierra::depth::DepthFile;
use crate::feeds::sierra::framing::Decoder;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::record_file::FileFault;
use crate::feeds::sierra::record_file::RecordFile;
use crate::feeds::sierra::scid::Scid;
use crate::feeds::sierra::session::Session;
use crate::feeds::sierra::session::SierraOptions;
use crate::feeds::sierra::tape::Tape;
use crate::feeds::sierra::text_reader::TextReader;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;
use std::rc::Rc;

/// Bytes that tell the kind of a file.
const HEAD: usize = 64;

/// A kind of Sierra file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// `.scid` records.
    Scid,
    /// `.depth` records.
    Depth,
    /// A text export.
    Text,
    /// Lines of the dumper.
    Dumper,
}

impl FileKind {
    /// The kind of a file that begins with `head`, its first 64 bytes or all of it.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(&Scid::MAGIC) {
            return Some(Self::Scid);
        }
        if head.starts_with(&DepthFile::MAGIC) {
            return Some(Self::Depth);
        }
        let text = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
        if text.starts_with(b"{") {
            return Some(Self::Dumper);
        }
        let header =
            [&b"Date;"[..], b"Date,", b"Date ,"].iter().any(|start| text.starts_with(start));
        header.then_some(Self::Text)
    }
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    done: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.done.set(self.done.get() + read as u64);
        Ok(read)
    }
}

enum Reader {
    Scid(Box<BinaryReader<Tape>>),
    Depth(Box<BinaryReader<DepthBatches>>),
    Text(Box<TextReader>),
}

/// Reads Sierra files, in order, as records of `src` scid and mode replay.
pub struct SierraSource {
    inputs: Inputs,
    opening: Option<(Input, Vec<u8>)>,
    reader: Option<Reader>,
    session: Session,
}

impl SierraSource {
    /// Reads `inputs` in order. `config` has the products with their ticks.
    pub fn new(inputs: Inputs, options: SierraOptions, config: Config) -> Self {
        let bad = BadRows::new(options.max_bad);
        let session = Session::new(options, config, bad);
        Self { inputs, opening: None, reader: None, session }
    }

    /// Records and rows read, bad ones included.
    pub const fn rows(&self) -> u64 {
        self.session.rows
    }

    /// Records and rows left out.
    pub const fn bad_rows(&self) -> u64 {
        self.session.bad.count()
    }

    /// Opens the next input, as far as it lets; `false` after the last.
    fn open(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let (mut input, mut head) = match self.opening.take() {
            Some(opening) => opening,
            None => match self.inputs.next_input() {
                Ok(Some(input)) => (input, Vec::with_capacity(HEAD)),
                Ok(None) => return Ok(false),
                Err(error) => return Err(failure(&error)),
            },
        };
        if !input.may_block
            && let Some(reader) = self.open_file(&input.name)?
        {
            self.reader = Some(reader);
            return Ok(true);
        }
        if input.may_block {
            out.before_wait()?;
        }
        while head.len() < HEAD {
            let mut piece = [0; HEAD];
            match input.read(&mut piece[..HEAD - head.len()]) {
                Ok(0) => break,
                Ok(read) => head.extend_from_slice(&piece[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.opening = Some((input, head));
                    return Ok(true);
                }
                Err(error) => return Err(unreadable(&input.name, &error)),
            }
        }
        let name = input.name.clone();
        let kind = FileKind::of(&head).ok_or_else(|| unknown(&name, &head))?;
        let whole: Box<dyn Read> = Box::new(io::Cursor::new(head).chain(input));
        let session = &self.session;
        self.reader = Some(match kind {
            FileKind::Scid => Reader::Scid(Box::new(BinaryReader::new(
                name,
                whole,
                Decoder::new(),
                None,
                session,
            )?)),
            FileKind::Depth => Reader::Depth(Box::new(BinaryReader::new(
                name,
                whole,
                Decoder::new(),
                None,
                session,
            )?)),
            FileKind::Text => Reader::Text(Box::new(TextReader::export(name, whole, session)?)),
            FileKind::Dumper => Reader::Text(Box::new(TextReader::dumper(name, whole, session)?)),
        });
        Ok(true)
    }

    /// A plain file of records is read at the place where the wanted time begins.
    fn open_file(&self, name: &str) -> Result<Option<Reader>, Failure> {
        let file = File::open(name).map_err(|error| unreadable(name, &error))?;
        let mut head = [0; 4];
        if file.read_exact_at(&mut head, 0).is_err() {
            return Ok(None);
        }
        Ok(match FileKind::of(&head) {
            Some(FileKind::Scid) => Some(Reader::Scid(Box::new(self.at_since(name, file)?))),
            Some(FileKind::Depth) => Some(Reader::Depth(Box::new(self.at_since(name, file)?))),
            _ => None,
        })
    }

    fn at_since<S: Sink>(&self, name: &str, file: File) -> Result<BinaryReader<S>, Failure> {
        let io = |error: io::Error| unreadable(name, &error);
        let mut reader = file.try_clone().map_err(io)?;
        let records = match RecordFile::<S::Layout>::new(file) {
            Ok(records) => records,
            Err(fault) => return Err(of_file(name, &fault)),
        };
        let session = &self.session;
        let sym = session.options.contract(name)?;
        let scale = scale_for(name, sym, &first_prices::<S>(&records).map_err(io)?, session)?;
        let index = match session.options.since {
            None => 0,
            Some(since) => {
                let count = records.records().map_err(io)?;
                let index = records.lower_bound(S::from(since), count).map_err(io)?;
                let index = S::before(&records, index).map_err(io)?;
                tracing::info!("{name}: reads from record {index} of {count} on");
                index
            }
        };
        reader.seek(SeekFrom::Start(records.offset(index))).map_err(io)?;
        let input = Counted { file: reader, done: self.inputs.done_counter() };
        let decoder = Decoder::at_record(index);
        BinaryReader::new(name.to_owned(), Box::new(input), decoder, Some(scale), session)
    }
}

/// The prices of the first records.
pub(super) fn first_prices<S: Sink>(file: &RecordFile<S::Layout>) -> io::Result<Vec<f32>> {
    let mut bytes = vec![0; SAMPLE * S::Layout::RECORD];
    let read = file.read_at(file.offset(0), &mut bytes)?;
    let records = bytes[..read].chunks_exact(S::Layout::RECORD);
    Ok(records.filter_map(|bytes| S::price(&S::Layout::record(bytes))).collect())
}

/// The failure of a file of records.
pub(super) fn of_file(name: &str, fault: &FileFault) -> Failure {
    match fault {
        FileFault::Header(fault) => wrong_header(name, *fault),
        FileFault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Failure::bad_input(format!("{name}: the file ends inside its header"))
                .hint("Sierra Chart has not written it yet, or it was cut off")
        }
        FileFault::Io(error) => unreadable(name, error),
    }
}

fn unknown(name: &str, head: &[u8]) -> Failure {
    let shown = head[..head.len().min(40)].escape_ascii();
    let what = if head.is_empty() { "is empty".into() } else { format!("begins with `{shown}`") };
    Failure::bad_input(format!("{name} {what}: this is no file of Sierra Chart")).hint(
        "known are .scid and .depth files, the exports of time and sales and of intraday data, and \
         the dumper's JSON lines",
    )
}

/// The failure of an input that cannot be opened: the message with its causes.
fn failure(error: &crate::stream::StreamError) -> Failure {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        message = format!("{message}: {deeper}");
        cause = deeper.source();
    }
    Failure::bad_input(message)
}

impl Source for SierraSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let goes_on = match &mut self.reader {
            None => return self.open(out),
            Some(Reader::Scid(reader)) => reader.pull(&mut self.session, out)?,
            Some(Reader::Depth(reader)) => reader.pull(&mut self.session, out)?,
            Some(Reader::Text(reader)) => reader.pull(&mut self.session, out)?,
        };
        if !goes_on {
            self.reader = None;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_the_kind() {
        for (head, kind) in [
            (&b"SCID\x38\0\0\0"[..], Some(FileKind::Scid)),
            (b"SCDD\x40\0\0\0", Some(FileKind::Depth)),
            (b"Date;Time;Sequence", Some(FileKind::Text)),
            (b"Date, Time, Open", Some(FileKind::Text)),
            ("\u{feff}Date,Time,Open".as_bytes(), Some(FileKind::Text)),
            (b"{\"t\":45918.4", Some(FileKind::Dumper)),
            (b" \n{\"t\":45918.4", Some(FileKind::Dumper)),
            (b"SCI", None),
            (b"", None),
            (b"PK\x03\x04", None),
        ] {
            assert_eq!(FileKind::of(head), kind, "{}", head.escape_ascii());
        }
    }
}
