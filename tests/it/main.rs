//! Integration tests, in one binary.

mod data;
mod feeds;
mod stream;
