//! A store of any bytes: frames, index and tail cut out of the data by its first two bytes. Reading
//! gives lines or an error; recovery leaves nothing to recover, and loses no line that could be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::stream::store::PartState;
use mia::stream::store::Store;
use mia::stream::store::StoreRange;
use mia::stream::store::StoreReader;
use mia::stream::store::recover;
use mia::stream::store::verify;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

fn read(dir: &Path) -> Option<Vec<u8>> {
    let store = Store::open(dir).ok()?;
    let mut reader = StoreReader::new(&store, StoreRange::default(), Rc::default()).ok()?;
    let mut bytes = Vec::new();
    // A frame may be a bomb: a store's own are at most some megabytes.
    reader.by_ref().take(64 << 20).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fuzz_target!(|data: &[u8]| {
    let [first, second, data @ ..] = data else { return };
    let at = |share: &u8| data.len() * usize::from(*share) / 255;
    let (low, high) = (at(first).min(at(second)), at(first).max(at(second)));
    let dir = std::env::temp_dir().join(format!("mia-fuzz-store-{}", std::process::id()));
    let session = dir.join("2026-03-10");
    fs::create_dir_all(&session).expect("a folder");
    for (name, bytes) in [
        ("000001.ndjson.zst", &data[..low]),
        ("000001.index", &data[low..high]),
        ("000001.000000.tail", &data[high..]),
    ] {
        if !bytes.is_empty() {
            fs::write(session.join(name), bytes).expect("a file");
        }
    }
    let before = read(&dir);
    let recovered = recover(&dir).expect("recovery");
    if recovered.len() == 1 {
        assert_eq!(recover(&dir).expect("recovery again"), [], "once is enough");
        if let Ok(store) = Store::open(&dir) {
            verify(&store, store.dates(), false, |report| {
                assert!(matches!(report.state, PartState::Good | PartState::Damaged), "{report:?}");
            })
            .expect("verification");
        }
        // What could be read can still be read, in the same order. (An index that lies about the
        // records in force may change what is put before the lines, so only without one.)
        if let (Some(before), Some(after), true) = (before, read(&dir), low == high) {
            let shorter = before.len().min(after.len());
            assert_eq!(before[..shorter], after[..shorter]);
        }
    }
    fs::remove_dir_all(&dir).expect("the folder goes");
});
