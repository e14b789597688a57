//! The journal of mia-exec: damage is found, a crash loses nothing and repeats nothing.

use crate::desk::MINUTE;
use crate::desk::at;
use crate::desk::bar;
use crate::desk::bracket;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::es;
use crate::desk::flatten;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::process;
use mia::config::Config;
use mia::execution::Journal;
use mia::execution::JournalError;
use mia::execution::JournalReader;
use mia::execution::PaperStage;
use mia::execution::Snapshots;
use mia::execution::beside;
use mia::execution::flatten_request;
use mia::market::Calendar;
use mia::market::Cents;
use mia::market::Side;
use mia::market::Sym;
use mia::matching::blank_acct;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::By;
use mia::wire::FailureClass;
use mia::wire::Leg;
use mia::wire::Order;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;
use mia::wire::TimeInForce;
use mia::wire::journal_line::LineChain;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

pub const DAY: i64 = 24 * 60 * MINUTE;

pub fn paper(config: &Config, journal: Option<Journal>) -> PaperStage {
    PaperStage::new(config, Calendar::builtin().unwrap(), journal).unwrap()
}

fn amend(id: &str, ms: i64, reference: &str, stop: f64, target: f64) -> Order {
    Order {
        op: OrderOp::Amend,
        reference: Some(reference.into()),
        sig: None,
        px: None,
        ..bracket(id, ms, Side::Buy, 1, 1.0, stop, target)
    }
}

/// Two days: entries in several fills and one that rests, two targets, an amended stop that is hit,
/// a flatten, a latch, a position overnight.
pub fn script() -> Vec<Record> {
    let mut first = bracket("a", 0, Side::Buy, 3, 5000.75, 4998.0, 5002.0);
    first.targets.push(px(5004.0));
    let mut resting = bracket("d", 9000, Side::Buy, 4, 4990.0, 4985.0, 4996.0);
    resting.tif = TimeInForce::Day;
    let mut latch = blank_acct(at(5000), Sym::NONE, AcctOp::Latch);
    (latch.latches, latch.reason) = (vec!["day".into()], Some("loss".into()));
    vec![
        clock(-10),
        quote(0, 5000.0, 50, 5000.25, 2),
        first.into(),
        quote(200, 5000.0, 50, 5000.25, 2),
        trade(400, 5001.0, 1),
        trade(700, 5002.25, 1),
        amend("a-1", 1000, "a", 5000.0, 5003.0).into(),
        quote(1400, 5001.0, 50, 5001.25, 2),
        trade(1800, 4999.75, 1),
        trade(2500, 4999.75, 1),
        quote(3000, 5000.0, 1, 5000.25, 9),
        bracket("b", 3000, Side::Sell, 2, 5000.0, 5003.0, 4990.0).into(),
        quote(3300, 5000.0, 1, 5000.25, 9),
        flatten("b-out", 4000, Some("b")).into(),
        trade(4100, 4999.0, 1),
        quote(4300, 4998.75, 1, 4999.0, 1),
        trade(4700, 4999.0, 1),
        latch.into(),
        quote(5000, 4999.0, 5, 4999.25, 1),
        bracket("c", 6000, Side::Buy, 2, 4999.5, 4990.25, 5010.0).into(),
        quote(6200, 4999.0, 5, 4999.25, 1),
        trade(8000, 4999.0, 1),
        resting.into(),
        quote(9200, 4990.0, 3, 4990.25, 9),
        trade(9300, 4990.5, 1),
        trade(9400, 4990.0, 4),
        trade(9500, 4990.0, 1),
        clock(10_000),
        quote(DAY, 5005.0, 50, 5005.25, 50),
        trade(DAY + 200, 4999.0, 1),
        trade(DAY + 400, 5010.25, 5),
        trade(DAY + 900, 5010.25, 5),
        bracket("e", DAY + 1000, Side::Buy, 1, 5010.75, 5008.0, 5020.0).into(),
        quote(DAY + 1200, 5010.0, 50, 5010.5, 50),
        trade(DAY + 2000, 5007.0, 1),
        clock(DAY + 3000),
    ]
}

/// Every file of the journal, by name, with its bytes.
fn content(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let own = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut all: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.starts_with(&own) && Path::new(&name).extension().is_none_or(|end| end != "torn")
        })
        .map(|file| (file.file_name().unwrap().into(), fs::read(&file).unwrap()))
        .collect();
    all.sort();
    all
}

fn write(folder: &Path, files: &[(PathBuf, Vec<u8>)]) -> PathBuf {
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    folder.join("journal")
}

