//! The other side of `IQFeed`, as a script: what `IQConnect` says, with faults by the second.

use crate::scripted::Opening;
use crate::scripted::Peer;
use crate::scripted::Reply;
use crate::scripted::SECOND;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mia::feeds::live::Now;
use std::collections::BTreeMap;
use std::ops::Range;

/// The port whose data are updates.
const LEVEL1: u16 = 5009;

/// When what goes wrong, seconds from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Connections are refused.
    pub refuse: Vec<Range<i64>>,
    /// Connections hang.
    pub hang: Vec<Range<i64>>,
    /// Nothing is said or answered on any connection.
    pub mute: Vec<Range<i64>>,
    /// Heartbeats go on, data do not.
    pub quiet: Vec<Range<i64>>,
    /// Every connection is closed.
    pub close: Vec<i64>,
    /// `IQConnect` has no connection to the servers.
    pub away: Vec<Range<i64>>,
    /// Closed this long after each connection, microseconds.
    pub close_after: Option<i64>,
}

fn is_in(ranges: &[Range<i64>], second: i64) -> bool {
    ranges.iter().any(|range| range.contains(&second))
}

/// A scripted `IQConnect`.
#[derive(Default)]
pub struct IqPeer {
    pub faults: Faults,
    /// When connections were asked for, microseconds.
    pub attempts: Vec<i64>,
    /// Every line received, with its second.
    pub lines: Vec<(i64, String)>,
    /// Lines said once, with their second, instead of the usual data.
    pub says: Vec<(i64, String)>,
    /// Answer to the protocol request; empty: 6.2.
    pub protocol: String,
    /// Answer to every history request.
    pub history: String,
    pub pending: BTreeMap<usize, Vec<u8>>,
    pub ports: BTreeMap<usize, u16>,
    pub fields: Vec<String>,
    pub watched: Vec<String>,
    pub number: u64,
}

/// Eastern clock of `utc` as date `MM/DD/YYYY` and time of day.
pub fn eastern(utc: i64) -> (String, String) {
    let zone = TimeZone::get("America/New_York").unwrap();
    let at = zone.to_datetime(Timestamp::from_microsecond(utc).unwrap());
    let date = format!("{:02}/{:02}/{:04}", at.month(), at.day(), at.year());
    let us = at.subsec_nanosecond() / 1000;
    (date, format!("{:02}:{:02}:{:02}.{us:06}", at.hour(), at.minute(), at.second()))
}

impl IqPeer {
    pub fn with(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    /// One that says these lines at these seconds.
    pub fn saying(says: Vec<(i64, String)>) -> Self {
        Self { says, ..Self::default() }
    }

    /// How often a line that starts with `start` was received.
    pub fn count(&self, start: &str) -> usize {
        self.lines.iter().filter(|(_, line)| line.starts_with(start)).count()
    }

    /// An update of a symbol in the fields that were selected.
    fn update(&mut self, kind: char, symbol: &str, contents: &str, utc: i64) -> String {
        let (date, time) = eastern(utc);
        let number = self.number.to_string();
        let side = (1 + self.number % 2).to_string();
        let bid = if self.number.is_multiple_of(2) { "6000.25" } else { "6000.5" };
        let value = |field: &String| match field.as_str() {
            "Symbol" => symbol,
            "Most Recent Trade" => "6000.50",
            "Most Recent Trade Size" => "3",
            "Most Recent Trade Date" => &date,
            "Most Recent Trade Time" | "Bid Time" | "Ask Time" => &time,
            "Most Recent Trade Aggressor" => &side,
            "TickID" | "Total Volume" => &number,
            "Bid" => bid,
            "Ask" => "6000.75",
            "Bid Size" => "12",
            "Ask Size" => "9",
            "Message Contents" => contents,
            _ => "",
        };
        let cells: Vec<_> = self.fields.iter().map(value).collect();
        format!("{kind},{},\r\n", cells.join(","))
    }

    fn answer(&mut self, line: &str, now: Now) -> String {
        if line.starts_with("S,SET PROTOCOL,") {
            let protocol = if self.protocol.is_empty() { "6.2" } else { &self.protocol };
            return format!("S,CURRENT PROTOCOL,{protocol}\r\n");
        }
        if let Some(names) = line.strip_prefix("S,SELECT UPDATE FIELDS,") {
            self.fields = names.split(',').map(str::to_owned).collect();
            return format!("S,CURRENT UPDATE FIELDNAMES,{names}\r\n");
        }
        if let Some(symbol) = line.strip_prefix('w') {
            let symbol = symbol.to_owned();
            if symbol.contains("99") {
                return format!("n,{symbol}\r\n");
            }
            let summary = self.update('P', &symbol, "Cbacv", now.utc - 3 * SECOND);
            self.watched.retain(|watched| *watched != symbol);
            self.watched.push(symbol);
            return summary;
        }
        if line.starts_with('H') {
            return self.history.clone();
        }
        if line == "S,CLIENTSTATS ON" {
            return "S,STATS,,,0,0,1,0,0,0,,,Connected,6.2.0.25,474614,0,0,,0.02,0.02,,\r\n".into();
        }
        String::new()
    }
}

impl Peer for IqPeer {
    fn opened(&mut self, link: usize, port: u16, now: Now) -> Opening {
        self.ports.insert(link, port);
        let second = now.mono / SECOND;
        self.attempts.push(now.mono);
        if is_in(&self.faults.refuse, second) {
            Opening::Refuse
        } else if is_in(&self.faults.hang, second) {
            Opening::Hang
        } else {
            Opening::Accept
        }
    }

