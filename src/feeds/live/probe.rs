//! `--check` of a live source: one attempt on every link, and what the client then learns.

use crate::feeds::Diagnosis;
use crate::feeds::live::Actions;
use crate::feeds::live::Client;
use crate::feeds::live::Happening;
use crate::feeds::live::LinkId;
use crate::feeds::live::Network;
use crate::feeds::live::actions::Action;
use crate::feeds::live::network::in_words;
use crate::wire::FailureClass;
use std::io;

/// What became of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Link {
    Connecting,
    Connected(Vec<u8>),
    Lost(String),
}

/// Connects each link of `client` once, lets it talk for at most `patience_us` microseconds or until
/// it has seen enough, and says what was found. Nothing is written to the stream.
///
/// # Errors
/// The system cannot wait.
pub fn probe<C: Client, N: Network>(
    client: &mut C,
    net: &mut N,
    patience_us: i64,
) -> io::Result<Diagnosis> {
    let endpoints = client.endpoints();
    let mut links = vec![Link::Connecting; endpoints.len()];
    for (at, endpoint) in endpoints.iter().enumerate() {
        net.open(LinkId(at), &endpoint.host, endpoint.port);
    }
    let until = net.now().mono + patience_us;
    let mut actions = Actions::new();
    let mut failure = None;
    let mut happenings = Vec::new();
    while net.now().mono < until && failure.is_none() && !is_over(client, &links) {
        net.wait(until, &mut happenings)?;
        for happening in happenings.drain(..) {
            step(client, net, &mut links, happening, &mut actions);
            failure = failure.or(settle(net, &mut links, &mut actions));
        }
        client.tick(net.now(), &mut actions);
        failure = failure.or(settle(net, &mut links, &mut actions));
    }
    let mut diagnosis = Diagnosis::default();
    for (endpoint, link) in endpoints.iter().zip(&links) {
        let place = format!("{} ({}:{})", endpoint.name, endpoint.host, endpoint.port);
        let (class, remedy) = (FailureClass::Unavailable, endpoint.remedy.as_str());
        match link {
            Link::Connected(_) => diagnosis.good("connection", place),
            Link::Lost(why) => {
                diagnosis.bad(class, "connection", format!("{place}: {why}"), remedy);
            }
            Link::Connecting => {
                diagnosis.bad(class, "connection", format!("{place}: no answer"), remedy);
            }
        }
    }
    if let Some(failure) = failure {
        let remedy = failure.hint.unwrap_or_default();
        diagnosis.bad(failure.class, "answer", failure.message, remedy);
    }
    client.diagnose(net.now(), &mut diagnosis);
    Ok(diagnosis)
}

fn is_over<C: Client>(client: &C, links: &[Link]) -> bool {
    let all_lost = links.iter().all(|link| matches!(link, Link::Lost(_)));
    let settled = links.iter().all(|link| *link != Link::Connecting);
    all_lost || settled && client.is_diagnosed()
}

fn step<C: Client, N: Network>(
    client: &mut C,
    net: &mut N,
    links: &mut [Link],
    happening: Happening,
    actions: &mut Actions,
) {
    let now = net.now();
    match happening {
        Happening::Connected(id) => {
            links[id.0] = Link::Connected(Vec::new());
            client.connected(id, now, actions);
        }
        Happening::Failed(id, error) => links[id.0] = Link::Lost(in_words(&error)),
        Happening::Readable(id) => {
            let Link::Connected(inbox) = &mut links[id.0] else { return };
            let mut buffer = [0; 4096];
            match net.read(id, &mut buffer) {
                Ok(0) => {
                    lose(net, &mut links[id.0], id, "the other side closed the connection".into());
                    client.lost(id, now, actions);
                }
                Ok(count) => {
                    inbox.extend_from_slice(&buffer[..count]);
                    let used = client.received(id, inbox, now, actions);
                    inbox.drain(..used.min(inbox.len()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => lose(net, &mut links[id.0], id, in_words(&error)),
            }
        }
        Happening::Writable(_) => {}
    }
}

/// Sends what is to be sent; records and states are of no interest to a check.
fn settle<N: Network>(
    net: &mut N,
    links: &mut [Link],
    actions: &mut Actions,
) -> Option<crate::wire::Failure> {
    let mut failure = None;
    for action in std::mem::take(&mut actions.queue) {
        match action {
            Action::Fail(found) => failure = failure.or(Some(found)),
            Action::Close { link, reason } => lose(net, &mut links[link.0], link, reason),
            _ => {}
        }
    }
    for (id, bytes) in std::mem::take(&mut actions.sent) {
        // A login is a few hundred bytes: it goes into an empty socket at once.
        if let Err(error) = net.write(id, &bytes) {
            lose(net, &mut links[id.0], id, in_words(&error));
        }
    }
    failure
}

fn lose<N: Network>(net: &mut N, link: &mut Link, id: LinkId, why: String) {
    net.close(id);
    *link = Link::Lost(why);
}
