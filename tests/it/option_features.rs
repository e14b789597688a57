//! Option features, levels and `gex` records of mia-features, from chains, from updates, from nothing.

use crate::data;
use crate::features::Collect;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::tape;
use mia::config::Config;
use mia::config::MoveAnchor;
use mia::features::Basis;
use mia::features::Carry;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::features::OptionWork;
use mia::features::Reason;
use mia::features::Reference;
use mia::feeds::synth::SynthOptions;
use mia::feeds::synth::SynthSource;
use mia::market::Calendar;
use mia::market::Px;
use mia::market::Session;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::options::OptionRow;
use mia::options::Snapshot;
use mia::options::Valuation;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Alert;
use mia::wire::Chain;
use mia::wire::Clock;
use mia::wire::FEATURE_NAMES;
use mia::wire::Features;
use mia::wire::Gex;
use mia::wire::Index;
use mia::wire::Level;
use mia::wire::Num;
use mia::wire::OptionQuote;
use mia::wire::Record;
use mia::wire::Right;
use mia::wire::Settlement;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::TradeFlags;
use mia::wire::codec;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const YEAR: f64 = 525_600.0 * 60e6;
const RATE: f64 = 0.04;
const DIVIDEND: f64 = 0.013;
const OPTIONS: [&str; 6] = [
    "opt_gex_ratio",
    "opt_flip_dist",
    "opt_call_wall_dist",
    "opt_put_wall_dist",
    "opt_charm_flow",
    "opt_0dte_share",
];

fn calendar() -> Calendar {
    Calendar::builtin().unwrap()
}

fn session(date: &str) -> Session {
    calendar().session_of(date.parse().unwrap()).unwrap().unwrap()
}

fn stage(config: &Config) -> FeaturesStage {
    FeaturesStage::new(config, calendar(), FeaturesOptions::default()).unwrap()
}

fn drive(mut stage: FeaturesStage, records: &[Record]) -> Collect {
    let mut out = Collect::default();
    for record in records {
        stage.on_record(record, &mut out).unwrap();
    }
    out
}

fn run(config: &Config, records: &[Record]) -> Collect {
    drive(stage(config), records)
}

fn bytes(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        codec::encode(record, &mut out).unwrap();
    }
    out
}

fn gex(out: &Collect) -> Vec<&Gex> {
    let gex = out.0.iter().filter_map(|record| match record {
        Record::Gex(gex) => Some(gex),
        _ => None,
    });
    gex.collect()
}

fn alerts(out: &Collect) -> Vec<&Alert> {
    let alerts = out.0.iter().filter_map(|record| match record {
        Record::Alert(alert) => Some(alert),
        _ => None,
    });
    alerts.collect()
}

/// The reasons of the six features.
fn reasons(features: &Features) -> [Option<&str>; 6] {
    OPTIONS.map(|name| features.why.reason(name))
}

fn level<'a>(levels: &'a [Level], id: &str) -> Option<&'a Level> {
    levels.iter().find(|level| level.id == id)
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1e-300)
}

/// A made-up chain: Black-Scholes-Merton at one volatility with a slope, tight quotes.
#[derive(Clone, Copy)]
pub struct Market {
    /// When it is received.
    ts: i64,
    /// Time of the quotes.
    asof: i64,
    spot: f64,
    vol: f64,
    /// Open interest of calls over that of puts.
    tilt: f64,
    open_interest: bool,
    quotes: bool,
}

impl Market {
    fn new(ts: i64, spot: f64) -> Self {
        Self { ts, asof: ts, spot, vol: 0.14, tilt: 1.0, open_interest: true, quotes: true }
    }

    fn expiries(self) -> Vec<(TradeDate, i64)> {
        let calendar = calendar();
        let mut list = Vec::new();
        let mut session = calendar.session_at_or_after(self.asof).unwrap();
        while list.len() < 15 {
            if let Some((_, close)) = session.rth.filter(|(_, close)| *close > self.asof) {
                list.push((session.date, close));
            }
            session = calendar.next_session(session.date).unwrap();
        }
        vec![list[0], list[1], list[14]]
    }

    fn price(self, right: Right, strike: f64, tau: f64) -> f64 {
        let cdf = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        let w = if right == Right::Call { 1.0 } else { -1.0 };
        let forward = self.spot * libm::exp((RATE - DIVIDEND) * tau);
        let width = self.vol * tau.sqrt();
        let d1 = libm::log(forward / strike) / width + 0.5 * width;
        w * libm::exp(-RATE * tau) * (forward * cdf(w * d1) - strike * cdf(w * (d1 - width)))
    }

