//! Option facts on their way from a made-up session with a chain into the patterns.

use super::scene::Collector;
use super::scene::stage;
use crate::features;
use crate::features::MINUTE;
use mia::config::Config;
use mia::feeds::synth::SynthOptions;
use mia::feeds::synth::SynthSource;
use mia::market::Calendar;
use mia::market::Side;
use mia::strategies::Strategy;
use mia::stream::Source;
use mia::stream::SourceOut;
use mia::wire::Explain;
use mia::wire::Failure;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::Stage;

#[derive(Default)]
struct Kept(Vec<Record>);

impl SourceOut for Kept {
    fn record(&mut self, record: &Record) {
        self.0.push(record.clone());
    }
    fn line(&mut self, _: Option<Kind>, _: i64, _: &[u8]) {}
    fn before_wait(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// What the gamma flip saw in the first `minutes` of regular hours, both sides.
fn explained(minutes: i64) -> Vec<Explain> {
    let options = SynthOptions {
        rate: 1.0,
        chain_every_s: 600,
        ..SynthOptions::new("2026-03-10".parse().unwrap())
    };
    let instrument = Config::default().instrument_named("ES").unwrap();
    let mut source = SynthSource::new(options, Calendar::builtin().unwrap(), instrument).unwrap();
    let mut kept = Kept::default();
    while source.pull(&mut kept).unwrap() {}
    let (open, _) = features::session("2026-03-10").rth.unwrap();
    // Chains of the night are not needed, and take their time.
    let wanted = |record: &Record| match record {
        Record::Option(_) | Record::Chain(_) => record.ts() > open - 15 * MINUTE,
        _ => true,
    };
    let until = open + minutes * MINUTE;
    let records: Vec<_> = kept.0.into_iter().filter(|r| r.ts() < until && wanted(r)).collect();
    let config = Config::default();
    let mut signals = stage(&config, Strategy::Auto);
    let mut out = Collector::default();
    for record in &features::run(&config, &records).0 {
        signals.on_record(record, &mut out).unwrap();
    }
    let ours = out.0.into_iter().filter_map(|record| match record {
        Record::Explain(explain) if explain.pattern == "gamma_flip" => Some(explain),
        _ => None,
    });
    ours.filter(|explain| explain.ts > open).collect()
}

#[test]
fn the_gamma_flip_sees_flip_walls_and_the_side_of_negative_gamma() {
    let explained = explained(60);
    let whole = |e: &&Explain| {
        ["flip", "neg_side", "CW", "PW", "em", "opt_age_s"].iter().all(|n| e.saw.contains_key(*n))
    };
    for side in [Side::Buy, Side::Sell] {
        let ours: Vec<_> = explained.iter().filter(|e| e.side == side).collect();
        assert!(ours.len() > 50, "{} bars", ours.len());
        let seen: Vec<_> = ours.iter().copied().filter(whole).collect();
        assert!(2 * seen.len() > ours.len(), "{} of {} bars: {ours:#?}", seen.len(), ours.len());
        for explain in seen {
            let saw = |name: &str| explain.saw[name].0;
            // Both sides are told of the market as it is.
            for price in ["flip", "CW", "PW"] {
                assert!((saw(price) - 5000.0).abs() < 1000.0, "{explain:?}");
            }
            assert!((saw("neg_side") + 1.0).abs() < 1e-12 || (saw("neg_side") - 1.0).abs() < 1e-12);
            assert!(saw("em") > 0.0 && saw("opt_age_s") >= 0.0);
            // With the chain there is nothing but the regime and the flow to wait for.
            let missing = |name: &str| explain.missing.iter().any(|m| m == name);
            assert!(!missing("flip") && !missing("PW") && !missing("CW"));
            assert_ne!(explain.failed.as_deref(), Some("no_levels"));
        }
    }
}
