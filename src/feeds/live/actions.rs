//! What a client wants done, in order.

use crate::feeds::bad_rows::Refusal;
use crate::feeds::live::LinkId;
use crate::market::Sym;
use crate::wire::AlertLevel;
use crate::wire::Failure;
use crate::wire::Record;
use crate::wire::StatusState;

/// One thing to do.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "records are the rule, and a box each would cost")]
pub(super) enum Action {
    Record { link: LinkId, record: Record, state: bool },
    Refuse(LinkId, Refusal),
    Status { sym: Sym, state: StatusState, code: String, msg: String },
    Alert { sym: Sym, level: AlertLevel, code: String, msg: String },
    Ready(LinkId),
    Suspend { link: LinkId, code: String, msg: String },
    Close { link: LinkId, reason: String },
    Move { link: LinkId, host: String, port: u16 },
    Fail(Failure),
}

/// What a client wants done; the driver does it in this order.
#[derive(Debug, Default)]
pub struct Actions {
    pub(super) queue: Vec<Action>,
    pub(super) sent: Vec<(LinkId, Vec<u8>)>,
}

impl Actions {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends bytes on a link, after those sent before.
    pub fn send(&mut self, link: LinkId, bytes: &[u8]) {
        match self.sent.last_mut() {
            Some((last, buffer)) if *last == link => buffer.extend_from_slice(bytes),
            _ => self.sent.push((link, bytes.to_vec())),
        }
    }

    /// Writes a record that came by `link`.
    ///
    /// `ts` is the vendor's own stamp where that is as fine as a millisecond, else the receive time
    /// with the vendor's stamp in `vts`. The driver fills in `rx`, marks what is late, and keeps
    /// stamps from going back.
    pub fn record(&mut self, link: LinkId, record: impl Into<Record>) {
        self.queue.push(Action::Record { link, record: record.into(), state: false });
    }

    /// As [`Actions::record`], for a record of a snapshot: it says what is there now, whenever that
    /// came about, so it is never late.
    pub fn state(&mut self, link: LinkId, record: impl Into<Record>) {
        self.queue.push(Action::Record { link, record: record.into(), state: true });
    }

    /// A message of `link` is refused: counted, said, announced, tolerated up to `--max-bad`.
    pub fn refuse(
        &mut self,
        link: LinkId,
        code: &'static str,
        reason: impl Into<String>,
        remedy: &'static str,
    ) {
        let reason = reason.into();
        self.queue.push(Action::Refuse(link, Refusal { code, reason, remedy }));
    }

    /// Writes a status record, for states that the driver does not know of (a trading halt, data
    /// that are delayed by agreement).
    pub fn status(
        &mut self,
        sym: Sym,
        state: StatusState,
        code: impl Into<String>,
        msg: impl Into<String>,
    ) {
        let (code, msg) = (code.into(), msg.into());
        self.queue.push(Action::Status { sym, state, code, msg });
    }

    /// Writes an alert.
    pub fn alert(
        &mut self,
        sym: Sym,
        level: AlertLevel,
        code: impl Into<String>,
        msg: impl Into<String>,
    ) {
        let (code, msg) = (code.into(), msg.into());
        self.queue.push(Action::Alert { sym, level, code, msg });
    }

    /// The link is logged in and everything wanted is asked for again.
    pub fn ready(&mut self, link: LinkId) {
        self.queue.push(Action::Ready(link));
    }

    /// The connection stands, but the vendor behind it has no data: `down` until
    /// [`Actions::ready`], which then says the gap.
    pub fn suspend(&mut self, link: LinkId, code: impl Into<String>, msg: impl Into<String>) {
        let (code, msg) = (code.into(), msg.into());
        self.queue.push(Action::Suspend { link, code, msg });
    }

    /// Gives the connection up; the driver makes a new one.
    pub fn close(&mut self, link: LinkId, reason: impl Into<String>) {
        self.queue.push(Action::Close { link, reason: reason.into() });
    }

    /// As [`Actions::close`], with the next connection to another place.
    pub fn move_to(&mut self, link: LinkId, host: impl Into<String>, port: u16) {
        self.queue.push(Action::Move { link, host: host.into(), port });
    }

    /// Ends the source, with the class that gives the exit code and a hint in words.
    pub fn fail(&mut self, failure: Failure) {
        self.queue.push(Action::Fail(failure));
    }
}

/// What was asked for, for the tests of clients.
impl Actions {
    /// Takes the bytes to send, by link.
    pub fn take_sent(&mut self) -> Vec<(LinkId, Vec<u8>)> {
        std::mem::take(&mut self.sent)
    }

    /// Takes the records; everything else stays.
    pub fn take_records(&mut self) -> Vec<Record> {
        let all = std::mem::take(&mut self.queue);
        let mut records = Vec::new();
        for action in all {
            match action {
                Action::Record { record, .. } => records.push(record),
                other => self.queue.push(other),
            }
        }
        records
    }

    /// The codes of what was refused.
    pub fn refused(&self) -> Vec<&'static str> {
        let code = |action: &Action| match action {
            Action::Refuse(_, refusal) => Some(refusal.code),
            _ => None,
        };
        self.queue.iter().filter_map(code).collect()
    }

    /// The failure asked for, if one was.
    pub fn failure(&self) -> Option<&Failure> {
        self.queue.iter().find_map(|action| match action {
            Action::Fail(failure) => Some(failure),
            _ => None,
        })
    }
}
