//! Volume since the regular open against the same minute of earlier sessions (QUANT 4, feature 17).

use crate::features::history::SlotHistory;
use crate::features::reason::Reason;
use crate::features::reason::Value;

/// Minutes of the longest regular session, with room for other calendars.
const MINUTES: usize = 480;

/// Cumulative volume by minute of regular hours.
///
/// # Formula
/// `ln(volume since the regular open / median of the same minute over 20 sessions)`, taken at closed
/// minutes; `warmup` with fewer than 5 sessions.
#[derive(Clone, Debug)]
pub struct RelativeVolume {
    history: SlotHistory,
    volume: u64,
    minutes: usize,
    value: Value,
    open: bool,
}

impl RelativeVolume {
    /// Empty, with how many sessions to keep and to need.
    pub fn new(sessions_max: usize, sessions_min: usize) -> Self {
        Self {
            history: SlotHistory::new(MINUTES, sessions_max, sessions_min),
            volume: 0,
            minutes: 0,
            value: Err(Reason::SessionClosed),
            open: false,
        }
    }

    /// Regular hours begin.
    pub fn open(&mut self) {
        (self.volume, self.minutes, self.open) = (0, 0, true);
        self.value = Err(Reason::Warmup);
    }

    /// Adds the contracts of a minute (or input bar) that ended `minutes` after the regular open.
    pub fn add(&mut self, minutes: usize, volume: u64) {
        if !self.open || minutes == 0 {
            return;
        }
        self.fill_to(minutes - 1);
        self.volume += volume;
        self.fill_to(minutes);
        self.value = match self.history.median(minutes - 1) {
            None => Err(Reason::Warmup),
            Some(median) if median > 0.0 && self.volume > 0 => {
                Ok(libm::log(self.volume as f64 / median))
            }
            Some(_) => Err(Reason::Degenerate),
        };
    }

    /// Minutes without trades keep the volume reached.
    fn fill_to(&mut self, minutes: usize) {
        while self.minutes < minutes.min(MINUTES) {
            if let Some(slot) = self.history.slot_mut(self.minutes) {
                *slot = Some(self.volume);
            }
            self.minutes += 1;
        }
    }

    /// Regular hours end after `minutes`; they become history if `keep`.
    pub fn close(&mut self, minutes: usize, keep: bool) {
        if self.open {
            self.fill_to(minutes);
            self.history.end_session(keep && self.volume > 0);
        }
        self.open = false;
        self.value = Err(Reason::SessionClosed);
    }

    /// `ctx_rvol` as of the last closed minute.
    ///
    /// # Errors
    /// `session_closed` outside regular hours, `warmup` with too few sessions, `degenerate` at 0.
    pub fn value(&self) -> Value {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_is_compared_with_the_same_minute() {
        let mut volume = RelativeVolume::new(20, 5);
        assert_eq!(volume.value(), Err(Reason::SessionClosed));
        for _ in 0..5 {
            volume.open();
            volume.add(1, 100);
            assert_eq!(volume.value(), Err(Reason::Warmup));
            volume.add(4, 100);
            volume.close(390, true);
        }
        volume.open();
        volume.add(1, 200);
        assert!((volume.value().unwrap() - std::f64::consts::LN_2).abs() < 1e-15);
        // No trades in minutes two and three: the earlier sessions had 100 there.
        volume.add(3, 200);
        assert!((volume.value().unwrap() - libm::log(4.0)).abs() < 1e-15);
        volume.add(390, 400);
        assert!((volume.value().unwrap() - libm::log(4.0)).abs() < 1e-15);
    }
}
