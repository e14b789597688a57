//! What accumulates over a session: VWAP, profile, ranges, relative volume.

use crate::config::Config;
use crate::config::ProfileSettings;
use crate::config::VwapSettings;
use crate::features::bars::TickBar;
use crate::features::levels::VwapLevel;
use crate::features::nodes::Nodes;
use crate::features::profile::ValueArea;
use crate::features::profile::VolumeProfile;
use crate::features::reason::Reason;
use crate::features::reason::Value;
use crate::features::relative_volume::RelativeVolume;
use crate::features::session_levels::Closing;
use crate::features::session_levels::SessionLevels;
use crate::features::vwap::Vwap;
use crate::market::Ticks;
use crate::market::TradeDate;

/// Microseconds in a minute.
pub const MINUTE: i64 = 60_000_000;
/// How late after an open the first record may come for the session to count as seen from there.
const SEEN_WITHIN: i64 = 5 * MINUTE;

/// The running session of one contract.
#[derive(Clone, Debug)]
pub struct Day {
    vwap_settings: VwapSettings,
    profile_settings: ProfileSettings,
    first: i64,
    globex: Option<i64>,
    regular: Option<i64>,
    vwap_eth: Vwap,
    vwap_rth: Vwap,
    profile: VolumeProfile,
    area: Option<ValueArea>,
    levels: SessionLevels,
    volume: RelativeVolume,
    from_bars: bool,
    minute_volume: u64,
    events: u64,
    traded: u64,
}

impl Day {
    /// Empty; `first` is the stamp of the contract's first record, microseconds UTC.
    pub fn new(config: &Config, first: i64) -> Self {
        let context = &config.context;
        Self {
            vwap_settings: config.vwap.clone(),
            profile_settings: config.volume_profile.clone(),
            first,
            globex: None,
            regular: None,
            vwap_eth: Vwap::default(),
            vwap_rth: Vwap::default(),
            profile: VolumeProfile::default(),
            area: None,
            levels: SessionLevels::new(
                config.levels.opening_range_min.len(),
                config.levels.naked_pocs,
            ),
            volume: RelativeVolume::new(context.history_sessions, context.history_min),
            from_bars: false,
            minute_volume: 0,
            events: 0,
            traded: 0,
        }
    }

