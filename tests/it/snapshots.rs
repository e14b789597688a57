//! Snapshots over a restart: a trade goes on in its own file, and a replay leaves no trace.

use crate::desk::MINUTE;
use crate::desk::Sink;
use crate::desk::at;
use crate::desk::bracket;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::journal::DAY;
use crate::journal::paper;
use crate::journal::records;
use crate::journal::script;
use crate::process;
use mia::execution::Journal;
use mia::execution::Snapshots;
use mia::market::Side;
use mia::wire::By;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::Stage;
use mia::wire::codec;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use tempfile::TempDir;

/// A journal and a folder of snapshots.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn trades(&self) -> PathBuf {
        self.folder.path().join("trades")
    }

    fn stage(&self) -> Snapshots {
        let stage = paper(&config(150), Some(Journal::open(&self.journal(), true).unwrap()));
        let listings = stage.exchange().listings().clone();
        Snapshots::new(stage, &self.trades(), listings).unwrap()
    }

    /// Runs over the records to the end of the input.
    fn run(&self, records: &[Record]) {
        drive(&mut self.stage(), records).unwrap();
    }

    /// Runs over the records and is killed.
    fn killed(&self, records: &[Record]) {
        let (mut stage, mut sink) = (self.stage(), Sink::default());
        let wanted = stage.wants();
        for record in records.iter().filter(|record| wanted.has(record.kind())) {
            stage.on_record(record, &mut sink).unwrap();
        }
    }

    fn files(&self) -> BTreeMap<String, String> {
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        };
        fs::read_dir(self.trades()).unwrap().map(|entry| read(entry.unwrap().path())).collect()
    }

    /// The only file.
    fn only(&self) -> Value {
        let files = self.files();
        assert_eq!(files.len(), 1, "{:?}", files.keys());
        serde_json::from_str(files.values().next().unwrap()).unwrap()
    }
}

/// What the journal has of an order after it was sent, as far as a snapshot tells it.
fn history(records: &[Record], id: &str) -> Vec<Value> {
    let (mut begun, mut filled, mut open) = (false, false, true);
    let of_it = |record: &&Record| match record {
        Record::Order(order) if order.id == id => {
            begun = true;
            false
        }
        Record::Order(order) => {
            let meant = order.reference.as_deref().is_none_or(|reference| reference == id);
            begun && open && meant && order.by == By::Risk && order.op != OrderOp::New
        }
        Record::Ack(ack) => ack.order == id,
        Record::Fill(fill) => {
            filled |= fill.order == id;
            fill.order == id
        }
        Record::Cancel(cancel) => cancel.order == id,
        Record::Reject(reject) => reject.order == id,
        Record::Roundtrip(_) => {
            open &= !filled;
            false
        }
        _ => false,
    };
    let json = |record: &Record| serde_json::from_slice(&codec::to_line(record).unwrap()).unwrap();
    records.iter().filter(of_it).map(json).collect()
}

/// A long position that is open at 5002.25, with the idea behind it.
fn open() -> Vec<Record> {
    let mut idea = signal("test-a", 0, Side::Buy, 5000.0, 4998.0, 5020.0);
    idea.msg = "an idea".into();
    vec![
        quote(0, 5000.0, 50, 5000.25, 9),
        idea.into(),
        bracket("a", 0, Side::Buy, 1, 5000.75, 4998.0, 5020.0).into(),
        quote(200, 5000.0, 50, 5000.25, 9),
        clock(400),
        trade(1000, 5001.0, 1),
        trade(2000, 5002.25, 1),
    ]
}

/// The position is closed by its stop, ten minutes later, and the 20 minutes after it pass.
fn rest(ms: i64) -> Vec<Record> {
    vec![
        quote(ms, 5003.0, 50, 5003.25, 50),
        trade(ms + 1000, 5004.0, 1),
        trade(ms + 2000, 4998.0, 1),
        trade(ms + 2400, 4997.75, 1),
        trade(ms + 3000, 4999.5, 1),
        clock(ms + 30 * MINUTE),
    ]
}

/// Beginning, highest and lowest price of every step.
fn prices(route: &Value) -> Vec<Value> {
    let points = route["points"].as_array().unwrap();
    points.iter().map(|point| json!([point["ts"], point["h"], point["l"]])).collect()
}

