//! Lines to sessions, parts and frames: a pure fold, so that the same lines give the same files.

use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Session;
use crate::market::TradeDate;
use crate::stream::store::in_force::InForce;
use crate::stream::store::span::Span;
use crate::wire::Kind;
use crate::wire::StreamPhase;
use crate::wire::codec;

/// Lines kept while no record has said yet which session it is; more are put aside.
const HELD_MAX: usize = 1 << 20;

/// What is to be done on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Begin a part of this session; the one before it, if any, is finished.
    Begin {
        /// The trade date.
        date: TradeDate,
        /// Whether it follows the part before it without a gap.
        continues: bool,
        /// The `stream` records in force.
        stream: Vec<String>,
    },
    /// These lines belong to the open frame.
    Append(Vec<u8>),
    /// The open frame is complete.
    Close(Frame),
    /// These lines have no session: no record with a stamp came.
    Unplaced(Vec<u8>),
    /// A line of the quarantine file, with its line feed.
    Quarantine(Vec<u8>),
}

/// What is known of a complete frame besides its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub(super) span: Span,
    pub(super) stream: Vec<String>,
}

/// The fold: takes lines, gives commands.
#[derive(Debug)]
pub struct Framer {
    calendar: Calendar,
    frame_bytes: u64,
    session: Option<Session>,
    newest: i64,
    span: Span,
    in_force: InForce,
    /// In force where the open frame begins.
    at_start: Vec<String>,
    warmup: bool,
    held: Vec<u8>,
    buffer: Vec<u8>,
    commands: Vec<Command>,
    skipped: u64,
    stored: u64,
    sessions: u64,
}

impl Framer {
    /// Frames end at the first line that makes them `frame_bytes` long or longer.
    pub fn new(calendar: Calendar, frame_bytes: u64) -> Self {
        Self {
            calendar,
            frame_bytes,
            session: None,
            newest: i64::MIN,
            span: Span::default(),
            in_force: InForce::default(),
            at_start: Vec::new(),
            warmup: false,
            held: Vec::new(),
            buffer: Vec::new(),
            commands: Vec::new(),
            skipped: 0,
            stored: 0,
            sessions: 0,
        }
    }

    /// Takes in a line of `kind` (`None`: one that this version does not know).
    ///
    /// # Errors
    /// The calendar does not know the session.
    pub fn line(&mut self, kind: Option<Kind>, line: &[u8]) -> Result<(), CalendarError> {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        if kind == Some(Kind::Stream) {
            return self.stream(body);
        }
        if self.warmup {
            self.skipped += 1;
            return Ok(());
        }
        let ts = codec::peek_ts(body);
        // A kind that is not known may have a stamp in any unit: it does not choose the session.
        if let Some(ts) = ts.filter(|_| kind.is_some()) {
            self.advance(ts)?;
        }
        self.store(kind, ts, body);
        Ok(())
    }

    /// A warm-up is stored as the record that describes it: what it repeats is elsewhere.
    fn stream(&mut self, body: &[u8]) -> Result<(), CalendarError> {
        let mut next = self.in_force.clone();
        self.warmup = next.note(body) == StreamPhase::Warmup;
        if self.warmup {
            // Its stamp is that of the history, its place is where it came.
            self.store(Some(Kind::Stream), None, body);
            return Ok(());
        }
        if let Some(ts) = codec::peek_ts(body) {
            self.advance(ts)?;
        }
        self.store(Some(Kind::Stream), None, body);
        self.in_force = next;
        Ok(())
    }

    /// A line belongs to the session of the newest stamp seen: time never goes back.
    #[inline]
    fn advance(&mut self, ts: i64) -> Result<(), CalendarError> {
        if ts <= self.newest && self.session.is_some() {
            return Ok(());
        }
        if self.session.as_ref().is_some_and(|session| ts < session.close) {
            self.newest = ts;
            return Ok(());
        }
        let session = self.calendar.session_at_or_after(ts)?;
        self.newest = ts;
        // What comes between a close and the next open (the last bar, a settlement, the time that
        // passes) ends the session before: a new folder begins with its session.
        if self.session.is_none() || ts >= session.open {
            self.begin(session);
        }
        Ok(())
    }

