//! What must hold of every feature on any tape (QUANT 0.7): prefix, chunking, mirror, shift, scale;
//! on trades with quotes and depth, trades alone, trades without sides, and bars. The manifest says what
//! becomes of each value.

use crate::features::Collect;
use crate::features::MINUTE;
use crate::features::as_feed_bars;
use crate::features::clock;
use crate::features::run;
use crate::features::session;
use crate::features::stage_with;
use crate::features::week;
use crate::features::without_quotes;
use crate::manifest::auxiliaries;
use crate::option_features::before;
use crate::option_features::merged;
use crate::option_features::with_chain;
use crate::synthetic_tape::Dice;
use crate::synthetic_tape::changed;
use crate::synthetic_tape::with_depth;
use mia::config::Config;
use mia::config::ProfileSettings;
use mia::config::VaTie;
use mia::features::FeaturesOptions;
use mia::features::VolumeProfile;
use mia::features::manifest;
use mia::features::manifest::Entry;
use mia::features::manifest::Mirror;
use mia::features::manifest::Sizes;
use mia::market::Px;
use mia::stream::Grid;
use mia::stream::Input;
use mia::stream::Inputs;
use mia::stream::Output;
use mia::stream::Progress;
use mia::stream::PumpOptions;
use mia::stream::Thinning;
use mia::stream::pump;
use mia::wire::Bar;
use mia::wire::FEATURE_COUNT;
use mia::wire::FEATURE_NAMES;
use mia::wire::Features;
use mia::wire::Record;
use mia::wire::codec;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::io::Write;
use std::rc::Rc;

const TICK: i64 = 250_000_000;
/// Centre of the mirror, points: an even number of ticks, near the prices of the tape.
const CENTRE: f64 = 5000.0;

/// The tapes: what each kind of input can give (QUANT 0.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tape {
    Quotes,
    Trades,
    NoSides,
    Bars,
    /// Trades, quotes and an option chain. Its prices have no mirror and no shift: they are
    /// lognormal. The mirror of what is mapped from them is tested beside the code.
    Chain,
}

impl Tape {
    const ALL: [Self; 5] = [Self::Quotes, Self::Trades, Self::NoSides, Self::Bars, Self::Chain];

    fn records(self) -> Vec<Record> {
        match self {
            Self::Quotes => with_depth(&week(), &mut Dice::new(1)),
            Self::Trades => without_quotes(week(), true),
            Self::NoSides => without_quotes(week(), false),
            Self::Chain => merged([before(), with_chain(|market| market).0]),
            Self::Bars => as_feed_bars(&run(&config(), &week())),
        }
    }
}

fn config() -> Config {
    let mut config = Config::default();
    // The diagnostics that are off by default obey the same laws.
    config.flow.bulk = true;
    config.flow.bulk_volume = 500;
    config
}

/// A change of the tape and what it does to a value.
#[derive(Clone, Copy, Debug)]
enum Change {
    Mirror,
    /// Points.
    Shift(f64),
    Scale(f64),
}

type Values = BTreeMap<&'static str, Option<f64>>;

/// Every number of a record by name; auxiliaries have nine digits.
fn values(features: &Features) -> Values {
    let x = auxiliaries(features);
    let mut values: Values = FEATURE_NAMES.into_iter().zip(features.f.0).collect();
    for entry in manifest::auxiliaries() {
        values.insert(entry.name, x.get(entry.name).and_then(serde_json::Value::as_f64));
    }
    values
}

impl Change {
    /// What the value of `entry` must be on the changed tape.
    fn expected(self, entry: &Entry, before: &Values) -> Option<f64> {
        let value = before[entry.name];
        match (self, entry.mirror) {
            (Self::Mirror, Mirror::Negate) => value.map(|x| -x),
            (Self::Mirror, Mirror::Reflect) => value.map(|x| 2.0 * CENTRE - x),
            (Self::Mirror, Mirror::ReflectOf(other)) => before[other].map(|x| 2.0 * CENTRE - x),
            (Self::Mirror, Mirror::ValueOf(other)) => before[other],
            (Self::Mirror, Mirror::Complement) => value.map(|x| 1.0 - x),
            (Self::Shift(by), Mirror::Reflect | Mirror::ReflectOf(_)) => value.map(|x| x + by),
            (Self::Scale(by), _) if entry.sizes == Sizes::Proportional => value.map(|x| x * by),
            _ => value,
        }
    }

