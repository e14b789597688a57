//! The text that Databento's command prints: JSON lines with the header under `hd`, or CSV.

use crate::feeds::Refusal;
use crate::feeds::csv::field;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::dbn::decoder::name_of;
use crate::feeds::dbn::tape::Place;
use crate::feeds::dbn::tape::Tape;
use crate::wire::Failure;
use dbn::BboMsg;
use dbn::BidAskPair;
use dbn::FlagSet;
use dbn::MboMsg;
use dbn::Mbp1Msg;
use dbn::Mbp10Msg;
use dbn::OhlcvMsg;
use dbn::RecordHeader;
use dbn::StatusMsg;
use dbn::TradeMsg;
use dbn::UNDEF_PRICE;
use dbn::UNDEF_TIMESTAMP;
use dbn::enums::rtype;
use jiff::Timestamp;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error as _;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use std::borrow::Cow;
use std::ffi::c_char;
use std::fmt;

/// The fields that have a meaning here, by the name they have in both texts.
const NAMES: [&str; 18] = [
    "ts_recv",
    "ts_event",
    "rtype",
    "instrument_id",
    "action",
    "side",
    "price",
    "size",
    "flags",
    "sequence",
    "order_id",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "symbol",
    "raw_symbol",
];
const LEVEL_NAMES: [&str; 4] = ["bid_px", "ask_px", "bid_sz", "ask_sz"];
const LEVELS: usize = 10;

/// Lines of one text.
#[derive(Debug)]
pub(super) struct Text {
    json: bool,
    rest: Vec<u8>,
    line: u64,
    line_max: usize,
    header: Vec<Option<Slot>>,
}

/// Where a CSV column goes.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Field(usize),
    Level(usize, usize),
}

impl Text {
    /// At the beginning of a text.
    pub fn new(json: bool, line_max: usize) -> Self {
        Self { json, rest: Vec::new(), line: 0, line_max, header: Vec::new() }
    }

    /// Decodes the lines that are complete.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        tape: &mut Tape,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, after) = (&bytes[..end], &bytes[end + 1..]);
            if self.rest.is_empty() {
                self.check_length(line.len())?;
                self.line(line, tape, sink)?;
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(line);
                self.check_length(whole.len())?;
                self.line(&whole, tape, sink)?;
            }
            bytes = after;
        }
        self.rest.extend_from_slice(bytes);
        self.check_length(self.rest.len())
    }

    /// Ends the text. A last line without its end may have lost digits, unless it is whole JSON.
    pub fn end(&mut self, tape: &mut Tape, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let rest = std::mem::take(&mut self.rest);
        if rest.trim_ascii().is_empty() {
            return Ok(());
        }
        if self.json && rest.trim_ascii().ends_with(b"}") {
            return self.line(&rest, tape, sink);
        }
        self.line += 1;
        tape.place = Place { at: self.line, line: true };
        let shown = rest[..rest.len().min(80)].escape_ascii();
        let refusal = Refusal {
            code: "dbn_torn",
            reason: format!("the text ends inside the line `{shown}`"),
            remedy: "if the line is whole, end it with a line feed",
        };
        tape.refuse(&refusal, sink)
    }

    fn check_length(&self, length: usize) -> Result<(), Failure> {
        if length <= self.line_max {
            return Ok(());
        }
        let line = self.line + 1;
        Err(Failure::bad_input(format!(
            "line {line} has {length} bytes or more: not a text of DBN"
        )))
    }

    fn line(
        &mut self,
        line: &[u8],
        tape: &mut Tape,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        self.line += 1;
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        tape.first_line(line);
        tape.place = Place { at: self.line, line: true };
        if !self.json && self.header.is_empty() {
            self.header = header(line)?;
            return Ok(());
        }
        tape.count();
        let row = if self.json { json_row(line) } else { csv_row(line, &self.header) };
        match row.and_then(|row| Message::of(&row).map(|message| (message, row))) {
            Ok((message, row)) => {
                let given = row.text(16).or_else(|| row.text(17));
                message.tell(given, tape, sink)
            }
            Err(reason) => {
                let remedy = "compare the line with what Databento's own command prints";
                tape.refuse(&Refusal { code: "dbn_text", reason, remedy }, sink)
            }
        }
    }
}

