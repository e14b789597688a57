//! What the records of a DBN file mean: trades, quotes, books, bars, names, halts.

mod books;
mod prints;

use crate::config::Config;
use crate::feeds::Refusal;
use crate::feeds::dbn::book::Change;
use crate::feeds::dbn::contracts::Contracts;
use crate::feeds::dbn::contracts::Wanted;
use crate::feeds::dbn::decoder::DbnSink;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::market::Px;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;
use dbn::Metadata;
use dbn::RecordHeader;
use dbn::UNDEF_PRICE;
use dbn::UNDEF_TIMESTAMP;
use std::collections::BTreeMap;

const US_PER_S: i64 = 1_000_000;
/// Changed levels held back until the end of an exchange event; beyond, they are told in between.
const HELD_MAX: usize = 1 << 16;

/// What the user decides about DBN files.
#[derive(Clone, Debug)]
pub struct DbnSettings {
    /// Products with their ticks.
    pub config: Config,
    /// Contracts that are written; none means all. `ESH4` and `ESH24` are the same.
    pub syms: Vec<Sym>,
    /// Phase written into the stream records.
    pub phase: StreamPhase,
}

/// What was seen in the files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DbnCounts {
    /// Records of every type.
    pub records: u64,
    /// Trades with their volume.
    pub trades: u64,
    /// Contracts traded.
    pub volume: u64,
    /// Records of a type that has no meaning on the wire, by its name.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Cancels and changes of orders that the file had not shown.
    pub unknown_orders: u64,
    /// Quotes whose bid and ask met or crossed.
    pub crossed: u64,
    /// Records older than the newest by more than the lateness: kept and marked.
    pub late: u64,
    actions: [u64; 27],
}

impl DbnCounts {
    /// Trades, quotes and orders with this action, `A` to `Z`.
    pub fn of_action(&self, action: char) -> u64 {
        let index = (action as usize).wrapping_sub('A' as usize);
        self.actions[..26].get(index).copied().unwrap_or(0)
    }

    /// Definitions and mappings of symbols, which only name.
    pub fn of_definitions(&self) -> u64 {
        ["definition", "symbol mapping"].iter().filter_map(|what| self.ignored.get(what)).sum()
    }

    #[inline]
    fn count_action(&mut self, action: u8) {
        self.actions[usize::from(action.wrapping_sub(b'A').min(26))] += 1;
    }
}

/// When a record was captured and when its event was, nanoseconds UTC.
#[derive(Clone, Copy)]
struct Times {
    recv: u64,
    event: u64,
}

impl Times {
    /// The stamp by which the file is ordered; `None` if there is none.
    #[inline]
    const fn order(self) -> Option<u64> {
        match (self.recv, self.event) {
            (UNDEF_TIMESTAMP, UNDEF_TIMESTAMP) => None,
            (UNDEF_TIMESTAMP, event) => Some(event),
            (recv, _) => Some(recv),
        }
    }

    /// The exchange's stamp, microseconds, where it is another.
    #[inline]
    const fn vendor(self, ts: i64) -> Option<i64> {
        let event = micros(self.event);
        if self.event == UNDEF_TIMESTAMP || event == ts { None } else { Some(event) }
    }
}

/// Where in its input a record is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Line of a text, or offset of the record in bytes.
    pub at: u64,
    /// Whether it is a line.
    pub line: bool,
}

/// Interprets the records of the files, in order.
#[derive(Debug)]
pub(super) struct Tape {
    settings: DbnSettings,
    contracts: Contracts,
    counts: DbnCounts,
    newest: i64,
    run: String,
    changes: Vec<Change>,
    /// Of the record in hand.
    pub place: Place,
}

impl Tape {
    /// Nothing seen so far.
    pub fn new(settings: DbnSettings) -> Self {
        let contracts = Contracts::new(settings.syms.clone());
        Self {
            settings,
            contracts,
            counts: DbnCounts::default(),
            newest: i64::MIN,
            run: String::new(),
            changes: Vec::new(),
            place: Place::default(),
        }
    }

    /// What was seen.
    pub const fn counts(&self) -> &DbnCounts {
        &self.counts
    }

    /// Contracts seen: name on the wire, whether it is written, records left out.
    pub fn contracts(&self) -> impl Iterator<Item = (Sym, Wanted, u64)> {
        self.contracts.iter().map(|c| (c.sym, c.wanted, c.left_out))
    }

    /// Takes the metadata at the head of a file.
    pub fn metadata(&mut self, metadata: &Metadata) {
        self.contracts.on_metadata(metadata);
        if self.run.is_empty() {
            let schema = metadata.schema.map_or("mixed", |schema| schema.as_str());
            let symbols = metadata.symbols.join(",");
            let start = metadata.start.to_le_bytes();
            let dataset = metadata.dataset.as_bytes();
            self.run = run_id(&[b"dbn", dataset, schema.as_bytes(), symbols.as_bytes(), &start]);
        }
    }

