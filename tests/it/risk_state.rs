//! mia-risk over restarts: the state folder, reset, and a journal that is followed while it is written.

use crate::desk::MINUTE;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::process;
use crate::process::Watchdog;
use mia::market::Side;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::Verdict;
use mia::wire::codec;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

pub const RISK: &str = env!("CARGO_BIN_EXE_mia-risk");
pub const EXEC: &str = env!("CARGO_BIN_EXE_mia-exec");

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_remove("MIA_CONFIG").env_remove("MIA_STATE").env_remove("MIA_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run(program: &str, args: &[&str], input: &[u8]) -> Output {
    process::feed(command(program, args).spawn().unwrap(), input)
}

pub fn ends(output: &Output, code: i32, part: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let told = format!("{text}{}", String::from_utf8_lossy(&output.stdout));
    assert!(told.contains(part), "`{part}` is not in:\n{told}");
}

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn records(output: &[u8]) -> Vec<Record> {
    let lines = output.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| codec::decode(codec::peek(line).unwrap().unwrap(), line).unwrap()).collect()
}

fn verdicts(output: &[u8]) -> Vec<Verdict> {
    let records = records(output).into_iter();
    records.filter_map(|r| if let Record::Verdict(v) = r { Some(v) } else { None }).collect()
}

pub fn accts(output: &[u8], op: AcctOp) -> Vec<Acct> {
    let all = records(output).into_iter();
    let all = all.filter_map(|r| if let Record::Acct(a) = r { Some(a) } else { None });
    all.filter(|acct| acct.op == op).collect()
}

/// A market with a touch and a print at `ms`.
pub fn market(ms: i64, bid: f64) -> Vec<Record> {
    vec![quote(ms, bid, 50, bid + 0.25, 50), trade(ms, bid, 1)]
}

pub fn idea(id: &str, ms: i64) -> Record {
    signal(id, ms, Side::Buy, 5000.0, 4997.5, 5003.0).into()
}

/// A purchase that is filled, and a market that falls by `points` and stays there.
pub fn fall(points: f64) -> Vec<Record> {
    let mut tape = market(0, 5000.0);
    tape.push(idea("first", 0));
    for ms in [200, 400, 600] {
        tape.extend(market(ms, 5000.0));
    }
    tape.extend(market(800, 5000.0 - points));
    tape
}

/// The same by four points, until its stop has filled: a day that `risk.losses_in_row_max=1` ends.
fn one_loss() -> Vec<Record> {
    let mut tape = fall(4.0);
    for ms in [1200, 1600, 2000] {
        tape.extend(market(ms, 4996.0));
    }
    tape
}