/// One line, field by field.
#[derive(Default)]
struct Row<'a> {
    fields: [Option<Cow<'a, str>>; NAMES.len()],
    levels: [[Option<Cow<'a, str>>; LEVEL_NAMES.len()]; LEVELS],
}

impl Row<'_> {
    fn text(&self, index: usize) -> Option<&str> {
        self.fields[index].as_deref().filter(|text| !text.is_empty())
    }

    fn number<T: std::str::FromStr + Default>(&self, index: usize) -> Result<T, String> {
        number(self.text(index), NAMES[index])
    }

    fn time(&self, index: usize) -> Result<u64, String> {
        let Some(text) = self.text(index) else { return Ok(UNDEF_TIMESTAMP) };
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map_err(|_| format!("{} `{text}` is no time", NAMES[index]));
        }
        let at = text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
        at.and_then(|ns| u64::try_from(ns).ok())
            .ok_or_else(|| format!("{} `{}` is no time", NAMES[index], shown(text)))
    }

    fn price(&self, index: usize) -> Result<i64, String> {
        price(self.text(index), NAMES[index])
    }

    /// The first byte of a field of one character; a missing one is a NUL, as in the binary form.
    fn letter(&self, index: usize) -> c_char {
        self.text(index).and_then(|t| t.bytes().next()).unwrap_or(0) as c_char
    }

    fn level(&self, index: usize) -> Result<BidAskPair, String> {
        let [bid_px, ask_px, bid_sz, ask_sz] = &self.levels[index];
        let text = |field: &Option<Cow<'_, str>>| -> Option<String> {
            field.as_deref().filter(|t| !t.is_empty()).map(str::to_owned)
        };
        Ok(BidAskPair {
            bid_px: price(text(bid_px).as_deref(), "bid_px")?,
            ask_px: price(text(ask_px).as_deref(), "ask_px")?,
            bid_sz: number(text(bid_sz).as_deref(), "bid_sz")?,
            ask_sz: number(text(ask_sz).as_deref(), "ask_sz")?,
            ..BidAskPair::default()
        })
    }
}

fn number<T: std::str::FromStr + Default>(text: Option<&str>, name: &str) -> Result<T, String> {
    let Some(text) = text else { return Ok(T::default()) };
    text.parse().map_err(|_| format!("{name} `{}` is not a number of its kind", shown(text)))
}

/// A price as billionths (`3720250000000`) or in points (`3720.250000000`); none is undefined.
fn price(text: Option<&str>, name: &str) -> Result<i64, String> {
    let Some(text) = text else { return Ok(UNDEF_PRICE) };
    let read = if text.contains('.') {
        field::price(text.as_bytes()).map(crate::market::Px::nanos)
    } else {
        text.parse().ok()
    };
    read.ok_or_else(|| format!("{name} `{}` is no price", shown(text)))
}

fn shown(text: &str) -> String {
    text.bytes().take(40).flat_map(std::ascii::escape_default).map(char::from).collect()
}

/// A record as the binary form has it.
enum Message {
    Trade(TradeMsg),
    Top(Mbp1Msg),
    Ten(Box<Mbp10Msg>),
    Order(MboMsg),
    Sampled(BboMsg),
    Bar(OhlcvMsg),
    State(StatusMsg),
    Name(u32),
    Other(u8),
}

