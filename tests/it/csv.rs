//! CSV in every dialect: LEAN's files, NinjaTrader's exports, bars of a stated zone, a user's own.

use crate::data;
use mia::config::Config;
use mia::config::InstrumentSettings;
use mia::feeds::Diagnosis;
use mia::feeds::csv::BarStamp;
use mia::feeds::csv::CsvOptions;
use mia::feeds::csv::CsvSettings;
use mia::feeds::csv::CsvSource;
use mia::feeds::csv::Dialect;
use mia::feeds::csv::LeanSource;
use mia::feeds::csv::Stated;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::stream::Inputs;
use mia::stream::MaxBad;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Bar;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Trade;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

#[derive(Default)]
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

impl Kept {
    fn trades(&self) -> Vec<Trade> {
        let of = |r: &Record| if let Record::Trade(t) = r { Some(*t) } else { None };
        self.0.iter().filter_map(of).collect()
    }
    fn bars(&self) -> Vec<Bar> {
        let of = |r: &Record| if let Record::Bar(b) = r { Some(*b) } else { None };
        self.0.iter().filter_map(of).collect()
    }
    fn quotes(&self) -> Vec<Quote> {
        let of = |r: &Record| if let Record::Quote(q) = r { Some(*q) } else { None };
        self.0.iter().filter_map(of).collect()
    }
}

fn drive(source: &mut dyn Source) -> (Kept, Result<(), Failure>) {
    let mut kept = Kept::default();
    loop {
        match source.pull(&mut kept) {
            Ok(true) => {}
            Ok(false) => return (kept, Ok(())),
            Err(failure) => return (kept, Err(failure)),
        }
    }
}

/// ES and, for LEAN's share files, SPY.
fn config() -> Config {
    let mut config = Config::default();
    let spy = InstrumentSettings {
        tick: Px::from_nanos(100_000),
        tick_value: Cents(1),
        fee_per_side: Cents(0),
    };
    config.instruments.insert("SPY".into(), spy);
    config
}

fn source(path: PathBuf, options: CsvOptions) -> CsvSource {
    CsvSource::new(Inputs::new(&[path], None), options, config(), Calendar::builtin().unwrap())
}

fn options(dialect: &str, sym: &str, zone: &str) -> CsvOptions {
    let zone = Some(zone.to_owned()).filter(|z| !z.is_empty());
    CsvOptions {
        settings: CsvSettings {
            dialect: Some(Dialect::named(dialect).expect(dialect)),
            stated: Stated { zone, ..Stated::default() },
            sym: Sym::new(sym),
            ..CsvSettings::default()
        },
        ..CsvOptions::default()
    }
}

fn text(text: &str, options: CsvOptions) -> (Kept, Result<(), Failure>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    drive(&mut source(file.path().to_owned(), options))
}

fn us(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn facts_of(dir: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap()
}

fn by_contract<'a>(syms: impl Iterator<Item = (&'a Sym, u64)>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (sym, number) in syms {
        *counts.entry(sym.to_string()).or_default() += number;
    }
    counts
}

fn golden(fact: &Value) -> BTreeMap<String, u64> {
    fact.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_u64().unwrap())).collect()
}

#[test]
fn minute_bars_of_several_contracts() {
    let Some(dir) = data::dir() else { return };
    let name = "lean/es_minute_trade.csv.zst";
    let facts = &facts_of(&dir)[name];
    // Without a dialect: the header tells.
    let mut source = source(dir.join(name), CsvOptions::default());
    let (kept, end) = drive(&mut source);
    end.unwrap();
    let bars = kept.bars();
    assert_eq!(source.rows(), facts["rows"].as_u64().unwrap());
    assert_eq!(source.bad_rows(), 0);
    assert_eq!(source.rows() - bars.len() as u64, 47, "minutes without volume are no bars");
    assert_eq!(bars.iter().map(|b| b.v).sum::<u64>(), facts["sum_volume"]);
    let volumes = by_contract(bars.iter().map(|b| (&b.sym, b.v)));
    assert_eq!(volumes, golden(&facts["volume_by_contract"]));
    assert_eq!(bars[0].ts, us("2013-10-06T22:01:00Z"), "stamped at its end");
    assert_eq!((bars[0].sym.as_str(), bars[0].dur, bars[0].v), ("ESZ13", 60, 1884));
    assert!(bars.is_sorted_by_key(|b| b.ts));
    let announced = kept.0.iter().filter(|r| r.kind() == Kind::Stream).count();
    assert_eq!(announced, volumes.len(), "each contract once, however they alternate");
}