    /// How far it may be off: nine digits on the wire; the variance ratio is of logarithms, which a
    /// shift does not leave alone.
    fn tolerance(self, name: &str, value: f64) -> f64 {
        match self {
            Self::Mirror | Self::Shift(_) if name == "vr" || name == "vr_z" => 0.1,
            _ if FEATURE_NAMES.contains(&name) => 1e-9,
            _ => 2e-8 * value.abs().max(1.0),
        }
    }
}

/// The profile of regular hours as the tape goes on, and whether a tie decides anything in it.
struct Profiles {
    records: std::vec::IntoIter<Record>,
    open: i64,
    profile: VolumeProfile,
    tied_before: bool,
}

impl Profiles {
    fn new(records: &[Record]) -> Self {
        let trades = records.iter().filter(|record| matches!(record, Record::Trade(_)));
        let records = trades.cloned().collect::<Vec<_>>().into_iter();
        Self { records, open: i64::MIN, profile: VolumeProfile::default(), tied_before: true }
    }

    fn advance(&mut self, to: i64) {
        while let Some(Record::Trade(trade)) =
            self.records.as_slice().first().filter(|record| record.ts() < to)
        {
            let (day, ts) = (trade.ts.div_euclid(86_400_000_000), trade.ts);
            let date = jiff::Timestamp::from_microsecond(ts).unwrap();
            let date = date.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
            if self.open.div_euclid(86_400_000_000) != day {
                self.tied_before = self.is_tied();
                self.open = session(&date).rth.unwrap().0;
                self.profile = VolumeProfile::default();
            }
            if ts >= self.open {
                let ticks = mia::market::Ticks(trade.px.nanos() / TICK);
                self.profile.add(ticks, trade.sz);
            }
            self.records.next();
        }
    }

    /// Whether the point of control or the value area depends on how ties are settled.
    fn is_tied(&self) -> bool {
        let most = self.profile.rows().iter().max().copied().unwrap_or(0);
        let area = |va_tie| {
            let settings = ProfileSettings { va_tie, ..ProfileSettings::default() };
            self.profile.value_area(&settings)
        };
        let several = self.profile.rows().iter().filter(|volume| **volume == most).count() != 1;
        several || area(VaTie::Up) != area(VaTie::Down)
    }
}

/// Holds two runs against each other, record by record and value by value.
#[track_caller]
fn compare(tape: Tape, records: &[Record], one: &Collect, two: &Collect, change: Change) {
    let entries: Vec<_> = manifest::entries().collect();
    let mut profiles = Profiles::new(records);
    let (mut compared, mut tied) = (0_u64, 0_u64);
    assert_eq!(one.features().count(), two.features().count());
    for (i, (a, b)) in one.features().zip(two.features()).enumerate() {
        assert_eq!((a.ts, a.n, a.ct, a.x.phase), (b.ts, b.n, b.ct, b.x.phase), "{change:?}");
        assert_eq!(a.why, b.why, "{tape:?} {change:?} at {}", a.ts);
        // Auxiliaries go through their text, which takes time: one record of eleven, and every bar.
        let whole = i % 11 == 0 || a.ts % MINUTE == 0;
        let names = if whole { entries.len() } else { FEATURE_COUNT };
        let (before, after) = if whole {
            (values(a), values(b))
        } else {
            let f = |f: &Features| FEATURE_NAMES.into_iter().zip(f.f.0).collect();
            (f(a), f(b))
        };
        for entry in &entries[..names] {
            let name = entry.name;
            let profile = ["poc", "vah", "val", "va_pos"].contains(&name);
            if profile && tape == Tape::Bars && !matches!(change, Change::Shift(_)) {
                continue; // a bar's volume is spread in whole contracts: the rest lies somewhere
            }
            let (want, have) = (change.expected(entry, &before), after[name]);
            let same = match (want, have) {
                (None, None) => true,
                (Some(want), Some(have)) => {
                    compared += 1;
                    (want - have).abs() <= change.tolerance(name, want)
                }
                _ => false,
            };
            if !same && profile && matches!(change, Change::Mirror) {
                profiles.advance(a.ts);
                assert!(
                    if name == "va_pos" { profiles.tied_before } else { profiles.is_tied() },
                    "{name} at {} without a tie: {want:?} {have:?}",
                    a.ts
                );
                tied += 1;
                continue;
            }
            assert!(same, "{tape:?} {change:?}: {name} at {}: {want:?} {have:?}", a.ts);
        }
    }
    assert!(compared > 10_000 || tape == Tape::Bars && compared > 2000, "{tape:?} {compared}");
    assert!(tied * 50 < compared, "{tape:?}: {tied} ties of {compared}");
}

