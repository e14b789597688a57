//! The stage of mia-features driven without a stream.

#![expect(clippy::float_cmp, reason = "prices on the tick grid are exact floats")]

use crate::data;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::quote;
use crate::synthetic_tape::tape;
use crate::synthetic_tape::trade;
use mia::config::Config;
use mia::config::ProfileSettings;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::features::VolumeProfile;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Session;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::wire::Bar;
use mia::wire::Clock;
use mia::wire::Emit;
use mia::wire::FEATURE_COUNT;
use mia::wire::FEATURE_NAMES;
use mia::wire::FailureClass;
use mia::wire::Features;
use mia::wire::Flow;
use mia::wire::Footprint;
use mia::wire::Kind;
use mia::wire::Levels;
use mia::wire::Record;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::codec;
use std::io::Read;

const TICK: i64 = 250_000_000;

/// Keeps what a stage writes; refuses reactions, of which this stage has none.
#[derive(Default)]
pub struct Collect(pub Vec<Record>);

impl Emit for Collect {
    fn before(&mut self, record: &Record) {
        self.0.push(record.clone());
    }

    fn after(&mut self, record: &Record) {
        panic!("written after its cause: {record:?}");
    }
}

impl Collect {
    pub fn features(&self) -> impl Iterator<Item = &Features> {
        self.0.iter().filter_map(|record| match record {
            Record::Features(features) => Some(features),
            _ => None,
        })
    }

    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.0.iter().filter_map(|record| match record {
            Record::Bar(bar) => Some(bar),
            _ => None,
        })
    }

    pub fn levels(&self) -> impl Iterator<Item = &Levels> {
        self.0.iter().filter_map(|record| match record {
            Record::Levels(levels) => Some(levels),
            _ => None,
        })
    }

    pub fn footprints(&self) -> impl Iterator<Item = &Footprint> {
        self.0.iter().filter_map(|record| match record {
            Record::Footprint(footprint) => Some(footprint),
            _ => None,
        })
    }
}

/// A stage with the default configuration.
pub fn stage(options: FeaturesOptions) -> FeaturesStage {
    stage_with(&Config::default(), options)
}

/// A stage with another configuration.
pub fn stage_with(config: &Config, options: FeaturesOptions) -> FeaturesStage {
    FeaturesStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}

/// Drives a fresh stage over the records.
pub fn run(config: &Config, records: &[Record]) -> Collect {
    let mut stage = stage_with(config, FeaturesOptions { footprint: true });
    let mut out = Collect::default();
    for record in records {
        assert_eq!(stage.on_record(record, &mut out).unwrap(), Flow::Pass);
    }
    out
}

pub fn clock(ts: i64) -> Record {
    Record::Clock(Clock { ts, sym: Sym::NONE, src: Src::Csv })
}

pub const MINUTE: i64 = 60_000_000;

pub fn session(date: &str) -> Session {
    Calendar::builtin().unwrap().session_of(date.parse().unwrap()).unwrap().unwrap()
}

/// Six days of 68 minutes from two minutes before the regular open, and a seventh, longer one.
pub fn week() -> Vec<Record> {
    let mut dice = Dice::new(7);
    let mut records = Vec::new();
    for (i, date) in
        ["11-09", "11-10", "11-12", "11-13", "11-16", "11-17", "11-18"].into_iter().enumerate()
    {
        let open = session(&format!("2026-{date}")).rth.unwrap().0;
        let minutes = if i == 6 { 90 } else { 66 };
        records.extend(tape(
            &mut dice,
            open - 2 * MINUTE,
            open + minutes * MINUTE,
            20_000 + 40 * i as i64,
        ));
    }
    let last = records.last().unwrap().ts();
    records.push(clock(last + 90 * 1_000_000));
    records
}

#[test]
fn every_feature_is_defined_on_a_full_tape() {
    let out = run(&Config::default(), &week());
    let last = out.features().last().unwrap();
    for (i, name) in FEATURE_NAMES.into_iter().enumerate() {
        if (8..14).contains(&i) {
            assert_eq!((last.f.0[i], last.why.reason(name)), (None, Some("no_levels")));
            continue;
        }
        let defined = out.features().filter(|f| f.f.0[i].is_some_and(|x| x != 0.0)).count();
        assert!(defined > 400, "{name}: {defined}");
    }
    // With five earlier sessions neither fallback is in use.
    assert_eq!((last.why.reason("base"), last.why.reason("large")), (None, None));
    assert!(out.features().next().unwrap().why.reason("large").is_some());
}

