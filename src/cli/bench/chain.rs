//! The commands as processes joined by pipes.

use anyhow::Context;
use anyhow::bail;
use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// The stages of the whole pipe, with the arguments that each needs to read a stream.
pub const CHAIN: [(&str, &[&str]); 5] = [
    ("mia-feed", &["replay", "-"]),
    ("mia-features", &[]),
    ("mia-signal", &[]),
    ("mia-risk", &[]),
    ("mia-exec", &["paper"]),
];

/// The folder of this program: its siblings are measured, not whatever PATH finds.
fn siblings() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    own.parent().map(Path::to_path_buf).context("this program has no folder")
}

/// Processes joined by pipes.
pub struct Chain {
    children: Vec<(String, Child)>,
    peaks: BTreeMap<String, u64>,
}

impl Chain {
    /// Starts the stages; the first reads `input`, or a pipe whose end is returned.
    pub fn start(
        stages: &[(&str, Vec<String>)],
        input: Option<File>,
    ) -> anyhow::Result<(Self, Option<ChildStdin>, ChildStdout)> {
        let folder = siblings()?;
        let mut children = Vec::new();
        let mut stdin = None;
        let mut next = input.map(Stdio::from);
        let mut last: Option<ChildStdout> = None;
        for (program, args) in stages {
            let from = match (last.take(), next.take()) {
                (Some(previous), _) => Stdio::from(previous),
                (None, Some(file)) => file,
                (None, None) => Stdio::piped(),
            };
            let mut child = Command::new(folder.join(program))
                .args(args)
                .stdin(from)
                .stdout(Stdio::piped())
                .spawn()
                .with_context(|| {
                    format!("starting {program}; build it with `cargo build --release`")
                })?;
            if children.is_empty() {
                stdin = child.stdin.take();
            }
            last = child.stdout.take();
            children.push(((*program).to_owned(), child));
        }
        let stdout = last.context("no stages")?;
        Ok((Self { children, peaks: BTreeMap::new() }, stdin, stdout))
    }

    /// Notes the peak memory of each process so far (the kernel's high-water mark).
    pub fn sample(&mut self) {
        for (name, child) in &self.children {
            let status =
                fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = mark.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            let peak = self.peaks.entry(name.clone()).or_default();
            *peak = (*peak).max(kib.unwrap_or(0));
        }
    }

    /// Waits for all and fails if one failed.
    pub fn finish(mut self) -> anyhow::Result<BTreeMap<String, u64>> {
        for (name, child) in &mut self.children {
            let status = child.wait().with_context(|| format!("waiting for {name}"))?;
            if !status.success() {
                bail!("{name} ended with {status}");
            }
        }
        Ok(self.peaks)
    }
}
