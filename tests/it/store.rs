//! The store: round trips, seeking, crashes, full disks, two writers, damage, compaction.

mod crash;
mod damage;
mod desk;
#[cfg(feature = "frames")]
mod export;
mod program;
mod seek;
mod trip;
