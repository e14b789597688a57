//! mia-exec --live: every condition of live trading, and what is missing.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::risk::state::default_folder;
use crate::cli::risk::state::read_key;
use crate::cli::words;
use crate::config::Config;
use crate::execution::LiveGate;
use crate::execution::Permission;
use crate::execution::Unmet;
use crate::risk::Gate;
use crate::risk::SealKey;
use crate::risk::Traded;
use crate::risk::config_hash;
use crate::risk::sha256;
use crate::stream::KillFile;
use crate::stream::PumpOptions;
use crate::stream::clock;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::SideEvent;
use crate::wire::Stage;
use std::path::Path;
use std::path::PathBuf;

/// What live trading needs.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Live")]
pub(super) struct Live {
    /// Send real orders, if every condition holds; else say which does not
    ///
    /// This version has no live broker: it tells whether it would be allowed to trade.
    #[arg(long = "live", id = "live")]
    asked: bool,
    /// The broker's account, as in account.name of the settings
    #[arg(long, value_name = "NAME", requires = "live")]
    account: Option<String>,
    /// The gate file of the report that permits live trading
    #[arg(long, value_name = "FILE", requires = "live", value_hint = clap::ValueHint::FilePath)]
    gate: Option<PathBuf>,
    /// The model that scores the signals, if one does: the gate must be of the same
    #[arg(long, value_name = "FILE", requires = "live", value_hint = clap::ValueHint::FilePath)]
    model: Option<PathBuf>,
    /// The state folder of mia-risk, with the key of its seals (default: the one that live data use)
    #[arg(long, value_name = "DIR", requires = "live", value_hint = clap::ValueHint::DirPath)]
    state: Option<PathBuf>,
    /// Trade nothing while FILE is there
    #[arg(long, value_name = "FILE", requires = "live", value_hint = clap::ValueHint::FilePath)]
    kill_file: Option<PathBuf>,
}

/// Looks at the stream until it is clear which conditions hold.
struct Preflight {
    gate: LiveGate,
    /// Why the stream had to end: it was enough.
    unmet: Option<Vec<Unmet>>,
}

impl Stage for Preflight {
    fn by(&self) -> By {
        By::Exec
    }

    fn wants(&self) -> KindSet {
        KindSet::of(&[Kind::Stream, Kind::Trade, Kind::Quote, Kind::Acct, Kind::Order])
    }

    fn on_record(&mut self, record: &Record, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        self.gate.on_record(record);
        if matches!(record, Record::Order(_)) || self.gate.has_seen_market() {
            self.unmet = Some(self.gate.unmet(clock::now_us()));
            return Ok(Flow::Stop(Exit::NotPermitted.code()));
        }
        Ok(Flow::Pass)
    }

    fn on_side(&mut self, event: &SideEvent, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        if let SideEvent::Kill { reason, .. } = event {
            self.gate.kill(reason);
        }
        Ok(Flow::Pass)
    }
}

impl Live {
    pub(super) const fn is_asked(&self) -> bool {
        self.asked
    }

    /// Reads the stream until it is clear what is missing, and says so.
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let mut gate = LiveGate::new(&config, self.permission(&config)?);
        let mut kill_file = self.kill_file.clone().map(KillFile::new);
        // Before anything else: it must not depend on a record that may never come.
        if let Some(reason) = kill_file.as_mut().and_then(KillFile::check) {
            gate.kill(&reason);
        }
        let mut preflight = Preflight { gate, unmet: None };
        let stdin = Files { files: Vec::new() };
        let mut inputs = stdin.open("records of mia-risk (NDJSON)", &filter::interrupts()?);
        let mut output = common.open_output(&[])?;
        let options = PumpOptions { kill_file, ..common.pump_options(&config) };
        let exit =
            filter::drive(&mut preflight, &mut inputs, &mut output, common, &config, options)?;
        if !matches!(exit, Exit::Done | Exit::NotPermitted) {
            return Ok(exit);
        }
        let Preflight { gate, unmet } = preflight;
        let unmet = unmet.unwrap_or_else(|| gate.unmet(clock::now_us()));
        if unmet.is_empty() {
            let message =
                "every condition of live trading holds, and this version has no live broker";
            return Err(Refusal::new(Exit::Config, message)
                .hint("mia-exec paper trades the same orders in the simulated exchange")
                .into());
        }
        let list: Vec<String> = unmet.iter().map(|unmet| format!("\n  {unmet}")).collect();
        let message = format!(
            "live trading is not permitted, {} {} not hold:{}",
            words::count(unmet.len() as u64, "condition"),
            words::does(unmet.len() as u64),
            list.concat()
        );
        Err(Refusal::new(Exit::NotPermitted, message)
            .hint("nothing was sent; docs/execution.md explains the conditions")
            .into())
    }

    fn permission(&self, config: &Config) -> anyhow::Result<Permission> {
        Ok(Permission {
            flag: self.asked,
            account: self.account.clone(),
            gate: self
                .gate
                .as_deref()
                .map_or_else(|| Err("no gate file is named".into()), read_gate),
            traded: traded(self.model.as_deref(), config)?,
            key: self.key(),
        })
    }

    fn key(&self) -> Result<SealKey, String> {
        let folder = self.state.clone().or_else(default_folder);
        folder.map_or_else(|| Err("no state folder is named".to_owned()), |path| read_key(&path))
    }
}

/// What is about to be traded: these settings, with this model.
pub(crate) fn traded(model: Option<&Path>, config: &Config) -> anyhow::Result<Traded> {
    let model_hash = match model {
        None => "none".to_owned(),
        Some(path) => sha256(&std::fs::read(path).map_err(|source| {
            let message = format!("cannot read the model {}", path.display());
            anyhow::Error::new(source).context(Refusal::new(Exit::Config, message))
        })?),
    };
    Ok(Traded { model_hash, config_hash: config_hash(config)? })
}

/// Reads a gate file; why it cannot be.
pub(crate) fn read_gate(path: &Path) -> Result<Gate, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Gate::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}
