//! mia-exec journal: verify, export, show.

use crate::cli::exec::story::show;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::journal;
use crate::cli::journal::unreadable;
use crate::cli::options::Common;
use crate::cli::options::Unused;
use crate::cli::when::When;
use crate::cli::words;
use crate::cli::words::plain;
use crate::config::Config;
use crate::execution::Audit;
use crate::execution::Finding;
use crate::execution::JournalReader;
use crate::execution::Recovery;
use crate::market::CalendarError;
use crate::matching::Listings;
use crate::stream::Output;
use crate::wire::Record;
use crate::wire::journal_line;
use anyhow::Context;
use clap::Subcommand;
use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

/// Check, export and show a journal
#[derive(clap::Args, Debug)]
pub(super) struct Records {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Check every line: numbers, checksums, order; and whether fills, positions and money agree
    Verify(Named),
    /// Write its fills or closed trades as CSV, or its records as NDJSON without checksums
    Export(Export),
    /// List its orders and what became of each
    Show(Named),
}

#[derive(clap::Args, Debug)]
struct Named {
    /// The journal; its closed files are read too. Several files are read as they are, in order
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct Export {
    #[command(flatten)]
    named: Named,
    /// What is written
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = What::Fills)]
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum What {
    /// One execution a row (CSV)
    Fills,
    /// One closed trade a row (CSV)
    Roundtrips,
    /// Every record (NDJSON)
    Records,
}

impl Records {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        match &self.action {
            Action::Verify(named) => verify(named, common),
            Action::Export(export) => export.run(common),
            Action::Show(named) => show(named.open()?, common, common.open_output(&named.files)?),
        }
    }
}

impl Named {
    fn open(&self) -> anyhow::Result<JournalReader> {
        Ok(journal::open(&self.files).map_err(unreadable)?)
    }
}

/// The fold of a journal's account with the configuration's contracts.
pub(super) fn recovery(config: &Config) -> anyhow::Result<Recovery> {
    let listings = Listings::of(config).with_context(|| {
        let message = format!("instrument `{}` has no contract facts", config.instrument);
        Refusal::new(Exit::Config, message)
    })?;
    Ok(Recovery::new(listings, config.account.equity, Common::calendar()?))
}

/// Text that is coloured where somebody sees it.
pub(super) fn painted(text: &str, color: anstyle::AnsiColor, on: bool) -> String {
    let style = if on { color.on_default() } else { anstyle::Style::new() };
    format!("{style}{text}{style:#}")
}

/// A stamp for people.
pub(super) fn time(ts: i64) -> String {
    let stamp = Timestamp::from_microsecond(ts);
    stamp.map_or_else(|_| ts.to_string(), |t| t.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

/// A finding with its place.
#[derive(Serialize)]
struct Located<'a> {
    file: String,
    line: u64,
    #[serde(flatten)]
    finding: &'a Finding,
}

#[derive(Serialize)]
struct Verdict<'a> {
    ok: bool,
    #[serde(flatten)]
    counts: &'a crate::execution::AuditCounts,
    /// Lines with number and checksum; the others are of releases that had none.
    sealed: u64,
    position: i64,
    unfinished: bool,
}

fn verify(named: &Named, common: &Common) -> anyhow::Result<Exit> {
    common.refuse("journal verify", &Unused::ALL)?;
    let (config, _) = common.config.load()?;
    let mut reader = named.open()?;
    let mut audit = Audit::new(recovery(&config)?);
    let terminal = common.output.output.is_none() && io::stdout().is_terminal();
    let color = terminal && common.messages.color_of(true);
    let mut output = common.open_output(&named.files)?;
    let mut findings = Vec::new();
    let mut sealed = 0;
    let broken = loop {
        let entry = match reader.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        sealed += u64::from(reader.chain().is_sealed());
        audit.on_entry(&entry, &mut findings)?;
        for finding in findings.drain(..) {
            let file = reader.path().display().to_string();
            let line = entry.line;
            let text = if terminal {
                let code = painted(finding.code, anstyle::AnsiColor::Red, color);
                format!("{file}:{line}: {code}: {}", plain(&finding.msg))
            } else {
                serde_json::to_string(&Located { file, line, finding: &finding })?
            };
            output.pass(None, text.as_bytes());
            output.flush_if_large()?;
        }
    };
    let counts = audit.counts();
    let ok = broken.is_none() && counts.findings == 0;
    let open = audit.recovery().ledger().holdings();
    let position = open.iter().map(|holding| holding.lots.position()).sum();
    let unfinished = reader.unfinished().is_some();
    let text = if terminal {
        let word = if ok {
            ("whole", anstyle::AnsiColor::Green)
        } else {
            ("DAMAGED", anstyle::AnsiColor::Red)
        };
        format!(
            "{}: {}{}, {}, {}, {}, position {position}, {}{}",
            painted(word.0, word.1, color),
            words::count(counts.lines, "line"),
            if sealed == counts.lines {
                String::new()
            } else {
                format!(" ({} without a checksum)", counts.lines - sealed)
            },
            words::count(counts.orders, "order"),
            words::count(counts.fills, "fill"),
            words::count(counts.roundtrips, "closed trade"),
            words::count(counts.findings, "finding"),
            if unfinished { "; the last line is not finished" } else { "" }
        )
    } else {
        serde_json::to_string(&Verdict { ok, counts, sealed, position, unfinished })?
    };
    output.pass(None, text.as_bytes());
    output.flush()?;
    if let Some(error) = broken {
        return Err(unreadable(error).into());
    }
    if ok {
        return Ok(Exit::Done);
    }
    let message = format!("{} in the journal", words::count(counts.findings, "finding"));
    let as_written = match counts.lines - sealed {
        0 => "every line is as it was written".to_owned(),
        bare => format!(
            "{} with a checksum {} as written, {bare} without one may have been changed",
            words::count(sealed, "line"),
            words::is(sealed)
        ),
    };
    Err(Refusal::new(Exit::BadInput, message)
        .hint(format!("{as_written}; the records contradict each other: report it"))
        .into())
}

