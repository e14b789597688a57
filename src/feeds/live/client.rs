//! What a protocol tells the driver, and what it is told.

use crate::feeds::diagnosis::Diagnosis;
use crate::feeds::live::Actions;
use crate::feeds::live::Now;
use crate::market::Sym;
use crate::wire::Src;

/// A link of a client: its place in [`Client::endpoints`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct LinkId(pub usize);

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// What it is for, one or two words: `level 1`. Part of messages.
    pub name: &'static str,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Silence after which the link is taken for dead, microseconds. The protocol must make the
    /// other side say something more often than that.
    pub silence_us: i64,
    /// What a user should look at when it cannot be connected, in words.
    pub remedy: String,
}

/// A kind of data whose silence means something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Flow {
    /// Trades and quotes of a future: expected whenever its session is open.
    Trades,
    /// Its book: expected whenever its session is open.
    Depth,
    /// Prints of an index: expected in regular hours.
    Index,
}

/// Data that the client has asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watched {
    /// Link that it comes by.
    pub link: LinkId,
    /// Symbol on the wire.
    pub sym: Sym,
    /// Kind of data.
    pub flow: Flow,
}

/// A protocol over one or more stream connections. It owns no socket and reads no clock; what it
/// wants to be subscribed to is its state, so that a new connection restores it.
///
/// Whatever it wants done it puts into [`Actions`]. After a connection is made it logs in and
/// subscribes, then says [`Actions::ready`]; data before that count as ready.
pub trait Client {
    /// The vendor, for messages: `IQFeed`.
    fn name(&self) -> &'static str;

    /// Source of its records.
    fn src(&self) -> Src;

    /// Its links. Their number and order never change; host and port may.
    fn endpoints(&self) -> Vec<Endpoint>;

    /// What it is subscribed to, for [the watch over silent data](crate::feeds::live).
    fn watched(&self) -> Vec<Watched>;

    /// A connection was made.
    fn connected(&mut self, link: LinkId, now: Now, actions: &mut Actions);

    /// Bytes came: all that are not consumed yet. Returns how many of them are consumed now; the
    /// rest is offered again when more has come.
    fn received(&mut self, link: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize;

    /// The connection is gone; the driver makes a new one.
    fn lost(&mut self, link: LinkId, now: Now, actions: &mut Actions);

    /// Time passed: called at least every second, and after everything else.
    fn tick(&mut self, now: Now, actions: &mut Actions);

    /// These data did not come although the market is open: subscribe to them again.
    fn resubscribe(&mut self, what: Watched, now: Now, actions: &mut Actions);

    /// Whether everything asked for has been answered: a history request ends the source with it.
    fn is_done(&self) -> bool {
        false
    }

    /// Whether a check has seen what it can see.
    fn is_diagnosed(&self) -> bool {
        false
    }

    /// What a check found beyond the connections.
    fn diagnose(&self, _now: Now, _diagnosis: &mut Diagnosis) {}
}
