//! The forms in which messages are written.

use crate::protocols::dtc::code::EncodingCode;
use crate::protocols::dtc::message::Message;
use serde_json::Value;

/// A form that is spoken here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Structures of fixed size, little endian.
    #[default]
    Binary,
    /// JSON objects, each ended by a zero byte.
    Json,
    /// The same with the frequent messages as arrays of their fields.
    JsonCompact,
}

impl Encoding {
    /// The encoding of a code; `None` for those not spoken here.
    pub const fn from_code(code: EncodingCode) -> Option<Self> {
        match code {
            EncodingCode::BINARY => Some(Self::Binary),
            EncodingCode::JSON => Some(Self::Json),
            EncodingCode::JSON_COMPACT => Some(Self::JsonCompact),
            _ => None,
        }
    }

    /// The code of the encoding.
    pub const fn code(self) -> EncodingCode {
        match self {
            Self::Binary => EncodingCode::BINARY,
            Self::Json => EncodingCode::JSON,
            Self::JsonCompact => EncodingCode::JSON_COMPACT,
        }
    }
}

/// Messages that compact JSON writes as arrays: market data, depth and historical records.
const COMPACT: &[u16] = &[
    106, 107, 108, 112, 113, 114, 115, 117, 119, 120, 122, 124, 134, 135, 136, 137, 140, 141, 142,
    143, 144, 145, 146, 803, 804,
];

/// Appends `message` to `out`.
pub fn encode(message: &Message, encoding: Encoding, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Binary => binary(message, out),
        Encoding::JsonCompact if COMPACT.contains(&message.kind()) => array(message, out),
        Encoding::Json | Encoding::JsonCompact => object(message, out),
    }
}

fn binary(message: &Message, out: &mut Vec<u8>) {
    let start = out.len();
    let size = message.size();
    out.resize(start + size, 0);
    let bytes = &mut out[start..];
    // Every size is that of a table, far below 65536; a test holds it.
    bytes[..2].copy_from_slice(&(size as u16).to_le_bytes());
    bytes[2..4].copy_from_slice(&message.kind().to_le_bytes());
    message.to_binary(bytes);
}

fn object(message: &Message, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"Type\":{}", message.kind()).as_bytes());
    message.to_values(|name, value| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            out.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        }
    });
    out.extend_from_slice(b"}\0");
}

fn array(message: &Message, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"Type\":{},\"F\":[", message.kind()).as_bytes());
    let mut separator = "";
    message.to_values(|_, value| {
        out.extend_from_slice(format!("{separator}{}", value.unwrap_or(Value::Null)).as_bytes());
        separator = ",";
    });
    out.extend_from_slice(b"]}\0");
}
