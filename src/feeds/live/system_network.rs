//! The system's network: one thread waits for all connections and for signals.

use crate::feeds::live::Happening;
use crate::feeds::live::LinkId;
use crate::feeds::live::Network;
use crate::feeds::live::Now;
use crate::stream::Interrupts;
use crate::stream::clock;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use std::io;
use std::io::PipeReader;
use std::io::PipeWriter;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::net::ToSocketAddrs;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

/// Longest a helper thread tries one address; the driver's own deadline is usually shorter.
const CONNECT: Duration = Duration::from_secs(30);

/// A finished attempt: link, number of the attempt, result.
type Attempt = (LinkId, u64, io::Result<TcpStream>);

#[derive(Debug, Default)]
struct Slot {
    attempt: u64,
    stream: Option<TcpStream>,
    blocked: bool,
}

/// TCP connections of the system.
///
/// Names are looked up and connections made on a short-lived thread, because both may take long and
/// the system cannot look up names without waiting; everything else happens on the caller's thread.
pub struct SystemNetwork {
    start: Instant,
    interrupts: Option<Rc<Interrupts>>,
    slots: Vec<Slot>,
    finished: mpsc::Receiver<Attempt>,
    finish: mpsc::Sender<Attempt>,
    wake: PipeReader,
    waker: PipeWriter,
}

impl SystemNetwork {
    /// A network that a signal wakes.
    ///
    /// # Errors
    /// The system refuses a pipe.
    pub fn new(interrupts: Option<Rc<Interrupts>>) -> io::Result<Self> {
        let (wake, waker) = io::pipe()?;
        let (finish, finished) = mpsc::channel();
        let start = clock::instant();
        Ok(Self { start, interrupts, slots: Vec::new(), finished, finish, wake, waker })
    }

    /// A seed for what need not be repeatable: the time and the process.
    pub fn seed() -> u64 {
        clock::now_us().unsigned_abs() ^ u64::from(std::process::id()).rotate_left(40)
    }

    fn slot(&mut self, link: LinkId) -> &mut Slot {
        if self.slots.len() <= link.0 {
            self.slots.resize_with(link.0 + 1, Slot::default);
        }
        &mut self.slots[link.0]
    }

    fn stream(&mut self, link: LinkId) -> io::Result<&mut TcpStream> {
        let slot = self.slots.get_mut(link.0).and_then(|slot| slot.stream.as_mut());
        slot.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Takes the results of finished attempts; those given up meanwhile are dropped.
    fn collect(&mut self, happenings: &mut Vec<Happening>) -> io::Result<()> {
        let mut told = [0; 64];
        let count = self.wake.read(&mut told)?;
        tracing::trace!("{count} attempts to connect are over");
        while let Ok((link, attempt, result)) = self.finished.try_recv() {
            let slot = self.slot(link);
            if slot.attempt != attempt {
                continue;
            }
            match result {
                Ok(stream) => {
                    slot.stream = Some(stream);
                    happenings.push(Happening::Connected(link));
                }
                Err(error) => happenings.push(Happening::Failed(link, error)),
            }
        }
        Ok(())
    }

    fn timeout(&mut self, until: i64) -> Timespec {
        let us = until.saturating_sub(self.now().mono).max(0);
        Timespec { tv_sec: us / 1_000_000, tv_nsec: us % 1_000_000 * 1000 }
    }
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = None;
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("the name has no address")))
}

impl Network for SystemNetwork {
    fn now(&mut self) -> Now {
        let mono = (clock::instant() - self.start).as_micros() as i64;
        Now { mono, utc: clock::now_us() }
    }

    fn open(&mut self, link: LinkId, host: &str, port: u16) {
        self.close(link);
        let attempt = self.slot(link).attempt;
        let (host, finish) = (host.to_owned(), self.finish.clone());
        let waker = self.waker.try_clone();
        std::thread::spawn(move || {
            // If nobody waits any more, nobody needs to know.
            let _ = finish.send((link, attempt, connect(&host, port)));
            let _ = waker.and_then(|mut waker| waker.write_all(b"!"));
        });
    }

    fn close(&mut self, link: LinkId) {
        let slot = self.slot(link);
        slot.attempt += 1;
        slot.stream = None;
        slot.blocked = false;
    }

    fn read(&mut self, link: LinkId, into: &mut [u8]) -> io::Result<usize> {
        self.stream(link)?.read(into)
    }

    fn write(&mut self, link: LinkId, bytes: &[u8]) -> io::Result<usize> {
        let result = self.stream(link)?.write(bytes);
        let blocked = result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock);
        self.slot(link).blocked = blocked;
        result
    }

    fn wait(&mut self, until: i64, happenings: &mut Vec<Happening>) -> io::Result<()> {
        if self.interrupts.as_ref().is_some_and(|i| i.pending().is_some()) {
            return Ok(());
        }
        let timeout = self.timeout(until);
        let mut fds = vec![PollFd::new(&self.wake, PollFlags::IN)];
        let mut who = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            if let Some(stream) = &slot.stream {
                let out = if slot.blocked { PollFlags::OUT } else { PollFlags::empty() };
                fds.push(PollFd::new(stream, PollFlags::IN | out));
                who.push(LinkId(at));
            }
        }
        if let Some(interrupts) = &self.interrupts {
            fds.push(PollFd::new(interrupts.wake(), PollFlags::IN));
        }
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let told = !fds[0].revents().is_empty();
        for (link, fd) in who.iter().zip(&fds[1..]) {
            let events = fd.revents();
            if events.contains(PollFlags::OUT) {
                happenings.push(Happening::Writable(*link));
            }
            if events.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                happenings.push(Happening::Readable(*link));
            }
        }
        drop(fds);
        if told { self.collect(happenings) } else { Ok(()) }
    }
}
