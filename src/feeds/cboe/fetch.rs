//! The address: asked at most once a minute, conditionally, with a copy kept in a folder.

use crate::feeds::cboe::series::is_index;
use crate::feeds::identity::run_id;
use crate::stream::clock;
use crate::wire::Failure;
use crate::wire::FailureClass;
use serde::Deserialize;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use ureq::Agent;

/// Longest wait that a server may ask for.
const WAIT_MAX: Duration = Duration::from_mins(15);

/// How the address is asked.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Address.
    pub url: String,
    /// Folder of the copies; none keeps nothing between runs.
    pub cache: Option<PathBuf>,
    /// A copy younger than this is used without asking: once a minute is polite.
    pub fresh: Duration,
    /// Time for one answer, body included.
    pub timeout: Duration,
    /// Tries after the first.
    pub retries: u32,
    /// Wait before the second try; doubled for each further one.
    pub backoff: Duration,
    /// Largest body, bytes.
    pub size_max: u64,
}

impl FetchOptions {
    /// The manners for an address: once a minute, 30 s an answer, four more tries.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            cache: None,
            fresh: Duration::from_mins(1),
            timeout: Duration::from_secs(30),
            retries: 4,
            backoff: Duration::from_secs(1),
            size_max: 64 << 20,
        }
    }

    /// The address of the chain of an underlying.
    pub fn address_of(und: &str) -> String {
        let mark = if is_index(und) { "_" } else { "" };
        format!("https://cdn.cboe.com/api/global/delayed_quotes/options/{mark}{und}.json")
    }
}

/// What asking gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fetched {
    /// A document, and when it was received, microseconds UTC.
    Document(Vec<u8>, i64),
    /// The same document as before.
    Unchanged,
}

/// What is known of the copy.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Copy {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    /// When the document was received, microseconds UTC.
    received: i64,
    /// When the address was last asked, microseconds UTC.
    asked: i64,
}

/// Asks one address.
pub struct Fetcher {
    options: FetchOptions,
    agent: Agent,
    copy: Copy,
    body: Option<Vec<u8>>,
    /// Whether the document in hand was given out.
    given: bool,
}

/// How one request ended.
enum Answer {
    Document(Vec<u8>),
    NotModified,
    /// Worth another try, after the wait that the server asked for.
    Again(String, Option<Duration>),
    Refused(Failure),
}

