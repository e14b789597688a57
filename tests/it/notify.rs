//! mia-notify: messages arrive, and nothing that a server does delays the stream.

use crate::process;
use crate::process::Watchdog;
use mia::config::Secret;
use mia::market::Sym;
use mia::monitoring::Manners;
use mia::monitoring::Message;
use mia::monitoring::Report;
use mia::monitoring::Sink;
use mia::monitoring::WebhookSink;
use mia::wire::AlertLevel;
use serde_json::Value;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// What a mock server answers to each request, in turn; the last answer repeats.
#[derive(Clone)]
enum Reply {
    Status(&'static str),
    /// Nothing, for so long.
    Silence(Duration),
}

/// A server on this machine. Gives its address and the bodies that it was sent.
fn server(replies: Vec<Reply>) -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/secret-path", listener.local_addr().unwrap());
    let (tell, bodies) = mpsc::channel();
    std::thread::spawn(move || {
        let mut served = 0;
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            while let Some(body) = request(&stream) {
                if tell.send(body).is_err() {
                    return;
                }
                let reply = &replies[served.min(replies.len() - 1)];
                served += 1;
                match reply {
                    Reply::Status(status) => {
                        let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                        if (&stream).write_all(text.as_bytes()).is_err() {
                            break;
                        }
                    }
                    Reply::Silence(time) => std::thread::sleep(*time),
                }
            }
        }
    });
    (address, bodies)
}

/// Reads one request and gives its body.
fn request(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

fn quick() -> Manners {
    Manners {
        burst: 1000,
        backoff: Duration::from_millis(1),
        drain: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        ..Manners::default()
    }
}

fn message(title: &str, level: AlertLevel) -> Message {
    let (title, text) = (title.to_owned(), "text".to_owned());
    Message { title, text, level, ts: 7, sym: Sym::NONE, record: b"{\"t\":\"alert\"}".to_vec() }
}

fn send(address: &str, manners: Manners, count: usize) -> Report {
    let mut sink = WebhookSink::start(&Secret::new(address).unwrap(), manners).unwrap();
    for i in 0..count {
        sink.offer(message(&format!("m{i}"), AlertLevel::Info));
    }
    sink.finish(manners.drain)
}

const OK: Reply = Reply::Status("204 No Content");

#[test]
fn messages_arrive_in_order_as_json() {
    let (address, bodies) = server(vec![OK]);
    let report = send(&address, quick(), 3);
    assert_eq!(report, Report { delivered: 3, ..Report::default() });
    for i in 0..3 {
        let body = bodies.recv().unwrap();
        assert_eq!(body["title"], format!("m{i}"));
        assert_eq!(body["level"], "info");
        assert_eq!(body["record"]["t"], "alert");
        let validator = jsonschema::validator_for(&Message::schema()).unwrap();
        assert!(validator.is_valid(&body), "{body}");
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let busy = Reply::Status("429 Too Many Requests\r\nretry-after: 0.25");
    let (address, bodies) = server(vec![busy, OK]);
    let started = mia::stream::clock::instant();
    let report = send(&address, quick(), 1);
    assert_eq!(report, Report { delivered: 1, ..Report::default() });
    // Far above our own back-off of a millisecond: the server's wish counted.
    assert!(started.elapsed() >= Duration::from_millis(250));
    assert_eq!(bodies.try_iter().count(), 2);
}

#[test]
fn a_failing_server_is_given_up_after_the_retries() {
    let (address, bodies) = server(vec![Reply::Status("500 Oops")]);
    let report = send(&address, quick(), 2);
    assert_eq!(report, Report { failed: 2, ..Report::default() });
    assert_eq!(bodies.try_iter().count(), 8);
}

#[test]
fn an_address_that_does_not_exist_is_tried_once() {
    let (address, bodies) = server(vec![Reply::Status("404 Not Found")]);
    let report = send(&address, quick(), 5);
    assert_eq!(report, Report { failed: 5, ..Report::default() });
    assert_eq!(bodies.try_iter().count(), 1);
}

#[test]
fn a_hanging_server_costs_no_more_than_the_drain() {
    let (address, _bodies) = server(vec![Reply::Silence(Duration::from_secs(30))]);
    let started = mia::stream::clock::instant();
    let manners = Manners { drain: Duration::from_millis(200), queue_max: 10, ..quick() };
    let report = send(&address, manners, 50);
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(report.lost(), 50);
    assert!(report.dropped >= 39 && report.unsent >= 10, "{report:?}");
}

#[test]
fn the_rate_is_kept() {
    let (address, _bodies) = server(vec![OK]);
    let manners = Manners { burst: 2, refill: Duration::from_millis(100), ..quick() };
    let started = mia::stream::clock::instant();
    assert_eq!(send(&address, manners, 5).delivered, 5);
    assert!(started.elapsed() >= Duration::from_millis(290));
}

#[test]
fn an_address_must_be_a_url_and_is_never_shown() {
    for wrong in ["hooks.example/abc", "ftp://hooks.example/abc", "http://", "\u{0}"] {
        let error = WebhookSink::start(&Secret::new(wrong).unwrap(), quick()).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("example"));
    }
}

const STREAM: &str = r#"{"t":"stream","ts":1,"sym":"ES","v":1,"src":"syn","mode":"synthetic","phase":"run","run":"r","tool":"t"}
{"t":"trade","ts":2,"sym":"ESM26","px":5000,"sz":1,"side":"B","ss":"flag","src":"syn"}
{"t":"alert","ts":1773066600000000,"sym":"*","by":"monitor","level":"critical","code":"feed_lost","msg":"no tick for 30 s"}
{"t":"alert","ts":1773066600000000,"sym":"*","by":"monitor","level":"info","code":"note","msg":"all well"}
"#;

fn notify(args: &[&str], url: Option<&str>, input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-notify"));
    command.args(args).env_remove("MIA_WEBHOOK_URL").env_remove("MIA_LOG");
    if let Some(url) = url {
        command.env("MIA_WEBHOOK_URL", url);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process::feed(command.spawn().unwrap(), input.as_bytes())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn messages_are_the_output_or_the_stream_is() {
    let lines = notify(&[], None, STREAM);
    assert_eq!(
        text(&lines.stdout),
        "2026-03-09 14:30:00Z critical  [synthetic] feed_lost (mia-monitor): no tick for 30 s\n\
         2026-03-09 14:30:00Z info      [synthetic] note (mia-monitor): all well\n"
    );
    let json = notify(&["--format", "json", "--min-level", "warning"], None, STREAM);
    let value: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["record"]["code"], "feed_lost");

    assert_eq!(text(&notify(&["--drop", "alert"], None, STREAM).stdout), "");
    assert_eq!(notify(&["--only", "alert,fill"], None, STREAM).stdout, lines.stdout);

    let (address, bodies) = server(vec![OK]);
    let copied = notify(&["--to", "webhook"], Some(&address), STREAM);
    assert_eq!(text(&copied.stdout), STREAM);
    assert_eq!((copied.status.code(), text(&copied.stderr)), (Some(0), ""));
    let titles: Vec<Value> = bodies.try_iter().map(|b| b["title"].clone()).collect();
    assert_eq!(titles, ["[synthetic] feed_lost (mia-monitor)", "[synthetic] note (mia-monitor)"]);
}

#[test]
fn a_dead_server_is_counted_and_its_address_not_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/secret-path", listener.local_addr().unwrap());
    drop(listener);
    let output = notify(&["--to", "webhook", "--drain", "0", "-vvv"], Some(&address), STREAM);
    assert_eq!(text(&output.stdout), STREAM);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("0 messages delivered, 2 unsent at the end"), "{said}");
    assert!(!said.contains("secret-path"), "{said}");
}

