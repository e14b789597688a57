//! The writer on a thread of its own, behind a bounded queue: the pipe does not wait for the disk.

use crate::stream::clock;
use crate::stream::store::Command;
use crate::stream::store::Fsync;
use crate::stream::store::Recovery;
use crate::stream::store::StoreError;
use crate::stream::store::StoreWriter;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::sync::mpsc::TryRecvError;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// Bytes that may wait for the disk: seconds of the busiest market. Beyond them the pipe waits,
/// because to drop records silently would be worse.
const QUEUE_BYTES: usize = 16 << 20;

/// What a batch weighs besides its lines.
const BATCH_BYTES: usize = 256;

/// How many bytes wait, and a bell for the one who waits for fewer.
#[derive(Debug, Default)]
struct Load {
    bytes: Mutex<usize>,
    less: Condvar,
}

impl Load {
    /// Waits until there is room, then takes it.
    fn add(&self, bytes: usize) {
        let held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.less.wait_while(held, |held| *held > QUEUE_BYTES);
        *held.unwrap_or_else(PoisonError::into_inner) += bytes;
    }

    fn remove(&self, bytes: usize) {
        let mut held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *held = held.saturating_sub(bytes);
        drop(held);
        self.less.notify_all();
    }
}

/// However the thread ends, nobody waits for it any more.
struct Ended(Arc<Load>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.remove(usize::MAX);
    }
}

fn weight(commands: &[Command]) -> usize {
    let lines = commands.iter().map(|command| match command {
        Command::Append(lines) | Command::Unplaced(lines) | Command::Quarantine(lines) => {
            lines.len()
        }
        Command::Begin { .. } | Command::Close(_) => BATCH_BYTES,
    });
    BATCH_BYTES + lines.sum::<usize>()
}

/// A [`StoreWriter`] on a thread.
#[derive(Debug)]
pub struct Background {
    queue: Option<Sender<Vec<Command>>>,
    load: Arc<Load>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
    failed: Arc<OnceLock<String>>,
}

impl Background {
    /// Starts the thread. It finishes first what earlier runs left unfinished, and tells `recovered`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        writer: StoreWriter,
        fsync: Fsync,
        recovered: impl FnOnce(&[Recovery]) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, commands) = channel();
        let (failed, load) = (Arc::new(OnceLock::new()), Arc::new(Load::default()));
        let (told, shared) = (Arc::clone(&failed), Arc::clone(&load));
        let work = move || {
            let ended = Ended(shared);
            let result = work(writer, &commands, &ended.0, fsync, recovered);
            if let Err(error) = &result {
                // The first failure counts, and there is only one: the thread ends with it.
                let _ = told.set(in_words(error));
            }
            result
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(work)?;
        Ok(Self { queue: Some(queue), load, thread: Some(thread), failed })
    }

    /// Hands commands over; waits while the queue is full.
    ///
    /// # Errors
    /// The writer has failed: [`StoreError::Ended`] says why.
    pub fn send(&self, commands: Vec<Command>) -> Result<(), StoreError> {
        if !commands.is_empty()
            && let Some(queue) = &self.queue
        {
            self.load.add(weight(&commands));
            if queue.send(commands).is_err() {
                let reason = self.failure().unwrap_or("no reason is known");
                return Err(StoreError::Ended(reason.into()));
            }
        }
        self.failure().map_or(Ok(()), |reason| Err(StoreError::Ended(reason.into())))
    }

    /// Why the writer has failed, if it has.
    pub fn failure(&self) -> Option<&str> {
        self.failed.get().map(String::as_str)
    }

    /// Waits until everything is written and the files are finished. A second call does nothing.
    ///
    /// # Errors
    /// That of the writer.
    pub fn finish(&mut self) -> Result<(), StoreError> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(StoreError::Ended("it panicked".into())),
        }
    }
}

/// An error with its causes.
fn in_words(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// The thread: commands as they come, and the disk in between.
fn work(
    mut writer: StoreWriter,
    queue: &Receiver<Vec<Command>>,
    load: &Load,
    fsync: Fsync,
    recovered: impl FnOnce(&[Recovery]),
) -> Result<(), StoreError> {
    recovered(&writer.recover()?);
    let mut due: Option<Instant> = None;
    loop {
        let commands = match queue.try_recv() {
            Ok(commands) => Some(commands),
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Nothing to do: what is in memory goes where a crash of ours cannot reach it.
                writer.settle()?;
                if let (Fsync::Every(interval), None, true) = (fsync, due, writer.is_dirty()) {
                    due = Some(clock::instant() + interval);
                }
                match wait(queue, due) {
                    Ok(commands) => Some(commands),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        };
        if let Some(commands) = commands {
            let bytes = weight(&commands);
            for command in commands {
                writer.apply(command)?;
            }
            load.remove(bytes);
        }
        if fsync == Fsync::Always {
            writer.settle()?;
            writer.sync()?;
        }
        if let Fsync::Every(interval) = fsync {
            let now = clock::instant();
            if due.is_some_and(|due| now >= due) {
                writer.settle()?;
                writer.sync()?;
                due = None;
            } else if due.is_none() {
                due = Some(now + interval);
            }
        }
    }
    writer.finish()
}

fn wait(
    queue: &Receiver<Vec<Command>>,
    due: Option<Instant>,
) -> Result<Vec<Command>, RecvTimeoutError> {
    match due {
        None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(due) => {
            let left = due.checked_duration_since(clock::instant()).unwrap_or(Duration::ZERO);
            queue.recv_timeout(left)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_room_goes_on_when_there_is_some_or_the_thread_ends() {
        let load = Arc::new(Load::default());
        load.add(2 * QUEUE_BYTES);
        for ends in [false, true] {
            let (shared, ended) = (Arc::clone(&load), Ended(Arc::clone(&load)));
            let waiting = std::thread::spawn(move || shared.add(2 * QUEUE_BYTES));
            std::thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished());
            if ends {
                drop(ended);
            } else {
                load.remove(2 * QUEUE_BYTES);
                std::mem::forget(ended);
            }
            waiting.join().unwrap();
        }
    }

    #[test]
    fn a_batch_weighs_what_it_holds() {
        let lines = vec![Command::Append(vec![0; 1000]), Command::Quarantine(vec![0; 10])];
        assert_eq!(weight(&lines), BATCH_BYTES + 1010);
        assert_eq!(weight(&[]), BATCH_BYTES);
    }
}
