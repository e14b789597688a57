//! The JSON of Cboe's delayed quotes.

use crate::feeds::Refusal;
use crate::feeds::cboe::series::Series;
use crate::feeds::cboe::snapshot::Collector;
use crate::feeds::cboe::snapshot::Row;
use crate::feeds::cboe::snapshot::Snapshot;
use crate::feeds::cboe::stamp;
use crate::market::Calendar;
use crate::wire::Failure;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use std::borrow::Cow;
use std::fmt;

/// How far the last trade may be after the document's own stamp before its clocks contradict each
/// other, microseconds: a document whose stamp were not UTC would be hours off.
const CLOCK_TOLERANCE_US: i64 = 3600 * 1_000_000;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    symbol: Cow<'a, str>,
    #[serde(default)]
    current_price: Loose,
    #[serde(borrow, default)]
    last_trade_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    options: Vec<Listed<'a>>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow, default)]
    option: Cow<'a, str>,
    #[serde(default)]
    bid: Loose,
    #[serde(default)]
    ask: Loose,
    #[serde(default)]
    iv: Loose,
    #[serde(default)]
    delta: Loose,
    #[serde(default)]
    gamma: Loose,
    #[serde(default)]
    open_interest: Loose,
    #[serde(default)]
    volume: Loose,
}

/// A number; missing and null are 0, anything else is not a number, so that one wrong option does
/// not make the document unreadable.
#[derive(Clone, Copy, Default)]
struct Loose(f64);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_f64<E>(self, v: f64) -> Result<Loose, E> {
                Ok(Loose(v))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Loose, E> {
                Ok(Loose(v as f64))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Loose, E> {
                Ok(Loose(v as f64))
            }
            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose(0.0))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose(f64::NAN))
            }
            fn visit_str<E>(self, _: &str) -> Result<Loose, E> {
                Ok(Loose(f64::NAN))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose(f64::NAN))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(f64::NAN))
            }
        }
        d.deserialize_any(Any)
    }
}

/// Reads a document.
pub(super) fn read(document: &[u8], calendar: &Calendar) -> Result<Snapshot, Failure> {
    let Document { timestamp, data } = serde_json::from_slice(document).map_err(|error| {
        Failure::bad_input(format!("not Cboe's document: {error}"))
            .hint("it has `timestamp`, and under `data` the price and the `options`")
    })?;
    let made = stamp::utc(&timestamp).ok_or_else(|| {
        let shown: String = timestamp.chars().take(40).collect();
        Failure::bad_input(format!("timestamp `{}` is not a time", shown.escape_debug()))
    })?;
    if let Some(text) = &data.last_trade_time {
        let traded = stamp::eastern(text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Failure::bad_input(format!("last_trade_time `{}` is not a time", shown.escape_debug()))
        })?;
        if traded > made + CLOCK_TOLERANCE_US {
            let text = format!(
                "the last trade, {text} in New York, is after the document, {timestamp} UTC: its \
                 clocks contradict each other"
            );
            return Err(Failure::bad_input(text).hint("do not use the document"));
        }
    }
    let mut collector = Collector::new(made, calendar)?;
    let name = data.symbol.trim_start_matches(['^', '_']);
    collector.underlying(name, data.current_price.0);
    for (index, listed) in data.options.iter().enumerate() {
        let place = || format!("option {}", index + 1);
        let Some(series) = Series::read(&listed.option) else {
            let shown: String = listed.option.chars().take(40).collect();
            let reason = format!("`{}` is not the symbol of an option", shown.escape_debug());
            let remedy = "compare the document with what Cboe's page shows";
            collector.refuse(Refusal { code: "cboe_symbol", reason, remedy }, place());
            continue;
        };
        let row = Row {
            bid: listed.bid.0,
            ask: listed.ask.0,
            // A volatility that is no number is none; any other such value is wrong.
            iv: if listed.iv.0.is_nan() { 0.0 } else { listed.iv.0 },
            delta: listed.delta.0,
            gamma: listed.gamma.0,
            oi: listed.open_interest.0,
            volume: listed.volume.0,
        };
        collector.option(series, row, place);
    }
    collector.finish()
}
