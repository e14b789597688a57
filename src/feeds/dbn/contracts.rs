//! Which contract an instrument number is, and what is kept of each.

use crate::config::Config;
use crate::feeds::dbn::book::OrderBook;
use crate::feeds::dbn::book::TenLevels;
use crate::feeds::dbn::book::Top;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::FailureClass;
use dbn::Metadata;
use dbn::SType;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

const NS_PER_DAY: u64 = 86_400_000_000_000;
/// Julian day of 1970-01-01.
const EPOCH_JULIAN: i32 = 2_440_588;

/// A name and the time for which it holds, nanoseconds UTC.
#[derive(Clone, Debug)]
struct Named {
    from: u64,
    until: u64,
    name: String,
}

/// Whether the records of a contract are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// Yes.
    Yes,
    /// Not asked for by `--sym`.
    Filtered,
    /// A spread, an option, a share: not a future.
    NotAFuture,
}

/// A contract that occurs, and what is kept of it.
#[derive(Debug)]
pub(super) struct Contract {
    id: u32,
    from: u64,
    until: u64,
    /// Name on the wire.
    pub sym: Sym,
    /// Smallest price step, billionths of a point.
    pub tick: i64,
    /// Whether its records are written.
    pub wanted: Wanted,
    /// Whether its stream record was written.
    pub announced: bool,
    /// Records that were left out because they are not wanted.
    pub left_out: u64,
    /// The quote written last.
    pub quote: Option<Top>,
    /// Order by order.
    pub book: Option<Box<OrderBook>>,
    /// Ten levels.
    pub levels: TenLevels,
    /// The source says that the book may be wrong.
    pub doubtful: bool,
    /// An order was not known: the book is incomplete, and that was said.
    pub incomplete: bool,
}

/// The contracts of the files read.
#[derive(Debug)]
pub(super) struct Contracts {
    names: BTreeMap<u32, Vec<Named>>,
    list: Vec<Contract>,
    index: BTreeMap<u32, Vec<usize>>,
    last: usize,
    wanted: Vec<Sym>,
}

impl Contracts {
    /// No contract so far; only `wanted` are to be written, or all if there are none.
    pub fn new(wanted: Vec<Sym>) -> Self {
        let (names, index) = (BTreeMap::new(), BTreeMap::new());
        Self { names, list: Vec::new(), index, last: 0, wanted }
    }

    /// Takes the symbology of a file's metadata.
    pub fn on_metadata(&mut self, metadata: &Metadata) {
        let backwards = metadata.stype_in == Some(SType::InstrumentId);
        for mapping in &metadata.mappings {
            for interval in &mapping.intervals {
                let (id, name) = if backwards {
                    (&mapping.raw_symbol, &interval.symbol)
                } else {
                    (&interval.symbol, &mapping.raw_symbol)
                };
                let Ok(id) = id.parse::<u32>() else { continue };
                let from = nanos_of(interval.start_date.to_julian_day());
                let until = nanos_of(interval.end_date.to_julian_day());
                self.name(id, from, until, name);
            }
        }
    }

    /// Takes a name that holds from `from` to `until`, nanoseconds UTC, before older names.
    pub fn name(&mut self, id: u32, from: u64, until: u64, name: &str) {
        let names = self.names.entry(id).or_default();
        if names.first().is_some_and(|n| n.name == name && n.from <= from && n.until >= until) {
            return;
        }
        names.insert(0, Named { from, until, name: name.to_owned() });
        // A live stream may rename without end; what is older than this no longer matters.
        names.truncate(64);
        for index in self.index.get(&id).into_iter().flatten() {
            let contract = &mut self.list[*index];
            contract.until = contract.until.min(from);
        }
    }

    /// Whether any name is known.
    pub fn knows_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The contracts seen so far.
    pub fn iter(&self) -> impl Iterator<Item = &Contract> {
        self.list.iter()
    }

    /// The contract found last.
    #[inline]
    pub fn current(&mut self) -> Option<&mut Contract> {
        self.list.get_mut(self.last)
    }

    /// Finds the contract of a record; `Ok(false)` if nothing names it.
    ///
    /// # Errors
    /// Its product is not configured.
    #[inline]
    pub fn find(
        &mut self,
        id: u32,
        at: u64,
        given: Option<&str>,
        config: &Config,
    ) -> Result<bool, Failure> {
        if let Some(contract) = self.list.get(self.last)
            && contract.id == id
            && contract.from <= at
            && at < contract.until
        {
            return Ok(true);
        }
        self.look_up(id, at, given, config)
    }

    #[cold]
    fn look_up(
        &mut self,
        id: u32,
        at: u64,
        given: Option<&str>,
        config: &Config,
    ) -> Result<bool, Failure> {
        let holds = |at_index: &&usize| {
            let contract = &self.list[**at_index];
            contract.from <= at && at < contract.until
        };
        if let Some(found) = self.index.get(&id).into_iter().flatten().find(holds) {
            self.last = *found;
            return Ok(true);
        }
        let listed = self.names.get(&id).into_iter().flatten();
        let named = match (given, listed.into_iter().find(|n| n.from <= at && at < n.until)) {
            (Some(given), _) => Named { from: 0, until: u64::MAX, name: given.to_owned() },
            (None, Some(named)) => named.clone(),
            // A file without symbology: the contract asked for is the only one it can be.
            (None, None) if !self.knows_names() && self.wanted.len() == 1 => {
                Named { from: 0, until: u64::MAX, name: self.wanted[0].to_string() }
            }
            (None, None) => return Ok(false),
        };
        let contract = self.contract(id, at, &named, config)?;
        self.last = self.list.len();
        self.index.entry(id).or_default().push(self.last);
        self.list.push(contract);
        Ok(true)
    }

