//! mia-features.

mod describe;

use crate::cli::entry::Program;
use crate::cli::entry::print;
use crate::cli::exit::Exit;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::features::FeaturesOptions;
use crate::features::FeaturesStage;
use crate::features::manifest;
use crate::wire::Kind;
use clap::Parser;
use clap::ValueEnum;
use std::io::IsTerminal;

/// Compute bars, levels and features from market records
#[derive(Parser, Debug)]
pub struct Features {
    #[command(flatten)]
    files: Files,
    /// Write the volume by price and side of each closed bar
    #[arg(long, help_heading = "Features")]
    footprint: bool,
    /// Describe every feature and auxiliary value, and end
    ///
    /// Formula, window, unit, range, sign, warm-up, reasons of missing values, what it needs, and
    /// the settings with the values in force. As `json`, one document for programs, with the
    /// SHA-256 of the names that a model must agree with.
    #[arg(long, help_heading = "Features", value_name = "text|json", value_enum, num_args = 0..=1,
          require_equals = true, default_missing_value = "text", hide_possible_values = true)]
    describe: Option<Form>,
    /// Add a VWAP anchored at globex, open, week or a time, NAME= before it names it; repeatable
    #[arg(long, value_name = "[NAME=]ANCHOR", help_heading = "Features")]
    anchor: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// Form of the description.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Program for Features {
    const MANUAL: Manual = Manual {
        name: "mia-features",
        description: "Compute bars, levels and features from market records.\n\nReads the output \
                      of mia-feed, copies it, and adds a bar at each bar end, the price levels \
                      (value areas, VWAP, session highs and lows) whenever one moves, and the 18 \
                      features. A value that cannot be known is null, and why says the reason. \
                      Works from trades and quotes, from trades alone, or from bars with volume \
                      at bid and ask. Option chains in the stream give six of the features, gamma \
                      levels and gex records; they are valued beside the stream and take effect at \
                      a fixed event time, so that a replay gives the same bytes.",
        examples: &[
            Example {
                text: "The levels of a day, one line a change",
                command: "mia-features day.jsonl.zst --only levels | jq -c '[.ts, (.lv[] | {id, px})]'",
            },
            Example {
                text: "30-second bars with their footprint, as they close",
                command: "mia-feed replay day.jsonl.zst | mia-features --footprint \
                          --set bars.dur_s=30 --only bar,footprint",
            },
            Example {
                text: "What a feature means, and when it is null",
                command: "mia-features --describe | less",
            },
            Example {
                text: "VWAPs from the week's open and from a speech, beside the usual ones",
                command: "mia-features day.jsonl.zst --anchor week --anchor \
                          fomc=2026-06-17T14:30:00-04:00 --only levels",
            },
            Example {
                text: "Why features are missing, by frequency",
                command: "mia-features day.jsonl.zst --only features | jq -r '.why[]?' | sort \
                          | uniq -c | sort -rn",
            },
        ],
        writes: &[Kind::Bar, Kind::Footprint, Kind::Levels, Kind::Gex, Kind::Features, Kind::Alert],
        environment: &[],
        files: &[],
        exits: &[],
        sections: describe::sections,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let (config, _) = self.common.config.load()?;
        match self.describe {
            Some(Form::Text) => {
                let terminal = std::io::stdout().is_terminal();
                let color = terminal && self.common.messages.colored();
                return print(describe::text(&config, describe::width(terminal), color).as_bytes());
            }
            Some(Form::Json) => {
                return print(format!("{:#}\n", manifest::document()).as_bytes());
            }
            None => {}
        }
        let (mut config, _) = self.common.config.load()?;
        config.vwap.anchors.extend(self.anchor.iter().cloned());
        let options = FeaturesOptions { footprint: self.footprint };
        let mut stage = FeaturesStage::new(&config, Common::calendar()?, options)?;
        let exit = filter::run(&mut stage, &self.files, &self.common, &config, None)?;
        let ignored = stage.ignored();
        if !stage.has_input() && ignored.other_product > 0 {
            tracing::warn!(
                "no record of {} among {} of other products, so no features; --set \
                 instrument=ROOT chooses the product",
                config.instrument,
                ignored.other_product
            );
        }
        tracing::debug!(
            "not used: {} late or not price forming, {} of another contract, {} bars",
            ignored.not_counting,
            ignored.other_contract,
            ignored.bars
        );
        let unused = stage.unused_options();
        if unused.beyond_limit > 0 {
            tracing::warn!(
                "{} option rows beyond options.contracts_max {} were not used",
                unused.beyond_limit,
                config.options.contracts_max
            );
        }
        tracing::debug!(
            "options not used: {} of another underlying than {}, {} outdated",
            unused.other_underlying,
            config.options.underlying,
            unused.outdated
        );
        Ok(exit)
    }
}
