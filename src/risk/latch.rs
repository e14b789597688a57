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

    /// Names of the latches that are set.
    pub fn names(&self) -> Vec<String> {
        let day = self.day.as_ref().map(|_| Self::DAY.to_owned());
        let manual = self.manual.as_ref().map(|_| Self::MANUAL.to_owned());
        day.into_iter().chain(manual).collect()
    }
}
