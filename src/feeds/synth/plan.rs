//! Which sessions are made, of which contract, with which plants.

use crate::feeds::synth::chain;
use crate::feeds::synth::options::SynthOptions;
use crate::feeds::synth::plant::AFTER_US;
use crate::feeds::synth::plant::CONFLUENCE_BEFORE_US;
use crate::feeds::synth::plant::Plant;
use crate::feeds::synth::plant::PlantPattern;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Session;
use crate::market::Side;
use crate::market::Sym;
use crate::market::front_contract;
use crate::wire::Failure;
use crate::wire::FailureClass;
use jiff::civil::Time;
use jiff::tz::TimeZone;

const MINUTE_US: i64 = 60_000_000;
/// The chain must be younger than this where its flip is planted, seconds.
const CHAIN_EVERY_MAX: u32 = 300;
/// Most sessions of one run: about twelve years.
const SESSIONS_MAX: usize = 3000;

/// Whether regular hours stay in a range, for the value area that the next session finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Balance {
    /// They go where they go.
    Free,
    /// They stay in a range, so that the point of control does not lie at its edge.
    Calm,
    /// More so: the point of control lies in the middle of the value area, and the close there.
    Centred,
}

/// One session to be made.
#[derive(Clone, Debug)]
pub struct PlannedSession {
    /// Hours.
    pub session: Session,
    /// Contract.
    pub sym: Sym,
    /// Whether regular hours stay in a range.
    pub balance: Balance,
    /// Patterns planted, by the time their trigger bar closes (microseconds UTC), ascending.
    pub plants: Vec<(i64, Plant)>,
    /// When the contract stops trading, microseconds UTC.
    expires: i64,
}

impl PlannedSession {
    /// The side of a gamma flip planted on this day: its chain is made for it.
    pub fn flip_side(&self) -> Option<Side> {
        let flip = |p: &&(i64, Plant)| p.1.pattern == PlantPattern::GammaFlip;
        self.plants.iter().find(flip).map(|(_, plant)| plant.side)
    }

    /// Fair price of the future over that of the index at `ts`.
    pub fn basis(&self, ts: i64) -> f64 {
        let years = (self.expires - ts) as f64 / MINUTE_US as f64 / chain::YEAR_MINUTES;
        libm::exp((chain::RATE - chain::DIVIDEND) * years)
    }
}

/// All sessions of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The sessions in order.
    pub sessions: Vec<PlannedSession>,
}

impl Plan {
    /// Plans the sessions of `options`.
    ///
    /// # Errors
    /// A date outside the calendar, or a plant that cannot be.
    pub fn new(options: &SynthOptions, calendar: &Calendar) -> Result<Self, Failure> {
        if !(1..=SESSIONS_MAX).contains(&options.sessions) {
            return Err(refused(format!(
                "{} sessions are not within 1 to {SESSIONS_MAX}",
                options.sessions
            )));
        }
        let mut plan = Self { sessions: Vec::with_capacity(options.sessions) };
        let mut session = match calendar.session_of(options.from)? {
            Some(session) => session,
            None => calendar.next_session(options.from)?,
        };
        loop {
            plan.sessions.push(planned(options, calendar, session)?);
            if plan.sessions.len() == options.sessions {
                break;
            }
            let last = &plan.sessions[plan.sessions.len() - 1].session;
            session = calendar.next_session(last.date)?;
        }
        for plant in &options.plants {
            let every = options.chain_every_s;
            let chains = options.chain && (1..=CHAIN_EVERY_MAX).contains(&every);
            if plant.pattern == PlantPattern::GammaFlip && !chains {
                return Err(refused(format!("{plant}: the flip needs a chain that is renewed"))
                    .hint(format!("give --chain-every {CHAIN_EVERY_MAX} or less")));
            }
            plan.add(*plant)?;
        }
        plan.check_overlap()?;
        Ok(plan)
    }

    /// When the path of a plant starts to lead the price; `open` is the regular open of its day.
    pub const fn lead_start(pattern: PlantPattern, ts: i64, open: i64) -> i64 {
        match pattern {
            PlantPattern::VaRejection => ts - 90 * MINUTE_US,
            PlantPattern::VwapDeviation => ts - 80 * MINUTE_US,
            PlantPattern::GammaFlip => ts - 75 * MINUTE_US,
            PlantPattern::BattleNavale => ts - 55 * MINUTE_US,
            PlantPattern::Confluence => open - CONFLUENCE_BEFORE_US,
        }
    }

