//! The account as a state machine: whatever happens, positions are sums of fills, limits hold, stops
//! cover, orders go out once, latches stay shut, and money adds up to the cent.
//!
//! Random stories run through mia-risk and mia-exec paper in one process; a model that shares no code
//! with them listens. `MIA_MODEL_EVENTS` says how many events to try (20,000).

mod defects;
mod events;
mod harness;
mod reference;

use crate::desk::bytes;
use defects::MUTANTS;
use events::Input;
use events::Story;
use events::story;
use events::told;
use harness::Seen;
use harness::Sound;
use harness::run;
use proptest::strategy::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use proptest::test_runner::TestCaseError;
use proptest::test_runner::TestError;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;

/// Events of a story at most; a story has half of them on average.
const LONGEST: usize = 400;

/// How many events are tried.
fn events() -> u64 {
    let set = std::env::var("MIA_MODEL_EVENTS").ok();
    set.map_or(20_000, |text| text.parse().expect("MIA_MODEL_EVENTS is a number"))
}

#[test]
fn whatever_happens_the_account_is_whole() {
    let cases = (events() / (LONGEST as u64 / 2)).max(1);
    let cases = u32::try_from(cases).expect("fewer than a trillion events");
    let mut runner =
        TestRunner::new(Config { cases, max_shrink_iters: 20_000, ..Config::default() });
    let seen = RefCell::new(Seen::default());
    let outcome = runner.run(&story(LONGEST), |story| {
        let told = run(&story, &mut Sound, &mut seen.borrow_mut());
        told.map_err(|broken| TestCaseError::fail(format!("{:?}: {}", broken.promise, broken.how)))
    });
    match outcome {
        Err(TestError::Fail(why, story)) => panic!("{why}\n{:?}\n{}", story.rules, shown(&story)),
        Err(error) => panic!("{error}"),
        Ok(()) => {}
    }
    let seen = seen.borrow();
    eprintln!("{} events in {cases} stories: {:?}", seen.events, seen.counts);
}

/// The input that a story is, as lines for `mia-risk`.
fn shown(story: &Story) -> String {
    let lines = told(story).into_iter().map(|input| match input {
        Input::Record(record) => String::from_utf8(bytes(&[*record])).unwrap(),
        Input::Kill => "the kill switch\n".to_owned(),
    });
    lines.collect()
}

/// Stories that are the same everywhere.
fn stories(count: usize) -> Vec<Story> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| story(LONGEST).new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn each_defect_is_found() {
    let stories = stories(150);
    for mutant in MUTANTS {
        let found = stories
            .iter()
            .find_map(|story| run(story, &mut mutant.fresh(), &mut Seen::default()).err());
        let broken = found.unwrap_or_else(|| panic!("`{}` goes unnoticed", mutant.name));
        let named = mutant.breaks.contains(&broken.promise);
        assert!(named, "`{}` is found as {:?}: {}", mutant.name, broken.promise, broken.how);
    }
}

/// The stories are worth something only if everything happens in them.
#[test]
fn everything_happens_in_the_stories() {
    let mut seen = Seen::default();
    for story in stories(150) {
        let told = run(&story, &mut Sound, &mut seen);
        assert!(told.is_ok(), "{told:?}");
    }
    for what in [
        "fill Entry",
        "fill Stop",
        "fill Target",
        "fill Flatten",
        "pass",
        "POS",
        "DUP",
        "TICK",
        "DAY",
        "acct Latch",
        "acct Reset",
        "acct Kill",
        "acct Cancel",
        "trip stop",
        "trip target",
        "trip exit",
        "trip flat_by",
        "trip kill",
    ] {
        let count = seen.counts.get(what).copied().unwrap_or(0);
        assert!(count >= 2, "{what} hardly happens: {:?}", seen.counts);
    }
}
