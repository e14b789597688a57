//! What every source on a socket has in common.
//!
//! A protocol is a [`Client`]: bytes and time in, [`Actions`] out, no socket and no clock inside.
//! [`LiveSource`] drives it over a [`Network`]: it opens the links, holds their deadlines, opens
//! them again with growing pauses, says every change of state in the stream, notices data that
//! stopped while the market is open, lets time pass when nothing comes, and puts the stamps in
//! order. [`SystemNetwork`] is the real network; tests bring their own and play with time.

mod actions;
mod backoff;
mod client;
mod freshness;
mod link;
mod network;
mod options;
mod probe;
mod source;
mod stamps;
mod system_network;

pub use actions::Actions;
pub use client::Client;
pub use client::Endpoint;
pub use client::Flow;
pub use client::LinkId;
pub use client::Watched;
pub use network::Happening;
pub use network::Network;
pub use network::Now;
pub use options::LiveOptions;
pub use probe::probe;
pub use source::LiveSource;
pub use system_network::SystemNetwork;