    fn rows(self) -> Vec<OptionQuote> {
        let und = Sym::new("SPX").unwrap();
        let mut rows = Vec::new();
        for (date, settles) in self.expiries() {
            let tau = (settles - self.asof) as f64 / YEAR;
            let low = (self.spot * 0.93 / 5.0) as i64;
            for step in low..low + (self.spot * 0.14 / 5.0) as i64 {
                let strike = (step * 5) as f64;
                let cheapest =
                    [Right::Call, Right::Put].map(|right| self.price(right, strike, tau));
                if cheapest[0].min(cheapest[1]) < 0.12 {
                    continue;
                }
                for right in [Right::Call, Right::Put] {
                    let price = self.price(right, strike, tau);
                    let half = 0.05 + 0.002 * price;
                    let cents = |x: f64| Px::from_points((x * 20.0).round() / 20.0);
                    let (bid, ask) = (cents((price - half).max(0.0)), cents(price + half));
                    let center = if right == Right::Call { 1.01 } else { 0.985 };
                    let z = (strike / self.spot - center) / 0.03;
                    let weight = if right == Right::Call { self.tilt } else { 1.0 };
                    let hill = 4000.0 * weight * libm::exp(-0.5 * z * z);
                    let oi = hill as u64 + if step % 20 == 0 { 3000 } else { 0 };
                    let code = if right == Right::Call { 'C' } else { 'P' };
                    let text = format!("SPXW{:06}{code}{:08}", date.0 % 1_000_000, step * 5000);
                    rows.push(OptionQuote {
                        ts: self.ts,
                        sym: Sym::new(&text).unwrap(),
                        und,
                        root: Sym::new("SPXW").unwrap(),
                        exp: date.to_string(),
                        settle: Settlement::Pm,
                        right,
                        strike: Px::from_points(strike).unwrap(),
                        bid: bid.filter(|_| self.quotes),
                        ask: ask.filter(|_| self.quotes),
                        iv: Some(Num(self.vol)),
                        oi: self.open_interest.then_some(oi),
                        vol: Some(10),
                        gamma: None,
                        asof: self.asof,
                        src: Src::Syn,
                    });
                }
            }
        }
        rows
    }

    fn closing(self, n: usize) -> Record {
        let und = Sym::new("SPX").unwrap();
        let spot = Px::from_points((self.spot * 100.0).round() / 100.0);
        let Self { ts, asof, .. } = self;
        Record::Chain(Chain { ts, sym: und, und, n: n as u64, spot, asof, src: Src::Syn })
    }

    /// The rows and the record that closes them.
    fn chain(self) -> Vec<Record> {
        let rows = self.rows();
        let end = self.closing(rows.len());
        rows.into_iter().map(Record::Option).chain([end]).collect()
    }
}

/// Merges by stamp; records of one stamp keep the order of the lists.
pub fn merged(lists: impl IntoIterator<Item = Vec<Record>>) -> Vec<Record> {
    let mut all: Vec<_> = lists.into_iter().flatten().collect();
    all.sort_by_key(Record::ts);
    all
}

fn clock(ts: i64) -> Record {
    Record::Clock(Clock { ts, sym: Sym::NONE, src: Src::Csv })
}

fn index(ts: i64, px: f64) -> Record {
    let px = Px::from_points((px * 100.0).round() / 100.0).unwrap();
    let flags = TradeFlags::default();
    Record::Index(Index { ts, sym: Sym::new("SPX").unwrap(), px, src: Src::Syn, rx: None, flags })
}

/// The day of most tests.
const DAY: &str = "2026-11-18";

fn open_of(date: &str) -> i64 {
    session(date).rth.unwrap().0
}

/// Future over spot at `at` for the contract of the tape, by the rates of the made-up chain.
fn fair(at: i64) -> f64 {
    let expiry = session("2026-12-18").rth.unwrap().0;
    libm::exp((RATE - DIVIDEND) * (expiry - at) as f64 / YEAR)
}

/// A tape around the regular open of a day, `minutes` long after it, at about 5000 points.
fn morning(date: &str, minutes: i64) -> Vec<Record> {
    let open = open_of(date);
    tape(&mut Dice::new(3), open - 2 * MINUTE, open + minutes * MINUTE, 20_000)
}

/// The mid in force at `at`, points.
fn mid(records: &[Record], at: i64) -> f64 {
    let mut quotes = records.iter().rev().filter_map(|record| match record {
        Record::Quote(quote) if quote.ts < at => quote.touch(),
        _ => None,
    });
    let (bid, ask) = quotes.next().unwrap();
    0.5 * (bid.points() + ask.points())
}

/// Six sessions before the day, seen from their Globex open, so that volumes are known.
pub fn before() -> Vec<Record> {
    let mut dice = Dice::new(11);
    let days = ["11-09", "11-10", "11-12", "11-13", "11-16", "11-17"];
    let lists = days.iter().map(|day| {
        let session = session(&format!("2026-{day}"));
        let open = session.rth.unwrap().0;
        let mut night = tape(&mut dice, session.open + SECOND, session.open + 20 * SECOND, 20_000);
        night.extend(tape(&mut dice, open - 2 * MINUTE, open + 30 * MINUTE, 20_000));
        night
    });
    lists.flatten().collect()
}

/// A morning with one chain one minute after the open.
pub fn with_chain(change: impl Fn(Market) -> Market) -> (Vec<Record>, Market) {
    let tape = morning(DAY, 15);
    let at = open_of(DAY) + MINUTE;
    let spot = mid(&tape, at) / fair(at);
    let market = change(Market { tilt: 0.8, ..Market::new(at, spot) });
    (merged([tape, market.chain()]), market)
}

#[test]
fn without_options_everything_is_no_levels_and_nothing_is_written() {
    let out = run(&Config::default(), &morning(DAY, 5));
    assert!(out.features().count() > 100);
    for features in out.features() {
        assert_eq!(reasons(features), [Some("no_levels"); 6]);
        assert_eq!((features.x.gex_net, features.x.basis_ratio), (None, None));
    }
    assert!(gex(&out).is_empty() && alerts(&out).is_empty());
}

