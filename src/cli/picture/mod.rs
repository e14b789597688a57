//! Pictures: what is drawn, scales, and the file formats.

pub mod paint;
pub mod scale;
pub mod scene;
