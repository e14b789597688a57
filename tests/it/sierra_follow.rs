//! Sierra files that grow, shrink, go and come back, under a clock of our own; and how soon a
//! record is seen.

use crate::process::Watchdog;
use crate::sierra::Collected;
use crate::sierra::buy;
use crate::sierra::depth_file;
use crate::sierra::scid_header;
use crate::sierra::scid_record;
use mia::config::Config;
use mia::feeds::sierra::Entry;
use mia::feeds::sierra::FIRST_OF_BUNDLE;
use mia::feeds::sierra::FollowClock;
use mia::feeds::sierra::FollowOptions;
use mia::feeds::sierra::FollowSource;
use mia::feeds::sierra::LAST_OF_BUNDLE;
use mia::feeds::sierra::SierraOptions;
use mia::market::Calendar;
use mia::stream::Source;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Record;
use mia::wire::StatusState;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use std::time::Instant;

/// Tuesday 2026-03-10, 10:30 in New York: the market is open.
const TS: i64 = 1_773_153_000_000_000;
const S: i64 = 1_000_000;

/// What happens while the source waits, and how long that takes, microseconds.
type Step = (i64, Box<dyn FnMut()>);

#[derive(Default)]
struct World {
    now: i64,
    steps: VecDeque<Step>,
    idle: u32,
}

/// A clock whose time passes only in waiting.
struct ScriptedClock(Rc<RefCell<World>>);

impl FollowClock for ScriptedClock {
    fn utc_us(&mut self) -> i64 {
        self.0.borrow().now
    }
    fn mono_us(&mut self) -> i64 {
        self.0.borrow().now - TS
    }
    fn wait_us(&mut self, us: i64) {
        let mut world = self.0.borrow_mut();
        match world.steps.pop_front() {
            Some((took, mut happens)) => {
                world.now += took.max(us);
                happens();
            }
            None => {
                world.now += us;
                world.idle += 1;
            }
        }
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    path: PathBuf,
    world: Rc<RefCell<World>>,
    options: SierraOptions,
    follow: FollowOptions,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let world = World { now: TS + 10 * S, ..World::default() };
        Self {
            _folder: folder,
            path,
            world: Rc::new(RefCell::new(world)),
            options: SierraOptions::default(),
            follow: FollowOptions::default(),
        }
    }

    fn with(name: &str, bytes: &[u8]) -> Self {
        let scene = Self::new(name);
        std::fs::write(&scene.path, bytes).unwrap();
        scene
    }

    /// After `took` microseconds, `happens` happens to the file.
    fn then(&mut self, took: i64, mut happens: impl FnMut(&Path) + 'static) {
        let path = self.path.clone();
        let step: Step = (took, Box::new(move || happens(&path)));
        self.world.borrow_mut().steps.push_back(step);
    }

    fn append(&mut self, took: i64, bytes: Vec<u8>) {
        self.then(took, move |path| {
            OpenOptions::new().append(true).open(path).unwrap().write_all(&bytes).unwrap();
        });
    }

    /// Runs until the script is over and nothing happened for a while.
    fn run(self) -> (Vec<Record>, Result<(), Failure>) {
        let calendar = Calendar::builtin().unwrap();
        let clock = Box::new(ScriptedClock(Rc::clone(&self.world)));
        let (options, config) = (self.options.clone(), Config::default());
        let mut source =
            FollowSource::new(&self.path, options, self.follow, config, calendar, clock);
        let mut out = Collected::default();
        while self.world.borrow().idle < 200 {
            match source.pull(&mut out) {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => return (out.records, Err(failure)),
            }
        }
        (out.records, Ok(()))
    }

    fn records(self) -> Vec<Record> {
        let (records, end) = self.run();
        end.unwrap();
        records
    }
}

fn file(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = scid_header();
    bytes.extend(entries.iter().flat_map(scid_record));
    bytes
}

/// Stamp, size, and whether the receive time is there.
fn trades(records: &[Record]) -> Vec<(i64, u64, bool)> {
    let trade = |record: &Record| match record {
        Record::Trade(t) => Some((t.ts - TS, t.sz, t.rx.is_some())),
        _ => None,
    };
    records.iter().filter_map(trade).collect()
}

fn states(records: &[Record]) -> Vec<(StatusState, String)> {
    let state = |record: &Record| match record {
        Record::Status(s) => Some((s.state, s.code.clone().unwrap_or_default())),
        _ => None,
    };
    records.iter().filter_map(state).collect()
}

fn streams(records: &[Record]) -> Vec<(StreamMode, StreamPhase)> {
    let stream = |record: &Record| match record {
        Record::Stream(s) => Some((s.mode, s.phase)),
        _ => None,
    };
    records.iter().filter_map(stream).collect()
}

