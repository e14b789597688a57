//! What was looked at, what passed, what did not.

use crate::market::Sym;
use crate::quality::Code;
use crate::quality::Finding;
use crate::quality::Format;
use crate::wire::Alert;
use crate::wire::AlertLevel;
use crate::wire::By;
use serde_json::json;

/// An input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputSummary {
    /// File, or `standard input`.
    pub name: String,
    /// What it holds; `None` if it is empty.
    pub format: Option<Format>,
    /// Lines read.
    pub lines: u64,
}

/// The end of a check.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The inputs, in order.
    pub inputs: Vec<InputSummary>,
    /// Records and foreign rows checked.
    pub records: u64,
    /// Symbols watched.
    pub symbols: usize,
    /// Records of symbols beyond `quality.symbols_max`.
    pub unwatched: u64,
    /// Option rows beyond `quality.chain.rows_max`.
    pub rows_left_out: u64,
    /// Symbols of products that are not configured, the first few: neither tick nor hours are known.
    pub unknown_products: Vec<Sym>,
    /// Time zone in which foreign stamps without one were read.
    pub zone: String,
    /// Newest stamp, microseconds UTC.
    pub newest: Option<i64>,
    /// In how many places each code was looked for.
    pub looked: Vec<(Code, u64)>,
    /// What was found, by symbol and code.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether something is beyond its tolerance.
    pub fn refused(&self) -> bool {
        self.findings.iter().any(Finding::refuses)
    }

    /// The codes that were looked for and not found.
    pub fn passed(&self) -> impl Iterator<Item = Code> {
        let found = |code: Code| self.findings.iter().any(|finding| finding.code == code);
        self.looked
            .iter()
            .filter(move |(code, looked)| *looked > 0 && !found(*code))
            .map(|(c, _)| *c)
    }

    /// The codes for which there was nothing to look at.
    pub fn not_looked(&self) -> impl Iterator<Item = Code> {
        self.looked.iter().filter(|(_, looked)| *looked == 0).map(|(code, _)| *code)
    }

    /// The time zone that was assumed, if an input is of a format that names none.
    pub fn assumed_zone(&self) -> Option<&str> {
        let foreign = |input: &InputSummary| input.format.is_some_and(|f| f != Format::Wire);
        self.inputs.iter().any(foreign).then_some(self.zone.as_str())
    }

    /// The names of the findings beyond their tolerance, each once.
    pub fn reasons(&self) -> Vec<&'static str> {
        let mut codes: Vec<Code> =
            self.findings.iter().filter(|f| f.refuses()).map(|f| f.code).collect();
        codes.sort();
        codes.dedup();
        codes.into_iter().map(Code::name).collect()
    }

    /// Everything in a sentence or two.
    pub fn sentence(&self) -> String {
        let lines: u64 = self.inputs.iter().map(|input| input.lines).sum();
        let mut text = format!(
            "{lines} lines and {} records of {} symbols looked at; {} checks passed",
            self.records,
            self.symbols,
            self.passed().count(),
        );
        let (refused, told): (Vec<_>, Vec<_>) = self.findings.iter().partition(|f| f.refuses());
        for (findings, what) in [(told, "within tolerance"), (refused, "REFUSED")] {
            let list = findings.iter().map(|f| format!("{} {} ({})", f.count, f.code, f.first));
            let list: Vec<String> = list.collect();
            if !list.is_empty() {
                text += &format!("; {what}: {}", list.join(", "));
            }
        }
        if let Some(zone) = self.assumed_zone() {
            text += &format!("; stamps without a zone were read as {zone}");
        }
        if self.unwatched > 0 {
            text += &format!("; {} records of further symbols were not looked at", self.unwatched);
        }
        if self.rows_left_out > 0 {
            text += &format!("; {} option rows were not looked at", self.rows_left_out);
        }
        if !self.unknown_products.is_empty() {
            let list: Vec<_> = self.unknown_products.iter().map(Sym::as_str).collect();
            text +=
                &format!("; not configured, so without tick and trading hours: {}", list.join(" "));
        }
        text
    }

    /// The summary as a record, the last one of a check.
    pub fn alert(&self) -> Alert {
        let names = |codes: &mut dyn Iterator<Item = Code>| -> Vec<&str> {
            codes.map(Code::name).collect()
        };
        let inputs: Vec<_> = self
            .inputs
            .iter()
            .map(|i| json!({"name": i.name, "format": i.format.map(Format::about), "lines": i.lines}))
            .collect();
        let refused = self.refused();
        Alert {
            ts: self.newest.unwrap_or_default(),
            sym: Sym::NONE,
            by: By::Check,
            level: if refused { AlertLevel::Critical } else { AlertLevel::Info },
            code: "check_summary".into(),
            msg: self.sentence(),
            data: Some(json!({
                "refused": refused,
                "reasons": self.reasons(),
                "passed": names(&mut self.passed()),
                "not_looked": names(&mut self.not_looked()),
                "inputs": inputs,
                "records": self.records,
                "symbols": self.symbols,
            })),
        }
    }
}
