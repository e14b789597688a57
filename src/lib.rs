//! MIA: small Unix commands for trading ES futures with order flow and SPX options exposure.
//!
//! The rooms, in the order data flows through them. Imports point downward only; the table in
//! `tests/layers.rs` holds it. Stages never import one another: they meet in [`wire`].

pub mod market;

pub mod config;
pub mod wire;

pub mod stream;

pub mod protocols;

pub mod feeds;

pub mod options;

pub mod features;
pub mod quality;
pub mod strategies;

pub mod account;
pub mod matching;
pub mod risk;

pub mod execution;
pub mod monitoring;

pub mod cli;
