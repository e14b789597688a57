//! Footprints, levels of the profile and the session, and the book, against brute force over the
//! tape, reference vectors 02, 04 and 05, and the properties of QUANT 0.7.

#![expect(clippy::float_cmp, reason = "prices on the tick grid are exact floats")]

use crate::data;
use crate::features::Collect;
use crate::features::MINUTE;
use crate::features::clock;
use crate::features::run;
use crate::features::session;
use crate::features::stage_with;
use crate::features::week;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::changed;
use crate::synthetic_tape::quote;
use crate::synthetic_tape::sym;
use crate::synthetic_tape::trade;
use mia::config::Config;
use mia::config::Flow;
use mia::config::ProfileSettings;
use mia::features::BarFootprint;
use mia::features::BulkLaw;
use mia::features::FeaturesOptions;
use mia::features::Nodes;
use mia::features::Reason;
use mia::features::VolumeBuckets;
use mia::features::VolumeProfile;
use mia::features::bulk_share;
use mia::features::sample_deviation;
use mia::market::Px;
use mia::market::Side;
use mia::market::Ticks;
use mia::wire::BookSide;
use mia::wire::Depth;
use mia::wire::DepthOp;
use mia::wire::Features;
use mia::wire::Footprint;
use mia::wire::Levels;
use mia::wire::Num;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

const TICK: i64 = 250_000_000;

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

fn px(json: &Json) -> Px {
    Px::from_points(number(json)).unwrap()
}

fn ticks(px: Px) -> i64 {
    px.nanos() / TICK
}

#[track_caller]
fn close_to(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{value} is not {expected}");
}

/// Everything switched on.
fn rich() -> Config {
    let mut config = Config::default();
    let anchors = ["globex", "open", "week", "noon=2026-11-17T14:50:00Z"];
    config.vwap.anchors = anchors.map(str::to_owned).to_vec();
    config.vwap.min_minutes = 5;
    config.levels.ib_extensions = vec![0.5, 1.0];
    config.flow.bulk = true;
    config.flow.bulk_volume = 700;
    config.flow.bulk_buckets = 5;
    config
}

/// The week with a book of ten levels a side around each quote.
fn week_with_book() -> Vec<Record> {
    let mut dice = Dice::new(11);
    let mut book: [BTreeMap<i64, u64>; 2] = Default::default();
    let mut records = Vec::new();
    for record in week() {
        records.push(record.clone());
        let Record::Quote(quote) = record else { continue };
        if records.len() > 1 && dice.unit() < 0.5 {
            continue;
        }
        let base = Depth {
            ts: quote.ts,
            sym: quote.sym,
            bs: None,
            px: None,
            sz: None,
            src: Src::Syn,
            rx: None,
            op: None,
            eob: false,
            flags: TradeFlags::default(),
        };
        let mut batch = Vec::new();
        if book[0].is_empty() || dice.unit() < 0.001 {
            book = Default::default();
            batch.push(Depth { op: Some(DepthOp::Clear), ..base });
        }
        let (bid, ask) = (ticks(quote.bid.unwrap()), ticks(quote.ask.unwrap()));
        let prices = [(bid - 9..=bid), (ask..=ask + 9)];
        for (side, prices) in [BookSide::Bid, BookSide::Ask].into_iter().zip(prices) {
            let levels = &mut book[usize::from(side == BookSide::Ask)];
            let mut set = |price: i64, size: u64| {
                let px = Some(Px::from_nanos(price * TICK));
                batch.push(Depth { bs: Some(side), px, sz: Some(size), ..base });
            };
            let gone: Vec<i64> = levels.keys().filter(|p| !prices.contains(*p)).copied().collect();
            for price in gone {
                levels.remove(&price);
                set(price, 0);
            }
            for price in prices {
                if !levels.contains_key(&price) || dice.unit() < 0.1 {
                    let size = dice.range(1, 300);
                    levels.insert(price, size);
                    set(price, size);
                }
            }
        }
        if let Some(last) = batch.last_mut() {
            last.eob = true;
        }
        records.extend(batch.into_iter().map(Record::Depth));
    }
    records
}

/// The last snapshot of levels at or before `at`.
fn levels_at(out: &Collect, at: i64) -> BTreeMap<String, f64> {
    let snapshot = out.levels().filter(|levels| levels.ts <= at).last().unwrap();
    snapshot.lv.iter().map(|level| (level.id.clone(), level.px.0)).collect()
}

fn trades(records: &[Record]) -> impl Iterator<Item = &Trade> {
    records.iter().filter_map(|record| match record {
        Record::Trade(trade) => Some(trade),
        _ => None,
    })
}

