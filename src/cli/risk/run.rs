//! The filter: signals in, verdicts and orders out.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::filter::say_ignored;
use crate::cli::options::Common;
use crate::cli::risk::check::use_events;
use crate::cli::risk::kept::Kept;
use crate::cli::risk::state::State;
use crate::cli::risk::state::default_folder;
use crate::cli::words;
use crate::config::Config;
use crate::risk::AccountSource;
use crate::risk::Gate;
use crate::risk::Latches;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::risk::Traded;
use crate::risk::config_hash;
use crate::stream::JournalFollower;
use crate::stream::KillFile;
use crate::stream::PumpOptions;
use crate::stream::clock;
use crate::wire::Kind;
use crate::wire::KindSet;
use std::path::Path;
use std::path::PathBuf;

/// The options of the filter.
#[derive(clap::Args, Debug)]
pub(super) struct Filter {
    #[command(flatten)]
    files: Files,
    /// How risk learns of fills: sim, stream, or journal:FILE
    ///
    /// sim: from the simulated exchange that mia-exec paper runs too. stream: from the acct records
    /// of a recorded session, whose verdicts and orders are decided again. journal:FILE: from the
    /// journal of mia-exec, while it is written.
    #[arg(long, value_name = "HOW", default_value = "sim", value_parser = account,
          help_heading = "Risk")]
    account: Account,
    /// Keep account, day and latches in the folder DIR, and go on from what is there
    ///
    /// Without it nothing is kept, except with live data: then in $MIA_STATE, or mia/risk in
    /// $XDG_STATE_HOME (~/.local/state).
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, help_heading = "Risk")]
    state: Option<PathBuf>,
    /// The gate.json of a report that passes: what profile live asks for (check MODE)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Risk")]
    gate: Option<PathBuf>,
    /// Say for every signal what was decided and why
    #[arg(long, help_heading = "Risk")]
    explain: bool,
    /// Stop trading and flatten when FILE appears; its first line is the reason
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Risk")]
    kill_file: Option<PathBuf>,
}

/// Where account facts come from.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Account {
    Sim,
    Stream,
    Journal(PathBuf),
}

fn account(text: &str) -> Result<Account, String> {
    match text {
        "sim" => Ok(Account::Sim),
        "stream" => Ok(Account::Stream),
        _ => match text.strip_prefix("journal:") {
            Some("") | None => {
                Err("sim, stream, or journal:FILE with the journal of mia-exec".to_owned())
            }
            Some(path) => Ok(Account::Journal(path.into())),
        },
    }
}

impl Account {
    const fn source(&self) -> AccountSource {
        match self {
            Self::Sim => AccountSource::Sim,
            Self::Stream => AccountSource::Stream,
            Self::Journal(_) => AccountSource::Journal,
        }
    }
}

