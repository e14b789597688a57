//! Lines to records and back.

use crate::wire::Kind;
use crate::wire::Record;

/// Why a line is not a record of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not a JSON object, or keys missing or of a wrong type.
    #[error("{kind} record: {message}")]
    Body {
        /// The kind it says it is.
        kind: Kind,
        /// What is wrong.
        message: String,
    },
    /// Not a JSON object with a text `t`.
    #[error("not a JSON object with a kind `t`: {0}")]
    NoKind(String),
}

/// The kind of a line; `None` if MIA does not know it.
///
/// # Errors
/// [`DecodeError::NoKind`].
pub fn peek(line: &[u8]) -> Result<Option<Kind>, DecodeError> {
    #[derive(serde::Deserialize)]
    struct Peek<'a> {
        #[serde(borrow)]
        t: std::borrow::Cow<'a, str>,
    }
    let peek: Peek<'_> =
        serde_json::from_slice(line).map_err(|e| DecodeError::NoKind(e.to_string()))?;
    Ok(Kind::from_name(peek.t.as_bytes()))
}

/// The `by` of a line.
pub fn peek_by(line: &[u8]) -> Option<crate::wire::By> {
    #[derive(serde::Deserialize)]
    struct Peek {
        by: Option<crate::wire::By>,
    }
    serde_json::from_slice::<Peek>(line).ok().and_then(|p| p.by)
}

/// The `ts` of a line.
pub fn peek_ts(line: &[u8]) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Peek {
        ts: i64,
    }
    serde_json::from_slice::<Peek>(line).ok().map(|p| p.ts)
}

/// Reads the line (without its line feed) as a record of `kind`.
///
/// # Errors
/// [`DecodeError::Body`].
pub fn decode(kind: Kind, line: &[u8]) -> Result<Record, DecodeError> {
    Record::read_body(kind, line).map_err(|e| DecodeError::Body { kind, message: e.to_string() })
}

/// Appends the record as a line, with its line feed.
///
/// # Errors
/// A value that is not finite reached the wire: a bug of the producer.
pub fn encode(record: &Record, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = out.len();
    out.extend_from_slice(b"{\"t\":\"");
    out.extend_from_slice(record.kind().name().as_bytes());
    out.extend_from_slice(b"\",");
    // The body is an object: its opening brace becomes the comma already written.
    let brace = out.len();
    if let Err(error) = record.write_body(out) {
        out.truncate(start);
        return Err(error);
    }
    out.remove(brace);
    out.push(b'\n');
    Ok(())
}