/// The journal of the script, run at once, with what it told.
fn whole() -> (Vec<(PathBuf, Vec<u8>)>, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    let output = drive(&mut stage, &script()).unwrap();
    (content(&path), output)
}

pub fn records(path: &Path) -> Vec<Record> {
    let mut reader = JournalReader::open(path).unwrap();
    std::iter::from_fn(|| reader.next_entry().unwrap().map(|entry| entry.record)).collect()
}

/// The journal as a crash leaves it that came after `at` bytes: the closed files before stay whole.
fn cut(files: &[(PathBuf, Vec<u8>)], at: usize) -> Vec<(PathBuf, Vec<u8>)> {
    // The current file is the first by name; it was written last.
    let (current, closed) = files.split_first().unwrap();
    let mut left = at;
    let mut kept = Vec::new();
    for (name, content) in closed.iter().chain([current]) {
        if left <= content.len() {
            // What is being written has the journal's own name.
            kept.push((PathBuf::from("journal"), content[..left].to_vec()));
            break;
        }
        left -= content.len();
        kept.push((name.clone(), content.clone()));
    }
    kept
}

fn total(files: &[(PathBuf, Vec<u8>)]) -> usize {
    files.iter().map(|(_, content)| content.len()).sum()
}

#[test]
fn a_journal_has_one_file_a_trade_date_and_one_chain() {
    let (files, output) = whole();
    let names: Vec<_> = files.iter().map(|(name, _)| name.to_str().unwrap()).collect();
    assert_eq!(names, ["journal", "journal.2024-01-08"]);
    let first = String::from_utf8(files[1].1.clone()).unwrap();
    let second = String::from_utf8(files[0].1.clone()).unwrap();
    let number = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].clone();
    assert_eq!(number(first.lines().next().unwrap()), 1);
    let last = first.lines().count();
    assert_eq!(number(second.lines().next().unwrap()), last + 1);
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &files);
    let journalled = records(&path);
    // Everything that was told is in it, in the same order.
    let told = |r: &&Record| {
        !matches!(r, Record::Quote(_) | Record::Trade(_) | Record::Clock(_))
            && !matches!(r, Record::Order(_) | Record::Acct(_))
    };
    let lines = |all: &[Record]| bytes(&all.iter().filter(told).cloned().collect::<Vec<_>>());
    assert_eq!(lines(&journalled), lines(&output));
    // The script does what it says.
    let legs: BTreeSet<_> = journalled
        .iter()
        .filter_map(|r| if let Record::Fill(fill) = r { Some(fill.leg) } else { None })
        .collect();
    assert_eq!(legs.len(), 4, "{legs:?}");
    assert!(journalled.iter().any(|r| matches!(r, Record::Acct(_))));
    fs::remove_file(folder.path().join("journal.2024-01-08")).unwrap();
    assert!(matches!(
        JournalReader::open(&path).unwrap().next_entry(),
        Err(JournalError::Missing { .. })
    ));
}

/// A record that a person's clock stamped, far ahead of the market of the journal.
#[test]
fn a_late_clock_does_not_end_rotation() {
    let fact = |ms: i64| {
        let acct =
            Acct { reason: Some("x".into()), ..blank_acct(at(ms), Sym::NONE, AcctOp::Reset) };
        Record::from(acct)
    };
    let calendar = || Calendar::builtin().unwrap();
    for reopened in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let open = || Journal::open(&path, true).unwrap().rotating(calendar()).unwrap();
        let mut journal = open();
        for ms in
            [0, 1, 500 * DAY, 2, 3, DAY, DAY + 1, 2 * DAY, 500 * DAY + 1, 2 * DAY + 1, 3 * DAY]
        {
            journal.fact(&fact(ms)).unwrap();
            journal.flush().unwrap();
            if reopened {
                drop(journal);
                journal = open();
            }
        }
        drop(journal);
        let names: Vec<_> = content(&path).into_iter().map(|(name, _)| name).collect();
        let names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
        // What the clock cut off goes on in the next file; no date is closed twice.
        assert_eq!(
            names,
            ["journal", "journal.2024-01-08", "journal.2024-01-09", "journal.2024-01-10"],
            "reopened: {reopened}"
        );
        assert_eq!(records(&path).len(), 11);
    }
}

