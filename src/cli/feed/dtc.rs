//! mia-feed dtc.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::feed::Feed;
use crate::cli::feed::PhaseOption;
use crate::cli::feed::Watch;
use crate::cli::filter;
use crate::cli::options::Common;
use crate::cli::when::When;
use crate::config::Config;
use crate::config::Secret;
use crate::feeds::dtc::DtcClient;
use crate::feeds::dtc::DtcHistory;
use crate::feeds::dtc::DtcOptions;
use crate::feeds::dtc::DtcPast;
use crate::feeds::dtc::DtcSymbol;
use crate::feeds::live::LiveOptions;
use crate::feeds::live::LiveSource;
use crate::feeds::live::SystemNetwork;
use crate::feeds::live::probe;
use crate::protocols::dtc::Encoding;
use crate::stream::Interrupts;
use crate::stream::Progress;
use crate::wire::StreamMode;
use anyhow::Context;
use clap::ValueEnum;
use std::rc::Rc;

const SECOND_US: i64 = 1_000_000;
/// How long a check waits for data of the symbols, seconds.
const CHECK_S: i64 = 10;

#[derive(clap::Args, Debug)]
pub(super) struct Dtc {
    /// Where the server is; without it 127.0.0.1:11099, for history 127.0.0.1:11098
    #[arg(value_name = "HOST:PORT", value_parser = server)]
    server: Option<Server>,
    /// Symbol to follow, as the server spells it, for example `ESZ25_FUT_CME`; may be repeated
    #[arg(long, value_name = "SYMBOL", required_unless_present_any = ["check", "schema", "print_config"])]
    sym: Vec<String>,
    /// Follow the book too, with so many levels on each side
    #[arg(long, value_name = "LEVELS", value_parser = clap::value_parser!(i32).range(1..=1000))]
    depth: Option<i32>,
    /// Encoding to ask for
    #[arg(long, value_enum, value_name = "ENCODING", default_value_t = Form::Binary)]
    encoding: Form,
    /// Multiply prices with N, where the server sends them in another unit
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = multiplier)]
    price_mult: f64,
    /// Ask for the past of one symbol from TIME on (up to --until) instead, and end
    #[arg(long, value_name = "TIME", conflicts_with_all = ["check", "depth", "max_retries", "max_outage"])]
    history: Option<When>,
    /// With --history: bars of so many seconds instead of trades
    #[arg(long, value_name = "SECONDS", requires = "history",
          value_parser = clap::value_parser!(u32).range(1..=604_800))]
    interval: Option<u32>,
    /// With --history: let the server compress its answer
    #[arg(long, requires = "history")]
    compress: bool,
    /// End with 69 after N attempts to connect again; without it there is no limit
    #[arg(long, value_name = "N")]
    max_retries: Option<u32>,
    /// End with 69 when the connection is away for longer
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    max_outage: Option<u32>,
    /// Look whether the server can be used, say it in words, and end
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    phase: PhaseOption,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// Structures of fixed size.
    Binary,
    /// JSON objects.
    Json,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Server {
    host: String,
    port: u16,
}

fn server(text: &str) -> Result<Server, String> {
    let wrong = || format!("`{text}` is no HOST:PORT, for example 127.0.0.1:11099");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    if host.is_empty() { Err(wrong()) } else { Ok(Server { host: host.to_owned(), port }) }
}

fn multiplier(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
    number.ok_or_else(|| format!("`{text}` is no factor above 0"))
}

/// A variable that holds a secret; one that is empty counts as not set.
fn secret(name: &str) -> Option<Secret> {
    std::env::var(name).ok().as_deref().and_then(Secret::new)
}

