//! mia-check: everything that must be refused is, for its reasons, and nothing genuine is.

mod chains;
mod command;
mod genuine;
mod must_reject;
mod mutations;
mod properties;

use mia::config::Config;
use mia::market::Calendar;
use mia::market::Sym;
use mia::quality::Checker;
use mia::quality::CheckerOptions;
use mia::quality::Report;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::codec;

/// A checker with the default settings, for rows that are of ES.
fn checker() -> Checker {
    let options = CheckerOptions { sym: Sym::new("ES").unwrap(), ..CheckerOptions::default() };
    Checker::new(Config::default(), Calendar::builtin().unwrap(), options)
}

/// Checks a text as one input.
fn check_text(text: &[u8]) -> Report {
    let mut checker = checker();
    feed_text(&mut checker, text);
    checker.finish()
}

fn feed_text(checker: &mut Checker, text: &[u8]) {
    checker.start_input("input");
    let mut rest = text;
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        checker.line(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
    }
    checker.end_input(rest).unwrap();
}

/// Checks records.
fn check(records: &[Record]) -> Report {
    let mut checker = checker();
    for record in records {
        checker.record(record);
    }
    checker.finish()
}

/// The names of all findings, refused or not, in the order of the codes.
fn found(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort();
    codes.dedup();
    codes.into_iter().map(mia::quality::Code::name).collect()
}

/// Puts what a source writes into a checker.
struct IntoChecker<'a>(&'a mut Checker);

impl SourceOut for IntoChecker<'_> {
    fn record(&mut self, record: &Record) {
        self.0.record(record);
    }
    fn line(&mut self, kind: Option<Kind>, _: i64, line: &[u8]) {
        if let Some(kind) = kind {
            self.0.record(&codec::decode(kind, line).unwrap());
        }
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Checks everything that a source has.
fn check_source(source: &mut dyn Source) -> Report {
    let mut checker = checker();
    while source.pull(&mut IntoChecker(&mut checker)).unwrap() {}
    checker.finish()
}

/// Collects everything that a source has.
fn records_of(source: &mut dyn Source) -> Vec<Record> {
    struct Kept(Vec<Record>);
    impl SourceOut for Kept {
        fn record(&mut self, record: &Record) {
            self.0.push(record.clone());
        }
        fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}
        fn before_wait(&mut self) -> Result<(), Failure> {
            Ok(())
        }
    }
    let mut kept = Kept(Vec::new());
    while source.pull(&mut kept).unwrap() {}
    kept.0
}
