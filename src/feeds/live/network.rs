//! What a live source needs from the world: links and time.

use crate::feeds::live::LinkId;
use std::io;

/// A moment, by both clocks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Now {
    /// Microseconds since some start; never goes back. Deadlines are counted with it.
    pub mono: i64,
    /// Microseconds since the Unix epoch, UTC; somebody may set this clock. Records are stamped
    /// with it.
    pub utc: i64,
}

/// What happened on a link.
#[derive(Debug)]
pub enum Happening {
    /// The connection asked for is there.
    Connected(LinkId),
    /// The connection asked for could not be made.
    Failed(LinkId, io::Error),
    /// There is something to read, the end of the connection included.
    Readable(LinkId),
    /// More can be written.
    Writable(LinkId),
}

/// What went wrong, in the system's words without its number.
pub(super) fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Stream connections and two clocks. Nothing here waits except [`Network::wait`].
pub trait Network {
    /// The time.
    fn now(&mut self) -> Now;

    /// Starts to connect; the result comes as a [`Happening`]. A connection that `link` had before
    /// is closed.
    fn open(&mut self, link: LinkId, host: &str, port: u16);

    /// Closes, also a connection that is still being made.
    fn close(&mut self, link: LinkId);

    /// Reads what is there; 0 at the end of the connection.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; anything else means that the connection is lost.
    fn read(&mut self, link: LinkId, into: &mut [u8]) -> io::Result<usize>;

    /// Writes what goes in without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if nothing goes in; anything else means that the connection is lost.
    fn write(&mut self, link: LinkId, bytes: &[u8]) -> io::Result<usize>;

    /// Waits until something happens, a signal comes, or [`Now::mono`] reaches `until`.
    ///
    /// # Errors
    /// The system cannot wait.
    fn wait(&mut self, until: i64, happenings: &mut Vec<Happening>) -> io::Result<()>;
}
