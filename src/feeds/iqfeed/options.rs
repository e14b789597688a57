//! What is asked of `IQFeed`, and where it is.

use crate::config::Secret;

/// How the book is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DepthBy {
    /// The sizes of price levels.
    Price,
    /// Every order; MIA adds them up to levels.
    Order,
}

/// What the program needs to log in by itself. From the environment only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// Product id that the vendor gave to the program's user.
    pub product: Secret,
    /// Login id.
    pub login: Secret,
    /// Password.
    pub password: Secret,
}

/// What is asked for, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IqfeedOptions {
    /// Host of `IQConnect`.
    pub host: String,
    /// Port of Level 1.
    pub level1_port: u16,
    /// Port of history.
    pub lookup_port: u16,
    /// Port of depth.
    pub depth_port: u16,
    /// Port of administration.
    pub admin_port: u16,
    /// Symbols; none means the front contract of the configured product.
    pub symbols: Vec<String>,
    /// Whether and how the book is asked for.
    pub depth: Option<DepthBy>,
    /// To log in with; without them `IQConnect` must have its own.
    pub credentials: Option<Credentials>,
    /// Whether an account with delayed data is accepted.
    pub allow_delayed: bool,
    /// Silence after which a connection is dead, microseconds.
    pub silence_us: i64,
}

impl IqfeedOptions {
    /// The usual ports on this computer.
    pub fn new(silence_us: i64) -> Self {
        Self {
            host: "127.0.0.1".into(),
            level1_port: 5009,
            lookup_port: 9100,
            depth_port: 9200,
            admin_port: 9300,
            symbols: Vec::new(),
            depth: None,
            credentials: None,
            allow_delayed: false,
            silence_us,
        }
    }
}
