//! mia-record verify.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::options::Common;
use crate::cli::record::Doing;
use crate::cli::record::refuse;
use crate::cli::record::sessions::Sessions;
use crate::stream::store::PartReport;
use crate::stream::store::PartState;
use crate::stream::store::verify;
use jiff::Timestamp;
use std::fmt::Write;
use std::io;
use std::io::IsTerminal;

#[derive(clap::Args, Debug)]
pub(super) struct Verify {
    #[command(flatten)]
    sessions: Sessions,
    /// Finish what crashes left unfinished, and cut parts that have lost their end back to what is
    /// whole; torn bytes are kept beside them
    #[arg(long)]
    repair: bool,
}

impl Verify {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (store, dates) = self.sessions.open()?;
        let table = common.output.output.is_none() && io::stdout().is_terminal();
        let mut output = common.open_output(&[])?;
        let mut damaged = Vec::new();
        let mut unfinished = 0;
        let mut failed = None;
        if table {
            output.pass(None, heading().as_bytes());
        }
        let doing = if self.repair { Doing::Writing } else { Doing::Reading };
        verify(&store, &dates, self.repair, |report| {
            let line = if table { Ok(row(report)) } else { serde_json::to_string(report) };
            match line {
                Ok(line) => output.pass(None, line.as_bytes()),
                Err(error) => failed = Some(anyhow::Error::new(error)),
            }
            if let Err(error) = output.flush() {
                failed = Some(error.into());
            }
            match report.state {
                PartState::Damaged => damaged.push(report.clone()),
                PartState::Unfinished => unfinished += 1,
                PartState::Good | PartState::Open => {}
            }
        })
        .map_err(|error| refuse(&error, doing))?;
        if let Some(error) = failed {
            return Err(error);
        }
        if unfinished > 0 {
            tracing::warn!("{unfinished} parts were left unfinished by a crash; nothing is lost");
        }
        let Some(first) = damaged.first() else { return Ok(Exit::Done) };
        let more = if damaged.len() > 1 {
            format!(", and {} parts more are damaged", damaged.len() - 1)
        } else {
            String::new()
        };
        let problem = first.problem.as_deref().unwrap_or("it is damaged");
        let refusal = Refusal::new(Exit::BadInput, format!("{problem}{more}"));
        Err(refusal.hint(first.remedy.clone().unwrap_or_default()).into())
    }
}

fn heading() -> String {
    format!(
        "{:<10}  {:<13}  {:<10}  {:>6}  {:>10}  {:>9}  {:>5}  {:<16}  {:<16}",
        "session", "part", "state", "frames", "lines", "MB", "ratio", "from (UTC)", "to (UTC)"
    )
}

fn row(report: &PartReport) -> String {
    let state = match report.state {
        PartState::Good => "good",
        PartState::Open => "open",
        PartState::Unfinished => "unfinished",
        PartState::Damaged => "DAMAGED",
    };
    let (megabytes, ratio) =
        (report.bytes as f64 / 1e6, report.plain as f64 / report.bytes.max(1) as f64);
    let mut row = format!(
        "{:<10}  {:<13}  {state:<10}  {:>6}  {:>10}  {megabytes:>9.2}  {ratio:>5.1}  {:<16}  {:<16}",
        report.date,
        report.part,
        report.frames,
        report.lines + report.open,
        minute(report.min),
        minute(report.max),
    );
    for text in [&report.problem, &report.remedy].into_iter().flatten() {
        // Writing to a string never fails.
        let _ = write!(row, "\n            {text}");
    }
    row
}

fn minute(ts: Option<i64>) -> String {
    let stamp = ts.and_then(|ts| Timestamp::from_microsecond(ts).ok());
    stamp.map_or("-".into(), |stamp| stamp.strftime("%Y-%m-%d %H:%M").to_string())
}
