//! mia-exec status.

use crate::cli::exec::journal::Take;
use crate::cli::exec::journal::fold;
use crate::cli::exec::journal::painted;
use crate::cli::exec::journal::time;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::journal::unreadable;
use crate::cli::options::Common;
use crate::cli::options::Unused;
use crate::cli::risk::state::journal_in;
use crate::cli::risk::state::look_at;
use crate::cli::words;
use crate::cli::words::plain;
use crate::config::Config;
use crate::execution::Recovery;
use crate::execution::flatten_request;
use crate::execution::is_being_written;
use crate::market::Cents;
use crate::market::Px;
use crate::market::Sym;
use crate::stream::clock;
use crate::wire::By;
use crate::wire::Num;
use anstyle::AnsiColor;
use serde::Serialize;
use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("place").required(true).args(["journal", "state"])))]
pub(super) struct Status {
    /// The journal
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// The state folder of mia-risk: what risk knows of account and latches
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    state: Option<PathBuf>,
}

/// What a journal says is so.
#[derive(Serialize, Debug)]
pub(super) struct Report {
    journal: String,
    /// Whether a process writes it now.
    writer: bool,
    /// Whether nothing is open and nothing may open.
    pub(super) flat: bool,
    /// Whether a request to flatten waits to be obeyed.
    pub(super) flatten_requested: bool,
    positions: Vec<Held>,
    brackets: Vec<Working>,
    equity: Cents,
    day_pnl: Cents,
    day_fees: Cents,
    day_trades: u64,
    latches: Vec<Latched>,
    records: u64,
    /// Stamp of the newest record, microseconds UTC.
    last: Option<i64>,
    /// Seconds from then to now, by this machine's clock.
    age_s: Option<i64>,
}

#[derive(Serialize, Debug)]
struct Held {
    sym: Sym,
    qty: i64,
    avg_px: Option<Num>,
}

#[derive(Serialize, Debug)]
struct Working {
    order: String,
    sym: Sym,
    entering: u64,
    open: u64,
    stop: Option<Px>,
    targets: Vec<(Px, u64)>,
    closing: bool,
}

#[derive(Serialize, Debug)]
struct Latched {
    name: String,
    reason: String,
    by: By,
}

impl Report {
    /// Of a journal of mia-exec.
    pub(super) fn of(path: &Path, config: &Config) -> anyhow::Result<Self> {
        Self::with(path, config, Recovery::on_record)
    }

    fn with(path: &Path, config: &Config, take: Take) -> anyhow::Result<Self> {
        let (recovery, records) = fold(path, config, take)?;
        let ledger = recovery.ledger();
        let open = ledger.holdings().iter().filter(|holding| !holding.lots.is_flat());
        let positions = open.map(|holding| Held {
            sym: holding.sym,
            qty: holding.lots.position(),
            avg_px: holding.lots.average(&holding.instrument).map(Num),
        });
        let brackets = recovery.brackets().iter().map(|(id, bracket)| Working {
            order: id.clone(),
            sym: bracket.order.sym,
            entering: bracket.entering,
            open: bracket.open,
            stop: bracket.stop,
            targets: bracket.targets.clone(),
            closing: bracket.closing.is_some(),
        });
        let latches = recovery.latches().iter().map(|(name, (reason, by))| Latched {
            name: name.clone(),
            reason: reason.clone(),
            by: *by,
        });
        Ok(Self {
            journal: path.display().to_string(),
            writer: is_being_written(path).map_err(unreadable)?,
            flat: recovery.is_flat(),
            flatten_requested: flatten_request(path).exists(),
            positions: positions.collect(),
            brackets: brackets.collect(),
            equity: ledger.equity(),
            day_pnl: ledger.day().pnl,
            day_fees: ledger.day().fees,
            day_trades: ledger.day().trades,
            latches: latches.collect(),
            records,
            last: recovery.last(),
            age_s: recovery.last().map(|last| (clock::now_us() - last) / 1_000_000),
        })
    }

