//! mia-risk reset: the one way to open a latch that only a person may open.

use crate::cli::entry;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::risk::state::journal_in;
use crate::execution::Journal;
use crate::execution::JournalError;
use crate::market::Sym;
use crate::matching::blank_acct;
use crate::risk::Latches;
use crate::stream::clock;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Failure;
use crate::wire::Record;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

/// Open latches that only a person may open
#[derive(clap::Args, Debug)]
pub(super) struct Reset {
    /// The state folder of mia-risk
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath,
          required_unless_present = "journal", conflicts_with = "journal")]
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
}

impl Reset {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::new(Exit::Usage, "the reason is empty")
                .hint("say why it is right to trade again: it is kept for good")
                .into());
        }
        let path = match (&self.state, &self.journal) {
            (Some(folder), _) => journal_in(folder),
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
        let mut journal = open(&path)?;
        let set = latches(&journal)?;
        let chosen = self.chosen(&set)?;
        let who = who();
        // A journal has one time, that of the market: the clock of this machine would lie ahead of all
        // that a replay still has to write. When it was done stands in the reason.
        let (stamp, now) =
            (journal.recovered().last.unwrap_or_else(clock::now_us), written(clock::now_us()));
        let mut told = String::new();
        for (name, why) in &chosen {
            let reset = Acct {
                latches: vec![name.clone()],
                reason: Some(format!("{reason} (by {who}, {now})")),
                ..blank_acct(stamp, Sym::NONE, AcctOp::Reset)
            };
            journal.fact(&reset.into()).map_err(Failure::from)?;
            let _ = writeln!(told, "opened {name} (it was set by: {why})");
        }
        journal.sync().map_err(Failure::from)?;
        if chosen.is_empty() {
            told.push_str("nothing to open: no latch is set that a person has to open\n");
        } else {
            let names: Vec<&str> = chosen.iter().map(|(name, _)| name.as_str()).collect();
            tracing::warn!("{who} opened {}: {reason}", names.join(", "));
        }
        entry::print(told.as_bytes())
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

/// The latches that the journal leaves set.
fn latches(journal: &Journal) -> anyhow::Result<Latches> {
    let mut set = Latches::default();
    let mut reader = journal.reader().map_err(Failure::from)?;
    while let Some(entry) = reader.next_entry().map_err(Failure::from)? {
        let Record::Acct(acct) = entry.record else { continue };
        if !matches!(acct.by, By::Risk | By::Exec) {
            continue;
        }
        match acct.op {
            // What is still set follows it, with reasons.
            AcctOp::Open => set = Latches::default(),
            AcctOp::Latch | AcctOp::Kill => {
                for name in &acct.latches {
                    set.restore(name, acct.reason.as_deref().unwrap_or("not told"));
                }
            }
            AcctOp::Reset => {
                for name in &acct.latches {
                    set.clear(name);
                }
            }
            _ => {}
        }
    }
    Ok(set)
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