#[test]
fn a_trade_that_is_open_at_a_restart_goes_on_in_its_file() {
    let ms = 10 * MINUTE;
    for end in ["end", "kill"] {
        let desk = Desk::new();
        if end == "kill" {
            desk.killed(&open());
        } else {
            desk.run(&open());
        }
        let before = desk.only();
        assert_eq!((&before["outcome"], &before["resumed"]), (&Value::Null, &Value::from([0; 0])));
        assert_eq!(before["opened"], at(200));
        desk.run(&rest(ms));
        let after = desk.only();
        for key in ["stream", "signal", "features", "levels", "book", "verdict", "order", "opened"]
        {
            assert_eq!(after[key], before[key], "{key}");
        }
        assert_eq!(after["signal"]["msg"], "an idea");
        assert_eq!((&after["after_complete"], &after["resumed"]), (&true.into(), &[at(ms)].into()));
        let outcome = &after["outcome"];
        assert_eq!((&outcome["order"], &outcome["reason"]), (&"a".into(), &"stop".into()));
        assert!(outcome["mfe"].as_i64().unwrap() > 0 && outcome["mae"].as_i64().unwrap() < 0);
        let events = after["events"].as_array().unwrap();
        assert_eq!(*events, history(&records(&desk.journal()), "a"));
        assert!(events.starts_with(before["events"].as_array().unwrap()), "nothing is twice");
        let fills = events.iter().filter(|event| event["t"] == "fill");
        let legs: Vec<_> = fills.map(|fill| fill["leg"].clone()).collect();
        assert_eq!(legs, ["entry", "stop"]);
        // A kill takes the way since the last fill with it; that is seen by `resumed`.
        let kept = if end == "kill" { vec![] } else { prices(&before["path"]) };
        assert_eq!(kept.len(), if end == "kill" { 0 } else { 2 });
        let mut path = kept;
        path.extend([json!([at(ms + 1000), 5004, 5004]), json!([at(ms + 2000), 4998, 4998])]);
        assert_eq!(prices(&after["path"]), path);
        assert_eq!(prices(&after["after"]).last(), Some(&json!([at(ms + 3000), 4999.5, 4999.5])));
    }
}

#[test]
fn the_20_minutes_after_a_trade_go_on() {
    let whole = Desk::new();
    let mut input = open();
    input.extend(rest(3000));
    input.insert(input.len() - 1, trade(10 * MINUTE, 5000.0, 1));
    whole.run(&input);
    let desk = Desk::new();
    let (first, second) = input.split_at(input.len() - 2);
    desk.run(first);
    assert_eq!(desk.only()["after_complete"], false);
    desk.run(second);
    let (mut found, expected) = (desk.only(), whole.only());
    assert_eq!(expected["after_complete"], true);
    assert_eq!(prices(&expected["after"]).last(), Some(&json!([at(10 * MINUTE), 5000, 5000])));
    assert_eq!(found["resumed"].take(), Value::from([at(10 * MINUTE)]));
    found["resumed"] = expected["resumed"].clone();
    assert_eq!(found, expected);
    // It is complete: another restart does not touch it.
    let before = desk.files();
    desk.run(&[clock(60 * MINUTE)]);
    assert_eq!(desk.files(), before);
}

#[test]
fn killed_anywhere_a_replay_leaves_the_folder_of_an_undisturbed_run() {
    let script = script();
    let whole = Desk::new();
    whole.run(&script);
    assert_eq!(whole.files().len(), 5);
    for cut in 0..=script.len() {
        let desk = Desk::new();
        desk.killed(&script[..cut]);
        let journal = |desk: &Desk| fs::read(desk.journal()).unwrap();
        desk.run(&script);
        assert_eq!(desk.files(), whole.files(), "killed after {cut} records");
        assert_eq!(journal(&desk), journal(&whole));
        // Killed in the replay, and once more.
        let desk = Desk::new();
        desk.run(&script[..cut]);
        desk.killed(&script[..cut / 2]);
        desk.run(&script);
        assert_eq!(desk.files(), whole.files(), "ended after {cut} records");
    }
}

#[test]
fn killed_anywhere_every_trade_is_told_to_its_end() {
    let script = script();
    let mut went_on = 0;
    for cut in 0..=script.len() {
        let desk = Desk::new();
        desk.killed(&script[..cut]);
        let mut before = desk.trades().read_dir().unwrap().count();
        // Later input, twice, the second of it with the position still open.
        let ms = 2 * DAY;
        desk.killed(&[clock(ms), quote(ms + 100, 5001.0, 50, 5001.25, 50)]);
        desk.run(&[
            clock(ms + 1000),
            flatten("end", ms + 1000, None).into(),
            quote(ms + 1200, 5001.0, 99, 5001.25, 99),
            clock(ms + 2000),
            clock(ms + 40 * MINUTE),
        ]);
        let journal = records(&desk.journal());
        for text in desk.files().values() {
            let file: Value = serde_json::from_str(text).unwrap();
            let id = file["order"]["id"].as_str().unwrap();
            assert_eq!(file["after_complete"], true, "{id}, killed after {cut} records");
            assert_eq!(*file["events"].as_array().unwrap(), history(&journal, id), "{id}, {cut}");
            let trip = journal.iter().find_map(|record| match record {
                Record::Roundtrip(trip) if trip.closed == file["outcome"]["closed"] => Some(trip),
                _ => None,
            });
            assert!(trip.is_some(), "{id}, killed after {cut} records: {}", file["outcome"]);
            went_on += usize::from(file["resumed"].as_array().is_some_and(|all| !all.is_empty()));
            before -= 1;
        }
        assert_eq!(before, 0, "one file a trade");
        let entered = journal.iter().filter_map(|record| match record {
            Record::Fill(fill) if fill.leg == Leg::Entry => Some(fill.order.as_str()),
            _ => None,
        });
        let entered: std::collections::BTreeSet<_> = entered.collect();
        assert_eq!(entered.len(), desk.files().len(), "killed after {cut} records");
    }
    assert!(went_on > 30, "{went_on}");
}

