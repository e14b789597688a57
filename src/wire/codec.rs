//! Lines to records and back.
//!
//! Trade, quote and depth have a hand-written reader and writer for the canonical form (the bytes
//! that MIA itself writes); whatever is not exactly canonical, and every other kind, goes through
//! serde. Both ways give the same record, the same bytes or both an error: [`decode_serde`] and
//! [`encode_serde`] are the reference that the tests hold the fast way against.
//!
//! [`peek`], [`peek_ts`], [`peek_sym`] and [`peek_by`] look at a line without reading all of it.

mod message;
mod peek;
mod read;
mod scan;
#[cfg(test)]
mod tests;
mod write;
mod write_features;

pub use peek::peek;
pub use peek::peek_by;
pub use peek::peek_sym;
pub use peek::peek_ts;

use crate::wire::Depth;
use crate::wire::Kind;
use crate::wire::Record;

/// Why a line is not a record of ours.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not a JSON object, or a key is missing or of a wrong type.
    #[error("{kind} record: {message}")]
    Body {
        /// The kind it says it is.
        kind: Kind,
        /// What is wrong, on one line, with key and column where they are known.
        message: String,
    },
    /// Not a JSON object with a text `t`.
    #[error("not a JSON object with a kind `t`: {0}")]
    NoKind(String),
}

/// A record that must not be written: a value of it is not finite or out of range. A bug of the
/// producer, never of the input.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cannot write a {kind} record: {message}")]
pub struct EncodeError {
    /// The kind.
    pub kind: Kind,
    /// What is wrong.
    pub message: String,
}

/// Reads the line (without its line feed) as a record of `kind`. Keys may come in any order,
/// unknown keys are ignored, `t` itself is not looked at again.
///
/// # Errors
/// [`DecodeError::Body`].
#[inline]
pub fn decode(kind: Kind, line: &[u8]) -> Result<Record, DecodeError> {
    match read::canonical(kind, line) {
        Some(record) => Ok(record),
        None => decode_serde(kind, line),
    }
}

/// As [`decode`], through serde alone: the reference of the fast way.
///
/// # Errors
/// [`DecodeError::Body`].
pub fn decode_serde(kind: Kind, line: &[u8]) -> Result<Record, DecodeError> {
    // serde takes an array for a struct; on the wire a record is an object.
    if line.trim_ascii_start().first() != Some(&b'{') {
        let message = "not a JSON object".to_owned();
        return Err(DecodeError::Body { kind, message });
    }
    let record = Record::read_body(kind, line)
        .map_err(|e| DecodeError::Body { kind, message: message::of(&e, line) })?;
    match &record {
        Record::Depth(depth) if !is_whole(depth) => {
            let message = "`bs`, `px` and `sz` go together".to_owned();
            Err(DecodeError::Body { kind, message })
        }
        _ => Ok(record),
    }
}

/// Whether a level is there with its side, price and size, or not at all.
const fn is_whole(depth: &Depth) -> bool {
    depth.bs.is_some() == depth.px.is_some() && depth.px.is_some() == depth.sz.is_some()
}

/// Appends the record as a line, with its line feed. On an error nothing is appended.
///
/// # Errors
/// [`EncodeError`].
#[inline]
pub fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if write::canonical(record, out) {
        return Ok(());
    }
    encode_serde(record, out)
}

/// As [`encode`], through serde alone: the reference of the fast way.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_serde(record: &Record, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(b"{\"t\":\"");
    out.extend_from_slice(record.kind().name().as_bytes());
    out.push(b'"');
    let brace = out.len();
    if let Err(error) = record.write_body(out) {
        out.truncate(start);
        return Err(EncodeError { kind: record.kind(), message: error.to_string() });
    }
    // The body is an object that is never empty: its brace becomes the comma after the kind.
    out[brace] = b',';
    out.push(b'\n');
    Ok(())
}

/// The record as a line of its own, with its line feed.
///
/// # Errors
/// [`EncodeError`].
pub fn to_line(record: &Record) -> Result<Vec<u8>, EncodeError> {
    let mut line = Vec::with_capacity(256);
    encode(record, &mut line)?;
    Ok(line)
}
