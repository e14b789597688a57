//! Writes what is generated and committed: `man/`, `completions/`, `schema/`.
//!
//! `cargo run --example generate`; the tests compare the files with what this would write.

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::Inline;
use clap_mangen::roff::Roff;
use clap_mangen::roff::bold;
use clap_mangen::roff::roman;
use mia::cli::Manual;
use mia::cli::Place;
use mia::cli::commands;
use mia::wire::schema;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemas = schema::files().into_iter().map(|(n, text)| (format!("schema/{n}"), text.into()));
    for (name, contents) in files()?.into_iter().chain(schemas) {
        let path = root.join(&name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, contents)?;
    }
    Ok(())
}

/// Name and contents of every man page and completion file.
///
/// # Errors
/// None in practice: the writers are in memory.
pub fn files() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for (manual, command) in commands() {
        for (page, text) in pages(&manual, &command)? {
            files.push((format!("man/{page}.1"), text));
        }
        for (shell, folder) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
            let name = match shell {
                Shell::Zsh => format!("_{}", manual.name),
                Shell::Fish => format!("{}.fish", manual.name),
                _ => manual.name.to_owned(),
            };
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command.clone(), manual.name, &mut text);
            files.push((format!("completions/{folder}/{name}"), text));
        }
    }
    Ok(files)
}

/// The page of a command and one for each of its subcommands.
fn pages(manual: &Manual, command: &clap::Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = command.clone();
    command.build();
    let mut pages = Vec::new();
    for sub in command.get_subcommands().filter(|s| s.get_name() != "help") {
        let name = format!("{}-{}", manual.name, sub.get_name());
        let spoken = format!("{} {}", manual.name, sub.get_name());
        // Shared options are described once, in the page of the command.
        let shared: Vec<_> = sub.get_arguments().filter(|a| a.is_global_set()).collect();
        let shared: Vec<_> = shared.into_iter().map(|a| a.get_id().clone()).collect();
        let mut own = sub.clone().display_name(&name).bin_name(&spoken).disable_help_flag(true);
        own = shared.iter().fold(own, |own, id| own.mut_arg(id, |a| a.hide(true)));
        let mut text = body(&Man::new(own).source(source()))?;
        let mut roff = Roff::new();
        let also = format!(
            "The options that every source or broker shares, the examples and the exit codes are in {}(1).",
            manual.name
        );
        roff.control("SH", ["SEE ALSO"]).text([roman(also)]);
        roff.to_writer(&mut text)?;
        pages.push((name, text));
    }
    // The ends of the help are sections of their own here.
    let named = command.clone().after_help("").after_long_help("");
    let mut text = body(&Man::new(named).source(source()))?;
    sections(manual, &command).to_writer(&mut text)?;
    pages.push((manual.name.to_owned(), text));
    Ok(pages)
}

fn source() -> String {
    format!("MIA {}", env!("CARGO_PKG_VERSION"))
}

fn body(man: &Man) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    Ok(text)
}

fn sections(manual: &Manual, command: &clap::Command) -> Roff {
    let mut roff = Roff::new();
    let subs: Vec<_> = command.get_subcommands().filter(|s| s.get_name() != "help").collect();
    if !subs.is_empty() {
        roff.control("SH", ["COMMANDS"]);
        for sub in subs {
            let name = format!("{}-{}(1)", manual.name, sub.get_name());
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            roff.control("TP", []).text([bold(name)]).text([roman(about)]);
        }
    }
    for section in (manual.sections)() {
        roff.control("SH", [section.title.as_str()]);
        for topic in section.topics {
            roff.control("TP", []).text([bold(topic.name)]);
            for (i, line) in topic.lines.into_iter().enumerate() {
                if i > 0 {
                    roff.control("br", []);
                }
                roff.text([roman(line)]);
            }
        }
    }
    roff.control("SH", ["EXAMPLES"]);
    for example in manual.examples {
        roff.control("PP", []).text([roman(example.text)]);
        roff.control("RS", ["4"]).control("nf", []).text([roman(example.command)]);
        roff.control("fi", []).control("RE", []);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for exit in manual.exit_codes() {
        roff.control("TP", []).text([bold(exit.code().to_string())]).text([roman(exit.meaning())]);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    manual.variables().for_each(|place| entry(&mut roff, place));
    if !manual.files.is_empty() {
        roff.control("SH", ["FILES"]);
        manual.files.iter().for_each(|place| entry(&mut roff, place));
    }
    let others = commands().into_iter().map(|(other, _)| other.name).filter(|n| *n != manual.name);
    let mut also: Vec<Inline> = Vec::new();
    for other in others {
        if !also.is_empty() {
            also.push(roman(", "));
        }
        also.extend([bold(other), roman("(1)")]);
    }
    roff.control("SH", ["SEE ALSO"]).text(also);
    roff
}

fn entry(roff: &mut Roff, place: &Place) {
    roff.control("TP", []).text([bold(place.name)]).text([roman(place.text)]);
}
