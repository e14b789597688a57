//! The lines of IQFeed, whole and in pieces cut where the data say: the same events.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::iqfeed::HistoryDecoder;

fuzz_target!(|data: &[u8]| {
    let Some((cuts, bytes)) = data.split_first_chunk::<4>() else { return };
    let mut decoder = HistoryDecoder::new();
    decoder.push(bytes);
    let whole: Vec<_> = std::iter::from_fn(|| decoder.next_event()).collect();
    let mut decoder = HistoryDecoder::new();
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for cut in cuts.iter().cycle() {
        let (piece, after) = rest.split_at(rest.len().min(1 + usize::from(*cut)));
        decoder.push(piece);
        pieces.extend(std::iter::from_fn(|| decoder.next_event()));
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(whole, pieces);
});
