//! Latches: what closes the gate, who may open it again, and the state that they make together.

use crate::market::Side;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is still allowed. The order is that of severity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum TradingState {
    /// Everything.
    #[default]
    Normal,
    /// No entry; what is open is managed to its end.
    HaltEntries,
    /// No entry, and what was open has been told to close.
    FlattenOnly,
    /// As before, until a person says otherwise, and the process ends once flat.
    Emergency,
}

impl TradingState {
    /// The text in records and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::HaltEntries => "halt_entries",
            Self::FlattenOnly => "flatten_only",
            Self::Emergency => "emergency",
        }
    }
}

/// Halts that outlive their cause.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Latches {
    /// Why the day is over; opened by the next session alone.
    pub day: Option<String>,
    /// Why everything is over; opened by hand alone.
    pub manual: Option<String>,
    /// The other latches, by name, and why each is set.
    others: BTreeMap<Cow<'static, str>, String>,
}

impl Latches {
    /// Name of the day latch on the wire.
    pub const DAY: &'static str = "day";
    /// Name of the manual latch on the wire.
    pub const MANUAL: &'static str = "manual";
    /// Reason of [`Self::MANUAL`]: equity fell to the floor that trails its highest.
    pub const TRAILING_DRAWDOWN: &'static str = "trailing_drawdown";
    /// Reason of [`Self::MANUAL`]: too large a share of the highest equity is lost.
    pub const MAX_DRAWDOWN: &'static str = "max_drawdown";
    /// Too many order messages; opened by hand alone.
    pub const RATE: &'static str = "rate";
    /// Too many rejected orders; opened by hand alone.
    pub const REJECT: &'static str = "reject";
    /// Own and broker's position differ; opened by hand alone.
    pub const RECON: &'static str = "recon";
    /// Reason of [`Self::RECON`] where a position was found that no stop is known to cover: it is closed.
    pub const UNPROTECTED: &'static str = "unprotected";
    /// The feed is down; opened by the feed when it is back.
    pub const STALE: &'static str = "stale";
    /// How the name of a pattern's latch begins; opened by the next session.
    pub const PATTERN: &'static str = "pattern:";

    /// Name of the latch of a pattern and side.
    pub fn pattern(pattern: &str, side: Side) -> String {
        let side = if side == Side::Buy { "B" } else { "S" };
        format!("{}{pattern}:{side}", Self::PATTERN)
    }

    /// What check REPEAT says of a pattern that is latched.
    pub(super) const PATTERN_SET: &'static str = "latched";

    /// Whether the latch of a pattern and side is set; nothing is built to find out.
    pub(super) fn has_pattern(&self, pattern: &str, side: Side) -> bool {
        let of_side = if side == Side::Buy { ":B" } else { ":S" };
        let rest = |name: &str| {
            let rest = name.strip_prefix(Self::PATTERN)?;
            Some(rest.strip_suffix(of_side)? == pattern)
        };
        self.others.keys().any(|name| rest(name) == Some(true))
    }

    /// Whether the latch `name` is opened by a person alone.
    pub fn is_by_hand(name: &str) -> bool {
        matches!(name, Self::MANUAL | Self::RATE | Self::REJECT | Self::RECON)
    }

    /// Whether the next session opens the latch `name`.
    pub fn is_of_the_session(name: &str) -> bool {
        name == Self::DAY || name.starts_with(Self::PATTERN)
    }

    /// Whether a latch with this reason comes back at the next record, as long as drawdowns are
    /// measured from the same high.
    pub fn is_of_drawdown(reason: &str) -> bool {
        matches!(reason, Self::TRAILING_DRAWDOWN | Self::MAX_DRAWDOWN)
    }

    /// Why the latch `name` is set, if it is.
    pub fn reason(&self, name: &str) -> Option<&str> {
        match name {
            Self::DAY => self.day.as_deref(),
            Self::MANUAL => self.manual.as_deref(),
            other => self.others.get(other).map(String::as_str),
        }
    }

