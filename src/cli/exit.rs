//! Exit codes: one enum for every command.

use crate::config::ConfigErrors;
use crate::market::CalendarError;
use crate::stream::StreamError;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::io;
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nobody reads the output any more.
    Done = 0,
    /// Failure of no other class.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A risk halt is latched.
    RiskHalt = 6,
    /// Bad input data beyond what is tolerated, or input that cannot be read.
    BadInput = 65,
    /// A feed or a service is lost.
    Unavailable = 69,
    /// A bug of MIA.
    Internal = 70,
    /// The output cannot be created or written.
    CannotWrite = 73,
    /// A temporary failure: try again.
    Retry = 75,
    /// Not permitted.
    NotPermitted = 77,
    /// The configuration or the calendar does not allow an answer.
    Config = 78,
    /// SIGINT, after an orderly end.
    Interrupted = 130,
    /// SIGTERM, after an orderly end.
    Terminated = 143,
}

impl Exit {
    /// Every code, for manuals and tests.
    pub const ALL: [Self; 13] = [
        Self::Done,
        Self::Failure,
        Self::Usage,
        Self::RiskHalt,
        Self::BadInput,
        Self::Unavailable,
        Self::Internal,
        Self::CannotWrite,
        Self::Retry,
        Self::NotPermitted,
        Self::Config,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for manuals.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or the reader of the output has gone",
            Self::Failure => "failure of no other class",
            Self::Usage => "wrong command line",
            Self::RiskHalt => "a risk halt is latched",
            Self::BadInput => "bad input data, or input that cannot be read",
            Self::Unavailable => "a feed or a service is lost",
            Self::Internal => "a bug of MIA: please report it",
            Self::CannotWrite => "the output cannot be created or written",
            Self::Retry => "a temporary failure: try again",
            Self::NotPermitted => "not permitted: live gate closed, no data permission",
            Self::Config => "wrong configuration, or a date outside the calendar",
            Self::Interrupted => "interrupted (SIGINT), after an orderly end",
            Self::Terminated => "terminated (SIGTERM), after an orderly end",
        }
    }

    /// The exit with this number; [`Exit::Failure`] if there is none.
    pub fn from_code(code: u8) -> Self {
        Self::ALL.into_iter().find(|exit| exit.code() == code).unwrap_or(Self::Failure)
    }

    /// The exit that an error stands for: the first cause that says it.
    pub fn of(error: &anyhow::Error) -> Self {
        // A refusal may be the context of another error; the chain does not show it as itself.
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return refusal.exit;
        }
        error.chain().find_map(Self::of_cause).unwrap_or(Self::Failure)
    }

    fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(stream) = cause.downcast_ref::<StreamError>() {
            return Some(Self::of_stream(stream));
        }
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return Some(Self::of_class(failure.class));
        }
        if cause.is::<ConfigErrors>() || cause.is::<CalendarError>() {
            return Some(Self::Config);
        }
        let io = cause.downcast_ref::<io::Error>()?;
        (io.kind() == io::ErrorKind::BrokenPipe).then_some(Self::Done)
    }

    const fn of_stream(error: &StreamError) -> Self {
        match error {
            StreamError::Read { .. } | StreamError::BadInput { .. } => Self::BadInput,
            StreamError::Write { .. } | StreamError::Exists { .. } => Self::CannotWrite,
            StreamError::Stage { failure, .. } | StreamError::Source(failure) => {
                Self::of_class(failure.class)
            }
            StreamError::Encode(_) => Self::Internal,
        }
    }

    /// The exit of a class of failures.
    pub const fn of_class(class: FailureClass) -> Self {
        match class {
            FailureClass::Other => Self::Failure,
            FailureClass::BadInput | FailureClass::BadState => Self::BadInput,
            FailureClass::Unavailable => Self::Unavailable,
            FailureClass::Internal => Self::Internal,
            FailureClass::Output => Self::CannotWrite,
            FailureClass::NotPermitted => Self::NotPermitted,
            FailureClass::Config => Self::Config,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error of the command line's own, with its exit and what the user can do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// How the command ends.
    pub exit: Exit,
    /// What is wrong.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// With what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What the user can do about `error`, where something can be done.
pub fn hint_for(error: &anyhow::Error) -> Option<String> {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return refusal.hint.clone();
    }
    error.chain().find_map(|cause| {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.hint.clone();
        }
        if cause.is::<ConfigErrors>() {
            return Some("--print-config alone shows every setting with its default".into());
        }
        match cause.downcast_ref::<StreamError>()? {
            StreamError::BadInput { hint, .. } => Some(hint.clone()),
            StreamError::Exists { .. } => Some("-f overwrites it".into()),
            StreamError::Stage { failure, .. } | StreamError::Source(failure) => {
                failure.hint.clone()
            }
            StreamError::Encode(_) => Some("this is a bug of MIA: please report it".into()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_below_a_context_decide() {
        let failure = Failure::new(FailureClass::Config, "outside the calendar").hint("extend it");
        let error = Err::<(), _>(StreamError::Source(failure)).context("reading").unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Config);
        assert_eq!(hint_for(&error).as_deref(), Some("extend it"));
        assert_eq!(Exit::of(&anyhow::anyhow!("something")), Exit::Failure);
        let refusal = Refusal::new(Exit::Config, "cannot read x").hint("look");
        let error = Err::<(), _>(io::Error::other("no")).context(refusal).context("loading");
        let error = error.unwrap_err();
        assert_eq!(Exit::of(&error), Exit::Config);
        assert_eq!(hint_for(&error).as_deref(), Some("look"));
    }

    #[test]
    fn every_code_is_found_by_its_number() {
        for exit in Exit::ALL {
            assert_eq!(Exit::from_code(exit.code()), exit);
            assert!(!exit.meaning().is_empty());
        }
        assert_eq!(Exit::from_code(99), Exit::Failure);
    }
}
