//! Every real chain: no valid row lost, totals and flip equal to a second implementation.

use crate::data;
use mia::config::Carry;
use mia::config::GammaSource;
use mia::config::OptionSettings;
use mia::config::VolSource;
use mia::feeds::cboe::decode;
use mia::market::Calendar;
use mia::market::Px;
use mia::options::Exclusion;
use mia::options::Exposure;
use mia::options::OptionRow;
use mia::options::Snapshot;
use mia::options::SnapshotReader;
use mia::options::Valuation;
use mia::stream::Inputs;
use mia::wire::Chain;
use mia::wire::OptionQuote;
use mia::wire::Right;
use mia::wire::Settlement;
use mia::wire::Src;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Read;

/// A real chain with its golden facts.
struct Real {
    name: String,
    facts: Json,
    snapshot: Snapshot,
    /// The file's rows as text.
    cells: Vec<Vec<String>>,
}

fn all() -> Vec<Real> {
    let Some(dir) = data::dir() else { return Vec::new() };
    let facts: Json =
        serde_json::from_slice(&std::fs::read(dir.join("facts.json")).unwrap()).unwrap();
    let chains =
        facts.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("cboe-chains/"));
    let calendar = Calendar::builtin().unwrap();
    let real = chains.map(|(name, facts)| {
        let mut bytes = Vec::new();
        let mut input = Inputs::new(&[dir.join(name)], None).next_input().unwrap().unwrap();
        input.read_to_end(&mut bytes).unwrap();
        let document = decode(&bytes, &calendar).unwrap();
        let rows: Vec<_> = document.options.iter().filter_map(OptionRow::from_quote).collect();
        let snapshot = Snapshot {
            und: document.und,
            ts: document.stamp,
            asof: document.asof(),
            spot: document.spot.map(Px::points),
            stated: rows.len() as u64,
            src: None,
            rows,
        };
        let text = String::from_utf8(bytes).unwrap();
        let rows = text.lines().skip_while(|line| !line.starts_with("Expiration Date,Calls,"));
        let cells = rows.skip(1).map(|line| line.split(',').map(str::to_owned).collect());
        let cells = cells.filter(|cells: &Vec<String>| cells.len() >= 22).collect();
        Real { name: name.clone(), facts: facts.clone(), snapshot, cells }
    });
    real.collect()
}

/// As the golden facts were made: the file's volatilities, no rate, no dividend, every row that has a
/// volatility and time left.
fn plain() -> OptionSettings {
    OptionSettings {
        vol: VolSource::Source,
        carry: Carry::Rates,
        rate: 0.0,
        dividend: 0.0,
        iv_min: 0.0,
        iv_max: f64::INFINITY,
        tau_floor_min: 0.0,
        ..OptionSettings::default()
    }
}