#[test]
fn closing_quotes_of_minutes() {
    let Some(dir) = data::dir() else { return };
    let name = "lean/es_minute_quote.csv.zst";
    let facts = &facts_of(&dir)[name];
    let (kept, end) = drive(&mut source(dir.join(name), CsvOptions::default()));
    end.unwrap();
    let quotes = kept.quotes();
    assert_eq!(quotes.len() as u64, facts["rows"]);
    let rows = by_contract(quotes.iter().map(|q| (&q.sym, 1)));
    assert_eq!(rows, golden(&facts["rows_by_contract"]));
    let empty =
        |side: fn(&Quote) -> Option<Px>| quotes.iter().filter(|q| side(q).is_none()).count();
    assert_eq!(empty(|q| q.bid) as u64, facts["rows_with_an_empty_bid"]);
    assert_eq!(empty(|q| q.ask) as u64, facts["rows_with_an_empty_ask"]);
    let tick = 250_000_000;
    let one = |q: &&Quote| q.bid.zip(q.ask).is_some_and(|(b, a)| a.nanos() - b.nanos() == tick);
    assert_eq!(quotes.iter().filter(one).count() as u64, facts["close_spread_one_tick"]);
    let last = quotes[quotes.len() - 1];
    assert_eq!((last.sym.as_str(), last.ts), ("ESZ20", us("2020-01-07T00:00:00Z")));
    assert_eq!(
        (last.bid.unwrap().to_string().as_str(), last.bsz, last.ask, last.asz),
        ("3232.5", 1, None, 0)
    );
}

#[test]
fn ticks_of_a_day_by_milliseconds_since_midnight() {
    let Some(dir) = data::dir() else { return };
    let name = "lean/spy_ticks_2013-10-08.csv.zst";
    let facts = &facts_of(&dir)[name];
    let (kept, end) = drive(&mut source(dir.join(name), options("lean-ticks", "SPY", "")));
    end.unwrap();
    let trades = kept.trades();
    assert_eq!(trades.len() as u64, facts["rows"]);
    assert_eq!(trades.iter().map(|t| t.sz).sum::<u64>(), facts["sum_size"]);
    let scaled = |px: Option<Px>| px.unwrap().nanos() / 100_000;
    assert_eq!(scaled(trades.iter().map(|t| t.px).min()), facts["low_x10000"]);
    assert_eq!(scaled(trades.iter().map(|t| t.px).max()), facts["high_x10000"]);
    // 14417034 ms after midnight of New York, in summer.
    assert_eq!(trades[0].ts, us("2013-10-08T08:00:17.034Z"));
}

#[test]
fn times_of_day_need_a_date() {
    let rows = "ms_ny,price_x10000,size,exchange,conditions,suspicious\n\
                14417034,1674200,210,Q,2000,0\n";
    let failure = text(rows, options("lean-ticks", "SPY", "")).1.unwrap_err();
    assert!(failure.hint.unwrap().contains("--date"), "{}", failure.message);
    let mut dated = options("lean-ticks", "SPY", "");
    dated.settings.date = Some(jiff::civil::date(2013, 10, 8));
    let (kept, end) = text(rows, dated);
    end.unwrap();
    assert_eq!(kept.trades()[0].ts, us("2013-10-08T08:00:17.034Z"));
}

