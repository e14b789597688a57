//! How patient a live source is.

use crate::config::Config;
use crate::stream::MaxBad;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;

const US_PER_MS: i64 = 1000;
const US_PER_S: i64 = 1_000_000;

/// How patient a live source is, and what its `stream` record says. Times in microseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveOptions {
    /// For a connection to be made.
    pub connect_us: i64,
    /// From the connection to [`ready`](crate::feeds::live::Actions::ready).
    pub login_us: i64,
    /// Silence of trades and quotes of an open market.
    pub stale_trades_us: i64,
    /// Silence of the book of an open market.
    pub stale_depth_us: i64,
    /// Silence of an index in regular hours.
    pub stale_index_us: i64,
    /// How far `clock` records stay behind the receive time.
    pub clock_behind_us: i64,
    /// A record older than the newest of its symbol and kind by more is late.
    pub lateness_us: i64,
    /// Attempts to connect after a loss; `None`: no limit.
    pub max_retries: Option<u32>,
    /// Longest time without a link; `None`: no limit.
    pub max_outage_us: Option<i64>,
    /// Bad messages tolerated.
    pub max_bad: MaxBad,
    /// Mode written into the stream record: live, or delayed where the vendor says so.
    pub mode: StreamMode,
    /// Phase written into the stream record.
    pub phase: StreamPhase,
    /// Product written into the stream record.
    pub instrument: Option<String>,
    /// Seed of the jitter; [`SystemNetwork`](crate::feeds::live::SystemNetwork) gives one.
    pub seed: u64,
}

impl LiveOptions {
    /// What the configuration says.
    pub fn new(config: &Config) -> Self {
        let feed = &config.feed;
        Self {
            connect_us: feed.connect_ms * US_PER_MS,
            login_us: feed.login_ms * US_PER_MS,
            stale_trades_us: feed.stale_trades_s * US_PER_S,
            stale_depth_us: feed.stale_depth_s * US_PER_S,
            stale_index_us: feed.stale_index_s * US_PER_S,
            clock_behind_us: config.clock.lateness_ms * US_PER_MS,
            lateness_us: config.clock.lateness_us,
            max_retries: None,
            max_outage_us: None,
            max_bad: MaxBad::Auto,
            mode: StreamMode::Live,
            phase: StreamPhase::Run,
            instrument: Some(config.instrument.clone()),
            seed: 0,
        }
    }
}
