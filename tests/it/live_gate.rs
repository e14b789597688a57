//! Live orders: every condition missing once, every wrong order once; nothing ever leaves.

use crate::desk::Sink;
use crate::desk::bracket;
use crate::desk::es;
use crate::desk::flatten;
use crate::desk::px;
use crate::process;
use mia::config::Config;
use mia::execution::Broker;
use mia::execution::BrokerEvent;
use mia::execution::Condition;
use mia::execution::HeldPosition;
use mia::execution::Link;
use mia::execution::LiveGate;
use mia::execution::LiveStage;
use mia::execution::NotSent;
use mia::execution::Permission;
use mia::execution::Sent;
use mia::market::Side;
use mia::market::SideSource;
use mia::matching::WorkingLeg;
use mia::matching::blank_acct;
use mia::risk::Approved;
use mia::risk::Gate;
use mia::risk::Metrics;
use mia::risk::Period;
use mia::risk::SealKey;
use mia::risk::Sealer;
use mia::risk::Traded;
use mia::risk::config_hash;
use mia::wire::Acct;
use mia::wire::AcctOp;
use mia::wire::By;
use mia::wire::Fill;
use mia::wire::Kind;
use mia::wire::Order;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::Seal;
use mia::wire::Src;
use mia::wire::Stage;
use mia::wire::Stream;
use mia::wire::StreamMode;
use mia::wire::StreamPhase;
use mia::wire::Trade;
use mia::wire::TradeFlags;
use mia::wire::codec;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

const EXEC: &str = env!("CARGO_BIN_EXE_mia-exec");
/// The clock at the edge: a hundred milliseconds after the orders of the tests.
const NOW_MS: i64 = 100;
const DAY_US: i64 = 86_400_000_000;

fn now() -> i64 {
    crate::desk::at(NOW_MS)
}

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// A broker that writes down what it gets.
#[derive(Default, Debug)]
struct Recorder {
    sent: Vec<Order>,
}

impl Recorder {
    fn take(&mut self, order: &Approved<Order>) -> Sent {
        self.sent.push(order.item().clone());
        Sent::OnItsWay
    }
}

impl Broker for Recorder {
    fn submit(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        Ok(self.take(order))
    }
    fn amend(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        Ok(self.take(order))
    }
    fn cancel(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        Ok(self.take(order))
    }
    fn flatten(&mut self, order: &Approved<Order>) -> Result<Sent, NotSent> {
        Ok(self.take(order))
    }
    fn next_event(&mut self, _until: i64) -> Option<BrokerEvent> {
        None
    }
    fn link(&self) -> Link {
        Link::Up
    }
    fn open_orders(&self) -> Vec<WorkingLeg> {
        Vec::new()
    }
    fn positions(&self) -> Vec<HeldPosition> {
        Vec::new()
    }
    fn executions_since(&self, _xts: i64) -> Vec<Fill> {
        Vec::new()
    }
}

/// A configuration, a permission and a stream with which a live order leaves.
struct Setting {
    config: Config,
    permission: Permission,
    records: Vec<Record>,
    killed: bool,
}

fn live_config() -> Config {
    let mut config = Config { live: true, ..Config::default() };
    config.account.name = "U123".into();
    config
}

/// A gate file that is open at `now`.
fn good_gate(config: &Config, now: i64) -> Gate {
    Gate {
        model_hash: Some("none".into()),
        config_hash: Some(config_hash(config).unwrap()),
        data_hash: Some("d".into()),
        git: Some("g".into()),
        period: Period { out_of_sample: Some(true), net: Some(true), sessions: Some(120) },
        n: Some(200),
        metrics: Metrics {
            psr0: Some(0.95),
            dsr: Some(0.95),
            pbo: Some(0.20),
            pf_p05: Some(1.01),
            drawdown_p95: Some(0.08),
            baseline_rank: Some(0.96),
            paper_sessions: Some(20),
            paper_slippage_ticks: Some(-0.5),
            paper_same_signals: Some(true),
        },
        made: Some(now - 30 * DAY_US),
        expires: Some(now + 1),
    }
}

fn stream_of(ts: i64, mode: StreamMode, phase: StreamPhase) -> Record {
    let (sym, src) = (es(), Src::Dtc);
    let (run, tool) = ("test".into(), "test".into());
    Stream { ts, sym, v: 1, src, mode, phase, origin: None, run, tool, instrument: None }.into()
}

