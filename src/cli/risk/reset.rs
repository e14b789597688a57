//! mia-risk reset: the one way to open a latch that only a person may open.

use crate::cli::entry;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::options::Common;
use crate::cli::risk::kept::remember;
use crate::cli::risk::state::State;
use crate::cli::risk::state::journal_in;
use crate::cli::risk::state::look_for_journal;
use crate::cli::words;
use crate::execution::Journal;
use crate::execution::JournalError;
use crate::market::Cents;
use crate::market::Sym;
use crate::matching::blank_acct;
use crate::risk::Latches;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::stream::clock;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Failure;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

/// Open latches that only a person may open
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("place").required(true).args(["state", "journal"])))]
pub(super) struct Reset {
    /// The state folder of mia-risk
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    state: Option<PathBuf>,
    /// The journal of mia-exec, where mia-risk runs without a state folder
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// Why it is right to trade again: kept for good
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Open this latch alone
    #[arg(long, value_name = "NAME")]
    latch: Option<String>,
    /// Measure drawdowns from the account's equity of now, no longer from its highest
    ///
    /// A latch that a drawdown has set can only be opened so: it would be set again at once.
    #[arg(long)]
    new_high_water: bool,
}

/// Where a reset is written.
enum Kept {
    Folder(State),
    Journal(Journal),
}

impl Kept {
    /// Tells what it holds, as at a start of mia-risk.
    fn tell(&self, stage: &mut RiskStage) -> Result<(), Failure> {
        match self {
            Self::Folder(state) => state.each(|told| remember(stage, &told)),
            Self::Journal(journal) => {
                let mut reader = journal.reader()?;
                while let Some(entry) = reader.next_entry()? {
                    stage.remember(&entry.record)?;
                }
                Ok(())
            }
        }
    }

    const fn journal(&mut self) -> &mut Journal {
        match self {
            Self::Folder(state) => &mut state.journal,
            Self::Journal(journal) => journal,
        }
    }

    fn settle(&mut self, high_water: Cents) -> Result<(), Failure> {
        match self {
            Self::Folder(state) => state.settle(high_water),
            Self::Journal(journal) => Ok(journal.sync()?),
        }
    }
}

