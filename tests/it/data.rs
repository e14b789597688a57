//! Where the larger real data are.

use std::path::Path;
use std::path::PathBuf;

/// The folder of the shared test data: `MIA_TEST_DATA`, else `../shared/data` beside the checkout.
///
/// Without it the calling test says that it is skipped; with `CI=true` its absence is a failure.
pub fn dir() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let dir = std::env::var_os("MIA_TEST_DATA").map_or_else(beside, PathBuf::from);
    if dir.join("facts.json").is_file() {
        return Some(dir);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI without test data: set MIA_TEST_DATA to the folder that holds facts.json"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("SKIPPED {test}: no test data (set MIA_TEST_DATA)");
    None
}