#[test]
fn ninjatrader_exports_need_a_zone() {
    let rows = "20240311 093000 0120000;5130.25;5130;5130.25;2\n\
                20240311 093000 0120009;5130;5130;5130.25;1\n\
                20240311 093001 0000000;5130.5;5130.5;5130.25;3\n\
                20240311 093002 0000000;5130.5;;;3\n";
    let failure = text(rows, options("ninjatrader-tick", "ESH24", "")).1.unwrap_err();
    assert_eq!(failure.class, FailureClass::Config);
    assert!(failure.message.contains("zone") && failure.hint.unwrap().contains("--zone"));

    let (kept, end) = text(rows, options("ninjatrader-tick", "ESH24", "America/New_York"));
    end.unwrap();
    let trades = kept.trades();
    let at = us("2024-03-11T13:30:00.012Z");
    assert_eq!(trades.iter().map(|t| t.ts - at).collect::<Vec<_>>(), [0, 0, 988_000, 1_988_000]);
    let sides: Vec<_> = trades.iter().map(|t| (t.side, t.ss)).collect();
    let expected = [
        (Side::Buy, SideSource::Touch),
        (Side::Sell, SideSource::Touch),
        // Crossed, and missing: the quote is dropped, the tick rule decides.
        (Side::Buy, SideSource::Tick),
        (Side::Buy, SideSource::Tick),
    ];
    assert_eq!(sides, expected);
    let quotes = kept.quotes();
    assert_eq!(quotes.len(), 2, "the first, and the empty one");
    assert_eq!(
        (quotes[0].bsz, quotes[0].asz, quotes[0].touch()),
        (0, 0, None),
        "no sizes are invented"
    );
    assert_eq!((quotes[1].bid, quotes[1].ask), (None, None));

    let short = "20240311 093000;5130.25;2\n";
    let (kept, end) = text(short, options("ninjatrader", "ESH24", "Europe/Paris"));
    end.unwrap();
    assert_eq!(kept.trades()[0].ts, us("2024-03-11T08:30:00Z"));
}

const OHLCV: &str = "Date,Time,Open,High,Low,Close,Volume\n\
                     03/11/2024,09:30:00,5130,5131,5129.75,5130.5,1200\n";

fn ohlcv(
    header: &str,
    zone: &str,
    dur: Option<u32>,
    at: Option<BarStamp>,
    row: &str,
) -> (Kept, Result<(), Failure>) {
    let mut options = options("ohlcv", "ESH24", zone);
    options.settings.stated = Stated { dur_s: dur, stamp_at: at, ..options.settings.stated };
    text(&format!("{header}\n{row}\n"), options)
}

#[test]
fn generic_bars_assume_nothing() {
    let row = "2024-03-11 09:30:00,5130,5131,5129.75,5130.5,1200";
    let (ny, start) = ("America/New_York", Some(BarStamp::Start));
    for header in [
        "Date,Open,High,Low,Close,Volume",
        "datetime,open,high,low,close,vol",
        "timestamp,o,h,l,c,v",
        "\u{feff}\"Time\",\"Open\",\"High\",\"Low\",\"Last\",\"Volume\"",
    ] {
        let (kept, end) = ohlcv(header, ny, Some(300), start, row);
        end.unwrap_or_else(|failure| panic!("{header}: {failure}"));
        let bar = kept.bars()[0];
        assert_eq!(bar.ts, us("2024-03-11T13:35:00Z"), "{header}");
        assert_eq!((bar.v, bar.dur, bar.c.to_string().as_str()), (1200, 300, "5130.5"));
        assert_eq!((bar.bv, bar.av, bar.n), (None, None, None), "what is not known is null");
    }
    // Date and time in columns of their own; stamped at the end; order of columns free.
    let parts = "Volume,Date,Time,Close,Low,High,Open";
    let row_of_parts = "1200,2024-03-11,09:35,5130.5,5129.75,5131,5130";
    let (kept, end) = ohlcv(parts, ny, Some(300), Some(BarStamp::End), row_of_parts);
    end.unwrap();
    assert_eq!(kept.bars()[0].ts, us("2024-03-11T13:35:00Z"));

    let header = "Date,Open,High,Low,Close,Volume";
    for (zone, dur, at, missing) in [
        ("", Some(300), start, "--zone"),
        (ny, None, start, "--dur"),
        (ny, Some(300), None, "--stamp-at"),
    ] {
        let failure = ohlcv(header, zone, dur, at, row).1.expect_err(missing);
        assert_eq!(failure.class, FailureClass::Config);
        assert!(failure.hint.clone().unwrap().contains(missing), "{failure:?}");
    }
    let failure = ohlcv("Date,Open,High,Low,Close", ny, Some(300), start, row).1.unwrap_err();
    assert!(failure.message.contains("volume") && failure.message.contains("Vol"), "{failure}");
    let failure = ohlcv(header, "New York", Some(300), start, row).1.unwrap_err();
    assert!(failure.message.contains("`New York` is not known"), "{failure}");
    // What the dialect says cannot be said otherwise.
    let mut twice = options("es-ticks", "ESU13", "UTC");
    twice.max_bad = MaxBad::Auto;
    let failure = text("DateTime,Price,Volume\n", twice).1.unwrap_err();
    assert!(failure.message.contains("America/Chicago"), "{failure}");
}

