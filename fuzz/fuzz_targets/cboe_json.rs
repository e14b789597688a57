//! The JSON of a chain: as it is, and the options alone inside a good document.
//! A chain is read or refused, twice the same, and every option that was listed is accounted for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::feeds::cboe::decode;
use mia::market::Calendar;
use mia::wire::Record;
use mia::wire::codec;
use std::sync::OnceLock;

fn check(document: &[u8]) {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    let calendar = CALENDAR.get_or_init(|| Calendar::builtin().expect("the built-in calendar"));
    let once = decode(document, calendar);
    assert_eq!(once, decode(document, calendar));
    let Ok(snapshot) = once else { return };
    let counts = snapshot.counts;
    let told = snapshot.options.len() as u64;
    assert_eq!(counts.listed, told + counts.expired + counts.refused);
    for option in &snapshot.options {
        let record = Record::Option(option.clone());
        codec::to_line(&record).expect("what is read can be written");
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    let head = r#"{"timestamp":"2026-03-20 13:45:00","data":{"current_price":6789.12,"options":["#;
    let inside = [head.as_bytes(), data, b"]}}"].concat();
    check(&inside);
});
