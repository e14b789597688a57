//! What must hold on any bars: causality, symmetry, one open signal a pattern and side.

use super::scene::BarsFrom;
use super::scene::CENTRE;
use super::scene::Collector;
use super::scene::Minute;
use super::scene::Options;
use super::scene::Scene;
use super::scene::fold;
use super::scene::mirror;
use super::scene::moved_pin;
use super::scene::normalised;
use super::scene::stage;
use super::scene::sym;
use super::scene::unmirrored;
use mia::config::Config;
use mia::market::Px;
use mia::market::Side;
use mia::strategies::Strategy;
use mia::wire::Bar;
use mia::wire::Features;
use mia::wire::NegSide;
use mia::wire::Num;
use mia::wire::Record;
use mia::wire::SignalOp;
use mia::wire::Stage;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use rand::Rng;
use rand::RngExt;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// One step of a walk: enough to draw a bar and its features.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    step: i64,
    above: i64,
    below: i64,
    /// Eighths.
    delta: i64,
    absorption: i64,
    cvd_div: i64,
    ofi: i64,
    stack: i64,
    /// Eighths.
    large: i64,
    /// Tenths.
    large_share: i64,
    /// Quarter ticks above one.
    spread: i64,
    adx: i64,
    /// Hundreds of contracts.
    volume: u64,
    trend: bool,
    /// Bit set: which features are null.
    nulls: u16,
    /// Bars missing before it.
    gap: i64,
}

/// How the prices of a day go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Back and forth across the value area, around VWAP and through the zero-gamma level.
    Swings,
    /// Slowly one way or the other, mostly in TREND.
    Drifts,
    /// Between two edges.
    Box,
}

impl Mood {
    /// The mood of a day that begins with this step.
    fn of(first: &Drawn) -> Self {
        match first.stack {
            3.. => Self::Drifts,
            -2..=2 => Self::Swings,
            _ => Self::Box,
        }
    }

    fn next(self, price: i64, step: i64) -> i64 {
        match self {
            Self::Swings => price + step - price / 12,
            Self::Drifts => price + step / 3,
            Self::Box => (price + step).clamp(-9, 9),
        }
    }

    /// How far a bar reaches beyond its open and close.
    fn wick(self, drawn: i64) -> i64 {
        if self == Self::Drifts { drawn / 3 } else { drawn }
    }
}

