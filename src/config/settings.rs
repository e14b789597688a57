//! The settings and their defaults (QUANT names them `table.key`).

use crate::config::option_settings::OptionSettings;
use crate::config::pattern_settings::Detectors;
use crate::config::pattern_settings::Patterns;
use crate::config::pattern_settings::Selector;
use crate::config::pattern_settings::Signals;
use crate::config::pattern_settings::Strategies;
use crate::config::pattern_settings::VixBand;
use crate::market::Cents;
use crate::market::Instrument;
use crate::market::Px;
use crate::market::Sym;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

macro_rules! settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident : $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    };
}

pub(in crate::config) use settings;

settings! {
    /// Everything that can be set.
    Config {
        /// Name of the profile: `collect`, `paper` or `live`.
        profile: String = "paper".into(),
        /// Whether real orders may be sent at all, once everything else permits them.
        live: bool = false,
        /// Product whose features are computed and that is traded; its root, for example `ES`.
        instrument: String = "ES".into(),
        /// Contract facts by product root.
        instruments: BTreeMap<String, InstrumentSettings> = default_instruments(),
        /// `[bars]`.
        bars: Bars = Bars::default(),
        /// `[clock]`.
        clock: Clock = Clock::default(),
        /// `[feed]`.
        feed: Feed = Feed::default(),
        /// `[flow]`.
        flow: Flow = Flow::default(),
        /// `[volume_profile]`.
        volume_profile: ProfileSettings = ProfileSettings::default(),
        /// `[vwap]`.
        vwap: VwapSettings = VwapSettings::default(),
        /// `[context]`.
        context: Context = Context::default(),
        /// `[options]`.
        options: OptionSettings = OptionSettings::default(),
        /// `[levels]`.
        levels: LevelSettings = LevelSettings::default(),
        /// `[patterns]`.
        patterns: Patterns = Patterns::default(),
        /// `[detectors]`.
        detectors: Detectors = Detectors::default(),
        /// `[strategies]`.
        strategies: Strategies = Strategies::default(),
        /// `[selector]`.
        selector: Selector = Selector::default(),
        /// `[signals]`.
        signals: Signals = Signals::default(),
        /// `[account]`.
        account: Account = Account::default(),
        /// `[session]`.
        session: Session = Session::default(),
        /// `[risk]`.
        risk: Risk = Risk::default(),
        /// `[fills]`.
        fills: Fills = Fills::default(),
        /// `[quality]`.
        quality: Quality = Quality::default(),
    }
}

impl Config {
    /// The instrument of a symbol, by its root; `None` if the product is not configured.
    pub fn instrument_of(&self, sym: &Sym) -> Option<Instrument> {
        self.instrument_named(sym.root())
    }

    /// The instrument with this root.
    pub fn instrument_named(&self, root: &str) -> Option<Instrument> {
        let s = self.instruments.get(root)?;
        Some(Instrument {
            root: Sym::new(root)?,
            tick: s.tick,
            tick_value: s.tick_value,
            fee_per_side: s.fee_per_side,
        })
    }
}

/// Contract facts of a product.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentSettings {
    /// Smallest price step, points.
    pub tick: Px,
    /// Value of one tick of one contract, dollars.
    pub tick_value: Cents,
    /// Commission and fees of one contract and side, dollars.
    pub fee_per_side: Cents,
}

fn default_instruments() -> BTreeMap<String, InstrumentSettings> {
    // Fees: commission + exchange + regulatory (QUANT 7.1); verify against the broker.
    [("ES", 1250, 225), ("MES", 125, 62), ("NQ", 500, 225), ("MNQ", 50, 62)]
        .into_iter()
        .map(|(root, value, fee)| {
            let tick = Px::from_nanos(Px::SCALE / 4);
            let settings =
                InstrumentSettings { tick, tick_value: Cents(value), fee_per_side: Cents(fee) };
            (root.to_owned(), settings)
        })
        .collect()
}

settings! {
    /// Bars built from trades.
    Bars {
        /// Length, seconds.
        dur_s: u32 = 60,
        /// Missing bars in a row in regular hours after which patterns start over.
        missing_max: u32 = 2,
    }
}

