//! mia-check.

mod input;
mod table;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::market::Sym;
use crate::quality::Checker;
use crate::quality::CheckerOptions;
use crate::quality::Report;
use crate::quality::ToleranceOf;
use crate::stream::Output;
use crate::wire::Emit;
use crate::wire::Kind;
use crate::wire::Record;
use clap::Parser;
use clap::ValueEnum;
use jiff::tz::TimeZone;
use std::io::IsTerminal;

/// Find out whether data can be trusted
#[derive(Parser, Debug)]
pub struct Check {
    #[command(flatten)]
    files: Files,
    /// Tolerate so much of a finding: CODE=5, CODE=1%, CODE=1/10000 or CODE=all
    #[arg(long, value_name = "CODE=AMOUNT", help_heading = "Checks")]
    tolerance: Vec<ToleranceOf>,
    /// Tell findings as they come, one a kind and minute of event time, for a pipe that runs
    #[arg(long, help_heading = "Checks")]
    live: bool,
    /// How findings are written; `auto` is a table on a terminal and records in a pipe
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Auto,
          help_heading = "Checks")]
    format: Format,
    /// Contract of foreign rows that name none; the configured instrument is the default
    #[arg(long, value_name = "SYMBOL", value_parser = symbol, help_heading = "Checks")]
    sym: Option<Sym>,
    /// Time zone of foreign stamps that name none, for example Europe/Paris
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone,
          help_heading = "Checks")]
    zone: TimeZone,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// A table on a terminal, records in a pipe.
    Auto,
    /// A table for people.
    Table,
    /// Alert records.
    Ndjson,
}

fn symbol(text: &str) -> Result<Sym, String> {
    Sym::new(text)
        .ok_or_else(|| format!("`{text}` is not a symbol: 1 to {} printable characters", Sym::MAX))
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| format!("`{text}` is no time zone such as America/New_York"))
}

impl Program for Check {
    const MANUAL: Manual = Manual {
        name: "mia-check",
        description: "Find out whether data can be trusted.\n\nReads records (NDJSON) and the files \
                      that MIA's predecessor left (recorder rows, option snapshots), recognised by \
                      their content; other files go through mia-feed first. Looks for what genuine \
                      data do not have: stale, frozen, doubled, missing, off the tick grid, crossed, \
                      jumping, of the wrong month, written by two programs at once, fabricated \
                      option chains. Writes findings, not the stream, and a summary as the last \
                      record. Ends with 65 if a finding exceeds its tolerance ([quality.tolerance], \
                      --tolerance). docs/quality.md explains every finding.",
        examples: &[
            Example {
                text: "A file before it is used",
                command: "mia-feed csv bars.csv.zst | mia-check && echo fine",
            },
            Example {
                text: "Beside a pipe that runs",
                command: "mia-feed replay day.jsonl.zst | tee >(mia-check --live >> findings.ndjson) \
                          | mia-features",
            },
            Example {
                text: "Refuse a file of a contract that was not the front month",
                command: "mia-check --tolerance back_month=0 day.jsonl.zst",
            },
        ],
        writes: &[Kind::Alert],
        environment: &[],
        files: &[],
        exits: &[],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let (mut config, _) = self.common.config.load()?;
        for tolerance in &self.tolerance {
            tolerance.apply(&mut config.quality.tolerance);
        }
        let input = &self.common.input;
        let sym = self.sym.or_else(|| Sym::new(&config.instrument)).unwrap_or(Sym::NONE);
        let options = CheckerOptions {
            sym,
            zone: self.zone.clone(),
            live: self.live,
            since: input.since.map(|when| when.0),
            until: input.until.map(|when| when.0),
            limit: input.limit,
            ..CheckerOptions::default()
        };
        let interrupts = filter::interrupts()?;
        let mut inputs = self.files.open("records or files to check", &interrupts);
        let mut output = self.common.open_output(&self.files.files)?;
        let mut checker = Checker::new(config, Common::calendar()?, options);
        let progress = filter::progress(&self.common, &inputs);
        let interrupted =
            input::read(&mut inputs, &mut checker, &mut output, input.max_line, &progress)?;
        drop(progress);
        let report = checker.finish();
        for alert in checker.take_alerts() {
            output.before(&Record::Alert(alert));
        }
        self.write(&report, &mut output)?;
        Ok(match interrupted {
            Some(code) => Exit::from_code(code),
            None if report.refused() => {
                tracing::error!("refused for {}", report.reasons().join(", "));
                Exit::BadInput
            }
            None if report.records == 0 && !self.live => {
                return Err(Refusal::new(Exit::BadInput, "no record came: nothing was checked")
                    .hint("did the command before it fail, or is the range empty?")
                    .into());
            }
            None => Exit::Done,
        })
    }
}

impl Check {
    fn write(&self, report: &Report, output: &mut Output) -> anyhow::Result<()> {
        let to_file = self.common.output.output.is_some();
        let table = match self.format {
            Format::Auto => !to_file && std::io::stdout().is_terminal(),
            Format::Table => true,
            Format::Ndjson => false,
        };
        if table {
            let color = self.common.messages.colored() && std::io::stdout().is_terminal();
            output.pass(None, table::of(report, color && !to_file).as_bytes());
        } else {
            // A live check has told its findings already; what is left is the summary.
            if !self.live {
                for finding in &report.findings {
                    output.before(&Record::Alert(finding.alert()));
                }
            }
            output.before(&Record::Alert(report.alert()));
        }
        Ok(output.flush()?)
    }
}
