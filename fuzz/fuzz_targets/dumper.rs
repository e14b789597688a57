//! Lines of the dumper: read or refused, and the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::config::Config;
use mia::feeds::sierra::DumperDecoder;
use mia::feeds::sierra::DumperOptions;

fuzz_target!(|data: &[u8]| {
    assert_eq!(decode(data), decode(data));
});

fn decode(data: &[u8]) -> Vec<String> {
    let options = DumperOptions {
        zone: Some("America/New_York".into()),
        bar_s: Some(60),
        sym: None,
        lateness_us: 1000,
    };
    let Ok(mut decoder) = DumperDecoder::new(options, Config::default()) else { return Vec::new() };
    let mut out = Vec::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Err(fault) = decoder.line(line, &mut |record| out.push(format!("{record:?}"))) {
            out.push(format!("{} {fault}", fault.code()));
        }
    }
    decoder.finish(&mut |record| out.push(format!("{record:?}")));
    out
}
