//! LEAN's zips of ticks, seconds and minutes: one day and product a zip, one contract
//! an entry. Date, contract and layout come from the names.

use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::csv::decoder::CsvDecoder;
use crate::feeds::csv::decoder::CsvSettings;
use crate::feeds::csv::dialect::BarColumns;
use crate::feeds::csv::dialect::BarStamp;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::csv::dialect::Names;
use crate::feeds::csv::dialect::QuoteColumns;
use crate::feeds::csv::dialect::RowKind;
use crate::feeds::csv::dialect::TickColumns;
use crate::feeds::csv::dialect::WithoutVolume;
use crate::feeds::csv::source::CsvOptions;
use crate::feeds::csv::stamp::StampFormat;
use crate::feeds::csv::stamp::date_in;
use crate::feeds::glimpse::Glimpse;
use crate::market::Calendar;
use crate::market::Sym;
use crate::stream::Source;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use zip::ZipArchive;

/// Rows a pull.
const BATCH: usize = 1024;
/// More text than any day of one product; a zip that holds more is a trap.
const TEXT_MAX: u64 = 2 << 30;
/// LEAN writes prices of shares times this, those of futures as they are.
const SHARE_SCALE: i64 = 10_000;

/// What the name of an entry says.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Layout {
    sym: Sym,
    /// Seconds of a bar; none for ticks.
    dur_s: Option<u32>,
    quotes: bool,
    price_div: i64,
}

impl Layout {
    /// Reads `20131007_es_minute_trade_201312.csv`, `20131007_spy_Trade_Tick.csv`; `None` for
    /// anything else: options, open interest, hours and days.
    fn of(name: &str) -> Option<Self> {
        let base = name.rsplit('/').next().unwrap_or(name).strip_suffix(".csv")?;
        let words: Vec<String> = base.split('_').map(str::to_ascii_lowercase).collect();
        let [date, root, rest @ ..] = words.as_slice() else { return None };
        date_in(date)?;
        let has = |word: &str| rest.iter().any(|w| w == word);
        let known =
            |w: &String| ["minute", "second", "tick", "trade", "quote"].contains(&w.as_str());
        let digits = |w: &&String| w.bytes().all(|b| b.is_ascii_digit());
        if rest.iter().any(|w| !known(w) && !digits(&w)) || has("trade") == has("quote") {
            return None;
        }
        let dur_s = match (has("minute"), has("second"), has("tick")) {
            (true, false, false) => Some(60),
            (false, true, false) => Some(1),
            (false, false, true) => None,
            _ => return None,
        };
        let root = root.to_ascii_uppercase();
        let month = rest.iter().find(|w| digits(w) && w.len() == 6);
        let (sym, price_div) = match month {
            None => (Sym::new(&root)?, SHARE_SCALE),
            Some(month) => {
                let number: usize = month[4..].parse().ok()?;
                let code = "FGHJKMNQUVXZ".chars().nth(number.checked_sub(1)?)?;
                (Sym::new(&format!("{root}{code}{}", &month[2..4]))?, 1)
            }
        };
        Some(Self { sym, dur_s, quotes: has("quote"), price_div })
    }

    /// The dialect of files with so many columns.
    fn dialect(&self, columns: usize) -> Dialect {
        let names: &[&str] = match (self.dur_s, self.quotes) {
            (Some(_), false) => &["ms", "open", "high", "low", "close", "volume"],
            (Some(_), true) => &[
                "ms", "bid_open", "bid_high", "bid_low", "bid", "bid_size", "ask_open", "ask_high",
                "ask_low", "ask", "ask_size",
            ],
            (None, false) => &["ms", "price", "size", "exchange", "conditions", "suspicious"],
            (None, true) => &["ms", "bid", "bid_size", "ask", "ask_size", "exchange", "conditions"],
        };
        let name =
            |index: usize| names.get(index).map_or(format!("column {index}"), |n| (*n).into());
        let least =
            if self.dur_s.is_some() { names.len() } else { 3 + 2 * usize::from(self.quotes) };
        Dialect {
            name: "lean zip".into(),
            about: "LEAN zip of ticks, seconds or minutes".into(),
            header: (0..columns.max(least)).map(name).collect(),
            headerless: true,
            delimiter: ',',
            zone: None,
            stamp_format: StampFormat::MsOfDay,
            price_div: self.price_div,
            contract: None,
            sym: Some(self.sym),
            row: self.row(),
        }
    }