impl Filter {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let calendar = Common::calendar()?;
        let source = self.account.source();
        if let Some(folder) = self.state.as_ref().filter(|_| source == AccountSource::Stream) {
            let message = "--account stream has its state in the stream, and --state is given";
            return Err(Refusal::new(Exit::Usage, message)
                .hint(format!("leave out --state {}", folder.display()))
                .into());
        }
        self.check_kill_file()?;
        let options = RiskOptions { explain: self.explain, account: source };
        let mut stage = RiskStage::new(&config, calendar.clone(), options)?;
        use_events(&mut stage, &config)?;
        if let Some(path) = &self.gate {
            stage.set_gate(gate_fault(path, &config)?);
        }
        let mut kept = Kept::new(stage, source, &config, calendar, default_folder());
        if let Some(folder) = &self.state {
            kept.attach(State::open(folder)?)?;
        }
        let journal = match &self.account {
            Account::Journal(path) => Some(follow(path, &mut kept)?),
            _ => None,
        };
        let kill_file = self.kill_file.clone().map(KillFile::new);
        let options = PumpOptions { kill_file, journal, ..common.pump_options(&config) };
        let mut inputs = self.files.open("records (NDJSON)", &filter::interrupts()?);
        let mut output = common.open_output(&self.taken())?;
        let exit = filter::drive(&mut kept, &mut inputs, &mut output, common, &config, options)?;
        let stage = kept.stage();
        let (foreign, unmatched) = (stage.foreign(), stage.unmatched());
        if foreign > 0 {
            let records = words::count(foreign, "record");
            let was = words::was(foreign);
            tracing::warn!("{records} of others (orders, account facts) {was} dropped");
        }
        if unmatched > 0 {
            let executions = words::count(unmatched, "execution");
            let was = words::was(unmatched);
            tracing::warn!(
                "{executions} {was} of orders that this run did not decide: other settings, \
                 another version, or another account?"
            );
        }
        if source == AccountSource::Stream && kept.facts() == 0 {
            tracing::warn!(
                "--account stream, and no acct record of mia-risk was in the input: nothing is known \
                 of any account, and no order was filled"
            );
        }
        say_ignored(stage.exchange());
        // The recorded run ended here for the same reason.
        let halted = source == AccountSource::Stream && stage.is_halted();
        let exit = if halted && exit == Exit::Done { Exit::RiskHalt } else { exit };
        if exit == Exit::RiskHalt {
            self.say_halt(&kept);
        }
        Ok(exit)
    }

    /// Says what is latched, and how it is opened.
    fn say_halt(&self, kept: &Kept) {
        let set = kept.stage().latches().entries();
        let set: Vec<_> = set.filter(|(name, _)| Latches::is_by_hand(name)).collect();
        let names: Vec<_> = set.iter().map(|(name, why)| format!("{name} ({why})")).collect();
        let names = names.join(", ");
        let place = match (kept.folder(), &self.account) {
            (Some(folder), _) => format!("--state {}", folder.display()),
            (None, Account::Journal(path)) => format!("--journal {}", path.display()),
            (None, Account::Stream) => {
                tracing::error!("a risk halt is latched: {names}; the recorded session ended so");
                return;
            }
            (None, Account::Sim) => {
                tracing::error!(
                    "a risk halt is latched: {names}; no --state keeps it, the next run begins \
                     without it"
                );
                return;
            }
        };
        let fell =
            set.iter().any(|(name, why)| name == Latches::MANUAL && Latches::is_of_drawdown(why));
        let anew = if fell { " --new-high-water" } else { "" };
        tracing::error!(
            "a risk halt is latched: {names}; a person opens it: mia-risk reset {place} --reason \
             TEXT{anew}"
        );
    }

    /// The files that the output must not overwrite.
    fn taken(&self) -> Vec<PathBuf> {
        let mut files = self.files.files.clone();
        if let Account::Journal(path) = &self.account {
            files.push(path.clone());
        }
        files
    }

    fn check_kill_file(&self) -> anyhow::Result<()> {
        let Some(path) = &self.kill_file else { return Ok(()) };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let message = format!("the folder of the kill file {} is missing", path.display());
            return Err(Refusal::new(Exit::Usage, message)
                .hint("a kill file that can never appear stops nothing: check the path")
                .into());
        }
        Ok(())
    }
}

/// What closes the gate of a file now, if something does. Whether it is of the model that scores the
/// signals is seen by mia-exec, which is told the model.
pub(super) fn gate_fault(path: &Path, config: &Config) -> anyhow::Result<Option<&'static str>> {
    let unusable = |error: &dyn std::fmt::Display| {
        Refusal::new(Exit::Config, format!("cannot use the gate {}: {error}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| unusable(&error))?;
    let gate = Gate::parse(&text).map_err(|error| unusable(&error))?;
    let model_hash = gate.model_hash.clone().unwrap_or_default();
    let faults =
        gate.faults(&Traded { model_hash, config_hash: config_hash(config)? }, clock::now_us());
    for fault in &faults {
        tracing::warn!("the gate is closed: {fault}");
    }
    Ok(faults.first().map(|fault| fault.what))
}

/// Reads what the journal holds, and follows it from there.
fn follow(path: &Path, kept: &mut Kept) -> anyhow::Result<JournalFollower> {
    let kinds = KindSet::of(&[
        Kind::Order,
        Kind::Ack,
        Kind::Fill,
        Kind::Cancel,
        Kind::Reject,
        Kind::Position,
        Kind::Account,
        Kind::Acct,
    ]);
    let mut follower = JournalFollower::new(path.to_owned(), kinds);
    follower.poll()?;
    let held = std::iter::from_fn(|| follower.next_record()).collect();
    let news = kept.catch_up(held)?;
    follower.put_back(news);
    Ok(follower)
}
