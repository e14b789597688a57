//! Battle Navale: the worked example, and a near miss of every single condition.
//!
//! Scenes are told for the purchase, as the author tells them; `play` plays each one mirrored as
//! well, so that every line tests the sale too.

use super::scene::BarsFrom;
use super::scene::Minute;
use super::scene::Outcome;
use super::scene::Scene;
use super::scene::play;
use super::scene::play_records;
use super::scene::price;
use super::scene::rth_open;
use super::scene::sym;
use mia::config::Config;
use mia::config::StopMode;
use mia::market::Side;
use mia::strategies::Strategy;
use mia::wire::Explain;
use mia::wire::Record;
use mia::wire::Scores;
use mia::wire::Src;
use mia::wire::Stream;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;

const NAME: &str = "battle_navale";

/// The closed bar of this number: prices in ticks from the centre, buyers' and sellers' volume,
/// VIX 18, and its volume as two trades inside the band of the example's base.
fn bar(i: i64, ohlc: [i64; 4], (buys, sells): (u64, u64)) -> Minute {
    let px = ohlc[3].min(9).max(ohlc[2]);
    Minute::new(i + 1, ohlc).with(|m| {
        m.volume = (buys, sells);
        m.vix = Some(18);
        m.prints = vec![(0, px, buys, Side::Buy), (1, px, sells, Side::Sell)];
    })
}

/// Bars 0 to 32: the last eight of them are a base from 0 to 4.
fn opening() -> Vec<Minute> {
    let wide = |i: i64| match i % 2 {
        0 => bar(i, [-3, 6, -6, 3], (550, 450)),
        _ => bar(i, [3, 6, -6, -3], (450, 550)),
    };
    let calm = |i: i64| match i % 2 {
        0 => bar(i, [3, 4, 0, 1], (380, 420)),
        _ => bar(i, [1, 4, 0, 3], (420, 380)),
    };
    (0..25).map(wide).chain((25..33).map(calm)).collect()
}

/// The worked example of the specification.
fn example() -> Vec<Minute> {
    let mut bars = opening();
    bars.extend([
        bar(33, [3, 8, 3, 7], (700, 300)),
        bar(34, [7, 12, 7, 11], (650, 350)),
        bar(35, [10, 11, 6, 7], (500, 700)),
        bar(36, [7, 8, 3, 5], (600, 500)),
        bar(37, [5, 8, 4, 7], (850, 450)),
        bar(38, [7, 9, -5, 1], (500, 700)),
        bar(39, [1, 3, -6, 2], (500, 600)),
        bar(40, [2, 3, -3, -2], (400, 700)),
    ]);
    bars
}

/// The stamp of the base of the example.
fn stamp() -> i64 {
    rth_open(super::scene::DAY) + 33 * super::scene::MINUTE
}

/// From trades, and the same from bars alone.
fn both(minutes: Vec<Minute>, config: &Config) -> [Outcome; 2] {
    let trades = Scene::new(minutes);
    let mut bars = trades.clone();
    bars.bars_from = BarsFrom::Feed;
    bars.minutes.iter_mut().for_each(|m| m.prints.clear());
    [play(&trades, config), play(&bars, config)]
}