const UP: (StatusState, &str) = (StatusState::Up, "file_followed");

fn state(pair: (StatusState, &str)) -> (StatusState, String) {
    (pair.0, pair.1.to_owned())
}

#[test]
fn history_comes_as_warm_up_and_what_is_added_as_live() {
    let mut scene =
        Scene::with("ESM26.scid", &file(&[buy(TS, 1), buy(TS + S, 2), buy(TS + 2 * S, 3)]));
    scene.options.since = Some(TS + S);
    scene.append(1000, scid_record(&buy(TS + 9 * S, 4)));
    let records = scene.records();
    let live = (StreamMode::Live, StreamPhase::Run);
    assert_eq!(streams(&records), [(StreamMode::Replay, StreamPhase::Warmup), live]);
    assert_eq!(trades(&records), [(S, 2, false), (2 * S, 3, false), (9 * S, 4, true)]);
    assert_eq!(states(&records), [state(UP)]);
    let mut stamps: Vec<_> = records.iter().map(Record::ts).collect();
    let unsorted = stamps.clone();
    stamps.sort_unstable();
    assert_eq!(unsorted, stamps, "stamps never go back");
}

#[test]
fn without_a_start_only_what_is_added_comes() {
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.append(1000, scid_record(&buy(TS + 3 * S, 4)));
    let records = scene.records();
    assert_eq!(streams(&records), [(StreamMode::Live, StreamPhase::Run)]);
    assert_eq!(trades(&records), [(3 * S, 4, true)]);
}

#[test]
fn a_record_written_in_pieces_comes_once_and_whole() {
    let record = scid_record(&buy(TS + S, 2));
    for cut in 0..=record.len() {
        let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
        scene.append(1000, record[..cut].to_vec());
        scene.append(1000, record[cut..].to_vec());
        scene.append(1000, scid_record(&buy(TS + 2 * S, 3)));
        assert_eq!(trades(&scene.records()), [(S, 2, true), (2 * S, 3, true)], "{cut}");
    }
}

#[test]
fn a_header_written_in_pieces_and_a_file_that_comes_later() {
    let bytes = file(&[buy(TS, 1)]);
    for cut in [1, 3, 4, 20, 55, 56, 57] {
        let mut scene = Scene::new("ESM26.scid");
        scene.follow.wait = true;
        let (head, rest) = (bytes[..cut].to_vec(), bytes[cut..].to_vec());
        scene.then(1000, move |path| std::fs::write(path, &head).unwrap());
        scene.append(1000, rest);
        scene.append(1000, scid_record(&buy(TS + S, 2)));
        let got = trades(&scene.records());
        assert_eq!(got.last(), Some(&(S, 2, true)), "{cut}");
    }
    let (_, end) = Scene::new("ESM26.scid").run();
    let failure = end.unwrap_err();
    assert_eq!(failure.class, FailureClass::BadInput);
    assert!(failure.hint.unwrap().contains("--wait"));
}

#[test]
fn room_made_for_a_record_is_no_record() {
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.append(1000, vec![0; 40]);
    scene.then(1000, |path| {
        let mut bytes = file(&[buy(TS, 1)]);
        bytes.extend(scid_record(&buy(TS + S, 2)));
        std::fs::write(path, bytes).unwrap();
    });
    assert_eq!(trades(&scene.records()), [(S, 2, true)]);
}

/// Writes the file at a path anew.
type Rewrite = fn(&Path, Vec<u8>);

/// The file is written anew in three ways, each time with one record that was not read.
#[test]
fn a_rewritten_file_is_read_on_behind_what_was_read() {
    let old = || vec![buy(TS - S, 9), buy(TS, 1), buy(TS + S, 2)];
    let fresh = move || [old(), vec![buy(TS + 4 * S, 5)]].concat();
    let ways: [(&str, Rewrite); 3] = [
        ("file_shorter", |path, bytes| std::fs::write(path, &bytes[..56]).unwrap()),
        ("file_replaced", |path, bytes| {
            let other = path.with_extension("new");
            std::fs::write(&other, &bytes[..96]).unwrap();
            std::fs::rename(other, path).unwrap();
        }),
        // Longer than before at once, with another history.
        ("file_changed", |path, bytes| {
            let mut longer = bytes[..56].to_vec();
            longer.extend(scid_record(&buy(TS - 5 * S, 7)));
            longer.extend(scid_record(&buy(TS - 4 * S, 7)));
            longer.extend(&bytes[56..]);
            std::fs::write(path, longer).unwrap();
        }),
    ];
    for (code, rewrite) in ways {
        let mut scene = Scene::with("ESM26.scid", &file(&old()[..2]));
        scene.append(1000, scid_record(&old()[2]));
        scene.then(300_000, move |path| rewrite(path, file(&fresh())));
        scene.then(300_000, |_| ());
        scene.then(300_000, |_| ());
        scene.then(1000, move |path| {
            if std::fs::metadata(path).unwrap().len() < 200 {
                std::fs::write(path, file(&fresh())).unwrap();
            }
        });
        let records = scene.records();
        assert_eq!(trades(&records), [(S, 2, true), (4 * S, 5, true)], "{code}");
        let gap = state((StatusState::Gap, code));
        let states = states(&records);
        assert!(states.contains(&gap), "{code}: {states:?}");
        let gap_at = records
            .iter()
            .position(|r| matches!(r, Record::Status(s) if s.state == StatusState::Gap));
        let new_at =
            records.iter().position(|r| r.ts() == TS + 4 * S && matches!(r, Record::Quote(_)));
        assert!(gap_at < new_at, "{code}: the gap is said before the first new datum");
    }
}