    fn row(&self) -> RowKind {
        let name = |name: &str| Names::from(name);
        let (stamp, date) = (name("ms"), None);
        let stamp_at = self.dur_s.map(|_| BarStamp::Start);
        if self.quotes {
            return RowKind::Quotes(QuoteColumns {
                stamp,
                date,
                stamp_at,
                dur_s: self.dur_s,
                bid: name("bid"),
                bid_size: name("bid_size"),
                ask: name("ask"),
                ask_size: name("ask_size"),
            });
        }
        if self.dur_s.is_some() {
            return RowKind::Bars(BarColumns {
                stamp,
                date,
                stamp_at,
                dur_s: self.dur_s,
                open: name("open"),
                high: name("high"),
                low: name("low"),
                close: name("close"),
                volume: name("volume"),
                trades: None,
                bid_volume: None,
                ask_volume: None,
                without_volume: WithoutVolume::Skip,
            });
        }
        RowKind::Ticks(TickColumns {
            stamp,
            date,
            price: name("price"),
            size: name("size"),
            seq: None,
            bid: None,
            ask: None,
            bid_size: None,
            ask_size: None,
            side: None,
        })
    }
}

/// One entry being read.
struct Entry {
    name: String,
    text: Vec<u8>,
    at: usize,
    line: u64,
    reader: usize,
    /// The records of the row read last, not yet written.
    row: Vec<Record>,
}

/// The decoder of one contract and layout: it goes on over the days.
struct Reader {
    layout: Layout,
    columns: usize,
    decoder: CsvDecoder,
}

/// Reads zips in order; the contracts of one zip are merged by time.
pub struct LeanSource {
    waiting: VecDeque<PathBuf>,
    settings: CsvSettings,
    config: Config,
    calendar: Calendar,
    readers: Vec<Reader>,
    entries: Vec<Entry>,
    newest: Option<i64>,
    rows: u64,
    bad: BadRows,
}

impl LeanSource {
    /// Reads `files` in order. The settings must state the zone; their `sym` chooses a contract.
    pub fn new(files: &[PathBuf], options: CsvOptions, config: Config, calendar: Calendar) -> Self {
        Self {
            waiting: files.iter().cloned().collect(),
            settings: options.settings,
            config,
            calendar,
            readers: Vec::new(),
            entries: Vec::new(),
            newest: None,
            rows: 0,
            bad: BadRows::new(options.max_bad),
        }
    }

    /// Whether this is the beginning of a zip.
    pub fn recognises(head: &[u8]) -> bool {
        head.starts_with(b"PK\x03\x04")
    }

    /// Rows left out.
    pub const fn bad_rows(&self) -> u64 {
        self.bad.count()
    }

    /// Reads everything and tells what the files are: for `--check`.
    pub fn check(mut self) -> Diagnosis {
        let mut found = Diagnosis::default();
        let mut seen = Glimpse::default();
        loop {
            match self.pull(&mut seen) {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => {
                    let hint = failure.hint.unwrap_or_default();
                    found.bad(failure.class, "zip", failure.message, hint);
                    break;
                }
            }
        }
        if let Some(zone) = self.readers.iter().find_map(|reader| reader.decoder.zone()) {
            found.good("zone", zone);
        }
        let contracts = self.readers.iter().map(|reader| reader.layout.sym.to_string());
        let contracts: BTreeSet<String> = contracts.collect();
        if contracts.is_empty() {
            let remedy = "zips of ticks, seconds or minutes of a share or future are read";
            found.doubt("contracts", "nothing that could be read", remedy);
        } else {
            let contracts: Vec<_> = contracts.into_iter().collect();
            found.good("contracts", contracts.join(" "));
        }
        found.good("rows", format!("{} rows: {}", self.rows, seen.counted()));
        for record in &seen.first {
            found.good("first", record);
        }
        if let Some(record) = seen.last() {
            found.good("last", record);
        }
        for (code, count) in self.bad.by_code() {
            let remedy = "run without --check to see the first of them with their line";
            found.bad(FailureClass::BadInput, "refused", format!("{count} x {code}"), remedy);
        }
        found
    }

