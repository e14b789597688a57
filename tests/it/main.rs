//! Integration tests, in one binary.

mod data;
mod stream;
