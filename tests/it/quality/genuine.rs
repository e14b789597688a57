//! Real files pass.

use crate::data;
use crate::quality::check_source;
use mia::config::Config;
use mia::feeds::cboe::CboeOptions;
use mia::feeds::cboe::CboeSource;
use mia::feeds::csv::CsvOptions;
use mia::feeds::csv::CsvSettings;
use mia::feeds::csv::CsvSource;
use mia::feeds::dbn::DbnOptions;
use mia::feeds::dbn::DbnSource;
use mia::feeds::sierra::Bundles;
use mia::feeds::sierra::SierraOptions;
use mia::feeds::sierra::SierraSource;
use mia::market::Calendar;
use mia::market::Sym;
use mia::quality::Report;
use mia::stream::Inputs;
use std::path::Path;
use std::path::PathBuf;

/// Files of a folder, in order of name.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

pub fn csv_source(path: &Path, sym: Option<&str>) -> CsvSource {
    let settings = CsvSettings { sym: sym.and_then(Sym::new), ..CsvSettings::default() };
    let options = CsvOptions { settings, ..CsvOptions::default() };
    let inputs = Inputs::new(&[path.to_owned()], None);
    CsvSource::new(inputs, options, Config::default(), Calendar::builtin().unwrap())
}

fn assert_passes(name: &Path, report: &Report) {
    assert!(!report.refused(), "{}: {}", name.display(), report.sentence());
    assert!(report.records > 0 || report.inputs.is_empty(), "{}: nothing read", name.display());
}

#[test]
fn every_contract_of_the_bars_passes() {
    let Some(dir) = data::dir() else { return };
    let files = files(&dir.join("es-bars-5m"));
    assert_eq!(files.len(), 35);
    let mut rows = 0;
    for file in files {
        let report = check_source(&mut csv_source(&file, None));
        assert_passes(&file, &report);
        rows += report.records;
        // The crash days are among them: no jump at all, not even a tolerated one.
        assert!(!crate::quality::found(&report).contains(&"price_jump"), "{}", file.display());
    }
    assert_eq!(rows, 610_159);
}

#[test]
fn the_ticks_pass() {
    let Some(dir) = data::dir() else { return };
    let file = dir.join("es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst");
    let report = check_source(&mut csv_source(&file, Some("ESU13")));
    assert_passes(&file, &report);
    assert_eq!(report.records, 400_000);
    assert_eq!(crate::quality::found(&report), [] as [&str; 0]);
}

/// Files of Sierra Chart: trades in bundles and in parts, with and without the book.
#[test]
fn the_files_of_sierra_chart_pass() {
    let Some(dir) = data::dir() else { return };
    for (name, sym) in [
        ("sierra/MNQU21-CME.scid", None),
        ("sierra/ES_2023-02-21_ten_records.scid", Some("ESH23")),
        ("sierra/ESH22_tbt_dom_2022-01-24.txt", None),
        ("sierra/ESU23_tbt_dom_2023-06-29.txt", None),
    ] {
        let file = dir.join(name);
        for bundles in [Bundles::Sum, Bundles::Keep] {
            let levels = if bundles == Bundles::Sum { 0 } else { 3 };
            let sym = sym.and_then(Sym::new);
            let options = SierraOptions { sym, bundles, levels, ..SierraOptions::default() };
            let inputs = Inputs::new(std::slice::from_ref(&file), None);
            let report = check_source(&mut SierraSource::new(inputs, options, Config::default()));
            assert_passes(&file, &report);
        }
    }
}

#[test]
fn the_sample_of_the_repository_passes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample/es-ticks-2013.csv.zst");
    let report = check_source(&mut csv_source(&file, Some("ESU13")));
    assert_passes(&file, &report);
}

#[test]
fn minutes_of_another_vendor_pass() {
    let Some(dir) = data::dir() else { return };
    // Several contracts at once, days cut out of longer files, back months with holes.
    for name in ["lean/es_minute_trade.csv.zst", "lean/es_minute_quote.csv.zst"] {
        let file = dir.join(name);
        let report = check_source(&mut csv_source(&file, None));
        assert_passes(&file, &report);
        assert!(report.symbols > 2, "{name}: {} symbols", report.symbols);
    }
}

#[test]
fn the_databento_files_pass() {
    let Some(dir) = data::dir() else { return };
    let mut trades = 0;
    for file in files(&dir.join("dbn/es")) {
        let inputs = Inputs::new(std::slice::from_ref(&file), None);
        let mut source = DbnSource::new(inputs, DbnOptions::new(Config::default()));
        let report = check_source(&mut source);
        assert!(!report.refused(), "{}: {}", file.display(), report.sentence());
        trades += report.records;
    }
    assert!(trades > 1000, "{trades} records in all");
}

/// As records of the feed, which have no delta; the files themselves are judged with theirs.
#[test]
fn the_chains_pass_as_records_too() {
    let Some(dir) = data::dir() else { return };
    for file in files(&dir.join("cboe-chains")) {
        let inputs = Inputs::new(std::slice::from_ref(&file), None);
        let calendar = Calendar::builtin().unwrap();
        let mut source = CboeSource::new(inputs, CboeOptions::default(), calendar);
        let report = check_source(&mut source);
        assert_passes(&file, &report);
        assert!(report.records > 8000, "{}: {} records", file.display(), report.records);
    }
}