#[test]
fn octobot_3190_a_run_that_was_killed_anywhere_goes_on_as_if_it_never_was() {
    let (files, output) = whole();
    let boundaries: BTreeSet<usize> = {
        let mut offset = 0;
        let order = files[1..].iter().chain([&files[0]]);
        let mut all = BTreeSet::from([0]);
        for (_, content) in order {
            for (at, _) in content.iter().enumerate().filter(|(_, b)| **b == b'\n') {
                all.extend([offset + at, offset + at + 1]);
            }
            offset += content.len();
        }
        all
    };
    let inside = (0..total(&files)).step_by(41);
    for at in boundaries.into_iter().chain(inside) {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &cut(&files, at));
        let journal = Journal::open(&path, true).unwrap();
        let told = drive(&mut paper(&config(150), Some(journal)), &script()).unwrap();
        assert_eq!(content(&path), files, "cut after {at} bytes");
        assert_eq!(bytes(&told), bytes(&output), "cut after {at} bytes");
    }
}

/// The stamps go back after the first record, so that the first line is stamped before the input began.
#[test]
fn a_replay_is_known_as_one_although_a_clock_went_back() {
    let input: Vec<Record> = std::iter::once(clock(2000)).chain(script()).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::open(&path, false).unwrap();
    let output = drive(&mut paper(&config(150), Some(journal)), &input).unwrap();
    let files = content(&path);
    let journal = Journal::open(&path, true).unwrap();
    let (first, began) = (journal.recovered().first, journal.recovered().began);
    assert!(began > first && began == Some(crate::desk::at(2000)), "{first:?} {began:?}");
    drop(journal);
    for at in (0..total(&files)).step_by(97) {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &cut(&files, at));
        let journal = Journal::open(&path, true).unwrap();
        let told = drive(&mut paper(&config(150), Some(journal)), &input).unwrap();
        assert_eq!(content(&path), files, "cut after {at} bytes");
        assert_eq!(bytes(&told), bytes(&output), "cut after {at} bytes");
    }
}

#[test]
fn octobot_3190_protection_is_back_before_the_first_price() {
    let (files, _) = whole();
    let all = files[1..].iter().chain([&files[0]]).flat_map(|(_, content)| content.clone());
    let all: Vec<u8> = all.collect();
    let ends = all.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    let mut with_position = 0;
    for at in ends {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &cut(&files, at));
        let journal = Journal::open(&path, true).unwrap();
        let last = journal.recovered().last.unwrap();
        let before = records(&path);
        let position = |records: &[Record]| -> i64 {
            let signed = |r: &Record| match r {
                Record::Fill(fill) => fill.side.sign() * fill.qty as i64,
                _ => 0,
            };
            records.iter().map(signed).sum()
        };
        let mut stage = paper(&config(150), Some(journal));
        let mut sink = crate::desk::Sink::default();
        let now = (last - at_zero()) / 1000 + 1;
        stage.on_record(&clock(now), &mut sink).unwrap();
        let held = position(&before);
        assert_eq!(stage.exchange().position(&es()), held, "cut after {at} bytes");
        let (open, covered) = stage.exchange().protection();
        assert_eq!((open, covered), (held.unsigned_abs(), held.unsigned_abs()));
        with_position += usize::from(held != 0);
        // What was told last about the stop is what works.
        if let Some(position) = before.iter().rev().find_map(|r| match r {
            Record::Position(position) => Some(position.clone()),
            _ => None,
        }) && position.qty == held
            && held != 0
        {
            assert!(stage.ledger().stop(&es()).is_some());
        }
        let mut rest: Vec<_> = script().into_iter().filter(|r| r.ts() > last + 1000).collect();
        rest.push(flatten("end", 2 * DAY, None).into());
        let ms = 2 * DAY;
        rest.extend([quote(ms + 200, 5000.0, 99, 5000.25, 99), clock(ms + 900)]);
        drive(&mut stage, &rest).unwrap();
        assert!(stage.ledger().is_flat() && stage.ledger().is_idle(), "cut after {at} bytes");
        assert!(stage.exchange().is_quiet());
        let equity = stage.ledger().equity();
        drop(stage);
        let after = records(&path);
        assert_eq!(position(&after), 0);
        let money: i64 = after
            .iter()
            .map(|r| match r {
                Record::Fill(fill) => {
                    let ticks = fill.px.nanos() / 250_000_000;
                    -fill.side.sign() * fill.qty as i64 * ticks * 1250 - fill.fee.0
                }
                _ => 0,
            })
            .sum();
        assert_eq!(equity, config(150).account.equity + Cents(money), "cut after {at} bytes");
        let mut executions = BTreeSet::new();
        let mut orders = BTreeSet::new();
        for record in &after {
            match record {
                Record::Fill(fill) => assert!(executions.insert(fill.exec_id.clone()), "{fill:?}"),
                Record::Order(order) => assert!(orders.insert(order.id.clone()), "{order:?}"),
                _ => {}
            }
        }
    }
    assert!(with_position > 20, "{with_position}");
}