    /// Names the stream of a text, which has no metadata, by its first line.
    pub fn first_line(&mut self, line: &[u8]) {
        if self.run.is_empty() {
            self.run = run_id(&[b"dbn text", line]);
        }
    }

    /// Takes the name of an instrument, from a definition or a mapping.
    pub fn name(&mut self, id: u32, from: u64, until: u64, name: &str) {
        if !name.is_empty() {
            self.contracts.name(id, from, until, name);
        }
    }

    /// Counts a record that has no meaning on the wire.
    pub fn ignore(&mut self, what: &'static str) {
        *self.counts.ignored.entry(what).or_default() += 1;
    }

    /// Counts a record, whatever it is.
    #[inline]
    pub const fn count(&mut self) {
        self.counts.records += 1;
    }

    /// Finds the contract of a record and its stamp, announces the contract if it is new; `None` if
    /// the record is not to be written.
    #[inline]
    fn begin(
        &mut self,
        hd: &RecordHeader,
        times: Times,
        given: Option<&str>,
        sink: &mut impl DbnSink,
    ) -> Result<Option<i64>, Failure> {
        let Some(at) = times.order() else {
            let refusal = Refusal {
                code: "dbn_no_time",
                reason: "a record without any time".into(),
                remedy: "compare the record with its source",
            };
            return self.refuse(&refusal, sink).map(|()| None);
        };
        if !self.contracts.find(hd.instrument_id, at, given, &self.settings.config)? {
            let refusal = Refusal {
                code: "dbn_unnamed",
                reason: format!("nothing names instrument {} at this time", hd.instrument_id),
                remedy: "give the file with its metadata, the text with `-s` (map symbols), or \
                         the contract with --sym",
            };
            return self.refuse(&refusal, sink).map(|()| None);
        }
        let ts = micros(at);
        let Some(contract) = self.contracts.current() else { return Ok(None) };
        if contract.wanted != Wanted::Yes {
            contract.left_out += 1;
            return Ok(None);
        }
        if !contract.announced {
            contract.announced = true;
            let sym = contract.sym;
            sink.record(&Record::Stream(self.stream(ts, sym)))?;
        }
        if ts > self.newest {
            self.newest = ts;
        }
        Ok(Some(ts))
    }

    #[cold]
    fn stream(&self, ts: i64, sym: Sym) -> Stream {
        Stream {
            ts,
            sym,
            v: 1,
            src: Src::Dbn,
            mode: StreamMode::Replay,
            phase: self.settings.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        }
    }

    /// Marks for a record with this stamp.
    #[inline]
    fn flags(&mut self, ts: i64) -> TradeFlags {
        if ts >= self.newest.saturating_sub(self.settings.config.clock.lateness_us) {
            return TradeFlags::default();
        }
        self.counts.late += 1;
        TradeFlags::default().with(TradeFlag::Late)
    }

    #[cold]
    fn status(
        ts: i64,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        sink: &mut impl DbnSink,
    ) -> Result<(), Failure> {
        let (code, msg) = (Some(code.to_owned()), msg.to_owned());
        let status = Status { ts, sym, by: None, src: Some(Src::Dbn), state, code, msg };
        sink.record(&Record::Status(status))
    }

    /// Hands a refusal on, with its place.
    #[cold]
    pub fn refuse(&mut self, refusal: &Refusal, sink: &mut impl DbnSink) -> Result<(), Failure> {
        let Place { at, line } = self.place;
        let place = if line {
            format!("{at}")
        } else {
            format!("record {} at byte {at}", self.counts.records)
        };
        let newest = (self.newest > i64::MIN).then_some(self.newest);
        sink.refused(refusal, &place, self.counts.records, newest)
    }
}

/// What is wrong with a price, if anything.
#[inline]
fn bad_price(price: i64, tick: i64, name: &str) -> Option<Refusal> {
    if price > 0 && price % tick == 0 && price <= Px::MAX_NANOS {
        return None;
    }
    Some(refused_price(price, tick, name))
}

#[cold]
fn refused_price(price: i64, tick: i64, name: &str) -> Refusal {
    let (px, tick) = (Px::from_nanos(price), Px::from_nanos(tick));
    let (code, reason) = if price == UNDEF_PRICE {
        ("dbn_undefined", format!("the {name} is undefined"))
    } else if price <= 0 {
        ("dbn_price", format!("{name} {px} is not above zero"))
    } else if price > Px::MAX_NANOS {
        ("dbn_price", format!("{name} {px} is out of range"))
    } else {
        ("dbn_off_grid", format!("{name} {px} is off the tick grid of {tick}"))
    };
    Refusal { code, reason, remedy: "compare the record with its source" }
}

#[inline]
fn bad_size(size: u32) -> Option<Refusal> {
    (size == 0 || size == dbn::UNDEF_ORDER_SIZE).then(|| Refusal {
        code: "dbn_size",
        reason: format!("{size} is no size of a trade"),
        remedy: "compare the record with its source",
    })
}

/// Nanoseconds to whole microseconds, rounded down.
#[inline]
const fn micros(nanos: u64) -> i64 {
    (nanos / 1000) as i64
}
