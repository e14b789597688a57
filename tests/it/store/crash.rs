//! A crash at any byte, simulated on the files; processes that are killed are in `program`.

use crate::store::desk::MONDAY;
use crate::store::desk::assert_good;
use crate::store::desk::check;
use crate::store::desk::copy;
use crate::store::desk::ending;
use crate::store::desk::read_all;
use crate::store::desk::stream;
use crate::store::desk::trade;
use crate::store::desk::write_run;
use mia::stream::store::PartState;
use mia::stream::store::StoreIndex;
use mia::stream::store::recover;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

struct Scene {
    dir: tempfile::TempDir,
    lines: Vec<String>,
    part: PathBuf,
    index: PathBuf,
    tail: PathBuf,
}

/// Three frames and an open one, as a crash leaves them.
fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = vec![stream(MONDAY, "csv", 0)];
    lines.extend((0..16).map(|i| trade(MONDAY + i * 1000, i as u64)));
    write_run(dir.path(), &lines, 500, true);
    let one = |end: &str| {
        let found = ending(dir.path(), end);
        assert_eq!(found.len(), 1, "{end}");
        found[0].clone()
    };
    let (part, index, tail) = (one(".zst"), one(".index"), one(".tail"));
    Scene { dir, lines, part, index, tail }
}

impl Scene {
    fn all(&self) -> String {
        self.lines.concat()
    }

    /// The file of a copy of the store.
    fn place(&self, copy: &Path, path: &Path) -> PathBuf {
        copy.join(path.strip_prefix(self.dir.path()).unwrap())
    }
}

#[test]
fn a_crash_leaves_everything_readable() {
    let scene = scene();
    assert_eq!(read_all(scene.dir.path()), scene.all());
    assert_eq!(check(scene.dir.path(), false)[0].state, PartState::Unfinished);
    let recovered = recover(scene.dir.path()).unwrap();
    assert_eq!((recovered.len(), recovered[0].torn.len(), recovered[0].indexed), (1, 0, 0));
    assert!(recovered[0].lines > 0);
    assert_good(scene.dir.path());
    assert_eq!(read_all(scene.dir.path()), scene.all());
    assert_eq!(recover(scene.dir.path()).unwrap(), [], "once is enough");
}

/// The writer wrote the open lines, then began the frame made of them, then its index line: a crash
/// after any byte of that loses nothing.
#[test]
fn a_crash_at_any_byte_of_a_frame_and_its_index_line_loses_nothing() {
    let scene = scene();
    let open = fs::read(&scene.tail).unwrap();
    let finished = copy(scene.dir.path());
    recover(finished.path()).unwrap();
    let frame = fs::read(scene.place(finished.path(), &scene.part)).unwrap();
    let index = fs::read(scene.place(finished.path(), &scene.index)).unwrap();
    let (had, known) = (fs::read(&scene.part).unwrap(), fs::read(&scene.index).unwrap());
    assert!(frame.starts_with(&had) && index.starts_with(&known));
    let states = (had.len()..=frame.len())
        .map(|cut| (cut, known.len()))
        .chain((known.len()..=index.len()).map(|cut| (frame.len(), cut)));
    for (lines, entries) in states {
        let torn = copy(scene.dir.path());
        fs::write(scene.place(torn.path(), &scene.part), &frame[..lines]).unwrap();
        fs::write(scene.place(torn.path(), &scene.index), &index[..entries]).unwrap();
        let label = format!("{lines} of {}, {entries} of {}", frame.len(), index.len());
        assert_eq!(read_all(torn.path()), scene.all(), "unrepaired, {label}");
        recover(torn.path()).unwrap();
        assert_good(torn.path());
        assert_eq!(read_all(torn.path()), scene.all(), "{label}");
        assert!(ending(torn.path(), ".tail").is_empty());
    }
    assert!(!open.is_empty());
}

