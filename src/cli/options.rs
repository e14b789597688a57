//! Options that every command has.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::when::When;
use crate::config::Config;
use crate::config::Layers;
use crate::config::Provenance;
use crate::market::Calendar;
use crate::stream::MaxBad;
use crate::stream::Output;
use crate::stream::PumpOptions;
use crate::stream::Selection;
use crate::stream::Thinning;
use crate::wire::Kind;
use anyhow::Context;
use clap::Args;
use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use std::ffi::OsStr;
use std::io;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

/// When something that is for people is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Shown {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The options that every command shares.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// What is written.
    #[command(flatten)]
    pub output: OutputOptions,
    /// What is read.
    #[command(flatten)]
    pub input: InputOptions,
    /// Settings.
    #[command(flatten)]
    pub config: ConfigOptions,
    /// Messages.
    #[command(flatten)]
    pub messages: MessageOptions,
}

/// What is written, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Write to FILE instead of standard output
    ///
    /// An existing file is never overwritten without --force.
    #[arg(short, long, value_name = "FILE", global = true, value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Overwrite the file of --output
    #[arg(short, long, global = true)]
    pub force: bool,
    /// Write only records of these kinds
    #[arg(long, value_name = "KIND,..", global = true, value_delimiter = ',',
          value_parser = kinds(), hide_possible_values = true)]
    pub only: Vec<Kind>,
    /// Leave out records of these kinds
    #[arg(long, value_name = "KIND,..", global = true, value_delimiter = ',',
          value_parser = kinds(), hide_possible_values = true)]
    pub drop: Vec<Kind>,
    /// Print the JSON Schema of what the command writes, and end
    #[arg(long, global = true)]
    pub schema: bool,
}

/// A list of kinds on the command line.
pub fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.name()))
        .try_map(|name| name.parse::<Kind>())
}

/// Which part of the input is used, and what is tolerated in it.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
#[expect(clippy::doc_markdown, reason = "the text of the help")]
pub struct InputOptions {
    /// Use records from TIME on
    ///
    /// A date (midnight UTC), a time with its offset such as 2026-03-09T09:30:00-04:00, one with
    /// its zone such as 2026-03-09T09:30[America/New_York], or microseconds since 1970.
    #[arg(long, value_name = "TIME", global = true)]
    pub since: Option<When>,
    /// Use records before TIME
    #[arg(long, value_name = "TIME", global = true)]
    pub until: Option<When>,
    /// Use at most N records
    #[arg(long, value_name = "N", global = true)]
    pub limit: Option<u64>,
    /// Refuse lines longer than BYTES (suffixes K and M)
    #[arg(long, value_name = "BYTES", global = true, default_value = "1M", value_parser = size)]
    pub max_line: usize,
    /// Tolerate N bad lines, or a share such as 1/10000
    ///
    /// `auto` is none for files and 1/10000 for a live stream. Bad lines are never forwarded; they
    /// are counted and announced in the output. Above the limit the command ends with 65.
    #[arg(long, value_name = "N", global = true, default_value = "auto")]
    pub max_bad: MaxBad,
}

/// A number of bytes on the command line.
///
/// # Errors
/// In words.
pub fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
        _ => (text, 1),
    };
    let number = digits.parse::<usize>().ok().and_then(|n| n.checked_mul(unit));
    // A megabyte is more than any record; a gigabyte more than any machine should hold for one.
    number
        .filter(|n| (1..=1 << 30).contains(n))
        .ok_or_else(|| format!("`{text}` is not a number of bytes from 1 to 1024M"))
}

/// Where settings come from.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
#[expect(clippy::doc_markdown, reason = "the text of the help")]
pub struct ConfigOptions {
    /// Read settings from FILE (TOML)
    #[arg(long, value_name = "FILE", global = true, value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Start from a profile: collect, paper or live
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
    /// Set one setting, for example --set bars.dur_s=30
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
    /// Print the settings in force with the place each comes from, and end
    #[arg(long, global = true)]
    pub print_config: bool,
}

/// What is said on stderr.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Messages")]
pub struct MessageOptions {
    /// Say only what ends the command
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: -v a summary, -vv details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colour messages
    #[arg(long, value_name = "auto|always|never", global = true, value_enum,
          hide_possible_values = true, default_value_t = Shown::Auto)]
    pub color: Shown,
    /// Show a progress bar for files
    #[arg(long, value_name = "auto|always|never", global = true, value_enum,
          hide_possible_values = true, default_value_t = Shown::Auto)]
    pub progress: Shown,
}

impl ConfigOptions {
    /// The file asked for: `--config`, else `MIA_CONFIG`.
    fn file(&self, env: Option<&OsStr>) -> Option<PathBuf> {
        let env = env.filter(|path| !path.is_empty());
        self.config.clone().or_else(|| env.map(PathBuf::from))
    }

    /// Merges the settings.
    ///
    /// # Errors
    /// A file that cannot be read, settings that cannot be used: both end with 78.
    pub fn load(&self) -> anyhow::Result<(Config, Provenance)> {
        let path = self.file(std::env::var_os("MIA_CONFIG").as_deref());
        let file = path.as_deref().map(|path| {
            let text = std::fs::read_to_string(path).map_err(|source| {
                let message = format!("cannot read the configuration {}", path.display());
                anyhow::Error::new(source).context(Refusal::new(Exit::Config, message))
            })?;
            anyhow::Ok((path.display().to_string(), text))
        });
        let file = file.transpose()?;
        let layers = Layers {
            profile: self.profile.as_deref(),
            file: file.as_ref().map(|(name, text)| (name.as_str(), text.as_str())),
            sets: &self.set,
        };
        layers.load().context("configuration")
    }
}

