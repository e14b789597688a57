//! Lines of an input to what is checked: the wire, and the files that MIA's predecessor left.
//!
//! The content tells the format, never the name. Lines in, [`Event`]s out, no I/O; the same events
//! whatever the blocks in which the lines were read.

mod csv;
mod json_line;
mod options;
mod rows;
mod stamp;

use crate::market::Sym;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Place;
use crate::quality::chain::Snapshot as ChainSnapshot;
use crate::wire::Record;
use crate::wire::codec;
use csv::Columns;
use jiff::tz::TimeZone;
use json_line::Line;
use options::OptionTable;

/// Lines looked at before an input is given up as unknown.
const PATIENCE: usize = 16;

/// The formats that are recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The wire: NDJSON of MIA.
    Wire,
    /// Rows of the predecessor's recorder, JSON lines with `market_data`.
    Rows,
    /// The same rows reduced to their numbers, CSV.
    RowsCsv,
    /// An option snapshot, a JSON document with `options`.
    OptionsJson,
    /// An option snapshot, CSV.
    OptionsCsv,
}

impl Format {
    /// What it is, for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Wire => "records (NDJSON)",
            Self::Rows => "recorder rows (JSON lines)",
            Self::RowsCsv => "recorder rows (CSV)",
            Self::OptionsJson => "an option snapshot (JSON)",
            Self::OptionsCsv => "an option snapshot (CSV)",
        }
    }
}

/// What a line is.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, on the stack")]
pub enum Event {
    /// A record of the wire.
    Record(Record),
    /// A fact of a foreign file.
    Fact(Fact),
    /// A whole option snapshot of a foreign file, with its underlying.
    Options(Sym, ChainSnapshot),
    /// The line itself is wrong.
    Fault(Code, String),
    /// What the data call themselves, where that is not real.
    Label(String),
}

/// Reads the lines of one input.
#[derive(Debug)]
pub struct Reader {
    format: Option<Format>,
    sym: Sym,
    zone: TimeZone,
    held: Vec<(u64, Vec<u8>)>,
    document: Option<Vec<u8>>,
    document_max: usize,
    columns: Option<Columns>,
    table: OptionTable,
    place: Place,
    clean: Vec<u8>,
}

impl Reader {
    /// A reader of an input that begins. `sym` is the contract of rows that name none, `zone` that
    /// of stamps without one; a document may have `document_max` bytes.
    pub fn new(sym: Sym, zone: TimeZone, document_max: usize, input: u32) -> Self {
        Self {
            format: None,
            sym,
            zone,
            held: Vec::new(),
            document: None,
            document_max,
            columns: None,
            table: OptionTable::default(),
            place: Place { input, line: 0 },
            clean: Vec::new(),
        }
    }

    /// The format, once it is known.
    pub const fn format(&self) -> Option<Format> {
        self.format
    }

    /// Reads the next line (without its line end).
    ///
    /// # Errors
    /// What the input is instead, and what to do, when it is nothing that is known.
    pub fn line(&mut self, line: &[u8], sink: &mut dyn FnMut(u64, Event)) -> Result<(), Unknown> {
        self.place.line += 1;
        if self.format.is_some() {
            self.known(line, sink);
            return Ok(());
        }
        if let Some(other) = Unknown::of(line) {
            return Err(other);
        }
        self.format = recognise(line);
        if self.format.is_none() {
            self.held.push((self.place.line, line.to_vec()));
            return if self.held.len() > PATIENCE { Err(Unknown::default()) } else { Ok(()) };
        }
        let now = self.place.line;
        for (number, held) in std::mem::take(&mut self.held) {
            self.place.line = number;
            self.known(&held, sink);
        }
        self.place.line = now;
        self.known(line, sink);
        Ok(())
    }

    /// The input ends; `rest` is what stood after the last line end.
    ///
    /// # Errors
    /// As [`Reader::line`].
    pub fn end(&mut self, rest: &[u8], sink: &mut dyn FnMut(u64, Event)) -> Result<(), Unknown> {
        if !rest.iter().all(u8::is_ascii_whitespace) {
            self.line(rest, sink)?;
        }
        if self.format.is_none() {
            // Nothing but blank or torn lines.
            let only_blank = self.held.iter().all(|(_, l)| l.iter().all(u8::is_ascii_whitespace));
            if !only_blank {
                return Err(Unknown::default());
            }
        }
        if let Some(document) = self.document.take() {
            let first = Place { line: 1, ..self.place };
            options::document(&document, first, self.sym, &self.zone, &mut |event| {
                sink(1, event);
            });
        }
        if let Some((und, snapshot)) = self.table.take() {
            sink(self.place.line, Event::Options(und, snapshot));
        }
        Ok(())
    }

