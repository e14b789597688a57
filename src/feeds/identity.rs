//! The identity of a stream that comes from files.

use sha2::Digest;
use sha2::Sha256;

/// Sixteen hex digits that name an input by how it begins.
///
/// A hash of the whole input would have to be known before its first record: a pipe would have to
/// be read twice, and a longer file would not begin like a shorter one. So the hash covers what
/// determines the first record: the source, its options and the first lines.
pub(in crate::feeds) fn run_id(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let head = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{head:016x}")
}

/// Program and version, as written into stream records.
pub(in crate::feeds) const TOOL: &str = concat!("mia-feed ", env!("CARGO_PKG_VERSION"));
