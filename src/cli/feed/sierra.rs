//! mia-feed sierra.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::Watch;
use crate::cli::feed::symbol;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::Diagnosis;
use crate::feeds::sierra::Bundles;
use crate::feeds::sierra::FollowOptions;
use crate::feeds::sierra::FollowSource;
use crate::feeds::sierra::PriceMult;
use crate::feeds::sierra::SierraOptions;
use crate::feeds::sierra::SierraSource;
use crate::feeds::sierra::SystemFollowClock;
use crate::feeds::sierra::check;
use crate::market::Sym;
use crate::stream::Progress;
use crate::stream::clock;
use clap::ValueEnum;
use std::rc::Rc;

#[derive(clap::Args, Debug)]
pub(super) struct Sierra {
    #[command(flatten)]
    files: Files,
    /// Contract of files whose name does not say it, for example ESZ25
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    sym: Option<Sym>,
    /// Write a bundle (one order that Sierra split by its counterparts) as one trade or as its parts
    #[arg(long, value_enum, value_name = "HOW", default_value_t = BundleOption::Sum)]
    bundles: BundleOption,
    /// Multiply prices by N; `auto` looks at the symbol and the prices
    #[arg(long, value_name = "auto|N", default_value = "auto")]
    price_mult: PriceMult,
    /// Write bars too: the file holds bars of SECONDS
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    bars: Option<u32>,
    /// Write N levels of the book on each side (time and sales with the book beside it)
    #[arg(long, value_name = "N", default_value_t = 0)]
    depth: usize,
    /// Time zone of texts that do not say theirs, for example America/Chicago
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Follow the file while Sierra Chart writes to it; with --since its history first, as warm-up
    #[arg(long, conflicts_with = "check")]
    follow: bool,
    /// With --follow: wait for a file that is not there yet
    #[arg(long, requires = "follow")]
    wait: bool,
    /// Look at the files, tell in words what is wrong and what to do, and end
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BundleOption {
    /// One trade of the whole size
    Sum,
    /// A trade each part
    Keep,
}

impl Sierra {
    pub(super) fn run(&self, feed: &Feed, config: Config) -> anyhow::Result<Exit> {
        if self.check {
            return self.diagnose(feed, &config);
        }
        if self.follow {
            return self.follow(feed, config);
        }
        let (inputs, watch) = feed.open(&self.files, "a file of Sierra Chart")?;
        let mut source = SierraSource::new(inputs, self.options(feed), config);
        feed.drive(&mut source, &self.files.files, &watch)
    }

    fn diagnose(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        if self.files.files.is_empty() {
            return Err(Refusal::new(Exit::Usage, "name the file to check").into());
        }
        let (options, calendar) = (self.options(feed), Common::calendar()?);
        let now = clock::now_us();
        let mut found = Diagnosis::default();
        for path in &self.files.files {
            found.checks.extend(check(path, &options, config, &calendar, now).checks);
        }
        feed.report(&found)
    }

    fn follow(&self, feed: &Feed, config: Config) -> anyhow::Result<Exit> {
        let path = match self.files.files.as_slice() {
            [path] if path.as_os_str() != "-" => path,
            _ => {
                return Err(Refusal::new(Exit::Usage, "--follow needs one file")
                    .hint("a trade file and a depth file are two feeds; mia-feed merge joins them")
                    .into());
            }
        };
        let watch = Watch {
            done: Rc::default(),
            progress: Progress::none(),
            interrupts: filter::interrupts()?,
        };
        let follow = FollowOptions { wait: self.wait };
        let (options, calendar) = (self.options(feed), Common::calendar()?);
        let clock = Box::new(SystemFollowClock::start());
        let mut source = FollowSource::new(path, options, follow, config, calendar, clock);
        feed.drive(&mut source, &self.files.files, &watch)
    }

    fn options(&self, feed: &Feed) -> SierraOptions {
        let input = &feed.common.input;
        SierraOptions {
            sym: self.sym,
            bundles: match self.bundles {
                BundleOption::Sum => Bundles::Sum,
                BundleOption::Keep => Bundles::Keep,
            },
            price_mult: self.price_mult,
            bar_s: self.bars,
            levels: self.depth,
            zone: self.zone.clone(),
            phase: self.phase.phase.into(),
            max_bad: input.max_bad,
            max_line: input.max_line,
            since: input.since.map(|when| when.0),
            until: input.until.map(|when| when.0),
        }
    }
}
