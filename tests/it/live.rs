//! How a live source behaves when the world does not: played with a scripted network.

use crate::iqfeed_peer::Faults;
use crate::iqfeed_peer::IqPeer;
use crate::scripted::SECOND;
use crate::scripted::Scripted;
use crate::scripted::pull_until;
use mia::config::Config;
use mia::feeds::iqfeed::IqfeedClient;
use mia::feeds::iqfeed::IqfeedOptions;
use mia::feeds::live::LiveOptions;
use mia::feeds::live::LiveSource;
use mia::market::Calendar;
use mia::wire::Failure;
use mia::wire::FailureClass;
use mia::wire::Kind;
use mia::wire::Record;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::StreamMode;

/// A Thursday, 10:00 in New York.
const OPEN: &str = "2025-11-20T15:00:00Z";
/// A Saturday.
const CLOSED: &str = "2025-11-22T15:00:00Z";

struct Play {
    records: Vec<Record>,
    end: Result<(), Failure>,
    net: Scripted<IqPeer>,
    start: i64,
}

/// Plays for `seconds` with one contract.
fn play(start: &str, seconds: i64, peer: IqPeer, options: impl FnOnce(&mut LiveOptions)) -> Play {
    play_in(start, seconds, usize::MAX, peer, options)
}

fn play_in(
    start: &str,
    seconds: i64,
    chunk: usize,
    peer: IqPeer,
    change: impl FnOnce(&mut LiveOptions),
) -> Play {
    let config = Config::default();
    let calendar = Calendar::builtin().unwrap();
    let base = start.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let net = Scripted::new(start, chunk, peer);
    let options = IqfeedOptions::new(config.feed.silence_ms * 1000);
    let options = IqfeedOptions { symbols: vec!["ESZ25".into()], ..options };
    let client = IqfeedClient::new(options, &config, calendar.clone(), base).unwrap();
    let mut live = LiveOptions::new(&config);
    change(&mut live);
    let mut source = LiveSource::new(client, net.clone(), live, calendar);
    let (records, end) = pull_until(&mut source, |_| net.seconds() >= seconds);
    Play { records, end, net, start: base }
}

impl Play {
    fn statuses(&self) -> Vec<&Status> {
        let records = self.records.iter();
        records
            .filter_map(|record| match record {
                Record::Status(status) => Some(status),
                _ => None,
            })
            .collect()
    }

    fn states(&self) -> Vec<StatusState> {
        self.statuses().iter().map(|status| status.state).collect()
    }

    /// When the first status of `state` was said, seconds.
    fn said(&self, state: StatusState) -> Option<i64> {
        let status = self.statuses().into_iter().find(|status| status.state == state)?;
        Some((status.ts - self.start) / SECOND)
    }

    fn count(&self, kind: Kind) -> usize {
        self.records.iter().filter(|record| record.kind() == kind).count()
    }

    fn is_in_order(&self) -> bool {
        let stamps = self.records.iter().filter(|record| !record.is_late()).map(Record::ts);
        stamps.is_sorted()
    }
}

use StatusState::Down;
use StatusState::Gap;
use StatusState::Resync;
use StatusState::Stale;
use StatusState::Up;

#[test]
fn a_quiet_hour_has_a_stream_record_an_up_and_its_data_in_order() {
    let play = play(OPEN, 60, IqPeer::default(), |_| {});
    play.end.as_ref().unwrap();
    let Record::Stream(stream) = &play.records[0] else { panic!("no stream record first") };
    assert_eq!((stream.mode, stream.run.len()), (StreamMode::Live, 16));
    assert_eq!(play.states(), [Up]);
    assert!((57..=60).contains(&play.count(Kind::Trade)), "{}", play.count(Kind::Trade));
    assert!(play.is_in_order());
    for record in &play.records {
        if let Record::Trade(trade) = record {
            let rx = trade.rx.unwrap();
            assert!(trade.flags.is_empty() && trade.ts <= rx && rx - trade.ts < SECOND);
        }
    }
}

