//! See `mia-bench --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Bench>()
}