/// Highest and lowest price in `from..to`, points.
fn range(records: &[Record], from: i64, to: i64) -> (f64, f64) {
    let inside = trades(records).filter(|trade| (from..to).contains(&trade.ts));
    let prices: Vec<f64> = inside.map(|trade| trade.px.points()).collect();
    let high = prices.iter().copied().fold(f64::MIN, f64::max);
    (high, prices.iter().copied().fold(f64::MAX, f64::min))
}

const DATES: [&str; 7] = [
    "2026-11-09",
    "2026-11-10",
    "2026-11-12",
    "2026-11-13",
    "2026-11-16",
    "2026-11-17",
    "2026-11-18",
];

#[test]
fn vector_02_footprint_record() {
    let Some(vector) = load("02_footprint.json") else { return };
    let open = session("2026-11-18").rth.unwrap().0;
    let mut records = Vec::new();
    for row in list(&vector["rows"]) {
        for (volume, side) in [(&row[1], Side::Sell), (&row[2], Side::Buy)] {
            let size = volume.as_u64().unwrap();
            if size > 0 {
                records.push(trade(open + 1, ticks(px(&row[0])), size, side));
            }
        }
    }
    // Volume of unknown side inside the bar: in the point of control, in no row and no imbalance.
    let mut unknown = records[0].clone();
    if let Record::Trade(trade) = &mut unknown {
        (trade.side, trade.px, trade.sz) = (Side::None, px(&vector["rows"][5][0]), 140);
    }
    for with_unknown in [false, true] {
        let mut records = records.clone();
        if with_unknown {
            records.push(unknown.clone());
        }
        records.push(clock(open + MINUTE));
        let out = run(&Config::default(), &records);
        let footprint = out.footprints().next().unwrap();
        let imbalances = footprint.imb.as_ref().unwrap();
        let of = |side: Side| -> Vec<f64> {
            let rows = imbalances.iter().filter(|row| row.1 == side);
            rows.map(|row| row.0.points()).rev().collect()
        };
        let expect = &vector["expect"];
        assert_eq!(Json::from(of(Side::Buy)), expect["buy"]);
        assert_eq!(Json::from(of(Side::Sell)), expect["sell"]);
        let stacks = footprint.stacks.as_ref().unwrap();
        let expected = &expect["buy_stacks"][0];
        assert_eq!((stacks.len(), stacks[0].side), (1, Side::Buy));
        assert_eq!((stacks[0].from, stacks[0].to), (px(&expected[0]), px(&expected[1])));
        assert_eq!(footprint.delta, expect["delta"].as_i64());
        let volume: u64 = footprint.rows.iter().map(|row| row.1 + row.2).sum();
        assert_eq!(Some(volume), expect["volume"].as_u64());
        if with_unknown {
            assert_eq!(
                (footprint.unk, footprint.poc),
                (Some(140), Some(px(&vector["rows"][5][0])))
            );
        } else {
            assert_eq!((footprint.unk, footprint.poc), (None, Some(px(&expect["poc"]))));
        }
    }
}

#[test]
fn vector_04_bulk_classification_and_vpin() {
    let Some(vector) = load("04_bvc_vpin.json") else { return };
    let prices: Vec<f64> = list(&vector["price"]).iter().map(number).collect();
    let volumes: Vec<u64> =
        list(&vector["volume"]).iter().map(|volume| volume.as_u64().unwrap()).collect();
    let changes: Vec<f64> = prices.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // The vector's deviation is that of the whole sample: not causal, and not what the stage does.
    let sigma = sample_deviation(changes.iter().copied()).unwrap();
    close_to(sigma, number(&vector["sigma"]));
    for (law, bought) in [(BulkLaw::Normal, "buy_norm"), (BulkLaw::StudentT(0.25), "buy_t025")] {
        for (i, expected) in list(&vector[bought]).iter().enumerate() {
            let change = if i == 0 { 0.0 } else { changes[i - 1] };
            let share = bulk_share(change, sigma, law).unwrap();
            close_to(share * volumes[i] as f64, number(expected));
        }
    }
    assert_eq!(bulk_share(1.0, 0.0, BulkLaw::Normal), Err(Reason::Degenerate));

    let count = vector["n"].as_u64().unwrap() as usize;
    let mut buckets = VolumeBuckets::new(vector["V"].as_u64().unwrap(), count);
    let (mut whole, mut vpins) = (Vec::new(), Vec::new());
    for (i, volume) in volumes.iter().enumerate() {
        let before = buckets.completed();
        let change = if i == 0 { 0.0 } else { changes[i - 1] };
        buckets.push(*volume, bulk_share(change, sigma, BulkLaw::Normal).unwrap());
        assert!(buckets.completed() <= before + 1);
        if buckets.completed() > before {
            whole.push(buckets.newest().unwrap());
            vpins.extend(buckets.vpin());
        }
    }
    assert_eq!(whole.len(), list(&vector["buckets"]).len());
    for ((bought, sold), expected) in whole.into_iter().zip(list(&vector["buckets"])) {
        close_to(bought, number(&expected[0]));
        close_to(sold, number(&expected[1]));
    }
    assert_eq!(vpins.len(), list(&vector["vpin"]).len());
    for (vpin, expected) in vpins.into_iter().zip(list(&vector["vpin"])) {
        close_to(vpin, number(expected));
    }
}

