//! One link of a live source: where it is in its life.

use crate::feeds::live::Endpoint;
use crate::feeds::live::Now;
use crate::feeds::live::backoff::Backoff;
use crate::wire::StatusState;

/// Where a link is in its life. Times are monotonic microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// Before the next attempt.
    Waiting { until: i64 },
    /// The connection is being made.
    Connecting { until: i64 },
    /// Connected; the client logs in and subscribes.
    LoggingIn { until: i64 },
    /// Connected, but the vendor behind it has no data. `until` holds before the first success.
    Suspended { until: i64 },
    /// Data flow.
    Up { since: i64 },
}

/// A loss that is not over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Loss {
    /// Last thing heard before it, microseconds UTC.
    pub from_utc: i64,
    /// When it was noticed, monotonic.
    pub noticed: i64,
    /// Why.
    pub reason: String,
}

#[derive(Debug)]
pub(super) struct Link {
    pub endpoint: Endpoint,
    pub life: Life,
    pub inbox: Vec<u8>,
    pub outbox: Vec<u8>,
    /// Last bytes received.
    pub heard: Now,
    pub ever_up: bool,
    pub loss: Option<Loss>,
    pub backoff: Backoff,
    /// The state said last in the stream.
    pub said: Option<StatusState>,
}

impl Link {
    /// A link that was never tried.
    pub fn new(endpoint: Endpoint, seed: u64) -> Self {
        Self {
            endpoint,
            life: Life::Waiting { until: i64::MIN },
            inbox: Vec::new(),
            outbox: Vec::new(),
            heard: Now::default(),
            ever_up: false,
            loss: None,
            backoff: Backoff::new(seed),
            said: None,
        }
    }

    /// Whether data may come by it.
    pub const fn is_up(&self) -> bool {
        matches!(self.life, Life::Up { .. })
    }

    /// Whether there is a connection.
    pub const fn is_connected(&self) -> bool {
        matches!(self.life, Life::LoggingIn { .. } | Life::Suspended { .. } | Life::Up { .. })
    }

    /// When something is due on it, monotonic.
    pub fn due(&self) -> i64 {
        let silence = self.heard.mono.saturating_add(self.endpoint.silence_us);
        match self.life {
            Life::Waiting { until } | Life::Connecting { until } => until,
            Life::LoggingIn { until } | Life::Suspended { until } => until.min(silence),
            Life::Up { .. } => silence,
        }
    }

    /// Its name with its address, for messages.
    pub fn place(&self, vendor: &str) -> String {
        let Endpoint { name, host, port, .. } = &self.endpoint;
        format!("{vendor} {name} ({host}:{port})")
    }
}
