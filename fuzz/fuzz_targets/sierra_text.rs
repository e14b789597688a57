//! Text exports: the same rows for every cut, none that panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::sierra::PriceScale;
use mia::feeds::sierra::SalesTape;
use mia::feeds::sierra::TextDecoder;
use mia::feeds::sierra::TextRow;
use mia::market::Px;
use mia::market::Sym;
use mia::stream::LineBuffer;
use mia::stream::Next;
use std::io::Read;

fuzz_target!(|data: &[u8]| {
    let whole = decode(data, data.len().max(1));
    let width = 1 + usize::from(data.last().copied().unwrap_or_default()) % 61;
    assert_eq!(decode(data, width), whole);
});

/// Gives at most so many bytes in one read.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let width = self.1.min(into.len());
        self.0.read(&mut into[..width])
    }
}

fn decode(data: &[u8], width: usize) -> Vec<String> {
    let mut input = Pieces(data, width);
    let mut lines = LineBuffer::new(1 << 16);
    let scale = PriceScale::new(1.0, Px::from_nanos(250_000_000));
    let (mut decoder, mut tape) = (None, SalesTape::new(Sym::NONE, 1000));
    let mut out = Vec::new();
    loop {
        let range = match lines.next_line() {
            Next::Line(range) => range,
            Next::TooLong(_) => return vec!["too long".into()],
            Next::More => match lines.fill(&mut input) {
                Ok(true) => continue,
                _ => break,
            },
        };
        let line = lines.bytes()[range].trim_ascii_end();
        let Some(decoder) = &mut decoder else {
            match TextDecoder::new(line, Some("America/Chicago"), 5) {
                Ok(found) => decoder = Some(found),
                Err(failure) => return vec![failure.message],
            }
            continue;
        };
        let result = match decoder.row(line, &scale) {
            Ok(TextRow::Sale(row)) => tape.push(row, &mut |record| out.push(format!("{record:?}"))),
            Ok(TextRow::Entry(entry)) => {
                out.push(format!("{entry:?}"));
                Ok(())
            }
            Err(fault) => Err(fault),
        };
        if let Err(fault) = result {
            out.push(format!("{} {fault}", fault.code()));
        }
    }
    tape.flush(&mut |record| out.push(format!("{record:?}")));
    out
}