/// Walks of every mood among levels, with everything that can happen.
fn scene(drawn: &[Drawn], bars_from: BarsFrom) -> Vec<Record> {
    let (mut at, mut price) = (30, 0_i64);
    let mut parts: Vec<Scene> = Vec::new();
    let start = |date: u32, symbol: &str| {
        let mut scene = Scene::new(Vec::new())
            .value_area(24.0, -2.0, -28.0)
            .level("VWAP", "VWAP", 1.0, 0.5)
            .level("VWAP+2sd", "VWAP", 25.0, 0.5)
            .level("PDH", "SESSION", 26.0, 0.5)
            .level("VWAP-2sd", "VWAP", -29.5, 0.5)
            .level("ONL", "SESSION", -30.5, 0.4);
        (scene.date, scene.sym, scene.bars_from) = (date, sym(symbol), bars_from);
        scene
    };
    let mut current = start(20_260_310, "ESH26");
    let mut first = drawn[0];
    let mut closes = Vec::new();
    for (i, d) in drawn.iter().enumerate() {
        at += 1 + d.gap;
        let mood = Mood::of(&first);
        let open = price;
        price = mood.next(price, d.step);
        let (above, below) = (mood.wick(d.above), mood.wick(d.below));
        let bar = [open, open.max(price) + above, open.min(price) - below, price];
        closes.push(price);
        let trend = match mood {
            Mood::Drifts => price - closes[closes.len().saturating_sub(20)],
            _ => price,
        };
        // A drift is interrupted seldom: after a switch of the regime nothing is given for a while.
        let regime = match mood {
            Mood::Drifts => !d.trend || d.large_share > 0,
            _ => d.trend,
        };
        let wobble = d.cvd_div as f64 / 4.0;
        let chain = Options {
            flip: wobble,
            neg_side: if first.ofi % 2 == 0 { NegSide::Below } else { NegSide::Above },
            call_wall: Some(40.0 + wobble),
            put_wall: Some(-40.0 + wobble),
            em: 80.0,
            age_s: if d.adx == 0 { 700 } else { 60 },
        };
        let null = |bit: u16, value: f64| (d.nulls & (1 << bit) == 0).then_some(value);
        let (vwap, sd) = (1.0, 8.0);
        current.minutes.push(Minute {
            at,
            bar,
            regime: null(0, f64::from(u8::from(regime))),
            trend: null(1, trend.signum() as f64 / 4.0),
            delta: null(2, d.delta as f64 / 8.0),
            absorption: null(3, d.absorption as f64 / 2.0),
            ofi: null(4, d.ofi as f64 / 2.0),
            cvd_div: null(5, d.cvd_div as f64 / 8.0),
            gex: null(6, 0.25),
            z: null(7, (price as f64 - vwap) / sd),
            vwap: null(8, vwap),
            sd: null(9, sd),
            adx: null(10, d.adx as f64),
            options: (d.nulls & (1 << 11) == 0).then_some(chain),
            stack: null(12, d.stack as f64),
            large: null(13, d.large as f64 / 8.0),
            large_share: null(14, d.large_share as f64 / 10.0),
            spread: null(15, 1.0 + d.spread as f64 / 4.0),
            volume: (d.volume * (60 + d.delta.unsigned_abs()), d.volume * 50),
            ..Minute::new(at, bar)
        });
        if i == drawn.len() / 2 {
            // Another day, and with it another contract.
            parts.push(std::mem::replace(&mut current, start(20_260_311, "ESM26")));
            at = 5;
            (first, price) = (*d, 0);
            closes.clear();
        }
    }
    parts.push(current);
    parts.iter().flat_map(Scene::records).collect()
}

fn drawn() -> impl proptest::strategy::Strategy<Value = Drawn> {
    let flow = (-8_i64..=8, -4_i64..=4, -8_i64..=8, -6_i64..=6);
    let more = (-4_i64..=4, -8_i64..=8, 0_i64..=9, 0_i64..=8, 0_i64..=30, 1_u64..=8);
    let rare = (
        prop::bool::weighted(0.1),
        prop_oneof![9 => Just(0_u16), 1 => any::<u16>()],
        prop_oneof![12 => Just(0_i64), 1 => 1_i64..5],
    );
    (-9_i64..=9, 0_i64..6, 0_i64..6, flow, more, rare).prop_map(
        |(step, above, below, flow, more, (trend, nulls, gap))| {
            let (delta, absorption, cvd_div, ofi) = flow;
            let (stack, large, large_share, spread, adx, volume) = more;
            Drawn {
                step,
                above,
                below,
                delta,
                absorption,
                cvd_div,
                ofi,
                stack,
                large,
                large_share,
                spread,
                adx,
                volume,
                trend,
                nulls,
                gap,
            }
        },
    )
}

fn walk() -> impl proptest::strategy::Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(drawn(), 20..160)
}

fn config() -> Config {
    let mut config = Config::default();
    // More signals a walk: shorter silences, less reward asked.
    config.patterns.cooldown_bars = 3;
    config.patterns.rr_min = 0.3;
    with_set_ups(&mut config);
    config.detectors.gamma_pin = true;
    config.detectors.headfake = true;
    config.detectors.microstructure = true;
    // A description of every bar, no veto of nearly every one.
    config.detectors.microstructure_veto = 1.1;
    config
}

fn with_set_ups(config: &mut Config) {
    config.strategies.trend.pullback = true;
    config.strategies.range.bounce = true;
}

/// Records with features between the bar ends, as they come every second.
fn with_features_between(records: &[Record]) -> Vec<Record> {
    let mut dense = Vec::new();
    for record in records {
        dense.push(record.clone());
        if let Record::Features(end) = record {
            let later = |seconds: i64| Features {
                ts: end.ts + seconds * 1_000_000,
                ct: end.ts + seconds * 1_000_000,
                ..end.clone()
            };
            dense.extend([later(1).into(), Record::from(later(2))]);
        }
    }
    dense
}

