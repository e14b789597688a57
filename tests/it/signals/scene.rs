//! Hand-made market records for the patterns, and their mirror image.

use mia::config::Config;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::strategies::SignalOptions;
use mia::strategies::SignalStage;
use mia::strategies::Strategy;
use mia::wire::Auxiliaries;
use mia::wire::Bar;
use mia::wire::By;
use mia::wire::Emit;
use mia::wire::Explain;
use mia::wire::FEATURE_VERSION;
use mia::wire::FeatureVector;
use mia::wire::Features;
use mia::wire::Index;
use mia::wire::Level;
use mia::wire::Levels;
use mia::wire::NegSide;
use mia::wire::Num;
use mia::wire::Phase;
use mia::wire::Record;
use mia::wire::Scores;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::Why;
use std::sync::OnceLock;

pub const MINUTE: i64 = 60_000_000;
/// Prices of scenes are ticks from here: 5000.00.
pub const CENTRE: i64 = 20_000;
/// A plain Tuesday.
pub const DAY: u32 = 20_260_310;

/// Start of regular hours of `date`, microseconds UTC.
pub fn rth_open(date: u32) -> i64 {
    calendar().session_of(TradeDate(date)).unwrap().unwrap().rth.unwrap().0
}

pub fn calendar() -> &'static Calendar {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    CALENDAR.get_or_init(|| Calendar::builtin().unwrap())
}

pub fn sym(text: &str) -> Sym {
    Sym::new(text).unwrap()
}

/// A minute of a scene: its bar (open, high, low, close in ticks from the centre) and features.
#[derive(Clone, Debug)]
pub struct Minute {
    /// End of the bar, minutes after the regular open.
    pub at: i64,
    pub bar: [i64; 4],
    pub regime: Option<f64>,
    pub trend: Option<f64>,
    pub delta: Option<f64>,
    pub absorption: Option<f64>,
    pub ofi: Option<f64>,
    pub cvd_div: Option<f64>,
    pub gex: Option<f64>,
    pub z: Option<f64>,
    /// Ticks from the centre.
    pub vwap: Option<f64>,
    /// Ticks.
    pub sd: Option<f64>,
    pub stack: Option<f64>,
    pub large: Option<f64>,
    /// Buyers' and sellers' volume.
    pub volume: (u64, u64),
    pub adx: Option<f64>,
    /// Ticks.
    pub atr: Option<f64>,
    /// Mean quoted spread of the bar, ticks.
    pub spread: Option<f64>,
    /// Share of large trades in its volume.
    pub large_share: Option<f64>,
    /// Whether a large trade is one of the least size alone.
    pub large_floor: bool,
    /// Flip, call wall and put wall in ticks from the centre, and the rest of the chain.
    pub options: Option<Options>,
    /// VIX print just before the end of the bar.
    pub vix: Option<i64>,
    /// Book: levels, contracts bid, contracts asked.
    pub book: Option<(u32, u64, u64)>,
    /// Trades of the minute: seconds from its start, ticks from the centre, size, side.
    pub prints: Vec<(i64, i64, u64, Side)>,
}

/// The option facts of a minute; prices in ticks from the centre.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub flip: f64,
    pub neg_side: NegSide,
    pub call_wall: Option<f64>,
    pub put_wall: Option<f64>,
    /// Expected move, ticks.
    pub em: f64,
    pub age_s: i64,
}

impl Minute {
    /// A calm minute in a range, without VWAP and options, sellers a little stronger.
    pub fn new(at: i64, bar: [i64; 4]) -> Self {
        Self {
            at,
            bar,
            regime: Some(0.0),
            trend: Some(0.1),
            delta: Some(-0.1),
            absorption: Some(0.0),
            ofi: Some(0.0),
            cvd_div: Some(0.0),
            gex: None,
            z: None,
            vwap: None,
            sd: None,
            stack: None,
            large: None,
            volume: (100, 200),
            adx: None,
            atr: None,
            spread: None,
            large_share: None,
            large_floor: false,
            options: None,
            vix: None,
            book: None,
            prints: Vec::new(),
        }
    }

