//! Which sessions of a store an action is about.

use crate::cli::record::Doing;
use crate::cli::record::refuse;
use crate::market::TradeDate;
use crate::stream::store::Last;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use std::path::PathBuf;

/// A store and some of its sessions.
#[derive(clap::Args, Debug)]
pub(super) struct Sessions {
    /// The store
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Only the session of this trade date; may be given more than once
    #[arg(long, value_name = "DATE", conflicts_with = "last")]
    pub date: Vec<TradeDate>,
    /// Only the last sessions: 5d by the calendar, 5 that are stored
    #[arg(long, value_name = "N")]
    pub last: Option<Last>,
}

impl Sessions {
    /// Opens the store; gives the trade dates asked for, ascending.
    pub(super) fn open(&self) -> anyhow::Result<(Store, Vec<TradeDate>)> {
        let failed = |error| refuse(&error, Doing::Reading);
        let store = Store::open(&self.dir).map_err(failed)?;
        if self.date.is_empty() {
            let (dates, missing) = store.select(self.last).map_err(failed)?;
            for date in missing {
                tracing::warn!("{} has no session {date}", self.dir.display());
            }
            return Ok((store, dates));
        }
        let mut dates = self.date.clone();
        dates.sort_unstable();
        dates.dedup();
        match dates.iter().find(|date| store.dates().binary_search(date).is_err()) {
            Some(date) => {
                let (dir, date) = (self.dir.clone(), *date);
                Err(failed(StoreError::NoSession { dir, date }))
            }
            None => Ok((store, dates)),
        }
    }
}
