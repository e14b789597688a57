//! DTC messages as JSON: the same messages and faults for every cut, and what was read can be
//! written in every form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::protocols::dtc::DecodeError;
use mia::protocols::dtc::Decoder;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::encode;

fuzz_target!(|data: &[u8]| {
    // A line feed stands for the zero byte that ends a message: text tools make better seeds then.
    let data: Vec<u8> = data.iter().map(|b| if *b == b'\n' { 0 } else { *b }).collect();
    let whole = decode(Encoding::Json, std::iter::once(&data[..]));
    let width = 1 + data.len() % 61;
    assert_eq!(whole, decode(Encoding::Json, data.chunks(width)));
    for message in whole.iter().flatten() {
        for encoding in [Encoding::Json, Encoding::JsonCompact] {
            let mut bytes = Vec::new();
            encode(message, encoding, &mut bytes);
            let again = decode(encoding, std::iter::once(&bytes[..]));
            assert_eq!(again, [Ok(message.clone())]);
        }
    }
});

fn decode<'a>(
    encoding: Encoding,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Vec<Result<Message, DecodeError>> {
    let mut decoder = Decoder::new(encoding);
    let mut all = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => all.push(Ok(message)),
                Ok(None) => break,
                Err(error) if error.is_final() => {
                    all.push(Err(error));
                    return all;
                }
                Err(error) => all.push(Err(error)),
            }
        }
    }
    all
}