#[test]
fn a_file_that_is_gone_is_waited_for_and_then_given_up() {
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.append(1000, scid_record(&buy(TS + S, 2)));
    scene.then(300_000, |path| std::fs::remove_file(path).unwrap());
    scene.then(300_000, |_| ());
    scene.then(S, |path| {
        std::fs::write(path, file(&[buy(TS, 1), buy(TS + S, 2), buy(TS + 2 * S, 3)])).unwrap();
    });
    let records = scene.records();
    assert_eq!(trades(&records), [(S, 2, true), (2 * S, 3, true)]);
    let down = state((StatusState::Down, "file_gone"));
    let back = state((StatusState::Resync, "file_back"));
    let gap = state((StatusState::Gap, "file_replaced"));
    assert_eq!(states(&records), [state(UP), down, back, gap]);

    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.then(300_000, |path| std::fs::remove_file(path).unwrap());
    scene.then(300_000, |_| ());
    scene.then(61 * S, |_| ());
    let (_, end) = scene.run();
    assert_eq!(end.unwrap_err().class, FailureClass::Unavailable);
}

#[test]
fn a_bar_that_is_forming_comes_once_and_closed() {
    let bar = |minute: i64, volume: u32| {
        let (open, trades) = (5000.0_f32.to_bits(), 2 + volume);
        Entry { open, trades, ..buy(TS + minute * 60 * S, volume) }
    };
    let mut scene = Scene::with("ESM26.scid", &file(&[bar(-2, 4), bar(-1, 5), bar(0, 1)]));
    scene.options.since = Some(0);
    scene.options.bar_s = Some(60);
    scene.then(S, move |path| {
        std::fs::write(path, file(&[bar(-2, 4), bar(-1, 5), bar(0, 8)])).unwrap();
    });
    scene.then(S, move |path| {
        std::fs::write(path, file(&[bar(-2, 4), bar(-1, 5), bar(0, 9), bar(1, 1)])).unwrap();
    });
    // The minute of the last bar ends, and the time in which Sierra may still write it.
    scene.then(120 * S, |_| ());
    let records = scene.records();
    let bars: Vec<_> = records
        .iter()
        .filter_map(|r| if let Record::Bar(bar) = r { Some((bar.ts - TS, bar.v)) } else { None })
        .collect();
    assert_eq!(bars, [(-60 * S, 4), (0, 5), (60 * S, 9), (120 * S, 1)]);
    assert!(!states(&records).iter().any(|(state, _)| *state == StatusState::Gap));
}

#[test]
fn a_bundle_without_its_end_comes_after_a_moment() {
    let mut scene = Scene::with("ESM26.scid", &file(&[]));
    let first = Entry { open: FIRST_OF_BUNDLE, ..buy(TS + S, 2) };
    let last = Entry { open: LAST_OF_BUNDLE, ..buy(TS + S + 1, 3) };
    scene.append(1000, scid_record(&first));
    scene.append(1000, scid_record(&last));
    assert_eq!(trades(&scene.records()), [(S, 5, true)]);
    let mut scene = Scene::with("ESM26.scid", &file(&[]));
    scene.append(1000, scid_record(&first));
    scene.then(200_000, |_| ());
    scene.append(1000, scid_record(&last));
    assert_eq!(trades(&scene.records()), [(S, 2, true), (S + 1, 3, true)]);
}

