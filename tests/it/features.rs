//! The stage of mia-features driven without a stream.

use mia::config::Config;
use mia::features::FeaturesOptions;
use mia::features::FeaturesStage;
use mia::market::Calendar;
use mia::wire::Bar;
use mia::wire::Emit;
use mia::wire::Features;
use mia::wire::Footprint;
use mia::wire::Levels;
use mia::wire::Record;

/// Keeps what a stage writes; refuses reactions, of which this stage has none.
#[derive(Default)]
pub struct Collect(pub Vec<Record>);

impl Emit for Collect {
    fn before(&mut self, record: &Record) {
        self.0.push(record.clone());
    }

    fn after(&mut self, record: &Record) {
        panic!("written after its cause: {record:?}");
    }
}

impl Collect {
    pub fn features(&self) -> impl Iterator<Item = &Features> {
        self.0.iter().filter_map(|record| match record {
            Record::Features(features) => Some(features),
            _ => None,
        })
    }

    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.0.iter().filter_map(|record| match record {
            Record::Bar(bar) => Some(bar),
            _ => None,
        })
    }

    pub fn levels(&self) -> impl Iterator<Item = &Levels> {
        self.0.iter().filter_map(|record| match record {
            Record::Levels(levels) => Some(levels),
            _ => None,
        })
    }

    pub fn footprints(&self) -> impl Iterator<Item = &Footprint> {
        self.0.iter().filter_map(|record| match record {
            Record::Footprint(footprint) => Some(footprint),
            _ => None,
        })
    }
}

/// A stage with the default configuration.
pub fn stage(options: FeaturesOptions) -> FeaturesStage {
    stage_with(&Config::default(), options)
}

/// A stage with another configuration.
pub fn stage_with(config: &Config, options: FeaturesOptions) -> FeaturesStage {
    FeaturesStage::new(config, Calendar::builtin().unwrap(), options).unwrap()
}
