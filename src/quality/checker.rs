//! The fold over a whole input: every symbol's checks, the chains, the lines themselves.

use crate::config::Config;
use crate::market::Calendar;
use crate::market::Session;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::quality::Code;
use crate::quality::Fact;
use crate::quality::Finding;
use crate::quality::Findings;
use crate::quality::Report;
use crate::quality::What;
use crate::quality::chain;
use crate::quality::chain::OptionRow;
use crate::quality::chain::Snapshot as ChainSnapshot;
use crate::quality::finding::SymIndex;
use crate::quality::foreign::Event;
use crate::quality::foreign::Reader;
use crate::quality::foreign::Unknown;
use crate::quality::report::InputSummary;
use crate::quality::tape::Contracts;
use crate::quality::tape::Moment;
use crate::quality::tape::Tape;
use crate::quality::tape::Traded;
use crate::quality::tape::is_traded;
use crate::wire::Alert;
use crate::wire::Chain;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::StatusState;
use crate::wire::Stream;
use crate::wire::StreamMode;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Underlyings whose option rows are collected at a time.
const UNDERLYINGS_MAX: usize = 16;

/// How an input is checked.
#[derive(Clone, Debug)]
pub struct CheckerOptions {
    /// Contract of foreign rows that name none.
    pub sym: Sym,
    /// Zone of foreign stamps without one.
    pub zone: TimeZone,
    /// Whether findings are told as they come ([`Checker::take_alerts`]).
    pub live: bool,
    /// Records from here on, microseconds UTC.
    pub since: Option<i64>,
    /// Records before, microseconds UTC.
    pub until: Option<i64>,
    /// So many records.
    pub limit: Option<u64>,
    /// Longest foreign document, bytes.
    pub document_max: usize,
}

impl Default for CheckerOptions {
    fn default() -> Self {
        Self {
            sym: Sym::NONE,
            zone: TimeZone::UTC,
            live: false,
            since: None,
            until: None,
            limit: None,
            document_max: 64 << 20,
        }
    }
}

/// One symbol under watch.
#[derive(Debug)]
struct Watched {
    sym: Sym,
    at: SymIndex,
    tick: Option<i64>,
    tape: Tape,
    /// Stamp asked for and the answer: good for stamps from there to its close.
    session: Option<(i64, Session)>,
    /// Whether the contract is one of those that are traded in that session.
    front: bool,
    traded: Option<TradeDate>,
}

/// Checks lines and records; see [`Checker::finish`] for what was found.
#[derive(Debug)]
pub struct Checker {
    config: Config,
    calendar: Calendar,
    options: CheckerOptions,
    findings: Findings,
    watched: Vec<Watched>,
    index: BTreeMap<Sym, usize>,
    last: usize,
    unwatched: u64,
    contracts: Contracts,
    chains: Vec<(Sym, ChainSnapshot)>,
    rows_left_out: u64,
    live: bool,
    records: u64,
    newest: Option<i64>,
    reader: Option<Reader>,
    inputs: Vec<InputSummary>,
    events: Vec<(u64, Event)>,
}

