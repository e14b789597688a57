//! mia-exec journal show: each order and what became of it.

use crate::cli::exec::journal::is_selected;
use crate::cli::exec::journal::name;
use crate::cli::exec::journal::painted;
use crate::cli::exec::journal::time;
use crate::cli::exit::Exit;
use crate::cli::journal::unreadable;
use crate::cli::options::Common;
use crate::cli::words::plain;
use crate::execution::JournalEntry;
use crate::execution::JournalReader;
use crate::market::Cents;
use crate::market::Px;
use crate::stream::Output;
use crate::wire::Leg;
use crate::wire::Order;
use crate::wire::OrderOp;
use crate::wire::Record;
use serde::Serialize;
use std::io;
use std::io::IsTerminal;

/// An order and what became of it.
#[derive(Serialize)]
struct Story {
    time: String,
    ts: i64,
    order: String,
    sym: String,
    side: String,
    qty: u64,
    stop: Option<Px>,
    sig: Option<String>,
    entered: u64,
    closed: u64,
    /// `filled`, `open`, `ioc`, `rejected` and the like.
    outcome: String,
    pnl: Option<Cents>,
    #[serde(skip)]
    entry_px: f64,
    #[serde(skip)]
    exit_px: f64,
}

impl Story {
    fn new(order: &Order) -> anyhow::Result<Self> {
        Ok(Self {
            time: time(order.ct),
            ts: order.ct,
            order: order.id.clone(),
            sym: order.sym.to_string(),
            side: name(&order.side)?,
            qty: order.qty,
            stop: order.stop,
            sig: order.sig.clone(),
            entered: 0,
            closed: 0,
            outcome: "sent".to_owned(),
            pnl: None,
            entry_px: 0.0,
            exit_px: 0.0,
        })
    }

    fn on_record(&mut self, record: &Record) {
        match record {
            Record::Ack(ack) if ack.leg == Leg::Entry => "working".clone_into(&mut self.outcome),
            Record::Fill(fill) if fill.leg == Leg::Entry => {
                self.entered += fill.qty;
                self.entry_px += fill.qty as f64 * fill.px.points();
                "open".clone_into(&mut self.outcome);
            }
            Record::Fill(fill) => {
                self.closed += fill.qty;
                self.exit_px += fill.qty as f64 * fill.px.points();
            }
            Record::Cancel(cancel) if self.entered == 0 && cancel.leg == Leg::Entry => {
                self.outcome.clone_from(&cancel.reason);
            }
            Record::Reject(reject) if self.entered == 0 => {
                self.outcome = format!("refused: {}", reject.reason);
            }
            Record::Roundtrip(trip) => {
                self.outcome.clone_from(&trip.reason);
                self.pnl = Some(trip.pnl);
            }
            _ => {}
        }
    }

    fn is_over(&self) -> bool {
        let waits = matches!(self.outcome.as_str(), "sent" | "working" | "open");
        !waits
    }

    fn row(&self, color: bool) -> String {
        let average = |sum: f64, qty: u64| {
            if qty == 0 { "-".to_owned() } else { format!("{:.2}", sum / qty as f64) }
        };
        let pnl = self.pnl.map_or_else(|| "-".to_owned(), |pnl| pnl.to_string());
        let paint = match self.pnl {
            Some(pnl) if pnl.0 > 0 => anstyle::AnsiColor::Green,
            Some(_) => anstyle::AnsiColor::Red,
            None => anstyle::AnsiColor::White,
        };
        format!(
            "{:<23}  {:<8}  {:<4}  {:>3}/{:<3}  {:>9}  {:>9}  {:<18}  {}  {}",
            self.time,
            plain(&self.sym),
            self.side,
            self.entered,
            self.qty,
            average(self.entry_px, self.entered),
            average(self.exit_px, self.closed),
            plain(&self.outcome),
            painted(&format!("{pnl:>10}"), paint, color && self.pnl.is_some()),
            plain(&self.order)
        )
    }
}

/// Writes every order of the journal and what became of it.
///
/// # Errors
/// A journal that cannot be read, output that cannot be written.
pub(super) fn show(
    mut reader: JournalReader,
    common: &Common,
    mut output: Output,
) -> anyhow::Result<Exit> {
    let terminal = common.output.output.is_none() && io::stdout().is_terminal();
    let color = terminal && common.messages.color_of(true);
    if terminal {
        let heading = format!(
            "{:<23}  {:<8}  {:<4}  {:>7}  {:>9}  {:>9}  {:<18}  {:>10}  order",
            "decided (UTC)", "sym", "side", "filled", "entry", "exit", "outcome", "P&L"
        );
        output.pass(None, heading.as_bytes());
    }
    let write = |story: &Story, output: &mut Output| -> anyhow::Result<()> {
        let text = if terminal { story.row(color) } else { serde_json::to_string(story)? };
        output.pass(None, text.as_bytes());
        Ok(output.flush_if_large()?)
    };
    // In the order of decision: what is over waits for what was decided before it.
    let mut stories: Vec<Story> = Vec::new();
    while let Some(entry) = reader.next_entry().map_err(unreadable)? {
        if !is_selected(common, &entry.record) {
            continue;
        }
        tell(&mut stories, &entry)?;
        let over = stories.iter().take_while(|story| story.is_over()).count();
        if over > 64 {
            for story in stories.drain(..over - 64) {
                write(&story, &mut output)?;
            }
        }
    }
    for story in &stories {
        write(story, &mut output)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn tell(stories: &mut Vec<Story>, entry: &JournalEntry) -> anyhow::Result<()> {
    let order = match &entry.record {
        Record::Order(order) => {
            if order.op == OrderOp::New {
                stories.push(Story::new(order)?);
            }
            return Ok(());
        }
        Record::Ack(ack) => &ack.order,
        Record::Fill(fill) => &fill.order,
        Record::Cancel(cancel) => &cancel.order,
        Record::Reject(reject) => &reject.order,
        Record::Roundtrip(trip) => &trip.order,
        _ => return Ok(()),
    };
    if let Some(story) = stories.iter_mut().rev().find(|story| story.order == *order) {
        story.on_record(&entry.record);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_does_not_steer_the_terminal() {
        let story = Story {
            time: String::new(),
            ts: 0,
            order: "o:\u{1b}[2J\n".to_owned(),
            sym: "ESH26".to_owned(),
            side: "B".to_owned(),
            qty: 1,
            stop: None,
            sig: None,
            entered: 0,
            closed: 0,
            outcome: "refused: \u{7}".to_owned(),
            pnl: None,
            entry_px: 0.0,
            exit_px: 0.0,
        };
        let row = story.row(false);
        assert!(!row.chars().any(char::is_control), "{row:?}");
        assert!(row.contains("o:\\u{1b}[2J\\n"), "{row:?}");
    }
}
