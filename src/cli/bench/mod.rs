//! mia-bench: measures the pipe on this machine.
//!
//! It runs the other commands as processes joined by pipes, exactly as a trader does, and writes
//! one JSON line a case. Latency is measured with a monotonic clock around one line at a time.

mod chain;
mod latency;
mod throughput;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::stream::Inputs;
use anyhow::Context;
use clap::Parser;
use clap::Subcommand;
use serde::Serialize;
use std::io;
use std::io::Write;
use std::path::Path;

/// Measure the pipe on this machine
#[derive(Parser, Debug)]
#[command(subcommand_value_name = "CASE", subcommand_help_heading = "Cases")]
pub struct Bench {
    #[command(subcommand)]
    case: Option<Case>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Case {
    /// Lines a second through single stages and through all five processes
    Throughput(throughput::Throughput),
    /// Time of one line through all five processes, or of a bar-closing tick to its order
    Latency(latency::Latency),
}

impl Program for Bench {
    const MANUAL: Manual = Manual {
        name: "mia-bench",
        description: "Measure the pipe on this machine.\n\nStarts the other commands, which must lie in \
                      the same folder, as processes joined by pipes, and writes one JSON line a case: \
                      lines a second, latency of one line at a time with its percentiles in \
                      microseconds, peak memory of each process in KiB.",
        examples: &[
            Example {
                text: "Throughput of each stage alone and of the whole pipe",
                command: "mia-bench throughput day.ndjson --alone features,signal,risk,exec",
            },
            Example {
                text: "Latency with the whole chain on one core",
                command: "mia-bench latency day.ndjson --core 0 --histogram latency.csv",
            },
        ],
        writes: &[],
        environment: &[],
        files: &[],
        exits: &[],
        sections: Vec::new,
    };

    fn schema() -> serde_json::Value {
        serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "oneOf": [
                schemars::schema_for!(throughput::ThroughputResult<'_>),
                schemars::schema_for!(latency::LatencyResult<'_>),
            ],
        })
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let mut out = io::stdout().lock();
        match &self.case {
            Some(Case::Throughput(case)) => case.run(&mut out)?,
            Some(Case::Latency(case)) => case.run(&mut out)?,
            None => {
                return Err(Refusal::new(Exit::Usage, "say what to measure")
                    .hint("mia-bench throughput FILE, or mia-bench latency FILE; see --help")
                    .into());
            }
        }
        Ok(Exit::Done)
    }
}

fn write_line(out: &mut dyn Write, result: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, result)?;
    writeln!(out)?;
    Ok(())
}

/// The input, unpacked.
fn open(file: &Path) -> anyhow::Result<crate::stream::Input> {
    let mut inputs = Inputs::new(&[file.to_path_buf()], None);
    inputs.next_input()?.context("no input")
}
