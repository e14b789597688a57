//! Bytes to records: the binary form through crate `dbn`, the text forms line by line.

use crate::feeds::Refusal;
use crate::feeds::dbn::contracts::Wanted;
use crate::feeds::dbn::frames::Frames;
use crate::feeds::dbn::tape::DbnCounts;
use crate::feeds::dbn::tape::DbnSettings;
use crate::feeds::dbn::tape::Place;
use crate::feeds::dbn::tape::Tape;
use crate::feeds::dbn::text::Text;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::Record;
use dbn::BboMsg;
use dbn::MboMsg;
use dbn::Mbp1Msg;
use dbn::Mbp10Msg;
use dbn::OhlcvMsg;
use dbn::Record as _;
use dbn::RecordRef;
use dbn::StatusMsg;
use dbn::TradeMsg;
use dbn::VersionUpgradePolicy;
use dbn::decode::dbn::fsm::DbnFsm;
use dbn::decode::dbn::fsm::ProcessResult;
use dbn::enums::rtype;

/// Version and length of the metadata stand in so many bytes.
const PRELUDE: usize = 8;
/// More symbols than any file has; what is larger is damage and would be allocated.
const METADATA_MAX: u32 = 64 << 20;
/// Longest line of a text.
const LINE_MAX: usize = 1 << 20;

/// What a decoder writes to.
pub trait DbnSink {
    /// Takes a record.
    ///
    /// # Errors
    /// The sink wants no more.
    fn record(&mut self, record: &Record) -> Result<(), Failure>;

    /// Takes a refusal: the row at `place`, one of `rows` so far; `newest` is the stamp of the
    /// newest good record.
    ///
    /// # Errors
    /// It is one too many.
    fn refused(
        &mut self,
        refusal: &Refusal,
        place: &str,
        rows: u64,
        newest: Option<i64>,
    ) -> Result<(), Failure>;
}

/// What the input turned out to be.
#[derive(Debug)]
enum Form {
    /// Too few bytes to tell.
    Unknown(Vec<u8>),
    /// Binary.
    Binary(Box<DbnFsm>, Frames),
    /// JSON lines or CSV.
    Text(Box<Text>),
}

/// Decodes DBN, binary or text, not compressed. No I/O. The records do not depend on how the bytes
/// are cut into pushes.
#[derive(Debug)]
pub struct DbnDecoder {
    form: Form,
    tape: Tape,
    /// Bytes of the input before the next record.
    offset: u64,
    described: Vec<String>,
}

impl DbnDecoder {
    /// A decoder at the beginning of an input.
    pub fn new(settings: DbnSettings) -> Self {
        Self {
            form: Form::Unknown(Vec::new()),
            tape: Tape::new(settings),
            offset: 0,
            described: Vec::new(),
        }
    }

    /// What was seen so far.
    pub const fn counts(&self) -> &DbnCounts {
        self.tape.counts()
    }

    /// One line a file: form, version, data set, schema, symbols.
    pub fn inputs(&self) -> &[String] {
        &self.described
    }

    /// The contracts seen so far that are written.
    pub fn written(&self) -> Vec<Sym> {
        self.tape.contracts().filter(|c| c.1 == Wanted::Yes).map(|c| c.0).collect()
    }

    /// The instruments left out because they are no futures, with the count of their records.
    pub fn not_futures(&self) -> Vec<(Sym, u64)> {
        self.tape.contracts().filter(|c| c.1 == Wanted::NotAFuture).map(|c| (c.0, c.2)).collect()
    }

