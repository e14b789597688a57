//! Generated files in the repository are what the code would write.

use std::path::Path;
use std::path::PathBuf;

#[expect(dead_code, reason = "its main is for people")]
#[path = "../../examples/generate.rs"]
mod generate;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, as names from the root.
fn stored(folder: &str) -> Vec<String> {
    fn walk(path: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let name = |p: &PathBuf| p.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = found.iter().map(name).collect();
    names.sort();
    names
}

/// `MIA_UPDATE=1` writes the files instead of comparing them.
#[test]
fn man_pages_and_completions_are_up_to_date() {
    let update = std::env::var_os("MIA_UPDATE").is_some();
    let files = generate::files().unwrap();
    for (name, contents) in &files {
        let path = root().join(name);
        if update {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, contents).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(
            &stored == contents,
            "{name} is not what the options say: MIA_UPDATE=1 cargo test --test it docs"
        );
    }
    let mut names: Vec<_> = files.into_iter().map(|(name, _)| name).collect();
    names.sort();
    let on_disk: Vec<_> = stored("completions").into_iter().chain(stored("man")).collect();
    assert_eq!(on_disk, names, "files that nothing generates, or that are missing");
}

#[test]
fn every_program_is_in_the_manual() {
    let programs = stored("src/bin");
    for program in programs {
        let name = Path::new(&program).file_stem().unwrap().to_str().unwrap();
        let known = mia::cli::commands().iter().any(|(manual, _)| manual.name == name);
        assert!(known, "{name} is not in cli::commands");
    }
}

#[test]
fn every_manual_says_what_a_reader_needs() {
    for (manual, mut command) in mia::cli::commands() {
        assert!(!manual.examples.is_empty(), "{} has no example", manual.name);
        let help = command.render_long_help().to_string();
        for part in ["Examples:", "Exit codes:", "--print-config", "--since", "[FILE]..."] {
            // Commands with subcommands name their files there.
            let in_subcommand = part == "[FILE]..." && command.has_subcommands();
            assert!(in_subcommand || help.contains(part), "{}: no {part}", manual.name);
        }
        command.debug_assert();
    }
}

#[test]
fn the_document_lists_every_exit_code_and_variable() {
    let text = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    for exit in mia::cli::Exit::ALL {
        let row = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(text.contains(&row), "no row `{row}`");
    }
    for (manual, _) in mia::cli::commands() {
        for variable in manual.variables() {
            assert!(text.contains(&format!("| `{}` |", variable.name)), "no {}", variable.name);
        }
    }
}