    /// Sets the latch `name`; `false` if it was set already: the first reason stays.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, reason: &str) -> bool {
        let name = name.into();
        if self.reason(&name).is_some() {
            return false;
        }
        match &*name {
            Self::DAY => self.day = Some(reason.to_owned()),
            Self::MANUAL => self.manual = Some(reason.to_owned()),
            _ => {
                self.others.insert(name, reason.to_owned());
            }
        }
        true
    }

    /// Opens the latch `name`; `false` if it was not set.
    pub fn clear(&mut self, name: &str) -> bool {
        match name {
            Self::DAY => self.day.take().is_some(),
            Self::MANUAL => self.manual.take().is_some(),
            other => self.others.remove(other).is_some(),
        }
    }

    /// Sets a latch as an earlier run left it. A latch without a name of its own here is a manual one:
    /// doubt stops trading. Whether the feed is down it says itself.
    pub fn restore(&mut self, name: &str, reason: &str) {
        let known = name == Self::DAY || name.starts_with(Self::PATTERN) || Self::is_by_hand(name);
        match (known, name) {
            (_, Self::STALE) => {}
            (true, name) => {
                self.set(name.to_owned(), reason);
            }
            (false, _) => {
                self.set(Self::MANUAL, reason);
            }
        }
    }

    /// Names and reasons of the latches that are set.
    pub fn entries(&self) -> impl Iterator<Item = (String, String)> {
        let named = |name: &'static str, reason: &Option<String>| {
            reason.as_ref().map(|reason| (name.to_owned(), reason.clone()))
        };
        let others = self.others.iter();
        let others = others.map(|(name, reason)| (name.clone().into_owned(), reason.clone()));
        let first = named(Self::DAY, &self.day).into_iter();
        first.chain(named(Self::MANUAL, &self.manual)).chain(others)
    }

    /// The reason of a latch that demands that everything is closed.
    pub fn closing(&self) -> Option<String> {
        let lost = self.day.as_ref().filter(|reason| *reason != Self::TARGET);
        self.manual.as_ref().or(lost).cloned()
    }

    /// Names of the latches that are set.
    pub fn names(&self) -> Vec<String> {
        let day = self.day.as_ref().map(|_| Self::DAY.to_owned());
        let manual = self.manual.as_ref().map(|_| Self::MANUAL.to_owned());
        let others = self.others.keys().map(|name| name.clone().into_owned());
        day.into_iter().chain(manual).chain(others).collect()
    }

    /// Names of the latches that the next session opens.
    pub fn of_the_session(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| Self::is_of_the_session(name)).collect()
    }

    /// Whether a person has to open one before anything is entered again.
    pub fn needs_hand(&self) -> bool {
        self.manual.is_some() || self.others.keys().any(|name| Self::is_by_hand(name))
    }

    /// What the latches allow together: the most severe of what each allows. A pattern's latch stops
    /// that pattern alone, a day that reached its target takes no further entry.
    pub fn state(&self) -> TradingState {
        let day = self.day.as_deref().map(|reason| match reason {
            Self::TARGET => TradingState::HaltEntries,
            _ => TradingState::FlattenOnly,
        });
        let manual = self.manual.as_ref().map(|_| TradingState::Emergency);
        let others = self.others.keys().filter(|name| !name.starts_with(Self::PATTERN));
        let others = others.map(|name| match &**name {
            Self::RECON if self.is_unprotected() => TradingState::FlattenOnly,
            _ => TradingState::HaltEntries,
        });
        day.into_iter().chain(manual).chain(others).max().unwrap_or_default()
    }

    fn is_unprotected(&self) -> bool {
        self.reason(Self::RECON) == Some(Self::UNPROTECTED)
    }

    /// Reason of the day latch that is set by a profit.
    pub const TARGET: &'static str = "day_target";

    /// The gravest latch that check KILL answers for, and the state: `manual/emergency`.
    pub(super) fn halt(&self) -> Option<&'static str> {
        if self.manual.is_some() {
            return Some("manual/emergency");
        }
        if self.is_unprotected() {
            return Some("recon/flatten_only");
        }
        let halts = [
            (Self::RECON, "recon/halt_entries"),
            (Self::RATE, "rate/halt_entries"),
            (Self::REJECT, "reject/halt_entries"),
            (Self::STALE, "stale/halt_entries"),
        ];
        halts.into_iter().find(|(name, _)| self.others.contains_key(*name)).map(|(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_that_of_the_gravest_latch() {
        let mut latches = Latches::default();
        assert_eq!(latches.state(), TradingState::Normal);
        assert!(latches.set(Latches::pattern("x", Side::Sell), "repeat"));
        assert_eq!((latches.state(), latches.halt()), (TradingState::Normal, None));
        assert!(latches.set(Latches::RATE, "per_second"));
        assert_eq!(latches.state(), TradingState::HaltEntries);
        assert_eq!(latches.halt(), Some("rate/halt_entries"));
        assert!(latches.set(Latches::DAY, "day_loss"));
        assert_eq!(latches.state(), TradingState::FlattenOnly);
        assert!(latches.set(Latches::MANUAL, "kill"));
        assert_eq!(latches.state(), TradingState::Emergency);
        assert_eq!(latches.halt(), Some("manual/emergency"));
        assert_eq!(latches.names(), ["day", "manual", "pattern:x:S", "rate"]);
        assert_eq!(latches.of_the_session(), ["day", "pattern:x:S"]);
    }

    #[test]
    fn the_first_reason_stays_and_only_its_own_name_opens_a_latch() {
        let mut latches = Latches::default();
        for name in ["day", "manual", "rate", "reject", "recon", "stale", "pattern:x:B"] {
            assert!(latches.set(name, "first"));
            assert!(!latches.set(name, "second"));
            assert_eq!(latches.reason(name), Some("first"));
        }
        assert!(latches.needs_hand());
        for name in latches.names() {
            assert!(latches.clear(&name) && !latches.clear(&name));
        }
        assert_eq!(latches, Latches::default());
    }

    #[test]
    fn a_day_that_reached_its_target_only_takes_no_entry() {
        let mut latches = Latches::default();
        latches.set(Latches::DAY, Latches::TARGET);
        assert_eq!(latches.state(), TradingState::HaltEntries);
    }
}