settings! {
    /// Clock records and lateness.
    Clock {
        /// A record older than the newest of its source, symbol and kind by more is late, microseconds.
        lateness_us: i64 = 1000,
        /// How far a live clock stays behind the receive time, milliseconds.
        lateness_ms: i64 = 500,
    }
}

settings! {
    /// Live sources on a socket: how patient they are.
    Feed {
        /// Time for a connection to be made, milliseconds.
        connect_ms: i64 = 10_000,
        /// Time from the connection to the answer to the login, milliseconds.
        login_ms: i64 = 15_000,
        /// Silence, heartbeats included, after which a connection is taken for dead, milliseconds.
        silence_ms: i64 = 10_000,
        /// Silence of trades and quotes while the session is open that makes them stale, seconds.
        stale_trades_s: i64 = 30,
        /// Longest time that Sierra Chart keeps data before it writes them to its files, milliseconds.
        flush_ms: i64 = 5000,
        /// Silence of the book while the session is open that makes it stale, seconds.
        stale_depth_s: i64 = 60,
        /// Silence of an index in regular hours that makes it stale, seconds.
        stale_index_s: i64 = 60,
    }
}

settings! {
    /// Order flow (QUANT 1).
    Flow {
        /// Largest share of volume without a reliable side before order-flow features are null.
        side_weak_share_max: f64 = 0.20,
        /// Diagonal imbalance ratio.
        imb_ratio: f64 = 3.0,
        /// Least volume of an imbalance row, contracts.
        imb_min_vol: u64 = 20,
        /// Consecutive imbalances that make a stack.
        stack_min: u32 = 3,
        /// Least size of a large trade, contracts.
        large_min: u64 = 40,
        /// Least aggressor volume in the window of `of_delta_imb`, contracts.
        min_vol: u64 = 50,
        /// Price levels of each side in the book imbalance.
        book_levels: usize = 5,
        /// Whether the diagnostics `x.bvc` and `x.vpin` are written.
        bulk: bool = false,
        /// Contracts of a VPIN bucket.
        bulk_volume: u64 = 30_000,
        /// Buckets of VPIN.
        bulk_buckets: usize = 50,
    }
}

/// Which side wins when both candidate pairs of value-area rows are equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VaTie {
    /// The upper rows.
    Up,
    /// The lower rows.
    Down,
}

settings! {
    /// Volume profile (QUANT 2.1).
    ProfileSettings {
        /// Share of the volume in the value area, percent (whole).
        va_pct: u64 = 70,
        /// Rows compared on each side.
        va_rows: usize = 2,
        /// Tie rule.
        va_tie: VaTie = VaTie::Up,
        /// Least prominence of a high-volume node, percent of the volume of the point of control.
        hvn_prominence_pct: u64 = 15,
        /// Least distance of two high-volume nodes, ticks.
        hvn_gap_ticks: i64 = 8,
        /// Largest volume of a low-volume node, percent of the smaller of its two neighbours.
        lvn_pct: u64 = 50,
    }
}

settings! {
    /// VWAP and bands (QUANT 2.2).
    VwapSettings {
        /// Floor of the deviation in z, ticks.
        sd_min_ticks: i64 = 4,
        /// Least volume before z is defined, contracts.
        min_volume: u64 = 1000,
        /// Least time since the anchor before z is defined, minutes.
        min_minutes: i64 = 15,
        /// Anchors of more VWAPs: `globex`, `open`, `week` or a time, each with `NAME=` before it if
        /// it is to be called so.
        anchors: Vec<String> = Vec::new(),
    }
}

settings! {
    /// Context features and regime (QUANT 4).
    Context {
        /// Efficiency ratio that starts a trend.
        er_enter: f64 = 0.45,
        /// Efficiency ratio that ends it.
        er_exit: f64 = 0.30,
        /// Consecutive bars needed for either.
        dwell_bars: u32 = 3,
        /// Bars of the efficiency ratio.
        er_bars: usize = 20,
        /// Changes of close in the variance ratio.
        vr_bars: usize = 60,
        /// Lag of the variance ratio, bars.
        vr_lag: usize = 4,
        /// VIX band taken where neither a VIX nor an option volatility is known.
        vix_fallback_band: VixBand = VixBand::High,
        /// Age above which a VIX is no longer believed, seconds.
        vix_age_s_max: i64 = 300,
        /// Sessions kept for medians and quantiles.
        history_sessions: usize = 20,
        /// Least sessions before medians and quantiles of past sessions are used.
        history_min: usize = 5,
    }
}

