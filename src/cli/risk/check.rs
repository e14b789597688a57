//! mia-risk check: what would be said of an order.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::journal;
use crate::cli::options::Common;
use crate::cli::risk::asked::Questions;
use crate::cli::risk::kept::remember;
use crate::cli::risk::run::gate_fault;
use crate::cli::risk::state::look_at;
use crate::cli::words;
use crate::config::Config;
use crate::risk::Events;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::stream::Inputs;
use crate::wire::Kind;
use crate::wire::Stage;
use crate::wire::Verdict;
use crate::wire::codec;
use anyhow::Context;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;

/// What answers checks that need the market.
const MARKET: &str =
    "nothing is known of the market; --market FILE gives its records up to the order";

/// Why checks cannot be answered, and what answers them.
const REMEDIES: [(&[&str], &str); 3] = [
    (
        &[
            "no_trades",
            "no_quotes",
            "no_touch",
            "no_settlement",
            "no_options",
            "no_vix",
            "no_receive_time",
            "no_records",
        ],
        MARKET,
    ),
    (&["no_dates"], "no list of releases covers the day; risk.events names a file of them"),
    (&["no_margin"], "account.margins names no margin of the product"),
];

/// Say what would become of an order, without sending it
///
/// Each order or signal is held against every check on its own: nothing is sent, latched or
/// remembered. On a terminal a table, in a pipe verdict records. Ends with 1 if one is refused.
#[derive(clap::Args, Debug)]
pub(super) struct Ask {
    /// Orders or signals (NDJSON); - is standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    order: PathBuf,
    /// The market up to the order: records that mia-risk reads, replayed first
    ///
    /// What is stamped after the order's ct is left out. Without it the checks that need the market are
    /// not answered, and pass.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    market: Vec<PathBuf>,
    /// The account so far: a journal of mia-exec, or the acct records of a run
    ///
    /// The closed files of a journal are read too, and every line is checked. Several files are read
    /// as they are, in order. Of a run, --only acct writes what is needed.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    journal: Vec<PathBuf>,
    /// The account and the latches of this state folder of mia-risk, which is only looked at
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath,
          conflicts_with = "journal")]
    state: Option<PathBuf>,
    /// The gate.json that profile live asks for
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    gate: Option<PathBuf>,
}

impl Ask {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let calendar = Common::calendar()?;
        let new = || Ok(RiskStage::new(&config, calendar.clone(), RiskOptions::default())?);
        let mut stage = match self.journal.as_slice() {
            [] => new()?,
            files => journal::folded(files, new, |stage, record| Ok(stage.remember(record)?))?.0,
        };
        use_events(&mut stage, &config)?;
        if let Some(path) = &self.gate {
            stage.set_gate(gate_fault(path, &config)?);
        }
        let interrupts = filter::interrupts()?;
        let read = |stage: &mut dyn Stage, files: &[PathBuf]| {
            let mut inputs = Inputs::new(files, Some(Rc::clone(&interrupts)));
            let options = common.pump_options(&config);
            filter::drive(stage, &mut inputs, &mut filter::nowhere(), common, &config, options)
        };
        if let Some(folder) = &self.state {
            look_at(folder, |told| remember(&mut stage, &told))?;
        }
        let mut questions = Questions::default();
        read(&mut questions, std::slice::from_ref(&self.order))?;
        if questions.is_empty() {
            let message = format!("{}: no order and no signal in it", self.order.display());
            return Err(Refusal::new(Exit::BadInput, message).into());
        }
        if !self.market.is_empty() {
            read(&mut questions.replay(&mut stage), &self.market)?;
        }
        let verdicts = questions.answers(&mut stage)?;
        self.say(&verdicts, common)?;
        self.say_unanswered(&verdicts);
        let all = verdicts.iter().all(|verdict| verdict.pass);
        Ok(if all { Exit::Done } else { Exit::Failure })
    }

    /// Says which checks could not be answered, and what answers them.
    fn say_unanswered(&self, verdicts: &[Verdict]) {
        let checks = || verdicts.iter().flat_map(|verdict| &verdict.checks);
        for (what, remedy) in REMEDIES {
            if remedy == MARKET && !self.market.is_empty() {
                continue;
            }
            let open = checks().filter(|check| {
                check.ok.is_none() && check.na.as_deref().is_some_and(|na| what.contains(&na))
            });
            let mut codes: Vec<&str> = Vec::new();
            for check in open {
                if !codes.contains(&&*check.code) {
                    codes.push(&check.code);
                }
            }
            if !codes.is_empty() {
                tracing::warn!("not answered: {}: {remedy}", codes.join(", "));
            }
        }
    }

    fn say(&self, verdicts: &[Verdict], common: &Common) -> anyhow::Result<()> {
        if common.output.output.is_none() && io::stdout().is_terminal() {
            let mut text = String::new();
            for verdict in verdicts {
                text.push_str(&table(verdict));
            }
            return io::stdout().write_all(text.as_bytes()).context("standard output");
        }
        let mut output = common.open_output(std::slice::from_ref(&self.order))?;
        for verdict in verdicts {
            let line = codec::to_line(&verdict.clone().into()).context("a verdict")?;
            output.pass(Some(Kind::Verdict), &line);
        }
        output.flush()?;
        Ok(())
    }
}