/// The American spelling is a dialect of one more line.
#[test]
fn a_dialect_of_the_users_own() {
    let own = r#"
name = "mine"
about = "ticks with side and quote"
header = ["when", "what", "px", "qty", "who", "b", "bs", "a", "as", "id"]
delimiter = "|"
stamp_format = "epoch_ms"
price_div = 100
contract = "what"
[row.ticks]
stamp = "when"
price = "px"
size = "qty"
seq = "id"
bid = "b"
bid_size = "bs"
ask = "a"
ask_size = "as"
[row.ticks.side]
column = "who"
buy = ["BUY", "1"]
sell = ["SELL", "-1"]
none = ["?"]
"#;
    let dialect = Dialect::from_toml("mine.toml", own).unwrap();
    let settings = CsvSettings { dialect: Some(dialect), ..CsvSettings::default() };
    let options = CsvOptions { settings, max_bad: MaxBad::Count(1), ..CsvOptions::default() };
    let rows = "when|what|px|qty|who|b|bs|a|as|id\n\
                1710163800000|ESM24|513025|2|BUY|513000|5|513025|7|1\n\
                1710163800000|NQM24|1800025|1|-1|1800000|5|1800025|7|2\n\
                1710163800001|ESM24|513000|1|?|513000|5|513025|7|3\n\
                1710163800001|ESM24|513000|1|MAYBE|513000|5|513025|7|4\n\
                1710163800002|ESM24|513000|1|SELL|513025|5|513025|7|5\n";
    let (kept, end) = text(rows, options);
    end.unwrap();
    let trades = kept.trades();
    let told: Vec<_> =
        trades.iter().map(|t| (t.sym.as_str().to_owned(), t.side, t.ss, t.seq)).collect();
    let es = || "ESM24".to_owned();
    let expected = [
        (es(), Side::Buy, SideSource::Flag, Some(1)),
        ("NQM24".to_owned(), Side::Sell, SideSource::Flag, Some(2)),
        // `?` is not known: the touch decides.
        (es(), Side::Sell, SideSource::Touch, Some(3)),
        (es(), Side::Sell, SideSource::Flag, Some(5)),
    ];
    assert_eq!(told, expected);
    assert_eq!(trades[0].px.to_string(), "5130.25");
    assert_eq!(trades[0].ts, 1_710_163_800_000_000);
    let quotes = kept.quotes();
    assert_eq!(quotes.len(), 2, "once a contract: they did not change, the last is crossed");
    assert_eq!((quotes[0].bsz, quotes[0].asz), (5, 7));
    let order: Vec<_> = kept.0.iter().map(Record::kind).collect();
    assert_eq!(
        order[..3],
        [Kind::Stream, Kind::Quote, Kind::Trade],
        "the quote is before its trade"
    );
}

