//! mia-signal backscan: what the code saw in a file, and what would have become of it.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::picture::paint;
use crate::cli::signal::chart;
use crate::cli::signal::document;
use crate::cli::signal::fold::Fold;
use crate::cli::signal::scan::Day;
use crate::cli::signal::scan::Row;
use crate::cli::signal::scan::Scan;
use crate::cli::signal::table;
use crate::config::Config;
use crate::features::FeaturesOptions;
use crate::features::FeaturesStage;
use crate::market::TradeDate;
use crate::strategies::Outcomes;
use crate::strategies::SignalStage;
use crate::stream::Output;
use crate::stream::StreamError;
use crate::stream::Thinning;
use clap::ValueEnum;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

/// How a scan is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// A table on a terminal, a line a signal in a pipe.
    Auto,
    /// Signals, totals and reasons for people.
    Table,
    /// One JSON document with everything.
    Json,
    /// A JSON object a signal.
    Ndjson,
    /// A row a signal.
    Csv,
}

/// Look at what the patterns saw in a file and what would have become of it
///
/// FILE is market data (records of a feed), or what mia-features or mia-signal wrote: what is
/// missing is computed. Every signal is followed over the later bars, pessimistically: entry at its
/// close, the stop before the target within a bar, gaps filled at the open, costs taken off.
#[derive(clap::Args, Debug)]
pub(super) struct Backscan {
    #[command(flatten)]
    files: Files,
    /// How results are written; `auto` is a table on a terminal and a line a signal in a pipe
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Auto,
          help_heading = "Results")]
    format: Format,
    /// Tell of this session alone, for example 2026-03-10; earlier ones still warm up
    #[arg(long, value_name = "DATE", help_heading = "Results")]
    session: Option<TradeDate>,
    /// Draw into FILE as SVG: prices, levels, VWAP, signals and outcomes, score, regime
    ///
    /// Several sessions make one picture each: FILE gets the date before its ending. An existing
    /// file needs --force.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath,
          help_heading = "Pictures")]
    svg: Option<PathBuf>,
    /// Draw into FILE as PNG
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath,
          help_heading = "Pictures")]
    png: Option<PathBuf>,
}

impl Backscan {
    /// Whether pictures are drawn.
    pub(super) const fn draws(&self) -> bool {
        self.svg.is_some() || self.png.is_some()
    }

    /// Scans.
    ///
    /// # Errors
    /// Whatever ends the command.
    pub(super) fn run(
        &self,
        common: &Common,
        config: &Config,
        signals: SignalStage,
    ) -> anyhow::Result<Exit> {
        self.check(common)?;
        let calendar = Common::calendar()?;
        let features = FeaturesStage::new(config, calendar.clone(), FeaturesOptions::default())?;
        let cost_ticks = Outcomes::new(config, calendar.clone())?.cost_ticks();
        let mut fold = Fold::new(config, calendar, features, signals, self.session)?;
        fold.scan.draws = self.draws();
        let mut inputs =
            self.files.open("market data, features or signals (NDJSON)", &filter::interrupts()?);
        let mut nowhere = filter::nowhere();
        let exit = filter::run_to(&mut fold, &mut inputs, &mut nowhere, common, config, None)?;
        let seen = fold.seen;
        let scan = fold.finish();
        if exit != Exit::Done {
            return Ok(exit);
        }
        if scan.bars == 0 {
            return Err(self.nothing(config, seen));
        }
        let rows = scan.rows();
        self.tell(common, &scan, &rows, cost_ticks)?;
        self.draw(&scan, &rows, common.output.force)?;
        Ok(Exit::Done)
    }

    /// Refuses at once what would be refused at the end.
    fn check(&self, common: &Common) -> anyhow::Result<()> {
        let pictures: Vec<_> = self.svg.iter().chain(&self.png).collect();
        let real = |path: &Path| path.canonicalize().ok();
        let same = |a: &Path, b: &Path| a == b || real(a).is_some_and(|a| real(b) == Some(a));
        for (i, file) in pictures.iter().enumerate() {
            let others = self.files.files.iter().chain(&common.output.output);
            let mut others = others.chain(pictures[..i].iter().copied());
            if others.any(|other| same(file, other)) {
                let message = format!("{} is an input or another output as well", file.display());
                return Err(Refusal::new(Exit::CannotWrite, message).into());
            }
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                let message = format!("{} is no folder", folder.display());
                return Err(Refusal::new(Exit::CannotWrite, message)
                    .hint(format!("make it first: mkdir -p {}", folder.display()))
                    .into());
            }
            if !common.output.force && file.exists() {
                return Err(StreamError::Exists { name: file.display().to_string() }.into());
            }
        }
        Ok(())
    }

    fn nothing(&self, config: &Config, seen: bool) -> anyhow::Error {
        if !seen {
            return Refusal::new(Exit::BadInput, "the input holds no market data and no bar")
                .hint("give it what mia-feed, mia-features or mia-signal wrote")
                .into();
        }
        let root = &config.instrument;
        let (text, hint) = match self.session {
            Some(date) => (
                format!("no bar of {root} closed in the regular hours of {date}"),
                "is the date in the file, and a trade date as 2026-03-10?",
            ),
            None => (
                format!("no bar of {root} closed in regular hours: there is nothing to look at"),
                "signals alone do not say what became of them: keep the bars (no --only); \
                 --set instrument=ROOT chooses another product",
            ),
        };
        Refusal::new(Exit::BadInput, text).hint(hint).into()
    }

    fn tell(
        &self,
        common: &Common,
        scan: &Scan,
        rows: &[Row],
        cost_ticks: f64,
    ) -> anyhow::Result<()> {
        let terminal = common.output.output.is_none() && std::io::stdout().is_terminal();
        let form = match self.format {
            Format::Auto if terminal => Format::Table,
            form => form,
        };
        let bytes = match form {
            Format::Table => {
                let color = common.messages.color_of(terminal);
                table::of(scan, rows, cost_ticks, color).into_bytes()
            }
            Format::Auto | Format::Ndjson => document::ndjson(rows)?,
            Format::Json => document::json(scan, rows, cost_ticks)?,
            Format::Csv => document::csv(rows)?,
        };
        let mut output = common.open_output_thinned(&self.files.files, Thinning::default())?;
        output.copy(&bytes);
        Ok(output.flush()?)
    }

    fn draw(&self, scan: &Scan, rows: &[Row], force: bool) -> anyhow::Result<()> {
        if !self.draws() {
            return Ok(());
        }
        let several = scan.days.len() > 1;
        for day in &scan.days {
            let own: Vec<_> = rows
                .iter()
                .filter(|row| (row.date, row.signal.sym) == (day.date, day.sym))
                .collect();
            let scene = chart::of(day, &own, scan.synthetic);
            if let Some(file) = &self.svg {
                write(&named(file, day, several), force, &paint::svg(&scene)?)?;
            }
            if let Some(file) = &self.png {
                write(&named(file, day, several), force, &paint::png(&scene)?)?;
            }
        }
        Ok(())
    }
}

/// The file of a session: the date goes before the ending where there are several.
fn named(file: &Path, day: &Day, several: bool) -> PathBuf {
    if !several {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{}{ending}", day.date))
}

fn write(file: &Path, force: bool, bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = Output::file(file, force, Thinning::default())?;
    output.copy(bytes);
    Ok(output.flush()?)
}