impl Message {
    fn of(row: &Row<'_>) -> Result<Self, String> {
        if row.text(2).is_none() {
            return Err("no `rtype`: this is no record".into());
        }
        let kind: u8 = row.number(2)?;
        let (id, event): (u32, u64) = (row.number(3)?, row.time(1)?);
        let hd = |kind| RecordHeader::new::<TradeMsg>(kind, 0, id, event);
        let (hd, ts_recv) = (hd(kind), row.time(0)?);
        Ok(match kind {
            rtype::MBP_0 => Self::Trade(trade(row, hd, ts_recv)?),
            rtype::MBP_1 => {
                let base = trade(row, hd, ts_recv)?;
                let TradeMsg { price, size, action, side, flags, sequence, .. } = base;
                let levels = [row.level(0)?];
                let rest = Mbp1Msg::default();
                Self::Top(Mbp1Msg {
                    hd,
                    price,
                    size,
                    action,
                    side,
                    flags,
                    sequence,
                    ts_recv,
                    levels,
                    ..rest
                })
            }
            rtype::MBP_10 => {
                let base = trade(row, hd, ts_recv)?;
                let mut msg = Mbp10Msg { hd, ts_recv, ..Mbp10Msg::default() };
                (msg.price, msg.size, msg.sequence) = (base.price, base.size, base.sequence);
                (msg.action, msg.side, msg.flags) = (base.action, base.side, base.flags);
                for (index, level) in msg.levels.iter_mut().enumerate() {
                    *level = row.level(index)?;
                }
                Self::Ten(Box::new(msg))
            }
            rtype::MBO => {
                let base = trade(row, hd, ts_recv)?;
                let TradeMsg { price, size, action, side, flags, sequence, .. } = base;
                let order_id = row.number(10)?;
                let rest = MboMsg::default();
                Self::Order(MboMsg {
                    hd,
                    order_id,
                    price,
                    size,
                    action,
                    side,
                    flags,
                    sequence,
                    ts_recv,
                    ..rest
                })
            }
            rtype::BBO_1S | rtype::BBO_1M => {
                let (flags, levels) = (FlagSet::from(row.number::<u8>(8)?), [row.level(0)?]);
                Self::Sampled(BboMsg { hd, flags, ts_recv, levels, ..default_bbo() })
            }
            rtype::OHLCV_1S
            | rtype::OHLCV_1M
            | rtype::OHLCV_1H
            | rtype::OHLCV_1D
            | rtype::OHLCV_EOD => Self::Bar(OhlcvMsg {
                hd,
                open: row.price(11)?,
                high: row.price(12)?,
                low: row.price(13)?,
                close: row.price(14)?,
                volume: row.number(15)?,
            }),
            rtype::STATUS => {
                let action = row.number(4)?;
                Self::State(StatusMsg { hd, ts_recv, action, ..StatusMsg::default() })
            }
            rtype::INSTRUMENT_DEF => Self::Name(id),
            other => Self::Other(other),
        })
    }

    fn tell(
        self,
        given: Option<&str>,
        tape: &mut Tape,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        match self {
            Self::Trade(msg) => tape.trade(&msg, given, sink),
            Self::Top(msg) => tape.top(&msg, given, sink),
            Self::Ten(msg) => tape.ten_levels(&msg, given, sink),
            Self::Order(msg) => tape.order(&msg, given, sink),
            Self::Sampled(msg) => tape.sampled(&msg, given, sink),
            Self::Bar(msg) => tape.bar(&msg, given, sink),
            Self::State(msg) => tape.trading_state(&msg, given, sink),
            Self::Name(id) => {
                tape.ignore("definition");
                tape.name(id, 0, u64::MAX, given.unwrap_or_default());
                Ok(())
            }
            Self::Other(kind) => {
                tape.ignore(name_of(kind));
                Ok(())
            }
        }
    }
}

fn default_bbo() -> BboMsg {
    BboMsg::default_for_schema(dbn::Schema::Bbo1S)
}

/// The fields that trades, books and orders have in common.
fn trade(row: &Row<'_>, hd: RecordHeader, ts_recv: u64) -> Result<TradeMsg, String> {
    Ok(TradeMsg {
        hd,
        price: row.price(6)?,
        size: row.number(7)?,
        action: row.letter(4),
        side: row.letter(5),
        flags: FlagSet::from(row.number::<u8>(8)?),
        ts_recv,
        sequence: row.number(9)?,
        ..TradeMsg::default()
    })
}

