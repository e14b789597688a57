//! The reference vectors 10, 11, 12, 12b, 13 and 15, tolerances of QUANT 9.

use crate::data;
use mia::config::Carry;
use mia::config::OptionSettings;
use mia::config::VolSource;
use mia::config::WallBy;
use mia::market::Calendar;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::options::BsmInput;
use mia::options::FlipSearch;
use mia::options::Line;
use mia::options::NetGamma;
use mia::options::OptionRow;
use mia::options::Snapshot;
use mia::options::Valuation;
use mia::options::YEAR_MINUTES;
use mia::options::black76;
use mia::options::bsm;
use mia::options::expected_move;
use mia::options::implied_vol;
use mia::options::settlement;
use mia::options::straddle;
use mia::options::years;
use mia::wire::Right;
use mia::wire::Settlement;
use serde_json::Value as Json;

fn load(name: &str) -> Option<Json> {
    let path = data::dir()?.join("reference-vectors").join(name);
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn list(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}

fn number(json: &Json) -> f64 {
    json.as_f64().unwrap()
}

fn right(json: &Json) -> Right {
    if json == "C" { Right::Call } else { Right::Put }
}

#[track_caller]
fn close_to(what: &str, value: f64, expected: f64, relative: f64) {
    let error = (value - expected).abs();
    assert!(error <= relative * expected.abs(), "{what}: {value} is not {expected}");
}

#[test]
fn vector_10_prices_and_greeks() {
    let Some(vector) = load("10_bsm_greeks.json") else { return };
    for case in list(&vector["cases"]) {
        let inp = &case["inp"];
        let input = BsmInput {
            spot: number(&inp["S"]),
            strike: number(&inp["K"]),
            tau: number(&inp["T"]),
            rate: number(&inp["r"]),
            dividend: number(&inp["q"]),
            vol: number(&inp["vol"]),
        };
        let greeks = bsm(right(&inp["cp"]), &input);
        for (name, value) in [
            ("price", greeks.price),
            ("delta", greeks.delta),
            ("gamma", greeks.gamma),
            ("vega", greeks.vega),
        ] {
            close_to(name, value, number(&case["quantlib"][name]), 1e-10);
            close_to(name, value, number(&case["out"][name]), 1e-10);
        }
        close_to("vanna", greeks.vanna, number(&case["out"]["vanna"]), 1e-10);
        close_to("charm", greeks.charm, number(&case["out"]["charm"]), 1e-10);
        close_to("charm a day", greeks.charm / 365.0, number(&case["out"]["charm_per_day"]), 1e-10);
    }
}

#[test]
fn vector_11_implied_volatility() {
    let Some(vector) = load("11_implied_vol.json") else { return };
    for case in list(&vector["cases"]) {
        let (forward, strike) = (number(&case["F"]), number(&case["K"]));
        let (tau, vol, right) = (number(&case["T"]), number(&case["vol"]), right(&case["cp"]));
        let price = number(&case["undiscounted_price"]);
        close_to("price", black76(right, forward, strike, tau, vol), price, 1e-10);
        let back = implied_vol(right, price, forward, strike, tau).unwrap();
        assert!((back - number(&case["iv_back"])).abs() <= 1e-12, "{back}: {case}");
    }
    for case in list(&vector["invalid"]) {
        let (forward, strike) = (number(&case["F"]), number(&case["K"]));
        let (tau, price) = (number(&case["T"]), number(&case["price"]));
        let vol = implied_vol(right(&case["cp"]), price, forward, strike, tau);
        assert_eq!(vol, None, "{case}");
    }
}

/// The moment of valuation in the tests of vector 12: an expiry `T` years later settles at a whole
/// microsecond only in a made-up calendar, so lines are built by hand there.
fn vector_12_lines(vector: &Json) -> Vec<Line> {
    let (rate, dividend) = (number(&vector["r"]), number(&vector["q"]));
    let lines = list(&vector["chain"]).iter().map(|row| {
        let tau = number(&row["T"]);
        Line {
            weight: number(&row["oi_call"]) - number(&row["oi_put"]),
            strike: number(&row["K"]),
            tau,
            vol: number(&row["iv"]),
            carry: (rate - dividend) * tau,
            rate,
        }
    });
    lines.collect()
}

#[test]
fn vector_12_flip_and_its_tail() {
    let Some(vector) = load("12_gex_chain.json") else { return };
    let lines = vector_12_lines(&vector);
    let net = NetGamma::new(&lines);
    close_to("net", net.at(5000.0), number(&vector["totals"]["net"]), 1e-10);
    let search = FlipSearch {
        spot: 5000.0,
        gross: number(&vector["totals"]["gross"]),
        window: 0.10,
        step: 5.0,
        tail_min: 0.01,
    };
    let flip = search.run(&net).unwrap();
    assert!((flip.price - number(&vector["flip_root"][0])).abs() <= 1e-4, "{flip:?}");
    assert!((flip.price - number(&vector["flip_lin5"][0])).abs() <= 0.02, "{flip:?}");
    assert!(flip.negative_below);
    // The second root lies in the tail: there it is when tails are allowed, and only then.
    let wide = FlipSearch { window: 0.2, spot: 5700.0, ..search };
    let tail = FlipSearch { tail_min: 0.0, ..wide }.run(&net).unwrap();
    assert!((tail.price - number(&vector["flip_root"][1])).abs() <= 1e-4, "{tail:?}");
    assert!(wide.run(&net).is_none_or(|flip| (flip.price - 4987.3).abs() < 1.0));
}

/// Vector 12 as a snapshot at the Globex open of 2026-11-20, its terms moved to what settles then.
///
/// Three expiries with the times that a real calendar gives; the totals are compared with a second
/// implementation, term by term, because the vector's own times are round numbers of days.
#[test]
fn vector_12_exposures_term_by_term() {
    let Some(vector) = load("12_gex_chain.json") else { return };
    let at = stamp("2026-11-20T14:30:00Z");
    let dates = [TradeDate(20_261_120), TradeDate(20_261_125), TradeDate(20_261_214)];
    let calendar = Calendar::builtin().unwrap();
    let mut snapshot = Snapshot {
        und: Sym::new("SPX").unwrap(),
        ts: at,
        asof: at,
        spot: Some(5000.0),
        stated: 102,
        src: None,
        rows: Vec::new(),
    };
    let settings = OptionSettings {
        vol: VolSource::Source,
        carry: Carry::Rates,
        strikes_min: 0,
        iv_max: 10.0,
        ..OptionSettings::default()
    };
    let mut expected = [0.0; 5];
    let mut per_strike = std::collections::BTreeMap::<u64, [f64; 2]>::new();
    for row in list(&vector["chain"]) {
        let exp = dates[row["expiry"].as_u64().unwrap() as usize];
        let tau = years(at, settlement(&calendar, exp, Settlement::Pm).unwrap());
        for (side, name, dealer) in [(Right::Call, "oi_call", 1.0), (Right::Put, "oi_put", -1.0)] {
            let strike = number(&row["K"]);
            snapshot.rows.push(OptionRow {
                root: Sym::new("SPXW").unwrap(),
                exp,
                settle: Settlement::Pm,
                right: side,
                strike,
                bid: None,
                ask: None,
                iv: Some(number(&row["iv"])),
                gamma: None,
                oi: row[name].as_u64(),
                volume: None,
                asof: at,
                oi_asof: at,
            });
            let greeks = bsm(
                side,
                &BsmInput {
                    spot: 5000.0,
                    strike,
                    tau,
                    rate: settings.rate,
                    dividend: settings.dividend,
                    vol: number(&row["iv"]),
                },
            );
            let weight = dealer * number(&row[name]) * 100.0 * 5000.0;
            let gex = weight * greeks.gamma * 5000.0 * 0.01;
            expected[usize::from(side == Right::Put)] += gex;
            expected[2] += weight * greeks.delta;
            expected[3] += weight * greeks.vanna * 0.01;
            expected[4] += weight * greeks.charm / 365.0;
            per_strike.entry(strike as u64).or_default()[usize::from(side == Right::Put)] += gex;
        }
    }
    let exposure = Valuation::new(&settings, calendar).value(&snapshot, at, None).unwrap();
    close_to("calls", exposure.calls, expected[0], 1e-10);
    close_to("puts", exposure.puts, expected[1], 1e-10);
    close_to("net", exposure.net(), expected[0] + expected[1], 1e-10);
    close_to("gross", exposure.gross, expected[0] - expected[1], 1e-10);
    close_to("dex", exposure.dex.unwrap(), expected[2], 1e-10);
    close_to("vex", exposure.vex.unwrap(), expected[3], 1e-10);
    close_to("cex", exposure.cex.unwrap(), expected[4], 1e-10);
    for row in &exposure.by_strike {
        let [call, put] = per_strike[&(row.strike as u64)];
        close_to("call", row.call, call, 1e-10);
        close_to("put", row.put, put, 1e-10);
    }
    assert_eq!(exposure.by_strike.len(), 17);
    assert_eq!((exposure.walls.call, exposure.walls.put), (Some(5100.0), Some(4850.0)));
    assert_eq!(exposure.walls.abs, Some(5100.0));
    assert_eq!((exposure.used, exposure.listed, exposure.excluded.len()), (102, 102, 0));
    close_to("coverage", exposure.coverage, 1.0, 1e-15);
    assert_eq!(exposure.charm_minutes, Some(390.0));
    // The first term is the vector's own: 390 minutes on the day of expiry.
    let share: f64 = exposure.by_expiry[0].calls - exposure.by_expiry[0].puts;
    close_to("0DTE", exposure.dte0.unwrap(), share / exposure.gross, 1e-12);
    let own = number(&vector["zero_dte_gamma_share"]);
    assert!((exposure.dte0.unwrap() - own).abs() < 0.005, "{:?} {own}", exposure.dte0);
    for (by, call, put) in [
        (WallBy::GexNet, 5100.0, 4850.0),
        (WallBy::Oi, 5100.0, 4850.0),
        (WallBy::GexSide, 5100.0, 4850.0),
    ] {
        let settings = OptionSettings { wall_by: by, ..settings.clone() };
        let calendar = Calendar::builtin().unwrap();
        let walls = Valuation::new(&settings, calendar).value(&snapshot, at, None).unwrap().walls;
        assert_eq!((walls.call, walls.put), (Some(call), Some(put)), "{by:?}");
    }
}

/// The totals of vector 12 itself, from the Greeks of the room.
#[test]
fn vector_12_totals() {
    let Some(vector) = load("12_gex_chain.json") else { return };
    let (rate, dividend) = (number(&vector["r"]), number(&vector["q"]));
    let mut sums = [0.0; 5];
    for row in list(&vector["chain"]) {
        for (side, name, dealer) in [(Right::Call, "oi_call", 1.0), (Right::Put, "oi_put", -1.0)] {
            let greeks = bsm(
                side,
                &BsmInput {
                    spot: 5000.0,
                    strike: number(&row["K"]),
                    tau: number(&row["T"]),
                    rate,
                    dividend,
                    vol: number(&row["iv"]),
                },
            );
            let weight = dealer * number(&row[name]) * 100.0 * 5000.0;
            sums[usize::from(side == Right::Put)] += weight * greeks.gamma * 50.0;
            sums[2] += weight * greeks.delta;
            sums[3] += weight * greeks.vanna * 0.01;
            sums[4] += weight * greeks.charm / 365.0;
        }
    }
    for (i, name) in ["gex_call", "gex_put", "dex", "vex", "cex"].into_iter().enumerate() {
        close_to(name, sums[i], number(&vector["totals"][name]), 1e-10);
    }
    let hand = load("12b_gex_hand.json").unwrap();
    let gex = 0.038 * 62_000.0 * 100.0 * 520.0 * 520.0 * 0.01;
    close_to("by hand", gex, number(&hand["a"]["calc"]), 1e-12);
}

fn stamp(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

#[test]
fn vector_13_time_and_forward() {
    let Some(vector) = load("13_time_forward.json") else { return };
    let calendar = Calendar::builtin().unwrap();
    let mut refused = 0;
    for case in list(&vector["cases"]) {
        let now = stamp(case["now_utc"].as_str().unwrap());
        let exp = &case["exp_et"].as_str().unwrap()[..10];
        let am = case["exp_et"].as_str().unwrap().ends_with("09:30");
        let settle = if am { Settlement::Am } else { Settlement::Pm };
        let Ok(until) = settlement(&calendar, exp.parse().unwrap(), settle) else {
            assert!(case["why"].as_str().unwrap().contains("must be refused"));
            refused += 1;
            continue;
        };
        let minutes = (until - now) as f64 / 60e6;
        assert!((minutes - number(&case["minutes"])).abs() < 1e-12, "{case}");
        close_to("T", years(now, until), number(&case["T"]), 1e-12);
    }
    assert_eq!(refused, 1);
    // F = K + e^{rT}(C - P), the example of the VIX white paper.
    let paper = &vector["vix_white_paper"];
    for (minutes, rate, strike, difference, i) in [
        (854.0 + 510.0 + 34_560.0, 0.000_305, 1965.0, 21.05 - 23.15, 1),
        (854.0 + 900.0 + 44_640.0, 0.000_286, 1960.0, 27.30 - 24.90, 2),
    ] {
        let tau: f64 = minutes / YEAR_MINUTES;
        close_to("T", tau, number(&paper[format!("T{i}")]), 1e-9);
        let forward = strike + (rate * tau).exp() * difference;
        close_to("F", forward, number(&paper[format!("F{i}")]), 1e-9);
    }
}

#[test]
fn vector_15_expected_move() {
    let Some(vector) = load("15_expected_move.json") else { return };
    let (forward, vol) = (number(&vector["F"]), number(&vector["vol"]));
    let tau = number(&vector["T"]);
    close_to("sigma", expected_move(forward, vol, tau), number(&vector["sigma_move"]), 1e-10);
    close_to("straddle", straddle(forward, vol, tau), number(&vector["straddle"]), 1e-10);
}
