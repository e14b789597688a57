//! mia-record: the tee, and what is done with a store.

mod cat;
mod compact;
mod export;
mod sessions;
#[cfg(feature = "frames")]
mod tables;
mod tee;
mod verify;

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::cli::options::size;
use crate::stream::store::StoreError;
use crate::wire::Kind;
use clap::Parser;
use clap::Subcommand;

/// Record a stream into a store and pass it on
#[derive(Parser, Debug)]
#[command(
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Actions on a store",
    override_usage = "mia-record [OPTIONS] DIR [FILE]...\n       mia-record ACTION [OPTIONS] DIR"
)]
pub struct Record {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    tee: tee::Tee,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Check every byte: checksums, index against frames, what a crash left behind
    Verify(verify::Verify),
    /// Print the lines of a store as the bytes that were recorded
    Cat(cat::Cat),
    /// Turn the parts of finished sessions into one, smaller, after comparing both
    Compact(compact::Compact),
    /// Write a table a kind as Parquet or CSV
    Export(export::Export),
}

impl Program for Record {
    const MANUAL: Manual = Manual {
        name: "mia-record",
        description: "Record a stream into a store and pass it on.\n\nCopies standard input to \
                      standard output, unchanged and without delay, and writes every line into \
                      DIR as well: a folder a session date (that of the newest record), in it \
                      files of zstd NDJSON that zstdcat prints, and beside each an index by time. \
                      mia-feed replay DIR plays them back. Bad lines go to DIR/quarantine.ndjson \
                      and are not passed on. History that only warms up (phase warmup) is passed \
                      on and stored as its stream record alone: it is in its own recording. \
                      --only and --drop thin what is passed on, --store-only and --store-drop \
                      what is stored. When nobody reads standard output any more, recording goes \
                      on.",
        examples: &[
            Example {
                text: "Record a live feed while it is used",
                command: "mia-feed ibkr | mia-record store/ | mia-features | mia-signal",
            },
            Example {
                text: "Play back the last five sessions",
                command: "mia-feed replay store/ --last 5d | mia-features --only levels",
            },
            Example {
                text: "Read a session without MIA; the tail holds the newest lines of an open one",
                command: "zstdcat store/2026-03-10/*.zst | jq -c 'select(.t==\"trade\")'",
            },
            Example {
                text: "Is everything as it was written?",
                command: "mia-record verify store/",
            },
            Example {
                text: "Tables for research",
                command: "mia-record export store/ --last 20 --parquet tables/",
            },
        ],
        writes: &[Kind::Alert],
        environment: &[],
        files: &[
            Place {
                name: "DIR/2026-03-10/000001.ndjson.zst",
                text: "Lines in the order of arrival, in independent zstd frames; one file a run, \
                       000001-000003 after compaction.",
            },
            Place {
                name: "DIR/2026-03-10/000001.index",
                text: "NDJSON: where each frame begins, what it spans in time, its SHA-256, and \
                       the stream records in force at its start.",
            },
            Place {
                name: "DIR/2026-03-10/000001.000017.tail",
                text: "Plain lines of the frame that is not full yet.",
            },
            Place {
                name: "DIR/2026-03-10/000001.torn-1",
                text: "Bytes that a crash tore; nothing is thrown away.",
            },
            Place {
                name: "DIR/quarantine.ndjson",
                text: "Bad lines with their place and the reason.",
            },
        ],
        exits: &[Exit::Retry],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        match &self.action {
            None => self.tee.run(&self.common),
            Some(Action::Verify(verify)) => verify.run(&self.common),
            Some(Action::Cat(cat)) => cat.run(&self.common),
            Some(Action::Compact(compact)) => compact.run(&self.common),
            Some(Action::Export(export)) => export.run(&self.common),
        }
    }
}

/// The plain length of a frame on the command line.
fn frame_size(text: &str) -> Result<usize, String> {
    let sensible = |bytes: &usize| (1 << 10..=1 << 28).contains(bytes);
    let bytes = size(text)?;
    Some(bytes).filter(sensible).ok_or_else(|| format!("`{text}`: a frame has 1K to 256M"))
}

/// What was being done with a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Reading,
    Writing,
}

/// The refusal that a store's error is.
fn refuse(error: &StoreError, doing: Doing) -> anyhow::Error {
    let (exit, hint) = match error {
        StoreError::Locked { .. } => (
            Exit::Retry,
            "a store has one writer: wait for the other, or record into another folder",
        ),
        StoreError::Moved { .. } => (Exit::Retry, "it was compacted meanwhile: run again"),
        StoreError::Damaged { .. } => (Exit::BadInput, "mia-record verify says more"),
        StoreError::Calendar(_) => (Exit::Config, "scripts/make-calendar.sh extends the calendar"),
        StoreError::NotAStore { .. } | StoreError::NoSession { .. } => {
            (Exit::BadInput, "name the folder that mia-record was given")
        }
        _ if doing == Doing::Writing => (Exit::CannotWrite, "look at the disk and the permissions"),
        _ => (Exit::BadInput, "look at the disk and the permissions"),
    };
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        message = format!("{message}: {deeper}");
        cause = deeper.source();
    }
    Refusal::new(exit, message).hint(hint).into()
}