#[test]
fn input_that_comes_again_is_not_told_twice() {
    let desk = Desk::new();
    let mut earlier = vec![trade(-60_000, 4999.0, 1)];
    earlier.push(flatten("early", -50_000, None).into());
    let mut first = open();
    first.push(amended("m", 2500, 4999.0));
    desk.run(&[earlier.clone(), first.clone(), vec![clock(2800), clock(3000)]].concat());
    let before = desk.only();
    // The new connection begins before the end of the old one: orders and prices come again.
    desk.run(&[first, vec![clock(4000)]].concat());
    let after = desk.only();
    assert_eq!(prices(&after["path"]), prices(&before["path"]));
    assert_eq!(after["resumed"], Value::from([at(0)]));
    assert_eq!(*after["events"].as_array().unwrap(), history(&records(&desk.journal()), "a"));
    let amends = after["events"].as_array().unwrap().iter().filter(|event| event["t"] == "order");
    assert_eq!(amends.count(), 1);
    assert_eq!(after["outcome"], Value::Null);
}

fn amended(id: &str, ms: i64, stop: f64) -> Record {
    Order {
        op: OrderOp::Amend,
        reference: Some("a".into()),
        sig: None,
        px: None,
        stop: Some(px(stop)),
        targets: Vec::new(),
        ..bracket(id, ms, Side::Buy, 1, 1.0, 1.0, 1.0)
    }
    .into()
}

fn exec(desk: &Desk, input: &[Record]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-exec"));
    command.args(["paper", "--resume", "--journal"]).arg(desk.journal());
    command.arg("--snapshots").arg(desk.trades()).env_remove("MIA_CONFIG").env_remove("MIA_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = process::feed(command.spawn().unwrap(), &bytes(input));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{error}");
    error
}

#[test]
fn a_file_that_cannot_be_written_leaves_no_part_of_itself() {
    let desk = Desk::new();
    exec(&desk, &open());
    let (name, _) = desk.files().pop_first().unwrap();
    let other = Desk::new();
    fs::create_dir_all(other.trades().join(&name)).unwrap();
    let failure = drive(&mut other.stage(), &open()).unwrap_err();
    assert!(failure.message.contains(&name), "{failure:?}");
    let left: Vec<_> =
        fs::read_dir(other.trades()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [name.as_str()]);
}

#[test]
fn what_is_damaged_or_not_ours_is_left_alone() {
    let desk = Desk::new();
    exec(&desk, &open());
    let (name, text) = desk.files().pop_first().unwrap();
    let put = |desk: &Desk, name: &str, text: &str| fs::write(desk.trades().join(name), text);
    let narrow = text.replace("\"step_us\": 1000000", "\"step_us\": 0");
    let other = name.replace("test-a", "test-b");
    let later = name.replace("2024", "2025");
    let version = text.replace("\"v\": 2", "\"v\": 1");
    assert!([&narrow, &version].iter().all(|made| **made != text));
    let foreign = text.replace("\"id\": \"a\"", "\"id\": \"z\"");
    // The file's own name, its content, and whether it is said.
    let cases = [
        (name.as_str(), &text[..text.len() / 2], true),
        (name.as_str(), "", true),
        (name.as_str(), narrow.as_str(), true),
        (other.as_str(), text.as_str(), true),
        (later.as_str(), text.as_str(), true),
        (name.as_str(), version.as_str(), false),
        (name.as_str(), "{\"v\": 7, \"of\": \"another version\"}", false),
        (name.as_str(), "{}", false),
        // An order that the journal does not have.
        (name.as_str(), foreign.as_str(), false),
        ("notes.json", "not JSON", false),
        ("20240108T150000.200000Z-test-a.json.new", "half", false),
    ];
    for (own, content, said) in cases {
        let copy = Desk::new();
        fs::copy(desk.journal(), copy.journal()).unwrap();
        fs::create_dir(copy.trades()).unwrap();
        put(&copy, own, content).unwrap();
        let error = exec(&copy, &rest(10 * MINUTE));
        assert_eq!(error.contains(own), said, "{own}: {error}");
        assert_eq!(copy.files().get(own).map(String::as_str), Some(content), "{own}");
        assert_eq!(copy.files().len(), 1, "{own}");
    }
    // A folder, and a pipe that nobody writes.
    let blocked = Path::new("20250108T150000.200000Z-pipe.json");
    rustix::fs::mkfifoat(rustix::fs::CWD, desk.trades().join(blocked), 0o600.into()).unwrap();
    fs::create_dir(desk.trades().join("20250108T150000.200000Z-folder.json")).unwrap();
    exec(&desk, &rest(10 * MINUTE));
    let done: Value =
        serde_json::from_str(&fs::read_to_string(desk.trades().join(&name)).unwrap()).unwrap();
    assert_eq!(done["outcome"]["reason"], "stop");
}