fn at_zero() -> i64 {
    at(0)
}

#[test]
fn what_was_lost_ends_and_what_was_amended_stays_amended() {
    let (files, _) = whole();
    let all = files[1..].iter().chain([&files[0]]).flat_map(|(_, content)| content.clone());
    let text = String::from_utf8(all.collect()).unwrap();
    // Killed when the amended stop was acknowledged.
    let end = text.find("\"px\":5000,").map(|at| at + text[at..].find('\n').unwrap() + 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &cut(&files, end));
    let mut stage = paper(&config(150), Some(Journal::open(&path, true).unwrap()));
    let output = drive(&mut stage, &[clock(60_000), trade(60_500, 4990.0, 1), clock(61_000)]);
    let fill = output.unwrap().into_iter().find_map(|r| match r {
        Record::Fill(fill) => Some(fill),
        _ => None,
    });
    let fill = fill.unwrap();
    assert_eq!((fill.leg, fill.order.as_str(), fill.px), (Leg::Stop, "a", px(4990.0)));
    drop(stage);
    // Killed between the intent of the resting order and its acknowledgement.
    let at = text.find("\"id\":\"d\"").unwrap();
    let end = at + text[at..].find('\n').unwrap() + 1;
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &cut(&files, end));
    let mut stage = paper(&config(150), Some(Journal::open(&path, true).unwrap()));
    let output = drive(&mut stage, &[clock(60_000), clock(61_000)]).unwrap();
    let lost: Vec<_> = output
        .iter()
        .filter_map(|r| if let Record::Cancel(c) = r { Some(c) } else { None })
        .map(|cancel| (cancel.order.as_str(), cancel.qty, cancel.reason.as_str()))
        .collect();
    assert_eq!(lost, [("d", 4, "lost")]);
}

/// A stop that was on its way when the process died may have arrived, and one that was sent is never
/// loosened: it works where it was sent to, like a flatten that nothing was heard of.
#[test]
fn a_stop_that_was_on_its_way_is_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let open = |resume| paper(&config(150), Some(Journal::open(&path, resume).unwrap()));
    let mut stage = open(false);
    let only_the_stop = Order { targets: Vec::new(), ..amend("m", 1000, "a", 4999.5, 1.0) };
    let looser = Order { id: "n".into(), stop: Some(px(4999.0)), ..only_the_stop.clone() };
    let input = [
        quote(0, 5000.0, 50, 5000.25, 9),
        bracket("a", 0, Side::Buy, 1, 5000.75, 4998.0, 5010.0).into(),
        quote(200, 5000.0, 50, 5000.25, 9),
        clock(1000),
        only_the_stop.into(),
        looser.into(),
    ];
    drive(&mut stage, &input).unwrap();
    drop(stage);
    let mut stage = open(true);
    let output =
        drive(&mut stage, &[clock(60_000), clock(60_400), trade(60_500, 4999.5, 1), clock(61_000)]);
    let output = output.unwrap();
    let stops: Vec<_> = output
        .iter()
        .filter_map(|r| if let Record::Ack(ack) = r { Some(ack) } else { None })
        .filter(|ack| ack.leg == Leg::Stop)
        .map(|ack| ack.px)
        .collect();
    assert_eq!(stops, [Some(px(4999.5))]);
    let ends: Vec<_> = output
        .iter()
        .filter_map(|r| match r {
            Record::Cancel(cancel) => Some((cancel.order.as_str(), cancel.reason.as_str())),
            Record::Fill(fill) if fill.leg == Leg::Stop => Some((fill.order.as_str(), "stop")),
            _ => None,
        })
        .filter(|(_, what)| *what != "oco")
        .collect();
    assert_eq!(ends, [("n", "lost"), ("a", "stop")]);
    assert!(stage.ledger().is_flat());
}

