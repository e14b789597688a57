//! See `mia-check --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Check>()
}