    fn contract(
        &self,
        id: u32,
        at: u64,
        named: &Named,
        config: &Config,
    ) -> Result<Contract, Failure> {
        let sym = wire_name(&named.name, at);
        let asked = |sym: Sym| {
            self.wanted.is_empty()
                || self.wanted.contains(&sym)
                || self.wanted.iter().any(|w| w.as_str() == named.name)
        };
        let wanted = match sym {
            None => Wanted::NotAFuture,
            Some(sym) if asked(sym) => Wanted::Yes,
            Some(_) => Wanted::Filtered,
        };
        let sym = sym.or_else(|| Sym::new(&named.name)).unwrap_or_default();
        let tick = match config.instrument_of(&sym) {
            Some(instrument) => instrument.tick.nanos(),
            None if wanted == Wanted::Yes => return Err(not_configured(sym)),
            None => 1,
        };
        Ok(Contract {
            id,
            from: named.from,
            until: named.until,
            sym,
            tick,
            wanted,
            announced: false,
            left_out: 0,
            quote: None,
            book: None,
            levels: TenLevels::default(),
            doubtful: false,
            incomplete: false,
        })
    }
}

#[cold]
fn not_configured(sym: Sym) -> Failure {
    let root = sym.root().to_owned();
    let text = format!("product `{root}` of {sym} is not configured");
    Failure::new(FailureClass::Config, text).hint(format!(
        "choose contracts with --sym, or add [instruments.{root}] with tick, tick_value and \
         fee_per_side"
    ))
}

/// Start of the day with this Julian number, nanoseconds since 1970.
fn nanos_of(julian: i32) -> u64 {
    u64::try_from(julian - EPOCH_JULIAN).unwrap_or(0).saturating_mul(NS_PER_DAY)
}

/// The name on the wire of a future, `None` for anything else.
///
/// Databento writes the exchange's own `ESH4`; the wire writes two digits of the year, as every
/// other source does, so that the same contract from two sources has one name. The decade is that
/// of the record: the next year with this digit that is not before the record's own.
fn wire_name(raw: &str, at: u64) -> Option<Sym> {
    let letters = raw.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &raw[letters.len()..];
    let month = letters.as_bytes().last().is_some_and(|b| b"FGHJKMNQUVXZ".contains(b));
    if month
        && letters.len() > 1
        && letters.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    {
        return match digits.len() {
            1 => {
                let digit = i64::from(digits.as_bytes()[0] - b'0');
                let year = year_of(at);
                let year = year + (digit - year).rem_euclid(10);
                Sym::new(&format!("{letters}{:02}", year % 100))
            }
            2 | 4 => Sym::new(raw),
            _ => None,
        };
    }
    // Databento's own continuous symbols, `ES.c.0`: the roll is theirs.
    let mut parts = raw.split('.');
    let (root, rule, rank) = (parts.next()?, parts.next()?, parts.next()?);
    let continuous = !root.is_empty()
        && root.bytes().all(|b| b.is_ascii_alphanumeric())
        && matches!(rule, "c" | "n" | "v")
        && rank.parse::<u8>().is_ok()
        && parts.next().is_none();
    if continuous { Sym::new(raw) } else { None }
}

/// The year of an instant, UTC.
fn year_of(at: u64) -> i64 {
    Timestamp::from_nanosecond(i128::from(at))
        .map_or(1970, |at| i64::from(at.to_zoned(TimeZone::UTC).year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_two_digits_of_the_year() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_nanosecond() as u64;
        for (raw, date, wire) in [
            ("ESH4", "2023-12-25T23:00:00Z", "ESH24"),
            ("ESU4", "2024-07-01T00:00:00Z", "ESU24"),
            ("ESZ9", "2020-01-01T00:00:00Z", "ESZ29"),
            ("ESH0", "2019-12-31T00:00:00Z", "ESH20"),
            ("ESH24", "2023-12-25T23:00:00Z", "ESH24"),
            ("MNQU1", "2021-03-01T00:00:00Z", "MNQU21"),
            ("6EZ5", "2025-03-01T00:00:00Z", "6EZ25"),
            ("ES.c.0", "2025-03-01T00:00:00Z", "ES.c.0"),
        ] {
            assert_eq!(wire_name(raw, at(date)).unwrap().as_str(), wire, "{raw}");
        }
        for other in ["ESH4-ESM4", "ESM4 P5230", "MSFT", "ES", "H4", "", "ES.FUT", "UD:1V: VT 123"]
        {
            assert_eq!(wire_name(other, 0), None, "{other}");
        }
    }
}
