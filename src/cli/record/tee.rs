//! mia-record DIR.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::options::kinds;
use crate::cli::record::Doing;
use crate::cli::record::frame_size;
use crate::cli::record::refuse;
use crate::stream::Grid;
use crate::stream::Thinning;
use crate::stream::pump;
use crate::stream::store::Fsync;
use crate::stream::store::OnDiskError;
use crate::stream::store::RecordStage;
use crate::stream::store::RecordSummary;
use crate::stream::store::RecorderOptions;
use crate::stream::store::Recovery;
use crate::stream::store::WriterOptions;
use crate::wire::Kind;
use clap::ValueEnum;
use std::path::Path;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(super) struct Tee {
    /// The store: made if it is not there
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
    #[command(flatten)]
    files: Files,
    /// When lines are forced to the disk: always, never, or every so many seconds
    ///
    /// A crash of the program loses nothing that it had a moment to write; a crash of the machine
    /// loses at most what came since the last time. Frames that were finished before are safe.
    #[arg(long, value_name = "always|SECONDS|never", default_value = "1", help_heading = "Store")]
    fsync: Fsync,
    /// What to do when the store cannot be written
    #[arg(long, value_enum, value_name = "stop|pass", default_value_t = DiskError::Stop,
          help_heading = "Store")]
    on_disk_error: DiskError,
    /// Store only records of these kinds
    #[arg(long, value_name = "KIND,..", value_delimiter = ',', value_parser = kinds(),
          hide_possible_values = true, help_heading = "Store")]
    store_only: Vec<Kind>,
    /// Do not store records of these kinds
    #[arg(long, value_name = "KIND,..", value_delimiter = ',', value_parser = kinds(),
          hide_possible_values = true, help_heading = "Store")]
    store_drop: Vec<Kind>,
    /// Length of a frame before compression (suffixes K and M): what a reader decompresses to seek
    #[arg(long, value_name = "BYTES", default_value = "4M", value_parser = frame_size,
          help_heading = "Store")]
    frame: usize,
    /// Level of compression, 1 to 19
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(i32).range(1..=19), help_heading = "Store")]
    level: i32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DiskError {
    /// End with 73 once what was read is passed on.
    Stop,
    /// Go on passing records on, and end with 73 at the end of the input.
    Pass,
}

impl Tee {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let Some(dir) = &self.dir else {
            return Err(Refusal::new(Exit::Usage, "name the folder of the store")
                .hint("mia-record DIR; mia-record --help says more")
                .into());
        };
        let (config, _) = common.config.load()?;
        self.is_not_its_own_input(dir)?;
        let options = RecorderOptions {
            writer: WriterOptions { fsync: self.fsync, level: self.level },
            frame_bytes: self.frame as u64,
            on_disk_error: match self.on_disk_error {
                DiskError::Stop => OnDiskError::Stop,
                DiskError::Pass => OnDiskError::Pass,
            },
            stored: Thinning::new(&self.store_only, &self.store_drop),
        };
        let interrupts = filter::interrupts()?;
        let mut output = common.open_output(&self.files.files)?;
        let mut stage = RecordStage::open(dir, Common::calendar()?, &options, tell)
            .map_err(|error| refuse(&error, Doing::Writing))?;
        let mut inputs = self.files.open("records (NDJSON)", &interrupts);
        let mut pump_options = common.pump_options(&config);
        pump_options.outlives_reader = true;
        let progress = filter::progress(common, &inputs);
        let grid = Grid::new(&config);
        let end = pump(&mut stage, &mut inputs, &mut output, grid, pump_options, &progress);
        drop(progress);
        // However the input ended, what was read is stored first.
        let closed = stage.close();
        let end = end?;
        say(dir, &closed?);
        filter::conclude(end)
    }

    fn is_not_its_own_input(&self, dir: &Path) -> anyhow::Result<()> {
        let Ok(own) = dir.canonicalize() else { return Ok(()) };
        let inside = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file.starts_with(&own));
        match self.files.files.iter().find(|file| inside(file)) {
            Some(file) => {
                let message = format!("{} is in the store that is written", file.display());
                Err(Refusal::new(Exit::CannotWrite, message).hint("name another folder").into())
            }
            None => Ok(()),
        }
    }
}

fn say(dir: &Path, summary: &RecordSummary) {
    let RecordSummary { lines, sessions, skipped, quarantined } = summary;
    let dir = dir.display();
    tracing::info!("{lines} lines of {sessions} sessions recorded in {dir}");
    if *skipped > 0 {
        tracing::info!("{skipped} lines of a warm-up passed on and not stored again");
    }
    if *quarantined > 0 {
        tracing::warn!("{quarantined} bad lines put into {dir}/quarantine.ndjson");
    }
}

fn tell(recovered: &[Recovery]) {
    for recovery in recovered {
        let Recovery { part, indexed, lines, torn } = recovery;
        tracing::warn!(
            "an earlier recording of {part} had not ended in order and is finished now: {lines} \
             lines put into a frame, {indexed} frames into the index"
        );
        for path in torn {
            tracing::warn!("torn bytes are kept in {}", path.display());
        }
    }
}