#[test]
fn a_chain_takes_effect_at_its_time_and_gives_what_the_valuation_gives() {
    let (records, market) = with_chain(|market| market);
    let config = Config::default();
    let out = run(&config, &records);
    let first = gex(&out)[0];
    // The whole second after the chain, and five more.
    let taken = market.ts + SECOND;
    assert_eq!(first.ts, taken + 5 * SECOND);
    assert!(first.ct >= first.ts && first.ct < first.ts + 3 * SECOND);
    for features in out.features() {
        let known = features.ts >= first.ts;
        assert_eq!(features.f.value("opt_gex_ratio").is_some(), known, "{}", features.ts);
    }
    // Valued on its own, at the spot that the chain itself tells.
    let exposure =
        Valuation::new(&config.options, calendar()).value(&snapshot(&market), taken, None).unwrap();
    let e = |number: Option<f64>| number.map(Num);
    let gex_of = |num: Option<Num>| num.map(|num| num.0);
    for (name, written, valued) in [
        ("net", Some(first.net), e(Some(exposure.net()))),
        ("gross", Some(first.gross), e(Some(exposure.gross))),
        ("flip", first.flip, e(exposure.flip.map(|flip| flip.price))),
        ("call wall", first.call_wall, e(exposure.walls.call)),
        ("put wall", first.put_wall, e(exposure.walls.put)),
    ] {
        let (written, valued) = (gex_of(written).unwrap(), gex_of(valued).unwrap());
        assert!(close(written, valued, 1e-8), "{name}: {written} {valued}");
    }
    // Before the records of its stamp that follow it in the fixed order.
    let at = out.0.iter().position(|record| matches!(record, Record::Gex(_))).unwrap();
    assert!(matches!(&out.0[at - 1], Record::Levels(levels) if levels.ts == first.ts));
    assert!(matches!(&out.0[at + 1], Record::Features(features) if features.ts == first.ts));
}

fn snapshot(market: &Market) -> Snapshot {
    let rows = market.rows();
    let rows: Vec<_> = rows.iter().map(|row| OptionRow::from_quote(row).unwrap()).collect();
    Snapshot {
        und: Sym::new("SPX").unwrap(),
        ts: market.ts,
        asof: market.asof,
        spot: Some((market.spot * 100.0).round() / 100.0),
        stated: rows.len() as u64,
        src: Some(Src::Syn),
        rows,
    }
}

/// The features by name.
fn value(features: &Features, name: &str) -> f64 {
    features.f.value(name).unwrap_or_else(|| panic!("{name}: {:?}", features.why))
}

#[test]
fn distances_and_levels_are_the_chain_mapped_by_the_ratio() {
    let (records, market) = with_chain(|market| market);
    let out = run(&Config::default(), &records);
    let first = gex(&out)[0];
    let features = out.features().find(|features| features.ts >= first.ts).unwrap();
    // The chain's spot and the mid of the same moment; a few seconds of carry are nothing.
    let ratio = features.x.basis_ratio.unwrap().0;
    let expected = mid(&records, market.asof) / market.spot;
    // Prices of the chain are rounded to 0.05.
    assert!(close(ratio, expected, 2e-5), "{ratio} {expected}");
    let points = |x: Option<Num>| x.unwrap().0;
    let (flip, calls, puts) = (points(first.flip), points(first.call_wall), points(first.put_wall));
    let px = features.px.unwrap().points();
    let em = points(first.em) * ratio;
    for (name, distance) in [
        ("opt_flip_dist", px - flip * ratio),
        ("opt_call_wall_dist", calls * ratio - px),
        ("opt_put_wall_dist", px - puts * ratio),
    ] {
        let distance = (distance / em).clamp(-5.0, 5.0);
        assert!((value(features, name) - distance).abs() < 1e-6, "{name}: {distance}");
    }
    assert!(close(value(features, "opt_gex_ratio"), first.net.0 / first.gross.0, 1e-7));
    assert!(close(value(features, "opt_0dte_share"), points(first.dte0), 1e-7));
    for (aux, expected) in [
        (features.x.flip, flip * ratio),
        (features.x.call_wall, calls * ratio),
        (features.x.put_wall, puts * ratio),
        (features.x.em, em),
    ] {
        assert!(close(points(aux), expected, 1e-8));
    }
    assert_eq!(features.x.opt_age_s, Some((features.ts - market.asof) / SECOND));
    let levels = out.levels().find(|levels| levels.ts == first.ts).unwrap();
    let sigma = points(first.em);
    for (id, family, weight, spx) in [
        ("CW", "GAMMA", 0.6, calls),
        ("PW", "GAMMA", 0.6, puts),
        ("FLIP", "GAMMA", 0.5, flip),
        ("EM+1", "EM", 0.4, first.spot.0 + sigma),
        ("EM-1", "EM", 0.4, first.spot.0 - sigma),
    ] {
        let level = level(&levels.lv, id).unwrap_or_else(|| panic!("{id}: {:?}", levels.lv));
        assert_eq!(
            (level.fam.as_str(), level.w.0, level.src.as_str()),
            (family, weight, "SPX:syn")
        );
        assert_eq!(level.asof, market.asof);
        assert!(close(level.px.0, spx * ratio, 1e-7), "{id}");
    }
}

