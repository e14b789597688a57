//! mia-feed synth.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::Watch;
use crate::cli::feed::symbol;
use crate::cli::filter;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::synth::Plant;
use crate::feeds::synth::SynthOptions;
use crate::feeds::synth::SynthSource;
use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::stream::Progress;
use std::rc::Rc;

#[derive(clap::Args, Debug)]
pub(super) struct Synth {
    /// Seed: the same options and seed give the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// First trade date
    #[arg(long, value_name = "DATE", required_unless_present_any = ["schema", "print_config"])]
    from: Option<TradeDate>,
    /// Number of sessions
    #[arg(long, value_name = "N", default_value_t = 1)]
    sessions: usize,
    /// Contract; without it the front contract of the date
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    sym: Option<Sym>,
    /// First price, points
    #[arg(long, value_name = "PRICE", value_parser = price)]
    start: Option<Px>,
    /// Mean trades a second in regular hours
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Volatility a year, for example 0.14
    #[arg(long, value_name = "SHARE")]
    vol: Option<f64>,
    /// Levels of depth on each side
    #[arg(long, value_name = "LEVELS")]
    depth: Option<usize>,
    /// Leave out the daily option chain
    #[arg(long)]
    no_chain: bool,
    /// Seconds between option chains without open interest in regular hours; 0 for none
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_chain")]
    chain_every: Option<u32>,
    /// Seconds between SPX and VIX prints; 0 for none
    #[arg(long, value_name = "SECONDS")]
    index_every: Option<u32>,
    /// Put a pattern at a New York time, for example va_rejection@2026-03-10:11:00:sell
    #[arg(long, value_name = "PATTERN@DATE:HH:MM[:SIDE]")]
    plant: Vec<Plant>,
    #[command(flatten)]
    phase: PhaseOption,
}

fn price(text: &str) -> Result<Px, String> {
    let points = text.parse::<f64>().ok().and_then(Px::from_points);
    points.ok_or_else(|| format!("`{text}` is not a price"))
}

impl Synth {
    pub(super) fn run(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        if let Some(sym) = self.sym.filter(|sym| sym.root() != config.instrument) {
            let message = format!("{sym} is no contract of {}", config.instrument);
            return Err(Refusal::new(Exit::Usage, message)
                .hint("--set instrument=ROOT chooses another configured product")
                .into());
        }
        let from = self.from.ok_or_else(|| Refusal::new(Exit::Usage, "--from DATE is missing"))?;
        let basic = SynthOptions::new(from);
        let options = SynthOptions {
            seed: self.seed,
            sessions: self.sessions,
            root: config.instrument.clone(),
            sym: self.sym,
            start: self.start.unwrap_or(basic.start),
            rate: self.rate.unwrap_or(basic.rate),
            vol: self.vol.unwrap_or(basic.vol),
            depth: self.depth.unwrap_or(basic.depth),
            chain: !self.no_chain,
            chain_every_s: self.chain_every.unwrap_or(basic.chain_every_s),
            index_every_s: self.index_every.unwrap_or(basic.index_every_s),
            plants: self.plant.clone(),
            phase: self.phase.phase.into(),
            ..basic
        };
        let instrument = config.instrument_named(&config.instrument).ok_or_else(|| {
            let message = format!("product {} is not in the configuration", config.instrument);
            Refusal::new(Exit::Config, message)
        })?;
        let mut source = SynthSource::new(options, Common::calendar()?, instrument)?;
        let watch = Watch {
            done: Rc::default(),
            progress: Progress::none(),
            interrupts: filter::interrupts()?,
        };
        let exit = feed.drive(&mut source, &[], &watch)?;
        for planted in source.plants() {
            if let Some(reason) = planted.failed {
                tracing::warn!("{} was not planted: {reason}", planted.plant);
            } else {
                tracing::info!("{} was planted", planted.plant);
            }
        }
        Ok(exit)
    }
}
