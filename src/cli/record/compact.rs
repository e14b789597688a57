//! mia-record compact.

use crate::cli::exit::Exit;
use crate::cli::options::Common;
use crate::cli::record::Doing;
use crate::cli::record::frame_size;
use crate::cli::record::refuse;
use crate::cli::record::sessions::Sessions;
use crate::stream::store::CompactOptions;
use crate::stream::store::Compacted;
use crate::stream::store::compact;
use std::io;
use std::io::IsTerminal;

#[derive(clap::Args, Debug)]
pub(super) struct Compact {
    #[command(flatten)]
    sessions: Sessions,
    /// Level of compression, 1 to 22
    #[arg(long, value_name = "N", default_value_t = 12,
          value_parser = clap::value_parser!(i32).range(1..=22))]
    level: i32,
    /// Length of a frame before compression (suffixes K and M)
    #[arg(long, value_name = "BYTES", default_value = "16M", value_parser = frame_size)]
    frame: usize,
}

impl Compact {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (store, dates) = self.sessions.open()?;
        let options = CompactOptions { level: self.level, frame_bytes: self.frame as u64 };
        let table = common.output.output.is_none() && io::stdout().is_terminal();
        let mut output = common.open_output(&[])?;
        let mut failed = None;
        let mut done = 0;
        compact(&store, &dates, options, |compacted| {
            done += 1;
            let line = if table { Ok(row(compacted)) } else { serde_json::to_string(compacted) };
            match line {
                Ok(line) => output.pass(None, line.as_bytes()),
                Err(error) => failed = Some(anyhow::Error::new(error)),
            }
            if let Err(error) = output.flush() {
                failed = Some(error.into());
            }
        })
        .map_err(|error| refuse(&error, Doing::Writing))?;
        if done == 0 {
            tracing::info!("nothing to compact");
        }
        failed.map_or(Ok(Exit::Done), Err)
    }
}

fn row(compacted: &Compacted) -> String {
    let Compacted { date, parts, into, lines, bytes_before, bytes_after, .. } = compacted;
    let (before, after) = (*bytes_before as f64 / 1e6, *bytes_after as f64 / 1e6);
    let count = parts.len();
    format!("{date}  {count} parts into {into}  {lines} lines  {before:.2} MB to {after:.2} MB")
}