impl MessageOptions {
    /// Whether messages are coloured.
    pub fn colored(&self) -> bool {
        self.color_of(io::stderr().is_terminal())
    }

    /// Whether a text is coloured that goes to a terminal, or not.
    pub fn color_of(&self, terminal: bool) -> bool {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        match self.color {
            Shown::Always => true,
            Shown::Never => false,
            Shown::Auto => !plain && terminal,
        }
    }

    /// Whether a progress bar is shown: it would spoil output that goes to the same terminal.
    pub fn shows_progress(&self, output: Option<&Path>) -> bool {
        let free = output.is_some() || !io::stdout().is_terminal();
        match self.progress {
            Shown::Always => true,
            Shown::Never => false,
            Shown::Auto => !self.quiet && io::stderr().is_terminal() && free,
        }
    }
}

/// Options that choose a part of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unused {
    /// `--only`.
    Only,
    /// `--drop`.
    Drop,
    /// `--since`.
    Since,
    /// `--until`.
    Until,
    /// `--limit`.
    Limit,
}

impl Unused {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Only, Self::Drop, Self::Since, Self::Until, Self::Limit];
    /// Those that choose from what is written.
    pub const OUTPUT: [Self; 2] = [Self::Only, Self::Drop];
}

impl Common {
    /// Refuses options that `command` would ignore: they would promise a part, and the whole is
    /// told or done.
    ///
    /// # Errors
    /// One of them is given (2).
    pub fn refuse(&self, command: &str, unused: &[Unused]) -> anyhow::Result<()> {
        let given = |option: &&Unused| match option {
            Unused::Only => !self.output.only.is_empty(),
            Unused::Drop => !self.output.drop.is_empty(),
            Unused::Since => self.input.since.is_some(),
            Unused::Until => self.input.until.is_some(),
            Unused::Limit => self.input.limit.is_some(),
        };
        let Some(option) = unused.iter().find(given) else { return Ok(()) };
        let name = format!("--{option:?}").to_lowercase();
        let message = format!("{command} has no use for {name}");
        let hint = "it chooses a part of a stream: leave it out";
        Err(Refusal::new(Exit::Usage, message).hint(hint).into())
    }

    /// The built-in calendar.
    ///
    /// # Errors
    /// It does not hold what it promises (78).
    pub fn calendar() -> anyhow::Result<Calendar> {
        Calendar::builtin().context("the built-in calendar cannot be used")
    }

    /// What `--only` and `--drop` leave.
    pub fn thinning(&self) -> Thinning {
        Thinning::new(&self.output.only, &self.output.drop)
    }

    /// Opens the output. `inputs` are the files read: none of them may be overwritten.
    ///
    /// # Errors
    /// The file exists, is an input, or cannot be created (73).
    pub fn open_output(&self, inputs: &[PathBuf]) -> anyhow::Result<Output> {
        self.open_output_thinned(inputs, self.thinning())
    }

    /// As [`Common::open_output`], with another thinning.
    ///
    /// # Errors
    /// As [`Common::open_output`].
    pub fn open_output_thinned(
        &self,
        inputs: &[PathBuf],
        thinning: Thinning,
    ) -> anyhow::Result<Output> {
        let Some(path) = &self.output.output else {
            return Ok(Output::stdout(thinning)?);
        };
        let same = |input: &PathBuf| match (input.canonicalize(), path.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        };
        if inputs.iter().any(same) {
            let message = format!("{} is an input as well", path.display());
            return Err(Refusal::new(Exit::CannotWrite, message).into());
        }
        Ok(Output::file(path, self.output.force, thinning)?)
    }

    /// How the loop treats its input.
    pub fn pump_options(&self, config: &Config) -> PumpOptions {
        PumpOptions {
            max_line: self.input.max_line,
            max_bad: self.input.max_bad,
            lateness_us: config.clock.lateness_us,
            since: self.input.since.map(|when| when.0),
            until: self.input.until.map(|when| when.0),
            limit: self.input.limit,
            kill_file: None,
            journal: None,
            outlives_reader: false,
        }
    }

    /// The part of a feed that is written.
    pub fn selection(&self) -> Selection {
        Selection {
            since: self.input.since.map(|when| when.0),
            until: self.input.until.map(|when| when.0),
            limit: self.input.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_suffixes() {
        assert_eq!(size("1M"), Ok(1 << 20));
        assert_eq!(size("64k"), Ok(1 << 16));
        assert_eq!(size("100"), Ok(100));
        for wrong in ["", "0", "M", "-1", "1G", "2048M", "99999999999999999999M"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_file_of_the_environment_is_second() {
        let mut options =
            ConfigOptions { config: None, profile: None, set: Vec::new(), print_config: false };
        assert_eq!(options.file(None), None);
        assert_eq!(options.file(Some(OsStr::new(""))), None);
        assert_eq!(options.file(Some(OsStr::new("a.toml"))), Some("a.toml".into()));
        options.config = Some("b.toml".into());
        assert_eq!(options.file(Some(OsStr::new("a.toml"))), Some("b.toml".into()));
    }
}
