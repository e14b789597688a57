//! Defaults < profile < file < `--set`, merged with every violation reported at once.
//!
//! No setting is described twice: the tree of the defaults says which keys exist, deserialising
//! says what type each one has, and [`ranges`](super::ranges) says what it may be.

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Origin;
use crate::config::Provenance;
use crate::config::Violation;
use crate::config::profile::Profile;
use crate::config::ranges::RANGES;
use crate::config::ranges::RULES;
use crate::config::tree;
use toml_edit::Document;
use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Key;
use toml_edit::TableLike;
use toml_edit::Value;

/// Tables whose keys the user chooses; what is inside looks like the entry named here.
const OPEN: &[(&str, &str)] = &[("instruments", "ES"), ("account.margins", "ES")];

/// What the user said, besides the defaults and the profiles built in. Reading the file is the
/// caller's affair.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// `--profile NAME`; without it the file's (or a `--set`) `profile`, else `paper`.
    pub profile: Option<&'a str>,
    /// The user's file: its name for messages, and its text.
    pub file: Option<(&'a str, &'a str)>,
    /// `--set table.key=value`, in order: a later one wins.
    pub sets: &'a [String],
}

impl Layers<'_> {
    /// Merges the layers.
    ///
    /// # Errors
    /// Everything that is wrong: keys that do not exist, wrong types, values out of range, rules
    /// between settings that do not hold; each with its place.
    pub fn load(&self) -> Result<(Config, Provenance), ConfigErrors> {
        let mut merge = Merge::new()?;
        let file = merge.parsed_file(self.file);
        let sets = merge.parsed_sets(self.sets);
        let profile = merge.profile(self.chosen_profile(file.as_ref(), &sets));
        if let Some(profile) = profile {
            merge.layer(profile.document().as_table(), &|_| Origin::Profile(profile.name()));
        }
        if let Some((name, text, doc)) = &file {
            merge.layer(doc.as_table(), &|at| Origin::File {
                name: (*name).to_owned(),
                line: line_of(text, at),
            });
        }
        for (text, doc) in &sets {
            merge.layer(doc.as_table(), &|_| Origin::Set((*text).to_owned()));
        }
        if let (Some(profile), Some(_)) = (profile, self.profile) {
            merge.tree["profile"] = toml_edit::value(profile.name());
            merge.provenance.note("profile".to_owned(), Origin::ProfileFlag);
        }
        merge.finish()
    }

    /// The name of the profile asked for: the flag, else the last `--set profile=NAME`, else the
    /// file's.
    fn chosen_profile<'a>(
        &'a self,
        file: Option<&'a (&str, &str, Document<&str>)>,
        sets: &'a [(&str, DocumentMut)],
    ) -> Option<(&'a str, Origin)> {
        if let Some(name) = self.profile {
            return Some((name, Origin::ProfileFlag));
        }
        let set = sets.iter().rev().find_map(|(text, doc)| {
            let name = doc.get("profile")?.as_str()?;
            Some((name, Origin::Set((*text).to_owned())))
        });
        set.or_else(|| {
            let (file, text, doc) = file?;
            let (key, item) = doc.get_key_value("profile")?;
            let line = line_of(text, key.span().map_or(0, |s| s.start));
            Some((item.as_str()?, Origin::File { name: (*file).to_owned(), line }))
        })
    }
}

/// Line (from 1) of byte `at`.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

struct Merge {
    defaults: DocumentMut,
    tree: DocumentMut,
    provenance: Provenance,
    violations: Vec<Violation>,
}

impl Merge {
    fn new() -> Result<Self, ConfigErrors> {
        let defaults = tree::of(&Config::default())?;
        Ok(Self {
            tree: defaults.clone(),
            defaults,
            provenance: Provenance::default(),
            violations: Vec::new(),
        })
    }

    fn complain(&mut self, origin: Origin, key: &str, message: impl Into<String>) {
        let (key, message) = (key.to_owned(), message.into());
        self.violations.push(Violation { origin, key, message, suggestion: None });
    }