/// Runs until `part` is in the output, kills it without a word, and gives what it had written.
fn killed_at(args: &[&str], input: &[u8], part: &str) -> Vec<u8> {
    let mut child = command(RISK, args).spawn().unwrap();
    let watchdog = Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    let mut heard = Vec::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    while !String::from_utf8_lossy(&heard).contains(part) {
        assert!(stdout.read_until(b'\n', &mut heard).unwrap() > 0, "it ended without {part}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(watchdog);
    heard
}

const FLOOR: [&str; 2] = ["--set", "risk.trailing_drawdown=60"];

#[test]
fn atb_27_a_breach_survives_kill_9_and_ends_with_6_until_somebody_resets_it() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = [&["--state", path(&state)], &FLOOR[..]].concat();
    let first = killed_at(&args, &bytes(&fall(2.0)), "\"op\":\"latch\"");
    assert_eq!(accts(&first, AcctOp::Latch)[0].latches, ["manual"]);
    // It comes back with the position that was open, closes it, and takes nothing new.
    let mut later = Vec::new();
    for ms in [2000, 2400, 2800] {
        later.extend(market(ms, 4998.0));
    }
    let output = run(RISK, &args, &bytes(&later));
    let told = format!(
        "a risk halt is latched: manual (trailing_drawdown); a person opens it: mia-risk reset \
         --state {} --reason TEXT --new-high-water",
        path(&state)
    );
    ends(&output, 6, &told);
    let open = &accts(&output.stdout, AcctOp::Open)[0];
    assert_eq!(open.latches, ["manual"]);
    assert_eq!(
        accts(&output.stdout, AcctOp::Latch)[0].reason.as_deref(),
        Some("trailing_drawdown")
    );
    let fills = accts(&output.stdout, AcctOp::Fill);
    assert!(fills.len() >= 2, "the entry is told again, the exit is new: {fills:?}");
    // Flat and latched: at once 6, and a signal is refused.
    let mut next = vec![idea("second", 3000)];
    next.extend(market(3000, 4998.0));
    let output = run(RISK, &args, &bytes(&next));
    ends(&output, 6, "a risk halt is latched");
    assert_eq!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
    // A person opens it, with a reason.
    let reset = ["reset", "--state", path(&state), "--reason"];
    ends(&run(RISK, &[&reset[..], &[" "]].concat(), b""), 2, "reason is empty");
    // What would be set again at the next record is not opened, unless the measure changes.
    let before = folder(&state);
    let refused = run(RISK, &[&reset[..], &["looked at it"]].concat(), b"");
    ends(&refused, 2, "trailing_drawdown");
    ends(&refused, 2, "--new-high-water");
    assert_eq!(folder(&state), before);
    let anew = ["--new-high-water"];
    let output = run(RISK, &[&reset[..], &["looked at it"], &anew[..]].concat(), b"");
    ends(&output, 0, "opened manual (it was set by: trailing_drawdown)");
    ends(&output, 0, "drawdowns are measured from 99883.00 on");
    ends(&run(RISK, &[&reset[..], &["again"]].concat(), b""), 0, "nothing to open");
    let mut next = market(5 * MINUTE, 4998.0);
    next.push(signal("third", 5 * MINUTE, Side::Buy, 4998.0, 4995.5, 5001.0).into());
    for ms in [200, 400, 600] {
        next.extend(market(5 * MINUTE + ms, 4998.0));
    }
    let output = run(RISK, &args, &bytes(&next));
    ends(&output, 0, "");
    assert_ne!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
    let told = &accts(&output.stdout, AcctOp::Reset)[0];
    assert!(told.reason.as_deref().unwrap().starts_with("looked at it (by "), "{told:?}");
    let open = &accts(&output.stdout, AcctOp::Open)[0];
    assert_eq!(open.high_water, told.equity, "{open:?}");
    assert!(accts(&output.stdout, AcctOp::Latch).is_empty(), "the same floor, from a new high");
    // The session with the reset replays, and the next start knows the new high too.
    let again = run(RISK, &[&["--account", "stream"], &FLOOR[..]].concat(), &output.stdout);
    assert_eq!(again.stdout, output.stdout);
    let output = run(RISK, &args, &bytes(&market(6 * MINUTE, 4998.0)));
    ends(&output, 0, "");
    assert_eq!(accts(&output.stdout, AcctOp::Open)[0].high_water, told.equity);
    // From there it falls as far as before, and no farther.
    let output = run(RISK, &args, &bytes(&market(7 * MINUTE, 4990.0)));
    ends(&output, 0, "");
}

/// Names and bytes of everything in a folder.
fn folder(path: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_check_sees_the_latches_of_a_state_folder_and_leaves_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let order = dir.path().join("order.ndjson");
    std::fs::write(&order, bytes(&[idea("second", 3000)])).unwrap();
    let ask = ["check", "--order", path(&order), "--state", path(&state)];
    ends(&run(RISK, &ask, b""), 78, "is no state folder of mia-risk");
    assert!(!state.exists());
    let args = [&["--state", path(&state)], &FLOOR[..]].concat();
    killed_at(&args, &bytes(&fall(2.0)), "\"op\":\"latch\"");
    let before = folder(&state);
    // mia-exec status shows the same folder: what is open, why it is latched, the day.
    let output = run(EXEC, &["status", "--state", path(&state)], b"");
    ends(&output, 0, "");
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["flat"], &status["positions"][0]["qty"]), (&false.into(), &1.into()));
    let latch = &status["latches"][0];
    assert_eq!((&latch["name"], &latch["reason"]), (&"manual".into(), &"trailing_drawdown".into()));
    assert_eq!((&status["writer"], &status["day_trades"]), (&false.into(), &1.into()));
    let output = run(RISK, &[&ask[..], &FLOOR[..]].concat(), b"");
    ends(&output, 1, "");
    let verdict = &verdicts(&output.stdout)[0];
    assert_eq!(verdict.reason.as_deref(), Some("KILL"));
    let tdd = verdict.checks.iter().find(|check| check.code == "TDD").unwrap();
    assert!(tdd.value.is_some(), "the account of the folder: {tdd:?}");
    assert_eq!(folder(&state), before);
    // Also while a mia-risk has it, and without what its latch says once a person opened that.
    let reset = ["reset", "--state", path(&state), "--reason", "seen", "--new-high-water"];
    ends(&run(RISK, &reset, b""), 0, "opened");
    let output = run(RISK, &ask, b"");
    assert_ne!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
}

