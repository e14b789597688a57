//! Lines of CSV to records: dialect, contracts, side, the stream records.

use crate::config::Config;
use crate::feeds::Refusal;
use crate::feeds::csv::dialect::Dialect;
use crate::feeds::csv::fields::Fields;
use crate::feeds::csv::plan::Plan;
use crate::feeds::csv::plan::Stated;
use crate::feeds::csv::row::Grid;
use crate::feeds::csv::row::Read;
use crate::feeds::csv::row::RowReader;
use crate::feeds::csv::row::Touch;
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
use crate::wire::Quote;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::Trade;
use crate::wire::TradeFlags;
use jiff::civil::Date;

/// The side rules over the sessions of one contract.
#[derive(Debug, Default)]
struct SideFold {
    rule: AggressorRule,
    session_close: Option<i64>,
}

impl SideFold {
    /// The side of a trade; the tick rule starts over at each Globex open.
    #[inline]
    fn classify(
        &mut self,
        ts: i64,
        px: Px,
        calendar: &Calendar,
    ) -> Result<(Side, SideSource), Failure> {
        if self.session_close.is_none_or(|close| ts >= close) {
            self.session_close = Some(calendar.session_at_or_after(ts)?.close);
            self.rule.reset();
        }
        Ok(self.rule.on_trade(px))
    }
}

/// A contract of the files, and what is kept of it.
#[derive(Debug)]
struct Contract {
    grid: Grid,
    side: SideFold,
    announced: bool,
    last_bar: Option<i64>,
    touch: Option<Touch>,
}

impl Contract {
    fn new(config: &Config, sym: Sym) -> Result<Self, Failure> {
        let instrument = config.instrument_of(&sym).ok_or_else(|| {
            let root = sym.root().to_owned();
            let text = format!("product `{root}` of {sym} is not configured");
            Failure::new(FailureClass::Config, text)
                .hint(format!("add [instruments.{root}] with tick, tick_value and fee_per_side"))
        })?;
        let grid = Grid { sym, tick: instrument.tick.nanos() };
        let side = SideFold::default();
        Ok(Self { grid, side, announced: false, last_bar: None, touch: None })
    }
}

/// What is known of the files before they are read.
#[derive(Clone, Debug, Default)]
pub struct CsvSettings {
    /// Layout; `None`: told by the header of the first input.
    pub dialect: Option<Dialect>,
    /// What the user states where the dialect leaves it open.
    pub stated: Stated,
    /// Contract of files that name none.
    pub sym: Option<Sym>,
    /// Date of files whose stamps are times of day; `None`: from their names.
    pub date: Option<Date>,
    /// Phase written into the stream records.
    pub phase: StreamPhase,
}

/// Decodes the lines of files with the same header. No I/O.
#[derive(Debug)]
pub struct CsvDecoder {
    settings: CsvSettings,
    config: Config,
    calendar: Calendar,
    rows: Option<RowReader>,
    header: Vec<u8>,
    day: Option<Date>,
    run: String,
    contracts: Vec<Contract>,
    current: usize,
    last: Option<i64>,
    skipped: u64,
    crossed: u64,
}

impl CsvDecoder {
    /// A decoder of the settings' dialect, or of the one that the first header tells. `config` has
    /// the products with their ticks, `calendar` the Globex opens at which the tick rule starts
    /// over.
    pub fn new(settings: CsvSettings, config: Config, calendar: Calendar) -> Self {
        Self {
            settings,
            config,
            calendar,
            rows: None,
            header: Vec::new(),
            day: None,
            run: String::new(),
            contracts: Vec::new(),
            current: 0,
            last: None,
            skipped: 0,
            crossed: 0,
        }
    }

    /// Stamp of the newest record, microseconds UTC.
    pub const fn newest(&self) -> Option<i64> {
        self.last
    }

    /// Rows without content that the source writes and that were left out.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Quotes of trades' rows whose bid and ask met or crossed, and that were dropped.
    pub const fn crossed(&self) -> u64 {
        self.crossed
    }

    /// The dialect in use, if it is known already.
    pub const fn dialect(&self) -> Option<&Dialect> {
        self.settings.dialect.as_ref()
    }

    /// The zone of the stamps, in words.
    pub fn zone(&self) -> Option<&str> {
        self.rows.as_ref().map(RowReader::zone)
    }

    /// The contracts seen.
    pub fn contracts(&self) -> Vec<Sym> {
        self.contracts.iter().filter(|c| c.announced).map(|c| c.grid.sym).collect()
    }

