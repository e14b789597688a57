//! mia-record cat.

use crate::cli::exit::Exit;
use crate::cli::filter;
use crate::cli::options::Common;
use crate::cli::record::Doing;
use crate::cli::record::refuse;
use crate::cli::record::sessions::Sessions;
use crate::feeds::ReplayOptions;
use crate::feeds::ReplaySource;
use crate::stream::Input;
use crate::stream::Inputs;
use crate::stream::Output;
use crate::stream::run_source;
use crate::stream::store::StoreRange;
use crate::stream::store::StoreReader;
use std::io::Read;
use std::rc::Rc;

#[derive(clap::Args, Debug)]
pub(super) struct Cat {
    #[command(flatten)]
    sessions: Sessions,
}

impl Cat {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let (store, dates) = self.sessions.open()?;
        let selection = common.selection();
        let range = StoreRange { since: selection.since, until: selection.until, last: None };
        let mut reader = StoreReader::of_dates(&store, dates, range, Rc::default());
        let mut output = common.open_output(&[])?;
        let interrupts = filter::interrupts()?;
        let whole = range == StoreRange::default()
            && selection.limit.is_none()
            && common.output.only.is_empty()
            && common.output.drop.is_empty();
        if whole {
            return copy(&mut reader, &mut output, &|| interrupts.pending())
                .map_err(|error| refuse_read(error, self));
        }
        let name = self.sessions.dir.display().to_string();
        let inputs = Inputs::of(Input::from_reader(name, Box::new(reader)));
        let options = ReplayOptions {
            raw: true,
            max_bad: common.input.max_bad,
            max_line: common.input.max_line,
            ..ReplayOptions::default()
        };
        let mut source = ReplaySource::new(inputs, options, None);
        let end = run_source(&mut source, &mut output, selection, &|| interrupts.pending())?;
        Ok(end.interrupted.map_or(Exit::Done, Exit::from_code))
    }
}

/// Copies bytes, not lines: what comes out is what went in.
fn copy(
    reader: &mut dyn Read,
    output: &mut Output,
    interrupted: &dyn Fn() -> Option<u8>,
) -> anyhow::Result<Exit> {
    let mut block = vec![0; 128 * 1024];
    loop {
        let bytes = reader.read(&mut block)?;
        if bytes == 0 {
            break;
        }
        output.copy(&block[..bytes]);
        output.flush_if_full()?;
        if output.is_closed() {
            break;
        }
        if let Some(code) = interrupted() {
            output.flush()?;
            return Ok(Exit::from_code(code));
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn refuse_read(error: anyhow::Error, cat: &Cat) -> anyhow::Error {
    match error.downcast::<std::io::Error>() {
        Ok(source) => {
            let path = cat.sessions.dir.clone();
            let error = crate::stream::store::StoreError::Io { path, action: "read", source };
            refuse(&error, Doing::Reading)
        }
        Err(error) => error,
    }
}
