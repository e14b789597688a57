//! Reads the lines of text exports and of the dumper.

use crate::feeds::sierra::binary_reader::scale_for;
use crate::feeds::sierra::binary_reader::unreadable;
use crate::feeds::sierra::dumper::DumperDecoder;
use crate::feeds::sierra::dumper::DumperOptions;
use crate::feeds::sierra::fault::Fault;
use crate::feeds::sierra::price_scale::PriceMult;
use crate::feeds::sierra::price_scale::PriceScale;
use crate::feeds::sierra::sales_tape::SalesTape;
use crate::feeds::sierra::session::Session;
use crate::feeds::sierra::session::tick_of;
use crate::feeds::sierra::tape::Tape;
use crate::feeds::sierra::tape::TapeOptions;
use crate::feeds::sierra::text::TextDecoder;
use crate::feeds::sierra::text::TextRow;
use crate::market::Sym;
use crate::stream::LineBuffer;
use crate::stream::Next;
use crate::stream::SourceOut;
use crate::wire::Failure;
use crate::wire::FailureClass;
use std::io;
use std::io::Read;

/// Lines a pull.
const BATCH: usize = 1024;

/// What lines become.
enum Lines {
    /// Waits for the header of an export.
    Header(Sym),
    /// Time and sales.
    Sales(Box<Sales>),
    /// Intraday data.
    Intraday(Box<Intraday>),
    /// Of the dumper.
    Dumper(Box<DumperDecoder>),
}

/// Time and sales.
struct Sales {
    decoder: TextDecoder,
    scale: PriceScale,
    tape: SalesTape,
}

/// Intraday data; the tape waits for the first price.
struct Intraday {
    decoder: TextDecoder,
    sym: Sym,
    tape: Option<Tape>,
}

/// Reads one text to its end.
pub(super) struct TextReader {
    name: String,
    input: Box<dyn Read>,
    lines: LineBuffer,
    number: u64,
    decoder: Lines,
}

impl TextReader {
    /// Reads an export of Sierra Chart.
    pub fn export(name: String, input: Box<dyn Read>, session: &Session) -> Result<Self, Failure> {
        let sym = session.options.contract(&name)?;
        Ok(Self::of(name, input, session, Lines::Header(sym)))
    }

    /// Reads lines of the dumper.
    pub fn dumper(name: String, input: Box<dyn Read>, session: &Session) -> Result<Self, Failure> {
        let options = DumperOptions {
            zone: session.options.zone.clone(),
            bar_s: session.options.bar_s,
            sym: session.options.sym,
            lateness_us: session.config.clock.lateness_us,
        };
        let decoder = DumperDecoder::new(options, session.config.clone())?;
        Ok(Self::of(name, input, session, Lines::Dumper(Box::new(decoder))))
    }

    fn of(name: String, input: Box<dyn Read>, session: &Session, decoder: Lines) -> Self {
        let lines = LineBuffer::new(session.options.max_line);
        Self { name, input, lines, number: 0, decoder }
    }

    /// Reads some lines; `false` at the end.
    pub fn pull(
        &mut self,
        session: &mut Session,
        out: &mut dyn SourceOut,
    ) -> Result<bool, Failure> {
        for _ in 0..BATCH {
            let range = match self.lines.next_line() {
                Next::Line(range) => range,
                Next::TooLong(bytes) => {
                    let (name, number) = (&self.name, self.number + 1);
                    let message = format!("{name}:{number}: a line of {bytes} bytes or more");
                    return Err(Failure::bad_input(message).hint(
                        "this is no export; a longer line is allowed with --max-line BYTES",
                    ));
                }
                Next::More => {
                    match self.lines.fill(&mut *self.input) {
                        Ok(true) => continue,
                        Ok(false) => return self.end(session, out).map(|()| false),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                        Err(error) => return Err(unreadable(&self.name, &error)),
                    };
                }
            };
            self.line(range, session, out)?;
        }
        Ok(true)
    }

    fn line(
        &mut self,
        range: std::ops::Range<usize>,
        session: &mut Session,
        out: &mut dyn SourceOut,
    ) -> Result<(), Failure> {
        self.number += 1;
        let line = self.lines.bytes()[range].trim_ascii_end();
        if line.is_empty() {
            return Ok(());
        }
        if let Lines::Header(sym) = self.decoder {
            self.decoder = Self::under(line, sym, &self.name, session)?;
            return Ok(());
        }
        session.rows += 1;
        if let Err(fault) = Self::decode(&mut self.decoder, line, &self.name, session, out)? {
            let place = format!("{}:{}", self.name, self.number);
            session.refuse(&fault, &place, out)?;
        }
        Ok(())
    }

