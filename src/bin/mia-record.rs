//! See `mia-record --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Record>()
}
