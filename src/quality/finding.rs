//! What was found: counted by code and symbol, with the first place.

use crate::config::QualityTolerance;
use crate::market::Sym;
use crate::quality::Code;
use crate::quality::Tolerance;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use serde_json::json;

/// A line of an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Input, counted from 0 ([`Findings::name_input`]).
    pub input: u32,
    /// Line, from 1.
    pub line: u64,
}

/// One kind of finding on one symbol.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// Contract, or `*`.
    pub sym: Sym,
    /// How often it was found.
    pub count: u64,
    /// In how many places it was looked for.
    pub looked: u64,
    /// How much is tolerated.
    pub tolerance: Tolerance,
    /// The first place, `file:line`.
    pub first: String,
    /// What was there, with the values.
    pub example: String,
    /// Stamp of the first, microseconds UTC; `None` where no stamp was known.
    pub first_ts: Option<i64>,
    /// Stamp of the last, microseconds UTC.
    pub last_ts: Option<i64>,
}

impl Finding {
    /// Whether it is more than is tolerated.
    pub fn refuses(&self) -> bool {
        self.tolerance.exceeded(self.count, self.looked)
    }

    /// The finding as a record.
    pub fn alert(&self) -> Alert {
        self.alert_as(self.refuses())
    }

    /// The finding as a record while the input goes on: a share says nothing before so much was
    /// looked at that one finding is within it.
    fn live_alert(&self) -> Alert {
        let early = match self.tolerance {
            Tolerance::Share(share) => {
                !self.code.is_of_chain() && share * (self.looked as f64) < 1.0
            }
            Tolerance::Count(_) | Tolerance::Any => false,
        };
        self.alert_as(self.refuses() && !early)
    }

    fn alert_as(&self, refused: bool) -> Alert {
        let Self { code, sym, count, looked, tolerance, first, example, first_ts, last_ts } = self;
        let level = match (refused, tolerance) {
            (true, _) => AlertLevel::Critical,
            (false, Tolerance::Any) => AlertLevel::Info,
            (false, _) => AlertLevel::Warning,
        };
        Alert {
            ts: last_ts.unwrap_or_default(),
            sym: *sym,
            by: By::Check,
            level,
            code: code.name().into(),
            msg: format!("{count} of {looked}: {}; first at {first}: {example}", code.about()),
            data: Some(json!({
                "count": count, "looked": looked, "tolerance": tolerance.to_string(),
                "refused": refused, "first_ts": first_ts, "last_ts": last_ts, "first": first,
                "example": example,
            })),
        }
    }
}

#[derive(Clone, Debug)]
struct Found {
    count: u64,
    first: Place,
    example: String,
    first_ts: Option<i64>,
    last_ts: Option<i64>,
    announced: i64,
}

/// The counts of one symbol.
#[derive(Clone, Debug)]
struct Tally {
    sym: Sym,
    looked: [u64; Code::COUNT],
    found: [Option<Box<Found>>; Code::COUNT],
}

/// The symbol of a tally, for quick access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SymIndex(usize);

/// Every finding so far. Grows with the number of symbols only.
#[derive(Clone, Debug)]
pub struct Findings {
    inputs: Vec<String>,
    tallies: Vec<Tally>,
    place: Place,
    live: Option<Vec<Alert>>,
    tolerance: QualityTolerance,
}

impl Findings {
    /// No findings yet. With `live` each kind of finding makes a record at once, one a minute of
    /// event time ([`Findings::take_alerts`]).
    pub fn new(tolerance: QualityTolerance, live: bool) -> Self {
        let mut findings = Self {
            inputs: Vec::new(),
            tallies: Vec::new(),
            place: Place::default(),
            live: live.then(Vec::new),
            tolerance,
        };
        findings.tally(Sym::NONE);
        findings
    }

    /// The tally of what belongs to no symbol.
    pub(super) const NO_SYM: SymIndex = SymIndex(0);

