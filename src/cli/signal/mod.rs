//! mia-signal: the filter, and the look back over a file.

mod backscan;
mod chart;
mod document;
mod fold;
mod place;
mod scan;
mod summary;
mod table;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::strategies::Model;
use crate::strategies::SignalOptions;
use crate::strategies::SignalStage;
use crate::strategies::Strategy;
use crate::wire::Kind;
use anyhow::Context;
use clap::Parser;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use std::path::PathBuf;

/// Find trade ideas in bars, levels and features
#[derive(Parser, Debug)]
#[command(
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Looking back",
    override_usage = "mia-signal [OPTIONS] [FILE]...\n       mia-signal backscan [OPTIONS] [FILE]..."
)]
pub struct Signal {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    files: Files,
    /// Say for every closed bar, pattern and side what was considered and why not
    #[arg(long, help_heading = "Signals")]
    explain: bool,
    /// Which strategy may trade
    #[arg(long, value_name = "NAME", help_heading = "Signals", default_value = "auto",
          global = true, value_parser = strategies())]
    strategy: Strategy,
    /// Score signals with the model in FILE
    ///
    /// A calibrated model gives signals their confidence and refuses those below a quantile of its
    /// training period (selector.confidence_q). Without one every signal says that it is
    /// uncalibrated.
    #[arg(long, value_name = "FILE", help_heading = "Signals", global = true,
          value_hint = clap::ValueHint::FilePath)]
    model: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Look at what the patterns saw in a file and what would have become of it
    Backscan(backscan::Backscan),
}

fn strategies() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::ALL.map(Strategy::name))
        .try_map(|name| name.parse::<Strategy>())
}

impl Program for Signal {
    const MANUAL: Manual = Manual {
        name: "mia-signal",
        description: "Find trade ideas in bars, levels and features.\n\nReads the output of \
                      mia-features, copies it, and adds a signal record for each idea: side, \
                      entry, stop, targets, the levels behind it, and how the trade is to be \
                      managed. A signal is no order: mia-risk decides.",
        examples: &[
            Example {
                text: "The ideas of a recorded session",
                command: "mia-features day.jsonl.zst | mia-signal --only signal",
            },
            Example {
                text: "What the patterns saw in a session and what became of it, as a table and a picture",
                command: "mia-signal backscan day.jsonl.zst --format table --svg day.svg",
            },
            Example {
                text: "Why there was no trade, by frequency",
                command: "mia-signal --explain < features.ndjson | jq -r 'select(.t==\"explain\").failed' \
                          | sort | uniq -c | sort -rn",
            },
        ],
        writes: &[Kind::Signal, Kind::Scores, Kind::Explain, Kind::Alert],
        environment: &[],
        files: &[],
        exits: &[],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn writes_file(&self) -> bool {
        let Some(Action::Backscan(backscan)) = &self.action else {
            return self.common.output.output.is_some();
        };
        self.common.output.output.is_some() || backscan.draws()
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let (config, _) = self.common.config.load()?;
        let looks_back = self.action.is_some();
        let explain = self.explain || looks_back;
        let options = SignalOptions { explain, strategy: self.strategy };
        let stage = SignalStage::new(&config, Common::calendar()?, options)?;
        let mut stage = stage.with_model(self.model()?);
        if let Some(Action::Backscan(backscan)) = &self.action {
            return backscan.run(&self.common, &config, stage);
        }
        filter::run(&mut stage, &self.files, &self.common, &config, None)
    }
}

impl Signal {
    /// The model of `--model`; without one that which knows nothing.
    fn model(&self) -> anyhow::Result<Model> {
        let Some(path) = &self.model else { return Ok(Model::default()) };
        let name = path.display();
        let bytes = std::fs::read(path).map_err(|source| {
            let refusal = Refusal::new(Exit::Config, format!("cannot read the model {name}"))
                .hint("--model takes a model file: docs/signals.md tells its form");
            anyhow::Error::new(source).context(refusal)
        })?;
        let model = Model::load(&bytes).with_context(|| format!("model {name}"))?;
        if !model.is_calibrated() {
            tracing::warn!(
                "the {} model {name} is not calibrated: confidence stays null",
                model.kind()
            );
        }
        Ok(model)
    }
}
