//! From records to messages for people: pure templates.

use crate::market::Cents;
use crate::market::Px;
use crate::market::Side;
use crate::market::Sym;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::Check;
use crate::wire::Fill;
use crate::wire::Leg;
use crate::wire::Num;
use crate::wire::Record;
use crate::wire::Roundtrip;
use crate::wire::Signal;
use crate::wire::SignalOp;
use crate::wire::Stream;
use crate::wire::StreamMode;
use crate::wire::StreamPhase;
use crate::wire::Verdict;
use crate::wire::codec;
use serde::Serialize;
use std::fmt::Write;

/// Something to tell a person.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Message {
    /// One line; results that are not real money say so first.
    pub title: String,
    /// The facts.
    pub text: String,
    /// Urgency.
    pub level: AlertLevel,
    /// Stamp of the record, microseconds UTC.
    pub ts: i64,
    /// Symbol of the record.
    pub sym: Sym,
    /// The record itself, as a line of the wire without its line feed.
    #[serde(skip)]
    pub record: Vec<u8>,
}

impl Message {
    /// The message as a JSON object: `title`, `text`, `level`, `ts`, `sym`, `record`.
    pub fn json(&self) -> Vec<u8> {
        // Texts and integers only: serialising them cannot fail.
        let mut json = serde_json::to_vec(self).unwrap_or_default();
        if self.record.first() == Some(&b'{') && json.last() == Some(&b'}') {
            json.pop();
            json.extend_from_slice(b",\"record\":");
            json.extend_from_slice(&self.record);
            json.push(b'}');
        }
        json
    }

    /// The JSON Schema of [`Message::json`].
    pub fn schema() -> serde_json::Value {
        let levels: Vec<_> =
            [AlertLevel::Info, AlertLevel::Warning, AlertLevel::Critical, AlertLevel::Emergency]
                .map(level_name)
                .into();
        serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "message",
            "description": "Something to tell a person.",
            "type": "object",
            "properties": {
                "title": {
                    "type": "string",
                    "description": "One line; what is not live or not real money says so first."
                },
                "text": { "type": "string", "description": "The facts." },
                "level": { "enum": levels, "description": "Urgency." },
                "ts": {
                    "type": "integer",
                    "description": "Stamp of the record, microseconds UTC."
                },
                "sym": { "type": "string", "description": "Symbol of the record." },
                "record": { "type": "object", "description": "The record, as on the wire." }
            },
            "required": ["title", "text", "level", "ts", "sym", "record"],
            "additionalProperties": true
        })
    }

    /// The message as a line for people: time (UTC), level, title, text.
    pub fn line(&self) -> String {
        let time = jiff::Timestamp::from_microsecond(self.ts)
            .map_or_else(|_| self.ts.to_string(), |t| t.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        let text = self.text.replace(['\n', '\r'], " ");
        let title = self.title.replace(['\n', '\r'], " ");
        let separator = if text.is_empty() { "" } else { ": " };
        format!("{time} {:<9} {title}{separator}{text}", level_name(self.level))
    }
}

/// The level as text.
pub const fn level_name(level: AlertLevel) -> &'static str {
    match level {
        AlertLevel::Info => "info",
        AlertLevel::Warning => "warning",
        AlertLevel::Critical => "critical",
        AlertLevel::Emergency => "emergency",
    }
}

/// Turns records into messages; remembers what the stream says it is.
#[derive(Clone, Debug)]
pub struct Composer {
    mode: Option<StreamMode>,
    phase: StreamPhase,
    real_money: bool,
}

impl Composer {
    /// `real_money`: whether fills come from a broker's live account; otherwise they say `paper`.
    pub const fn new(real_money: bool) -> Self {
        Self { mode: None, phase: StreamPhase::Run, real_money }
    }

