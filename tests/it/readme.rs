//! Every example of the README is run and gives what the README says.
//!
//! `MIA_UPDATE=1` writes the real output into the README.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A command of a `console` block and what stands below it.
struct Example {
    command: String,
    shown: String,
}

/// Runs `command` in bash as the README's reader would, with the commands of this build.
fn output_of(command: &str) -> String {
    let bins = Path::new(env!("CARGO_BIN_EXE_mia-feed")).parent().unwrap();
    let path = format!("{}:{}", bins.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {command}")])
        .current_dir(ROOT)
        .env("PATH", path)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    // A reader that stops early (`head`) is no failure of the pipe.
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("error"), "{command}\n{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The README in parts: text, and the examples of each `console` block.
fn parts(readme: &str) -> Vec<(String, Vec<Example>)> {
    let mut parts = Vec::new();
    let mut rest = readme;
    while let Some(start) = rest.find("```console\n") {
        let body = &rest[start + 11..];
        let end = body.find("```").expect("a block that ends");
        let mut examples: Vec<Example> = Vec::new();
        let mut open = false;
        for line in body[..end].lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                examples.push(Example { command: command.to_owned(), shown: String::new() });
                open = command.ends_with('\\');
            } else if open {
                let last = examples.last_mut().unwrap();
                write!(last.command, "\n{line}").unwrap();
                open = line.ends_with('\\');
            } else {
                writeln!(examples.last_mut().expect("a command first").shown, "{line}").unwrap();
            }
        }
        parts.push((rest[..start].to_owned(), examples));
        rest = &body[end + 3..];
    }
    parts.push((rest.to_owned(), Vec::new()));
    parts
}

#[test]
fn every_example_gives_what_is_shown() {
    let path = Path::new(ROOT).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let parts = parts(&readme);
    let count: usize = parts.iter().map(|(_, examples)| examples.len()).sum();
    assert!(count >= 5, "only {count} examples");
    // What a run that failed has left behind.
    for left in ["target/readme-store", "target/readme-exec"] {
        let _ = std::fs::remove_dir_all(Path::new(ROOT).join(left));
    }
    let mut updated = String::new();
    for (text, examples) in &parts {
        updated.push_str(text);
        if examples.is_empty() {
            continue;
        }
        updated.push_str("```console\n");
        for example in examples {
            let real = output_of(&example.command);
            writeln!(updated, "$ {}", example.command).unwrap();
            updated.push_str(&real);
            if std::env::var_os("MIA_UPDATE").is_none() {
                assert_eq!(real, example.shown, "{}", example.command);
            }
        }
        updated.push_str("```");
    }
    if std::env::var_os("MIA_UPDATE").is_some() && updated != readme {
        std::fs::write(&path, updated).unwrap();
    }
}
