//! mia-signal: the patterns on hand-made bars, and what must hold on any bars.

mod battle_navale;
mod model;
mod properties;
mod scene;
mod selection;
mod session;
mod va_rejection;
mod vector;
mod vwap_deviation;
