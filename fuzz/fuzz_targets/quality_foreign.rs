//! The readers of foreign files: any text gives events or a refusal, never a panic, twice the same;
//! what was read is checked to the end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::config::Config;
use mia::market::Calendar;
use mia::market::Sym;
use mia::quality::Checker;
use mia::quality::CheckerOptions;
use mia::quality::Event;
use mia::quality::Reader;
use mia::quality::Report;
use std::sync::OnceLock;

fn read(data: &[u8]) -> Vec<(u64, Event)> {
    let sym = Sym::new("ES").unwrap_or(Sym::NONE);
    let mut reader = Reader::new(sym, jiff::tz::TimeZone::UTC, 1 << 16, 0);
    let mut events = Vec::new();
    let mut sink = |line, event| events.push((line, event));
    let mut lines = data.split(|b| *b == b'\n').collect::<Vec<_>>();
    let rest = lines.pop().unwrap_or_default();
    let known = lines.into_iter().all(|line| reader.line(line, &mut sink).is_ok());
    if known {
        let _ = reader.end(rest, &mut sink);
    }
    events
}

fn check(data: &[u8]) -> Report {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    let calendar = CALENDAR.get_or_init(|| Calendar::builtin().expect("the built-in calendar"));
    let options = CheckerOptions { document_max: 1 << 16, ..CheckerOptions::default() };
    let mut checker = Checker::new(Config::default(), calendar.clone(), options);
    checker.start_input("fuzz");
    let known = data.split(|b| *b == b'\n').all(|line| checker.line(line).is_ok());
    if known {
        let _ = checker.end_input(b"");
    }
    checker.finish()
}

fuzz_target!(|data: &[u8]| {
    let events = read(data);
    assert!(events.windows(2).all(|pair| pair[0].0 <= pair[1].0 || pair[1].0 == 1));
    assert_eq!(events, read(data));
    let report = check(data);
    assert_eq!(report.sentence(), check(data).sentence());
    for finding in &report.findings {
        assert!(finding.count > 0 && finding.code.name() == finding.alert().code);
    }
});
