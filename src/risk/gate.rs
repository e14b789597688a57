//! The gate for live trading: what a report must have shown (QUANT 8.3).

use crate::config::Config;
use serde::Deserialize;
use sha2::Digest;
use sha2::Sha256;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// Days that a gate file is good for.
const AGE_DAYS: i64 = 30;
/// Trades that it must rest on.
const TRADES: u64 = 200;
/// Sessions that it must rest on.
const SESSIONS: u64 = 120;
/// Sessions of paper trading that it must rest on.
const PAPER_SESSIONS: u64 = 20;

/// A `gate.json`, as mia-report writes it. What is missing counts as not shown.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// SHA-256 of the model file; `none` where no model scores signals.
    pub model_hash: Option<String>,
    /// SHA-256 of the settings, by [`config_hash`].
    pub config_hash: Option<String>,
    /// SHA-256 of the data.
    pub data_hash: Option<String>,
    /// Commit of the program.
    pub git: Option<String>,
    /// What it was measured on.
    pub period: Period,
    /// Trades.
    pub n: Option<u64>,
    /// The measures.
    pub metrics: Metrics,
    /// When it was made, microseconds UTC.
    pub made: Option<i64>,
    /// When it ends, microseconds UTC.
    pub expires: Option<i64>,
}

/// What a gate was measured on.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Period {
    /// Whether nothing in it was used to choose or train anything.
    pub out_of_sample: Option<bool>,
    /// Whether results are after fees and slippage.
    pub net: Option<bool>,
    /// Sessions in it.
    pub sessions: Option<u64>,
}

/// The measures of a gate; a number that is not finite counts as missing.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Probability that the Sharpe ratio is above zero.
    pub psr0: Option<f64>,
    /// Deflated Sharpe ratio: the same after the number of trials.
    pub dsr: Option<f64>,
    /// Probability of backtest overfitting.
    pub pbo: Option<f64>,
    /// Profit factor, 5 % quantile of the bootstrap.
    pub pf_p05: Option<f64>,
    /// Largest drawdown, 95 % quantile of the bootstrap, share of equity.
    pub drawdown_p95: Option<f64>,
    /// The lowest rank among the results of a baseline, 0 to 1.
    pub baseline_rank: Option<f64>,
    /// Sessions traded on paper.
    pub paper_sessions: Option<u64>,
    /// Slippage on paper less that of the replay of the same sessions, ticks.
    pub paper_slippage_ticks: Option<f64>,
    /// Whether paper and replay had the same signals.
    pub paper_same_signals: Option<bool>,
}

/// Something that a gate does not show.
#[derive(Clone, PartialEq, Debug)]
pub struct GateFault {
    /// The condition: a key of the file.
    pub what: &'static str,
    /// What the file says; `missing` if nothing.
    pub found: String,
    /// What it must say.
    pub needed: String,
}

impl std::fmt::Display for GateFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}, needed: {}", self.what, self.found, self.needed)
    }
}

/// What is about to be traded: the gate must have been made of the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traded {
    /// SHA-256 of the model file, or `none`.
    pub model_hash: String,
    /// [`config_hash`] of the settings in force.
    pub config_hash: String,
}

