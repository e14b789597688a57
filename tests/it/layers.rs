//! The house's table: which room may import which, and how an import is written.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Room and what it may import besides itself.
const TABLE: &[(&str, &[&str])] = &[
    ("market", &[]),
    ("config", &["market"]),
    ("wire", &["market"]),
    ("stream", &["wire", "market", "config"]),
    ("protocols", &["market"]),
    ("feeds", &["protocols", "stream", "wire", "market", "config"]),
    ("options", &["wire", "market", "config"]),
    ("features", &["options", "wire", "market", "config"]),
    ("quality", &["options", "wire", "market", "config"]),
    ("strategies", &["wire", "market", "config"]),
    ("account", &["wire", "market", "config"]),
    ("matching", &["wire", "market", "config"]),
    ("risk", &["account", "matching", "wire", "market", "config"]),
    (
        "execution",
        &["risk", "account", "matching", "protocols", "stream", "wire", "market", "config"],
    ),
    (
        "gateway",
        &["matching", "account", "options", "protocols", "stream", "wire", "market", "config"],
    ),
    ("performance", &["account", "stream", "wire", "market", "config"]),
    ("learning", &["performance", "stream", "wire", "market", "config"]),
    ("monitoring", &["performance", "account", "stream", "wire", "market", "config"]),
    (
        "backtest",
        &[
            "features",
            "strategies",
            "risk",
            "execution",
            "matching",
            "account",
            "performance",
            "stream",
            "wire",
            "market",
            "config",
        ],
    ),
    // Everything; nothing imports it.
    ("cli", &["*"]),
];

/// Texts that must not stand in the code of `src`, and why.
const FORBIDDEN: &[(&str, &str)] = &[
    ("super::super", "name the room instead"),
    ("println!", "stdout belongs to stream, stderr to tracing and the error printer"),
    ("process::exit", "return an exit code"),
    ("::prelude", "import what is used"),
];

#[test]
fn imports_run_downward() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut findings = String::new();
    for file in sources(&root.join("src")) {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        for finding in findings_in(&name, &text) {
            writeln!(findings, "{finding}").unwrap();
        }
    }
    assert!(findings.is_empty(), "\n{findings}");
}

#[test]
fn a_wrong_import_is_named_with_its_line() {
    let text = "//! Room.\n\nuse crate::strategies::SignalStage;\n";
    assert_eq!(
        findings_in("src/features/mod.rs", text),
        ["src/features/mod.rs:3: features may not import strategies"]
    );
    let text = "fn f() {\n    let x = crate::cli::run();\n}\n";
    assert_eq!(
        findings_in("src/stream/pump.rs", text),
        ["src/stream/pump.rs:2: stream may not import cli"]
    );
}

#[test]
fn a_wrong_way_to_import_is_named() {
    for (text, part) in [
        ("use crate::{market::Px, wire::Kind};", "one import a line"),
        ("use crate::wire::{Kind, Record};", "one import a line"),
        ("use super::super::Px;", "super::super"),
        ("    println!(\"x\");", "println!"),
        ("    std::process::exit(1);", "process::exit"),
    ] {
        let found = findings_in("src/features/bar.rs", text);
        assert!(found.len() == 1 && found[0].contains(part), "{text}: {found:?}");
    }
    let fine = "use crate::wire::Kind;\n// println! stays out\nuse proptest::prelude::*;\n";
    assert_eq!(findings_in("src/features/bar.rs", fine), [] as [&str; 0]);
}

#[test]
fn every_room_is_in_the_table() {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() && name != "bin" {
            assert!(TABLE.iter().any(|(room, _)| *room == name), "room {name} is not in the table");
        }
    }
}

/// Every `.rs` file below `dir`, in order of name.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn findings_in(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let room = name.split('/').nth(1).unwrap_or_default();
    if name.ends_with("/utils.rs") || name.ends_with("/helpers.rs") {
        findings.push(format!("{name}:1: a file is one noun"));
    }
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        let place = format!("{name}:{}", index + 1);
        let import = code.starts_with("use ") || code.starts_with("pub use ");
        if import && code.contains("crate::") && code.contains('{') {
            findings.push(format!("{place}: one import a line, no groups"));
            continue;
        }
        for (text, why) in FORBIDDEN {
            // proptest's own prelude serves its macros and stays inside test modules.
            if code.contains(text) && !code.contains("proptest::prelude") {
                findings.push(format!("{place}: no `{text}`: {why}"));
            }
        }
        for imported in rooms_named(code) {
            if !may_import(room, imported) {
                findings.push(format!("{place}: {room} may not import {imported}"));
            }
        }
    }
    findings
}

/// The rooms in `crate::room` paths of a line; names of the crate root that are no rooms excluded.
fn rooms_named(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn may_import(room: &str, imported: &str) -> bool {
    if room == imported || room == "lib.rs" {
        return true;
    }
    let allowed = TABLE.iter().find(|(r, _)| *r == room).map(|(_, allowed)| *allowed);
    allowed.is_some_and(|list| list.contains(&"*") || list.contains(&imported))
}
