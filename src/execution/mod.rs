//! Execution: approved orders to a broker, and what became of them.
//!
//! May import `risk` (approved orders only), `account`, `matching`, `stream`, `wire`, `market`,
//! `config`. [`PaperStage`] is mia-exec paper: the simulated exchange of `matching` behind the same
//! journal that real brokers will use. [`Recovery`] folds a journal to what it leaves; [`Snapshots`]
//! watches a stage and keeps every trade with its context. Files are touched in [`Journal`] and
//! [`Snapshots`] alone.

mod broker;
mod emergency;
mod journal;
mod kept;
mod live;
mod live_gate;
mod paper;
mod parity;
mod reconciliation;
mod recovery;
mod snapshots;
mod starting;

pub use broker::Broker;
pub use broker::BrokerEvent;
pub use broker::HeldPosition;
pub use broker::Link;
pub use broker::NotSent;
pub use broker::Sent;
pub use broker::Simulated;
pub use broker::SimulatedBroker;
pub use emergency::emergency_latch;
pub use emergency::emergency_order;
pub use journal::Audit;
pub use journal::AuditCounts;
pub use journal::Finding;
pub use journal::Journal;
pub use journal::JournalEntry;
pub use journal::JournalError;
pub use journal::JournalReader;
pub use journal::Recovered;
pub use journal::beside;
pub use journal::flatten_request;
pub use journal::is_being_written;
pub use kept::fact_of;
pub use live::EdgeClock;
pub use live::LiveCounts;
pub use live::LiveStage;
pub use live_gate::Condition;
pub use live_gate::LiveGate;
pub use live_gate::NotAdmitted;
pub use live_gate::Permission;
pub use live_gate::Unmet;
pub use paper::PaperCounts;
pub use paper::PaperStage;
pub use recovery::KnownBracket;
pub use recovery::Recovery;
pub use recovery::Unfinished;
pub use snapshots::Snapshots;