#[test]
fn vector_05_point_of_control_of_a_footprint() {
    let Some(vector) = load("05_value_area.json") else { return };
    for (name, profile) in vector["profiles"].as_object().unwrap() {
        let mut bar = BarFootprint::default();
        for (i, row) in list(&profile["profile"]).iter().enumerate() {
            let size = row[1].as_u64().unwrap();
            bar.add(Ticks(ticks(px(&row[0]))), size, i as i64 % 3 - 1);
        }
        let poc = ticks(px(&profile["two_row_up"]["poc"]));
        assert_eq!(bar.poc(), Some(Ticks(poc)), "{name}");
    }
}

/// Footprints of a bar by brute force over its trades.
#[test]
fn footprints_are_those_of_a_scan_of_the_tape() {
    let mut config = Config::default();
    (config.flow.imb_min_vol, config.flow.imb_ratio, config.flow.stack_min) = (6, 1.5, 2);
    let records = week();
    let out = run(&config, &records);
    let (mut seen, mut stacked) = (0, 0);
    for footprint in out.footprints() {
        let from = footprint.ts - MINUTE;
        let mut rows: BTreeMap<i64, [u64; 2]> = BTreeMap::new();
        for trade in trades(&records).filter(|t| (from..footprint.ts).contains(&t.ts)) {
            let row = rows.entry(ticks(trade.px)).or_default();
            row[usize::from(trade.side == Side::Buy)] += trade.sz;
        }
        check_footprint(footprint, &rows, &config.flow);
        seen += footprint.imb.as_ref().unwrap().len();
        stacked += footprint.stacks.as_ref().unwrap().len();
    }
    assert!(seen > 200 && stacked > 20, "{seen} imbalances, {stacked} stacks");
}

fn check_footprint(footprint: &Footprint, rows: &BTreeMap<i64, [u64; 2]>, flow: &Flow) {
    let cell = |price: i64, side: usize| rows.get(&price).map_or(0, |row| row[side]);
    let (low, high) = (*rows.keys().next().unwrap(), *rows.keys().last().unwrap());
    let over = |volume: u64, other: u64| {
        volume >= flow.imb_min_vol && volume as f64 >= flow.imb_ratio * other.max(1) as f64
    };
    let is = |price: i64, side: Side| match side {
        Side::Buy => price > low && over(cell(price, 1), cell(price - 1, 0)),
        _ => price < high && over(cell(price, 0), cell(price + 1, 1)),
    };
    let mut expected = Vec::new();
    let mut runs = Vec::new();
    for price in (low..=high).rev() {
        for side in [Side::Buy, Side::Sell] {
            if !is(price, side) {
                continue;
            }
            expected.push((price, side));
            if price == high || !is(price + 1, side) {
                let last = (low..=price).rev().take_while(|p| is(*p, side)).last().unwrap();
                if price - last + 1 >= i64::from(flow.stack_min) {
                    runs.push((last, price, side));
                }
            }
        }
    }
    let found: Vec<_> = footprint.imb.iter().flatten().map(|row| (ticks(row.0), row.1)).collect();
    assert_eq!(found, expected, "at {}", footprint.ts);
    let stacks = footprint.stacks.iter().flatten();
    let found: Vec<_> = stacks.map(|run| (ticks(run.from), ticks(run.to), run.side)).collect();
    assert_eq!(found, runs, "at {}", footprint.ts);
    let delta: i64 = rows.values().map(|row| row[1] as i64 - row[0] as i64).sum();
    assert_eq!((footprint.delta, footprint.unk), (Some(delta), None));
    let volume = |price: i64| cell(price, 0) + cell(price, 1);
    let poc = ticks(footprint.poc.unwrap());
    assert!((low..=high).all(|price| volume(price) <= volume(poc)));
}

