//! Integration tests, in one binary: a module a subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests: the lint's own exception covers only functions marked as tests"
)]

mod account_model;
mod account_sources;
mod arbitrary;
mod backscan;
mod bar_auxiliaries;
mod calendar;
mod cboe;
mod checks;
mod cli;
mod codec;
mod config;
mod conformance;
mod csv;
mod data;
mod dbn;
mod desk;
mod docs;
mod dtc;
mod dtc_codec;
mod dtc_history;
mod dtc_server;
mod features;
mod feeds;
mod fills;
mod incidents;
mod iqfeed;
mod iqfeed_peer;
mod journal;
mod layers;
mod live;
mod live_gate;
mod manifest;
mod matching;
mod merge;
mod metamorphic;
mod notify;
mod null_market;
mod option_features;
mod options;
mod options_command;
mod order_flow;
mod paper;
mod pipeline;
mod process;
mod quality;
mod readme;
mod reconciliation;
mod restart;
mod risk;
mod risk_state;
mod safety_document;
mod scrambled;
mod scripted;
mod sensitivity;
mod sierra;
mod sierra_follow;
mod signals;
mod sizing;
mod snapshots;
mod store;
mod stream;
mod synth;
mod synthetic_tape;
mod time_ahead;
mod unbelieved;
mod vectors_features;
mod wire;
mod wire_document;
