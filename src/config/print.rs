//! `--print-config`: the merged settings, each with the place it comes from.

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Provenance;
use crate::config::tree;
use toml_edit::Decor;
use toml_edit::DocumentMut;

/// The configuration as TOML that can be read back with `--config`; a value that is not the
/// default's has its origin as a comment.
///
/// # Errors
/// A value that TOML cannot hold: a bug.
pub fn print(config: &Config, provenance: &Provenance) -> Result<String, ConfigErrors> {
    let mut doc = tree::of(config)?;
    for (key, origin) in provenance.iter() {
        let path: Vec<&str> = key.split('.').collect();
        if let Some(decor) = value_decor(&mut doc, &path) {
            let origin = origin.to_string().replace(|c: char| c.is_control(), " ");
            decor.set_suffix(format!(" # {origin}"));
        }
    }
    Ok(doc.to_string())
}

fn value_decor<'a>(doc: &'a mut DocumentMut, path: &[&str]) -> Option<&'a mut Decor> {
    let mut item = doc.as_item_mut();
    for name in path {
        item = item.as_table_like_mut()?.get_mut(name)?;
    }
    item.as_value_mut().map(toml_edit::Value::decor_mut)
}
