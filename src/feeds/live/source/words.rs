//! What a live source says in the stream beside the data.

use crate::feeds::identity::TOOL;
use crate::feeds::identity::run_id;
use crate::feeds::live::Client;
use crate::feeds::live::Flow;
use crate::feeds::live::Network;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::feeds::live::source::LiveSource;
use crate::feeds::live::source::MINUTE_US;
use crate::feeds::live::source::SECOND_US;
use crate::market::Sym;
use crate::stream::SourceOut;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Record;
use crate::wire::Status;
use crate::wire::StatusState;
use crate::wire::Stream;

impl<C: Client, N: Network> LiveSource<C, N> {
    /// Writes what the stream is, from `ts` on.
    pub(super) fn describe(&mut self, ts: i64, now: Now, out: &mut dyn SourceOut) {
        self.described = true;
        let stamp = now.utc.to_le_bytes();
        let process = std::process::id().to_le_bytes();
        let name = self.client.name().as_bytes();
        out.record(&Record::Stream(Stream {
            ts: self.stamps.own(ts),
            sym: Sym::NONE,
            v: 1,
            src: self.client.src(),
            mode: self.options.mode,
            phase: self.options.phase,
            origin: None,
            run: run_id(&[name, &stamp, &process, &self.options.seed.to_le_bytes()]),
            tool: TOOL.into(),
            instrument: self.options.instrument.clone(),
        }));
    }

    /// Says a change of state of a link; what was said last is not said again.
    pub(super) fn say_link(
        &mut self,
        at: usize,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        if self.links[at].said.replace(state) == Some(state) || !self.is_live() {
            return;
        }
        self.say(Sym::NONE, state, code, msg, now, out);
    }

    pub(super) fn say(
        &mut self,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        match state {
            StatusState::Up | StatusState::Resync | StatusState::Delayed => tracing::info!("{msg}"),
            _ => tracing::warn!("{msg}"),
        }
        self.write_status(sym, state, code, msg, now, out);
    }

    pub(super) fn write_status(
        &mut self,
        sym: Sym,
        state: StatusState,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        let ts = self.stamp(now);
        out.record(&Record::Status(Status {
            ts,
            sym,
            by: None,
            src: Some(self.client.src()),
            state,
            code: Some(code.to_owned()),
            msg: msg.to_owned(),
        }));
    }

    /// The stamp of something of our own: now or, in history, where the history is.
    pub(super) fn stamp(&mut self, now: Now) -> i64 {
        if self.is_live() || !self.described {
            self.stamps.own(now.utc)
        } else {
            self.stamps.newest()
        }
    }

    /// Writes an alert, once a code and minute.
    pub(super) fn alert(
        &mut self,
        sym: Sym,
        level: AlertLevel,
        code: &str,
        msg: &str,
        now: Now,
        out: &mut dyn SourceOut,
    ) {
        let minute = now.mono.div_euclid(MINUTE_US);
        if self.announced.insert(code.to_owned(), minute) == Some(minute) {
            return;
        }
        tracing::warn!("{msg}");
        let ts = self.stamp(now);
        out.record(&Record::Alert(Alert {
            ts,
            sym,
            by: By::Feed,
            level,
            code: code.to_owned(),
            msg: msg.to_owned(),
            data: None,
        }));
    }
}

pub(super) fn stale_text(what: Watched, silent: i64) -> String {
    let what_came = match what.flow {
        Flow::Trades => "no trade and no quote",
        Flow::Depth => "no change of the book",
        Flow::Index => "no print",
    };
    format!("{what_came} of {} for {} although the market is open", what.sym, seconds(silent))
}

pub(super) fn gap_text(from_utc: i64, to_utc: i64, reason: &str) -> String {
    format!("records may be missing from {from_utc} to {to_utc}: {reason}")
}

/// Microseconds as seconds, for people.
pub(super) fn seconds(us: i64) -> String {
    format!("{}.{} s", us / SECOND_US, us % SECOND_US / 100_000)
}
