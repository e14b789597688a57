//! VWAPs from anchors of the user's choice (QUANT 2.2).

use crate::config::VwapSettings;
use crate::features::bars::TickBar;
use crate::features::day::MINUTE;
use crate::features::levels::VwapLevel;
use crate::features::session_clock::SessionEvent;
use crate::features::vwap::Vwap;
use crate::market::Calendar;
use crate::market::Ticks;
use crate::market::TradeDate;
use crate::market::stamp_from;
use crate::wire::Failure;
use crate::wire::FailureClass;
use jiff::civil::Weekday;

/// How late after an anchor the contract's first record may come for its VWAP to count.
const SEEN_WITHIN: i64 = 5 * MINUTE;
/// Most anchors.
const MOST: usize = 16;
/// Longest name.
const NAME_MAX: usize = 48;

/// When an anchor is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// At each Globex open.
    Globex,
    /// At each regular open.
    Regular,
    /// At the Globex open of the first session of each week.
    Week,
    /// Once, microseconds UTC; within a session, or at its open.
    Stamp(i64),
}

/// An anchor: its name and when it is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    name: String,
    when: When,
}

impl Anchor {
    /// Reads `globex`, `open`, `week` or a time, each with `NAME=` before it if it is to be called so.
    /// A time outside the sessions of `calendar` stands for the next open.
    ///
    /// # Errors
    /// Configuration: not an anchor, a name that cannot be part of a level's, a time outside the
    /// calendar.
    fn parse(text: &str, calendar: &Calendar) -> Result<Self, Failure> {
        let (name, when) = text.split_once('=').unwrap_or((text, text));
        let refused = |why: String| {
            Failure::new(FailureClass::Config, format!("anchor `{text}`: {why}")).hint(
                "an anchor is globex, open, week or a time, for example fomc=2026-06-17T18:00Z",
            )
        };
        if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(is_plain) {
            return Err(refused(format!(
                "the name must be 1 to {NAME_MAX} letters, digits or -_.:/+[]"
            )));
        }
        let when = match when {
            "globex" => When::Globex,
            "open" => When::Regular,
            "week" => When::Week,
            _ => {
                let stamp = stamp_from(when).map_err(|error| refused(error.to_string()))?;
                let session = calendar
                    .session_at_or_after(stamp)
                    .map_err(|error| refused(error.to_string()))?;
                When::Stamp(stamp.max(session.open))
            }
        };
        Ok(Self { name: name.to_owned(), when })
    }

    /// Reads the anchors of the configuration.
    ///
    /// # Errors
    /// As of one; or two of one name, or too many.
    pub fn list(texts: &[String], calendar: &Calendar) -> Result<Vec<Self>, Failure> {
        let anchors: Vec<Self> =
            texts.iter().map(|text| Self::parse(text, calendar)).collect::<Result<_, _>>()?;
        let twice = |(i, a): (usize, &Self)| anchors[..i].iter().any(|b| a.name == b.name);
        if let Some(twice) = anchors.iter().enumerate().find(|pair| twice(*pair)) {
            let message = format!("anchor {} is there twice", twice.1.name);
            return Err(Failure::new(FailureClass::Config, message));
        }
        if anchors.len() > MOST {
            let message = format!("{} anchors are more than {MOST}", anchors.len());
            return Err(Failure::new(FailureClass::Config, message));
        }
        Ok(anchors)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.:/+[]".contains(&byte)
}

/// One anchor's VWAP.
#[derive(Clone, Debug)]
struct Running {
    when: When,
    /// Where it starts; `i64::MAX` until known.
    start: i64,
    vwap: Vwap,
    from_bars: bool,
}

/// The anchored VWAPs of one contract.
///
/// # Rule
/// An anchored VWAP is that of the trades from its anchor on, across session breaks, until the anchor
/// is set anew. It gives levels once it holds `vwap.min_volume` contracts and `vwap.min_minutes`, and
/// only if the contract's records go back to the anchor (five minutes of grace).
#[derive(Clone, Debug)]
pub struct AnchoredVwaps {
    settings: VwapSettings,
    running: Vec<Running>,
    /// The contract's first record.
    first: i64,
    /// Monday of the week of the newest session.
    week: Option<i64>,
}

impl AnchoredVwaps {
    /// The VWAPs of `anchors` for a contract whose first record comes at `first`.
    pub fn new(anchors: &[Anchor], settings: &VwapSettings, first: i64) -> Self {
        let running = anchors.iter().map(|anchor| Running {
            when: anchor.when,
            start: if let When::Stamp(at) = anchor.when { at } else { i64::MAX },
            vwap: Vwap::default(),
            from_bars: false,
        });
        Self { settings: settings.clone(), running: running.collect(), first, week: None }
    }

    /// Folds a trade.
    #[inline]
    pub fn on_trade(&mut self, at: i64, price: Ticks, size: u64) {
        for running in &mut self.running {
            if at >= running.start {
                running.vwap.add(price, size);
            }
        }
    }

    /// Folds an input bar that began at `start`.
    pub fn on_bar(&mut self, start: i64, bar: &TickBar) {
        for running in self.running.iter_mut().filter(|running| start >= running.start) {
            running.vwap.add_bar(bar.high, bar.low, bar.close, bar.volume);
            running.from_bars = true;
        }
    }

