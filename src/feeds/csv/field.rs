//! The text of one field: stamps, prices and counts.

use crate::market::Px;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

const US_PER_S: i64 = 1_000_000;

/// Reads a decimal price exactly: digits, at most nine of them after the point, and a sign.
#[inline]
pub fn price(text: &[u8]) -> Option<Px> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    // Nine digits before the point keep the count of billionths inside an i64.
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[..0]),
    };
    if whole.is_empty() || whole.len() > 9 || fraction.len() > 9 {
        return None;
    }
    let mut nanos = number(whole)? as i64 * Px::SCALE;
    if !fraction.is_empty() {
        let scale = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
        nanos += number(fraction)? as i64 * scale[9 - fraction.len()];
    }
    Some(Px::from_nanos(if negative { -nanos } else { nanos }))
}

/// Reads a count. A count written with a zero fraction (`8.0`) is accepted.
#[inline]
pub fn count(text: &[u8]) -> Option<u64> {
    let whole = match memchr::memchr(b'.', text) {
        None => text,
        Some(point) if text[point + 1..].iter().all(|b| *b == b'0') => &text[..point],
        Some(_) => return None,
    };
    if whole.len() > 18 { None } else { number(whole) }
}

/// Reads plain digits, at most 19 of them.
#[inline]
pub fn integer(digits: &[u8]) -> Option<u64> {
    if digits.len() > 19 { None } else { number(digits) }
}

/// Reads plain digits, at least one.
#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u64::from(digit))
    })
}

/// Reads `YYYY-MM-DD HH:MM:SS[.f]` (or with a `T`), one to six digits of fraction, as microseconds
/// of a clock counted as if it were UTC. The date of the row before is kept: it seldom changes.
#[derive(Clone, Debug, Default)]
pub struct CivilStamp {
    date: [u8; 10],
    midnight: i64,
}

impl CivilStamp {
    /// Reads one stamp; `None` if it is not one.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Option<i64> {
        let (date, rest) = text.split_first_chunk::<10>()?;
        let (clock, fraction) = rest.split_first_chunk::<9>()?;
        if *date != self.date {
            self.midnight = midnight(date)?;
            self.date = *date;
        }
        let [b' ' | b'T', h1, h0, b':', m1, m0, b':', s1, s0] = clock else { return None };
        let (hour, minute, second) =
            (number(&[*h1, *h0])?, number(&[*m1, *m0])?, number(&[*s1, *s0])?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = (hour * 3600 + minute * 60 + second) as i64;
        Some(self.midnight + seconds * US_PER_S + micros(fraction)?)
    }
}

/// Reads `.1` to `.123456`, or nothing, as microseconds.
fn micros(fraction: &[u8]) -> Option<i64> {
    match fraction {
        [] => Some(0),
        [b'.', digits @ ..] if digits.len() <= 6 => {
            let scale = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
            Some(number(digits)? as i64 * scale[digits.len()])
        }
        _ => None,
    }
}

#[cold]
fn midnight(text: &[u8; 10]) -> Option<i64> {
    let [y3, y2, y1, y0, b'-', m1, m0, b'-', d1, d0] = *text else { return None };
    let year = number(&[y3, y2, y1, y0])?;
    let date =
        Date::new(i16::try_from(year).ok()?, number(&[m1, m0])? as i8, number(&[d1, d0])? as i8)
            .ok()?;
    let at: Timestamp =
        Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some(at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stamps() {
        let mut reader = CivilStamp::default();
        assert_eq!(reader.read(b"2013-09-01 17:00:00.083"), Some(1_378_054_800_083_000));
        assert_eq!(reader.read(b"2013-09-01T17:00:00"), Some(1_378_054_800_000_000));
        assert_eq!(reader.read(b"2013-09-01 17:00:00.000001"), Some(1_378_054_800_000_001));
        for bad in [
            "2013-02-30 17:00:00",
            "2013-09-01 24:00:00",
            "2013-09-01 17:60:00",
            "2013-09-01 17:00",
            "2013-09-01 17:00:00.",
            "2013-09-01 17:00:00.1234567",
            "2013-09-01 17:00:00Z",
            "2013/09/01 17:00:00",
            "",
        ] {
            assert_eq!(reader.read(bad.as_bytes()), None, "{bad}");
        }
        // A refused date must not be remembered as read.
        assert_eq!(reader.read(b"2013-02-30 17:00:00"), None);
    }

    #[test]
    fn what_is_not_a_price_or_a_count() {
        for bad in ["", "NaN", "inf", "1e3", "1,5", "--1", "+1", "1.", "1.5x", "1.0000000001"] {
            let read = price(bad.as_bytes());
            // `1.` is read as 1: a missing fraction changes no digit.
            assert!(read.is_none() || bad == "1.", "{bad}: {read:?}");
        }
        for bad in ["", "-1", "1.5", "NaN", "1e3", "9999999999999999999"] {
            assert_eq!(count(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(count(b"8.0"), Some(8));
    }

    proptest! {
        #[test]
        fn prices_are_read_exactly(nanos in -900_000_000_000_000_000_i64..900_000_000_000_000_000) {
            let px = Px::from_nanos(nanos);
            prop_assert_eq!(price(px.to_string().as_bytes()), Some(px));
        }

        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = (price(&text), count(&text), CivilStamp::default().read(&text));
        }
    }
}
