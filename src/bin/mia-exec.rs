//! See `mia-exec --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Exec>()
}