impl Fetcher {
    /// A fetcher with the copy of an earlier run, if there is one.
    ///
    /// # Errors
    /// Not an address, or the folder of the copies cannot be made.
    pub fn new(options: FetchOptions) -> Result<Self, Failure> {
        let is_address = options.url.parse::<ureq::http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
        });
        if !is_address {
            let text = format!("`{}` is not an http or https address", options.url.escape_debug());
            return Err(Failure::new(FailureClass::Config, text));
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            .max_redirects(3)
            .user_agent(concat!("mia-feed/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let copy = Copy { url: options.url.clone(), ..Copy::default() };
        let mut fetcher = Self { options, agent, copy, body: None, given: false };
        fetcher.load()?;
        Ok(fetcher)
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.options.url
    }

    /// Asks, unless the copy is fresh; waits between tries.
    ///
    /// # Errors
    /// No usable answer after every try (69), or a refusal (77).
    pub fn fetch(&mut self) -> Result<Fetched, Failure> {
        let age = clock::now_us().saturating_sub(self.copy.asked);
        let is_fresh = (0..self.options.fresh.as_micros() as i64).contains(&age);
        if self.body.is_some() && is_fresh {
            return Ok(self.give());
        }
        let mut backoff = self.options.backoff;
        let mut tries = 0;
        loop {
            match self.ask() {
                Answer::Document(body) => {
                    self.copy.received = clock::now_us();
                    self.copy.asked = self.copy.received;
                    let same = self.body.as_ref() == Some(&body);
                    self.given &= same;
                    self.body = Some(body);
                    self.save();
                    return Ok(self.give());
                }
                Answer::NotModified => {
                    self.copy.asked = clock::now_us();
                    self.save();
                    return Ok(self.give());
                }
                Answer::Refused(failure) => return Err(failure),
                Answer::Again(why, asked) => {
                    tries += 1;
                    if tries > self.options.retries {
                        let url = &self.options.url;
                        let text = format!("{url} gives no chain: {why} ({tries} tries)");
                        return Err(Failure::new(FailureClass::Unavailable, text).hint(
                            "look at the address in a browser; a chain that was downloaded is read \
                             as a file",
                        ));
                    }
                    let wait = asked.unwrap_or(backoff).max(backoff).min(WAIT_MAX);
                    tracing::warn!("{}: {why}; again in {wait:?}", self.options.url);
                    thread::sleep(wait);
                    backoff = backoff.saturating_mul(2).min(Duration::from_secs(30));
                }
            }
        }
    }

    /// The document in hand, once.
    fn give(&mut self) -> Fetched {
        if std::mem::replace(&mut self.given, true) {
            return Fetched::Unchanged;
        }
        Fetched::Document(self.body.clone().unwrap_or_default(), self.copy.received)
    }

    /// One request.
    fn ask(&mut self) -> Answer {
        let mut request = self.agent.get(&self.options.url);
        if self.body.is_some() {
            if let Some(etag) = &self.copy.etag {
                request = request.header("if-none-match", etag);
            }
            if let Some(date) = &self.copy.last_modified {
                request = request.header("if-modified-since", date);
            }
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) => return Answer::Again(error.to_string(), None),
        };
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
        };
        let (etag, last_modified) = (header("etag"), header("last-modified"));
        let asked = header("retry-after").and_then(|text| text.trim().parse().ok());
        match status {
            200 => {
                let limit = self.options.size_max;
                match response.body_mut().with_config().limit(limit).read_to_vec() {
                    Ok(body) => {
                        self.copy.etag = etag;
                        self.copy.last_modified = last_modified;
                        Answer::Document(body)
                    }
                    Err(ureq::Error::BodyExceedsLimit(_)) => {
                        let text = format!("{}: more than {limit} bytes", self.options.url);
                        Answer::Refused(Failure::bad_input(text).hint("this is not a chain"))
                    }
                    Err(error) => Answer::Again(error.to_string(), None),
                }
            }
            304 if self.body.is_some() => Answer::NotModified,
            401 | 403 => {
                let text = format!("{} refuses: status {status}", self.options.url);
                Answer::Refused(Failure::new(FailureClass::NotPermitted, text).hint(
                    "the service blocks programs now and then: wait, or download the chain by hand",
                ))
            }
            404 => {
                let text = format!("{} has no chain: status 404", self.options.url);
                Answer::Refused(
                    Failure::new(FailureClass::Unavailable, text)
                        .hint("names of indices are SPX, NDX, XSP, VIX, RUT: --und SPX"),
                )
            }
            429 | 500..=599 => {
                Answer::Again(format!("status {status}"), asked.map(Duration::from_secs))
            }
            _ => Answer::Again(format!("status {status}"), None),
        }
    }

    fn paths(&self) -> Option<(PathBuf, PathBuf)> {
        let folder = self.options.cache.as_ref()?;
        let name = run_id(&[b"cboe", self.options.url.as_bytes()]);
        Some((folder.join(format!("{name}.body")), folder.join(format!("{name}.json"))))
    }

    /// Takes the copy of an earlier run.
    fn load(&mut self) -> Result<(), Failure> {
        let Some((body, about)) = self.paths() else { return Ok(()) };
        let folder = body.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| {
            let text = format!("cannot make the folder {}: {error}", folder.display());
            Failure::new(FailureClass::Output, text).hint("name another with --cache DIR")
        })?;
        let (Ok(body), Ok(about)) = (fs::read(body), fs::read(about)) else { return Ok(()) };
        if let Ok(copy) = serde_json::from_slice::<Copy>(&about)
            && copy.url == self.options.url
        {
            (self.copy, self.body) = (copy, Some(body));
        }
        Ok(())
    }

    /// Keeps the copy for the next run. Without it that run asks again: no reason to fail.
    fn save(&self) {
        let (Some((path, about)), Some(body)) = (self.paths(), &self.body) else { return };
        let text = serde_json::to_vec(&self.copy).unwrap_or_default();
        // The body first: what describes it is not there before it.
        let kept = fs::remove_file(&about)
            .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
            .and_then(|()| replace(&path, body))
            .and_then(|()| replace(&about, &text));
        if let Err(error) = kept {
            tracing::warn!("cannot keep a copy in {}: {error}", path.display());
        }
    }
}

/// Writes a file so that a reader sees the old or the new one, whole.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes)?;
    fs::rename(beside, path)
}