/// The journal of an old recording, reset today: what follows it is of its own time.
#[test]
fn a_reset_stands_at_the_time_of_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    let day = 24 * 60 * MINUTE;
    let latch = |ms: i64| {
        let latch = Acct {
            latches: vec!["manual".into()],
            reason: Some("test".into()),
            ..mia::matching::blank_acct(crate::desk::at(ms), mia::market::Sym::NONE, AcctOp::Latch)
        };
        Record::from(latch)
    };
    let session = |ms: i64| {
        let mut records = market(ms, 5000.0);
        records.push(latch(ms + 1));
        records
    };
    let paper = ["paper", "--journal", path(&journal), "--resume"];
    ends(&run(EXEC, &paper, &bytes(&session(0))), 0, "");
    let reset = ["reset", "--journal", path(&journal), "--reason", "looked at it"];
    ends(&run(RISK, &reset, b""), 0, "opened manual");
    for later in [day, 2 * day] {
        ends(&run(EXEC, &paper, &bytes(&session(later))), 0, "");
    }
    let mut names: Vec<_> = folder(dir.path()).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["journal", "journal.2024-01-08", "journal.2024-01-09"]);
    ends(&run(EXEC, &["journal", "verify", path(&journal)], b""), 0, "");
    let first = std::fs::read(dir.path().join("journal.2024-01-08")).unwrap();
    let told = &accts(&first, AcctOp::Reset)[0];
    assert_eq!(told.ts, crate::desk::at(1), "the newest record of the journal");
    assert!(told.reason.as_deref().unwrap().contains("Z)"), "when it was done: {told:?}");
}

#[test]
fn a_restart_forgets_neither_the_day_nor_what_was_decided() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state), "--set", "risk.losses_in_row_max=1"];
    let tape = one_loss();
    let whole = run(RISK, &args, &bytes(&tape));
    ends(&whole, 0, "");
    assert_eq!(accts(&whole.stdout, AcctOp::Latch)[0].latches, ["day"]);
    let mut next = market(10_000, 4996.0);
    next.push(signal("next", 10_000, Side::Buy, 4996.0, 4993.5, 4999.0).into());
    next.push(idea("first", 10_001));
    let output = run(RISK, &args, &bytes(&next));
    ends(&output, 0, "");
    let reasons: Vec<Option<String>> =
        verdicts(&output.stdout).into_iter().map(|verdict| verdict.reason).collect();
    assert_eq!(reasons[0].as_deref(), Some("DAY"));
    let repeated = &verdicts(&output.stdout)[1];
    let dup = repeated.checks.iter().find(|check| check.code == "DUP").unwrap();
    assert_eq!(dup.ok, Some(false), "the id was decided by the run before");
    // So was the one that it refused, by the run before this.
    let mut next = market(12_000, 4996.0);
    next.push(signal("next", 12_000, Side::Buy, 4996.0, 4993.5, 4999.0).into());
    let output = run(RISK, &args, &bytes(&next));
    let repeated = &verdicts(&output.stdout)[0];
    let dup = repeated.checks.iter().find(|check| check.code == "DUP").unwrap();
    assert_eq!(dup.ok, Some(false), "the id was refused by the run before");
    let again =
        run(RISK, &["--account", "stream", "--set", "risk.losses_in_row_max=1"], &output.stdout);
    assert_eq!(again.stdout, output.stdout);
    // The session replays from its own records, the restart included.
    let again =
        run(RISK, &["--account", "stream", "--set", "risk.losses_in_row_max=1"], &whole.stdout);
    assert_eq!(again.stdout, whole.stdout);
    // Another trade date opens it.
    let mut tomorrow = market(24 * 60 * MINUTE, 4996.0);
    tomorrow.push(signal("t", 24 * 60 * MINUTE, Side::Buy, 4996.0, 4993.5, 4999.0).into());
    let output = run(RISK, &args, &bytes(&tomorrow));
    assert_ne!(verdicts(&output.stdout)[0].reason.as_deref(), Some("DAY"));
    assert_eq!(accts(&output.stdout, AcctOp::Reset)[0].reason.as_deref(), Some("session"));
}

#[test]
fn the_folder_is_private_and_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("deep/state");
    let args = ["--state", path(&state)];
    let mut child = command(RISK, &args).spawn().unwrap();
    let _watchdog = Watchdog::over(&child);
    until("no state", || state.join("high-water").exists());
    ends(&run(RISK, &args, b""), 69, "a mia-risk is running");
    let reset = ["reset", "--state", path(&state), "--reason", "x"];
    ends(&run(RISK, &reset, b""), 75, "is being written");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in ["risk-journal.ndjson", "high-water"] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
    ends(&run(RISK, &args, b""), 78, "others can look");
    let stream = ["--account", "stream", "--state", path(&state)];
    ends(&run(RISK, &stream, b""), 2, "--state is given");
    ends(&run(RISK, &["--account", "journal:"], b""), 2, "journal:FILE");
}