    /// Whether the first line of an input is its header.
    pub fn expects_header(&self) -> bool {
        self.settings.dialect.as_ref().is_none_or(|dialect| !dialect.headerless)
    }

    /// Starts an input. `name` may hold the date of stamps that have none.
    ///
    /// # Errors
    /// As [`CsvDecoder::header`], for files without one.
    pub fn begin(&mut self, date_of_name: Option<Date>) -> Result<(), Failure> {
        self.day = self.settings.date.or(date_of_name);
        if !self.expects_header() && self.rows.is_none() {
            let names = self.settings.dialect.as_ref().map(|d| d.header.clone());
            self.plan(names.unwrap_or_default())?;
        }
        match &mut self.rows {
            Some(rows) => rows.set_day(self.day),
            None => Ok(()),
        }
    }

    /// Takes the header of an input.
    ///
    /// # Errors
    /// No dialect has it, or it is not that of the dialect in use; the contract, the zone or the
    /// length of the bars is not known.
    pub fn header(&mut self, line: &[u8]) -> Result<(), Failure> {
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        let dialect = match self.settings.dialect.take() {
            Some(dialect) => dialect,
            None => detect(line)?,
        };
        let names = if dialect.header.is_empty() {
            names_in(line, dialect.delimiter)?
        } else if dialect.fits(line) {
            dialect.header.clone()
        } else {
            let expected = dialect.header.join(&dialect.delimiter.to_string());
            let message = format!(
                "the header is `{}`, dialect {} has `{expected}`",
                shown(line),
                dialect.name
            );
            return Err(Failure::bad_input(message).hint(
                "give the dialect that fits the file, or leave it out to have it recognised",
            ));
        };
        self.settings.dialect = Some(dialect);
        if self.rows.is_none() {
            self.header = line.to_vec();
            self.plan(names)?;
            self.rows.as_mut().map_or(Ok(()), |rows| rows.set_day(self.day))?;
        } else if self.header != line {
            let message = format!("the header is `{}`, that of the first file is not", shown(line));
            return Err(Failure::bad_input(message).hint("read files of one layout at a time"));
        }
        Ok(())
    }

    /// Makes the reader of the rows.
    fn plan(&mut self, names: Vec<String>) -> Result<(), Failure> {
        let Some(dialect) = &self.settings.dialect else { return Ok(()) };
        let plan = Plan::new(dialect, &self.settings.stated, names)?;
        self.rows = Some(RowReader::new(plan, dialect.stamp_format)?);
        let usage = |message: String| Failure::new(FailureClass::Config, message);
        match (&dialect.contract, self.settings.sym) {
            (Some(column), Some(_)) => {
                let column = column.list().join("` or `");
                Err(usage(format!("the contract is in column `{column}` and was given as well"))
                    .hint("leave --sym out"))
            }
            (Some(_), None) => Ok(()),
            (None, given) => {
                let sym = given.or(dialect.sym).ok_or_else(|| {
                    usage(format!("files of dialect {} do not name their contract", dialect.name))
                        .hint("name it, for example --sym ESU13")
                })?;
                self.contracts.push(Contract::new(&self.config, sym)?);
                Ok(())
            }
        }
    }

    /// Decodes a row and hands its records to `each`; gives the refusal if it is bad.
    ///
    /// # Errors
    /// What no later row can mend: an unknown product, a date outside the calendar.
    #[inline]
    pub fn row(
        &mut self,
        line: &[u8],
        mut each: impl FnMut(&Record),
    ) -> Result<Option<Refusal>, Failure> {
        let Some(rows) = &mut self.rows else {
            return Err(Failure::new(FailureClass::Internal, "a row before the header"));
        };
        let named = match rows.split(line).and_then(|()| rows.contract(line)) {
            Ok(named) => named,
            Err(refusal) => return Ok(Some(refusal)),
        };
        if let Some(sym) = named
            && self.contracts.get(self.current).is_none_or(|c| c.grid.sym != sym)
        {
            self.current = match self.contracts.iter().position(|c| c.grid.sym == sym) {
                Some(index) => index,
                None => {
                    self.contracts.push(Contract::new(&self.config, sym)?);
                    self.contracts.len() - 1
                }
            };
        }
        let Some(contract) = self.contracts.get_mut(self.current) else {
            return Err(Failure::new(FailureClass::Internal, "no contract"));
        };
        let read = match rows.read(line, contract.grid, self.last, contract.last_bar) {
            Ok(read) => read,
            Err(refusal) => return Ok(Some(refusal)),
        };
        let ts = match &read {
            Read::Trade(trade, _) => trade.ts,
            Read::Bar(bar) => bar.ts,
            Read::Quote(quote) => quote.ts,
            Read::Nothing => {
                self.skipped += 1;
                return Ok(None);
            }
        };
        self.last = Some(ts);
        let sym = contract.grid.sym;
        if !std::mem::replace(&mut contract.announced, true) {
            each(&Record::Stream(self.stream(ts, sym, line)));
        }
        let Some(contract) = self.contracts.get_mut(self.current) else { return Ok(None) };
        match read {
            Read::Trade(mut trade, touch) => {
                if let Some(touch) = touch {
                    self.crossed += u64::from(on_touch(contract, &trade, touch, &mut each));
                }
                if trade.ss == SideSource::Flag {
                    contract.side.rule.note_trade(trade.px);
                } else {
                    (trade.side, trade.ss) =
                        contract.side.classify(ts, trade.px, &self.calendar)?;
                }
                each(&Record::Trade(trade));
            }
            Read::Bar(bar) => {
                contract.last_bar = Some(ts);
                each(&Record::Bar(bar));
            }
            Read::Quote(quote) => each(&Record::Quote(quote)),
            Read::Nothing => {}
        }
        Ok(None)
    }