#[test]
fn every_missing_value_has_a_reason_and_every_value_is_finite() {
    for f in run(&Config::default(), &week()).features() {
        for (value, name) in f.f.0.iter().zip(FEATURE_NAMES) {
            assert_eq!(value.is_none(), f.why.reason(name).is_some(), "{name} at {}", f.ts);
            assert!(value.is_none_or(f64::is_finite));
        }
        let mut fields: Vec<_> = f.why.0.iter().map(|(field, _)| field).collect();
        fields.sort();
        fields.dedup();
        assert_eq!(fields.len(), f.why.0.len());
    }
}

#[test]
fn features_stay_in_their_ranges() {
    let bounds = [1.0, 6.0, 1.0, 100.0, 5.0, 1e3, 1.0, 4.0];
    for f in run(&Config::default(), &week()).features() {
        for (i, bound) in bounds.into_iter().enumerate() {
            assert!(
                f.f.0[i].is_none_or(|x| x.abs() <= bound),
                "{} {:?}",
                FEATURE_NAMES[i],
                f.f.0[i]
            );
        }
        assert!(f.f.0[14].is_none_or(|x| x == 0.0 || x == 1.0));
        assert!(f.f.0[15].is_none_or(|x| x.abs() <= 1.0));
    }
}

#[test]
fn records_come_before_their_cause_in_order_of_time_with_features_last() {
    let (config, records) = (Config::default(), week());
    let mut stage = stage_with(&config, FeaturesOptions { footprint: true });
    let order = |record: &Record| match record.kind() {
        Kind::Bar => 0,
        Kind::Footprint => 1,
        Kind::Levels => 2,
        Kind::Features => 3,
        kind => panic!("{kind} written"),
    };
    let mut newest = (0, 0);
    for record in &records {
        let mut out = Collect::default();
        stage.on_record(record, &mut out).unwrap();
        for written in &out.0 {
            let place = (written.ts(), order(written));
            assert!(newest < place, "{newest:?} then {place:?}");
            assert!(written.ts() <= record.ts());
            newest = place;
        }
        for f in out.features() {
            assert_eq!((f.ct, f.ts % 1_000_000), (record.ts(), 0));
            assert!(f.ts <= f.ct);
        }
    }
}

#[test]
fn a_second_without_records_is_skipped_and_a_bar_end_is_not() {
    let open = session("2026-11-18").rth.unwrap().0;
    let at = |seconds: i64| open + seconds * 1_000_000;
    let records = [
        trade(at(10), 20_000, 5, Side::Buy),
        quote(at(12) + 5, 20_000, 5, 20_001, 5),
        trade(at(61) + 7, 20_001, 5, Side::Buy),
        clock(at(62) + 1),
        clock(at(180)),
    ];
    let out = run(&Config::default(), &records);
    let ends: Vec<_> = out.features().map(|f| (f.ts - open) / 1_000_000).collect();
    // The bars end at 60 and 120 although the seconds before were empty.
    assert_eq!(ends, [11, 13, 60, 62, 120]);
    assert_eq!(out.bars().map(|b| (b.ts - open) / 1_000_000).collect::<Vec<_>>(), [60, 120]);
    let bar = out.features().nth(2).unwrap();
    assert_eq!((bar.ct, bar.n, bar.x.rth_min), (at(61) + 7, 2, Some(1)));
}

pub fn without_quotes(records: Vec<Record>, flags: bool) -> Vec<Record> {
    let keep = |record| match record {
        Record::Quote(_) => None,
        Record::Trade(trade) if !flags => {
            Some(Record::Trade(Trade { side: Side::None, ss: SideSource::None, ..trade }))
        }
        other => Some(other),
    };
    records.into_iter().filter_map(keep).collect()
}

#[test]
fn trades_alone_give_what_the_table_says() {
    for flags in [true, false] {
        let out = run(&Config::default(), &without_quotes(week(), flags));
        for f in out.features() {
            assert_eq!((f.f.value("of_ofi"), f.why.reason("of_ofi")), (None, Some("no_quotes")));
            assert_eq!(f.why.reason("side"), (!flags).then_some("tick"));
            assert_eq!((f.x.queue_imb, f.x.micro), (None, None));
        }
        let last = out.features().last().unwrap();
        for (i, name) in FEATURE_NAMES.into_iter().enumerate() {
            let defined = out.features().filter(|f| f.f.0[i].is_some()).count();
            let expected = !(8..14).contains(&i) && i != 5;
            assert_eq!(defined > 400, expected, "{name}: {defined} {:?}", last.why);
        }
    }
}

