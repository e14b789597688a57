//! Lines of the wire: what decodes encodes to a canonical line, which decodes to the same record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::wire::codec;

fuzz_target!(|data: &[u8]| {
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(Some(kind)) = codec::peek(line) else { continue };
        let Ok(record) = codec::decode(kind, line) else { continue };
        let mut canonical = Vec::new();
        codec::encode(&record, &mut canonical).expect("what was decoded can be written");
        let body = canonical.strip_suffix(b"\n").unwrap_or(&canonical);
        let again = codec::decode(kind, body).expect("what was written can be read");
        assert_eq!(again, record, "{}", String::from_utf8_lossy(&canonical));
    }
});