/// The same up to `at`; what is later changes places and prices. Stamps stay in order: the values of
/// one moment are those of another.
fn scrambled(records: &[Record], at: i64, rng: &mut ChaCha8Rng) -> Vec<Record> {
    let (past, future): (Vec<_>, Vec<_>) = records.iter().cloned().partition(|r| r.ts() <= at);
    let mut bars: Vec<_> = future.iter().filter(|r| matches!(r, Record::Bar(_))).cloned().collect();
    let mut features: Vec<_> =
        future.iter().filter(|r| matches!(r, Record::Features(_))).cloned().collect();
    bars.shuffle(rng);
    features.shuffle(rng);
    let ticks = rng.random_range(-40..=40);
    let others = future.iter().map(|record| match record {
        Record::Bar(bar) => match bars.pop() {
            Some(Record::Bar(other)) => {
                let stamps = Bar { ts: bar.ts, ct: bar.ct, sym: bar.sym, ..other };
                shifted(&stamps.into(), ticks)
            }
            _ => record.clone(),
        },
        Record::Features(end) => match features.pop() {
            Some(Record::Features(other)) => {
                Features { ts: end.ts, ct: end.ct, sym: end.sym, ..other }.into()
            }
            _ => record.clone(),
        },
        other => shifted(other, ticks),
    });
    past.into_iter().chain(others.collect::<Vec<_>>()).collect()
}

/// What was written of `at` and before.
fn known(records: Vec<Record>, at: i64) -> Vec<Record> {
    records.into_iter().filter(|r| r.ts() <= at).collect()
}

fn shifted(record: &Record, ticks: i64) -> Record {
    let up = |px: Px| Px::from_nanos(px.nanos() + ticks * Px::SCALE / 4);
    let up_num = |px: Num| Num(px.0 + ticks as f64 / 4.0);
    match record.clone() {
        Record::Bar(mut bar) => {
            (bar.o, bar.h, bar.l, bar.c) = (up(bar.o), up(bar.h), up(bar.l), up(bar.c));
            Record::Bar(bar)
        }
        Record::Trade(mut trade) => {
            trade.px = up(trade.px);
            Record::Trade(trade)
        }
        Record::Levels(mut levels) => {
            levels.lv.iter_mut().for_each(|level| level.px = up_num(level.px));
            Record::Levels(levels)
        }
        Record::Features(mut features) => {
            features.px = features.px.map(up);
            let x = &mut features.x;
            for price in [&mut x.vwap, &mut x.flip, &mut x.call_wall, &mut x.put_wall] {
                *price = price.map(up_num);
            }
            Record::Features(features)
        }
        Record::Signal(mut signal) => {
            (signal.entry, signal.stop) = (up(signal.entry), up(signal.stop));
            signal.targets.iter_mut().for_each(|px| *px = up(*px));
            Record::Signal(signal)
        }
        Record::Scores(mut scores) => {
            for name in scores.seen.iter_mut().filter(|name| name.starts_with("pin_")) {
                *name = moved_pin(name, |points| points + ticks as f64 / 4.0);
            }
            Record::Scores(scores)
        }
        other => other,
    }
}

fn scaled(record: &Record, by: u64) -> Record {
    match record.clone() {
        Record::Bar(mut bar) => {
            bar.v *= by;
            (bar.bv, bar.av) = (bar.bv.map(|v| v * by), bar.av.map(|v| v * by));
            Record::Bar(bar)
        }
        Record::Trade(mut trade) => {
            trade.sz *= by;
            Record::Trade(trade)
        }
        other => other,
    }
}

/// What is written of these records, without the explanations' numbers of contracts. As text:
/// deviations of larger volumes differ in their last bits.
fn without_sizes(records: &[Record]) -> Vec<u8> {
    let mut text = Vec::new();
    for mut record in fold(&config(), records) {
        if let Record::Explain(explain) = &mut record {
            explain.saw.retain(|name, _| !["bar_delta", "battle_n"].contains(&name.as_str()));
        }
        mia::wire::codec::encode(&record, &mut text).unwrap();
    }
    text
}