fn value(settings: &OptionSettings, snapshot: &Snapshot, at: i64) -> Exposure {
    let valuation = Valuation::new(settings, Calendar::builtin().unwrap());
    valuation.value(snapshot, at, None).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn near(name: &str, value: f64, expected: f64, relative: f64) {
    let error = (value - expected).abs();
    assert!(error <= relative * expected.abs(), "{name}: {value} is not {expected}");
}

/// A second implementation, written as the definition reads: nothing shared with the library but the
/// settlement times, which are made from civil dates here.
fn second(real: &Snapshot, at: i64, spot: f64, early: bool) -> (f64, f64, BTreeMap<i64, [f64; 2]>) {
    let (mut calls, mut puts, mut strikes) = (0.0, 0.0, BTreeMap::<i64, [f64; 2]>::new());
    for (row, tau, vol) in usable(real, at, early) {
        let sd = vol * tau.sqrt();
        let d1 = ((spot / row.strike).ln() + vol * vol / 2.0 * tau) / sd;
        let density = (-d1 * d1 / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let gex = density / (spot * sd) * row.oi.unwrap() as f64 * 100.0 * spot * spot * 0.01;
        let at_strike = strikes.entry((row.strike * 1000.0) as i64).or_default();
        if row.right == Right::Call {
            calls += gex;
            at_strike[0] += gex;
        } else {
            puts -= gex;
            at_strike[1] -= gex;
        }
    }
    (calls, puts, strikes)
}

/// Rows with a volatility, a quote that is not crossed and time left, with that time in years. `heeded`
/// is the right way: minutes of UTC, early closes, no days on which nothing can settle. Without it times
/// are differences of New York's wall clock, an hour wrong across a change, as in the golden facts.
fn usable(real: &Snapshot, at: i64, heeded: bool) -> impl Iterator<Item = (&OptionRow, f64, f64)> {
    let calendar = Calendar::builtin().unwrap();
    real.rows.iter().filter_map(move |row| {
        let day = row.exp.civil().unwrap();
        let closed = heeded && calendar.has_rth(row.exp) == Ok(false);
        let early =
            heeded && calendar.session_of(row.exp).ok().flatten().is_some_and(|s| s.early_close);
        let (hour, minute) = match row.settle {
            Settlement::Am => (9, 30),
            Settlement::Pm if early => (13, 0),
            Settlement::Pm => (16, 0),
        };
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        let until = day.at(hour, minute, 0, 0);
        let stamp = jiff::Timestamp::from_microsecond(at).unwrap();
        let wall = |civil: jiff::civil::DateTime| {
            civil.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond()
        };
        let left = if heeded {
            zone.to_timestamp(until).unwrap().as_microsecond() - at
        } else {
            wall(until) - wall(stamp.to_zoned(zone).datetime())
        };
        let tau = left as f64 / 60e6 / 525_600.0;
        let vol = row.iv.unwrap_or(0.0);
        let crossed = row.bid > row.ask;
        let used = tau > 0.0 && vol > 0.0 && row.oi.is_some() && !crossed && !closed;
        used.then_some((row, tau, vol))
    })
}

/// Sum of gamma x open interest x 100 x spot^2 x 0.01 over the file's text, calls less puts: of all
/// rows, and of those that had not settled at the stamp and expire on a trading day.
fn from_text(real: &Real) -> (f64, f64) {
    let (mut all, mut alive) = (0.0, 0.0);
    let spot = real.facts["spot"].as_f64().unwrap();
    let calendar = Calendar::builtin().unwrap();
    for cells in &real.cells {
        let day = jiff::civil::Date::strptime("%a %b %d %Y", &cells[0]).unwrap();
        let morning = ["SPX2", "NDX2"].iter().any(|root| cells[1].starts_with(root));
        let time = if morning { day.at(9, 30, 0, 0) } else { day.at(16, 0, 0, 0) };
        let until = time.in_tz("America/New_York").unwrap().timestamp().as_microsecond();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let net = number(9) * number(10) - number(20) * number(21);
        all += net * spot * spot;
        // 2025-01-09 became a day of mourning after its options were listed.
        let exp = mia::market::TradeDate::from_civil(day);
        if until > real.snapshot.ts && calendar.has_rth(exp) != Ok(false) {
            alive += net * spot * spot;
        }
    }
    (all, alive)
}

#[test]
fn net_exposure_with_the_files_own_gamma_is_the_golden_one() {
    for real in all() {
        let settings = OptionSettings { gamma: GammaSource::Source, ..plain() };
        let exposure = value(&settings, &real.snapshot, real.snapshot.ts);
        let golden = &real.facts["file_gamma"];
        // Some files give gammas to options that have settled hours before; nothing is exposed there.
        let (all, alive) = from_text(&real);
        assert!((all - golden["net"].as_f64().unwrap()).abs() <= 0.011, "{}: {all}", real.name);
        near(&real.name, exposure.net(), alive, 1e-11);
        assert!(exposure.flip.is_none() && exposure.vex.is_none() && exposure.charm.is_none());
        if real.name.contains("2022-06-11") {
            assert!((exposure.net() / 1e9 + 41.725).abs() < 0.001, "{}", exposure.net());
            near(&real.name, exposure.calls, golden["call"].as_f64().unwrap(), 1e-11);
            near(&real.name, -exposure.puts, golden["put"].as_f64().unwrap(), 1e-11);
            assert_eq!(exposure.walls.call, golden["call_wall"].as_f64());
            assert_eq!(exposure.walls.put, golden["put_wall"].as_f64());
        }
    }
}

#[test]
fn exposure_walls_and_flip_are_those_of_a_second_implementation() {
    for real in all() {
        let (name, at) = (&real.name, real.snapshot.ts);
        let exposure = value(&plain(), &real.snapshot, at);
        let (calls, puts, strikes) = second(&real.snapshot, at, exposure.spot, true);
        near(name, exposure.calls, calls, 1e-10);
        near(name, exposure.puts, puts, 1e-10);
        for row in &exposure.by_strike {
            let [call, put] =
                strikes.get(&((row.strike * 1000.0) as i64)).copied().unwrap_or_default();
            assert!((row.call - call).abs() <= 1e-10 * exposure.gross, "{name} {row:?} {call}");
            assert!((row.put - put).abs() <= 1e-10 * exposure.gross, "{name} {row:?} {put}");
        }
        // The golden facts know neither early closes nor clock changes: counted as they do it, they are
        // met to the cent.
        let golden = &real.facts["recomputed_gamma"];
        let (late_calls, late_puts, _) = second(&real.snapshot, at, exposure.spot, false);
        near(name, late_calls + late_puts, golden["net"].as_f64().unwrap(), 1e-10);
        near(name, late_calls - late_puts, golden["gross"].as_f64().unwrap(), 1e-10);
        let (flip_calls, flip_puts, _) =
            second(&real.snapshot, at, exposure.flip.unwrap().price, true);
        assert!((flip_calls + flip_puts).abs() <= 1e-6 * exposure.gross, "{name}");
        // Options on a day that was closed after they were listed are in the golden facts alone.
        if exposure.excluded.contains_key(&Exclusion::ExpiryDay) {
            assert!(name.contains("2025-01-06"), "{name}");
            continue;
        }
        assert!((exposure.net() - late_calls - late_puts).abs() <= 1e-4 * exposure.gross, "{name}");
        assert_eq!(exposure.walls.call, golden["call_wall"].as_f64(), "{name}");
        assert_eq!(exposure.walls.put, golden["put_wall"].as_f64(), "{name}");
        let flip = exposure.flip.unwrap_or_else(|| panic!("{name} has no flip")).price;
        let expected = golden["flip_nearest_to_spot"].as_f64().unwrap();
        let step = golden["flip_grid"]["step"].as_f64().unwrap();
        // A straight line between trial spots against the root itself.
        assert!((flip - expected).abs() <= 0.02 * step.max(1.0), "{name}: {flip} {expected}");
    }
}

#[test]
fn open_interest_sent_once_a_day_is_carried_forward() {
    let Some(dir) = data::dir() else { return };
    let bytes = std::fs::read(dir.join("cboe-chains/spx_2023-06-09_1340EDT.csv")).unwrap();
    let document = decode(&bytes, &Calendar::builtin().unwrap()).unwrap();
    let mut reader = SnapshotReader::default();
    let mut read = |ts: i64, stated: bool| {
        for row in &document.options {
            let oi = row.oi.filter(|_| stated);
            reader.on_option(&OptionQuote { ts, oi, asof: ts, ..row.clone() });
        }
        let (und, n) = (document.und, document.options.len() as u64);
        let spot = document.spot;
        let chain = Chain { ts, sym: und, und, n, spot, asof: ts, src: Src::Cboe };
        reader.on_chain(&chain).unwrap()
    };
    let (first, later) = (document.stamp, document.stamp + 60_000_000);
    let (morning, noon) = (read(first, true), read(later, false));
    for (a, b) in morning.rows.iter().zip(&noon.rows) {
        assert_eq!((a.oi, a.oi_asof, b.asof), (b.oi, b.oi_asof, later));
    }
    // Whoever has every quote crossed was not made by a market.
    let text = String::from_utf8(bytes).unwrap();
    let swapped = text.lines().map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells.len() >= 22 && line.starts_with(char::is_alphabetic) {
            cells.swap(4, 5);
            cells.swap(15, 16);
        }
        cells.join(",") + "\n"
    });
    let swapped: String = swapped.collect();
    let refusal = decode(swapped.as_bytes(), &Calendar::builtin().unwrap()).unwrap_err();
    assert!(refusal.message.contains("crossed"), "{refusal}");
}

