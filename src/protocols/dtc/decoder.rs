//! Bytes as they come from a connection to messages.

use crate::protocols::dtc::encoding::Encoding;
use crate::protocols::dtc::message::Message;
use serde_json::Value;

/// Longest JSON message, bytes. The longest real ones have a few hundred.
const JSON_MAX: usize = 1 << 20;

/// What is wrong with the bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The size of a binary message is below its header.
    Size(u16),
    /// No end of a JSON message in so many bytes.
    Endless(usize),
    /// Not a JSON object.
    NotJson(String),
    /// A JSON object without a message type.
    NoType,
    /// A field of a JSON message has a value that it cannot have.
    Field {
        /// Message type.
        kind: u16,
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

/// Bytes that are no message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("at byte {offset} of the connection: {fault}")]
pub struct DecodeError {
    /// Where the message starts, counted in bytes from the start of the connection.
    pub offset: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Size(size) => write!(f, "a message of {size} bytes, less than its header"),
            Self::Endless(bytes) => write!(f, "no end of a JSON message in {bytes} bytes"),
            Self::NotJson(reason) => write!(f, "no JSON object: {reason}"),
            Self::NoType => f.write_str("a JSON object without a whole number as Type"),
            Self::Field { kind, field, value } => {
                write!(f, "{field} of message {kind} is {value}")
            }
        }
    }
}

impl DecodeError {
    /// Whether the start of the next message cannot be told: the connection is of no more use.
    pub const fn is_final(&self) -> bool {
        matches!(self.fault, Fault::Size(_) | Fault::Endless(_))
    }
}

/// Takes bytes in pieces of any size and gives the same messages for every cut.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    encoding: Encoding,
    bytes: Vec<u8>,
    /// Where the next message starts in `bytes`.
    start: usize,
    /// Up to where the end of a JSON message was looked for.
    searched: usize,
    /// Offset of `bytes[0]` in the connection.
    offset: u64,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder at the start of a connection.
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, ..Self::default() }
    }

    /// Reads what follows the last message in another encoding.
    pub fn switch(&mut self, encoding: Encoding) {
        self.encoding = encoding;
        self.searched = self.start;
    }

    /// The encoding in force.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Takes the next bytes of the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.offset += self.start as u64;
            self.bytes.drain(..self.start);
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that belong to no message yet.
    pub fn pending(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Gives up the bytes that belong to no message yet: a compressed stream follows.
    pub fn take_pending(&mut self) -> Vec<u8> {
        let rest = self.bytes.split_off(self.start);
        self.offset += rest.len() as u64;
        self.searched = self.start;
        rest
    }

    /// The next message, if its last byte has come.
    ///
    /// # Errors
    /// The bytes are no message. After one that [is final](DecodeError::is_final) every call gives
    /// it again; after any other the next call goes on behind the bad message.
    pub fn next_message(&mut self) -> Result<Option<Message>, DecodeError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = match self.encoding {
            Encoding::Binary => self.next_binary(),
            Encoding::Json | Encoding::JsonCompact => self.next_json(),
        };
        if let Err(error) = &result
            && error.is_final()
        {
            self.failed = Some(error.clone());
        }
        result
    }

    fn next_binary(&mut self) -> Result<Option<Message>, DecodeError> {
        let rest = &self.bytes[self.start..];
        let [s0, s1, k0, k1, ..] = *rest else { return Ok(None) };
        let size = u16::from_le_bytes([s0, s1]);
        if size < 4 {
            return Err(self.error(self.start, Fault::Size(size)));
        }
        let Some(message) = rest.get(..usize::from(size)) else { return Ok(None) };
        let message = Message::from_binary(u16::from_le_bytes([k0, k1]), message);
        self.start += usize::from(size);
        Ok(Some(message))
    }

    fn next_json(&mut self) -> Result<Option<Message>, DecodeError> {
        loop {
            let from = self.searched.max(self.start);
            let Some(length) = memchr::memchr(0, &self.bytes[from..]) else {
                self.searched = self.bytes.len();
                let waiting = self.bytes.len() - self.start;
                if waiting > JSON_MAX {
                    return Err(self.error(self.start, Fault::Endless(JSON_MAX)));
                }
                return Ok(None);
            };
            let (start, end) = (self.start, from + length);
            if end - start > JSON_MAX {
                return Err(self.error(start, Fault::Endless(JSON_MAX)));
            }
            self.start = end + 1;
            self.searched = self.start;
            let text = self.bytes[start..end].trim_ascii();
            if text.is_empty() {
                continue;
            }
            return json(text).map(Some).map_err(|fault| self.error(start, fault));
        }
    }

    fn error(&self, at: usize, fault: Fault) -> DecodeError {
        DecodeError { offset: self.offset + at as u64, fault }
    }
}

/// One JSON message, as an object of its fields or as `{"Type":n,"F":[..]}` with its fields in
/// order.
fn json(text: &[u8]) -> Result<Message, Fault> {
    let value: Value = serde_json::from_slice(text).map_err(|e| Fault::NotJson(e.to_string()))?;
    let Value::Object(object) = value else {
        return Err(Fault::NotJson("another JSON value".into()));
    };
    let kind = object.get("Type").and_then(Value::as_u64).and_then(|kind| u16::try_from(kind).ok());
    let kind = kind.ok_or(Fault::NoType)?;
    let message = match object.get("F") {
        Some(Value::Array(fields)) => Message::from_values(kind, |_, at| fields.get(at)),
        _ => Message::from_values(kind, |name, _| object.get(name)),
    };
    message.map_err(|misfit| Fault::Field { kind, field: misfit.field, value: misfit.value })
}
