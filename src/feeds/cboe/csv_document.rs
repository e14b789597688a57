//! The CSV of Cboe's quote table: 22 columns, calls left, puts right, names that repeat.

use crate::feeds::Refusal;
use crate::feeds::cboe::series::Series;
use crate::feeds::cboe::snapshot::Collector;
use crate::feeds::cboe::snapshot::Row;
use crate::feeds::cboe::snapshot::Snapshot;
use crate::feeds::cboe::stamp;
use crate::market::Calendar;
use crate::wire::Failure;
use crate::wire::Right;
use jiff::civil::Date;
use memchr::memchr_iter;

const COLUMNS: usize = 22;
/// The header is found by its first cell: what is above it differs.
const FIRST_CELL: &str = "Expiration Date";
/// Lines above the header at most.
const ABOVE_MAX: usize = 10;
/// First column of the calls and of the puts.
const SIDES: [(Right, usize); 2] = [(Right::Call, 1), (Right::Put, 12)];
const STRIKE: usize = 11;
const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Reads a table.
pub(super) fn read(document: &[u8], calendar: &Calendar) -> Result<Snapshot, Failure> {
    let text = String::from_utf8_lossy(document);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut lines = text.lines().enumerate();
    let mut above = Vec::new();
    let header = lines.by_ref().take(ABOVE_MAX).find(|(_, line)| {
        let is_header = line.trim_start_matches('"').starts_with(FIRST_CELL);
        if !is_header && !line.trim_matches([',', ' ', '\r']).is_empty() {
            above.push(*line);
        }
        is_header
    });
    let (Some(_), [.., title, date]) = (header, above.as_slice()) else {
        let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
        return Err(Failure::bad_input(format!(
            "no table of Cboe's: no header `{FIRST_CELL},Calls,...` below a title and a date (the \
             file begins with `{}`)",
            first.escape_debug()
        ))
        .hint("download the quote table of the index from Cboe's page as it is"));
    };
    let stamp = stamp::date_line(date).map_err(|reason| {
        Failure::bad_input(format!("the date line: {reason}"))
            .hint("the line above the header says when the table was downloaded, New York's time")
    })?;
    let mut collector = Collector::new(stamp, calendar)?;
    let (name, spot) = underlying(title)?;
    collector.underlying(name, spot);
    let mut date = None;
    for (index, line) in lines {
        let line = line.trim_end();
        if !line.is_empty() {
            row(line, index + 1, &mut date, &mut collector);
        }
    }
    if !text.ends_with('\n') {
        tracing::warn!("the chain ends without a line feed: its last row may be cut");
    }
    collector.finish()
}

/// Name and price in `Standard & Poors 500 Index,Last: 4500.5298,Change: 23.0898`.
fn underlying(title: &str) -> Result<(&str, f64), Failure> {
    let (name, rest) = title.split_once(",Last:").ok_or_else(|| {
        let shown: String = title.chars().take(60).collect();
        Failure::bad_input(format!("the title `{}` has no `Last:`", shown.escape_debug()))
    })?;
    let last = rest.split(',').next().unwrap_or_default().trim();
    let spot = last.parse::<f64>().ok().filter(|spot| spot.is_finite() && *spot > 0.0);
    let spot = spot.ok_or_else(|| {
        Failure::bad_input(format!("the title says `Last: {}`", last.escape_debug()))
    })?;
    Ok((name.trim().trim_matches('"'), spot))
}

/// A cell without spaces and quotation marks around it.
fn cell(text: &str) -> &str {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let bytes = text.as_bytes();
    // Nearly every cell is plain.
    if bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain) {
        return text;
    }
    text.trim().trim_matches('"')
}

/// Reads a row: a call and a put of one strike. `date` keeps the date cell last read and its date:
/// hundreds of rows have the same.
fn row<'t>(
    line: &'t str,
    number: usize,
    date: &mut Option<(&'t str, Option<Date>)>,
    collector: &mut Collector<'_>,
) {
    let place = || number.to_string();
    let mut cells = [""; COLUMNS];
    let (mut count, mut start) = (0, 0);
    for end in memchr_iter(b',', line.as_bytes()).chain([line.len()]) {
        if let Some(slot) = cells.get_mut(count) {
            *slot = cell(&line[start..end]);
        }
        (count, start) = (count + 1, end + 1);
    }
    if count != COLUMNS {
        let reason = format!("{count} columns, the table has {COLUMNS}");
        let remedy = "a row was torn or the file was changed";
        collector.refuse(Refusal { code: "cboe_columns", reason, remedy }, place());
        return;
    }
    let refuse = |code: &'static str, reason: String| Refusal {
        code,
        reason,
        remedy: "compare the row with what Cboe's page shows",
    };
    let strike: f64 = cells[STRIKE].parse().unwrap_or(f64::NAN);
    let exp = match date {
        Some((text, exp)) if *text == cells[0] => *exp,
        _ => {
            let exp = date_of(cells[0]);
            *date = Some((cells[0], exp));
            exp
        }
    };
    let mut pair = None;
    for (right, first) in SIDES {
        let name = cells[first];
        let series = Series::read(name).filter(|series| series.right == right);
        let Some(series) = series else {
            let reason = format!("`{}` is not the symbol of its column", name.escape_debug());
            collector.refuse(refuse("cboe_symbol", reason), place());
            continue;
        };
        let same = (series.root, series.exp, series.strike);
        let strikes_agree = (series.strike.points() - strike).abs() < 1e-9;
        if !strikes_agree || pair.is_some_and(|other| other != same) || exp != Some(series.exp) {
            let reason = format!("{} contradicts the rest of its row", series.sym);
            collector.refuse(refuse("cboe_contradiction", reason), place());
            continue;
        }
        pair = Some(same);
        let number = |offset: usize| cells[first + offset].parse::<f64>().unwrap_or(f64::NAN);
        let row = Row {
            bid: number(3),
            ask: number(4),
            volume: number(5),
            iv: number(6),
            delta: number(7),
            gamma: number(8),
            oi: number(9),
        };
        collector.option(series, row, place);
    }
}

/// The date of `Fri Jun 10 2022`.
fn date_of(text: &str) -> Option<Date> {
    let mut words = text.split_ascii_whitespace();
    let (_, month, day, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.find(month).filter(|at| at % 3 == 0 && month.len() == 3)?;
    Date::new(year.parse().ok()?, month as i8 / 3 + 1, day.parse().ok()?).ok()
}
