//! Processes under a deadline: one that hangs fails its test instead of holding up the whole run.

use std::io::Write;
use std::process::Child;
use std::process::Output;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Longer than any test program takes on the slowest machine.
pub const DEADLINE: Duration = Duration::from_mins(2);

/// Kills a process that is still there after [`DEADLINE`]; dropped, it lets it live.
pub struct Watchdog {
    _stop: mpsc::Sender<()>,
}

impl Watchdog {
    /// Watches `child`, which the caller waits for before dropping the watchdog.
    pub fn over(child: &Child) -> Self {
        let pid = rustix::process::Pid::from_child(child);
        let (stop, stopped) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            if stopped.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("process {pid:?} did not end within {DEADLINE:?}");
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        Self { _stop: stop }
    }
}

/// Writes `input` to the child's standard input, closes it, and waits for the end.
pub fn feed(mut child: Child, input: &[u8]) -> Output {
    let _watchdog = Watchdog::over(&child);
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        if let Some(mut stdin) = stdin {
            // A program that refuses its arguments never reads.
            scope.spawn(move || drop(stdin.write_all(input)));
        }
        child.wait_with_output().unwrap()
    })
}
