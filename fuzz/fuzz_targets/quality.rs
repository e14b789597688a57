//! Arbitrary records of the wire: the checks count and never panic, and what was found stays.
//! Each line that is a record is given as one; the first byte says after which share to look.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::config::Config;
use mia::market::Calendar;
use mia::quality::Checker;
use mia::quality::CheckerOptions;
use mia::wire::codec;
use std::sync::OnceLock;

fuzz_target!(|data: &[u8]| {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    let calendar = CALENDAR.get_or_init(|| Calendar::builtin().expect("the built-in calendar"));
    let Some((share, data)) = data.split_first() else { return };
    let lines = data.split(|b| *b == b'\n');
    let records: Vec<_> =
        lines.filter_map(|line| codec::decode(codec::peek(line).ok()??, line).ok()).collect();
    let options = CheckerOptions { live: true, ..CheckerOptions::default() };
    let mut checker = Checker::new(Config::default(), calendar.clone(), options);
    let look = records.len() * usize::from(*share) / 256;
    let mut before = Vec::new();
    for (at, record) in records.iter().enumerate() {
        if at == look {
            before = checker.findings();
        }
        checker.record(record);
        checker.take_alerts();
    }
    let after = checker.findings();
    for early in before {
        let later = after.iter().find(|f| (f.code, f.sym) == (early.code, early.sym));
        assert!(later.is_some_and(|l| l.count >= early.count && l.example == early.example));
    }
    let report = checker.finish();
    assert!(!report.alert().msg.is_empty());
});
