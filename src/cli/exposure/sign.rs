//! The assumed position of the dealers, on the command line.

use std::str::FromStr;

/// Sign of the dealers' position in calls and in puts: +1 long, -1 short, 0 left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DealerSign {
    /// Calls.
    pub call: i64,
    /// Puts.
    pub put: i64,
}

/// Words for the positions that are talked about.
const WORDS: [(&str, DealerSign); 4] = [
    ("long-calls", DealerSign { call: 1, put: -1 }),
    ("short-calls", DealerSign { call: -1, put: 1 }),
    ("short-both", DealerSign { call: -1, put: -1 }),
    ("long-both", DealerSign { call: 1, put: 1 }),
];

impl FromStr for DealerSign {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, sign)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*sign);
        }
        let (mut call, mut put) = (None, None);
        let mut known = true;
        for part in text.split(',') {
            let (right, sign) = part.split_once('=').unwrap_or((part, ""));
            let sign = match sign {
                "+1" | "1" | "+" => Some(1),
                "-1" | "-" => Some(-1),
                _ => None,
            };
            let slot = match right {
                "call" | "calls" => &mut call,
                "put" | "puts" => &mut put,
                _ => {
                    known = false;
                    continue;
                }
            };
            known &= sign.is_some() && slot.is_none();
            *slot = sign;
        }
        match (known, call, put) {
            (true, Some(call), Some(put)) => Ok(Self { call, put }),
            _ => Err(format!(
                "`{text}` is none of: call=+1,put=-1 (signs of the dealers' position), long-calls \
                 (the same), short-calls, short-both, long-both"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_words() {
        let usual = Ok(DealerSign { call: 1, put: -1 });
        assert_eq!("call=+1,put=-1".parse(), usual);
        assert_eq!("puts=-1,calls=1".parse(), usual);
        assert_eq!("long-calls".parse(), usual);
        assert_eq!("short-both".parse(), Ok(DealerSign { call: -1, put: -1 }));
        for wrong in ["", "call=1", "call=2,put=-1", "call=1,call=1", "call=1,put=1,x=1", "both"] {
            assert!(wrong.parse::<DealerSign>().is_err(), "{wrong}");
        }
    }
}
