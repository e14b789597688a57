//! The hook for model scores: from the features of a bar close to a probability of a win.

use crate::market::Side;
use crate::strategies::code::Code;
use crate::strategies::machine::Setup;
use crate::strategies::patterns::Pattern;
use crate::wire::FEATURE_NAMES;
use crate::wire::FEATURE_VERSION;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::FeatureVector;
use crate::wire::feature_names_sha256;
use serde::Deserialize;
use std::fmt;

/// What a model is asked: a completed pattern and the features of the same bar close.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The features as the market has them, not oriented by side.
    pub features: &'a FeatureVector,
    /// The pattern.
    pub pattern: Pattern,
    /// Bought or sold.
    pub side: Side,
    /// The set-up, as a sale.
    pub setup: &'a Setup,
}

/// Gives a completed pattern a score.
pub trait Scorer: fmt::Debug + Send + Sync {
    /// Probability of a win, 0 to 1; `None` if a feature that it needs is null (never imputed).
    fn score(&self, asked: &Asked<'_>) -> Option<f64>;
}

/// Knows nothing: every signal stays without confidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NullModel;

impl Scorer for NullModel {
    fn score(&self, _: &Asked<'_>) -> Option<f64> {
        None
    }
}

/// Logistic regression on z-scores, with Platt's calibration where there is one (QUANT 7.6).
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logistic {
    /// Mean of each feature over the training period.
    mean: Vec<f64>,
    /// Standard deviation of each feature over the training period, above 0.
    sd: Vec<f64>,
    /// Weight of each z-score; a feature of weight 0 is not needed.
    weights: Vec<f64>,
    intercept: f64,
    /// `P = 1 / (1 + exp(a m + b))` of the margin m; without it a = -1, b = 0.
    platt: Option<Platt>,
}

#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platt {
    a: f64,
    b: f64,
}

impl Logistic {
    fn check(&self) -> Result<(), String> {
        let n = FEATURE_NAMES.len();
        for (name, list) in [("mean", &self.mean), ("sd", &self.sd), ("weights", &self.weights)] {
            if list.len() != n {
                return Err(format!("`{name}` has {} numbers, not {n}", list.len()));
            }
        }
        let platt = self.platt.map_or([0.0; 2], |platt| [platt.a, platt.b]);
        let all = [&self.mean, &self.sd, &self.weights].into_iter().flatten().chain(&platt);
        if !all.chain([&self.intercept]).all(|number| number.is_finite()) {
            return Err("a number is not finite".to_owned());
        }
        if !self.sd.iter().all(|sd| *sd > 0.0) {
            return Err("a standard deviation is not above 0".to_owned());
        }
        Ok(())
    }
}

impl Scorer for Logistic {
    fn score(&self, asked: &Asked<'_>) -> Option<f64> {
        let mut margin = self.intercept;
        let scales = self.mean.iter().zip(&self.sd).zip(&self.weights);
        for (value, ((mean, sd), weight)) in asked.features.0.iter().zip(scales) {
            if weight.abs() > 0.0 {
                margin += weight * ((*value)? - mean) / sd;
            }
        }
        let Platt { a, b } = self.platt.unwrap_or(Platt { a: -1.0, b: 0.0 });
        Some(1.0 / (1.0 + libm::exp(a * margin + b))).filter(|p| p.is_finite())
    }
}

/// A model file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    kind: String,
    fv: u32,
    names: Vec<String>,
    names_sha256: String,
    calibrated: bool,
    /// Quantiles of the confidences of the training period: share and confidence, ascending.
    #[serde(default)]
    confidence: Vec<(f64, f64)>,
    #[serde(default)]
    params: serde_json::Value,
}

/// A model with the facts of its file.
///
/// A file is one JSON object: `kind` (`null` or `logistic`), `fv`, `names` (the features, in their
/// order), `names_sha256` (of the comma-joined names), `calibrated`, `confidence` (a table of
/// quantiles of the training period's confidences, `[[0, 0.31], [0.5, 0.52], [1, 0.8]]`), `params`.
/// A signal gets a confidence from a calibrated model alone.
#[derive(Debug)]
pub struct Model {
    kind: String,
    scorer: Box<dyn Scorer>,
    calibrated: bool,
    confidence: Vec<(f64, f64)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            kind: "null".to_owned(),
            scorer: Box::new(NullModel),
            calibrated: false,
            confidence: Vec::new(),
        }
    }
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// Not a model, of an unknown kind, or made for other features (78): the message says which,
    /// the hint what to do.
    pub fn load(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(refused("the model file is empty", TRAIN));
        }
        let document = serde_json::from_slice::<Document>(bytes).map_err(|error| {
            let (what, hint) = if error.is_eof() {
                ("the model file is cut off", "copy it again, whole")
            } else {
                ("this is not a model file", TRAIN)
            };
            refused(format!("{what}: {error}"), hint)
        })?;
        check_features(&document)?;
        check_confidence(&document)?;
        let scorer: Box<dyn Scorer> = match document.kind.as_str() {
            "null" => Box::new(NullModel),
            "logistic" => Box::new(logistic(document.params)?),
            kind => {
                let text = format!("the model is of kind `{kind}`; known: null, logistic");
                return Err(refused(text, "a newer MIA may know it; else train one of these"));
            }
        };
        let calibrated = document.calibrated && document.kind != "null";
        let Document { kind, confidence, .. } = document;
        Ok(Self { kind, scorer, calibrated, confidence })
    }

    /// The kind: `null`, `logistic`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether its scores are probabilities: only then they are told and gate anything.
    pub const fn is_calibrated(&self) -> bool {
        self.calibrated
    }

    /// The score of a completed pattern, whether calibrated or not.
    pub fn score(&self, asked: &Asked<'_>) -> Option<f64> {
        self.scorer.score(asked)
    }

    /// The confidence that a share `q` of the training period did not exceed, linear between the
    /// rows of the table; `None` without a table.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let above = self.confidence.iter().position(|(share, _)| *share >= q);
        let Some(above) = above else { return self.confidence.last().map(|row| row.1) };
        let (share, value) = self.confidence[above];
        let Some((below, from)) = above.checked_sub(1).map(|i| self.confidence[i]) else {
            return Some(value);
        };
        Some(from + (q - below) / (share - below) * (value - from))
    }
}

