//! The reference vectors of the features: 01, 02, 03, 05, 06, 07, 30 and 32, tolerances of QUANT 9.

use crate::data;
use crate::features::Collect;
use crate::features::stage;
use mia::config::Config;
use mia::config::Context;
use mia::config::Flow;
use mia::config::ProfileSettings;
use mia::config::VaTie;
use mia::features::BarFootprint;
use mia::features::Efficiency;
use mia::features::FeaturesOptions;
use mia::features::QuoteFlow;
use mia::features::Reason;
use mia::features::Regime;
use mia::features::RegimeSwitch;
use mia::features::Totals;
use mia::features::Touch;
use mia::features::Value;
use mia::features::VarianceRatio;
use mia::features::VolumeProfile;
use mia::features::Vwap;
use mia::features::Wilder;
use mia::features::mean_depth;
use mia::market::AggressorRule;
use mia::market::Instrument;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::market::Ticks;
use mia::wire::Clock;
use mia::wire::Features;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use serde_json::Value as Json;

fn load(name: &str) -> Option<Json> {
    let path = data::dir()?.join("reference-vectors").join(name);
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn es() -> Instrument {
    Config::default().instrument_named("ES").unwrap()
}

fn px(json: &Json) -> Px {
    Px::from_points(json.as_f64().unwrap()).unwrap()
}

fn ticks(json: &Json) -> Ticks {
    es().ticks(px(json)).unwrap()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}

#[track_caller]
fn close_to(value: f64, expected: f64, relative: f64) {
    let error = (value - expected).abs();
    assert!(error <= relative * expected.abs().max(f64::MIN_POSITIVE), "{value} is not {expected}");
}

/// A value against a number or `null`.
#[track_caller]
fn same(value: Value, expected: &Json, relative: f64) {
    match (value, expected.as_f64()) {
        (Ok(value), Some(expected)) => close_to(value, expected, relative),
        (Err(_), None) => {}
        (value, _) => panic!("{value:?} is not {expected}"),
    }
}

#[test]
fn vector_01_sides() {
    let Some(vector) = load("01_classify.json") else { return };
    let mut rule = AggressorRule::default();
    let mut expected = list(&vector["trades"]).iter();
    let (mut volume, mut delta) = (0, 0);
    for event in list(&vector["events"]) {
        if event[0] == "Q" {
            rule.on_quote(Some(px(&event[1])), Some(px(&event[2])));
            continue;
        }
        let trade = expected.next().unwrap();
        let (side, source) = rule.on_trade(px(&event[1]));
        let size = event[2].as_i64().unwrap();
        assert_eq!(side.sign(), trade["lee_ready"].as_i64().unwrap(), "{trade}");
        let at_touch = trade["at_touch"] != 0;
        assert_eq!(source == SideSource::Touch, at_touch, "{trade}");
        assert_eq!(source == SideSource::Tick, trade["quote"] == 0, "{trade}");
        volume += size;
        delta += size * side.sign();
    }
    assert_eq!(expected.next(), None);
    assert_eq!((volume, delta), (41, -3));
    assert_eq!(vector["sums"]["delta_lr"], delta);
}

#[test]
fn vector_01_tick_rule() {
    let Some(vector) = load("01_classify.json") else { return };
    let mut rule = AggressorRule::default();
    let mut delta = 0;
    for trade in list(&vector["trades"]) {
        let (side, _) = rule.on_trade(px(&trade["price"]));
        assert_eq!(side.sign(), trade["tick"].as_i64().unwrap(), "{trade}");
        delta += side.sign() * trade["size"].as_i64().unwrap();
    }
    assert_eq!(vector["sums"]["delta_tick"], delta);
}

#[test]
fn vector_02_footprint() {
    let Some(vector) = load("02_footprint.json") else { return };
    let (mut bar, mut profile) = (BarFootprint::default(), VolumeProfile::default());
    for row in list(&vector["rows"]) {
        let (price, sold, bought) =
            (ticks(&row[0]), row[1].as_u64().unwrap(), row[2].as_u64().unwrap());
        bar.add(price, sold, -1);
        bar.add(price, bought, 1);
        profile.add(price, sold + bought);
    }
    let flow = Flow::default();
    let low = bar.rows().unwrap().0;
    let prices = |side: fn(&(usize, bool, bool)) -> bool| -> Vec<f64> {
        let rows = bar.imbalances(&flow).filter(side);
        rows.map(|(i, ..)| (low.0 + i as i64) as f64 * 0.25).collect()
    };
    let expect = &vector["expect"];
    assert_eq!(Json::from(prices(|row| row.1)), expect["buy"]);
    assert_eq!(Json::from(prices(|row| row.2)), expect["sell"]);
    let stacks = bar.stacks(&flow);
    assert_eq!((stacks.buy, stacks.sell, stacks.imbalance()), (3, 0, 3));
    assert_eq!(expect["buy_stacks"][0][2], stacks.buy);
    let rows = bar.rows().unwrap().1;
    let delta: i64 = rows.iter().map(|row| row.bought as i64 - row.sold as i64).sum();
    assert_eq!(
        (Json::from(delta), Json::from(profile.total())),
        (expect["delta"].clone(), expect["volume"].clone())
    );
    assert_eq!(profile.poc(), Some(ticks(&expect["poc"])));
}

fn touch(quote: &Json) -> Touch {
    Touch {
        bid: ticks(&quote[0]),
        bid_size: quote[1].as_u64().unwrap(),
        ask: ticks(&quote[2]),
        ask_size: quote[3].as_u64().unwrap(),
    }
}

#[test]
fn vector_03_order_flow_imbalance() {
    let Some(vector) = load("03_ofi.json") else { return };
    let quotes: Vec<_> = list(&vector["quotes"]).iter().map(touch).collect();
    let e: Vec<_> = quotes.windows(2).map(|pair| pair[1].imbalance_since(&pair[0])).collect();
    assert_eq!(Json::from(e), vector["e"]);
    let (mut flow, mut totals) = (QuoteFlow::default(), Totals::default());
    for (i, quote) in quotes.iter().enumerate() {
        flow.on_quote(i as i64, Some(*quote), &mut totals);
        close_to(quote.queue_imbalance(), vector["queue_imbalance"][i].as_f64().unwrap(), 1e-12);
        close_to(quote.microprice() * 0.25, vector["microprice"][i].as_f64().unwrap(), 1e-12);
    }
    assert_eq!(vector["ofi"], totals.ofi);
}

#[test]
fn vector_05_value_area() {
    let Some(vector) = load("05_value_area.json") else { return };
    for (name, case) in vector["profiles"].as_object().unwrap() {
        let mut profile = VolumeProfile::default();
        for row in list(&case["profile"]) {
            profile.add(ticks(&row[0]), row[1].as_u64().unwrap());
        }
        for (variant, va_rows, va_tie) in [
            ("two_row_up", 2, VaTie::Up),
            ("two_row_down", 2, VaTie::Down),
            ("one_row_up", 1, VaTie::Up),
        ] {
            let settings = ProfileSettings { va_rows, va_tie, ..ProfileSettings::default() };
            let area = profile.value_area(&settings).unwrap();
            let expected = &case[variant];
            assert_eq!(area.poc, ticks(&expected["poc"]), "{name} {variant}");
            assert_eq!(area.vah, ticks(&expected["vah"]), "{name} {variant}");
            assert_eq!(area.val, ticks(&expected["val"]), "{name} {variant}");
            assert_eq!(expected["va_vol"], area.volume, "{name} {variant}");
            assert_eq!(expected["total"], area.total, "{name} {variant}");
        }
    }
}

#[test]
fn vector_06_vwap() {
    let Some(vector) = load("06_vwap.json") else { return };
    let mut vwap = Vwap::default();
    for (trade, running) in list(&vector["trades"]).iter().zip(list(&vector["running"])) {
        vwap.add(ticks(&trade[0]), trade[1].as_u64().unwrap());
        close_to(vwap.mean().unwrap() * 0.25, running[0].as_f64().unwrap(), 1e-12);
        close_to(vwap.deviation().unwrap() * 0.25, running[1].as_f64().unwrap(), 1e-12);
    }
    let (mean, sd) = (vwap.mean().unwrap() * 0.25, vwap.deviation().unwrap() * 0.25);
    close_to(mean + 2.0 * sd, vector["final"]["plus2"].as_f64().unwrap(), 1e-12);
}

#[test]
fn vector_07_efficiency_range_and_direction() {
    let Some(vector) = load("07_regime.json") else { return };
    let (mut er10, mut er20) = (Efficiency::new(10), Efficiency::new(20));
    let mut wilder = Wilder::default();
    for (i, close) in list(&vector["close"]).iter().enumerate() {
        let close = ticks(close);
        er10.push(close);
        er20.push(close);
        wilder.push(ticks(&vector["high"][i]), ticks(&vector["low"][i]), close);
        same(er10.value(), &vector["er10"][i], 1e-9);
        same(er20.value(), &vector["er20"][i], 1e-9);
        same(wilder.atr().map(|atr| atr * 0.25), &vector["atr14"][i], 1e-9);
        same(wilder.adx(), &vector["adx14"][i], 1e-9);
        same(wilder.choppiness(), &vector["chop14"][i], 1e-9);
        let directions = wilder.directions().ok_or(Reason::Warmup);
        same(directions.map(|d| d.0), &vector["plus_di14"][i], 1e-9);
        same(directions.map(|d| d.1), &vector["minus_di14"][i], 1e-9);
    }
}

#[test]
fn vector_07_variance_ratio() {
    let Some(vector) = load("07_regime.json") else { return };
    let closes = list(&vector["close"]);
    let mut ratio = VarianceRatio::new(closes.len() - 1);
    for close in closes {
        assert_eq!(ratio.value(2), Err(Reason::Warmup));
        ratio.push(ticks(close));
    }
    for (lag, expected) in vector["variance_ratio"].as_object().unwrap() {
        let value = ratio.value(lag.parse().unwrap()).unwrap();
        close_to(value.ratio, expected["vr"].as_f64().unwrap(), 1e-10);
        close_to(value.z, expected["z"].as_f64().unwrap(), 1e-10);
        close_to(value.z_robust, expected["z_robust"].as_f64().unwrap(), 1e-10);
    }
}

#[test]
fn vector_32_regime() {
    let Some(vector) = load("32_regime_hysteresis.json") else { return };
    let context = Context::default();
    let mut switch = RegimeSwitch::default();
    let mut switches = Vec::new();
    for (i, er) in list(&vector["er20"]).iter().enumerate() {
        let before = switch.state();
        switch.push(er.as_f64().ok_or(Reason::Warmup), &context);
        let text = switch.state().map(|state| match state {
            Regime::Range => "RANGE",
            Regime::Trend => "TREND",
        });
        assert_eq!(vector["state"][i].as_str(), text, "bar {i}");
        if before.is_some() && before != switch.state() {
            switches.push(i);
        }
    }
    assert_eq!(switches, [63]);
}

/// The lines of vector 30 as records; stamps floored to microseconds.
fn ticks_of_vector_30() -> Option<Vec<Record>> {
    let path = data::dir()?.join("reference-vectors/30_ticks.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let sym = Sym::new("ESZ26").unwrap();
    let record = |line: &str| {
        let json: Json = serde_json::from_str(line).unwrap();
        let ts = json["t"].as_i64().unwrap().div_euclid(1000);
        let count = |key: &str| json[key].as_u64().unwrap();
        if json["k"] == "Q" {
            return Record::Quote(Quote {
                ts,
                sym,
                bid: Some(px(&json["bid"])),
                bsz: count("bsz"),
                ask: Some(px(&json["ask"])),
                asz: count("asz"),
                src: Src::Syn,
                vts: None,
                rx: None,
                flags: TradeFlags::default(),
            });
        }
        Record::Trade(Trade {
            ts,
            sym,
            px: px(&json["px"]),
            sz: count("sz"),
            side: Side::from_sign(json["side"].as_i64().unwrap()),
            ss: SideSource::Flag,
            seq: None,
            src: Src::Syn,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })
    };
    Some(text.lines().map(record).collect())
}

#[test]
fn vector_30_end_to_end() {
    let (Some(records), Some(vector)) = (ticks_of_vector_30(), load("30_features.json")) else {
        return;
    };
    assert_eq!(records.len(), 8719);
    let mut stage = stage(FeaturesOptions { footprint: true });
    let mut out = Collect::default();
    for record in &records {
        stage.on_record(record, &mut out).unwrap();
    }
    let last = records.last().unwrap().ts();
    let clock = Clock { ts: last + 1_000_000, sym: Sym::NONE, src: Src::Syn };
    stage.on_record(&Record::Clock(clock), &mut out).unwrap();

    let features: Vec<&Features> = out.features().collect();
    let rows = list(&vector["rows"]);
    for (i, row) in rows.iter().enumerate() {
        let end = row["t"].as_i64().unwrap() / 1000;
        let of = features.iter().find(|f| f.ts == end).unwrap();
        let value = |name: &str| of.f.value(name).ok_or(Reason::Warmup);
        same(value("of_delta_imb"), &row["delta_imb"], 1e-12);
        same(value("of_cvd_div"), &row["cvd_div"], 1e-12);
        same(value("of_large_imb"), &row["large_imb"], 1e-12);
        if i == 0 {
            // The first quote came 1.05 s into the minute: less than 60 s of quotes (1.3).
            assert_eq!(of.why.reason("of_ofi"), Some("no_quotes"));
        } else {
            same(value("of_ofi"), &row["ofi_ticks"], 1e-6);
        }
        same(Ok(of.x.queue_imb.unwrap().0), &row["queue_imb"], 1e-12);
        assert_eq!(of.x.cvd_rth, row["cvd"].as_i64());
        assert_eq!(of.px, Some(px(&row["last"])));
        let bar = out.bars().find(|bar| bar.ts == end).unwrap();
        assert_eq!(bar.n, row["trades"].as_u64());
        assert_eq!(Some(bar.v), row["volume"].as_u64());
        let delta = bar.av.unwrap() as i64 - bar.bv.unwrap() as i64;
        assert_eq!(row["delta"], delta);
    }
    assert_eq!(out.bars().count(), rows.len());
    let newest = features.last().unwrap();
    close_to(newest.x.vwap.unwrap().0, vector["session_vwap"].as_f64().unwrap(), 1e-12);
    close_to(newest.x.vwap_sd.unwrap().0, vector["session_sd"].as_f64().unwrap(), 1e-12);

    let first = out.footprints().next().unwrap();
    let mut rows: Vec<Json> =
        first.rows.iter().map(|row| serde_json::json!([row.0.points(), row.1, row.2])).collect();
    rows.reverse();
    assert_eq!(Json::from(rows), vector["first_minute_footprint"]);
    check_profile(&records, newest, &vector["profile"]);
}

/// The developing profile of the last record against the rows of the vector.
fn check_profile(records: &[Record], newest: &Features, expected: &Json) {
    let mut profile = VolumeProfile::default();
    for record in records {
        if let Record::Trade(trade) = record {
            profile.add(es().ticks(trade.px).unwrap(), trade.sz);
        }
    }
    let low = profile.span().unwrap().0.0;
    let rows: Vec<Json> = profile
        .rows()
        .iter()
        .enumerate()
        .map(|(i, volume)| serde_json::json!([(low + i as i64) as f64 * 0.25, volume]))
        .collect();
    assert_eq!(&Json::from(rows), expected);
    let area = profile.value_area(&ProfileSettings::default()).unwrap();
    assert_eq!(newest.x.poc, Some(es().px(area.poc)));
    assert_eq!((newest.x.vah, newest.x.val), (Some(es().px(area.vah)), Some(es().px(area.val))));
}

#[test]
fn vector_30_quotes_of_the_first_minute() {
    let (Some(records), Some(vector)) = (ticks_of_vector_30(), load("30_features.json")) else {
        return;
    };
    let (mut flow, mut totals) = (QuoteFlow::default(), Totals::default());
    let end = vector["rows"][0]["t"].as_i64().unwrap() / 1000;
    for record in &records {
        if let Record::Quote(quote) = record
            && quote.ts < end
        {
            let touch = Touch {
                bid: es().ticks(quote.bid.unwrap()).unwrap(),
                bid_size: quote.bsz,
                ask: es().ticks(quote.ask.unwrap()).unwrap(),
                ask_size: quote.asz,
            };
            flow.on_quote(quote.ts, Some(touch), &mut totals);
        }
    }
    flow.settle(end, &mut totals);
    let depth = mean_depth(&totals).unwrap();
    assert_eq!(vector["rows"][0]["ofi"], totals.ofi);
    close_to(depth, vector["rows"][0]["avg_depth"].as_f64().unwrap(), 1e-6);
    let expected = vector["rows"][0]["ofi_ticks"].as_f64().unwrap();
    close_to(totals.ofi as f64 / (2.0 * depth), expected, 1e-6);
}
