//! Signals: the first asks for an orderly end, the second ends at once.

use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Watches SIGINT and SIGTERM.
#[derive(Debug)]
pub struct Interrupts {
    code: Arc<AtomicUsize>,
    wake: OwnedFd,
}

impl Interrupts {
    /// Installs the handlers.
    ///
    /// # Errors
    /// The system refuses a pipe or a handler.
    pub fn install() -> io::Result<Self> {
        let code = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        let (wake, tell) = io::pipe()?;
        for (signal, exit) in [(SIGINT, 130), (SIGTERM, 143)] {
            // Order matters: on the second signal the flag is set already and the process ends.
            signal_hook::flag::register_conditional_shutdown(signal, exit, Arc::clone(&again))?;
            signal_hook::flag::register(signal, Arc::clone(&again))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&code), exit as usize)?;
            signal_hook::low_level::pipe::register(signal, OwnedFd::from(tell.try_clone()?))?;
        }
        Ok(Self { code, wake: wake.into() })
    }

    /// The exit code of a signal that came, if one came.
    pub fn pending(&self) -> Option<u8> {
        match self.code.load(Ordering::Relaxed) {
            0 => None,
            code => u8::try_from(code).ok(),
        }
    }

    /// Becomes readable when a signal comes.
    pub const fn wake(&self) -> &OwnedFd {
        &self.wake
    }
}