fn check(change: Change, alter: impl Fn(&[Record], &mut Config) -> Vec<Record>) {
    for tape in Tape::ALL {
        if tape == Tape::Chain && !matches!(change, Change::Scale(_)) {
            continue;
        }
        let records = tape.records();
        let mut other = config();
        let altered = alter(&records, &mut other);
        assert_ne!(records, altered);
        let (one, two) = (run(&config(), &records), run(&other, &altered));
        compare(tape, &records, &one, &two, change);
        compare_bars(&one, &two, change);
        compare_levels(&one, &two, change);
    }
}

/// What comes out as bars follows the tape exactly.
fn compare_bars(one: &Collect, two: &Collect, change: Change) {
    assert_eq!(one.bars().count(), two.bars().count());
    for (a, b) in one.bars().zip(two.bars()) {
        let points = |bar: &Bar| [bar.o, bar.h, bar.l, bar.c].map(Px::points);
        let [o, h, l, c] = points(a);
        let (prices, volumes) = match change {
            Change::Mirror => ([o, l, h, c].map(|p| 2.0 * CENTRE - p), (a.v, a.av, a.bv)),
            Change::Shift(by) => ([o, h, l, c].map(|p| p + by), (a.v, a.bv, a.av)),
            Change::Scale(by) => {
                let k = by as u64;
                ([o, h, l, c], (k * a.v, a.bv.map(|v| k * v), a.av.map(|v| k * v)))
            }
        };
        assert_eq!((points(b), (b.v, b.bv, b.av), b.n), (prices, volumes, a.n), "{change:?}");
    }
}

/// Levels that are highs, lows, closes or bands; round numbers stay where they are, and areas may
/// be tied.
fn compare_levels(one: &Collect, two: &Collect, change: Change) {
    let kept = |id: &str| {
        id.starts_with("PD")
            || id.starts_with("ON")
            || id.starts_with("IB")
            || id.starts_with("VWAP")
    };
    let partner = |id: &str| match change {
        Change::Mirror => match (id.strip_suffix('H'), id.strip_suffix('L')) {
            (Some(stem), _) => format!("{stem}L"),
            (_, Some(stem)) => format!("{stem}H"),
            _ if id.contains('+') => id.replace('+', "-"),
            _ => id.replace('-', "+"),
        },
        _ => id.to_owned(),
    };
    // A snapshot is written when any level moved, round ones too: what is in force at each bar.
    let in_force = |out: &Collect| {
        let mut last = BTreeMap::new();
        let mut by_time = BTreeMap::new();
        for levels in out.levels() {
            last =
                levels.lv.iter().filter(|l| kept(&l.id)).map(|l| (l.id.clone(), l.px.0)).collect();
            by_time.insert(levels.ts, last.clone());
        }
        drop(last);
        by_time
    };
    let (one, two) = (in_force(one), in_force(two));
    let mut compared = 0;
    for (ts, before) in &one {
        let Some(after) = two.get(ts) else { continue };
        for (id, price) in before {
            let want = match change {
                Change::Mirror => 2.0 * CENTRE - price,
                Change::Shift(by) => price + by,
                Change::Scale(_) => *price,
            };
            let have = after.get(&partner(id));
            assert!(
                have.is_some_and(|have| (have - want).abs() < 1e-6),
                "{change:?}: {id} {price} at {ts}, {} {have:?}",
                partner(id)
            );
            compared += 1;
        }
    }
    assert!(compared > 100, "{change:?} {compared}");
}

#[test]
fn the_mirror_tape_does_to_every_value_what_the_manifest_says() {
    let twice = 2 * (CENTRE as i64) * 4 * TICK;
    check(Change::Mirror, |records, _| {
        changed(records, true, |px| Px::from_nanos(twice - px.nanos()), |size| size)
    });
}

#[test]
fn a_shift_of_all_prices_moves_prices_alone() {
    let ticks = -1237;
    check(Change::Shift(ticks as f64 * 0.25), |records, _| {
        changed(records, false, |px| Px::from_nanos(px.nanos() + ticks * TICK), |size| size)
    });
}

