//! Time of one line through the chain.

use crate::cli::bench::chain::CHAIN;
use crate::cli::bench::chain::Chain;
use crate::cli::bench::open;
use crate::cli::bench::write_line;
use crate::stream::clock;
use anyhow::Context;
use anyhow::bail;
use clap::Args;
use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::Serialize;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ChildStdout;
use std::time::Duration;

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

/// The bench profile: 1-second bars, a pattern that always signals, no limit on repetition.
const ORDER_PROFILE: &[&str] =
    &["bars.dur_s=1", "signals.always_every_s=1", "risk.dup_ms=0", "risk.quote_age_ms_max=600000"];

/// The result of a latency case.
#[derive(Serialize, JsonSchema)]
pub struct LatencyResult<'a> {
    /// `line_to_line` or `bar_to_order`.
    case: &'a str,
    /// The core that the chain was kept on; `null`: spread by the kernel.
    core: Option<usize>,
    /// Lines a second.
    rate: u64,
    /// Lines (or orders) measured.
    events: u64,
    /// Median, microseconds.
    p50_us: f64,
    /// 90 % are faster, microseconds.
    p90_us: f64,
    /// 99 % are faster, microseconds.
    p99_us: f64,
    /// 99.9 % are faster, microseconds.
    p999_us: f64,
    /// Slowest, microseconds.
    max_us: f64,
}

impl Latency {
    /// Runs the case and writes its result line.
    ///
    /// # Errors
    /// A command that cannot be started or ends badly, an input that cannot be read.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        latency(self, out)
    }
}

fn latency(case: &Latency, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(core) = case.core {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        // Inherited by the processes started below.
        rustix::thread::sched_setaffinity(None, &set)
            .with_context(|| format!("moving to core {core}"))?;
    }
    let sets = if case.order { ORDER_PROFILE } else { &[] };
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
    fn until(
        &mut self,
        line: &[u8],
        start: std::time::Instant,
    ) -> anyhow::Result<Option<Duration>> {
        let mut order = None;
        let mut block = vec![0; 1 << 16];
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
    let input = open(file)?;
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
        writeln!(
            file,
            "{:.6},{us:.2},{}",
            point.quantile_iterated_to() * 100.0,
            point.count_since_last_iteration()
        )?;
    }
    Ok(())
}