#[test]
fn every_valid_row_is_used_and_every_other_one_counted() {
    for real in all() {
        let (name, at) = (&real.name, real.snapshot.ts);
        let exposure = value(&plain(), &real.snapshot, at);
        // The decoder leaves out what had settled at the stamp, and says so.
        let expired = real.facts["rows_expired_at_stamp"].as_u64().unwrap() * 2;
        let rows = real.facts["rows"].as_u64().unwrap() * 2;
        assert_eq!(real.snapshot.rows.len() as u64 + expired, rows, "{name}");
        let excluded: u64 = exposure.excluded.values().sum();
        assert_eq!(exposure.used + excluded, exposure.listed, "{name}");
        assert_eq!(exposure.used, usable(&real.snapshot, at, true).count() as u64, "{name}");
        assert_eq!(exposure.excluded.get(&Exclusion::Expired), None, "{name}");
        let interest: u64 = exposure.by_expiry.iter().map(|e| e.call_oi + e.put_oi).sum();
        let by_strike: u64 = exposure.by_strike.iter().map(|s| s.call_oi + s.put_oi).sum();
        assert_eq!(interest, by_strike, "{name}");
    }
}

#[test]
fn the_default_way_takes_every_genuine_chain_and_stays_near_the_files_own_volatilities() {
    for real in all() {
        let (name, at) = (&real.name, real.snapshot.asof);
        let own = value(&OptionSettings::default(), &real.snapshot, at);
        let stated = value(&plain(), &real.snapshot, at);
        println!(
            "{name}: coverage {:.3} used {} of {} {:?} net {:.2} {:.2} bn gross {:.1} flip {:?} {:?} walls {:?} em {:?} \
             parity spot {:?} of {:?}",
            own.coverage,
            own.used,
            own.listed,
            own.excluded,
            own.net() / 1e9,
            stated.net() / 1e9,
            own.gross / 1e9,
            own.flip.map(|f| f.price),
            stated.flip.map(|f| f.price),
            own.walls,
            own.em,
            own.parity_spot,
            real.snapshot.spot,
        );
        assert!(own.coverage >= OptionSettings::default().coverage_min, "{name} {}", own.coverage);
        // Where two strikes compete the walls may differ; then they are nearly equal.
        for (mine, theirs, side) in
            [(own.walls.call, stated.walls.call, 0), (own.walls.put, stated.walls.put, 1)]
        {
            let at = |strike: Option<f64>| {
                let row = own.by_strike.iter().find(|s| Some(s.strike) == strike).unwrap();
                if side == 0 { row.call } else { -row.put }
            };
            assert!(at(theirs) >= 0.8 * at(mine), "{name}: {mine:?} {theirs:?}");
        }
        assert!((own.net() - stated.net()).abs() <= 0.1 * own.gross, "{name}");
        // The parity forward of the near expiry, where the facts measured it.
        let parity = &real.facts["parity"];
        let root = parity["root"].as_str().unwrap();
        let series = own
            .by_expiry
            .iter()
            .find(|e| e.root.as_str() == root && e.exp.to_string() == parity["expiry"]);
        let Some(series) = series else {
            assert!(own.excluded.contains_key(&Exclusion::ExpiryDay), "{name}");
            continue;
        };
        let (low, high) = (parity["low"].as_f64().unwrap(), parity["high"].as_f64().unwrap());
        assert!(series.from_parity, "{name}");
        assert!(series.forward >= low - 0.5 && series.forward <= high + 0.5, "{name} {series:?}");
    }
}