#[test]
fn levels_are_those_of_a_scan_of_the_tape() {
    let (config, records) = (rich(), week());
    let out = run(&config, &records);
    for date in DATES {
        let (open, _) = session(date).rth.unwrap();
        for minutes in [5, 30] {
            let end = open + minutes * MINUTE;
            let (high, low) = range(&records, open, end);
            let names = [format!("OR{minutes}H"), format!("OR{minutes}L")];
            let before = levels_at(&out, end - 1);
            assert!(names.iter().all(|name| !before.contains_key(name)), "{date} {minutes}");
            // Also long after its end it is what it was.
            for at in [end, open + 64 * MINUTE] {
                let levels = levels_at(&out, at);
                assert_eq!((levels[&names[0]], levels[&names[1]]), (high, low), "{date} {minutes}");
            }
        }
        let levels = levels_at(&out, open + 64 * MINUTE);
        let (high, low) = range(&records, open, open + 60 * MINUTE);
        assert_eq!((levels["IBH"], levels["IBL"]), (high, low));
        for (name, price) in [
            ("IBH+0.5", high + 0.5 * (high - low)),
            ("IBH+1", high + (high - low)),
            ("IBL-0.5", low - 0.5 * (high - low)),
            ("IBL-1", low - (high - low)),
        ] {
            assert_eq!(levels[name], price, "{name}");
        }
    }
}

/// The week with each day moved by so many ticks, so that some prices are never come back to.
fn leaping_week() -> Vec<Record> {
    let records = week();
    let mut moved = Vec::new();
    for (date, by) in DATES.into_iter().zip([0, 300, 100, 310, 900, 330, 120]) {
        let session = session(date);
        let day: Vec<Record> = records
            .iter()
            .filter(|record| (session.open..session.close).contains(&record.ts()))
            .cloned()
            .collect();
        let price = |px: Px| Px::from_nanos(px.nanos() + by * TICK);
        moved.extend(changed(&day, false, price, |size| size));
    }
    moved
}

#[test]
fn nodes_and_naked_points_of_control_come_from_the_sessions_before() {
    let (config, records) = (rich(), leaping_week());
    let out = run(&config, &records);
    let mut pocs: Vec<(usize, i64)> = Vec::new();
    let (mut naked_seen, mut tested_seen) = (0, 0);
    for (i, date) in DATES.into_iter().enumerate() {
        let (open, close) = session(date).rth.unwrap();
        if i > 0 {
            let levels = levels_at(&out, open + 3 * MINUTE);
            let mut profile = VolumeProfile::default();
            let (from, to) = session(DATES[i - 1]).rth.unwrap();
            for trade in trades(&records).filter(|t| (from..to).contains(&t.ts)) {
                profile.add(Ticks(ticks(trade.px)), trade.sz);
            }
            let nodes = Nodes::of(&profile, &ProfileSettings::default());
            for (kind, prices) in [("HVN", &nodes.high), ("LVN", &nodes.low)] {
                let mut expected = prices.iter().map(|price| price.0 as f64 * 0.25);
                for n in 1..=16 {
                    let found = levels.get(&format!("{kind}{n}")).copied();
                    assert_eq!(found, expected.next(), "{date} {kind}{n}");
                }
            }
            assert!(!nodes.high.is_empty());
            pocs.push((i - 1, profile.poc().unwrap().0));
        }
        // Of each earlier session but the last: naked if no trade since was at or beyond it on both
        // sides within one session.
        for minutes in [0, 20, 60] {
            let at = open + minutes * MINUTE;
            let levels = levels_at(&out, at);
            for (day, poc) in pocs.iter().filter(|(day, _)| day + 1 < i) {
                let mut tested = false;
                for later in &DATES[day + 1..=i] {
                    let session = session(later);
                    let in_session = trades(&records)
                        .filter(|t| (session.open..session.close.min(at)).contains(&t.ts));
                    let prices: Vec<i64> = in_session.map(|t| ticks(t.px)).collect();
                    let low = prices.iter().min().copied().unwrap_or(i64::MAX);
                    let high = prices.iter().max().copied().unwrap_or(i64::MIN);
                    tested |= low <= *poc && *poc <= high;
                }
                let name = format!("nPOC:{}", DATES[*day]);
                let found = levels.get(&name).copied();
                let expected = (!tested).then_some(*poc as f64 * 0.25);
                assert_eq!(found, expected, "{name} at {date} + {minutes} min");
                naked_seen += usize::from(!tested);
                tested_seen += usize::from(tested);
            }
        }
        assert!(close > open);
    }
    assert!(naked_seen > 5 && tested_seen > 5, "{naked_seen} naked, {tested_seen} tested");
}