    fn known(&mut self, line: &[u8], sink: &mut dyn FnMut(u64, Event)) {
        let (number, place) = (self.place.line, self.place);
        let mut sink = |event| sink(number, event);
        match self.format {
            Some(Format::Wire) => wire_line(line, &mut self.clean, &mut sink),
            Some(Format::Rows) => match json_line::read(line, &mut self.clean) {
                Line::Fault(code, why) => sink(Event::Fault(code, why)),
                Line::Object { value, nan } => {
                    if nan {
                        sink(Event::Fault(Code::NotJsonNan, "the word NaN".into()));
                    }
                    rows::object(&value, self.sym, &self.zone, &mut sink);
                }
            },
            Some(Format::RowsCsv) => match &self.columns {
                None => self.columns = Some(Columns::of(line)),
                Some(columns) => rows::csv(columns, line, self.sym, &self.zone, &mut sink),
            },
            Some(Format::OptionsCsv) => match &self.columns {
                None => self.columns = Some(Columns::of(line)),
                Some(columns) => {
                    options::csv(columns, line, place, &self.zone, &mut self.table, &mut sink);
                }
            },
            Some(Format::OptionsJson) => {
                let document = self.document.get_or_insert_default();
                if document.len() + line.len() < self.document_max {
                    document.extend_from_slice(line);
                    document.push(b'\n');
                }
            }
            None => {}
        }
    }
}

/// The format that a line proves.
fn recognise(line: &[u8]) -> Option<Format> {
    let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii();
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    if text == b"{" || (text.starts_with(b"{") && has(b"\"options\"") && has(b"\"strike\"")) {
        return Some(Format::OptionsJson);
    }
    if text.starts_with(b"{") {
        if has(b"\"market_data\"") {
            return Some(Format::Rows);
        }
        return has(b"\"t\"").then_some(Format::Wire);
    }
    let columns = Columns::of(text);
    if columns.has(&["strike", "option_type", "bid", "ask"]) {
        Some(Format::OptionsCsv)
    } else if columns.has(&["ts", "price", "volume", "best_bid", "best_ask"]) {
        Some(Format::RowsCsv)
    } else {
        None
    }
}

fn wire_line(line: &[u8], clean: &mut Vec<u8>, sink: &mut dyn FnMut(Event)) {
    let read = |line: &[u8]| match codec::peek(line) {
        Ok(Some(kind)) => codec::decode(kind, line).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let refusal = match read(line) {
        Ok(Some(record)) => return sink(Event::Record(record)),
        // A kind of a later version: nothing to check but that it is an object.
        Ok(None) => None,
        Err(error) => Some(error.to_string()),
    };
    match json_line::read(line, clean) {
        Line::Fault(code, why) => sink(Event::Fault(code, why)),
        Line::Object { nan, .. } => {
            if nan {
                sink(Event::Fault(Code::NotJsonNan, "the word NaN".into()));
                if let Ok(Some(record)) = read(clean) {
                    sink(Event::Record(record));
                }
            } else if let Some(why) = refusal {
                sink(Event::Fault(Code::BadRecord, why));
            }
        }
    }
}

/// An input that is none of the formats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// What it is instead, as far as the content tells.
    pub what: &'static str,
    /// What to do.
    pub hint: &'static str,
}

impl Default for Unknown {
    fn default() -> Self {
        Self {
            what: "the content is nothing that mia-check knows",
            hint: "turn it into records first: mia-feed SOURCE FILE | mia-check",
        }
    }
}

impl Unknown {
    /// Files of other programs, by how they begin.
    fn of(line: &[u8]) -> Option<Self> {
        let (what, hint) = if line.starts_with(b"SCID") {
            ("this is a Sierra Chart .scid file", "mia-feed sierra FILE | mia-check")
        } else if line.starts_with(b"SCDD") {
            ("this is a Sierra Chart .depth file", "mia-feed sierra FILE | mia-check")
        } else if line.starts_with(b"DBN") {
            ("this is a Databento file", "mia-feed dbn FILE | mia-check")
        } else if line.starts_with(b"Expiration Date,Calls,") {
            ("this is an option chain of Cboe", "mia-feed cboe FILE | mia-check")
        } else if line.starts_with(b"DateTime,Price,Volume")
            || line.starts_with(b"contract,datetime")
        {
            ("this is a CSV file", "mia-feed csv FILE | mia-check")
        } else {
            return None;
        };
        Some(Self { what, hint })
    }
}
