//! mia-options price.

use crate::cli::entry;
use crate::cli::exit::Exit;
use crate::cli::exposure::calculator::Format;
use crate::cli::exposure::calculator::contract::Contract;
use crate::cli::exposure::calculator::contract::missing;
use crate::cli::exposure::calculator::contract::positive;
use crate::cli::exposure::calculator::requests;
use crate::cli::exposure::calculator::requests::Object;
use crate::cli::exposure::calculator::requests::Why;
use crate::cli::exposure::figures;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::options::BsmInput;
use crate::options::Greeks;
use crate::options::bsm;
use crate::wire::Right;
use serde_json::Value;
use std::fmt::Write;

/// What an answer adds.
const NAMES: [&str; 6] = ["price", "delta", "gamma", "vega", "vanna", "charm"];

#[derive(clap::Args, Debug)]
pub(in crate::cli::exposure) struct Price {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    contract: Contract,
    /// Volatility a year, for example 0.11
    #[arg(long, value_name = "SHARE", value_parser = positive)]
    vol: Option<f64>,
    /// How the answer is written: a table, or a JSON object an option
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
}

impl Price {
    pub(in crate::cli::exposure) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let contract = &self.contract;
        let Some(strike) = contract.strike else {
            if contract.names_something() || self.vol.is_some() {
                return Err(missing("--strike"));
            }
            return requests::answer(&self.files, common, |object| {
                let greeks = request(object).map(|(right, input)| bsm(right, &input));
                let numbers = greeks.map(|greeks| named(&greeks));
                let numbers = numbers.as_ref().map(<[_; 6]>::as_slice).map_err(Clone::clone);
                requests::put(object, numbers, &NAMES);
            });
        };
        let vol = self.vol.ok_or_else(|| missing("--vol"))?;
        let years = contract.years()?;
        let (spot, dividend) = match (contract.spot, contract.forward) {
            (Some(spot), _) => (spot, contract.dividend.unwrap_or_default()),
            (_, Some(forward)) => (forward, contract.rate()),
            _ => return Err(missing("--spot or --forward")),
        };
        let rate = contract.rate();
        let input = BsmInput { spot, strike, tau: years, rate, dividend, vol };
        let rights = contract.right.map_or(vec![Right::Call, Right::Put], |right| vec![right]);
        let priced: Vec<_> = rights.into_iter().map(|right| (right, bsm(right, &input))).collect();
        let text = match self.format {
            Format::Table => {
                let what = contract.words(strike, years);
                let vol = figures::grouped(vol * 100.0, 2);
                table(&format!("{what}, volatility {vol} %"), &priced)
            }
            Format::Json => {
                let one = |(right, greeks): &(Right, Greeks)| {
                    json(*right, greeks, &input, contract.forward.is_some())
                };
                priced.iter().map(one).collect::<Result<_, _>>()?
            }
        };
        entry::print(text.as_bytes())
    }
}

fn named(greeks: &Greeks) -> [(&'static str, f64); 6] {
    let Greeks { price, delta, gamma, vega, vanna, charm } = *greeks;
    let values = [price, delta, gamma, vega, vanna, charm];
    std::array::from_fn(|i| (NAMES[i], values[i]))
}

/// What a line asks for. A forward is Black-76: what carries the spot is the rate itself.
fn request(object: &Object) -> Result<(Right, BsmInput), Why> {
    let right = requests::right(object)?;
    let rate = requests::or_zero(object, "rate")?;
    let (spot, dividend) = if object.contains_key("forward") {
        (requests::positive(object, "forward")?, rate)
    } else {
        (requests::positive(object, "spot")?, requests::or_zero(object, "dividend")?)
    };
    let strike = requests::positive(object, "strike")?;
    let tau = requests::years(object)?;
    let vol = requests::positive(object, "vol")?;
    Ok((right, BsmInput { spot, strike, tau, rate, dividend, vol }))
}

/// One answer as a line: the same keys as of a request.
fn json(
    right: Right,
    greeks: &Greeks,
    input: &BsmInput,
    forward: bool,
) -> serde_json::Result<String> {
    let BsmInput { spot, strike, tau, rate, dividend, vol } = *input;
    let mut object = Object::new();
    let letter = if right == Right::Call { "C" } else { "P" };
    object.insert("right".into(), Value::String(letter.into()));
    let mut asked = vec![(if forward { "forward" } else { "spot" }, spot), ("strike", strike)];
    asked.extend([("years", tau), ("rate", rate)]);
    asked.extend((!forward).then_some(("dividend", dividend)));
    asked.push(("vol", vol));
    asked.extend(named(greeks));
    requests::put(&mut object, Ok(&asked), &NAMES);
    Ok(serde_json::to_string(&object)? + "\n")
}

/// A line of the table: name, unit, text.
type Row = (&'static str, &'static str, fn(&Greeks) -> String);

/// The answer for people, a column a right.
fn table(what: &str, priced: &[(Right, Greeks)]) -> String {
    let mut text = format!("{what}\n\n{:<8}", "");
    for (right, _) in priced {
        let _ = write!(text, "{:>14}", if *right == Right::Call { "call" } else { "put" });
    }
    text.push('\n');
    let rows: [Row; 6] = [
        ("price", "points", |g| figures::grouped(g.price, 4)),
        ("delta", "", |g| figures::grouped(g.delta, 5)),
        ("gamma", "delta a point", |g| figures::grouped(g.gamma, 8)),
        ("vega", "points a volatility point", |g| figures::grouped(g.vega / 100.0, 5)),
        ("vanna", "delta a volatility point", |g| figures::grouped(g.vanna / 100.0, 6)),
        ("charm", "delta a calendar day, the spot unmoved", |g| {
            figures::grouped(g.charm / 365.0, 6)
        }),
    ];
    for (name, unit, value) in rows {
        let _ = write!(text, "{name:<8}");
        for (_, greeks) in priced {
            let _ = write!(text, "{:>14}", value(greeks));
        }
        let _ = writeln!(text, "  {unit}");
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
