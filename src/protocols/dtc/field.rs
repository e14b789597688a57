//! What a field can be, and how each kind is read and written.

use crate::protocols::dtc::text::Hidden;
use crate::protocols::dtc::text::Text;
use serde_json::Value;

/// The shape of a field in the binary form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Signed integer.
    Signed,
    /// Unsigned integer.
    Unsigned,
    /// IEEE 754 binary floating point.
    Float,
    /// Bytes up to a NUL.
    Text,
}

/// A field of a message.
pub(super) trait Field: Sized {
    /// Bytes in the binary form.
    const WIDTH: usize;
    /// Shape in the binary form.
    const SHAPE: Shape;

    /// Reads the field at byte `at`; `None` if the message ends before the field does.
    fn read(message: &[u8], at: usize) -> Option<Self>;

    /// Writes the field into its bytes, which are zero.
    fn write(&self, field: &mut [u8]);

    /// Reads a JSON value that is not null; `None` if it cannot be one of the field.
    fn from_json(value: &Value) -> Option<Self>;

    /// The JSON value; `None` if the field is unset.
    fn to_json(&self) -> Option<Value>;
}

/// An integer of JSON: servers written in scripting languages send flags as `true` and whole
/// numbers with a fraction of zero.
fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(flag) => Some(i128::from(*flag)),
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| {
                number.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 1e18).map(|x| x as i128)
            }),
        _ => None,
    }
}

macro_rules! number {
    ($type:ty, $shape:ident, |$value:ident| $from:expr) => {
        impl Field for $type {
            const WIDTH: usize = size_of::<$type>();
            const SHAPE: Shape = Shape::$shape;

            #[inline]
            fn read(message: &[u8], at: usize) -> Option<Self> {
                let bytes = message.get(at..at + Self::WIDTH)?;
                bytes.try_into().ok().map(Self::from_le_bytes)
            }

            #[inline]
            fn write(&self, field: &mut [u8]) {
                field.copy_from_slice(&self.to_le_bytes());
            }

            fn from_json($value: &Value) -> Option<Self> {
                $from
            }

            fn to_json(&self) -> Option<Value> {
                Some(Value::from(*self))
            }
        }
    };
}

macro_rules! integers {
    ($($type:ty = $shape:ident),+) => {
        $(number!($type, $shape, |value| integer(value).and_then(|n| n.try_into().ok()));)+
    };
}

integers!(i8 = Signed, i16 = Signed, i32 = Signed, i64 = Signed);
integers!(u8 = Unsigned, u16 = Unsigned, u32 = Unsigned, u64 = Unsigned);
number!(f64, Float, |value| value.as_f64());
number!(f32, Float, |value| value.as_f64().map(|x| x as f32).filter(|x| x.is_finite()));

/// A number for which the protocol has a value that means "unset": the largest of its type.
trait Unset: Field + Copy {
    const UNSET: Self;
    fn is_unset(self) -> bool;
}

macro_rules! unset {
    ($($type:ident),+) => {
        $(impl Unset for $type {
            const UNSET: Self = $type::MAX;
            fn is_unset(self) -> bool {
                self.to_le_bytes() == $type::MAX.to_le_bytes()
            }
        })+
    };
}

unset!(f64, f32, u32);

impl<T: Unset> Field for Option<T> {
    const WIDTH: usize = T::WIDTH;
    const SHAPE: Shape = T::SHAPE;

    #[inline]
    fn read(message: &[u8], at: usize) -> Option<Self> {
        T::read(message, at).map(|value| (!value.is_unset()).then_some(value))
    }

    #[inline]
    fn write(&self, field: &mut [u8]) {
        self.unwrap_or(T::UNSET).write(field);
    }

    fn from_json(value: &Value) -> Option<Self> {
        T::from_json(value).map(|value| (!value.is_unset()).then_some(value))
    }

    fn to_json(&self) -> Option<Value> {
        self.as_ref().and_then(T::to_json)
    }
}

impl<const N: usize> Field for Text<N> {
    const WIDTH: usize = N;
    const SHAPE: Shape = Shape::Text;

    fn read(message: &[u8], at: usize) -> Option<Self> {
        message.get(at..at + N).map(Self::from_field)
    }

    fn write(&self, field: &mut [u8]) {
        let bytes = self.as_str().as_bytes();
        field[..bytes.len()].copy_from_slice(bytes);
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(Self::received)
    }

    fn to_json(&self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

impl<const N: usize> Field for Hidden<N> {
    const WIDTH: usize = N;
    const SHAPE: Shape = Shape::Text;

    fn read(message: &[u8], at: usize) -> Option<Self> {
        Text::read(message, at).map(Self)
    }

    fn write(&self, field: &mut [u8]) {
        self.0.write(field);
    }

    fn from_json(value: &Value) -> Option<Self> {
        Text::from_json(value).map(Self)
    }

    fn to_json(&self) -> Option<Value> {
        self.0.to_json()
    }
}