#[test]
fn a_high_water_mark_between_two_facts_is_not_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state), "--set", "risk.trailing_drawdown=500"];
    let mut tape = fall(0.0);
    tape.extend(market(1000, 5002.0));
    killed_at(&args, &bytes(&tape), "\"ts\":1704726001000000,\"sym\":\"ESH24\",\"px\":5002");
    let output = run(RISK, &args, &bytes(&market(3000, 5001.0)));
    let open = &accts(&output.stdout, AcctOp::Open)[0];
    // Bought at 5000.25, marked at 5002: seven ticks, less the fee of the entry.
    let start = open.equity.unwrap().0;
    assert_eq!(open.high_water.unwrap().0 - start, 7 * 1250 - 225, "{open:?}");
}

/// The two commands as a pipe that is fed step by step, with a journal between them.
struct Pipe {
    risk: Child,
    exec: Child,
    stdin: Option<std::process::ChildStdin>,
}

impl Pipe {
    fn start(risk_args: &[&str], exec_args: &[&str]) -> Self {
        let mut risk = command(RISK, risk_args).spawn().unwrap();
        let between = risk.stdout.take().unwrap();
        let exec = command(EXEC, exec_args).stdin(between).spawn().unwrap();
        let stdin = risk.stdin.take();
        Self { risk, exec, stdin }
    }

    fn feed(&mut self, records: &[Record]) {
        self.stdin.as_mut().unwrap().write_all(&bytes(records)).unwrap();
    }
}

fn until(what: &str, done: impl Fn() -> bool) {
    for _ in 0..3000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not within a minute: {what}");
}

#[test]
fn a_journal_is_followed_while_it_is_written_and_survives_the_loss_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, state) = (dir.path().join("exec.ndjson"), dir.path().join("state"));
    let source = format!("journal:{}", path(&journal));
    let args = [&["--account", &source, "--state", path(&state)], &FLOOR[..]].concat();
    let mut pipe = Pipe::start(&args, &["paper", "--journal", path(&journal)]);
    let _watch = (Watchdog::over(&pipe.risk), Watchdog::over(&pipe.exec));
    let held = |part: &str, file: &Path| {
        std::fs::read_to_string(file).is_ok_and(|text| text.contains(part))
    };
    let kept = state.join("risk-journal.ndjson");
    pipe.feed(&fall(0.0));
    until("the fill is in the journal", || held("\"t\":\"fill\"", &journal));
    until("risk has heard of it", || held("\"op\":\"fill\"", &kept));
    // Now it falls through the floor: risk flattens, execution says so, risk ends with 6.
    for ms in (2000..2800).step_by(200) {
        pipe.feed(&market(ms, 4998.0));
    }
    until("the exit is in the journal", || held("\"leg\":\"flatten\"", &journal));
    until("risk has heard of it", || held("\"leg\":\"flatten\"", &kept));
    let stdin = pipe.stdin.as_mut().unwrap();
    // It may have ended already.
    let _ = stdin.write_all(&bytes(&market(4000, 4998.0)));
    drop(pipe.stdin.take());
    assert_eq!(pipe.risk.wait().unwrap().code(), Some(6));
    let output = pipe.exec.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What risk wrote replays to the same bytes.
    let ours: Vec<u8> = output
        .stdout
        .split_inclusive(|b| *b == b'\n')
        .filter(|line| !String::from_utf8_lossy(line).contains("\"by\":\"exec\""))
        .flatten()
        .copied()
        .collect();
    let replayed = run(RISK, &[&["--account", "stream"], &FLOOR[..]].concat(), &ours);
    assert_eq!(
        String::from_utf8(replayed.stdout).unwrap(),
        String::from_utf8(ours.clone()).unwrap()
    );
    assert_eq!(replayed.status.code(), Some(6), "as the recorded run did");
    // The folder is lost: account and latch come back from the journal of execution alone.
    let last = records(&output.stdout).into_iter().rev();
    let equity =
        last.clone().find_map(|r| if let Record::Account(a) = r { Some(a.equity) } else { None });
    std::fs::remove_dir_all(&state).unwrap();
    let next =
        bytes(&[idea("n", 5000), quote(5000, 4998.0, 5, 4998.25, 5), trade(5000, 4998.0, 1)]);
    let output = run(RISK, &args, &next);
    ends(&output, 6, &format!("mia-risk reset --state {} --reason TEXT --new", path(&state)));
    let alone = [&["--account", &source], &FLOOR[..]].concat();
    let journalled = run(RISK, &alone, &next);
    ends(&journalled, 6, &format!("mia-risk reset --journal {} --reason", path(&journal)));
    assert_eq!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
    assert!(accts(&output.stdout, AcctOp::Open)[0].restored.is_some());
    let kinds: Vec<Kind> = records(&output.stdout).iter().map(Record::kind).collect();
    assert!(kinds.contains(&Kind::Acct), "{kinds:?}");
    let mark = std::fs::read_to_string(state.join("high-water")).unwrap();
    let mark = mark.split(' ').next().unwrap().parse::<i64>();
    assert!(mark.unwrap() >= equity.unwrap().0);
    // A changed line is found, and nothing is decided on it.
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("\"qty\":1", "\"qty\":2", 1)).unwrap();
    ends(&run(RISK, &args, &next), 65, "checksum");
    // The latch can be opened there too.
    std::fs::write(&journal, text).unwrap();
    let reset = ["reset", "--journal", path(&journal), "--latch", "manual", "--reason", "checked"];
    ends(&run(RISK, &reset, b""), 2, "--new-high-water");
    let anew = [&reset[..], &["--new-high-water"]].concat();
    ends(&run(RISK, &anew, b""), 0, "opened manual");
    ends(&run(RISK, &reset, b""), 1, "not set");
    // Both start from it, twice: every start tells the reset to execution, which writes it again.
    let account = ["--account", &source];
    let args = [&account[..], &FLOOR[..]].concat();
    for minute in [1, 2] {
        let mut pipe = Pipe::start(&args, &["paper", "--journal", path(&journal), "--resume"]);
        let _watch = (Watchdog::over(&pipe.risk), Watchdog::over(&pipe.exec));
        pipe.feed(&market(minute * MINUTE, 4998.0));
        pipe.feed(&market(minute * MINUTE + 1000, 4998.0));
        drop(pipe.stdin.take());
        assert_eq!(pipe.risk.wait().unwrap().code(), Some(0), "no latch");
        let output = pipe.exec.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let open = &accts(&output.stdout, AcctOp::Open)[0];
        let told = accts(&output.stdout, AcctOp::Reset);
        assert_eq!((open.high_water, told.len()), (told[0].equity, 1), "{told:?}");
    }
}

