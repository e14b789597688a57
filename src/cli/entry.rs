//! From the arguments to the exit code: the same way for every command.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::exit::hint_for;
use crate::cli::log;
use crate::cli::manual::Manual;
use crate::cli::options::Common;
use crate::config;
use crate::wire::schema;
use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// A command of the toolkit.
pub trait Program: Parser {
    /// Its manual.
    const MANUAL: Manual;

    /// The options that it shares with the others.
    fn common(&self) -> &Common;

    /// The JSON Schema of what it writes besides its input.
    fn schema() -> serde_json::Value {
        schema::of_kinds(Self::MANUAL.writes)
    }

    /// Whether a file is written that `--force` may overwrite.
    fn writes_file(&self) -> bool {
        self.common().output.output.is_some()
    }

    /// Turns options of its own into those it shares: called once, before anything looks at them.
    fn settle(&mut self) {}

    /// Does the work.
    ///
    /// # Errors
    /// Whatever ends the command; [`Exit::of`] gives the exit code.
    fn run(&self) -> anyhow::Result<Exit>;
}

/// Runs `P` with the arguments of the process.
pub fn start<P: Program>() -> ExitCode {
    start_with::<P>(std::env::args_os().collect()).into()
}

/// The command line of `P`, complete with its manual.
pub fn command_of<P: Program>() -> clap::Command {
    P::MANUAL.complete(P::command())
}

fn start_with<P: Program>(args: Vec<OsString>) -> Exit {
    let parsed = command_of::<P>()
        .try_get_matches_from(args)
        .and_then(|mut matches| P::from_arg_matches_mut(&mut matches));
    let program = match parsed {
        Ok(mut program) => {
            program.settle();
            program
        }
        Err(error) => return usage(&error),
    };
    if program.common().output.force && !program.writes_file() {
        let text = "--force overwrites the file of --output, and none is named";
        return usage(&command_of::<P>().error(ErrorKind::MissingRequiredArgument, text));
    }
    let messages = &program.common().messages;
    let color = messages.colored();
    let env = std::env::var("MIA_LOG").ok();
    match log::level(messages.quiet, messages.verbose, env.as_deref()) {
        Ok(level) => log::start(P::MANUAL.name, level, color),
        Err(refusal) => return report(P::MANUAL.name, &refusal.into(), color),
    }
    // A bug must not look like an ordinary failure. What was decided before is written already.
    match catch_unwind(AssertUnwindSafe(|| work(&program))) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => report(P::MANUAL.name, &error, color),
        Err(_) => Exit::Internal,
    }
}

fn work<P: Program>(program: &P) -> anyhow::Result<Exit> {
    let common = program.common();
    if common.output.schema {
        return print(format!("{:#}\n", P::schema()).as_bytes());
    }
    if common.config.print_config {
        let (config, provenance) = common.config.load()?;
        let text = config::print(&config, &provenance)?;
        return print(text.as_bytes());
    }
    program.run()
}

/// Help and version on stdout with 0, anything wrong on stderr with 2.
fn usage(error: &clap::Error) -> Exit {
    // A reader that has gone (`--help | head`) is no failure.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
        _ => Exit::Usage,
    }
}

/// Writes text for people to stdout.
///
/// # Errors
/// Stdout cannot be written; a reader that has gone is no error.
pub fn print(text: &[u8]) -> anyhow::Result<Exit> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let refusal = Refusal::new(Exit::CannotWrite, "cannot write standard output");
            Err(anyhow::Error::new(error).context(refusal))
        }
        _ => Ok(Exit::Done),
    }
}

/// Says on stderr what ended the command: `mia-x: error: what: why`, then what can be done.
fn report(name: &str, error: &anyhow::Error, color: bool) -> Exit {
    let exit = Exit::of(error);
    if exit == Exit::Done {
        return exit;
    }
    let mut text = Vec::new();
    let (red, bold) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::Style::new().bold());
    let (red, bold) = if color { (red, bold) } else { Default::default() };
    let _ = write!(text, "{name}: {red}error{red:#}: ");
    let mut last = String::new();
    for cause in error.chain() {
        let this = plain(&cause.to_string());
        // A context that repeats its cause word for word says nothing new.
        if !last.contains(&this) {
            let colon = if last.is_empty() { "" } else { ": " };
            let _ = write!(text, "{colon}{this}");
        }
        last = this;
    }
    let _ = writeln!(text);
    if let Some(hint) = hint_for(error) {
        let _ = writeln!(text, "{bold}hint{bold:#}: {}", plain(&hint));
    }
    // If stderr is gone there is nobody left to tell.
    let _ = io::stderr().write_all(&text);
    exit
}

/// The text with control characters made visible: what is quoted from an input must not steer the
/// terminal.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