    fn parsed_file<'a>(
        &mut self,
        file: Option<(&'a str, &'a str)>,
    ) -> Option<(&'a str, &'a str, Document<&'a str>)> {
        let (name, text) = file?;
        match Document::parse(text) {
            Ok(doc) => Some((name, text, doc)),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |s| s.start));
                let origin = Origin::File { name: name.to_owned(), line };
                self.complain(origin, "", format!("not TOML: {}", one_line(error.message())));
                None
            }
        }
    }

    fn parsed_sets<'a>(&mut self, sets: &'a [String]) -> Vec<(&'a str, DocumentMut)> {
        let mut parsed = Vec::new();
        for text in sets {
            match self.parsed_set(text) {
                Ok(doc) => parsed.push((text.as_str(), doc)),
                Err(message) => self.complain(Origin::Set(text.clone()), "", message),
            }
        }
        parsed
    }

    /// `table.key=value` as a document. A value that is not TOML, or whose setting is a text, is
    /// taken literally, so that no shell quoting is needed.
    fn parsed_set(&self, text: &str) -> Result<DocumentMut, String> {
        let (key, value) = text.split_once('=').ok_or("must be table.key=value")?;
        let path = Key::parse(key.trim()).map_err(|e| one_line(e.message()))?;
        let names: Vec<&str> = path.iter().map(Key::get).collect();
        let value = value.trim();
        let is_text = self.shape(&names).is_some_and(Item::is_str);
        let parsed = match value.parse::<Value>() {
            Ok(v) if !is_text || v.is_str() => v,
            _ => Value::from(value),
        };
        let mut doc = DocumentMut::new();
        let mut table = doc.as_table_mut();
        let (last, parents) = names.split_last().ok_or("must be table.key=value")?;
        for name in parents {
            let next = table.entry(name).or_insert_with(toml_edit::table);
            table = next.as_table_mut().ok_or("must be table.key=value")?;
        }
        table.insert(last, Item::Value(parsed));
        Ok(doc)
    }

    /// The default that has the same shape as the setting at `path`.
    fn shape(&self, path: &[&str]) -> Option<&Item> {
        let mut item = self.defaults.as_item();
        for (depth, name) in path.iter().enumerate() {
            let parent = path[..depth].join(".");
            let model = OPEN.iter().find(|(open, _)| *open == parent).map(|(_, model)| *model);
            item = item.as_table_like()?.get(model.unwrap_or(name))?;
        }
        Some(item)
    }

    fn profile(&mut self, asked: Option<(&str, Origin)>) -> Option<Profile> {
        let Some((name, origin)) = asked else {
            return Some(Profile::default());
        };
        let found = Profile::named(name);
        if found.is_none() {
            let known: Vec<_> = Profile::ALL.iter().map(|p| p.name()).collect();
            self.violations.push(Violation {
                origin,
                key: "profile".to_owned(),
                message: format!("`{name}` is none of {}", known.join(", ")),
                suggestion: nearest(name, known.into_iter()),
            });
        }
        found
    }

    fn layer(&mut self, table: &dyn TableLike, origin: &dyn Fn(usize) -> Origin) {
        let mut path = Vec::new();
        self.walk(table, &mut path, origin);
    }

    fn walk<'a>(
        &mut self,
        table: &'a dyn TableLike,
        path: &mut Vec<&'a str>,
        origin: &dyn Fn(usize) -> Origin,
    ) {
        for (name, item) in table.iter() {
            let at = table.key(name).and_then(Key::span).or_else(|| item.span());
            let place = origin(at.map_or(0, |s| s.start));
            path.push(name);
            self.one(item, path, place, origin);
            path.pop();
        }
    }

    fn one<'a>(
        &mut self,
        item: &'a Item,
        path: &mut Vec<&'a str>,
        place: Origin,
        origin: &dyn Fn(usize) -> Origin,
    ) {
        let key = path.join(".");
        if let Some((name, parents)) = path.split_last()
            && OPEN.iter().any(|(open, _)| *open == parents.join("."))
            && !name.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return self.complain(place, &key, "a product's name has letters and digits only");
        }
        let Some(shape) = self.shape(path).map(Item::is_table_like) else {
            return self.unknown(place, path);
        };
        match (shape, item.as_table_like()) {
            (true, Some(table)) => {
                self.walk(table, path, origin);
                self.missing(&key, path, place);
            }
            (true, None) => self.complain(place, &key, "is a table, not a single value"),
            (false, Some(_)) => self.complain(place, &key, "is a single value, not a table"),
            (false, None) => {
                if let Some(value) = item.as_value() {
                    tree::insert(&mut self.tree, path, value.clone());
                    self.provenance.note(key, place);
                } else {
                    self.complain(place, &key, "must be a single value");
                }
            }
        }
    }

    fn unknown(&mut self, place: Origin, path: &[&str]) {
        let Some((name, parents)) = path.split_last() else { return };
        let siblings = self.shape(parents).and_then(Item::as_table_like);
        let meant = siblings
            .and_then(|t| nearest(name, t.iter().map(|(k, _)| k)))
            .or_else(|| elsewhere(self.defaults.as_item(), name));
        self.violations.push(Violation {
            origin: place,
            key: path.join("."),
            message: "there is no such setting".to_owned(),
            suggestion: meant,
        });
    }

    /// An entry that the user adds to an open table has to be whole.
    fn missing(&mut self, key: &str, path: &[&str], place: Origin) {
        let Some((_, parents)) = path.split_last() else { return };
        if !OPEN.iter().any(|(open, _)| *open == parents.join(".")) {
            return;
        }
        let have = tree::get(&self.tree, path).and_then(Item::as_table_like);
        let wanted = self.shape(path).and_then(Item::as_table_like);
        let missing: Vec<String> = wanted
            .into_iter()
            .flat_map(TableLike::iter)
            .filter(|(name, _)| have.is_none_or(|t| !t.contains_key(name)))
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            self.complain(place, key, format!("misses {}", missing.join(", ")));
            // Not half a table: whatever follows would complain about the same thing again.
            if let Some(parent) = parents.first() {
                self.tree[parent].as_table_like_mut().map(|t| t.remove(path[parents.len()]));
            }
        }
    }

    fn finish(mut self) -> Result<(Config, Provenance), ConfigErrors> {
        let mut config = toml_edit::de::from_document::<Config>(self.tree.clone());
        if config.is_err() {
            self.take_out_wrong_types();
            config = toml_edit::de::from_document(self.tree.clone());
        }
        match config {
            Ok(config) => {
                self.check_ranges();
                self.check_rules(&config);
                if self.violations.is_empty() {
                    return Ok((config, self.provenance));
                }
            }
            Err(error) if self.violations.is_empty() => {
                self.complain(Origin::Default, "", one_line(error.message()));
            }
            Err(_) => {}
        }
        Err(ConfigErrors::new(self.violations))
    }

    /// Tries each value of the user alone in the tree of the defaults: serde says what is wrong.
    fn take_out_wrong_types(&mut self) {
        let settings: Vec<(String, Origin)> =
            self.provenance.iter().map(|(k, o)| (k.to_owned(), o.clone())).collect();
        for (key, origin) in settings {
            let path: Vec<&str> = key.split('.').collect();
            let Some(value) = tree::get(&self.tree, &path).and_then(Item::as_value).cloned() else {
                continue;
            };
            let Some(shape) = self.shape(&path).and_then(Item::as_value).cloned() else { continue };
            let mut alone = self.defaults.clone();
            for (open, model) in OPEN {
                // A product of the user's own: stands in the place of the model's.
                if let [first, product, ..] = path[..]
                    && first == *open
                {
                    let whole = self.defaults[open][model].clone();
                    alone[open][product] = whole;
                }
            }
            tree::insert(&mut alone, &path, value);
            let Err(error) = toml_edit::de::from_document::<Config>(alone) else { continue };
            let (message, suggestion) = type_message(error.message());
            self.violations.push(Violation { origin, key: key.clone(), message, suggestion });
            tree::insert(&mut self.tree, &path, shape);
            self.provenance.forget(&key);
        }
    }

    fn check_ranges(&mut self) {
        let mut found = Vec::new();
        tree::each_value(&self.tree, &mut |key, value| {
            let Some(number) = number(value) else { return };
            let line = RANGES.iter().find(|r| r.covers(key));
            if let Some(message) = line.and_then(|r| r.complaint(number)) {
                found.push((key.to_owned(), message));
            }
        });
        for (key, message) in found {
            self.complain(self.provenance.of(&key).clone(), &key, message);
        }
    }

    fn check_rules(&mut self, config: &Config) {
        for rule in RULES.iter().filter(|r| !(r.holds)(config)) {
            let set = |key: &&&str| *self.provenance.of(key) != Origin::Default;
            let user = |key: &&&str| {
                !matches!(self.provenance.of(key), Origin::Default | Origin::Profile(_))
            };
            let key = rule.keys.iter().find(user).or_else(|| rule.keys.iter().find(set));
            let key = key.or(rule.keys.first()).copied().unwrap_or_default();
            let value = tree::get(&self.tree, &key.split('.').collect::<Vec<_>>())
                .map(|item| item.to_string().trim().to_owned())
                .unwrap_or_default();
            let message = format!("{value} does not fit: {}", rule.text);
            self.complain(self.provenance.of(key).clone(), key, message);
        }
    }
}

