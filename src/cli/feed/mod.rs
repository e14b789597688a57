//! mia-feed: the sources that it offers, and what they share.

mod cboe;
mod csv;
mod dbn;
mod dtc;
mod iqfeed;
mod merge;
mod replay;
mod sierra;
mod synth;

use crate::cli::entry;
use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::feeds::Diagnosis;
use crate::feeds::Health;
use crate::market::Sym;
use crate::stream::Inputs;
use crate::stream::Interrupts;
use crate::stream::Progress;
use crate::stream::Source;
use crate::stream::run_source;
use crate::stream::store::StoreRange;
use crate::wire::Kind;
use crate::wire::StreamPhase;
use anstyle::AnsiColor;
use anstyle::Style;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;

/// Turn a source into market records
#[derive(Parser, Debug)]
#[command(subcommand_value_name = "SOURCE", subcommand_help_heading = "Sources")]
pub struct Feed {
    #[command(subcommand)]
    source: Option<FeedSource>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum FeedSource {
    /// Replay recordings (NDJSON)
    Replay(replay::Replay),
    /// Read trades or bars from CSV files
    Csv(csv::Csv),
    /// Read Databento files (DBN, or the text their command prints)
    Dbn(dbn::Dbn),
    /// Follow symbols of a DTC server (Sierra Chart: not those of CME, read its files instead)
    Dtc(Box<dtc::Dtc>),
    /// Follow symbols of IQFeed, or ask it for ticks and bars of the past
    #[expect(clippy::doc_markdown, reason = "the text of the help")]
    Iqfeed(Box<iqfeed::Iqfeed>),
    /// Read Sierra Chart's files: intraday, depth, text exports, the dumper's lines
    Sierra(sierra::Sierra),
    /// Join several streams by time
    Merge(merge::Merge),
    /// Read Cboe's delayed option chains, from files or from the address
    Cboe(Box<cboe::Cboe>),
    /// Make up sessions: seeded, and every record says that it is synthetic
    Synth(synth::Synth),
}

#[derive(clap::Args, Debug)]
struct PhaseOption {
    /// Mark the records as history that only prepares state, or as to be acted on
    #[arg(long, value_enum, value_name = "PHASE", default_value_t = Phase::Run)]
    phase: Phase,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Phase {
    /// Prepare state only.
    Warmup,
    /// To be acted on.
    Run,
}

impl From<Phase> for StreamPhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Warmup => Self::Warmup,
            Phase::Run => Self::Run,
        }
    }
}

fn symbol(text: &str) -> Result<Sym, String> {
    Sym::new(text)
        .ok_or_else(|| format!("`{text}` is not a symbol: 1 to {} printable characters", Sym::MAX))
}

