//! The valuation of a chain beside the fold: a thread that takes jobs and gives results, in order.

use crate::options::Exposure;
use crate::options::Refusal;
use crate::options::Snapshot;
use crate::options::Valuation;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

/// What is to be valued.
#[derive(Clone, Debug)]
pub struct Job {
    /// The contracts.
    pub snapshot: Arc<Snapshot>,
    /// As of, microseconds UTC.
    pub at: i64,
    /// The underlying then, points; `None`: what the chain itself says.
    pub spot: Option<f64>,
}

/// What came of it.
pub type Outcome = Result<Box<Exposure>, Refusal>;

/// Where chains are valued. The result is the same; when it is there makes no difference to the
/// output, because it takes effect at a fixed event time.
#[derive(Clone, Copy, Debug)]
pub enum OptionWork {
    /// On a thread of its own, which calls this function before each job (tests make it slow).
    Thread(fn()),
    /// In the fold.
    Inline,
}

impl Default for OptionWork {
    fn default() -> Self {
        Self::Thread(|| ())
    }
}

/// The thread and its channels. Ends with its owner.
#[derive(Debug)]
struct Running {
    jobs: Option<SyncSender<Job>>,
    results: Receiver<Outcome>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Without a sender the thread's loop ends after the job at hand.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Values one job at a time.
#[derive(Debug)]
pub struct Worker {
    valuation: Valuation,
    work: OptionWork,
    running: Option<Running>,
    done: Option<Outcome>,
}

fn value(valuation: &Valuation, job: &Job) -> Outcome {
    valuation.value(&job.snapshot, job.at, job.spot).map(Box::new)
}

impl Worker {
    /// A worker that has not started yet.
    pub fn new(valuation: Valuation, work: OptionWork) -> Self {
        Self { valuation, work, running: None, done: None }
    }

    /// Chooses where the work is done, before the first job.
    pub fn set_work(&mut self, work: OptionWork) {
        self.work = work;
    }

    /// Hands over a job; the one before must have been taken.
    ///
    /// # Errors
    /// The thread is gone: our bug.
    pub fn start(&mut self, job: Job) -> Result<(), Failure> {
        let OptionWork::Thread(before) = self.work else {
            self.done = Some(value(&self.valuation, &job));
            return Ok(());
        };
        if self.running.is_none() {
            self.running = Self::spawn(self.valuation.clone(), before);
        }
        match self.running.as_ref().map(|running| running.jobs.as_ref()) {
            Some(Some(jobs)) => jobs.send(job).map_err(|_| gone()),
            Some(None) => Err(gone()),
            // No thread to be had: the same work, here.
            None => {
                self.done = Some(value(&self.valuation, &job));
                Ok(())
            }
        }
    }

    fn spawn(valuation: Valuation, before: fn()) -> Option<Running> {
        let (jobs, todo) = sync_channel::<Job>(1);
        let (results, done) = sync_channel(1);
        let thread = std::thread::Builder::new().name("options".into()).spawn(move || {
            while let Ok(job) = todo.recv() {
                before();
                if results.send(value(&valuation, &job)).is_err() {
                    break;
                }
            }
        });
        let running = |thread| Running { jobs: Some(jobs), results: done, thread: Some(thread) };
        thread.ok().map(running)
    }

    /// The result of the job handed over, waiting for it if need be.
    ///
    /// # Errors
    /// The thread is gone, or there was no job: our bug.
    pub fn take(&mut self) -> Result<Outcome, Failure> {
        if let Some(done) = self.done.take() {
            return Ok(done);
        }
        self.running.as_ref().and_then(|running| running.results.recv().ok()).ok_or_else(gone)
    }
}

fn gone() -> Failure {
    Failure::new(FailureClass::Internal, "the valuation of the option chain ended unexpectedly")
}