/// Plays from trades and from bars: states and codes must be the same.
fn run_with(minutes: Vec<Minute>, config: &Config) -> Outcome {
    let [trades, bars] = both(minutes, config);
    let steps = |outcome: &Outcome| {
        let of = |e: &&Explain| (e.state.clone(), e.failed.clone(), e.dist);
        outcome.purchase(NAME).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(steps(&trades), steps(&bars), "from bars it differs");
    trades
}

fn run(minutes: Vec<Minute>) -> Outcome {
    run_with(minutes, &Config::default())
}

/// The example up to bar `n` inclusive, that one changed.
fn until(n: usize, change: impl FnOnce(&mut Minute)) -> Vec<Minute> {
    let mut minutes = example();
    minutes.truncate(n + 1);
    change(&mut minutes[n]);
    minutes
}

/// Bar `n` as another one.
fn instead(n: usize, ohlc: [i64; 4], volume: (u64, u64)) -> Vec<Minute> {
    until(n, |m| *m = bar(n as i64, ohlc, volume))
}

/// The example to bar `n`, then more bars: open, high, low, close.
fn then(n: usize, more: impl IntoIterator<Item = [i64; 4]>) -> Vec<Minute> {
    let mut minutes = until(n, |_| {});
    let from = n as i64 + 1;
    minutes.extend(more.into_iter().zip(from..).map(|(ohlc, i)| bar(i, ohlc, (500, 500))));
    minutes
}

/// State and first failed condition (or `-`) of the purchase at the last bar.
fn last(outcome: &Outcome) -> (&str, &str) {
    let last = *outcome.purchase(NAME).last().unwrap();
    (&last.state, last.failed.as_deref().unwrap_or("-"))
}

fn saw(explain: &Explain, name: &str) -> Option<f64> {
    explain.saw.get(name).map(|v| v.0)
}

fn seen(outcome: &Outcome, name: &str) -> Option<f64> {
    saw(outcome.purchase(NAME).last().unwrap(), name)
}

fn with(change: impl FnOnce(&mut mia::config::BattleNavale)) -> Config {
    let mut config = Config::default();
    change(&mut config.patterns.battle_navale);
    config
}

fn assert_near(value: Option<f64>, expected: Option<f64>, what: &str) {
    match (value, expected) {
        (Some(v), Some(e)) => assert!((v - e).abs() < 1e-6, "{what}: {v} is not {e}"),
        _ => assert_eq!(value, expected, "{what}"),
    }
}

/// A line of the table of the specification.
struct Line {
    bar: usize,
    f: f64,
    g: f64,
    q: Option<f64>,
    s: f64,
    z: Option<f64>,
    state: (&'static str, &'static str),
}

#[test]
fn the_worked_example_to_the_digit() {
    let line = |bar, f, g, q, s, z, state| Line { bar, f, g, q, s, z, state };
    let lines = [
        line(32, -0.257_978, 0.0, None, -0.103_191, None, ("IDLE", "base_pending")),
        line(33, 0.676_768, 1.0, Some(0.815), 0.824_457, None, ("ARMED", "not_departed")),
        line(34, 0.759_398, 1.0, Some(0.856_667), 0.867_926, None, ("ARMED", "not_returned")),
        line(35, 0.708_029, 1.0, Some(0.8775), 0.852_587, None, ("PROBE", "battle_volume")),
        line(36, 0.557_143, 1.0, Some(0.89), 0.795_357, None, ("PROBE", "battle_volume")),
        line(37, 0.682_759, 1.0, Some(0.898_333), 0.847_687, Some(1.771_798), ("TRIGGERED", "-")),
        line(38, 0.391_304, 1.0, Some(0.904_286), 0.732_593, None, ("COOLDOWN", "cooldown")),
        line(39, -0.186_441, 0.5, Some(0.908_75), 0.327_611, None, ("COOLDOWN", "cooldown")),
        line(40, -0.470_675, -0.5, None, -0.363_270, None, ("COOLDOWN", "cooldown")),
    ];
    for outcome in both(example(), &Config::default()) {
        for line in &lines {
            let (explain, scores) = (outcome.purchase(NAME)[line.bar], &outcome.scores[line.bar]);
            let what = |name: &str| format!("{name} of bar {}", line.bar);
            let of = |value: Option<mia::wire::Num>| value.map(|v| v.0);
            assert_near(of(scores.bn_force), Some(line.f), &what("f"));
            assert_near(of(scores.bn_rule), Some(line.g), &what("g"));
            assert_near(of(scores.bn_quality), line.q, &what("q"));
            assert_near(of(scores.bn_score), Some(line.s), &what("S"));
            assert_near(saw(explain, "battle_z"), line.z, &what("Z"));
            assert_near(saw(explain, "bn_score"), Some(line.s), &what("S shown"));
            let state = (explain.state.as_str(), explain.failed.as_deref().unwrap_or("-"));
            assert_eq!(state, line.state, "bar {}", line.bar);
            assert_eq!(scores.band, "MID");
        }
        // The sale sees the same numbers.
        assert_near(saw(outcome.sale(NAME)[37], "bn_score"), Some(0.847_687), "S of the sale");
    }
}

#[test]
fn the_signal_of_the_worked_example() {
    for (outcome, why) in
        both(example(), &Config::default()).iter().zip([vec![], vec!["flow_bars"]])
    {
        let entries = outcome.entries();
        let [signal] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!(signal.ts, rth_open(super::scene::DAY) + 38 * super::scene::MINUTE);
        assert_eq!((signal.side, signal.entry), (Side::Buy, price(7)));
        assert_eq!(
            (signal.stop, signal.targets.as_slice()),
            (price(0), &[price(21), price(28)][..])
        );
        assert_eq!(signal.level_ids, [format!("green@{}", stamp())]);
        assert_eq!(signal.why[0], "initiative");
        assert_eq!(signal.why[1..], why);
        assert_eq!(signal.manage.hold_min, Some(45));
        assert_eq!(signal.manage.exits, ["rule_broken"]);
        assert_eq!(signal.regime, "RANGE");
        // Bar 40 closes below the base: its trade is called back.
        let [exit] = outcome.exits()[..] else { panic!("{:?}", outcome.exits()) };
        assert_eq!((&exit.id, exit.entry), (&signal.id, price(-2)));
        assert_eq!(exit.why, ["rule_broken"]);
        assert_eq!(exit.ts - signal.ts, 3 * super::scene::MINUTE);
    }
}

#[test]
fn the_mirrored_example_is_a_sale() {
    let records: Vec<_> =
        Scene::new(example()).records().iter().map(super::scene::mirror).collect();
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_near(outcome.scores[37].bn_score.map(|s| s.0), Some(-0.847_687), "S");
    let [signal] = outcome.entries()[..] else { panic!("{:?}", outcome.entries()) };
    assert_eq!((signal.side, signal.entry, signal.stop), (Side::Sell, price(-7), price(0)));
    assert_eq!(signal.targets, [price(-21), price(-28)]);
    assert_eq!(signal.level_ids, [format!("red@{}", stamp())]);
}

#[test]
fn the_numbers_of_the_battle_are_shown() {
    let outcome = run(until(37, |_| {}));
    let explain = *outcome.purchase(NAME).last().unwrap();
    let shown = |name| saw(explain, name);
    assert_eq!(shown("battle_n"), Some(3600.0));
    assert_near(shown("battle_r"), Some(300.0 / 3600.0), "R");
    assert_eq!((shown("base_low"), shown("base_high")), (Some(5000.0), Some(5001.0)));
    assert_eq!((shown("bn_phase"), shown("bn_height_max")), (Some(5.0), Some(10.0)));
    assert_near(shown("base_quality"), Some(0.898_333), "q");
}

#[test]
fn the_cluster_at_the_upper_edge_of_the_base_gives_the_confluence() {
    let scene = Scene::new(until(37, |_| {})).level("PDH", "SESSION", 4.0, 0.5);
    let confluence = play(&scene, &Config::default()).entries()[0].confluence.0;
    assert!((confluence - 0.5).abs() < 1e-12, "{confluence}");
}

#[test]
fn a_battle_needs_its_imbalance() {
    // 3600 contracts: one deviation is 169.3 of them.
    assert_eq!(last(&run(instead(37, [5, 8, 4, 7], (785, 515)))), ("TRIGGERED", "-"));
    assert_eq!(last(&run(instead(37, [5, 8, 4, 7], (784, 516)))), ("PROBE", "battle_even"));
}

#[test]
fn a_battle_needs_its_volume() {
    let of = |sells| {
        let mut minutes = instead(37, [5, 8, 4, 7], (100, sells));
        minutes[35] = bar(35, [10, 11, 6, 7], (700, 500));
        run(minutes)
    };
    assert_eq!(last(&of(100)), ("TRIGGERED", "-"));
    assert_eq!(last(&of(99)), ("PROBE", "battle_volume"));
    assert_eq!(seen(&of(99), "battle_n"), Some(2499.0));
    assert_eq!(seen(&of(99), "battle_z"), None);
}

#[test]
fn an_initiative_closes_two_ticks_beyond_the_base() {
    assert_eq!(last(&run(instead(37, [5, 8, 4, 6], (850, 450)))), ("TRIGGERED", "-"));
    let outcome = run(instead(37, [5, 8, 4, 5], (850, 450)));
    assert_eq!(last(&outcome), ("PROBE", "close_low"));
    assert_eq!(outcome.purchase(NAME).last().unwrap().dist.map(|d| d.0), Some(1.0));
}

#[test]
fn a_close_beyond_the_zone_has_escaped() {
    assert_eq!(last(&run(instead(37, [5, 9, 4, 9], (850, 450)))), ("TRIGGERED", "-"));
    assert_eq!(last(&run(instead(37, [5, 10, 4, 10], (850, 450)))), ("ARMED", "escaped"));
}

#[test]
fn a_battle_needs_its_age() {
    // The whole battle in one bar, so many seconds before its end.
    let of = |second| {
        let records = Scene::new(until(35, |m| {
            *m = bar(35, [10, 11, 6, 7], (1600, 1000));
            m.prints = vec![(0, 10, 500, Side::Sell), (second, 9, 1600, Side::Buy)];
            m.prints.push((second, 9, 1000, Side::Sell));
        }))
        .records();
        let outcome = play_records(&records, &Config::default(), Strategy::Auto);
        assert_eq!(seen(&outcome, "battle_n"), Some(2600.0), "above the zone nothing counts");
        let (state, failed) = last(&outcome);
        (state.to_owned(), failed.to_owned())
    };
    assert_eq!(of(30), ("TRIGGERED".to_owned(), "-".to_owned()));
    assert_eq!(of(31), ("PROBE".to_owned(), "battle_young".to_owned()));
}

#[test]
fn trades_outside_the_band_do_not_count() {
    let with_trades_at = |px| {
        let minutes = until(35, |m| m.prints = vec![(0, 9, 1, Side::Buy), (1, px, 99, Side::Sell)]);
        seen(&play(&Scene::new(minutes), &Config::default()), "battle_n")
    };
    for (px, n) in [(9, 100.0), (10, 1.0), (-5, 100.0), (-6, 1.0)] {
        assert_eq!(with_trades_at(px), Some(n), "{px}");
    }
}

#[test]
fn the_score_must_reach_the_threshold_of_the_band() {
    let s = run(until(37, |_| {})).scores[37].bn_score.unwrap().0;
    let at = |mid: f64| run_with(until(37, |_| {}), &with(|b| b.threshold = [0.9, mid, 0.9, 0.9]));
    assert_eq!(last(&at(s)), ("TRIGGERED", "-"));
    assert_eq!(last(&at(s.next_up())), ("PROBE", "score_low"));
    // By band: only the band of the moment counts.
    for (vix, band) in [(14, 0), (18, 1), (30, 2), (40, 3)] {
        let mut minutes = until(37, |_| {});
        minutes.iter_mut().for_each(|m| m.vix = Some(vix));
        let only = with(|b| b.threshold[band] = 0.9);
        assert_eq!(last(&run_with(minutes.clone(), &only)), ("PROBE", "score_low"), "VIX {vix}");
        let others = with(|b| {
            b.threshold = [0.9; 4];
            b.threshold[band] = 0.2;
        });
        assert_eq!(last(&run_with(minutes, &others)), ("TRIGGERED", "-"), "VIX {vix}");
    }
}

#[test]
fn the_base_must_be_good_enough() {
    let q = seen(&run(until(37, |_| {})), "base_quality").unwrap();
    let at = |q: f64| run_with(until(37, |_| {}), &with(|b| b.quality_min = q));
    assert_eq!(last(&at(q)), ("TRIGGERED", "-"));
    assert_eq!(last(&at(q.next_up())), ("PROBE", "base_poor"));
}

#[test]
fn a_bar_counts_where_it_has_prices_of_the_band() {
    // From bars alone; bars 35 and 36 have 2300 contracts, the band is from -5 to 9.
    for (ohlc, volume) in [
        ([10, 12, 9, 11], 3300.0),
        ([11, 12, 10, 11], 2300.0),
        ([-9, -5, -10, -7], 3300.0),
        ([-9, -6, -10, -7], 2300.0),
    ] {
        let [_, bars] = both(then(36, [ohlc]), &Config::default());
        assert_eq!(seen(&bars, "battle_n"), Some(volume), "{ohlc:?}");
    }
}

#[test]
fn a_bar_without_trades_is_no_bar_whose_trades_are_missing() {
    let minutes = |volume| {
        let mut minutes = until(37, |_| {});
        minutes[36].volume = volume;
        minutes[36].prints.clear();
        play(&Scene::new(minutes), &Config::default())
    };
    assert_eq!(minutes((0, 0)).entries()[0].why, ["initiative"]);
    assert_eq!(minutes((1, 0)).entries()[0].why, ["initiative", "flow_bars"]);
}

#[test]
fn the_volume_of_a_battle_is_asked_in_minutes_of_the_usual_one() {
    let of = |dur: u32| {
        let mut scene = Scene::new(until(35, |_| {}));
        scene.dur = dur;
        scene.minutes.iter_mut().for_each(|m| m.at *= i64::from(dur / 60));
        play(&scene, &Config::default())
    };
    // 1.2 bars: more than two and a half minutes if they have five.
    assert_eq!(last(&of(60)), ("PROBE", "battle_volume"));
    assert_eq!(last(&of(300)), ("PROBE", "not_absorbed"));
}

/// A battle of bar 35 that the Defenders lead, on a base that holds.
fn attack(close: i64, sells: u64, absorption: Option<f64>) -> Vec<Minute> {
    until(35, |m| {
        *m = bar(35, [10, 11, 3, close], (1200, sells));
        m.absorption = absorption;
    })
}

#[test]
fn an_attack_that_is_absorbed_is_a_win() {
    let won = attack(4, 1500, Some(1.5));
    let outcome = run(won.clone());
    assert_eq!(last(&outcome), ("TRIGGERED", "-"));
    let signal = outcome.entries()[0];
    assert_eq!((signal.why.as_slice(), signal.entry), (&["absorption".to_owned()][..], price(4)));
    for (minutes, expected) in [
        (attack(4, 1500, Some(1.49)), "not_absorbed"),
        (attack(4, 1500, None), "not_absorbed"),
        (attack(3, 1500, Some(1.5)), "close_low"),
        (attack(4, 1345, Some(1.5)), "battle_even"),
    ] {
        assert_eq!(last(&run(minutes)), ("PROBE", expected));
    }
    assert_eq!(last(&run(attack(4, 1350, Some(1.5)))), ("TRIGGERED", "-"));
    // The imbalance asked is enough.
    let z = -seen(&outcome, "battle_z").unwrap();
    let asked = |z: f64| run_with(attack(4, 1500, Some(1.5)), &with(|b| b.imb_z = z));
    assert_eq!(last(&asked(z)), ("TRIGGERED", "-"));
    assert_eq!(last(&asked(z.next_up())), ("PROBE", "battle_even"));
    // Absorbed attacks belong to a range.
    let mut trend = won;
    trend.iter_mut().for_each(|m| (m.regime, m.trend) = (Some(1.0), Some(0.5)));
    assert_eq!(last(&run(trend)), ("TRIGGERED", "route"));
}

#[test]
fn absorption_at_any_close_of_the_battle_counts_and_a_close_below_the_base_never_heals() {
    let next = |minutes: &mut Vec<Minute>| minutes.push(bar(36, [3, 6, 2, 5], (300, 300)));
    let mut minutes = attack(3, 1600, Some(1.7));
    next(&mut minutes);
    assert_eq!(last(&run(minutes.clone())), ("TRIGGERED", "-"));
    // The absorption came before the battle: it does not count.
    minutes[35].absorption = None;
    minutes[34].absorption = Some(1.7);
    assert_eq!(last(&run(minutes)), ("PROBE", "not_absorbed"));
    // A green bar closes below the base: the rule stands, the absorption is void.
    let mut minutes = attack(3, 1600, Some(1.7));
    minutes[35].bar = [-2, 11, -3, -1];
    next(&mut minutes);
    assert_eq!(last(&run(minutes.clone())), ("PROBE", "base_pierced"));
    minutes[35].bar = [-2, 11, -3, 0];
    assert_eq!(last(&run(minutes)), ("TRIGGERED", "-"));
}

#[test]
fn a_warned_base_is_not_traded_unless_allowed() {
    // A spike below the tolerance, and a close that does not clear it.
    let spike = |low| {
        let mut minutes = attack(3, 1600, Some(1.7));
        minutes[35].bar = [10, 11, low, 3];
        minutes.push(bar(36, [3, 6, 2, 4], (300, 300)));
        minutes
    };
    assert_eq!(last(&run(spike(-5))), ("TRIGGERED", "-"));
    assert_eq!(last(&run(spike(-6))), ("PROBE", "rule_warned"));
    let lenient = with(|b| b.golden_rule_strict = false);
    assert_eq!(last(&run_with(spike(-6), &lenient)), ("TRIGGERED", "-"));
    // The higher the VIX, the longer a wick is accepted.
    for (vix, wick) in [(14, 3), (18, 5), (30, 7), (40, 7)] {
        for (low, rule) in [(-wick, 1.0), (-wick - 1, 0.5)] {
            let mut minutes = spike(low);
            minutes.truncate(36);
            minutes.iter_mut().for_each(|m| m.vix = Some(vix));
            let rule_seen = run(minutes).scores[35].bn_rule.map(|g| g.0);
            assert_eq!(rule_seen, Some(rule), "VIX {vix}, low {low}");
        }
    }
}

#[test]
fn a_base_is_coloured_by_a_close_one_tick_beyond() {
    assert_eq!(last(&run(instead(33, [3, 6, 3, 5], (700, 300)))), ("ARMED", "not_departed"));
    assert_eq!(last(&run(instead(33, [3, 6, 3, 4], (700, 300)))), ("IDLE", "base_pending"));
    assert_eq!(last(&run(instead(33, [3, 6, -1, 0], (700, 300)))), ("IDLE", "base_pending"));
    let red = run(instead(33, [3, 6, -1, -1], (700, 300)));
    assert_eq!(last(&red), ("IDLE", "no_base"));
    assert_eq!(red.last(NAME), ("ARMED", "not_departed"));
    assert_eq!(red.scores[33].bn_kappa.map(|k| k.0), Some(-1.0));
}

#[test]
fn price_departs_beyond_the_zone_and_returns_to_it_on_a_later_bar() {
    assert_eq!(last(&run(instead(34, [7, 9, 7, 8], (650, 350)))), ("ARMED", "not_departed"));
    assert_eq!(last(&run(instead(34, [7, 10, 7, 8], (650, 350)))), ("ARMED", "not_returned"));
    // The bar that colours the base may leave its zone at once.
    assert_eq!(last(&run(instead(33, [3, 10, 3, 9], (700, 300)))), ("ARMED", "not_returned"));
    assert_eq!(last(&run(instead(35, [10, 11, 10, 10], (500, 700)))), ("ARMED", "not_returned"));
    assert_eq!(last(&run(instead(35, [10, 11, 9, 9], (500, 700)))), ("PROBE", "battle_volume"));
    let distances: Vec<_> =
        run(example()).purchase(NAME)[32..37].iter().map(|e| e.dist.map(|d| d.0)).collect();
    assert_eq!(distances, [4.0, 2.0, 0.0, 0.0, 1.0].map(Some));
}

#[test]
fn undecided_after_the_patience_of_the_band() {
    for (vix, minutes) in [(14, 15), (18, 20), (30, 25), (40, 30)] {
        // The battle begins with bar 35 at its open: so many bars decide nothing.
        let mut bars = then(34, std::iter::repeat_n([7, 8, 5, 6], minutes + 1));
        bars.iter_mut().for_each(|m| m.vix = Some(vix));
        let outcome = run(bars);
        let steps = outcome.purchase(NAME);
        let codes: Vec<_> = steps.iter().rev().map(|e| e.failed.as_deref().unwrap()).collect();
        assert_eq!(codes[..2], ["undecided", "battle_even"], "VIX {vix}");
        assert_eq!(last(&outcome).0, "ARMED");
    }
    // Then price must leave the zone once more.
    let calm = std::iter::repeat_n([7, 8, 5, 6], 21);
    let again = then(34, calm.clone().chain([[6, 8, 5, 6]]));
    assert_eq!(last(&run(again)), ("ARMED", "not_departed"));
    let again = then(34, calm.chain([[6, 10, 5, 6]]));
    assert_eq!(last(&run(again)), ("ARMED", "not_returned"));
}

#[test]
fn three_battles_and_the_base_is_spent() {
    let escape = [8, 12, 8, 12];
    for (escapes, expected) in
        [(1, ("ARMED", "escaped")), (2, ("ARMED", "escaped")), (3, ("DEAD", "base_spent"))]
    {
        assert_eq!(last(&run(then(34, std::iter::repeat_n(escape, escapes)))), expected);
    }
    // Spent for good, and after an undecided battle as well.
    let more = std::iter::repeat_n(escape, 3).chain([[12, 12, 6, 7]]);
    assert_eq!(last(&run(then(34, more))), ("DEAD", "base_spent"));
    let two = with(|b| b.battles_max = 1);
    let calm = std::iter::repeat_n([7, 8, 5, 6], 21);
    assert_eq!(last(&run_with(then(34, calm), &two)), ("DEAD", "base_spent"));
}

#[test]
fn a_broken_base_is_dead_for_entries() {
    // A red bar from within the tolerance closes below.
    let outcome = run(then(36, [[4, 5, -2, -1]]));
    assert_eq!(last(&outcome), ("DEAD", "rule_broken"));
    assert_eq!(outcome.scores[37].bn_rule.map(|g| g.0), Some(-0.5));
    assert_eq!(outcome.scores[37].bn_kappa.map(|k| k.0), Some(0.0));
    assert_eq!(outcome.scores[37].bn_quality, None);
    // One tick less is no break.
    assert_eq!(last(&run(then(36, [[4, 5, -2, 0]]))), ("PROBE", "battle_even"));
    // Never a sale: a violation ends the up-trend and no more.
    assert!(outcome.entries().is_empty());
}

#[test]
fn a_won_base_is_used_up() {
    let mut config = Config::default();
    config.patterns.cooldown_bars = 0;
    let outcome = run_with(then(37, [[7, 12, 7, 12], [12, 12, 6, 7]]), &config);
    let states: Vec<_> = outcome.purchase(NAME)[37..].iter().map(|e| e.state.as_str()).collect();
    assert_eq!(states, ["TRIGGERED", "DEAD", "DEAD"]);
    assert_eq!(last(&outcome), ("DEAD", "base_won"));
    assert_eq!(outcome.entries().len(), 1);
}

#[test]
fn a_battle_won_while_nothing_is_evaluated_goes_on() {
    let mut config = Config::default();
    config.patterns.open_wait_min = 39;
    let won = then(37, [[7, 8, 6, 7]]);
    let outcome = run_with(won.clone(), &config);
    let codes: Vec<_> =
        outcome.purchase(NAME)[37..].iter().map(|e| e.failed.clone().unwrap_or_default()).collect();
    assert_eq!(codes, ["open_wait", ""]);
    assert_eq!(outcome.entries()[0].entry, price(7));
    // The same with a regime that is not known yet.
    let mut unknown = won;
    unknown[37].regime = None;
    let outcome = run(unknown);
    assert_eq!(outcome.purchase(NAME)[37].failed.as_deref(), Some("regime_unclear"));
    assert_eq!(last(&outcome), ("TRIGGERED", "-"));
}

#[test]
fn warm_up_ends_with_the_twenty_fifth_bar() {
    let outcome = run(opening());
    let of = |scores: &Scores| (scores.bn_score.is_some(), scores.why.get("bn_score").cloned());
    assert_eq!(of(&outcome.scores[23]), (false, Some("warmup".to_owned())));
    assert_eq!(of(&outcome.scores[24]), (true, None));
    assert_eq!(outcome.scores[23].bn_rule.map(|g| g.0), Some(0.0));
}

#[test]
fn a_null_score_blocks_a_trigger() {
    // Only the last 25 bars of the example: the battle is won, but there is no scale yet.
    let late = |from: usize| {
        let minutes = until(37, |_| {});
        run(minutes[from..].to_vec())
    };
    assert_eq!(last(&late(13)), ("TRIGGERED", "-"));
    assert_eq!(last(&late(14)), ("PROBE", "warmup"));
    // No net flow in any norm bar.
    let mut flat = until(37, |_| {});
    flat[..33].iter_mut().for_each(|m| m.volume = (500, 500));
    let outcome = run(flat);
    assert_eq!(last(&outcome), ("PROBE", "degenerate"));
    assert_eq!(outcome.scores[37].why["bn_score"], "degenerate");
}

#[test]
fn without_sides_there_is_no_score() {
    let mut records = Scene::new(until(37, |_| {})).records();
    let mut bars = 0;
    for record in &mut records {
        if let Record::Bar(bar) = record {
            bars += 1;
            if bars > 37 {
                (bar.bv, bar.av) = (None, None);
            }
        }
    }
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(outcome.scores[37].why["bn_score"], "missing_feature");
    assert_eq!(last(&outcome), ("PROBE", "missing_feature"));
    assert_eq!(outcome.purchase(NAME)[37].missing, ["bar_delta"]);
}

#[test]
fn a_stream_without_its_trades_falls_back_to_bars_and_says_so() {
    let mut minutes = until(37, |_| {});
    minutes.iter_mut().for_each(|m| m.prints.clear());
    let outcome = play(&Scene::new(minutes), &Config::default());
    assert_eq!(last(&outcome), ("TRIGGERED", "-"));
    assert_eq!(outcome.entries()[0].why, ["initiative", "flow_bars"]);
    // One bar of the battle without its trades is enough for the note.
    let mut minutes = until(37, |_| {});
    minutes[36].prints.clear();
    let outcome = play(&Scene::new(minutes), &Config::default());
    assert_eq!(outcome.entries()[0].why, ["initiative", "flow_bars"]);
    assert_eq!(seen(&outcome, "battle_n"), Some(3600.0));
}

#[test]
fn live_bars_without_trades_decide_no_battle() {
    let mut scene = Scene::new(until(37, |_| {}));
    scene.bars_from = BarsFrom::Feed;
    let mut records = scene.records();
    let stream = |mode| {
        Record::Stream(Stream {
            ts: rth_open(super::scene::DAY),
            sym: sym("ESH26"),
            v: 1,
            src: Src::Csv,
            mode,
            phase: StreamPhase::Run,
            origin: None,
            run: String::new(),
            tool: String::new(),
            instrument: None,
        })
    };
    records.insert(0, stream(StreamMode::Live));
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(last(&outcome), ("PROBE", "no_trades"));
    records[0] = stream(StreamMode::Replay);
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(last(&outcome), ("TRIGGERED", "-"));
    // Live, bars that mia-features built do not stand in for trades without sides either.
    let mut minutes = until(37, |_| {});
    let mut records = Scene::new(minutes.clone()).records();
    records.insert(0, stream(StreamMode::Live));
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(last(&outcome), ("TRIGGERED", "-"));
    minutes[36].prints.iter_mut().for_each(|(_, _, _, side)| *side = Side::None);
    let mut records = Scene::new(minutes).records();
    records.insert(0, stream(StreamMode::Live));
    let outcome = play_records(&records, &Config::default(), Strategy::Auto);
    assert_eq!(last(&outcome), ("PROBE", "no_trades"));
}

#[test]
fn a_newer_base_takes_the_place_of_the_older_and_the_trade_keeps_its_own() {
    // The example's trade; bars 33 to 40 are a base from 3 to 12, bar 41 colours it, bar 42 goes
    // below the newer base, bar 43 below the older one, each from near its edge.
    let coloured = [[7, 9, 5, 7], [7, 9, 5, 7], [7, 9, 5, 7], [7, 14, 7, 13]];
    let outcome = run(then(37, coloured));
    assert_eq!(seen(&outcome, "base_high"), Some(5003.0));
    assert_eq!(last(&outcome), ("COOLDOWN", "cooldown"));
    let more = coloured.into_iter().chain([[8, 8, 2, 2], [4, 5, -2, -1]]);
    let outcome = run(then(37, more));
    let rule = |i: usize| outcome.scores[i].bn_rule.map(|g| g.0);
    assert_eq!((rule(41), rule(42)), (Some(1.0), Some(-0.5)));
    let [exit] = outcome.exits()[..] else { panic!("{:?}", outcome.exits()) };
    assert_eq!(exit.entry, price(-1));
}

#[test]
fn how_near_a_clean_break_comes_from_depends_on_the_band() {
    for (vix, wick) in [(14, 3), (18, 5), (30, 7), (40, 7)] {
        for (high, rule) in [(wick, -0.5), (wick + 1, 0.5)] {
            let mut minutes = then(36, [[2, high, -1, -1]]);
            minutes.iter_mut().for_each(|m| m.vix = Some(vix));
            let outcome = run(minutes);
            let g = outcome.scores[37].bn_rule.map(|g| g.0);
            assert_eq!(g, Some(rule), "VIX {vix}, high {high}");
        }
    }
}

#[test]
fn the_band_that_is_not_from_the_vix_is_named() {
    let mut minutes = until(37, |_| {});
    minutes.iter_mut().for_each(|m| m.vix = None);
    assert_eq!(run(minutes).entries()[0].why, ["initiative", "band_fallback"]);
}

#[test]
fn initiative_in_a_range_can_be_switched_off() {
    let mut config = Config::default();
    config.selector.bn_initiative_in_range = false;
    assert_eq!(last(&run_with(until(37, |_| {}), &config)), ("TRIGGERED", "route"));
    let mut trend = until(37, |_| {});
    trend.iter_mut().for_each(|m| (m.regime, m.trend) = (Some(1.0), Some(0.5)));
    assert_eq!(last(&run_with(trend.clone(), &config)), ("TRIGGERED", "-"));
    assert_eq!(last(&run(trend.clone())), ("TRIGGERED", "-"));
    // Against the trend it is refused.
    trend.iter_mut().for_each(|m| m.trend = Some(-0.5));
    assert_eq!(last(&run(trend)), ("TRIGGERED", "direction"));
}

#[test]
fn the_stop_of_the_structure_stands_two_ticks_below_the_base() {
    let config = with(|b| b.stop_mode = StopMode::Structure);
    let outcome = run_with(until(37, |_| {}), &config);
    let signal = outcome.entries()[0];
    assert_eq!((signal.entry, signal.stop), (price(7), price(-2)));
    assert_eq!(signal.targets, [price(25), price(34)]);
    // A stop nearer than the least distance is widened, and the targets with it.
    let config = with(|b| b.stop_ticks = 5);
    let outcome = run_with(until(37, |_| {}), &config);
    let signal = outcome.entries()[0];
    assert_eq!((signal.stop, signal.targets.as_slice()), (price(1), &[price(19), price(25)][..]));
    assert_eq!(signal.why, ["initiative", "stop_widened"]);
    // A broken multiple: towards the entry.
    let config = with(|b| b.target_r = [1.5, 1.55]);
    assert_eq!(run_with(until(37, |_| {}), &config).entries()[0].targets, [price(17)]);
}

#[test]
fn two_bars_of_the_other_colour_may_end_a_trade() {
    let config = with(|b| b.exit_two_counter_bars = true);
    let exits = |more: Vec<[i64; 4]>, config: &Config| {
        let outcome = run_with(then(37, more), config);
        let of = |s: &&mia::wire::Signal| (s.ts - stamp()) / super::scene::MINUTE + 32;
        outcome.exits().iter().map(|s| (of(s), s.why[0].clone())).collect::<Vec<_>>()
    };
    let (red, doji, green) = ([7, 8, 4, 6], [7, 8, 4, 7], [6, 8, 4, 7]);
    let counter = |i| vec![(i, "counter_bars".to_owned())];
    assert_eq!(exits(vec![red, red, red], &config), counter(39));
    assert_eq!(exits(vec![red, doji, red], &config), []);
    assert_eq!(exits(vec![red, green, red, red], &config), counter(41));
    assert_eq!(exits(vec![red, red, red], &Config::default()), []);
    let outcome = run_with(then(37, [red]), &config);
    assert_eq!(outcome.entries()[0].manage.exits, ["rule_broken", "counter_bars"]);
}

#[test]
fn the_base_of_a_trade_is_watched_for_the_holding_time() {
    let exits = |calm: usize| {
        let more = std::iter::repeat_n([7, 8, 5, 7], calm).chain([[4, 5, -2, -1]]);
        run(then(37, more)).exits().len()
    };
    assert_eq!(exits(44), 1);
    assert_eq!(exits(45), 0);
}

#[test]
fn a_broken_base_is_remembered_for_twenty_bars() {
    // Bar 40 breaks it; what follows stays below and makes no coloured base.
    let outcome = run(then(40, std::iter::repeat_n([-2, -1, -4, -2], 21)));
    let rule = |i: usize| outcome.scores[i].bn_rule.map(|g| g.0);
    assert_eq!((rule(40), rule(60), rule(61)), (Some(-0.5), Some(-0.5), Some(0.0)));
}

#[test]
fn a_coloured_base_lives_for_120_bars() {
    let outcome = run(then(33, std::iter::repeat_n([6, 8, 5, 6], 121)));
    let rule = |i: usize| outcome.scores[i].bn_rule.map(|g| g.0);
    assert_eq!((rule(153), rule(154)), (Some(1.0), Some(0.0)));
    let steps = outcome.purchase(NAME);
    assert_eq!((steps[153].state.as_str(), steps[154].state.as_str()), ("ARMED", "IDLE"));
}

#[test]
fn heights_of_past_sessions_allow_higher_bases() {
    // Sessions whose eight-bar heights are all 20 ticks, then the example stretched to 18.
    let wide = |i: i64| bar(i, [-10, 10, -10, if i % 2 == 0 { 5 } else { -5 }], (550, 450));
    let dates = [20_260_302, 20_260_303, 20_260_304, 20_260_305, 20_260_306];
    let with_sessions = |n: usize, config: &Config| {
        let mut records = Vec::new();
        for date in &dates[..n] {
            let mut scene = Scene::new((0..12).map(wide).collect());
            scene.date = *date;
            records.extend(scene.records());
        }
        let mut today: Vec<_> = opening();
        today.truncate(25);
        today.extend((25..33).map(|i| bar(i, [1, 10, -8, 3], (420, 380))));
        records.extend(Scene::new(today).records());
        play_records(&records, config, Strategy::Auto)
    };
    let default = Config::default();
    let outcome = with_sessions(5, &default);
    assert_eq!(seen(&outcome, "bn_height_max"), Some(20.0));
    assert_eq!(last(&outcome), ("IDLE", "base_pending"));
    let outcome = with_sessions(4, &default);
    assert_eq!(seen(&outcome, "bn_height_max"), Some(10.0));
    assert_eq!(last(&outcome), ("IDLE", "no_base"));
    let fixed = with(|b| b.base_range_q = 0.0);
    assert_eq!(last(&with_sessions(5, &fixed)), ("IDLE", "no_base"));
}

#[test]
fn a_gap_starts_over_and_a_trade_keeps_its_base() {
    let mut minutes = then(37, [[7, 8, 6, 7], [4, 5, -2, -1]]);
    minutes[38].at += 4;
    minutes[39].at += 4;
    let outcome = run(minutes);
    assert_eq!(outcome.purchase(NAME)[38].failed.as_deref(), Some("stale"));
    assert_eq!(last(&outcome), ("IDLE", "no_base"));
    assert_eq!(outcome.exits().len(), 1);
    // Another contract: the trade is not this one's affair any more.
    let mut first = Scene::new(until(37, |_| {})).records();
    let mut second = Scene::new(vec![bar(38, [4, 5, -2, -1], (500, 500))]);
    second.sym = sym("ESM26");
    first.extend(second.records());
    assert!(play_records(&first, &Config::default(), Strategy::Auto).exits().is_empty());
}

#[test]
fn shapes_are_named_when_asked() {
    let config = with(|b| b.bar_shapes = true);
    let shape = [[10, 12, 8, 11], [10, 11, 2, 3], [4, 13, 3, 12]];
    let minutes: Vec<_> = (0..3).map(|i| bar(i, shape[i as usize], (500, 400))).collect();
    assert_eq!(run_with(minutes.clone(), &config).scores[2].seen, ["long_down_up"]);
    assert_eq!(run(minutes).scores[2].seen, [""; 0]);
}

#[test]
fn it_can_be_switched_off() {
    let outcome = run_with(example(), &with(|b| b.enabled = false));
    assert!(outcome.purchase(NAME).is_empty() && outcome.signals.is_empty());
    assert!(outcome.scores.iter().all(|s| s.bn_score.is_none() && s.why.is_empty()));
}