    fn under(line: &[u8], sym: Sym, name: &str, session: &Session) -> Result<Lines, Failure> {
        let options = &session.options;
        let decoder =
            TextDecoder::new(line, options.zone.as_deref(), options.levels).map_err(|failure| {
                Failure { message: format!("{name}: {}", failure.message), ..failure }
            })?;
        if decoder.is_intraday_data() {
            return Ok(Lines::Intraday(Box::new(Intraday { decoder, sym, tape: None })));
        }
        // An export shows prices as the chart does.
        let mult = match options.price_mult {
            PriceMult::Auto => 1.0,
            PriceMult::Fixed(mult) => mult,
        };
        let scale = PriceScale::new(mult, tick_of(&session.config, sym)?);
        let tape = SalesTape::new(sym, session.config.clock.lateness_us);
        Ok(Lines::Sales(Box::new(Sales { decoder, scale, tape })))
    }

    fn decode(
        decoder: &mut Lines,
        line: &[u8],
        name: &str,
        session: &mut Session,
        out: &mut dyn SourceOut,
    ) -> Result<Result<(), Fault>, Failure> {
        match decoder {
            Lines::Header(_) => Ok(Ok(())),
            Lines::Dumper(dumper) => {
                match dumper.line(line, &mut |record| session.write(&record, out)) {
                    // Not the line is wrong but the question: no tolerance makes it right.
                    Err(fault @ Fault::Zone) => {
                        Err(Failure::new(FailureClass::Config, format!("{name}: {fault}"))
                            .hint(fault.remedy()))
                    }
                    result => Ok(result),
                }
            }
            Lines::Sales(sales) => Ok(match sales.decoder.row(line, &sales.scale) {
                Ok(TextRow::Sale(row)) => {
                    sales.tape.push(row, &mut |record| session.write(&record, out))
                }
                Ok(TextRow::Entry(_)) => Ok(()),
                Err(fault) => Err(fault),
            }),
            Lines::Intraday(intraday) => intraday.line(line, name, session, out),
        }
    }

    fn end(&mut self, session: &mut Session, out: &mut dyn SourceOut) -> Result<(), Failure> {
        let rest = self.lines.take_rest();
        let bytes = &self.lines.bytes()[rest.clone()];
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            let whole = match &self.decoder {
                Lines::Dumper(_) => bytes.ends_with(b"}"),
                // The publishers of exports cut the last line end off. A row with all its columns
                // may have lost digits of the last one only, which is the deepest level of the book.
                Lines::Sales(sales) => sales.decoder.has_all_columns(bytes),
                // Here the last column is a part of the volume: the parts must add up.
                Lines::Intraday(intraday) => intraday.decoder.adds_up(bytes),
                Lines::Header(_) => false,
            };
            if whole {
                self.line(rest, session, out)?;
            } else {
                session.rows += 1;
                let place = format!("{}:{}", self.name, self.number + 1);
                session.refuse(
                    &Fault::Json("the file ends inside this line".into()),
                    &place,
                    out,
                )?;
            }
        }
        let name = &self.name;
        let tape = match &mut self.decoder {
            Lines::Header(_) => None,
            Lines::Sales(sales) => {
                sales.tape.flush(&mut |record| session.write(&record, out));
                Some(sales.tape.findings())
            }
            Lines::Intraday(intraday) => intraday.tape.as_mut().map(|tape| {
                tape.flush(&mut |record| session.write(&record, out));
                tape.findings()
            }),
            Lines::Dumper(dumper) => {
                dumper.finish(&mut |record| session.write(&record, out));
                log_foreign(name, dumper);
                return Ok(());
            }
        };
        match tape {
            Some(findings) => findings.log(name),
            None => tracing::warn!("{name}: there are no rows in it"),
        }
        Ok(())
    }
}

impl Intraday {
    fn line(
        &mut self,
        line: &[u8],
        name: &str,
        session: &mut Session,
        out: &mut dyn SourceOut,
    ) -> Result<Result<(), Fault>, Failure> {
        let scale = PriceScale::new(1.0, tick_of(&session.config, self.sym)?);
        let entry = match self.decoder.row(line, &scale) {
            Ok(TextRow::Entry(entry)) => entry,
            Ok(TextRow::Sale(_)) => return Ok(Ok(())),
            Err(fault) => return Ok(Err(fault)),
        };
        if self.tape.is_none() {
            let scale = scale_for(name, self.sym, &[entry.close], session)?;
            let (bundles, bar_s) = (session.options.bundles, session.options.bar_s);
            let lateness_us = session.config.clock.lateness_us;
            let options = TapeOptions { sym: self.sym, bundles, bar_s, lateness_us };
            self.tape = Some(Tape::new(options, scale));
        }
        let Some(tape) = &mut self.tape else { return Ok(Ok(())) };
        Ok(tape.push(&entry, None, &mut |record| session.write(&record, out)))
    }
}

fn log_foreign(name: &str, dumper: &DumperDecoder) {
    if dumper.still_forming() > 0 {
        tracing::info!("{name}: {} last bars were still forming: left out", dumper.still_forming());
    }
    if dumper.not_imported().is_empty() {
        return;
    }
    let kinds = dumper.not_imported().iter().map(|(kind, count)| format!("{count} {kind}"));
    tracing::warn!(
        "{name}: lines counted and not imported (studies of a chart are not features of MIA): {}",
        kinds.collect::<Vec<_>>().join(", ")
    );
}