/// Input of later, with a record before risk tells the equity that its own settings give.
#[test]
fn a_journal_that_goes_on_keeps_its_own_money() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    drive(&mut stage, &script()).unwrap();
    let (equity, was) = (stage.ledger().equity(), config(150).account.equity);
    assert!(stage.ledger().is_flat() && equity != was);
    drop(stage);
    let later = DAY + 10_000;
    for first in [clock(later), bar((later + MINUTE) / MINUTE, 5000.0, 5000.5, 4999.5, 5000.0)] {
        let copy = folder.path().join("copy");
        for (name, content) in content(&path) {
            let name = name.to_str().unwrap().replace("journal", "copy");
            fs::write(folder.path().join(name), content).unwrap();
        }
        let open = Acct {
            equity: Some(Cents(was.0 + 77_700)),
            high_water: Some(Cents(was.0 + 77_700)),
            day_pnl: Some(Cents(0)),
            ..blank_acct(first.ts(), es(), AcctOp::Open)
        };
        let ms = later + 2 * MINUTE;
        let input = [
            first,
            open.into(),
            quote(ms, 5000.0, 50, 5000.25, 50),
            bracket("later", ms, Side::Buy, 1, 5000.75, 4990.0, 5010.0).into(),
            quote(ms + 200, 5000.0, 50, 5000.25, 50),
            clock(ms + 1000),
        ];
        let mut stage = paper(&config(150), Some(Journal::open(&copy, true).unwrap()));
        drive(&mut stage, &input).unwrap();
        assert_eq!(stage.ledger().position(&es()), 1);
        assert_eq!(stage.ledger().equity(), equity - Cents(225), "the journal's, less one fee");
        drop(stage);
        let (code, out, error) = exec(&["journal", "verify", copy.to_str().unwrap()], b"");
        assert_eq!(code, 0, "{out}{error}");
        fs::remove_file(copy).unwrap();
    }
}

/// A process that has a file open does not notice what becomes of its name.
#[test]
fn a_journal_that_is_changed_under_a_running_command_takes_no_more_orders() {
    type Change = fn(&Path);
    let changes: [(Change, &str); 4] = [
        (|path| fs::remove_file(path).unwrap(), "it is gone"),
        (|path| fs::write(path, b"").unwrap(), "it has 0 bytes instead of"),
        (
            |path| {
                fs::rename(path, beside(path, "old")).unwrap();
                fs::copy(beside(path, "old"), path).unwrap();
            },
            "another file has its place",
        ),
        (
            |path| {
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"{}\n").unwrap();
            },
            "bytes instead of",
        ),
    ];
    for (change, part) in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
        let mut sink = crate::desk::Sink::default();
        for record in &script()[..5] {
            stage.on_record(record, &mut sink).unwrap();
        }
        change(&path);
        let order = bracket("next", 500, Side::Buy, 1, 5000.75, 4998.0, 5002.0);
        let failure = stage.on_record(&order.into(), &mut sink).unwrap_err();
        assert!(failure.message.contains(part), "{part}: {failure:?}");
        assert_eq!(failure.class, FailureClass::Output);
        assert!(failure.hint.is_some());
        assert_eq!(stage.counts().orders, 1, "the second is not acted on");
    }
    // Turning the page is nobody's hand.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    drive(&mut stage, &script()).unwrap();
    assert_eq!(content(&path).len(), 2);
}

#[test]
fn a_killed_run_flattens_when_it_was_asked_to_and_takes_no_entry_before_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let open = |resume| paper(&config(150), Some(Journal::open(&path, resume).unwrap()));
    let mut stage = open(false);
    let mut sink = crate::desk::Sink::default();
    for record in &script()[..5] {
        stage.on_record(record, &mut sink).unwrap();
    }
    fs::write(flatten_request(&path), "enough\n").unwrap();
    let event = SideEvent::Kill { ts: at(400), reason: "enough".into() };
    stage.on_side(&event, &mut sink).unwrap();
    assert!(!flatten_request(&path).exists());
    // Killed before anything came of it.
    drop(stage);
    let mut stage = open(true);
    let more = bracket("z", 2000, Side::Buy, 1, 5001.5, 4990.0, 5010.0);
    let input = [
        quote(2000, 5001.0, 50, 5001.25, 50),
        more.into(),
        quote(2500, 5001.0, 50, 5001.25, 50),
        clock(4000),
    ];
    let output = drive(&mut stage, &input).unwrap();
    assert!(stage.ledger().is_flat());
    let fill = output.iter().find_map(|r| match r {
        Record::Fill(fill) => Some((fill.leg, fill.qty)),
        _ => None,
    });
    assert_eq!(fill, Some((Leg::Flatten, 3)));
    let refused = output.iter().find_map(|r| match r {
        Record::Reject(reject) => Some((reject.order.clone(), reject.reason.clone())),
        _ => None,
    });
    assert_eq!(refused, Some(("z".into(), "latched".into())));
    drop(stage);
    let mut stage = open(true);
    let reset = blank_acct(at(5000), Sym::NONE, AcctOp::Reset);
    let again = bracket("y", 5000, Side::Buy, 1, 5001.5, 4990.0, 5010.0);
    let input = [
        clock(5000),
        reset.into(),
        again.into(),
        quote(5200, 5001.0, 50, 5001.25, 50),
        clock(6000),
    ];
    drive(&mut stage, &input).unwrap();
    assert_eq!(stage.ledger().position(&es()), 1);
}