/// A session of small bars with trades: bases form, and battles are fought at them.
///
/// A few minutes have no trades in the stream, and a few no features.
fn skirmish(rng: &mut impl Rng, bars: i64) -> Vec<Record> {
    let mut price = 0_i64;
    let mut minutes = Vec::new();
    for at in 1..=bars {
        let open = price;
        price += rng.random_range(-3..=3);
        let bar = [
            open,
            open.max(price) + rng.random_range(0..3),
            open.min(price) - rng.random_range(0..3),
            price,
        ];
        let (mut buys, mut sells) = (0, 0);
        let mut prints = Vec::new();
        for second in [2, 17, 31, 58] {
            let size = rng.random_range(1..200);
            let buy = rng.random_range(0..2) == 0;
            let side = if buy { Side::Buy } else { Side::Sell };
            *(if buy { &mut buys } else { &mut sells }) += size;
            prints.push((second, rng.random_range(bar[2]..=bar[1]), size, side));
        }
        if rng.random_range(0..30) == 0 {
            prints.clear();
        }
        let known = rng.random_range(0..50) > 0;
        let absorption = f64::from(rng.random_range(-6..=6)) / 2.0;
        minutes.push(Minute::new(at, bar).with(|m| {
            m.volume = (buys, sells);
            m.prints = prints;
            m.absorption = known.then_some(absorption);
            m.regime = known.then_some(0.0);
            m.vix = Some(18);
        }));
    }
    Scene::new(minutes).records()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// The input cut anywhere gives the output cut somewhere: nothing looks ahead.
    #[test]
    fn prefix(steps in walk(), cut in 0.0..1.0_f64) {
        let records = scene(&steps, BarsFrom::Features);
        let whole = fold(&config(), &records);
        let n = (records.len() as f64 * cut) as usize;
        let part = fold(&config(), &records[..n]);
        prop_assert!(part.len() <= whole.len());
        prop_assert_eq!(&part[..], &whole[..part.len()]);
        // And what was said up to the cut was said of bars up to the cut.
        let last = records[..n].iter().map(Record::ts).max().unwrap_or(i64::MIN);
        prop_assert!(part.iter().all(|r| r.ts() <= last));
        prop_assert!(whole[part.len()..].iter().all(|r| r.ts() >= last));
    }

    /// Whatever comes after a moment, in whatever order and with whatever prices: nothing that was
    /// written of that moment or before it changes.
    #[test]
    fn scrambled_future(steps in walk(), cut in 0.0..1.0_f64, seed in any::<u64>()) {
        let records = scene(&steps, BarsFrom::Features);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let at = records[(records.len() as f64 * cut) as usize % records.len()].ts();
        let other = scrambled(&records, at, &mut rng);
        prop_assert_eq!(known(fold(&config(), &other), at), known(fold(&config(), &records), at));
    }

    /// The market upside down gives the signals upside down.
    #[test]
    fn mirror_image(steps in walk()) {
        let records = scene(&steps, BarsFrom::Features);
        let mirrored: Vec<_> = records.iter().map(mirror).collect();
        prop_assert_eq!(
            unmirrored(&fold(&config(), &mirrored)),
            normalised(&fold(&config(), &records))
        );
    }

    /// Prices some ticks higher change prices alone.
    #[test]
    fn shift(steps in walk(), ticks in -4000_i64..4000) {
        let records = scene(&steps, BarsFrom::Features);
        let moved: Vec<_> = records.iter().map(|r| shifted(r, ticks)).collect();
        let back: Vec<_> =
            fold(&config(), &moved).iter().map(|r| shifted(r, -ticks)).collect();
        prop_assert_eq!(normalised(&back), normalised(&fold(&config(), &records)));
    }

    /// Larger sizes change nothing: patterns read ratios.
    #[test]
    fn scale(steps in walk(), by in 1_u64..1000) {
        let records = scene(&steps, BarsFrom::Features);
        let larger: Vec<_> = records.iter().map(|r| scaled(r, by)).collect();
        prop_assert_eq!(without_sizes(&larger), without_sizes(&records));
    }

    /// The same four laws where bases form and battles are fought.
    #[test]
    fn battles_know_neither_future_side_level_nor_size(
        seed in any::<u64>(),
        cut in 0.0..1.0_f64,
        ticks in -4000_i64..4000,
        by in 1_u64..1000,
    ) {
        let records = skirmish(&mut ChaCha8Rng::seed_from_u64(seed), 220);
        let whole = fold(&config(), &records);
        let n = (records.len() as f64 * cut) as usize;
        let part = fold(&config(), &records[..n]);
        prop_assert_eq!(&part[..], &whole[..part.len()]);
        let mirrored: Vec<_> = records.iter().map(mirror).collect();
        let plain = normalised(&whole);
        prop_assert_eq!(unmirrored(&fold(&config(), &mirrored)), plain.clone());
        let moved: Vec<_> = records.iter().map(|r| shifted(r, ticks)).collect();
        let back: Vec<_> = fold(&config(), &moved).iter().map(|r| shifted(r, -ticks)).collect();
        prop_assert_eq!(normalised(&back), plain);
        let larger: Vec<_> = records.iter().map(|r| scaled(r, by)).collect();
        prop_assert_eq!(without_sizes(&larger), without_sizes(&records));
    }

    /// Records that the loop may leave unread change nothing, nor does reading them.
    #[test]
    fn skipped_records_do_not_matter(steps in walk()) {
        let records = scene(&steps, BarsFrom::Features);
        let plain = fold(&config(), &records);
        let dense = with_features_between(&records);
        prop_assert_eq!(&fold(&config(), &dense), &plain);
        let mut stage = stage(&config(), Strategy::Auto);
        let mut out = Collector::default();
        let mut skipped = 0;
        for record in &dense {
            if stage.skips(record.kind(), record.ts()) {
                skipped += 1;
            } else {
                stage.on_record(record, &mut out).unwrap();
            }
        }
        prop_assert_eq!(&out.0, &plain);
        // Two of three features records lie between bar ends.
        prop_assert_eq!(skipped, 2 * steps.len());
    }

    /// A bar of a feed comes after its features: the same decisions. There are no trades in these
    /// streams, so that the order is the only difference: with trades a battle counts the volume
    /// inside its band, from a feed's bars the whole bar.
    #[test]
    fn the_order_of_bar_and_features_does_not_matter(steps in walk()) {
        let decisions = |from| {
            let mut records = fold(&config(), &scene(&steps, from));
            for record in &mut records {
                match record {
                    Record::Signal(s) => s.ct = 0,
                    Record::Explain(e) => e.ct = 0,
                    Record::Scores(s) => s.ct = 0,
                    other => panic!("{other:?}"),
                }
            }
            records
        };
        prop_assert_eq!(decisions(BarsFrom::Feed), decisions(BarsFrom::Features));
    }

    /// One open signal a pattern and side; every signal is a bracket in order, on the grid, paying.
    #[test]
    fn signals_are_sound(steps in walk()) {
        let mut open_until: BTreeMap<(String, Side), i64> = BTreeMap::new();
        let mut entered = Vec::new();
        for record in fold(&config(), &scene(&steps, BarsFrom::Features)) {
            let Record::Signal(s) = record else { continue };
            if s.op == SignalOp::Exit {
                // Ends a signal given before, once.
                let at = entered.iter().position(|id| *id == s.id);
                prop_assert!(at.is_some());
                entered.swap_remove(at.unwrap());
                continue;
            }
            let key = (s.pattern.clone(), s.side);
            prop_assert!(open_until.get(&key).is_none_or(|until| *until <= s.ts));
            open_until.insert(key, s.expires);
            let sign = s.side.sign();
            let ticks = |px: Px| px.nanos() * 4 / Px::SCALE * sign;
            prop_assert!((6..=40).contains(&(ticks(s.entry) - ticks(s.stop))));
            prop_assert!(ticks(s.targets[0]) > ticks(s.entry));
            prop_assert!(s.targets.windows(2).all(|t| ticks(t[1]) > ticks(t[0])));
            prop_assert!((0.0..1.0).contains(&s.confluence.0));
            prop_assert!(!entered.contains(&s.id));
            entered.push(s.id);
        }
    }
}