    fn accepted(&mut self, link: usize, now: Now, out: &mut Vec<(i64, Reply)>) {
        self.pending.remove(&link);
        if self.ports[&link] == LEVEL1 {
            self.watched.clear();
        }
        let second = now.mono / SECOND;
        if is_in(&self.faults.mute, second) {
            return;
        }
        let state = if is_in(&self.faults.away, second) { "DISCONNECTED" } else { "CONNECTED" };
        out.push((10, Reply::Bytes(format!("S,KEY,1234\r\nS,SERVER {state}\r\n").into())));
        out.extend(self.faults.close_after.map(|after| (after, Reply::Close)));
    }

    fn heard(&mut self, link: usize, bytes: &[u8], now: Now, out: &mut Vec<(i64, Reply)>) {
        let second = now.mono / SECOND;
        self.pending.entry(link).or_default().extend_from_slice(bytes);
        loop {
            let pending = self.pending.entry(link).or_default();
            let Some(end) = pending.iter().position(|byte| *byte == b'\n') else { return };
            let line: Vec<_> = pending.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            assert!(line.ends_with("\r\n"), "every command ends with CR LF: {line:?}");
            let line = line.trim_end().to_owned();
            self.lines.push((second, line.clone()));
            if !is_in(&self.faults.mute, second) {
                let answer = self.answer(&line, now);
                out.push((500, Reply::Bytes(answer.into_bytes())));
            }
        }
    }

    fn second(&mut self, link: usize, now: Now, out: &mut Vec<(i64, Reply)>) {
        let second = now.mono / SECOND;
        if is_in(&self.faults.mute, second) {
            return;
        }
        if self.faults.close.contains(&second) {
            out.push((0, Reply::Close));
            return;
        }
        let (date, time) = eastern(now.utc);
        let stamp = format!("T,{}{}{} {}\r\n", &date[6..], &date[..2], &date[3..5], &time[..8]);
        out.push((0, Reply::Bytes(stamp.into_bytes())));
        for range in &self.faults.away {
            let word = if range.start == second {
                "DISCONNECTED"
            } else if range.end == second {
                "CONNECTED"
            } else {
                continue;
            };
            out.push((0, Reply::Bytes(format!("S,SERVER {word}\r\n").into_bytes())));
        }
        let of_depth = |line: &str| {
            line.starts_with("S,CLEAR") || line.starts_with(|c: char| c.is_ascii_digit())
        };
        let is_level1 = self.ports[&link] == LEVEL1;
        let here = |line: &str| of_depth(line) != is_level1;
        let said = self.says.iter().filter(|(at, line)| *at == second && here(line));
        let said: String = said.map(|(_, line)| format!("{line}\r\n")).collect();
        out.push((0, Reply::Bytes(said.into_bytes())));
        if !is_level1 || is_in(&self.faults.quiet, second) || is_in(&self.faults.away, second) {
            return;
        }
        for symbol in self.watched.clone() {
            self.number += 1;
            let line = self.update('Q', &symbol, "Cba", now.utc + 80_000);
            // Never exactly a second apart: a clock is due then.
            let after = 90_000 + second % 7 * 1000;
            out.push((after, Reply::Bytes(line.into_bytes())));
        }
    }
}