    /// Decodes the next bytes of the input.
    ///
    /// # Errors
    /// What is no DBN, is damaged, or what the sink does not want.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl DbnSink) -> Result<(), Failure> {
        match &mut self.form {
            Form::Binary(fsm, frames) => {
                let (readable, bad) = frames.readable(bytes);
                fsm.write_all(&bytes[..readable]);
                self.binary(sink)?;
                bad.map_or(Ok(()), |length| Err(impossible(self.offset, length)))
            }
            Form::Text(text) => text.push(bytes, &mut self.tape, sink),
            Form::Unknown(head) => {
                head.extend_from_slice(bytes);
                self.recognise(sink)
            }
        }
    }

    /// Ends the input; another one may follow.
    ///
    /// # Errors
    /// It ended inside a record.
    pub fn end(&mut self, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let form = std::mem::replace(&mut self.form, Form::Unknown(Vec::new()));
        let offset = std::mem::take(&mut self.offset);
        let rest = match form {
            Form::Unknown(head) => head.len(),
            Form::Binary(fsm, _) => fsm.data().len(),
            Form::Text(mut text) => return text.end(&mut self.tape, sink),
        };
        if rest == 0 {
            return Ok(());
        }
        self.tape.place = Place { at: offset, line: false };
        let refusal = Refusal {
            code: "dbn_torn",
            reason: format!("the file ends inside a record, {rest} bytes of which are there"),
            remedy: "the file was cut off or is still being written",
        };
        self.tape.refuse(&refusal, sink)
    }

    /// Tells the form by the first byte.
    fn recognise(&mut self, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Form::Unknown(head) = &mut self.form else { return Ok(()) };
        let Some(first) = head.first().copied() else { return Ok(()) };
        if first == b'D' {
            if head.len() < PRELUDE {
                return Ok(());
            }
            let head = std::mem::take(head);
            let metadata = check_prelude(&head)?;
            let fsm = DbnFsm::builder().upgrade_policy(VersionUpgradePolicy::AsIs).build();
            let fsm = fsm.map_err(|error| damaged(0, &error))?;
            self.form = Form::Binary(Box::new(fsm), Frames::after(PRELUDE + metadata));
            return self.push(&head, sink);
        }
        if first == b'{' || first.is_ascii_lowercase() {
            let bytes = std::mem::take(head);
            let mut text = Text::new(first == b'{', LINE_MAX);
            let kind = if first == b'{' { "JSON" } else { "CSV" };
            self.described.push(format!("{kind} text"));
            let result = text.push(&bytes, &mut self.tape, sink);
            self.form = Form::Text(Box::new(text));
            return result;
        }
        let shown = head[..head.len().min(16)].escape_ascii().to_string();
        Err(Failure::bad_input(format!("neither DBN nor its text: it begins with `{shown}`"))
            .hint("give the .dbn or .dbn.zst file as downloaded, or the output of `dbn FILE -J`"))
    }

    /// Decodes what is complete.
    fn binary(&mut self, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Form::Binary(fsm, _) = &mut self.form else { return Ok(()) };
        loop {
            match fsm.process_batch() {
                ProcessResult::ReadMore(_) => return Ok(()),
                ProcessResult::Record(_) => {
                    while let Some(record) = fsm.next_buffered_record() {
                        self.tape.count();
                        self.tape.place = Place { at: self.offset, line: false };
                        message(record, &mut self.tape, sink)?;
                        self.offset += record.record_size() as u64;
                    }
                }
                ProcessResult::Metadata(metadata) => {
                    self.tape.metadata(&metadata);
                    let schema = metadata.schema.map_or("several schemas", |s| s.as_str());
                    let symbols = metadata.symbols.iter().take(10).cloned().collect::<Vec<_>>();
                    self.described.push(format!(
                        "DBN version {}, {}, {schema}, {} symbols: {}",
                        metadata.version,
                        metadata.dataset,
                        metadata.symbols.len(),
                        symbols.join(" ")
                    ));
                    self.offset = 0;
                }
                ProcessResult::Err(error) => return Err(damaged(self.offset, &error)),
            }
        }
    }
}

/// Refuses what crate `dbn` would take at its word; gives the length of the metadata.
fn check_prelude(head: &[u8]) -> Result<usize, Failure> {
    if !head.starts_with(b"DBN") {
        let shown = head[..PRELUDE].escape_ascii().to_string();
        return Err(Failure::bad_input(format!("not DBN: it begins with `{shown}`")));
    }
    let version = head[3];
    if !(1..=3).contains(&version) {
        let text = format!("DBN version {version} is not known: 1 to 3 are");
        let hint = "turn it into text with `dbn FILE -J -s` and read that";
        return Err(Failure::bad_input(text).hint(hint));
    }
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    if length > METADATA_MAX {
        let text = format!("metadata of {length} bytes: the file is damaged");
        return Err(Failure::bad_input(text).hint("download it again"));
    }
    Ok(length as usize)
}

#[cold]
fn impossible(offset: u64, length: usize) -> Failure {
    let text = format!("byte {offset} after the metadata: a record of {length} bytes cannot be");
    Failure::bad_input(text).hint("the file is damaged; download it again")
}

