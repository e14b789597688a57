//! mia-options iv.

use crate::cli::entry;
use crate::cli::exit::Exit;
use crate::cli::exit::Refusal;
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
use crate::options::implied_vol;
use crate::wire::Right;
use serde_json::Value;

#[derive(clap::Args, Debug)]
pub(in crate::cli::exposure) struct Iv {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    contract: Contract,
    /// Price of the option as it is paid, points
    #[arg(long, value_name = "POINTS", value_parser = positive)]
    price: Option<f64>,
    /// How the answer is written: a sentence, or a JSON object
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
}

/// A price without its interest, and what it is of.
#[derive(Clone, Copy, Debug)]
struct Question {
    right: Right,
    forward: f64,
    strike: f64,
    years: f64,
    price: f64,
}

impl Iv {
    pub(in crate::cli::exposure) fn run(&self, common: &Common) -> anyhow::Result<Exit> {
        let contract = &self.contract;
        let Some(strike) = contract.strike else {
            if contract.names_something() || self.price.is_some() {
                return Err(missing("--strike"));
            }
            return requests::answer(&self.files, common, |object| {
                let vol = request(object).and_then(|question| question.answer());
                let numbers = vol.map(|vol| [("iv", vol)]);
                let numbers = numbers.as_ref().map(<[_; 1]>::as_slice).map_err(Clone::clone);
                requests::put(object, numbers, &["iv"]);
            });
        };
        let right = contract.right.ok_or_else(|| missing("--right"))?;
        let paid = self.price.ok_or_else(|| missing("--price"))?;
        let years = contract.years()?;
        // Interest on the price until expiry, and the spot carried there.
        let growth = libm::exp(contract.rate() * years);
        let forward = match (contract.spot, contract.forward) {
            (Some(spot), _) => {
                spot * growth * libm::exp(-contract.dividend.unwrap_or_default() * years)
            }
            (_, Some(forward)) => forward,
            _ => return Err(missing("--spot or --forward")),
        };
        let price = paid * growth;
        let question = Question { right, forward, strike, years, price };
        let words = format!(
            "{} at {}, {}",
            if right == Right::Call { "call" } else { "put" },
            figures::grouped(paid, 4),
            contract.words(strike, years)
        );
        let vol = question.answer().map_err(|why| {
            let text = format!("no volatility gives this price: {} ({words})", said(&why));
            Refusal::new(Exit::BadInput, text)
        })?;
        let text = match self.format {
            Format::Table => {
                format!("{words}\n\nvolatility  {} %\n", figures::grouped(vol * 100.0, 4))
            }
            Format::Json => question.json(vol)?,
        };
        entry::print(text.as_bytes())
    }
}

impl Question {
    fn answer(&self) -> Result<f64, Why> {
        let Self { right, forward, strike, years, price } = *self;
        implied_vol(right, price, forward, strike, years).ok_or_else(|| self.why().into())
    }

    /// Why a price has no volatility: it is no price at all.
    fn why(&self) -> &'static str {
        let Self { right, forward, strike, price, .. } = *self;
        let (intrinsic, most) = match right {
            Right::Call => (forward - strike, forward),
            Right::Put => (strike - forward, strike),
        };
        if price <= intrinsic.max(0.0) {
            "below_intrinsic"
        } else if price >= most {
            "above_max"
        } else {
            "degenerate"
        }
    }

    fn json(&self, vol: f64) -> serde_json::Result<String> {
        let Self { right, forward, strike, years, price } = *self;
        let mut object = Object::new();
        let letter = if right == Right::Call { "C" } else { "P" };
        object.insert("right".into(), Value::String(letter.into()));
        let numbers = [("forward", forward), ("strike", strike), ("years", years)];
        requests::put(&mut object, Ok(&numbers), &[]);
        requests::put(&mut object, Ok(&[("price", price), ("iv", vol)]), &[]);
        Ok(serde_json::to_string(&object)? + "\n")
    }
}

fn said(why: &str) -> &str {
    match why {
        "below_intrinsic" => "it is not above what the option is worth at once",
        "above_max" => "no option of that kind is worth so much",
        why => why,
    }
}

/// What a line asks for.
fn request(object: &Object) -> Result<Question, Why> {
    let right = requests::right(object)?;
    let forward = requests::positive(object, "forward")?;
    let strike = requests::positive(object, "strike")?;
    let years = requests::years(object)?;
    let price = match object.get("price").filter(|price| !price.is_null()) {
        Some(_) => requests::or_zero(object, "price")?,
        None => return Err("price is missing".into()),
    };
    Ok(Question { right, forward, strike, years, price })
}