impl Checker {
    /// A checker with nothing seen. `config` has the products and every limit (`[quality]`).
    pub fn new(config: Config, calendar: Calendar, options: CheckerOptions) -> Self {
        let findings = Findings::new(config.quality.tolerance.clone(), options.live);
        Self {
            config,
            calendar,
            options,
            findings,
            watched: Vec::new(),
            index: BTreeMap::new(),
            last: 0,
            unwatched: 0,
            contracts: Contracts::default(),
            chains: Vec::new(),
            rows_left_out: 0,
            live: false,
            records: 0,
            newest: None,
            reader: None,
            inputs: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A new input begins.
    pub fn start_input(&mut self, name: &str) {
        self.findings.name_input(name);
        let number = self.inputs.len() as u32;
        let CheckerOptions { sym, zone, document_max, .. } = &self.options;
        self.reader = Some(Reader::new(*sym, zone.clone(), *document_max, number));
        self.inputs.push(InputSummary { name: name.to_owned(), format: None, lines: 0 });
    }

    /// Checks a line (without its line end).
    ///
    /// # Errors
    /// The input is nothing that can be checked.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.read(|reader, sink| reader.line(line, sink), 1)
    }

    /// The input ends; `rest` is what stood after the last line end.
    ///
    /// # Errors
    /// As [`Checker::line`].
    pub fn end_input(&mut self, rest: &[u8]) -> Result<(), Failure> {
        let lines = u64::from(!rest.iter().all(u8::is_ascii_whitespace));
        self.read(|reader, sink| reader.end(rest, sink), lines)
    }

    fn read(
        &mut self,
        step: impl FnOnce(&mut Reader, &mut dyn FnMut(u64, Event)) -> Result<(), Unknown>,
        lines: u64,
    ) -> Result<(), Failure> {
        let (Some(reader), Some(input)) = (&mut self.reader, self.inputs.last_mut()) else {
            return Ok(());
        };
        input.lines += lines;
        let mut events = std::mem::take(&mut self.events);
        let result = step(reader, &mut |line, event| events.push((line, event)));
        input.format = reader.format();
        result.map_err(|unknown| {
            Failure::bad_input(format!("{}: {}", input.name, unknown.what)).hint(unknown.hint)
        })?;
        let at = Findings::NO_SYM;
        for code in
            [Code::TornLine, Code::BlankLine, Code::TwoObjects, Code::NotJsonNan, Code::BadRecord]
        {
            self.findings.look_at(at, code, lines);
        }
        for (line, event) in events.drain(..) {
            self.findings.at_line(line);
            self.event(event);
        }
        self.events = events;
        Ok(())
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Record(record) => self.record(&record),
            Event::Fact(fact) => {
                if self.admits(fact.ts) {
                    self.findings.look(Findings::NO_SYM, Code::Label);
                    self.fact(&fact);
                }
            }
            Event::Options(und, snapshot) => self.snapshot(und, &snapshot),
            Event::Fault(code, why) => {
                self.findings.note(Findings::NO_SYM, code, self.newest, || why);
            }
            Event::Label(why) => {
                self.findings.note(Findings::NO_SYM, Code::Label, self.newest, || why);
            }
        }
    }

    fn admits(&mut self, ts: i64) -> bool {
        let CheckerOptions { since, until, limit, .. } = self.options;
        since.is_none_or(|since| ts >= since)
            && until.is_none_or(|until| ts < until)
            && limit.is_none_or(|limit| self.records < limit)
    }

    /// Checks a record. Its place is the line read last.
    pub fn record(&mut self, record: &Record) {
        match record {
            Record::Stream(stream) => return self.stream(stream),
            _ if !self.admits(record.ts()) => return,
            Record::Option(option) => {
                self.records += 1;
                let place = self.findings.place();
                if let Some(row) = OptionRow::of(option, place) {
                    self.label(option.src, option.ts);
                    self.option(option.und, option.ts, row);
                }
            }
            Record::Chain(chain) => self.chain(chain),
            Record::Clock(clock) => self.clock(clock.ts, clock.sym),
            Record::Status(status) if status.state == StatusState::Gap => {
                let at = self.findings.tally(status.sym);
                self.findings.look(at, Code::FeedGap);
                self.findings.note(at, Code::FeedGap, Some(status.ts), || status.msg.clone());
            }
            _ => {}
        }
        if let Some(fact) = Fact::of(record) {
            if let Some(src) = fact.src {
                self.label(src, fact.ts);
            }
            self.fact(&fact);
        }
    }

    fn stream(&mut self, stream: &Stream) {
        let live = |mode| matches!(mode, StreamMode::Live | StreamMode::Delayed);
        self.live = live(stream.mode) || stream.origin.is_some_and(live);
        self.findings.look_at(Findings::NO_SYM, Code::FeedGap, 1);
        let synthetic = |mode| mode == StreamMode::Synthetic;
        self.findings.look(Findings::NO_SYM, Code::Label);
        if synthetic(stream.mode) || stream.origin.is_some_and(synthetic) {
            self.findings.note(Findings::NO_SYM, Code::Label, Some(stream.ts), || {
                "the stream says that it is synthetic".into()
            });
        }
    }

    fn label(&mut self, src: Src, ts: i64) {
        self.findings.look(Findings::NO_SYM, Code::Label);
        if src == Src::Syn {
            self.findings.note(Findings::NO_SYM, Code::Label, Some(ts), || {
                "a record whose source is `syn`".into()
            });
        }
    }

