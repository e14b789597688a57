//! mia-exec: one subcommand a broker, and what looks at journals.

mod paper;

use crate::cli::entry::Program;
use crate::cli::exec::paper::Paper;
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
            Some(Broker::Paper(paper)) => paper.run(&self.common),
            None => Err(Refusal::new(Exit::Usage, "name a broker")
                .hint("mia-exec --help lists the brokers")
                .into()),
        }
    }
}
