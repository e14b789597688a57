//! What can be asked of the generator.

use crate::feeds::identity::run_id;
use crate::feeds::synth::plant::Plant;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::StreamPhase;

/// What is made up.
#[derive(Clone, Debug)]
pub struct SynthOptions {
    /// Seed: the same options and seed give the same bytes on every machine.
    pub seed: u64,
    /// First trade date (the next session, if it has none).
    pub from: TradeDate,
    /// So many sessions.
    pub sessions: usize,
    /// Product root; the contract follows the calendar.
    pub root: String,
    /// A fixed contract instead.
    pub sym: Option<Sym>,
    /// Price at the start, points.
    pub start: Px,
    /// Mean trades a second in regular hours.
    pub rate: f64,
    /// Annual volatility.
    pub vol: f64,
    /// Levels of depth, 0 for none.
    pub depth: usize,
    /// Whether an option chain comes before regular hours.
    pub chain: bool,
    /// Seconds between chains without open interest in regular hours, 0 for none; with `chain` only.
    pub chain_every_s: u32,
    /// Seconds between SPX and VIX prints in regular hours, 0 for none.
    pub index_every_s: u32,
    /// Patterns planted.
    pub plants: Vec<Plant>,
    /// Phase written into the stream record.
    pub phase: StreamPhase,
}

impl SynthOptions {
    /// One session from `from`, with everything at its default.
    pub fn new(from: TradeDate) -> Self {
        Self {
            seed: 1,
            from,
            sessions: 1,
            root: "ES".into(),
            sym: None,
            start: Px::from_nanos(5000 * Px::SCALE),
            rate: 3.0,
            vol: 0.14,
            depth: 0,
            chain: true,
            chain_every_s: 0,
            index_every_s: 15,
            plants: Vec::new(),
            phase: StreamPhase::Run,
        }
    }

    /// Whether every option is in its range.
    pub(super) fn check(&self, instrument: &Instrument) -> Result<(), Failure> {
        let refuse = |message: String| Err(Failure::new(FailureClass::Config, message));
        if !(self.rate.is_finite() && (0.01..=200.0).contains(&self.rate)) {
            return refuse(format!("rate {} is not within 0.01 to 200 trades a second", self.rate));
        }
        if !(self.vol.is_finite() && (0.02..=1.5).contains(&self.vol)) {
            return refuse(format!("volatility {} is not within 0.02 to 1.5", self.vol));
        }
        if self.depth > 20 {
            return refuse(format!("depth {} exceeds 20 levels", self.depth));
        }
        let start = self.start.points();
        if instrument.ticks(self.start).is_none() || !(500.0..=100_000.0).contains(&start) {
            return refuse(format!(
                "start {} is not a price from 500 on the tick grid",
                self.start
            ));
        }
        Ok(())
    }

    /// The name of what these options make, for the stream record.
    pub(super) fn identity(&self) -> String {
        let plants: Vec<_> = self.plants.iter().map(ToString::to_string).collect();
        let every = self.chain_every_s;
        let chains = if every == 0 { String::new() } else { format!(" chains {every}") };
        let text = format!(
            "{} {} {} {:?} {} {} {} {} {} {} {plants:?}{chains}",
            self.seed,
            self.from,
            self.root,
            self.sym,
            self.start,
            self.rate,
            self.vol,
            self.depth,
            self.chain,
            self.index_every_s
        );
        run_id(&[b"synth", text.as_bytes()])
    }
}
