//! The commands as processes: same bytes in, same bytes out, whatever the blocks; no look-ahead.

use crate::data;
use crate::process::Watchdog;
use proptest::test_runner::Config;
use proptest::test_runner::TestRunner;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::OnceLock;

/// The stages after the feed, with the arguments that make them say most.
pub const STAGES: [(&str, &[&str]); 4] = [
    (
        env!("CARGO_BIN_EXE_mia-features"),
        &["--footprint", "--anchor", "open", "--set", "flow.bulk=true"],
    ),
    (env!("CARGO_BIN_EXE_mia-signal"), &["--explain"]),
    (env!("CARGO_BIN_EXE_mia-risk"), &[]),
    (env!("CARGO_BIN_EXE_mia-exec"), &["paper"]),
];

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a stage over `input`, written in blocks that end at the given offsets.
fn run_blocks(program: &str, args: &[&str], input: &[u8], cuts: &[usize]) -> Output {
    let mut child = command(program, args).spawn().unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut start = 0;
            for end in cuts.iter().copied().chain([input.len()]) {
                // A stage that stops early closes its input.
                if stdin.write_all(&input[start..end]).is_err() {
                    return;
                }
                start = end;
                std::thread::yield_now();
            }
        });
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).unwrap();
        let mut output = child.wait_with_output().unwrap();
        output.stdout = text;
        output
    })
}

pub fn run(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run_blocks(program, args, input, &[]);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

pub fn feed(args: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_mia-feed"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "mia-feed: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The input of each stage and, last, the output of the last: two synthetic sessions, thinned so
/// that bars, levels of the session before and signals are there and the test stays quick.
fn chain() -> &'static [Vec<u8>] {
    static CHAIN: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let first = feed(&[
            "synth",
            "--seed",
            "11",
            "--from",
            "2026-03-05",
            "--sessions",
            "2",
            "--rate",
            "0.7",
            "-q",
        ]);
        let mut all = vec![first];
        for (program, args) in STAGES {
            let next = run(program, args, all.last().unwrap());
            all.push(next);
        }
        all
    })
}

/// Offsets at which to cut, from a fixed seed.
fn offsets(len: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut cuts: Vec<usize> = (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % len
        })
        .collect();
    cuts.sort_unstable();
    cuts
}

fn first_difference(a: &[u8], b: &[u8]) -> String {
    let at = a.iter().zip(b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
    let show = |t: &[u8]| {
        String::from_utf8_lossy(&t[at.saturating_sub(200)..(at + 100).min(t.len())]).into_owned()
    };
    format!("{} and {} bytes differ at {at}:\n{}\n---\n{}", a.len(), b.len(), show(a), show(b))
}

#[test]
fn twice_the_same_bytes() {
    let chain = chain();
    for (i, (program, args)) in STAGES.into_iter().enumerate() {
        let again = run(program, args, &chain[i]);
        assert!(again == chain[i + 1], "{program}: {}", first_difference(&again, &chain[i + 1]));
    }
}

#[test]
fn any_blocks_give_the_same_bytes() {
    let chain = chain();
    for (i, (program, args)) in STAGES.into_iter().enumerate() {
        let input = &chain[i];
        for (count, seed) in [(1, 1), (1, 2), (1, 3), (40, 4), (20_000, 5)] {
            let cuts = offsets(input.len(), count, seed);
            let output = run_blocks(program, args, input, &cuts);
            assert!(
                output.stdout == chain[i + 1],
                "{program} with {count} cuts: {}",
                first_difference(&output.stdout, &chain[i + 1])
            );
        }
    }
}

#[test]
fn a_prefix_of_the_input_gives_a_prefix_of_the_output() {
    let chain = chain();
    for (i, (program, args)) in STAGES.into_iter().enumerate() {
        let (input, whole) = (&chain[i], &chain[i + 1]);
        for cut in offsets(input.len(), 12, 77 + i as u64) {
            let output = run_blocks(program, args, &input[..cut], &[]);
            assert!(
                whole.starts_with(&output.stdout),
                "{program} cut at {cut}: {}",
                first_difference(&output.stdout, &whole[..output.stdout.len().min(whole.len())])
            );
            let rest = input[..cut].rsplit(|b| *b == b'\n').next().unwrap_or_default();
            let torn =
                !rest.is_empty() && serde_json::from_slice::<serde_json::Value>(rest).is_err();
            assert_eq!(
                output.status.code(),
                Some(if torn { 65 } else { 0 }),
                "{program} cut at {cut}"
            );
        }
    }
}

#[test]
fn recomputing_a_recording_changes_nothing() {
    let chain = chain();
    let recorded = chain.last().unwrap();
    let mut stream = recorded.clone();
    for (program, args) in STAGES {
        stream = run(program, args, &stream);
    }
    // Derived records are replaced in place, so the recording comes out as it went in.
    assert!(&stream == recorded, "{}", first_difference(&stream, recorded));
}

#[test]
fn the_stages_have_something_to_say() {
    let text = String::from_utf8(chain().last().unwrap().clone()).unwrap();
    for kind in ["bar", "features", "levels", "footprint", "explain", "acct"] {
        assert!(text.contains(&format!("{{\"t\":\"{kind}\"")), "no {kind} record");
    }
    assert!(!text.contains("bad_line"));
}

#[test]
fn compressed_input_and_files_give_the_same_bytes() {
    let chain = chain();
    let dir = tempfile::tempdir().unwrap();
    let (program, args) = STAGES[0];
    let zst = zstd::stream::encode_all(chain[0].as_slice(), 1).unwrap();
    assert!(run(program, args, &zst) == chain[1]);
    let path = dir.path().join("session.ndjson.zst");
    std::fs::write(&path, &zst).unwrap();
    let from_file = Command::new(program).args(args).arg(&path).output().unwrap();
    assert!(from_file.stdout == chain[1]);
}

#[test]
fn a_reader_that_leaves_ends_the_stage_quietly() {
    let chain = chain();
    for (i, (program, args)) in STAGES.into_iter().enumerate() {
        let mut child = command(program, args).spawn().unwrap();
        let _watchdog = Watchdog::over(&child);
        let mut stdin = child.stdin.take().unwrap();
        drop(child.stdout.take());
        let input = &chain[i];
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // The stage may be gone before everything is written.
                let _ = stdin.write_all(input);
            });
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{program}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("error"), "{program}");
        });
    }
}

