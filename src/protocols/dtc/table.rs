//! The table of a message: its fields with type, place and name, from which every codec follows.

use crate::protocols::dtc::field::Shape;
use serde_json::Value;

/// A field of a message in the binary form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldLayout {
    /// Name in the protocol, which is the name in JSON.
    pub name: &'static str,
    /// First byte, counted from the start of the message.
    pub offset: usize,
    /// Bytes.
    pub width: usize,
    /// What the bytes are.
    pub shape: Shape,
}

/// A message in the binary form. Before the fields stand its size and its type, two bytes each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Name in the protocol.
    pub name: &'static str,
    /// Message type.
    pub kind: u16,
    /// Bytes of the whole message.
    pub size: usize,
    /// The fields in their order.
    pub fields: &'static [FieldLayout],
}

/// A field of a JSON message has a value that it cannot have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Misfit {
    pub(super) field: &'static str,
    pub(super) value: String,
}

/// What the table of a message gives.
pub(super) trait Body: Sized {
    const LAYOUT: Layout;

    /// Reads the fields that `message` has; those behind its end keep their default.
    fn from_binary(message: &[u8]) -> Self;

    /// Writes the fields into `message`, which has the size of the layout and is zero.
    fn to_binary(&self, message: &mut [u8]);

    /// Reads the fields by a look-up: name and position of each to its value, if there is one.
    fn from_values<'a>(
        find: impl Fn(&'static str, usize) -> Option<&'a Value>,
    ) -> Result<Self, Misfit>;

    /// Shows name and value of each field in order; `None` is a field that is unset.
    fn to_values(&self, show: impl FnMut(&'static str, Option<Value>));
}

/// Defines messages with their tables: `Name = type, "protocol name", size { field: Type = offset
/// "protocol name" [(default)], .. }`.
macro_rules! messages {
    ($($(#[$meta:meta])* $name:ident = $kind:literal, $wire:literal, $size:literal {
        $($(#[$fmeta:meta])* $field:ident : $type:ty = $offset:literal $fwire:literal $(($default:expr))?),+ $(,)?
    })+) => {
        $(
            $(#[$meta])*
            #[doc = concat!("\n\nMessage type ", $kind, ", ", $size, " bytes.")]
            #[derive(Clone, PartialEq, Debug)]
            pub struct $name {
                $($(#[$fmeta])* #[doc = concat!("`", $fwire, "` at byte ", $offset, ".")] pub $field: $type),+
            }

            impl Default for $name {
                fn default() -> Self {
                    Self { $($field: messages!(@default $($default)?)),+ }
                }
            }

            impl crate::protocols::dtc::table::Body for $name {
                const LAYOUT: crate::protocols::dtc::table::Layout = crate::protocols::dtc::table::Layout {
                    name: $wire,
                    kind: $kind,
                    size: $size,
                    fields: &[$(crate::protocols::dtc::table::FieldLayout {
                        name: $fwire,
                        offset: $offset,
                        width: <$type as crate::protocols::dtc::field::Field>::WIDTH,
                        shape: <$type as crate::protocols::dtc::field::Field>::SHAPE,
                    }),+],
                };

                #[inline]
                fn from_binary(message: &[u8]) -> Self {
                    Self {
                        $($field: <$type as crate::protocols::dtc::field::Field>::read(message, $offset)
                            .unwrap_or_else(|| messages!(@default $($default)?))),+
                    }
                }

                fn to_binary(&self, message: &mut [u8]) {
                    use crate::protocols::dtc::field::Field;
                    $(self.$field.write(&mut message[$offset..$offset + <$type as Field>::WIDTH]);)+
                }

                fn from_values<'a>(
                    find: impl Fn(&'static str, usize) -> Option<&'a serde_json::Value>,
                ) -> Result<Self, crate::protocols::dtc::table::Misfit> {
                    let mut position = 0_usize..;
                    let mut next = || position.next().unwrap_or_default();
                    Ok(Self {
                        $($field: match find($fwire, next()) {
                            None | Some(serde_json::Value::Null) => messages!(@default $($default)?),
                            Some(value) => <$type as crate::protocols::dtc::field::Field>::from_json(value)
                                .ok_or_else(|| crate::protocols::dtc::table::Misfit {
                                    field: $fwire,
                                    value: value.to_string(),
                                })?,
                        }),+
                    })
                }

                fn to_values(&self, mut show: impl FnMut(&'static str, Option<serde_json::Value>)) {
                    use crate::protocols::dtc::field::Field;
                    $(show($fwire, self.$field.to_json());)+
                }
            }
        )+
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}
pub(super) use messages;
