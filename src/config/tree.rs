//! Configurations as TOML trees: paths, insertion, walks.

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Origin;
use crate::config::Violation;
use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::TableLike;
use toml_edit::Value;

/// The tree of `config`, in the order in which the settings are declared.
///
/// # Errors
/// A value that TOML cannot hold: a bug.
pub(super) fn of(config: &Config) -> Result<DocumentMut, ConfigErrors> {
    let mut doc = toml_edit::ser::to_document(config).map_err(|error| {
        ConfigErrors::new(vec![Violation {
            origin: Origin::Default,
            key: String::new(),
            message: error.to_string(),
            suggestion: None,
        }])
    })?;
    spread(doc.as_table_mut());
    Ok(doc)
}

/// Turns inline tables into tables of their own, so that each setting has a line.
fn spread(table: &mut toml_edit::Table) {
    for (_, item) in table.iter_mut() {
        if item.is_inline_table() {
            let inner = std::mem::take(item).into_table().unwrap_or_default();
            *item = Item::Table(inner);
        }
        if let Some(inner) = item.as_table_mut() {
            spread(inner);
            let only_tables = inner.iter().all(|(_, item)| item.is_table());
            inner.set_implicit(only_tables);
        }
    }
}

/// The item at `path`.
pub(super) fn get<'a>(doc: &'a DocumentMut, path: &[&str]) -> Option<&'a Item> {
    path.iter().try_fold(doc.as_item(), |item, name| item.as_table_like()?.get(name))
}

/// Puts `value` at `path`, making the tables on the way.
pub(super) fn insert(doc: &mut DocumentMut, path: &[&str], value: Value) {
    let Some((name, parents)) = path.split_last() else { return };
    let mut table: &mut dyn TableLike = doc.as_table_mut();
    for parent in parents {
        let next = table.entry(parent).or_insert_with(toml_edit::table);
        match next.as_table_like_mut() {
            Some(inner) => table = inner,
            None => return,
        }
    }
    let mut value = value;
    value.decor_mut().clear();
    table.insert(name, Item::Value(value));
}

/// Calls `visit` with the key and value of each setting, in order.
pub(super) fn each_value<'a>(doc: &'a DocumentMut, visit: &mut dyn FnMut(&str, &'a Value)) {
    each_value_of(doc.as_item(), visit);
}

/// As [`each_value`], of any table.
pub(super) fn each_value_of<'a>(item: &'a Item, visit: &mut dyn FnMut(&str, &'a Value)) {
    fn walk<'a>(item: &'a Item, path: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
        if let Some(table) = item.as_table_like() {
            for (name, inner) in table.iter() {
                let key = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                walk(inner, &key, visit);
            }
        } else if let Some(value) = item.as_value() {
            visit(path, value);
        }
    }
    walk(item, "", visit);
}
