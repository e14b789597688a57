//! Made-up sessions: valid, deterministic, shaped like a market, with patterns where they were put.

use mia::config::Config;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::feeds::synth::Plant;
use mia::feeds::synth::Planted;
use mia::feeds::synth::SynthOptions;
use mia::feeds::synth::SynthSource;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Session;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::TradeDate;
use mia::strategies::SignalOptions;
use mia::strategies::SignalStage;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::BookSide;
use mia::wire::DepthOp;
use mia::wire::Emit;
use mia::wire::Explain;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::OptionQuote;
use mia::wire::Record;
use mia::wire::Right;
use mia::wire::Signal;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::StreamMode;
use mia::wire::Trade;
use mia::wire::codec;
use sha2::Digest;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const TICK: i64 = 250_000_000;
const MINUTE: i64 = 60_000_000;

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn source(options: SynthOptions) -> SynthSource {
    let instrument = Config::default().instrument_named("ES").unwrap();
    SynthSource::new(options, Calendar::builtin().unwrap(), instrument).unwrap()
}

fn run(source: &mut SynthSource, out: &mut dyn SourceOut) {
    while source.pull(out).unwrap() {}
}

/// Checks every record as it comes, keeps the trades and a digest of the bytes.
#[derive(Default)]
struct Checked {
    sessions: Vec<Session>,
    last_ts: i64,
    quote: Option<(Px, u64, Px, u64)>,
    bids: BTreeMap<i64, u64>,
    asks: BTreeMap<i64, u64>,
    in_batch: bool,
    trades: Vec<Trade>,
    options: Vec<OptionQuote>,
    kinds: BTreeMap<Kind, u64>,
    syms: Vec<String>,
    digest: sha2::Sha256,
    bytes: Vec<u8>,
}

impl Checked {
    fn of(sessions: Vec<Session>) -> Self {
        Self { sessions, ..Self::default() }
    }

    fn digest(&self) -> Vec<u8> {
        self.digest.clone().finalize().to_vec()
    }

    fn is_open(&self, ts: i64) -> bool {
        self.sessions.iter().any(|s| s.is_open(ts))
    }

