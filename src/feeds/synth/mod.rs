//! Made-up sessions: seeded, deterministic on every machine, and always labelled `src` syn.
//!
//! A latent price moves through regimes; the touch, one tick wide, follows it as its queues are
//! taken or withdrawn; orders arrive in bursts, busier where the day is busy. Known patterns can be
//! planted at known times. What its realism gives and does not give is in `docs/feeds.md`.

mod book;
mod chain;
mod latent;
mod memory;
mod options;
mod plan;
mod plant;
mod random;
mod session;
mod shape;
mod source;
mod tape;

pub use options::SynthOptions;
pub use plant::Plant;
pub use plant::PlantPattern;
pub use plant::Planted;

pub use source::SynthSource;
