//! What all readers of a source share: the options, the stream record, the rows refused.

use crate::config::Config;
use crate::feeds::bad_rows::BadRows;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::sierra::contract::contract_of;
use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::price_scale::PriceMult;
use crate::feeds::sierra::tape::Bundles;
use crate::market::Px;
use crate::market::Sym;
use crate::stream::MaxBad;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

/// How Sierra files are read.
#[derive(Clone, PartialEq, Debug)]
pub struct SierraOptions {
    /// Contract; `None`: told by the name of the file.
    pub sym: Option<Sym>,
    /// What becomes of bundles.
    pub bundles: Bundles,
    /// What prices are multiplied by.
    pub price_mult: PriceMult,
    /// Length of bars, seconds; `None`: bars are refused.
    pub bar_s: Option<u32>,
    /// Levels of the book on each side that time and sales give; 0: none.
    pub levels: usize,
    /// IANA zone of stamps that do not say theirs.
    pub zone: Option<String>,
    /// Phase written into the stream record.
    pub phase: StreamPhase,
    /// Bad records tolerated.
    pub max_bad: MaxBad,
    /// Longest line of a text, bytes.
    pub max_line: usize,
    /// Records from here on, microseconds UTC.
    pub since: Option<i64>,
    /// Records before, microseconds UTC.
    pub until: Option<i64>,
}

impl Default for SierraOptions {
    fn default() -> Self {
        Self {
            sym: None,
            bundles: Bundles::Sum,
            price_mult: PriceMult::Auto,
            bar_s: None,
            levels: 0,
            zone: None,
            phase: StreamPhase::Run,
            max_bad: MaxBad::Auto,
            max_line: 1 << 20,
            since: None,
            until: None,
        }
    }
}

impl SierraOptions {
    /// The contract of a file.
    ///
    /// # Errors
    /// Its name has none, and none was given.
    pub fn contract(&self, name: &str) -> Result<Sym, Failure> {
        self.sym.or_else(|| contract_of(name)).ok_or_else(|| {
            let message = format!("the name of {name} does not say a contract with its month");
            Failure::new(FailureClass::Config, message).hint("name it, for example --sym ESZ25")
        })
    }
}

/// The tick of a contract.
///
/// # Errors
/// Its product is not configured.
pub(super) fn tick_of(config: &Config, sym: Sym) -> Result<Px, Failure> {
    config.instrument_of(&sym).map(|instrument| instrument.tick).ok_or_else(|| {
        let root = sym.root();
        Failure::new(FailureClass::Config, format!("product `{root}` of {sym} is not configured"))
            .hint(format!("add [instruments.{root}] with tick, tick_value and fee_per_side"))
    })
}

/// The state that readers share.
pub(super) struct Session {
    pub options: SierraOptions,
    pub config: Config,
    pub bad: BadRows,
    /// Records and rows read, bad ones included.
    pub rows: u64,
    /// Stamp of the newest good record.
    pub newest: Option<i64>,
    /// Mode of what is read now.
    pub mode: StreamMode,
    /// Phase of what is read now.
    pub phase: StreamPhase,
    /// Contracts described so far, with mode and phase.
    described: Vec<(Sym, StreamMode, StreamPhase)>,
    /// Identity of the stream: set by the first record, or before.
    pub run: String,
}

impl Session {
    /// Before the first file.
    pub fn new(options: SierraOptions, config: Config, bad: BadRows) -> Self {
        let phase = options.phase;
        Self {
            options,
            config,
            bad,
            rows: 0,
            newest: None,
            mode: StreamMode::Replay,
            phase,
            described: Vec::new(),
            run: String::new(),
        }
    }

    /// Writes a record, after a stream record where one is due.
    #[inline]
    pub fn write(&mut self, record: &Record, out: &mut dyn SourceOut) {
        let ts = record.ts();
        if self.newest.is_none_or(|newest| ts > newest) {
            self.newest = Some(ts);
        }
        let known = |(sym, mode, phase): &(Sym, StreamMode, StreamPhase)| {
            *sym == record.sym() && *mode == self.mode && *phase == self.phase
        };
        if !self.described.iter().any(known) {
            self.describe(ts, record.sym(), out);
        }
        out.record(record);
    }

    /// Says what follows.
    #[cold]
    pub fn describe(&mut self, ts: i64, sym: Sym, out: &mut dyn SourceOut) {
        self.described.retain(|(known, mode, phase)| {
            *known != sym && *mode == self.mode && *phase == self.phase
        });
        self.described.push((sym, self.mode, self.phase));
        if self.run.is_empty() {
            self.run = run_id(&[b"sierra", sym.as_bytes(), &ts.to_le_bytes()]);
        }
        out.record(&Record::Stream(Stream {
            ts,
            sym,
            v: 1,
            src: Src::Scid,
            mode: self.mode,
            phase: self.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        }));
    }

    /// Refuses what is at `place`.
    ///
    /// # Errors
    /// More was refused than is tolerated.
    #[cold]
    pub fn refuse(
        &mut self,
        fault: &Fault,
        place: &str,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        self.bad.refuse(&Refusal::from(fault), place, self.rows, self.newest, out)
    }
}