    fn depth(&mut self, record: &mia::wire::Depth) {
        if record.op == Some(DepthOp::Clear) {
            self.bids.clear();
            self.asks.clear();
            return;
        }
        let (px, size) = (record.px.unwrap(), record.sz.unwrap());
        assert_eq!(px.nanos() % TICK, 0);
        let side = match record.bs.unwrap() {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        if size == 0 {
            assert!(side.remove(&px.nanos()).is_some(), "a level goes that was there: {record:?}");
        } else {
            side.insert(px.nanos(), size);
        }
        self.in_batch = !record.eob;
    }
}

impl SourceOut for Checked {
    fn record(&mut self, record: &Record) {
        self.bytes.clear();
        codec::encode(record, &mut self.bytes).unwrap();
        self.digest.update(&self.bytes);
        let ts = record.ts();
        assert!(ts >= self.last_ts, "time goes back: {record:?}");
        self.last_ts = ts;
        *self.kinds.entry(record.kind()).or_default() += 1;
        match record {
            Record::Stream(stream) => {
                assert_eq!((stream.mode, stream.src), (StreamMode::Synthetic, Src::Syn));
                self.syms.push(stream.sym.to_string());
            }
            Record::Quote(q) => {
                assert!(self.is_open(ts) && q.src == Src::Syn);
                let (bid, ask) = (q.bid.unwrap(), q.ask.unwrap());
                assert!(bid.nanos() % TICK == 0 && ask.nanos() - bid.nanos() == TICK, "{q:?}");
                assert!(q.bsz > 0 && q.asz > 0, "{q:?}");
                self.quote = Some((bid, q.bsz, ask, q.asz));
                if !self.bids.is_empty() {
                    assert!(!self.in_batch, "the book is whole before the quote");
                    let best = self.bids.last_key_value().unwrap();
                    assert_eq!((*best.0, *best.1), (bid.nanos(), q.bsz));
                    let best = self.asks.first_key_value().unwrap();
                    assert_eq!((*best.0, *best.1), (ask.nanos(), q.asz));
                }
            }
            Record::Trade(t) => {
                assert!(self.is_open(ts) && t.src == Src::Syn && t.ss == SideSource::Flag);
                let (bid, bid_size, ask, ask_size) = self.quote.unwrap();
                let (touch, queue) =
                    if t.side == Side::Buy { (ask, ask_size) } else { (bid, bid_size) };
                assert_eq!(t.px, touch, "a trade is at the touch of its side");
                assert!(t.sz > 0 && t.sz <= queue, "no more trades than is shown: {t:?}");
                self.trades.push(*t);
            }
            Record::Depth(d) => self.depth(d),
            Record::Option(o) => self.options.push(o.clone()),
            Record::Index(i) => assert!(i.px.points() > 0.0),
            Record::Chain(_) | Record::Clock(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {
        panic!("a generator copies nothing");
    }
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

fn sessions(from: &str, count: usize) -> Vec<Session> {
    let calendar = Calendar::builtin().unwrap();
    let mut list = vec![calendar.session_of(date(from)).unwrap().unwrap()];
    while list.len() < count {
        list.push(calendar.next_session(list[list.len() - 1].date).unwrap());
    }
    list
}

fn made(options: SynthOptions) -> Checked {
    let from = options.from.to_string();
    let mut checked = Checked::of(sessions(&from, options.sessions));
    run(&mut source(options), &mut checked);
    checked
}

fn quick(from: &str, sessions: usize) -> SynthOptions {
    SynthOptions { sessions, rate: 0.4, ..SynthOptions::new(date(from)) }
}

/// A clock change, an early close and a holiday, the afternoon halt of earlier years, a roll.
#[test]
fn sessions_are_valid_in_every_kind_of_week() {
    for (from, count, syms) in [
        ("2026-03-06", 3, vec!["ESH26"]),
        ("2026-10-30", 2, vec!["ESZ26"]),
        ("2026-11-25", 4, vec!["ESZ26"]),
        ("2019-05-07", 1, vec!["ESM19"]),
        ("2026-03-13", 3, vec!["ESH26", "ESM26"]),
    ] {
        let made = made(SynthOptions { depth: 5, ..quick(from, count) });
        assert_eq!(made.syms, syms, "{from}");
        assert_eq!(made.kinds[&Kind::Clock], count as u64, "each session ends with a clock");
        let with_regular = made.sessions.iter().filter(|s| s.rth.is_some()).count() as u64;
        assert_eq!(made.kinds[&Kind::Chain], with_regular, "{from}");
        for session in &made.sessions {
            let inside = |t: &&Trade| session.contains(t.ts);
            assert!(made.trades.iter().filter(inside).count() > 100, "{from} {}", session.date);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let options = quick("2026-03-10", 2);
    let first = made(options.clone());
    assert_eq!(first.digest(), made(options.clone()).digest());
    assert_ne!(first.digest(), made(SynthOptions { seed: 2, ..options.clone() }).digest());
    // Depth adds records, it changes no trade.
    let deep = made(SynthOptions { depth: 3, ..options.clone() });
    assert_eq!(first.trades, deep.trades);
    // One session is the start of two.
    let one = made(SynthOptions { sessions: 1, ..options });
    assert!(first.trades.starts_with(&one.trades));
}

/// The bytes themselves: they must be the same on every machine and in every version, or the
/// change must be meant. Any change of the generator changes this line.
#[test]
fn the_bytes_are_those_of_every_machine() {
    let digest = made(quick("2026-03-10", 1)).digest();
    assert_eq!(digest[..8], [0x1b, 0x1a, 0xe2, 0x34, 0x2d, 0x1a, 0xf2, 0x94]);
}

#[test]
fn a_default_session_is_shaped_like_a_market() {
    let made = made(SynthOptions::new(date("2026-03-10")));
    let total: u64 = made.kinds.values().sum();
    assert!((150_000..450_000).contains(&total), "{total} records: {:?}", made.kinds);
    let (open, close) = made.sessions[0].rth.unwrap();
    let within = |from: i64, to: i64| {
        made.trades.iter().filter(|t| (from..to).contains(&t.ts)).collect::<Vec<_>>()
    };
    let regular = within(open, close);
    let rate = regular.len() as f64 / ((close - open) as f64 / 1e6);
    assert!((2.0..4.5).contains(&rate), "{rate} trades a second");
    assert!(regular.len() * 10 > made.trades.len() * 7, "most trades are in regular hours");
    // Arrivals cluster: seconds differ more than independent arrivals would.
    let noon = within(open + 150 * MINUTE, open + 270 * MINUTE);
    let mut seconds = vec![0.0_f64; 7200];
    for trade in &noon {
        seconds[((trade.ts - open - 150 * MINUTE) / 1_000_000) as usize] += 1.0;
    }
    let mean = seconds.iter().sum::<f64>() / 7200.0;
    let variance = seconds.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / 7200.0;
    assert!(variance > 1.3 * mean, "mean {mean}, variance {variance}");
    // Sizes: many single, some large.
    let single = regular.iter().filter(|t| t.sz == 1).count() as f64 / regular.len() as f64;
    let large = regular.iter().filter(|t| t.sz > 40).count();
    assert!((0.4..0.7).contains(&single) && large > 50, "{single} {large}");
    // A day moves as a day does: 0.4 to 4 %.
    let prices: Vec<_> = regular.iter().map(|t| t.px.points()).collect();
    let (low, high) = prices.iter().fold((f64::MAX, 0.0_f64), |(l, h), p| (l.min(*p), h.max(*p)));
    assert!((0.004..0.04).contains(&((high - low) / low)), "{low} {high}");
    // Neither side dominates.
    let buys = regular.iter().filter(|t| t.side == Side::Buy).count() as f64 / regular.len() as f64;
    assert!((0.45..0.55).contains(&buys), "{buys}");
}

/// Over several days: busy at both ends of regular hours, quiet at noon.
#[test]
fn volume_over_the_day_is_a_u() {
    let made = made(quick("2026-03-10", 8));
    let opens: Vec<i64> = made.sessions.iter().map(|s| s.rth.unwrap().0).collect();
    let busy = |minute: i64| {
        let inside = |ts: i64| {
            opens.iter().any(|o| (minute..minute + 30).contains(&(ts - o).div_euclid(MINUTE)))
        };
        made.trades.iter().filter(|t| inside(t.ts)).count() as f64
    };
    let noon = busy(180);
    assert!(busy(0) > 1.7 * noon && busy(360) > 1.4 * noon, "{} {noon} {}", busy(0), busy(360));
    assert!(busy(-120) < 0.4 * noon, "light before the open");
}

/// The chain obeys the row and snapshot rules of QUANT 3.9.
#[test]
fn the_chain_is_one_that_validation_accepts() {
    for from in ["2026-03-10", "2026-03-20", "2027-11-26"] {
        let made = made(quick(from, 1));
        let rows = &made.options;
        let spot = 5000.0;
        let near = |o: &&OptionQuote| (o.strike.points() / spot - 1.0).abs() < 0.05;
        assert!(rows.len() > 500, "{from}: {} rows", rows.len());
        let session = &made.sessions[0];
        let strikes = |right, below: bool| {
            let side = |o: &&OptionQuote| o.right == right && (o.strike.points() < spot) == below;
            rows.iter().filter(near).filter(side).count()
        };
        assert!(strikes(Right::Call, true) >= 20 && strikes(Right::Put, false) >= 20);
        let mut by_key: BTreeMap<_, Vec<&OptionQuote>> = BTreeMap::new();
        for row in rows {
            let (bid, ask) = (row.bid.unwrap().points(), row.ask.unwrap().points());
            let mid = f64::midpoint(bid, ask);
            assert!(bid > 0.0 && ask > bid && ask - bid <= f64::max(0.5, 0.3 * mid), "{row:?}");
            assert!((0.03..=3.0).contains(&row.iv.unwrap().0) && row.oi.unwrap() > 0);
            assert_eq!(row.strike.nanos() % (5 * Px::SCALE), 0);
            assert!(row.exp.parse::<TradeDate>().unwrap() >= session.date);
            assert_eq!(row.src, Src::Syn);
            by_key
                .entry((row.root.to_string(), row.exp.clone(), row.strike))
                .or_default()
                .push(row);
        }
        assert!(by_key.values().all(|pair| pair.len() == 2), "a call and a put each");
        let today = session.date.to_string();
        assert!(rows.iter().any(|o| o.exp == today), "0DTE");
        // Parity: one forward fits nearly all strikes of an expiry.
        for exp in rows
            .iter()
            .map(|o| (o.root.to_string(), o.exp.clone()))
            .collect::<std::collections::BTreeSet<_>>()
        {
            parity(&exp, &by_key);
            monotone(rows, &exp);
        }
    }
}

fn parity(exp: &(String, String), by_key: &BTreeMap<(String, String, Px), Vec<&OptionQuote>>) {
    let mid = |o: &OptionQuote| f64::midpoint(o.bid.unwrap().points(), o.ask.unwrap().points());
    let spread = |o: &OptionQuote| o.ask.unwrap().points() - o.bid.unwrap().points();
    let pairs: Vec<_> = by_key
        .iter()
        .filter(|(k, _)| k.0 == exp.0 && k.1 == exp.1)
        .map(|(k, v)| (k.2.points(), v))
        .collect();
    let forward = pairs
        .iter()
        .map(|(k, v)| (mid(v[0]) - mid(v[1]), *k))
        .min_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))
        .map(|(d, k)| k + d)
        .unwrap();
    let fits = pairs.iter().filter(|(k, v)| {
        let gap = mid(v[0]) - mid(v[1]) - (forward - k);
        gap.abs() <= spread(v[0]) + spread(v[1])
    });
    assert!(fits.count() * 10 >= pairs.len() * 9, "{exp:?}");
}

fn monotone(rows: &[OptionQuote], exp: &(String, String)) {
    let calls = rows
        .iter()
        .filter(|o| o.root.as_str() == exp.0 && o.exp == exp.1 && o.right == Right::Call);
    let calls: Vec<_> = calls.collect();
    let bad = calls.windows(2).filter(|w| w[1].bid > w[0].ask).count();
    assert_eq!(bad, 0, "{exp:?}: a call's price falls as the strike rises");
    let first = calls[0].iv.unwrap().0.to_bits();
    assert!(calls.iter().any(|o| o.iv.unwrap().0.to_bits() != first), "{exp:?}: skew");
}

#[test]
fn wishes_that_cannot_be_are_refused_before_the_start() {
    let refused = |options: SynthOptions| {
        let instrument = Config::default().instrument_named("ES").unwrap();
        SynthSource::new(options, Calendar::builtin().unwrap(), instrument).err().unwrap().message
    };
    let plant = |text: &str| SynthOptions {
        plants: vec![text.parse::<Plant>().unwrap()],
        ..quick("2026-03-12", 3)
    };
    for (text, reason) in [
        ("va_rejection@2026-03-12:11:00", "no earlier regular session"),
        ("va_rejection@2026-03-16:11:00", "no earlier regular session of ESM26"),
        ("va_rejection@2026-03-13:09:40", "after the regular open"),
        ("vwap_deviation@2026-03-13:15:55", "before its close"),
        ("vwap_deviation@2026-03-19:11:00", "no session of that date"),
    ] {
        let message = refused(plant(text));
        assert!(message.contains(reason), "{text}: {message}");
    }
    let both = SynthOptions {
        plants: ["va_rejection@2026-03-13:11:00", "vwap_deviation@2026-03-13:12:00"]
            .map(|p| p.parse().unwrap())
            .to_vec(),
        ..quick("2026-03-12", 3)
    };
    assert!(refused(both).contains("overlap"));
    for (text, reason) in [
        ("gamma_flip@2026-03-12:12:00", "needs a chain that is renewed"),
        ("battle_navale@2026-03-12:10:20", "after the regular open"),
        ("confluence@2026-03-12:11:45", "no earlier regular session"),
        ("confluence@2026-03-13:10:45", "after the regular open"),
    ] {
        let message = refused(plant(text));
        assert!(message.contains(reason), "{text}: {message}");
    }
    let two_sides = SynthOptions {
        chain_every_s: 60,
        plants: ["gamma_flip@2026-03-13:11:00", "gamma_flip@2026-03-13:14:00:buy"]
            .map(|p| p.parse().unwrap())
            .to_vec(),
        ..quick("2026-03-12", 3)
    };
    assert!(refused(two_sides).contains("one side of negative gamma"));
    assert!(refused(SynthOptions { rate: f64::NAN, ..quick("2026-03-12", 1) }).contains("rate"));
    assert!(refused(quick("2031-03-12", 1)).contains("calendar"));
}

/// The stages behind a generator, in one process: what mia-features and mia-signal would write.
struct Decisions {
    features: FeaturesStage,
    signal: SignalStage,
    signals: Vec<Signal>,
    explains: Vec<Explain>,
}

/// Keeps what a stage writes, in order around its input.
#[derive(Default)]
struct Kept {
    before: Vec<Record>,
    after: Vec<Record>,
}

impl Emit for Kept {
    fn before(&mut self, record: &Record) {
        self.before.push(record.clone());
    }
    fn after(&mut self, record: &Record) {
        self.after.push(record.clone());
    }
}

impl Decisions {
    fn new() -> Self {
        let (config, calendar) = (Config::default(), Calendar::builtin().unwrap());
        let options = SignalOptions { explain: true, ..SignalOptions::default() };
        Self {
            features: FeaturesStage::new(&config, calendar.clone(), FeaturesOptions::default())
                .unwrap(),
            signal: SignalStage::new(&config, calendar, options).unwrap(),
            signals: Vec::new(),
            explains: Vec::new(),
        }
    }

    fn decide(&mut self, record: &Record) {
        if !self.signal.wants().has(record.kind()) {
            return;
        }
        let mut kept = Kept::default();
        self.signal.on_record(record, &mut kept).unwrap();
        for made in kept.before.into_iter().chain(kept.after) {
            match made {
                Record::Signal(signal) => self.signals.push(signal),
                Record::Explain(explain) => self.explains.push(explain),
                _ => {}
            }
        }
    }

    /// What was said about `pattern` and `side` between two stamps, for a message.
    fn story(&self, plant: &Planted) -> String {
        let near = |e: &&Explain| {
            e.pattern == plant.plant.pattern.name()
                && e.side == plant.plant.side
                && (plant.ts - 8 * MINUTE..=plant.ts + 2 * MINUTE).contains(&e.ts)
        };
        let lines = self.explains.iter().filter(near).map(|e| {
            format!(
                "\n{} {} {} {:?} {:?}",
                (e.ts - plant.ts) / MINUTE,
                e.state,
                e.decision,
                e.failed,
                e.missing
            )
        });
        lines.collect()
    }
}

impl SourceOut for Decisions {
    fn record(&mut self, record: &Record) {
        let mut kept = Kept::default();
        if self.features.wants().has(record.kind()) {
            self.features.on_record(record, &mut kept).unwrap();
        }
        for made in &kept.before {
            self.decide(made);
        }
        self.decide(record);
        for made in &kept.after {
            self.decide(made);
        }
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Seeds tried; more with `MIA_TEST_FULL=1`.
fn seeds() -> u64 {
    if std::env::var("MIA_TEST_FULL").is_ok_and(|v| v == "1") { 40 } else { 3 }
}

/// Plants of `wishes` on several seeds are found by the stages at their time, and no other signal of
/// the pattern comes within half an hour. None is refused.
fn assert_found(wishes: &[&str]) {
    let options = quick("2026-03-10", 3);
    assert_eq!(found(&options, wishes, 1..=seeds()), wishes.len() as u64 * seeds());
}

/// How many plants of `wishes` are found by the stages as they were planted; another is a failure.
fn found(options: &SynthOptions, wishes: &[&str], seeds: RangeInclusive<u64>) -> u64 {
    let mut lost = Vec::new();
    let mut good = 0;
    for seed in seeds {
        let options = SynthOptions {
            seed,
            rate: 2.0,
            plants: wishes.iter().map(|w| w.parse().unwrap()).collect(),
            ..options.clone()
        };
        let mut source = source(options);
        let mut decisions = Decisions::new();
        run(&mut source, &mut decisions);
        assert_eq!(source.plants().len(), wishes.len());
        for planted in source.plants() {
            assert_eq!(planted.failed, None, "seed {seed} {planted:?}");
            good += 1;
            let near = |s: &&Signal| {
                s.op == SignalOp::Enter
                    && s.pattern == planted.plant.pattern.name()
                    && (s.ts - planted.ts).abs() <= 30 * MINUTE
            };
            let found: Vec<_> = decisions.signals.iter().filter(near).collect();
            let as_planted = |s: &Signal| s.ts == planted.ts && s.side == planted.plant.side;
            if found.len() != 1 || !as_planted(found[0]) {
                let others: String = found.iter().map(|s| format!("\n{}", s.msg)).collect();
                let story = decisions.story(planted);
                lost.push(format!("seed {seed} {planted:?}:{others} {story}"));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n\n"));
    good
}

#[test]
fn planted_rejections_and_deviations_are_found_where_they_were_put() {
    let wishes = [
        "va_rejection@2026-03-11:10:30",
        "vwap_deviation@2026-03-11:13:30:buy",
        "vwap_deviation@2026-03-12:11:00",
        "va_rejection@2026-03-12:14:00:buy",
    ];
    assert_found(&wishes);
}

#[test]
fn planted_battles_are_found_where_they_were_put() {
    let wishes = [
        "battle_navale@2026-03-10:11:00",
        "battle_navale@2026-03-10:14:00:buy",
        "battle_navale@2026-03-11:11:40:buy",
        "battle_navale@2026-03-12:13:10",
    ];
    assert_found(&wishes);
}

#[test]
fn planted_gamma_flips_are_found_where_they_were_put() {
    let options = SynthOptions { chain_every_s: 300, ..SynthOptions::new(date("2026-03-23")) };
    for wish in ["gamma_flip@2026-03-23:12:00", "gamma_flip@2026-03-23:13:30:buy"] {
        let seeds = 1..=seeds().div_ceil(2);
        assert_eq!(found(&options, &[wish], seeds.clone()), *seeds.end(), "{wish}");
    }
}

#[test]
fn planted_confluences_are_found_where_they_were_put() {
    for wish in ["confluence@2026-03-11:11:45", "confluence@2026-03-11:11:45:buy"] {
        assert_eq!(found(&quick("2026-03-10", 2), &[wish], 5..=6), 2, "{wish}");
    }
}
