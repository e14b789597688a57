//! mia-options without a calculator: chains in, exposure out.

use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
use crate::cli::exposure::By;
use crate::cli::exposure::Format;
use crate::cli::exposure::documents::ChainReader;
use crate::cli::exposure::documents::Trouble;
use crate::cli::exposure::fold::Fold;
use crate::cli::exposure::fold::Seen;
use crate::cli::exposure::pictures::Pictures;
use crate::cli::exposure::series::Expiries;
use crate::cli::exposure::series::Selection;
use crate::cli::exposure::sign::DealerSign;
use crate::cli::exposure::terminal::Look;
use crate::cli::exposure::text::Text;
use crate::cli::exposure::text::Which;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::cli::when::When;
use crate::config::Config;
use crate::feeds::cboe::CboeOptions;
use crate::market::Calendar;
use crate::market::Sym;
use crate::options::Valuation;
use crate::stream::Inputs;
use crate::stream::Output;
use crate::stream::Thinning;
use crate::wire::Kind;
use crate::wire::KindSet;
use std::io::IsTerminal;
use std::rc::Rc;

/// Columns where a terminal does not say how many it has.
const COLUMNS: usize = 100;

#[derive(clap::Args, Debug)]
pub(super) struct Chains {
    #[command(flatten)]
    files: Files,
    /// How results are written; `auto` is a table on a terminal and records in a pipe
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Auto,
          help_heading = "Results")]
    format: Format,
    /// What tables and CSV have rows of; records list strikes or expiries only if asked to
    #[arg(
        long,
        value_enum,
        value_name = "strike|expiry",
        hide_possible_values = true,
        help_heading = "Results"
    )]
    by: Option<By>,
    /// A row a snapshot: time, spot, net, flip, walls, share that expires today, expected move
    #[arg(long, conflicts_with = "each", help_heading = "Results")]
    history: bool,
    /// Write every snapshot in full as it comes, not only the newest
    #[arg(long, help_heading = "Results")]
    each: bool,
    #[command(flatten)]
    pictures: Pictures,
    /// Use chains of these underlyings only, for example SPX
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = symbol,
          help_heading = "Chain")]
    und: Vec<Sym>,
    /// Use options of these roots only, for example SPXW
    #[arg(long, value_name = "ROOT,..", value_delimiter = ',', value_parser = symbol,
          help_heading = "Chain")]
    root: Vec<Sym>,
    /// Use these expiries only: a date, dates FROM..TO, or the next days: 0d is today, 7d a week
    #[arg(long, value_name = "DATE,..", value_delimiter = ',', help_heading = "Chain")]
    expiry: Vec<Expiries>,
    /// Value the chain at this time instead of when it was received
    #[arg(long, value_name = "TIME", help_heading = "Chain")]
    at: Option<When>,
    /// Value the chain at this price of the underlying instead of its own
    #[arg(long, value_name = "POINTS", help_heading = "Chain")]
    spot: Option<f64>,
    /// Assumed position of the dealers: call=+1,put=-1, or long-calls (the same), short-calls,
    /// short-both, long-both
    #[arg(long, value_name = "SIGN", help_heading = "Model")]
    dealer_sign: Option<DealerSign>,
    /// Take volatilities from the quotes, or as the source gives them
    #[arg(long, value_name = "quotes|source", help_heading = "Model")]
    vol: Option<String>,
    /// Compute gamma, or take it as the source gives it
    #[arg(long, value_name = "model|source", help_heading = "Model")]
    gamma: Option<String>,
    /// Take the forward from put-call parity, or from --rate and --dividend
    #[arg(long, value_name = "parity|rates", help_heading = "Model")]
    carry: Option<String>,
    /// Interest rate a year, continuous, for example 0.04
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = "Model")]
    rate: Option<f64>,
    /// Dividend yield a year, continuous, for example 0.013
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = "Model")]
    dividend: Option<f64>,
    /// What makes a wall: exposure of its side, net exposure, or open interest
    #[arg(long, value_name = "gex_side|gex_net|oi", help_heading = "Model")]
    wall_by: Option<String>,
}

fn symbol(text: &str) -> Result<Sym, String> {
    Sym::new(text)
        .ok_or_else(|| format!("`{text}` is not a symbol: 1 to {} printable characters", Sym::MAX))
}

impl Chains {
    /// Whether pictures are drawn.
    pub(super) fn draws(&self) -> bool {
        self.pictures.any()
    }

