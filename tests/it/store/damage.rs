//! Damage: nothing of a damaged frame is read, nothing is missing without a word.

use crate::process;
use crate::store::desk::MONDAY;
use crate::store::desk::check;
use crate::store::desk::ending;
use crate::store::desk::stream;
use crate::store::desk::trade;
use crate::store::desk::write_run;
use mia::stream::store::PartState;
use mia::stream::store::StoreIndex;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

struct Scene {
    dir: tempfile::TempDir,
    text: String,
    part: PathBuf,
    index: PathBuf,
}

/// A finished part of some frames.
fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = vec![stream(MONDAY, "csv", 0)];
    lines.extend((0..40).map(|i| trade(MONDAY + i * 1000, i as u64)));
    write_run(dir.path(), &lines, 1000, false);
    let one = |end: &str| ending(dir.path(), end).remove(0);
    let (part, index) = (one(".zst"), one(".index"));
    Scene { dir, text: lines.concat(), part, index }
}

fn program(program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    for name in ["MIA_CONFIG", "MIA_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process::feed(command.spawn().unwrap(), b"")
}

fn cat(dir: &Path) -> Output {
    program(env!("CARGO_BIN_EXE_mia-record"), &["cat", dir.to_str().unwrap()])
}

fn replay(dir: &Path, args: &[&str]) -> Output {
    let args = [&["replay", dir.to_str().unwrap()], args].concat();
    program(env!("CARGO_BIN_EXE_mia-feed"), &args)
}

/// Both readers end with 65 and say all of `says`.
fn assert_refused(dir: &Path, says: &[&str]) -> Output {
    let outputs = [replay(dir, &[]), cat(dir)];
    for output in &outputs {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(65), "{stderr}");
        for word in says {
            assert!(stderr.contains(word), "`{word}` is not in:\n{stderr}");
        }
    }
    let [_, cat] = outputs;
    cat
}

fn index(scene: &Scene) -> StoreIndex {
    StoreIndex::parse(&fs::read(&scene.index).unwrap())
}

#[test]
fn nothing_of_a_damaged_frame_is_read() {
    let scene = scene();
    let frames = index(&scene).frames;
    assert!(frames.len() > 2);
    let before = &scene.text[..frames[0].plain as usize];
    let bytes = fs::read(&scene.part).unwrap();
    assert_eq!(cat(scene.dir.path()).stdout, scene.text.as_bytes());
    // The descriptor with the flag of the checksum, the lengths, the data, the checksum itself.
    for at in (frames[1].at..frames[1].end()).step_by(29).chain([frames[1].at + 4]) {
        let mut flipped = bytes.clone();
        flipped[at as usize] ^= 4;
        fs::write(&scene.part, flipped).unwrap();
        let output = cat(scene.dir.path());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(65), "{at}: {stderr}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), before, "{at}");
    }
    let says = ["000001.ndjson.zst: frame 1 at byte", "mia-record verify"];
    assert_refused(scene.dir.path(), &says);
}

#[test]
fn a_missing_file_of_lines_is_named() {
    let scene = scene();
    fs::remove_file(&scene.part).unwrap();
    assert_refused(scene.dir.path(), &["000001.ndjson.zst: missing", "mia-record verify"]);
    let known = fs::read(&scene.index).unwrap();
    for repair in [false, true] {
        let report = &check(scene.dir.path(), repair)[0];
        assert_eq!(report.state, PartState::Damaged, "{report:?}");
        assert!(report.problem.as_ref().unwrap().contains("is missing"), "{report:?}");
    }
    assert_eq!(fs::read(&scene.index).unwrap(), known, "what is missing is still known");
}

#[test]
fn a_finished_part_that_is_too_short_is_not_read_as_if_it_were_whole() {
    let scene = scene();
    let bytes = fs::read(&scene.part).unwrap();
    let frames = index(&scene).frames;
    for len in [bytes.len() - 1, frames[0].end() as usize] {
        fs::write(&scene.part, &bytes[..len]).unwrap();
        let output = assert_refused(scene.dir.path(), &["frames of the index are not in it"]);
        assert_eq!(output.stdout, b"");
        assert_eq!(check(scene.dir.path(), false)[0].state, PartState::Damaged);
    }
}

#[test]
fn damage_without_an_index_keeps_every_whole_frame() {
    let scene = scene();
    let frames = index(&scene).frames;
    let mut bytes = fs::read(&scene.part).unwrap();
    fs::remove_file(&scene.index).unwrap();
    bytes[frames[0].end() as usize / 2] ^= 4;
    fs::write(&scene.part, &bytes).unwrap();
    assert_refused(scene.dir.path(), &["000001.ndjson.zst: damaged from byte 0 to byte"]);
    let report = &check(scene.dir.path(), false)[0];
    assert_eq!(report.state, PartState::Damaged, "{report:?}");
    assert_eq!(check(scene.dir.path(), true)[0].state, PartState::Good);
    let lost = frames[0].plain as usize;
    assert_eq!(String::from_utf8_lossy(&cat(scene.dir.path()).stdout), scene.text[lost..]);
    let torn = fs::read(ending(scene.dir.path(), ".torn-1").remove(0)).unwrap();
    assert_eq!(torn, bytes[..frames[0].end() as usize], "what was damaged is kept");
}

#[test]
fn a_changed_index_is_refused_and_one_without_checks_is_read() {
    let scene = scene();
    let text = fs::read_to_string(&scene.index).unwrap();
    for (line, from, to) in [(1, "\"store\":1", "\"store\": 1"), (3, "live", "synthetic")] {
        let mut lines: Vec<_> = text.lines().map(|line| line.to_owned() + "\n").collect();
        assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
        lines[line - 1] = lines[line - 1].replacen(from, to, 1);
        fs::write(&scene.index, lines.concat()).unwrap();
        let says = format!("000001.index: line {line} is not as it was written");
        assert_refused(scene.dir.path(), &[&says]);
        let since = replay(scene.dir.path(), &["--since", "2026-03-09T13:30:00.030Z"]);
        assert_eq!((since.status.code(), since.stdout), (Some(65), Vec::new()));
        for repair in [false, true] {
            let report = &check(scene.dir.path(), repair)[0];
            assert_eq!(report.state, PartState::Damaged, "{report:?}");
            assert_eq!(report.problem.as_ref().map(|text| text.contains(&says)), Some(true));
        }
        assert_eq!(fs::read_to_string(&scene.index).unwrap(), lines.concat());
    }
    let bare = |line: &str| line.split(",\"check\"").next().unwrap().to_owned() + "}\n";
    fs::write(&scene.index, text.lines().map(bare).collect::<String>()).unwrap();
    assert_eq!(check(scene.dir.path(), false)[0].state, PartState::Good);
    assert_eq!(cat(scene.dir.path()).stdout, scene.text.as_bytes());
}