    /// With a VWAP at the centre and z from the close.
    pub fn around_vwap(mut self, sd: f64) -> Self {
        self.vwap = Some(0.0);
        self.sd = Some(sd);
        self.z = Some(self.bar[3] as f64 / sd.max(4.0));
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// A change of a minute under a name.
pub type Named = (&'static str, fn(&mut Minute));

/// Which record completes a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarsFrom {
    /// mia-features: bar, then features.
    Features,
    /// A feed: features, then the bar.
    Feed,
}

/// Minutes of one contract and day with their levels.
#[derive(Clone, Debug)]
pub struct Scene {
    pub date: u32,
    pub sym: Sym,
    pub dur: u32,
    pub bars_from: BarsFrom,
    /// Id, family, ticks from the centre, weight.
    pub levels: Vec<(String, String, f64, f64)>,
    pub minutes: Vec<Minute>,
}

impl Scene {
    pub fn new(minutes: Vec<Minute>) -> Self {
        Self {
            date: DAY,
            sym: sym("ESH26"),
            dur: 60,
            bars_from: BarsFrom::Features,
            levels: Vec::new(),
            minutes,
        }
    }

    pub fn level(mut self, id: &str, fam: &str, ticks: f64, w: f64) -> Self {
        self.levels.push((id.to_owned(), fam.to_owned(), ticks, w));
        self
    }

    /// The previous value area, ticks from the centre.
    pub fn value_area(self, high: f64, poc: f64, low: f64) -> Self {
        self.level("pVAH", "PROFILE", high, 0.6)
            .level("pPOC", "PROFILE", poc, 0.5)
            .level("pVAL", "PROFILE", low, 0.6)
    }

    /// The records as mia-signal reads them.
    pub fn records(&self) -> Vec<Record> {
        let open = rth_open(self.date);
        let mut records = Vec::new();
        if !self.levels.is_empty() {
            records.push(self.level_record(open));
        }
        for minute in &self.minutes {
            let ts = open + minute.at * MINUTE;
            let (bar, features) = (self.bar(minute, ts), self.features(minute, ts));
            records.extend(self.prints(minute, ts - i64::from(self.dur) * 1_000_000));
            records.extend(minute.vix.map(|vix| vix_print(ts - 1, vix)));
            match self.bars_from {
                BarsFrom::Features => records.extend([bar.into(), features.into()]),
                BarsFrom::Feed => records.extend([features.into(), Record::from(bar)]),
            }
        }
        records
    }

    fn prints(&self, minute: &Minute, start: i64) -> Vec<Record> {
        let print = |(n, (s, ticks, sz, side)): (usize, &(i64, i64, u64, Side))| Trade {
            ts: start + s * 1_000_000,
            sym: self.sym,
            px: price(*ticks),
            sz: *sz,
            side: *side,
            ss: SideSource::Flag,
            seq: Some(n as u64),
            src: Src::Csv,
            vts: None,
            rx: None,
            flags: TradeFlags::default(),
        };
        minute.prints.iter().enumerate().map(print).map(Record::from).collect()
    }

    fn level_record(&self, ts: i64) -> Record {
        let level = |(id, fam, ticks, w): &(String, String, f64, f64)| Level {
            id: id.clone(),
            fam: fam.clone(),
            px: points(*ticks),
            w: Num(*w),
            src: "rth".to_owned(),
            asof: ts,
        };
        let lv = self.levels.iter().map(level).collect();
        Levels { ts, sym: self.sym, by: By::Features, ct: ts, lv }.into()
    }

    fn bar(&self, minute: &Minute, ts: i64) -> Bar {
        let [o, h, l, c] = minute.bar.map(price);
        let built = self.bars_from == BarsFrom::Features;
        Bar {
            ts,
            sym: self.sym,
            by: built.then_some(By::Features),
            ct: built.then_some(ts + 7),
            dur: self.dur,
            o,
            h,
            l,
            c,
            v: minute.volume.0 + minute.volume.1,
            bv: Some(minute.volume.1),
            av: Some(minute.volume.0),
            n: Some(40),
            src: (!built).then_some(Src::Csv),
            flags: TradeFlags::default(),
        }
    }

    fn features(&self, minute: &Minute, ts: i64) -> Features {
        let mut f = FeatureVector::default();
        for (name, value) in [
            ("of_delta_imb", minute.delta),
            ("of_cvd_div", minute.cvd_div),
            ("of_stack_imb", minute.stack),
            ("of_absorption", minute.absorption),
            ("of_large_imb", minute.large),
            ("of_ofi", minute.ofi),
            ("opt_gex_ratio", minute.gex),
            ("ctx_regime", minute.regime),
            ("ctx_trend", minute.trend),
            ("ctx_vwap_z", minute.z),
        ] {
            f.0[FeatureVector::index_of(name).unwrap()] = value;
        }
        let x = Auxiliaries {
            vwap: minute.vwap.map(points),
            vwap_sd: minute.sd.map(|ticks| Num(ticks / 4.0)),
            adx: minute.adx.map(Num),
            atr: minute.atr.map(|ticks| Num(ticks / 4.0)),
            spread: minute.spread.map(|ticks| Num(ticks / 4.0)),
            large_share: minute.large_share.map(Num),
            flip: minute.options.map(|o| points(o.flip)),
            neg_side: minute.options.map(|o| o.neg_side),
            call_wall: minute.options.and_then(|o| o.call_wall).map(points),
            put_wall: minute.options.and_then(|o| o.put_wall).map(points),
            em: minute.options.map(|o| Num(o.em / 4.0)),
            opt_age_s: minute.options.map(|o| o.age_s),
            book_n: minute.book.map(|(n, _, _)| n),
            book_bid: minute.book.map(|(_, bid, _)| bid),
            book_ask: minute.book.map(|(_, _, ask)| ask),
            ..Auxiliaries::new(Phase::Rth)
        };
        let mut why = Why::default();
        if minute.large_floor {
            why.note("large", "min");
        }
        Features {
            ts,
            sym: self.sym,
            by: By::Features,
            ct: if self.bars_from == BarsFrom::Features { ts + 7 } else { ts },
            fv: FEATURE_VERSION,
            px: Some(price(minute.bar[3])),
            f,
            x,
            why,
            n: 40,
        }
    }
}

pub fn price(ticks: i64) -> Px {
    Px::from_nanos((CENTRE + ticks) * Px::SCALE / 4)
}

fn vix_print(ts: i64, vix: i64) -> Record {
    let px = Px::from_nanos(vix * Px::SCALE);
    let flags = TradeFlags::default();
    Index { ts, sym: sym("VIX"), px, src: Src::Csv, rx: None, flags }.into()
}

fn points(ticks: f64) -> Num {
    Num((CENTRE as f64 + ticks) / 4.0)
}

/// Turns prices, sides and signed features upside down around the centre.
pub fn mirror(record: &Record) -> Record {
    let flip = |px: Px| Px::from_nanos(CENTRE * Px::SCALE / 2 - px.nanos());
    let flip_num = |px: Num| Num(CENTRE as f64 / 2.0 - px.0);
    match record.clone() {
        Record::Bar(bar) => Record::Bar(Bar {
            o: flip(bar.o),
            h: flip(bar.l),
            l: flip(bar.h),
            c: flip(bar.c),
            bv: bar.av,
            av: bar.bv,
            ..bar
        }),
        Record::Levels(mut levels) => {
            for level in &mut levels.lv {
                level.px = flip_num(level.px);
                level.id = mirror_id(&level.id);
            }
            levels.lv.reverse();
            Record::Levels(levels)
        }
        Record::Features(mut features) => {
            // The seven signed order-flow features, distance to the flip, charm, trend and z.
            for i in [0, 1, 2, 3, 4, 5, 6, 9, 12, 15, 17] {
                features.f.0[i] = features.f.0[i].map(|v| -v);
            }
            features.f.0.swap(10, 11);
            features.px = features.px.map(flip);
            let x = &mut features.x;
            x.vwap = x.vwap.map(flip_num);
            x.flip = x.flip.map(flip_num);
            (x.call_wall, x.put_wall) = (x.put_wall.map(flip_num), x.call_wall.map(flip_num));
            x.neg_side = x.neg_side.map(|side| match side {
                NegSide::Below => NegSide::Above,
                NegSide::Above => NegSide::Below,
            });
            (x.book_bid, x.book_ask) = (x.book_ask, x.book_bid);
            Record::Features(features)
        }
        Record::Trade(trade) => {
            let (px, side) = (flip(trade.px), trade.side.opposite());
            Record::Trade(Trade { px, side, ..trade })
        }
        Record::Scores(mut scores) => {
            for signed in [&mut scores.bn_score, &mut scores.bn_force, &mut scores.bn_rule] {
                // Not `-v`: there is one zero only.
                *signed = signed.map(|v| Num(0.0 - v.0));
            }
            scores.bn_kappa = scores.bn_kappa.map(|v| Num(0.0 - v.0));
            scores.seen.iter_mut().for_each(|name| *name = mirror_seen(name));
            // Of two walls at one distance the mirror names the other one first.
            scores.seen.sort();
            Record::Scores(scores)
        }
        Record::Signal(mut signal) => {
            signal.side = signal.side.opposite();
            signal.entry = flip(signal.entry);
            signal.stop = flip(signal.stop);
            signal.targets.iter_mut().for_each(|px| *px = flip(*px));
            signal.level_ids.iter_mut().for_each(|id| *id = mirror_id(id));
            signal.id = ["-B-", "-S-"]
                .iter()
                .find_map(|mark| {
                    let other = if *mark == "-B-" { "-S-" } else { "-B-" };
                    signal.id.contains(mark).then(|| signal.id.replace(mark, other))
                })
                .unwrap();
            // Sentences name prices and sides; everything in them is a field as well.
            signal.msg.clear();
            Record::Signal(signal)
        }
        Record::Explain(mut explain) => {
            explain.side = explain.side.opposite();
            explain.missing.iter_mut().for_each(|id| *id = mirror_id(id));
            // What was seen is in market terms for both sides: the two would differ by design.
            explain.saw.clear();
            explain.msg.clear();
            Record::Explain(explain)
        }
        other => other,
    }
}

fn mirror_id(id: &str) -> String {
    const PAIRS: [(&str, &str); 7] = [
        ("pVAH", "pVAL"),
        ("PDH", "PDL"),
        ("ONH", "ONL"),
        ("VWAP+2sd", "VWAP-2sd"),
        ("CW", "PW"),
        ("EM+1", "EM-1"),
        ("IBH", "IBL"),
    ];
    if let Some(base) = id.strip_prefix("green@") {
        return format!("red@{base}");
    }
    if let Some(base) = id.strip_prefix("red@") {
        return format!("green@{base}");
    }
    let other = PAIRS.iter().find_map(|(a, b)| match id {
        _ if id == *a => Some(*b),
        _ if id == *b => Some(*a),
        _ => None,
    });
    other.unwrap_or(id).to_owned()
}

/// A `pin_CLASS:PRICE:DISTANCE` with another price, points.
pub fn moved_pin(name: &str, to: impl FnOnce(f64) -> f64) -> String {
    let parts: Vec<_> = name.split(':').collect();
    let [class, points, distance] = parts[..] else { panic!("{name}") };
    let px = Px::from_points(to(points.parse().unwrap())).unwrap();
    format!("{class}:{px}:{distance}")
}

/// Names of what was recognised that change with the mirror.
fn mirror_seen(name: &str) -> String {
    const PAIRS: [(&str, &str); 3] = [
        ("bull_trap", "bear_trap"),
        ("long_down_up", "long_up_down"),
        ("colour_down", "colour_up"),
    ];
    if name.starts_with("pin_") {
        return moved_pin(name, |points| CENTRE as f64 / 2.0 - points);
    }
    let other = PAIRS.iter().find_map(|(a, b)| match name {
        _ if name == *a => Some(*b),
        _ if name == *b => Some(*a),
        _ => None,
    });
    other.map_or_else(|| mirror_id(name), str::to_owned)
}

/// Collects what a stage writes.
#[derive(Default)]
pub struct Collector(pub Vec<Record>);

impl Emit for Collector {
    fn before(&mut self, record: &Record) {
        panic!("mia-signal reacts, it completes nothing: {record:?}");
    }
    fn after(&mut self, record: &Record) {
        // Everything that leaves the stage can be written.
        mia::wire::codec::encode(record, &mut Vec::new()).unwrap();
        self.0.push(record.clone());
    }
}

pub fn stage(config: &Config, strategy: Strategy) -> SignalStage {
    let options = SignalOptions { explain: true, strategy };
    SignalStage::new(config, calendar().clone(), options).unwrap()
}

/// Folds `records` with explanations on.
pub fn fold(config: &Config, records: &[Record]) -> Vec<Record> {
    let mut stage = stage(config, Strategy::Auto);
    let mut out = Collector::default();
    for record in records {
        stage.on_record(record, &mut out).unwrap();
    }
    out.0
}

/// What became of a scene, as its seller sees it.
#[derive(Debug)]
pub struct Outcome {
    pub signals: Vec<Signal>,
    /// One a bar of regular hours.
    pub scores: Vec<Scores>,
    explains: Vec<Explain>,
}

impl Outcome {
    /// Explanations of the sale by `pattern`, one a bar.
    pub fn sale(&self, pattern: &str) -> Vec<&Explain> {
        self.of(pattern, Side::Sell)
    }

    /// Explanations of the purchase by `pattern`, one a bar.
    pub fn purchase(&self, pattern: &str) -> Vec<&Explain> {
        self.of(pattern, Side::Buy)
    }

    fn of(&self, pattern: &str, side: Side) -> Vec<&Explain> {
        self.explains.iter().filter(|e| e.pattern == pattern && e.side == side).collect()
    }

    /// Its states.
    pub fn states(&self, pattern: &str) -> Vec<&str> {
        self.sale(pattern).into_iter().map(|e| e.state.as_str()).collect()
    }

    /// State and first failed condition (or `-`) at the last bar.
    pub fn last(&self, pattern: &str) -> (&str, &str) {
        let last = *self.sale(pattern).last().unwrap();
        (&last.state, last.failed.as_deref().unwrap_or("-"))
    }

    pub fn entries(&self) -> Vec<&Signal> {
        self.signals.iter().filter(|s| s.op == SignalOp::Enter).collect()
    }

    pub fn exits(&self) -> Vec<&Signal> {
        self.signals.iter().filter(|s| s.op == SignalOp::Exit).collect()
    }
}

/// Plays the scene and its mirror image, in both orders of bar and features; all must agree.
pub fn play(scene: &Scene, config: &Config) -> Outcome {
    play_records(&scene.records(), config, Strategy::Auto)
}

pub fn play_records(records: &[Record], config: &Config, strategy: Strategy) -> Outcome {
    let fold = |records: &[Record]| {
        let mut stage = stage(config, strategy);
        let mut out = Collector::default();
        for record in records {
            stage.on_record(record, &mut out).unwrap();
        }
        out.0
    };
    let upright = fold(records);
    let mirrored: Vec<_> = records.iter().map(mirror).collect();
    assert_eq!(unmirrored(&fold(&mirrored)), normalised(&upright), "the purchase differs");
    let mut outcome = Outcome { signals: Vec::new(), scores: Vec::new(), explains: Vec::new() };
    for record in upright {
        match record {
            Record::Signal(signal) => outcome.signals.push(signal),
            Record::Explain(explain) => outcome.explains.push(explain),
            Record::Scores(scores) => outcome.scores.push(scores),
            other => panic!("{other:?}"),
        }
    }
    outcome
}

/// Output of a mirrored input, turned back, in a comparable order.
pub fn unmirrored(records: &[Record]) -> Vec<String> {
    sorted(records.iter().map(mirror))
}

/// Output in a comparable order and without sentences.
pub fn normalised(records: &[Record]) -> Vec<String> {
    sorted(records.iter().map(|record| mirror(&mirror(record))))
}

fn sorted(records: impl Iterator<Item = Record>) -> Vec<String> {
    // Buys are written before sells: the order inside a bar is the one thing the mirror changes.
    let mut lines: Vec<_> = records.map(|r| (r.ts(), format!("{r:?}"))).collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}
