//! The hook for model scores: what a calibrated model changes, and which files are refused.

use super::scene::Collector;
use super::scene::Minute;
use super::scene::Scene;
use super::scene::mirror;
use super::scene::stage;
use crate::process;
use mia::config::Config;
use mia::strategies::Model;
use mia::strategies::Strategy;
use mia::wire::FEATURE_NAMES;
use mia::wire::FailureClass;
use mia::wire::Record;
use mia::wire::Stage;
use serde_json::Value;
use serde_json::json;
use std::process::Command;
use std::process::Stdio;

const SIGNAL: &str = env!("CARGO_BIN_EXE_mia-signal");
/// `printf of_delta_imb,...,ctx_vwap_z | sha256sum`
const NAMES_SHA256: &str = "b751750a7352f8f79733c33b2fc0a185553df6431b643d93c0a82618e8c5eb5e";

/// A logistic model that reads `of_delta_imb` alone: margin = 0.5 - 2 (x + 0.1) / 0.2.
fn logistic() -> Value {
    let mut mean = vec![0.0; FEATURE_NAMES.len()];
    let mut sd = vec![1.0; FEATURE_NAMES.len()];
    let mut weights = vec![0.0; FEATURE_NAMES.len()];
    (mean[0], sd[0], weights[0]) = (-0.1, 0.2, -2.0);
    json!({
        "kind": "logistic", "fv": 1, "names": FEATURE_NAMES, "names_sha256": NAMES_SHA256,
        "calibrated": true, "confidence": [[0.0, 0.2], [0.5, 0.6], [1.0, 0.9]],
        "params": { "mean": mean, "sd": sd, "weights": weights, "intercept": 0.5,
                    "platt": { "a": -1.5, "b": 0.25 } },
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut model = logistic();
    change(&mut model);
    model
}

fn load(model: &Value) -> Model {
    Model::load(&serde_json::to_vec(model).unwrap()).unwrap()
}

/// The textbook sale at the upper edge of value; sellers' share at the trigger.
fn records(delta: Option<f64>) -> Vec<Record> {
    let minutes = vec![
        Minute::new(60, [24, 32, 20, 30]),
        Minute::new(61, [30, 39, 28, 38]),
        Minute::new(62, [38, 46, 36, 43]),
        Minute::new(63, [43, 47, 34, 36]).with(|m| (m.delta, m.absorption) = (delta, Some(-2.0))),
    ];
    Scene::new(minutes).value_area(40.0, 0.0, -40.0).records()
}

fn fold(model: Model, config: &Config, records: &[Record]) -> Vec<Record> {
    let mut stage = stage(config, Strategy::Auto).with_model(model);
    let mut out = Collector::default();
    for record in records {
        stage.on_record(record, &mut out).unwrap();
    }
    out.0
}

/// Confidence and `uncalibrated` of the only signal, or why there is none.
fn told(out: &[Record], side: &str) -> Result<(Option<f64>, bool), String> {
    let signal = out.iter().find_map(|record| match record {
        Record::Signal(signal) => Some(signal),
        _ => None,
    });
    if let Some(signal) = signal {
        return Ok((signal.confidence.map(|p| p.0), signal.uncalibrated));
    }
    let side = serde_json::from_value(json!(side)).unwrap();
    let mut explains = out.iter().filter_map(|record| match record {
        Record::Explain(e) if e.pattern == "va_rejection" && e.side == side => Some(e),
        _ => None,
    });
    let last = explains.next_back().unwrap();
    Err(last.failed.clone().unwrap())
}

#[test]
fn a_calibrated_model_sets_the_confidence() {
    // x = -0.1: margin 0.5; P = 1 / (1 + exp(-1.5 * 0.5 + 0.25)) = 0.62246.
    let out = fold(load(&logistic()), &Config::default(), &records(Some(-0.1)));
    let (confidence, uncalibrated) = told(&out, "S").unwrap();
    assert!((confidence.unwrap() - 0.622_459_331_2).abs() < 1e-9, "{confidence:?}");
    assert!(!uncalibrated);
    // The mirrored features are seen as the market has them: x = +0.1, margin -1.5.
    let mirrored: Vec<_> = records(Some(-0.1)).iter().map(mirror).collect();
    let model = with(|m| m["confidence"] = json!([[0.0, 0.0], [1.0, 0.01]]));
    let (confidence, _) = told(&fold(load(&model), &Config::default(), &mirrored), "B").unwrap();
    assert!((confidence.unwrap() - 1.0 / (1.0 + 2.5_f64.exp())).abs() < 1e-9, "{confidence:?}");
}

#[test]
fn a_confidence_below_the_quantile_is_refused() {
    let limit = |q: f64| {
        let mut config = Config::default();
        config.selector.confidence_q = q;
        config
    };
    // 0.6225 against 0.6 at the median, and against 0.63 at q = 0.55.
    let at = |q: f64| told(&fold(load(&logistic()), &limit(q), &records(Some(-0.1))), "S");
    assert!(at(0.5).is_ok());
    assert_eq!(at(0.55), Err("confidence".to_owned()));
    assert!(at(0.0).is_ok());
    assert_eq!(at(1.0), Err("confidence".to_owned()));
}

#[test]
fn a_null_that_the_model_needs_is_never_imputed() {
    let out = fold(load(&logistic()), &Config::default(), &records(None));
    assert_eq!(told(&out, "S"), Err("missing_feature".to_owned()));
    // A feature of weight 0 is not needed.
    let model = with(|m| m["params"]["weights"][0] = json!(0.0));
    assert!(told(&fold(load(&model), &Config::default(), &records(None)), "S").is_ok());
}

#[test]
fn without_calibration_nothing_changes_and_signals_say_so() {
    let plain = fold(Model::default(), &Config::default(), &records(Some(-0.1)));
    assert_eq!(told(&plain, "S"), Ok((None, true)));
    let uncalibrated = with(|m| m["calibrated"] = json!(false));
    let null = with(|m| (m["kind"], m["params"]) = (json!("null"), Value::Null));
    for model in [uncalibrated, null] {
        let out = fold(load(&model), &Config::default(), &records(Some(-0.1)));
        assert_eq!(out, plain);
    }
}

#[test]
fn files_of_other_models_are_refused_with_a_remedy() {
    let cases: [(Value, &str); 13] = [
        (with(|m| m["fv"] = json!(2)), "features of version 2, not 1"),
        (with(|m| m["names"][3] = json!("of_stack")), "`of_stack` where `of_stack_imb` belongs"),
        (with(|m| m["names"].as_array_mut().unwrap().truncate(17)), "17 features, not 18"),
        (with(|m| m["names_sha256"] = json!("00")), "hash of the model's names is 00"),
        (with(|m| m["kind"] = json!("forest")), "kind `forest`"),
        (with(|m| m["confidence"] = json!([])), "no table of confidences"),
        (with(|m| m["confidence"] = json!([[0.5, 0.6], [0.5, 0.7]])), "does not ascend"),
        (with(|m| m["confidence"] = json!([[0.0, 0.6], [1.0, 1.2]])), "does not ascend"),
        (with(|m| m["params"]["sd"][4] = json!(0.0)), "not above 0"),
        (with(|m| m["params"]["mean"] = json!([1.0])), "`mean` has 1 numbers, not 18"),
        (with(|m| m["params"] = json!({})), "params"),
        (with(|m| m["params"]["extra"] = json!(1)), "extra"),
        (json!({"names": []}), "not a model file"),
    ];
    for (model, part) in cases {
        let failure = Model::load(&serde_json::to_vec(&model).unwrap()).unwrap_err();
        assert!(failure.message.contains(part), "`{part}` is not in `{}`", failure.message);
        assert_eq!(failure.class, FailureClass::Config);
        assert!(failure.hint.is_some(), "{failure:?}");
    }
}

#[test]
fn no_piece_of_a_file_is_a_model() {
    let bytes = serde_json::to_vec(&logistic()).unwrap();
    for end in 0..bytes.len() {
        let failure = Model::load(&bytes[..end]).unwrap_err();
        let part = if end == 0 { "empty" } else { "cut off" };
        assert!(failure.message.contains(part), "{end}: {}", failure.message);
        assert!(failure.hint.is_some());
    }
    assert!(Model::load(b" \n").unwrap_err().message.contains("empty"));
}

#[test]
fn the_command_names_the_file_it_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.json");
    let name = file.to_str().unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(SIGNAL);
        command.args(args).env_remove("MIA_CONFIG").env_remove("MIA_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = process::feed(command.spawn().unwrap(), b"");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run(&["--model", name]);
    assert_eq!(code, Some(78), "{text}");
    assert!(text.contains(name), "{text}");
    for args in [&["--model", name][..], &["backscan", "--model", name]] {
        std::fs::write(&file, b"{\"kind\":\"logistic\",").unwrap();
        let (code, text) = run(args);
        assert_eq!(code, Some(78), "{text}");
        assert!(
            text.contains(name) && text.contains("cut off") && text.contains("whole"),
            "{text}"
        );
    }
    std::fs::write(&file, serde_json::to_vec(&logistic()).unwrap()).unwrap();
    assert_eq!(run(&["--model", name]).0, Some(0));
}