#[test]
fn too_much_volume_without_a_side_makes_order_flow_undefined_where_sides_were_offered() {
    let mut records = week();
    // From the last hour on, three trades in ten come without a side between the quotes.
    let from = records.last().unwrap().ts() - 60 * MINUTE;
    let mut dice = Dice::new(5);
    for record in &mut records {
        if let Record::Trade(trade) = record
            && trade.ts > from
            && dice.unit() < 0.4
        {
            (trade.side, trade.ss) = (Side::Buy, SideSource::Tick);
        }
    }
    let out = run(&Config::default(), &records);
    // An hour into regular hours: later the sessions before give the tape speed no base.
    let fresh = |f: &&Features| f.ts <= from + 28 * MINUTE;
    let last = out.features().filter(fresh).last().unwrap();
    for name in ["of_delta_imb", "of_cvd_z", "of_cvd_div", "of_large_imb"] {
        assert_eq!(last.why.reason(name), Some("side_quality"), "{name} {:?}", last.why);
    }
    assert!(last.f.value("of_ofi").is_some() && last.f.value("of_tape_speed").is_some());
}

/// The built bars as a feed would give them.
pub fn as_feed_bars(out: &Collect) -> Vec<Record> {
    let foreign = |bar: &Bar| Bar { by: None, ct: None, src: Some(Src::Csv), ..*bar };
    out.bars().map(|bar| Record::Bar(foreign(bar))).collect()
}

#[test]
fn bars_give_what_the_table_says_and_agree_with_trades() {
    let config = Config::default();
    let trades = run(&config, &week());
    let bars = run(&config, &as_feed_bars(&trades));
    assert_eq!((bars.bars().count(), bars.footprints().count()), (0, 0));
    assert_eq!(bars.features().count(), trades.bars().count());
    let mut compared = [0; FEATURE_COUNT];
    for f in bars.features() {
        for (name, reason) in [
            ("of_stack_imb", "no_trades"),
            ("of_large_imb", "no_trades"),
            ("of_ofi", "no_quotes"),
            ("opt_flip_dist", "no_levels"),
        ] {
            assert_eq!((f.f.value(name), f.why.reason(name)), (None, Some(reason)));
        }
        assert_eq!(f.why.reason("src"), Some("bars"));
        assert_eq!(f.why.reason("side"), None);
        if f.x.vwap.is_some() {
            assert_eq!(
                (f.why.reason("vwap"), f.why.reason("profile")),
                (Some("bars"), Some("bars"))
            );
        }
        // What needs nothing but bars is the same from either input.
        let same = trades.features().find(|t| t.ts == f.ts).unwrap();
        for i in [0, 1, 2, 14, 15, 16] {
            if let (Some(x), Some(y)) = (f.f.0[i], same.f.0[i]) {
                assert!((x - y).abs() < 1e-9, "{} at {}: {x} {y}", FEATURE_NAMES[i], f.ts);
                compared[i] += 1;
            }
        }
        assert_eq!((f.x.cvd_eth, f.x.cvd_rth, f.px), (same.x.cvd_eth, same.x.cvd_rth, same.px));
        assert_eq!((f.x.atr, f.x.adx), (same.x.atr, same.x.adx));
    }
    for i in [0, 1, 2, 14, 15, 16] {
        assert!(compared[i] > 30, "{}: {}", FEATURE_NAMES[i], compared[i]);
    }
    for name in ["of_absorption", "of_tape_speed", "ctx_vwap_z"] {
        assert!(bars.features().any(|f| f.f.value(name).is_some_and(|x| x != 0.0)), "{name}");
    }
}

