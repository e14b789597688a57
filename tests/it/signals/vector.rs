//! Reference vector 33: the value-area rejection of QUANT 5.3 with the flow condition off.

use super::scene::Minute;
use super::scene::Scene;
use super::scene::play;
use crate::data;
use mia::config::Config;
use mia::market::Px;
use mia::market::Side;
use serde_json::Value;

#[test]
fn vector_33_vah_rejection() {
    let Some(dir) = data::dir() else { return };
    let path = dir.join("reference-vectors/33_vah_rejection.json");
    let vector: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let ticks = |v: &Value| v.as_f64().unwrap() * 4.0 - 20_000.0;
    let bars = vector["bars"].as_array().unwrap();
    let minutes = bars.iter().zip(60..).map(|(bar, at)| {
        let shape = [0, 1, 2, 3].map(|i| ticks(&bar[i]) as i64);
        Minute::new(at, shape).with(|m| (m.delta, m.absorption, m.ofi) = (None, None, None))
    });
    let scene = Scene::new(minutes.collect()).value_area(
        ticks(&vector["vah"]),
        ticks(&vector["poc"]),
        ticks(&vector["val"]),
    );
    let mut config = Config::default();
    config.patterns.va_rejection.require_flow = false;
    let outcome = play(&scene, &config);

    let states = vector["states"].as_array().unwrap();
    let expected: Vec<_> = states
        .iter()
        .map(|s| s["state"].as_str().unwrap())
        .map(|s| if s == "NEAR" { "ARMED" } else { s })
        .collect();
    assert_eq!(outcome.states("va_rejection"), expected);
    let wanted: Vec<_> = states.iter().filter(|s| !s["signal"].is_null()).collect();
    assert_eq!((outcome.signals.len(), wanted.len()), (1, 1));
    let (signal, wanted) = (&outcome.signals[0], &wanted[0]["signal"]);
    let px = |v: &Value| Px::from_points(v.as_f64().unwrap()).unwrap();
    assert_eq!((wanted["side"].as_str(), signal.side), (Some("SELL"), Side::Sell));
    assert_eq!((signal.entry, signal.stop), (px(&wanted["entry"]), px(&wanted["stop"])));
    assert_eq!(signal.targets, [px(&wanted["target"]), px(&vector["val"])]);
}
