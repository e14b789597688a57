//! Computed numbers: nine significant digits, never NaN or infinity.

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use std::borrow::Cow;

/// A computed value. Written with nine significant digits so that bytes are equal across machines;
/// writing a value that is not finite is an error, never a silent `null`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Num(pub f64);

/// Exact powers of ten (1e22 is the last that an f64 holds exactly).
const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

impl Num {
    /// The value rounded to nine significant digits. A fixed point: rounding again changes nothing.
    pub fn rounded(self) -> f64 {
        let x = self.0;
        let size = x.abs();
        if size == 0.0 || !size.is_finite() {
            return if size == 0.0 { 0.0 } else { x };
        }
        if !(1e-13..1e15).contains(&size) {
            return format!("{x:.8e}").parse().unwrap_or(x);
        }
        // Digits before the point: x = d.ddd * 10^exponent.
        let mut exponent = libm::floor(libm::log10(size)) as i32;
        if exponent >= 0 && size >= POW10[exponent as usize + 1] {
            exponent += 1;
        }
        let shift = 8 - exponent;
        let rounded = if shift >= 0 {
            let scale = POW10[shift as usize];
            (size * scale).round() / scale
        } else {
            let scale = POW10[-shift as usize];
            (size / scale).round() * scale
        };
        rounded.copysign(x)
    }
}

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if !self.0.is_finite() {
            return Err(serde::ser::Error::custom("a value that is not finite reached the wire"));
        }
        let value = self.rounded();
        if value.fract() == 0.0 && value.abs() < 1e15 {
            s.serialize_i64(value as i64)
        } else {
            s.serialize_f64(value)
        }
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        f64::deserialize(d).map(Self)
    }
}

impl JsonSchema for Num {
    fn schema_name() -> Cow<'static, str> {
        "Num".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "description": "a computed value with nine significant digits" })
    }
}

impl From<f64> for Num {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nine_digits() {
        for (x, text) in [
            (5_000.230_555_555_556, "5000.23056"),
            (1.0 / 3.0, "0.333333333"),
            (-2.0 / 3.0, "-0.666666667"),
            (0.0, "0"),
            (12.0, "12"),
            (1_212_563_123.456, "1212563120"),
            (999_999_999.96, "1000000000"),
            (1.5e-7, "1.5e-7"),
        ] {
            assert_eq!(serde_json::to_string(&Num(x)).unwrap(), text);
        }
        assert!(serde_json::to_string(&Num(f64::NAN)).is_err());
    }

    proptest! {
        #[test]
        fn rounding_is_a_fixed_point_and_close(x in prop::num::f64::NORMAL) {
            let once = Num(x).rounded();
            prop_assert_eq!(Num(once).rounded().to_bits(), once.to_bits());
            prop_assert!((once - x).abs() <= 5.1e-9 * x.abs());
        }
    }
}
