//! Published failures of other systems that no other file of tests covers; the list is in
//! `docs/safety.md`.

use crate::desk::MINUTE;
use crate::desk::Sink;
use crate::desk::at;
use crate::desk::bytes;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use crate::process;
use crate::process::Watchdog;
use mia::market::Calendar;
use mia::market::Side;
use mia::risk::RiskOptions;
use mia::risk::RiskStage;
use mia::wire::Emit;
use mia::wire::Flow;
use mia::wire::OrderOp;
use mia::wire::Record;
use mia::wire::SideEvent;
use mia::wire::Stage;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// Takes so many records and panics at the next.
struct Trap {
    left: u32,
}

impl Trap {
    fn take(&mut self) {
        assert!(self.left > 0, "the trap");
        self.left -= 1;
    }
}

impl Emit for Trap {
    fn before(&mut self, _: &Record) {
        self.take();
    }
    fn after(&mut self, _: &Record) {
        self.take();
    }
}

fn feed(stage: &mut RiskStage, records: &[Record]) -> (Vec<Record>, Option<u8>) {
    let (mut sink, mut output) = (Sink::default(), Vec::new());
    for record in records {
        let flow = stage.on_record(record, &mut sink).unwrap();
        output.append(&mut sink.take(record, flow));
        if let Flow::Stop(code) = flow {
            return (output, Some(code));
        }
    }
    (output, None)
}

fn market(ms: i64) -> [Record; 2] {
    [quote(ms, 5000.0, 50, 5000.25, 50), trade(ms, 5000.0, 1)]
}

/// A panic in any step of the kill switch: the gate is closed before everything else, so no entry
/// comes after it, and what is open is closed all the same.
#[test]
fn hb_2534_a_panic_while_killing_lets_nothing_through() {
    let kill = SideEvent::Kill { ts: at(1000), reason: "test".into() };
    let mut panics = 0;
    for step in 0..4 {
        let calendar = Calendar::builtin().unwrap();
        let mut stage = RiskStage::new(&config(150), calendar, RiskOptions::default()).unwrap();
        let mut records = market(0).to_vec();
        records.push(signal("test-1", 0, Side::Buy, 5000.0, 4997.5, 5003.0).into());
        records.extend(market(200));
        records.extend(market(400));
        let (_, end) = feed(&mut stage, &records);
        assert_eq!((end, stage.ledger().is_flat()), (None, false), "a position to be closed");
        let killed = catch_unwind(AssertUnwindSafe(|| {
            stage.on_side(&kill, &mut Trap { left: step }).unwrap();
        }));
        panics += u32::from(killed.is_err());
        let mut rest = market(1100).to_vec();
        rest.push(signal("test-2", 1100, Side::Buy, 5000.0, 4997.5, 5003.0).into());
        for ms in [1200, 1400, 1600, 1800] {
            rest.extend(market(ms));
        }
        rest.push(clock(MINUTE));
        let (output, end) = feed(&mut stage, &rest);
        let entered = output.iter().any(|r| matches!(r, Record::Order(o) if o.op == OrderOp::New));
        assert!(!entered, "an entry after a panic in step {step}");
        assert!(stage.ledger().is_flat(), "still open after a panic in step {step}");
        assert_eq!(end, Some(6), "a panic in step {step}");
    }
    assert!(panics >= 2, "the kill switch writes at least a latch and an order");
}

/// What `mia-risk --state` writes until it has latched; then it is killed.
fn killed_once_latched(state: &Path, limit: &str, records: &[Record]) {
    let mut risk = Command::new(env!("CARGO_BIN_EXE_mia-risk"))
        .args(["-q", "--set", limit, "--state"])
        .arg(state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let watchdog = Watchdog::over(&risk);
    let mut input = risk.stdin.take().unwrap();
    input.write_all(&bytes(records)).unwrap();
    input.flush().unwrap();
    let mut lines = BufReader::new(risk.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("\"op\":\"latch\"")), "no latch");
    // The input is still open: nothing ends in order here.
    risk.kill().unwrap();
    risk.wait().unwrap();
    drop((input, watchdog));
}

/// A limit is reached, the process is killed and started again: it is latched as before, and a
/// latch that needs a person ends it with 6.
#[test]
fn atb_27_a_restart_forgets_no_latch() {
    for (limit, reason, code) in
        [("risk.day_loss_r_max=0.5", "DAY", 0), ("risk.drawdown_share_max=0.0005", "KILL", 6)]
    {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let mut records = market(0).to_vec();
        records.push(signal("test-1", 0, Side::Buy, 5000.0, 4997.5, 5003.0).into());
        records.extend(market(200));
        records.extend(market(400));
        records.push(quote(500, 4998.25, 50, 4998.5, 50));
        killed_once_latched(&state, limit, &records);

        let mut later = market(60_000).to_vec();
        later.push(signal("test-2", 60_000, Side::Buy, 5000.0, 4997.5, 5003.0).into());
        for ms in [60_200, 60_400, 60_600, 60_800] {
            later.extend(market(ms));
        }
        let again = Command::new(env!("CARGO_BIN_EXE_mia-risk"))
            .args(["-q", "--set", limit, "--state"])
            .arg(&state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let done = process::feed(again, &bytes(&later));
        let output = String::from_utf8(done.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{limit}: {stderr}\n{output}");
        let entered = output.lines().filter(|line| line.contains("\"op\":\"new\"")).count();
        assert_eq!(entered, 0, "{limit}: an entry behind the latch\n{output}");
        let refused = format!("\"pass\":false,\"reason\":\"{reason}\"");
        assert!(code == 6 || output.contains(&refused), "{limit}\n{output}");
    }
}
