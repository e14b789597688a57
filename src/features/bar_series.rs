//! Everything that lives on closed bars: building them, regime, ranges, footprint.

use crate::config::Config;
use crate::config::Context;
use crate::config::Flow;
use crate::features::bars::BarBuilder;
use crate::features::bars::TickBar;
use crate::features::bulk::BulkFold;
use crate::features::exhaustion::Exhaustion;
use crate::features::footprint::BarFootprint;
use crate::features::footprint::Stacks;
use crate::features::reason::Reason;
use crate::features::regime::RegimeFold;
use crate::features::variance_ratio::Variance;
use crate::features::variance_ratio::VarianceRatio;
use crate::features::wilder::Wilder;
use crate::market::Ticks;

/// The bars of one contract.
#[derive(Clone, Debug)]
pub struct BarSeries {
    builder: BarBuilder,
    footprint: BarFootprint,
    regime: RegimeFold,
    wilder: Wilder,
    exhaustion: Exhaustion,
    closes: VarianceRatio,
    /// The diagnostics, if asked for.
    bulk: Option<BulkFold>,
    variance: Result<Variance, Reason>,
    after_gap: bool,
    context: Context,
    flow: Flow,
}

impl BarSeries {
    /// Empty.
    pub fn new(config: &Config) -> Self {
        Self {
            builder: BarBuilder::default(),
            footprint: BarFootprint::default(),
            regime: RegimeFold::new(&config.context),
            wilder: Wilder::default(),
            exhaustion: Exhaustion::default(),
            bulk: config
                .flow
                .bulk
                .then(|| BulkFold::new(config.flow.bulk_volume, config.flow.bulk_buckets)),
            closes: VarianceRatio::new(config.context.vr_bars),
            variance: Err(Reason::Warmup),
            after_gap: false,
            context: config.context.clone(),
            flow: config.flow.clone(),
        }
    }

    /// Whether a trade at `price` keeps the footprint within its bounds.
    #[inline]
    pub fn fits(&self, price: Ticks) -> bool {
        self.footprint.fits(price)
    }

    /// Folds a trade.
    #[inline]
    pub fn on_trade(&mut self, price: Ticks, size: u64, sign: i64, weak: bool) {
        self.builder.add(price, size, sign, weak);
        self.footprint.add(price, size, sign);
    }

    /// Closes the bar built from trades: its values and stacks. The footprint stays readable until
    /// [`BarSeries::next`].
    pub fn close(&mut self) -> Option<(TickBar, Stacks)> {
        let bar = self.builder.take()?;
        self.fold(&bar);
        let rows = self.footprint.rows().map_or(&[][..], |(_, rows)| rows);
        self.exhaustion.push(bar.high, bar.low, bar.delta(), rows);
        Some((bar, self.footprint.stacks(&self.flow)))
    }

    /// Folds an input bar.
    pub fn on_bar(&mut self, bar: &TickBar) {
        self.fold(bar);
    }

    fn fold(&mut self, bar: &TickBar) {
        if std::mem::take(&mut self.after_gap) {
            self.wilder.gap(bar.open);
        }
        self.wilder.push(bar.high, bar.low, bar.close);
        self.regime.push(bar.close, &self.context);
        if let Some(bulk) = &mut self.bulk {
            bulk.push(bar.close, bar.volume);
        }
        self.closes.push(bar.close);
        self.variance = self.closes.value(self.context.vr_lag);
    }

    /// The footprint of the bar just closed.
    pub fn footprint(&self) -> &BarFootprint {
        &self.footprint
    }

    /// Forgets the footprint of the closed bar.
    pub fn next(&mut self) {
        self.footprint.clear();
    }

    /// Globex opens: what is averaged over bars goes on without the gap.
    pub fn open(&mut self) {
        self.after_gap = true;
        if let Some(bulk) = &mut self.bulk {
            bulk.open();
        }
        self.regular_open();
    }

    /// Regular hours begin: windows of bars start over.
    pub fn regular_open(&mut self) {
        self.regime.clear();
        self.exhaustion.clear();
        self.closes.clear();
        self.variance = Err(Reason::Warmup);
    }

    /// Regime and efficiency.
    pub fn regime(&self) -> &RegimeFold {
        &self.regime
    }

    /// Ranges and directions.
    pub fn wilder(&self) -> &Wilder {
        &self.wilder
    }

    /// Variance ratio at the last closed bar.
    pub fn variance(&self) -> Result<Variance, Reason> {
        self.variance
    }

    /// Bulk classification and VPIN, if asked for.
    pub fn bulk(&self) -> Option<&BulkFold> {
        self.bulk.as_ref()
    }

    /// Exhaustion at the last closed bar.
    pub fn exhaustion(&self) -> Option<i64> {
        self.exhaustion.value()
    }
}