    /// What is open, and what may still open: `1 contract is entering`.
    pub(super) fn exposure(&self) -> String {
        let sum = |of: fn(&Working) -> u64| self.brackets.iter().map(of).sum::<u64>();
        let (open, entering) = (sum(|bracket| bracket.open), sum(|bracket| bracket.entering));
        let part = |number, what| {
            let contracts = words::count(number, "contract");
            (number > 0).then(|| format!("{contracts} {} {what}", words::is(number)))
        };
        let parts: Vec<String> =
            part(open, "open").into_iter().chain(part(entering, "entering")).collect();
        // A flatten that was not heard of, and nothing else.
        if parts.is_empty() { "the flatten is not answered".to_owned() } else { parts.join(", ") }
    }

    fn text(&self, color: bool) -> String {
        let yes =
            |on: bool, word: &str, other: &str| if on { word.to_owned() } else { other.to_owned() };
        let mut lines = vec![
            format!("journal    {} ({})", self.journal, words::count(self.records, "record")),
            format!("writer     {}", yes(self.writer, "running", "none")),
        ];
        let age = self.age_s.map_or_else(String::new, |age| format!(", {} ago", span(age)));
        let last = self.last.map_or_else(|| "-".to_owned(), time);
        lines.push(format!("last       {last} UTC{age}"));
        if self.positions.is_empty() {
            lines.push(format!("position   {}", painted("flat", AnsiColor::Green, color)));
        }
        for held in &self.positions {
            let px = held.avg_px.map_or_else(|| "-".to_owned(), |px| format!("{:.2}", px.0));
            let text = format!("{:+} {} at {px}", held.qty, held.sym);
            lines.push(format!("position   {}", painted(&text, AnsiColor::Yellow, color)));
        }
        for bracket in &self.brackets {
            let targets: Vec<_> =
                bracket.targets.iter().map(|(px, qty)| format!("{qty} at {px}")).collect();
            let stop = bracket.stop.map_or_else(|| "none".to_owned(), |stop| stop.to_string());
            lines.push(format!(
                "bracket    {}: {} open, {} entering, stop {stop}, targets {}{}",
                plain(&bracket.order),
                bracket.open,
                bracket.entering,
                if targets.is_empty() { "none".to_owned() } else { targets.join(", ") },
                yes(bracket.closing, ", closing", "")
            ));
        }
        lines.push(format!(
            "day        P&L {}, fees {}, {}; equity {}",
            self.day_pnl,
            self.day_fees,
            words::count(self.day_trades, "trade"),
            self.equity
        ));
        for latch in &self.latches {
            let name = painted(&plain(&latch.name), AnsiColor::Red, color);
            lines.push(format!("latched    {name}: {} (by {})", plain(&latch.reason), latch.by));
        }
        if self.flatten_requested {
            lines.push("flatten    requested, not obeyed yet".to_owned());
        }
        lines.join("\n")
    }
}

/// A number of seconds for people.
fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

impl Status {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        common.refuse("status", &Unused::ALL)?;
        let (config, _) = common.config.load()?;
        let (path, take): (PathBuf, Take) = match (&self.journal, &self.state) {
            (Some(journal), _) => (journal.clone(), Recovery::on_record),
            (None, Some(folder)) => {
                // What was lost or changed there is found before anything is told of it.
                look_at(folder, |_| Ok(()))?;
                (journal_in(folder), Recovery::on_kept)
            }
            (None, None) => {
                return Err(Refusal::new(Exit::Usage, "name --journal or --state").into());
            }
        };
        let report = Report::with(&path, &config, take)?;
        let terminal = common.output.output.is_none() && io::stdout().is_terminal();
        let color = terminal && common.messages.color_of(true);
        let mut output = common.open_output(std::slice::from_ref(&path))?;
        let text = if terminal { report.text(color) } else { serde_json::to_string(&report)? };
        output.pass(None, text.as_bytes());
        output.flush()?;
        Ok(Exit::Done)
    }
}
