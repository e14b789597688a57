//! mia-record export.

use crate::cli::exit::Exit;
#[cfg(not(feature = "frames"))]
use crate::cli::exit::Refusal;
use crate::cli::options::Common;
use crate::cli::record::sessions::Sessions;
#[cfg(feature = "frames")]
use crate::cli::record::tables;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("format").required(true).args(["parquet", "csv"])))]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) sessions: Sessions,
    /// Write PATH/trade.parquet, PATH/quote.parquet and so on
    ///
    /// With --only KIND, PATH may be one file that ends in .parquet.
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub(super) parquet: Option<PathBuf>,
    /// Write PATH/trade.csv, PATH/quote.csv and so on
    ///
    /// With --only KIND, PATH may be one file that ends in .csv.
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub(super) csv: Option<PathBuf>,
}

impl Export {
    #[cfg(feature = "frames")]
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        tables::write(self, common)
    }

    #[cfg(not(feature = "frames"))]
    pub(super) fn run(&self, _: &Common) -> anyhow::Result<Exit> {
        let message = format!(
            "this mia-record was built without tables, so {} cannot be exported",
            self.sessions.dir.display()
        );
        Err(Refusal::new(Exit::Config, message)
            .hint(
                "build it with `cargo install mia --features frames`; zstdcat and jq need nothing",
            )
            .into())
    }
}
