//! See `mia-options --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Options>()
}
