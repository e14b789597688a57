//! Text inputs of a source: several files in order, as lines with their file and number.

use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::LineBuffer;
use crate::stream::Next;
use crate::stream::SourceOut;
use crate::stream::StreamError;
use crate::wire::Failure;
use std::error::Error;
use std::io;
use std::ops::Range;

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::feeds) enum Step {
    /// A line without its line end, as a range of [`TextInput::bytes`].
    Line(Range<usize>),
    /// The last line of an input, without a line end.
    Unterminated(Range<usize>),
    /// A new input starts.
    NewInput,
    /// Woken without data: a signal.
    Woken,
    /// No more inputs.
    End,
}

/// Lines of several inputs. Compression is recognised by content.
pub(in crate::feeds) struct TextInput {
    inputs: Inputs,
    current: Option<Input>,
    lines: LineBuffer,
    name: String,
    line: u64,
}

impl TextInput {
    /// The lines of `inputs`, each of at most `max_line` bytes.
    pub fn new(inputs: Inputs, max_line: usize) -> Self {
        let lines = LineBuffer::new(max_line);
        Self { inputs, current: None, lines, name: String::new(), line: 0 }
    }

    /// The bytes that ranges refer to, until the next step.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.lines.bytes()
    }

    /// Name of the input in hand.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `file:line` of the step returned last.
    pub fn place(&self) -> String {
        format!("{}:{}", self.name, self.line)
    }

    /// The next line. What was written to `out` goes out before a read that may wait.
    ///
    /// # Errors
    /// An input that cannot be read, a line that is too long, output that cannot be written.
    #[inline]
    pub fn step(&mut self, out: &mut dyn SourceOut) -> Result<Step, Failure> {
        if self.current.is_some() {
            match self.lines.next_line() {
                Next::Line(range) => {
                    self.line += 1;
                    return Ok(Step::Line(self.without_line_end(range)));
                }
                Next::TooLong(bytes) => return Err(self.too_long(bytes)),
                Next::More => {}
            }
        }
        self.fill(out)
    }

    fn fill(&mut self, out: &mut dyn SourceOut) -> Result<Step, Failure> {
        loop {
            let Some(input) = &mut self.current else {
                let Some(input) = self.inputs.next_input().map_err(|e| failure(&e))? else {
                    return Ok(Step::End);
                };
                input.name.clone_into(&mut self.name);
                self.line = 0;
                self.current = Some(input);
                return Ok(Step::NewInput);
            };
            if input.may_block {
                out.before_wait()?;
            }
            match self.lines.fill(input) {
                Ok(true) => match self.lines.next_line() {
                    Next::Line(range) => {
                        self.line += 1;
                        return Ok(Step::Line(self.without_line_end(range)));
                    }
                    Next::TooLong(bytes) => return Err(self.too_long(bytes)),
                    Next::More => {}
                },
                Ok(false) => {
                    self.current = None;
                    let rest = self.lines.take_rest();
                    if !self.bytes()[rest.clone()].iter().all(u8::is_ascii_whitespace) {
                        self.line += 1;
                        return Ok(Step::Unterminated(rest));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::Woken),
                Err(source) => {
                    let name = self.name.clone();
                    return Err(failure(&StreamError::Read { name, source }));
                }
            }
        }
    }

    fn without_line_end(&self, range: Range<usize>) -> Range<usize> {
        let line = &self.lines.bytes()[range.clone()];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        range.start..range.start + line.len()
    }

    #[cold]
    fn too_long(&self, bytes: usize) -> Failure {
        let (name, line) = (&self.name, self.line + 1);
        Failure::bad_input(format!("{name}:{line}: a line of {bytes} bytes or more"))
            .hint("this is not a text of records; a longer line is allowed with --max-line BYTES")
    }
}

/// The failure of a source whose input cannot be read: the message with its causes.
pub(in crate::feeds) fn failure(error: &StreamError) -> Failure {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        message = format!("{message}: {deeper}");
        cause = deeper.source();
    }
    Failure::bad_input(message)
}