#[test]
fn anchored_vwaps_are_those_of_two_passes() {
    let (config, records) = (rich(), week());
    let out = run(&config, &records);
    let wednesday = session("2026-11-18");
    let at = wednesday.rth.unwrap().0 + 40 * MINUTE;
    // The anchors of the rich configuration on that day.
    let anchors = [
        ("globex", wednesday.open),
        ("open", wednesday.rth.unwrap().0),
        ("week", session("2026-11-16").open),
        ("noon", mia::market::stamp_from("2026-11-17T14:50:00Z").unwrap()),
    ];
    let snapshot = out.levels().filter(|levels| levels.ts <= at).last().unwrap();
    for (name, anchor) in anchors {
        let inside: Vec<(f64, f64)> = trades(&records)
            .filter(|trade| (anchor..snapshot.ts).contains(&trade.ts))
            .map(|trade| (trade.px.points(), trade.sz as f64))
            .collect();
        let weight: f64 = inside.iter().map(|(_, size)| size).sum();
        let mean = inside.iter().map(|(px, size)| px * size).sum::<f64>() / weight;
        let squares: f64 = inside.iter().map(|(px, size)| size * (px - mean) * (px - mean)).sum();
        let deviation = (squares / weight).sqrt();
        for (band, k) in [("", 0.0), ("+1sd", 1.0), ("-1sd", -1.0), ("+2sd", 2.0), ("-2sd", -2.0)] {
            let id = format!("aVWAP:{name}{band}");
            let level = snapshot.lv.iter().find(|level| level.id == id).unwrap();
            let expected = mean + k * deviation;
            assert!((level.px.0 - expected).abs() < 1e-6, "{id}: {} {expected}", level.px.0);
            assert_eq!((level.fam.as_str(), level.src.as_str()), ("VWAP", "anchor"));
        }
    }
}

#[test]
fn ids_are_unique_and_weights_are_weights() {
    let out = run(&rich(), &week());
    let mut families = BTreeSet::new();
    for levels in out.levels() {
        let ids: BTreeSet<&str> = levels.lv.iter().map(|level| level.id.as_str()).collect();
        assert_eq!(ids.len(), levels.lv.len(), "at {}", levels.ts);
        for level in &levels.lv {
            assert!(level.w.0 > 0.0 && level.w.0 < 1.0 && level.px.0.is_finite());
            assert!(level.asof <= levels.ts, "{} at {}", level.id, levels.ts);
            families.insert(level.fam.as_str());
        }
        assert!(levels.lv.is_sorted_by(|a, b| a.px.0 >= b.px.0));
    }
    assert_eq!(families, BTreeSet::from(["PROFILE", "ROUND", "SESSION", "VWAP"]));
}

#[test]
fn an_anchor_that_cannot_be_used_is_a_failure_of_configuration() {
    for anchors in [&["noon"][..], &["open", "open"], &["x y=open"]] {
        let mut config = Config::default();
        config.vwap.anchors = anchors.iter().map(|anchor| (*anchor).to_owned()).collect();
        let calendar = mia::market::Calendar::builtin().unwrap();
        let stage =
            mia::features::FeaturesStage::new(&config, calendar, FeaturesOptions::default());
        let failure = stage.err().unwrap();
        assert_eq!(failure.class, mia::wire::FailureClass::Config, "{anchors:?}");
    }
}

#[test]
fn the_book_is_that_of_a_scan_of_the_depth_records() {
    let (config, records) = (rich(), week_with_book());
    let out = run(&config, &records);
    // What each whole batch left: stamp, bid, ask.
    let mut batches = Vec::new();
    let mut book: [BTreeMap<i64, u64>; 2] = Default::default();
    for record in &records {
        let Record::Depth(depth) = record else { continue };
        match depth.bs {
            None => book = Default::default(),
            Some(side) => {
                let levels = &mut book[usize::from(side == BookSide::Ask)];
                levels.insert(ticks(depth.px.unwrap()), depth.sz.unwrap());
                levels.retain(|_, size| *size > 0);
            }
        }
        if depth.eob {
            let bid: u64 = book[0].values().rev().take(5).sum();
            let ask: u64 = book[1].values().take(5).sum();
            batches.push((depth.ts, bid, ask));
        }
    }
    let (mut with, mut stale) = (0, 0);
    for f in out.features() {
        let newest = batches.partition_point(|batch| batch.0 < f.ts).checked_sub(1);
        let Some((ts, bid, ask)) = newest.map(|i| batches[i]) else {
            assert_eq!(f.x.book_bid, None);
            continue;
        };
        let x = &f.x;
        if f.ts - ts > 5_000_000 {
            assert_eq!(
                (x.book_bid, x.book_n, f.why.reason("book_imb")),
                (None, None, Some("stale"))
            );
            stale += 1;
            continue;
        }
        assert_eq!((x.book_bid, x.book_ask, x.book_n), (Some(bid), Some(ask), Some(5)));
        let imbalance = (bid as f64 - ask as f64) / (bid + ask) as f64;
        assert_eq!((x.book_imb, f.why.reason("book_imb")), (Some(Num(imbalance)), None));
        with += 1;
    }
    assert!(with > 10_000 && stale > 0, "{with} {stale}");

    // Everything else is what it is without a book.
    let without = run(&config, &week());
    assert_eq!(out.features().count(), without.features().count());
    for (a, b) in out.features().zip(without.features()) {
        assert_eq!((a.ts, &a.f, a.px), (b.ts, &b.f, b.px));
        assert_eq!((b.x.book_imb, b.x.book_n, b.why.reason("book_imb")), (None, None, None));
    }
}