fn trade_of(ts: i64, src: Src, ss: SideSource) -> Record {
    let (side, flags) = (Side::Buy, TradeFlags::default());
    let (sym, px, sz) = (es(), px(5000.0), 1);
    Trade { ts, sym, px, sz, side, ss, seq: None, src, vts: None, rx: None, flags }.into()
}

fn quote_of(ts: i64, src: Src) -> Record {
    let (bid, ask) = (Some(px(5000.0)), Some(px(5000.25)));
    let (bsz, asz, flags) = (5, 5, TradeFlags::default());
    Quote { ts, sym: es(), bid, bsz, ask, asz, src, vts: None, rx: None, flags }.into()
}

fn setting() -> Setting {
    let config = live_config();
    let traded = Traded { model_hash: "none".into(), config_hash: config_hash(&config).unwrap() };
    let gate = Ok(good_gate(&config, now()));
    let account = Some("U123".into());
    let permission = Permission { flag: true, account, gate, traded, key: Ok(key()) };
    let at = crate::desk::at(0);
    let records = vec![
        stream_of(at, StreamMode::Live, StreamPhase::Run),
        trade_of(at, Src::Dtc, SideSource::Flag),
        quote_of(at, Src::Dtc),
    ];
    Setting { config, permission, records, killed: false }
}

fn order() -> Order {
    bracket("o:a", 0, Side::Buy, 1, 5000.5, 4997.5, 5003.0)
}

fn sealed(order: &Order) -> Seal {
    Sealer::new(key()).seal(order).unwrap()
}

/// What came of the records in this setting: orders sent, reasons of the refusals.
fn outcome(setting: Setting, orders: &[Record]) -> (Vec<Order>, Vec<String>) {
    let mut gate = LiveGate::new(&setting.config, setting.permission);
    if setting.killed {
        gate.kill("enough");
    }
    let mut stage = LiveStage::new(gate, Recorder::default(), now);
    let (mut sink, mut reasons) = (Sink::default(), Vec::new());
    // Something after the orders: one without a seal is then known to have none.
    let end = [crate::desk::clock(NOW_MS)];
    for record in setting.records.iter().chain(orders).chain(&end) {
        let flow = stage.on_record(record, &mut sink).unwrap();
        for made in sink.take(record, flow) {
            if let Record::Reject(reject) = made {
                reasons.push(reject.reason);
            }
        }
    }
    assert_eq!(stage.counts().sent as usize, stage.broker().sent.len());
    (stage.broker().sent.clone(), reasons)
}

fn both(order: &Order, seal: &Seal) -> Vec<Record> {
    vec![order.clone().into(), seal.clone().into()]
}

fn usual() -> Vec<Record> {
    both(&order(), &sealed(&order()))
}

/// With everything else in place, the order stays because of this condition, and of no other.
fn refused_for(condition: Condition, spoil: impl FnOnce(&mut Setting)) {
    let mut spoilt = setting();
    spoil(&mut spoilt);
    let mut gate = LiveGate::new(&spoilt.config, spoilt.permission.clone());
    spoilt.records.iter().for_each(|record| gate.on_record(record));
    if spoilt.killed {
        gate.kill("enough");
    }
    let unmet: Vec<Condition> = gate.unmet(now()).iter().map(|u| u.condition).collect();
    assert_eq!(unmet, [condition]);
    let (sent, reasons) = outcome(spoilt, &usual());
    assert_eq!(sent, [], "{condition:?}");
    assert_eq!(reasons, [condition.name()]);
}

#[test]
fn with_every_condition_a_sealed_order_leaves_once() {
    let (sent, reasons) = outcome(setting(), &usual());
    assert_eq!((sent, reasons), (vec![order()], Vec::new()));
}

#[test]
fn without_the_flag_nothing_leaves() {
    refused_for(Condition::Flag, |s| s.permission.flag = false);
}

#[test]
fn without_live_in_the_settings_nothing_leaves() {
    refused_for(Condition::Config, |s| s.config.live = false);
}

#[test]
fn without_the_named_account_nothing_leaves() {
    refused_for(Condition::Account, |s| s.permission.account = None);
    refused_for(Condition::Account, |s| s.permission.account = Some("U124".into()));
    refused_for(Condition::Account, |s| s.config.account.name.clear());
}

