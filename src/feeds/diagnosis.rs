//! What `--check` of a source finds: each thing looked at, and in words what to do about it.

use crate::wire::FailureClass;

/// How a thing that was looked at is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Health {
    /// As it should be.
    Good,
    /// Usable, but worth knowing.
    Doubtful,
    /// Not usable; the class gives the exit code.
    Bad(FailureClass),
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// How it is.
    pub health: Health,
    /// What was looked at, one or two words: `header`, `connection`.
    pub subject: &'static str,
    /// What was found, with the values.
    pub finding: String,
    /// What to do about it, unless all is well.
    pub remedy: Option<String>,
}

/// What `--check` found, in the order in which it was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diagnosis {
    /// The things looked at.
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// Notes a thing that is as it should be.
    pub fn good(&mut self, subject: &'static str, finding: impl Into<String>) {
        let finding = finding.into();
        self.checks.push(Check { health: Health::Good, subject, finding, remedy: None });
    }

    /// Notes a thing worth knowing.
    pub fn doubt(
        &mut self,
        subject: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (finding, remedy) = (finding.into(), Some(remedy.into()));
        self.checks.push(Check { health: Health::Doubtful, subject, finding, remedy });
    }

    /// Notes a thing that makes the source unusable.
    pub fn bad(
        &mut self,
        class: FailureClass,
        subject: &'static str,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (finding, remedy) = (finding.into(), Some(remedy.into()));
        self.checks.push(Check { health: Health::Bad(class), subject, finding, remedy });
    }

    /// The class of the first thing that makes the source unusable.
    pub fn failure(&self) -> Option<FailureClass> {
        self.checks.iter().find_map(|check| match check.health {
            Health::Bad(class) => Some(class),
            Health::Good | Health::Doubtful => None,
        })
    }
}