#[test]
fn levels_are_those_of_the_day_before() {
    let records = week();
    let out = run(&Config::default(), &records);
    let (day, next) = (session("2026-11-16"), session("2026-11-17"));
    let (open, close) = day.rth.unwrap();
    let instrument = Config::default().instrument_named("ES").unwrap();
    let mut profile = VolumeProfile::default();
    let mut last = None;
    for record in &records {
        if let Record::Trade(trade) = record
            && (open..close).contains(&trade.ts)
        {
            profile.add(instrument.ticks(trade.px).unwrap(), trade.sz);
            last = Some(trade.px);
        }
    }
    let area = profile.value_area(&ProfileSettings::default()).unwrap();
    let (low, high) = profile.span().unwrap();
    let expected = [
        ("pVAH", area.vah),
        ("pVAL", area.val),
        ("pPOC", area.poc),
        ("PDH", high),
        ("PDL", low),
        ("PDC", instrument.ticks(last.unwrap()).unwrap()),
    ];
    let (open, _) = next.rth.unwrap();
    let inside = |levels: &&Levels| levels.ts > open && levels.ts < open + 66 * MINUTE;
    assert!(out.levels().filter(inside).count() > 10);
    for levels in out.levels().filter(inside) {
        for (id, ticks) in expected {
            let level = levels.lv.iter().find(|level| level.id == id).unwrap();
            assert_eq!(level.px.0, instrument.px(ticks).points(), "{id}");
            assert_eq!((level.asof, level.src.as_str()), (close, "rth"), "{id}");
        }
        let ids = |id: &str| levels.lv.iter().filter(|level| level.id == id).count();
        assert_eq!((ids("ONH"), ids("ONL")), (1, 1));
        // The first hour ends at 10:30; the VWAP is 15 minutes old at 09:45.
        assert_eq!(ids("IBH") + ids("IBL"), if levels.ts >= open + 60 * MINUTE { 2 } else { 0 });
        assert_eq!(ids("VWAP-2sd"), usize::from(levels.ts >= open + 15 * MINUTE));
        assert!(levels.lv.is_sorted_by(|a, b| a.px.0 >= b.px.0));
        assert_eq!(levels.lv.iter().filter(|level| level.fam == "ROUND").count(), 4);
    }
    // Nothing is known of a day before the first.
    let first = out.levels().next().unwrap();
    assert!(first.lv.iter().all(|level| level.fam != "PROFILE" && level.fam != "SESSION"));
}

#[test]
fn other_products_do_nothing_and_bad_records_are_refused_whole() {
    let open = session("2026-11-18").rth.unwrap().0;
    let of = |root: &str, record: Record| match record {
        Record::Trade(t) => Record::Trade(Trade { sym: Sym::new(root).unwrap(), ..t }),
        other => other,
    };
    let mut stage = stage(FeaturesOptions::default());
    let mut out = Collect::default();
    for name in ["NQZ26", "MESZ26", "SPX", "ES_SPREAD"] {
        let record = of(name, trade(open + 5, 20_000, 1, Side::Buy));
        stage.on_record(&record, &mut out).unwrap();
    }
    stage.on_record(&clock(open + 120 * 1_000_000), &mut out).unwrap();
    // `ES_SPREAD` is a spelling of the product; the others are foreign.
    assert_eq!(out.bars().map(|bar| bar.n).collect::<Vec<_>>(), [Some(1)]);
    let ts = open + 130 * 1_000_000;
    for bad in [
        of("ESZ26", trade(ts, 20_000, 0, Side::Buy)),
        of("ESZ26", trade(ts, 20_000, u64::MAX, Side::Buy)),
        match trade(ts, 0, 1, Side::Buy) {
            Record::Trade(t) => Record::Trade(Trade { px: Px::from_nanos(TICK / 2), ..t }),
            other => other,
        },
        quote(ts, 20_000, u64::MAX, 20_001, 1),
    ] {
        let failure = stage.on_record(&bad, &mut out).unwrap_err();
        assert_eq!(failure.class, FailureClass::BadInput, "{failure}");
    }
}

#[test]
fn a_price_from_another_world_is_bad_input_not_memory() {
    let open = session("2026-11-18").rth.unwrap().0;
    let mut stage = stage(FeaturesOptions::default());
    let mut out = Collect::default();
    stage.on_record(&trade(open + 1, 20_000, 1, Side::Buy), &mut out).unwrap();
    let far = trade(open + 2, 3_000_000_000, 1, Side::Buy);
    assert_eq!(stage.on_record(&far, &mut out).unwrap_err().class, FailureClass::BadInput);
    stage.on_record(&trade(open + 3, 20_001, 1, Side::Buy), &mut out).unwrap();
    stage.on_record(&clock(open + MINUTE), &mut out).unwrap();
    assert_eq!(out.bars().next().unwrap().n, Some(2));
}

