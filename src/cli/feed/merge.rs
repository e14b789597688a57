//! mia-feed merge.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::Watch;
use crate::cli::filter;
use crate::config::Config;
use crate::feeds::merge::MergeInput;
use crate::feeds::merge::MergeOptions;
use crate::feeds::merge::MergeSource;
use crate::stream::Progress;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(clap::Args, Debug)]
pub(super) struct Merge {
    /// Streams to join, files or pipes; - is standard input; ties go out in this order
    #[arg(value_name = "FILE", required_unless_present_any = ["schema", "print_config"],
          value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// How far an input may be out of order within itself, milliseconds
    ///
    /// Also how far event time may run ahead of a live input that says nothing; without the option
    /// the first is 0 and the second is the setting `clock.lateness_ms`. What comes later still is
    /// passed on, marked late.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(i64).range(0..=86_400_000))]
    lateness: Option<i64>,
}

impl Merge {
    pub(super) fn run(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        let input = &feed.common.input;
        let options = MergeOptions::new(config, self.lateness, input.max_line, input.max_bad);
        let paths: Vec<String> =
            self.files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        if paths.iter().filter(|path| *path == "-").count() > 1 {
            return Err(Refusal::new(Exit::Usage, "standard input is named twice").into());
        }
        let inputs = paths.into_iter().map(MergeInput::Path).collect();
        let mut source = MergeSource::new(inputs, options)?;
        let watch = Watch {
            done: Rc::default(),
            progress: Progress::none(),
            interrupts: filter::interrupts()?,
        };
        feed.drive(&mut source, &self.files, &watch)
    }
}
