//! The loop: copying, and decoding every line for a stage that does nothing.
//!
//! `cargo bench --bench stream`; the figures are lines a second.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use mia::config::Config;
use mia::stream::Grid;
use mia::stream::Inputs;
use mia::stream::Output;
use mia::stream::Progress;
use mia::stream::PumpOptions;
use mia::stream::Thinning;
use mia::stream::pump;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::Failure;
use mia::wire::Flow;
use mia::wire::Kind;
use mia::wire::KindSet;
use mia::wire::Record;
use mia::wire::Stage;
use std::fmt::Write;

const LINES: u64 = 100_000;

struct Idle(KindSet);

impl Stage for Idle {
    fn by(&self) -> By {
        By::Monitor
    }
    fn wants(&self) -> KindSet {
        self.0
    }
    fn on_record(&mut self, _: &Record, _: &mut dyn Emit) -> Result<Flow, Failure> {
        Ok(Flow::Pass)
    }
}

fn lines() -> String {
    let mut text = String::new();
    for i in 0..LINES {
        let px = 5000.0 + (i % 40) as f64 * 0.25;
        writeln!(
            text,
            r#"{{"t":"trade","ts":{},"sym":"ESM26","px":{px},"sz":{},"side":"B","ss":"flag","src":"syn"}}"#,
            1_772_550_000_000_000 + i * 1000,
            1 + i % 9
        )
        .unwrap();
    }
    text
}

fn the_loop(c: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lines.ndjson");
    std::fs::write(&path, lines()).unwrap();
    let mut group = c.benchmark_group("loop");
    group.throughput(Throughput::Elements(LINES)).sample_size(20);
    for (name, wants) in [("copy", KindSet::EMPTY), ("decode", Kind::Trade.set())] {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                let mut inputs = Inputs::new(std::slice::from_ref(&path), None);
                let mut output =
                    Output::new(Box::new(std::io::sink()), "sink", Thinning::default());
                let grid = Grid::new(&Config::default());
                let options = PumpOptions::default();
                pump(&mut Idle(wants), &mut inputs, &mut output, grid, options, &Progress::none())
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, the_loop);
criterion_main!(benches);
