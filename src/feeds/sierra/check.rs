//! What `--check` looks at in a Sierra file.

use crate::config::Config;
use crate::feeds::diagnosis::Diagnosis;
use crate::feeds::sierra::binary_reader::Sink;
use crate::feeds::sierra::depth::DepthBatches;
use crate::feeds::sierra::depth::DepthFile;
use crate::feeds::sierra::dumper::DumperDecoder;
use crate::feeds::sierra::dumper::DumperOptions;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::record_file::RecordFile;
use crate::feeds::sierra::scid::EntryKind;
use crate::feeds::sierra::scid::Scid;
use crate::feeds::sierra::session::SierraOptions;
use crate::feeds::sierra::session::tick_of;
use crate::feeds::sierra::source::FileKind;
use crate::feeds::sierra::source::first_prices;
use crate::feeds::sierra::source::of_file;
use crate::feeds::sierra::tape::Tape;
use crate::feeds::sierra::text::TextDecoder;
use crate::market::Calendar;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Records looked at, from the end of the file.
const LOOK: u64 = 2_000_000;
/// Records read in one piece.
const PIECE: usize = 8192;
const US_PER_S: i64 = 1_000_000;

/// Looks at the file at `path` at the time `now` (microseconds UTC), without reading it as a source.
pub fn check(
    path: &Path,
    options: &SierraOptions,
    config: &Config,
    calendar: &Calendar,
    now: i64,
) -> Diagnosis {
    let name = path.display().to_string();
    let mut found = Diagnosis::default();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            found.bad(
                FailureClass::BadInput,
                "file",
                format!("cannot read {name}: {error}"),
                "look in the Data folder of Sierra Chart; the chart must have been opened once",
            );
            return found;
        }
    };
    let mut head = [0; 64];
    let read = file.read_at(&mut head, 0).unwrap_or(0);
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    match FileKind::of(&head[..read]) {
        None => found.bad(
            FailureClass::BadInput,
            "file",
            format!("{name}, {bytes} bytes, is no file of Sierra Chart"),
            "give a .scid or .depth file, a text export or lines of the dumper; a compressed file is \
             read but not checked",
        ),
        Some(FileKind::Text) => {
            found.good("file", format!("{name}, {bytes} bytes, a text export"));
            text(&name, file, options, &mut found);
        }
        Some(FileKind::Dumper) => {
            found.good("file", format!("{name}, {bytes} bytes, lines of the dumper"));
            dumper(file, options, config, &mut found);
        }
        Some(FileKind::Scid) => {
            found.good("file", format!("{name}, {bytes} bytes"));
            let look = Look { name: &name, options, config, calendar, now };
            records::<Tape>(&look, file, &mut found);
        }
        Some(FileKind::Depth) => {
            found.good("file", format!("{name}, {bytes} bytes"));
            let look = Look { name: &name, options, config, calendar, now };
            records::<DepthBatches>(&look, file, &mut found);
        }
    }
    found
}

struct Look<'a> {
    name: &'a str,
    options: &'a SierraOptions,
    config: &'a Config,
    calendar: &'a Calendar,
    now: i64,
}

fn doubt_or_bad(found: &mut Diagnosis, subject: &'static str, failure: &Failure) {
    let hint = failure.hint.clone().unwrap_or_else(|| "see docs/feeds.md".into());
    found.bad(failure.class, subject, failure.message.clone(), hint);
}

/// The checks that both kinds of records share, then those of the kind.
fn records<S: Sink + Looked>(look: &Look<'_>, file: File, found: &mut Diagnosis) {
    let file = match RecordFile::<S::Layout>::new(file) {
        Ok(file) => file,
        Err(fault) => return doubt_or_bad(found, "header", &of_file(look.name, &fault)),
    };
    let header = file.header();
    found.good(
        "header",
        format!(
            "{} version {}, header of {} bytes, records of {}",
            S::Layout::NAME,
            header.version,
            header.header_size,
            header.record_size
        ),
    );
    let scale = match contract(look, &file, found) {
        Ok(scale) => scale,
        Err(failure) => return doubt_or_bad(found, "contract", &failure),
    };
    if let Err(error) = counted::<S>(look, &file, scale, found) {
        let message = format!("cannot read {}: {error}", look.name);
        found.bad(
            FailureClass::BadInput,
            "records",
            message,
            "the disk or the share has a problem",
        );
    }
}

