//! A history request over the lookup port.

use crate::feeds::iqfeed::Contract;
use crate::feeds::iqfeed::HistoryDecoder;
use crate::feeds::iqfeed::HistoryEvent;
use crate::feeds::iqfeed::HistoryRequest;
use crate::feeds::iqfeed::IqfeedOptions;
use crate::feeds::iqfeed::System;
use crate::feeds::iqfeed::Wanted;
use crate::feeds::iqfeed::client::PROTOCOL;
use crate::feeds::iqfeed::client::refused;
use crate::feeds::iqfeed::client::remedy;
use crate::feeds::iqfeed::client::wrong_protocol;
use crate::feeds::iqfeed::eastern::Eastern;
use crate::feeds::iqfeed::history_records::BarStamped;
use crate::feeds::iqfeed::history_records::HistoryRecords;
use crate::feeds::iqfeed::history_records::NoRecord;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Endpoint;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::market::Calendar;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Src;

/// The one link.
const LINK: LinkId = LinkId(0);
/// A large answer begins late, microseconds.
const ANSWER_US: i64 = 60_000_000;

/// Asks for the ticks or bars of one symbol and ends when they are complete.
pub struct HistoryClient {
    options: IqfeedOptions,
    request: String,
    decoder: HistoryDecoder,
    records: HistoryRecords,
    asked: bool,
    rows: u64,
    /// When a part of the answer came last, monotonic.
    heard: i64,
    done: bool,
}

impl HistoryClient {
    /// Asks for `request` of `wanted`. `now` (microseconds UTC) chooses the contract where only the
    /// product is named.
    ///
    /// # Errors
    /// A contract or time that cannot be named.
    pub fn new(
        options: IqfeedOptions,
        wanted: Wanted,
        request: HistoryRequest,
        calendar: Calendar,
        now: i64,
    ) -> Result<Self, Failure> {
        let session = calendar.session_at_or_after(now)?;
        let contract: Contract = wanted.on(session.date)?;
        // The front contract of today, all the way back: that is what is asked for.
        let named = match wanted {
            Wanted::Front { .. } => Wanted::Single(contract),
            other => other,
        };
        tracing::info!("{}", named.explained(contract));
        let internal = |error: crate::feeds::csv::zone::ZoneError| {
            Failure::new(FailureClass::Config, error.to_string())
        };
        let eastern = Eastern::new().map_err(internal)?;
        let interval = match request {
            HistoryRequest::Bars(_, seconds) => Some(seconds),
            HistoryRequest::Ticks(_) => None,
        };
        Ok(Self {
            request: request.line(contract.vendor, &eastern).map_err(internal)?,
            options,
            decoder: HistoryDecoder::new(),
            records: HistoryRecords::new(named, calendar, interval, BarStamped::Start)?,
            asked: false,
            rows: 0,
            heard: 0,
            done: false,
        })
    }

    fn event(&mut self, link: LinkId, event: &HistoryEvent, actions: &mut Actions) {
        match event {
            HistoryEvent::System(System::Protocol(version)) if !self.asked => {
                if version == PROTOCOL {
                    self.asked = true;
                    actions.send(link, b"S,SET CLIENT NAME,mia-feed\r\n");
                    actions.send(link, self.request.as_bytes());
                    actions.ready(link);
                } else {
                    actions.fail(wrong_protocol(version));
                }
            }
            HistoryEvent::End => {
                self.done = true;
                if self.rows == 0 {
                    tracing::warn!("IQFeed has no data of that time");
                }
            }
            HistoryEvent::System(_) | HistoryEvent::NoData => {}
            HistoryEvent::Error(text) => {
                let request = self.request.trim_end();
                let message = format!("IQFeed refused `{request}`: {text}");
                actions.fail(Failure::new(FailureClass::Unavailable, message).hint(
                    "is the symbol right, and does the account have history of this exchange?",
                ));
            }
            row => {
                self.rows += 1;
                match self.records.record(row) {
                    Ok(Some((record, _))) => actions.record(link, record),
                    Ok(None) => {}
                    Err(NoRecord::Bad(fault)) => refused(link, fault.code, fault.reason, actions),
                    Err(NoRecord::Failed(failure)) => actions.fail(failure),
                }
            }
        }
    }
}

impl Client for HistoryClient {
    fn name(&self) -> &'static str {
        "IQFeed"
    }

    fn src(&self) -> Src {
        Src::Iqf
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint {
            name: "lookup",
            host: self.options.host.clone(),
            port: self.options.lookup_port,
            silence_us: ANSWER_US,
            remedy: remedy(),
        }]
    }

    fn watched(&self) -> Vec<Watched> {
        Vec::new()
    }

    fn connected(&mut self, link: LinkId, now: Now, actions: &mut Actions) {
        self.heard = now.mono;
        actions.send(link, format!("S,SET PROTOCOL,{PROTOCOL}\r\n").as_bytes());
    }

    fn received(&mut self, link: LinkId, bytes: &[u8], now: Now, actions: &mut Actions) -> usize {
        self.decoder.push(bytes);
        while let Some(event) = self.decoder.next_event() {
            // A heartbeat is no part of an answer.
            if !matches!(event, Ok(HistoryEvent::System(_))) {
                self.heard = now.mono;
            }
            match event {
                Ok(event) => self.event(link, &event, actions),
                Err(bad) => refused(link, bad.code, bad.to_string(), actions),
            }
            if self.done {
                break;
            }
        }
        bytes.len()
    }

    fn lost(&mut self, _: LinkId, _: Now, _: &mut Actions) {}

    fn tick(&mut self, now: Now, actions: &mut Actions) {
        if self.asked && now.mono - self.heard > ANSWER_US {
            actions.close(LINK, format!("the answer stopped after {} rows", self.rows));
        }
    }

    fn resubscribe(&mut self, _: Watched, _: Now, _: &mut Actions) {}

    fn is_done(&self) -> bool {
        self.done
    }
}
