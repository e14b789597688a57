//! What the help and the man page of a command say besides its options.

use crate::cli::exit::Exit;
use crate::wire::Kind;
use std::fmt::Write;

/// A command line worth copying.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it does.
    pub text: &'static str,
    /// The command line.
    pub command: &'static str,
}

/// A file or a variable that the command looks at.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub text: &'static str,
}

/// A chapter of the man page besides the usual ones.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What it lists.
    pub topics: Vec<Topic>,
}

/// Something that a chapter explains.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// What there is to say, a line each.
    pub lines: Vec<String>,
}

/// The manual of a command.
#[derive(Clone, Copy, Debug)]
pub struct Manual {
    /// Name of the program.
    pub name: &'static str,
    /// What the command does, in a paragraph or two.
    pub description: &'static str,
    /// Examples.
    pub examples: &'static [Example],
    /// Kinds that it writes itself.
    pub writes: &'static [Kind],
    /// Variables besides those of every command.
    pub environment: &'static [Place],
    /// Files besides those of every command.
    pub files: &'static [Place],
    /// Exit codes besides those of every command.
    pub exits: &'static [Exit],
    /// Chapters of the man page besides the usual ones; `Vec::new` for none.
    pub sections: fn() -> Vec<Section>,
}

/// Variables that every command reads.
pub const ENVIRONMENT: &[Place] = &[
    Place { name: "MIA_CONFIG", text: "Configuration file, if --config is not given." },
    Place { name: "MIA_LOG", text: "Level of messages: error, warn, info, debug or trace." },
    Place { name: "NO_COLOR", text: "If set and not empty, messages have no colour." },
];

/// Exit codes that every command may give.
const EXITS: &[Exit] = &[
    Exit::Done,
    Exit::Failure,
    Exit::Usage,
    Exit::BadInput,
    Exit::Internal,
    Exit::CannotWrite,
    Exit::Config,
    Exit::Interrupted,
    Exit::Terminated,
];

impl Manual {
    /// The exit codes of this command, ascending.
    pub fn exit_codes(&self) -> Vec<Exit> {
        let known = |exit: &Exit| EXITS.contains(exit) || self.exits.contains(exit);
        Exit::ALL.into_iter().filter(known).collect()
    }

    /// The variables that the command reads.
    pub fn variables(&self) -> impl Iterator<Item = &Place> {
        ENVIRONMENT.iter().chain(self.environment)
    }

    /// The end of the long help: examples and exit codes.
    pub fn after_help(&self) -> String {
        let mut text = String::from("Examples:");
        for example in self.examples {
            let _ = write!(text, "\n  {}\n    {}", example.text, example.command);
        }
        text.push_str("\n\nExit codes:");
        for exit in self.exit_codes() {
            let _ = write!(text, "\n  {:>3}  {}", exit.code(), exit.meaning());
        }
        text
    }

    /// `command` with this manual's description and end.
    #[must_use]
    pub fn complete(&self, command: clap::Command) -> clap::Command {
        command
            .name(self.name)
            .bin_name(self.name)
            .version(env!("CARGO_PKG_VERSION"))
            .long_about(self.description)
            .after_help("--help says more, with examples and exit codes")
            .after_long_help(self.after_help())
    }
}
