//! mia-exec.

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::execution::Journal;
use crate::execution::PaperStage;
use crate::wire::Failure;
use crate::wire::Kind;
use clap::Parser;
use clap::Subcommand;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

/// Carry out the orders of mia-risk
#[derive(Parser, Debug)]
#[command(subcommand_value_name = "BROKER", subcommand_help_heading = "Brokers")]
pub struct Exec {
    #[command(subcommand)]
    broker: Option<Broker>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Broker {
    /// The simulated exchange: deterministic, no broker is reached
    Paper(Paper),
}

#[derive(clap::Args, Debug)]
struct Paper {
    #[command(flatten)]
    files: Files,
    /// Write every order before it is acted on, and every fact, to FILE (append only)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// Go on with a journal that is not empty: its orders are never acted on again
    #[arg(long, requires = "journal")]
    resume: bool,
}

impl Program for Exec {
    const MANUAL: Manual = Manual {
        name: "mia-exec",
        description: "Carry out the orders of mia-risk.\n\nReads the output of mia-risk, copies \
                      it, and adds what becomes of each order: ack, fill, cancel, reject, \
                      position, and a roundtrip with its result when a trade is closed. paper is \
                      the simulated exchange; its fills are compared with the account facts of \
                      mia-risk, and a difference ends it with 70.",
        examples: &[
            Example {
                text: "The whole pipe over a recording, and its closed trades",
                command: "mia-features day.jsonl.zst | mia-signal | mia-risk | mia-exec paper \
                          | jq -c 'select(.t==\"roundtrip\") | {reason, pnl, r}'",
            },
            Example {
                text: "With a journal that survives a crash",
                command: "mia-exec paper --journal paper.ndjson --resume < orders.ndjson",
            },
        ],
        writes: &[
            Kind::Ack,
            Kind::Fill,
            Kind::Cancel,
            Kind::Reject,
            Kind::Position,
            Kind::Account,
            Kind::Roundtrip,
            Kind::Status,
            Kind::Alert,
        ],
        environment: &[],
        files: &[Place {
            name: "--journal FILE",
            text: "Append-only NDJSON with one writer. A line torn by a crash is moved to a file \
                   beside it with the ending .torn.",
        }],
        exits: &[Exit::RiskHalt, Exit::NotPermitted],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        match &self.broker {
            Some(Broker::Paper(paper)) => self.paper(paper),
            None => Err(Refusal::new(Exit::Usage, "name a broker")
                .hint("mia-exec --help lists the brokers")
                .into()),
        }
    }
}

impl Exec {
    fn paper(&self, paper: &Paper) -> anyhow::Result<Exit> {
        let (config, _) = self.common.config.load()?;
        let inputs = self.inputs_and_journal(paper)?;
        let journal = paper.journal.as_deref().map(|path| Journal::open(path, paper.resume));
        let journal = journal.transpose().map_err(Failure::from)?;
        if let Some(journal) = &journal {
            let recovered = journal.recovered();
            if let Some(torn) = &recovered.torn {
                tracing::warn!("the journal's torn last line is now in {}", torn.display());
            }
            if !recovered.orders.is_empty() {
                tracing::warn!(
                    "the journal holds {} orders ({} records): they are not acted on again",
                    recovered.orders.len(),
                    recovered.records
                );
            }
        }
        let mut stage = PaperStage::new(&config, Common::calendar()?, journal)?;
        let mut from = paper.files.open("records (NDJSON)", &filter::interrupts()?);
        let mut output = self.common.open_output(&inputs)?;
        let exit = filter::run_to(&mut stage, &mut from, &mut output, &self.common, &config, None)?;
        let counts = stage.counts();
        if counts.repeated > 0 {
            tracing::warn!("{} orders came again and were not acted on", counts.repeated);
        }
        if counts.foreign > 0 {
            tracing::warn!("{} orders that mia-risk did not write were ignored", counts.foreign);
        }
        tracing::info!("{} orders, {} fills", counts.orders, counts.fills);
        Ok(exit)
    }

    /// The files that the output must not overwrite: the inputs and the journal. A journal that is
    /// also read as input would feed on itself.
    fn inputs_and_journal(&self, paper: &Paper) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = paper.files.files.clone();
        let Some(journal) = &paper.journal else { return Ok(files) };
        let id = |path: &Path| {
            std::fs::metadata(path).ok().filter(Metadata::is_file).map(|m| (m.dev(), m.ino()))
        };
        let stdin = PathBuf::from("/dev/stdin");
        let read = files.iter().map(PathBuf::as_path).chain([stdin.as_path()]);
        if id(journal).is_some_and(|own| read.into_iter().any(|path| id(path) == Some(own))) {
            let message = format!("the journal {} is an input as well", journal.display());
            return Err(Refusal::new(Exit::CannotWrite, message).into());
        }
        if self.common.output.output.as_deref() == Some(journal.as_path()) {
            let message = format!("{} is both the journal and the output", journal.display());
            return Err(Refusal::new(Exit::CannotWrite, message).into());
        }
        files.push(journal.clone());
        Ok(files)
    }
}
