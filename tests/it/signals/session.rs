//! What begins and ends evaluation: hours, gaps, contracts, conflicting signals, bad records.

use super::scene::BarsFrom;
use super::scene::Collector;
use super::scene::DAY;
use super::scene::Minute;
use super::scene::Scene;
use super::scene::calendar;
use super::scene::fold;
use super::scene::play;
use super::scene::play_records;
use super::scene::price;
use super::scene::stage;
use super::scene::sym;
use mia::config::Config;
use mia::market::Side;
use mia::strategies::SignalOptions;
use mia::strategies::SignalStage;
use mia::strategies::Strategy;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Num;
use mia::wire::Record;
use mia::wire::Stage;

const NAME: &str = "va_rejection";

fn value_area(minutes: Vec<Minute>) -> Scene {
    Scene::new(minutes).value_area(40.0, 0.0, -40.0)
}

/// A bar that completes the sale by itself.
fn trigger(at: i64) -> Minute {
    Minute::new(at, [36, 47, 34, 36])
}

/// A bar that begins a probe of the sale and no more.
fn probe(at: i64) -> Minute {
    Minute::new(at, [38, 46, 36, 43])
}

fn calm(at: i64) -> Minute {
    Minute::new(at, [20, 25, 15, 20])
}

#[test]
fn nothing_in_the_first_ten_minutes_and_outside_regular_hours() {
    for (at, failed) in [
        (-30, "session_closed"),
        (0, "session_closed"),
        (1, "open_wait"),
        (9, "open_wait"),
        (10, "-"),
        (389, "-"),
        (390, "session_closed"),
        (400, "session_closed"),
    ] {
        let outcome = play(&value_area(vec![trigger(at)]), &Config::default());
        assert_eq!(outcome.sale(NAME)[0].failed.as_deref().unwrap_or("-"), failed, "minute {at}");
        assert_eq!(outcome.signals.len(), usize::from(failed == "-"));
    }
}

#[test]
fn a_new_session_starts_over() {
    let first = value_area(vec![probe(380)]);
    let mut second =
        value_area((1..=9).map(calm).chain([Minute::new(10, [39, 41, 34, 36])]).collect());
    second.date = 20_260_311;
    let records = [first.records(), second.records()].concat();
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    // Yesterday's probe would have triggered; today's machine only arms.
    assert_eq!(outcome.last(NAME), ("ARMED", "no_probe"));
    assert!(outcome.signals.is_empty());
}

#[test]
fn three_missing_bars_start_over_and_two_do_not() {
    for (next, state, failed) in [(63, "TRIGGERED", "-"), (64, "IDLE", "stale")] {
        let outcome = play(&value_area(vec![probe(60), trigger(next)]), &Config::default());
        assert_eq!(outcome.last(NAME), (state, failed), "next bar at {next}");
    }
    // The gap ends a cool-down too; the bar after it counts as the one before the next.
    let outcome = play(
        &value_area(vec![
            trigger(60),
            calm(61),
            Minute::new(70, [39, 39, 30, 39]),
            Minute::new(71, [39, 41, 34, 36]),
        ]),
        &Config::default(),
    );
    assert_eq!(outcome.states(NAME), ["TRIGGERED", "COOLDOWN", "IDLE", "ARMED"]);
}

#[test]
fn another_contract_starts_over_with_its_own_levels() {
    let first = value_area(vec![probe(60)]);
    let mut second = Scene::new(vec![trigger(61)]);
    second.sym = sym("ESM26");
    let records = [first.records(), second.records()].concat();
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(outcome.last(NAME), ("IDLE", "no_levels"));
}

#[test]
fn other_products_are_not_ours() {
    let mut scene = value_area(vec![trigger(60)]);
    scene.sym = sym("NQH26");
    assert_eq!(fold(&Config::default(), &scene.records()), []);
}

#[test]
fn bars_of_five_minutes_follow_the_same_rules() {
    let at = |i: i64, bar| Minute::new(60 + 5 * i, bar);
    let mut scene = value_area(vec![
        at(0, [24, 32, 20, 30]),
        at(1, [30, 39, 28, 38]),
        at(2, [38, 46, 36, 43]),
        at(3, [43, 47, 34, 36]),
    ]);
    scene.dur = 300;
    scene.bars_from = BarsFrom::Feed;
    let outcome = play(&scene, &Config::default());
    assert_eq!(outcome.states(NAME), ["IDLE", "ARMED", "PROBE", "TRIGGERED"]);
    assert_eq!(outcome.signals[0].expires - outcome.signals[0].ts, 300_000_000);
    assert_eq!(outcome.signals[0].ct, outcome.signals[0].ts);
}

#[test]
fn built_bars_take_precedence_over_those_of_a_feed() {
    let built = value_area(vec![calm(60), trigger(61)]);
    let mut fed = Scene::new(vec![calm(60), calm(61)]);
    fed.bars_from = BarsFrom::Feed;
    let mut records = built.records();
    let fed = fed.records().into_iter().filter(|r| r.kind() == Kind::Bar);
    for (i, bar) in fed.enumerate() {
        records.insert(2 + 3 * i, bar);
    }
    assert_eq!(fold(&Config::default(), &records), fold(&Config::default(), &built.records()));
}