    fn begin(&mut self, session: Session) {
        self.close();
        let stream = self.in_force.lines();
        self.commands.push(Command::Begin {
            date: session.date,
            continues: self.session.is_some(),
            stream,
        });
        self.session = Some(session);
        self.sessions += 1;
        let held = std::mem::take(&mut self.held);
        for line in held.split_inclusive(|byte| *byte == b'\n') {
            let body = line.strip_suffix(b"\n").unwrap_or(line);
            let kind = codec::peek(body).ok().flatten();
            self.store(kind, codec::peek_ts(body), body);
        }
    }

    #[inline]
    fn store(&mut self, kind: Option<Kind>, ts: Option<i64>, body: &[u8]) {
        if self.session.is_none() {
            if self.held.len() > HELD_MAX {
                self.commands.push(Command::Unplaced(std::mem::take(&mut self.held)));
            }
            self.held.extend_from_slice(body);
            self.held.push(b'\n');
            return;
        }
        if self.span.lines == 0 {
            self.at_start = self.in_force.lines();
        }
        self.buffer.extend_from_slice(body);
        self.buffer.push(b'\n');
        self.stored += 1;
        self.span.add(kind, ts, body.len() + 1);
        if self.span.plain >= self.frame_bytes {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.span.lines == 0 {
            return;
        }
        self.hand_over();
        let carry = self.span.carry();
        let span = std::mem::replace(&mut self.span, Span::after(carry));
        let stream = std::mem::take(&mut self.at_start);
        self.commands.push(Command::Close(Frame { span, stream }));
    }

    fn hand_over(&mut self) {
        if !self.buffer.is_empty() {
            self.commands.push(Command::Append(std::mem::take(&mut self.buffer)));
        }
    }

    /// Bytes that have been taken in and not been given.
    #[inline]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// What is to be done for the lines so far.
    pub fn take(&mut self) -> Vec<Command> {
        self.hand_over();
        std::mem::take(&mut self.commands)
    }

    /// Puts a line into the quarantine file.
    pub fn quarantine(&mut self, line: Vec<u8>) {
        self.commands.push(Command::Quarantine(line));
    }

    /// The end: the open frame is complete.
    pub fn finish(&mut self) -> Vec<Command> {
        self.close();
        if !self.held.is_empty() {
            self.commands.push(Command::Unplaced(std::mem::take(&mut self.held)));
        }
        self.take()
    }

    /// Lines of warm-ups, which are not stored.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Lines stored.
    pub const fn stored(&self) -> u64 {
        self.stored
    }

    /// Sessions begun.
    pub const fn sessions(&self) -> u64 {
        self.sessions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: i64 = 1_773_063_000_000_000;
    const DAY: i64 = 86_400_000_000;

    fn framer() -> Framer {
        Framer::new(Calendar::builtin().unwrap(), 300)
    }

    fn push(framer: &mut Framer, line: &str) {
        let kind = codec::peek(line.trim_end().as_bytes()).unwrap();
        framer.line(kind, line.as_bytes()).unwrap();
    }

    fn clock(ts: i64) -> String {
        format!("{{\"t\":\"clock\",\"ts\":{ts},\"sym\":\"*\",\"src\":\"csv\"}}\n")
    }

    fn stream(ts: i64, phase: &str) -> String {
        format!(
            "{{\"t\":\"stream\",\"ts\":{ts},\"sym\":\"*\",\"src\":\"csv\",\"phase\":\"{phase}\"}}\n"
        )
    }

    /// Date and lines of each part.
    fn parts(commands: Vec<Command>) -> Vec<(String, String)> {
        let mut parts: Vec<(String, String)> = Vec::new();
        for command in commands {
            match command {
                Command::Begin { date, .. } => parts.push((date.to_string(), String::new())),
                Command::Append(bytes) => {
                    parts.last_mut().unwrap().1 += std::str::from_utf8(&bytes).unwrap();
                }
                Command::Unplaced(bytes) => {
                    parts.push(("unplaced".into(), String::from_utf8(bytes).unwrap()));
                }
                Command::Close(_) | Command::Quarantine(_) => {}
            }
        }
        parts
    }

    #[test]
    fn late_lines_stay_in_the_session_of_the_newest() {
        let mut framer = framer();
        let lines = [stream(MONDAY, "run"), clock(MONDAY), clock(MONDAY + DAY), clock(MONDAY + 1)];
        for line in &lines {
            push(&mut framer, line);
        }
        assert_eq!(
            parts(framer.finish()),
            [
                ("2026-03-09".to_owned(), lines[..2].concat()),
                ("2026-03-10".to_owned(), lines[2..].concat())
            ]
        );
    }

    #[test]
    fn what_comes_between_two_sessions_ends_the_first() {
        let mut framer = framer();
        let calendar = Calendar::builtin().unwrap();
        let first = calendar.session_at_or_after(MONDAY).unwrap();
        let second = calendar.session_at_or_after(first.close).unwrap();
        let lines = [MONDAY, first.close, second.open - 1, second.open].map(clock);
        for line in &lines {
            push(&mut framer, line);
        }
        let parts = parts(framer.finish());
        assert_eq!(parts.len(), 2);
        assert_eq!((&parts[0].1, &parts[1].1), (&lines[..3].concat(), &lines[3]));
    }

    #[test]
    fn a_new_session_begins_with_what_is_in_force() {
        let mut framer = framer();
        for line in [stream(MONDAY, "run"), clock(MONDAY), clock(MONDAY + DAY)] {
            push(&mut framer, &line);
        }
        let begun: Vec<_> = framer
            .finish()
            .into_iter()
            .filter_map(|command| match command {
                Command::Begin { continues, stream, .. } => Some((continues, stream.len())),
                _ => None,
            })
            .collect();
        assert_eq!(begun, [(false, 0), (true, 1)]);
    }

    #[test]
    fn a_warm_up_is_stored_as_its_description() {
        let mut framer = framer();
        let run = stream(MONDAY, "run");
        let warm_up = stream(MONDAY - 5 * DAY, "warmup");
        for line in [&warm_up, &clock(MONDAY - 5 * DAY), &clock(MONDAY - DAY), &run, &clock(MONDAY)]
        {
            push(&mut framer, line);
        }
        let expected = [warm_up, run, clock(MONDAY)].concat();
        assert_eq!(parts(framer.finish()), [("2026-03-09".to_owned(), expected)]);
        assert_eq!((framer.skipped(), framer.stored()), (2, 3));
    }

    #[test]
    fn lines_before_any_stamp_wait_for_it() {
        let mut framer = framer();
        let foreign = "{\"t\":\"weather\",\"ts\":5}\n";
        push(&mut framer, foreign);
        assert_eq!(framer.take(), []);
        push(&mut framer, &clock(MONDAY));
        let both = foreign.to_owned() + &clock(MONDAY);
        assert_eq!(parts(framer.finish()), [("2026-03-09".to_owned(), both)]);
        let mut framer = self::framer();
        push(&mut framer, foreign);
        assert_eq!(parts(framer.finish()), [("unplaced".to_owned(), foreign.to_owned())]);
    }

    #[test]
    fn frames_end_at_a_line() {
        let mut framer = framer();
        for i in 0..20 {
            push(&mut framer, &clock(MONDAY + i));
        }
        let (mut size, mut sizes) = (0, Vec::new());
        for command in framer.finish() {
            match command {
                Command::Append(bytes) => size += bytes.len() as u64,
                Command::Close(frame) => {
                    assert_eq!(frame.span.plain, size);
                    sizes.push(std::mem::take(&mut size));
                }
                _ => {}
            }
        }
        assert_eq!(sizes.iter().sum::<u64>(), 20 * clock(MONDAY).len() as u64);
        let (last, full) = sizes.split_last().unwrap();
        assert!(full.iter().all(|size| (300..400).contains(size)) && *last < 400, "{sizes:?}");
    }

    #[test]
    fn a_date_outside_the_calendar_is_an_error() {
        let mut framer = framer();
        assert!(framer.line(Some(Kind::Clock), clock(1).as_bytes()).is_err());
    }
}