    pub(super) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let config = self.settings(common)?;
        let calendar = Common::calendar()?;
        let (files, force) = (&self.files.files, common.output.force);
        self.pictures.check(files, common.output.output.as_deref(), force)?;
        let valuation = Valuation::new(&config.options, calendar.clone());
        let mut fold = Fold::new(valuation, config.options.coverage_min);
        fold.selection = Selection {
            und: self.und.clone(),
            roots: self.root.clone(),
            expiries: self.expiry.clone(),
        };
        fold.at = self.at.map(|when| when.0);
        fold.spot = self.spot;
        fold.by_strike = self.by == Some(By::Strike);
        fold.by_expiry = self.by == Some(By::Expiry);
        let format = self.form(common);
        let mut output = if format == Format::Ndjson {
            common.open_output_thinned(files, gex_and_alerts(common))?
        } else {
            let output = common.open_output_thinned(files, Thinning::default())?;
            fold.text = Some(self.text(common, format, output));
            filter::nowhere()
        };
        let trouble = Trouble::default();
        let mut inputs =
            self.files.open("a chain (records, Cboe's CSV or JSON)", &filter::interrupts()?);
        adapt(&mut inputs, common, &config, &calendar, &trouble);
        let ended = filter::run_to(&mut fold, &mut inputs, &mut output, common, &config, None);
        let Fold { mut text, seen, .. } = fold;
        if let Some(text) = &mut text {
            text.finish(&seen.newest)?;
        }
        let exit = match ended {
            Ok(exit) => exit,
            // The document says more than the read that it made fail.
            Err(error) => return Err(trouble.take().map_or(error, Into::into)),
        };
        if exit != Exit::Done {
            return Ok(exit);
        }
        self.draw(&seen, force)?;
        verdict(&seen, common.output.output.is_none() && format == Format::Ndjson)
    }

    /// The settings with what the command line says: checked like any other setting.
    fn settings(&self, common: &Common) -> anyhow::Result<Config> {
        let mut options = common.config.clone();
        let mut set = |key: &str, value: Option<String>| {
            options.set.extend(value.map(|value| format!("options.{key}={value}")));
        };
        let quoted = |value: &Option<String>| value.as_ref().map(|value| format!("\"{value}\""));
        set("vol", quoted(&self.vol));
        set("gamma", quoted(&self.gamma));
        set("carry", quoted(&self.carry));
        set("wall_by", quoted(&self.wall_by));
        set("rate", self.rate.map(|value| format!("{value:?}")));
        set("dividend", self.dividend.map(|value| format!("{value:?}")));
        set("dealer_sign.call", self.dealer_sign.map(|sign| sign.call.to_string()));
        set("dealer_sign.put", self.dealer_sign.map(|sign| sign.put.to_string()));
        Ok(options.load()?.0)
    }

    fn form(&self, common: &Common) -> Format {
        let people = common.output.output.is_none() && std::io::stdout().is_terminal();
        match self.format {
            Format::Auto if people => Format::Table,
            Format::Auto => Format::Ndjson,
            format => format,
        }
    }

    fn text(&self, common: &Common, format: Format, output: Output) -> Text {
        let terminal = common.output.output.is_none() && std::io::stdout().is_terminal();
        let which = match (self.history, self.each) {
            (true, _) => Which::History,
            (_, true) => Which::Each,
            _ => Which::Newest,
        };
        let color = common.messages.color_of(terminal);
        let width = if terminal { columns() } else { COLUMNS };
        let look = Look { width, color, window: self.pictures.window };
        Text { output, format, by: self.by.unwrap_or(By::Strike), which, look, told: 0 }
    }

    fn draw(&self, seen: &Seen, force: bool) -> anyhow::Result<()> {
        if !self.draws() {
            return Ok(());
        }
        let mut views = seen.newest.values();
        match (views.next(), views.next()) {
            (Some(view), None) => self.pictures.draw(view, force),
            (Some(_), Some(_)) => {
                let names: Vec<_> = seen.newest.keys().map(Sym::as_str).collect();
                let text = format!("a picture has one underlying, not {}", names.join(" and "));
                let hint = format!("--und {} chooses one", names[0]);
                Err(Refusal::new(Exit::Usage, text).hint(hint).into())
            }
            // What was seen instead is said below.
            (None, _) => Ok(()),
        }
    }
}

/// Reads documents as records.
fn adapt(
    inputs: &mut Inputs,
    common: &Common,
    config: &Config,
    calendar: &Calendar,
    trouble: &Trouble,
) {
    let options = CboeOptions {
        max_bad: common.input.max_bad,
        clock_lateness_ms: config.clock.lateness_ms,
        ..CboeOptions::default()
    };
    let (calendar, trouble) = (calendar.clone(), Rc::clone(trouble));
    inputs.adapt(Box::new(move |input| {
        let (name, calendar, trouble) = (input.name.clone(), calendar.clone(), Rc::clone(&trouble));
        input.through(|inner| Box::new(ChainReader::new(inner, name, options, calendar, trouble)))
    }));
}

/// Records of exposure and what is alarming, less what the user does not want.
fn gex_and_alerts(common: &Common) -> Thinning {
    let asked = common.thinning().keep;
    let keep = [Kind::Gex, Kind::Alert].into_iter().filter(|kind| asked.has(*kind));
    let keep = keep.fold(KindSet::EMPTY, |set, kind| set.and(kind.set()));
    Thinning { keep, keep_unknown: false }
}

/// Columns of the terminal.
fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    let columns = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    columns.unwrap_or(COLUMNS)
}

/// The exit code, by what was seen.
fn verdict(seen: &Seen, quiet_if_nothing: bool) -> anyhow::Result<Exit> {
    if let Some(refusal) = &seen.refusal {
        let text = match seen.valued {
            0 => refusal.clone(),
            _ => format!(
                "{} of {} chains refused; the last: {refusal}",
                seen.refused,
                seen.refused + seen.valued
            ),
        };
        return Err(Refusal::new(Exit::BadInput, text)
            .hint("docs/options.md says what makes a chain unusable; mia-check looks closer")
            .into());
    }
    if seen.valued > 0 {
        return Ok(Exit::Done);
    }
    if quiet_if_nothing && seen.options == 0 {
        // A stream without options is no failure of a pipe; a person wants to know.
        tracing::warn!("no chain came: every option had settled, or there was none");
        return Ok(Exit::Done);
    }
    let (text, hint) = if seen.others > 0 {
        (format!("{} chains, but none of --und", seen.others), "name an underlying that came")
    } else if seen.options > 0 {
        let text = format!("{} options, but no chain record that ends them", seen.options);
        (text, "was the stream cut, or thinned with --only?")
    } else {
        ("no chain came".to_owned(), "mia-feed cboe FILE writes one; a CSV may be named directly")
    };
    Err(Refusal::new(Exit::BadInput, text).hint(hint).into())
}