impl Program for Feed {
    const MANUAL: Manual = Manual {
        name: "mia-feed",
        description: "Turn a source into market records.\n\nWrites newline-delimited JSON: first \
                      a stream record that says what the stream is, then trades, quotes, depth, \
                      bars in order of time. Every record says its source.",
        examples: &[Example {
            text: "Real ES ticks into the pipe",
            command: "mia-feed csv --dialect es-ticks --sym ESU13 ticks.csv.zst | mia-features | mia-signal",
        }],
        writes: &[
            Kind::Stream,
            Kind::Trade,
            Kind::Quote,
            Kind::Depth,
            Kind::Bar,
            Kind::Option,
            Kind::Chain,
            Kind::Index,
            Kind::Clock,
            Kind::Status,
            Kind::Alert,
        ],
        environment: &[
            Place {
                name: "IQFEED_PRODUCT_ID",
                text: "Product id with which mia-feed iqfeed logs in; without it IQConnect logs in \
                       by itself. Like the next two it is a secret: it is never shown.",
            },
            Place { name: "IQFEED_LOGIN", text: "Login id for IQFeed." },
            Place { name: "IQFEED_PASSWORD", text: "Password for IQFeed." },
            Place {
                name: "MIA_DTC_USER",
                text: "User name for a DTC server that requires a login (in Sierra Chart its own). \
                       It is a secret: it is never shown.",
            },
            Place {
                name: "MIA_DTC_PASSWORD",
                text: "Password for a DTC server that requires a login. It is a secret: it is \
                       never shown.",
            },
            Place {
                name: "XDG_CACHE_HOME",
                text: "Folder below which mia-feed cboe keeps its last answer (mia/cboe); without \
                       it .cache in the home folder.",
            },
        ],
        files: &[],
        exits: &[Exit::Unavailable, Exit::NotPermitted],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let Some(source) = &self.source else {
            return Err(Refusal::new(Exit::Usage, "name a source")
                .hint("mia-feed --help lists the sources")
                .into());
        };
        let (config, _) = self.common.config.load()?;
        match source {
            FeedSource::Replay(replay) => replay.run(self),
            FeedSource::Csv(csv) => csv.run(self, config),
            FeedSource::Dbn(dbn) => dbn.run(self, config),
            FeedSource::Dtc(dtc) => dtc.run(self, &config),
            FeedSource::Iqfeed(iqfeed) => iqfeed.run(self, &config),
            FeedSource::Sierra(sierra) => sierra.run(self, config),
            FeedSource::Merge(merge) => merge.run(self, &config),
            FeedSource::Cboe(cboe) => cboe.run(self, &config),
            FeedSource::Synth(synth) => synth.run(self, &config),
        }
    }
}

impl Feed {
    /// Shows what `--check` found; the exit code says whether the source can be used.
    fn report(&self, diagnosis: &Diagnosis) -> anyhow::Result<Exit> {
        let color = self.common.messages.colored() && std::io::stdout().is_terminal();
        let mut text = String::new();
        for check in &diagnosis.checks {
            let (word, style) = match check.health {
                Health::Good => ("good", AnsiColor::Green),
                Health::Doubtful => ("note", AnsiColor::Yellow),
                Health::Bad(_) => ("BAD ", AnsiColor::Red),
            };
            let style = if color { style.on_default() } else { Style::new() };
            let (subject, finding) = (check.subject, &check.finding);
            let _ = writeln!(text, "{style}{word}{style:#}  {subject:<12}  {finding}");
            if let Some(remedy) = &check.remedy {
                let _ = writeln!(text, "{:20}{remedy}", "");
            }
        }
        entry::print(text.as_bytes())?;
        Ok(diagnosis.failure().map_or(Exit::Done, Exit::of_class))
    }

    fn open(&self, files: &Files, what: &str) -> anyhow::Result<(Inputs, Watch)> {
        self.open_range(files, what, StoreRange::default())
    }

    /// As [`Feed::open`]; of inputs that are stores only `range` is read.
    fn open_range(
        &self,
        files: &Files,
        what: &str,
        range: StoreRange,
    ) -> anyhow::Result<(Inputs, Watch)> {
        let interrupts = filter::interrupts()?;
        let mut inputs = files.open(what, &interrupts);
        inputs.select(range);
        let progress = filter::progress(&self.common, &inputs);
        let watch = Watch { done: inputs.done_counter(), progress, interrupts };
        Ok((inputs, watch))
    }

    fn drive(
        &self,
        source: &mut dyn Source,
        files: &[PathBuf],
        watch: &Watch,
    ) -> anyhow::Result<Exit> {
        let mut output = self.common.open_output(files)?;
        let end = run_source(source, &mut output, self.common.selection(), &|| watch.look())?;
        tracing::info!("{} records written", end.records);
        Ok(end.interrupted.map_or(Exit::Done, Exit::from_code))
    }
}

/// What is looked at between the batches of a source.
struct Watch {
    done: Rc<Cell<u64>>,
    progress: Progress,
    interrupts: Rc<Interrupts>,
}

impl Watch {
    fn look(&self) -> Option<u8> {
        self.progress.at(self.done.get());
        self.interrupts.pending()
    }
}