#[test]
fn a_book_that_is_crossed_or_was_damaged_is_null_with_its_reason() {
    let open = session("2026-11-18").rth.unwrap().0;
    let level = |at: i64, side: BookSide, price: i64, size: u64, eob: bool| Depth {
        ts: open + at,
        sym: sym(),
        bs: Some(side),
        px: Some(Px::from_nanos(price * TICK)),
        sz: Some(size),
        src: Src::Syn,
        rx: None,
        op: None,
        eob,
        flags: TradeFlags::default(),
    };
    let clear = |at: i64| Depth {
        op: Some(DepthOp::Clear),
        bs: None,
        px: None,
        sz: None,
        ..level(at, BookSide::Bid, 0, 0, false)
    };
    let mut late = level(9_400_000, BookSide::Bid, 19_999, 3, true);
    late.flags = late.flags.with(mia::wire::TradeFlag::Late);
    let depth: Vec<Depth> = vec![
        // Second 0: changes without a snapshot. 1: a snapshot of one level a side.
        level(100, BookSide::Bid, 20_000, 5, true),
        clear(1_000_100),
        level(1_000_100, BookSide::Bid, 20_000, 30, false),
        level(1_000_100, BookSide::Ask, 20_001, 10, true),
        // 2: a batch that goes on into second 3, crossed at its end, and whole again in 4.
        level(2_000_100, BookSide::Bid, 20_001, 7, false),
        level(3_000_100, BookSide::Bid, 20_000, 0, true),
        level(4_000_100, BookSide::Ask, 20_001, 0, false),
        level(4_000_100, BookSide::Ask, 20_002, 21, true),
        // 5: one side only. 6: a snapshot that has only begun. 7: whole. 9: a lost change.
        level(5_000_100, BookSide::Ask, 20_002, 0, true),
        clear(6_000_100),
        level(7_000_100, BookSide::Bid, 20_000, 1, false),
        level(7_000_100, BookSide::Ask, 20_003, 3, true),
        late,
        level(10_000_100, BookSide::Bid, 20_000, 2, true),
    ];
    let mut config = Config::default();
    config.flow.book_levels = 1;
    let mut records = vec![quote(open, 20_000, 5, 20_001, 5)];
    records.extend(depth.iter().map(|depth| Record::Depth(*depth)));
    records.push(trade(open + 11_000_100, 20_000, 1, Side::Buy));
    records.push(trade(open + 20_000_100, 20_000, 1, Side::Buy));
    records.push(clock(open + 21_000_000));
    let out = run(&config, &records);
    let found: Vec<_> = out
        .features()
        .map(|f| ((f.ts - open) / 1_000_000, f.x.book_imb.map(|x| x.0), f.why.reason("book_imb")))
        .collect();
    let expected = [
        (1, None, Some("warmup")),
        (2, Some(0.5), None),
        (3, Some(0.5), None),
        (4, None, Some("bad_input")),
        (5, Some(-0.5), None),
        (6, None, Some("no_quotes")),
        (7, None, Some("warmup")),
        (8, Some(-0.5), None),
        (11, None, Some("warmup")),
        (12, None, Some("warmup")),
        (21, None, Some("warmup")),
    ];
    assert_eq!(found, expected);

    // Malformed and implausible records change nothing.
    let mut stage = stage_with(&config, FeaturesOptions::default());
    let mut out = Collect::default();
    for bad in [
        Depth { bs: None, ..level(1, BookSide::Bid, 20_000, 5, true) },
        Depth { px: Some(Px::from_nanos(1)), ..level(1, BookSide::Bid, 20_000, 5, true) },
        level(1, BookSide::Bid, 20_000, u64::MAX, true),
    ] {
        assert!(stage.on_record(&Record::Depth(bad), &mut out).is_err());
    }
    // With five levels asked for, a book of one level says how much is there but not how it leans.
    let records: Vec<Record> = depth[1..4].iter().map(|depth| Record::Depth(*depth)).collect();
    let mut records = [vec![quote(open, 20_000, 5, 20_001, 5)], records].concat();
    records.push(clock(open + 3_000_000));
    let out = run(&Config::default(), &records);
    let f = out.features().last().unwrap();
    assert_eq!((f.x.book_n, f.x.book_bid, f.x.book_imb), (Some(1), Some(30), None));
    assert_eq!(f.why.reason("book_imb"), Some("no_levels"));
}