    /// The message that `record` is worth, if any. Records of a warm-up are history: none.
    pub fn compose(&mut self, record: &Record) -> Option<Message> {
        if let Record::Stream(Stream { mode, phase, .. }) = record {
            (self.mode, self.phase) = (Some(*mode), *phase);
            return None;
        }
        if self.phase == StreamPhase::Warmup {
            return None;
        }
        let (level, title, text) = match record {
            Record::Signal(signal) => signal_text(signal),
            Record::Verdict(verdict) => refusal_text(verdict)?,
            Record::Fill(fill) => fill_text(fill),
            Record::Roundtrip(trip) => roundtrip_text(trip),
            Record::Acct(acct) => latch_text(acct)?,
            Record::Alert(alert) => alert_text(alert),
            _ => return None,
        };
        let result = matches!(record, Record::Fill(_) | Record::Roundtrip(_) | Record::Acct(_));
        let mut line = Vec::new();
        // A record that was read can be written: it holds no value that is not finite.
        if codec::encode(record, &mut line).is_err() {
            line.clear();
        }
        line.pop();
        Some(Message {
            title: format!("{}{title}", self.label(result)),
            text,
            level,
            ts: record.ts(),
            sym: record.sym(),
            record: line,
        })
    }

    /// What the reader must know before anything else: that this is not live, not real money.
    fn label(&self, is_result: bool) -> String {
        let mode = match self.mode {
            Some(StreamMode::Live) => None,
            Some(StreamMode::Delayed) => Some("delayed"),
            Some(StreamMode::Replay) => Some("replay"),
            Some(StreamMode::Synthetic) => Some("synthetic"),
            None => Some("source unknown"),
        };
        let paper = (is_result && !self.real_money).then_some("paper");
        let words: Vec<&str> = mode.into_iter().chain(paper).collect();
        if words.is_empty() { String::new() } else { format!("[{}] ", words.join(", ")) }
    }
}

const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
        Side::None => "NO SIDE",
    }
}

const fn leg_name(leg: Leg) -> &'static str {
    match leg {
        Leg::Entry => "entry",
        Leg::Stop => "stop",
        Leg::Target => "target",
        Leg::Flatten => "flatten",
    }
}

fn prices(prices: &[Px]) -> String {
    prices.iter().map(Px::to_string).collect::<Vec<_>>().join(" then ")
}

fn dollars(amount: Cents) -> String {
    let sign = if amount.0 > 0 { "+" } else { "" };
    format!("{sign}{amount} $")
}