settings! {
    /// Levels and clusters (QUANT 5.1).
    LevelSettings {
        /// Tolerance that joins levels, ticks.
        tol_ticks: i64 = 4,
        /// The same as a multiple of ATR.
        tol_atr: f64 = 0.10,
        /// Gain of a level's weight by touch.
        touch_gain: f64 = 0.2,
        /// Spacing of round numbers, points.
        round_points: i64 = 50,
        /// Lengths of the opening ranges, minutes from the regular open.
        opening_range_min: Vec<u32> = vec![5, 30],
        /// Extensions of the initial balance, multiples of its range beyond its high and low.
        ib_extensions: Vec<f64> = Vec::new(),
        /// Untested points of control of earlier sessions that are kept, newest first.
        naked_pocs: usize = 10,
    }
}

fn default_margins() -> BTreeMap<String, Cents> {
    // Above what the exchange asked overnight when this was written; verify against the broker.
    [("ES", 2_500_000), ("NQ", 4_000_000)]
        .into_iter()
        .map(|(root, margin)| (root.to_owned(), Cents(margin)))
        .collect()
}

settings! {
    /// The account.
    Account {
        /// Equity at the start, dollars.
        equity: Cents = Cents(10_000_000),
        /// The broker's account that real orders may go to; empty: none.
        name: String = String::new(),
        /// Margin of one contract by product root, dollars; a micro counts for its part.
        margins: BTreeMap<String, Cents> = default_margins(),
    }
}

settings! {
    /// Hours in which orders are allowed, New York civil time (QUANT 6.2 SESS).
    Session {
        /// No order before.
        orders_from: String = "09:35".into(),
        /// No entry from here on.
        entries_until: String = "15:45".into(),
        /// No order to a broker after.
        orders_until: String = "15:50".into(),
        /// Flat by.
        flat_by: String = "15:58".into(),
        /// No entry from here on, early close.
        early_entries_until: String = "12:45".into(),
        /// No order to a broker after, early close.
        early_orders_until: String = "12:50".into(),
        /// Flat by, early close.
        early_flat_by: String = "12:58".into(),
        /// From here on the session's size is that of the close (`risk.factors.close`); as much earlier
        /// on an early close as `early_flat_by` is.
        smaller_from: String = "15:00".into(),
        /// When the broker's gateway restarts every day, with the zone of its clock, for example
        /// `23:45 America/New_York`; empty: it does not.
        gateway_restart: String = String::new(),
        /// Minutes around it: flat so long before, no entry twice as long before and so long after.
        gateway_margin_min: i64 = 5,
    }
}

/// How much of the account a trade may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskMode {
    /// 0.5 % at most.
    Conservative,
    /// 0.75 % at most.
    Moderate,
    /// 1 % at most.
    Aggressive,
}

/// What a risk mode allows; where a limit of the profile is stricter, that one holds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeLimits {
    /// Largest position, contracts of the product.
    pub contracts: u64,
    /// Largest fraction of equity that a trade may risk.
    pub risk_cap: f64,
    /// Share of Kelly's fraction that is used.
    pub kelly_share: f64,
}

const fn mode(contracts: u64, risk_cap: f64, kelly_share: f64) -> ModeLimits {
    ModeLimits { contracts, risk_cap, kelly_share }
}

settings! {
    /// The risk modes (DOMAIN 4).
    RiskModes {
        /// The default.
        conservative: ModeLimits = mode(1, 0.005, 0.15),
        /// More of Kelly's fraction.
        moderate: ModeLimits = mode(2, 0.0075, 0.20),
        /// The most that is allowed.
        aggressive: ModeLimits = mode(2, 0.01, 0.25),
    }
}

impl RiskModes {
    /// The limits of `mode`.
    pub const fn of(&self, mode: RiskMode) -> &ModeLimits {
        match mode {
            RiskMode::Conservative => &self.conservative,
            RiskMode::Moderate => &self.moderate,
            RiskMode::Aggressive => &self.aggressive,
        }
    }
}

