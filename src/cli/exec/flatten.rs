//! mia-exec flatten.

use crate::cli::exec::journal::recovery;
use crate::cli::exec::journal::time;
use crate::cli::exec::status::Report;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::options::Unused;
use crate::cli::when::When;
use crate::config::Config;
use crate::execution::Journal;
use crate::execution::JournalError;
use crate::execution::PaperStage;
use crate::execution::beside;
use crate::execution::emergency_latch;
use crate::execution::emergency_order;
use crate::execution::flatten_request;
use crate::stream::clock;
use crate::wire::Failure;
use anyhow::Context;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

#[derive(clap::Args, Debug)]
pub(super) struct Flatten {
    /// The journal of the mia-exec whose positions are closed
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: PathBuf,
    /// Why: kept in the journal for good
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
    /// Wait so long for a running mia-exec to be flat
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    /// If nothing runs: close at the market records in FILE (- is standard input), which must be
    /// newer than the journal
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    market: Option<PathBuf>,
}

impl Flatten {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        // With --market there is an input that the others choose from.
        let unused = if self.market.is_some() { &Unused::OUTPUT[..] } else { &Unused::ALL };
        common.refuse("flatten", unused)?;
        let (config, _) = common.config.load()?;
        if self.reason.contains('\n') {
            return Err(Refusal::new(Exit::Usage, "a reason is one line").into());
        }
        if !self.journal.exists() {
            let message = format!("journal {}: there is none", self.journal.display());
            return Err(Refusal::new(Exit::BadInput, message).into());
        }
        match Journal::open(&self.journal, true) {
            Ok(journal) => self.alone(journal, common, &config),
            Err(JournalError::Locked { .. }) => self.ask(&config),
            Err(error) => Err(Failure::from(error).into()),
        }
    }

    /// A mia-exec is running: it is asked, and watched until it is flat.
    fn ask(&self, config: &Config) -> anyhow::Result<Exit> {
        let request = flatten_request(&self.journal);
        let written = beside(&self.journal, "flatten.new");
        let place = || {
            let message = format!("cannot write the request {}", request.display());
            Refusal::new(Exit::CannotWrite, message)
        };
        let asked = fs::write(&written, format!("{}\n", self.reason));
        if let Err(error) = asked.and_then(|()| fs::rename(&written, &request)) {
            // A full disk leaves a part of it.
            let _ = fs::remove_file(&written);
            return Err(error).with_context(place);
        }
        let start = clock::instant();
        loop {
            let report = Report::of(&self.journal, config)?;
            if report.flat && !report.flatten_requested {
                return say("flat");
            }
            if start.elapsed() >= Duration::from_secs(self.timeout) {
                let how = if report.flatten_requested { "not obeyed yet" } else { "being closed" };
                return say_open(&report, how);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Nothing runs: the intent goes into the journal, and whoever goes on with it carries it out.
    fn alone(
        &self,
        mut journal: Journal,
        common: &Common,
        config: &Config,
    ) -> anyhow::Result<Exit> {
        let mut state = recovery(config)?;
        let mut reader = journal.reader().map_err(Failure::from)?;
        while let Some(entry) = reader.next_entry().map_err(Failure::from)? {
            state.on_record(&entry.record)?;
        }
        let Some(last) = state.last() else { return say("flat: the journal is empty") };
        let order = emergency_order(last, &self.reason);
        if !journal.recovered().orders.contains_key(&order.id) {
            let latch = emergency_latch(last, &self.reason);
            journal.fact(&latch.into()).map_err(Failure::from)?;
            if state.is_flat() {
                journal.sync().map_err(Failure::from)?;
            } else {
                journal.intent(&order).map_err(Failure::from)?;
            }
        }
        journal.obeyed().map_err(Failure::from)?;
        if state.is_flat() {
            return say("flat; no entry until a reset");
        }
        let mut how = "closed at the next start".to_owned();
        if let Some(market) = &self.market
            && !self.close(journal, market, last, common, config)?
        {
            how = format!(
                "no market record in {} is newer than the journal, whose last is of {} UTC: {how}",
                market.display(),
                time(last)
            );
        }
        let report = Report::of(&self.journal, config)?;
        if report.flat { say("flat") } else { say_open(&report, &how) }
    }

    /// Goes on with the market in a file; whether it says anything of the time after the journal.
    fn close(
        &self,
        journal: Journal,
        market: &Path,
        last: i64,
        common: &Common,
        config: &Config,
    ) -> anyhow::Result<bool> {
        // The journal was read before the intent was written: opened again, it knows both.
        drop(journal);
        let journal = Journal::open(&self.journal, true).map_err(Failure::from)?;
        let mut stage = PaperStage::new(config, Common::calendar()?, Some(journal))?;
        let files = Files { files: vec![market.to_owned()] };
        let mut common = common.clone();
        let since = common.input.since.map_or(last + 1, |When(since)| since.max(last + 1));
        common.input.since = Some(When(since));
        let mut inputs = files.open("market records (NDJSON)", &filter::interrupts()?);
        let mut nowhere = filter::nowhere();
        filter::run_to(&mut stage, &mut inputs, &mut nowhere, &common, config, None)?;
        Ok(stage.exchange().now() > last)
    }
}

fn say(text: &str) -> anyhow::Result<Exit> {
    crate::cli::entry::print(format!("{text}\n").as_bytes())
}

fn say_open(report: &Report, how: &str) -> anyhow::Result<Exit> {
    say(&format!("requested: {}; {how}", report.exposure()))?;
    Ok(Exit::Retry)
}