fn contract<L>(
    look: &Look<'_>,
    file: &RecordFile<L>,
    found: &mut Diagnosis,
) -> Result<(Sym, f64), Failure>
where
    L: Layout + HasPrices,
{
    let sym = look.options.contract(look.name)?;
    let tick = tick_of(look.config, sym)?;
    found.good("contract", format!("{sym}, tick {tick}"));
    let prices = L::prices(file).unwrap_or_default();
    let choice = look.options.price_mult.choose(look.name, &prices, tick)?;
    found.good("prices", format!("multiplied by {}: {}", choice.mult, choice.why));
    Ok((sym, choice.mult))
}

/// The first prices of a file of a layout.
trait HasPrices: Layout {
    fn prices(file: &RecordFile<Self>) -> io::Result<Vec<f32>>
    where
        Self: Sized;
}

impl HasPrices for Scid {
    fn prices(file: &RecordFile<Self>) -> io::Result<Vec<f32>> {
        first_prices::<Tape>(file)
    }
}

impl HasPrices for DepthFile {
    fn prices(file: &RecordFile<Self>) -> io::Result<Vec<f32>> {
        first_prices::<DepthBatches>(file)
    }
}

fn counted<S: Sink + Looked>(
    look: &Look<'_>,
    file: &RecordFile<S::Layout>,
    (sym, mult): (Sym, f64),
    found: &mut Diagnosis,
) -> io::Result<()> {
    let (records, bytes) = (file.records()?, file.bytes()?);
    if records == 0 {
        found.doubt("records", "there are none", "open the chart of this contract in Sierra Chart");
        return Ok(());
    }
    let text =
        format!("{records}, from {} to {}", shown(file.ts(0)?), shown(file.ts(records - 1)?));
    let rest = bytes - file.offset(records);
    if rest == 0 {
        found.good("records", text);
    } else {
        found.doubt(
            "records",
            format!("{text}, and {rest} bytes of another"),
            "the file is being written, or was cut off; the whole records are used",
        );
    }
    let tick = tick_of(look.config, sym).map_err(|failure| io::Error::other(failure.message))?;
    let mut seen = S::Seen::default();
    let scale = PriceScale::new(mult, tick);
    let first = records.saturating_sub(LOOK);
    let mut block = vec![0; PIECE * S::Layout::RECORD];
    let (mut at, mut last, mut back, mut no_time) = (first, i64::MIN, 0_u64, 0_u64);
    while at < records {
        let wanted = usize::try_from(records - at).unwrap_or(PIECE).min(PIECE) * S::Layout::RECORD;
        let read = file.read_at(file.offset(at), &mut block[..wanted])?;
        for bytes in block[..read].chunks_exact(S::Layout::RECORD) {
            let record = S::Layout::record(bytes);
            match S::ts(&record) {
                Some(ts) => {
                    back += u64::from(ts < last || (ts == last && S::STRICT));
                    last = last.max(ts);
                }
                None => no_time += 1,
            }
            S::see(&record, &scale, &mut seen);
        }
        at += (read / S::Layout::RECORD).max(1) as u64;
    }
    let looked = records - first;
    if no_time > 0 {
        found.bad(
            FailureClass::BadInput,
            "order",
            format!("the stamps of {no_time} of the last {looked} records are no times: bytes are \
                     missing or were written over"),
            "in Sierra Chart, Delete All Data and Download repairs the file; --max-bad reads past them",
        );
    } else if back == 0 {
        found.good("order", format!("time never goes back in the last {looked} records"));
    } else {
        found.doubt(
            "order",
            format!("of the last {looked} records {back} are not later than the one before"),
            "records are kept and late ones marked; --since may miss a part where time goes back. In \
             Sierra Chart, Delete All Data and Download repairs the file",
        );
    }
    S::judge(&seen, look.options, found);
    age::<S>(look, last, found);
    Ok(())
}