/// Where the protective stop of an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopRule {
    /// Where the signal puts it.
    Structure,
    /// `risk.stop_atr` times ATR(14) of the bars away from the entry.
    Atr,
}

/// How a stop follows the market.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrailRule {
    /// The multiple of ATR that the signal asks for, away from the close of a bar.
    Atr,
    /// The extreme of the last `risk.trail_bars` closed bars.
    Bars,
}

/// Where the targets of an entry stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetRule {
    /// Where the signal puts them.
    Signal,
    /// Twice and three times the initial risk away from the entry, the contracts shared.
    #[serde(rename = "2r3r")]
    TwoAndThreeR,
}

settings! {
    /// What shrinks a trade: each factor in force multiplies what it may lose; one above 1 counts
    /// as 1 (QUANT 6.1, DOMAIN 4).
    SizeFactors {
        /// In the VIX band HIGH (22 to below 35).
        vix_high: f64 = 0.5,
        /// In the VIX band EXTREME (35 and above).
        vix_extreme: f64 = 0.0,
        /// With a spread above `spread_ticks`.
        spread: f64 = 0.8,
        /// Widest spread that shrinks nothing, ticks.
        spread_ticks: i64 = 2,
        /// With a call or put wall within `wall_ticks` of the entry.
        wall: f64 = 0.5,
        /// How near a wall is near, ticks.
        wall_ticks: f64 = 3.0,
        /// From the Globex open to 03:00 in New York.
        asia: f64 = 0.5,
        /// From 03:00 to 09:30.
        london: f64 = 1.0,
        /// From 09:30 to 12:00.
        ny_am: f64 = 1.2,
        /// From 12:00 to `session.smaller_from`.
        ny_pm: f64 = 0.8,
        /// From `session.smaller_from` on.
        close: f64 = 0.5,
    }
}