/// A number of any TOML type.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|i| i as f64))
}

/// The known name that `name` was probably meant to be.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|k| (strsim::jaro_winkler(name, k), k))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.to_owned())
}

/// The full key of a setting that has this name in another table.
fn elsewhere(defaults: &Item, name: &str) -> Option<String> {
    let mut found = None;
    tree::each_value_of(defaults, &mut |key, _| {
        if found.is_none() && key.rsplit('.').next() == Some(name) {
            found = Some(key.to_owned());
        }
    });
    found
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// serde's words for people who do not know Rust, and the variant probably meant.
fn type_message(message: &str) -> (String, Option<String>) {
    let message = one_line(message);
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (given, rest) = rest.split_once('`').unwrap_or((rest, ""));
        let known = rest.split('`').skip(1).step_by(2).collect::<Vec<_>>();
        let meant = nearest(given, known.iter().copied());
        return (format!("`{given}` is none of {}", known.join(", ")), meant);
    }
    let mut text = message.replace("invalid type: ", "is ").replace("invalid value: ", "is ");
    for (rust, people) in [
        ("expected u32", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected usize", "expected a whole number from 0"),
        ("expected i64", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a price (a JSON number)", "expected a price"),
        ("expected a boolean", "expected true or false"),
        ("expected a string", "expected a text in quotes"),
        ("is map", "is a date or time"),
    ] {
        text = text.replace(rust, people);
    }
    (text, None)
}
