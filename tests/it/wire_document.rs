//! The tables of `docs/wire.md` are made of the schemas and the golden lines, so that they cannot
//! drift from the code.

use crate::wire::compare;
use crate::wire::golden;
use mia::wire::Kind;
use mia::wire::schema;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FILE: &str = "docs/wire.md";
const START: &str = "<!-- generated from here: MIA_UPDATE=1 cargo test --test it wire -->\n";
/// Units as the descriptions name them, and as the table shows them.
const UNITS: [(&str, &str); 8] = [
    ("microseconds utc", "µs UTC"),
    ("multiples of the bar atr", "ATR"),
    ("contracts", "contracts"),
    ("seconds", "s"),
    ("minutes", "min"),
    ("ticks", "ticks"),
    ("points", "points"),
    ("dollars", "USD"),
];

#[test]
fn the_document_has_the_tables_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let stored = std::fs::read_to_string(path).unwrap();
    let (prose, _) = stored.split_once(START).expect("the line where the generated part starts");
    compare(FILE, &format!("{prose}{START}{}", tables()));
}

fn tables() -> String {
    let examples = golden();
    let mut text = String::from("\n## Records\n");
    let mut values = BTreeMap::new();
    for kind in Kind::ALL {
        let schema = schema::of(*kind);
        let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
        write!(text, "\n### {kind}\n{}\n\n", schema["description"].as_str().unwrap()).unwrap();
        text.push_str("| key | type | unit | presence | meaning |\n|---|---|---|---|---|\n");
        rows("", &schema, &definitions, &mut text);
        let start = format!("{{\"t\":\"{kind}\"");
        let (_, example) = examples.iter().find(|(_, line)| line.starts_with(&start)).unwrap();
        write!(text, "\n```json\n{example}\n```\n").unwrap();
        for (name, definition) in definitions {
            values.insert(name, definition);
        }
    }
    text.push_str("\n## Values\n");
    for (name, definition) in &values {
        if constants(definition).is_empty() {
            continue;
        }
        let title = definition["description"].as_str().unwrap_or_else(|| panic!("{name}"));
        write!(text, "\n**{}**\n\n| text | meaning |\n|---|---|\n", title.trim_end_matches('.'))
            .unwrap();
        for (constant, meaning) in constants(definition) {
            writeln!(text, "| `{constant}` | {meaning} |").unwrap();
        }
    }
    text
}

/// One row a key; the keys of objects inside follow with their path.
fn rows(path: &str, object: &Value, definitions: &Map<String, Value>, text: &mut String) {
    let required = object["required"].as_array().cloned().unwrap_or_default();
    for (key, property) in object["properties"].as_object().unwrap() {
        let (schema, nullable) = resolved(property, definitions);
        let mut meaning = property["description"].as_str().unwrap_or_default().to_owned();
        if let Some(names) = undescribed(&schema) {
            write!(meaning, " Keys, in this order: {names}.").unwrap();
        }
        let presence = match (required.iter().any(|r| r == key), nullable) {
            (true, false) => "always",
            (true, true) => "or `null`",
            (false, _) => "if set",
        };
        writeln!(
            text,
            "| `{path}{key}` | {} | {} | {presence} | {meaning} |",
            type_of(&schema, definitions),
            unit(&schema, &meaning),
        )
        .unwrap();
        let (inner, step) = match schema.get("items") {
            Some(items) => (resolved(items, definitions).0, "[]"),
            None => (schema, ""),
        };
        let described =
            |inner: &Map<String, Value>| inner.values().all(|p| p.get("description").is_some());
        if inner["properties"].as_object().is_some_and(described) {
            rows(&format!("{path}{key}{step}."), &inner, definitions, text);
        }
    }
}

/// The names of the keys of an object that say nothing more about themselves.
fn undescribed(object: &Value) -> Option<String> {
    let properties = object["properties"].as_object()?;
    let names: Vec<_> = properties.keys().map(|name| format!("`{name}`")).collect();
    properties.values().all(|p| p.get("description").is_none()).then(|| names.join(" "))
}

/// The schema behind references, and whether `null` is allowed beside it.
fn resolved(schema: &Value, definitions: &Map<String, Value>) -> (Value, bool) {
    if let Some(choices) = schema["anyOf"].as_array() {
        let (nulls, others): (Vec<_>, Vec<_>) =
            choices.iter().partition(|choice| choice["type"] == "null");
        assert_eq!(others.len(), 1, "{schema}");
        return (resolved(others[0], definitions).0, !nulls.is_empty());
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        let mut definition = definitions[name].clone();
        definition["title"] = name.into();
        return (definition, false);
    }
    let nullable = schema["type"].as_array().is_some_and(|types| types.iter().any(|t| t == "null"));
    (schema.clone(), nullable)
}

fn type_of(schema: &Value, definitions: &Map<String, Value>) -> String {
    match schema["title"].as_str() {
        Some("Px") => return "price".into(),
        Some("Usd") => return "money".into(),
        Some("Num") => return "number".into(),
        Some("Sym") => return "symbol".into(),
        _ => {}
    }
    if let Some(constant) = schema["const"].as_str() {
        return format!("`{constant}`");
    }
    let constants = constants(schema);
    if !constants.is_empty() {
        let names: Vec<_> = constants.iter().map(|(name, _)| format!("`{name}`")).collect();
        return names.join(" ");
    }
    if let Some(items) = schema["prefixItems"].as_array() {
        let types: Vec<_> =
            items.iter().map(|item| type_of(&resolved(item, definitions).0, definitions)).collect();
        return format!("[{}]", types.join(", "));
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        let inner = type_of(&resolved(items, definitions).0, definitions);
        return format!("array of {inner}");
    }
    let name = match &schema["type"] {
        Value::Array(types) => types.iter().find(|t| *t != "null").and_then(Value::as_str),
        other => other.as_str(),
    };
    match name {
        Some("string") => "text".into(),
        Some("boolean") => "`true` `false`".into(),
        Some("integer") if schema["minimum"] == 0 => "integer >= 0".into(),
        Some(name) => name.into(),
        None => "any JSON".into(),
    }
}

/// The fixed texts of an enumeration with their meanings.
fn constants(schema: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(names) = schema["enum"].as_array() {
        return names.iter().map(|name| (text(name), String::new())).collect();
    }
    let choices = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    choices.iter().map(|c| (text(&c["const"]), text(&c["description"]))).collect()
}

fn unit(schema: &Value, meaning: &str) -> &'static str {
    match schema["title"].as_str() {
        Some("Px") => return "points",
        Some("Usd") => return "USD",
        _ => {}
    }
    let is_number = schema["title"] == "Num"
        || ["integer", "number"].iter().any(|name| {
            schema["type"] == *name
                || schema["type"].as_array().is_some_and(|types| types.iter().any(|t| t == name))
        });
    let meaning = meaning.to_lowercase();
    let named = UNITS.iter().find(|(name, _)| is_number && meaning.contains(name));
    named.map_or("", |(_, unit)| unit)
}
