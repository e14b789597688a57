//! mia-record as a user meets it: a tee that survives what happens to it.

use crate::process;
use crate::store::desk::HOUR;
use crate::store::desk::MONDAY;
use crate::store::desk::assert_good;
use crate::store::desk::ending;
use crate::store::desk::files;
use crate::store::desk::read_all;
use crate::store::desk::stream;
use crate::store::desk::trade;
use mia::stream::store::StoreIndex;
use mia::stream::store::recover;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

const RECORD: &str = env!("CARGO_BIN_EXE_mia-record");
const FEED: &str = env!("CARGO_BIN_EXE_mia-feed");

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["MIA_CONFIG", "MIA_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(program: &str, dir: &Path, args: &[&str], input: &str) -> Output {
    let action = args.iter().take_while(|arg| !arg.starts_with('-')).count();
    let mut command = command(program);
    command.args(&args[..action]).arg(dir).args(&args[action..]);
    process::feed(command.spawn().unwrap(), input.as_bytes())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_ends(output: &Output, code: i32, says: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(says), "`{says}` is not in:\n{stderr}");
}

fn session(lines: u64) -> String {
    let trades = (0..lines).map(|i| trade(MONDAY + i as i64 * 1000, i));
    std::iter::once(stream(MONDAY, "csv", 0)).chain(trades).collect()
}

#[test]
fn a_tee_passes_on_and_stores_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("new/store");
    let input = session(1000);
    let output = run(RECORD, &store, &["--frame", "8K"], &input);
    assert_ends(&output, 0, "");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (input.clone(), String::new()));
    assert_good(&store);
    assert_eq!(read_all(&store), input);
    assert_eq!(text(&run(RECORD, &store, &["cat"], "").stdout), input);
    let verified = run(RECORD, &store, &["verify"], "");
    assert_ends(&verified, 0, "");
    let report: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!((&report["state"], &report["lines"]), (&"good".into(), &1001.into()));
    // No key of the store is one of ours: the files are read by what everybody has.
    let names: Vec<_> = files(&store).iter().map(|p| p.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, [".lock", "000001.index", "000001.ndjson.zst"]);
}

#[test]
fn what_is_passed_on_and_what_is_stored_are_chosen_apart() {
    let dir = tempfile::tempdir().unwrap();
    let input = session(3);
    let args = ["--only", "stream", "--store-drop", "stream"];
    let output = run(RECORD, dir.path(), &args, &input);
    assert_ends(&output, 0, "");
    assert_eq!(text(&output.stdout), stream(MONDAY, "csv", 0));
    assert_eq!(read_all(dir.path()), input.strip_prefix(&stream(MONDAY, "csv", 0)).unwrap());
}

#[test]
fn bad_lines_are_put_aside_with_place_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    let off_grid = trade(MONDAY + 1, 1).replace("5000.25", "5000.1");
    let input = session(2) + "no json\n" + &off_grid + "{\"t\":\"levels\",\"ts\":1,\"a\":[}\n";
    let output = run(RECORD, dir.path(), &["--max-bad", "3"], &input);
    assert_ends(&output, 0, "3 bad lines put into");
    assert_eq!(read_all(dir.path()), session(2));
    let passed = text(&output.stdout);
    assert!(passed.starts_with(&session(2)) && passed.contains("bad_line_not_json"), "{passed}");
    let aside = fs::read_to_string(dir.path().join("quarantine.ndjson")).unwrap();
    let aside: Vec<serde_json::Value> =
        aside.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<_> = aside.iter().map(|bad| bad["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [4, 5, 6]);
    assert_eq!(aside[0]["text"], "no json");
    assert_eq!(aside[1]["text"], off_grid.trim_end());
    assert!(aside.iter().all(|bad| !bad["reason"].as_str().unwrap().is_empty()));

    // Too many: the rest of the input is not read, what came before is stored.
    let strict = dir.path().join("strict");
    assert_ends(&run(RECORD, &strict, &["--max-bad", "0"], &input), 65, "standard input:4: ");
    assert_eq!(read_all(&strict), session(2));
    let torn = dir.path().join("torn");
    let cut = session(3);
    let cut = &cut[..cut.len() - 20];
    assert_ends(&run(RECORD, &torn, &[], cut), 65, "the input ends inside a line");
    assert_good(&torn);
    assert_eq!(read_all(&torn), session(2));
    let aside = fs::read_to_string(torn.join("quarantine.ndjson")).unwrap();
    let aside: serde_json::Value = serde_json::from_str(&aside).unwrap();
    assert!(cut.ends_with(aside["text"].as_str().unwrap()), "{aside}");
}

#[test]
fn recording_goes_on_when_nobody_reads() {
    let dir = tempfile::tempdir().unwrap();
    let input = session(20_000);
    let mut child = command(RECORD).arg(dir.path()).spawn().unwrap();
    drop(child.stdout.take());
    let output = process::feed(child, input.as_bytes());
    assert_ends(&output, 0, "");
    assert_eq!(read_all(dir.path()), input);
}

/// A recorder that has passed on what it was given.
fn start(dir: &Path, args: &[&str], lines: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = command(RECORD).arg(dir).args(args).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for line in lines.lines() {
        let mut passed = String::new();
        out.read_line(&mut passed).unwrap();
        assert_eq!(passed.trim_end(), line, "unchanged, and at once");
    }
    (child, out)
}

fn wait_until(what: impl Fn() -> bool) {
    for _ in 0..2000 {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it did not come to pass");
}

#[test]
fn a_second_writer_is_told_who_the_first_is_and_readers_are_welcome() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, _out) = start(dir.path(), &["--frame", "1K"], &session(30));
    let _watchdog = process::Watchdog::over(&child);
    let second = run(RECORD, dir.path(), &[], "");
    assert_ends(&second, 75, &format!("is being written by process {}", child.id()));
    // What it has is read by others while it goes on.
    wait_until(|| !ending(dir.path(), ".tail").is_empty() && read_all(dir.path()) == session(30));
    assert_eq!(text(&run(RECORD, dir.path(), &["cat"], "").stdout), session(30));
    let verified = text(&run(RECORD, dir.path(), &["verify"], "").stdout);
    assert!(verified.contains("\"state\":\"open\""), "{verified}");
    assert_ends(&run(RECORD, dir.path(), &["compact"], ""), 0, "");
    assert!(recover(dir.path()).unwrap().is_empty(), "a living writer is left alone");

    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_good(dir.path());
    assert_eq!(read_all(dir.path()), session(30));
}

