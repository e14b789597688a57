//! The command line of every program, as a user meets it: processes, their streams and exit codes.

use crate::process;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::pty::OpenptFlags;
use rustix::pty::grantpt;
use rustix::pty::openpt;
use rustix::pty::ptsname;
use rustix::pty::unlockpt;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// Every program, with the arguments that make it a filter of the wire.
pub const FILTERS: [(&str, &[&str]); 6] = [
    (env!("CARGO_BIN_EXE_mia-feed"), &["replay"]),
    (env!("CARGO_BIN_EXE_mia-features"), &[]),
    (env!("CARGO_BIN_EXE_mia-signal"), &[]),
    (env!("CARGO_BIN_EXE_mia-risk"), &[]),
    (env!("CARGO_BIN_EXE_mia-exec"), &["paper"]),
    (env!("CARGO_BIN_EXE_mia-notify"), &[]),
];

const FEATURES: &str = env!("CARGO_BIN_EXE_mia-features");

/// Three good lines; the second trade closes a bar.
const SAMPLE: &str = r#"{"t":"stream","ts":1773063000000000,"sym":"ESM26","v":1,"src":"csv","mode":"replay","phase":"run","run":"r","tool":"t","instrument":"ES"}
{"t":"trade","ts":1773063000000000,"sym":"ESM26","px":5000.25,"sz":1,"side":"B","ss":"flag","src":"csv"}
{"t":"trade","ts":1773063061000000,"sym":"ESM26","px":5000.5,"sz":2,"side":"S","ss":"flag","src":"csv"}
"#;

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["MIA_CONFIG", "MIA_LOG", "MIA_WEBHOOK_URL", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run_command(command: &mut Command, input: &[u8]) -> Output {
    process::feed(command.spawn().unwrap(), input)
}

fn run(program: &str, args: &[&str], input: &str) -> Output {
    run_command(command(program).args(args), input.as_bytes())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The exit code, and that stderr says `part`.
fn assert_ends(output: &Output, exit: i32, part: &str) {
    let text = stderr(output);
    assert_eq!(code(output), exit, "{text}");
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
    assert!(!text.contains("panicked"), "{text}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn help_and_version_go_to_stdout() {
    for (program, args) in FILTERS {
        let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
        for ask in [vec!["--help"], vec!["-h"], [args, &["--help"]].concat()] {
            let output = run(program, &ask, "");
            assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{name} {ask:?}");
            assert!(stdout(&output).contains("Usage: "), "{name} {ask:?}");
        }
        let output = run(program, &["--version"], "");
        assert_eq!(stdout(&output), format!("{name} {}\n", env!("CARGO_PKG_VERSION")));
        let long = stdout(&run(program, &["--help"], ""));
        for part in ["Examples:", "Exit codes:", "Configuration:", "--print-config", " 78  "] {
            assert!(long.contains(part), "{name} --help has no {part}");
        }
    }
}

#[test]
fn a_wrong_command_line_is_2_and_says_what_was_meant() {
    for (program, args) in FILTERS {
        let output = run(program, &[args, &["--limt", "3"]].concat(), SAMPLE);
        assert_ends(&output, 2, "--limit");
        assert_eq!(stdout(&output), "");
    }
    for (args, part) in [
        (vec!["--limit", "few"], "few"),
        (vec!["--only", "trades"], "trade"),
        (vec!["--since", "yesterday"], "2026-03-09"),
        (vec!["--since", "1773063000"], "not a time in microseconds"),
        (vec!["--max-line", "0"], "number of bytes"),
        (vec!["--max-bad", "1/0"], "share"),
        (vec!["-q", "-v"], "cannot be used with"),
        (vec!["--force"], "--output"),
    ] {
        assert_ends(&run(FEATURES, &args, SAMPLE), 2, part);
    }
    assert_ends(&run(FILTERS[0].0, &[], ""), 2, "name a source");
    assert_ends(&run(FILTERS[0].0, &["replay", "--speed", "0"], ""), 2, "above 0");
    assert_ends(&run(FILTERS[0].0, &["synth"], ""), 2, "--from");
    assert_ends(&run(FILTERS[4].0, &[], ""), 2, "name a broker");
}

#[test]
fn every_filter_copies_what_it_does_not_know() {
    let unknown = "{\"t\":\"weather\",\"ts\":1773063000000000,\"rain\":true}\n";
    for (program, args) in &FILTERS[..5] {
        let output = run(program, args, unknown);
        assert_eq!(code(&output), 0, "{program}: {}", stderr(&output));
        assert!(stdout(&output).contains(unknown), "{program}");
    }
}

#[test]
fn empty_input_is_no_error() {
    for (program, args) in FILTERS {
        let output = run(program, args, "");
        assert_eq!((code(&output), stdout(&output).as_str()), (0, ""), "{program}");
        assert_eq!(stderr(&output), "", "{program}");
    }
}

#[test]
fn every_setting_that_is_wrong_is_reported_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("my.toml");
    std::fs::write(&file, "[risk]\nmax_ordr = 1\nmax_pos = 99\n[bars]\ndur_s = \"60\"\n").unwrap();
    for (program, args) in FILTERS {
        let args = [args, &["--config", path(&file), "--set", "flow.stack=2"]].concat();
        let output = run(program, &args, SAMPLE);
        for part in [
            "my.toml:2: risk.max_ordr: there is no such setting; did you mean `max_order`?",
            "my.toml:3: risk.max_pos: 99 is out of range: must be from 1 to 20",
            "my.toml:5: bars.dur_s: is string \"60\", expected a whole number from 0",
            "--set flow.stack=2: flow.stack: there is no such setting; did you mean `stack_min`?",
            "hint: --print-config",
        ] {
            assert_ends(&output, 78, part);
        }
        assert_eq!(stdout(&output), "", "{program}");
    }
}

#[test]
fn configuration_comes_from_the_environment_too() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, other) = (dir.path().join("ours.toml"), dir.path().join("other.toml"));
    std::fs::write(&ours, "[bars]\ndur_s = 30\n").unwrap();
    std::fs::write(&other, "[bars]\ndur_s = 120\n").unwrap();
    let print = |command: &mut Command| stdout(&run_command(command.arg("--print-config"), b""));
    let from_env = print(command(FEATURES).env("MIA_CONFIG", &ours));
    assert!(from_env.contains(&format!("dur_s = 30 # {}:2", ours.display())), "{from_env}");
    let from_flag =
        print(command(FEATURES).env("MIA_CONFIG", &ours).args(["--config", path(&other)]));
    assert!(from_flag.contains("dur_s = 120 # "), "{from_flag}");
    let missing = dir.path().join("missing.toml");
    let output = run(FEATURES, &["--config", path(&missing)], SAMPLE);
    assert_ends(&output, 78, "missing.toml: No such file");
    let output = run_command(command(FEATURES).env("MIA_LOG", "loud"), SAMPLE.as_bytes());
    assert_ends(&output, 78, "MIA_LOG is `loud`");
}