#[test]
fn a_date_outside_the_calendar_stops_with_a_configuration_failure() {
    let mut stage = stage(FeaturesOptions::default());
    let record = trade(4_102_444_800_000_000, 20_000, 1, Side::Buy);
    let failure = stage.on_record(&record, &mut Collect::default()).unwrap_err();
    assert_eq!(failure.class, FailureClass::Config);
}

#[test]
fn a_new_contract_starts_with_its_own_history() {
    let mut records = week();
    let last = session("2026-11-18").rth.unwrap().0 - 2 * MINUTE;
    let new = Sym::new("ESH27").unwrap();
    for record in &mut records {
        match record {
            Record::Trade(trade) if trade.ts >= last => trade.sym = new,
            Record::Quote(quote) if quote.ts >= last => quote.sym = new,
            _ => {}
        }
    }
    let out = run(&Config::default(), &records);
    let after: Vec<_> = out.levels().filter(|levels| levels.ts > last).collect();
    assert!(!after.is_empty());
    for levels in after {
        assert_eq!(levels.sym, new);
        assert!(
            levels.lv.iter().all(|level| level.fam != "PROFILE" && !level.id.starts_with("PD"))
        );
    }
    let first = out.features().find(|f| f.sym == new).unwrap();
    assert_eq!(first.why.reason("of_cvd_z"), Some("warmup"));
    assert!(first.n < 20, "{}", first.n);
    // A record of the old contract in the same session closes windows and does no more.
    assert!(out.features().filter(|f| f.ts > last + 1_000_000).all(|f| f.sym == new));
}

/// The ticks of the real sample as records; Chicago time was five hours behind UTC then.
pub fn real_ticks() -> Option<Vec<Record>> {
    let dir = data::dir()?;
    let file =
        std::fs::File::open(dir.join("es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst"));
    let mut text = String::new();
    zstd::Decoder::new(file.unwrap()).unwrap().read_to_string(&mut text).unwrap();
    let sym = Sym::new("ESU13").unwrap();
    let record = |line: &str| {
        let mut fields = line.split(',');
        let stamp = fields.next().unwrap();
        let digits = |from: usize, to: usize| stamp[from..to].parse::<i64>().unwrap();
        let day = 15_948 + digits(8, 10);
        let seconds = digits(11, 13) * 3600 + digits(14, 16) * 60 + digits(17, 19);
        let ts = ((day * 86_400 + seconds + 5 * 3600) * 1000 + digits(20, 23)) * 1000;
        Record::Trade(Trade {
            ts,
            sym,
            px: Px::from_points(fields.next().unwrap().parse().unwrap()).unwrap(),
            sz: fields.next().unwrap().parse().unwrap(),
            side: Side::None,
            ss: SideSource::None,
            seq: None,
            src: Src::Csv,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        })
    };
    Some(text.lines().skip(1).map(record).collect())
}

#[test]
fn bars_of_the_real_ticks_are_the_golden_ones() {
    let Some(records) = real_ticks() else { return };
    assert_eq!(records.len(), 400_000);
    // 2013-09-01 17:00 Chicago.
    assert_eq!(records[0].ts(), 1_378_072_800_083_000);
    for (seconds, count, starts) in [
        (60, 2143, vec![("22:00", [1640.25, 1641.0, 1639.0, 1639.75], 3940, 893)]),
        (300, 436, vec![]),
    ] {
        let mut config = Config::default();
        config.bars.dur_s = seconds;
        let mut stage = stage_with(&config, FeaturesOptions::default());
        let mut out = Collect::default();
        for record in &records {
            stage.on_record(record, &mut out).unwrap();
        }
        assert_eq!(out.bars().count(), count);
        stage.on_record(&clock(records[399_999].ts() + 300_000_000), &mut out).unwrap();
        assert_eq!(out.bars().count(), count + 1);
        let sum = |of: fn(&Bar) -> u64| out.bars().map(of).sum::<u64>();
        assert_eq!((sum(|b| b.n.unwrap()), sum(|b| b.v)), (400_000, 1_474_630));
        // The tick rule, its state cleared at the Globex open.
        let (sold, bought) = (sum(|b| b.bv.unwrap()), sum(|b| b.av.unwrap()));
        assert_eq!((bought, sold, 1_474_630 - bought - sold), (729_594, 743_300, 1_736));
        for (_, prices, volume, trades) in starts {
            check_bar(out.bars().next().unwrap(), prices, volume, trades);
        }
        // 2013-09-03 08:30 Chicago.
        let open = 1_378_215_000_000_000;
        let first = out.bars().find(|bar| bar.ts == open + i64::from(seconds) * 1_000_000).unwrap();
        if seconds == 60 {
            check_bar(first, [1646.5, 1648.0, 1645.75, 1648.0], 22_889, 5_020);
        } else {
            check_bar(first, [1646.5, 1649.5, 1645.75, 1648.5], 93_772, 19_058);
        }
        for f in out.features() {
            assert_eq!(f.why.reason("side"), Some("tick"));
        }
    }
}

