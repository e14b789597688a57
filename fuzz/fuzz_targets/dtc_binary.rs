//! DTC messages in binary form: the same messages for every cut, and what was read can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::protocols::dtc::Decoder;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::encode;

fuzz_target!(|data: &[u8]| {
    let whole = decode(std::iter::once(data));
    let width = 1 + usize::from(data.first().copied().unwrap_or_default()) % 61;
    let pieces = decode(data.chunks(width));
    // Floats may be no numbers, which equal nothing: the texts are compared.
    assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
    for message in &whole.0 {
        let mut bytes = Vec::new();
        encode(message, Encoding::Binary, &mut bytes);
        let again = decode(std::iter::once(&bytes[..])).0;
        assert_eq!(format!("{again:?}"), format!("[{message:?}]"));
    }
});

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Message>, Option<String>) {
    let mut decoder = Decoder::new(Encoding::Binary);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }
    (messages, None)
}