fn age<S: Sink + Looked>(look: &Look<'_>, last: i64, found: &mut Diagnosis) {
    let age = look.now.saturating_sub(last) / US_PER_S;
    let config = &look.config.feed;
    let session = look.calendar.session_at_or_after(look.now);
    let open = session.as_ref().is_ok_and(|session| session.is_open(look.now));
    let closed_since = session.map_or(look.now, |session| session.open.min(look.now));
    let limit = config.stale_trades_s + config.flush_ms / 1000;
    let text = format!("the last record is {age} s old");
    if open && age > limit {
        found.doubt(
            "age",
            format!("{text} and the market is open"),
            "to follow the file live, connect Sierra Chart and keep a chart of this contract open",
        );
    } else if !open && last < closed_since - 4 * 86_400 * US_PER_S {
        found.doubt(
            "age",
            format!("{text}; the market is closed now"),
            "is this the contract traded now?",
        );
    } else {
        let market = if open { "open" } else { "closed" };
        found.good("age", format!("{text} and the market is {market}"));
    }
    found.good(
        "flush",
        format!(
            "Sierra Chart writes every 5 s unless told otherwise (Global Settings > Data/Trade Service \
             Settings > Advanced > Intraday File Flush Time in Milliseconds; 1000 is usual for live use); \
             feed.flush_ms is {} and must be at least that",
            config.flush_ms
        ),
    );
}

/// What is counted in the records of a kind.
trait Looked: Sink<Layout: HasPrices> {
    type Seen: Default;
    /// Whether two records of one stamp are a fault.
    const STRICT: bool;
    fn see(record: &<Self::Layout as Layout>::Record, scale: &PriceScale, seen: &mut Self::Seen);
    fn judge(seen: &Self::Seen, options: &SierraOptions, found: &mut Diagnosis);
}

/// Kinds of entries.
#[derive(Default)]
struct SeenEntries {
    trades: u64,
    sided: u64,
    quotes: u64,
    bars: u64,
    empty: u64,
    off_grid: u64,
}

impl Looked for Tape {
    type Seen = SeenEntries;
    const STRICT: bool = true;

    fn see(record: &<Scid as Layout>::Record, scale: &PriceScale, seen: &mut SeenEntries) {
        match record.kind() {
            EntryKind::Trade(_) => {
                seen.trades += 1;
                seen.sided += u64::from((record.bid_volume > 0) != (record.ask_volume > 0));
                seen.off_grid += u64::from(scale.snap(record.close).is_none());
            }
            EntryKind::Quote => seen.quotes += 1,
            EntryKind::Bar => seen.bars += 1,
            EntryKind::Empty => seen.empty += 1,
        }
    }

    fn judge(seen: &SeenEntries, options: &SierraOptions, found: &mut Diagnosis) {
        let remedy = "in Sierra Chart set Global Settings > Data/Trade Service Settings > Intraday Data \
                      Storage Time Unit to 1 Tick and download the data again; or declare the length of \
                      the bars with --bars SECONDS";
        match (seen.trades, seen.bars) {
            (trades, 0) => found.good("storage", format!("{trades} records of one trade each")),
            (0, bars) if options.bar_s.is_some() => found.good("storage", format!("{bars} bars")),
            (0, bars) => found.bad(
                FailureClass::BadInput,
                "storage",
                format!("{bars} bars and no trades"),
                remedy,
            ),
            (trades, bars) => {
                found.doubt("storage", format!("{trades} trades and {bars} bars"), remedy);
            }
        }
        if seen.quotes > 0 {
            found.good("quotes", format!("{} changes of bid or ask", seen.quotes));
        }
        if seen.trades > 0 {
            let share = seen.sided as f64 * 100.0 / seen.trades as f64;
            let text = format!("{share:.1} % of the trades have one");
            if share >= 80.0 {
                found.good("side", text);
            } else {
                found.doubt(
                    "side",
                    text,
                    "this data service does not say who was the aggressor; order flow needs one that does",
                );
            }
        }
        if seen.off_grid + seen.empty > 0 {
            found.bad(
                FailureClass::BadInput,
                "values",
                format!(
                    "{} prices off the tick grid, {} records with neither volume nor a quote",
                    seen.off_grid, seen.empty
                ),
                "is the multiplier right (--price-mult)? Else tolerate some with --max-bad N",
            );
        }
    }
}

/// Kinds of depth records.
#[derive(Default)]
struct SeenDepth {
    records: u64,
    batches: u64,
    snapshots: u64,
    wrong: u64,
}

