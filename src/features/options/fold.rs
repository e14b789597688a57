//! From option records to levels and features: when a chain is valued, and when that takes effect.

use crate::config::Config;
use crate::config::MoveAnchor;
use crate::config::OptionSettings;
use crate::features::contract::floor_to;
use crate::features::options::adopted::Adopted;
use crate::features::options::adopted::Mapped;
use crate::features::options::adopted::Move;
use crate::features::options::adopted::Notes;
use crate::features::options::adopted::View;
use crate::features::options::basis::Basis;
use crate::features::options::basis::Carry;
use crate::features::options::basis::Ratio;
use crate::features::options::basis::Reference;
use crate::features::options::basis::future_expiry;
use crate::features::options::book::OptionBook;
use crate::features::options::book::Unused;
use crate::features::options::levels;
use crate::features::options::levels::OptionLevel;
use crate::features::options::prices::PriceRing;
use crate::features::options::worker::Job;
use crate::features::options::worker::OptionWork;
use crate::features::options::worker::Worker;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::features::seconds::SECOND;
use crate::features::session_clock::SessionEvent;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Sym;
use crate::options::Exposure;
use crate::options::OptionRow;
use crate::options::RecordHead;
use crate::options::Refusal;
use crate::options::Snapshot;
use crate::options::Valuation;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Chain;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Index;
use crate::wire::OptionQuote;
use crate::wire::Record;
use crate::wire::Src;
use std::sync::Arc;

/// Nothing is due.
const NEVER: i64 = i64::MAX;
/// Age of an index print up to which it is the spot where no ratio is known, microseconds.
const PRINT_AGE_MAX: i64 = 60 * SECOND;

/// A snapshot taken from the book, kept for as long as no row changes.
#[derive(Clone, Debug)]
struct Taken {
    snapshot: Arc<Snapshot>,
    oi_until: i64,
    source: Sym,
}

/// A job that was handed over.
#[derive(Clone, Debug)]
struct Flight {
    taken: Taken,
    /// Takes effect here.
    adopt: i64,
    /// Whether the snapshot is valued for the first time.
    fresh: bool,
}

/// What is in force.
#[derive(Clone, Debug)]
enum State {
    /// No chain yet.
    Empty,
    /// A valuation.
    Valued(Adopted),
    /// The chain was refused.
    Refused,
}

/// Chains in, levels and features out. Heavy work is beside the fold; see [`OptionFold::due`].
#[derive(Debug)]
pub struct OptionFold {
    settings: OptionSettings,
    calendar: Calendar,
    und: Sym,
    book: OptionBook,
    worker: Worker,
    basis: Basis,
    prices: PriceRing,
    print: Option<(i64, f64)>,
    /// Whether rows came since the last snapshot was taken, and when the newest came.
    changed: bool,
    newest: i64,
    /// When the newest option row or index print came.
    inputs: i64,
    taken: Option<Taken>,
    started: Option<i64>,
    flight: Option<Flight>,
    due: i64,
    state: State,
    /// Rule of the refusal that was last told, until a chain passes.
    announced: Option<&'static str>,
    regular: Option<(i64, i64)>,
    anchor: Option<Move>,
}

impl OptionFold {
    /// A fold without a chain.
    ///
    /// # Errors
    /// `options.underlying` is no symbol.
    pub fn new(config: &Config, calendar: &Calendar) -> Result<Self, Failure> {
        let settings = config.options.clone();
        let und = Sym::new(&settings.underlying).ok_or_else(|| {
            let message = format!("options.underlying `{}` is no symbol", settings.underlying);
            Failure::new(FailureClass::Config, message)
        })?;
        let carry = Carry { per_year: settings.rate - settings.dividend, expiry: None };
        let age = settings.basis_age_s_max.saturating_mul(SECOND);
        let valuation = Valuation::new(&settings, calendar.clone());
        Ok(Self {
            book: OptionBook::new(und, settings.contracts_max),
            worker: Worker::new(valuation, OptionWork::default()),
            basis: Basis::new(age, settings.basis_fair_max, carry),
            prices: PriceRing::default(),
            print: None,
            changed: false,
            newest: i64::MIN,
            inputs: i64::MIN,
            taken: None,
            started: None,
            flight: None,
            due: NEVER,
            state: State::Empty,
            announced: None,
            regular: None,
            anchor: None,
            calendar: calendar.clone(),
            settings,
            und,
        })
    }

    /// Chooses where chains are valued.
    pub fn set_work(&mut self, work: OptionWork) {
        self.worker.set_work(work);
    }

