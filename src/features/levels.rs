//! The snapshot of all price levels (QUANT 5.1).

use crate::config::LevelSettings;
use crate::features::anchors::Anchor;
use crate::features::options::OptionLevel;
use crate::features::session_levels::SessionLevels;
use crate::market::Instrument;
use crate::market::Sym;
use crate::market::Ticks;
use crate::market::TradeDate;
use crate::wire::Level;
use crate::wire::Num;

/// Round numbers on either side of the price.
const ROUNDS: i64 = 2;

/// Name of a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Name {
    Fixed(&'static str),
    /// A round number, points.
    Round(i64),
    /// The volume node of this number, counted from the top.
    Node(&'static str, usize),
    /// The naked point of control of a session.
    Naked(TradeDate),
    /// The end `H` or `L` of the opening range of so many minutes.
    Opening(u32, char),
    /// The extension at this place, beyond the end `H` or `L` of the initial balance.
    Extension(usize, char),
    /// The VWAP of the anchor at this place, or its band.
    Anchored(usize, &'static str),
    /// A level of an option chain, and underlying and source of that.
    Option(&'static str, Sym),
}

/// A level before it becomes text.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Entry {
    name: Name,
    family: &'static str,
    /// Price in ticks.
    ticks: f64,
    weight: f64,
    source: &'static str,
    asof: i64,
}

/// VWAP and deviation in ticks, with the anchor's name and the stamp up to which they were computed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VwapLevel {
    /// Mean, ticks.
    pub mean: f64,
    /// Deviation, ticks.
    pub deviation: f64,
    /// Anchor: `rth`, `eth` or `anchor`, with `:bars` if made from bars.
    pub source: &'static str,
}

/// Bands of a VWAP: name, deviations, weight.
const BANDS: [(&str, f64, f64); 5] = [
    ("", 0.0, 0.5),
    ("+1sd", 1.0, 0.2),
    ("-1sd", -1.0, 0.2),
    ("+2sd", 2.0, 0.5),
    ("-2sd", -2.0, 0.5),
];

/// Names of the session's VWAP and its bands, in the order of [`BANDS`].
const VWAP_NAMES: [&str; BANDS.len()] = ["VWAP", "VWAP+1sd", "VWAP-1sd", "VWAP+2sd", "VWAP-2sd"];

/// The levels in force and those last written.
#[derive(Clone, Debug, Default)]
pub struct LevelBoard {
    opening_min: Vec<u32>,
    extensions: Vec<f64>,
    anchors: Vec<String>,
    now: Vec<Entry>,
    written: Vec<Entry>,
}

impl LevelBoard {
    /// Empty, for these settings and anchors.
    pub fn new(settings: &LevelSettings, anchors: &[Anchor]) -> Self {
        Self {
            opening_min: settings.opening_range_min.clone(),
            extensions: settings.ib_extensions.clone(),
            anchors: anchors.iter().map(|anchor| anchor.name().to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Collects the levels as of `asof`.
    pub fn collect(&mut self, asof: i64, session: &SessionLevels, vwap: Option<VwapLevel>) {
        self.now.clear();
        if let Some(profile) = session.profile {
            let source = if session.profile_from_bars { "rth:bars" } else { "rth" };
            let area = profile.value;
            self.push("pVAH", "PROFILE", area.vah, 0.6, source, profile.asof);
            self.push("pVAL", "PROFILE", area.val, 0.6, source, profile.asof);
            self.push("pPOC", "PROFILE", area.poc, 0.5, source, profile.asof);
            for (kind, prices, weight) in
                [("HVN", &session.nodes.high, 0.4), ("LVN", &session.nodes.low, 0.3)]
            {
                for (i, price) in prices.iter().enumerate() {
                    let name = Name::Node(kind, i + 1);
                    self.put(name, "PROFILE", *price, weight, source, profile.asof);
                }
            }
            for past in session.naked.before(profile.asof) {
                let source = if past.from_bars { "rth:bars" } else { "rth" };
                self.put(Name::Naked(past.date), "PROFILE", past.poc, 0.4, source, past.asof);
            }
        }
        if let Some(day) = session.day {
            self.push("PDH", "SESSION", day.value.high, 0.5, "rth", day.asof);
            self.push("PDL", "SESSION", day.value.low, 0.5, "rth", day.asof);
            self.push("PDC", "SESSION", day.value.last, 0.3, "rth", day.asof);
        }
        if let Some(night) = session.overnight {
            self.push("ONH", "SESSION", night.value.high, 0.4, "eth", night.asof);
            self.push("ONL", "SESSION", night.value.low, 0.4, "eth", night.asof);
        }
        if let Some(balance) = session.initial_balance {
            self.push("IBH", "SESSION", balance.value.high, 0.4, "rth", balance.asof);
            self.push("IBL", "SESSION", balance.value.low, 0.4, "rth", balance.asof);
            self.add_extensions(balance.value.high, balance.value.low, balance.asof);
        }
        for (place, range) in session.opening.iter().enumerate() {
            let minutes = self.opening_min.get(place).copied();
            let Some((range, minutes)) = range.zip(minutes) else { continue };
            for (end, price) in [('H', range.value.high), ('L', range.value.low)] {
                self.put(Name::Opening(minutes, end), "SESSION", price, 0.3, "rth", range.asof);
            }
        }
        if let Some(vwap) = vwap {
            for (name, (_, k, weight)) in VWAP_NAMES.into_iter().zip(BANDS) {
                self.put_vwap(Name::Fixed(name), &vwap, k, weight, asof);
            }
        }
    }

    /// Adds the VWAP of the anchor at `place` and its bands.
    pub fn add_anchored(&mut self, asof: i64, place: usize, vwap: &VwapLevel) {
        for (band, k, weight) in BANDS {
            self.put_vwap(Name::Anchored(place, band), vwap, k, weight, asof);
        }
    }

    fn add_extensions(&mut self, high: Ticks, low: Ticks, asof: i64) {
        let range = (high - low).0 as f64;
        for (place, multiple) in self.extensions.iter().enumerate() {
            let reach = multiple * range;
            for (end, ticks) in [('H', high.0 as f64 + reach), ('L', low.0 as f64 - reach)] {
                let name = Name::Extension(place, end);
                let (family, weight, source) = ("SESSION", 0.2, "rth");
                self.now.push(Entry { name, family, ticks, weight, source, asof });
            }
        }
    }

    fn put_vwap(&mut self, name: Name, vwap: &VwapLevel, k: f64, weight: f64, asof: i64) {
        let ticks = vwap.mean + k * vwap.deviation;
        let (family, source) = ("VWAP", vwap.source);
        self.now.push(Entry { name, family, ticks, weight, source, asof });
    }

    /// Adds the round numbers around `price`, every `points`.
    pub fn add_rounds(&mut self, asof: i64, price: Ticks, points: i64, instrument: &Instrument) {
        let step = Ticks(instrument.nearest(points as f64).0.max(1));
        let below = price.0.div_euclid(step.0);
        for n in below + 1 - ROUNDS..=below + ROUNDS {
            self.now.push(Entry {
                name: Name::Round(n * points),
                family: "ROUND",
                ticks: (n * step.0) as f64,
                weight: 0.2,
                source: "grid",
                asof,
            });
        }
    }

    /// Adds a level of the option chain.
    pub fn add_option(&mut self, level: &OptionLevel, instrument: &Instrument) {
        self.now.push(Entry {
            name: Name::Option(level.name, level.source),
            family: level.family,
            ticks: level.price / instrument.tick_points(),
            weight: level.weight,
            source: "",
            asof: level.asof,
        });
    }

    fn push(
        &mut self,
        name: &'static str,
        family: &'static str,
        price: Ticks,
        weight: f64,
        source: &'static str,
        asof: i64,
    ) {
        self.put(Name::Fixed(name), family, price, weight, source, asof);
    }

    fn put(
        &mut self,
        name: Name,
        family: &'static str,
        price: Ticks,
        weight: f64,
        source: &'static str,
        asof: i64,
    ) {
        self.now.push(Entry { name, family, ticks: price.0 as f64, weight, source, asof });
    }

    /// The name on the wire.
    fn id(&self, name: Name) -> String {
        match name {
            Name::Fixed(name) | Name::Option(name, _) => name.to_owned(),
            Name::Round(points) => format!("R{points}"),
            Name::Node(kind, number) => format!("{kind}{number}"),
            Name::Naked(date) => format!("nPOC:{date}"),
            Name::Opening(minutes, end) => format!("OR{minutes}{end}"),
            Name::Extension(place, end) => {
                let sign = if end == 'H' { '+' } else { '-' };
                format!("IB{end}{sign}{}", self.extensions.get(place).copied().unwrap_or_default())
            }
            Name::Anchored(place, band) => {
                format!("aVWAP:{}{band}", self.anchors.get(place).map_or("", String::as_str))
            }
        }
    }

    /// Whether a level came, went or moved a tick or more since the last snapshot.
    pub fn moved(&self) -> bool {
        self.now.len() != self.written.len()
            || self.now.iter().zip(&self.written).any(|(now, then)| {
                now.name != then.name
                    || now.source != then.source
                    || (now.ticks - then.ticks).abs() >= 1.0
            })
    }

    /// Writes the snapshot, highest price first.
    pub fn write(&mut self, instrument: &Instrument) -> Vec<Level> {
        self.written.clone_from(&self.now);
        self.now.sort_by(|a, b| b.ticks.total_cmp(&a.ticks));
        let levels = self.now.iter().map(|entry| Level {
            id: self.id(entry.name),
            fam: entry.family.to_owned(),
            px: Num(entry.ticks * instrument.tick_points()),
            w: Num(entry.weight),
            src: match entry.name {
                Name::Option(_, source) => source.as_str().to_owned(),
                _ => entry.source.to_owned(),
            },
            asof: entry.asof,
        });
        levels.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_snapshot_is_due_when_a_level_moves_a_tick() {
        let instrument = Config::default().instrument_named("ES").unwrap();
        let mut board = LevelBoard::default();
        let vwap = |mean| Some(VwapLevel { mean, deviation: 8.0, source: "rth" });
        let session = SessionLevels::new(0, 0);
        board.collect(1, &session, vwap(20_000.0));
        board.add_rounds(1, Ticks(20_010), 50, &instrument);
        assert!(board.moved());
        let out = board.write(&instrument);
        let shown: Vec<_> = out.iter().map(|l| (l.id.as_str(), l.px.0)).collect();
        assert_eq!(
            shown,
            [
                ("R5100", 5100.0),
                ("R5050", 5050.0),
                ("VWAP+2sd", 5004.0),
                ("VWAP+1sd", 5002.0),
                ("VWAP", 5000.0),
                ("R5000", 5000.0),
                ("VWAP-1sd", 4998.0),
                ("VWAP-2sd", 4996.0),
                ("R4950", 4950.0),
            ]
        );
        for (mean, moved) in [(20_000.9, false), (20_001.0, true), (19_998.9, true)] {
            board.collect(2, &session, vwap(mean));
            board.add_rounds(2, Ticks(20_010), 50, &instrument);
            assert_eq!(board.moved(), moved, "{mean}");
        }
    }
}
