//! `mia-bench`: measures the pipe on this machine: throughput, latency, memory.
//!
//! It runs the other commands as processes joined by pipes, exactly as a trader does, and writes
//! one JSON line a case. Latency is measured with a monotonic clock around one line at a time.

use crate::stream::clock;
use anyhow::Context;
use anyhow::bail;
use clap::Args;
use clap::Parser;
use clap::Subcommand;
use hdrhistogram::Histogram;
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
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

/// Measure the pipe on this machine: throughput, latency and memory, one JSON line a case
#[derive(Debug, Parser)]
#[command(name = "mia-bench", version)]
pub struct Opts {
    /// What to measure
    #[command(subcommand)]
    pub case: Case,
}

/// The cases.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Lines a second through one stage and through all five processes
    Throughput(Throughput),
    /// Time of one line through all five processes, and of a bar-closing tick to its order
    Latency(Latency),
}

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

/// Options of `latency`.
#[derive(Debug, Args)]
pub struct Latency {
    /// NDJSON file whose first lines warm the chain up and are then sent one at a time
    pub file: PathBuf,
    /// Lines measured
    #[arg(long, default_value_t = 10_000)]
    pub events: usize,
    /// Lines sent before measuring
    #[arg(long, default_value_t = 2_000)]
    pub warmup: usize,
    /// Lines a second
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// Keep the whole chain on this core; without it the kernel spreads the processes
    #[arg(long)]
    pub core: Option<usize>,
    /// Write the full histogram (percentile, microseconds) to this file
    #[arg(long)]
    pub histogram: Option<PathBuf>,
    /// Measure a bar-closing tick to the order it causes (1-second bars, a pattern that always
    /// signals) instead of a line to the same line
    #[arg(long)]
    pub order: bool,
}

/// The stages of the whole pipe, with the arguments that each needs to read a stream.
const CHAIN: [(&str, &[&str]); 5] = [
    ("mia-feed", &["replay", "-"]),
    ("mia-features", &[]),
    ("mia-signal", &[]),
    ("mia-risk", &[]),
    ("mia-exec", &["paper"]),
];

#[derive(Serialize)]
struct ThroughputResult<'a> {
    case: &'a str,
    stages: Vec<&'a str>,
    lines: u64,
    bytes: u64,
    seconds_median: f64,
    seconds_min: f64,
    seconds_max: f64,
    lines_per_s: f64,
    peak_kib: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct LatencyResult<'a> {
    case: &'a str,
    core: Option<usize>,
    rate: u64,
    events: u64,
    p50_us: f64,
    p90_us: f64,
    p99_us: f64,
    p999_us: f64,
    max_us: f64,
}

/// Runs the case and writes its result lines.
///
/// # Errors
/// A command that cannot be started or ends badly, or an input that cannot be read.
pub fn run(opts: &Opts, out: &mut dyn Write) -> anyhow::Result<()> {
    match &opts.case {
        Case::Throughput(case) => throughput(case, out),
        Case::Latency(case) => latency(case, out),
    }
}

/// The folder of this program: its siblings are measured, not whatever PATH finds.
fn siblings() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    own.parent().map(Path::to_path_buf).context("this program has no folder")
}

/// Processes joined by pipes.
struct Chain {
    children: Vec<(String, Child)>,
    peaks: BTreeMap<String, u64>,
}