fn slot(name: &str) -> Option<Slot> {
    if let Some(index) = NAMES.iter().position(|n| *n == name) {
        return Some(Slot::Field(index));
    }
    let (kind, level) = name.rsplit_once('_')?;
    let level: usize = level.parse().ok().filter(|l| *l < LEVELS)?;
    let kind = LEVEL_NAMES.iter().position(|n| *n == kind)?;
    Some(Slot::Level(level, kind))
}

/// The columns of a CSV.
fn header(line: &[u8]) -> Result<Vec<Option<Slot>>, Failure> {
    let names = String::from_utf8_lossy(line);
    let slots: Vec<_> = names.split(',').map(slot).collect();
    let has = |index: usize| slots.iter().any(|s| matches!(s, Some(Slot::Field(i)) if *i == index));
    if has(1) && has(2) && has(3) {
        return Ok(slots);
    }
    Err(Failure::bad_input(format!("`{}` is not the header of a DBN text", shown(&names)))
        .hint("a CSV of Databento's has the columns ts_event, rtype and instrument_id; other files: mia-feed csv"))
}

fn csv_row<'a>(line: &'a [u8], header: &[Option<Slot>]) -> Result<Row<'a>, String> {
    let line = str::from_utf8(line).map_err(|_| "the line is not text")?;
    let mut row = Row::default();
    let mut count = 0;
    for (index, cell) in line.split(',').enumerate() {
        count = index + 1;
        let cell = Some(Cow::Borrowed(cell.trim_matches('"')));
        match header.get(index) {
            Some(Some(Slot::Field(field))) => row.fields[*field] = cell,
            Some(Some(Slot::Level(level, kind))) => row.levels[*level][*kind] = cell,
            _ => {}
        }
    }
    if count == header.len() {
        Ok(row)
    } else {
        Err(format!("{count} columns, the header has {}", header.len()))
    }
}

fn json_row(line: &[u8]) -> Result<Row<'_>, String> {
    let mut row = Row::default();
    let mut json = serde_json::Deserializer::from_slice(line);
    let read = json.deserialize_map(IntoRow(&mut row)).and_then(|()| json.end());
    read.map(|()| row).map_err(|error| format!("not a record in JSON: {error}"))
}

/// Reads an object, and the one under `hd`, into a row.
struct IntoRow<'r, 'de>(&'r mut Row<'de>);

impl<'de> Visitor<'de> for IntoRow<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == "hd" {
                map.next_value_seed(IntoRow(&mut *self.0))?;
            } else if key == "levels" {
                map.next_value_seed(IntoLevels(&mut *self.0))?;
            } else {
                match slot(&key) {
                    Some(Slot::Field(index)) => {
                        self.0.fields[index] = map.next_value_seed(Scalar)?;
                    }
                    Some(Slot::Level(level, kind)) => {
                        self.0.levels[level][kind] = map.next_value_seed(Scalar)?;
                    }
                    None => drop(map.next_value::<IgnoredAny>()?),
                }
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for IntoRow<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

/// Reads the array of levels.
struct IntoLevels<'r, 'de>(&'r mut Row<'de>);

impl<'de> DeserializeSeed<'de> for IntoLevels<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for IntoLevels<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of levels")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0.. {
            let Some(level) = self.0.levels.get_mut(index) else {
                return match seq.next_element::<IgnoredAny>()? {
                    None => Ok(()),
                    Some(_) => Err(A::Error::custom("more than ten levels")),
                };
            };
            if seq.next_element_seed(IntoLevel(level))?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Reads one level.
struct IntoLevel<'r, 'de>(&'r mut [Option<Cow<'de, str>>; LEVEL_NAMES.len()]);

impl<'de> DeserializeSeed<'de> for IntoLevel<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for IntoLevel<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match LEVEL_NAMES.iter().position(|n| *n == key) {
                Some(index) => self.0[index] = map.next_value_seed(Scalar)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads a text, a number or null as text: 64-bit numbers are written as texts.
struct Scalar;

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Option<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Option<Cow<'de, str>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or null")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