#[test]
fn silence_lets_time_pass_and_becomes_stale_only_while_the_market_is_open() {
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.append(1000, scid_record(&buy(TS + 9 * S, 2)));
    for _ in 0..40 {
        scene.then(S, |_| ());
    }
    scene.append(1000, scid_record(&buy(TS + 50 * S, 3)));
    let records = scene.records();
    let stale = state((StatusState::Stale, "no_data"));
    let back = state((StatusState::Up, "data_back"));
    assert_eq!(states(&records), [state(UP), stale, back]);
    let clocks: Vec<_> = records
        .iter()
        .filter_map(|r| if let Record::Clock(c) = r { Some(c.ts) } else { None })
        .collect();
    assert!((30..=41).contains(&clocks.len()), "{}", clocks.len());
    assert!(clocks.windows(2).all(|pair| pair[0] < pair[1]));
    // Sierra writes every 5 s: a clock that was nearer than that would overtake data to come.
    assert!(clocks.iter().all(|ts| *ts > TS + 9 * S && *ts <= TS + 60 * S - 5_500_000));

    // Saturday.
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.world.borrow_mut().now = TS + 4 * 86_400 * S;
    for _ in 0..40 {
        scene.then(S, |_| ());
    }
    let records = scene.records();
    assert_eq!(states(&records), [state(UP)]);
    assert!(!records.iter().any(|r| matches!(r, Record::Clock(_))));
}

/// Stamp, command, end of batch, price, size.
type Change = (i64, u8, bool, f32, u32);

#[test]
fn depth_starts_with_the_newest_snapshot_and_again_after_a_gap() {
    let snapshot = |ts: i64, size: u32| {
        vec![(ts, 1, false, 0.0, 0), (ts, 2, false, 5000.0, size), (ts, 3, true, 5000.25, size)]
    };
    let change = |ts: i64, size: u32| vec![(ts, 4, true, 5000.0, size)];
    let records_of = |parts: &[Vec<Change>]| depth_file(&parts.concat());
    let old = [snapshot(TS, 1), change(TS + 1, 2), snapshot(TS + 2, 3), change(TS + 3, 4)];
    let mut scene = Scene::with("ESM26.2026-03-10.depth", &records_of(&old));
    scene.append(1000, records_of(&[change(TS + S, 5)])[64..].to_vec());
    scene.append(1000, records_of(&[change(TS + S, 6)])[64..80].to_vec());
    let fresh = records_of(&[change(TS + 4 * S, 7), snapshot(TS + 5 * S, 8)]);
    scene.then(1000, move |path| std::fs::write(path, &fresh).unwrap());
    let records = scene.records();
    let sizes: Vec<_> = records
        .iter()
        .filter_map(|r| if let Record::Depth(d) = r { Some((d.sz, d.rx.is_some())) } else { None })
        .collect();
    assert_eq!(
        sizes,
        [
            (None, false),
            (Some(3), false),
            (Some(3), false),
            (Some(4), false),
            (Some(5), true),
            (None, true),
            (Some(8), true),
            (Some(8), true),
        ]
    );
    assert!(states(&records).iter().any(|(state, _)| *state == StatusState::Gap));
}

#[test]
fn the_end_of_the_wanted_time_ends_it() {
    let mut scene = Scene::with("ESM26.scid", &file(&[buy(TS, 1)]));
    scene.options.until = Some(TS + 20 * S);
    scene.append(1000, scid_record(&buy(TS + S, 2)));
    scene.then(30 * S, |_| ());
    let world = Rc::clone(&scene.world);
    assert_eq!(trades(&scene.records()).len(), 1);
    assert!(world.borrow().idle < 5);
}

/// The real command: each record's line comes before the next record is written, and an orderly end. What it
/// prints is a measurement (docs/benchmarks.md), which nothing is asserted of.
#[test]
fn a_record_is_on_standard_output_before_the_next_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ESM26.scid");
    std::fs::write(&path, file(&[buy(TS, 1)])).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mia-feed"))
        .args(["sierra", "--follow", "--only", "status,trade"])
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("file_followed"));
    let mut sink = OpenOptions::new().append(true).open(&path).unwrap();
    let mut took = Vec::new();
    for i in 1..=300 {
        std::thread::sleep(Duration::from_micros(2_000 + i % 7 * 300));
        let written = now();
        sink.write_all(&scid_record(&buy(TS + i as i64 * 1000, i as u32))).unwrap();
        let line = lines.next().unwrap().unwrap();
        took.push(written.elapsed());
        assert!(line.contains(&format!("\"sz\":{i},")) && line.contains("\"rx\":"), "{line}");
    }
    took.sort_unstable();
    let (half, most) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    eprintln!("from write to line: p50 {half:?}, p99 {most:?}, max {:?}", took[took.len() - 1]);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[expect(clippy::disallowed_methods, reason = "measures how soon a line comes")]
fn now() -> Instant {
    Instant::now()
}