    /// Something that the calendar makes happen at `at` in the session of `date`.
    pub fn on_session(&mut self, event: SessionEvent, at: i64, date: TradeDate) {
        let week = monday(date);
        let new_week = match self.week {
            Some(known) => week != Some(known),
            // Joined within a week: its beginning was not seen unless this is it.
            None => date.civil().is_some_and(|date| date.weekday() == Weekday::Monday),
        };
        for running in &mut self.running {
            let set = match running.when {
                When::Globex => event == SessionEvent::Open,
                When::Regular => event == SessionEvent::RegularOpen,
                When::Week => event == SessionEvent::Open && new_week,
                When::Stamp(_) => false,
            };
            if set {
                (running.start, running.vwap, running.from_bars) = (at, Vwap::default(), false);
            }
        }
        self.week = week;
    }

    /// The places of the anchors that give levels at `at`, with their VWAPs.
    pub fn levels(&self, at: i64) -> impl Iterator<Item = (usize, VwapLevel)> + '_ {
        self.running.iter().enumerate().filter_map(move |(place, running)| {
            let seen = self.first <= running.start.saturating_add(SEEN_WITHIN);
            let settled = running.vwap.weight() >= self.settings.min_volume as f64
                && at.saturating_sub(running.start) >= self.settings.min_minutes * MINUTE;
            let (mean, deviation) = running.vwap.mean().zip(running.vwap.deviation())?;
            let source = if running.from_bars { "anchor:bars" } else { "anchor" };
            (seen && settled).then_some((place, VwapLevel { mean, deviation, source }))
        })
    }
}

/// The Monday of a date's week, days since an arbitrary Monday.
fn monday(date: TradeDate) -> Option<i64> {
    let date = date.civil()?;
    let days = date.since(jiff::civil::date(2001, 1, 1)).ok()?.get_days();
    Some(i64::from(days).div_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Anchor, Failure> {
        Anchor::parse(text, &Calendar::builtin().unwrap())
    }

    #[test]
    fn anchors_are_words_or_times_with_a_name() {
        for (text, name, when) in [
            ("globex", "globex", When::Globex),
            ("open", "open", When::Regular),
            ("w=week", "w", When::Week),
            ("2026-03-09T13:30:00Z", "2026-03-09T13:30:00Z", When::Stamp(1_773_063_000_000_000)),
            ("cpi=2026-03-09T09:30:00-04:00", "cpi", When::Stamp(1_773_063_000_000_000)),
            // A Saturday stands for the next open, Sunday 18:00 in New York.
            ("2026-03-07", "2026-03-07", When::Stamp(1_773_007_200_000_000)),
        ] {
            assert_eq!(parse(text).unwrap(), Anchor { name: name.to_owned(), when }, "{text}");
        }
        for text in ["", "=open", "a b=open", "x=", "yesterday", "x=2026-03-09T09:30", "1990-01-01"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let twice = ["open".to_owned(), "open=week".to_owned()];
        assert!(Anchor::list(&twice, &Calendar::builtin().unwrap()).is_err());
    }

    #[test]
    fn an_anchor_is_set_anew_and_counts_from_there_only() {
        let calendar = Calendar::builtin().unwrap();
        let anchors: Vec<_> =
            ["globex", "open", "week"].iter().map(|t| parse(t).unwrap()).collect();
        let settings = VwapSettings { min_volume: 1, min_minutes: 0, ..VwapSettings::default() };
        let session = |date: &str| calendar.session_of(date.parse().unwrap()).unwrap().unwrap();
        let friday = session("2026-11-13");
        let mut vwaps = AnchoredVwaps::new(&anchors, &settings, friday.open);
        let mut means = Vec::new();
        for (date, price) in [("2026-11-13", 100), ("2026-11-16", 200), ("2026-11-17", 400)] {
            let session = session(date);
            let (open, close) = session.rth.unwrap();
            vwaps.on_session(SessionEvent::Open, session.open, session.date);
            vwaps.on_trade(session.open, Ticks(price), 10);
            vwaps.on_session(SessionEvent::RegularOpen, open, session.date);
            vwaps.on_trade(open, Ticks(price + 20), 10);
            means.push(vwaps.levels(close).map(|(i, l)| (i, l.mean)).collect::<Vec<_>>());
        }
        assert_eq!(means[0], [(0, 110.0), (1, 120.0)]);
        assert_eq!(means[1], [(0, 210.0), (1, 220.0), (2, 210.0)]);
        assert_eq!(means[2], [(0, 410.0), (1, 420.0), (2, 310.0)]);
    }

    #[test]
    fn an_anchor_before_the_contracts_records_gives_nothing() {
        let anchors = [parse("2026-11-17T15:00:00Z").unwrap()];
        let settings = VwapSettings { min_volume: 5, min_minutes: 2, ..VwapSettings::default() };
        let start = stamp_from("2026-11-17T15:00:00Z").unwrap();
        for (first, counts) in [(0, true), (SEEN_WITHIN, true), (SEEN_WITHIN + 1, false)] {
            let mut vwaps = AnchoredVwaps::new(&anchors, &settings, start + first);
            vwaps.on_trade(start - 1, Ticks(900), 50);
            vwaps.on_trade(start, Ticks(100), 4);
            assert_eq!(vwaps.levels(start + 2 * MINUTE).count(), 0);
            vwaps.on_trade(start + 1, Ticks(100), 1);
            assert_eq!(vwaps.levels(start + 2 * MINUTE - 1).count(), 0);
            assert_eq!(vwaps.levels(start + 2 * MINUTE).count(), usize::from(counts));
        }
    }
}
