//! See `mia-notify --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Notify>()
}
