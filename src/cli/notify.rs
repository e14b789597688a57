//! mia-notify.

use crate::cli::entry::Program;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::manual::Example;
use crate::cli::manual::Manual;
use crate::cli::manual::Place;
use crate::cli::options::Common;
use crate::config::Config;
use crate::config::Secret;
use crate::monitoring::Composer;
use crate::monitoring::LineFormat;
use crate::monitoring::LineSink;
use crate::monitoring::Manners;
use crate::monitoring::Message;
use crate::monitoring::NotifyStage;
use crate::monitoring::WebhookSink;
use crate::monitoring::level_name;
use crate::stream::Output;
use crate::stream::Thinning;
use crate::wire::AlertLevel;
use anyhow::Context;
use clap::Parser;
use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// Tell people about signals, refusals, fills, results and alerts
#[derive(Parser, Debug)]
pub struct Notify {
    #[command(flatten)]
    files: Files,
    /// Where messages go: into the output in place of the stream, or to a webhook
    #[arg(long, value_enum, value_name = "SINK", default_value_t = To::Stdout,
          help_heading = "Messages to people")]
    to: To,
    /// How messages are written to stdout
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text,
          help_heading = "Messages to people")]
    format: Format,
    /// Leave out messages below LEVEL
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = levels(),
          help_heading = "Messages to people")]
    min_level: AlertLevel,
    /// Read the address of the webhook from FILE, which only its owner may read (mode 0600)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath,
          help_heading = "Messages to people")]
    url_file: Option<PathBuf>,
    /// Send at most N messages a minute, after a first burst of five
    #[arg(long, value_name = "N", default_value_t = 30,
          value_parser = clap::value_parser!(u32).range(1..=6000),
          help_heading = "Messages to people")]
    per_minute: u32,
    /// Wait at the end at most SECONDS for messages that are not sent yet
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(0..=3600),
          help_heading = "Messages to people")]
    drain: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// Messages are the output.
    Stdout,
    /// JSON by HTTP POST; the output is the stream.
    Webhook,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

const LEVELS: [AlertLevel; 4] =
    [AlertLevel::Info, AlertLevel::Warning, AlertLevel::Critical, AlertLevel::Emergency];

fn levels() -> impl TypedValueParser<Value = AlertLevel> {
    PossibleValuesParser::new(LEVELS.map(level_name)).try_map(|name| {
        LEVELS.into_iter().find(|level| level_name(*level) == name).ok_or("no such level")
    })
}

impl Program for Notify {
    const MANUAL: Manual = Manual {
        name: "mia-notify",
        description: "Tell people about signals, refusals, fills, results and alerts.\n\nWith --to \
                      stdout the messages are the output. With --to webhook the stream is copied \
                      and the messages are sent as JSON (title, text, level, ts, sym, record) by \
                      a thread of their own: neither a slow nor a dead server delays the stream. \
                      Messages that cannot be delivered are counted and reported at the end. \
                      What is not live or not real money says so in its title.",
        examples: &[
            Example {
                text: "What a recorded session would have told",
                command: "mia-notify day.jsonl.zst",
            },
            Example {
                text: "Alerts and halts to a webhook, while the stream goes on",
                command: "MIA_WEBHOOK_URL=$(cat url) mia-notify --to webhook --min-level warning \
                          < stream.ndjson > copy.ndjson",
            },
        ],
        writes: &[],
        environment: &[Place {
            name: "MIA_WEBHOOK_URL",
            text: "Address of the webhook, if --url-file is not given. It is a secret: it is \
                   never shown.",
        }],
        files: &[],
        exits: &[],
        sections: Vec::new,
    };

    fn common(&self) -> &Common {
        &self.common
    }

    fn schema() -> serde_json::Value {
        Message::schema()
    }

    fn run(&self) -> anyhow::Result<Exit> {
        let (config, _) = self.common.config.load()?;
        match self.to {
            To::Stdout => self.to_stdout(&config),
            To::Webhook => self.to_webhook(&config),
        }
    }
}

impl Notify {
    fn composer(config: &Config) -> Composer {
        Composer::new(config.profile == "live")
    }

    fn to_stdout(&self, config: &Config) -> anyhow::Result<Exit> {
        let format = match self.format {
            Format::Text => LineFormat::Text,
            Format::Json => LineFormat::Json,
        };
        let mut inputs = self.files.open("records (NDJSON)", &filter::interrupts()?);
        let output = self.common.open_output_thinned(&self.files.files, Thinning::default())?;
        let (sink, writer) = LineSink::with_writer(format, output);
        // Here --only and --drop choose among messages: they are the output.
        let about = self.common.thinning().keep;
        let mut stage =
            NotifyStage::new(Self::composer(config), self.min_level, sink).only_about(about);
        // Of the stream only what can become a message has to reach the writer, which drops it.
        let thinning = Thinning { keep: NotifyStage::<LineSink>::KINDS, keep_unknown: false };
        let mut discarded = Output::new(Box::new(writer), "the output", thinning);
        filter::run_to(&mut stage, &mut inputs, &mut discarded, &self.common, config, None)
    }

    fn to_webhook(&self, config: &Config) -> anyhow::Result<Exit> {
        let url = self.address(std::env::var("MIA_WEBHOOK_URL").ok().as_deref())?;
        let manners = Manners {
            refill: Duration::from_mins(1) / self.per_minute,
            drain: Duration::from_secs(self.drain.into()),
            ..Manners::default()
        };
        let sink = WebhookSink::start(&url, manners)
            .context(Refusal::new(Exit::Config, "the webhook cannot be used"))?;
        let mut stage = NotifyStage::new(Self::composer(config), self.min_level, sink);
        let result = filter::run(&mut stage, &self.files, &self.common, config, None);
        let report = stage.into_sink().finish(manners.drain);
        if report.lost() > 0 {
            tracing::warn!("{report}");
        } else {
            tracing::info!("{report}");
        }
        result
    }

    /// The address: `--url-file` first, else the environment.
    fn address(&self, env: Option<&str>) -> anyhow::Result<Secret> {
        if let Some(path) = &self.url_file {
            return secret_file(path);
        }
        env.and_then(Secret::new).ok_or_else(|| {
            Refusal::new(Exit::Config, "no address of a webhook")
                .hint("put it into MIA_WEBHOOK_URL or into a file for --url-file")
                .into()
        })
    }
}

/// Reads a secret from a file that nobody but its owner may read.
fn secret_file(path: &Path) -> anyhow::Result<Secret> {
    let shown = path.display();
    let unreadable = || Refusal::new(Exit::Config, format!("cannot read {shown}"));
    let mode = std::fs::metadata(path).with_context(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        let message = format!("{shown} has mode {:04o}: others may read it", mode & 0o7777);
        let hint = format!("chmod 600 {shown}");
        return Err(Refusal::new(Exit::Config, message).hint(hint).into());
    }
    let text = std::fs::read_to_string(path).with_context(unreadable)?;
    Secret::new(&text).ok_or_else(|| Refusal::new(Exit::Config, format!("{shown} is empty")).into())
}