/// A journal of two trade dates: latched on the first, and closed; nothing but a trade on the second.
fn rotated(dir: &Path) -> std::path::PathBuf {
    let journal = dir.join("journal");
    let day = 24 * 60 * MINUTE;
    let mut first = fall(0.0);
    first.extend(market(1200, 5000.0));
    let kill = Acct {
        latches: vec!["manual".into()],
        reason: Some("enough".into()),
        ..mia::matching::blank_acct(crate::desk::at(1300), mia::market::Sym::NONE, AcctOp::Kill)
    };
    let decided = run(RISK, &[], &bytes(&first));
    let mut first = records(&decided.stdout);
    first.push(kill.into());
    let paper = ["paper", "--journal", path(&journal), "--resume"];
    ends(&run(EXEC, &paper, &bytes(&first)), 0, "");
    let mut second = market(day, 5003.0);
    second.extend(market(day + 1000, 5003.5));
    second.push(
        Acct {
            latches: vec!["stale".into()],
            reason: Some("feed_up".into()),
            ..mia::matching::blank_acct(
                crate::desk::at(day + 2000),
                mia::market::Sym::NONE,
                AcctOp::Reset,
            )
        }
        .into(),
    );
    ends(&run(EXEC, &paper, &bytes(&second)), 0, "");
    journal
}

#[test]
fn a_check_reads_all_files_of_a_journal_and_every_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let journal = rotated(dir.path());
    let closed = dir.path().join("journal.2024-01-08");
    assert!(closed.exists());
    let order = dir.path().join("order.ndjson");
    std::fs::write(&order, bytes(&[idea("second", 24 * 60 * MINUTE + 3000)])).unwrap();
    let ask = ["check", "--order", path(&order), "--journal", path(&journal)];
    let output = run(RISK, &ask, b"");
    ends(&output, 1, "");
    assert_eq!(
        verdicts(&output.stdout)[0].reason.as_deref(),
        Some("KILL"),
        "set before the rotation"
    );
    // The files named one by one are the same journal.
    let named = ["check", "--order", path(&order), "--journal", path(&closed), "--journal"];
    let output = run(RISK, &[&named[..], &[path(&journal)]].concat(), b"");
    assert_eq!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
    // Damage, a missing file, no file.
    let text = std::fs::read_to_string(&closed).unwrap();
    std::fs::write(&closed, text.replacen("\"qty\":1", "\"qty\":2", 1)).unwrap();
    ends(&run(RISK, &ask, b""), 65, "checksum");
    std::fs::remove_file(&closed).unwrap();
    ends(&run(RISK, &ask, b""), 65, "the files before it are missing");
    std::fs::remove_file(&journal).unwrap();
    ends(&run(RISK, &ask, b""), 65, "journal: no such file");
    // The acct records of a run are an account too.
    let kept = dir.path().join("acct.ndjson");
    let lines =
        run(RISK, &["--only", "acct", "--set", "risk.trailing_drawdown=60"], &bytes(&fall(2.0)));
    std::fs::write(&kept, &lines.stdout).unwrap();
    let output = run(RISK, &["check", "--order", path(&order), "--journal", path(&kept)], b"");
    assert_eq!(verdicts(&output.stdout)[0].reason.as_deref(), Some("KILL"));
}