impl Gate {
    /// Reads a gate file.
    ///
    /// # Errors
    /// It is not JSON, or a value has the wrong type.
    pub fn parse(text: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text)
    }

    /// Everything that closes the gate at `now` (microseconds UTC); nothing: it is open.
    pub fn faults(&self, traded: &Traded, now: i64) -> Vec<GateFault> {
        let metrics = &self.metrics;
        let mut list = Faults(Vec::new());
        list.same("model_hash", self.model_hash.as_deref(), &traded.model_hash);
        list.same("config_hash", self.config_hash.as_deref(), &traded.config_hash);
        list.named("data_hash", self.data_hash.as_deref());
        list.named("git", self.git.as_deref());
        list.yes("period.out_of_sample", self.period.out_of_sample);
        list.yes("period.net", self.period.net);
        list.count("period.sessions", self.period.sessions, SESSIONS);
        list.count("n", self.n, TRADES);
        // What is no probability (a percentage, say) shows nothing.
        let sure = |share: f64| (0.95..=1.0).contains(&share);
        list.number("metrics.psr0", metrics.psr0, "from 0.95 to 1", sure);
        list.number("metrics.dsr", metrics.dsr, "from 0.95 to 1", sure);
        list.number("metrics.pbo", metrics.pbo, "at most 0.20", |pbo| (0.0..=0.20).contains(&pbo));
        list.number("metrics.pf_p05", metrics.pf_p05, "above 1", |pf| pf > 1.0);
        let small = |drawdown| (0.0..=0.08).contains(&drawdown);
        list.number("metrics.drawdown_p95", metrics.drawdown_p95, "at most 0.08", small);
        let first = |rank: f64| rank > 0.95 && rank <= 1.0;
        list.number("metrics.baseline_rank", metrics.baseline_rank, "above 0.95, to 1", first);
        list.count("metrics.paper_sessions", metrics.paper_sessions, PAPER_SESSIONS);
        let near = |ticks: f64| ticks.abs() <= 0.5;
        list.number(
            "metrics.paper_slippage_ticks",
            metrics.paper_slippage_ticks,
            "within 0.5",
            near,
        );
        list.yes("metrics.paper_same_signals", metrics.paper_same_signals);
        let age = self.made.map(|made| now.saturating_sub(made));
        let young = age.is_some_and(|age| (0..=AGE_DAYS * DAY_US).contains(&age));
        let found = age.map(|age| match age / DAY_US {
            _ if age < 0 => "in the future".to_owned(),
            days => format!("{days} days old"),
        });
        list.check("made", found, format!("at most {AGE_DAYS} days ago"), young);
        let valid = self.expires.is_some_and(|expires| now < expires);
        let found = self.expires.map(|expires| expires.to_string());
        list.check("expires", found, "in the future (microseconds UTC)".into(), valid);
        list.0
    }
}

struct Faults(Vec<GateFault>);

impl Faults {
    fn check(&mut self, what: &'static str, found: Option<String>, needed: String, ok: bool) {
        if !ok {
            let found = found.unwrap_or_else(|| "missing".to_owned());
            self.0.push(GateFault { what, found, needed });
        }
    }

    fn same(&mut self, what: &'static str, found: Option<&str>, needed: &str) {
        self.check(what, found.map(str::to_owned), needed.to_owned(), found == Some(needed));
    }

    fn named(&mut self, what: &'static str, found: Option<&str>) {
        let ok = found.is_some_and(|text| !text.trim().is_empty());
        self.check(what, found.map(|text| format!("`{text}`")), "a name".into(), ok);
    }

    fn yes(&mut self, what: &'static str, found: Option<bool>) {
        self.check(what, found.map(|yes| yes.to_string()), "true".into(), found == Some(true));
    }

    fn count(&mut self, what: &'static str, found: Option<u64>, least: u64) {
        let ok = found.is_some_and(|count| count >= least);
        self.check(what, found.map(|count| count.to_string()), format!("at least {least}"), ok);
    }

    fn number(
        &mut self,
        what: &'static str,
        found: Option<f64>,
        needed: &str,
        ok: impl Fn(f64) -> bool,
    ) {
        let good = found.is_some_and(|value| value.is_finite() && ok(value));
        self.check(what, found.map(|value| value.to_string()), needed.to_owned(), good);
    }
}

/// SHA-256 of the settings: every value, wherever it came from. The name of the account and the
/// switch `live` are left out: they say where orders go, not which.
///
/// # Errors
/// A setting that cannot be written as JSON.
pub fn config_hash(config: &Config) -> serde_json::Result<String> {
    let mut config = config.clone();
    config.live = false;
    config.account.name.clear();
    Ok(sha256(&serde_json::to_vec(&config)?))
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
