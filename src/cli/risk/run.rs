//! The filter: signals in, verdicts and orders out.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::risk::check::use_events;
use crate::risk::AccountSource;
use crate::risk::RiskOptions;
use crate::risk::RiskStage;
use crate::stream::KillFile;
use std::path::PathBuf;

/// The options of the filter.
#[derive(clap::Args, Debug)]
pub(super) struct Filter {
    #[command(flatten)]
    files: Files,
    /// How risk learns of fills
    #[arg(long, value_name = "HOW", default_value = "sim", help_heading = "Risk")]
    account: String,
    /// Say for every signal what was decided and why
    #[arg(long, help_heading = "Risk")]
    explain: bool,
    /// Stop trading and flatten when FILE appears; its first line is the reason
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Risk")]
    kill_file: Option<PathBuf>,
}

impl Filter {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (config, _) = common.config.load()?;
        let options = RiskOptions { explain: self.explain, account: AccountSource::Sim };
        let mut stage = RiskStage::new(&config, Common::calendar()?, options)?;
        use_events(&mut stage, &config)?;
        if let Some(path) = &self.kill_file {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            if folder.is_some_and(|folder| !folder.is_dir()) {
                let message = format!("the folder of the kill file {} is missing", path.display());
                return Err(Refusal::new(Exit::Usage, message)
                    .hint("a kill file that can never appear stops nothing: check the path")
                    .into());
            }
        }
        let kill_file = self.kill_file.clone().map(KillFile::new);
        let exit = filter::run(&mut stage, &self.files, common, &config, kill_file)?;
        if stage.foreign() > 0 {
            tracing::warn!("{} orders or account facts of others were dropped", stage.foreign());
        }
        Ok(exit)
    }
}
