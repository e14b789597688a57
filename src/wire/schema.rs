//! The JSON Schema (draft 2020-12) of every kind, from the record types and their documentation.
//!
//! A schema describes what MIA writes. Readers take more: any key order, unknown keys, and a
//! missing nullable key for `null`.

use crate::wire::Kind;
use crate::wire::Record;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The dialect that the schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a record of `kind`.
pub fn of(kind: Kind) -> Value {
    let (body, definitions) = parts(kind);
    let mut schema = Map::new();
    schema.insert("$schema".into(), DIALECT.into());
    schema.extend(body);
    if !definitions.is_empty() {
        schema.insert("$defs".into(), definitions.into());
    }
    schema.into()
}

/// The schema of a line that is of one of `kinds`, in their order.
pub fn of_kinds(kinds: &[Kind]) -> Value {
    let mut definitions = Map::new();
    let mut choices = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let (body, more) = parts(*kind);
        choices.push(Value::Object(body));
        // A type has one name and one definition whichever kinds use it.
        definitions.extend(more);
    }
    let mut schema = Map::new();
    schema.insert("$schema".into(), DIALECT.into());
    schema.insert("oneOf".into(), choices.into());
    if !definitions.is_empty() {
        schema.insert("$defs".into(), definitions.into());
    }
    schema.into()
}

/// The files of the folder `schema`: name and contents, one a kind.
pub fn files() -> Vec<(String, String)> {
    let file = |kind: &Kind| (format!("{kind}.json"), format!("{:#}\n", of(*kind)));
    Kind::ALL.iter().map(file).collect()
}

/// The object that a record of `kind` is, and the definitions it refers to.
fn parts(kind: Kind) -> (Map<String, Value>, Map<String, Value>) {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut body = Record::schema_of(kind, generator);
    refuse_null(&mut body);
    let mut taken = |key| body.remove(key);
    let description = taken("description").unwrap_or_else(|| "".into());
    let properties = object(taken("properties"));
    let required = match taken("required") {
        Some(Value::Array(names)) => names,
        _ => Vec::new(),
    };
    let definitions = object(taken("$defs"));

    // `t` is written before the body and is no part of its type.
    let mut all = Map::new();
    all.insert("t".into(), json!({ "const": kind.name(), "description": "Kind." }));
    all.extend(properties);
    let mut schema = Map::new();
    schema.insert("title".into(), kind.name().into());
    schema.insert("description".into(), description);
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), all.into());
    let names: Vec<_> = std::iter::once(Value::from("t")).chain(required).collect();
    schema.insert("required".into(), names.into());
    schema.insert("additionalProperties".into(), true.into());
    (schema, definitions)
}

/// A key that is left out when it has no value is never written as `null`.
fn refuse_null(schema: &mut Schema) {
    let required: Vec<String> = match schema.get("required") {
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).map(Into::into).collect()
        }
        _ => Vec::new(),
    };
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties {
            if !required.contains(name) {
                not_null(property);
            }
        }
    }
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        for definition in definitions.values_mut() {
            if let Ok(definition) = <&mut Schema>::try_from(definition) {
                refuse_null(definition);
            }
        }
    }
}

/// Takes `null` out of the types of a property.
fn not_null(property: &mut Value) {
    let Value::Object(property) = property else { return };
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