/// A folder that has served: a purchase, and a latch.
fn served(dir: &Path) -> std::path::PathBuf {
    let state = dir.join("state");
    let args = [&["--state", path(&state)], &FLOOR[..]].concat();
    killed_at(&args, &bytes(&fall(2.0)), "\"op\":\"latch\"");
    state
}

/// The record that describes what follows.
pub fn stream(mode: &str, phase: &str) -> Vec<u8> {
    let at = crate::desk::at(0);
    format!(
        "{{\"t\":\"stream\",\"ts\":{at},\"sym\":\"*\",\"v\":1,\"src\":\"syn\",\"mode\":\"{mode}\",\
         \"phase\":\"{phase}\",\"run\":\"r\",\"tool\":\"test\"}}\n"
    )
    .into_bytes()
}

/// Every command that reads a state folder.
fn readers(state: &Path, order: &Path) -> Vec<Output> {
    std::fs::write(order, bytes(&[idea("second", 3000)])).unwrap();
    let dir = path(state);
    vec![
        run(RISK, &["--state", dir], &bytes(&market(3000, 4998.0))),
        run(RISK, &["check", "--order", path(order), "--state", dir], b""),
        run(RISK, &["reset", "--state", dir, "--reason", "x"], b""),
        run(EXEC, &["status", "--state", dir], b""),
    ]
}

#[test]
fn a_folder_that_lost_its_journal_or_a_part_of_it_is_refused_by_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let state = served(dir.path());
    let (journal, order) = (state.join("risk-journal.ndjson"), dir.path().join("order.ndjson"));
    let whole = std::fs::read(&journal).unwrap();
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let short = lines[..lines.len() - 1].concat();
    let other = tempfile::tempdir().unwrap();
    let other = std::fs::read(served(other.path()).join("risk-journal.ndjson")).unwrap();
    let longer = String::from_utf8(other).unwrap().replace("first", "1st");
    let mut chain = mia::wire::journal_line::LineChain::new();
    let mut foreign = Vec::new();
    for record in records(longer.as_bytes()) {
        chain.append(&record, &mut foreign).unwrap();
    }
    let cases: [(Option<&[u8]>, &str); 4] = [
        (None, "its journal is gone"),
        (Some(b""), "its journal is gone"),
        (Some(&short), "lines of"),
        (Some(&foreign), "is not the one that was written there"),
    ];
    for (content, part) in cases {
        match content {
            Some(content) => std::fs::write(&journal, content).unwrap(),
            None => std::fs::remove_file(&journal).unwrap(),
        }
        let before = folder(&state);
        for output in readers(&state, &order) {
            ends(&output, 65, part);
            ends(&output, 65, "--account journal:FILE");
        }
        assert_eq!(folder(&state), before, "nothing is made anew");
        // The folder that live data takes by itself, however many bad lines are allowed.
        let mut live = command(RISK, &["--max-bad", "100"]);
        live.env("MIA_STATE", &state);
        let input = [stream("live", "run"), bytes(&market(3000, 4998.0))].concat();
        ends(&process::feed(live.spawn().unwrap(), &input), 65, part);
    }
    std::fs::write(&journal, &whole).unwrap();
    ends(&run(RISK, &["--state", path(&state)], &bytes(&market(3000, 4998.0))), 0, "");
    // All of it gone is a new folder.
    std::fs::remove_dir_all(&state).unwrap();
    ends(&run(RISK, &["--state", path(&state)], &bytes(&market(3000, 4998.0))), 0, "");
}

/// A process does not notice by itself what becomes of a folder that it has files of open.
#[test]
fn a_folder_that_is_taken_away_from_a_running_risk_ends_it_before_the_next_order() {
    type Change = fn(&Path);
    let changes: [Change; 2] = [
        |state| std::fs::remove_dir_all(state).unwrap(),
        |state| std::fs::write(state.join("risk-journal.ndjson"), b"").unwrap(),
    ];
    for change in changes {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let mut child = command(RISK, &["--state", path(&state)]).spawn().unwrap();
        let _watchdog = Watchdog::over(&child);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&bytes(&market(0, 5000.0))).unwrap();
        let kept = state.join("risk-journal.ndjson");
        until("no account", || std::fs::metadata(&kept).is_ok_and(|found| found.len() > 0));
        change(&state);
        stdin.write_all(&bytes(&fall(0.0))).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        ends(&output, 73, "somebody changed it under the running command");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("\"t\":\"order\""));
    }
}

