//! A webhook: messages as JSON over HTTP, from a thread of their own, so that the stream never
//! waits for them.

use crate::config::Secret;
use crate::monitoring::Message;
use crate::monitoring::delivery::Answer;
use crate::monitoring::delivery::Bucket;
use crate::monitoring::delivery::Manners;
use crate::monitoring::delivery::Verdict;
use crate::monitoring::delivery::retry_after;
use crate::monitoring::notify_stage::Sink;
use crate::monitoring::queue::Queue;
use crate::stream::clock;
use std::fmt;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;
use ureq::Agent;
use ureq::http::Uri;

/// Why a webhook cannot be used. Never says the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Not an address.
    #[error("the address of the webhook is not an http or https URL")]
    Address,
    /// No thread.
    #[error("the system refuses a thread for the webhook")]
    Thread,
}

/// What became of the messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Arrived.
    pub delivered: u64,
    /// Refused, or unanswered after every retry.
    pub failed: u64,
    /// No room in the queue.
    pub dropped: u64,
    /// Too old when their turn came.
    pub expired: u64,
    /// Still waiting when the time at the end was up.
    pub unsent: u64,
}

impl Report {
    /// Messages that did not arrive.
    pub const fn lost(&self) -> u64 {
        self.failed + self.dropped + self.expired + self.unsent
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} messages delivered", self.delivered)?;
        for (count, what) in [
            (self.failed, "refused or unanswered"),
            (self.dropped, "dropped from a full queue"),
            (self.expired, "dropped as too old"),
            (self.unsent, "unsent at the end"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// Sends messages to one address, one after the other.
pub struct WebhookSink {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    start: Instant,
}

struct State {
    queue: Queue,
    report: Report,
    /// A message is with the worker.
    in_hand: bool,
    /// The stream has ended: from this time on nothing is waited for.
    deadline: Option<Duration>,
    /// The worker has ended.
    done: bool,
}

impl WebhookSink {
    /// Starts the thread that sends to `url`.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn start(url: &Secret, manners: Manners) -> Result<Self, WebhookError> {
        let uri: Uri = url.expose().parse().map_err(|_| WebhookError::Address)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(WebhookError::Address);
        }
        let state = State {
            queue: Queue::new(manners.queue_max),
            report: Report::default(),
            in_hand: false,
            deadline: None,
            done: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            start: clock::instant(),
        });
        let worker =
            Worker { shared: Arc::clone(&shared), manners, uri, bucket: Bucket::new(&manners) };
        let spawned = thread::Builder::new().name("webhook".into()).spawn(move || worker.run());
        spawned.map_err(|_| WebhookError::Thread)?;
        Ok(Self { shared })
    }

    /// Ends: what is queued may still be sent for `drain`, then it is counted as unsent. A request
    /// that hangs is left behind.
    pub fn finish(self, drain: Duration) -> Report {
        let deadline = self.shared.now() + drain;
        let mut state = self.shared.lock();
        state.deadline = Some(deadline);
        self.shared.changed.notify_all();
        while !state.done {
            let now = self.shared.now();
            if now >= deadline {
                break;
            }
            state = self.shared.wait(state, deadline.saturating_sub(now));
        }
        let mut report = state.report;
        report.dropped = state.queue.dropped();
        report.unsent = state.queue.waiting() as u64 + u64::from(state.in_hand);
        report
    }
}