    /// The place of the symbol in `watched`; `None` above the limit.
    fn watch(&mut self, sym: Sym) -> Option<usize> {
        if self.watched.get(self.last).is_some_and(|w| w.sym == sym) {
            return Some(self.last);
        }
        if let Some(at) = self.index.get(&sym) {
            self.last = *at;
            return Some(*at);
        }
        if self.watched.len() >= self.config.quality.symbols_max {
            return None;
        }
        let at = self.findings.tally(sym);
        let tick = self.config.instrument_of(&sym).map(|i| i.tick.nanos());
        let tape = Tape::default();
        let (session, traded) = (None, None);
        self.watched.push(Watched { sym, at, tick, tape, session, front: true, traded });
        self.last = self.watched.len() - 1;
        self.index.insert(sym, self.last);
        Some(self.last)
    }

    /// Brings the session of a symbol up to `ts`; notes a stamp that the calendar does not cover.
    fn session_at(&mut self, index: usize, ts: i64) {
        let watched = &mut self.watched[index];
        if watched.tick.is_none()
            || watched.session.as_ref().is_some_and(|(asked, s)| (*asked..s.close).contains(&ts))
        {
            return;
        }
        self.findings.look(watched.at, Code::NoCalendar);
        match self.calendar.session_at_or_after(ts) {
            Ok(session) => {
                watched.front = is_traded(&watched.sym, session.date, &self.calendar);
                watched.session = Some((ts, session));
            }
            Err(error) => {
                watched.session = None;
                self.findings.note(watched.at, Code::NoCalendar, Some(ts), || error.to_string());
            }
        }
    }

    fn fact(&mut self, fact: &Fact) {
        self.records += 1;
        self.newest = Some(self.newest.map_or(fact.ts, |newest| newest.max(fact.ts)));
        let Some(index) = self.watch(fact.sym) else {
            self.unwatched += 1;
            return;
        };
        let instant = fact.instant();
        self.session_at(index, instant);
        let watched = &mut self.watched[index];
        let session = watched.session.as_ref().map(|(_, session)| session);
        let now = Moment {
            session,
            open: session.is_none_or(|session| session.is_open(instant)),
            traded: watched.front,
            tick: watched.tick,
            limits: &self.config.quality,
            lateness_us: self.config.clock.lateness_us,
            at: watched.at,
        };
        watched.tape.see(fact, &now, &mut self.findings);
        let volume = match fact.what {
            What::Trade { sz, .. } => sz,
            What::Bar(bar) => bar.v,
            _ => return,
        };
        let Some(date) = session.filter(|s| s.contains(instant)).map(|s| s.date) else { return };
        let traded = Traded {
            sym: fact.sym,
            at: watched.at,
            volume,
            ts: fact.ts,
            date,
            live: self.live,
            calendar: &self.calendar,
        };
        self.contracts.see(&traded, &mut self.findings);
        if watched.traded != Some(date) {
            let before = watched.traded.replace(date);
            missing_sessions(before, date, watched.at, fact.ts, &self.calendar, &mut self.findings);
        }
    }

    fn clock(&mut self, ts: i64, sym: Sym) {
        for index in 0..self.watched.len() {
            if sym != Sym::NONE && self.watched[index].sym != sym {
                continue;
            }
            self.session_at(index, ts);
            let watched = &mut self.watched[index];
            let session = watched.session.as_ref().map(|(_, session)| session);
            let now = Moment {
                session,
                open: session.is_some_and(|session| session.is_open(ts)),
                traded: watched.front,
                tick: watched.tick,
                limits: &self.config.quality,
                lateness_us: self.config.clock.lateness_us,
                at: watched.at,
            };
            watched.tape.clock(ts, &now, &mut self.findings);
        }
    }

