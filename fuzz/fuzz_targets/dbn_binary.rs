//! DBN through its decoder: whole, and cut as the data say. Half of
//! the inputs are given a contract, so that records are reached without symbology.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::config::Config;
use mia::feeds::Refusal;
use mia::feeds::dbn::DbnDecoder;
use mia::feeds::dbn::DbnSettings;
use mia::feeds::dbn::DbnSink;
use mia::market::Sym;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Record;
use mia::wire::StreamPhase;

#[derive(Default, PartialEq, Debug)]
struct Kept {
    records: Vec<Record>,
    refused: Vec<(String, Refusal)>,
}

impl DbnSink for Kept {
    fn record(&mut self, record: &Record) -> Result<(), Failure> {
        self.records.push(record.clone());
        Ok(())
    }
    fn refused(&mut self, r: &Refusal, at: &str, _: u64, _: Option<i64>) -> Result<(), Failure> {
        self.refused.push((at.to_owned(), r.clone()));
        Ok(())
    }
}

fn decode(data: &[u8], step: usize, named: bool) -> (Kept, Result<(), FailureClass>) {
    let syms = if named { Sym::new("ESH26").into_iter().collect() } else { Vec::new() };
    let settings = DbnSettings { config: Config::default(), syms, phase: StreamPhase::Run };
    let mut decoder = DbnDecoder::new(settings);
    let mut kept = Kept::default();
    let pushed = data.chunks(step).try_for_each(|part| decoder.push(part, &mut kept));
    let end = pushed.and_then(|()| decoder.end(&mut kept));
    // The message of a failure quotes what was there when it was found.
    (kept, end.map_err(|failure| failure.class))
}

fuzz_target!(|data: &[u8]| {
    let step = 1 + usize::from(data.first().copied().unwrap_or(0)) % 97;
    let named = data.len().is_multiple_of(2);
    let whole = decode(data, data.len().max(1), named);
    assert_eq!(whole, decode(data, step, named));
});
