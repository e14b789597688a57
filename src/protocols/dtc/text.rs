//! Text of a fixed length.

use std::fmt;

/// Text of a `char[N]` field: at most `N` bytes, without a NUL.
///
/// One that is made here ([`Text::new`]) leaves room for the closing NUL; one that was read may
/// fill the field, as some senders do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<const N: usize>(String);

/// A text does not fit its field.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a text of {bytes} bytes does not fit a field for {most}")]
pub struct TextTooLong {
    /// Bytes of the text.
    pub bytes: usize,
    /// Most that the field holds.
    pub most: usize,
}

impl<const N: usize> Text<N> {
    /// The text to be sent.
    ///
    /// # Errors
    /// It is longer than `N - 1` bytes. It is never cut: half a symbol is another symbol.
    pub fn new(text: &str) -> Result<Self, TextTooLong> {
        let most = N.saturating_sub(1);
        let fits = text.len() <= most && !text.contains('\0');
        let error = TextTooLong { bytes: text.len(), most };
        if fits { Ok(Self(text.to_owned())) } else { Err(error) }
    }

    /// What a message says, cut at a NUL and at what the field holds.
    pub fn received(text: &str) -> Self {
        let text = text.split('\0').next().unwrap_or_default();
        Self(text[..text.floor_char_boundary(N)].to_owned())
    }

    /// The bytes of a field up to the first NUL. Bytes that are not UTF-8 are read as Latin-1, so
    /// that no message is lost for an accent.
    pub(super) fn from_field(field: &[u8]) -> Self {
        let end = memchr::memchr(0, field).unwrap_or(field.len());
        match std::str::from_utf8(&field[..end]) {
            Ok(text) => Self(text.to_owned()),
            Err(_) => {
                Self::received(&field[..end].iter().map(|b| char::from(*b)).collect::<String>())
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A [`Text`] that must never be shown: its `Debug` is redacted and it has no `Display`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden<const N: usize>(pub Text<N>);

impl<const N: usize> fmt::Debug for Hidden<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_never_cut_and_what_is_read_is() {
        assert_eq!(Text::<4>::new("DTC").unwrap().as_str(), "DTC");
        assert_eq!(Text::<4>::new("DTCP"), Err(TextTooLong { bytes: 4, most: 3 }));
        assert!(Text::<4>::new("a\0").is_err());
        assert_eq!(Text::<4>::received("DTCPX").as_str(), "DTCP");
        assert_eq!(Text::<4>::received("abcé").as_str(), "abc");
        assert_eq!(Text::<4>::from_field(b"ab\0x").as_str(), "ab");
        assert_eq!(Text::<4>::from_field(b"DTCP").as_str(), "DTCP");
        assert_eq!(Text::<4>::from_field(b"\xe9\0").as_str(), "é");
        assert_eq!(format!("{:?}", Hidden(Text::<9>::new("pw").unwrap())), "***");
    }
}
