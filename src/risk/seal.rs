//! The seal of a live order: only what this mia-risk approved a moment ago can leave.

use crate::risk::Approved;
use crate::wire::By;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use crate::wire::Seal;
use crate::wire::codec;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use std::fmt;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// The key of a session's seals: made by mia-risk in its state folder, opened by mia-exec.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; KEY_BYTES]);

impl SealKey {
    /// A key of these bytes, which must be random.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key in 64 hexadecimal digits; `None` if that is not what they are.
    pub fn from_hex(text: &str) -> Option<Self> {
        from_hex(text.trim()).map(Self)
    }

    /// The key as 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        to_hex(&self.0)
    }

    fn mac(&self, seq: u64, line: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).ok()?;
        mac.update(&seq.to_be_bytes());
        mac.update(line);
        Some(mac)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// Makes the seals of one session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealer {
    key: SealKey,
    last: u64,
}

impl Sealer {
    /// The first seal will have the number 1.
    pub const fn new(key: SealKey) -> Self {
        Self { key, last: 0 }
    }

    /// The seal of an order; `None` if the order cannot be written (a price that is no number).
    pub fn seal(&mut self, order: &Order) -> Option<Seal> {
        let line = line_of(order)?;
        self.last += 1;
        let mac = self.key.mac(self.last, &line)?.finalize().into_bytes();
        Some(Seal {
            ts: order.ts,
            sym: order.sym,
            by: By::Risk,
            reference: order.id.clone(),
            seq: self.last,
            mac: to_hex(&mac),
        })
    }
}

/// Why an order is not admitted to a live broker.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSealed {
    /// Another stage, or somebody's hand, wrote it.
    #[error("order {order} is by {by}, not by risk")]
    NotByRisk {
        /// The order.
        order: String,
        /// Who says to have written it.
        by: By,
    },
    /// No seal follows it.
    #[error("order {order} has no seal")]
    Missing {
        /// The order.
        order: String,
    },
    /// The seal is another order's.
    #[error("order {order} is followed by the seal of {sealed}")]
    OfAnother {
        /// The order.
        order: String,
        /// What the seal names.
        sealed: String,
    },
    /// The seal was made with another key, or the order or the number was changed after it.
    #[error("the seal of order {order} does not fit: another key, or something was changed")]
    Wrong {
        /// The order.
        order: String,
    },
    /// A seal of this number, or a later one, was seen before.
    #[error("the seal of order {order} has the number {seq}, and {last} was there already")]
    Replayed {
        /// The order.
        order: String,
        /// Its number.
        seq: u64,
        /// The highest number so far.
        last: u64,
    },
    /// It was decided too long ago, or in the future.
    #[error("order {order} was decided {age_ms} ms ago, the limit is {limit_ms} ms")]
    Stale {
        /// The order.
        order: String,
        /// Age, milliseconds; negative in the future.
        age_ms: i64,
        /// Largest age, milliseconds.
        limit_ms: i64,
    },
    /// It would open a position without a protective stop.
    #[error("order {order} has no protective stop")]
    NoStop {
        /// The order.
        order: String,
    },
}

impl NotSealed {
    /// Code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotByRisk { .. } => "not_by_risk",
            Self::Missing { .. } => "seal_missing",
            Self::OfAnother { .. } => "seal_of_another",
            Self::Wrong { .. } => "seal_wrong",
            Self::Replayed { .. } => "seal_replayed",
            Self::Stale { .. } => "stale",
            Self::NoStop { .. } => "no_stop",
        }
    }
}

/// Checks the seals of one session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealCheck {
    key: SealKey,
    last: u64,
    max_age_us: i64,
}

impl SealCheck {
    /// Admits orders sealed with `key` that were decided at most `max_age_us` microseconds ago.
    pub const fn new(key: SealKey, max_age_us: i64) -> Self {
        Self { key, last: 0, max_age_us }
    }

    /// Admits a live order: the only way besides risk itself to an approved one. `now` is the clock
    /// at the edge, microseconds UTC.
    ///
    /// # Errors
    /// [`NotSealed`]. A number that was used up by a seal that fits stays used up.
    pub fn admit(
        &mut self,
        order: &Order,
        seal: Option<&Seal>,
        now: i64,
    ) -> Result<Approved<Order>, NotSealed> {
        let id = || order.id.clone();
        if order.by != By::Risk {
            return Err(NotSealed::NotByRisk { order: id(), by: order.by });
        }
        let Some(seal) = seal else { return Err(NotSealed::Missing { order: id() }) };
        if seal.reference != order.id {
            let sealed = seal.reference.clone();
            return Err(NotSealed::OfAnother { order: id(), sealed });
        }
        // Compared in constant time: how long it takes tells nothing about the right one.
        let fits = line_of(order).zip(from_hex::<32>(&seal.mac)).is_some_and(|(line, mac)| {
            self.key.mac(seal.seq, &line).is_some_and(|own| own.verify_slice(&mac).is_ok())
        });
        if !fits || seal.by != By::Risk {
            return Err(NotSealed::Wrong { order: id() });
        }
        if seal.seq <= self.last {
            return Err(NotSealed::Replayed { order: id(), seq: seal.seq, last: self.last });
        }
        self.last = seal.seq;
        let age = now - order.ct;
        if !(-self.max_age_us..=self.max_age_us).contains(&age) {
            let (age_ms, limit_ms) = (age / 1000, self.max_age_us / 1000);
            return Err(NotSealed::Stale { order: id(), age_ms, limit_ms });
        }
        if order.op == OrderOp::New && order.stop.is_none() {
            return Err(NotSealed::NoStop { order: id() });
        }
        Ok(Approved::new(order.clone()))
    }
}

/// The line of an order as MIA writes it.
fn line_of(order: &Order) -> Option<Vec<u8>> {
    codec::to_line(&Record::Order(order.clone())).ok()
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        // Capitals would be a second way to write the same.
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 4231, test case 2, with the number's eight bytes as the first of the text.
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want ");
        mac.update(b"for nothing?");
        assert_eq!(
            to_hex(&mac.finalize().into_bytes()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", SealKey::new([7; 32])), "SealKey(..)");
    }

    proptest! {
        #[test]
        fn hexadecimal_there_and_back(bytes in any::<[u8; 32]>(), cut in 0..64_usize) {
            let key = SealKey::new(bytes);
            let text = key.to_hex();
            prop_assert_eq!(SealKey::from_hex(&text), Some(key));
            prop_assert_eq!(SealKey::from_hex(&text[..cut]), None);
            prop_assert_eq!(SealKey::from_hex(&text.replace(&text[cut..=cut], "G")), None);
        }
    }
}
