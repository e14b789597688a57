//! mia-exec sensitivity: how much of a result is its assumptions.

mod document;
mod fold;
mod report;
mod table;
mod variants;

use crate::cli::exec::sensitivity::fold::Fold;
use crate::cli::exec::sensitivity::report::Report;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::stream::Thinning;
use clap::ValueEnum;

/// How the report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON document with everything, each trade that changed too.
    Json,
    /// A row a variant.
    Csv,
}

/// Trade a recording again under other assumptions about fills, and say what changes
///
/// FILE is what mia-signal wrote (or the output of the whole pipe). Risk and the paper broker run
/// over it once for each variant, in one process and one pass: other latencies, slippages, fees,
/// reaches of the entry, protected ranges and queues, one at a time and all of the worst together.
/// It says how far a result depends on what nobody knows. It is no evidence of an edge.
#[derive(clap::Args, Debug)]
pub(super) struct Sensitivity {
    #[command(flatten)]
    files: Files,
    /// How the report is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table,
          help_heading = "Results")]
    format: Format,
    /// Try every combination of latency, slippage and fees as well
    #[arg(long, help_heading = "Results")]
    grid: bool,
    /// Name the trades that changed in the table
    #[arg(long, help_heading = "Results")]
    trades: bool,
}

impl Sensitivity {
    /// Runs every variant and writes the report.
    ///
    /// # Errors
    /// Whatever ends the command.
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let variants = variants::of(&config, self.grid);
        let mut fold = Fold::new(variants, &Common::calendar()?)?;
        let mut inputs =
            self.files.open("signals and market data (NDJSON)", &filter::interrupts()?);
        let mut nowhere = filter::nowhere();
        let exit = filter::run_to(&mut fold, &mut inputs, &mut nowhere, common, &config, None)?;
        if exit != Exit::Done {
            return Ok(exit);
        }
        if fold.market == 0 {
            return Err(Refusal::new(Exit::BadInput, "the input holds no market data")
                .hint("give it what mia-signal wrote, with the market records in it (no --only)")
                .into());
        }
        if fold.signals == 0 {
            tracing::warn!("the input holds no signal: there is nothing to trade");
        }
        let report = Report::of(&fold);
        let bytes = match self.format {
            Format::Table => table::of(&report, self.trades).into_bytes(),
            Format::Json => document::json(&report)?,
            Format::Csv => document::csv(&report)?,
        };
        let mut output = common.open_output_thinned(&self.files.files, Thinning::default())?;
        output.copy(&bytes);
        output.flush()?;
        Ok(Exit::Done)
    }
}