#[test]
fn a_high_water_mark_that_somebody_wrote_is_refused_by_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let state = served(dir.path());
    let (mark, order) = (state.join("high-water"), dir.path().join("order.ndjson"));
    let cases: [(Option<&[u8]>, &str); 3] =
        [(Some(b"1\n"), "was changed"), (Some(b""), "is gone"), (None, "is gone")];
    for (content, part) in cases {
        match content {
            Some(content) => std::fs::write(&mark, content).unwrap(),
            None => std::fs::remove_file(&mark).unwrap(),
        }
        for output in readers(&state, &order) {
            ends(&output, 65, part);
            ends(&output, 65, "--new-high-water");
        }
        let before = std::fs::read(&mark).ok();
        assert_eq!(before.as_deref(), content);
    }
    // The remedy that is named.
    let reset = ["reset", "--state", path(&state), "--reason", "lost", "--new-high-water"];
    ends(&run(RISK, &reset, b""), 0, "opened manual");
    ends(&run(RISK, &reset, b""), 0, "drawdowns are measured from");
    let args = [&["--state", path(&state)], &FLOOR[..]].concat();
    let output = run(RISK, &args, &bytes(&market(3000, 4998.0)));
    assert!(accts(&output.stdout, AcctOp::Open)[0].latches.is_empty());
}

#[test]
fn a_halt_that_nothing_keeps_or_that_was_recorded_says_so() {
    let mut tape = fall(2.0);
    for ms in [1200, 1600, 2000] {
        tape.extend(market(ms, 4998.0));
    }
    let output = run(RISK, &FLOOR, &bytes(&tape));
    ends(&output, 6, "manual (trailing_drawdown); no --state keeps it");
    let again = run(RISK, &[&["--account", "stream"], &FLOOR[..]].concat(), &output.stdout);
    ends(&again, 6, "manual (trailing_drawdown); the recorded session ended so");
    assert_eq!(again.stdout, output.stdout);
}

#[test]
fn input_older_than_the_state_is_refused_and_a_warm_up_may_be_older() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state)];
    let mut tape = fall(0.0);
    tape.extend(market(MINUTE, 5000.0));
    ends(&run(RISK, &args, &bytes(&tape)), 0, "");
    let before = folder(&state);
    let long_ago = bytes(&market(-120 * MINUTE, 5000.0));
    let older = run(RISK, &args, &long_ago);
    ends(&older, 65, "the input begins at 2024-01-08T13:00:00.000000 UTC, older than the state");
    // The fill is the newest that it knows of.
    ends(&older, 65, "(--since 2024-01-08T15:00:00.");
    assert_eq!(folder(&state), before);
    // The remedy works, and a warm-up prepares state from older records.
    let text = String::from_utf8_lossy(&older.stderr).into_owned();
    let since = text.split("--since ").nth(1).unwrap().split(')').next().unwrap();
    let output = run(RISK, &[&args[..], &["--since", since]].concat(), &bytes(&tape));
    ends(&output, 0, "");
    let next = bytes(&market(2 * MINUTE, 5000.0));
    let parts = [&stream("replay", "warmup"), &long_ago, &stream("replay", "run"), &next];
    ends(&run(RISK, &args, &parts.map(Vec::as_slice).concat()), 0, "");
    let input = [stream("replay", "run"), long_ago].concat();
    ends(&run(RISK, &args, &input), 65, "older than the state");
    // What a killed process had not passed on comes again.
    ends(&run(RISK, &args, &bytes(&market(MINUTE, 5000.0))), 0, "");
}

#[test]
fn a_latch_that_a_killed_run_had_opened_is_told_to_be_open() {
    const DAY: i64 = 24 * 60 * MINUTE;
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state), "--set", "risk.losses_in_row_max=1"];
    let mut tape = one_loss();
    // The folder hears of the next day with a refusal, and ends before a market record of it.
    tape.push(signal("t", DAY, Side::Buy, 4996.0, 4993.5, 4999.0).into());
    let output = run(RISK, &args, &bytes(&tape));
    ends(&output, 0, "");
    assert!(accts(&output.stdout, AcctOp::Reset).is_empty());
    let mut tomorrow = market(DAY + 1000, 4996.0);
    tomorrow.extend(market(DAY + 1200, 4996.0));
    for told in [1, 0] {
        let output = run(RISK, &args, &bytes(&tomorrow));
        ends(&output, 0, "");
        let resets = accts(&output.stdout, AcctOp::Reset);
        assert_eq!(resets.len(), told, "{resets:?}");
        assert!(resets.iter().all(|reset| reset.latches == ["day"]), "{resets:?}");
    }
}

