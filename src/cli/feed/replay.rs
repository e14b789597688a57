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
use crate::stream::store::Last;
use crate::stream::store::StoreRange;

#[derive(clap::Args, Debug)]
pub(super) struct Replay {
    #[command(flatten)]
    files: Files,
    /// Of a store, only the last sessions: 5d by the calendar, 5 that are stored
    #[arg(long, value_name = "N")]
    last: Option<Last>,
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
            raw: false,
        };
        let since = feed.common.input.since.map(|when| when.0);
        let until = feed.common.input.until.map(|when| when.0);
        let pace = self.speed.map(|speed| Pace::new(Box::new(SystemPace::start()), speed, since));
        let pace = pace.transpose().map_err(|message| Refusal::new(Exit::Usage, message))?;
        if self.last.is_some() && !self.files.files.iter().any(|path| path.is_dir()) {
            return Err(Refusal::new(Exit::Usage, "--last counts the sessions of a store")
                .hint("name the folder that mia-record writes")
                .into());
        }
        let range = StoreRange { since, until, last: self.last };
        let (inputs, watch) = feed.open_range(&self.files, "records (NDJSON)", range)?;
        feed.drive(&mut ReplaySource::new(inputs, options, pace), &self.files.files, &watch)
    }
}
