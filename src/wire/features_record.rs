//! The feature record: 18 features in a frozen order, auxiliaries, and why a value is missing.

use crate::market::Px;
use crate::market::Sym;
use crate::wire::By;
use crate::wire::Num;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::ser::SerializeMap;
use sha2::Digest;
use sha2::Sha256;
use std::borrow::Cow;
use std::fmt;

/// Version of the feature schema (`fv`).
pub const FEATURE_VERSION: u32 = 1;
/// Number of features.
pub const FEATURE_COUNT: usize = 18;
/// The features in the order of QUANT: 8 order flow, 6 options, 4 context.
pub const FEATURE_NAMES: [&str; FEATURE_COUNT] = [
    "of_delta_imb",
    "of_cvd_z",
    "of_cvd_div",
    "of_stack_imb",
    "of_absorption",
    "of_ofi",
    "of_large_imb",
    "of_tape_speed",
    "opt_gex_ratio",
    "opt_flip_dist",
    "opt_call_wall_dist",
    "opt_put_wall_dist",
    "opt_charm_flow",
    "opt_0dte_share",
    "ctx_regime",
    "ctx_trend",
    "ctx_rvol",
    "ctx_vwap_z",
];

/// SHA-256 of the comma-joined names of the features, hexadecimal: a model stores it (QUANT 4).
pub fn feature_names_sha256() -> String {
    let digest = Sha256::digest(FEATURE_NAMES.join(","));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The 18 values; `None` is undefined and its reason stands in [`Why`].
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct FeatureVector(pub [Option<f64>; FEATURE_COUNT]);

impl FeatureVector {
    /// Position of the feature `name`.
    pub fn index_of(name: &str) -> Option<usize> {
        FEATURE_NAMES.iter().position(|n| *n == name)
    }

    /// The value of feature `name`; `None` if undefined or unknown.
    pub fn value(&self, name: &str) -> Option<f64> {
        Self::index_of(name).and_then(|i| self.0[i])
    }
}

impl Serialize for FeatureVector {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(FEATURE_COUNT))?;
        for (name, value) in FEATURE_NAMES.iter().zip(&self.0) {
            map.serialize_entry(name, &value.map(Num))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for FeatureVector {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = FeatureVector;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of the 18 features")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FeatureVector, A::Error> {
                let mut vector = FeatureVector::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    let value = map.next_value::<Option<f64>>()?;
                    if let Some(i) = FeatureVector::index_of(&name) {
                        vector.0[i] = value;
                    }
                }
                Ok(vector)
            }
        }
        d.deserialize_map(Named)
    }
}

impl JsonSchema for FeatureVector {
    fn schema_name() -> Cow<'static, str> {
        "FeatureVector".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for name in FEATURE_NAMES {
            properties.insert(name.into(), serde_json::json!({ "type": ["number", "null"] }));
        }
        json_schema!({
            "type": "object", "properties": properties, "required": FEATURE_NAMES,
            "description": "the features in their fixed order; `null` is undefined, its reason in `why`"
        })
    }
}

/// Why values are missing or how they were made: field and reason code, in a fixed order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Why(pub Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Why {
    /// Most reasons that a record may hold.
    const MAX: usize = 100;

    /// Sets the reason of `field`; a later one replaces it in place, so that no key is doubled.
    pub fn note(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        let (field, reason) = (field.into(), reason.into());
        match self.0.iter_mut().find(|(known, _)| *known == field) {
            Some((_, known)) => *known = reason,
            None => self.0.push((field, reason)),
        }
    }

    /// The reason of `field`.
    pub fn reason(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(f, _)| f == field).map(|(_, r)| r.as_ref())
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(field, reason)| (field, reason)))
    }
}

impl<'de> Deserialize<'de> for Why {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Why;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of at most {} reason codes", Why::MAX)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Why, A::Error> {
                let mut why = Why::default();
                while let Some((field, reason)) = map.next_entry::<String, String>()? {
                    why.note(field, reason);
                    if why.0.len() > Why::MAX {
                        return Err(serde::de::Error::invalid_length(why.0.len(), &self));
                    }
                }
                Ok(why)
            }
        }
        d.deserialize_map(Map)
    }
}

impl JsonSchema for Why {
    fn schema_name() -> Cow<'static, str> {
        "Why".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" }, "description": "reason code by field" })
    }
}

/// Phase of the trading day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Globex hours outside regular hours.
    Eth,
    /// Regular (cash) hours.
    Rth,
    /// A scheduled halt.
    Halt,
    /// Between sessions.
    Closed,
}

/// The side of the flip on which net gamma is negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NegSide {
    /// Below it, as almost always.
    Below,
    /// Above it.
    Above,
}