impl Dtc {
    pub(super) fn run(&self, feed: &Feed, config: &Config) -> anyhow::Result<Exit> {
        let options = self.options(config)?;
        let calendar = Common::calendar()?;
        let interrupts = filter::interrupts()?;
        let mut net = SystemNetwork::new(Some(Rc::clone(&interrupts)))
            .context("the network cannot be used")?;
        if let Some(from) = self.history {
            return self.past(from, feed, config, &options, net, interrupts);
        }
        if self.check {
            let mut client = DtcClient::for_check(options, calendar);
            let diagnosis = probe(&mut client, &mut net, CHECK_S * SECOND_US)
                .context("the network cannot be used")?;
            return feed.report(&diagnosis);
        }
        let live = LiveOptions {
            max_retries: self.max_retries,
            max_outage_us: self.max_outage.map(|seconds| i64::from(seconds) * SECOND_US),
            max_bad: feed.common.input.max_bad,
            phase: self.phase.phase.into(),
            seed: SystemNetwork::seed(),
            ..LiveOptions::new(config)
        };
        let client = DtcClient::new(options, calendar.clone());
        let mut source = LiveSource::new(client, net, live, calendar);
        let watch = Watch { done: Rc::default(), progress: Progress::none(), interrupts };
        feed.drive(&mut source, &[], &watch)
    }

    fn past(
        &self,
        from: When,
        feed: &Feed,
        config: &Config,
        options: &DtcOptions,
        net: SystemNetwork,
        interrupts: Rc<Interrupts>,
    ) -> anyhow::Result<Exit> {
        let [symbol] = &options.symbols[..] else {
            let message = "history is of one symbol";
            return Err(Refusal::new(Exit::Usage, message)
                .hint("ask for each symbol apart and join them with mia-feed merge")
                .into());
        };
        let until = feed.common.input.until.map_or(0, |until| until.0);
        let past = DtcPast {
            from: from.0.div_euclid(SECOND_US),
            // Whole seconds, so that nothing before the end is missed; what is after it is cut.
            until: (until + SECOND_US - 1).div_euclid(SECOND_US),
            interval_s: self.interval.unwrap_or(0),
            compressed: self.compress,
        };
        let client = DtcHistory::new(options.clone(), symbol.clone(), past);
        let live = LiveOptions {
            max_bad: feed.common.input.max_bad,
            mode: StreamMode::Replay,
            phase: self.phase.phase.into(),
            ..LiveOptions::new(config)
        };
        let mut source = LiveSource::new(client, net, live, Common::calendar()?);
        let watch = Watch { done: Rc::default(), progress: Progress::none(), interrupts };
        feed.drive(&mut source, &[], &watch)
    }

    fn options(&self, config: &Config) -> anyhow::Result<DtcOptions> {
        let symbol = |name: &String| DtcSymbol::new(name, self.price_mult, config);
        let symbols = self.sym.iter().map(symbol).collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<_> = symbols.iter().map(DtcSymbol::sym).collect();
        names.sort_unstable();
        if let Some([twice, _]) = names.array_windows().find(|[a, b]| a == b) {
            let message = format!("two symbols have records of {twice}");
            return Err(Refusal::new(Exit::Usage, message).hint("follow one of them").into());
        }
        // Two heartbeats fit into the silence that is tolerated; the protocol allows 5 to 60 s.
        let heartbeat_s = (config.feed.silence_ms / 2000).clamp(5, 60);
        let port = if self.history.is_some() { 11_098 } else { 11_099 };
        let server = self.server.clone();
        let Server { host, port } =
            server.unwrap_or_else(|| Server { host: "127.0.0.1".into(), port });
        Ok(DtcOptions {
            host,
            port,
            encoding: if self.encoding == Form::Json { Encoding::Json } else { Encoding::Binary },
            symbols,
            depth: self.depth,
            user: secret("MIA_DTC_USER"),
            password: secret("MIA_DTC_PASSWORD"),
            heartbeat_s: i32::try_from(heartbeat_s).unwrap_or(5),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_hosts_with_ports() {
        let is = |host: &str, port| Ok(Server { host: host.into(), port });
        assert_eq!(server("127.0.0.1:11099"), is("127.0.0.1", 11_099));
        assert_eq!(server("trading-pc:1"), is("trading-pc", 1));
        assert_eq!(server("[::1]:11099"), is("::1", 11_099));
        for wrong in ["", "pc", "pc:", ":11099", "pc:0", "pc:70000", "pc:x"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }
}
