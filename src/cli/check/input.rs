//! The inputs of mia-check, line by line.

use crate::quality::Checker;
use crate::stream::Inputs;
use crate::stream::LineBuffer;
use crate::stream::Next;
use crate::stream::Output;
use crate::stream::Progress;
use crate::stream::StreamError;
use crate::wire::Emit;
use crate::wire::Failure;
use crate::wire::Record;
use std::io;

/// Reads every input to its end; the exit code of a signal that came.
pub(super) fn read(
    inputs: &mut Inputs,
    checker: &mut Checker,
    output: &mut Output,
    max_line: usize,
    progress: &Progress,
) -> anyhow::Result<Option<u8>> {
    let mut lines = LineBuffer::new(max_line);
    while let Some(mut input) = inputs.next_input()? {
        checker.start_input(&input.name);
        loop {
            block(&mut lines, checker, &input.name)?;
            for alert in checker.take_alerts() {
                output.before(&Record::Alert(alert));
            }
            if input.may_block {
                output.flush()?;
            } else {
                output.flush_if_full()?;
            }
            progress.at(inputs.done_bytes());
            if let Some(code) = inputs.interrupted() {
                return Ok(Some(code));
            }
            match lines.fill(&mut input) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) => {}
                Err(source) => {
                    return Err(StreamError::Read { name: input.name.clone(), source }.into());
                }
            }
        }
        let rest = lines.take_rest();
        checker.end_input(&lines.bytes()[rest])?;
    }
    Ok(None)
}

/// Every whole line in the buffer.
fn block(lines: &mut LineBuffer, checker: &mut Checker, name: &str) -> anyhow::Result<()> {
    loop {
        match lines.next_line() {
            Next::More => return Ok(()),
            Next::Line(range) => {
                let line = &lines.bytes()[range];
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                checker.line(line.strip_suffix(b"\r").unwrap_or(line))?;
            }
            Next::TooLong(bytes) => {
                let message = format!("{name}: a line of {bytes} bytes or more");
                return Err(Failure::bad_input(message)
                    .hint("this is no text of records; a longer line is allowed with --max-line")
                    .into());
            }
        }
    }
}
