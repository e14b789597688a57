//! mia-feed csv.

use crate::cli::exit::Exit;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::symbol;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::csv::CsvOptions;
use crate::feeds::csv::CsvSource;
use crate::feeds::csv::Dialect;
use crate::market::Sym;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;

#[derive(clap::Args, Debug)]
pub(super) struct Csv {
    #[command(flatten)]
    files: Files,
    /// Layout of the files; without it the header tells
    #[arg(long, value_name = "NAME", value_parser = dialects())]
    dialect: Option<String>,
    /// Contract of files that name none, for example ESU13
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    sym: Option<Sym>,
    #[command(flatten)]
    phase: PhaseOption,
}

fn dialects() -> PossibleValuesParser {
    Dialect::builtin().into_iter().map(|d| PossibleValue::new(d.name).help(d.about)).into()
}

impl Csv {
    pub(super) fn run(&self, feed: &Feed, config: Config) -> anyhow::Result<Exit> {
        let options = CsvOptions {
            dialect: self.dialect.as_deref().and_then(Dialect::named),
            sym: self.sym,
            phase: self.phase.phase.into(),
            max_bad: feed.common.input.max_bad,
            max_line: feed.common.input.max_line,
        };
        let (inputs, watch) = feed.open(&self.files, "rows (CSV)")?;
        let mut source = CsvSource::new(inputs, options, config, Common::calendar()?);
        feed.drive(&mut source, &self.files.files, &watch)
    }
}