impl Chain {
    /// Starts the stages; the first reads `input`, or a pipe whose end is returned.
    fn start(
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
                .with_context(|| format!("starting {program}; build it with `cargo build --release`"))?;
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
    fn sample(&mut self) {
        for (name, child) in &self.children {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = mark.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            let peak = self.peaks.entry(name.clone()).or_default();
            *peak = (*peak).max(kib.unwrap_or(0));
        }
    }

    /// Waits for all and fails if one failed.
    fn finish(mut self) -> anyhow::Result<BTreeMap<String, u64>> {
        for (name, child) in &mut self.children {
            let status = child.wait().with_context(|| format!("waiting for {name}"))?;
            if !status.success() {
                bail!("{name} ended with {status}");
            }
        }
        Ok(self.peaks)
    }
}

fn throughput(case: &Throughput, out: &mut dyn Write) -> anyhow::Result<()> {
    let plain = plain_copy(&case.file)?;
    let (lines, bytes) = count(plain.path())?;
    for name in &case.alone {
        let program = format!("mia-{name}");
        let args = CHAIN.iter().find(|(p, _)| *p == program).map(|(_, args)| *args);
        let args = args.with_context(|| format!("no stage `{name}`; known: feed, features, signal, risk, exec"))?;
        let stage = vec![(program.as_str(), args.iter().map(|a| (*a).to_owned()).collect())];
        measure("one_stage", &stage, plain.path(), case.runs, (lines, bytes), out)?;
    }
    let all: Vec<_> = CHAIN.iter().map(|(p, args)| (*p, args.iter().map(|a| (*a).to_owned()).collect())).collect();
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

fn write_line(out: &mut dyn Write, result: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, result)?;
    writeln!(out)?;
    Ok(())
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
    let read = File::open(file).with_context(|| format!("opening {}", file.display()))?.read(&mut first)?;
    if read == 1 && first[0] == b'{' {
        return Ok(PlainFile { path: file.to_path_buf(), temporary: false });
    }
    let path = std::env::temp_dir().join(format!("mia-bench-{}.ndjson", std::process::id()));
    let mut inputs = crate::stream::Inputs::new(&[file.to_path_buf()], None);
    let mut input = inputs.next_input()?.context("no input")?;
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

fn latency(case: &Latency, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(core) = case.core {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        // Inherited by the processes started below.
        rustix::thread::sched_setaffinity(None, &set).with_context(|| format!("moving to core {core}"))?;
    }
    let sets: &[&str] = if case.order { &["bars.dur_s=1", "signals.always_every_s=1"] } else { &[] };
    let stages: Vec<_> = CHAIN
        .iter()
        .map(|(program, args)| {
            let mut all: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
            all.extend(sets.iter().flat_map(|s| ["--set".to_owned(), (*s).to_owned()]));
            (*program, all)
        })
        .collect();
    let lines = read_lines(&case.file, case.warmup + case.events)?;
    let (chain, stdin, stdout) = Chain::start(&stages, None)?;
    let mut to = stdin.context("the first stage has no input")?;
    let mut from = Answers { stdout, buffer: Vec::new() };
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3)?;
    let pause = Duration::from_nanos(1_000_000_000 / case.rate.max(1));
    let mut next = clock::instant();
    for (i, line) in lines.iter().enumerate() {
        let wait = next.saturating_duration_since(clock::instant());
        std::thread::sleep(wait);
        next += pause;
        let start = clock::instant();
        to.write_all(line)?;
        let order = from.until(line, start)?;
        let elapsed = if case.order { order } else { Some(start.elapsed()) };
        if let (true, Some(elapsed)) = (i >= case.warmup, elapsed) {
            histogram.record(elapsed.as_nanos().max(1) as u64)?;
        }
    }
    drop(to);
    io::copy(&mut from.stdout, &mut io::sink())?;
    chain.finish()?;
    if let Some(path) = &case.histogram {
        write_histogram(path, &histogram)?;
    }
    let us = |q: f64| (histogram.value_at_quantile(q) as f64 / 10.0).round() / 100.0;
    let result = LatencyResult {
        case: if case.order { "bar_to_order" } else { "line_to_line" },
        core: case.core,
        rate: case.rate,
        events: histogram.len(),
        p50_us: us(0.5),
        p90_us: us(0.9),
        p99_us: us(0.99),
        p999_us: us(0.999),
        max_us: (histogram.max() as f64 / 10.0).round() / 100.0,
    };
    write_line(out, &result)
}

/// What comes out of the chain.
struct Answers {
    stdout: ChildStdout,
    buffer: Vec<u8>,
}

impl Answers {
    /// Reads until `line` has come through; the time at which an order came before or with it.
    ///
    /// Orders follow the record that closed the bar, so an order caused by `line` may stand after
    /// it in the same block: the block is looked at whole.
    fn until(&mut self, line: &[u8], start: std::time::Instant) -> anyhow::Result<Option<Duration>> {
        let mut order = None;
        let mut block = [0; 1 << 16];
        loop {
            let read = self.stdout.read(&mut block)?;
            if read == 0 {
                bail!("the chain ended early; run the same commands by hand to see why");
            }
            let elapsed = start.elapsed();
            self.buffer.extend_from_slice(&block[..read]);
            let mut seen = false;
            let end = memchr::memrchr(b'\n', &self.buffer).map_or(0, |at| at + 1);
            for answer in self.buffer[..end].split_inclusive(|b| *b == b'\n') {
                seen |= answer == line;
                if order.is_none() && answer.starts_with(b"{\"t\":\"order\"") {
                    order = Some(elapsed);
                }
            }
            self.buffer.drain(..end);
            if seen {
                return Ok(order);
            }
        }
    }
}

fn read_lines(file: &Path, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut inputs = crate::stream::Inputs::new(&[file.to_path_buf()], None);
    let input = inputs.next_input()?.context("no input")?;
    let mut lines = Vec::with_capacity(count);
    for line in BufReader::new(input).split(b'\n').take(count) {
        let mut line = line?;
        line.push(b'\n');
        // The feed answers a stream record with one of its own: it is not a line that returns.
        if !line.starts_with(b"{\"t\":\"stream\"") {
            lines.push(line);
        }
    }
    if lines.len() < 100 {
        bail!("{} has only {} records; 100 are needed", file.display(), lines.len());
    }
    Ok(lines)
}

fn write_histogram(path: &Path, histogram: &Histogram<u64>) -> anyhow::Result<()> {
    let mut file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
    writeln!(file, "percentile,microseconds,count")?;
    for point in histogram.iter_quantiles(5) {
        let us = point.value_iterated_to() as f64 / 1000.0;
        writeln!(file, "{:.6},{us:.2},{}", point.quantile_iterated_to() * 100.0, point.count_since_last_iteration())?;
    }
    Ok(())
}
