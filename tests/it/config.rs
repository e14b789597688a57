//! Configuration: one file an accepted or refused case, and the rules of the merge.

use mia::config::Config;
use mia::config::Layers;
use mia::config::Origin;
use mia::config::Profile;
use mia::config::print;
use std::fs;
use std::path::PathBuf;

fn cases(kind: &str) -> Vec<(String, String)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(kind);
    let mut cases: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn load(name: &str, text: &str) -> Result<Config, String> {
    let layers = Layers { file: Some((name, text)), ..Layers::default() };
    layers
        .load()
        .map(|(config, _)| config)
        .map_err(|e| e.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn with_sets(sets: &[&str]) -> Result<Config, String> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let layers = Layers { sets: &sets, ..Layers::default() };
    layers.load().map(|(config, _)| config).map_err(|e| e.to_string())
}

/// Lines `#= key = value` of an accepted file say what must come out of `--print-config`.
#[test]
fn accepted_files() {
    for (name, text) in cases("valid") {
        let config = load(&name, &text).unwrap_or_else(|e| panic!("{name} was refused: {e}"));
        let printed = toml::Table::try_from(&config).unwrap();
        for line in text.lines().filter_map(|l| l.strip_prefix("#= ")) {
            let (key, value) = line.split_once(" = ").unwrap();
            let found =
                key.split('.').fold(toml::Value::Table(printed.clone()), |v, k| v[k].clone());
            assert_eq!(found.to_string(), value, "{name}: {key}");
        }
    }
}

/// Lines `#! text` of a refused file are its violations: all of them, in order.
#[test]
fn refused_files() {
    for (name, text) in cases("invalid") {
        let wanted: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("#! ")).collect();
        assert!(!wanted.is_empty(), "{name} does not say what is wrong with it");
        match load(&name, &text) {
            Ok(_) => panic!("{name} was accepted"),
            Err(found) => assert_eq!(found, wanted.join("\n"), "{name}"),
        }
    }
}

#[test]
fn a_later_layer_wins() {
    let text = "[risk]\nmax_order = 1\ntrade_risk_max = 150\n";
    let sets = ["risk.max_order=2".to_owned(), "risk.max_order=3".to_owned()];
    let layers = Layers { profile: Some("collect"), file: Some(("my.toml", text)), sets: &sets };
    let (config, provenance) = layers.load().unwrap();
    assert_eq!(config.profile, "collect");
    assert_eq!(config.risk.max_order, 3);
    assert_eq!(config.risk.trade_risk_max.0, 15_000);
    assert_eq!(config.risk.max_pos, 3);
    assert_eq!(provenance.of("profile"), &Origin::ProfileFlag);
    assert_eq!(provenance.of("risk.max_order"), &Origin::Set("risk.max_order=3".to_owned()));
    assert_eq!(
        provenance.of("risk.trade_risk_max"),
        &Origin::File { name: "my.toml".to_owned(), line: 3 }
    );
    assert_eq!(provenance.of("risk.max_pos"), &Origin::Profile("collect"));
    assert_eq!(provenance.of("risk.dup_ms"), &Origin::Default);
}

#[test]
fn the_profile_comes_from_the_flag_then_set_then_the_file() {
    let file = Some(("my.toml", "profile = \"live\"\n"));
    let set = ["profile=collect".to_owned()];
    let from = |profile, file, sets| {
        let layers = Layers { profile, file, sets };
        let (config, _) = layers.load().unwrap();
        (config.profile, config.session.orders_from)
    };
    assert_eq!(from(None, None, &[]), ("paper".into(), "09:35".into()));
    assert_eq!(from(None, file, &[]), ("live".into(), "09:40".into()));
    assert_eq!(from(None, file, &set), ("collect".into(), "09:31".into()));
    assert_eq!(from(Some("paper"), file, &set), ("paper".into(), "09:35".into()));
}

