//! What a check of a DTC server learns.

use crate::feeds::Diagnosis;
use crate::feeds::dtc::words;
use crate::protocols::dtc::LogonResponse;
use crate::protocols::dtc::LogonStatus;
use crate::wire::FailureClass;

/// What the server said to the request for a symbol.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It sends data.
    Served,
    /// It refuses, with its reason.
    Refused(String),
}

/// What was learnt.
#[derive(Debug)]
pub(super) struct Findings {
    answers: Vec<Option<Answer>>,
}

impl Findings {
    /// Nothing, of so many symbols.
    pub fn new(symbols: usize) -> Self {
        Self { answers: vec![None; symbols] }
    }

    /// Notes an answer; a refusal stands.
    pub fn answer(&mut self, at: usize, answer: Answer) {
        match self.answers.get_mut(at) {
            Some(Some(Answer::Refused(_))) | None => {}
            Some(known) => *known = Some(answer),
        }
    }

    /// Whether every symbol was answered.
    pub fn is_complete(&self) -> bool {
        self.answers.iter().all(Option::is_some)
    }

    /// Says it in words. `names` are the symbols as the server spells them.
    pub fn report(
        &self,
        logon: Option<&LogonResponse>,
        names: &[&str],
        depth: bool,
        diagnosis: &mut Diagnosis,
    ) {
        let Some(logon) = logon else {
            return diagnosis.bad(
                FailureClass::Unavailable,
                "logon",
                "the server did not answer the logon",
                words::SERVER_SETTINGS,
            );
        };
        let text = logon.result_text.as_str().escape_debug().to_string();
        match logon.result {
            LogonStatus::SUCCESS => {
                let server = logon.server_name.as_str().escape_debug().to_string();
                let version = logon.protocol_version;
                diagnosis.good("logon", format!("{server}, protocol {version}: {text}"));
                offers(logon, depth, diagnosis);
            }
            LogonStatus::ERROR_NO_RECONNECT => {
                // The failure that the client reports says it.
                return;
            }
            LogonStatus::RECONNECT => {
                let to = logon.reconnect_address.as_str().escape_debug().to_string();
                let remedy = format!("check that server: mia-feed dtc --check {to}");
                return diagnosis.doubt("logon", format!("the server sends on to {to}"), remedy);
            }
            other => {
                let finding = format!("refused ({other:?}): {text}");
                let (class, remedy) = (FailureClass::Unavailable, words::SERVER_SETTINGS);
                return diagnosis.bad(class, "logon", finding, remedy);
            }
        }
        for (name, answer) in names.iter().zip(&self.answers) {
            match answer {
                Some(Answer::Served) => diagnosis.good("symbol", format!("{name} is served")),
                Some(Answer::Refused(reason)) => diagnosis.bad(
                    FailureClass::NotPermitted,
                    "symbol",
                    format!("{name} is refused: {}", reason.escape_debug()),
                    words::RESTRICTION,
                ),
                None => diagnosis.doubt(
                    "symbol",
                    format!("nothing came of {name}, neither data nor a refusal"),
                    "the market may be closed; compare the spelling in Sierra Chart",
                ),
            }
        }
    }
}

/// What the server says that it offers.
fn offers(logon: &LogonResponse, depth: bool, diagnosis: &mut Diagnosis) {
    if logon.market_data_supported == 0 {
        let finding = "market data are not offered";
        diagnosis.bad(FailureClass::NotPermitted, "market data", finding, words::RESTRICTION);
    } else {
        diagnosis.good("market data", "offered (each exchange apart: see the symbols)");
    }
    match (logon.market_depth_is_supported, depth) {
        (0, true) => diagnosis.bad(
            FailureClass::NotPermitted,
            "depth",
            "market depth is not offered",
            "leave --depth out",
        ),
        (0, false) => diagnosis.good("depth", "not offered, and not asked for"),
        _ => diagnosis.good("depth", "offered"),
    }
    if logon.trading_is_supported == 0 {
        diagnosis.doubt(
            "trading",
            "orders are not accepted",
            "only mia-exec dtc needs it: Allow Trading in the settings of the DTC Protocol Server",
        );
    } else {
        let yes = |flag: u8| if flag == 0 { "no" } else { "yes" };
        let (oco, brackets) = (logon.oco_orders_supported, logon.bracket_orders_supported);
        let replace = logon.order_cancel_replace_supported;
        diagnosis.good(
            "trading",
            format!(
                "orders are accepted (OCO {}, brackets {}, cancel and replace {})",
                yes(oco),
                yes(brackets),
                yes(replace)
            ),
        );
    }
}