impl Looked for DepthBatches {
    type Seen = SeenDepth;
    const STRICT: bool = false;

    fn see(record: &<DepthFile as Layout>::Record, scale: &PriceScale, seen: &mut SeenDepth) {
        seen.records += 1;
        seen.batches += u64::from(record.ends_batch());
        seen.snapshots += u64::from(record.is_clear());
        let wrong = match record.command {
            0 | 1 => false,
            2..=7 => scale.snap(record.price).is_none(),
            _ => true,
        };
        seen.wrong += u64::from(wrong);
    }

    fn judge(seen: &SeenDepth, _: &SierraOptions, found: &mut Diagnosis) {
        let text = format!(
            "{} records in {} batches, {} snapshots",
            seen.records, seen.batches, seen.snapshots
        );
        if seen.snapshots > 0 && seen.batches > 0 {
            found.good("book", text);
        } else {
            found.doubt("book", text, "without a snapshot the book is never whole");
        }
        if seen.wrong > 0 {
            found.bad(
                FailureClass::BadInput,
                "values",
                format!("{} prices off the tick grid or commands that are not known", seen.wrong),
                "is the multiplier right (--price-mult)? Else tolerate some with --max-bad N",
            );
        }
    }
}

fn text(name: &str, file: File, options: &SierraOptions, found: &mut Diagnosis) {
    let mut header = Vec::new();
    let read = BufReader::new(file).take_line(&mut header);
    if let Err(error) = read {
        found.bad(FailureClass::BadInput, "header", error.to_string(), "the file cannot be read");
        return;
    }
    match options.contract(name) {
        Ok(sym) => found.good("contract", sym.to_string()),
        Err(failure) => doubt_or_bad(found, "contract", &failure),
    }
    match TextDecoder::new(header.trim_ascii_end(), options.zone.as_deref(), options.levels) {
        Ok(decoder) if decoder.is_intraday_data() => found.good("header", "intraday data"),
        Ok(decoder) => {
            let order = if decoder.has_sequence() { "with" } else { "without" };
            found.good("header", format!("time and sales in UTC, {order} the exchange's counter"));
        }
        Err(failure) => doubt_or_bad(found, "header", &failure),
    }
}

fn dumper(file: File, options: &SierraOptions, config: &Config, found: &mut Diagnosis) {
    let zone = options.zone.clone();
    let options = DumperOptions { zone, bar_s: options.bar_s, sym: options.sym, lateness_us: 0 };
    let mut decoder = match DumperDecoder::new(options, config.clone()) {
        Ok(decoder) => decoder,
        Err(failure) => return doubt_or_bad(found, "zone", &failure),
    };
    let mut lines = BufReader::new(file);
    let (mut good, mut line) = (0_u64, Vec::new());
    for number in 1..=1000 {
        line.clear();
        match lines.take_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                found.bad(
                    FailureClass::BadInput,
                    "lines",
                    error.to_string(),
                    "the file cannot be read",
                );
                return;
            }
        }
        if let Err(fault) = decoder.line(line.trim_ascii_end(), &mut |_| ()) {
            let finding = format!("line {number}: {fault}");
            found.bad(FailureClass::BadInput, "lines", finding, fault.remedy());
            return;
        }
        good += 1;
    }
    found.good("lines", format!("the first {good} can be read"));
    if !decoder.not_imported().is_empty() {
        let kinds = decoder.not_imported().iter().map(|(kind, count)| format!("{count} {kind}"));
        found.doubt(
            "types",
            format!("not imported: {}", kinds.collect::<Vec<_>>().join(", ")),
            "studies of a chart are not features of MIA; mia-features computes its own",
        );
    }
}

/// A line of at most a megabyte.
trait TakeLine {
    fn take_line(&mut self, line: &mut Vec<u8>) -> io::Result<usize>;
}

impl<R: io::Read> TakeLine for BufReader<R> {
    fn take_line(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        io::Read::take(self, 1 << 20).read_until(b'\n', line)
    }
}

/// A stamp for people.
fn shown(ts: Option<i64>) -> String {
    let at = ts.and_then(|ts| jiff::Timestamp::from_microsecond(ts).ok());
    at.map_or_else(|| "no time".into(), |at| at.to_string())
}
