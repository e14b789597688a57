//! What a check learns from the ports.

use crate::feeds::Diagnosis;
use crate::feeds::iqfeed::Contract;
use crate::feeds::iqfeed::Update;
use crate::feeds::iqfeed::client::PROTOCOL;
use crate::feeds::iqfeed::client::Port;
use crate::feeds::iqfeed::client::Talk;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::live::Now;
use crate::market::Px;
use crate::wire::FailureClass;

/// Clocks that differ by more are worth knowing, microseconds. The servers' time has whole seconds.
const CLOCK_US: i64 = 2_000_000;

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub version: Option<String>,
    pub delayed: bool,
    pub unknown: Vec<String>,
    pub without_depth: Vec<String>,
    pub complaints: Vec<String>,
    seen: Vec<(Contract, Option<Px>)>,
    /// What the servers' clock showed, and when that came.
    time: Option<(i64, i64)>,
}

impl Findings {
    /// The servers said what time it is.
    pub const fn heard_time(&mut self, local: i64, now: Now) {
        self.time = Some((local, now.utc));
    }

    /// A symbol has data.
    pub fn saw(&mut self, contract: Contract, update: &Update) {
        match self.seen.iter_mut().find(|(seen, _)| *seen == contract) {
            Some(seen) => seen.1 = update.last.or(seen.1),
            None => self.seen.push((contract, update.last)),
        }
    }

    /// Tells everything, in the order in which a user would look at it.
    pub fn tell(
        &self,
        talks: &[Talk],
        wanted: &[Contract],
        login: bool,
        eastern: &Eastern,
        now: Now,
        diagnosis: &mut Diagnosis,
    ) {
        if !talks.iter().any(|talk| talk.connected) {
            return;
        }
        protocols(talks, diagnosis);
        self.login(talks, login, diagnosis);
        self.symbols(wanted, diagnosis);
        self.clock(eastern, now, diagnosis);
        for text in &self.complaints {
            diagnosis.doubt("message", format!("IQFeed says: {text}"), "see the vendor's manual");
        }
    }

    fn login(&self, talks: &[Talk], login: bool, diagnosis: &mut Diagnosis) {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        let told = talks.iter().filter_map(|talk| talk.server);
        let source = if login { "the environment" } else { "the IQFeed program" };
        match told.reduce(|a, b| a && b) {
            Some(true) => {
                let text = format!("IQConnect {version} is connected to the IQFeed servers");
                diagnosis.good("login", text);
            }
            Some(false) => diagnosis.bad(
                FailureClass::Unavailable,
                "login",
                format!("IQConnect {version} has no connection to the IQFeed servers"),
                format!(
                    "the login comes from {source}: is it right, is the account logged in on \
                     another computer, is the network there? IQFEED_PRODUCT_ID, IQFEED_LOGIN and \
                     IQFEED_PASSWORD let mia-feed log in"
                ),
            ),
            None => diagnosis.doubt(
                "login",
                "IQConnect does not say whether it is connected to the IQFeed servers",
                "look at its window",
            ),
        }
        if self.delayed {
            diagnosis.bad(
                FailureClass::NotPermitted,
                "service",
                "the account has delayed data only",
                "subscribe to the real-time data of the exchange, or give --allow-delayed",
            );
        }
    }

    fn symbols(&self, wanted: &[Contract], diagnosis: &mut Diagnosis) {
        for contract in wanted {
            let Contract { vendor, sym, .. } = *contract;
            if self.unknown.iter().any(|name| name == vendor.as_str()) {
                let text = format!("IQFeed does not know {vendor}");
                let remedy = "name a contract that is listed, for example ESZ25";
                diagnosis.bad(FailureClass::Config, "symbol", text, remedy);
            } else if let Some((_, last)) = self.seen.iter().find(|(seen, _)| seen == contract) {
                let last = last.map(|px| format!(", last {px}")).unwrap_or_default();
                diagnosis.good("symbol", format!("{sym} ({vendor}){last}"));
            } else {
                let text = format!("no answer about {vendor}");
                let remedy = "is the exchange in the subscription?";
                diagnosis.bad(FailureClass::Unavailable, "symbol", text, remedy);
            }
        }
        for name in &self.without_depth {
            let text = format!("IQFeed has no market depth of {name}");
            diagnosis.doubt("depth", text, "market depth is a subscription of its own");
        }
    }

    fn clock(&self, eastern: &Eastern, now: Now, diagnosis: &mut Diagnosis) {
        let Some((local, at)) = self.time else { return };
        let Ok(shown) = eastern.shown(at.min(now.utc)) else { return };
        // The servers' time is cut to whole seconds: half a second less on average.
        let off = shown - local - 500_000;
        let text = format!("{}.{} s", off.abs() / 1_000_000, off.abs() % 1_000_000 / 100_000);
        if off.abs() <= CLOCK_US {
            diagnosis.good("clock", format!("within {text} of the servers'"));
        } else {
            let word = if off > 0 { "ahead of" } else { "behind" };
            let text = format!("this computer is {text} {word} the servers");
            diagnosis.doubt("clock", text, "let the system set the clock (NTP)");
        }
    }
}

fn protocols(talks: &[Talk], diagnosis: &mut Diagnosis) {
    for talk in talks.iter().filter(|talk| talk.connected) {
        let name = match talk.port {
            Port::Level1 => "level 1",
            Port::Depth => "depth",
            Port::Lookup => "lookup",
            Port::Admin => "admin",
        };
        match talk.protocol.as_deref() {
            Some(PROTOCOL) => diagnosis.good("protocol", format!("{name}: {PROTOCOL}")),
            Some(other) => diagnosis.bad(
                FailureClass::Unavailable,
                "protocol",
                format!("{name}: {other} instead of {PROTOCOL}"),
                "update the IQFeed program",
            ),
            None => diagnosis.bad(
                FailureClass::Unavailable,
                "protocol",
                format!("{name}: no answer to the protocol request"),
                "another program may listen on this port: close it, or name the right port",
            ),
        }
    }
}
