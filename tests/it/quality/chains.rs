//! Real option chains pass, and each fault put into one is found.

use crate::data;
use crate::quality::checker;
use crate::quality::found;
use crate::quality::genuine::files;
use mia::market::Px;
use mia::market::Sym;
use mia::quality::ChainSnapshot;
use mia::quality::OptionRow;
use mia::quality::Place;
use mia::quality::Report;
use mia::stream::Inputs;
use mia::wire::Right;
use mia::wire::Settlement;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Reads a chain as Cboe offers it for download; stamp and spot come from the golden facts.
fn chain(path: &Path, facts: &Value) -> ChainSnapshot {
    let mut text = String::new();
    let mut input = Inputs::new(&[path.to_owned()], None).next_input().unwrap().unwrap();
    input.read_to_string(&mut text).unwrap();
    let stamp: jiff::Timestamp = facts["stamp_utc"].as_str().unwrap().parse().unwrap();
    let ts = stamp.as_microsecond();
    let start = text.find("Expiration Date,Calls,").unwrap();
    let mut rows = Vec::new();
    for (at, line) in text[start..].lines().enumerate().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() < 22 {
            continue;
        }
        let exp = jiff::civil::Date::strptime("%a %b %d %Y", cells[0]).unwrap();
        for (offset, right) in [(1, Right::Call), (12, Right::Put)] {
            let number = |at: usize| cells[offset + at].parse::<f64>().unwrap();
            let code = cells[offset];
            let root = Sym::new(&code[..code.len() - 15]).unwrap();
            let am = matches!(root.as_str(), "SPX" | "NDX");
            rows.push(OptionRow {
                root,
                exp: exp.to_string().parse().unwrap(),
                settle: if am { Settlement::Am } else { Settlement::Pm },
                right,
                strike: Px::from_points(cells[11].parse().unwrap()).unwrap(),
                bid: Px::from_points(number(3)),
                ask: Px::from_points(number(4)),
                iv: Some(number(6)),
                delta: Some(number(7)),
                oi: Some(number(9) as u64),
                vol: Some(number(5) as u64),
                asof: ts - 900_000_000,
                place: Place { input: 0, line: at as u64 },
            });
        }
    }
    ChainSnapshot { ts, spot: facts["spot"].as_f64(), rows }
}

fn judge(snapshot: &ChainSnapshot) -> Report {
    let mut checker = checker();
    checker.snapshot(Sym::new("SPX").unwrap(), snapshot);
    checker.finish()
}

fn facts_of(dir: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap()
}

fn intraday(dir: &Path) -> ChainSnapshot {
    let name = "cboe-chains/spx_2023-06-09_1340EDT.csv";
    chain(&dir.join(name), &facts_of(dir)[name])
}

#[test]
fn every_real_chain_passes() {
    let Some(dir) = data::dir() else { return };
    let facts = facts_of(&dir);
    let files = files(&dir.join("cboe-chains"));
    assert_eq!(files.len(), 8);
    for file in files {
        let name = format!("cboe-chains/{}", file.file_name().unwrap().to_str().unwrap());
        let snapshot = chain(&file, &facts[&name]);
        assert_eq!(snapshot.rows.len() as u64, 2 * facts[&name]["rows"].as_u64().unwrap());
        let report = judge(&snapshot);
        assert!(!report.refused(), "{name}: {}", report.sentence());
        // With neither stamp of the spot nor the spot itself the verdict is the same.
        let blind = judge(&ChainSnapshot { spot: None, ..snapshot });
        assert!(!blind.refused(), "{name} without a spot: {}", blind.sentence());
    }
}

