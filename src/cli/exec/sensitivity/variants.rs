//! The assumptions that are varied, and how far.

use crate::config::Config;
use crate::market::Cents;

/// An assumption with the values tried; they need not hold the one in force.
struct Axis {
    name: &'static str,
    unit: &'static str,
    values: &'static [i64],
    apply: fn(&mut Config, i64),
    now: fn(&Config) -> Option<i64>,
}

/// Latency first: it leads the report, and the grid.
const AXES: &[Axis] = &[
    Axis {
        name: "latency",
        unit: "ms",
        values: &[0, 50, 150, 500],
        apply: |config, ms| config.fills.latency_ms = ms,
        now: |config| Some(config.fills.latency_ms),
    },
    Axis {
        name: "stop slippage",
        unit: "ticks",
        values: &[1, 2, 3],
        apply: |config, ticks| config.fills.stop_slip_ticks = ticks,
        // The exchange never slips less than a tick.
        now: |config| Some(config.fills.stop_slip_ticks.max(1)),
    },
    Axis {
        name: "fees",
        unit: "times",
        values: &[2],
        apply: |config, times| {
            for instrument in config.instruments.values_mut() {
                instrument.fee_per_side = Cents(instrument.fee_per_side.0 * times);
            }
        },
        now: |_| Some(1),
    },
    Axis {
        name: "entry reach",
        unit: "ticks",
        values: &[0, 1, 2, 4],
        apply: |config, ticks| config.fills.entry_ticks = ticks,
        now: |config| Some(config.fills.entry_ticks),
    },
    Axis {
        name: "targets",
        unit: "",
        values: &[0],
        apply: |config, _| config.fills.queue = !config.fills.queue,
        now: |_| None,
    },
    Axis {
        name: "protection",
        unit: "ticks",
        values: &[8, 24, 96],
        apply: |config, ticks| config.fills.protection_ticks = ticks,
        now: |config| Some(config.fills.protection_ticks),
    },
];

/// The axes of the grid, and of the worst case: latency, stop slippage, fees.
const CORE: usize = 3;

/// One set of assumptions.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// What differs from the settings in force: `latency`, `all worst`, `grid`; `as set`: nothing.
    pub axis: &'static str,
    /// To what, in words.
    pub value: String,
    pub config: Config,
}

/// The settings in force first, then one assumption changed at a time, then the worst of the core
/// together, then (`grid`) every combination of the core.
pub(super) fn of(config: &Config, grid: bool) -> Vec<Variant> {
    let mut variants = vec![Variant {
        axis: "as set",
        value: format!(
            "{} ms, {} ticks, fees x1",
            config.fills.latency_ms,
            config.fills.stop_slip_ticks.max(1)
        ),
        config: config.clone(),
    }];
    for axis in AXES {
        for value in axis.values.iter().filter(|value| (axis.now)(config) != Some(**value)) {
            let mut changed = config.clone();
            (axis.apply)(&mut changed, *value);
            let value = match axis.name {
                "targets" if changed.fills.queue => "in the queue".into(),
                "targets" => "only through".into(),
                "fees" => format!("x{value}"),
                _ => format!("{value} {}", axis.unit),
            };
            variants.push(Variant { axis: axis.name, value, config: changed });
        }
    }
    let worst = |axis: &Axis, config: &Config| {
        axis.values.iter().copied().chain((axis.now)(config)).max().unwrap_or_default()
    };
    let mut all = config.clone();
    let mut words = Vec::new();
    for axis in &AXES[..CORE] {
        let value = worst(axis, config);
        if (axis.now)(config) != Some(value) {
            (axis.apply)(&mut all, value);
        }
        words.push(words_of(axis, value));
    }
    variants.push(Variant { axis: "all worst", value: words.join(", "), config: all });
    if grid {
        combine(config, 0, &mut Vec::new(), &mut variants);
    }
    variants
}

fn words_of(axis: &Axis, value: i64) -> String {
    if axis.unit == "times" { format!("fees x{value}") } else { format!("{value} {}", axis.unit) }
}

fn combine(config: &Config, at: usize, words: &mut Vec<String>, out: &mut Vec<Variant>) {
    if at == CORE {
        let value = words.join(", ");
        out.push(Variant { axis: "grid", value, config: config.clone() });
        return;
    }
    let axis = &AXES[at];
    let mut values: Vec<i64> = axis.values.iter().copied().chain((axis.now)(config)).collect();
    values.sort_unstable();
    values.dedup();
    for value in values {
        let mut changed = config.clone();
        if (axis.now)(config) != Some(value) {
            (axis.apply)(&mut changed, value);
        }
        words.push(words_of(axis, value));
        combine(&changed, at + 1, words, out);
        words.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_in_force_come_first_and_are_not_tried_again() {
        let mut config = Config::default();
        let names = |config: &Config| -> Vec<String> {
            of(config, false).iter().map(|v| format!("{} {}", v.axis, v.value)).collect()
        };
        let all = names(&config);
        assert_eq!(all[0], "as set 150 ms, 1 ticks, fees x1");
        assert!(!all.contains(&"latency 150 ms".into()), "{all:?}");
        assert!(all.contains(&"all worst 500 ms, 3 ticks, fees x2".into()), "{all:?}");
        config.fills.latency_ms = 800;
        let all = names(&config);
        assert!(all.contains(&"latency 150 ms".into()));
        assert!(all.contains(&"all worst 800 ms, 3 ticks, fees x2".into()), "{all:?}");
    }

    #[test]
    fn the_grid_holds_every_combination_once() {
        let config = Config::default();
        let grid: Vec<_> = of(&config, true).into_iter().filter(|v| v.axis == "grid").collect();
        assert_eq!(grid.len(), 4 * 3 * 2);
        assert!(grid.iter().any(|v| v.config == config));
        for (n, variant) in grid.iter().enumerate() {
            assert!(grid[..n].iter().all(|other| other.config != variant.config));
        }
    }

    #[test]
    fn fees_are_multiplied_for_every_product() {
        let config = Config::default();
        let doubled = of(&config, false).into_iter().find(|v| v.axis == "fees").unwrap();
        for (root, instrument) in &config.instruments {
            let other = &doubled.config.instruments[root];
            assert_eq!(other.fee_per_side.0, 2 * instrument.fee_per_side.0);
        }
    }
}
