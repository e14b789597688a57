//! What a DTC connection is asked for.

use crate::config::Secret;
use crate::feeds::dtc::symbol::DtcSymbol;
use crate::protocols::dtc::Encoding;

/// What a DTC connection is asked for.
#[derive(Clone, Debug)]
pub struct DtcOptions {
    /// Host name or address of the server.
    pub host: String,
    /// Port; Sierra Chart's is 11099.
    pub port: u16,
    /// Encoding asked for; the server may choose another.
    pub encoding: Encoding,
    /// What is followed.
    pub symbols: Vec<DtcSymbol>,
    /// Levels of the book on each side; `None`: no book.
    pub depth: Option<i32>,
    /// User name, where the server requires a login.
    pub user: Option<Secret>,
    /// Password, where the server requires a login.
    pub password: Option<Secret>,
    /// Seconds between heartbeats, 5 to 60. Twice as long a silence, and at least ten seconds, is
    /// a lost connection.
    pub heartbeat_s: i32,
}

impl DtcOptions {
    /// Sierra Chart on this machine, with nothing to follow yet.
    pub fn new() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 11_099,
            encoding: Encoding::Binary,
            symbols: Vec::new(),
            depth: None,
            user: None,
            password: None,
            heartbeat_s: 5,
        }
    }

    /// Silence after which the connection is taken for lost, microseconds.
    pub(super) fn silence_us(&self) -> i64 {
        i64::from(self.heartbeat_s * 2).max(10) * 1_000_000
    }
}

impl Default for DtcOptions {
    fn default() -> Self {
        Self::new()
    }
}