/// Uses the releases of `risk.events`, where it names a file.
///
/// # Errors
/// The file cannot be read, or is not what it should be (78).
pub(super) fn use_events(stage: &mut RiskStage, config: &Config) -> anyhow::Result<()> {
    let path = &config.risk.events;
    if path.is_empty() {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|source| {
        let message = format!("risk.events: cannot read {path}");
        anyhow::Error::new(source).context(Refusal::new(Exit::Config, message))
    })?;
    stage.set_events(Events::parse(&text)?);
    Ok(())
}

/// What each check is measured from, for people.
fn about(code: &str) -> &'static str {
    match code {
        "KILL" => "latches that a person opens",
        "MODE" => "conditions missing for real orders",
        "STALE" => "age of the last trade, ms",
        "STALE_QUOTE" => "age of the last quote, ms",
        "STALE_OPTIONS" => "age of the option quotes, ms",
        "CLOCK_SKEW" => "receive time less stamp, ms",
        "BOOK" => "spread, ticks",
        "SESS" => "minute of the New York day",
        "NEWS" => "minutes from a dated release",
        "VOL" => "VIX",
        "SIZE" => "contracts of the order",
        "POS" => "contracts at the worst",
        "NOTL" => "value of all contracts, USD",
        "COLLAR" => "ticks from the opposite touch",
        "TICK" => "faults of prices and symbol",
        "DUP" => "ms since the same order",
        "RATE" => "order messages",
        "COUNT" => "trades",
        "LOSS1" => "loss at the stop, USD",
        "DAY" => "P&L since the session opened, USD",
        "TDD" => "equity against the floor below its highest, USD",
        "MDD" => "loss from the highest equity, share",
        "STOP" => "wait for a working stop, ms",
        "RECON" => "differences with the broker",
        "SELF" => "own orders on the other side",
        "REPEAT" => "entries of pattern and side",
        "HB" => "silence of the feed, ms",
        _ => "",
    }
}

fn table(verdict: &Verdict) -> String {
    let outcome = match &verdict.reason {
        None => format!("pass, {}", words::count(verdict.qty, "contract")),
        Some(reason) => format!("refused: {}", words::plain(reason)),
    };
    let mut text = format!("{} {} {outcome}\n", words::plain(&verdict.sig), verdict.sym);
    for check in &verdict.checks {
        let mark = match check.ok {
            Some(true) => "ok",
            Some(false) => "NO",
            None => "?",
        };
        let number = |value: Option<crate::wire::Num>| value.map_or("-".to_owned(), |n| short(n.0));
        let (value, limit) = (number(check.value), number(check.limit));
        let na = check.na.as_deref().unwrap_or("");
        let about = about(&check.code);
        let line = format!("  {mark:2} {:13} {value:>12} {limit:>12}  {na:16} {about}", check.code);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A number with at most three decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Sym;
    use crate::wire::By;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_asked_about_does_not_steer_the_terminal() {
        let verdict = Verdict {
            ts: 0,
            sym: Sym::NONE,
            by: By::Risk,
            ct: 0,
            sig: "a\u{1b}[31m".into(),
            pass: false,
            reason: Some("b\u{7}".into()),
            qty: 0,
            checks: Vec::new(),
            factors: BTreeMap::new(),
        };
        let text = table(&verdict);
        assert!(text.contains("a\\u{1b}[31m") && text.ends_with("refused: b\\u{7}\n"), "{text}");
    }
}
