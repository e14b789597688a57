//! The wire, version 1: one JSON object a line, keys in a fixed order, the kind first.
//!
//! [`Record`] is every kind; [`codec`] reads and writes lines (a hand-written scanner for trade,
//! quote and depth, serde for the rest); [`Stage`] and [`Emit`] are what the stages and the loop
//! agree on. May import `market`. Stamps are integer microseconds UTC, prices decimal points,
//! money decimal dollars. The table for people is `docs/wire.md`.

pub mod codec;
mod derived;
mod execution_records;
mod features_record;
mod kind;
mod market_records;
mod number;
mod origin;
mod record;
pub mod schema;
mod stage;
mod trading;

pub use derived::Explain;
pub use derived::Footprint;
pub use derived::FootprintRow;
pub use derived::Gex;
pub use derived::Level;
pub use derived::Levels;
pub use derived::Signal;
pub use derived::SignalOp;
pub use derived::TradeManagement;
pub use execution_records::Account;
pub use execution_records::Ack;
pub use execution_records::Cancel;
pub use execution_records::Fill;
pub use execution_records::Leg;
pub use execution_records::Position;
pub use execution_records::Reject;
pub use execution_records::Roundtrip;
pub use features_record::Auxiliaries;
pub use features_record::FEATURE_COUNT;
pub use features_record::FEATURE_NAMES;
pub use features_record::FEATURE_VERSION;
pub use features_record::FeatureVector;
pub use features_record::Features;
pub use features_record::Phase;
pub use features_record::Why;
pub use kind::Kind;
pub use kind::KindSet;
pub use market_records::Bar;
pub use market_records::BookSide;
pub use market_records::Chain;
pub use market_records::Clock;
pub use market_records::Depth;
pub use market_records::DepthOp;
pub use market_records::Index;
pub use market_records::OptionQuote;
pub use market_records::Quote;
pub use market_records::Right;
pub use market_records::Settlement;
pub use market_records::Status;
pub use market_records::StatusState;
pub use market_records::Stream;
pub use market_records::StreamMode;
pub use market_records::StreamPhase;
pub use market_records::Trade;
pub use market_records::TradeFlag;
pub use market_records::TradeFlags;
pub use number::Num;
pub use origin::By;
pub use origin::Src;
pub use record::Body;
pub use record::Record;
pub use stage::Emit;
pub use stage::Failure;
pub use stage::FailureClass;
pub use stage::Flow;
pub use stage::SideEvent;
pub use stage::Stage;
pub use trading::Acct;
pub use trading::AcctOp;
pub use trading::AcctStats;
pub use trading::Alert;
pub use trading::AlertLevel;
pub use trading::Check;
pub use trading::Order;
pub use trading::OrderOp;
pub use trading::OrderType;
pub use trading::Seal;
pub use trading::TimeInForce;
pub use trading::Verdict;