#[test]
fn every_new_value_occurs_and_stays_in_its_range() {
    let out = run(&rich(), &week_with_book());
    let count = |defined: fn(&Features) -> bool| out.features().filter(|f| defined(f)).count();
    assert!(count(|f| f.x.delta_div == Some(1)) > 100);
    assert!(count(|f| f.x.delta_div == Some(-1)) > 100);
    assert!(count(|f| f.x.large_buy.is_some_and(|x| x > 0)) > 1000);
    assert!(count(|f| f.x.large_sell.is_some_and(|x| x > 0)) > 1000);
    assert!(count(|f| f.x.book_imb.is_some_and(|x| x.0 != 0.0)) > 1000);
    assert!(count(|f| f.x.bvc.is_some_and(|x| x.0 != 0.0)) > 1000);
    assert!(count(|f| f.x.vpin.is_some_and(|x| x.0 > 0.0)) > 1000);
    for f in out.features() {
        let x = &f.x;
        let within =
            |value: Option<Num>, low: f64| value.is_none_or(|value| (low..=1.0).contains(&value.0));
        assert!(within(x.book_imb, -1.0) && within(x.bvc, -1.0) && within(x.vpin, 0.0));
        assert!(x.delta_div.is_none_or(|x| x.abs() <= 1));
        if let (Some(bought), Some(sold)) = (x.large_buy, x.large_sell) {
            let imbalance = f.f.value("of_large_imb");
            let expected = (bought as f64 - sold as f64) / (bought + sold) as f64;
            assert_eq!(imbalance, (bought + sold > 0).then_some(expected));
        }
    }
    // The diagnostics are off unless asked for.
    let plain = run(&Config::default(), &week());
    assert!(plain.features().all(|f| f.x.bvc.is_none() && f.x.vpin.is_none()));
}

/// The other end of a level's name.
fn mirrored_id(id: &str) -> String {
    let swap = |text: &str, a: &str, b: &str| text.replace(a, "\0").replace(b, a).replace('\0', b);
    let id = swap(id, "+", "-");
    for (a, b) in [("pVAH", "pVAL"), ("PDH", "PDL"), ("ONH", "ONL"), ("IBH", "IBL")] {
        if id.starts_with(a) || id.starts_with(b) {
            return swap(&id, a, b);
        }
    }
    if id.starts_with("OR") { swap(&id, "H", "L") } else { id }
}

#[test]
fn the_mirror_tape_mirrors_footprints_levels_and_values() {
    let (config, records) = (rich(), week_with_book());
    let twice = 2 * 20_000 * TICK;
    let mirrored = changed(&records, true, |px| Px::from_nanos(twice - px.nanos()), |size| size);
    let (one, two) = (run(&config, &records), run(&config, &mirrored));
    for (a, b) in one.features().zip(two.features()) {
        let (x, y) = (&a.x, &b.x);
        assert_eq!(x.delta_div, y.delta_div.map(|x| -x), "at {}", a.ts);
        assert_eq!((x.large_buy, x.large_sell), (y.large_sell, y.large_buy));
        assert_eq!((x.book_bid, x.book_ask, x.book_n), (y.book_ask, y.book_bid, y.book_n));
        assert_eq!(x.book_imb, y.book_imb.map(|x| Num(-x.0)));
        for (p, q, sign) in
            [(x.queue_imb, y.queue_imb, -1.0), (x.bvc, y.bvc, -1.0), (x.vpin, y.vpin, 1.0)]
        {
            assert_eq!(p.is_some(), q.is_some());
            assert!(p.zip(q).is_none_or(|(p, q)| (p.0 - sign * q.0).abs() < 1e-12));
        }
    }
    assert_eq!(one.footprints().count(), two.footprints().count());
    for (a, b) in one.footprints().zip(two.footprints()) {
        let turn = |px: Px| Px::from_nanos(twice - px.nanos());
        let mut imbalances: Vec<_> =
            b.imb.iter().flatten().map(|row| (turn(row.0), row.1.opposite().sign())).collect();
        imbalances.sort_unstable_by_key(|row| std::cmp::Reverse(*row));
        let own: Vec<_> = a.imb.iter().flatten().map(|row| (row.0, row.1.sign())).collect();
        assert_eq!(own, imbalances, "at {}", a.ts);
        let mut runs: Vec<_> = b
            .stacks
            .iter()
            .flatten()
            .map(|run| (turn(run.from), turn(run.to), run.side.opposite().sign()))
            .collect();
        runs.sort_unstable_by_key(|run| std::cmp::Reverse(*run));
        let own: Vec<_> =
            a.stacks.iter().flatten().map(|run| (run.to, run.from, run.side.sign())).collect();
        assert_eq!(own, runs);
        assert_eq!(a.delta, b.delta.map(|delta| -delta));
    }
    compare_levels(&one, &two, true, |price| 10_000.0 - price);
}