settings! {
    /// Sizing and limits (QUANT 6, DOMAIN 4).
    Risk {
        /// Mode.
        mode: RiskMode = RiskMode::Conservative,
        /// Fraction of equity risked a trade below the minimum sample.
        f_fixed: f64 = 0.0025,
        /// Closed trades from which the fraction is Kelly's, held back by what is not known.
        kelly_trades_min: u64 = 100,
        /// Largest risk of one trade, dollars.
        trade_risk_max: Cents = Cents(20_000),
        /// The same as a share of equity.
        trade_risk_share_max: f64 = 0.01,
        /// Largest order, contracts.
        max_order: u64 = 2,
        /// Largest position, contracts.
        max_pos: u64 = 2,
        /// Most brackets open or working at once.
        positions_max: u64 = 1,
        /// Largest loss of a day, dollars.
        day_loss_max: Cents = Cents(60_000),
        /// The same as a share of equity.
        day_loss_share_max: f64 = 0.02,
        /// The same in multiples of the initial risk of a trade.
        day_loss_r_max: f64 = 3.0,
        /// Consecutive losses that end the day.
        losses_in_row_max: u32 = 4,
        /// Realised profit of a day from which on nothing is entered, dollars; 0: none.
        day_target: Cents = Cents(100_000),
        /// The largest loss of a day holds over so many past hours as well, sessions or not.
        rolling_hours: i64 = 12,
        /// Largest loss from the highest equity, as a share of it; by hand alone trading goes on.
        drawdown_share_max: f64 = 0.08,
        /// Distance of the trailing floor below the highest equity, dollars; 0: there is none.
        trailing_drawdown: Cents = Cents(0),
        /// Where the trailing floor stops rising, dollars; 0: nowhere.
        trailing_lock: Cents = Cents(0),
        /// Largest fall of marked equity from its highest in this mode, as a share of the highest.
        trailing_share: f64 = 0.05,
        /// Largest share of what is left of the daily loss that one trade may risk.
        left_share_max: f64 = 0.30,
        /// Largest share of the daily limit that may be open.
        open_share_max: f64 = 0.50,
        /// Narrowest stop, ticks.
        stop_min_ticks: i64 = 6,
        /// Widest stop, ticks.
        stop_max_ticks: i64 = 40,
        /// Age of the last trade above which nothing is sent, milliseconds.
        trade_age_ms_max: i64 = 3000,
        /// Age of the last quote above which nothing is sent, milliseconds.
        quote_age_ms_max: i64 = 1000,
        /// Time within which an identical order is a duplicate, milliseconds.
        dup_ms: i64 = 2000,
        /// Slippage assumed in sizing, ticks.
        slip_ticks: i64 = 1,
        /// Whether MES may replace ES where one ES is too large.
        allow_micro: bool = true,
        /// File of dated releases around which nothing is entered; empty: the one built in.
        events: String = String::new(),
        /// Age of option levels above which a signal that used them is refused, seconds.
        options_age_s_max: i64 = 600,
        /// Largest difference of receive time and stamp, milliseconds.
        skew_ms_max: i64 = 250,
        /// Widest spread, ticks.
        spread_ticks_max: i64 = 3,
        /// VIX from which on nothing is entered.
        vix_halt: f64 = 30.0,
        /// Largest value of all contracts as a multiple of equity.
        notional_cap: f64 = 10.0,
        /// What must be left beyond the margin, as a share of it.
        margin_buffer: f64 = 0.25,
        /// Farthest limit price from the opposite touch, ticks.
        collar_ticks: i64 = 8,
        /// Farthest limit price from the last trade, share of it.
        collar_share: f64 = 0.005,
        /// Most order messages in a second.
        orders_second_max: u64 = 2,
        /// Most order messages in a minute.
        orders_minute_max: u64 = 20,
        /// Most order messages of a trade date.
        orders_day_max: u64 = 200,
        /// Most cancelled entries for each fill of a trade date.
        cancels_per_fill_max: f64 = 50.0,
        /// Most trades of a trade date.
        trades_day_max: u64 = 50,
        /// Most Battle Navale trades of a trade date.
        battle_navale_trades_max: u64 = 10,
        /// Most trades from 09:30, from 10:30 and from 15:30 New York time.
        bucket_trades_max: [u64; 3] = [5, 15, 3],
        /// Loss, in dollars, after which those hours take no further trade.
        bucket_loss_max: [Cents; 3] = [Cents(20_000), Cents(40_000), Cents(10_000)],
        /// Pause after a stop, minutes.
        cooldown_min: i64 = 15,
        /// Smallest account that trades, dollars.
        equity_min: Cents = Cents(2_500_000),
        /// Entries of one pattern and side within `repeat_s` that latch the pattern.
        repeat_max: u64 = 3,
        /// Time of `repeat_max`, seconds.
        repeat_s: i64 = 600,
        /// Rejected orders within `reject_s` that latch.
        rejects_max: u64 = 3,
        /// Time of `rejects_max`, seconds.
        reject_s: i64 = 600,
        /// Time from an entry's fill to the acknowledgement of its stop, milliseconds.
        stop_ack_ms_max: i64 = 1000,
        /// Time for which own and broker's position may differ, milliseconds.
        recon_ms_max: i64 = 5000,
        /// Longest silence of feed and broker, milliseconds.
        heartbeat_ms_max: i64 = 5000,
        /// `[risk.modes]`.
        modes: RiskModes = RiskModes::default(),
        /// Volatility of the account aimed at, share of equity a year; 0: it caps nothing.
        vol_target: f64 = 0.06,
        /// Sessions from which on the volatility of the own results is known.
        vol_sessions_min: u64 = 20,
        /// Where the protective stop stands.
        stop: StopRule = StopRule::Structure,
        /// Distance of a stop by volatility, multiples of ATR(14) of the bars.
        stop_atr: f64 = 3.0,
        /// How the stop follows a trade whose signal asks for it (`manage.trail`).
        trail: TrailRule = TrailRule::Atr,
        /// Closed bars whose extreme the stop follows with `trail = "bars"`.
        trail_bars: usize = 3,
        /// Least step of a stop that follows, ticks.
        trail_step_ticks: i64 = 2,
        /// Where the targets stand.
        targets: TargetRule = TargetRule::Signal,
        /// `[risk.factors]`.
        factors: SizeFactors = SizeFactors::default(),
    }
}

