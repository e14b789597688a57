//! Data that stopped although the market is open.

use crate::feeds::live::Flow;
use crate::feeds::live::LiveOptions;
use crate::feeds::live::Now;
use crate::feeds::live::Watched;
use crate::market::Phase;
use crate::market::Session;
use crate::market::Sym;
use crate::wire::Record;

/// Staleness this soon after a recovery means that the subscription did not help, microseconds.
const RELAPSE_US: i64 = 60_000_000;

/// What to do about silent data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Remedy {
    /// Say it, and subscribe again; silent for so many microseconds.
    Resubscribe(Watched, i64),
    /// Say it, and connect again at once: a subscription was tried lately.
    Relapse(Watched, i64),
    /// The subscription did not help: connect again.
    Reconnect(Watched),
}

/// Silent data that came back: their last datum before the silence, microseconds UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Recovered {
    pub what: Watched,
    pub from_utc: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Fresh,
    Resubscribed { at: i64 },
    GivenUp,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    what: Watched,
    /// Silence counts from here: the last datum, the subscription, or the open, monotonic.
    since: i64,
    last_utc: i64,
    recovered_at: Option<i64>,
    was_open: bool,
    state: State,
}

/// The watch over silence, by symbol and kind of data. A heartbeat is no datum, and outside its
/// hours nothing is expected.
#[derive(Debug)]
pub(super) struct Freshness {
    trades_us: i64,
    depth_us: i64,
    index_us: i64,
    entries: Vec<Entry>,
}

impl Freshness {
    /// Watches nothing so far.
    pub const fn new(options: &LiveOptions) -> Self {
        Self {
            trades_us: options.stale_trades_us,
            depth_us: options.stale_depth_us,
            index_us: options.stale_index_us,
            entries: Vec::new(),
        }
    }

    /// Notes a record. If its data were silent, they are no more.
    pub fn note(&mut self, record: &Record, now: Now) -> Option<Recovered> {
        let flow = flow_of(record)?;
        let entry = self.find(record.sym(), flow)?;
        let from_utc = entry.last_utc;
        entry.since = now.mono;
        entry.last_utc = now.utc;
        if entry.state == State::Fresh {
            return None;
        }
        entry.state = State::Fresh;
        entry.recovered_at = Some(now.mono);
        Some(Recovered { what: entry.what, from_utc })
    }

    /// Whether any data of an open market are silent.
    pub fn is_any_stale(&self) -> bool {
        self.entries.iter().any(|entry| entry.state != State::Fresh)
    }

    /// Looks at all data of `watched`; those of links that are not `up` wait for them.
    pub fn check(
        &mut self,
        watched: &[Watched],
        up: impl Fn(Watched) -> bool,
        session: &Session,
        now: Now,
    ) -> Vec<Remedy> {
        self.entries.retain(|entry| watched.contains(&entry.what));
        let mut remedies = Vec::new();
        for what in watched {
            let limit = self.limit(what.flow);
            let entry = match self.entries.iter().position(|entry| entry.what == *what) {
                Some(at) => &mut self.entries[at],
                None => {
                    self.entries.push(Entry {
                        what: *what,
                        since: now.mono,
                        last_utc: now.utc,
                        recovered_at: None,
                        was_open: false,
                        state: State::Fresh,
                    });
                    continue;
                }
            };
            let open = up(*what) && is_expected(what.flow, session, now.utc);
            if !open || !entry.was_open {
                // Silence counts from the open and from the subscription on.
                entry.since = now.mono;
            }
            if let (false, State::Resubscribed { .. }) = (open, entry.state) {
                entry.state = State::Resubscribed { at: now.mono };
            }
            entry.was_open = open;
            if open {
                remedies.extend(entry.remedy(limit, now.mono));
            }
        }
        remedies
    }

    fn limit(&self, flow: Flow) -> i64 {
        match flow {
            Flow::Trades => self.trades_us,
            Flow::Depth => self.depth_us,
            Flow::Index => self.index_us,
        }
    }

    fn find(&mut self, sym: Sym, flow: Flow) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.what.sym == sym && entry.what.flow == flow)
    }
}