#[test]
fn set_needs_no_quotes_and_says_what_is_wrong() {
    let config = with_sets(&[
        "session.flat_by=15:57",
        "vwap.min_minutes = 5",
        "risk.mode=moderate",
        "risk.f_fixed=0.005",
        "patterns.va_rejection.enabled=false",
        "risk.trade_risk_max=12.50",
        "instruments.ES.fee_per_side=2.1",
        "bars={dur_s=30}",
    ])
    .unwrap();
    assert_eq!(config.session.flat_by, "15:57");
    assert_eq!(config.vwap.min_minutes, 5);
    assert!(!config.patterns.va_rejection.enabled);
    assert_eq!(config.risk.trade_risk_max.0, 1250);
    assert_eq!(config.instruments["ES"].fee_per_side.0, 210);
    assert_eq!(config.bars.dur_s, 30);

    for (set, part) in [
        ("bars.dur_s", "must be table.key=value"),
        ("=3", "--set =3: "),
        ("bars.dur=60", "bars.dur: there is no such setting; did you mean `dur_s`?"),
        ("dur_s=60", "dur_s: there is no such setting; did you mean `bars.dur_s`?"),
        ("bars=60", "bars: is a table, not a single value"),
        ("bars.dur_s.x=60", "bars.dur_s: is a single value, not a table"),
        ("bars.dur_s=abc", "expected a whole number from 0"),
        ("bars.dur_s=-1", "expected a whole number from 0"),
        ("bars.dur_s=0", "must be from 1 to 3600"),
        (
            "risk.mode=Moderate",
            "none of conservative, moderate, aggressive; did you mean `moderate`",
        ),
        ("risk.f_fixed=nan", "out of range"),
        ("risk.f_fixed=inf", "out of range"),
        ("profile=papr", "none of collect, paper, live; did you mean `paper`"),
        ("instruments.YM.tick=1", "misses `tick_value`, `fee_per_side`"),
        ("instruments.'Y.M'.tick=0", "letters and digits only"),
        ("instruments.YM={tick='x',tick_value=5,fee_per_side=1}", "instruments.YM.tick: is string"),
        ("instrument=CL", "must be a product with a table"),
    ] {
        let error = with_sets(&[set]).expect_err(set);
        assert!(error.contains(part), "{set}: {error}");
    }
}

#[test]
fn the_benchmark_hook_is_refused_in_live() {
    let sets = ["signals.always_every_s=1".to_owned()];
    let layers = Layers { profile: Some("live"), file: None, sets: &sets };
    let error = layers.load().unwrap_err().to_string();
    assert!(error.contains("signals.always_every_s must be 0 in profile live"), "{error}");
}

/// What is printed says where each value comes from and reads back as the same configuration.
#[test]
fn the_print_is_a_configuration() {
    for profile in Profile::ALL {
        let sets = ["bars.dur_s=30".to_owned()];
        let file = ("my.toml", "[vwap]\nmin_volume = 500\n");
        let layers = Layers { profile: Some(profile.name()), file: Some(file), sets: &sets };
        let (config, provenance) = layers.load().unwrap();
        let printed = print(&config, &provenance).unwrap();
        let (again, _) =
            Layers { file: Some(("printed.toml", &printed)), ..Layers::default() }.load().unwrap();
        assert_eq!(again, config);
        for line in [
            "dur_s = 30 # --set bars.dur_s=30",
            "min_volume = 500 # my.toml:2",
            &format!("profile = \"{0}\" # --profile", profile.name()),
            &format!("max_order = 2 # profile {}", profile.name()),
        ] {
            assert!(printed.lines().any(|l| l == line), "{line} not in:\n{printed}");
        }
        assert!(printed.lines().any(|l| l == "dup_ms = 2000"), "{printed}");
    }
}

/// A number that no range covers could be anything.
#[test]
fn every_numeric_setting_has_a_range() {
    let tree = toml::Table::try_from(Config::default()).unwrap();
    let mut keys = Vec::new();
    numeric("", &toml::Value::Table(tree), &mut keys);
    assert!(keys.len() > 50);
    for key in keys {
        // Above every range, but a price that can be held.
        let value: i64 = match key.rsplit('.').next() {
            Some("tick") => 5_000_000,
            // A tolerance of 10^12 stands for any number.
            _ if key.starts_with("quality.tolerance.") || key == "options.gross_min" => {
                5_000_000_000_000
            }
            _ => 500_000_000,
        };
        let error = with_sets(&[&format!("{key}={value}")]).err().unwrap_or_default();
        assert!(
            error.contains("out of range: must be"),
            "{key} has no line in src/config/ranges.rs: {error}"
        );
    }
}

fn numeric(path: &str, value: &toml::Value, keys: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, inner) in table {
                let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                numeric(&key, inner, keys);
            }
        }
        toml::Value::Integer(_) | toml::Value::Float(_) => keys.push(path.to_owned()),
        _ => {}
    }
}
