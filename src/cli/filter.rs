//! Runs a stage over the inputs: what every filter does.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::options::Common;
use crate::config::Config;
use crate::matching::Exchange;
use crate::stream::End;
use crate::stream::Grid;
use crate::stream::Inputs;
use crate::stream::Interrupts;
use crate::stream::KillFile;
use crate::stream::Output;
use crate::stream::Progress;
use crate::stream::PumpOptions;
use crate::stream::Thinning;
use crate::stream::pump;
use crate::wire::KindSet;
use crate::wire::Stage;
use anyhow::Context;
use std::io;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;

/// Inputs of a filter.
#[derive(clap::Args, Clone, Debug)]
pub struct Files {
    /// Files to read, in order; - is standard input, and so is none
    ///
    /// Plain, gzip or zstd: the content decides, not the name. A folder is a store of mia-record.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
}

impl Files {
    /// Opens the inputs. A person who waits at a terminal is told what the command waits for.
    pub fn open(&self, what: &str, interrupts: &Rc<Interrupts>) -> Inputs {
        let from_stdin = self.files.is_empty() || self.files.iter().any(|f| f.as_os_str() == "-");
        if from_stdin && io::stdin().is_terminal() {
            tracing::warn!(
                "waiting for {what} from the terminal: name a FILE or pipe them in (Ctrl-D ends, \
                 --help says more)"
            );
        }
        Inputs::new(&self.files, Some(Rc::clone(interrupts)))
    }
}

/// Says what the exchange did not believe, at the end of a run.
pub fn say_ignored(exchange: &Exchange) {
    let ignored = exchange.ignored();
    if ignored.total() > 0 {
        tracing::warn!("market records that moved no price and filled nothing: {ignored}");
    }
}

/// Watches Ctrl-C and SIGTERM: the first ends in order, the second at once.
///
/// # Errors
/// The system refuses.
pub fn interrupts() -> anyhow::Result<Rc<Interrupts>> {
    Ok(Rc::new(Interrupts::install().context("cannot watch signals")?))
}

/// Drives `stage` from `files` to the output of the shared options.
///
/// # Errors
/// What [`pump`] gives, and an input that ends inside a line (65).
pub fn run<S: Stage>(
    stage: &mut S,
    files: &Files,
    common: &Common,
    config: &Config,
    kill_file: Option<KillFile>,
) -> anyhow::Result<Exit> {
    let mut inputs = files.open("records (NDJSON)", &interrupts()?);
    let mut output = common.open_output(&files.files)?;
    run_to(stage, &mut inputs, &mut output, common, config, kill_file)
}

/// As [`run`], with inputs and output at hand.
///
/// # Errors
/// As [`run`].
pub fn run_to<S: Stage>(
    stage: &mut S,
    inputs: &mut Inputs,
    output: &mut Output,
    common: &Common,
    config: &Config,
    kill_file: Option<KillFile>,
) -> anyhow::Result<Exit> {
    let options = PumpOptions { kill_file, ..common.pump_options(config) };
    drive(stage, inputs, output, common, config, options)
}

/// As [`run_to`], with the options of the loop at hand.
///
/// # Errors
/// As [`run`].
pub fn drive<S: Stage + ?Sized>(
    stage: &mut S,
    inputs: &mut Inputs,
    output: &mut Output,
    common: &Common,
    config: &Config,
    options: PumpOptions,
) -> anyhow::Result<Exit> {
    let progress = progress(common, inputs);
    let end = pump(stage, inputs, output, Grid::new(config), options, &progress)?;
    drop(progress);
    conclude(end)
}

/// An output for records that nobody asked for.
pub fn nowhere() -> Output {
    let nothing = Thinning { keep: KindSet::EMPTY, keep_unknown: false };
    Output::new(Box::new(io::sink()), "nothing", nothing)
}

/// A bar over the files, where somebody watches.
pub fn progress(common: &Common, inputs: &Inputs) -> Progress {
    match inputs.total_bytes() {
        Some(total) if common.messages.shows_progress(common.output.output.as_deref()) => {
            Progress::bytes(total)
        }
        _ => Progress::none(),
    }
}

/// Says what was counted; the exit code of the command.
///
/// # Errors
/// The input ended inside a line (65).
pub fn conclude(end: End) -> anyhow::Result<Exit> {
    if end.stats.bad + end.stats.late + end.stats.ahead > 0 {
        tracing::warn!("{}", end.stats);
    } else {
        tracing::info!("{}", end.stats);
    }
    if let Some(exit) = end.code.map(Exit::from_code) {
        // A halt is told by the command: it knows which latch, and how it is opened.
        return Ok(exit);
    }
    match end.torn {
        Some(message) => Err(Refusal::new(Exit::BadInput, message)
            .hint("the file was cut off or is still being written; every whole line was used")
            .into()),
        None => Ok(Exit::Done),
    }
}