#[test]
fn every_pattern_trades_both_sides() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut config = Config::default();
    with_set_ups(&mut config);
    let mut counts: BTreeMap<(String, Side), u32> = BTreeMap::new();
    for _ in 0..200 {
        let steps: Vec<_> = (0..150).map(|_| random_step(&mut rng)).collect();
        for record in fold(&config, &scene(&steps, BarsFrom::Features)) {
            if let Record::Signal(s) = record
                && s.op == SignalOp::Enter
            {
                *counts.entry((s.pattern, s.side)).or_default() += 1;
            }
        }
    }
    let patterns = [
        "va_rejection",
        "vwap_deviation",
        "gamma_flip",
        "confluence",
        "trend_pullback",
        "range_bounce",
    ];
    for pattern in patterns {
        let of = |side| counts.get(&(pattern.to_owned(), side)).copied().unwrap_or(0);
        let (buys, sells) = (of(Side::Buy), of(Side::Sell));
        let least = if pattern == "trend_pullback" { 5 } else { 20 };
        assert!(buys > least && sells > least, "{pattern}: {buys} buys, {sells} sells");
        // A driftless walk around the centre: neither side is favoured.
        let imbalance = f64::from(buys) - f64::from(sells);
        let error = f64::from(buys + sells).sqrt();
        assert!(imbalance.abs() < 4.0 * error, "{pattern}: {buys} buys, {sells} sells");
    }
    assert_eq!(CENTRE % 4, 0);
}