#[test]
fn buy_and_sell_on_one_bar_are_neither() {
    // The sale at pVAH and, far below VWAP, the purchase of the deviation.
    let far = |m: Minute| m.with(|m| (m.vwap, m.sd) = (Some(80.0), Some(20.0)));
    let mut minutes = vec![
        far(calm(60)).with(|m| m.z = Some(-2.5)),
        far(trigger(61)).with(|m| (m.z, m.cvd_div) = (Some(-1.9), Some(0.3))),
    ];
    let scene = value_area(minutes.clone());
    let outcome = play(&scene, &Config::default());
    assert_eq!(outcome.last(NAME), ("TRIGGERED", "conflict"));
    assert!(outcome.signals.is_empty());
    // Either alone is a signal.
    minutes[1].cvd_div = Some(0.29);
    let outcome = play(&value_area(minutes.clone()), &Config::default());
    assert_eq!((outcome.signals.len(), outcome.signals[0].side), (1, Side::Sell));
    minutes[1].cvd_div = Some(0.3);
    let outcome = play(&Scene::new(minutes), &Config::default());
    assert_eq!((outcome.signals.len(), outcome.signals[0].side), (1, Side::Buy));
}

#[test]
fn the_bench_pattern_says_what_it_is() {
    let mut config = Config::default();
    config.signals.always_every_s = 120;
    let records = Scene::new((1..=6).map(calm).collect()).records();
    let signals: Vec<_> = fold(&config, &records)
        .into_iter()
        .filter_map(|r| if let Record::Signal(s) = r { Some(s) } else { None })
        .collect();
    let sides: Vec<_> = signals.iter().map(|s| s.side).collect();
    assert_eq!(sides, [Side::Buy, Side::Sell, Side::Buy]);
    assert_eq!((signals[0].stop, signals[0].targets[0]), (price(0), price(24)));
    assert_eq!((signals[1].stop, signals[1].targets[0]), (price(40), price(16)));
    assert!(signals.iter().all(|s| s.pattern == "always" && s.why == ["benchmark"]));
    assert!(signals.iter().all(|s| s.msg.contains("to measure latency, no trade idea")));
}

#[test]
fn without_explain_only_signals_are_written() {
    let mut stage =
        SignalStage::new(&Config::default(), calendar().clone(), SignalOptions::default()).unwrap();
    let mut out = Collector::default();
    for record in value_area(vec![calm(60), trigger(61), calm(62)]).records() {
        stage.on_record(&record, &mut out).unwrap();
    }
    let spoken: Vec<_> = out.0.iter().filter(|r| !matches!(r, Record::Scores(_))).collect();
    assert!(matches!(spoken.as_slice(), [Record::Signal(_)]));
}

/// Folds records of which the last is bad.
fn refuse(records: &[Record]) -> FailureClass {
    let mut stage = stage(&Config::default(), Strategy::Auto);
    let mut out = Collector::default();
    let (last, before) = records.split_last().unwrap();
    for record in before {
        stage.on_record(record, &mut out).unwrap();
    }
    stage.on_record(last, &mut out).unwrap_err().class
}

#[test]
fn records_that_contradict_the_contract_are_bad_input() {
    let good = value_area(vec![calm(60)]).records();
    let with_bar = |change: fn(&mut mia::wire::Bar)| {
        let mut records = good[..2].to_vec();
        let Record::Bar(bar) = &mut records[1] else { panic!() };
        change(bar);
        refuse(&records)
    };
    assert_eq!(
        with_bar(|b| b.h = mia::market::Px::from_nanos(b.h.nanos() + 1)),
        FailureClass::BadInput
    );
    assert_eq!(with_bar(|b| b.h = price(10)), FailureClass::BadInput);
    assert_eq!(with_bar(|b| b.l = price(21)), FailureClass::BadInput);
    assert_eq!(with_bar(|b| b.dur = 0), FailureClass::BadInput);
    let with_features = |change: fn(&mut mia::wire::Features)| {
        let mut records = good.clone();
        let Record::Features(features) = &mut records[2] else { panic!() };
        change(features);
        refuse(&records)
    };
    assert_eq!(with_features(|f| f.fv = 2), FailureClass::BadInput);
    assert_eq!(with_features(|f| f.f.0[14] = Some(0.5)), FailureClass::BadInput);
    assert_eq!(with_features(|f| f.x.vwap = Some(Num(1e12))), FailureClass::BadInput);
    let mut records = good[..1].to_vec();
    let Record::Levels(levels) = &mut records[0] else { panic!() };
    levels.lv[0].px = Num(-1e300);
    assert_eq!(refuse(&records), FailureClass::BadInput);
}

#[test]
fn stamps_outside_the_calendar_stop_the_stage() {
    for ts in [0, i64::MIN, i64::MAX] {
        let mut records = value_area(vec![calm(60)]).records();
        let Record::Bar(bar) = &mut records[1] else { panic!() };
        bar.ts = ts;
        let Record::Features(features) = &mut records[2] else { panic!() };
        features.ts = ts;
        assert_eq!(refuse(&records), FailureClass::Config, "{ts}");
    }
}

#[test]
fn an_unknown_instrument_is_a_configuration_error() {
    let config = Config { instrument: "ZB".to_owned(), ..Config::default() };
    let error =
        SignalStage::new(&config, calendar().clone(), SignalOptions::default()).unwrap_err();
    assert_eq!(error.class, FailureClass::Config);
}

#[test]
fn a_repeated_or_late_bar_changes_nothing() {
    let scene = value_area(vec![calm(59), probe(60), trigger(61), calm(62)]);
    let good = scene.records();
    let mut again = good.clone();
    // Bar and features of minute 60 once more, after minute 61.
    again.splice(7..7, [good[3].clone(), good[4].clone()]);
    assert_eq!(fold(&Config::default(), &again), fold(&Config::default(), &good));
    assert_eq!(scene.date, DAY);
}
