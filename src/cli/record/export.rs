//! mia-record export.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::options::Common;
use crate::cli::record::sessions::Sessions;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("format").required(true).args(["parquet", "csv"])))]
pub(super) struct Export {
    #[command(flatten)]
    sessions: Sessions,
    /// Write DIR/trade.parquet, DIR/quote.parquet and so on
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    parquet: Option<PathBuf>,
    /// Write DIR/trade.csv, DIR/quote.csv and so on
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    csv: Option<PathBuf>,
}

#[cfg(not(feature = "frames"))]
impl Export {
    pub(super) fn run(&self, _: &Common) -> anyhow::Result<Exit> {
        let _ = (&self.sessions, &self.parquet, &self.csv);
        Err(Refusal::new(Exit::Config, "this mia-record was built without tables")
            .hint(
                "build it with `cargo install mia --features frames`; zstdcat and jq need nothing",
            )
            .into())
    }
}
