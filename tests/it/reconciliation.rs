//! mia-risk and mia-exec begin a run with one account, or not at all.

use crate::desk::MINUTE;
use crate::desk::at;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::drive;
use crate::desk::flatten;
use crate::journal::paper;
use crate::risk_state::EXEC;
use crate::risk_state::RISK;
use crate::risk_state::accts;
use crate::risk_state::ends;
use crate::risk_state::fall;
use crate::risk_state::idea;
use crate::risk_state::market;
use crate::risk_state::path;
use crate::risk_state::records;
use crate::risk_state::run;
use mia::execution::Journal;
use mia::market::Side;
use mia::market::Sym;
use mia::matching::blank_acct;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::FailureClass;
use mia::wire::Record;
use mia::wire::StreamPhase;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

/// A folder with the journal of mia-exec and the state of mia-risk in it.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> PathBuf {
        self.dir.path().join("journal")
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// What mia-risk with its state makes of the records.
    fn decided(&self, records: &[Record]) -> Vec<u8> {
        let output = run(RISK, &["--state", path(&self.state())], &bytes(records));
        assert!(matches!(output.status.code(), Some(0 | 6)), "{output:?}");
        output.stdout
    }

    /// What mia-risk with the journal, and a state folder if one is named, makes of the records.
    fn by_journal(&self, state: Option<&Path>, records: &[Record]) -> Vec<u8> {
        let source = format!("journal:{}", path(&self.journal()));
        let mut args = vec!["--account", &source];
        args.extend(state.into_iter().flat_map(|folder| ["--state", path(folder)]));
        let output = run(RISK, &args, &bytes(records));
        assert!(matches!(output.status.code(), Some(0 | 6)), "{output:?}");
        output.stdout
    }

    fn execute(&self, input: &[u8]) -> Output {
        run(EXEC, &["paper", "--journal", path(&self.journal()), "--resume"], input)
    }

    fn executed(&self, input: &[u8]) {
        let output = self.execute(input);
        ends(&output, 0, "");
        ends(&run(EXEC, &["journal", "verify", path(&self.journal())], b""), 0, "");
    }

    /// Refused: nothing is acted on, nothing is written.
    fn refused(&self, input: &[u8], parts: &[&str]) {
        let before = std::fs::read(self.journal()).unwrap();
        let output = self.execute(input);
        parts.iter().for_each(|part| ends(&output, 78, part));
        assert_eq!(std::fs::read(self.journal()).unwrap(), before, "the journal was changed");
        let acted = records(&output.stdout).into_iter();
        assert_eq!(acted.filter(|r| matches!(r, Record::Ack(_) | Record::Fill(_))).count(), 0);
    }

    fn status(&self) -> serde_json::Value {
        let output = run(EXEC, &["status", "--journal", path(&self.journal())], b"");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The same by the state folder.
    fn kept(&self) -> serde_json::Value {
        let output = run(EXEC, &["status", "--state", path(&self.state())], b"");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// A market in which something is entered, `minutes` later.
fn later(id: &str, minutes: i64) -> Vec<Record> {
    let mut tape = market(minutes * MINUTE, 5000.0);
    tape.push(idea(id, minutes * MINUTE));
    for ms in [200, 400, 600] {
        tape.extend(market(minutes * MINUTE + ms, 5000.0));
    }
    tape
}

/// The lines before the first that holds `part`.
fn before(stream: &[u8], part: &str) -> Vec<u8> {
    let text = String::from_utf8(stream.to_vec()).unwrap();
    let at = text.find(part).unwrap();
    stream[..text[..at].rfind('\n').map_or(0, |end| end + 1)].to_vec()
}

#[test]
fn a_risk_without_a_memory_does_not_trade_beside_an_open_position() {
    let place = Place::new();
    place.executed(&run(RISK, &[], &bytes(&fall(0.0))).stdout);
    assert_eq!(place.status()["positions"][0]["qty"], 1);
    let next = later("second", 1);
    let decided = run(RISK, &[], &bytes(&next)).stdout;
    let remedy = format!("--account journal:{}", path(&place.journal()));
    place.refused(
        &decided,
        &["order o:first in ESH24 holds nothing for mia-risk and +1 for mia-exec", &remedy],
    );
    // Also behind a record that comes before risk has said anything: no order is acted on.
    let output = place.execute(&[bytes(&[clock(MINUTE - 1)]), decided].concat());
    ends(&output, 78, "o:first");
    let kept = std::fs::read_to_string(place.journal()).unwrap();
    assert!(!kept.contains("second") && kept.contains("o:first"));
    // The remedy.
    place.executed(&place.by_journal(None, &next));
    assert_eq!(place.status()["positions"][0]["qty"], 1);
}

#[test]
fn a_risk_without_a_memory_does_not_trade_behind_a_latch() {
    let place = Place::new();
    let (journal, day) = (place.journal(), 24 * 60);
    let latch = |name: &str, ms: i64| {
        let reason = Some("enough".to_owned());
        let latches = vec![name.to_owned()];
        Acct { latches, reason, ..blank_acct(at(ms), Sym::NONE, AcctOp::Latch) }
    };
    let mut tape = market(0, 5000.0);
    tape.push(latch("day", 1).into());
    tape.push(latch("stale", 1).into());
    place.executed(&bytes(&tape));
    let decided = |minutes| run(RISK, &[], &bytes(&later("a", minutes))).stdout;
    place.refused(&decided(1), &["the latch day (enough) is set here and not for mia-risk"]);
    // It is over with its session.
    place.executed(&decided(day));
    place.executed(&bytes(&[clock((day + 1) * MINUTE), latch("recon", (day + 1) * MINUTE).into()]));
    let flat = [clock((day + 2) * MINUTE), flatten("x", (day + 2) * MINUTE, None).into()];
    let mut flat = bytes(&flat);
    flat.extend(bytes(&market((day + 3) * MINUTE, 5000.0)));
    flat.extend(bytes(&market((day + 4) * MINUTE, 5000.0)));
    place.executed(&flat);
    assert_eq!(place.status()["flat"], true);
    // This one is not, and its remedy works.
    let reset = ["reset", "--journal", path(&journal), "--reason"];
    let told = format!("mia-risk {} TEXT", reset.join(" "));
    place.refused(&decided(2 * day), &["the latch recon (enough)", &told]);
    ends(&run(RISK, &[&reset[..], &["seen"]].concat(), b""), 0, "opened recon");
    place.executed(&decided(2 * day));
}

/// What was asked to be closed while nothing ran is closed first, and the account then is another.
#[test]
fn a_flatten_that_waits_is_carried_out_before_anybody_is_refused() {
    let place = Place::new();
    place.executed(&place.decided(&fall(0.0)));
    let journal = place.journal();
    let flatten = ["flatten", "--journal", path(&journal), "--reason", "enough"];
    ends(&run(EXEC, &flatten, b""), 75, "requested");
    let next = [market(30 * MINUTE, 5000.0), market(31 * MINUTE, 5000.0)].concat();
    place.executed(&place.decided(&next));
    assert_eq!(place.status()["flat"], true);
    let parts =
        ["order o:first in ESH24 holds +1 for mia-risk and nothing", "latch manual (enough)"];
    place.refused(&place.decided(&later("a", 60)), &parts);
}

#[test]
fn a_trade_that_the_simulated_account_has_and_the_journal_not_is_refused() {
    // The pipe was lost with the order in it, alone or after an earlier trade.
    for trades_before in [false, true] {
        let place = Place::new();
        if trades_before {
            let mut tape = fall(5.0);
            tape.extend(market(1000, 4995.0));
            tape.extend(market(1200, 4995.0));
            place.executed(&place.decided(&tape));
            assert_eq!(place.status()["flat"], true);
        }
        let first = place.decided(&later("lost", 30));
        place.executed(&before(&first, "{\"t\":\"order\""));
        let next = later("next", 60);
        let parts = [
            "order o:lost in ",
            " for mia-risk and nothing for mia-exec",
            "move the --state folder of mia-risk away and start it with --account journal:",
        ];
        let decided = place.decided(&next);
        place.refused(&decided, &parts);
        std::fs::rename(place.state(), place.dir.path().join("away")).unwrap();
        place.executed(&place.by_journal(Some(&place.state()), &next));
        let working = &place.status()["brackets"];
        assert_eq!((&working[0]["order"], working[1].is_null()), (&"o:next".into(), true));
        // And on with it, as often as one likes.
        place.executed(&place.by_journal(Some(&place.state()), &later("more", 90)));
    }
}

/// Both are killed with an order on its way, of which nothing is known yet: it is lost for both.
#[test]
fn an_order_on_its_way_at_a_crash_is_lost_for_both() {
    for arrived in [false, true] {
        let place = Place::new();
        let first = place.decided(&[market(0, 5000.0), vec![idea("first", 0)]].concat());
        let passed = if arrived { first } else { before(&first, "{\"t\":\"order\"") };
        ends(&place.execute(&passed), 0, "");
        // It counts until it is known to be lost.
        let mut next = market(29 * MINUTE, 5000.0);
        next.extend(later("next", 30));
        let decided = place.decided(&next);
        let lost = accts(&decided, AcctOp::Cancel);
        assert_eq!(lost[0].reason.as_deref(), Some("lost"));
        place.executed(&decided);
        let (kept, status) = (place.kept(), place.status());
        for what in ["positions", "equity", "day_pnl", "day_trades"] {
            assert_eq!(kept[what], status[what], "{what}");
        }
        assert_eq!(status["brackets"][0]["order"], "o:next");
        place.executed(&place.decided(&later("more", 60)));
    }
}

#[test]
fn an_order_that_never_arrived_is_answered_through_the_journal() {
    let place = Place::new();
    place.executed(&bytes(&market(-MINUTE, 5000.0)));
    let sent = place.by_journal(Some(&place.state()), &later("lost", 0));
    assert!(String::from_utf8_lossy(&sent).contains("\"id\":\"o:lost\""));
    place.executed(&before(&sent, "{\"t\":\"order\""));
    let open = |tape: &[Record]| {
        let told = place.by_journal(Some(&place.state()), tape);
        let cancels = accts(&told, AcctOp::Cancel);
        (
            told,
            cancels.into_iter().map(|c| (c.order.unwrap(), c.reason.unwrap())).collect::<Vec<_>>(),
        )
    };
    // Until it is answered it counts at its worst.
    let (told, cancels) = open(&later("next", 1));
    assert!(!String::from_utf8_lossy(&told).contains("\"id\":\"o:next\""));
    assert_eq!(cancels, []);
    let output = place.execute(&told);
    ends(&output, 0, "");
    let lost = records(&output.stdout).into_iter().find_map(|r| match r {
        Record::Cancel(cancel) if cancel.order == "o:lost" => Some((cancel.reason, cancel.qty)),
        _ => None,
    });
    assert_eq!(lost, Some(("lost".to_owned(), 1)));
    ends(&run(EXEC, &["journal", "verify", path(&place.journal())], b""), 0, "");
    // Risk hears of it, once: at the next start nothing is on its way any more.
    let (told, cancels) = open(&later("after", 2));
    assert_eq!(cancels, [("o:lost".to_owned(), "lost".to_owned())]);
    place.executed(&told);
    let open = |shown: serde_json::Value| {
        let open = shown["brackets"].as_array().unwrap().clone();
        open.into_iter().map(|bracket| bracket["order"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (open(place.kept()), open(place.status())),
        (vec!["o:after".into()], vec!["o:after".into()])
    );
}

#[test]
fn what_risk_tells_of_an_earlier_run_is_history() {
    // Refusals and a closed trade, and a journal that has nothing of them, or none at all.
    let place = Place::new();
    let mut tape = fall(5.0);
    tape.extend(market(1000, 4995.0));
    tape.extend(market(1200, 4995.0));
    tape.push(idea("refused", 1300));
    place.decided(&tape);
    let first = place.decided(&later("a", 60));
    let told = accts(&first, AcctOp::Fill);
    assert!(told.len() == 3, "{told:?}");
    ends(&run(EXEC, &["paper"], &first), 0, "");
    place.executed(&first);
    // What follows is compared, and the money is that of risk.
    let (kept, status) = (place.kept(), place.status());
    assert_eq!((&status["equity"], &status["day_pnl"]), (&kept["equity"], &kept["day_pnl"]));
    // The same input again is a replay, latches in the starting state included.
    place.executed(&first);
    let aged = place.status();
    let but_its_age = |mut status: serde_json::Value| {
        status.as_object_mut().unwrap().remove("age_s");
        status
    };
    assert_eq!(but_its_age(aged), but_its_age(status));
    // The position that it holds now agrees at the next start.
    place.executed(&place.decided(&later("b", 61)));
}

#[test]
fn a_position_of_an_earlier_run_needs_its_journal() {
    let place = Place::new();
    place.decided(&fall(0.0));
    let next = place.decided(&later("a", 1));
    let output = run(EXEC, &["paper"], &next);
    ends(&output, 78, "holds +1 for mia-risk and nothing for mia-exec");
    ends(&output, 78, "--journal FILE --resume");
}

/// A state folder may be found only when the stream turns live, behind a warm-up and a clock.
#[test]
fn what_is_told_in_a_warm_up_may_be_corrected_before_the_first_order() {
    let place = Place::new();
    let whole = place.decided(&fall(0.0));
    place.executed(&whole);
    let told = place.decided(&market(MINUTE, 5000.0));
    let told = records(&told);
    let stream = |phase| {
        let text = crate::risk_state::stream("replay", phase);
        records(&text).remove(0)
    };
    assert!(matches!(&stream("warmup"), Record::Stream(s) if s.phase == StreamPhase::Warmup));
    let blank: Record = accts(&whole, AcctOp::Open)[0].clone().into();
    let mut input = vec![stream("warmup"), blank.clone(), clock(MINUTE - 2), stream("run")];
    input.push(clock(MINUTE - 1));
    let open = || {
        let copy = place.dir.path().join("copy");
        let _ = std::fs::remove_file(&copy);
        std::fs::copy(place.journal(), &copy).unwrap();
        paper(&config(150), Some(Journal::open(&copy, true).unwrap()))
    };
    let corrected = [input.clone(), told].concat();
    let mut stage = open();
    drive(&mut stage, &corrected).unwrap();
    assert_eq!(stage.ledger().position(&crate::desk::es()), 1);
    // Nobody corrects it.
    let order = crate::desk::bracket("b", MINUTE, Side::Buy, 1, 5001.0, 4990.0, 5010.0);
    input.push(order.into());
    let mut stage = open();
    let failure = drive(&mut stage, &input).unwrap_err();
    assert_eq!(failure.class, FailureClass::Config, "{failure:?}");
    assert_eq!(stage.counts().orders, 0);
}

#[test]
fn a_state_folder_rebuilt_from_the_journal_shows_the_same_account() {
    let place = Place::new();
    let mut tape = fall(5.0);
    tape.extend(market(1000, 4995.0));
    tape.extend(market(1200, 4995.0));
    place.executed(&place.decided(&tape));
    place.executed(&place.decided(&later("open", 30)));
    std::fs::rename(place.state(), place.dir.path().join("away")).unwrap();
    // Twice: the second start tells the same facts again.
    for minutes in [60, 61] {
        place.executed(&place.by_journal(Some(&place.state()), &market(minutes * MINUTE, 5000.0)));
        let (kept, status) = (place.kept(), place.status());
        for what in ["positions", "equity", "day_pnl", "day_fees", "day_trades", "flat"] {
            assert_eq!(kept[what], status[what], "{what}");
        }
        assert_eq!(status["flat"], false);
    }
    // A simulated account goes on with it.
    let mut tape = market(90 * MINUTE, 4990.0);
    tape.extend(market(91 * MINUTE, 4990.0));
    tape.extend(market(92 * MINUTE, 4990.0));
    place.executed(&place.decided(&tape));
    assert_eq!((&place.kept()["flat"], &place.status()["flat"]), (&true.into(), &true.into()));
    assert_eq!(place.kept()["equity"], place.status()["equity"]);
}