#[test]
fn a_replay_comes_to_the_same_flatten_of_execution_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    let mut sink = crate::desk::Sink::default();
    for (n, record) in script().iter().enumerate() {
        stage.on_record(record, &mut sink).unwrap();
        if n == 4 {
            let event = SideEvent::Kill { ts: at(400), reason: "enough".into() };
            stage.on_side(&event, &mut sink).unwrap();
        }
    }
    stage.on_end().unwrap();
    drop(stage);
    let before = content(&path);
    let journal = Journal::open(&path, true).unwrap();
    let mut stage = paper(&config(150), Some(journal));
    let output = drive(&mut stage, &script()).unwrap();
    assert_eq!(content(&path), before);
    assert!(output.iter().any(|r| matches!(r, Record::Order(order) if order.by == By::Exec)));
}

#[test]
fn a_replay_goes_past_a_reset_that_a_person_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut stage = paper(&config(150), Some(Journal::open(&path, false).unwrap()));
    let mut sink = crate::desk::Sink::default();
    for record in &script()[..5] {
        stage.on_record(record, &mut sink).unwrap();
    }
    let event = SideEvent::Kill { ts: at(400), reason: "enough".into() };
    stage.on_side(&event, &mut sink).unwrap();
    drop(stage);
    let mut journal = Journal::open(&path, true).unwrap();
    journal.fact(&blank_acct(at(1_000_000), Sym::NONE, AcctOp::Reset).into()).unwrap();
    journal.sync().unwrap();
    drop(journal);
    // The flatten's own facts come after the reset in the journal, and entries pass again.
    let run = || {
        let mut stage = paper(&config(150), Some(Journal::open(&path, true).unwrap()));
        let output = drive(&mut stage, &script()).unwrap();
        (content(&path), bytes(&output))
    };
    let (first, told) = run();
    let latched = |r: &Record| matches!(r, Record::Reject(reject) if reject.reason == "latched");
    assert!(!records(&path).iter().any(latched));
    assert_eq!(run(), (first, told));
}

#[test]
fn another_input_is_not_taken_for_the_one_of_the_journal() {
    let (files, _) = whole();
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &files);
    let mut other = script();
    other[5] = trade(700, 5001.5, 1);
    let mut stage = paper(&config(150), Some(Journal::open(&path, true).unwrap()));
    let failure = drive(&mut stage, &other).unwrap_err();
    assert!(failure.message.contains("this run comes to"), "{failure}");
    drop(stage);
    assert_eq!(content(&path), files);
}

#[test]
fn a_journal_of_the_last_release_is_continued_with_numbers() {
    let (files, output) = whole();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    // As it was: plain records, one file, cut inside a line.
    let source = tempfile::tempdir().unwrap();
    let plain = bytes(&records(&write(source.path(), &files)));
    fs::write(&path, &plain[..plain.len() / 2]).unwrap();
    let journal = Journal::open(&path, true).unwrap();
    let had = journal.recovered().records;
    let told = drive(&mut paper(&config(150), Some(journal)), &script()).unwrap();
    assert_eq!(bytes(&told), bytes(&output));
    let (now, then) = (bytes(&records(&path)), plain);
    assert_eq!(String::from_utf8(now).unwrap(), String::from_utf8(then).unwrap());
    let closed = fs::read_to_string(beside(&path, "2024-01-08")).unwrap();
    let next = closed.lines().nth(had as usize).unwrap();
    assert!(next.contains(&format!(",\"n\":{},\"crc\":\"", had + 1)), "{next}");
}

#[test]
fn a_rotation_that_was_cut_short_is_done_again() {
    let (files, _) = whole();
    let boundary = files[1].1.len();
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &cut(&files, boundary));
    // The second name is there, the new file not yet in place.
    fs::hard_link(&path, beside(&path, "2024-01-08")).unwrap();
    fs::write(beside(&path, "new"), "").unwrap();
    let journal = Journal::open(&path, true).unwrap();
    drive(&mut paper(&config(150), Some(journal)), &script()).unwrap();
    assert_eq!(content(&path), files);
}

