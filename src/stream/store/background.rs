//! The writer on a thread of its own, behind a bounded queue: the pipe does not wait for the disk.

use crate::stream::clock;
use crate::stream::store::Command;
use crate::stream::store::Fsync;
use crate::stream::store::Recovery;
use crate::stream::store::StoreError;
use crate::stream::store::StoreWriter;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::TryRecvError;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// Batches that may wait for the disk. A batch is at most some hundred kilobytes; beyond it the
/// pipe waits, because to drop records silently would be worse.
const QUEUE: usize = 64;

/// A [`StoreWriter`] on a thread.
#[derive(Debug)]
pub struct Background {
    queue: Option<SyncSender<Vec<Command>>>,
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
        let (queue, commands) = sync_channel(QUEUE);
        let failed = Arc::new(OnceLock::new());
        let told = Arc::clone(&failed);
        let work = move || {
            let result = work(writer, &commands, fsync, recovered);
            if let Err(error) = &result {
                // The first failure counts, and there is only one: the thread ends with it.
                let _ = told.set(in_words(error));
            }
            result
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(work)?;
        Ok(Self { queue: Some(queue), thread: Some(thread), failed })
    }

    /// Hands commands over; waits while the queue is full.
    ///
    /// # Errors
    /// The writer has failed: [`StoreError::Ended`] says why.
    pub fn send(&self, commands: Vec<Command>) -> Result<(), StoreError> {
        if !commands.is_empty()
            && let Some(queue) = &self.queue
            && queue.send(commands).is_err()
        {
            return Err(StoreError::Ended(self.failure().unwrap_or("no reason is known").into()));
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

fn work(
    mut writer: StoreWriter,
    queue: &Receiver<Vec<Command>>,
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
        for command in commands.into_iter().flatten() {
            writer.apply(command)?;
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
