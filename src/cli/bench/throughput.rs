//! Lines a second.

use crate::cli::bench::chain::CHAIN;
use crate::cli::bench::chain::Chain;
use crate::cli::bench::open;
use crate::cli::bench::write_line;
use crate::stream::clock;
use anyhow::Context;
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// Options of `throughput`.
#[derive(Debug, Args)]
pub struct Throughput {
    /// NDJSON file (plain, gzip or zstd) to send through
    pub file: PathBuf,
    /// Runs; the median is reported
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Measure these stages alone as well, for example `features,signal`
    #[arg(long, value_delimiter = ',', default_value = "features")]
    pub alone: Vec<String>,
}

/// The result of a throughput case.
#[derive(Serialize, JsonSchema)]
pub struct ThroughputResult<'a> {
    /// `one_stage` or `five_processes`.
    case: &'a str,
    /// Programs, in the order of the pipe.
    stages: Vec<&'a str>,
    /// Lines of the input.
    lines: u64,
    /// Bytes of the input.
    bytes: u64,
    /// Median time of the runs, seconds.
    seconds_median: f64,
    /// Shortest run, seconds.
    seconds_min: f64,
    /// Longest run, seconds.
    seconds_max: f64,
    /// Input lines a second in the median run.
    lines_per_s: f64,
    /// Largest resident memory of each program, KiB.
    peak_kib: BTreeMap<String, u64>,
}

impl Throughput {
    /// Runs the case and writes its result lines.
    ///
    /// # Errors
    /// A command that cannot be started or ends badly, an input that cannot be read.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        throughput(self, out)
    }
}

fn throughput(case: &Throughput, out: &mut dyn Write) -> anyhow::Result<()> {
    let plain = plain_copy(&case.file)?;
    let (lines, bytes) = count(plain.path())?;
    for name in &case.alone {
        let program = format!("mia-{name}");
        let args = CHAIN.iter().find(|(p, _)| *p == program).map(|(_, args)| *args);
        let args = args.with_context(|| {
            format!("no stage `{name}`; known: feed, features, signal, risk, exec")
        })?;
        let stage = vec![(program.as_str(), args.iter().map(|a| (*a).to_owned()).collect())];
        measure("one_stage", &stage, plain.path(), case.runs, (lines, bytes), out)?;
    }
    let all: Vec<_> = CHAIN
        .iter()
        .map(|(p, args)| (*p, args.iter().map(|a| (*a).to_owned()).collect()))
        .collect();
    measure("five_processes", &all, plain.path(), case.runs, (lines, bytes), out)
}

fn measure(
    case: &str,
    stages: &[(&str, Vec<String>)],
    input: &Path,
    runs: usize,
    (lines, bytes): (u64, u64),
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let mut seconds = Vec::new();
    let mut peaks: BTreeMap<String, u64> = BTreeMap::new();
    for run in 0..=runs {
        let start = clock::instant();
        let (mut chain, _, mut stdout) = Chain::start(stages, Some(File::open(input)?))?;
        let mut buffer = vec![0; 1 << 16];
        let mut blocks = 0_u64;
        loop {
            let read = stdout.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            if blocks.is_multiple_of(64) {
                chain.sample();
            }
            blocks += 1;
        }
        let elapsed = start.elapsed().as_secs_f64();
        for (name, kib) in chain.finish()? {
            let peak = peaks.entry(name).or_default();
            *peak = (*peak).max(kib);
        }
        // The first run warms the file cache and is not counted.
        if run > 0 {
            seconds.push(elapsed);
        }
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let result = ThroughputResult {
        case,
        stages: stages.iter().map(|(name, _)| *name).collect(),
        lines,
        bytes,
        seconds_median: median,
        seconds_min: seconds[0],
        seconds_max: seconds[seconds.len() - 1],
        lines_per_s: (lines as f64 / median).round(),
        peak_kib: peaks,
    };
    write_line(out, &result)
}

/// The input without compression, so that decompression is not what is measured.
struct PlainFile {
    path: PathBuf,
    temporary: bool,
}

impl PlainFile {
    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PlainFile {
    fn drop(&mut self) {
        if self.temporary {
            // Nothing depends on it: a leftover in the temporary folder is harmless.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn plain_copy(file: &Path) -> anyhow::Result<PlainFile> {
    let mut first = [0; 1];
    let read = File::open(file)
        .with_context(|| format!("opening {}", file.display()))?
        .read(&mut first)?;
    if read == 1 && first[0] == b'{' {
        return Ok(PlainFile { path: file.to_path_buf(), temporary: false });
    }
    let path = std::env::temp_dir().join(format!("mia-bench-{}.ndjson", std::process::id()));
    let mut input = open(file)?;
    let mut target = File::create(&path)?;
    io::copy(&mut input, &mut target).with_context(|| format!("unpacking {}", file.display()))?;
    Ok(PlainFile { path, temporary: true })
}

fn count(path: &Path) -> anyhow::Result<(u64, u64)> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let (mut lines, mut bytes) = (0, 0);
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            return Ok((lines, bytes));
        }
        lines += memchr::memchr_iter(b'\n', block).count() as u64;
        bytes += block.len() as u64;
        let used = block.len();
        reader.consume(used);
    }
}