#[test]
fn a_snapshot_has_the_trade_and_what_came_after_it() {
    let files = |records: &[Record]| -> Vec<(PathBuf, String)> {
        let folder = tempfile::tempdir().unwrap();
        let stage = paper(&config(150), None);
        let listings = stage.exchange().listings().clone();
        let mut watched = Snapshots::new(stage, folder.path(), listings).unwrap();
        let plain = drive(&mut paper(&config(150), None), records).unwrap();
        assert_eq!(drive(&mut watched, records).unwrap(), plain, "the output is not changed");
        let mut all: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().into(), fs::read_to_string(path).unwrap()))
            .collect();
        all.sort();
        all
    };
    let mut input = script();
    let mut idea = signal("test-e", DAY + 1000, Side::Buy, 5010.0, 5008.0, 5020.0);
    idea.msg = "an idea".into();
    let order = input.iter().position(|r| matches!(r, Record::Order(o) if o.id == "e")).unwrap();
    input.insert(order, idea.into());
    let found = files(&input);
    assert_eq!(found, files(&input), "the same bytes");
    let names: Vec<_> = found.iter().map(|(name, _)| name.to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "20240108T150000.200000Z-test-a.json",
            "20240108T150003.300000Z-test-b.json",
            "20240108T150006.200000Z-test-c.json",
            "20240108T150009.400000Z-test-d.json",
            "20240109T150001.200000Z-test-e.json",
        ]
    );
    let json = |at: usize| serde_json::from_str::<serde_json::Value>(&found[at].1).unwrap();
    let first = json(0);
    assert_eq!(first["after_complete"], true);
    assert_eq!(first["book"]["quote"]["ask"], 5000.25);
    assert_eq!(first["outcome"]["order"], "a");
    assert_eq!(first["path"]["points"][0]["h"], 5002.25);
    assert_eq!(first["after"]["points"][0]["o"], 4999.75);
    let kinds: Vec<_> =
        first["events"].as_array().unwrap().iter().map(|e| e["t"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "fill").count(), 4);
    assert!(kinds.iter().any(|kind| kind == "order"), "the amendment");
    let last = json(4);
    assert_eq!(
        (&last["after_complete"], &last["signal"]["msg"]),
        (&false.into(), &"an idea".into())
    );
    assert_eq!(last["outcome"]["reason"], "stop");
}

// ---- the commands ----

const EXEC: &str = env!("CARGO_BIN_EXE_mia-exec");

fn exec(args: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut command = Command::new(EXEC);
    command.args(args).env_remove("MIA_CONFIG").env_remove("MIA_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = process::feed(command.spawn().unwrap(), input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn status(path: &Path) -> serde_json::Value {
    let (code, out, error) = exec(&["status", "--journal", path.to_str().unwrap()], b"");
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_journal_is_verified_shown_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let name = path.to_str().unwrap();
    let (code, _, error) = exec(&["paper", "--journal", name], &bytes(&script()));
    assert_eq!(code, 0, "{error}");
    let (code, out, error) = exec(&["journal", "verify", name], b"");
    assert_eq!(code, 0, "{out}{error}");
    let verdict: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&verdict["ok"], &verdict["position"]), (&true.into(), &0.into()));
    let (_, csv, _) = exec(&["journal", "export", name], b"");
    assert_eq!(csv.lines().count() as u64, verdict["fills"].as_u64().unwrap() + 1);
    let (_, trips, _) = exec(&["journal", "export", name, "--what", "roundtrips"], b"");
    assert_eq!(trips.lines().count() as u64, verdict["roundtrips"].as_u64().unwrap() + 1);
    let (_, plain, _) = exec(&["journal", "export", name, "--what", "records"], b"");
    assert_eq!(plain.into_bytes(), bytes(&records(&path)));
    let (_, shown, _) = exec(&["journal", "show", name], b"");
    assert_eq!(shown.lines().count(), 5);
    let state = status(&path);
    assert_eq!((&state["flat"], &state["writer"]), (&true.into(), &false.into()));
    assert_eq!(state["latches"][0]["name"], "day");
    // One digit of a price.
    let text = fs::read_to_string(&path).unwrap().replacen("5010", "5011", 1);
    fs::write(&path, text).unwrap();
    let (code, out, error) = exec(&["journal", "verify", name], b"");
    assert_eq!(code, 65, "{out}{error}");
    assert!(error.contains("checksum") && error.contains("journal: line 9"), "{error}");
    let (code, _, error) = exec(&["paper", "--journal", name, "--resume"], &bytes(&script()));
    assert_eq!(code, 65, "{error}");
}

