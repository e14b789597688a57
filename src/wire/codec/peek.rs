//! Kind, stamp, symbol and writer of a line, without reading the rest of it.
//!
//! On a canonical line (`t` first, then `ts`, `sym`, `by`) each costs some nanoseconds and looks at
//! those bytes alone; on any other line the whole object is read. Where a line can be decoded, a
//! peek gives what the record holds.

use crate::market::Sym;
use crate::wire::By;
use crate::wire::Kind;
use crate::wire::codec::DecodeError;
use crate::wire::codec::message;
use crate::wire::codec::scan::Scan;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Longest kind that is looked for at its canonical place.
const NAME_MAX: usize = 16;

/// The kind of a line; `None` for one that this version does not know, which passes through.
///
/// A line whose kind is known and comes first is not looked at any further; any other is read whole.
///
/// # Errors
/// [`DecodeError::NoKind`]: not a JSON object with one text `t`.
#[inline]
pub fn peek(line: &[u8]) -> Result<Option<Kind>, DecodeError> {
    let mut s = Scan::new(line);
    if let Some(name) = name(&mut s)
        && let Some(kind) = Kind::from_name(name)
        && (s.has(b",") || s.has(b"}"))
    {
        return Ok(Some(kind));
    }
    peek_whole(line)
}

#[cold]
fn peek_whole(line: &[u8]) -> Result<Option<Kind>, DecodeError> {
    match key::<Text<'_>>("t", line) {
        Ok(Some(Text(name))) => Ok(Kind::from_name(name.as_bytes())),
        Ok(None) => Err(DecodeError::NoKind("key `t` is missing".into())),
        Err(message) => Err(DecodeError::NoKind(message)),
    }
}

/// The stamp of a line, microseconds UTC; `None` if it has none.
#[inline]
pub fn peek_ts(line: &[u8]) -> Option<i64> {
    let mut s = Scan::new(line);
    if let Some(ts) = stamp(&mut s)
        && (s.has(b",") || s.has(b"}"))
    {
        return Some(ts);
    }
    key("ts", line).ok().flatten()
}

/// The symbol of a line; `None` if it has none.
#[inline]
pub fn peek_sym(line: &[u8]) -> Option<Sym> {
    let mut s = Scan::new(line);
    if let Some(sym) = symbol(&mut s)
        && (s.has(b",") || s.has(b"}"))
    {
        return Some(sym);
    }
    key("sym", line).ok().flatten()
}

/// The stage that wrote a line; `None` if it does not say, or is not one of ours.
#[inline]
pub fn peek_by(line: &[u8]) -> Option<By> {
    let mut s = Scan::new(line);
    if symbol(&mut s).is_some()
        && s.has(b",\"by\":\"")
        && let Some(name) = s.text(NAME_MAX)
        && !name.contains(&b'\\')
        && (s.has(b",") || s.has(b"}"))
    {
        return By::from_name(name);
    }
    // Without the key's bytes, and without an escape that could spell them, it is not there.
    if memchr::memmem::find(line, b"\"by\"").is_none() && memchr::memchr(b'\\', line).is_none() {
        return None;
    }
    let Text(name) = key("by", line).ok().flatten()?;
    By::from_name(name.as_bytes())
}

/// The kind at its canonical place.
#[inline]
fn name<'a>(s: &mut Scan<'a>) -> Option<&'a [u8]> {
    s.take(b"{\"t\":\"")?;
    s.text(NAME_MAX)
}

/// The stamp at its canonical place.
#[inline]
fn stamp(s: &mut Scan<'_>) -> Option<i64> {
    name(s)?;
    s.take(b",\"ts\":")?;
    s.stamp()
}

/// The symbol at its canonical place.
#[inline]
fn symbol(s: &mut Scan<'_>) -> Option<Sym> {
    stamp(s)?;
    s.take(b",\"sym\":\"")?;
    s.sym()
}

/// The value of a key of the object itself, in any order; doubled, it is an error.
fn key<'a, T: Deserialize<'a>>(name: &'static str, line: &'a [u8]) -> Result<Option<T>, String> {
    let mut json = serde_json::Deserializer::from_slice(line);
    let value = OneKey { name, value: PhantomData }
        .deserialize(&mut json)
        .map_err(|e| message::of(&e, line))?;
    json.end().map_err(|e| message::of(&e, line))?;
    Ok(value)
}

/// Text, borrowed from the line where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct OneKey<T> {
    name: &'static str,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for OneKey<T> {
    type Value = Option<T>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Option<T>, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneKey<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(Text(key)) = map.next_key()? {
            if key != self.name {
                map.next_value::<IgnoredAny>()?;
            } else if found.is_some() {
                return Err(serde::de::Error::duplicate_field(self.name));
            } else {
                found = Some(map.next_value()?);
            }
        }
        Ok(found)
    }
}