impl Reset {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::new(Exit::Usage, "the reason is empty")
                .hint("say why it is right to trade again: it is kept for good")
                .into());
        }
        let path = match (&self.state, &self.journal) {
            (Some(folder), _) => {
                look_for_journal(folder)?;
                journal_in(folder)
            }
            (None, Some(journal)) => journal.clone(),
            (None, None) => {
                return Err(Refusal::new(Exit::Usage, "name --state or --journal").into());
            }
        };
        if !path.is_file() {
            let message = format!("{} is not there", path.display());
            return Err(Refusal::new(Exit::Config, message)
                .hint("name the folder or the journal that the latched mia-risk ran with")
                .into());
        }
        let (config, _) = common.config.load()?;
        let mut stage = RiskStage::new(&config, Common::calendar()?, RiskOptions::default())?;
        let journal = open(&path)?;
        let mut kept = match &self.state {
            Some(folder) => Kept::Folder(State::with(folder, journal, self.new_high_water)?),
            None => Kept::Journal(journal),
        };
        kept.tell(&mut stage)?;
        let chosen = self.chosen(stage.latches())?;
        self.check(&chosen)?;
        let equity = stage.ledger().equity();
        let told = self.write(&mut kept, &chosen, equity)?;
        kept.settle(if self.new_high_water { equity } else { stage.high_water() })?;
        entry::print(told.as_bytes())
    }

    /// A latch that would be set again at once is not opened.
    fn check(&self, chosen: &[(String, String)]) -> anyhow::Result<()> {
        let set = chosen.iter().find(|(name, why)| {
            name == Latches::MANUAL && Latches::is_of_drawdown(why) && !self.new_high_water
        });
        let Some((name, why)) = set else { return Ok(()) };
        let message = format!(
            "{name} was set by {why}, and nothing is opened: the drawdown still holds, so that the \
             next record would set it again"
        );
        Err(Refusal::new(Exit::Usage, message)
            .hint(
                "add --new-high-water if drawdowns may be measured from the equity of now; --latch \
                 NAME opens another one alone",
            )
            .into())
    }

    /// Writes what is opened; says it.
    fn write(
        &self,
        kept: &mut Kept,
        chosen: &[(String, String)],
        equity: Cents,
    ) -> anyhow::Result<String> {
        let (reason, who, journal) = (self.reason.trim(), who(), kept.journal());
        // A journal has one time, that of the market: the clock of this machine would lie ahead of all
        // that a replay still has to write. When it was done stands in the reason.
        let (stamp, now) =
            (journal.recovered().last.unwrap_or_else(clock::now_us), written(clock::now_us()));
        let mut told = String::new();
        // A new high-water mark without a latch stands in a record of its own.
        let alone = self.new_high_water && chosen.is_empty();
        let names = chosen.iter().map(|(name, _)| name.as_str());
        let mut new_high = self.new_high_water.then_some(equity);
        for name in names.clone().chain(alone.then_some(Latches::MANUAL)) {
            let reset = Acct {
                latches: vec![name.to_owned()],
                equity: new_high.take(),
                reason: Some(format!("{reason} (by {who}, {now})")),
                ..blank_acct(stamp, Sym::NONE, AcctOp::Reset)
            };
            journal.fact(&reset.into()).map_err(Failure::from)?;
        }
        for (name, why) in chosen {
            let _ = writeln!(told, "opened {name} (it was set by: {})", words::plain(why));
        }
        if chosen.is_empty() {
            told.push_str("nothing to open: no latch is set that a person has to open\n");
        } else {
            let names: Vec<&str> = names.collect();
            tracing::warn!("{who} opened {}: {reason}", names.join(", "));
        }
        if self.new_high_water {
            let _ = writeln!(told, "drawdowns are measured from {equity} on");
            tracing::warn!("{who} let drawdowns be measured from {equity} on: {reason}");
        }
        Ok(told)
    }

    /// The latches to open.
    fn chosen(&self, set: &Latches) -> anyhow::Result<Vec<(String, String)>> {
        let by_hand = |name: &str| Latches::is_by_hand(name);
        let Some(wanted) = &self.latch else {
            return Ok(set.entries().filter(|(name, _)| by_hand(name)).collect());
        };
        let Some(found) = set.entries().find(|(name, _)| name == wanted) else {
            let message = format!("the latch {wanted} is not set");
            let all = set.names().join(", ");
            let all = if all.is_empty() { "none".to_owned() } else { all };
            return Err(Refusal::new(Exit::Failure, message).hint(format!("set: {all}")).into());
        };
        if !by_hand(wanted) {
            let message = format!("the latch {wanted} is not for a person to open");
            return Err(Refusal::new(Exit::NotPermitted, message)
                .hint("the next session opens it: a limit of the day is one")
                .into());
        }
        Ok(vec![found])
    }
}

fn open(path: &Path) -> anyhow::Result<Journal> {
    Journal::open(path, true).map_err(|error| {
        if matches!(error, JournalError::Locked { .. }) {
            let message = format!("{} is being written: a process runs on it", path.display());
            return Refusal::new(Exit::Retry, message)
                .hint("end it first: a latch is never opened under a running process")
                .into();
        }
        Failure::from(error).into()
    })
}

/// A stamp as a date and time in UTC.
fn written(stamp: i64) -> String {
    let second = stamp.div_euclid(1_000_000);
    jiff::Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string())
}

/// Who is at the keyboard, as far as the system tells.
fn who() -> String {
    let uid = rustix::process::getuid().as_raw();
    let name = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty())
        .map_or_else(|| format!("uid {uid}"), |name| format!("{name}, uid {uid}"))
}