    /// Whether a trade at `price` keeps the profile within its bounds.
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        self.regular.is_none() || self.profile.fits(price)
    }

    /// Folds a trade.
    #[inline]
    pub fn on_trade(&mut self, price: Ticks, size: u64) {
        self.events += 1;
        self.minute_volume += size;
        self.traded += size;
        self.levels.on_price(price);
        if self.globex.is_some() {
            self.vwap_eth.add(price, size);
        }
        if self.regular.is_some() {
            self.vwap_rth.add(price, size);
            self.profile.add(price, size);
        }
    }

    /// Counts a quote or a record of the book.
    #[inline]
    pub fn on_quote(&mut self) {
        self.events += 1;
    }

    /// Folds an input bar.
    pub fn on_bar(&mut self, bar: &TickBar) {
        self.events += 1;
        self.minute_volume += bar.volume;
        self.traded += bar.volume;
        self.from_bars = true;
        self.levels.on_range(bar.high, bar.low, bar.close);
        if self.globex.is_some() {
            self.vwap_eth.add_bar(bar.high, bar.low, bar.close, bar.volume);
        }
        if self.regular.is_some() {
            self.vwap_rth.add_bar(bar.high, bar.low, bar.close, bar.volume);
            self.profile.add_spread(bar.low, bar.high, bar.volume);
        }
    }

    /// A bar closes.
    pub fn close_bar(&mut self, bar: &TickBar) {
        self.levels.on_closed_bar(bar);
    }

    /// A minute with trades (or an input bar) ends at `at`.
    pub fn close_minute(&mut self, at: i64) {
        let volume = std::mem::take(&mut self.minute_volume);
        if let Some(open) = self.regular {
            self.volume.add(((at - open) / MINUTE) as usize, volume);
        }
    }

    /// Point of control and value area of the running regular session; computed when volume came.
    pub fn value_area(&mut self) -> Option<ValueArea> {
        self.regular?;
        if self.area.is_none_or(|area| area.total != self.profile.total()) {
            self.area = self.profile.value_area(&self.profile_settings);
        }
        self.area
    }

    /// `ctx_vwap_z` of `price` at `at`.
    pub fn vwap_z(&self, at: i64, price: Option<Ticks>) -> Value {
        let open = self.regular.ok_or(Reason::SessionClosed)?;
        if !self.is_settled(&self.vwap_rth, at, open) {
            return Err(Reason::Warmup);
        }
        self.vwap_rth.z(price.ok_or(Reason::Warmup)?, self.vwap_settings.sd_min_ticks)
    }

    fn is_settled(&self, vwap: &Vwap, at: i64, anchor: i64) -> bool {
        vwap.weight() >= self.vwap_settings.min_volume as f64
            && at - anchor.max(self.first) >= self.vwap_settings.min_minutes * MINUTE
    }

    /// The VWAP that gives levels at `at`: of regular hours in them, else of the Globex session.
    pub fn vwap_level(&self, at: i64) -> Option<VwapLevel> {
        let (vwap, anchor, source) = match (self.regular, self.globex) {
            (Some(open), _) => (&self.vwap_rth, open, ["rth", "rth:bars"]),
            (None, Some(open)) => (&self.vwap_eth, open, ["eth", "eth:bars"]),
            (None, None) => return None,
        };
        let (mean, deviation) = vwap.mean().zip(vwap.deviation())?;
        let source = source[usize::from(self.from_bars)];
        self.is_settled(vwap, at, anchor).then_some(VwapLevel { mean, deviation, source })
    }

    /// VWAP and deviation since the regular open, in regular hours; ticks.
    pub fn vwap_rth(&self) -> Option<(f64, f64)> {
        self.regular?;
        self.vwap_rth.mean().zip(self.vwap_rth.deviation())
    }

    /// VWAP since the Globex open, ticks.
    pub fn vwap_eth(&self) -> Option<f64> {
        self.globex?;
        self.vwap_eth.mean()
    }

    /// `ctx_rvol`.
    pub fn relative_volume(&self) -> Value {
        self.volume.value()
    }

    /// Ranges and what is frozen.
    pub fn levels(&self) -> &SessionLevels {
        &self.levels
    }

    /// Events folded since the Globex open.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Contracts traded since the Globex open.
    pub fn traded(&self) -> u64 {
        self.traded
    }

    /// Whether VWAP and profile come from bars.
    pub fn is_from_bars(&self) -> bool {
        self.from_bars
    }

    /// Whether records go back to the regular open, in regular hours.
    pub fn is_partial(&self) -> bool {
        self.regular.is_some_and(|open| !self.is_seen_from(open))
    }

    fn is_seen_from(&self, open: i64) -> bool {
        self.first <= open + SEEN_WITHIN
    }

    /// Globex opens at `at`.
    pub fn open(&mut self, at: i64) {
        self.globex = Some(at);
        self.vwap_eth.clear();
        (self.events, self.traded, self.minute_volume, self.from_bars) = (0, 0, 0, false);
        self.levels.open(self.is_seen_from(at));
    }

    /// Regular hours begin at `at`.
    pub fn regular_open(&mut self, at: i64) {
        self.regular = Some(at);
        self.vwap_rth.clear();
        self.profile.clear();
        self.area = None;
        self.volume.open();
        self.levels.regular_open(at, self.is_seen_from(at));
    }

    /// The opening range at `place` is over at `at`.
    pub fn opening_end(&mut self, place: usize, at: i64) {
        self.levels.opening_end(place, at);
    }

    /// The first regular hour is over at `at`.
    pub fn balance_end(&mut self, at: i64) {
        self.levels.balance_end(at);
    }

    /// Regular hours of `date` end at `at`.
    pub fn regular_close(&mut self, at: i64, date: TradeDate) {
        let closing = self.value_area().map(|area| Closing {
            date,
            area,
            nodes: Nodes::of(&self.profile, &self.profile_settings),
            from_bars: self.from_bars,
        });
        self.levels.regular_close(at, closing);
        if let Some(open) = self.regular.take() {
            self.volume.close(((at - open) / MINUTE) as usize, self.is_seen_from(open));
        }
    }

    /// Globex closes.
    pub fn close(&mut self) {
        self.globex = None;
        self.levels.close();
    }
}