/// The recorder under a limit of the length of files, which is what a full disk looks like.
fn on_a_small_disk(dir: &Path, policy: &str, input: &str) -> Output {
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let mut command = command("sh");
    command.args(["-c", script, RECORD, "--frame", "2K", "--on-disk-error", policy]).arg(dir);
    process::feed(command.spawn().unwrap(), input.as_bytes())
}

#[test]
fn a_full_disk_ends_the_recording_and_loses_nothing_that_was_safe() {
    let input = session(20_000);
    for policy in ["stop", "pass"] {
        let dir = tempfile::tempdir().unwrap();
        let output = on_a_small_disk(dir.path(), policy, &input);
        assert_ends(&output, 73, "the store cannot be written: cannot write ");
        assert_ends(&output, 73, "hint: what was finished is safe");
        let passed = text(&output.stdout);
        if policy == "pass" {
            assert!(passed.contains("recording_failed"));
            let lines = passed.split_inclusive('\n').filter(|line| !line.contains("\"alert\""));
            assert_eq!(lines.collect::<String>(), input);
        } else {
            assert!(input.starts_with(&passed));
        }
        let before = index_lines(dir.path());
        recover(dir.path()).unwrap();
        assert_good(dir.path());
        let stored = read_all(dir.path());
        assert!(input.starts_with(&stored) && stored.lines().count() as u64 >= before);
        assert!(before > 0, "{policy}: some frames were written");
    }
}

/// Lines in frames that the indexes name.
fn index_lines(dir: &Path) -> u64 {
    let indexes = ending(dir, ".index");
    let frames = indexes.iter().flat_map(|path| StoreIndex::parse(&fs::read(path).unwrap()).frames);
    frames.map(|frame| frame.lines).sum()
}

/// Which lines of which run are stored: the run is in the minute, the line in `seq`.
fn stored_by_run(dir: &Path, runs: u64) -> BTreeMap<u64, Vec<u64>> {
    let mut found: BTreeMap<u64, Vec<u64>> = (0..runs).map(|run| (run, Vec::new())).collect();
    for line in read_all(dir).lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if value["t"] == "trade" {
            let run = (value["ts"].as_i64().unwrap() - MONDAY) / HOUR;
            found.entry(run as u64).or_default().push(value["seq"].as_u64().unwrap());
        }
    }
    found
}

/// Two hundred recordings that are killed at any moment, ten into each store, hours apart, so that
/// sessions change. Each is repaired by the next.
#[test]
fn killed_two_hundred_times() {
    const STORES: u64 = 20;
    const RUNS: u64 = 10;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: u64| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut most = 0;
    for store in 0..STORES {
        let dir = tempfile::tempdir().unwrap();
        let fsync = ["always", "0.002", "never", "1"][store as usize % 4];
        let mut safe = vec![0; RUNS as usize];
        let mut before = 0;
        for run in 0..RUNS {
            kill_after(dir.path(), fsync, run, Duration::from_micros(2000 + next(20_000)));
            // What the kernel has must not go: frames that an index names, and lines in tails.
            let (framed, held) = (index_lines(dir.path()).max(before), read_all(dir.path()));
            recover(dir.path()).unwrap();
            assert_good(dir.path());
            assert_eq!(read_all(dir.path()), held, "store {store}, run {run}");
            assert!(held.lines().count() as u64 >= framed, "store {store}, run {run}");
            let found = stored_by_run(dir.path(), RUNS);
            let total: usize = found.values().map(Vec::len).sum();
            safe[run as usize] = found[&run].len();
            for (run, lines) in &found {
                // A prefix of what was sent, nothing twice, nothing left out, and it stays so.
                assert!(lines.iter().copied().eq(0..lines.len() as u64), "run {run}: {lines:?}");
                assert_eq!(lines.len(), safe[*run as usize], "store {store}, run {run}");
            }
            before = index_lines(dir.path());
            most = most.max(total);
        }
    }
    assert!(most > 100, "runs long enough to store something: {most}");
}

