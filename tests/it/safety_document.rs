//! `docs/safety.md` names a test for every promise: each of them exists, and so does each file.

use std::path::Path;
use std::path::PathBuf;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    let path = Path::new(ROOT).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words in backticks of a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Rows of the tables below the heading `heading`, as cells, without head and rule.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, rest) = document.split_once(&format!("\n## {heading}\n")).expect(heading);
    let part = rest.split("\n## ").next().unwrap_or(rest);
    let mut rows = Vec::new();
    let mut head = true;
    for line in part.lines() {
        if !line.starts_with('|') {
            head = true;
            continue;
        }
        if line.starts_with("|---") {
            head = false;
            continue;
        }
        if !head {
            let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            rows.push(cells.collect());
        }
    }
    rows
}

/// Where the tests of a module may stand.
fn places(module: &str) -> Vec<PathBuf> {
    let path = module.replace("::", "/");
    let inside = |folder: &str| {
        [format!("{folder}/{path}.rs"), format!("{folder}/{path}/mod.rs")].map(PathBuf::from)
    };
    inside("tests/it").into_iter().chain(inside("src")).collect()
}

/// Whether `name` stands as a test in `source`: marked as one, or one of a block of properties.
fn is_test(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("fn {name}(")) else { return false };
    let before = source[..at].trim_end();
    // Attributes and comments may stand between the mark and the function.
    let mut lines = before.lines().rev().map(str::trim);
    lines
        .by_ref()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .any(|line| line == "#[test]")
}

fn exists(test: &str) -> bool {
    let (module, name) = test.rsplit_once("::").unwrap_or(("", test));
    places(module).iter().any(|place| {
        let text = std::fs::read_to_string(Path::new(ROOT).join(place));
        text.is_ok_and(|source| is_test(&source, name))
    })
}

/// The kinds of faults that the script knows.
fn kinds() -> Vec<String> {
    let script = read("scripts/faults.py");
    let (_, table) = script.split_once("\nKINDS = {\n").expect("the table of kinds");
    let table = table.split("\n}").next().unwrap_or(table);
    table
        .lines()
        .filter_map(|line| Some(line.trim().strip_prefix('"')?.split_once('"')?.0.to_owned()))
        .collect()
}

/// What holds a promise: tests as `module::function`, faults as `faults: kind`.
fn check(cell: &str, row: &[String], missing: &mut Vec<String>) -> usize {
    let kinds = kinds();
    let mut count = 0;
    for word in quoted(cell) {
        count += 1;
        let known = match word.strip_prefix("faults: ") {
            Some(kind) => kinds.iter().any(|known| known == kind),
            None => word.contains("::") && exists(word),
        };
        if !known {
            missing.push(format!("{word} (of `{}`)", row[0]));
        }
    }
    count
}

#[test]
fn every_promise_names_files_and_tests_that_exist() {
    let document = read("docs/safety.md");
    let promises = rows(&document, "What is promised");
    assert!(promises.len() >= 20, "only {} promises", promises.len());
    let mut missing = Vec::new();
    for row in &promises {
        let [promise, mechanism, held] = row.as_slice() else {
            panic!("{row:?} has other columns")
        };
        assert!(check(held, row, &mut missing) > 0, "no test holds `{promise}`");
        let mut files = 0;
        for file in quoted(mechanism).filter(|word| word.contains('/')) {
            files += 1;
            if !Path::new(ROOT).join(file).exists() {
                missing.push(format!("the file {file} (of `{promise}`)"));
            }
        }
        assert!(files > 0, "`{promise}` names no file");
    }
    assert!(missing.is_empty(), "docs/safety.md names what is not there:\n{}", missing.join("\n"));
}

#[test]
fn every_incident_is_covered_by_a_test_or_belongs_to_later_work() {
    let document = read("docs/safety.md");
    let incidents = rows(&document, "Incidents of peers");
    let mut numbers: Vec<u32> = Vec::new();
    let mut missing = Vec::new();
    for row in &incidents {
        let [number, _, held] = row.as_slice() else { panic!("{row:?} has other columns") };
        numbers.push(number.parse().expect("a number"));
        let count = check(held, row, &mut missing);
        assert!(count > 0 || held.contains("later"), "incident {number}: neither test nor later");
    }
    let all: Vec<u32> = (1..=54).collect();
    assert_eq!(numbers, all, "every incident has one row");
    assert!(missing.is_empty(), "docs/safety.md names what is not there:\n{}", missing.join("\n"));
}

#[test]
fn every_kind_of_fault_is_described() {
    let document = read("docs/safety.md");
    for kind in kinds() {
        assert!(
            document.contains(&format!("`{kind}`")),
            "docs/safety.md does not describe `{kind}`"
        );
    }
}

#[test]
fn a_test_is_told_from_a_function() {
    let source = "#[test]\n/// A word.\nfn held() {}\nfn helper() {}\n    #[test]\n    fn property(x in any()) {}";
    assert!(is_test(source, "held") && is_test(source, "property"));
    assert!(!is_test(source, "helper") && !is_test(source, "nothing"));
}
