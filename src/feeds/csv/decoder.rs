//! Lines of CSV to records: dialect, contract, side, the stream record.

use crate::config::Config;
use crate::feeds::bad_rows::Refusal;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::csv::row::Grid;
use crate::feeds::csv::row::RowReader;
use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::market::AggressorRule;
use crate::market::Calendar;
use crate::market::Px;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

/// The tick rule over the sessions of one contract.
#[derive(Debug)]
struct SideFold {
    rule: AggressorRule,
    calendar: Calendar,
    session_close: i64,
}

impl SideFold {
    /// The side of a trade; the rule starts over at each Globex open.
    #[inline]
    fn classify(&mut self, ts: i64, px: Px) -> Result<(Side, SideSource), Failure> {
        if ts >= self.session_close {
            self.session_close = self.calendar.session_at_or_after(ts)?.close;
            self.rule.reset();
        }
        Ok(self.rule.on_trade(px))
    }
}

/// What a row became.
#[expect(clippy::large_enum_variant, reason = "one at a time, on the stack, in the hot path")]
pub(super) enum Outcome {
    /// A record, after a new stream record where one was due.
    Record(Option<Stream>, Record),
    /// Refused.
    Refused(Refusal),
}

/// Decodes the lines of one or more files with the same header. No I/O.
#[derive(Debug)]
pub(super) struct Decoder {
    dialect: Option<Dialect>,
    sym: Option<Sym>,
    phase: StreamPhase,
    config: Config,
    side: SideFold,
    rows: Option<RowReader>,
    header: Vec<u8>,
    run: String,
    grid: Option<Grid>,
    announced: Option<Sym>,
    last: Option<i64>,
}

impl Decoder {
    /// A decoder of `dialect`, or of the one that the first header tells.
    pub fn new(
        dialect: Option<Dialect>,
        sym: Option<Sym>,
        phase: StreamPhase,
        config: Config,
        calendar: Calendar,
    ) -> Self {
        let rule = AggressorRule::default();
        Self {
            dialect,
            sym,
            phase,
            config,
            side: SideFold { rule, calendar, session_close: i64::MIN },
            rows: None,
            header: Vec::new(),
            run: String::new(),
            grid: None,
            announced: None,
            last: None,
        }
    }

    /// Stamp of the newest record.
    pub const fn newest(&self) -> Option<i64> {
        self.last
    }

    /// Takes the header of an input.
    ///
    /// # Errors
    /// No dialect has it, or it is not that of the dialect in use; the contract is not known.
    pub fn header(&mut self, line: &[u8]) -> Result<(), Failure> {
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        let dialect = match self.dialect.take() {
            Some(dialect) => dialect,
            None => detect(line)?,
        };
        if !dialect.fits(line) {
            let expected = dialect.header.join(&dialect.delimiter.to_string());
            let message = format!(
                "the header is `{}`, dialect {} has `{expected}`",
                shown(line),
                dialect.name
            );
            return Err(Failure::bad_input(message).hint(
                "give the dialect that fits the file, or leave it out to have it recognised",
            ));
        }
        if self.rows.is_none() {
            self.rows = Some(RowReader::new(&dialect)?);
            self.header = line.to_vec();
            self.find_contract(&dialect)?;
        }
        self.dialect = Some(dialect);
        Ok(())
    }

    /// The contract, where the rows do not name it.
    fn find_contract(&mut self, dialect: &Dialect) -> Result<(), Failure> {
        let usage = |message: String| Failure::new(FailureClass::Config, message);
        match (&dialect.contract, self.sym) {
            (Some(column), Some(_)) => {
                Err(usage(format!("the contract is in column `{column}` and was given as well"))
                    .hint("leave --sym out"))
            }
            (Some(_), None) => Ok(()),
            (None, given) => {
                let sym = given.or(dialect.sym).ok_or_else(|| {
                    usage(format!("files of dialect {} do not name their contract", dialect.name))
                        .hint("name it, for example --sym ESU13")
                })?;
                self.grid = Some(grid_of(&self.config, sym)?);
                Ok(())
            }
        }
    }

    /// Decodes a row.
    ///
    /// # Errors
    /// What no later row can mend: an unknown product, a date outside the calendar.
    #[inline]
    pub fn row(&mut self, line: &[u8]) -> Result<Outcome, Failure> {
        let Some(rows) = &mut self.rows else {
            return Err(Failure::new(FailureClass::Internal, "a row before the header"));
        };
        let contract = match rows.split(line).and_then(|()| rows.contract(line)) {
            Ok(contract) => contract,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let grid = match (self.grid, contract) {
            (Some(grid), None) => grid,
            (Some(grid), Some(sym)) if grid.sym == sym => grid,
            (_, Some(sym)) => {
                let grid = grid_of(&self.config, sym)?;
                self.grid = Some(grid);
                self.side.rule.reset();
                grid
            }
            (None, None) => return Err(Failure::new(FailureClass::Internal, "no contract")),
        };
        let mut record = match rows.read(line, grid, self.last) {
            Ok(record) => record,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if let Record::Trade(trade) = &mut record {
            (trade.side, trade.ss) = self.side.classify(trade.ts, trade.px)?;
        }
        self.last = Some(record.ts());
        let due = self.announced != Some(grid.sym);
        let stream = due.then(|| self.stream(record.ts(), grid.sym, line));
        Ok(Outcome::Record(stream, record))
    }

    #[cold]
    fn stream(&mut self, ts: i64, sym: Sym, line: &[u8]) -> Stream {
        self.announced = Some(sym);
        if self.run.is_empty() {
            let name = self.dialect.as_ref().map_or("", |d| &d.name);
            self.run = run_id(&[b"csv", name.as_bytes(), sym.as_bytes(), &self.header, line]);
        }
        Stream {
            ts,
            sym,
            v: 1,
            src: Src::Csv,
            mode: StreamMode::Replay,
            phase: self.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        }
    }
}

fn grid_of(config: &Config, sym: Sym) -> Result<Grid, Failure> {
    let instrument = config.instrument_of(&sym).ok_or_else(|| {
        let root = sym.root().to_owned();
        Failure::new(FailureClass::Config, format!("product `{root}` of {sym} is not configured"))
            .hint(format!("add [instruments.{root}] with tick, tick_value and fee_per_side"))
    })?;
    Ok(Grid { sym, tick: instrument.tick.nanos() })
}

fn detect(header: &[u8]) -> Result<Dialect, Failure> {
    let found = Dialect::detect(header).ok_or_else(|| {
        let known = Dialect::builtin();
        let known = known.iter().map(|d| {
            let header = d.header.join(&d.delimiter.to_string());
            format!("{} ({header})", d.name)
        });
        let known = known.collect::<Vec<_>>().join("; ");
        Failure::bad_input(format!("no dialect has the header `{}`", shown(header)))
            .hint(format!("known dialects: {known}"))
    })?;
    tracing::info!("dialect {} recognised by its header: {}", found.name, found.about);
    Ok(found)
}

/// The start of a line, for a message; control bytes must not reach a terminal.
fn shown(line: &[u8]) -> String {
    line[..line.len().min(120)].escape_ascii().to_string()
}
