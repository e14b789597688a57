//! CSV in each dialect: rows are read or refused, never a panic, twice the same, in order of time.
//! The first byte chooses the dialect; the rest is the file, or a dialect of its own before a NUL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mia::config::Config;
use mia::feeds::Refusal;
use mia::feeds::csv::BarStamp;
use mia::feeds::csv::CsvDecoder;
use mia::feeds::csv::CsvSettings;
use mia::feeds::csv::Dialect;
use mia::feeds::csv::Stated;
use mia::market::Calendar;
use mia::market::Sym;
use mia::wire::Failure;
use mia::wire::Record;
use std::sync::OnceLock;

type Decoded = (Vec<Record>, Vec<Refusal>, Option<Failure>);

fn decode(dialect: Option<Dialect>, data: &[u8]) -> Decoded {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    let calendar = CALENDAR.get_or_init(|| Calendar::builtin().expect("the built-in calendar"));
    let open = dialect.as_ref().is_none_or(|d| d.zone.is_none());
    let stated = Stated {
        zone: open.then(|| "America/New_York".to_owned()),
        dur_s: open.then_some(60),
        stamp_at: open.then_some(BarStamp::Start),
    };
    let named = dialect.as_ref().is_some_and(|d| d.contract.is_some());
    let sym = if named { None } else { Sym::new("ESH24") };
    let date = Some(jiff::civil::date(2024, 3, 11));
    let settings = CsvSettings { dialect, stated, sym, date, ..CsvSettings::default() };
    let mut decoder = CsvDecoder::new(settings, Config::default(), calendar.clone());
    let (mut records, mut refused) = (Vec::new(), Vec::new());
    let mut header_due = decoder.expects_header();
    let mut read = || -> Result<(), Failure> {
        decoder.begin(None)?;
        for line in data.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            if std::mem::take(&mut header_due) {
                decoder.header(line)?;
            } else {
                refused.extend(decoder.row(line, |record| records.push(record.clone()))?);
            }
        }
        Ok(())
    };
    let end = read().err();
    (records, refused, end)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let own = data.iter().position(|b| *b == 0);
    let own = own.and_then(|at| Some((std::str::from_utf8(&data[..at]).ok()?, &data[at + 1..])));
    let builtin = Dialect::builtin();
    let (dialect, data) = match own {
        Some((text, rest)) => match Dialect::from_toml("fuzz", text) {
            Ok(dialect) => (Some(dialect), rest),
            Err(_) => return,
        },
        // Without one, the header tells.
        None => (builtin.get(usize::from(*choice) % (builtin.len() + 1)).cloned(), data),
    };
    let once = decode(dialect.clone(), data);
    assert!(once.0.is_sorted_by_key(Record::ts));
    assert_eq!(once, decode(dialect, data));
});
