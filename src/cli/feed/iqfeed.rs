//! mia-feed iqfeed.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::Watch;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::when::When;
use crate::config::Config;
use crate::config::Secret;
use crate::feeds::iqfeed::BarStamped;
use crate::feeds::iqfeed::Credentials;
use crate::feeds::iqfeed::DepthBy;
use crate::feeds::iqfeed::HistoryClient;
use crate::feeds::iqfeed::HistoryFileOptions;
use crate::feeds::iqfeed::HistoryFiles;
use crate::feeds::iqfeed::HistoryRequest;
use crate::feeds::iqfeed::HistorySpan;
use crate::feeds::iqfeed::IqfeedClient;
use crate::feeds::iqfeed::IqfeedOptions;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::live::Client;
use crate::feeds::live::LiveOptions;
use crate::feeds::live::LiveSource;
use crate::feeds::live::Network;
use crate::feeds::live::SystemNetwork;
use crate::feeds::live::probe;
use crate::market::Calendar;
use crate::stream::Interrupts;
use crate::stream::Progress;
use crate::wire::StreamMode;
use anyhow::Context;
use clap::ValueEnum;
use std::path::PathBuf;
use std::rc::Rc;

/// How long a check waits for answers, seconds.
const CHECK_S: i64 = 10;
/// Bars where nobody says how long, seconds.
const INTERVAL_S: u32 = 60;

#[derive(clap::Args, Debug)]
pub(super) struct Iqfeed {
    /// What to follow: ES (the front contract), ESZ25, @ES#, SPX, VIX; without it the front
    /// contract of the configured product
    #[arg(value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// Follow the book too: sizes of levels, or every order added up to levels
    #[arg(long, value_enum, value_name = "BY", num_args = 0..=1, default_missing_value = "price",
          require_equals = true)]
    depth: Option<Depth>,
    /// Ask for the past instead, and end
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["depth", "check"])]
    history: Option<History>,
    /// History of the last N trading days
    #[arg(long, value_name = "N", requires = "history", conflicts_with_all = ["begin", "end"],
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    days: Option<u32>,
    /// History from TIME on
    #[arg(long, value_name = "TIME", requires = "history")]
    begin: Option<When>,
    /// History up to TIME
    #[arg(long, value_name = "TIME", requires = "begin")]
    end: Option<When>,
    /// Length of bars
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    interval: Option<u32>,
    /// Read saved answers to history requests instead; - is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["history", "depth", "check"],
          value_hint = clap::ValueHint::FilePath)]
    history_file: Vec<PathBuf>,
    /// Which end of a bar the stamps of saved bars are
    #[arg(long, value_enum, value_name = "END", default_value_t = Stamped::Start,
          requires = "history_file")]
    stamped: Stamped,
    /// Look at every port and the login, say in words what is wrong, and end
    #[arg(long)]
    check: bool,
    /// Accept an account with delayed data; the stream then says so
    #[arg(long)]
    allow_delayed: bool,
    /// End with 69 after N attempts to connect again; without it there is no limit
    #[arg(long, value_name = "N")]
    max_retries: Option<u32>,
    /// End with 69 when the connection is away for longer
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    max_outage: Option<u32>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    phase: PhaseOption,
}