#[test]
fn every_program_prints_its_settings_and_its_schema() {
    for (program, args) in FILTERS {
        for args in [&[][..], args] {
            let output =
                run(program, &[args, &["--print-config", "--profile", "live"]].concat(), "");
            assert_eq!(code(&output), 0, "{program}: {}", stderr(&output));
            let text = stdout(&output);
            assert!(text.contains("orders_from = \"09:40\" # profile live"), "{program}:\n{text}");
            toml::from_str::<mia::config::Config>(&text).unwrap();

            let output = run(program, &[args, &["--schema"]].concat(), "");
            assert_eq!(code(&output), 0, "{program}: {}", stderr(&output));
            let schema: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
            jsonschema::validator_for(&schema).unwrap();
        }
    }
}

#[test]
fn what_is_written_fits_the_schema_of_the_program() {
    let schema = stdout(&run(FEATURES, &["--schema"], ""));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let output = stdout(&run(FEATURES, &["--drop", "stream,trade"], SAMPLE));
    assert!(output.lines().count() >= 3);
    for line in output.lines() {
        let value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&value), "{line}");
    }
}

#[test]
fn an_output_file_is_never_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.ndjson");
    let args = ["-o", path(&file)];
    let first = run(FEATURES, &args, SAMPLE);
    assert_eq!((code(&first), stdout(&first).as_str()), (0, ""));
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written, stdout(&run(FEATURES, &[], SAMPLE)));

    assert_ends(&run(FEATURES, &args, ""), 73, "out.ndjson exists\nhint: -f overwrites it");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    let forced = run(FEATURES, &["-f", "-o", path(&file)], "");
    assert_eq!(code(&forced), 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");

    std::fs::write(&file, SAMPLE).unwrap();
    let both = run(FEATURES, &[path(&file), "-f", "-o", path(&file)], "");
    assert_ends(&both, 73, "is an input as well");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SAMPLE);
    let nowhere = dir.path().join("no/such/folder/out");
    assert_ends(&run(FEATURES, &["-o", path(&nowhere)], SAMPLE), 73, "cannot write");
}