    fn option(&mut self, und: Sym, ts: i64, row: OptionRow) {
        let at = self.chains.iter().position(|(sym, _)| *sym == und).unwrap_or_else(|| {
            self.chains.push((und, ChainSnapshot::default()));
            self.chains.len() - 1
        });
        let snapshot = &mut self.chains[at].1;
        snapshot.ts = ts;
        if snapshot.rows.len() < self.config.quality.chain.rows_max {
            snapshot.rows.push(row);
        } else {
            self.rows_left_out += 1;
        }
        if self.chains.len() > UNDERLYINGS_MAX {
            let (und, snapshot) = self.chains.remove(0);
            self.judge(und, &snapshot);
        }
    }

    fn chain(&mut self, chain: &Chain) {
        let at = self.chains.iter().position(|(sym, _)| *sym == chain.und);
        let (und, mut snapshot) =
            at.map_or((chain.und, ChainSnapshot::default()), |at| self.chains.remove(at));
        snapshot.ts = chain.ts;
        snapshot.spot = chain.spot.map(crate::market::Px::points);
        let (rows, said) = (snapshot.rows.len() as u64, chain.n);
        // What was left out of a snapshot beyond all bounds is told apart.
        let whole = rows == said || rows >= self.config.quality.chain.rows_max as u64;
        self.whole(und, chain.ts, whole, || format!("{rows} rows of {said}"));
        self.judge(und, &snapshot);
    }

    fn whole(&mut self, und: Sym, ts: i64, whole: bool, example: impl FnOnce() -> String) {
        let at = self.findings.tally(und);
        self.findings.look(at, Code::ChainIncomplete);
        if !whole {
            self.findings.note(at, Code::ChainIncomplete, Some(ts), example);
        }
    }

    /// Checks a whole option snapshot of underlying `und`.
    pub fn snapshot(&mut self, und: Sym, snapshot: &ChainSnapshot) {
        if self.admits(snapshot.ts) {
            self.records += snapshot.rows.len() as u64;
            self.findings.look(Findings::NO_SYM, Code::Label);
            self.judge(und, snapshot);
        }
    }

    fn judge(&mut self, und: Sym, snapshot: &ChainSnapshot) {
        self.newest = Some(self.newest.map_or(snapshot.ts, |newest| newest.max(snapshot.ts)));
        let at = self.findings.tally(und);
        let limits = &self.config.quality.chain;
        chain::judge(snapshot, at, limits, &self.calendar, &mut self.findings);
    }

    /// The records of a live check that are due: one a finding, symbol and minute.
    pub fn take_alerts(&mut self) -> Vec<Alert> {
        self.findings.take_alerts()
    }

    /// What was found so far, without what only the end of the input decides.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings.all()
    }

    /// The end: judges what is open (sessions, snapshots) and reports.
    pub fn finish(&mut self) -> Report {
        for (und, snapshot) in std::mem::take(&mut self.chains) {
            let rows = snapshot.rows.len();
            self.whole(und, snapshot.ts, false, || format!("{rows} rows and no closing record"));
            self.judge(und, &snapshot);
        }
        self.contracts.end(&self.calendar, &mut self.findings);
        let unknown = self.watched.iter().filter(|w| w.tick.is_none()).map(|w| w.sym);
        Report {
            inputs: self.inputs.clone(),
            records: self.records,
            symbols: self.watched.len(),
            unwatched: self.unwatched,
            rows_left_out: self.rows_left_out,
            unknown_products: unknown.take(8).collect(),
            zone: self.options.zone.iana_name().unwrap_or("a fixed offset").to_owned(),
            newest: self.newest,
            looked: Code::ALL.iter().map(|code| (*code, self.findings.looked(*code))).collect(),
            findings: self.findings.all(),
        }
    }
}

/// Notes the sessions of the calendar between two trade dates on which a contract was traded.
fn missing_sessions(
    before: Option<TradeDate>,
    date: TradeDate,
    at: SymIndex,
    ts: i64,
    calendar: &Calendar,
    out: &mut Findings,
) {
    out.look(at, Code::MissingSession);
    let Some(before) = before.filter(|before| *before < date) else { return };
    let Ok(count) = calendar.count_sessions(before, date) else { return };
    let missing = count.saturating_sub(2) as u64;
    if missing > 0 {
        out.look_at(at, Code::MissingSession, missing);
        let place = out.place();
        out.note_many(at, Code::MissingSession, missing, Some(ts), place, || {
            format!("{missing} sessions between {before} and {date}")
        });
    }
}