/// Where `IQConnect` is.
#[derive(clap::Args, Debug)]
#[expect(clippy::doc_markdown, reason = "the text of the help")]
struct Place {
    /// Host of IQConnect
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,
    /// Port of level 1
    #[arg(long, value_name = "PORT", default_value_t = 5009)]
    level1_port: u16,
    /// Port of history
    #[arg(long, value_name = "PORT", default_value_t = 9100)]
    lookup_port: u16,
    /// Port of depth
    #[arg(long, value_name = "PORT", default_value_t = 9200)]
    depth_port: u16,
    /// Port of administration
    #[arg(long, value_name = "PORT", default_value_t = 9300)]
    admin_port: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Depth {
    /// Sizes of price levels.
    Price,
    /// Every order.
    Order,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum History {
    /// Every trade.
    Ticks,
    /// Bars of --interval seconds.
    Bars,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Stamped {
    /// Their start.
    Start,
    /// Their end.
    End,
}

/// A variable that holds a secret; one that is empty counts as not set.
fn secret(name: &str) -> Option<Secret> {
    let text = std::env::var(name).ok()?;
    Secret::new(&text).filter(|secret| !secret.expose().contains(['\r', '\n', ',']))
}

fn credentials() -> Option<Credentials> {
    let product = secret("IQFEED_PRODUCT_ID");
    let (login, password) = (secret("IQFEED_LOGIN"), secret("IQFEED_PASSWORD"));
    match (product, login, password) {
        (Some(product), Some(login), Some(password)) => {
            Some(Credentials { product, login, password })
        }
        (None, None, None) => None,
        _ => {
            tracing::warn!(
                "to log in, IQFEED_PRODUCT_ID, IQFEED_LOGIN and IQFEED_PASSWORD must all be set, \
                 without commas or line ends; IQConnect must log in by itself"
            );
            None
        }
    }
}

impl Iqfeed {
    pub(super) fn run(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        let calendar = Common::calendar()?;
        if !self.history_file.is_empty() {
            return self.files(feed, config, calendar);
        }
        let interrupts = filter::interrupts()?;
        let mut net = SystemNetwork::new(Some(Rc::clone(&interrupts)))
            .context("the network cannot be used")?;
        let now = net.now().utc;
        let options = self.options(config);
        if self.check {
            let mut client = IqfeedClient::for_check(options, config, calendar, now)?;
            let diagnosis = probe(&mut client, &mut net, CHECK_S * 1_000_000)
                .context("the network cannot be used")?;
            return feed.report(&diagnosis);
        }
        if let Some(history) = self.history {
            let request = self.request(history)?;
            let wanted = self.one_symbol(config)?;
            let client = HistoryClient::new(options, wanted, request, calendar.clone(), now)?;
            return self.drive(feed, config, client, net, calendar, interrupts);
        }
        let client = IqfeedClient::new(options, config, calendar.clone(), now)?;
        self.drive(feed, config, client, net, calendar, interrupts)
    }

    fn drive<C: Client>(
        &self,
        feed: &Feed,
        config: &Config,
        client: C,
        net: SystemNetwork,
        calendar: Calendar,
        interrupts: Rc<Interrupts>,
    ) -> anyhow::Result<Exit> {
        let mode = match (self.history, self.allow_delayed) {
            (Some(_), _) => StreamMode::Replay,
            (None, true) => StreamMode::Delayed,
            (None, false) => StreamMode::Live,
        };
        let live = LiveOptions {
            max_retries: self.max_retries,
            max_outage_us: self.max_outage.map(|seconds| i64::from(seconds) * 1_000_000),
            max_bad: feed.common.input.max_bad,
            mode,
            phase: self.phase.phase.into(),
            seed: SystemNetwork::seed(),
            ..LiveOptions::new(config)
        };
        let mut source = LiveSource::new(client, net, live, calendar);
        let watch = Watch { done: Rc::default(), progress: Progress::none(), interrupts };
        feed.drive(&mut source, &[], &watch)
    }

    fn files(&self, feed: &Feed, config: &Config, calendar: Calendar) -> anyhow::Result<Exit> {
        if self.symbols.is_empty() {
            let message = "saved answers do not name their contract";
            return Err(Refusal::new(Exit::Usage, message)
                .hint("name it, for example mia-feed iqfeed ESZ25 --history-file ticks.csv")
                .into());
        }
        let options = HistoryFileOptions {
            wanted: self.one_symbol(config)?,
            interval_s: self.interval,
            stamped: match self.stamped {
                Stamped::Start => BarStamped::Start,
                Stamped::End => BarStamped::End,
            },
            phase: self.phase.phase.into(),
            max_bad: feed.common.input.max_bad,
            max_line: feed.common.input.max_line,
        };
        let files = Files { files: self.history_file.clone() };
        let (inputs, watch) = feed.open(&files, "an answer of IQFeed")?;
        let mut source = HistoryFiles::new(inputs, options, calendar)?;
        feed.drive(&mut source, &self.history_file, &watch)
    }

    fn one_symbol(&self, config: &Config) -> anyhow::Result<Wanted> {
        match self.symbols.as_slice() {
            [] => Ok(Wanted::parse(&config.instrument, config)?),
            [symbol] => Ok(Wanted::parse(symbol, config)?),
            _ => Err(Refusal::new(Exit::Usage, "history is of one symbol").into()),
        }
    }

    fn request(&self, history: History) -> anyhow::Result<HistoryRequest> {
        let span = match (self.days, self.begin) {
            (Some(days), _) => HistorySpan::Days(days),
            (None, Some(begin)) => {
                let end = self.end.map(|end| end.0);
                if end.is_some_and(|end| end <= begin.0) {
                    return Err(Refusal::new(Exit::Usage, "--end is not after --begin").into());
                }
                HistorySpan::Range { begin: begin.0, end }
            }
            (None, None) => {
                let message = "say how much history: --days N, or --begin TIME";
                return Err(Refusal::new(Exit::Usage, message).into());
            }
        };
        Ok(match history {
            History::Ticks => HistoryRequest::Ticks(span),
            History::Bars => HistoryRequest::Bars(span, self.interval.unwrap_or(INTERVAL_S)),
        })
    }

    fn options(&self, config: &Config) -> IqfeedOptions {
        let Place { host, level1_port, lookup_port, depth_port, admin_port } = &self.place;
        IqfeedOptions {
            host: host.clone(),
            level1_port: *level1_port,
            lookup_port: *lookup_port,
            depth_port: *depth_port,
            admin_port: *admin_port,
            symbols: self.symbols.clone(),
            depth: self.depth.map(|depth| match depth {
                Depth::Price => DepthBy::Price,
                Depth::Order => DepthBy::Order,
            }),
            credentials: credentials(),
            allow_delayed: self.allow_delayed,
            ..IqfeedOptions::new(config.feed.silence_ms * 1000)
        }
    }
}