#[test]
fn battles_are_won_on_both_sides_by_initiative_and_by_absorption() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut counts: BTreeMap<(Side, String), u32> = BTreeMap::new();
    for _ in 0..60 {
        let mut newest: BTreeMap<Side, i64> = BTreeMap::new();
        for record in fold(&Config::default(), &skirmish(&mut rng, 389)) {
            let Record::Signal(s) = record else { continue };
            if s.pattern == "battle_navale" && s.op == SignalOp::Enter {
                // Fifteen bars of silence, and a bracket of 7, 14 and 21 ticks.
                let before = newest.insert(s.side, s.ts);
                assert!(before.is_none_or(|ts| s.ts - ts > 15 * 60_000_000));
                let ticks = |px: Px| (px.nanos() - s.entry.nanos()) * 4 / Px::SCALE * s.side.sign();
                assert_eq!((ticks(s.stop), ticks(s.targets[0]), ticks(s.targets[1])), (-7, 14, 21));
                *counts.entry((s.side, s.why[0].clone())).or_default() += 1;
            }
        }
    }
    let of = |side, why: &str| counts.get(&(side, why.to_owned())).copied().unwrap_or(0);
    for why in ["initiative", "absorption"] {
        let (buys, sells) = (of(Side::Buy, why), of(Side::Sell, why));
        assert!(buys >= 10 && sells >= 10, "{why}: {buys} buys, {sells} sells");
        let imbalance = f64::from(buys) - f64::from(sells);
        assert!(imbalance.abs() < 4.0 * f64::from(buys + sells).sqrt(), "{why}: {buys}/{sells}");
    }
}

fn random_step(rng: &mut impl Rng) -> Drawn {
    Drawn {
        step: rng.random_range(-9..=9),
        above: rng.random_range(0..6),
        below: rng.random_range(0..6),
        delta: rng.random_range(-8..=8),
        absorption: rng.random_range(-4..=4),
        cvd_div: rng.random_range(-8..=8),
        ofi: rng.random_range(-6..=6),
        stack: rng.random_range(-4..=4),
        large: rng.random_range(-8..=8),
        large_share: rng.random_range(0..=9),
        spread: rng.random_range(0..=8),
        adx: rng.random_range(0..=30),
        volume: rng.random_range(1..=8),
        trend: rng.random_range(0..10) == 0,
        nulls: 0,
        gap: 0,
    }
}