#[test]
fn a_full_disk_is_73() {
    for (program, args) in &FILTERS[..5] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run_command(command(program).args(*args).stdout(full), SAMPLE.as_bytes());
        assert_ends(&output, 73, "cannot write standard output: No space left");
    }
}

#[test]
fn a_reader_that_has_gone_is_success() {
    let last = SAMPLE.split_inclusive('\n').next_back().unwrap();
    let many = SAMPLE.to_owned() + &last.repeat(20_000);
    for (program, args) in FILTERS {
        let mut child = command(program).args(args).spawn().unwrap();
        let _watchdog = process::Watchdog::over(&child);
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(|| {
                let _ = stdin.write_all(many.as_bytes());
                drop(stdin);
            });
            child.wait_with_output().unwrap()
        });
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{program}");
        let mut child = command(program).arg("--help").spawn().unwrap();
        let _watchdog = process::Watchdog::over(&child);
        drop(child.stdout.take());
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "{program} --help");
    }
}

#[test]
fn bad_input_is_65_with_file_line_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("day.ndjson");
    let bad = SAMPLE.replace("\"px\":5000.5", "\"px\":\"5000.5\"");
    std::fs::write(&file, &bad).unwrap();
    for (program, args) in [FILTERS[1], FILTERS[3], FILTERS[4]] {
        let output = run(program, &[args, &[path(&file)]].concat(), "");
        assert_ends(&output, 65, "day.ndjson:3: trade record: ");
        assert_ends(&output, 65, "hint: ");
    }
    let tolerated = run(FEATURES, &["--max-bad", "1"], &bad);
    assert_ends(&tolerated, 0, "warning: 3 lines read");
    assert!(stdout(&tolerated).contains("\"code\":\"bad_line_wrong_type\""));
    assert_ends(&run(FEATURES, &["/no/such/file"], ""), 65, "cannot read /no/such/file: No such");
    assert_ends(&run(FEATURES, &["/"], ""), 65, "cannot read /: ");
    let torn = run(FEATURES, &[], &SAMPLE[..SAMPLE.len() - 20]);
    assert_ends(&torn, 65, "standard input:3: the input ends inside a line");
    let long = format!("{{\"t\":\"x\",\"text\":\"{}\"}}\n", "a".repeat(10_000));
    assert_ends(&run(FEATURES, &["--max-line", "4K"], &long), 65, "exceeds --max-line 4096");
    assert_eq!(code(&run(FEATURES, &["--max-line", "16K"], &long)), 0);
    let binary = run_command(&mut command(FEATURES), &[0xff, 0x00, 0x80, 0x0a, 0x0a, 0xfe]);
    assert_ends(&binary, 65, "not a JSON object");
}

#[test]
fn a_date_outside_the_calendar_is_78() {
    let late = SAMPLE.replace("17730630", "20512224");
    let output = run(FEATURES, &[], &late);
    assert_ends(&output, 78, "is outside the calendar (2010-01-01 to 2027-12-31)");
}

#[test]
fn a_contradiction_between_risk_and_execution_is_70() {
    let acct = r#"{"t":"acct","ts":1773063061500000,"sym":"ESM26","by":"risk","op":"fill","order":"o1","leg":"entry","side":"B","px":5000,"qty":1,"fee":2.25,"exec_id":"x","xts":1773063061400000}"#;
    let later = SAMPLE.lines().last().unwrap().replace("3061000000", "3063000000");
    let output = run(FILTERS[4].0, &["paper"], &format!("{SAMPLE}{acct}\n{later}\n"));
    assert_ends(&output, 70, "risk and execution disagree");
    // What was good before the contradiction went out.
    assert!(stdout(&output).starts_with(SAMPLE));
}

#[test]
fn a_kill_file_halts_with_6() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("STOP");
    std::fs::write(&file, "enough for today\n").unwrap();
    let output = run(FILTERS[3].0, &["--kill-file", path(&file)], SAMPLE);
    assert_ends(&output, 6, "a risk halt is latched");
    assert!(stdout(&output).contains("enough for today"), "{}", stdout(&output));
}

