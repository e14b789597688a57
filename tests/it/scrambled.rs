//! The future scrambled, on real ticks: whatever comes after a moment, mia-features and mia-signal have
//! said the same of that moment and before.

use crate::features::real_ticks;
use mia::config::Config;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::market::Calendar;
use mia::market::Px;
use mia::strategies::SignalOptions;
use mia::strategies::SignalStage;
use mia::wire::Emit;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::Stage;
use mia::wire::Trade;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// 2013-09-03 08:30 Chicago.
const OPEN: i64 = 1_378_215_000_000_000;
const MINUTE: i64 = 60_000_000;

#[derive(Default)]
struct Written {
    before: Vec<Record>,
    after: Vec<Record>,
}

impl Emit for Written {
    fn before(&mut self, record: &Record) {
        self.before.push(record.clone());
    }
    fn after(&mut self, record: &Record) {
        self.after.push(record.clone());
    }
}

/// Everything that the two stages write, in order.
fn both(records: &[Record]) -> Vec<Record> {
    let (config, calendar) = (Config::default(), Calendar::builtin().unwrap());
    let explain = SignalOptions { explain: true, ..SignalOptions::default() };
    let mut features =
        FeaturesStage::new(&config, calendar.clone(), FeaturesOptions { footprint: true }).unwrap();
    let mut signal = SignalStage::new(&config, calendar, explain).unwrap();
    let mut written = Vec::new();
    for record in records {
        let mut made = Written::default();
        features.on_record(record, &mut made).unwrap();
        for input in made.before.iter().chain([record]) {
            let mut said = Written::default();
            signal.on_record(input, &mut said).unwrap();
            written.append(&mut said.after);
        }
        written.append(&mut made.before);
    }
    written
}

/// Prices turned upside down and put in another order with their sizes; stamps stay.
fn scrambled(records: &[Record], seed: u64) -> Vec<Record> {
    let trades =
        || records.iter().map(|r| if let Record::Trade(t) = r { t } else { panic!("{r:?}") });
    let mut values: Vec<_> = trades().map(|t| (t.px, t.sz)).collect();
    values.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let twice = 2 * trades().next().unwrap().px.nanos();
    let other = trades().zip(values).map(|(trade, (px, sz))| {
        let px = Px::from_nanos(twice - px.nanos());
        Record::Trade(Trade { px, sz, ..*trade })
    });
    other.collect()
}

#[test]
fn a_scrambled_future_changes_nothing_said_before_on_real_ticks() {
    let Some(records) = real_ticks() else { return };
    let session: Vec<_> = records
        .into_iter()
        .filter(|r| (OPEN - 30 * MINUTE..OPEN + 100 * MINUTE).contains(&r.ts()))
        .collect();
    let whole = both(&session);
    // On a bar end, between two, and just before one.
    for (seed, at) in
        [(1, OPEN + 60 * MINUTE), (2, OPEN + 47 * MINUTE + 31_234_567), (3, OPEN + 85 * MINUTE - 1)]
    {
        let cut = session.partition_point(|r| r.ts() <= at);
        let (past, future) = session.split_at(cut);
        let other = both(&[past, &scrambled(future, seed)].concat());
        let known = |records: &[Record]| -> Vec<Record> {
            records.iter().filter(|r| r.ts() <= at).cloned().collect()
        };
        let (before, after) = (known(&whole), known(&other));
        assert!(before.iter().filter(|r| r.kind() == Kind::Explain).count() > 100);
        assert!(before.iter().filter(|r| r.kind() == Kind::Scores).count() > 30);
        assert!(before == after, "the future changed what was said before {at}");
        // And the future was another one.
        assert!(whole[before.len()..] != other[after.len()..]);
    }
}
