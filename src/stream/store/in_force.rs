//! The `stream` records in force: what describes the lines that follow.

use crate::wire::Src;
use crate::wire::StreamPhase;
use serde::Deserialize;

/// The newest `stream` record of each source, as lines, the newest last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct InForce(Vec<(Option<Src>, String)>);

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    src: Option<Src>,
    #[serde(default)]
    phase: StreamPhase,
}

impl InForce {
    /// Those that an index holds.
    pub(super) fn from_lines(lines: &[String]) -> Self {
        let mut in_force = Self::default();
        for line in lines {
            in_force.note(line.as_bytes());
        }
        in_force
    }

    /// Takes in a `stream` line; gives its phase. A warm-up is over before what is recorded begins,
    /// so its records describe nothing that follows.
    pub(super) fn note(&mut self, line: &[u8]) -> StreamPhase {
        let described = serde_json::from_slice::<Described>(line);
        let Ok(Described { src, phase }) = described else { return StreamPhase::Run };
        if phase == StreamPhase::Run {
            self.0.retain(|(other, _)| *other != src);
            let line = line.trim_ascii_end();
            self.0.push((src, String::from_utf8_lossy(line).into_owned()));
        }
        phase
    }

    /// The lines, without line feeds.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(_, line)| line.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_source_is_in_force() {
        let line = |src: &str, phase: &str, run: u32| {
            format!(r#"{{"t":"stream","src":"{src}","phase":"{phase}","run":"{run}"}}"#)
        };
        let mut in_force = InForce::default();
        for (src, phase, run) in
            [("csv", "warmup", 0), ("ibkr", "run", 1), ("cboe", "run", 2), ("ibkr", "run", 3)]
        {
            in_force.note((line(src, phase, run) + "\r\n").as_bytes());
        }
        let lines = [line("cboe", "run", 2), line("ibkr", "run", 3)];
        assert_eq!(in_force.lines(), lines);
        assert_eq!(InForce::from_lines(&lines), in_force);
        assert_eq!(in_force.note(b"nonsense"), StreamPhase::Run);
        assert_eq!(in_force.lines(), lines);
    }
}