#[test]
fn a_tail_torn_at_any_byte_gives_its_whole_lines() {
    let scene = scene();
    let open = fs::read_to_string(&scene.tail).unwrap();
    let framed = scene.all().strip_suffix(&open).unwrap().to_owned();
    for cut in 0..open.len() {
        let torn = copy(scene.dir.path());
        fs::write(scene.place(torn.path(), &scene.tail), &open[..cut]).unwrap();
        let whole = open[..cut].rfind('\n').map_or(0, |at| at + 1);
        let expected = framed.clone() + &open[..whole];
        assert_eq!(read_all(torn.path()), expected, "unrepaired, {cut}");
        recover(torn.path()).unwrap();
        assert_good(torn.path());
        assert_eq!(read_all(torn.path()), expected, "{cut}");
        let kept: Vec<u8> =
            ending(torn.path(), "torn-1").iter().flat_map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(kept, open.as_bytes()[whole..cut], "what was torn is kept");
    }
}

#[test]
fn frames_torn_at_any_byte_leave_those_before() {
    let scene = scene();
    let bytes = fs::read(&scene.part).unwrap();
    let index = StoreIndex::parse(&fs::read(&scene.index).unwrap());
    let open = fs::read_to_string(&scene.tail).unwrap();
    for cut in 0..bytes.len() {
        let torn = copy(scene.dir.path());
        let part = scene.place(torn.path(), &scene.part);
        fs::write(&part, &bytes[..cut]).unwrap();
        recover(torn.path()).unwrap();
        assert_good(torn.path());
        let whole = index.frames.iter().filter(|frame| frame.end() <= cut as u64);
        let lines = whole.map(|frame| frame.lines as usize).sum::<usize>();
        let expected = scene.lines[..lines].concat() + &open;
        assert_eq!(read_all(torn.path()), expected, "{cut}");
        let kept: usize = ending(torn.path(), "torn-1")
            .iter()
            .map(|path| fs::metadata(path).unwrap().len() as usize)
            .sum();
        let end = index.frames.iter().map(|frame| frame.end() as usize).filter(|end| *end <= cut);
        assert_eq!(kept, cut - end.max().unwrap_or(0), "what was torn is kept");
    }
}

#[test]
fn an_index_torn_at_any_byte_is_made_anew() {
    let scene = scene();
    let bytes = fs::read(&scene.index).unwrap();
    let whole = copy(scene.dir.path());
    recover(whole.path()).unwrap();
    let expected = fs::read(scene.place(whole.path(), &scene.index)).unwrap();
    for cut in 0..bytes.len() {
        let torn = copy(scene.dir.path());
        let index = scene.place(torn.path(), &scene.index);
        fs::write(&index, &bytes[..cut]).unwrap();
        assert_eq!(read_all(torn.path()), scene.all(), "unrepaired, {cut}");
        recover(torn.path()).unwrap();
        assert_good(torn.path());
        assert_eq!(read_all(torn.path()), scene.all(), "{cut}");
        assert_eq!(fs::read(&index).unwrap(), expected, "{cut}");
    }
    let without = copy(scene.dir.path());
    fs::remove_file(scene.place(without.path(), &scene.index)).unwrap();
    recover(without.path()).unwrap();
    assert_good(without.path());
    assert_eq!(read_all(without.path()), scene.all());
}

#[test]
fn a_machine_that_lost_power_may_leave_zeros() {
    let scene = scene();
    let zeros = |path: &Path, from: usize| {
        let mut bytes = fs::read(path).unwrap();
        let len = bytes.len();
        bytes[from.min(len)..].fill(0);
        bytes.extend([0; 300]);
        fs::write(path, bytes).unwrap();
    };
    let open = fs::read_to_string(&scene.tail).unwrap();
    let first = open.find('\n').unwrap() + 1;
    let torn = copy(scene.dir.path());
    zeros(&scene.place(torn.path(), &scene.tail), first + 5);
    let end = fs::metadata(&scene.part).unwrap().len() as usize;
    zeros(&scene.place(torn.path(), &scene.part), end);
    recover(torn.path()).unwrap();
    assert_good(torn.path());
    let framed = scene.all().strip_suffix(&open).unwrap().to_owned();
    assert_eq!(read_all(torn.path()), framed + &open[..first]);
    assert_eq!(ending(torn.path(), "torn-1").len() + ending(torn.path(), "torn-2").len(), 2);
}