#[test]
fn a_scale_of_all_sizes_changes_volumes_alone() {
    let k = 7;
    check(Change::Scale(k as f64), |records, config| {
        config.flow.imb_min_vol *= k;
        config.flow.large_min *= k;
        config.flow.min_vol *= k;
        config.flow.bulk_volume *= k;
        config.vwap.min_volume *= k;
        config.options.gross_min *= k as f64;
        changed(records, false, |px| px, |size| size * k)
    });
}

#[test]
fn a_cut_anywhere_gives_a_prefix_and_the_same_values_at_the_cut() {
    for tape in Tape::ALL {
        let (config, records) = (config(), tape.records());
        let whole = run(&config, &records);
        let mut dice = Dice::new(3);
        for _ in 0..5 {
            let cut = dice.range(1, records.len() as u64) as usize;
            let part = run(&config, &records[..cut]);
            assert_eq!(part.0, whole.0[..part.0.len()]);
            // A clock at the next bin end in place of the record that ended the bin.
            let end = records[cut - 1].ts().div_euclid(1_000_000) * 1_000_000 + 1_000_000;
            if tape == Tape::Bars || records.get(cut).is_none_or(|next| next.ts() < end) {
                continue;
            }
            let mut with_clock = records[..cut].to_vec();
            with_clock.push(clock(end));
            let clocked = run(&config, &with_clock);
            let last = clocked.features().last().unwrap();
            let same = whole.features().find(|f| f.ts == end).unwrap();
            assert_eq!(&Features { ct: same.ct, ..last.clone() }, same);
        }
    }
}

/// Bytes in pieces of any length.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    dice: Dice,
    most: u64,
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let piece = self.dice.range(1, self.most + 1) as usize;
        let piece = piece.min(room.len()).min(self.bytes.len() - self.at);
        room[..piece].copy_from_slice(&self.bytes[self.at..self.at + piece]);
        self.at += piece;
        Ok(piece)
    }
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What mia-features makes of the bytes when they come in pieces of at most `most`.
fn through_the_loop(bytes: &[u8], most: u64, seed: u64) -> Vec<u8> {
    let pieces = Pieces { bytes: bytes.to_vec(), at: 0, dice: Dice::new(seed), most };
    let input = Input::from_reader("pieces".to_owned(), Box::new(pieces));
    let shared = Shared::default();
    let mut output = Output::new(Box::new(shared.clone()), "test", Thinning::default());
    let mut stage = stage_with(&config(), FeaturesOptions { footprint: true });
    let (mut inputs, grid) = (Inputs::of(input), Grid::new(&config()));
    let options = PumpOptions::default();
    let end = pump(&mut stage, &mut inputs, &mut output, grid, options, &Progress::none());
    assert!(end.unwrap().torn.is_none());
    drop(output);
    shared.0.take()
}

#[test]
fn the_bytes_do_not_depend_on_the_pieces_in_which_they_come_and_a_prefix_gives_a_prefix() {
    for tape in Tape::ALL {
        let records = tape.records();
        // The chain comes late in its tape.
        let from = if tape == Tape::Chain { records.len() - 9000 } else { 0 };
        let records = &records[from..records.len().min(from + 6000)];
        let mut bytes = Vec::new();
        let mut ends = vec![0];
        for record in records {
            codec::encode(record, &mut bytes).unwrap();
            ends.push(bytes.len());
        }
        let whole = through_the_loop(&bytes, 1 << 20, 1);
        assert!(whole.len() > bytes.len());
        // The loop and the records of the stage agree.
        let out = run(&config(), records);
        let count = |start: &str| {
            whole.split(|b| *b == b'\n').filter(|line| line.starts_with(start.as_bytes())).count()
        };
        assert_eq!(count("{\"t\":\"features\""), out.features().count());
        for (seed, most) in [(2, 1), (3, 7), (4, 100), (5, 5000), (6, 70_000)] {
            // Byte by byte takes long: a part is enough.
            let cut = if most < 10 { ends[ends.len() / 4] } else { bytes.len() };
            let expected = through_the_loop(&bytes[..cut], 1 << 20, 1);
            assert!(through_the_loop(&bytes[..cut], most, seed) == expected, "{tape:?} {most}");
        }
        let mut dice = Dice::new(8);
        for _ in 0..5 {
            let cut = ends[dice.range(1, ends.len() as u64) as usize];
            let part = through_the_loop(&bytes[..cut], 4096, 9);
            assert!(whole.starts_with(&part), "{tape:?}: cut at {cut}");
        }
    }
}