#[test]
fn one_first_record_of_another_day_opens_no_latch() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state), "--set", "risk.losses_in_row_max=1"];
    let tape = one_loss();
    ends(&run(RISK, &args, &bytes(&tape)), 0, "");
    for (run_of, wild) in [clock(24 * 60 * MINUTE), market(24 * 60 * MINUTE, 4996.0)[0].clone()]
        .into_iter()
        .enumerate()
    {
        let ms = 10_000 + 10_000 * run_of as i64;
        let mut next = vec![wild];
        for after in [0, 1, 200] {
            next.extend(market(ms + after, 4996.0));
        }
        let id = format!("next-{run_of}");
        next.push(signal(&id, ms + 200, Side::Buy, 4996.0, 4993.5, 4999.0).into());
        let output = run(RISK, &args, &bytes(&next));
        ends(&output, 0, "");
        assert!(accts(&output.stdout, AcctOp::Reset).is_empty(), "{run_of}");
        assert_eq!(verdicts(&output.stdout)[0].reason.as_deref(), Some("DAY"), "{run_of}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("stamped_ahead"), "{run_of}");
    }
}

#[test]
fn a_start_at_a_wrong_time_does_not_close_the_folder_to_the_true_one() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let args = ["--state", path(&state)];
    ends(&run(RISK, &args, &bytes(&fall(0.0))), 0, "");
    // The first record is hours ahead of all that follow.
    let mut tape = market(6 * 60 * MINUTE, 5000.0)[..1].to_vec();
    for ms in [0, 500, 1000] {
        tape.extend(market(MINUTE + ms, 5000.0));
    }
    ends(&run(RISK, &args, &bytes(&tape)), 0, "");
    ends(&run(RISK, &args, &bytes(&market(2 * MINUTE, 5000.0))), 0, "");
}

#[test]
fn a_stream_without_an_account_is_told() {
    let stream = ["--account", "stream"];
    let output = run(RISK, &stream, &bytes(&market(0, 5000.0)));
    ends(&output, 0, "no acct record of mia-risk was in the input");
    let recorded = run(RISK, &[], &bytes(&fall(0.0)));
    let output = run(RISK, &stream, &recorded.stdout);
    ends(&output, 0, "");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("no acct record"));
}

#[test]
fn an_emergency_of_execution_is_told_by_who_rejects_and_known_with_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    let decided = run(RISK, &[], &bytes(&fall(0.0)));
    let paper = ["paper", "--journal", path(&journal), "--resume"];
    ends(&run(EXEC, &paper, &decided.stdout), 0, "");
    // Nothing is newer: nothing can be closed, and that is said.
    let old = dir.path().join("old.ndjson");
    std::fs::write(&old, bytes(&market(0, 5000.0))).unwrap();
    let flatten = ["flatten", "--journal", path(&journal), "--market", path(&old)];
    let output = run(EXEC, &flatten, b"");
    ends(&output, 75, "requested: 1 contract is open; no market record in");
    ends(&output, 75, "is newer than the journal, whose last is of 2024-01-08 15:00:00.");
    let new = dir.path().join("new.ndjson");
    let mut tape = market(5000, 5000.0);
    tape.extend(market(6000, 5000.0));
    tape.extend(market(7000, 5000.0));
    std::fs::write(&new, bytes(&tape)).unwrap();
    let flatten = ["flatten", "--journal", path(&journal), "--market", path(&new)];
    ends(&run(EXEC, &flatten, b""), 0, "flat");
    // A mia-risk of its own account orders on.
    let mut next = market(MINUTE, 5000.0);
    next.push(idea("n", MINUTE));
    for ms in [200, 400, 600] {
        next.extend(market(MINUTE + ms, 5000.0));
    }
    let decided = run(RISK, &[], &bytes(&next));
    let orders = records(&decided.stdout);
    let orders: Vec<Record> = orders.into_iter().filter(|r| r.kind() != Kind::Acct).collect();
    let output = run(EXEC, &paper, &bytes(&orders));
    ends(&output, 0, "1 order was rejected: a latch in the journal holds the gate closed");
    ends(&output, 0, &format!("mia-risk reset --journal {} --reason TEXT", path(&journal)));
    // One that reads the journal does not.
    let source = format!("journal:{}", path(&journal));
    let mut later = market(2 * MINUTE, 5000.0);
    later.push(idea("m", 2 * MINUTE));
    let output = run(RISK, &["--account", &source], &bytes(&later));
    ends(&output, 6, &format!("mia-risk reset --journal {} --reason TEXT", path(&journal)));
}