#[track_caller]
fn check_bar(bar: &Bar, prices: [f64; 4], volume: u64, trades: u64) {
    assert_eq!([bar.o, bar.h, bar.l, bar.c].map(Px::points), prices);
    assert_eq!((bar.v, bar.n), (volume, Some(trades)));
}

/// The real 5-minute bars of a contract as a feed gives them: stamped at their end, UTC.
pub fn real_bars(contract: &str) -> Option<Vec<Record>> {
    let path = data::dir()?.join(format!("es-bars-5m/{contract}.csv.zst"));
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    zstd::Decoder::new(file).unwrap().read_to_string(&mut text).unwrap();
    let zone = jiff::tz::TimeZone::get("America/Chicago").unwrap();
    let record = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let start: jiff::civil::DateTime = fields[1].parse().unwrap();
        let start = zone.to_timestamp(start).unwrap().as_microsecond();
        let px = |i: usize| Px::from_points(fields[i].parse().unwrap()).unwrap();
        let count = |i: usize| fields[i].parse::<u64>().unwrap();
        Record::Bar(Bar {
            ts: start + 300_000_000,
            sym: Sym::new(fields[0]).unwrap(),
            by: None,
            ct: None,
            dur: 300,
            o: px(2),
            h: px(3),
            l: px(4),
            c: px(5),
            v: count(6),
            n: Some(count(7)),
            bv: Some(count(8)),
            av: Some(count(9)),
            src: Some(Src::Csv),
            flags: TradeFlags::default(),
        })
    };
    Some(text.lines().skip(1).map(record).collect())
}

#[test]
fn regular_hours_of_real_bars_are_the_golden_ones() {
    for (contract, date, prices, delta, vwap) in [
        ("ESU15", "2015-08-24", [1868.75, 1950.75, 1831.0, 1886.25], 943, 1_909.021_923),
        ("ESH20", "2020-03-16", [2513.5, 2562.5, 2360.25, 2387.0], -7698, 2_470.725_827),
        ("ESU22", "2022-07-12", [3851.0, 3876.5, 3804.75, 3824.0], -9158, 3_846.931_998),
        ("ESM23", "2023-06-09", [4305.25, 4325.5, 4294.0, 4305.0], 23_252, 4_309.603_232),
    ] {
        let Some(records) = real_bars(contract) else { return };
        let out = run(&Config::default(), &records);
        let close = session(date).rth.unwrap().1;
        let last = out.features().find(|f| f.ts == close).unwrap();
        assert_eq!(last.x.cvd_rth, Some(delta), "{date}");
        assert!((last.x.vwap.unwrap().0 - vwap).abs() < 1e-6, "{date} {:?}", last.x.vwap);
        assert_eq!(last.px.unwrap().points(), prices[3]);
        let levels = out.levels().find(|levels| levels.ts == close).unwrap();
        let level = |id: &str| levels.lv.iter().find(|level| level.id == id).unwrap().px.0;
        assert_eq!([level("PDH"), level("PDL"), level("PDC")], [prices[1], prices[2], prices[3]]);
        let reasons = |name: &str| out.features().filter(|f| f.f.value(name).is_some()).count();
        for name in [
            "of_delta_imb",
            "of_cvd_z",
            "of_cvd_div",
            "of_absorption",
            "of_tape_speed",
            "ctx_regime",
            "ctx_trend",
            "ctx_rvol",
            "ctx_vwap_z",
        ] {
            assert!(reasons(name) > 1000, "{name}: {}", reasons(name));
        }
    }
}