/// Releases of before wrote no checksums: of their lines nobody can say that they are as written.
#[test]
fn a_verdict_says_how_many_lines_have_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let name = path.to_str().unwrap();
    let (files, _) = whole();
    let source = tempfile::tempdir().unwrap();
    let mut made = records(&write(source.path(), &files));
    let verdict = |code| {
        let (found, out, error) = exec(&["journal", "verify", name], b"");
        assert_eq!(found, code, "{out}{error}");
        let last: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        ((last["lines"].clone(), last["sealed"].clone()), error)
    };
    fs::write(&path, bytes(&made)).unwrap();
    assert_eq!(verdict(0).0, (made.len().into(), 0.into()));
    let reset = blank_acct(at(DAY + 10_000), Sym::NONE, AcctOp::Reset);
    let mut journal = Journal::open(&path, true).unwrap();
    journal.fact(&reset.into()).unwrap();
    journal.sync().unwrap();
    drop(journal);
    assert_eq!(verdict(0).0, ((made.len() + 1).into(), 1.into()));
    // One order twice, without and with checksums.
    made.push(made[0].clone());
    fs::write(&path, bytes(&made)).unwrap();
    let (_, error) = verdict(65);
    assert!(error.contains("error: 1 finding in the journal"), "{error}");
    assert!(
        error.contains(&format!("{} without one may have been changed", made.len())),
        "{error}"
    );
    let (mut chain, mut text) = (LineChain::new(), Vec::new());
    made.iter().for_each(|record| chain.append(record, &mut text).unwrap());
    fs::write(&path, text).unwrap();
    let (counts, error) = verdict(65);
    assert_eq!(counts, (made.len().into(), made.len().into()));
    assert!(error.contains("every line is as it was written"), "{error}");
}

#[test]
fn what_does_not_fit_is_a_finding() {
    let (files, _) = whole();
    let folder = tempfile::tempdir().unwrap();
    let source = write(folder.path(), &files);
    let path = folder.path().join("made");
    let mut made = records(&source);
    let fill = made.iter().position(|r| matches!(r, Record::Fill(_))).unwrap();
    made.insert(fill, made[fill].clone());
    let order = made[0].clone();
    made.push(order);
    let mut chain = LineChain::new();
    let mut text = Vec::new();
    made.iter().for_each(|record| chain.append(record, &mut text).unwrap());
    fs::write(&path, text).unwrap();
    let (code, out, error) = exec(&["journal", "verify", path.to_str().unwrap()], b"");
    assert_eq!(code, 65, "{out}{error}");
    for code in ["execution_twice", "order_twice", "position", "money"] {
        assert!(out.contains(&format!("\"code\":\"{code}\"")), "{code}: {out}");
    }
}

#[test]
fn flatten_works_while_it_runs_and_while_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let name = path.to_str().unwrap();
    let mut command = Command::new(EXEC);
    command.args(["paper", "--journal", name]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let _watchdog = process::Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&bytes(&script()[..5])).unwrap();
    while !path.exists() || status(&path)["positions"].as_array().unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(status(&path)["writer"], true);
    let asked = std::thread::spawn({
        let name = name.to_owned();
        move || exec(&["flatten", "--journal", &name, "--reason", "lunch", "--timeout", "60"], b"")
    });
    let mut ms = 500;
    while !asked.is_finished() {
        ms += 10;
        stdin.write_all(&bytes(&[quote(ms, 5000.0, 50, 5000.25, 50)])).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    let (code, out, error) = asked.join().unwrap();
    assert_eq!((code, out.as_str()), (0, "flat\n"), "{error}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let state = status(&path);
    assert_eq!((&state["flat"], &state["latches"][0]["reason"]), (&true.into(), &"lunch".into()));
    // A position that a killed run has left.
    let (files, _) = whole();
    let all = files[1..].iter().chain([&files[0]]).flat_map(|(_, content)| content.clone());
    let text = String::from_utf8(all.collect()).unwrap();
    let at = text.find("\"t\":\"fill\"").unwrap();
    let end = at + text[at..].find('\n').unwrap() + 1;
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &cut(&files, end));
    let name = path.to_str().unwrap();
    let (code, out, error) = exec(&["flatten", "--journal", name], b"");
    assert_eq!(code, 75, "{out}{error}");
    assert!(out.starts_with("requested: "), "{out}");
    let market = bytes(&[quote(60_000, 5000.0, 50, 5000.25, 50), clock(60_500)]);
    let (code, out, error) = exec(&["flatten", "--journal", name, "--market", "-"], &market);
    assert_eq!((code, out.as_str()), (0, "flat\n"), "{error}");
    let (code, out, error) = exec(&["journal", "verify", name], b"");
    assert_eq!(code, 0, "{out}{error}");
}

proptest! {
    #[test]
    fn a_changed_byte_keeps_a_journal_from_being_used(
        place in any::<prop::sample::Index>(), flip in 1..=255_u8,
    ) {
        let (mut files, _) = whole();
        let mut at = place.index(total(&files));
        for (_, content) in &mut files {
            if at < content.len() {
                content[at] ^= flip;
                break;
            }
            at -= content.len();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &files);
        prop_assert!(Journal::open(&path, true).is_err());
    }
}