#[test]
fn a_shift_moves_prices_and_nothing_else() {
    let (config, records) = (rich(), week_with_book());
    let one = run(&config, &records);
    for shift in [1, -399] {
        let move_by = |px: Px| Px::from_nanos(px.nanos() + shift * TICK);
        let two = run(&config, &changed(&records, false, move_by, |size| size));
        for (a, b) in one.features().zip(two.features()) {
            let (x, y) = (&a.x, &b.x);
            assert_eq!((x.delta_div, x.book_imb, x.book_n), (y.delta_div, y.book_imb, y.book_n));
            assert_eq!((x.large_buy, x.large_sell), (y.large_buy, y.large_sell));
            assert_eq!((x.bvc, x.vpin, x.queue_imb), (y.bvc, y.vpin, y.queue_imb));
        }
        for (a, b) in one.footprints().zip(two.footprints()) {
            let moved = |px: Px| move_by(px);
            assert_eq!(a.poc.map(moved), b.poc);
            assert_eq!((a.delta, a.rows.len()), (b.delta, b.rows.len()));
            let own: Vec<_> = a.imb.iter().flatten().map(|row| (moved(row.0), row.1)).collect();
            let other: Vec<_> = b.imb.iter().flatten().map(|row| (row.0, row.1)).collect();
            assert_eq!(own, other);
        }
        compare_levels(&one, &two, false, |price| price - shift as f64 * 0.25);
    }
}

/// At every stamp with a snapshot in both, each level but the round numbers is in the other.
fn compare_levels(one: &Collect, two: &Collect, mirror: bool, back: impl Fn(f64) -> f64) {
    let by_stamp: BTreeMap<i64, &Levels> = two.levels().map(|levels| (levels.ts, levels)).collect();
    let mut compared = 0;
    for levels in one.levels() {
        let Some(other) = by_stamp.get(&levels.ts) else { continue };
        let own: BTreeMap<String, f64> = levels
            .lv
            .iter()
            .filter(|level| level.fam != "ROUND" && !is_node(&level.id))
            .map(|level| (level.id.clone(), level.px.0))
            .collect();
        let theirs: BTreeMap<String, f64> = other
            .lv
            .iter()
            .filter(|level| level.fam != "ROUND" && !is_node(&level.id))
            .map(|level| {
                let id = if mirror { mirrored_id(&level.id) } else { level.id.clone() };
                (id, back(level.px.0))
            })
            .collect();
        assert_eq!(own.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (id, price) in &own {
            assert!((price - theirs[id]).abs() < 1e-9, "{id} at {}", levels.ts);
        }
        // Nodes are numbered from the top, so the mirror counts them the other way.
        let nodes = |levels: &Levels, kind: &str, back: &dyn Fn(f64) -> f64| {
            let of = levels.lv.iter().filter(|level| level.id.starts_with(kind));
            let mut prices: Vec<i64> = of.map(|level| (back(level.px.0) * 4.0) as i64).collect();
            prices.sort_unstable();
            prices
        };
        for kind in ["HVN", "LVN"] {
            assert_eq!(nodes(levels, kind, &|x| x), nodes(other, kind, &back), "at {}", levels.ts);
        }
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

fn is_node(id: &str) -> bool {
    id.starts_with("HVN") || id.starts_with("LVN")
}

#[test]
fn a_cut_anywhere_gives_a_prefix_with_everything_switched_on() {
    let (config, records) = (rich(), week_with_book());
    let whole = run(&config, &records);
    let mut dice = Dice::new(5);
    for _ in 0..8 {
        let cut = dice.range(1, records.len() as u64) as usize;
        let part = run(&config, &records[..cut]);
        assert_eq!(part.0, whole.0[..part.0.len()]);
    }
}

#[test]
fn the_average_daily_volume_is_that_of_the_whole_sessions() {
    let records = week();
    let mut stage = stage_with(&Config::default(), FeaturesOptions::default());
    let mut out = Collect::default();
    // The first day is joined in its middle; five whole ones follow before the seventh opens.
    let volume = |date: &str| {
        let session = session(date);
        let inside = trades(&records).filter(|t| (session.open..session.close).contains(&t.ts));
        inside.map(|trade| trade.sz).sum::<u64>()
    };
    let seventh = session(DATES[6]).open;
    for record in &records {
        stage.on_record(record, &mut out).unwrap();
        if record.ts() < seventh {
            assert_eq!(stage.adv(), Err(Reason::NoAdv));
        }
    }
    let total: u64 = DATES[1..6].iter().map(|date| volume(date)).sum();
    assert_eq!(stage.adv(), Ok(total as f64 / 5.0));
}
