//! mia-risk reset: the one way to open a latch that only a person may open.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use std::path::PathBuf;

/// Open latches that only a person may open
#[derive(clap::Args, Debug)]
pub(super) struct Reset {
    /// The state folder of mia-risk
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    state: PathBuf,
    /// Why it is right to trade again: kept for good
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Reset {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        let message = format!("{}: no state to reset ({})", self.state.display(), self.reason);
        Err(Refusal::new(Exit::Config, message).into())
    }
}