/// Whether a record is within `--since` and `--until`.
pub(super) fn is_selected(common: &Common, record: &Record) -> bool {
    let ts = if let Record::Order(order) = record { order.ct } else { record.ts() };
    let (since, until) = (common.input.since, common.input.until);
    since.is_none_or(|When(since)| ts >= since) && until.is_none_or(|When(until)| ts < until)
}

impl Export {
    fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let mut reader = self.named.open()?;
        let mut output = common.open_output(&self.named.files)?;
        let heading: &[&str] = match self.what {
            What::Fills => {
                &["time", "ts", "sym", "order", "leg", "side", "qty", "px", "fee", "exec_id", "xts"]
            }
            What::Roundtrips => &[
                "time", "ts", "sym", "order", "sig", "pattern", "side", "qty", "opened", "closed",
                "entry", "exit", "reason", "gross", "fee", "pnl", "r", "mae", "mfe",
            ],
            What::Records => &[],
        };
        if !heading.is_empty() {
            write_row(
                &mut output,
                &heading.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            )?;
        }
        while let Some(entry) = reader.next_entry().map_err(unreadable)? {
            if !is_selected(common, &entry.record) {
                continue;
            }
            match (self.what, &entry.record) {
                (What::Records, _) => {
                    output.copy(journal_line::bare(reader.bytes()));
                    output.copy(b"}\n");
                }
                (What::Fills, Record::Fill(fill)) => write_row(
                    &mut output,
                    &[
                        time(fill.ts),
                        fill.ts.to_string(),
                        fill.sym.to_string(),
                        fill.order.clone(),
                        name(&fill.leg)?,
                        name(&fill.side)?,
                        fill.qty.to_string(),
                        fill.px.to_string(),
                        fill.fee.to_string(),
                        fill.exec_id.clone(),
                        fill.xts.to_string(),
                    ],
                )?,
                (What::Roundtrips, Record::Roundtrip(trip)) => write_row(
                    &mut output,
                    &[
                        time(trip.ts),
                        trip.ts.to_string(),
                        trip.sym.to_string(),
                        trip.order.clone(),
                        trip.sig.clone().unwrap_or_default(),
                        trip.pattern.clone().unwrap_or_default(),
                        name(&trip.side)?,
                        trip.qty.to_string(),
                        trip.opened.to_string(),
                        trip.closed.to_string(),
                        serde_json::to_string(&trip.entry)?,
                        serde_json::to_string(&trip.exit)?,
                        trip.reason.clone(),
                        trip.gross.to_string(),
                        trip.fee.to_string(),
                        trip.pnl.to_string(),
                        trip.r.map(|r| serde_json::to_string(&r)).transpose()?.unwrap_or_default(),
                        trip.mae.to_string(),
                        trip.mfe.to_string(),
                    ],
                )?,
                _ => {}
            }
            output.flush_if_large()?;
        }
        output.flush()?;
        Ok(Exit::Done)
    }
}

/// One row of CSV.
fn write_row(output: &mut Output, fields: &[String]) -> anyhow::Result<()> {
    let mut row = csv::WriterBuilder::new().from_writer(Vec::new());
    row.write_record(fields)?;
    output.copy(&row.into_inner().context("cannot finish a row")?);
    Ok(())
}

/// The name of a leg or a side on the wire.
pub(super) fn name(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string(value)?.trim_matches('"').to_owned())
}

/// How a record of a journal becomes state.
pub(super) type Take = fn(&mut Recovery, &Record) -> Result<(), CalendarError>;

/// Reads the whole journal into the fold of its state.
pub(super) fn fold(path: &Path, config: &Config, take: Take) -> anyhow::Result<(Recovery, u64)> {
    let files = [path.to_owned()];
    journal::folded(&files, || recovery(config), |state, record| Ok(take(state, record)?))
}