    /// Opens the next zip; `false` if there is none.
    fn open(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        let Some(path) = self.waiting.pop_front() else { return Ok(false) };
        let shown = path.display().to_string();
        let unreadable = |error: &dyn std::error::Error| {
            Failure::bad_input(format!("cannot read {shown}: {error}"))
                .hint("LEAN's zips hold one CSV a contract, for example 20131007_trade.zip")
        };
        let file = File::open(&path).map_err(|error| unreadable(&error))?;
        let mut archive = ZipArchive::new(file).map_err(|error| unreadable(&error))?;
        let mut left = TEXT_MAX;
        let mut names = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(|error| unreadable(&error))?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let Some(layout) = Layout::of(&name) else {
                tracing::warn!(
                    "{shown}: {} is left out: not ticks, seconds or minutes of a share or future",
                    name.escape_default()
                );
                continue;
            };
            if self.settings.sym.is_some_and(|sym| sym != layout.sym) {
                continue;
            }
            let mut text = Vec::new();
            let mut limited = (&mut entry).take(left);
            limited.read_to_end(&mut text).map_err(|error| unreadable(&error))?;
            left -= text.len() as u64;
            if left == 0 {
                return Err(Failure::bad_input(format!(
                    "{shown} holds more than {TEXT_MAX} bytes"
                )));
            }
            names.push((format!("{shown}/{name}"), layout, text));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, layout, text) in names {
            let reader = self.reader(layout, &name, &text)?;
            self.entries.push(Entry { name, text, at: 0, line: 0, reader, row: Vec::new() });
        }
        for index in 0..self.entries.len() {
            self.read_row(index, out)?;
        }
        Ok(true)
    }

    /// The decoder of a layout, set to the date of the entry.
    fn reader(&mut self, layout: Layout, name: &str, text: &[u8]) -> Result<usize, Failure> {
        let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
        let columns = 1 + memchr::memchr_iter(b',', first).count();
        let found = self.readers.iter().position(|r| r.layout == layout && r.columns == columns);
        let index = found.unwrap_or_else(|| {
            let dialect = Some(layout.dialect(columns));
            let settings = CsvSettings { dialect, sym: None, ..self.settings.clone() };
            let decoder = CsvDecoder::new(settings, self.config.clone(), self.calendar.clone());
            self.readers.push(Reader { layout, columns, decoder });
            self.readers.len() - 1
        });
        let named = |failure: Failure| Failure {
            message: format!("{name}: {}", failure.message),
            ..failure
        };
        self.readers[index].decoder.begin(date_in(name)).map_err(named)?;
        Ok(index)
    }

    /// Reads the next good row of an entry.
    fn read_row(&mut self, index: usize, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let entry = &mut self.entries[index];
        while entry.row.is_empty() && entry.at < entry.text.len() {
            let rest = &entry.text[entry.at..];
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest[..end].trim_ascii_end();
            entry.at += (end + 1).min(rest.len());
            entry.line += 1;
            if line.is_empty() {
                continue;
            }
            self.rows += 1;
            let decoder = &mut self.readers[entry.reader].decoder;
            let row = &mut entry.row;
            let refused =
                decoder.row(line, |record| row.push(record.clone())).map_err(|failure| {
                    let message = format!("{}:{}: {}", entry.name, entry.line, failure.message);
                    Failure { message, ..failure }
                })?;
            if let Some(refusal) = refused {
                let place = format!("{}:{}", entry.name, entry.line);
                self.bad.refuse(&refusal, &place, self.rows, self.newest, out)?;
            }
        }
        Ok(())
    }
}

impl Source for LeanSource {
    fn pull(&mut self, out: &mut dyn SourceOut) -> Result<bool, Failure> {
        if self.entries.is_empty() {
            return self.open(out);
        }
        for _ in 0..BATCH {
            let ready =
                |(index, entry): (usize, &Entry)| entry.row.first().map(|r| (r.ts(), index));
            let next = self.entries.iter().enumerate().filter_map(ready).min();
            let Some((ts, index)) = next else {
                self.entries.clear();
                return Ok(true);
            };
            self.newest = self.newest.max(Some(ts));
            for record in self.entries[index].row.drain(..) {
                out.record(&record);
            }
            self.read_row(index, out)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_everything() {
        for (name, sym, dur_s, quotes, price_div) in [
            ("20131007_es_minute_trade_201312.csv", "ESZ13", Some(60), false, 1),
            ("20131007_es_minute_quote_201403_20140321.csv", "ESH14", Some(60), true, 1),
            ("20131007_es_tick_trade_201312.csv", "ESZ13", None, false, 1),
            ("20131007_spy_minute_trade.csv", "SPY", Some(60), false, 10_000),
            ("20131007_spy_Trade_Tick.csv", "SPY", None, false, 10_000),
            ("20131007_spy_second_quote.csv", "SPY", Some(1), true, 10_000),
        ] {
            let expected = Layout { sym: Sym::new(sym).unwrap(), dur_s, quotes, price_div };
            assert_eq!(Layout::of(name), Some(expected), "{name}");
        }
        for name in [
            "es.csv",
            "20131007_es_openinterest_201312.csv",
            "20131007_spx_minute_trade_european_call_1000000_20131220.csv",
            "20131007_es_minute_trade_201313.csv",
            "20131007_es_minute_trade_quote_201312.csv",
            "es_minute_trade.csv",
        ] {
            assert_eq!(Layout::of(name), None, "{name}");
        }
    }
}
