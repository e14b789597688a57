//! mia-feed.

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::Pace;
use crate::feeds::ReplayOptions;
use crate::feeds::ReplaySource;
use crate::feeds::SystemPace;
use crate::feeds::csv::CsvOptions;
use crate::feeds::csv::CsvSource;
use crate::feeds::csv::Dialect;
use crate::feeds::synth::Plant;
use crate::feeds::synth::SynthOptions;
use crate::feeds::synth::SynthSource;
use crate::market::Px;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::stream::Inputs;
use crate::stream::Interrupts;
use crate::stream::Progress;
use crate::stream::Source;
use crate::stream::run_source;
use crate::wire::Kind;
use crate::wire::StreamPhase;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

/// Turn a source into market records
#[derive(Parser, Debug)]
#[command(subcommand_value_name = "SOURCE", subcommand_help_heading = "Sources")]
pub struct Feed {
    #[command(subcommand)]
    source: Option<FeedSource>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum FeedSource {
    /// Replay recordings (NDJSON)
    Replay(Replay),
    /// Read trades or bars from CSV files
    Csv(Csv),
    /// Make up sessions: seeded, and every record says that it is synthetic
    Synth(Synth),
}

#[derive(clap::Args, Debug)]
struct Synth {
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
    /// Seconds between SPX and VIX prints; 0 for none
    #[arg(long, value_name = "SECONDS")]
    index_every: Option<u32>,
    /// Put a pattern at a New York time, for example va_rejection@2026-03-10:11:00:sell
    #[arg(long, value_name = "PATTERN@DATE:HH:MM[:SIDE]")]
    plant: Vec<Plant>,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(clap::Args, Debug)]
struct Replay {
    #[command(flatten)]
    files: Files,
    /// Let recorded time pass SPEED times as fast as real time; without it, as fast as possible
    #[arg(long, value_name = "SPEED")]
    speed: Option<f64>,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(clap::Args, Debug)]
struct Csv {
    #[command(flatten)]
    files: Files,
    /// Layout of the files; without it the header tells
    #[arg(long, value_name = "NAME", value_parser = dialects())]
    dialect: Option<String>,
    /// Contract of files that name none, for example ESU13
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    sym: Option<Sym>,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(clap::Args, Debug)]
struct PhaseOption {
    /// Mark the records as history that only prepares state, or as to be acted on
    #[arg(long, value_enum, value_name = "PHASE", default_value_t = Phase::Run)]
    phase: Phase,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Phase {
    /// Prepare state only.
    Warmup,
    /// To be acted on.
    Run,
}

impl From<Phase> for StreamPhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Warmup => Self::Warmup,
            Phase::Run => Self::Run,
        }
    }
}

fn dialects() -> PossibleValuesParser {
    Dialect::builtin().into_iter().map(|d| PossibleValue::new(d.name).help(d.about)).into()
}

fn price(text: &str) -> Result<Px, String> {
    let points = text.parse::<f64>().ok().and_then(Px::from_points);
    points.ok_or_else(|| format!("`{text}` is not a price"))
}

fn symbol(text: &str) -> Result<Sym, String> {
    Sym::new(text)
        .ok_or_else(|| format!("`{text}` is not a symbol: 1 to {} printable characters", Sym::MAX))
}

impl Program for Feed {
    const MANUAL: Manual = Manual {
        name: "mia-feed",
        description: "Turn a source into market records.\n\nWrites newline-delimited JSON: first \
                      a stream record that says what the stream is, then trades, quotes, depth, \
                      bars in order of time. Every record says its source.",
        examples: &[Example {
            text: "Real ES ticks into the pipe",
            command: "mia-feed csv --dialect es-ticks --sym ESU13 ticks.csv.zst | mia-features | mia-signal",
        }],
        writes: &[
            Kind::Stream,
            Kind::Trade,
            Kind::Quote,
            Kind::Depth,
            Kind::Bar,
            Kind::Option,
            Kind::Chain,
            Kind::Index,
            Kind::Clock,
            Kind::Status,
            Kind::Alert,
        ],
        environment: &[],
        files: &[],
        exits: &[Exit::Unavailable],
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let Some(source) = &self.source else {
            return Err(Refusal::new(Exit::Usage, "name a source")
                .hint("mia-feed --help lists the sources")
                .into());
        };
        let (config, _) = self.common.config.load()?;
        match source {
            FeedSource::Replay(replay) => self.replay(replay),
            FeedSource::Csv(csv) => self.csv(csv, config),
            FeedSource::Synth(synth) => self.synth(synth, &config),
        }
    }
}