settings! {
    /// The simulated exchange (QUANT 7.1); where there is a choice the default is the pessimistic one.
    Fills {
        /// Time from a decision to the exchange, milliseconds.
        latency_ms: i64 = 150,
        /// Time of a response back, milliseconds; -1: as long as `latency_ms`.
        response_ms: i64 = -1,
        /// Slippage of a triggered stop, ticks.
        stop_slip_ticks: i64 = 1,
        /// How far a marketable limit reaches beyond the reference price, ticks.
        entry_ticks: i64 = 2,
        /// How far beyond the opposite touch a market order, a flatten or a triggered stop may fill;
        /// what is left rests there, ticks.
        protection_ticks: i64 = 24,
        /// How often a closing order that rests is priced anew, milliseconds.
        reprice_ms: i64 = 250,
        /// Whether a resting limit is served in its place of the queue; `false`: only a trade through
        /// its price fills it.
        queue: bool = true,
        /// Whether the exchange refuses to move a stop through the last trade; `false`: the stop then
        /// triggers with the next trade.
        reject_stop_through: bool = true,
        /// Whether the exchange's daily price limits hold where the reference is known.
        price_limits: bool = true,
        /// First price limit, percent of the reference.
        limit_1_pct: f64 = 7.0,
        /// Second price limit below it in regular hours, percent.
        limit_2_pct: f64 = 13.0,
        /// Third and last, percent.
        limit_3_pct: f64 = 20.0,
        /// A trade this far outside fresh quotes is not believed, ticks; 0 believes all.
        suspect_ticks: i64 = 40,
        /// Refuse every so many-th new order, to see what becomes of it; 0 refuses none.
        reject_every: u64 = 0,
    }
}

settings! {
    /// Limits of the data checks (mia-check, docs/quality.md).
    Quality {
        /// Symbols watched; further ones are counted and said.
        symbols_max: usize = 1024,
        /// Records with the same price and size in a row that count as frozen, trades and quotes.
        frozen_records: u64 = 20,
        /// The same for bars.
        frozen_bars: u64 = 6,
        /// Time that they span at least, seconds.
        frozen_s: i64 = 180,
        /// Identical records that come in pairs, so many pairs in a row.
        twin_runs: u64 = 20,
        /// Missing bars in a row that count as a gap.
        gap_bars: u32 = 3,
        /// Minutes without trade and quote that count as a gap.
        gap_minutes: u32 = 5,
        /// Minutes missing at the edge of a session from which on they are a cut, not a gap.
        cut_minutes: u32 = 60,
        /// Of the last 60 bars or minutes so many were there, else a hole is no gap.
        gap_density: u32 = 57,
        /// Silence in regular hours that is stale, seconds.
        stale_rth_s: i64 = 60,
        /// The same outside regular hours.
        stale_eth_s: i64 = 600,
        /// Records of a kind in the session before its silence means anything.
        stale_records_min: u64 = 100,
        /// Age of a quote up to which a trade is compared with it, milliseconds.
        quote_age_ms: i64 = 1000,
        /// Ticks beyond the quote at which a trade is far outside.
        outside_ticks: i64 = 40,
        /// Least jump between two trades of a minute, share of the price.
        jump_share: f64 = 0.01,
        /// Least jump from a bar's close to the next bar's open, share of the price.
        jump_bar_share: f64 = 0.015,
        /// Largest range of a bar, share of the price.
        bar_range_share: f64 = 0.12,
        /// A jump is so many times the usual change.
        jump_scale: f64 = 20.0,
        /// Least distance of two prices that alternate, share of the price.
        alternate_share: f64 = 0.0015,
        /// Alternations in a row.
        alternate_runs: u32 = 8,
        /// Time within which two records that share all sizes but not the rest are two writers', milliseconds.
        twin_ms: i64 = 50,
        /// `[quality.chain]`.
        chain: QualityChain = QualityChain::default(),
        /// `[quality.tolerance]`.
        tolerance: QualityTolerance = QualityTolerance::default(),
    }
}

settings! {
    /// Limits of the checks of option chains (QUANT 3.9).
    QualityChain {
        /// Option rows kept of one snapshot; more are counted and said.
        rows_max: usize = 100_000,
        /// Distance from the forward within which rows are judged, share of it.
        window: f64 = 0.05,
        /// Rows of an expiry before its sameness means anything.
        rows_min: usize = 8,
        /// Usable strikes on each side within the window, in the expiry that has most.
        strikes_min: usize = 20,
        /// Days to settlement below which prices are not compared with their volatility.
        days_min: f64 = 2.0,
        /// Error of a price against its own volatility that is tolerated, share of the price.
        own_iv_share: f64 = 0.25,
        /// Call and put volatility of a strike may differ by so much.
        iv_gap: f64 = 0.03,
        /// Age of the quotes when received, seconds.
        age_s: i64 = 345_600,
    }
}