#[test]
fn a_check_says_what_a_file_is() {
    let Some(dir) = data::dir() else { return };
    let check = |path: PathBuf, options: CsvOptions| -> (Diagnosis, String) {
        let found =
            source(path, CsvOptions { max_bad: MaxBad::Count(u64::MAX), ..options }).check();
        let text = format!("{found:?}");
        (found, text)
    };
    let (good, said) = check(dir.join("es-bars-5m/ESM22.csv.zst"), CsvOptions::default());
    assert_eq!(good.failure(), None);
    for part in
        ["sierra-5m", "America/Chicago", "17502 rows: 17502 bar", "ESM22", "contract,datetime_ct"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let path = dir.join("must-reject/unlabelled/es_bars_20250808_zero_nan_offtick.csv");
    assert_eq!(check(path, CsvOptions::default()).0.failure(), Some(FailureClass::BadInput));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "DateTime,Price,Volume\n2013-09-03 08:30:00,1646.5,1\n2013-09-03 08:30:01,1646.6,1\n"
    )
    .unwrap();
    let (bad, said) = check(file.path().to_owned(), options("es-ticks", "ESU13", ""));
    assert_eq!(bad.failure(), Some(FailureClass::BadInput));
    assert!(said.contains("1 x bad_row_off_grid") && said.contains("--check"), "{said}");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{OHLCV}").unwrap();
    let (_, said) = check(file.path().to_owned(), options("ohlcv", "ESH24", ""));
    assert!(said.contains("--zone"), "{said}");
}

