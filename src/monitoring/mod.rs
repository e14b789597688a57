//! What people are told: messages from records, and where they go.
//!
//! [`Composer`] turns records into [`Message`]s and [`NotifyStage`] hands them to a [`Sink`]; both
//! are pure. [`LineSink`] and [`WebhookSink`] are the thin shells that write and send, after the
//! rules in [`Manners`]. May import `performance`, `account`, `stream`, `wire`, `market`, `config`.

mod delivery;
mod line_sink;
mod message;
mod notify_stage;
mod queue;
mod webhook;

pub use delivery::Manners;
pub use line_sink::LineFormat;
pub use line_sink::LineSink;
pub use line_sink::MessageWriter;
pub use message::Composer;
pub use message::Message;
pub use message::level_name;
pub use notify_stage::NotifyStage;
pub use notify_stage::Sink;
pub use webhook::Report;
pub use webhook::WebhookError;
pub use webhook::WebhookSink;