#[test]
fn one_line_goes_through_at_once() {
    // The flush rule: a line comes out although the input stays open and no block is full.
    for (i, (program, args)) in STAGES.into_iter().enumerate() {
        let line_end = memchr_nth(&chain()[i], 5);
        let input = &chain()[i][..line_end];
        let mut child = command(program, args).spawn().unwrap();
        let _watchdog = Watchdog::over(&child);
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        // The complete lines and the beginning of another one.
        stdin.write_all(input).unwrap();
        stdin.write_all(b"{\"t\":\"tr").unwrap();
        stdin.flush().unwrap();
        let expected = run(program, args, input);
        let mut got = vec![0; expected.len()];
        stdout.read_exact(&mut got).unwrap();
        assert!(got == expected, "{program}");
        drop(stdin);
        child.wait().unwrap();
    }
}

fn memchr_nth(bytes: &[u8], n: usize) -> usize {
    bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .nth(n - 1)
        .map_or(bytes.len(), |(i, _)| i + 1)
}

/// Any input whatever ends with a documented exit code, and never with a panic.
#[test]
fn garbage_never_breaks_a_stage() {
    let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
    let sample = chain()[0][..20_000].to_vec();
    let mutation = proptest::collection::vec((0..sample.len(), 0_u8..=255), 1..30);
    runner
        .run(&mutation, |changes| {
            let mut bytes = sample.clone();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            for (program, args) in STAGES {
                let output = run_blocks(program, args, &bytes, &[]);
                assert!(
                    matches!(output.status.code(), Some(0 | 65 | 78)),
                    "{program}: {:?} {}",
                    output.status,
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(())
        })
        .unwrap();
}

fn count(text: &[u8], start: &str) -> usize {
    text.split(|b| *b == b'\n').filter(|line| line.starts_with(start.as_bytes())).count()
}

fn whole_chain(feed_args: &[&str]) -> Vec<u8> {
    let mut stream = feed(feed_args);
    for (program, args) in STAGES {
        stream = run(program, args, &stream);
    }
    stream
}

fn contains(text: &[u8], part: &str) -> bool {
    memchr::memmem::find(text, part.as_bytes()).is_some()
}

#[test]
fn the_real_ticks_run_through_all_stages() {
    let Some(dir) = data::dir() else { return };
    let file = dir.join("es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst");
    let out = whole_chain(&["csv", "--dialect", "es-ticks", "--sym", "ESU13", path(&file), "-q"]);
    assert!(!contains(&out, "bad_line"));
    assert_eq!(count(&out, "{\"t\":\"trade\""), 400_000);
    assert_eq!(count(&out, "{\"t\":\"bar\""), 2_143);
}

#[test]
fn the_sample_in_the_box_is_the_real_thing() {
    let sample: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample/es-ticks-2013.csv.zst");
    assert!(std::fs::metadata(&sample).unwrap().len() < 1_500_000);
    let out = feed(&["csv", "--dialect", "es-ticks", "--sym", "ESU13", path(&sample), "-q"]);
    assert!(count(&out, "{\"t\":\"trade\"") >= 100_000);
    assert!(!contains(&out, "\"src\":\"syn\""));
}

#[test]
fn a_real_bar_contract_runs_through_all_stages() {
    let Some(dir) = data::dir() else { return };
    let out = whole_chain(&[
        "csv",
        "--dialect",
        "sierra-5m",
        path(&dir.join("es-bars-5m/ESM22.csv.zst")),
        "-q",
    ]);
    assert!(!contains(&out, "bad_line"));
    assert_eq!(count(&out, "{\"t\":\"bar\""), 17_502);
    assert!(count(&out, "{\"t\":\"features\"") > 17_000);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
