//! mia-feed dbn.

use crate::cli::exit::Exit;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::symbol;
use crate::cli::filter::Files;
use crate::config::Config;
use crate::feeds::dbn::DbnOptions;
use crate::feeds::dbn::DbnSettings;
use crate::feeds::dbn::DbnSource;
use crate::market::Sym;
use crate::stream::MaxBad;

#[derive(clap::Args, Debug)]
pub(super) struct Dbn {
    #[command(flatten)]
    files: Files,
    /// Write only these contracts, for example ESH24; ESH4 is the same
    #[arg(long, value_name = "SYMBOL,..", value_parser = symbol, value_delimiter = ',')]
    sym: Vec<Sym>,
    /// Read everything, write nothing, and say what the files are
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    phase: PhaseOption,
}

impl Dbn {
    pub(super) fn run(&self, feed: &Feed, config: Config) -> anyhow::Result<Exit> {
        let phase = self.phase.phase.into();
        let settings = DbnSettings { config, syms: self.sym.clone(), phase };
        let max_bad = feed.common.input.max_bad;
        let (inputs, watch) = feed.open(&self.files, "records (DBN, or its JSON or CSV)")?;
        if self.check {
            let max_bad = MaxBad::Count(u64::MAX);
            let source = DbnSource::new(inputs, DbnOptions { settings, max_bad });
            return feed.report(&source.check());
        }
        let mut source = DbnSource::new(inputs, DbnOptions { settings, max_bad });
        feed.drive(&mut source, &self.files.files, &watch)
    }
}
