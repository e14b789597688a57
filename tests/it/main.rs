//! Integration tests, in one binary.

mod calendar;
mod data;
mod feeds;
mod stream;
