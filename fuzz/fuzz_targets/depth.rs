//! Market depth files: the same batches for every cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::sierra::DepthBatches;
use mia::feeds::sierra::DepthDecoder;
use mia::feeds::sierra::PriceScale;
use mia::market::Px;
use mia::market::Sym;

fuzz_target!(|data: &[u8]| {
    let whole = decode(std::iter::once(data));
    let width = 1 + usize::from(data.last().copied().unwrap_or_default()) % 97;
    assert_eq!(decode(data.chunks(width)), whole);
});

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = DepthDecoder::new();
    let scale = PriceScale::new(0.01, Px::from_nanos(250_000_000));
    let mut batches = DepthBatches::new(Sym::NONE, scale, 1000);
    let mut out = Vec::new();
    for piece in pieces {
        let mut bytes = piece;
        loop {
            match decoder.next(&mut bytes) {
                Ok(Some(entry)) => {
                    let mut last = false;
                    let result = batches.push(&entry, None, &mut |depth| {
                        last = depth.eob;
                        out.push(format!("{depth:?}"));
                    });
                    assert!(last || !entry.ends_batch() || batches.waiting() == 0);
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
    out
}
