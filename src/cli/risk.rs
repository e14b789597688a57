//! mia-risk.

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::stream::KillFile;
use crate::wire::Kind;
use clap::Parser;
use clap::ValueEnum;
use std::path::PathBuf;

/// Size and check every signal; the only producer of orders
#[derive(Parser, Debug)]
pub struct Risk {
    #[command(flatten)]
    files: Files,
    /// How risk learns of fills
    #[arg(long, value_enum, value_name = "HOW", default_value_t = AccountSource::Sim,
          help_heading = "Risk")]
    account: AccountSource,
    /// Say for every signal what was decided and why
    #[arg(long, help_heading = "Risk")]
    explain: bool,
    /// Stop trading and flatten when FILE appears; its first line is the reason
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Risk")]
    kill_file: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccountSource {
    /// The simulated exchange that mia-exec paper runs too.
    Sim,
}

impl Program for Risk {
    const MANUAL: Manual = Manual {
        name: "mia-risk",
        description: "Size and check every signal; the only producer of orders.\n\nReads the \
                      output of mia-signal, copies it, and adds for each signal a verdict with \
                      every check, its value and its limit, and for each pass an order with stop \
                      and targets. Every account fact that a decision rests on is written as \
                      acct, so that a recording replays to the same decisions. Limits that are \
                      broken latch: until the next session, or until a person resets them.",
        examples: &[
            Example {
                text: "What was refused, and why",
                command: "mia-risk signals.ndjson --only verdict | jq -r 'select(.pass|not).reason' \
                          | sort | uniq -c",
            },
            Example {
                text: "A smaller daily loss, and a file that stops everything",
                command: "mia-risk --set risk.day_loss_max=300 --kill-file ~/mia/STOP",
            },
        ],
        writes: &[Kind::Verdict, Kind::Order, Kind::Acct, Kind::Seal, Kind::Explain, Kind::Alert],
        environment: &[],
        files: &[Place {
            name: "--kill-file FILE",
            text: "Looked at ten times a second while the input is idle, and with every block of \
                   input. A file that cannot be read counts as well: doubt stops trading.",
        }],
        exits: &[Exit::RiskHalt, Exit::NotPermitted],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let (config, _) = self.common.config.load()?;
        let AccountSource::Sim = self.account;
        let options = RiskOptions { explain: self.explain };
        let mut stage = RiskStage::new(&config, Common::calendar()?, options)?;
        if let Some(path) = &self.kill_file {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.is_dir()) {
                let message = format!("the folder of the kill file {} is missing", path.display());
                return Err(Refusal::new(Exit::Usage, message)
                    .hint("a kill file that can never appear stops nothing: check the path")
                    .into());
            }
        }
        let kill_file = self.kill_file.clone().map(KillFile::new);
        let exit = filter::run(&mut stage, &self.files, &self.common, &config, kill_file)?;
        if stage.foreign() > 0 {
            tracing::warn!("{} orders or account facts of others were dropped", stage.foreign());
        }
        Ok(exit)
    }
}