#[test]
fn without_an_open_gate_nothing_leaves() {
    refused_for(Condition::Gate, |s| s.permission.gate = Err("no gate file is named".into()));
    let spoils: [fn(&mut Gate); 25] = [
        |g| g.model_hash = Some("other".into()),
        |g| g.config_hash = Some("other".into()),
        |g| g.data_hash = None,
        |g| g.git = Some(" ".into()),
        |g| g.period.out_of_sample = Some(false),
        |g| g.period.net = None,
        |g| g.period.sessions = Some(119),
        |g| g.n = Some(199),
        |g| g.metrics.psr0 = Some(0.949),
        |g| g.metrics.dsr = Some(f64::NAN),
        |g| g.metrics.pbo = Some(0.21),
        |g| g.metrics.pbo = Some(-0.1),
        |g| g.metrics.pf_p05 = Some(1.0),
        |g| g.metrics.drawdown_p95 = Some(0.081),
        |g| g.metrics.baseline_rank = Some(0.95),
        // A percentage is no probability.
        |g| g.metrics.baseline_rank = Some(96.0),
        |g| g.metrics.psr0 = Some(97.0),
        |g| g.metrics.dsr = Some(1.5),
        |g| g.metrics.paper_sessions = Some(19),
        |g| g.metrics.paper_slippage_ticks = Some(0.51),
        |g| g.metrics.paper_same_signals = None,
        |g| g.made = Some(now() - 30 * DAY_US - 1),
        |g| g.made = Some(now() + 1),
        |g| g.expires = Some(now()),
        |g| g.expires = None,
    ];
    for (n, spoil) in spoils.into_iter().enumerate() {
        let mut gate = good_gate(&live_config(), now());
        spoil(&mut gate);
        let traded = setting().permission.traded;
        assert_eq!(gate.faults(&traded, now()).len(), 1, "case {n}");
        refused_for(Condition::Gate, |s| s.permission.gate = Ok(gate));
    }
    assert_eq!(Gate::default().faults(&setting().permission.traded, now()).len(), 19);
}

#[test]
fn without_a_live_stream_nothing_leaves() {
    for mode in [StreamMode::Replay, StreamMode::Delayed, StreamMode::Synthetic] {
        let first = stream_of(crate::desk::at(0), mode, StreamPhase::Run);
        refused_for(Condition::Mode, |s| s.records[0] = first);
    }
    refused_for(Condition::Mode, |s| {
        s.records.push(trade_of(crate::desk::at(1), Src::Syn, SideSource::Flag));
    });
    refused_for(Condition::Mode, |s| s.records.push(quote_of(crate::desk::at(1), Src::Syn)));
}

#[test]
fn in_warm_up_nothing_leaves() {
    let first = stream_of(crate::desk::at(0), StreamMode::Live, StreamPhase::Warmup);
    refused_for(Condition::Phase, |s| s.records[0] = first);
}

#[test]
fn with_stale_records_nothing_leaves() {
    let old = crate::desk::at(NOW_MS - 3001);
    refused_for(Condition::Trades, |s| s.records[1] = trade_of(old, Src::Dtc, SideSource::Flag));
    let old = crate::desk::at(NOW_MS - 1001);
    refused_for(Condition::Quotes, |s| s.records[2] = quote_of(old, Src::Dtc));
    refused_for(Condition::Quotes, |s| {
        s.records.pop();
    });
    let ahead = crate::desk::at(NOW_MS + 251);
    refused_for(Condition::Quotes, |s| s.records[2] = quote_of(ahead, Src::Dtc));
}

#[test]
fn with_guessed_sides_nothing_leaves() {
    for ss in [SideSource::Tick, SideSource::Quote, SideSource::None] {
        refused_for(Condition::Sides, |s| {
            s.records[1] = trade_of(crate::desk::at(0), Src::Dtc, ss);
        });
    }
}

