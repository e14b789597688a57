//! mia-risk: the filter, and what a person asks of its state.

mod asked;
mod check;
mod kept;
mod marker;
mod reset;
mod run;
pub(crate) mod state;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::wire::Kind;
use clap::Parser;
use clap::Subcommand;

/// Size and check every signal; the only producer of orders
#[derive(Parser, Debug)]
#[command(
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Actions",
    override_usage = "mia-risk [OPTIONS] [FILE]...\n       mia-risk check [OPTIONS] --order FILE\n       mia-risk reset <--state DIR|--journal FILE> --reason TEXT [--new-high-water]"
)]
pub struct Risk {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    filter: run::Filter,
    /// Use the limits of a risk mode, as --set risk.mode=MODE does
    ///
    /// Contracts, the largest part of equity that a trade may risk, and the share of Kelly's
    /// fraction. Where the profile is stricter, the profile holds.
    #[arg(long = "risk-limit", value_name = "MODE", global = true, help_heading = "Configuration",
          value_parser = ["conservative", "moderate", "aggressive"])]
    of_mode: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Say what would become of an order, without sending it
    Check(check::Ask),
    /// Open latches that only a person may open
    Reset(reset::Reset),
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
                text: "Decide a recorded session again, with the fills that it had",
                command: "mia-risk --account stream session.ndjson --only verdict,order",
            },
            Example {
                text: "Trade again after a halt that only a person may end",
                command: "mia-risk reset --state ~/.local/state/mia/risk --reason 'new week, checked'",
            },
            Example {
                text: "A smaller daily loss, and a file that stops everything",
                command: "mia-risk --set risk.day_loss_max=300 --kill-file ~/mia/STOP",
            },
            Example {
                text: "What would become of an order",
                command: "mia-risk check --order order.ndjson --market today.ndjson.zst",
            },
        ],
        writes: &[Kind::Verdict, Kind::Order, Kind::Acct, Kind::Seal, Kind::Explain, Kind::Alert],
        environment: &[Place {
            name: "MIA_STATE",
            text: "The state folder for live data, where --state names none.",
        }],
        files: &[
            Place {
                name: "--state DIR",
                text: "For this user alone. risk-journal.ndjson: what risk acted on, chained lines; \
                       high-water: the highest that the account was marked at, and how far the journal \
                       goes, with a checksum; seal.key: the key of \
                       the session's live orders.",
            },
            Place {
                name: "--kill-file FILE",
                text: "Looked at ten times a second while the input is idle, and with every block of \
                   input. A file that cannot be read counts as well: doubt stops trading.",
            },
        ],
        exits: &[Exit::RiskHalt, Exit::NotPermitted, Exit::Retry],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn settle(&mut self) {
        if let Some(mode) = &self.of_mode {
            self.common.config.set.push(format!("risk.mode={mode}"));
        }
    }

    fn run(&self) -> anyhow::Result<Exit> {
        match &self.action {
            Some(Action::Check(ask)) => ask.run(&self.common),
            Some(Action::Reset(reset)) => reset.run(&self.common),
            None => self.filter.run(&self.common),
        }
    }
}