impl Feed {
    fn csv(&self, csv: &Csv, config: Config) -> anyhow::Result<Exit> {
        let options = CsvOptions {
            dialect: csv.dialect.as_deref().and_then(Dialect::named),
            sym: csv.sym,
            phase: csv.phase.phase.into(),
            max_bad: self.common.input.max_bad,
            max_line: self.common.input.max_line,
        };
        let (inputs, watch) = self.open(&csv.files, "rows (CSV)")?;
        let mut source = CsvSource::new(inputs, options, config, Common::calendar()?);
        self.drive(&mut source, &csv.files.files, &watch)
    }

    fn replay(&self, replay: &Replay) -> anyhow::Result<Exit> {
        let options = ReplayOptions {
            phase: replay.phase.phase.into(),
            max_bad: self.common.input.max_bad,
            max_line: self.common.input.max_line,
        };
        let since = self.common.input.since.map(|when| when.0);
        let pace = replay.speed.map(|speed| Pace::new(Box::new(SystemPace::start()), speed, since));
        let pace = pace.transpose().map_err(|message| Refusal::new(Exit::Usage, message))?;
        let (inputs, watch) = self.open(&replay.files, "records (NDJSON)")?;
        self.drive(&mut ReplaySource::new(inputs, options, pace), &replay.files.files, &watch)
    }

    fn synth(&self, synth: &Synth, config: &Config) -> anyhow::Result<Exit> {
        if let Some(sym) = synth.sym.filter(|sym| sym.root() != config.instrument) {
            let message = format!("{sym} is no contract of {}", config.instrument);
            return Err(Refusal::new(Exit::Usage, message)
                .hint("--set instrument=ROOT chooses another configured product")
                .into());
        }
        let from = synth.from.ok_or_else(|| Refusal::new(Exit::Usage, "--from DATE is missing"))?;
        let basic = SynthOptions::new(from);
        let options = SynthOptions {
            seed: synth.seed,
            sessions: synth.sessions,
            root: config.instrument.clone(),
            sym: synth.sym,
            start: synth.start.unwrap_or(basic.start),
            rate: synth.rate.unwrap_or(basic.rate),
            vol: synth.vol.unwrap_or(basic.vol),
            depth: synth.depth.unwrap_or(basic.depth),
            chain: !synth.no_chain,
            index_every_s: synth.index_every.unwrap_or(basic.index_every_s),
            plants: synth.plant.clone(),
            phase: synth.phase.phase.into(),
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
        let exit = self.drive(&mut source, &[], &watch)?;
        for planted in source.plants() {
            if let Some(reason) = planted.failed {
                tracing::warn!("{} was not planted: {reason}", planted.plant);
            } else {
                tracing::info!("{} was planted", planted.plant);
            }
        }
        Ok(exit)
    }

    fn open(&self, files: &Files, what: &str) -> anyhow::Result<(Inputs, Watch)> {
        let interrupts = filter::interrupts()?;
        let inputs = files.open(what, &interrupts);
        let progress = filter::progress(&self.common, &inputs);
        let watch = Watch { done: inputs.done_counter(), progress, interrupts };
        Ok((inputs, watch))
    }

    fn drive(
        &self,
        source: &mut dyn Source,
        files: &[PathBuf],
        watch: &Watch,
    ) -> anyhow::Result<Exit> {
        let mut output = self.common.open_output(files)?;
        let end = run_source(source, &mut output, self.common.selection(), &|| watch.look())?;
        tracing::info!("{} records written", end.records);
        Ok(end.interrupted.map_or(Exit::Done, Exit::from_code))
    }
}

/// What is looked at between the batches of a source.
struct Watch {
    done: Rc<Cell<u64>>,
    progress: Progress,
    interrupts: Rc<Interrupts>,
}

impl Watch {
    fn look(&self) -> Option<u8> {
        self.progress.at(self.done.get());
        self.interrupts.pending()
    }
}