#[cold]
fn damaged(offset: u64, error: &dbn::Error) -> Failure {
    Failure::bad_input(format!("byte {offset} after the metadata: {error}"))
        .hint("the file is damaged; download it again")
}

/// Interprets one binary record. A record that is shorter than its type is refused.
#[inline]
fn message(record: RecordRef<'_>, tape: &mut Tape, sink: &mut impl DbnSink) -> Result<(), Failure> {
    let header = record.header();
    match header.rtype {
        rtype::MBP_0 => match record.try_get::<TradeMsg>() {
            Ok(msg) => tape.trade(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::MBP_1 => match record.try_get::<Mbp1Msg>() {
            Ok(msg) => tape.top(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::MBO => match record.try_get::<MboMsg>() {
            Ok(msg) => tape.order(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        _ => rare(record, tape, sink),
    }
}

/// Interprets the records that come less often.
fn rare(record: RecordRef<'_>, tape: &mut Tape, sink: &mut impl DbnSink) -> Result<(), Failure> {
    let header = record.header();
    match header.rtype {
        rtype::MBP_10 => match record.try_get::<Mbp10Msg>() {
            Ok(msg) => tape.ten_levels(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::BBO_1S | rtype::BBO_1M => match record.try_get::<BboMsg>() {
            Ok(msg) => tape.sampled(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::OHLCV_1S
        | rtype::OHLCV_1M
        | rtype::OHLCV_1H
        | rtype::OHLCV_1D
        | rtype::OHLCV_EOD
        | rtype::OHLCV_DEPRECATED => match record.try_get::<OhlcvMsg>() {
            Ok(msg) => tape.bar(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::STATUS => match record.try_get::<StatusMsg>() {
            Ok(msg) => tape.trading_state(msg, None, sink),
            Err(error) => short(&error, tape, sink),
        },
        rtype::INSTRUMENT_DEF => {
            define(record, tape);
            Ok(())
        }
        rtype::SYMBOL_MAPPING => {
            map_symbol(record, tape);
            Ok(())
        }
        other => {
            tape.ignore(name_of(other));
            Ok(())
        }
    }
}

/// A name for people of a type without meaning on the wire.
pub(super) const fn name_of(rtype: u8) -> &'static str {
    match rtype {
        rtype::STATISTICS => "statistics",
        rtype::IMBALANCE => "imbalance",
        rtype::SYSTEM => "system message",
        rtype::ERROR => "error message",
        rtype::CMBP_1 | rtype::CBBO_1S | rtype::CBBO_1M | rtype::TCBBO => "consolidated quote",
        _ => "unknown type",
    }
}

/// Takes the exchange's symbol from a definition, whose layout differs between the versions.
fn define(record: RecordRef<'_>, tape: &mut Tape) {
    tape.ignore("definition");
    let header = record.header();
    let name = if let Ok(msg) = record.try_get::<dbn::v3::InstrumentDefMsg>() {
        msg.raw_symbol().unwrap_or_default().to_owned()
    } else if let Ok(msg) = record.try_get::<dbn::v2::InstrumentDefMsg>() {
        msg.raw_symbol().unwrap_or_default().to_owned()
    } else if let Ok(msg) = record.try_get::<dbn::v1::InstrumentDefMsg>() {
        msg.raw_symbol().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    tape.name(header.instrument_id, 0, u64::MAX, &name);
}

/// Takes a mapping of a live session.
fn map_symbol(record: RecordRef<'_>, tape: &mut Tape) {
    tape.ignore("symbol mapping");
    let header = record.header();
    let name = if let Ok(msg) = record.try_get::<dbn::SymbolMappingMsg>() {
        msg.stype_out_symbol().unwrap_or_default().to_owned()
    } else if let Ok(msg) = record.try_get::<dbn::v1::SymbolMappingMsg>() {
        msg.stype_out_symbol().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    tape.name(header.instrument_id, header.ts_event, u64::MAX, &name);
}

#[cold]
fn short(error: &dbn::Error, tape: &mut Tape, sink: &mut impl DbnSink) -> Result<(), Failure> {
    let refusal = Refusal {
        code: "dbn_short",
        reason: format!("{error}"),
        remedy: "the file is damaged; download it again",
    };
    tape.refuse(&refusal, sink)
}
