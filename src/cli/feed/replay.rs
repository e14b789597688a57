//! mia-feed replay.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::filter::Files;
use crate::feeds::Pace;
use crate::feeds::ReplayOptions;
use crate::feeds::ReplaySource;
use crate::feeds::SystemPace;

#[derive(clap::Args, Debug)]
pub(super) struct Replay {
    #[command(flatten)]
    files: Files,
    /// Let recorded time pass SPEED times as fast as real time; without it, as fast as possible
    #[arg(long, value_name = "SPEED")]
    speed: Option<f64>,
    #[command(flatten)]
    phase: PhaseOption,
}

impl Replay {
    pub(super) fn run(&self, feed: &Feed) -> anyhow::Result<Exit> {
        let options = ReplayOptions {
            phase: self.phase.phase.into(),
            max_bad: feed.common.input.max_bad,
            max_line: feed.common.input.max_line,
        };
        let since = feed.common.input.since.map(|when| when.0);
        let pace = self.speed.map(|speed| Pace::new(Box::new(SystemPace::start()), speed, since));
        let pace = pace.transpose().map_err(|message| Refusal::new(Exit::Usage, message))?;
        let (inputs, watch) = feed.open(&self.files, "records (NDJSON)")?;
        feed.drive(&mut ReplaySource::new(inputs, options, pace), &self.files.files, &watch)
    }
}