settings! {
    /// How much of each finding is tolerated: 0 none, below 1 a share of what was looked at, from 1
    /// on a number.
    QualityTolerance {
        /// A line that is no JSON object.
        torn_line: f64 = 0.0,
        /// An empty line.
        blank_line: f64 = 0.0,
        /// Two objects on a line.
        two_objects_on_one_line: f64 = 0.0,
        /// The bare word `NaN`.
        not_json_nan: f64 = 0.0,
        /// An object that is no record.
        bad_record: f64 = 0.0,
        /// A date outside the calendar.
        no_calendar: f64 = 0.0,
        /// Time going back.
        time_back: f64 = 0.0001,
        /// Trades and bars while the market is closed.
        closed_hours: f64 = 0.01,
        /// Prices off the tick grid.
        off_tick_price: f64 = 0.0,
        /// Prices not above zero.
        zero_price: f64 = 0.0,
        /// A bar whose high and low do not hold its open and close.
        bar_range: f64 = 0.0,
        /// One price and size while the market is open.
        frozen_quote: f64 = 0.001,
        /// The same record twice.
        duplicate: f64 = 0.0,
        /// Missing bars or minutes.
        gap: f64 = 0.01,
        /// Sessions, or more than an hour at the edge of one, without a record.
        missing_session: f64 = 1e12,
        /// Silence while the clock runs.
        stale: f64 = 0.0,
        /// The feed says itself that records were missed.
        feed_gap: f64 = 0.0,
        /// Bid above ask.
        crossed_quote: f64 = 0.001,
        /// Bid equal to ask.
        locked_quote: f64 = 0.01,
        /// A trade far from the quote.
        trade_outside_quote: f64 = 0.001,
        /// A price jump.
        price_jump: f64 = 0.0,
        /// Two price streams in one.
        interleaved_writers: f64 = 0.0,
        /// Volume that is not bid and ask volume.
        volume_mismatch: f64 = 0.01,
        /// Delta that is not ask less bid volume.
        delta_mismatch: f64 = 0.01,
        /// Neither bid nor ask.
        no_book: f64 = 0.05,
        /// Live sessions of another month than the one that is traded.
        wrong_contract: f64 = 0.0,
        /// The same in files: sessions in which another month was the active one.
        back_month: f64 = 1e12,
        /// Trades after the last trading day.
        expired_contract: f64 = 0.0,
        /// Data that call themselves synthetic.
        label: f64 = 0.0,
        /// Strikes off the grid of their root.
        strike_grid: f64 = 0.01,
        /// Strikes that put-call parity contradicts.
        put_call_parity: f64 = 0.1,
        /// Deltas with the wrong sign.
        delta_sign: f64 = 0.0,
        /// Deltas that do not fall with the strike.
        delta_not_monotone: f64 = 0.02,
        /// Expiries with one or two volatilities.
        two_iv_values: f64 = 0.1,
        /// Volatility of call and put of one strike apart.
        iv_pair: f64 = 0.9,
        /// Expiries whose spreads are all equal.
        constant_spread: f64 = 0.2,
        /// Prices that contradict their own volatility.
        price_against_own_iv: f64 = 0.25,
        /// Expiries whose time value is constant.
        constant_time_value: f64 = 0.1,
        /// Calls dearer, or puts cheaper, with a higher strike.
        price_rises_with_strike: f64 = 0.02,
        /// Call and put of a strike alike.
        call_and_put_identical: f64 = 0.01,
        /// Expiries on days without trading.
        expiry_not_a_trading_day: f64 = 0.1,
        /// A snapshot that is not whole.
        chain_incomplete: f64 = 0.0,
        /// A snapshot with too few strikes.
        few_strikes: f64 = 0.0,
        /// Rows near the money that cannot be used.
        unusable_rows: f64 = 0.2,
        /// A snapshot without open interest.
        no_open_interest: f64 = 0.0,
        /// Rows whose quotes are old.
        old_chain: f64 = 0.0,
    }
}
