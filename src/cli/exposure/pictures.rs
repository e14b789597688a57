//! The files of pictures: refused before anything is read, written when everything is known.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::exposure::chart;
use crate::cli::exposure::view::View;
use crate::cli::picture::paint;
use crate::stream::Output;
use crate::stream::StreamError;
use crate::stream::Thinning;
use std::path::Path;
use std::path::PathBuf;

/// Pictures on the command line.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Pictures")]
pub(super) struct Pictures {
    /// Draw the newest chain into FILE as SVG
    ///
    /// Exposure by strike with spot, flip and walls; an existing file needs --force.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub svg: Option<PathBuf>,
    /// Draw the newest chain into FILE as PNG
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub png: Option<PathBuf>,
    /// Strikes shown in pictures and in the ladder, percent of the spot on each side
    #[arg(long, value_name = "PCT", default_value = "5", value_parser = window)]
    pub window: f64,
}

/// Percent on the command line, as a share.
fn window(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end().parse().ok();
    let number = number.filter(|n: &f64| (0.1..=90.0).contains(n));
    number.map(|n| n / 100.0).ok_or_else(|| format!("`{text}` is not a percentage from 0.1 to 90"))
}

impl Pictures {
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.svg.iter().chain(&self.png)
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.files().next().is_some()
    }

    /// Refuses at once what would be refused at the end.
    ///
    /// # Errors
    /// A file exists, is an input or the output as well (73).
    pub(super) fn check(
        &self,
        inputs: &[PathBuf],
        output: Option<&Path>,
        force: bool,
    ) -> anyhow::Result<()> {
        let real = |path: &Path| path.canonicalize().ok();
        for file in self.files() {
            let same = |other: &Path| {
                other == file || real(other).is_some_and(|other| real(file) == Some(other))
            };
            let others = self.files().filter(|other| !std::ptr::eq(*other, file));
            if inputs.iter().any(|path| same(path)) || output.is_some_and(same) {
                return Err(twice(file));
            }
            if others.into_iter().any(|other| same(other)) {
                return Err(twice(file));
            }
            if !force && file.exists() {
                return Err(StreamError::Exists { name: file.display().to_string() }.into());
            }
        }
        Ok(())
    }

    /// Draws.
    ///
    /// # Errors
    /// A file cannot be written (73).
    pub(super) fn draw(&self, view: &View, force: bool) -> anyhow::Result<()> {
        let scene = chart::of(view, self.window);
        if let Some(file) = &self.svg {
            write(file, force, &paint::svg(&scene)?)?;
        }
        if let Some(file) = &self.png {
            write(file, force, &paint::png(&scene)?)?;
        }
        Ok(())
    }
}

fn twice(file: &Path) -> anyhow::Error {
    let message = format!("{} is an input or another output as well", file.display());
    Refusal::new(Exit::CannotWrite, message).into()
}

fn write(file: &Path, force: bool, bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = Output::file(file, force, Thinning::default())?;
    output.copy(bytes);
    Ok(output.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_percent() {
        assert_eq!(window("5"), Ok(0.05));
        assert_eq!(window("2.5 %"), Ok(0.025));
        for wrong in ["0", "-1", "100", "x", "nan"] {
            assert!(window(wrong).is_err(), "{wrong}");
        }
    }
}
