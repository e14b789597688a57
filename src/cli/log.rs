//! Logs: to stderr only, a line each, with the command's name.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use std::fmt;
use std::io;
use tracing::Event;
use tracing::Level;
use tracing::Subscriber;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::FormatEvent;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::registry::LookupSpan;

/// The level: `-q` and `-v` first, else `MIA_LOG`, else warnings.
///
/// # Errors
/// `MIA_LOG` names no level.
pub fn level(quiet: bool, verbose: u8, env: Option<&str>) -> Result<Level, Refusal> {
    match (quiet, verbose) {
        (true, _) => Ok(Level::ERROR),
        (false, 1) => Ok(Level::INFO),
        (false, 2) => Ok(Level::DEBUG),
        (false, 3..) => Ok(Level::TRACE),
        (false, 0) => match env.filter(|text| !text.is_empty()) {
            None => Ok(Level::WARN),
            Some(text) => text.parse().map_err(|_| {
                let message = format!("MIA_LOG is `{text}`");
                Refusal::new(Exit::Config, message)
                    .hint("MIA_LOG may be error, warn, info, debug or trace")
            }),
        },
    }
}

/// Starts logging. A second call in one process (tests) changes nothing.
pub fn start(command: &'static str, level: Level, color: bool) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(color)
        .event_format(Line { command })
        .finish();
    // Fails only if a subscriber is there already.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// `mia-features: warning: text key=value`.
struct Line {
    command: &'static str,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (name, style) = match *event.metadata().level() {
            Level::ERROR => ("error", anstyle::AnsiColor::Red),
            Level::WARN => ("warning", anstyle::AnsiColor::Yellow),
            Level::INFO => ("info", anstyle::AnsiColor::Green),
            Level::DEBUG => ("debug", anstyle::AnsiColor::Blue),
            Level::TRACE => ("trace", anstyle::AnsiColor::Magenta),
        };
        write!(writer, "{}: ", self.command)?;
        if writer.has_ansi_escapes() {
            let style = style.on_default().bold();
            write!(writer, "{style}{name}{style:#}: ")?;
        } else {
            write!(writer, "{name}: ")?;
        }
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_environment() {
        assert_eq!(level(false, 0, None).unwrap(), Level::WARN);
        assert_eq!(level(false, 0, Some("")).unwrap(), Level::WARN);
        assert_eq!(level(false, 0, Some("debug")).unwrap(), Level::DEBUG);
        assert_eq!(level(true, 0, Some("debug")).unwrap(), Level::ERROR);
        assert_eq!(level(false, 1, Some("error")).unwrap(), Level::INFO);
        assert_eq!(level(false, 0, Some("loud")).unwrap_err().exit, Exit::Config);
    }
}