    /// The next event time, a whole second, at which something happens here: a job is handed over
    /// or its result takes effect. `i64::MAX` while there is nothing to do.
    #[inline]
    pub fn due(&self) -> i64 {
        self.due
    }

    /// What was not used so far.
    pub fn unused(&self) -> Unused {
        self.book.unused()
    }

    /// When a price of the future is to be noted with [`OptionFold::note_price`].
    #[inline]
    pub fn price_due(&self) -> i64 {
        self.prices.due()
    }

    /// Notes the price of the future (points) that was in force from `from` to `to`.
    pub fn note_price(&mut self, from: i64, to: i64, price: Option<f64>) {
        self.prices.note(from, to, price);
    }

    /// Notes the close of an input bar of the future, points.
    pub fn note_bar(&mut self, at: i64, length: i64, price: f64) {
        self.prices.note_bar(at, length, price);
    }

    /// The future in use is `sym` from `at` on; prices and pairs of another one are forgotten.
    pub fn on_contract(&mut self, sym: &Sym, at: i64) {
        self.prices.clear();
        let session = self.calendar.session_at_or_after(at).ok();
        let expiry = session.and_then(|s| future_expiry(sym, s.date, &self.calendar));
        self.basis.clear(expiry);
    }

    /// Something that the calendar makes happen at `at`; `regular` are the session's regular hours.
    pub fn on_session(&mut self, event: SessionEvent, at: i64, regular: Option<(i64, i64)>) {
        match event {
            SessionEvent::Open => {
                self.regular = regular;
                self.anchor = None;
            }
            SessionEvent::RegularOpen => self.basis.on_regular_open(at),
            _ => {}
        }
    }

    /// Hands over the job that is due before a record of event time `at` is folded, if any.
    /// `price` is the future's, points.
    ///
    /// # Errors
    /// The worker is gone.
    pub fn before(&mut self, at: i64, price: Option<f64>) -> Result<(), Failure> {
        if self.flight.is_none() && self.due <= at {
            self.start(self.due, at, price)
        } else {
            Ok(())
        }
    }

    /// Folds an option row that came at event time `at`.
    ///
    /// # Errors
    /// Its expiry is no date.
    pub fn on_option(&mut self, row: &OptionQuote, at: i64) -> Result<(), Failure> {
        if self.book.on_row(row)? {
            self.note_change(at);
        }
        Ok(())
    }

    /// Folds the end of a snapshot.
    pub fn on_chain(&mut self, chain: &Chain, at: i64) {
        if self.book.on_chain(chain) {
            self.note_change(at);
        }
    }

    /// Folds an index print; `future` is the price of the future in force, points.
    pub fn on_index(&mut self, index: &Index, at: i64, future: Option<f64>) {
        // Cboe's prints are a quarter of an hour old and do not say so; its chains do.
        if index.sym != self.und || index.src == Src::Cboe {
            return;
        }
        let px = index.px.points();
        self.inputs = self.inputs.max(at);
        self.print = Some((at, px));
        let bar = || self.prices.at(at).filter(|_| self.prices.is_from_bars());
        if let Some(future) = future.or_else(bar) {
            self.basis.add(at, future, px, Reference::Index);
        }
    }

    fn note_change(&mut self, at: i64) {
        (self.changed, self.newest) = (true, self.newest.max(at));
        self.inputs = self.inputs.max(at);
        self.schedule();
    }

    /// One job at a time: the next starts when the one before has taken effect.
    fn schedule(&mut self) {
        let again = |step: i64| self.started.map(|at| at.saturating_add(step.max(1) * SECOND));
        self.due = match (&self.flight, &self.state) {
            (Some(flight), _) => flight.adopt,
            (None, _) if self.changed => {
                let complete = next_second(self.newest);
                again(self.settings.every_s).map_or(complete, |at| at.max(complete))
            }
            // Quotes that are too old give nothing, whatever spot does.
            (None, State::Valued(adopted)) => {
                let age = self.settings.iv_age_s_max.saturating_mul(SECOND);
                let last = adopted.asof.saturating_add(age).min(adopted.oi_until);
                again(self.settings.refresh_s).filter(|at| *at <= last).unwrap_or(NEVER)
            }
            (None, _) => NEVER,
        };
    }

