//! mia-feed csv.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::symbol;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::config::Config;
use crate::feeds::csv::BarStamp;
use crate::feeds::csv::CsvOptions;
use crate::feeds::csv::CsvSettings;
use crate::feeds::csv::CsvSource;
use crate::feeds::csv::Dialect;
use crate::feeds::csv::LeanSource;
use crate::feeds::csv::Stated;
use crate::market::Sym;
use crate::stream::MaxBad;
use anyhow::Context;
use clap::ValueEnum;
use jiff::civil::Date;
use std::fs::File;
use std::io::Read;
use std::path::Path;

#[derive(clap::Args, Debug)]
pub(super) struct Csv {
    #[command(flatten)]
    files: Files,
    /// Layout of the files: a built-in name or a .toml file; without it the header tells
    ///
    /// Built in: es-ticks, sierra-5m, ninjatrader, ninjatrader-tick, lean-minute-trade,
    /// lean-minute-quote, lean-ticks, ohlcv. Zips of LEAN need none. config/dialects has them all
    /// as files to copy.
    #[arg(long, value_name = "NAME|FILE.toml")]
    dialect: Option<String>,
    /// Contract of files that name none, for example ESU13; of LEAN's zips the one to read
    #[arg(long, value_name = "SYMBOL", value_parser = symbol)]
    sym: Option<Sym>,
    /// Zone of the stamps where the dialect does not say it, for example America/New_York
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Length of the bars in seconds where the dialect does not say it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    dur: Option<u32>,
    /// Which end of a bar its stamp names where the dialect does not say it
    #[arg(long, value_name = "END", value_enum)]
    stamp_at: Option<StampAt>,
    /// Date of stamps that are times of day; without it the file's name has it
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Read everything, write nothing, and say what the files are
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StampAt {
    /// Its first instant
    Start,
    /// Its last
    End,
}

impl Csv {
    pub(super) fn run(&self, feed: &Feed, config: Config) -> anyhow::Result<Exit> {
        let options = CsvOptions {
            settings: CsvSettings {
                dialect: self.dialect.as_deref().map(dialect).transpose()?,
                stated: Stated {
                    zone: self.zone.clone(),
                    dur_s: self.dur,
                    stamp_at: self.stamp_at.map(|end| match end {
                        StampAt::Start => BarStamp::Start,
                        StampAt::End => BarStamp::End,
                    }),
                },
                sym: self.sym,
                date: self.date,
                phase: self.phase.phase.into(),
            },
            max_bad: feed.common.input.max_bad,
            max_line: feed.common.input.max_line,
        };
        let calendar = Common::calendar()?;
        let files = &self.files.files;
        let (inputs, watch) = feed.open(&self.files, "rows (CSV)")?;
        let options = if self.check {
            CsvOptions { max_bad: MaxBad::Count(u64::MAX), ..options }
        } else {
            options
        };
        if files.first().is_some_and(|path| is_zip(path)) {
            if self.check {
                return feed.report(&LeanSource::new(files, options, config, calendar).check());
            }
            let mut source = LeanSource::new(files, options, config, calendar);
            return feed.drive(&mut source, files, &watch);
        }
        if self.check {
            return feed.report(&CsvSource::new(inputs, options, config, calendar).check());
        }
        feed.drive(&mut CsvSource::new(inputs, options, config, calendar), files, &watch)
    }
}

/// The dialect of this name, or of this file.
fn dialect(name: &str) -> anyhow::Result<Dialect> {
    if let Some(dialect) = Dialect::named(name) {
        return Ok(dialect);
    }
    let is_file = Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    if !is_file && !name.contains('/') {
        let known = Dialect::names();
        let message = format!("no dialect is named `{}`", name.escape_default());
        return Err(Refusal::new(Exit::Usage, message)
            .hint(format!("known: {known}; a file of your own ends in .toml"))
            .into());
    }
    let text = std::fs::read_to_string(name).with_context(|| {
        Refusal::new(Exit::Config, format!("cannot read the dialect {}", name.escape_default()))
    })?;
    Ok(Dialect::from_toml(name, &text)?)
}

/// Whether a file is a zip, by its first bytes.
fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    let regular = std::fs::metadata(path).is_ok_and(|m| m.is_file());
    regular
        && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
        && LeanSource::recognises(&head)
}