fn zip(dir: &Path, name: &str, entries: &[(&str, &str)]) -> PathBuf {
    let path = dir.join(name);
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn lean(files: &[PathBuf], sym: Option<&str>, zone: &str) -> (Kept, Result<(), Failure>) {
    let zone = Some(zone.to_owned()).filter(|z| !z.is_empty());
    let settings = CsvSettings {
        stated: Stated { zone, ..Stated::default() },
        sym: sym.and_then(Sym::new),
        ..CsvSettings::default()
    };
    let options = CsvOptions { settings, ..CsvOptions::default() };
    drive(&mut LeanSource::new(files, options, config(), Calendar::builtin().unwrap()))
}

#[test]
fn zips_of_lean() {
    let dir = tempfile::tempdir().unwrap();
    let minutes = zip(
        dir.path(),
        "20131007_trade.zip",
        &[
            (
                "20131007_es_minute_trade_201403.csv",
                "60000,1668,1668.25,1667.5,1668,5\n180000,1668,1668,1668,1668,1\n",
            ),
            (
                "20131007_es_minute_trade_201312.csv",
                "0,1676.75,1677.25,1673.5,1675.25,1884\n60000,1675.25,1676,1675,1676,9\n120000,1676,1676,1676,1676,0\n",
            ),
            ("readme.txt", "not data\n"),
        ],
    );
    let next = zip(
        dir.path(),
        "20131008_trade.zip",
        &[("20131008_es_minute_trade_201312.csv", "0,1670,1670,1670,1670,1\n")],
    );
    let both = [minutes.clone(), next];
    let (kept, end) = lean(&both, None, "UTC");
    end.unwrap();
    let bars: Vec<_> = kept
        .bars()
        .iter()
        .map(|b| (b.sym.to_string(), b.ts - us("2013-10-07T00:00:00Z"), b.v))
        .collect();
    let minute = 60_000_000;
    let expected = [
        ("ESZ13".to_owned(), minute, 1884),
        ("ESZ13".to_owned(), 2 * minute, 9),
        ("ESH14".to_owned(), 2 * minute, 5),
        ("ESH14".to_owned(), 4 * minute, 1),
        ("ESZ13".to_owned(), 1441 * minute, 1),
    ];
    assert_eq!(bars, expected, "in order of time, entries by name; the empty minute left out");
    assert_eq!(lean(&both, Some("ESH14"), "UTC").0.bars().len(), 2);
    let failure = lean(&both, None, "").1.unwrap_err();
    assert!(failure.hint.unwrap().contains("--zone"));

    let quotes = zip(
        dir.path(),
        "20131007_quote.zip",
        &[(
            "20131007_es_minute_quote_201312.csv",
            "0,1,2,3,1675,4,5,6,7,1675.25,8\n60000,,,,,0,5,6,7,1675.5,9\n",
        )],
    );
    let kept = lean(&[quotes], None, "UTC").0.quotes();
    assert_eq!(kept.len(), 2);
    assert_eq!(
        (kept[0].bid.unwrap().to_string().as_str(), kept[0].bsz, kept[0].asz),
        ("1675", 4, 8)
    );
    assert_eq!((kept[1].bid, kept[1].bsz), (None, 0));

    let ticks = zip(
        dir.path(),
        "20131008_trade_tick.zip",
        &[(
            "20131008_spy_Trade_Tick.csv",
            "14417034,1674200,210,Q,2000,0\n14417035,1674300,10,Q,2000,0\n",
        )],
    );
    let kept = lean(&[ticks], None, "America/New_York").0.trades();
    assert_eq!((kept[0].px.to_string().as_str(), kept[0].sz), ("167.42", 210), "shares are scaled");
    assert_eq!(kept[0].ts, us("2013-10-08T08:00:17.034Z"));
    assert_eq!((kept[1].side, kept[1].ss), (Side::Buy, SideSource::Tick));

    let settings = CsvSettings {
        stated: Stated { zone: Some("UTC".into()), ..Stated::default() },
        ..CsvSettings::default()
    };
    let options = CsvOptions { settings, ..CsvOptions::default() };
    let found = LeanSource::new(&both, options, config(), Calendar::builtin().unwrap()).check();
    assert_eq!(found.failure(), None);
    assert!(format!("{found:?}").contains("ESH14 ESZ13"), "{found:?}");

    let broken = dir.path().join("broken.zip");
    std::fs::write(&broken, &std::fs::read(&minutes).unwrap()[..60]).unwrap();
    assert_eq!(lean(&[broken], None, "UTC").1.unwrap_err().class, FailureClass::BadInput);
}

proptest! {
    /// Quotes around fields change nothing, and damage is refused with its line, never a panic.
    #[test]
    fn quoted_or_not(
        rows in prop::collection::vec((0_u32..50_000, 6000_i64..6010, 1_u64..100, any::<[bool; 3]>()), 1..20),
        damage in prop::option::of((0_usize..400, any::<u8>())),
    ) {
        let mut at = 0;
        let mut plain = String::from("DateTime,Price,Volume\n");
        let mut quoted = plain.clone();
        for (gap, ticks, size, marks) in rows {
            at += gap;
            let (h, m, s, ms) = (at / 3_600_000, at / 60_000 % 60, at / 1000 % 60, at % 1000);
            let fields = [
                format!("2013-09-03 {h:02}:{m:02}:{s:02}.{ms:03}"),
                format!("{}", ticks as f64 / 4.0),
                size.to_string(),
            ];
            plain += &format!("{}\n", fields.join(","));
            let marked: Vec<_> = fields.iter().zip(marks).map(|(f, q)| if q { format!("\"{f}\"") } else { f.clone() }).collect();
            quoted += &format!("{}\n", marked.join(","));
        }
        let options = || CsvOptions { max_bad: MaxBad::Count(1000), ..options("es-ticks", "ESU13", "") };
        let (a, end) = text(&plain, options());
        prop_assert!(end.is_ok());
        // The run's name is a hash of the first row as it is written.
        let (b, _) = text(&quoted, options());
        prop_assert_eq!(a.trades(), b.trades());
        if let Some((at, byte)) = damage {
            let mut bytes = plain.into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let _ = drive(&mut source(file.path().to_owned(), options()));
        }
    }
}
