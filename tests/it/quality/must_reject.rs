//! The published fakes, each refused for every reason that its list names.

use crate::data;
use crate::quality::check_text;
use crate::quality::found;
use mia::quality::Code;
use serde_json::Value;
use std::fs;

/// The codes of a list.
fn names(codes: &Value) -> Vec<String> {
    codes
        .as_array()
        .map(|codes| codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default()
}

#[test]
fn every_fake_is_refused_for_each_of_its_reasons() {
    let Some(dir) = data::dir() else { return };
    let list = fs::read(dir.join("must-reject/expected.json")).unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    let files = list["files"].as_array().unwrap();
    assert!(files.len() >= 6, "the list is not what it was");
    let mut seen = 0;
    for file in files {
        let labelled = file["file"].as_str().unwrap();
        for name in [Some(labelled), file["also"].as_str()].into_iter().flatten() {
            seen += 1;
            let report = check_text(&fs::read(dir.join(name)).unwrap());
            let reasons = report.reasons();
            assert!(report.refused(), "{name} is not refused");
            for reason in names(&file["reasons"]) {
                let reason = reason.as_str();
                assert!(reasons.contains(&reason), "{name}: {reason} is not among {reasons:?}");
            }
            for passes in names(&file["passes"]) {
                // The list names the rule for prices by what it finds in general.
                let code = passes.replace("price_monotone_in_strike", "price_rises_with_strike");
                assert!(code.parse::<Code>().is_ok(), "{code}");
                assert!(!found(&report).contains(&code.as_str()), "{name}: {code}");
            }
            if name != labelled {
                assert!(!reasons.contains(&Code::Label.name()), "{name} has no label");
            }
        }
    }
    let stored = fs::read_dir(dir.join("must-reject")).unwrap().count()
        + fs::read_dir(dir.join("must-reject/unlabelled")).unwrap().count();
    // Besides the files: the list and the folder.
    assert_eq!(seen, stored - 2, "a file without a test");
}

/// The counts that others took from the files, where one of ours is the same quantity.
#[test]
fn the_counts_are_those_of_the_facts() {
    let Some(dir) = data::dir() else { return };
    let facts: Value = serde_json::from_slice(&fs::read(dir.join("facts.json")).unwrap()).unwrap();
    for (name, fact, code) in [
        ("es_bars_20250808_zero_nan_offtick.jsonl", "zero_prices", Code::ZeroPrice),
        ("es_bars_20250808_zero_nan_offtick.jsonl", "off_tick_prices", Code::OffTick),
        ("es_bars_20250808_zero_nan_offtick.jsonl", "lines_with_the_literal_NaN", Code::NotJsonNan),
        ("es_bars_20250822_random_walk.jsonl", "off_tick_prices", Code::OffTick),
        ("spx_real_20250828_224819.json", "strikes_not_a_multiple_of_5", Code::StrikeGrid),
        ("spx_final_20250814.csv", "strikes_not_a_multiple_of_5", Code::StrikeGrid),
        (
            "spx_final_20250814.csv",
            "strikes_where_call_and_put_share_bid_ask_iv_volume_and_oi",
            Code::CallIsPut,
        ),
    ] {
        let name = format!("must-reject/{name}");
        let report = check_text(&fs::read(dir.join(&name)).unwrap());
        let finding = report.findings.iter().find(|finding| finding.code == code);
        assert_eq!(finding.map(|f| f.count), facts[&name][fact].as_u64(), "{name} {fact}");
    }
    let name = "must-reject/spx_final_20250814.csv";
    let report = check_text(&fs::read(dir.join(name)).unwrap());
    let wrong = report.findings.iter().find(|f| f.code == Code::DeltaSign).unwrap().count;
    let facts = &facts[name];
    let calls = facts["calls_with_delta_below_0"].as_u64().unwrap();
    assert_eq!(wrong, calls + facts["puts_with_delta_above_0"].as_u64().unwrap());
    let torn = "must-reject/es_bars_20250811_torn_lines.jsonl";
    let report = check_text(&fs::read(dir.join(torn)).unwrap());
    let lines = [Code::TornLine, Code::BlankLine, Code::TwoObjects];
    let bad = report.findings.iter().filter(|f| lines.contains(&f.code)).map(|f| f.count);
    assert_eq!(bad.sum::<u64>(), 12);
    assert_eq!(report.records, 49);
}