    /// Takes the inputs as of `due` (all records before it have been folded) and hands them over.
    /// `reached` is the event time that is known to have been reached without a record since.
    fn start(&mut self, due: i64, reached: i64, price: Option<f64>) -> Result<(), Failure> {
        let step = self.settings.refresh_s.max(1) * SECOND;
        // After a silence the chain is valued once, not once for each minute that has passed.
        let at = if self.changed { due } else { due + (reached - due).max(0) / step * step };
        let fresh = self.changed;
        if self.changed {
            self.taken = Some(self.take());
        }
        let Some(taken) = self.taken.clone() else {
            self.due = NEVER;
            return Ok(());
        };
        let spot = self.spot(at, price);
        self.worker.start(Job { snapshot: Arc::clone(&taken.snapshot), at, spot })?;
        (self.changed, self.started) = (false, Some(at));
        let ready = at.saturating_add(self.settings.adopt_ms.max(0) * 1000);
        let adopt = floor_to(ready.saturating_add(SECOND - 1), SECOND);
        self.flight = Some(Flight { taken, adopt, fresh });
        self.schedule();
        Ok(())
    }

    fn take(&mut self) -> Taken {
        let snapshot = Arc::new(self.book.snapshot());
        let source = self.book.source().map_or("", |source| source.name());
        // A stamp that no calendar knows is too old.
        let oi_until = self.book.oi_asof().and_then(|asof| self.oi_until(asof).ok());
        let oi_until = oi_until.unwrap_or(i64::MIN);
        let source = Sym::new(&format!("{}:{source}", self.und)).unwrap_or(self.und);
        Taken { snapshot, oi_until, source }
    }

    /// The end of the business day after the one whose open interest was told at `asof`: older it
    /// must not be (QUANT 3.8). What is told before the regular open belongs to the day before.
    fn oi_until(&self, asof: i64) -> Result<i64, CalendarError> {
        let session = self.calendar.session_at_or_after(asof)?;
        let told = match session.rth {
            Some((open, _)) if asof >= open => session.date,
            _ => self.calendar.prev_rth_session(session.date)?.date,
        };
        Ok(self.calendar.next_rth_session(told)?.close)
    }

    /// The index as of `at`: the future over the ratio, else a fresh print, else what the chain says.
    fn spot(&self, at: i64, price: Option<f64>) -> Option<f64> {
        let by_future = self.basis.ratio(at).ok().zip(price).map(|(ratio, price)| price / ratio);
        let print = self.print.filter(|(then, _)| at - then <= PRINT_AGE_MAX).map(|(_, px)| px);
        by_future.or(print)
    }

    /// Lets happen what is due at `at`; `reached` as in a start, `price` the future's, points.
    /// What takes effect gives records, appended to `out`.
    ///
    /// # Errors
    /// The worker is gone.
    pub fn pass(
        &mut self,
        at: i64,
        reached: i64,
        ct: i64,
        price: Option<f64>,
        out: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        if let Some(flight) = self.flight.take_if(|flight| flight.adopt <= at) {
            self.adopt(flight, ct, out)?;
            self.schedule();
            // What came after the boundary must not be in a result as of an earlier moment.
            self.due = self.due.max(at).max(next_second(self.inputs));
        }
        if self.flight.is_none() && self.due <= at {
            self.start(at, reached, price)?;
        }
        Ok(())
    }

    fn adopt(&mut self, flight: Flight, ct: i64, out: &mut Vec<Record>) -> Result<(), Failure> {
        match self.worker.take()? {
            Ok(exposure) => {
                let Taken { snapshot, oi_until, source } = flight.taken;
                if flight.fresh {
                    self.learn_basis(&snapshot, &exposure);
                }
                let asof = exposure.iv_asof.unwrap_or(snapshot.asof);
                let adopted = Adopted { exposure, asof, oi_until, source };
                self.announced = None;
                self.anchor_move(&adopted);
                out.push(self.record(&adopted, flight.adopt, ct));
                self.state = State::Valued(adopted);
            }
            Err(refusal) => {
                self.state = State::Refused;
                if self.announced != Some(refusal.code()) {
                    out.push(alert(self.und, flight.adopt, &refusal));
                    self.announced = Some(refusal.code());
                }
            }
        }
        Ok(())
    }

    /// Pairs the chain's own spot with the future's price of the same moment, and reads the carry
    /// from its forwards.
    fn learn_basis(&mut self, snapshot: &Snapshot, exposure: &Exposure) {
        let Some(spot) = exposure.parity_spot else { return };
        let Some(nearest) = exposure.by_expiry.iter().find(|series| series.from_parity) else {
            return;
        };
        let of_it = |row: &&OptionRow| row.exp == nearest.exp && row.root == nearest.root;
        let Some(asof) = snapshot.rows.iter().filter(of_it).map(|row| row.asof).max() else {
            return;
        };
        let fair = self.basis.carry.expiry.and_then(|expiry| exposure.fair_ratio(expiry));
        match fair {
            Some(fair) => self.basis.carry.learn(exposure.at, fair),
            None => self.basis.carry.per_year = self.settings.rate - self.settings.dividend,
        }
        if let Some(future) = self.prices.at(asof) {
            self.basis.add(asof, future, spot, Reference::Parity);
        }
    }