    /// A new input starts; places are counted in it from now on.
    pub fn name_input(&mut self, name: &str) {
        self.inputs.push(name.to_owned());
        self.place = Place { input: self.inputs.len() as u32 - 1, line: 0 };
    }

    /// The line that what follows is about.
    pub const fn at_line(&mut self, line: u64) {
        self.place.line = line;
    }

    /// The place that is being looked at.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    pub(super) fn tally(&mut self, sym: Sym) -> SymIndex {
        if let Some(at) = self.tallies.iter().position(|tally| tally.sym == sym) {
            return SymIndex(at);
        }
        let found = std::array::from_fn(|_| None);
        self.tallies.push(Tally { sym, looked: [0; Code::COUNT], found });
        SymIndex(self.tallies.len() - 1)
    }

    /// One more place was looked at for `code`.
    #[inline]
    pub(super) fn look(&mut self, at: SymIndex, code: Code) {
        self.look_at(at, code, 1);
    }

    /// `places` more places were looked at for `code`.
    #[inline]
    pub(super) fn look_at(&mut self, at: SymIndex, code: Code, places: u64) {
        let looked = &mut self.tallies[at.0].looked[code.index()];
        *looked = looked.saturating_add(places);
    }

    /// Notes a finding where the input stands now.
    #[cold]
    pub(super) fn note(
        &mut self,
        at: SymIndex,
        code: Code,
        ts: Option<i64>,
        example: impl FnOnce() -> String,
    ) {
        self.note_many(at, code, 1, ts, self.place, example);
    }

    /// Notes `count` findings at `place`.
    pub(super) fn note_many(
        &mut self,
        at: SymIndex,
        code: Code,
        count: u64,
        ts: Option<i64>,
        place: Place,
        example: impl FnOnce() -> String,
    ) {
        let slot = &mut self.tallies[at.0].found[code.index()];
        let found = slot.get_or_insert_with(|| {
            let example = example();
            Box::new(Found {
                count: 0,
                first: place,
                example,
                first_ts: ts,
                last_ts: ts,
                announced: i64::MIN,
            })
        });
        found.count = found.count.saturating_add(count);
        found.last_ts = ts.or(found.last_ts);
        let minute = found.last_ts.unwrap_or_default().div_euclid(60_000_000);
        if self.live.is_some() && found.announced != minute {
            found.announced = minute;
            let finding = self.finding(at, code);
            if let (Some(live), Some(finding)) = (&mut self.live, finding) {
                live.push(finding.live_alert());
            }
        }
    }

    fn finding(&self, at: SymIndex, code: Code) -> Option<Finding> {
        let tally = &self.tallies[at.0];
        let found = tally.found[code.index()].as_ref()?;
        Some(Finding {
            code,
            sym: tally.sym,
            count: found.count,
            looked: tally.looked[code.index()],
            tolerance: Tolerance::of(code.tolerance(&self.tolerance)),
            first: self.name_of(found.first),
            example: found.example.clone(),
            first_ts: found.first_ts,
            last_ts: found.last_ts,
        })
    }

    fn name_of(&self, place: Place) -> String {
        let name = self.inputs.get(place.input as usize).map_or("input", String::as_str);
        format!("{name}:{}", place.line)
    }

    /// The records due now, of a live check.
    pub fn take_alerts(&mut self) -> Vec<Alert> {
        self.live.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Every finding, by symbol and code.
    pub fn all(&self) -> Vec<Finding> {
        let mut order: Vec<usize> = (0..self.tallies.len()).collect();
        order.sort_by_key(|at| self.tallies[*at].sym);
        let codes =
            |at: usize| Code::ALL.iter().filter_map(move |c| self.finding(SymIndex(at), *c));
        order.into_iter().flat_map(codes).collect()
    }

    /// In how many places `code` was looked for, over all symbols.
    pub fn looked(&self, code: Code) -> u64 {
        self.tallies.iter().map(|t| t.looked[code.index()]).fold(0, u64::saturating_add)
    }
}
