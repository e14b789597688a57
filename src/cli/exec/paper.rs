//! mia-exec paper.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::filter::say_ignored;
use crate::cli::options::Common;
use crate::cli::words;
use crate::execution::Journal;
use crate::execution::PaperCounts;
use crate::execution::PaperStage;
use crate::execution::Snapshots;
use crate::execution::flatten_request;
use crate::stream::KillFile;
use crate::wire::Failure;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(super) struct Paper {
    #[command(flatten)]
    files: Files,
    /// Write every order before it is acted on, and every fact, to FILE (append only)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// Go on with a journal that is not empty: its orders are never acted on again
    #[arg(long, requires = "journal")]
    resume: bool,
    /// Write each trade with its context and the 20 minutes after it to a file in DIR
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    snapshots: Option<PathBuf>,
}

impl Paper {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let inputs = self.inputs_and_journal(common)?;
        let journal = self.journal.as_deref().map(|path| Journal::open(path, self.resume));
        let journal = journal.transpose().map_err(Failure::from)?;
        if let Some(journal) = &journal {
            let recovered = journal.recovered();
            if let Some(torn) = &recovered.torn {
                tracing::warn!("the journal's torn last line is now in {}", torn.display());
            }
            if !recovered.orders.is_empty() {
                let orders = words::count(recovered.orders.len() as u64, "order");
                let records = words::count(recovered.records, "record");
                tracing::warn!("the journal holds {orders} ({records}): none is sent again");
            }
        }
        let mut stage = PaperStage::new(&config, Common::calendar()?, journal)?;
        let mut from = self.files.open("records (NDJSON)", &filter::interrupts()?);
        let mut output = common.open_output(&inputs)?;
        let requests = self.journal.as_deref().map(flatten_request).map(KillFile::new);
        let Some(folder) = &self.snapshots else {
            let exit =
                filter::run_to(&mut stage, &mut from, &mut output, common, &config, requests)?;
            report(stage.counts(), self.journal.as_deref());
            say_ignored(stage.exchange());
            return Ok(exit);
        };
        let listings = stage.exchange().listings().clone();
        let mut watched = Snapshots::new(stage, folder, listings)?;
        let exit = filter::run_to(&mut watched, &mut from, &mut output, common, &config, requests)?;
        report(watched.inner().counts(), self.journal.as_deref());
        say_ignored(watched.inner().exchange());
        let trades = words::count(watched.written(), "trade");
        tracing::info!("{trades} in {}", folder.display());
        Ok(exit)
    }

    /// The files that the output must not overwrite: the inputs and the journal. A journal that is
    /// also read as input would feed on itself.
    fn inputs_and_journal(&self, common: &Common) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = self.files.files.clone();
        let Some(journal) = &self.journal else { return Ok(files) };
        let id = |path: &Path| {
            std::fs::metadata(path).ok().filter(Metadata::is_file).map(|m| (m.dev(), m.ino()))
        };
        let stdin = PathBuf::from("/dev/stdin");
        let read = files.iter().map(PathBuf::as_path).chain([stdin.as_path()]);
        if id(journal).is_some_and(|own| read.into_iter().any(|path| id(path) == Some(own))) {
            let message = format!("the journal {} is an input as well", journal.display());
            return Err(Refusal::new(Exit::CannotWrite, message).into());
        }
        if common.output.output.as_deref() == Some(journal.as_path()) {
            let message = format!("{} is both the journal and the output", journal.display());
            return Err(Refusal::new(Exit::CannotWrite, message).into());
        }
        files.push(journal.clone());
        Ok(files)
    }
}

fn report(counts: &PaperCounts, journal: Option<&Path>) {
    if counts.latched > 0 {
        let orders = words::count(counts.latched, "order");
        let (was, is) =
            (words::was(counts.latched), "a latch in the journal holds the gate closed");
        let journal = journal.unwrap_or(Path::new("FILE")).display();
        tracing::warn!(
            "{orders} {was} rejected: {is} (mia-exec flatten set it). A person opens it: mia-risk \
             reset --journal {journal} --reason TEXT. Of such latches only a mia-risk with --account \
             journal:{journal} knows"
        );
    }
    if counts.repeated > 0 {
        let orders = words::count(counts.repeated, "order");
        let was = words::was(counts.repeated);
        tracing::warn!("{orders} came again and {was} not acted on");
    }
    if counts.foreign > 0 {
        let orders = words::count(counts.foreign, "order");
        let was = words::was(counts.foreign);
        tracing::warn!("{orders} that mia-risk did not write {was} ignored");
    }
    let (orders, fills) =
        (words::count(counts.orders, "order"), words::count(counts.fills, "fill"));
    tracing::info!("{orders}, {fills}");
}