    #[cold]
    fn stream(&mut self, ts: i64, sym: Sym, line: &[u8]) -> Stream {
        if self.run.is_empty() {
            let name = self.settings.dialect.as_ref().map_or("", |d| &d.name);
            self.run = run_id(&[b"csv", name.as_bytes(), sym.as_bytes(), &self.header, line]);
        }
        Stream {
            ts,
            sym,
            v: 1,
            src: Src::Csv,
            mode: StreamMode::Replay,
            phase: self.settings.phase,
            origin: None,
            run: self.run.clone(),
            tool: TOOL.into(),
            instrument: Some(sym.root().to_owned()),
        }
    }
}

/// Takes bid and ask of a trade's row, in force before the trade; `true` if they met or crossed and
/// were dropped. A quote is written where it changed; sizes that the file does not have are 0 beside
/// its prices, as in other sources without them: no stage takes them for displayed ones.
fn on_touch(
    contract: &mut Contract,
    trade: &Trade,
    touch: Touch,
    each: &mut impl FnMut(&Record),
) -> bool {
    let Touch { bid, ask, sizes } = touch;
    if bid.zip(ask).is_some_and(|(bid, ask)| bid >= ask) {
        contract.side.rule.on_quote(None, None);
        return true;
    }
    contract.side.rule.on_quote(bid, ask);
    if contract.touch == Some(touch) {
        return false;
    }
    contract.touch = Some(touch);
    let (bid_size, ask_size) = sizes.unwrap_or_default();
    each(&Record::Quote(Quote {
        ts: trade.ts,
        sym: trade.sym,
        bid,
        bsz: if bid.is_some() { bid_size } else { 0 },
        ask,
        asz: if ask.is_some() { ask_size } else { 0 },
        src: Src::Csv,
        vts: None,
        rx: None,
        flags: TradeFlags::default(),
    }));
    false
}

/// The names in a header line.
fn names_in(line: &[u8], delimiter: char) -> Result<Vec<String>, Failure> {
    let mut fields = Fields::default();
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    fields.split(line, delimiter).map_err(|refusal| Failure::bad_input(refusal.reason))?;
    let name = |index| String::from_utf8_lossy(fields.get(line, index)).into_owned();
    Ok((0..fields.len()).map(name).collect())
}

fn detect(header: &[u8]) -> Result<Dialect, Failure> {
    let found = Dialect::detect(header).ok_or_else(|| {
        let known = Dialect::builtin();
        let known = known.iter().map(|d| {
            let header = d.header.join(&d.delimiter.to_string());
            if d.headerless || header.is_empty() {
                format!("{} (to be named)", d.name)
            } else {
                format!("{} ({header})", d.name)
            }
        });
        let known = known.collect::<Vec<_>>().join("; ");
        Failure::bad_input(format!("no dialect has the header `{}`", shown(header)))
            .hint(format!("known dialects: {known}; or write one, --dialect FILE.toml"))
    })?;
    tracing::info!("dialect {} recognised by its header: {}", found.name, found.about);
    Ok(found)
}

/// The start of a line, for a message; control bytes must not reach a terminal.
fn shown(line: &[u8]) -> String {
    line[..line.len().min(120)].escape_ascii().to_string()
}