#[test]
fn with_a_latch_nothing_is_entered_and_a_flatten_leaves() {
    let latch = |op, name: &str| {
        let latches = vec![name.to_owned()];
        let reason = Some("max_drawdown".to_owned());
        Acct { latches, reason, ..blank_acct(crate::desk::at(1), es(), op) }
    };
    let cases = [(AcctOp::Latch, "day"), (AcctOp::Kill, "manual"), (AcctOp::Open, "recon")];
    for (op, name) in cases {
        refused_for(Condition::Latch, |s| s.records.push(latch(op, name).into()));
    }
    let mut latched = setting();
    latched.records.push(latch(AcctOp::Latch, "day").into());
    let exit = flatten("f:1", 0, None);
    let (sent, reasons) = outcome(latched, &both(&exit, &sealed(&exit)));
    assert_eq!((sent, reasons), (vec![exit], Vec::new()));
    let mut opened = setting();
    opened.records.push(latch(AcctOp::Latch, "manual").into());
    opened.records.push(latch(AcctOp::Reset, "manual").into());
    assert_eq!(outcome(opened, &usual()).0, [order()]);
}

#[test]
fn with_a_kill_file_nothing_is_entered() {
    refused_for(Condition::KillFile, |s| s.killed = true);
}

#[test]
fn without_the_key_nothing_leaves() {
    refused_for(Condition::Key, |s| s.permission.key = Err("no state folder is named".into()));
}

#[test]
fn what_is_not_sealed_by_this_session_never_leaves() {
    let order = order();
    let good = sealed(&order);
    let other_key = Sealer::new(SealKey::new([8; 32])).seal(&order).unwrap();
    let mut larger = order.clone();
    larger.qty = 2;
    let mut foreign = order.clone();
    foreign.by = By::Signal;
    let mut naked = order.clone();
    naked.stop = None;
    let late = bracket("o:a", NOW_MS - 2001, Side::Buy, 1, 5000.5, 4997.5, 5003.0);
    let early = bracket("o:a", NOW_MS + 2001, Side::Buy, 1, 5000.5, 4997.5, 5003.0);
    let another = bracket("o:b", 0, Side::Buy, 1, 5000.5, 4997.5, 5003.0);
    let renumbered = Seal { seq: 2, ..good.clone() };
    let capitals = Seal { mac: good.mac.to_uppercase(), ..good.clone() };
    let cases: Vec<(&str, Vec<Record>)> = vec![
        ("seal_missing", vec![order.clone().into()]),
        ("seal_wrong", both(&order, &other_key)),
        ("seal_wrong", both(&larger, &good)),
        ("seal_wrong", both(&order, &renumbered)),
        ("seal_wrong", both(&order, &capitals)),
        ("seal_wrong", both(&order, &Seal { mac: String::new(), ..good.clone() })),
        ("not_by_risk", both(&foreign, &sealed(&foreign))),
        ("no_stop", both(&naked, &sealed(&naked))),
        ("stale", both(&late, &sealed(&late))),
        ("stale", both(&early, &sealed(&early))),
        ("seal_of_another", both(&another, &good)),
    ];
    for (reason, records) in cases {
        let (sent, reasons) = outcome(setting(), &records);
        assert_eq!(sent, [], "{reason}");
        assert_eq!(reasons, [reason]);
    }
    // Something between order and seal: the seal is nobody's.
    let mut torn = usual();
    torn.insert(1, crate::desk::clock(1));
    assert_eq!(outcome(setting(), &torn), (Vec::new(), vec!["seal_missing".to_owned()]));
}

#[test]
fn a_seal_is_good_once() {
    let twice = [usual(), usual()].concat();
    let (sent, reasons) = outcome(setting(), &twice);
    assert_eq!((sent.len(), reasons), (1, vec!["seal_replayed".to_owned()]));
    let mut sealer = Sealer::new(key());
    let first = sealer.seal(&order()).unwrap();
    let other = bracket("o:b", 0, Side::Buy, 1, 5000.5, 4997.5, 5003.0);
    let second = sealer.seal(&other).unwrap();
    let swapped = [both(&other, &second), both(&order(), &first)].concat();
    let (sent, reasons) = outcome(setting(), &swapped);
    assert_eq!((sent, reasons), (vec![other], vec!["seal_replayed".to_owned()]));
}