fn kill_after(dir: &Path, fsync: &str, run: u64, time: Duration) {
    let mut command = command(RECORD);
    command.args(["--frame", "3K", "--fsync", fsync]).arg(dir);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _watchdog = process::Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    let begin = MONDAY + run as i64 * HOUR;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut lines = stream(begin, "csv", run);
            for seq in 0..100_000 {
                lines += &trade(begin + seq as i64 * 1000, seq);
                if seq % 7 == 0 && stdin.write_all(std::mem::take(&mut lines).as_bytes()).is_err() {
                    return;
                }
            }
        });
        // From the first sign of life, so that slow starts are not all that is killed.
        wait_until(|| !ending(dir, &format!("{:06}.index", run + 1)).is_empty() || run > 0);
        std::thread::sleep(time);
        child.kill().unwrap();
        child.wait().unwrap();
    });
}

#[test]
fn a_store_is_replayed_by_session_and_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let lines: Vec<String> = (0..3)
        .flat_map(|day| (0..50).map(move |i| trade(MONDAY + day * 24 * HOUR + i * 1000, i as u64)))
        .collect();
    let input = stream(MONDAY, "csv", 0) + &lines.concat();
    assert_ends(&run(RECORD, &store, &["--frame", "1K"], &input), 0, "");
    let file = dir.path().join("all.ndjson");
    fs::write(&file, &input).unwrap();
    let market = |output: Output| {
        assert_ends(&output, 0, "");
        let text = text(&output.stdout);
        let (streams, lines): (Vec<_>, Vec<_>) =
            text.lines().map(str::to_owned).partition(|line| line.contains("\"t\":\"stream\""));
        assert!(streams.iter().all(|line| line.contains("\"mode\":\"replay\"")));
        assert!(streams.iter().all(|line| line.contains("\"origin\":\"live\"")), "{streams:?}");
        assert!(!streams.is_empty());
        lines
    };
    let since = (MONDAY + 24 * HOUR + 20_000).to_string();
    let until = (MONDAY + 48 * HOUR + 10_000).to_string();
    for args in [&["replay"][..], &["replay", "--since", &since, "--until", &until]] {
        let (of_store, of_file) = (run(FEED, &store, args, ""), run(FEED, &file, args, ""));
        assert_eq!(market(of_store), market(of_file), "{args:?}");
    }
    let last = market(run(FEED, &store, &["replay", "--last", "1"], ""));
    assert_eq!(last, lines[100..].iter().map(|line| line.trim_end()).collect::<Vec<_>>());
    assert_ends(&run(FEED, &store, &["replay", "--last", "5d"], ""), 0, "2 of the sessions");
    assert_ends(&run(FEED, &file, &["replay", "--last", "5d"], ""), 2, "--last counts");
    assert_ends(&run(FEED, dir.path(), &["replay"], ""), 65, "is not a store");
    let again = run(RECORD, &store, &[store.to_str().unwrap()], "");
    assert_ends(&again, 73, "is in the store that is written");
    assert_ends(&run(RECORD, &store, &["verify", "--date", "2026-03-08"], ""), 65, "no session");
}

#[test]
fn a_warm_up_is_passed_on_and_stored_as_its_description() {
    let dir = tempfile::tempdir().unwrap();
    let warm =
        stream(MONDAY - 120 * HOUR, "csv", 7).replace("\"run\",\"run\"", "\"warmup\",\"run\"");
    let history = warm.clone() + &trade(MONDAY - 120 * HOUR, 1) + &trade(MONDAY - 119 * HOUR, 2);
    let input = history + &session(5);
    let output = run(RECORD, dir.path(), &["-v"], &input);
    assert_ends(&output, 0, "2 lines of a warm-up passed on and not stored again");
    assert_eq!(text(&output.stdout), input);
    assert_eq!(read_all(dir.path()), warm + &session(5));
}

#[cfg(not(feature = "frames"))]
#[test]
fn without_tables_the_way_to_get_them_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(RECORD, dir.path(), &["export", "--csv", "out"], "");
    assert_ends(&output, 78, "--features frames");
}