impl Sink for WebhookSink {
    fn offer(&mut self, message: Message) {
        let now = self.shared.now();
        self.shared.lock().queue.push(message, now);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn now(&self) -> Duration {
        clock::instant() - self.start
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whatever a thread that failed left behind is a queue and counts: still usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// The next message; `None` when there will be none.
    fn next(&self) -> Option<(Message, Duration)> {
        let mut state = self.lock();
        loop {
            let over = state.deadline.is_some_and(|deadline| self.now() >= deadline);
            if !over && let Some(next) = state.queue.pop() {
                state.in_hand = true;
                return Some(next);
            }
            if state.deadline.is_some() {
                return None;
            }
            state = self.wait(state, Duration::from_hours(1));
        }
    }

    /// Waits; `false` if the end comes first.
    fn pause(&self, time: Duration) -> bool {
        let until = self.now() + time;
        let mut state = self.lock();
        loop {
            if state.deadline.is_some_and(|deadline| until > deadline) {
                return false;
            }
            let now = self.now();
            if now >= until {
                return true;
            }
            state = self.wait(state, until.saturating_sub(now));
        }
    }

    fn count(&self, count: impl FnOnce(&mut Report)) {
        let mut state = self.lock();
        count(&mut state.report);
        state.in_hand = false;
    }
}

/// How the way of one message ended.
enum Outcome {
    Counted,
    /// The end of the stream came first.
    Interrupted,
    /// The address takes no messages at all.
    Closed,
}

struct Worker {
    shared: Arc<Shared>,
    manners: Manners,
    uri: Uri,
    bucket: Bucket,
}

impl Worker {
    fn run(mut self) {
        let agent = Agent::config_builder()
            .timeout_global(Some(self.manners.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("mia-notify/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let mut closed = false;
        while let Some((message, taken)) = self.shared.next() {
            if closed {
                self.shared.count(|report| report.failed += 1);
                continue;
            }
            match self.deliver(&agent, &message, taken) {
                Outcome::Counted => {}
                Outcome::Interrupted => break,
                Outcome::Closed => closed = true,
            }
        }
        self.shared.lock().done = true;
        self.shared.changed.notify_all();
    }

    fn deliver(&mut self, agent: &Agent, message: &Message, taken: Duration) -> Outcome {
        let body = message.json();
        let mut tries = 0;
        loop {
            while let Err(wait) = self.bucket.take(self.shared.now()) {
                if !self.shared.pause(wait) {
                    return Outcome::Interrupted;
                }
            }
            if self.shared.now().saturating_sub(taken) > self.manners.age_max {
                self.shared.count(|report| report.expired += 1);
                return Outcome::Counted;
            }
            tries += 1;
            let answer = self.post(agent, &body);
            match self.manners.verdict(answer, tries) {
                Verdict::Delivered => {
                    self.shared.count(|report| report.delivered += 1);
                    return Outcome::Counted;
                }
                Verdict::Again(wait) => {
                    if tries == 1 {
                        let why = match answer {
                            Answer::None => "no answer (refused, unreachable or too slow)".into(),
                            Answer::Status(status, _) => format!("status {status}"),
                        };
                        tracing::warn!("webhook: {why}; trying again");
                    }
                    tracing::debug!("webhook: {answer:?}, again in {wait:?}");
                    if !self.shared.pause(wait) {
                        return Outcome::Interrupted;
                    }
                }
                Verdict::GiveUp => {
                    tracing::info!("webhook: a message was not delivered: {answer:?}");
                    self.shared.count(|report| report.failed += 1);
                    return Outcome::Counted;
                }
                Verdict::Closed => {
                    tracing::error!("the webhook takes no messages ({answer:?}): none are sent");
                    self.shared.count(|report| report.failed += 1);
                    return Outcome::Closed;
                }
            }
        }
    }

    fn post(&self, agent: &Agent, body: &[u8]) -> Answer {
        let sent = agent.post(&self.uri).content_type("application/json").send(body);
        match sent {
            Ok(mut response) => {
                let header = response.headers().get("retry-after");
                let asked = header.and_then(|h| h.to_str().ok()).and_then(retry_after);
                let status = response.status().as_u16();
                // Read to the end so that the connection can serve the next message.
                let _ = response.body_mut().with_config().limit(64 * 1024).read_to_vec();
                Answer::Status(status, asked)
            }
            // Not shown: some errors quote the address, which is a secret.
            Err(_) => Answer::None,
        }
    }
}