/// A number without the digits nobody reads.
fn short(number: Num) -> String {
    let text = format!("{:.2}", number.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn signal_text(signal: &Signal) -> (AlertLevel, String, String) {
    let what = match signal.op {
        SignalOp::Enter => "SIGNAL",
        SignalOp::Exit => "EXIT SIGNAL",
    };
    let title = format!(
        "{what} {} {} at {} ({})",
        side_name(signal.side),
        signal.sym,
        signal.entry,
        signal.pattern
    );
    let mut text = String::new();
    if signal.op == SignalOp::Enter {
        let risk = (signal.entry.points() - signal.stop.points()).abs();
        let reward = signal.targets.first().map(|t| (t.points() - signal.entry.points()).abs());
        let _ = write!(text, "stop {}, target {}", signal.stop, prices(&signal.targets));
        if let Some(reward) = reward.filter(|_| risk > 0.0) {
            let _ = write!(text, ", {} R", short(Num(reward / risk)));
        }
        text.push_str(", ");
    }
    let confidence = match signal.confidence {
        Some(p) if !signal.uncalibrated => format!("{} % to win", short(Num(p.0 * 100.0))),
        _ => "uncalibrated".to_owned(),
    };
    let _ = write!(text, "{}, {confidence}. {}", signal.regime.to_lowercase(), signal.msg);
    (AlertLevel::Info, title, text)
}

/// A signal that risk refused, and every check that failed. A pass is followed by its order.
fn refusal_text(verdict: &Verdict) -> Option<(AlertLevel, String, String)> {
    if verdict.pass {
        return None;
    }
    let failed = |check: &&Check| check.ok == Some(false);
    let checks: Vec<String> = verdict.checks.iter().filter(failed).map(check_text).collect();
    let reason = verdict.reason.as_deref().unwrap_or("no reason given");
    let title = format!("REFUSED {}: {reason}", verdict.sym);
    let text = if checks.is_empty() {
        format!("signal {}", verdict.sig)
    } else {
        format!("{}; signal {}", checks.join(", "), verdict.sig)
    };
    Some((AlertLevel::Info, title, text))
}

fn check_text(check: &Check) -> String {
    match (check.value, check.limit) {
        (Some(value), Some(limit)) => {
            format!("{} {} against {}", check.code, short(value), short(limit))
        }
        _ => check.code.to_string(),
    }
}

fn fill_text(fill: &Fill) -> (AlertLevel, String, String) {
    let title = format!(
        "FILL {} {} {} at {} ({})",
        side_name(fill.side),
        fill.qty,
        fill.sym,
        fill.px,
        leg_name(fill.leg)
    );
    (AlertLevel::Info, title, format!("fee {} $, order {}", fill.fee, fill.order))
}

fn roundtrip_text(trip: &Roundtrip) -> (AlertLevel, String, String) {
    let outcome = match trip.pnl.0 {
        0 => "BREAK-EVEN",
        1.. => "WIN",
        _ => "LOSS",
    };
    let title = format!("{outcome} {} {} ({})", dollars(trip.pnl), trip.sym, trip.reason);
    let minutes = (trip.closed - trip.opened).max(0) / 60_000_000;
    let seconds = (trip.closed - trip.opened).max(0) / 1_000_000 % 60;
    let mut text = format!(
        "{} {} from {} to {} in {minutes} min {seconds} s",
        side_name(trip.side),
        trip.qty,
        short(trip.entry),
        short(trip.exit),
    );
    if let Some(r) = trip.r {
        let _ = write!(text, ", {} R", short(r));
    }
    let _ = write!(text, ", worst {} and best {} ticks", trip.mae, trip.mfe);
    if let Some(pattern) = &trip.pattern {
        let _ = write!(text, ", {pattern}");
    }
    (AlertLevel::Info, title, text)
}

/// Latches and the kill switch; all other account facts are in other records.
fn latch_text(acct: &Acct) -> Option<(AlertLevel, String, String)> {
    let (level, what) = match acct.op {
        AcctOp::Latch => (AlertLevel::Emergency, "TRADING HALTED"),
        AcctOp::Kill => (AlertLevel::Emergency, "KILL SWITCH"),
        AcctOp::Reset => (AlertLevel::Warning, "HALT LIFTED"),
        _ => return None,
    };
    let latches = acct.latches.join(", ");
    let title = if latches.is_empty() { what.to_owned() } else { format!("{what}: {latches}") };
    Some((level, title, acct.reason.clone().unwrap_or_default()))
}

fn alert_text(alert: &Alert) -> (AlertLevel, String, String) {
    let sym = if alert.sym == Sym::NONE { String::new() } else { format!(" {}", alert.sym) };
    let title = format!("{}{sym} (mia-{})", alert.code, alert.by);
    (alert.level, title, alert.msg.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str) -> Record {
        let kind = codec::peek(line.as_bytes()).unwrap().unwrap();
        codec::decode(kind, line.as_bytes()).unwrap()
    }

    fn stream(mode: &str, phase: &str) -> Record {
        record(&format!(
            r#"{{"t":"stream","ts":1,"sym":"ES","v":1,"src":"syn","mode":"{mode}","phase":"{phase}","run":"r","tool":"t"}}"#
        ))
    }

    const TRIP: &str = r#"{"t":"roundtrip","ts":1773066600000000,"sym":"ESM26","by":"exec","order":"o1","sig":"s1","pattern":"va_rejection","side":"B","qty":2,"opened":1773066000000000,"closed":1773066095000000,"entry":5000.25,"exit":5003.5,"reason":"target","gross":325,"fee":9,"pnl":316,"r":1.859,"mae":-3,"mfe":14}"#;

    fn said(mode: &str, real_money: bool, line: &str) -> Option<Message> {
        let mut composer = Composer::new(real_money);
        composer.compose(&stream(mode, "run"));
        composer.compose(&record(line))
    }

    #[test]
    fn a_closed_trade_says_first_that_it_is_not_real() {
        let message = said("synthetic", false, TRIP).unwrap();
        assert_eq!(message.title, "[synthetic, paper] WIN +316.00 $ ESM26 (target)");
        assert_eq!(
            message.text,
            "BUY 2 from 5000.25 to 5003.5 in 1 min 35 s, 1.86 R, worst -3 and best 14 ticks, \
             va_rejection"
        );
        assert_eq!(
            message.line(),
            format!("2026-03-09 14:30:00Z info      {}: {}", message.title, message.text)
        );
        assert!(said("replay", false, TRIP).unwrap().title.starts_with("[replay, paper] WIN"));
        assert!(said("live", false, TRIP).unwrap().title.starts_with("[paper] WIN"));
        assert!(said("live", true, TRIP).unwrap().title.starts_with("WIN"));
        let unknown = Composer::new(true).compose(&record(TRIP)).unwrap();
        assert!(unknown.title.starts_with("[source unknown] WIN"));
    }

    #[test]
    fn losses_and_break_even_are_called_so() {
        let loss = TRIP.replace("\"pnl\":316", "\"pnl\":-84.5");
        assert!(said("live", true, &loss).unwrap().title.starts_with("LOSS -84.50 $"));
        let even = TRIP.replace("\"pnl\":316", "\"pnl\":0");
        assert!(said("live", true, &even).unwrap().title.starts_with("BREAK-EVEN 0.00 $"));
    }

    #[test]
    fn a_signal_gives_stop_target_and_reward() {
        let line = r#"{"t":"signal","ts":5,"sym":"ESM26","by":"signal","ct":5,"op":"enter","id":"x","pattern":"va_rejection","side":"S","entry":5000,"stop":5002,"targets":[4997,4995],"manage":{"hold_min":null,"trail":null,"be_after_t1":false,"exits":[]},"confluence":0.5,"confidence":null,"uncalibrated":true,"regime":"RANGE","level_ids":[],"why":[],"msg":"It turned.","expires":9}"#;
        let message = said("live", true, line).unwrap();
        assert_eq!(message.title, "SIGNAL SELL ESM26 at 5000 (va_rejection)");
        assert_eq!(
            message.text,
            "stop 5002, target 4997 then 4995, 1.5 R, range, uncalibrated. It turned."
        );
        assert_eq!(message.record, line.as_bytes());
    }

    #[test]
    fn a_refusal_names_every_failed_check() {
        let line = r#"{"t":"verdict","ts":5,"sym":"ESM26","by":"risk","ct":5,"sig":"x","pass":false,"reason":"POS","qty":0,"checks":[{"code":"KILL","value":null,"limit":null,"ok":true},{"code":"POS","value":3,"limit":2,"ok":false},{"code":"SESS","value":null,"limit":null,"ok":false}]}"#;
        let message = said("replay", false, line).unwrap();
        assert_eq!(message.title, "[replay] REFUSED ESM26: POS");
        assert_eq!(message.text, "POS 3 against 2, SESS; signal x");
        assert_eq!(said("replay", false, &line.replace("\"pass\":false", "\"pass\":true")), None);
    }

    #[test]
    fn latches_are_emergencies_and_other_account_facts_silent() {
        let line = r#"{"t":"acct","ts":5,"sym":"*","by":"risk","op":"latch","latches":["DAY"],"reason":"day loss 612.50 $ of 600 $"}"#;
        let message = said("live", true, line).unwrap();
        assert_eq!(message.level, AlertLevel::Emergency);
        assert_eq!(message.title, "TRADING HALTED: DAY");
        assert_eq!(message.text, "day loss 612.50 $ of 600 $");
        assert_eq!(said("live", true, &line.replace("\"latch\",", "\"fill\",")), None);
    }

    #[test]
    fn a_warm_up_is_silent_and_market_records_always_are() {
        let mut composer = Composer::new(true);
        composer.compose(&stream("replay", "warmup"));
        assert_eq!(composer.compose(&record(TRIP)), None);
        composer.compose(&stream("live", "run"));
        assert!(composer.compose(&record(TRIP)).is_some());
        let trade = r#"{"t":"trade","ts":5,"sym":"ES","px":5000,"sz":1,"side":"B","ss":"flag","src":"syn"}"#;
        assert_eq!(composer.compose(&record(trade)), None);
    }

    #[test]
    fn the_json_holds_the_record_and_stays_one_line() {
        let line = r#"{"t":"alert","ts":5,"sym":"*","by":"monitor","level":"critical","code":"feed_lost","msg":"no \"tick\"\nfor 30 s"}"#;
        let message = said("live", true, line).unwrap();
        assert_eq!(message.level, AlertLevel::Critical);
        let json = message.json();
        assert!(!json.contains(&b'\n'));
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["title"], "feed_lost (mia-monitor)");
        assert_eq!(value["level"], "critical");
        assert_eq!(value["record"]["code"], "feed_lost");
        assert!(!message.line().contains('\n'));
    }
}