/// A fault, what it does to a row, and the reasons it must give.
type Fault = (&'static str, fn(&mut OptionRow), &'static [&'static str]);

const FAULTS: &[Fault] = &[
    ("grid", |r| r.strike = Px::from_nanos(r.strike.nanos() + 2_250_000_000), &["strike_grid"]),
    ("no interest", |r| r.oi = Some(0), &["no_open_interest"]),
    ("old", |r| r.asof -= 7 * 86_400_000_000, &["old_chain"]),
    ("delta", |r| r.delta = r.delta.map(|d| -d), &["delta_sign"]),
    (
        "one volatility",
        |r| r.iv = r.iv.filter(|iv| *iv > 0.0).map(|_| 0.08),
        &["two_iv_values", "price_against_own_iv"],
    ),
    ("double volatility", |r| r.iv = r.iv.map(|iv| iv * 2.0), &["price_against_own_iv"]),
    (
        "spread",
        |r| r.ask = r.bid.map(|bid| Px::from_nanos(bid.nanos() + 1_000_000_000)),
        &["constant_spread"],
    ),
    (
        "dearer puts",
        |r| {
            if r.right == Right::Put {
                let dearer = |px: Px| Px::from_nanos(px.nanos() + r.strike.nanos() / 10);
                (r.bid, r.ask) = (r.bid.map(dearer), r.ask.map(dearer));
            }
        },
        &["price_against_own_iv"],
    ),
    (
        "calls that rise",
        |r| {
            if r.right == Right::Call {
                let value = Px::from_nanos(r.strike.nanos() / 10);
                (r.bid, r.ask) = (Some(value), Some(Px::from_nanos(value.nanos() + 50_000_000)));
            }
        },
        &["price_rises_with_strike"],
    ),
    (
        "half the rows",
        |r| r.iv = r.iv.filter(|_| r.strike.nanos() / 5_000_000_000 % 2 == 0),
        &["unusable_rows"],
    ),
];

#[test]
fn each_fault_in_a_real_chain_is_found() {
    let Some(dir) = data::dir() else { return };
    let genuine = intraday(&dir);
    assert_eq!(judge(&genuine).reasons(), [] as [&str; 0]);
    for (name, fault, reasons) in FAULTS {
        let mut snapshot = genuine.clone();
        snapshot.rows.iter_mut().for_each(fault);
        let found = judge(&snapshot).reasons();
        for reason in *reasons {
            assert!(found.contains(reason), "{name}: {reason} is not among {found:?}");
        }
    }
}

#[test]
fn a_chain_of_other_shape_is_found() {
    let Some(dir) = data::dir() else { return };
    let genuine = intraday(&dir);
    // Every expiry a day later: Fridays become Saturdays.
    let mut late = genuine.clone();
    for row in &mut late.rows {
        let day = row.exp.civil().unwrap().tomorrow().unwrap();
        row.exp = mia::market::TradeDate::from_civil(day);
    }
    assert!(judge(&late).reasons().contains(&"expiry_not_a_trading_day"));
    // Call and put of each strike alike.
    let mut alike = genuine.clone();
    let calls: std::collections::BTreeMap<_, _> = genuine
        .rows
        .iter()
        .filter(|row| row.right == Right::Call)
        .map(|row| ((row.root, row.exp, row.strike), *row))
        .collect();
    for row in &mut alike.rows {
        let call = calls[&(row.root, row.exp, row.strike)];
        (row.bid, row.ask, row.iv) = (call.bid, call.ask, call.iv);
    }
    let reasons = judge(&alike).reasons();
    assert!(reasons.contains(&"call_and_put_identical"), "{reasons:?}");
    assert!(reasons.contains(&"put_call_parity"), "{reasons:?}");
    // Constant time value, as the fake has it: intrinsic value and two points.
    let mut flat = genuine.clone();
    let forward = 4300.0;
    for row in &mut flat.rows {
        let sign = if row.right == Right::Call { 1.0 } else { -1.0 };
        let value = (sign * (forward - row.strike.points())).max(0.0) + 2.0;
        (row.bid, row.ask) = (Px::from_points(value - 0.5), Px::from_points(value + 0.5));
    }
    let reasons = judge(&flat).reasons();
    assert!(reasons.contains(&"constant_time_value"), "{reasons:?}");
    assert!(!reasons.contains(&"put_call_parity"), "it keeps parity: {reasons:?}");
    // A dozen strikes.
    let mut few = genuine.clone();
    few.rows.retain(|row| (row.strike.points() - forward).abs() < 60.0);
    assert!(judge(&few).reasons().contains(&"few_strikes"));
    // Both halves of a chain in any order are the same chain.
    let mut turned = genuine.clone();
    turned.rows.reverse();
    let middle = turned.rows.len() / 3;
    turned.rows.rotate_left(middle);
    assert_eq!(found(&judge(&turned)), found(&judge(&genuine)));
    let counts = |report: &Report| -> Vec<_> {
        report.findings.iter().map(|f| (f.code, f.count, f.looked)).collect()
    };
    assert_eq!(counts(&judge(&turned)), counts(&judge(&genuine)));
}

/// Option records of a small chain, as the feed writes them.
fn chain_lines(strikes: &[u32], said: usize) -> String {
    let option = |strike: &u32| {
        format!(
            "{{\"t\":\"option\",\"ts\":1773149100000000,\"sym\":\"SPXW260310C0{strike}000\",\"und\":\"SPX\",\
             \"root\":\"SPXW\",\"exp\":\"2026-03-10\",\"settle\":\"PM\",\"right\":\"C\",\"strike\":{strike},\
             \"bid\":10,\"ask\":11,\"iv\":0.15,\"oi\":100,\"vol\":5,\"asof\":1773149100000000,\"src\":\"cboe\"}}\n"
        )
    };
    let close = format!(
        "{{\"t\":\"chain\",\"ts\":1773149100000000,\"sym\":\"SPX\",\"und\":\"SPX\",\"n\":{said},\"spot\":5000,\
         \"asof\":1773149100000000,\"src\":\"cboe\"}}\n"
    );
    strikes.iter().map(option).chain((said > 0).then_some(close)).collect()
}

#[test]
fn a_chain_with_rows_lost_or_twice_is_found() {
    let reasons = |text: &str| {
        let mut checker = checker();
        for line in text.lines() {
            let kind = mia::wire::codec::peek(line.as_bytes()).unwrap().unwrap();
            checker.record(&mia::wire::codec::decode(kind, line.as_bytes()).unwrap());
        }
        checker.finish().reasons()
    };
    let (incomplete, twice) = ("chain_incomplete", "duplicate");
    let whole = reasons(&chain_lines(&[4990, 5000, 5010], 3));
    assert!(!whole.contains(&incomplete) && !whole.contains(&twice), "{whole:?}");
    assert!(reasons(&chain_lines(&[4990, 5010], 3)).contains(&incomplete));
    assert!(reasons(&chain_lines(&[4990, 5000, 5010], 0)).contains(&incomplete));
    let doubled = reasons(&chain_lines(&[4990, 5000, 5000, 5010], 4));
    assert!(doubled.contains(&twice) && !doubled.contains(&incomplete), "{doubled:?}");
}
