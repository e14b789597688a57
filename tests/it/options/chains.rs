//! Every real chain: no valid row lost, totals and flip equal to a second implementation.
