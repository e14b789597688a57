//! An index of any bytes: what is believed of it is a prefix that says the same again, and cutting it
//! short anywhere believes no more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::stream::store::StoreIndex;

fuzz_target!(|data: &[u8]| {
    let whole = StoreIndex::parse(data);
    assert!(whole.good <= data.len());
    let believed = StoreIndex::parse(&data[..whole.good]);
    assert_eq!(believed, whole);
    let Some((cut, _)) = data.split_first() else { return };
    let cut = data.len() * usize::from(*cut) / 255;
    let part = StoreIndex::parse(&data[..cut]);
    assert!(whole.frames.starts_with(&part.frames));
    assert!(part.good <= whole.good);
    let mut short = whole.clone();
    short.cut(cut as u64);
    assert!(short.bytes() <= cut as u64);
});
