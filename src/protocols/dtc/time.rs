//! The stamps of the protocol; all are UTC, counted from 1970, and 0 where there is none.

/// Whole seconds.
pub type Seconds = i64;
/// Whole seconds in four bytes.
pub type Seconds32 = u32;
/// Seconds with a fraction, good to about a microsecond.
pub type SecondsFloat = f64;
/// Whole milliseconds.
pub type Millis = i64;
/// Whole microseconds.
pub type Micros = i64;
