//! Messages as the output itself: lines for people or JSON.

use crate::monitoring::Message;
use crate::monitoring::notify_stage::Sink;
use crate::stream::Output;
use crate::stream::StreamError;
use std::cell::RefCell;
use std::io;
use std::io::Write;
use std::rc::Rc;

/// How a message is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object.
    Json,
}

/// Collects the messages of one block of input.
#[derive(Debug)]
pub struct LineSink {
    format: LineFormat,
    pending: Rc<RefCell<Vec<u8>>>,
}

/// Writes the collected messages in place of the stream, whenever the loop flushes.
pub struct MessageWriter {
    pending: Rc<RefCell<Vec<u8>>>,
    output: Output,
}

impl LineSink {
    /// A sink and the writer that the loop gets as its output. `output` is where messages go.
    pub fn with_writer(format: LineFormat, output: Output) -> (Self, MessageWriter) {
        let pending = Rc::new(RefCell::new(Vec::new()));
        (Self { format, pending: Rc::clone(&pending) }, MessageWriter { pending, output })
    }
}

impl Sink for LineSink {
    fn offer(&mut self, message: Message) {
        let mut pending = self.pending.borrow_mut();
        match self.format {
            LineFormat::Text => pending.extend_from_slice(message.line().as_bytes()),
            LineFormat::Json => pending.extend_from_slice(&message.json()),
        }
        pending.push(b'\n');
    }
}

impl Write for MessageWriter {
    /// The stream's own bytes go nowhere.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut pending = self.pending.borrow_mut();
        if !pending.is_empty() {
            self.output.pass(None, &pending);
            pending.clear();
        }
        match self.output.flush() {
            Err(StreamError::Write { source, .. }) => Err(source),
            Err(error) => Err(io::Error::other(error)),
            Ok(()) if self.output.is_closed() => Err(io::ErrorKind::BrokenPipe.into()),
            Ok(()) => Ok(()),
        }
    }
}