#[test]
fn time_passes_when_nothing_comes() {
    let faults = Faults { quiet: vec![0..60], ..Faults::default() };
    let play = play(CLOSED, 60, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    let clocks: Vec<_> = play.records.iter().filter(|r| r.kind() == Kind::Clock).collect();
    assert!((57..=60).contains(&clocks.len()), "{}", clocks.len());
    for (second, clock) in (1..).zip(&clocks) {
        let behind = play.start + second * SECOND - clock.ts();
        assert!((400_000..=600_000).contains(&behind), "half a second behind: {behind}");
    }
    assert!(play.is_in_order());
}

#[test]
fn a_first_connection_that_fails_ends_with_69_and_a_remedy() {
    for (faults, code, within) in [
        (Faults { refuse: vec![0..100], ..Faults::default() }, "refused", 1),
        (Faults { hang: vec![0..100], ..Faults::default() }, "no answer", 11),
        (Faults { mute: vec![0..100], ..Faults::default() }, "nothing heard", 11),
        (Faults { away: vec![0..100], ..Faults::default() }, "no connection to the IQFeed", 16),
        (Faults { close_after: Some(300), ..Faults::default() }, "closed", 1),
    ] {
        let play = play(OPEN, 100, IqPeer::with(faults), |_| {});
        let failure = play.end.unwrap_err();
        assert_eq!(failure.class, FailureClass::Unavailable, "{failure}");
        assert!(failure.message.contains(code), "{code}: {failure}");
        assert!(failure.hint.is_some_and(|hint| hint.contains("IQConnect")));
        assert!(play.net.seconds() <= within, "{code} after {} s", play.net.seconds());
    }
}

#[test]
fn a_lost_connection_comes_back_with_everything_and_says_the_gap_first() {
    let faults = Faults { close: vec![10], refuse: vec![10..40], ..Faults::default() };
    let play = play(OPEN, 120, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    assert_eq!(play.states(), [Up, Down, Resync, Gap, Up]);
    assert!(play.is_in_order());
    let gap = play.records.iter().position(|r| matches!(r, Record::Status(s) if s.state == Gap));
    let down = play.records.iter().position(|r| matches!(r, Record::Status(s) if s.state == Down));
    let between = &play.records[down.unwrap()..gap.unwrap()];
    assert!(between.iter().all(|r| matches!(r.kind(), Kind::Status | Kind::Clock)), "{between:?}");
    let text = &play.statuses()[3].msg;
    let stamps: Vec<i64> = text
        .split(' ')
        .filter_map(|word| word.trim_end_matches(':').parse().ok())
        .filter(|n| *n > 1000)
        .collect();
    assert!((play.start + 9 * SECOND..=play.start + 10 * SECOND).contains(&stamps[0]), "{text}");
    assert_eq!(stamps[1], play.statuses()[3].ts, "{text}");
    // The pauses: 1, 2, 4, 8, 16 s, each up to 20 % longer or shorter.
    let attempts = play.net.peer(|peer| peer.attempts.clone());
    let pauses: Vec<_> = attempts[1..].windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, seconds) in pauses.iter().zip([2, 4, 8, 16]) {
        let allowed = 800_000 * seconds..=1_210_000 * seconds;
        assert!(allowed.contains(pause), "{pauses:?}");
    }
    assert_eq!(play.net.peer(|peer| peer.count("w@ESZ25")), 2, "subscribed again");
}

#[test]
fn a_half_open_connection_is_found_within_the_silence_allowed() {
    let faults = Faults { mute: vec![20..45], ..Faults::default() };
    let play = play(OPEN, 90, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    let down = play.said(Down).unwrap();
    assert!((29..=31).contains(&down), "said after {down} s");
    assert_eq!(play.statuses()[1].code.as_deref(), Some("silent"));
    assert_eq!(*play.states().last().unwrap(), Up);
    // It was asked before it was given up: the silence of a quiet market looks the same.
    let asked = |peer: &mut IqPeer| {
        let probes = peer.lines.iter().filter(|(s, l)| *s >= 20 && l.starts_with("S,SET PROTOCOL"));
        probes.map(|(second, _)| *second).next()
    };
    assert!((24..=27).contains(&play.net.peer(asked).unwrap()));
}

#[test]
fn silent_data_are_said_once_subscribed_again_and_then_connected_again() {
    let faults = Faults { quiet: vec![20..110], ..Faults::default() };
    let play = play(OPEN, 140, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    let stale = play.said(Stale).unwrap();
    assert!((49..=53).contains(&stale), "said after {stale} s");
    assert_eq!(play.states().iter().filter(|state| **state == Stale).count(), 1);
    let lines = play.net.peer(|peer| peer.lines.clone());
    let again = lines.iter().find(|(_, line)| line == "r@ESZ25").unwrap();
    assert!((stale - 1..=stale + 1).contains(&again.0), "one new subscription at once");
    assert_eq!(play.net.peer(|peer| peer.count("r@ESZ25")), 1);
    let attempts = play.net.peer(|peer| peer.attempts.clone());
    let second = attempts[1] / SECOND;
    assert!((80..=86).contains(&second), "a new connection after {second} s");
    let text: Vec<_> = play.statuses().iter().map(|status| (status.state, &status.code)).collect();
    assert!(text.iter().any(|(state, code)| *state == Up && code.as_deref() == Some("data_again")));
    assert!(play.is_in_order());
}

#[test]
fn silence_outside_the_session_is_silence() {
    let faults = Faults { quiet: vec![2..4000], ..Faults::default() };
    let play = play(CLOSED, 3600, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    assert_eq!(play.states(), [Up]);
    assert_eq!(play.net.peer(|peer| peer.attempts.len()), 1);
    assert!(play.count(Kind::Clock) > 3500);
}

#[test]
fn a_feed_that_stays_away_ends_with_69_where_that_is_wanted() {
    let faults = Faults { close: vec![10], refuse: vec![10..10_000], ..Faults::default() };
    let few = play(OPEN, 10_000, IqPeer::with(faults.clone()), |live| live.max_retries = Some(3));
    let failure = few.end.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unavailable);
    assert!(failure.message.contains("after 3 attempts"), "{failure}");
    assert_eq!(few.net.peer(|peer| peer.attempts.len()), 4);
    let short = |live: &mut LiveOptions| live.max_outage_us = Some(60 * SECOND);
    let short = play(OPEN, 10_000, IqPeer::with(faults.clone()), short);
    assert_eq!(short.end.unwrap_err().class, FailureClass::Unavailable);
    assert!((69..=72).contains(&short.net.seconds()), "{}", short.net.seconds());
    let never = play(OPEN, 3600, IqPeer::with(faults), |_| {});
    never.end.as_ref().unwrap();
    assert_eq!(never.states(), [Up, Down], "a loss is said once");
    let attempts = never.net.peer(|peer| peer.attempts.len());
    assert!((100..170).contains(&attempts), "{attempts}");
}

#[test]
fn servers_that_go_away_are_down_at_once_and_watched_again() {
    let faults = Faults { away: vec![20..50], ..Faults::default() };
    let play = play(OPEN, 80, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    assert_eq!(play.states(), [Up, Down, Gap, Up]);
    assert_eq!(play.said(Down), Some(20));
    assert_eq!(play.statuses()[1].code.as_deref(), Some("server_disconnected"));
    assert_eq!(play.net.peer(|peer| peer.count("w@ESZ25")), 2);
    assert_eq!(play.net.peer(|peer| peer.attempts.len()), 1, "the connection stands");
}

#[test]
fn a_storm_of_closed_connections_is_met_with_patience() {
    // From the second connection on every one is closed two seconds after the login.
    let faults = Faults { close: (5..600).step_by(2).collect(), ..Faults::default() };
    let play = play(OPEN, 600, IqPeer::with(faults), |_| {});
    play.end.as_ref().unwrap();
    let attempts = play.net.peer(|peer| peer.attempts.len());
    assert!(attempts < 40, "{attempts} attempts in ten minutes");
    assert!(play.is_in_order());
    for pair in play.states().windows(2) {
        assert_ne!(pair[0], pair[1], "only changes are said: {:?}", play.states());
    }
}

#[test]
fn a_healthy_minute_makes_the_pauses_short_again() {
    let faults = Faults { close: vec![10, 100], refuse: vec![10..20], ..Faults::default() };
    let play = play(OPEN, 130, IqPeer::with(faults), |_| {});
    let attempts = play.net.peer(|peer| peer.attempts.clone());
    let down = play.statuses().into_iter().rfind(|status| status.state == Down).unwrap().ts;
    let pause = attempts[attempts.len() - 1] - (down - play.start);
    assert!((800_000..=1_200_000).contains(&pause), "{attempts:?}");
}

#[test]
fn every_byte_may_come_alone() {
    let whole = play(OPEN, 30, IqPeer::default(), |_| {});
    for chunk in [1, 2, 3, 7, 61] {
        let pieces = play_in(OPEN, 30, chunk, IqPeer::default(), |_| {});
        pieces.end.as_ref().unwrap();
        assert!(pieces.records[1..] == whole.records[1..], "chunks of {chunk}");
    }
}

#[test]
fn garbage_is_refused_up_to_its_limit() {
    let bad = ["Q,@ESZ25,abc", "\u{1}\u{2}", "Q,@ESZ25,6000.10,1,,,1,,77,,,,,,,1,C", "C,@ESZ25"];
    let says = (10..14).zip(bad).map(|(second, line)| (second, line.to_owned()));
    let says: Vec<_> = says.collect();
    let strict = play(OPEN, 60, IqPeer::saying(says.clone()), |_| {});
    let failure = strict.end.unwrap_err();
    assert_eq!(failure.class, FailureClass::BadInput, "{failure}");
    let lenient = IqPeer::saying(says);
    let lenient = play(OPEN, 60, lenient, |live| live.max_bad = mia::stream::MaxBad::Count(4));
    lenient.end.as_ref().unwrap();
    let alerts = lenient.records.iter().filter_map(|record| match record {
        Record::Alert(alert) => Some(alert.code.as_str()),
        _ => None,
    });
    let codes: Vec<_> = alerts.collect();
    assert_eq!(codes, ["bad_row_field", "bad_row_kind", "bad_row_price", "bad_row_columns"]);
}

#[test]
fn a_trade_that_comes_late_is_marked_and_kept() {
    let (date, time) = crate::iqfeed_peer::eastern(
        OPEN.parse::<jiff::Timestamp>().unwrap().as_microsecond() + 5 * SECOND,
    );
    let line = format!("Q,@ESZ25,6000.25,7,{date},{time},2,,4711,,,,,,,1,C,");
    let peer = IqPeer::saying(vec![(20, line)]);
    let play = play(OPEN, 30, peer, |_| {});
    play.end.as_ref().unwrap();
    let late: Vec<_> = play.records.iter().filter(|record| record.is_late()).collect();
    let [Record::Trade(trade)] = late.as_slice() else { panic!("{late:?}") };
    assert_eq!((trade.sz, trade.seq), (7, Some(4711)));
    assert_eq!(trade.ts, play.start + 5 * SECOND);
    assert!(play.is_in_order());
}