impl Entry {
    fn remedy(&mut self, limit: i64, mono: i64) -> Option<Remedy> {
        let silent = mono - self.since;
        match self.state {
            State::Fresh if silent > limit => {
                let relapsed = self.recovered_at.is_some_and(|at| self.since - at < RELAPSE_US);
                if relapsed {
                    self.recovered_at = None;
                    self.state = State::GivenUp;
                    return Some(Remedy::Relapse(self.what, silent));
                }
                self.state = State::Resubscribed { at: mono };
                Some(Remedy::Resubscribe(self.what, silent))
            }
            State::Resubscribed { at } if mono - at > limit => {
                self.state = State::GivenUp;
                Some(Remedy::Reconnect(self.what))
            }
            // After a new connection silence counts anew; it was said already.
            State::GivenUp if silent > limit => {
                self.since = mono;
                Some(Remedy::Reconnect(self.what))
            }
            _ => None,
        }
    }
}

/// What a record is a datum of.
const fn flow_of(record: &Record) -> Option<Flow> {
    match record {
        Record::Trade(_) | Record::Quote(_) | Record::Bar(_) => Some(Flow::Trades),
        Record::Depth(_) => Some(Flow::Depth),
        Record::Index(_) => Some(Flow::Index),
        _ => None,
    }
}

/// Whether data of this kind are expected at `utc`.
fn is_expected(flow: Flow, session: &Session, utc: i64) -> bool {
    match flow {
        Flow::Trades | Flow::Depth => session.is_open(utc),
        Flow::Index => session.phase(utc) == Phase::Rth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::feeds::live::LinkId;
    use crate::market::TradeDate;

    const S: i64 = 1_000_000;

    fn session() -> Session {
        Session {
            date: TradeDate(20_260_309),
            open: 1000 * S,
            close: 5000 * S,
            halts: vec![(4000 * S, 4100 * S)],
            rth: Some((2000 * S, 3000 * S)),
            early_close: false,
        }
    }

    fn at(second: i64) -> Now {
        Now { mono: second * S, utc: second * S }
    }

    fn watched(flow: Flow) -> Watched {
        Watched { link: LinkId(0), sym: Sym::new("ESH26").unwrap(), flow }
    }

    /// The seconds from `from` to `to` at which something was to be done.
    fn run(fresh: &mut Freshness, flow: Flow, from: i64, to: i64) -> Vec<(i64, Remedy)> {
        let what = watched(flow);
        let look = |s: i64| fresh.check(&[what], |_| true, &session(), at(s)).pop().map(|r| (s, r));
        (from..to).filter_map(look).collect()
    }

    #[test]
    fn silence_is_said_once_then_subscribed_then_connected_again() {
        let mut fresh = Freshness::new(&LiveOptions::new(&Config::default()));
        let found = run(&mut fresh, Flow::Trades, 1100, 1200);
        let what = watched(Flow::Trades);
        assert_eq!(found[0], (1132, Remedy::Resubscribe(what, 31 * S)));
        assert_eq!(found[1], (1163, Remedy::Reconnect(what)));
        assert!(fresh.is_any_stale());
    }

    #[test]
    fn outside_its_hours_nothing_is_expected() {
        for (flow, from, to) in [
            (Flow::Trades, 0, 1030),
            (Flow::Trades, 3999, 4130),
            (Flow::Depth, 5000, 9000),
            (Flow::Index, 1000, 2060),
            (Flow::Index, 3000, 5000),
        ] {
            let mut fresh = Freshness::new(&LiveOptions::new(&Config::default()));
            assert_eq!(run(&mut fresh, flow, from, to), [], "{flow:?}");
        }
    }

    #[test]
    fn a_link_that_is_down_is_not_stale() {
        let mut fresh = Freshness::new(&LiveOptions::new(&Config::default()));
        for second in 1100..1300 {
            let what = watched(Flow::Trades);
            assert_eq!(fresh.check(&[what], |_| false, &session(), at(second)), []);
        }
    }

    #[test]
    fn data_end_the_silence_and_a_relapse_connects_at_once() {
        let mut fresh = Freshness::new(&LiveOptions::new(&Config::default()));
        run(&mut fresh, Flow::Index, 2000, 2065);
        let record = Record::Index(crate::wire::Index {
            ts: 0,
            sym: Sym::new("ESH26").unwrap(),
            px: crate::market::Px::from_nanos(1),
            src: crate::wire::Src::Iqf,
            rx: None,
            flags: crate::wire::TradeFlags::default(),
        });
        let back = fresh.note(&record, at(2065)).unwrap();
        assert_eq!(back.what.flow, Flow::Index);
        assert!(fresh.note(&record, at(2066)).is_none() && !fresh.is_any_stale());
        let found = run(&mut fresh, Flow::Index, 2067, 2200);
        assert!(matches!(found[0], (2127, Remedy::Relapse(..))), "{found:?}");
    }
}
