//! What a user is told when a server refuses.

use crate::feeds::live::Flow;
use crate::wire::Failure;
use crate::wire::FailureClass;

/// What to look at when there is no connection.
pub(super) const SERVER_SETTINGS: &str = "in Sierra Chart, Global Settings > Sierra Chart Server \
     Settings > DTC Protocol Server: Enable, the port (11099 by default), this computer among the \
     Allowed Incoming IPs, Require TLS off; with Require Authentication set MIA_DTC_USER and \
     MIA_DTC_PASSWORD";

/// What to look at when there is no connection for history.
pub(super) const HISTORY_SETTINGS: &str = "in Sierra Chart, Global Settings > Sierra Chart Server \
     Settings > DTC Protocol Server: Enable, the Historical Port (11098 by default), this computer \
     among the Allowed Incoming IPs, Require TLS off; with Require Authentication set MIA_DTC_USER \
     and MIA_DTC_PASSWORD";

/// What to set when the encoding is none that is spoken here.
pub(super) const SET_ENCODING: &str = "in Sierra Chart, Global Settings > Sierra Chart Server \
     Settings > DTC Protocol Server > Encoding: Automatic, Binary or JSON";

/// The rule behind most refusals.
pub(super) const RESTRICTION: &str = "Sierra Chart's DTC server gives no data of CME, CBOE, EUREX, \
     NASDAQ and consolidated US equities, not even to programs on the same machine: follow the \
     .scid file: mia-feed sierra FILE.scid --follow";

/// The logon is refused for good.
pub(super) fn logon_refused(text: &str) -> Failure {
    Failure::new(
        FailureClass::NotPermitted,
        format!("the DTC server refuses the logon for good: {text}"),
    )
    .hint(
        "set MIA_DTC_USER and MIA_DTC_PASSWORD to the Sierra Chart login, or turn Require \
           Authentication off in the settings of the DTC Protocol Server",
    )
}

/// The server does not serve market data at all.
pub(super) fn no_market_data(server: &str) -> Failure {
    Failure::new(
        FailureClass::NotPermitted,
        format!("the DTC server `{}` serves no market data", server.escape_debug()),
    )
    .hint(RESTRICTION)
}

/// The server does not serve the book.
pub(super) fn no_depth(server: &str) -> Failure {
    Failure::new(
        FailureClass::NotPermitted,
        format!("the DTC server `{}` serves no market depth", server.escape_debug()),
    )
    .hint(
        "leave --depth out; with Sierra Chart read the book from the .depth file: mia-feed sierra \
           FILE.depth --follow",
    )
}

/// A symbol is not served.
pub(super) fn rejected(name: &str, reason: &str, flow: Flow) -> Failure {
    let what = if flow == Flow::Depth { "market depth" } else { "market data" };
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    Failure::new(
        FailureClass::NotPermitted,
        format!("the DTC server refuses {what} of {name}: {}", reason.escape_debug()),
    )
    .hint(format!(
        "{RESTRICTION}; for a symbol of another exchange compare the spelling in Sierra Chart"
    ))
}

/// History of a symbol is refused.
pub(super) fn history_rejected(name: &str, reason: &str) -> Failure {
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    Failure::new(
        FailureClass::NotPermitted,
        format!("the DTC server refuses history of {name}: {}", reason.escape_debug()),
    )
    .hint(format!("{RESTRICTION} (without --follow for history)"))
}