#[test]
fn the_fast_writer_gives_the_bytes_of_serde() {
    let (mut fast, mut slow) = (Vec::new(), Vec::new());
    for record in run(&Config::default(), &week()).0 {
        codec::encode(&record, &mut fast).unwrap();
        codec::encode_serde(&record, &mut slow).unwrap();
        assert_eq!(String::from_utf8_lossy(&fast), String::from_utf8_lossy(&slow));
        assert_eq!(
            codec::decode(record.kind(), fast.trim_ascii_end()).unwrap().kind(),
            record.kind()
        );
        fast.clear();
        slow.clear();
    }
}

/// Mostly plausible records, some absurd in one way.
fn hostile(dice: &mut Dice, ts: &mut i64) -> Record {
    *ts += dice.range(0, 3_000_000) as i64;
    let mut pick = |usual: i64, odd: &[i64]| {
        if dice.unit() < 0.05 { odd[dice.range(0, odd.len() as u64) as usize] } else { usual }
    };
    let odd_ts = [*ts - 7_000_000, *ts - 86_400_000_000, *ts + 90_000_000, 0];
    let odd_px = [0, -20_000, 19_000, 80_000, 86_000, 30_000_000, -30_000_000];
    let odd_sz = [0, 10_000_000, 10_000_001, i64::MAX];
    let (at, price) = (pick(*ts, &odd_ts), pick(20_000, &odd_px));
    let (size, other) = (pick(5, &odd_sz) as u64, pick(7, &odd_sz) as u64);
    let dur = pick(60, &[0, 1, 300, 86_400, 86_401, i64::from(u32::MAX)]) as u32;
    let wide = pick(4, &[0, -4, 39_999, 40_001, 3_000_000]);
    let px = |ticks: i64| Px::from_nanos(ticks * TICK);
    match dice.range(0, 10) {
        0..4 => trade(at, price, size, Side::from_sign(dice.range(0, 3) as i64 - 1)),
        4..7 => quote(at, price, size, price + wide, other),
        7 => clock(at),
        8 => {
            let mut record = trade(at, price, size, Side::None);
            if let Record::Trade(trade) = &mut record {
                trade.sym = Sym::new("ESH27").unwrap();
            }
            record
        }
        _ => Record::Bar(Bar {
            ts: at,
            sym: Sym::new("ESZ26").unwrap(),
            by: None,
            ct: None,
            dur,
            o: px(price),
            h: px(price + wide),
            l: px(price),
            c: px(price),
            v: size,
            bv: (other % 2 == 0).then_some(other),
            av: Some(other),
            n: None,
            src: Some(Src::Csv),
            flags: TradeFlags::default(),
        }),
    }
}

#[test]
fn absurd_records_are_refused_or_folded_and_never_break_the_stage() {
    for seed in 0..8 {
        let mut dice = Dice::new(seed);
        let mut ts = session("2026-11-18").open - 10 * MINUTE;
        let mut stage = stage(FeaturesOptions { footprint: true });
        let mut out = Collect::default();
        let mut refused = 0;
        for _ in 0..30_000 {
            let record = hostile(&mut dice, &mut ts);
            match stage.on_record(&record, &mut out) {
                Ok(flow) => assert_eq!(flow, Flow::Pass),
                Err(failure) => {
                    assert_eq!(failure.class, FailureClass::BadInput, "{failure}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 500 && out.features().count() > 1000);
        let mut bytes = Vec::new();
        for record in &out.0 {
            codec::encode(record, &mut bytes).unwrap();
        }
    }
    for ts in [i64::MIN, i64::MAX] {
        for record in [trade(ts, 1, 1, Side::Buy), quote(ts, 1, 1, 2, 1), clock(ts)] {
            let failure = stage(FeaturesOptions::default())
                .on_record(&record, &mut Collect::default())
                .unwrap_err();
            assert_eq!(failure.class, FailureClass::Config);
        }
    }
}

#[test]
fn configuration_that_cannot_work_is_refused() {
    let refused = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        let calendar = Calendar::builtin().unwrap();
        let result = FeaturesStage::new(&config, calendar, FeaturesOptions::default());
        result.map(|_| ()).unwrap_err().class
    };
    assert_eq!(refused(|c| c.instrument = "XX".into()), FailureClass::Config);
    assert_eq!(refused(|c| c.bars.dur_s = 0), FailureClass::Config);
    let no_tick = |c: &mut Config| c.instruments.get_mut("ES").unwrap().tick = Px::from_nanos(0);
    assert_eq!(refused(no_tick), FailureClass::Config);
}