#[test]
fn a_journal_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("paper.ndjson");
    let exec = FILTERS[4].0;
    std::fs::write(&journal, "{\"t\":\"status\"").unwrap();
    assert_ends(&run(exec, &["paper", "--journal", path(&journal)], ""), 73, "--resume");
    let output = run(exec, &["paper", "--journal", path(&journal), "--resume"], "");
    assert_ends(&output, 0, "torn last line");
    std::fs::write(&journal, "no record\n").unwrap();
    let output = run(exec, &["paper", "--journal", path(&journal), "--resume"], "");
    assert_ends(&output, 65, "line 1");
    assert_ends(&run(exec, &["paper", "--resume"], ""), 2, "--journal");
}

#[test]
fn what_has_no_use_for_an_option_refuses_it_and_what_needs_one_of_two_names_both() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("paper.ndjson");
    std::fs::write(&journal, "").unwrap();
    let exec = FILTERS[4].0;
    let options = [
        ["--only", "fill"],
        ["--drop", "fill"],
        ["--since", "2026-03-09"],
        ["--until", "2026-03-09"],
        ["--limit", "3"],
    ];
    for option in options {
        for command in [
            vec!["status", "--journal", path(&journal)],
            vec!["flatten", "--journal", path(&journal)],
            vec!["journal", "verify", path(&journal)],
        ] {
            let output = run(exec, &[&command[..], &option].concat(), "");
            assert_ends(&output, 2, &format!("has no use for {}", option[0]));
        }
        // Here there is an input to choose from.
        let market = ["flatten", "--journal", path(&journal), "--market", "-"];
        let output = run(exec, &[&market[..], &option].concat(), "");
        let chooses = !matches!(option[0], "--only" | "--drop");
        assert_eq!(code(&output), if chooses { 0 } else { 2 }, "{output:?}");
    }
    let one_of = |output: &Output| {
        assert_ends(output, 2, "--journal <FILE>");
        assert_ends(output, 2, "--state <DIR>");
    };
    one_of(&run(exec, &["status"], ""));
    one_of(&run(FILTERS[3].0, &["reset", "--reason", "x"], ""));
    let both = ["status", "--journal", path(&journal), "--state", path(dir.path())];
    assert_ends(&run(exec, &both, ""), 2, "cannot be used with");
}

#[test]
fn only_a_journal_is_a_journal() {
    let dir = tempfile::tempdir().unwrap();
    let exec = FILTERS[4].0;
    let journal = dir.path().join("paper.ndjson");
    // A recording holds what no journal holds.
    std::fs::write(&journal, SAMPLE).unwrap();
    let output = run(exec, &["paper", "--journal", path(&journal), "--resume"], "");
    assert_ends(&output, 65, "has no place in a journal");
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), SAMPLE);
    // A device or a folder is none.
    assert_ends(&run(exec, &["paper", "--journal", "/dev/full"], ""), 73, "not a regular file");
    assert_ends(
        &run(exec, &["paper", "--journal", path(dir.path())], ""),
        73,
        "not a regular file",
    );
    // Nor may it be the output or the input.
    let same = dir.path().join("same.ndjson");
    let output = run(exec, &["paper", "--journal", path(&same), "-f", "-o", path(&same)], "");
    assert_ends(&output, 73, "both the journal and the output");
    let args = ["paper", "--journal", path(&journal), "--resume", path(&journal)];
    assert_ends(&run(exec, &args, ""), 73, "is an input as well");
}

#[test]
fn a_kill_file_needs_a_folder() {
    let risk = FILTERS[3].0;
    assert_ends(&run(risk, &["--kill-file", "/no/such/folder/KILL"], ""), 2, "folder");
}

#[test]
fn what_is_quoted_does_not_steer_the_terminal() {
    let output = run(FILTERS[1].0, &[], "{\"t\":\"tra\u{1b}[31mde");
    assert_eq!(code(&output), 65);
    assert!(!stderr(&output).contains('\u{1b}'), "{:?}", stderr(&output));
}

#[test]
fn another_product_is_not_silence() {
    let output = run(FILTERS[1].0, &["--set", "instrument=NQ"], SAMPLE);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).contains("no record of NQ"), "{}", stderr(&output));
}