/// No byte of an order's line can be changed after it was sealed: either the line is no order any
/// more, or it is the same order written otherwise, or it does not leave.
#[test]
fn an_altered_byte_never_leaves() {
    let line = codec::to_line(&order().into()).unwrap();
    let seal = sealed(&order());
    for at in 0..line.len() - 1 {
        for flip in [1, 2, 4, 16] {
            let mut altered = line.clone();
            altered[at] ^= flip;
            let Ok(Record::Order(found)) = codec::decode(Kind::Order, &altered) else { continue };
            if found == order() {
                continue;
            }
            let (sent, reasons) = outcome(setting(), &both(&found, &seal));
            assert_eq!(sent, [], "{}", String::from_utf8_lossy(&altered));
            assert_eq!(reasons.len(), 1);
        }
    }
}

// ---- the command ----

fn exec(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(EXEC);
    command.args(args).env_remove("MIA_CONFIG").env_remove("MIA_STATE").env_remove("MIA_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process::feed(command.spawn().unwrap(), input)
}

/// Everything that the command needs, in `dir`; its arguments and its input.
fn everything(dir: &Path) -> (Vec<String>, Vec<u8>) {
    let state = dir.join("state");
    std::fs::create_dir(&state).unwrap();
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(state.join("seal.key"));
    std::io::Write::write_all(&mut file.unwrap(), key().to_hex().as_bytes()).unwrap();
    let now = mia::stream::clock::now_us();
    let config = live_config();
    let gate = serde_json::json!({
        "model_hash": "none",
        "config_hash": config_hash(&config).unwrap(),
        "data_hash": "d",
        "git": "g",
        "period": {"out_of_sample": true, "net": true, "sessions": 120},
        "n": 200,
        "metrics": {
            "psr0": 0.95, "dsr": 0.95, "pbo": 0.2, "pf_p05": 1.01, "drawdown_p95": 0.08,
            "baseline_rank": 0.96, "paper_sessions": 20, "paper_slippage_ticks": 0.5,
            "paper_same_signals": true,
        },
        "made": now - DAY_US,
        "expires": now + DAY_US,
    });
    let path = dir.join("gate.json");
    std::fs::write(&path, gate.to_string()).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let args = ["--live", "--account", "U123", "--set", "live=true", "--set", "account.name=U123"];
    let mut args: Vec<String> = args.map(str::to_owned).to_vec();
    args.extend(["--gate".into(), text(&path), "--state".into(), text(&state)]);
    let records = [
        stream_of(now, StreamMode::Live, StreamPhase::Run),
        trade_of(now, Src::Dtc, SideSource::Flag),
        // Minutes of patience for a slow machine: a stamp of a moment ago would be stale in a second.
        quote_of(now + 240_000, Src::Dtc),
    ];
    (args, crate::desk::bytes(&records))
}

fn called(args: &[String], input: &[u8]) -> (i32, String) {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = exec(&args, input);
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_command_names_every_condition_that_is_missing() {
    let empty = tempfile::tempdir().unwrap();
    let state = empty.path().to_str().unwrap().to_owned();
    let (code, told) = called(&["--live".into(), "--state".into(), state], b"");
    assert_eq!(code, 77, "{told}");
    for condition in Condition::ALL {
        let missing =
            !matches!(condition, Condition::Flag | Condition::Latch | Condition::KillFile);
        let line = format!("  {}: ", condition.name());
        assert_eq!(told.contains(&line), missing, "{}: {told}", condition.name());
        assert_eq!(told.contains(condition.remedy()), missing, "{told}");
    }
    assert!(told.contains("9 conditions do not hold"), "{told}");
}

#[test]
fn the_command_with_everything_says_that_there_is_no_live_broker() {
    let dir = tempfile::tempdir().unwrap();
    let (args, input) = everything(dir.path());
    let (code, told) = called(&args, &input);
    // On a machine that stood still for a second in between the quote is stale: no other way out.
    let slow = code == 77 && told.contains("1 of its conditions") && told.contains("quotes: ");
    assert!(slow || (code == 78 && told.contains("no live broker")), "{code}: {told}");
}

/// What is taken away: of the folder, the arguments, the input.
type Change<'a> = &'a dyn Fn(&Path, &mut Vec<String>, &mut Vec<u8>);

#[test]
fn the_command_refuses_for_what_alone_is_missing() {
    let without = |name: &str, change: Change<'_>| {
        let dir = tempfile::tempdir().unwrap();
        let (mut args, mut input) = everything(dir.path());
        change(dir.path(), &mut args, &mut input);
        let (code, told) = called(&args, &input);
        assert_eq!(code, 77, "{name}: {told}");
        assert!(told.contains(&format!("  {name}: ")), "{name}: {told}");
    };
    without("config", &|_, args, _| args[4] = "live=false".into());
    without("account", &|_, args, _| args[2] = "U124".into());
    without("gate", &|dir, _, _| std::fs::write(dir.join("gate.json"), "{}").unwrap());
    without("key", &|dir, _, _| {
        let key = dir.join("state/seal.key");
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
    });
    without("mode", &|_, _, input| {
        let text = String::from_utf8(input.clone()).unwrap();
        *input = text.replace("\"mode\":\"live\"", "\"mode\":\"replay\"").into_bytes();
    });
    without("kill_file", &|dir, args, _| {
        let kill = dir.join("STOP");
        std::fs::write(&kill, "enough\n").unwrap();
        args.extend(["--kill-file".into(), kill.to_str().unwrap().into()]);
    });
}

/// Makes the gate file that `args` name so many days old, and gives its name.
fn gate_aged(args: &[String], days: i64) -> String {
    let path = args[args.iter().position(|arg| arg == "--gate").unwrap() + 1].clone();
    let text = std::fs::read(&path).unwrap();
    let mut gate: serde_json::Value = serde_json::from_slice(&text).unwrap();
    gate["made"] = (mia::stream::clock::now_us() - days * DAY_US).into();
    std::fs::write(&path, gate.to_string()).unwrap();
    path
}

/// What mia-risk with the gate says of it: in the first record of the account, and to people.
fn risk_with(gate: &str, more: &[&str]) -> (Option<String>, String, String) {
    let market = [
        crate::desk::quote(0, 5000.0, 50, 5000.25, 50),
        crate::desk::trade(1, 5000.0, 1),
        crate::desk::signal("a", 2, Side::Buy, 5000.0, 4997.5, 5003.0).into(),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-risk"));
    command.args(["--gate", gate]).args(more);
    command.env_remove("MIA_CONFIG").env_remove("MIA_STATE").env_remove("MIA_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = process::feed(command.spawn().unwrap(), &crate::desk::bytes(&market));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let find = |part: &str| {
        let line = lines.lines().find(|line| line.contains(part)).unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()
    };
    let open = find("\"op\":\"open\"")["reason"].as_str().map(str::to_owned);
    let verdict = find("\"t\":\"verdict\"");
    let mode = verdict["checks"].as_array().unwrap().iter().find(|c| c["code"] == "MODE").unwrap();
    (open, mode["na"].as_str().unwrap_or("").to_owned(), told)
}

#[test]
fn mia_risk_tells_an_open_gate_and_what_closes_a_stale_one() {
    let dir = tempfile::tempdir().unwrap();
    let (args, input) = everything(dir.path());
    let gate = gate_aged(&args, 1);
    let (open, mode, told) = risk_with(&gate, &[]);
    assert_eq!((open.as_deref(), mode.as_str()), (Some("gate_open"), "paper"), "{told}");
    assert!(!told.contains("the gate is closed"), "{told}");
    // Other settings than the gate was made of, and live: the check names the first fault.
    let (open, mode, told) = risk_with(&gate, &["--profile", "live"]);
    assert_eq!((open, mode.as_str()), (None, "config_hash"), "{told}");
    // A month later.
    let gate = gate_aged(&args, 31);
    let (open, _, told) = risk_with(&gate, &[]);
    assert_eq!(open, None);
    let fault = "made is 31 days old, needed: at most 30 days ago";
    assert!(told.contains(&format!("the gate is closed: {fault}")), "{told}");
    // mia-exec reads the same file and refuses for the same reason.
    let (code, told) = called(&args, &input);
    assert_eq!(code, 77, "{told}");
    assert!(told.contains(&format!("  gate: gate_closed: {fault}")), "{told}");
}

#[test]
fn live_is_never_the_default_and_never_paper() {
    assert!(!Config::default().live);
    let (code, told) = called(&["--account".into(), "U1".into()], b"");
    assert_eq!(code, 2, "{told}");
    let (code, told) = called(&["--live".into(), "paper".into()], b"");
    assert_eq!(code, 2, "{told}");
}
