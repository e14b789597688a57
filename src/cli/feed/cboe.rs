//! mia-feed cboe.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::Watch;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::cboe::CboeFollow;
use crate::feeds::cboe::CboeOptions;
use crate::feeds::cboe::CboeSource;
use crate::feeds::cboe::FetchOptions;
use crate::feeds::cboe::Fetcher;
use crate::stream::MaxBad;
use crate::stream::Progress;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

#[derive(clap::Args, Debug)]
pub(super) struct Cboe {
    /// Documents to read, in order: files, - for standard input, or one http(s) address
    ///
    /// CSV of the quote table or JSON; plain, gzip or zstd. The content decides, not the name.
    #[arg(value_name = "FILE|URL", value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Ask Cboe for the chain of this underlying: SPX, NDX, XSP, VIX, a stock
    ///
    /// For personal use: the service is not documented, makes no promise, and its terms restrict
    /// automated collection.
    #[arg(long, value_name = "NAME", conflicts_with = "files", value_parser = underlying)]
    und: Option<String>,
    /// Ask again every so often, for example 60s or 5m; never more than once a minute
    #[arg(long, value_name = "TIME", value_parser = period)]
    every: Option<Duration>,
    /// Folder for the copy of the last answer; without it, mia/cboe in the user's cache folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    cache: Option<PathBuf>,
    /// Read everything, write nothing, and say what it is
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    phase: PhaseOption,
}

fn underlying(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches(['^', '_', '$']).to_ascii_uppercase();
    let plain = (1..=6).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { Ok(name) } else { Err(format!("`{text}` is not the name of an underlying")) }
}

fn period(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.as_bytes().last() {
        Some(b's') => (&text[..text.len() - 1], 1),
        Some(b'm') => (&text[..text.len() - 1], 60),
        _ => (text, 1),
    };
    match number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)) {
        Some(seconds @ 60..=86_400) => Ok(Duration::from_secs(seconds)),
        Some(0..60) => Err("once a minute is the most: the quotes are 15 minutes old".into()),
        _ => Err(format!("`{text}` is not a time such as 60s or 5m, up to a day")),
    }
}

impl Cboe {
    /// The address to ask, if it is one.
    fn address(&self) -> anyhow::Result<Option<String>> {
        if let Some(und) = &self.und {
            return Ok(Some(FetchOptions::address_of(und)));
        }
        let is_url = |path: &PathBuf| {
            path.to_str().is_some_and(|t| t.starts_with("http://") || t.starts_with("https://"))
        };
        if !self.files.iter().any(is_url) {
            return Ok(None);
        }
        match self.files.as_slice() {
            [url] => Ok(Some(url.to_string_lossy().into_owned())),
            _ => Err(Refusal::new(Exit::Usage, "an address goes alone")
                .hint("run one mia-feed an address, and join them with mia-feed merge")
                .into()),
        }
    }

    pub(super) fn run(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        let max_bad = if self.check { MaxBad::Count(u64::MAX) } else { feed.common.input.max_bad };
        let clock_lateness_ms = config.clock.lateness_ms;
        let options = CboeOptions { phase: self.phase.phase.into(), max_bad, clock_lateness_ms };
        let calendar = Common::calendar()?;
        let Some(url) = self.address()? else {
            if self.every.is_some() {
                return Err(Refusal::new(Exit::Usage, "--every asks an address, not a file")
                    .hint("give --und SPX or a URL")
                    .into());
            }
            let files = Files { files: self.files.clone() };
            let (inputs, watch) = feed.open(&files, "a chain (CSV or JSON)")?;
            let mut source = CboeSource::new(inputs, options, calendar);
            if self.check {
                return feed.report(&source.check());
            }
            return feed.drive(&mut source, &self.files, &watch);
        };
        let cache = self.cache.clone().or_else(cache_folder);
        let fetcher = Fetcher::new(FetchOptions { cache, ..FetchOptions::new(url) })?;
        let mut source = CboeFollow::new(fetcher, self.every, options, calendar)?;
        if self.check {
            return feed.report(&source.check());
        }
        let watch = Watch {
            done: Rc::default(),
            progress: Progress::none(),
            interrupts: filter::interrupts()?,
        };
        feed.drive(&mut source, &[], &watch)
    }
}

/// `mia/cboe` in the user's cache folder, if the environment names one.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("mia/cboe"))
}
