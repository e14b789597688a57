//! See `mia-features --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Features>()
}
