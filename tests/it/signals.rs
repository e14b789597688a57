//! mia-signal: the patterns on hand-made bars, and what must hold on any bars.

mod battle_navale;
mod confluence;
mod detectors;
mod gamma_flip;
mod model;
mod option_chain;
mod properties;
mod random_walk;
mod range_bounce;
mod scene;
mod selection;
mod session;
mod trend_pullback;
mod va_rejection;
mod vector;
mod vwap_deviation;
