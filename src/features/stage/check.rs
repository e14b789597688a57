//! Which sizes and prices are believed.

use crate::market::Px;
use crate::wire::Failure;

/// Largest size of a trade, a quote or a bar that is believed, contracts.
const SIZE_MAX: u64 = 10_000_000;

/// Whether a size is within `least` and the largest that is believed.
pub(super) fn check_size(size: u64, least: u64) -> Result<(), Failure> {
    if (least..=SIZE_MAX).contains(&size) {
        Ok(())
    } else {
        Err(Failure::bad_input(format!("size {size} is not within {least} to {SIZE_MAX}")))
    }
}

/// The failure of a price implausibly far from those before it.
pub(super) fn too_far(px: Px) -> Failure {
    Failure::bad_input(format!("price {px} is too far from the prices before it"))
}