#[test]
fn a_server_that_hangs_does_not_delay_the_stream() {
    let (address, _bodies) = server(vec![Reply::Silence(Duration::from_mins(1))]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_mia-notify"))
        .args(["--to", "webhook", "--drain", "0", "-q"])
        .env("MIA_WEBHOOK_URL", &address)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _watchdog = Watchdog::over(&child);
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = mia::stream::clock::instant();
    // More messages than the queue holds, one at a time, each seen before the next is sent.
    let alert = STREAM.lines().last().unwrap();
    for _ in 0..300 {
        writeln!(stdin, "{alert}").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), alert);
    }
    drop(stdin);
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn the_address_comes_from_a_safe_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("url");
    let (address, bodies) = server(vec![OK]);
    std::fs::write(&file, format!("{address}\n")).unwrap();
    let args = ["--to", "webhook", "--url-file", file.to_str().unwrap()];
    let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();

    mode(0o644);
    let refused = notify(&args, None, STREAM);
    assert_eq!(refused.status.code(), Some(78));
    assert!(text(&refused.stderr).contains("mode 0644"), "{}", text(&refused.stderr));
    assert!(!text(&refused.stderr).contains("secret-path"));
    mode(0o600);
    assert_eq!(notify(&args, None, STREAM).status.code(), Some(0));
    assert_eq!(bodies.try_iter().count(), 2);

    let none = notify(&["--to", "webhook"], None, STREAM);
    assert_eq!(none.status.code(), Some(78));
    assert!(text(&none.stderr).contains("MIA_WEBHOOK_URL"));
    let wrong = notify(&["--to", "webhook"], Some("hooks.example/secret-path"), STREAM);
    assert_eq!(wrong.status.code(), Some(78));
    assert!(!text(&wrong.stderr).contains("secret-path"), "{}", text(&wrong.stderr));
}
