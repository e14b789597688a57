//! mia-exec: one subcommand a broker, and what looks at journals.

mod flatten;
mod journal;
pub(crate) mod live;
mod paper;
mod sensitivity;
mod status;
mod story;

use crate::cli::entry::Program;
use crate::cli::exec::flatten::Flatten;
use crate::cli::exec::journal::Records;
use crate::cli::exec::live::Live;
use crate::cli::exec::paper::Paper;
use crate::cli::exec::sensitivity::Sensitivity;
use crate::cli::exec::status::Status;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::wire::Kind;
use clap::Parser;
use clap::Subcommand;

/// Carry out the orders of mia-risk
#[derive(Parser, Debug)]
#[command(subcommand_value_name = "COMMAND", subcommand_help_heading = "Commands")]
pub struct Exec {
    #[command(subcommand)]
    broker: Option<Broker>,
    #[command(flatten)]
    live: Live,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Broker {
    /// The simulated exchange: deterministic, no broker is reached
    Paper(Paper),
    /// Check, export and show a journal
    Journal(Records),
    /// What is open, what works and what is latched, by the journal; a writer may run or not
    Status(Status),
    /// Close everything, whether mia-exec runs or not, and take no entry until a reset
    Flatten(Flatten),
    Sensitivity(Sensitivity),
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
                text: "Whether live trading would be permitted, and what is missing",
                command: "mia-exec --live --account U123 --gate gate.json < orders.ndjson",
            },
            Example {
                text: "With a journal that survives a crash",
                command: "mia-exec paper --journal paper.ndjson --resume < orders.ndjson",
            },
            Example {
                text: "How much of a result is latency, slippage and fees",
                command: "mia-exec sensitivity signals.ndjson.zst",
            },
            Example {
                text: "What is open now, and close it",
                command: "mia-exec status --journal paper.ndjson && mia-exec flatten --journal \
                          paper.ndjson --reason 'going home'",
            },
            Example {
                text: "Whether a journal is whole, and its fills for a spreadsheet",
                command: "mia-exec journal verify paper.ndjson && mia-exec journal export \
                          paper.ndjson -o fills.csv",
            },
        ],
        writes: &[
            Kind::Order,
            Kind::Acct,
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
        files: &[
            Place {
                name: "--journal FILE",
                text: "Append-only NDJSON with one writer; every line has a number and a checksum \
                       over all before it. When a trade date is over, its lines are closed as \
                       FILE.YYYY-MM-DD. A line torn by a crash is moved to FILE.torn.",
            },
            Place {
                name: "FILE.flatten",
                text: "Asks the mia-exec that writes FILE to close everything; its first line is \
                       the reason. Written by mia-exec flatten, taken away when it was obeyed.",
            },
        ],
        exits: &[Exit::RiskHalt, Exit::Retry, Exit::NotPermitted],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        if self.live.is_asked() {
            if self.broker.is_some() {
                return Err(Refusal::new(Exit::Usage, "--live is given, and a command of its own")
                    .hint("paper never reaches a broker: leave out one of them")
                    .into());
            }
            return self.live.run(&self.common);
        }
        match &self.broker {
            Some(Broker::Paper(paper)) => paper.run(&self.common),
            Some(Broker::Sensitivity(report)) => report.run(&self.common),
            Some(Broker::Journal(records)) => records.run(&self.common),
            Some(Broker::Status(status)) => status.run(&self.common),
            Some(Broker::Flatten(flatten)) => flatten.run(&self.common),
            None => Err(Refusal::new(Exit::Usage, "name a broker, or what to do with a journal")
                .hint("mia-exec --help lists both")
                .into()),
        }
    }
}
