//! The calendar and the roll rule against the reference vector and real trading times.

#![cfg(test)]

use crate::data;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mia::market::Calendar;
use mia::market::ContractMonth;
use mia::market::Phase;
use mia::market::RthVolumes;
use mia::market::Session;
use mia::market::TradeDate;
use mia::market::active_contract;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const MINUTE: i64 = 60_000_000;

/// A file of the shared test data, where that is there.
fn shared(path: &str) -> Option<PathBuf> {
    Some(data::dir()?.join(path))
}

fn json(path: &str) -> Option<Value> {
    let file = shared(path)?;
    Some(serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
}

fn lines(path: PathBuf) -> Vec<String> {
    let text = zstd::decode_all(fs::File::open(path).unwrap()).unwrap();
    String::from_utf8(text).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn us(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

/// Sessions from `from` to `to`, both included.
fn sessions(calendar: &Calendar, from: &str, to: &str) -> Vec<Session> {
    let (mut day, last) = (date(from).civil().unwrap(), date(to).civil().unwrap());
    let mut all = Vec::new();
    while day <= last {
        all.extend(calendar.session_of(TradeDate::from_civil(day)).unwrap());
        day = day.tomorrow().unwrap();
    }
    all
}

/// Civil time of a zone in microseconds UTC.
fn to_utc(zone: &TimeZone, civil: &str) -> i64 {
    let civil: DateTime = civil.parse().unwrap();
    zone.to_timestamp(civil).unwrap().as_microsecond()
}

#[test]
fn the_calendar_equals_reference_vector_31() {
    let Some(vector) = json("reference-vectors/31_calendar_2026_2027.json") else { return };
    let calendar = Calendar::builtin().unwrap();
    let expected = |row: &Value| {
        let stamp = |key: &str| row[key].as_str().map(us);
        let day = date(row["date"].as_str().unwrap());
        (
            day,
            stamp("eth_open").unwrap(),
            stamp("eth_close").unwrap(),
            stamp("rth_open").zip(stamp("rth_close")),
        )
    };
    let ours = |s: &Session| (s.date, s.open, s.close, s.rth);
    let all = sessions(&calendar, "2026-01-01", "2027-12-31");
    let days: Vec<_> = vector["days"].as_array().unwrap().iter().map(expected).collect();
    assert_eq!(days.len(), 518);
    assert_eq!(all.iter().map(ours).collect::<Vec<_>>(), days);
    assert!(all.iter().all(|s| s.halts.is_empty()));
    let special: Vec<_> = vector["special"].as_array().unwrap().iter().map(expected).collect();
    assert_eq!(special.len(), 19);
    let found: Vec<_> = all.iter().filter(|s| s.rth.is_none() || s.early_close).map(ours).collect();
    assert_eq!(found, special);
}

#[test]
fn regular_days_holidays_and_early_closes_equal_the_facts_of_the_real_bars() {
    let Some(facts) = json("facts.json") else { return };
    let facts = &facts["es-bars-5m"];
    let calendar = Calendar::builtin().unwrap();
    // The files begin on the evening of 2014-12-23.
    let all = sessions(&calendar, "2014-12-24", "2023-09-15");
    let bars = |key: &str| -> BTreeMap<TradeDate, i64> {
        let rows = facts[key].as_array().unwrap().iter();
        rows.map(|row| (date(row[0].as_str().unwrap()), row[1].as_i64().unwrap())).collect()
    };
    let regular: Vec<_> = all.iter().filter(|s| s.rth.is_some()).collect();
    assert_eq!(regular.len() as u64, facts["nyse_days"].as_u64().unwrap());

    let new_york = TimeZone::get("America/New_York").unwrap();
    // Bars from 08:30 Chicago to the close; a late print may begin at the close itself.
    let agree = |found: Vec<&Session>, expected: BTreeMap<TradeDate, i64>| {
        let dates: Vec<_> = found.iter().map(|s| s.date).collect();
        assert_eq!(dates, expected.keys().copied().collect::<Vec<_>>());
        for session in found {
            let open = to_utc(&new_york, &format!("{}T09:30", session.date));
            let count = (session.close - open) / (5 * MINUTE);
            let seen = expected[&session.date];
            assert!(
                seen == count || seen == count + 1,
                "{}: {seen} bars, not {count}",
                session.date
            );
        }
    };
    agree(all.iter().filter(|s| s.early_close).collect(), bars("early_close_days_and_bars"));
    let holidays = all.iter().filter(|s| {
        // Those that closed by 09:30 New York time have no bar of that time.
        s.rth.is_none() && (s.close - s.open) > (15 * 60 + 30) * MINUTE
    });
    agree(holidays.collect(), bars("cme_open_nyse_closed_days_and_bars"));

    // Circuit breakers are not scheduled.
    for day in bars("halted_days_and_bars").keys() {
        let session = calendar.session_of(*day).unwrap().unwrap();
        assert!(session.rth.is_some_and(|(a, b)| b - a == 390 * MINUTE), "{day}");
        assert_eq!(session.halts.len(), 1, "{day}");
    }
}

#[test]
fn expiry_fridays_equal_the_facts_of_the_real_bars() {
    let Some(facts) = json("facts.json") else { return };
    let calendar = Calendar::builtin().unwrap();
    let mut contract = ContractMonth::new("ES", 2015, 3).unwrap();
    let mut ours = Vec::new();
    while contract.expiry(&calendar).unwrap() <= date("2023-09-15") {
        ours.push(contract.expiry(&calendar).unwrap().to_string());
        contract = contract.next().unwrap();
    }
    let facts = facts["es-bars-5m"]["expiry_fridays_without_regular_hours"].as_array().unwrap();
    assert_eq!(ours, facts.iter().map(|day| day.as_str().unwrap()).collect::<Vec<_>>());
}

#[test]
fn every_real_bar_lies_in_an_open_session() {
    let Some(folder) = shared("es-bars-5m") else { return };
    let calendar = Calendar::builtin().unwrap();
    let chicago = TimeZone::get("America/Chicago").unwrap();
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let (mut bars, mut regular, mut strays) = (0, BTreeMap::new(), Vec::new());
    for file in files.into_iter().filter(|f| f.extension().is_some_and(|e| e == "zst")) {
        let mut session = None::<Session>;
        for line in lines(file) {
            let civil = line.split(',').nth(1).unwrap();
            let ts = to_utc(&chicago, civil);
            bars += 1;
            if let Some(held) = session.as_ref().filter(|s| ts == s.close) {
                strays.push((held.date, civil.to_owned()));
                continue;
            }
            if session.as_ref().is_none_or(|s| ts >= s.close) {
                session = Some(calendar.session_at_or_after(ts).unwrap());
            }
            let held = session.as_ref().unwrap();
            match held.phase(ts) {
                Phase::Eth => {}
                Phase::Rth => *regular.entry(held.date).or_insert(0) += 1,
                Phase::Halt => strays.push((held.date, civil.to_owned())),
                Phase::Closed => panic!("a bar at {civil} is outside the calendar"),
            }
            if civil.ends_with("08:30:00") && held.rth.is_some() {
                assert_eq!(held.rth_minute(ts), Some(0), "{civil}");
            }
        }
    }
    assert_eq!(bars, 610_159);
    // Late prints at a close or a halt; docs/calendar.md lists them.
    assert_eq!(strays.len(), 37, "{strays:?}");
    let dates: BTreeSet<_> = strays.iter().map(|stray| stray.0).collect();
    assert_eq!(dates.len(), 37);
    let full = regular.values().filter(|count| **count == 78).count();
    assert_eq!(full, 2_140);
}

#[test]
fn real_minutes_and_ticks_of_2013_and_2020_lie_in_open_sessions() {
    let Some(minutes) = shared("lean/es_minute_trade.csv.zst") else { return };
    let Some(ticks) = shared("es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst") else {
        return;
    };
    let calendar = Calendar::builtin().unwrap();
    let chicago = TimeZone::get("America/Chicago").unwrap();
    let minutes = lines(minutes).into_iter().map(|line| us(line.split(',').next().unwrap()));
    let ticks = lines(ticks)
        .into_iter()
        .map(|line| to_utc(&chicago, line.split(',').next().unwrap()))
        .collect::<Vec<_>>();
    let mut session = calendar.session_at_or_after(us("2013-09-01T22:00:00Z")).unwrap();
    for ts in ticks.into_iter().chain(minutes) {
        if !session.contains(ts) {
            session = calendar.session_at_or_after(ts).unwrap();
        }
        assert!(session.is_open(ts), "{ts} is {:?} in {}", session.phase(ts), session.date);
    }
}

#[test]
fn real_volumes_of_december_2013_roll_after_the_roll_date() {
    let Some(file) = shared("lean/es_minute_trade.csv.zst") else { return };
    let calendar = Calendar::builtin().unwrap();
    let december = ContractMonth::new("ES", 2013, 12).unwrap();
    let march = december.next().unwrap();
    let ends = december.trading_ends(&calendar).unwrap();
    let mut volumes: BTreeMap<(TradeDate, String), u64> = BTreeMap::new();
    let mut last = 0;
    for line in lines(file) {
        let cells: Vec<_> = line.split(',').collect();
        let ts = us(cells[0]);
        let session = calendar.session_at_or_after(ts).unwrap();
        if cells[1] == december.code.as_str() {
            last = last.max(ts);
        }
        if session.phase(ts) == Phase::Rth {
            let volume: u64 = cells[6].parse().unwrap();
            *volumes.entry((session.date, cells[1].to_owned())).or_insert(0) += volume;
        }
    }
    assert!(last < ends, "December trades after its end");
    let of = |day: &str, contract: ContractMonth| volumes[&(date(day), contract.to_string())];
    let on = |day: &str| RthVolumes { front: of(day, december), next: of(day, march) };
    assert_eq!(on("2013-12-02").front, 1_066_990);
    assert_eq!(
        active_contract("ES", date("2013-12-03"), Some(on("2013-12-02"))).unwrap(),
        december
    );
    // By 2013-12-18 the roll date (12-12) is past; the volumes say the same.
    assert_eq!(active_contract("ES", date("2013-12-12"), None).unwrap(), march);
    assert!(on("2013-12-18").next > on("2013-12-18").front);
}