    fn anchor_move(&mut self, adopted: &Adopted) {
        let anchored = self.settings.em_anchor == MoveAnchor::Open;
        let today = self.regular.is_some_and(|(open, close)| (open..close).contains(&adopted.asof));
        if anchored && today && self.anchor.is_none() {
            self.anchor = expected_now(adopted);
        }
    }

    /// The expected move that counts: that of the day, else that of the chain in force.
    fn expected(&self, adopted: &Adopted) -> Option<Move> {
        self.anchor.or_else(|| expected_now(adopted))
    }

    fn record(&self, adopted: &Adopted, at: i64, ct: i64) -> Record {
        let ratio = self.basis.latest(at);
        let spot = adopted.exposure.spot;
        Record::Gex(adopted.exposure.record(&RecordHead {
            ts: at,
            ct,
            by: By::Features,
            basis: ratio.map(|ratio| (spot * (ratio.value - 1.0), at - ratio.age)),
            by_strike: false,
            by_expiry: false,
        }))
    }

    fn usable(&self, at: i64) -> Result<&Adopted, Reason> {
        match &self.state {
            State::Empty => Err(Reason::NoLevels),
            State::Refused => Err(Reason::BadInput),
            State::Valued(adopted) => adopted.usable(at, &self.settings).map(|()| adopted),
        }
    }

    fn mapped(&self, at: i64, adopted: &Adopted) -> Result<Mapped, Reason> {
        let ratio = self.basis.ratio(at)?;
        Ok(adopted.mapped(ratio, self.expected(adopted), &self.settings))
    }

    /// What is known at a bin end.
    pub fn values(&self, view: &View) -> OptionValues<'_> {
        let ratio = self.basis.latest(view.at);
        let adopted = match self.usable(view.at) {
            Ok(adopted) => adopted,
            Err(reason) => return OptionValues { features: [Err(reason); 6], known: None, ratio },
        };
        let mapped = self.mapped(view.at, adopted);
        let notes = Notes {
            move_now: self.settings.em_anchor == MoveAnchor::Open && self.anchor.is_none(),
            from_bars: self.prices.is_from_bars(),
        };
        OptionValues {
            features: adopted.features(view, mapped, &self.settings),
            known: Some(Known { adopted, mapped: mapped.ok(), notes }),
            ratio,
        }
    }

    /// The levels in force at `at` as prices of the future; none where they cannot be trusted.
    pub fn levels(&self, at: i64) -> Vec<OptionLevel> {
        let Ok(adopted) = self.usable(at) else { return Vec::new() };
        let Ok(mapped) = self.mapped(at, adopted) else { return Vec::new() };
        levels::of(adopted, &mapped, self.expected(adopted))
    }
}

/// The whole second after `at`: all that came at `at` is before it.
fn next_second(at: i64) -> i64 {
    floor_to(at, SECOND).saturating_add(SECOND)
}

fn expected_now(adopted: &Adopted) -> Option<Move> {
    let exposure = &adopted.exposure;
    let expected = exposure.em.as_ref()?;
    Some(Move { sigma: expected.sigma, center: exposure.spot, asof: adopted.asof })
}

fn alert(und: Sym, at: i64, refusal: &Refusal) -> Record {
    let msg = format!(
        "the option chain of {und} is refused: {refusal}; option features are null until a chain passes"
    );
    Record::Alert(Alert {
        ts: at,
        sym: und,
        by: By::Features,
        level: AlertLevel::Warning,
        code: "chain_refused".into(),
        msg,
        data: Some(serde_json::json!({ "rule": refusal.code() })),
    })
}

/// The option side of a bin end.
#[derive(Clone, Copy, Debug)]
pub struct OptionValues<'a> {
    /// `opt_gex_ratio` to `opt_0dte_share`.
    pub features: [Value; 6],
    /// What stands behind them, if a valuation is in force.
    pub known: Option<Known<'a>>,
    /// Future over index, whatever its age.
    pub ratio: Option<Ratio>,
}

/// What stands behind the option features.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The valuation.
    pub adopted: &'a Adopted,
    /// Its levels, if the ratio can be trusted.
    pub mapped: Option<Mapped>,
    /// How values came about.
    pub notes: Notes,
}
