//! See `mia-signal --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Signal>()
}
