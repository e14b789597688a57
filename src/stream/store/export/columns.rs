//! The columns of a kind, from its schema, and their values.

use crate::wire::Kind;
use crate::wire::schema;
use jiff::Timestamp;
use polars_core::chunked_array::builder::NewChunkedArray;
use polars_core::datatypes::BooleanChunked;
use polars_core::datatypes::Float64Chunked;
use polars_core::datatypes::Int64Chunked;
use polars_core::datatypes::StringChunked;
use polars_core::datatypes::TimeUnit;
use polars_core::datatypes::TimeZone;
use polars_core::datatypes::UInt64Chunked;
use polars_core::frame::column::Column as Series;
use polars_core::frame::column::IntoColumn;
use serde_json::Map;
use serde_json::Value;

/// The values of a column, of rows that are not written yet.
enum Values {
    /// Microseconds UTC.
    Stamp(Vec<Option<i64>>),
    Int(Vec<Option<i64>>),
    Size(Vec<Option<u64>>),
    Float(Vec<Option<f64>>),
    Flag(Vec<Option<bool>>),
    Text(Vec<Option<String>>),
    /// Whatever has no type of its own, as JSON.
    Json(Vec<Option<String>>),
}

/// A column: a key of the record, or a key of an object in it.
pub(super) struct Column {
    name: String,
    key: String,
    inner: Option<String>,
    values: Values,
}

/// The columns of `kind` in the order of the wire, without `t`, which is the name of the table.
pub(super) fn of(kind: Kind) -> Vec<Column> {
    let schema = schema::of(kind);
    let definitions = &schema["$defs"];
    let mut columns = Vec::new();
    let Value::Object(properties) = &schema["properties"] else { return columns };
    for (key, property) in properties.iter().filter(|(key, _)| *key != "t") {
        let property = resolve(property, definitions);
        let inner = match &property["properties"] {
            Value::Object(inner) if property["type"] == "object" => Some(inner),
            _ => None,
        };
        match inner {
            None => columns.push(Column {
                name: key.clone(),
                key: key.clone(),
                inner: None,
                values: values_of(&property, definitions),
            }),
            Some(inner) => columns.extend(inner.iter().map(|(name, property)| Column {
                name: format!("{key}_{name}"),
                key: key.clone(),
                inner: Some(name.clone()),
                values: values_of(&resolve(property, definitions), definitions),
            })),
        }
    }
    columns
}

/// The property with the definition it refers to, and without the `null` it may be.
fn resolve(property: &Value, definitions: &Value) -> Value {
    let mut property = property.clone();
    loop {
        let deeper = if let Some(name) = property["$ref"].as_str() {
            name.rsplit('/').next().map(|name| definitions[name].clone())
        } else if let Value::Array(choices) = &property["anyOf"] {
            let mut some = choices.iter().filter(|choice| choice["type"] != "null");
            some.next().cloned().filter(|_| some.next().is_none())
        } else {
            None
        };
        let Some(Value::Object(mut deeper)) = deeper else { return property };
        // What is said where it is used says more than the definition.
        if let Some(description) = property.get("description") {
            deeper.insert("description".into(), description.clone());
        }
        property = Value::Object(deeper);
    }
}

fn values_of(property: &Value, definitions: &Value) -> Values {
    let name = match &property["type"] {
        Value::Array(names) => names.iter().find(|name| *name != "null"),
        name => Some(name),
    };
    let name = name.and_then(Value::as_str).unwrap_or_default();
    let description = property["description"].as_str().unwrap_or_default();
    let format = property["format"].as_str().unwrap_or_default();
    let is_text = |choice: &Value| {
        let choice = resolve(choice, definitions);
        choice["const"].is_string() || choice["type"] == "string"
    };
    let all_text = property["oneOf"].as_array().is_some_and(|choices| choices.iter().all(is_text));
    match name {
        "integer" if format == "int64" && description.contains("icroseconds") => {
            Values::Stamp(Vec::new())
        }
        "integer" if format.starts_with('u') => Values::Size(Vec::new()),
        "integer" => Values::Int(Vec::new()),
        "number" => Values::Float(Vec::new()),
        "boolean" => Values::Flag(Vec::new()),
        "string" => Values::Text(Vec::new()),
        _ if all_text => Values::Text(Vec::new()),
        _ => Values::Json(Vec::new()),
    }
}

impl Column {
    /// Adds the value of a row; `false` if it is there but not of the type of the column.
    pub(super) fn add(&mut self, row: &Map<String, Value>) -> bool {
        let value = match &self.inner {
            None => row.get(&self.key),
            Some(inner) => row.get(&self.key).and_then(|object| object.get(inner)),
        };
        let value = value.filter(|value| !value.is_null());
        let found = match &mut self.values {
            Values::Stamp(values) | Values::Int(values) => {
                values.push(value.and_then(Value::as_i64));
                values.last().is_some_and(Option::is_some)
            }
            Values::Size(values) => {
                values.push(value.and_then(Value::as_u64));
                values.last().is_some_and(Option::is_some)
            }
            Values::Float(values) => {
                values.push(value.and_then(Value::as_f64));
                values.last().is_some_and(Option::is_some)
            }
            Values::Flag(values) => {
                values.push(value.and_then(Value::as_bool));
                values.last().is_some_and(Option::is_some)
            }
            Values::Text(values) => {
                values.push(value.and_then(Value::as_str).map(ToOwned::to_owned));
                values.last().is_some_and(Option::is_some)
            }
            Values::Json(values) => {
                values.push(value.map(ToString::to_string));
                true
            }
        };
        found || value.is_none()
    }

    /// The values so far as a series, which are forgotten. Where the format has no timestamps they
    /// are text: ISO 8601 in UTC.
    pub(super) fn take(&mut self, timestamps: bool) -> Series {
        let name = self.name.as_str();
        match &mut self.values {
            Values::Stamp(values) if timestamps => {
                let integers = Int64Chunked::from_iter_options(name.into(), values.drain(..));
                integers.into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)).into_column()
            }
            Values::Stamp(values) => {
                let texts = values.drain(..).map(|ts| ts.and_then(iso));
                StringChunked::from_iter_options(name.into(), texts).into_column()
            }
            Values::Int(values) => {
                Int64Chunked::from_iter_options(name.into(), values.drain(..)).into_column()
            }
            Values::Size(values) => {
                UInt64Chunked::from_iter_options(name.into(), values.drain(..)).into_column()
            }
            Values::Float(values) => {
                Float64Chunked::from_iter_options(name.into(), values.drain(..)).into_column()
            }
            Values::Flag(values) => {
                BooleanChunked::from_iter_options(name.into(), values.drain(..)).into_column()
            }
            Values::Text(values) | Values::Json(values) => {
                StringChunked::from_iter_options(name.into(), values.drain(..)).into_column()
            }
        }
    }
}

fn iso(ts: i64) -> Option<String> {
    let stamp = Timestamp::from_microsecond(ts).ok()?;
    Some(stamp.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}
