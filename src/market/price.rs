//! Prices, ticks and money as integers.

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Visitor;
use std::borrow::Cow;
use std::fmt;
use std::ops::Add;
use std::ops::AddAssign;
use std::ops::Neg;
use std::ops::Sub;

/// A decimal price, held exactly as an integer count of 1e-9 points.
///
/// On the wire it is a JSON number without trailing zeros (`5000`, `5000.5`, `5000.25`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Px(i64);

impl Px {
    /// Units in one point.
    pub const SCALE: i64 = 1_000_000_000;
    /// Largest magnitude accepted, in points: far above any listed price, and the last whole point
    /// below which a double still tells one billionth from the next, so that no JSON reader or
    /// writer loses a digit.
    pub const MAX_POINTS: f64 = 8_388_607.0;
    /// [`Px::MAX_POINTS`] in billionths.
    pub const MAX_NANOS: i64 = 8_388_607 * Self::SCALE;

    /// The price that is `nanos` billionths of a point.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Billionths of a point.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The nearest price to `points`; `None` if not finite or out of range.
    pub fn from_points(points: f64) -> Option<Self> {
        if !points.is_finite() || points.abs() > Self::MAX_POINTS {
            return None;
        }
        // Whole points and the fraction apart: the product of the whole would lose low digits.
        let whole = points.trunc();
        let frac = ((points - whole) * Self::SCALE as f64).round();
        Some(Self(whole as i64 * Self::SCALE + frac as i64))
    }

    /// Points as a float, for indicators.
    pub fn points(self) -> f64 {
        self.0 as f64 / Self::SCALE as f64
    }
}

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, frac) =
            (self.0.unsigned_abs() / 1_000_000_000, self.0.unsigned_abs() % 1_000_000_000);
        if frac == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{frac:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Px({self})")
    }
}

impl Serialize for Px {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.0.unsigned_abs() > Self::MAX_NANOS.unsigned_abs() {
            return Err(serde::ser::Error::custom(format_args!("price {self} is out of range")));
        }
        if self.0 % Self::SCALE == 0 {
            s.serialize_i64(self.0 / Self::SCALE)
        } else {
            s.serialize_f64(self.points())
        }
    }
}

impl<'de> Deserialize<'de> for Px {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Px;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a price (a JSON number)")
            }
            fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Px, E> {
                Px::from_points(v).ok_or_else(|| E::custom("price out of range"))
            }
            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Px, E> {
                self.visit_f64(v as f64)
            }
            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Px, E> {
                self.visit_f64(v as f64)
            }
        }
        d.deserialize_any(Number)
    }
}

impl JsonSchema for Px {
    fn schema_name() -> Cow<'static, str> {
        "Px".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number", "minimum": -Self::MAX_POINTS, "maximum": Self::MAX_POINTS,
            "description": "a decimal price in points, exact to 1e-9"
        })
    }
}

macro_rules! integer_unit {
    ($name:ident) => {
        impl Add for $name {
            type Output = Self;
            fn add(self, o: Self) -> Self {
                Self(self.0 + o.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, o: Self) {
                self.0 += o.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, o: Self) -> Self {
                Self(self.0 - o.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
    };
}

/// A price or a distance in whole ticks of its instrument.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Ticks(pub i64);
integer_unit!(Ticks);

/// Money in whole US cents; decimal dollars on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Cents(pub i64);
integer_unit!(Cents);

impl Cents {
    /// Dollars as a float, for ratios and display.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Largest amount accepted: ten trillion dollars, which a double still holds to the cent.
    pub const MAX: Self = Self(1_000_000_000_000_000);

    /// The nearest whole cent to `dollars`; `None` if not finite or out of range.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let cents = (dollars * 100.0).round();
        (cents.is_finite() && cents.abs() <= Self::MAX.0 as f64).then_some(Self(cents as i64))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.0.unsigned_abs() > Self::MAX.0.unsigned_abs() {
            return Err(serde::ser::Error::custom(format_args!("{self} USD is out of range")));
        }
        if self.0 % 100 == 0 {
            s.serialize_i64(self.0 / 100)
        } else {
            s.serialize_f64(self.dollars())
        }
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(d)?;
        Self::from_dollars(dollars)
            .ok_or_else(|| serde::de::Error::custom("amount of money out of range"))
    }
}

impl JsonSchema for Cents {
    fn schema_name() -> Cow<'static, str> {
        "Usd".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "description": "US dollars, exact to the cent" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_print_without_trailing_zeros_and_read_back() {
        for (nanos, text) in [
            (5_000_000_000_000, "5000"),
            (5_000_250_000_000, "5000.25"),
            (-500_000_000, "-0.5"),
            (4_500_529_800_000, "4500.5298"),
        ] {
            let px = Px::from_nanos(nanos);
            assert_eq!(px.to_string(), text);
            assert_eq!(serde_json::to_string(&px).unwrap(), text);
            assert_eq!(serde_json::from_str::<Px>(text).unwrap(), px);
        }
    }

    #[test]
    fn money_is_exact_to_the_cent() {
        assert_eq!(serde_json::to_string(&Cents(-450)).unwrap(), "-4.5");
        assert_eq!(serde_json::from_str::<Cents>("12.5").unwrap(), Cents(1250));
        assert_eq!(Cents(-5).to_string(), "-0.05");
    }

    #[test]
    fn prices_that_are_not_numbers_are_refused() {
        assert_eq!(Px::from_points(f64::NAN), None);
        assert_eq!(Px::from_points(1.0e12), None);
        assert!(serde_json::from_str::<Px>("\"5000\"").is_err());
    }
}
