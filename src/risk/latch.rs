//! Latches: what closes the gate, and who may open it again.

/// Halts that outlive their cause.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Latches {
    /// Why the day is over; opened by the next session alone.
    pub day: Option<String>,
    /// Why everything is over; opened by hand alone.
    pub manual: Option<String>,
}

impl Latches {
    /// Name of the day latch on the wire.
    pub const DAY: &'static str = "day";
    /// Name of the manual latch on the wire.
    pub const MANUAL: &'static str = "manual";

    /// Sets a latch as an earlier run left it. A latch without a name of its own here is a manual one:
    /// doubt stops trading.
    pub fn restore(&mut self, name: &str, reason: &str) {
        let latch = if name == Self::DAY { &mut self.day } else { &mut self.manual };
        latch.get_or_insert_with(|| reason.to_owned());
    }

    /// Opens a latch by name.
    pub fn open(&mut self, name: &str) {
        match name {
            Self::DAY => self.day = None,
            Self::MANUAL => self.manual = None,
            _ => {}
        }
    }

    /// Names and reasons of the latches that are set.
    pub fn entries(&self) -> impl Iterator<Item = (String, String)> {
        let named = |name: &'static str, reason: &Option<String>| {
            reason.as_ref().map(|reason| (name.to_owned(), reason.clone()))
        };
        named(Self::DAY, &self.day).into_iter().chain(named(Self::MANUAL, &self.manual))
    }

    /// The reason of a latch that demands that everything is closed.
    pub fn closing(&self) -> Option<String> {
        self.manual.clone().or_else(|| self.day.clone())
    }

    /// Names of the latches that are set.
    pub fn names(&self) -> Vec<String> {
        let day = self.day.as_ref().map(|_| Self::DAY.to_owned());
        let manual = self.manual.as_ref().map(|_| Self::MANUAL.to_owned());
        day.into_iter().chain(manual).collect()
    }
}
