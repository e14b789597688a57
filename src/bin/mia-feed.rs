//! See `mia-feed --help`.

fn main() -> std::process::ExitCode {
    mia::cli::start::<mia::cli::Feed>()
}
