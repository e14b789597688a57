//! The options room: reference vectors 10 to 15, real chains, properties.

mod chains;
mod properties;
mod vectors;