/// Auxiliary values that patterns and people need besides the features; absent means not defined
/// (the reason is in `why` where a person would ask).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Auxiliaries {
    /// Phase of the trading day.
    pub phase: Phase,
    /// Minutes since the regular open, in regular hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rth_min: Option<u32>,
    /// VWAP from the regular open, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vwap: Option<Num>,
    /// Volume-weighted standard deviation around `vwap`, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vwap_sd: Option<Num>,
    /// VWAP from the Globex open, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vwap_eth: Option<Num>,
    /// Wilder ATR(14) of bars, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atr: Option<Num>,
    /// Wilder ADX(14) of bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adx: Option<Num>,
    /// Choppiness(14) of bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chop: Option<Num>,
    /// Efficiency ratio over 20 bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub er: Option<Num>,
    /// Variance ratio of the closes at lag `context.vr_lag`: 1 on a random walk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vr: Option<Num>,
    /// Robust standard score of `vr` against 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vr_z: Option<Num>,
    /// Point of control of the developing regular session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poc: Option<Px>,
    /// Value area high of the developing regular session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vah: Option<Px>,
    /// Value area low of the developing regular session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub val: Option<Px>,
    /// Position in the previous value area: 0 at its low, 1 at its high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub va_pos: Option<Num>,
    /// Cumulative delta since the Globex open, contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvd_eth: Option<i64>,
    /// Cumulative delta since the regular open, contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvd_rth: Option<i64>,
    /// Volume of unknown side in the last 60 s, contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unk_vol: Option<u64>,
    /// Queue imbalance at the touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_imb: Option<Num>,
    /// Microprice, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micro: Option<Num>,
    /// Quoted spread of the last closed bar, the mean weighted by time, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Num>,
    /// Exhaustion: -1 at a high, +1 at a low, else 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhaustion: Option<i64>,
    /// Delta divergence of the last closed bar: -1 a new high on weaker delta, +1 a new low on stronger
    /// delta, else 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_div: Option<i64>,
    /// Contracts bought by large trades in the last 300 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_buy: Option<u64>,
    /// Contracts sold by large trades in the last 300 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_sell: Option<u64>,
    /// Share of large trades in the volume of the last closed bar, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_share: Option<Num>,
    /// Book imbalance over the best `flow.book_levels` levels of each side, -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book_imb: Option<Num>,
    /// Contracts bid on those levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book_bid: Option<u64>,
    /// Contracts offered on those levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book_ask: Option<u64>,
    /// Levels counted on the side that has fewer, at most `flow.book_levels`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book_n: Option<u32>,
    /// Bulk classification of the last closed bar: buyers' less sellers' share of its volume, -1 to 1; a
    /// diagnostic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bvc: Option<Num>,
    /// VPIN over the last `flow.bulk_buckets` buckets, 0 to 1; a diagnostic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpin: Option<Num>,
    /// Net gamma exposure of the option chain, dollars of delta per 1 % move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gex_net: Option<Num>,
    /// Gross gamma exposure, dollars of delta per 1 % move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gex_gross: Option<Num>,
    /// Zero-gamma price as a price of the future, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flip: Option<Num>,
    /// On which side of the flip net gamma is negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neg_side: Option<NegSide>,
    /// Strike of the greatest call exposure as a price of the future, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_wall: Option<Num>,
    /// Strike of the greatest put exposure as a price of the future, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_wall: Option<Num>,
    /// Strike of the greatest gross exposure as a price of the future, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abs_wall: Option<Num>,
    /// Strike of max pain of the nearest expiry as a price of the future, points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pain: Option<Num>,
    /// Expected move (one sigma) that the option features are measured in, points of the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub em: Option<Num>,
    /// Implied volatility at the money of the nearest expiry (0.15 = 15 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atm_iv: Option<Num>,
    /// Vanna exposure, dollars of delta per volatility point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vex: Option<Num>,
    /// Delta exposure, dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dex: Option<Num>,
    /// Future over index, with which option levels are mapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_ratio: Option<Num>,
    /// Age of the newest pair behind `basis_ratio`, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_age_s: Option<i64>,
    /// Age of the option quotes behind the option features, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_age_s: Option<i64>,
}

impl Auxiliaries {
    /// The phase and nothing else.
    pub const fn new(phase: Phase) -> Self {
        Self {
            phase,
            rth_min: None,
            vwap: None,
            vwap_sd: None,
            vwap_eth: None,
            atr: None,
            adx: None,
            chop: None,
            er: None,
            vr: None,
            vr_z: None,
            poc: None,
            vah: None,
            val: None,
            va_pos: None,
            cvd_eth: None,
            cvd_rth: None,
            unk_vol: None,
            queue_imb: None,
            micro: None,
            spread: None,
            exhaustion: None,
            delta_div: None,
            large_buy: None,
            large_sell: None,
            large_share: None,
            book_imb: None,
            book_bid: None,
            book_ask: None,
            book_n: None,
            bvc: None,
            vpin: None,
            gex_net: None,
            gex_gross: None,
            flip: None,
            neg_side: None,
            call_wall: None,
            put_wall: None,
            abs_wall: None,
            max_pain: None,
            em: None,
            atm_iv: None,
            vex: None,
            dex: None,
            basis_ratio: None,
            basis_age_s: None,
            opt_age_s: None,
        }
    }
}

/// The features at a bin end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Features {
    /// End of the bin, microseconds UTC; only events before it were used.
    pub ts: i64,
    /// Contract.
    pub sym: Sym,
    /// Writing stage.
    pub by: By,
    /// Stamp of the record that completed the bin, microseconds UTC.
    pub ct: i64,
    /// Version of the feature schema.
    pub fv: u32,
    /// Last trade price.
    pub px: Option<Px>,
    /// The features.
    pub f: FeatureVector,
    /// Auxiliaries.
    pub x: Auxiliaries,
    /// Reasons of missing values, and notes on how values were made.
    pub why: Why,
    /// Events used since the Globex open.
    pub n: u64,
}
