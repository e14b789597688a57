//! Codecs and tables that feeds, execution and gateway share.
//!
//! May import `market`. Everything here takes bytes and gives messages or the other way round: no
//! sockets, no files, no clock.

pub mod dtc;