#[test]
fn levels_map_as_in_the_vector_and_its_basis_is_not_fair() {
    let Some(dir) = data::dir() else { return };
    let vector = std::fs::read(dir.join("reference-vectors/14_basis.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_slice(&vector).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let (spx, es) = (number(&vector["spx"]), number(&vector["es"]));
    let expiry = (number(&vector["fair"]["T"]) * YEAR).round() as i64;
    let per_year = number(&vector["fair"]["r"]) - number(&vector["fair"]["q"]);
    let carry = Carry { per_year, expiry: Some(expiry) };
    assert!(close(carry.fair(0) * spx, number(&vector["fair"]["F"]), 1e-12));
    let mut basis = Basis::new(900 * SECOND, 0.003, carry);
    basis.add(0, es, spx, Reference::Parity);
    let ratio = basis.latest(0).unwrap().value;
    let es_ticks = Config::default().instrument_named("ES").unwrap();
    for level in vector["levels"].as_array().unwrap() {
        let mapped = number(&level["spx"]) * ratio;
        assert!(close(mapped, number(&level["mul"]), 1e-12));
        let tick = es_ticks.px(es_ticks.nearest(mapped)).points();
        assert!(close(tick, number(&level["mul_tick"]), 1e-15));
    }
    // 38.50 points where carry explains 22.24: further than 0.3 % from fair.
    assert_eq!(basis.ratio(0), Err(Reason::StaleBasis));
    let mut loose = Basis::new(900 * SECOND, 0.0033, carry);
    loose.add(0, es, spx, Reference::Parity);
    assert_eq!(loose.ratio(0), Ok(ratio));
}

#[test]
fn the_hedge_of_charm_is_a_share_of_a_days_volume() {
    let (records, _) = with_chain(|market| market);
    let records = merged([before(), records]);
    let mut stage = stage(&Config::default());
    let mut out = Collect::default();
    for record in &records {
        stage.on_record(record, &mut out).unwrap();
    }
    let adv = stage.adv().unwrap();
    let first = gex(&out)[0];
    let features = out.features().find(|features| features.ts >= first.ts).unwrap();
    let px = features.px.unwrap().points();
    let share = -first.charm.unwrap().0 / (50.0 * px * adv);
    assert!(close(value(features, "opt_charm_flow"), share, 1e-7));
    assert!(share.abs() > 0.0);
    assert!(OPTIONS.iter().all(|name| features.f.value(name).is_some()), "{:?}", features.why);
}

#[test]
fn speed_and_place_of_the_work_change_no_byte() {
    fn slow() {
        std::thread::sleep(std::time::Duration::from_millis(120));
    }
    let (records, _) = with_chain(|market| market);
    let expected = bytes(&run(&Config::default(), &records).0);
    for work in [OptionWork::Inline, OptionWork::Thread(slow)] {
        let stage = stage(&Config::default()).with_option_work(work);
        assert_eq!(bytes(&drive(stage, &records).0), expected, "{work:?}");
    }
    // A stage that ends with a job under way ends.
    let chain = records.iter().position(|record| matches!(record, Record::Chain(_))).unwrap();
    let until = records[chain].ts() + 2 * SECOND;
    let cut: Vec<_> = records.into_iter().take_while(|record| record.ts() < until).collect();
    drive(stage(&Config::default()).with_option_work(OptionWork::Thread(slow)), &cut);
}

#[test]
fn a_prefix_of_the_input_gives_a_prefix_of_the_output() {
    let (records, market) = with_chain(|market| market);
    let whole = bytes(&run(&Config::default(), &records).0);
    let chain = records.iter().position(|record| matches!(record, Record::Chain(_))).unwrap();
    let after =
        |seconds: i64| records.partition_point(|record| record.ts() < market.ts + seconds * SECOND);
    for cut in [chain - 100, chain, chain + 1, after(3), after(7), after(70), after(400)] {
        let part = bytes(&run(&Config::default(), &records[..cut]).0);
        assert!(whole.starts_with(&part), "cut at {cut}");
    }
}

#[test]
fn a_delayed_chain_is_never_known_early_and_meets_the_price_of_then() {
    let tape = morning(DAY, 25);
    let received = open_of(DAY) + 20 * MINUTE;
    let asof = received - 15 * MINUTE + 400_000;
    let spot = mid(&tape, asof) / fair(asof);
    let market = Market { asof, tilt: 0.8, ..Market::new(received, spot) };
    let records = merged([tape, market.chain()]);
    let mut config = Config::default();
    config.options.basis_age_s_max = 3600;
    let out = run(&config, &records);
    let takes_effect = received + 6 * SECOND;
    let derived = out.0.iter().filter(|record| record.ts() < takes_effect);
    for record in derived {
        match record {
            Record::Gex(gex) => panic!("{gex:?}"),
            Record::Levels(levels) => assert!(level(&levels.lv, "CW").is_none()),
            Record::Features(features) => assert_eq!(reasons(features), [Some("no_levels"); 6]),
            _ => {}
        }
    }
    let features = out.features().find(|features| features.ts >= takes_effect).unwrap();
    let ratio = features.x.basis_ratio.unwrap().0;
    let drift = fair(features.ts) / fair(asof);
    assert!(close(ratio, mid(&records, asof) / spot * drift, 2e-5));
    // The price of now would have given another ratio.
    assert!(!close(ratio, mid(&records, received) / spot, 2e-5), "{ratio}");
    assert_eq!(features.x.basis_age_s, Some((features.ts - asof) / SECOND));
    // By default a ratio of a quarter of an hour ago does not carry levels.
    let out = run(&Config::default(), &records);
    let features = out.features().find(|features| features.ts >= takes_effect).unwrap();
    assert_eq!(&reasons(features)[1..4], [Some("stale_basis"); 3]);
    assert!(features.f.value("opt_gex_ratio").is_some());
}

#[test]
fn a_morning_chain_and_live_quotes_without_open_interest_are_one_book() {
    let tape = morning(DAY, 20);
    let open = open_of(DAY);
    let early = open - MINUTE;
    // Open interest in the morning, without a quote that could be used.
    let spot = mid(&tape, early) / fair(early);
    let daily = Market { tilt: 0.8, quotes: false, ..Market::new(early, spot) };
    let mut records = vec![tape.clone(), daily.chain()];
    // Then quotes, contract by contract, never closed by a chain, every 20 ms.
    let live_at = open + 5 * MINUTE;
    let spot = mid(&tape, live_at) / fair(live_at);
    let live = Market { vol: 0.18, open_interest: false, ..Market::new(live_at, spot) };
    let rows = live.rows().into_iter().enumerate().map(|(i, row)| {
        let ts = live_at + 20_000 * i as i64;
        Record::Option(OptionQuote { ts, asof: ts, ..row })
    });
    let rows: Vec<_> = rows.collect();
    let last = rows.last().unwrap().ts();
    assert!(last < open + 15 * MINUTE);
    records.push(rows);
    let records = merged(records);
    let out = run(&Config::default(), &records);
    let written = gex(&out);
    let late = written.iter().find(|gex| gex.ts > last).expect("a valuation after the updates");
    assert!(late.gross.0 > 1e8, "{late:?}");
    // Open interest is of the morning, volatilities are of now.
    assert!(late.oi_age_s.unwrap() >= (last - early) / SECOND, "{late:?}");
    assert!(late.iv_age_s.unwrap() < 600, "{late:?}");
    // No faster than every five seconds, however many rows come.
    assert!(written.windows(2).all(|pair| pair[1].ts - pair[0].ts >= 5 * SECOND));
    assert!(written.len() > 20, "{}", written.len());
    let features = out.features().find(|features| features.ts >= late.ts).unwrap();
    for name in ["opt_gex_ratio", "opt_call_wall_dist", "opt_put_wall_dist", "opt_0dte_share"] {
        value(features, name);
    }
}

#[test]
fn a_chain_without_open_interest_takes_it_from_the_book() {
    let tape = morning(DAY, 10);
    let open = open_of(DAY);
    let chain = |at: i64, open_interest: bool| {
        let spot = mid(&tape, at) / fair(at);
        Market { tilt: 0.8, open_interest, ..Market::new(at, spot) }.chain()
    };
    let both = merged([tape.clone(), chain(open - MINUTE, true), chain(open + MINUTE, false)]);
    let out = run(&Config::default(), &both);
    let second = gex(&out).into_iter().find(|gex| gex.ts > open + MINUTE).unwrap();
    assert!(second.gross.0 > 1e8 && second.oi_age_s.unwrap() >= 120, "{second:?}");
    assert!(second.iv_age_s.unwrap() < 10);
    // A chain that never told any is refused.
    let out = run(&Config::default(), &merged([tape.clone(), chain(open + MINUTE, false)]));
    assert!(gex(&out).is_empty());
    assert_eq!(alerts(&out).len(), 1);
}

#[test]
fn a_refused_chain_gives_one_alert_and_bad_input_until_one_passes() {
    let tape = morning(DAY, 20);
    let open = open_of(DAY);
    let chain = |minute: i64, good: bool| {
        let at = open + minute * MINUTE;
        let spot = mid(&tape, at) / fair(at);
        let mut records = Market { tilt: 0.8, ..Market::new(at, spot) }.chain();
        if !good {
            // A few strikes at the money are no chain.
            records.retain(|record| match record {
                Record::Option(row) => (row.strike.points() - spot).abs() < 30.0,
                _ => true,
            });
        }
        records
    };
    let lists = [tape.clone(), chain(1, true), chain(3, false), chain(5, false), chain(7, true)];
    let out = run(&Config::default(), &merged(lists));
    let alerts = alerts(&out);
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(alerts[0].code, "chain_refused");
    let refused = (open + 3 * MINUTE + 6 * SECOND)..(open + 7 * MINUTE + 6 * SECOND);
    for features in out.features().filter(|features| features.ts > open + 2 * MINUTE) {
        let expected = refused.contains(&features.ts).then_some("bad_input");
        assert_eq!(features.why.reason("opt_gex_ratio"), expected, "{}", features.ts);
    }
    let gone = out.levels().find(|levels| levels.ts == refused.start).unwrap();
    assert!(level(&gone.lv, "CW").is_none());
}

/// The reasons of the six features at the last record of a run.
fn last_reasons(config: &Config, records: &[Record]) -> [Option<String>; 6] {
    let out = run(config, records);
    reasons(out.features().last().unwrap()).map(|reason| reason.map(str::to_owned))
}

#[test]
fn every_reason_can_be_reached() {
    let base = Config::default();
    let all = |reason: &str| [0; 6].map(|_| Some(reason.to_owned()));
    let (records, _) = with_chain(|market| market);
    // Volumes of five sessions are not known: charm alone is missing.
    let mut expected = [0; 6].map(|_| None);
    expected[4] = Some("no_adv".to_owned());
    assert_eq!(last_reasons(&base, &records), expected);
    // Too old.
    let mut config = base.clone();
    config.options.iv_age_s_max = 300;
    assert_eq!(last_reasons(&config, &records), all("stale"));
    // Too little of it usable.
    let mut keep = false;
    let mut torn = records.clone();
    torn.retain(|record| {
        keep = !keep;
        keep || !matches!(record, Record::Option(_))
    });
    assert_eq!(last_reasons(&base, &torn), all("coverage"));
    // Too little exposure for a ratio or walls.
    let mut config = base.clone();
    config.options.gross_min = 1e15;
    let found = last_reasons(&config, &records);
    for (i, name) in OPTIONS.iter().enumerate() {
        let expected = [0, 2, 3].contains(&i).then_some("no_levels");
        let expected = if i == 4 { Some("no_adv") } else { expected };
        assert_eq!(found[i].as_deref(), expected, "{name}");
    }
    // Calls alone: net exposure never changes its sign.
    let (calls, _) = with_chain(|market| Market { tilt: 60.0, ..market });
    assert_eq!(last_reasons(&base, &calls)[1].as_deref(), Some("no_cross"));
    // A ratio that the carry does not explain.
    let (unfair, _) = with_chain(|market| Market { spot: market.spot * 0.99, ..market });
    assert_eq!(last_reasons(&base, &unfair)[1..4], all("stale_basis")[..3]);
    // A ratio that is too old.
    let mut config = base.clone();
    config.options.basis_age_s_max = 60;
    assert_eq!(last_reasons(&config, &records)[1..4], all("stale_basis")[..3]);
    // Less than five minutes to the close.
    let close = session(DAY).rth.unwrap().1;
    let mut late = tape(&mut Dice::new(5), close - 8 * MINUTE, close - 2 * MINUTE, 20_000);
    let at = close - 7 * MINUTE;
    let spot = mid(&late, at) / fair(at);
    late = merged([before(), late.clone(), Market::new(at, spot).chain()]);
    assert_eq!(last_reasons(&base, &late)[4].as_deref(), Some("degenerate"));
}

#[test]
fn open_interest_is_stale_after_the_next_business_day() {
    let tape = morning("2026-11-16", 12);
    let monday = open_of("2026-11-16") + MINUTE;
    let spot = mid(&tape, monday) / fair(monday);
    let told = |date: &str| {
        // Open interest told on that day, quotes of Monday.
        let at = open_of(date) + MINUTE;
        let market = Market { tilt: 0.8, ..Market::new(monday, spot) };
        let back = |record: Record| match record {
            Record::Option(row) => Record::Option(OptionQuote { ts: at, asof: at, ..row }),
            Record::Chain(chain) => Record::Chain(Chain { ts: at, asof: at, ..chain }),
            other => other,
        };
        let listed: Vec<_> = market.chain().into_iter().map(back).collect();
        let quotes = Market { open_interest: false, ..market }.chain();
        merged([listed, quotes, tape.clone()])
    };
    let out = run(&Config::default(), &told("2026-11-13"));
    assert_eq!(
        reasons(out.features().last().unwrap())[0],
        None,
        "Friday's is one business day old"
    );
    let out = run(&Config::default(), &told("2026-11-12"));
    assert_eq!(reasons(out.features().last().unwrap()), [Some("stale"); 6]);
}

#[test]
fn the_expected_move_of_the_day_stays() {
    let tape = morning(DAY, 20);
    let open = open_of(DAY);
    let chain = |at: i64, vol: f64| {
        let spot = mid(&tape, at) / fair(at);
        Market { tilt: 0.8, vol, ..Market::new(at, spot) }.chain()
    };
    let lists = [
        tape.clone(),
        chain(open - MINUTE, 0.10),
        chain(open + 2 * MINUTE, 0.16),
        chain(open + 6 * MINUTE, 0.30),
    ];
    let records = merged(lists);
    let at = |out: &Collect, minute: i64| {
        let ts = open + minute * MINUTE + 30 * SECOND;
        let features = out.features().find(|features| features.ts >= ts).unwrap();
        let em = features.x.em.unwrap().0 / features.x.basis_ratio.unwrap().0;
        (em, features.why.reason("em").map(str::to_owned))
    };
    let anchored = run(&Config::default(), &records);
    let (before, note) = at(&anchored, 1);
    assert_eq!(note.as_deref(), Some("now"));
    let (first, note) = at(&anchored, 4);
    assert_eq!(note, None);
    let (second, _) = at(&anchored, 8);
    assert!(close(first, second, 1e-7) && first > 1.3 * before, "{before} {first} {second}");
    let mut config = Config::default();
    config.options.em_anchor = MoveAnchor::Now;
    let (now, note) = at(&run(&config, &records), 8);
    assert!(now > 1.5 * first && note.is_none(), "{first} {now}");
    // One sigma: the index times volatility times the root of time, of the made-up chain.
    let taken = open + 2 * MINUTE + SECOND;
    let tau = (session(DAY).rth.unwrap().1 - taken) as f64 / YEAR;
    let sigma = mid(&tape, open + 2 * MINUTE) / fair(taken) * 0.16 * tau.sqrt();
    assert!(close(first, sigma, 0.01), "{first} {sigma}");
}

#[test]
fn the_index_is_the_reference_where_options_are_silent_but_not_at_the_open() {
    let tape = morning(DAY, 30);
    let open = open_of(DAY);
    let chain = |at: i64| {
        let spot = mid(&tape, at) / fair(at);
        Market { tilt: 0.8, ..Market::new(at, spot) }.chain()
    };
    // The print hangs a quarter percent below for five minutes.
    let print = |second: i64| {
        let at = open + second * SECOND;
        let stale = if second < 300 { 0.9975 } else { 1.0005 };
        index(at, mid(&tape, at) / fair(at) * stale)
    };
    let prints: Vec<_> = (1..1500).step_by(7).map(print).collect();
    let records = merged([tape.clone(), chain(open - MINUTE), prints.clone()]);
    let mut config = Config::default();
    config.options.refresh_s = 3600;
    let out = run(&config, &records);
    for (minute, share, note) in [(2, 1.0, None), (9, 1.0 / 1.0005, Some("index"))] {
        let ts = open + minute * MINUTE;
        let features = out.features().find(|features| features.ts >= ts).unwrap();
        let ratio = features.x.basis_ratio.unwrap().0;
        assert!(close(ratio, fair(ts) * share, 4e-5), "{minute}: {ratio} {}", fair(ts) * share);
        assert_eq!(features.why.reason("basis"), note);
    }
    // Without options nothing is mapped, and nothing fails.
    let out = run(&config, &merged([tape, prints]));
    assert!(out.features().all(|features| reasons(features) == [Some("no_levels"); 6]));
}

#[test]
fn a_silent_future_makes_one_valuation_not_one_a_minute() {
    let tape = morning(DAY, 2);
    let at = open_of(DAY) + MINUTE;
    let spot = mid(&tape, at) / fair(at);
    let market = Market { tilt: 0.8, ..Market::new(at, spot) };
    let last = tape.last().unwrap().ts();
    let records = merged([tape, market.chain(), vec![clock(last + 40 * MINUTE)]]);
    let out = run(&Config::default(), &records);
    let stamps: Vec<_> = gex(&out).iter().map(|gex| gex.ts).collect();
    assert!(stamps.len() <= 3, "{stamps:?}");
    assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
    // Derived stamps never go back.
    assert!(out.0.windows(2).all(|pair| pair[0].ts() <= pair[1].ts()));
}

#[test]
fn options_of_another_underlying_are_counted_and_ignored() {
    let (records, market) = with_chain(|market| market);
    let other = Sym::new("NDX").unwrap();
    let change = |record: Record| match record {
        Record::Option(row) => Record::Option(OptionQuote { und: other, ..row }),
        Record::Chain(chain) => Record::Chain(Chain { und: other, sym: other, ..chain }),
        record => record,
    };
    let records: Vec<_> = records.into_iter().map(change).collect();
    let mut stage = stage(&Config::default());
    let mut out = Collect::default();
    for record in &records {
        stage.on_record(record, &mut out).unwrap();
    }
    assert_eq!(stage.unused_options().other_underlying, market.rows().len() as u64 + 1);
    assert!(gex(&out).is_empty());
    let mut config = Config::default();
    config.options.contracts_max = 100;
    let (records, _) = with_chain(|market| market);
    let out = run(&config, &records);
    // A chain that does not fit is not whole.
    assert_eq!((gex(&out).len(), alerts(&out).len()), (0, 1));
}

#[derive(Default)]
struct Kept(Vec<Record>);

impl SourceOut for Kept {
    fn record(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
    fn line(&mut self, _: Option<mia::wire::Kind>, _: i64, _: &[u8]) {}
    fn before_wait(&mut self) -> Result<(), mia::wire::Failure> {
        Ok(())
    }
}

#[test]
fn made_up_sessions_with_chains_give_all_eighteen_features() {
    let from = "2026-03-02".parse().unwrap();
    let options =
        SynthOptions { sessions: 7, rate: 1.0, chain_every_s: 600, ..SynthOptions::new(from) };
    let instrument = Config::default().instrument_named("ES").unwrap();
    let mut source = SynthSource::new(options, calendar(), instrument).unwrap();
    let mut kept = Kept::default();
    while source.pull(&mut kept).unwrap() {}
    // Chains of the last session until one hour after its open are enough here.
    let (open, _) = session("2026-03-10").rth.unwrap();
    let wanted = |record: &Record| match record {
        Record::Option(row) => row.ts > open - 30 * MINUTE,
        Record::Chain(chain) => chain.ts > open - 30 * MINUTE,
        _ => true,
    };
    let until = open + 75 * MINUTE;
    let records: Vec<_> =
        kept.0.into_iter().filter(|record| record.ts() < until && wanted(record)).collect();
    // A trade a second is a thin tape: what is large or enough is less.
    let mut config = Config::default();
    (config.flow.large_min, config.flow.min_vol) = (5, 10);
    let out = run(&config, &records);
    assert!(alerts(&out).is_empty(), "{:?}", alerts(&out));
    let last = out.features().filter(|features| features.ts > open + 45 * MINUTE);
    let (mut whole, mut all, mut missing) = (0, 0, std::collections::BTreeMap::new());
    for features in last {
        all += 1;
        whole += i32::from(FEATURE_NAMES.iter().all(|name| features.f.value(name).is_some()));
        for name in FEATURE_NAMES.iter().filter(|name| features.f.value(name).is_none()) {
            *missing.entry((*name, features.why.reason(name).map(str::to_owned))).or_insert(0) += 1;
        }
        for name in OPTIONS {
            assert!(features.f.value(name).is_some(), "{name} {:?}", features.why);
        }
    }
    assert!(whole * 2 > all && all > 1000, "{whole} of {all}: {missing:?}");
    for gex in gex(&out) {
        assert!(gex.gross.0 > 1e9 && gex.coverage.0 > 0.8, "{gex:?}");
    }
}

#[test]
fn real_chains_give_levels_where_the_future_traded() {
    for (file, contract, wall) in [
        ("spx_2022-07-12_1155EDT.csv.zst", "ESU22", 4000.0),
        ("spx_2023-06-09_1340EDT.csv", "ESM23", 4300.0),
    ] {
        let Some(dir) = data::dir() else { return };
        let Some(bars) = crate::features::real_bars(contract) else { return };
        let inputs = mia::stream::Inputs::new(&[dir.join("cboe-chains").join(file)], None);
        let mut source = mia::feeds::cboe::CboeSource::new(
            inputs,
            mia::feeds::cboe::CboeOptions::default(),
            calendar(),
        );
        let mut chain = Kept::default();
        while source.pull(&mut chain).unwrap() {}
        let (at, asof) = chain
            .0
            .iter()
            .find_map(|record| match record {
                Record::Chain(chain) => Some((chain.ts, chain.asof)),
                _ => None,
            })
            .unwrap();
        let day = (at - 30 * 3600 * SECOND)..(at + 2 * 3600 * SECOND);
        let bars: Vec<_> = bars.into_iter().filter(|bar| day.contains(&bar.ts())).collect();
        let records = merged([bars, chain.0]);
        let mut config = Config::default();
        config.options.basis_age_s_max = 3600;
        let out = run(&config, &records);
        assert!(alerts(&out).is_empty(), "{file}: {:?}", alerts(&out));
        let first = gex(&out)[0];
        assert_eq!(first.ts, at + 6 * SECOND);
        let facts = std::fs::read(dir.join("facts.json")).unwrap();
        let facts: serde_json::Value = serde_json::from_slice(&facts).unwrap();
        let fact = &facts[format!("cboe-chains/{file}")];
        assert!(fact.is_object(), "{file}");
        assert_eq!(first.call_wall.map(|wall| wall.0), Some(wall), "{file}");
        let features = out.features().find(|features| features.ts >= first.ts).unwrap();
        for name in OPTIONS {
            let missing = features.why.reason(name);
            let expected = (name == "opt_charm_flow").then_some("no_adv");
            assert_eq!(missing, expected, "{file} {name}");
        }
        // The ratio is one of futures and index, and the levels lie where futures trade.
        let ratio = features.x.basis_ratio.unwrap().0;
        assert!((0.997..1.015).contains(&ratio), "{file}: {ratio}");
        let px = features.px.unwrap().points();
        assert!((features.x.flip.unwrap().0 / px - 1.0).abs() < 0.06, "{file}");
        assert_eq!(features.x.basis_age_s, Some((features.ts - asof) / SECOND));
        assert_eq!(features.why.reason("basis"), Some("bars"));
        let levels = out.levels().find(|levels| levels.ts == first.ts).unwrap();
        assert_eq!(level(&levels.lv, "CW").unwrap().src, "SPX:cboe");
        assert!(out.0.windows(2).all(|pair| pair[0].ts() <= pair[1].ts()), "{file}");
    }
}

/// Streams with chains that between them show every reason of the option features and every note.
pub fn streams() -> Vec<(&'static str, Collect)> {
    let base = Config::default();
    let with = |change: &dyn Fn(&mut Config), records: &[Record]| {
        let mut config = Config::default();
        change(&mut config);
        run(&config, records)
    };
    let open = open_of(DAY);
    let (records, market) = with_chain(|market| market);
    let whole = merged([before(), records.clone()]);
    let mut keep = false;
    let mut torn = records.clone();
    torn.retain(|record| {
        keep = !keep;
        keep || !matches!(record, Record::Option(_))
    });
    // A chain before the open, index prints, and in the end a few strikes that are no chain.
    let tape = morning(DAY, 20);
    let at = open - MINUTE;
    let early = Market { tilt: 0.8, ..Market::new(at, mid(&tape, at) / fair(at)) }.chain();
    let prints = (600..900).step_by(9).map(|second| {
        let at = open + second * SECOND;
        index(at, mid(&tape, at) / fair(at))
    });
    let mut few = Market { ts: open + 16 * MINUTE, asof: open + 16 * MINUTE, ..market }.chain();
    few.retain(|record| match record {
        Record::Option(row) => (row.strike.points() - market.spot).abs() < 30.0,
        _ => true,
    });
    let mixed = merged([tape.clone(), early, prints.collect(), few]);
    let quotes = morning(DAY, 15).into_iter().filter(|record| !matches!(record, Record::Trade(_)));
    let silent = merged([before(), quotes.collect(), market.chain()]);
    let close = session(DAY).rth.unwrap().1;
    let ending = crate::synthetic_tape::tape(
        &mut Dice::new(5),
        close - 8 * MINUTE,
        close - 2 * MINUTE,
        20_000,
    );
    let at = close - 7 * MINUTE;
    let last = Market::new(at, mid(&ending, at) / fair(at)).chain();
    let ending = merged([before(), ending, last]);
    // Thanksgiving: the future trades, the cash market does not.
    let at = session("2026-11-26").open + 14 * 60 * MINUTE;
    let feast = crate::synthetic_tape::tape(&mut Dice::new(6), at - MINUTE, at + MINUTE, 20_000);
    let chain = Market::new(at, mid(&feast, at) / fair(at)).chain();
    let feast = merged([feast, chain]);
    let (calls, _) = with_chain(|market| Market { tilt: 60.0, ..market });
    let (unfair, _) = with_chain(|market| Market { spot: market.spot * 0.99, ..market });
    vec![
        ("a chain", run(&base, &whole)),
        ("an early chain", run(&base, &mixed)),
        ("an old chain", with(&|c| c.options.iv_age_s_max = 300, &records)),
        ("a torn chain", run(&base, &torn)),
        ("calls alone", run(&base, &calls)),
        ("an unfair ratio", run(&base, &unfair)),
        ("no trade of the day", run(&base, &silent)),
        ("the last minutes", run(&base, &ending)),
        ("a holiday", run(&base, &feast)),
        (
            "no dealers",
            with(&|c| (c.options.dealer_sign.call, c.options.dealer_sign.put) = (0, 0), &records),
        ),
    ]
}

/// The chain of the stream with one, and its trades and quotes.
pub fn chain_and_tape() -> (Vec<Record>, Vec<Record>) {
    let (records, market) = with_chain(|market| market);
    let tape =
        records.into_iter().filter(|record| matches!(record, Record::Trade(_) | Record::Quote(_)));
    (market.chain(), tape.collect())
}