    fn add(&mut self, plant: Plant) -> Result<(), Failure> {
        let at = |p: &PlannedSession| p.session.date == plant.date;
        let index = self.sessions.iter().position(at).ok_or_else(|| {
            refused(format!("{plant}: no session of that date is made"))
                .hint("choose --from and --sessions so that they contain it")
        })?;
        let Some((open, close)) = self.sessions[index].session.rth else {
            return Err(refused(format!("{plant}: no regular hours on that date")));
        };
        let ts = new_york(plant)?;
        let first = first_minute(plant.pattern);
        if ts < open + first * MINUTE_US || ts > close - 20 * MINUTE_US {
            return Err(refused(format!(
                "{plant}: the time must be {first} minutes after the regular open and 20 before its close"
            )));
        }
        if plant.side == Side::None {
            return Err(refused(format!("{plant}: a side is needed")));
        }
        if matches!(plant.pattern, PlantPattern::VaRejection | PlantPattern::Confluence) {
            let sym = self.sessions[index].sym;
            let before = self.sessions[..index].iter_mut().rev().find(|p| p.session.rth.is_some());
            match before.filter(|p| p.sym == sym) {
                Some(before) if plant.pattern == PlantPattern::Confluence => {
                    before.balance = Balance::Centred;
                }
                Some(before) if before.balance == Balance::Free => before.balance = Balance::Calm,
                Some(_) => {}
                None => {
                    return Err(refused(format!(
                        "{plant}: no earlier regular session of {sym} is made, so there is no value area"
                    ))
                    .hint("start --from at least a session earlier"));
                }
            }
        }
        if plant.pattern == PlantPattern::GammaFlip {
            let other = |p: &(i64, Plant)| p.1.pattern == plant.pattern && p.1.side != plant.side;
            if self.sessions[index].plants.iter().any(other) {
                return Err(refused(format!(
                    "{plant}: a day's chain has one side of negative gamma"
                )));
            }
        }
        self.sessions[index].plants.push((ts, plant));
        self.sessions[index].plants.sort_by_key(|(ts, _)| *ts);
        Ok(())
    }

    fn check_overlap(&self) -> Result<(), Failure> {
        for day in &self.sessions {
            let open = day.session.rth.map_or(day.session.open, |(open, _)| open);
            for pair in day.plants.windows(2) {
                let start = Self::lead_start(pair[1].1.pattern, pair[1].0, open);
                if start < pair[0].0 + AFTER_US {
                    return Err(refused(format!("{} and {} overlap", pair[0].1, pair[1].1))
                        .hint("plants of one day need two hours between them"));
                }
            }
        }
        Ok(())
    }
}

/// Least minutes between the regular open and the trigger of a plant.
const fn first_minute(pattern: PlantPattern) -> i64 {
    match pattern {
        PlantPattern::VaRejection => 30,
        PlantPattern::VwapDeviation | PlantPattern::Confluence => 90,
        PlantPattern::GammaFlip | PlantPattern::BattleNavale => 60,
    }
}

fn planned(
    options: &SynthOptions,
    calendar: &Calendar,
    session: Session,
) -> Result<PlannedSession, Failure> {
    let contract = front_contract(&options.root, session.date)?;
    // A contract that ends beyond the calendar does not end in any session of it.
    let expires = match contract.trading_ends(calendar) {
        Err(CalendarError::OutOfRange { .. }) => i64::MAX,
        other => other?,
    };
    let sym = options.sym.unwrap_or(contract.code);
    Ok(PlannedSession { session, sym, balance: Balance::Free, plants: Vec::new(), expires })
}

fn new_york(plant: Plant) -> Result<i64, Failure> {
    let fault = || refused(format!("{plant}: no such time"));
    let zone = TimeZone::get("America/New_York").map_err(|_| fault())?;
    let (hour, minute) = ((plant.minute / 60) as i8, (plant.minute % 60) as i8);
    let time = Time::new(hour, minute, 0, 0).map_err(|_| fault())?;
    let civil = plant.date.civil().ok_or_else(fault)?.to_datetime(time);
    Ok(zone.to_timestamp(civil).map_err(|_| fault())?.as_microsecond())
}

fn refused(message: String) -> Failure {
    Failure::new(FailureClass::Config, message)
}