/// The model as the selector's last gate.
#[derive(Debug, Default)]
pub(crate) struct Confidence {
    model: Model,
    /// Below it a calibrated model refuses.
    least: Option<f64>,
}

impl Confidence {
    /// Refuses below the quantile `q` of the model's training period.
    pub(crate) fn new(model: Model, q: f64) -> Self {
        let least = model.quantile(q).filter(|_| model.calibrated);
        Self { model, least }
    }

    /// What a calibrated model says; `None` without one.
    ///
    /// # Errors
    /// A feature that the model needs is null, or the confidence is below its limit.
    pub(crate) fn of(&self, asked: &Asked<'_>) -> Result<Option<f64>, Code> {
        if !self.model.calibrated {
            return Ok(None);
        }
        let confidence = self.model.score(asked).ok_or(Code::MissingFeature)?;
        let low = self.least.is_some_and(|least| confidence < least);
        if low { Err(Code::ConfidenceLow) } else { Ok(Some(confidence)) }
    }
}

const TRAIN: &str = "--model takes a model file: docs/signals.md tells its form";

fn refused(message: impl Into<String>, hint: &str) -> Failure {
    Failure::new(FailureClass::Config, message).hint(hint)
}

fn check_features(document: &Document) -> Result<(), Failure> {
    let retrain = "train the model again on the features of this version";
    let fv = document.fv;
    if fv != FEATURE_VERSION {
        let text = format!("the model is made for features of version {fv}, not {FEATURE_VERSION}");
        return Err(refused(text, retrain));
    }
    let same = document.names.iter().eq(FEATURE_NAMES.iter());
    if !same {
        let other = document.names.iter().zip(FEATURE_NAMES).find(|(a, b)| a != b);
        let text = match other {
            Some((has, known)) => format!("the model has feature `{has}` where `{known}` belongs"),
            None => format!(
                "the model has {} features, not {}",
                document.names.len(),
                FEATURE_NAMES.len()
            ),
        };
        return Err(refused(text, retrain));
    }
    let hash = feature_names_sha256();
    if !document.names_sha256.eq_ignore_ascii_case(&hash) {
        let text =
            format!("the hash of the model's names is {}, not {hash}", document.names_sha256);
        return Err(refused(text, "the file was changed by hand or damaged: train it again"));
    }
    Ok(())
}

fn check_confidence(document: &Document) -> Result<(), Failure> {
    let table = &document.confidence;
    let damaged = "the file was changed by hand or damaged: train it again";
    if document.calibrated && document.kind != "null" && table.is_empty() {
        let text = "the model is calibrated but has no table of confidences";
        return Err(refused(text, damaged));
    }
    let within =
        |(share, value): &(f64, f64)| (0.0..=1.0).contains(share) && (0.0..=1.0).contains(value);
    let ascends = table.windows(2).all(|rows| rows[0].0 < rows[1].0 && rows[0].1 <= rows[1].1);
    if !(ascends && table.iter().all(within)) {
        let text = "the model's table of confidences does not ascend from 0 to 1";
        return Err(refused(text, damaged));
    }
    Ok(())
}

fn logistic(params: serde_json::Value) -> Result<Logistic, Failure> {
    let damaged = "the file was changed by hand or damaged: train it again";
    let model = serde_json::from_value::<Logistic>(params)
        .map_err(|error| refused(format!("the model's params: {error}"), damaged))?;
    model.check().map_err(|text| refused(format!("the model's params: {text}"), damaged))?;
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(confidence: &[(f64, f64)]) -> Model {
        Model { confidence: confidence.to_vec(), ..Model::default() }
    }

    #[test]
    fn quantiles_are_linear_between_the_rows() {
        let model = with(&[(0.0, 0.3), (0.5, 0.5), (1.0, 0.9)]);
        for (q, value) in [(0.0, 0.3), (0.25, 0.4), (0.5, 0.5), (0.75, 0.7), (1.0, 0.9)] {
            assert!((model.quantile(q).unwrap() - value).abs() < 1e-12, "{q}");
        }
        let short = with(&[(0.2, 0.4), (0.8, 0.6)]);
        assert_eq!((short.quantile(0.0), short.quantile(1.0)), (Some(0.4), Some(0.6)));
        assert_eq!(Model::default().quantile(0.5), None);
    }
}
