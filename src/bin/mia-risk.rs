//! See `mia-risk --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Risk>()
}
