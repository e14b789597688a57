//! The fold of mia-notify: copies the stream and hands messages to a sink.

use crate::monitoring::Composer;
use crate::monitoring::Message;
use crate::wire::AlertLevel;
use crate::wire::By;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Flow;
use crate::wire::Kind;
use crate::wire::KindSet;
use crate::wire::Record;
use crate::wire::Stage;

/// Where messages go. Taking one never waits and never fails: the stream goes on.
pub trait Sink {
    /// Takes a message.
    fn offer(&mut self, message: Message);
}

/// Copies the stream; messages of at least a level go to the sink.
#[derive(Debug)]
pub struct NotifyStage<S> {
    composer: Composer,
    level_min: AlertLevel,
    about: KindSet,
    sink: S,
}

impl<S: Sink> NotifyStage<S> {
    /// The kinds that can become messages.
    pub const KINDS: KindSet = KindSet::of(&[
        Kind::Stream,
        Kind::Signal,
        Kind::Verdict,
        Kind::Fill,
        Kind::Roundtrip,
        Kind::Acct,
        Kind::Alert,
    ]);

    /// Messages of at least `level_min` to `sink`.
    pub const fn new(composer: Composer, level_min: AlertLevel, sink: S) -> Self {
        Self { composer, level_min, about: KindSet::ALL, sink }
    }

    /// Only messages about records of these kinds.
    #[must_use]
    pub fn only_about(mut self, kinds: KindSet) -> Self {
        self.about = kinds;
        self
    }

    /// The sink, at the end.
    pub fn into_sink(self) -> S {
        self.sink
    }
}

impl<S: Sink> Stage for NotifyStage<S> {
    fn by(&self) -> By {
        By::Notify
    }

    fn wants(&self) -> KindSet {
        Self::KINDS
    }

    fn on_record(&mut self, record: &Record, _out: &mut dyn Emit) -> Result<Flow, Failure> {
        let message = self.composer.compose(record).filter(|m| m.level >= self.level_min);
        if let Some(message) = message.filter(|_| self.about.has(record.kind())) {
            self.sink.offer(message);
        }
        Ok(Flow::Pass)
    }
}
