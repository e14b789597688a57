//! Intraday files: the same records for every cut, and every record is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::sierra::Bundles;
use mia::feeds::sierra::PriceScale;
use mia::feeds::sierra::ScidDecoder;
use mia::feeds::sierra::Tape;
use mia::feeds::sierra::TapeOptions;
use mia::market::Px;
use mia::market::Sym;

fuzz_target!(|data: &[u8]| {
    let whole = decode(std::iter::once(data));
    let width = 1 + usize::from(data.last().copied().unwrap_or_default()) % 97;
    assert_eq!(decode(data.chunks(width)), whole);
});

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = ScidDecoder::new();
    let options =
        TapeOptions { sym: Sym::NONE, bundles: Bundles::Sum, bar_s: Some(60), lateness_us: 1000 };
    let mut tape = Tape::new(options, PriceScale::new(1.0, Px::from_nanos(250_000_000)));
    let mut out = Vec::new();
    for piece in pieces {
        let mut bytes = piece;
        loop {
            match decoder.next(&mut bytes) {
                Ok(Some(entry)) => {
                    let result =
                        tape.push(&entry, None, &mut |record| out.push(format!("{record:?}")));
                    if let Err(fault) = result {
                        out.push(format!("{} {fault}", fault.code()));
                    }
                }
                Ok(None) => break,
                Err(fault) => {
                    out.push(fault.to_string());
                    return out;
                }
            }
        }
    }
    tape.flush(&mut |record| out.push(format!("{record:?}")));
    out
}
