//! mia-options: dealer exposure of option chains, and two calculators.

mod calculator;
mod chart;
mod document;
mod documents;
mod figures;
mod fold;
mod history;
mod ladder;
mod pictures;
mod place;
mod run;
mod series;
mod sign;
mod terminal;
mod text;
mod view;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::wire::Kind;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

/// Show the dealers' exposure in an option chain
#[derive(Parser, Debug)]
#[command(
    subcommand_value_name = "CALCULATOR",
    subcommand_help_heading = "Calculators",
    override_usage = "mia-options [OPTIONS] [FILE]...\n       mia-options price|iv [OPTIONS] [FILE]..."
)]
pub struct Options {
    #[command(subcommand)]
    calculator: Option<Calculator>,
    #[command(flatten)]
    chains: run::Chains,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Calculator {
    /// Price an option, with its Greeks
    Price(calculator::Price),
    /// Find the volatility that a price implies
    Iv(calculator::Iv),
}

/// How snapshots are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// A table on a terminal, records in a pipe.
    Auto,
    /// Numbers and a ladder of strikes for people.
    Table,
    /// A JSON document a snapshot.
    Json,
    /// A row a strike, an expiry or (with --history) a snapshot.
    Csv,
    /// `gex` records.
    Ndjson,
}

/// What a table has rows of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum By {
    /// Strikes.
    Strike,
    /// Expiries.
    Expiry,
}

impl Program for Options {
    const MANUAL: Manual = Manual {
        name: "mia-options",
        description: "Show the dealers' exposure in an option chain.\n\nReads chains: records (as \
                      mia-feed cboe and other feeds write them) or Cboe's own documents, CSV or \
                      JSON, plain or compressed; the content decides. Computes gamma, delta, vanna \
                      and charm exposure, the gamma flip, walls, the share that expires today and \
                      the expected move. On a terminal it shows numbers and a ladder of strikes, in \
                      a pipe it writes one gex record a snapshot. Whether dealers hold what \
                      --dealer-sign says cannot be observed: it is a hypothesis and is printed with \
                      every result. docs/options.md explains every number.",
        examples: &[
            Example {
                text: "A chain as Cboe's page gives it",
                command: "mia-options spx_quotedata.csv",
            },
            Example {
                text: "The same as a picture, strikes within 3 % of the spot",
                command: "mia-options spx_quotedata.csv --png spx.png --window 3",
            },
            Example {
                text: "The chain of now, and every five minutes, a line each",
                command: "mia-feed cboe --und SPX --every 5m | mia-options --history --format table",
            },
            Example {
                text: "Which expiries carry it",
                command: "mia-options spx_quotedata.csv --by expiry --format csv",
            },
            Example {
                text: "If dealers were short everything",
                command: "mia-options spx_quotedata.csv --dealer-sign short-both",
            },
            Example {
                text: "A call that expires today, by the clock",
                command: "mia-options price --right C --spot 5000 --strike 5010 --minutes 390 --vol 0.11",
            },
            Example {
                text: "A volatility, and a thousand of them",
                command: "mia-options iv --right P --forward 5000 --strike 4900 --minutes 2880 --price 12.5\n    \
                          mia-options iv < requests.ndjson > answers.ndjson",
            },
        ],
        writes: &[Kind::Gex, Kind::Alert],
        environment: &[],
        files: &[],
        exits: &[],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn writes_file(&self) -> bool {
        self.common.output.output.is_some() || self.chains.draws()
    }

    fn run(&self) -> anyhow::Result<Exit> {
        match &self.calculator {
            None => self.chains.run(&self.common),
            Some(Calculator::Price(price)) => price.run(&self.common),
            Some(Calculator::Iv(iv)) => iv.run(&self.common),
        }
    }
}