#[test]
fn signals_end_in_order() {
    for (signal, exit) in [("-INT", 130), ("-TERM", 143)] {
        for (program, args) in &FILTERS[1..5] {
            let mut child = command(program).args(*args).spawn().unwrap();
            let _watchdog = process::Watchdog::over(&child);
            let mut stdin = child.stdin.take().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap());
            stdin.write_all(SAMPLE.as_bytes()).unwrap();
            let mut line = String::new();
            // The input stays open: what was read is already out.
            lines.read_line(&mut line).unwrap();
            assert_eq!(line, SAMPLE.lines().next().unwrap().to_owned() + "\n", "{program}");
            let sent =
                Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
            assert!(sent.success());
            let mut rest = String::new();
            lines.read_to_string(&mut rest).unwrap();
            assert!(rest.ends_with('\n') && rest.contains("\"px\":5000.5"), "{program}: {rest}");
            let status = child.wait().unwrap();
            assert_eq!(status.code(), Some(exit), "{program} {signal}");
        }
    }
}

#[test]
fn messages_never_reach_stdout() {
    for (program, args) in FILTERS {
        let quiet = run(program, &[args, &["-q"]].concat(), SAMPLE);
        let loud = run_command(
            command(program).args(args).args(["-vvv", "--color", "always", "--progress", "always"]),
            SAMPLE.as_bytes(),
        );
        assert_eq!(stdout(&quiet), stdout(&loud), "{program}");
        assert_eq!((code(&quiet), stderr(&quiet).as_str()), (0, ""), "{program}");
        assert!(stderr(&loud).contains("info"), "{program}: {}", stderr(&loud));
        let by_env =
            run_command(command(program).args(args).env("MIA_LOG", "info"), SAMPLE.as_bytes());
        assert!(stderr(&by_env).contains(": info: "), "{program}: {}", stderr(&by_env));
    }
}

#[test]
fn colour_is_for_terminals() {
    let wrong = ["--set", "bars.dur_s=0"];
    assert!(!stderr(&run(FEATURES, &wrong, "")).contains('\u{1b}'));
    let asked = run(FEATURES, &[&wrong[..], &["--color", "always"]].concat(), "");
    assert_ends(&asked, 78, "\u{1b}[");
    assert!(stderr(&asked).starts_with("mia-features: "));
}

#[test]
fn selection_and_thinning() {
    let lines = |args: &[&str]| {
        let output = run(FEATURES, args, SAMPLE);
        assert_eq!(code(&output), 0, "{args:?}: {}", stderr(&output));
        let kind = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["t"].as_str().unwrap().to_owned()
        };
        stdout(&output).lines().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["--only", "trade,bar"]), ["trade", "bar", "trade"]);
    assert_eq!(lines(&["--drop", "features,levels,bar,stream"]), ["trade", "trade"]);
    assert_eq!(lines(&["--limit", "2"]), ["stream", "trade"]);
    assert_eq!(lines(&["--since", "2026-03-09T13:31:00Z", "--only", "trade"]), ["trade"]);
    assert_eq!(lines(&["--until", "2026-03-09T13:31:00Z", "--only", "trade"]), ["trade"]);
    assert_eq!(lines(&["--since", "2026-03-10"]), ["stream"]);
    let all = lines(&["--since", "2026-03-09", "--until", "2026-03-10"]);
    assert_eq!(all, lines(&[]));
}

#[test]
fn several_files_are_one_input() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let mut lines: Vec<&str> = SAMPLE.split_inclusive('\n').collect();
    std::fs::write(&two, lines.pop().unwrap()).unwrap();
    std::fs::write(&one, lines.concat()).unwrap();
    let whole = stdout(&run(FEATURES, &[], SAMPLE));
    assert_eq!(stdout(&run(FEATURES, &[path(&one), path(&two)], "")), whole);
    let rest = std::fs::read_to_string(&two).unwrap();
    assert_eq!(stdout(&run(FEATURES, &[path(&one), "-"], &rest)), whole);
}

/// A person at a terminal is told what the command waits for.
#[test]
fn a_terminal_without_input_gets_a_hint() {
    for (program, args) in FILTERS {
        // A terminal of our own: the test must not depend on who controls this process's.
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let theirs = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
        let mut terminal = command(program);
        let child = terminal.args(args).stdin(theirs).spawn().unwrap();
        drop(terminal);
        // Ctrl-D, as typed.
        rustix::io::write(&ours, b"\x04").unwrap();
        let output = process::feed(child, b"");
        assert_ends(&output, 0, "from the terminal: name a FILE");
    }
}
